"""Pickles of data sets: what asks for more than its bytes is refused before it is followed."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from kdatasets import FormatError
from kdatasets.unpickle import read_pickle


def _array_of(data: bytes) -> bytes:
    """The instructions for an array of bytes, whose data instructions leave on the stack."""
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01M\x00\x10"
        b"\x85cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89" + data + b"tb"
    )


TEXT = b"X\x00\x10\x00\x00" + b"x" * 4096
ATTACKS: dict[str, tuple[bytes, str]] = {
    "a memo of 2**32": (b"]r\xff\xff\xff\xff.", "byte 3: place 4294967295"),
    "a memo of many digits": (b"]p999999999999\n.", "byte 3"),
    "a memo with holes": (b"]q\x00]q\x05.", "byte 6: place 5"),
    "bytes of 2**32": (b"B\xff\xff\xff\xffab.", "byte 2: an argument of 4294967295 bytes"),
    "bytes of 2**64": (b"\x8e" + b"\xff" * 8 + b"ab.", "byte 2: an argument of"),
    "a text of 2**31": (b"X\xff\xff\xff\x7fab.", "byte 2: an argument of"),
    "a frame": (b"\x95" + b"\xff" * 8, "byte 11|ends at byte 11"),
    "a number of 2**31 bytes": (b"\x8b\xff\xff\xff\x7f\x01.", "byte 2: an argument of"),
    "tuples of tuples": (b")" + b"2\x86" * 60 + b".", "byte 3: instruction b'2'"),
    "lists of lists": (b"]q\x00" + b"]q\x01h\x00ah\x00a.", "byte 8: a list, dictionary or tuple"),
    "a list put late": (b"]K\x01aq\x00h\x00.", "byte 8: a list"),
    "tuples from the memo": (b")q\x00h\x00\x86.", "byte 5: a list, dictionary or tuple"),
    "a set": (b"\x8f.", "instruction"),
    "an object": (b"(cnumpy\ndtype\no.", "instruction b'o'"),
    "a persistent name": (b"Pname\n.", "instruction b'P'"),
    "an extension": (b"\x82\x01.", "instruction"),
    "a line without an end": (b"Sabc", "byte 2: a line"),
    "no end": (b"]", "ends at byte 3"),
    "a million lists": (b"]" * 1_000_001 + b".", "more than 1000000 containers"),
    "a text encoded often": (
        TEXT + b"q\x000c_codecs\nencode\n" + b"h\x00\x85R" * 3 + b".",
        "instruction b'0'",
    ),
    "a type without an end": (b"cnumpy\ndtype\n]\x85R.", "no short text"),
    "arrays that share bytes": (
        b"}(K\x01"
        + _array_of(b"B\x00\x10\x00\x00" + bytes(4096) + b"q\x00")
        + b"K\x02"
        + _array_of(b"h\x00")
        + b"u.",
        "more than the",
    ),
    "texts that become bytes again and again": (
        b"](" + TEXT + b"q\x00" + b"c_codecs\nencode\nh\x00\x85R" * 3 + b"e.",
        "more bytes made of text",
    ),
}


@pytest.mark.parametrize("label", ATTACKS)
def test_pickles_that_ask_for_more_than_they_are(label: str) -> None:
    instructions, fact = ATTACKS[label]
    with pytest.raises(FormatError, match=f"^The file.*({fact})"):
        read_pickle(b"\x80\x02" + instructions, "The file")


@pytest.mark.parametrize("protocol", range(5))
def test_everything_that_a_data_set_holds(protocol: int) -> None:
    fields: dict[str, Any] = {
        "labels": [0, 255, 256, 70_000, -1, 2**40, -(2**70)],
        "names": ["a", "", "\u00e4", "x" * 300],
        "raw": [b"a", b"x" * 300],
        "others": [None, True, False, 0.5, (1, 2), {"k": [1]}],
        "first": np.arange(3000, dtype=np.uint8),
        "second": np.arange(5, dtype=np.uint8),
    }
    found = read_pickle(pickle.dumps(fields, protocol), "The file")
    assert {k: v for k, v in found.items() if k not in ("first", "second")} == {
        k: v for k, v in fields.items() if k not in ("first", "second")
    }
    assert np.array_equal(found["first"], fields["first"])
    assert np.array_equal(found["second"], fields["second"])
