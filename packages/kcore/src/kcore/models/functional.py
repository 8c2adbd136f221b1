"""Graph models as plain data, and the order of their layers.

The data have the form of Keras 3: every layer with its calls, every argument of a call that is a
tensor as (layer, number of its call, number of the output).
"""

from __future__ import annotations

from typing import Any

from kcore import components, tree
from kcore.errors import LoadError
from kcore.graph.function import Function
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, find_symbolic
from kcore.layer import Layer
from kcore.models import keras_operations, tf_operations, wiring
from kcore.ops.operation import find_function
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
        return {"class_name": "__keras_tensor__", "config": config}
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
        LoadError: if names are used twice, or calls depend on tensors that nothing gives.
    """
    made: dict[str, Any] = {}
    waiting: list[tuple[str, int, Config]] = []
    outputs: dict[tuple[str, int], list[SymbolicTensor]] = {}
    wiring.check_entries(config["layers"])
    config, calls = wiring.calls_of(config)
    for index, entry in enumerate(config["layers"]):
        name = wiring.name_of(entry)
        if name in made:
            raise LoadError(f"The model's configuration uses the layer name {name!r} twice.")
        with at(entry_place(index, entry)):
            made[name] = _operation_from(entry)
        inbound = calls[name]
        if not inbound:
            outputs[name, 0] = tree.flatten(made[name].output)
        waiting.extend((name, number, call) for number, call in enumerate(inbound))
    while waiting:
        left = [item for item in waiting if not _try_call(item, made, outputs)]
        if len(left) == len(waiting):
            names = sorted({name for name, _, _ in left})
            raise LoadError(
                f"The calls of layers {names} in the model's configuration depend on tensors that "
                "no layer gives, or on each other."
            )
        waiting = left

    def find(place: Any) -> Any:
        if isinstance(place, list) and len(place) == 1:
            return find(place[0])
        if isinstance(place, dict):
            return {key: find(item) for key, item in place.items()}
        if not isinstance(place, list):
            raise LoadError(
                "expected the name of a layer, the number of its call and that of the output; "
                f"received {wiring.short(place)}."
            )
        if len(place) == 3 and isinstance(place[0], str):
            return outputs[place[0], int(place[1])][int(place[2])]
        return [find(item) for item in place]

    with at("input_layers"):
        inputs = find(config["input_layers"])
    with at("output_layers"):
        return inputs, find(config["output_layers"])


def _operation_from(entry: Config) -> Any:
    """The layer that an entry describes, or the function that an operation stands for."""
    kind = entry["class_name"]
    if kind in tf_operations.CLASSES:
        return tf_operations.function_of(str(entry["config"]["function"]))
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


def _try_call(
    item: tuple[str, int, Config],
    made: dict[str, Any],
    outputs: dict[tuple[str, int], list[SymbolicTensor]],
) -> bool:
    """Calls a layer if all its inputs are there."""
    name, number, call = item
    if number and (name, number - 1) not in outputs:
        return False
    with at(f"layer {name!r}"), at(f"inbound_nodes[{number}]"):
        try:
            args = _decode(call["args"], outputs)
            kwargs = _decode(call["kwargs"], outputs)
        except KeyError:
            return False
        if not isinstance(made[name], Layer) and not _depends([args, kwargs]):
            raise LoadError(
                "expected the tensor of a layer among the arguments of an operation; received "
                f"{wiring.short([args, kwargs])}."
            )
        outputs[name, number] = tree.flatten(made[name](*args, **kwargs))
    return True


def _depends(values: Any) -> bool:
    """Whether anything is what layers give: a file never has numbers computed alone."""
    kinds = (SymbolicTensor, tf_operations.Sizes)
    return any(isinstance(leaf, kinds) for leaf in tree.flatten(values))


def _decode(value: Any, outputs: dict[tuple[str, int], list[SymbolicTensor]]) -> Any:
    if isinstance(value, dict) and value.get("class_name") == wiring.TENSOR:
        name, number, index = value["config"]["keras_history"]
        return outputs[name, int(number)][int(index)]
    if isinstance(value, dict) and value.get("class_name") == "__slice__":
        ends = value["config"]
        return slice(*(ends.values() if isinstance(ends, dict) else ends))
    if isinstance(value, dict) and value.get("class_name") == "__tuple__":
        return tuple(_decode(item, outputs) for item in value["items"])
    if isinstance(value, dict) and value.get("class_name") == "__ellipsis__":
        return Ellipsis
    if isinstance(value, dict):
        return {key: _decode(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item, outputs) for item in value]
    return value
