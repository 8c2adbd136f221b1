"""How the callback is tried: by `kcore check kcore-runs` and by the tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from kcore.testing import Check, check_callback
from kcore_runs.logger import RunLogger


def run_logger() -> Iterator[Check]:
    """The checks of RunLogger."""
    with tempfile.TemporaryDirectory() as folder:
        yield from check_callback(lambda: RunLogger(Path(folder) / "runs.jsonl"))
