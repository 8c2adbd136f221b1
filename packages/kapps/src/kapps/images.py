"""Photographs from files, as the arrays that networks take."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kapps.preprocessing import channels_last
from kcore import config
from kcore.errors import LoadError


def is_picture(x: Any) -> bool:
    """Whether something names or holds pictures: a path, a Pillow image, or a list of them.

    Example:
        >>> is_picture("cat.jpg"), is_picture(["a.png", "b.png"]), is_picture([[0.5]])
        (True, True, False)
    """
    if isinstance(x, (list, tuple)):
        return bool(x) and all(is_single(item) for item in x)
    return is_single(x)


def is_single(x: Any) -> bool:
    """Whether something is the path of one picture, or a Pillow image."""
    return isinstance(x, (str, os.PathLike, Image.Image))


def load(x: Any, size: tuple[int, int]) -> Any:
    """Pictures as one array: the middle of each, in the shape asked for, resized smoothly.

    Args:
        x: a path, a Pillow image, or a list of them.
        size: height and width.

    Shapes:
        result (batch, height, width, 3), channels first if that is the global setting.

    Raises:
        LoadError: if a file is missing or is no image.
    """
    pictures = x if isinstance(x, (list, tuple)) else [x]
    array = np.stack([_pixels(picture, size) for picture in pictures])
    return array if channels_last() else np.ascontiguousarray(array.transpose(0, 3, 1, 2))


def _pixels(picture: Any, size: tuple[int, int]) -> Any:
    if isinstance(picture, Image.Image):
        return _fitted(picture, size)
    try:
        with Image.open(picture) as opened:
            return _fitted(opened, size)
    except FileNotFoundError as error:
        raise LoadError(f"{os.fspath(picture)}: there is no such file. Check the path.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise LoadError(
            f"{os.fspath(picture)} cannot be read as an image: {error}. Check that the file is "
            "whole and in a format that Pillow knows, such as PNG or JPEG."
        ) from error


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Any:
    upright = ImageOps.exif_transpose(picture)
    height, width = size
    fitted = ImageOps.fit(upright.convert("RGB"), (width, height), Image.Resampling.BILINEAR)
    return np.asarray(fitted, config.floatx())
