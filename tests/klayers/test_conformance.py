"""What holds for every layer: shapes, configuration, weights, gradients, batches, precision."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kcore
from kcore import backend, ops

# name, how to make it, shape of the input without the batch, dtype of the input
Case = tuple[str, Callable[[], Any], Any, str]
FAMILIES = sorted(file.stem for file in (Path(__file__).parent / "cases").glob("*.py"))
CASES: list[Case] = [case for family in FAMILIES for case in importlib.import_module(family).CASES]

every_case = pytest.mark.parametrize(
    ("make", "shape", "dtype"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)


def _data(shape: Any, dtype: str, batch: int = 3, seed: int = 0) -> Any:
    if isinstance(shape, list):
        return [_data(s, dtype, batch, seed + i) for i, s in enumerate(shape)]
    rng = np.random.default_rng(seed)
    if dtype == "int32":
        return rng.integers(0, 9, (batch, *shape)).astype("int32")
    return rng.standard_normal((batch, *shape)).astype("float32")


def _symbols(shape: Any, dtype: str) -> Any:
    if isinstance(shape, list):
        return [_symbols(s, dtype) for s in shape]
    return kcore.Input(shape, dtype=dtype)


def _flat(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


@every_case
def test_declared_symbolic_and_real_shapes_are_one(make: Any, shape: Any, dtype: str) -> None:
    layer = make()
    x = _data(shape, dtype)
    real = _flat(layer(x))
    symbolic = _flat(layer(_symbols(shape, dtype)))
    batch_shape = [(3, *s) for s in shape] if isinstance(shape, list) else (3, *shape)
    declared = layer.compute_output_shape(batch_shape)
    declared = declared if isinstance(declared, list) else [declared]
    for a, b, c in zip(real, symbolic, declared, strict=True):
        assert tuple(a.shape) == tuple(c)
        assert b.shape == (None, *c[1:])
        assert b.dtype == a.dtype.name


@every_case
def test_the_configuration_makes_an_equal_layer_and_building_leaves_it_as_it_was(
    make: Any, shape: Any, dtype: str
) -> None:
    layer = make()
    before = json.dumps(layer.get_config(), sort_keys=True)
    x = _data(shape, dtype)
    expected = _flat(layer(x))
    assert json.dumps(layer.get_config(), sort_keys=True) == before
    twin = type(layer).from_config(json.loads(before))
    twin(x)
    twin.set_weights(layer.get_weights())
    for a, b in zip(expected, _flat(twin(x)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert json.dumps(twin.get_config(), sort_keys=True) == before


@every_case
def test_the_saved_form_leads_back_to_the_class(make: Any, shape: Any, dtype: str) -> None:
    saved = kcore.utils.serialize_keras_object(make())
    # a class that Keras has too is written so that Keras finds it; the manifest names the plugin
    assert saved["module"] == "keras.layers"
    assert type(kcore.utils.deserialize_keras_object(saved)) is type(make())


@every_case
def test_a_gradient_reaches_every_weight_that_trains(make: Any, shape: Any, dtype: str) -> None:
    layer = make()
    x = _data(shape, dtype)
    layer(x)
    storages = [w.storage for w in layer.trainable_weights]
    if not storages:
        return

    def loss() -> Any:
        parts = [ops.sum(ops.square(y + 0.1)) for y in _flat(layer(x, training=True))]
        return sum(parts[1:], parts[0]), None

    _, _, gradients = backend.autodiff.value_and_gradients(loss, storages)
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.abs(backend.optim.densify(gradient).numpy()).sum() > 0, weight.path


@every_case
def test_a_sample_does_not_depend_on_its_batch(make: Any, shape: Any, dtype: str) -> None:
    layer = make()
    x = _data(shape, dtype, batch=4)
    whole = _flat(layer(x))
    half = _flat(layer([v[1:3] for v in x] if isinstance(x, list) else x[1:3]))
    for a, b in zip(whole, half, strict=True):
        np.testing.assert_allclose(a[1:3], b, rtol=1e-5, atol=1e-6)


@every_case
def test_sixteen_bits_keep_weights_in_thirty_two(make: Any, shape: Any, dtype: str) -> None:
    config = {**make().get_config(), "dtype": "mixed_bfloat16", "name": None}
    layer = type(make()).from_config(config)
    outputs = _flat(layer(_data(shape, dtype)))
    assert {w.dtype for w in layer.weights} <= {"float32"}
    assert {y.dtype.name for y in outputs} == {"bfloat16"}


@every_case
def test_training_repeats_with_the_seed(make: Any, shape: Any, dtype: str) -> None:
    results = []
    for _ in range(2):
        kcore.random.set_seed(5)
        layer = make()
        results.append(_flat(layer(_data(shape, dtype), training=True)))
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_layer_of_the_table_has_a_case() -> None:
    from klayers.plugin import ROWS

    covered = {type(case[1]()).__name__ for case in CASES}
    table = {target.split(":")[1] for kind, _, target in ROWS if kind == "layer"}
    assert table == covered
