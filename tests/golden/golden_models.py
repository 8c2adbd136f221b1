"""Ten whole models whose files are kept: each function gives a model, inputs and targets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import klayers as kl
from kcore import Input, Model, Sequential

BATCH = 4


def _numbers(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).normal(size=(BATCH, *shape)).astype("float32")


def _sequential() -> tuple[Any, Any, Any]:
    layers = [Input((6,)), kl.Dense(5, "relu"), kl.Dropout(0.3), kl.Dense(2, "softmax")]
    return Sequential(layers), _numbers(6), np.eye(2, dtype="float32")[[0, 1, 1, 0]]


def _two_inputs_two_outputs() -> tuple[Any, Any, Any]:
    first, second = Input((4,)), Input((3, 2))
    joined = kl.Concatenate()([kl.Dense(3)(first), kl.Flatten()(second)])
    outputs = [kl.Dense(1, name="one")(joined), kl.Dense(2, "tanh", name="two")(joined)]
    model = Model([first, second], outputs)
    return model, [_numbers(4), _numbers(3, 2)], [_numbers(1), _numbers(2)]


def _shared_layer() -> tuple[Any, Any, Any]:
    first, second = Input((4,)), Input((4,))
    shared = kl.Dense(3, "tanh")
    distance = kl.Subtract()([shared(first), shared(second)])
    inputs = [_numbers(4), _numbers(4)[::-1].copy()]
    return Model([first, second], kl.Dense(1)(distance)), inputs, _numbers(1)


def _nested_model() -> tuple[Any, Any, Any]:
    inside = Sequential([Input((3,)), kl.Dense(4, "elu"), kl.LayerNormalization()])
    inputs = Input((3,))
    middle = Model(inputs, kl.Add()([inside(inputs), kl.Dense(4)(inputs)]))
    steps = Input((5, 3))
    outputs = kl.Dense(2)(kl.GlobalMaxPooling1D()(kl.TimeDistributed(middle)(steps)))
    return Model(steps, outputs), _numbers(5, 3), _numbers(2)


def _dict_inputs() -> tuple[Any, Any, Any]:
    inputs = {"age": Input((1,), name="age"), "city": Input((1,), dtype="int32", name="city")}
    city = kl.Flatten()(kl.Embedding(6, 3)(inputs["city"]))
    outputs = kl.Dense(1, "sigmoid")(kl.Concatenate()([inputs["age"], city]))
    data = {"age": _numbers(1), "city": np.array([[0], [5], [2], [2]], "int32")}
    return Model(inputs, outputs), data, np.array([[0], [1], [1], [0]], "float32")


def _masks() -> tuple[Any, Any, Any]:
    words = Input((5,), dtype="int32")
    steps = kl.Embedding(8, 3, mask_zero=True)(words)
    outputs = kl.Dense(2)(kl.GRU(3)(kl.Dropout(0.2)(steps)))
    data = np.array([[1, 2, 3, 0, 0], [7, 0, 0, 0, 0], [4, 5, 6, 7, 1], [2, 2, 0, 0, 0]], "int32")
    return Model(words, outputs), data, _numbers(2)


def _stateful_lstm() -> tuple[Any, Any, Any]:
    inputs = Input(batch_shape=(BATCH, 3, 2))
    steps = kl.LSTM(3, stateful=True, return_sequences=True)(inputs)
    return Model(inputs, kl.Dense(1)(steps)), _numbers(3, 2), _numbers(3, 1)


def _vocabulary() -> tuple[Any, Any, Any]:
    text = Input((), dtype="string")
    vectorize = kl.TextVectorization(output_sequence_length=4)
    vectorize.adapt(["the red house", "the green tree", "a red tree"])
    steps = kl.Embedding(vectorize.vocabulary_size(), 3)(vectorize(text))
    data = np.array(["the red tree", "A green, green house!", "blue", ""])
    return Model(text, kl.Dense(2)(kl.GlobalAveragePooling1D()(steps))), data, _numbers(2)


def _attention_block() -> tuple[Any, Any, Any]:
    inputs = Input((5, 4))
    attended = kl.MultiHeadAttention(2, 3)(inputs, inputs, use_causal_mask=True)
    first = kl.LayerNormalization()(kl.Add()([inputs, attended]))
    second = kl.Dense(4)(kl.Dense(6, "gelu")(first))
    return Model(inputs, kl.Add()([first, second])), _numbers(5, 4), _numbers(5, 4)


def _convolutions() -> tuple[Any, Any, Any]:
    inputs = Input((8, 8, 3))
    x = kl.Conv2D(4, 3, padding="same", use_bias=False)(inputs)
    x = kl.MaxPooling2D()(kl.ReLU()(kl.BatchNormalization()(x)))
    x = kl.BatchNormalization()(kl.SeparableConv2D(5, 3)(x))
    outputs = kl.Dense(3, "softmax")(kl.GlobalAveragePooling2D()(x))
    return Model(inputs, outputs), _numbers(8, 8, 3), np.eye(3, dtype="float32")[[0, 1, 2, 0]]


MODELS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "sequential": _sequential,
    "two_inputs_two_outputs": _two_inputs_two_outputs,
    "shared_layer": _shared_layer,
    "nested_model": _nested_model,
    "dict_inputs": _dict_inputs,
    "masks": _masks,
    "stateful_lstm": _stateful_lstm,
    "vocabulary": _vocabulary,
    "attention_block": _attention_block,
    "convolutions": _convolutions,
}


def trained(name: str) -> tuple[Any, Any, Any]:
    """A model after two steps of training, at its first state; inputs and targets."""
    model, inputs, targets = MODELS[name]()
    model.compile("sgd", loss="mse")
    for _ in range(2):
        model.train_on_batch(inputs, targets)
    if name == "stateful_lstm":
        model.reset_states()
    return model, inputs, targets
