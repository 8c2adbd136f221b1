"""Model: a layer that may own a graph of layers, and has a trainer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from kcore import backend, components, context, dtypes, tree
from kcore.errors import ConfigurationError, NotBuiltError
from kcore.graph import remembered
from kcore.graph.function import Function
from kcore.graph.node import not_recording
from kcore.graph.symbolic import SymbolicTensor, is_shape, unconnected
from kcore.layer import Layer
from kcore.models import functional
from kcore.models import state_tree as states
from kcore.models.export import export
from kcore.models.graph_inputs import GraphInputs
from kcore.models.plot_html import picture_html
from kcore.models.profile import Profile, profile_model
from kcore.models.summary import print_summary, summary_html
from kcore.models.trainable import Trainable
from kcore.models.tuning import Tunable
from kcore.ops.operation import trace_shapes
from kcore.plugins.catalogue import catalogue
from kcore.saving.loading import load_weights, save_model, save_weights
from kcore.saving.matching import LoadReport, Rename
from kcore.training.history import History
from kcore.training.trainer import Trainer
from kcore.typing import Config, Tree


class Model(Trainable, Tunable, Layer):
    """A model, made in one of three ways.

    * `Model(inputs, outputs)`: the graph of layers between symbolic tensors.
    * A subclass that writes `call`: layers are attributes, Python decides what runs.
    * `Sequential`: a list of layers.

    Args:
        inputs: symbolic tensor, or lists and dicts of them.
        outputs: what the model gives, likewise.
        name: of the model.
        trainable: as for Layer.

    Example:
        >>> from kcore.models import Input
        >>> x = Input((2,))
        >>> Model(x, x + 1.0).output_shape
        (None, 2)
    """

    supports_masking = True
    # the module that Keras' own files name for this class
    keras_module: ClassVar[str] = "keras.src.models.functional"
    # what places in files call a model inside another; subclasses are called by their own names
    file_name: ClassVar[str] = "functional"

    def __init__(
        self,
        inputs: Tree = None,
        outputs: Tree = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=True, **kwargs)
        self._function: Function | None = None
        self._graph_layers: list[Layer] = []
        self.trainer = Trainer(self)
        self.stop_training = False
        self.history: History | None = None
        if inputs is not None or outputs is not None:
            self._set_graph(inputs, outputs)
        if not trainable:
            self.trainable = False

    def _set_graph(self, inputs: Tree, outputs: Tree) -> None:
        for what, value in (("inputs", inputs), ("outputs", outputs)):
            bad = [leaf for leaf in tree.flatten(value) if not isinstance(leaf, SymbolicTensor)]
            if bad:
                raise ConfigurationError(
                    f"Model({what}=...) expects symbolic tensors, made by Input and by calling "
                    f"layers on them; received {type(bad[0]).__name__}."
                )
        # as in Keras, a list of one stands for its only entry
        self._function = Function(_only(inputs), _only(outputs))
        self._operations = functional.operations_in_order(self._function)
        self._graph_layers = [op for op in self._operations if isinstance(op, Layer)]
        _refuse_equal_names(self._graph_layers, self.name)
        self.built = True

    # The graph

    @property
    def layers(self) -> list[Layer]:
        """The layers: of the graph from inputs to outputs, else the attributes in order."""
        return self._graph_layers if self._function is not None else self._sublayers()

    @property
    def is_graph(self) -> bool:
        """Whether the model is made of its layers alone; a subclass may do anything in `call`."""
        return self._function is not None

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs, as a flat list."""
        return [] if self._function is None else list(self._function.flat_inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs, as a flat list."""
        return [] if self._function is None else list(self._function.flat_outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs in their form."""
        return self._need_graph("input").inputs

    @property
    def output(self) -> Any:
        """The symbolic outputs in their form."""
        return self._need_graph("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shapes of the inputs in their form."""
        return tree.map_leaves(lambda t: t.shape, self.input)

    @property
    def output_shape(self) -> Any:
        """The shapes of the outputs in their form."""
        return tree.map_leaves(lambda t: t.shape, self.output)

    def _need_graph(self, what: str) -> Function:
        if self._function is None:
            raise NotBuiltError(
                f"Model {self.name!r} has no symbolic {what}: it is not made from Input tensors, "
                "or not built yet. Give it an Input, or call it on data."
            )
        return self._function

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [t.name or f"input_{i + 1}" for i, t in enumerate(self.inputs)]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs."""
        return [] if self._function is None else self.output_names_for(self._function.outputs)

    def output_names_for(self, outputs: Tree) -> list[str]:
        """A name for each output of this form: keys of a dict, else the layers' names."""
        if isinstance(outputs, dict) and all(
            not isinstance(v, (dict, list)) for v in outputs.values()
        ):
            return sorted(outputs)
        if self._function is not None:
            nodes = [t.node for t in self._function.flat_outputs]
            names = [n.operation.name if n is not None else "output" for n in nodes]
            same = {name for name in names if names.count(name) > 1}
            return [f"{n}_{i}" if n in same else n for i, n in enumerate(names)]
        return [f"output_{i + 1}" for i in range(len(tree.flatten(outputs)))]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer with a name, or at a place.

        Args:
            name: its name.
            index: its place in `layers`, in place of the name; may count from the end.

        Raises:
            ConfigurationError: if there is none, or not exactly one of both is given.
        """
        if (name is None) == (index is None):
            raise ConfigurationError(
                f"get_layer takes a name or an index; received name={name!r}, index={index!r}."
            )
        layers = self.layers
        if index is not None and -len(layers) <= index < len(layers):
            return layers[index]
        for layer in layers:
            if name is not None and layer.name == name:
                return layer
        raise ConfigurationError(
            f"Model {self.name!r} has no layer {name if index is None else index!r}; its layers "
            f"are {[layer.name for layer in layers]}."
        )

    # Calling

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Runs the graph; a subclass without a graph writes its own."""
        if self._function is None:
            raise ConfigurationError(
                f"{type(self).__name__} has no graph and no method `call`; write one, or make the "
                "model from Input tensors."
            )
        values = self._graph_values(inputs)
        for value, given in zip(values, tree.flatten(mask), strict=False):
            if given is not None and not isinstance(value, SymbolicTensor):
                backend.tensor.set_mask(value, given)
        return self._function.run(values)

    def _graph_values(self, inputs: Any) -> list[Any]:
        """One value for each input of the graph, checked and in its dtype."""
        return self._need_inputs().values(inputs, self.compute_dtype)

    def _need_inputs(self) -> GraphInputs:
        return GraphInputs(self.name, self._need_graph("input"), self.input_names)

    def check_input_data(self, x: Any) -> None:
        """Compares arrays with what the graph takes, before anything runs.

        Raises:
            DataError: if their number, names, shapes or dtypes do not fit.
        """
        if self._function is not None:
            self._need_inputs().check_data(x)

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs for symbolic inputs."""
        if self._function is None:
            if type(self).compute_output_shape is Model.compute_output_shape:
                return self.derive_output_spec(inputs, *args, **kwargs)
            return super().compute_output_spec(inputs, *args, **kwargs)
        values = self._graph_values(inputs)
        known = remembered.find(self, values)
        if known is None:
            with not_recording(), context.enter():
                try:
                    known = self._function.run(values)
                except TypeError:
                    return trace_shapes(self.call, (inputs,), {})
            remembered.keep(self, values, known)
        return tree.map_leaves(unconnected, known)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for shapes of the inputs."""
        kinds = [t.dtype for t in self.inputs] or [self.compute_dtype]
        flat = iter(kinds * 64)
        inputs = _symbols_of(input_shape, flat)
        return tree.map_leaves(lambda t: t.shape, self.compute_output_spec(inputs))

    def output_mask(self, inputs: Any, outputs: Any, previous_mask: Any) -> Any:
        """The masks that the layers inside left on the outputs."""

        def find(leaf: Any) -> Any:
            symbolic = isinstance(leaf, SymbolicTensor)
            return leaf.mask if symbolic else backend.tensor.get_mask(leaf)

        return tree.map_leaves(find, outputs)

    def build(self, input_shape: Any = None) -> None:
        """Builds a subclassed model's layers by calling it on symbols of this shape."""
        if self._function is None and input_shape is not None and type(self).call is not Model.call:
            self.built = True
            inputs = _symbols_of(input_shape, iter([self.compute_dtype] * 64))
            with not_recording():
                self.derive_output_spec(inputs)

    def _is_complete(self) -> bool:
        return self._function is not None or type(self).call is not Model.call

    def reset_state(self) -> None:
        """Forgets what the stateful layers below carry from one batch to the next."""
        for layer in self.flatten_layers():
            if layer.carried_variables() and hasattr(layer, "reset_state"):
                layer.reset_state()

    reset_states = reset_state

    # Files and pictures

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
        show_costs: bool = False,
    ) -> None:
        """Prints layers, output shapes and numbers of parameters; see `utils.print_summary`."""
        print_summary(
            self,
            line_length,
            positions,
            print_fn,
            expand_nested,
            show_trainable,
            layer_range,
            show_costs,
        )

    def profile(self, x: Any, repeats: int = 3) -> Profile:
        """Time and memory of every layer on data, as a table and a picture; see `Profile`.

        Args:
            x: data as for `predict`; one batch is computed.
            repeats: how often each layer is timed, at least 1; the fastest counts.
        """
        return profile_model(self, x, repeats)

    def _repr_html_(self) -> str:
        if self._function is None:
            return f"<pre>{repr(self).replace('<', '&lt;')}</pre>"
        return summary_html(self) + picture_html(self)

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Writes architecture, weights, compile arguments and optimizer state to one file.

        Args:
            filepath: its suffix says the format; ".h5" has Keras' layout.
            overwrite: False refuses to replace a file.
            zipped: True asks for the one file that is always written; False is refused.
            **kwargs: `include_optimizer`, default True.

        Raises:
            SaveError: if the file cannot be written; an earlier file stays as it was.
        """
        if zipped is False:
            raise ConfigurationError(
                "Model.save writes one file; zipped=False, a folder, does not."
            )
        save_model(self, filepath, overwrite, **kwargs)

    def export(self, filepath: Any, format: str = "tf_saved_model") -> None:
        """Writes a SavedModel, which TensorFlow runs without any of our packages.

        Its signature "serving_default" takes the inputs and gives the outputs by name. What was
        written is loaded again and compared with the model before it takes the target's place.

        Args:
            filepath: the folder to write; a SavedModel that is there is replaced.
            format: "tf_saved_model" only.

        Raises:
            ConfigurationError: if another format is asked for.
            SaveError: if it cannot be written, or computes other numbers than the model.
        """
        if format != "tf_saved_model":
            raise ConfigurationError(
                f"Model.export writes 'tf_saved_model'; received format={format!r}."
            )
        export(self, filepath)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Writes the weights to a file."""
        save_weights(self, filepath, overwrite)

    def load_weights(
        self,
        filepath: Any,
        skip_mismatch: bool = False,
        by_name: bool = False,
        partial: bool = False,
        rename: Rename | None = None,
    ) -> LoadReport:
        """Reads the weights from a file; changes nothing if one does not fit.

        Args:
            filepath: the file.
            skip_mismatch: whether weights of another shape or number are passed over.
            by_name: whether layers are found by their names, in `.h5` and `.safetensors`; other
                layers may then be missing or unexpected.
            partial: whether weights may be missing in the file, and be there without need.
            rename: rules from names in the file to names in the model, for example
                `{"^encoder": "backbone"}`: regular expressions with replacements, or a function.
                The names are those of layers in `.h5`, of weights in other formats.

        Returns:
            What was loaded, missing, unexpected and mismatched.

        Raises:
            LoadError: if the file is damaged, or does not fit as strictly as asked for, or not at
                all.
        """
        return load_weights(self, filepath, skip_mismatch, by_name, partial, rename)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """All state as a tree of dicts: weights, optimizer and metrics by their names.

        Args:
            value_format: "backend_tensor" or "numpy_array".

        Example:
            >>> sorted(Model(name="m").get_state_tree())[0]
            'metrics_variables'
        """
        return states.read(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Assigns what `get_state_tree` gave, or a part of it; all or nothing.

        Raises:
            ConfigurationError: if the tree names what the model does not have.
            ShapeError: if a value has another shape.
        """
        states.write(self, state_tree)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON."""
        return json.dumps(components.object_data(self, self.get_config()), **kwargs)

    def get_config(self) -> Config:
        """The architecture of a graph model; the constructor's arguments of a subclass."""
        if self._function is None or self._has_own_constructor():
            skip = frozenset({"inputs", "outputs", "name", "trainable"})
            return {
                "name": self.name,
                "trainable": self.trainable,
                **components.signature_config(self, skip),
            }
        graph = functional.graph_config(self._function, self._operations)
        return {"name": self.name, "trainable": self.trainable, **graph}

    def _has_own_constructor(self) -> bool:
        return type(self).__init__ is not Model.__init__

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model with the given architecture; without weights.

        Args:
            config: what `get_config` gave.
            custom_objects: classes and functions of your own by name, for this call.
        """
        own_arguments = cls.__init__ is not Model.__init__
        graph = [key for key in ("layers", "input_layers", "output_layers") if key in config]
        if cls is not Model and len(graph) < (3 if own_arguments else 1):
            return cls(**config)
        with catalogue().scope(dict(custom_objects or {})), remembered.results():
            inputs, outputs = functional.build_graph(config)
        name, trainable = config.get("name"), config.get("trainable", True)
        return cls(inputs=inputs, outputs=outputs, name=name, trainable=trainable)


def _only(values: Tree) -> Tree:
    return values[0] if isinstance(values, (list, tuple)) and len(values) == 1 else values


def _symbols_of(shape: Any, kinds: Any) -> Any:
    if is_shape(shape):
        return SymbolicTensor(shape, dtypes.standardize(next(kinds)))
    if isinstance(shape, dict):
        return {key: _symbols_of(item, kinds) for key, item in shape.items()}
    return [_symbols_of(item, kinds) for item in shape]


def _refuse_equal_names(layers: list[Layer], model: str) -> None:
    counts = Counter(layer.name for layer in layers)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise ConfigurationError(
            f"Model {model!r} has several layers named {twice[0]!r}; names must be unique in a "
            "model. Give one of them another name."
        )
