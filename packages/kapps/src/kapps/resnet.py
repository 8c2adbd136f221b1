"""ResNet: blocks of convolutions that add to what they received.

He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2016. Names of layers and
order of weights are those of Keras' application, so files of weights are interchangeable: the
stride is at the first convolution of a block, convolutions have biases, and the normalisation's
epsilon is 1.001e-5.
"""

from __future__ import annotations

from typing import Any

import klayers
from kapps import head, preprocessing
from kapps import weights as weight_files
from kapps.labels import decode_predictions
from kapps.weights import WeightRecord
from kcore import Model, config
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]

RESNET50_WEIGHTS: tuple[WeightRecord, ...] = ()
# the first convolution, its pooling and the last three stages halve the size five times
_MINIMAL_SIZE = 32


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Images as ResNet expects them: BGR, minus the mean of ImageNet.

    Args:
        x: RGB images, 0 to 255; (height, width, 3) or (batch, height, width, 3).
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Returns:
        A new array of the same shape.

    Raises:
        ShapeError: if there are not three channels.

    Example:
        >>> preprocess_input([[[0.0, 0.0, 0.0]]]).tolist()
        [[[-103.939, -116.779, -123.68]]]
    """
    return preprocessing.preprocess_input(x, data_format, mode="caffe")


def ResNet50(  # noqa: N802 - the name that everybody knows
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: SymbolicTensor | None = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet50",
) -> Model:
    """The residual network with 50 layers (He et al., 2016).

    Args:
        include_top: whether the classifier is part of it.
        weights: path of a file of weights, "imagenet" for published ones, None for random ones.
        input_tensor: symbolic images to start from, in place of an input of its own.
        input_shape: of one image, at least 32 pixels high and wide; (224, 224, 3) if None, without
            the classifier (None, None, 3).
        pooling: without the classifier: None gives the feature maps, "avg" and "max" one vector.
        classes: outputs of the classifier.
        classifier_activation: function or name; None gives the classifier's sums.
        name: of the model.

    Shapes:
        input (batch, height, width, channels); output (batch, classes), or (batch, 2048) with
        pooling, or (batch, ceil(height / 32), ceil(width / 32), 2048).

    Returns:
        A model that is not compiled.

    Raises:
        ConfigurationError: if an argument can never work, or the weights cannot be had.
        ShapeError: if images of this shape do not fit.
        LoadError: if the file of weights is missing, damaged or made for another network.

    Example:
        >>> ResNet50(weights=None).count_params()
        25636712
    """
    found = weight_files.locate(weights, "ResNet50", include_top, RESNET50_WEIGHTS)
    head.check_arguments("ResNet50", include_top, found, pooling, classes, classifier_activation)
    images = head.image_input(
        "ResNet50", input_tensor, input_shape, 224, _MINIMAL_SIZE, include_top, found
    )
    x = klayers.ZeroPadding2D(3, name="conv1_pad")(images)
    x = _relu(_convolve(x, 64, 7, "conv1", stride=2), "conv1_relu")
    x = klayers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = klayers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    x = _stage(x, 64, 3, "conv2", stride=1)
    x = _stage(x, 128, 4, "conv3")
    x = _stage(x, 256, 6, "conv4")
    x = _stage(x, 512, 3, "conv5")
    x = head.finish(x, include_top, pooling, classes, classifier_activation)
    model = Model(head.source_inputs(images), x, name=name)
    weight_files.load(model, found)
    return model


def _stage(x: Tensor, filters: int, blocks: int, name: str, stride: int = 2) -> Tensor:
    """Blocks of equal width; the first changes the size and the number of channels."""
    x = _block(x, filters, f"{name}_block1", stride, widen=True)
    for number in range(2, blocks + 1):
        x = _block(x, filters, f"{name}_block{number}")
    return x


def _block(x: Tensor, filters: int, name: str, stride: int = 1, widen: bool = False) -> Tensor:
    """Narrow, look around, widen, and add what came in; to `4 * filters` channels."""
    shortcut = _convolve(x, 4 * filters, 1, f"{name}_0", stride) if widen else x
    x = _relu(_convolve(x, filters, 1, f"{name}_1", stride), f"{name}_1_relu")
    x = _relu(_convolve(x, filters, 3, f"{name}_2", padding="same"), f"{name}_2_relu")
    x = _convolve(x, 4 * filters, 1, f"{name}_3")
    return _relu(klayers.Add(name=f"{name}_add")([shortcut, x]), f"{name}_out")


def _convolve(
    x: Tensor, filters: int, size: int, name: str, stride: int = 1, padding: str = "valid"
) -> Tensor:
    """A convolution and its normalisation."""
    x = klayers.Conv2D(filters, size, stride, padding, name=f"{name}_conv")(x)
    axis = -1 if config.image_data_format() == "channels_last" else 1
    return klayers.BatchNormalization(axis, epsilon=1.001e-5, name=f"{name}_bn")(x)


def _relu(x: Tensor, name: str) -> Tensor:
    return klayers.Activation("relu", name=name)(x)
