"""What the steps of an optimizer must hold."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from kcore import Input, Layer, Sequential, backend, ops
from kcore.constraints import NonNeg
from kcore.errors import KcoreError
from kcore.optimizers.schedules import ExponentialDecay
from kcore.plugins.catalogue import catalogue
from kcore.saving.loading import load_model
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_close, expect_equal
from kcore.testing.optimizers.subject import OptimizerSubject
from kcore.variable import Variable


def _values(weights: list[Variable]) -> list[Any]:
    return [weight.numpy() for weight in weights]


def lowers_a_quadratic(subject: OptimizerSubject) -> None:
    """A hundred steps down a bowl end lower than they began."""
    optimizer, weights = subject.make(), subject.weights()
    before = sum(float((w**2).sum()) for w in _values(weights))
    for _ in range(100):
        gradients = [2 * w for w in _values(weights)]
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
    after = sum(float((w**2).sum()) for w in _values(weights))
    expect(
        after < before,
        f"{subject.name}: the sum of squares was {before:.6g} and is {after:.6g} after 100 steps "
        "along its gradient. Is the sign of the update right?",
    )


def steps_are_counted(subject: OptimizerSubject) -> None:
    """`iterations` is the number of steps."""
    optimizer, _ = subject.stepped(3)
    steps = int(optimizer.iterations.numpy())
    expect(steps == 3, f"{subject.name}.iterations is {steps} after 3 steps. Leave it to apply.")


def steps_repeat(subject: OptimizerSubject) -> None:
    """The same gradients make the same steps."""
    expect_equal(
        _values(subject.stepped(3)[1]),
        _values(subject.stepped(3)[1]),
        f"{subject.name}: weights after the same three steps",
        "An update draws nothing at random and keeps its state in slots.",
    )


def state_goes_on(subject: OptimizerSubject) -> None:
    """Another optimizer that takes over state and weights goes on the same way."""
    optimizer, weights = subject.stepped(3)
    twin, others = subject.make(), subject.weights()
    twin.build(others)
    twin.set_weights(optimizer.get_weights())
    for own, other in zip(others, weights, strict=True):
        own.assign(other.numpy())
    subject.step(optimizer, weights, range(3, 6))
    subject.step(twin, others, range(3, 6))
    expect_equal(
        _values(others),
        _values(weights),
        f"{subject.name}: weights after three more steps of one that took over the state",
        "Keep everything between steps in slots or add_variable.",
    )


def state_has_names(subject: OptimizerSubject) -> None:
    """Each piece of state has a name of its own, so that files can tell them apart."""
    paths = [variable.path for variable in subject.stepped(1)[0].variables]
    double = sorted({path for path in paths if paths.count(path) > 1})
    expect(not double, f"{subject.name}: several pieces of state are named {double}.")


def weights_without_gradient_stay(subject: OptimizerSubject) -> None:
    """A weight whose gradient is None stays as it is."""
    optimizer, weights = subject.make(), subject.weights()
    start = weights[1].numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.apply_gradients([(subject.gradients(0)[0], weights[0]), (None, weights[1])])
    expect_equal(
        weights[1].numpy(),
        start,
        f"{subject.name}: a weight without a gradient",
        "Change in `update` the weight that is given.",
    )


def zero_gradients_stay_finite(subject: OptimizerSubject) -> None:
    """Gradients of zero, at the first step too, leave the weights finite."""
    optimizer, weights = subject.make(), subject.weights()
    zeros = [np.zeros_like(w.numpy()) for w in weights]
    for _ in range(2):
        optimizer.apply_gradients(zip(zeros, weights, strict=True))
    for weight in weights:
        expect(
            bool(np.isfinite(weight.numpy()).all()),
            f"{subject.name}: {weight.path} is not finite after gradients of zero. Divide with an "
            "epsilon.",
        )


def compiled_equals_eager(subject: OptimizerSubject) -> None:
    """Compiled steps give what plain ones give."""
    optimizer, weights = subject.make(), subject.weights()
    optimizer.build(weights)
    for variable in (*weights, *optimizer.variables):
        variable.numpy()  # state is made before the call is compiled
    compiled = backend.compile.compiled(
        lambda gradients: optimizer.apply_gradients(zip(gradients, weights, strict=True))
    )
    for number in range(3):
        compiled([backend.tensor.convert(g) for g in subject.gradients(number)])
    expect_close(
        _values(weights),
        _values(subject.stepped(3)[1]),
        f"{subject.name}: weights after three compiled steps",
        "Use kcore.ops on values, not numpy or Python's if, and count with `step`.",
    )


def rate_zero_changes_nothing(subject: OptimizerSubject) -> None:
    """With a learning rate of zero no weight changes."""
    optimizer, weights = subject.make(), subject.weights()
    subject.need(optimizer._schedule is None, "a schedule sets the rate")
    start = _values(weights)
    optimizer.build(weights)
    optimizer.learning_rate = 0.0
    subject.step(optimizer, weights, range(2))
    expect_equal(
        _values(weights),
        start,
        f"{subject.name}: weights after steps with a learning rate of zero",
        "Multiply the update by the rate that `prepare` is given.",
    )


def schedules_are_followed(subject: OptimizerSubject) -> None:
    """A schedule as learning rate sets the rate of each step."""
    config = subject.make().get_config()
    schedule = ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    optimizer = type(subject.make()).from_config({**config, "learning_rate": schedule})
    weights = subject.weights()
    rates = []
    for number in range(3):
        rates.append(optimizer.learning_rate)
        subject.step(optimizer, weights, range(number, number + 1))
    expect(
        bool(np.allclose(rates, [0.5, 0.25, 0.125])),
        f"{subject.name}: a schedule that halves gave the rates {rates}; expected 0.5, 0.25, "
        "0.125. Pass learning_rate to super().__init__.",
    )


def constraints_hold(subject: OptimizerSubject) -> None:
    """A weight's constraint holds after each step."""
    optimizer = subject.make()
    weight = Variable(np.zeros((4, 3), "float32"), name="bounded")
    weight.constraint = NonNeg()
    optimizer.apply_gradients([(np.ones((4, 3), "float32"), weight)])
    low = float(weight.numpy().min())
    expect(low >= 0.0, f"{subject.name}: a weight with NonNeg is {low} after a step.")


def clipping_reaches_the_update(subject: OptimizerSubject) -> None:
    """With clipvalue=0 all gradients are zero, so steps do as with gradients of zero."""
    config = {**subject.make().get_config(), "clipnorm": None, "global_clipnorm": None}
    optimizer = type(subject.make()).from_config({**config, "clipvalue": 0.0})
    clipped, plain = subject.weights(), subject.weights()
    subject.step(optimizer, clipped, range(2))
    other = subject.make()
    for _ in range(2):
        zeros = [np.zeros_like(w.numpy()) for w in plain]
        other.apply_gradients(zip(zeros, plain, strict=True))
    expect_close(
        _values(clipped),
        _values(plain),
        f"{subject.name} with clipvalue=0",
        "Pass **kwargs to super().__init__ and change weights in `update` only.",
    )


def decay_shrinks_weights(subject: OptimizerSubject) -> None:
    """weight_decay makes weights shorter than without it."""
    config = subject.make().get_config()
    lengths = []
    for decay in (0.0, 0.5):
        optimizer = type(subject.make()).from_config({**config, "weight_decay": decay})
        weights = subject.weights()
        subject.step(optimizer, weights, range(3))
        lengths.append(sum(float((w**2).sum()) for w in _values(weights)))
    expect(
        lengths[1] < lengths[0],
        f"{subject.name}: the sum of squares is {lengths[0]:.6g} without and {lengths[1]:.6g} with "
        "weight_decay=0.5. Pass **kwargs to super().__init__.",
    )


class _Weighted(Layer):
    """A weighted sum."""

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((input_shape[-1], 2), "ones", name="kernel")

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.kernel)


def goes_on_from_a_file(subject: OptimizerSubject) -> None:
    """Training goes on from a saved model as if it had not been interrupted."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    model = Sequential([Input((3,)), _Weighted()])
    model.compile(subject.make(), loss="mse")
    settings: dict[str, Any] = {"batch_size": 4, "epochs": 1, "shuffle": False, "verbose": 0}
    model.fit(x, y, **settings)
    optimizer = type(subject.make())
    custom: dict[str, Any] = {"_Weighted": _Weighted}
    if catalogue().identity_of(optimizer) is None:
        custom[optimizer.__name__] = optimizer
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = load_model(path, custom_objects=custom)
    for one in (model, again):
        one.fit(x, y, **settings)
    expect_close(
        again.get_weights(),
        model.get_weights(),
        f"{subject.name}: weights after one more epoch of a loaded model",
        "Keep everything between steps in slots or add_variable, and every argument in get_config.",
        1e-6,
        1e-7,
    )


def bad_rates_are_refused(subject: OptimizerSubject) -> None:
    """A negative learning rate is an error that names it."""
    config = subject.make().get_config()
    try:
        type(subject.make()).from_config({**config, "learning_rate": -1.0})
    except KcoreError as error:
        expect("-1.0" in str(error), f"{subject.name}: the error does not show the rate: {error}")
        return
    fail(f"{subject.name} took a learning rate of -1.0. Pass it to super().__init__.")
