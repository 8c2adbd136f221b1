"""JSON that somebody else wrote: bounded, unambiguous, and never more than data."""

from __future__ import annotations

import json
from typing import Any

from kcore.errors import LoadError

# a model of a thousand nested blocks is thirty deep; nothing real comes near
_DEEPEST = 200
_LONGEST = 256 * 2**20
# each value takes some 60 bytes of memory, whatever the text takes
_MOST_VALUES = 3_000_000


def parse(text: str | bytes, place: str) -> Any:
    """The data that a JSON text holds.

    Args:
        text: the text.
        place: the file and the place in it, for the error.

    Raises:
        LoadError: if it is no JSON, names a key twice, holds NaN or infinity, or is nested or long
            beyond all reason.

    Example:
        >>> parse('{"a": [1]}', "example")
        {'a': [1]}
    """
    if len(text) > _LONGEST:
        raise LoadError(f"{place} holds {len(text)} bytes of JSON; at most {_LONGEST} are read.")
    count: Any = text.count
    signs = (b"{", b"[", b",") if isinstance(text, bytes) else ("{", "[", ",")
    if sum(count(sign) for sign in signs) > _MOST_VALUES:
        raise LoadError(f"{place} holds more than {_MOST_VALUES} values.")
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise LoadError(f"{place} is nested deeper than {_DEEPEST} levels.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise LoadError(f"{place} holds no usable JSON: {error}.") from None
    _check_depth(data, place)
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} is there twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _check_depth(data: Any, place: str) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise LoadError(f"{place} is nested deeper than {_DEEPEST} levels.")
        level = [
            item
            for value in level
            if isinstance(value, (dict, list))
            for item in (value.values() if isinstance(value, dict) else value)
        ]
