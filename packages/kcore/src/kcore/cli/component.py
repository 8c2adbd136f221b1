"""`kcore show IDENTITY`: signature, docstring and source of one component."""

from __future__ import annotations

import inspect
from typing import Any

import click

from kcore.cli import show
from kcore.errors import ComponentNotFoundError
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import Component


@click.command("show")
@click.argument("name")
@click.option("--kind", help="Its kind, where several kinds have the name.")
@click.option("--source", is_flag=True, help="Print its source code, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_component(name: str, kind: str | None, source: bool, as_json: bool) -> None:
    """Show a component by NAME, such as klayers/Dense or Dense: signature, docs, where it is.

    Imports this one component.
    """
    component = _find(name, kind)
    thing: Any = catalogue().load(component.kind, component.identity)
    facts = {
        "identity": component.identity,
        "kind": component.kind,
        "package": component.provider,
        "target": component.target,
        "signature": _signature(component, thing),
        "documentation": inspect.getdoc(thing) or "",
    }
    if source:
        facts["source"] = inspect.getsource(thing)
    if as_json:
        show.as_json(facts)
        return
    click.echo(f"{facts['identity']} ({facts['kind']} of {facts['package']}, {facts['target']})\n")
    click.echo(f"{facts['signature']}\n\n{facts['documentation']}".strip())
    if source:
        click.echo(f"\n{facts['source']}")


def _find(name: str, kind: str | None) -> Component:
    if kind is not None:
        return catalogue().find(kind, name)
    fits = [
        component
        for component in catalogue().components()
        if name in (component.identity, component.name, *component.aliases)
    ]
    if not fits:
        raise ComponentNotFoundError(
            f"Nothing that is installed is called {name!r}. What to do: `kcore list KIND` lists "
            "all of a kind."
        )
    kinds = sorted({component.kind for component in fits})
    if len(kinds) > 1:
        raise click.UsageError(
            f"{name!r} is the name of several kinds: {', '.join(kinds)}. Give one as --kind."
        )
    return catalogue().find(kinds[0], name)


def _signature(component: Component, thing: Any) -> str:
    if inspect.ismodule(thing):
        # a data set or a family of applications: what a user calls in it
        return f"module {thing.__name__}"
    try:
        return f"{component.name}{inspect.signature(thing)}"
    except (TypeError, ValueError):
        return component.name
