"""Images: files to arrays, random changes, batches. Numpy and Pillow only."""

from __future__ import annotations

from .directory import DataFrameIterator, DirectoryIterator
from .files import (
    ImageFileError,
    array_to_img,
    img_to_array,
    load_img,
    save_img,
    smart_resize,
)
from .folder import ImageBatches, image_dataset_from_directory
from .generator import ImageDataGenerator
from .iterators import Iterator, NumpyArrayIterator
from .transform import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageBatches",
    "ImageDataGenerator",
    "ImageFileError",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "array_to_img",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
]
