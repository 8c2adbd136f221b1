"""JSON that somebody else wrote is read in one way, or refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from kcore.errors import LoadError
from kcore.models import model_from_json
from kcore.saving import plain

TEXT = '{"class_name": "Sequential", "config": {"layers": []}}'


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("\ufeff" + TEXT, ("byte order mark", "UTF-8")),
        (TEXT.encode("utf-8-sig"), ("byte order mark", "UTF-8")),
        (TEXT.encode("utf-16"), ("byte order mark", "UTF-16")),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), ("byte order mark", "UTF-16")),
        (TEXT.encode("utf-32"), ("byte order mark", "UTF-32")),
        (TEXT.encode("utf-16-le"), ("zero bytes", "UTF-16")),
        (b'{"a": "\xff"}', ("UTF-8", "byte 7")),
        ('{"a": 1e999}', ("larger than any float",)),
        ('[[{"a": -1e999}]]', ("larger than any float",)),
        ("9" * 5000, ("5000 digits", "at most 400")),
        ('["\\ud800"]', ("half a character", "\\ud800")),
        ('{"\\uDC00": 1}', ("half a character", "\\udc00")),
        ('{"a": 1, "a": 2}', ("'a'", "twice")),
        ('{"a": NaN}', ("NaN",)),
        ("[" * 300 + "]" * 300, ("nested deeper",)),
        ("[" * 100_000, ("nested deeper",)),
        ("[" + "0," * 3_000_001 + "0]", ("3000000 values",)),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_plain_json(text: Any, facts: tuple[str, ...]) -> None:
    with pytest.raises(LoadError) as caught:
        plain.parse(text, "x.keras: config.json")
    message = str(caught.value)
    assert message.startswith("x.keras: config.json ")
    assert [fact for fact in facts if fact not in message] == []
    assert len(message) < 300


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\U0001f600"', '"\U0001f600"'.encode()])
def test_characters_of_two_halves_are_whole(text: Any) -> None:
    assert plain.parse(text, "x") == "\U0001f600"


def test_a_mark_is_refused_where_a_model_is_read() -> None:
    with pytest.raises(LoadError, match="byte order mark"):
        model_from_json("\ufeff" + TEXT)


def test_reading_imports_no_encodings() -> None:
    code = f"""
import sys
from kcore.errors import LoadError
from kcore.saving import plain
before = set(sys.modules)
for start in (b"\\xef\\xbb\\xbf", b"\\xff\\xfe", b"\\xfe\\xff", b"\\xff\\xfe\\0\\0", b"\\0"):
    try:
        plain.parse(start + {TEXT.encode()!r}, "x")
    except LoadError:
        continue
    raise SystemExit("read")
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
