"""`kcore completion SHELL`: the script with which a shell completes kcore's commands."""

from __future__ import annotations

import importlib

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes kcore's commands in a SHELL.

    For bash: `kcore completion bash >> ~/.bashrc`; zsh likewise; for fish, write it to
    ~/.config/fish/completions/kcore.fish.
    """
    # Imported when it is run: it costs more than a listing.
    scripts = importlib.import_module("click.shell_completion")
    main = click.get_current_context().find_root().command
    made = scripts.get_completion_class(shell)(main, {}, "kcore", "_KCORE_COMPLETE")
    click.echo(made.source())
