"""Layers made of kcore alone: these tests run where klayers is not installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import Input, Layer, Model, Sequential, activations, ops, random, regularizers


class Linear(Layer):
    """activation(inputs @ kernel + bias)."""

    supports_masking = True

    def __init__(
        self, units: int, activation: Any = None, kernel_regularizer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            (input_shape[-1], self.units), regularizer=self.kernel_regularizer, name="kernel"
        )
        self.bias = self.add_weight((self.units,), "zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        return self.activation(ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)


class Join(Layer):
    """Several inputs side by side."""

    def call(self, inputs: Any) -> Any:
        return ops.concatenate(inputs, -1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[0][:-1], sum(shape[-1] for shape in input_shape))


class Noise(Layer):
    """Dropout of a half, in training only."""

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.stream = random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return random.dropout(inputs, 0.5, seed=self.stream) if training else inputs


class Rows(Layer):
    """A row of weights for each number; zero is padding."""

    def __init__(self, count: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = count
        self.width = width

    def build(self, input_shape: Any) -> None:
        self.table = self.add_weight((self.count, self.width), "uniform", name="table")

    def call(self, inputs: Any) -> Any:
        return ops.lookup(self.table, ops.cast(inputs, "int32"))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return ops.not_equal(inputs, 0)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self.width)


class MeanOfSteps(Layer):
    """The mean over the steps that the mask leaves."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.mean(inputs, 1)
        weights = ops.expand_dims(ops.cast(mask, "float32"), -1)
        return ops.sum(inputs * weights, 1) / ops.maximum(ops.sum(weights, 1), 1.0)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], input_shape[2])


def numbers(*shape: int, seed: int = 0) -> Any:
    """Normal float32 numbers."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def classes(count: int, *shape: int, seed: int = 0) -> Any:
    """Class numbers."""
    return np.random.default_rng(seed).integers(0, count, shape)


def regression(inputs: int = 3, outputs: int = 1, **options: Any) -> Model:
    """A compiled model from `inputs` to `outputs` numbers."""
    model = Sequential([Input((inputs,)), Linear(4, "tanh"), Linear(outputs)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


def classifier(inputs: int = 3, count: int = 3, **options: Any) -> Model:
    """A compiled model from `inputs` numbers to the probabilities of classes."""
    model = Sequential([Input((inputs,)), Linear(count, "softmax", name="kind")])
    loss = "sparse_categorical_crossentropy"
    model.compile(**{"optimizer": "sgd", "loss": loss, **options})
    return model


def two_by_two(**options: Any) -> Model:
    """A compiled model with inputs `left`, `right` and outputs `number`, `kind`."""
    left, right = Input((2,), name="left"), Input((3,), name="right")
    both = Join()([left, right])
    outputs = [Linear(1, name="number")(both), Linear(3, "softmax", name="kind")(both)]
    model = Model([left, right], outputs, name="twice")
    loss = ["mse", "sparse_categorical_crossentropy"]
    model.compile(**{"optimizer": "sgd", "loss": loss, **options})
    return model


def values(model: Model) -> list[Any]:
    """Copies of all weights."""
    return [np.array(weight) for weight in model.get_weights()]


def unchanged(model: Model, before: list[Any]) -> bool:
    """Whether the weights are what they were, bit for bit."""
    after = values(model)
    return len(after) == len(before) and all(map(np.array_equal, before, after))


def fails_untouched(
    model: Model, error: Any, facts: tuple[str, ...], run: Callable[[], Any]
) -> str:
    """Runs something that must fail; gives the message.

    The message must hold the facts, and the model's weights must be what they were.
    """
    before = values(model)
    try:
        run()
    except error as caught:
        message = str(caught)
    else:
        raise AssertionError(f"Nothing was raised; expected {error} with {facts}.")
    missing = [fact for fact in facts if fact not in message]
    assert not missing, f"{missing} not in: {message}"
    assert unchanged(model, before), f"The weights changed before: {message}"
    return message
