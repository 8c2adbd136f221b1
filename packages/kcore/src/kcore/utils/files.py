"""Files from elsewhere: fetched once, checked, and kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import tarfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pooch

from kcore.errors import ConfigurationError, LoadError
from kcore.utils.download_bar import DownloadBar

_TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces
_TAR_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz", ".txz", ".tar")
_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}  # by length in hexadecimal


def cache_home() -> Path:
    """The folder of everything that is fetched: KCORE_HOME, or `.kcore` in the home folder."""
    return Path(os.environ.get("KCORE_HOME") or Path.home() / ".kcore").expanduser().absolute()


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """The path of a file that is fetched at first use and checked at every use.

    A file takes its name only when it is whole and its checksum is right. A file that is there
    already is used without a network; one with a wrong checksum is fetched again. On a terminal a
    line shows how far an http download is.

    Args:
        fname: its name in the cache; the last part of `origin` if None.
        origin: where it comes from: an http, https, ftp or file address, or a path.
        untar: unpacks a tar archive into a folder named after it.
        md5_hash: checksum by its old name; use `file_hash`.
        file_hash: checksum in hexadecimal; nothing is checked if None.
        cache_subdir: folder below the cache, default "datasets".
        hash_algorithm: a name that hashlib knows; "auto" tells by the length of the checksum.
        extract: unpacks an archive, zip or tar, into a folder `<name>_extracted`.
        archive_format: "zip", "tar" or "auto"; None never unpacks.
        cache_dir: used in place of KCORE_HOME (default `~/.kcore`).
        force_download: fetches the file even if it is there.

    Returns:
        The path of the file; of the folder if it was unpacked.

    Raises:
        ConfigurationError: if there is no origin, or an argument can never work.
        LoadError: if the file cannot be fetched, its checksum is wrong, or the archive is damaged
            or would write outside its folder.

    Example:
        >>> get_file("words.txt", "https://example.org/words.txt")  # doctest: +SKIP
        '/home/me/.kcore/datasets/words.txt'
    """
    if not origin:
        raise ConfigurationError(
            "get_file needs `origin`: the address or path that the file comes from."
        )
    name = fname or _last_part(str(origin))
    if untar and not name.endswith(_TAR_SUFFIXES):
        name += ".tar.gz"
    home = cache_home() if cache_dir is None else Path(cache_dir).expanduser().absolute()
    target = home / cache_subdir / _plain(name)
    digest = _Digest.of(file_hash or md5_hash, hash_algorithm if file_hash else "auto")
    target.parent.mkdir(parents=True, exist_ok=True)
    if force_download or not target.is_file() or not digest.fits(target):
        _fetch(str(origin), target, digest)
    if (untar or extract) and archive_format is not None:
        kind = "tar" if untar and archive_format == "auto" else archive_format
        return str(_unpack(target, kind, "_extracted" if extract and not untar else ""))
    return str(target)


def _last_part(origin: str) -> str:
    parsed = urllib.parse.urlsplit(origin)
    return Path(urllib.parse.unquote(parsed.path) if parsed.scheme else origin).name


def _plain(name: str) -> str:
    if not name or Path(name).name != name:
        raise ConfigurationError(
            f"get_file: fname must be a file name without folders; received {name!r}. Use "
            "cache_subdir for the folder."
        )
    return name


class _Digest:
    """A checksum to compare files with; none fits every file."""

    def __init__(self, algorithm: str, expected: str) -> None:
        self.algorithm = algorithm
        self.expected = expected

    @classmethod
    def of(cls, expected: str | None, algorithm: str) -> _Digest:
        if not expected:
            return cls("", "")
        name = _HASHES.get(len(expected), "") if algorithm == "auto" else algorithm
        if name not in hashlib.algorithms_available:
            raise ConfigurationError(
                f"get_file: file_hash={expected!r} with hash_algorithm={algorithm!r} is no "
                "checksum that can be computed. Give hash_algorithm as hashlib names it, such as "
                "'sha256'."
            )
        return cls(name, expected.lower())

    def fits(self, path: Path) -> bool:
        return not self.expected or self.compute(path) == self.expected

    def compute(self, path: Path) -> str:
        digest = hashlib.new(self.algorithm)
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A path in the target's folder that is gone afterwards, whatever happens."""
    temporary = target.parent / f".{target.name}.{secrets.token_hex(4)}"
    try:
        yield temporary
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def _fetch(origin: str, target: Path, digest: _Digest) -> None:
    """Brings the file to its place, whole and checked or not at all."""
    with _beside(target) as temporary:
        try:
            with temporary.open("wb") as stream:
                _copy(origin, stream)
                stream.flush()
                os.fsync(stream.fileno())
        except (OSError, ValueError) as error:
            raise LoadError(
                f"get_file cannot fetch {origin}: {type(error).__name__}: {error}. Check the "
                f"address and the network, or put the file at {target} by hand."
            ) from error
        if not digest.fits(temporary):
            raise LoadError(
                f"get_file: the file from {origin} has the {digest.algorithm} checksum "
                f"{digest.compute(temporary)}; expected {digest.expected}. It is damaged or was "
                "replaced by another; nothing was kept. Fetch it again, or ask its publisher."
            )
        os.replace(temporary, target)


def _copy(origin: str, stream: IO[bytes]) -> None:
    """Writes what is at an address or path into a stream."""
    parsed = urllib.parse.urlsplit(origin)
    if parsed.scheme in ("http", "https"):
        with DownloadBar(_last_part(origin)) as bar:
            pooch.HTTPDownloader(timeout=_TIMEOUT, progressbar=bar)(origin, stream, None)
    elif parsed.scheme == "ftp":
        pooch.FTPDownloader(timeout=int(_TIMEOUT[0]))(origin, stream, None)
    else:
        path = urllib.request.url2pathname(parsed.path) if parsed.scheme == "file" else origin
        with open(path, "rb") as source:
            shutil.copyfileobj(source, stream)


def _unpack(archive: Path, kind: str, ending: str) -> Path:
    """Unpacks an archive into a folder beside it, unless that is there and newer."""
    stem = archive.name
    for suffix in (*_TAR_SUFFIXES, ".zip"):
        stem = stem.removesuffix(suffix)
    folder = archive.parent / f"{stem}{ending}"
    if folder.is_dir() and folder.stat().st_mtime >= archive.stat().st_mtime:
        return folder
    if kind not in ("auto", "zip", "tar"):
        raise ConfigurationError(
            f"get_file: archive_format must be 'auto', 'zip', 'tar' or None; received {kind!r}."
        )
    with _beside(folder) as temporary:
        temporary.mkdir()
        try:
            if kind == "zip" or (kind == "auto" and zipfile.is_zipfile(archive)):
                _unzip(archive, temporary)
            else:
                _untar(archive, temporary)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise LoadError(
                f"get_file cannot unpack {archive}: {type(error).__name__}: {error}. Delete the "
                "file, so that it is fetched again, or use extract=False."
            ) from error
        if folder.is_dir():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
        os.utime(folder)
    return folder


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            if not entry.is_dir():
                with opened.open(entry) as source:
                    _write(archive, entry.filename, source, folder)


def _untar(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        for entry in opened:
            if entry.isdir():
                continue
            source = opened.extractfile(entry) if entry.isfile() else None
            if source is None:
                raise LoadError(
                    f"get_file: the archive {archive} holds {entry.name!r}, which is a link or a "
                    "device. Only files and folders are unpacked; unpack it by hand if you trust "
                    "it."
                )
            with source:
                _write(archive, entry.name, source, folder)


def _write(archive: Path, name: str, source: IO[bytes], folder: Path) -> None:
    """Writes one member; what an archive names never leads outside the folder."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise LoadError(
            f"get_file: the archive {archive} holds {name!r}, which lies outside its folder. "
            "Nothing was unpacked; do not trust it."
        )
    target = folder.joinpath(*path.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        shutil.copyfileobj(source, stream)
