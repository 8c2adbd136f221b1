"""What layers that normalise and then scale and shift share."""

from __future__ import annotations

from typing import Any

from kcore import Layer, constraints, initializers, regularizers
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor


class BaseNormalization(Layer):
    """Normalised inputs times `gamma` plus `beta`. What they are normalised by is a subclass's."""

    takes_several = False

    supports_masking = True

    def __init__(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = number(epsilon, "epsilon", type(self).__name__, low=0)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def add_gamma_and_beta(self, shape: Shape) -> None:
        """Makes those of the two weights that there are to be."""
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )

    def gamma_and_beta(self) -> tuple[Tensor | None, Tensor | None]:
        """The values of the two weights, None for one that is not there."""
        gamma = None if self.gamma is None else self.gamma.value
        return gamma, None if self.beta is None else self.beta.value

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


def one_axis(axis: Any, owner: str) -> int:
    """An axis as a whole number; a list of one axis is taken too.

    Raises:
        ConfigurationError: if it is something else.
    """
    found = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    if isinstance(found, bool) or not hasattr(found, "__index__"):
        raise ConfigurationError(f"{owner}: axis must be one whole number; received {axis!r}.")
    return int(found)


def several_axes(axis: Any, owner: str) -> int | list[int]:
    """One axis, or a list of different ones.

    Raises:
        ConfigurationError: if it is something else.
    """
    if not isinstance(axis, (list, tuple)):
        return one_axis(axis, owner)
    axes = [one_axis(a, owner) for a in axis]
    if not axes or len(set(axes)) < len(axes):
        raise ConfigurationError(
            f"{owner}: axis must be a whole number or a list of different ones; received {axis!r}."
        )
    return axes
