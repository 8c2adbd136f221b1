"""The checks that every layer must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing import configured
from kcore.testing.check import Check, bind
from kcore.testing.layers import computing, configuration, models, shapes, weights
from kcore.testing.layers.subject import LayerSubject

_MODULES = (configured, configuration, shapes, weights, computing, models)


def check_layer(
    make: Callable[[], Any],
    input_shape: Any,
    input_dtype: str = "float32",
    *,
    largest: int = 9,
    call: Mapping[str, Any] | None = None,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every layer must pass, one small named thing each.

    Args:
        make: makes the layer, a new one at each call: `lambda: Gated(4)`.
        input_shape: of an input, without the batch; a list or dict of them for several inputs.
        input_dtype: of the inputs.
        largest: inputs of whole numbers are below it.
        call: further arguments of each call of the layer.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check.

    Example:
        >>> from kcore import Layer
        >>> class Same(Layer):
        ...     def call(self, inputs):
        ...         return inputs
        >>> next(iter(check_layer(Same, (3,)))).name
        'config_is_plain_data'
    """

    def subject() -> LayerSubject:
        return LayerSubject(make, input_shape, input_dtype, largest, dict(call or {}))

    return bind(_MODULES, subject, known_failures)
