"""Category numbers as themselves, as one-hot rows, or as one row of presence or counts."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops
from kcore.arguments import choice
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor

MODES = ("int", "one_hot", "multi_hot", "count")


def check_mode(mode: Any, owner: str, allowed: tuple[str, ...] = MODES) -> str:
    """The output mode, if it is allowed.

    Raises:
        ConfigurationError: if it is not.
    """
    return str(choice(mode, "output_mode", owner, allowed))


def refuse(owner: str, **flags: Any) -> None:
    """Refuses arguments that ask for tensors that are not dense.

    Raises:
        ConfigurationError: if one of them is true.
    """
    for name, value in flags.items():
        if value:
            raise ConfigurationError(
                f"{owner}: {name}={value!r} is not supported; outputs are dense. Leave it out."
            )


def encoded_shape(shape: Shape, mode: str, depth: int) -> Shape:
    """The shape of encoded numbers.

    Example:
        >>> encoded_shape((None, 1), "one_hot", 4), encoded_shape((None, 9), "count", 4)
        ((None, 4), (None, 4))
    """
    if mode == "int":
        return tuple(shape)
    if mode != "one_hot":
        return (*shape[:-1], depth)
    if not shape:
        return (1, depth)
    alone = len(shape) > 1 and shape[-1] == 1
    return (*(shape[:-1] if alone else shape), depth)


def encode(
    index: Tensor, mode: str, depth: int, dtype: str, weights: Tensor | None = None
) -> Tensor:
    """Numbers of categories in the form of the mode; negative ones are left out.

    Args:
        index: whole numbers below `depth`.
        mode: "one_hot" (an axis of size 1 at the end makes room), "multi_hot" (which numbers occur
            in the last axis) or "count" (how often).
        depth: number of categories.
        dtype: of the result.
        weights: for "count", what each occurrence counts; the shape of `index`.
    """
    if mode == "one_hot":
        shape = backend.tensor.static_shape(index)
        if not shape:
            index = ops.expand_dims(index, 0)
        elif len(shape) > 1 and shape[-1] == 1:
            index = ops.squeeze(index, -1)
        return ops.one_hot(index, depth, dtype=dtype)
    counts = backend.math.count_rows(index, weights, depth, dtype)
    return ops.cast(counts > 0, dtype) if mode == "multi_hot" else counts


def require_below(index: Tensor, depth: int, owner: str, name: str) -> None:
    """Refuses numbers of categories that do not exist.

    Raises:
        DataError: if one is negative or not below `depth`; inside compiled code, the backend's
            error with the same text.
    """
    fits = backend.math.within(index, 0, depth)
    backend.control.require(
        fits,
        f"{owner} received a category that is not from 0 to {depth - 1}; its {name} is {depth}. "
        f"Raise {name}, or map the data with IntegerLookup first.",
        index,
    )
