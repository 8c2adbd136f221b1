"""Arguments and shapes that can never work: the layer, what it expected, what came, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, Sequential
from kcore.errors import ComponentNotFoundError, ConfigurationError, KcoreError, ShapeError

ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.Dense(0), ("Dense", "units", "0")),
    (lambda: kl.Dense(2.5), ("Dense", "units", "2.5")),
    (lambda: kl.Dense("3"), ("Dense", "units", "'3'")),
    (lambda: kl.Dense(None), ("Dense", "units", "None")),
    (lambda: kl.Conv2D(0, 3), ("Conv2D", "filters", "0")),
    (lambda: kl.Conv2D(3, (3, 3, 3)), ("Conv2D", "kernel_size", "(3, 3, 3)")),
    (lambda: kl.Conv2D(3, 3, strides=0), ("Conv2D", "strides", "0")),
    (lambda: kl.Conv2D(3, 3, padding="full"), ("Conv2D", "padding", "'full'", "valid", "same")),
    (lambda: kl.Conv2D(3, 3, data_format="last"), ("data_format", "'last'", "channels_last")),
    (lambda: kl.Conv2D(3, 3, strides=2, dilation_rate=2), ("Conv2D", "strides", "dilation_rate")),
    (lambda: kl.MaxPooling2D(0), ("MaxPooling2D", "pool_size", "0")),
    (lambda: kl.MaxPooling2D(2, padding="causal"), ("MaxPooling2D", "padding", "'causal'")),
    (lambda: kl.Dropout(1.5), ("Dropout", "rate", "1.5")),
    (lambda: kl.Dropout("half"), ("Dropout", "rate", "'half'")),
    (lambda: kl.Embedding(0, 4), ("Embedding", "input_dim", "0")),
    (lambda: kl.Embedding(4, -1), ("Embedding", "output_dim", "-1")),
    (lambda: kl.LSTM(0), ("LSTM", "units", "0")),
    (lambda: kl.LSTM(3, dropout=1.0), ("LSTM", "dropout", "1.0")),
    (lambda: kl.BatchNormalization(momentum=2), ("BatchNormalization", "momentum", "2")),
    (lambda: kl.Reshape((-1, -1)), ("Reshape", "target_shape", "-1")),
    (lambda: kl.ZeroPadding2D((1, 2, 3)), ("ZeroPadding2D", "padding", "(1, 2, 3)")),
    (lambda: kl.Dense(3, nam="x"), ("Dense", "'nam'", "units")),
    (lambda: kl.Dense(3, name="a/b"), ("Dense", "a/b")),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "value", "nearest"),
    [
        ("activation", "rleu", "relu"),
        ("kernel_initializer", "he_norml", "he_normal"),
        ("kernel_regularizer", "l22", "l2"),
        ("kernel_constraint", "non_ngs", "non_neg"),
    ],
)
def test_names_of_parts_propose_the_nearest(argument: str, value: str, nearest: str) -> None:
    with pytest.raises(ComponentNotFoundError) as caught:
        kl.Dense(3, **{argument: value})
    assert value in str(caught.value)
    assert nearest in str(caught.value).lower()


SHAPES: list[tuple[Callable[[], Any], Any, tuple[str, ...]]] = [
    (lambda: kl.Dense(3, name="it"), (), ("it", "Dense", "2 axes")),
    (
        lambda: kl.Conv2D(3, 3, name="it"),
        (28, 28),
        ("it", "Conv2D", "4 axes", "height", "(28, 28, 1)"),
    ),
    (lambda: kl.Conv2D(3, 3, name="it"), (784,), ("it", "Conv2D", "4 axes", "features=784")),
    (lambda: kl.Conv2D(3, 5, name="it"), (4, 4, 1), ("5", "4", "same")),
    (lambda: kl.MaxPooling2D(5, name="it"), (4, 4, 1), ("5", "4", "same")),
    (lambda: kl.LSTM(3, name="it"), (5,), ("it", "LSTM", "3 axes", "steps")),
    (
        lambda: kl.GlobalAveragePooling2D(name="it"),
        (4, 4),
        ("it", "GlobalAveragePooling2D", "4 axes"),
    ),
    (lambda: kl.Reshape((4, 4), name="it"), (15,), ("it", "Reshape", "15", "16")),
    (lambda: kl.Reshape((4, -1), name="it"), (15,), ("it", "Reshape", "15", "4")),
    (lambda: kl.Embedding(3, 2, input_length=4, name="it"), (5,), ("it", "Embedding", "4", "5")),
    (lambda: kl.Dense(3, name="it"), (None,), ("it", "kernel", "None", "known")),
]


@pytest.mark.parametrize(("make", "shape", "facts"), SHAPES)
def test_shapes_that_do_not_fit_name_layer_axes_and_cure(
    make: Callable[[], Any], shape: Any, facts: tuple[str, ...]
) -> None:
    with pytest.raises(ShapeError) as caught:
        make()(Input(shape))
    for fact in facts:
        assert fact in str(caught.value)


def test_joins_name_the_shapes() -> None:
    for layer, a, b in ((kl.Add(), (3,), (4,)), (kl.Concatenate(), (3, 2), (4, 2))):
        with pytest.raises(ShapeError) as caught:
            layer([Input(a), Input(b)])
        assert type(layer).__name__ in str(caught.value)
        assert str(a[0]) in str(caught.value) and str(b[0]) in str(caught.value)
    for layer in (kl.Add(), kl.Concatenate()):
        with pytest.raises(KcoreError, match="list"):
            layer(Input((3,)))


def test_another_width_than_it_was_built_for() -> None:
    layer = kl.Dense(2, name="built")
    layer(np.ones((1, 3), "float32"))
    with pytest.raises(ShapeError) as caught:
        layer(np.ones((1, 5), "float32"))
    for fact in ("built", "features", "3", "5"):
        assert fact in str(caught.value)


@pytest.mark.parametrize("bad", [7, -1])
def test_numbers_without_a_row_in_the_embedding_are_refused(bad: int) -> None:
    """The kernel of some devices gives zeros instead: training would go on with the wrong rows."""
    model = Sequential(
        [Input((2,), dtype="int32"), kl.Embedding(7, 2, name="rows"), kl.Flatten(), kl.Dense(1)]
    )
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(Exception, match=str(bad)):
        model.fit(np.array([[1, 2], [3, bad]]), np.ones((2, 1)), verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_layer_that_loses_masks_warns() -> None:
    with pytest.warns(UserWarning, match="mask"):
        Sequential([Input((4,), dtype="int32"), kl.Embedding(5, 2, mask_zero=True), kl.Flatten()])
