"""Cases of the conformance tests: convolution, pooling, padding, cropping, upsampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import klayers as kl

STEPS, IMAGE, VOLUME = (8, 4), (6, 7, 4), (5, 6, 4, 2)
FIRST: dict[str, Any] = {"data_format": "channels_first"}

# name, how to make it, shape of the input without the batch
CONVOLUTION: list[tuple[str, Callable[[], Any], Any]] = [
    ("conv1d", lambda: kl.Conv1D(4, 3), STEPS),
    ("conv1d_causal", lambda: kl.Conv1D(4, 3, padding="causal", dilation_rate=2), STEPS),
    ("conv1d_causal_first", lambda: kl.Conv1D(4, 3, 2, "causal", **FIRST), STEPS),
    ("conv1d_groups", lambda: kl.Conv1D(6, 2, 2, "same", groups=2, use_bias=False), STEPS),
    ("conv1d_channel_groups", lambda: kl.Conv1D(8, 3, groups=4), STEPS),
    ("conv2d_channel_groups", lambda: kl.Conv2D(4, 3, groups=4), IMAGE),
    ("conv2d_dilated_groups", lambda: kl.Conv2D(4, 3, groups=2, dilation_rate=(1, 2)), IMAGE),
    ("conv3d", lambda: kl.Conv3D(3, 2, (1, 2, 1), "same", activation="relu"), VOLUME),
    ("conv3d_dilated", lambda: kl.Conv3D(3, 2, dilation_rate=(1, 2, 1)), VOLUME),
    ("conv3d_groups", lambda: kl.Conv3D(4, 3, groups=2), VOLUME),
    ("conv3d_first", lambda: kl.Conv3D(3, 2, **FIRST), VOLUME),
    ("conv1d_transpose", lambda: kl.Conv1DTranspose(3, 3, 2), STEPS),
    ("conv1d_transpose_even", lambda: kl.Conv1DTranspose(3, 4, 2, "same", 0), STEPS),
    ("conv1d_transpose_wide", lambda: kl.Conv1DTranspose(3, 2, 3, "same"), STEPS),
    ("conv1d_transpose_first", lambda: kl.Conv1DTranspose(3, 3, 2, **FIRST), STEPS),
    ("conv2d_transpose", lambda: kl.Conv2DTranspose(3, 3, 2, "same", use_bias=False), IMAGE),
    ("conv2d_transpose_mixed", lambda: kl.Conv2DTranspose(3, (4, 3), 2, "same", (0, 1)), IMAGE),
    ("conv2d_transpose_dilated", lambda: kl.Conv2DTranspose(3, 3, dilation_rate=2), IMAGE),
    ("conv2d_transpose_both", lambda: kl.Conv2DTranspose(3, 2, 1, "same", 0, None, 3), IMAGE),
    ("conv3d_transpose", lambda: kl.Conv3DTranspose(3, 2, (1, 2, 1)), VOLUME),
    ("conv3d_transpose_dilated", lambda: kl.Conv3DTranspose(3, 2, dilation_rate=2), VOLUME),
    ("conv3d_transpose_first", lambda: kl.Conv3DTranspose(3, 2, **FIRST), VOLUME),
    ("depthwise1d", lambda: kl.DepthwiseConv1D(3, 2, "same", 2), STEPS),
    ("depthwise1d_causal", lambda: kl.DepthwiseConv1D(3, 1, "causal", dilation_rate=2), STEPS),
    ("depthwise2d", lambda: kl.DepthwiseConv2D(3, depth_multiplier=2), IMAGE),
    ("depthwise2d_dilated", lambda: kl.DepthwiseConv2D(3, 1, "same", dilation_rate=2), IMAGE),
    ("depthwise2d_uneven", lambda: kl.DepthwiseConv2D(3, (1, 2), "same"), IMAGE),
    ("depthwise2d_both", lambda: kl.DepthwiseConv2D(2, 2, "same", dilation_rate=2), IMAGE),
    ("depthwise2d_first", lambda: kl.DepthwiseConv2D(3, 2, use_bias=False, **FIRST), IMAGE),
    ("separable1d", lambda: kl.SeparableConv1D(5, 3, 2, "same", depth_multiplier=2), STEPS),
    ("separable1d_causal", lambda: kl.SeparableConv1D(5, 3, 1, "causal"), STEPS),
    ("separable2d", lambda: kl.SeparableConv2D(5, 3, dilation_rate=2, activation="tanh"), IMAGE),
    ("separable2d_first", lambda: kl.SeparableConv2D(5, 3, use_bias=False, **FIRST), IMAGE),
    ("local1d", lambda: kl.LocallyConnected1D(3, 3, 2), STEPS),
    ("local1d_pairs", lambda: kl.LocallyConnected1D(3, 2, padding="same", implementation=3), STEPS),
    ("local1d_first", lambda: kl.LocallyConnected1D(3, 3, **FIRST), STEPS),
    ("local2d", lambda: kl.LocallyConnected2D(3, (2, 3), activation="tanh"), IMAGE),
    ("local2d_first", lambda: kl.LocallyConnected2D(3, 3, implementation=3, **FIRST), IMAGE),
    (
        "local2d_dense",
        lambda: kl.LocallyConnected2D(3, 3, 2, "same", implementation=2, use_bias=False),
        IMAGE,
    ),
]

POOLING: list[tuple[str, Callable[[], Any], Any]] = [
    ("max_pooling1d", lambda: kl.MaxPooling1D(), STEPS),
    ("max_pooling1d_same", lambda: kl.MaxPooling1D(3, 2, "same", "channels_first"), STEPS),
    ("max_pooling3d", lambda: kl.MaxPooling3D((2, 3, 1), 1, "same"), VOLUME),
    ("max_pooling3d_first", lambda: kl.MaxPooling3D(**FIRST), VOLUME),
    ("average_pooling1d", lambda: kl.AveragePooling1D(3, 1), STEPS),
    ("average_pooling2d", lambda: kl.AveragePooling2D(3, 2, "same"), IMAGE),
    ("average_pooling2d_first", lambda: kl.AveragePooling2D((1, 2), **FIRST), IMAGE),
    ("average_pooling3d", lambda: kl.AveragePooling3D(2, padding="same"), VOLUME),
    ("global_average1d", lambda: kl.GlobalAveragePooling1D(), STEPS),
    ("global_average3d", lambda: kl.GlobalAveragePooling3D(keepdims=True, **FIRST), VOLUME),
    ("global_max1d", lambda: kl.GlobalMaxPooling1D(**FIRST), STEPS),
    ("global_max2d", lambda: kl.GlobalMaxPooling2D(keepdims=True), IMAGE),
    ("global_max3d", lambda: kl.GlobalMaxPooling3D(), VOLUME),
    ("adaptive_average1d", lambda: kl.AdaptiveAveragePooling1D(3), STEPS),
    ("adaptive_average2d", lambda: kl.AdaptiveAveragePooling2D((4, 2), **FIRST), IMAGE),
    ("adaptive_average3d", lambda: kl.AdaptiveAveragePooling3D((2, 4, 3)), VOLUME),
    ("adaptive_max1d", lambda: kl.AdaptiveMaxPooling1D(3), STEPS),
    ("adaptive_max2d", lambda: kl.AdaptiveMaxPooling2D((4, 9), **FIRST), IMAGE),
    ("adaptive_max3d", lambda: kl.AdaptiveMaxPooling3D((2, 4, 3)), VOLUME),
]

SIZES: list[tuple[str, Callable[[], Any], Any]] = [
    ("padding1d", lambda: kl.ZeroPadding1D((1, 2)), STEPS),
    ("padding1d_first", lambda: kl.ZeroPadding1D(2, "channels_first"), STEPS),
    ("padding2d", lambda: kl.ZeroPadding2D((1, 2), "channels_first"), IMAGE),
    ("padding3d", lambda: kl.ZeroPadding3D(((1, 0), (0, 2), (1, 1))), VOLUME),
    ("cropping1d", lambda: kl.Cropping1D((1, 2)), STEPS),
    ("cropping2d_nothing", lambda: kl.Cropping2D(), IMAGE),
    ("cropping2d", lambda: kl.Cropping2D(((1, 2), (0, 3)), "channels_first"), IMAGE),
    ("cropping3d", lambda: kl.Cropping3D((1, 2, 1)), VOLUME),
    ("up_sampling1d", lambda: kl.UpSampling1D(3), STEPS),
    ("up_sampling2d", lambda: kl.UpSampling2D((1, 3)), IMAGE),
    ("up_sampling2d_first", lambda: kl.UpSampling2D(2, "channels_first", "bilinear"), IMAGE),
    ("up_sampling2d_cubic", lambda: kl.UpSampling2D(2, interpolation="bicubic"), IMAGE),
    ("up_sampling2d_lanczos", lambda: kl.UpSampling2D((3, 2), interpolation="lanczos3"), IMAGE),
    ("up_sampling3d", lambda: kl.UpSampling3D((1, 2, 3)), VOLUME),
    ("up_sampling3d_first", lambda: kl.UpSampling3D(2, "channels_first"), VOLUME),
]

# name, how to make it, shape of the input without the batch, dtype of the input
# and, where needed, further arguments of the call and reasons of known failures
_RESIZED = {
    "gradients_by_inputs_are_right": "the kernels for resizing compute in float32, too coarse for "
    "differences"
}
_KNOWN = dict.fromkeys(
    ("up_sampling2d_first", "up_sampling2d_cubic", "up_sampling2d_lanczos"), (None, _RESIZED)
)
CASES = [(*row, "float32", *_KNOWN.get(row[0], ())) for row in (*CONVOLUTION, *POOLING, *SIZES)]
