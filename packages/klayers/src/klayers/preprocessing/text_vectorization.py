"""TextVectorization: whole texts to rows of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import backend, components, ops
from kcore.arguments import whole
from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Config, Shape, Tensor
from klayers.preprocessing import encoding as encodings
from klayers.preprocessing.base import AdaptiveLayer
from klayers.preprocessing.lookup import encoded_dtype
from klayers.preprocessing.vocabulary import (
    HasVocabulary,
    Settings,
    Vocabulary,
    refuse_path,
)

STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLIT = ("whitespace", "character")
MODES = ("int", "multi_hot", "count", "tf_idf")


class TextVectorization(HasVocabulary, AdaptiveLayer):
    """Text cleaned, cut into tokens, and these looked up in a vocabulary.

    The vocabulary is given, or learnt by `adapt`: frequent tokens first. It is part of the
    configuration, and so of a saved model. For "int" 0 is padding and 1 stands for tokens that are
    not in the vocabulary; for the other modes these are column 0.

    Args:
        max_tokens: largest size of the vocabulary, special tokens included; None for any.
        standardize: "lower_and_strip_punctuation" (default; ASCII letters and punctuation),
            "lower", "strip_punctuation", None, or a registered function of a string tensor.
        split: "whitespace" (default), "character", None, or a registered function of a string
            tensor (batch,) that gives the tokens of each text.
        ngrams: also tokens joined by a space: up to so many, or of exactly these numbers.
        output_mode: "int" (default, int64), "multi_hot", "count" or "tf_idf".
        output_sequence_length: for "int", rows are cut or padded to it; None pads to the longest.
        pad_to_max_tokens: whether the output has max_tokens columns whatever the vocabulary.
        vocabulary: a list of tokens, or the path of a local file with one a line. Paths are for
            the constructor only: a configuration that holds one is refused.
        idf_weights: inverse document frequency of each token, for "tf_idf" with a vocabulary.
        sparse: False only.
        ragged: False only.
        encoding: of the text, default "utf-8".
        **kwargs: see Layer.

    Shapes:
        input (batch,) or (batch, 1), with split=None also (batch, tokens); output (batch, steps)
        for "int", (batch, size) for the others.

    Raises:
        ConfigurationError: if an argument can never work, or tokens repeat or are too many.
        NotBuiltError: if called before there is a vocabulary.
        ShapeError: if there are several texts in a row and they are to be split.

    Example:
        >>> layer = TextVectorization(vocabulary=["the", "cat"])
        >>> layer(["The cat!", "A cat"]).numpy().tolist()
        [[2, 3], [1, 3]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        cls = "TextVectorization"
        encodings.refuse(cls, sparse=sparse, ragged=ragged)
        self.sparse = self.ragged = False
        self.max_tokens = None if max_tokens is None else whole(max_tokens, "max_tokens", cls, 1)
        self.standardize = _option(standardize, "standardize", STANDARDIZE)
        self.split = _option(split, "split", SPLIT)
        self.ngrams = _widths(ngrams)
        self.output_mode = encodings.check_mode(output_mode, cls, MODES)
        length = output_sequence_length
        if length is not None:
            length = whole(length, "output_sequence_length", cls, 1)
            if output_mode != "int":
                raise ConfigurationError(
                    f"{cls}: output_sequence_length needs output_mode='int'; received "
                    f"{output_mode!r}."
                )
        self.output_sequence_length = length
        self.pad_to_max_tokens = bool(pad_to_max_tokens)
        self.encoding = encoding
        padded = self.pad_to_max_tokens and output_mode != "int"
        self._vocabulary = Vocabulary(
            Settings(cls, "string", self.max_tokens, 1, "", "[UNK]", output_mode, padded, encoding)
        )
        if vocabulary is not None:
            self._vocabulary.set(vocabulary, idf_weights)

    _lookup_places = ("", "_lookup_layer/")

    vocabulary = property(lambda self: self._vocabulary.tokens)
    idf_weights = property(lambda self: self._vocabulary.idf)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens in the order of their numbers."""
        return self._vocabulary.listed(include_special_tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary; see StringLookup."""
        self._vocabulary.set(vocabulary, idf_weights)

    def vocabulary_size(self) -> int:
        """The number of tokens, the special ones included."""
        return len(self._vocabulary.listed())

    def reset_state(self) -> None:
        """Forgets the vocabulary and what was counted."""
        self._vocabulary.tokens = self._vocabulary.idf = None
        self._vocabulary.forget()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of a batch of texts."""
        texts = backend.tensor.convert(data)
        if self.split is None and len(texts.shape) == 1:  # each is a token, and a text, of its own
            texts = ops.expand_dims(texts, -1)
        self._vocabulary.count(backend.text.rows(self._tokens(texts)))

    def finalize_state(self) -> None:
        """Makes the vocabulary of what was counted."""
        self._vocabulary.settle()

    def _tokens(self, texts: Tensor) -> Any:
        """The tokens of each text; rows of different lengths if they were split."""
        rank = len(texts.shape)
        if rank == 0:
            texts = ops.reshape(texts, [1])
        if self.standardize is not None:
            texts = _standardized(texts, self.standardize)
        if self.split is not None:
            self._check_shape(tuple(texts.shape))
            texts = texts if len(texts.shape) == 1 else ops.squeeze(texts, -1)
            if isinstance(self.split, str):
                texts = backend.text.split(texts, self.split)
            else:
                texts = self.split(texts)
        return texts if self.ngrams is None else backend.text.ngrams(texts, self._ngram_widths())

    def _check_shape(self, shape: Shape) -> None:
        if self.split is not None and (len(shape) > 2 or (len(shape) == 2 and shape[1] != 1)):
            raise ShapeError(
                f"{self._describe()} splits texts of shape (batch,) or (batch, 1); received "
                f"{shape}. Give one text a row, or split=None for tokens."
            )

    def _ngram_widths(self) -> tuple[int, ...]:
        return tuple(range(1, self.ngrams + 1)) if isinstance(self.ngrams, int) else self.ngrams

    def call(self, inputs: Tensor) -> Tensor:
        """Texts to rows of numbers."""
        numbers = backend.text.map_values(self._vocabulary.index, self._tokens(inputs))
        if self.output_mode == "int":
            return backend.text.dense(numbers, 0, self.output_sequence_length)
        numbers = backend.text.dense(numbers, -1, None)
        return self._vocabulary.encode(numbers, encoded_dtype(self.compute_dtype))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(batch, steps), or the vocabulary as last axis."""
        self._check_shape(tuple(input_shape))
        lead = tuple(input_shape[:1]) or (1,)
        if self.output_mode != "int":
            return (
                (*lead, self._vocabulary.depth)
                if self.split
                else (self._vocabulary.encoded_shape(input_shape))
            )
        if self.output_sequence_length is not None:
            kept = lead if self.split else tuple(input_shape[:-1])
            return (*kept, self.output_sequence_length)
        if self.split is not None:
            return (*lead, None)
        return tuple(input_shape) if self.ngrams is None else (*input_shape[:-1], None)

    def compute_output_dtype(self, inputs: Any) -> str:
        """int64 for "int", a float for the others."""
        return "int64" if self.output_mode == "int" else encoded_dtype(self.compute_dtype)

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration, which must hold the tokens themselves."""
        refuse_path(config, cls.__name__)
        config = {k: v for k, v in config.items() if k != "vocabulary_size"}
        for name, known in (("standardize", STANDARDIZE), ("split", SPLIT)):
            value = config.get(name)
            if value is not None and value not in known:
                config[name] = components.get("function", value, f"{cls.__name__}.{name}")
        return cls(**config)


def _standardized(texts: Tensor, how: str | Callable[[Tensor], Tensor]) -> Tensor:
    if not isinstance(how, str):
        return how(texts)
    if how != "strip_punctuation":
        texts = backend.text.lower(texts)
    return texts if how == "lower" else backend.text.strip_punctuation(texts)


def _option(value: Any, name: str, known: tuple[str, ...]) -> Any:
    if value is None or callable(value) or value in known:
        return value
    raise ConfigurationError(
        f"TextVectorization: {name} must be one of {known}, None or a function; received {value!r}."
    )


def _widths(ngrams: Any) -> Any:
    if ngrams is None:
        return None
    if isinstance(ngrams, (list, tuple)) and ngrams:
        return tuple(whole(n, "ngrams", "TextVectorization", 1) for n in ngrams)
    return whole(ngrams, "ngrams", "TextVectorization", 1)
