"""Writing a file so that a crash leaves the old one or the new one, never a piece."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from kcore.errors import KcoreError, SaveError

_MARK = ".kcore-tmp-"


@contextlib.contextmanager
def replacing(target: Path, overwrite: bool = True, size: int = 0) -> Iterator[Path]:
    """Gives a path beside the target to write to, and puts it in the target's place afterwards.

    The new file is flushed to the disk before it takes the name, and has the permissions of the
    one that it replaces. If the block raises, or the process dies, the target is as it was; pieces
    left by a killed process are removed by the next save.

    Args:
        target: the file to write.
        overwrite: whether an existing file may be replaced.
        size: bytes that must be free on the disk before anything is written, for libraries that
            do not survive a failed write.

    Raises:
        SaveError: if the folder is missing, the target exists and must not be replaced, or the disk
            is full.
    """
    target = target.absolute()
    if not target.parent.is_dir():
        raise SaveError(
            f"Cannot write {target}: the folder {target.parent} does not exist. Create it first."
        )
    if target.exists() and not overwrite:
        raise SaveError(
            f"{target} exists, and overwrite=False forbids to replace it. Choose another name."
        )
    for stale in target.parent.glob(f".{target.name}{_MARK}*"):
        with contextlib.suppress(OSError):
            stale.unlink()
    temporary = target.parent / f".{target.name}{_MARK}{secrets.token_hex(4)}"
    try:
        mode = _mode(target, temporary)
        _need(temporary, size)
        yield temporary
        temporary.chmod(mode)  # some libraries make files that only their owner can read
        _flush(temporary)
        with _kept_open(target):
            os.replace(temporary, target)
        _flush(target.parent)
    except (OSError, RuntimeError) as error:  # HDF5 turns a full disk into a RuntimeError
        if isinstance(error, KcoreError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise SaveError(
            f"Cannot write {target}: {reason}. An earlier file is as it was."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def _kept_open(target: Path) -> Iterator[None]:
    """The system gives back the room of a large replaced file meanwhile, not while we wait."""
    try:
        number = os.open(target, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        threading.Thread(target=os.close, args=(number,), daemon=True).start()


def _mode(target: Path, temporary: Path) -> int:
    """The permissions of the file that is replaced, or those that a new file gets here."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    temporary.touch()
    found = stat.S_IMODE(temporary.stat().st_mode)
    temporary.unlink()
    return found


def _need(path: Path, size: int) -> None:
    """Takes the bytes and gives them back, so that a full disk or a quota is known now."""
    if not size or not hasattr(os, "posix_fallocate"):
        return
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.posix_fallocate(handle, 0, size)
    finally:
        os.close(handle)
        path.unlink()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
