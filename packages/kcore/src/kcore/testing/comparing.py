"""Values compared, with words for what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kcore import tree
from kcore.testing.check import ConformanceError, fail


def arrays(values: Any) -> list[Any]:
    """The leaves of a tree of tensors as arrays, 16-bit floats as float32, text as bytes."""
    return [_array(leaf) for leaf in tree.flatten(values)]


def _array(leaf: Any) -> Any:
    array = np.asarray(leaf)
    if array.dtype.kind == "O":
        return array.astype("S")
    return array.astype("float32") if array.dtype.name in ("float16", "bfloat16") else array


def expect_equal(found: Any, expected: Any, what: str, advice: str) -> None:
    """Raises ConformanceError unless all leaves are equal to the last bit."""
    expect_close(found, expected, what, advice, 0.0, 0.0)


def expect_close(
    found: Any, expected: Any, what: str, advice: str, rtol: float = 1e-4, atol: float = 1e-5
) -> None:
    """Raises ConformanceError unless all leaves are close.

    Args:
        found: tree of tensors.
        expected: tree like it.
        what: what is compared, for the error.
        advice: what to do, for the error.
        rtol: allowed relative difference.
        atol: allowed absolute difference.
    """
    own, other = arrays(found), arrays(expected)
    if len(own) != len(other):
        fail(f"{what}: {len(own)} arrays against {len(other)}. {advice}")
    for place, (a, b) in enumerate(zip(own, other, strict=True)):
        where = f"{what}, array {place}" if len(own) > 1 else what
        if a.shape != b.shape:
            fail(f"{where}: shape {a.shape} against {b.shape}. {advice}")
        if a.dtype.kind not in "fc":
            equal = np.array_equal(a, b)
            if not equal:
                fail(f"{where}: values differ. {advice}")
            continue
        near = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        if not near.all():
            worst = np.unravel_index(np.argmax(np.abs(np.where(near, 0, a - b))), a.shape)
            raise ConformanceError(
                f"{where}: {np.count_nonzero(~near)} of {a.size} values differ, most at "
                f"{tuple(map(int, worst))}: {a[worst]} against {b[worst]}. {advice}"
            )


def slopes(
    variable: Any, total: Callable[[], Any], places: Iterable[int]
) -> Iterator[tuple[int, float]]:
    """Places of a variable's elements, and by how much a number changes with each.

    Measured by central differences, for which the variable should be float64.

    Args:
        variable: what the number depends on.
        total: gives the number.
        places: of elements, as if the variable were flat.
    """
    start, step = np.array(variable), 1e-6
    for place in places:
        sums = []
        for sign in (1, -1):
            moved = start.copy()
            moved.flat[place] += sign * step
            variable.assign(moved)
            sums.append(float(total()))
        yield place, (sums[0] - sums[1]) / (2 * step)
