"""The printed table of a model: layers, shapes, parameters, connections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from kcore import tree
from kcore.errors import ConfigurationError
from kcore.layer import Layer
from kcore.models import costs

_UNITS = ("B", "KB", "MB", "GB", "TB")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
    show_costs: bool = False,
) -> None:
    """Prints layers, output shapes and numbers of parameters of a model.

    Args:
        model: the model.
        line_length: characters in a line, as needed if None.
        positions: where each column ends: shares of the line between 0 and 1, or characters.
        print_fn: called with each line, `print` if None.
        expand_nested: whether the layers of models inside the model are listed too.
        show_trainable: whether a column says if training changes the layer.
        layer_range: names of the first and the last layer to list, or regular expressions for
            them; all if None.
        show_costs: whether columns say what weights take in memory, how many multiply-adds one
            sample needs, and which package provides the layer.

    Raises:
        ConfigurationError: if positions or layer_range do not fit the model.
    """
    emit = print_fn or print
    for line in summary_lines(
        model, line_length, positions, expand_nested, show_trainable, layer_range, show_costs
    ):
        emit(line)


def summary_lines(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
    show_costs: bool = False,
) -> list[str]:
    """The lines of the table; arguments as for `print_summary`."""
    rows = _table(model, expand_nested, show_trainable, layer_range, show_costs)
    head = rows[0]
    widths = _widths(rows, line_length, positions)
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))

    def line(row: list[str]) -> str:
        cells = [cell[:w].ljust(w) for cell, w in zip(row, widths, strict=True)]
        cells[2] = row[2][: widths[2]].rjust(widths[2])
        return "  ".join(cells).rstrip()

    body = [line(row) for row in rows[1:]]
    return [
        f"Model: {model.name!r}",
        rule,
        line(head),
        rule,
        *body,
        rule,
        *_totals(model, show_costs),
    ]


_COSTS = ["Memory", "Multiply-adds", "Provider"]


def _table(
    model: Any,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
    show_costs: bool,
) -> list[list[str]]:
    """The cells of the table, the head first."""
    linear = _is_linear(model)
    head = ["Layer (type)", "Output shape", "Parameters"]
    head += ([] if linear else ["Connected to"]) + (["Trainable"] if show_trainable else [])
    rows = [head + (_COSTS if show_costs else [])]
    for layer in _in_range(model, layer_range):
        rows += _rows(layer, model, linear, expand_nested, show_trainable, show_costs, "")
    return rows


def summary_html(model: Any) -> str:
    """The table of a model for a notebook, with what each layer costs."""
    head, *rows = _table(model, False, False, None, True)
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    totals = "<br>".join(escape(line) for line in _totals(model, True))
    return (
        f"<b>{escape(type(model).__name__)} {escape(model.name)}</b><br>{totals}<details><summary>"
        f"{len(rows)} layers</summary><table><tr>{cells}</tr>{body}</table></details>"
    )


def _in_range(model: Any, layer_range: Sequence[str] | None) -> list[Layer]:
    layers: list[Layer] = model.layers
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ConfigurationError(
            f"summary: layer_range must be two names of layers; received {layer_range!r}."
        )
    first = [i for i, layer in enumerate(layers) if re.fullmatch(layer_range[0], layer.name)]
    last = [i for i, layer in enumerate(layers) if re.fullmatch(layer_range[1], layer.name)]
    if not first or not last:
        raise ConfigurationError(
            f"summary: no layers of model {model.name!r} have the names in layer_range="
            f"{list(layer_range)}; its layers are {[layer.name for layer in layers]}."
        )
    ends = sorted((first[0], last[-1]))
    return layers[ends[0] : ends[1] + 1]


def _widths(
    rows: list[list[str]], line_length: int | None, positions: Sequence[float] | None
) -> list[int]:
    """The width of each column; two spaces lie between columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    if positions is None:
        if line_length is not None:
            spare = line_length - 2 * (len(widths) - 1) - sum(widths[1:])
            widths[0] = max(12, min(widths[0], spare))
        return widths
    ends = list(positions)
    if ends and ends[-1] <= 1:
        total = line_length or sum(widths) + 2 * (len(widths) - 1)
        ends = [int(total * share) for share in ends]
    edges = [0, *[int(end) for end in ends]]
    pairs = list(zip(edges, edges[1:], strict=False))
    if len(ends) != len(widths) or any(b - a < 3 for a, b in pairs):
        raise ConfigurationError(
            f"summary: positions must be {len(widths)} growing ends of the columns {rows[0]}, each "
            f"with room for a character; received {list(positions)}."
        )
    between = [2] * (len(widths) - 1) + [0]
    return [b - a - gap for (a, b), gap in zip(pairs, between, strict=True)]


def _rows(
    layer: Any,
    model: Any,
    linear: bool,
    expand: bool,
    trainable: bool,
    cost: bool,
    indent: str,
) -> list[list[str]]:
    """The row of a layer, and those of the layers inside it if they are listed too."""
    row = _row(layer, model, linear)
    row[0] = indent + row[0]
    if trainable:
        row.append(("yes" if layer.trainable else "no") if layer.weights else "-")
    if cost:
        row += _cost(layer, model)
    rows = [row]
    if expand and hasattr(layer, "_function"):
        for inner in layer.layers:
            rows += _rows(inner, layer, linear, expand, trainable, cost, indent + "  ")
    return rows


def _cost(layer: Layer, model: Any) -> list[str]:
    counts = [costs.multiply_adds(layer, node) for node in _nodes_of(layer, model)]
    known = [count for count in counts if count is not None]
    total = sum(known) if known and len(known) == len(counts) else None
    memory = _memory(layer.weights) if layer.weights else "-"
    return [memory, costs.count_text(total) if total != 0 else "-", costs.provider(layer)]


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


def _totals(model: Any, show_costs: bool) -> list[str]:
    weights, trained = model.weights, {id(w) for w in model.trainable_weights}
    groups = (
        ("Total parameters", weights),
        ("Trainable", [w for w in weights if id(w) in trained]),
        ("Not trainable", [w for w in weights if id(w) not in trained]),
    )
    lines = [f"{name}: {_count(group):,} ({_memory(group)})" for name, group in groups]
    if show_costs and model._function is not None:
        counts = [costs.multiply_adds(node.operation, node) for node in model._function.nodes]
        total = None if None in counts else sum(c for c in counts if c is not None)
        lines.append(f"Multiply-adds for one sample: {costs.count_text(total)}")
    return lines


def _count(weights: list[Any]) -> int:
    return sum(w.size for w in weights)


def _memory(weights: list[Any]) -> str:
    size = float(costs.byte_size(weights))
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""
