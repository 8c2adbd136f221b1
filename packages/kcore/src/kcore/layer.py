"""Layer: configured when made, built once when it meets its first input, called many times.

    class Linear(Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")

        def call(self, inputs):
            return ops.matmul(inputs, self.kernel)

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], self.units)

`__call__` does what surrounds `call`: building, casting, checking, masks, recording a node where
the input is symbolic. Which weights and layers belong to a layer is read off its attributes.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any, ClassVar

from kcore import (
    backend,
    components,
    config,
    context,
    dtypes,
    input_spec,
    naming,
    shapes,
    tree,
)
from kcore import initializers as initializers_module
from kcore.errors import ConfigurationError, KcoreError, NoValuesError, ShapeError
from kcore.graph.inbound import Calls
from kcore.graph.node import Node, is_recording, not_recording
from kcore.graph.symbolic import (
    SymbolicTensor,
    find_symbolic,
    shape_tree,
    symbols_of,
    unconnected,
)
from kcore.input_spec import InputSpec
from kcore.ops.operation import trace_shapes
from kcore.tracking import WeightOwner
from kcore.typing import Config, Tree
from kcore.variable import Variable

__all__ = ["InputSpec", "Layer"]


class Layer(Calls, WeightOwner):
    """Base of all layers.

    Args:
        activity_regularizer: adds to the loss from the layer's outputs; divided by the batch size.
        trainable: whether training changes its weights; False also freezes statistics.
        dtype: dtype or policy ("mixed_float16"); the global policy if None.
        name: unique in a model, without '/'; made from the class if None.
        **kwargs: first-layer arguments of earlier Keras (input_shape, batch_input_shape, input_dim,
            input_length, batch_size) and `weights`, a list of first values.

    Attributes:
        built: whether it has its weights.
        config_version: of the class; see `components.Configurable`.
        input_spec: what `call` accepts, an InputSpec or a tree of them, or None.
        supports_masking: whether a mask passes through unchanged.

    Raises:
        ConfigurationError: if an argument is unknown.

    Example:
        >>> Layer(name="nothing").name
        'nothing'
    """

    component_kind: ClassVar[str] = "layer"
    config_version: ClassVar[int] = 1
    supports_masking = False
    _initialized = False
    _build_names: ClassVar[tuple[str, ...]] = ("input_shape",)  # the arguments of `build`

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._call_names = _named_arguments(cls.call)
        cls._call_signature = inspect.signature(cls.call)
        if "call" in vars(cls) and "takes_several" not in vars(cls):
            cls.takes_several = True  # another `call` may take what that of the base does not
        cls._build_names = _named_arguments(cls.build)
        if "build" in vars(cls):
            cls.build = _marking_built(cls.build)  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        cls = type(self).__name__
        self._name = naming.check(name, cls) if name is not None else None
        self._trainable = bool(trainable)
        self.dtype_policy = config.dtype_policy() if dtype is None else dtypes.as_policy(dtype)
        self.activity_regularizer = components.get(
            "regularizer", activity_regularizer, f"{cls}.activity_regularizer"
        )
        self.built = False
        self.input_spec: Any = None
        self._calls = []
        self._losses: list[Any] = []
        self._build_shapes: Any = None
        self._legacy_weights = kwargs.pop("weights", None)
        self._batch_input_shape = input_spec.first_layer_shape(kwargs)
        kwargs.pop("autocast", None)
        if kwargs:
            raise ConfigurationError(
                f"{cls} does not take the argument(s) {', '.join(map(repr, kwargs))}; it takes "
                f"{', '.join(components.constructor_arguments(type(self)))}, activity_regularizer, "
                "trainable, dtype and name."
            )
        self._initialized = True

    # What a layer author writes

    def build(self, input_shape: Any) -> None:
        """Makes the weights; called once, with the shape of the first input (batch first)."""

    def call(self, inputs: Any) -> Any:
        """Computes the outputs with `kcore.ops`. May take `training` and `mask`."""
        raise ConfigurationError(f"{type(self).__name__} has no method `call`; write one.")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The outputs' shape, found by running `call` symbolically unless a layer says it."""
        inputs = symbols_of(input_shape, self.compute_dtype)
        return tree.map_leaves(lambda t: t.shape, self.compute_output_spec(inputs))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs: the input's if `supports_masking`, else none and a warning."""
        masks = [m for m in tree.flatten(previous_mask) if m is not None]
        if not masks:
            return None
        if not self.supports_masking:
            warnings.warn(
                f"{self._describe()} does not handle masks, so the mask of its input ends here and "
                "layers behind it see padding as data. Set `supports_masking = True` on the layer "
                "if it works step by step, or write compute_mask.",
                UserWarning,
                stacklevel=4,
            )
            return None
        return masks[0] if len(masks) == 1 else previous_mask

    def get_config(self) -> Config:
        """The arguments that make an equal layer, as plain data."""
        shared: Config = {"name": self.name, "trainable": self._trainable}
        shared["dtype"] = self.dtype_policy.name
        if self.activity_regularizer is not None:
            shared["activity_regularizer"] = components.to_data(self.activity_regularizer)
        skip = frozenset((*shared, "activity_regularizer"))
        return {**shared, **components.signature_config(self, skip)}

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer with the given configuration; without weights.

        Arguments of Keras' class that ask for nothing here are left out.
        """
        return cls(**components.without_neutral(cls, config))

    def get_build_config(self) -> Config:
        """The shape of the input that `build` got; empty before it ran."""
        return {} if self._build_shapes is None else {"input_shape": self._build_shapes}

    def build_from_config(self, config: Config) -> None:
        """Makes the weights for what `get_build_config` of an equal layer gave."""
        if config.get("input_shape") is not None:
            self.build_once(shapes.as_tuples(config["input_shape"]))

    # Names and state

    @property
    def name(self) -> str:
        """The name, made at first need if none was given."""
        if self._name is None:
            self._name = naming.unique(naming.snake_case(type(self).__name__))
        return self._name

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._sublayers():
            layer.trainable = value

    @property
    def compute_dtype(self) -> str:
        """The dtype that `call` computes in."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self.dtype_policy.variable_dtype

    dtype = variable_dtype

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
        **_: Any,
    ) -> Variable:
        """Makes a weight; it takes memory when it is first read.

        Args:
            shape: all sizes known; () for a single number.
            initializer: first value; Glorot uniform for floats, zeros for others if None.
            dtype: the policy's variable dtype if None.
            trainable: whether optimizers change it.
            regularizer: adds to the loss.
            constraint: applied after each update.
            name: "kernel", "bias" ...

        Raises:
            ShapeError: if a size is unknown.

        Example:
            >>> Layer().add_weight((2, 3), name="kernel").shape
            (2, 3)
        """
        if isinstance(shape, str):  # the first argument was the name before Keras 3
            name, shape, initializer = shape, initializer if name is None else name, None
        kind = dtypes.standardize(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(kind) else "zeros"
        first = initializers_module.get(initializer, f"{type(self).__name__}.{name}")
        what = f"{self._describe()}: shape of weight {name!r}"
        sizes = shapes.standardize(() if shape is None else shape, what)
        if None in sizes:
            raise ShapeError(
                f"{self._describe()}: weight {name!r} would have shape {sizes}, but a weight needs "
                "known sizes. Give the model's Input the missing size."
            )
        start = first.bound() if hasattr(first, "bound") else first
        variable = Variable(start, sizes, kind, trainable, name or "variable")
        variable.path = f"{self.name}/{variable.name}"
        variable.regularizer = components.get("regularizer", regularizer, f"{name}.regularizer")
        variable.constraint = components.get("constraint", constraint, f"{name}.constraint")
        return variable

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._initialized:
            raise ConfigurationError(
                f"{type(self).__name__}.__init__ must call super().__init__(**kwargs) first."
            )
        symbolic = find_symbolic(args) or find_symbolic(kwargs)
        if not symbolic:
            args, kwargs = self._to_tensors(args), self._to_tensors(kwargs)
        first = _first_input(args, kwargs)
        if symbolic:
            self._check_call(first, args, kwargs)
        if self.input_spec is not None:
            self._check_inputs(first)
        if not self.built:
            self._build_for(args, kwargs)
            if self.input_spec is not None:
                self._check_inputs(first)
        call = self._call_symbolic if symbolic else self._call_real
        return call(first, args, kwargs)

    def _to_tensors(self, values: Any) -> Any:
        """Arrays become tensors, floats of another precision are cast to the compute dtype."""
        dtype = self.compute_dtype
        castable = dtypes.is_float(dtype)

        def convert(leaf: Any) -> Any:
            if leaf is None or isinstance(leaf, (bool, int, float, str)):
                return leaf
            if not (backend.tensor.is_tensor(leaf) or hasattr(leaf, "__array__")):
                return leaf
            tensor = backend.tensor.convert(leaf)
            own = backend.tensor.dtype_of(tensor)
            if castable and own != dtype and dtypes.is_float(own):
                cast = backend.tensor.cast(tensor, dtype)
                backend.tensor.set_mask(cast, backend.tensor.get_mask(tensor))
                return cast
            return tensor

        return tree.map_leaves(convert, values)

    def _check_inputs(self, inputs: Any) -> None:
        producer = ""
        for leaf in tree.flatten(inputs):
            if isinstance(leaf, SymbolicTensor) and leaf.node is not None:
                producer = f", the output of layer {leaf.node.operation.name!r}"
        layout = getattr(self, "data_format", None) or "channels_last"
        input_spec.check(self.input_spec, inputs, self._describe(), producer, layout)

    def _describe(self) -> str:
        running = context.current()
        above = "/".join(running.path) if running is not None else ""
        path = f"{above}/{self.name}" if above and not above.endswith(self.name) else self.name
        return f"Layer {path!r} ({type(self).__name__})"

    def _build_for(self, args: Any, kwargs: Any) -> None:
        """Builds from the shapes of the call's arguments."""
        first = _first_input(args, kwargs)
        wanted = self._build_names
        if len(wanted) <= 1:
            self.build_once(shape_tree(first))
            return
        bound = dict(zip(self._call_names, args, strict=False)) | kwargs
        given = {name: bound.get(name.removesuffix("_shape")) for name in wanted}
        known = {n: shape_tree(v) for n, v in given.items() if v is not None}
        self.build_once(known.pop(wanted[0]), **known)

    def build_once(self, input_shape: Any, **others: Any) -> None:
        """Runs `build`, unless it has run.

        Args:
            input_shape: tree of shapes, batch first.
            **others: shapes of further call arguments, for layers whose build takes them by name.
        """
        if self.built:
            return
        self.build(input_shape, **others)
        self.built = True
        self._build_shapes = input_shape
        if self._legacy_weights is not None:
            self.set_weights(list(self._legacy_weights))
            self._legacy_weights = None

    def _call_symbolic(self, first: Any, args: Any, kwargs: Any) -> Any:
        outputs = self.compute_output_spec(*args, **kwargs)
        node = Node(self, args, kwargs, outputs)
        if is_recording():
            self._remember(node)
        before = tree.map_leaves(lambda t: getattr(t, "mask", None), first)
        if self._handles_masks() or any(m is not None for m in tree.flatten(before)):
            _set_masks(outputs, self.output_mask(first, outputs, _one_mask(before)))
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Tree:
        """Symbolic outputs for symbolic inputs.

        From `compute_output_shape` where a layer has one, else by running `call` on symbols, else
        by tracing it once.
        """
        first = _first_input(args, kwargs)
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            shape = self.compute_output_shape(shape_tree(first))
            return symbols_of(shape, self.compute_output_dtype(first))
        return self.derive_output_spec(*args, **kwargs)

    def derive_output_spec(self, *args: Any, **kwargs: Any) -> Tree:
        """Symbolic outputs by running `call` on symbols, or by tracing it once."""
        fresh_args, fresh_kwargs = tree.map_leaves(unconnected, (args, kwargs))
        with not_recording(), context.enter():
            try:
                return tree.map_leaves(unconnected, self.call(*fresh_args, **fresh_kwargs))
            except (TypeError, ValueError, AttributeError) as error:
                if issubclass(type(error), KcoreError) and type(error) is not NoValuesError:
                    raise
                # `call` uses TensorFlow itself, or a metric, which know nothing of symbols
                return trace_shapes(self.call, fresh_args, fresh_kwargs)

    def compute_output_dtype(self, inputs: Any) -> str:
        """The dtype of the outputs: the compute dtype.

        Integers stay integers if there are no weights that would turn them into something else.
        """
        kinds = [t.dtype for t in tree.flatten(inputs) if isinstance(t, SymbolicTensor)]
        if kinds and not any(dtypes.is_float(k) for k in kinds) and not self._own_variables():
            return kinds[0]
        return self.compute_dtype

    def _call_real(self, first: Any, args: Any, kwargs: Any) -> Any:
        running = context.current()
        if running is None:
            with context.enter(kwargs.get("training")) as running:
                outputs = self._call_inside(running, first, args, kwargs)
            self._losses = running.losses
            return outputs
        return self._call_inside(running, first, args, kwargs)

    def _call_inside(self, running: context.CallContext, first: Any, args: Any, kwargs: Any) -> Any:
        names = self._call_names
        before = running.training
        if "training" in kwargs:
            if kwargs["training"] is not None:
                running.training = bool(kwargs["training"])
            if "training" not in names:
                kwargs = {k: v for k, v in kwargs.items() if k != "training"}
        if "training" in names and kwargs.get("training") is None:
            kwargs = {**kwargs, "training": bool(running.training)}
        masks = tree.map_leaves(backend.tensor.get_mask, first)
        masked = any(m is not None for m in tree.flatten(masks))
        if masked and "mask" in names and kwargs.get("mask") is None and len(args) < 2:
            kwargs = {**kwargs, "mask": _one_mask(masks)}
        running.path.append(self.name)
        try:
            outputs = self.call(*args, **kwargs)
            if running.observe is not None:
                running.observe("/".join(running.path), first, outputs)
        finally:
            running.path.pop()
            running.training = before
        given = kwargs.get("mask")
        if masked or self._handles_masks() or (self.supports_masking and given is not None):
            mask = _one_mask(masks) if given is None else given
            outputs = _attach_masks(first, outputs, self.output_mask(first, outputs, mask))
        if self.activity_regularizer is not None:
            for leaf in tree.flatten(outputs):
                size = backend.tensor.dynamic_shape(leaf)[0]
                total = self.activity_regularizer(leaf)
                running.losses.append(
                    total / backend.tensor.cast(size, backend.tensor.dtype_of(total))
                )
        return outputs

    def output_mask(self, inputs: Any, outputs: Any, previous_mask: Any) -> Any:
        """The mask of outputs that were just computed."""
        return self.compute_mask(inputs, previous_mask)

    def _is_complete(self) -> bool:
        """Whether a call of `build` made everything; a model may wait for its input's shape."""
        return True

    def _handles_masks(self) -> bool:
        return type(self).compute_mask is not Layer.compute_mask

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _marking_built(build: Any) -> Any:
    """A layer whose `build` is called by hand counts as built, whether or not it says so."""

    @functools.wraps(build)
    def marked(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        self.built = self.built or self._is_complete()

    return marked


def _named_arguments(method: Any) -> tuple[str, ...]:
    catch_all = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind not in catch_all)


def _first_input(args: Any, kwargs: Any) -> Any:
    return args[0] if args else next(iter(kwargs.values()), None)


def _one_mask(masks: Any) -> Any:
    return None if all(m is None for m in tree.flatten(masks)) else masks


def _set_masks(outputs: Any, mask: Any) -> None:
    flat = tree.flatten(outputs)
    masks = tree.flatten(mask)
    for output, own in zip(
        flat, masks if len(masks) == len(flat) else masks * len(flat), strict=False
    ):
        output.mask = own


def _attach_masks(inputs: Any, outputs: Any, mask: Any) -> Any:
    """The outputs with their masks; an input that is handed on keeps its own for other layers."""
    flat = tree.flatten(outputs)
    masks = tree.flatten(mask)
    masks = masks if len(masks) == len(flat) else masks * len(flat)
    given = {id(leaf) for leaf in tree.flatten(inputs)}
    for place, (output, own) in enumerate(zip(flat, masks, strict=False)):
        if id(output) in given and backend.tensor.get_mask(output) is not own:
            flat[place] = output = backend.tensor.identity(output)
        backend.tensor.set_mask(output, own)
    return tree.pack_like(outputs, flat)
