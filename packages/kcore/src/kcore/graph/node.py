"""Node: one recorded call: what ran, on which tensors, giving which."""

from __future__ import annotations

import contextlib
import threading
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

    Args:
        operation: the layer or operation that was called.
        args: positional arguments as given; symbolic tensors may sit inside lists and dicts.
        kwargs: named arguments as given.
        outputs: tree of symbolic tensors that the call gave; their `node` and `index` are set here.
    """

    __slots__ = ("args", "inputs", "kwargs", "operation", "outputs")

    def __init__(
        self, operation: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Tree
    ) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        leaves = tree.flatten((args, kwargs))
        self.inputs = tuple(leaf for leaf in leaves if isinstance(leaf, SymbolicTensor))
        for index, output in enumerate(tree.flatten(outputs)):
            output.node, output.index = self, index

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
