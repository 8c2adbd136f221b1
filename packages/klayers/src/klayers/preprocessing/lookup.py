"""What StringLookup and IntegerLookup share: a vocabulary, given or learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import dtypes
from kcore.arguments import whole
from kcore.components import constructor_arguments
from kcore.errors import ConfigurationError
from kcore.typing import Config, Shape, Tensor
from klayers.preprocessing import encoding
from klayers.preprocessing.base import AdaptiveLayer
from klayers.preprocessing.vocabulary import (
    MODES,
    HasVocabulary,
    Settings,
    Vocabulary,
    refuse_path,
)

# each takes a place in the vocabulary's list
_MOST_OOV = 1_000_000


class BaseLookup(HasVocabulary, AdaptiveLayer):
    """Tokens to numbers and back; the subclasses document the arguments."""

    _token_dtype: str

    def _make(self, vocabulary: Any, idf_weights: Any, **options: Any) -> None:
        """Takes the arguments that both have; a subclass calls it once."""
        cls = type(self).__name__
        encoding.refuse(cls, sparse=options.pop("sparse"))
        self.sparse = False
        self.max_tokens = options.pop("max_tokens")
        if self.max_tokens is not None:
            self.max_tokens = whole(self.max_tokens, "max_tokens", cls, 1)
        self.num_oov_indices = whole(options.pop("num_oov_indices"), "num_oov_indices", cls, 0)
        if self.num_oov_indices > _MOST_OOV:
            raise ConfigurationError(
                f"{cls}: num_oov_indices must be at most {_MOST_OOV}; received "
                f"{self.num_oov_indices}."
            )
        self.mask_token, self.oov_token = options.pop("mask_token"), options.pop("oov_token")
        self.output_mode = encoding.check_mode(options.pop("output_mode"), cls, MODES)
        self.invert = bool(options.pop("invert"))
        self.pad_to_max_tokens = bool(options.pop("pad_to_max_tokens"))
        if self.invert and self.output_mode != "int":
            raise ConfigurationError(
                f"{cls}: invert=True gives tokens and needs output_mode='int'; received "
                f"{self.output_mode!r}."
            )
        self._vocabulary = Vocabulary(
            Settings(
                cls,
                self._token_dtype,
                self.max_tokens,
                self.num_oov_indices,
                self.mask_token,
                self.oov_token,
                self.output_mode,
                self.pad_to_max_tokens,
                **options,
            )
        )
        if vocabulary is not None:
            self._vocabulary.set(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ConfigurationError(f"{cls}: idf_weights needs a vocabulary; received None.")

    @property
    def vocabulary(self) -> list[Any] | None:
        """The tokens without the special ones; None before they are known."""
        return self._vocabulary.tokens

    @property
    def idf_weights(self) -> list[float] | None:
        """The inverse document frequency of each of them, for "tf_idf"."""
        return self._vocabulary.idf

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: whether the mask and the out-of-vocabulary tokens come first.
        """
        return self._vocabulary.listed(include_special_tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary. A model that was run already must be compiled again.

        Args:
            vocabulary: tokens, or the path of a local text file with one a line.
            idf_weights: one number for each token, for "tf_idf".

        Raises:
            ConfigurationError: if tokens repeat, are reserved or too many.
        """
        self._vocabulary.set(vocabulary, idf_weights)

    def vocabulary_size(self) -> int:
        """The number of tokens, the special ones included."""
        return len(self._vocabulary.listed())

    def reset_state(self) -> None:
        """Forgets the vocabulary and what was counted."""
        self._vocabulary.tokens = self._vocabulary.idf = None
        self._vocabulary.forget()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of a batch."""
        self._vocabulary.count(np.asarray(data))

    def finalize_state(self) -> None:
        """Makes the vocabulary of what was counted."""
        self._vocabulary.settle()

    def call(self, inputs: Tensor) -> Tensor:
        """Numbers of tokens in the form of `output_mode`; with `invert` tokens of numbers."""
        if self.invert:
            return self._vocabulary.words(inputs)
        number = self._vocabulary.index(inputs)
        return self._vocabulary.encode(number, self.compute_output_dtype(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's for "int", else with the vocabulary as last axis."""
        return self._vocabulary.encoded_shape(input_shape)

    def compute_output_dtype(self, inputs: Any) -> str:
        """int64 for "int", the tokens' with `invert`, a float for the others."""
        if self.invert:
            return self._token_dtype
        if self.output_mode == "int":
            return "int64"
        return encoded_dtype(self.compute_dtype)

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration, which must hold the tokens themselves."""
        refuse_path(config, cls.__name__)
        own = constructor_arguments(cls)
        skip = {"vocabulary_size", "oov_method", "salt"} - set(own)
        return cls(**{k: v for k, v in config.items() if k not in skip})


def encoded_dtype(compute_dtype: str) -> str:
    """The dtype of encoded output: the layer's if it is a number's."""
    numeric = dtypes.is_float(compute_dtype) or dtypes.is_integer(compute_dtype)
    return compute_dtype if numeric else "float32"
