"""Archives in the formats of the originals, and archives that attack."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
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
    for wrong in (b"{", b"[]", b'{"a": "b"}', b"\xff"):
        own.write_bytes(wrong)
        with pytest.raises(FormatError, match=r"own\.json"):
            imdb.get_word_index(own)
