"""Metric: state on the device, updated batch by batch, read when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from kcore import backend, components, dtypes, initializers, naming, ops, tracking
from kcore.errors import ConfigurationError
from kcore.losses.base import (
    align,
    align_class_numbers,
    fit_weights,
    join_masks,
    reduce_weighted,
    squeeze_or_expand,
)
from kcore.typing import Config, Shape, Tensor
from kcore.variable import Variable


class Metric(components.Configurable):
    """Base of metrics. A subclass writes `update_state` and `result`.

    Args:
        name: key in logs; made from the class if None.
        dtype: of the state, float32 if None.

    Example:
        >>> from kcore.metrics import Mean
        >>> m = Mean(); m.update_state([1.0, 3.0]); float(m.result())
        2.0
    """

    component_kind: ClassVar[str] = "metric"

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or naming.snake_case(type(self).__name__)
        self.dtype = dtypes.as_policy(dtype or "float32").variable_dtype

    def prepare(self, target_shape: Shape | None, output_shape: Shape) -> None:
        """Makes the state that depends on the shapes, if any, before the first step is compiled.

        Args:
            target_shape: of the targets, None if there are none.
            output_shape: of the predictions, the batch first.
        """

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Looks at the targets before training, as that of a loss does.

        Args:
            targets: numpy array of some or all of the targets.
            output_shape: of the model's output they belong to, batch first.
            owner: which targets, for the error.
        """

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes one batch into account."""
        raise ConfigurationError(f"{type(self).__name__} has no method `update_state`; write one.")

    def result(self) -> Any:
        """The value over all batches since the last reset."""
        raise ConfigurationError(f"{type(self).__name__} has no method `result`; write one.")

    def logs(self, key: str) -> dict[str, Any]:
        """The result as single numbers by name, the way logs hold them.

        A result of several numbers becomes an entry for each: "f1_score_0", "f1_score_1" ..., or
        with the names of the classes in place of the numbers, if the metric has `class_names`.

        Args:
            key: name of the metric in logs.
        """
        value = self.result()
        if isinstance(value, dict):
            return value
        value = backend.tensor.convert(value)
        shape = backend.tensor.static_shape(value)
        if shape == ():
            return {key: value}
        if None in shape:
            raise ConfigurationError(
                f"Metric {self.name!r}: the result has the shape {shape}, so logs cannot hold it. "
                "Give the metric the number of classes."
            )
        labels: Any = getattr(self, "class_names", None) or range(max(n or 0 for n in shape))
        return {
            "_".join([key, *(str(labels[i]) for i in place)]): value[place]
            for place in np.ndindex(*[n or 0 for n in shape])
        }

    def reset_state(self) -> None:
        """Forgets all batches."""
        for variable in self.variables:
            if variable.materialized:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    reset_states = reset_state

    @property
    def variables(self) -> list[Variable]:
        """The state."""
        return tracking.find(self, Variable)

    def add_variable(
        self,
        shape: Shape = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """Makes a piece of state.

        Args:
            shape: all sizes known.
            initializer: of its first value; a reset sets it to zero.
            dtype: that of the metric if None.
            aggregation: how values of several devices are joined; "sum", or None if all hold the
                same.
            name: default "state".
        """
        name = name or "state"
        first = initializers.get(initializer)
        state = Variable(first, shape, dtype or self.dtype, trainable=False, name=name)
        state.summed = aggregation == "sum"
        return state

    def add_weight(
        self, shape: Any = (), initializer: Any = "zeros", dtype: Any = None, name: str = "state"
    ) -> Variable:
        """The name of `add_variable` in Keras."""
        if isinstance(shape, str):  # the name came first before Keras 3
            shape, name = (), shape
        return self.add_variable(shape, initializer, dtype, name=name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """The weighted mean of values.

    Args:
        name: default "mean".
        dtype: of the state.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds values, each once or by its weight."""
        values = backend.tensor.convert(values, self.dtype)
        if sample_weight is None:
            count = 1
            for size in backend.tensor.dynamic_shape(values):
                count = count * size
            self.total.assign_add(ops.sum(values))
            self.count.assign_add(count)
            return
        weights = backend.tensor.convert(sample_weight, self.dtype)
        weighted = reduce_weighted(values, weights, None, "sum", self.name)
        every = reduce_weighted(ops.ones_like(values), weights, None, "sum", self.name)
        self.total.assign_add(weighted)
        self.count.assign_add(every)

    def result(self) -> Tensor:
        """The sum divided by the count; 0 before the first value."""
        count = self.count.value
        safe = ops.where(ops.equal(count, 0), ops.ones_like(count), count)
        return self.total.value / safe


class Sum(Metric):
    """The weighted sum of values."""

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_variable(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds values, each once or by its weight."""
        values = backend.tensor.convert(values, self.dtype)
        self.total.assign_add(reduce_weighted(values, sample_weight, None, "sum", self.name))

    def result(self) -> Tensor:
        """The sum."""
        return self.total.value


class MeanMetricWrapper(Mean):
    """The weighted mean of what a function of targets and predictions gives.

    Args:
        fn: function `(y_true, y_pred, **kwargs)`, one value or more a sample.
        name: the function's name if None.
        dtype: of the state.
        **kwargs: further arguments of the function.
    """

    def __init__(
        self,
        fn: Callable[..., Tensor],
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", "metric"), dtype)
        self._fn = fn
        self._arguments = kwargs

    @property
    def only_function(self) -> Any:
        """The function, if it alone makes an equal metric: a file may name it; else None."""
        return components.alone_makes(self._fn, self, MeanMetricWrapper)

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Ranks that differ by a last axis of size 1 are made equal."""
        return squeeze_or_expand(y_true, y_pred)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes a batch into account; masked values do not count."""
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        if backend.tensor.dtype_of(y_pred) in ("float16", "bfloat16"):
            y_pred = backend.tensor.cast(y_pred, self.dtype)  # whatever the function is, it fits
        y_true, y_pred = self.align(backend.tensor.convert(y_true), y_pred)
        values = backend.tensor.convert(self._fn(y_true, y_pred, **self._arguments))
        own = backend.tensor.get_mask(values)
        mask = join_masks(mask, own, values, self.name)
        if mask is not None:
            valid = backend.tensor.cast(mask, self.dtype)
            sample_weight = joined_weights(values, valid, sample_weight, self.dtype, self.name)
        super().update_state(values, sample_weight)

    def get_config(self) -> Config:
        """The arguments that make an equal metric."""
        if type(self) is not MeanMetricWrapper:
            return super().get_config()
        data = {"name": self.name, "dtype": self.dtype, "fn": components.function_data(self._fn)}
        return {**data, **components.to_data(self._arguments)}

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A metric with the given configuration."""
        config = dict(config)
        if isinstance(config.get("fn"), (str, dict)):
            found = components.get("metric", config["fn"], "MeanMetricWrapper.fn")
            if isinstance(found, Metric):  # a mean of running means would be another number
                del config["fn"]
                return type(found)(**config)
            config["fn"] = found
        return cls(**config)


class SameShapeMean(MeanMetricWrapper):
    """A MeanMetricWrapper whose targets and predictions have one shape; they are never broadcast.

    The arguments are those of MeanMetricWrapper.
    """

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Both in one shape."""
        return align(y_true, y_pred, type(self).__name__)


class ClassNumbersMean(MeanMetricWrapper):
    """A MeanMetricWrapper whose targets are class numbers.

    The arguments are those of MeanMetricWrapper.
    """

    axis: int = -1

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Class numbers have one axis less than predictions."""
        return align_class_numbers(y_true, y_pred, self.axis, type(self).__name__)


def joined_weights(
    values: Tensor, mask: Tensor | None, sample_weight: Any, dtype: str, owner: str
) -> Tensor | None:
    """Weights and mask as one tensor of the values' shape; None if there are neither.

    Args:
        values: what is weighted.
        mask: None, or booleans; masked values weigh nothing.
        sample_weight: None, or weights that broadcast to the values from the front.
        dtype: of the result.
        owner: for errors.

    Raises:
        ShapeError: if mask or weights do not fit.
    """
    result = None
    for part in (mask, sample_weight):
        if part is not None:
            fitted = fit_weights(backend.tensor.convert(part, dtype), values, owner)
            result = ops.ones_like(values, dtype) * fitted if result is None else result * fitted
    return result
