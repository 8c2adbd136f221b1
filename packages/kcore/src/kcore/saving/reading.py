"""What every reader of a file promises: its errors are ours, and name the file and the place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kcore.errors import KcoreError, LoadError, shown

# raised by code that meets data of another form than it was written for
_MISFIT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
_TOO_MUCH = (RecursionError, MemoryError)
# of what an error says; some repeat the data
_LONGEST = 2000


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Every error names the file; one that is no error of ours says that the file is damaged."""
    with _turning(str(path), f"{path} is damaged", once=True):
        yield


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Every error names a place in the data that are read; one that is not ours is a LoadError.

    Args:
        place: such as "attribute model_config", or "layers[2] 'dense'".
    """
    with _turning(place, f"{place}: the data do not have the form expected"):
        yield


@contextlib.contextmanager
def _turning(place: str, problem: str, once: bool = False) -> Iterator[None]:
    try:
        yield
    except KcoreError as error:
        if once and place in str(error):
            raise
        if _put_in_front(error, place):
            raise
        raise LoadError(f"{place}: {error}") from error
    except KeyError as error:
        raise LoadError(
            f"{place}: there is no entry {shown(error.args[0] if error.args else None)}."
        ) from error
    except _MISFIT as error:
        text = f"{type(error).__name__}: {error}"
        raise LoadError(f"{problem} ({text[:300]}).") from error
    except _TOO_MUCH as error:
        raise LoadError(f"{place} asks for more than this machine has ({error}).") from error


def _put_in_front(error: KcoreError, place: str) -> bool:
    """Puts the place in front of an error's text; False if the text is not made of its argument.

    The error itself is changed: another of its class could not be made of a text alone, and would
    lack its attributes.
    """
    text = str(error)
    if len(text) > _LONGEST and not isinstance(error, ImportError):  # which lists what is missing
        text = f"{text[: _LONGEST - 300]} ... {text[-300:]}"
    text = f"{place}: {text}"
    error.args = (text,)
    if isinstance(error, ImportError):
        error.msg = text
    return str(error) == text


def entry_place(index: int, entry: Any) -> str:
    """Where the entry of a layer is among a model's, with its name if it has one."""
    config = entry.get("config") if isinstance(entry, dict) else None
    name = config.get("name") if isinstance(config, dict) else None
    return f"layers[{index}]" if name is None else f"layers[{index}] {str(name)[:80]!r}"
