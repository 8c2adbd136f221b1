"""What a preprocessing function must hold."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np

from kcore.testing.check import expect, fail
from kcore.testing.preprocessors.subject import PreprocessorSubject


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if object in (a.dtype, b.dtype):
            return a.shape == b.shape and all(map(_same, a.ravel(), b.ravel()))
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return bool(a is b or a == b)


def calls_repeat(subject: PreprocessorSubject) -> None:
    """Two calls with the same arguments give the same."""
    expect(
        _same(subject.run(), subject.run()),
        f"{subject.name}: the second call with the same arguments gives something else. Take a "
        "seed for what is drawn at random.",
    )


def arguments_stay(subject: PreprocessorSubject) -> None:
    """What it is given is the same after the call."""
    arguments = copy.deepcopy(subject.arguments)
    subject.function(*arguments, **copy.deepcopy(subject.options))
    for place, (found, before) in enumerate(zip(arguments, subject.arguments, strict=True)):
        expect(
            _same(found, before),
            f"{subject.name} changes its argument {place}. Work on a copy.",
        )


def result_is_data(subject: PreprocessorSubject) -> None:
    """It gives arrays, numbers or words, or lists and dicts of them."""
    odd = sorted(_odd(subject.run()))
    expect(not odd, f"{subject.name} gives {odd}; expected arrays, numbers or words.")


def _odd(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {o for item in value.values() for o in _odd(item)}
    if isinstance(value, (list, tuple)):
        return {o for item in value for o in _odd(item)}
    plain = isinstance(value, (bool, int, float, str, np.ndarray, np.generic))
    return set() if plain else {type(value).__name__}


def result_is_finite(subject: PreprocessorSubject) -> None:
    """No NaN and no infinity comes out of finite data."""
    for array in _arrays(subject.run()):
        expect(
            bool(np.isfinite(array).all()),
            f"{subject.name} gives {int((~np.isfinite(array)).sum())} values that are not finite. "
            "Guard divisions and logarithms.",
        )


def _arrays(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in _arrays(item)]
    array = np.asarray(value)
    return [array] if array.dtype.kind in "fc" else []


def numpys_generator_stays(subject: PreprocessorSubject) -> None:
    """It draws nothing from numpy's global generator, which belongs to the user."""
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    subject.run()
    expect(
        np.random.random() == expected,
        f"{subject.name} draws from numpy's global generator. Use np.random.default_rng(seed).",
    )


def threads_agree(subject: PreprocessorSubject) -> None:
    """Four threads that call it at once get what one gets."""
    expected = subject.run()
    found: list[Any] = [None] * 4

    def work(place: int) -> None:
        try:
            found[place] = subject.run()
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found:
        expect(
            _same(result, expected),
            f"{subject.name}, called by four threads, gives {result!r}. Keep nothing of a call.",
        )


def worker_processes_can_have_it(subject: PreprocessorSubject) -> None:
    """It can be pickled, so that the processes of a data loader can have it."""
    try:
        again = pickle.loads(pickle.dumps(subject.function))
    except Exception as error:
        fail(
            f"{subject.name} cannot be pickled: {type(error).__name__}: {error}. Define it at the "
            "top of a module, without lambda functions inside."
        )
    result = again(*copy.deepcopy(subject.arguments), **copy.deepcopy(subject.options))
    expect(
        _same(result, subject.run()),
        f"{subject.name}, pickled and unpickled, gives something else.",
    )


def wrong_data_is_refused(subject: PreprocessorSubject) -> None:
    """Something that is no data is a TypeError or ValueError with a message."""
    try:
        subject.function(object(), *copy.deepcopy(subject.arguments[1:]), **subject.options)
    except (TypeError, ValueError) as error:
        expect(bool(str(error)), f"{subject.name}: the error for wrong data says nothing.")
        return
    except Exception as error:
        fail(
            f"{subject.name}: an object that is no data raised {type(error).__name__}: {error}. "
            "Check the data and raise TypeError or ValueError."
        )
    fail(f"{subject.name} took an object that is no data without an error.")


def arguments_are_explained(subject: PreprocessorSubject) -> None:
    """The docstring names every argument."""
    text = inspect.getdoc(subject.function) or ""
    try:
        parameters = inspect.signature(subject.function).parameters.values()
    except ValueError:
        subject.need(False, "written in C")
        return
    catch_all = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    silent = [p.name for p in parameters if p.kind not in catch_all and p.name not in text]
    expect(
        bool(text) and not silent,
        f"The docstring of {subject.name} does not explain {silent or 'anything'}.",
    )


def imports_without_tensorflow(subject: PreprocessorSubject) -> None:
    """Its module can be imported without TensorFlow, as worker processes do."""
    module = getattr(subject.function, "__module__", None) or type(subject.function).__module__
    subject.need(module not in ("__main__", "builtins"), "not in a module")
    code = (
        "import sys, importlib\nsys.path[:] = " + repr(sys.path) + "\n"
        f"importlib.import_module({module!r})\nsys.exit('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode and "ModuleNotFoundError" in done.stderr and module in done.stderr:
        subject.need(False, "its module is not on the path")
    expect(
        done.returncode == 0,
        f"Importing {module} imports TensorFlow, or fails: {done.stderr[-300:]}. Let what "
        "preprocesses on the CPU use numpy.",
    )
