"""Tables of named columns that are read by rows: data sets of Hugging Face, without its package."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore.errors import DataError

# columns of these names are targets, the first one that is there
_TARGETS = ("label", "labels", "target", "y")


def is_table(value: Any) -> bool:
    """Whether a value has columns by name and gives their rows."""
    parts = ("column_names", "with_format", "__getitem__", "__len__")
    return all(hasattr(value, part) for part in parts) and isinstance(value.column_names, list)


class Column:
    """One column of a table as something like an array; rows are read when they are asked for.

    Args:
        table: gives a dict of arrays for a slice or a list of rows.
        name: of the column.

    Raises:
        DataError: if its rows are no numbers of one shape.

    Attributes:
        shape: (rows, ...).
        dtype: of the numbers.
    """

    def __init__(self, table: Any, name: str) -> None:
        self._table = table.with_format("numpy", columns=[name])
        self._name = name
        first = self[0:1]
        self.shape = (len(table), *first.shape[1:])
        self.dtype = first.dtype

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> Any:
        found = self._table[rows if isinstance(rows, slice) else [int(row) for row in rows]]
        array = np.asarray(found[self._name])
        if array.dtype == np.object_ and not all(isinstance(v, str) for v in array.ravel()):
            raise DataError(
                f"Column {self._name!r} of the table holds rows that are no numbers of one shape. "
                "Pad, encode or remove it with the table's own methods."
            )
        return array


def columns_of(table: Any) -> tuple[Any, Any]:
    """Inputs and targets of a table: a column called "label", "labels", "target" or "y", or None.

    The other columns are the inputs, by name if there are several.

    Raises:
        DataError: if the table is empty, has no column for inputs, or a column is unusable.
    """
    if not len(table):
        raise DataError("The table is empty (0 rows); at least one is needed.")
    names = list(table.column_names)
    target = next((name for name in _TARGETS if name in names), None)
    inputs = {name: Column(table, name) for name in names if name != target}
    if not inputs:
        raise DataError(f"The table has the columns {names}; none is left for inputs.")
    x = next(iter(inputs.values())) if len(inputs) == 1 else inputs
    return x, None if target is None else Column(table, target)
