"""Wrong arguments of losses, metrics and initializers are refused; the message has the facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_layers import Linear, classes, classifier, fails_untouched, numbers

from kcore import (
    Input,
    Sequential,
    activations,
    constraints,
    initializers,
    losses,
    metrics,
    regularizers,
)
from kcore.errors import ComponentNotFoundError, ConfigurationError, DataError, ShapeError

# module, class, arguments, facts of the message
ARGUMENTS: list[tuple[Any, str, dict[str, Any], tuple[str, ...]]] = [
    (losses, "Huber", {"delta": -1.0}, ("Huber", "delta", "above 0", "-1.0")),
    (losses, "Huber", {"delta": "big"}, ("Huber", "delta", "number", "'big'")),
    (losses, "Huber", {"delta": float("nan")}, ("delta", "finite", "nan")),
    (losses, "BinaryCrossentropy", {"label_smoothing": 1.5}, ("label_smoothing", "0 to 1", "1.5")),
    (losses, "BinaryFocalCrossentropy", {"gamma": -2}, ("gamma", "at least 0", "-2")),
    (losses, "BinaryFocalCrossentropy", {"alpha": 2}, ("alpha", "0 to 1", "2")),
    (losses, "CategoricalFocalCrossentropy", {"alpha": [0.1, -1]}, ("alpha", "-1")),
    (losses, "CategoricalFocalCrossentropy", {"alpha": []}, ("alpha", "empty")),
    (losses, "CategoricalGeneralizedCrossEntropy", {"q": 0}, ("q", "above 0", "at most 1", "0")),
    (losses, "Tversky", {"alpha": -0.1}, ("Tversky", "alpha", "-0.1")),
    (losses, "Circle", {"gamma": 0}, ("Circle", "gamma", "above 0")),
    (losses, "ContrastiveLoss", {"margin": -1}, ("ContrastiveLoss", "margin", "-1")),
    (losses, "TripletHardLoss", {"distance_metric": "L1"}, ("distance_metric", "'L2'", "'L1'")),
    (losses, "TripletSemiHardLoss", {"margin": 0}, ("margin", "above 0", "0")),
    (losses, "MeanSquaredError", {"reduction": "average"}, ("reduction", "sum", "'average'")),
    (metrics, "Precision", {"thresholds": 1.5}, ("Precision", "thresholds", "0 to 1", "1.5")),
    (metrics, "Recall", {"thresholds": [0.5, -0.1]}, ("Recall", "thresholds", "-0.1")),
    (metrics, "Precision", {"thresholds": []}, ("thresholds", "[]")),
    (metrics, "Precision", {"top_k": 0}, ("top_k", "at least 1", "0")),
    (metrics, "Recall", {"class_id": -1}, ("class_id", "at least 0", "-1")),
    (metrics, "AUC", {"curve": "RCO"}, ("curve", "'ROC'", "'PR'", "'RCO'")),
    (metrics, "AUC", {"summation_method": "trapezoid"}, ("summation_method", "'interpolation'")),
    (metrics, "AUC", {"num_thresholds": 1}, ("num_thresholds", "at least 2", "1")),
    (metrics, "AUC", {"num_labels": 3}, ("num_labels", "multi_label")),
    (
        metrics,
        "AUC",
        {"multi_label": True, "num_labels": 3, "label_weights": [1, 2]},
        ("label_weights", "2 entries", "3"),
    ),
    (metrics, "SensitivityAtSpecificity", {"specificity": 50}, ("specificity", "0 to 1", "50")),
    (metrics, "PrecisionAtRecall", {"recall": -0.5}, ("recall", "0 to 1", "-0.5")),
    (metrics, "F1Score", {"average": "mean"}, ("average", "'macro'", "'mean'")),
    (metrics, "F1Score", {"threshold": 2}, ("threshold", "0 to 1", "2")),
    (metrics, "FBetaScore", {"beta": 0}, ("beta", "above 0", "0")),
    (metrics, "F1Score", {"average": "macro", "class_names": ["a"]}, ("class_names", "'macro'")),
    (metrics, "MeanIoU", {"num_classes": 1}, ("num_classes", "at least 2", "1")),
    (metrics, "IoU", {"num_classes": 3, "target_class_ids": [3]}, ("target_class_ids", "0 to 2")),
    (metrics, "BinaryIoU", {"threshold": 1.1}, ("threshold", "0 to 1", "1.1")),
    (metrics, "CohenKappa", {"num_classes": 3, "weightage": "cubic"}, ("weightage", "'linear'")),
    (
        metrics,
        "ConfusionMatrix",
        {"num_classes": 3, "class_names": ["a", "b"]},
        ("class_names", "2", "3"),
    ),
    (metrics, "R2Score", {"class_aggregation": "mean"}, ("class_aggregation", "uniform_average")),
    (metrics, "R2Score", {"num_regressors": -1}, ("num_regressors", "-1")),
    (metrics, "BinaryAccuracy", {"threshold": 7}, ("threshold", "0 to 1", "7")),
    (metrics, "TopKCategoricalAccuracy", {"k": 0}, ("k", "at least 1", "0")),
    (metrics, "MeanRelativeError", {"normalizer": "std"}, ("normalizer", "'std'")),
    (initializers, "RandomNormal", {"stddev": -1}, ("RandomNormal", "stddev", "-1")),
    (initializers, "RandomUniform", {"minval": 1, "maxval": 0}, ("minval", "maxval", "1", "0")),
    (initializers, "HeNormal", {"seed": "one"}, ("HeNormal", "seed", "'one'")),
    (initializers, "VarianceScaling", {"mode": "fan"}, ("fan_in", "'fan'")),
    (initializers, "Orthogonal", {"gain": None}, ("gain", "None")),
    (regularizers, "L1", {"l1": -0.1}, ("l1", "-0.1")),
    (regularizers, "L2", {"l2": True}, ("l2", "True")),
    (regularizers, "L2", {"l3": 0.1}, ("l2", "'l3'")),
    (regularizers, "OrthogonalRegularizer", {"mode": "row"}, ("mode", "'rows'", "'row'")),
    (constraints, "MaxNorm", {"max_value": -1}, ("MaxNorm", "max_value", "-1")),
    (constraints, "MinMaxNorm", {"min_value": 2, "max_value": 1}, ("min_value", "max_value", "2")),
    (constraints, "MinMaxNorm", {"rate": 2}, ("rate", "0 to 1", "2")),
]


@pytest.mark.parametrize(
    ("module", "name", "options", "facts"),
    ARGUMENTS,
    ids=[f"{name}-{'-'.join(options)}-{i}" for i, (_, name, options, _) in enumerate(ARGUMENTS)],
)
def test_arguments_out_of_range(
    module: Any, name: str, options: dict[str, Any], facts: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        getattr(module, name)(**options)
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("module", "wrong", "right"),
    [
        (losses, "binary_crossentrop", "binary_crossentropy"),
        (losses, "mean_square_error", "mean_squared_error"),
        (metrics, "precison", "Precision"),
        (metrics, "acuracy", "accuracy"),
        (activations, "leakyrelu", "leaky_relu"),
        (initializers, "glorot_unifrom", "glorot_uniform"),
        (regularizers, "orthogonal_regulariser", "orthogonal_regularizer"),
        (constraints, "max_nrom", "max_norm"),
    ],
)
def test_unknown_names_propose_the_nearest(module: Any, wrong: str, right: str) -> None:
    for call in (module.get, module.deserialize):
        with pytest.raises(ComponentNotFoundError) as caught:
            call(wrong)
        assert wrong in str(caught.value)
        assert right in str(caught.value)


def test_custom_objects_of_deserialize() -> None:
    def doubled(x: Any, *_: Any) -> Any:
        return x * 2

    for module in (activations, initializers, regularizers, constraints):
        assert module.deserialize("doubled", {"doubled": doubled}) is doubled
    assert losses.deserialize("doubled", custom_objects={"doubled": doubled}).name == "doubled"
    assert metrics.deserialize("doubled", custom_objects={"doubled": doubled}).name == "doubled"


# metric, targets, predictions, facts of the message
SHAPES: list[tuple[Any, Any, Any, tuple[str, ...]]] = [
    (metrics.AUC(multi_label=True, num_labels=3), (4, 2), (4, 2), ("3", "(4, 2)")),
    (metrics.AUC(label_weights=[1, 2]), (4, 3), (4, 3), ("2 labels", "(4, 3)")),
    (metrics.Precision(top_k=5), (4, 3), (4, 3), ("top_k", "5", "(4, 3)")),
    (metrics.Recall(class_id=3), (4, 3), (4, 3), ("class_id", "3", "0 to 2")),
    (metrics.RecallAtPrecision(0.5, class_id=3), (4, 3), (4, 3), ("class_id", "0 to 2")),
    (metrics.F1Score(), (4,), (4,), ("F1Score", "(batch, classes)")),
    (metrics.F1Score(class_names=["a", "b"]), (4, 3), (4, 3), ("2 classes", "(4, 3)")),
    (metrics.MeanRelativeError([1.0, 2.0]), (4, 3), (4, 3), ("normalizer", "(2,)", "3")),
    (metrics.MeanTensor(shape=(2,)), (3,), None, ("(2,)", "(3,)")),
]
NEVER = """AUC Precision TruePositives SensitivityAtSpecificity R2Score F1Score BinaryIoU
    CosineSimilarity Hinge Poisson KLDivergence LogCoshError PearsonCorrelation""".split()
_REQUIRED = {"SensitivityAtSpecificity": {"specificity": 0.5}}


@pytest.mark.parametrize(("metric", "target", "prediction", "facts"), SHAPES)
def test_shapes_that_a_metric_does_not_take(
    metric: Any, target: Any, prediction: Any, facts: tuple[str, ...]
) -> None:
    arrays = [np.ones(s, "float32") for s in (target, prediction) if s is not None]
    with pytest.raises(ShapeError) as caught:
        metric.update_state(*arrays)
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("shapes", [((6, 1), (6, 2)), ((6,), (3, 6)), ((2, 6), (6,))])
def test_metrics_never_broadcast(name: str, shapes: Any) -> None:
    metric = getattr(metrics, name)(**_REQUIRED.get(name, {}))
    with pytest.raises(ShapeError):
        metric.update_state(*[np.ones(shape, "float32") for shape in shapes])
    assert float(metric.result()) == 0.0


@pytest.mark.parametrize("name", ["AUC", "Precision", "FalseNegatives", "BinaryIoU", "R2Score"])
def test_flat_and_column_targets_count_the_same(name: str) -> None:
    y, p = classes(2, 8).astype("float32"), np.abs(numbers(8)) % 1
    column = getattr(metrics, name)()(y, p[:, None])
    flat = getattr(metrics, name)()(y[:, None], p)
    assert float(column) == pytest.approx(float(getattr(metrics, name)()(y, p)))
    assert float(flat) == pytest.approx(float(column))


@pytest.mark.parametrize("name", ["Precision", "R2Score", "MeanIoU", "MeanSquaredError"])
def test_weights_of_another_length(name: str) -> None:
    metric = getattr(metrics, name)(*([2] if name == "MeanIoU" else []))
    y = classes(2, 6, 1)
    with pytest.raises(ShapeError) as caught:
        metric.update_state(y, y if name == "MeanIoU" else y.astype("float32"), np.ones(5))
    assert "(5,)" in str(caught.value)
    assert "(6," in str(caught.value)


X, KINDS = numbers(12, 3), classes(3, 12)
TARGETS: list[tuple[str, int, Any, tuple[str, ...]]] = [
    ("poisson", 1, numbers(12, 1), ("Poisson", "counts", "row")),
    ("kl_divergence", 3, -np.ones((12, 3)), ("KLDivergence", "probabilities", "-1")),
    ("categorical_focal_crossentropy", 3, np.eye(3)[KINDS] - 0.5, ("share", "-0.5")),
    ("binary_focal_crossentropy", 1, KINDS[:, None], ("BinaryFocalCrossentropy", "0 to 1")),
    ("hinge", 1, KINDS[:, None] * 3, ("Hinge", "-1 and 1", "6")),
    ("contrastive_loss", 1, KINDS[:, None], ("ContrastiveLoss", "1 for pairs")),
    (
        "categorical_generalized_cross_entropy",
        3,
        KINDS + 1,
        ("class number 3", "3 classes", "0 to 2"),
    ),
    ("triplet_hard_loss", 3, np.eye(3)[KINDS], ("TripletHardLoss", "(12, 3)")),
    ("ctc", 3, KINDS, ("CTC", "(batch, labels)", "(12,)")),
]


@pytest.mark.parametrize(("loss", "count", "y", "facts"), TARGETS, ids=[t[0] for t in TARGETS])
def test_targets_that_a_loss_does_not_take(
    loss: str, count: int, y: Any, facts: tuple[str, ...]
) -> None:
    model = classifier(count=count, loss=loss)
    fails_untouched(model, DataError, facts, lambda: model.fit(X, y, verbose=0))


def test_labels_of_ctc() -> None:
    loss = losses.CTC()
    for labels, facts in (
        (np.array([[1, 4]]), ("class number 4", "row 0", "4 classes", "0 (the blank) to 3")),
        (np.array([[1, 2, 3, 1, 2, 3]]), ("6 labels", "5 steps")),
    ):
        with pytest.raises(DataError) as caught:
            loss.check_targets(labels, (None, 5, 4), "The targets y")
        for fact in facts:
            assert fact in str(caught.value)
    with pytest.raises(ShapeError, match="CTC"):
        loss(np.ones((2,)), np.ones((2, 5, 4), "float32"))


def test_labels_that_a_metric_does_not_know_are_refused_before_training() -> None:
    for metric in (metrics.MeanIoU(2, sparse_y_pred=False), metrics.CohenKappa(2)):
        model = Sequential([Input((3,)), Linear(2)])
        model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=[metric])
        model.compile("sgd", loss=lambda y, p: p, metrics=[metric])
        facts = ("The targets y", "class number 2", "2 classes", "0 to 1", metric.name)
        fails_untouched(model, DataError, facts, lambda m=model: m.fit(X, KINDS, verbose=0))
        with pytest.raises(DataError, match="class number 2"):
            metric.update_state(KINDS, np.ones((12, 2), "float32"))


def test_tensors_that_others_do_not_take() -> None:
    with pytest.raises(ShapeError, match=r"glu.*even.*\(2, 3\)"):
        activations.glu(np.ones((2, 3), "float32"))
    with pytest.raises(ShapeError, match=r"matrix.*\(2, 2, 2\)"):
        regularizers.OrthogonalRegularizer()(np.ones((2, 2, 2), "float32"))
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3, 3\)"):
        initializers.Constant([1.0, 2.0])((3, 3))
    with pytest.raises(ConfigurationError, match=r"Identity.*\(2,\)"):
        initializers.Identity()((2,))
    with pytest.raises(ShapeError, match="weights"):
        losses.Dice()(np.ones((2, 2)), np.ones((2, 2), "float32"), np.ones(2))
