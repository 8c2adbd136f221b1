"""Every layer passes the conformance kit, made in every way that its family's table lists."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from kcore.plugins.catalogue import catalogue
from kcore.testing import Check, NotApplicableError, check_layer, check_plugin, conformance

# name, how to make it, shape of the input without the batch, dtype of the input, and where needed
# further arguments of the call and reasons of known failures
Case = tuple[Any, ...]
FAMILIES = sorted(file.stem for file in (Path(__file__).parent / "cases").glob("*.py"))
CASES: list[Case] = [case for family in FAMILIES for case in importlib.import_module(family).CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_layer(case: Case) -> None:
    _, make, shape, dtype, *others = case
    call, known = (*others, None, None)[:2]
    failures = []
    for check in check_layer(make, shape, dtype, call=call, known_failures=known):
        try:
            check()
        except NotApplicableError:
            continue
        except Exception as error:
            if check.known_failure is None:
                failures.append(f"{check.name}: {type(error).__name__}: {error}")
    assert not failures, "\n".join(failures)


def _one_case_a_class() -> dict[tuple[str, str], list[Check]]:
    """The checks of the first case of each class that the plugin has."""
    tried: dict[tuple[str, str], list[Check]] = {}
    for _, make, shape, dtype, *others in CASES:
        key = ("layer", type(make()).__name__)
        if key not in tried and catalogue().identity_of(type(make())):
            tried[key] = list(check_layer(make, shape, dtype, call=(*others, None)[0]))
    return tried


@conformance(check_plugin("klayers", _one_case_a_class()))
def test_the_plugin(check: Check) -> None:
    assert check.says


def test_every_layer_of_the_table_has_a_case() -> None:
    from klayers.plugin import ROWS

    made = [case[1]() for case in CASES]
    # layers with several arguments stand in a layer that takes a list
    covered = {type(m.layer if type(m).__name__ == "OfList" else m).__name__ for m in made}
    table = {target.split(":")[1] for kind, _, target in ROWS if kind == "layer"}
    assert table - covered == set()
