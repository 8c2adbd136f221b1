"""What must hold for a layer in a model: it trains, is saved, and is loaded again."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from kcore import tree
from kcore.models import Model
from kcore.plugins.catalogue import catalogue
from kcore.saving.loading import load_model
from kcore.testing.check import expect, fail
from kcore.testing.comparing import expect_close
from kcore.testing.layers.subject import LayerSubject, leaves
from kcore.utils.custom_objects import CustomObjectScope


def _model(subject: LayerSubject, layer: Any | None = None) -> Any:
    inputs = subject.symbols()
    outputs = (layer or subject.make())(inputs, **subject.call)
    flat = leaves(outputs)
    return Model(inputs, flat[0] if len(flat) == 1 else flat)


def works_in_a_model(subject: LayerSubject) -> None:
    """A model of the layer predicts what the layer computes."""
    layer = subject.make()
    model = _model(subject, layer)
    data = subject.data()
    expect_close(
        model.predict(data, verbose=0),
        leaves(layer(data, **subject.call)),
        f"{subject.name}: predictions of a model",
        "Let call depend on its arguments and weights only.",
    )


def trains_in_a_model(subject: LayerSubject) -> None:
    """Two epochs of fit change the weights and keep them finite."""
    layer = subject.make()
    model = _model(subject, layer)
    floats = [y for y in leaves(model.outputs) if str(y.dtype).startswith(("float", "bfloat"))]
    subject.need(len(floats) == len(leaves(model.outputs)), "outputs of whole numbers")
    data = subject.data(8)
    targets = [np.ones((8, *np.shape(y)[1:]), "float32") for y in leaves(model(data))]
    model.compile("sgd", loss="mse", run_eagerly=False)
    before = layer.get_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model.fit(
                data,
                targets[0] if len(targets) == 1 else targets,
                batch_size=4,
                epochs=2,
                verbose=0,
            )
        except Exception as error:
            if not layer.trainable_weights and "no weight" in str(error):
                return
            raise
    for weight, start in zip(layer.trainable_weights, before, strict=False):
        expect(
            bool(np.isfinite(weight.numpy()).all()),
            f"{subject.name}: {weight.path} is not finite after two epochs; it began at "
            f"{np.abs(start).max():.3g}.",
        )


def saves_and_loads_in_every_format(subject: LayerSubject) -> None:
    """A model of the layer predicts the same after save and load, in every installed format."""
    model = _model(subject)
    data = subject.data()
    expected = leaves(model(data))
    custom = {}
    if catalogue().identity_of(type(subject.make())) is None:
        custom = {subject.name: type(subject.make())}
    seen: set[Any] = set()
    for name in catalogue().names("file_format"):
        form = catalogue().load("file_format", name)
        whole = getattr(form, "whole_model", True) and not getattr(form, "read_only", False)
        if form in seen or not whole:
            continue
        seen.add(form)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model.{name}"
            model.save(path)
            again = load_model(path, custom_objects=custom)
        expect_close(
            leaves(again(data)),
            expected,
            f"{subject.name}: outputs after .{name}",
            "Keep everything that a call depends on in weights or arguments.",
            1e-6,
            1e-7,
        )


def summary_is_printed(subject: LayerSubject) -> None:
    """The layer's line in a model's summary has its name and its count of parameters."""
    layer = subject.make()
    model = _model(subject, layer)
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    text = "\n".join(map(str, lines))
    if layer.name not in text:
        fail(f"{subject.name}: the summary of a model does not show it:\n{text}")


def clones(subject: LayerSubject) -> None:
    """A model made from the model's configuration has the same shapes."""
    model = _model(subject)
    identity = catalogue().identity_of(type(subject.make()))
    with CustomObjectScope({} if identity else {subject.name: type(subject.make())}):
        twin = type(model).from_config(model.get_config())
    found = [tuple(y.shape) for y in tree.flatten(twin.outputs)]
    expected = [tuple(y.shape) for y in tree.flatten(model.outputs)]
    expect(found == expected, f"{subject.name}: a clone has outputs {found}, not {expected}.")
