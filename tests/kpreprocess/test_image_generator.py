"""ImageDataGenerator and its iterators."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kpreprocess.image import ImageDataGenerator, NumpyArrayIterator, save_img

DRAW = np.random.default_rng(2)
X = (DRAW.random((20, 8, 6, 3)) * 255).astype("float32")
Y = np.arange(20)


def test_plain_batches_are_the_data() -> None:
    batches = ImageDataGenerator().flow(X, Y, batch_size=6, shuffle=False)
    assert len(batches) == 4
    got = [next(batches) for _ in range(8)]
    assert np.array_equal(np.concatenate([x for x, _ in got[:4]]), X)
    assert np.array_equal(np.concatenate([y for _, y in got[4:]]), Y)


def test_every_epoch_has_every_image_in_another_order() -> None:
    batches = ImageDataGenerator().flow(X, Y, batch_size=7, seed=3)
    epochs = [np.concatenate([next(batches)[1] for _ in range(3)]) for _ in range(3)]
    assert all(sorted(epoch) == Y.tolist() for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])
    again = ImageDataGenerator().flow(X, Y, batch_size=7, seed=3)
    assert np.array_equal(next(again)[1], epochs[0][:7])


def test_any_number_of_workers_makes_the_same_batches() -> None:
    generator = ImageDataGenerator(
        rotation_range=30, zoom_range=0.2, horizontal_flip=True, channel_shift_range=10
    )
    alone = generator.flow(X, Y, batch_size=3, seed=9)
    wanted = [alone[i] for i in range(len(alone))]
    shared = generator.flow(X, Y, batch_size=3, seed=9)
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(shared.__getitem__, reversed(range(len(shared)))))[::-1]
    straight = [next(shared) for _ in wanted]
    for one, other, third in zip(wanted, got, straight, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[0], third[0])
    assert not np.array_equal(next(shared)[0], wanted[0][0])
    shared.reset()
    shared.on_epoch_end()
    with pytest.raises(IndexError, match="7 batches of 3; batch 7"):
        shared[7]


def test_a_copy_sent_to_another_process_makes_the_same_batches() -> None:
    batches = ImageDataGenerator(rotation_range=30).flow(X, Y, batch_size=6, seed=9)
    next(batches)
    sent = pickle.loads(pickle.dumps(batches))
    for _ in range(5):
        for one, other in zip(next(batches), next(sent), strict=True):
            assert np.array_equal(one, other)


def test_what_flow_gives() -> None:
    weights = np.linspace(0, 1, 20)
    generator = ImageDataGenerator(validation_split=0.25, dtype="float64")
    x = generator.flow(X, batch_size=4, shuffle=False)[1]
    assert x.dtype == np.float64
    assert np.array_equal(x, X[4:8])
    (images, extra), y, w = generator.flow(
        (X, [Y * 2]), Y, sample_weight=weights, batch_size=5, shuffle=False
    )[0]
    assert np.array_equal(extra, y * 2)
    assert np.array_equal(w, weights[:5])
    assert np.array_equal(images, X[:5])
    labels = Y % 2
    validation = generator.flow(X, labels, subset="validation", shuffle=False)
    training = generator.flow(X, labels, subset="training", shuffle=False)
    assert (validation.n, training.n) == (5, 15)
    assert np.array_equal(validation[0][0], X[:5])
    assert np.array_equal(training[0][0], X[5:])
    with pytest.raises(ValueError, match="ignore_class_split"):
        generator.flow(X, Y, subset="training")
    assert generator.flow(X, Y, subset="training", ignore_class_split=True).n == 15


def test_bytes_stay_bytes_until_a_batch_is_made() -> None:
    levels = X.astype("uint8")
    batches = ImageDataGenerator(rescale=1 / 255).flow(levels, shuffle=False, batch_size=20)
    assert batches.x.base is levels or batches.x is levels
    assert np.allclose(batches[0], levels / 255)
    assert levels.max() > 1


def test_random_parameters_stay_in_their_ranges() -> None:
    generator = ImageDataGenerator(
        rotation_range=10,
        width_shift_range=0.5,
        height_shift_range=[1, 3],
        brightness_range=(0.5, 2),
        shear_range=5,
        zoom_range=(0.9, 1.2),
        channel_shift_range=7,
        horizontal_flip=True,
    )
    drawn = [generator.get_random_transform((8, 6, 3), seed) for seed in range(200)]
    assert all(abs(d["theta"]) <= 10 and abs(d["tx"]) <= 3 and abs(d["shear"]) <= 5 for d in drawn)
    assert {d["ty"] for d in drawn} == {-3, -1, 1, 3}
    assert all(0.9 <= d["zx"] <= 1.2 and d["zx"] != d["zy"] for d in drawn)
    assert all(0.5 <= d["brightness"] <= 2 for d in drawn)
    assert 60 < sum(d["flip_horizontal"] for d in drawn) < 140
    assert not any(d["flip_vertical"] for d in drawn)
    assert max(abs(d["channel_shift_intensity"]) for d in drawn) <= 7


def test_transform_order_and_flips() -> None:
    generator = ImageDataGenerator()
    got = generator.apply_transform(
        X[0],
        {"flip_horizontal": True, "flip_vertical": True, "channel_shift_intensity": 20, "ty": 1},
    )
    shifted = np.concatenate([X[0][1:], X[0][-1:]])
    wanted = np.clip(shifted + 20, shifted.min(), shifted.max())[::-1, ::-1]
    assert np.allclose(got, wanted, atol=1e-4)
    first = ImageDataGenerator(data_format="channels_first")
    changes = {"theta": 30, "flip_horizontal": True, "brightness": 1.2}
    assert np.array_equal(
        first.apply_transform(X[0].transpose(2, 0, 1), changes).transpose(1, 2, 0),
        generator.apply_transform(X[0], changes),
    )


def test_standardize_by_definition() -> None:
    x = X[0]
    got = ImageDataGenerator(
        preprocessing_function=lambda image: image + 1,
        rescale=0.5,
        samplewise_std_normalization=True,
    ).standardize(x.copy())
    y = (x + 1) * 0.5
    assert np.allclose(got, (y - y.mean()) / (y.std() + 1e-6), atol=1e-4)
    with pytest.raises(TypeError, match="int64"):
        ImageDataGenerator(rescale=2).standardize(np.ones((2, 2, 1), dtype="int64"))


def test_fit_by_definition() -> None:
    generator = ImageDataGenerator(featurewise_std_normalization=True, rescale=2)
    generator.fit(X)
    mean, std = (2 * X).mean((0, 1, 2)), (2 * X).std((0, 1, 2))
    assert np.allclose(generator.mean, mean, rtol=1e-4)
    assert np.allclose(generator.standardize(X[0].copy()), (2 * X[0] - mean) / std, atol=1e-3)


def test_whitening_makes_pixels_uncorrelated() -> None:
    x = DRAW.normal(size=(500, 3, 2, 1)) @ np.ones((1, 1)) + DRAW.normal(size=(500, 1, 1, 1))
    generator = ImageDataGenerator(zca_whitening=True, dtype="float64")
    generator.fit(x)
    white = np.stack([generator.standardize(image.copy()) for image in x]).reshape(500, -1)
    # fit centres by channel, so correlations are about zero and not about the mean of a pixel
    assert np.allclose(white.T @ white / 500, np.eye(6), atol=1e-4)


def test_fit_augmented_repeats_with_a_seed() -> None:
    means = []
    for seed in (1, 1, 2):
        generator = ImageDataGenerator(featurewise_center=True, rotation_range=40, zoom_range=0.4)
        generator.fit(X, augment=True, rounds=2, seed=seed)
        means.append(generator.mean)
    assert np.array_equal(means[0], means[1])
    assert not np.array_equal(means[0], means[2])


def test_without_fit_there_is_a_warning() -> None:
    with pytest.warns(UserWarning, match="featurewise_center"):
        ImageDataGenerator(featurewise_center=True).standardize(X[0].copy())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, count in (("cats", 5), ("dogs", 4)):
        for number in range(count):
            folder = tmp_path / "photos" / name / ("more" if number == 3 else "")
            folder.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (12, 10), (number * 10, 0, 200)).save(folder / f"{number}.png")
        (tmp_path / "photos" / name / "notes.txt").write_text("no picture")
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("mode", "shape"), [("categorical", (4, 2)), ("sparse", (4,)), ("binary", (4,)), (None, None)]
)
def test_directory(photos: Path, mode: str | None, shape: tuple[int, ...] | None) -> None:
    batches = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        photos, target_size=(5, 6), class_mode=mode, batch_size=4, shuffle=False
    )
    assert batches.class_indices == {"cats": 0, "dogs": 1}
    assert (batches.n, len(batches), batches.num_classes) == (9, 3, 2)
    assert batches.classes.tolist() == [0] * 5 + [1] * 4
    assert batches.filenames[0] == str(Path("cats") / "0.png")
    batch = batches[1]
    images = batch[0] if mode else batch
    assert images.shape == (4, 5, 6, 3)
    assert images[0, 0, 0].tolist() == pytest.approx([40 / 255, 0, 200 / 255], abs=0.2)
    if mode:
        assert batch[1].shape == shape
    split = ImageDataGenerator(validation_split=0.4)
    parts = [split.flow_from_directory(photos, subset=s) for s in ("validation", "training")]
    assert [part.n for part in parts] == [3, 6]
    assert not set(parts[0].filenames) & set(parts[1].filenames)


def test_directory_other_choices(photos: Path, tmp_path: Path) -> None:
    generator = ImageDataGenerator(data_format="channels_first")
    one = generator.flow_from_directory(
        photos,
        classes=["dogs"],
        color_mode="grayscale",
        class_mode="input",
        target_size=(5, 6),
        save_to_dir=tmp_path,
        save_prefix="seen",
    )
    x, y = next(one)
    assert x.shape == (4, 1, 5, 6)
    assert np.array_equal(x, y)
    assert len(list(tmp_path.glob("seen_*_0.png"))) == 4


@pytest.mark.parametrize("kind", ["dict", "pandas"])
def test_dataframe(photos: Path, kind: str) -> None:
    names = [f"cats/{i}.png" for i in (0, 1, 2)] + ["dogs/0.png", "dogs/absent.png"]
    table: Any = {
        "filename": names,
        "class": ["cat", "cat", "cat", "dog", "dog"],
        "age": [1.0, 2.0, 3.0, 4.0, 5.0],
        "weight": [1, 1, 2, 2, 9],
    }
    if kind == "pandas":
        table = pytest.importorskip("pandas").DataFrame(table)
    flow = ImageDataGenerator().flow_from_dataframe
    arguments: dict[str, Any] = {"shuffle": False, "target_size": (5, 6)}
    x, y, w = flow(table, photos, weight_col="weight", **arguments)[0]
    assert x.shape == (4, 5, 6, 3)
    assert y.tolist() == [[1, 0]] * 3 + [[0, 1]]
    assert w.tolist() == [1, 1, 2, 2]
    _, y = flow(table, photos, y_col=["age", "weight"], class_mode="raw", **arguments)[0]
    assert y.tolist() == [[1, 1], [2, 1], [3, 2], [4, 2]]
    _, ys = flow(table, photos, y_col=["age", "class"], class_mode="multi_output", **arguments)[0]
    assert ys[0].tolist() == [1, 2, 3, 4]
    assert flow(table, photos, class_mode=None, **arguments)[0].shape == (4, 5, 6, 3)
    with pytest.raises(ValueError, match=r"no column 'name'"):
        flow(table, photos, x_col="name")
    with pytest.raises(ValueError, match="names an image file"):
        flow(table, "elsewhere")
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        flow(table, photos, validate_filenames=False, **arguments)[0]


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"rotation_range": -1}, "rotation_range"),
        ({"fill_mode": "mirror"}, "mirror"),
        ({"interpolation_order": 6}, "interpolation_order"),
        ({"zoom_range": (1, 2, 3)}, "zoom_range"),
        ({"brightness_range": 3 * (1,)}, "brightness_range"),
        ({"validation_split": 1}, "validation_split"),
        ({"data_format": "last"}, "data_format"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        ImageDataGenerator(**arguments)


def test_wrong_data(photos: Path, tmp_path: Path) -> None:
    generator = ImageDataGenerator()
    for call, fact in (
        (lambda: generator.flow(X, Y[:-1]), "x has 20, y 19"),
        (lambda: generator.flow(X[0]), "four axes"),
        (lambda: generator.flow(X[:0]), "no images"),
        (lambda: generator.flow(X, batch_size=0), "batch_size"),
        (lambda: generator.flow(X, subset="training"), "validation_split"),
        (lambda: generator.flow(X, subset="test"), "subset"),
        (lambda: generator.flow(X, save_to_dir="nowhere"), "nowhere"),
        (lambda: generator.fit(X[0]), "four axes"),
        (lambda: generator.fit(X, rounds=0), "rounds"),
        (lambda: generator.flow_from_directory("nowhere"), "nowhere"),
        (lambda: generator.flow_from_directory(photos / "dogs" / "more"), "no class folders"),
        (lambda: generator.flow_from_directory(photos, classes=["birds"]), "birds"),
        (lambda: generator.flow_from_directory(photos, class_mode="many"), "many"),
        (lambda: generator.flow_from_directory(photos, color_mode="cmyk"), "cmyk"),
        (lambda: generator.flow_from_directory(photos.parent, class_mode="binary"), "two classes"),
    ):
        with pytest.raises(ValueError, match=fact):
            call()
    (tmp_path / "empty" / "class").mkdir(parents=True)
    with pytest.raises(ValueError, match="holds no images"):
        generator.flow_from_directory(tmp_path / "empty")


def test_several_classes_a_row(photos: Path) -> None:
    names = sorted(str(path.relative_to(photos)) for path in photos.rglob("*.png"))[:3]
    table = {"filename": names, "class": [["sky", "sea"], "sea", ("land",)]}
    options: dict[str, Any] = {"target_size": (4, 4), "shuffle": False}
    batches = ImageDataGenerator().flow_from_dataframe(table, photos, **options)
    assert batches.class_indices == {"land": 0, "sea": 1, "sky": 2}
    assert batches.classes == [[2, 1], [1], [0]]
    assert batches[0][1].tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 0]]
    some = ImageDataGenerator().flow_from_dataframe(table, photos, classes=["sky"], **options)
    assert some.filenames == names[:1]
    assert some[0][1].tolist() == [[1]]


def test_columns_that_hold_something_else(photos: Path) -> None:
    names = sorted(str(path.relative_to(photos)) for path in photos.rglob("*.png"))[:2]
    table = {"filename": names, "class": ["a", "b"], "number": [1, 2], "word": ["x", "y"]}
    flow = ImageDataGenerator().flow_from_dataframe
    for changes, fact in (
        ({"x_col": "number"}, "x_col='number'"),
        ({"y_col": "number"}, "y_col='number'"),
        ({"y_col": ["class", "word"]}, "one column"),
        ({"y_col": "class", "class_mode": "multi_output"}, "'class'"),
        ({"weight_col": "word"}, "weight_col='word'"),
        ({"no_such": 1}, "'no_such'"),
    ):
        with pytest.raises(TypeError, match=re.escape(fact)):
            flow(table, photos, **changes)
    with pytest.warns(DeprecationWarning, match="'sort'"):
        flow(table, photos, sort=True)


def test_what_keras_raises_is_raised() -> None:
    images = np.zeros((4, 2, 2, 1))
    for kind in (IndexError, ValueError):
        with pytest.raises(kind, match="batch 5"):
            ImageDataGenerator().flow(images, batch_size=2)[5]
    for arguments in ({"zoom_range": "ab"}, {"brightness_range": 1}, {"zoom_range": (1, 2, 3)}):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            ImageDataGenerator(**arguments)
    with pytest.raises(ValueError, match="data_format"):
        NumpyArrayIterator(images, None, ImageDataGenerator(), data_format="channels_first")
    narrow = NumpyArrayIterator(images, None, ImageDataGenerator(), 2, False, dtype="float16")
    assert next(narrow).dtype == "float16"


def test_attributes_that_users_of_keras_read(tmp_path: Path) -> None:
    generator = ImageDataGenerator(zoom_range=0.2, validation_split=0.25)
    assert generator.zoom_range == [0.8, 1.2]
    batches = generator.flow(np.zeros((5, 4, 4, 1)), batch_size=2, seed=1)
    assert sorted(batches.index_array) == [0, 1, 2, 3, 4]
    assert (batches.total_batches_seen, batches.batch_index) == (0, 0)
    next(batches)
    batches.next()
    assert len(batches[2]) == 1
    assert (batches.total_batches_seen, batches.batch_index) == (3, 2)
    assert (batches.data_format, batches.save_to_dir) == ("channels_last", None)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            save_img(tmp_path / name / f"{number}.png", np.zeros((4, 4, 3)))
    folder = generator.flow_from_directory(str(tmp_path), subset="validation")
    assert (folder.directory, folder.subset, folder.split) == (
        str(tmp_path),
        "validation",
        (0, 0.25),
    )
    assert folder.labels.tolist() == [0, 1] and folder.sample_weight is None
    table = {"filename": ["a/1.png", "b/2.png"], "class": ["a", "b"], "v": [1.5, 2.5]}
    rows = generator.flow_from_dataframe(table, tmp_path, weight_col="v")
    assert rows.classes == rows.labels == [0, 1]
    assert rows.sample_weight is not None and rows.sample_weight.tolist() == [1.5, 2.5]
    raw = generator.flow_from_dataframe(table, tmp_path, y_col=["v", "v"], class_mode="raw")
    assert raw.labels.tolist() == [[1.5, 1.5], [2.5, 2.5]]
    with pytest.raises(ValueError, match=r"'class'.*\['c'\].*\['a', 'b'\]"):
        generator.flow_from_dataframe(table, tmp_path, classes=["c"])
    words = generator.flow_from_dataframe(table, tmp_path, class_mode="raw")
    assert words.labels.dtype == object
