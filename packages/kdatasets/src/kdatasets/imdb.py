"""IMDB: 50,000 film reviews, half praise and half blame, as lists of word ranks.

Words are numbered by how frequent they are: rank 1 is the most frequent. In what `load_data`
returns, ranks are shifted by `index_from`, below which 0 stands for padding, 1 for the start of a
review and 2 for a word that was left out.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .archive import read_npz
from .card import ArrayCard, Card
from .reviews import BASE, Numbering, read_word_index, shuffled, to_objects
from .source import RemoteFile, fetch, local_file
from .split import Split

__all__ = ["CARD", "CLASS_NAMES", "get_word_index", "load_data"]

CLASS_NAMES = ("negative", "positive")
DEFAULT_PATH = "imdb.npz"
INDEX_PATH = "imdb_word_index.json"
SHAPES = {"x_train": (None,), "y_train": (None,), "x_test": (None,), "y_test": (None,)}

REVIEWS = RemoteFile(
    "imdb/imdb.npz",
    "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    17464789,
    (BASE + DEFAULT_PATH,),
    keras_names=(DEFAULT_PATH,),
)
# The only checksum made public for the word index is an MD5.
WORD_INDEX = RemoteFile(
    "imdb/imdb_word_index.json",
    "md5:bfafd718b763782e994055a2d397834f",
    1641221,
    (BASE + INDEX_PATH,),
    keras_names=(INDEX_PATH,),
)

CARD = Card(
    name="imdb",
    summary="Film reviews as lists of word ranks, praise or blame.",
    train=25000,
    test=25000,
    x=ArrayCard("(n,) of lists", "object", "word ranks plus index_from"),
    y=ArrayCard("(n,)", "int64", "0 (blame) or 1 (praise)"),
    classes=CLASS_NAMES,
    files=(REVIEWS, WORD_INDEX),
    licence="none stated; reviews by users of IMDb, for research",
    source="A. Maas et al., https://ai.stanford.edu/~amaas/data/sentiment/; as packed for Keras",
    citation=(
        "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts, Learning Word "
        "Vectors for Sentiment Analysis, ACL 2011, 142-150"
    ),
)


def load_data(
    path: str | os.PathLike[str] = DEFAULT_PATH,
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Split:
    """Load the reviews.

    Args:
        path: A file of your own in the same layout; the default stands for the official file.
        num_words: Only numbers below it are kept, at least 1. Default None: all but the largest.
        skip_top: Numbers below it are not kept, at least 0. Default 0.
        maxlen: Only reviews shorter than it are kept (they are dropped, not cut), the start
            number included. Default None: all.
        seed: Seed of the order of both halves, 0 to 2**32 - 1. Default 113.
        start_char: Number before each review; None for none. Default 1.
        oov_char: Number in the place of those not kept; None drops them. Default 2.
        index_from: Added to each rank, at least 0. Default 3.

    Shapes:
        x: (n,), object: lists of numbers; pad them with kpreprocess.sequence.pad_sequences.
        y: (n,), 0 (blame) or 1 (praise).

    Returns:
        ((x_train, y_train), (x_test, y_test)): 25,000 and 25,000 reviews by default.

    Raises:
        ValueError: If an argument lies outside its range, or `maxlen` drops every review.
        UnavailableError: If no source has the file; says how to get it.
        FileNotFoundError: If `path` names a file that does not exist.
        FormatError: If the file does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data(num_words=10000)  # doctest: +SKIP
        >>> x_train[0][:3]  # doctest: +SKIP
        [1, 14, 22]
    """
    rule = Numbering(
        "imdb.load_data", num_words, skip_top, maxlen, start_char, oov_char, index_from
    )
    place = local_file(path, DEFAULT_PATH) or fetch(REVIEWS)
    x_train, y_train, x_test, y_test = read_npz(place, SHAPES, lists=("x_train", "x_test"))
    draw = np.random.RandomState(seed)  # one for both halves, one after the other
    halves = [shuffled(draw, x_train, y_train), shuffled(draw, x_test, y_test)]
    train, test = (
        (to_objects(texts), np.array(labels, dtype=y_train.dtype))
        for texts, labels in rule.number(*((x.tolist(), y.tolist()) for x, y in halves))
    )
    return train, test


def get_word_index(path: str | Path = INDEX_PATH) -> dict[str, int]:
    """Rank of each word, from 1; add `index_from` to compare with `load_data`.

    Args:
        path: A file of your own; the default stands for the official one.

    Returns:
        A table of 88,584 words.

    Raises:
        UnavailableError: If no source has the file; says how to get it.
        FormatError: If the file is no such table.

    Example:
        >>> get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return read_word_index(path, INDEX_PATH, WORD_INDEX)
