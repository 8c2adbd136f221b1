"""kcore.ops against keras.ops: values, dtypes, symbolic shapes, gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import kcore
from kcore import SymbolicTensor, ops, shapes, tree

_random = np.random.default_rng(3)
F = _random.uniform(0.2, 0.9, (3, 4)).astype("float32")
G = _random.uniform(-0.9, 0.9, (3, 4)).astype("float32")
D, H = F.astype("float64"), F.astype("float16")
I = (F * 10).astype("int32")  # noqa: E741
L, U, B = I.astype("int64"), I.astype("uint8"), F > 0.5
V, W = F[0], F[1]
S = (F[:, :3] + F[:, :3].T + 3 * np.eye(3)).astype("float32")  # symmetric, positive
M = _random.normal(size=(2, 4, 3)).astype("float32")
X = _random.normal(size=(2, 4, 6, 8)).astype("float32")
N = np.array([[1.0, np.nan, np.inf, -np.inf]], "float32")
LOW = np.tril(S)
P = F / F.sum(-1, keepdims=True)
IDS = np.array([1, 0, 1], "int32")
SIGNAL = _random.normal(size=(2, 50)).astype("float32")

# name, arguments, named arguments; arrays become symbolic tensors in the test of shape rules
CASES: list[tuple[Any, ...]] = []


def add(names: str, *args: Any, **kwargs: Any) -> None:
    CASES.extend((name, args, kwargs) for name in names.split())


for value in (F, I, B, H, D, L, U):
    add("sum prod mean var std max min amax amin any all argmax argmin average median", value)
    add("count_nonzero ravel log2 log10 trace square isfinite tril", value)
    add("cumsum cumprod", value, axis=1)
for pair in (
    (F, I),
    (I, F),
    (H, I),
    (I, L),
    (U, I),
    (B, I),
    (H, F),
    (F, D),
    (F, 2),
    (I, 2.5),
    (H, 2),
):
    add("add subtract multiply divide maximum power" if pair[0] is not B else "add", *pair)
    add("divide_no_nan isclose equal", *pair)
add("absolute arccos arcsin arctan ceil cos cosh erf erfinv exp expm1 floor log log1p", F)
add("log_sigmoid log_softmax logsumexp negative reciprocal relu relu6 round rsqrt selu sigmoid", G)
add("sign silu sin sinh softmax softplus softsign tan tanh elu gelu hard_sigmoid hard_silu", G)
add("leaky_relu normalize norm sqrt square diff sort argsort arcsinh", F)
add("isnan isinf isfinite", N)
add("round", G * 10, decimals=1)
add("round", I, decimals=-1)
add("max", F, axis=1, initial=0.7)
add("min", F, axis=1, keepdims=True, initial=0.7)
add("argmax argmin", F, keepdims=True)
add("cumsum cumprod", F)
add("sum max mean logsumexp", F, axis=(0, 1), keepdims=True)
add("moments", F, axes=[0])
add("mod floor_divide arctan2 minimum", G, F)
add("logical_and logical_or logical_xor", B, ~B)
add("less less_equal greater greater_equal not_equal", F, V)
add("average", F, axis=1, weights=V)
add("average", I, axis=0, weights=IDS)
add("average", F, weights=F)
for order in (1, 2, 3, np.inf, -np.inf, 0):
    add("norm", G, ord=order, axis=1)
for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    add("norm", G, ord=order)
    add("norm", M, ord=order, axis=(0, 2), keepdims=True)
for method in ("linear", "lower", "higher", "midpoint", "nearest"):
    add("quantile", F, 0.4, axis=1, method=method)
    add("percentile", F, 35.0, axis=0, method=method)
add("quantile", I, [0.25, 0.5], axis=1, keepdims=True)
add("median", M, axis=(0, 2))
add("allclose isclose", F, F + 1e-7)
add("diff", M, n=2, axis=1)
add("append", F, I)
add("append", F, F, axis=0)
add("hstack vstack concatenate stack", [F, I])
add("hstack", [V, W])
add("hsplit", F, 2)
add("vsplit", F, [1])
add("moveaxis", X, (0, 1), (-1, 0))
add("roll", F, 1)
add("roll", F, (1, -2), axis=(0, 1))
add("outer inner vdot dot matmul", V, W)
add("inner", F, G)
add("outer", F, V)
add("dot", F, G.T)
add("matmul", M, np.swapaxes(M, 1, 2))
add("matmul", I, I.T)
add("tensordot", F, G, axes=[[1], [1]])
add("einsum", "bi,bj->ij", F, G)
add("cross", F[:, :3], G[:, :3])
add("cross", F[:, :2], G[:, :3])
add("cross", F[:, :2], G[:, :2])
add("cross", F[:, :3].T, G[:, :3].T, axis=0)
add("swapaxes", M, 0, 2)
add("transpose flip squeeze", X)
add("depth_to_space space_to_depth", X, 2)
add("space_to_depth", X, 2, data_format="channels_first")
add("diag", V, k=1)
add("diag diagonal", F, 1)
add("diagonal", X, offset=-1, axis1=1, axis2=3)
add("trace", M, 0, 1, 2)
add("tril triu", M, k=-1)
add("tril triu", M, k=1)
add("linspace", 0, 10, 5)
add("linspace", V, W, 4, endpoint=False, axis=-1)
add("linspace", 0, 1, 5, retstep=True)
add("linspace", 0, 10, 4, dtype="int32")
add("meshgrid", V, W[:2])
add("meshgrid", V, W[:2], W[:3], indexing="ij")
add("eye tri", 3, k=1)
add("eye", 2, 4, dtype="int32")
add("identity", 3)
add("zeros ones empty", (2, 3))
add("zeros_like ones_like", I)
add("full_like", I, 2.5)
add("arange", 5)
add("arange", 1, 7, 2)
add("arange", 0.0, 1.0, 0.25)
add("array", I)
add("take_along_axis", F, I % 8 - 4, axis=1)
add("take_along_axis", F, np.array([3, 0]))
add("take", F, np.array([0, -1]), axis=1)
add("where", B, F, I)
add("where nonzero", B)
add("nonzero", I)
add("segment_sum segment_max", F, IDS)
add("segment_sum segment_max segment_min segment_prod", F, IDS, num_segments=4)
add("scatter", np.array([[0], [2], [0]]), F, (5, 4))
for kind in (None, "add", "max", "min", "mul"):
    add("scatter_update", F, np.array([[0, 1], [2, 3]]), V[:2], reduction=kind)
add("scatter_update", F, np.array([[0], [2]]), F[:2], reduction="mul")
add("slice_update", F, (1, 1), G[:2, :3])
add("slice", F, (1, 1), (2, 3))
add("bincount", I[0])
add("bincount", I)
add("bincount", I[0], weights=V, minlength=12)
add("searchsorted", np.sort(V), W)
add("searchsorted", np.sort(I[0]), I[1], side="right")
add("histogram", F.ravel(), bins=5)
add("histogram", F.ravel(), bins=4, range=(0.3, 0.7))
add("unique", I)
add("unique", I[0], return_index=True, return_inverse=True, return_counts=True)
add("unique", np.array([3, 1, 1, 2]), sorted=False)
add("unique", np.array([[1, 2], [0, 3], [1, 2], [0, 1]]), axis=0, return_counts=True)
add("unique", np.array([3, 1, 1, 2]), size=5, fill_value=9)
add("unique", np.array([3, 1, 1, 2]), size=2)
add("multi_hot", I % 3, 3)
add("multi_hot", I[0] % 3, 3, dtype="int32")
add("one_hot", np.array([0, -1, 5]), 3)
add("categorical_crossentropy", P, P[::-1])
add("sparse_categorical_crossentropy", IDS, 3.0 * F)  # what is above 1 counts as 1
add("binary_crossentropy", P, G, from_logits=True)
add("batch_normalization", F, V, W, axis=-1)
add("batch_normalization", F, F[:, 0], F[:, 1], 0, offset=G[:, 0], scale=G[:, 1], epsilon=0.1)
add("expand_dims", F, (0, -1))
add("expand_dims", F, (1, 2))
add("reshape", F, -1)
add("tile", F, (2, 1, 3))
add("argsort", F, axis=None)
add("einsum", "ij,jk->ik", F, I.T)
add("cross", F[:, :3], I[:, :3])
add("absolute sign", U)
add("relu relu6", I)
add("clip", B, -1, 1)
add("add multiply equal maximum", H, True)
add("erfinv", H)
add("categorical_crossentropy", P, G, from_logits=True)
add("sparse_categorical_crossentropy", IDS, P)
add("sparse_categorical_crossentropy", IDS[:, None], G, from_logits=True)
add("binary_crossentropy", P, P[::-1])
add("ctc_loss", I[:, :2] % 2 + 1, _random.normal(size=(3, 6, 3)).astype("float32"),
    np.array([2, 1, 2]), np.array([6, 5, 6]))  # fmt: skip
add("top_k", F, 2)
add("in_top_k", IDS, F, 2)
add("cholesky det inv logdet slogdet eigh lu_factor matrix_rank svd qr pinv", S)
add("cholesky", S, upper=True)
add("pinv matrix_rank qr", M)
add("qr", M, mode="complete")
add("svd", M, compute_uv=False)
add("solve", S, F[:, :2])
add("solve", S, F[:, 0])
add("solve_triangular", LOW, F[:, :2], lower=True)
add("solve_triangular", LOW.T, F[:, 0])
add("lstsq", F, G[:, :2])
add("lstsq", F.T, G[0])
add("fft fft2 ifft2", (F, G))
add("rfft", F)
add("rfft", D)
add("rfft", F, fft_length=6)
add("irfft", (F, G))
add("irfft", (F, G), fft_length=5)
add("extract_sequences", SIGNAL, 8, 3)
for window in ("hann", "hamming", None):
    add("stft", SIGNAL, 8, 3, 10, window=window)
add("stft", SIGNAL, 8, 3, 8, center=False)
IDENTIFIERS = [f"{name}-{i}" for i, (name, _, _) in enumerate(CASES)]


def _flat(value: Any) -> list[Any]:
    return tree.flatten(list(value) if isinstance(value, tuple) else value)


def _names(values: list[Any]) -> list[str]:
    return [str(getattr(v.dtype, "name", v.dtype)) if hasattr(v, "dtype") else "" for v in values]


def _symbols(values: Any, loose: bool) -> Any:
    def symbol(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray):
            return leaf
        return SymbolicTensor((None, *leaf.shape[1:]) if loose else leaf.shape, leaf.dtype.name)

    return tree.map_leaves(symbol, values)


@pytest.mark.parametrize(("name", "args", "kwargs"), CASES, ids=IDENTIFIERS)
def test_values_and_dtypes_are_those_of_keras(name: str, args: Any, kwargs: Any) -> None:
    as_tensors = tree.map_leaves(
        lambda leaf: tf.constant(leaf) if isinstance(leaf, np.ndarray) else leaf, (args, kwargs)
    )
    expected = _flat(getattr(keras.ops, name)(*as_tensors[0], **as_tensors[1]))
    received = _flat(getattr(ops, name)(*args, **kwargs))
    assert _names(received) == _names(expected)
    for ours, theirs in zip(received, expected, strict=True):
        rough = 2e-3 if _names([ours]) == ["float16"] else 1e-5
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=rough, atol=rough)


@pytest.mark.parametrize(("name", "args", "kwargs"), CASES, ids=IDENTIFIERS)
def test_symbolic_results_are_those_of_the_computation(name: str, args: Any, kwargs: Any) -> None:
    if not any(isinstance(leaf, np.ndarray) for leaf in tree.flatten((args, kwargs))):
        pytest.skip("no tensor among the arguments")
    function = getattr(ops, name)
    real = _flat(function(*args, **kwargs))
    for loose in (False, True):
        if loose and name in ("hsplit", "vsplit", "split", "size", "cross"):
            continue  # the number or length of the parts is needed
        symbols = _symbols((args, kwargs), loose)
        found = _flat(function(*symbols[0], **symbols[1]))
        assert len(found) == len(real)
        for symbol, value in zip(found, real, strict=True):
            if not isinstance(symbol, SymbolicTensor):
                assert symbol == value
                continue
            assert shapes.compatible(symbol.shape, tuple(value.shape))
            assert len(symbol.shape) == len(value.shape)
            assert symbol.dtype == value.dtype.name


SMOOTH: list[tuple[str, Callable[..., Any], list[Any]]] = [
    ("average", lambda o, x: o.average(x, axis=1, weights=V), [F]),
    ("quantile", lambda o, x: o.quantile(x, 0.3, axis=1), [F]),
    ("norm", lambda o, x: o.norm(x, ord=3, axis=1), [F]),
    ("nuclear", lambda o, x: o.norm(x, ord="nuc"), [F]),
    ("divide_no_nan", lambda o, x, y: o.divide_no_nan(x, y), [F, np.where(B, F, 0)]),
    ("cross", lambda o, x: o.cross(x, G[:, :3]), [F[:, :3]]),
    ("diagonal", lambda o, x: o.diagonal(x, 1), [F]),
    ("tril", lambda o, x: o.tril(x), [F]),
    ("roll", lambda o, x: o.roll(x, 2), [F]),
    ("scatter_update", lambda o, x, y: o.scatter_update(x, [[0], [2]], y), [F, G[:2]]),
    ("segment_sum", lambda o, x: o.segment_sum(x, IDS, num_segments=2), [F]),
    ("segment_max", lambda o, x: o.segment_max(x, IDS, num_segments=2), [F]),
    ("cholesky", lambda o, x: o.cholesky(x), [S]),
    ("inv", lambda o, x: o.inv(x), [S]),
    ("logdet", lambda o, x: o.logdet(x), [S]),
    ("solve", lambda o, x, y: o.solve(x, y), [S, F]),
    ("stft", lambda o, x: o.stft(x, 8, 3, 10)[0], [SIGNAL]),
    ("log_sigmoid", lambda o, x: o.log_sigmoid(x), [G * 50]),
    ("erfinv", lambda o, x: o.erfinv(x), [G]),
    ("cce", lambda o, x: o.categorical_crossentropy(P, x), [P[::-1].copy()]),
    ("scce", lambda o, x: o.sparse_categorical_crossentropy(IDS, x, from_logits=True), [G]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "function", "inputs"), SMOOTH, ids=[case[0] for case in SMOOTH])
def test_gradients_are_those_of_keras(name: str, function: Any, inputs: Any) -> None:
    gradients = []
    for library in (ops, keras.ops):
        tensors = [tf.constant(value) for value in inputs]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = function(library, *tensors)
            total = tf.reduce_sum(result * result)
        gradients.append(tape.gradient(total, tensors))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def _cumulative(o: Any) -> Any:
    return o.scan(lambda carry, x: (carry + x, carry * x), o.zeros((4,)), o.convert_to_tensor(F))


def _pair(o: Any) -> Any:
    return o.convert_to_tensor(F), o.convert_to_tensor(G)


CONTROL: list[Callable[[Any], Any]] = [
    lambda o: o.cond(o.convert_to_tensor(True), lambda: F, lambda: G),
    lambda o: o.cond(o.convert_to_tensor(False), lambda: F, lambda: G),
    lambda o: o.switch(1, [lambda x: x, lambda x: x * 2], _pair(o)[0]),
    lambda o: o.switch(o.convert_to_tensor(9), [lambda x: x, lambda x: x * 3], _pair(o)[0]),
    lambda o: o.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, _pair(o)[0])),
    lambda o: o.while_loop(
        lambda i: i < 30, lambda i: (i + 1,), (o.convert_to_tensor(0),), maximum_iterations=4
    ),
    lambda o: o.fori_loop(0, 4, lambda i, x: x + o.cast(i, "float32"), _pair(o)[0]),
    lambda o: o.map(lambda x: x * 2, _pair(o)[0]),
    lambda o: o.map(lambda xs: (xs[0] + xs[1], o.sum(xs[0])), _pair(o)),
    lambda o: o.vectorized_map(lambda x: o.sum(x) * x, _pair(o)[0]),
    _cumulative,
    lambda o: o.scan(lambda c, x: (c + x, c), o.zeros((4,)), _pair(o)[0], reverse=True),
    lambda o: o.scan(lambda c, _: (c * 2, c), o.ones((2,)), length=3),
    lambda o: o.custom_gradient(lambda x: (x * 2, lambda upstream: upstream))(_pair(o)[0]),
]


@pytest.mark.parametrize("run", CONTROL, ids=range(len(CONTROL)))
def test_loops_and_branches_are_those_of_keras(run: Callable[[Any], Any]) -> None:
    for ours, theirs in zip(_flat(run(ops)), _flat(run(keras.ops)), strict=True):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-6)
    compiled = tf.function(lambda: run(ops), autograph=False)()
    for eager, traced in zip(_flat(run(ops)), _flat(compiled), strict=True):
        np.testing.assert_allclose(np.asarray(eager), np.asarray(traced), rtol=1e-6)


def test_what_differs_from_keras_agrees_with_numpy() -> None:
    assert np.array_equal(ops.isclose(N, N, equal_nan=True), np.isclose(N, N, equal_nan=True))
    assert np.array_equal(ops.vstack([V, W]), np.vstack([V, W]))
    assert ops.size(F) == F.size
    counts, edges = ops.histogram(I, bins=4, range=(2, 8))
    expected = np.histogram(I, bins=4, range=(2, 8))
    assert np.array_equal(counts, expected[0]) and np.allclose(edges, expected[1])
    both = np.stack([S[::-1], S])
    single = zip(*map(ops.lu_factor, both), strict=True)
    for ours, theirs in zip(ops.lu_factor(both), single, strict=True):
        assert np.allclose(ours, theirs)
    x, y = tf.constant(F), tf.constant(G[:2, :3])
    with tf.GradientTape() as tape:  # Keras' kernel has no gradient
        tape.watch((x, y))
        total = tf.reduce_sum(ops.slice_update(x, (1, 1), y) ** 2)
    by_x, by_y = tape.gradient(total, (x, y))
    outside = np.pad(np.zeros((2, 3)), [(1, 0), (1, 0)], constant_values=1.0)
    assert np.allclose(by_x, 2 * F * outside) and np.allclose(by_y, 2 * G[:2, :3])


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("length", [None, 44])
def test_a_signal_comes_back_from_its_spectrum(center: bool, length: int | None) -> None:
    spectrum = tuple(np.asarray(v) for v in keras.ops.stft(SIGNAL, 8, 2, 10, center=center))
    theirs = keras.ops.istft(spectrum, 8, 2, 10, length=length, center=center)
    ours = ops.istft(spectrum, 8, 2, 10, length=length, center=center)
    symbols = tuple(SymbolicTensor(v.shape) for v in spectrum)
    rule = ops.istft(symbols, 8, 2, 10, length=length, center=center)
    assert rule.shape == tuple(ours.shape) == tuple(theirs.shape)
    # Keras divides by the sum of all windows also where only some of them are, near the ends
    inner = slice(10, 34)
    np.testing.assert_allclose(ours[:, inner], np.asarray(theirs)[:, inner], atol=1e-5)
    np.testing.assert_allclose(ours[:, 2:44], SIGNAL[:, 2 : 2 + ours[:, 2:44].shape[1]], atol=1e-5)


SYMBOLIC_CONTROL: list[Callable[[Any], Any]] = [
    lambda x: ops.cond(ops.sum(x) > 1, lambda: x, lambda: x * 2),
    lambda x: ops.switch(ops.cast(ops.sum(x), "int32"), [lambda y: y, lambda y: y * 3], x),
    lambda x: ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), (0, x))[1],
    lambda x: ops.fori_loop(0, 4, lambda i, y: y + ops.cast(i, "float32"), x),
    lambda x: ops.map(lambda row: ops.sum(row), x),
    lambda x: ops.vectorized_map(lambda row: row * 2, x),
    lambda x: ops.scan(lambda c, row: (c + row, c), ops.zeros((4,)), x)[1],
    lambda x: ops.custom_gradient(lambda y: (y * 2, lambda upstream: upstream))(x),
]


@pytest.mark.parametrize("run", SYMBOLIC_CONTROL, ids=range(len(SYMBOLIC_CONTROL)))
def test_loops_and_branches_work_inside_a_model(run: Callable[[Any], Any]) -> None:
    x = kcore.Input((4,))
    model = kcore.Model(x, run(x))
    result = model.predict_on_batch(F)
    expected = np.asarray(run(tf.constant(F)))
    assert shapes.compatible(model.output_shape, expected.shape)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


IMAGES = _random.uniform(0, 1, (2, 5, 6, 3)).astype("float32")
PLACES = _random.uniform(-9, 14, (2, 40)).astype("float32")
IMAGE_CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("pad_images", (IMAGES, 1, 2, 3, 4), {}),
    ("pad_images", (IMAGES[0],), {"top_padding": 1, "target_height": 9, "left_padding": 0,
                                  "target_width": 8}),
    ("extract_patches", (IMAGES, 2), {}),
    ("extract_patches", (IMAGES[0], (3, 2)), {"strides": 1}),
    ("extract_patches", (IMAGES, 2), {"strides": 2, "padding": "same"}),
    ("extract_patches", (IMAGES, 2), {"strides": 1, "dilation_rate": 2}),
    *[
        ("map_coordinates", (values, PLACES, order), {"fill_mode": mode, "fill_value": 7})
        for mode in ("constant", "nearest", "wrap")
        for order in (0, 1)
        for values in (IMAGES[0, :, :, 0], (IMAGES[0, :, :, 0] * 9).astype("int32"))
    ],
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs"), IMAGE_CASES, ids=range(len(IMAGE_CASES)))
def test_images_are_those_of_keras(name: str, args: Any, kwargs: Any) -> None:
    ours = getattr(ops.image, name)(*args, **kwargs)
    theirs = getattr(keras.ops.image, name)(*args, **kwargs)
    assert _names([ours]) == _names([theirs])
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    symbol = getattr(ops.image, name)(*_symbols(args, False), **kwargs)
    assert (symbol.shape, symbol.dtype) == (tuple(ours.shape), ours.dtype.name)


@pytest.mark.parametrize(("mode", "padding"), [("mirror", "reflect"), ("reflect", "symmetric")])
def test_mirrored_images_are_those_of_numpy(mode: str, padding: Any) -> None:
    image = IMAGES[0, :, :, 0]  # Keras reads behind the end here
    wide, places = np.pad(image, 20, mode=padding), PLACES + 20
    low = np.floor(places).astype(int)
    right = places - low
    expected = sum(
        wide[low[0] + i, low[1] + j]
        * np.where(i, right[0], 1 - right[0])
        * np.where(j, right[1], 1 - right[1])
        for i in (0, 1)
        for j in (0, 1)
    )
    result = ops.image.map_coordinates(image, PLACES, 1, mode)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    rounded = np.round(places).astype(int)
    nearest = ops.image.map_coordinates(image, PLACES, 0, mode)
    np.testing.assert_allclose(nearest, wide[rounded[0], rounded[1]])
