"""A batch as the tuple that steps of training take."""

from __future__ import annotations

from typing import Any

from kcore.errors import DataError


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch as a tuple without its missing end.

    Args:
        x: inputs.
        y: targets.
        sample_weight: weights.

    Returns:
        (x, y, sample_weight) or (x, y); without both x alone, as a tuple of one if x is itself a
        tuple or list.

    Example:
        >>> pack_x_y_sample_weight(1, 2)
        (1, 2)
    """
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of a batch; None for those it has not.

    Args:
        data: inputs, or a tuple or list (x,), (x, y) or (x, y, sample_weight).

    Raises:
        DataError: if the tuple has another length.

    Example:
        >>> unpack_x_y_sample_weight((1, 2))
        (1, 2, None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise DataError(
            "unpack_x_y_sample_weight expects (x,), (x, y) or (x, y, sample_weight); received a "
            f"{type(data).__name__} of {len(data)}."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight
