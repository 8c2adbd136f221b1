"""Images between files, Pillow and arrays."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kpreprocess.image import (
    ImageFileError,
    array_to_img,
    img_to_array,
    load_img,
    save_img,
    smart_resize,
)

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype("float32")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("astronaut.png", (512, 512)),
        ("rocket.jpg", (640, 427)),
        ("camera.png", (512, 512)),
        ("palette_color.png", (10, 10)),
        ("chessboard_GRAY_U16.tif", (200, 200)),
    ],
)
@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_real_pictures(
    real_images: Path, name: str, size: tuple[int, int], mode: str, channels: int
) -> None:
    image = load_img(real_images / name, color_mode=mode)
    assert image.size == size
    array = img_to_array(image)
    assert array.shape == (size[1], size[0], channels)
    assert array.dtype == np.float32
    small = load_img(str(real_images / name), color_mode=mode, target_size=(20, 30))
    assert small.size == (30, 20)


def test_sixteen_bits_stay(real_images: Path) -> None:
    image = load_img(real_images / "chessboard_GRAY_U16.tif", color_mode="grayscale")
    assert image.mode == "I;16"
    wide = Image.fromarray(np.array([[70000, 3]], dtype="int32"))
    assert img_to_array(wide).ravel().tolist() == [70000, 3]


def test_a_path_as_bytes(real_images: Path) -> None:
    path = real_images / "astronaut.png"
    assert np.array_equal(np.asarray(load_img(bytes(path))), np.asarray(load_img(path)))


def test_scaled_grey_pixels_have_eight_bits() -> None:
    for seed in range(20):  # the largest of some is rounded up to more than 255
        pixels = np.random.default_rng(seed).random((5, 5, 1)).astype("float32")
        assert array_to_img(pixels).mode == "L"


def test_keep_aspect_ratio(real_images: Path) -> None:
    whole = img_to_array(load_img(real_images / "chelsea.png"))
    square = img_to_array(
        load_img(real_images / "chelsea.png", target_size=(300, 300), keep_aspect_ratio=True)
    )
    assert np.array_equal(square, whole[:, 75:375])


def test_a_truncated_picture(real_images: Path) -> None:
    with pytest.raises(ImageFileError, match=r"truncated\.jpg"):
        load_img(real_images / "truncated.jpg")


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_decompression_bomb(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    )
    with pytest.raises(ImageFileError, match=r"bomb\.png"):
        load_img(path)


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    for content in (b"", b"no picture", b"\x89PNG\r\n\x1a\n"):
        path.write_bytes(content)
        with pytest.raises(ImageFileError, match=r"text\.png"):
            load_img(path)
    with pytest.raises(FileNotFoundError):
        load_img(tmp_path / "absent.png")


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"color_mode": "cmyk"}, "color_mode"),
        ({"interpolation": "magic"}, "magic"),
        ({"target_size": (0, 5)}, "target_size"),
        ({"target_size": (5,)}, "target_size"),
    ],
)
def test_load_img_bad_input(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        load_img("any.png", **arguments)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_there_and_back(data_format: str, tmp_path: Path) -> None:
    first = data_format == "channels_first"
    for pixels in (PIXELS, PIXELS[..., :1], np.dstack([PIXELS, PIXELS[..., :1]])):
        array = pixels.transpose(2, 0, 1) if first else pixels
        image = array_to_img(array, data_format, scale=False)
        assert image.size == (9, 6)
        assert np.array_equal(img_to_array(image, data_format), array)
        save_img(tmp_path / "x.png", array, data_format, scale=False)
        mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[pixels.shape[2]]
        again = img_to_array(load_img(tmp_path / "x.png", color_mode=mode), data_format)
        assert np.array_equal(again, array)


def test_scaling_and_range() -> None:
    grey = np.array([[[-1.0], [3.0]]])
    assert img_to_array(array_to_img(grey)).ravel().tolist() == [0, 255]
    assert img_to_array(array_to_img(grey, scale=False)).ravel().tolist() == [0, 3]
    assert array_to_img(np.full((2, 2, 1), 300.0), scale=False).mode == "I"
    assert np.array_equal(np.asarray(array_to_img(np.zeros((2, 2, 3)))), np.zeros((2, 2, 3)))
    buffer = io.BytesIO()
    save_img(buffer, np.dstack([PIXELS, PIXELS[..., :1]]), file_format="jpg")
    assert Image.open(buffer).mode == "RGB"


@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 2, 5), (1, 2, 2, 3)])
def test_arrays_that_are_no_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="array_to_img"):
        array_to_img(np.zeros(shape))
    with pytest.raises(ValueError, match="data_format"):
        img_to_array(PIXELS, "last")


def test_smart_resize() -> None:
    ramp = np.tile(np.arange(8.0)[:, None, None], (1, 4, 1))
    got = smart_resize(ramp, (2, 2))
    assert got[:, 0, 0].tolist() == [2.5, 4.5]
    nearest = smart_resize(ramp, (2, 2), "nearest")
    assert nearest[:, 0, 0].tolist() == [3, 5]
    batch = smart_resize(
        np.stack([PIXELS] * 2).transpose(0, 3, 1, 2), (5, 7), data_format="channels_first"
    )
    assert batch.shape == (2, 3, 5, 7)
    assert np.array_equal(batch[1].transpose(1, 2, 0), smart_resize(PIXELS, (5, 7)))
    for wrong in ({"size": (0, 1)}, {"interpolation": "lanczos"}, {"x": np.zeros(3)}):
        with pytest.raises(ValueError, match="smart_resize"):
            smart_resize(**{"x": PIXELS, "size": (2, 2), **wrong})
