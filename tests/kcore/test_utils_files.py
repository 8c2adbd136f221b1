"""get_file: fetched once, checked, whole or not at all."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kcore.errors import ConfigurationError, LoadError
from kcore.utils import get_file


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_bytes(b"some words")
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KCORE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_file_is_kept_and_not_fetched_again(source: Path, home: Path) -> None:
    path = get_file(origin=source.as_uri())
    assert path == str(home / "datasets" / "words.txt")
    source.unlink()
    assert Path(get_file(origin=source.as_uri())).read_bytes() == b"some words"


def test_names_and_folders(source: Path, tmp_path: Path) -> None:
    path = get_file("w.txt", str(source), cache_subdir="models", cache_dir=tmp_path / "other")
    assert path == str(tmp_path / "other" / "models" / "w.txt")


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_checksums_of_every_length(source: Path, algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"some words").hexdigest()
    assert get_file(origin=source.as_uri(), file_hash=digest.upper())
    with pytest.raises(LoadError) as caught:
        get_file("other", source.as_uri(), file_hash=digest[::-1])
    assert digest in str(caught.value) and digest[::-1] in str(caught.value)


def test_nothing_wrong_is_kept(source: Path, home: Path) -> None:
    with pytest.raises(LoadError, match="checksum"):
        get_file(origin=source.as_uri(), md5_hash="0" * 32)
    assert list((home / "datasets").iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_terminal_shows_how_far_a_download_is(
    stream: type[io.StringIO], source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(source.parent))
    source.write_bytes(b"x" * 300_000)
    monkeypatch.setattr(sys, "stderr", stream())
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = get_file(origin=f"http://127.0.0.1:{server.server_port}/words.txt")
        server.shutdown()
    assert Path(path).stat().st_size == 300_000
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    if stream is Terminal:
        assert "words.txt" in shown and "300.0/300.0 kB" in shown
    else:
        assert shown == ""


def test_a_damaged_file_is_fetched_again(source: Path) -> None:
    digest = hashlib.sha256(b"some words").hexdigest()
    path = Path(get_file(origin=source.as_uri(), file_hash=digest))
    path.write_bytes(b"some worms")
    get_file(origin=source.as_uri(), file_hash=digest)
    assert path.read_bytes() == b"some words"


def test_a_failed_fetch_leaves_the_old_file(source: Path) -> None:
    path = Path(get_file(origin=source.as_uri()))
    source.unlink()
    with pytest.raises(LoadError):
        get_file(origin=source.as_uri(), force_download=True)
    assert path.read_bytes() == b"some words"
    assert [entry.name for entry in path.parent.iterdir()] == ["words.txt"]


def test_force_download(source: Path) -> None:
    get_file(origin=source.as_uri())
    source.write_bytes(b"new words")
    path = get_file(origin=source.as_uri(), force_download=True)
    assert Path(path).read_bytes() == b"new words"


def test_without_a_network_the_error_says_where_to_put_the_file(home: Path) -> None:
    # a port on which nobody listens
    with pytest.raises(LoadError) as caught:
        get_file("w.txt", "http://127.0.0.1:9/w.txt")
    message = str(caught.value)
    assert "http://127.0.0.1:9/w.txt" in message
    assert str(home / "datasets" / "w.txt") in message


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"fname": "w"}, "origin"),
        ({"fname": "../w", "origin": "w"}, "../w"),
        ({"origin": "w", "file_hash": "abc"}, "abc"),
        ({"origin": "w", "file_hash": "0" * 32, "hash_algorithm": "md6"}, "md6"),
    ],
)
def test_arguments_that_never_work(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(ConfigurationError, match=fact):
        get_file(**arguments)


def make_tar(path: Path, name: str, kind: bytes = tarfile.REGTYPE) -> None:
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname = 2, kind, "/etc/passwd"
        archive.addfile(entry, io.BytesIO(b"hi"))


def make_zip(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "hi")


@pytest.mark.parametrize(("make", "suffix"), [(make_tar, "tar.gz"), (make_zip, "zip")])
def test_archives_are_unpacked(
    tmp_path: Path, home: Path, make: Callable[[Path, str], None], suffix: str
) -> None:
    make(tmp_path / f"a.{suffix}", "in/b.txt")
    folder = Path(get_file(origin=str(tmp_path / f"a.{suffix}"), extract=True))
    assert folder == home / "datasets" / "a_extracted"
    assert (folder / "in" / "b.txt").read_text() == "hi"
    assert Path(get_file(origin=str(tmp_path / f"a.{suffix}"))).is_file()


def test_untar_has_the_folder_under_the_given_name(tmp_path: Path, home: Path) -> None:
    make_tar(tmp_path / "a.tar.gz", "b.txt")
    folder = get_file("flowers", str(tmp_path / "a.tar.gz"), untar=True)
    assert folder == str(home / "datasets" / "flowers")
    assert (home / "datasets" / "flowers" / "b.txt").read_text() == "hi"
    assert (home / "datasets" / "flowers.tar.gz").is_file()


def test_a_new_archive_replaces_the_old_folder(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", "old.txt")
    folder = Path(get_file(origin=str(tmp_path / "a.zip"), extract=True))
    make_zip(tmp_path / "a.zip", "new.txt")
    get_file(origin=str(tmp_path / "a.zip"), extract=True, force_download=True)
    assert [entry.name for entry in folder.iterdir()] == ["new.txt"]


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt"])
@pytest.mark.parametrize(("make", "suffix"), [(make_tar, "tar"), (make_zip, "zip")])
def test_archives_never_write_outside(
    tmp_path: Path, home: Path, make: Callable[[Path, str], None], suffix: str, name: str
) -> None:
    make(tmp_path / f"a.{suffix}", name)
    with pytest.raises(LoadError, match=r"out\.txt"):
        get_file(origin=str(tmp_path / f"a.{suffix}"), extract=True)
    assert [entry.name for entry in home.rglob("*") if entry.is_file()] == [f"a.{suffix}"]


def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    make_tar(tmp_path / "a.tar", "innocent.txt", tarfile.SYMTYPE)
    with pytest.raises(LoadError, match="innocent"):
        get_file(origin=str(tmp_path / "a.tar"), extract=True)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(LoadError, match=r"a\.zip"):
        get_file(origin=str(tmp_path / "a.zip"), extract=True)


def test_utils_import_nothing_heavy(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    script = "import sys, kcore.utils; print({'numpy', 'pooch', 'tensorflow'} & set(sys.modules))"
    result = run_python("-c", script)
    assert result.stdout.strip() == "set()", result.stderr
