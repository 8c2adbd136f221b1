"""Branches and loops inside compiled code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.backend.tensor import convert
from kcore.errors import DataError
from kcore.typing import Tensor, Tree


def cond(predicate: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """What one of two functions gives; only that one runs."""
    return tf.cond(tf.convert_to_tensor(predicate), then, otherwise)


def either(predicate: Any, action: Callable[[], None], other: Callable[[], None]) -> None:
    """Runs one of two actions that change variables."""

    def run(chosen: Callable[[], None]) -> Tensor:
        chosen()
        return tf.constant(0)

    cond(predicate, lambda: run(action), lambda: run(other))


def when(predicate: Any, action: Callable[[], None]) -> None:
    """Runs an action that changes variables, or nothing."""
    either(predicate, action, lambda: None)


def switch(index: Any, branches: Sequence[Callable[[], Any]]) -> Any:
    """What the function with that number gives; the index is clamped."""
    place = tf.clip_by_value(tf.cast(convert(index), "int32"), 0, len(branches) - 1)
    return tf.switch_case(place, list(branches))


def while_loop(
    condition: Callable[..., Any], body: Callable[..., Any], start: Any, limit: int | None
) -> Any:
    """Runs the body while the condition of its results holds."""
    return tf.while_loop(condition, body, start, maximum_iterations=limit)


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]], start: Tree, rows: Tree, count: Any, reverse: bool
) -> tuple[Tree, Tree]:
    """Runs `step(carry, row) -> (carry, output)` over all rows and stacks the outputs.

    The first step runs outside the loop, so that the form of the outputs is known.
    """

    def row(at: Any) -> Tree:
        return tf.nest.map_structure(lambda leaf: leaf[at], rows)

    first = count - 1 if reverse else 0
    carry, output = step(start, row(first))
    leaves = [convert(leaf) for leaf in tf.nest.flatten(output)]
    stores = [
        tf.TensorArray(leaf.dtype, count, element_shape=leaf.shape).write(first, leaf)
        for leaf in leaves
    ]

    def advance(done: Tensor, carry: Tree, stores: list[Any]) -> Any:
        at = count - 1 - done if reverse else done
        carry, output = step(carry, row(at))
        flat = [convert(leaf) for leaf in tf.nest.flatten(output)]
        return done + 1, carry, [s.write(at, leaf) for s, leaf in zip(stores, flat, strict=True)]

    carry = tf.nest.map_structure(convert, carry)
    _, carry, stores = tf.while_loop(
        lambda done, *_: done < count, advance, (tf.constant(1), carry, stores)
    )
    stacked = [store.stack() for store in stores]
    return carry, tf.nest.pack_sequence_as(output, stacked)


def vectorized(function: Callable[[Any], Any], rows: Tree) -> Tree:
    """The function of every row, computed for all rows at once."""
    return tf.vectorized_map(function, rows)


def require(condition: Tensor, message: str, values: Tensor) -> None:
    """Refuses data that break a condition.

    Raises:
        DataError: with the message and the first of the values; inside compiled code, TensorFlow's
            InvalidArgumentError with the message, when it runs.
    """
    if not tf.executing_eagerly():
        tf.debugging.Assert(condition, [message, values])
    elif not bool(condition):
        first = tf.reshape(values, [-1])[:8].numpy().tolist()
        raise DataError(f"{message} The data begin with {first}.")
