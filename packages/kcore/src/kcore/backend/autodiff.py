"""Gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def value_and_gradients(
    compute: Callable[[], tuple[Tensor, Any]], storages: Sequence[Any]
) -> tuple[Tensor, Any, list[Tensor | None]]:
    """Runs `compute() -> (loss, rest)` and differentiates the loss.

    Args:
        compute: the computation; it may read the variables in any way.
        storages: the device variables to differentiate by.

    Returns:
        The loss, the rest, and a gradient for each variable: None where the loss does not depend
        on it; rows only (IndexedSlices) where it was read through a lookup.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(storages)
        loss, rest = compute()
    return loss, rest, tape.gradient(loss, storages)


def gradients(value: Tensor, sources: Sequence[Tensor], compute: Callable[..., Tensor]) -> Any:
    """Gradients of `compute(*sources)` by its arguments, weighted by `value`."""
    with tf.GradientTape() as tape:
        tape.watch(sources)
        result = compute(*sources)
    return tape.gradient(result, sources, output_gradients=value)


def stop_gradient(value: Tensor) -> Tensor:
    """The value, through which no gradient flows."""
    return tf.stop_gradient(value)


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is computed anew for its gradient, so that nothing of its inside is kept.

    It takes less memory and more time (Chen et al., Training Deep Nets with Sublinear Memory Cost,
    2016).

    Args:
        f: function of tensors; it must be without side effects, as it runs twice.

    Example:
        >>> float(remat(lambda x: x * x)(tf.constant(3.0)))
        9.0
    """
    return tf.recompute_grad(f)  # type: ignore[no-any-return]


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a function its own gradient: it returns `(value, gradient function)`."""
    return tf.custom_gradient(function)  # type: ignore[no-any-return]


def global_norm(values: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm of all values taken together."""
    return tf.linalg.global_norm(list(values))
