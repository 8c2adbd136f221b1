"""Prints tables: with rich on a terminal, as plain columns elsewhere, or as JSON."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any

import click


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under headings.

    Args:
        headings: one for each column.
        rows: as many cells as there are headings; a cell may have several lines.

    Example:
        >>> table(["name", "kind"], [["Dense", "layer"]])
        name   kind
        Dense  layer
    """
    if sys.stdout.isatty():
        _rich_table(headings, rows)
        return
    cells = [[" ".join(cell.split()) for cell in row] for row in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


def _rich_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Imported only for a terminal: it takes longer than all the rest of a listing.
    console, tables, text = map(
        importlib.import_module, ("rich.console", "rich.table", "rich.text")
    )
    drawn = tables.Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*map(text.Text, row))
    console.Console().print(drawn)


def as_json(value: Any) -> None:
    """Prints plain data as JSON.

    Example:
        >>> as_json(["Dense"])
        [
          "Dense"
        ]
    """
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
