"""`kcore list KIND`: every component of a kind, with the package that provides it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import click

from kcore.cli import show
from kcore.errors import nearest
from kcore.plugins import known
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import Component


@click.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_components(kind: str | None, as_json: bool) -> None:
    """List the components of a KIND, such as layers; without KIND, list the kinds.

    Imports no component.
    """
    components = catalogue().components()
    if kind is None:
        _list_kinds(components, as_json)
        return
    chosen = _singular(
        kind, sorted({component.kind for component in components}.union(known.kinds()))
    )
    found = sorted(
        (component for component in components if component.kind == chosen),
        key=lambda component: (component.name, component.identity),
    )
    if not found:
        raise click.ClickException(
            f"No component of kind {chosen!r} is installed. "
            f"What to do: pip install {known.package_of(chosen)}"
        )
    if as_json:
        show.as_json([_plain(component) for component in found])
        return
    rows = [[c.name, c.identity, c.provider, ", ".join(c.aliases)] for c in found]
    show.table(["name", "identity", "package", "former names"], rows)


def _list_kinds(components: tuple[Component, ...], as_json: bool) -> None:
    counts = sorted(Counter(component.kind for component in components).items())
    if as_json:
        show.as_json(dict(counts))
    else:
        show.table(["kind", "components"], [[kind, str(count)] for kind, count in counts])


def _singular(kind: str, kinds: list[str]) -> str:
    forms = {form: one for one in kinds for form in (one, f"{one}s", f"{one}es")}
    word = kind.lower().replace("-", "_")
    if word not in forms:
        raise click.UsageError(
            f"No installed package provides components of the kind {kind!r}. "
            f"{nearest(word, forms)} Kinds are: {', '.join(kinds)}."
        )
    return forms[word]


def _plain(component: Component) -> dict[str, Any]:
    plain = asdict(component)
    del plain["value"]
    return {"identity": component.identity, **plain, "aliases": list(component.aliases)}
