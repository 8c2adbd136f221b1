"""What the computation of a loss must hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from kcore import Input, Layer, Sequential, backend, ops
from kcore.errors import KcoreError
from kcore.plugins.catalogue import catalogue
from kcore.saving.loading import load_model
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_close, expect_equal, slopes
from kcore.testing.losses.subject import LossSubject
from kcore.variable import Variable


def value_is_one_finite_number(subject: LossSubject) -> None:
    """With its own reduction, the loss is one finite number."""
    value = np.asarray(subject.make()(subject.y_true, subject.y_pred))
    expect(
        value.shape == () and bool(np.isfinite(value)),
        f"{subject.name} gives {value} of shape {value.shape}; expected one finite number. Guard "
        "divisions and logarithms with kcore.config.epsilon().",
    )


def calls_repeat(subject: LossSubject) -> None:
    """Two calls with the same data give the same."""
    loss = subject.make()
    expect_equal(
        loss(subject.y_true, subject.y_pred),
        loss(subject.y_true, subject.y_pred),
        f"{subject.name}: the second call",
        "A loss keeps nothing of a call and draws nothing at random.",
    )


def reductions_agree(subject: LossSubject) -> None:
    """The sum and the mean are those of the single values."""
    values = subject.values().astype("float64")
    for reduction, expected in (("sum", values.sum()), ("sum_over_batch_size", values.mean())):
        expect_close(
            subject.reduced(reduction)(subject.y_true, subject.y_pred),
            np.float32(expected),
            f"{subject.name} with reduction {reduction!r}",
            "Write `call` and leave the reduction to Loss.__call__.",
        )


def samples_are_independent(subject: LossSubject) -> None:
    """The value of a sample does not depend on the others of its batch."""
    values = subject.values()
    part = subject.reduced("none")(subject.y_true[:2], subject.y_pred[:2])
    expect_close(
        part,
        values[:2],
        f"{subject.name}: values of the first two samples alone",
        "Sum over the axes behind the batch only.",
    )


def sample_weights_multiply(subject: LossSubject) -> None:
    """A weight multiplies the value of its sample; weight 0 takes the sample out of the sum."""
    values = subject.values()
    weights = np.linspace(0.0, 2.0, len(values)).astype("float32")
    expected = values * weights.reshape(-1, *[1] * (values.ndim - 1))
    expect_close(
        subject.reduced("none")(subject.y_true, subject.y_pred, weights),
        expected,
        f"{subject.name}: values with sample weights",
        "Leave the weights to Loss.__call__.",
    )


def masked_samples_do_not_count(subject: LossSubject) -> None:
    """What the mask of the predictions leaves out has no part in the mean."""
    subject.values()
    keep = len(subject.y_true) - 1
    mask = np.arange(len(subject.y_true)) < keep
    predictions = backend.tensor.convert(subject.y_pred)
    backend.tensor.set_mask(predictions, backend.tensor.convert(mask))
    loss = subject.reduced("sum_over_batch_size")
    expect_close(
        loss(subject.y_true, predictions),
        loss(subject.y_true[:keep], subject.y_pred[:keep]),
        f"{subject.name} with the last sample masked",
        "Leave the mask to Loss.__call__.",
    )


def gradients_are_right(subject: LossSubject) -> None:
    """Gradients by the predictions equal the differences of the loss for small changes."""
    loss = subject.reduced("sum")
    if loss.dtype is not None:
        loss.dtype = "float64"
    start = subject.y_pred.astype("float64")
    predictions = Variable(start, dtype="float64", name="predictions")

    def total() -> Any:
        return ops.sum(loss(subject.y_true, predictions.value))

    _, _, (gradient,) = backend.autodiff.value_and_gradients(
        lambda: (total(), None), [predictions.storage]
    )
    expect(
        gradient is not None,
        f"{subject.name}: no gradient reaches the predictions. Use kcore.ops on values, and round "
        "or compare nothing.",
    )
    exact = np.asarray(backend.optim.densify(gradient)).ravel()
    places = sorted({0, start.size // 3, start.size // 2, start.size - 1})
    for place, measured in slopes(predictions, total, places):
        expect(
            abs(measured - exact[place]) <= 1e-4 * max(1.0, abs(measured)),
            f"{subject.name}: the gradient by element {place} of the predictions is "
            f"{exact[place]:.6g}; the loss changes by {measured:.6g}. Look at custom gradients and "
            "stop_gradient.",
        )


def half_precision_is_computed_whole(subject: LossSubject) -> None:
    """Predictions of 16 bits give a loss of float32, close to that of float32 predictions."""
    rounded = subject.y_pred.astype("float16")
    found = subject.make()(subject.y_true, backend.tensor.convert(rounded))
    dtype = backend.tensor.dtype_of(found)
    expect(
        dtype == "float32",
        f"{subject.name} of float16 predictions is {dtype}; expected float32. Do not cast in call.",
    )
    expect_close(
        found,
        subject.make()(subject.y_true, rounded.astype("float32")),
        f"{subject.name} of float16 predictions",
        "Leave the conversion to Loss.__call__.",
    )


def compiled_equals_eager(subject: LossSubject) -> None:
    """A compiled call gives what a plain one gives."""
    loss = subject.make()
    compiled = backend.compile.compiled(lambda pair: loss(*pair))
    pair = [backend.tensor.convert(subject.y_true), backend.tensor.convert(subject.y_pred)]
    expect_close(
        compiled(pair),
        loss(subject.y_true, subject.y_pred),
        f"{subject.name}: the compiled value",
        "Use kcore.ops on values, not numpy or Python's if.",
    )


def wrong_shape_is_refused(subject: LossSubject) -> None:
    """Targets of another shape are an error that names the loss and the shape."""
    wrong = np.stack([subject.y_true] * 3, -1)[..., None]
    try:
        subject.make()(wrong, subject.y_pred)
    except KcoreError as error:
        told = str(error)
        expect(
            subject.name in told and str(wrong.shape[:2])[:-1] in told,
            f"{subject.name}: the error for targets of shape {wrong.shape} does not name the loss "
            f"and the shape: {error}",
        )
        return
    except Exception as error:
        fail(
            f"{subject.name}: targets of shape {wrong.shape} raised {type(error).__name__}: "
            f"{error}. Leave `align` to Loss, or raise ShapeError in it."
        )
    fail(f"{subject.name} took targets of shape {wrong.shape} and broadcast them.")


class _Scaled(Layer):
    """Inputs times a weight for each of their elements."""

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(tuple(input_shape[1:]), "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return inputs * ops.cast(self.scale, self.compute_dtype)


def trains_a_model_that_comes_back(subject: LossSubject) -> None:
    """A model compiled with the loss trains; saved and loaded, it evaluates to the same."""
    subject.need(subject.y_pred.dtype.kind == "f", "predictions of whole numbers")
    model = Sequential([Input(subject.y_pred.shape[1:]), _Scaled()])
    model.compile("sgd", loss=subject.make())
    model.fit(subject.y_pred, subject.y_true, epochs=1, verbose=0)
    weights = model.get_weights()[0]
    expect(
        bool(np.isfinite(weights).all()),
        f"{subject.name}: weights are not finite after one epoch with it.",
    )
    expected = model.evaluate(subject.y_pred, subject.y_true, verbose=0)
    loss = type(subject.make())
    custom: dict[str, Any] = {"_Scaled": _Scaled}
    if catalogue().identity_of(loss) is None:
        custom[loss.__name__] = loss
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = load_model(path, custom_objects=custom)
    expect_close(
        np.float32(again.evaluate(subject.y_pred, subject.y_true, verbose=0)),
        np.float32(expected),
        f"{subject.name}: the loss of a model after save and load",
        "An argument is missing in get_config.",
    )
