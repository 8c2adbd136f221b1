"""The data set is found by its name and is what its card says."""

from __future__ import annotations

from typing import Any

import numpy as np
from iris_dataset import checks
from iris_dataset.iris import load_data

from kcore.testing import check_plugin, conformance
from kdatasets.catalogue import find


@conformance(checks.iris())
def test_conformance(check: Any) -> None:
    assert check.says


@conformance(check_plugin("iris"))
def test_the_plugin(check: Any) -> None:
    assert check.says


def test_iris() -> None:
    card = find("iris").CARD
    (x_train, y_train), (x_test, y_test) = load_data()
    assert (len(x_train), len(x_test)) == (card.train, card.test)
    assert (x_train.dtype, y_train.dtype) == (card.x.dtype, card.y.dtype)
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [50, 50, 50]
    assert x_test.min() > 0
