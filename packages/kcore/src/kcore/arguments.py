"""Checks of constructor arguments that several families share."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any

from kcore.errors import ConfigurationError, nearest


def number(
    value: Any,
    name: str,
    owner: str,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
) -> float:
    """The value as a float, if it is a finite number within its bounds.

    Args:
        value: what the user gave.
        name: of the argument.
        owner: of the argument, for the error.
        low: smallest allowed value.
        high: largest allowed value.
        above: a bound that the value must exceed.

    Raises:
        ConfigurationError: if it is no number, or out of bounds.

    Example:
        >>> number(3, "delta", "Huber", above=0)
        3.0
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    fits = real and (
        math.isfinite(value)
        and (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
    )
    if not fits:
        raise ConfigurationError(
            f"{owner}: {name} must be a finite number{_bounds(low, high, above)}; received "
            f"{value!r}."
        )
    return float(value)


def _bounds(low: float | None, high: float | None, above: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if above is not None:
        return f" above {above:g}" + ("" if high is None else f", at most {high:g}")
    if low is not None:
        return f" of at least {low:g}"
    return "" if high is None else f" of at most {high:g}"


def whole(value: Any, name: str, owner: str, low: int) -> int:
    """The value as an int, if it is a whole number of at least `low`.

    Raises:
        ConfigurationError: if it is not.

    Example:
        >>> whole(3, "k", "TopKCategoricalAccuracy", 1)
        3
    """
    integral = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not integral or value < low:
        raise ConfigurationError(
            f"{owner}: {name} must be a whole number of at least {low}; received {value!r}."
        )
    return int(value)


def choice(value: Any, name: str, owner: str, allowed: Sequence[Any]) -> Any:
    """The value, if it is one of those allowed.

    Raises:
        ConfigurationError: if it is not; the nearest are proposed.

    Example:
        >>> choice("ROC", "curve", "AUC", ("ROC", "PR"))
        'ROC'
    """
    if value not in allowed:
        near = nearest(value, [a for a in allowed if a]) if isinstance(value, str) else ""
        listed = ", ".join(repr(a) for a in allowed)
        text = f"{owner}: {name} must be one of {listed}; received {value!r}. {near}"
        raise ConfigurationError(text.strip())
    return value
