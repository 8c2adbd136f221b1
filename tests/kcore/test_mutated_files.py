"""Whole models whose texts are changed at every place: refused in words, or the same model."""

from __future__ import annotations

import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from mutants import mutants
from small_layers import Join, Linear, Noise, numbers, two_by_two

from kcore import Input, Model, Sequential
from kcore.errors import DataError, KcoreError, ShapeError
from kcore.models import load_model, model_from_json

CUSTOM = {"Linear": Linear, "Join": Join, "Noise": Noise}
# Python's own words for data of a wrong form
RAW = re.compile(
    r"object is not|has no attribute '[a-z]|indices must be|unhashable|not supported between"
    r"|invalid literal|cannot unpack|values to unpack|NoneType|not subscriptable|__init__\(\)"
    r"|bad operand|argument after|object argument|do not have the form expected|is damaged \("
)
PLACE = re.compile(
    r"attribute [a-z_]+|(config|metadata|kcore)\.json|: /[a-z_]+(/|:| )|model\.weights\.h5"
    r"|layers\[[0-9]\]|(in|out)put_layers: |layers: |[Ll]ayer '|class_name|keras_version: "
    r"|component of kind"
    r"|\bModel: [a-z]+ must be "  # an argument of the model itself
)
# what another value of asks for another model, and a whole one
MEANING = ("activation", "batch_input_shape", "batch_shape", "input_layers", "output_layers")


def _sequential() -> Model:
    layers = [Linear(4, "tanh", "l2", name="first"), Noise(name="noise"), Linear(2, name="last")]
    model = Sequential([Input((3,)), *layers])
    model.compile("adam", loss="mse", metrics=["mae"])
    model.train_on_batch(numbers(4, 3), numbers(4, 2))
    return model


def _nested() -> Model:
    inner_in = Input((3,), name="inner_in")
    inner = Model(inner_in, Linear(3, "relu", name="inside")(inner_in), name="inner")
    start = Input((3,), name="start")
    block = Sequential([Input((3,)), Linear(3, name="in_block")], name="block")
    both = Join(name="both")([block(inner(start)), inner(start)])
    model = Model(start, Linear(2, name="out")(both * 2.0), name="outer")
    model.compile("sgd", loss="mse")
    return model


MODELS: dict[str, tuple[Callable[[], Model], Any]] = {
    "sequential": (_sequential, numbers(2, 3)),
    "two inputs": (two_by_two, [numbers(2, 2), numbers(2, 3)]),
    "nested": (_nested, numbers(2, 3)),
}
TEXTS = {
    "keras": ("config.json", "metadata.json", "kcore.json"),
    "h5": ("model_config", "training_config", "kcore_manifest"),
}
OURS = ("kcore.json", "kcore_manifest", "kcore_checksums")


def _read(path: Path, name: str) -> str:
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            return archive.read(name).decode()
    with h5py.File(path) as file:
        return str(file.attrs[name])


def _changed(whole: Path, name: str, text: str) -> Path:
    """The file with another text, and nothing that would say that it is another."""
    path = whole.with_stem("changed")
    if whole.suffix == ".keras":
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
            for member in old.namelist():
                if member == name or member not in OURS:
                    new.writestr(member, text if member == name else old.read(member))
        return path
    shutil.copy(whole, path)
    with h5py.File(path, "r+") as file:
        for attribute in (name, *OURS):
            if attribute in file.attrs:
                del file.attrs[attribute]
        file.attrs[name] = text
    return path


def _problem(error: KcoreError, named: str) -> str | None:
    text = str(error)
    if named not in text:
        return f"the file is not named: {text}"
    if not PLACE.search(text.replace(f"{named}: ", "", 1)):
        return f"no place: {text}"
    # a layer of somebody else's may say what it likes
    found = None if "cannot be called with tensors" in text else RAW.search(text)
    if found:
        return f"Python's words {found[0]!r}: {text}"
    return f"long: {text[:200]}" if len(text) > 4000 else None


@pytest.mark.parametrize("suffix", TEXTS)
@pytest.mark.parametrize("kind", MODELS)
def test_mutants_of_files(kind: str, suffix: str, tmp_path: Path) -> None:
    make, x = MODELS[kind]
    model = make()
    whole = tmp_path / f"whole.{suffix}"
    model.save(whole)
    expected = [np.asarray(y) for y in _outputs(model, x)]
    wrong, refused = [], 0
    for number, name in enumerate(TEXTS[suffix]):
        count = (90, 18, 18)[number]
        for label, data in mutants(json.loads(_read(whole, name)), count, number):
            path = _changed(whole, name, json.dumps(data))
            start = time.perf_counter()
            try:
                loaded = load_model(path, CUSTOM)
            except KcoreError as error:
                refused += 1
                problem = _problem(error, str(path))
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                problem = _difference(loaded, x, expected, label)
            if time.perf_counter() - start > 10:
                problem = "slow"
            if problem:
                wrong.append(f"{name} {label}: {problem[:400]}")
    assert not wrong, "\n".join(wrong)
    assert refused > 40


def _difference(loaded: Model, x: Any, expected: list[Any], label: str) -> str | None:
    """What is wrong with a model that was loaded; one for other inputs is no wrong one."""
    meant = set(label.split(".")) & set(MEANING)
    try:
        found = _outputs(loaded, x)
    except (DataError, ShapeError) as error:
        return None if meant else f"not callable: {error}"
    if not meant and not all(map(_equal, expected, found)):
        return "another model"
    return None


def _outputs(model: Model, x: Any) -> list[Any]:
    found = model(x)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _equal(one: Any, other: Any) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("kind", MODELS)
def test_mutants_of_json(kind: str) -> None:
    text = MODELS[kind][0]().to_json()
    wrong, refused = [], 0
    for label, data in mutants(json.loads(text), 90, 5):
        try:
            model_from_json(json.dumps(data), CUSTOM)
        except KcoreError as error:
            refused += 1
            if problem := _problem(error, "the JSON text"):
                wrong.append(f"{label}: {problem[:400]}")
        except Exception as error:
            wrong.append(f"{label}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)
    assert refused > 40
