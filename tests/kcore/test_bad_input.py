"""Wrong input gives an error that says what, what was expected, what came and what to do.

Every error comes before the first step: the weights are what they were. The tests read the facts of
a message (names, shapes, numbers), not its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from small_layers import (
    Linear,
    classes,
    classifier,
    fails_untouched,
    numbers,
    regression,
    two_by_two,
    unchanged,
    values,
)

from kcore import Input, Model, Sequential, losses, metrics
from kcore.callbacks import Callback
from kcore.errors import (
    ComponentNotFoundError,
    ConfigurationError,
    DataError,
    KcoreError,
    NonFiniteError,
    NotCompiledError,
    ShapeError,
)

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
    "text as input": (regression, DataError, ("input", "float32", "<U5", "numbers"), (TEXT3, Y), {}),
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
    "one input of two": (two_by_two, DataError, ("twice", "2", "left", "right", "1"), (TWO_X["left"], TWO_Y), {}),
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
    "one target of two": (two_by_two, DataError, ("y", "1", "2", "number", "kind"), (TWO_X, KINDS), {}),
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
    "targets of another width": (regression, DataError, ("y", "(12, 2)", "(None, 1)"), (X, numbers(12, 2)), {}),
    "NaN in x": (regression, NonFiniteError, ("x", "nan", "sample 7", "nan='ignore'"), (with_nan(X, 7), Y), {}),
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
    "x and y of different lengths": (regression, DataError, ("x has 12", "y has 11"), (X, Y[:11]), {}),
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
    "batch_size negative": (regression, DataError, ("batch_size", "-1"), (X, Y), {"batch_size": -1}),
    "batch_size fraction": (regression, DataError, ("batch_size", "2.5"), (X, Y), {"batch_size": 2.5}),
    "batch_size text": (regression, DataError, ("batch_size", "'8'"), (X, Y), {"batch_size": "8"}),
    "batch_size a truth value": (regression, DataError, ("batch_size", "True"), (X, Y), {"batch_size": True}),
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
    "no callback": (regression, ConfigurationError, ("callbacks", "3", "int"), (X, Y), {"callbacks": [3]}),
    "unknown argument of fit": (regression, ConfigurationError, ("nb_epoch",), (X, Y), {"nb_epoch": 3}),
    "unknown nan option": (regression, ConfigurationError, ("nan", "'skip'"), (X, Y), {"nan": "skip"}),
}


def compiled(model: Model) -> Model:
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("name", FIT_CASES)
def test_fit_refuses(name: str) -> None:
    make, error, facts, args, options = FIT_CASES[name]
    model = make()
    fails_untouched(model, error, facts, lambda: model.fit(*args, **{"verbose": 0, **options}))


@pytest.mark.parametrize("name", ["wrong number of features", "text as input", "one input of two", "empty arrays"])
def test_evaluate_and_predict_refuse_the_same(name: str) -> None:
    make, error, facts, args, _ = FIT_CASES[name]
    model = make()
    fails_untouched(model, error, facts, lambda: model.evaluate(*args, verbose=0))
    fails_untouched(model, error, facts, lambda: model.predict(args[0]))


def test_train_on_batch_refuses_weights_without_targets() -> None:
    model = regression()
    fails_untouched(
        model, DataError, ("sample_weight", "y"), lambda: model.train_on_batch(X, sample_weight=np.ones(12))
    )


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_forgotten_compile_is_named(call: str) -> None:
    model = Sequential([Input((3,)), Linear(1)], name="raw")
    fails_untouched(model, NotCompiledError, ("compile", "raw", call), lambda: getattr(model, call)(X, Y))


@pytest.mark.parametrize(
    ("options", "facts"),
    [
        ({"optimizer": "adm"}, ("adm", "'adam'")),
        ({"loss": "mean_square_error"}, ("mean_square_error", "'mean_squared_error'")),
        ({"metrics": ["acuracy"]}, ("acuracy", "accuracy")),
        ({"loss": ["mse", "huberr"]}, ("huberr", "'huber'")),
    ],
)
def test_unknown_names_propose_the_nearest(options: dict[str, Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ComponentNotFoundError) as caught:
        two_by_two(**options)
    for fact in facts:
        assert fact in str(caught.value).lower()


def test_an_unknown_name_of_a_part_of_a_layer_is_refused() -> None:
    with pytest.raises(ComponentNotFoundError, match="'tanh'"):
        Linear(3, activation="tahn")


def test_a_third_positional_argument_of_compile_is_refused() -> None:
    model = regression()
    with pytest.raises(TypeError, match="metrics=") as caught:
        model.compile("sgd", "mse", ["mae"])
    assert "loss_weights" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "facts"),
    [
        ({"loss": {"number": "mse", "kidn": "mse"}}, ("loss", "'kidn'", "'kind'")),
        ({"loss": ["mse", "mse", "mse"]}, ("loss", "3", "2", "number", "kind")),
        ({"loss_weights": [1.0]}, ("loss_weights", "1", "2", "number")),
        ({"metrics": {"numbr": ["mae"]}}, ("metrics", "'numbr'", "'number'")),
        ({"metrics": ["mae", "mse", "mape"]}, ("metrics", "3", "number", "kind")),
    ],
)
def test_arguments_of_compile_that_do_not_fit_the_outputs(
    options: dict[str, Any], facts: tuple[str, ...]
) -> None:
    model = two_by_two(**options)
    fails_untouched(model, KcoreError, facts, lambda: model.fit(TWO_X, TWO_Y, verbose=0))


def test_unknown_arguments_of_compile_layers_and_optimizers_are_named() -> None:
    for run, facts in (
        (lambda: regression(los="mse"), ("los",)),
        (lambda: Linear(2, actvation="tanh"), ("Linear", "'actvation'", "activation")),
        (lambda: regression(optimizer={"class_name": "SGD", "config": {"speed": 1}}), ("SGD", "speed")),
    ):
        with pytest.raises(ConfigurationError) as caught:
            run()
        for fact in facts:
            assert fact in str(caught.value)


SHAPES = [((6,), (6, 2)), ((6, 1), (6, 2)), ((6, 2), (6,)), ((6,), (5,)), ((1, 6), (6, 1)), ((6, 1, 1), (6, 6))]
SAME_SHAPE_LOSSES = """MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError Huber LogCosh Hinge
MeanSquaredLogarithmicError SquaredHinge CategoricalHinge CosineSimilarity Poisson KLDivergence
BinaryCrossentropy CategoricalCrossentropy""".split()
SAME_SHAPE_METRICS = """MeanSquaredError RootMeanSquaredError MeanAbsoluteError Accuracy BinaryAccuracy
BinaryCrossentropy""".split()


@pytest.mark.parametrize("name", SAME_SHAPE_LOSSES)
def test_losses_never_broadcast(name: str) -> None:
    loss = getattr(losses, name)()
    for target, prediction in SHAPES:
        with pytest.raises(ShapeError) as caught:
            loss(np.ones(target, "float32"), np.ones(prediction, "float32"))
        assert str(target) in str(caught.value) or str(prediction) in str(caught.value)
        assert name in str(caught.value)


@pytest.mark.parametrize("name", SAME_SHAPE_METRICS)
def test_metrics_never_broadcast(name: str) -> None:
    for target, prediction in SHAPES:
        metric = getattr(metrics, name)()
        with pytest.raises(ShapeError):
            metric.update_state(np.ones(target, "float32"), np.ones(prediction, "float32"))
        assert float(metric.result()) == 0.0


def test_flat_and_column_targets_are_the_same() -> None:
    flat, column = numbers(6), numbers(6, 1, seed=1)
    expected = np.mean((flat - column[:, 0]) ** 2)
    for target, prediction in ((flat, column), (flat[:, None], column), (flat[:, None], column[:, 0])):
        assert float(losses.MeanSquaredError()(target, prediction)) == pytest.approx(expected)
        metric = metrics.MeanSquaredError()
        metric.update_state(target, prediction)
        assert float(metric.result()) == pytest.approx(expected)


def test_functions_as_losses_do_not_broadcast_flat_targets() -> None:
    def error(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred) ** 2

    model = regression(loss=error, metrics=[error])
    found = model.evaluate(X, Y[:, 0], verbose=0)
    expected = np.mean((model.predict(X) - Y) ** 2)
    assert found == pytest.approx([expected, expected], rel=1e-5)


def raising() -> Iterator[Any]:
    yield X[:4], Y[:4]
    raise ZeroDivisionError("from the generator")


def test_an_exception_of_a_generator_arrives_as_it_is() -> None:
    model = regression()
    with pytest.raises(ZeroDivisionError, match="from the generator"):
        model.fit(raising(), verbose=0)


@pytest.mark.parametrize(
    ("batch", "facts"),
    [
        ((X, Y, np.ones(12), 1), ("tuple of 4",)),
        ((X, Y[:5]), ("(12, 3)", "(5, 1)")),
        ((X[:0], Y[:0]), ("(0, 3)",)),
        ((numbers(4, 5), Y[:4]), ("features=3", "features=5")),
        ((X, TEXT), ("text",)),
        ((with_nan(X, 2), Y), ("x", "nan", "sample 2")),
        ("text", ("received",)),
        (None, ("x", "object")),
    ],
)
def test_a_bad_batch_of_a_generator_is_refused(batch: Any, facts: tuple[str, ...]) -> None:
    model = regression()
    fails_untouched(model, KcoreError, facts, lambda: model.fit(iter([batch]), verbose=0))


def test_a_bad_second_batch_of_a_generator_is_refused() -> None:
    model = classifier()
    batches = [(X, KINDS), (X, KINDS + 5)]
    with pytest.raises(DataError) as caught:
        model.fit(iter(batches), verbose=0)
    assert "class number" in str(caught.value)
    assert "0 to 2" in str(caught.value)


def test_generators_refuse_targets_and_batch_size_of_their_own() -> None:
    model = regression()
    for options in ({"y": Y}, {"batch_size": 4}, {"sample_weight": np.ones(12)}):
        name = next(iter(options))
        fails_untouched(
            model, DataError, (name, "generator"), lambda o=options: model.fit(raising(), verbose=0, **o)
        )


def test_an_empty_generator_is_refused() -> None:
    model = regression()
    fails_untouched(model, DataError, ("batch",), lambda: model.fit(iter([]), verbose=0))


def test_a_generator_that_ends_before_the_epochs_do_is_no_silent_epoch() -> None:
    model = regression()
    with pytest.raises((DataError, UserWarning)):
        model.fit(iter([(X, Y), (X, Y)]), epochs=2, verbose=0)


def test_nan_in_the_loss_stops_training() -> None:
    model = regression(optimizer={"class_name": "SGD", "config": {"learning_rate": 1e30}})
    with pytest.raises(NonFiniteError) as caught:
        model.fit(X, Y, epochs=20, verbose=0)
    assert "loss" in str(caught.value)
    assert "learning rate" in str(caught.value)


def test_nan_may_be_allowed() -> None:
    model = regression()
    history = model.fit(with_nan(X, 7), Y, epochs=1, verbose=0, nan="ignore")
    assert np.isnan(history.history["loss"][0])


def test_set_weights_changes_all_or_nothing() -> None:
    model = regression()
    good = values(model)
    for bad, facts in (
        (good[:-1], ("4", "3")),
        ([*good[:-1], np.ones(7)], ("bias", "(1,)", "(7,)")),
    ):
        fails_untouched(model, ShapeError, facts, lambda bad=bad: model.set_weights([w + 1 for w in bad]))


def test_an_exception_in_a_callback_arrives_and_ends_training() -> None:
    class Stops(Callback):
        ended = False

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise KeyError("mine")

        def on_train_end(self, logs: Any = None) -> None:
            type(self).ended = True

    with pytest.raises(KeyError, match="mine"):
        regression().fit(X, Y, verbose=0, callbacks=[Stops()])
    assert Stops.ended


def test_zero_epochs_change_nothing() -> None:
    model = regression()
    before = values(model)
    assert model.fit(X, Y, epochs=0, verbose=0).history == {}
    assert unchanged(model, before)
