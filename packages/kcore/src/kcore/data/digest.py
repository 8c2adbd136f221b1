"""A digest of data, by which two runs can be compared."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from kcore import tree
from kcore.data.adapter import Source
from kcore.data.arrays import ArraySource
from kcore.typing import Config

# larger arrays are looked at in blocks, so that no fit waits for its fingerprint
_MOST_BYTES = 2 * 2**20
_BLOCKS = 16


def digest(source: Source) -> Config:
    """What the data are: the form of each array and a SHA-256 of its content.

    Of an array of more than 2 MiB, 16 blocks of rows spread over it are read, and "rows read" says
    how many rows that were. Data that are no arrays have no content until they are asked for: their
    type and length stand for them.

    Example:
        >>> from kcore.data import as_source
        >>> digest(as_source(np.zeros((2, 3))))["x"]["shape"]
        [2, 3]
    """
    if not isinstance(source, ArraySource):
        data = getattr(source, "dataset", None) or getattr(source, "iterable", None)
        return {"type": type(data).__name__, "batches": source.steps}
    found: Config = {}
    for name, part in zip(("x", "y", "sample_weight"), source.parts, strict=False):
        leaves = tree.flatten(part)
        for number, leaf in enumerate(leaves):
            found[name if len(leaves) == 1 else f"{name}[{number}]"] = _of_array(leaf)
    return found


def _of_array(leaf: Any) -> Config:
    rows = int(leaf.shape[0])
    kind = np.dtype(leaf.dtype)
    row_bytes = max(1, int(np.prod(leaf.shape[1:], dtype="int64")) * kind.itemsize)
    block = max(1, _MOST_BYTES // row_bytes // _BLOCKS)
    starts = range(0, rows, block)
    if rows * row_bytes > _MOST_BYTES:
        starts = range(0, rows - block + 1, max(1, (rows - block) // (_BLOCKS - 1)))
    total, read = hashlib.sha256(), 0
    for start in starts:
        part = np.asarray(leaf[start : start + block])
        read += len(part)
        text = part.dtype == np.object_
        total.update(repr(part.tolist()).encode() if text else np.ascontiguousarray(part).data)
    return {
        "shape": [int(n) for n in leaf.shape],
        "dtype": str(kind),
        "sha256": total.hexdigest(),
        "rows read": read,
    }
