"""StackedRNNCells: several cells one above the other as one cell."""

from __future__ import annotations

from typing import Any

from kcore import Layer, components, ops, tree
from kcore.typing import Shape, Tensor
from klayers.recurrent.run_cell import call_cell, check_cell, run_cell
from klayers.recurrent.states import map_shapes, output_shape, state_shapes, zero_states


class StackedRNNCells(Layer):
    """Cells one above the other: each gets the output of the one before as its input.

    Args:
        cells: list of cells, the first gets the input.
        **kwargs: see Layer; reverse_state_order: whether states are listed from the last cell to
            the first, as Keras did before version 2.2.3.

    Shapes:
        input (batch, features) and for each cell a list of its states; output that of the last
        cell, and the new states in the same form.

    Raises:
        ConfigurationError: if there is no cell, or one lacks what a cell needs.

    Example:
        >>> from klayers import GRUCell, LSTMCell
        >>> StackedRNNCells([LSTMCell(8), GRUCell(3)]).state_size
        [[8, 8], [3]]
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        self.reverse_state_order = bool(kwargs.pop("reverse_state_order", False))
        if not cells:
            check_cell(None, "StackedRNNCells")
        made = [
            components.get("layer", c, "StackedRNNCells.cells") if isinstance(c, dict) else c
            for c in cells
        ]
        self.cells = [check_cell(cell, "StackedRNNCells") for cell in made]
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = getattr(self.cells[0], "dtype_policy", None)
        super().__init__(**kwargs)

    def _in_state_order(self, values: list[Any]) -> list[Any]:
        """From the order of the cells to that of the states, or back."""
        return values[::-1] if self.reverse_state_order else values

    @property
    def state_size(self) -> list[Any]:
        """For each cell the list of its states' sizes."""
        sizes = [cell.state_size for cell in self.cells]
        return self._in_state_order(
            [list(s) if isinstance(s, (list, tuple)) else [s] for s in sizes]
        )

    @property
    def output_size(self) -> Any:
        """That of the last cell."""
        return output_shape(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """For each cell the list of its first states."""
        return self._in_state_order(
            [zero_states(cell, batch_size, self.compute_dtype) for cell in self.cells]
        )

    def build(self, input_shape: Any) -> None:
        """Makes the weights of each cell for the output of the one before."""
        several = isinstance(input_shape, list)
        shape, constants = (input_shape[0], input_shape[1:]) if several else (input_shape, [])
        for place, cell in enumerate(self.cells):
            cell_input = [shape, *constants] if constants else shape
            if isinstance(cell, Layer):
                cell.build_once(cell_input)
                for weight in cell.weights:
                    weight.path = f"{self.name}/{place}/{weight.path}"
            elif hasattr(cell, "build"):
                cell.build(cell_input)
            shape = (shape[0], *output_shape(cell))

    def call(
        self, inputs: Tensor, states: Any = None, training: bool = False, constants: Any = None
    ) -> tuple[Tensor, list[Any]]:
        """One step through all cells.

        Args:
            inputs: (batch, features).
            states: for each cell the list of its states; the first states if None.
            training: whether dropout acts.
            constants: tensors for the cells that take them.

        Returns:
            The output of the last cell, and for each cell the list of its new states.
        """
        if states is None:
            states = self.get_initial_state(ops.shape(inputs)[0])
        options = {} if constants is None else {"constants": constants}
        new = []
        for cell, own in zip(self.cells, self._in_state_order(list(states)), strict=True):
            inputs, last = call_cell(cell, inputs, list(own), training, **options)
            new.append(last)
        results = inputs, self._in_state_order(new)
        return tree.map_leaves(lambda x: ops.cast(x, self.compute_dtype), results)  # type: ignore[no-any-return]

    def run_sequence(
        self,
        steps: Tensor,
        states: list[Any],
        mask: Tensor | None,
        training: bool,
        unroll: bool | int,
        **constants: Any,
    ) -> tuple[Tensor, list[Any]]:
        """Each cell over the whole sequence, one after the other; see `run_cell`."""
        new = []
        for cell, own in zip(self.cells, self._in_state_order(list(states)), strict=True):
            steps, last = run_cell(cell, steps, own, mask, training, unroll, **constants)
            new.append(last)
        return steps, self._in_state_order(new)

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """The output and, for each cell, the list of its states."""
        batch = input_shape[0]
        shapes = state_shapes(self.state_size)
        return (batch, *output_shape(self.cells[-1])), map_shapes(lambda s: (batch, *s), shapes)

    def get_config(self) -> Any:
        """The arguments that make an equal cell."""
        config = super().get_config()
        if self.reverse_state_order:
            config["reverse_state_order"] = True
        return config
