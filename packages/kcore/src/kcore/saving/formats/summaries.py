"""What a Discretization of tf_keras has learnt: its files hold a summary, no boundaries.

    layers/discretization/vars/0                  in .keras: (2, points), the values in ascending
    model_weights/discretization/summary:0        in .h5     order and how many data each stands for

Ours are boundaries in the configuration, so they go there before the model is made.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from kcore.errors import LoadError
from kcore.saving import assignments, hdf5
from kcore.saving.archive import Archive
from kcore.saving.formats.vocabularies import layers_of
from kcore.typing import Config

_CLASSES = ("Discretization",)
_NAME = "summary:0"
# tf_keras keeps 1 / epsilon points, a hundred if nobody asks for more
_MOST_POINTS = 10**7


def from_archive(config: Any, members: Archive, weights: str) -> set[str]:
    """Puts boundaries into the configuration of a model.

    Args:
        config: of the model; what is missing is put into it.
        members: of the archive.
        weights: name of the member with the weights.

    Returns:
        The paths of the arrays that they were made of, which are no weights here.

    Raises:
        LoadError: if a summary is damaged.
    """
    wanted = _wanted(config)
    found: set[str] = set()
    if wanted:
        place = f"{members.path}: {weights}"
        with hdf5.opened(members.open(weights), place) as file:
            for path, own in wanted.items():
                name = f"{path}vars/0"
                if name in file:
                    _take(file, name, own, place)
                    found.add(name)
    return found


def from_h5(config: Any, file: Any, place: str) -> set[str]:
    """As `from_archive`, for the layers of a model in an open `.h5` file.

    Returns:
        The names of the layers whose groups hold nothing else.
    """
    found: set[str] = set()
    for path, own in _wanted(config).items():
        name = f"model_weights/{own.get('name')}"
        if path.count("/") != 2 or "model_weights" not in file or name not in file:
            continue
        group = hdf5.group(file, name, place)
        names = hdf5.names(group, "weight_names", place)
        if [held.rpartition("/")[2] for held in names] == [_NAME]:
            _take(group, names[0], own, place)
            found.add(str(own["name"]))
    return found


def _wanted(config: Any) -> dict[str, Config]:
    """The arguments of layers that were to learn boundaries, by their places in an archive."""
    entries = layers_of(config, "", _CLASSES)
    return {path: e["config"] for path, e in entries if e["config"].get("bin_boundaries") is None}


def _take(parent: Any, name: str, own: Config, place: str) -> None:
    """Boundaries that give each bin as many of the data; none of a summary of nothing."""
    data = hdf5.member(parent, name, h5py.Dataset, place)
    assignments.check_plain(data, place)
    shape = tuple(data.shape or ())
    if len(shape) != 2 or shape[0] != 2 or shape[1] > _MOST_POINTS:
        raise LoadError(
            f"{place}: {data.name} has shape {shape}; the summary of a Discretization has (2, "
            f"points), at most {_MOST_POINTS}."
        )
    if not shape[1]:
        return
    bins = own.get("num_bins")
    if type(bins) is not int or not 2 <= bins <= _MOST_POINTS:
        raise LoadError(f"{place}: {data.name}: expected a whole number as num_bins; got {bins!r}.")
    values, counts = np.asarray(data[()], "float64")
    reached = np.cumsum(counts)
    usable = np.isfinite(values).all() and np.isfinite(reached).all() and (counts >= 0).all()
    if not usable or reached[-1] <= 0 or (np.diff(values) < 0).any():
        raise LoadError(
            f"{place}: {data.name} is no summary of data: expected ascending numbers and how many "
            "data each stands for."
        )
    shares = np.arange(1, bins) / bins
    own["bin_boundaries"] = np.interp(shares, reached / reached[-1], values).tolist()
