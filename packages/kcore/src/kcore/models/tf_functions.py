"""What functions of TensorFlow compute whose arguments mean something else than those of kcore.ops.

They are called with the arguments' names there; `tf_operations` has the table of all functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import ops
from kcore.errors import LoadError

_CHANNELS = "channels_last"
_LONGEST = 10**6


def _slice(input_: Any, begin: Any, size: Any) -> Any:
    ends = [b + s if s >= 0 else None for b, s in zip(begin, size, strict=True)]
    return ops.get_item(input_, tuple(map(slice, begin, ends)))


def _strided_slice(input_: Any, begin: Any, end: Any, strides: Any = None) -> Any:
    return ops.get_item(input_, tuple(map(slice, begin, end, strides or [1] * len(begin))))


def _range(start: Any, limit: Any = None, delta: int = 1, dtype: Any = "int32") -> Any:
    given = [start, delta] if limit is None else [start, limit, delta]
    if not all(type(value) is int for value in given):
        raise LoadError(
            "tf.range: expected whole numbers that are known before there are data; received "
            f"{given}."
        )
    first, last = (0, start) if limit is None else (start, limit)
    if abs(last - first) > _LONGEST:  # it is made while the file is read
        raise LoadError(f"tf.range: at most {_LONGEST} numbers are made; received {given}.")
    return ops.arange(first, last, delta, dtype=dtype)


def _tensordot(a: Any, b: Any, axes: Any) -> Any:
    return ops.tensordot(a, b, axes)


def _bias_add(value: Any, bias: Any) -> Any:
    return ops.add(value, bias)


def _conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = 1,
    padding: Any = "VALID",
    dilations: Any = None,
    filters: Any = None,
) -> Any:
    if not isinstance(padding, str):
        raise LoadError(f"tf.nn.conv2d: expected 'SAME' or 'VALID' as padding; received {padding}.")
    kernel = filters if filter is None else filter
    steps, rate = (_of_image(value, "tf.nn.conv2d") for value in (strides, dilations or 1))
    kernel = ops.convert_to_tensor(kernel, dtype=input.dtype)
    return ops.conv(input, kernel, steps, padding.lower(), _CHANNELS, rate)


def _of_image(value: Any, owner: str) -> Any:
    """The two numbers for rows and columns among one, two or four."""
    if not isinstance(value, (list, tuple)) or len(value) < 4:
        return tuple(value) if isinstance(value, (list, tuple)) else value
    if len(value) > 4 or value[0] != 1 or value[3] != 1:
        raise LoadError(f"{owner}: expected [1, rows, columns, 1]; received {list(value)}.")
    return tuple(value[1:3])


def _pooled(kind: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, ksize: Any, strides: Any, padding: str) -> Any:
        sizes, steps = (_of_image(value, "tf.nn.pool") for value in (ksize, strides))
        return kind(x, sizes, steps, padding.lower())

    return call


def _crelu(features: Any, axis: int = -1) -> Any:
    return ops.concatenate([ops.relu(features), ops.relu(ops.negative(features))], axis=axis)


def _as_it_is(x: Any, shape: Any) -> Any:
    return ops.copy(x)


def _diag_part(input: Any) -> Any:
    return ops.diagonal(input, axis1=-2, axis2=-1)


def _matrix_transpose(a: Any) -> Any:
    return ops.swapaxes(a, -1, -2)


def _euclidean(input_tensor: Any, axis: Any = None, keepdims: Any = None) -> Any:
    return ops.sqrt(ops.sum(ops.square(input_tensor), axis=axis, keepdims=bool(keepdims)))


def _clip_by_norm(t: Any, clip_norm: Any, axes: Any = None) -> Any:
    axis = tuple(axes) if isinstance(axes, list) else axes
    length = ops.sqrt(ops.sum(ops.square(t), axis=axis, keepdims=True))
    return ops.true_divide(ops.multiply(t, clip_norm), ops.maximum(length, clip_norm))


def _sorted(kind: Callable[..., Any]) -> Callable[..., Any]:
    def call(values: Any, axis: int = -1, direction: str = "ASCENDING") -> Any:
        if direction != "ASCENDING":
            raise LoadError(f"tf.{kind.__name__}: direction={direction!r} has no counterpart here.")
        return kind(values, axis=axis)

    return call


# images (batch, rows, columns, channels); a single one has no first axis


def _floats(images: Any) -> Any:
    """Images as they are; TensorFlow scales whole numbers to and from [0, 1] around a change."""
    if "float" not in str(images.dtype):
        raise LoadError(f"expected an image of floats; received {images.dtype}.")
    return images


def _grey(images: Any) -> Any:
    return ops.image.rgb_to_grayscale(_floats(images), _CHANNELS)


def _coloured(images: Any) -> Any:
    return ops.concatenate([images, images, images], axis=-1)


def _hsv(images: Any) -> Any:
    return ops.image.rgb_to_hsv(images, _CHANNELS)


def _rgb(images: Any) -> Any:
    return ops.image.hsv_to_rgb(images, _CHANNELS)


def _flip_left_right(image: Any) -> Any:
    return ops.flip(image, axis=-2)


def _flip_up_down(image: Any) -> Any:
    return ops.flip(image, axis=-3)


def _transposed(image: Any) -> Any:
    return ops.swapaxes(image, -2, -3)


def _turned(image: Any, k: int = 1) -> Any:
    """Quarters of a turn, against the clock."""
    for _ in range(k % 4):
        image = _flip_up_down(_transposed(image))
    return image


def _crop(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    rows = slice(offset_height, offset_height + target_height)
    columns = slice(offset_width, offset_width + target_width)
    return ops.get_item(image, (Ellipsis, rows, columns, slice(None)))


def _pad_image(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    rows, columns = image.shape[-3:-1]
    after = (target_height - offset_height - rows, target_width - offset_width - columns)
    sides = [(offset_height, after[0]), (offset_width, after[1]), (0, 0)]
    return ops.pad(image, [(0, 0)] * (len(image.shape) - 3) + sides)


def _standardized(image: Any) -> Any:
    image = ops.cast(image, "float32")
    axes = (-3, -2, -1)
    count = 1
    for size in image.shape[-3:]:
        count *= size
    least = ops.maximum(ops.std(image, axis=axes, keepdims=True), count**-0.5)
    return ops.true_divide(image - ops.mean(image, axis=axes, keepdims=True), least)


def _contrast(images: Any, contrast_factor: float) -> Any:
    middle = ops.mean(_floats(images), axis=(-3, -2), keepdims=True)
    return ops.add(ops.multiply(images - middle, contrast_factor), middle)


def _brighter(image: Any, delta: float) -> Any:
    return ops.add(_floats(image), delta)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "argsort": _sorted(ops.argsort),
    "clip_by_norm": _clip_by_norm,
    "ensure_shape": _as_it_is,
    "image.adjust_brightness": _brighter,
    "image.adjust_contrast": _contrast,
    "image.crop_to_bounding_box": _crop,
    "image.flip_left_right": _flip_left_right,
    "image.flip_up_down": _flip_up_down,
    "image.grayscale_to_rgb": _coloured,
    "image.hsv_to_rgb": _rgb,
    "image.pad_to_bounding_box": _pad_image,
    "image.per_image_standardization": _standardized,
    "image.rgb_to_grayscale": _grey,
    "image.rgb_to_hsv": _hsv,
    "image.rot90": _turned,
    "image.transpose": _transposed,
    "linalg.diag_part": _diag_part,
    "linalg.matrix_transpose": _matrix_transpose,
    "math.reduce_euclidean_norm": _euclidean,
    "nn.bias_add": _bias_add,
    "nn.conv2d": _conv2d,
    "nn.crelu": _crelu,
    "nn.avg_pool": _pooled(ops.average_pool),
    "nn.avg_pool2d": _pooled(ops.average_pool),
    "nn.max_pool": _pooled(ops.max_pool),
    "nn.max_pool2d": _pooled(ops.max_pool),
    "range": _range,
    "slice": _slice,
    "sort": _sorted(ops.sort),
    "strided_slice": _strided_slice,
    "tensordot": _tensordot,
}
