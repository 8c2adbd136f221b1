"""The checks that every preprocessing function must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing.check import Check, bind
from kcore.testing.preprocessors import calling
from kcore.testing.preprocessors.subject import PreprocessorSubject


def check_preprocessor(
    function: Callable[..., Any],
    *arguments: Any,
    options: Mapping[str, Any] | None = None,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every preprocessing function must pass, one small named thing each.

    Args:
        function: takes data and gives arrays, lists or words.
        *arguments: of a call that works, the data first.
        options: named arguments of that call; with a seed where the function draws at random.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check, or there are no arguments.

    Example:
        >>> next(check_preprocessor(sorted, [3, 1])).name
        'calls_repeat'
    """

    def subject() -> PreprocessorSubject:
        return PreprocessorSubject(function, arguments, dict(options or {}))

    return bind((calling,), subject, known_failures)
