"""Batches of images in files: one folder a class, or a table of file names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .files import EXTENSIONS, img_to_array, load_img
from .iterators import Iterator, Saving
from .resample import Array

if TYPE_CHECKING:
    from .generator import ImageDataGenerator

__all__ = ["DataFrameIterator", "DirectoryIterator"]


class _FileIterator(Iterator):
    """Batches of images in files."""

    def __init__(
        self,
        generator: ImageDataGenerator,
        paths: Sequence[str],
        target_size: tuple[int, int],
        color_mode: str,
        interpolation: str,
        keep_aspect_ratio: bool,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        channels = {"grayscale": 1, "rgb": 3, "rgba": 4}
        if color_mode not in channels:
            raise ValueError(f"color_mode must be one of {list(channels)}; got {color_mode!r}.")
        self.image_data_generator = generator
        self.dtype = np.dtype(generator.dtype if dtype is None else dtype)
        self.filepaths = list(paths)
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.interpolation = interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        depth = (channels[color_mode],)
        first = generator.data_format == "channels_first"
        self.image_shape = (*depth, *target_size) if first else (*target_size, *depth)
        self.data_format = generator.data_format
        self.subset = subset
        self.split = None if subset is None else generator.split_bounds(subset)
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self._saving = Saving(save_to_dir, save_prefix, save_format)
        super().__init__(len(self.filepaths), batch_size, shuffle, seed)

    def _images(self, chosen: Array, draw: np.random.RandomState, epoch: int) -> Array:
        generator = self.image_data_generator
        batch = np.empty((len(chosen), *self.image_shape), dtype=self.dtype)
        for place, number in enumerate(chosen):
            picture = load_img(
                self.filepaths[number],
                color_mode=self.color_mode,
                target_size=(self.target_size[0], self.target_size[1]),
                interpolation=self.interpolation,
                keep_aspect_ratio=self.keep_aspect_ratio,
            )
            image = img_to_array(picture, generator.data_format, generator.dtype)
            generator.change_into(batch[place], image, draw)
        self._saving.write(batch, chosen, epoch, generator.data_format)
        return batch


def _targets(class_mode: str | None, classes: Array, count: int, batch: Array) -> Any:
    """Targets of a batch for the class modes that go by class."""
    if class_mode == "input":
        return batch.copy()
    if class_mode == "categorical":
        return np.eye(count, dtype=batch.dtype)[classes]
    return classes.astype(batch.dtype)  # binary and sparse


class DirectoryIterator(_FileIterator):
    """Batches of images in a folder with one folder a class.

    Args:
        directory: The folder.
        image_data_generator: What changes and normalises the images.
        target_size: Height and width wanted. Default (256, 256).
        color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
        classes: Names of the class folders in the order of their numbers; None (default) takes
            all folders, sorted.
        class_mode: 'categorical' (default: rows with a single 1), 'sparse' (numbers), 'binary'
            (two classes as 0 and 1), 'input' (the images themselves) or None (no targets).
        batch_size: Images in a batch, at least 1. Default 32.
        shuffle: Whether each epoch has another order. Default True.
        seed: Seed of order and changes; None (default) draws one.
        data_format: That of the generator; anything else is an error. Default None.
        save_to_dir: Folder to write the changed images into, or None.
        save_prefix: Beginning of their names. Default ''.
        save_format: 'png' (default), 'jpeg' ...
        follow_links: Whether links to folders are followed. Default False.
        subset: 'training', 'validation' or None (default).
        interpolation: As in `load_img`. Default 'nearest'.
        keep_aspect_ratio: As in `load_img`. Default False.
        dtype: Of the batches; None (default) for that of the generator.

    Attributes:
        class_indices: Number of each class.
        classes: Class number of each image.
        filenames: Path of each image below the folder.
        filepaths: Full path of each image.

    Raises:
        ValueError: If there are no classes or no images, or an argument does not fit.

    Example:
        >>> DirectoryIterator("photos", generator)  # doctest: +SKIP
    """

    MODES = ("categorical", "binary", "sparse", "input", None)
    allowed_class_modes = MODES
    sample_weight = None

    def __init__(
        self,
        directory: Any,
        image_data_generator: ImageDataGenerator,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        if class_mode not in self.MODES:
            raise ValueError(f"class_mode must be one of {self.MODES}; got {class_mode!r}.")
        if data_format not in (None, image_data_generator.data_format):
            raise ValueError(
                f"data_format must be that of the generator, "
                f"{image_data_generator.data_format!r}; got {data_format!r}."
            )
        self.directory = directory
        folder = Path(directory)
        names = list(classes) if classes else _class_folders(folder)
        if class_mode == "binary" and len(names) != 2:
            raise ValueError(f"class_mode 'binary' needs two classes; there are {names}.")
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.num_classes = len(names)
        self.class_mode = class_mode
        self.filenames: list[str] = []
        numbers: list[int] = []
        begin, end = image_data_generator.split_bounds(subset)
        for name, number in self.class_indices.items():
            found = _image_files(folder, name, follow_links)
            part = found[int(begin * len(found)) : int(end * len(found))]
            self.filenames += part
            numbers += [number] * len(part)
        if not self.filenames:
            raise ValueError(
                f"The folder {directory} holds no images ({', '.join(EXTENSIONS)}) in the "
                f"class folders {names}" + (f" for the subset {subset!r}." if subset else ".")
            )
        self.classes = np.array(numbers, dtype=np.int32)
        super().__init__(
            image_data_generator,
            [str(folder / name) for name in self.filenames],
            target_size,
            color_mode,
            interpolation,
            keep_aspect_ratio,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            batch_size,
            shuffle,
            seed,
            dtype,
        )

    @property
    def labels(self) -> Array:
        """Class number of each image."""
        return self.classes

    def _make(self, chosen: Array, draw: np.random.RandomState, epoch: int) -> Any:
        batch = self._images(chosen, draw, epoch)
        if self.class_mode is None:
            return batch
        return batch, _targets(self.class_mode, self.classes[chosen], self.num_classes, batch)


def _class_folders(directory: Path) -> list[str]:
    if not directory.is_dir():
        raise ValueError(f"The folder {directory} does not exist.")
    names = sorted(entry.name for entry in directory.iterdir() if entry.is_dir())
    if not names:
        raise ValueError(
            f"The folder {directory} holds no class folders. Put the images of each class into a "
            "folder of its own; with class_mode=None one folder for all of them."
        )
    return names


def _image_files(directory: Path, name: str, follow_links: bool) -> list[str]:
    """Images below a class folder, as paths below the main one, sorted folder by folder."""
    if not (directory / name).is_dir():
        raise ValueError(f"The folder {directory} lacks the class folder {name!r}.")
    found = []
    for root, _, files in sorted(os.walk(directory / name, followlinks=follow_links)):
        inside = os.path.relpath(root, directory)
        found += [os.path.join(inside, f) for f in sorted(files) if f.lower().endswith(EXTENSIONS)]
    return found


class DataFrameIterator(_FileIterator):
    """Batches of images whose files and targets are columns of a table.

    Args:
        dataframe: A pandas DataFrame, or a dictionary of columns.
        directory: Folder that file names are relative to, or None.
        image_data_generator: What changes and normalises the images.
        x_col: Column of the file names. Default 'filename'.
        y_col: Column of the targets, or a list of columns. Default 'class'.
        weight_col: Column of the sample weights, or None (default).
        target_size: Height and width wanted. Default (256, 256).
        color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
        classes: Names of the classes in the order of their numbers; None (default) takes those of
            the column, sorted.
        class_mode: 'categorical' (default; a row may name several classes in a list), 'sparse',
            'binary', 'input', 'raw' (the columns as they are), 'multi_output' (a list with one
            array a column) or None.
        batch_size: Images in a batch, at least 1. Default 32.
        shuffle: Whether each epoch has another order. Default True.
        seed: Seed of order and changes; None (default) draws one.
        save_to_dir: Folder to write the changed images into, or None.
        save_prefix: Beginning of their names. Default ''.
        save_format: 'png' (default), 'jpeg' ...
        subset: 'training', 'validation' or None (default).
        interpolation: As in `load_img`. Default 'nearest'.
        validate_filenames: Whether rows without an image file are left out (default); else they
            fail when their batch is made.
        keep_aspect_ratio: As in `load_img`. Default False.

    Raises:
        ValueError: If a column is missing, no file is there, or an argument does not fit.
        TypeError: If file names or classes are no strings, weights no numbers, or y_col is no list
            for 'multi_output'.

    Example:
        >>> DataFrameIterator(table, "photos", generator)  # doctest: +SKIP
    """

    MODES = ("categorical", "binary", "sparse", "input", "raw", "multi_output", None)
    allowed_class_modes = MODES

    def __init__(
        self,
        dataframe: Any,
        directory: Any,
        image_data_generator: ImageDataGenerator,
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
    ) -> None:
        if class_mode not in self.MODES:
            raise ValueError(f"class_mode must be one of {self.MODES}; got {class_mode!r}.")
        by_class = class_mode in ("categorical", "binary", "sparse")
        y_cols = [] if class_mode in ("input", None) else [y_col]
        y_cols = y_cols[0] if y_cols and isinstance(y_col, list | tuple) else y_cols
        if class_mode == "multi_output" and not isinstance(y_col, list | tuple):
            raise TypeError(f"class_mode 'multi_output' needs a list of columns; got {y_col!r}.")
        names = _column(dataframe, x_col)
        if not all(isinstance(name, str | os.PathLike) for name in names):
            raise TypeError(f"The column x_col={x_col!r} must hold file names.")
        folder = Path(directory) if directory is not None else Path()
        paths = [folder / name for name in names]
        rows = np.arange(len(paths))
        if validate_filenames:
            rows = rows[[p.suffix.lower() in EXTENSIONS and p.is_file() for p in paths]]
        columns = [_column(dataframe, name) for name in y_cols]
        if by_class:
            labels = _named_classes(columns, y_col, class_mode == "categorical")
            found = sorted({name for row in rows for name in labels[row]})
            self.class_indices = {name: i for i, name in enumerate(classes or found)}
            indices = self.class_indices
            numbers = [[indices[name] for name in names if name in indices] for names in labels]
            named = np.array([row for row in rows if numbers[row]], dtype=int)
            if len(rows) and not len(named):
                raise ValueError(
                    f"No row of the column y_col={y_col!r} holds one of the classes "
                    f"{list(indices)}; it holds {found[:20]}."
                )
            rows = named
            if class_mode == "binary" and len(self.class_indices) != 2:
                raise ValueError(f"class_mode 'binary' needs two classes; there are {found}.")
        begin, end = (int(share * len(rows)) for share in image_data_generator.split_bounds(subset))
        rows = rows[begin:end]
        if not len(rows):
            raise ValueError(
                f"No row of the table names an image file in {folder.absolute()}; the first name "
                f"is {names[0] if names else None!r}."
            )
        self.class_mode = class_mode
        if by_class:
            self._numbers = [numbers[row] for row in rows]
            single = all(len(chosen) == 1 for chosen in self._numbers)
            self.classes = [n for (n,) in self._numbers] if single else list(self._numbers)
        self._raw = [] if by_class else [_values(column)[rows] for column in columns]
        self._single = not isinstance(y_col, list | tuple)
        weights = None if weight_col is None else np.asarray(_column(dataframe, weight_col))
        if weights is not None and weights.dtype.kind not in "biuf":
            raise TypeError(f"The column weight_col={weight_col!r} must hold numbers.")
        self.sample_weight = None if weights is None else weights[rows]
        self.directory = directory
        self.filenames = [os.fspath(names[row]) for row in rows]
        super().__init__(
            image_data_generator,
            [str(paths[row]) for row in rows],
            target_size,
            color_mode,
            interpolation,
            keep_aspect_ratio,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            batch_size,
            shuffle,
            seed,
        )

    @property
    def labels(self) -> Any:
        """Targets of all images: class numbers, or the columns as they are."""
        if self.class_mode in ("categorical", "binary", "sparse"):
            return self.classes
        if self.class_mode == "multi_output" or not self._raw:
            return self._raw
        return self._raw[0] if self._single else np.stack(self._raw, axis=1)

    def _make(self, chosen: Array, draw: np.random.RandomState, epoch: int) -> Any:
        batch = self._images(chosen, draw, epoch)
        if self.class_mode is None:
            return batch
        targets: Any
        if self.class_mode == "multi_output":
            targets = [column[chosen] for column in self._raw]
        elif self.class_mode == "raw":
            targets = self.labels[chosen]
        elif self.class_mode == "input":
            targets = batch.copy()
        elif self.class_mode == "categorical":
            targets = np.zeros((len(chosen), len(self.class_indices)), batch.dtype)
            for row, number in enumerate(chosen):
                targets[row, self._numbers[number]] = 1
        else:
            targets = np.asarray(self.classes)[chosen].astype(batch.dtype)
        weights = () if self.sample_weight is None else (self.sample_weight[chosen],)
        return (batch, targets, *weights)


def _values(column: list[Any]) -> Array:
    values = np.asarray(column)
    return values.astype(object) if values.dtype.kind == "U" else values


def _named_classes(columns: list[list[Any]], y_col: Any, several: bool) -> list[tuple[str, ...]]:
    """The classes of each row."""
    rows = columns[0] if len(columns) == 1 else []
    named = [tuple(row) if several and isinstance(row, list | tuple) else (row,) for row in rows]
    if not named or not all(isinstance(name, str) for names in named for name in names):
        raise TypeError(
            f"y_col={y_col!r} must be one column of class names as strings"
            f"{', or lists of them' if several else ''}; for numbers take class_mode 'raw'."
        )
    return named


def _column(table: Any, name: Any) -> list[Any]:
    try:
        return list(table[name])
    except KeyError:
        raise ValueError(
            f"The table has no column {name!r}; it has {list(table.keys())}."
        ) from None
