"""The pytest plugin of the conformance kit: one decorated line becomes a test for each check.

    from kcore.testing import check_layer, conformance

    @conformance(check_layer(lambda: Gated(4), input_shape=(5,)))
    def test_gated(check): ...

pytest loads it through the entry point `pytest11` in every run where kcore is installed, so it
imports nothing of kcore.
"""

from __future__ import annotations

from typing import Any

import pytest


def pytest_generate_tests(metafunc: Any) -> None:
    """Makes a test for each check of a decorated function."""
    checks = getattr(metafunc.function, "kcore_checks", None)
    if checks is None:
        return
    parameters = []
    for check in checks:
        marks = []
        if check.known_failure is not None:
            marks = [pytest.mark.xfail(reason=check.known_failure, strict=True)]
        parameters.append(pytest.param(check, id=check.name, marks=marks))
    metafunc.parametrize("check", parameters)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: Any) -> Any:
    """Runs the check before the test's own body."""
    if hasattr(pyfuncitem.function, "kcore_checks"):
        pyfuncitem.funcargs["check"]()
    return (yield)
