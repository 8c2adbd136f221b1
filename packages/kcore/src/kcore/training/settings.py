"""What compile was given, resolved for the outputs of a model."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from kcore import backend, losses, metrics, tree
from kcore.errors import ConfigurationError, DataError, nearest
from kcore.losses import Loss
from kcore.losses.base import mean_over_batch
from kcore.metrics import Mean, Metric
from kcore.typing import Shape, Tensor, Tree

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")
_BY_SHAPE: dict[str, tuple[type[Metric], type[Metric], type[Metric]]] = {
    **dict.fromkeys(
        _ACCURACY,
        (metrics.BinaryAccuracy, metrics.SparseCategoricalAccuracy, metrics.CategoricalAccuracy),
    ),
    **dict.fromkeys(
        _CROSSENTROPY,
        (
            metrics.BinaryCrossentropy,
            metrics.SparseCategoricalCrossentropy,
            metrics.CategoricalCrossentropy,
        ),
    ),
}


@dataclass
class Settings:
    """The arguments of compile, as given; names of losses and metrics are resolved at once.

    Attributes:
        optimizer: the optimizer.
        loss: a loss, or lists and dicts of them by output.
        loss_weights: factors, like `loss`.
        metrics: like `loss`, with lists of metrics.
        weighted_metrics: the same, that take sample weights into account.
        run_eagerly: whether steps run without being compiled.
        steps_per_execution: most batches in one compiled call, or "auto" to measure it.
        jit_compile: whether XLA compiles the steps; "auto" uses it nowhere on CPU.
        distribution: the devices that train together, or None for one.
    """

    optimizer: Any
    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None
    run_eagerly: bool = False
    steps_per_execution: int | str = "auto"
    jit_compile: bool | str = "auto"
    distribution: Any = None

    @property
    def most_steps(self) -> int | None:
        """Most batches in one compiled call; None where it is measured."""
        limit = self.steps_per_execution
        return None if limit == "auto" else int(limit)

    def __post_init__(self) -> None:
        # unknown names are errors at compile, not at the first batch
        self.loss = _resolve(self.loss, losses.get)
        self.metrics = _resolve(self.metrics, _metric)
        self.weighted_metrics = _resolve(self.weighted_metrics, _metric)


def _resolve(spec: Any, get: Callable[[Any], Any]) -> Any:
    if isinstance(spec, dict) and "class_name" not in spec:
        return {key: _resolve(item, get) for key, item in spec.items()}
    if isinstance(spec, (list, tuple)):
        return [_resolve(item, get) for item in spec]
    return get(spec)


def _metric(identifier: Any) -> Any:
    """A metric; names that mean one of several by the output's shape stay names."""
    if isinstance(identifier, str):
        if identifier in _BY_SHAPE:
            return identifier
        found = metrics.get(identifier)
        if found is not None:
            found.name = identifier
        return found
    return metrics.get(identifier)


def by_output(spec: Any, names: Sequence[str], what: str) -> list[Any]:
    """One entry of a compile argument for each output.

    Args:
        spec: None, one entry for all, a list by position or a dict by name.
        names: of the outputs.
        what: the argument, for errors.

    Raises:
        ConfigurationError: if a list has another length, or a dict an unknown name.
    """
    if isinstance(spec, dict):
        unknown = [key for key in spec if key not in names]
        if unknown:
            raise ConfigurationError(
                f"{what} names the output {unknown[0]!r}; the outputs are {list(names)}. "
                f"{nearest(str(unknown[0]), names)}".strip()
            )
        return [spec.get(name) for name in names]
    if isinstance(spec, (list, tuple)):
        if len(spec) != len(names):
            raise ConfigurationError(
                f"{what} has {len(spec)} entries; the model has {len(names)} outputs: "
                f"{list(names)}."
            )
        return list(spec)
    return [spec] * len(names)


def _metrics_by_output(spec: Any, names: Sequence[str], what: str) -> list[list[Any]]:
    if spec is None:
        return [[] for _ in names]
    nested = isinstance(spec, list) and any(isinstance(item, (list, dict)) for item in spec)
    if isinstance(spec, list) and not nested:
        if len(names) > 1 and len(spec) != len(names):
            raise ConfigurationError(
                f"{what} is a list of {len(spec)} for {len(names)} outputs ({list(names)}); give a "
                "list of lists, or a dict by output."
            )
        entries: list[Any] = [spec] if len(names) == 1 else list(spec)
    else:
        entries = by_output(spec, names, what)
    lists = [item if isinstance(item, list) else [] if item is None else [item] for item in entries]
    return [[m for m in group if m is not None] for group in lists]


@dataclass
class OutputTerms:
    """What is computed from one output."""

    name: str
    loss: Loss | None
    weight: float
    tracker: Mean | None
    metrics: list[tuple[str, Metric]] = field(default_factory=list)
    weighted: list[tuple[str, Metric]] = field(default_factory=list)


class Objective:
    """Losses and metrics of a compiled model, by output.

    Args:
        settings: what compile was given.
        names: of the outputs.
        targets: shapes of the targets by output, None where there are none.
        outputs: shapes of the outputs.

    Attributes:
        total: the mean of the whole loss.
        terms: what is computed from each output.
    """

    def __init__(
        self,
        settings: Settings,
        names: Sequence[str],
        targets: Sequence[Shape | None],
        outputs: Sequence[Shape],
    ) -> None:
        found = by_output(settings.loss, names, "loss")
        weights = by_output(settings.loss_weights, names, "loss_weights")
        self.total = Mean(name="loss")
        self.terms = [
            OutputTerms(
                name,
                loss,
                1.0 if weight is None else float(weight),
                Mean(name=f"{name}_loss") if len(names) > 1 and loss is not None else None,
            )
            for name, loss, weight in zip(names, found, weights, strict=True)
        ]
        shapes = list(zip(targets, outputs, strict=True))
        plain = _metrics_by_output(settings.metrics, names, "metrics")
        heavy = _metrics_by_output(settings.weighted_metrics, names, "weighted_metrics")
        for term, specs, weighted, (target, output) in zip(
            self.terms, plain, heavy, shapes, strict=True
        ):
            prefix = f"{term.name}_" if len(names) > 1 else ""
            term.metrics = [_named(m, prefix, target, output) for m in specs]
            term.weighted = [_named(m, prefix, target, output) for m in weighted]
            for _, metric in (*term.metrics, *term.weighted):
                metric.prepare(target, output)

    @property
    def all_metrics(self) -> list[tuple[str, Metric]]:
        """Every metric with its key in logs, the whole loss first."""
        trackers = [(t.tracker.name, t.tracker) for t in self.terms if t.tracker is not None]
        found: dict[str, Metric] = {"loss": self.total, **dict(trackers)}
        for term in self.terms:
            for key, metric in term.metrics:
                found[_free(key, found)] = metric
            for key, metric in term.weighted:
                found[_free(f"weighted_{key}" if key in found else key, found)] = metric
        return list(found.items())

    def loss(
        self, targets: Sequence[Tensor], outputs: Sequence[Tensor], weights: Sequence[Any]
    ) -> tuple[Tensor | None, list[tuple[Mean, Tensor]]]:
        """The weighted sum of the losses, and what to record by output."""
        total = None
        records: list[tuple[Mean, Tensor]] = []
        for term, y, y_pred, weight in zip(self.terms, targets, outputs, weights, strict=True):
            if term.loss is None or y is None:
                continue
            value = term.loss(y, y_pred, weight)
            if len(backend.tensor.static_shape(value)):
                value = mean_over_batch(value)
            if term.tracker is not None:
                records.append((term.tracker, value))
            value = value if term.weight == 1.0 else value * term.weight
            total = value if total is None else total + value
        return total, records

    def update(
        self, targets: Sequence[Tensor], outputs: Sequence[Tensor], weights: Sequence[Any]
    ) -> None:
        """Lets every metric of an output take the batch into account."""
        for term, y, y_pred, weight in zip(self.terms, targets, outputs, weights, strict=True):
            if y is None:
                continue
            for _, metric in term.metrics:
                metric.update_state(y, y_pred)
            for _, metric in term.weighted:
                metric.update_state(y, y_pred, sample_weight=weight)


def _free(key: str, taken: Container[str]) -> str:
    """The key, numbered if it is taken: no metric hides another in the logs."""
    numbers = (f"{key}_{number}" for number in itertools.count(1))
    return key if key not in taken else next(name for name in numbers if name not in taken)


def _named(spec: Any, prefix: str, target: Shape | None, output: Shape) -> tuple[str, Metric]:
    if isinstance(spec, str):
        binary, sparse, dense = _BY_SHAPE[spec]
        if output[-1:] == (1,):
            kind = binary
        elif target is None or len(target) < len(output) or target[-1:] == (1,):
            kind = sparse
        else:
            kind = dense
        metric = kind(name=spec)
    else:
        metric = spec
    return prefix + metric.name, metric


def by_target(values: Tree, names: Sequence[str], what: str) -> list[Any]:
    """The arrays of y (or of weights) in the order of the outputs.

    Args:
        values: one array, a list by position or a dict by output.
        names: of the outputs.
        what: "y" or "sample_weight", for errors.

    Raises:
        DataError: if their number or names do not fit the outputs.
    """
    if isinstance(values, dict):
        unknown = [key for key in values if key not in names]
        if unknown:
            raise DataError(
                f"{what} names the output {unknown[0]!r}; the outputs are {list(names)}. "
                f"{nearest(str(unknown[0]), names)}".strip()
            )
        return [values.get(name) for name in names]
    flat = tree.flatten(values)
    if what == "sample_weight" and len(flat) == 1:
        return flat * len(names)
    if len(flat) != len(names):
        raise DataError(
            f"{what} holds {len(flat)} array(s); the model has {len(names)} output(s): "
            f"{list(names)}. Give one for each output."
        )
    return flat
