"""Freezing and thawing by name, features from inside, and learning rates of parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kapps
import kcore as keras
from kcore.errors import ConfigurationError


def small() -> Any:
    return kapps.MobileNet(
        weights=None, alpha=0.25, input_shape=(32, 32, 3), include_top=False, pooling="avg"
    )


def data() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    return draw.uniform(-1, 1, (16, 32, 32, 3)).astype("float32"), draw.integers(0, 2, 16)


def test_frozen_layers_stay_with_their_statistics() -> None:
    body = small()
    model = keras.Sequential([body, keras.layers.Dense(2)])
    frozen = body.freeze("conv_dw_*", "conv1_bn")
    assert "conv_dw_3" in frozen and "conv_dw_3_bn" in frozen and "conv_pw_3" not in frozen
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = {w.path: w.numpy().copy() for w in body.weights}
    model.fit(*data(), batch_size=8, verbose=0)
    for weight in body.weights:
        same = np.array_equal(before[weight.path], weight.numpy())
        layer = weight.path.split("/")[0]
        assert same == (layer.startswith("conv_dw_") or layer == "conv1_bn"), weight.path


def test_freezing_after_training_is_obeyed_and_can_be_undone() -> None:
    body = small()
    model = keras.Sequential([body, keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = data()
    model.fit(x, y, verbose=0)
    model.freeze(body)
    assert len(model.trainable_weights) == 2
    before = body.get_weights()
    model.fit(x, y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, body.get_weights(), strict=True))
    thawed = body.unfreeze(after="conv_dw_13")
    assert thawed[0] == "conv_dw_13" and len(model.trainable_weights) == 2 + 6
    model.fit(x, y, verbose=0)
    changed = [
        w.path
        for w, b in zip(body.weights, before, strict=True)
        if not np.array_equal(w.numpy(), b)
    ]
    assert {path.split("/")[0] for path in changed} == {
        "conv_dw_13", "conv_dw_13_bn", "conv_pw_13", "conv_pw_13_bn"
    }  # fmt: skip


def test_thawing_a_part_of_a_frozen_model_leaves_the_rest_frozen() -> None:
    body = small()
    body.trainable = False
    body.unfreeze("conv_pw_13")
    assert [w.path for w in body.trainable_weights] == ["conv_pw_13/kernel"]
    body.unfreeze()
    assert len(body.trainable_weights) == 81
    assert body.freeze(before="conv_dw_13")[-1] == "conv_pw_12_bn"


def test_unknown_layers_are_named_with_the_nearest() -> None:
    for action in (small().freeze, small().unfreeze):
        with pytest.raises(ConfigurationError) as caught:
            action("conv_pw_133")
        assert "conv_pw_133" in str(caught.value) and "conv_pw_13" in str(caught.value)
    with pytest.raises(ConfigurationError, match="block9"):
        small().freeze(before="block9")


def test_parts_learn_at_rates_of_their_own() -> None:
    body = small()
    model = keras.Sequential([body, keras.layers.Dense(2, name="head")])
    rates = [{"match": "^head", "rate_factor": 1.0}, {"match": "", "rate_factor": 0.0}]
    optimizer = keras.optimizers.SGD(0.1, groups=rates)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    kernels = [w for w in body.weights if w.path.endswith("kernel")]
    before = [w.numpy().copy() for w in kernels]
    head = model.layers[1].kernel.numpy().copy()
    model.fit(*data(), verbose=0)
    assert all(np.array_equal(w.numpy(), b) for w, b in zip(kernels, before, strict=True))
    assert not np.array_equal(model.layers[1].kernel.numpy(), head)
