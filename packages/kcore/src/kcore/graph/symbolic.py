"""SymbolicTensor: a shape and a dtype without data, and who produces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kcore import dtypes, shapes, tree
from kcore.errors import NoValuesError
from kcore.typing import Shape

if TYPE_CHECKING:
    from kcore.graph.node import Node


class SymbolicTensor:
    """A value that a model will compute: only its shape and dtype are known.

    Calling a layer or an operation of `kcore.ops` on it records a node of a graph instead of
    computing.

    Args:
        shape: sizes by axis, the batch first; None for a size not known.
        dtype: name of the dtype.
        name: for messages and files.

    Attributes:
        node: the recorded call that produces the tensor, None while there is none.
        index: which output of that call it is.
        mask: the symbolic mask that travels with it, or None.

    Example:
        >>> SymbolicTensor((None, 3), "float32").shape
        (None, 3)
    """

    __slots__ = ("__weakref__", "dtype", "index", "mask", "name", "node", "shape")

    # numpy must leave `array + symbolic` to this class
    __array_ufunc__ = None

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape: Shape = shapes.standardize(shape)
        self.dtype: str = dtypes.standardize(dtype)
        self.name = name
        self.node: Node | None = None
        self.index = 0
        self.mask: SymbolicTensor | None = None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    rank = ndim

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise NoValuesError(
            f"{self!r} has no values yet, so numpy cannot compute with it. Use the functions of "
            "kcore.ops, which record the computation in the model."
        )

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"{self!r} has no known length: its first axis is {self.shape[:1]}.")
        return self.shape[0]

    def __iter__(self) -> Any:
        raise TypeError(f"{self!r} cannot be iterated over: use kcore.ops.unstack(x, axis=...).")

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self!r} has no value yet, so Python's `if` cannot test it. Use kcore.ops.where to "
            "choose by value."
        )

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}{name}>"


def is_symbolic(x: Any) -> bool:
    """Whether a value is a symbolic tensor.

    Example:
        >>> is_symbolic(SymbolicTensor((2,))), is_symbolic([2])
        (True, False)
    """
    return isinstance(x, SymbolicTensor)


def find_symbolic(values: Any) -> bool:
    """Whether a tree holds a symbolic tensor."""
    if isinstance(values, SymbolicTensor):
        return True
    if isinstance(values, (list, tuple)):
        return any(find_symbolic(v) for v in values)
    if isinstance(values, dict):
        return any(find_symbolic(v) for v in values.values())
    return False


def shape_tree(values: Any) -> Any:
    """The shapes of the tensors in a tree; None for what is no tensor."""

    def shape(leaf: Any) -> Any:
        own = getattr(leaf, "shape", None)
        if own is None:
            return None
        return tuple(own.as_list() if hasattr(own, "as_list") else own)

    return tree.map_leaves(shape, values)


def is_shape(value: Any) -> bool:
    """Whether a value is one shape, not a tree of shapes."""
    return isinstance(value, (list, tuple)) and all(v is None or isinstance(v, int) for v in value)


def symbols_of(shapes_tree: Any, dtype: str) -> Any:
    """Symbolic tensors for a tree of shapes.

    Example:
        >>> symbols_of({"a": (None, 2)}, "float32")["a"].shape
        (None, 2)
    """
    if is_shape(shapes_tree):
        return SymbolicTensor(shapes_tree, dtype)
    if isinstance(shapes_tree, dict):
        return {key: symbols_of(item, dtype) for key, item in shapes_tree.items()}
    return type(shapes_tree)(symbols_of(item, dtype) for item in shapes_tree)


def unconnected(leaf: Any) -> Any:
    """A symbolic tensor like the given one that no node produces; anything else as it is."""
    if not isinstance(leaf, SymbolicTensor):
        return leaf
    copy = SymbolicTensor(leaf.shape, leaf.dtype, leaf.name)
    copy.mask = leaf.mask
    return copy
