"""Archives in the formats of the originals, and archives that attack."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kdatasets import FormatError, cifar10, cifar100, imdb, reuters
from kdatasets.archive import read_npz, read_tar
from kdatasets.cifar import read_batches
from kdatasets.unpickle import read_pickle

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype=np.uint8)
LABELS = [3, 0, 9, 1]


def python2_pickle(fields: dict[str, Any]) -> bytes:
    """What Python 2 with numpy wrote at protocol 2: byte strings, numpy.core.multiarray."""

    def text(value: bytes) -> bytes:
        return b"T" + len(value).to_bytes(4, "little") + value

    def dump(value: Any) -> bytes:
        if isinstance(value, np.ndarray):
            shape = b"(" + b"".join(map(dump, value.shape)) + b"t"
            dtype = b"cnumpy\ndtype\n(" + text(b"u1") + b"K\x00K\x01tR"
            dtype += b"(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
            head = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t"
            head += text(b"b") + b"tR"
            return head + b"(K\x01" + shape + dtype + b"\x89" + text(value.tobytes()) + b"tb"
        if isinstance(value, list):
            return b"](" + b"".join(map(dump, value)) + b"e"
        if isinstance(value, int):
            return b"J" + value.to_bytes(4, "little", signed=True)
        return text(value.encode())

    items = b"".join(text(key.encode()) + dump(value) for key, value in fields.items())
    return b"\x80\x02}(" + items + b"u."


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def python3_pickle(fields: dict[str, Any], protocol: int) -> bytes:
    return pickle.dumps({key.encode(): value for key, value in fields.items()}, protocol)


PICKLES: list[Callable[[dict[str, Any]], bytes]] = [
    python2_pickle,
    *(lambda fields, n=n: python3_pickle(fields, n) for n in (2, 3, 4)),
]


@pytest.mark.parametrize("dump", PICKLES)
@pytest.mark.parametrize("key", ["labels", "fine_labels"])
def test_batches(tmp_path: Path, dump: Callable[[dict[str, Any]], bytes], key: str) -> None:
    batch = dump({"batch_label": "one", "data": PIXELS, key: LABELS})
    path = write_tar(tmp_path / "c.tar.gz", {"a/1": batch, "a/2": batch, "a/readme": b"x"})
    (x, y), (x_test, _) = read_batches(path, [["a/1", "a/2"], ["a/1"]], key)
    assert x.shape == (8, 32, 32, 3)
    assert x.dtype == y.dtype == np.uint8
    assert y.tolist() == [[label] for label in LABELS * 2]
    assert x[1, 5, 7].tolist() == [PIXELS[1, c * 1024 + 5 * 32 + 7] for c in range(3)]
    assert np.array_equal(x_test, x[:4])


@pytest.mark.parametrize("module", [cifar10, cifar100])
def test_cifar_loaders(
    module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any, remote: Any
) -> None:
    fields = {"data": PIXELS, "labels": LABELS, "fine_labels": LABELS, "coarse_labels": [1] * 4}
    batch = python2_pickle(fields)
    folder = module.ARCHIVE.name.rpartition("/")[2].split("-python")[0]
    names = [f"{folder}-batches-py/{n}" for n in ["test_batch", *_batches()]]
    names += ["cifar-100-python/train", "cifar-100-python/test"]
    path = write_tar(tmp_path / "c.tar.gz", dict.fromkeys(names, batch))
    monkeypatch.setattr(module, "ARCHIVE", remote(path.read_bytes(), "c.tar.gz"))
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert x_test.shape == (4, 32, 32, 3)
    assert y_test.shape == (4, 1)
    assert len(x_train) == len(y_train) == (20 if module is cifar10 else 4)
    if module is cifar100:
        assert module.load_data("coarse")[0][1].tolist() == [[1]] * 4
        with pytest.raises(ValueError, match="label_mode"):
            module.load_data("middle")
    assert len(module.CLASS_NAMES) == len(set(module.CLASS_NAMES)) == int(module.__name__[15:])


def _batches() -> list[str]:
    return [f"data_batch_{i}" for i in range(1, 6)]


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ({"data": PIXELS[:, :-1], "labels": LABELS}, "3072"),
        ({"data": PIXELS, "labels": LABELS[:-1]}, "4 labels"),
        ({"data": PIXELS, "labels": [1, 2, 3, 400]}, "class number"),
        ({"labels": LABELS}, "'data'"),
        ({"data": PIXELS}, "'labels'"),
    ],
)
def test_batches_that_are_wrong(tmp_path: Path, fields: dict[str, Any], fact: str) -> None:
    path = write_tar(tmp_path / "c.tar.gz", {"a": python2_pickle(fields)})
    with pytest.raises(FormatError, match=fact):
        read_batches(path, [["a"]], "labels")


class Attack:
    """Runs a command when it is unpickled in the ordinary way."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize(
    "value",
    [
        Attack(os.system, "echo attacked"),
        Attack(eval, "1"),
        Attack(getattr, "text", "upper"),
        {"data": Attack(exec, "1")},
        Attack(np.frombuffer, b"1234"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_pickles_cannot_call(value: Any, protocol: int) -> None:
    with pytest.raises(FormatError, match="no data set needs"):
        read_pickle(pickle.dumps(value, protocol), "The file")


def test_pickles_that_lie_about_arrays() -> None:
    honest = pickle.dumps(np.arange(4, dtype=np.uint8), 2)
    assert read_pickle(honest, "x").tolist() == [0, 1, 2, 3]
    for wrong in (honest.replace(b"K\x04\x85", b"K\x05\x85"), honest[:-5], b"", b"\x80\x02."):
        with pytest.raises(FormatError, match="The file"):
            read_pickle(wrong, "The file")
    for value in (np.array(["text"]), np.array([None]), np.zeros(1, dtype="V3")):
        data = pickle.dumps(value, 2)
        if value.dtype != object:
            with pytest.raises(FormatError):
                read_pickle(data, "The file")


@pytest.mark.parametrize("dtype", ["<i4", ">i4", "<f8", "|u1", "|b1"])
def test_arrays_of_numbers(dtype: str) -> None:
    array = np.asfortranarray(np.arange(6).reshape(2, 3).astype(dtype))
    for protocol in (2, 3, 4):
        got = read_pickle(pickle.dumps(array, protocol), "x")
        assert got.dtype == array.dtype
        assert np.array_equal(got, array)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "../up"},
        {"name": "/absolute"},
        {"name": "a\\..\\up"},
        {"name": "C:/windows"},
        {"name": "link", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"name": "hard", "type": tarfile.LNKTYPE, "linkname": "good"},
        {"name": "device", "type": tarfile.CHRTYPE},
        {"name": "pipe", "type": tarfile.FIFOTYPE},
    ],
)
def test_unsafe_entries_refuse_the_archive(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("good"))
        bad = tarfile.TarInfo()
        for name, value in entry.items():
            setattr(bad, name, value)
        archive.addfile(bad)
    with pytest.raises(FormatError, match="unsafe"):
        read_tar(path, ["good"], 1000)


def test_bombs_and_damage(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar.gz", {"a": b"1" * 1000, "b": b"2" * 1000})
    assert read_tar(path, ["b"], 2000) == {"b": b"2" * 1000}
    with pytest.raises(FormatError, match="more than 1999 bytes"):
        read_tar(path, ["b"], 1999)
    with pytest.raises(FormatError, match=r"lacks \['c'\]"):
        read_tar(path, ["c"], 9999)
    content = path.read_bytes()
    for wrong in (content[: len(content) // 2], b"no archive", b""):
        path.write_bytes(wrong)
        with pytest.raises(FormatError, match=r"a\.tar\.gz"):
            read_tar(path, ["b"], 9999)


def objects(items: list[Any]) -> Any:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


TEXTS = [[1, 5, 2], [9, 9], [], [3, 4, 5, 6, 7], [2], [8, 1]]


@pytest.fixture
def imdb_file(tmp_path: Path) -> Path:
    path = tmp_path / "own.npz"
    y = np.array([0, 1, 0, 1, 0, 1])
    np.savez(path, x_train=objects(TEXTS), y_train=y, x_test=objects(TEXTS[::-1]), y_test=1 - y)
    return path


def test_imdb_by_definition(imdb_file: Path) -> None:
    order = np.arange(6)
    np.random.RandomState(113).shuffle(order)
    (x, y), (x_test, _) = imdb.load_data(imdb_file, num_words=9, skip_top=2)
    wanted = [[1] + [rank + 3 for rank in TEXTS[i]] for i in order]
    assert x.tolist() == [[n if 2 <= n < 9 else 2 for n in text] for text in wanted]
    assert y.tolist() == [i % 2 for i in order]
    assert x.dtype == object
    assert len(x_test) == 6
    (x, y), _ = imdb.load_data(imdb_file, maxlen=4, oov_char=None, start_char=None, index_from=0)
    kept = [i for i in order if len(TEXTS[i]) < 4]
    assert x.tolist() == [[n for n in TEXTS[i] if n < 9] for i in kept]
    assert y.tolist() == [i % 2 for i in kept]


def test_reuters_by_definition(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, x=objects(TEXTS), y=np.arange(6))
    (x, y), (x_test, y_test) = reuters.load_data(path, test_split=0.5, seed=3)
    order = np.arange(6)
    np.random.RandomState(3).shuffle(order)
    assert [*y, *y_test] == order.tolist()
    assert len(x) == len(x_test) == 3
    assert len(reuters.get_label_names()) == 46


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"num_words": 0}, "num_words must be at least 1; got 0"),
        ({"maxlen": 1}, "maxlen=1 drops every text"),
        ({"maxlen": 0}, "maxlen must be at least 1"),
        ({"skip_top": -1}, "skip_top"),
        ({"index_from": -1}, "index_from"),
    ],
)
def test_numbering_bad_input(imdb_file: Path, arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        imdb.load_data(imdb_file, **arguments)


@pytest.mark.parametrize("items", [[[1], ["a"]], [[1], None], [[1], [[2]]], [[1], {}]])
def test_lists_that_are_no_lists_of_numbers(tmp_path: Path, items: list[Any]) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, x=objects(items))
    with pytest.raises(FormatError, match="item 1"):
        read_npz(path, {"x": (None,)}, lists=("x",))


def test_npz_with_an_attack(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, x=objects([Attack(eval, "1")]))
    with pytest.raises(FormatError, match="eval"):
        read_npz(path, {"x": (None,)}, lists=("x",))


def test_word_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: Any) -> None:
    monkeypatch.setattr(imdb, "WORD_INDEX", remote(b'{"the": 1}', "index.json"))
    assert imdb.get_word_index() == {"the": 1}
    own = tmp_path / "own.json"
    for wrong in (b"{", b"[]", b'{"a": "b"}', b"\xff", b'{"a": 1, "a": 2}', b"[" * 100_000):
        own.write_bytes(wrong)
        with pytest.raises(FormatError, match=r"own\.json"):
            imdb.get_word_index(own)


# Damaged and hostile archives


def _npz(path: Path) -> Path:
    np.savez(path, x=np.arange(12.0).reshape(3, 4), y=np.arange(3))
    return path


def _read_npz(path: Path) -> Any:
    return read_npz(path, {"x": (None, 4), "y": (None,)})


def _tar(path: Path) -> Path:
    return write_tar(path, {"a": bytes(range(256)) * 4, "b": b"second" * 50})


def _read_tar(path: Path) -> Any:
    return sorted(read_tar(path, ["a", "b"], 10**6).items())


@pytest.mark.parametrize(
    ("make", "read", "name"),
    [(_npz, _read_npz, "own.npz"), (_tar, _read_tar, "own.tar.gz")],
    ids=["npz", "tar.gz"],
)
def test_every_damage_is_refused_or_changes_nothing(
    make: Any, read: Any, name: str, tmp_path: Path
) -> None:
    path = make(tmp_path / name)
    whole, content = read(path), path.read_bytes()
    step = max(1, len(content) // 150)
    damaged = [content[:end] for end in range(0, len(content), step)]
    damaged += [content[:-end] for end in range(1, 9)]
    for place in range(0, len(content), step):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        damaged.append(bytes(changed))
    refused = 0
    for data in damaged:
        path.write_bytes(data)
        try:
            found = read(path)
        except FormatError as error:
            refused += 1
            facts = str(error)
        else:
            facts = name
            assert all(np.array_equal(a[-1], b[-1]) for a, b in zip(found, whole, strict=True))
        assert name in facts
    assert refused > len(damaged) * 0.8


def _zip(path: Path, members: list[tuple[Any, bytes]], how: int = zipfile.ZIP_STORED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", how) as archive:
        warnings.simplefilter("ignore")  # of a member that is there twice
        for name, data in members:
            archive.writestr(name, data)
    return path


def _npy(array: Any, **header: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    if not header:
        return stream.getvalue()
    whole = io.BytesIO()
    np.lib.format.write_array_header_1_0(whole, {"descr": "<f8", "fortran_order": False, **header})
    return whole.getvalue() + np.asarray(array).tobytes()


X = np.arange(3.0)


@pytest.mark.parametrize(
    ("members", "how", "fact"),
    [
        ([("x.npy", _npy(X)), ("x.npy", _npy(X))], zipfile.ZIP_STORED, "two members 'x.npy'"),
        ([("x.npy", _npy(X)), ("../y.npy", b"")], zipfile.ZIP_STORED, "unsafe name '../y.npy'"),
        ([("x.npy", _npy(X)), ("/etc/y.npy", b"")], zipfile.ZIP_STORED, "unsafe name '/etc/y.npy'"),
        ([("x.npy", _npy(X)), ("c:/y.npy", b"")], zipfile.ZIP_STORED, "unsafe name 'c:/y.npy'"),
        ([("x.npy", _npy(X))], zipfile.ZIP_LZMA, "packed in another way"),
        ([("x.npy", _npy(X))], zipfile.ZIP_BZIP2, "packed in another way"),
        ([("x.npy", _npy(np.array(["a", "b"])))], zipfile.ZIP_STORED, "should hold numbers"),
        ([("x.npy", _npy(np.zeros(2, "c8")))], zipfile.ZIP_STORED, "should hold numbers"),
        ([("x.npy", _npy(np.zeros(2, "f4,f4")))], zipfile.ZIP_STORED, "should hold numbers"),
        ([("x.npy", _npy(objects([None])))], zipfile.ZIP_STORED, "Python objects"),
        ([("x.npy", _npy(X, shape=(10**9,)))], zipfile.ZIP_STORED, "declares 8000000000 bytes"),
        ([("x.npy", _npy(X, shape=(2**62,)))], zipfile.ZIP_STORED, "declares"),
        ([("x.npy", _npy(X, shape=(2,)))], zipfile.ZIP_STORED, "declares 16 bytes"),
        ([("x.npy", _npy(X, shape=(-3,)))], zipfile.ZIP_STORED, "'x'"),
        ([("x.npy", _npy(X, shape=(3,), descr="|O"))], zipfile.ZIP_STORED, "Python objects"),
        ([("x.npy", b"\x93NUMPY\x03\x00" + bytes(50))], zipfile.ZIP_STORED, "npy version"),
        ([("x.npy", b"")], zipfile.ZIP_STORED, "no valid header"),
        ([("x.txt", b"")], zipfile.ZIP_STORED, "'x' .*missing"),
        ([], zipfile.ZIP_STORED, "'x' .*missing"),
        ([("x.npy", bytes(2**28 + 1))], zipfile.ZIP_DEFLATED, "declares 268435457 bytes"),
    ],
)
def test_hostile_npz(tmp_path: Path, members: Any, how: int, fact: str) -> None:
    path = _zip(tmp_path / "own.npz", members, how)
    with pytest.raises(FormatError, match=fact) as caught:
        read_npz(path, {"x": (None,)})
    assert str(path) in str(caught.value)


def test_an_encrypted_npz(tmp_path: Path) -> None:
    path = _zip(tmp_path / "own.npz", [("x.npy", _npy(X))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError, match=r"'x' in .*own\.npz is encrypted"):
        read_npz(path, {"x": (None,)})


def _entry(name: str, data: bytes = b"", **fields: Any) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = fields.pop("size", len(data))
    for key, value in fields.items():
        setattr(entry, key, value)
    return entry.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


END = bytes(1024)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (_entry("a", b"1") + _entry("a", b"2") + END, "two entries 'a'"),
        (_entry("a", b"1") + _entry("s", size=10**9, type=tarfile.GNUTYPE_SPARSE) + END, "'s'"),
        (_entry("a", b"1") + _entry("b", size=10**9) + END, "more than 5000 bytes"),
        (_entry("a", b"1") + _entry("b", size=-512) + END, "tar"),
        (_entry("p", size=2**31, type=tarfile.XHDTYPE) + bytes(2**20), "tar"),
        (_entry("a", b"1") + b"".join(_entry(f"{i}") for i in range(10_001)) + END, "10000"),
        (_entry("a", b"1")[:600], "tar"),
        (bytes(2**16), r"lacks \['a'\]"),
        (_entry("a", b"1") + END + bytes(2**25), "unpacks to more"),
    ],
    ids=["twice", "sparse", "size", "negative", "pax", "many", "cut", "zeros", "padding"],
)
def test_hostile_tar(tmp_path: Path, content: bytes, fact: str) -> None:
    path = tmp_path / "own.tar.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(FormatError, match=fact) as caught:
        read_tar(path, ["a"], 5000)
    assert str(path) in str(caught.value)


def test_the_checksum_at_the_end_is_compared(tmp_path: Path) -> None:
    path = _tar(tmp_path / "own.tar.gz")
    content = path.read_bytes()
    for wrong in (content[:-1], content[:-8], content[:-8] + bytes(8)):
        path.write_bytes(wrong)
        with pytest.raises(FormatError, match=r"own\.tar\.gz"):
            _read_tar(path)
