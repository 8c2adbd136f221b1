"""Several devices and several processes, on TensorFlow's own distribution engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kcore.errors import ConfigurationError
from kcore.typing import Tensor

# by names of devices: two strategies on the same devices would disturb each other
_mirrored: dict[tuple[str, ...], Any] = {}


def is_strategy(value: Any) -> bool:
    """Whether a value is a tf.distribute.Strategy."""
    return isinstance(value, tf.distribute.Strategy)


def mirrored() -> Any:
    """All devices of this process: the GPUs, or the logical CPU devices if there are none."""
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return mirrored_on([device.name for device in devices])


def mirrored_on(devices: Sequence[str]) -> Any:
    """The given devices of this process, such as "GPU:0".

    Raises:
        ConfigurationError: if one does not exist.
    """
    known = [device.name for device in tf.config.list_logical_devices()]
    full = [name if name.startswith("/device:") else f"/device:{name}" for name in devices]
    missing = [name for name in full if name not in known]
    if missing:
        raise ConfigurationError(
            f"There is no device {missing[0].removeprefix('/device:')!r}; there are "
            f"{', '.join(name.removeprefix('/device:') for name in known)}."
        )
    if tuple(full) not in _mirrored:
        # TensorFlow's collectives know one group of CPU devices in a process, whatever its size
        on_cpu = any(name.startswith("/device:CPU") for name in full)
        ways = tf.distribute.ReductionToOneDevice() if on_cpu else None
        _mirrored[tuple(full)] = tf.distribute.MirroredStrategy(full, cross_device_ops=ways)
    return _mirrored[tuple(full)]


def split_processor(count: int) -> None:
    """Lets TensorFlow take the processor for several devices, to try a distribution without GPUs.

    Args:
        count: number of devices, "CPU:0" and so on.

    Raises:
        ConfigurationError: if something was computed before.
    """
    processor = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    try:
        tf.config.set_logical_device_configuration(processor, parts)
    except RuntimeError as error:
        raise ConfigurationError(
            f"split_processor({count}) comes too late: something was computed before. Let it be "
            "the first call of the script."
        ) from error


class Devices:
    """The devices of a strategy, and what they do together.

    Args:
        strategy: that runs one copy of a step on each device, with variables everywhere.

    Attributes:
        names: of this process's devices.
        count: copies in all processes.
        first: number of this process's first copy.
        workers: number of processes.
        rank: number of this process.

    Raises:
        ConfigurationError: if the strategy keeps variables elsewhere (parameter servers, TPUs).
    """

    def __init__(self, strategy: Any) -> None:
        kinds = (
            tf.distribute.MirroredStrategy,
            tf.distribute.MultiWorkerMirroredStrategy,
            tf.distribute.OneDeviceStrategy,
        )
        if not isinstance(strategy, kinds):
            raise ConfigurationError(
                f"distribute takes strategies that keep a copy of the variables on each device: "
                f"{', '.join(kind.__name__ for kind in kinds)}; received "
                f"{type(strategy).__name__}."
            )
        self.strategy = strategy
        self.names: tuple[str, ...] = tuple(strategy.extended.worker_devices)
        self.count = int(strategy.num_replicas_in_sync)
        self.workers = self.count // len(self.names)
        resolver = strategy.cluster_resolver
        cluster = None if resolver is None else resolver.cluster_spec()
        self.rank = 0
        if self.workers > 1 and cluster is not None:
            before = cluster.num_tasks("chief") if "chief" in cluster.jobs else 0
            chief = resolver.task_type == "chief"
            self.rank = int(resolver.task_id) + (0 if chief else before)
        self.first = self.rank * len(self.names)
        self._exchanges: dict[str, Callable[..., Any]] = {}

    def run(self, step: Callable[[int], Any]) -> list[Any]:
        """Runs `step(place)` once on each device of this process; what each gave."""
        if self.count == 1:
            return [self.strategy.run(lambda: step(0))]

        def one() -> Any:
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            if tf.is_tensor(number):
                number = tf.get_static_value(number)
            return step(int(number) - self.first)

        found = self.strategy.run(one)
        leaves = [self.strategy.experimental_local_results(v) for v in tf.nest.flatten(found)]
        places = range(len(self.names))
        return [tf.nest.pack_sequence_as(found, [leaf[i] for leaf in leaves]) for i in places]

    def total(self, values: list[Any]) -> list[Any]:
        """Inside `run`: the values added up over all copies, in one exchange for each dtype."""
        running = tf.distribute.get_replica_context()
        groups: dict[Any, list[int]] = {}
        for index, value in enumerate(values):
            groups.setdefault((isinstance(value, tf.IndexedSlices), value.dtype), []).append(index)
        found: list[Any] = [None] * len(values)
        for places in groups.values():
            summed = running.all_reduce(
                tf.distribute.ReduceOp.SUM, [_own(values[i]) for i in places]
            )
            for index, value in zip(places, summed, strict=True):
                if isinstance(value, tf.Tensor):
                    value.set_shape(values[index].shape)
                found[index] = value
        return found

    def exchange(self, values: Any) -> Any:
        """Outside compiled code: an array added up over all processes."""
        array = np.asarray(values)
        if self.workers == 1 or not array.size:  # an empty one ends TensorFlow's process
            return array
        kind = array.dtype.name
        if kind not in self._exchanges:
            spec = tf.TensorSpec([None], kind)
            self._exchanges[kind] = tf.function(self._sum_once, [spec], autograph=False)
        return self._exchanges[kind](array.reshape(-1)).numpy().reshape(array.shape)

    def exchange_seconds(self, size: int) -> float:
        """The time in which all copies add up so many float32 numbers, once they are warm."""

        def body() -> Tensor:
            def one(place: int) -> Tensor:
                return self.total([tf.zeros([max(1, size)])])[0][0]

            return self.run(one)[0]

        timed = tf.function(body, autograph=False)
        timed()
        start = time.perf_counter()
        for _ in range(3):
            timed().numpy()
        return (time.perf_counter() - start) / 3

    def _sum_once(self, values: Tensor) -> Tensor:
        """The sum over processes, whose first devices alone bring values."""

        def one(place: int) -> Tensor:
            return self.total([values if place == 0 else tf.zeros_like(values)])[0]

        return self.run(one)[0]


def _own(value: Any) -> Any:
    """The value as one of this device: captured ones belong to none."""
    return value if isinstance(value, tf.IndexedSlices) else tf.identity(value)
