"""Function: recorded calls between given inputs and outputs, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import tree
from kcore.errors import ConfigurationError
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tree

Call = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]


def call_operation(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Runs a node's operation as it is; the default of `Function.run`."""
    return operation(*args, **kwargs)


class Function:
    """The graph between inputs and outputs: its nodes sorted once, run on real or symbolic values.

    Args:
        inputs: tree of symbolic tensors that are given from outside.
        outputs: tree of symbolic tensors to compute.

    Attributes:
        nodes: every call needed, each after those it depends on; the order of creation among
            equals.

    Raises:
        ConfigurationError: if an output depends on a tensor that is not reachable from the inputs.

    Example:
        >>> from kcore.graph.symbolic import SymbolicTensor
        >>> x = SymbolicTensor((None, 2))
        >>> Function(x, x).run([5])
        5
    """

    def __init__(self, inputs: Tree, outputs: Tree) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.flat_inputs: list[SymbolicTensor] = tree.flatten(inputs)
        self.flat_outputs: list[SymbolicTensor] = tree.flatten(outputs)
        self.nodes = _sort(self.flat_inputs, self.flat_outputs)

    def run(self, values: list[Any], call: Call = call_operation) -> Tree:
        """The outputs for the given values of the flat inputs, in the form of `outputs`.

        Args:
            values: one for each of `flat_inputs`; real or symbolic.
            call: how to run a node's operation; given the operation, its arguments and named
                arguments.
        """
        known: dict[int, Any] = {id(t): v for t, v in zip(self.flat_inputs, values, strict=True)}

        def fill(leaf: Any) -> Any:
            return known[id(leaf)] if isinstance(leaf, SymbolicTensor) else leaf

        for node in self.nodes:
            args = tree.map_leaves(fill, node.args)
            kwargs = tree.map_leaves(fill, node.kwargs)
            result = call(node.operation, args, kwargs)
            for tensor, value in zip(node.held_outputs(), tree.flatten(result), strict=True):
                if tensor is not None:
                    known[id(tensor)] = value
        return tree.map_leaves(lambda t: known[id(t)], self.outputs)


def _sort(inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> list[Node]:
    """Nodes in depth-first order, with an explicit stack: networks are deeper than Python's."""
    given = {id(t) for t in inputs}
    done: set[int] = set()
    order: list[Node] = []
    for output in outputs:
        stack: list[tuple[SymbolicTensor, bool]] = [(output, False)]
        while stack:
            tensor, expanded = stack.pop()
            if id(tensor) in given:
                continue
            node = tensor.node
            if node is None or not node.inputs:
                _refuse(tensor, inputs)
            elif id(node) in done:
                continue
            elif expanded:
                done.add(id(node))
                order.append(node)
            else:
                stack.append((tensor, True))
                stack.extend((t, False) for t in reversed(node.inputs))
    return order


def _refuse(tensor: SymbolicTensor, inputs: list[SymbolicTensor]) -> None:
    names = ", ".join(repr(t.name) for t in inputs)
    producer = f"layer {tensor.node.operation.name!r}" if tensor.node else "nothing"
    raise ConfigurationError(
        f"The outputs depend on {tensor!r}, produced by {producer}, which the given inputs "
        f"({names}) do not reach. Add it to the model's inputs, or build the outputs from the "
        "given inputs only."
    )
