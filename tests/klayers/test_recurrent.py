"""Recurrent layers and wrappers: gradients, states, masks, noise, cells of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kcore
import klayers as kl
from kcore import Input, Model, Sequential, backend, ops

LAYERS: dict[str, Callable[..., Any]] = {
    "SimpleRNN": lambda **k: kl.SimpleRNN(3, **k),
    "GRU": lambda **k: kl.GRU(3, **k),
    "GRU before": lambda **k: kl.GRU(3, reset_after=False, **k),
    "LSTM": lambda **k: kl.LSTM(3, **k),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
MASK = np.array([[True, True, False, True], [False, True, True, False]])


def numbers(*shape: int, seed: int = 0, dtype: str = "float32") -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def masked(x: Any, mask: Any = MASK) -> Any:
    tensor = backend.tensor.convert(x)
    backend.tensor.set_mask(tensor, backend.tensor.convert(mask))
    return tensor


@pytest.mark.parametrize("unroll", [False, True, 3])
@pytest.mark.parametrize("with_mask", [False, True], ids=["all", "masked"])
@every_layer
def test_written_gradients_equal_finite_differences(
    name: str, with_mask: bool, unroll: bool | int
) -> None:
    layer = LAYERS[name](return_sequences=True, return_state=True, dtype="float64", unroll=unroll)
    count = 2 if name == "LSTM" else 1
    x = numbers(2, 4, 2, dtype="float64")
    states = [numbers(2, 3, seed=s + 1, dtype="float64") for s in range(count)]
    layer(x)
    rng = np.random.default_rng(5)
    layer.set_weights([rng.standard_normal(w.shape) * 0.7 for w in layer.weights])
    values = [backend.tensor.convert(v) for v in (x, *states)]
    slopes = [numbers(2, 4, 3, seed=7), *(numbers(2, 3, seed=8 + s) for s in range(count))]

    def total(*arguments: Any) -> Any:
        given = masked(arguments[0]) if with_mask else arguments[0]
        outputs = layer(given, initial_state=list(arguments[1:]))
        return sum(
            ops.sum(y * ops.cast(s, "float64")) for y, s in zip(outputs, slopes, strict=True)
        )

    found = list(backend.autodiff.gradients(backend.tensor.convert(1.0, "float64"), values, total))
    storages = [w.storage for w in layer.weights]
    found += backend.autodiff.value_and_gradients(lambda: (total(*values), None), storages)[2]
    for place, gradient in enumerate(found):
        inside = place < len(values)
        base = (values[place] if inside else layer.weights[place - len(values)].value).numpy()
        direction = np.random.default_rng(place).standard_normal(base.shape)

        def at(step: float, place: int = place, base: Any = base, d: Any = direction) -> float:
            moved = base + step * d
            if place < len(values):
                changed = [*values]
                changed[place] = backend.tensor.convert(moved)
                return float(total(*changed))
            weight = layer.weights[place - len(values)]
            weight.assign(moved)
            result = float(total(*values))
            weight.assign(base)
            return result

        expected = (at(1e-5) - at(-1e-5)) / 2e-5
        assert np.sum(gradient.numpy() * direction) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@every_layer
def test_the_kernel_and_the_plain_loop_agree(name: str) -> None:
    fast = LAYERS[name](return_sequences=True)
    # another function with the same values, which no kernel knows
    slow = LAYERS[name](return_sequences=True, activation=lambda x: ops.tanh(x))
    x = masked(numbers(2, 4, 2))
    fast(x)
    slow(x)
    slow.set_weights(fast.get_weights())
    np.testing.assert_allclose(fast(x), slow(x), rtol=1e-5, atol=1e-6)


@every_layer
def test_unrolling_changes_nothing(name: str) -> None:
    x = masked(numbers(2, 4, 2))
    layer = LAYERS[name](return_sequences=True)
    expected = layer(x)
    for unroll in (True, 2, 3, 9):
        twin = LAYERS[name](return_sequences=True, unroll=unroll)
        twin(x)
        twin.set_weights(layer.get_weights())
        np.testing.assert_allclose(twin(x), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("rows", [1, 3, 16, 17])
@every_layer
def test_training_in_halves_changes_nothing(name: str, rows: int) -> None:
    """In compiled training the halves of a batch run side by side; in inference they do not."""
    layer = LAYERS[name](return_sequences=True, return_state=True)
    x, mask = numbers(rows, 5, 2), numbers(rows, 5, seed=1) > -0.5
    layer(x)
    operations = []

    def run(training: bool) -> list[Any]:
        def step(x: Any, mask: Any) -> Any:
            def total() -> Any:
                backend.tensor.set_mask(x, mask)
                found = layer(x, training=training)
                return sum(ops.sum(y * ops.sin(3 * y)) for y in found), found

            storages = [w.storage for w in layer.weights]
            loss, found, gradients = backend.autodiff.value_and_gradients(total, storages)
            operations.append(backend.compile.traced_operations())
            return [loss, *found, *gradients]

        specs = [backend.compile.tensor_spec((None, 5, 2), "float32")]
        specs.append(backend.compile.tensor_spec((None, 5), "bool"))
        return [np.asarray(v) for v in backend.compile.compiled(step, specs)(x, mask)]

    whole, halves = run(False), run(True)
    assert operations[1] > 1.2 * operations[0], "nothing was done in halves"
    for a, b in zip(whole, halves, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@every_layer
def test_steps_before_the_batch(name: str) -> None:
    x = numbers(2, 4, 2)
    layer = LAYERS[name](return_sequences=True)
    expected = layer(x)
    twin = LAYERS[name](return_sequences=True, time_major=True)
    assert twin.compute_output_shape((4, None, 2)) == (4, None, 3)
    twin(x.transpose(1, 0, 2))
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(
        ops.transpose(twin(x.transpose(1, 0, 2)), (1, 0, 2)), expected, rtol=1e-6, atol=1e-7
    )
    assert type(twin).from_config(twin.get_config()).time_major


@every_layer
def test_a_sequence_in_two_batches_equals_one_when_states_are_carried(name: str) -> None:
    layer = LAYERS[name](stateful=True, return_sequences=True)
    x = numbers(2, 6, 2)
    first, second = layer(x[:, :4]), layer(x[:, 4:])
    plain = LAYERS[name](return_sequences=True)
    plain(x)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.concatenate([first, second], 1), plain(x), rtol=1e-5, atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(x[:, :4]), first, rtol=1e-6, atol=1e-7)
    states = [numbers(2, 3, seed=s) for s in range(len(layer.states))]
    layer.reset_states(states)
    np.testing.assert_allclose(layer(x), plain(x, initial_state=states), rtol=1e-5, atol=1e-6)
    assert len(layer.get_weights()) == len(plain.get_weights())


def test_states_are_carried_through_compiled_training_and_prediction() -> None:
    def build(stateful: bool) -> Any:
        start = Input(batch_shape=(2, 4, 2))
        return Model(start, kl.Dense(1)(kl.GRU(3, stateful=stateful)(start)))

    model, plain = build(True), build(False)
    plain.set_weights(model.get_weights())
    x, y = numbers(6, 4, 2), numbers(6, 1, seed=1)
    found = model.predict(x, batch_size=2)
    whole = np.concatenate([x[0:2], x[2:4], x[4:6]], axis=1)
    last = plain.layers[1](whole)
    np.testing.assert_allclose(found[4:], plain.layers[2](last), rtol=1e-5, atol=1e-6)
    model.compile("sgd", "mse")
    gru = model.layers[1]
    gru.reset_state()
    model.fit(x, y, batch_size=2, epochs=1, shuffle=False, verbose=0)
    after = np.array(gru.states[0].numpy())
    assert np.abs(after).sum() > 0
    model.fit(x, y, batch_size=2, epochs=1, shuffle=False, verbose=0)
    assert not np.array_equal(after, gru.states[0].numpy())
    assert len(model.get_weights()) == 5


def test_states_and_masks_flow_from_an_encoder_to_a_decoder() -> None:
    words = Input((4,), dtype="int32")
    _, h, c = kl.LSTM(3, return_state=True)(kl.Embedding(6, 2, mask_zero=True)(words))
    target = Input((5, 2))
    for call in (
        lambda layer: layer(target, initial_state=[h, c]),
        lambda layer: layer([target, h, c]),
    ):
        model = Model([words, target], call(kl.LSTM(3, return_sequences=True)))
        twin = Model.from_config(model.get_config())
        twin.set_weights(model.get_weights())
        data = [np.array([[1, 2, 0, 0], [3, 4, 5, 0]], "int32"), numbers(2, 5, 2)]
        expected = model.predict(data)
        np.testing.assert_allclose(twin.predict(data), expected, rtol=1e-6, atol=1e-7)
        other = [np.array([[5, 2, 0, 0], [3, 4, 5, 0]], "int32"), data[1]]
        found = model.predict(other)
        assert not np.allclose(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-6, atol=1e-7)


class Sums(kcore.Layer):
    """A cell with two states of different shapes, an output of its own, and constants."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.state_size = [2, (2, 3)]
        self.output_size = 1

    def call(self, inputs: Any, states: Any, training: bool = False, constants: Any = None) -> Any:
        total, table = states
        added = inputs if constants is None else inputs + constants[0]
        total = total + added[:, :2]
        table = table + ops.reshape(added[:, :1], (-1, 1, 1)) * (2.0 if training else 1.0)
        return total[:, :1], [total, table]


class Plain:
    """A cell that is no layer."""

    state_size = 2

    def call(self, inputs: Any, states: Any) -> Any:
        new = states[0] + inputs
        return new * 2.0, [new]


def test_a_cell_of_ones_own() -> None:
    x = numbers(2, 4, 2)
    layer = kl.RNN(Sums(), return_sequences=True, return_state=True)
    assert layer.compute_output_shape((None, 4, 2)) == [(None, 4, 1), (None, 2), (None, 2, 3)]
    outputs, total, table = layer(x)
    np.testing.assert_allclose(outputs[..., 0], np.cumsum(x[..., 0], 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(total, x.sum(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(table[:, 1, 2], x[..., 0].sum(1), rtol=1e-5, atol=1e-6)
    trained = layer(x, training=True)[2]
    np.testing.assert_allclose(trained, 2 * table, rtol=1e-5, atol=1e-6)
    constant = numbers(2, 2, seed=3)
    shifted = layer(x, constants=[constant])[1]
    np.testing.assert_allclose(shifted, (x + constant[:, None]).sum(1), rtol=1e-5, atol=1e-6)
    listed = layer([x, np.zeros((2, 2)), np.zeros((2, 2, 3)), constant])[1]
    np.testing.assert_allclose(listed, shifted, rtol=1e-5, atol=1e-6)
    counted = layer(masked(x))[1]
    np.testing.assert_allclose(counted, (x * MASK[..., None]).sum(1), rtol=1e-5, atol=1e-6)


def test_a_cell_that_is_no_layer() -> None:
    x = numbers(2, 4, 2)
    np.testing.assert_allclose(kl.RNN(Plain())(x), 2 * x.sum(1), rtol=1e-5, atol=1e-6)


def test_a_subclass_with_its_own_step_is_not_replaced_by_the_kernel() -> None:
    class Doubled(kl.GRUCell):
        def call(self, inputs: Any, states: Any = None, training: bool = False) -> Any:
            output, new = super().call(inputs, states, training)
            return 2 * output, new

    x = numbers(2, 4, 2)
    plain, doubled = kl.RNN(kl.GRUCell(3)), kl.RNN(Doubled(3))
    plain(x)
    doubled(x)
    doubled.set_weights(plain.get_weights())
    np.testing.assert_allclose(doubled(x), 2 * plain(x), rtol=1e-5, atol=1e-6)


def test_states_in_the_old_order() -> None:
    cells = [kl.LSTMCell(2), kl.GRUCell(3)]
    assert kl.StackedRNNCells(cells).state_size == [[2, 2], [3]]
    old = kl.StackedRNNCells(cells, reverse_state_order=True)
    assert old.state_size == [[3], [2, 2]]
    shapes = kl.RNN(old, return_state=True).compute_output_shape((None, 4, 2))
    assert shapes == [(None, 3), [(None, 3)], [(None, 2), (None, 2)]]
    assert [tuple(s.shape) for s in kl.RNN(old, return_state=True)(numbers(2, 4, 2))[1]] == [(2, 3)]
    assert kl.StackedRNNCells.from_config(old.get_config()).reverse_state_order


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}], ids=str)
@every_layer
def test_noise_is_drawn_once_for_all_steps(name: str, options: dict[str, float]) -> None:
    layer = LAYERS[name](return_sequences=True, seed=3, use_bias=False, **options)
    x = np.repeat(numbers(1, 1, 20), 3, axis=1)
    assert not np.allclose(layer(x, training=True), layer(x))
    twin = LAYERS[name](return_sequences=True, seed=3, use_bias=False, **options)
    twin(x, training=True)
    twin.set_weights(layer.get_weights())
    twin.cell.seed_generator.state.assign(layer.cell.seed_generator.state.value)
    whole = np.array(layer(x, training=True))
    np.testing.assert_array_equal(whole, twin(x, training=True))
    kernel, recurrent = (np.array(w) for w in layer.get_weights()[:2])
    if "dropout" in options:
        # the state is not fed back: every step sees the same input through the same mask
        layer.set_weights([kernel, np.zeros_like(recurrent)])
        found = np.array(layer(x, training=True))
        first = found[:, 0]
        assert not np.allclose(first, 0)
        if name == "SimpleRNN":
            np.testing.assert_allclose(found, np.repeat(first[:, None], 3, 1), rtol=1e-6)


def test_bias_of_the_forms_for_graphics_cards() -> None:
    x = numbers(2, 4, 2)
    for card, plain, width in ((kl.CuDNNLSTM(3), kl.LSTM(3), 24), (kl.CuDNNGRU(3), kl.GRU(3), 18)):
        card(x)
        plain(x)
        values = [numbers(*w.shape, seed=place) for place, w in enumerate(card.get_weights())]
        assert values[2].shape == (width,)
        card.set_weights(values)
        plain.set_weights(values)
        np.testing.assert_allclose(card(x), plain(x), rtol=1e-5, atol=1e-6)
        card.set_weights(plain.get_weights())
        np.testing.assert_allclose(card(x), plain(x), rtol=1e-5, atol=1e-6)
    first = kl.CuDNNLSTM(2)
    first(x)
    assert first.get_weights()[2].tolist() == [0.0] * 10 + [1.0] * 2 + [0.0] * 4


def test_many_steps_are_a_loop_in_the_graph() -> None:
    model = Sequential(
        [Input((1000, 2)), kl.LSTM(3, return_sequences=True), kl.GRU(3), kl.Dense(1)]
    )
    model.compile("sgd", "mse")
    start = time.perf_counter()
    model.fit(numbers(2, 1000, 2), numbers(2, 1), verbose=0)
    assert time.perf_counter() - start < 15  # 1000 steps written out take minutes


def test_lengths_of_sequences_may_differ_from_batch_to_batch() -> None:
    layer = kl.GRU(3)
    model = Sequential([Input((None, 2)), layer])
    for length in (3, 5, 9):
        x = numbers(2, length, 2)
        np.testing.assert_allclose(model.predict(x), layer(x), rtol=1e-5, atol=1e-6)


def test_conv_lstm_on_images_of_any_size() -> None:
    layer = kl.ConvLSTM2D(2, 3, return_sequences=True)
    model = Sequential([Input((None, None, None, 1)), layer])
    assert model.output_shape == (None, None, None, None, 2)
    for size in (4, 6):
        x = numbers(2, 3, size, size, 1)
        np.testing.assert_allclose(model.predict(x), layer(x), rtol=1e-5, atol=1e-6)


def test_time_distributed_folds_steps_and_masks() -> None:
    words = np.array([[[1, 2, 0], [3, 0, 0]], [[4, 5, 6], [0, 0, 0]]], "int32")
    embedded = kl.TimeDistributed(kl.Embedding(7, 2, mask_zero=True))
    inner = kl.LSTM(3)
    steps = embedded(words)
    np.testing.assert_array_equal(backend.tensor.get_mask(steps), words != 0)
    outputs = kl.TimeDistributed(inner)(steps)
    np.testing.assert_array_equal(backend.tensor.get_mask(outputs), (words != 0).any(-1))
    expected = inner(masked(steps[0], words[0] != 0))
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-5, atol=1e-6)
    start = Input((2, 3), dtype="int32")
    model = Model(start, kl.TimeDistributed(inner)(embedded(start)))
    np.testing.assert_allclose(model.predict(words), outputs, rtol=1e-5, atol=1e-6)


def test_time_distributed_holds_models_and_stateful_layers() -> None:
    inner = Sequential([Input((4,)), kl.Dense(3, "relu"), kl.Dense(2)])
    x = numbers(2, 5, 4)
    layer = kl.TimeDistributed(inner)
    np.testing.assert_allclose(layer(x)[:, 3], inner(x[:, 3]), rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape((None, 5, 4)) == (None, 5, 2)
    twin = kl.TimeDistributed.from_config(layer.get_config())
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(twin(x), layer(x), rtol=1e-6, atol=1e-7)
    carried = kl.TimeDistributed(kl.GRU(3, stateful=True))
    y = numbers(2, 3, 4, 2)
    found = carried(y)
    plain = kl.GRU(3)
    plain(y[:, 0])
    plain.set_weights(carried.get_weights())
    whole = y.reshape(2, 12, 2)
    np.testing.assert_allclose(found[:, 2], plain(whole), rtol=1e-5, atol=1e-6)


def test_bidirectional_reads_both_ways() -> None:
    x = numbers(2, 4, 2)
    layer = kl.Bidirectional(kl.GRU(3, name="gru"), merge_mode=None)
    assert (layer.forward_layer.name, layer.backward_layer.name) == ("forward_gru", "backward_gru")
    forward, backward = layer(x)
    np.testing.assert_allclose(forward, layer.forward_layer(x), rtol=1e-6)
    np.testing.assert_allclose(backward, layer.backward_layer(x), rtol=1e-6)
    twin = kl.Bidirectional.from_config(layer.get_config())
    assert twin.forward_layer.name == "forward_gru"
    named = kl.Bidirectional(kl.GRU(3), weights=layer.get_weights())
    np.testing.assert_allclose(named(x)[:, :3], forward, rtol=1e-6)


def test_bidirectional_carries_states() -> None:
    x = numbers(2, 4, 2)
    layer = kl.Bidirectional(kl.SimpleRNN(3, stateful=True))
    first = np.array(layer(x))
    assert not np.allclose(layer(x), first)
    layer.reset_states()
    np.testing.assert_allclose(layer(x), first, rtol=1e-6)
    assert len(layer.states) == 2


def test_building_needs_no_tensorflow(run_python: Callable[..., Any]) -> None:
    code = """
import sys
from kcore import Input, Model
import klayers as kl
x = Input((6, 3))
y = kl.Bidirectional(kl.LSTM(4, return_sequences=True))(x)
y, state = kl.GRU(3, return_sequences=True, return_state=True)(y)
y = kl.SimpleRNN(3, return_sequences=True)(y, initial_state=state)
y = kl.TimeDistributed(kl.Dense(2))(y)
y = kl.RNN([kl.LSTMCell(4), kl.GRUCell(2)])(y)
model = Model(x, y)
model.get_config()
images = Input((3, 6, 6, 1))
Model(images, kl.ConvLSTM2D(2, 3)(images))
Model(batch := Input(batch_shape=(2, 5, 3)), kl.LSTM(3, stateful=True)(batch))
assert model.output_shape == (None, 2) and model.count_params() > 0
assert "tensorflow" not in sys.modules
"""
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr
