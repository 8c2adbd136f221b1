"""The processes of a cluster: TF_CONFIG read, the processes brought together, failures explained.

Before TensorFlow starts, every process reports to the first one, so that a process that is missing,
runs other code or cannot use its port is an error that all of them raise, and nobody waits for it.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kcore.backend import rendezvous
from kcore.errors import ConfigurationError, WorkerError

_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
)


@dataclass(frozen=True)
class Cluster:
    """What TF_CONFIG says.

    Attributes:
        addresses: of all processes, "host:port", the first one first.
        rank: number of this process.
    """

    addresses: tuple[str, ...]
    rank: int


def read_cluster(text: str | None) -> Cluster:
    """The cluster that a TF_CONFIG describes.

    Args:
        text: JSON with "cluster" (addresses by kind of task) and "task" (kind and number of this
            process), as Kubernetes operators and Ray set it.

    Raises:
        ConfigurationError: if it is missing or wrong; says what is.

    Example:
        >>> read_cluster('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 1}}').rank
        1
    """
    if not text:
        raise ConfigurationError(
            "distribute='multi_worker' needs the environment variable TF_CONFIG, which is not set. "
            "Start the script with `kcore launch -n 2 script.py` to try it on one machine; a "
            f"cluster's operator sets it on many. Example: {_EXAMPLE}"
        )

    def wrong(what: str) -> ConfigurationError:
        return ConfigurationError(f"TF_CONFIG: {what}; received {text}. Example: {_EXAMPLE}")

    try:
        content = json.loads(text)
    except ValueError as error:
        raise wrong(f"is not JSON ({error})") from None
    cluster = content.get("cluster") if isinstance(content, dict) else None
    if not isinstance(cluster, dict) or not set(cluster) <= {"chief", "worker"}:
        raise wrong('"cluster" must hold the lists "worker" and perhaps "chief", and no others')
    addresses = [a for kind in ("chief", "worker") for a in cluster.get(kind, [])]
    bad = [a for a in addresses if not _is_address(a)]
    if bad or not addresses:
        raise wrong(f"expected addresses host:port; {bad[0] if bad else 'there are none'!r}")
    if len(set(addresses)) < len(addresses):
        raise wrong("two processes have the same address")
    task = content.get("task")
    kind = task.get("type", "worker") if isinstance(task, dict) else None
    index = task.get("index") if isinstance(task, dict) else None
    if kind not in cluster or not isinstance(index, int) or not 0 <= index < len(cluster[kind]):
        raise wrong(f'"task" must name one of the processes of "cluster"; it is {task!r}')
    before = len(cluster.get("chief", [])) if kind == "worker" else 0
    return Cluster(tuple(addresses), before + index)


def _is_address(value: Any) -> bool:
    host, _, port = str(value).rpartition(":")
    return isinstance(value, str) and bool(host) and port.isdigit() and 0 < int(port) < 65536


@functools.cache
def multi_worker() -> Any:
    """The strategy over the processes that TF_CONFIG names.

    Raises:
        ConfigurationError: if TF_CONFIG is wrong, or something was computed before.
        WorkerError: if the processes do not find each other, or run different code.
    """
    cluster = read_cluster(os.environ.get("TF_CONFIG"))
    if len(cluster.addresses) > 1:
        rendezvous.meet(cluster.addresses, cluster.rank, _versions(), _late())
    return tf.distribute.MultiWorkerMirroredStrategy()


def _versions() -> dict[str, str]:
    return {"TensorFlow": tf.__version__, **rendezvous.versions()}


def _late() -> str | None:
    """What is wrong if TensorFlow has computed before: its collectives are set up only at start."""
    now = tf.config.threading.get_intra_op_parallelism_threads()
    try:
        # refused once devices run, and without effect before
        tf.config.threading.set_intra_op_parallelism_threads(now + 1)
        tf.config.threading.set_intra_op_parallelism_threads(now)
    except RuntimeError:
        return (
            "something was computed before the processes were joined (a weight was read, data were "
            "made a tensor); let kcore.distribute('multi_worker') be the first call of the script"
        )
    return None


def is_failure(error: BaseException) -> bool:
    """Whether an error can come from a process that is gone."""
    return isinstance(
        error,
        (
            tf.errors.UnavailableError,
            tf.errors.CancelledError,
            tf.errors.AbortedError,
            tf.errors.InternalError,
            tf.errors.DeadlineExceededError,
            tf.errors.UnknownError,
        ),
    )


def explain(error: BaseException, rank: int) -> WorkerError:
    """The error to raise in place of TensorFlow's: which processes are gone."""
    text = os.environ.get("TF_CONFIG")
    # a strategy that somebody else made may have its addresses from elsewhere
    addresses = read_cluster(text).addresses if text else ()
    gone: Sequence[str] = ()
    end = time.monotonic() + 5.0
    while addresses and not gone and time.monotonic() < end:
        others = [(r, a) for r, a in enumerate(addresses) if r != rank]
        gone = [f"{r} ({a})" for r, a in others if not _answers(a)]
        time.sleep(0.0 if gone else 0.5)
    lines = [line for line in str(error).splitlines() if line.strip()]
    said = next((line for line in lines if "aborted by" in line), lines[-1] if lines else "")
    who = f"Worker {', '.join(gone)} is gone" if gone else "An exchange between workers failed"
    return WorkerError(
        f"{who}; worker {rank} ends too. TensorFlow says: {said[:300]!r}. Start the job again: "
        "with fit(resume=folder) it goes on where it was."
    )


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2.0):
            return True
    except OSError:
        return False
