"""The training loop: formulas, own steps, eager mode, weights, seeds, callbacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_layers import (
    Join,
    Linear,
    MeanOfSteps,
    Noise,
    Rows,
    classes,
    classifier,
    numbers,
    regression,
    two_by_two,
    unchanged,
    values,
)

from kcore import Input, Layer, Model, Sequential, SymbolicTensor, Variable, backend, ops, random
from kcore.callbacks import Callback, LambdaCallback
from kcore.metrics import Mean

X, Y = numbers(20, 3), numbers(20, 1, seed=1)


def straight(**options: Any) -> Model:
    """A linear model, whose gradient is known."""
    model = Sequential([Input((3,)), Linear(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


def descend(
    w: Any, b: Any, x: Any, y: Any, weight: Any, rate: float = 0.01
) -> tuple[Any, Any, float]:
    """One step of gradient descent on the weighted mean squared error, by hand."""
    error = x @ w + b - y
    loss = float(np.mean(weight[:, None] * error**2))
    slope = 2 * weight[:, None] * error / len(x)
    return w - rate * x.T @ slope, b - rate * slope.sum(0), loss


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_fit_is_gradient_descent(eager: bool, weighted: bool) -> None:
    model = straight(run_eagerly=eager)
    w, b = values(model)
    weight = np.linspace(0, 2, 20).astype("float32") if weighted else np.ones(20, "float32")
    expected = []
    for _ in range(3):
        losses = []
        for rows in (slice(0, 8), slice(8, 16), slice(16, 20)):
            w, b, loss = descend(w, b, X[rows], Y[rows], weight[rows])
            losses.append(loss)
        expected.append(np.average(losses, weights=[8, 8, 4]))
    options = {"sample_weight": weight} if weighted else {}
    history = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, **options)
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-5)
    for found, wanted in zip(values(model), (w, b), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_class_weight_is_sample_weight_by_class() -> None:
    kinds = classes(3, 20)
    by_class, by_sample = classifier(), classifier()
    by_sample.set_weights(by_class.get_weights())
    table = {0: 0.5, 1: 1.0, 2: 4.0}
    options = {"epochs": 2, "shuffle": False, "verbose": 0}
    one = by_class.fit(X, kinds, class_weight=table, **options)
    weight = np.array([table[int(kind)] for kind in kinds])
    two = by_sample.fit(X, kinds, sample_weight=weight, **options)
    assert one.history == two.history
    assert unchanged(by_sample, values(by_class))
    both = by_class.fit(X, kinds, class_weight=table, sample_weight=weight, verbose=0)
    assert both.history["loss"][0] > 0


def test_every_row_is_seen_once_in_an_epoch_and_orders_differ() -> None:
    seen: list[list[int]] = []

    class Watching(Model):
        def __init__(self) -> None:
            super().__init__()
            self.linear = Linear(1)

        def call(self, inputs: Any) -> Any:
            if not isinstance(inputs, SymbolicTensor):
                seen[-1].extend(np.asarray(inputs)[:, 0].astype(int))
            return self.linear(inputs)

    model = Watching()
    model.compile("sgd", "mse", run_eagerly=True)
    x = np.arange(20, dtype="float32")[:, None]
    begin = LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append([]))
    model.fit(x, x * 0, batch_size=8, epochs=3, verbose=0, callbacks=[begin])
    assert all(sorted(rows) == list(range(20)) for rows in seen)
    assert len({tuple(rows) for rows in seen}) == 3


def test_run_eagerly_equals_compiled() -> None:
    results = []
    for eager in (False, True):
        random.set_seed(3)
        model = Sequential([Input((3,)), Linear(6, "relu"), Noise(), Linear(3, "softmax")])
        model.compile(
            "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager
        )
        history = model.fit(
            X, classes(3, 20), batch_size=6, epochs=3, validation_split=0.2, verbose=0
        )
        results.append((history.history, values(model)))
    (compiled, weights), (eagerly, other) = results
    assert set(compiled) == {"loss", "accuracy", "val_loss", "val_accuracy"} == set(eagerly)
    for key in compiled:
        np.testing.assert_allclose(compiled[key], eagerly[key], rtol=1e-5)
    for one, two in zip(weights, other, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_equal_seeds_give_equal_bits_and_other_seeds_do_not() -> None:
    found = []
    for seed in (5, 5, 6):
        random.reproducible(seed)
        model = Sequential([Linear(6, "relu"), Noise(), Linear(1)])
        model.compile("adam", "mse")
        history = model.fit(X, Y, batch_size=4, epochs=3, verbose=0)
        found.append((history.history["loss"], values(model)))
    assert found[0][0] == found[1][0] != found[2][0]
    assert all(map(np.array_equal, found[0][1], found[1][1]))


def test_equal_seeds_give_equal_bits_when_a_generator_builds_the_model() -> None:
    found = []
    for _ in range(2):
        random.reproducible(5)
        model = Sequential([Linear(6, "relu"), Noise(), Linear(1)])
        model.compile("adam", "mse")
        model.fit(iter([(X, Y)] * 3), verbose=0)
        found.append(values(model))
    assert all(map(np.array_equal, *found))


def test_a_chunk_limit_does_not_change_the_result() -> None:
    found = []
    for steps in (1, 3, "auto"):
        random.set_seed(1)
        model = regression(steps_per_execution=steps)
        model.fit(X, Y, batch_size=2, epochs=3, verbose=0)
        found.append(values(model))
    assert all(map(np.array_equal, found[0], found[1]))
    assert all(map(np.array_equal, found[0], found[2]))


class OwnStep(Model):
    """Takes the mean absolute error whatever compile was given, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = Linear(1)
        self.tracker = Mean(name="error")

    def call(self, inputs: Any) -> Any:
        return self.linear(inputs)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data

        def compute() -> tuple[Any, Any]:
            loss = ops.mean(ops.absolute(self(x, training=True) - y))
            return loss, None

        trained = self.trainable_weights
        loss, _, grads = backend.autodiff.value_and_gradients(compute, [v.storage for v in trained])
        self.optimizer.apply(grads, trained)
        self.tracker.update_state(loss)
        return {"error": self.tracker.result(), "twice": 2.0 * loss}


@pytest.mark.parametrize("eager", [False, True])
def test_an_own_train_step_replaces_the_step(eager: bool) -> None:
    model = OwnStep()
    model.compile("sgd", run_eagerly=eager)
    history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0).history
    assert {"error", "twice"} <= set(history)
    np.testing.assert_allclose(history["twice"], 2 * np.array(history["error"]), rtol=1e-5)
    assert history["error"][1] < history["error"][0]


def test_a_train_step_may_call_the_original_and_tensorflow() -> None:
    import tensorflow as tf

    class Scaled(Model):
        def __init__(self) -> None:
            super().__init__()
            self.linear = Linear(1)

        def call(self, inputs: Any) -> Any:
            return self.linear(inputs)

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
            return {"loss": loss, "length": tf.linalg.global_norm(grads)}

    model, plain = Scaled(), straight()
    model.compile("sgd", "mse")
    model(X)
    model.set_weights(plain.get_weights())
    options = {"batch_size": 20, "shuffle": False, "verbose": 0}
    history = model.fit(X, Y, **options).history
    np.testing.assert_allclose(
        history["loss"], plain.fit(X, Y, **options).history["loss"], rtol=1e-6
    )
    assert history["length"][0] > 0
    for one, two in zip(values(model), values(plain), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)


def test_an_own_loss_replaces_the_compiled_one() -> None:
    class OwnLoss(Model):
        def compute_loss(
            self,
            x: Any = None,
            y: Any = None,
            y_pred: Any = None,
            sample_weight: Any = None,
            **_: Any,
        ) -> Any:
            return ops.mean(ops.square(y_pred - y)) * 3.0

    start = Input((3,))
    model = OwnLoss(start, Linear(1)(start))
    model.compile("sgd", metrics=["mse"])
    history = model.fit(X, Y, batch_size=20, verbose=0).history
    assert history["loss"][0] == pytest.approx(3 * history["mse"][0], rel=1e-5)


def test_losses_of_layers_and_regularizers_are_added() -> None:
    class Adds(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(ops.mean(inputs) * 0.0 + 2.0)
            return inputs

    start = Input((3,))
    end = Linear(1, kernel_regularizer="l2", name="end")
    model = Model(start, end(Adds()(start)))
    model.compile("sgd", "mse", metrics=["mse"])
    kernel = np.array(end.kernel)
    loss, error = model.evaluate(X, Y, verbose=0)
    assert loss == pytest.approx(error + 2.0 + 0.01 * float(np.sum(kernel**2)), rel=1e-5)


def test_freezing_layers_between_fits() -> None:
    model = regression(optimizer="adam")
    first, last = model.layers
    model.fit(X, Y, verbose=0)
    first.trainable = False
    frozen, moving = values(first), values(last)
    model.fit(X, Y, verbose=0)
    assert unchanged(first, frozen)
    assert not unchanged(last, moving)
    first.trainable = True
    model.fit(X, Y, verbose=0)
    assert not unchanged(first, frozen)
    assert int(model.optimizer.iterations) == 3


def test_two_inputs_and_outputs_by_list_and_by_dict_are_the_same() -> None:
    x = {"left": numbers(12, 2), "right": numbers(12, 3)}
    y = {"number": numbers(12, 1), "kind": classes(3, 12)}
    by_list = two_by_two(metrics=[["mae"], ["accuracy"]], loss_weights=[0.5, 2.0])
    by_dict = two_by_two(
        loss={"kind": "sparse_categorical_crossentropy", "number": "mse"},
        metrics={"kind": ["accuracy"], "number": "mae"},
        loss_weights={"number": 0.5, "kind": 2.0},
    )
    by_dict.set_weights(by_list.get_weights())
    options = {"epochs": 2, "shuffle": False, "verbose": 0}
    one = by_list.fit(list(x.values()), list(y.values()), **options).history
    two = by_dict.fit(x, y, **options).history
    assert one == two
    assert set(one) == {"loss", "number_loss", "kind_loss", "number_mae", "kind_accuracy"}
    total = 0.5 * np.array(one["number_loss"]) + 2.0 * np.array(one["kind_loss"])
    np.testing.assert_allclose(one["loss"], total, rtol=1e-5)
    outputs = by_list.predict(x)
    assert [o.shape for o in outputs] == [(12, 1), (12, 3)]
    for one_output, other in zip(outputs, by_dict.predict(list(x.values())), strict=True):
        assert np.array_equal(one_output, other)


def test_masked_steps_do_not_count_in_loss_and_metric() -> None:
    x = np.array([[1, 2, 0], [3, 0, 0]])
    y = numbers(2, 3, 2)
    model = Sequential([Input((3,), dtype="int32"), Rows(5, 4), Linear(2)])
    model.compile("sgd", "mse", metrics=["mae"])
    found = model.evaluate(x, y, verbose=0)
    error = (model.predict(x) - y)[x != 0]
    np.testing.assert_allclose(found, [np.mean(error**2), np.mean(np.abs(error))], rtol=1e-5)


def test_masks_reach_layers_that_ask_for_them() -> None:
    model = Sequential([Input((3,), dtype="int32"), Rows(5, 4), Linear(2), MeanOfSteps()])
    padded = model.predict(np.array([[1, 2, 0], [3, 0, 0]]))
    steps = model.predict(np.array([[1, 2, 1], [3, 3, 3]]))
    assert not np.allclose(padded[0], steps[0])
    np.testing.assert_allclose(padded[1], steps[1], rtol=1e-6)


def test_a_layer_that_drops_the_mask_leaves_it_to_other_branches() -> None:
    class Same(Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

        def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
            return None

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    def build(order: int) -> Model:
        start = Input((3,), dtype="int32")
        rows = rows_layer(start)
        branches = [lambda: MeanOfSteps()(rows), lambda: MeanOfSteps()(Same()(rows))]
        made = {i: branches[i]() for i in ((0, 1), (1, 0))[order]}
        return Model(start, Join()([made[1], made[0]]))

    rows_layer = Rows(5, 4)
    x = np.array([[1, 2, 0], [3, 0, 0]])
    one, two = build(0).predict(x), build(1).predict(x)
    assert np.array_equal(one, two)
    assert not np.allclose(one[:, :4], one[:, 4:])


class Recorder(Callback):
    """Writes down the hooks in the order of their calls."""

    def __init__(self, batches: bool = False) -> None:
        super().__init__()
        self.calls: list[str] = []


def _record(name: str) -> Any:
    def hook(self: Recorder, *args: Any) -> None:
        numbers_ = "".join(f" {a}" for a in args if isinstance(a, int))
        self.calls.append(name.removeprefix("on_") + numbers_)

    return hook


for _hook in """on_train_begin on_train_end on_epoch_begin on_epoch_end on_train_batch_begin
on_train_batch_end on_test_begin on_test_end on_test_batch_begin on_test_batch_end on_predict_begin
on_predict_end on_predict_batch_begin on_predict_batch_end""".split():
    setattr(Recorder, _hook, _record(_hook))


def test_callbacks_are_called_in_order() -> None:
    recorder = Recorder()
    model = regression()
    model.fit(
        X[:4],
        Y[:4],
        batch_size=2,
        epochs=2,
        verbose=0,
        validation_data=(X[:2], Y[:2]),
        callbacks=recorder,
    )
    epoch = [
        *("train_batch_begin 0", "train_batch_end 0", "train_batch_begin 1", "train_batch_end 1"),
        *("test_begin", "test_batch_begin 0", "test_batch_end 0", "test_end"),
    ]
    assert recorder.calls == [
        "train_begin",
        *("epoch_begin 0", *epoch, "epoch_end 0"),
        *("epoch_begin 1", *epoch, "epoch_end 1"),
        "train_end",
    ]
    recorder.calls.clear()
    model.predict(X[:4], batch_size=2, callbacks=[recorder])
    batches = [f"predict_batch_{what} {i}" for i in (0, 1) for what in ("begin", "end")]
    assert recorder.calls == ["predict_begin", *batches, "predict_end"]


def test_old_names_of_batch_hooks_are_called() -> None:
    found: list[int] = []

    class Old(Callback):
        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            found.append(batch)
            assert set(logs) == {"loss"}

    regression().fit(X, Y, batch_size=8, verbose=0, callbacks=[Old()])
    assert found == [0, 1, 2]


def test_batch_hooks_do_not_change_the_result() -> None:
    found = []
    for callbacks in ([], [Recorder()]):
        random.set_seed(2)
        model = regression()
        history = model.fit(X, Y, batch_size=6, epochs=2, verbose=0, callbacks=callbacks)
        found.append((history.history, values(model)))
    assert found[0][0] == found[1][0]
    assert all(map(np.array_equal, found[0][1], found[1][1]))


def test_stop_training_ends_after_the_epoch() -> None:
    def stop(epoch: int, logs: Any) -> None:
        model.stop_training = epoch == 1

    model = regression()
    history = model.fit(X, Y, epochs=9, verbose=0, callbacks=[LambdaCallback(on_epoch_end=stop)])
    assert history.epoch == [0, 1]


def test_initial_epoch_counts_from_there() -> None:
    history = regression().fit(X, Y, initial_epoch=3, epochs=5, verbose=0)
    assert history.epoch == [3, 4]


def test_validation_changes_nothing_in_training() -> None:
    found = []
    for options in ({}, {"validation_data": (X[:5], Y[:5]), "validation_freq": 2}):
        random.set_seed(4)
        model = regression(metrics=["mae"])
        history = model.fit(X, Y, epochs=4, verbose=0, **options).history
        found.append((history["loss"], history["mae"], values(model)))
    assert found[0][:2] == found[1][:2]
    assert all(map(np.array_equal, found[0][2], found[1][2]))
    assert len(history["val_loss"]) == 2


def test_validation_split_is_the_unshuffled_tail() -> None:
    model = straight(optimizer={"class_name": "SGD", "config": {"learning_rate": 0.0}})
    history = model.fit(X, Y, validation_split=0.25, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(
        model.evaluate(X[15:], Y[15:], verbose=0), rel=1e-6
    )
    assert history["loss"][0] == pytest.approx(model.evaluate(X[:15], Y[:15], verbose=0), rel=1e-6)


def test_variables_changed_by_hand_are_used_by_the_next_fit() -> None:
    model = straight()
    model.fit(X, Y, verbose=0)
    model.set_weights([np.zeros((3, 1)), np.ones(1)])
    assert np.array_equal(model.predict(X), np.ones((20, 1)))
    model.optimizer.learning_rate = 0.0
    before = values(model)
    model.fit(X, Y, verbose=0)
    assert unchanged(model, before)


def test_a_variable_of_the_model_itself_is_trained() -> None:
    class Shifts(Model):
        def __init__(self) -> None:
            super().__init__()
            self.shift = Variable(np.zeros(3, "float32"), name="shift")

        def call(self, inputs: Any) -> Any:
            return inputs + self.shift

    model = Shifts()
    model.compile("sgd", "mse")
    model.fit(X, X + 1.0, epochs=3, verbose=0)
    assert (np.array(model.shift) > 0).all()


def test_a_function_called_often_gives_the_same_and_few_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend.compile.Concrete, "_operations_left", 16)
    rows = [numbers(n + 1, 3, seed=n) for n in range(3)]
    given = []
    for _ in range(20):
        model = Sequential([Linear(4, "tanh"), Linear(2)])
        model.build((None, 3))
        expected = [model.predict(row, verbose=0) for row in rows]
        left = backend.compile.Concrete._operations_left
        for _ in range(60):
            for row, value in zip(rows, expected, strict=True):
                np.testing.assert_array_equal(model.predict(row, verbose=0), value)
        given.append(left - backend.compile.Concrete._operations_left)
    # TensorFlow keeps the kernels of such operations, so that a process may make sixteen
    assert given == [1] * 16 + [0] * 4
