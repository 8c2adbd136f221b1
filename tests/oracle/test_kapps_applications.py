"""Every family of kapps against Keras' application with the same random weights.

One member of a family by default; KAPPS_ALL=1 takes all of them, which needs an hour and 16 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import kapps  # noqa: E402
from kapps import preprocessing  # noqa: E402

# the least size that Keras allows, or one that is quick, and a size whose halves are odd
SIZES = {
    "Xception": ((71, 71), (80, 96)),
    "VGG16": ((32, 32), (48, 40)),
    "VGG19": ((32, 32), (48, 40)),
    "ResNet50": ((32, 32), (50, 67)),
    "InceptionV3": ((75, 75), (84, 99)),
    "InceptionResNetV2": ((75, 75), (75, 92)),
    "MobileNet": ((32, 32), (50, 67)),
    "ResNet50V2": ((32, 32), (50, 67)),
    "MobileNetV2": ((32, 32), (50, 67)),
    "MobileNetV3Small": ((32, 32), (50, 67)),
    "DenseNet121": ((32, 32), (50, 67)),
    "EfficientNetB0": ((32, 32), (50, 67)),
    "EfficientNetV2B0": ((32, 32), (50, 67)),
    "ConvNeXtTiny": ((32, 32), (50, 67)),
    "NASNetMobile": ((32, 32), (64, 96)),
}
OTHERS = (
    "ResNet101 ResNet152 ResNet101V2 ResNet152V2 MobileNetV3Large DenseNet169 DenseNet201 "
    "EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 "
    "EfficientNetB7 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
    "EfficientNetV2M EfficientNetV2L ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge "
    "NASNetLarge"
).split()
if os.environ.get("KAPPS_ALL"):
    SIZES.update(dict.fromkeys(OTHERS, SIZES["EfficientNetB0"]))
    SIZES["NASNetLarge"] = SIZES["NASNetMobile"]


# By the name of Keras' model: gains at which the image reaches the end and rounding errors do not
# grow on the way, by a search: in the deepest networks a twentieth more multiplies them by 1,000.
GAINS = {
    "nasnet_large": (0.83, 1.12),
    "efficientnetb3": (0.75, 1.1),
    "efficientnetb4": (0.77, 1.1),
    "efficientnetb5": (0.7, 1.06),
    "efficientnetb6": (0.7, 1.07),
    "efficientnetb7": (0.7, 1.06),
    "efficientnetv2-m": (0.45, 0.95),
    "efficientnetv2-l": (0.43, 0.87),
}


def random_weights(model: Any) -> list[Any]:
    """Weights that carry what is in the images through every block."""
    numbers = np.random.default_rng(5)
    usual = (0.5, 1.0) if model.name.startswith("efficientnetv2") else (0.8, 1.1)
    gains = GAINS.get(model.name, usual)
    values = []
    for weight in model.weights:
        shape, name = tuple(weight.shape), weight.path.rpartition("/")[2]
        if "kernel" in name:
            own = name == "depthwise_kernel" or (len(shape) == 4 and shape[-1] == 1)
            fan = np.prod(shape[:2] if own else shape[:-1])
            values.append(numbers.normal(0, np.sqrt(2 / fan), shape))
        elif name == "gamma":
            values.append(numbers.uniform(*gains, shape))
        elif name in ("moving_variance", "variance") or name.startswith("variable"):
            values.append(numbers.uniform(0.5, 1.0, shape))
        else:
            values.append(numbers.normal(0, 0.05, shape))
    return [np.asarray(v, w.dtype) for v, w in zip(values, model.weights, strict=True)]


def fill(model: Any, images: Any | None = None) -> None:
    """Gives a model of Keras random weights; with images, so that softmax tells classes apart."""
    model.set_weights(random_weights(model))
    finish(model)
    if images is None:
        return
    last = [layer for layer in model.layers if layer.weights][-1]
    features = np.asarray(keras.Model(model.input, last.input)(images, training=False))
    kernel, bias = last.get_weights()
    logits = features.reshape(len(images), -1) @ kernel.reshape(-1, kernel.shape[-1])
    last.set_weights([kernel * (2 / logits.std()), bias])


def finish(model: Any) -> None:
    """Keras' Normalization reads its statistics when a file is loaded, not by set_weights."""
    for layer in model.layers:
        if type(layer).__name__ == "Normalization" and layer.weights:
            layer.finalize_state()


def pictures(title: str, size: tuple[int, int]) -> Any:
    images = np.random.default_rng(2).uniform(0, 255, (2, *size, 3)).astype("float32")
    return preprocessing.preprocess_input(images, mode=getattr(kapps, title).images[0])


def assert_equal(ours: Any, expected: Any) -> None:
    """Equal to 1e-4 of the largest value."""
    expected = np.asarray(expected)
    assert ours.shape == expected.shape
    assert np.isfinite(expected).all()
    # the images matter, far more than the tolerance
    assert np.abs(expected[0] - expected[1]).max() > 1e-2 * np.abs(expected).max()
    assert np.abs(ours - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.fixture(scope="module", params=list(SIZES))
def twin(request: pytest.FixtureRequest) -> tuple[str, Any]:
    """An application's name, and Keras' model of it at the first size with random weights."""
    keras.backend.clear_session()
    title = request.param
    make = getattr(keras.applications, title)
    theirs = make(weights=None, input_shape=(*SIZES[title][0], 3), classes=1000)
    fill(theirs, pictures(title, SIZES[title][0]))
    return title, theirs


def test_predictions_with_weights_from_a_file_of_keras(
    twin: tuple[str, Any], tmp_path: Path
) -> None:
    title, theirs = twin
    size = SIZES[title][0]
    path = tmp_path / "theirs.h5"
    keras.saving.save_model(theirs, path)
    ours = getattr(kapps, title)(weights=path, input_shape=(*size, 3))
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    images = pictures(title, size)
    assert_equal(ours.predict(images), theirs(images, training=False))


def test_predictions_at_another_size(twin: tuple[str, Any]) -> None:
    title, _ = twin
    size = SIZES[title][1]
    make = getattr(keras.applications, title)
    reference = make(weights=None, input_shape=(*size, 3))
    ours = getattr(kapps, title)(weights=None, input_shape=(*size, 3))
    images = pictures(title, size)
    fill(reference, images)
    ours.set_weights(reference.get_weights())
    assert_equal(ours.predict(images), reference(images, training=False))


def test_features_at_both_sizes(twin: tuple[str, Any]) -> None:
    title, _ = twin
    make = getattr(keras.applications, title)
    # NASNet's Keras model compares sizes as it is made, so it needs to know them
    known = title.startswith("NASNet")
    for size in SIZES[title][:1] if known else SIZES[title]:
        if size == SIZES[title][0]:
            shape = (*size, 3) if known else (None, None, 3)
            reference = make(weights=None, include_top=False, input_shape=shape)
            fill(reference)
            ours = getattr(kapps, title)(weights=None, include_top=False, input_shape=shape)
            ours.set_weights(reference.get_weights())
        images = pictures(title, size)
        assert_equal(np.asarray(ours(images, training=False)), reference(images, training=False))


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_preprocessing_is_equal_bit_for_bit(mode: str, dtype: str, data_format: str) -> None:
    images = np.random.default_rng(3).uniform(0, 255, (2, 3, 4, 3)).astype(dtype)
    if data_format == "channels_first":
        images = images.transpose(0, 3, 1, 2)
    for given in (images, images[0]):
        expected = keras.applications.imagenet_utils.preprocess_input(
            given.copy(), data_format, mode
        )
        ours = preprocessing.preprocess_input(given, data_format, mode)
        assert ours.dtype == expected.dtype
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize(
    "module",
    "xception vgg16 vgg19 resnet resnet50 resnet_v2 inception_v3 inception_resnet_v2 mobilenet "
    "mobilenet_v2 mobilenet_v3 densenet efficientnet efficientnet_v2 convnext nasnet".split(),
)
def test_every_module_preprocesses_as_its_namesake(module: str) -> None:
    images = np.random.default_rng(4).uniform(0, 255, (1, 3, 4, 3)).astype("float32")
    theirs = getattr(keras.applications, module)
    np.testing.assert_array_equal(
        getattr(kapps, module).preprocess_input(images), theirs.preprocess_input(images.copy())
    )


def test_class_names_are_those_of_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.applications import imagenet_utils

    folder = Path(kapps.__file__).parent
    monkeypatch.setattr(
        imagenet_utils.file_utils, "get_file", lambda *_, **__: folder / "imagenet_classes.json"
    )
    scores = np.random.default_rng(1).uniform(size=(3, 1000))
    expected = imagenet_utils.decode_predictions(scores, top=4)
    assert kapps.imagenet_utils.decode_predictions(scores, top=4) == expected


def test_a_file_of_keras_2_weights_loads(tmp_path: Path) -> None:
    tf_keras = pytest.importorskip("tf_keras")
    for title in ("VGG16", "MobileNet"):
        old = getattr(tf_keras.applications, title)(weights=None, input_shape=(32, 32, 3))
        old.save_weights(str(tmp_path / "old.h5"))
        ours = getattr(kapps, title)(weights=tmp_path / "old.h5", input_shape=(32, 32, 3))
        for a, b in zip(ours.get_weights(), old.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
