"""The resampling and the changes built on it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from kpreprocess import image as kimage
from kpreprocess.image import apply_affine_transform, apply_brightness_shift, apply_channel_shift
from kpreprocess.image.resample import FILL_MODES, resample

DRAW = np.random.default_rng(5)
PICTURE = (DRAW.random((7, 5, 2)) * 255).astype("float32")


def outside(place: int, size: int, mode: str) -> int | None:
    """Where an integer place beyond the image is looked up, by the definition of each mode."""
    if 0 <= place < size:
        return place
    if mode == "constant":
        return None
    if mode == "nearest":
        return min(max(place, 0), size - 1)
    if mode == "reflect":
        place %= 2 * size
        return place if place < size else 2 * size - 1 - place
    return place % (size - 1)


@pytest.mark.parametrize("mode", FILL_MODES)
@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (-3, 3), (9, 6), (-20, 13)])
def test_whole_shifts_by_definition(mode: str, shift: tuple[int, int]) -> None:
    for order in (0, 1):
        got = resample(PICTURE, np.eye(2), shift, order=order, fill_mode=mode, cval=-5)
        for i in range(7):
            for j in range(5):
                row, column = outside(i + shift[0], 7, mode), outside(j + shift[1], 5, mode)
                inside = row is not None and column is not None
                wanted = PICTURE[row, column] if inside else -5
                assert np.allclose(got[i, j], wanted, atol=1e-4), (i, j)


def test_interpolation_by_definition() -> None:
    matrix, offset = np.array([[0.6, 0.2], [-0.1, 0.7]]), np.array([0.5, 0.9])
    got = resample(PICTURE, matrix, offset)
    for i in range(7):
        for j in range(5):
            row, column = np.clip(matrix @ (i, j) + offset, 0, (6, 4))
            r, c = min(int(row), 5), min(int(column), 3)
            u, v = row - r, column - c
            wanted = (
                PICTURE[r, c] * (1 - u) * (1 - v)
                + PICTURE[r + 1, c] * u * (1 - v)
                + PICTURE[r, c + 1] * (1 - u) * v
                + PICTURE[r + 1, c + 1] * u * v
            )
            assert np.allclose(got[i, j], wanted, rtol=1e-5)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_splines_reproduce_polynomials(order: int) -> None:
    pytest.importorskip("scipy", reason="splines are scipy's")
    down, across = np.mgrid[:40, :36] / 10.0
    # A spline of order n goes exactly through a polynomial of degree n, away from the edges.
    image = np.stack([down**order - across, across**order], axis=-1)
    offset = np.array([0.3, -0.45])
    got = resample(image, np.eye(2), offset, order=order, fill_mode="reflect")
    rows, columns = down + offset[0] / 10, across + offset[1] / 10
    wanted = np.stack([rows**order - columns, columns**order], axis=-1)
    inner = (slice(14, -14), slice(14, -14))
    assert np.abs(got[inner] - wanted[inner]).max() < 1e-3 * np.abs(wanted[inner]).max()
    linear = resample(image, np.eye(2), offset, fill_mode="reflect")
    error = [np.abs(one[inner] - wanted[inner]).max() for one in (got, linear)]
    assert error[0] < error[1] / 50
    assert resample(image.astype("uint8"), np.eye(2), offset, (9, 7), order).shape == (9, 7, 2)


def test_splines_without_scipy_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    with pytest.raises(ModuleNotFoundError, match=r"order 3 .*kpreprocess\[scipy\]"):
        resample(PICTURE, np.eye(2), (0, 0), order=3)


def test_quarter_turns_and_flips_are_exact() -> None:
    square = PICTURE[:5]
    turned = apply_affine_transform(
        square, theta=90, row_axis=0, col_axis=1, channel_axis=2, order=0
    )
    assert np.array_equal(turned, np.rot90(square, -1, (0, 1))) or np.array_equal(
        turned, np.rot90(square, 1, (0, 1))
    )
    twice = apply_affine_transform(
        turned, theta=-90, row_axis=0, col_axis=1, channel_axis=2, order=0
    )
    assert np.array_equal(twice, square)


def test_axes() -> None:
    arguments: dict[str, Any] = {
        "theta": 20,
        "tx": 1,
        "shear": 5,
        "zx": 0.8,
        "fill_mode": "reflect",
    }
    last = apply_affine_transform(PICTURE, **arguments, row_axis=0, col_axis=1, channel_axis=2)
    first = apply_affine_transform(PICTURE.transpose(2, 0, 1), **arguments)
    assert np.array_equal(first.transpose(1, 2, 0), last)
    assert apply_affine_transform(PICTURE) is PICTURE
    with pytest.raises(ValueError, match="axes"):
        apply_affine_transform(PICTURE, row_axis=0, col_axis=0)
    with pytest.raises(ValueError, match="axes"):
        apply_affine_transform(PICTURE[0])


@pytest.mark.parametrize(("name", "value"), [("order", 6), ("order", -1), ("fill_mode", "mirror")])
def test_resample_bad_input(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=str(value)):
        resample(PICTURE, np.eye(2), (0, 0), **{name: value})


def test_colours() -> None:
    x = np.array([[[10.0, 250.0]]])
    assert apply_channel_shift(x, 20).tolist() == [[[30, 250]]]
    assert apply_channel_shift(x, -20).tolist() == [[[10, 230]]]
    assert apply_brightness_shift(x, 1.5, scale=False).tolist() == [[[15, 255]]]
    assert apply_brightness_shift(x, 1.0).tolist() == [[[0, 255]]]
    assert apply_brightness_shift(x, 0).max() == 0
    with pytest.raises(ValueError, match="brightness"):
        apply_brightness_shift(x, -1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("random_rotation", (30,)),
        ("random_shift", (0.3, 0.3)),
        ("random_shear", (20,)),
        ("random_zoom", ((0.5, 1.5),)),
        ("random_channel_shift", (30.0,)),
        ("random_brightness", ((0.5, 1.5),)),
    ],
)
def test_random_changes_repeat_with_a_seed(name: str, arguments: tuple[Any, ...]) -> None:
    function = getattr(kimage, name)
    x = PICTURE.transpose(2, 0, 1)
    state = np.random.get_state()[1].copy()
    first, same, other = (function(x, *arguments, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    assert first.shape == x.shape
    assert np.array_equal(np.random.get_state()[1], state)


def test_ranges_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="zoom_range"):
        kimage.random_zoom(PICTURE, (1,))
    with pytest.raises(ValueError, match="brightness_range"):
        kimage.random_brightness(PICTURE, (1, 2, 3))
