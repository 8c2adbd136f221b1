"""`kcore inspect`: what a model file holds; nothing of it is loaded."""

from __future__ import annotations

import importlib
import json

import click

from kcore.cli import show

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@click.command("inspect")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print plain data.")
def inspect_file(file: str, as_json: bool) -> None:
    """Show classes, packages, weights and training of a model FILE, without loading it."""
    # Imported when it is run: listing the commands must not import numpy.
    found = importlib.import_module("kcore.saving.inspection").inspect(file)
    if as_json:
        show.as_json(found.as_dict())
        return
    count = len(found.weights)
    click.echo(f"{found.path}: {found.model or 'weights only'}, written by {found.written_by}")
    click.echo(f"{count} arrays, {_size(found.total_bytes)}")
    if found.classes:
        click.echo()
        show.table(
            ("kind", "class", "package"),
            [(c["kind"], c["name"], c["package"]) for c in found.classes],
        )
    if found.weights:
        click.echo()
        rows = [
            (w["name"], "x".join(map(str, w["shape"])) or "scalar", w["dtype"], _size(w["bytes"]))
            for w in found.weights
        ]
        show.table(("weight", "shape", "dtype", "size"), rows)
    if found.training:
        click.echo()
        for key, value in found.training.items():
            if value is not None:
                click.echo(f"{key}: {json.dumps(value)}")


def _size(count: float) -> str:
    step = 0
    while count >= 1024 and step < len(_UNITS) - 1:
        count, step = count / 1024, step + 1
    return f"{count:.0f} {_UNITS[step]}" if count == int(count) else f"{count:.1f} {_UNITS[step]}"
