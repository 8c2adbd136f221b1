"""Wrong input gives an error that says what, what was expected, what came and what to do.

Every error comes before the first step: the weights are what they were. The tests read the facts of
a message (names, shapes, numbers), not its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from bad_fits import FIT_CASES, KINDS, TEXT, TWO_X, TWO_Y, X, Y, with_nan
from small_layers import (
    Linear,
    classifier,
    fails_untouched,
    numbers,
    regression,
    two_by_two,
    unchanged,
    values,
)

from kcore import Input, Sequential, losses, metrics
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


@pytest.mark.parametrize("name", FIT_CASES)
def test_fit_refuses(name: str) -> None:
    make, error, facts, args, options = FIT_CASES[name]
    model = make()
    fails_untouched(model, error, facts, lambda: model.fit(*args, **{"verbose": 0, **options}))


@pytest.mark.parametrize(
    "name", ["wrong number of features", "text as input", "one input of two", "empty arrays"]
)
def test_evaluate_and_predict_refuse_the_same(name: str) -> None:
    make, error, facts, args, _ = FIT_CASES[name]
    model = make()
    fails_untouched(model, error, facts, lambda: model.evaluate(*args, verbose=0))
    fails_untouched(model, error, facts, lambda: model.predict(args[0]))


def test_train_on_batch_refuses_weights_without_targets() -> None:
    model = regression()
    fails_untouched(
        model,
        DataError,
        ("sample_weight", "y"),
        lambda: model.train_on_batch(X, sample_weight=np.ones(12)),
    )


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_forgotten_compile_is_named(call: str) -> None:
    model = Sequential([Input((3,)), Linear(1)], name="raw")
    fails_untouched(
        model, NotCompiledError, ("compile", "raw", call), lambda: getattr(model, call)(X, Y)
    )


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
        (
            lambda: regression(optimizer={"class_name": "SGD", "config": {"speed": 1}}),
            ("SGD", "speed"),
        ),
    ):
        with pytest.raises(ConfigurationError) as caught:
            run()
        for fact in facts:
            assert fact in str(caught.value)


SHAPES = [
    ((6,), (6, 2)),
    ((6, 1), (6, 2)),
    ((6, 2), (6,)),
    ((6,), (5,)),
    ((1, 6), (6, 1)),
    ((6, 1, 1), (6, 6)),
]
SAME_SHAPE_LOSSES = """MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError Huber
LogCosh Hinge MeanSquaredLogarithmicError SquaredHinge CategoricalHinge
CosineSimilarity Poisson KLDivergence BinaryCrossentropy
CategoricalCrossentropy""".split()
SAME_SHAPE_METRICS = """MeanSquaredError RootMeanSquaredError MeanAbsoluteError Accuracy
BinaryAccuracy BinaryCrossentropy""".split()


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
    for target, prediction in (
        (flat, column),
        (flat[:, None], column),
        (flat[:, None], column[:, 0]),
    ):
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
            model,
            DataError,
            (name, "generator"),
            lambda o=options: model.fit(raising(), verbose=0, **o),
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
        fails_untouched(
            model, ShapeError, facts, lambda bad=bad: model.set_weights([w + 1 for w in bad])
        )


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


@pytest.mark.parametrize("batch_size", [0, -1])
def test_predict_refuses_a_batch_size_below_one_on_its_short_way_too(batch_size: int) -> None:
    model = regression()
    model.predict(X)
    with pytest.raises(DataError, match="batch_size"):
        model.predict(X, batch_size=batch_size)
