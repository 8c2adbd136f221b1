"""What a callback must hold."""

from __future__ import annotations

import gc
import inspect
import weakref
from typing import Any

import numpy as np

from kcore.callbacks import Callback
from kcore.callbacks.base import CallbackList
from kcore.testing.callbacks.subject import CallbackSubject
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_equal
from kcore.testing.subject import expect_explained


def _hooks() -> dict[str, Any]:
    return {name: method for name, method in vars(Callback).items() if name.startswith("on_")} | {
        "on_batch_begin": Callback.on_train_batch_begin,
        "on_batch_end": Callback.on_train_batch_end,
    }


def hooks_exist(subject: CallbackSubject) -> None:
    """Each method whose name begins with on_ is a hook that training calls."""
    own = [n for n in dir(type(subject.make())) if n.startswith("on_")]
    wrong = sorted(set(own) - set(_hooks()))
    expect(
        not wrong,
        f"{subject.name} has {wrong}, which nothing calls. Hooks are {', '.join(_hooks())}.",
    )


def hooks_take_their_arguments(subject: CallbackSubject) -> None:
    """Each hook can be called with the arguments that training gives it."""
    callback = subject.make()
    for name, base in _hooks().items():
        method = getattr(callback, name, None)
        if method is None:
            continue
        count = len(inspect.signature(base).parameters) - 1
        try:
            inspect.signature(method).bind(*range(count))
        except TypeError as error:
            fail(
                f"{subject.name}.{name} is called with {count} arguments, as "
                f"Callback.{name}{inspect.signature(base)}; received: {error}."
            )


def callback_lists_take_it(subject: CallbackSubject) -> None:
    """`fit` accepts it, and tells it the model and the parameters."""
    callback, model = subject.make(), subject.model()
    params = {"epochs": 2, "steps": 2, "verbose": 0}
    CallbackList([callback], model, params)
    expect(
        callback.model is model and callback.params == params,
        f"{subject.name}: after set_model and set_params, model is {callback.model!r} and params "
        f"{callback.params!r}. Call super() where you override them.",
    )


def runs_in_fit(subject: CallbackSubject) -> None:
    """Training with validation runs through."""
    history = subject.fit(subject.model(eager=False), subject.make())
    expect("loss" in history.history, f"{subject.name}: fit gave no loss.")


def runs_without_validation(subject: CallbackSubject) -> None:
    """Training without validation runs through: there are no logs that begin with val_."""
    subject.fit(subject.model(), subject.make(), validation_data=None)


def runs_in_evaluate_and_predict(subject: CallbackSubject) -> None:
    """It can be given to evaluate and predict, and changes nothing of what they give."""
    model, (x, y) = subject.model(), subject.data()
    expected = model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)
    found = (
        model.evaluate(x, y, verbose=0, callbacks=[subject.make()]),
        model.predict(x, verbose=0, callbacks=[subject.make()]),
    )
    expect_equal(
        [np.asarray(found[0]), found[1]],
        [np.asarray(expected[0]), expected[1]],
        f"{subject.name}: results of evaluate and predict with it",
        "Change neither the model nor the logs in on_test_ and on_predict_ hooks.",
    )


def runs_twice(subject: CallbackSubject) -> None:
    """The same object serves a second training."""
    callback = subject.make()
    subject.fit(subject.model(), callback)
    second = subject.fit(subject.model(), callback)
    expect(
        len(second.epoch) > 0,
        f"{subject.name}: the second training with the same object did no epoch. Set the state "
        "back in on_train_begin.",
    )


def logs_of_others_stay(subject: CallbackSubject) -> None:
    """Entries of the logs that it did not write are the same with it as without."""
    plain = subject.fit(subject.model(), Callback(), epochs=1).history
    found = subject.fit(subject.model(), subject.make(), epochs=1).history
    wrong = sorted(key for key, value in plain.items() if not _near(found.get(key), value))
    expect(
        not wrong,
        f"{subject.name} changes or removes the logs {wrong}. Add entries under names of your own.",
    )


def _near(found: Any, expected: Any) -> bool:
    return found is not None and bool(np.allclose(found, expected, rtol=1e-5))


def random_numbers_stay(subject: CallbackSubject) -> None:
    """It draws nothing from numpy's global generator, which belongs to the user."""
    np.random.seed(3)
    subject.fit(subject.model(), Callback())
    expected = np.random.random()
    np.random.seed(3)
    subject.fit(subject.model(), subject.make())
    expect(
        np.random.random() == expected,
        f"{subject.name} draws from numpy's global generator. Use np.random.default_rng(seed).",
    )


def state_goes_on(subject: CallbackSubject) -> None:
    """What state_dict gives is taken back by another object, which then gives the same."""
    callback = subject.make()
    subject.fit(subject.model(), callback)
    state = callback.state_dict()
    expect(isinstance(state, dict), f"{subject.name}.state_dict gave a {type(state).__name__}.")
    twin = subject.make()
    twin.load_state_dict(state)
    again = twin.state_dict()
    expect(
        _same(again, state),
        f"{subject.name}: state_dict after load_state_dict is {again!r}; expected {state!r}.",
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(np.array_equal(np.asarray(a), np.asarray(b)))
    return bool(a == b or (a != a and b != b))


def state_is_plain(subject: CallbackSubject) -> None:
    """state_dict holds numbers, words, arrays, and lists and dicts of them: no code."""
    callback = subject.make()
    subject.fit(subject.model(), callback)
    odd = sorted(_odd(callback.state_dict()))
    expect(
        not odd,
        f"{subject.name}.state_dict holds {odd}. Give numbers, strings, arrays, lists, dicts.",
    )


def _odd(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {o for pair in value.items() for part in pair for o in _odd(part)}
    if isinstance(value, (list, tuple)):
        return {o for part in value for o in _odd(part)}
    plain = value is None or isinstance(value, (bool, int, float, str, np.ndarray, np.generic))
    return set() if plain else {type(value).__name__}


def model_is_not_held(subject: CallbackSubject) -> None:
    """After training a callback does not keep the model in memory."""
    callback, model = subject.make(), subject.model()
    subject.fit(model, callback)
    watch = weakref.ref(model)
    del model
    gc.collect()
    expect(
        watch() is None,
        f"{subject.name} keeps the model after training. Use self.model, which is a weak "
        "reference, and let go of everything else in on_train_end.",
    )


def arguments_are_explained(subject: CallbackSubject) -> None:
    """The docstring of the class, or of that with its constructor, names each argument."""
    expect_explained(type(subject.make()), subject)
