"""The decorator that turns checks into tests; light, as every run of pytest imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def conformance(*checks: Iterable[Any]) -> Callable[[F], F]:
    """Makes a test function run once for each check; pytest does the rest.

    Args:
        *checks: what `check_layer` and its sisters give.

    Example:
        >>> from kcore.testing import Check
        >>> @conformance([Check("true", "True is true.", lambda: None)])
        ... def test_it(check): ...
        >>> len(test_it.kcore_checks)
        1
    """
    every = [check for group in checks for check in group]

    def decorate(function: F) -> F:
        function.kcore_checks = every  # type: ignore[attr-defined]
        return function

    return decorate
