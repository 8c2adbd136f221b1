"""IntegerLookup: arbitrary whole numbers to numbers from 0, by a vocabulary."""

from __future__ import annotations

from typing import Any

from kcore.arguments import choice
from klayers.preprocessing.hashing import hash_key
from klayers.preprocessing.lookup import BaseLookup


class IntegerLookup(BaseLookup):
    """The place of each whole number in a vocabulary, or with `invert` the reverse.

    The vocabulary is given, or learnt by `adapt`: frequent numbers first. It is part of the
    configuration, and so of a saved model.

    Args:
        max_tokens: largest size of the vocabulary, special tokens included; None for any.
        num_oov_indices: places for numbers that are not in the vocabulary, default 1; with more,
            the remainder chooses among them; with 0 such a number is an error.
        mask_token: number that stands for nothing: place 0, left out by other modes; default None.
        oov_token: what places without a token become with `invert`, default -1.
        vocabulary: a list of whole numbers, or the path of a local file with one a line. Paths are
            for the constructor only: a configuration that holds one is refused.
        vocabulary_dtype: "int64" only.
        idf_weights: inverse document frequency of each token, for "tf_idf" with a vocabulary.
        invert: whether places are turned into the vocabulary's numbers.
        output_mode: "int" (default, int64), "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: False only.
        pad_to_max_tokens: whether the output has max_tokens columns whatever the vocabulary.
        oov_method: "floormod" (the remainder) or "farmhash" chooses among several places.
        salt: key of the hash, a whole number or two; for "farmhash" only.
        **kwargs: see Layer.

    Shapes:
        input of any rank; output the same for "int", (..., n, size) for "one_hot" (unless n is 1),
        (..., size) for the others.

    Raises:
        ConfigurationError: if tokens repeat or are too many, or arguments contradict each other.
        NotBuiltError: if called before there is a vocabulary.

    Example:
        >>> IntegerLookup(vocabulary=[10, 20])([[20, 5]]).numpy().tolist()
        [[2, 0]]
    """

    _token_dtype = "int64"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_dtype = choice(
            vocabulary_dtype, "vocabulary_dtype", "IntegerLookup", ("int64",)
        )
        self.oov_method = choice(
            oov_method, "oov_method", "IntegerLookup", ("floormod", "farmhash")
        )
        self.salt = salt
        self._make(
            vocabulary,
            idf_weights,
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            hashed=self.oov_method == "farmhash",
            key=hash_key(salt, "IntegerLookup"),
        )
