"""`kcore check PACKAGE`: runs the conformance kit on an installed plugin."""

from __future__ import annotations

import importlib
import unittest
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import click

from kcore.cli import show
from kcore.errors import ComponentNotFoundError, nearest
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import PluginRecord
from kcore.plugins.scan import normalized


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check says of one component: passed, failed, skipped or known."""

    component: str
    check: str
    outcome: str
    message: str = ""


@click.command()
@click.argument("package")
@click.option("--all", "every", is_flag=True, help="List the checks that passed, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, package: str, every: bool, as_json: bool) -> None:
    """Run the conformance kit on the components of a PACKAGE (or plugin) that is installed.

    Trying a component takes arguments and data: its package gives them with the hook
    `kcore_checks`. The others are imported and told to be untried. Exits with 1 if a check fails.
    """
    record = _record(package)
    found = _run(record)
    outcomes = [outcome for outcome in found if every or outcome.outcome != "passed"]
    if as_json:
        show.as_json([asdict(outcome) for outcome in outcomes])
    else:
        show.table(
            ["component", "check", "outcome", "message"],
            [[o.component, o.check, o.outcome, o.message] for o in outcomes],
        )
        counts = Counter(outcome.outcome for outcome in found)
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    context.exit(1 if any(outcome.outcome == "failed" for outcome in outcomes) else 0)


def _record(package: str) -> PluginRecord:
    host = catalogue().host
    host.enable_all()
    records = host.records()
    for record in records:
        if package == record.name or normalized(package) == normalized(record.distribution):
            return record
    names = [record.distribution for record in records]
    raise ComponentNotFoundError(
        f"No plugin of the package {package!r} is installed. {nearest(package, names)} "
        f"Installed are: {', '.join(names)}."
    )


def _run(record: PluginRecord) -> list[Outcome]:
    if not record.usable:
        told = f"{record.reason} What to do: {record.cure}"
        return [Outcome(record.name, "table_is_read", "failed", told)]
    outcomes = [Outcome(record.name, "table_is_read", "passed")]
    rows = _rows(record)
    tried = {(c.kind, c.target) for c in record.components if (c.kind, c.name) in rows}
    made: dict[tuple[str, str], list[Any]] = {}
    for component in record.components:
        target = rows.pop((component.kind, component.name), None)
        outcomes.append(_attempt(component.identity, "is_imported", lambda c=component: _load(c)))
        if outcomes[-1].outcome == "failed":
            continue
        if target is None and (component.kind, component.target) in tried:
            continue  # a further name of what was tried
        if target is None:
            told = "kcore_checks has no row for it"
            outcomes.append(Outcome(component.identity, "conformance", "untried", told))
        else:
            checks, found = _make(component.identity, target)
            made[component.kind, component.name] = checks
            outcomes += found or _try(component.identity, checks)
    outcomes += _try_plugin(record.name, made)
    for kind, name in rows:
        told = f"kcore_checks names the {kind} {name!r}, which the table does not have"
        outcomes.append(Outcome(record.name, "checks_have_components", "failed", told))
    return outcomes


def _load(component: Any) -> None:
    catalogue().load(component.kind, component.identity)


def _rows(record: PluginRecord) -> dict[tuple[str, str], str]:
    given = catalogue().host.call_each("kcore_checks")
    found = [row for owner, rows in given if owner.name == record.name for row in rows]
    return {(kind, name): target for kind, name, target in found}


def _make(identity: str, target: str) -> tuple[list[Any], list[Outcome]]:
    """The checks of a component, and what went wrong where they could not be made."""
    module, _, function = target.partition(":")
    try:
        return list(getattr(importlib.import_module(module), function)()), []
    except Exception as error:
        told = f"{target} raised {type(error).__name__}: {error}"
        return [], [Outcome(identity, "checks_are_made", "failed", told)]


def _try(identity: str, checks: Iterable[Any]) -> list[Outcome]:
    """Runs each check; what they warn of is no matter of a table."""
    return [_attempt(identity, one.name, one, one.known_failure) for one in checks]


def _try_plugin(name: str, made: dict[tuple[str, str], list[Any]]) -> list[Outcome]:
    """Runs the checks of the plugin as a whole."""
    # Imported when it is run: it needs numpy, and the other commands do not.
    testing = importlib.import_module("kcore.testing")
    return _try(name, testing.check_plugin(name, made))


def _attempt(identity: str, name: str, run: Any, known: str | None = None) -> Outcome:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run()
    except unittest.SkipTest as reason:
        return Outcome(identity, name, "skipped", str(reason))
    except Exception as error:
        if known is not None:
            return Outcome(identity, name, "known", known)
        told = (
            str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        )
        return Outcome(identity, name, "failed", told)
    if known is not None:
        return Outcome(identity, name, "failed", f"It holds, but is said to fail: {known}")
    return Outcome(identity, name, "passed")
