"""The table of klayers: one row a layer. It imports no layer."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

# the first row of a class gives its identity; the others are further names of it
ROWS: tuple[tuple[str, str, str], ...] = (
    ("layer", "Activation", "klayers.core.activation:Activation"),
    ("layer", "Add", "klayers.merging.add:Add"),
    ("layer", "BatchNormalization", "klayers.normalization.batch_normalization:BatchNormalization"),
    ("layer", "Concatenate", "klayers.merging.concatenate:Concatenate"),
    ("layer", "Conv2D", "klayers.convolution.conv2d:Conv2D"),
    ("layer", "Convolution2D", "klayers.convolution.conv2d:Conv2D"),
    ("layer", "Dense", "klayers.core.dense:Dense"),
    ("layer", "Dropout", "klayers.noise.dropout:Dropout"),
    ("layer", "Embedding", "klayers.embedding:Embedding"),
    ("layer", "Flatten", "klayers.core.flatten:Flatten"),
    (
        "layer",
        "GlobalAveragePooling2D",
        "klayers.pooling.global_average_pooling2d:GlobalAveragePooling2D",
    ),
    ("layer", "GlobalAvgPool2D", "klayers.pooling.global_average_pooling2d:GlobalAveragePooling2D"),
    ("layer", "LSTM", "klayers.recurrent.lstm:LSTM"),
    ("layer", "MaxPooling2D", "klayers.pooling.max_pooling2d:MaxPooling2D"),
    ("layer", "MaxPool2D", "klayers.pooling.max_pooling2d:MaxPooling2D"),
    ("layer", "Reshape", "klayers.core.reshape:Reshape"),
    ("layer", "ZeroPadding2D", "klayers.padding:ZeroPadding2D"),
    ("layer_function", "add", "klayers.merging.add:add"),
    ("layer_function", "concatenate", "klayers.merging.concatenate:concatenate"),
)


@hookimpl
def kcore_components() -> tuple[tuple[str, str, str], ...]:
    """Rows of (kind, name, target)."""
    return ROWS
