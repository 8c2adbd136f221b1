"""Preprocessing of text, sequences and images: numpy in, numpy out.

Example:
    >>> from kcore.preprocessing.text import Tokenizer  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(
    __name__, own={name: f"{__name__}.{name}" for name in ("image", "sequence", "text")}
)
