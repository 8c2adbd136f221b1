"""What the spatial layers compute: by definition, in both layouts, on every kind of processor."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from spatial import CONVOLUTION, POOLING, SIZES

import klayers as kl
from kcore import ops


def numbers(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype("float32")


STEPS, IMAGES, VOLUMES = numbers(2, 9, 4), numbers(2, 7, 6, 4), numbers(2, 5, 6, 4, 2)
LAYOUTS = [row for row in (*CONVOLUTION, *POOLING, *SIZES) if hasattr(row[1](), "data_format")]


def to_first(x: Any) -> Any:
    return np.moveaxis(np.array(x), -1, 1)


@pytest.mark.parametrize("make", [row[1] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS])
def test_both_layouts_give_the_same_numbers(make: Callable[[], Any]) -> None:
    config = make().get_config()
    if "data_format" not in config:
        return
    local = "implementation" in config
    if local:  # its weights have the order of its layout
        config |= {"kernel_initializer": "ones", "bias_initializer": "ones"}
    last, first = (
        type(make()).from_config({**config, "data_format": layout})
        for layout in ("channels_last", "channels_first")
    )
    x = {3: STEPS, 4: IMAGES, 5: VOLUMES}[last.input_spec.ndim]
    expected, found = last(x), first(to_first(x))
    if not local and last.weights:
        first.set_weights(last.get_weights())
        found = first(to_first(x))
    if expected.shape.rank > 2:
        expected = to_first(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("taps", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("step", "extra", "gap"),
    [(1, None, 1), (1, 0, 1), (2, None, 1), (2, 0, 1), (3, 2, 1), (1, None, 2), (1, 0, 3)],
)
def test_a_transposed_convolution_sets_down_windows(
    padding: str, taps: int, step: int, extra: int | None, gap: int
) -> None:
    layer = kl.Conv1DTranspose(3, taps, step, padding, extra, dilation_rate=gap, use_bias=False)
    found = np.array(layer(STEPS))
    (kernel,) = layer.get_weights()
    span = gap * (taps - 1) + 1
    whole = np.zeros((2, 8 * step + span + 40, 3))
    for place in range(9):
        for tap in range(taps):
            whole[:, place * step + gap * tap] += STEPS[:, place] @ kernel[tap].T
    length = found.shape[1]
    cut = max(8 * step + span - length, 0) // 2
    assert length == layer.compute_output_shape((2, 9, 4))[1]
    np.testing.assert_allclose(found, whole[:, cut : cut + length], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"strides": (1, 2)},
        {"strides": (3, 1), "padding": "same"},
        {"strides": 2, "dilation_rate": 2},
        {"strides": (2, 3), "dilation_rate": (1, 2), "padding": "same"},
    ],
)
def test_depthwise_steps_without_a_kernel(options: dict[str, Any]) -> None:
    layer = kl.DepthwiseConv2D((2, 3), depth_multiplier=2, use_bias=False, **options)
    found = np.array(layer(IMAGES))
    (kernel,) = layer.get_weights()
    steps, gaps = np.array(layer.strides), np.array(layer.dilation_rate)
    high, wide = found.shape[1:3]
    reach = (np.array([2, 3]) - 1) * gaps
    room = np.maximum((np.array([high, wide]) - 1) * steps + reach + 1 - [7, 6], 0)
    front = room // 2 if layer.padding == "same" else [0, 0]
    x = np.pad(IMAGES, [(0, 0), (front[0], 9), (front[1], 9), (0, 0)])
    expected = np.zeros((2, high, wide, 4, 2))
    for i, j in np.ndindex(high, wide):
        for a, b in np.ndindex(2, 3):
            row, column = i * steps[0] + a * gaps[0], j * steps[1] + b * gaps[1]
            expected[:, i, j] += x[:, row, column, :, None] * kernel[a, b]
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-4, atol=1e-5)


def test_locally_connected_with_equal_weights_is_a_convolution() -> None:
    conv, local = kl.Conv2D(3, (2, 3), (2, 1)), kl.LocallyConnected2D(3, (2, 3), (2, 1))
    expected = conv(IMAGES)
    local(IMAGES)
    kernel, bias = conv.get_weights()
    places = expected.shape[1] * expected.shape[2]
    local.set_weights(
        [np.stack([kernel.reshape(-1, 3)] * places), np.broadcast_to(bias, expected.shape[1:])]
    )
    np.testing.assert_allclose(local(IMAGES), expected, rtol=1e-5, atol=1e-5)


def test_causal_outputs_see_nothing_later() -> None:
    for layer in (
        kl.Conv1D(3, 3, padding="causal", dilation_rate=2),
        kl.SeparableConv1D(3, 3, padding="causal"),
        kl.DepthwiseConv1D(3, padding="causal"),
    ):
        before = np.array(layer(STEPS))
        changed = STEPS.copy()
        changed[:, 5:] += 1
        after = np.array(layer(changed))
        assert after.shape[1] == 9
        np.testing.assert_allclose(after[:, :5], before[:, :5], rtol=1e-5, atol=1e-6)
        assert np.abs(after[:, 5:] - before[:, 5:]).max() > 0.01


def test_averages_count_real_places_only() -> None:
    ones = np.ones((1, 5, 5, 1), "float32")
    np.testing.assert_array_equal(kl.AveragePooling2D(3, 2, "same")(ones), np.ones((1, 3, 3, 1)))
    low = -ones
    np.testing.assert_array_equal(kl.MaxPooling2D(3, 2, "same")(low), -np.ones((1, 3, 3, 1)))


@pytest.mark.parametrize("cls", [kl.MaxPooling3D, kl.AveragePooling3D])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-6), ("float16", 2e-3)])
def test_pooling_of_volumes_in_every_precision(cls: Any, dtype: str, tolerance: float) -> None:
    """Processors have kernels over three axes for two dtypes only."""
    for options in ({}, {"pool_size": (2, 3, 2), "strides": (1, 2, 3), "padding": "same"}):
        expected = cls(**options)(VOLUMES)
        found = cls(**options, dtype=dtype)(VOLUMES)
        assert found.dtype.name == dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_a_sequence_without_valid_steps_has_the_mean_zero() -> None:
    mask = np.array([[True, False, True], [False] * 3])
    x = np.arange(12, dtype="float32").reshape(2, 3, 2)
    found = kl.GlobalAveragePooling1D()(x, mask=mask)
    np.testing.assert_allclose(found, [[2, 3], [0, 0]])


def test_bilinear_pixels_are_squares() -> None:
    x = np.array([0.0, 1.0], "float32").reshape(1, 1, 2, 1)
    found = kl.UpSampling2D((1, 2), interpolation="bilinear")(x)
    np.testing.assert_allclose(np.ravel(found), [0, 0.25, 0.75, 1])


def test_lengths_that_are_known_only_when_it_runs() -> None:
    from kcore import Input, Model

    for layer in (
        kl.Conv1D(3, 3, 2, "same"),
        kl.Conv1DTranspose(3, 4, 2, "same", 0),
        kl.Conv1DTranspose(3, 3, dilation_rate=2),
        kl.SeparableConv1D(3, 2, 2),
        kl.UpSampling1D(2),
        kl.Cropping1D(1),
    ):
        inputs = Input((None, 4))
        model = Model(inputs, layer(inputs))
        assert model.output_shape[1] is None
        np.testing.assert_allclose(
            model.predict(STEPS, verbose=0), layer(STEPS), rtol=1e-5, atol=1e-6
        )
    images = Input((None, None, 4))
    for layer in (
        kl.DepthwiseConv2D(2, (1, 2), "same"),
        kl.Conv2DTranspose(3, 2, 3),
        kl.UpSampling2D(2, interpolation="bicubic"),
        kl.AveragePooling2D(dtype="float64"),
    ):
        model = Model(images, layer(images))
        np.testing.assert_allclose(
            model.predict(IMAGES, verbose=0), layer(IMAGES), rtol=1e-5, atol=1e-6
        )


PLAIN_KERNELS = """
import numpy as np, kcore, klayers as kl
from kcore import Input, Model
x = np.random.default_rng(0).standard_normal((2, 7, 6, 4)).astype("float32")
for dtype in ("float32", "float64"):
    inputs = Input((7, 6, 4))
    branches = [
        kl.Conv2D(4, 3, groups=2, padding="same", dtype=dtype),
        kl.Conv2D(4, 3, dilation_rate=2, padding="same", dtype=dtype),
        kl.DepthwiseConv2D(3, dilation_rate=2, padding="same", dtype=dtype),
        kl.Conv2DTranspose(4, 3, dilation_rate=2, padding="same", dtype=dtype),
    ]
    model = Model(inputs, kl.Add()([layer(inputs) for layer in branches]))
    model.compile("sgd", "mse")
    losses = model.fit(x, 0 * x, epochs=3, verbose=0).history["loss"]
    assert losses[0] > losses[1] > losses[2], losses
"""


@pytest.mark.parametrize("fast_kernels", ["0", "1"])
def test_training_where_kernels_lack_gradients(fast_kernels: str) -> None:
    """Grouped and dilated kernels with gradients come with oneDNN, which not every machine has."""
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": fast_kernels}
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_KERNELS], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_operations_say_what_does_not_fit() -> None:
    from kcore.errors import ConfigurationError, ShapeError

    def facts(error: type[Exception], run: Callable[[], Any], *wanted: str) -> None:
        with pytest.raises(error) as caught:
            run()
        for fact in wanted:
            assert fact in str(caught.value), str(caught.value)

    kernel = numbers(3, 3, 3, 6)
    facts(ShapeError, lambda: ops.conv(IMAGES, kernel), "ops.conv", "4 channels", "(3, 3, 3, 6)")
    facts(ShapeError, lambda: ops.conv(STEPS, kernel), "ops.conv", "3 axes", "(3, 3, 3, 6)")
    facts(ShapeError, lambda: ops.conv(numbers(2, 3), kernel), "ops.conv", "3 to 5 axes", "(2, 3)")
    facts(ShapeError, lambda: ops.conv_transpose(IMAGES, kernel), "6 channels", "has 4")
    facts(ShapeError, lambda: ops.depthwise_conv(IMAGES, kernel), "3 channels", "has 4")
    facts(ShapeError, lambda: ops.depthwise_conv(VOLUMES, kernel), "one or two spatial axes")
    facts(ShapeError, lambda: ops.max_pool(IMAGES, 8), "(8, 8)", "(7, 6)", "same")
    facts(ConfigurationError, lambda: ops.max_pool(IMAGES, 2, padding="no"), "padding", "'no'")
    facts(ConfigurationError, lambda: ops.conv(IMAGES, kernel, padding="causal"), "'causal'")
    facts(
        ConfigurationError,
        lambda: ops.conv_transpose(IMAGES, numbers(3, 3, 6, 4), 2, output_padding=2),
        "ops.conv_transpose",
        "output_padding (2, 2)",
        "strides (2, 2)",
    )
    facts(ConfigurationError, lambda: ops.image.resize(IMAGES, 0), "ops.image.resize", "size", "0")
    facts(ConfigurationError, lambda: ops.image.resize(IMAGES, 3, "area"), "'area'", "bilinear")
    facts(ConfigurationError, lambda: ops.image.resize(IMAGES, 3, fill_mode="wrap"), "'wrap'")
    facts(
        ConfigurationError,
        lambda: ops.image.resize(IMAGES, 3, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
        "crop_to_aspect_ratio",
        "pad_to_aspect_ratio",
    )
    facts(ShapeError, lambda: ops.image.resize(numbers(3, 3), 2), "3 axes", "(3, 3)")
