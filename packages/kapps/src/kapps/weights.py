"""Where weights come from: nowhere, a file of the user's, or a published one with a record."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kcore import utils
from kcore.errors import ConfigurationError, LoadError


@dataclass(frozen=True)
class WeightRecord:
    """One published file of weights. Nothing is loaded that does not match its record.

    Args:
        name: how users ask for it, for example "imagenet".
        include_top: whether the file holds the classifier too.
        url: where it is published.
        sha256: of the file, in hexadecimal.
        size: of the file, in bytes.
        input_shape: of the images it was trained on, (height, width, channels).
        mode: their preprocessing, one of `preprocessing.MODES`.
        licence: under which it is published.
        classes: outputs of the classifier, default 1000.

    Example:
        >>> record = WeightRecord("imagenet", True, "file:///w.h5", "0" * 64, 1, (224, 224, 3),
        ...                       "caffe", "MIT")
        >>> record.classes
        1000
    """

    name: str
    include_top: bool
    url: str
    sha256: str
    size: int
    input_shape: tuple[int, int, int]
    mode: str
    licence: str
    classes: int = 1000


def locate(
    weights: Any, owner: str, include_top: bool, records: Iterable[WeightRecord] = ()
) -> Path | WeightRecord | None:
    """What the argument `weights` of an application means. Nothing is downloaded here.

    Args:
        weights: None, the path of a file, or the name of published weights.
        owner: the application, for messages.
        include_top: which of a name's files is meant.
        records: the files published for the application.

    Returns:
        None, an existing file, or a record.

    Raises:
        ConfigurationError: if it is none of these, or the name has no record.
        LoadError: if there is no such file.

    Example:
        >>> locate(None, "ResNet50", True) is None
        True
    """
    if weights is None:
        return None
    if not isinstance(weights, (str, os.PathLike)):
        raise ConfigurationError(
            f"{owner}: weights must be None, the path of a file or a name; received {weights!r} "
            f"({type(weights).__name__})."
        )
    published = list(records)
    for record in published:
        if record.name == weights and record.include_top == include_top:
            return record
    path = Path(weights)
    if path.is_file():
        return path
    if path.suffix:
        raise LoadError(
            f"{owner}: weights={str(weights)!r} does not exist. Check the path (the working folder "
            f"is {Path.cwd()})."
        )
    names = ", ".join(sorted({record.name for record in published}))
    raise ConfigurationError(
        f"{owner}: weights={str(weights)!r} cannot be had: published are {names or 'none yet'}. "
        f"Give the path of a file that holds them, {owner}(weights='weights.h5'), or start from "
        f"random numbers, {owner}(weights=None)."
    )


def load(model: Any, found: Path | WeightRecord | None) -> None:
    """Reads what `locate` found into a model; a published file is downloaded once and checked.

    Raises:
        LoadError: if the file is damaged or made for another network, or cannot be downloaded.
    """
    if isinstance(found, WeightRecord):
        found = Path(
            utils.get_file(
                origin=found.url,
                file_hash=found.sha256,
                hash_algorithm="sha256",
                cache_subdir="models",
            )
        )
    if found is not None:
        model.load_weights(found)
