"""What every reader of a file promises: its errors are ours, and they name the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

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
