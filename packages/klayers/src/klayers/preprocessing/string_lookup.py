"""StringLookup: text to numbers, by a vocabulary."""

from __future__ import annotations

from typing import Any

from klayers.preprocessing.hashing import hash_key
from klayers.preprocessing.lookup import BaseLookup


class StringLookup(BaseLookup):
    """The number of each piece of text in a vocabulary, or with `invert` the reverse.

    The vocabulary is given, or learnt by `adapt`: frequent tokens first. It is part of the
    configuration, and so of a saved model. Numbers begin with the mask's (for "int", if there is
    one) and those for text that is not in the vocabulary.

    Args:
        max_tokens: largest size of the vocabulary, special tokens included; None for any.
        num_oov_indices: numbers for text that is not in the vocabulary, default 1; with more, a
            hash chooses among them; with 0 such text is an error.
        mask_token: text that stands for nothing: number 0, left out by other modes; default None.
        oov_token: what numbers without a token become with `invert`, default "[UNK]".
        vocabulary: a list of text, or the path of a local file with one token a line. Paths are
            for the constructor only: a configuration that holds one is refused.
        idf_weights: inverse document frequency of each token, for "tf_idf" with a vocabulary.
        invert: whether numbers are turned into text.
        output_mode: "int" (default, int64), "one_hot", "multi_hot", "count" or "tf_idf" (counts
            times inverse document frequency; Spärck Jones, 1972).
        pad_to_max_tokens: whether the output has max_tokens columns whatever the vocabulary.
        sparse: False only.
        encoding: of the text, default "utf-8".
        salt: key of the hash for text that is not in the vocabulary, a whole number or two.
        **kwargs: see Layer.

    Shapes:
        input of any rank; output the same for "int", (..., n, size) for "one_hot" (unless n is 1),
        (..., size) for the others.

    Raises:
        ConfigurationError: if tokens repeat or are too many, or arguments contradict each other.
        NotBuiltError: if called before there is a vocabulary.

    Example:
        >>> StringLookup(vocabulary=["a", "b"])([["b", "x"]]).numpy().tolist()
        [[2, 0]]
    """

    _token_dtype = "string"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.encoding = encoding
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
            encoding=encoding,
            key=hash_key(salt, "StringLookup"),
        )
