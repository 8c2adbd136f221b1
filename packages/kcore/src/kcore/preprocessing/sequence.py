"""Preprocessing of sequences, from whatever is installed.

Example:
    >>> from kcore.preprocessing.sequence import pad_sequences  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(__name__, "preprocessor", prefix="sequence.")
