"""kdatasets: data sets as numpy arrays, verified, cached, with no framework.

Each data set is a module with `load_data()` and `CARD`:

    >>> from kdatasets import digits
    >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
    >>> x_train.shape, y_test.shape
    ((1437, 8, 8), (360,))

Modules are imported at their first use, so `import kdatasets` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        boston_housing,
        california_housing,
        cifar10,
        cifar100,
        digits,
        fashion_mnist,
        imdb,
        mnist,
        reuters,
    )
    from .card import ArrayCard, Card
    from .errors import DatasetError, FormatError, UnavailableError
    from .source import RemoteFile, fetch

__all__ = [
    "ArrayCard",
    "Card",
    "DatasetError",
    "FormatError",
    "RemoteFile",
    "UnavailableError",
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "fetch",
    "imdb",
    "mnist",
    "reuters",
]

_OWNERS = {
    "ArrayCard": "card",
    "Card": "card",
    "DatasetError": "errors",
    "FormatError": "errors",
    "RemoteFile": "source",
    "UnavailableError": "errors",
    "fetch": "source",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"The module kdatasets has no attribute {name!r}.")
    owner = import_module(f"{__name__}.{_OWNERS.get(name, name)}")
    value = getattr(owner, name) if name in _OWNERS else owner
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
