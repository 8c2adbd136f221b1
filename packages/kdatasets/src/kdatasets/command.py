"""`kcore datasets`: the command line of `python -m kdatasets` as a command of kcore."""

from __future__ import annotations

import click

from .__main__ import main

__all__ = ["datasets"]


@click.command(
    "datasets",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    options_metavar="",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND [NAME]")
@click.pass_context
def datasets(context: click.Context, arguments: tuple[str, ...]) -> None:
    """List, describe, fetch and verify data sets: list | info NAME | get NAME | verify NAME."""
    context.exit(main(arguments, program=context.command_path))
