"""What every reader of a file promises: its errors are ours, and they name the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kcore.errors import KcoreError, LoadError


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Every error names the file; one that is no error of ours says that the file is damaged."""
    try:
        yield
    except KcoreError as error:
        if path.name in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise LoadError(f"{path} is damaged ({type(error).__name__}: {error}).") from error
    except (RecursionError, MemoryError) as error:
        raise LoadError(f"{path} asks for more than this machine has ({error}).") from error


# raised by code that meets data of another form; each is made of one text
_PLAIN = (AttributeError, IndexError, TypeError, ValueError)


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Every error names a place in the data that are read.

    Its class stays, but a missing key is a LoadError.

    Args:
        place: such as "attribute model_config", or "layers[2] 'dense'".
    """
    try:
        yield
    except KcoreError as error:
        if place in str(error):
            raise
        raise type(error)(f"{place}: {error}") from error
    except KeyError as error:
        raise LoadError(f"{place}: there is no entry {error}.") from error
    except _PLAIN as error:
        if type(error) not in _PLAIN:
            raise
        raise type(error)(f"{place}: {error}") from error


def entry_place(index: int, entry: Any) -> str:
    """Where the entry of a layer is among a model's, with its name if it has one."""
    config = entry.get("config") if isinstance(entry, dict) else None
    name = config.get("name") if isinstance(config, dict) else None
    return f"layers[{index}]" if name is None else f"layers[{index}] {str(name)[:80]!r}"
