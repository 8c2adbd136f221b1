"""Gives symbolic tensors and variables Python's operators, in this one place.

The symbolic tensor is defined low, because everything needs it; the operations it computes with are
defined above it. Attaching them here breaks the cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, math
from kcore.variable import Variable

_BINARY = {
    "add": math.add,
    "sub": math.subtract,
    "mul": math.multiply,
    "truediv": math.true_divide,
    "floordiv": math.floor_divide,
    "mod": math.mod,
    "pow": math.power,
    "matmul": math.matmul,
    "and": math.logical_and,
    "or": math.logical_or,
    "xor": math.logical_xor,
}

_COMPARE = {
    "lt": math.less,
    "le": math.less_equal,
    "gt": math.greater,
    "ge": math.greater_equal,
}

_UNARY = {"neg": math.negative, "abs": math.absolute, "invert": math.logical_not}


def _forward(operation: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operation(self, other)


def _backward(operation: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operation(other, self)


def _alone(operation: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda self: operation(self)


def attach() -> None:
    """Sets the operators on both classes.

    `==` stays identity, as for any object that is a key of a dict; `ops.equal` compares values.
    """
    for cls in (SymbolicTensor, Variable):
        for name, operation in _BINARY.items():
            setattr(cls, f"__{name}__", _forward(operation))
            setattr(cls, f"__r{name}__", _backward(operation))
        for name, operation in _COMPARE.items():
            setattr(cls, f"__{name}__", _forward(operation))
        for name, single in _UNARY.items():
            setattr(cls, f"__{name}__", _alone(single))
        setattr(cls, "__getitem__", _forward(arrays.getitem))  # noqa: B010 - like the others
