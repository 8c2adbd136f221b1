"""Training gives what Keras 3 gives: losses, logs, weights, predictions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from twins import (
    Builder,
    assert_equal_logs,
    assert_equal_weights,
    classes,
    fit_both,
    numbers,
    one_hot,
    pair,
)

import kcore


def dense(k: Any) -> Any:
    return k.Sequential(
        [
            k.Input((6,)),
            k.layers.Dense(8, activation="relu"),
            k.layers.Dense(8, activation="tanh", kernel_regularizer=k.regularizers.L2(0.01)),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def convolution(k: Any) -> Any:
    return k.Sequential(
        [
            k.Input((8, 8, 2)),
            # a bias before batch normalization has no gradient but rounding errors
            k.layers.Conv2D(4, 3, padding="same", use_bias=False),
            k.layers.BatchNormalization(),
            k.layers.Activation("relu"),
            k.layers.MaxPooling2D(),
            k.layers.Conv2D(4, 3, strides=2, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.Flatten(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def pooled_convolution(k: Any) -> Any:
    x = start = k.Input((8, 8, 3))
    x = k.layers.ZeroPadding2D(1)(x)
    x = k.layers.Conv2D(4, (3, 2), dilation_rate=2, use_bias=False)(x)
    x = k.layers.BatchNormalization(momentum=0.8, epsilon=1e-4, scale=False)(x)
    x = k.layers.Add()([x, k.layers.Conv2D(4, 1)(x)])
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(start, k.layers.Dense(3, activation="softmax")(x))


def recurrent(masked: bool, sequences: bool = False, back: bool = False) -> Builder:
    def build(k: Any) -> Any:
        layers = [
            k.Input((7,), dtype="int32"),
            k.layers.Embedding(11, 5, mask_zero=masked),
            k.layers.LSTM(6, return_sequences=sequences, go_backwards=back),
        ]
        if sequences:
            layers.append(k.layers.LSTM(4))
        return k.Sequential([*layers, k.layers.Dense(3, activation="softmax")])

    return build


def padded_sentences(rows: int, steps: int = 7, words: int = 11) -> Any:
    """Word numbers with zeros behind; every sentence has at least one word."""
    draw = np.random.default_rng(5)
    sentences = draw.integers(1, words, (rows, steps)).astype("int32")
    lengths = draw.integers(1, steps + 1, rows)
    return np.where(np.arange(steps) < lengths[:, None], sentences, 0).astype("int32")


CASES: dict[str, tuple[Builder, Any]] = {
    "dense": (dense, numbers(30, 6)),
    "convolution": (convolution, numbers(30, 8, 8, 2)),
    "pooled convolution": (pooled_convolution, numbers(30, 8, 8, 3)),
    "lstm": (recurrent(masked=False), padded_sentences(30)),
    "masked lstm": (recurrent(masked=True), padded_sentences(30)),
    "stacked masked lstm": (recurrent(masked=True, sequences=True), padded_sentences(30)),
    "backward lstm": (recurrent(masked=False, back=True), padded_sentences(30)),
}


def adam(k: Any) -> Any:
    """With an epsilon that keeps rounding errors of gradients near zero from becoming steps."""
    return k.optimizers.Adam(0.005, epsilon=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("case", CASES)
def test_losses_metrics_weights_and_predictions(case: str, optimizer: str) -> None:
    build, x = CASES[case]
    y = classes(3, len(x))
    # Keras 3 squares the gradients of a row that a batch reads twice one by one instead of their
    # sum, so Adam behind an Embedding is compared with tf_keras, which does not
    peer = tf_keras if optimizer == "adam" and "lstm" in case else keras
    ours, theirs = pair(build, peer)
    for model, k in ((ours, kcore), (theirs, peer)):
        model.compile(
            adam(k) if optimizer == "adam" else optimizer,
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
    logs = fit_both(ours, theirs, x, y, validation_data=(x[:10], y[:10]))
    assert_equal_logs(*logs)
    assert_equal_weights(ours, theirs)
    np.testing.assert_allclose(
        ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-3, atol=1e-5
    )
    found, expected = (m.evaluate(x, y, batch_size=8, verbose=0) for m in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("loss", "metrics"),
    [
        ("categorical_crossentropy", ["accuracy", "categorical_accuracy"]),
        ("categorical_crossentropy", ["acc", "mse", "mae"]),
        ("mse", ["mean_squared_error", "MeanAbsoluteError"]),
        ("kl_divergence", ["binary_accuracy"]),
    ],
)
def test_log_keys_are_the_names_as_typed(loss: str, metrics: list[str]) -> None:
    ours, theirs = pair(dense)
    for model in (ours, theirs):
        model.compile("sgd", loss=loss, metrics=list(metrics))
    assert_equal_logs(*fit_both(ours, theirs, numbers(20, 6), one_hot(classes(3, 20), 3), epochs=1))


def two_by_two(k: Any) -> Any:
    left = k.Input((4,), name="left")
    right = k.Input((5,), name="right")
    shared = k.layers.Dense(6, activation="tanh", name="shared")
    wide = k.layers.Dense(4, name="narrow")(right)
    both = k.layers.Concatenate()([shared(left), shared(wide)])
    number = k.layers.Dense(1, name="number")(both)
    kind = k.layers.Dense(3, activation="softmax", name="kind")(both)
    return k.Model(inputs=[left, right], outputs=[number, kind])


@pytest.mark.parametrize("by_name", [False, True], ids=["by list", "by dict"])
def test_two_inputs_two_outputs(by_name: bool) -> None:
    # full batches only: Keras 3 takes the mean of `number_loss` over batches, whatever their size
    x = {"left": numbers(24, 4), "right": numbers(24, 5, seed=1)}
    y = {"number": numbers(24, 1, seed=2), "kind": classes(3, 24)}
    ours, theirs = pair(two_by_two)
    for model in (ours, theirs):
        if by_name:
            model.compile(
                "adam",
                loss={"number": "mse", "kind": "sparse_categorical_crossentropy"},
                loss_weights={"number": 0.5, "kind": 2.0},
                metrics={"number": ["mae"], "kind": ["accuracy"]},
            )
        else:
            model.compile(
                "adam",
                loss=["mse", "sparse_categorical_crossentropy"],
                loss_weights=[0.5, 2.0],
                metrics=[["mae"], ["accuracy"]],
            )
    data = (x, y) if by_name else (list(x.values()), list(y.values()))
    assert_equal_logs(*fit_both(ours, theirs, *data))
    assert_equal_weights(ours, theirs)
    assert_equal_logs(
        *(m.evaluate(*data, batch_size=8, verbose=0, return_dict=True) for m in (ours, theirs))
    )
    for own, other in zip(
        ours.predict(data[0], verbose=0), theirs.predict(data[0], verbose=0), strict=True
    ):
        np.testing.assert_allclose(own, other, rtol=1e-3, atol=1e-5)


def test_outputs_by_dict() -> None:
    def build(k: Any) -> Any:
        start = k.Input((4,), name="start")
        outputs = {
            "second": k.layers.Dense(2, name="b")(start),
            "first": k.layers.Dense(1, name="a")(start),
        }
        return k.Model(start, outputs)

    y = {"first": numbers(16, 1, seed=3), "second": numbers(16, 2, seed=4)}
    ours, theirs = pair(build)
    for model in (ours, theirs):
        model.compile("sgd", loss={"first": "mse", "second": "mae"}, metrics={"first": ["mae"]})
    assert_equal_logs(*fit_both(ours, theirs, numbers(16, 4), y))
    found, expected = (m.predict(numbers(16, 4), verbose=0) for m in (ours, theirs))
    assert set(found) == set(expected)
    for key in found:
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-3, atol=1e-5)


def test_sample_weight_class_weight_and_weighted_metrics() -> None:
    x, y = numbers(30, 6), classes(3, 30)
    weight = numbers(30, seed=7, low=0.0, high=2.0)
    weight[:4] = 0.0
    for options in (
        {"sample_weight": weight},
        {"class_weight": {0: 0.5, 1: 1.0, 2: 3.0}},
    ):
        ours, theirs = pair(dense)
        for model in (ours, theirs):
            model.compile(
                "sgd",
                loss="sparse_categorical_crossentropy",
                metrics=["accuracy"],
                weighted_metrics=["sparse_categorical_accuracy"],
            )
        assert_equal_logs(*fit_both(ours, theirs, x, y, **options))
        assert_equal_weights(ours, theirs)


def test_validation_split_takes_the_same_tail() -> None:
    x, y = numbers(30, 6), classes(3, 30)
    ours, theirs = pair(dense)
    for model in (ours, theirs):
        model.compile("sgd", loss="sparse_categorical_crossentropy")
    assert_equal_logs(*fit_both(ours, theirs, x, y, validation_split=0.3))


def test_loss_of_sequences_counts_unmasked_steps_only() -> None:
    def build(k: Any) -> Any:
        return k.Sequential(
            [
                k.Input((7,), dtype="int32"),
                k.layers.Embedding(11, 5, mask_zero=True),
                k.layers.LSTM(6, return_sequences=True),
                k.layers.Dense(4, activation="softmax"),
            ]
        )

    x, y = padded_sentences(24), classes(4, 24, 7)
    ours, theirs = pair(build)
    for model in (ours, theirs):
        model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    assert_equal_logs(*fit_both(ours, theirs, x, y))
    assert_equal_weights(ours, theirs)


def test_frozen_layers_stay_and_batch_normalization_uses_its_statistics() -> None:
    x, y = numbers(24, 8, 8, 2), classes(3, 24)
    ours, theirs = pair(convolution)
    for model in (ours, theirs):
        for layer in model.layers[:4]:
            layer.trainable = False
        model.compile("sgd", loss="sparse_categorical_crossentropy")
    before = ours.layers[1].get_weights()
    assert_equal_logs(*fit_both(ours, theirs, x, y))
    assert all(
        np.array_equal(a, b) for a, b in zip(before, ours.layers[1].get_weights(), strict=True)
    )
    assert_equal_weights(ours, theirs)
    for own, other in (
        (ours.trainable_weights, theirs.trainable_weights),
        (ours.non_trainable_weights, theirs.non_trainable_weights),
    ):
        assert [tuple(w.shape) for w in own] == [tuple(w.shape) for w in other]


def test_train_on_batch_and_test_on_batch() -> None:
    x, y = numbers(16, 6), classes(3, 16)
    ours, theirs = pair(dense)
    for model in (ours, theirs):
        model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        np.testing.assert_allclose(
            ours.train_on_batch(x, y), theirs.train_on_batch(x, y), rtol=1e-4
        )
    for rows in (slice(0, 9), slice(9, 16)):
        np.testing.assert_allclose(
            ours.test_on_batch(x[rows], y[rows]), theirs.test_on_batch(x[rows], y[rows]), rtol=1e-4
        )
    np.testing.assert_allclose(ours.predict_on_batch(x), theirs.predict_on_batch(x), rtol=1e-4)


def test_nested_and_shared_models() -> None:
    def build(k: Any) -> Any:
        part = k.Sequential(
            [k.Input((4,)), k.layers.Dense(5, activation="tanh"), k.layers.Dense(3)], name="part"
        )
        first, second = k.Input((4,), name="first"), k.Input((4,), name="second")
        joined = k.layers.Add()([part(first), part(second)])
        return k.Model([first, second], k.layers.Dense(1)(joined))

    data = [numbers(20, 4), numbers(20, 4, seed=1)], numbers(20, 1, seed=2)
    ours, theirs = pair(build)
    for model in (ours, theirs):
        model.compile("adam", loss="mse")
    assert_equal_logs(*fit_both(ours, theirs, *data))
    assert_equal_weights(ours, theirs)


def test_metrics_that_layers_hold_are_in_the_logs() -> None:
    def build(k: Any) -> Any:
        class Watch(k.layers.Layer):  # type: ignore[misc,name-defined]
            def __init__(self, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                self.seen = k.metrics.Mean(name="seen")

            def call(self, inputs: Any) -> Any:
                self.seen.update_state(k.ops.mean(inputs))
                return inputs * 2.0

        model = k.Sequential([k.Input((3,)), Watch(), k.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        return model

    x = numbers(12, 3)
    ours, theirs = pair(build)
    found = fit_both(ours, theirs, x, x[:, :1], batch_size=4)
    assert_equal_logs(*found)
    assert "seen" in found[0]
    logs = [m.evaluate(x, x[:, :1], return_dict=True, verbose=0) for m in (ours, theirs)]
    assert_equal_logs(*logs)
    held = [[m.name for m in model.layers[0].metrics] for model in (ours, theirs)]
    assert held == [["seen"], ["seen"]]
