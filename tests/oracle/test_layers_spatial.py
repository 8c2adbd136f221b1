"""Convolution, pooling, padding, cropping and upsampling against Keras 3; legacy ones: tf_keras."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import klayers
from kcore import ops, utils
from kcore.saving.formats.keras2 import as_keras2

STEPS, IMAGES, VOLUMES = numbers(2, 9, 4), numbers(2, 7, 6, 4), numbers(2, 5, 6, 4, 2)

CONVOLUTION: dict[str, tuple[Any, Any]] = {
    "Conv1D": (lambda m: m.Conv1D(5, 3, activation="relu"), STEPS),
    "Conv1D causal": (lambda m: m.Conv1D(5, 3, padding="causal", dilation_rate=2), STEPS),
    "Conv1D causal stride": (lambda m: m.Conv1D(5, 2, 3, "causal", use_bias=False), STEPS),
    "Conv1D groups": (lambda m: m.Conv1D(6, 3, 2, "same", groups=2), STEPS),
    "Conv1D channel groups": (lambda m: m.Conv1D(8, 3, groups=4), STEPS),
    "Conv1D dilated groups": (lambda m: m.Conv1D(4, 3, dilation_rate=2, groups=2), STEPS),
    "Conv2D even": (lambda m: m.Conv2D(5, (2, 4), (2, 3), "same"), IMAGES),
    "Conv2D dilated": (lambda m: m.Conv2D(5, 3, 1, "same", dilation_rate=(2, 1)), IMAGES),
    "Conv2D one place": (lambda m: m.Conv2D(5, 1), IMAGES),
    "Conv2D one place, strides": (lambda m: m.Conv2D(5, 1, (2, 3), "same"), IMAGES),
    "Conv2D one place, groups": (lambda m: m.Conv2D(6, 1, groups=2), IMAGES),
    "Conv3D one place": (lambda m: m.Conv3D(3, 1, 2), VOLUMES),
    "Conv2D channel groups": (lambda m: m.Conv2D(8, 3, 2, "same", groups=4), IMAGES),
    "Conv3D": (lambda m: m.Conv3D(3, (2, 3, 1), (1, 2, 1), "same", activation="tanh"), VOLUMES),
    "Conv3D dilated": (lambda m: m.Conv3D(3, 2, dilation_rate=2), VOLUMES),
    "Conv1DTranspose": (lambda m: m.Conv1DTranspose(3, 3, 2, activation="relu"), STEPS),
    "Conv1DTranspose same": (lambda m: m.Conv1DTranspose(3, 4, 2, "same"), STEPS),
    "Conv1DTranspose gaps": (lambda m: m.Conv1DTranspose(3, 2, 4), STEPS),
    "Conv1DTranspose odd": (lambda m: m.Conv1DTranspose(3, 3, 2, "same", 0), STEPS),
    "Conv1DTranspose valid": (lambda m: m.Conv1DTranspose(3, 3, 3, "valid", 2), STEPS),
    "Conv1DTranspose dilated": (lambda m: m.Conv1DTranspose(3, 3, dilation_rate=2), STEPS),
    "Conv2DTranspose": (lambda m: m.Conv2DTranspose(3, (3, 2), (2, 3), "same", (1, 1)), IMAGES),
    "Conv2DTranspose dilated": (
        lambda m: m.Conv2DTranspose(3, (3, 2), 1, "same", dilation_rate=(2, 3)),
        IMAGES,
    ),
    "Conv2DTranspose plain": (lambda m: m.Conv2DTranspose(3, 3, use_bias=False), IMAGES),
    "Conv3DTranspose": (lambda m: m.Conv3DTranspose(3, 2, 2, "same"), VOLUMES),
    "Conv3DTranspose output": (
        lambda m: m.Conv3DTranspose(3, 3, (2, 1, 3), output_padding=(1, 0, 2)),
        VOLUMES,
    ),
    "DepthwiseConv1D": (lambda m: m.DepthwiseConv1D(3, 2, "same", 2), STEPS),
    "DepthwiseConv1D dilated": (lambda m: m.DepthwiseConv1D(3, dilation_rate=2), STEPS),
    "DepthwiseConv2D": (lambda m: m.DepthwiseConv2D(3, 2, depth_multiplier=3), IMAGES),
    "DepthwiseConv2D same": (lambda m: m.DepthwiseConv2D((2, 3), 2, "same"), IMAGES),
    "DepthwiseConv2D dilated": (
        lambda m: m.DepthwiseConv2D(3, 1, "same", 2, dilation_rate=2, activation="tanh"),
        IMAGES,
    ),
    "SeparableConv1D": (lambda m: m.SeparableConv1D(5, 3, 2, "same", depth_multiplier=2), STEPS),
    "SeparableConv2D": (lambda m: m.SeparableConv2D(5, 3, 2, activation="relu"), IMAGES),
    "SeparableConv2D dilated": (
        lambda m: m.SeparableConv2D(5, (3, 2), 1, "same", dilation_rate=2, use_bias=False),
        IMAGES,
    ),
}

OTHERS: dict[str, tuple[Any, Any]] = {
    "MaxPooling1D": (lambda m: m.MaxPooling1D(3, 2, "same"), STEPS),
    "MaxPooling2D": (lambda m: m.MaxPooling2D((2, 3), (1, 2), "same"), IMAGES),
    "MaxPooling3D": (lambda m: m.MaxPooling3D(), VOLUMES),
    "AveragePooling1D": (lambda m: m.AveragePooling1D(4, 3, "same"), STEPS),
    "AveragePooling2D": (lambda m: m.AveragePooling2D(3, 2, "same"), IMAGES),
    "AveragePooling3D": (lambda m: m.AveragePooling3D((2, 3, 2), 1, "same"), VOLUMES),
    "GlobalAveragePooling1D": (lambda m: m.GlobalAveragePooling1D(keepdims=True), STEPS),
    "GlobalAveragePooling2D": (lambda m: m.GlobalAveragePooling2D("channels_first"), IMAGES),
    "GlobalAveragePooling3D": (lambda m: m.GlobalAveragePooling3D(), VOLUMES),
    "GlobalMaxPooling1D": (lambda m: m.GlobalMaxPooling1D("channels_first", True), STEPS),
    "GlobalMaxPooling2D": (lambda m: m.GlobalMaxPooling2D(), IMAGES),
    "GlobalMaxPooling3D": (lambda m: m.GlobalMaxPooling3D("channels_first", True), VOLUMES),
    "AdaptiveAveragePooling1D": (lambda m: m.AdaptiveAveragePooling1D(4), STEPS),
    "AdaptiveAveragePooling2D": (lambda m: m.AdaptiveAveragePooling2D((3, 8)), IMAGES),
    "AdaptiveAveragePooling3D": (lambda m: m.AdaptiveAveragePooling3D((2, 4, 3)), VOLUMES),
    "AdaptiveMaxPooling1D": (lambda m: m.AdaptiveMaxPooling1D(4), STEPS),
    "AdaptiveMaxPooling2D": (lambda m: m.AdaptiveMaxPooling2D((3, 5)), IMAGES),
    "AdaptiveMaxPooling3D": (lambda m: m.AdaptiveMaxPooling3D((2, 4, 3)), VOLUMES),
    "ZeroPadding1D": (lambda m: m.ZeroPadding1D((1, 2)), STEPS),
    "ZeroPadding1D first": (lambda m: m.ZeroPadding1D(2, "channels_first"), STEPS),
    "ZeroPadding2D": (lambda m: m.ZeroPadding2D((1, 2), "channels_first"), IMAGES),
    "ZeroPadding3D": (lambda m: m.ZeroPadding3D(((1, 0), (0, 2), (3, 1))), VOLUMES),
    "Cropping1D": (lambda m: m.Cropping1D((1, 2)), STEPS),
    "Cropping2D": (lambda m: m.Cropping2D(), IMAGES),
    "Cropping2D sides": (lambda m: m.Cropping2D(((1, 2), (0, 3)), "channels_first"), IMAGES),
    "Cropping3D": (lambda m: m.Cropping3D((1, 2, 1)), VOLUMES),
    "UpSampling1D": (lambda m: m.UpSampling1D(3), STEPS),
    "UpSampling2D": (lambda m: m.UpSampling2D((1, 3), "channels_first"), IMAGES),
    "UpSampling2D bilinear": (lambda m: m.UpSampling2D(2, interpolation="bilinear"), IMAGES),
    "UpSampling2D bicubic": (lambda m: m.UpSampling2D((3, 2), None, "bicubic"), IMAGES),
    "UpSampling2D lanczos3": (lambda m: m.UpSampling2D(2, None, "lanczos3"), IMAGES),
    "UpSampling2D lanczos5": (lambda m: m.UpSampling2D(2, None, "lanczos5"), IMAGES),
    "UpSampling3D": (lambda m: m.UpSampling3D((1, 2, 3)), VOLUMES),
}

LOCAL: dict[str, tuple[Any, Any]] = {
    f"{name} {implementation}": (
        lambda m, make=make, implementation=implementation: make(m, implementation),
        inputs,
    )
    for implementation in (1, 2, 3)
    for name, make, inputs in (
        ("1D", lambda m, i: m.LocallyConnected1D(3, 3, 2, implementation=i), STEPS),
        (
            "1D first",
            lambda m, i: m.LocallyConnected1D(
                3, 2, data_format="channels_first", implementation=i, activation="tanh"
            ),
            STEPS,
        ),
        ("2D", lambda m, i: m.LocallyConnected2D(3, (2, 3), (1, 2), implementation=i), IMAGES),
        (
            "2D first",
            lambda m, i: m.LocallyConnected2D(
                3, (3, 2), data_format="channels_first", implementation=i
            ),
            IMAGES,
        ),
        (
            "2D same",
            lambda m, i: m.LocallyConnected2D(
                2, (2, 3), (2, 1), "valid" if i == 1 else "same", implementation=i
            ),
            IMAGES,
        ),
    )
}


@pytest.mark.parametrize("name", CONVOLUTION)
def test_convolution(name: str) -> None:
    make, inputs = CONVOLUTION[name]
    compare_layer(make, inputs)


@pytest.mark.parametrize("name", OTHERS)
def test_pooling_and_sizes(name: str) -> None:
    make, inputs = OTHERS[name]
    compare_layer(make, inputs)


@pytest.mark.parametrize("name", LOCAL)
def test_locally_connected(name: str) -> None:
    make, inputs = LOCAL[name]
    compare_layer(make, inputs, peer=tf_keras.layers)


def test_a_mask_in_the_mean_over_steps() -> None:
    mask = np.arange(18).reshape(2, 9) % 5 > 1
    compare_layer(lambda m: m.GlobalAveragePooling1D(), STEPS, mask=mask)
    compare_layer(lambda m: m.GlobalAveragePooling1D(keepdims=True), STEPS, mask=mask)
    compare_layer(lambda m: m.GlobalAveragePooling1D("channels_first"), STEPS, mask=mask[:, :4])


PRECISIONS: dict[str, tuple[Any, Any]] = {
    "Conv1D": (lambda m, policy: m.Conv1D(4, 3, 1, "causal", dtype=policy), STEPS),
    "Conv2D": (lambda m, policy: m.Conv2D(4, 3, dilation_rate=2, dtype=policy), IMAGES),
    "Conv2DTranspose": (lambda m, policy: m.Conv2DTranspose(4, 3, 2, dtype=policy), IMAGES),
    "Conv3D": (lambda m, policy: m.Conv3D(4, 2, dtype=policy), VOLUMES),
    "Conv3DTranspose": (lambda m, policy: m.Conv3DTranspose(4, 2, dtype=policy), VOLUMES),
    "DepthwiseConv2D": (lambda m, policy: m.DepthwiseConv2D(3, 2, dtype=policy), IMAGES),
    "SeparableConv2D": (lambda m, policy: m.SeparableConv2D(4, 3, dtype=policy), IMAGES),
    "MaxPooling2D": (lambda m, policy: m.MaxPooling2D(dtype=policy), IMAGES),
    "AveragePooling2D": (lambda m, policy: m.AveragePooling2D(3, 1, dtype=policy), IMAGES),
    "GlobalMaxPooling2D": (lambda m, policy: m.GlobalMaxPooling2D(dtype=policy), IMAGES),
    "AdaptiveMaxPooling2D": (lambda m, policy: m.AdaptiveMaxPooling2D(3, dtype=policy), IMAGES),
    "ZeroPadding2D": (lambda m, policy: m.ZeroPadding2D(dtype=policy), IMAGES),
    "Cropping2D": (lambda m, policy: m.Cropping2D(1, dtype=policy), IMAGES),
    "UpSampling2D": (lambda m, policy: m.UpSampling2D(2, None, "bilinear", dtype=policy), IMAGES),
}


@pytest.mark.parametrize("name", PRECISIONS)
def test_precisions(name: str) -> None:
    compare_precisions(*PRECISIONS[name])


@pytest.mark.parametrize(
    "options",
    [
        {"interpolation": "nearest"},
        {"interpolation": "bicubic", "antialias": True},
        {"interpolation": "lanczos5", "data_format": "channels_first"},
        {"crop_to_aspect_ratio": True},
        {"pad_to_aspect_ratio": True, "fill_value": 3.0},
    ],
)
@pytest.mark.parametrize("size", [(3, 9), (14, 5)])
def test_resize(options: dict[str, Any], size: tuple[int, int]) -> None:
    for images in (IMAGES, IMAGES[0]):
        found = ops.image.resize(images, size, **options)
        expected = keras.ops.image.resize(images, size, **options)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64"])
def test_resize_keeps_the_dtype(dtype: str) -> None:
    images = (np.arange(2 * 5 * 6 * 3).reshape(2, 5, 6, 3) * 1.4).astype(dtype)
    for interpolation in ("nearest", "bilinear", "bicubic"):
        found = ops.image.resize(images, (7, 4), interpolation)
        expected = keras.ops.image.resize(images, (7, 4), interpolation)
        assert found.dtype.name == dtype
        np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-3)


@pytest.mark.parametrize("name", [n for n in OTHERS if "Pooling" in n])
def test_slopes_of_pooling(name: str) -> None:
    make, inputs = OTHERS[name]
    found = []
    for module in (klayers, keras.layers):
        layer, tensor = make(module), tf.constant(inputs)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            outputs = layer(tensor)
        slopes = np.cos(np.arange(np.size(outputs))).reshape(outputs.shape)
        found.append(tape.gradient(outputs, tensor, tf.constant(slopes, "float32")))
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-5)


def test_groups_follow_from_the_shapes() -> None:
    kernel = numbers(3, 3, 2, 6)
    found, expected = ops.conv(IMAGES, kernel, 2), keras.ops.conv(IMAGES, kernel, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


NAMES = sorted({name.split()[0] for name in (*CONVOLUTION, *OTHERS)})
LEGACY = [n for n in NAMES if not n.startswith("Adaptive")]
LEGACY += ["LocallyConnected1D", "LocallyConnected2D"]


def _plain(module: Any, name: str) -> Any:
    arguments: dict[str, Any] = {}
    if "Conv" in name or "Local" in name:
        arguments = {"kernel_size": 2} if "Depthwise" in name else {"kernel_size": 2, "filters": 4}
    elif name.startswith(("Adaptive", "Average")):
        arguments = {"output_size": 2} if name.startswith("Adaptive") else {"pool_size": 2}
    return getattr(module, name)(**arguments)


@pytest.mark.parametrize("name", NAMES)
def test_configurations_of_keras_3_open_here_and_ours_there(name: str) -> None:
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(_plain(keras.layers, name))))
    ours = utils.deserialize_keras_object(saved)
    assert type(ours) is getattr(klayers, name)
    theirs = keras.saving.deserialize_keras_object(utils.serialize_keras_object(ours))
    assert type(theirs) is getattr(keras.layers, name)


@pytest.mark.parametrize("name", LEGACY)
def test_configurations_of_keras_2_open_here_and_ours_there(name: str) -> None:
    peer = _plain(tf_keras.layers, name)
    saved = json.loads(json.dumps(tf_keras.saving.serialize_keras_object(peer)))
    ours = utils.deserialize_keras_object(saved)
    assert type(ours) is getattr(klayers, name)
    config = as_keras2(utils.serialize_keras_object(ours))["config"]
    theirs = type(peer).from_config(json.loads(json.dumps(config)))
    assert theirs.get_config().keys() == peer.get_config().keys()
