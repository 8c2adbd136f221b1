"""The checks that every data set must pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kcore.testing.check import Check, bind
from kcore.testing.datasets import loading
from kcore.testing.datasets.subject import DatasetSubject


def check_dataset(
    dataset: Any,
    *,
    options: Mapping[str, Any] | None = None,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every data set must pass, one small named thing each.

    Args:
        dataset: module or object with `load_data()` and, if it has one, the record `CARD`.
        options: arguments of `load_data`; the card's counts are compared where there are none.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check, or there is no `load_data`.

    Example:
        >>> class Empty:
        ...     def load_data(self): ...
        >>> next(check_dataset(Empty())).name
        'two_pairs_of_arrays'
    """

    def subject() -> DatasetSubject:
        return DatasetSubject(dataset, dict(options or {}))

    return bind((loading,), subject, known_failures)
