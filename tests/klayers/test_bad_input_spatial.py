"""Spatial layers: arguments and shapes that can never work, and the facts in the errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input
from kcore.errors import ConfigurationError, ShapeError

ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.Conv1D(4, 0), ("Conv1D", "kernel_size", "at least 1", "0")),
    (lambda: kl.Conv1D(4, -3), ("Conv1D", "kernel_size", "-3")),
    (lambda: kl.Conv1D(4, (3, 3)), ("Conv1D", "kernel_size", "(3, 3)")),
    (lambda: kl.Conv1D(4, 3, padding="full"), ("Conv1D", "padding", "'full'", "causal")),
    (lambda: kl.Conv2D(4, 3, padding="causal"), ("Conv2D", "padding", "'causal'", "same")),
    (lambda: kl.Conv3D(4, 3, 2, dilation_rate=2), ("Conv3D", "(2, 2, 2)", "dilation_rate")),
    (lambda: kl.Conv3D(5, 3, groups=2), ("Conv3D", "filters (5)", "groups (2)")),
    (lambda: kl.Conv2D(4, 3, groups=0), ("Conv2D", "groups", "0")),
    (lambda: kl.Conv2D(4, 3, dilation_rate=-1), ("Conv2D", "dilation_rate", "-1")),
    (lambda: kl.Conv2D(4, 3, strides=1.5), ("Conv2D", "strides", "1.5")),
    (lambda: kl.Conv2D(True, 3), ("Conv2D", "filters", "True")),
    (lambda: kl.Conv1DTranspose(0, 3), ("Conv1DTranspose", "filters", "0")),
    (lambda: kl.Conv2DTranspose(4, 3, padding="causal"), ("Conv2DTranspose", "padding")),
    (
        lambda: kl.Conv2DTranspose(4, 3, (2, 1), output_padding=1),
        ("Conv2DTranspose", "output_padding (1, 1)", "strides (2, 1)"),
    ),
    (
        lambda: kl.Conv3DTranspose(4, 3, 2, output_padding=-1),
        ("Conv3DTranspose", "output_padding", "-1"),
    ),
    (
        lambda: kl.Conv1DTranspose(4, 3, 2, dilation_rate=3),
        ("Conv1DTranspose", "strides (2,)", "dilation_rate (3,)"),
    ),
    (lambda: kl.DepthwiseConv2D(3, depth_multiplier=0), ("DepthwiseConv2D", "depth_multiplier")),
    (lambda: kl.DepthwiseConv1D("3"), ("DepthwiseConv1D", "kernel_size", "'3'")),
    (lambda: kl.SeparableConv2D(4, 3, padding="causal"), ("SeparableConv2D", "padding")),
    (lambda: kl.SeparableConv1D(4, 3, depth_multiplier=-2), ("SeparableConv1D", "-2")),
    (lambda: kl.SeparableConv1D(4, 3, data_format="NCW"), ("data_format", "'NCW'")),
    (lambda: kl.LocallyConnected1D(4, 3, padding="same"), ("LocallyConnected1D", "implementation")),
    (lambda: kl.LocallyConnected2D(4, 3, implementation=4), ("implementation", "4")),
    (lambda: kl.MaxPooling1D((2, 2)), ("MaxPooling1D", "pool_size", "(2, 2)")),
    (lambda: kl.AveragePooling3D(2, 0), ("AveragePooling3D", "strides", "0")),
    (lambda: kl.AveragePooling2D(2, padding="reflect"), ("AveragePooling2D", "'reflect'")),
    (lambda: kl.GlobalMaxPooling2D("first"), ("data_format", "'first'")),
    (lambda: kl.AdaptiveMaxPooling2D(0), ("AdaptiveMaxPooling2D", "output_size", "0")),
    (lambda: kl.ZeroPadding1D(-1), ("ZeroPadding1D", "padding", "-1")),
    (lambda: kl.ZeroPadding1D((1, 2, 3)), ("ZeroPadding1D", "(before, after)", "(1, 2, 3)")),
    (lambda: kl.ZeroPadding3D((1, 1)), ("ZeroPadding3D", "3 numbers", "(1, 1)")),
    (lambda: kl.Cropping2D(((1, 2), 3.5)), ("Cropping2D", "cropping", "3.5")),
    (lambda: kl.Cropping3D("1"), ("Cropping3D", "cropping", "'1'")),
    (lambda: kl.UpSampling1D(0), ("UpSampling1D", "size", "0")),
    (lambda: kl.UpSampling2D((2, 2, 2)), ("UpSampling2D", "size", "(2, 2, 2)")),
    (lambda: kl.UpSampling2D(2, interpolation="cubic"), ("UpSampling2D", "'cubic'", "bicubic")),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


SHAPES: list[tuple[Callable[[], Any], Any, tuple[str, ...]]] = [
    (lambda: kl.Conv1D(4, 3, name="it"), (8,), ("Conv1D", "3 axes", "steps", "2 axes")),
    (lambda: kl.Conv1D(4, 5, name="it"), (4, 2), ("Conv1D", "(5,)", "steps=4", "same")),
    (lambda: kl.Conv2D(4, 3, dilation_rate=4, name="it"), (8, 8, 1), ("(3, 3)", "(4, 4)", "8")),
    (lambda: kl.Conv3D(4, 3, name="it"), (8, 8, 1), ("Conv3D", "5 axes", "depth", "4 axes")),
    (lambda: kl.Conv3D(4, 3, name="it"), (8, 2, 8, 1), ("(3, 3, 3)", "height=2")),
    (
        lambda: kl.Conv1DTranspose(4, 2, 2, "same", 0, name="it"),
        (1, 3),
        ("Conv1DTranspose", "(1,)", "output_padding (0,)"),
    ),
    (lambda: kl.DepthwiseConv2D(5, name="it"), (4, 4, 1), ("DepthwiseConv2D", "(5, 5)", "same")),
    (lambda: kl.SeparableConv1D(4, 5, name="it"), (4, 1), ("SeparableConv1D", "(5,)", "same")),
    (lambda: kl.LocallyConnected1D(4, 5, name="it"), (4, 1), ("LocallyConnected1D", "(5,)")),
    (lambda: kl.LocallyConnected2D(4, 2, name="it"), (None, 4, 1), ("height=None", "known")),
    (lambda: kl.AveragePooling1D(5, name="it"), (4, 1), ("AveragePooling1D", "(5,)", "steps=4")),
    (lambda: kl.MaxPooling3D(3, name="it"), (4, 4, 2, 1), ("MaxPooling3D", "width=2")),
    (lambda: kl.GlobalMaxPooling1D(name="it"), (4,), ("GlobalMaxPooling1D", "3 axes")),
    (lambda: kl.AdaptiveMaxPooling1D(2, name="it"), (None, 3), ("AdaptiveMaxPooling1D", "known")),
    (lambda: kl.ZeroPadding3D(name="it"), (4, 4, 1), ("ZeroPadding3D", "5 axes")),
    (lambda: kl.Cropping1D((2, 3), name="it"), (5, 1), ("Cropping1D", "(2, 3)", "steps=5")),
    (lambda: kl.UpSampling1D(name="it"), (5,), ("UpSampling1D", "3 axes")),
]


@pytest.mark.parametrize(("make", "shape", "facts"), SHAPES)
def test_shapes_that_do_not_fit(
    make: Callable[[], Any], shape: Any, facts: tuple[str, ...]
) -> None:
    real = [np.ones((2, *(size or 4 for size in shape)), "float32")] * (None not in shape)
    for value in (Input(shape), *real):
        with pytest.raises(ShapeError) as caught:
            make()(value)
        for fact in ("it", *facts):
            assert fact in str(caught.value)


def test_groups_must_divide_the_channels() -> None:
    with pytest.raises(ConfigurationError) as caught:
        kl.Conv1D(4, 2, groups=2, name="it")(Input((8, 5)))
    for fact in ("it", "Conv1D", "5 channels", "groups=2"):
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("make", "shape", "other"),
    [
        (lambda: kl.Conv1D(4, 3, name="it"), (2, 8, 3), (2, 8, 5)),
        (lambda: kl.Conv2DTranspose(4, 3, name="it"), (2, 8, 8, 3), (2, 8, 8, 5)),
        (lambda: kl.DepthwiseConv2D(3, name="it"), (2, 8, 8, 3), (2, 8, 8, 5)),
        (lambda: kl.SeparableConv1D(4, 3, name="it"), (2, 8, 3), (2, 8, 5)),
        (
            lambda: kl.Conv3D(4, 3, data_format="channels_first", name="it"),
            (2, 3, 4, 4, 4),
            (2, 5, 4, 4, 4),
        ),
    ],
)
def test_another_number_of_channels_than_it_was_built_for(
    make: Callable[[], Any], shape: Any, other: Any
) -> None:
    layer = make()
    layer(np.ones(shape, "float32"))
    with pytest.raises(ShapeError) as caught:
        layer(np.ones(other, "float32"))
    for fact in ("it", type(layer).__name__, "size 3", "received 5"):
        assert fact in str(caught.value)


def test_locally_connected_keeps_its_size() -> None:
    layer = kl.LocallyConnected1D(4, 3, name="it")
    layer(np.ones((2, 8, 3), "float32"))
    with pytest.raises(ShapeError) as caught:
        layer(np.ones((2, 9, 3), "float32"))
    for fact in ("it", "steps", "8", "9"):
        assert fact in str(caught.value)


def test_a_built_layer_says_when_later_input_is_too_small() -> None:
    layer = kl.Conv2D(4, 3)
    layer(np.ones((1, 5, 5, 1), "float32"))
    with pytest.raises(ShapeError, match=r"\(3, 3\).*\(2, 5\)"):
        layer(np.ones((1, 2, 5, 1), "float32"))
