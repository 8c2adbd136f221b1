"""`kcore launch -n N script.py`: several processes on this machine that train one model."""

from __future__ import annotations

import collections
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

_LAST_LINES = 12
# how long the others have after one has failed, before they are killed
_GRACE = float(os.environ.get("KCORE_LAUNCH_GRACE", "10"))
_PASSED_ON = (signal.SIGINT, signal.SIGTERM)
_PR_SET_PDEATHSIG = 1


class _Worker:
    """A process, and the last lines that it wrote."""

    def __init__(self, rank: int, command: Sequence[str], config: dict[str, Any]) -> None:
        self.rank = rank
        self.lines: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream: Any = self.process.stdout
        for raw in stream:
            line = raw.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            click.echo(f"[{self.rank}] {line}")

    def signal(self, number: int) -> None:
        """Sends a signal to the process and those it started."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def finish(self) -> None:
        """Waits for what it still has to say."""
        self._reader.join(timeout=5.0)


@click.command("launch", context_settings={"ignore_unknown_options": True})
@click.option(
    "-n", "--workers", type=click.IntRange(min=1), required=True, help="Number of processes."
)
@click.argument("script", type=click.Path(exists=True, dir_okay=False))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def launch(workers: int, script: str, arguments: tuple[str, ...]) -> None:
    """Start N processes of SCRIPT on this machine, as one job, to try and test it.

    Each gets a TF_CONFIG of its own; the script says compile(distribute="multi_worker"). Lines are
    shown with the number of the process. Ctrl-C and SIGTERM reach all of them. If one fails, the
    others are ended, and it is named with its last lines.
    """
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(workers)]
    command = [sys.executable, script, *arguments]
    started = [
        _Worker(
            rank,
            command,
            {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}},
        )
        for rank in range(workers)
    ]

    def pass_on(number: int, frame: FrameType | None) -> None:
        for worker in started:
            worker.signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        failed = _wait(started)
    finally:
        _end(started)
        for number, handler in before.items():
            signal.signal(number, handler)
    if failed is not None:
        _explain(failed)
        raise SystemExit(_exit_code(failed.process.returncode))


def _wait(started: Sequence[_Worker]) -> _Worker | None:
    """Waits until all have ended well, or one has not; gives that one."""
    while True:
        codes = [worker.process.poll() for worker in started]
        failed = [w for w, code in zip(started, codes, strict=True) if code]
        if failed:
            # one that was killed is the cause; others may have noticed before we did
            return min(failed, key=lambda w: (w.process.returncode > 0, w.rank))
        if None not in codes:
            return None
        time.sleep(0.05)


def _end(started: Sequence[_Worker]) -> None:
    """Ends whoever still runs: asked first, then killed."""
    end = time.monotonic() + _GRACE
    for worker in started:
        if worker.process.poll() is None:
            worker.signal(signal.SIGTERM)
    for worker in started:
        try:
            worker.process.wait(timeout=max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        # also what the process itself may have left behind
        worker.signal(signal.SIGKILL)
        worker.process.wait()
        worker.finish()


def _explain(worker: _Worker) -> None:
    code = worker.process.returncode
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    click.echo(f"Worker {worker.rank} {how}; all workers are ended. Its last lines:", err=True)
    for line in worker.lines:
        click.echo(f"    {line}", err=True)


def _exit_code(code: int) -> int:
    return 128 - code if code < 0 else code


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _end_with_parent() -> None:
    """In the new process: it ends when the launcher is gone, however that ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
