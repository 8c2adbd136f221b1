"""Kernels of models that were trained with a true convolution."""

from __future__ import annotations

import warnings
from typing import Any

_CONVOLUTIONS = frozenset({"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"})


def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of all convolutions back to front along their spatial axes, in place.

    Weights that were trained with Theano need this once: its convolution turned the kernel, while
    this framework, as TensorFlow, correlates. A second call undoes the first. The layers are
    Conv1D, Conv2D, Conv3D and Conv2DTranspose, also in models inside the model.

    Args:
        model: a model or layer with weights.

    Warns:
        DeprecationWarning: no current framework writes such files.

    Example:
        >>> from kcore.models import Sequential
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     convert_all_kernels_in_model(Sequential())
    """
    warnings.warn(
        "convert_all_kernels_in_model is needed for weights of Theano only, which has ended.",
        DeprecationWarning,
        stacklevel=2,
    )
    for layer in model.flatten_layers():
        if type(layer).__name__ in _CONVOLUTIONS and layer.built:
            kernel = layer.kernel.numpy()
            spatial = (slice(None, None, -1),) * (kernel.ndim - 2)
            layer.kernel.assign(kernel[spatial].copy())
