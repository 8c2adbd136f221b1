"""Optimizers: what surrounds the update, their state and configuration, and what they refuse."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_layers import Linear

from kcore import Sequential, Variable, backend, config, ops, optimizers
from kcore.errors import ConfigurationError, ShapeError
from kcore.optimizers import schedules

CLASSES = [
    "SGD",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
    "Lamb",
    "Adafactor",
    "Muon",
]


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def steps(optimizer: Any, variable: Variable, gradients: list[Any]) -> Any:
    for gradient in gradients:
        optimizer.apply_gradients([(backend.tensor.convert(gradient), variable)])
    return variable.numpy()


@pytest.mark.parametrize("name", CLASSES)
def test_state_and_configuration_make_an_equal_optimizer(name: str) -> None:
    gradients = [numbers(4, 3, seed=s) for s in range(12)]
    options = {
        "use_ema": True,
        "ema_overwrite_frequency": 4,
        "gradient_accumulation_steps": 2,
        "clipnorm": 2.0,
        "learning_rate": schedules.ExponentialDecay(0.1, 3, 0.5),
    }
    whole = getattr(optimizers, name)(**options)
    straight = Variable(numbers(4, 3, seed=99), name="kernel")
    steps(whole, straight, gradients)

    first = getattr(optimizers, name)(**options)
    broken = Variable(numbers(4, 3, seed=99), name="kernel")
    steps(first, broken, gradients[:7])
    data = json.loads(json.dumps(optimizers.serialize(first)))
    second = optimizers.deserialize(data)
    assert optimizers.serialize(second) == data
    second.build([broken])
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(steps(second, broken, gradients[7:]), straight.numpy())


def test_accumulation_clipping_schedule_scale_decay_and_means_compose() -> None:
    optimizer = optimizers.SGD(
        schedules.InverseTimeDecay(0.5, 1, 1.0),
        momentum=0.9,
        clipnorm=1.0,
        weight_decay=0.1,
        use_ema=True,
        ema_momentum=0.75,
        gradient_accumulation_steps=3,
        loss_scale_factor=4.0,
    )
    gradients = [numbers(5, seed=s) for s in range(9)]
    variable = Variable(numbers(5, seed=50))
    w = variable.numpy().astype("float64")
    velocity, mean = np.zeros(5), None
    for done in range(3):
        g = np.mean(gradients[3 * done : 3 * done + 3], axis=0, dtype="float64")
        g = g / max(1.0, float(np.linalg.norm(g)))
        rate = 0.5 / (1 + done)
        w = w - rate * 0.1 * w
        velocity = 0.9 * velocity - rate * g
        w = w + velocity
        mean = w if mean is None else 0.75 * mean + 0.25 * w
    assert float(optimizer.scale_loss(2.0)) == 8.0
    found = steps(optimizer, variable, [4.0 * g for g in gradients])
    np.testing.assert_allclose(found, w, rtol=1e-5)
    assert int(optimizer.iterations) == 3
    optimizer.finalize_variable_values([variable])
    np.testing.assert_allclose(variable.numpy(), mean, rtol=1e-5)


def test_groups_change_rate_and_decay_of_the_weights_they_match() -> None:
    first, second, third = (Variable(np.ones(2, "float32"), name=n) for n in "abc")
    groups = [{"match": "^a$", "rate_factor": 0.1}, {"match": "b", "weight_decay": 0.5}]
    optimizer = optimizers.SGD(1.0, groups=groups)
    ones = backend.tensor.convert(np.ones(2, "float32"))
    optimizer.apply_gradients([(ones, first), (ones, second), (ones, third)])
    assert [float(v.numpy()[0]) for v in (first, second, third)] == pytest.approx([0.9, -0.5, 0.0])
    again = optimizers.SGD.from_config(json.loads(json.dumps(optimizer.get_config())))
    assert again.get_config() == optimizer.get_config()


def test_an_optimizer_of_ones_own_in_the_form_of_keras_3() -> None:
    class Signs(optimizers.Optimizer):
        def build(self, variables: Any) -> None:
            if not self.built:
                super().build(variables)
                self.seen = [self.add_variable_from_reference(v, "seen") for v in variables]

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            self.seen[0].assign_add(gradient)
            variable.assign_sub(learning_rate * ops.sign(gradient))

    optimizer = Signs(0.5)
    variable = Variable(np.zeros(2, "float32"))
    found = steps(optimizer, variable, [np.array([3.0, -2.0], "float32")] * 2)
    np.testing.assert_allclose(found, [-1.0, 1.0])
    np.testing.assert_allclose(optimizer.variables[-1].numpy(), [6.0, -4.0])


def line() -> tuple[Any, Any]:
    x = numbers(64, 3)
    return x, x @ np.array([[1.0], [-2.0], [0.5]], "float32")


def test_accumulated_batches_train_like_one_large_batch() -> None:
    x, y = line()
    results = []
    for batch, options in ((32, {}), (8, {"gradient_accumulation_steps": 4})):
        model = Sequential([Linear(1, name="it")])
        model.build((None, 3))
        model.set_weights([np.full(w.shape, 0.3, "float32") for w in model.weights])
        model.compile(optimizers.Adam(0.1, **options), loss="mse")
        model.fit(x, y, batch_size=batch, epochs=3, shuffle=False, verbose=0)
        assert int(model.optimizer.iterations) == 6
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)


def test_training_ends_with_the_means_of_the_weights() -> None:
    x, y = line()
    model = Sequential([Linear(1)])
    model.compile(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), loss="mse")
    model.fit(x, y, batch_size=16, verbose=0)
    means = [v for v in model.optimizer.variables if v.name == "average"]
    for weight, mean in zip(model.trainable_weights, means, strict=True):
        np.testing.assert_array_equal(weight.numpy(), mean.numpy())


def test_half_precision_scales_the_loss_by_itself() -> None:
    x, y = line()
    before = config.dtype_policy().name
    config.set_dtype_policy("mixed_float16")
    try:
        model = Sequential([Linear(1)])
        model.compile(optimizers.SGD(0.05), loss="mse")
        assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
        history = model.fit(x, y, batch_size=16, epochs=5, verbose=0).history["loss"]
        assert history[-1] < history[0] / 2
        assert model.optimizer.learning_rate == pytest.approx(0.05)
        model.compile(optimizers.SGD(0.05), loss="mse", auto_scale_loss=False)
        assert isinstance(model.optimizer, optimizers.SGD)
    finally:
        config.set_dtype_policy(before)


def test_the_wrapped_optimizer_trains_in_compiled_code_and_refuses_to_be_saved() -> None:
    class Plain:
        def apply_gradients(self, pairs: Any) -> None:
            for gradient, variable in pairs:
                variable.assign_sub(0.1 * gradient)

    x, y = line()
    model = Sequential([Linear(1)])
    model.compile(optimizers.TFOptimizer(Plain()), loss="mse")
    history = model.fit(x, y, batch_size=16, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
    with pytest.raises(ConfigurationError, match="include_optimizer=False"):
        model.optimizer.get_config()


def test_signatures_show_the_shared_arguments() -> None:
    shown = inspect.signature(optimizers.Adam).parameters
    assert list(shown)[:5] == ["learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"]
    assert {"use_ema", "gradient_accumulation_steps", "groups", "name"} <= set(shown)


def test_one_cycle_and_warm_up() -> None:
    cycle = schedules.OneCycle(1.0, 100, rise=0.25)
    rates = [float(cycle(step)) for step in (0, 25, 100, 130)]
    assert rates == pytest.approx([0.04, 1.0, 4e-6, 4e-6], rel=1e-3)
    warm = schedules.WarmUp(schedules.ExponentialDecay(1.0, 10, 0.5), 4)
    assert [float(warm(step)) for step in (0, 2, 4, 14)] == pytest.approx([0.0, 0.5, 1.0, 0.5])
    again = schedules.WarmUp.from_config(json.loads(json.dumps(warm.get_config())))
    assert float(again(14)) == pytest.approx(0.5)


WRONG: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: optimizers.SGD(-0.1), ("SGD", "learning_rate", "-0.1")),
    (lambda: optimizers.SGD("fast"), ("SGD", "learning_rate", "'fast'")),
    (lambda: optimizers.SGD(momentum=1.5), ("SGD", "momentum", "1.5")),
    (lambda: optimizers.Adam(beta_1=1.0), ("Adam", "beta_1", "1.0")),
    (lambda: optimizers.Adam(lr=0.1, learning_rate=0.2), ("Adam", "lr=0.1", "learning_rate=0.2")),
    (lambda: optimizers.Adam(speed=1), ("Adam", "speed")),
    (lambda: optimizers.Adam(weight_decay=-1), ("Adam", "weight_decay", "-1")),
    (lambda: optimizers.AdamW(weight_decay=None), ("AdamW", "weight_decay", "None")),
    (lambda: optimizers.SGD(clipnorm=1, clipvalue=1), ("SGD", "clipnorm", "clipvalue")),
    (lambda: optimizers.SGD(gradient_accumulation_steps=1), ("accumulation_steps", "2", "1")),
    (lambda: optimizers.SGD(gradient_accumulation_steps=2.5), ("accumulation_steps", "2.5")),
    (lambda: optimizers.SGD(use_ema=True, ema_momentum=2), ("ema_momentum", "2")),
    (lambda: optimizers.SGD(groups="conv"), ("groups", "'conv'", "match")),
    (lambda: optimizers.SGD(groups=[{"match": "("}]), ("match", "'('")),
    (lambda: optimizers.SGD(groups=[{"match": "a", "rate": 1}]), ("'rate'", "rate_factor")),
    (lambda: optimizers.Ftrl(learning_rate_power=1), ("Ftrl", "learning_rate_power", "1")),
    (lambda: optimizers.Muon(ns_steps=0), ("Muon", "ns_steps", "0")),
    (lambda: optimizers.TFOptimizer("sgd"), ("apply_gradients", "'sgd'")),
    (lambda: optimizers.LossScaleOptimizer("sgd", 0), ("initial_scale", "0")),
    (
        lambda: optimizers.LossScaleOptimizer(optimizers.SGD(loss_scale_factor=2.0)),
        ("inner_optimizer", "loss_scale_factor"),
    ),
    (lambda: schedules.CosineDecayRestarts(0.1, 0), ("first_decay_steps", "0")),
    (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 2, 3]), ("boundaries", "[2, 1]")),
    (lambda: schedules.PiecewiseConstantDecay([1], [1]), ("boundaries", "one value more")),
    (lambda: schedules.OneCycle(1.0, 10, rise=1.0), ("rise", "1.0")),
]


@pytest.mark.parametrize(("make", "facts"), WRONG)
def test_what_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


def test_state_of_other_shapes_is_refused_whole() -> None:
    variable = Variable(np.zeros(3, "float32"))
    optimizer = optimizers.Adam()
    steps(optimizer, variable, [np.ones(3, "float32")])
    before = optimizer.get_weights()
    with pytest.raises(ShapeError, match=r"\(3,\).*\(4,\)"):
        optimizer.set_weights([*before[:-1], np.zeros(4)])
    for a, b in zip(before, optimizer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
