"""What every application checks before it is made, and the input that it starts from."""

from __future__ import annotations

from typing import Any

import klayers
from kapps.weights import WeightRecord
from kcore import config, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Shape

POOLINGS = (None, "avg", "max")


def check_arguments(
    owner: str,
    include_top: bool,
    weights: Any,
    pooling: str | None,
    classes: int,
    activation: Any,
) -> None:
    """Refuses arguments that do not go together, before a layer is made.

    Args:
        owner: the application, for messages.
        include_top: whether the classifier is wanted.
        weights: what `weights.locate` found.
        pooling: None, "avg" or "max".
        classes: outputs of the classifier.
        activation: of the classifier.

    Raises:
        ConfigurationError: if an argument can never work, or does not fit published weights.
    """
    if pooling not in POOLINGS:
        raise ConfigurationError(
            f"{owner}: pooling must be None, 'avg' or 'max'; received {pooling!r}."
        )
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 1:
        raise ConfigurationError(
            f"{owner}: classes must be a whole number of at least 1; received {classes!r} "
            f"({type(classes).__name__})."
        )
    if not include_top or not isinstance(weights, WeightRecord):
        return
    if classes != weights.classes:
        raise ConfigurationError(
            f"{owner}: the weights {weights.name!r} classify into {weights.classes} classes; "
            f"received classes={classes}. Use include_top=False and put a classifier of your own "
            "behind, or weights=None."
        )
    if activation not in (None, "softmax"):
        raise ConfigurationError(
            f"{owner}: the weights {weights.name!r} were trained with softmax, so "
            f"classifier_activation must be 'softmax', or None for its inputs; received "
            f"{activation!r}."
        )


def image_input(
    owner: str,
    input_tensor: Any,
    input_shape: Any,
    default_size: int | None,
    minimal_size: int,
    known: bool,
    weights: Any,
) -> SymbolicTensor:
    """The symbolic images that an application starts from.

    Args:
        owner: the application, for messages.
        input_tensor: symbolic images to use, or None.
        input_shape: of one image, or None for the default.
        default_size: height and width that the application was published with; None leaves them
            open.
        minimal_size: least height and width that its windows need.
        known: whether the default has that size; else it leaves height and width open.
        weights: what `weights.locate` found; published ones are for three channels.

    Shapes:
        (batch, height, width, channels), channels first if that is the global setting.

    Raises:
        ConfigurationError: if input_tensor is not symbolic, or input_shape says something else.
        ShapeError: if the images have a wrong number of axes or channels, or are too small.
    """
    if input_tensor is not None and not isinstance(input_tensor, SymbolicTensor):
        raise ConfigurationError(
            f"{owner}: input_tensor must be a symbolic tensor, as Input gives it; received "
            f"{type(input_tensor).__name__}. Call the finished model on data instead."
        )
    given = (
        None if input_shape is None else shapes.standardize(input_shape, f"{owner}: input_shape")
    )
    if input_tensor is not None:
        shape = input_tensor.shape[1:]
        if given is not None and not shapes.compatible(given, shape):
            raise ConfigurationError(
                f"{owner}: input_shape is {given}, but input_tensor has images of shape {shape}. "
                "Leave out input_shape."
            )
    else:
        size = default_size if known else None
        default = (size, size, 3) if _channels_last() else (3, size, size)
        shape = default if given is None else given
    _check_image(owner, shape, minimal_size, weights)
    return klayers.Input(shape) if input_tensor is None else input_tensor


def _channels_last() -> bool:
    return config.image_data_format() == "channels_last"


def _check_image(owner: str, shape: Shape, minimal_size: int, weights: Any) -> None:
    axes = "(height, width, channels)" if _channels_last() else "(channels, height, width)"
    if len(shape) != 3:
        raise ShapeError(
            f"{owner}: input_shape must have three axes, {axes}, without the batch; received "
            f"{shape}."
        )
    sizes, channels = (shape[:2], shape[2]) if _channels_last() else (shape[1:], shape[0])
    if any(size is not None and size < minimal_size for size in sizes):
        raise ShapeError(
            f"{owner}: images must be at least {minimal_size} pixels high and wide; received "
            f"input_shape={shape}, as {axes}. Give larger images."
        )
    if not channels:
        raise ShapeError(
            f"{owner}: the number of channels must be known and at least 1; received "
            f"input_shape={shape}, as {axes}."
        )
    if isinstance(weights, WeightRecord) and channels != weights.input_shape[-1]:
        raise ShapeError(
            f"{owner}: the weights {weights.name!r} are for images of {weights.input_shape[-1]} "
            f"channels; received input_shape={shape}, as {axes}. Repeat the channel of grey images "
            "three times, or use weights=None."
        )


def check_size(owner: str, images: SymbolicTensor, size: int, record: WeightRecord) -> None:
    """Refuses images of another size than a published classifier takes.

    Raises:
        ShapeError: if so.
    """
    shape = images.shape[1:]
    if (shape[:2] if _channels_last() else shape[1:]) != (size, size):
        raise ShapeError(
            f"{owner}: the classifier of the weights {record.name!r} takes images of {size} x "
            f"{size} pixels only; received input_shape={shape}. Use that size, or "
            "include_top=False with a classifier of your own behind."
        )


def source_inputs(tensor: SymbolicTensor) -> SymbolicTensor | list[SymbolicTensor]:
    """The input that a symbolic tensor depends on; a list in the order met if there are several.

    Example:
        >>> x = klayers.Input((2,))
        >>> source_inputs(x + 1) is x
        True
    """
    found: dict[int, SymbolicTensor] = {}
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.node is None or not current.node.inputs:
            found[id(current)] = current
        else:
            stack.extend(reversed(current.node.inputs))
    inputs = list(found.values())
    return inputs[0] if len(inputs) == 1 else inputs
