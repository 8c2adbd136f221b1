"""Steps that are NaN or infinite: found, explained, left out; the model stays good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear, Noise, numbers, values

from kcore import Layer, Sequential, callbacks, losses, ops, optimizers, random, regularizers, utils
from kcore.errors import ConfigurationError, NonFiniteError
from kcore.training.trainer import Trainer

X, Y = numbers(40, 3), numbers(40, 1, seed=1)
BAD = 21
WITH_NAN = X.copy()
WITH_NAN[BAD, 1] = np.nan


class Means(Layer):
    """Keeps a running mean of its inputs, as batch normalization does."""

    def build(self, input_shape: Any) -> None:
        self.mean = self.add_weight((input_shape[-1],), "zeros", trainable=False, name="mean")

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            self.mean.assign(self.mean.value * 0.9 + ops.mean(inputs, 0) * 0.1)
        return inputs - self.mean

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Log(Layer):
    """The logarithm, NaN below zero."""

    def call(self, inputs: Any) -> Any:
        return ops.log(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Norm(regularizers.Regularizer):
    """The Euclidean norm, whose gradient at zero is no number."""

    def __call__(self, x: Any) -> Any:
        return ops.sqrt(ops.sum(ops.square(x)))


class SometimesInfinite(losses.Loss):
    """The squared error, infinite from a target of 100 on."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        factor = ops.where(y_true > 99.0, np.float32(np.inf), np.float32(1.0))
        return ops.mean(ops.square(y_true - y_pred) * factor, -1)


def make(*layers: Any, optimizer: Any = None, loss: Any = "mse", **options: Any) -> Any:
    random.set_seed(5)
    model = Sequential(list(layers) or [Means(), Linear(4, "tanh"), Noise(), Linear(1, name="out")])
    given = {"optimizer": optimizer or optimizers.Adam(0.01), "loss": loss, **options}
    model.compile(**given)
    model.build((None, X.shape[1]))
    return model


def fit(model: Any, x: Any, y: Any = Y, **options: Any) -> Any:
    return model.fit(x, y, **{"batch_size": 4, "verbose": 0, "shuffle": False, **options})


def message(model: Any, x: Any = X, y: Any = Y, **options: Any) -> str:
    with pytest.raises(NonFiniteError) as caught:
        fit(model, x, y, **options)
    return str(caught.value)


def state(model: Any) -> list[Any]:
    seeds = [stream.state.numpy() for stream in model.seed_generators]
    return [*values(model), *model.optimizer.get_weights(), *seeds]


def assert_same(found: list[Any], expected: list[Any]) -> None:
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"steps_per_execution": 1}])
def test_the_model_stays_as_it_was_before_the_bad_step(options: Any) -> None:
    good = make(**options)
    fit(good, X[:20], Y[:20])
    bad = make(**options, loss=SometimesInfinite())
    y = Y.copy()
    y[BAD] = 100.0
    text = message(bad, y=y)
    for fact in ("inf", "epoch 1", "batch 5", "after 5 step", "SometimesInfinite", "20, 21"):
        assert fact.lower() in text.lower().replace("_", "")
    assert_same(state(bad), state(good))


def test_a_bad_activation_is_named_with_its_layer_and_samples() -> None:
    model = make(Linear(3, name="first"), Log(name="log"), Linear(1))
    model.set_weights([np.eye(3), np.zeros(3), np.ones((3, 1)), np.zeros(1)])
    x = np.abs(X) + 0.1
    x[BAD, 2] = -1.0
    model.compile(optimizers.SGD(1e-6), "mse")
    text = message(model, x, shuffle=True)
    for fact in ("activation", "/log'", "output", f"sample(s) {BAD} of the data", "1 of 12 value"):
        assert fact in text, text


def test_a_bad_gradient_is_named_with_its_weight() -> None:
    model = make(Linear(2), Linear(1, kernel_regularizer=Norm(), name="last"), optimizer="sgd")
    model.layers[1].kernel.assign(np.zeros((2, 1)))
    before = state(model)
    text = message(model)
    for fact in ("gradient", "last/kernel", "a gradient", "square root"):
        assert fact in text, text
    assert_same(state(model), before)


def test_bad_weights_and_rates_are_named() -> None:
    model = make()
    model.layers[1].kernel.assign(np.full((3, 4), np.inf))
    text = message(model)
    assert "weight" in text
    assert model.layers[1].kernel.path in text

    class Broken(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return ops.where(step < 3, 0.1, np.float32(np.nan))

    model = make(optimizer=optimizers.SGD(Broken()))
    text = message(model)
    for fact in ("learning rate", "SGD", "nan", "schedule", "batch 3"):
        assert fact in text, text
    assert all(np.isfinite(w).all() for w in values(model))


def test_bad_data_are_found_in_a_sequence() -> None:
    class Batches(utils.Sequence):
        def __len__(self) -> int:
            return 10

        def __getitem__(self, index: int) -> Any:
            rows = slice(4 * index, 4 * index + 4)
            return X[rows], np.where(rows.start + np.arange(4) == BAD, 100.0, Y[rows, 0])

    model = make(loss=SometimesInfinite())
    with pytest.raises(NonFiniteError, match=r"Batches\[5\]"):
        model.fit(Batches(), verbose=0)


def test_skip_leaves_the_step_out_and_nothing_else() -> None:
    clean = make()
    kept = np.r_[0:20, 24:40]
    expected = fit(clean, X[kept], Y[kept], epochs=2).history
    model = make()
    with pytest.warns(UserWarning, match="left out") as caught:
        history = fit(model, WITH_NAN, nan="skip", epochs=2).history
    first, last = (str(warning.message) for warning in caught)
    assert f"sample(s) {BAD} of the data" in first
    assert "input 'x'" in first
    assert "2 of 20 steps" in last
    assert_same(state(model), state(clean))
    assert history == expected


def test_skip_ends_where_no_step_can_be_made() -> None:
    with (
        pytest.warns(UserWarning, match="left out|goes back"),
        pytest.raises(NonFiniteError, match="Every step of epoch 1"),
    ):
        fit(make(), np.full_like(X, np.nan), nan="skip")
    model = make()
    model.layers[1].kernel.assign(np.full((3, 4), np.inf))
    with pytest.raises(NonFiniteError, match="weight"):
        fit(model, X, nan="skip")


def test_rollback_goes_on_from_the_start_of_the_epoch() -> None:
    model, clean = make(Linear(1), optimizer="adam"), make(Linear(1), optimizer="adam")
    with pytest.warns(UserWarning, match="epoch's start"):
        fit(model, WITH_NAN, nan="rollback")
    fit(clean, X[24:], Y[24:])
    assert_same(state(model), state(clean))
    with (
        pytest.warns(UserWarning, match="left out|goes back"),
        pytest.raises(NonFiniteError, match="10 times"),
    ):
        fit(make(), np.full((80, 3), np.nan), numbers(80, 1), nan="rollback")


def test_ignore_goes_on() -> None:
    model = make()
    history = fit(model, WITH_NAN, nan="ignore", epochs=2).history
    assert np.isnan(history["loss"]).all()
    assert np.isnan(values(model)[0]).any()


def test_terminate_on_nan_leaves_finite_weights_and_ends_in_order(capsys: Any) -> None:
    ended: list[Any] = []
    model, good = make(), make()
    last = callbacks.LambdaCallback(on_train_end=ended.append)
    given = [callbacks.TerminateOnNaN(), last]
    history = fit(model, WITH_NAN, nan="ignore", epochs=3, callbacks=given)
    assert np.isnan(history.history["loss"]).tolist() == [True]
    assert "TerminateOnNaN" in capsys.readouterr().out
    assert len(ended) == 1
    fit(good, X[:20], Y[:20])
    assert_same(values(model), values(good))


def test_a_model_of_nan_is_never_the_best(tmp_path: Path) -> None:
    class Spoil(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["score"] = float(-epoch)
            if epoch == 1:
                self.model.layers[1].kernel.assign(np.full((3, 4), np.nan))

    best = callbacks.ModelCheckpoint(tmp_path / "best-{epoch}.h5", "score", save_best_only=True)
    stopper = callbacks.EarlyStopping("score", mode="min", patience=5, restore_best_weights=True)
    model = make()
    with pytest.warns(UserWarning, match="not kept"):
        fit(model, X, epochs=2, callbacks=[Spoil(), best, stopper])
    assert [path.name for path in tmp_path.iterdir()] == ["best-1.h5"]
    assert all(np.isfinite(w).all() for w in values(model))


def test_gradients_that_overflow_sixteen_bits_are_the_loss_scale_s_matter() -> None:
    model = make(optimizer=optimizers.LossScaleOptimizer("sgd", initial_scale=1e38))
    fit(model, 1e3 * X)
    assert float(model.optimizer.dynamic_scale) < 1e38


def test_a_step_of_the_model_s_own() -> None:
    class Own(Sequential):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    random.set_seed(5)
    model = Own([Linear(1)])
    model.compile("sgd", SometimesInfinite())
    y = Y.copy()
    y[BAD] = 100.0
    assert "epoch 1" in message(model, y=y)
    with pytest.raises(ConfigurationError, match=r"nan='skip'.*train_step.*Own"):
        fit(model, X, nan="skip")


def test_accumulated_gradients_leave_out_one_part() -> None:
    model = make(optimizer=optimizers.SGD(0.1, gradient_accumulation_steps=2))
    with pytest.warns(UserWarning, match="left out"):
        fit(model, WITH_NAN, nan="skip")
    assert all(np.isfinite(w).all() for w in state(model))


def test_watching_chunks_and_watching_steps_give_the_same_run() -> None:
    runs = []
    for steps_per_execution in ("auto", 1):
        model = make(metrics=["mae"], steps_per_execution=steps_per_execution)
        with pytest.warns(UserWarning, match="left out"):
            history = fit(model, WITH_NAN, epochs=4, nan="skip")
        runs.append((history.history, state(model)))
    assert runs[0][0] == runs[1][0]
    assert_same(runs[0][1], runs[1][1])


def test_a_layer_unfrozen_between_chunks_goes_back_too() -> None:
    class Thaw(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.layers[1].trainable = True

    runs = []
    for steps_per_execution in ("auto", 1):
        model = make(steps_per_execution=steps_per_execution)
        model.layers[1].trainable = False
        with pytest.warns(UserWarning, match="left out"):
            fit(model, WITH_NAN, epochs=3, nan="skip", callbacks=[Thaw()])
        runs.append(state(model))
    assert_same(runs[0], runs[1])


def test_the_state_is_not_gathered_at_each_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    gather = Trainer.state_for

    def counted(self: Trainer, mode: str) -> Any:
        asked.append(mode)
        return gather(self, mode)

    monkeypatch.setattr(Trainer, "state_for", counted)
    for steps_per_execution in ("auto", 1):
        model = make(steps_per_execution=steps_per_execution)
        fit(model, X, epochs=1)
        first = len(asked)
        fit(model, X, epochs=20)
        # each of the 20 epochs is a chunk or more; gathering takes 10 ms in a deep network
        assert len(asked) <= first + 3
        asked.clear()
