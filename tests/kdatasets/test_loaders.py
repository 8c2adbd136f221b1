"""The loaders on real files, and on files that are not what they should be."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kdatasets
from kdatasets import FormatError, boston_housing, digits, fashion_mnist, mnist
from kdatasets.archive import read_npz
from kdatasets.idx import read_idx
from kdatasets.plugin import NAMES


@pytest.fixture
def mirror(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KDATASETS_MIRROR", str(real_data))
    monkeypatch.setenv("KDATASETS_OFFLINE", "1")
    return real_data


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize(
    ("module", "train", "test"),
    [
        (mnist, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
        (fashion_mnist, [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]),
    ],
)
def test_mnist_and_fashion(module: Any, train: list[int], test: list[int]) -> None:
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert x_train.dtype == x_test.dtype == y_train.dtype == y_test.dtype == np.uint8
    assert y_train[:10].tolist() == train
    assert y_test[:10].tolist() == test
    assert x_train.flags.writeable
    assert x_train.max() == 255
    assert len(module.CLASS_NAMES) == 10 == len(np.unique(y_test))


def test_mnist_from_own_folder_and_npz(mirror: Path, tmp_path: Path) -> None:
    (x_train, y_train), (x_test, y_test) = mnist.load_data(mirror / "mnist")
    own = tmp_path / "own.npz"
    np.savez(own, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    (again, _), (_, labels) = mnist.load_data(path=own)
    assert np.array_equal(again, x_train)
    assert np.array_equal(labels, y_test)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        mnist.load_data("nowhere.npz")


def test_digits_equal_the_original_table(real_data: Path) -> None:
    with gzip.open(real_data / "tabular" / "digits.csv.gz") as stream:
        table = np.loadtxt(stream, delimiter=",")
    (x, y), (x_test, y_test) = digits.load_data(test_split=0.0)
    order = np.arange(1797)
    np.random.RandomState(113).shuffle(order)
    assert np.array_equal(x.reshape(1797, 64), table[order, :64])
    assert np.array_equal(y, table[order, 64])
    assert len(x_test) == len(y_test) == 0


def test_digits_split() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1437, 8, 8)
    assert x_test.shape == (360, 8, 8)
    assert x_train.dtype == y_train.dtype == np.uint8
    assert x_train.min() == 0
    assert x_train.max() == 16
    assert set(y_test) == set(range(10))
    other = digits.load_data(seed=1)[0][0]
    assert not np.array_equal(other, x_train)
    assert np.array_equal(digits.load_data(seed=113)[0][0], x_train)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_split_must_be_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="test_split"):
        digits.load_data(test_split=share)


def test_boston_is_the_split_of_keras() -> None:
    (x_train, y_train), (x_test, y_test) = boston_housing.load_data()
    assert x_train.shape == (404, 13)
    assert x_test.shape == (102, 13)
    assert x_train.dtype == y_train.dtype == np.float64
    assert y_test.shape == (102,)
    first = [1.23247, 0, 8.14, 0, 0.538, 6.142, 91.7, 3.9769, 4, 307, 21, 396.9, 18.72]
    assert x_train[0].tolist() == first
    assert y_train[:5].tolist() == [15.2, 42.3, 50.0, 21.1, 17.7]


def test_boston_equals_the_original_table(real_data: Path) -> None:
    source = real_data / "boston" / "boston_house_prices.csv"
    table = np.genfromtxt(source, delimiter=",", skip_header=2)
    (x, y), _ = boston_housing.load_data(test_split=0)
    rows = np.column_stack([x, y])
    assert np.array_equal(np.sort(rows, axis=0), np.sort(table, axis=0))


def test_boston_from_own_file(tmp_path: Path) -> None:
    own = tmp_path / "own.npz"
    np.savez(own, x=np.ones((10, 13)), y=np.arange(10.0))
    (x_train, _), (_, y_test) = boston_housing.load_data(path=own, test_split=0.3)
    assert x_train.shape == (7, 13)
    assert y_test.shape == (3,)
    np.savez(own, x=np.ones((10, 12)), y=np.arange(10.0))
    with pytest.raises(FormatError, match=r"'x' .*\(None, 13\).*\(10, 12\)"):
        boston_housing.load_data(path=own)


@pytest.mark.parametrize(("module", "shape"), [(digits, (1797, 65)), (boston_housing, (506, 14))])
def test_as_frame(module: Any, shape: tuple[int, int]) -> None:
    pytest.importorskip("pandas")
    frame = module.as_frame()
    assert frame.shape == shape
    assert frame.columns[-1] == "target"


class TestIdx:
    HEAD = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])

    def read(self, tmp_path: Path, content: bytes, shape: tuple[int, ...] = (2, 3)) -> Any:
        path = tmp_path / "images.gz"
        path.write_bytes(content)
        return read_idx(path, shape)

    def test_good(self, tmp_path: Path) -> None:
        array = self.read(tmp_path, gzip.compress(self.HEAD + bytes(range(6))))
        assert array.tolist() == [[0, 1, 2], [3, 4, 5]]

    @pytest.mark.parametrize(
        ("content", "fact"),
        [
            (b"no gzip", "images.gz"),
            (gzip.compress(HEAD + bytes(6))[:-9], "images.gz"),
            (gzip.compress(HEAD + bytes(5)), "only 5"),
            (gzip.compress(HEAD + bytes(10**7)), "more than 6"),
            (gzip.compress(HEAD[:-1] + b"\x04" + bytes(6)), r"\(2, 3\)"),
            (gzip.compress(b""), r"\(2, 3\)"),
        ],
        ids=["no gzip", "cut", "short", "bomb", "other shape", "empty"],
    )
    def test_bad(self, tmp_path: Path, content: bytes, fact: str) -> None:
        with pytest.raises(FormatError, match=fact):
            self.read(tmp_path, content)


class TestNpz:
    def test_good(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
        np.savez_compressed(path, a=fortran, b=np.arange(4, dtype=">i2"))
        a, b = read_npz(path, {"a": (None, 3), "b": (4,)})
        assert np.array_equal(a, fortran)
        assert b.tolist() == [0, 1, 2, 3]
        assert a.flags.writeable

    def test_missing_objects_and_no_archive(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        np.savez(path, a=np.array([{}, None], dtype=object))
        with pytest.raises(FormatError, match="Python objects"):
            read_npz(path, {"a": (2,)})
        with pytest.raises(FormatError, match=r"'b' .*missing.*\['a'\]"):
            read_npz(path, {"b": (2,)})
        path.write_bytes(path.read_bytes()[:50])
        with pytest.raises(FormatError, match=r"a\.npz"):
            read_npz(path, {"a": (2,)})

    def test_a_header_that_lies(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        np.savez(path, a=np.zeros(1000))
        content = path.read_bytes()
        assert b"(1000,)" in content
        path.write_bytes(content.replace(b"(1000,), }   ", b"(10**9,), }  "))
        with pytest.raises(FormatError):
            read_npz(path, {"a": (None,)})
        path.write_bytes(content.replace(b"(1000,), }     ", b"(1000000000,), "))
        with pytest.raises(FormatError):
            read_npz(path, {"a": (None,)})


def check_card(module: Any) -> None:
    """Numbers, types, range and classes of the card against what `load_data` returns."""
    card = module.CARD
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert (len(x_train), len(x_test)) == (len(y_train), len(y_test)) == (card.train, card.test)
    assert (x_train.dtype.name, y_test.dtype.name) == (card.x.dtype, card.y.dtype)
    sizes = re.findall(r"=(\d+)", card.x.axes)
    assert x_train.shape[1:] == x_test.shape[1:] == tuple(map(int, sizes))
    if card.classes:
        assert sorted(np.unique(y_test)) == list(range(len(card.classes)))
    described = card.describe()
    for fact in (card.name, card.licence, card.source, card.citation, card.x.range):
        assert fact in described


@pytest.mark.parametrize("name", ["digits", "boston_housing"])
def test_cards_of_embedded_sets_tell_the_truth(name: str) -> None:
    module = getattr(kdatasets, name)
    check_card(module)
    assert module.CARD.size == 0


@pytest.mark.parametrize("module", [mnist, fashion_mnist])
def test_cards_of_real_files_tell_the_truth(mirror: Path, module: Any) -> None:
    check_card(module)
    sizes = [(mirror / file.name).stat().st_size for file in module.CARD.files]
    assert module.CARD.size == sum(sizes)


def test_every_card_is_complete() -> None:
    for name in NAMES:
        card = getattr(kdatasets, name).CARD
        for fact in ("summary", "licence", "source", "citation"):
            assert getattr(card, fact), (name, fact)
        for array in (card.x, card.y):
            assert array.axes.startswith("(n,")
            assert array.dtype
            assert array.range
        assert (card.size > 0) == bool(card.files)
        for file in card.files:
            assert file.digest.partition(":")[0] in ("sha256", "md5"), file
            assert all(url.startswith(("https://", "http://")) for url in file.urls)
