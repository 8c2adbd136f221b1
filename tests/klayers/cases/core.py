"""Cases of the conformance tests: core, merging, noise and activation layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import klayers
from kcore import ops

ROW, STEPS, IMAGE = (5,), (4, 3), (4, 5, 3)

CASES: list[tuple[str, Callable[[], Any], Any, str]] = [
    ("activity_regularization", lambda: klayers.ActivityRegularization(0.1, 0.2), ROW, "float32"),
    ("identity", lambda: klayers.Identity(), STEPS, "float32"),
    ("lambda", lambda: klayers.Lambda(ops.square), STEPS, "float32"),
    ("lambda_shape", lambda: klayers.Lambda(ops.sum, (), arguments={"axis": 1}), ROW, "float32"),
    ("masking", lambda: klayers.Masking(), STEPS, "float32"),
    ("permute", lambda: klayers.Permute((2, 3, 1)), IMAGE, "float32"),
    ("repeat_vector", lambda: klayers.RepeatVector(3), ROW, "float32"),
    ("average", lambda: klayers.Average(), [ROW, ROW, ROW], "float32"),
    ("dot", lambda: klayers.Dot(1), [ROW, ROW], "float32"),
    ("dot_steps", lambda: klayers.Dot((2, 1), normalize=True), [(4, 3), (3, 5)], "float32"),
    ("dot_images", lambda: klayers.Dot((1, -1)), [(4, 2, 3), (6, 4)], "float32"),
    ("maximum", lambda: klayers.Maximum(), [STEPS, STEPS], "float32"),
    ("minimum", lambda: klayers.Minimum(mask_reduction="all"), [STEPS, (1, 3)], "float32"),
    ("multiply", lambda: klayers.Multiply(), [IMAGE, (1, 1, 3)], "float32"),
    ("subtract", lambda: klayers.Subtract(), [STEPS, STEPS], "float32"),
    ("alpha_dropout", lambda: klayers.AlphaDropout(0.3), ROW, "float32"),
    ("gaussian_dropout", lambda: klayers.GaussianDropout(0.3), ROW, "float32"),
    ("gaussian_noise", lambda: klayers.GaussianNoise(0.3), ROW, "float32"),
    ("spatial_dropout_1d", lambda: klayers.SpatialDropout1D(0.3), STEPS, "float32"),
    ("spatial_dropout_2d", lambda: klayers.SpatialDropout2D(0.3), IMAGE, "float32"),
    (
        "spatial_dropout_2d_first",
        lambda: klayers.SpatialDropout2D(0.3, "channels_first"),
        IMAGE,
        "float32",
    ),
    ("spatial_dropout_3d", lambda: klayers.SpatialDropout3D(0.3), (2, 3, 4, 2), "float32"),
    ("elu", lambda: klayers.ELU(0.5), STEPS, "float32"),
    ("leaky_relu", lambda: klayers.LeakyReLU(0.2), STEPS, "float32"),
    ("prelu", lambda: klayers.PReLU("glorot_uniform"), STEPS, "float32"),
    ("prelu_shared", lambda: klayers.PReLU(shared_axes=[1, 2]), IMAGE, "float32"),
    ("relu", lambda: klayers.ReLU(6.0, 0.1, 0.5), STEPS, "float32"),
    ("softmax", lambda: klayers.Softmax(), STEPS, "float32"),
    ("softmax_axes", lambda: klayers.Softmax([1, 2]), STEPS, "float32"),
    ("thresholded_relu", lambda: klayers.ThresholdedReLU(0.3), STEPS, "float32"),
]
