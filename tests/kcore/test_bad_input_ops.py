"""Operations that are given what cannot be: the message names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kcore import SymbolicTensor, ops
from kcore.errors import ConfigurationError, DataError, ShapeError

M = np.ones((2, 3), "float32")
S = SymbolicTensor((2, 3))

CASES: list[tuple[Callable[..., Any], type[Exception], str]] = [
    (lambda x: ops.inv(S), ShapeError, r"inv takes square .*\(2, 3\)"),
    (lambda x: ops.det(SymbolicTensor((3,))), ShapeError, r"\(3,\)"),
    (lambda x: ops.qr(x, mode="full"), ConfigurationError, "'reduced' or 'complete'.*'full'"),
    (lambda x: ops.solve(np.eye(2), np.ones(())), ShapeError, r"\(2, 2\) and \(\)"),
    (lambda x: ops.lstsq(x, np.ones((2, 2, 2))), ShapeError, r"\(2, 3\) and \(2, 2, 2\)"),
    (lambda x: ops.norm(x, ord="fro", axis=0), ConfigurationError, "'fro' is for matrices"),
    (lambda x: ops.norm(x, ord=7), ConfigurationError, "received 7"),
    (lambda x: ops.norm(np.ones((2, 2, 2)), ord=1), ConfigurationError, r"ord=1 .*\(2, 2, 2\)"),
    (lambda x: ops.fft(x), ConfigurationError, r"pair \(real, imaginary\)"),
    (lambda x: ops.fft((x, np.ones(4))), ShapeError, r"\(2, 3\) and \(4,\)"),
    (lambda x: ops.stft(x, 8, 2, 4), ConfigurationError, "fft_length.*4 and 8"),
    (lambda x: ops.stft(x, 2, 2, 4, window="flat"), ConfigurationError, "'flat'"),
    (lambda x: ops.stft(np.ones(9), 2, 2, 4, window=np.ones(3)), ShapeError, r"\(2,\).*\(3,\)"),
    (lambda x: ops.extract_sequences(x, 0, 1), ConfigurationError, "sequence_length.*0"),
    (lambda x: ops.segment_sum(x, [0, 1, 2]), ShapeError, r"\(2, 3\) and \(3,\)"),
    (lambda x: ops.scatter_update(x, [[0]], [0], "div"), ConfigurationError, "'div'"),
    (lambda x: ops.slice_update(x, (0,), x), ShapeError, "2 axes.*1 and 2"),
    (lambda x: ops.bincount([1], sparse=True), ConfigurationError, "sparse"),
    (lambda x: ops.searchsorted(x, 1.0), ShapeError, r"\(2, 3\)"),
    (lambda x: ops.searchsorted([1, 2], 1, side="up"), ConfigurationError, "'up'"),
    (
        lambda x: ops.conv(np.ones((1, 4, 2)), np.ones((3, 2, 5)), bias=np.ones(2)),
        ShapeError,
        r"bias .*\(5,\).*\(2,\)",
    ),
    (lambda x: ops.histogram(x, bins=0), ConfigurationError, "bins.*0"),
    (lambda x: ops.histogram(x, range=(3, 1)), ConfigurationError, r"\(3, 1\)"),
    (lambda x: ops.quantile(x, 1.5), DataError, r"q .*1\.5"),
    (lambda x: ops.quantile(x, 0.5, method="mean"), ConfigurationError, "'mean'"),
    (lambda x: ops.percentile(x, 150), DataError, "between 0 and 100.*150"),
    (lambda x: ops.average(x, weights=np.ones(5)), ShapeError, r"\(2, 3\).*\(5,\)"),
    (lambda x: ops.diff(x, n=-1), ConfigurationError, "n .*-1"),
    (lambda x: ops.meshgrid([1], [2], indexing="yx"), ConfigurationError, "'yx'"),
    (lambda x: ops.meshgrid(x), ShapeError, r"\(2, 3\)"),
    (lambda x: ops.diagonal(x, axis1=1, axis2=-1), ConfigurationError, "1 and -1"),
    (lambda x: ops.tril([1.0]), ShapeError, r"\(1,\)"),
    (lambda x: ops.diag(np.ones((1, 1, 1))), ShapeError, r"\(1, 1, 1\)"),
    (lambda x: ops.linspace(0, 1, -2), ConfigurationError, "num.*-2"),
    (lambda x: ops.moveaxis(x, (0, 0), (0, 1)), ConfigurationError, r"\(0, 0\)"),
    (lambda x: ops.cross(np.ones(4), np.ones(3)), ShapeError, "4, 3"),
    (lambda x: ops.depth_to_space(x, 2), ShapeError, r"\(2, 3\) and 2"),
    (lambda x: ops.space_to_depth(np.ones((1, 3, 4, 1)), 2), ShapeError, "no multiple of 2"),
    (lambda x: ops.categorical_crossentropy(x, x[:1]), ShapeError, r"\(2, 3\) and \(1, 3\)"),
    (lambda x: ops.sparse_categorical_crossentropy([1], x), ShapeError, r"\(2,\).*\(1,\)"),
    (lambda x: ops.ctc_loss([1], x, [1], [1]), ShapeError, r"\(1,\) and \(2, 3\)"),
    (lambda x: ops.multi_hot([1]), ConfigurationError, "num_classes"),
    (lambda x: ops.one_hot([1], 2, sparse=True), ConfigurationError, "sparse"),
    (lambda x: ops.convert_to_tensor([1], ragged=True), ConfigurationError, "ragged=True"),
    (lambda x: ops.moments(x, [0], synchronized=True), ConfigurationError, "synchronized"),
    (lambda x: ops.image.pad_images(x[None], 1, 1), ConfigurationError, "top_.*target_height"),
    (lambda x: ops.image.pad_images(x[None], 1, 1, -2, 1), ConfigurationError, "1 and -2"),
    (lambda x: ops.image.pad_images(x, 1, 1, 1, 1), ShapeError, r"\(2, 3\)"),
    (lambda x: ops.image.extract_patches(x, 2), ShapeError, r"extract_patches.*\(2, 3\)"),
    (lambda x: ops.image.map_coordinates(x, [1.0], 1), ShapeError, r"axis of 2.*\(1,\)"),
    (lambda x: ops.image.map_coordinates(x, x, 3), ConfigurationError, "order.*3"),
    (lambda x: ops.image.map_coordinates(x, x, 1, "edge"), ConfigurationError, "'edge'"),
    (lambda x: ops.switch(0, []), ConfigurationError, "branch"),
    (lambda x: ops.cond(S > 0, lambda: S, lambda: S), ShapeError, r"\(2, 3\).*where"),
    (lambda x: ops.map(lambda row: row, 1.0), ShapeError, "no rows"),
    (lambda x: ops.scan(lambda c, r: (c, r), 0, (x, x[:1])), ShapeError, r"\[1, 2\]"),
    (lambda x: ops.scan(lambda c, r: (c, r), 0), ConfigurationError, "xs or length"),
    (lambda x: ops.scan(lambda c, r: (c, r), 0, x[:0]), ShapeError, "none"),
]


@pytest.mark.parametrize(("run", "error", "facts"), CASES, ids=range(len(CASES)))
def test_the_message_names_what_is_wrong(run: Any, error: Any, facts: str) -> None:
    with pytest.raises(error, match=facts):
        run(M)
