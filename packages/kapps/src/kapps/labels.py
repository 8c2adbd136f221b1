"""The names of the 1000 classes of ImageNet's challenge, and predictions read with them."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

import numpy as np

from kcore.errors import ConfigurationError, ShapeError

_CLASSES = 1000


@functools.cache
def class_names() -> tuple[tuple[str, str], ...]:
    """(WordNet id, name) of each of the 1000 classes, in the order of the outputs.

    They come with the package, so nothing is downloaded. The list is the one that Keras publishes
    (MIT licence); the names are WordNet's.

    Example:
        >>> class_names()[0]
        ('n01440764', 'tench')
    """
    text = resources.files("kapps").joinpath("imagenet_classes.json").read_text("utf-8")
    index = json.loads(text)
    return tuple((index[str(i)][0], index[str(i)][1]) for i in range(_CLASSES))


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The most likely classes of each image, by name.

    Args:
        preds: scores of the 1000 classes for each image.
        top: how many to give, from 1 to 1000, default 5.

    Shapes:
        preds: (batch, 1000).

    Returns:
        For each image a list of (WordNet id, name, score), the highest score first.

    Raises:
        ShapeError: if preds have another shape.
        ConfigurationError: if top is out of range.

    Example:
        >>> decode_predictions(model.predict(images), top=1)  # doctest: +SKIP
        [[('n02123045', 'tabby', 0.9)]]
    """
    return decode(preds, class_names(), top, "decode_predictions")


def decode(
    scores: Any, names: tuple[tuple[str, str], ...], top: int, owner: str
) -> list[list[tuple[str, str, float]]]:
    """The best classes of each row of scores, with the names given.

    Args:
        scores: (batch, classes).
        names: (id, name) of each class.
        top: how many to give.
        owner: for messages.

    Raises:
        ShapeError: if scores have another shape.
        ConfigurationError: if top is out of range.

    Example:
        >>> decode([[0.1, 0.9]], (("0", "cat"), ("1", "dog")), 1, "decode")
        [[('1', 'dog', 0.9)]]
    """
    array, count = np.asarray(scores), len(names)
    if array.ndim != 2 or array.shape[1] != count:
        raise ShapeError(
            f"{owner} expects scores of the {count} classes whose names are known, shape (batch, "
            f"{count}); received shape {array.shape}. Other classes have names of their own."
        )
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= count:
        raise ConfigurationError(
            f"{owner}: top must be a whole number from 1 to {count}; received {top!r}."
        )
    order = np.argsort(-array, axis=1, kind="stable")[:, :top]
    return [
        [(*names[i], float(row[i])) for i in best] for row, best in zip(array, order, strict=True)
    ]
