"""Reads one plugin's table: the core API range that it declares and its rows of components."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kcore.plugins.records import OURS, Component, PluginRecord

API_VERSION = "0.1"
"""Version of what plugins may rely on: the hooks, their rows and the public base classes."""

_NAME = re.compile(r"[A-Za-z_][\w.\-]*")
_KIND = re.compile(r"[a-z_][a-z0-9_]*")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?")
_BOUND = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)")


class TableError(Exception):
    """A plugin's table is not what `hookspecs` asks for; the message says where."""


def accepts(api_range: str, version: str = API_VERSION) -> bool:
    """Whether a version of the core API lies in a range.

    Args:
        api_range: bounds joined by commas, for example ">=0.1,<1".
        version: numbers joined by dots.

    Raises:
        TableError: if the range cannot be read.

    Example:
        >>> accepts(">=0.1,<1", "0.4"), accepts(">=1", "0.4")
        (True, False)
    """
    return all(_holds(bound.strip(), api_range, version) for bound in api_range.split(","))


def _holds(bound: str, api_range: str, version: str) -> bool:
    match = _BOUND.fullmatch(bound)
    if match is None:
        raise TableError(f"KCORE_API must be a range such as '>=0.1,<1'; received {api_range!r}.")
    operator, limit = match.groups()
    have, want = _numbers(version), _numbers(limit)
    length = max(len(have), len(want))
    have, want = (numbers + (0,) * (length - len(numbers)) for numbers in (have, want))
    return {
        ">=": have >= want,
        "<=": have <= want,
        "==": have == want,
        "!=": have != want,
        ">": have > want,
        "<": have < want,
    }[operator]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def read_rows(rows: object, record: PluginRecord) -> tuple[Component, ...]:
    """The components that a plugin's rows describe; one wrong row spoils the table.

    Args:
        rows: what the plugin's `kcore_components` returned.
        record: the plugin.

    Raises:
        TableError: if something is no row, or a name occurs twice in its kind.
    """
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise TableError(f"kcore_components must return a list of rows; received {_shown(rows)}.")
    components = tuple(_component(index, row, record) for index, row in enumerate(rows))
    seen: set[tuple[str, str]] = set()
    for component in components:
        for name in (component.name, *component.aliases):
            if (component.kind, name) in seen:
                raise TableError(f"kcore_components names the {component.kind} {name!r} twice.")
            seen.add((component.kind, name))
    return components


def _component(index: int, row: object, record: PluginRecord) -> Component:
    if not isinstance(row, tuple | list) or len(row) not in (3, 4):
        raise _bad(
            index, row, 'a tuple (kind, name, "module:attribute") with at most a mapping of options'
        )
    kind, name, target = row[:3]
    if not (isinstance(kind, str) and _KIND.fullmatch(kind)):
        raise _bad(index, row, "a kind of small letters and underscores in the first place")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _bad(
            index,
            row,
            "a name of letters, digits, dots, dashes and underscores in the second place",
        )
    if not (isinstance(target, str) and _TARGET.fullmatch(target)):
        raise _bad(index, row, 'a target "module:attribute" or "module" in the third place')
    aliases = _aliases(index, row, record)
    return Component(kind, name, record.name, target, record.distribution, record.version, aliases)


def _aliases(
    index: int, row: tuple[object, ...] | list[object], record: PluginRecord
) -> tuple[str, ...]:
    options = row[3] if len(row) == 4 else {}
    if not isinstance(options, Mapping) or not set(options) <= {"aliases"}:
        raise _bad(index, row, 'a mapping {"aliases": (...)} in the fourth place')
    aliases = options.get("aliases", ())
    if not isinstance(aliases, tuple | list):
        raise _bad(index, row, "aliases as a tuple of names")
    for alias in aliases:
        plugin, _, name = alias.rpartition("/") if isinstance(alias, str) else ("", "", "")
        if not _NAME.fullmatch(name) or (plugin and not _NAME.fullmatch(plugin)):
            raise _bad(index, row, 'aliases such as "OldName" or "other_plugin/Name"')
        if plugin in OURS and record.name not in OURS:
            raise _bad(index, row, f"no alias that takes an identity of {plugin}")
    return tuple(aliases)


def _bad(index: int, row: object, expected: str) -> TableError:
    return TableError(
        f"Row {index} of kcore_components must be or have {expected}; received {_shown(row)}."
    )


def _shown(value: object) -> str:
    text = repr(value)
    return f"{text if len(text) <= 120 else text[:117] + '...'} ({type(value).__name__})"
