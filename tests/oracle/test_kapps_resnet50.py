"""ResNet50 and its preprocessing against Keras'."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kapps import ResNet50, preprocessing  # noqa: E402


def random_weights(model: Any) -> list[Any]:
    """Weights that keep the activations of all blocks at the size of the input's."""
    numbers = np.random.default_rng(5)
    values = []
    for weight in model.weights:
        shape, name = tuple(weight.shape), weight.path.rpartition("/")[2]
        if name == "kernel":
            values.append(numbers.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
        elif name in ("gamma", "moving_variance"):
            values.append(numbers.uniform(0.5, 1.0, shape))
        else:
            values.append(numbers.normal(0, 0.1, shape))
    return [value.astype("float32") for value in values]


@pytest.fixture(scope="module")
def theirs() -> Any:
    model = keras.applications.ResNet50(weights=None, input_shape=(96, 96, 3))
    model.set_weights(random_weights(model))
    return model


def test_weights_have_the_same_order_and_shapes(theirs: Any) -> None:
    ours = ResNet50(weights=None)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.get_weights()]
    assert ours.count_params() == theirs.count_params() == 25_636_712
    assert [layer.name for layer in ours.layers[1:]] == [layer.name for layer in theirs.layers[1:]]


@pytest.mark.parametrize("size", [(96, 96), (64, 80)])
def test_predictions_are_equal(theirs: Any, size: tuple[int, int]) -> None:
    images = np.random.default_rng(2).uniform(0, 255, (3, *size, 3)).astype("float32")
    images = keras.applications.resnet50.preprocess_input(images)
    reference = keras.applications.ResNet50(weights=None, input_shape=(*size, 3))
    reference.set_weights(theirs.get_weights())
    ours = ResNet50(weights=None, input_shape=(*size, 3))
    ours.set_weights(theirs.get_weights())
    expected = reference.predict(images, verbose=0)
    assert expected.max() > 2 / 1000  # not just the same answer for every class
    np.testing.assert_allclose(ours.predict(images), expected, rtol=1e-4, atol=1e-7)


def test_a_file_of_keras_2_weights_loads(theirs: Any, tmp_path: Path) -> None:
    tf_keras = pytest.importorskip("tf_keras")
    old = tf_keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3))
    old.set_weights(theirs.get_weights())
    old.save_weights(str(tmp_path / "old.h5"))
    ours = ResNet50(weights=tmp_path / "old.h5", input_shape=(64, 64, 3))
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", preprocessing.MODES)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_preprocessing_is_equal(mode: str, dtype: str, data_format: str) -> None:
    images = np.random.default_rng(3).uniform(0, 255, (2, 3, 4, 3)).astype(dtype)
    if data_format == "channels_first":
        images = images.transpose(0, 3, 1, 2)
    expected = keras.applications.imagenet_utils.preprocess_input(images.copy(), data_format, mode)
    ours = preprocessing.preprocess_input(images, data_format, mode)
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)
