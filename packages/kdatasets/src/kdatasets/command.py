"""`kcore datasets`: the command line of `python -m kdatasets` as a command of kcore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .__main__ import main

if TYPE_CHECKING:
    import click

    datasets: click.Command

__all__ = ["datasets"]


def __getattr__(name: str) -> Any:
    if name != "datasets":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _command()


def _command() -> click.Command:
    # Imported here: only kcore asks for the command, and brings click; alone this package has none.
    import click

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

    return datasets
