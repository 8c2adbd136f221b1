"""How the data set is tried. Needs kcore, which the data set itself does not."""

from __future__ import annotations

from collections.abc import Iterator

from iris_dataset import iris as dataset
from kcore.testing import Check, check_dataset


def iris() -> Iterator[Check]:
    """The checks of iris."""
    return check_dataset(dataset)
