"""Cases of the conformance tests: the first layers, a row for each way to make one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import klayers

# name, how to make it, shape of the input without the batch, dtype of the input
CASES: list[tuple[str, Callable[[], Any], Any, str]] = [
    ("activation", lambda: klayers.Activation("tanh"), (5,), "float32"),
    ("add", lambda: klayers.Add(), [(5,), (5,)], "float32"),
    ("add_ranks", lambda: klayers.Add(), [(4, 5), (5,)], "float32"),
    ("batch_norm", lambda: klayers.BatchNormalization(), (6,), "float32"),
    ("batch_norm_4d", lambda: klayers.BatchNormalization(), (4, 4, 3), "float32"),
    ("batch_norm_axis", lambda: klayers.BatchNormalization(axis=1), (3, 4, 4), "float32"),
    (
        "batch_norm_plain",
        lambda: klayers.BatchNormalization(scale=False, center=False),
        (6,),
        "float32",
    ),
    ("concatenate", lambda: klayers.Concatenate(), [(5,), (2,)], "float32"),
    ("concatenate_axis", lambda: klayers.Concatenate(axis=1), [(3, 2), (4, 2)], "float32"),
    ("conv2d", lambda: klayers.Conv2D(4, 3), (6, 7, 2), "float32"),
    (
        "conv2d_same",
        lambda: klayers.Conv2D(4, (3, 2), 2, "same", activation="relu"),
        (6, 7, 2),
        "float32",
    ),
    (
        "conv2d_dilated",
        lambda: klayers.Conv2D(4, 3, dilation_rate=2, use_bias=False),
        (8, 8, 2),
        "float32",
    ),
    ("conv2d_groups", lambda: klayers.Conv2D(4, 3, groups=2), (6, 6, 4), "float32"),
    (
        "conv2d_first",
        lambda: klayers.Conv2D(4, 3, data_format="channels_first"),
        (2, 6, 7),
        "float32",
    ),
    ("dense", lambda: klayers.Dense(4, "relu", kernel_regularizer="l2"), (5,), "float32"),
    ("dense_3d", lambda: klayers.Dense(4, use_bias=False), (3, 5), "float32"),
    ("dropout", lambda: klayers.Dropout(0.3), (5,), "float32"),
    ("dropout_steps", lambda: klayers.Dropout(0.3, noise_shape=(None, 1, None)), (4, 5), "float32"),
    ("embedding", lambda: klayers.Embedding(9, 4), (6,), "int32"),
    ("flatten", lambda: klayers.Flatten(), (3, 4, 2), "float32"),
    ("flatten_first", lambda: klayers.Flatten("channels_first"), (2, 3, 4), "float32"),
    ("global_average", lambda: klayers.GlobalAveragePooling2D(), (3, 4, 2), "float32"),
    (
        "global_average_keep",
        lambda: klayers.GlobalAveragePooling2D(keepdims=True),
        (3, 4, 2),
        "float32",
    ),
    ("max_pooling", lambda: klayers.MaxPooling2D(), (6, 7, 2), "float32"),
    ("max_pooling_same", lambda: klayers.MaxPooling2D(3, 2, "same"), (6, 7, 2), "float32"),
    (
        "max_pooling_first",
        lambda: klayers.MaxPooling2D(data_format="channels_first"),
        (2, 6, 7),
        "float32",
    ),
    ("reshape", lambda: klayers.Reshape((2, -1)), (6,), "float32"),
    ("zero_padding", lambda: klayers.ZeroPadding2D(((1, 2), (0, 3))), (4, 5, 2), "float32"),
]
