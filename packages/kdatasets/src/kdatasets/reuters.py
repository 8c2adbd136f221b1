"""Reuters: 11,228 newswires on 46 topics as lists of word ranks.

Words are numbered by how frequent they are: rank 1 is the most frequent. In what `load_data`
returns, ranks are shifted by `index_from`, below which 0 stands for padding, 1 for the start of a
wire and 2 for a word that was left out.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .archive import read_npz
from .card import ArrayCard, Card
from .reviews import BASE, Numbering, read_word_index, shuffled, to_objects
from .source import RemoteFile, fetch, local_file
from .split import Split, check_fraction

__all__ = ["CARD", "CLASS_NAMES", "get_label_names", "get_word_index", "load_data"]

# In the order of the labels.
CLASS_NAMES = tuple(
    """cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves
    ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem
    dlr gas silver wpi hog lead""".split()
)
DEFAULT_PATH = "reuters.npz"
INDEX_PATH = "reuters_word_index.json"

WIRES = RemoteFile(
    "reuters/reuters.npz",
    "sha256:d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    2110848,
    (BASE + DEFAULT_PATH,),
    keras_names=(DEFAULT_PATH,),
)
# The only checksum made public for the word index is an MD5.
WORD_INDEX = RemoteFile(
    "reuters/reuters_word_index.json",
    "md5:4d44cc38712099c9e383dc6e5f11a921",
    550378,
    (BASE + INDEX_PATH,),
    keras_names=(INDEX_PATH,),
)

CARD = Card(
    name="reuters",
    summary="Newswires as lists of word ranks, 46 topics.",
    train=8982,
    test=2246,
    x=ArrayCard("(n,) of lists", "object", "word ranks plus index_from"),
    y=ArrayCard("(n,)", "int64", "class 0 to 45"),
    classes=CLASS_NAMES,
    files=(WIRES, WORD_INDEX),
    licence="for research only, copyright Reuters Ltd.; see the source",
    source="Reuters-21578, http://www.daviddlewis.com/resources/testcollections/; packed for Keras",
    citation="D. D. Lewis, Reuters-21578 text categorization test collection, 1997",
)


def load_data(
    path: str | os.PathLike[str] = DEFAULT_PATH,
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Split:
    """Load the newswires.

    Args:
        path: A file of your own in the same layout; the default stands for the official file.
        num_words: Only numbers below it are kept, at least 1. Default None: all but the largest.
        skip_top: Numbers below it are not kept, at least 0. Default 0.
        maxlen: Only wires shorter than it are kept (they are dropped, not cut), the start number
            included. Default None: all.
        test_split: Share of the wires kept for testing, in [0, 1]. Default 0.2.
        seed: Seed of the order, 0 to 2**32 - 1. Default 113.
        start_char: Number before each wire; None for none. Default 1.
        oov_char: Number in the place of those not kept; None drops them. Default 2.
        index_from: Added to each rank, at least 0. Default 3.

    Shapes:
        x: (n,), object: lists of numbers; pad them with kpreprocess.sequence.pad_sequences.
        y: (n,), 0 to 45, named by CLASS_NAMES.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 8,982 and 2,246 wires by default.

    Raises:
        ValueError: If an argument lies outside its range, or `maxlen` drops every wire.
        UnavailableError: If no source has the file; says how to get it.
        FileNotFoundError: If `path` names a file that does not exist.
        FormatError: If the file does not hold what it should.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> len(x_train), len(x_test)  # doctest: +SKIP
        (8982, 2246)
    """
    rule = Numbering(
        "reuters.load_data", num_words, skip_top, maxlen, start_char, oov_char, index_from
    )
    check_fraction(test_split)
    place = local_file(path, DEFAULT_PATH) or fetch(WIRES)
    x, y = read_npz(place, {"x": (None,), "y": (None,)}, lists=("x",))
    x, y = shuffled(np.random.RandomState(seed), x, y)
    [(texts, labels)] = rule.number((x.tolist(), y.tolist()))
    border = int(len(texts) * (1 - test_split))
    wires, topics = to_objects(texts), np.array(labels, dtype=y.dtype)
    return (wires[:border], topics[:border]), (wires[border:], topics[border:])


def get_word_index(path: str | Path = INDEX_PATH) -> dict[str, int]:
    """Rank of each word, from 1; add `index_from` to compare with `load_data`.

    Args:
        path: A file of your own; the default stands for the official one.

    Returns:
        A table of 30,979 words.

    Raises:
        UnavailableError: If no source has the file; says how to get it.
        FormatError: If the file is no such table.

    Example:
        >>> get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return read_word_index(path, INDEX_PATH, WORD_INDEX)


def get_label_names() -> tuple[str, ...]:
    """Names of the 46 topics in the order of the labels.

    Returns:
        The names.

    Example:
        >>> get_label_names()[3]
        'earn'
    """
    return CLASS_NAMES
