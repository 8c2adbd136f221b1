"""Preprocessing of images, records of weights, names of classes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kapps import head, labels, preprocessing, weights
from kapps.weights import WeightRecord
from kcore.errors import ConfigurationError, DataError, LoadError, ShapeError

PIXEL = np.array([[[0.0, 127.5, 255.0]]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("tf", [-1, 0, 1]),
        ("caffe", [255 - 103.939, 127.5 - 116.779, 0 - 123.68]),
        ("torch", [-0.485 / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225]),
    ],
)
def test_modes(mode: str, expected: list[float]) -> None:
    np.testing.assert_allclose(
        preprocessing.preprocess_input(PIXEL, mode=mode)[0, 0], expected, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_layouts_agree_and_the_input_stays(mode: str) -> None:
    images = np.random.default_rng(1).uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    before = images.copy()
    last = preprocessing.preprocess_input(images, mode=mode)
    first = preprocessing.preprocess_input(images.transpose(0, 3, 1, 2), "channels_first", mode)
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(preprocessing.preprocess_input(images[0], mode=mode), last[0])


@pytest.mark.parametrize(
    ("given", "kept"), [("uint8", "float32"), ("float16", "float16"), ("float64", "float64")]
)
def test_dtypes(given: str, kept: str) -> None:
    image = np.zeros((2, 2, 3), given)
    assert preprocessing.preprocess_input(image).dtype == kept


def test_preprocessing_refuses() -> None:
    with pytest.raises(ConfigurationError, match="'keras'"):
        preprocessing.preprocess_input(PIXEL, mode="keras")
    with pytest.raises(ConfigurationError, match="last"):
        preprocessing.preprocess_input(PIXEL, "last")
    with pytest.raises(ShapeError) as caught:
        preprocessing.preprocess_input(np.zeros((8, 8, 1)))
    assert "(8, 8, 1)" in str(caught.value) and "3" in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "fact"),
    [
        ("cat.jpg", "cat.jpg"),
        (None, "NoneType"),
        ([["a", "b", "c"]], "list"),
        ([np.zeros((2, 2, 3)), np.zeros((3, 2, 3))], "list"),
        (["cat.jpg", np.zeros((2, 2, 3))], "cat.jpg"),
    ],
)
def test_images_that_are_no_numbers(wrong: Any, fact: str) -> None:
    with pytest.raises(DataError) as caught:
        preprocessing.preprocess_input(wrong)
    assert "preprocess_input" in str(caught.value) and fact in str(caught.value)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1, 4, 4, 3), (4, 4, 4), (0,)])
def test_images_of_other_ranks(shape: tuple[int, ...]) -> None:
    for mode in ("caffe", "tf", "torch"):
        with pytest.raises(ShapeError) as caught:
            preprocessing.preprocess_input(np.zeros(shape), mode=mode)
        assert str(shape) in str(caught.value)


def record(path: Path, **changes: Any) -> WeightRecord:
    facts: dict[str, Any] = {
        "name": "imagenet",
        "include_top": True,
        "url": path.as_uri(),
        "checksum": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
        "input_shape": (224, 224, 3),
        "mode": "caffe",
        "licence": "MIT",
    }
    return WeightRecord(**{**facts, **changes})


class Reader:
    """Stands for a model: notes what it is told to read."""

    def load_weights(self, path: Path) -> None:
        self.content = path.read_bytes()


def test_a_record_is_chosen_by_name_and_top(tmp_path: Path) -> None:
    (tmp_path / "w.h5").write_bytes(b"numbers")
    records = [record(tmp_path / "w.h5"), record(tmp_path / "w.h5", include_top=False, mode="tf")]
    assert weights.locate("imagenet", "Net", False, records) is records[1]
    with pytest.raises(ConfigurationError, match="imagenet"):
        weights.locate("imagenet21k", "Net", True, records)


def test_a_published_file_is_fetched_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCORE_HOME", str(tmp_path / "home"))
    (tmp_path / "w.h5").write_bytes(b"numbers")
    reader = Reader()
    weights.load(reader, record(tmp_path / "w.h5"))
    assert reader.content == b"numbers"
    assert (tmp_path / "home" / "models" / "w.h5").is_file()
    with pytest.raises(LoadError, match="checksum"):
        weights.load(Reader(), record(tmp_path / "w.h5", checksum="sha256:" + "0" * 64))


def test_published_weights_fix_channels_classes_and_activation(tmp_path: Path) -> None:
    (tmp_path / "w.h5").write_bytes(b"numbers")
    found = record(tmp_path / "w.h5")
    head.check_arguments("Net", True, found, None, 1000, None)
    with pytest.raises(ConfigurationError) as caught:
        head.check_arguments("Net", True, found, None, 10, "softmax")
    assert "1000" in str(caught.value) and "10" in str(caught.value)
    with pytest.raises(ConfigurationError, match="'relu'"):
        head.check_arguments("Net", True, found, None, 1000, "relu")
    with pytest.raises(ShapeError) as caught_shape:
        head.image_input("Net", None, (64, 64, 1), 224, 32, True, found)
    assert "3 channels" in str(caught_shape.value) and "(64, 64, 1)" in str(caught_shape.value)


def test_predictions_are_read_best_first() -> None:
    scores = np.zeros((2, 1000), "float32")
    scores[0, [7, 999]] = [0.25, 0.75]
    scores[1, 3] = 1
    decoded = labels.decode_predictions(scores, top=2)
    assert decoded[0] == [("n15075141", "toilet_tissue", 0.75), ("n01514668", "cock", 0.25)]
    assert decoded[1][0] == ("n01491361", "tiger_shark", 1.0)
    assert [len(best) for best in labels.decode_predictions(scores)] == [5, 5]


def test_predictions_of_another_shape_are_refused() -> None:
    for wrong in (np.zeros((2, 10)), np.zeros(1000)):
        with pytest.raises(ShapeError, match="1000"):
            labels.decode_predictions(wrong)
    with pytest.raises(ConfigurationError, match="top"):
        labels.decode_predictions(np.zeros((1, 1000)), top=0)


def test_class_names_come_with_the_package() -> None:
    names = labels.class_names()
    assert len(names) == len({number for number, _ in names}) == 1000
    assert names[0] == ("n01440764", "tench") and names[285] == ("n02124075", "Egyptian_cat")
