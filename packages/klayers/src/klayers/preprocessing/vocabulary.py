"""Vocabulary: tokens and their numbers, made of a list or counted in data.

The layers that look things up (StringLookup, IntegerLookup, TextVectorization) own one each. It is
data and never a place: a file named by the user is read once, and a configuration that names one
is refused, so that loading a model opens nothing but the model.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kcore import backend, ops
from kcore.errors import ConfigurationError, NotBuiltError
from kcore.typing import Config, Shape, Tensor
from klayers.preprocessing import encoding

MODES = (*encoding.MODES, "tf_idf")
_FILE = "vocabulary.txt"


@dataclass(frozen=True)
class Settings:
    """What a vocabulary is made with.

    Args:
        owner: the layer's class, for errors.
        dtype: of the tokens, "string" or "int64".
        max_tokens: largest size, the special tokens included; None for any.
        num_oov_indices: numbers for tokens that are not in the vocabulary.
        mask_token: the token that stands for nothing, or None.
        oov_token: what unknown numbers are turned back to.
        mode: form of the output.
        pad: whether the output has `max_tokens` columns whatever the size.
        encoding: of text.
        hashed: whether unknown tokens are spread by a hash; else by their remainder.
        key: of that hash, or None.
    """

    owner: str
    dtype: str
    max_tokens: int | None
    num_oov_indices: int
    mask_token: Any
    oov_token: Any
    mode: str
    pad: bool
    encoding: str = "utf-8"
    hashed: bool = True
    key: Any = None


class HasVocabulary:
    """Gives a layer with a vocabulary the file that Keras keeps it in: one token a line."""

    _vocabulary: Vocabulary
    # where a layer's file has what looks tokens up: the layer itself, or also a layer inside
    _lookup_places: ClassVar[tuple[str, ...]] = ("",)

    def save_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Writes the tokens to `vocabulary.txt` in a folder, one a line, the special ones first.

        Args:
            dir_path: the folder, which must exist.

        Raises:
            ConfigurationError: if a token is of several lines.
            NotBuiltError: if there is no vocabulary yet.
        """
        tokens = [str(token) for token in self._vocabulary.listed()]
        broken = [token for token in tokens if "\n" in token]
        if broken:
            raise ConfigurationError(
                f"{self._vocabulary.settings.owner}: the token {broken[0]!r} is of several lines "
                "and does not fit into a file of one token a line. Save the model instead."
            )
        (Path(dir_path) / _FILE).write_text("\n".join(tokens), encoding="utf-8")

    def load_assets(self, dir_path: str | os.PathLike[str]) -> None:
        """Takes the tokens that `save_assets` wrote.

        Args:
            dir_path: the folder with `vocabulary.txt`.

        Raises:
            ConfigurationError: if there is no such file, or its tokens do not fit.
        """
        file, settings = Path(dir_path) / _FILE, self._vocabulary.settings
        if not file.is_file():
            raise ConfigurationError(
                f"{settings.owner}: there is no {_FILE} in {str(dir_path)!r}; save_assets writes "
                "one."
            )
        text = file.read_bytes().decode("utf-8")
        self._vocabulary.set(tokens_of(text, settings.dtype))

    def arrays_in_files(self) -> dict[str, Any]:
        """What Keras' files hold of the layer beside its weights, by places below the layer's.

        These are the inverse document frequencies by number. The configuration has them too, and
        nothing here reads them from the place of weights.
        """
        if self._vocabulary.idf is None:
            return {}
        weights = self._vocabulary.idf_by_number()
        return {f"{path}vars/idf_weights": weights for path in self._lookup_places}


class Vocabulary:
    """Tokens and their numbers.

    The numbers are those of the mask (for "int" only), of the unknown, then of the tokens in order.

    Args:
        settings: what it is made with.

    Raises:
        ConfigurationError: if the settings can never work.
    """

    def __init__(self, settings: Settings) -> None:
        _check(settings)
        self.settings = settings
        self.tokens: list[Any] | None = None
        self.idf: list[float] | None = None
        self._unknown_idf = 0.0
        self._table: Any = None
        self.forget()

    # Tokens

    def set(self, tokens: Any, idf: Any = None) -> None:
        """Replaces the tokens.

        Args:
            tokens: a list or array, with or without the special tokens in front; or the path of a
                local text file with one token a line.
            idf: inverse document frequency of each, for "tf_idf".

        Raises:
            ConfigurationError: if tokens repeat, are too many or reserved, or the path is no file.
        """
        s = self.settings
        if isinstance(tokens, (str, os.PathLike)):
            tokens = _read(tokens, s)
        listed = [self._clean(token) for token in np.asarray(tokens, dtype=object).ravel()]
        weights = None if idf is None else self._idf(idf)
        if weights is not None and len(weights) != len(listed):
            raise ConfigurationError(
                f"{s.owner}: idf_weights must hold one number for each of the {len(listed)} tokens "
                f"of the vocabulary; received {len(weights)}."
            )
        if (weights is None) == (s.mode == "tf_idf"):
            raise ConfigurationError(
                f"{s.owner}: a vocabulary needs idf_weights for output_mode='tf_idf' and only "
                f"there; output_mode is {s.mode!r} and idf_weights {idf!r}."
            )
        special = self._special()
        front = len(special) if listed[: len(special)] == special and special else 0
        self._take(listed[front:], None if weights is None else weights[front:])

    def _idf(self, idf: Any) -> list[float]:
        found = np.asarray(idf)
        if found.dtype.kind not in "fiu":
            raise ConfigurationError(
                f"{self.settings.owner}: idf_weights must hold numbers; received {idf!r}."
            )
        return [float(weight) for weight in found.ravel()]

    def _take(self, tokens: list[Any], idf: list[float] | None) -> None:
        s = self.settings
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        if repeated:
            raise ConfigurationError(
                f"{s.owner}: every token of the vocabulary must occur once; {repeated[:5]} occur "
                "more often."
            )
        reserved = [t for t in (s.mask_token, s.oov_token) if t is not None and t in set(tokens)]
        if reserved and not (reserved == [s.oov_token] and s.num_oov_indices == 0):
            raise ConfigurationError(
                f"{s.owner}: {reserved[0]!r} is the mask or the out-of-vocabulary token, which may "
                "stand in front of a vocabulary only. Take it out, or choose another mask_token or "
                "oov_token."
            )
        size = len(tokens) + len(self._special())
        if s.max_tokens is not None and size > s.max_tokens:
            raise ConfigurationError(
                f"{s.owner}: the vocabulary has {size} tokens, the special ones included; "
                f"max_tokens is {s.max_tokens}. Raise max_tokens or shorten the vocabulary."
            )
        self.tokens, self.idf, self._table = tokens, idf, None
        self._unknown_idf = float(np.mean(idf)) if idf else 0.0

    def listed(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by number."""
        return [*(self._special() if include_special_tokens else ()), *(self.tokens or ())]

    def _special(self) -> list[Any]:
        s = self.settings
        mask = [s.mask_token] if self._first else []
        return [*mask, *[s.oov_token] * s.num_oov_indices]

    @property
    def _first(self) -> int:
        """The first number of unknown tokens."""
        return int(self.settings.mask_token is not None and self.settings.mode == "int")

    @property
    def depth(self) -> int:
        """The columns of encoded output.

        Raises:
            NotBuiltError: if there are no tokens yet.
        """
        s = self.settings
        if s.pad and s.max_tokens is not None:
            return s.max_tokens
        self._need_tokens()
        return len(self.listed())

    def _need_tokens(self) -> list[Any]:
        if self.tokens is None:
            raise NotBuiltError(
                f"{self.settings.owner} has no vocabulary yet. Call adapt with data first, or give "
                "vocabulary."
            )
        return self.tokens

    def _clean(self, token: Any) -> Any:
        try:
            return clean(token, self.settings)
        except (TypeError, ValueError, UnicodeDecodeError):
            kind = "text" if self.settings.dtype == "string" else "whole numbers"
            raise ConfigurationError(
                f"{self.settings.owner}: tokens must be {kind}; received {token!r}."
            ) from None

    # Counting

    def forget(self) -> None:
        """Forgets what was counted."""
        self._counts: Counter[Any] = Counter()
        self._documents: Counter[Any] = Counter()
        self._rows = 0

    def count(self, rows: Any) -> None:
        """Counts the tokens of some documents: lists of tokens, or single tokens."""
        if self.settings.mode != "tf_idf":
            self._counts.update(self._words(rows))
            return
        for row in rows:
            words = self._words(row)
            self._counts.update(words)
            self._documents.update(set(words))
        self._rows += len(rows)

    def _words(self, tokens: Any) -> list[Any]:
        return [clean(token, self.settings) for token in _flat(tokens)]

    def settle(self) -> None:
        """Makes the vocabulary of what was counted: frequent tokens first, at most max_tokens.

        Of tokens as frequent as each other, the later in alphabetical order comes first. The
        inverse document frequency is log(1 + documents / (1 + documents with the token)).
        """
        s = self.settings
        for token in (s.mask_token, s.oov_token):
            self._counts.pop(token, None)
        order = sorted(self._counts, key=lambda t: (self._counts[t], t), reverse=True)
        if s.max_tokens is not None:
            order = order[: max(s.max_tokens - len(self._special()), 0)]
        idf = None
        if s.mode == "tf_idf":
            idf = [math.log1p(self._rows / (1 + self._documents[t])) for t in order]
        self._take(order, idf)
        self.forget()

    # Looking up

    def index(self, tokens: Tensor) -> Tensor:
        """The numbers of tokens, int64; the mask is 0 for "int", -1 for the other modes.

        Raises:
            DataError: if a token is unknown and there is no number for such.
        """
        s = self.settings
        known = self._need_tokens()
        if self._table is None:
            keys = [t.encode(s.encoding) for t in known] if s.dtype == "string" else known
            self._table = backend.text.Table(keys, s.dtype)
        tokens = backend.tensor.convert(tokens)
        place = self._table.find(tokens)
        number = place + (self._first + s.num_oov_indices)
        missing = place < 0
        masked = None if s.mask_token is None else backend.text.same(tokens, s.mask_token)
        if s.num_oov_indices == 0:
            wrong = missing if masked is None else ops.logical_and(missing, ~masked)
            backend.control.require(
                ~ops.any(wrong),
                f"{s.owner} received a token that is not in its vocabulary, and num_oov_indices "
                "is 0. Raise num_oov_indices, or clean the data.",
                tokens,
            )
        else:
            number = ops.where(missing, self._unknown(tokens), number)
        if masked is not None:
            number = ops.where(masked, ops.full_like(number, 0 if s.mode == "int" else -1), number)
        return number

    def _unknown(self, tokens: Tensor) -> Tensor:
        s = self.settings
        if s.num_oov_indices == 1:
            spread = ops.zeros(
                tokens.shape if None not in tokens.shape else ops.shape(tokens), "int64"
            )
        elif s.hashed:
            spread = backend.text.hash_bucket(
                backend.text.decimal(tokens), s.num_oov_indices, s.key
            )
        else:
            spread = ops.mod(ops.cast(tokens, "int64"), s.num_oov_indices)
        return spread + self._first

    def words(self, numbers: Tensor) -> Tensor:
        """The tokens of numbers; the out-of-vocabulary token for a number that has none."""
        s = self.settings
        self._need_tokens()
        return backend.text.pick(self.listed(), s.dtype, ops.cast(numbers, "int64"), s.oov_token)

    def encode(self, number: Tensor, dtype: str) -> Tensor:
        """Numbers in the form of the mode."""
        mode = self.settings.mode
        if mode == "int":
            return number
        if mode != "tf_idf":
            return encoding.encode(number, mode, self.depth, dtype)
        counts = encoding.encode(number, "count", self.depth, dtype)
        return counts * ops.cast(self.idf_by_number(), dtype)

    def idf_by_number(self) -> Any:
        """The inverse document frequency by number; the mean for unknown tokens."""
        weights = [self._unknown_idf] * self.settings.num_oov_indices + list(self.idf or ())
        weights += [0.0] * (self.depth - len(weights))
        return np.asarray(weights, "float64")

    def encoded_shape(self, shape: Shape) -> Shape:
        """The shape of `encode`'s result."""
        mode = self.settings.mode
        if mode == "int":
            return tuple(shape)
        return encoding.encoded_shape(shape, "count" if mode == "tf_idf" else mode, self.depth)


def _flat(tokens: Any) -> list[Any]:
    """The tokens of an array, or of lists of different lengths."""
    if isinstance(tokens, (list, tuple)):
        return [token for item in tokens for token in _flat(item)]
    return list(np.asarray(tokens, dtype=object).ravel())


def clean(token: Any, settings: Settings) -> Any:
    """A token as a Python string or integer."""
    if settings.dtype == "string":
        if isinstance(token, bytes):
            return token.decode(settings.encoding)
        if not isinstance(token, str):
            raise TypeError(token)
        return str(token)
    number = int(token)
    if number != float(token):
        raise ValueError(token)
    return number


def tokens_of(text: str, dtype: str) -> list[Any]:
    """The tokens of a text, one a line."""
    lines = text.split("\n")
    return lines if dtype == "string" else [int(line) for line in lines if line]


def refuse_path(config: Config, owner: str) -> None:
    """Refuses a configuration whose vocabulary is a place instead of tokens.

    Raises:
        ConfigurationError: if it is.
    """
    found = config.get("vocabulary")
    if isinstance(found, (str, os.PathLike)):
        raise ConfigurationError(
            f"{owner}: the configuration names a file or address, {str(found)!r}, as vocabulary. "
            "A model's file must hold the tokens themselves, and nothing else is ever opened. "
            "Load the vocabulary yourself and give it to the constructor or to set_vocabulary."
        )


def _read(path: Any, settings: Settings) -> list[Any]:
    """The tokens of a local file, one a line."""
    file = Path(path)
    if not file.is_file():
        raise ConfigurationError(
            f"{settings.owner}: vocabulary must be a list of tokens or the path of a local text "
            f"file; there is no file {str(path)!r}."
        )
    lines = file.read_text(encoding=settings.encoding).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.rstrip("\r") for line in lines]


def _check(settings: Settings) -> None:
    s = settings
    room = s.num_oov_indices + (s.mask_token is not None and s.mode == "int")
    if s.max_tokens is not None and s.max_tokens <= room:
        raise ConfigurationError(
            f"{s.owner}: max_tokens must exceed the number of special tokens, {int(room)}; "
            f"received {s.max_tokens!r}."
        )
    if s.pad and s.max_tokens is None:
        raise ConfigurationError(
            f"{s.owner}: pad_to_max_tokens=True needs max_tokens; received None."
        )
