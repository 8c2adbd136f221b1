"""Image layers equal Keras for given parameters; random ones have the right ranges and shares."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import klayers
from kcore import components, ops

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 6, 5, 3)).astype("float32")
BYTES = IMAGES.astype("uint8")
FILLS = ("constant", "nearest", "reflect", "wrap")


def both(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    return getattr(klayers, name)(*args, **options), getattr(keras.layers, name)(*args, **options)


def same(layers: tuple[Any, Any], inputs: Any, atol: float = 1e-3, **call: Any) -> None:
    """Equal outputs, of values up to 255."""
    found, expected = (np.asarray(layer(inputs, **call), "float64") for layer in layers)
    np.testing.assert_allclose(found, expected, atol=atol)
    assert tuple(layers[0].compute_output_shape(inputs.shape)) == found.shape


def first(images: Any) -> Any:
    return np.moveaxis(images, -1, -3)


SIZES = [
    {},
    {"interpolation": "nearest"},
    {"interpolation": "bicubic", "antialias": True},
    {"interpolation": "lanczos3"},
    {"crop_to_aspect_ratio": True},
    {"pad_to_aspect_ratio": True, "fill_value": 7.0},
]


@pytest.mark.parametrize("options", SIZES)
@pytest.mark.parametrize("size", [(3, 4), (9, 2), (6, 5)])
def test_resizing(options: dict[str, Any], size: tuple[int, int]) -> None:
    same(both("Resizing", *size, **options), IMAGES)
    same(both("Resizing", *size, **options), IMAGES[0])
    same(both("Resizing", *size, **options, data_format="channels_first"), first(IMAGES))


def test_resizing_keeps_whole_numbers() -> None:
    layers = both("Resizing", 4, 3)
    assert np.asarray(layers[0](BYTES)).dtype == np.asarray(layers[1](BYTES)).dtype == "uint8"
    # Keras cuts fractions off where ours rounds
    same(layers, BYTES, atol=1.0)


@pytest.mark.parametrize("size", [(4, 4), (3, 2), (8, 4), (3, 9)])
def test_center_crop(size: tuple[int, int]) -> None:
    for images in (IMAGES, IMAGES[0], BYTES):
        same(both("CenterCrop", *size), images)
    same(both("CenterCrop", *size, data_format="channels_first"), first(IMAGES))


GEOMETRY = [
    ("RandomRotation", ((0.1, 0.1),)),
    ("RandomRotation", ((-0.3, -0.3),)),
    ("RandomTranslation", ((0.3, 0.3), (0.25, 0.25))),
    ("RandomTranslation", ((-0.5, -0.5), (0.1, 0.1))),
    ("RandomZoom", ((0.5, 0.5),)),
    ("RandomZoom", ((-0.3, -0.3), (0.2, 0.2))),
]


@pytest.mark.parametrize(("name", "factors"), GEOMETRY)
@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_geometry_of_given_factors(name: str, factors: Any, fill: str, interpolation: str) -> None:
    options = {"fill_mode": fill, "interpolation": interpolation, "fill_value": 9.0}
    for images in (IMAGES, IMAGES[0]):
        same(both(name, *factors, **options), images, training=True)
    layers = both(name, *factors, **options, data_format="channels_first")
    same(layers, first(IMAGES), training=True)


@pytest.mark.parametrize(("x", "y"), [(0.4, 0.0), (0.0, 0.4), (0.3, 0.4), (-0.3, -0.4)])
def test_shear_of_given_factors(x: float, y: float) -> None:
    ours, theirs = both("RandomShear", 0.5, 0.5, fill_mode="constant")
    found = ours.transform(tf.constant(IMAGES), x=np.float32(x), y=np.float32(y))
    factor = tf.constant([[x, y]] * 3, "float32")
    given = {"shear_factor": factor, "input_shape": IMAGES.shape}
    expected = theirs.transform_images(IMAGES, given, training=True)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_perspective_of_given_corners() -> None:
    ours, theirs = both("RandomPerspective", 1.0, 0.8, fill_value=3.0)
    shares = np.random.default_rng(0).uniform(-0.4, 0.4, (3, 4, 2)).astype("float32")
    changed = np.array([True, False, True])
    found = ours.transform(tf.constant(IMAGES), changed=changed, shares=shares)
    _, height, width, _ = IMAGES.shape
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "float32") * [width - 1, height - 1]
    given = {
        "apply_perspective": tf.constant(changed),
        "start_points": tf.constant(np.tile(corners, (3, 1, 1)), "float32"),
        "end_points": tf.constant(corners * (1 + shares), "float32"),
        "input_shape": IMAGES.shape,
    }
    expected = theirs.transform_images(IMAGES, given, training=True)
    np.testing.assert_allclose(found, expected, atol=1e-2)


def test_perspective_is_changed_as_often_and_as_far_as_it_should() -> None:
    x = tf.zeros((2000, 4, 4, 1))
    drawn = klayers.RandomPerspective(1.0, 0.5, seed=1).draw(x)
    shares, changed = np.asarray(drawn["shares"]), np.asarray(drawn["changed"])
    assert -0.25 <= shares.min() < -0.24 and 0.24 < shares.max() <= 0.25
    # the probability itself is uniform on (0, 1): six standard errors around one half
    assert changed.mean() == pytest.approx(0.5, abs=0.07)
    rare = klayers.RandomPerspective((0.1, 0.1), seed=1).draw(x)["changed"]
    assert np.mean(rare) == pytest.approx(0.1, abs=0.04)


def test_brightness_contrast_and_fading_of_given_factors() -> None:
    for factor in (0.5, -0.05, -1.0):
        same(both("RandomBrightness", (factor, factor)), IMAGES, training=True)
    scaled = both("RandomBrightness", (0.2, 0.2), (0.0, 1.0))
    same(scaled, IMAGES / 255.0, training=True)
    ours, theirs = both("RandomContrast", 0.9)
    for factor in (0.2, 1.0, 1.8):
        found = ours.transform(tf.constant(IMAGES), factor=np.float32([factor] * 3))
        given = {"contrast_factor": np.full((3, 1, 1, 1), factor, "float32")}
        np.testing.assert_allclose(found, theirs.transform_images(IMAGES, given, True), atol=1e-3)
    same(both("RandomColorDegeneration", (0.3, 0.3)), IMAGES, training=True)
    for factor in (0.0, 0.3, 0.5):
        same(both("RandomSharpness", (factor, factor)), IMAGES, training=True)


def test_saturation_of_given_factors() -> None:
    for factor in (0.0, 0.25, 0.5):  # above 0.5 Keras leaves the range of values
        same(both("RandomSaturation", (factor, factor)), IMAGES, training=True)


@pytest.mark.parametrize("turn", [0.0, 0.125, -0.125, 0.3, 0.5])
def test_hue_of_given_turns(turn: float) -> None:
    ours, theirs = both("RandomHue", 1.0)
    found = ours.transform(tf.constant(IMAGES), turn=np.float32([turn] * 3))
    given = {"factor": np.float32([turn] * 3)}
    np.testing.assert_allclose(found, theirs.transform_images(IMAGES, given, True), atol=1e-2)


def test_grey_negative_and_few_bits() -> None:
    same(both("RandomGrayscale", 1.0), IMAGES, training=True)
    ours, theirs = both("RandomPosterization", 8)
    for bits in (1, 3, 7, 8):
        found = ours.transform(tf.constant(IMAGES), bits=np.int32([bits] * 3))
        given = {"shift_factor": np.uint8([8 - bits] * 3)}
        expected = theirs.transform_images(IMAGES, given, training=True)
        np.testing.assert_allclose(found, np.asarray(expected, "float32"), atol=1e-3)
    ours, theirs = both("RandomInvert", (1.0, 1.0))
    found = ours.transform(tf.constant(IMAGES), chosen=np.array([[[[True]]]]))
    given = {"apply_inversion": np.array([True] * 3)}
    np.testing.assert_allclose(found, theirs.transform_images(IMAGES, given, True), atol=1e-3)


def test_solarization_of_given_numbers() -> None:
    same(both("Solarization"), IMAGES)
    ours, theirs = both("Solarization", 0.5, 0.5)
    numbers = {"addition": np.float32([0, 20, 90]), "threshold": np.float32([100, 3, 60])}
    given = {f"{key}s": value.reshape(3, 1, 1, 1) for key, value in numbers.items()}
    found = ours.transform(tf.constant(IMAGES), **numbers)
    np.testing.assert_allclose(found, theirs.transform_images(IMAGES, given, True), atol=1e-3)


def test_contrast_and_levels_of_the_image_itself() -> None:
    flat = np.concatenate([IMAGES, np.full_like(IMAGES[:1], 30.0)])
    same(both("AutoContrast"), flat)
    for image in IMAGES:  # Keras counts the levels of all images of a batch together
        same(both("Equalization"), image[None], training=True)


# for other kernels than square ones Keras puts the weights in the wrong places
@pytest.mark.parametrize(
    ("size", "sigma"), [((3, 3), (1.0, 1.0)), ((5, 5), (0.7, 0.7)), ((1, 7), (1.0, 2.0))]
)
def test_gaussian_blur(size: tuple[int, int], sigma: tuple[float, float]) -> None:
    found = ops.image.gaussian_blur(IMAGES, size, sigma)
    expected = keras.ops.image.gaussian_blur(IMAGES, size, sigma)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    first_found = ops.image.gaussian_blur(first(IMAGES), size, sigma, "channels_first")
    np.testing.assert_allclose(first_found, first(np.asarray(expected)), atol=1e-3)


def test_operations_on_images() -> None:
    unit = IMAGES / 255.0
    hsv = ops.image.rgb_to_hsv(unit)
    np.testing.assert_allclose(hsv, keras.ops.image.rgb_to_hsv(unit), atol=1e-5)
    np.testing.assert_allclose(ops.image.hsv_to_rgb(hsv), unit, atol=1e-5)
    grey = keras.ops.image.rgb_to_grayscale(IMAGES)
    np.testing.assert_allclose(ops.image.rgb_to_grayscale(IMAGES), grey, atol=1e-3)
    for cut in ((1, 0, 2, 1), (None, 1, 1, None, 3, 2), (2, None, None, 1, 3, 1)):
        found = ops.image.crop_images(IMAGES, *cut)
        np.testing.assert_array_equal(found, keras.ops.image.crop_images(IMAGES, *cut))
    transform = np.float32([[1.1, 0.2, -1, 0.1, 0.8, 0.5, 0.01, 0.02]] * 3)
    for fill in FILLS:
        found = ops.image.affine_transform(IMAGES, transform, fill_mode=fill, fill_value=3)
        expected = keras.ops.image.affine_transform(IMAGES, transform, fill_mode=fill, fill_value=3)
        np.testing.assert_allclose(found, expected, atol=1e-3)


LAYERS: list[Any] = [
    lambda m: m.Resizing(3, 4, "nearest"),
    lambda m: m.CenterCrop(3, 4),
    lambda m: m.RandomCrop(3, 4, seed=1),
    lambda m: m.RandomFlip("vertical"),
    lambda m: m.RandomRotation((-0.1, 0.2), "wrap"),
    lambda m: m.RandomTranslation(0.1, 0.2),
    lambda m: m.RandomZoom(0.1),
    lambda m: m.RandomShear((0.1, 0.2), 0.3),
    lambda m: m.RandomPerspective(0.4, 0.3),
    lambda m: m.RandomBrightness(0.1, (0, 1)),
    lambda m: m.RandomContrast((0.1, 0.2)),
    lambda m: m.RandomHue(0.1),
    lambda m: m.RandomSaturation(0.1),
    lambda m: m.RandomGrayscale(0.1),
    lambda m: m.RandomColorJitter((0, 255), 0.1, 0.2, 0.3, 0.4),
    lambda m: m.RandomGaussianBlur(0.5),
    lambda m: m.RandomColorDegeneration(0.1),
    lambda m: m.RandomSharpness(0.1),
    lambda m: m.RandomInvert(0.1),
    lambda m: m.RandomPosterization(3),
    lambda m: m.Solarization(0.1, 0.2),
    lambda m: m.AutoContrast(),
    lambda m: m.Equalization(bins=9),
    lambda m: m.RandAugment((0, 1), 3, 0.2),
    lambda m: m.MixUp(0.3),
    lambda m: m.CutMix(0.3),
]


@pytest.mark.parametrize("make", LAYERS)
def test_configurations_are_exchanged(make: Any) -> None:
    ours, theirs = make(klayers), make(keras.layers)
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(theirs)))
    again = components.get("layer", saved, "test")
    assert {**ours.get_config(), "name": None} == {**again.get_config(), "name": None}
    type(theirs).from_config(json.loads(json.dumps(ours.get_config())))


MANY = np.tile(np.arange(30.0, dtype="float32").reshape(1, 6, 5, 1), (400, 1, 1, 3))


def test_draws_are_spread_over_their_ranges() -> None:
    x = tf.constant(MANY)
    expected = {
        "angle": (klayers.RandomRotation((-0.1, 0.2), seed=1), -0.2 * np.pi, 0.4 * np.pi),
        "down": (klayers.RandomTranslation((-0.5, 0.5), 0.0, seed=1), -3.0, 3.0),
        "right": (klayers.RandomTranslation(0.0, (0.2, 0.4), seed=1), 1.0, 2.0),
        "height": (klayers.RandomZoom((-0.2, 0.4), seed=1), 0.8, 1.4),
        "share": (klayers.RandomBrightness(0.3, seed=1), -0.3, 0.3),
        "factor": (klayers.RandomContrast((0.4, 0.8), seed=1), 0.6, 1.8),
        "turn": (klayers.RandomHue(0.6, seed=1), -0.3, 0.3),
        "x": (klayers.RandomShear(0.5, seed=1), -0.5, 0.5),
        "threshold": (klayers.Solarization(0.0, (0.2, 0.4), seed=1), 51.0, 102.0),
    }
    for name, (layer, low, high) in expected.items():
        drawn = np.asarray(layer.draw(x)[name])
        assert drawn.shape == (400,) and low <= drawn.min() and drawn.max() <= high
        assert np.ptp(drawn) > 0.9 * (high - low), name
        # six standard errors of the mean of uniform numbers
        assert drawn.mean() == pytest.approx((low + high) / 2, abs=6 * (high - low) / 70)


def test_flips_and_crops_happen_as_often_as_they_should() -> None:
    flipped = np.asarray(klayers.RandomFlip(seed=1)(MANY, training=True))[..., 0]
    corners = flipped[:, 0, 0]
    for corner in (0.0, 4.0, 25.0, 29.0):
        assert 60 < np.count_nonzero(corners == corner) < 140  # 100 expected
    crop = klayers.RandomCrop(3, 2, seed=1)
    starts = {float(np.asarray(crop(MANY[:2], training=True))[0, 0, 0, 0]) for _ in range(120)}
    assert starts == {float(5 * row + column) for row in range(4) for column in range(4)}
    batch = np.asarray(crop(MANY[:3], training=True))
    np.testing.assert_array_equal(batch[0], batch[2])


def test_nothing_happens_outside_training() -> None:
    for make in LAYERS[3:19] + LAYERS[23:]:
        layer = make(klayers)
        np.testing.assert_array_equal(np.asarray(layer(IMAGES)), IMAGES)
        changed = np.asarray(layer(IMAGES, training=True))
        assert changed.shape == IMAGES.shape
        first_time, second_time = (make(klayers), make(klayers))
        second_time.seed_generator.state.assign(first_time.seed_generator.state.numpy())
        np.testing.assert_array_equal(
            np.asarray(first_time(IMAGES, training=True)),
            np.asarray(second_time(IMAGES, training=True)),
        )


def test_mixing_keeps_the_shares_of_images_and_labels() -> None:
    images = np.arange(64, dtype="float32").reshape(64, 1, 1, 1) * np.ones((1, 8, 8, 1), "float32")
    labels = np.eye(64, dtype="float32")
    for layer in (klayers.MixUp(1.0, seed=1), klayers.CutMix(seed=1)):
        mixed = layer({"images": images, "labels": labels}, training=True)
        found, rows = np.asarray(mixed["images"]), np.asarray(mixed["labels"])
        np.testing.assert_allclose(rows.sum(1), 1.0, atol=1e-5)
        # the mean of an image of one value tells the shares
        np.testing.assert_allclose(found.mean((1, 2, 3)), rows @ np.arange(64), atol=1e-3)
        own = rows[np.arange(64), np.arange(64)]
        assert 0.2 < own.mean() < 0.8


def test_changes_are_drawn_in_equal_shares() -> None:
    layer = klayers.RandAugment(num_ops=220, seed=1)
    which = np.asarray(layer.draw(tf.constant(IMAGES))["which"])
    counts = np.bincount(which, minlength=11)
    assert len(counts) == 11 and counts.min() > 5 and counts.max() < 42  # 20 expected
    parameters = klayers.RandAugment(seed=1).draw(tf.constant(IMAGES))["steps"][0]
    one = klayers.RandAugment(num_ops=1)
    equalized = one.transform(tf.constant(IMAGES), [np.int32(10)], [parameters])
    np.testing.assert_array_equal(equalized, klayers.Equalization()(IMAGES))
    turned = one.transform(tf.constant(IMAGES), [np.int32(2)], [parameters])
    angle = parameters[2]["angle"]
    np.testing.assert_array_equal(
        turned, klayers.RandomRotation(0.1).transform(tf.constant(IMAGES), angle)
    )
