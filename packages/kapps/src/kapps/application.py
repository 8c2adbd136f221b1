"""Application: a model that knows what its inputs and outputs mean."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from kapps import images, labels, preprocessing
from kcore import Model
from kcore.errors import ConfigurationError
from kcore.plugins.catalogue import catalogue

_LOOKED_AT = 4  # so many images tell in what range all of them are


@dataclass(frozen=True)
class Meaning:
    """What the numbers that go into a network and come out of it stand for.

    Args:
        title: the application, for messages.
        mode: preprocessing of its images, one of `preprocessing.MODES`.
        size: height and width of the images that it was published with.
        classes: "imagenet", (id, name) of each class, or None if they are not known.
        trained: whether its weights come from a file, so that a wrong range spoils the answer.

    Example:
        >>> Meaning("ResNet50", "caffe", 224).mode
        'caffe'
    """

    title: str
    mode: str
    size: int
    classes: str | tuple[tuple[str, str], ...] | None = None
    trained: bool = False


class Application(Model):
    """A model of kapps: a functional model with `preprocess`, `decode` and `classify`.

    Files hold it as the plain model that it is, so that every Keras opens them; `describe` gives a
    loaded model its meaning back.

    Attributes:
        meaning: what goes in and comes out; None if it was not made by kapps.

    Example:
        >>> from kapps import MobileNet
        >>> model = MobileNet(weights=None, input_shape=(32, 32, 3))
        >>> float(model.preprocess(np.full((1, 32, 32, 3), 255, "uint8")).max())
        1.0
    """

    stored_as: ClassVar[type[Model]] = Model
    meaning: Meaning | None = None

    def preprocess(self, x: Any) -> Any:
        """Images as the network expects them.

        Args:
            x: images of 0 to 255 as an array; or a path, a Pillow image, or a list of them, which
                are cut to a square and resized.

        Shapes:
            (batch, height, width, 3), channels first if that is the global setting; arrays keep
            their size.

        Returns:
            A new array in `floatx()`, or in the given float dtype.

        Raises:
            LoadError: if a file is no image.
            DataError: if an array does not hold numbers.
            ShapeError: if there are not three channels.

        Warns:
            UserWarning: if the pixels of an array are not in 0 to 255.
        """
        meaning = self._known("preprocess")
        if not images.is_picture(x):
            array = preprocessing.numbers(x, f"{meaning.title}.preprocess")
            _warn(meaning, array, "raw", "preprocess")
            array = array[None] if array.ndim == 3 else array
            return preprocessing.preprocess_input(array, mode=meaning.mode)
        pixels = images.load(x, self._image_size(meaning.size))
        return preprocessing.preprocess_input(pixels, mode=meaning.mode)

    def decode(self, predictions: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
        """The most likely classes of each image, by name.

        Args:
            predictions: what the model gave, (batch, classes).
            top: how many to give, from 1 to the number of classes, default 5.

        Returns:
            For each image a list of (id, name, score), the highest score first.

        Raises:
            ConfigurationError: if the names of the classes are not known; see `name_classes`.
            ShapeError: if predictions have another shape.
        """
        meaning = self._known("decode")
        if meaning.classes is None:
            raise ConfigurationError(
                f"{meaning.title} {self.name!r} does not know the names of its classes: it has no "
                "classifier, or one of its own. Give them with model.name_classes(['cat', 'dog'])."
            )
        known = meaning.classes
        names = labels.class_names() if isinstance(known, str) else known
        return labels.decode(predictions, names, top, "decode")

    def classify(self, x: Any, top: int = 5) -> Any:
        """What is on photographs.

        Args:
            x: as for `preprocess`.
            top: how many classes to give, default 5.

        Returns:
            (id, name, score) of the likeliest classes, the highest score first; a list of such
            lists for several photographs.

        Example:
            >>> ResNet50().classify("cat.jpg", top=1)  # doctest: +SKIP
            [('n02123045', 'tabby', 0.9)]
        """
        decoded = self.decode(self.predict(self.preprocess(x), verbose=0), top)
        one = images.is_single(x) if images.is_picture(x) else np.ndim(x) == 3
        return decoded[0] if one else decoded

    def name_classes(self, names: Sequence[str]) -> None:
        """Says what the classes of a classifier of one's own are called.

        Args:
            names: one name for each output, in order.

        Raises:
            ConfigurationError: if there are as many outputs as names not.
        """
        meaning, count = self._known("name_classes"), self.output_shape[-1]
        if isinstance(names, str) or len(names) != count:
            raise ConfigurationError(
                f"{meaning.title} {self.name!r} has {count} outputs; name_classes received "
                f"{names!r}. Give one name for each output."
            )
        pairs = tuple((str(number), str(name)) for number, name in enumerate(names))
        self.meaning = replace(meaning, classes=pairs)

    def features(self, *names: str) -> Model:
        """A model that gives what layers inside give; the weights are shared.

        Args:
            *names: of layers; one output each.

        Raises:
            ConfigurationError: if there is no such layer, or no name is given.

        Example:
            >>> from kapps import VGG16
            >>> model = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
            >>> model.features("block2_pool").output_shape
            (None, 8, 8, 128)
        """
        if not names:
            raise ConfigurationError(f"{self.name!r}: features needs the name of a layer.")
        outputs = [self.get_layer(name).output for name in names]
        return Model(self.input, outputs[0] if len(outputs) == 1 else outputs)

    def check_input_data(self, x: Any) -> None:
        """As for Model; and warns if trained weights meet pixels in another range."""
        super().check_input_data(x)
        if self.meaning is not None and self.meaning.trained and isinstance(x, np.ndarray):
            _warn(self.meaning, x, self.meaning.mode, "the model")

    def _known(self, what: str) -> Meaning:
        if self.meaning is None:
            raise ConfigurationError(
                f"{self.name!r}: {what} needs to know which application this is. Say it with "
                "kapps.describe(model, 'ResNet50')."
            )
        return self.meaning

    def _image_size(self, usual: int) -> tuple[int, int]:
        """The size of the model's input; where it is open, the one it was published with."""
        shape = self.input_shape[1:]
        sizes = shape[:2] if preprocessing.channels_last() else shape[1:]
        return (sizes[0] or usual, sizes[1] or usual)


def describe(model: Model, title: str, classes: Sequence[str] | None = None) -> Application:
    """A model from a file as the application that it was, with the same layers and weights.

    Args:
        model: a functional model, as `load_model` gives it.
        title: name of the application, such as "ResNet50".
        classes: names of the outputs; ImageNet's if None and there are 1000 outputs.

    Raises:
        ConfigurationError: if there is no such application, or the names do not fit.

    Example:
        >>> from kapps import VGG16
        >>> plain = Model.from_config(VGG16(weights=None, input_shape=(32, 32, 3)).get_config())
        >>> describe(plain, "VGG16").meaning.mode
        'caffe'
    """
    function = catalogue().load("application", title)
    if not hasattr(function, "images"):
        raise ConfigurationError(
            f"describe: {title!r} is no application that says what its images are. Give the name "
            "of one, such as 'ResNet50'."
        )
    mode, size = function.images
    described = Application(model.input, model.output, name=model.name)
    outputs = described.output_shape[-1]
    named = "imagenet" if classes is None and outputs == 1000 else None
    described.meaning = Meaning(title, mode, size, named, trained=True)
    if classes is not None:
        described.name_classes(classes)
    return described


def _warn(meaning: Meaning, array: Any, mode: str, where: str) -> None:
    """Warns if images look as if they were scaled in another way than `mode` says."""
    some = np.asarray(array[:_LOOKED_AT] if array.ndim == 4 else array)
    if not some.size or not np.issubdtype(some.dtype, np.number):
        return
    low, high = float(some.min()), float(some.max())
    problem = preprocessing.misfit(mode, low, high)
    if problem:
        warnings.warn(
            f"{meaning.title}: {where} received images with values from {low:.4g} to {high:.4g}; "
            f"{problem}",
            UserWarning,
            stacklevel=4,
        )
