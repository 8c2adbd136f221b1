"""Graph models as plain data, and the order of their layers.

The data have the form of Keras 3: every layer with its calls, every argument of a call that is a
tensor as (layer, number of its call, number of the output).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

from kcore import components, tree
from kcore.errors import KcoreError, LoadError, shown
from kcore.graph.function import Function
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, find_symbolic, shape_tree
from kcore.layer import Layer
from kcore.models import keras_operations, tf_op_layers, tf_operations, wiring
from kcore.models.inputs import InputLayer
from kcore.ops.operation import find_function
from kcore.saving import forms
from kcore.saving.reading import at, entry_place
from kcore.typing import Config


def operations_in_order(function: Function) -> list[Any]:
    """Layers and operations of a graph, farthest from the outputs first.

    The distance of an operation is that of its farthest call. Among equals the one met first on the
    way from the outputs comes first: the order in which Keras lists layers and weights.
    """
    depth: dict[int, int] = {}
    for node in reversed(function.nodes):
        own = depth.setdefault(id(node), 0)
        for parent in node.parents:
            depth[id(parent)] = max(depth.get(id(parent), 0), own + 1)
    met: dict[int, int] = {}
    operations: dict[int, Any] = {}
    farthest: dict[int, int] = {}
    given = {id(t) for t in function.flat_inputs}
    wanted = {id(node) for node in function.nodes} | {
        id(t.node) for t in function.flat_inputs if t.node is not None
    }
    seen: set[int] = set()
    stack = [t.node for t in reversed(function.flat_outputs) if t.node is not None]
    while stack:
        node = stack.pop()
        if id(node) in seen or id(node) not in wanted:
            continue
        seen.add(id(node))
        key = id(node.operation)
        operations[key] = node.operation
        met.setdefault(key, len(met))
        farthest[key] = max(farthest.get(key, 0), depth.get(id(node), 0))
        stack.extend(
            t.node for t in reversed(node.inputs) if t.node is not None and id(node) not in given
        )
    for tensor in function.flat_inputs:  # inputs that no output needs
        if tensor.node is not None and id(tensor.node.operation) not in operations:
            key = id(tensor.node.operation)
            operations[key], met[key], farthest[key] = tensor.node.operation, len(met), 0
    return sorted(operations.values(), key=lambda o: (-farthest[id(o)], met[id(o)]))


def nodes_by_operation(function: Function) -> dict[int, list[Node]]:
    """The calls of each operation inside a graph, in the order in which they were made."""
    found: dict[int, list[Node]] = {}
    for tensor in function.flat_inputs:
        if tensor.node is not None:
            found.setdefault(id(tensor.node.operation), []).append(tensor.node)
    inside = {id(node) for node in function.nodes}
    for node in function.nodes:
        calls = found.setdefault(id(node.operation), [])
        if node in calls:
            continue
        recorded = getattr(node.operation, "_inbound_nodes", [node])
        calls.extend(n for n in recorded if id(n) in inside and n not in calls)
        if node not in calls:
            calls.append(node)
    return found


def graph_config(function: Function, operations: list[Any]) -> Config:
    """A graph as plain data."""
    calls = nodes_by_operation(function)

    def place(tensor: SymbolicTensor) -> list[Any]:
        node = tensor.node
        assert node is not None
        return [node.operation.name, calls[id(node.operation)].index(node), tensor.index]

    def end(tensor: SymbolicTensor) -> list[Any]:
        """The place of an input or output of the whole graph, as Keras counts there."""
        name, call, index = place(tensor)
        own = tensor.node.operation if tensor.node is not None else None
        return [name, call + 1 if wiring.starts_with_own_call(own) else call, index]

    layers = []
    for operation in operations:
        nodes = [node for node in calls[id(operation)] if node.inputs]
        entry, arguments = _operation_data(operation, nodes)
        entry["name"] = operation.name
        entry["inbound_nodes"] = [
            {"args": _encode(list(args), place), "kwargs": _encode(kwargs, place)}
            for args, kwargs in arguments
        ]
        layers.append(entry)
    return {
        "layers": layers,
        "input_layers": tree.map_leaves(end, function.inputs),
        "output_layers": tree.map_leaves(end, function.outputs),
    }


def _operation_data(operation: Any, nodes: list[Node]) -> tuple[Config, list[Any]]:
    """The entry of a layer or an operation, and the arguments of its calls."""
    arguments: list[Any] = [(node.args, node.kwargs) for node in nodes]
    if isinstance(operation, Layer):
        return components.object_data(operation, operation.get_config()), arguments
    if len(arguments) == 1:  # as always: each call is an operation of its own
        known = keras_operations.entry_of(operation.function, operation.name, *arguments[0])
        if known is not None:
            entry, args = known
            return {**entry, "config": components.to_data(entry["config"])}, [(args, {})]
    return {
        "module": "kcore.ops",
        "class_name": "Operation",
        "config": operation.get_config(),
        "registered_name": None,
    }, arguments


def _encode(value: Any, place: Any) -> Any:
    if isinstance(value, SymbolicTensor):
        config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": place(value)}
        return {"class_name": forms.TENSOR, "config": config}
    if isinstance(value, slice):
        ends = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": ends}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, tuple):
        items = [_encode(v, place) for v in value]
        # an index stays a tuple, x[0, 1] is not x[[0, 1]]; tensors are given in lists
        return items if find_symbolic(value) else {"class_name": "__tuple__", "items": items}
    if isinstance(value, list):
        return [_encode(v, place) for v in value]
    if isinstance(value, dict):
        return {key: _encode(item, place) for key, item in value.items()}
    return components.to_data(value)


def build_graph(config: Config) -> tuple[Any, Any]:
    """Symbolic inputs and outputs of the graph that the data describe; makes its layers.

    Raises:
        LoadError: if the data have another form, or calls depend on tensors that nothing gives.
    """
    forms.check_graph(config)
    config, calls = wiring.calls_of(config)
    made: dict[str, Any] = {}
    where: dict[str, at] = {}
    outputs: _Outputs = {}
    for index, entry in enumerate(config["layers"]):
        name = forms.name_of(entry)
        where[name] = at(entry_place, index, entry)
        with where[name]:
            made[name] = _operation_from(entry)
            if not calls[name] and not isinstance(made[name], Layer):
                raise LoadError("inbound_nodes: expected at least one call of the operation.")
            if not calls[name]:
                outputs[name, 0] = tree.flatten(made[name].output)
    _make_calls(calls, made, where, outputs)

    def find(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: find(item) for key, item in value.items()}
        if forms.is_place(value):
            return _output(value, outputs)
        return find(value[0]) if len(value) == 1 else [find(item) for item in value]

    with at("input_layers"):
        inputs = find(config["input_layers"])
        for tensor in tree.flatten(inputs):
            if not isinstance(tensor.node.operation, InputLayer):
                raise LoadError(
                    f"expected the names of inputs; {tensor.node.operation.name!r} is a "
                    f"{type(tensor.node.operation).__name__}."
                )
    with at("output_layers"):
        return inputs, find(config["output_layers"])


# what the calls gave, by the layer's name and the number of its call
_Call = tuple[str, int]
_Outputs = dict[_Call, list[SymbolicTensor]]


def _output(place: list[Any], outputs: _Outputs) -> SymbolicTensor:
    name, number, index = place[:3]
    found = outputs.get((name, number))
    if found is None:
        count = sum(1 for layer, _ in outputs if layer == name)
        raise LoadError(f"layer {name!r} has {count} call(s); there is no call {number}.")
    if index >= len(found):
        raise LoadError(
            f"call {number} of layer {name!r} gives {len(found)} tensor(s); there is no output "
            f"{index}."
        )
    tensor: SymbolicTensor = found[index]
    return tensor


def _make_calls(
    calls: dict[str, list[Config]], made: dict[str, Any], where: dict[str, at], outputs: _Outputs
) -> None:
    """Calls every layer as soon as its inputs are there, in the order of the data among equals."""
    order = [(name, number) for name, own in calls.items() for number in range(len(own))]
    rank = {call: place for place, call in enumerate(order)}
    missing: dict[_Call, set[_Call]] = {}
    readers: dict[_Call, list[_Call]] = {}
    for name, number in order:
        needed = {(place[0], place[1]) for place in _tensors_of(calls[name][number])}
        if number:  # the calls of one layer are counted in the order in which they are made
            needed.add((name, number - 1))
        missing[name, number] = needed - outputs.keys()
        for other in missing[name, number]:
            readers.setdefault(other, []).append((name, number))
    ready = [rank[call] for call in order if not missing[call]]
    while ready:
        name, number = call = order[heapq.heappop(ready)]
        with where[name], at("inbound_nodes[{}]".format, number):
            args = _decode(calls[name][number]["args"], outputs)
            kwargs = _decode(calls[name][number]["kwargs"], outputs)
            outputs[call] = tree.flatten(_called(made[name], args, kwargs))
        for reader in readers.pop(call, ()):
            missing[reader].discard(call)
            if not missing[reader]:
                heapq.heappush(ready, rank[reader])
    left = [call for call in order if call not in outputs]
    if left:
        _refuse_calls(left, missing, where, rank)


def _called(operation: Any, args: list[Any], kwargs: Config) -> Any:
    try:
        return operation(*args, **kwargs)
    except KcoreError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        given = shape_tree((args, kwargs))
        # what the author of a layer says tells more than what Python says of its code
        said = f" ({str(error)[:300]})" if type(error) is ValueError else ""
        raise LoadError(
            f"{type(operation).__name__} cannot be called with tensors in this arrangement or of "
            f"these shapes: {shown(given)}{said}."
        ) from error


def _refuse_calls(
    left: list[_Call],
    missing: dict[_Call, set[_Call]],
    where: dict[str, at],
    rank: dict[_Call, int],
) -> None:
    """Says why calls cannot be made: one needs a call that is nowhere, or they need each other."""
    for name, number in left:
        for other, count in sorted(missing[name, number]):
            if (other, count) not in rank:
                raise LoadError(
                    f"{where[name]}: inbound_nodes[{number}]: needs the output of call {count} of "
                    f"layer {other!r}, which is not called that often."
                )
    names = sorted({name for name, _ in left})
    raise LoadError(
        f"{where[left[0][0]]}: inbound_nodes[{left[0][1]}]: depends on its own output; the calls "
        f"of {shown(names)} need each other."
    )


def _tensors_of(value: Any) -> Iterator[list[Any]]:
    """The places of all tensors among the arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == forms.TENSOR:
        yield value["config"]["keras_history"]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors_of(item)


def _operation_from(entry: Config) -> Any:
    """The layer that an entry describes, or the function that an operation stands for."""
    kind = entry["class_name"]
    if kind in tf_operations.CLASSES:
        return tf_operations.function_of(str(entry["config"]["function"]))
    if kind == tf_op_layers.CLASS:  # whose configuration has the name of the operation
        return tf_op_layers.function_of(entry["config"])
    entry = forms.with_name(entry)
    if keras_operations.is_operation(entry):
        found = keras_operations.function_of(entry)
        name = kind
    elif kind == "Operation":
        name = entry["config"]["function"]
        found = find_function(name)
    else:
        return components.from_data("layer", entry, "layer")
    if found is None:
        raise LoadError(
            f"The model's configuration names the operation {name!r}, which kcore.ops does not "
            "have."
        )
    return found


def _decode(value: Any, outputs: _Outputs) -> Any:
    """Arguments of a call: data as they are, and what takes the place of something else."""
    if isinstance(value, list):
        return [_decode(item, outputs) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if kind == forms.TENSOR:
        return _output(value["config"]["keras_history"], outputs)
    if kind == "__slice__":
        ends = value["config"]
        if isinstance(ends, dict):
            ends = [ends[key] for key in ("start", "stop", "step")]
        return slice(*ends)
    if kind == "__tuple__":
        return tuple(_decode(item, outputs) for item in value["items"])
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__numpy__", "__tensor__"):
        return components.array_value(value)
    return {key: _decode(item, outputs) for key, item in value.items()}
