"""clone_model: the same architecture with weights of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import tree
from kcore.errors import ConfigurationError
from kcore.graph.symbolic import SymbolicTensor
from kcore.layer import Layer
from kcore.models.inputs import Input
from kcore.models.model import Model
from kcore.models.sequential import Sequential
from kcore.ops.operation import Operation

CloneFunction = Callable[[Layer], Layer]
CallFunction = Callable[..., Any]


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: CloneFunction | None = None,
    call_function: CallFunction | None = None,
    recursive: bool = False,
) -> Model:
    """A model of the same architecture with weights of its own, freshly initialised.

    Args:
        model: what to copy; it stays as it is.
        input_tensors: symbolic tensors in place of the model's inputs; new inputs like them if
            None.
        clone_function: gives the copy of a layer; None makes one from the layer's config. It may
            give a layer of another class, or the layer itself to share its weights. Inputs are not
            passed to it.
        call_function: called as `call_function(layer, *args, **kwargs)` in place of the copied
            layer; for models made from Input tensors.
        recursive: whether the layers of a model inside the model are passed to `clone_function`
            one by one, in place of that model.

    Raises:
        ConfigurationError: if an argument has no meaning for this kind of model, or
            `clone_function` gives no layer.

    Example:
        >>> copy = clone_model(Sequential([Input((2,))]))
        >>> copy.output_shape
        (None, 2)
    """
    if not isinstance(model, Model):
        raise ConfigurationError(
            f"clone_model expects a model; received {type(model).__name__}. A layer is copied by "
            "`from_config(layer.get_config())`."
        )
    clone = clone_function or _from_config
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ConfigurationError(
                f"clone_model: call_function is for models made from Input tensors; {model.name!r} "
                "is a Sequential, which calls its layers itself."
            )
        return _sequential(model, input_tensors, clone, recursive)
    if model._function is None or model._has_own_constructor():
        _refuse_options(model, clone_function, input_tensors, call_function)
        return _from_config(model)  # type: ignore[no-any-return]
    return _graph(model, input_tensors, clone, call_function, recursive)


def _from_config(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _refuse_options(model: Model, *options: Any) -> None:
    if any(option is not None for option in options):
        raise ConfigurationError(
            "clone_model: clone_function, input_tensors and call_function are for Sequential and "
            f"for models made from Input tensors; {model.name!r} is a {type(model).__name__}, "
            "whose layers only its own code can make."
        )


def _copy_of(
    layer: Layer, clone: CloneFunction, call: CallFunction | None, recursive: bool
) -> Layer:
    if recursive and isinstance(layer, Model):
        inner = None if isinstance(layer, Sequential) else call
        return clone_model(layer, None, clone, inner, recursive)
    copy = clone(layer)
    if not isinstance(copy, Layer):
        raise ConfigurationError(
            f"clone_model: clone_function must give a layer; for {layer.name!r} it gave {copy!r} "
            f"({type(copy).__name__})."
        )
    return copy


def _sequential(
    model: Sequential, input_tensors: Any, clone: CloneFunction, recursive: bool
) -> Model:
    given = tree.flatten(input_tensors) if input_tensors is not None else []
    if len(given) > 1:
        raise ConfigurationError(
            f"clone_model: a Sequential has one input; input_tensors holds {len(given)}."
        )
    start = _input_like(given[0] if given else model._start)
    copies = [_copy_of(layer, clone, None, recursive) for layer in model.layers]
    return Sequential([*start, *copies], name=model.name, trainable=model.trainable)


def _input_like(tensor: SymbolicTensor | None) -> list[Any]:
    if tensor is None:
        return []
    return [Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)]


def _graph(
    model: Model,
    input_tensors: Any,
    clone: CloneFunction,
    call_function: CallFunction | None,
    recursive: bool,
) -> Model:
    function = model._need_graph("input")
    if input_tensors is None:
        values = [_input_like(tensor)[0] for tensor in function.flat_inputs]
    else:
        values = tree.flatten(input_tensors)
        bad = [v for v in values if not isinstance(v, SymbolicTensor)]
        if bad or len(values) != len(function.flat_inputs):
            raise ConfigurationError(
                f"clone_model: input_tensors must hold {len(function.flat_inputs)} symbolic "
                f"tensor(s) for the inputs {model.input_names}; received {input_tensors!r}."
            )
    copies: dict[int, Any] = {}

    def call(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not isinstance(operation, Layer):
            return Operation(operation.function)(*args, **kwargs)
        if id(operation) not in copies:
            copies[id(operation)] = _copy_of(operation, clone, call_function, recursive)
        copy = copies[id(operation)]
        if call_function is not None:
            return call_function(copy, *args, **kwargs)
        return copy(*args, **kwargs)

    outputs = function.run(values, call)
    inputs = tree.pack_like(function.inputs, values)
    return type(model)(inputs, outputs, name=model.name, trainable=model.trainable)
