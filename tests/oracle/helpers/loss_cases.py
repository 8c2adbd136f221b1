"""Losses with their targets and predictions, compared with those of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
from twins import classes, numbers, one_hot

TARGETS: dict[str, Any] = {
    "real": numbers(9, 4, seed=1),
    "positive": numbers(9, 4, seed=1, low=0.1, high=3.0),
    "binary": classes(2, 9, 4).astype("float32"),
    "one hot": one_hot(classes(4, 9), 4),
    "class": classes(4, 9),
}
PREDICTIONS: dict[str, Any] = {
    "real": numbers(9, 4, seed=2, low=-3.0, high=3.0),
    "positive": numbers(9, 4, seed=2, low=0.1, high=3.0),
    "probability": numbers(9, 4, seed=2, low=0.01, high=0.99),
}
PREDICTIONS["softmax"] = PREDICTIONS["probability"] / PREDICTIONS["probability"].sum(-1)[:, None]
PREDICTIONS["unit"] = PREDICTIONS["real"] / np.linalg.norm(PREDICTIONS["real"], axis=-1)[:, None]

LOSSES: list[tuple[str, dict[str, Any], str, str]] = [
    ("MeanSquaredError", {}, "real", "real"),
    ("MeanAbsoluteError", {}, "real", "real"),
    ("MeanAbsolutePercentageError", {}, "real", "real"),
    ("MeanSquaredLogarithmicError", {}, "positive", "positive"),
    ("Huber", {}, "real", "real"),
    ("Huber", {"delta": 0.3}, "real", "real"),
    ("LogCosh", {}, "real", "real"),
    ("Hinge", {}, "binary", "real"),
    ("SquaredHinge", {}, "binary", "real"),
    ("CategoricalHinge", {}, "one hot", "real"),
    ("CosineSimilarity", {}, "real", "real"),
    ("Poisson", {}, "positive", "positive"),
    ("KLDivergence", {}, "one hot", "softmax"),
    ("BinaryCrossentropy", {}, "binary", "probability"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary", "real"),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary", "probability"),
    ("CategoricalCrossentropy", {}, "one hot", "softmax"),
    ("CategoricalCrossentropy", {}, "one hot", "probability"),
    ("CategoricalCrossentropy", {"from_logits": True}, "one hot", "real"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one hot", "softmax"),
    ("SparseCategoricalCrossentropy", {}, "class", "softmax"),
    ("SparseCategoricalCrossentropy", {}, "class", "probability"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "class", "real"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "class", "softmax"),
    ("BinaryFocalCrossentropy", {}, "binary", "probability"),
    ("BinaryFocalCrossentropy", {"gamma": 0.0}, "binary", "probability"),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, "binary", "real"),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "gamma": 3.0, "label_smoothing": 0.1},
        "binary",
        "probability",
    ),
    ("CategoricalFocalCrossentropy", {}, "one hot", "softmax"),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, "one hot", "real"),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 0.5, "label_smoothing": 0.1},
        "one hot",
        "probability",
    ),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, "class", "softmax"),
    ("Circle", {"gamma": 2.0, "margin": 0.2}, "class", "unit"),
    ("Circle", {"gamma": 3.0, "remove_diagonal": False}, "class", "unit"),
    ("Dice", {"axis": (1,)}, "binary", "probability"),
    ("Tversky", {"alpha": 0.3, "beta": 0.9, "axis": (1,)}, "binary", "probability"),
]
WEIGHTS = numbers(9, seed=4, low=0.0, high=2.0)
IDS = [f"{name}-{'-'.join(map(str, options))}-{pred}" for name, options, _, pred in LOSSES]
