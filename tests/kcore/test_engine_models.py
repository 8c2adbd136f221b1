"""Variables, layers, graphs and models: building, naming, sharing, nesting, configuration."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_layers import (
    Join,
    Linear,
    Noise,
    Rows,
    numbers,
    regression,
    two_by_two,
    unchanged,
    values,
)

import kcore
from kcore import Input, Layer, Model, Sequential, Variable, backend, ops
from kcore.errors import ConfigurationError, NotBuiltError, ShapeError
from kcore.models import clone_model, model_from_json

X = numbers(5, 3)


def refuse(shape: Any, dtype: Any) -> Any:
    raise AssertionError("An initializer ran.")


def test_a_variable_takes_memory_at_the_first_read() -> None:
    variable = Variable(lambda shape, dtype: np.full(shape, 2.0), shape=(2,))
    assert not variable.materialized
    assert variable.size == 2
    assert np.array_equal(variable.numpy(), [2.0, 2.0])
    assert variable.materialized
    variable.assign_add([1.0, 1.0])
    variable.assign_sub([0.5, 0.0])
    assert np.array_equal(variable, np.array([2.5, 3.0], "float32"))


def test_loading_weights_never_runs_an_initializer() -> None:
    variable = Variable(refuse, shape=(2,))
    variable.assign([1.0, 2.0])
    assert np.array_equal(variable.numpy(), [1.0, 2.0])


def test_building_runs_no_initializer() -> None:
    class Refusing(Layer):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight((input_shape[-1], 2), refuse, name="kernel")

        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, self.kernel)

    model = Sequential([Input((3,)), Refusing()])
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert model.count_params() == 6
    assert model.output_shape == (None, 2)
    model.set_weights([np.ones((3, 2))])
    np.testing.assert_allclose(model.predict(X), X @ np.ones((3, 2)), rtol=1e-5)


def test_a_variable_keeps_its_shape_and_dtype() -> None:
    variable = Variable(np.zeros((2, 3)), name="v")
    assert variable.dtype == "float32"
    variable.assign(np.ones((2, 3), "int64"))
    assert variable.numpy().dtype == np.float32
    for bad in (np.ones((3, 2)), np.ones(3), 1.0):
        with pytest.raises(ShapeError, match="'v'"):
            variable.assign(bad)
    with pytest.raises(ShapeError, match="known"):
        Variable(refuse, shape=(None, 2))


def test_operators_of_variables_compute() -> None:
    variable = Variable(np.array([1.0, 2.0]))
    for result, expected in (
        (variable + 1, [2, 3]),
        (1 - variable, [0, -1]),
        (variable * variable, [1, 4]),
        (np.array([2.0, 2.0], "float32") / variable, [2, 1]),
        (-variable, [-1, -2]),
        (variable[1:], [2]),
    ):
        np.testing.assert_allclose(result, expected)


def test_layers_are_built_once_and_own_what_they_hold() -> None:
    class Two(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.parts = [Linear(4), {"last": Linear(2)}]

        def call(self, inputs: Any) -> Any:
            return self.parts[1]["last"](self.parts[0](inputs))

    layer = Two()
    first = layer(X)
    assert first.shape == (5, 2)
    assert [w.shape for w in layer.weights] == [(3, 4), (4,), (4, 2), (2,)]
    assert np.array_equal(layer(X), first)
    assert layer.count_params() == 26
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 4
    assert not layer.parts[0].trainable


def test_unbuilt_layers_say_so() -> None:
    with pytest.raises(NotBuiltError, match="linear"):
        Linear(3).count_params()
    with pytest.raises(NotBuiltError):
        _ = Sequential([Linear(3)]).output_shape


def test_a_layer_without_a_shape_rule_is_asked_by_running_it() -> None:
    class Doubles(Layer):
        def call(self, inputs: Any) -> Any:
            return ops.concatenate([inputs, inputs], -1)

    class Raw(Layer):
        def call(self, inputs: Any) -> Any:
            import tensorflow as tf

            return tf.reduce_sum(tf.reshape(inputs, [tf.shape(inputs)[0], -1, 1]), -1)

    start = Input((3,))
    assert Doubles()(start).shape == (None, 6)
    assert Raw()(start).shape[0] is None
    model = Model(start, Raw()(Doubles()(start)))
    np.testing.assert_allclose(model.predict(X), np.concatenate([X, X], -1), rtol=1e-6)


@pytest.mark.parametrize("raw", [False, True], ids=["kcore.ops", "tensorflow"])
def test_subclassed_models_train(raw: bool) -> None:
    class Net(Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = Linear(4)
            self.last = Linear(1)

        def call(self, inputs: Any, training: bool = False) -> Any:
            import tensorflow as tf

            hidden = tf.nn.tanh(self.first(inputs)) if raw else ops.tanh(self.first(inputs))
            return self.last(hidden)

    model = Net()
    model.compile("sgd", "mse")
    losses = model.fit(X, X[:, :1], epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert [layer.name for layer in model.layers] == [model.first.name, model.last.name]
    assert model.predict(X).shape == (5, 1)


def test_subclassed_models_with_several_inputs_and_dict_outputs() -> None:
    class Net(Model):
        def __init__(self) -> None:
            super().__init__()
            self.join = Join()
            self.sum = Linear(1)

        def call(self, inputs: Any) -> Any:
            both = self.join([inputs["a"], inputs["b"]])
            return {"sum": self.sum(both), "same": both}

    model = Net()
    model.compile("sgd", {"sum": "mse", "same": "mae"})
    data = {"a": X, "b": X}
    history = model.fit(
        data, {"sum": X[:, :1], "same": np.concatenate([X, X], 1)}, verbose=0
    ).history
    assert set(history) == {"loss", "sum_loss", "same_loss"}
    assert history["same_loss"] == [0.0]
    assert set(model.predict(data)) == {"sum", "same"}


def test_shared_layers_have_one_set_of_weights_and_two_calls() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    shared = Linear(2)
    model = Model([a, b], Join()([shared(a), shared(b)]))
    assert len(model.weights) == 2
    one, other = model.predict({"a": X, "b": X})[:, :2], model.predict({"a": X, "b": X})[:, 2:]
    assert np.array_equal(one, other)
    assert shared.get_input_at(1) is b
    assert shared.get_output_shape_at(0) == (None, 2)
    with pytest.raises(AttributeError, match="2 times"):
        _ = shared.output


def test_nested_models() -> None:
    inner = Sequential([Input((3,)), Linear(4, "tanh"), Linear(2)], name="inner")
    start = Input((3,))
    outer = Model(start, Linear(1)(inner(start)))
    assert len(outer.weights) == 6
    assert outer.get_layer("inner") is inner
    twice = Sequential([inner, Linear(1)])
    assert twice.output_shape == (None, 1)
    outer.compile("sgd", "mse")
    before = values(inner)
    outer.fit(X, X[:, :1], verbose=0)
    assert not unchanged(inner, before)


def test_a_part_of_a_model_is_a_model_with_the_same_weights() -> None:
    model = regression()
    part = Model(model.inputs, model.layers[0].output)
    assert part.predict(X).shape == (5, 4)
    assert part.weights[0] is model.weights[0]


def test_lists_of_one_input_and_output_are_taken_apart() -> None:
    start = Input((3,))
    model = Model([start], [Linear(2)(start)])
    assert model.predict(X).shape == (5, 2)
    model.compile("sgd", "mse")
    model.fit([X], [X[:, :2]], verbose=0)


def test_graphs_name_what_is_missing() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    with pytest.raises(ConfigurationError, match="'b'"):
        Model(a, Join()([a, b]))
    with pytest.raises(ConfigurationError, match="outputs"):
        Model(a, X)
    with pytest.raises(ConfigurationError, match="same"):
        Model(a, Linear(1, name="same")(Linear(2, name="same")(a)))


def test_layers_name_axes_and_producer_when_a_shape_does_not_fit() -> None:
    class Images(Linear):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(units, **kwargs)
            self.input_spec = kcore.layer.InputSpec(ndim=4)

    with pytest.raises(ShapeError) as caught:
        Images(2, name="pictures")(Linear(4, name="maker")(Input((7, 5))))
    for fact in ("pictures", "maker", "steps=7", "features=4", "4 axes", "height", "channels"):
        assert fact in str(caught.value)


def test_sequential_grows_and_shrinks() -> None:
    model = Sequential(name="stack")
    model.add(Input((3,)))
    model.add(Linear(4))
    model.add(Linear(2))
    assert model.output_shape == (None, 2)
    assert model.pop().units == 2
    assert model.output_shape == (None, 4)
    assert model.predict(X).shape == (5, 4)
    late = Sequential([Linear(2)])
    assert not late.built
    late.build((None, 3))
    assert late.count_params() == 8
    with pytest.raises(ConfigurationError, match="stack"):
        model.add("Linear")
    with pytest.raises(ConfigurationError, match="stack"):
        model.add(model.layers[0])


@pytest.mark.parametrize(
    "legacy",
    [
        {"input_shape": (3,)},
        {"input_dim": 3},
        {"batch_input_shape": (None, 3)},
        {"input_shape": [3]},
    ],
)
def test_first_layer_arguments_of_earlier_keras(legacy: dict[str, Any]) -> None:
    model = Sequential([Linear(2, **legacy), Linear(1)])
    assert model.built
    assert model.input_shape == (None, 3)
    assert model.predict(X).shape == (5, 1)


def test_first_values_by_the_weights_argument() -> None:
    kernel, bias = numbers(3, 2), numbers(2)
    model = Sequential([Linear(2, input_dim=3, weights=[kernel, bias])])
    np.testing.assert_allclose(model.predict(X), X @ kernel + bias, rtol=1e-5)


def test_automatic_names_count_from_the_second() -> None:
    a, b = (Linear(1).name for _ in range(2))
    stem, _, number = b.rpartition("_")
    assert stem == "linear"
    assert int(number) >= 1
    assert a != b


@pytest.mark.parametrize("make", [regression, two_by_two], ids=["sequential", "functional"])
def test_clones_have_weights_of_their_own(make: Callable[[], Model]) -> None:
    model = make()
    with_custom = {cls.__name__: cls for cls in (Linear, Join, Noise, Rows)}
    with kcore.plugins.catalogue.catalogue().scope(with_custom):
        clone = clone_model(model)
        again = model_from_json(model.to_json())
    for other in (clone, again):
        assert [w.shape for w in other.weights] == [w.shape for w in model.weights]
        assert not {id(w) for w in other.weights} & {id(w) for w in model.weights}
        assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
        assert other.get_config() == model.get_config()


def test_operations_between_symbols_are_kept_in_the_configuration() -> None:
    start = Input((3,))
    model = Model(start, ops.concatenate([ops.relu(start * 2.0 - 1.0), start[:, :1]], -1))
    expected = np.concatenate([np.maximum(X * 2 - 1, 0), X[:, :1]], -1)
    for m in (model, model_from_json(model.to_json())):
        np.testing.assert_allclose(m.predict(X), expected, rtol=1e-6)


def test_dropped_models_are_freed() -> None:
    model = regression()
    model.fit(X, X[:, :1], verbose=0)
    model.predict(X)
    gone = weakref.ref(model)
    gc.disable()
    try:
        del model
        freed_at_once = gone() is None
    finally:
        gc.enable()
    gc.collect()
    assert gone() is None
    assert freed_at_once or gone() is None


def test_calls_in_eager_mode_know_training() -> None:
    model = Sequential([Input((200,)), Noise()])
    x = np.ones((2, 200), "float32")
    assert np.array_equal(model(x), x)
    assert not np.array_equal(model(x, training=True), x)
    assert 0.3 < float(ops.mean(ops.cast(ops.equal(model(x, training=True), 0), "float32"))) < 0.7


def test_import_kcore_as_keras_runs_an_ordinary_script() -> None:
    script = """
import numpy as np
import kcore as keras
from kcore.callbacks import Callback
from kcore.models import Model, Sequential
from kcore.optimizers import SGD

class Double(keras.layers.Layer):
    def __init__(self, **kwargs):
        super(Double, self).__init__(**kwargs)

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 1), initializer="ones")
        super(Double, self).build(input_shape)

    def call(self, inputs):
        return keras.ops.matmul(inputs, self.kernel)

class Watch(Callback):
    def on_epoch_end(self, epoch, logs={}):
        seen.append(sorted(logs))

seen = []
inputs = keras.Input(shape=(3,))
model = keras.Model(inputs=inputs, outputs=Double()(inputs))
model.compile(optimizer=SGD(lr=0.01, decay=1e-3), loss="mean_squared_error", metrics=["mae"])
data = np.ones((8, 3)), np.zeros(8)
history = model.fit(*data, epochs=2, verbose=0, callbacks=[Watch()], workers=1)
score = model.evaluate(np.ones((8, 3)), np.zeros(8), verbose=0)
"""
    names: dict[str, Any] = {"__name__": "script"}
    exec(script, names)
    assert names["seen"] == [["loss", "mae"]] * 2
    assert len(names["score"]) == 2
    assert names["history"].history["loss"][1] < names["history"].history["loss"][0]


def test_symbols_and_tensors_of_one_model_agree_on_dtype() -> None:
    start = Input((3,), dtype="int32")
    model = Model(start, ops.cast(start, "float32") / 2)
    assert model.outputs[0].dtype == "float32"
    assert model.predict(np.array([[1, 2, 3]])).dtype == np.float32
    assert backend.tensor.dtype_of(model(np.array([[1, 2, 3]]))) == "float32"
