"""Graph models as plain data, and the order of their layers.

The data have the form of Keras 3: every layer with its calls, every argument of a call that is a
tensor as (layer, number of its call, number of the output).
"""

from __future__ import annotations

import copy
import heapq
from collections.abc import Iterator
from typing import Any

from kcore import components, naming, tree
from kcore.errors import KcoreError, LoadError, shown
from kcore.graph.function import Function
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, find_symbolic, shape_tree
from kcore.layer import Layer
from kcore.ops.operation import Operation, known_functions
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
        LoadError: if the data have another form, or calls depend on tensors that nothing gives.
    """
    forms.check_graph(config)
    config, calls = _calls_of(config)
    made: dict[str, Any] = {}
    where: dict[str, str] = {}
    outputs: _Outputs = {}
    for index, entry in enumerate(config["layers"]):
        name = forms.name_of(entry)
        where[name] = entry_place(index, entry)
        with at(where[name]):
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
    calls: dict[str, list[Config]], made: dict[str, Any], where: dict[str, str], outputs: _Outputs
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
        with at(where[name]), at(f"inbound_nodes[{number}]"):
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
        raise LoadError(
            f"{type(operation).__name__} cannot be called with tensors of the shapes "
            f"{shown(given)} ({type(error).__name__}: {str(error)[:300]})."
        ) from error


def _refuse_calls(
    left: list[_Call],
    missing: dict[_Call, set[_Call]],
    where: dict[str, str],
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
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors_of(item)


def _calls_of(config: Config) -> tuple[Config, dict[str, list[Config]]]:
    """The configuration, and the calls of every layer in the form of Keras 3.

    In files of Keras 2 the calls of a model inside another are counted from 1: its own making was
    number 0.
    """
    models = [entry for entry in config["layers"] if _is_model(entry)]
    counts = {forms.name_of(entry): len(entry.get("inbound_nodes", [])) for entry in models}
    wiring = _places(_wiring(config)) if counts else ()
    late = {p[0] for p in wiring if counts.get(p[0]) and p[1] == counts[p[0]]}
    if late:
        config = copy.deepcopy(config)
        for place in _places(_wiring(config)):
            place[1] -= place[0] in late
    names = {forms.name_of(e) for e in config["layers"]}
    calls: dict[str, list[Config]] = {}
    for entry in config["layers"]:
        nodes = entry.get("inbound_nodes", [])
        calls[forms.name_of(entry)] = [_completed(_call_of(node, names), entry) for node in nodes]
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
    config = entry["config"]
    if not isinstance(config, dict):
        return False
    if "module" in entry:
        return str(entry["module"]).startswith("keras.src.ops.")
    # .h5 files do not say it; a layer's configuration has these
    if {"dtype", "trainable", "layers"} & set(config):
        return False
    return naming.snake_case(entry["class_name"]) in known_functions()


def _wiring(config: Config) -> list[Any]:
    nodes = [entry.get("inbound_nodes") for entry in config["layers"]]
    return [config["input_layers"], config["output_layers"], nodes]


def _is_model(entry: Config) -> bool:
    config = entry["config"]
    return isinstance(config, list) or "layers" in config


def _places(value: Any) -> Iterator[list[Any]]:
    """Every list that begins like (layer, number of its call, number of the output)."""
    if isinstance(value, dict):
        value = list(value.values())
    if forms.is_place(value):
        yield value
        value = value[3:]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _places(item)


def _call_of(node: Any, names: set[str]) -> Config:
    """A recorded call; Keras 2 wrote (layer, call, output, named arguments) of each tensor."""
    if isinstance(node, dict) and "args" in node:
        return node
    first = next(forms.places(node))
    kwargs = first[3] if len(first) > 3 else {}
    tensors = _tensors(node)
    single = isinstance(tensors, list) and len(tensors) == 1
    return {"args": tensors if single else [tensors], "kwargs": _tensors_in(kwargs, names)}


def _tensors(value: Any) -> Any:
    """Lists and dicts of places of tensors, in the form of Keras 3."""
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    return _tensor(value) if forms.is_place(value) else [_tensors(item) for item in value]


def _tensor(place: list[Any]) -> Config:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": place[:3]}}


def _tensors_in(value: Any, names: set[str]) -> Any:
    """Named arguments of a call of Keras 2, in which a tensor is a bare place."""
    if isinstance(value, dict):
        return {key: _tensors_in(item, names) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) == 3 and forms.is_place(value) and value[0] in names:
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
    kind, config = entry["class_name"], entry["config"]
    if kind in ("Operation", "TFOpLambda"):
        name = config.get("function") if isinstance(config, dict) else None
        name = _TF_OPERATIONS.get(name, name) if isinstance(name, str) else name
    elif _is_keras_operation(entry):
        name = naming.snake_case(kind)
    else:
        return components.from_data("layer", entry, "layer")
    if name not in known_functions():
        raise LoadError(
            f"expected the name of an operation that kcore.ops has; received {shown(name)}."
        )
    return Operation(name, config.get("name"))


def _decode(value: Any, outputs: _Outputs) -> Any:
    """Arguments of a call: data as they are, and what takes the place of something else."""
    if isinstance(value, list):
        return [_decode(item, outputs) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if kind == "__keras_tensor__":
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
