"""IDX, the format of MNIST and Fashion-MNIST: two zero bytes, type, rank, sizes, numbers."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from .errors import FormatError
from .split import Array

__all__ = ["read_idx"]

UNSIGNED_BYTE = 0x08  # the only element type that the two data sets use


def read_idx(path: Path, shape: tuple[int, ...]) -> Array:
    """Read a gzip-compressed IDX file of unsigned bytes whose shape is known beforehand.

    The header is compared with the wanted shape before any memory is taken, and decompression
    stops one byte after the expected end, so a false file can neither inflate nor be half-read.

    Args:
        path: The .gz file.
        shape: The shape that it must have.

    Returns:
        A writable uint8 array of that shape.

    Raises:
        FormatError: If the file is not gzip, is damaged, or holds another type or shape.

    Example:
        >>> read_idx(Path("t10k-labels-idx1-ubyte.gz"), (10000,))  # doctest: +SKIP
        array([7, 2, 1, ..., 4, 5, 6], dtype=uint8)
    """
    head = struct.pack(">BBBB", 0, 0, UNSIGNED_BYTE, len(shape)) + struct.pack(
        f">{len(shape)}I", *shape
    )
    count = int(np.prod(shape))
    try:
        with gzip.open(path) as stream:
            found = stream.read(len(head))
            body = stream.read(count + 1) if found == head else b""
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"The file {path} is no complete gzip file: {error}.") from error
    if found != head:
        raise FormatError(
            f"The file {path} should hold an IDX array of unsigned bytes of shape {shape}, that is "
            f"begin with {head.hex()}; it begins with {found.hex()}."
        )
    if len(body) != count:
        size = f"only {len(body)}" if len(body) < count else f"more than {count}"
        raise FormatError(f"The file {path} should hold {count} values; it holds {size}.")
    array: Array = np.frombuffer(body, dtype=np.uint8).reshape(shape).copy()
    return array
