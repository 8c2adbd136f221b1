"""Where files come from: cache, Keras' cache, mirrors, publisher; and every fault on the way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kdatasets import UnavailableError, fetch
from kdatasets.locking import file_lock
from kdatasets.progress import ProgressLine
from kdatasets.settings import cache_home, is_offline
from kdatasets.source import RemoteFile, local_file

CONTENT = bytes(range(256)) * 4096  # 1 MiB, so that it comes in several pieces

Make = Callable[..., RemoteFile]


def leftovers(path: Path) -> set[str]:
    """Names beside a cached file, apart from its lock."""
    return {entry.name for entry in path.parent.iterdir() if entry.suffix != ".lock"}


def test_fetches_once_and_keeps(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    path = fetch(file)
    assert path == cache_home() / "toy" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert fetch(file) == path
    assert server.requests.total() == 1
    assert leftovers(path) == {"file.bin"}


@pytest.mark.parametrize(
    "fault", ["503", "429", "500", "cut", "slow", "redirect", "no length", "no range"]
)
def test_passing_faults_are_survived(remote: Make, server: Any, fault: str) -> None:
    file = remote(CONTENT)
    server.faults = [fault]
    assert fetch(file).read_bytes() == CONTENT


def test_a_cut_download_goes_on_where_it_stopped(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.faults = ["cut"]
    fetch(file)
    assert server.ranges == ["", f"bytes={len(CONTENT) // 2}-"]


def test_resume_from_an_earlier_process(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    part = file.cache_path.with_name("file.bin.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:1000])
    assert fetch(file).read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_server_that_ignores_the_range_sends_all(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.faults = ["cut", "no range"]
    assert fetch(file).read_bytes() == CONTENT


@pytest.mark.parametrize("beginning", [b"x" * 1000, CONTENT + b"x", b"x" * len(CONTENT)])
def test_a_wrong_beginning_is_thrown_away(remote: Make, server: Any, beginning: bytes) -> None:
    file = remote(CONTENT)
    part = file.cache_path.with_name("file.bin.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(beginning)
    assert fetch(file).read_bytes() == CONTENT


@pytest.mark.parametrize("fault", ["wrong", "long", "404", "403"])
def test_a_bad_mirror_is_passed_over(
    remote: Make, server: Any, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = remote(CONTENT)
    monkeypatch.setenv("KDATASETS_MIRROR", server.url + "/moved/")
    server.faults = [fault]
    path = fetch(file)
    assert path.read_bytes() == CONTENT
    assert server.requests == {"/moved/toy/file.bin": 1, "/toy/file.bin": 1}
    assert leftovers(path) == {"file.bin"}


def test_wrong_bytes_everywhere_leave_nothing(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.faults = ["wrong"]
    with pytest.raises(UnavailableError, match="sha256 checksum") as caught:
        fetch(file)
    assert file.urls[0] in str(caught.value)
    assert leftovers(file.cache_path) == set()


def test_endless_bytes_are_refused_early(remote: Make, server: Any) -> None:
    file = remote(CONTENT, size=1000)
    server.faults = ["no length"]
    with pytest.raises(UnavailableError, match="more than the 1000 bytes"):
        fetch(file)


def test_another_size_is_refused_before_reading(remote: Make) -> None:
    file = remote(CONTENT, size=1000)
    with pytest.raises(UnavailableError, match=f"offers {len(CONTENT)} bytes .* has 1000"):
        fetch(file)


def test_a_busy_server_is_asked_a_bounded_number_of_times(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.faults = ["503"] * 50
    with pytest.raises(UnavailableError, match="503"):
        fetch(file)
    assert server.requests.total() == 4


def test_no_network_names_three_ways_out(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.close()
    with pytest.raises(UnavailableError) as caught:
        fetch(file)
    text = str(caught.value)
    for fact in (file.urls[0], str(file.cache_path), "KDATASETS_MIRROR", "kdatasets.digits"):
        assert fact in text


def test_offline_opens_no_socket(remote: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    file = remote(CONTENT)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setenv("KDATASETS_OFFLINE", "1")
    monkeypatch.setenv("KDATASETS_MIRROR", "http://127.0.0.1:1")
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(UnavailableError, match="KDATASETS_OFFLINE"):
        fetch(file)


def test_offline_must_be_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KDATASETS_OFFLINE", "perhaps")
    with pytest.raises(ValueError, match="perhaps"):
        is_offline()


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_several_mirrors_folders_first(
    remote: Make, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    file = remote(CONTENT)
    good = tmp_path / "good"
    (good / "toy").mkdir(parents=True)
    (good / "toy" / "file.bin").write_bytes(CONTENT)
    empty = str(tmp_path / "empty")
    monkeypatch.setenv("KDATASETS_MIRROR", f"{empty}, {form.format(good)}")
    monkeypatch.setenv("KDATASETS_OFFLINE", "yes")
    path = fetch(file)
    assert path.read_bytes() == CONTENT
    assert server.requests.total() == 0
    shutil.rmtree(good)
    assert fetch(file) == path


def test_keras_cache_is_read_only_if_the_checksum_fits(remote: Make, server: Any) -> None:
    file = remote(CONTENT, keras_names=("toy.bin",))
    copy = Path(os.environ["KERAS_HOME"]) / "datasets" / "toy.bin"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(bytes(len(CONTENT)))
    assert fetch(file) == file.cache_path
    file.cache_path.unlink()
    copy.write_bytes(CONTENT)
    assert fetch(file) == copy
    assert server.requests.total() == 1


def test_a_damaged_cached_file_is_replaced(remote: Make) -> None:
    file = remote(CONTENT)
    fetch(file).write_bytes(b"x" * len(CONTENT))
    assert fetch(file).read_bytes() == CONTENT


def start(code: str) -> subprocess.Popen[str]:
    """Another Python process with this one's environment."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_twenty_processes_fetch_once(remote: Make, server: Any) -> None:
    file = remote(CONTENT)
    server.faults = ["slow"]
    code = (
        "import hashlib\nfrom kdatasets.source import RemoteFile, fetch\n"
        f"print(hashlib.sha256(fetch({file!r}).read_bytes()).hexdigest())"
    )
    workers = [start(code) for _ in range(20)]
    digests = {worker.communicate(timeout=60)[0].strip() for worker in workers}
    assert digests == {file.digest.removeprefix("sha256:")}
    assert server.requests.total() == 1


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    worker = start(
        "import time\nfrom pathlib import Path\nfrom kdatasets.locking import file_lock\n"
        f"with file_lock(Path({str(lock)!r})):\n    print('held', flush=True)\n"
        "    time.sleep(60)"
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "held\n"
    worker.kill()
    with file_lock(lock):
        assert worker.wait() != 0
    worker.stdout.close()


def test_local_file(tmp_path: Path) -> None:
    own = tmp_path / "own.npz"
    own.write_bytes(b"")
    assert local_file(own, "mnist.npz") == own
    assert local_file("mnist.npz", "mnist.npz") is None
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        local_file("absent.npz", "mnist.npz")


def test_progress_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine("toy", total=2_000_000, show=True)
    line.advance(1_000_000)
    line.close()
    ProgressLine("silent", total=1).close()
    shown = capsys.readouterr().err
    assert "toy" in shown
    assert "50%" in shown
    assert "1.0 of 2.0 MB" in shown
    assert "silent" not in shown
