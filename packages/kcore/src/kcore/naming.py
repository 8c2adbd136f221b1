"""Automatic names: `dense`, `dense_1`, ... counted by prefix in one process."""

from __future__ import annotations

import re
import threading
from collections import Counter

from kcore.errors import ConfigurationError, shown

_lock = threading.Lock()
_counts: Counter[str] = Counter()


def snake_case(name: str) -> str:
    """The class name as Keras writes it in layer names.

    Example:
        >>> snake_case("MaxPooling2D"), snake_case("LSTM"), snake_case("PReLU")
        ('max_pooling2d', 'lstm', 'p_re_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique(prefix: str) -> str:
    """The prefix, with the number of earlier uses behind it from the second use on."""
    with _lock:
        count = _counts[prefix]
        _counts[prefix] += 1
    return prefix if count == 0 else f"{prefix}_{count}"


def reset() -> None:
    """Forgets all counts."""
    with _lock:
        _counts.clear()


def check(name: str, owner: str) -> str:
    """The name, if it can serve as part of a path in a file and of a TensorFlow scope.

    Raises:
        ConfigurationError: if it is empty, is no string, or holds `/`, a backslash, NUL or is `..`.
    """
    if (
        not isinstance(name, str)
        or not name
        or name in (".", "..")
        or re.search(r"[/\\\x00]", name)
    ):
        raise ConfigurationError(
            f"{owner}: name must be a non-empty string without '/', '\\' or NUL; received "
            f"{shown(name)}."
        )
    return name
