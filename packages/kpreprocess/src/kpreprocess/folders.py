"""Files in folders as labelled batches; what is read from a file is the subclass' matter."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Batches", "Listing", "make_batches"]

Array = npt.NDArray[Any]
LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)


@dataclass(frozen=True)
class Listing:
    """Files and their labels, in order.

    Attributes:
        paths: The files.
        labels: Class number of each, or None.
        class_names: Names of the classes by number; empty without labels.
        label_mode: 'int', 'categorical', 'binary' or None.
    """

    paths: list[str]
    labels: npt.NDArray[np.int64] | None
    class_names: list[str]
    label_mode: str | None

    def take(self, chosen: Any) -> Listing:
        """The listing of some of its files, by their numbers in order."""
        paths = [self.paths[number] for number in chosen]
        labels = None if self.labels is None else self.labels[chosen]
        return Listing(paths, labels, self.class_names, self.label_mode)

    def targets(self, chosen: Array) -> Array | None:
        """Targets of some files: int32 (n,), or float32 (n, class) or (n, 1) by the label mode."""
        if self.labels is None:
            return None
        labels = self.labels[chosen]
        if self.label_mode == "categorical":
            return np.eye(len(self.class_names), dtype=np.float32)[labels]
        if self.label_mode == "binary":
            return labels[:, None].astype(np.float32)
        return labels.astype(np.int32)


class Batches:
    """Batches of files, read when they are asked for.

    Each `for` loop is one epoch, in another order if shuffled; `batches[i]` is batch i of the
    running epoch. kcore's `fit` takes the object itself, PyTorch `DataLoader(batches,
    batch_size=None)`, Keras 3 a generator over it with `steps_per_epoch=len(batches)`.

    Args:
        listing: The files.
        batch_size: Files in a batch; None gives single ones without a batch axis.
        shuffle: Whether each epoch has another order.
        seed: Seed of the orders; None draws one.

    Attributes:
        class_names: Names of the classes by number.
        file_paths: Path of each file.
    """

    def __init__(
        self, listing: Listing, batch_size: int | None, shuffle: bool, seed: int | None
    ) -> None:
        self.class_names = listing.class_names
        self.file_paths = listing.paths
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        self.epoch = 0
        self._listing = listing
        self._lock = threading.Lock()

    def read(self, path: str) -> Any:
        """What one file holds."""
        raise NotImplementedError(f"{type(self).__name__} must say how a file is read.")

    def stack(self, items: list[Any]) -> Array:
        """The contents of several files with a batch axis."""
        return np.stack(items)

    def __len__(self) -> int:
        return ceil(len(self.file_paths) / (self.batch_size or 1))

    def __getitem__(self, index: int) -> Any:
        """Batch of the running epoch by number.

        Args:
            index: 0 to len - 1, or from the end if negative.

        Returns:
            Contents, or a pair of contents and targets.

        Raises:
            IndexError: If there is no such batch.
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"There are {len(self)} batches; batch {index} was asked for.")
        return self._batch(self._order(self.epoch), index % len(self))

    def __iter__(self) -> Iterator[Any]:
        order = self._order(self.epoch)
        self.on_epoch_end()
        for index in range(len(self)):
            yield self._batch(order, index)

    def on_epoch_end(self) -> None:
        """Go to the order of the next epoch."""
        with self._lock:
            self.epoch += 1

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock, so that the object can be sent to worker processes."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def _order(self, epoch: int) -> Array:
        order = np.arange(len(self.file_paths))
        if self.shuffle:
            np.random.default_rng((self.seed, epoch)).shuffle(order)
        return order

    def _batch(self, order: Array, index: int) -> Any:
        size = self.batch_size or 1
        chosen = order[index * size : (index + 1) * size]
        items = [self.read(self.file_paths[number]) for number in chosen]
        contents = self.stack(items) if self.batch_size else items[0]
        targets = self._listing.targets(chosen)
        if targets is None:
            return contents
        return contents, targets if self.batch_size else targets[0]


def make_batches(
    caller: str,
    make: Any,
    extensions: tuple[str, ...],
    directory: Any,
    labels: Any,
    label_mode: str | None,
    class_names: Sequence[str] | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
    follow_links: bool,
    verbose: bool,
) -> Any:
    """Lists files, splits them and makes batches of one subset or of both.

    Args:
        caller: Name of the function that the user called, for errors.
        make: Makes batches of a listing, a batch size, shuffle and a seed.
        extensions: Endings of the files that count.
        directory: As in `image_dataset_from_directory`, like all further ones.

    Raises:
        ValueError: As `image_dataset_from_directory`.
    """
    _check(caller, label_mode, batch_size, shuffle, seed, validation_split, subset)
    listing = _list(
        caller, Path(directory), labels, label_mode, class_names, extensions, follow_links
    )
    if label_mode == "binary" and len(listing.class_names) != 2:
        raise ValueError(
            f"{caller}: label_mode 'binary' needs two classes; there are {listing.class_names}."
        )
    if shuffle:  # before the split, by the seed alone, so that two calls cut at one place
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        order = list(range(len(listing.paths)))
        np.random.RandomState(seed % 2**32).shuffle(order)
        listing = listing.take(order)
    if verbose:
        classes = f" of {len(listing.class_names)} classes" if listing.class_names else ""
        print(f"Found {len(listing.paths)} files{classes}.")
    cut = len(listing.paths) - int((validation_split or 0) * len(listing.paths))
    parts = {"training": range(cut), "validation": range(cut, len(listing.paths))}
    wanted = [subset] if subset in parts else list(parts) if subset == "both" else []
    for name in wanted:
        if not parts[str(name)]:
            raise ValueError(
                f"{caller}: with validation_split={validation_split} none of the "
                f"{len(listing.paths)} files is left for the subset {name!r}."
            )
    chosen = [listing.take(list(parts[str(name)])) for name in wanted] or [listing]
    made = tuple(make(part, batch_size, shuffle, seed) for part in chosen)
    return made if subset == "both" else made[0]


def _check(
    caller: str,
    label_mode: str | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
) -> None:
    if label_mode not in LABEL_MODES:
        raise ValueError(f"{caller}: label_mode must be one of {LABEL_MODES}; got {label_mode!r}.")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"{caller}: batch_size must be at least 1, or None; got {batch_size}.")
    if subset not in SUBSETS:
        raise ValueError(f"{caller}: subset must be one of {SUBSETS}; got {subset!r}.")
    if (validation_split is None) != (subset is None):
        raise ValueError(
            f"{caller}: validation_split and subset belong together; got "
            f"validation_split={validation_split} and subset={subset!r}."
        )
    if validation_split is not None and not 0 < validation_split < 1:
        raise ValueError(
            f"{caller}: validation_split must be between 0 and 1; got {validation_split}."
        )
    if validation_split is not None and shuffle and seed is None:
        raise ValueError(
            f"{caller}: give a seed, the same for both subsets, or shuffle=False; otherwise they "
            "may share files."
        )


def _list(
    caller: str,
    directory: Path,
    labels: Any,
    label_mode: str | None,
    class_names: Sequence[str] | None,
    extensions: tuple[str, ...],
    follow_links: bool,
) -> Listing:
    if not directory.is_dir():
        raise ValueError(f"{caller}: the folder {directory} does not exist.")
    if labels == "inferred" and label_mode is not None:
        folders = sorted(entry.name for entry in directory.iterdir() if entry.is_dir())
        names = folders if class_names is None else list(class_names)
        if sorted(names) != folders or not names:
            raise ValueError(
                f"{caller}: the class folders in {directory} are {folders}; expected "
                f"{'one or more' if class_names is None else sorted(names)}."
            )
        found = [_files(directory / name, extensions, follow_links) for name in names]
        paths = [path for group in found for path in group]
        numbers: Array | None = np.repeat(np.arange(len(names)), [len(group) for group in found])
    else:
        if isinstance(labels, str) and labels != "inferred":
            raise ValueError(
                f"{caller}: labels must be 'inferred', None or one number a file; got {labels!r}."
            )
        if class_names is not None:
            raise ValueError(f"{caller}: class_names go with labels='inferred' only.")
        paths, names, numbers = _files(directory, extensions, follow_links), [], None
        if labels is not None and label_mode is not None:
            numbers = np.asarray(labels)
            if numbers.shape != (len(paths),) or numbers.dtype.kind not in "iu":
                raise ValueError(
                    f"{caller}: labels must be one whole number for each of the {len(paths)} files "
                    f"in {directory}; got the shape {numbers.shape} of dtype {numbers.dtype}."
                )
            names = [str(number) for number in sorted(set(numbers.tolist()))]
            numbers = np.unique(numbers, return_inverse=True)[1].ravel()
    if not paths:
        raise ValueError(f"{caller}: no files ({', '.join(extensions)}) are in {directory}.")
    return Listing(paths, numbers, names, label_mode)


def _files(folder: Path, extensions: tuple[str, ...], follow_links: bool) -> list[str]:
    """Files below a folder, sorted folder by folder."""
    return [
        os.path.join(root, name)
        for root, _, names in sorted(os.walk(folder, followlinks=follow_links))
        for name in sorted(names)
        if name.lower().endswith(extensions)
    ]
