"""Table of the data sets for the plugin host. Imports the marker and nothing else."""

from __future__ import annotations

import pluggy

__all__ = ["kcore_commands", "kcore_components"]

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


@hookimpl
def kcore_commands() -> list[tuple[str, str]]:
    """The command `kcore datasets`, which is `python -m kdatasets`.

    Returns:
        One row of (name, target).

    Example:
        >>> kcore_commands()
        [('datasets', 'kdatasets.command:datasets')]
    """
    return [("datasets", "kdatasets.command:datasets")]
