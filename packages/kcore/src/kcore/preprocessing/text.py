"""Preprocessing of text, from whatever is installed.

Example:
    >>> from kcore.preprocessing.text import Tokenizer  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(__name__, "preprocessor", prefix="text.")
