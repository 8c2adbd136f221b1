"""Every loss, metric and optimizer computes what Keras 3 computes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from loss_cases import IDS, LOSSES, PREDICTIONS, TARGETS, WEIGHTS
from twins import classes, numbers

import kcore
from kcore import backend, losses, metrics, optimizers


@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", None]
)
@pytest.mark.parametrize(("name", "options", "target", "prediction"), LOSSES, ids=IDS)
def test_losses(
    name: str, options: dict[str, Any], target: str, prediction: str, reduction: str | None
) -> None:
    y, p = TARGETS[target], PREDICTIONS[prediction]
    ours = getattr(losses, name)(**options, reduction=reduction)
    theirs = getattr(keras.losses, name)(**options, reduction=reduction)
    assert ours.name == theirs.name
    for weight in (None, WEIGHTS, WEIGHTS[:, None]):
        found, expected = ours(y, p, weight), np.array(theirs(y, p, weight))
        if reduction is None:  # Keras takes the shape (9, 1) of such weights over
            expected = expected.reshape(9)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_losses_leave_masked_steps_out(reduction: str) -> None:
    y, p = numbers(5, 6, 3, seed=1), numbers(5, 6, 3, seed=2)
    mask = classes(2, 5, 6).astype(bool)
    weights: list[Any] = [
        None,
        WEIGHTS[:5, None] * np.ones((5, 6), "float32"),
        numbers(5, 6, seed=3, low=0.0, high=2.0),
    ]
    for weight in weights:
        results = []
        for module, marked in (
            (losses, backend.tensor.convert(p)),
            (keras.losses, keras.ops.convert_to_tensor(p)),
        ):
            if module is losses:
                backend.tensor.set_mask(marked, backend.tensor.convert(mask))
            else:
                marked._keras_mask = keras.ops.convert_to_tensor(mask)
            results.append(module.MeanSquaredError(reduction=reduction)(y, marked, weight))
        np.testing.assert_allclose(*results, rtol=1e-5)


@pytest.mark.parametrize(
    "name",
    """MSE MAE MAPE MSLE KLD binary_focal_crossentropy categorical_focal_crossentropy dice tversky
    mse mae mape msle kld mean_squared_error mean_absolute_error hinge squared_hinge
    categorical_hinge log_cosh huber poisson kl_divergence cosine_similarity binary_crossentropy
    categorical_crossentropy sparse_categorical_crossentropy""".split(),
)
def test_functions_and_names(name: str) -> None:
    one_hots = ("categorical_hinge", "categorical_crossentropy", "categorical_focal_crossentropy")
    target = "one hot" if name in one_hots else "binary"
    target = "class" if name.startswith("sparse") else target
    y, p = TARGETS[target], PREDICTIONS["softmax"]
    ours, theirs = losses.get(name), keras.losses.get(name)
    np.testing.assert_allclose(ours(y, p), np.mean(theirs(y, p)), rtol=1e-5)
    np.testing.assert_allclose(getattr(losses, name)(y, p), theirs(y, p), rtol=1e-5, atol=1e-7)


METRICS: list[tuple[str, dict[str, Any], str, str]] = [
    ("MeanSquaredError", {}, "real", "real"),
    ("RootMeanSquaredError", {}, "real", "real"),
    ("MeanAbsoluteError", {}, "real", "real"),
    ("MeanAbsolutePercentageError", {}, "real", "real"),
    ("MeanSquaredLogarithmicError", {}, "positive", "positive"),
    ("BinaryCrossentropy", {}, "binary", "probability"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary", "real"),
    ("CategoricalCrossentropy", {}, "one hot", "softmax"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one hot", "softmax"),
    ("SparseCategoricalCrossentropy", {}, "class", "softmax"),
    ("Accuracy", {}, "binary", "real"),
    ("BinaryAccuracy", {}, "binary", "probability"),
    ("BinaryAccuracy", {"threshold": 0.2}, "binary", "probability"),
    ("CategoricalAccuracy", {}, "one hot", "softmax"),
    ("SparseCategoricalAccuracy", {}, "class", "softmax"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one hot", "softmax"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "class", "softmax"),
]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "options", "target", "prediction"), METRICS)
def test_metrics_over_two_batches(
    name: str, options: dict[str, Any], target: str, prediction: str, weighted: bool
) -> None:
    y, p = TARGETS[target], PREDICTIONS[prediction]
    found = []
    for module in (metrics, keras.metrics):
        metric = getattr(module, name)(**options)
        for rows in (slice(0, 6), slice(6, 9)):
            weight = WEIGHTS[rows] if weighted else None
            metric.update_state(y[rows], p[rows], sample_weight=weight)
        found.append((metric.name, float(metric.result())))
        metric.reset_state()
        assert float(metric.result()) == 0.0
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_means_and_sums(name: str) -> None:
    values, weights = numbers(3, 5), numbers(3, 5, seed=1, low=0.0)
    for weight in (None, weights, weights[:, 0]):
        found = []
        for module in (metrics, keras.metrics):
            metric = getattr(module, name)()
            metric.update_state(values)
            metric.update_state(values * 3, sample_weight=weight)
            found.append(float(metric.result()))
        np.testing.assert_allclose(*found, rtol=1e-5)


OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"weight_decay": 0.1}),
    ("SGD", {"clipnorm": 0.1}),
    ("SGD", {"clipvalue": 0.05}),
    ("SGD", {"global_clipnorm": 0.1}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-4}),
    ("Adam", {"amsgrad": True, "learning_rate": 0.01}),
    ("Adam", {"weight_decay": 0.01, "clipnorm": 0.2}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.5, "learning_rate": 0.01}),
    ("RMSprop", {"centered": True}),
]


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_twenty_steps_of_an_optimizer(name: str, options: dict[str, Any]) -> None:
    start, shapes = numbers(4, 3), [(4, 3), (3,)]
    gradients = [[numbers(*shape, seed=10 * step) for shape in shapes] for step in range(20)]
    results = []
    for module, make in (
        (optimizers, kcore.Variable),
        (keras.optimizers, keras.Variable),
    ):
        weights = [make(start), make(start[0])]
        optimizer = getattr(module, name)(**options)
        for grads in gradients:
            tensors = [keras.ops.convert_to_tensor(g) for g in grads]
            optimizer.apply_gradients(zip(tensors, weights, strict=True))
        results.append([np.array(w) for w in weights])
        assert int(optimizer.iterations) == 20
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["ExponentialDecay", "InverseTimeDecay"])
@pytest.mark.parametrize("staircase", [False, True])
def test_schedules(name: str, staircase: bool) -> None:
    ours, theirs = (
        getattr(module.schedules, name)(0.5, 7, 0.3, staircase=staircase)
        for module in (optimizers, keras.optimizers)
    )
    for step in (0, 1, 6, 7, 30):
        np.testing.assert_allclose(ours(step), theirs(step), rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    """elu exponential gelu hard_sigmoid leaky_relu linear log_softmax mish relu relu6 selu sigmoid
    silu softmax softplus softsign tanh""".split(),
)
def test_activations(name: str) -> None:
    x = numbers(5, 6, low=-8.0, high=8.0)
    np.testing.assert_allclose(
        kcore.activations.get(name)(x), keras.activations.get(name)(x), rtol=1e-5, atol=1e-6
    )
