"""`.weights.h5`: the weights of a model or layer, in the layout of Keras 3."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py

from kcore.errors import ConfigurationError, LoadError
from kcore.saving import assignments, hdf5, tree
from kcore.saving.assignments import Assignment
from kcore.saving.atomic import replacing
from kcore.saving.hdf5_writer import Hdf5Writer, space_for
from kcore.saving.matching import STRICT, LoadReport, Matching, check_any
from kcore.saving.seal import SealedGroup

# groups at the top of a file that hold no weights of layers
NOT_WEIGHTS = ("optimizer", "metrics", "_metrics", "_loss_tracker", "_compile_metrics")
# a layer has two or three; the library takes a quarter of a millisecond for each
MOST_GROUPS = 30_000
# an array among those of layers that is none of their weights
IDF = "vars/idf_weights"


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
        places = tree.all_places(model)
        space = space_for(variable for _, variable in places)
        with (
            replacing(path, overwrite, space) as temporary,
            Hdf5Writer(temporary, len(places)) as writer,
        ):
            write(writer, places)
            write_beside(writer, model)

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads the weights; everything is checked before anything is assigned."""
        with hdf5.reading(path, str(path), matching.exact, NOT_WEIGHTS) as source:
            return load(source, model, str(path), matching)


def load(source: hdf5.Source, model: Any, place: str, matching: Matching) -> LoadReport:
    """Reads the weights of a model from an open file of this layout."""
    if matching.by_name:
        raise ConfigurationError(
            f"{place}: weights are found by their place in the model in this kind of file, which "
            "has no names to go by. Use partial=True, and rename for places that have changed."
        )
    report = LoadReport()
    owner = f"the model {model.name!r}"
    pairs = plan_model(source.root, model, place, matching, report)
    check_any(report, owner, place)
    assignments.assign(assignments.read_all(pairs, source, place))
    return report


def write(writer: Hdf5Writer, places: Iterable[tree.Place]) -> None:
    """Writes variables where the tree puts them."""
    for path, variable in places:
        writer.array(writer.file, path, variable.view())
        group = writer.file[path.rpartition("/")[0]]
        group.attrs["name"] = variable.path.split("/")[0]


def write_beside(writer: Hdf5Writer, model: Any) -> None:
    """Writes what Keras looks for beside the weights of some layers; nothing here reads it."""
    for place, layer in tree.owners(model):
        arrays = layer.arrays_in_files() if hasattr(layer, "arrays_in_files") else {}
        for path, array in arrays.items():
            writer.array(writer.file, f"{place}{path}", array.astype("float32"))


def plan_model(
    root: Any,
    model: Any,
    place: str,
    matching: Matching = STRICT,
    report: LoadReport | None = None,
    taken: Collection[str] = (),
) -> list[Assignment]:
    """Pairs of variable and data set for a whole model; see `plan`."""
    extra = (*NOT_WEIGHTS, *tree.metric_names(model))
    places = tree.all_places(model)
    if places and not (getattr(model, "is_graph", True) or hdf5.has(root, places[0][0])):
        early = tree.by_layers(model)
        places = early if early and hdf5.has(root, early[0][0]) else places
    if not getattr(model, "is_graph", True) and not _all_there(root, places):
        others = tree.by_last_place(model)
        places = others if _all_there(root, others) else places
    owner = f"the model {model.name!r}"
    return plan(root, places, owner, place, extra, matching, report, taken)


def _all_there(root: Any, places: Iterable[tree.Place]) -> bool:
    return all(hdf5.has(root, path) for path, _ in places)


def plan(
    file: Any,
    places: Iterable[tree.Place],
    owner: str,
    place: str,
    extra: tuple[str, ...] = (),
    matching: Matching = STRICT,
    report: LoadReport | None = None,
    taken: Collection[str] = (),
) -> list[Assignment]:
    """Pairs of variable and data set, all judged.

    Args:
        file: the open file.
        places: paths and variables.
        owner: whose they are, for errors.
        place: the file, for errors.
        extra: groups at the top that belong to something else.
        matching: how strictly both must fit.
        report: is told what was found.
        taken: paths of arrays that were read already.

    Raises:
        LoadError: if one is missing or does not fit, or the file holds more.
    """
    report = report if report is not None else LoadReport()
    wanted = dict(places)
    names = [name for name in datasets(file, "", place, extra) if name not in taken]
    stored = _named_alike(names, wanted)
    there = {id(wanted[path]) for path in wanted if path in stored}
    # files of 0.1.0 hold a variable of several layers once
    wanted = {p: v for p, v in wanted.items() if p in stored or id(v) not in there}
    found, report.missing, report.unexpected = matching.pairs(wanted, sorted(stored), owner, place)
    pairs = []
    for path, name in found.items():
        try:
            pairs.append(
                assignments.plan(file, stored[name], wanted[path], f"{owner} at {path!r}", place)
            )
            report.loaded.append(path)
        except assignments.MismatchError as problem:
            matching.passes_over(report, path, problem)
    return pairs


def _named_alike(names: Iterable[str], wanted: Mapping[str, Any]) -> dict[str, str]:
    """The names in a file by those they have today: tf_keras has "_query_dense" for "query_dense".

    What has the name of a weight as it is keeps it.
    """
    own = set(names)
    found = {name: name for name in own}
    for name in own - set(wanted):
        public = "/".join(step.removeprefix("_") for step in name.split("/"))
        if public in wanted and public not in own:
            found[public] = found.pop(name)
    return found


def datasets(group: Any, prefix: str, place: str, extra: tuple[str, ...]) -> list[str]:
    """The paths of all weights below a group; links other than hard ones are refused."""
    if isinstance(group, SealedGroup):
        inside = [name.removeprefix(f"{group.name}/") for name in group.seal.arrays]
        own = [name for name in inside if not (name.startswith("/") or name.endswith(IDF))]
        return [name for name in own if name.partition("/")[0] not in extra]
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
                if not f"{path}{name}".endswith(IDF):
                    found.append(f"{path}{name}")
                continue
            key = h5py.h5o.get_info(child.id).addr
            if key in seen:
                raise LoadError(f"{place}: {child.name} leads back to a group above it.")
            seen.add(key)
            if len(seen) > MOST_GROUPS:
                raise LoadError(f"{place} holds more than {MOST_GROUPS} groups.")
            stack.append((child, f"{path}{name}/"))
    return found
