"""Seeds. Every random number of the framework comes from an explicit seed that can be saved.

Two things draw seeds: layers and initializers that were given none (from one global stream, in the
order in which they are made), and each use of a `SeedGenerator` (from its own counter).
"""

from __future__ import annotations

import numbers
import random as _python_random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import backend, config, context, dtypes
from kcore.errors import ConfigurationError, shown
from kcore.typing import Shape, Tensor
from kcore.variable import Variable

# between the seeds of parts of a batch
_APART = 0x9E3779B1


class _Stream(threading.local):
    """A stream a thread: what one thread builds does not depend on the others."""

    def __init__(self) -> None:
        self.source = _python_random.Random()


_stream = _Stream()


def set_seed(seed: int) -> None:
    """Starts the global stream of seeds anew, and those of Python and numpy.

    Args:
        seed: any whole number from 0 to 2**32 - 1.

    Raises:
        ConfigurationError: if it is something else.

    Example:
        >>> set_seed(7); a = next_seed(); set_seed(7); a == next_seed()
        True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ConfigurationError(f"set_seed expects a whole number from 0 to 2**32 - 1: {seed!r}.")
    _stream.source = _python_random.Random(int(seed))
    _python_random.seed(int(seed))
    np.random.seed(int(seed))


def reproducible(seed: int) -> None:
    """Makes everything from here on equal, bit for bit, in every process on the same CPU.

    Seeds, the order of data, dropout and augmentation follow from the seed; another kind or number
    of processors adds up in another order. `History.fingerprint` says on what a run depended.

    Args:
        seed: any whole number from 0 to 2**32 - 1.

    Example:
        >>> reproducible(1)
    """
    set_seed(seed)


def next_seed() -> int:
    """The next number of the global stream."""
    return _stream.source.randrange(2**31)


def stream_state() -> list[Any]:
    """Where the global stream stands, as plain data."""
    version, numbers, gauss = _stream.source.getstate()
    return [version, list(numbers), gauss]


def set_stream_state(state: list[Any]) -> None:
    """Puts the global stream where `stream_state` saw it."""
    version, numbers, gauss = state
    _stream.source.setstate((version, tuple(numbers), gauss))


def hand_over() -> Callable[[], None]:
    """A function that lets the thread which calls it go on with this thread's stream of seeds."""
    source = _stream.source

    def take() -> None:
        _stream.source = source

    return take


def _check_seed(seed: Any) -> None:
    whole = isinstance(seed, numbers.Integral) and not isinstance(seed, bool)
    if seed is not None and not (whole and -(2**63) <= seed < 2**63):
        raise ConfigurationError(
            f"A seed must be a whole number of 64 bits, or None; received {shown(seed)}."
        )


class SeedGenerator:
    """A stream of seeds for one user of random numbers, kept in a variable that files can hold.

    Args:
        seed: start of the stream; drawn from the global stream if None.

    Attributes:
        state: variable (2,) int64: the seed and how many were drawn.

    Example:
        >>> SeedGenerator(3).seed
        3
    """

    def __init__(self, seed: int | None = None, name: str = "seed_generator") -> None:
        _check_seed(seed)
        self.seed = next_seed() if seed is None else int(seed)
        self.name = name
        start = np.array([self.seed, 0], dtype="int64")
        self.state = Variable(start, trainable=False, name="seed_generator_state", dtype="int64")

    def next(self) -> Tensor:
        """A seed, different at each call: the pair (seed, number of the call)."""
        seed = self.state.value
        self.state.assign_add(np.array([0, 1], dtype="int64"))
        part = context.replica()
        # parts of a batch on several devices draw their own numbers
        return seed if part is None else seed + np.array([part.number * _APART, 0], dtype="int64")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal generator."""
        return {"seed": self.seed, "name": self.name}


def _seed(seed: int | SeedGenerator | None) -> Tensor:
    if isinstance(seed, SeedGenerator):
        return backend.random.seed_tensor(seed.next())
    return backend.random.seed_tensor(next_seed() if seed is None else int(seed))


def _dtype(dtype: Any) -> str:
    return dtypes.standardize(dtype or config.floatx())


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Normal numbers with the given mean and standard deviation."""
    return backend.random.normal(shape, mean, stddev, _seed(seed), _dtype(dtype))


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Normal numbers; those farther than two standard deviations away are drawn again."""
    return backend.random.truncated_normal(shape, mean, stddev, _seed(seed), _dtype(dtype))


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Uniform numbers from minval, below maxval."""
    return backend.random.uniform(shape, minval, maxval, _seed(seed), _dtype(dtype))


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Whole numbers from minval, below maxval."""
    return backend.random.randint(shape, minval, maxval, _seed(seed), dtypes.standardize(dtype))


def gamma(shape: Any, alpha: float, dtype: Any = None, seed: Any = None) -> Tensor:
    """Gamma numbers with the given shape parameter and scale 1."""
    return backend.random.gamma(shape, alpha, _seed(seed), _dtype(dtype))


def beta(shape: Any, alpha: float, beta: float, dtype: Any = None, seed: Any = None) -> Tensor:
    """Beta numbers, from 0 to 1: a / (a + b) for two gamma numbers."""
    generator = seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)
    a, b = (gamma(shape, shared, "float32", generator) for shared in (alpha, beta))
    return backend.tensor.cast(a / (a + b), _dtype(dtype))


def dropout(
    inputs: Tensor, rate: float, noise_shape: Shape | None = None, seed: Any = None
) -> Tensor:
    """Sets a share of the values to zero and scales the others up, so that the mean stays.

    Args:
        rate: the share, from 0 up to 1.
        noise_shape: shape of the decisions, broadcast to the inputs; None decides for each element.
    """
    inputs = backend.tensor.convert(inputs)
    if noise_shape is None:
        shape = backend.tensor.dynamic_shape(inputs)
    else:
        sizes = backend.tensor.dynamic_shape(inputs)
        shape = [s if n is None else n for s, n in zip(sizes, noise_shape, strict=True)]
    if rate >= 1:
        return inputs * 0
    keep = backend.random.keep_mask(shape, rate, _seed(seed))
    return inputs * (backend.tensor.cast(keep, backend.tensor.dtype_of(inputs)) / (1 - rate))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Class numbers, each as likely as softmax of its logits says.

    Args:
        logits: (batch, classes).
        num_samples: numbers drawn for each row.
        dtype: of the result.
        seed: an integer gives the same numbers at every call; a SeedGenerator goes on.

    Shapes:
        (batch, num_samples).

    Example:
        >>> categorical([[0.0, 50.0]], 3).numpy().tolist()
        [[1, 1, 1]]
    """
    return backend.random.categorical(
        backend.tensor.convert(logits), num_samples, _seed(seed), dtypes.standardize(dtype)
    )


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """The slices along an axis in another order.

    Args:
        x: of any shape.
        axis: along which the order changes.
        seed: as for `categorical`.

    Example:
        >>> sorted(shuffle([1, 2, 3]).numpy().tolist())
        [1, 2, 3]
    """
    return backend.random.shuffle(backend.tensor.convert(x), axis, _seed(seed))


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """How many of `counts` trials succeed, each with a probability.

    Args:
        shape: of the result.
        counts: numbers of trials; a number or a tensor that broadcasts to the shape.
        probabilities: between 0 and 1, likewise.
        dtype: of the result, `floatx` if None.
        seed: as for `categorical`.
    """
    return backend.random.binomial(shape, counts, probabilities, _seed(seed), _dtype(dtype))
