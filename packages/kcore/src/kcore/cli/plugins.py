"""`kcore plugins`: every plugin, its state, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from kcore.cli import show
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import PluginRecord


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with tracebacks.")
def plugins(as_json: bool) -> None:
    """List plugins: version, state, components by kind, and what to do about broken ones.

    Reads every plugin's table and imports no component.
    """
    host = catalogue().host
    host.enable_all()
    records = host.records()
    if as_json:
        show.as_json([_plain(record) for record in records])
        return
    show.table(
        ["plugin", "distribution", "version", "state", "components", "core API", "import"],
        [
            [
                *(record.name, record.distribution, record.version, record.state),
                *(_counts(record), record.api_range, f"{1000 * record.import_seconds:.1f} ms"),
            ]
            for record in records
        ],
    )
    for record in records:
        if record.reason:
            click.echo(f"\n{record.name} ({record.provider}) is {record.state}: {record.reason}")
            click.echo(f"What to do: {record.cure}")
    for clash in catalogue().clashes():
        offers = " and ".join(f"{component.identity} ({component.provider})" for component in clash)
        click.echo(f"\nThe {clash[0].kind} {clash[0].name!r} is provided by {offers}.")
        click.echo("What to do: use the identity of the one that you mean.")


def _by_kind(record: PluginRecord) -> dict[str, list[str]]:
    kinds = sorted({component.kind for component in record.components})
    return {kind: [c.name for c in record.components if c.kind == kind] for kind in kinds}


def _counts(record: PluginRecord) -> str:
    counts = Counter(component.kind for component in record.components)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _plain(record: PluginRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "state": record.state,
        "module": record.module,
        "api_range": record.api_range,
        "reason": record.reason,
        "cure": record.cure,
        "traceback": record.traceback,
        "import_seconds": round(record.import_seconds, 6),
        "components": _by_kind(record),
    }
