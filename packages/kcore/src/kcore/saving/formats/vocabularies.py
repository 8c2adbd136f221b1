"""Vocabularies that layers of Keras have learnt: its archives hold them beside the weights.

    assets/layers/string_lookup/vocabulary.txt      one token a line, the special ones first
    layers/string_lookup/vars/idf_weights           in model.weights.h5, a number a token

Ours are in the configuration. A model that encodes tokens has a column for each, so they go there
before the model is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from kcore import naming
from kcore.saving import assignments, hdf5
from kcore.saving.archive import Archive
from kcore.saving.formats.weights_h5 import IDF
from kcore.typing import Config

_FILE = "vocabulary.txt"
# what reads the tokens, by the names of the classes in files
_NUMBERS, _WORDS = ("IntegerLookup",), ("StringLookup", "TextVectorization")


def completed(config: Any, members: Archive, weights: str) -> Any:
    """The configuration of a model with the vocabularies that stand elsewhere in the archive.

    Args:
        config: of the model; what is missing is put into it.
        members: of the archive.
        weights: name of the member with the weights.

    Raises:
        LoadError: if frequencies are damaged.
    """
    if not any(name.endswith(f"/{_FILE}") for name in members.names()):
        return config
    present = set(members.names())
    wanted: dict[str, Config] = {}
    for place, entry in layers_of(config, "", _NUMBERS + _WORDS):
        own = entry["config"]
        if f"assets/{place}{_FILE}" in present and own.get("vocabulary") is None:
            own["vocabulary"] = _tokens(members.read(f"assets/{place}{_FILE}"), entry)
            if own.get("output_mode") == "tf_idf":
                wanted[place] = own
    if wanted:
        place = f"{members.path}: {weights}"
        with hdf5.opened(members.open(weights), place) as file:
            for path, own in wanted.items():
                data = hdf5.member(file, f"{path}{IDF}", h5py.Dataset, place)
                assignments.check_plain(data, place)
                # Keras fills up to max_tokens with zeros
                own["idf_weights"] = np.asarray(data[()]).tolist()[: len(own["vocabulary"])]
    return config


def _tokens(text: bytes, entry: Config) -> list[Any]:
    lines = text.decode().split("\n")
    return [int(line) for line in lines if line] if _is(entry, _NUMBERS) else lines


def _is(entry: Config, names: tuple[str, ...]) -> bool:
    return str(entry.get("class_name")).rpartition(">")[2] in names


def layers_of(entry: Any, place: str, classes: tuple[str, ...]) -> Iterator[tuple[str, Config]]:
    """The entries of layers of some classes, with their places in an archive.

    Args:
        entry: of the model or layer to look in.
        place: of this entry.
        classes: names of classes.
    """
    config = entry.get("config") if isinstance(entry, dict) else None
    if not isinstance(config, dict):
        return
    if _is(entry, classes):
        yield place, entry
    if isinstance(config.get("layer"), dict):
        yield from layers_of(config["layer"], f"{place}layer/", classes)
    counts: dict[str, int] = {}
    layers = config.get("layers")
    for inner in layers if isinstance(layers, list) else ():
        name = naming.snake_case(str(inner.get("class_name") if isinstance(inner, dict) else ""))
        name = "functional" if name == "model" else name
        number = counts.get(name, 0)
        counts[name] = number + 1
        path = f"{place}layers/{name}_{number}/" if number else f"{place}layers/{name}/"
        yield from layers_of(inner, path, classes)
