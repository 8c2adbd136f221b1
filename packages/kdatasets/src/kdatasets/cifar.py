"""What CIFAR-10 and CIFAR-100 have in common: tar archives of pickled batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .archive import read_tar
from .errors import FormatError
from .split import Array
from .unpickle import read_pickle

__all__ = ["CITATION", "HOME", "read_batches"]

HOME = "https://www.cs.toronto.edu/~kriz/"
CITATION = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
LIMIT = 250_000_000  # bytes unpacked; the real archives take 187 MB
BYTES = 3 * 32 * 32


def read_batches(
    path: Path, batches: Sequence[Sequence[str]], label_key: str
) -> list[tuple[Array, Array]]:
    """Read groups of batches, each group joined to one pair of arrays.

    Args:
        path: The tar.gz archive.
        batches: Groups of file names inside it.
        label_key: Key of the labels in a batch: 'labels', 'fine_labels' or 'coarse_labels'.

    Shapes:
        images: (n, height=32, width=32, channel=3), uint8; labels: (n, 1), uint8.

    Returns:
        (images, labels) for each group.

    Raises:
        FormatError: If the archive or a batch is not what it should be.

    Example:
        >>> read_batches(Path("c.tar.gz"), [["a"]], "labels")  # doctest: +SKIP
    """
    files = read_tar(path, [name for group in batches for name in group], LIMIT)
    parts = {
        name: _batch(data, f"The batch {name!r} in {path}", label_key)
        for name, data in files.items()
    }
    return [
        (
            np.concatenate([parts[name][0] for name in group]),
            np.concatenate([parts[name][1] for name in group]),
        )
        for group in batches
    ]


def _batch(data: bytes, where: str, label_key: str) -> tuple[Array, Array]:
    content = read_pickle(data, where)
    if not isinstance(content, dict):
        raise FormatError(f"{where} should be a dictionary; it is a {type(content).__name__}.")
    # Python 2 wrote the keys as bytes; later copies may have texts.
    fields = {k.decode() if isinstance(k, bytes) else k: v for k, v in content.items()}
    images, labels = fields.get("data"), fields.get(label_key)
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim != 2:
        raise FormatError(f"{where} should hold images in a table of bytes under 'data'.")
    if images.shape[1] != BYTES:
        raise FormatError(f"{where} should hold images of {BYTES} bytes; got {images.shape[1]}.")
    if not isinstance(labels, list) or len(labels) != len(images):
        raise FormatError(f"{where} should hold {len(images)} labels under {label_key!r}.")
    if not all(type(label) is int and 0 <= label <= 255 for label in labels):
        raise FormatError(f"{where} holds a label that is no class number.")
    # Stored channel by channel; networks here take channels last.
    pixels = images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(pixels), np.array(labels, dtype=np.uint8)[:, None]
