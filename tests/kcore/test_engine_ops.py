"""Laws that hold for all shapes: symbolic results are those of the real computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kcore import SymbolicTensor, dtypes, ops, shapes, tree
from kcore.errors import ConfigurationError, ShapeError

# TensorFlow's first call is slow, whatever the example
QUICK = settings(max_examples=25, deadline=None)
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
KINDS = st.sampled_from(["float32", "float64", "float16", "int32", "int64", "uint8", "bool"])


def real(shape: Any, dtype: str = "float32", seed: int = 0) -> Any:
    draw = np.random.default_rng(seed).uniform(0.1, 0.9, shape)
    return (
        (draw * 5).astype(dtype)
        if dtype[0] in "iu"
        else (draw > 0.5 if dtype == "bool" else draw.astype(dtype))
    )


def assert_law(run: Callable[..., Any], *arrays: Any) -> None:
    """The rule's shapes and dtypes are those of the result, known sizes or not."""
    result = tree.flatten(run(*arrays))
    exact = tree.flatten(run(*(SymbolicTensor(a.shape, a.dtype.name) for a in arrays)))
    loose = tree.flatten(run(*(SymbolicTensor((None, *a.shape[1:]), a.dtype.name) for a in arrays)))
    assert len(result) == len(exact) == len(loose)
    for value, known, open_ in zip(result, exact, loose, strict=True):
        shape, dtype = tuple(value.shape), value.dtype.name
        assert (known.shape, known.dtype) == (shape, dtype)
        assert shapes.compatible(open_.shape, shape)
        assert open_.dtype == dtype


UNARY = """absolute arctan ceil cos cosh erf exp expm1 floor isfinite isinf isnan log log1p
negative reciprocal round rsqrt sign sin sinh sqrt square tan relu relu6 sigmoid tanh
softplus softsign silu elu selu gelu leaky_relu hard_sigmoid softmax log_softmax
zeros_like ones_like copy stop_gradient cumsum cumprod flip sort argsort transpose""".split()
BINARY = """add arctan2 equal floor_divide greater greater_equal less less_equal maximum minimum mod
multiply not_equal power subtract true_divide""".split()
REDUCTIONS = "logsumexp max mean min prod sum var std argmax argmin norm".split()


@pytest.mark.parametrize("name", UNARY)
@QUICK
@given(shape=SIZES, dtype=st.sampled_from(["float32", "float64", "int32"]))
def test_functions_of_one_tensor(name: str, shape: Any, dtype: str) -> None:
    assert_law(getattr(ops, name), real(shape, dtype) + np.ones((), dtype))


@pytest.mark.parametrize("name", BINARY)
@QUICK
@given(shape=SIZES, data=st.data(), dtype=st.sampled_from(["float32", "float64", "int32"]))
def test_functions_of_two_tensors_broadcast(name: str, shape: Any, data: Any, dtype: str) -> None:
    other = tuple(size if data.draw(st.booleans()) else 1 for size in shape)[
        data.draw(st.integers(0, 1)) :
    ]
    one = np.ones((), dtype)
    function = getattr(ops, name)
    a, b = real(shape, dtype) + one, real(other, dtype, 1) + one
    result = function(a, b)
    found = function(SymbolicTensor(a.shape, dtype), SymbolicTensor(b.shape, dtype))
    assert (found.shape, found.dtype) == (tuple(result.shape), result.dtype.name)


@pytest.mark.parametrize("name", REDUCTIONS)
@QUICK
@given(shape=SIZES, data=st.data(), keep=st.booleans())
def test_reductions(name: str, shape: Any, data: Any, keep: bool) -> None:
    axis = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    keep = keep and not (name.startswith("arg") and axis is None)
    function = getattr(ops, name)
    assert_law(lambda x: function(x, axis=axis, keepdims=keep), real(shape))


@pytest.mark.parametrize("name", ["all", "any"])
@QUICK
@given(shape=SIZES, keep=st.booleans())
def test_reductions_of_truth_values(name: str, shape: Any, keep: bool) -> None:
    assert_law(lambda x: getattr(ops, name)(x, axis=-1, keepdims=keep), real(shape, "bool"))


@QUICK
@given(shape=SIZES, n=st.integers(1, 3), data=st.data())
def test_form(shape: Any, n: int, data: Any) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = real(shape)
    assert_law(lambda a: ops.expand_dims(a, axis), x)
    assert_law(lambda a: ops.concatenate([a, a], axis), x)
    assert_law(lambda a: ops.stack([a] * n, axis), x)
    assert_law(lambda a: ops.repeat(a, n, axis), x)
    assert_law(lambda a: ops.tile(a, [n] * len(shape)), x)
    assert_law(lambda a: ops.pad(a, [[0, 0], *[[n, 1]] * (len(shape) - 1)]), x)
    assert_law(lambda a: ops.cast(a, "int32"), x)
    assert_law(lambda a: ops.clip(a, 0.2, 0.5), x)
    assert_law(lambda a: ops.one_hot(a, 5), real(shape, "int32"))
    assert_law(lambda a: ops.take(a, np.zeros((2, n), "int32"), axis), x)
    assert_law(lambda a: ops.flip(a, axis), x)
    assert_law(lambda a: ops.squeeze(ops.expand_dims(a, axis), axis), x)
    assert ops.squeeze(SymbolicTensor(shape)).shape == tuple(ops.squeeze(x).shape)
    assert_law(lambda a: ops.where(ops.greater(a, 0.5), a, 0.0), x)
    assert_law(lambda a: ops.moments(a, [axis % len(shape)]), x)
    order = data.draw(st.permutations(range(len(shape))))
    assert_law(lambda a: ops.transpose(a, order), x)
    if shape[0] > 1:
        assert ops.reshape(SymbolicTensor(shape), (-1,)).shape == tuple(ops.reshape(x, (-1,)).shape)
    parts = ops.split(SymbolicTensor((None, 6)), 3, 1)
    assert [p.shape for p in parts] == [(None, 2)] * 3


KEYS = st.one_of(
    st.integers(-1, 0),
    st.builds(
        slice,
        st.sampled_from([None, 0, 1]),
        st.sampled_from([None, -1, 2]),
        st.sampled_from([None, 2]),
    ),
    st.none(),
)


@QUICK
@given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=3), keys=st.lists(KEYS, max_size=2))
def test_indexing(shape: Any, keys: Any) -> None:
    x = real(shape)
    key = (*keys, Ellipsis)
    expected = x[key]
    assert SymbolicTensor(shape)[key].shape == expected.shape
    assert np.array_equal(ops.convert_to_tensor(x)[key], expected)


@QUICK
@given(
    lead=st.lists(st.integers(1, 3), max_size=2),
    rows=st.integers(1, 3),
    inner=st.integers(1, 3),
    columns=st.integers(1, 3),
)
def test_products(lead: Any, rows: int, inner: int, columns: int) -> None:
    a, b = real((*lead, rows, inner)), real((*lead, inner, columns), seed=1)
    np.testing.assert_allclose(ops.matmul(a, b), a @ b, rtol=1e-5)
    shape = ops.matmul(SymbolicTensor(a.shape), SymbolicTensor(b.shape)).shape
    assert shape == (*lead, rows, columns)
    flat_a, flat_b = a.reshape(-1, inner), b.reshape(-1, columns)[:inner]
    np.testing.assert_allclose(ops.dot(flat_a, flat_b), flat_a @ flat_b, rtol=1e-5)
    found = ops.tensordot(SymbolicTensor(a.shape), SymbolicTensor((inner, 5)), 1)
    assert found.shape == (*lead, rows, 5)
    assert_law(lambda x: ops.einsum("ij,jk->ki", x, flat_b), flat_a)


@QUICK
@given(
    size=st.integers(3, 9),
    window=st.integers(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["valid", "same"]),
    rank=st.integers(1, 2),
)
def test_windows(
    size: int, window: int, stride: int, dilation: int, padding: str, rank: int
) -> None:
    x = real((2, *[size] * rank, 3))
    if dilation * (window - 1) < size and not (stride > 1 and dilation > 1):
        kernel = real((*[window] * rank, 3, 4))
        assert_law(lambda a: ops.conv(a, kernel, stride, padding, dilation_rate=dilation), x)
    assert_law(lambda a: ops.max_pool(a, window, stride, padding), x)
    assert_law(lambda a: ops.average_pool(a, window, stride, padding), x)
    assert_law(
        lambda a: ops.max_pool(a, window, stride, padding, "channels_first"), np.moveaxis(x, -1, 1)
    )


@QUICK
@given(a=KINDS, b=KINDS)
def test_dtypes_combine_the_same_in_both_worlds(a: str, b: str) -> None:
    x, y = real((2, 3), a), real((2, 3), b)
    expected = ops.convert_to_tensor(ops.maximum(x, y)).dtype.name if "bool" not in (a, b) else None
    symbolic = ops.maximum(SymbolicTensor((2, 3), a), SymbolicTensor((2, 3), b)).dtype
    assert symbolic == dtypes.combine(a, b) == dtypes.combine(b, a)
    assert expected in (None, symbolic)


@given(shape=SIZES, other=SIZES)
def test_broadcasting_is_numpy_s(shape: Any, other: Any) -> None:
    try:
        expected = np.broadcast_shapes(shape, other)
    except ValueError:
        with pytest.raises(ShapeError):
            shapes.broadcast(shape, other)
        return
    assert shapes.broadcast(shape, other) == expected == shapes.broadcast(other, shape)
    assert shapes.compatible(shapes.broadcast((None, *shape), (None, *shape)), (7, *shape))


TREES = st.recursive(
    st.integers(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(form=TREES)
def test_trees_come_apart_and_together(form: Any) -> None:
    leaves = tree.flatten(form)
    assert tree.pack_like(form, leaves) == form
    assert tree.map_leaves(lambda x: x + 1, form) == tree.pack_like(form, [x + 1 for x in leaves])
    assert tree.map_leaves(lambda a, b: a - b, form, form) == tree.pack_like(
        form, [0] * len(leaves)
    )


@given(shape=st.lists(st.integers(1, 6), min_size=1, max_size=4), data=st.data())
def test_reshape_finds_the_missing_size(shape: Any, data: Any) -> None:
    target = list(data.draw(st.permutations(shape)))
    place = data.draw(st.integers(0, len(target) - 1))
    expected = tuple(target)
    target[place] = -1
    assert shapes.reshape(tuple(shape), tuple(target)) == expected


def test_shapes_and_dtypes_refuse_nonsense() -> None:
    for bad in ((-1, 2), (1.5,), "ab", (True,)):
        with pytest.raises(ShapeError):
            shapes.standardize(bad)
    for value in (0, -1, 1.5, (1, 2, 3), "x", True):
        with pytest.raises(ConfigurationError, match="strides"):
            shapes.as_tuple(value, 2, "strides")
    with pytest.raises(TypeError, match="float32"):
        dtypes.standardize("flaot32")


def test_symbols_say_why_they_have_no_values() -> None:
    x = SymbolicTensor((None, 3), name="x")
    for run in (lambda: bool(x), lambda: np.array(x), lambda: list(x), lambda: len(x)):
        with pytest.raises(TypeError, match="name='x'"):
            run()


def test_operators_are_the_functions() -> None:
    x, y = SymbolicTensor((None, 3)), real((3,))
    for result in (
        x + y,
        y + x,
        x - 1,
        1 - x,
        x * y,
        x / 2,
        2 / x,
        -x,
        x**2,
        abs(x),
        x // 1,
        x % 2,
    ):
        assert (result.shape, result.dtype) == ((None, 3), "float32")
    for result in (x > 1, x <= y, (x > 1) & (x < 2), ~(x > 1)):
        assert result.dtype == "bool"
    assert (x @ real((3, 5))).shape == (None, 5)
