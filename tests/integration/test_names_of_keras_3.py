"""Names that Keras 3 has beside layers, losses and the like: what they are for, done with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import kcore as keras
import klayers
from kcore import config, ops
from kcore.errors import ConfigurationError, ShapeError

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = X.sum(-1, keepdims=True)


def model(name: str = "m") -> Any:
    made = keras.Sequential(
        [keras.Input((4,)), klayers.Dense(3, name="first"), klayers.Dense(1, name="second")],
        name=name,
    )
    made.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 20)), "mse", metrics="mae"
    )
    return made


def test_schedules_are_saved_and_made_again() -> None:
    schedules = keras.optimizers.schedules
    first = schedules.PolynomialDecay(0.1, 10, power=2.0)
    saved = json.loads(json.dumps(schedules.serialize(first)))
    again = schedules.deserialize(saved)
    assert type(again) is schedules.PolynomialDecay
    assert float(again(4)) == float(first(4))

    class Own(schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return 0.5

    assert isinstance(schedules.deserialize({"class_name": "Own", "config": {}}, {"Own": Own}), Own)
    with pytest.raises(ConfigurationError, match="schedule"):
        schedules.get(0.1)


def test_policies_are_saved_and_made_again() -> None:
    policies = keras.dtype_policies
    for name in ("float64", "mixed_bfloat16"):
        saved = json.loads(json.dumps(policies.serialize(policies.get(name))))
        again = policies.deserialize(saved)
        assert again == policies.FloatDTypePolicy(name)
        assert again.from_config(again.get_config()) == again
    with pytest.raises(ConfigurationError, match="QuantizedDTypePolicy"):
        policies.deserialize({"class_name": "QuantizedDTypePolicy", "config": {}})


def test_automatic_verbosity(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        config.disable_interactive_logging()
        assert not config.is_interactive_logging_enabled()
        model().fit(X, Y, epochs=2, batch_size=4)
        assert len(capsys.readouterr().out.strip().splitlines()) == 2
        model().fit(X, Y, verbose=0)
        assert capsys.readouterr().out == ""
    finally:
        config.enable_interactive_logging()


def test_a_bound_of_epochs() -> None:
    try:
        config.set_max_epochs(2)
        assert config.max_epochs() == 2
        assert len(model().fit(X, Y, epochs=5, verbose=0).epoch) == 2
        assert len(model().fit(X, Y, epochs=1, verbose=0).epoch) == 1
    finally:
        config.set_max_epochs(None)
    assert len(model().fit(X, Y, epochs=3, verbose=0).epoch) == 3
    for wrong in (0, 1.5, True):
        with pytest.raises(ConfigurationError, match=f"set_max_epochs.*{wrong}"):
            config.set_max_epochs(wrong)  # type: ignore[arg-type]


def test_code_in_files_cannot_be_allowed() -> None:
    with pytest.raises(ConfigurationError, match="register_keras_serializable"):
        config.enable_unsafe_deserialization()


def test_layers_are_built_from_what_build_got() -> None:
    layers: list[tuple[Any, Any]] = [
        (klayers.Dense(3), [(2, 4)]),
        (klayers.Conv2D(2, 3), [(2, 8, 8, 3)]),
        (klayers.LSTM(3), [(2, 5, 4)]),
        (klayers.Concatenate(), [(2, 3), (2, 4)]),
    ]
    for layer, shapes in layers:
        inputs = [ops.ones(shape) for shape in shapes]
        assert layer.get_build_config() == {}
        layer(inputs if len(inputs) > 1 else inputs[0])
        saved = json.loads(json.dumps(layer.get_build_config()))
        again = type(layer).from_config(layer.get_config())
        again.build_from_config(saved)
        assert again.built
        assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]


def test_models_are_compiled_from_what_compile_got() -> None:
    first = model()
    saved = json.loads(json.dumps(first.get_compile_config()))
    second = model()
    second.compile("sgd", "mae")
    second.compile_from_config(saved)
    second.set_weights(first.get_weights())
    losses = [m.fit(X, Y, epochs=2, verbose=0, shuffle=False).history for m in (first, second)]
    assert losses[0] == losses[1]
    assert set(losses[0]) == {"loss", "mae"}
    plain = keras.Sequential([keras.Input((4,)), klayers.Dense(1)])
    assert plain.get_compile_config() == {}
    plain.compile_from_config({})
    assert not plain.compiled
    plain.compile_from_config({"optimizer": "adam", "loss": "mse"})
    assert plain.optimizer.name == "adam"


@pytest.mark.parametrize("value_format", ["backend_tensor", "numpy_array"])
def test_all_state_as_a_tree(value_format: str) -> None:
    first, second = model(), model()
    first.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    second.fit(X[:4], Y[:4], verbose=0)
    state = first.get_state_tree(value_format)
    assert state["trainable_variables"]["first"]["kernel"].shape == (4, 3)
    assert set(state) == {
        "trainable_variables",
        "non_trainable_variables",
        "optimizer_variables",
        "metrics_variables",
    }
    second.set_state_tree(state)
    for m in (first, second):
        m.fit(X, Y, epochs=1, verbose=0, shuffle=False)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_tree_that_does_not_fit_changes_nothing() -> None:
    m = model()
    before = m.get_weights()
    tree = m.get_state_tree("numpy_array")
    kernel = tree["trainable_variables"]["first"]["kernel"]
    tree["trainable_variables"]["first"]["kernel"] = kernel + 1.0
    tree["trainable_variables"]["second"]["bias"] = np.zeros((7,), "float32")
    with pytest.raises(ShapeError, match=r"second/bias.*\(1,\).*\(7,\)"):
        m.set_state_tree(tree)
    with pytest.raises(ConfigurationError, match="first/wheel"):
        m.set_state_tree(
            {"trainable_variables": {"first": {"wheel": kernel, "kernel": kernel + 1}}}
        )
    with pytest.raises(ConfigurationError, match=r"'wheels'.*trainable_variables"):
        m.set_state_tree({"wheels": {}})
    with pytest.raises(ConfigurationError, match=r"value_format.*numpy_array.*'list'"):
        m.get_state_tree("list")
    for a, b in zip(before, m.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_slopes_of_what_is_computed_anew() -> None:
    layer = klayers.Dense(3, activation="tanh")
    x = tf.constant(X)
    layer(x)
    calls: list[int] = []

    def run(inputs: Any) -> Any:
        calls.append(1)
        return layer(inputs)

    found = []
    for function in (run, keras.remat(run)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = ops.sum(ops.square(function(x)))
        found.append(tape.gradient(outputs, [x, layer.kernel.storage]))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert len(calls) == 3  # once, then forward and again for the slopes


def test_values_are_on_the_device_that_was_named() -> None:
    with keras.device("cpu:0"):
        assert keras.backend.devices.of(ops.ones((2,))) == "CPU:0"


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (lambda **k: klayers.StringLookup(**k), [["b", "ä", "zz"]]),
        (lambda **k: klayers.IntegerLookup(**k), [[7, 2, 99]]),
        (lambda **k: klayers.TextVectorization(**k), [["b ä zz"]]),
    ],
)
def test_tokens_in_a_file_of_their_own(make: Any, inputs: Any, tmp_path: Path) -> None:
    tokens = [7, 2] if "Integer" in type(make()).__name__ else ["ä", "b"]
    first, second = make(vocabulary=tokens), make()
    first.save_assets(tmp_path)
    second.load_assets(tmp_path)
    assert second.get_vocabulary() == first.get_vocabulary()
    np.testing.assert_array_equal(second(np.array(inputs)), first(np.array(inputs)))
    lines = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    assert lines == [str(token) for token in first.get_vocabulary()]
    with pytest.raises(ConfigurationError, match=r"vocabulary\.txt.*nowhere"):
        second.load_assets(tmp_path / "nowhere")


def test_a_token_of_two_lines_fits_into_no_file(tmp_path: Path) -> None:
    layer = klayers.StringLookup(vocabulary=["a", "b\nc"])
    with pytest.raises(ConfigurationError, match=r"StringLookup.*b\\\\nc|StringLookup.*b\\nc"):
        layer.save_assets(tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_and_scopes_under_the_names_of_the_module_saving() -> None:
    @keras.saving.register_keras_serializable(package="shop")
    class Twice(keras.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    name = keras.saving.get_registered_name(Twice)
    assert name == "shop>Twice"
    assert keras.saving.get_registered_object(name) is Twice
    saved = keras.saving.serialize_keras_object(Twice(name="t"))
    assert isinstance(keras.saving.deserialize_keras_object(saved), Twice)
    with keras.saving.custom_object_scope({"twice": Twice}):
        assert keras.saving.get_registered_object("twice") is Twice


def test_the_policy_for_sixteen_bits_by_either_name() -> None:
    before = config.dtype_policy()
    try:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        assert keras.mixed_precision.global_policy().compute_dtype == "bfloat16"
        assert klayers.Dense(1).compute_dtype == "bfloat16"
    finally:
        config.set_dtype_policy(before)
    assert keras.mixed_precision.Policy("float32") == keras.dtype_policies.get("float32")
    assert keras.config.backend() == keras.backend.backend() == "tensorflow"
