"""Copies of a step on several devices, each on its part of every batch, with one result.

Every device holds a copy of all variables. A copy of the step computes losses, gradients and moving
statistics of its rows as parts of those of the whole batch; they are added up over all copies, and
each then makes the same update. What metrics count stays with each copy until somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kcore import backend, context, ops, tree
from kcore.context import Replica
from kcore.errors import ConfigurationError
from kcore.metrics import Mean
from kcore.typing import Tensor, Tree
from kcore.variable import Variable

Results = dict[str, Any]


@dataclass
class Losses:
    """What a step computed of the losses.

    Attributes:
        total: what is minimised.
        by_output: losses by output, with who records them.
    """

    total: Tensor
    by_output: list[tuple[Mean, Tensor]]

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Losses:
        """The losses with a function applied to each."""
        return Losses(change(self.total), [(m, change(v)) for m, v in self.by_output])


def join(
    replica: Replica, model: Any, losses: Losses, gradients: Sequence[Any]
) -> tuple[Losses, list[Any]]:
    """Losses and gradients of the whole batch from the parts, in one exchange.

    Moving statistics become the means over the copies, weighted by their rows.
    """
    moving = _moving(replica, model)
    parts = [losses.total, *(value for _, value in losses.by_output)]
    parts += [v.value * ops.cast(replica.share, v.dtype) for v in moving]
    count = len(parts)
    found = replica.total([*parts, *(g for g in gradients if g is not None)])
    for variable, value in zip(moving, found[count - len(moving) : count], strict=True):
        variable.assign(value)
    replica.assigned.clear()
    values, summed = iter(found), iter(found[count:])
    whole = losses.mapped(lambda _: next(values))
    return whole, [None if g is None else next(summed) for g in gradients]


def join_moving(replica: Replica, model: Any) -> None:
    """Moving statistics become the means over the copies, after a step that the model wrote."""
    moving = _moving(replica, model)
    if moving:
        found = replica.total([v.value * ops.cast(replica.share, v.dtype) for v in moving])
        for variable, value in zip(moving, found, strict=True):
            variable.assign(value)


def _counted(replica: Replica, model: Any) -> set[str]:
    """The names of metrics that a step has updated: their values are known over all copies."""
    return {
        name
        for name, metric in model.trainer.metrics
        if any(id(v) in replica.assigned for v in metric.variables)
    }


def _moving(replica: Replica, model: Any) -> list[Variable]:
    """The weights that the forward pass has changed: by other rows, to other values."""
    return [
        weight
        for weight in model.non_trainable_weights
        if id(weight) in replica.assigned and weight.dtype.startswith(("float", "bfloat"))
    ]


class Replicated:
    """Runs a model's steps on the devices of a distribution.

    Args:
        devices: of the backend.
        model: asked for when a step is traced.
    """

    def __init__(self, devices: Any, model: Callable[[], Any]) -> None:
        self._devices = devices
        self._model = model

    def place(self, variables: Sequence[Variable]) -> None:
        """Gives each device its copies, before anything is traced.

        Raises:
            ConfigurationError: if layers carry states of single samples from batch to batch.
        """
        carried = self._model().all_carried_variables
        if carried and self._devices.count > 1:
            raise ConfigurationError(
                f"Model {self._model().name!r}: {carried[0].path!r} carries a state for each "
                "sample from one batch to the next, which several devices cannot share. Make the "
                "layer without stateful=True, or compile without distribute."
            )
        for variable in variables:
            variable.place(self._devices.names)

    def step(
        self, step: Callable[[Any], Any], data: Tree, flat: list[Any], start: Any, stop: Any
    ) -> Results:
        """One step on the rows from start, before stop, of the leaves."""
        count = self._devices.count

        def part(place: int) -> Results:
            if count == 1:
                rows = [backend.compile.rows(leaf, start, stop) for leaf in flat]
                return step(tree.pack_like(data, rows)) or {}
            number = self._devices.first + place
            running = Replica(place, number, count, self._devices.total)
            rows = _cut(running, flat, start, stop)
            with context.in_replica(running):
                logs = step(tree.pack_like(data, rows)) or {}
                counted = _counted(running, self._model())
                join_moving(running, self._model())
            return {n: ops.cast(v, "float32") for n, v in logs.items() if n not in counted}

        found = self._devices.run(part)
        if count == 1 or not found[0]:
            return found[0]  # type: ignore[no-any-return]
        return self._sum_logs(found)

    def _sum_logs(self, found: list[Results]) -> Results:
        """What a model's own step returns, such as a loss: parts that are added up."""
        names = list(found[0])

        def one(place: int) -> list[Any]:
            return self._devices.total([found[place][n] for n in names])  # type: ignore[no-any-return]

        return dict(zip(names, self._devices.run(one)[0], strict=True))

    def results(self, results: Callable[[], Results], variables: Sequence[Variable]) -> Results:
        """The values of metrics over all copies.

        Args:
            results: computes them from the variables.
            variables: the state of the metrics.
        """
        summed = [variable for variable in variables if variable.summed]
        if self._devices.count == 1 or not summed:
            return results()

        def one(place: int) -> Results:
            number = self._devices.first + place
            running = Replica(place, number, self._devices.count, self._devices.total)
            running.measuring = True
            with context.in_replica(running):
                values = running.total([variable.value for variable in summed])
                running.totals = {id(v): t for v, t in zip(summed, values, strict=True)}
                return results()

        return self._devices.run(one)[0]  # type: ignore[no-any-return]

    def predict(self, step: Callable[[Any], Any], data: Tree, flat: list[Any]) -> Tree:
        """The outputs for a batch, computed in parts on the devices of this process."""
        count = len(self._devices.names)
        if count == 1:
            return self._devices.run(lambda _: step(tree.pack_like(data, flat)))[0]
        size = backend.tensor.dynamic_shape(flat[0])[0]

        def part(place: int) -> Tree:
            running = Replica(place, place, count, self._devices.total)
            rows = _cut(running, flat, 0, size)
            with context.in_replica(running):
                return step(tree.pack_like(data, rows))

        found = self._devices.run(part)
        # a batch smaller than the number of devices was computed whole by each
        return tree.map_leaves(lambda *parts: ops.concatenate(list(parts))[:size], *found)


def _cut(running: Replica, flat: list[Any], start: Any, stop: Any) -> list[Any]:
    """This copy's rows of a batch, and what it has to know of the whole."""
    number, count = running.number, running.count
    size = ops.cast(stop - start, "int32")
    enough = ops.greater_equal(size, count)
    low = ops.where(enough, size * number // count, 0)
    high = ops.where(enough, size * (number + 1) // count, size)
    as_float = [ops.cast(value, "float32") for value in (size, high - low)]
    running.copies = ops.where(enough, 1.0, float(count))
    running.all_rows = as_float[0] * running.copies
    running.rows = as_float[1]
    running.counts = enough if number else None
    return [backend.compile.rows(leaf, start + low, start + high) for leaf in flat]


def check(settings: Any) -> None:
    """Refuses what cannot run on several devices.

    Raises:
        ConfigurationError: for run_eagerly and jit_compile.
    """
    devices = settings.distribution
    if devices is None or devices.count == 1:
        return
    for name, wrong in (
        ("run_eagerly", settings.run_eagerly),
        ("jit_compile", settings.jit_compile is True),
    ):
        if wrong:
            raise ConfigurationError(
                f"compile: {name}=True and distribute= on {devices.count} devices do not go "
                f"together. Leave {name} out, or look at one device without distribute."
            )
