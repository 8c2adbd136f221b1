"""What a layer's computation must hold: repeats, precision, masks, compiled code, threads."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np

from kcore import backend, random
from kcore.testing.check import expect, fail
from kcore.testing.comparing import arrays, expect_close, expect_equal
from kcore.testing.layers.subject import LayerSubject, leaf_shapes, leaves


def inference_repeats(subject: LayerSubject) -> None:
    """Two calls outside training give the same."""
    layer = subject.built()
    expect_equal(
        subject.run(layer),
        subject.run(layer),
        f"{subject.name}: outputs of two calls outside training",
        "Random numbers and changes of state belong under `if training`.",
    )


def training_repeats_with_the_seed(subject: LayerSubject) -> None:
    """The same seed gives the same weights and the same training."""
    results = []
    for _ in range(2):
        random.set_seed(5)
        layer = subject.make()
        results.append([subject.run(layer, training=True), layer.get_weights()])
    expect_equal(
        results[1],
        results[0],
        f"{subject.name}: weights and outputs after set_seed",
        "Draw random numbers with kcore.random and a SeedGenerator.",
    )


def training_is_random_anew(subject: LayerSubject) -> None:
    """A layer that draws random numbers draws others at each call."""
    layer = subject.built()
    subject.need(bool(layer.seed_generators), "nothing random")
    first = arrays(subject.run(layer, 8, training=True))
    quiet = arrays(subject.run(layer, 8))
    noisy = any(not np.array_equal(a, b) for a, b in zip(first, quiet, strict=True))
    subject.need(noisy, "training changes nothing")
    different = any(
        any(not np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        for again in (arrays(subject.run(layer, 8, training=True)) for _ in range(3))
    )
    expect(
        different,
        f"{subject.name} draws the same random numbers at each call in training. Give the "
        "functions of kcore.random self.seed_generator, not self.seed.",
    )


def finite_outputs(subject: LayerSubject) -> None:
    """Zeros, and numbers a thousand times as large, give finite outputs."""
    layer = subject.built()
    subject.need(subject.input_kind == "f", "input of whole numbers")
    for factor in (0.0, 1e3):
        data = _scaled(subject.data(), factor)
        for y in arrays(layer(data, **subject.call)):
            expect(
                bool(np.isfinite(y).all()),
                f"{subject.name} gives NaN or infinity for input times {factor:g}. Guard divisions "
                "and logarithms with an epsilon, exponentials by subtracting the maximum.",
            )


def _scaled(values: Any, factor: float) -> Any:
    if isinstance(values, dict):
        return {key: _scaled(v, factor) for key, v in values.items()}
    if isinstance(values, list):
        return [_scaled(v, factor) for v in values]
    return values * np.asarray(factor, values.dtype)


def mixed_precision_keeps_weights_whole(subject: LayerSubject) -> None:
    """Under mixed policies weights are float32 and outputs 16 bits, close to the float32 ones."""
    plain = subject.built()
    subject.need(subject.input_kind == "f" or bool(plain.weights), "whole numbers")
    expected = subject.run(plain)
    for policy, kind in (("mixed_bfloat16", "bfloat16"), ("mixed_float16", "float16")):
        layer = subject.with_policy(policy)
        subject.run(layer)
        layer.set_weights(plain.get_weights())
        wrong = [w.path for w in layer.weights if w.dtype in ("bfloat16", "float16")]
        expect(not wrong, f"{subject.name} under {policy} keeps {wrong} in 16 bits.")
        found = subject.run(layer)
        for y, before in zip(leaves(found), leaves(expected), strict=True):
            if backend.tensor.dtype_of(before) != "float32":
                continue
            own = backend.tensor.dtype_of(y)
            expect(
                own == kind,
                f"{subject.name} under {policy} gives {own}. Cast weights to self.compute_dtype "
                "in call.",
            )
        expect_close(
            found,
            expected,
            f"{subject.name} under {policy}",
            "Sum in float32 where many numbers are added.",
            0.1,
            0.1,
        )


def double_precision(subject: LayerSubject) -> None:
    """Under float64 everything is computed in float64."""
    subject.need(subject.input_kind == "f", "input of whole numbers")
    layer = subject.built("float64")
    for y in leaves(layer(subject.data(dtype="float64"), **subject.call)):
        dtype = backend.tensor.dtype_of(y)
        expect(
            dtype == "float64" or not dtype.startswith(("float", "bfloat")),
            f"{subject.name} under float64 gives {dtype}.",
        )


def compiled_equals_eager(subject: LayerSubject) -> None:
    """A compiled call gives what a plain one gives."""
    layer = subject.built()
    data = subject.data()
    compiled = backend.compile.compiled(lambda x: layer(x, **subject.call))
    tensors = _tensors(data)
    expect_close(
        compiled(tensors),
        layer(data, **subject.call),
        f"{subject.name}: compiled outputs",
        "Use kcore.ops on values, not numpy or Python's if.",
    )


def _tensors(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _tensors(v) for key, v in values.items()}
    if isinstance(values, list):
        return [_tensors(v) for v in values]
    return backend.tensor.convert(values)


def masks_are_handled(subject: LayerSubject) -> None:
    """A mask is passed on in a shape that fits, or its loss is told."""
    shapes = leaf_shapes(subject.input_shape)
    subject.need(len(shapes) == 1 and len(shapes[0]) > 1, "no steps to mask")
    layer = subject.built()
    tensor = backend.tensor.convert(subject.data())
    mask = np.ones(tensor.shape[:2], bool)
    mask[:, -1] = False
    backend.tensor.set_mask(tensor, backend.tensor.convert(mask))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        outputs = leaves(layer(tensor, **subject.call))
    given = [(y, backend.tensor.get_mask(y)) for y in outputs]
    for y, found in given:
        if found is None:
            continue
        fits = tuple(found.shape) == tuple(y.shape)[: len(found.shape)]
        expect(
            fits,
            f"{subject.name} gives a mask of shape {tuple(found.shape)} with an output of shape "
            f"{tuple(y.shape)}. Write compute_mask.",
        )
    handles = layer.supports_masking or layer._handles_masks()
    expect(
        handles or any("mask" in str(w.message) for w in told),
        f"{subject.name} loses the mask of its input without a word. Set supports_masking = True "
        "if it works step by step, or write compute_mask.",
    )


def threads_do_not_disturb_each_other(subject: LayerSubject) -> None:
    """Four threads that call a layer at once get what one gets."""
    layer = subject.built()
    expected = [arrays(subject.run(layer, seed=seed)) for seed in range(4)]
    found: list[Any] = [None] * 4
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for _ in range(5):
                found[seed] = arrays(subject.run(layer, seed=seed))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        fail(f"{subject.name} called by four threads: {type(errors[0]).__name__}: {errors[0]}")
    for own, other in zip(found, expected, strict=True):
        expect_close(
            own,
            other,
            f"{subject.name}: outputs in four threads",
            "Keep nothing of a call in attributes of the layer.",
        )
