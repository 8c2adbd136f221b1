"""The first layers against Keras 3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_twin import compare_layer, compare_precisions
from twins import numbers

ROWS, STEPS, IMAGES = numbers(4, 3), numbers(2, 5, 3), numbers(2, 6, 5, 4)

CASES: dict[str, tuple[Any, Any]] = {
    "Activation": (lambda m: m.Activation("relu"), ROWS),
    "BatchNormalization": (lambda m: m.BatchNormalization(momentum=0.7), IMAGES),
    "BatchNormalization rows": (lambda m: m.BatchNormalization(center=False), ROWS),
    "Conv2D": (lambda m: m.Conv2D(4, (3, 2), (2, 1), "same", activation="tanh"), IMAGES),
    "Conv2D groups": (lambda m: m.Conv2D(4, 3, groups=2, dilation_rate=2), IMAGES),
    "Dense": (lambda m: m.Dense(4, "tanh"), ROWS),
    "Dense steps": (lambda m: m.Dense(4, use_bias=False), STEPS),
    "Embedding": (lambda m: m.Embedding(7, 3, mask_zero=True), np.array([[1, 2, 0], [6, 0, 0]])),
    "Flatten": (lambda m: m.Flatten(), IMAGES),
    "LSTM": (lambda m: m.LSTM(3, return_sequences=True), STEPS),
    "Reshape": (lambda m: m.Reshape((-1, 2)), IMAGES),
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name: str) -> None:
    make, inputs = CASES[name]
    compare_layer(make, inputs)


def test_mask_through_lstm() -> None:
    mask = np.array([[True, True, False, True, False], [False, True, True, False, False]])
    compare_layer(lambda m: m.LSTM(3, return_sequences=True), STEPS, mask=mask)
    compare_layer(lambda m: m.LSTM(3, return_state=True), STEPS, mask=mask)


def test_precisions() -> None:
    compare_precisions(lambda m, policy: m.Dense(4, dtype=policy), ROWS)
    compare_precisions(lambda m, policy: m.Conv2D(4, 3, dtype=policy), IMAGES)
    # pure bfloat16 left out: Keras' orthogonal initializer has no kernel for it
    compare_precisions(
        lambda m, policy: m.LSTM(4, dtype=policy),
        STEPS,
        policies=("float64", "float16", "mixed_bfloat16"),
    )
