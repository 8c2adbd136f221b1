"""One builder for every application: what is known about a network, made into a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import klayers
from kapps import head, records
from kapps import weights as weight_files
from kapps.application import Application, Meaning
from kapps.weights import WeightRecord
from kcore import config
from kcore.errors import ConfigurationError
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

_Function = TypeVar("_Function", bound=Callable[..., Any])


def classify(x: Tensor, classes: int, activation: Any) -> Tensor:
    """The mean of each channel, and the classifier: (batch, classes)."""
    x = klayers.GlobalAveragePooling2D(name="avg_pool")(x)
    return klayers.Dense(classes, activation=activation, name="predictions")(x)


def pool(x: Tensor, pooling: str | None) -> Tensor:
    """The features: one number a channel with "avg" and "max", unchanged with None."""
    if pooling == "avg":
        return klayers.GlobalAveragePooling2D(name="avg_pool")(x)
    if pooling == "max":
        return klayers.GlobalMaxPooling2D(name="max_pool")(x)
    return x


@dataclass(frozen=True)
class Network:
    """What is known about an application besides its weights.

    Args:
        title: the function's name, for messages and records.
        name: of the model, unless its user gives one.
        body: from images to feature maps.
        size: height and width of the images that it was published with.
        minimal: least height and width that its windows need.
        mode: preprocessing of its images, one of `preprocessing.MODES`.
        top: from feature maps to classes; arguments are the maps, the number of classes and the
            activation.
        features: from feature maps to what is given without the classifier.
        variant: which of the files published under the title belong to it; "" if all do.
        fixed_size: whether the published classifier takes images of one size only.
        open_size: whether the default leaves height and width open with the classifier too.
        known_size: whether the size is that of `size` without the classifier too.
        published_body: the body in place of `body` where published weights are asked for.
    """

    title: str
    name: str
    body: Callable[[Tensor], Tensor]
    size: int
    minimal: int
    mode: str
    top: Callable[[Tensor, int, Any], Tensor] = classify
    features: Callable[[Tensor, str | None], Tensor] = pool
    variant: str = ""
    fixed_size: bool = False
    open_size: bool = False
    known_size: bool = False
    published_body: Callable[[Tensor], Tensor] | None = None


class Create(Protocol):
    """The function that makes an application."""

    def __call__(
        self,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = None,
    ) -> Application: ...


def application(network: Network, summary: str) -> Create:
    """The function that makes models of a network, with the arguments of Keras.

    Args:
        network: what is known about it.
        summary: the first line of the function's documentation.

    Example:
        >>> body = lambda x: klayers.Conv2D(4, 3, name="conv")(x)
        >>> Tiny = application(Network("Tiny", "tiny", body, 8, 3, "tf"), "A tiny network.")
        >>> Tiny(weights=None, classes=2).count_params()
        122
    """

    def create(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = None,
    ) -> Application:
        return build(
            network,
            include_top,
            weights,
            input_tensor,
            input_shape,
            pooling,
            classes,
            classifier_activation,
            name,
        )

    return named_function(
        create,
        network.body,
        network.title,
        network.mode,
        network.size,
        _documentation(network, summary),
    )


def _documentation(network: Network, summary: str) -> str:
    size, minimal = network.size, network.minimal
    return f"""{summary}

    Args:
        include_top: whether the classifier is part of it.
        weights: "imagenet" for published ones, path of a file of weights, None for random ones.
        input_tensor: symbolic images to start from, in place of an input of its own.
        input_shape: of one image, at least {minimal} pixels high and wide; ({size}, {size}, 3) if
            None{"" if network.known_size else ", without the classifier (None, None, 3)"}.
        pooling: without the classifier: None gives the feature maps, "avg" and "max" one vector.
        classes: outputs of the classifier, default 1000.
        classifier_activation: function or name, default "softmax"; None gives the classifier's
            sums.
        name: of the model, "{network.name}" if None.

    Shapes:
        input (batch, height, width, channels); output (batch, classes), or (batch, channels) with
        pooling, or the feature maps.

    Returns:
        An `Application`, a model that is not compiled and knows its preprocessing
        ("{network.mode}") and its classes.

    Raises:
        ConfigurationError: if an argument can never work, or the weights cannot be had.
        ShapeError: if images of this shape do not fit.
        LoadError: if the file of weights is missing, damaged or made for another network.

    Example:
        >>> model = {network.title}(weights=None)
    """


def named_function(
    function: _Function,
    body: Callable[..., Any],
    title: str,
    mode: str,
    size: int,
    documentation: str | None = None,
) -> _Function:
    """A function that makes a network, under the network's name and with what `describe` reads.

    Args:
        function: makes the model.
        body: makes the layers; the function counts as written in its module.
        title: the name.
        mode: preprocessing of the images.
        size: height and width of the images.
        documentation: of the function; its own if None.
    """
    function.__name__ = function.__qualname__ = title
    function.__module__ = getattr(body, "func", body).__module__
    function.__doc__ = documentation or function.__doc__
    vars(function)["images"] = (mode, size)
    return function


def build(
    network: Network,
    include_top: bool,
    weights: Any,
    input_tensor: SymbolicTensor | None,
    input_shape: Any,
    pooling: str | None,
    classes: int,
    activation: Any,
    name: str | None,
) -> Application:
    """The model of a network, with its weights; see `application` for the arguments.

    Raises:
        ConfigurationError, ShapeError, LoadError: as the applications say.
    """
    title = network.title
    published = records.published(title, network.variant, network.size, network.mode)
    found = weight_files.locate(weights, title, include_top, published)
    head.check_arguments(title, include_top, found, pooling, classes, activation)
    images = head.image_input(
        title,
        input_tensor,
        input_shape,
        None if network.open_size else network.size,
        network.minimal,
        include_top or network.known_size,
        found,
    )
    body = network.body
    if isinstance(found, WeightRecord):
        body = network.published_body or body
        if include_top and network.fixed_size:
            head.check_size(title, images, network.size, found)
    x = body(images)
    x = network.top(x, classes, activation) if include_top else network.features(x, pooling)
    model = Application(head.source_inputs(images), x, name=name or network.name)
    model.meaning = _meaning(network, include_top, classes, weights is not None)
    weight_files.load(model, found)
    return model


def _meaning(network: Network, include_top: bool, classes: int, trained: bool) -> Meaning:
    meaning = Meaning(network.title, network.mode, network.size, None, trained)
    if include_top and classes == 1000:
        return replace(meaning, classes="imagenet")
    return meaning


def check_width(owner: str, alpha: Any) -> None:
    """Refuses a share of channels that can never work.

    Raises:
        ConfigurationError: if it is no number above 0.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not alpha > 0:
        raise ConfigurationError(
            f"{owner}: alpha must be a number above 0, the share of the channels of each layer; "
            f"received {alpha!r}."
        )


def size_text(input_shape: Any, input_tensor: Any, include_top: bool) -> str:
    """The size of images in the names of models: "224" by default, "None" if it is open."""
    shape = input_shape if input_tensor is None else input_tensor.shape[1:]
    if shape is None:
        return "224" if include_top else "None"
    first = 0 if config.image_data_format() == "channels_last" else 1
    return str(shape[first]) if len(shape) == 3 else "None"
