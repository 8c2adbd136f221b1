"""Where the files of data sets come from: cache, Keras' cache, mirrors, publisher - in that order.

`fetch` returns the path of a file whose checksum was verified in this very call. New files are
written beside their final place, verified, flushed to disk and renamed, so that a crash leaves
either the old state or the new one; a lock lets many processes ask at once and one of them fetch.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .download import SourceError, checksum, download
from .errors import UnavailableError
from .locking import file_lock
from .settings import cache_home, is_offline, keras_home, mirrors

__all__ = ["RemoteFile", "cached", "fetch", "local_file"]


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set: what it is called, who publishes it and how to know it is right.

    Args:
        name: Path below the cache folder and below every mirror, with `/`.
        digest: Checksum as 'algorithm:hexadecimal', e.g. 'sha256:8d42...'.
        size: Bytes.
        urls: The publisher's addresses, tried in order.
        keras_names: Paths below Keras' `datasets` folder under which its versions keep the bytes.

    Example:
        >>> RemoteFile("toy/a.bin", "sha256:" + "0" * 64, 3).algorithm
        'sha256'
    """

    name: str
    digest: str
    size: int
    urls: tuple[str, ...] = ()
    keras_names: tuple[str, ...] = ()

    @property
    def algorithm(self) -> str:
        """Name of the checksum's algorithm."""
        return self.digest.partition(":")[0]

    @property
    def cache_path(self) -> Path:
        """Where the file lies in the cache once it was fetched."""
        return cache_home() / self.name

    def fits(self, path: Path) -> bool:
        """Whether a file exists and has the right size and checksum.

        Args:
            path: The file to look at.

        Returns:
            True only for exactly the published bytes.
        """
        try:
            if path.stat().st_size != self.size:
                return False
            return f"{self.algorithm}:{checksum(path, self.algorithm)}" == self.digest
        except OSError:
            return False


def cached(file: RemoteFile) -> Path | None:
    """Path of the verified file if it is on this machine already, without any network.

    Args:
        file: The file wanted.

    Returns:
        Its path in the cache or in Keras' cache; None if neither holds the right bytes.

    Example:
        >>> cached(RemoteFile("toy/none.bin", "sha256:" + "0" * 64, 3)) is None
        True
    """
    places = [file.cache_path, *(keras_home() / name for name in file.keras_names)]
    return next((place for place in places if file.fits(place)), None)


def fetch(file: RemoteFile, *, progress: bool | None = None) -> Path:
    """Path of the verified file, fetched if it is not on this machine yet.

    Args:
        file: The file wanted.
        progress: Whether to draw a progress line; None (default) only on a terminal.

    Returns:
        A path whose content has the file's checksum.

    Raises:
        UnavailableError: If no source gives the right bytes; lists every source and its fault.

    Example:
        >>> fetch(RemoteFile("toy/a.bin", "sha256:" + "0" * 64, 3))  # doctest: +SKIP
    """
    if found := cached(file):
        return found
    target = file.cache_path
    target.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(target.with_name(target.name + ".lock")):
        if found := cached(file):  # another process was first
            return found
        faults: list[str] = []
        if target.exists():
            faults.append(f"{target}: its size or checksum is wrong, it will be replaced")
        for source in _sources(file):
            try:
                _obtain(file, source, target, progress)
                return target
            except SourceError as error:
                faults.append(f"{source}: {error}")
    raise UnavailableError(_ways_out(file, faults))


def local_file(path: str | os.PathLike[str], default: str) -> Path | None:
    """What the `path` argument of Keras' loaders means here.

    Args:
        path: The caller's value: a file or folder of the caller's own.
        default: The loader's default name, which stands for the official files.

    Returns:
        The existing path, or None for the official files.

    Raises:
        FileNotFoundError: If another path than the default was given and nothing is there.

    Example:
        >>> local_file("mnist.npz", "mnist.npz") is None
        True
    """
    chosen = Path(path).expanduser()
    for place in (chosen, keras_home() / chosen):
        if place.exists() and os.fspath(path) != default:
            return place
    if os.fspath(path) == default:
        return None
    raise FileNotFoundError(
        f"The argument path={os.fspath(path)!r} names no file: neither {chosen.absolute()} nor "
        f"{keras_home() / chosen} exists. Leave the argument out to use the official files."
    )


def _sources(file: RemoteFile) -> list[str]:
    return [f"{mirror}/{file.name}" for mirror in mirrors()] + list(file.urls)


def _folder_path(source: str) -> Path | None:
    """The path that a source names, or None if it is an address on the network."""
    parts = urlsplit(source)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if "://" in source else Path(source).expanduser()


def _obtain(file: RemoteFile, source: str, target: Path, progress: bool | None) -> None:
    """Put the verified file in its place, from one source."""
    part = target.with_name(target.name + ".part")
    origin = _folder_path(source)
    if origin is not None:
        try:
            shutil.copyfile(origin, part)
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from error
    elif is_offline():
        raise SourceError("not asked, because KDATASETS_OFFLINE is set")
    else:
        resumed = part.exists() and part.stat().st_size > 0
        download(source, part, file.size, label=file.name, progress=progress)
        if resumed and not file.fits(part):  # the old beginning was wrong: once more, from zero
            part.unlink()
            download(source, part, file.size, label=file.name, progress=progress)
    if not file.fits(part):
        part.unlink(missing_ok=True)
        raise SourceError(f"its {file.algorithm} checksum or size is wrong")
    _commit(part, target)


def _commit(part: Path, target: Path) -> None:
    """Rename a finished file into place so that it survives a power cut."""
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(part, target)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _ways_out(file: RemoteFile, faults: list[str]) -> str:
    lines = [f"The file {file.name} ({file.size / 1e6:.1f} MB) could not be had. Asked were:"]
    lines += [f"  - {fault}" for fault in faults] or ["  - nothing: no mirror and no URL is known"]
    address = file.urls[0] if file.urls else "its publisher"
    return "\n".join(
        [
            *lines,
            "Three ways out:",
            f"  1. With a network: check the connection (and unset KDATASETS_OFFLINE), or fetch "
            f"{address} with another machine and put it at {file.cache_path}.",
            f"  2. With a mirror: set KDATASETS_MIRROR to a folder or URL below which "
            f"{file.name} lies (several: separated by commas).",
            "  3. With neither: use a data set that is part of this package, "
            "kdatasets.digits or kdatasets.boston_housing.",
        ]
    )
