"""What every reader of a file promises: its errors are ours, and name the file and the place."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kcore.errors import KcoreError, LoadError, shown

# raised by code that meets data of another form than it was written for
_MISFIT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
_TOO_MUCH = (RecursionError, MemoryError)
# of what an error says; some repeat the data
_LONGEST = 2000


def existing(filepath: Any) -> Path:
    """The path of a file that is there.

    Raises:
        LoadError: if there is no such file, or its name is none that the system takes.
    """
    path = Path(filepath)
    try:
        there = path.is_file()
    except OSError as error:  # such as a name that is too long
        raise LoadError(f"{path} cannot be read: {error.strerror}.") from error
    if not there:
        raise LoadError(
            f"{path}: there is no such file. Check the path (the working folder is {Path.cwd()})."
        )
    return path


class at:  # noqa: N801 - a word of statements: with at(place)
    """Every error inside names a place in the data that are read; a foreign one is a LoadError.

    A model has tens of thousands of places, so one costs next to nothing unless an error comes.

    Args:
        place: such as "attribute model_config", or "layers[2] 'dense'"; or a function that makes
            it, called with `of` once an error came.
        of: arguments of that function.
    """

    __slots__ = ("_of", "_place")

    def __init__(self, place: str | Callable[..., str], *of: Any) -> None:
        self._place, self._of = place, of

    def __str__(self) -> str:
        return self._place if isinstance(self._place, str) else self._place(*self._of)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            place = str(self)
            _turn(error, place, f"{place}: the data do not have the form expected")


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Every error names the file; one that is no error of ours says that the file is damaged."""
    try:
        yield
    except Exception as error:
        if not (isinstance(error, KcoreError) and str(path) in str(error)):
            _turn(error, str(path), f"{path} is damaged")
        raise


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Python does not look for garbage in cycles meanwhile.

    Making a model makes hundreds of thousands of objects and no such garbage, and Python would look
    through all objects of the process, TensorFlow's too, once they have grown by a quarter: this
    took as long as loading InceptionResNetV2.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _turn(error: BaseException, place: str, problem: str) -> None:
    """Puts the place into an error of ours; raises one of ours in the place of a foreign one."""
    if isinstance(error, KcoreError):
        if not _put_in_front(error, place):
            raise LoadError(f"{place}: {error}") from error
    elif isinstance(error, KeyError):
        raise LoadError(
            f"{place}: there is no entry {shown(error.args[0] if error.args else None)}."
        ) from error
    elif isinstance(error, _MISFIT):
        text = f"{type(error).__name__}: {error}"
        raise LoadError(f"{problem} ({text[:300]}).") from error
    elif isinstance(error, _TOO_MUCH):
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
