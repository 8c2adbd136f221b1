"""What core, merging, noise and activation layers refuse, and the facts they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, Sequential, ops, utils
from kcore.errors import ConfigurationError, ShapeError

ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.ActivityRegularization(l1=-1), ("ActivityRegularization", "l1", "-1")),
    (lambda: kl.AlphaDropout(1.0), ("AlphaDropout", "rate", "below 1")),
    (lambda: kl.GaussianDropout(-0.1), ("GaussianDropout", "rate", "-0.1")),
    (lambda: kl.GaussianNoise("much"), ("GaussianNoise", "stddev", "'much'")),
    (lambda: kl.SpatialDropout1D(2), ("SpatialDropout1D", "rate", "2")),
    (lambda: kl.SpatialDropout2D(0.5, "last"), ("data_format", "'last'", "channels_last")),
    (lambda: kl.Permute((1, 3)), ("Permute", "dims", "(1, 3)", "1 to n")),
    (lambda: kl.Permute((0, 1)), ("Permute", "dims", "(0, 1)")),
    (lambda: kl.Permute((2, "1")), ("Permute", "dims", "(2, '1')")),
    (lambda: kl.Permute(2), ("Permute", "dims", "2", "1 to n")),
    (lambda: kl.Softmax("last"), ("Softmax", "axis", "'last'")),
    (lambda: kl.Softmax([1, None]), ("Softmax", "axis", "[1, None]")),
    (lambda: kl.PReLU(shared_axes=[[1]]), ("PReLU", "shared_axes", "[[1]]")),
    (lambda: kl.Dropout(0.5, 3), ("Dropout", "noise_shape", "3")),
    (lambda: kl.AlphaDropout(0.5, 3), ("AlphaDropout", "noise_shape", "3")),
    (lambda: kl.Dropout(0.5, seed=2**63), ("seed", "64 bits", str(2**63))),
    (lambda: kl.Dropout(0.5, seed="0"), ("seed", "whole number", "'0'")),
    (lambda: kl.Lambda("square", mask=1), ("Lambda", "mask", "1")),
    (lambda: kl.RepeatVector(0), ("RepeatVector", "n", "0")),
    (lambda: kl.RepeatVector(2.5), ("RepeatVector", "n", "2.5")),
    (lambda: kl.Masking("zero"), ("Masking", "mask_value", "'zero'")),
    (lambda: kl.Lambda(3), ("Lambda", "function", "3")),
    (lambda: kl.Dot(0), ("Dot", "axes", "0")),
    (lambda: kl.Dot((1, 2, 3)), ("Dot", "axes", "(1, 2, 3)")),
    (lambda: kl.Add(mask_reduction="or"), ("Add", "mask_reduction", "'or'", "'any'")),
    (lambda: kl.LeakyReLU(-0.1), ("LeakyReLU", "negative_slope", "-0.1")),
    (lambda: kl.LeakyReLU(0.1, alpha=0.2), ("negative_slope=0.1", "alpha=0.2")),
    (lambda: kl.ELU(-1), ("ELU", "alpha", "-1")),
    (lambda: kl.ReLU(max_value=-1), ("ReLU", "max_value", "-1")),
    (lambda: kl.ThresholdedReLU(-1), ("ThresholdedReLU", "theta", "-1")),
    (lambda: kl.PReLU(shared_axes=[0]), ("PReLU", "shared_axes", "[0]")),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize("layer", [kl.Dense(2), kl.Softmax(), kl.Dropout(0.5), kl.Flatten()])
@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: [[x]], lambda x: {"a": x}])
def test_one_tensor_is_no_list_of_it(layer: Any, wrap: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        layer(wrap(Input((4,))))
    for fact in (layer.name, type(layer).__name__, "one tensor", "(None, 4)"):
        assert fact in str(caught.value)


def test_a_call_of_ones_own_may_take_several() -> None:
    class Both(kl.Softmax):
        def call(self, inputs: Any) -> Any:  # type: ignore[override]
            return super().call(inputs[0] + inputs[1])

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape[0]

    x = Input((4,))
    assert Both()([x, x]).shape == (None, 4)


SHAPES: list[tuple[Callable[[], Any], Any, tuple[str, ...]]] = [
    (lambda: kl.Permute((2, 1), name="it"), (3,), ("it", "Permute", "3 axes", "features=3")),
    (lambda: kl.RepeatVector(2, name="it"), (3, 4), ("it", "RepeatVector", "2 axes")),
    (lambda: kl.SpatialDropout2D(0.5, name="it"), (3, 4), ("it", "SpatialDropout2D", "4 axes")),
    (lambda: kl.Add(name="it"), (3,), ("it", "Add", "list", "[a, b]")),
    (lambda: kl.Subtract(name="it"), [(3,)] * 3, ("it", "Subtract", "two", "3")),
    (lambda: kl.Multiply(name="it"), [(3,), (4,)], ("it", "Multiply", "3", "4", "Dense")),
    (lambda: kl.Dot(1, name="it"), [(3,), (4,)], ("it", "Dot", "features=3", "features=4")),
    (lambda: kl.Dot(1, name="it"), (3,), ("it", "Dot", "list of two")),
    (lambda: kl.PReLU(shared_axes=[4], name="it"), (3, 2), ("it", "shared_axes", "4")),
]


@pytest.mark.parametrize(("make", "shape", "facts"), SHAPES)
def test_shapes_that_do_not_fit(
    make: Callable[[], Any], shape: Any, facts: tuple[str, ...]
) -> None:
    inputs = [Input(s) for s in shape] if isinstance(shape, list) else Input(shape)
    with pytest.raises(ShapeError) as caught:
        make()(inputs)
    for fact in facts:
        assert fact in str(caught.value)


def test_prelu_takes_no_other_shape_later() -> None:
    layer = kl.PReLU()
    layer(np.ones((2, 3), "float32"))
    with pytest.raises(ShapeError, match="size 3, received 4"):
        layer(np.ones((2, 4), "float32"))


def double(x: Any) -> Any:
    return 2 * x


def test_a_function_is_saved_by_name_and_a_lambda_is_not() -> None:
    with pytest.raises(ConfigurationError, match=r"'it'.*lambda.*register_keras_serializable"):
        kl.Lambda(lambda x: x, name="it").get_config()
    saved = utils.serialize_keras_object(kl.Lambda(double))
    with utils.custom_object_scope({"double": double}):
        again = utils.deserialize_keras_object(saved)
    assert float(again(np.ones(1, "float32"))[0]) == 2.0


@pytest.mark.parametrize(
    "stored",
    [
        {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}},
        ["4wEAAAA=", None, None],
    ],
)
def test_code_in_a_file_is_never_run(stored: Any) -> None:
    config = {"name": "twice", "function": stored, "function_type": "lambda"}
    with pytest.raises(ConfigurationError, match=r"'twice'.*never run.*custom_objects"):
        kl.Lambda.from_config(config)
    with utils.custom_object_scope({"twice": double}):
        layer = kl.Lambda.from_config(config)
    assert float(layer(np.ones(1, "float32"))[0]) == 2.0


def test_lambda_in_a_model_finds_its_shape() -> None:
    model = Sequential([Input((4,)), kl.Lambda(lambda x: ops.sum(x, -1, keepdims=True))])
    assert model.output_shape == (None, 1)
    given = kl.Lambda(lambda x: x, output_shape=(4,))(Input((4,)))
    assert given.shape == (None, 4)


def test_noise_has_the_right_moments_and_repeats_with_its_seed() -> None:
    x = np.full((200, 500), 2.0, "float32")
    expected = {
        "GaussianNoise": (2.0, 0.4**2),
        "GaussianDropout": (2.0, 4.0 * 0.4 / 0.6),
        "SpatialDropout1D": (2.0, 4.0 * 0.4 / 0.6),
        "Dropout": (2.0, 4.0 * 0.4 / 0.6),
    }
    for name, (mean, variance) in expected.items():
        values = x.reshape(100_000, 1, 1) if name == "SpatialDropout1D" else x
        layer = getattr(kl, name)(0.4, seed=3)
        found = np.array(layer(values, training=True))
        assert found.mean() == pytest.approx(mean, rel=0.02)
        assert found.var() == pytest.approx(variance, rel=0.03)
        again = np.array(getattr(kl, name)(0.4, seed=3)(values, training=True))
        np.testing.assert_array_equal(found, again)
        assert not np.array_equal(found, np.array(layer(values, training=True)))
        np.testing.assert_array_equal(np.array(layer(values)), values)


def test_alpha_dropout_keeps_the_moments_of_normal_numbers() -> None:
    x = np.random.default_rng(0).normal(size=(300, 500)).astype("float32")
    found = np.array(kl.AlphaDropout(0.3, seed=1)(x, training=True))
    assert found.mean() == pytest.approx(0.0, abs=0.02)
    assert found.var() == pytest.approx(1.0, rel=0.03)


def test_whole_channels_are_dropped() -> None:
    found = np.array(kl.SpatialDropout2D(0.5, seed=1)(np.ones((8, 4, 5, 6)), training=True))
    assert set(np.unique(found)) == {0.0, 2.0}
    assert (found == found[:, :1, :1]).all()
    first = kl.SpatialDropout2D(0.5, "channels_first", seed=1)
    found = np.array(first(np.ones((8, 6, 4, 5)), training=True))
    assert (found == found[:, :, :1, :1]).all()
