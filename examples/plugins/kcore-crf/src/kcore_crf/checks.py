"""How the components are tried: by `kcore check kcore-crf` and by the tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kcore.testing import Check, check_layer, check_loss, check_metric
from kcore_crf.layers import CRF, Viterbi
from kcore_crf.loss import CRFNegativeLogLikelihood
from kcore_crf.metric import CRFAccuracy


def crf() -> Iterator[Check]:
    """The checks of CRF."""
    return check_layer(lambda: CRF(3), input_shape=(4, 5))


def viterbi() -> Iterator[Check]:
    """The checks of Viterbi."""
    return check_layer(Viterbi, input_shape=(4, 3, 3))


def data() -> tuple[Any, Any]:
    """Tags and scores of 6 sequences of 4 steps with 3 tags."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 3, (6, 4)), rng.normal(size=(6, 4, 3, 3)).astype("float32")


def loss() -> Iterator[Check]:
    """The checks of CRFNegativeLogLikelihood."""
    return check_loss(CRFNegativeLogLikelihood, *data())


def metric() -> Iterator[Check]:
    """The checks of CRFAccuracy."""
    return check_metric(CRFAccuracy, *data())
