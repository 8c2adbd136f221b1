"""Table of the data sets for the plugin host. Imports the marker and nothing else."""

from __future__ import annotations

import pluggy

__all__ = ["kcore_components"]

hookimpl = pluggy.HookimplMarker("kcore")

NAMES = (
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target) of this package's data sets.

    A target is a module with `load_data()` and `CARD`.

    Returns:
        One row a data set.

    Example:
        >>> ("dataset", "mnist", "kdatasets.mnist") in kcore_components()
        True
    """
    return [("dataset", name, f"kdatasets.{name}") for name in NAMES]
