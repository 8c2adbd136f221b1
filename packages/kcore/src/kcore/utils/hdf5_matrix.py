"""HDF5Matrix: a part of a data set in an HDF5 file, read row by row when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np

from kcore.errors import ConfigurationError, DataError


class HDF5Matrix:
    """Rows of an HDF5 data set that stand for an array in fit, evaluate and predict.

    Nothing is read before it is asked for, so the data may be larger than memory. Each file is
    opened once in a process.

    Args:
        datapath: path of the file.
        dataset: name of the data set in it.
        start: first row, default 0.
        end: row behind the last one, the end of the data set if None.
        normalizer: function of the rows read, that keeps their number; None leaves them as they
            are. Shape and dtype are those of its results.

    Raises:
        DataError: if there is no such file or data set, or no row is left.
        ConfigurationError: if start or end is no whole number.

    Example:
        >>> import tempfile
        >>> path = tempfile.mkstemp(suffix=".h5")[1]
        >>> with h5py.File(path, "w") as file:
        ...     file["rows"] = np.arange(12.0).reshape(6, 2)
        >>> part = HDF5Matrix(path, "rows", start=1, end=4)
        >>> part.shape, part[0].tolist(), part[[2, 0]].tolist()
        ((3, 2), [2.0, 3.0], [[6.0, 7.0], [2.0, 3.0]])
    """

    _files: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        datapath: Any,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        for name, value in (("start", start), ("end", end)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise ConfigurationError(
                    f"HDF5Matrix: {name} must be a whole number; received {value!r}."
                )
        self.data = self._open(Path(datapath), dataset)
        rows = self.data.shape[0]
        self.start = start
        self.end = rows if end is None else end
        if not 0 <= self.start < self.end <= rows:
            raise DataError(
                f"HDF5Matrix: rows {self.start} to {self.end} do not lie in {dataset!r} of "
                f"{datapath}, which has {rows} rows."
            )
        self.normalizer = normalizer
        self._sample: Any = None

    @classmethod
    def _open(cls, path: Path, dataset: str) -> Any:
        key = str(path.absolute())
        file = cls._files.get(key)
        if not file:  # never opened, or closed by somebody
            try:
                file = cls._files[key] = h5py.File(key, "r")
            except OSError as error:
                raise DataError(f"HDF5Matrix: {path} cannot be read as HDF5 ({error}).") from None
        found = file.get(dataset)
        if not isinstance(found, h5py.Dataset) or not found.shape:
            names: list[str] = []
            file.visititems(
                lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
            )
            raise DataError(
                f"HDF5Matrix: {path} has no data set {dataset!r} with rows; it has {names}."
            )
        return found

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: int | slice | Sequence[int] | Any) -> Any:
        if isinstance(key, slice):
            first, last, step = key.indices(len(self))
            if step > 0:
                last = max(first, last)
                rows = self.data[self.start + first : self.start + last : step]
            else:
                rows = self._at(np.arange(first, last, step))
        elif isinstance(key, (int, np.integer)):
            rows = self.data[self.start + int(self._checked(np.asarray(key)))]
        else:
            rows = self._at(np.asarray(key))
        return rows if self.normalizer is None else self.normalizer(rows)

    def _at(self, rows: Any) -> Any:
        """Rows in any order: HDF5 wants its indices ascending and each once."""
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        wanted, places = np.unique(self._checked(rows), return_inverse=True)
        return self.data[self.start + wanted][places.reshape(rows.shape)]

    def _checked(self, rows: Any) -> Any:
        """Row numbers of the part, negative ones counted from its end."""
        wrong = (rows >= len(self)) | (rows < -len(self))
        if np.any(wrong):
            raise IndexError(
                f"HDF5Matrix of {len(self)} rows has no row {np.atleast_1d(rows)[wrong].flat[0]}."
            )
        return np.where(rows < 0, rows + len(self), rows)

    def _one(self) -> Any:
        """One row as it is handed out."""
        if self._sample is None:
            rows = self.data[self.start : self.start + 1]
            self._sample = rows if self.normalizer is None else np.asarray(self.normalizer(rows))
        return self._sample

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, ...), as they are handed out."""
        row = self.data if self.normalizer is None else self._one()
        return (len(self), *row.shape[1:])

    @property
    def dtype(self) -> Any:
        """The dtype of what is handed out."""
        return (self.data if self.normalizer is None else self._one()).dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype="int64"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self[:], dtype=dtype)
