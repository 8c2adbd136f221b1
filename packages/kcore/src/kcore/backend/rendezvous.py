"""The processes of a cluster report to the first one, and all learn what is wrong with any."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import socket
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from kcore.errors import ConfigurationError, WorkerError

# longest time in which all processes have to be there; pods may be started minutes apart
_WAIT = float(os.environ.get("KCORE_START_SECONDS", "300"))
# how much longer the others wait for what it has found
_ANSWER = 5.0
_MARK = "kcore-worker"


def versions() -> dict[str, str]:
    """What all processes must have the same of."""
    found = {"Python": platform.python_version(), "kcore": metadata.version("kcore")}
    script = Path(sys.argv[0])
    if script.is_file():
        digest = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
        found[f"the script {script.name} (SHA-256)"] = digest
    return found


def meet(addresses: Sequence[str], rank: int, own: dict[str, str], problem: str | None) -> None:
    """Waits until all processes are there, and compares them.

    Args:
        addresses: of all, "host:port".
        rank: number of this process.
        own: what all must have the same of, by name.
        problem: what is wrong with this process, or None.

    Raises:
        WorkerError: in every process, if something is wrong with one of them.
        ConfigurationError: in the process with the problem.
    """
    report = {"mark": _MARK, "rank": rank, "cluster": list(addresses), "versions": own}
    taken = None
    try:
        listener = _listen(addresses[rank])
    except OSError as error:
        listener, taken = None, f"cannot use its address {addresses[rank]}: {error.strerror}"
    report["problem"] = problem or taken
    end = time.monotonic() + _WAIT
    try:
        if rank:
            problems = _report(addresses[0], report, end)
        else:
            problems = [f"worker 0 {taken}"] if listener is None else []
            if listener is not None:
                problems = _collect(listener, addresses, report, end)
    finally:
        if listener is not None:
            listener.close()
    if report["problem"] is not None:
        raise ConfigurationError(f"Worker {rank}: {report['problem']}. All workers end.")
    if problems:
        raise WorkerError(f"The workers cannot start together: {'; '.join(problems)}.")


def _listen(address: str) -> socket.socket:
    port = int(address.rpartition(":")[2])
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _collect(
    listener: socket.socket, addresses: Sequence[str], own: dict[str, Any], end: float
) -> list[str]:
    """The first process: takes the reports of the others, and tells all what is wrong."""
    reports: dict[int, dict[str, Any]] = {0: own}
    streams = []
    while len(reports) < len(addresses) and time.monotonic() < end:
        listener.settimeout(max(0.05, end - time.monotonic()))
        try:
            connection, _ = listener.accept()
            connection.settimeout(10.0)
            stream = connection.makefile("rw", encoding="utf-8")
            report = json.loads(stream.readline())
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and report.get("mark") == _MARK:
            reports[int(report["rank"])] = report
            streams.append((connection, stream))
        if report.get("problem"):
            break
    problems = _problems(reports, addresses)
    for connection, stream in streams:
        try:
            stream.write(json.dumps(problems) + "\n")
            stream.flush()
            stream.read(1)  # the other side closes first, so that this port is free at once
        except OSError:
            pass
        stream.close()
        connection.close()
    return problems


def _problems(reports: dict[int, dict[str, Any]], addresses: Sequence[str]) -> list[str]:
    first = reports[0]
    found = [f"worker {r} {w['problem']}" for r, w in sorted(reports.items()) if w["problem"]]
    for rank, report in sorted(reports.items()):
        if report["cluster"] != first["cluster"]:
            found.append(f"worker {rank} knows the cluster {report['cluster']}, worker 0 another")
        for name, value in first["versions"].items():
            other = report["versions"].get(name)
            if other != value:
                found.append(f"{name} is {value} in worker 0 and {other} in worker {rank}")
    missing = [f"{r} ({a})" for r, a in enumerate(addresses) if r not in reports]
    if missing and not found:
        found.append(
            f"worker {', '.join(missing)} did not report within {_WAIT:.0f} s (KCORE_START_SECONDS)"
        )
    return found


def _report(address: str, report: dict[str, Any], end: float) -> list[str]:
    """Another process: tells the first one, and hears what is wrong with any."""
    host, _, port = address.rpartition(":")
    said = "it does not answer"
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, int(port)), timeout=5.0) as connection:
                # the first process answers when its own time is over, at the latest
                connection.settimeout(max(0.0, end - time.monotonic()) + _ANSWER)
                with connection.makefile("rw", encoding="utf-8") as stream:
                    stream.write(json.dumps(report) + "\n")
                    stream.flush()
                    answer = stream.readline()
            if answer:
                return list(json.loads(answer))
            said = "it is there, and is no worker of this job"
        except ConnectionRefusedError:
            said = "it does not answer"
        except (OSError, ValueError, TypeError) as error:
            said = f"it answers with {type(error).__name__}"
        time.sleep(0.2)
    return [f"worker 0 ({address}) was not found within {_WAIT:.0f} s: {said}"]
