"""Preprocessing of images, from whatever is installed.

Example:
    >>> from kcore.preprocessing.image import load_img  # doctest: +SKIP
"""

from __future__ import annotations

from kcore.facades import facade

__getattr__, __dir__ = facade(__name__, "preprocessor", prefix="image.")
