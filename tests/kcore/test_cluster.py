"""TF_CONFIG, the meeting of the processes, and `kcore launch`: without TensorFlow's collectives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from kcore import backend
from kcore.backend import rendezvous
from kcore.errors import ConfigurationError, WorkerError


def config(addresses: Any, index: Any = 0, kind: str = "worker", **more: Any) -> str:
    content = {"cluster": {"worker": addresses}, "task": {"type": kind, "index": index}}
    return json.dumps({**content, **more})


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (None, "not set"),
        ("{", "not JSON"),
        ("[]", '"cluster"'),
        ('{"cluster": {"ps": ["a:1"]}}', '"chief"'),
        (config([]), "there are none"),
        (config(["a:1", "b"]), "'b'"),
        (config(["a:1", "b:99999"]), "'b:99999'"),
        (config(["a:1", "a:1"]), "same address"),
        (config(["a:1"], 1), '"task"'),
        (config(["a:1"], "0"), '"task"'),
        (config(["a:1"], 0, "evaluator"), '"task"'),
    ],
)
def test_a_wrong_tf_config_is_explained(text: str | None, fact: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        backend.cluster.read_cluster(text)
    assert "TF_CONFIG" in str(error.value) and fact in str(error.value)


def test_a_chief_is_the_first_process() -> None:
    cluster = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    text = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 1}})
    found = backend.cluster.read_cluster(text)
    assert found.addresses == ("a:1", "b:1", "c:1") and found.rank == 2


def test_the_kubernetes_manifest_gives_every_pod_a_cluster_that_is_read() -> None:
    text = (Path(__file__).parents[2] / "docs" / "kubernetes" / "job.yaml").read_text()
    block = text[text.index("python -c '") + len("python -c '") : text.index("')\n")]
    program = "\n".join(line.strip() for line in block.splitlines())
    for index in range(4):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "WORKERS": "4", "JOB_COMPLETION_INDEX": str(index)},
            capture_output=True,
            text=True,
            check=True,
        )
        found = backend.cluster.read_cluster(done.stdout)
        assert found.rank == index
        assert found.addresses == tuple(f"train-{i}.train:2222" for i in range(4))


def free_addresses(count: int) -> list[str]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return found


def meet(
    addresses: list[str],
    versions: dict[int, str] | None = None,
    problems: dict[int, str] | None = None,
    absent: tuple[int, ...] = (),
) -> list[Any]:
    """What each of several processes, here threads, hears."""
    results: list[Any] = [None] * len(addresses)

    def one(rank: int) -> None:
        own = {"kcore": (versions or {}).get(rank, "1.0")}
        try:
            rendezvous.meet(addresses, rank, own, (problems or {}).get(rank))
        except (ConfigurationError, WorkerError) as error:
            results[rank] = error

    ranks = [rank for rank in range(len(addresses)) if rank not in absent]
    threads = [threading.Thread(target=one, args=(rank,)) for rank in ranks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return results


def test_processes_that_fit_meet_and_leave_their_ports_free() -> None:
    addresses = free_addresses(3)
    assert meet(addresses) == [None] * 3
    assert meet(addresses) == [None] * 3


def test_every_process_hears_of_other_versions() -> None:
    results = meet(free_addresses(3), versions={2: "1.1"})
    for result in results:
        assert isinstance(result, WorkerError)
        assert "kcore" in str(result) and "1.0" in str(result) and "1.1 in worker 2" in str(result)


def test_every_process_hears_of_a_busy_port() -> None:
    addresses = free_addresses(2)
    with socket.socket() as other:
        other.bind(("", int(addresses[1].split(":")[1])))
        other.listen()
        results = meet(addresses)
    assert isinstance(results[0], WorkerError) and isinstance(results[1], ConfigurationError)
    assert all(addresses[1] in str(result) for result in results)


def test_every_process_hears_of_a_busy_first_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendezvous, "_WAIT", 1.0)
    monkeypatch.setattr(rendezvous, "_ANSWER", 2.0)
    addresses = free_addresses(2)
    with socket.socket() as other:
        other.bind(("", int(addresses[0].split(":")[1])))
        other.listen()
        results = meet(addresses)
    assert isinstance(results[0], ConfigurationError) and isinstance(results[1], WorkerError)
    assert all(addresses[0] in str(result) for result in results)


def test_nobody_waits_for_ever_for_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendezvous, "_WAIT", 1.0)
    monkeypatch.setattr(rendezvous, "_ANSWER", 2.0)
    addresses = free_addresses(3)
    for absent in (0, 2):
        results = meet(addresses, absent=(absent,))
        heard = [result for rank, result in enumerate(results) if rank != absent]
        assert all(isinstance(result, WorkerError) for result in heard)
        assert all(f"{absent} ({addresses[absent]})" in str(result) for result in heard)


def test_every_process_hears_of_one_that_came_too_late() -> None:
    results = meet(free_addresses(2), problems={1: "has computed before"})
    assert isinstance(results[0], WorkerError) and isinstance(results[1], ConfigurationError)
    assert all("has computed before" in str(result) for result in results)


# `kcore launch`

SLEEPER = """
import json, os, signal, subprocess, sys, time
rank = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("pids", os.getpid(), child.pid, flush=True)
if rank == 1 and sys.argv[1] == "fail":
    time.sleep(0.5)
    print("the last words", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[1] == "deaf" else signal.SIG_DFL)
time.sleep(0 if sys.argv[1] == "short" else 60)
child.kill()
child.wait()
"""


def launch(script: Path, what: str, **environment: str) -> subprocess.Popen[str]:
    script.write_text(SLEEPER)
    return subprocess.Popen(
        [sys.executable, "-m", "kcore", "launch", "-n", "3", str(script), what],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KCORE_LAUNCH_GRACE": "1", **environment},
    )


def pids_in(text: str) -> list[int]:
    return [int(n) for line in text.splitlines() if "pids" in line for n in line.split()[2:]]


def are_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 5
    while any(_runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_all_end_well(tmp_path: Path) -> None:
    job = launch(tmp_path / "script.py", "short")
    out, _ = job.communicate(timeout=60)
    assert job.returncode == 0
    assert {line[:3] for line in out.splitlines()} == {"[0]", "[1]", "[2]"}


@linux
def test_a_failure_ends_all_and_is_named_with_its_last_lines(tmp_path: Path) -> None:
    job = launch(tmp_path / "script.py", "fail")
    out, err = job.communicate(timeout=60)
    assert job.returncode == 3
    assert "Worker 1 ended with code 3" in err and "the last words" in err
    assert len(pids_in(out)) == 6 and are_gone(pids_in(out))


@linux
@pytest.mark.parametrize("what", ["sleep", "deaf"])
def test_signals_reach_all_and_nobody_is_left(tmp_path: Path, what: str) -> None:
    job = launch(tmp_path / "script.py", what)
    assert job.stdout is not None
    lines = [job.stdout.readline() for _ in range(3)]
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=60) if what == "sleep" else _kill_later(job)
    assert are_gone(pids_in("".join(lines))[::2])


def _kill_later(job: subprocess.Popen[str]) -> None:
    """A launcher whose workers do not end is killed itself: they end with it."""
    time.sleep(0.3)
    job.kill()
    job.communicate(timeout=60)
