"""One step of training, testing and predicting, as plain functions of a model and a batch.

A model that overrides `train_step`, `test_step`, `predict_step` or `compute_loss` takes their
place.
"""

from __future__ import annotations

from typing import Any

from kcore import backend, context, ops, tree
from kcore.errors import ConfigurationError
from kcore.training import replicas
from kcore.training.replicas import Losses
from kcore.training.settings import by_target
from kcore.typing import Tensor, Tree


def unpack(batch: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of a batch; None for what it does not have."""
    parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
    x, y, weights = (*parts, None, None, None)[:3]
    return x, y, weights


def train_step(model: Any, batch: Any) -> None:
    """Forward, backward, update; metrics take the batch into account."""
    x, y, weights = unpack(batch)
    trained = model.trainable_weights
    if not trained and not model.built:
        raise ConfigurationError(f"Model {model.name!r} has no weights before its first call.")

    def compute() -> tuple[Tensor, Any]:
        with context.enter(training=True) as running:
            y_pred = model(x, training=True)
            running.training = True
            loss = model.compute_loss(x, y, y_pred, weights, training=True)
        # taken at once: another copy of the step may run before the gradients are there
        losses = Losses(loss, model.trainer.take_pending())
        return model.optimizer.scale_loss(loss), (losses, y_pred)

    guard = model.trainer.guard
    changed = [(v, v.value) for v in model.trainer.changed_by_forward()] if guard.in_step else []
    storages = [variable.storage for variable in trained]
    _, (losses, y_pred), gradients = backend.autodiff.value_and_gradients(compute, storages)
    replica = context.replica()
    if replica is not None:
        losses, gradients = replicas.join(replica, model, losses, gradients)

    def step() -> None:
        with context.gradients_summed():
            model.optimizer.apply(gradients, trained)
        record(model, losses, x, y, y_pred, weights)

    if guard.in_step:
        guard.commit(losses.total, model.optimizer.must_be_finite(gradients), changed, step)
    else:
        step()


def test_step(model: Any, batch: Any) -> None:
    """Forward; loss and metrics take the batch into account."""
    x, y, weights = unpack(batch)
    with context.enter(training=False):
        y_pred = model(x, training=False)
        loss = model.compute_loss(x, y, y_pred, weights, training=False)
    losses = Losses(loss, model.trainer.take_pending())
    replica = context.replica()
    if replica is not None:
        losses = losses.mapped(lambda value: value / replica.share)
    record(model, losses, x, y, y_pred, weights)


def predict_step(model: Any, batch: Any) -> Tree:
    """Forward; the outputs."""
    x, _, _ = unpack(batch)
    with context.enter(training=False):
        return model(x, training=False)


def compute_loss(model: Any, y: Any, y_pred: Any, weights: Any) -> Tensor:
    """The losses by output, what layers added during the call, and the regularizers.

    Raises:
        ConfigurationError: if there is nothing to compute a loss from.
    """
    objective = model.trainer.objective_for(y, y_pred)
    names = [term.name for term in objective.terms]
    targets = [None] * len(names) if y is None else by_target(y, names, "y")
    given = [None] * len(names) if weights is None else by_target(weights, names, "sample_weight")
    total, records = objective.loss(targets, tree.flatten(y_pred), given)
    running = context.current()
    added = [] if running is None else list(running.losses)
    part = context.scaled()
    for value in (*added, *model.regularization_losses()):
        value = ops.cast(value, "float32")
        value = ops.sum(value) if len(backend.tensor.static_shape(value)) else value
        value = value if part is None else value * part.share
        total = value if total is None else total + value
    if total is None:
        raise ConfigurationError(
            f"Model {model.name!r} has nothing to minimise: compile was given no loss that has "
            "targets, and no layer adds one. Give compile(loss=...) and y."
        )
    model.trainer.pending = records
    return total


def record(model: Any, losses: Losses, x: Any, y: Any, y_pred: Any, weights: Any) -> None:
    """Takes a batch's loss and metrics into account, weighted by its number of samples."""

    def update() -> None:
        size = backend.tensor.dynamic_shape(backend.tensor.convert(tree.flatten(x)[0]))[0]
        count = ops.cast(size, "float32")
        objective = model.trainer.objective_for(y, y_pred)
        objective.total.update_state(losses.total, sample_weight=count)
        for tracker, value in losses.by_output:
            tracker.update_state(value, sample_weight=count)
        model.compute_metrics(x, y, y_pred, weights)

    replica = context.replica()
    if replica is None:
        update()
        return
    with replica.having(measuring=True):
        if replica.counts is None:
            update()
        else:
            backend.control.when(replica.counts, update)


def update_metrics(model: Any, y: Any, y_pred: Any, weights: Any) -> None:
    """Lets the compiled metrics take the batch into account."""
    objective = model.trainer.objective_for(y, y_pred)
    names = [term.name for term in objective.terms]
    targets = [None] * len(names) if y is None else by_target(y, names, "y")
    given = [None] * len(names) if weights is None else by_target(weights, names, "sample_weight")
    objective.update(targets, tree.flatten(y_pred), given)
