"""Iris: 150 flowers of three kinds, four measures each."""

from __future__ import annotations

import io
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from kdatasets import ArrayCard, Card

Split = tuple[tuple[npt.NDArray[Any], npt.NDArray[Any]], tuple[npt.NDArray[Any], npt.NDArray[Any]]]

CLASS_NAMES = ("setosa", "versicolor", "virginica")
CARD = Card(
    name="iris",
    summary="Flowers of three kinds of iris, four measures each.",
    train=120,
    test=30,
    x=ArrayCard("(n, feature=4)", "float32", "0.1 to 7.9 cm"),
    y=ArrayCard("(n,)", "uint8", "class 0 to 2"),
    classes=CLASS_NAMES,
    licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    source="UCI Machine Learning Repository, https://archive.ics.uci.edu/dataset/53",
    citation="R. A. Fisher, Iris, 1936, https://doi.org/10.24432/C56C76",
)


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the flowers, shuffled by a seed and split.

    Args:
        test_split: Share of the 150 flowers kept for testing, in [0, 1]. Default 0.2.
        seed: Seed of the order. Default 113.

    Shapes:
        x: (n, feature=4), float32: length and width of sepal and petal in cm; y: (n,), uint8.

    Returns:
        ((x_train, y_train), (x_test, y_test)).
    """
    text = files("iris_dataset").joinpath("iris.csv").read_text("ascii")
    table = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, dtype="float32")
    order = np.random.default_rng(seed).permutation(len(table))
    x, y = table[order, :4], table[order, 4].astype("uint8")
    border = round(len(x) * (1 - test_split))
    return (x[:border], y[:border]), (x[border:], y[border:])
