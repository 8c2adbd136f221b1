"""What a picture of a model shows: boxes for calls of layers, arrows for tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from kcore import tree
from kcore.errors import NotBuiltError
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor
from kcore.layer import Layer
from kcore.models.trainable import Trainable
from kcore.plugins.catalogue import catalogue

if TYPE_CHECKING:
    from kcore.models.model import Model

_OURS = ("kcore", "klayers", "kapps")


@dataclass(frozen=True)
class Details:
    """What is written into the boxes; the arguments of `plot_model` of the same names."""

    show_shapes: bool = True
    show_dtype: bool = False
    show_layer_names: bool = True
    expand_nested: bool = False
    show_layer_activations: bool = False
    show_trainable: bool = False


@dataclass
class Box:
    """One call of a layer or an operation.

    Args:
        title: the class, with the package before it where that is not ours.
        lines: what stands below.
        family: what decides the colour: "convolution", "input", or a stranger's package.
        inner: the diagram inside, for a nested model that is shown.
    """

    title: str
    lines: list[str]
    family: str
    inner: Diagram | None = None
    # filled in by plot_layout: the left upper corner and the size
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass
class Diagram:
    """Boxes, each behind those it depends on, and arrows between them by number.

    Args:
        name: of the model.
        boxes: the calls.
        arrows: pairs (from, to).
    """

    name: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[tuple[int, int]] = field(default_factory=list)
    # filled in by plot_layout: the size, and for each arrow its points, three more for each curve
    width: float = 0.0
    height: float = 0.0
    routes: list[list[tuple[float, float]]] = field(default_factory=list)


def diagram_of(model: Model, details: Details) -> Diagram:
    """The diagram of a model: of its graph, or a row of layers where there is no graph.

    Raises:
        NotBuiltError: if the model has neither.
    """
    function = model._function
    diagram = Diagram(model.name)
    if function is None:
        if not model.layers:
            raise NotBuiltError(
                f"Model {model.name!r} has no layers yet, so there is nothing to draw. Build it by "
                "calling it on data, or give it an Input."
            )
        diagram.boxes = [_layer_box(layer, [], [], details) for layer in model.layers]
        return diagram
    producer: dict[int, int] = {}  # which box gives a tensor
    for tensor in function.flat_inputs:
        if id(tensor) not in producer:
            producer[id(tensor)] = len(diagram.boxes)
            diagram.boxes.append(_input_box(tensor, details))
    calls = _numbered_calls(function.nodes)
    for node in function.nodes:
        number = len(diagram.boxes)
        diagram.boxes.append(_call_box(node, calls[id(node)], details))
        sources = [producer[id(tensor)] for tensor in node.inputs]
        diagram.arrows.extend((source, number) for source in dict.fromkeys(sources))
        for tensor in tree.flatten(node.outputs):
            producer.setdefault(id(tensor), number)
    return diagram


def _numbered_calls(nodes: list[Node]) -> dict[int, str]:
    """For calls of layers that are called several times: "call 1 of 2"."""
    by_operation: dict[int, list[Node]] = {}
    for node in nodes:
        by_operation.setdefault(id(node.operation), []).append(node)
    return {
        id(node): f"call {i + 1} of {len(group)}" if len(group) > 1 else ""
        for group in by_operation.values()
        for i, node in enumerate(group)
    }


def _input_box(tensor: SymbolicTensor, details: Details) -> Box:
    operation = tensor.node.operation if tensor.node is not None else None
    name = tensor.name or getattr(operation, "name", None) or "input"
    lines = [str(name)] if details.show_layer_names else []
    lines.extend(_tensor_lines([], [tensor], details))
    return Box("Input", lines, "input")


def _call_box(node: Node, call: str, details: Details) -> Box:
    outputs = tree.flatten(node.outputs)
    if isinstance(node.operation, Layer):
        box = _layer_box(node.operation, list(node.inputs), outputs, details)
    else:
        title = str(getattr(node.operation, "function", type(node.operation).__name__))
        lines = [node.operation.name] if details.show_layer_names else []
        box = Box(title, lines + _tensor_lines(list(node.inputs), outputs, details), "operation")
    if call:
        box.lines.insert(min(1, len(box.lines)), call)
    return box


def _layer_box(layer: Layer, inputs: list[Any], outputs: list[Any], details: Details) -> Box:
    lines = [layer.name] if details.show_layer_names else []
    activation = getattr(layer, "activation", None)
    if details.show_layer_activations and activation is not None:
        lines.append(f"activation {getattr(activation, '__name__', type(activation).__name__)}")
    lines.extend(_tensor_lines(inputs, outputs, details))
    if details.show_trainable and layer.weights:
        lines.append("trainable" if layer.trainable_weights else "frozen")
    title, family = _title_and_family(layer)
    box = Box(title, lines, family)
    if details.expand_nested and _is_model(layer) and layer._function is not None:
        box.inner = diagram_of(layer, details)
    return box


def _is_model(layer: Layer) -> TypeGuard[Model]:
    return isinstance(layer, Trainable)  # Model itself draws, so it cannot be imported here


def _title_and_family(layer: Layer) -> tuple[str, str]:
    name = type(layer).__name__
    if _is_model(layer):
        return name, "model"
    identity = catalogue().identity_of(type(layer))
    provider = identity.partition("/")[0] if identity else "custom"
    if provider in _OURS:
        places = type(layer).__module__.split(".")[1:]
        return name, "activation" if "activation" in places else places[0]
    return (name if provider == "custom" else f"{provider}/{name}"), provider


def _tensor_lines(inputs: list[Any], outputs: list[Any], details: Details) -> list[str]:
    """What comes in and goes out, in one line; once if it is the same."""
    given = _tensor_text(inputs, details)
    made = _tensor_text(outputs, details)
    if not made:
        return []
    return [made if given in ("", made) else f"{given} → {made}"]


def _tensor_text(tensors: list[Any], details: Details) -> str:
    parts = []
    for tensor in tensors:
        shape = str(tensor.shape) if details.show_shapes else ""
        parts.append(f"{shape} {tensor.dtype if details.show_dtype else ''}".strip())
    if len(parts) > 1 and len(set(parts)) == 1 and parts[0]:
        return f"{len(parts)} × {parts[0]}"
    return ", ".join(part for part in parts if part)
