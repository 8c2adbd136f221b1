"""The printed table of a model: layers, shapes, parameters, connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import tree
from kcore.layer import Layer

_UNITS = ("B", "KB", "MB", "GB", "TB")
_BYTES = {"float64": 8, "int64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1, "bool": 1}


def print_summary(
    model: Any, line_length: int | None, print_fn: Callable[[str], Any] | None
) -> None:
    """Prints the table; see `Model.summary`."""
    emit = print_fn or print
    for line in summary_lines(model, line_length):
        emit(line)


def summary_lines(model: Any, line_length: int | None = None) -> list[str]:
    """The lines of the table."""
    linear = _is_linear(model)
    head = ["Layer (type)", "Output shape", "Parameters"] + ([] if linear else ["Connected to"])
    rows = [head, *(_row(layer, model, linear) for layer in model.layers)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    if line_length is not None:
        spare = line_length - 2 * (len(widths) - 1) - sum(widths[1:])
        widths[0] = max(12, min(widths[0], spare))
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))

    def line(row: list[str]) -> str:
        cells = [cell[:w].ljust(w) for cell, w in zip(row, widths, strict=True)]
        cells[2] = row[2].rjust(widths[2])
        return "  ".join(cells).rstrip()

    body = [line(row) for row in rows[1:]]
    return [f"Model: {model.name!r}", rule, line(head), rule, *body, rule, *_totals(model)]


def _row(layer: Layer, model: Any, linear: bool) -> list[str]:
    count = f"{layer.count_params():,}" if layer.built else "not built"
    cells = [f"{layer.name} ({type(layer).__name__})", _shape_text(layer, model), count]
    return cells if linear else [*cells, _sources(layer, model)]


def _shape_text(layer: Layer, model: Any) -> str:
    nodes = _nodes_of(layer, model)
    if not nodes:
        return "?"
    shapes = [str(t.shape) for t in tree.flatten(nodes[0].outputs)]
    return ", ".join(shapes)


def _nodes_of(layer: Layer, model: Any) -> list[Any]:
    function = model._function
    if function is None:
        return list(layer._inbound_nodes)
    inside = {id(node) for node in function.nodes} | {id(t.node) for t in function.flat_inputs}
    return [node for node in layer._inbound_nodes if id(node) in inside]


def _sources(layer: Layer, model: Any) -> str:
    names = [
        t.node.operation.name for node in _nodes_of(layer, model) for t in node.inputs if t.node
    ]
    return ", ".join(dict.fromkeys(names))


def _is_linear(model: Any) -> bool:
    """Whether every layer follows the one before it."""
    if model._function is None:
        return True
    return all(len(node.inputs) <= 1 for node in model._function.nodes) and all(
        len(_nodes_of(layer, model)) <= 1 for layer in model.layers
    )


def _totals(model: Any) -> list[str]:
    weights, trained = model.weights, {id(w) for w in model.trainable_weights}
    groups = (
        ("Total parameters", weights),
        ("Trainable", [w for w in weights if id(w) in trained]),
        ("Not trainable", [w for w in weights if id(w) not in trained]),
    )
    return [f"{name}: {_count(group):,} ({_memory(group)})" for name, group in groups]


def _count(weights: list[Any]) -> int:
    return sum(w.size for w in weights)


def _memory(weights: list[Any]) -> str:
    size = float(sum(w.size * _BYTES.get(w.dtype, 4) for w in weights))
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""
