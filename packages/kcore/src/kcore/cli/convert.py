"""`kcore convert` and `kcore upgrade`: model files in another format, or in the newest form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kcore.saving import loading


@click.command("convert")
@click.argument("source", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--model",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A whole model's file, for a SOURCE that holds weights only.",
)
@click.option("--overwrite", is_flag=True, help="Replace TARGET if it exists.")
def convert(source: Path, target: Path, model: Path | None, overwrite: bool) -> None:
    """Write the model of the file SOURCE to the file TARGET; suffixes say the formats."""
    loaded = loading.load_model(source if model is None else model)
    if model is not None:
        loaded.load_weights(source)
    _write(loaded, target, overwrite)


@click.command("upgrade")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another file to write; FILE itself is replaced without it.",
)
def upgrade(file: Path, output: Path | None) -> None:
    """Write the model of FILE, made by an earlier version or by Keras, as it is written today."""
    _write(loading.load_model(file), output or file, overwrite=True)


def _write(model: Any, target: Path, overwrite: bool) -> None:
    whole = getattr(loading.file_format(target), "whole_model", True)
    (model.save if whole else model.save_weights)(target, overwrite=overwrite)
    click.echo(f"{target}: {model.name}, {model.count_params()} parameters")
