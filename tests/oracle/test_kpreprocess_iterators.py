"""The image iterators feed Keras, tf_keras and PyTorch with the same batches as everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kpreprocess.image import ImageDataGenerator, NumpyArrayIterator, save_img

DRAW = np.random.default_rng(6)
IMAGES = DRAW.random((22, 6, 6, 3)).astype("float32")
LABELS = (np.arange(22) % 2).astype("float32")[:, None]
EPOCHS = 2
# This process holds TensorFlow's threads, which a fork would not survive.
CONTEXT = {0: None, 2: "spawn"}


def flow() -> NumpyArrayIterator:
    generator = ImageDataGenerator(rotation_range=30, vertical_flip=True)
    return generator.flow(IMAGES, LABELS, batch_size=5, seed=8)


def trained(keras: Any, batches: Any = None) -> list[Any]:
    """Weights of a small network after two epochs; without `batches` fed one by one."""
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    model.build((None, 6, 6, 3))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    model.set_weights([np.full((108, 1), 0.01, "float32"), np.zeros(1, "float32")])
    straight = flow()
    steps = len(straight)
    if batches is None:
        for _ in range(EPOCHS * steps):
            model.train_on_batch(*next(straight))
    else:
        model.fit(batches, steps_per_epoch=steps, epochs=EPOCHS, shuffle=False, verbose=0)
    weights: list[Any] = model.get_weights()
    return weights


@pytest.mark.parametrize("name", ["tf_keras", "keras"])
def test_fit_of_keras(name: str) -> None:
    keras = pytest.importorskip(name)
    # Keras 3 takes no foreign iterator but a generator.
    batches = flow() if name == "tf_keras" else (batch for batch in flow())
    for one, other in zip(trained(keras, batches), trained(keras), strict=True):
        assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("workers", [0, 2])
def test_loader_of_pytorch(workers: int) -> None:
    data = pytest.importorskip("torch.utils.data")
    straight = flow()
    loader = data.DataLoader(
        flow(), batch_size=None, num_workers=workers, multiprocessing_context=CONTEXT[workers]
    )
    assert len(loader) == len(straight)
    for x, y in loader:
        images, labels = next(straight)
        assert_array_equal(x.numpy(), images)
        assert_array_equal(y.numpy(), labels)


def test_several_classes_a_row(tmp_path: Path) -> None:
    tf_keras = pytest.importorskip("tf_keras")
    peer_of_tf_keras = tf_keras.preprocessing.image.ImageDataGenerator
    for number in range(4):
        save_img(tmp_path / f"{number}.png", np.full((4, 4, 3), 50.0 * number), scale=False)
    table = pytest.importorskip("pandas").DataFrame(
        {
            "filename": [f"{number}.png" for number in range(4)],
            "class": [["b", "a"], "c", ["a"], ("c", "b")],
        }
    )
    options = {"target_size": (4, 4), "shuffle": False}
    for changes in ({}, {"classes": ["c", "a"]}):
        own, peer = (
            kind().flow_from_dataframe(table.copy(), tmp_path, **options, **changes)
            for kind in (ImageDataGenerator, peer_of_tf_keras)
        )
        assert own.filenames == peer.filenames
        for found, expected in zip(own[0], peer[0], strict=True):
            assert_array_equal(found, expected)
