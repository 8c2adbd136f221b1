"""Optical digits: 1,797 handwritten digits as 8x8 grey images, part of this package.

Forms filled in by 43 people were scanned to 32x32 bitmaps; each pixel here counts the ink in one
4x4 block. These are the writers of the test part (13 of the 43) of the data set at UCI.

Licence: Creative Commons Attribution 4.0 (CC BY 4.0); cite as `CARD.citation` says.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from .card import ArrayCard, Card
from .embedded import embedded_bytes
from .frames import to_frame
from .split import Array, Split, shuffled_split

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CARD", "CLASS_NAMES", "as_frame", "load_data"]

CLASS_NAMES = tuple("0123456789")

CARD = Card(
    name="digits",
    summary="Optical recognition of handwritten digits, 8x8 grey images.",
    train=1437,
    test=360,
    x=ArrayCard("(n, height=8, width=8)", "uint8", "0 (paper) to 16 (ink)"),
    y=ArrayCard("(n,)", "uint8", "class 0 to 9"),
    classes=CLASS_NAMES,
    licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    source="UCI Machine Learning Repository, https://archive.ics.uci.edu/dataset/80",
    citation=(
        "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, "
        "UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49"
    ),
)


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the digits, shuffled by a seed and split.

    Args:
        test_split: Share of the 1,797 images kept for testing, in [0, 1]. Default 0.2.
        seed: Seed of the order, 0 to 2**32 - 1. Default 113.

    Shapes:
        x: (n, height=8, width=8), uint8, 0 (paper) to 16 (ink); divide by 16 to scale.
        y: (n,), uint8, 0 to 9 - the type of the labels of mnist.

    Returns:
        ((x_train, y_train), (x_test, y_test)): 1,437 and 360 images by default.

    Raises:
        ValueError: If `test_split` lies outside [0, 1].

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_train.dtype.name, int(x_train.max())
        ((1437, 8, 8), 'uint8', 16)
    """
    x, y = _arrays()
    return shuffled_split(x, y, test_split, seed)


def as_frame() -> pd.DataFrame:
    """All digits as one table, in the order of the original file.

    Returns:
        A pandas DataFrame of 1,797 rows: pixel_0_0 to pixel_7_7 (row, column) and target.

    Raises:
        ModuleNotFoundError: If pandas is not installed.

    Example:
        >>> as_frame().shape  # doctest: +SKIP
        (1797, 65)
    """
    x, y = _arrays()
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    return to_frame("digits.as_frame", names, x.reshape(len(x), -1), y)


def _arrays() -> tuple[Array, Array]:
    with np.load(io.BytesIO(embedded_bytes("digits.npz")), allow_pickle=False) as archive:
        return archive["x"], archive["y"]
