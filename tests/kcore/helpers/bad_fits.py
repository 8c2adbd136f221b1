"""Calls of fit that must be refused: the model, the error, facts of its message, the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from small_layers import Linear, classes, classifier, numbers, regression, two_by_two

from kcore import Input, Model, Sequential
from kcore.errors import ConfigurationError, DataError, KcoreError, NonFiniteError, ShapeError

X, Y = numbers(12, 3), numbers(12, 1, seed=1)
KINDS = classes(3, 12)
TWO_X = {"left": numbers(12, 2), "right": numbers(12, 3)}
TWO_Y = {"number": numbers(12, 1), "kind": KINDS}
TEXT = np.array(["one", "two", "three"] * 4)
TEXT3 = np.array([["one", "two", "three"]] * 12)


def with_nan(array: Any, row: int) -> Any:
    array = array.copy()
    array[row] = np.nan
    return array


Case = tuple[Callable[[], Model], type[Exception], tuple[str, ...], tuple[Any, ...], dict[str, Any]]

FIT_CASES: dict[str, Case] = {
    "wrong number of features": (
        regression,
        ShapeError,
        ("input", "features=3", "features=5"),
        (numbers(12, 5), Y),
        {},
    ),
    "missing axis": (
        lambda: compiled(Sequential([Input((4, 4, 3)), Linear(1)])),
        ShapeError,
        ("height=4", "channels=3", "features=4", "channels axis"),
        (numbers(12, 4, 4), numbers(12, 4, 4, 1)),
        {},
    ),
    "text as input": (
        regression,
        DataError,
        ("input", "float32", "<U5", "numbers"),
        (TEXT3, Y),
        {},
    ),
    "text as target": (classifier, DataError, ("y", "text", "<U5", "numbers"), (X, TEXT), {}),
    "objects as input": (
        regression,
        DataError,
        ("x", "object"),
        (np.array([[1, None, "a"]] * 12, dtype=object), Y),
        {},
    ),
    "rows of different lengths": (
        regression,
        DataError,
        ("x", "different lengths", "pad_sequences"),
        ([[1, 2, 3], [1, 2]], Y[:2]),
        {},
    ),
    "one input of two": (
        two_by_two,
        DataError,
        ("twice", "2", "left", "right", "1"),
        (TWO_X["left"], TWO_Y),
        {},
    ),
    "three inputs of two": (
        two_by_two,
        DataError,
        ("twice", "2", "left", "right", "3"),
        ([TWO_X["left"], TWO_X["right"], X], TWO_Y),
        {},
    ),
    "wrong input name": (
        two_by_two,
        DataError,
        ("twice", "'right'", "'rihgt'"),
        ({"left": TWO_X["left"], "rihgt": TWO_X["right"]}, TWO_Y),
        {},
    ),
    "wrong output name": (
        two_by_two,
        DataError,
        ("y", "'knid'", "number", "'kind'"),
        (TWO_X, {"number": TWO_Y["number"], "knid": KINDS}),
        {},
    ),
    "one target of two": (
        two_by_two,
        DataError,
        ("y", "1", "2", "number", "kind"),
        (TWO_X, KINDS),
        {},
    ),
    "label too large": (
        classifier,
        DataError,
        ("y", "class number 3", "3 classes", "0 to 2", "row 5"),
        (X, np.where(np.arange(12) == 5, 3, KINDS)),
        {},
    ),
    "label negative": (
        classifier,
        DataError,
        ("y", "class number -1", "0 to 2", "row 2"),
        (X, np.where(np.arange(12) == 2, -1, KINDS)),
        {},
    ),
    "label with a fraction": (classifier, DataError, ("y", "1.5"), (X, np.full(12, 1.5)), {}),
    "one-hot labels for class numbers": (
        classifier,
        DataError,
        ("y", "(12, 3)", "one-hot", "categorical_crossentropy"),
        (X, np.eye(3)[KINDS]),
        {},
    ),
    "class numbers for one-hot labels": (
        lambda: classifier(loss="categorical_crossentropy"),
        DataError,
        ("y", "(12,)", "(None, 3)", "sparse_categorical_crossentropy"),
        (X, KINDS),
        {},
    ),
    "labels of a yes-or-no loss": (
        lambda: classifier(count=1, loss="binary_crossentropy"),
        DataError,
        ("y", "0 to 2", "0 to 1", "sparse_categorical_crossentropy"),
        (X, KINDS),
        {},
    ),
    "targets of another width": (
        regression,
        DataError,
        ("y", "(12, 2)", "(None, 1)"),
        (X, numbers(12, 2)),
        {},
    ),
    "NaN in x": (
        regression,
        NonFiniteError,
        ("x", "nan", "sample 7", "nan='ignore'"),
        (with_nan(X, 7), Y),
        {},
    ),
    "infinity in y": (
        regression,
        NonFiniteError,
        ("y", "inf", "sample 3"),
        (X, np.where(np.arange(12)[:, None] == 3, np.inf, Y)),
        {},
    ),
    "NaN in weights": (
        regression,
        NonFiniteError,
        ("sample_weight", "nan", "sample 1"),
        (X, Y),
        {"sample_weight": with_nan(np.ones(12), 1)},
    ),
    "empty arrays": (regression, DataError, ("x", "empty"), (X[:0], Y[:0]), {}),
    "empty list": (regression, DataError, ("x", "empty"), ([], Y[:0]), {}),
    "x and y of different lengths": (
        regression,
        DataError,
        ("x has 12", "y has 11"),
        (X, Y[:11]),
        {},
    ),
    "inputs of different lengths": (
        two_by_two,
        DataError,
        ("12", "10"),
        ([TWO_X["left"], TWO_X["right"][:10]], list(TWO_Y.values())),
        {},
    ),
    "weights of another length": (
        regression,
        DataError,
        ("sample_weight has 11", "x has 12"),
        (X, Y),
        {"sample_weight": np.ones(11)},
    ),
    "weights of a shape that fits nothing": (
        regression,
        KcoreError,
        ("weight", "5"),
        (X, Y),
        {"sample_weight": np.ones((12, 5))},
    ),
    "y missing": (regression, KcoreError, ("y",), (X,), {}),
    "y missing for sparse labels": (classifier, KcoreError, ("y",), (X,), {}),
    "x missing": (regression, DataError, ("x is None",), (None, Y), {}),
    "x of a strange type": (regression, DataError, ("x", "int"), (3, Y), {}),
    "x a scalar array": (regression, DataError, ("x",), (np.float32(3.0), Y), {}),
    "batch_size zero": (regression, DataError, ("batch_size", "0", "1"), (X, Y), {"batch_size": 0}),
    "batch_size negative": (
        regression,
        DataError,
        ("batch_size", "-1"),
        (X, Y),
        {"batch_size": -1},
    ),
    "batch_size fraction": (
        regression,
        DataError,
        ("batch_size", "2.5"),
        (X, Y),
        {"batch_size": 2.5},
    ),
    "batch_size text": (regression, DataError, ("batch_size", "'8'"), (X, Y), {"batch_size": "8"}),
    "batch_size a truth value": (
        regression,
        DataError,
        ("batch_size", "True"),
        (X, Y),
        {"batch_size": True},
    ),
    "epochs negative": (regression, ConfigurationError, ("epochs", "-1"), (X, Y), {"epochs": -1}),
    "epochs fraction": (regression, ConfigurationError, ("epochs", "1.5"), (X, Y), {"epochs": 1.5}),
    "steps_per_epoch zero": (
        regression,
        ConfigurationError,
        ("steps_per_epoch", "0"),
        (X, Y),
        {"steps_per_epoch": 0},
    ),
    "validation_split above one": (
        regression,
        DataError,
        ("validation_split", "1.5"),
        (X, Y),
        {"validation_split": 1.5},
    ),
    "validation_split negative": (
        regression,
        DataError,
        ("validation_split", "-0.5"),
        (X, Y),
        {"validation_split": -0.5},
    ),
    "validation_split leaves nothing": (
        regression,
        DataError,
        ("validation_split", "0.9", "0 to train on"),
        (X[:2], Y[:2]),
        {"validation_split": 0.9},
    ),
    "validation data of another width": (
        regression,
        ShapeError,
        ("input", "features=3", "features=4"),
        (X, Y),
        {"validation_data": (numbers(4, 4), Y[:4])},
    ),
    "validation data of different lengths": (
        regression,
        DataError,
        ("validation x has 4", "validation y has 3"),
        (X, Y),
        {"validation_data": (X[:4], Y[:3])},
    ),
    "validation labels out of range": (
        classifier,
        DataError,
        ("class number 7", "0 to 2"),
        (X, KINDS),
        {"validation_data": (X[:2], np.array([0, 7]))},
    ),
    "class_weight lacks a class": (
        classifier,
        DataError,
        ("class_weight", "class 2", "y"),
        (X, np.arange(12) % 3),
        {"class_weight": {0: 1.0, 1: 1.0}},
    ),
    "no callback": (
        regression,
        ConfigurationError,
        ("callbacks", "3", "int"),
        (X, Y),
        {"callbacks": [3]},
    ),
    "unknown argument of fit": (
        regression,
        ConfigurationError,
        ("nb_epoch",),
        (X, Y),
        {"nb_epoch": 3},
    ),
    "unknown nan option": (
        regression,
        ConfigurationError,
        ("nan", "'stop'", "'raise'", "'rollback'"),
        (X, Y),
        {"nan": "stop"},
    ),
}


def compiled(model: Model) -> Model:
    model.compile("sgd", "mse")
    return model
