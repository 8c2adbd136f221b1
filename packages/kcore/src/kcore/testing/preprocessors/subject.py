"""PreprocessorSubject: a preprocessing function under test, with data for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from kcore.errors import ConfigurationError
from kcore.testing.subject import Subject


class PreprocessorSubject(Subject):
    """A preprocessing function under test.

    Args:
        function: the function.
        arguments: of a call that works, the data first.
        options: its named arguments.

    Raises:
        ConfigurationError: if there are no arguments.
    """

    kind = "preprocessor"

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        super().__init__(lambda: function)
        self.name = getattr(function, "__name__", type(function).__name__)
        if not arguments:
            raise ConfigurationError(
                f"check_preprocessor({self.name}) needs the arguments of a call that works."
            )
        self.function = function
        self.arguments = arguments
        self.options = options

    def run(self) -> Any:
        """What the function gives for fresh copies of the arguments."""
        return self.function(*copy.deepcopy(self.arguments), **copy.deepcopy(self.options))
