"""Sequences: padding, skip-grams, windows over time series."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .windows import (
    TimeseriesGenerator,
    WindowBatches,
    sliding_windows,
    timeseries_dataset_from_array,
    timeseries_generator_from_json,
)

__all__ = [
    "TimeseriesGenerator",
    "WindowBatches",
    "make_sampling_table",
    "pad_sequences",
    "skipgrams",
    "sliding_windows",
    "timeseries_dataset_from_array",
    "timeseries_generator_from_json",
]

EULER_GAMMA = 0.577  # to the digits that Keras uses, so that tables are equal


def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: npt.DTypeLike = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> npt.NDArray[Any]:
    """Cut and pad sequences to one length.

    Args:
        sequences: Lists, tuples or arrays of numbers, or of items of one common shape.
        maxlen: Wanted length, at least 1; None (default) takes the longest sequence.
        dtype: Type of the result. Default 'int32', which cuts fractions off: pass 'float32' for
            measured values, object or str for words.
        padding: 'pre' (default) pads before a sequence, 'post' after it.
        truncating: 'pre' (default) drops from the beginning of a long sequence, 'post' from its
            end.
        value: What to pad with. Default 0.

    Shapes:
        each sequence: (time, ...); the result: (sequences, maxlen, ...).

    Returns:
        A new array.

    Raises:
        ValueError: If `maxlen` is below 1, `padding` or `truncating` is another word, an item has
            no length, does not fit `dtype` or has another shape than the first.

    Example:
        >>> pad_sequences([[1, 2, 3], [4]], maxlen=2)
        array([[2, 3],
               [0, 4]], dtype=int32)
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f"pad_sequences: {name} must be 'pre' or 'post'; got {side!r}.")
    if maxlen is not None and maxlen < 1:
        raise ValueError(f"pad_sequences: maxlen must be at least 1; got {maxlen}.")
    items, lengths = _measure(sequences)
    if maxlen is None:
        maxlen = max(lengths, default=0)
    keep = slice(-maxlen, None) if truncating == "pre" and maxlen else slice(maxlen)
    return _place(items, keep, maxlen, np.dtype(dtype), padding, value)


def _measure(sequences: Iterable[Any]) -> tuple[list[Any], list[int]]:
    if isinstance(sequences, str | bytes) or not isinstance(sequences, Iterable):
        raise ValueError(
            f"pad_sequences: sequences must be a list of sequences; got {type(sequences).__name__}."
        )
    items = list(sequences)
    try:
        return items, [len(item) for item in items]
    except TypeError:
        index = next(i for i, item in enumerate(items) if not hasattr(item, "__len__"))
        raise ValueError(
            f"pad_sequences: sequences must be a list of sequences; item {index} is "
            f"{items[index]!r} of type {type(items[index]).__name__}, which has no length."
        ) from None


def _place(
    items: list[Any], keep: slice, maxlen: int, dtype: np.dtype[Any], padding: str, value: Any
) -> npt.NDArray[Any]:
    """Cut each item and write it into the padded array, one by one: they stay in the cache."""
    if isinstance(value, str) and dtype.kind not in "OUS":
        raise ValueError(
            f"pad_sequences: value={value!r} is text and cannot pad the dtype {dtype}; "
            "pass dtype=object, or a number."
        )
    filled = [(i, item) for i, item in enumerate(items) if len(item)]
    step = _convert(filled[0][1], filled[0][0], dtype).shape[1:] if filled else ()
    if dtype.kind in "US" and not dtype.itemsize:  # as wide as the longest word
        words = (_convert(item, i, dtype) for i, item in filled)
        dtype = np.result_type(np.asarray(value, dtype=dtype), *words)
    padded = np.full((len(items), maxlen, *step), value, dtype=dtype)
    for i, item in filled:
        array = _convert(item[keep], i, dtype)
        if array.shape[1:] != step:
            raise ValueError(
                f"pad_sequences: all items must share the shape of one step; item {i} has "
                f"{array.shape[1:]}, an earlier one {step}."
            )
        if padding == "pre":
            padded[i, maxlen - len(array) :] = array
        else:
            padded[i, : len(array)] = array
    return padded


def _convert(item: Any, index: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    try:
        return np.asarray(item, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"pad_sequences: item {index} does not fit the dtype {dtype}: {error}."
        ) from error


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> npt.NDArray[np.float64]:
    """Probability of keeping each word, by its rank, so that frequent words are thinned out.

    Word frequencies are taken from Zipf's law: the word of rank r has the inverse frequency
    r (ln r + 0.577) + 1/2 - 1/(12 r), and is kept with min(1, sqrt(sampling_factor * that)). After
    T. Mikolov et al., Distributed Representations of Words and Phrases, 2013, section 2.3.

    Args:
        size: Number of ranks, at least 1; rank 0 counts as rank 1.
        sampling_factor: Larger keeps more of the frequent words; above 0. Default 1e-5.

    Shapes:
        the result: (size,).

    Returns:
        Probabilities in (0, 1], rising with the rank.

    Raises:
        ValueError: If `size` is below 1 or `sampling_factor` not above 0.

    Example:
        >>> make_sampling_table(3).round(5)
        array([0.00315, 0.00315, 0.00548])
    """
    if size < 1:
        raise ValueError(f"make_sampling_table: size must be at least 1; got {size}.")
    if not sampling_factor > 0:
        raise ValueError(
            f"make_sampling_table: sampling_factor must be above 0; got {sampling_factor}."
        )
    rank = np.arange(size, dtype=np.float64)
    rank[0] = 1
    frequency = sampling_factor * (rank * (np.log(rank) + EULER_GAMMA) + 0.5 - 1 / (12 * rank))
    table: npt.NDArray[np.float64] = np.minimum(1.0, frequency / np.sqrt(frequency))
    return table


def skipgrams(
    sequence: Sequence[int] | npt.NDArray[np.integer[Any]],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: npt.ArrayLike | None = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words: near each other in a sequence (label 1), or drawn at random (label 0).

    After T. Mikolov et al., Efficient Estimation of Word Representations in Vector Space, 2013.

    Args:
        sequence: Word numbers; 0 stands for no word and makes no pairs.
        vocabulary_size: Random words are drawn from 1 to vocabulary_size - 1; at least 2.
        window_size: Words on each side that count as near, at least 0. Default 4.
        negative_samples: Random pairs for each near pair, at least 0. Default 1.
        shuffle: Whether to mix the pairs. Default True.
        categorical: Whether labels are [0, 1] and [1, 0] instead of 1 and 0. Default False.
        sampling_table: Probability of using each word as centre, by number, see
            `make_sampling_table`; None (default) uses all.
        seed: Makes everything repeatable: sampling, random pairs and order; None (default) draws
            anew. Where Keras is repeatable itself, the result is Keras'.

    Shapes:
        sequence: (time,); sampling_table: (vocabulary_size,).

    Returns:
        (couples, labels): a list of [word, word] and a list of labels, equally long.

    Raises:
        ValueError: If an argument lies outside its range, a word number is negative, or
            `sampling_table` lacks a word.

    Example:
        >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    words = [int(word) for word in sequence]
    _check_skipgrams(words, vocabulary_size, window_size, negative_samples)
    # Two streams: the order depends on the seed alone (as in Keras), whatever was drawn before.
    draw = random.Random(None if seed is None else f"skipgrams {seed}")
    if seed is None:
        seed = draw.getrandbits(32)
    keep = None if sampling_table is None else np.asarray(sampling_table).tolist()
    if keep is not None and words and max(words) >= len(keep):
        raise ValueError(
            f"skipgrams: sampling_table has {len(keep)} entries and none for the word {max(words)}."
        )
    couples = _near_pairs(words, window_size, keep, draw)
    positive, negative = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [positive] * len(couples)
    count = int(len(couples) * negative_samples)
    if count:
        centres = [couple[0] for couple in couples]
        draw.shuffle(centres)
        couples += [
            [centres[i % len(centres)], draw.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [negative] * count
    if shuffle:
        random.Random(seed).shuffle(couples)
        random.Random(seed).shuffle(labels)
    return couples, labels


def _near_pairs(
    words: list[int], window_size: int, keep: list[float] | None, draw: random.Random
) -> list[list[int]]:
    pairs: list[list[int]] = []
    for i, word in enumerate(words):
        if not word or (keep is not None and keep[word] < draw.random()):
            continue
        near = words[max(0, i - window_size) : i] + words[i + 1 : i + window_size + 1]
        pairs += [[word, other] for other in near if other]
    return pairs


def _check_skipgrams(
    words: list[int], vocabulary_size: int, window_size: int, negative_samples: float
) -> None:
    limits = {
        "vocabulary_size": (vocabulary_size, 2),
        "window_size": (window_size, 0),
        "negative_samples": (negative_samples, 0),
    }
    for name, (given, least) in limits.items():
        if not given >= least:
            raise ValueError(f"skipgrams: {name} must be at least {least}; got {given}.")
    for i, word in enumerate(words):
        if word < 0:
            raise ValueError(
                f"skipgrams: sequence must hold word numbers of at least 0; it holds {word} at "
                f"position {i}."
            )
