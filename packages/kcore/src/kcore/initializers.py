"""First values of weights.

Random initializers take a seed. Given a whole number, every call returns the same values; given
none, each weight gets its own seed from the global stream when its layer is built, so the values do
not depend on when they are first needed.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from kcore import arguments, backend, components, config, dtypes, random
from kcore.errors import ConfigurationError, ShapeError, shown
from kcore.typing import Shape, Tensor

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "fans",
    "get",
    "serialize",
]


class Initializer(components.Configurable):
    """Base of initializers: an object called with a shape and a dtype.

    Example:
        >>> Zeros()((2,)).numpy().tolist()
        [0.0, 0.0]
    """

    component_kind: ClassVar[str] = "initializer"

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        raise ConfigurationError(f"{type(self).__name__} has no method `__call__`; write one.")

    def bound(self) -> Callable[[Shape, str], Tensor]:
        """The function that makes one weight's value, all randomness settled now."""
        return self

    def clone(self) -> Any:
        """An initializer with the same arguments."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer):
    """Base of initializers that draw numbers.

    Args:
        seed: whole number, a SeedGenerator, or None.

    Raises:
        ConfigurationError: if the seed is something else.
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, dict):  # a generator in a saved configuration
            inner = seed.get("config", seed)
            known = isinstance(inner, dict) and "seed" in inner
            seed = random.SeedGenerator(inner["seed"]) if known else seed
        whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
        if not (seed is None or whole or isinstance(seed, random.SeedGenerator)):
            raise ConfigurationError(
                f"{type(self).__name__}: seed must be a whole number, a SeedGenerator or None; "
                f"received {shown(seed)}."
            )
        self.seed = seed

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        raise ConfigurationError(f"{type(self).__name__} has no method `draw`; write one.")

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        return self.draw(tuple(shape), _dtype(dtype), self.seed)

    def bound(self) -> Callable[[Shape, str], Tensor]:
        """Fixes the seed, so that the value no longer depends on when it is made."""
        seed = random.next_seed() if self.seed is None else self.seed
        return lambda shape, dtype: self.draw(tuple(shape), dtype, seed)


def _dtype(dtype: Any) -> str:
    return dtypes.standardize(dtype or config.floatx())


class Zeros(Initializer):
    """Zero everywhere."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        return backend.math.zeros(shape, _dtype(dtype))


class Ones(Initializer):
    """One everywhere."""

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        return backend.math.ones(shape, _dtype(dtype))


class Constant(Initializer):
    """The same value everywhere, or the values of an array of the weight's shape.

    Args:
        value: number or array, default 0.
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        value = backend.tensor.convert(self.value, _dtype(dtype))
        given = backend.tensor.static_shape(value)
        fits = len(given) <= len(shape) and all(
            size in (1, wanted)
            for size, wanted in zip(given[::-1], tuple(shape)[::-1], strict=False)
        )
        if not fits:
            raise ShapeError(
                f"Constant holds values of shape {given}; the weight has shape {tuple(shape)}."
            )
        return backend.math.broadcast_to(value, shape)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, zero elsewhere.

    Args:
        gain: default 1.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = arguments.number(gain, "gain", "Identity")

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        if len(shape) != 2:
            raise ConfigurationError(f"Identity makes matrices only; received the shape {shape}.")
        rows, columns = shape
        gain = backend.tensor.convert(self.gain, _dtype(dtype))
        return gain * backend.math.eye(rows or 0, columns or 0, 0, _dtype(dtype))


class RandomNormal(RandomInitializer):
    """Normal numbers.

    Args:
        mean: default 0.
        stddev: standard deviation, default 0.05.
        seed: see RandomInitializer.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        self.mean = arguments.number(mean, "mean", owner)
        self.stddev = arguments.number(stddev, "stddev", owner, 0)

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        return random.normal(shape, self.mean, self.stddev, dtype, seed)


class TruncatedNormal(RandomNormal):
    """Normal numbers, those beyond two standard deviations drawn again (not rescaled)."""

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, seed)


class RandomUniform(RandomInitializer):
    """Uniform numbers.

    Args:
        minval: lowest value, default -0.05.
        maxval: bound above, default 0.05.
        seed: see RandomInitializer.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval = arguments.number(minval, "minval", "RandomUniform")
        self.maxval = arguments.number(maxval, "maxval", "RandomUniform")
        if minval > maxval:
            raise ConfigurationError(
                f"RandomUniform: minval must not exceed maxval; received {minval!r} and {maxval!r}."
            )

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        return random.uniform(shape, self.minval, self.maxval, dtype, seed)


_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
# the standard deviation of a standard normal cut off at two, by which truncated draws are rescaled
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Numbers whose variance is `scale / n`, n counting a weight's inputs, outputs or their mean.

    Args:
        scale: positive, default 1.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" ("normal"), "untruncated_normal" or "uniform".
        seed: see RandomInitializer.

    Raises:
        ConfigurationError: if an argument is none of these.

    Example:
        >>> VarianceScaling(2.0, "fan_in").scale
        2.0
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
    ) -> None:
        super().__init__(seed)
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if not scale > 0 or mode not in _MODES or distribution not in _DISTRIBUTIONS:
            raise ConfigurationError(
                f"VarianceScaling expects scale > 0, mode in {_MODES} and distribution in "
                f"{_DISTRIBUTIONS}; received {scale!r}, {mode!r} and {distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        fan_in, fan_out = fans(shape)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return random.uniform(shape, -limit, limit, dtype, seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype, seed)
        stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
        return random.truncated_normal(shape, 0.0, stddev, dtype, seed)


def fans(shape: Shape) -> tuple[float, float]:
    """How many inputs and outputs meet in a weight: the last two sizes, times the window's size.

    Example:
        >>> fans((3, 3, 16, 32))
        (144.0, 288.0)
    """
    sizes = [size or 0 for size in shape]
    if len(sizes) < 2:
        count = float(sizes[0]) if sizes else 1.0
        return count, count
    window = math.prod(sizes[:-2])
    return float(sizes[-2] * window), float(sizes[-1] * window)


class _Scaled(VarianceScaling):
    """A VarianceScaling with fixed arguments; takes only the seed."""

    rule: ClassVar[tuple[float, str, str]]

    def __init__(self, seed: Any = None) -> None:
        super().__init__(*self.rule, seed=seed)


class GlorotUniform(_Scaled):
    """Uniform within sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010)."""

    rule = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal with variance 2 / (inputs + outputs) (Glorot and Bengio, 2010)."""

    rule = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform within sqrt(6 / inputs) (He et al., 2015)."""

    rule = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal with variance 2 / inputs (He et al., 2015)."""

    rule = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform within sqrt(3 / inputs) (LeCun et al., 1998)."""

    rule = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """Truncated normal with variance 1 / inputs (LeCun et al., 1998)."""

    rule = (1.0, "fan_in", "truncated_normal")


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal rows or columns, times `gain` (Saxe et al., 2014).

    The QR factor of a normal matrix, signs fixed by the diagonal of R. A weight of more than two
    axes is a matrix of its leading axes by its last one.

    Args:
        gain: default 1.
        seed: see RandomInitializer.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = arguments.number(gain, "gain", "Orthogonal")

    def draw(self, shape: Shape, dtype: str, seed: Any) -> Tensor:
        """The values for a seed."""
        if len(shape) < 2:
            raise ConfigurationError(f"Orthogonal needs at least two axes; received {shape}.")
        sizes = [size or 0 for size in shape]
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        normal = random.normal((max(rows, columns), min(rows, columns)), seed=seed, dtype="float32")
        q, r = backend.linalg.qr(normal, False)
        q = q * backend.math.elementwise("sign", backend.math.einsum("ii->i", r), "float32")
        if rows < columns:
            q = backend.math.transpose(q, None)
        return backend.tensor.cast(self.gain * backend.math.reshape(q, sizes), dtype)


def get(identifier: Any, owner: str = "initializer") -> Any:
    """The initializer for a name, an object, a function `(shape, dtype)`, an array or saved data.

    Example:
        >>> get("he_normal").scale
        2.0
    """
    if isinstance(identifier, np.ndarray):
        return Constant(identifier)
    return components.get("initializer", identifier, owner)


def serialize(initializer: Initializer) -> Any:
    """The saved form of an initializer."""
    return components.to_data(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described.

    Args:
        config: its name or saved form.
        custom_objects: further classes and functions by name, for this call.
    """
    return components.get_with("initializer", config, custom_objects)


# the names of earlier Keras, and second ones of Keras 3
zeros, ones, constant, identity = Zeros, Ones, Constant, Identity
zero, one, normal, uniform = Zeros, Ones, RandomNormal, RandomUniform
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling, orthogonal = VarianceScaling, Orthogonal
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal
glorot_uniform, glorot_normal, he_uniform, he_normal = (
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
)
lecun_uniform, lecun_normal = LecunUniform, LecunNormal
