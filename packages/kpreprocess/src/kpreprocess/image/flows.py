"""The three ways from images to batches: an array, folders, a table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from .directory import DataFrameIterator, DirectoryIterator
from .iterators import NumpyArrayIterator

if TYPE_CHECKING:
    from .generator import ImageDataGenerator

__all__ = ["Flows"]

_LEGACY = ("drop_duplicates", "has_ext", "sort")


class Flows:
    """Methods of `ImageDataGenerator` that make iterators, with the signatures of Keras."""

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of images held in an array.

        Args:
            x: Images, or a tuple of images and a list of further arrays passed along.
            y: Targets, or None.
            batch_size: Images in a batch, at least 1. Default 32.
            shuffle: Whether each epoch has another order. Default True.
            sample_weight: One weight an image, or None.
            seed: Seed of order and changes; None (default) draws one.
            save_to_dir: Folder to write the changed images into, or None.
            save_prefix: Beginning of their names. Default ''.
            save_format: 'png' (default), 'jpeg' ...
            ignore_class_split: Whether both subsets may lack classes. Default False.
            subset: 'training', 'validation' or None (default).

        Shapes:
            x: (n, height, width, channel) or (n, channel, height, width).

        Returns:
            An endless iterator with a length; see `NumpyArrayIterator`.

        Raises:
            ValueError: If shapes, lengths or arguments do not fit.
        """
        return NumpyArrayIterator(
            x,
            y,
            cast("ImageDataGenerator", self),
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of images in a folder with one folder a class.

        Args:
            directory: The folder.
            target_size: Height and width wanted. Default (256, 256).
            color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
            classes: Names of the classes in the order of their numbers; None: all, sorted.
            class_mode: Kind of targets, as in `DirectoryIterator`. Default 'categorical'.
            batch_size: Images in a batch, at least 1. Default 32.
            shuffle: Whether each epoch has another order. Default True.
            seed: Seed of order and changes; None (default) draws one.
            save_to_dir: Folder to write the changed images into, or None.
            save_prefix: Beginning of their names. Default ''.
            save_format: 'png' (default), 'jpeg' ...
            follow_links: Whether links to folders are followed. Default False.
            subset: 'training', 'validation' or None (default).
            interpolation: As in `load_img`. Default 'nearest'.
            keep_aspect_ratio: As in `load_img`. Default False.

        Returns:
            An endless iterator with a length.

        Raises:
            ValueError: If there are no classes or no images, or arguments do not fit.
        """
        return DirectoryIterator(
            directory,
            cast("ImageDataGenerator", self),
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[Any] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        keep_aspect_ratio: bool = False,
        **legacy: Any,
    ) -> DataFrameIterator:
        """Batches of images whose files and targets are columns of a table.

        Args:
            dataframe: A pandas DataFrame, or a dictionary of columns.
            directory: Folder that file names are relative to, or None.
            x_col: Column of the file names. Default 'filename'.
            y_col: Column of the targets, or a list of columns. Default 'class'.
            weight_col: Column of the sample weights, or None (default).
            target_size: Height and width wanted. Default (256, 256).
            color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
            classes: Names of the classes in the order of their numbers; None: all, sorted.
            class_mode: Kind of targets, as in `DataFrameIterator`. Default 'categorical'.
            batch_size: Images in a batch, at least 1. Default 32.
            shuffle: Whether each epoch has another order. Default True.
            seed: Seed of order and changes; None (default) draws one.
            save_to_dir: Folder to write the changed images into, or None.
            save_prefix: Beginning of their names. Default ''.
            save_format: 'png' (default), 'jpeg' ...
            subset: 'training', 'validation' or None (default).
            interpolation: As in `load_img`. Default 'nearest'.
            validate_filenames: Whether rows without an image file are left out. Default True.
            keep_aspect_ratio: As in `load_img`. Default False.
            **legacy: `drop_duplicates`, `has_ext` and `sort` of earlier Keras, which do nothing.

        Returns:
            An endless iterator with a length.

        Raises:
            ValueError: If a column is missing, no file is there, or arguments do not fit.
            TypeError: If a column holds other things than it should, or an argument is unknown.

        Warns:
            DeprecationWarning: If an argument of earlier Keras is given.
        """
        for name in legacy:
            if name not in _LEGACY:
                raise TypeError(f"flow_from_dataframe has no argument {name!r}.")
            warnings.warn(
                f"flow_from_dataframe: the argument {name!r} does nothing any more; leave it out.",
                DeprecationWarning,
                stacklevel=2,
            )
        return DataFrameIterator(
            dataframe,
            directory,
            cast("ImageDataGenerator", self),
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            validate_filenames=validate_filenames,
            keep_aspect_ratio=keep_aspect_ratio,
        )
