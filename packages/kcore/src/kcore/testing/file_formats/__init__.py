"""The checks that every file format must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing.check import Check, bind
from kcore.testing.file_formats import files
from kcore.testing.file_formats.subject import FormatSubject


def check_file_format(
    make: Callable[[], Any],
    suffix: str,
    *,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every file format must pass, one small named thing each.

    Args:
        make: makes the format, an object with `save`, `load`, `save_weights`, `load_weights`.
        suffix: of its files, without the dot.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check.

    Example:
        >>> from kcore.saving.formats.keras_zip import KerasZip
        >>> next(check_file_format(KerasZip, "keras")).name
        'has_all_methods'
    """
    return bind((files,), lambda: FormatSubject(make, suffix), known_failures)
