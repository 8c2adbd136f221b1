"""JSON that somebody else wrote: bounded, unambiguous, and never more than data."""

from __future__ import annotations

import json
import math
from typing import Any

from kcore.errors import LoadError

# a model of a thousand nested blocks is thirty deep; nothing real comes near
_DEEPEST = 200
LONGEST = 256 * 2**20
# each value takes some 60 bytes of memory, whatever the text takes
_MOST_VALUES = 3_000_000
# more than any number that a model needs, fewer than those whose reading takes time
_MOST_DIGITS = 400


def parse(text: str | bytes, place: str) -> Any:
    """The data that a JSON text holds.

    Args:
        text: the text.
        place: the file and the place in it, for the error.

    Raises:
        LoadError: if it is no JSON in UTF-8, names a key twice, holds NaN, infinity or a number
            beyond all floats, or is nested or long beyond all reason.

    Example:
        >>> parse('{"a": [1]}', "example")
        {'a': [1]}
    """
    if len(text) > LONGEST:
        raise LoadError(f"{place} holds {len(text)} bytes of JSON; at most {LONGEST} are read.")
    count: Any = text.count
    signs = (b"{", b"[", b",") if isinstance(text, bytes) else ("{", "[", ",")
    if sum(count(sign) for sign in signs) > _MOST_VALUES:
        raise LoadError(f"{place} holds more than {_MOST_VALUES} values.")
    text = _decoded(text, place)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_int=_int,
            parse_float=_float,
        )
    except RecursionError:
        raise LoadError(f"{place} is nested deeper than {_DEEPEST} levels.") from None
    except ValueError as error:
        raise LoadError(f"{place} holds no usable JSON: {error}.") from None
    _check_depth(data, place)
    if "\\ud" in text or "\\uD" in text:
        _check_surrogates(data, place)
    return data


# what programs put in front of a text to say how it is encoded, the longer ones first
_MARKS = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def _decoded(text: str | bytes, place: str) -> str:
    """The text, in UTF-8 and without a byte order mark: `json` would guess the encoding."""
    mark = None
    if isinstance(text, bytes):
        mark = next((name for start, name in _MARKS.items() if text.startswith(start)), None)
    elif text.startswith("\ufeff"):
        mark = "UTF-8"
    if mark is not None:
        raise LoadError(
            f"{place} begins with the byte order mark of {mark}; expected JSON in UTF-8 without "
            "one. Save the text again without the mark."
        )
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{place} holds no JSON in UTF-8: byte {error.start} cannot be part of it."
        ) from None
    if "\x00" in decoded[:4]:
        raise LoadError(f"{place} begins with zero bytes, as UTF-16 has; expected JSON in UTF-8.")
    return decoded


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{text[:40]}... has {len(text)} digits; at most {_MOST_DIGITS} are read")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is larger than any float")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} is there twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _check_surrogates(data: Any, place: str) -> None:
    """Refuses half a character, which no text in UTF-8 can hold."""
    try:
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise LoadError(f"{place} holds half a character, {half!a}, in a text.") from None


def _check_depth(data: Any, place: str) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise LoadError(f"{place} is nested deeper than {_DEEPEST} levels.")
        inside = (v.values() if type(v) is dict else v for v in level if type(v) in (dict, list))
        level = [value for values in inside for value in values if type(value) in (dict, list)]
