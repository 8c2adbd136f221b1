"""What SimpleRNN, GRU and LSTM share: a layer over a cell that is made from its own arguments."""

from __future__ import annotations

from typing import Any

from kcore import components
from kcore.input_spec import InputSpec
from kcore.typing import Config, Shape
from klayers.recurrent.rnn import RNN


def cell_options(kwargs: dict[str, Any], name: str) -> dict[str, Any]:
    """Takes the arguments that are the cell's out of the layer's further ones.

    Args:
        kwargs: what the layer was given beside its named arguments; `use_cudnn` is dropped: one
            kernel serves every device.
        name: the cell's.
    """
    kwargs.pop("use_cudnn", None)
    options = {"name": name, "dtype": kwargs.get("dtype")}
    if "implementation" in kwargs:
        options["implementation"] = kwargs.pop("implementation")
    return options


class CellLayer(RNN):
    """A recurrent layer that has the arguments of its cell; they are read from there."""

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool | int = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            unroll,
            zero_output_for_mask,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=3)

    def _built_spec(self, shape: Shape) -> InputSpec:
        return InputSpec(ndim=len(shape), axes={-1: shape[-1]})

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if cell is not None and name in components.constructor_arguments(type(self)):
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def implementation(self) -> int:
        """How the cell draws its dropout masks."""
        return int(self.cell.implementation)

    def set_weights(self, weights: list[Any]) -> None:
        """Replaces the values of all weights; those of the CuDNN form of the layer fit too.

        Raises:
            ShapeError: if the number of arrays or a shape differs.
        """
        if len(weights) == 3:
            weights = [*weights[:2], self.cell.own_bias(weights[2])]
        super().set_weights(weights)

    def get_config(self) -> Config:
        """The arguments that make an equal layer."""
        config = super().get_config()
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        if self.cell.implementation != 2:
            config["implementation"] = self.cell.implementation
        return config
