"""Damaged and hostile model files, made from whole ones. Each is a name, a path and what it is."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Change = Callable[[Any], None]
DEEP = "[" * 5000 + "]" * 5000


def damaged(whole: Path, count: int = 12) -> Iterator[tuple[str, Path]]:
    """The file cut short, and with one bit changed, at places all over it."""
    content = whole.read_bytes()
    for number in range(count):
        place = (len(content) - 1) * (number + 1) // (count + 1)
        yield f"{whole.name} cut at {place}", _write(whole, f"cut{number}", content[:place])
        changed = bytearray(content)
        changed[place] ^= 1 << (number % 8)
        yield f"{whole.name} bit at {place}", _write(whole, f"bit{number}", bytes(changed))


def _write(whole: Path, label: str, content: bytes) -> Path:
    suffix = whole.name.partition(".")[2]
    label = "".join(c if c.isalnum() else "_" for c in label)
    path = whole.with_name(f"{label}-{whole.name.partition('.')[0]}.{suffix}")
    path.write_bytes(content)
    return path


# HDF5


def hostile_hdf5(whole: Path, dataset: str) -> Iterator[tuple[str, Path]]:
    """HDF5 files whose structure is an attack; `dataset` is the path of a weight."""
    parent, name = dataset.rpartition("/")[::2]

    def replaced(make: Callable[[Any, str], None]) -> Change:
        def change(file: Any) -> None:
            group = file[parent]
            del group[name]
            make(group, name)

        return change

    shape = _shape(whole, dataset)

    def virtual(group: Any, own: str) -> None:
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "x", shape)
        group.create_virtual_dataset(own, layout)

    def bomb(group: Any, own: str) -> None:
        group.create_dataset(own, (2**16, 2**14), "f4", chunks=(1024, 1024), compression="gzip")

    changes: dict[str, Change] = {
        "external link": replaced(
            lambda g, n: g.__setitem__(n, h5py.ExternalLink("/etc/passwd", "/x"))
        ),
        "soft link": replaced(lambda g, n: g.__setitem__(n, h5py.SoftLink("/elsewhere"))),
        "soft link loop": replaced(lambda g, n: g.__setitem__(n, h5py.SoftLink(f"/{dataset}"))),
        "virtual data set": replaced(virtual),
        "external storage": replaced(
            lambda g, n: g.create_dataset(n, shape, "f4", external=[("/etc/passwd", 0, 4096)])
        ),
        "texts": replaced(lambda g, n: g.create_dataset(n, data=["a", "b"])),
        "references": replaced(lambda g, n: g.create_dataset(n, shape, h5py.ref_dtype)),
        "booleans": replaced(lambda g, n: g.create_dataset(n, data=np.ones(shape, bool))),
        "complex numbers": replaced(lambda g, n: g.create_dataset(n, data=np.ones(shape, "c8"))),
        "compressed bomb": replaced(bomb),
        "another shape": replaced(lambda g, n: g.create_dataset(n, data=np.ones((2, 2), "f4"))),
        "no space": replaced(lambda g, n: g.create_dataset(n, data=h5py.Empty("f4"))),
        "a group": replaced(lambda g, n: g.create_group(n)),
        "missing": replaced(lambda g, n: None),
        "a loop of groups": lambda file: file[parent].__setitem__("loop", file["/"]),
    }
    for label, change in changes.items():
        path = _write(whole, label, whole.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        yield f"{whole.name}: {label}", path


def _shape(path: Path, dataset: str) -> tuple[int, ...]:
    with h5py.File(path) as file:
        return tuple(file[dataset].shape)


def hostile_attributes(whole: Path) -> Iterator[tuple[str, Path]]:
    """`.h5` files whose texts are an attack."""
    with h5py.File(whole) as file:
        config = str(file.attrs["model_config"])
    for label, text in hostile_texts(config):
        path = _write(whole, f"config {label}", whole.read_bytes())
        with h5py.File(path, "r+") as file:
            del file.attrs["model_config"]
            if len(text) < 60_000:
                file.attrs["model_config"] = text
            else:
                file.attrs.create("model_config", text[:60_000])
        yield f"{whole.name}: {label}", path
    for label, value in {
        "numbers for names": np.arange(3),
        "names twice": np.array([b"a", b"a"]),
        "no names": np.array([], "S1"),
        "a path for a name": np.array([b"../../x", b"/etc/passwd"]),
    }.items():
        path = _write(whole, label, whole.read_bytes())
        with h5py.File(path, "r+") as file:
            file["model_weights"].attrs["layer_names"] = value
        yield f"{whole.name}: {label}", path


# Configurations


def hostile_texts(config: str) -> Iterator[tuple[str, str]]:
    """Configurations that are an attack, or no configuration."""
    yield "empty", ""
    yield "no JSON", "{'class_name': os.system('true')}"
    yield "nested a thousand deep", DEEP
    yield "a key twice", '{"class_name": "Sequential", "class_name": "Model", "config": {}}'
    yield "not a number", config.replace('"trainable": true', '"trainable": NaN', 1)
    yield "a list", "[]"
    yield "a huge number", '{"class_name": "Sequential", "config": ' + "9" * 10_000 + "}"
    for label, change in _changes().items():
        data = json.loads(config)
        change(_layers(data))
        yield label, json.dumps(data)
    for name in ("os.system", "builtins.eval", "Sequential;import os", "../../etc/passwd", ""):
        yield f"class {name!r}", json.dumps({"class_name": name, "config": {}})
    yield (
        "a function of a module",
        json.dumps(
            {
                "module": "os",
                "class_name": "function",
                "config": "system",
                "registered_name": "function",
            }
        ),
    )


def _layers(data: Any) -> list[Any]:
    found: list[Any] = data["config"]["layers"]
    return found


def _changes() -> dict[str, Callable[[list[Any]], None]]:
    def last(key: str, value: Any) -> Callable[[list[Any]], None]:
        return lambda layers: layers[-1]["config"].__setitem__(key, value)

    return {
        "an unknown class": lambda layers: layers[-1].__setitem__("class_name", "Elsewhere"),
        "a module to import": lambda layers: layers[-1].update(
            module="antigravity", class_name="Thing", registered_name="antigravity>Thing"
        ),
        "a layer for its own weight": last("kernel_initializer", {"class_name": "Dense"}),
        "a function of ours": last("activation", "get_file"),
        "a call for an activation": last(
            "activation",
            {"module": "subprocess", "class_name": "function", "config": "run"},
        ),
        "negative units": last("units", -1),
        "endless units": last("units", 2**62),
        "too many units": last("units", 2_000_000_000),
        "units of text": last("units", "3; import os"),
        "a path for a name": last("name", "../../x"),
        "an unknown argument": last("on_load", "print"),
        "no configuration": lambda layers: layers[-1].__setitem__("config", None),
        "code": lambda layers: layers.append(
            {
                "class_name": "Lambda",
                "config": {"name": "run", "function": ["4wEAAAA=", None, None]},
            }
        ),
        "a layer in itself": lambda layers: layers.append(
            {"class_name": "Sequential", "config": {"name": "deep", "layers": layers[:1] * 3}}
        ),
    }


# Archives


def hostile_archives(whole: Path) -> Iterator[tuple[str, Path]]:
    """`.keras` files whose archive is an attack."""
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    plain = {name: data for name, data in members.items() if name != "kcore.json"}
    for label, text in hostile_texts(members["config.json"].decode()):
        changed = {**plain, "config.json": text.encode()}
        yield f"{whole.name}: {label}", _zip(whole, f"z_{label}", list(changed.items()))
    pairs = list(plain.items())
    for label, more in {
        "a path upwards": [("../../escaped", b"x")],
        "an absolute path": [("/tmp/escaped", b"x")],
        "a member twice": [("config.json", b"{}")],
    }.items():
        yield f"{whole.name}: {label}", _zip(whole, label, [*pairs, *more])
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    yield f"{whole.name}: a link", _zip(whole, "a link", [*pairs, (link, b"/etc/passwd")])
    bomb = [*pairs[:-1], (pairs[-1][0], bytes(64 * 2**20))]
    yield f"{whole.name}: a bomb", _zip(whole, "a bomb", bomb, zipfile.ZIP_DEFLATED)
    for name in plain:
        rest = [(n, d) for n, d in pairs if n != name]
        if name != "metadata.json":
            yield f"{whole.name}: without {name}", _zip(whole, f"without {name}", rest)
    sums = json.loads(members["kcore.json"])
    sums["sha256"]["config.json"] = "0" * 64
    changed_sums = [*pairs, ("kcore.json", json.dumps(sums).encode())]
    yield f"{whole.name}: a wrong checksum", _zip(whole, "sum", changed_sums)


def _zip(whole: Path, label: str, members: Any, how: int = zipfile.ZIP_STORED) -> Path:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return _write(whole, label, stream.getvalue())


# safetensors


def hostile_safetensors(whole: Path) -> Iterator[tuple[str, Path]]:
    """`.safetensors` files whose head is an attack."""
    content = whole.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    head, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    name = next(key for key in head if key != "__metadata__")

    def packed(value: Any) -> bytes:
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return struct.pack("<Q", len(text)) + text + body

    for label, data in {
        "a head beyond the file": struct.pack("<Q", 2**40) + content[8:],
        "an array beyond the file": packed(
            {**head, name: {**head[name], "data_offsets": [0, 2**40]}}
        ),
        "another shape": packed({**head, name: {**head[name], "shape": [1]}}),
        "another dtype": packed({**head, name: {**head[name], "dtype": "BOOL"}}),
        "one array less": packed({k: v for k, v in head.items() if k != name}),
        "deep": packed(DEEP.encode()),
    }.items():
        yield f"{whole.name}: {label}", _write(whole, label, data)
