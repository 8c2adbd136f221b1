"""The new process of `check_plugin`: imports kcore and nothing of the plugin; files lead to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kcore import backend, components, ops
from kcore.plugins.catalogue import catalogue
from kcore.saving.loading import load_model
from kcore.testing.check import expect
from kcore.testing.comparing import arrays, expect_close
from kcore.testing.layers.subject import leaves

_DEVICES = ("CPU:0", "CPU:1")


def main(folder: str) -> None:
    """Prints what is found of each item in the folder, as JSON."""
    items = sorted(Path(folder).iterdir(), key=lambda item: int(item.name))
    if any(_files(item) for item in items):  # without a layer, TensorFlow is not needed
        backend.distribution.split_processor(len(_DEVICES))
    print(json.dumps([_replay(item) for item in items]))


def _replay(folder: Path) -> dict[str, str]:
    """A text by the name of each check, empty where it holds."""
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    if "written" in facts:
        return {"written": facts["written"]}
    if "data" in facts:
        return {"loads": _told(_configured, facts)}
    return {"loads": _told(_loads, folder), "devices": _told(_devices, folder)}


def _told(check: Any, subject: Any) -> str:
    """What the check says, if anything."""
    try:
        check(subject)
    except AssertionError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _configured(facts: dict[str, Any]) -> None:
    """The same class and configuration come of the data of an object."""
    thing = components.get(facts["kind"], facts["data"], "check_plugin")
    identity = catalogue().identity_of(type(thing))
    expect(
        identity == facts["identity"],
        f"the data of {facts['identity']} led to {identity} in a new process.",
    )
    data = json.loads(json.dumps(components.to_data(thing)))
    expect(
        data == facts["data"],
        f"the configuration was {facts['data']} and is {data} in a new process.",
    )


def _arrays(file: Path) -> list[Any]:
    with np.load(file) as stored:
        return [stored[key] for key in stored.files]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("model.*"))


def _loads(folder: Path) -> None:
    """Each file gives what was given when it was written."""
    inputs, expected = _arrays(folder / "inputs.npz"), _arrays(folder / "outputs.npz")
    for file in _files(folder):
        expect_close(
            arrays(load_model(file)(inputs)),
            expected,
            f"outputs after {file.suffix} in a new process",
            "Keep everything that a call depends on in weights or arguments.",
            1e-5,
            1e-6,
        )


def _devices(folder: Path) -> None:
    """Outputs and gradients on each device are those on the first, plain and compiled."""
    inputs, file = _arrays(folder / "inputs.npz"), _files(folder)[0]
    for way in ("plain", "compiled"):
        first, *others = [_on(device, file, inputs, way) for device in _DEVICES]
        for other in others:
            expect_close(
                other,
                first,
                f"{way} outputs and gradients on a second device",
                "Make what a call needs in build or call, not when the module is imported.",
            )


def _on(device: str, file: Path, inputs: list[Any], way: str) -> list[Any]:
    """Outputs, and the gradients of a sum of them by each weight that trains."""
    with backend.devices.on(device):
        model = load_model(file)
        tensors = [backend.tensor.convert(array) for array in inputs]

        def run(*values: Any) -> Any:
            def total() -> Any:
                outputs = leaves(model(list(values)))
                return _sum_of(outputs), outputs

            storages = [weight.storage for weight in model.trainable_weights]
            _, outputs, gradients = backend.autodiff.value_and_gradients(total, storages)
            return outputs, [backend.optim.densify(g) for g in gradients if g is not None]

        made = run(*tensors) if way == "plain" else backend.compile.compiled(run)(*tensors)
        for weight in model.weights:
            place = backend.devices.of(weight.storage)
            expect(place == device, f"{weight.path} is on {place}, though it was made on {device}.")
    return arrays(made)


def _sum_of(outputs: list[Any]) -> Any:
    """A smooth number that every real output enters into."""
    total = backend.tensor.convert(np.zeros((), "float32"))
    for output in outputs:
        if backend.tensor.dtype_of(output).startswith("float"):
            total = total + ops.sum(ops.sin(ops.cast(output, "float32")))
    return total
