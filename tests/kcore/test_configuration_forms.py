"""A configuration of another form is refused in words, before anything is made of it."""

from __future__ import annotations

import copy
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_layers import Join, Linear, Noise, numbers

from kcore import Input, Model, Sequential, components, ops, shapes
from kcore.errors import (
    ConfigurationError,
    KcoreError,
    LoadError,
    MissingPackageError,
    SaveError,
    ShapeError,
    shown,
)
from kcore.models import load_model, model_from_json
from kcore.saving import forms
from kcore.saving.reading import at, naming
from kcore.utils.custom_objects import CustomObjectScope

CUSTOM = {"Linear": Linear, "Join": Join, "Noise": Noise}
# what Python says of data of a wrong form, and nobody else should
RAW = (
    *("object is not", "object has no attribute", "indices must be", "unhashable", "unpack"),
    *("unexpected keyword", "required positional", "multiple values", "Error: "),
)


def _keras3() -> Any:
    left, right = Input((2,), name="left"), Input((3,), name="right")
    both = Join(name="both")([left, right])
    out = Linear(4, "tanh", name="out")(Noise(name="noise")(both, training=False))
    return json.loads(Model([left, right], out, name="model").to_json())


def _keras2() -> Any:
    """The same model as Keras 2 writes it."""
    data = _keras3()
    data["keras_version"] = "2.2.4"
    for entry in data["config"]["layers"]:
        calls = []
        for call in entry["inbound_nodes"]:
            given = call["args"][0]
            tensors = given if isinstance(given, list) else [given]
            places = [t["config"]["keras_history"] for t in tensors]
            calls.append([[*place, dict(call["kwargs"])] for place in places])
        entry["inbound_nodes"] = calls
    return data


MAKERS = {"Keras 3": _keras3, "Keras 2": _keras2}
LAYERS = ("config", "layers")
CALL = (*LAYERS, 4, "inbound_nodes", 0)
HISTORY = ("args", 0, "config", "keras_history")
OUT = "layers[4] 'out'"
DELETE = "nothing at all"

# generation ("*": both), where, what comes in its place, facts of the error
FORMS: list[tuple[str, tuple[Any, ...], Any, tuple[str, ...]]] = [
    ("*", ("class_name",), 5, ("class_name", "name of a class", "5 (int)")),
    ("*", ("class_name",), DELETE, ("'class_name' and 'config'",)),
    ("*", ("config",), 2.5, ("config", "2.5 (float)")),
    ("*", LAYERS, {"a": 1}, ("layers", "a list", "(dict)")),
    ("*", LAYERS, DELETE, ("layers", "None")),
    ("*", (*LAYERS, 4), "Dense", ("layers[4]", "'class_name' and 'config'", "'Dense' (str)")),
    ("*", (*LAYERS, 4, "class_name"), ["Linear"], (OUT, "class_name", "(list)")),
    ("*", (*LAYERS, 4, "config"), 7, ("layers[4]", "config", "dict", "7 (int)")),
    ("*", (*LAYERS, 4, "name"), 7, (OUT, "name", "7 (int)")),
    ("*", (*LAYERS, 4, "name"), "noise", (OUT, "'noise'", "twice")),
    ("*", (*LAYERS, 4, "inbound_nodes"), 7, (OUT, "inbound_nodes", "a list", "7 (int)")),
    ("*", CALL, 7, (OUT, "inbound_nodes[0]", "name of a layer", "7 (int)")),
    ("*", CALL, [], (OUT, "inbound_nodes[0]", "at least one tensor")),
    ("*", CALL, {"args": 7, "kwargs": {}}, (OUT, "inbound_nodes[0]", "args", "7 (int)")),
    ("*", CALL, {"args": []}, (OUT, "inbound_nodes[0]", "kwargs", "None")),
    ("*", CALL, {"args": [1], "kwargs": {}}, (OUT, "inbound_nodes[0]", "a tensor")),
    ("Keras 3", (*CALL, *HISTORY), 7, (OUT, "inbound_nodes[0]", "__keras_tensor__", "7 (int)")),
    ("Keras 3", (*CALL, *HISTORY), ["noise", 0], (OUT, "inbound_nodes[0]", "['noise', 0]")),
    ("Keras 3", (*CALL, *HISTORY, 0), {"a": 1}, (OUT, "inbound_nodes[0]", "whole numbers")),
    ("Keras 3", (*CALL, *HISTORY, 0), "nose", (OUT, "'nose'", "Did you mean 'noise'")),
    ("Keras 3", (*CALL, *HISTORY, 1), "0", (OUT, "inbound_nodes[0]", "whole numbers")),
    ("Keras 3", (*CALL, *HISTORY, 1), 3, (OUT, "inbound_nodes[0]", "call 3", "'noise'")),
    ("Keras 3", (*CALL, *HISTORY, 2), -1, (OUT, "inbound_nodes[0]", "whole numbers")),
    ("Keras 3", (*CALL, *HISTORY, 2), 3, (OUT, "inbound_nodes[0]", "no output 3")),
    ("Keras 3", (*CALL, "args", 0, "config"), None, (OUT, "inbound_nodes[0]", "None")),
    ("Keras 3", (*CALL, "kwargs"), {"slow": 1}, (OUT, "inbound_nodes[0]", "'slow'", "inputs")),
    ("Keras 3", (*CALL, "args", 1), [2], (OUT, "inbound_nodes[0]", "positional", "inputs")),
    ("Keras 3", (*CALL, "kwargs"), {"inputs": 2}, (OUT, "'inputs'", "given twice")),
    ("Keras 3", (*CALL, "args", 0, "config", "shape"), "wide", (OUT, "shape", "'wide' (str)")),
    ("Keras 3", (*CALL, "args", 0, "config", "dtype"), 1.5, (OUT, "dtype", "1.5 (float)")),
    (
        "Keras 3",
        (*CALL, "kwargs"),
        {"mask": {"class_name": "__slice__", "config": [1]}},
        (OUT, "__slice__", "start, stop and step"),
    ),
    (
        "Keras 3",
        (*CALL, "kwargs"),
        {"mask": {"class_name": "__tuple__", "items": 1}},
        (OUT, "__tuple__", "items", "1 (int)"),
    ),
    ("Keras 3", (*CALL, "kwargs"), {"mask": "all"}, (OUT, "mask", "'all' (str)")),
    (
        "Keras 3",
        (*LAYERS, 3, "inbound_nodes", 0, "kwargs", "training"),
        2**100,
        ("'noise'", "training", "true, false or null"),
    ),
    ("Keras 2", (*CALL, 0), 7, (OUT, "inbound_nodes[0]", "name of a layer", "7 (int)")),
    ("Keras 2", (*CALL, 0, 1), 0.5, (OUT, "inbound_nodes[0]", "whole numbers", "0.5")),
    ("Keras 2", (*CALL, 0, 0), "nose", (OUT, "'nose'", "Did you mean 'noise'")),
    ("Keras 2", (*CALL, 0, 3), 7, (OUT, "inbound_nodes[0]", "named arguments", "7 (int)")),
    ("Keras 2", (*CALL, 0, 3, "slow"), 1, (OUT, "inbound_nodes[0]", "'slow'", "inputs")),
    ("Keras 2", (*CALL, 0, 3, "training"), "yes", (OUT, "training", "'yes' (str)")),
    ("Keras 2", ("keras_version",), "new", ("keras_version", "'3.0.0'", "'new' (str)")),
    ("Keras 2", ("keras_version",), ["2.2"], ("keras_version", "'3.0.0'", "(list)")),
    ("*", ("config", "input_layers"), DELETE, ("input_layers", "None")),
    ("*", ("config", "input_layers"), {}, ("input_layers", "at least one tensor")),
    ("*", ("config", "input_layers", 0), 7, ("input_layers", "name of a layer", "7 (int)")),
    ("*", ("config", "input_layers"), [["left", 0, 0], ["noise", 0, 0]], ("'noise'", "Noise")),
    ("*", ("config", "output_layers"), [["out", 0, 0], []], ("output_layers", "[] (list)")),
    ("*", ("config", "output_layers"), {"a": {}}, ("output_layers", "{} (dict)")),
    (
        "*",
        (*LAYERS, 4, "config", "name"),
        "others",
        ("layers[4]", "config: name", "'out'", "'others'"),
    ),
    ("*", ("config", "output_layers"), ["nose", 0, 0], ("output_layers", "'nose'", "'noise'")),
    ("*", ("config", "output_layers"), ["out", 7, 0], ("output_layers", "1 call", "call 7")),
    ("*", ("config", "output_layers"), ["out", 0, 7], ("output_layers", "no output 7")),
    ("*", (*LAYERS, 4, "config", "units"), DELETE, (OUT, "Linear", "'units'", "missing")),
    ("*", (*LAYERS, 4, "config", "units"), "abc", (OUT, "inbound_nodes[0]", "'kernel'", "'abc'")),
    ("*", (*LAYERS, 4, "config", "size"), 5, (OUT, "Linear", "'size'", "units")),
    ("*", (*LAYERS, 4, "config", "trainable"), 2, (OUT, "Linear", "trainable", "True or False")),
    ("*", (*LAYERS, 4, "config", "dtype"), {"config": 5}, (OUT, "dtype policy", "'name'")),
    (
        "*",
        (*LAYERS, 4, "config", "kernel_regularizer"),
        {"class_name": "L2", "config": {"l3": 1}},
        (OUT, "l2", "'l3'"),
    ),
    (
        "*",
        (*LAYERS, 0, "config", "batch_shape"),
        [None, 2**62],
        ("layers[0] 'left'", str(2**31 - 1)),
    ),
]


@pytest.mark.parametrize(
    ("generation", "where", "value", "facts"),
    [
        (generation, *form[1:])
        for form in FORMS
        for generation in MAKERS
        if form[0] in ("*", generation)
    ],
    ids=str,
)
def test_what_has_another_form(
    generation: str, where: tuple[Any, ...], value: Any, facts: tuple[str, ...]
) -> None:
    data = MAKERS[generation]()
    own = data
    for key in where[:-1]:
        own = own[key]
    if value == DELETE:
        del own[where[-1]]
    elif isinstance(own, list) and where[-1] == len(own):
        own.append(value)
    else:
        own[where[-1]] = value
    with pytest.raises(KcoreError) as caught:
        model_from_json(json.dumps(data), CUSTOM)
    message = str(caught.value)
    assert message.startswith("the JSON text: ")
    missing = [fact for fact in facts if fact not in message]
    assert not missing, f"{missing} not in: {message}"
    assert not [raw for raw in RAW if raw in message], message


@pytest.mark.parametrize("generation", MAKERS)
def test_what_has_the_form_is_loaded(generation: str) -> None:
    model = model_from_json(json.dumps(MAKERS[generation]()), CUSTOM)
    twin = model_from_json(json.dumps(MAKERS["Keras 3"]()), CUSTOM)
    twin.set_weights(model.get_weights())
    x = [numbers(5, 2), numbers(5, 3, seed=1)]
    assert np.array_equal(model.predict(x), twin.predict(x))


def test_an_input_without_a_name_has_that_of_its_entry() -> None:
    data = _keras3()
    del data["config"]["layers"][0]["config"]["name"]
    assert model_from_json(json.dumps(data), CUSTOM).input_names == ["left", "right"]


@pytest.mark.parametrize(
    ("config", "facts"),
    [
        ({"class_name": "Zeros", "config": {}}, ("'optimizer'", "(dict)")),
        ({"loss_weights": "half"}, ("loss_weights", "'half' (str)")),
        ({"loss_weights": [1.0, {"a": True}]}, ("loss_weights", "received True")),
        ({"loss": 5}, ("loss: ", "5 (int)")),
        ({"metrics": [["mae"], 0.5]}, ("metrics: ", "0.5 (float)")),
        ({"weighted_metrics": {"a": True}}, ("weighted_metrics: ", "received True")),
    ],
)
def test_what_compile_is_given(config: Any, facts: tuple[str, ...]) -> None:
    whole = config if "class_name" in config else {"optimizer": "sgd", **config}
    with pytest.raises(LoadError) as caught:
        forms.check_compiled(whole)
    assert [fact for fact in facts if fact not in str(caught.value)] == []


def test_arguments_of_compile_in_every_form_pass() -> None:
    loss = {"class_name": "MeanSquaredError", "config": {}}
    for given in (None, "mse", [loss, None], {"a": "mse", "b": [loss]}):
        forms.check_compiled({"optimizer": "sgd", "loss": given, "metrics": given})
    for given in (None, 2, 0.5, [1, None], {"a": 1.0, "b": [2]}):
        forms.check_compiled({"optimizer_config": None, "loss_weights": given})
    forms.check_compiled({"loss": "mse"})  # Keras compiles it with the optimizer of compile
    forms.check_compiled({})


@pytest.mark.parametrize(
    ("kind", "name", "config", "facts"),
    [
        ("optimizer", "Adam", {"epsilon": "tiny"}, ("Adam: epsilon", "a number", "'tiny' (str)")),
        ("optimizer", "Adam", {"epsilon": True}, ("Adam: epsilon", "a number or None")),
        ("optimizer", "Adam", {"name": 3}, ("Adam: name", "a text")),
        ("optimizer", "Adam", {"use_ema": "no"}, ("Adam: use_ema", "True or False", "'no'")),
        ("loss", "Huber", {"delta": [1]}, ("Huber: delta", "a number", "[1] (list)")),
        ("metric", "TopKCategoricalAccuracy", {"k": 1.5}, ("k must be a whole number", "1.5")),
        ("metric", "AUC", {"num_thresholds": 2**63}, ("AUC: num_thresholds", "1000000")),
        ("initializer", "GlorotUniform", {"seed": {"a": 1}}, ("seed", "{'a': 1}")),
        ("initializer", "GlorotUniform", {"seed": {"config": None}}, ("seed", "whole number")),
    ],
)
def test_arguments_of_our_classes_have_their_type(
    kind: str, name: str, config: Any, facts: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        components.from_data(kind, {"class_name": name, "config": config}, "here")
    assert [fact for fact in facts if fact not in str(caught.value)] == []


def test_numbers_of_numpy_are_numbers() -> None:
    config = {"learning_rate": np.float32(0.5), "epsilon": np.int64(1), "clipnorm": None}
    made = components.from_data("optimizer", {"class_name": "Adam", "config": config}, "here")
    assert made.epsilon == 1


def test_a_name_that_a_file_of_keras_leaves_open() -> None:
    config = {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5, "name": None}
    data = {"class_name": "ExponentialDecay", "config": config}
    rate = components.from_data("schedule", data, "here")(2)
    assert float(rate) == pytest.approx(0.05)


def test_calls_in_a_circle() -> None:
    data = _keras3()
    data["config"]["layers"][3]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = "out"
    with pytest.raises(LoadError) as caught:
        model_from_json(json.dumps(data), CUSTOM)
    for fact in ("layers[3] 'noise'", "inbound_nodes[0]", "'out'", "each other"):
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("config", "facts"),
    [
        ({"layers": "all"}, ("layers", "a list", "'all' (str)")),
        ({"layers": [], "build_input_shape": "wide"}, ("build_input_shape", "'wide' (str)")),
        ({"layers": [], "build_input_shape": [None, -2]}, ("build_input_shape", "-2")),
    ],
)
def test_a_list_of_layers(config: Any, facts: tuple[str, ...]) -> None:
    with pytest.raises(LoadError) as caught:
        model_from_json(json.dumps({"class_name": "Sequential", "config": config}))
    assert [fact for fact in facts if fact not in str(caught.value)] == []


def _chain(count: int, turned: bool) -> Any:
    layers, last = [], "in"
    for number in range(count):
        name = f"n{number}"
        config = {"class_name": "Noise", "name": name, "config": {"name": name}}
        layers.append({**config, "inbound_nodes": [[[last, 0, 0, {}]]]})
        last = name
    return _graph(layers[::-1] if turned else layers, [last, 0, 0])


def _called_often(count: int, turned: bool) -> Any:
    config = {"class_name": "Noise", "name": "n", "config": {"name": "n"}}
    calls = [[["in", 0, 0, {}]] for _ in range(count)]
    return _graph([{**config, "inbound_nodes": calls}], ["n", count - 1, 0])


def _graph(layers: list[Any], output: list[Any]) -> Any:
    first = {"class_name": "InputLayer", "name": "in", "inbound_nodes": []}
    first["config"] = {"name": "in", "batch_shape": [None, 2]}
    config = {"name": "m", "layers": [*layers, first], "input_layers": ["in", 0, 0]}
    return {"class_name": "Functional", "config": {**config, "output_layers": output}}


def _twice_in_each_other(depth: int, turned: bool) -> Any:
    model = _chain(1, False)
    for number in range(depth):
        name = f"m{number}"
        inner = {**copy.deepcopy(model), "name": name}
        inner["config"]["name"] = name
        inner["inbound_nodes"] = [[["in", 0, 0, {}]], [[name, 0, 0, {}]]]
        model = _graph([inner], [name, 1, 0])
    return model


@pytest.mark.parametrize(
    ("make", "count", "turned"),
    [
        (_chain, 2000, False),
        (_chain, 2000, True),
        (_called_often, 10_000, False),
        (_twice_in_each_other, 40, False),
    ],
)
def test_the_time_it_takes_is_that_of_the_text(
    make: Callable[[int, bool], Any], count: int, turned: bool
) -> None:
    text = json.dumps(make(count, turned))
    start = time.process_time()
    model = model_from_json(text, CUSTOM)
    assert time.process_time() - start < 10  # the square of the text takes minutes, or years
    assert model.output_shape == (None, 2)


def test_a_layer_is_called_with_arguments_that_it_takes() -> None:
    x = Input((3,))
    calls: dict[Callable[[], Any], tuple[str, ...]] = {
        lambda: Linear(2, name="a")(x, slow=True): ("'a'", "Linear", "'slow'", "inputs"),
        lambda: Linear(2, name="a")(x, 5): ("'a'", "Linear", "positional", "inputs"),
        lambda: ops.add(x, 1.0, slow=True): ("kcore.ops.add", "'slow'", "x1, x2"),
        lambda: ops.add(x): ("kcore.ops.add", "'x2'"),
    }
    for call, facts in calls.items():
        with pytest.raises(ConfigurationError) as caught:
            call()
        assert [fact for fact in facts if fact not in str(caught.value)] == []


@pytest.mark.parametrize("rank", [1, 2])
def test_no_axis_is_longer_than_kernels_count(rank: int) -> None:
    with pytest.raises(ShapeError, match=str(2**31 - 1)):
        Input((2**31,) * rank)
    assert Input((2**31 - 1,) * rank).shape[1] == 2**31 - 1
    with pytest.raises(ConfigurationError, match=str(2**31 - 1)):
        shapes.as_tuple(2**40, rank, "strides")


class TwoTextsError(LoadError):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")
        self.second = second


class OwnTextError(LoadError):
    def __str__(self) -> str:
        return "always this"


@pytest.mark.parametrize(
    ("error", "cls"),
    [
        (TwoTextsError("one", "two"), TwoTextsError),
        (OwnTextError("hidden"), LoadError),
        (MissingPackageError("mine is missing"), MissingPackageError),
        (SaveError("disk"), SaveError),
        (ConfigurationError("units"), ConfigurationError),
        (KeyError("layers"), LoadError),
        (TypeError("'int' object is not iterable"), LoadError),
        (OverflowError("too large"), LoadError),
        (RecursionError("deep"), LoadError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_place_is_put_in_front_of_any_error(error: Exception, cls: type[Exception]) -> None:
    said = str(error)
    with pytest.raises(KcoreError) as caught, at("layers[2]"), at("config"):
        raise error
    assert type(caught.value) is cls
    assert str(caught.value).startswith("layers[2]: config")
    assert said in str(caught.value)
    if isinstance(error, TwoTextsError):
        assert error.second == "two"


def test_a_file_is_named_once(tmp_path: Any) -> None:
    path = tmp_path / "x.h5"
    for text in ("damaged", f"{path}: damaged"):
        with pytest.raises(LoadError) as caught, naming(path):
            raise LoadError(text)
        assert str(caught.value) == f"{path}: damaged"


def test_long_values_are_cut_short() -> None:
    huge: Any = {"a": ["x" * 10_000] * 10_000}
    for _ in range(100):
        huge = {"b": [huge, huge]}
    assert len(shown(huge)) < 200
    with pytest.raises(KcoreError) as caught, at("place"):
        raise LoadError("x" * 10**6 + "the end")
    assert len(str(caught.value)) < 3000
    assert str(caught.value).endswith("the end")


@pytest.mark.parametrize("value", ["yes", 2, 0.0, [], {}])
def test_flags_of_saved_components_are_true_or_false(value: Any) -> None:
    def made(trainable: Any) -> Any:
        config = {"units": 2, "trainable": trainable}
        return components.from_data("layer", {"class_name": "Linear", "config": config}, "here")

    with CustomObjectScope(CUSTOM):
        assert made(True).trainable
        assert not made(0).trainable
        with pytest.raises(ConfigurationError) as caught:
            made(value)
    assert "Linear: trainable must be True or False" in str(caught.value)


class Scaled(components.Configurable):
    """Takes one number, and fails on others in Python's words."""

    def __init__(self, scale: float, axis: int | None = None, more: Any = None) -> None:
        self.scale = scale + 1 + len(more or "")


@pytest.mark.parametrize(
    ("config", "facts"),
    [
        ({"scale": 1.0, "rate": [2]}, ("no argument 'rate'", "[2] (list)", "scale, axis, more")),
        ({"axis": 1}, ("'scale' is missing",)),
        ({"scale": "abc"}, ("scale must be float", "'abc' (str)")),
        ({"scale": None}, ("scale must be float", "None")),
        ({"scale": 1, "axis": "x", "more": 7}, ("axis must be int or None", "'x' (str)")),
        ({"scale": 1, "more": 7}, ("TypeError", "scale=1 (int)", "more=7 (int)")),
    ],
)
def test_what_does_not_fit_a_class_is_named(config: Any, facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught, CustomObjectScope({"Scaled": Scaled}):
        components.from_data("layer", {"class_name": "Scaled", "config": config}, "here")
    message = str(caught.value)
    assert message.startswith("here: the configuration does not fit Scaled: ")
    assert [fact for fact in facts if fact not in message] == []


def test_an_operation_is_called() -> None:
    start = Input((2,), name="start")
    data = json.loads(Model(start, start * 2.0).to_json())
    data["config"]["layers"][1]["inbound_nodes"] = []
    with pytest.raises(LoadError) as caught:
        model_from_json(json.dumps(data))
    for fact in ("layers[1]", "inbound_nodes", "at least one call"):
        assert fact in str(caught.value)


@pytest.mark.parametrize("version", ["0.1.0", "2.21.0", "9", None, 3])
def test_a_version_that_never_wrote_such_archives(version: Any, tmp_path: Any) -> None:
    model = Sequential([Input((3,)), Linear(2, name="only")])
    model.compile("adam", loss="mse")
    whole, path = tmp_path / "whole.keras", tmp_path / "changed.keras"
    model.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name == "metadata.json":
                new.writestr(name, json.dumps({"keras_version": version}))
            elif name != "kcore.json":
                new.writestr(name, old.read(name))
    x = numbers(2, 3)
    if version in ("0.1.0", "2.21.0"):  # the weights say themselves that they are ours
        assert np.array_equal(load_model(path, CUSTOM).predict(x), model.predict(x))
        return
    with pytest.raises(LoadError) as caught:
        load_model(path, CUSTOM)
    for fact in (str(path), "metadata.json: keras_version", "'3.0.0'"):
        assert fact in str(caught.value)
