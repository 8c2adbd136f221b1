"""Every fit is written down, by the hook alone, and `kcore runs` lists it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from kcore_runs import checks

import kcore
from kcore.cli import main
from kcore.testing import check_plugin, conformance


class Shifted(kcore.Layer):
    def build(self, input_shape: Any) -> None:
        self.shift = self.add_weight((input_shape[-1],), name="shift")

    def call(self, inputs: Any) -> Any:
        return inputs + self.shift


def fit() -> None:
    model = kcore.Sequential([kcore.Input((2,)), Shifted()], name="shifter")
    model.compile("sgd", loss="mse")
    model.fit(np.zeros((4, 2)), np.ones((4, 2)), epochs=2, verbose=0)


@conformance(checks.run_logger())
def test_the_callback(check: Any) -> None:
    assert check.says


@conformance(check_plugin("kcore_runs"))
def test_the_plugin(check: Any) -> None:
    assert check.says


def test_every_fit_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new folder" / "runs.jsonl"
    monkeypatch.setenv("KCORE_RUNS", str(file))
    fit()
    fit()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["model"], line["epochs"]) for line in lines] == [("shifter", 2)] * 2
    assert set(lines[0]["logs"]) == {"loss"}
    shown = CliRunner().invoke(main, ["runs"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("shifter: 2 epochs") == 2


def test_nothing_is_written_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KCORE_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    fit()
    assert list(tmp_path.iterdir()) == []
