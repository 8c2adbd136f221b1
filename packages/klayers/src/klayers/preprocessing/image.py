"""What layers of images share: layout, batch axis, precision, and randomness in training only."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import backend, config, ops, random
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Config, Shape, Tensor
from klayers.preprocessing.base import PreprocessingLayer

Parameters = dict[str, Any]


class ImageLayer(PreprocessingLayer):
    """A layer of images (height, width, channels), with or without a batch in front.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.
    """

    takes_several = False

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=3, max_ndim=4)

    def get_config(self) -> Config:
        """The arguments, the layout among them."""
        return {**super().get_config(), "data_format": self.data_format}

    @property
    def _spatial(self) -> tuple[int, int]:
        """Where height and width are, counted from the end."""
        return (-2, -1) if self.data_format == "channels_first" else (-3, -2)

    def _each(self, images: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        """A function of float images (batch, height, width, channels), in the layer's dtype."""
        kind = self.compute_dtype
        x = ops.cast(images, "float64" if kind == "float64" else "float32")
        alone = len(x.shape) == 3
        x = ops.expand_dims(x, 0) if alone else x
        first = self.data_format == "channels_first"
        x = function(ops.transpose(x, (0, 2, 3, 1)) if first else x)
        x = ops.transpose(x, (0, 3, 1, 2)) if first else x
        return backend.image.fitted(ops.squeeze(x, 0) if alone else x, kind)

    def _resized_shape(self, input_shape: Shape, height: int, width: int) -> Shape:
        result = list(input_shape)
        for axis, size in zip(self._spatial, (height, width), strict=True):
            result[axis] = size
        return tuple(result)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def compute_output_dtype(self, inputs: Any) -> str:
        """The compute dtype, for whole numbers too."""
        return self.compute_dtype


class RandomImageLayer(ImageLayer):
    """A layer that changes images at random in training, and not at all otherwise.

    A subclass writes `draw`, which gives the random parameters of a batch, and `transform`, which
    is exact for given parameters.

    Args:
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.
    """

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def draw(self, images: Tensor) -> Parameters:
        """Random parameters for images (batch, height, width, channels)."""
        raise NotImplementedError

    def transform(self, images: Tensor, **parameters: Any) -> Tensor:
        """Images (batch, height, width, channels) changed by the given parameters."""
        raise NotImplementedError

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The images, changed in training."""
        if not training:
            return backend.image.fitted(inputs, self.compute_dtype)
        return self._each(inputs, lambda x: self.transform(x, **self.draw(x)))

    def _uniform(self, images: Tensor, bounds: tuple[float, float], *rest: int) -> Tensor:
        """A number between the bounds for each image, (batch, *rest)."""
        shape = (ops.shape(images)[0], *rest)
        values = random.uniform(shape, 0.0, 1.0, "float32", self.seed_generator)
        return values * (bounds[1] - bounds[0]) + bounds[0]

    def _chance(self, images: Tensor, probability: float) -> Tensor:
        """Whether something happens to each image; (batch, 1, 1, 1) bool."""
        return self._uniform(images, (0.0, 1.0), 1, 1, 1) < probability

    def _sign(self, images: Tensor, *rest: int) -> Tensor:
        """1 or -1 for each image."""
        positive = self._uniform(images, (0.0, 1.0), *rest) < 0.5
        return ops.cast(positive, "float32") * 2.0 - 1.0


def per_image(values: Tensor, images: Tensor) -> Tensor:
    """One number an image, as it broadcasts to (batch, height, width, channels)."""
    return ops.cast(ops.reshape(values, (-1, 1, 1, 1)), images.dtype.name)


def factor_range(
    value: Any, name: str, owner: str, low: float, high: float, symmetric: bool = False
) -> tuple[float, float]:
    """The lower and upper bound of a random factor.

    Args:
        value: two bounds, or one number: from 0 (from its negative if symmetric) to it.
        name: of the argument.
        owner: of the argument.
        low: smallest bound allowed.
        high: largest bound allowed.
        symmetric: whether one number stands for both signs.

    Raises:
        ConfigurationError: if a bound is out of range or they are in the wrong order.
    """
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise ConfigurationError(
                f"{owner}: {name} must be a number or two bounds; received {value!r}."
            )
        lower, upper = value
    else:
        single = number(value, name, owner, 0 if symmetric else low, high)
        lower, upper = (-single if symmetric else 0.0), single
    bounds = number(lower, name, owner, low, high), number(upper, name, owner, low, high)
    if bounds[0] > bounds[1]:
        raise ConfigurationError(
            f"{owner}: the lower bound of {name} must not exceed the upper; received {value!r}."
        )
    return bounds


def levels(value_range: Any, owner: str) -> tuple[float, float]:
    """The smallest and largest value of a pixel.

    Raises:
        ConfigurationError: if they are not two ascending numbers.
    """
    plain = [v for v in value_range if _is_number(v)] if np.iterable(value_range) else []
    low, high = map(float, plain) if len(plain) == 2 == len(value_range) else (0.0, 0.0)
    if not low < high:
        raise ConfigurationError(
            f"{owner}: value_range must be two ascending numbers, the values of black and white; "
            f"received {value_range!r}."
        )
    return low, high


def without_negative(config: Config, name: str) -> Config:
    """A configuration whose factor begins at 0 at least: Keras writes (-f, f) for a factor f."""
    bounds: Any = config.get(name)
    pair = isinstance(bounds, (list, tuple)) and len(bounds) == 2 and all(map(_is_number, bounds))
    if pair and -bounds[0] == bounds[1]:
        return {**config, name: (0.0, bounds[1])}
    return config


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
