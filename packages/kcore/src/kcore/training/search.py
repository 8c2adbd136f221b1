"""The search for the first value of a step that is NaN or infinite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kcore import backend, context, tree
from kcore.training import steps


@dataclass
class Finding:
    """The first value that is not finite, in the order of computing.

    Attributes:
        kind: "input", "weight", "learning rate", "activation", "loss", "gradient", or "unknown".
        place: name of the input, path of the weight or of the layer.
        detail: what was found there, for a message.
        rows: the samples of the batch that it was found in; empty if it cannot be told.
    """

    kind: str
    place: str
    detail: str
    rows: list[int] = field(default_factory=list)


def search(model: Any, batch: Sequence[Any]) -> Finding:
    """Computes a step again, layer by layer, without making it.

    Args:
        model: as it was before the step.
        batch: (x,), (x, y) or (x, y, weights) of arrays.
    """
    found = _in_batch(batch) or _in_weights(model) or _in_rate(model)
    if found is not None:
        return found
    changed = [(v, v.value) for v in model.trainer.changed_by_forward()]
    try:
        return _in_step(model, batch)
    finally:
        model.trainer.take_pending()
        for variable, value in changed:
            variable.assign(value)


def _in_batch(batch: Sequence[Any]) -> Finding | None:
    for name, part in zip(("x", "y", "sample_weight"), batch, strict=False):
        leaves = tree.flatten(part)
        for number, leaf in enumerate(leaves):
            place = name if len(leaves) == 1 else f"{name}[{number}]"
            found = _look("input", place, np.asarray(leaf))
            if found is not None:
                return found
    return None


def _in_weights(model: Any) -> Finding | None:
    for weight in model.weights:
        found = _look("weight", weight.path, weight.numpy())
        if found is not None:
            found.rows = []
            return found
    return None


def _in_rate(model: Any) -> Finding | None:
    rate = float(model.optimizer.learning_rate)
    if np.isfinite(rate):
        return None
    return Finding("learning rate", type(model.optimizer).__name__, f"it is {rate}")


def _in_step(model: Any, batch: Sequence[Any]) -> Finding:
    x, y, weights = steps.unpack(tree.map_leaves(backend.tensor.convert, tuple(batch)))
    size = len(tree.flatten(batch)[0])
    found: list[Finding] = []

    def observe(path: str, inputs: Any, outputs: Any) -> None:
        for what, values in (("input of", inputs), ("output of", outputs)):
            for leaf in () if found else tree.flatten(values):
                seen = _look("activation", path, _numbers(leaf), size)
                if seen is not None:
                    seen.detail = f"in the {what} this layer, {seen.detail}"
                    found.append(seen)

    def compute() -> tuple[Any, Any]:
        with context.enter(training=True) as running:
            running.observe = observe
            outputs = model(x, training=True)
            running.training = True
            loss = model.compute_loss(x, y, outputs, weights, training=True)
        return model.optimizer.scale_loss(loss), loss

    trained = model.trainable_weights
    storages = [variable.storage for variable in trained]
    _, loss, gradients = backend.autodiff.value_and_gradients(compute, storages)
    if found:
        return found[0]
    value = float(loss)
    if not np.isfinite(value):
        return Finding("loss", _loss_name(model), f"it is {value}, computed from finite outputs")
    return _in_gradients(trained, gradients)


def _in_gradients(trained: Sequence[Any], gradients: Sequence[Any]) -> Finding:
    """The gradient that is computed first: that of the last weight."""
    bad = []
    for variable, gradient in zip(trained, gradients, strict=True):
        if gradient is not None:
            seen = _look("gradient", variable.path, _numbers(getattr(gradient, "values", gradient)))
            bad += [] if seen is None else [seen]
    if not bad:
        return Finding("unknown", "", "computed again outside the compiled step, all is finite")
    bad[-1].rows = []
    if len(bad) > 1:
        bad[-1].detail += f", and the gradients of {len(bad) - 1} weight(s) before it"
    return bad[-1]


def _loss_name(model: Any) -> str:
    loss = model.loss
    return loss if isinstance(loss, str) else getattr(loss, "name", None) or type(loss).__name__


def _numbers(value: Any) -> Any:
    return backend.tensor.to_numpy(value)


def _look(kind: str, place: str, values: Any, size: int | None = None) -> Finding | None:
    """What is wrong with an array, or None."""
    if values.dtype.kind not in "fV":  # bfloat16 has a kind of its own
        return None
    values = values.astype("float64")
    bad = ~np.isfinite(values)
    count = int(bad.sum())
    if not count:
        return None
    first = values[tuple(np.argwhere(bad)[0])] if values.ndim else values
    has_rows = values.ndim and (size is None or values.shape[0] == size)
    rows = np.flatnonzero(bad.reshape(len(values), -1).any(1)).tolist() if has_rows else []
    detail = f"{count} of {values.size} value(s) not finite, the first is {first}"
    return Finding(kind, place, detail, rows)
