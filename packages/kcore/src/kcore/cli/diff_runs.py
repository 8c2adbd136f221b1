"""`kcore diff-runs A B`: what differs between two runs."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from kcore.cli import show

_RUN = click.Path(exists=True, path_type=Path)


@click.command("diff-runs")
@click.argument("a", type=_RUN)
@click.argument("b", type=_RUN)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def diff_runs(context: click.Context, a: Path, b: Path, as_json: bool) -> None:
    """Compare two runs: seed, data, settings, versions, plugins, then History and weights.

    A and B are folders of checkpoints, checkpoints, or files that History.save wrote. Exits with 0
    if the runs are equal and with 1 if they differ.
    """
    # Imported when it is run: listing the commands must not import numpy.
    runs = importlib.import_module("kcore.training.runs")
    found = runs.differences(runs.load_run(a), runs.load_run(b))
    if as_json:
        show.as_json([{"what": what, "a": left, "b": right} for what, left, right in found])
    elif found:
        show.table(["what", "A", "B"], [list(row) for row in found])
    else:
        click.echo("The runs are equal: what they depended on, and what came of it.")
    context.exit(1 if found else 0)
