"""What the computation of a metric must hold."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np

from kcore import Input, Sequential, backend, ops
from kcore.errors import KcoreError
from kcore.testing.check import expect, fail
from kcore.testing.comparing import arrays, expect_close, expect_equal
from kcore.testing.metrics.subject import MetricSubject


def result_is_finite(subject: MetricSubject) -> None:
    """The result is finite, after data and before any."""
    for when, metric in (("before any data", subject.prepared()), ("", subject.after())):
        for value in arrays(metric.result()):
            expect(
                bool(np.isfinite(value).all()),
                f"{subject.name} is {value} {when}. Divide with a guard against zero.",
            )


def reading_changes_nothing(subject: MetricSubject) -> None:
    """The result is the same when it is read again."""
    metric = subject.after()
    expect_equal(
        metric.result(),
        metric.result(),
        f"{subject.name}: the second result",
        "Change the state in update_state only.",
    )


def batches_add_up(subject: MetricSubject) -> None:
    """Data in batches of unequal size give what they give at once."""
    expect_close(
        subject.after(slice(0, 1), slice(1, None)).result(),
        subject.after().result(),
        f"{subject.name}: the result of two batches",
        "Keep sums and counts, not means of batches.",
    )


def order_does_not_matter(subject: MetricSubject) -> None:
    """The order of the samples has no part in the result."""
    expect_close(
        subject.after(slice(None, None, -1)).result(),
        subject.after().result(),
        f"{subject.name}: the result of the samples in reverse order",
        "Keep sums over samples.",
    )


def reset_forgets(subject: MetricSubject) -> None:
    """After reset_state the metric is as new."""
    metric = subject.after()
    metric.reset_state()
    expect_equal(
        metric.result(),
        subject.prepared().result(),
        f"{subject.name}: the result after reset_state",
        "Keep all state in variables of add_variable, or write reset_state.",
    )
    metric.update_state(*subject.data)
    expect_close(
        metric.result(),
        subject.after().result(),
        f"{subject.name}: the result of the same data after reset_state",
        "Keep all state in variables of add_variable, or write reset_state.",
    )


def state_is_in_variables(subject: MetricSubject) -> None:
    """The values of the variables make another metric give the same result."""
    metric, twin = subject.after(), subject.after(slice(0, 2))
    for own, other in zip(twin.variables, metric.variables, strict=True):
        own.assign(other.numpy())
    expect_equal(
        twin.result(),
        metric.result(),
        f"{subject.name}: the result of a metric that took over the variables",
        "Keep all state in variables of add_variable.",
    )


def weight_zero_leaves_out(subject: MetricSubject) -> None:
    """A sample of weight 0 has no part in the result."""
    weighted, short = subject.prepared(), subject.after(slice(0, -1))
    weights = np.ones(len(subject.data[0]), "float32")
    weights[-1] = 0
    try:
        weighted.update_state(*subject.data, sample_weight=weights)
    except TypeError as error:
        fail(
            f"{subject.name}.update_state takes no sample_weight: {error}. Its arguments are "
            "(y_true, y_pred, sample_weight=None)."
        )
    expect_close(
        weighted.result(),
        short.result(),
        f"{subject.name}: the result with the last sample of weight 0",
        "Multiply both the values and their count by the weights.",
    )


def compiled_equals_eager(subject: MetricSubject) -> None:
    """Updates in a compiled call give what plain ones give."""
    metric = subject.prepared()
    for variable in metric.variables:
        variable.numpy()  # state is made before the call is compiled
    compiled = backend.compile.compiled(lambda data: metric.update_state(*data))
    compiled([backend.tensor.convert(array) for array in subject.data])
    expect_close(
        metric.result(),
        subject.after().result(),
        f"{subject.name}: the result of a compiled update",
        "Use kcore.ops on values, not numpy or Python's if.",
    )


def half_precision_is_counted_whole(subject: MetricSubject) -> None:
    """A thousand batches of 16-bit predictions give the result of one."""
    *targets, predictions = subject.data
    subject.need(predictions.dtype.kind == "f", "predictions of whole numbers")
    rounded = predictions.astype("float16")
    once, often = subject.prepared(), subject.prepared()
    once.update_state(*targets, rounded.astype("float32"))
    *true, pred = (np.concatenate([v] * 1000) for v in (*targets, rounded))
    often.update_state(*true, backend.tensor.convert(pred))
    metric_of_counts = not np.allclose(
        arrays(subject.after(slice(None)).result())[0],
        arrays(_twice(subject).result())[0],
        rtol=1e-3,
    )
    subject.need(not metric_of_counts, "the result grows with the data")
    expect_close(
        often.result(),
        once.result(),
        f"{subject.name} of float16 predictions, a thousand times as many",
        "Keep sums in float32.",
        1e-2,
        1e-2,
    )


def _twice(subject: MetricSubject) -> Any:
    return subject.after(slice(None), slice(None))


def works_in_evaluate(subject: MetricSubject) -> None:
    """`evaluate` in batches gives the result of all data."""
    metric = subject.make()
    true, pred = subject.pair()
    subject.need(pred.dtype.kind == "f", "predictions of whole numbers")
    model = Sequential([Input(pred.shape[1:])])
    model.compile("sgd", loss=lambda y, p: ops.zeros_like(p), metrics=[metric])
    found = model.evaluate(pred, true, batch_size=3, verbose=0, return_dict=True)
    expected = subject.after().logs(metric.name)
    lost = sorted(set(expected) - set(found))
    expect(not lost, f"{subject.name}: evaluate gives {sorted(found)}, without {lost}.")
    for key, value in expected.items():
        expect_close(
            np.float32(found[key]),
            value,
            f"{subject.name}: {key!r} of evaluate",
            "Keep sums and counts, not means of batches.",
        )


def wrong_shape_is_refused(subject: MetricSubject) -> None:
    """Targets of another shape are an error that names the metric and the shape."""
    true, pred = subject.pair()
    wrong = np.stack([true] * 3, -1)[..., None]
    try:
        subject.prepared().update_state(wrong, pred)
    except KcoreError as error:
        told = str(error)
        expect(
            subject.name in told and str(wrong.shape[:2])[:-1] in told,
            f"{subject.name}: the error for targets of shape {wrong.shape} does not name the "
            f"metric and the shape: {error}",
        )
        return
    except Exception as error:
        fail(
            f"{subject.name}: targets of shape {wrong.shape} raised {type(error).__name__}: "
            f"{error}. Raise ShapeError, or derive from SameShapeMean."
        )
    fail(f"{subject.name} took targets of shape {wrong.shape} and broadcast them.")


def metric_is_freed(subject: MetricSubject) -> None:
    """A metric that nobody uses any more goes, without the collector's help."""
    metric = subject.after()
    watch = weakref.ref(metric)
    enabled = gc.isenabled()
    gc.disable()
    try:
        del metric
        alive = watch() is not None
    finally:
        if enabled:
            gc.enable()
    expect(not alive, f"{subject.name} stays in memory after its last use: it refers to itself.")
