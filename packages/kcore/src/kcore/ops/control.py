"""Branches, loops and functions of functions."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kcore import backend, tree
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.node import not_recording
from kcore.graph.symbolic import SymbolicTensor, find_symbolic
from kcore.ops import arrays
from kcore.ops import math as arithmetic
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor, Tree

__all__ = [
    "cond",
    "custom_gradient",
    "fori_loop",
    "map",
    "scan",
    "switch",
    "vectorized_map",
    "while_loop",
]


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What one of two functions gives.

    Args:
        pred: a single truth value. Symbolic tensors compute both branches and choose.
        true_fn: called without arguments if it is true.
        false_fn: called if it is false; its results have the same form, shapes and dtypes.

    Example:
        >>> int(cond(True, lambda: 1, lambda: 2))
        1
    """
    if not isinstance(pred, SymbolicTensor):
        return backend.control.cond(pred, true_fn, false_fn)
    return tree.map_leaves(lambda a, b: array_where(pred, a, b), true_fn(), false_fn())


def array_where(pred: Any, a: Any, b: Any) -> Any:
    """`where` for a single truth value."""
    if rules.spec(pred)[0] not in ((), (1,)):
        raise ShapeError(
            f"cond needs a single truth value; pred has shape {rules.spec(pred)[0]}. Use where to "
            "choose element by element."
        )
    return arithmetic.where(pred, a, b)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What the function with a number gives.

    Args:
        index: of the branch, clamped to those there are.
        branches: functions of the operands whose results have one form.
        *operands: handed to the branch.

    Example:
        >>> float(switch(1, [lambda x: x, lambda x: x * 2], 3.0))
        6.0
    """
    if not branches:
        raise ConfigurationError("switch needs at least one branch.")
    last = len(branches) - 1
    if isinstance(index, int):
        return branches[min(builtins.max(index, 0), last)](*operands)
    if not find_symbolic((index, operands)):
        return backend.control.switch(index, [partial(branch, *operands) for branch in branches])
    results = [branch(*operands) for branch in branches]
    chosen = results[-1]
    for number in range(last - 1, -1, -1):
        here = arithmetic.less_equal(index, number)
        chosen = tree.map_leaves(
            lambda a, b, here=here: array_where(here, a, b), results[number], chosen
        )
    return chosen


def _loop_rule(cond: Any, body: Any, loop_vars: Any, maximum_iterations: int | None = None) -> Tree:
    return tree.map_leaves(lambda leaf: rules.make(*rules.spec(leaf)), loop_vars)


@operation(_loop_rule)
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Runs a body again and again while a condition holds.

    Args:
        cond: function of the loop variables that gives a truth value.
        body: function of the loop variables that gives the next ones, in the same shapes.
        loop_vars: a tuple or list of tensors, or one tensor.
        maximum_iterations: stops after so many turns.

    Example:
        >>> int(while_loop(lambda i: i < 10, lambda i: i * 2, 1))
        16
    """
    if isinstance(loop_vars, (tuple, list)):
        start = tuple(tree.map_leaves(backend.tensor.convert, v) for v in loop_vars)

        def turn(*values: Any) -> Any:
            result = body(*values)
            return tuple(result) if isinstance(result, (tuple, list)) else (result,)

        result = backend.control.while_loop(cond, turn, start, maximum_iterations)
        return type(loop_vars)(result)
    start = (backend.tensor.convert(loop_vars),)
    return backend.control.while_loop(
        cond, lambda value: (body(value),), start, maximum_iterations
    )[0]


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Runs `value = body_fun(i, value)` for i = lower ... upper - 1.

    Args:
        lower: the first number.
        upper: the number behind the last one.
        body_fun: function of the number and the value.
        init_val: the value at the start.

    Example:
        >>> int(fori_loop(0, 5, lambda i, total: total + i, 0))
        10
    """
    _, value = while_loop(
        lambda i, _: i < upper, lambda i, value: (i + 1, body_fun(i, value)), (lower, init_val)
    )
    return value


def _row_specs(values: Tree) -> Tree:
    """What one row of each tensor looks like."""

    def row(leaf: Any) -> SymbolicTensor:
        shape, dtype = rules.spec(leaf)
        return rules.make(shape[1:], dtype)

    return tree.map_leaves(row, values)


def _stacked(count: int | None, outputs: Tree) -> Tree:
    def stack(leaf: Any) -> SymbolicTensor:
        shape, dtype = rules.spec(leaf)
        return rules.make((count, *shape), dtype)

    return tree.map_leaves(stack, outputs)


def _count(values: Tree, length: int | None = None) -> int | None:
    """The number of rows."""
    found = [rules.spec(leaf)[0] for leaf in tree.flatten(values) if leaf is not None]
    if () in found:
        raise ShapeError("A single number has no rows to go over; give tensors with an axis.")
    counts = [length, *[shape[0] for shape in found]]
    known = {count for count in counts if count is not None}
    if len(known) > 1:
        raise ShapeError(f"All tensors need the same number of rows; received {sorted(known)}.")
    return known.pop() if known else None


def _map_rule(f: Any, xs: Any) -> Tree:
    rows = _rows(xs)
    with not_recording():
        return _stacked(_count(rows), f(_row_specs(rows)))


@operation(_map_rule)
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """The function of every row, one after the other, stacked.

    Args:
        f: function of one row (or a tree of rows).
        xs: a tensor, or a tree of tensors with the same number of rows.

    Example:
        >>> map(lambda x: x * 2, [1, 2]).numpy().tolist()
        [2, 4]
    """
    return scan(lambda _, row: (0, f(row)), 0, xs)[1]


def _vectorized_rule(function: Any, elements: Any) -> Tree:
    return _map_rule(function, elements)


@operation(_vectorized_rule)
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """The function of every row, computed for all rows at once where the kernels can.

    Args:
        function: function of one row (or a tree of rows).
        elements: a tensor, or a tree of tensors with the same number of rows.

    Example:
        >>> vectorized_map(lambda x: x * 2, [1, 2]).numpy().tolist()
        [2, 4]
    """
    rows = tree.map_leaves(backend.tensor.convert, _rows(elements))
    return backend.control.vectorized(function, rows)


def _rows(xs: Any) -> Any:
    """What is gone over; a list of plain numbers is one array."""
    if isinstance(xs, list) and not any(hasattr(leaf, "shape") for leaf in tree.flatten(xs)):
        dtype = rules.spec(xs[0])[1] if xs and not isinstance(xs[0], list) else None
        return np.asarray(xs, dtype)
    return xs


def _scan_rule(
    f: Any, init: Any, xs: Any = None, length: Any = None, reverse: bool = False, unroll: Any = 1
) -> Any:
    xs = _rows(xs)
    count = _count(xs, length)
    with not_recording():
        start = tree.map_leaves(lambda leaf: rules.make(*rules.spec(leaf)), init)
        _, output = f(start, None if xs is None else _row_specs(xs))
    carry = tree.map_leaves(lambda leaf: rules.make(*rules.spec(leaf)), init)
    return carry, None if output is None else _stacked(count, output)


@operation(_scan_rule)
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Goes over rows with a value that is handed on.

    Args:
        f: function of the carried value and a row; gives the next carried value and an output.
        init: the carried value at the start.
        xs: a tensor or a tree of tensors with the same number of rows; None with `length`.
        length: the number of turns if xs is None.
        reverse: whether to begin with the last row; outputs stay in the order of the rows.
        unroll: accepted for compatibility.

    Returns:
        The last carried value, and the outputs stacked.

    Example:
        >>> total, running = scan(lambda sum, x: (sum + x, sum + x), 0, [1, 2, 3])
        >>> int(total), running.numpy().tolist()
        (6, [1, 3, 6])
    """
    if xs is None and length is None:
        raise ConfigurationError("scan needs xs or length.")
    xs = _rows(xs)
    count = _count(xs, length)
    if count == 0:
        raise ShapeError("scan needs at least one row; xs has none.")
    values = () if xs is None else tree.map_leaves(backend.tensor.convert, xs)
    if count is None:
        count = arrays.shape(tree.flatten(values)[0])[0]
    start = tree.map_leaves(backend.tensor.convert, init)
    silent = False

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        nonlocal silent
        carry, output = f(carry, None if xs is None else row)
        silent = output is None
        return carry, () if silent else output

    carry, outputs = backend.control.scan(step, start, values, count, reverse)
    return carry, None if silent else outputs


def _custom_rule(f: Any, *args: Any) -> Any:
    with not_recording():
        specs = tree.map_leaves(lambda leaf: rules.make(*rules.spec(leaf)), list(args))
        result = f(*specs)[0]
    return tree.map_leaves(lambda leaf: rules.make(*rules.spec(leaf)), result)


@operation(_custom_rule)
def _custom_gradient(f: Callable[..., Any], *args: Tensor) -> Any:
    tensors = [tree.map_leaves(backend.tensor.convert, arg) for arg in args]
    return backend.autodiff.custom_gradient(f)(*tensors)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a function a gradient of its own; a decorator.

    Args:
        f: gives the result and a function, from the gradient by the result (`upstream`) to the
            gradients by the arguments.

    Example:
        >>> @custom_gradient
        ... def clipped(x):
        ...     return x, lambda upstream: upstream * 0.5
        >>> float(clipped(3.0))
        3.0
    """

    def call(*args: Any) -> Any:
        return _custom_gradient(f, *args)

    return call
