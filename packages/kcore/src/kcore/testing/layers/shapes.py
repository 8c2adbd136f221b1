"""What a layer's shapes must hold."""

from __future__ import annotations

import numpy as np

from kcore import backend, shapes
from kcore.errors import KcoreError
from kcore.testing.check import expect, fail
from kcore.testing.layers.subject import (
    LayerSubject,
    is_symbolic,
    leaf_shapes,
    leaves,
)


def declared_shape_is_real(subject: LayerSubject) -> None:
    """compute_output_shape gives the shape that a call has."""
    layer = subject.make()
    real = [tuple(y.shape) for y in leaves(subject.run(layer))]
    declared = leaf_shapes(layer.compute_output_shape(subject.batch_shapes()))
    expect(
        len(declared) == len(real)
        and all(shapes.compatible(a, b) for a, b in zip(declared, real, strict=True)),
        f"{subject.name}.compute_output_shape({subject.batch_shapes()}) says {declared}; the call "
        f"gave {real}. Make the two agree.",
    )


def symbolic_shape_is_real(subject: LayerSubject) -> None:
    """A call on symbolic tensors gives the shape of a real one, the batch unknown."""
    layer = subject.make()
    outputs = layer(subject.symbols(), **subject.call)
    expect(is_symbolic(outputs), f"{subject.name} gave real tensors for symbolic inputs.")
    real = [tuple(y.shape) for y in leaves(subject.run(layer))]
    found = [tuple(y.shape) for y in leaves(outputs)]
    same = len(found) == len(real) and all(
        len(a) == len(b) and all(m in (None, n) for m, n in zip(a, b, strict=True))
        for a, b in zip(found, real, strict=True)
    )
    expect(same, f"{subject.name} on symbolic input gives shapes {found}, on real input {real}.")
    for shape in found:
        expect(
            not shape or shape[0] is None,
            f"{subject.name} on symbolic input gives shape {shape}: the batch must stay unknown "
            "(None). Do not take it from a real size.",
        )


def symbolic_dtype_is_real(subject: LayerSubject) -> None:
    """A call on symbolic tensors gives the dtype of a real one."""
    layer = subject.make()
    found = [y.dtype for y in leaves(layer(subject.symbols(), **subject.call))]
    real = [backend.tensor.dtype_of(y) for y in leaves(subject.run(layer))]
    expect(
        found == real,
        f"{subject.name} on symbolic input gives dtypes {found}, on real input {real}. Write "
        "compute_output_dtype.",
    )


def any_batch_size_works(subject: LayerSubject) -> None:
    """One sample, several, and none at all go through."""
    layer = subject.built()
    for batch in (1, 5, 0):
        try:
            outputs = leaves(subject.run(layer, batch))
        except Exception as error:
            fail(f"{subject.name} cannot take a batch of {batch}: {type(error).__name__}: {error}")
        for y in outputs:
            expect(
                not y.shape or int(y.shape[0]) == batch,
                f"{subject.name} gave shape {tuple(y.shape)} for a batch of {batch}.",
            )


def samples_are_independent(subject: LayerSubject) -> None:
    """A sample's result does not depend on the others in its batch, outside training."""
    layer = subject.built()
    whole = subject.data(4)
    alone = [np.asarray(y) for y in leaves(layer(_rows(whole), **subject.call))]
    with_others = [np.asarray(y)[1:3] for y in leaves(layer(whole, **subject.call))]
    for a, b in zip(alone, with_others, strict=True):
        same = (
            np.array_equal(a, b)
            if a.dtype.kind in "OSU"
            else np.allclose(a.astype("float64"), b.astype("float64"), rtol=1e-4, atol=1e-5)
        )
        expect(
            same,
            f"{subject.name}: two samples give other results alone than in a batch of four. "
            "Outside training nothing may be averaged over the batch.",
        )


def _rows(values: object) -> object:
    if isinstance(values, dict):
        return {key: _rows(v) for key, v in values.items()}
    if isinstance(values, list):
        return [_rows(v) for v in values]
    return values[1:3]  # type: ignore[index]


def wrong_rank_is_refused(subject: LayerSubject) -> None:
    """Input with two axes too many or too few is an error that names the layer and the shape."""
    subject.need(subject.built().input_spec is not None, "the layer takes any rank")
    layer = subject.built()
    shapes = leaf_shapes(subject.input_shape)
    subject.need(len(shapes) == 1, "several inputs")
    wrong = np.zeros((3, *shapes[0], 1, 1), subject.input_dtype)
    if layer.input_spec.problem(wrong.shape) is None:
        wrong = np.zeros((), subject.input_dtype)
    subject.need(layer.input_spec.problem(wrong.shape) is not None, "the layer takes any rank")
    try:
        layer(wrong, **subject.call)
    except KcoreError as error:
        expect(
            layer.name in str(error),
            f"{subject.name}: the error for input of shape {wrong.shape} does not name the layer: "
            f"{error}",
        )
        return
    except Exception as error:
        fail(
            f"{subject.name}: input of shape {wrong.shape} raised {type(error).__name__}: {error}. "
            "Set input_spec, so that the error says what the layer expects."
        )
    fail(f"{subject.name} took input of shape {wrong.shape} without an error.")


def another_size_is_refused_once_built(subject: LayerSubject) -> None:
    """Weights made for one number of features are not used for another."""
    layer = subject.built()
    subject.need(bool(layer.weights), "no weights")
    shapes = leaf_shapes(subject.input_shape)
    subject.need(len(shapes) == 1 and len(shapes[0]) > 0, "several inputs")
    subject.need(subject.input_kind == "f", "input of whole numbers")
    other = np.zeros((3, *(s + 1 for s in shapes[0])), subject.input_dtype)
    try:
        layer(other, **subject.call)
    except KcoreError as error:
        expect(
            layer.name in str(error),
            f"{subject.name}: the error for input of another size does not name the layer: {error}",
        )
    except Exception as error:
        fail(
            f"{subject.name}, built for {shapes[0]}, raised {type(error).__name__} for "
            f"{other.shape[1:]}: {error}. Set self.input_spec = InputSpec(axes={{-1: features}}) "
            "in build."
        )
