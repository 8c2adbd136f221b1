"""Image functions give what tf_keras gives. Geometric changes there need scipy."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpreprocess import image

peer = pytest.importorskip("tf_keras.preprocessing.image")

X = (np.random.default_rng(1).random((6, 33, 40, 3)) * 255).astype("float32")
ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"rotation_range": 30, "horizontal_flip": True},
    {"width_shift_range": 0.3, "height_shift_range": 0.2, "fill_mode": "wrap"},
    {"width_shift_range": 5, "height_shift_range": [1, 2, 7], "fill_mode": "constant", "cval": 9},
    {"shear_range": 20, "zoom_range": 0.4, "fill_mode": "reflect", "vertical_flip": True},
    {"zoom_range": (0.5, 0.9), "channel_shift_range": 40, "rotation_range": 90},
    {"rotation_range": 15, "brightness_range": (0.3, 1.8)},
    {"rotation_range": 15, "interpolation_order": 0},
    {"rotation_range": 15, "zoom_range": 0.3, "interpolation_order": 3},
    {"shear_range": 15, "interpolation_order": 2, "fill_mode": "reflect"},
    {"width_shift_range": 0.3, "interpolation_order": 5, "fill_mode": "constant", "cval": 7},
]


def both(arguments: dict[str, Any]) -> tuple[Any, Any]:
    return image.ImageDataGenerator(**arguments), peer.ImageDataGenerator(**arguments)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_drawn_parameters(arguments: dict[str, Any]) -> None:
    ours, theirs = both(arguments)
    for seed in range(20):
        one, other = (made.get_random_transform(X[0].shape, seed) for made in (ours, theirs))
        assert one.keys() == other.keys()
        # On purpose: the shift of the height moves rows here, which is ty; Keras calls it tx.
        other["tx"], other["ty"] = other["ty"], other["tx"]
        assert all(one[key] == other[key] for key in one), (one, other)


@pytest.mark.filterwarnings("ignore:.*affine_transform:DeprecationWarning")  # tf_keras' scipy call
@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_pixels(arguments: dict[str, Any], data_format: str) -> None:
    pytest.importorskip("scipy", reason="tf_keras' geometric changes need scipy")
    if data_format == "channels_first" and "brightness_range" in arguments:
        pytest.skip("tf_keras itself cannot shift the brightness of channels-first images")
    ours, theirs = both({**arguments, "data_format": data_format})
    for seed, item in enumerate(X):
        x = item if data_format == "channels_last" else item.transpose(2, 0, 1)
        changes = theirs.get_random_transform(x.shape, seed)
        one, other = (made.apply_transform(x.copy(), changes) for made in (ours, theirs))
        # whole levels after a brightness shift: a rounding apart there is one level
        limit = 1.0 if "brightness_range" in arguments else 1e-3
        assert np.abs(one - other).max() <= limit


@pytest.mark.parametrize(
    "arguments",
    [
        {"rescale": 0.1, "samplewise_center": True},
        {"samplewise_std_normalization": True, "preprocessing_function": lambda x: x + 1},
        {"featurewise_center": True},
        {"featurewise_std_normalization": True, "rescale": 1 / 255},
        {"zca_whitening": True},
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_statistics(arguments: dict[str, Any]) -> None:
    small = X[:, :6, :5]
    results = []
    for made in both(arguments):
        made.fit(small)
        results.append(np.stack([made.standardize(item.copy()) for item in small]))
    assert np.allclose(results[0], results[1], atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("name", ["flow", "flow_from_directory", "flow_from_dataframe"])
def test_arguments_by_position(name: str) -> None:
    one, other = (
        [
            (parameter.name, parameter.default)
            for parameter in signature(getattr(made, name)).parameters.values()
            if parameter.kind is not parameter.VAR_KEYWORD
        ]
        for made in both({})
    )
    assert one[: len(other)] == other


def test_files(tmp_path: Path) -> None:
    for pixels in (X[0], X[0][..., :1]):
        for scale in (True, False):
            one, other = (np.asarray(m.array_to_img(pixels, scale=scale)) for m in (image, peer))
            assert np.abs(one.astype(int) - other.astype(int)).max() <= 1
    image.save_img(tmp_path / "a.png", X[0])
    for arguments in (
        {},
        {"color_mode": "grayscale", "target_size": (10, 20)},
        {"target_size": (15, 15), "interpolation": "bicubic", "keep_aspect_ratio": True},
    ):
        loaded = [
            m.img_to_array(m.load_img(tmp_path / "a.png", **arguments)) for m in (image, peer)
        ]
        assert np.array_equal(*loaded)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_smart_resize(interpolation: str) -> None:
    one, other = (m.smart_resize(X[0], (17, 50), interpolation) for m in (image, peer))
    assert np.abs(one - other).max() < 1e-2


def test_directory(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
        for number in range(4):
            image.save_img(tmp_path / name / f"{number}.png", X[number], scale=False)
    ours, theirs = both({"validation_split": 0.5, "rescale": 1 / 255})
    for subset in (None, "training", "validation"):
        for mode in ("categorical", "sparse", "input"):
            one, other = (
                made.flow_from_directory(
                    str(tmp_path), (20, 30), class_mode=mode, shuffle=False, subset=subset
                )
                for made in (ours, theirs)
            )
            assert one.filenames == other.filenames
            assert one.class_indices == other.class_indices
            for a, b in zip(one[0], other[0], strict=True):
                assert a.dtype == b.dtype
                assert np.array_equal(a, b)
