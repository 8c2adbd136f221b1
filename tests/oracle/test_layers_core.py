"""Core, merging, noise and activation layers against Keras 3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf_keras
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import klayers

ROWS, STEPS, IMAGES = numbers(4, 3), numbers(2, 5, 3), numbers(2, 4, 5, 3)
MASK = np.array([[True, True, False, True, False], [False, True, True, False, False]])
OTHER = np.array([[True, False, False, True, True], [False, False, True, True, False]])
HOLES = np.where(numbers(2, 5, 1, seed=9) > 0, STEPS, 0.0).astype("float32")

CASES: dict[str, tuple[Any, Any]] = {
    "ActivityRegularization": (lambda m: m.ActivityRegularization(0.1, 0.2), ROWS),
    "Average": (lambda m: m.Average(), [STEPS, 2 * STEPS, numbers(2, 5, 3, seed=3)]),
    "Average ranks": (lambda m: m.Average(), [STEPS, numbers(2, 3)]),
    "Dot": (lambda m: m.Dot(1), [ROWS, 2 * ROWS]),
    "Dot cosine": (lambda m: m.Dot(-1, normalize=True), [ROWS, numbers(4, 3, seed=5)]),
    "Dot steps": (lambda m: m.Dot((2, 1)), [STEPS, numbers(2, 3, 4)]),
    "Dot images": (lambda m: m.Dot((1, 2)), [numbers(2, 4, 3), numbers(2, 5, 4)]),
    "ELU": (lambda m: m.ELU(0.7), STEPS),
    "Identity": (lambda m: m.Identity(), STEPS),
    "LeakyReLU": (lambda m: m.LeakyReLU(), STEPS),
    "LeakyReLU 0.1": (lambda m: m.LeakyReLU(0.1), STEPS),
    "Masking": (lambda m: m.Masking(), HOLES),
    "Masking value": (lambda m: m.Masking(0.5), np.where(HOLES == 0, 0.5, HOLES)),
    "Maximum": (lambda m: m.Maximum(), [STEPS, -STEPS, numbers(2, 5, 3, seed=3)]),
    "Minimum": (lambda m: m.Minimum(), [STEPS, numbers(2, 1, 3, seed=3)]),
    "Multiply": (lambda m: m.Multiply(), [STEPS, numbers(2, 5, 3, seed=3)]),
    "Multiply ranks": (lambda m: m.Multiply(), [IMAGES, numbers(2, 3)]),
    "PReLU": (lambda m: m.PReLU(), STEPS),
    "PReLU shared": (lambda m: m.PReLU(shared_axes=[1, 2]), IMAGES),
    "Permute": (lambda m: m.Permute((3, 1, 2)), IMAGES),
    "ReLU": (lambda m: m.ReLU(), STEPS),
    "ReLU limits": (lambda m: m.ReLU(0.8, 0.2, 0.1), STEPS),
    "RepeatVector": (lambda m: m.RepeatVector(4), ROWS),
    "Softmax": (lambda m: m.Softmax(), STEPS),
    "Softmax axis": (lambda m: m.Softmax(axis=1), STEPS),
    "Softmax axes": (lambda m: m.Softmax(axis=[1, 2]), STEPS),
    "Subtract": (lambda m: m.Subtract(), [STEPS, numbers(2, 5, 3, seed=3)]),
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name: str) -> None:
    make, inputs = CASES[name]
    compare_layer(make, inputs)


def test_thresholded_relu_of_earlier_keras() -> None:
    compare_layer(lambda m: m.ThresholdedReLU(theta=0.3), STEPS, peer=tf_keras.layers)


@pytest.mark.parametrize("name", ["GaussianNoise", "GaussianDropout", "AlphaDropout"])
def test_noise_is_nothing_outside_training(name: str) -> None:
    compare_layer(lambda m: getattr(m, name)(0.5), STEPS, train=False, mask=MASK)


@pytest.mark.parametrize("name", ["Add", "Multiply", "Average", "Maximum"])
def test_masks_of_joins(name: str) -> None:
    for masks in ([MASK, OTHER], [MASK, None], [None, None]):
        compare_layer(lambda m: getattr(m, name)(), [STEPS, STEPS], mask=masks)


@pytest.mark.parametrize("name", ["Add", "Multiply", "Average", "Maximum", "Minimum"])
def test_joins_leave_masked_steps_to_the_others(name: str) -> None:
    others = [STEPS, numbers(2, 5, 3, seed=4), numbers(2, 5, 3, seed=5)]
    for masks in ([MASK, OTHER, MASK], [MASK, None, OTHER], [None, OTHER, None]):
        compare_layer(lambda m: getattr(m, name)(), others, mask=masks)


def test_masks_of_joins_in_earlier_keras() -> None:
    theirs = tf_keras.layers.Add()
    ours = klayers.Add(mask_reduction="all")
    expected = theirs.compute_mask([STEPS, STEPS], [MASK, OTHER])
    found = ours.compute_mask([STEPS, STEPS], [MASK, OTHER])
    np.testing.assert_array_equal(found, expected)


def test_masks_through_concatenate() -> None:
    compare_layer(lambda m: m.Concatenate(1), [STEPS, STEPS], mask=[MASK, OTHER])
    compare_layer(lambda m: m.Concatenate(), [STEPS, STEPS], mask=[MASK, OTHER])
    for axis in (1, -1):
        for masks in ([MASK, None], [None, OTHER], [None, None]):
            compare_layer(lambda m, axis=axis: m.Concatenate(axis), [STEPS, STEPS], mask=masks)
    compare_layer(lambda m: m.Concatenate(1), [STEPS, STEPS[:, :2]], mask=[None, MASK[:, :2]])


def test_softmax_leaves_masked_parts_out() -> None:
    mask = numbers(2, 5, 3, seed=7) > -0.5
    compare_layer(lambda m: m.Softmax(), STEPS, call={"mask": mask})
    mask[0, 1] = False  # nothing is left there
    compare_layer(lambda m: m.Softmax(), STEPS, call={"mask": mask})
    compare_layer(lambda m: m.Softmax(axis=[1, 2]), STEPS, call={"mask": mask})


def test_precisions() -> None:
    compare_precisions(lambda m, policy: m.PReLU(dtype=policy), STEPS)
    compare_precisions(lambda m, policy: m.Softmax(dtype=policy), STEPS)
    compare_precisions(lambda m, policy: m.Average(dtype=policy), [STEPS, 2 * STEPS])
    compare_precisions(lambda m, policy: m.Dot(2, dtype=policy), [STEPS, STEPS])
