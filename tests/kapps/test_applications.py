"""Every application: its size, its weights, its name, its forms, and what it refuses."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kapps
import kcore
from kapps.plugin import ROWS
from kcore.errors import ConfigurationError, LoadError, ShapeError

# facts about keras.applications: parameters, and the CRC-32 of the list of the weights' shapes
FACTS = json.loads((Path(__file__).parent / "applications.json").read_text())
TITLES = sorted(FACTS)


def shapes_sum(model: Any) -> int:
    return zlib.crc32(json.dumps([list(w.shape) for w in model.weights]).encode())


def test_every_application_is_listed() -> None:
    listed = {target.partition(":")[2] for kind, _, target in ROWS if kind == "application"}
    assert listed - {""} == set(TITLES)


@pytest.mark.parametrize("title", TITLES)
def test_weights_have_the_shapes_of_the_published_files(title: str) -> None:
    facts = FACTS[title]
    for top, form in ((True, "top"), (False, "features")):
        model = getattr(kapps, title)(weights=None, include_top=top)
        assert model.count_params() == facts[form]["parameters"]
        assert shapes_sum(model) == facts[form]["shapes"]
        assert list(model.output_shape) == facts[form]["output"]
    assert model.name == facts["features"]["name"]


@pytest.mark.parametrize("title", TITLES)
def test_reachable_through_the_facade_and_its_module(title: str) -> None:
    function = getattr(kcore.applications, title)
    assert function is getattr(kapps, title)
    assert function.__name__ == title and "Raises:" in function.__doc__
    module = getattr(kcore.applications, function.__module__.rpartition(".")[2], None)
    if title not in ("VGG16", "VGG19"):  # these have a module each, over a common one
        assert getattr(module, title) is function
    assert kcore.applications.vgg16.VGG16 is kapps.VGG16


@pytest.mark.parametrize("title", TITLES)
def test_too_small_images_are_refused(title: str) -> None:
    with pytest.raises(ShapeError) as caught:
        getattr(kapps, title)(weights=None, input_shape=(31, 64, 3), include_top=False)
    assert title in str(caught.value) and "(31, 64, 3)" in str(caught.value)


@pytest.mark.parametrize(
    "title", ["MobileNet", "VGG16", "ConvNeXtTiny", "MobileNetV3Small", "EfficientNetV2B0"]
)
def test_forms(title: str) -> None:
    make = getattr(kapps, title)
    shape = (64, 64, 3)
    assert make(weights=None, input_shape=shape, classes=3).output_shape == (None, 3)
    maps = make(weights=None, input_shape=shape, include_top=False)
    assert len(maps.output_shape) == 4
    for pooling in ("avg", "max"):
        vector = make(weights=None, input_shape=shape, include_top=False, pooling=pooling)
        assert vector.output_shape == (None, maps.output_shape[-1])
    named = make(weights=None, input_shape=shape, name="mine", classifier_activation=None)
    assert named.name == "mine"


def test_mobilenets_have_a_share_of_channels() -> None:
    assert kapps.MobileNet(weights=None, alpha=0.5).name == "mobilenet_0.50_224"
    assert kapps.MobileNet(weights=None, depth_multiplier=2).count_params() == 7_457_928
    assert kapps.MobileNetV2(weights=None, alpha=1.4).count_params() == 6_156_712
    assert kapps.MobileNetV3Small(weights=None, minimalistic=True).count_params() == 2_056_848
    for alpha in (0, -1, "1", None, True):
        with pytest.raises(ConfigurationError, match="alpha"):
            kapps.MobileNet(weights=None, alpha=alpha)
    with pytest.raises(ConfigurationError, match="depth_multiplier"):
        kapps.MobileNet(weights=None, depth_multiplier=0)
    with pytest.raises(ConfigurationError, match="imagenet"):
        kapps.MobileNet(alpha=0.3)  # nothing is published for it


def test_preprocessing_inside_can_be_left_out() -> None:
    for title in ("EfficientNetV2B0", "ConvNeXtTiny", "MobileNetV3Small"):
        bare = getattr(kapps, title)(weights=None, include_preprocessing=False)
        assert bare.meaning.mode in ("torch", "tf")
        assert type(bare.layers[1]).__name__ not in ("Rescaling", "Normalization")


def test_a_file_of_another_application_is_refused(tmp_path: Path) -> None:
    shape = (32, 32, 3)
    kapps.MobileNet(weights=None, input_shape=shape, alpha=0.25).save_weights(tmp_path / "a.h5")
    for make, arguments in (
        (kapps.MobileNetV2, {}),
        (kapps.MobileNet, {"alpha": 0.25, "include_top": False}),
        (kapps.MobileNet, {"alpha": 0.25, "classes": 10}),
    ):
        with pytest.raises(LoadError) as caught:
            make(weights=tmp_path / "a.h5", input_shape=shape, **arguments)
        assert "a.h5" in str(caught.value) and "include_top" in str(caught.value)


def test_channels_first_has_the_same_weights() -> None:
    before = kcore.config.image_data_format()
    kcore.config.set_image_data_format("channels_first")
    try:
        for title in ("ResNet50", "MobileNetV2", "EfficientNetB0", "NASNetMobile"):
            model = getattr(kapps, title)(weights=None)
            assert model.input_shape == (None, 3, 224, 224)
            assert model.count_params() == FACTS[title]["top"]["parameters"]
    finally:
        kcore.config.set_image_data_format(before)


def test_saved_as_a_plain_model(tmp_path: Path) -> None:
    model = kapps.MobileNet(weights=None, input_shape=(32, 32, 3), alpha=0.25, classes=4)
    model.save(tmp_path / "m.h5")
    loaded = kcore.models.load_model(tmp_path / "m.h5")
    assert type(loaded) is kcore.Model
    x = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    described = kapps.describe(loaded, "MobileNet", classes=["a", "b", "c", "d"])
    assert described.decode(described.predict(x), top=1)[0][0][1] in "abcd"
    with pytest.raises(kcore.errors.KcoreError):
        kapps.describe(loaded, "MobileNett")
