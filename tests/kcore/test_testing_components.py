"""The conformance kits of losses, metrics, optimizers, callbacks and file formats.

Our own components pass them; planted faults are found, each by the check that is meant for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kcore import callbacks, losses, metrics, ops, optimizers
from kcore.errors import ConfigurationError
from kcore.plugins.builtin import ROWS
from kcore.saving.formats.keras_zip import KerasZip
from kcore.saving.formats.safetensors_file import Safetensors
from kcore.testing import (
    Check,
    ConformanceError,
    NotApplicableError,
    check_callback,
    check_file_format,
    check_loss,
    check_metric,
    check_optimizer,
)

RNG = np.random.default_rng(0)
SHARES = RNG.uniform(0.1, 0.9, (6, 3)).astype("float32")
CHANCES = SHARES / SHARES.sum(-1, keepdims=True)
NUMBERS = np.array([0, 1, 2, 0, 1, 1])
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS]
REALS = RNG.uniform(0.1, 0.9, (6, 3)).astype("float32")
BITS = (REALS > 0.5).astype("float32")
SIGNS = BITS * 2 - 1
MIXTURES = REALS / REALS.sum(-1, keepdims=True)

_NEIGHBOURS = dict.fromkeys(
    ("samples_are_independent", "masked_samples_do_not_count"),
    "compares the samples of a batch with each other",
)
# by class: targets and predictions that differ from REALS and SHARES, and known failures
LOSSES: dict[str, tuple[Any, ...]] = {
    "BinaryCrossentropy": (BITS, SHARES),
    "BinaryFocalCrossentropy": (BITS, SHARES),
    "CategoricalCrossentropy": (ONE_HOT, CHANCES),
    "CategoricalFocalCrossentropy": (ONE_HOT, CHANCES),
    "CategoricalGeneralizedCrossEntropy": (NUMBERS, CHANCES),
    "CategoricalHinge": (ONE_HOT, SHARES),
    "Circle": (
        NUMBERS,
        CHANCES,
        _NEIGHBOURS | {"reductions_agree": "anchors without a pair are left out of the mean"},
    ),
    "ContrastiveLoss": (BITS[:, 0], SHARES[:, 0]),
    "Hinge": (SIGNS, SHARES),
    "KLDivergence": (MIXTURES, CHANCES),
    "SparseCategoricalCrossentropy": (NUMBERS, CHANCES),
    "SquaredHinge": (SIGNS, SHARES),
    "TripletHardLoss": (NUMBERS, CHANCES, _NEIGHBOURS),
    "TripletSemiHardLoss": (NUMBERS, CHANCES),
}
BARE = {"CTC", "FunctionLoss", "Mean", "MeanMetricWrapper", "MeanTensor", "Metric", "Sum"}
HALVES = {"PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity"}
METRICS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys((*HALVES, "SpecificityAtSensitivity"), (BITS, SHARES, 0.5)),
    **dict.fromkeys(("AUC", "BinaryAccuracy", "BinaryCrossentropy"), (BITS, SHARES)),
    **dict.fromkeys(("BinaryIoU", "Precision", "Recall"), (BITS, SHARES)),
    **dict.fromkeys(("FalseNegatives", "FalsePositives"), (BITS, SHARES)),
    **dict.fromkeys(("TrueNegatives", "TruePositives"), (BITS, SHARES)),
    **dict.fromkeys(("CategoricalAccuracy", "CategoricalCrossentropy"), (ONE_HOT, CHANCES)),
    **dict.fromkeys(("CategoricalHinge", "F1Score", "FBetaScore"), (ONE_HOT, CHANCES)),
    **dict.fromkeys(("CohenKappa", "ConfusionMatrix"), (ONE_HOT, CHANCES, 3)),
    **dict.fromkeys(("SparseCategoricalAccuracy",), (NUMBERS, CHANCES)),
    **dict.fromkeys(("Hinge", "SquaredHinge"), (SIGNS, SHARES)),
    "IoU": (NUMBERS, np.array([0, 2, 2, 0, 1, 0], "float32"), 3, [0]),
    "KLDivergence": (MIXTURES, CHANCES),
    "MatthewsCorrelation": (ONE_HOT, CHANCES, 3),
    "MeanIoU": (NUMBERS, np.array([0, 2, 2, 0, 1, 0], "float32"), 3),
    "MeanRelativeError": (REALS, SHARES, [1.0, 2.0, 3.0]),
    "OneHotIoU": (ONE_HOT, CHANCES, 3, [0]),
    "OneHotMeanIoU": (ONE_HOT, CHANCES, 3),
    "SparseCategoricalCrossentropy": (NUMBERS, CHANCES),
    "SparseTopKCategoricalAccuracy": (NUMBERS, CHANCES, 2),
    "TopKCategoricalAccuracy": (ONE_HOT, CHANCES, 2),
}
# these and BARE are tried in test_testing_others.py
WRAPPERS = {"LossScaleOptimizer", "TFOptimizer"}
KNOWN = {"Ftrl": {"rate_zero_changes_nothing": "weights are computed anew from sums of gradients"}}

LOGS_OF_THEIR_OWN = {
    "BaseLogger": "gives the means of what it saw after each batch, as in earlier Keras",
    "SwapEMAWeights": "validates with the running means, which is what it is for",
}
WHOLE_ONLY = dict.fromkeys(
    ("weights_come_back", "extreme_values_come_back", "other_weights_are_refused"),
    "weights alone are kept in .weights.h5 and .safetensors",
)


def classes(kind: str) -> list[str]:
    """The names of our classes of a kind, each once."""
    rows = [(name, target.split(":")[1]) for k, name, target, *_ in ROWS if k == kind]
    return sorted({name for name, attribute in rows if name == attribute and name[0].isupper()})


def failures(checks: Iterator[Check]) -> list[str]:
    """What the checks find, but for what is known; a known failure that holds is one too."""
    found = []
    for check in checks:
        try:
            check()
        except NotApplicableError:
            continue
        except Exception as error:
            if check.known_failure is None:
                found.append(f"{check.name}: {type(error).__name__}: {error}")
            continue
        if check.known_failure is not None:
            found.append(f"{check.name} holds, but {check.known_failure!r} is said to prevent it")
    return found


@pytest.mark.parametrize("name", sorted(set(classes("loss")) - BARE))
def test_our_losses(name: str) -> None:
    y_true, y_pred, *known = LOSSES.get(name, (REALS, SHARES))
    checks = check_loss(
        getattr(losses, name), y_true, y_pred, known_failures=known[0] if known else None
    )
    assert failures(checks) == []


@pytest.mark.parametrize("name", sorted(set(classes("metric")) - BARE))
def test_our_metrics(name: str) -> None:
    y_true, y_pred, *arguments = METRICS.get(name, (REALS, SHARES))
    checks = check_metric(lambda: getattr(metrics, name)(*arguments), y_true, y_pred)
    assert failures(checks) == []


@pytest.mark.parametrize("name", sorted(set(classes("optimizer")) - WRAPPERS))
def test_our_optimizers(name: str) -> None:
    checks = check_optimizer(getattr(optimizers, name), known_failures=KNOWN.get(name))
    assert failures(checks) == []


def our_callbacks(folder: Path) -> dict[str, Callable[[], Any]]:
    """How each of our callbacks is made, where its arguments have no default that fits."""
    made: dict[str, Callable[[], Any]] = {
        "BackupAndRestore": lambda: callbacks.BackupAndRestore(folder / "backup"),
        "CSVLogger": lambda: callbacks.CSVLogger(folder / "log.csv"),
        "EarlyStopping": lambda: callbacks.EarlyStopping(monitor="loss"),
        "JSONLinesLogger": lambda: callbacks.JSONLinesLogger(folder / "log.jsonl"),
        "LearningRateScheduler": lambda: callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        "ModelCheckpoint": lambda: callbacks.ModelCheckpoint(folder / "model.keras"),
        "ReduceLROnPlateau": lambda: callbacks.ReduceLROnPlateau(monitor="loss"),
        "TensorBoard": lambda: callbacks.TensorBoard(folder / "board"),
    }
    return made


@pytest.mark.parametrize("name", sorted(set(classes("callback")) - {"RemoteMonitor"}))
def test_our_callbacks(name: str, tmp_path: Path) -> None:
    make = our_callbacks(tmp_path).get(name, lambda: getattr(callbacks, name)())
    optimizer = (lambda: optimizers.SGD(use_ema=True)) if name == "SwapEMAWeights" else "sgd".lower
    known = {"logs_of_others_stay": LOGS_OF_THEIR_OWN[name]} if name in LOGS_OF_THEIR_OWN else None
    checks = check_callback(make, optimizer=optimizer, known_failures=known)
    assert failures(checks) == []


@pytest.mark.parametrize(
    ("suffix", "target"),
    [(name, target) for kind, name, target, *_ in ROWS if kind == "file_format"],
)
def test_our_file_formats(suffix: str, target: str) -> None:
    module, _, name = target.partition(":")
    made = getattr(importlib.import_module(module), name)
    if getattr(made, "read_only", False):
        pytest.skip("nothing can be written in it; test_tensorflow_js_files.py has its tests")
    known = WHOLE_ONLY if suffix == "keras" else None
    assert failures(check_file_format(made, suffix, known_failures=known)) == []


# Planted faults


class AveragesTheBatch(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred - ops.mean(y_pred, 0)), -1)


class CutsTheGradient(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.stop_gradient(y_pred) * y_pred, -1)


class ForgetsDelta(losses.Loss):
    """Args: delta."""

    def __init__(self, delta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delta = 2 * delta

    def get_config(self) -> Any:
        return {"name": self.name, "reduction": self.reduction, "dtype": None}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.delta * ops.mean(ops.square(y_true - y_pred), -1)


class Broadcasts(losses.Loss):
    def align(self, y_true: Any, y_pred: Any) -> Any:
        return y_true, y_pred

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred), -1)


class NotFinite(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.log(y_true - y_true), -1)


class ReducesItself(losses.Loss):
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return super().__call__(y_true, y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred), -1)


class HalfLoss(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.cast(ops.mean(ops.square(y_true - y_pred), -1), "float16")


class MeanOfBatches(metrics.Metric):
    def __init__(self, name: str = "planted", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def values(self, y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
        return ops.mean(ops.abs(ops.cast(y_true, "float32") - y_pred))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(self.values(y_true, y_pred, sample_weight))
        self.count.assign_add(1.0)

    def result(self) -> Any:
        return self.total.value / ops.maximum(self.count.value, 1.0)


class IgnoresWeights(metrics.MeanAbsoluteError):
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, y_pred)


class KeepsItsState(metrics.MeanAbsoluteError):
    def reset_state(self) -> None:
        pass


class CountsReads(metrics.MeanAbsoluteError):
    def result(self) -> Any:
        self.reads = getattr(self, "reads", 0) + 1
        return super().result() * self.reads


class StateInPython(metrics.MeanAbsoluteError):
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, y_pred, sample_weight)
        self.seen = getattr(self, "seen", 0) + len(y_pred)

    def result(self) -> Any:
        return super().result() + getattr(self, "seen", 0)


class DividesByZero(MeanOfBatches):
    def result(self) -> Any:
        return self.total.value / self.count.value


class Climbs(optimizers.Optimizer):
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        variable.assign_add(learning_rate * gradient)


class IgnoresTheRate(optimizers.Optimizer):
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        variable.assign_sub(0.01 * gradient)


class CountsInPython(optimizers.Optimizer):
    steps = 0

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        self.steps += 1
        variable.assign_sub(learning_rate * gradient * self.steps)


class DividesByGradient(optimizers.Optimizer):
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        variable.assign_sub(learning_rate * gradient / ops.abs(gradient))


class DropsDecay(optimizers.Optimizer):
    def __init__(self, learning_rate: Any = 0.1, weight_decay: Any = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        variable.assign_sub(learning_rate * gradient)


class MisspeltHook(callbacks.Callback):
    def on_epoch_ends(self, epoch: int, logs: Any = None) -> None: ...


class WrongArguments(callbacks.Callback):
    def on_epoch_end(self, logs: Any) -> None: ...


class NeedsValidation(callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_loss"]


class HoldsTheModel(callbacks.Callback):
    def on_train_begin(self, logs: Any = None) -> None:
        self.kept = self.model


class ChangesLogs(callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["loss"] = 0.0


class DrawsGlobally(callbacks.Callback):
    def on_train_begin(self, logs: Any = None) -> None:
        np.random.random()


class LosesState(callbacks.Callback):
    epochs = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs += 1

    def state_dict(self) -> Any:
        return {"epochs": self.epochs}


class StateOfObjects(callbacks.Callback):
    def state_dict(self) -> Any:
        return {"self": type(self)}

    def load_state_dict(self, state: Any) -> None: ...


class StopsForGood(callbacks.Callback):
    used = False

    def on_train_begin(self, logs: Any = None) -> None:
        if self.used:
            self.model.stop_training = True
            raise RuntimeError("used")
        self.used = True


class WritesInPlace(Safetensors):
    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        path.write_bytes(b"half a file")
        super().save_weights(model, path, True)


class MendsWeights(Safetensors):
    def load_weights(self, model: Any, path: Path, *others: Any) -> Any:
        report = super().load_weights(model, path, *others)
        model.set_weights([np.nan_to_num(w) for w in model.get_weights()])
        return report


class SwapsWeights(Safetensors):
    def load_weights(self, model: Any, path: Path, *others: Any) -> Any:
        report = super().load_weights(model, path, *others)
        model.set_weights([w[::-1] for w in model.get_weights()])
        return report


class ForgetsOptimizer(KerasZip):
    def save(self, model: Any, path: Path, overwrite: bool, include_optimizer: bool = True) -> None:
        super().save(model, path, overwrite, include_optimizer=False)


class TakesAnything(Safetensors):
    def load_weights(self, model: Any, path: Path, *others: Any) -> Any:
        try:
            return super().load_weights(model, path, *others)
        except ValueError:
            return None


def loss(make: Any) -> Iterator[Check]:
    return check_loss(make, REALS, SHARES)


def metric(make: Any) -> Iterator[Check]:
    return check_metric(make, REALS, SHARES)


def safetensors(make: Any) -> Iterator[Check]:
    return check_file_format(make, "safetensors")


def keras(make: Any) -> Iterator[Check]:
    return check_file_format(make, "keras")


PLANTED: list[tuple[Any, Any, str]] = [
    (loss, AveragesTheBatch, "samples_are_independent"),
    (loss, CutsTheGradient, "gradients_are_right"),
    (loss, ForgetsDelta, "config_holds_every_argument"),
    (loss, Broadcasts, "wrong_shape_is_refused"),
    (loss, NotFinite, "value_is_one_finite_number"),
    (loss, ReducesItself, "sample_weights_multiply"),
    (loss, HalfLoss, "half_precision_is_computed_whole"),
    (metric, MeanOfBatches, "batches_add_up"),
    (metric, MeanOfBatches, "weight_zero_leaves_out"),
    (metric, IgnoresWeights, "weight_zero_leaves_out"),
    (metric, KeepsItsState, "reset_forgets"),
    (metric, CountsReads, "reading_changes_nothing"),
    (metric, StateInPython, "state_is_in_variables"),
    (metric, DividesByZero, "result_is_finite"),
    (check_optimizer, Climbs, "lowers_a_quadratic"),
    (check_optimizer, IgnoresTheRate, "rate_zero_changes_nothing"),
    (check_optimizer, CountsInPython, "state_goes_on"),
    (check_optimizer, CountsInPython, "compiled_equals_eager"),
    (check_optimizer, DividesByGradient, "zero_gradients_stay_finite"),
    (check_optimizer, DropsDecay, "decay_shrinks_weights"),
    (check_callback, MisspeltHook, "hooks_exist"),
    (check_callback, WrongArguments, "hooks_take_their_arguments"),
    (check_callback, HoldsTheModel, "model_is_not_held"),
    (check_callback, ChangesLogs, "logs_of_others_stay"),
    (check_callback, DrawsGlobally, "random_numbers_stay"),
    (check_callback, LosesState, "state_goes_on"),
    (check_callback, StateOfObjects, "state_is_plain"),
    (safetensors, WritesInPlace, "failed_writing_keeps_the_old_file"),
    (safetensors, WritesInPlace, "files_are_not_replaced_unasked"),
    (safetensors, SwapsWeights, "weights_come_back"),
    (safetensors, MendsWeights, "extreme_values_come_back"),
    (safetensors, TakesAnything, "other_files_are_refused"),
    (safetensors, TakesAnything, "other_weights_are_refused"),
    (keras, ForgetsOptimizer, "optimizer_comes_back"),
]


@pytest.mark.parametrize(
    ("checks", "make", "name"), PLANTED, ids=[f"{make.__name__}-{n}" for _, make, n in PLANTED]
)
def test_a_planted_fault_is_found_by_its_check(checks: Any, make: Any, name: str) -> None:
    check = next(check for check in checks(make) if check.name == name)
    with pytest.raises(ConformanceError) as caught:
        check()
    assert make.__name__ in str(caught.value)


@pytest.mark.parametrize(
    ("make", "name", "raised"),
    [
        (NeedsValidation, "runs_without_validation", KeyError),
        (StopsForGood, "runs_twice", RuntimeError),
    ],
)
def test_what_a_callback_raises_comes_out(make: Any, name: str, raised: type[Exception]) -> None:
    check = next(check for check in check_callback(make) if check.name == name)
    with pytest.raises(raised):
        check()


@pytest.mark.parametrize("checks", [check_loss, check_metric])
def test_too_few_samples_are_refused(checks: Any) -> None:
    made = losses.MeanSquaredError if checks is check_loss else metrics.MeanSquaredError
    with pytest.raises(ConfigurationError, match=r"\(2, 1\)"):
        next(checks(made, [[0.0]] * 2, [[0.0]] * 2))()


@pytest.mark.parametrize(
    "checks",
    [
        loss(losses.MeanSquaredError),
        metric(metrics.MeanSquaredError),
        check_optimizer(optimizers.SGD),
        check_callback(callbacks.Callback),
        safetensors(Safetensors),
    ],
)
def test_each_check_says_what_holds(checks: Iterator[Check]) -> None:
    every = list(checks)
    assert len({check.name for check in every}) == len(every) >= 11
    assert all(check.says.endswith(".") for check in every)
