"""Files in folders as labelled batches."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpreprocess.image import image_dataset_from_directory, save_img
from kpreprocess.text import text_dataset_from_directory


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Seven pictures of cats and dogs; the brightness of each is its number."""
    number = 0
    for name, count in (("cats", 4), ("dogs", 3)):
        (tmp_path / name / "more").mkdir(parents=True)
        for place in range(count):
            file = tmp_path / name / ("more" if place == 2 else "") / f"{place}.png"
            save_img(file, np.full((6, 8, 3), 10 * number, "float32"), scale=False)
            number += 1
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Four texts of two classes."""
    for name, texts in (("bad", ("mäßig", "poor")), ("good", ("fine", "well done"))):
        (tmp_path / name).mkdir()
        for number, text in enumerate(texts):
            (tmp_path / name / f"{number}.txt").write_text(text, encoding="utf-8")
    return tmp_path


QUIET: dict[str, Any] = {"verbose": False}


def test_images_and_numbers_of_their_classes(photos: Path) -> None:
    batches = image_dataset_from_directory(
        photos, batch_size=3, image_size=(6, 8), shuffle=False, **QUIET
    )
    assert batches.class_names == ["cats", "dogs"]
    assert [Path(path).relative_to(photos).as_posix() for path in batches.file_paths[:4]] == [
        "cats/0.png",
        "cats/1.png",
        "cats/3.png",
        "cats/more/2.png",
    ]
    assert len(batches) == 3
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert images.shape == (7, 6, 8, 3) and images.dtype == np.float32
    assert images[:, 0, 0, 0].tolist() == [0, 10, 30, 20, 40, 50, 60]
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1] and labels.dtype == np.int32
    np.testing.assert_array_equal(batches[-1][0], images[6:])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("categorical", [[1.0, 0.0], [0.0, 1.0]]),
        ("binary", [[0.0], [1.0]]),
        ("int", [0, 1]),
    ],
)
def test_label_modes(photos: Path, mode: str, expected: Any) -> None:
    options = {"label_mode": mode, "batch_size": 7, "image_size": (2, 2), "shuffle": False}
    ((_, targets),) = image_dataset_from_directory(photos, **options, **QUIET)
    assert targets[[0, -1]].tolist() == expected


def test_without_targets_given_ones_and_another_order_of_classes(photos: Path) -> None:
    options: dict[str, Any] = {"image_size": (2, 2), "shuffle": False, "batch_size": None, **QUIET}
    images = list(image_dataset_from_directory(photos, labels=None, **options))
    assert len(images) == 7 and images[0].shape == (2, 2, 3)
    given = image_dataset_from_directory(photos, labels=[5, 5, 5, 5, 9, 9, 5], **options)
    assert [label for _, label in given] == [0, 0, 0, 0, 1, 1, 0]
    turned = image_dataset_from_directory(photos, class_names=["dogs", "cats"], **options)
    assert [label for _, label in turned] == [0, 0, 0, 1, 1, 1, 1]


def test_each_epoch_has_an_order_of_its_own_and_the_seed_repeats_them(photos: Path) -> None:
    def brightness(batches: Any) -> list[float]:
        return [float(value) for images, _ in batches for value in images[:, 0, 0, 0]]

    make = lambda: image_dataset_from_directory(photos, batch_size=4, seed=5, **QUIET)  # noqa: E731
    first, second = make(), pickle.loads(pickle.dumps(make()))
    epochs = [brightness(first) for _ in range(3)]
    assert epochs == [brightness(second) for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) > 1
    assert all(sorted(epoch) == [0, 10, 20, 30, 40, 50, 60] for epoch in epochs)


def test_subsets_share_no_file(photos: Path) -> None:
    options: dict[str, Any] = {"validation_split": 0.3, "seed": 2, **QUIET}
    training = image_dataset_from_directory(photos, subset="training", **options)
    validation = image_dataset_from_directory(photos, subset="validation", **options)
    both = image_dataset_from_directory(photos, subset="both", **options)
    assert (len(training.file_paths), len(validation.file_paths)) == (5, 2)
    assert not set(training.file_paths) & set(validation.file_paths)
    assert [part.file_paths for part in both] == [training.file_paths, validation.file_paths]


def test_shapes_of_images(photos: Path) -> None:
    save_img(photos / "cats" / "0.png", np.full((4, 8, 3), 200.0, "float32"), scale=False)
    options: dict[str, Any] = {"shuffle": False, "batch_size": 1, "labels": None, **QUIET}

    def first(**changes: Any) -> Any:
        return image_dataset_from_directory(photos, **options, **changes)[0][0]

    assert (first(image_size=(8, 8)) == 200).all()
    padded = first(image_size=(8, 8), pad_to_aspect_ratio=True)
    assert padded[:2].max() == 0 and padded[-2:].max() == 0 and padded[3:5].min() == 200
    assert (first(image_size=(4, 4), crop_to_aspect_ratio=True) == 200).all()
    assert first(image_size=(4, 8), color_mode="grayscale").shape == (4, 8, 1)
    assert first(image_size=(4, 8), data_format="channels_first").shape == (3, 4, 8)


def test_it_says_what_it_found(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image_dataset_from_directory(photos)
    assert "7 files" in capsys.readouterr().out


def test_texts(letters: Path) -> None:
    options: dict[str, Any] = {"batch_size": 4, "shuffle": False, **QUIET}
    ((texts, labels),) = text_dataset_from_directory(letters, **options)
    assert texts.tolist() == ["mäßig", "poor", "fine", "well done"]
    assert labels.tolist() == [0, 0, 1, 1]
    ((short, _),) = text_dataset_from_directory(letters, max_length=3, **options)
    assert short.tolist() == ["mäß", "poo", "fin", "wel"]
    (letters / "bad" / "2.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"2\.txt"):
        list(text_dataset_from_directory(letters, **options))


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"label_mode": "text"}, ("label_mode", "'text'", "'categorical'")),
        ({"labels": "none"}, ("labels", "'none'")),
        ({"labels": [0, 1]}, ("labels", "(2,)", "7 files")),
        ({"labels": [0.5] * 7}, ("labels", "float64")),
        ({"labels": None, "class_names": ["cats"]}, ("class_names",)),
        ({"class_names": ["cats", "birds"]}, ("['cats', 'dogs']", "birds")),
        ({"batch_size": 0}, ("batch_size", "0")),
        ({"subset": "test"}, ("subset", "'test'")),
        ({"subset": "training"}, ("validation_split", "training")),
        ({"validation_split": 0.2}, ("subset", "0.2")),
        ({"validation_split": 1.5, "subset": "training", "seed": 1}, ("validation_split", "1.5")),
        ({"validation_split": 0.2, "subset": "training"}, ("seed",)),
        ({"validation_split": 0.1, "subset": "both", "seed": 1}, ("validation", "7")),
        ({"color_mode": "cmyk"}, ("color_mode", "cmyk")),
        ({"interpolation": "gaussian"}, ("interpolation", "gaussian")),
        ({"image_size": (0, 5)}, ("image_size", "(0, 5)")),
        ({"data_format": "middle"}, ("middle",)),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ("pad_to_aspect_ratio",)),
    ],
    ids=str,
)
def test_wrong_arguments(photos: Path, changes: dict[str, Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="image_dataset_from_directory") as caught:
        image_dataset_from_directory(photos, **changes, **QUIET)
    for fact in facts:
        assert fact in str(caught.value)


def test_folders_without_what_is_wanted(tmp_path: Path, photos: Path) -> None:
    (photos / "birds").mkdir()
    with pytest.raises(ValueError, match="two classes"):
        image_dataset_from_directory(photos, label_mode="binary", **QUIET)
    for folder, fact in ((tmp_path / "no", "does not exist"), (photos / "birds", "class folders")):
        with pytest.raises(ValueError, match=fact):
            image_dataset_from_directory(folder, **QUIET)
    with pytest.raises(ValueError, match=r"\.txt"):
        text_dataset_from_directory(photos / "birds", labels=None, **QUIET)
    with pytest.raises(ValueError, match="max_length"):
        text_dataset_from_directory(photos, max_length=0, **QUIET)
    with pytest.raises(IndexError, match="batch 9"):
        image_dataset_from_directory(photos, **QUIET)[9]
