"""kpreprocess and kdatasets beside the framework: fit, the layers of the same job, the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

import kcore
import klayers
from kcore.cli import main
from kcore.models import Sequential
from kcore.optimizers import SGD
from kpreprocess.image import (
    ImageDataGenerator,
    apply_affine_transform,
    image_dataset_from_directory,
    save_img,
    smart_resize,
)
from kpreprocess.sequence import pad_sequences
from kpreprocess.text import Tokenizer

DRAW = np.random.default_rng(3)
IMAGES = (DRAW.random((24, 10, 10, 3)) * 255).astype("float32")
LABELS = np.arange(24) % 2
TEXTS = ["The cat sat on the mat, the cat!", "A dog (the dog) sat", "cat and dog and cat"]


def _network() -> Sequential:
    model = Sequential(
        [klayers.Input((10, 10, 3)), klayers.Flatten(), klayers.Dense(1, activation="sigmoid")]
    )
    model.compile(SGD(0.01), loss="binary_crossentropy")
    model.set_weights([np.full((300, 1), 0.001, "float32"), np.zeros(1, "float32")])
    return model


@pytest.mark.parametrize("workers", [1, 3])
def test_fit_takes_the_iterator_and_gives_the_same_weights_for_any_workers(workers: int) -> None:
    generator = ImageDataGenerator(rotation_range=20, horizontal_flip=True, rescale=1 / 255)
    by_hand, model = _network(), _network()
    straight = generator.flow(IMAGES, LABELS, batch_size=5, seed=4)
    for _ in range(2 * len(straight)):
        x, y = next(straight)
        by_hand.train_on_batch(x, y[:, None])
    history = model.fit(
        generator.flow(IMAGES, LABELS[:, None], batch_size=5, seed=4),
        epochs=2,
        workers=workers,
        shuffle=False,
        verbose=0,
    )
    assert len(history.history["loss"]) == 2
    for one, other in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_fit_takes_images_in_folders(tmp_path: Path) -> None:
    for number, image in enumerate(IMAGES):
        folder = tmp_path / ("even", "odd")[number % 2]
        folder.mkdir(exist_ok=True)
        Image.fromarray(image.astype("uint8")).save(folder / f"{number:02}.png")
    batches = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path, target_size=(10, 10), class_mode="binary", batch_size=7, shuffle=False
    )
    loaded = np.concatenate([batches[i][0] for i in range(len(batches))])
    ordered = np.concatenate([IMAGES[0::2], IMAGES[1::2]]).astype("uint8")
    assert_allclose(loaded, ordered / 255, atol=1e-6)
    predicted = _network().predict(batches, steps=len(batches), verbose=0)
    assert_allclose(predicted, _network().predict(loaded, verbose=0), rtol=1e-5)


def test_text_vectorization_cuts_as_the_tokenizer() -> None:
    tokenizer = Tokenizer(oov_token="[UNK]")
    tokenizer.fit_on_texts(TEXTS)
    words = list(tokenizer.word_index)  # number 1 is the unknown word on both sides, 0 the padding
    layer = klayers.TextVectorization(output_sequence_length=8, vocabulary=words[1:])
    new = [*TEXTS, "a bird (the cat's) sat"]
    numbers = pad_sequences(
        tokenizer.texts_to_sequences(text.replace("'", "") for text in new),
        maxlen=8,
        padding="post",
        truncating="post",
    )
    assert_array_equal(np.asarray(layer(np.array(new, dtype=object))), numbers)


@pytest.mark.parametrize(("mode", "theirs"), [("binary", "multi_hot"), ("count", "count")])
def test_category_encoding_as_sequences_to_matrix(mode: str, theirs: str) -> None:
    rows = DRAW.integers(1, 9, (6, 12))
    matrix = Tokenizer(num_words=9).sequences_to_matrix(rows.tolist(), mode)
    encoded = klayers.CategoryEncoding(9, output_mode=theirs)(rows)
    assert_array_equal(np.asarray(encoded), matrix)


def test_rescaling_and_normalization_as_the_generator() -> None:
    generator = ImageDataGenerator(featurewise_std_normalization=True)
    generator.fit(IMAGES)
    layer = klayers.Normalization(axis=-1)
    layer.adapt(IMAGES)
    ours = generator.standardize(IMAGES.copy())
    assert_allclose(np.asarray(layer(IMAGES)), ours, atol=1e-4)
    scaled = ImageDataGenerator(rescale=1 / 255).standardize(IMAGES.copy())
    assert_allclose(np.asarray(klayers.Rescaling(1 / 255)(IMAGES)), scaled, rtol=1e-6)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("size", [(7, 19), (20, 20), (4, 3)])
def test_resizing_as_smart_resize(interpolation: str, size: tuple[int, int]) -> None:
    layer = klayers.Resizing(*size, interpolation, crop_to_aspect_ratio=True)
    assert_allclose(np.asarray(layer(IMAGES)), smart_resize(IMAGES, size, interpolation), atol=1e-3)


@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "constant"])
@pytest.mark.parametrize(
    ("layer", "changes"),
    [
        (lambda **fill: klayers.RandomRotation((0.1, 0.1), **fill), {"theta": 36}),
        (
            lambda **fill: klayers.RandomZoom((0.25, 0.25), (-0.5, -0.5), **fill),
            {"zx": 0.5, "zy": 1.25},
        ),
    ],
    ids=["rotation", "zoom"],
)
def test_layers_as_the_affine_transform(
    fill_mode: str, layer: Any, changes: dict[str, float]
) -> None:
    made = layer(fill_mode=fill_mode, fill_value=9.0)(IMAGES[:2], training=True)
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    wanted = [
        apply_affine_transform(image, **changes, **axes, fill_mode=fill_mode, cval=9.0)
        for image in IMAGES[:2]
    ]
    # With 'constant' the layer blends the outermost pixels with the fill; the function, as Keras',
    # replaces them.
    part = slice(3, 7) if fill_mode == "constant" else slice(None)
    assert np.abs(np.asarray(made) - np.stack(wanted))[:, part, part].max() < 2e-2


def test_kcore_datasets_is_the_command_of_kdatasets() -> None:
    result = CliRunner().invoke(main, ["datasets", "info", "mnist"])
    assert result.exit_code == 0, result.output
    for fact in ("60000 for training", "CC BY-SA 3.0", "LeCun"):
        assert fact in result.output
    wrong = CliRunner().invoke(main, ["datasets", "info", "no_such"])
    assert (wrong.exit_code, "no_such" in wrong.output) == (1, True)
    usage = CliRunner().invoke(main, ["datasets", "--help"])
    assert (usage.exit_code, "verify" in usage.output) == (0, True)


def test_fit_takes_a_folder_of_pictures(tmp_path: Path) -> None:
    for name, level in (("dark", 0.0), ("light", 255.0)):
        (tmp_path / name).mkdir()
        for number in range(6):
            save_img(tmp_path / name / f"{number}.png", np.full((4, 4, 3), level), scale=False)
    options: dict[str, Any] = {"image_size": (4, 4), "batch_size": 4, "seed": 1, "verbose": False}
    training, validation = kcore.utils.image_dataset_from_directory(
        tmp_path, validation_split=0.25, subset="both", **options
    )
    assert kcore.preprocessing.image_dataset_from_directory is image_dataset_from_directory
    model = kcore.Sequential(
        [
            kcore.Input((4, 4, 3)),
            kcore.layers.Rescaling(1 / 255),
            kcore.layers.Flatten(),
            kcore.layers.Dense(2),
        ]
    )
    loss = kcore.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(kcore.optimizers.Adam(0.1), loss=loss, metrics=["accuracy"])
    history = model.fit(training, validation_data=validation, epochs=8, verbose=0).history
    assert history["accuracy"][-1] == history["val_accuracy"][-1] == 1.0
    assert model.predict(validation, verbose=0).shape == (3, 2)


def test_vocabulary_of_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for number, text in enumerate(("a cat", "a dog")):
        (tmp_path / "all" / f"{number}.txt").write_text(text)
    batches = kcore.utils.text_dataset_from_directory(tmp_path, label_mode=None, verbose=False)
    layer = kcore.layers.TextVectorization(output_mode="int")
    layer.adapt(np.concatenate(list(batches)))
    assert set(layer.get_vocabulary()) >= {"a", "cat", "dog"}
