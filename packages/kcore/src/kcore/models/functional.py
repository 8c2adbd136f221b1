"""Graph models as plain data, and the order of their layers.

The data have the form of Keras 3: every layer with its calls, every argument of a call that is a
tensor as (layer, number of its call, number of the output).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kcore import components, naming, tree
from kcore.errors import LoadError
from kcore.graph.function import Function
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, find_symbolic
from kcore.layer import Layer
from kcore.ops.operation import Operation, known_functions
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

    layers = []
    for operation in operations:
        entry = _operation_data(operation)
        entry["name"] = operation.name
        entry["inbound_nodes"] = [
            {"args": _encode(list(node.args), place), "kwargs": _encode(node.kwargs, place)}
            for node in calls[id(operation)]
            if node.inputs
        ]
        layers.append(entry)
    return {
        "layers": layers,
        "input_layers": tree.map_leaves(place, function.inputs),
        "output_layers": tree.map_leaves(place, function.outputs),
    }


def _operation_data(operation: Any) -> Config:
    if isinstance(operation, Layer):
        return components.object_data(operation, operation.get_config())
    config = operation.get_config()
    return {
        "module": "kcore.ops",
        "class_name": "Operation",
        "config": config,
        "registered_name": None,
    }


def _encode(value: Any, place: Any) -> Any:
    if isinstance(value, SymbolicTensor):
        config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": place(value)}
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(value, slice):
        return {"class_name": "__slice__", "config": [value.start, value.stop, value.step]}
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
    _check_entries(config["layers"])
    config, calls = _calls_of(config)
    for index, entry in enumerate(config["layers"]):
        name = _name_of(entry)
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
                f"received {_short(place)}."
            )
        if len(place) == 3 and isinstance(place[0], str):
            return outputs[place[0], int(place[1])][int(place[2])]
        return [find(item) for item in place]

    with at("input_layers"):
        inputs = find(config["input_layers"])
    with at("output_layers"):
        return inputs, find(config["output_layers"])


def _check_entries(layers: Any) -> None:
    """Refuses entries of layers that have not the form of one."""
    if not isinstance(layers, list):
        raise LoadError(f"layers: expected a list; received {_short(layers)}.")
    for index, entry in enumerate(layers):
        place = entry_place(index, entry)
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), (dict, list)):
            raise LoadError(
                f"{place}: expected a dict with the 'class_name' and 'config' of a layer; received "
                f"{_short(entry)}."
            )
        if not isinstance(entry.get("inbound_nodes", []), list):
            raise LoadError(
                f"{place}: expected a list of inbound_nodes, one for each call; received "
                f"{_short(entry['inbound_nodes'])}."
            )


def _short(value: Any) -> str:
    return f"{repr(value)[:80]} ({type(value).__name__})"


def _calls_of(config: Config) -> tuple[Config, dict[str, list[Config]]]:
    """The configuration, and the calls of every layer in the form of Keras 3.

    In files of Keras 2 the calls of a model inside another are counted from 1: its own making was
    number 0.
    """
    models = [entry for entry in config["layers"] if _is_model(entry)]
    counts = {_name_of(entry): len(entry.get("inbound_nodes", [])) for entry in models}
    wiring = _places(_wiring(config)) if counts else ()
    late = {p[0] for p in wiring if counts.get(p[0]) and p[1] == counts[p[0]]}
    if late:
        config = copy.deepcopy(config)
        for place in _places(_wiring(config)):
            place[1] -= place[0] in late
    names = {_name_of(e) for e in config["layers"]}
    calls: dict[str, list[Config]] = {}
    for index, entry in enumerate(config["layers"]):
        with at(entry_place(index, entry)), at("inbound_nodes"):
            nodes = entry.get("inbound_nodes", [])
            calls[_name_of(entry)] = [_completed(_call_of(node, names), entry) for node in nodes]
    return config, calls


def _completed(call: Config, entry: Config) -> Config:
    """A call of an operation of Keras with the arguments that Keras keeps elsewhere."""
    kwargs = dict(call["kwargs"])
    if entry["class_name"] == "TFOpLambda":
        kwargs.pop("name", None)
        second = [kwargs.pop("y")] if "y" in kwargs else []
        return {"args": [*call["args"], *second], "kwargs": kwargs}
    if _is_keras_operation(entry):
        kwargs |= {k: v for k, v in entry["config"].items() if k != "name" and k not in kwargs}
        return {"args": call["args"], "kwargs": kwargs}
    return call


def _is_keras_operation(entry: Config) -> bool:
    """Whether an entry is an operation between layers; some have the name of a layer too."""
    if "module" in entry:
        return str(entry["module"]).startswith("keras.src.ops.")
    # .h5 files do not say it; a layer's configuration has these
    config = entry.get("config")
    if not isinstance(config, dict) or {"dtype", "trainable", "layers"} & set(config):
        return False
    return naming.snake_case(str(entry["class_name"])) in known_functions()


def _name_of(entry: Config) -> str:
    return str(entry.get("name") or entry["config"]["name"])


def _wiring(config: Config) -> list[Any]:
    nodes = [entry.get("inbound_nodes") for entry in config["layers"]]
    return [config["input_layers"], config["output_layers"], nodes]


def _is_model(entry: Config) -> bool:
    config = entry.get("config")
    return isinstance(config, list) or (isinstance(config, dict) and "layers" in config)


def _places(value: Any) -> Iterator[list[Any]]:
    """Every list that begins like (layer, number of its call, number of the output)."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and _is_place(value[:3]):
        yield value
        value = value[3:]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _places(item)


def _is_place(value: list[Any]) -> bool:
    return len(value) == 3 and [type(item) for item in value] == [str, int, int]


def _call_of(node: Any, names: set[str]) -> Config:
    """A recorded call; Keras 2 wrote a list of (layer, call, output, named arguments)."""
    if isinstance(node, dict):
        return node
    if node and isinstance(node[0], str):  # operations have a bare place
        node = [node]
    tensors = [_tensor(item) for item in node]
    kwargs = dict(node[0][3]) if len(node[0]) > 3 else {}
    args = [tensors[0] if len(tensors) == 1 else tensors]
    return {"args": args, "kwargs": _tensors_in(kwargs, names)}


def _tensor(place: Any) -> Config:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": list(place[:3])}}


def _tensors_in(value: Any, names: set[str]) -> Any:
    """Named arguments of a call of Keras 2, in which a tensor is a bare place."""
    if isinstance(value, dict):
        return {key: _tensors_in(item, names) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if _is_place(value) and value[0] in names:
        return _tensor(value)
    return [_tensors_in(item, names) for item in value]


# operations in files of tf_keras, by their names there
_TF_OPERATIONS = {
    "__operators__.add": "add",
    "math.add": "add",
    "math.divide": "divide",
    "math.multiply": "multiply",
    "math.subtract": "subtract",
    "math.truediv": "divide",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
}


def _operation_from(entry: Config) -> Any:
    kind = entry["class_name"]
    if kind in ("Operation", "TFOpLambda") or _is_keras_operation(entry):
        if kind == "Operation":
            name = entry["config"]["function"]
        elif kind == "TFOpLambda":
            name = _TF_OPERATIONS.get(entry["config"]["function"], entry["config"]["function"])
        else:
            name = naming.snake_case(kind)
        if name not in known_functions():
            raise LoadError(
                f"The model's configuration names the operation {name!r}, which kcore.ops does not "
                "have."
            )
        return Operation(name, entry["config"].get("name"))
    return components.from_data("layer", entry, "layer")


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
        outputs[name, number] = tree.flatten(made[name](*args, **kwargs))
    return True


def _decode(value: Any, outputs: dict[tuple[str, int], list[SymbolicTensor]]) -> Any:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        name, number, index = value["config"]["keras_history"]
        return outputs[name, int(number)][int(index)]
    if isinstance(value, dict) and value.get("class_name") == "__slice__":
        return slice(*value["config"])
    if isinstance(value, dict) and value.get("class_name") == "__tuple__":
        return tuple(_decode(item, outputs) for item in value["items"])
    if isinstance(value, dict) and value.get("class_name") == "__ellipsis__":
        return Ellipsis
    if isinstance(value, dict):
        return {key: _decode(item, outputs) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item, outputs) for item in value]
    return value
