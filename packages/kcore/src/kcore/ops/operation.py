"""How an operation runs: its kernel on real values, its shape rule and a node on symbolic ones."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from kcore import arguments, backend, naming, tree
from kcore.errors import ConfigurationError
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor, find_symbolic
from kcore.typing import Config, Tree

P = ParamSpec("P")
R = TypeVar("R")
Rule = Callable[..., Any]

_FUNCTIONS: dict[str, Callable[..., Any]] = {}


def operation(rule: Rule | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function of kcore.ops work on symbolic tensors too.

    Args:
        rule: gives the symbolic result for the same arguments; None traces the kernel once to find
            shapes and dtypes, which needs TensorFlow.

    Example:
        >>> from kcore import ops
        >>> from kcore.graph.symbolic import SymbolicTensor
        >>> ops.relu(SymbolicTensor((None, 3))).shape
        (None, 3)
    """

    def decorate(kernel: Callable[P, R]) -> Callable[P, R]:
        name = kernel.__name__

        @functools.wraps(kernel)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if not (find_symbolic(args) or (kwargs and find_symbolic(kwargs))):
                return kernel(*args, **kwargs)
            _check_call(kernel, args, kwargs)
            result = rule(*args, **kwargs) if rule else trace_shapes(kernel, args, kwargs)
            Node(Operation(name), args, kwargs, result)
            return result  # type: ignore[no-any-return]

        _FUNCTIONS[name] = call
        return call

    return decorate


_signature = functools.cache(inspect.signature)


def _check_call(kernel: Callable[..., Any], args: Any, kwargs: Any) -> None:
    """Refuses arguments that a function does not take, before a graph remembers them."""
    signature = _signature(kernel)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        reason = arguments.unbound(signature.parameters, args, kwargs) or error
        raise ConfigurationError(
            f"kcore.ops.{kernel.__name__} cannot be called so: {reason}; it takes "
            f"{', '.join(signature.parameters)}."
        ) from None


class Operation:
    """An operation of kcore.ops inside a graph, under a name of its own.

    Args:
        function: name of the function in kcore.ops.
        name: name in the graph; one is made if None.
    """

    __slots__ = ("_name", "function")

    def __init__(self, function: str, name: str | None = None) -> None:
        self.function = function
        self._name = name

    @property
    def name(self) -> str:
        """Unique in the process; made when first asked for, as most operations never need one."""
        if self._name is None:
            self._name = naming.unique(self.function)
        return self._name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _FUNCTIONS[self.function](*args, **kwargs)

    def get_config(self) -> Config:
        """The arguments that make an equal operation."""
        return {"function": self.function, "name": self.name}


def known_functions() -> frozenset[str]:
    """The names that a file may use for an operation in a graph."""
    return frozenset(_FUNCTIONS)


def find_function(name: str) -> Callable[..., Any] | None:
    """The function of kcore.ops with that name, or None."""
    return _FUNCTIONS.get(name)


def trace_shapes(function: Callable[..., Any], args: Any, kwargs: Any) -> Tree:
    """Runs a function once on placeholders and gives its results as symbolic tensors."""
    leaves = tree.flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, SymbolicTensor)]
    specs = [backend.compile.tensor_spec(leaves[i].shape, leaves[i].dtype) for i in places]
    form: list[Any] = []

    def run(*tensors: Any) -> Any:
        filled = list(leaves)
        for place, tensor in zip(places, tensors, strict=True):
            filled[place] = tensor
        real_args, real_kwargs = tree.pack_like((args, kwargs), filled)
        result = function(*real_args, **real_kwargs)
        form.append(tree.map_leaves(lambda _: 0, result))
        return result

    found = backend.compile.scratch_specs(run, specs)
    return tree.pack_like(form[-1], [SymbolicTensor(shape, dtype) for shape, dtype in found])
