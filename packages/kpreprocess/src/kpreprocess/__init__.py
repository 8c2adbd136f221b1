"""kpreprocess: text, sequences and images made ready for networks. Numpy in, numpy out.

    >>> from kpreprocess.sequence import pad_sequences
    >>> pad_sequences([[1, 2], [3]])
    array([[1, 2],
           [0, 3]], dtype=int32)

Modules are imported at their first use, so `import kpreprocess` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import arrays, image, sequence, text
    from .arrays import to_categorical
    from .image import ImageDataGenerator, ImageFileError
    from .sequence import pad_sequences
    from .text import Tokenizer

__all__ = [
    "ImageDataGenerator",
    "ImageFileError",
    "Tokenizer",
    "arrays",
    "image",
    "pad_sequences",
    "sequence",
    "text",
    "to_categorical",
]

_OWNERS = {
    "ImageDataGenerator": "image",
    "ImageFileError": "image",
    "Tokenizer": "text",
    "pad_sequences": "sequence",
    "to_categorical": "arrays",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"The module kpreprocess has no attribute {name!r}.")
    owner = import_module(f"{__name__}.{_OWNERS.get(name, name)}")
    value = getattr(owner, name) if name in _OWNERS else owner
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
