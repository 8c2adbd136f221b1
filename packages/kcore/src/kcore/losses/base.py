"""Loss: one number from targets and predictions, with weights, masks and a way to average."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kcore import backend, components, config, context, dtypes, naming, ops, shapes
from kcore.errors import ConfigurationError, DataError, ShapeError
from kcore.typing import Config, Shape, Tensor

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Reduction:
    """The names of the reductions under which TensorFlow's Keras knew them."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"


class Loss(components.Configurable):
    """Base of losses. A subclass writes `call(y_true, y_pred)`, one value a sample.

    Args:
        name: key in logs; made from the class if None.
        reduction: "sum_over_batch_size" (the sum divided by the number of values), "sum", "mean",
            "mean_with_sample_weight" (divided by the sum of the weights), or None ("none"). "auto",
            the default of earlier Keras, means "sum_over_batch_size".
        dtype: what predictions are converted to; None keeps theirs, but for 16-bit and whole
            numbers, which become `floatx`.

    Raises:
        ConfigurationError: if the reduction is none of these.
        ShapeError: when called, if targets and predictions do not have the same shape; `(N,)` and
            `(N, 1)` are the same, anything else is never broadcast.

    Example:
        >>> from kcore.losses import MeanSquaredError
        >>> float(MeanSquaredError()([[0.0], [1.0]], [[1.0], [1.0]]))
        0.5
    """

    component_kind: ClassVar[str] = "loss"

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction == "auto":
            reduction = "sum_over_batch_size"
        if reduction not in REDUCTIONS:
            raise ConfigurationError(
                f"{type(self).__name__}: reduction must be one of {REDUCTIONS}; received "
                f"{reduction!r}."
            )
        self.reduction = reduction
        self.name = name or naming.snake_case(type(self).__name__)
        self.dtype = None if dtype is None else dtypes.as_policy(dtype).compute_dtype

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value for each sample: the last axis is averaged over."""
        raise ConfigurationError(f"{type(self).__name__} has no method `call`; write one.")

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Targets and predictions in the same shape; a loss on class numbers overrides it."""
        return align(y_true, y_pred, type(self).__name__)

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Looks at the targets before training; numpy array in, DataError if they cannot be right.

        Args:
            targets: some or all of the targets.
            output_shape: of the model's output they belong to, batch first.
            owner: which targets, for the error.
        """
        check_target_shape(targets.shape, output_shape, owner, type(self).__name__)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        dtype = backend.tensor.dtype_of(y_pred)
        if self.dtype is not None and self.dtype != dtype:
            y_pred = backend.tensor.cast(y_pred, self.dtype)
        elif dtype in ("float16", "bfloat16") or not dtype.startswith("float"):
            y_pred = backend.tensor.cast(y_pred, config.floatx())
        y_true, y_pred = self.align(backend.tensor.convert(y_true), y_pred)
        values = self.call(y_true, y_pred)
        own = backend.tensor.get_mask(values)  # of a loss that leaves values out by itself
        mask = join_masks(mask, own, values, type(self).__name__)
        return reduce_weighted(values, sample_weight, mask, self.reduction, type(self).__name__)


class FunctionLoss(Loss):
    """A function `(y_true, y_pred)` as a loss.

    Args:
        function: gives one value a sample, or a scalar.
        reduction: as for Loss.
        name: the function's name if None.
        dtype: as for Loss.
    """

    def __init__(
        self,
        function: Callable[[Tensor, Tensor], Tensor],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name or getattr(function, "__name__", "loss"), reduction, dtype)
        self.function = function

    @property
    def only_function(self) -> Any:
        """The function, if it alone makes an equal loss: a file may name it; else None."""
        return components.alone_makes(self.function, self, FunctionLoss)

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Ranks that differ by an axis of size 1 are made equal; the rest is the function's."""
        return squeeze_or_expand(y_true, y_pred)

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Nothing is known of what the function accepts."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """What the function gives, targets in the dtype of the predictions if they are floats."""
        return backend.tensor.convert(self.function(match_dtype(y_true, y_pred), y_pred))

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A loss with the given configuration."""
        config = dict(config)
        if isinstance(config.get("function"), (str, dict)):
            config["function"] = components.get("loss", config["function"], "FunctionLoss.function")
        return cls(**config)


class FormulaLoss(Loss):
    """Base of losses that are one function of targets and predictions.

    A subclass sets `formula`, and `options` to the names of the function's further arguments, which
    it keeps as attributes.

    Args:
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.
    """

    formula: ClassVar[Callable[..., Tensor]]
    options: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """What the function gives."""
        arguments = {option: getattr(self, option) for option in self.options}
        return type(self).formula(y_true, y_pred, **arguments)


def match_dtype(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The targets in the dtype of the predictions."""
    return backend.tensor.cast(y_true, backend.tensor.dtype_of(y_pred))


def squeeze_or_expand(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Makes ranks equal that differ by a last axis of size 1, on either side."""
    true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
    if len(true) == len(pred) - 1 and pred[-1] == 1:
        y_true = backend.math.expand_dims(y_true, -1)
    elif len(true) == len(pred) + 1 and true[-1] == 1:
        y_true = backend.math.squeeze(y_true, -1)
    return y_true, y_pred


def align(y_true: Tensor, y_pred: Tensor, owner: str) -> tuple[Tensor, Tensor]:
    """Both in the same shape and in the dtype of the predictions; never broadcast.

    Raises:
        ShapeError: if the shapes differ by more than a last axis of size 1.
    """
    y_true, y_pred = same_shape(y_true, y_pred, owner)
    return match_dtype(y_true, y_pred), y_pred


def same_shape(y_true: Tensor, y_pred: Tensor, owner: str) -> tuple[Tensor, Tensor]:
    """Both in the same shape, dtypes as they are; never broadcast.

    Raises:
        ShapeError: if the shapes differ by more than a last axis of size 1.
    """
    y_true, y_pred = squeeze_or_expand(y_true, y_pred)
    true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
    if not shapes.compatible(true, pred):
        raise ShapeError(
            f"{owner}: targets have shape {true}, predictions {pred}; they must be equal (a last "
            "axis of size 1 may be missing). Reshape the targets, or change the model's output."
        )
    return y_true, y_pred


def align_class_numbers(
    y_true: Tensor, y_pred: Tensor, axis: int, owner: str
) -> tuple[Tensor, Tensor]:
    """Class numbers without a last axis of size 1, predictions as they are.

    Args:
        y_true: class numbers, one axis less than the predictions.
        y_pred: predictions.
        axis: axis of the classes.
        owner: for the error.

    Raises:
        ShapeError: if the shapes do not belong together.
    """
    true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
    if len(true) == len(pred) and true[-1] == 1:
        y_true, true = backend.math.squeeze(y_true, -1), true[:-1]
    expected = pred[: axis % len(pred)] + pred[axis % len(pred) + 1 :]
    if not shapes.compatible(true, expected):
        raise ShapeError(
            f"{owner}: targets have shape {true}; predictions of shape {pred} need class numbers "
            f"of shape {expected}. For one-hot targets use the one without 'Sparse' in its name."
        )
    return y_true, y_pred


def check_target_shape(shape: Shape, output_shape: Shape, owner: str, loss: str) -> None:
    """Compares the shape of targets with that of the output.

    Raises:
        DataError: if they cannot belong together.
    """
    full = tuple(shape)
    if full[-1:] == (1,) and len(full) == len(output_shape) + 1:
        full = full[:-1]
    elif output_shape[-1:] == (1,) and len(full) == len(output_shape) - 1:
        full = (*full, 1)
    if not shapes.compatible((None, *full[1:]), (None, *output_shape[1:])):
        hint = ""
        if len(shape) in (1, len(output_shape)) and len(output_shape) > 1:
            hint = (
                " If they are class numbers, use loss='sparse_categorical_crossentropy' or "
                "utils.to_categorical."
            )
        raise DataError(
            f"{owner} have shape {tuple(shape)}, but the loss {loss} compares them with an output "
            f"of shape {output_shape}; the shapes must be equal.{hint}"
        )


def reduce_weighted(
    values: Tensor, sample_weight: Any, mask: Tensor | None, reduction: str | None, owner: str
) -> Tensor:
    """Averages values by weights and mask.

    Args:
        values: one or more for each sample.
        sample_weight: None, or broadcast to the values from the front: one a sample, one a step.
        mask: None, or booleans; masked values do not count, and the mean is over the others.
        reduction: one of REDUCTIONS.
        owner: for errors.

    Raises:
        ShapeError: if the weights do not fit.
    """
    dtype = backend.tensor.dtype_of(values)
    weights = None
    if sample_weight is not None:
        weights = fit_weights(backend.tensor.convert(sample_weight, dtype), values, owner)
    if mask is not None:
        valid = fit_weights(backend.tensor.cast(mask, dtype), values, owner)
        valid = valid * ops.ones_like(values)
        if reduction in ("sum_over_batch_size", "mean"):
            # divided by the count of all values below: scaled up, it is the mean of the valid
            every = _over_batch(ops.sum(valid))
            valid = valid * (_count(values) / ops.maximum(every, config.epsilon()))
        weights = valid if weights is None else weights * valid
    weighted = values if weights is None else values * weights
    if reduction in (None, "none"):
        return weighted
    total = ops.sum(weighted)
    if reduction == "sum":
        part = context.scaled()
        return total if part is None else total / ops.cast(part.copies, dtype)
    if reduction == "mean_with_sample_weight" and weights is not None:
        every = _over_batch(ops.sum(weights * ops.ones_like(values)))
        return total / ops.maximum(every, config.epsilon())
    return total / ops.maximum(_count(values), 1.0)


def mean_over_batch(values: Tensor) -> Tensor:
    """The mean of values; in a step on a part of a batch, the part of the whole batch's mean."""
    if context.scaled() is None:
        return ops.mean(values)
    return ops.sum(values) / ops.maximum(_count(values), 1.0)


def _count(values: Tensor) -> Tensor:
    """The number of values, of the whole batch where a step sees a part of it."""
    count = 1
    for size in backend.tensor.dynamic_shape(values):
        count = count * size
    dtype = backend.tensor.dtype_of(values)
    found = backend.tensor.cast(backend.tensor.convert(count), dtype)
    part = context.scaled()
    if part is None:
        return found
    return found / ops.cast(part.rows, dtype) * ops.cast(part.all_rows, dtype)


def _over_batch(value: Tensor) -> Tensor:
    """A sum over samples, of the whole batch where a step sees a part of it."""
    part = context.scaled()
    return value if part is None else ops.stop_gradient(part.total([value])[0])


def join_masks(
    mask: Tensor | None, own: Tensor | None, values: Tensor, owner: str
) -> Tensor | None:
    """What neither of two masks leaves out, either of which may be None.

    Args:
        mask: of the predictions.
        own: of the values, from a function that leaves some out by itself.
        values: what both are for.
        owner: for errors.

    Raises:
        ShapeError: if the mask of the predictions does not fit.
    """
    if mask is None or own is None:
        return own if mask is None else mask
    return ops.logical_and(fit_weights(ops.cast(mask, "bool"), values, owner), own)


def fit_weights(weights: Tensor, values: Tensor, owner: str) -> Tensor:
    """Axes of size 1 behind the weights, until they broadcast from the front.

    Raises:
        ShapeError: if they do not fit.
    """
    shape, target = backend.tensor.static_shape(weights), backend.tensor.static_shape(values)
    if len(shape) == len(target) + 1 and shape[-1] == 1:
        weights = backend.math.squeeze(weights, -1)
        shape = shape[:-1]
    fits = len(shape) <= len(target) and shapes.compatible(
        tuple(s if s != 1 else None for s in shape), target[: len(shape)]
    )
    if not fits:
        raise ShapeError(
            f"{owner}: weights of shape {shape} do not fit values of shape {target}. Give one "
            "weight a sample, shape (batch,), or one a step, shape (batch, steps)."
        )
    for _ in range(len(target) - len(shape)):
        weights = backend.math.expand_dims(weights, -1)
    return weights
