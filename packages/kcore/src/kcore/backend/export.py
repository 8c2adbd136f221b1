"""TensorFlow's SavedModel: a computation with its weights that runs without any of our packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kcore.backend.compile import tensor_spec

SIGNATURE = "serving_default"


def save(
    call: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    inputs: Mapping[str, tuple[Any, str]],
    storages: list[Any],
    folder: Path,
) -> None:
    """Writes a SavedModel with the signature "serving_default".

    Args:
        call: takes tensors by name, gives tensors by name.
        inputs: shape and dtype of each input by name.
        storages: the device's variables that the computation reads.
        folder: to write, which must not exist.
    """
    module = tf.Module()
    module.weights = storages
    # TensorFlow takes names of arguments in this form only; in the signature they are as given
    places = {name: tensor_spec(shape, dtype) for name, (shape, dtype) in inputs.items()}
    specs = {n: tf.TensorSpec(s.shape, s.dtype, name=n) for n, s in places.items()}

    def serve(**tensors: Any) -> Mapping[str, Any]:
        return call(tensors)

    traced = tf.function(serve, autograph=False).get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder), signatures={SIGNATURE: traced})


def run(folder: Path, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a SavedModel gives for arrays by name."""
    loaded = tf.saved_model.load(str(folder))
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    outputs = loaded.signatures[SIGNATURE](**tensors)
    return {name: np.asarray(value) for name, value in outputs.items()}
