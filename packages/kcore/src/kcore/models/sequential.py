"""Sequential: a list of layers, a graph as soon as the shape of the input is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from kcore import components
from kcore.errors import ConfigurationError
from kcore.graph import remembered
from kcore.graph.function import Function
from kcore.graph.symbolic import SymbolicTensor
from kcore.layer import Layer
from kcore.models import functional
from kcore.models.inputs import Input, InputLayer
from kcore.models.model import Model
from kcore.plugins.catalogue import catalogue
from kcore.saving import forms
from kcore.saving.reading import at, entry_place
from kcore.typing import Config, Shape


class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: the layers; the first may be an Input, or have `input_shape`.
        name: of the model.
        trainable: as for Layer.

    Raises:
        ConfigurationError: if something is no layer.

    Example:
        >>> Sequential([Input((2,))]).output_shape
        (None, 2)
    """

    keras_module: ClassVar[str] = "keras"

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self._stack: list[Layer] = []
        self._stack_names: set[str] = set()
        self._start: SymbolicTensor | None = None
        for layer in layers or ():
            self._append(layer)
        self._make_graph()
        if not trainable:
            self.trainable = False

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Puts a layer at the end.

        Args:
            layer: a layer, or an Input at the beginning.
            rebuild: accepted for compatibility; the graph always follows.
        """
        self._append(layer)
        self._make_graph()
        self.trainer.compiled.clear()

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the last layer off and returns it.

        Raises:
            ConfigurationError: if there is none.
        """
        if not self._stack:
            raise ConfigurationError(f"Sequential {self.name!r} has no layer to pop.")
        layer = self._stack.pop()
        self._stack_names.discard(layer.name)
        self._function = None
        self._make_graph()
        self.trainer.compiled.clear()
        return layer

    def _append(self, layer: Any) -> None:
        if isinstance(layer, SymbolicTensor) and layer.node is not None:
            layer = layer.node.operation
        if isinstance(layer, InputLayer):
            if self._stack or self._start is not None:
                raise ConfigurationError(
                    f"Sequential {self.name!r}: an Input must be the first entry."
                )
            self._start = layer.output
            return
        if not isinstance(layer, Layer):
            raise ConfigurationError(
                f"Sequential {self.name!r} takes layers; received {layer!r} "
                f"({type(layer).__name__})."
            )
        if layer.name in self._stack_names:
            raise ConfigurationError(
                f"Sequential {self.name!r} has a layer named {layer.name!r} already; names must be "
                "unique in a model."
            )
        if not self._stack and self._start is None:
            self._start = self._start_of(layer)
        self._stack.append(layer)
        self._stack_names.add(layer.name)

    def _start_of(self, layer: Layer) -> SymbolicTensor | None:
        """The input that a first layer with `input_shape`, or a model as first layer, asks for."""
        if layer._batch_input_shape is not None:
            kind = getattr(layer, "input_dtype", None)
            return Input(
                batch_shape=layer._batch_input_shape, dtype=kind, name=f"{layer.name}_input"
            )
        if isinstance(layer, Model) and layer._function is not None and len(layer.inputs) == 1:
            only = layer.inputs[0]
            return Input(batch_shape=only.shape, dtype=only.dtype, name=f"{layer.name}_input")
        return None

    def _make_graph(self) -> None:
        """Runs the layers that are not in the graph yet on its end."""
        if self._start is None:
            return
        x: Any = self._start
        for layer in self._stack:
            x = layer(x)
        self._function = Function(self._start, x)
        self._operations = functional.operations_in_order(self._function)
        self._graph_layers = list(self._stack)
        self.built = True

    def build(self, input_shape: Any = None) -> None:
        """Makes the graph for a shape of the input, batch first."""
        if self._start is None and input_shape is not None:
            shape: Shape = (None, *tuple(input_shape)[1:])
            self._start = Input(batch_shape=shape, name=f"{self.name}_input")
            self._make_graph()

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs for symbolic inputs."""
        if self._function is None:
            self.build(inputs.shape)
        return super().compute_output_spec(inputs, *args, **kwargs)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the Input."""
        return list(self._stack)

    @property
    def is_graph(self) -> bool:
        """True: a stack is made of its layers alone, before it is built too."""
        return True

    def get_config(self) -> Config:
        """Name and layers."""
        entries = [components.object_data(layer, layer.get_config()) for layer in self._stack]
        config: Config = {"name": self.name, "trainable": self.trainable, "layers": entries}
        if self._start is not None and self._start.node is not None:
            first = self._start.node.operation
            assert isinstance(first, InputLayer)
            entries.insert(0, components.object_data(first, first.get_config()))
            config["build_input_shape"] = list(self._start.shape)
        return config

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model with the given layers; without weights. Arguments as for Model."""
        config = config if isinstance(config, dict) else {"layers": config}
        shape = config.get("build_input_shape")
        entries: Any = config.get("layers")
        forms.check_layers(entries)
        with at("build_input_shape"):
            forms.check_shape(shape)
        layers = []
        with catalogue().scope(dict(custom_objects or {})), remembered.results():
            for index, entry in enumerate(entries):
                with at(entry_place, index, entry):
                    layers.append(components.from_data("layer", entry, "Sequential.layers"))
            with at("layers"):
                model = cls(layers, name=config.get("name"))
                if not model.built and shape is not None:
                    model.build(shape)
        return model
