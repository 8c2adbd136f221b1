"""`.weights.h5`: the weights of a model or layer, in the layout of Keras 3."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py

from kcore.errors import ConfigurationError, LoadError
from kcore.saving import hdf5, tree
from kcore.saving.atomic import replacing
from kcore.saving.hdf5 import Assignment

# groups at the top of a file that hold no weights of layers
NOT_WEIGHTS = ("optimizer", "metrics", "_metrics", "_loss_tracker", "_compile_metrics")


class WeightsH5:
    """Reads and writes `.weights.h5` files.

    Example:
        >>> WeightsH5().whole_model
        False
    """

    suffixes = ("weights.h5",)
    whole_model = False

    def save(self, model: Any, path: Path, overwrite: bool, **options: Any) -> None:
        """Refused: this kind of file holds weights only."""
        raise ConfigurationError(
            f"{path}: a file whose name ends in .weights.h5 holds weights only. Call "
            "model.save_weights, or choose another name."
        )

    def load(self, path: Path, compile: bool) -> Any:
        """Refused: this kind of file holds weights only."""
        raise LoadError(f"{path} holds weights only. Build the model and call model.load_weights.")

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Writes the weights."""
        space = hdf5.space_for(model.weights)
        with replacing(path, overwrite, space) as temporary, h5py.File(temporary, "w") as file:
            hdf5.write_sums(file, write(file, tree.places(model)))

    def load_weights(self, model: Any, path: Path) -> None:
        """Reads the weights; everything is checked before anything is assigned."""
        with hdf5.opened(path, str(path)) as file:
            owner = f"the model {model.name!r}"
            pairs = plan(file, tree.places(model), owner, str(path), NOT_WEIGHTS)
            pairs = hdf5.read_all(pairs, str(path))
        hdf5.assign(pairs)


def write(file: Any, places: Iterable[tree.Place]) -> dict[str, int]:
    """Writes variables where the tree puts them; their checksums by path."""
    sums: dict[str, int] = {}
    for path, variable in places:
        hdf5.create(file, path, variable.numpy(), sums)
        file[path.rpartition("/")[0]].attrs["name"] = variable.path.split("/")[0]
    return sums


def plan(
    file: Any, places: Iterable[tree.Place], owner: str, place: str, extra: tuple[str, ...] = ()
) -> list[Assignment]:
    """Pairs of variable and data set, all judged.

    Args:
        file: the open file.
        places: paths and variables.
        owner: whose they are, for errors.
        place: the file, for errors.
        extra: groups at the top that belong to something else.

    Raises:
        LoadError: if one is missing or does not fit, or the file holds more.
    """
    wanted = dict(places)
    present = set(_datasets(file, "", place, extra))
    if set(wanted) != present:
        missing = sorted(set(wanted) - present)
        unexpected = sorted(present - set(wanted))
        raise LoadError(
            f"{place} does not fit {owner}: missing in the file are {missing[:5] or 'none'}, and "
            f"it holds {unexpected[:5] or 'nothing'} that the model lacks ({len(missing)} and "
            f"{len(unexpected)} in all). Is it the file of another model?"
        )
    return [hdf5.plan(file, path, v, f"{owner} at {path!r}", place) for path, v in wanted.items()]


def _datasets(group: Any, prefix: str, place: str, extra: tuple[str, ...]) -> list[str]:
    """The paths of all weights below a group; links other than hard ones are refused."""
    found: list[str] = []
    stack = [(group, prefix)]
    seen: set[Any] = set()
    while stack:
        parent, path = stack.pop()
        for name in parent:
            if not path and name in extra:
                continue
            child = hdf5.member(parent, name, (h5py.Group, h5py.Dataset), place)
            if isinstance(child, h5py.Dataset):
                found.append(f"{path}{name}")
                continue
            key = h5py.h5o.get_info(child.id).addr
            if key in seen:
                raise LoadError(f"{place}: {child.name} leads back to a group above it.")
            seen.add(key)
            stack.append((child, f"{path}{name}/"))
    return found
