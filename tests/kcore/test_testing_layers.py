"""The conformance kit finds planted faults, each by the check that is meant for it."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from kcore import InputSpec, Layer, ops, random
from kcore.errors import ConfigurationError
from kcore.testing import ConformanceError, NotApplicableError, check_layer, conformance


class Good(Layer):
    """Weighted sums.

    Args:
        units: number of outputs.
        rate: share of the input that is dropped in training.
    """

    def __init__(self, units: int = 4, rate: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.rate = rate
        self.seed_generator = random.SeedGenerator()
        self.input_spec = InputSpec(ndim=2)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.input_spec = InputSpec(ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training and self.rate:
            inputs = random.dropout(inputs, self.rate, None, self.seed_generator)
        return ops.matmul(inputs, ops.cast(self.kernel, self.compute_dtype))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)


class ForgetsArgument(Good):
    def get_config(self) -> Any:
        return {k: v for k, v in super().get_config().items() if k != "units"}


class ConfigOfObjects(Good):
    def get_config(self) -> Any:
        return {**super().get_config(), "units": object()}


class ChangesItsConfig(Good):
    def build(self, input_shape: Any) -> None:
        self.rate = 0.25
        super().build(input_shape)


class SwallowsArguments(Good):
    def __init__(self, units: int = 4, name: Any = None, dtype: Any = None, **others: Any) -> None:
        super().__init__(units, name=name, dtype=dtype)


class LosesItsName(Good):
    def __init__(self, units: int = 4, name: Any = None, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)


class WrongShape(Good):
    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units + 1)


class FixesTheBatch(Good):
    def compute_output_shape(self, input_shape: Any) -> Any:
        return (3, self.units)


class MixesSamples(Good):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs - ops.mean(inputs, 0, keepdims=True))


class NoInputSpec(Good):
    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1)


class TwoWeightsOfOneName(Good):
    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.other = self.add_weight((input_shape[-1], self.units), name="kernel")

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + ops.matmul(inputs, ops.cast(self.other, self.compute_dtype))


class UnusedWeight(Good):
    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.unused = self.add_weight((3,), name="unused")


class WrongGradient(Good):
    def call(self, inputs: Any) -> Any:
        outputs = super().call(inputs)
        return outputs + ops.stop_gradient(outputs)


class WrongInputGradient(Good):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + ops.stop_gradient(ops.mean(inputs, -1, keepdims=True))


class StateOutsideWeights(Good):
    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.shift = float(np.random.default_rng().normal())

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + self.shift


class RandomAtInference(Good):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + random.normal((self.units,), seed=self.seed_generator)


class SameNoiseEveryTime(Good):
    def call(self, inputs: Any, training: bool = False) -> Any:
        outputs = super().call(inputs)
        return outputs + random.normal((self.units,), seed=7) if training else outputs


class NoiseOfItsOwn(Good):
    def call(self, inputs: Any, training: bool = False) -> Any:
        outputs = super().call(inputs)
        return outputs + np.random.default_rng().normal() if training else outputs


class NotFinite(Good):
    def call(self, inputs: Any) -> Any:
        outputs = super().call(inputs)
        return outputs / ops.sum(ops.absolute(outputs), -1, keepdims=True)


class IgnoresThePolicy(Good):
    def call(self, inputs: Any) -> Any:
        return ops.cast(super().call(inputs), "float32")


class RemembersInAttributes(Good):
    def call(self, inputs: Any) -> Any:
        self.last = inputs
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.002)
        return super().call(self.last)


class RefersToItself(Good):
    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.run = self.call


class LosesMask(Good):
    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return ops.ones((2, 2), "bool")

    def __init__(self, units: int = 4, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.input_spec = InputSpec(ndim=3, axes={-1: input_shape[-1]})


class BuiltEarly(Good):
    def __init__(self, units: int = 4, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.scale = self.add_weight((), "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * ops.cast(self.scale, self.compute_dtype)


PLANTED: list[tuple[Any, str]] = [
    (lambda: ForgetsArgument(6), "config_holds_every_argument"),
    (ConfigOfObjects, "config_is_plain_data"),
    (ChangesItsConfig, "building_leaves_the_configuration"),
    (SwallowsArguments, "unknown_arguments_are_refused"),
    (LosesItsName, "name_is_kept"),
    (WrongShape, "declared_shape_is_real"),
    (FixesTheBatch, "symbolic_shape_is_real"),
    (MixesSamples, "samples_are_independent"),
    (NoInputSpec, "another_size_is_refused_once_built"),
    (BuiltEarly, "weights_are_made_in_build"),
    (TwoWeightsOfOneName, "weights_have_names"),
    (UnusedWeight, "gradients_reach_every_trainable_weight"),
    (WrongGradient, "gradients_are_right"),
    (WrongInputGradient, "gradients_by_inputs_are_right"),
    (StateOutsideWeights, "weights_can_be_exchanged"),
    (RandomAtInference, "inference_repeats"),
    (SameNoiseEveryTime, "training_is_random_anew"),
    (NoiseOfItsOwn, "training_repeats_with_the_seed"),
    (NotFinite, "finite_outputs"),
    (IgnoresThePolicy, "mixed_precision_keeps_weights_whole"),
    (RemembersInAttributes, "threads_do_not_disturb_each_other"),
    (RefersToItself, "layer_is_freed"),
    (LosesMask, "masks_are_handled"),
]


def outcomes(make: Any, shape: Any = (5,)) -> dict[str, BaseException | None]:
    """What each check says of a layer."""
    found: dict[str, BaseException | None] = {}
    for check in check_layer(make, shape):
        try:
            check()
            found[check.name] = None
        except NotApplicableError:
            found[check.name] = None
        except Exception as error:
            found[check.name] = error
    return found


@pytest.mark.parametrize("make", [Good, lambda: Good(rate=0.5)], ids=["plain", "random"])
def test_a_good_layer_passes(make: Any) -> None:
    failures = {name: error for name, error in outcomes(make).items() if error is not None}
    assert failures == {}


def test_there_are_thirty_checks_and_each_says_what_holds() -> None:
    checks = list(check_layer(Good, (5,)))
    assert len(checks) >= 30
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.says.endswith(".") for check in checks)


@pytest.mark.parametrize(("make", "name"), PLANTED, ids=[name for _, name in PLANTED])
def test_a_planted_fault_is_found_by_its_check(make: Any, name: str) -> None:
    shape = (4, 5) if make is LosesMask else (5,)
    check = next(c for c in check_layer(make, shape) if c.name == name)
    with pytest.raises(ConformanceError) as caught:
        check()
    assert type(make()).__name__ in str(caught.value)


def test_a_known_failure_carries_its_reason_and_a_wrong_name_is_refused() -> None:
    checks = {c.name: c for c in check_layer(Good, (5,), known_failures={"layer_is_freed": "why"})}
    assert checks["layer_is_freed"].known_failure == "why"
    with pytest.raises(ConfigurationError, match="'no_such'"):
        list(check_layer(Good, (5,), known_failures={"no_such": "why"}))


@conformance(
    check_layer(
        WrongShape,
        (5,),
        known_failures={
            "declared_shape_is_real": "planted",
            "symbolic_shape_is_real": "planted",
            "trains_in_a_model": "planted",
        },
    )
)
def test_one_line_makes_a_test_of_each_check(check: Any) -> None:
    assert check.name


def test_whole_numbers_and_several_inputs() -> None:
    class Lookup(Layer):
        def call(self, inputs: Any) -> Any:
            return ops.cast(inputs[0], self.compute_dtype) + ops.cast(inputs[1], "float32")

        def compute_output_dtype(self, inputs: Any) -> str:
            return self.compute_dtype

    checks = check_layer(Lookup, [(5,), (5,)], "int32")
    names = {c.name: c for c in checks}
    names["declared_shape_is_real"]()
    with pytest.raises(NotApplicableError):
        names["finite_outputs"]()
