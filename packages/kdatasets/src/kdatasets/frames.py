"""Numpy columns as a pandas table; pandas is asked for only here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .split import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["to_frame"]


def to_frame(caller: str, names: Sequence[str], x: Array, y: Array) -> pd.DataFrame:
    """Make a table of features and target.

    Args:
        caller: Public function to name in an error.
        names: Column names of `x`.
        x: Features.
        y: Targets; their column is called 'target'.

    Shapes:
        x: (n, features); y: (n,).

    Returns:
        A DataFrame with `len(names) + 1` columns, x's dtype kept.

    Raises:
        ModuleNotFoundError: If pandas is not installed.

    Example:
        >>> import numpy as np
        >>> to_frame("f", ["a"], np.ones((2, 1)), np.ones(2)).shape  # doctest: +SKIP
        (2, 2)
    """
    try:
        import pandas as pd  # optional: arrays need no pandas
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"kdatasets.{caller} returns a pandas DataFrame, but pandas is not installed. "
            f"Install it with: pip install pandas - or use load_data(), which needs numpy only."
        ) from error
    frame = pd.DataFrame(x, columns=list(names))
    frame["target"] = y
    return frame
