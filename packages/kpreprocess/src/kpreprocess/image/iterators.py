"""Batches of images: the order of a seed, the same for any number of workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator as IteratorType
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .files import EXTENSIONS, array_to_img
from .resample import Array

if TYPE_CHECKING:
    from .generator import ImageDataGenerator

__all__ = ["Iterator", "NumpyArrayIterator", "Saving"]


class NoBatchError(IndexError, ValueError):
    """There is no batch of this number: a ValueError in Keras, an IndexError for sequences."""


class Iterator:
    """Base of the image iterators: which images make which batch, and with which random numbers.

    `iterator[i]` is batch i of the running epoch and depends on (seed, epoch, i) alone, so workers
    may ask in any order. `next(iterator)` goes through epoch after epoch without end; `for batch in
    iterator` does too, so break out after `len(iterator)` batches.

    kcore's and tf_keras' `fit` take the iterator itself. PyTorch's takes it as
    `DataLoader(iterator, batch_size=None)`, with any number of workers. Keras 3 knows of strangers
    only generators: `fit((batch for batch in iterator), steps_per_epoch=len(iterator))`.

    Args:
        n: Images.
        batch_size: Images in a batch, at least 1.
        shuffle: Whether each epoch has another order.
        seed: Seed of order and changes; None draws one.

    Attributes:
        batch_index: Number of the batch that comes next.
        total_batches_seen: How many batches were taken.

    Raises:
        ValueError: If `batch_size` is below 1 or there are no images.
    """

    white_list_formats = tuple(extension[1:] for extension in EXTENSIONS)

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {batch_size}.")
        if n < 1:
            raise ValueError(f"There are no images to make batches of ({type(self).__name__}).")
        self.n = n
        self.samples = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        self.epoch = 0
        self.batch_index = 0
        self.total_batches_seen = 0
        self._lock = threading.Lock()

    @property
    def index_array(self) -> Array:
        """The numbers of the images in the order of the running epoch."""
        return self._order(self.epoch)

    def __len__(self) -> int:
        return ceil(self.n / self.batch_size)

    def __getitem__(self, index: int) -> Any:
        """Batch of the running epoch by number.

        Args:
            index: 0 to len - 1, or from the end if negative.

        Returns:
            Images, or a tuple of images, targets and weights.

        Raises:
            IndexError: If there is no such batch.
        """
        if not -len(self) <= index < len(self):
            raise NoBatchError(
                f"There are {len(self)} batches of {self.batch_size}; batch {index} was asked for."
            )
        with self._lock:
            self.total_batches_seen += 1
        return self._batch(self.epoch, index % len(self))

    def __iter__(self) -> IteratorType[Any]:
        return self

    def __next__(self) -> Any:
        with self._lock:  # only the counting: batches are made beside each other
            epoch, index = self.epoch, self.batch_index
            self.batch_index += 1
            self.total_batches_seen += 1
            if self.batch_index == len(self):
                self.batch_index = 0
                self.epoch += 1
        return self._batch(epoch, index)

    next = __next__

    def on_epoch_end(self) -> None:
        """Go to the order of the next epoch."""
        with self._lock:
            self.epoch += 1
            self.batch_index = 0

    def reset(self) -> None:
        """Begin the running epoch again."""
        with self._lock:
            self.batch_index = 0

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock, so that an iterator can be sent to worker processes."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def _order(self, epoch: int) -> Array:
        order = np.arange(self.n)
        if self.shuffle:
            np.random.default_rng((self.seed, epoch)).shuffle(order)
        return order

    def _batch(self, epoch: int, index: int) -> Any:
        chosen = self._order(epoch)[index * self.batch_size : (index + 1) * self.batch_size]
        words = np.random.SeedSequence((self.seed, epoch, index)).generate_state(4)
        return self._make(chosen, np.random.RandomState(words), epoch)

    def _make(self, chosen: Array, draw: np.random.RandomState, epoch: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must say how a batch is made (_make).")


class Saving:
    """Where to write changed images, for looking at them.

    Args:
        folder: An existing folder, or None to write nothing.
        prefix: Beginning of the file names.
        file_format: 'png', 'jpeg' ...

    Raises:
        ValueError: If there is no such folder.
    """

    def __init__(self, folder: Any, prefix: str, file_format: str) -> None:
        self.folder = None if folder is None else Path(folder)
        self.prefix = prefix
        self.format = file_format
        if self.folder is not None and not self.folder.is_dir():
            raise ValueError(f"The argument save_to_dir names no folder: {self.folder}.")

    def write(self, images: Array, chosen: Array, epoch: int, data_format: str) -> None:
        """Write a batch.

        Args:
            images: The batch.
            chosen: Number of each image in the data.
            epoch: Part of the names, so that nothing is overwritten.
            data_format: Axis order of the batch.
        """
        if self.folder is None:
            return
        for image, number in zip(images, chosen, strict=True):
            name = f"{self.prefix}_{number}_{epoch}.{self.format}"
            array_to_img(image, data_format, scale=True).save(self.folder / name)


class NumpyArrayIterator(Iterator):
    """Batches of images held in an array; made by `ImageDataGenerator.flow`.

    Args:
        x: Images, or a tuple of images and a list of further arrays passed along.
        y: Targets, or None.
        image_data_generator: What changes and normalises the images.
        batch_size: Images in a batch, at least 1. Default 32.
        shuffle: Whether each epoch has another order. Default False.
        sample_weight: One weight an image, or None.
        seed: Seed of order and changes; None (default) draws one.
        data_format: That of the generator; anything else is an error. Default None.
        save_to_dir: Folder to write the changed images into, or None.
        save_prefix: Beginning of their names. Default ''.
        save_format: 'png' (default), 'jpeg' ...
        subset: 'training', 'validation' or None (default).
        ignore_class_split: Whether both subsets may lack classes. Default False.
        dtype: Of the batches; None (default) for that of the generator.

    Shapes:
        x: (n, height, width, channel) or (n, channel, height, width).

    Raises:
        ValueError: If shapes, lengths or arguments do not fit.

    Example:
        >>> from kpreprocess.image import ImageDataGenerator
        >>> batches = ImageDataGenerator().flow(np.ones((5, 4, 4, 1)), np.arange(5), batch_size=2)
        >>> len(batches), next(batches)[0].shape
        (3, (2, 4, 4, 1))
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        if data_format not in (None, image_data_generator.data_format):
            raise ValueError(
                f"data_format must be that of the generator, "
                f"{image_data_generator.data_format!r}; got {data_format!r}."
            )
        self.dtype = np.dtype(image_data_generator.dtype if dtype is None else dtype)
        images, further = x if isinstance(x, tuple) else (x, [])
        further = further if isinstance(further, list) else [further]
        # Not as float32: a memory map or bytes stay what they are until a batch is made.
        arrays = {"x": np.asarray(images)}
        arrays |= {f"x[1][{i}]": np.asarray(more) for i, more in enumerate(further)}
        arrays |= {"y": np.asarray(y)} if y is not None else {}
        arrays |= {"sample_weight": np.asarray(sample_weight)} if sample_weight is not None else {}
        n = len(arrays["x"])
        for name, array in arrays.items():
            if len(array) != n:
                raise ValueError(
                    f"flow: all arrays must be equally long; x has {n}, {name} {len(array)}."
                )
        if arrays["x"].ndim != 4:
            raise ValueError(f"flow: x must have four axes; got the shape {arrays['x'].shape}.")
        first, last = (int(n * share) for share in image_data_generator.split_bounds(subset))
        if subset is not None and y is not None and not ignore_class_split:
            _check_classes(arrays["y"], int(n * image_data_generator.split_bounds("validation")[1]))
        self.x = arrays["x"][first:last]
        self.x_misc = [arrays[f"x[1][{i}]"][first:last] for i in range(len(further))]
        self.y = arrays["y"][first:last] if y is not None else None
        self.sample_weight = (
            arrays["sample_weight"][first:last] if sample_weight is not None else None
        )
        self.image_data_generator = image_data_generator
        self.data_format = image_data_generator.data_format
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self._saving = Saving(save_to_dir, save_prefix, save_format)
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _make(self, chosen: Array, draw: np.random.RandomState, epoch: int) -> Any:
        generator = self.image_data_generator
        batch = np.empty((len(chosen), *self.x.shape[1:]), dtype=self.dtype)
        for place, number in enumerate(chosen):
            image = self.x[number].astype(generator.dtype, copy=False)
            generator.change_into(batch[place], image, draw)
        self._saving.write(batch, chosen, epoch, generator.data_format)
        inputs = [batch, *(more[chosen] for more in self.x_misc)] if self.x_misc else batch
        if self.y is None:
            return inputs
        weights = () if self.sample_weight is None else (self.sample_weight[chosen],)
        return (inputs, self.y[chosen], *weights)


def _check_classes(y: Array, border: int) -> None:
    validation, training = np.unique(y[:border]), np.unique(y[border:])
    if not np.array_equal(validation, training):
        raise ValueError(
            f"flow: the training subset has the classes {training.tolist()[:20]}, the validation "
            f"subset {validation.tolist()[:20]}. Shuffle the data before splitting, or pass "
            "ignore_class_split=True."
        )
