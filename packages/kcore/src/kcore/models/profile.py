"""How long every layer of a model takes on data, and what its outputs weigh."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from kcore import backend, context, tree
from kcore.errors import ConfigurationError
from kcore.models import costs
from kcore.models.plot_style import colours, text_width
from kcore.saving.atomic import replacing

_BAR, _ROW, _NUMBERS = 360.0, 19.0, 150.0
_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_SHOWN = 40  # bars in a picture


@dataclass(frozen=True)
class LayerCost:
    """What one call of a layer costs.

    Attributes:
        name: of the layer.
        kind: its class.
        milliseconds: fastest of the calls that were timed.
        output_bytes: of its outputs.
        weight_bytes: of its weights.
        multiply_adds: for one sample; None if they are not known.
        shape: of its first output.
        family: decides the colour in the picture.
    """

    name: str
    kind: str
    milliseconds: float
    output_bytes: int
    weight_bytes: int
    multiply_adds: int | None
    shape: tuple[int, ...]
    family: str


@dataclass(frozen=True)
class Profile:
    """The costs of all layers, in the order in which they run; prints as a table.

    Layers are run one by one, uncompiled, so that each can be timed. The times tell which layers
    are dear; their sum is more than `predict` takes, which runs all of them as one.

    Attributes:
        model: the model's name.
        rows: one for each call of a layer.

    Example:
        >>> row = LayerCost("dense", "Dense", 0.5, 40, 80, 20, (1, 10), "core")
        >>> print(Profile("small", (row,)).table(1).splitlines()[2])
        dense (Dense)  (1, 10)  0.500  100 %           40 B     80 B             20
    """

    model: str
    rows: tuple[LayerCost, ...]

    @property
    def milliseconds(self) -> float:
        """The time of all layers together."""
        return sum(row.milliseconds for row in self.rows)

    def __str__(self) -> str:
        return self.table()

    def table(self, top: int | None = None) -> str:
        """The table as text.

        Args:
            top: so many of the slowest layers; all in their order if None.
        """
        head, body = self._cells(top)
        widths = [max(len(row[i]) for row in (head, *body)) for i in range(len(head))]

        def line(row: list[str]) -> str:
            cells = [
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            return "  ".join(cells).rstrip()

        return "\n".join([line(head), "─" * len(line(head)), *map(line, body)])

    def _repr_html_(self) -> str:
        head, body = self._cells(None)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body
        )
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        return f"{self.svg()}<details><table><tr>{cells}</tr>{rows}</table></details>"

    def _cells(self, top: int | None) -> tuple[list[str], list[list[str]]]:
        total = self.milliseconds or 1.0
        head = ["Layer (type)", "Output", "ms", "Share", "Output memory", "Weights"]
        body = [
            [
                f"{row.name} ({row.kind})",
                str(row.shape),
                f"{row.milliseconds:.3f}",
                f"{100 * row.milliseconds / total:.0f} %",
                _bytes(row.output_bytes),
                _bytes(row.weight_bytes),
                costs.count_text(row.multiply_adds),
            ]
            for row in self._slowest(top)
        ]
        return [*head, "Multiply-adds"], body

    def _slowest(self, top: int | None) -> list[LayerCost]:
        if top is None:
            return list(self.rows)
        return sorted(self.rows, key=lambda row: -row.milliseconds)[:top]

    def plot(self, to_file: str | Path = "profile.svg", top: int = _SHOWN) -> Path:
        """Writes a picture with a bar for each of the slowest layers.

        Args:
            to_file: an ".svg" file.
            top: number of bars, default 40.

        Raises:
            ConfigurationError: if the file has another suffix.
        """
        target = Path(to_file)
        if target.suffix.lower() != ".svg":
            raise ConfigurationError(
                f"Profile.plot writes SVG; received to_file={str(to_file)!r}. Write 'profile.svg'."
            )
        with replacing(target) as temporary:
            temporary.write_text(self.svg(top), "utf-8")
        return target

    def svg(self, top: int = _SHOWN) -> str:
        """The picture as text."""
        shown = self._slowest(top)
        longest = max((row.milliseconds for row in shown), default=1.0) or 1.0
        label = 20 + max((text_width(_shortened(row.name), 12) for row in shown), default=100.0)
        width, height = label + _BAR + _NUMBERS, 52 + _ROW * len(shown) + 12
        head = f"{self.model}: {self.milliseconds:.1f} ms in {len(self.rows)} calls"
        if len(shown) < len(self.rows):
            head += f", the {len(shown)} slowest"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{_FONT}" role="img">',
            f'<title>{escape(head)}</title><rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="12" y="26" font-size="15" font-weight="bold" fill="#1f2933">{escape(head)}'
            "</text>",
        ]
        for number, row in enumerate(shown):
            parts += _bar(row, label, 44 + _ROW * number, row.milliseconds / longest)
        return "\n".join([*parts, "</svg>"]) + "\n"


def _shortened(name: str) -> str:
    return name if len(name) <= 42 else f"{name[:40]}…"


def _bar(row: LayerCost, label: float, y: float, share: float) -> list[str]:
    fill, border = colours(row.family)
    numbers = f"{row.milliseconds:.2f} ms, {_bytes(row.output_bytes)}"
    end = label + 8 + max(1.0, share * (_BAR - 8))
    return [
        f'<text x="{label:.0f}" y="{y + 13:.0f}" font-size="12" fill="#1f2933" '
        f'text-anchor="end">{escape(_shortened(row.name))}</text>',
        f'<rect x="{label + 8:.0f}" y="{y + 2:.0f}" width="{end - label - 8:.1f}" height="14" '
        f'rx="2" fill="{fill}" stroke="{border}"/>',
        f'<text x="{end + 6:.1f}" y="{y + 13:.0f}" font-size="11" fill="#52606d">'
        f"{escape(numbers)}</text>",
    ]


def _bytes(size: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


def profile_model(model: Any, x: Any, repeats: int = 3) -> Profile:
    """Runs a functional model layer by layer on data; see `Model.profile`.

    Raises:
        ConfigurationError: if repeats is no whole number of at least 1.
        NotBuiltError: if the model has no graph.
    """
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ConfigurationError(
            f"Model.profile: repeats must be a whole number of at least 1; received {repeats!r}."
        )
    function = model._need_graph("input")
    model.check_input_data(x)
    values = model._graph_values(tree.map_leaves(backend.tensor.convert, x))
    nodes = iter(function.nodes)
    rows: list[LayerCost] = []

    def call(operation: Any, args: Any, kwargs: Any) -> Any:
        result, best = None, float("inf")
        for number in range(repeats + 1):  # the first call makes kernels and is not counted
            start = time.perf_counter()
            result = operation(*args, **kwargs)
            for leaf in tree.flatten(result):
                np.asarray(leaf)  # waits until it is computed
            if number:
                best = min(best, time.perf_counter() - start)
        rows.append(_cost(operation, next(nodes), result, 1000 * best))
        return result

    with context.enter(False):
        function.run(values, call)
    return Profile(model.name, tuple(rows))


def _cost(operation: Any, node: Any, result: Any, milliseconds: float) -> LayerCost:
    arrays = [np.asarray(leaf) for leaf in tree.flatten(result)]
    weights = getattr(operation, "weights", [])
    places = type(operation).__module__.split(".")
    family = places[1] if len(places) > 1 and places[0] != "kcore" else "operation"
    return LayerCost(
        operation.name,
        str(getattr(operation, "function", type(operation).__name__)),
        milliseconds,
        sum(array.nbytes for array in arrays),
        costs.byte_size(weights),
        costs.multiply_adds(operation, node),
        tuple(arrays[0].shape) if arrays else (),
        family,
    )
