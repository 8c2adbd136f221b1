"""InputSpec: what a layer accepts, and the error that says what came instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kcore import shapes, tree
from kcore.errors import ShapeError
from kcore.typing import Shape

# first-layer arguments of earlier generations of Keras, taken by every layer
_FIRST_LAYER = (
    "input_shape",
    "batch_input_shape",
    "batch_shape",
    "input_dim",
    "input_length",
    "batch_size",
)


class InputSpec:
    """Rank, sizes and dtype that a layer accepts for one input.

    Args:
        dtype: name of the dtype, or None for any.
        shape: exact shape; None entries accept any size.
        ndim: number of axes, or None for any.
        max_ndim: largest number of axes.
        min_ndim: smallest number of axes.
        axes: sizes that must be met, by axis: `{-1: 3}`.

    Example:
        >>> InputSpec(ndim=4, axes={-1: 3}).ndim
        4
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        **_: Any,
    ) -> None:
        self.dtype = dtype
        self.shape = None if shape is None else shapes.standardize(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = dict(axes or {})

    def problem(self, shape: Shape, data_format: str = "channels_last") -> str | None:
        """What does not fit and how to mend it, or None if the shape fits."""
        rank = len(shape)
        if self.ndim is not None and rank != self.ndim:
            return f"expected {_axes(self.ndim, data_format)}, {_cure(rank, self.ndim, shape)}"
        if self.min_ndim is not None and rank < self.min_ndim:
            cure = _cure(rank, self.min_ndim, shape)
            return f"expected at least {_axes(self.min_ndim, data_format)}, {cure}"
        if self.max_ndim is not None and rank > self.max_ndim:
            cure = _cure(rank, self.max_ndim, shape)
            return f"expected at most {_axes(self.max_ndim, data_format)}, {cure}"
        wanted = dict(self.axes)
        if self.shape is not None:
            wanted.update(enumerate(self.shape))
        for axis, size in wanted.items():
            if size is not None and shape[axis] not in (None, size):
                name = _axis_name(axis, rank, data_format)
                return (
                    f"expected {name} to have size {size}, received {shape[axis]}. Give it input "
                    "with that size, or build a new layer for this input"
                )
        return None


def check(
    specs: Any, inputs: Any, owner: str, producer: str = "", data_format: str = "channels_last"
) -> None:
    """Compares inputs with what a layer accepts.

    Args:
        specs: an InputSpec, or a tree of them like the inputs.
        inputs: tensors or symbolic tensors.
        owner: the layer in words, with its path and class.
        producer: the layer that made the input, in words.

    Raises:
        ShapeError: with the layer, the expected and received shape by axis name, the producer and
            one way to mend it.
    """
    flat_specs, flat_inputs = tree.flatten(specs), tree.flatten(inputs)
    if len(flat_specs) != len(flat_inputs):
        raise ShapeError(
            f"{owner} takes {len(flat_specs)} input(s); received {len(flat_inputs)}. Call it with "
            "a list of as many tensors as it takes."
        )
    for spec, value in zip(flat_specs, flat_inputs, strict=True):
        if spec is None:
            continue
        shape = value.shape.as_list() if hasattr(value.shape, "as_list") else value.shape
        problem = spec.problem(tuple(shape), data_format)
        if problem:
            received = shapes.describe(tuple(shape), data_format)
            raise ShapeError(f"{owner} cannot take input of shape {received}{producer}: {problem}.")


def _axes(rank: int, data_format: str) -> str:
    names = shapes.AXIS_NAMES.get(rank)
    if names is None:
        return f"{rank} axes"
    if data_format == "channels_first" and rank > 2:
        names = (names[0], names[-1], *names[1:-1])
    return f"{rank} axes ({', '.join(names)})"


def _axis_name(axis: int, rank: int, data_format: str) -> str:
    names = shapes.AXIS_NAMES.get(rank)
    if names is None:
        return f"axis {axis}"
    if data_format == "channels_first" and rank > 2:
        names = (names[0], names[-1], *names[1:-1])
    return f"axis {axis} ({names[axis]})"


def _cure(rank: int, wanted: int, shape: Shape) -> str:
    if rank > wanted == 2:
        return f"received {rank} axes. Put a Flatten or a global pooling layer before it"
    if rank == wanted - 1 and wanted == 4:
        tail = ", ".join("n" if s is None else str(s) for s in shape[1:])
        return (
            f"received {rank} axes. Grey images need a channels axis: use x[..., None], or "
            f"Reshape(({tail}, 1)) before it"
        )
    if rank < wanted:
        return f"received {rank} axes. Add the missing axes with Reshape before it"
    return f"received {rank} axes. Remove axes with Reshape, Flatten or pooling before it"


def first_layer_shape(kwargs: dict[str, Any]) -> Shape | None:
    """The batch input shape that the first-layer arguments give, if any."""
    given = {key: kwargs.pop(key) for key in _FIRST_LAYER if key in kwargs}
    whole = given.get("batch_input_shape", given.get("batch_shape"))
    if whole is not None:
        return shapes.standardize(whole, "batch_input_shape")
    rest = given.get("input_shape")
    if rest is None and given.get("input_dim") is not None:
        length = given.get("input_length")
        steps = (length,) if "input_length" in given else ()
        rest = (*steps, given["input_dim"])
    if rest is None:
        return None
    return (given.get("batch_size"), *shapes.standardize(rest, "input_shape"))
