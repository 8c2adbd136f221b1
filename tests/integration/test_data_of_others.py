"""Frames, loaders, tables and event files of other packages, with those packages themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import kcore
from kcore.data import Options, as_source

X = np.random.default_rng(0).normal(size=(22, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype("float32")


def made() -> Any:
    kcore.random.set_seed(3)
    model = kcore.Sequential(
        [kcore.layers.Input((3,)), kcore.layers.Dense(4, "tanh"), kcore.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    return model


def trained(*data: Any, **options: Any) -> list[Any]:
    model = made()
    model.fit(*data, **{"epochs": 2, "shuffle": False, "verbose": 0, **options})
    return model.get_weights()


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    return trained(X, Y, batch_size=8)


def assert_same(found: list[Any], expected: list[Any]) -> None:
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, other)


def test_pandas(expected: list[Any]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abc"), index=range(100, 122))
    target = pandas.Series(Y[:, 0])
    assert_same(trained(frame, target, batch_size=8), expected)
    mixed = frame.assign(a=frame["a"].astype("float64"))
    assert_same(trained(mixed, target.to_frame(), batch_size=8), expected)
    with pytest.raises(kcore.errors.DataError, match=r"columns.*'d'"):
        trained(frame.assign(d="text"), target)


def test_polars(expected: list[Any]) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=list("abc"))
    assert_same(trained(frame, polars.Series(Y[:, 0]), batch_size=8), expected)
    assert_same(trained(frame, polars.DataFrame(Y), batch_size=8), expected)


def test_torch_loaders(expected: list[Any]) -> None:
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    loader = torch.utils.data.DataLoader(data, batch_size=8)
    assert_same(trained(loader), expected)
    assert as_source(loader).steps == 3
    tensors = torch.from_numpy(X), torch.from_numpy(Y).requires_grad_()
    assert_same(trained(*tensors, batch_size=8), expected)
    model = made()
    np.testing.assert_array_equal(model.predict(loader), model.predict(X, batch_size=8))


class Table:
    """What a data set of Hugging Face shows of itself."""

    def __init__(self, columns: dict[str, Any], names: list[str] | None = None) -> None:
        self.columns = columns
        self.column_names = list(columns) if names is None else names
        self.shape = (22, len(columns))
        self.read = 0

    def with_format(self, kind: str, columns: list[str]) -> Table:
        assert kind == "numpy"
        return Table(self.columns, columns)

    def __len__(self) -> int:
        return 22

    def __getitem__(self, rows: Any) -> Any:
        assert isinstance(rows, slice) or all(type(row) is int for row in rows)
        return {name: self.columns[name][rows] for name in self.column_names}


def test_tables_of_rows_by_column(expected: list[Any]) -> None:
    table = Table({"input": X, "label": Y})
    assert_same(trained(table, batch_size=8), expected)
    assert_same(
        trained(table, batch_size=8, shuffle=True), trained(X, Y, batch_size=8, shuffle=True)
    )
    source = as_source(Table({"a": X, "b": X[:, 0], "labels": Y}), options=Options(8))
    assert list(source.parts[0]) == ["a", "b"]
    with pytest.raises(kcore.errors.DataError, match=r"label.*y must not"):
        trained(table, Y)
    ragged = Table({"input": np.array([[1, 2], [3]] * 11, dtype=object), "label": Y})
    with pytest.raises(kcore.errors.DataError, match=r"'input'.*one shape"):
        trained(ragged)


LARGE = """
import resource, sys
import h5py, numpy as np
import kcore
from kcore import layers
folder, kind = sys.argv[1:]
rows, width = 12288, 4096  # 192 MiB, inputs and targets alike
def data():
    if kind == "memmap":
        x = np.lib.format.open_memmap(f"{folder}/x.npy", "w+", "float32", (rows, width))
    else:
        x = h5py.File(f"{folder}/x.h5", "w").create_dataset("x", (rows, width), "float32")
    for start in range(0, rows, 512):
        x[start : start + 512] = 0.01 * (start % 7)
    return x
x = data()
model = kcore.Sequential([layers.Input((width,)), layers.Dense(4), layers.Dense(width)])
model.compile("sgd", "mse")
model.fit(x[:256], x[:256], batch_size=64, verbose=0)
used = next(int(n.split()[1]) for n in open("/proc/self/status") if n.startswith("VmData")) * 1024
limit = used + 96 * 2**20  # half of the data
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
history = model.fit(x, x, batch_size=64, verbose=0, shuffle="batch", validation_data=(x, x))
print("trained", len(history.history["val_loss"]))
"""


@pytest.mark.parametrize("kind", ["memmap", "hdf5"])
def test_data_larger_than_memory(
    kind: str, tmp_path: Path, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    done = run_python("-c", LARGE, str(tmp_path), kind)
    assert done.stdout == "trained 1\n", done.stderr[-2000:]


def test_tensorboard_s_own_reader(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    model = made()
    board = kcore.callbacks.TensorBoard(
        tmp_path, histogram_freq=1, write_images=True, update_freq=2, write_steps_per_second=True
    )
    history = model.fit(
        X, Y, batch_size=8, epochs=3, verbose=0, validation_data=(X, Y), callbacks=[board]
    ).history
    readers = {}
    for name in ("train", "validation"):
        readers[name] = accumulator.EventAccumulator(
            str(tmp_path / name),
            size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0},
        )
        readers[name].Reload()
    train, validation = readers["train"], readers["validation"]
    losses = [event.value for event in train.Scalars("epoch_loss")]
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-6)
    assert [event.step for event in train.Scalars("batch_loss")] == [2, 4, 6, 8]
    assert len(train.Scalars("epoch_steps_per_second")) == 3
    rates = [event.value for event in train.Scalars("epoch_learning_rate")]
    np.testing.assert_allclose(rates, 0.01, rtol=1e-6)
    found = [event.value for event in validation.Scalars("epoch_loss")]
    np.testing.assert_allclose(found, history["val_loss"], rtol=1e-6)
    tag = f"{model.layers[0].kernel.path}/histogram"
    spread = train.Histograms(tag)
    assert [event.step for event in spread] == [0, 1, 2]
    assert spread[0].histogram_value.num == 12
    kernel = model.layers[0].kernel.numpy().astype("float64")
    assert spread[-1].histogram_value.sum == pytest.approx(kernel.sum(), rel=1e-6)
    image = train.Images(f"{model.layers[0].kernel.path}/image")[-1]
    assert (image.height, image.width) == (3, 4)
    assert image.encoded_image_string.startswith(b"\x89PNG")
    assert any("MatMul" in node.op for node in train.Graph().node)
