"""Node: one recorded call: what ran, on which tensors, giving which."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

from kcore import tree
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tree


class Recorded(Protocol):
    """What a node can hold: a layer, or an operation of kcore.ops."""

    @property
    def name(self) -> str:
        """Unique in a graph."""
        ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


class Node:
    """One call of a layer or an operation on symbolic tensors.

    A tensor keeps the node that produces it, the node its inputs: whoever holds a tensor holds all
    that leads to it. The node refers to its outputs weakly, so that this chain has no circle and a
    model is freed as soon as nobody holds it.

    Args:
        operation: the layer or operation that was called.
        args: positional arguments as given; symbolic tensors may sit inside lists and dicts.
        kwargs: named arguments as given.
        outputs: tree of symbolic tensors that the call gave; their `node` and `index` are set here.
    """

    __slots__ = (
        "__weakref__",
        "_form",
        "_outputs",
        "_specs",
        "args",
        "inputs",
        "kwargs",
        "operation",
    )

    def __init__(
        self, operation: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Tree
    ) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        leaves = tree.flatten((args, kwargs))
        self.inputs = tuple(leaf for leaf in leaves if isinstance(leaf, SymbolicTensor))
        given: list[SymbolicTensor] = tree.flatten(outputs)
        for index, output in enumerate(given):
            output.node, output.index = self, index
        self._form = tree.map_leaves(lambda _: None, outputs)
        self._specs = [(t.shape, t.dtype, t.name) for t in given]
        self._outputs = [weakref.ref(t) for t in given]

    @property
    def outputs(self) -> Tree:
        """The symbolic tensors that the call gave, in their form."""
        alive = [self._output(index) for index in range(len(self._outputs))]
        return tree.pack_like(self._form, alive)

    def _output(self, index: int) -> SymbolicTensor:
        tensor = self._outputs[index]()
        if tensor is None:  # nobody kept it: make it again
            tensor = SymbolicTensor(*self._specs[index])
            tensor.node, tensor.index = self, index
            self._outputs[index] = weakref.ref(tensor)
        return tensor

    def held_outputs(self) -> list[SymbolicTensor | None]:
        """The outputs as a flat list; None for those that nobody holds."""
        return [ref() for ref in self._outputs]

    @property
    def parents(self) -> tuple[Node, ...]:
        """The calls whose outputs this call reads."""
        return tuple(t.node for t in self.inputs if t.node is not None)

    def __repr__(self) -> str:
        return f"<Node {self.operation.name!r}: {[t.shape for t in self.inputs]}>"


class _Recording(threading.local):
    on = True


_recording = _Recording()


def is_recording() -> bool:
    """Whether calls of layers are noted on the layer (`layer._inbound_nodes`)."""
    return _recording.on


@contextlib.contextmanager
def not_recording() -> Iterator[None]:
    """Calls inside leave no trace on the layers; for deriving shapes by running `call`."""
    before, _recording.on = _recording.on, False
    try:
        yield
    finally:
        _recording.on = before
