"""Which array of a file belongs to which weight of a model, and what is said about the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kcore.errors import ConfigurationError, LoadError

Rename = Mapping[str, str] | Sequence[tuple[str, str]] | Callable[[str], str]
_LISTED = 5


@dataclass
class LoadReport:
    """What loading weights did.

    Args:
        loaded: weights of the model that got a value, by path.
        missing: weights of the model for which the file has none; they are as they were.
        unexpected: what the file holds and the model lacks, by its name in the file.
        mismatched: weights for which the file has another shape or number, with both.

    Example:
        >>> LoadReport(loaded=["dense/kernel"]).complete
        True
    """

    loaded: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every weight was loaded and the file held nothing else."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        lines = [f"{len(self.loaded)} weights loaded"]
        for name in ("missing", "unexpected", "mismatched"):
            found = getattr(self, name)
            if found:
                lines.append(f"{len(found)} {name}: {', '.join(found)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Matching:
    """How strictly a file and a model must fit.

    Args:
        partial: whether weights may be missing in the file, and be there without need.
        skip_mismatch: whether weights of another shape or number are passed over.
        by_name: whether layers are found by their names, as in Keras; then other layers may be
            missing or unexpected.
        rename: rules from names in the file to names in the model: a dict or pairs of regular
            expression and replacement, used one after the other, or a function.

    Raises:
        ConfigurationError: if a rule is no regular expression.
    """

    partial: bool = False
    skip_mismatch: bool = False
    by_name: bool = False
    rename: Rename | None = None

    def __post_init__(self) -> None:
        for name in ("partial", "skip_mismatch", "by_name"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigurationError(
                    f"load_weights: {name} must be True or False; received {getattr(self, name)!r}."
                )
        for rule in self._rules():
            try:
                re.compile(rule[0])
                ok = len(rule) == 2 and isinstance(rule[1], str)
            except (re.error, TypeError):
                ok = False
            if not ok:
                raise ConfigurationError(
                    "load_weights: rename must map regular expressions to replacements, such as "
                    f"{{'^encoder': 'backbone'}}, or be a function; received the rule {rule!r}."
                )

    def _rules(self) -> list[Any]:
        if self.rename is None or callable(self.rename):
            return []
        pairs = self.rename.items() if isinstance(self.rename, Mapping) else self.rename
        return [tuple(pair) for pair in pairs]

    @property
    def lenient(self) -> bool:
        """Whether names that only one side has are allowed."""
        return self.partial or self.by_name

    @property
    def exact(self) -> bool:
        """Whether all that the file holds is wanted."""
        return not (self.lenient or self.skip_mismatch)

    def renamed(self, names: Iterable[str], place: str) -> dict[str, str]:
        """The names in a file by what the rules make of them.

        Raises:
            LoadError: if two become the same.
        """
        found: dict[str, str] = {}
        for name in names:
            new = self.rename(name) if callable(self.rename) else name
            for pattern, replacement in self._rules():
                new = re.sub(pattern, replacement, new)
            if new in found:
                raise LoadError(
                    f"{place}: the rules to rename make {new!r} of both {found[new]!r} and "
                    f"{name!r}. Make the rules more exact."
                )
            found[new] = name
        return found

    def pairs(
        self, wanted: Iterable[str], present: Iterable[str], owner: str, place: str
    ) -> tuple[dict[str, str], list[str], list[str]]:
        """Names in the model with their names in the file, then the missing and the unexpected.

        Args:
            wanted: names in the model.
            present: names in the file.
            owner: whose weights they are, for errors.
            place: the file, for errors.

        Raises:
            LoadError: if only one side has a name, and that is not allowed.
        """
        own, found = list(wanted), self.renamed(present, place)
        common = {name: found[name] for name in own if name in found}
        missing = [name for name in own if name not in found]
        unexpected = [old for new, old in found.items() if new not in common]
        if (missing or unexpected) and not self.lenient:
            raise LoadError(
                f"{place} does not fit {owner}: missing in the file are "
                f"{missing[:_LISTED] or 'none'}, and it holds "
                f"{unexpected[:_LISTED] or 'nothing'} that the model lacks ({len(missing)} and "
                f"{len(unexpected)} in all). Is it the file of another model? partial=True loads "
                "what fits."
            )
        return common, missing, unexpected

    def passes_over(self, report: LoadReport, what: str, problem: LoadError) -> None:
        """Notes a mismatch in the report.

        Raises:
            LoadError: the problem, if mismatches are not allowed.
        """
        if not self.skip_mismatch:
            raise problem
        report.mismatched.append(f"{what} ({problem})")


STRICT = Matching()


def check_any(report: LoadReport, owner: str, place: str) -> None:
    """Refuses a file of which nothing fits.

    Raises:
        LoadError: if no weight was loaded, though there are some.
    """
    if not report.loaded and (report.missing or report.mismatched):
        raise LoadError(
            f"{place}: nothing in the file fits {owner}. The model has {report.missing[:_LISTED]}, "
            f"the file {report.unexpected[:_LISTED]}; {len(report.mismatched)} weights have "
            "another shape."
        )
