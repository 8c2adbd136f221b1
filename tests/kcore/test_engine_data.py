"""Every kind of data trains the same model to the same weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from small_layers import classes, classifier, numbers, regression, two_by_two, unchanged, values

from kcore import Model, random
from kcore.data import Options, as_source
from kcore.data.sequence import PyDataset

X, Y = numbers(22, 3), numbers(22, 1, seed=1)


def fitted(model: Model, start: list[Any], *data: Any, **options: Any) -> list[Any]:
    model.set_weights(start)
    model.fit(*data, **{"epochs": 2, "shuffle": False, "verbose": 0, **options})
    return values(model)


@pytest.fixture(scope="module")
def reference() -> tuple[Model, list[Any], list[Any]]:
    """A model, its first weights, and those after two epochs on arrays in batches of eight."""
    model = regression()
    start = values(model)
    return model, start, fitted(model, start, X, Y, batch_size=8)


class Batches(PyDataset):
    """The arrays in batches of eight."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs_ended = 0

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        rows = slice(8 * index, 8 * index + 8)
        return X[rows], Y[rows]

    def on_epoch_end(self) -> None:
        self.epochs_ended += 1


def endless() -> Iterator[Any]:
    batches = Batches()
    while True:
        for index in range(3):
            yield batches[index]


def test_lists_memmaps_hdf5_and_doubles(reference: Any, tmp_path: Path) -> None:
    model, start, expected = reference
    paths = tmp_path / "x.npy", tmp_path / "data.h5"
    np.save(paths[0], X)
    with h5py.File(paths[1], "w") as file:
        file["x"], file["y"] = X, Y
        for x, y in (
            (X.tolist(), Y.tolist()),
            (np.load(paths[0], mmap_mode="r"), Y),
            (file["x"], file["y"]),
            (X.astype("float64"), Y.astype("float64")),
            ([X], [Y]),
            (X, Y[:, 0]),
        ):
            found = fitted(model, start, x, y, batch_size=8)
            assert all(map(np.array_equal, found, expected))
        shuffled = fitted(model, start, file["x"], file["y"], batch_size=8, shuffle=True)
        assert not np.array_equal(shuffled[0], expected[0])


def test_sequences_generators_and_iterables(reference: Any) -> None:
    model, start, expected = reference
    sequence = Batches()
    assert all(map(np.array_equal, fitted(model, start, sequence), expected))
    assert sequence.epochs_ended == 2
    assert all(map(np.array_equal, fitted(model, start, endless(), steps_per_epoch=3), expected))
    listed = [sequence[i] for i in range(3)]
    assert all(
        map(np.array_equal, fitted(model, start, iter(listed * 2), steps_per_epoch=3), expected)
    )


def test_tensorflow_data(reference: Any) -> None:
    import tensorflow as tf

    model, start, expected = reference
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    assert all(map(np.array_equal, fitted(model, start, dataset), expected))
    repeated = fitted(model, start, dataset.repeat(), steps_per_epoch=3)
    assert all(map(np.array_equal, repeated, expected))
    tensors = fitted(model, start, tf.constant(X), tf.constant(Y), batch_size=8)
    assert all(map(np.array_equal, tensors, expected))
    assert model.evaluate(dataset, verbose=0) == pytest.approx(
        model.evaluate(X, Y, batch_size=8, verbose=0), rel=1e-6
    )
    assert np.array_equal(model.predict(dataset), model.predict(X, batch_size=8))


class Frame:
    """What a data frame shows of itself: columns and `to_numpy`."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.columns = list(range(array.shape[1]))
        self.shape = array.shape

    def to_numpy(self) -> Any:
        return self.array

    def __getitem__(self, key: Any) -> Any:
        raise AssertionError("A frame is turned into an array before rows are taken.")


def test_frames(reference: Any) -> None:
    model, start, expected = reference
    assert all(
        map(np.array_equal, fitted(model, start, Frame(X), Frame(Y), batch_size=8), expected)
    )


def test_sequences_of_dicts_with_weights() -> None:
    x = {"left": numbers(12, 2), "right": numbers(12, 3)}
    y = {"number": numbers(12, 1), "kind": classes(3, 12)}
    weight = np.linspace(0, 1, 12).astype("float32")

    class Parts(PyDataset):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> Any:
            rows = slice(6 * index, 6 * index + 6)
            cut = [{key: value[rows] for key, value in part.items()} for part in (x, y)]
            return (*cut, weight[rows])

    model = two_by_two()
    start = values(model)
    expected = fitted(model, start, x, y, batch_size=6, sample_weight=weight)
    assert all(map(np.array_equal, fitted(model, start, Parts()), expected))


def test_batches_of_changing_size_and_length() -> None:
    model = regression()
    batches = [(X[:n], Y[:n]) for n in (3, 5, 5, 1, 8)]
    history = model.fit(iter(batches), verbose=0)
    assert len(history.history["loss"]) == 1
    assert int(model.optimizer.iterations) == 5


def test_integers_and_truth_values_are_inputs_too() -> None:
    model = regression()
    for x in (np.ones((8, 3), "int64"), np.ones((8, 3), "uint8"), np.ones((8, 3), bool)):
        model.fit(x, Y[:8] > 0, verbose=0)
    np.testing.assert_allclose(
        model.predict(np.ones((1, 3), "int64")), model.predict(np.ones((1, 3), "float32"))
    )


def test_the_order_of_an_epoch_is_a_function_of_seed_and_epoch() -> None:
    one, two = (as_source(X, options=Options(4, shuffle=True, seed=9)) for _ in range(2))
    assert np.array_equal(one.order(3), two.order(3))
    assert not np.array_equal(one.order(3), one.order(4))
    other = as_source(X, options=Options(4, shuffle=True, seed=8))
    assert not np.array_equal(one.order(3), other.order(3))
    blocks = as_source(X[:20], options=Options(4, shuffle="batch", seed=1)).order(0).reshape(5, 4)
    assert (np.diff(blocks, axis=1) == 1).all()
    assert not np.array_equal(blocks[:, 0], np.sort(blocks[:, 0]))


@pytest.mark.parametrize("want", [1, 2, 7])
def test_chunks_cover_all_rows_whatever_their_length(want: int) -> None:
    source = as_source(X, Y, options=Options(5))
    chunks = list(source.chunks(0, lambda: want))
    rows = np.concatenate([chunk.data[0] for chunk in chunks])
    assert np.array_equal(rows, X)
    sizes = [int(n) for chunk in chunks for n in np.diff(chunk.ends)]
    assert sizes == [5, 5, 5, 5, 2]
    assert [chunk.first_row for chunk in chunks] == [
        sum(sizes[: want * i]) for i in range(len(chunks))
    ]


def test_a_data_set_that_ends_before_its_steps_warns() -> None:
    with pytest.warns(UserWarning, match="3 batches"):
        regression().fit(iter([(X, Y)] * 3), steps_per_epoch=5, verbose=0)


def test_validation_data_of_every_kind() -> None:
    found = []
    for data in ((X, Y), [X, Y], Batches(), (X, Y, np.ones(22))):
        random.set_seed(1)
        model = regression()
        history = model.fit(X, Y, validation_data=data, validation_batch_size=None, verbose=0)
        found.append(history.history["val_loss"][0])
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_predict_keeps_order_and_form() -> None:
    model = regression()
    for batch_size in (1, 5, 32):
        np.testing.assert_allclose(
            model.predict(X, batch_size=batch_size), model.predict_on_batch(X), rtol=1e-5, atol=1e-7
        )


def test_weights_by_class_of_one_hot_targets() -> None:
    kinds = classes(3, 22)
    table = {0: 0.1, 1: 1.0, 2: 2.0}
    model = classifier(loss="categorical_crossentropy")
    start = values(model)
    one = fitted(model, start, X, np.eye(3)[kinds], class_weight=table)
    weights = np.array([table[int(kind)] for kind in kinds])
    assert all(
        map(np.array_equal, one, fitted(model, start, X, np.eye(3)[kinds], sample_weight=weights))
    )


def test_nothing_is_changed_in_the_caller_s_arrays() -> None:
    x, y = X.copy(), Y.copy()
    x.setflags(write=False)
    model = regression()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(x, y, epochs=2, verbose=0)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    assert not unchanged(model, [w * 0 for w in values(model)])


class MixedFrame(Frame):
    """A frame with a column of truth values: as one array it holds Python objects."""

    def to_numpy(self, dtype: Any = None) -> Any:
        return self.array.astype(object if dtype is None else dtype)


def test_frames_with_columns_of_numbers_and_truth_values(reference: Any) -> None:
    model, start, expected = reference
    found = fitted(model, start, MixedFrame(X), Y, batch_size=8)
    assert all(map(np.array_equal, found, expected))


def test_validation_sees_the_same_examples_each_epoch() -> None:
    import tensorflow as tf

    def endless_noise() -> Iterator[Any]:
        draw = np.random.default_rng(0)
        while True:
            yield draw.normal(size=(4, 3)), draw.normal(size=(4, 1))

    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(2)
    cases: list[tuple[Any, Any]] = [
        (endless_noise(), 3),
        (iter([(X[:8], Y[:8]), (X[8:], Y[8:])]), None),
        (dataset, 3),
        (dataset.repeat(), 3),
    ]
    for data, steps in cases:
        model = regression(optimizer="sgd")
        model.optimizer.learning_rate = 0.0
        found = model.fit(
            X, Y, epochs=3, verbose=0, validation_data=data, validation_steps=steps
        ).history["val_loss"]
        assert found == [found[0]] * 3
