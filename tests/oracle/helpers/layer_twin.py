"""The same layer made of two frameworks, compared in everything that a user can see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import klayers
from kcore import backend, ops

Maker = Callable[[Any], Any]
RATE = 0.1


def compare_layer(
    make: Maker,
    inputs: Any,
    *,
    peer: Any = keras.layers,
    call: dict[str, Any] | None = None,
    mask: Any = None,
    train: bool = True,
    spread: bool = False,
    rtol: float = 1e-5,
    atol: float = 1e-5,
    seed: int = 0,
) -> None:
    """Compares weights, outputs, masks, state, one SGD step, configuration and shapes.

    Args:
        make: gets `klayers` or the peer's module of layers, gives the layer.
        inputs: an array, or a list of arrays.
        peer: the other module.
        call: further arguments of the call, the same for both.
        mask: mask of the input (or a list), attached to it before the call.
        train: also compare one SGD step in training mode; the layer must not be random then.
        spread: give a list of inputs as arguments one by one.
        rtol, atol: of the outputs; the step is compared ten times wider.
        seed: of the values put into the weights.
    """
    ours, theirs = make(klayers), make(peer)
    call = call or {}
    own_input = _ours(inputs, mask)
    their_input = _theirs(inputs, mask)
    run_ours, run_theirs = (_spreading(layer) if spread else layer for layer in (ours, theirs))
    run_theirs(their_input, **call)
    run_ours(own_input, **call)
    _share_weights(ours, theirs, seed)
    own, expected = run_ours(own_input, **call), run_theirs(their_input, **call)
    _assert_close(own, expected, rtol, atol, "output")
    _assert_masks(own, expected)
    shapes = _shapes(inputs)
    declared = ours.compute_output_shape(*shapes if spread else (shapes,))
    # scores that a call was asked for are not in the declared shape
    for a, b in zip(
        _flat_shapes(declared), _flat(own), strict=not call.get("return_attention_scores")
    ):
        assert tuple(a) == tuple(b.shape), (declared, b.shape)
    _assert_config(ours)
    if train:
        _step(ours, theirs, own_input, their_input, call, spread)
        for place, (a, b) in enumerate(zip(ours.get_weights(), theirs.get_weights(), strict=True)):
            np.testing.assert_allclose(
                a, b, rtol=10 * rtol, atol=10 * atol, err_msg=f"weight {place} after a step"
            )


def compare_precisions(
    make: Callable[[Any, str], Any],
    inputs: Any,
    *,
    peer: Any = keras.layers,
    policies: tuple[str, ...] = ("float64", "float16", "bfloat16", "mixed_bfloat16"),
) -> None:
    """Compares outputs and dtypes under policies; `make` gets the module and the policy."""
    wide = {"float64": 1e-10, "float16": 4e-3, "bfloat16": 3e-2, "mixed_bfloat16": 3e-2}
    for policy in policies:
        ours, theirs = make(klayers, policy), make(peer, policy)
        theirs(_theirs(inputs, None))
        ours(_ours(inputs, None))
        _share_weights(ours, theirs, 0)
        own, expected = ours(_ours(inputs, None)), theirs(_theirs(inputs, None))
        for a, b in zip(_flat(own), _flat(expected), strict=True):
            assert a.dtype.name == keras.backend.standardize_dtype(b.dtype)
        for w, v in zip(ours.weights, theirs.weights, strict=True):
            assert w.dtype == keras.backend.standardize_dtype(v.dtype)
        _assert_close(own, expected, wide[policy], wide[policy], policy)


def _share_weights(ours: Any, theirs: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    own, expected = ours.get_weights(), theirs.get_weights()
    assert [w.shape for w in own] == [w.shape for w in expected]
    values = []
    for array in expected:
        if array.dtype.kind == "f" or array.dtype.name == "bfloat16":
            # positive, as some weights are variances
            values.append(rng.uniform(0.05, 0.6, array.shape).astype(array.dtype))
        else:
            values.append(array)
    theirs.set_weights(values)
    ours.set_weights(values)


def _ours(inputs: Any, mask: Any) -> Any:
    if isinstance(inputs, (list, tuple)):
        masks = mask if mask is not None else [None] * len(inputs)
        return [_ours(x, m) for x, m in zip(inputs, masks, strict=True)]
    tensor = backend.tensor.convert(inputs)
    if mask is not None:
        backend.tensor.set_mask(tensor, backend.tensor.convert(mask))
    return tensor


def _theirs(inputs: Any, mask: Any) -> Any:
    if isinstance(inputs, (list, tuple)):
        masks = mask if mask is not None else [None] * len(inputs)
        return [_theirs(x, m) for x, m in zip(inputs, masks, strict=True)]
    tensor = tf.convert_to_tensor(inputs)
    if mask is not None:
        tensor._keras_mask = tf.convert_to_tensor(mask)
    return tensor


def _spreading(layer: Any) -> Any:
    return lambda inputs, **call: layer(*inputs, **call)


def _step(
    ours: Any,
    theirs: Any,
    own_input: Any,
    their_input: Any,
    call: dict[str, Any],
    spread: bool,
) -> None:
    """One SGD step on the same weighted sum of the outputs."""
    storages = [w.storage for w in ours.trainable_weights]
    run_ours, run_theirs = (_spreading(layer) if spread else layer for layer in (ours, theirs))

    def loss() -> Any:
        parts = [
            ops.sum(y * ops.cast(_slopes(y.shape), y.dtype.name))
            for y in _flat(run_ours(own_input, training=True, **call))
        ]
        return sum(parts[1:], parts[0]), None

    def has_training(layer: Any) -> dict[str, Any]:
        return {"training": True} if getattr(layer, "_call_has_training_arg", True) else {}

    with tf.GradientTape() as tape:
        found = _flat(run_theirs(their_input, **has_training(theirs), **call))
        total = sum(tf.reduce_sum(y * tf.cast(_slopes(y.shape), y.dtype)) for y in found)
    if storages:
        _, _, gradients = backend.autodiff.value_and_gradients(loss, storages)
        for weight, gradient in zip(ours.trainable_weights, gradients, strict=True):
            if gradient is not None:
                weight.assign_sub(RATE * backend.optim.densify(gradient))
    else:
        run_ours(own_input, training=True, **call)
    variables = [v if isinstance(v, tf.Variable) else v.value for v in theirs.trainable_weights]
    for variable, gradient in zip(variables, tape.gradient(total, variables), strict=True):
        if gradient is not None:
            variable.assign_sub(RATE * tf.convert_to_tensor(gradient))


def _slopes(shape: Any) -> Any:
    size = int(np.prod(tuple(shape)))
    return np.cos(np.arange(size, dtype="float64")).reshape(tuple(shape))


def _assert_close(own: Any, expected: Any, rtol: float, atol: float, what: str) -> None:
    own, expected = _flat(own), _flat(expected)
    assert len(own) == len(expected), what
    for a, b in zip(own, expected, strict=True):
        assert tuple(a.shape) == tuple(b.shape), what
        np.testing.assert_allclose(
            np.asarray(a, "float64"), np.asarray(b, "float64"), rtol=rtol, atol=atol, err_msg=what
        )


def _assert_masks(own: Any, expected: Any) -> None:
    for a, b in zip(_flat(own), _flat(expected), strict=True):
        found, wanted = backend.tensor.get_mask(a), getattr(b, "_keras_mask", None)
        assert (found is None) == (wanted is None), (found, wanted)
        if wanted is not None:
            np.testing.assert_array_equal(np.array(found), np.array(wanted))


def _assert_config(layer: Any) -> None:
    before = json.dumps(layer.get_config(), sort_keys=True)
    twin = type(layer).from_config(json.loads(before))
    assert json.dumps(twin.get_config(), sort_keys=True) == before


def _flat(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return [leaf for key in sorted(values) for leaf in _flat(values[key])]
    if isinstance(values, (list, tuple)):
        return [leaf for value in values for leaf in _flat(value)]
    return [values]


def _flat_shapes(values: Any) -> list[Any]:
    if isinstance(values, (list, tuple)) and values and isinstance(values[0], (list, tuple)):
        return [leaf for value in values for leaf in _flat_shapes(value)]
    return [values]


def _shapes(inputs: Any) -> Any:
    if isinstance(inputs, (list, tuple)):
        return [tuple(x.shape) for x in inputs]
    return tuple(inputs.shape)
