"""The instructions of a pickle, judged before the first one is followed.

Python's unpickler takes memory for what an instruction claims: a memo of 2**32 places, bytes of
2**32, and things that hold each other twice, whose text or hash is never done. The pickles of data
sets need few instructions; each is looked at with what it claims, and all others are refused.
"""

from __future__ import annotations

import re
import struct
from typing import Final

__all__ = ["check_opcodes"]

# instructions by how many bytes of argument they have
_FIXED: Final = {
    **dict.fromkeys(b"().]}NldtaesuRb\x85\x86\x87\x88\x89\x93\x94", 0),
    **dict.fromkeys(b"\x80Khq", 1),
    **dict.fromkeys(b"M", 2),
    **dict.fromkeys(b"Jrj", 4),
    **dict.fromkeys(b"G\x95", 8),
}
# instructions whose argument begins with its length
_COUNTED: Final = {
    **dict.fromkeys(b"CU\x8a\x8c", "<B"),
    **dict.fromkeys(b"BTX\x8b", "<I"),
    **dict.fromkeys(b"\x8d\x8e", "<Q"),
}
# instructions with lines of text, and how many
_LINES: Final = {**dict.fromkeys(b"FILSVpg", 1), ord("c"): 2}
# numbers in a row: most of what there is
_NUMBERS: Final = re.compile(rb"(?:K.|M..|J.{4}|G.{8}){1,1000}", re.DOTALL)
# behind these a list, a dictionary or a tuple is on top
_CONTAINERS: Final = b"]}ldt)\x85\x86\x87aesu"
_PUTS: Final = {ord("q"): "<B", ord("r"): "<I", ord("p"): ""}
_GETS: Final = {ord("h"): "<B", ord("j"): "<I", ord("g"): ""}
_MEMOIZE: Final = 0x94
_MOST: Final = {"containers": 1_000_000, "calls": 100_000}
_LONGEST_LINE: Final = 2**20


def check_opcodes(data: bytes) -> None:
    r"""Refuse a pickle that asks for more than its bytes, or for what no data set needs.

    Args:
        data: The pickle.

    Raises:
        ValueError: With the place of the instruction and what is wrong with it.

    Example:
        >>> check_opcodes(b"\x80\x02]q\x01.")
        >>> check_opcodes(b"\x80\x02]r\xff\xff\xff\xff.")
        Traceback (most recent call last):
            ...
        ValueError: byte 3: place 4294967295 of the memo, of which 0 are taken
    """
    place, before, size = 0, -1, len(data)
    puts, counts = 0, dict.fromkeys(_MOST, 0)
    held: set[int] = set()
    while place < size:
        run = _NUMBERS.match(data, place)
        if run is not None:
            place, before = run.end(), -1
            continue
        code = data[place]
        start, end = _argument(data, place)
        if code in _PUTS or code == _MEMOIZE:
            index = puts if code == _MEMOIZE else _index(data[start:end], _PUTS[code], place)
            if index > puts + 1:
                raise ValueError(
                    f"byte {place}: place {index} of the memo, of which {puts} are taken"
                )
            puts += 1
            (held.add if before in _CONTAINERS and before >= 0 else held.discard)(index)
        elif code in _GETS:
            index = _index(data[start:end], _GETS[code], place)
            if index in held:
                raise ValueError(f"byte {place}: a list, dictionary or tuple that is used twice")
        _count(counts, code, place)
        if code == ord("."):
            return
        if code not in _PUTS and code != _MEMOIZE:  # which leave what is on top
            before = code
        place = end
    raise ValueError(f"it ends at byte {size}, before the instruction to stop")


def _argument(data: bytes, place: int) -> tuple[int, int]:
    """Where the argument of an instruction begins and ends."""
    code, start = data[place], place + 1
    if code in _FIXED:
        end = start + _FIXED[code]
    elif code in _COUNTED:
        kind = struct.Struct(_COUNTED[code])
        if start + kind.size > len(data):
            raise ValueError(f"byte {place}: the data end in the middle of an instruction")
        start += kind.size
        end = start + int(kind.unpack_from(data, place + 1)[0])
    elif code in _LINES:
        end = start
        for _ in range(_LINES[code]):
            end = data.find(b"\n", end, end + _LONGEST_LINE) + 1
            if not end:
                raise ValueError(f"byte {place}: a line without an end")
    else:
        raise ValueError(f"byte {place}: instruction {bytes([code])!r}, which no data set needs")
    if end > len(data):
        raise ValueError(
            f"byte {place}: an argument of {end - start} bytes, of which {len(data) - start} are "
            "there"
        )
    return start, end


def _index(argument: bytes, kind: str, place: int) -> int:
    if kind:
        return int(struct.unpack(kind, argument)[0])
    if not argument.strip().isdigit() or len(argument) > 12:
        raise ValueError(f"byte {place}: {argument[:20]!r} is no place of the memo")
    return int(argument)


def _count(counts: dict[str, int], code: int, place: int) -> None:
    what = "calls" if code in b"R" else "containers" if code in b"]}ldt\x85\x86\x87" else None
    if what is None:
        return
    counts[what] += 1
    if counts[what] > _MOST[what]:
        raise ValueError(f"byte {place}: more than {_MOST[what]} {what}")
