"""Laws that every formula obeys, on made-up input.

No NaN comes from finite numbers, the order of the samples does not matter, a metric over batches is
that over the whole, and a projection done twice is the projection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kcore import activations, backend, constraints, initializers, losses, metrics, regularizers

laws = settings(max_examples=25, derandomize=True, deadline=None, database=None)
few = settings(laws, max_examples=8)  # where one example costs several batches
FLOATS = st.floats(-100, 100, width=32)
SHARES = st.floats(0, 1, width=32)


def matrix(elements: Any, rows: int = 6, columns: int = 4) -> Any:
    return arrays.arrays("float32", (rows, columns), elements=elements)


@st.composite
def batches(draw: Any, kind: str) -> tuple[Any, Any]:
    """Targets and predictions of the kind that a loss or metric expects."""
    seed = draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    numbers = random.integers(0, 4, 6)
    shares = draw(matrix(SHARES)) + np.float32(1e-3)
    softmax = shares / shares.sum(-1, keepdims=True)
    if kind == "real":
        return draw(matrix(FLOATS)), draw(matrix(FLOATS))
    if kind == "positive":
        return np.abs(draw(matrix(FLOATS))), np.abs(draw(matrix(FLOATS)))
    if kind == "shares":
        return random.integers(0, 2, (6, 4)).astype("float32"), draw(matrix(SHARES))
    if kind == "one hot":
        return np.eye(4, dtype="float32")[numbers], softmax
    if kind == "numbers":
        return numbers, softmax
    if kind == "pairs":
        return numbers, random.integers(0, 4, 6)
    return numbers, draw(matrix(FLOATS)) / np.float32(100)


LOSSES: list[tuple[str, dict[str, Any], str]] = [
    *[
        (name, {}, "real")
        for name in """MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError Huber LogCosh
        Hinge SquaredHinge CategoricalHinge CosineSimilarity""".split()
    ],
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("Poisson", {}, "positive"),
    ("ContrastiveLoss", {}, "shares"),
    ("BinaryCrossentropy", {}, "shares"),
    ("BinaryCrossentropy", {"label_smoothing": 0.3}, "shares"),
    ("BinaryFocalCrossentropy", {"gamma": 0.5, "apply_class_balancing": True}, "shares"),
    ("Dice", {}, "shares"),
    ("Dice", {"axis": (1,)}, "shares"),
    ("Tversky", {"alpha": 0.0, "beta": 0.0}, "shares"),
    ("KLDivergence", {}, "one hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.3}, "one hot"),
    ("CategoricalFocalCrossentropy", {"gamma": 0.5}, "one hot"),
    ("SparseCategoricalCrossentropy", {}, "numbers"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "numbers"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "numbers"),
    ("TripletSemiHardLoss", {}, "embedding"),
    ("TripletHardLoss", {"soft": True}, "embedding"),
    ("TripletHardLoss", {"distance_metric": "angular"}, "embedding"),
    ("Circle", {}, "embedding"),
]
LOSS_IDS = [f"{name}-{kind}-{'-'.join(options)}" for name, options, kind in LOSSES]


@pytest.mark.parametrize(("name", "options", "kind"), LOSSES, ids=LOSS_IDS)
@given(data=st.data())
@few
def test_losses(name: str, options: dict[str, Any], kind: str, data: Any) -> None:
    y, p = data.draw(batches(kind))
    order = data.draw(st.permutations(range(6)))
    loss = getattr(losses, name)(**options)
    value, slope = value_and_slope(loss, y, p)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    assert float(loss(y[order], p[order])) == pytest.approx(float(value), rel=1e-3, abs=1e-4)


def value_and_slope(loss: Any, y: Any, p: Any) -> tuple[Any, Any]:
    tensor = backend.tensor.convert(p)
    slope = backend.autodiff.gradients(backend.tensor.convert(1.0), [tensor], lambda x: loss(y, x))
    return np.array(loss(y, tensor)), np.array(slope[0])


METRICS: list[tuple[str, dict[str, Any], str]] = [
    *[
        (name, {}, "real")
        for name in """MeanSquaredError RootMeanSquaredError MeanAbsoluteError LogCoshError Hinge
        MeanAbsolutePercentageError CosineSimilarity R2Score PearsonCorrelation
        ConcordanceCorrelation""".split()
    ],
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, "real"),
    ("MeanRelativeError", {"normalizer": [1.0, 0.0, 2.0, -3.0]}, "real"),
    *[
        (name, {}, "shares")
        for name in """TruePositives FalsePositives TrueNegatives FalseNegatives Precision Recall
        AUC BinaryIoU BinaryAccuracy BinaryCrossentropy""".split()
    ],
    ("Precision", {"thresholds": [0.7, 0.2], "top_k": 2}, "shares"),
    ("AUC", {"curve": "PR", "multi_label": True}, "shares"),
    ("AUC", {"curve": "PRGAIN", "summation_method": "minoring"}, "shares"),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, "shares"),
    ("PrecisionAtRecall", {"recall": 0.5}, "shares"),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.5}, "shares"),
    ("F1Score", {"average": "weighted"}, "one hot"),
    ("CategoricalAccuracy", {}, "one hot"),
    ("KLDivergence", {}, "one hot"),
    ("OneHotMeanIoU", {"num_classes": 4}, "one hot"),
    ("ConfusionMatrix", {"num_classes": 4, "normalize": "true"}, "one hot"),
    ("SparseCategoricalAccuracy", {}, "numbers"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "numbers"),
    ("MatthewsCorrelation", {"num_classes": 4}, "numbers"),
    ("CohenKappa", {"num_classes": 4, "weightage": "quadratic"}, "pairs"),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 2}, "pairs"),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 3]}, "pairs"),
]
METRIC_IDS = [f"{name}-{kind}-{'-'.join(options)}" for name, options, kind in METRICS]


@pytest.mark.parametrize(("name", "options", "kind"), METRICS, ids=METRIC_IDS)
@given(data=st.data())
@few
def test_metrics(name: str, options: dict[str, Any], kind: str, data: Any) -> None:
    y, p = data.draw(batches(kind))
    weights = data.draw(arrays.arrays("float32", (6,), elements=st.sampled_from([0.0, 0.5, 1, 2])))
    order = list(data.draw(st.permutations(range(6))))
    cut = data.draw(st.integers(0, 6))

    def over(*parts: Any) -> Any:
        metric = getattr(metrics, name)(**options)
        for rows in parts:
            metric.update_state(y[rows], p[rows], sample_weight=weights[rows])
        return np.array(metric.result())

    whole = over(order)
    assert np.isfinite(whole).all()
    parts = list(range(cut)), list(range(cut, 6))
    np.testing.assert_allclose(over(*parts), whole, rtol=1e-4, atol=1e-5)
    # a sample of weight 0 is as if it were not there
    counted = [i for i in range(6) if weights[i] > 0]
    np.testing.assert_allclose(over(counted), whole, rtol=1e-4, atol=1e-5)


FUNCTIONS = """celu elu gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus tanh tanh_shrink""".split()


@pytest.mark.parametrize("name", FUNCTIONS)
@given(x=matrix(FLOATS), order=st.permutations(range(6)))
@laws
def test_activations(name: str, x: Any, order: Any) -> None:
    function = activations.get(name)
    found = np.array(function(x))
    assert np.isfinite(found).all()
    # kernels compute the last few of an array one by one, whose rounding may differ
    np.testing.assert_allclose(function(x[order]), found[order], rtol=1e-6, atol=1e-30)
    if name in ("softmax", "sparsemax"):
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MaxNorm", {"max_value": 1.5}),
        ("NonNeg", {}),
        ("UnitNorm", {"axis": [0, 1]}),
        ("MinMaxNorm", {"min_value": 0.5, "max_value": 2.0}),
    ],
)
@given(w=matrix(FLOATS))
@laws
def test_projections_done_twice_are_the_projection(
    name: str, options: dict[str, Any], w: Any
) -> None:
    w = np.where(np.abs(w) < 1e-2, 0, w)  # lengths near epsilon are not scaled all the way
    project = getattr(constraints, name)(**options)
    once = np.array(project(w))
    assert np.isfinite(once).all()
    np.testing.assert_allclose(project(once), once, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2", "OrthogonalRegularizer"])
@given(w=matrix(FLOATS), order=st.permutations(range(6)))
@laws
def test_penalties(name: str, w: Any, order: Any) -> None:
    penalty = getattr(regularizers, name)()
    value = float(penalty(w))
    assert np.isfinite(value)
    assert value >= 0
    assert float(penalty(w[order])) == pytest.approx(value, rel=1e-4, abs=1e-6)
    assert float(penalty(-w)) == pytest.approx(value, rel=1e-4, abs=1e-6)


@given(shape=st.lists(st.integers(1, 5), min_size=2, max_size=4), seed=st.integers(0, 2**31 - 1))
@laws
def test_initializers_keep_their_shape_and_seed(shape: list[int], seed: int) -> None:
    for name in ("GlorotNormal", "HeUniform", "Orthogonal", "TruncatedNormal"):
        make = getattr(initializers, name)(seed=seed)
        first = np.array(make(tuple(shape)))
        assert first.shape == tuple(shape)
        assert np.isfinite(first).all()
        np.testing.assert_array_equal(first, np.array(make(tuple(shape))))
