"""What a model file holds, without making a model of it: no class is looked up or imported."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import h5py
from safetensors import SafetensorError, safe_open

from kcore.errors import LoadError, shown
from kcore.saving import archive, hdf5, plain
from kcore.saving.formats import tfjs
from kcore.saving.formats.keras_zip import own_part
from kcore.saving.formats.safetensors_file import check_head
from kcore.saving.formats.tfjs_weights import weights_in
from kcore.saving.formats.weights_h5 import MOST_GROUPS
from kcore.saving.manifest import classes_in, entries
from kcore.saving.reading import existing, naming
from kcore.typing import Config

_MOST_ARRAYS = 100_000
_SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U64": 8, "U32": 4}


@dataclass
class Contents:
    """What a file holds.

    Args:
        path: of the file.
        written_by: what wrote it, and its version.
        model: class and name of the model, or None in a file of weights only.
        classes: kind, name, package and version of every class.
        weights: name, shape, dtype and bytes of every array.
        training: what compile was given, or None.
    """

    path: str
    written_by: str
    model: str | None = None
    classes: list[dict[str, str]] = field(default_factory=list)
    weights: list[Config] = field(default_factory=list)
    training: Config | None = None

    @property
    def total_bytes(self) -> int:
        """The bytes of all arrays."""
        return sum(weight["bytes"] for weight in self.weights)

    def as_dict(self) -> Config:
        """All of it as plain data."""
        return {**asdict(self), "total_bytes": self.total_bytes}


def inspect(filepath: Any) -> Contents:
    """Looks into a file of any of our formats.

    Args:
        filepath: the file.

    Raises:
        LoadError: if there is no such file, it is of another kind, or it is damaged.
    """
    path = existing(filepath)
    readers = {
        ".safetensors": _safetensors,
        ".keras": _keras,
        ".h5": _h5,
        ".hdf5": _h5,
        ".json": _tfjs,
    }
    if path.suffix not in readers:
        raise LoadError(
            f"{path}: only .h5, .hdf5, .keras, .weights.h5, .safetensors and .json files (of "
            "TensorFlow.js) can be inspected."
        )
    with naming(path):
        return readers[path.suffix](path)


def _h5(path: Path) -> Contents:
    place = str(path)
    with hdf5.opened(path, place) as file:
        group = hdf5.group(file, "model_weights", place) if "model_weights" in file else file

        def attribute(name: str) -> Any:
            text = hdf5.text(file, name, place)
            return None if text is None else plain.parse(text, f"{place}: attribute {name}")

        version = hdf5.text(file, "keras_version", place)
        version = version or hdf5.text(group, "keras_version", place)
        found = _contents(path, version, attribute("kcore_manifest"), attribute("model_config"))
        found.training = attribute("training_config")
        found.weights = list(_arrays(file, place))
    return found


def _keras(path: Path) -> Contents:
    with archive.Archive(path) as members:

        def member(name: str) -> Any:
            if name not in members.names():
                return None
            found = plain.parse(members.read(name), f"{path}: {name}")
            if not isinstance(found, dict):
                raise LoadError(f"{path}: {name}: expected a dict; received {shown(found)}.")
            return found

        version = (member("metadata.json") or {}).get("keras_version")
        config = member("config.json")
        ours = own_part(members, path).get("manifest")
        found = _contents(path, version, ours, config)
        found.training = (config or {}).get("compile_config")
        place = f"{path}: model.weights.h5"
        with hdf5.opened(members.open("model.weights.h5"), place) as file:
            found.weights = list(_arrays(file, place))
    return found


def _safetensors(path: Path) -> Contents:
    found = Contents(str(path), "")
    check_head(path)
    try:
        with safe_open(path, framework="numpy") as file:
            found.written_by = str((file.metadata() or {}).get("format", "unknown"))
            for name in sorted(file.keys()):
                part = file.get_slice(name)
                shape, dtype = list(part.get_shape()), str(part.get_dtype())
                size = _SIZES.get(dtype, 1)
                for length in shape:
                    size *= length
                found.weights.append({"name": name, "shape": shape, "dtype": dtype, "bytes": size})
    except (SafetensorError, OSError) as error:
        raise LoadError(f"{path} is no file of safetensors, or it is damaged: {error}.") from error
    return found


def _tfjs(path: Path) -> Contents:
    data = tfjs.read(path)
    topology, version = tfjs.topology_of(data, path)
    found = _contents(path, version, None, topology.get("model_config", topology))
    found.training = topology.get("training_config")
    for weight in weights_in(path, data.get("weightsManifest")):
        shape, kind = list(weight.array.shape), weight.written
        size = math.prod(shape) * kind.itemsize
        entry = {"name": weight.name, "shape": shape, "dtype": str(kind), "bytes": size}
        found.weights.append(entry)
    return found


def _contents(path: Path, version: Any, manifest: Any, config: Any) -> Contents:
    found = Contents(str(path), f"Keras {version}" if version else "unknown")
    known = entries(manifest, f"{path}: manifest")
    if isinstance(manifest, dict):
        found.written_by = f"kcore {manifest.get('kcore')}"
    for entry in known:
        package = f"{entry.distribution} {entry.version}".strip()
        found.classes.append({"kind": entry.kind, "name": entry.identity, "package": package})
    if not known and config is not None:
        found.classes = [
            {"kind": kind, "name": name, "package": ""} for kind, name in classes_in(config)
        ]
    if isinstance(config, dict):
        inner = config.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        found.model = f"{config.get('class_name')} {name!r}" if name else str(config["class_name"])
    return found


def _arrays(file: Any, place: str) -> Iterator[Config]:
    """Every data set that hard links lead to, each group once."""
    stack, seen, count = [file], set(), 0
    while stack:
        group = stack.pop()
        key = h5py.h5o.get_info(group.id).addr
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > MOST_GROUPS:
            raise LoadError(f"{place} holds more than {MOST_GROUPS} groups.")
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise LoadError(f"{place}: {group.name}/{name} is a link, which is refused.")
            item = group[name]
            if isinstance(item, h5py.Group):
                stack.append(item)
            elif isinstance(item, h5py.Dataset):
                count += 1
                if count > _MOST_ARRAYS:
                    raise LoadError(f"{place} holds more than {_MOST_ARRAYS} arrays.")
                shape = list(item.shape or ())
                dtype = str(item.dtype)
                yield {"name": item.name, "shape": shape, "dtype": dtype, "bytes": item.nbytes}
