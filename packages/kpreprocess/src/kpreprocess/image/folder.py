"""image_dataset_from_directory: image files in folders as labelled batches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from kpreprocess.folders import Batches, Listing, make_batches

from .files import EXTENSIONS, check_format, img_to_array, load_img, resize, smart_resize
from .resample import Array

__all__ = ["ImageBatches", "image_dataset_from_directory"]

COLOR_MODES = ("rgb", "rgba", "grayscale")
INTERPOLATIONS = ("bilinear", "nearest")


class ImageBatches(Batches):
    """Batches of images of one size; made by `image_dataset_from_directory`.

    Args:
        listing: As in Batches.
        batch_size: As in Batches.
        shuffle: As in Batches.
        seed: As in Batches.
        color_mode: 'rgb', 'rgba' or 'grayscale'.
        image_size: Height and width.
        interpolation: 'bilinear' or 'nearest'.
        crop: Whether to cut the middle out to the wanted shape, rather than stretch.
        pad: Whether to put black around, rather than stretch.
        data_format: 'channels_last' or 'channels_first'.
    """

    def __init__(
        self,
        listing: Listing,
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
        *,
        color_mode: str,
        image_size: tuple[int, int],
        interpolation: str,
        crop: bool,
        pad: bool,
        data_format: str,
    ) -> None:
        super().__init__(listing, batch_size, shuffle, seed)
        self.color_mode = color_mode
        self.image_size = (int(image_size[0]), int(image_size[1]))
        self.interpolation = interpolation
        self.crop = crop
        self.pad = pad
        self.data_format = data_format

    def read(self, path: str) -> Array:
        """The image of a file, float32 from 0 to 255."""
        image = img_to_array(load_img(path, color_mode=self.color_mode), "channels_last", "float32")
        if self.pad:
            image = _padded(image, *self.image_size)
        if image.shape[:2] != self.image_size:
            change = smart_resize if self.crop else resize
            image = change(image, self.image_size, self.interpolation)
        return np.moveaxis(image, -1, 0) if self.data_format == "channels_first" else image


def _padded(image: Array, rows: int, columns: int) -> Array:
    """The image in the middle of the smallest black one with the shape rows x columns."""
    height, width, _ = image.shape
    down, right = max(0, width * rows // columns - height), max(0, height * columns // rows - width)
    top, left = down // 2, right // 2
    padded: Array = np.pad(image, ((top, down - top), (left, right - left), (0, 0)))
    return padded


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
) -> Any:
    """Images in a folder with one folder a class, as batches of one size.

    Files and subsets are those of Keras for the same seed; the order of an epoch is not.

    Args:
        directory: The folder.
        labels: 'inferred' (default) from the class folders; None for no targets; or a list with
            one whole number for each file below the folder, in the order of their sorted paths.
        label_mode: 'int' (default: int32), 'categorical' (float32 rows with a single 1), 'binary'
            (two classes as float32 0 and 1) or None (no targets).
        class_names: Names of the class folders in the order of their numbers; None (default)
            sorts them.
        color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
        batch_size: Images in a batch, at least 1; None gives single ones. Default 32.
        image_size: Height and width. Default (256, 256).
        shuffle: Whether each epoch has another order. Default True.
        seed: Seed of order and split; None (default) draws one.
        validation_split: Share of the files for validation, between 0 and 1. Default None.
        subset: 'training', 'validation', 'both' (a pair) or None (default).
        interpolation: 'bilinear' (default) or 'nearest', without smoothing.
        follow_links: Whether links to folders are followed. Default False.
        crop_to_aspect_ratio: Whether to cut the middle out to the wanted shape, rather than
            stretch. Default False.
        pad_to_aspect_ratio: Whether to put black around, rather than stretch. Default False.
        data_format: 'channels_last' or 'channels_first'; None (default) for the last.
        verbose: Whether to print what was found. Default True.

    Shapes:
        a batch: images (n, height, width, channel) in float32 from 0 to 255, and targets (n,), (n,
        class) or (n, 1).

    Returns:
        ImageBatches with `class_names` and `file_paths`, or a pair of them for subset 'both'.

    Raises:
        ValueError: If there are no classes or files, or an argument does not fit.

    Example:
        >>> image_dataset_from_directory("photos", image_size=(64, 64))  # doctest: +SKIP
    """
    caller = "image_dataset_from_directory"
    for name, value, known in (
        ("color_mode", color_mode, COLOR_MODES),
        ("interpolation", interpolation, INTERPOLATIONS),
    ):
        if value not in known:
            raise ValueError(f"{caller}: {name} must be one of {known}; got {value!r}.")
    if len(image_size) != 2 or min(image_size) < 1:
        raise ValueError(
            f"{caller}: image_size must be a positive height and width; got {image_size}."
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(f"{caller}: choose one of crop_to_aspect_ratio and pad_to_aspect_ratio.")
    make = partial(
        ImageBatches,
        color_mode=color_mode,
        image_size=image_size,
        interpolation=interpolation,
        crop=crop_to_aspect_ratio,
        pad=pad_to_aspect_ratio,
        data_format=check_format(caller, data_format),
    )
    return make_batches(
        caller,
        make,
        (*EXTENSIONS, ".gif"),
        directory,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
        validation_split,
        subset,
        follow_links,
        verbose,
    )
