"""The command line `kcore`: one file a command, imported when it is run.

Plugins add commands with the hook `kcore_commands`; they are asked only when the commands are
listed, or when one is not ours. Listing imports neither numpy nor TensorFlow.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from kcore.errors import BrokenPluginError, KcoreError, nearest
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import Component
from kcore.plugins.table import TableError, read_rows

_COMMANDS = {
    "check": "kcore.cli.check:check",
    "completion": "kcore.cli.completion:completion",
    "convert": "kcore.cli.convert:convert",
    "diff-runs": "kcore.cli.diff_runs:diff_runs",
    "doctor": "kcore.cli.doctor:doctor",
    "inspect": "kcore.cli.inspect:inspect_file",
    "launch": "kcore.cli.launch:launch",
    "list": "kcore.cli.list:list_components",
    "new-plugin": "kcore.cli.new_plugin:new_plugin",
    "plugins": "kcore.cli.plugins:plugins",
    "show": "kcore.cli.component:show_component",
    "upgrade": "kcore.cli.convert:upgrade",
}


class _Commands(click.Group):
    """Our commands, then those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS | _extra_commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            module, _, attribute = _COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        component = _extra_commands().get(cmd_name)
        return _load_command(component) if component else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        ours = {name: self.get_command(ctx, name) for name in _COMMANDS}
        rows = [(name, command.get_short_help_str(60)) for name, command in ours.items() if command]
        # Commands of plugins are named and not imported: help must not depend on them.
        rows += [(name, f"From {extra.provider}.") for name, extra in _extra_commands().items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and name not in (names := self.list_commands(ctx)):
            ctx.fail(f"There is no command {name!r}. {nearest(name, names)}".strip())
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _errors_in_plain_words():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _errors_in_plain_words():
            return super().invoke(ctx)


@contextmanager
def _errors_in_plain_words() -> Iterator[None]:
    """Our errors say all that is needed; click prints them without a traceback and exits with 1."""
    try:
        yield
    except KcoreError as error:
        raise click.ClickException(str(error)) from error


def _extra_commands() -> dict[str, Component]:
    """Commands of plugins by name; ours first, and of several with one name the first plugin's."""
    commands: dict[str, Component] = {}
    for record, rows in catalogue().host.call_each("kcore_commands"):
        try:
            components = read_rows([("command", *row) for row in rows], record)
        except (TableError, TypeError) as error:
            where = f"kcore_commands of the plugin {record.name!r} of {record.provider}"
            click.echo(f"Warning: {where} returns no usable rows: {error}", err=True)
            continue
        for component in components:
            if component.name not in _COMMANDS:
                commands.setdefault(component.name, component)
    return commands


def _load_command(component: Component) -> click.Command:
    command = catalogue().host.load(component)
    if not isinstance(command, click.Command):
        raise BrokenPluginError(
            f"The command {component.identity!r} is expected to be a click command; "
            f"{component.target} of {component.provider} is of type {type(command).__name__}. "
            "What to do: tell its authors."
        )
    return command


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        record = catalogue().host.record("kcore")
        click.echo(f"kcore {record.version if record else 'unknown'}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """What is installed for kcore, model files, and commands that plugins add."""
