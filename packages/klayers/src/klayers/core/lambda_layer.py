"""Lambda: a function as a layer."""

from __future__ import annotations

import inspect
from typing import Any

from kcore import Layer, components, tree
from kcore.errors import ComponentNotFoundError, ConfigurationError
from kcore.graph.symbolic import symbols_of
from kcore.ops.operation import find_function
from kcore.plugins.catalogue import catalogue
from kcore.typing import Config, Tree


class Lambda(Layer):
    """function(inputs, **arguments).

    For a file to be readable the function needs a name: register it with
    `kcore.utils.register_keras_serializable`, or pass it in `custom_objects` when loading. Code is
    never written to a file, nor run from one. Weights inside the function are not trained: write a
    layer for that.

    Args:
        function: a function, or the name of a registered one or of one of kcore.ops; it may take
            `mask` and `training`.
        output_shape: without the batch, or a function of the input's shape; found by running the
            function on symbols if None.
        mask: mask of the outputs, or a function `(inputs, mask)`.
        arguments: further keyword arguments of the function.
        **kwargs: see Layer.

    Shapes: whatever the function makes of its input.

    Raises:
        ConfigurationError: if the function is none, or has no name when the layer is saved, or a
            file holds code in place of a name.

    Example:
        >>> from kcore import ops
        >>> Lambda(ops.square)([3.0]).numpy().tolist()
        [9.0]
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(function, str):
            function = _function_named(function)
        if not callable(function):
            raise ConfigurationError(
                f"Lambda: function must be a function or the name of a registered one; received "
                f"{function!r} ({type(function).__name__})."
            )
        masks = [] if callable(mask) else tree.flatten(mask)
        if any(m is not None and not hasattr(m, "shape") for m in masks):
            raise ConfigurationError(
                f"Lambda: mask must be a function (inputs, mask), a tensor or None; received "
                f"{mask!r}."
            )
        self.function = function
        shape = output_shape
        self.output_shape = tuple(shape) if isinstance(shape, (list, tuple)) else shape
        self.mask = mask
        self.arguments = dict(arguments or {})
        self.supports_masking = mask is not None
        self._takes = set(inspect.signature(function).parameters) & {"mask", "training"}

    def call(self, inputs: Tree, mask: Any = None, training: bool = False) -> Tree:
        """What the function gives."""
        offered = {"mask": mask, "training": training}
        given = {name: offered[name] for name in self._takes if name not in self.arguments}
        return self.function(inputs, **self.arguments, **given)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """What `mask` says; else none, with a warning if the input had one."""
        if callable(self.mask):
            return self.mask(inputs, previous_mask)
        return super().compute_mask(inputs, previous_mask) if self.mask is None else self.mask

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """From `output_shape` where given, else by running the function on symbols."""
        inputs = args[0] if args else next(iter(kwargs.values()))
        if self.output_shape is None:
            return self.derive_output_spec(*args, **kwargs)
        if callable(self.output_shape):
            shape = self.output_shape(inputs.shape)
        else:
            shape = (inputs.shape[0], *self.output_shape)
        return symbols_of(tuple(shape), self.compute_output_dtype(inputs))

    def get_config(self) -> Config:
        """The arguments; the function by its name."""
        for what, value in (("function", self.function), ("output_shape", self.output_shape)):
            if getattr(value, "__name__", "") == "<lambda>":
                raise ConfigurationError(
                    f"Layer {self.name!r} (Lambda) cannot be saved: its {what} is a lambda, which "
                    "has no name to be found by. Write it with def and register it with "
                    "kcore.utils.register_keras_serializable, or write a layer."
                )
        return super().get_config()

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration; code in place of a function's name is never run."""
        config = dict(config)
        for what in ("function", "output_shape", "mask"):
            config[what] = _function_from(config, what)
        for key in ("module", "function_type", "output_shape_type", "output_shape_module"):
            config.pop(key, None)
        return cls(**{k: v for k, v in config.items() if v is not None})


def _function_named(name: str) -> Any:
    """A registered function, one of custom_objects, or one of kcore.ops."""
    try:
        return catalogue().load("function", name)
    except ComponentNotFoundError:
        found = find_function(name)
        if found is None:
            raise
        return found


def _function_from(config: Config, what: str) -> Any:
    """A function by name; by the layer's name where a file holds code."""
    value = config.get(what)
    if isinstance(value, dict):
        if value.get("class_name") != "__lambda__":
            return components.get("function", value, f"Lambda.{what}")
    elif what != "function" or not isinstance(value, (list, tuple)):
        if what != "function" and isinstance(value, str):
            return _function_named(value)
        return value
    name = str(config.get("name", "lambda"))
    try:
        return _function_named(name)
    except ComponentNotFoundError:
        raise ConfigurationError(
            f"Layer {name!r} (Lambda): its {what} is stored as Python code, which is never run. "
            f"Pass the function under the layer's name: custom_objects={{{name!r}: function}}."
        ) from None
