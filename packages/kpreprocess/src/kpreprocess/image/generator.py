"""ImageDataGenerator: random changes and normalisation of images, and batches of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .files import check_format
from .flows import Flows
from .resample import FILL_MODES, ORDERS, Array
from .transform import apply_affine_transform, apply_brightness_shift, apply_channel_shift

__all__ = ["ImageDataGenerator"]

EPSILON = 1e-6  # added to standard deviations
NO_CHANGE: dict[str, Any] = {
    **dict.fromkeys(("theta", "tx", "ty", "shear"), 0),
    **dict.fromkeys(("zx", "zy"), 1),
    **dict.fromkeys(("flip_horizontal", "flip_vertical"), False),
    **dict.fromkeys(("channel_shift_intensity", "brightness")),
}


class ImageDataGenerator(Flows):
    """Changes images at random and normalises them.

    In this order: rotation, shift, shear and zoom in one resampling; channel shift; flips;
    brightness; then `standardize`: preprocessing_function, rescale, normalisation of each image,
    normalisation by the statistics of `fit`, whitening.

    Args:
        featurewise_center: Subtract the mean of `fit`. Default False.
        samplewise_center: Subtract each image's own mean. Default False.
        featurewise_std_normalization: Divide by the standard deviation of `fit`. Default False.
        samplewise_std_normalization: Divide by each image's own. Default False.
        zca_whitening: Make pixels uncorrelated by the statistics of `fit`. Default False.
        zca_epsilon: Added to the singular values. Default 1e-6.
        rotation_range: Largest angle in degrees, at least 0. Default 0.
        width_shift_range: Below 1 the largest shift as a share of the width, from 1 on in pixels;
            an integer n draws whole pixels below n, a list draws from it. Default 0.
        height_shift_range: The same for the height.
        brightness_range: Smallest and largest factor, or None (default).
        shear_range: Largest angle in degrees. Default 0.
        zoom_range: Smallest and largest factor, or a number z for (1 - z, 1 + z). Default 0.
        channel_shift_range: Largest number added to the channels. Default 0.
        fill_mode: What lies outside: 'nearest' (default), 'constant', 'reflect' or 'wrap'.
        cval: The number outside for 'constant'. Default 0.
        horizontal_flip: Flip half of the images left to right. Default False.
        vertical_flip: Flip half of the images top to bottom. Default False.
        rescale: Factor of every pixel, or None (default).
        preprocessing_function: Function from an image to one of the same shape, or None.
        data_format: 'channels_last' (default) or 'channels_first'.
        validation_split: Share kept for subset='validation', in [0, 1). Default 0.
        interpolation_order: 1 (default) for linear interpolation, 0 for the nearest pixel, 2 to 5
            for splines, which need scipy.
        dtype: Type of the batches. Default float32.

    Attributes:
        mean: Mean of each channel, after `fit`.
        std: Standard deviation of each channel, after `fit`.
        zca_whitening_matrix: After `fit` with `zca_whitening`.

    Raises:
        ValueError: If an argument lies outside its range.

    Example:
        >>> generator = ImageDataGenerator(rotation_range=20, rescale=1 / 255)
        >>> next(generator.flow(np.ones((10, 8, 8, 3)), batch_size=4, seed=1)).shape
        (4, 8, 8, 3)
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: float | Sequence[float] = 0.0,
        height_shift_range: float | Sequence[float] = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Array], Array] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        # Dividing needs centred values, and whitening too.
        self.featurewise_center = (
            featurewise_center or featurewise_std_normalization or zca_whitening
        )
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = _pair("brightness_range", brightness_range)
        self.shear_range = shear_range
        if isinstance(zoom_range, int | float):
            zoom_range = [1 - zoom_range, 1 + zoom_range]
        low, high = _pair("zoom_range", zoom_range) or (1.0, 1.0)
        self.zoom_range = [low, high]
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = check_format("ImageDataGenerator", data_format)
        self.interpolation_order = interpolation_order
        self.dtype = np.dtype("float32" if dtype is None else dtype)
        self.mean: Array | None = None
        self.std: Array | None = None
        self.zca_whitening_matrix: Array | None = None
        self.channel_axis, self.row_axis, self.col_axis = (
            (1, 2, 3) if self.data_format == "channels_first" else (3, 1, 2)
        )
        self._validation_split = validation_split
        self._check()

    def _check(self) -> None:
        for name in ("rotation_range", "shear_range", "channel_shift_range", "zca_epsilon"):
            if not getattr(self, name) >= 0:
                raise ValueError(
                    f"ImageDataGenerator: {name} must be at least 0; got {getattr(self, name)}."
                )
        if self.fill_mode not in FILL_MODES or self.interpolation_order not in ORDERS:
            raise ValueError(
                f"ImageDataGenerator: fill_mode must be one of {FILL_MODES} and "
                f"interpolation_order one of {ORDERS}; got {self.fill_mode!r} and "
                f"{self.interpolation_order!r}."
            )
        if not 0 <= self._validation_split < 1:
            raise ValueError(
                f"ImageDataGenerator: validation_split must lie in [0, 1); got "
                f"{self._validation_split}."
            )

    def split_bounds(self, subset: str | None) -> tuple[float, float]:
        """Beginning and end of a subset as shares of the data.

        Args:
            subset: 'training', 'validation', or None for all.

        Returns:
            (0, validation_split), (validation_split, 1) or (0, 1).

        Raises:
            ValueError: If it is another word, or `validation_split` was not given.
        """
        if subset is None:
            return 0.0, 1.0
        if subset not in ("training", "validation"):
            raise ValueError(
                f"ImageDataGenerator: subset must be 'training' or 'validation'; got {subset!r}."
            )
        if not self._validation_split:
            raise ValueError(
                f"ImageDataGenerator: subset={subset!r} needs a validation_split above 0."
            )
        split = self._validation_split
        return (0.0, split) if subset == "validation" else (split, 1.0)

    def get_random_transform(
        self, img_shape: Sequence[int], seed: int | np.random.RandomState | None = None
    ) -> dict[str, Any]:
        """Draw the changes of one image.

        Args:
            img_shape: Shape of the image.
            seed: Seed, or a generator to draw from; None (default) draws anew. A seed gives the
                numbers of Keras, which however calls the shift of the height tx and then moves
                columns by it; here the height moves rows.

        Returns:
            theta, tx (columns), ty (rows), shear, zx, zy, flip_horizontal, flip_vertical,
            channel_shift_intensity and brightness, for `apply_transform`.
        """
        draw = seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)
        theta = (
            draw.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        )
        ty = _shift(draw, self.height_shift_range, img_shape[self.row_axis - 1])
        tx = _shift(draw, self.width_shift_range, img_shape[self.col_axis - 1])
        shear = draw.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        low, high = self.zoom_range
        zx, zy = (1, 1) if low == high == 1 else draw.uniform(low, high, 2)
        flip_horizontal = (draw.random_sample() < 0.5) * self.horizontal_flip
        flip_vertical = (draw.random_sample() < 0.5) * self.vertical_flip
        intensity = None
        if self.channel_shift_range:
            intensity = draw.uniform(-self.channel_shift_range, self.channel_shift_range)
        brightness = draw.uniform(*self.brightness_range) if self.brightness_range else None
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": flip_horizontal,
            "flip_vertical": flip_vertical,
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: Array, transform_parameters: dict[str, Any]) -> Array:
        """Apply given changes to one image.

        Args:
            x: The image.
            transform_parameters: As `get_random_transform` gives them; missing ones change
                nothing.

        Shapes:
            x: (height, width, channel) or (channel, height, width); the result likewise.

        Returns:
            An array, maybe a view of `x`.
        """
        given = {**NO_CHANGE, **transform_parameters}
        row, column, channel = (n - 1 for n in (self.row_axis, self.col_axis, self.channel_axis))
        x = apply_affine_transform(
            x,
            given["theta"],
            given["tx"],
            given["ty"],
            given["shear"],
            given["zx"],
            given["zy"],
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if given["channel_shift_intensity"] is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], channel)
        if given["flip_horizontal"]:
            x = np.flip(x, column)
        if given["flip_vertical"]:
            x = np.flip(x, row)
        if given["brightness"] is not None:
            x = apply_brightness_shift(x, given["brightness"], scale=False)
        return x

    def random_transform(self, x: Array, seed: int | None = None) -> Array:
        """Change one image at random.

        Args:
            x: The image.
            seed: Seed; None (default) draws anew.

        Returns:
            An array, maybe a view of `x`.
        """
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def change_into(self, place: Array, x: Array, draw: np.random.RandomState) -> None:
        """Change and normalise one image for a batch; `x` is left as it is.

        Args:
            place: Where the result goes: one image of the batch.
            x: The image.
            draw: Where the changes are drawn from.
        """
        changed = self.apply_transform(x, self.get_random_transform(x.shape, draw))
        _copy(changed, place, self.channel_axis - 1)
        done = self.standardize(place)
        if done is not place:
            place[...] = done

    def standardize(self, x: Array) -> Array:
        """Normalise one image, or a batch, in place where the type allows.

        Args:
            x: Floating-point images; they are changed.

        Returns:
            The normalised images.

        Raises:
            TypeError: If `x` holds integers, which cannot be normalised in place.
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if not self._normalises():
            return x
        if x.dtype.kind != "f":
            raise TypeError(
                f"ImageDataGenerator.standardize: x must be of a floating type; got {x.dtype}."
            )
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + EPSILON
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted("std", self.std):
            x /= np.asarray(self.std) + EPSILON
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            x = (x.reshape(-1, int(np.prod(x.shape[-3:]))) @ self.zca_whitening_matrix).reshape(
                x.shape
            )
        return x

    def _normalises(self) -> bool:
        return bool(
            self.rescale
            or self.samplewise_center
            or self.featurewise_center
            or self.featurewise_std_normalization
        )

    def _fitted(self, name: str, statistic: Array | None) -> bool:
        if statistic is None:
            warnings.warn(
                f"ImageDataGenerator: {name} was asked for, but fit() was not called on data; "
                "images stay as they are.",
                stacklevel=3,
            )
        return statistic is not None

    def fit(
        self, x: npt.ArrayLike, augment: bool = False, rounds: int = 1, seed: int | None = None
    ) -> None:
        """Take the statistics that featurewise normalisation and whitening need.

        Images are rescaled first, but not given to `preprocessing_function`.

        Args:
            x: Images.
            augment: Whether to change them at random first. Default False.
            rounds: How often to go through them if `augment`, at least 1. Default 1.
            seed: Seed of the changes; None (default) draws anew.

        Shapes:
            x: (n, height, width, channel) or (n, channel, height, width).

        Raises:
            ValueError: If `x` has no four axes or is empty, or `rounds` is below 1.
        """
        images = np.array(x, dtype=self.dtype)
        if images.ndim != 4 or not len(images):
            raise ValueError(
                f"ImageDataGenerator.fit: x must have four axes and images; got the shape "
                f"{images.shape}."
            )
        if rounds < 1:
            raise ValueError(f"ImageDataGenerator.fit: rounds must be at least 1; got {rounds}.")
        if self.rescale:
            images *= self.rescale
        if augment:
            draw = np.random.RandomState(seed)
            shape = images.shape[1:]
            images = np.stack(
                [
                    self.apply_transform(image, self.get_random_transform(shape, draw))
                    for _ in range(rounds)
                    for image in images
                ]
            )
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = images.mean(axis=axes, keepdims=True)[0]
            images -= self.mean
        if self.featurewise_std_normalization:
            self.std = images.std(axis=axes, keepdims=True)[0]
            images /= self.std + EPSILON
        if self.zca_whitening:
            # U diag(sqrt(n) / (s + epsilon)) U^T with the left singular vectors of the data.
            flat = images.reshape(len(images), -1)
            u, s, _ = np.linalg.svd(flat.T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(flat)) / (s + self.zca_epsilon))) @ u.T


def _copy(image: Array, place: Array, channel_axis: int) -> None:
    """Copy an image; between two memory orders plane by plane, which takes a third of the time."""
    if image.strides[channel_axis] == place.strides[channel_axis]:
        place[...] = image
        return
    planes = (array.swapaxes(0, channel_axis) for array in (place, image))
    for to, plane in zip(*planes, strict=True):
        to[...] = plane


def _pair(name: str, given: Sequence[float] | None) -> tuple[float, float] | None:
    if given is None:
        return None
    if (
        not isinstance(given, list | tuple | np.ndarray)
        or len(given) != 2
        or np.asarray(given).dtype.kind not in "iuf"
    ):
        raise ValueError(f"ImageDataGenerator: {name} must be two numbers; got {given!r}.")
    return (given[0], given[1])


def _shift(draw: np.random.RandomState, span: float | Sequence[float], size: int) -> float:
    """A random shift in pixels; integers and lists are drawn from, as Keras does."""
    if not np.any(span):
        return 0.0
    if isinstance(span, float):
        shift = float(draw.uniform(-span, span))
    else:
        shift = float(draw.choice(span) * draw.choice([-1, 1]))
    return shift * size if np.max(span) < 1 else shift
