"""Values put together by index: segments, scatter, counts, unique values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "bincount",
    "histogram",
    "nonzero",
    "scatter",
    "scatter_update",
    "searchsorted",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "slice_update",
    "unique",
]

_REDUCTIONS = (None, "add", "max", "min", "mul")


def _segment_rule(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor:
    shape, dtype = rules.spec(data)
    ids = rules.spec(segment_ids)[0]
    if len(ids) != 1 or not shape or not shapes.compatible(ids, shape[:1]):
        raise ShapeError(
            "Segments need one id for each row: data of shape (rows, ...) and segment_ids of "
            f"(rows,); received {shape} and {ids}."
        )
    return rules.make((num_segments, *shape[1:]), dtype)


def _segment(name: str, data: Any, ids: Any, count: int | None) -> Tensor:
    _segment_rule(data, ids, count)
    return backend.segments.segment(name, data, ids, count)


@operation(_segment_rule)
def segment_sum(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The sum of the rows with the same id; 0 for an id that no row has.

    Args:
        data: (rows, ...).
        segment_ids: (rows,), whole numbers from 0.
        num_segments: rows of the result; the largest id plus 1 if None.
        sorted: accepted for compatibility.

    Example:
        >>> segment_sum([1, 2, 3], [0, 0, 1]).numpy().tolist()
        [3, 3]
    """
    return _segment("sum", data, segment_ids, num_segments)


@operation(_segment_rule)
def segment_max(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The largest of the rows with the same id; the dtype's least number for an id without rows."""
    return _segment("max", data, segment_ids, num_segments)


@operation(_segment_rule)
def segment_min(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The smallest of the rows with the same id; the dtype's largest number without rows."""
    return _segment("min", data, segment_ids, num_segments)


@operation(_segment_rule)
def segment_prod(
    data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The product of the rows with the same id; 1 for an id that no row has."""
    return _segment("prod", data, segment_ids, num_segments)


def _scatter_rule(indices: Any, values: Any, shape: Sequence[int]) -> SymbolicTensor:
    return rules.make(tuple(shape), rules.spec(values)[1])


@operation(_scatter_rule)
def scatter(indices: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """Zeros, with the values added at their indices.

    Args:
        indices: (..., depth), each an index into the first `depth` axes.
        values: (..., rest of the shape).
        shape: of the result.

    Example:
        >>> scatter([[0], [2], [0]], [1, 2, 3], (3,)).numpy().tolist()
        [4, 0, 2]
    """
    return backend.segments.scatter(indices, values, shape)


def _update_rule(
    inputs: Any, indices: Any, updates: Any, reduction: str | None = None
) -> SymbolicTensor:
    if reduction not in _REDUCTIONS:
        raise ConfigurationError(
            f"scatter_update: reduction must be one of {_REDUCTIONS}; received {reduction!r}."
        )
    return rules.make(*rules.spec(inputs))


@operation(_update_rule)
def scatter_update(
    inputs: Tensor, indices: Tensor, updates: Tensor, reduction: str | None = None
) -> Tensor:
    """The inputs, with updates put in at their indices.

    Args:
        inputs: of any shape.
        indices: (..., depth), each an index into the first `depth` axes.
        updates: (..., rest of the shape).
        reduction: None replaces; "add", "max", "min" and "mul" combine with what is there.

    Example:
        >>> scatter_update([1, 2, 3], [[0], [2]], [7, 9]).numpy().tolist()
        [7, 2, 9]
    """
    _update_rule(inputs, indices, updates, reduction)
    return backend.segments.scatter_update(inputs, indices, updates, reduction)


def _slice_rule(inputs: Any, start_indices: Sequence[Any], updates: Any) -> SymbolicTensor:
    shape, dtype = rules.spec(inputs)
    box = rules.spec(updates)[0]
    if not len(shape) == len(start_indices) == len(box):
        raise ShapeError(
            f"slice_update: start_indices and updates need {len(shape)} axes, as the inputs have; "
            f"received {len(start_indices)} and {len(box)}."
        )
    return rules.make(shape, dtype)


@operation(_slice_rule)
def slice_update(inputs: Tensor, start_indices: Sequence[Any], updates: Tensor) -> Tensor:
    """The inputs, with the box that begins at the given indices replaced.

    Args:
        inputs: of any shape.
        start_indices: one for each axis.
        updates: the box, with as many axes.

    Example:
        >>> slice_update([1, 2, 3, 4], (1,), [8, 9]).numpy().tolist()
        [1, 8, 9, 4]
    """
    _slice_rule(inputs, start_indices, updates)
    return backend.segments.slice_update(inputs, start_indices, updates)


def _bincount_rule(
    x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False
) -> SymbolicTensor:
    if sparse:
        raise ConfigurationError("bincount: sparse=True is not supported; the result is dense.")
    shape = rules.spec(x)[0]
    return rules.make((*shape[:-1], None), "int32" if weights is None else rules.spec(weights)[1])


@operation(_bincount_rule)
def bincount(
    x: Tensor, weights: Tensor | None = None, minlength: int = 0, sparse: bool = False
) -> Tensor:
    """How often each whole number from 0 occurs along the last axis.

    Args:
        x: whole numbers of at least 0.
        weights: in the shape of x; the result sums them up in place of counting.
        minlength: least length of the result.
        sparse: must be False.

    Example:
        >>> bincount([1, 3, 1]).numpy().tolist()
        [0, 2, 0, 1]
    """
    _bincount_rule(x, weights, minlength, sparse)
    return backend.segments.bincount(x, weights, minlength)


def _search_rule(sorted_sequence: Any, values: Any, side: str = "left") -> SymbolicTensor:
    edges = rules.spec(sorted_sequence)[0]
    if len(edges) != 1:
        raise ShapeError(f"searchsorted needs a sequence with one axis; received {edges}.")
    if side not in ("left", "right"):
        raise ConfigurationError(
            f"searchsorted: side must be 'left' or 'right'; received {side!r}."
        )
    return rules.make(rules.spec(values)[0], "int32")


@operation(_search_rule)
def searchsorted(sorted_sequence: Tensor, values: Tensor, side: str = "left") -> Tensor:
    """Where each value belongs in an ascending sequence, int32.

    Args:
        sorted_sequence: (length,).
        values: of any shape.
        side: "left" puts a value before those equal to it, "right" behind them.

    Example:
        >>> searchsorted([1, 3, 5], [0, 3, 6]).numpy().tolist()
        [0, 1, 3]
    """
    _search_rule(sorted_sequence, values, side)
    return backend.segments.search(*backend.math.promote(sorted_sequence, values), side)


def _histogram_rule(x: Any, bins: int = 10, range: Any = None) -> Any:
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise ConfigurationError(
            f"histogram: bins must be a whole number of at least 1; received {bins!r}."
        )
    if range is not None and not range[0] < range[1]:
        raise ConfigurationError(
            f"histogram: range must be (low, high) with low < high; received {range!r}."
        )
    dtype = rules.spec(x)[1]
    kind = dtype if dtypes.is_float(dtype) else config.floatx()
    return rules.make((bins,), dtype), rules.make((bins + 1,), kind)


@operation(_histogram_rule)
def histogram(
    x: Tensor, bins: int = 10, range: tuple[float, float] | None = None
) -> tuple[Tensor, Tensor]:
    """How many values lie in each of some bins of one width, and the edges of the bins.

    Args:
        x: of any shape.
        bins: their number.
        range: where the first begins and the last ends; the smallest and largest value if None.
            Values outside do not count.

    Returns:
        The counts in the dtype of x, and the edges, which are floats.

    Example:
        >>> counts, edges = histogram([0.0, 1.0, 1.5, 2.0], bins=2)
        >>> counts.numpy().tolist(), edges.numpy().tolist()
        ([1.0, 3.0], [0.0, 1.0, 2.0])
    """
    _histogram_rule(x, bins, range)
    values = backend.math.reshape(backend.linalg.floats(x, config.floatx()), [-1])
    counts, edges = backend.statistics.histogram(values, bins, range)
    return backend.tensor.cast(counts, rules.spec(x)[1]), edges


def _nonzero_rule(x: Any) -> tuple[SymbolicTensor, ...]:
    return tuple(rules.make((None,), "int32") for _ in rules.spec(x)[0])


@operation(_nonzero_rule)
def nonzero(x: Tensor) -> tuple[Tensor, ...]:
    """The indices of the elements that are not zero, a vector of int32 for each axis."""
    return backend.segments.where_true(x)


def _unique_rule(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    shape, dtype = rules.spec(x)
    if axis is None:
        values: Any = (size,)
        length = shapes.size_of(shape)
    else:
        at = shapes.normalize_axis(axis, len(shape))
        values, length = (*shape[:at], size, *shape[at + 1 :]), shape[at]
    parts = [rules.make(values, dtype)]
    parts += [rules.make((size,), "int32")] if return_index else []
    parts += [rules.make((length,), "int32")] if return_inverse else []
    parts += [rules.make((size,), "int32")] if return_counts else []
    return parts[0] if len(parts) == 1 else tuple(parts)


@operation(_unique_rule)
def unique(
    x: Tensor,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Each value once.

    Args:
        x: of any shape.
        sorted: ascending; else in the order in which they are met.
        return_index: also gives where each is first met.
        return_inverse: also gives which value stands at each place.
        return_counts: also gives how often each is met.
        axis: unique slices along this axis; None takes the elements of the flattened tensor.
        size: number of values: fewer are filled up, more are cut off.
        fill_value: fills up; 0 if None.

    Returns:
        The values, or a tuple with what else was asked for, in the order above, int32.

    Example:
        >>> unique([3, 1, 3]).numpy().tolist()
        [1, 3]
    """
    values, first, inverse, counts = backend.segments.unique(x, axis, sorted)
    if size is not None:
        fill = 0 if fill_value is None else fill_value
        fitted = backend.segments.fitted
        values = fitted(values, size, 0 if axis is None else axis % len(values.shape), fill)
        first, counts = fitted(first, size, 0, 0), fitted(counts, size, 0, 0)
    wanted = (return_index, return_inverse, return_counts)
    chosen = zip(wanted, (first, inverse, counts), strict=True)
    parts = (values, *[part for asked, part in chosen if asked])
    return parts[0] if len(parts) == 1 else parts
