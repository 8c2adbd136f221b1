"""JSON that somebody else wrote: bounded, unambiguous, and never more than data."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Check", "fields", "integer", "parse", "shown"]

# The longest text, the deepest nesting and the most digits that anything real comes near.
_LONGEST = 2**30
_DEEPEST = 100
_MOST_DIGITS = 400

# Whether a value is what is expected, and what that is in words.
Check = tuple[Callable[[Any], bool], str]


def parse(text: str | bytes, place: str, constants: bool = False) -> Any:
    """The data that a JSON text holds.

    Args:
        text: The text; bytes are UTF-8.
        place: What is read, for errors.
        constants: Whether NaN and Infinity may stand for numbers, as Python writes them. Default
            False.

    Returns:
        Plain data.

    Raises:
        ValueError: If it is no JSON, begins with a byte order mark, names a key twice, or is nested
            or long beyond all reason.

    Example:
        >>> parse('{"a": [1]}', "example")
        {'a': [1]}
    """
    if not isinstance(text, str | bytes):
        raise ValueError(f"{place}: expected a text; got {shown(text)}.")
    if len(text) > _LONGEST:
        raise ValueError(f"{place}: {len(text)} characters; at most {_LONGEST} are read.")
    decoded = _decoded(text, place)
    try:
        data = json.loads(
            decoded,
            object_pairs_hook=_unique,
            parse_int=_int,
            parse_constant=None if constants else _refuse,
        )
    except RecursionError:
        raise ValueError(f"{place}: nested deeper than {_DEEPEST} levels.") from None
    except ValueError as error:
        raise ValueError(f"{place}: no usable JSON: {error}.") from None
    _check_depth(data, place)
    return data


def _decoded(text: str | bytes, place: str) -> str:
    """The text in UTF-8; `json` would guess other encodings."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{place}: no text in UTF-8: byte {error.start} cannot be part of it."
        ) from None
    if decoded.startswith("\ufeff"):
        raise ValueError(f"{place}: begins with a byte order mark. Save the text without one.")
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"the key {name[:80]!r} is there twice")
            seen.add(name)
    return found


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits; at most {_MOST_DIGITS} are read")
    return int(text)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _check_depth(data: Any, place: str) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(f"{place}: nested deeper than {_DEEPEST} levels.")
        following: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                following.extend(v for v in value.values() if isinstance(v, dict | list))
            elif isinstance(value, list):
                following.extend(v for v in value if isinstance(v, dict | list))
        level = following


def fields(
    data: Any, place: str, checks: Mapping[str, Check], needed: frozenset[str]
) -> dict[str, Any]:
    """The entries of a dictionary, each compared with what is expected there.

    Args:
        data: What the JSON text held.
        place: What is read, for errors.
        checks: Every entry that there may be, with what its value must be.
        needed: Those that must be there.

    Returns:
        A copy.

    Raises:
        ValueError: If one is missing, unknown or something else.

    Example:
        >>> fields({"a": 1}, "example", {"a": (lambda v: v == 1, "one")}, frozenset("a"))
        {'a': 1}
    """
    if not isinstance(data, dict):
        raise ValueError(f"{place}: expected a dictionary; got {shown(data)}.")
    for name in sorted(needed - data.keys()):
        raise ValueError(f"{place}: there is no {name!r}; expected {checks[name][1]}.")
    for name, value in data.items():
        if name not in checks:
            known = ", ".join(checks)
            raise ValueError(f"{place}: {name[:80]!r} is unknown; known are {known}.")
        fits, expected = checks[name]
        if not fits(value):
            raise ValueError(f"{place}: {name}: expected {expected}; got {shown(value)}.")
    return dict(data)


def integer(value: Any, low: int = 0) -> bool:
    """Whether a value is a whole number from `low` to 2**31 - 1.

    Args:
        value: The value.
        low: The smallest. Default 0.

    Returns:
        Whether it is.
    """
    return type(value) is int and low <= value < 2**31


def shown(value: Any) -> str:
    """A value and its type for an error, cut short.

    Args:
        value: The value.

    Returns:
        Some 100 characters at most.

    Example:
        >>> shown([1] * 100)
        '[1, 1, 1, 1, 1, 1, ...] (list)'
    """
    text = reprlib.repr(value)
    short = text if len(text) <= 100 else f"{text[:97]}..."
    return f"{short} ({type(value).__name__})"
