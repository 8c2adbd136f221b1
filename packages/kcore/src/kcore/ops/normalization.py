"""Operations that normalise within a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

Axis = int | Sequence[int]

__all__ = ["layer_normalization", "normalize", "rms_normalization"]


def _real(x: Any) -> Tensor:
    x = backend.tensor.convert(x)
    kind = backend.tensor.dtype_of(x)
    return x if dtypes.is_float(kind) else backend.tensor.cast(x, config.floatx())


def _axes(axis: Axis, x: Tensor) -> tuple[int, ...]:
    return tuple(sorted(shapes.normalize_axes(axis, len(x.shape))))


def _weight(value: Any) -> Tensor | None:
    return None if value is None else backend.tensor.convert(value)


@operation(rules.real)
def layer_normalization(
    x: Tensor,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance over `axis`.

    Ba et al., Layer Normalization, 2016.

    Args:
        x: of any shape.
        gamma: sizes of the axes in ascending order; 1 if None.
        beta: sizes of the axes in ascending order; 0 if None.
        axis: one or several.
        epsilon: the global setting if None.

    Example:
        >>> from kcore import ops
        >>> ops.layer_normalization([[1.0, 3.0]], epsilon=0.0).numpy().round(3).tolist()
        [[-1.0, 1.0]]
    """
    x = _real(x)
    small = config.epsilon() if epsilon is None else epsilon
    return backend.normalization.layer_normalization(
        x, _weight(gamma), _weight(beta), _axes(axis, x), small
    )


@operation(rules.real)
def rms_normalization(
    x: Tensor, scale: Tensor | None = None, axis: Axis = -1, epsilon: float | None = None
) -> Tensor:
    """x / sqrt(mean of x^2 + epsilon) * scale, the mean over `axis`.

    Zhang and Sennrich, Root Mean Square Layer Normalization, 2019. Arguments as for
    `layer_normalization`.

    Example:
        >>> from kcore import ops
        >>> ops.rms_normalization([[-3.0, 3.0]], epsilon=0.0).numpy().round(3).tolist()
        [[-1.0, 1.0]]
    """
    x = _real(x)
    small = config.epsilon() if epsilon is None else epsilon
    return backend.normalization.rms_normalization(x, _weight(scale), _axes(axis, x), small)


@operation(rules.real)
def normalize(x: Tensor, axis: Axis = -1, order: float = 2, epsilon: float | None = None) -> Tensor:
    """x divided by its norm along `axis`.

    Args:
        x: of any shape.
        axis: one or several, over which the norm is taken.
        order: positive: (sum of |x|^order)^(1/order); infinity: the largest |x|.
        epsilon: the smallest norm to divide by; the global setting if None.

    Example:
        >>> from kcore import ops
        >>> ops.normalize([[0.0, 4.0]]).numpy().round(3).tolist()
        [[0.0, 1.0]]
    """
    x = _real(x)
    small = config.epsilon() if epsilon is None else epsilon
    return backend.normalization.normalize(x, _axes(axis, x), order, small)
