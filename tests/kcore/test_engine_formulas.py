"""Losses, metrics, optimizers, initializers and regularizers against formulas written in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_layers import Linear, numbers, regression, unchanged, values

from kcore import (
    Input,
    Sequential,
    Variable,
    backend,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from kcore.errors import ConfigurationError

Y, P = np.abs(numbers(6, 4)) + 0.1, np.abs(numbers(6, 4, seed=1)) + 0.1
SHARES = P / P.sum(-1, keepdims=True)
HOT = np.eye(4, dtype="float32")[[0, 1, 2, 3, 1, 0]]

FORMULAS: dict[str, Callable[[Any, Any], Any]] = {
    "mean_squared_error": lambda y, p: ((y - p) ** 2).mean(-1),
    "mean_absolute_error": lambda y, p: np.abs(y - p).mean(-1),
    "mean_absolute_percentage_error": lambda y, p: 100 * (np.abs(y - p) / np.abs(y)).mean(-1),
    "mean_squared_logarithmic_error": lambda y, p: ((np.log1p(y) - np.log1p(p)) ** 2).mean(-1),
    "huber": lambda y, p: np.where(np.abs(y - p) < 1, 0.5 * (y - p) ** 2, np.abs(y - p) - 0.5).mean(
        -1
    ),
    "log_cosh": lambda y, p: np.log(np.cosh(y - p)).mean(-1),
    "poisson": lambda y, p: (p - y * np.log(p)).mean(-1),
    "cosine_similarity": lambda y, p: -(y * p).sum(-1) / np.sqrt((y**2).sum(-1) * (p**2).sum(-1)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_losses_of_numbers(name: str) -> None:
    expected = FORMULAS[name](Y.astype("float64"), P.astype("float64"))
    np.testing.assert_allclose(getattr(losses, name)(Y, P), expected, rtol=2e-5)
    np.testing.assert_allclose(losses.get(name)(Y, P), expected.mean(), rtol=2e-5)


def test_losses_of_probabilities() -> None:
    logs = -np.log(SHARES)
    np.testing.assert_allclose(
        losses.categorical_crossentropy(HOT, SHARES), (HOT * logs).sum(-1), rtol=1e-5
    )
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy(HOT.argmax(-1), SHARES),
        (HOT * logs).sum(-1),
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        losses.binary_crossentropy(HOT, SHARES),
        -(HOT * np.log(SHARES) + (1 - HOT) * np.log(1 - SHARES)).mean(-1),
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        losses.categorical_crossentropy(HOT, np.log(SHARES), from_logits=True),
        losses.categorical_crossentropy(HOT, SHARES),
        rtol=1e-5,
    )


def test_losses_of_extreme_probabilities_are_finite() -> None:
    hot, wrong = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    for loss in (losses.categorical_crossentropy, losses.binary_crossentropy, losses.kl_divergence):
        assert np.isfinite(loss(hot, wrong)).all()
    assert float(losses.MeanSquaredError()(hot, hot)) == 0.0


def test_reductions_and_weights() -> None:
    each = ((Y - P) ** 2).mean(-1)
    weight = np.arange(6.0, dtype="float32")
    for reduction, expected in (
        ("sum_over_batch_size", (each * weight).sum() / 6),
        ("sum", (each * weight).sum()),
        ("mean_with_sample_weight", (each * weight).sum() / weight.sum()),
        (None, each * weight),
    ):
        loss = losses.MeanSquaredError(reduction=reduction)
        np.testing.assert_allclose(loss(Y, P, weight), expected, rtol=1e-5)
    with pytest.raises(ConfigurationError, match="reduction"):
        losses.MeanSquaredError(reduction="average")


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_masks_leave_values_out(reduction: str) -> None:
    y, p, mask = numbers(3, 4, 2), numbers(3, 4, 2, seed=1), np.arange(12).reshape(3, 4) % 3 > 0
    each = ((y - p) ** 2).mean(-1)[mask]
    marked = backend.tensor.convert(p)
    backend.tensor.set_mask(marked, backend.tensor.convert(mask))
    found = losses.MeanSquaredError(reduction=reduction)(y, marked)
    np.testing.assert_allclose(found, each.sum() if reduction == "sum" else each.mean(), rtol=1e-5)


def test_metrics_are_means_over_all_samples_not_over_batches() -> None:
    metric = metrics.MeanAbsoluteError()
    for rows in (slice(0, 5), slice(5, 6)):
        metric.update_state(Y[rows], P[rows])
    assert float(metric.result()) == pytest.approx(np.abs(Y - P).mean(), rel=1e-6)
    accuracy = metrics.SparseCategoricalAccuracy()
    accuracy.update_state(HOT.argmax(-1), SHARES, sample_weight=np.arange(6.0))
    hits = HOT.argmax(-1) == SHARES.argmax(-1)
    assert float(accuracy.result()) == pytest.approx((hits * np.arange(6)).sum() / 15, rel=1e-6)


def steps(optimizer: Any, gradients: list[Any], start: Any) -> Any:
    variable = Variable(start)
    for gradient in gradients:
        optimizer.apply_gradients([(backend.tensor.convert(gradient), variable)])
    return variable.numpy()


GRADIENTS = [numbers(4, seed=seed) for seed in range(5)]
START = numbers(4, seed=9)


def test_momentum_by_hand() -> None:
    for nesterov in (False, True):
        w, velocity = START.copy(), np.zeros(4)
        for g in GRADIENTS:
            velocity = 0.9 * velocity - 0.1 * g
            w = w + (0.9 * velocity - 0.1 * g if nesterov else velocity)
        found = steps(optimizers.SGD(0.1, 0.9, nesterov), GRADIENTS, START)
        np.testing.assert_allclose(found, w, rtol=1e-5, atol=1e-7)


def test_adam_by_hand() -> None:
    w, m, v = START.astype("float64"), np.zeros(4), np.zeros(4)
    for t, g in enumerate(GRADIENTS, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
    np.testing.assert_allclose(steps(optimizers.Adam(0.1), GRADIENTS, START), w, rtol=1e-5)


def test_rmsprop_by_hand() -> None:
    w, v = START.astype("float64"), np.zeros(4)
    for g in GRADIENTS:
        v = 0.9 * v + 0.1 * g**2
        w = w - 0.01 * g / np.sqrt(v + 1e-7)
    np.testing.assert_allclose(steps(optimizers.RMSprop(0.01), GRADIENTS, START), w, rtol=1e-5)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_rows_of_a_gradient_are_the_whole_gradient(name: str) -> None:
    import tensorflow as tf

    results = []
    for dense in (False, True):
        variable = Variable(numbers(4, 2))
        optimizer = getattr(optimizers, name)(0.1)
        for seed in range(3):
            rows = tf.IndexedSlices(
                tf.constant(numbers(3, 2, seed=seed)), tf.constant([1, 3, 1]), tf.constant([4, 2])
            )
            gradient = tf.convert_to_tensor(rows) if dense else rows
            optimizer.apply_gradients([(gradient, variable)])
        results.append(variable.numpy())
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-7)


def test_clipping() -> None:
    gradient = np.array([3.0, 4.0], "float32")
    for options, expected in (
        ({"clipnorm": 1.0}, gradient / 5),
        ({"global_clipnorm": 2.5}, gradient / 2),
        ({"clipvalue": 3.5}, [3.0, 3.5]),
        ({"clipnorm": 9.0}, gradient),
    ):
        found = steps(optimizers.SGD(1.0, **options), [gradient], np.zeros(2, "float32"))
        np.testing.assert_allclose(found, -np.asarray(expected), rtol=1e-6)
    with pytest.raises(ConfigurationError, match="clipnorm"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)


def test_arguments_of_earlier_keras() -> None:
    assert optimizers.SGD(lr=0.3).learning_rate == pytest.approx(0.3)
    assert optimizers.Adam(lr=0.3).lr == pytest.approx(0.3)
    found = steps(
        optimizers.SGD(lr=0.1, decay=0.5), [np.ones(1, "float32")] * 3, np.zeros(1, "float32")
    )
    assert found[0] == pytest.approx(-(0.1 + 0.1 / 1.5 + 0.1 / 2), rel=1e-5)
    with pytest.raises(ConfigurationError, match="momentumm"):
        optimizers.SGD(momentumm=0.9)
    with pytest.raises(ConfigurationError, match="learning_rate"):
        optimizers.SGD(lr=0.1, learning_rate=0.2)


def test_schedules_set_the_rate_of_each_step() -> None:
    schedule = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    found = steps(optimizers.SGD(schedule), [np.ones(1, "float32")] * 3, np.zeros(1, "float32"))
    assert found[0] == pytest.approx(-1.75)


def test_constraints_hold_after_every_step() -> None:
    class Bounded(Linear):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight((3, 1), constraint="non_neg", name="kernel")
            self.bias = self.add_weight((1,), "zeros", name="bias")

    model = Sequential([Input((3,)), Bounded(1)])
    model.compile("sgd", "mse")
    model.fit(numbers(8, 3), numbers(8, 1), epochs=3, verbose=0)
    assert (values(model)[0] >= 0).all()


def test_regularizers() -> None:
    w = numbers(3, 4)
    for regularizer, expected in (
        (regularizers.L1(0.1), 0.1 * np.abs(w).sum()),
        (regularizers.L2(0.1), 0.1 * (w**2).sum()),
        (regularizers.L1L2(0.1, 0.2), 0.1 * np.abs(w).sum() + 0.2 * (w**2).sum()),
        (regularizers.get("l2"), 0.01 * (w**2).sum()),
    ):
        assert float(regularizer(w)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / 500),
        ("glorot_normal", 2 / 500),
        ("he_uniform", 2 / 200),
        ("he_normal", 2 / 200),
        ("lecun_uniform", 1 / 200),
        ("lecun_normal", 1 / 200),
    ],
)
def test_variance_of_initializers(name: str, variance: float) -> None:
    values_ = np.array(initializers.get({"class_name": name, "config": {"seed": 3}})((200, 300)))
    assert values_.var() == pytest.approx(variance, rel=0.05)
    assert abs(values_.mean()) < 0.01


def test_orthogonal_and_identity() -> None:
    for shape in ((5, 3), (3, 5), (2, 2, 3)):
        q = np.array(initializers.Orthogonal(seed=1)(shape)).reshape(-1, shape[-1])
        product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-5)
    assert np.array_equal(initializers.Identity(2.0)((2, 3)), 2 * np.eye(2, 3))


def test_a_frozen_model_has_nothing_to_train() -> None:
    model = regression()
    model.trainable = False
    before = values(model)
    with pytest.raises(ConfigurationError, match="weight"):
        model.fit(numbers(4, 3), numbers(4, 1), verbose=0)
    assert unchanged(model, before)
