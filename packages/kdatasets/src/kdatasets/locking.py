"""A lock between processes that the system releases when its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["file_lock"]

if sys.platform == "win32":
    import msvcrt

    def _acquire(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
            except PermissionError:  # somebody holds it; LK_LOCK itself would give up after 10 s
                time.sleep(0.1)

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        # A file system without locks (some network ones) must not stop the download: writing is
        # atomic anyway, the lock only saves fetching the same bytes twice.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock named by a file; others who ask for it wait.

    Closing the descriptor releases the lock, so a killed process never leaves it behind. The file
    itself stays: removing it would let two processes lock two different files of one name.

    Args:
        path: The lock's file; it is created when missing, in a folder that exists.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, file_lock(Path(folder) / "a.lock"):
        ...     print("alone")
        alone
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _acquire(descriptor)
        yield
    finally:
        os.close(descriptor)
