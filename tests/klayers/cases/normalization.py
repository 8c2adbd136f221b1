"""Cases of the conformance tests: layers that normalise."""

from __future__ import annotations

from typing import Any

import klayers as kl

ROW, STEPS, IMAGE = (6,), (5, 6), (4, 5, 6)

# the kernel is replaced by a normalised one at each call in training, outside of the gradient
_REPLACED = {"gradients_are_right": "training replaces the kernel before it is used"}

# name, how to make it, shape of the input without the batch, dtype of the input, and where needed
# further arguments of the call and reasons of known failures
CASES: list[tuple[Any, ...]] = [
    ("batch_norm_plain", lambda: kl.BatchNormalization(synchronized=True), STEPS, "float32"),
    ("layer_norm", lambda: kl.LayerNormalization(), STEPS, "float32"),
    ("layer_norm_axes", lambda: kl.LayerNormalization([1, -1], 1e-2), IMAGE, "float32"),
    ("layer_norm_axis", lambda: kl.LayerNormalization(1, center=False), STEPS, "float32"),
    ("layer_norm_bare", lambda: kl.LayerNormalization(center=False, scale=False), ROW, "float32"),
    ("group_norm", lambda: kl.GroupNormalization(3), IMAGE, "float32"),
    ("group_norm_axis", lambda: kl.GroupNormalization(2, 1, scale=False), IMAGE, "float32"),
    ("group_norm_middle", lambda: kl.GroupNormalization(5, 2), IMAGE, "float32"),
    ("group_norm_instance", lambda: kl.GroupNormalization(-1), STEPS, "float32"),
    ("group_norm_row", lambda: kl.GroupNormalization(2), ROW, "float32"),
    ("rms_norm", lambda: kl.RMSNormalization(), STEPS, "float32"),
    ("rms_norm_axes", lambda: kl.RMSNormalization([1, 2]), STEPS, "float32"),
    (
        "spectral_norm",
        lambda: kl.SpectralNormalization(kl.Dense(4), 2),
        STEPS,
        "float32",
        None,
        _REPLACED,
    ),
    (
        "spectral_norm_conv",
        lambda: kl.SpectralNormalization(kl.Conv2D(3, 2)),
        IMAGE,
        "float32",
        None,
        _REPLACED,
    ),
    ("unit_norm", lambda: kl.UnitNormalization(), STEPS, "float32"),
    ("unit_norm_axes", lambda: kl.UnitNormalization([1, 2]), STEPS, "float32"),
]
