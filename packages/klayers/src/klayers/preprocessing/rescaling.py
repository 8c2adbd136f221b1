"""Rescaling: numbers times a factor, plus an offset."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import ops
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor
from klayers.preprocessing.base import PreprocessingLayer


def numbers(value: Any, name: str, owner: str) -> Any:
    """A float, or nested lists of floats.

    Raises:
        ConfigurationError: if it holds anything but finite numbers.
    """
    try:
        array = np.asarray(value, dtype="float64")
    except (TypeError, ValueError):
        array = np.asarray(np.nan)
    if not np.isfinite(array).all():
        raise ConfigurationError(
            f"{owner}: {name} must be a finite number or an array of them; received {value!r}."
        )
    return array.tolist()


class Rescaling(PreprocessingLayer):
    """inputs * scale + offset.

    Args:
        scale: a number, or one for each channel: `1 / 255` brings pixels to 0 to 1.
        offset: likewise, default 0.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if an argument is no finite number.

    Example:
        >>> Rescaling(1 / 127.5, -1.0)([0, 255]).numpy().tolist()
        [-1.0, 1.0]
    """

    takes_several = False

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = numbers(scale, "scale", "Rescaling")
        self.offset = numbers(offset, "offset", "Rescaling")

    def call(self, inputs: Tensor) -> Tensor:
        """The input times the scale plus the offset."""
        dtype = self.compute_dtype
        scale, offset = (np.asarray(v, "float64") for v in (self.scale, self.offset))
        return ops.cast(inputs, dtype) * ops.cast(scale, dtype) + ops.cast(offset, dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def compute_output_dtype(self, inputs: Any) -> str:
        """The compute dtype, for whole numbers too."""
        return self.compute_dtype
