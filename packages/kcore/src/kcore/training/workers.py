"""Several processes that train one model: compared at start, and agreed on what comes next.

All run the same steps. The first one, the chief, also runs the callbacks; what they change is sent
to the others. The chief's state is everybody's when training begins.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kcore import backend
from kcore.callbacks.base import CallbackList
from kcore.errors import ConfigurationError, WorkerError
from kcore.training.history import History
from kcore.training.nonfinite import NonFiniteWatch
from kcore.training.step_times import StepTimes
from kcore.typing import Config
from kcore.variable import Variable, journal

# dtypes that travel as others
_AS = {"float16": "float32", "bfloat16": "float32", "bool": "int32", "int8": "int32"}


class Workers:
    """The processes of a distribution, from the point of view of one.

    Args:
        devices: of the backend.
        trainer: of the model in training.

    Attributes:
        stopped: whether all know that somebody interrupted one of them.
    """

    def __init__(self, devices: Any, trainer: Any) -> None:
        self._devices = devices
        self._trainer = trainer
        self._interrupted: Callable[[], bool] = lambda: False
        self.stopped = False

    @property
    def is_chief(self) -> bool:
        """Whether this is the process that runs callbacks and writes files."""
        return bool(self._devices.rank == 0)

    # Numbers of all

    def from_chief(self, value: int) -> int:
        """The chief's number."""
        own = value if self.is_chief else 0
        return int(self._devices.exchange(np.array([own], "int64"))[0])

    def agree(self, seconds: float, stop: bool) -> tuple[float, bool]:
        """The mean time of all, and whether all stop: they want to, or one was interrupted."""
        own = np.array([seconds, float(self._interrupted())], "float32")
        found = self._devices.exchange(own)
        self.stopped = self.stopped or bool(found[1])
        return float(found[0]) / self._devices.workers, stop or self.stopped

    def is_stopped(self) -> bool:
        """Whether all know that somebody interrupted one of them."""
        return self.stopped

    def rows(self, numbers: Sequence[int]) -> Any:
        """The numbers of every process, a row each."""
        table = np.zeros((self._devices.workers, len(numbers)), "int64")
        table[self._devices.rank] = numbers
        return self._devices.exchange(table)

    # State

    def variables(self) -> list[Variable]:
        """All state of training, in the same order everywhere."""
        found = self._trainer.state_for("train")
        return [v for v in {id(v): v for v in found}.values() if v.dtype != "string"]

    def send(self, variables: Sequence[Variable]) -> None:
        """Gives variables the chief's values."""
        kinds: dict[str, list[Variable]] = {}
        for variable in variables:
            kinds.setdefault(_AS.get(variable.dtype, variable.dtype), []).append(variable)
        for kind, group in kinds.items():
            parts = [np.asarray(v.numpy()).astype(kind).reshape(-1) for v in group]
            own = np.concatenate(parts)
            whole = self._devices.exchange(own if self.is_chief else np.zeros_like(own))
            if self.is_chief:
                continue
            ends = np.cumsum([part.size for part in parts])[:-1]
            for variable, part in zip(group, np.split(whole, ends), strict=True):
                zero = variable.summed  # what was counted before is counted by the chief
                value = part.reshape(variable.shape)
                variable.assign((value * 0 if zero else value).astype(_numpy_kind(variable)))

    def start(self, fingerprint: Config, interrupted: Callable[[], bool]) -> None:
        """Compares what the processes are about to do, then gives all the chief's state.

        Args:
            fingerprint: of the run.
            interrupted: whether somebody wants this process to end.

        Raises:
            WorkerError: in every process, if they differ; says in what.
        """
        self._interrupted = interrupted
        names = [n for n in fingerprint if n not in ("seed", "machine")]
        table = self.rows([_number(fingerprint[name]) for name in names])
        for place, name in enumerate(names):
            column = table[:, place]
            other = [rank for rank, value in enumerate(column) if value != column[0]]
            if other:
                raise WorkerError(
                    f"The workers are about to train different things: {name!r} of worker "
                    f"{', '.join(map(str, other))} differs from that of worker 0. Here, in worker "
                    f"{self._devices.rank}, it is {_short(fingerprint[name])}. Give every worker "
                    "the same code, arguments and data."
                )
        self.send(self.variables())

    def share(self, changed: dict[int, Variable]) -> None:
        """What the chief's callbacks changed, for all: variables, and whether training stops."""
        variables = self.variables()
        model = self._trainer.model
        marks = [bool(model.stop_training), *(id(v) in changed for v in variables)]
        found = self._devices.exchange(
            np.array(marks if self.is_chief else [0] * len(marks), "int32")
        )
        model.stop_training = bool(found[0]) or bool(model.stop_training)
        self.send([v for v, mark in zip(variables, found[1:], strict=True) if mark])

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Lets the chief compute by itself while the others wait."""
        self._trainer.compiled.alone = True
        try:
            yield
        finally:
            self._trainer.compiled.alone = False

    # Checkpoints

    def parts(self, variable: Variable) -> Any:
        """What every process holds of a variable that is a sum, (workers, *shape)."""
        own = np.asarray(variable.numpy())
        table = np.zeros((self._devices.workers, *own.shape), own.dtype)
        table[self._devices.rank] = own
        return self._devices.exchange(table)

    def own_part(self, parts: Any, total: Any) -> Any:
        """What this process holds of a sum, from what `parts` gave in an earlier run, if it was."""
        if parts is not None and len(parts) == self._devices.workers:
            return parts[self._devices.rank]
        return total if self.is_chief else total * 0

    def data_from_chief(self, read: Callable[[], bytes]) -> bytes:
        """Bytes that the chief reads.

        Raises:
            whatever reading raises in the chief; WorkerError in the others.
        """
        data, problem = b"", None
        if self.is_chief:
            try:
                data = read()
            except Exception as error:
                problem = error
        size = self.from_chief(-1 if problem is not None else len(data))
        if problem is not None:
            raise problem
        if size < 0:
            raise WorkerError("Worker 0 cannot read the checkpoints; its own error says why.")
        words = np.zeros(-(-size // 2), "int32")
        if self.is_chief:
            words[:] = np.frombuffer(data + b"\0" * (size % 2), "uint16")
        return self._devices.exchange(words).astype("uint16").tobytes()[:size]  # type: ignore[no-any-return]


class ChiefCallbacks(CallbackList):
    """Callbacks of which the chief alone runs those that somebody gave.

    History, the watch over finite numbers and what is measured together run everywhere.

    Args:
        workers: the processes.
        callbacks: as for CallbackList, and the others.
    """

    def __init__(self, workers: Workers, callbacks: Any, model: Any, params: Config) -> None:
        super().__init__(callbacks, model, params)
        self._workers = workers
        everywhere = (History, NonFiniteWatch, StepTimes)
        given = [c for c in self.callbacks if not isinstance(c, everywhere)]
        self._chief = CallbackList(given, model, params)
        self._all = CallbackList([c for c in self.callbacks if c not in given], model, params)

    def call(self, hook: str, *args: Any) -> None:
        """Calls a hook, and shares what it changed."""
        self._all.call(hook, *args)
        if not self._chief.has(hook):
            return
        with journal() as changed:
            if self._workers.is_chief:
                with self._workers.alone():
                    self._chief.call(hook, *args)
        self._workers.share(changed)


@contextlib.contextmanager
def explained(devices: Any) -> Iterator[None]:
    """Says which process is gone where an exchange fails.

    Raises:
        WorkerError: in place of the backend's error.
    """
    if devices is None or devices.workers == 1:
        yield
        return
    try:
        yield
    except Exception as error:
        if not backend.cluster.is_failure(error):
            raise
        raise backend.cluster.explain(error, devices.rank) from error


def _number(value: Any) -> int:
    digest = hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 200 else f"{text[:200]}..."


def _numpy_kind(variable: Variable) -> str:
    return "float32" if variable.dtype == "bfloat16" else variable.dtype


def team_of(trainer: Any) -> Workers | None:
    """The processes that a trainer's distribution has, None for one."""
    devices = trainer.devices
    alone = devices is None or devices.workers == 1 or trainer.compiled.alone
    return None if alone else Workers(devices, trainer)


def callback_list(team: Workers | None, callbacks: Any, model: Any, params: Config) -> CallbackList:
    """The callbacks of one process, or of several."""
    if team is None:
        return CallbackList(callbacks, model, params)
    return ChiefCallbacks(team, callbacks, model, params)


def own_callbacks(devices: Any, verbose: Any) -> list[Any]:
    """What is measured where several devices train together, said by the chief."""
    if devices is None or devices.count == 1:
        return []
    shown = bool(verbose) and devices.rank == 0
    return [StepTimes(devices, print if shown else lambda _: None)]


def refuse_small(devices: Any, batch_size: int | None) -> None:
    """Refuses batches smaller than the number of devices.

    Raises:
        ConfigurationError: says the next size that fits.
    """
    if devices is None or batch_size is None or batch_size >= devices.count:
        return
    raise ConfigurationError(
        f"batch_size={batch_size} is the size of the whole batch, which {devices.count} devices "
        f"share: it must be at least {devices.count}, and best a multiple of it."
    )
