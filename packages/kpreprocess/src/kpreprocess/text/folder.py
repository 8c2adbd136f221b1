"""text_dataset_from_directory: text files in folders as labelled batches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kpreprocess.folders import Array, Batches, Listing, make_batches

__all__ = ["TextBatches", "text_dataset_from_directory"]


class TextBatches(Batches):
    """Batches of texts; made by `text_dataset_from_directory`.

    Args:
        listing: As in Batches.
        batch_size: As in Batches.
        shuffle: As in Batches.
        seed: As in Batches.
        max_length: Characters kept of each text; None keeps all.
    """

    def __init__(
        self,
        listing: Listing,
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
        max_length: int | None = None,
    ) -> None:
        super().__init__(listing, batch_size, shuffle, seed)
        self.max_length = max_length

    def read(self, path: str) -> str:
        """The text of a file in UTF-8."""
        try:
            return Path(path).read_text(encoding="utf-8")[: self.max_length]
        except UnicodeDecodeError as error:
            raise ValueError(f"The file {path} is no text in UTF-8: {error}.") from error

    def stack(self, items: list[Any]) -> Array:
        """The texts as an array of strings."""
        return np.array(items, dtype=object)


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Text files (.txt, UTF-8) in a folder with one folder a class, as batches.

    Args:
        directory: The folder.
        labels: As in `image_dataset_from_directory`, like all others but max_length.
        label_mode: 'int' (default), 'categorical', 'binary' or None.
        class_names: Order of the class folders. Default None.
        batch_size: Texts in a batch. Default 32.
        max_length: Characters kept of each text, at least 1; None (default) keeps all.
        shuffle: Whether each epoch has another order. Default True.
        seed: Seed of order and split. Default None.
        validation_split: Share of the files for validation. Default None.
        subset: 'training', 'validation', 'both' or None (default).
        follow_links: Whether links to folders are followed. Default False.
        verbose: Whether to print what was found. Default True.

    Shapes:
        a batch: texts (n,) as an array of strings, and targets.

    Returns:
        TextBatches, or a pair of them for subset 'both'.

    Raises:
        ValueError: As `image_dataset_from_directory`; when a batch is read, if a file is no text.

    Example:
        >>> text_dataset_from_directory("reviews", batch_size=8)  # doctest: +SKIP
    """
    caller = "text_dataset_from_directory"
    if max_length is not None and max_length < 1:
        raise ValueError(f"{caller}: max_length must be at least 1, or None; got {max_length}.")
    return make_batches(
        caller,
        partial(TextBatches, max_length=max_length),
        (".txt",),
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
