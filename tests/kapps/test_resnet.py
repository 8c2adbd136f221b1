"""ResNet50: its size, its forms, what it refuses, and that building it needs no TensorFlow."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kapps
import klayers
from kapps import ResNet50
from kcore.errors import ConfigurationError, LoadError, ShapeError


def test_size_with_and_without_the_classifier() -> None:
    full = ResNet50(weights=None)
    assert full.count_params() == 25_636_712
    assert sum(w.size for w in full.trainable_weights) == 25_583_592
    assert len(full.weights) == 320
    assert ResNet50(weights=None, include_top=False).count_params() == 23_587_712


def test_names_and_shapes_of_weights() -> None:
    model = ResNet50(weights=None, classes=7)
    first = model.get_layer("conv1_conv")
    assert [w.shape for w in first.weights] == [(7, 7, 3, 64), (64,)]
    assert model.weights[0] is first.kernel
    assert [w.shape for w in model.weights[-2:]] == [(2048, 7), (7,)]
    names = [layer.name for layer in model.layers]
    assert names[1:5] == ["conv1_pad", "conv1_conv", "conv1_bn", "conv1_relu"]
    assert "conv5_block3_3_bn" in names and "conv5_block3_0_conv" not in names
    assert len(names) == 177


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({}, (None, 1000)),
        ({"classes": 3, "classifier_activation": None}, (None, 3)),
        ({"include_top": False}, (None, None, None, 2048)),
        ({"include_top": False, "input_shape": (65, 96, 1)}, (None, 3, 3, 2048)),
        ({"include_top": False, "pooling": "avg"}, (None, 2048)),
        ({"include_top": False, "pooling": "max", "input_shape": (64, 64, 3)}, (None, 2048)),
    ],
)
def test_forms(arguments: dict[str, Any], shape: tuple[int | None, ...]) -> None:
    assert ResNet50(weights=None, **arguments).output_shape == shape


def test_starts_from_a_given_tensor() -> None:
    images = klayers.Input((64, 64, 1))
    rgb = klayers.Concatenate()([images, images, images])
    model = ResNet50(weights=None, input_tensor=rgb, include_top=False, pooling="avg", name="body")
    assert model.name == "body"
    assert model.inputs == [images]
    assert model.input_shape == (None, 64, 64, 1)
    assert model.get_layer("conv1_conv").kernel.shape[2] == 3


def test_is_called_again_on_other_images() -> None:
    body = ResNet50(weights=None, include_top=False)
    assert body(klayers.Input((70, 64, 3))).shape == (None, 3, 2, 2048)


def test_computes() -> None:
    images = np.random.default_rng(0).uniform(0, 255, (2, 40, 48, 3)).astype("float32")
    model = ResNet50(weights=None, input_shape=(40, 48, 3), classes=5)
    scores = model.predict(images, verbose=0)
    assert scores.shape == (2, 5)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    body = ResNet50(weights=None, input_shape=(40, 48, 3), include_top=False)
    maps = body.predict(images, verbose=0)
    assert maps.shape == (2, 2, 2, 2048) and maps.min() == 0 and maps.max() > 0


def test_building_and_summary_need_no_tensorflow(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    script = (
        "import sys, kapps\n"
        "model = kapps.ResNet50(weights=None)\n"
        "model.summary()\n"
        "model.get_config()\n"
        "print('loaded' if 'tensorflow' in sys.modules else 'absent')\n"
    )
    result = run_python("-c", script)
    assert result.returncode == 0, result.stderr
    assert "25,636,712" in result.stdout
    assert result.stdout.splitlines()[-1] == "absent"
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        ({"input_shape": (31, 64, 3)}, ["32", "(31, 64, 3)"]),
        ({"input_shape": (64, 64)}, ["three axes", "(64, 64)"]),
        ({"input_shape": (64, 64, None)}, ["channels", "None"]),
        ({"input_shape": "big"}, ["input_shape", "big"]),
        ({"input_tensor": klayers.Input((16, 16, 3))}, ["32", "(16, 16, 3)"]),
    ],
)
def test_refuses_images_that_do_not_fit(arguments: dict[str, Any], facts: list[str]) -> None:
    with pytest.raises(ShapeError) as caught:
        ResNet50(weights=None, **arguments)
    assert all(fact in str(caught.value) for fact in ["ResNet50", *facts])


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        ({"classes": 0}, ["classes", "0"]),
        ({"classes": 2.5}, ["classes", "2.5", "float"]),
        ({"pooling": "mean"}, ["pooling", "'avg'", "'max'", "'mean'"]),
        ({"input_tensor": np.zeros((1, 64, 64, 3))}, ["input_tensor", "ndarray"]),
        (
            {"input_tensor": klayers.Input((64, 64, 3)), "input_shape": (32, 32, 3)},
            ["input_shape", "(32, 32, 3)", "(64, 64, 3)"],
        ),
        ({"weights": 3}, ["weights", "3", "int"]),
        ({"weights": "imagnet"}, ["imagnet"]),
    ],
)
def test_refuses_wrong_arguments(arguments: dict[str, Any], facts: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ResNet50(**{"weights": None, **arguments})
    assert all(fact in str(caught.value) for fact in ["ResNet50", *facts])


def test_the_default_never_gives_random_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAPPS_OFFLINE", "1")
    monkeypatch.setenv("KCORE_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(LoadError) as caught:
        ResNet50()
    for fact in (
        "resnet50_weights",
        "KAPPS_OFFLINE",
        "KAPPS_MIRROR",
        str(tmp_path),
        "weights=None",
    ):
        assert fact in str(caught.value)


def test_weights_from_a_file(tmp_path: Path) -> None:
    first = ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
    first.save_weights(tmp_path / "body.h5")
    second = ResNet50(weights=str(tmp_path / "body.h5"), include_top=False)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_missing_file_of_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"absent\.h5"):
        ResNet50(weights=tmp_path / "absent.h5")


def test_facade_shows_what_kapps_has() -> None:
    import kcore
    from kcore.applications.resnet50 import ResNet50, decode_predictions, preprocess_input

    assert ResNet50 is kapps.ResNet50 is kcore.applications.ResNet50
    assert preprocess_input is kapps.resnet.preprocess_input
    assert decode_predictions is kapps.resnet50.decode_predictions


def test_package_lists_its_names_and_refuses_others() -> None:
    assert "ResNet50" in dir(kapps)
    with pytest.raises(AttributeError, match="ResNet51"):
        kapps.ResNet51  # noqa: B018
