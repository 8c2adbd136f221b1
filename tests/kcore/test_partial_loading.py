"""Loading a part of a file's weights: by name, by rules, and with a report of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear, unchanged, values

from kcore import Input, Sequential
from kcore.errors import ConfigurationError, LoadError

SUFFIXES = ("h5", "keras", "weights.h5", "safetensors")


def model(*units: int, names: str = "abcdef") -> Any:
    layers = [Linear(n, name=name) for n, name in zip(units, names, strict=False)]
    return Sequential([Input((3,)), *layers])


def saved(one: Any, folder: Path, suffix: str) -> Path:
    path = folder / f"one.{suffix}"
    (one.save if suffix in ("h5", "keras") else one.save_weights)(path)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_fits_is_loaded_whole(suffix: str, tmp_path: Path) -> None:
    one, other = model(4, 2), model(4, 2)
    report = other.load_weights(saved(one, tmp_path, suffix))
    assert report.complete and len(report.loaded) == 4
    assert unchanged(other, values(one))
    assert "4 weights loaded" in str(report)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_strict_is_the_default_and_changes_nothing(suffix: str, tmp_path: Path) -> None:
    path = saved(model(4, 2), tmp_path, suffix)
    for other in (model(4), model(4, 2, 2), model(4, 3)):
        before = values(other)
        with pytest.raises(LoadError, match=f"one.{suffix}"):
            other.load_weights(path)
        assert unchanged(other, before)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_partial_loading_reports_the_rest(suffix: str, tmp_path: Path) -> None:
    one = model(4, 2, 5)
    path = saved(one, tmp_path, suffix)
    longer, shorter = model(4, 2, 5, 1), model(4, 2)
    first = longer.layers[3].get_weights()
    report = longer.load_weights(path, partial=True)
    assert len(report.loaded) == 6 and len(report.missing) == 2 and not report.unexpected
    assert all(map(np.array_equal, longer.layers[3].get_weights(), first))
    assert all(map(np.array_equal, longer.get_weights()[:6], one.get_weights()))
    report = shorter.load_weights(path, partial=True)
    assert len(report.loaded) == 4 and report.unexpected and not report.missing
    assert "unexpected" in str(report) and not report.complete


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_of_another_shape_are_passed_over_if_asked_for(suffix: str, tmp_path: Path) -> None:
    one, other = model(4, 2), model(4, 3)
    path = saved(one, tmp_path, suffix)
    with pytest.raises(LoadError, match=r"\(4, 2\)"):
        other.load_weights(path, partial=True)
    head = other.layers[1].get_weights()
    report = other.load_weights(path, skip_mismatch=True)
    assert len(report.loaded) == 2 and len(report.mismatched) == 2
    assert "(4, 2)" in report.mismatched[0] and "(4, 3)" in report.mismatched[0]
    assert all(map(np.array_equal, other.layers[1].get_weights(), head))
    assert all(map(np.array_equal, other.layers[0].get_weights(), one.layers[0].get_weights()))


@pytest.mark.parametrize("suffix", ["h5", "safetensors"])
def test_layers_are_found_by_name(suffix: str, tmp_path: Path) -> None:
    one, other = model(3, 3, names="ab"), model(3, 3, 3, names="bca")
    report = other.load_weights(saved(one, tmp_path, suffix), by_name=True)
    assert len(report.loaded) == 4 and len(report.missing) == 2
    for here, there in ((0, 1), (2, 0)):
        found, expected = other.layers[here].get_weights(), one.layers[there].get_weights()
        assert all(map(np.array_equal, found, expected))


@pytest.mark.parametrize("suffix", ["keras", "weights.h5"])
def test_files_without_names_say_what_to_do(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="partial=True") as caught:
        model(4).load_weights(saved(model(4), tmp_path, suffix), by_name=True)
    assert f"one.{suffix}" in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "rename"),
    [
        ("h5", {"^(.)$": r"new_\1"}),
        ("safetensors", [("^a", "new_a"), ("^b", "new_b")]),
        ("safetensors", lambda name: f"new_{name}"),
        ("weights.h5", {"linear_1": "linear_2", "linear/": "linear_1/"}),
    ],
)
def test_names_are_translated(suffix: str, rename: Any, tmp_path: Path) -> None:
    one = model(3, 3, names="ab")
    path = saved(one, tmp_path, suffix)
    if suffix == "weights.h5":
        other = model(3, 3, 3)
        assert len(other.load_weights(path, partial=True, rename=rename).loaded) == 4
        found = other.layers[1].get_weights()
        assert all(map(np.array_equal, found, one.layers[0].get_weights()))
        return
    other = Sequential([Input((3,)), Linear(3, name="new_b"), Linear(3, name="new_a")])
    assert other.load_weights(path, rename=rename).complete
    expected = one.layers[1].get_weights()
    assert all(map(np.array_equal, other.layers[0].get_weights(), expected))


def test_rules_that_can_never_work_are_named(tmp_path: Path) -> None:
    path = saved(model(3, 3), tmp_path, "h5")
    with pytest.raises(ConfigurationError, match=r"\(unclosed"):
        model(3, 3).load_weights(path, rename={"(unclosed": "x"})
    with pytest.raises(LoadError, match="'same'") as caught:
        model(3, 3).load_weights(path, rename={".": "same"})
    assert "'a'" in str(caught.value) and "'b'" in str(caught.value)
    with pytest.raises(ConfigurationError, match="partial"):
        model(3, 3).load_weights(path, partial="yes")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_which_nothing_fits_is_refused(suffix: str, tmp_path: Path) -> None:
    path = saved(model(4), tmp_path, suffix)
    other = model(5)
    before = values(other)
    with pytest.raises(LoadError, match="nothing"):
        other.load_weights(path, partial=True, skip_mismatch=True)
    assert unchanged(other, before)


def test_loading_runs_no_initializer_and_copies_nothing(tmp_path: Path) -> None:
    one, other = model(400, 300), model(400, 300)
    path = saved(one, tmp_path, "h5")
    for weight in other.weights:
        weight._initializer = None  # running it would fail
    other.load_weights(path)
    assert unchanged(other, values(one))
    kept = one.layers[0].kernel.numpy()
    other.layers[0].kernel.assign_add(np.ones_like(kept))
    np.testing.assert_allclose(other.layers[0].kernel.numpy(), kept + 1, rtol=1e-6)
    assert np.array_equal(one.layers[0].kernel.numpy(), kept)
