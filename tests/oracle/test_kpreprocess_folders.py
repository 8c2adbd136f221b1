"""Files in folders: classes, files, subsets and pixels are those of Keras."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras

from kpreprocess.image import ImageDataGenerator, image_dataset_from_directory, save_img
from kpreprocess.text import text_dataset_from_directory


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    draw = np.random.default_rng(0)
    for name, count in (("b", 5), ("a", 4), ("c", 3)):
        (folder / name / "inner").mkdir(parents=True)
        for place in range(count):
            path = folder / name / ("inner" if place % 2 else "") / f"{place}.png"
            save_img(path, draw.integers(0, 256, (11, 14, 3)), scale=False)
            path.with_suffix(".txt").write_text(f"{name} {place}", encoding="utf-8")
    return folder


SPLITS: list[dict[str, Any]] = [
    {"shuffle": False},
    {"shuffle": True, "seed": 7},
    {"seed": 7, "validation_split": 0.3, "subset": "training"},
    {"seed": 7, "validation_split": 0.3, "subset": "validation"},
    {"shuffle": False, "validation_split": 0.3, "subset": "validation"},
]


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_files(photos: Path, split: dict[str, Any]) -> None:
    expected = tf_keras.utils.image_dataset_from_directory(photos, **split)
    found = image_dataset_from_directory(photos, verbose=False, **split)
    assert found.class_names == expected.class_names
    assert found.file_paths == expected.file_paths


@pytest.mark.parametrize("label_mode", ["int", "categorical", None])
@pytest.mark.parametrize(
    "changes",
    [
        {"image_size": (8, 20)},
        {"image_size": (11, 14)},
        {"image_size": (16, 16), "crop_to_aspect_ratio": True},
        {"image_size": (9, 9), "interpolation": "nearest", "color_mode": "grayscale"},
    ],
    ids=str,
)
def test_batches(photos: Path, changes: dict[str, Any], label_mode: str | None) -> None:
    options = {"batch_size": 5, "shuffle": False, "label_mode": label_mode, **changes}
    expected = list(tf_keras.utils.image_dataset_from_directory(photos, **options))
    found = list(image_dataset_from_directory(photos, verbose=False, **options))
    assert len(found) == len(expected)
    for own, theirs in zip(found, expected, strict=True):
        pairs = zip(own, theirs, strict=True) if label_mode else [(own, theirs)]
        for array, tensor in pairs:
            assert array.shape == tensor.shape
            # TensorFlow leaves bytes bytes where it takes the nearest pixel; here all are float32
            kind = "float32" if tensor.dtype == "uint8" else tensor.dtype.as_numpy_dtype
            assert array.dtype == kind
            # Pillow makes grey of whole levels, TensorFlow of shares
            np.testing.assert_allclose(array, tensor.numpy(), atol=1.0 if array.ndim > 2 else 0)


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_texts(photos: Path, split: dict[str, Any]) -> None:
    expected = tf_keras.utils.text_dataset_from_directory(photos, max_length=2, **split)
    found = text_dataset_from_directory(photos, max_length=2, verbose=False, **split)
    assert len(found.file_paths) == sum(len(labels) for _, labels in expected)
    texts = {text.decode() for batch, _ in expected for text in batch.numpy()}
    assert {text for batch, _ in found for text in batch} == texts


def batches_of(kind: str, photos: Path) -> Any:
    """The pictures as the batches of three makers, in one order."""
    if kind == "image_dataset_from_directory":
        return image_dataset_from_directory(
            photos, image_size=(8, 8), batch_size=5, shuffle=False, verbose=False
        )
    generator = ImageDataGenerator(rescale=1.0)
    options: dict[str, Any] = {
        "target_size": (8, 8),
        "batch_size": 5,
        "shuffle": False,
        "class_mode": "sparse",
        "interpolation": "bilinear",
    }
    if kind == "flow_from_directory":
        return generator.flow_from_directory(photos, **options)
    names = sorted(str(path.relative_to(photos)) for path in photos.rglob("*.png"))
    table = {"filename": names, "class": [name[0] for name in names]}
    return generator.flow_from_dataframe(table, photos, **options)


KINDS = ["image_dataset_from_directory", "flow_from_directory", "flow_from_dataframe"]


@pytest.mark.parametrize("kind", KINDS)
def test_keras_3_fits_folders(kind: str, photos: Path) -> None:
    keras = pytest.importorskip("keras")
    epochs, batches = 2, batches_of(kind, photos)

    def model() -> Any:
        made = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
        made.build((None, 8, 8, 3))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        made.compile(keras.optimizers.SGD(1e-5), loss)
        made.set_weights([np.full((192, 3), 0.01, "float32"), np.zeros(3, "float32")])
        return made

    straight, fitted = model(), model()
    for _ in range(epochs):
        for index in range(len(batches)):
            straight.train_on_batch(*batches[index])
    # Keras 3 takes no foreign sequence but a generator.
    endless = (batch for _ in range(epochs) for batch in islice(batches, len(batches)))
    fitted.fit(endless, steps_per_epoch=len(batches), epochs=epochs, shuffle=False, verbose=0)
    for one, other in zip(fitted.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("workers", [0, 1])
def test_pytorch_loads_folders(kind: str, workers: int, photos: Path) -> None:
    data = pytest.importorskip("torch.utils.data")
    batches = batches_of(kind, photos)
    # This process holds TensorFlow's threads, which a fork would not survive.
    context = "spawn" if workers else None
    loader = data.DataLoader(
        batches, batch_size=None, num_workers=workers, multiprocessing_context=context
    )
    count = 0
    for index, (images, labels) in enumerate(loader):
        expected = batches[index]
        np.testing.assert_array_equal(images.numpy(), expected[0])
        np.testing.assert_array_equal(labels.numpy(), expected[1])
        count += 1
    assert count == len(batches)


@pytest.mark.parametrize("kind", KINDS)
def test_pytorch_iterates_over_folders(kind: str, photos: Path) -> None:
    data = pytest.importorskip("torch.utils.data")
    batches = batches_of(kind, photos)

    class Stream(data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            return islice(batches, len(batches))

    found = list(data.DataLoader(Stream(), batch_size=None))
    assert len(found) == len(batches)
    for index, (images, labels) in enumerate(found):
        np.testing.assert_array_equal(images.numpy(), batches[index][0])
        np.testing.assert_array_equal(labels.numpy(), batches[index][1])
