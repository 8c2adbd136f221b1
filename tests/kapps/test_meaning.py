"""The meaning that travels with a model: images in, words out, and warnings."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kapps
from kapps import images, records
from kcore.errors import ConfigurationError, DataError, LoadError, ShapeError


def small(**arguments: Any) -> Any:
    given = {"weights": None, "alpha": 0.25, "input_shape": (32, 32, 3), **arguments}
    return kapps.MobileNet(**given)


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    ramp = np.linspace(0, 255, 60 * 40 * 3).reshape(40, 60, 3).astype("uint8")
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    return tmp_path / "ramp.png"


def test_classifies_a_photograph(photograph: Path) -> None:
    model = small()
    best = model.classify(photograph, top=3)
    assert len(best) == 3 and all(len(entry) == 3 for entry in best)
    two = model.classify([str(photograph), Image.open(photograph)], top=3)
    assert [[name for _, name, _ in row] for row in two] == [[n for _, n, _ in best]] * 2
    scores = model.predict(model.preprocess(photograph))
    assert best[0][2] == pytest.approx(scores.max())


def test_pictures_are_cut_to_the_middle_and_turned_upright(tmp_path: Path) -> None:
    wide = np.zeros((10, 30, 3), "uint8")
    wide[:, 10:20] = (255, 128, 0)
    image = Image.fromarray(wide)
    pixels = images.load(image, (10, 10))
    assert pixels.shape == (1, 10, 10, 3) and pixels.dtype == np.float32
    assert np.all(pixels == (255, 128, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    tall = np.zeros((30, 10, 3), "uint8")
    tall[:10] = 255
    Image.fromarray(tall.transpose(1, 0, 2)).save(tmp_path / "turned.jpg", exif=exif)
    assert images.load(tmp_path / "turned.jpg", (30, 10))[0, :8].min() > 240


def test_files_that_are_no_images_are_named(tmp_path: Path, photograph: Path) -> None:
    (tmp_path / "text.jpg").write_text("no image")
    data = photograph.read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    for name in ("text.jpg", "cut.png", "absent.png"):
        with pytest.raises(LoadError, match=name):
            small().classify(tmp_path / name)


def test_arrays_are_preprocessed_and_checked() -> None:
    model = small()
    pixels = np.full((32, 32, 3), 255, "uint8")
    assert model.preprocess(pixels).shape == (1, 32, 32, 3)
    assert model.preprocess(pixels).max() == 1.0
    with pytest.raises(ShapeError):
        model.preprocess(np.zeros((2, 32, 32, 4), "uint8"))
    with pytest.warns(UserWarning, match=r"0 \.\. 1"):
        model.preprocess(np.random.default_rng(0).uniform(0, 1, (1, 32, 32, 3)))
    with pytest.warns(UserWarning, match="finite"):
        model.preprocess(np.full((1, 32, 32, 3), np.nan))
    with pytest.raises(DataError, match=r"MobileNet\.preprocess.*NoneType"):
        model.preprocess(None)
    with pytest.raises(DataError, match=r"cat\.jpg"):
        model.preprocess(["cat.jpg", pixels])


@pytest.mark.parametrize(
    ("title", "wrong"),
    [("ResNet50", (0, 255)), ("MobileNetV2", (0, 255)), ("DenseNet121", (0, 255)),
     ("EfficientNetV2B0", (0, 1)), ("VGG16", (-1, 1))],
)  # fmt: skip
def test_trained_weights_warn_of_another_range(title: str, wrong: tuple[int, int]) -> None:
    model = getattr(kapps, title)(weights=None, include_top=False, input_shape=(32, 32, 3))
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    low, high = wrong
    spoiled = (low + pixels / 255 * (high - low)).astype("float32")
    model.check_input_data(spoiled)  # random weights may be trained in any range
    model.meaning = replace(model.meaning, trained=True)
    model.check_input_data(model.preprocess(pixels))
    with pytest.warns(UserWarning, match="preprocess|pixels"):
        model.check_input_data(spoiled)


def test_a_classifier_of_ones_own_gets_names() -> None:
    model = small(classes=2)
    scores = np.array([[0.25, 0.75]])
    with pytest.raises(ConfigurationError, match="name_classes"):
        model.decode(scores)
    with pytest.raises(ConfigurationError, match="2"):
        model.name_classes(["cat"])
    model.name_classes(["cat", "dog"])
    assert model.decode(scores, top=2) == [[("1", "dog", 0.75), ("0", "cat", 0.25)]]


def test_features_share_the_weights() -> None:
    model = small()
    inner = model.features("conv_pw_3_relu", "conv_dw_1")
    assert inner.output_shape == [(None, 8, 8, 32), (None, 16, 16, 8)]
    assert inner.get_layer("conv1").kernel is model.get_layer("conv1").kernel
    with pytest.raises(ConfigurationError, match="conv_pw_99"):
        model.features("conv_pw_99")
    with pytest.raises(ConfigurationError):
        model.features()


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A published file of weights in a folder of its own, with its checksum in the list."""
    model = small(input_shape=(224, 224, 3))
    folder = tmp_path / "published"
    folder.mkdir()
    model.save_weights(folder / "mobilenet_2_5_224_tf.h5")
    digest = hashlib.sha256((folder / "mobilenet_2_5_224_tf.h5").read_bytes()).hexdigest()
    rows = [
        {**row, "checksum": f"sha256:{digest}"} if row["file"] == "mobilenet_2_5_224_tf.h5" else row
        for row in records._rows()
    ]
    monkeypatch.setattr(records, "_rows", lambda: tuple(rows))
    records.published.cache_clear()
    monkeypatch.setenv("KCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("KAPPS_OFFLINE", "1")
    yield folder
    records.published.cache_clear()


def test_a_mirror_that_is_a_folder_serves_without_a_network(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAPPS_MIRROR", f"{published / 'none'}, {published}")
    model = kapps.MobileNet(alpha=0.25)
    assert model.meaning.trained and model.meaning.classes == "imagenet"
    shutil.rmtree(published)
    again = kapps.MobileNet(alpha=0.25)  # from the cache
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_keras_own_cache_is_used_if_the_checksum_fits(published: Path, tmp_path: Path) -> None:
    models = tmp_path / "keras" / "models"
    shutil.copytree(published, models)
    assert kapps.MobileNet(alpha=0.25).count_params() == 475_544
    damaged = bytearray((models / "mobilenet_2_5_224_tf.h5").read_bytes())
    damaged[-9] ^= 1
    (models / "mobilenet_2_5_224_tf.h5").write_bytes(damaged)
    with pytest.raises(LoadError, match="KAPPS_OFFLINE"):
        kapps.MobileNet(alpha=0.25)


def test_a_damaged_file_on_a_mirror_never_loads(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAPPS_MIRROR", str(published))
    path = published / "mobilenet_2_5_224_tf.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(LoadError, match="checksum"):
        kapps.MobileNet(alpha=0.25)


def test_a_published_file_given_by_its_path_is_known(published: Path) -> None:
    path = published / "mobilenet_2_5_224_tf.h5"
    model = kapps.MobileNet(alpha=0.25, weights=path)
    assert model.meaning.trained
    with pytest.raises(ConfigurationError, match="1000"):
        kapps.MobileNet(alpha=0.25, weights=path, classes=10)


def test_records_say_what_is_known() -> None:
    for row in records._rows():
        algorithm, _, digest = row["checksum"].partition(":")
        assert len(digest) == {"md5": 32, "sha256": 64, "": 0}[algorithm]
    top, bare = records.published("VGG16", "", 224, "caffe")
    assert top.url.startswith("https://") and top.licence == "CC BY 4.0" and top.accuracy == 0.713
    assert top.include_top and not bare.include_top
