"""The workers of Ray Train as a strategy."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any

import ray
import ray.train

from kcore import backend
from kcore.errors import WorkerError

# longest time in which all workers have to be there
_WAIT = 120.0


class Addresses:
    """An actor to which each worker tells its address."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def tell(self, rank: int, address: str) -> None:
        """Notes the address of a worker."""
        self._known[rank] = address

    def known(self) -> dict[int, str]:
        """The addresses so far, by rank."""
        return dict(self._known)


def ray_workers() -> Any:
    """The strategy over all workers of the Ray Train job that this process belongs to.

    Raises:
        WorkerError: if not all workers tell their address in time.
    """
    if not os.environ.get("TF_CONFIG"):
        context = ray.train.get_context()
        rank, count = context.get_world_rank(), context.get_world_size()
        addresses = _meet(rank, count, context.get_experiment_name())
        task = {"type": "worker", "index": rank}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
    return backend.cluster.multi_worker()


def _meet(rank: int, count: int, job: str) -> list[str]:
    """The addresses of all workers, by rank."""
    run = ray.get_runtime_context().get_job_id()
    actor: Any = ray.remote(num_cpus=0)(Addresses)
    known = actor.options(name=f"kcore-{run}-{job}", get_if_exists=True).remote()
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    ray.get(known.tell.remote(rank, f"{ray.util.get_node_ip_address()}:{port}"))
    end = time.monotonic() + _WAIT
    while len(found := ray.get(known.known.remote())) < count:
        if time.monotonic() > end:
            missing = sorted(set(range(count)) - set(found))
            raise WorkerError(
                f"kcore-ray: the workers {missing} of {count} did not tell their address within "
                f"{_WAIT:.0f} s. Are there resources for all of them?"
            )
        time.sleep(0.1)
    return [found[number] for number in range(count)]
