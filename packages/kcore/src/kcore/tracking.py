"""What belongs to an object: the weights, layers and seeds found in its attributes.

Attributes are looked through when somebody asks, in the order in which they were first set, lists,
tuples and dicts included. Nothing is recorded at assignment, so a list that grows later is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from kcore import components, context
from kcore.errors import NotBuiltError, ShapeError
from kcore.random import SeedGenerator
from kcore.variable import Variable

T = TypeVar("T")

# attributes that refer to others without owning them
_REFERENCES = frozenset({"_legacy_weights"})
# most attributes are of these types, and hold nothing
LEAVES = frozenset({bool, float, int, str, type(None)})


def find(owner: Any, cls: type[T]) -> list[T]:
    """The objects of a class in the owner's attributes, each once, in order.

    Args:
        owner: whose attributes to look through; found objects are not looked into.
        cls: what to find.
    """
    found: dict[int, T] = {}
    for name, value in vars(owner).items():
        if type(value) in LEAVES:
            continue
        if isinstance(value, cls):
            found.setdefault(id(value), value)
        elif isinstance(value, (list, tuple, dict)) and name not in _REFERENCES:
            for item in _search(value, cls):
                found.setdefault(id(item), item)
    return list(found.values())


def _search(value: Any, cls: type[T]) -> Iterator[T]:
    if isinstance(value, cls):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            if type(item) not in LEAVES:
                yield from _search(item, cls)


class WeightOwner:
    """Gives a layer access to its weights, and to those of the layers in its attributes."""

    built: bool
    _trainable: bool
    _losses: list[Any]

    def _describe(self) -> str:
        return repr(self)

    def _sublayers(self) -> list[Any]:
        return find(self, WeightOwner)

    def _own_variables(self) -> list[Variable]:
        return find(self, Variable)

    def flatten_layers(self) -> list[Any]:
        """The layer itself and every layer below it, each once."""
        found: dict[int, Any] = {}
        stack: list[Any] = [self]
        while stack:
            layer = stack.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                stack.extend(reversed(layer._sublayers()))
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        """All weights: own trainable, own others, then those of each layer below, each once."""
        own = sorted(self._own_variables(), key=lambda v: not v.trainable)
        below = [w for layer in self._sublayers() for w in layer.weights]
        return list({id(w): w for w in (*own, *below)}.values())

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes; none if the layer is frozen."""
        if not self._trainable:
            return []
        own = [v for v in self._own_variables() if v.trainable]
        below = [w for layer in self._sublayers() for w in layer.trainable_weights]
        return list({id(w): w for w in (*own, *below)}.values())

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change."""
        changed = {id(w) for w in self.trainable_weights}
        return [w for w in self.weights if id(w) not in changed]

    non_trainable_variables = non_trainable_weights

    @property
    def metrics(self) -> list[Any]:
        """The metrics in the attributes of this layer and of those below, each once."""
        every = [m for layer in self.flatten_layers() for m in layer.own_metrics()]
        return list({id(m): m for m in every}.values())

    def own_metrics(self) -> list[Any]:
        """The metrics in the attributes of this layer alone."""
        held = find(self, components.Configurable)
        return [item for item in held if getattr(item, "component_kind", "") == "metric"]

    @property
    def seed_generators(self) -> list[SeedGenerator]:
        """The streams of random numbers of this layer and those below."""
        every = [s for layer in self.flatten_layers() for s in find(layer, SeedGenerator)]
        return list({id(s): s for s in every}.values())

    def carried_variables(self) -> list[Variable]:
        """What a call leaves for the next one beside weights: the states of a stateful layer."""
        return []

    @property
    def all_carried_variables(self) -> list[Variable]:
        """What calls of this layer and those below leave for the next ones beside weights."""
        every = [v for layer in self.flatten_layers() for v in layer.carried_variables()]
        return list({id(v): v for v in every}.values())

    @property
    def losses(self) -> list[Any]:
        """Scalars that regularizers add, and those added by the last call outside training."""
        return [*self.regularization_losses(), *self._losses]

    def regularization_losses(self) -> list[Any]:
        """What the regularizers of the trainable weights add to the loss."""
        weights = self.trainable_weights
        return [w.regularizer(w.value) for w in weights if w.regularizer is not None]

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar to the loss of the call that runs now."""
        running = context.current()
        (self._losses if running is None else running.losses).append(loss)

    def count_params(self) -> int:
        """The number of elements of all weights.

        Raises:
            NotBuiltError: if it has no weights yet.
        """
        if not self.built:
            raise NotBuiltError(
                f"{self._describe()} is not built, so its parameters cannot be counted. Call it on "
                "input, or give the model an Input."
            )
        return sum(w.size for w in self.weights)

    def get_weights(self) -> list[Any]:
        """The values of all weights as numpy arrays, in the order of `weights`."""
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replaces the values of all weights; nothing changes if one does not fit.

        Raises:
            ShapeError: if the number of arrays or a shape differs.
        """
        own = self.weights
        if len(weights) != len(own):
            raise ShapeError(
                f"{self._describe()} has {len(own)} weights; set_weights received {len(weights)}."
            )
        for variable, value in zip(own, weights, strict=True):
            if tuple(value.shape) != variable.shape:
                raise ShapeError(
                    f"{self._describe()}: weight {variable.path!r} has shape {variable.shape}; "
                    f"set_weights received {tuple(value.shape)}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)
