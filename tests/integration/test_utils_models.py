"""Helpers around models: cloning, summaries, states, kernels, progress."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest

import kcore
import klayers
from kcore import models, ops, utils
from kcore.errors import ConfigurationError
from kcore.models import Input, Model, Sequential


def _nested() -> Model:
    x = Input((4,), name="features")
    inner = Sequential([klayers.Dense(3, name="deep", input_shape=(5,))], name="inner")
    hidden = ops.relu(klayers.Dense(5, name="first")(x))
    return Model(x, {"out": inner(hidden)}, name="outer")


def test_a_clone_has_the_same_graph_and_weights_of_its_own() -> None:
    model = _nested()
    copy = models.clone_model(model)
    data = np.ones((2, 4), "float32")
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    assert not {id(w) for w in copy.weights} & {id(w) for w in model.weights}
    copy.set_weights(model.get_weights())
    assert np.allclose(copy.predict(data)["out"], model.predict(data)["out"])


def test_a_clone_function_chooses_the_layers() -> None:
    seen: list[str] = []

    def shared(layer: Any) -> Any:
        seen.append(layer.name)
        return layer

    model = _nested()
    copy = models.clone_model(model, clone_function=shared)
    assert seen == ["first", "inner"]
    assert copy.weights[0] is model.weights[0]
    seen.clear()
    models.clone_model(model, clone_function=shared, recursive=True)
    assert seen == ["first", "deep"]


def test_a_clone_on_other_inputs_and_with_other_calls() -> None:
    calls: list[str] = []

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(layer.name)
        return layer(*args, **kwargs)

    other = Input((4,), batch_size=8)
    copy = models.clone_model(_nested(), other, call_function=call)
    assert copy.output_shape == {"out": (8, 3)}
    assert calls == ["first", "inner"]
    sequential = models.clone_model(Sequential([klayers.Dense(2)]), Input((3,)))
    assert sequential.output_shape == (None, 2)


class Own(Model):
    def call(self, inputs: Any) -> Any:
        return inputs


@pytest.mark.parametrize(
    ("model", "options", "facts"),
    [
        (Own(name="own"), {"clone_function": lambda layer: layer}, "'own' is a Own"),
        (Sequential(name="list"), {"call_function": print}, "call_function.*'list'"),
        (_nested(), {"clone_function": lambda layer: 3}, "'first' it gave 3"),
        (_nested(), {"input_tensors": np.zeros(3)}, r"1 symbolic tensor.*features"),
        (klayers.Dense(2), {}, "Dense"),
    ],
)
def test_clones_that_cannot_be(model: Any, options: Any, facts: str) -> None:
    with pytest.raises(ConfigurationError, match=facts):
        models.clone_model(model, **options)


def test_a_subclass_is_cloned_by_its_config() -> None:
    assert type(models.clone_model(Own(name="own"))) is Own


def _lines(model: Model, **options: Any) -> list[str]:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return lines


def test_a_summary_lists_what_it_is_asked_for() -> None:
    model = _nested()
    model.get_layer("first").trainable = False
    text = "\n".join(_lines(model, expand_nested=True, show_trainable=True))
    assert "  deep (Dense)" in text
    rows = {line.split()[0]: line.split()[-1] for line in text.splitlines() if "(" in line}
    assert (rows["features"], rows["first"], rows["deep"]) == ("-", "no", "yes")
    assert "deep" not in "\n".join(_lines(model))
    ranged = "\n".join(_lines(model, layer_range=["first", "in.*"]))
    assert "features" not in ranged.replace("connected", "") or "features (" not in ranged
    assert "first (" in ranged and "inner (" in ranged


@pytest.mark.parametrize("positions", [[0.5, 0.8, 1.0], [30, 48, 60]])
def test_a_summary_has_its_columns_where_it_is_told(positions: list[float]) -> None:
    model = Sequential([klayers.Dense(3, name="d", input_shape=(2,))])
    lines = _lines(model, line_length=60, positions=positions)
    assert max(len(line) for line in lines) == 60
    assert lines[4].index("(None, 3)") == 30
    assert lines[4].endswith("9") and len(lines[4]) == 60


def test_summaries_that_cannot_be() -> None:
    model = _nested()
    with pytest.raises(ConfigurationError, match=r"'q'.*'first'"):
        model.summary(layer_range=["q", "first"])
    with pytest.raises(ConfigurationError, match=r"3 growing.*\[0\.5, 1\.0\]"):
        model.summary(positions=[0.5, 1.0])


def test_a_layer_is_found_by_name_or_index() -> None:
    model = _nested()
    assert model.get_layer("inner") is model.get_layer(index=-1)
    for wrong in ({}, {"name": "first", "index": 0}, {"index": 9}, {"name": "firts"}):
        with pytest.raises(ConfigurationError):
            model.get_layer(**wrong)


def test_states_are_reset_below_a_model() -> None:
    layer = klayers.SimpleRNN(2, stateful=True, name="rnn")
    model = Sequential([Input(batch_shape=(1, 3, 2)), klayers.Bidirectional(layer)])
    x = np.ones((1, 3, 2), "float32")
    first = model.predict(x)
    assert not np.allclose(model.predict(x), first)
    model.reset_states()
    assert np.allclose(model.predict(x), first)


def test_kernels_turn_back_to_front_and_again() -> None:
    model = Sequential(
        [Input((6, 6, 2)), klayers.Conv2D(3, 2), klayers.Flatten(), klayers.Dense(2)]
    )
    before = model.get_weights()
    with pytest.warns(DeprecationWarning, match="Theano"):
        utils.convert_all_kernels_in_model(model)
    after = model.get_weights()
    assert np.array_equal(after[0], before[0][::-1, ::-1])
    assert np.array_equal(after[2], before[2])
    with pytest.warns(DeprecationWarning, match="Theano"):
        utils.convert_all_kernels_in_model(model)
    assert np.array_equal(model.get_weights()[0], before[0])


def test_models_from_data_know_custom_objects() -> None:
    class Doubling(klayers.Dense):
        pass

    model = Sequential([Input((2,)), Doubling(3)])
    made = models.model_from_json(model.to_json(), {"Doubling": Doubling})
    assert isinstance(made.layers[0], Doubling)
    assert isinstance(
        Sequential.from_config(model.get_config(), {"Doubling": Doubling}).layers[0], Doubling
    )
    data = utils.serialize_keras_object(model)
    assert isinstance(models.model_from_config(data, {"Doubling": Doubling}).layers[0], Doubling)


def test_a_bar_shows_means_and_last_values(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    bar = utils.Progbar(4, stateful_metrics=["rate"], unit_name="file")
    for i in range(4):
        assert out.getvalue() == ""  # no terminal: the finished line alone
        bar.add(1, [("loss", float(i)), ("rate", i)])
    bar.add(1, [("loss", 100.0)])
    text = out.getvalue()
    assert text.count("\n") == 1
    assert text.startswith("4/4 ") and "/file" in text
    assert "loss: 1.5000" in text and "rate: 3.0000" in text


def test_a_bar_in_a_terminal_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    out.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", out)
    bar = utils.Progbar(None, interval=0)
    bar.update(1)
    bar.update(3, finalize=True)
    lines = out.getvalue().split("\r")
    assert lines[1].startswith("1/Unknown") and lines[2].startswith("3/Unknown")
    assert out.getvalue().endswith("\n") and out.getvalue().count("\n") == 1
    with pytest.raises(ConfigurationError, match=r"verbose.*7"):
        utils.Progbar(1, verbose=7)


@pytest.mark.parametrize("gpus", [2, [0, 1], None, 1])
def test_gpus_that_are_not_there_are_refused(gpus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kcore.backend.devices, "names", lambda: ["CPU:0", "GPU:0"])
    with pytest.raises(ConfigurationError, match=rf"'outer', gpus={re.escape(str(gpus))}.*GPU:0"):
        utils.multi_gpu_model(_nested(), gpus=gpus)


def test_a_model_on_several_gpus_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(kcore.backend.devices, "names", lambda: ["CPU:0", "GPU:0", "GPU:1"])
    monkeypatch.setattr(kcore.backend.distribution, "mirrored_on", asked.append)
    model = _nested()
    assert utils.multi_gpu_model(model, gpus=2) is model
    with pytest.raises(ConfigurationError, match="distribute"):
        model.compile("sgd", "mse")
    assert asked == [["GPU:0", "GPU:1"]]


def test_names_of_registered_objects() -> None:
    @utils.register_keras_serializable(package="mylab")
    def doubled(x: Any) -> Any:
        return 2 * x

    assert utils.get_registered_name(doubled) == "mylab>doubled"
    assert utils.get_registered_object("mylab>doubled") is doubled
    assert utils.get_registered_object("nothing") is None
    assert utils.is_keras_tensor(kcore.Input((2,))) and not utils.is_keras_tensor(np.ones(2))
    del utils.get_custom_objects()["mylab>doubled"]
