"""`kcore runs`: the trainings that were written down."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), envvar="KCORE_RUNS")
def runs(path: Path) -> None:
    """List the trainings in the file PATH (default: the one that KCORE_RUNS names)."""
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        logs = ", ".join(f"{key} {value:.4g}" for key, value in line["logs"].items())
        click.echo(f"{line['model']}: {line['epochs']} epochs, {line['seconds']:.1f} s, {logs}")
