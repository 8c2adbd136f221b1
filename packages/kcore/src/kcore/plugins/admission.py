"""Decides which plugins take part and who may have which name, before anything of them is imported.

The names in `OURS` belong to the distributions of the same name. Of several distributions that use
one plugin name, the distribution of that name gets it, or else the first by its own name. The
others are refused and stay visible. The environment variable KCORE_PLUGINS switches plugins off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kcore.errors import ConfigurationError
from kcore.plugins.records import OURS, PluginRecord
from kcore.plugins.scan import EntryPoint, normalized
from kcore.plugins.table import API_VERSION

SWITCH = "KCORE_PLUGINS"

# kcore takes part even where its metadata is missing: in a frozen program, or run from its sources.
_KCORE = EntryPoint("kcore", "kcore.plugins.builtin", "kcore", API_VERSION)

_NAME = re.compile(r"[A-Za-z_][\w.\-]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which plugins take part: all but `without`, or ours and those in `only` where it is given."""

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Choice:
        """Reads the value of KCORE_PLUGINS.

        Args:
            text: "" for all plugins, "none" for our own, "only:a,b" for our own and those,
                "-c,-d" for all but those.

        Raises:
            ConfigurationError: if it is none of these, or switches off kcore itself.

        Example:
            >>> Choice.parse("-crf").allows("crf"), Choice.parse("only:crf").allows("crf")
            (False, True)
        """
        text = text.strip()
        if text in ("", "none"):
            return cls(only=frozenset()) if text else cls()
        prefix = "only:" if text.startswith("only:") else ""
        items = [item.strip() for item in text.removeprefix(prefix).split(",")]
        if not all(
            re.fullmatch(_NAME.pattern if prefix else f"-{_NAME.pattern}", item) for item in items
        ):
            raise ConfigurationError(
                f"The environment variable {SWITCH} must be 'none', or 'only:crf,runs' to choose "
                f"plugins, or '-crf,-runs' to leave plugins out; received {text!r}."
            )
        if prefix:
            return cls(only=frozenset(items))
        if "-kcore" in items:
            raise ConfigurationError(
                f"The environment variable {SWITCH} is {text!r}, which switches off kcore itself. "
                "Leave out '-kcore'."
            )
        return cls(without=frozenset(item[1:] for item in items))

    def allows(self, name: str) -> bool:
        """Whether the plugin of this name takes part."""
        return name not in self.without and (self.only is None or name in self.only or name in OURS)


def admit(
    points: Iterable[EntryPoint], switch: str
) -> tuple[dict[str, PluginRecord], list[PluginRecord]]:
    """Sorts entry points into plugins by name and plugins that are refused.

    Args:
        points: what the scan found.
        switch: the value of KCORE_PLUGINS.

    Returns:
        Plugins by name, found or disabled; and the refused ones.

    Raises:
        ConfigurationError: if the switch cannot be read.

    Example:
        >>> plugins, refused = admit([], "")
        >>> list(plugins), refused
        (['kcore'], [])
    """
    choice = Choice.parse(switch)
    plugins: dict[str, PluginRecord] = {}
    refused: list[PluginRecord] = []
    for point in sorted((*points, _KCORE), key=_precedence):
        record = PluginRecord(point.name, point.value, point.distribution, point.version)
        owner = plugins.get(point.name)
        if point is _KCORE and owner is not None:
            continue
        if reason := _objection(point, owner):
            cure = f"pip uninstall {point.distribution}, or ask its authors for another name."
            refused.append(replace(record, state="refused", reason=reason, cure=cure))
        elif choice.allows(point.name):
            plugins[point.name] = record
        else:
            reason, cure = f"{SWITCH}={switch!r} switches it off.", f"Change or unset {SWITCH}."
            plugins[point.name] = replace(record, state="disabled", reason=reason, cure=cure)
    return plugins, refused


def _objection(point: EntryPoint, owner: PluginRecord | None) -> str:
    if not _NAME.fullmatch(point.name):
        return f"{point.name!r} cannot be a plugin's name: it needs letters, digits, '.', '-', '_'."
    if point.name in OURS and normalized(point.distribution) != point.name:
        return f"The plugin name {point.name!r} belongs to the distribution {point.name}."
    if owner is not None:
        return f"{owner.provider} has the plugin name {point.name!r} as well, and comes first."
    return ""


def _precedence(point: EntryPoint) -> tuple[str, bool, bool, str]:
    distribution = normalized(point.distribution)
    return point.name, distribution != normalized(point.name), point is _KCORE, distribution
