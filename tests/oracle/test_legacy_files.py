"""Files of earlier Keras mean here what they meant then: CuDNN, hard_sigmoid, Theano, Keras 1."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tf_keras
from tf_keras.src.layers.rnn import cudnn_gru, cudnn_lstm
from twins import classes, numbers

import kcore
from kcore.errors import LoadError
from kcore.saving.upgrade import upgrade

X = numbers(3, 6, 5)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


def written(path: Path, layers: list[Any], version: str, weights: Any, **attrs: Any) -> Path:
    """A whole model as an early Keras wrote it: a list of layers, weights by layer."""
    config = {"class_name": "Sequential", "config": layers}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["keras_version"] = version.encode()
        for name, value in attrs.items():
            file.attrs[name] = value
        group = file.create_group("model_weights")
        group.attrs["keras_version"] = version.encode()
        group.attrs["backend"] = attrs.get("backend", b"tensorflow")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            own = group.create_group(name)
            own.attrs["weight_names"] = [f"{name}_{i}".encode() for i in range(len(arrays))]
            for number, array in enumerate(arrays):
                own[f"{name}_{number}"] = array
    return path


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_weights_of_cudnn_layers_become_those_of_plain_ones(kind: str, tmp_path: Path) -> None:
    fast = {"LSTM": cudnn_lstm.CuDNNLSTM, "GRU": cudnn_gru.CuDNNGRU}[kind]
    start = tf_keras.layers.Input((6, 5))
    source = tf_keras.Sequential([start, fast(3, name="memory")])
    source.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(source.get_weights())])
    path = str(tmp_path / "weights.h5")
    source.save_weights(path)

    def plain(k: Any) -> Any:
        layer = getattr(k.layers, kind)
        return k.Sequential([k.layers.Input((6, 5)), layer(3, name="memory")])

    expected = plain(tf_keras)
    expected.load_weights(path)
    ours = plain(kcore)
    ours.load_weights(path)
    np.testing.assert_allclose(ours.predict(X), expected(X).numpy(), rtol=1e-5, atol=1e-6)
    same = kcore.Sequential(
        [kcore.Input((6, 5)), getattr(kcore.layers, f"CuDNN{kind}")(3, name="memory")]
    )
    same.load_weights(path)
    np.testing.assert_allclose(same.predict(X), expected(X).numpy(), rtol=1e-5, atol=1e-6)
    expected.save_weights(path)  # and back
    same.load_weights(path)
    np.testing.assert_allclose(same.predict(X), expected(X).numpy(), rtol=1e-5, atol=1e-6)


def test_a_whole_model_with_cudnn_layers(tmp_path: Path) -> None:
    source = tf_keras.Sequential([tf_keras.layers.Input((6, 5)), cudnn_lstm.CuDNNLSTM(3)])
    source.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(source.get_weights())])
    source.save(str(tmp_path / "model.h5"))
    plain = tf_keras.Sequential([tf_keras.layers.Input((6, 5)), tf_keras.layers.LSTM(3)])
    source.save_weights(str(tmp_path / "weights.h5"))
    plain.load_weights(str(tmp_path / "weights.h5"))
    ours = kcore.models.load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(ours.predict(X), plain(X).numpy(), rtol=1e-5, atol=1e-6)
    ours.save(tmp_path / "again.h5")
    again = kcore.models.load_model(tmp_path / "again.h5")
    np.testing.assert_array_equal(again.predict(X), ours.predict(X))


@pytest.mark.parametrize(
    "layer",
    [
        lambda m: m.LSTM(3, recurrent_activation="hard_sigmoid"),
        lambda m: m.GRU(3, recurrent_activation="hard_sigmoid", reset_after=False),
        lambda m: m.RNN(m.LSTMCell(3, recurrent_activation="hard_sigmoid")),
        lambda m: m.Bidirectional(m.LSTM(3, recurrent_activation="hard_sigmoid")),
        lambda m: m.Dense(3, activation="hard_sigmoid"),
        lambda m: m.Activation("hard_sigmoid"),
    ],
)
def test_hard_sigmoid_means_what_it_meant(layer: Any, tmp_path: Path) -> None:
    theirs = tf_keras.Sequential([tf_keras.layers.Input((6, 5)), layer(tf_keras.layers)])
    theirs.set_weights([3 * numbers(*w.shape, seed=i) for i, w in enumerate(theirs.get_weights())])
    theirs.save(str(tmp_path / "model.h5"))
    ours = kcore.models.load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(ours.predict(X), theirs(X).numpy(), rtol=1e-5, atol=1e-6)
    ours.save(tmp_path / "again.keras")
    again = kcore.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(X), ours.predict(X))
    text = kcore.models.model_from_json(theirs.to_json())
    text.set_weights(ours.get_weights())
    np.testing.assert_array_equal(text.predict(X), ours.predict(X))


def test_masks_are_joined_as_they_were(tmp_path: Path) -> None:
    def build(k: Any) -> Any:
        a, b = k.layers.Input((4,)), k.layers.Input((4,))
        rows = [k.layers.Embedding(5, 3, mask_zero=True)(x) for x in (a, b)]
        return k.Model([a, b], k.layers.LSTM(2)(k.layers.Add()(rows)))

    theirs = build(tf_keras)
    theirs.save(str(tmp_path / "model.h5"))
    ours = kcore.models.load_model(tmp_path / "model.h5")
    x = [classes(3, 6, 4, seed=i) for i in (1, 2)]
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_network_of_keras_1_in_the_order_of_theano(tmp_path: Path) -> None:
    kernel, dense = numbers(4, 3, 2, 3), numbers(4 * 4 * 3, 2)  # (filters, channels, rows, columns)
    first = {
        "name": "conv",
        "trainable": True,
        "batch_input_shape": [None, 3, 5, 5],
        "input_dtype": "float32",
        "nb_filter": 4,
        "nb_row": 2,
        "nb_col": 3,
        "init": "glorot_uniform",
        "activation": "relu",
        "border_mode": "valid",
        "subsample": [1, 1],
        "dim_ordering": "th",
        "bias": True,
        "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
        "b_regularizer": None,
        "activity_regularizer": None,
        "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0},
        "b_constraint": None,
    }
    layers = [
        {"class_name": "Convolution2D", "config": first},
        {"class_name": "Dropout", "config": {"name": "drop", "trainable": True, "p": 0.5}},
        {"class_name": "Flatten", "config": {"name": "flat", "trainable": True}},
        {
            "class_name": "Dense",
            "config": {
                "name": "out",
                "trainable": True,
                "output_dim": 2,
                "init": "uniform",
                "activation": "linear",
                "bias": True,
                "W_regularizer": None,
                "b_regularizer": None,
                "activity_regularizer": None,
                "W_constraint": None,
                "b_constraint": None,
                "input_dim": 48,
            },
        },
    ]
    weights = {"conv": [kernel, numbers(4, seed=1)], "drop": [], "flat": []}
    weights["out"] = [dense, numbers(2, seed=2)]
    training = {
        "optimizer_config": {
            "class_name": "SGD",
            "config": {"lr": 0.1, "momentum": 0.9, "decay": 0.01, "nesterov": True},
        },
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy"],
        "sample_weight_mode": None,
        "loss_weights": None,
    }
    path = written(
        tmp_path / "model.h5",
        layers,
        "1.2.2",
        weights,
        backend=b"theano",
        training_config=json.dumps(training).encode(),
    )
    model = kcore.models.load_model(path)
    assert model.layers[0].kernel_constraint.max_value == 2
    assert model.optimizer.nesterov and model.optimizer.learning_rate == pytest.approx(0.1)

    x = numbers(2, 3, 5, 5)
    turned = np.flip(np.transpose(kernel, (2, 3, 1, 0)), (0, 1))  # Theano convolves
    reference = tf_keras.Sequential(
        [
            tf_keras.layers.Input((5, 5, 3)),
            tf_keras.layers.Conv2D(4, (2, 3), activation="relu"),
            tf_keras.layers.Permute((3, 1, 2)),
            tf_keras.layers.Flatten(),
            tf_keras.layers.Dense(2),
        ]
    )
    reference.set_weights([turned, weights["conv"][1], *weights["out"]])
    expected = reference(np.transpose(x, (0, 2, 3, 1))).numpy()
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", "ifco"), ("GRU", "zrh")])
def test_recurrent_layers_of_keras_1_have_an_array_a_gate(
    kind: str, gates: str, tmp_path: Path
) -> None:
    common = {"name": "memory", "trainable": True, "batch_input_shape": [None, 6, 5]}
    config = {
        **common,
        "output_dim": 3,
        "init": "glorot_uniform",
        "inner_init": "orthogonal",
        "activation": "tanh",
        "inner_activation": "hard_sigmoid",
        "W_regularizer": None,
        "U_regularizer": None,
        "b_regularizer": None,
        "dropout_W": 0.0,
        "dropout_U": 0.0,
        "return_sequences": False,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "consume_less": "cpu",
        "input_dim": 5,
        "input_length": None,
    }
    if kind == "LSTM":
        config["forget_bias_init"] = "one"
    parts = {
        g: [numbers(5, 3, seed=i), numbers(3, 3, seed=i + 9), numbers(3, seed=i + 99)]
        for i, g in enumerate(gates)
    }
    saved = [a for g in ("icfo" if kind == "LSTM" else gates) for a in parts[g]]
    layers = [{"class_name": kind, "config": config}]
    path = written(tmp_path / "model.h5", layers, "1.2.2", {"memory": saved})
    options = {} if kind == "LSTM" else {"reset_after": False}
    layer = getattr(tf_keras.layers, kind)(3, recurrent_activation="hard_sigmoid", **options)
    reference = tf_keras.Sequential([tf_keras.layers.Input((6, 5)), layer])
    reference.set_weights([np.concatenate([parts[g][n] for g in gates], -1) for n in range(3)])
    model = kcore.models.load_model(path)
    np.testing.assert_allclose(model.predict(X), reference(X).numpy(), rtol=1e-5, atol=1e-6)


def test_kernels_of_keras_1_over_sequences(tmp_path: Path) -> None:
    config = {
        "name": "conv",
        "trainable": True,
        "batch_input_shape": [None, 6, 5],
        "nb_filter": 4,
        "filter_length": 3,
        "subsample_length": 1,
        "border_mode": "same",
        "init": "uniform",
        "activation": "linear",
        "bias": True,
        "input_dim": 5,
        "input_length": None,
    }
    kernel, bias = numbers(3, 1, 5, 4), numbers(4)
    layers = [{"class_name": "Convolution1D", "config": config}]
    path = written(tmp_path / "model.h5", layers, "1.2.2", {"conv": [kernel, bias]})
    reference = tf_keras.Sequential(
        [tf_keras.layers.Input((6, 5)), tf_keras.layers.Conv1D(4, 3, padding="same")]
    )
    reference.set_weights([kernel[:, 0], bias])
    model = kcore.models.load_model(path)
    np.testing.assert_allclose(model.predict(X), reference(X).numpy(), rtol=1e-5, atol=1e-6)


def test_what_has_no_successor_is_named(tmp_path: Path) -> None:
    config = {"name": "norm", "mode": 1, "batch_input_shape": [None, 5]}
    layers = [{"class_name": "BatchNormalization", "config": config}]
    path = written(tmp_path / "model.h5", layers, "1.2.2", {"norm": []})
    with pytest.raises(LoadError, match=r"mode=1") as caught:
        kcore.models.load_model(path)
    assert "model.h5" in str(caught.value) and "LayerNormalization" in str(caught.value)


@pytest.mark.parametrize("form", ["Adam", "legacy.Adam", "legacy.RMSprop", "SGD", "legacy.SGD"])
def test_state_of_old_and_new_optimizers(form: str, tmp_path: Path) -> None:
    family, _, name = form.rpartition(".")
    source = tf_keras.optimizers.legacy if family else tf_keras.optimizers
    theirs = tf_keras.Sequential([tf_keras.layers.Input((4,)), tf_keras.layers.Dense(4)])
    theirs.add(tf_keras.layers.Dense(4))
    theirs.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(theirs.get_weights())])
    extra = {"momentum": 0.9} if name == "SGD" else {}
    theirs.compile(getattr(source, name)(0.01, **extra), loss="mse")
    x = numbers(8, 4)
    theirs.fit(x, x, epochs=2, verbose=0, shuffle=False)
    theirs.save(str(tmp_path / "model.h5"))
    ours = kcore.models.load_model(tmp_path / "model.h5")
    assert int(ours.optimizer.iterations) == 2
    for model in (ours, theirs):
        model.fit(x, x, epochs=3, verbose=0, shuffle=False)
    # the old RMSprop adds epsilon behind the root, ours before it (C05)
    # (a step without the state of the file would be 0.01 or more away)
    atol = 1e-3 if form == "legacy.RMSprop" else 1e-6
    for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=atol)


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {},
    "SGD momentum": {"momentum": 0.9},
    "Adam": {},
    "Adam amsgrad": {"amsgrad": True},
    "AdamW": {},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "Nadam": {},
    "Ftrl": {},
    "Lion": {},
    "Adafactor": {},
}


@pytest.mark.parametrize("form", OPTIMIZERS)
def test_training_goes_on_from_both_kinds_of_file(form: str, tmp_path: Path) -> None:
    optimizer = getattr(tf_keras.optimizers, form.partition(" ")[0])(0.01, **OPTIMIZERS[form])
    layers = [tf_keras.layers.Dense(2), tf_keras.layers.Dense(5)]
    theirs = tf_keras.Sequential([tf_keras.layers.Input((3,)), *layers])
    theirs.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(theirs.get_weights())])
    theirs.compile(optimizer, loss="mse")
    x, y = numbers(8, 3), numbers(8, 5, seed=1)
    fit = functools.partial(_fit_of_pairs, x, y)
    fit(theirs, 4)
    paths = [tmp_path / "model.h5", tmp_path / "model.keras"]
    for path in paths:
        theirs.save(str(path))
    fit(theirs, 3)  # not from the file: tf_keras itself starts Nadam's product anew
    for path in paths:
        ours = kcore.models.load_model(path)
        assert int(ours.optimizer.iterations) == 8
        fit(ours, 3)
        for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            # a step without the state of the file would be 0.001 or more away
            np.testing.assert_allclose(own, expected, rtol=1e-4, atol=5e-5)


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_what_tf_keras_compiled_with_objects(suffix: str, tmp_path: Path) -> None:
    k = tf_keras
    start = k.layers.Input((3,))
    theirs = k.Model(
        start, [k.layers.Dense(2, name="a")(start), k.layers.Dense(3, name="b")(start)]
    )
    inner = k.optimizers.SGD(0.01, momentum=0.9)
    scaled = k.mixed_precision.LossScaleOptimizer(inner, initial_scale=64, dynamic_growth_steps=3)
    losses = {"a": k.losses.Huber(0.3), "b": k.losses.MeanSquaredError(reduction="sum")}
    theirs.compile(scaled, losses, loss_weights={"a": 0.3, "b": 0.7}, metrics={"b": ["mse"]})
    x, y = numbers(8, 3), [numbers(8, 2, seed=1), numbers(8, 3, seed=2)]
    theirs.fit(x, y, verbose=0)
    theirs.save(str(tmp_path / f"model.{suffix}"))
    ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
    scores = theirs.evaluate(x, y, verbose=0), ours.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-5)
    assert int(ours.optimizer.iterations) == 1 and ours.optimizer.initial_scale == 64
    for model in (ours, theirs):
        model.fit(x, y, verbose=0, shuffle=False)
    for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-6)


def test_a_scale_that_never_changes_is_named() -> None:
    config = {
        "class_name": "LossScaleOptimizerV3",
        "config": {"dynamic": False, "initial_scale": 8},
    }
    with pytest.raises(LoadError, match="loss_scale_factor=8") as caught:
        upgrade(config, "2.15.0", "model.h5")
    assert "model.h5" in str(caught.value) and "dynamic=False" in str(caught.value)


def _fit_of_pairs(x: Any, y: Any, model: Any, epochs: int) -> None:
    model.fit(x, y, epochs=epochs, batch_size=4, verbose=0, shuffle=False)


def test_layers_with_slashes_in_their_names(tmp_path: Path) -> None:
    start = tf_keras.layers.Input((4,))
    y = tf_keras.layers.Dense(3, name="block/dense")(start)
    y = tf_keras.layers.BatchNormalization(name="block/norm")(y)
    theirs = tf_keras.Model(start, tf_keras.layers.Dense(2)(y))
    theirs.save(str(tmp_path / "model.h5"))
    ours = kcore.models.load_model(tmp_path / "model.h5")
    assert ours.layers[1].name == "block_dense"
    x = numbers(3, 4)
    np.testing.assert_allclose(ours.predict(x), theirs(x).numpy(), rtol=1e-5, atol=1e-6)
