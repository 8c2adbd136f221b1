"""Calls: what a layer remembers of its calls on symbolic tensors, by number."""

from __future__ import annotations

import inspect
import weakref
from typing import Any, ClassVar

from kcore import arguments, tree
from kcore.errors import ConfigurationError, NotBuiltError, shown
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, shape_tree


class _ShapeOfCalls:
    """The shape that all calls agree on; an attribute of the same name of a layer comes first."""

    def __init__(self, side: str) -> None:
        self.side = side
        self.__doc__ = f"The shape of the {side}, if all calls had the same."

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        if layer is None:
            return self
        find = getattr(layer, f"get_{self.side}_shape_at")
        found = [find(index) for index in range(len(layer._inbound_nodes))]
        if not found:
            raise AttributeError(
                f"{layer._describe()} has no {self.side}_shape: it was never called on a symbolic "
                "tensor. Use compute_output_shape(input_shape)."
            )
        if any(shape != found[0] for shape in found[1:]):
            raise AttributeError(
                f"{layer._describe()} was called with different shapes, {found}, and has no single "
                f"{self.side}_shape. Use get_{self.side}_shape_at(index)."
            )
        return found[0]


class Calls:
    """Gives a layer access to the calls recorded on it, in the order in which they were made."""

    _calls: list[weakref.ref[Node]]
    # the arguments that a subclass gave `call`
    _call_names: ClassVar[tuple[str, ...]] = ("inputs",)
    _call_signature: ClassVar[inspect.Signature]
    # False where one tensor is taken, and lists and dicts of tensors never
    takes_several: ClassVar[bool] = True
    # how many calls there may be before those that nobody holds are forgotten
    _most_calls = 8

    @property
    def _inbound_nodes(self) -> list[Node]:
        """The calls whose outputs somebody holds, a tensor or a model."""
        found = [ref() for ref in self._calls]
        return [node for node in found if node is not None]

    def _remember(self, node: Node) -> None:
        if len(self._calls) >= self._most_calls:
            self._calls = [ref for ref in self._calls if ref() is not None]
            self._most_calls = 2 * len(self._calls) + 8
        self._calls.append(weakref.ref(node))

    def _describe(self) -> str:
        return repr(self)

    def _check_call(self, first: Any, args: Any, kwargs: Any) -> None:
        """Refuses arguments that `call` does not take, before a graph remembers them."""
        if not any(hasattr(leaf, "shape") for leaf in tree.flatten(first)):
            raise ConfigurationError(
                f"{self._describe()}: expected a tensor, or several, as the first argument; "
                f"received {shown(first)}."
            )
        if not self.takes_several and isinstance(first, (list, tuple, dict)):
            raise ConfigurationError(
                f"{self._describe()}: expected one tensor as the first argument; received "
                f"{shown(shape_tree(first))}. Give the tensor itself, not a list or dict of it."
            )
        given = {k: v for k, v in kwargs.items() if k != "training" or k in self._call_names}
        try:
            bound = self._call_signature.bind(self, *args, **given)
        except TypeError as error:
            parameters = dict(self._call_signature.parameters)
            parameters.pop(next(iter(parameters)))  # self
            reason = arguments.unbound(parameters, args, given) or error
            raise ConfigurationError(
                f"{self._describe()} cannot be called so: {reason}; `call` takes "
                f"{', '.join(self._call_names)}."
            ) from None
        if isinstance(bound.arguments.get("training"), SymbolicTensor):
            raise ConfigurationError(
                f"{self._describe()}: training must be True, False or None; received a tensor."
            )

    def _node(self, index: int) -> Node:
        if not self._inbound_nodes:
            raise NotBuiltError(f"{self._describe()} was never called on a symbolic tensor.")
        if not 0 <= index < len(self._inbound_nodes):
            raise ConfigurationError(
                f"{self._describe()} was called {len(self._inbound_nodes)} time(s); there is no "
                f"node {index}."
            )
        return self._inbound_nodes[index]

    def _only_node(self) -> Node:
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f"{self._describe()} was called {len(self._inbound_nodes)} times and has no single "
                "input and output. Use get_input_at(index) and get_output_at(index)."
            )
        return self._node(0)

    @property
    def input(self) -> Any:
        """The symbolic input of a layer that was called once."""
        return _single(self._only_node().inputs)

    @property
    def output(self) -> Any:
        """The symbolic output of a layer that was called once."""
        return self._only_node().outputs

    input_shape: Any = _ShapeOfCalls("input")
    output_shape: Any = _ShapeOfCalls("output")

    def get_input_at(self, node_index: int) -> Any:
        """The symbolic input of the call with that number."""
        return _single(self._node(node_index).inputs)

    def get_output_at(self, node_index: int) -> Any:
        """The symbolic output of the call with that number."""
        return self._node(node_index).outputs

    def get_input_shape_at(self, node_index: int) -> Any:
        """The shape of the input of the call with that number."""
        return tree.map_leaves(lambda t: t.shape, self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """The shape of the output of the call with that number."""
        return tree.map_leaves(lambda t: t.shape, self.get_output_at(node_index))

    def get_input_mask_at(self, node_index: int) -> Any:
        """The mask of the input of the call with that number."""
        return tree.map_leaves(lambda t: t.mask, self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """The mask of the output of the call with that number."""
        return tree.map_leaves(lambda t: t.mask, self.get_output_at(node_index))


def _single(values: Any) -> Any:
    return values[0] if len(values) == 1 else list(values)
