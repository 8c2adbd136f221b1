"""Gradients of losses, their values at the edges, and losses that only others know."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from loss_cases import IDS, LOSSES, PREDICTIONS, TARGETS, WEIGHTS
from twins import numbers, one_hot

from kcore import activations, losses


def value_and_gradient(loss: Any, y: Any, p: Any, weight: Any = None) -> tuple[Any, Any]:
    tensor = tf.convert_to_tensor(p)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = loss(y, tensor, weight)
    return np.array(value), np.array(tape.gradient(value, tensor))


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "options", "target", "prediction"), LOSSES, ids=IDS)
def test_gradients(
    name: str, options: dict[str, Any], target: str, prediction: str, weighted: bool
) -> None:
    weight = WEIGHTS if weighted else None
    found, expected = (
        value_and_gradient(
            getattr(module, name)(**options), TARGETS[target], PREDICTIONS[prediction], weight
        )
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-5)


CTC_LABELS = np.array([[1, 2, 0], [3, 3, 1], [2, 0, 0]])


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
def test_ctc(reduction: str | None) -> None:
    logits = numbers(3, 7, 4, low=-3.0, high=3.0)
    found, expected = (
        value_and_gradient(module.CTC(reduction=reduction), CTC_LABELS, logits)
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("axis", [None, (1,), (1, 2)])
@pytest.mark.parametrize("name", ["Dice", "Tversky"])
def test_overlap_over_axes(name: str, axis: Any) -> None:
    y, p = (numbers(3, 4, 2, seed=s, low=0.0, high=1.0) for s in (1, 2))
    found, expected = (
        value_and_gradient(getattr(module, name)(axis=axis), y.round(), p)
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-6)


EDGES = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], "float32")
WRONG = 1.0 - EDGES
HUGE = (EDGES * 2 - 1) * 100


@pytest.mark.parametrize("prediction", [EDGES, WRONG], ids=["right", "wrong"])
@pytest.mark.parametrize("weight", [None, [0.0, 0.0, 0.0], [1.0, 0.0, 2.0]])
@pytest.mark.parametrize(
    "name",
    """MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError
    Huber LogCosh Hinge SquaredHinge CategoricalHinge CosineSimilarity Poisson KLDivergence
    BinaryCrossentropy CategoricalCrossentropy BinaryFocalCrossentropy
    CategoricalFocalCrossentropy""".split(),
)
def test_probabilities_at_the_edges(name: str, weight: Any, prediction: Any) -> None:
    weight = None if weight is None else np.array(weight, "float32")
    found, expected = (
        value_and_gradient(getattr(module, name)(), EDGES, prediction, weight)
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-4, atol=1e-6)
    # a hinge has a kink here, where any slope between those of its sides is right
    if name not in ("Hinge", "CategoricalHinge"):
        # Keras divides by a length of 0 in places; ours must be finite wherever theirs is
        finite = np.isfinite(expected[1])
        np.testing.assert_allclose(found[1][finite], expected[1][finite], rtol=1e-3, atol=1e-5)
    assert np.isfinite(found[1]).all()


@pytest.mark.parametrize("sign", [1, -1], ids=["right", "wrong"])
@pytest.mark.parametrize(
    "name", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]
)
def test_large_logits(name: str, sign: int) -> None:
    y = EDGES.argmax(-1) if name.startswith("Sparse") else EDGES
    found, expected = (
        value_and_gradient(getattr(module, name)(from_logits=True), y, HUGE * sign)
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"])
def test_focal_losses_of_large_logits_are_exact(name: str) -> None:
    """Keras clips probabilities at 1e-7, so its value stops at 16 and its slope is 0."""
    loss = getattr(losses, name)(from_logits=True, gamma=1.0)
    value, slope = value_and_gradient(loss, EDGES, -HUGE)
    assert value == pytest.approx(100 if name.startswith("Binary") else 0.25 * 200, rel=1e-4)
    assert np.isfinite(slope).all()
    assert np.abs(slope).max() > 0.01


def test_probabilities_of_a_softmax_or_sigmoid_are_exact() -> None:
    for activation, name in (
        (activations.softmax, "CategoricalCrossentropy"),
        (activations.softmax, "CategoricalFocalCrossentropy"),
        (activations.sigmoid, "BinaryCrossentropy"),
        (activations.sigmoid, "BinaryFocalCrossentropy"),
    ):
        direct = getattr(losses, name)(from_logits=True)(EDGES, -HUGE)
        assert float(getattr(losses, name)()(EDGES, activation(-HUGE))) == pytest.approx(
            float(direct)
        )


EMPTY = [("MeanSquaredError", (0, 3), (0, 3)), ("SparseCategoricalCrossentropy", (0,), (0, 3))]


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize(("name", "target", "prediction"), EMPTY)
def test_an_empty_batch_has_no_loss(
    name: str, target: Any, prediction: Any, reduction: str
) -> None:
    loss = getattr(losses, name)(reduction=reduction)
    for weight in (None, np.zeros((0,), "float32")):
        assert float(loss(np.zeros(target), np.zeros(prediction, "float32"), weight)) == 0.0


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_a_batch_that_is_masked_whole_has_no_loss(reduction: str) -> None:
    marked = tf.convert_to_tensor(numbers(4, 3, 2))
    marked._kcore_mask = tf.zeros((4, 3), "bool")
    for name in ("MeanSquaredError", "BinaryFocalCrossentropy"):
        loss = getattr(losses, name)(reduction=reduction)
        assert float(loss(np.ones((4, 3, 2)), marked)) == 0.0


def test_names_that_only_earlier_keras_had() -> None:
    y, p = TARGETS["positive"], PREDICTIONS["softmax"]
    for name in ("logcosh", "kullback_leibler_divergence", "cosine_similarity", "bce"):
        theirs = tf_keras.losses.get(name)
        expected = np.mean(theirs(y.clip(0, 1) if name == "bce" else y, p))
        found = losses.get(name)(y.clip(0, 1) if name == "bce" else y, p)
        assert float(found) == pytest.approx(float(expected), rel=1e-4)
    for name in ("cosine", "cosine_proximity", "logloss", "BCE", "huber_loss"):
        assert isinstance(losses.get(name), losses.Loss)
    assert losses.MeanSquaredError(reduction=losses.Reduction.AUTO).reduction == (
        "sum_over_batch_size"
    )


@pytest.mark.parametrize(("name", "options", "target", "prediction"), LOSSES, ids=IDS)
def test_configurations_of_keras_are_read(
    name: str, options: dict[str, Any], target: str, prediction: str
) -> None:
    theirs = getattr(keras.losses, name)(**options, reduction="sum")
    ours = losses.deserialize(keras.losses.serialize(theirs))
    again = losses.deserialize(losses.serialize(ours))
    assert ours.get_config() == again.get_config()
    y, p = TARGETS[target], PREDICTIONS[prediction]
    if name != "Huber":  # Keras does not save its delta
        np.testing.assert_allclose(again(y, p), theirs(y, p), rtol=1e-5)
    if name in ("CategoricalGeneralizedCrossEntropy", "Huber"):
        return  # Keras 3.15 does not find the first, a class of its own, by name
    theirs = getattr(keras.losses, name)(**options, reduction="sum")
    back = keras.losses.deserialize(losses.serialize(ours))
    np.testing.assert_allclose(back(y, p), theirs(y, p), rtol=1e-6)


def distances_by_hand(x: Any, metric: str) -> Any:
    if metric == "angular":
        unit = x / np.linalg.norm(x, axis=-1, keepdims=True)
        return 1 - unit @ unit.T
    squares = ((x[:, None] - x[None]) ** 2).sum(-1)
    return squares if metric == "squared-L2" else np.sqrt(squares)


def triplets_by_hand(labels: Any, d: Any, margin: float, kind: str) -> Any:
    """The definitions of Schroff et al. (2015) and Hermans et al. (2017), loop by loop."""
    values = []
    for a in range(len(labels)):
        others = [d[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        own = [p for p in range(len(labels)) if labels[p] == labels[a] and p != a]
        if kind == "semihard":
            for p in own:
                farther = [v for v in others if v > d[a, p]]
                values.append(max(margin + d[a, p] - (min(farther) if farther else max(others)), 0))
        else:
            gap = max([d[a, p] for p in own], default=0.0) - min(others)
            values.append(np.log1p(np.exp(gap)) if kind == "soft" else max(gap + margin, 0))
    return np.mean(values)


@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_triplets(metric: str, margin: float) -> None:
    x = numbers(12, 5, seed=3)
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 1, 0, 3, 2])
    d = distances_by_hand(x.astype("float64"), metric)
    for loss, kind in (
        (losses.TripletSemiHardLoss(margin, metric), "semihard"),
        (losses.TripletHardLoss(margin, False, metric), "hard"),
        (losses.TripletHardLoss(margin, True, metric), "soft"),
    ):
        value, slope = value_and_gradient(loss, labels, x)
        assert float(value) == pytest.approx(triplets_by_hand(labels, d, margin, kind), rel=1e-4)
        assert float(loss(labels[:, None], x)) == pytest.approx(float(value))
        assert np.isfinite(slope).all()
        assert np.abs(slope).max() > 0


def test_triplets_of_equal_rows_have_a_slope() -> None:
    x = np.repeat(numbers(2, 3), 2, axis=0)
    for name in ("TripletSemiHardLoss", "TripletHardLoss"):
        _, slope = value_and_gradient(getattr(losses, name)(), np.array([0, 0, 1, 1]), x)
        assert np.isfinite(slope).all()


def test_contrastive_by_hand() -> None:
    y, d = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.3, 0.3, 1.7, 0.0])
    expected = [0.09, 0.49, 0.0, 0.0]
    found = losses.ContrastiveLoss(reduction=None)(y, d.astype("float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(losses.contrastive_loss(y, d), expected, rtol=1e-5, atol=1e-7)


def test_losses_in_another_dtype() -> None:
    y, p = one_hot(np.array([0, 1]), 2), np.array([[0.7, 0.3], [0.4, 0.6]], "float32")
    for name in ("float64", "float32", "mixed_float16"):
        loss = losses.CategoricalCrossentropy(dtype=name)
        assert loss(y, p).dtype.name == name.replace("mixed_", "")
    assert losses.CategoricalCrossentropy()(y, p.astype("float16")).dtype.name == "float32"


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_ctc_gives_the_dtype_it_was_asked_for(dtype: str | None) -> None:
    logits = tf.constant(numbers(3, 7, 4, low=-3.0, high=3.0))
    found, expected = (m.CTC(dtype=dtype)(CTC_LABELS, logits) for m in (losses, keras.losses))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("q", [0.3, 0.5, 0.9])
def test_generalized_cross_entropy_at_the_edges(q: float) -> None:
    """Where Keras' slope is not a number, ours is 0."""
    y, p = np.array([0, 1, 1]), np.array([[1.0, 0.0], [1.0, 0.0], [0.4, 0.6]], "float32")
    found, expected = (
        value_and_gradient(module.CategoricalGeneralizedCrossEntropy(q), y, p)
        for module in (losses, keras.losses)
    )
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    known = np.isfinite(expected[1])
    np.testing.assert_allclose(found[1][known], expected[1][known], rtol=1e-5)
    assert np.isfinite(found[1]).all()


def test_overlap_of_nothing_with_nothing() -> None:
    y, p = np.zeros((2, 3), "float32"), np.array([[0, 0, 0], [0.5, 0, 1]], "float32")
    for name in ("Dice", "Tversky"):
        found, expected = (
            getattr(module, name)(axis=1, reduction=None)(y, p) for module in (losses, keras.losses)
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_a_mask_and_a_class_left_out_count_together(reduction: str) -> None:
    y, logits = np.array([[1, -1, 2], [0, 1, -1]]), numbers(2, 3, 4, low=-3.0, high=3.0)
    mask, found = tf.constant([[True, True, False], [False, True, True]]), []
    for module, mark in ((losses, "_kcore_mask"), (keras.losses, "_keras_mask")):
        marked = tf.constant(logits)
        setattr(marked, mark, mask)
        loss = module.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=-1, reduction=reduction
        )
        found.append(loss(y, marked))
    np.testing.assert_allclose(*found, rtol=1e-5)
