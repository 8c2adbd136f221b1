"""The published files of weights: facts from Keras' own list, in `imagenet_weights.csv`.

Every file holds a network trained on ImageNet's 1000 classes and is published by the Keras team,
where a checksum is given in its list with its algorithm. Accuracies are the share of ImageNet's
validation images whose first answer is right, as the Keras documentation gives them.
"""

from __future__ import annotations

import csv
import functools
from importlib import resources

from kapps.weights import WeightRecord

_HOST = "https://storage.googleapis.com"
_FOLDER = f"{_HOST}/tensorflow/keras-applications"
_EFFICIENTNETS = f"{_HOST}/keras-applications"

# licences of the weights where their authors chose another than Keras' own
_LICENCES = {
    "Xception": "MIT",
    "VGG16": "CC BY 4.0",
    "VGG19": "CC BY 4.0",
    "ResNet50": "MIT",
    "ResNet101": "MIT",
    "ResNet152": "MIT",
    "DenseNet121": "BSD-3-Clause",
    "DenseNet169": "BSD-3-Clause",
    "DenseNet201": "BSD-3-Clause",
}
_LICENCE = "Apache-2.0"

_ACCURACY = {
    "Xception": 0.790,
    "VGG16": 0.713,
    "VGG19": 0.713,
    "ResNet50": 0.749,
    "ResNet50V2": 0.760,
    "ResNet101": 0.764,
    "ResNet101V2": 0.772,
    "ResNet152": 0.766,
    "ResNet152V2": 0.780,
    "InceptionV3": 0.779,
    "InceptionResNetV2": 0.803,
    "MobileNet 1": 0.704,
    "MobileNetV2 1": 0.713,
    "DenseNet121": 0.750,
    "DenseNet169": 0.762,
    "DenseNet201": 0.773,
    "NASNetMobile": 0.744,
    "NASNetLarge": 0.825,
    "EfficientNetB0": 0.771,
    "EfficientNetB1": 0.791,
    "EfficientNetB2": 0.801,
    "EfficientNetB3": 0.816,
    "EfficientNetB4": 0.829,
    "EfficientNetB5": 0.836,
    "EfficientNetB6": 0.840,
    "EfficientNetB7": 0.843,
    "EfficientNetV2B0": 0.787,
    "EfficientNetV2B1": 0.798,
    "EfficientNetV2B2": 0.805,
    "EfficientNetV2B3": 0.820,
    "EfficientNetV2S": 0.839,
    "EfficientNetV2M": 0.853,
    "EfficientNetV2L": 0.857,
    "ConvNeXtTiny": 0.813,
    "ConvNeXtSmall": 0.823,
    "ConvNeXtBase": 0.853,
    "ConvNeXtLarge": 0.863,
    "ConvNeXtXLarge": 0.867,
}


@functools.cache
def published(title: str, variant: str, size: int, mode: str) -> tuple[WeightRecord, ...]:
    """The published files of an application; none if there are none.

    Args:
        title: the application.
        variant: which of its files, such as the share of channels of MobileNet; "" if there is one
            kind only.
        size: height and width of the images that it was published with.
        mode: their preprocessing.

    Example:
        >>> [record.file[:14] for record in published("VGG16", "", 224, "caffe")]
        ['vgg16_weights_', 'vgg16_weights_']
    """
    label = f"{title} {variant}".strip()
    return tuple(
        WeightRecord(
            "imagenet",
            row["include_top"] == "1",
            _address(row["folder"], row["file"]),
            row["checksum"],
            (size, size, 3),
            mode,
            _LICENCES.get(title, _LICENCE),
            accuracy=_ACCURACY.get(label),
            file_name=row["cached_as"],
        )
        for row in _rows()
        if row["title"] == title and row["variant"] == variant
    )


def _address(folder: str, file: str) -> str:
    return f"{_FOLDER}/{folder}/{file}" if folder else f"{_EFFICIENTNETS}/{file}"


@functools.cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files("kapps").joinpath("imagenet_weights.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
