"""The table of golden files: every layer, loss and optimizer; whole models are in golden_models."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kcore import Input, Model, Sequential, losses, optimizers, tree
from kcore.plugins.builtin import ROWS as CORE_ROWS
from kcore.testing.layers.subject import LayerSubject
from klayers import Dense
from klayers.plugin import ROWS as LAYER_ROWS

# the tables of the conformance tests, which have cases of every layer
_TABLES = Path(__file__).parent.parent / "klayers" / "cases"
# a file has so many of them: the most telling stand first, and files stay small
_CASES_A_LAYER = 2


def classes(kind: str) -> set[str]:
    """The names of all classes of a kind that kcore and klayers provide."""
    rows = (*CORE_ROWS, *LAYER_ROWS)
    return {target.split(":")[1] for row_kind, _, target in rows if row_kind == kind}


# Layers


def layers() -> dict[str, list[tuple[Any, ...]]]:
    """Cases by the name of the layer's class."""
    if str(_TABLES) not in sys.path:
        sys.path.insert(0, str(_TABLES))
    found: dict[str, list[tuple[Any, ...]]] = {}
    for file in sorted(_TABLES.glob("*.py")):
        for case in importlib.import_module(file.stem).CASES:
            found.setdefault(type(_layer(case)).__name__, []).append(case)
    return {name: cases[:_CASES_A_LAYER] for name, cases in found.items()}


def _layer(case: tuple[Any, ...]) -> Any:
    """A layer of a case, without the wrapper for layers with several arguments."""
    made = case[1]()
    return made.layer if type(made).__name__ == "OfList" else made


def layer_model(cases: list[tuple[Any, ...]]) -> tuple[Any, list[Any]]:
    """A model in which the layers of some cases stand side by side, and inputs for it."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    data: list[Any] = []
    for number, (_, make, shape, dtype, *others) in enumerate(cases):
        call = (others[0] if others else None) or {}
        subject = LayerSubject(make, shape, dtype, 9, call)
        symbols = subject.symbols()
        inputs += tree.flatten(symbols)
        data += [_short(values) for values in tree.flatten(subject.data(2, number))]
        layer = _layer(cases[number])
        if type(make()) is type(layer):
            outputs += tree.flatten(layer(symbols, **call))
        else:
            several = symbols if isinstance(symbols, list) else [symbols, symbols]
            outputs += tree.flatten(layer(*several, **call))
    model = Model(inputs, outputs)
    shift(model)
    return model, data


def _short(values: Any) -> Any:
    """Numbers of few bits, which take little room in a file."""
    return np.round(8 * values) / 8 if values.dtype.kind == "f" else values


def shift(model: Any) -> None:
    """Moves all numbers among the weights up, each by another amount: none stays at its first.

    Up, because variances are among them.
    """
    numbers = np.random.default_rng(0)
    for weight in model.weights:
        value = weight.numpy()
        if value.dtype.kind == "f":
            weight.assign(value + numbers.uniform(0, 0.2, value.shape).astype(value.dtype))


# Losses: targets, predictions, and the losses by class

_rng = np.random.default_rng(7)
_SHARES = _rng.dirichlet((1.0, 1.0, 1.0), 4).astype("float32")
_NUMBERS = _rng.uniform(0.1, 0.9, (2, 4, 3)).astype("float32")
_ONE_OF = np.eye(3, dtype="float32")[[0, 2, 1, 2]]
_BINARY = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1], [1, 1, 0]], "float32")
_CLASSES = np.array([0, 2, 1, 2])
_POINTS = _rng.normal(size=(6, 4)).astype("float32")
_UNIT_POINTS = _POINTS / np.linalg.norm(_POINTS, axis=1, keepdims=True)
_LABELS = np.array([0, 0, 1, 1, 2, 2])

_ON_NUMBERS = (_NUMBERS[0], _NUMBERS[1])
_ON_SIGNS = (2 * _BINARY - 1, 3 * _NUMBERS[0] - 1)
_ON_BINARY = (_BINARY, _NUMBERS[0])
_ON_SHARES = (_ONE_OF, _SHARES)
_ON_CLASSES = (_CLASSES, _SHARES)
_ON_POINTS = (_LABELS, _UNIT_POINTS)
_ON_STEPS = (np.array([[1, 2, 0], [3, 3, 1]]), _rng.normal(size=(2, 8, 5)).astype("float32"))

# targets and predictions, and arguments of a second loss besides the one with all defaults
_LOSSES: dict[str, tuple[tuple[Any, Any], dict[str, Any]]] = {
    "BinaryCrossentropy": (_ON_BINARY, {"from_logits": True, "label_smoothing": 0.1}),
    "BinaryFocalCrossentropy": (_ON_BINARY, {"apply_class_balancing": True, "gamma": 1.5}),
    "CTC": (_ON_STEPS, {}),
    "CategoricalCrossentropy": (_ON_SHARES, {"label_smoothing": 0.2}),
    "CategoricalFocalCrossentropy": (_ON_SHARES, {"alpha": 0.4, "gamma": 1.0}),
    "CategoricalGeneralizedCrossEntropy": (_ON_CLASSES, {"q": 0.7}),
    "CategoricalHinge": (_ON_SHARES, {}),
    "Circle": (_ON_POINTS, {"gamma": 20.0, "margin": 0.3, "remove_diagonal": False}),
    "ContrastiveLoss": ((_BINARY[:, 0], _NUMBERS[0][:, 0]), {"margin": 0.5}),
    "CosineSimilarity": (_ON_NUMBERS, {"axis": 0}),
    "Dice": (_ON_BINARY, {"axis": (1,)}),
    "Hinge": (_ON_SIGNS, {}),
    "Huber": (_ON_NUMBERS, {"delta": 0.2}),
    "KLDivergence": (_ON_SHARES, {}),
    "LogCosh": (_ON_NUMBERS, {}),
    "MeanAbsoluteError": (_ON_NUMBERS, {}),
    "MeanAbsolutePercentageError": (_ON_NUMBERS, {}),
    "MeanSquaredError": (_ON_NUMBERS, {}),
    "MeanSquaredLogarithmicError": (_ON_NUMBERS, {}),
    "Poisson": (_ON_NUMBERS, {}),
    "SparseCategoricalCrossentropy": (_ON_CLASSES, {"from_logits": True, "ignore_class": 2}),
    "SquaredHinge": (_ON_SIGNS, {}),
    "TripletHardLoss": (_ON_POINTS, {"soft": True, "distance_metric": "angular"}),
    "TripletSemiHardLoss": (_ON_POINTS, {"margin": 0.5, "distance_metric": "squared-L2"}),
    "Tversky": (_ON_BINARY, {"alpha": 0.3, "beta": 0.7}),
}


def loss_names() -> set[str]:
    """The classes of losses that have a golden file."""
    return set(_LOSSES)


def loss_case(name: str) -> tuple[list[Any], Any, Any]:
    """Losses of a class, targets, and predictions."""
    (y_true, y_pred), arguments = _LOSSES[name]
    cls = getattr(losses, name)
    return [cls(), cls(reduction="sum", name="second", **arguments)], y_true, y_pred


# Optimizers

_SCHEDULE = optimizers.schedules.ExponentialDecay(0.05, 3, 0.5)

OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "Adadelta": lambda: optimizers.Adadelta(0.5),
    "Adafactor": lambda: optimizers.Adafactor(0.02),
    "Adagrad": lambda: optimizers.Adagrad(0.05),
    "Adam": lambda: optimizers.Adam(_SCHEDULE, amsgrad=True, clipnorm=0.5),
    "AdamW": lambda: optimizers.AdamW(0.02, weight_decay=0.01, use_ema=True),
    "Adamax": lambda: optimizers.Adamax(0.02),
    "Ftrl": lambda: optimizers.Ftrl(0.05, l1_regularization_strength=0.001),
    "Lamb": lambda: optimizers.Lamb(0.02),
    "Lion": lambda: optimizers.Lion(0.005),
    "LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.05, momentum=0.9)),
    "Muon": lambda: optimizers.Muon(0.02),
    "Nadam": lambda: optimizers.Nadam(0.02),
    "RMSprop": lambda: optimizers.RMSprop(0.02, momentum=0.5, centered=True),
    "SGD": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
}

# an InputLayer is in the file of every layer; TFOptimizer wraps an object of somebody else's, which
# no file can hold
WITHOUT_FILE = {"InputLayer", "TFOptimizer"}


def optimizer_model(name: str) -> Any:
    """A small model that the optimizer is to train."""
    model = Sequential([Input((4,)), Dense(2, "tanh")], name="trained")
    model.compile(OPTIMIZERS[name](), loss="mse")
    return model


def batches(count: int, seed: int) -> tuple[Any, Any]:
    """Inputs (count, 8, 4) and targets (count, 8, 2)."""
    numbers = np.random.default_rng(seed)
    x, y = numbers.normal(size=(count, 8, 4)), numbers.normal(size=(count, 8, 2))
    return x.astype("float32"), y.astype("float32")
