"""Normalization: numbers with mean 0 and variance 1, by statistics learnt from data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kcore import config, ops, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.preprocessing.base import AdaptiveLayer
from klayers.preprocessing.rescaling import numbers


class Normalization(AdaptiveLayer):
    """(inputs - mean) / sqrt(variance), with statistics of data seen before training.

    `adapt` finds them; or give both. The root is kept above `kcore.config.epsilon()`. The
    variance is that of all the data, n in the denominator.

    Args:
        axis: the axes that keep statistics of their own, default -1; None for one mean of all.
        mean: in place of `adapt`, a number or an array of the sizes of those axes.
        variance: likewise; both or none.
        invert: whether to undo it: inputs * sqrt(variance) + mean.
        **kwargs: see Layer.

    Shapes:
        input and output have the same. Weights, unless mean and variance are given: mean and
        variance (sizes of the axes), count ().

    Raises:
        ConfigurationError: if only one of mean and variance is given, or a variance is negative.
        ShapeError: if an axis does not exist or has no known size.

    Example:
        >>> layer = Normalization(axis=None)
        >>> layer.adapt([1.0, 3.0])
        >>> layer([1.0, 3.0]).numpy().round(3).tolist()
        [-1.0, 1.0]
    """

    supports_masking = True

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        axes = () if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)
        if any(isinstance(a, bool) or not isinstance(a, int) or a == 0 for a in axes):
            raise ConfigurationError(
                "Normalization: axis must be a whole number other than 0 (the batch), several of "
                f"them, or None; received {axis!r}."
            )
        if (mean is None) != (variance is None):
            raise ConfigurationError(
                "Normalization: mean and variance belong together; received "
                f"mean={mean!r} and variance={variance!r}."
            )
        self.axis = tuple(axes)
        self.mean = None if mean is None else numbers(mean, "mean", "Normalization")
        given = None if variance is None else numbers(variance, "variance", "Normalization")
        if given is not None and np.min(given) < 0:
            raise ConfigurationError(
                f"Normalization: variance must not be negative; received {variance!r}."
            )
        self.variance = given
        self.invert = bool(invert)
        self._seen: Any = None

    def build(self, input_shape: Shape) -> None:
        """Makes the statistics, one for each place along the axes."""
        rank = len(input_shape)
        axes = [shapes.normalize_axis(a, rank, f"{self._describe()}: axis") for a in self.axis]
        self._kept = sorted(axes)
        sizes = tuple(input_shape[a] for a in self._kept)
        if None in sizes:
            raise ShapeError(
                f"{self._describe()} keeps statistics along axes {self._kept}, but the input of "
                f"shape {tuple(input_shape)} has unknown sizes there. Give the model's Input these "
                "sizes, or choose other axes."
            )
        self._spread = tuple(n if i in self._kept else 1 for i, n in enumerate(input_shape))
        if self.mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int64", trainable=False, name="count")
        else:
            for name, value in (("mean", self.mean), ("variance", self.variance)):
                self._check_given(np.asarray(value).shape, sizes, name)
        self.input_spec = InputSpec(ndim=rank, axes=dict(zip(self._kept, sizes, strict=True)))

    def _check_given(self, shape: Shape, sizes: Shape, name: str) -> None:
        try:
            fits = np.broadcast_shapes(shape, sizes) == sizes  # type: ignore[arg-type]
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"{self._describe()}: {name} has shape {tuple(shape)}; the input has {sizes} along "
                f"axes {self._kept}. Give one number or one for each place."
            )

    def reset_state(self) -> None:
        """Forgets the statistics."""
        if self.mean is not None:
            raise ConfigurationError(
                f"{self._describe()} was given mean and variance, so it has nothing to learn by "
                "adapt. Leave them out."
            )
        self._seen = None

    def update_state(self, data: Any) -> None:
        """Adds a batch to the statistics."""
        batch = np.asarray(data, dtype="float64")
        if batch.ndim == 1 and self.axis:
            batch = batch[:, None]
        self.build_once((None, *batch.shape[1:]))
        problem = self.input_spec.problem(batch.shape)
        if problem:
            raise ShapeError(f"{self._describe()}: adapt cannot take {batch.shape}: {problem}.")
        rest = tuple(i for i in range(batch.ndim) if i not in self._kept)
        count = batch.size // max(int(np.prod([batch.shape[i] for i in self._kept])), 1)
        if count:
            new = (count, batch.mean(rest), batch.var(rest))
            self._seen = new if self._seen is None else _merged(self._seen, new)

    def finalize_state(self) -> None:
        """Puts the statistics into the weights."""
        if self._seen is not None:
            _, mean, variance = self._seen
            self.adapt_mean.assign(np.asarray(mean))
            self.adapt_variance.assign(np.asarray(variance))

    def call(self, inputs: Tensor) -> Tensor:
        """The normalised input, or with `invert` the reverse."""
        dtype = self.compute_dtype
        wide = "float64" if dtype == "float64" else "float32"
        if self.mean is not None:
            shape: Any = [self._spread[a] for a in self._kept]
            mean, variance = (
                np.broadcast_to(np.asarray(v, wide), shape) for v in (self.mean, self.variance)
            )
        else:
            if not self.adapt_mean.materialized:
                warnings.warn(
                    f"{self._describe()} has not learnt its statistics and changes nothing. Call "
                    "adapt first, or give mean and variance.",
                    UserWarning,
                    stacklevel=4,
                )
            mean, variance = self.adapt_mean.value, self.adapt_variance.value
        mean = ops.reshape(ops.cast(mean, wide), self._spread)
        root = ops.sqrt(ops.reshape(ops.cast(variance, wide), self._spread))
        root = ops.maximum(root, config.epsilon())
        x = ops.cast(inputs, wide)
        return ops.cast(mean + x * root if self.invert else (x - mean) / root, dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def compute_output_dtype(self, inputs: Any) -> str:
        """The compute dtype, for whole numbers too."""
        return self.compute_dtype


def _merged(a: Any, b: Any) -> Any:
    """Count, mean and variance of two parts together (Chan, Golub and LeVeque, 1979)."""
    count = a[0] + b[0]
    step = b[1] - a[1]
    mean = a[1] + step * (b[0] / count)
    variance = (a[2] * a[0] + b[2] * b[0] + step**2 * (a[0] * b[0] / count)) / count
    return count, mean, variance
