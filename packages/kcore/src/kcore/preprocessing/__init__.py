"""Preprocessing of text, sequences and images: numpy in, numpy out.

Example:
    >>> from kcore.preprocessing.text import Tokenizer  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import Any

from kcore.facades import facade

# also here, as in Keras; not among the names of the facade, so that a star import needs no other
# package
_ALSO = {
    "image_dataset_from_directory": "image",
    "text_dataset_from_directory": "text",
    "timeseries_dataset_from_array": "sequence",
}
_get, __dir__ = facade(
    __name__, own={name: f"{__name__}.{name}" for name in ("image", "sequence", "text")}
)


def __getattr__(name: str) -> Any:
    if name in _ALSO:
        return getattr(importlib.import_module(f"{__name__}.{_ALSO[name]}"), name)
    return _get(name)
