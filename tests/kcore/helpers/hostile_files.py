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


def hostile_storage(whole: Path, dataset: str) -> Iterator[tuple[str, Path]]:
    """HDF5 files whose arrays are not what they claim to be."""
    parent, name = dataset.rpartition("/")[::2]
    shape = _shape(whole, dataset)
    numbers = np.linspace(0.0, 1.0, int(np.prod(shape))).reshape(shape)

    def unknown_filter(group: Any) -> None:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk(shape)
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))  # a library that is not there
        space = h5py.h5s.create_simple(shape)
        h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)

    def half_written(group: Any) -> None:
        made = group.create_dataset(name, shape, "f4", chunks=(1,) * len(shape))
        made[(0,) * len(shape)] = 1.0

    pair = np.zeros(shape, [("a", "f4"), ("b", "f4")])
    boolean = h5py.enum_dtype({"no": 0, "yes": 1}, "i1")
    changes: dict[str, Change] = {
        "never written": lambda g: g.create_dataset(name, shape, "f4"),
        "half written": half_written,
        "an unknown filter": unknown_filter,
        "whole numbers": lambda g: g.create_dataset(name, data=numbers.astype("i4")),
        "small numbers": lambda g: g.create_dataset(name, data=numbers.astype("u1")),
        "pairs": lambda g: g.create_dataset(name, data=pair),
        "an enumeration": lambda g: g.create_dataset(name, shape, boolean),
        "texts of fixed length": lambda g: g.create_dataset(name, data=np.full(shape, b"1.0")),
        "rows of any length": lambda g: g.create_dataset(name, shape, h5py.vlen_dtype("f4")),
        "opaque bytes": lambda g: g.create_dataset(name, data=np.zeros(shape, "V4")),
        "another rank": lambda g: g.create_dataset(name, data=numbers[None].astype("f4")),
        "one number": lambda g: g.create_dataset(name, data=np.float32(1)),
        "no numbers": lambda g: g.create_dataset(name, (0, *shape[1:]), "f4"),
        "turned": lambda g: g.create_dataset(name, data=numbers.T.astype("f4")),
        "a type of its own": lambda g: g.__setitem__(name, np.dtype("f4")),
        "the root": lambda g: g.__setitem__(name, g.file["/"]),
    }
    for label, change in changes.items():
        path = _write(whole, f"storage {label}", whole.read_bytes())
        with h5py.File(path, "r+") as file:
            del file[parent][name]
            change(file[parent])
        yield f"{whole.name}: {label}", path


def foreign(whole: Path) -> Path:
    """The same file as another program would have written it: without manifest and checksums."""
    path = whole.with_name(f"foreign.{whole.name.partition('.')[2]}")
    path.write_bytes(whole.read_bytes())
    with h5py.File(path, "r+") as file:
        for name in ("kcore_manifest", "kcore_checksums"):
            if name in file.attrs:
                del file.attrs[name]
    return path


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
        "texts of another kind": np.array([1.5, 2.5]),
        "a name that leads out": np.array([b"first/../second", b"second"]),
        "an absolute name": np.array([b"/model_weights/first", b"second"]),
        "an empty name": np.array([b"", b"second"]),
        "no text at all": h5py.Empty("S5"),
        "too many names": np.array([f"layer{i}".encode() for i in range(2000)]),
        "one name less": np.array([b"first"]),
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
        "an unknown class": lambda layers: layers[-1].update(
            class_name="Elsewhere", registered_name=None
        ),
        "a module to import": lambda layers: layers[-1].update(
            module="antigravity", class_name="Thing", registered_name="antigravity>Thing"
        ),
        "a layer for its own weight": last("kernel_initializer", {"class_name": "Dense"}),
        "a function of ours": last("activation", "get_file"),
        "a call for an activation": last(
            "activation",
            {"module": "subprocess", "class_name": "function", "config": "run"},
        ),
        "units of nothing": last("units", None),
        "units of a list": last("units", [2]),
        "a fraction of units": last("units", 2.5),
        "no units": last("units", 0),
        "units that are true": last("units", True),
        "an activation of numbers": last("activation", 7),
        "an activation of a dict": last("activation", {"class_name": 3, "config": {}}),
        "an initializer that calls": last(
            "kernel_initializer",
            {"module": "builtins", "class_name": "exec", "config": {"source": "1/0"}},
        ),
        "a dtype that is none": last("dtype", "float31"),
        "a dtype of text": last("dtype", "string"),
        "a dtype from elsewhere": last("dtype", {"class_name": "os.system", "config": {}}),
        "a name with a zero byte": last("name", "a\x00b"),
        "a name of numbers": last("name", 5),
        "the name of another layer": last("name", "first"),
        "a dunder argument": last("__class__", "Sequential"),
        "a class of numbers": lambda layers: layers[-1].__setitem__("class_name", 5),
        "a class of another kind": lambda layers: layers[-1].update(
            class_name="Adam", registered_name=None, module="keras.optimizers"
        ),
        "a class of a callback": lambda layers: layers[-1].update(
            class_name="CSVLogger", registered_name=None, config={"filename": "escaped.csv"}
        ),
        "a text for a layer": lambda layers: layers.__setitem__(-1, "Dense"),
        "no layer": lambda layers: layers.__setitem__(-1, None),
        "no layers": lambda layers: layers.clear(),
        "a layer more": lambda layers: layers.append(
            {**layers[-1], "config": {**layers[-1]["config"], "name": "third"}}
        ),
        "a hundred models in each other": lambda layers: layers.append(_deep(100)),
        "an input of endless size": lambda layers: layers[0]["config"].__setitem__(
            "batch_shape" if "batch_shape" in layers[0]["config"] else "batch_input_shape",
            [None, 2**62],
        ),
        "an input of negative size": lambda layers: layers[0]["config"].update(
            batch_shape=[None, -3]
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


def _deep(depth: int) -> Any:
    entry: Any = {"class_name": "Sequential", "config": {"name": "deepest", "layers": []}}
    for number in range(depth // 2):
        config = {"name": f"deep{number}", "layers": [entry]}
        entry = {"class_name": "Sequential", "config": config}
    return entry


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
    yield from _crafted_zips(whole, pairs)


def _crafted_zips(whole: Path, pairs: list[tuple[str, bytes]]) -> Iterator[tuple[str, Path]]:
    plain = _zip(whole, "plain", pairs).read_bytes()
    directory = plain.index(b"PK\x01\x02")
    names = {
        "another name in front of the member": plain.replace(b"config.json", b"konfig.json", 1),
        "an encrypted member": plain[: directory + 8] + b"\x01\x00" + plain[directory + 10 :],
        "an unknown way to pack": plain[: directory + 10] + b"\x63\x00" + plain[directory + 12 :],
        "a member inside another": plain[: directory + 42]
        + struct.pack("<I", plain.index(b"PK\x03\x04", 4))
        + plain[directory + 46 :],
        "a member beyond the end": plain[: directory + 42]
        + struct.pack("<I", len(plain) + 100)
        + plain[directory + 46 :],
        "a size beyond the end": plain[: directory + 20]
        + struct.pack("<II", 2**31, 2**31)
        + plain[directory + 28 :],
        "nothing but the end": b"PK\x05\x06" + bytes(18),
        "an archive of folders": _zip(whole, "f", [("config.json/", b"")]).read_bytes(),
    }
    for label, content in names.items():
        yield f"{whole.name}: {label}", _write(whole, f"crafted {label}", content)
    many = [(f"assets/{i}", b"") for i in range(10_001)]
    yield f"{whole.name}: ten thousand members", _zip(whole, "many", [*pairs, *many])
    rest = [(n, d) for n, d in pairs if n != "config.json"]
    for label, text in {
        "millions of values": b"[" + b"{}," * 4_000_000 + b"{}]",
        "no text": b"\xff\xfe\x00",
    }.items():
        changed = [*rest, ("config.json", text)]
        yield f"{whole.name}: {label}", _zip(whole, f"json {label}", changed)


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
        "whole numbers": packed({**head, name: {**head[name], "dtype": "I32"}}),
        "half as many bytes": packed({**head, name: {**head[name], "dtype": "F16"}}),
        "a negative size": packed({**head, name: {**head[name], "shape": [-1, 3]}}),
        "an endless size": packed({**head, name: {**head[name], "shape": [2**62, 2**62]}}),
        "offsets turned": packed(
            {**head, name: {**head[name], "data_offsets": head[name]["data_offsets"][::-1]}}
        ),
        "one array more": packed({**head, "more": {**head[name]}}),
        "no JSON": packed(b"{" + b"x" * 50),
        "a list": packed([head]),
        "checksums of text": packed(
            {**head, "__metadata__": {**head["__metadata__"], "crc32": "not json"}}
        ),
        "checksums of others": packed(
            {**head, "__metadata__": {**head["__metadata__"], "crc32": '{"a": 1}'}}
        ),
        "a name twice": packed(
            f"{{{json.dumps(name)}: {json.dumps(head[name])}, {json.dumps(head)[1:]}".encode()
        ),
        "bytes behind the end": content + bytes(64),
        "nothing": b"",
        "eight bytes": bytes(8),
    }.items():
        yield f"{whole.name}: {label}", _write(whole, label, data)
