"""The names of the 1000 classes of ImageNet's challenge, and predictions read with them."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np

from kcore import utils
from kcore.errors import ConfigurationError, ShapeError

_URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_MD5 = "c2c37ea517e94d9795004a39431a14cb"
_CLASSES = 1000


@functools.cache
def class_names() -> tuple[tuple[str, str], ...]:
    """(WordNet id, name) of each class; downloaded once, checked and kept.

    Raises:
        LoadError: if the file cannot be downloaded; says where to put it by hand.
    """
    path = utils.get_file(
        "imagenet_class_index.json",
        _URL,
        file_hash=_MD5,
        hash_algorithm="md5",
        cache_subdir="models",
    )
    with open(path, encoding="utf-8") as stream:
        index = json.load(stream)
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
        LoadError: if the class names are not there and cannot be downloaded.

    Example:
        >>> decode_predictions(model.predict(images), top=1)  # doctest: +SKIP
        [[('n02123045', 'tabby', 0.9)]]
    """
    scores = np.asarray(preds)
    if scores.ndim != 2 or scores.shape[1] != _CLASSES:
        raise ShapeError(
            "decode_predictions expects scores of the 1000 classes of ImageNet, shape (batch, "
            f"1000); received shape {scores.shape}. Other classes have names of their own."
        )
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= _CLASSES:
        raise ConfigurationError(
            f"decode_predictions: top must be a whole number from 1 to {_CLASSES}; received "
            f"{top!r}."
        )
    names = class_names()
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [
        [(*names[i], float(row[i])) for i in best] for row, best in zip(scores, order, strict=True)
    ]
