"""Images between files, Pillow and arrays."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from .resample import Array, resample

__all__ = [
    "ImageFileError",
    "array_to_img",
    "check_format",
    "img_to_array",
    "load_img",
    "save_img",
    "smart_resize",
]

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
MODES = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}
FORMATS = ("channels_first", "channels_last")
PIXEL_LIMIT = 89_478_485  # Pillow only warns here: a picture of 256 MB as RGB


class ImageFileError(OSError):
    """A file is no image, is cut off, or is too large to be decoded.

    Example:
        >>> issubclass(ImageFileError, OSError)
        True
    """


def load_img(
    path: str | os.PathLike[str] | io.BytesIO,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Image.Image:
    """Read an image file.

    Args:
        path: The file, or its bytes in a BytesIO.
        grayscale: Old way to say color_mode='grayscale'. Default False.
        color_mode: 'rgb' (default), 'rgba' or 'grayscale' (16 and 32 bit stay so).
        target_size: Height and width wanted; None (default) leaves the size alone.
        interpolation: 'nearest' (default), 'bilinear', 'bicubic', 'hamming', 'box' or 'lanczos'.
        keep_aspect_ratio: Whether to cut the middle out to the wanted shape first instead of
            stretching. Default False.

    Returns:
        A Pillow image.

    Raises:
        ImageFileError: If the file is no image, is cut off, or has over 89 million pixels.
        FileNotFoundError: If there is no such file.
        ValueError: If an argument is another word or `target_size` is not positive.

    Example:
        >>> buffer = io.BytesIO()
        >>> Image.new("L", (4, 2)).save(buffer, "PNG")
        >>> load_img(buffer, target_size=(3, 5)).size
        (5, 3)
    """
    color_mode = "grayscale" if grayscale else color_mode
    if color_mode not in MODES:
        raise ValueError(f"load_img: color_mode must be one of {list(MODES)}; got {color_mode!r}.")
    if interpolation not in RESAMPLING:
        raise ValueError(
            f"load_img: interpolation must be one of {list(RESAMPLING)}; got {interpolation!r}."
        )
    if target_size is not None and (len(target_size) != 2 or min(target_size) < 1):
        raise ValueError(
            f"load_img: target_size must be a positive height and width; got {target_size}."
        )
    image: Image.Image = _decode(path)
    if image.mode not in MODES[color_mode]:
        image = image.convert(MODES[color_mode][0])
    if target_size is None or image.size == target_size[::-1]:
        return image
    box = _middle(image.height, image.width, *target_size) if keep_aspect_ratio else None
    rows, columns = target_size
    resized: Image.Image = image.resize((columns, rows), RESAMPLING[interpolation], box=box)
    return resized


def _decode(path: str | bytes | os.PathLike[str] | io.BytesIO) -> Image.Image:
    name = "the bytes given" if isinstance(path, io.BytesIO) else os.fsdecode(path)
    try:
        source = path if isinstance(path, io.BytesIO) else io.BytesIO(Path(name).read_bytes())
        with Image.open(source) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise ImageFileError(
                    f"load_img: {name} declares {image.width} x {image.height} pixels; at most "
                    f"{PIXEL_LIMIT} are decoded."
                )
            image.load()
            decoded: Image.Image = image
            return decoded
    except (FileNotFoundError, IsADirectoryError, PermissionError, ImageFileError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageFileError(f"load_img: {name} is too large to decode: {error}.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageFileError(f"load_img: {name} is no intact image: {error}.") from error


def _middle(height: int, width: int, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the largest middle part with the shape rows x columns."""
    part_height = min(height, max(1, width * rows // columns))
    part_width = min(width, max(1, height * columns // rows))
    top, left = (height - part_height) // 2, (width - part_width) // 2
    return left, top, left + part_width, top + part_height


def check_format(caller: str, data_format: str | None) -> str:
    """The axis order meant.

    Args:
        caller: Public function to name in an error.
        data_format: 'channels_last', 'channels_first', or None for the first.

    Returns:
        The word.

    Raises:
        ValueError: If it is another word.

    Example:
        >>> check_format("f", None)
        'channels_last'
    """
    if data_format is None:
        return "channels_last"
    if data_format not in FORMATS:
        raise ValueError(f"{caller}: data_format must be one of {FORMATS}; got {data_format!r}.")
    return data_format


def img_to_array(
    img: Any, data_format: str | None = None, dtype: npt.DTypeLike | None = None
) -> Array:
    """A Pillow image (or an array) as an array with a channel axis.

    Args:
        img: The image.
        data_format: 'channels_last' (default) or 'channels_first'.
        dtype: Type of the result. Default float32.

    Shapes:
        the result: (height, width, channel) or (channel, height, width).

    Returns:
        A new array; values are those of the image, 0 to 255 for 8 bit.

    Raises:
        ValueError: If the image has no 2 or 3 axes.

    Example:
        >>> img_to_array(Image.new("L", (4, 2))).shape
        (2, 4, 1)
    """
    first = check_format("img_to_array", data_format) == "channels_first"
    array = np.array(img, dtype="float32" if dtype is None else dtype)
    if array.ndim == 2:
        return array[None] if first else array[..., None]
    if array.ndim != 3:
        raise ValueError(f"img_to_array: an image has 2 or 3 axes; got the shape {array.shape}.")
    return array.transpose(2, 0, 1) if first else array


def array_to_img(
    x: npt.ArrayLike,
    data_format: str | None = None,
    scale: bool = True,
    dtype: npt.DTypeLike | None = None,
) -> Image.Image:
    """An array as a Pillow image.

    Args:
        x: The pixels.
        data_format: 'channels_last' (default) or 'channels_first'.
        scale: Whether to stretch the values to 0 to 255 (default); else they are taken as they
            are, values outside are cut.
        dtype: Type to compute in. Default float32.

    Shapes:
        x: (height, width, channel) or (channel, height, width); 1, 3 or 4 channels.

    Returns:
        An image of mode L, RGB or RGBA, or I for grey values above 255.

    Raises:
        ValueError: If `x` has another shape.

    Example:
        >>> array_to_img(np.zeros((2, 4, 3))).mode
        'RGB'
    """
    first = check_format("array_to_img", data_format) == "channels_first"
    array = np.array(x, dtype="float32" if dtype is None else dtype)
    if array.ndim == 3 and first:
        array = array.transpose(1, 2, 0)
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ValueError(
            "array_to_img: x must have three axes, one of them 1, 3 or 4 channels "
            f"({data_format or 'channels_last'}); got the shape {np.shape(x)}."
        )
    if scale and array.size:
        array = array - array.min()
        peak = array.max()
        array = array * (255 / peak) if peak else array
    grey = array.shape[2] == 1
    if grey and not scale and array.size and array.max() > 255:
        return Image.fromarray(array[..., 0].astype("int32"))
    pixels = np.clip(array, 0, 255).astype("uint8")
    return Image.fromarray(pixels[..., 0] if grey else pixels)


def save_img(
    path: str | os.PathLike[str] | io.BytesIO,
    x: npt.ArrayLike,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: The file, or a BytesIO (then give `file_format`).
        x: The pixels.
        data_format: 'channels_last' (default) or 'channels_first'.
        file_format: 'png', 'jpeg' ...; None (default) takes it from the file's name.
        scale: As in `array_to_img`.
        **kwargs: Passed to Pillow's writer.

    Shapes:
        x: as in `array_to_img`.

    Raises:
        ValueError: If `x` has another shape.

    Example:
        >>> buffer = io.BytesIO()
        >>> save_img(buffer, np.zeros((2, 4, 1)), file_format="png")
    """
    image = array_to_img(x, data_format, scale)
    name = (file_format or "").lower()
    if image.mode == "RGBA" and name in ("jpg", "jpeg"):  # JPEG has no transparency
        image = image.convert("RGB")
    image.save(path, format={"jpg": "jpeg"}.get(name, file_format), **kwargs)


def smart_resize(
    x: npt.ArrayLike,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str | None = "channels_last",
) -> Array:
    """Resize without distortion: cut the largest middle part of the wanted shape, then resize.

    Args:
        x: One image or a batch of images.
        size: Height and width wanted, positive.
        interpolation: 'bilinear' (default) or 'nearest', without smoothing.
        data_format: 'channels_last' (default) or 'channels_first'.

    Shapes:
        x: (..., height, width, channel) or (..., channel, height, width), 3 or 4 axes.

    Returns:
        A new array of the same kind.

    Raises:
        ValueError: If an argument or the shape is another one.

    Example:
        >>> smart_resize(np.zeros((100, 50, 3)), (20, 20)).shape
        (20, 20, 3)
    """
    first = check_format("smart_resize", data_format) == "channels_first"
    array = np.asarray(x)
    if array.ndim not in (3, 4):
        raise ValueError(f"smart_resize: x must have 3 or 4 axes; got the shape {array.shape}.")
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"smart_resize: size must be a positive height and width; got {size}.")
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(
            f"smart_resize: interpolation must be 'nearest' or 'bilinear'; got {interpolation!r}."
        )
    images = np.moveaxis(array, -3, -1) if first else array
    left, top, right, bottom = _middle(images.shape[-3], images.shape[-2], *size)
    part = images[..., top:bottom, left:right, :]
    done = [resize(image, size, interpolation) for image in part.reshape(-1, *part.shape[-3:])]
    result = np.stack(done).reshape(*part.shape[:-3], *size, part.shape[-1])
    return np.moveaxis(result, -1, -3) if first else result


def resize(image: Array, size: tuple[int, int], interpolation: str) -> Array:
    """An image (height, width, channel) in another size, stretched, without smoothing."""
    scale = np.array(image.shape[:2]) / size
    order = 1 if interpolation == "bilinear" else 0
    # Pixel centres, not corners, keep their place.
    return resample(image, np.diag(scale), scale / 2 - 0.5, size, order)
