"""Metrics made of counts and sums compute over several batches what Keras 3 computes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from twins import classes, numbers, one_hot

from kcore import Input, Sequential, metrics

ROWS = 30
FLAT = (classes(2, ROWS).astype("float32"), numbers(ROWS, seed=2, low=0.0, high=1.0))
LABELS = (classes(2, ROWS, 4, seed=3).astype("float32"), numbers(ROWS, 4, seed=4, low=0, high=1))
_SCORES = numbers(ROWS, 4, seed=5, low=0.05, high=1.0)
ONE_HOT = (one_hot(classes(4, ROWS, seed=6), 4), _SCORES / _SCORES.sum(-1, keepdims=True))
COARSE = (LABELS[0], np.round(LABELS[1] * 4) / 4)  # predictions that lie on thresholds
REAL = (numbers(ROWS, 3, seed=7, low=-3, high=3), numbers(ROWS, 3, seed=8, low=-3, high=3))
NUMBERS = (classes(4, ROWS, seed=9), classes(4, ROWS, seed=10))
WEIGHTS = numbers(ROWS, seed=11, low=0.0, high=2.0)
BATCHES = (slice(0, 13), slice(13, 14), slice(14, ROWS))

Case = tuple[str, dict[str, Any], tuple[Any, Any]]
CASES: list[Case] = [
    *[
        (name, options, data)
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
        for options in ({}, {"thresholds": 0.3}, {"thresholds": [0.75, 0.25, 0.5]})
        for data in (FLAT, COARSE)
    ],
    *[
        (name, options, data)
        for name in ("Precision", "Recall")
        for options, data in (
            ({}, FLAT),
            ({"thresholds": [0.2, 0.8]}, LABELS),
            ({"top_k": 2}, ONE_HOT),
            ({"top_k": 2, "thresholds": 0.3}, LABELS),
            ({"class_id": 1}, LABELS),
            ({"top_k": 3, "class_id": 2}, ONE_HOT),
        )
    ],
    *[
        ("AUC", {"curve": curve, "summation_method": summation, **options}, data)
        for curve in ("ROC", "PR")
        for summation in ("interpolation", "minoring", "majoring")
        for options, data in (
            ({}, FLAT),
            ({"num_thresholds": 5}, COARSE),
            ({"multi_label": True}, LABELS),
        )
    ],
    ("AUC", {"curve": "PRGAIN"}, LABELS),
    ("AUC", {"thresholds": [0.1, 0.5, 0.6]}, LABELS),
    ("AUC", {"from_logits": True}, (LABELS[0], REAL[0][:, :1] + LABELS[1])),
    ("AUC", {"label_weights": [1.0, 0.0, 2.0, 0.5]}, LABELS),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 0.0, 2, 0.5]}, LABELS),
    *[
        (name, {bound: value, **options}, data)
        for name, bound in (
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
        )
        for value in (0.3, 0.7)
        for options, data in (
            ({}, FLAT),
            ({"num_thresholds": 3}, LABELS),
            ({"num_thresholds": 1}, FLAT),
            ({"class_id": 1}, LABELS),
        )
    ],
    *[
        (name, {"average": average, "threshold": threshold, **options}, data)
        for name, options in (("F1Score", {}), ("FBetaScore", {"beta": 2.0}))
        for average in (None, "micro", "macro", "weighted")
        for threshold, data in ((None, ONE_HOT), (0.5, LABELS))
    ],
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, NUMBERS),
    ("IoU", {"num_classes": 4, "target_class_ids": [1], "ignore_class": 3}, NUMBERS),
    ("MeanIoU", {"num_classes": 4}, NUMBERS),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 0}, NUMBERS),
    ("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, (NUMBERS[0], ONE_HOT[1])),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, ONE_HOT),
    ("OneHotMeanIoU", {"num_classes": 4}, ONE_HOT),
    ("BinaryIoU", {}, FLAT),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.25}, FLAT),
    *[
        ("R2Score", {"class_aggregation": aggregation}, REAL)
        for aggregation in (None, "uniform_average", "variance_weighted_average")
    ],
    # Keras takes every column for a sample of its own in the adjusted score: equal for one column
    ("R2Score", {"num_regressors": 4}, (REAL[0][:, :1], REAL[1][:, :1])),
    ("PearsonCorrelation", {}, REAL),
    ("ConcordanceCorrelation", {}, REAL),
    ("CosineSimilarity", {}, REAL),
    ("CosineSimilarity", {"axis": 0}, (REAL[0][:, 0], REAL[1][:, 0])),
    ("KLDivergence", {}, ONE_HOT),
    ("Poisson", {}, LABELS),
    ("LogCoshError", {}, REAL),
    ("Hinge", {}, (LABELS[0], REAL[0][:, :1] + LABELS[1])),
    ("SquaredHinge", {}, (LABELS[0], REAL[0][:, :1] + LABELS[1])),
    ("CategoricalHinge", {}, ONE_HOT),
]
IDS = [
    f"{i}-{name}-{'-'.join(map(str, options.values()))}"
    for i, (name, options, _) in enumerate(CASES)
]


def value_of(module: Any, name: str, options: dict[str, Any], data: Any, weighted: bool) -> Any:
    metric = getattr(module, name)(**options)
    for rows in BATCHES:
        weight = WEIGHTS[rows] if weighted else None
        metric.update_state(data[0][rows], data[1][rows], sample_weight=weight)
    return metric, np.array(metric.result())


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "options", "data"), CASES, ids=IDS)
def test_metrics_over_three_batches(
    name: str, options: dict[str, Any], data: Any, weighted: bool
) -> None:
    if options.get("axis") == 0 and weighted:
        return  # one value for the batch cannot be weighted
    ours, found = value_of(metrics, name, options, data, weighted)
    if "IoU" in name:  # Keras counts in whole numbers unless told otherwise
        options = {**options, "dtype": "float32"}
    _, expected = value_of(keras.metrics, name, options, data, weighted)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
    copy = metrics.deserialize(metrics.serialize(ours))
    assert copy.get_config() == ours.get_config()
    ours.reset_state()
    assert (np.array(ours.result()) == 0).all()


@pytest.mark.parametrize(("name", "options", "data"), CASES, ids=IDS)
def test_configurations_are_those_of_keras(name: str, options: dict[str, Any], data: Any) -> None:
    theirs = getattr(keras.metrics, name)(**options)
    ours = metrics.deserialize(keras.metrics.serialize(theirs))
    back = keras.metrics.deserialize(metrics.serialize(ours))
    values = [np.array(metric(*data)) for metric in (theirs, ours, back)]
    np.testing.assert_allclose(values[1], values[0], rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(values[2], values[0], rtol=1e-6, atol=1e-7)


def test_metrics_of_two_dimensions_and_legacy() -> None:
    """MeanRelativeError and MeanTensor exist in TensorFlow's Keras only."""
    found = []
    for module in (metrics, tf_keras.metrics):
        relative = module.MeanRelativeError(normalizer=[1.0, 2.0, 0.0])
        tensor = module.MeanTensor()
        for rows in BATCHES:
            relative.update_state(REAL[0][rows], REAL[1][rows], sample_weight=WEIGHTS[rows])
        for row in range(4):
            tensor.update_state(REAL[0][row : row + 2], sample_weight=WEIGHTS[row : row + 2])
        found.append((float(relative.result()), np.array(tensor.result())))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)


def test_top_k_of_sorted_ids() -> None:
    ids = np.argsort(-ONE_HOT[1], axis=-1)
    found = [
        float(module.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)(NUMBERS[0], ids))
        for module in (metrics, keras.metrics)
    ]
    assert found[0] == pytest.approx(found[1])


def test_agreement_by_hand() -> None:
    y, p = NUMBERS
    matrix = np.zeros((4, 4))
    np.add.at(matrix, (y, p), 1.0)
    found = np.array(metrics.ConfusionMatrix(4)(y, p))
    np.testing.assert_array_equal(found, matrix)
    correlation = np.array(metrics.MatthewsCorrelation(4)(y, p))
    hot = [np.eye(4)[side] - np.eye(4)[side].mean(0) for side in (y, p)]
    expected = (hot[0] * hot[1]).sum() / np.sqrt((hot[0] ** 2).sum() * (hot[1] ** 2).sum())
    assert correlation == pytest.approx(expected, rel=1e-5)
    for weightage, power in (("linear", 1), ("quadratic", 2)):
        cost = np.abs(np.subtract.outer(range(4), range(4))) ** float(power)
        chance = np.outer(matrix.sum(1), matrix.sum(0)) / matrix.sum()
        expected = 1 - (cost * matrix).sum() / (cost * chance).sum()
        kappa = metrics.CohenKappa(4, weightage=weightage)(y, p)
        assert float(kappa) == pytest.approx(expected, rel=1e-5)


NAMES = """accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy
    top_k_categorical_accuracy sparse_top_k_categorical_accuracy mse MSE mae MAE mape MAPE msle MSLE
    binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy kl_divergence
    poisson hinge squared_hinge categorical_hinge cosine_similarity log_cosh huber
    binary_focal_crossentropy categorical_focal_crossentropy auc precision recall f1_score
    fbeta_score r2_score true_positives false_negatives pearson_correlation
    matthews_correlation KLD""".split()


@pytest.mark.parametrize("name", NAMES)
def test_metrics_by_name(name: str) -> None:
    metric = metrics.get(name)
    assert isinstance(metric, metrics.Metric)
    again = metrics.deserialize(metrics.serialize(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


def test_vectors_and_equal_names_in_the_logs_of_fit() -> None:
    layers = pytest.importorskip("klayers")
    model = Sequential([Input((3,)), layers.Dense(4, activation="softmax")])
    model.compile(
        "sgd",
        "categorical_crossentropy",
        metrics=[
            metrics.F1Score(class_names=["ant", "bee", "cat", "dog"]),
            metrics.Precision(thresholds=[0.2, 0.4]),
            metrics.AUC(multi_label=True),
            metrics.AUC(curve="PR"),
            metrics.R2Score(),
            metrics.ConfusionMatrix(4),
        ],
        weighted_metrics=[
            metrics.AUC(curve="PR"),
            metrics.MeanIoU(4, sparse_y_true=False, sparse_y_pred=False),
        ],
    )
    logs = model.fit(REAL[0], ONE_HOT[0], batch_size=7, epochs=2, verbose=0).history
    assert {f"f1_score_{name}" for name in ("ant", "bee", "cat", "dog")} <= set(logs)
    assert {"precision_0", "precision_1", "auc", "auc_1", "weighted_auc", "r2_score"} <= set(logs)
    assert "confusion_matrix_3_0" in logs
    scores = model.evaluate(REAL[0], ONE_HOT[0], batch_size=7, return_dict=True, verbose=0)
    predicted = model.predict(REAL[0])
    for key, metric in (
        ("auc", keras.metrics.AUC(multi_label=True)),
        ("auc_1", keras.metrics.AUC(curve="PR")),
        ("r2_score", keras.metrics.R2Score()),
    ):
        assert scores[key] == pytest.approx(float(metric(ONE_HOT[0], predicted)), rel=1e-4)


@pytest.mark.parametrize("name", ["MeanSquaredError", "LogCoshError", "CosineSimilarity"])
def test_a_mask_together_with_a_column_of_weights(name: str) -> None:
    weights, mask = numbers(6, 1, seed=3, low=0.1), np.array([1, 0, 1, 1, 0, 1], bool)
    found = []
    for module, mark in ((metrics, "_kcore_mask"), (keras.metrics, "_keras_mask")):
        marked = tf.constant(numbers(6, 4, seed=2))
        setattr(marked, mark, tf.constant(mask))
        metric = getattr(module, name)()
        metric.update_state(numbers(6, 4, seed=1), marked, sample_weight=weights[:, 0])
        found.append(float(metric.result()))
    own = getattr(metrics, name)()
    marked = tf.constant(numbers(6, 4, seed=2))
    marked._kcore_mask = tf.constant(mask)
    own.update_state(numbers(6, 4, seed=1), marked, sample_weight=weights)
    np.testing.assert_allclose([*found, float(own.result())], found[0], rtol=1e-5)


@pytest.mark.parametrize("columns", [1, 3])
def test_adjusted_scores_of_several_columns(columns: int) -> None:
    y, p = numbers(8, columns, seed=1), numbers(8, columns, seed=2)
    found = [m.R2Score(num_regressors=2)(y, p) for m in (metrics, keras.metrics)]
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_correlation_of_what_hardly_differs() -> None:
    y = (1.0 + 1e-4 * numbers(4, 3, seed=1)).astype("float32")
    p = (2.0 + 1e-4 * numbers(4, 3, seed=2)).astype("float32")
    found = [m.PearsonCorrelation()(y, p) for m in (metrics, keras.metrics)]
    np.testing.assert_allclose(*found, rtol=1e-3)
    assert np.isfinite(metrics.PearsonCorrelation()(np.ones((2, 3)), np.ones((2, 3), "float32")))


@pytest.mark.parametrize("summation", ["interpolation", "minoring", "majoring"])
def test_gains_where_a_threshold_finds_nothing(summation: str) -> None:
    y, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.4, 0.3, 0.6], "float32")
    found = [
        m.AUC(thresholds=[0.2, 0.5, 0.7], curve="PRGAIN", summation_method=summation)(y, p)
        for m in (metrics, keras.metrics)
    ]
    np.testing.assert_allclose(*found, rtol=1e-5)
