"""Boston housing: 506 census tracts of 1970, 13 features, median house value. Part of this package.

Ethical note. The column B is 1000 (Bk - 0.63)**2 with Bk the share of Black residents: the data
assume that segregation raises house prices, and the paper behind them was not written to study
that. Several libraries dropped the data set for this reason. It is here so that old code and old
results can be checked; do not teach with it as if it were neutral, and prefer
`kdatasets.california_housing` for new work.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import numpy as np

from .archive import read_npz
from .card import ArrayCard, Card
from .embedded import embedded_bytes
from .frames import to_frame
from .source import local_file
from .split import Array, Split, shuffled_split

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CARD", "FEATURE_NAMES", "as_frame", "load_data"]

FEATURE_NAMES = (
    "CRIM",
    "ZN",
    "INDUS",
    "CHAS",
    "NOX",
    "RM",
    "AGE",
    "DIS",
    "RAD",
    "TAX",
    "PTRATIO",
    "B",
    "LSTAT",
)
DEFAULT_PATH = "boston_housing.npz"

CARD = Card(
    name="boston_housing",
    summary="Median house values of 506 Boston census tracts in 1970, 13 features.",
    train=404,
    test=102,
    x=ArrayCard("(n, feature=13)", "float64", "units differ by feature, unscaled"),
    y=ArrayCard("(n,)", "float64", "5 to 50 thousand dollars of 1970, cut at 50"),
    licence="no restriction stated by StatLib",
    source="StatLib, Carnegie Mellon University, http://lib.stat.cmu.edu/datasets/boston",
    citation=(
        "D. Harrison and D. L. Rubinfeld, Hedonic prices and the demand for clean air, "
        "J. Environ. Economics and Management 5, 81-102, 1978"
    ),
    notes=(
        "The column B encodes the share of Black residents and assumes that segregation raises "
        "prices; kept to check old results, prefer california_housing."
    ),
)


def load_data(
    path: str | os.PathLike[str] = DEFAULT_PATH, test_split: float = 0.2, seed: int = 113
) -> Split:
    """Load the 506 rows, shuffled by a seed and split; by default the very split of Keras.

    Read the module's ethical note before using this data set.

    Args:
        path: A file of your own in Keras' layout (npz with `x` and `y`); the default stands for
            the numbers inside this package.
        test_split: Share of the rows kept for testing, in [0, 1]. Default 0.2.
        seed: Seed of the order, 0 to 2**32 - 1. Default 113.

    Shapes:
        x: (n, feature=13), float64, in the order of FEATURE_NAMES.
        y: (n,), float64, thousand dollars of 1970.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 404 and 102 rows by default.

    Raises:
        ValueError: If `test_split` lies outside [0, 1].
        FileNotFoundError: If `path` names a file that does not exist.
        FormatError: If that file does not hold what it should.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_test.shape
        ((404, 13), (102, 13))
    """
    own = local_file(path, DEFAULT_PATH)
    x, y = _arrays() if own is None else read_npz(own, {"x": (None, 13), "y": (None,)})
    return shuffled_split(x, y, test_split, seed)


def as_frame() -> pd.DataFrame:
    """All rows as one table, in the order of the original file.

    Returns:
        A pandas DataFrame of 506 rows: the 13 features and target.

    Raises:
        ModuleNotFoundError: If pandas is not installed.

    Example:
        >>> as_frame().shape  # doctest: +SKIP
        (506, 14)
    """
    return to_frame("boston_housing.as_frame", FEATURE_NAMES, *_arrays())


def _arrays() -> tuple[Array, Array]:
    text = io.StringIO(embedded_bytes("boston_housing.csv").decode("ascii"))
    table = np.loadtxt(text, delimiter=",", skiprows=1)
    return np.ascontiguousarray(table[:, :-1]), table[:, -1].copy()
