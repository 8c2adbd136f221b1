"""California housing: 20,640 census block groups of 1990, 8 features, median house value.

Public data of the United States Census Bureau.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .archive import read_npz
from .card import ArrayCard, Card
from .frames import to_frame
from .reviews import BASE
from .source import RemoteFile, fetch, local_file
from .split import Array, Split, shuffled_split

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CARD", "FEATURE_NAMES", "as_frame", "load_data"]

FEATURE_NAMES = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)
DEFAULT_PATH = "california_housing.npz"
ROWS = {"large": 20640, "small": 600}

TABLE = RemoteFile(
    "california_housing/california_housing.npz",
    "sha256:1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    743530,
    (BASE + DEFAULT_PATH,),
    keras_names=(DEFAULT_PATH,),
)

CARD = Card(
    name="california_housing",
    summary="Median house values of Californian block groups in 1990, 8 features.",
    train=16512,
    test=4128,
    x=ArrayCard("(n, feature=8)", "float32", "units differ by feature, unscaled"),
    y=ArrayCard("(n,)", "float32", "about 15,000 to 500,001 dollars, cut there"),
    files=(TABLE,),
    licence="public data of the US Census Bureau",
    source="StatLib, https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html; as for Keras",
    citation=(
        "R. Kelley Pace and R. Barry, Sparse Spatial Autoregressions, Statistics and Probability "
        "Letters 33, 291-297, 1997"
    ),
)


def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = DEFAULT_PATH,
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """Load the block groups, shuffled by a seed and split.

    Args:
        version: 'large' (default) for all 20,640 rows, 'small' for the first 600 of the file.
        path: A file of your own in the same layout (npz with `x` and `y`); the default stands
            for the official file.
        test_split: Share of the rows kept for testing, in [0, 1]. Default 0.2.
        seed: Seed of the order, 0 to 2**32 - 1. Default 113.

    Shapes:
        x: (n, feature=8), in the order of FEATURE_NAMES; y: (n,), dollars.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 16,512 and 4,128 rows by default.

    Raises:
        ValueError: If `version` is another word or `test_split` lies outside [0, 1].
        UnavailableError: If no source has the file; says how to get it.
        FileNotFoundError: If `path` names a file that does not exist.
        FormatError: If the file does not hold what it should.

    Example:
        >>> (x_train, y_train), _ = load_data("small")  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (480, 8)
    """
    if version not in ROWS:
        raise ValueError(
            f"california_housing.load_data: version must be one of {sorted(ROWS)}; got {version!r}."
        )
    x, y = _arrays(path)
    return shuffled_split(x[: ROWS[version]], y[: ROWS[version]], test_split, seed)


def as_frame(path: str | os.PathLike[str] = DEFAULT_PATH) -> pd.DataFrame:
    """All rows as one table, in the order of the file.

    Args:
        path: As in `load_data`.

    Returns:
        A pandas DataFrame of 20,640 rows: the 8 features and target.

    Raises:
        ModuleNotFoundError: If pandas is not installed.
        UnavailableError: If no source has the file.

    Example:
        >>> as_frame().shape  # doctest: +SKIP
        (20640, 9)
    """
    return to_frame("california_housing.as_frame", FEATURE_NAMES, *_arrays(path))


def _arrays(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    place = local_file(path, DEFAULT_PATH) or fetch(TABLE)
    x, y = read_npz(place, {"x": (None, 8), "y": (None,)})
    return x, y
