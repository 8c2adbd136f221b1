"""Which weight of a model a name in a `model.json` of TensorFlow.js means.

    dense/kernel                      the layer and the weight
    block/dense/kernel                in front of it, models and layers around it, or not
    bidirectional/forward_lstm/lstm_cell/kernel       what is between is not looked at
    conv1/bn/gamma                    a layer named "conv1/bn", which is "conv1_bn" here

Weights of one layer whose names end alike meet in the order of the file, as in `.h5` files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kcore.errors import LoadError
from kcore.saving import assignments
from kcore.saving.formats import legacy_weights
from kcore.saving.matching import LoadReport, Matching, check_any
from kcore.saving.stored import StoredArray

# what comes behind in a name of more steps names no layer
_MOST_STEPS = 32
# what a weight was called before
_EARLIER = {"kernel": "depthwise_kernel"}


@dataclass
class _Owner:
    """A layer with weights, the names of what is around it, and names in the file that are its."""

    layer: Any
    above: tuple[str, ...]
    names: list[str] = field(default_factory=list)

    def pairs(self) -> list[tuple[Any, str | None]]:
        """Each variable with its name in the file, or None."""
        variables = sorted(self.layer.weights, key=lambda variable: not variable.trainable)
        ends = [name.rpartition("/")[2].removesuffix(":0") for name in self.names]
        own = [variable.name for variable in variables]
        if ends == own:
            return list(zip(variables, self.names, strict=True))
        known = dict(zip(ends, self.names, strict=True))
        if len(known) < len(ends) or len(set(own)) < len(own):
            known = {}
        found = []
        for variable in variables:
            earlier = known.get(_EARLIER.get(variable.name, variable.name))
            found.append((variable, known.get(variable.name, earlier)))
        return found


def plan(
    arrays: Iterable[StoredArray],
    model: Any,
    place: str,
    version: tuple[int, ...],
    matching: Matching,
    report: LoadReport,
) -> list[assignments.Assignment]:
    """Pairs of variable and array, or what is to be made of arrays; all judged.

    Args:
        arrays: in the files.
        model: whose weights are wanted.
        place: the file, for errors.
        version: numbers of the version of Keras that wrote them.
        matching: how strictly both must fit.
        report: is told what was found.

    Raises:
        LoadError: if one is missing or does not fit, or the file holds more.
    """
    owner, stored = f"the model {model.name!r}", {array.name: array for array in arrays}
    present = matching.renamed(stored, place)
    owners = _owners(model, present, place)
    wanted: dict[str, Any] = {}
    keys: dict[str, str] = {}
    inside: list[tuple[Any, list[str]]] = []
    for one in owners:
        own = []
        for variable, name in one.pairs():
            key = variable.path if variable.path not in wanted else f"{variable.path}_{len(wanted)}"
            wanted[key] = variable
            own.append(key)
            if name is not None:
                keys[name] = key
        inside.append((one.layer, own))
    named = {keys.get(name, name): old for name, old in present.items()}
    found, report.missing, unexpected = replace(matching, rename=None).pairs(
        wanted, named, owner, place
    )
    report.unexpected = [named[name] for name in unexpected]
    pairs: list[assignments.Assignment] = []
    for layer, own in inside:
        there = {key: wanted[key] for key in own if key in found}
        data: list[Any] = [stored[named[key]] for key in there]
        if len(there) == len(own):
            shapes = [variable.shape for variable in there.values()]
            data = legacy_weights.rearranged(layer, data, shapes, version, "tensorflow")
        pairs += _judged(there, data, f"layer {layer.name!r}", place, matching, report)
    check_any(report, owner, place)
    return pairs


def _judged(
    variables: dict[str, Any],
    data: Sequence[Any],
    owner: str,
    place: str,
    matching: Matching,
    report: LoadReport,
) -> Iterator[assignments.Assignment]:
    for (key, variable), array in zip(variables.items(), data, strict=True):
        try:
            assignments.check_fits(array, variable, owner, place)
            report.loaded.append(key)
            yield variable, array
        except assignments.MismatchError as problem:
            matching.passes_over(report, key, problem)


def _owners(model: Any, names: Iterable[str], place: str) -> list[_Owner]:
    """The layers of a model, with the names that are theirs in the order of the file."""
    owners = list({id(one.layer): one for one in _layers(model, ())}.values())
    by_name: dict[str, list[_Owner]] = {}
    for one in owners:
        by_name.setdefault(one.layer.name, []).append(one)
    around = {name for one in owners for name in one.above}
    for name in names:
        found = _owners_of(name, by_name, around)
        if len(found) > 1:
            raise LoadError(
                f"{place}: {name!r} may belong to each of {len(found)} layers named "
                f"{found[0].layer.name!r}. Give the layers names of their own."
            )
        for one in found:
            one.names.append(name)
    return owners


def _layers(layer: Any, above: tuple[str, ...]) -> Iterator[_Owner]:
    """Every layer with weights that is no model."""
    inner = getattr(layer, "layers", None)
    wrapped = getattr(layer, "layer", None)
    if inner is None and getattr(wrapped, "layers", None) is not None:
        inner = [wrapped]
    if inner is not None:
        for item in inner:
            yield from _layers(item, (*above, layer.name))
    elif layer.weights:
        yield _Owner(layer, above)


def _owners_of(name: str, by_name: dict[str, list[_Owner]], around: set[str]) -> list[_Owner]:
    """The layers that a name may belong to; those with the very names around them, if any."""
    steps = name.split("/")[: _MOST_STEPS + 1]
    for start in range(len(steps) - 1):
        front = steps[:start]
        for end in range(len(steps) - 1, start, -1):  # the longest name counts
            own = by_name.get("_".join(steps[start:end]), [])
            own = [one for one in own if set(front) <= set(one.above)]
            exact = [one for one in own if front in (list(one.above), list(one.above[1:]))]
            if own:
                return exact or own
        if steps[start] not in around:
            break
    return []
