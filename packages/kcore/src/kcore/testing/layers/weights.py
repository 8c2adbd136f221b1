"""What a layer's weights must hold."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np

from kcore import backend, ops
from kcore.errors import KcoreError
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_equal, slopes
from kcore.testing.layers.subject import LayerSubject, leaf_shapes, leaves
from kcore.variable import Variable


def weights_are_made_in_build(subject: LayerSubject) -> None:
    """A layer has no weights before it has seen an input, and the same number ever after."""
    layer = subject.make()
    before = len(layer.weights)
    expect(
        before == 0,
        f"{subject.name} has {before} weights before its first input. Make them in build.",
    )
    subject.run(layer)
    first = len(layer.weights)
    subject.run(layer)
    expect(
        len(layer.weights) == first,
        f"{subject.name} has {first} weights after one call and {len(layer.weights)} after two.",
    )


def weights_are_counted(subject: LayerSubject) -> None:
    """count_params is the number of elements of get_weights."""
    layer = subject.built()
    elements = sum(int(np.size(w)) for w in layer.get_weights())
    expect(
        layer.count_params() == elements,
        f"{subject.name}.count_params() is {layer.count_params()}; get_weights holds {elements}.",
    )


def weights_have_names(subject: LayerSubject) -> None:
    """Each weight has a name of its own, so that files and messages can tell them apart."""
    paths = [w.path for w in subject.built().weights]
    double = sorted({p for p in paths if paths.count(p) > 1})
    nameless = [p for p in paths if p.endswith("/variable")]
    expect(
        not double and not nameless,
        f"{subject.name}: weights without a name of their own: {double or nameless}. Give each "
        "add_weight a name.",
    )


def weights_can_be_exchanged(subject: LayerSubject) -> None:
    """get_weights of one layer makes another compute the same."""
    first, second = subject.built(), subject.built()
    second.set_weights(first.get_weights())
    expect_equal(
        subject.run(second),
        subject.run(first),
        f"{subject.name}: outputs after set_weights(get_weights())",
        "Keep everything that a call depends on in weights or arguments.",
    )


def weights_of_other_shapes_are_refused(subject: LayerSubject) -> None:
    """set_weights refuses a shape that does not fit, and changes nothing."""
    layer = subject.built()
    subject.need(bool(layer.weights), "no weights")
    before = layer.get_weights()
    wrong = [*before[:-1], np.zeros((*before[-1].shape, 2))]
    try:
        layer.set_weights(wrong)
    except KcoreError:
        expect_equal(layer.get_weights(), before, f"{subject.name}: weights", "Check before.")
        return
    fail(f"{subject.name}.set_weights took an array of shape {wrong[-1].shape}.")


def frozen_layer_trains_nothing(subject: LayerSubject) -> None:
    """trainable = False leaves no trainable weight, and loses none."""
    layer = subject.built()
    count = len(layer.weights)
    layer.trainable = False
    expect(
        not layer.trainable_weights and len(layer.non_trainable_weights) == count,
        f"{subject.name}: with trainable = False there are {len(layer.trainable_weights)} "
        f"trainable weights and {len(layer.non_trainable_weights)} others; expected 0 and {count}.",
    )


def gradients_reach_every_trainable_weight(subject: LayerSubject) -> None:
    """The outputs depend on each weight that trains."""
    layer = subject.built()
    subject.need(bool(layer.trainable_weights), "nothing to train")
    _, gradients = _gradients(subject, layer)
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
        reached = gradient is not None and np.abs(backend.optim.densify(gradient)).max() > 0
        expect(
            reached,
            f"{subject.name}: no gradient reaches {weight.path}. Use it in call, or make it with "
            "trainable=False.",
        )


def gradients_are_right(subject: LayerSubject) -> None:
    """Gradients equal the differences of the outputs for small changes of a weight."""
    layer = subject.built("float64")
    subject.need(bool(layer.trainable_weights), "nothing to train")
    subject.need(not layer.seed_generators, "random in training")
    _, gradients = _gradients(subject, layer)
    step = 1e-5
    for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
        if gradient is None:
            continue
        exact = np.asarray(backend.optim.densify(gradient)).ravel()
        start = np.asarray(weight.numpy())
        for place in sorted({0, start.size // 2, start.size - 1}):
            sums = []
            for sign in (1, -1):
                moved = start.copy()
                moved.flat[place] += sign * step
                weight.assign(moved)
                sums.append(float(_total(subject, layer)))
            weight.assign(start)
            measured = (sums[0] - sums[1]) / (2 * step)
            expect(
                abs(measured - exact[place]) <= 1e-4 * max(1.0, abs(measured)),
                f"{subject.name}: the gradient of {weight.path} at element {place} is "
                f"{exact[place]:.6g}; the outputs change by {measured:.6g}. Look at custom "
                "gradients and stop_gradient.",
            )


def gradients_by_inputs_are_right(subject: LayerSubject) -> None:
    """Gradients by the inputs equal the differences of the outputs for small changes of them."""
    subject.need(subject.input_kind == "f", "input of whole numbers")
    layer = subject.built("float64")
    subject.need(not layer.seed_generators, "random in training")
    shapes = leaf_shapes(subject.input_shape)
    subject.need(len(shapes) == 1 and not isinstance(subject.input_shape, dict), "several inputs")
    data = subject.data(dtype="float64")
    start = np.asarray(data[0] if isinstance(data, list) else data)
    inputs = Variable(start, dtype="float64", trainable=False, name="inputs")

    def total() -> Any:
        given = [inputs.value] if isinstance(data, list) else inputs.value
        return _sum_of(layer(given, **subject.call))

    _, _, (gradient,) = backend.autodiff.value_and_gradients(
        lambda: (total(), None), [inputs.storage]
    )
    dense = None if gradient is None else np.asarray(backend.optim.densify(gradient))
    exact = np.zeros(start.size) if dense is None else dense.ravel()
    places = sorted({0, start.size // 2, start.size - 1})
    for place, measured in slopes(inputs, total, places):
        expect(
            abs(measured - exact[place]) <= 1e-4 * max(1.0, abs(measured)),
            f"{subject.name}: the gradient by element {place} of the inputs is {exact[place]:.6g}; "
            f"the outputs change by {measured:.6g}. Look at custom gradients and stop_gradient.",
        )


def _total(subject: LayerSubject, layer: Any) -> Any:
    return _sum_of(subject.run(layer, training=True))


def _sum_of(outputs: Any) -> Any:
    """A smooth number that every output enters into differently."""
    total: Any = 0.0
    for place, y in enumerate(leaves(outputs)):
        values = backend.tensor.cast(y, "float64")
        slopes = np.cos(np.arange(int(np.prod(y.shape))) + place).reshape(tuple(y.shape))
        total = total + ops.sum(values * slopes)
    return total


def _gradients(subject: LayerSubject, layer: Any) -> tuple[Any, list[Any]]:
    storages = [w.storage for w in layer.trainable_weights]
    total, _, gradients = backend.autodiff.value_and_gradients(
        lambda: (_total(subject, layer), None), storages
    )
    return total, gradients


def layer_is_freed(subject: LayerSubject) -> None:
    """A layer that nobody uses any more goes, without the collector's help."""
    layer = subject.built()
    watch = weakref.ref(layer)
    enabled = gc.isenabled()
    gc.disable()
    try:
        del layer
        alive = watch() is not None
    finally:
        if enabled:
            gc.enable()
    expect(
        not alive,
        f"{subject.name} stays in memory after its last use: something refers to itself in a "
        "circle. Keep weak references to what is above, and no bound methods in attributes.",
    )
