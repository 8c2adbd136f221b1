"""What was done to the images that published weights were trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import config
from kcore.errors import ConfigurationError, DataError, ShapeError

MODES = ("caffe", "tf", "torch", "raw")

# per channel over the ImageNet training images; caffe in BGR order and 0 to 255, torch in RGB
# order and 0 to 1
_CAFFE_MEAN = (103.939, 116.779, 123.68)
TORCH_MEAN = (0.485, 0.456, 0.406)
TORCH_DEVIATION = (0.229, 0.224, 0.225)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Scales images as a network expects them; the given array stays as it is.

    Args:
        x: RGB images, 0 to 255, as an array or anything numpy can read.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        mode: "caffe" (to BGR, minus the mean of ImageNet), "tf" (to -1 .. 1) or "torch" (to 0 .. 1,
            minus the mean, divided by the standard deviation of ImageNet) or "raw" (unchanged: the
            network scales its images itself).

    Shapes:
        (height, width, 3) or (batch, height, width, 3), channels first likewise; the same comes
        back, in the given float dtype, whole numbers in `floatx()`.

    Raises:
        ConfigurationError: if mode or data_format is none of these.
        DataError: if x does not hold numbers.
        ShapeError: if there are not three channels where they should be.

    Example:
        >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf").tolist()
        [[[1.0, 1.0, 1.0]]]
    """
    if mode not in MODES:
        raise ConfigurationError(
            f"preprocess_input: mode must be one of {MODES}; received {mode!r}."
        )
    layout = config.standardize_data_format(data_format)
    if mode == "raw":
        return x
    array = numbers(x, "preprocess_input")
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(config.floatx())
    axis = -1 if layout == "channels_last" else array.ndim - 3
    if array.ndim not in (3, 4) or array.shape[axis] != 3:
        raise ShapeError(
            f"preprocess_input expects one RGB image or a batch of them, {layout}, with 3 "
            f"channels; received an array of shape {array.shape}. Give the images' channels that "
            "place, or say data_format."
        )
    if mode == "tf":
        return array / 127.5 - 1.0
    if mode == "caffe":
        return np.flip(array, axis) - _channels(_CAFFE_MEAN, array, axis)
    mean, deviation = (_channels(v, array, axis) for v in (TORCH_MEAN, TORCH_DEVIATION))
    return (array / 255.0 - mean) / deviation


def _channels(values: tuple[float, ...], array: Any, axis: int) -> Any:
    """Numbers for the channels, in a shape that broadcasts and the dtype of the images."""
    shape = [1] * array.ndim
    shape[axis] = len(values)
    return np.asarray(values, array.dtype).reshape(shape)


def numbers(x: Any, caller: str) -> Any:
    """Images as an array.

    Args:
        x: an array, or lists of numbers.
        caller: for messages.

    Raises:
        DataError: if it holds other things, or images of several sizes.

    Example:
        >>> numbers([[1, 2]], "f").shape
        (1, 2)
    """
    try:
        array = np.asarray(x)
        kind = array.dtype.kind
    except ValueError:  # a list of arrays of different shapes, or of paths and arrays
        kind = "O"
    if kind not in "biufV":  # V: bfloat16 and its kind
        raise DataError(
            f"{caller}: images must be an array of numbers, all of one size; received "
            f"{type(x).__name__} {str(x)[:80]}. For files give the path, or a list of paths only, "
            "to the method preprocess of a model."
        )
    return array


def for_mode(mode: str) -> Callable[..., Any]:
    """The `preprocess_input` of a family, which scales as its published weights need it.

    Example:
        >>> for_mode("tf")([[[0.0, 127.5, 255.0]]]).tolist()
        [[[-1.0, 0.0, 1.0]]]
    """

    def scale(x: Any, data_format: str | None = None) -> Any:
        return preprocess_input(x, data_format, mode)

    scale.__name__ = scale.__qualname__ = "preprocess_input"
    scale.__doc__ = f"""Images as these networks expect them, in the mode {mode!r}.

    Args:
        x: RGB images, 0 to 255; (height, width, 3) or (batch, height, width, 3).
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Returns:
        A new array of the same shape; with "raw" the same array.

    Raises:
        ShapeError: if there are not three channels.
    """
    return scale


def channels_last() -> bool:
    """Whether the global layout of images has the channels behind height and width."""
    return config.image_data_format() == "channels_last"


def misfit(mode: str, low: float, high: float) -> str:
    """What is wrong with images whose values lie between two numbers; "" if they may be right.

    Example:
        >>> misfit("tf", -1.0, 1.0), misfit("raw", 0.0, 1.0)[:27]
        ('', 'they look scaled to 0 .. 1 ')
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        return "some are no finite numbers, and neither will the answers be. Look for NaN."
    scaled = -1.01 <= low < high <= 1.01
    if mode == "raw" and (scaled or low < 0):
        what = "to -1 .. 1" if scaled and low < 0 else "to 0 .. 1" if scaled else "already"
        return f"they look scaled {what} where pixels of 0 to 255 are expected. Give the pixels."
    if mode == "caffe" and (scaled or (low >= 0 and high > 200)):
        return f"they do not look like what {_ADVICE}"
    if (mode == "tf" and (low < -1.5 or high > 1.5)) or (mode == "torch" and high - low > 6):
        return f"they do not look like what {_ADVICE}"
    return ""


_ADVICE = (
    "preprocess_input gives, so the answers of the trained weights would be wrong. Call "
    "model.preprocess(images), with pixels of 0 to 255, first."
)
