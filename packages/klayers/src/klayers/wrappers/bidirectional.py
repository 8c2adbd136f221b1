"""Bidirectional: a recurrent layer that reads a sequence in both directions."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore import components, ops, tree
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import is_shape
from kcore.typing import Config, Tensor
from klayers.wrappers.wrapper import Wrapper, as_layer, in_dtype, name_paths

MODES = ("sum", "mul", "concat", "ave", None)
_ASKED = ("go_backwards", "return_sequences", "return_state")


class Bidirectional(Wrapper):
    """Two recurrent layers that read a sequence in both directions (Schuster and Paliwal, 1997).

    The layer inside is made anew twice, as forward_<name> and backward_<name>; the second reads
    from the last step to the first and its outputs are put back into the order of the steps. In
    sequences the outputs of masked steps are zero: the last one means another thing to each side.

    Args:
        layer: a recurrent layer.
        merge_mode: how the two outputs become one: "concat" (features side by side), "sum", "mul",
            "ave"; None gives both.
        backward_layer: the layer for the other direction; one like `layer` if None.
        **kwargs: see Layer; weights: first values, those of the forward layer first.

    Attributes:
        forward_layer: reads as `layer` does.
        backward_layer: reads the other way.

    Shapes:
        those of the layer, twice as wide with "concat"; with return_state followed by the forward
        states and the backward states. Weights: the forward layer's, then the backward layer's.

    Raises:
        ConfigurationError: if the layers are not recurrent, do not fit each other, or the mode is
            unknown.

    Example:
        >>> from klayers import LSTM
        >>> Bidirectional(LSTM(8)).compute_output_shape((None, 20, 4))
        (None, 16)
    """

    supports_masking = True
    # in files the layer inside has the name that Keras gives it
    file_names: ClassVar[dict[str, str]] = {"layer": "forward_layer"}

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        if merge_mode not in MODES:
            raise ConfigurationError(
                f"Bidirectional: merge_mode must be one of {MODES}; received {merge_mode!r}."
            )
        given = _recurrent(layer, "layer")
        super().__init__(_again(given, "forward_", given.go_backwards), **kwargs)
        self.merge_mode = merge_mode
        other = given if backward_layer is None else _recurrent(backward_layer, "backward_layer")
        backwards = other.go_backwards if backward_layer is not None else not given.go_backwards
        self.backward_layer = _again(other, "backward_", backwards)
        self._own_backward = backward_layer is not None
        self._check_pair()

    def _check_pair(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ConfigurationError(
                "Bidirectional: layer and backward_layer must read in different directions; both "
                f"have go_backwards={forward.go_backwards}. Set it on one of them."
            )
        for name in ("return_sequences", "return_state", "stateful"):
            pair = [getattr(layer, name, False) for layer in (forward, backward)]
            if pair[0] != pair[1]:
                raise ConfigurationError(
                    f"Bidirectional: layer has {name}={pair[0]}, backward_layer has "
                    f"{name}={pair[1]}; they must agree."
                )

    @property
    def forward_layer(self) -> Any:
        """The layer that reads as the given one does."""
        return self.layer

    @property
    def return_sequences(self) -> bool:
        """Whether the output holds every step."""
        return bool(self.layer.return_sequences)

    @property
    def return_state(self) -> bool:
        """Whether the last states are returned too."""
        return bool(self.layer.return_state)

    @property
    def stateful(self) -> bool:
        """Whether states are carried from batch to batch."""
        return bool(getattr(self.layer, "stateful", False))

    @property
    def _step_axis(self) -> int:
        return 0 if getattr(self.layer, "time_major", False) else 1

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Builds both layers."""
        shape = sequences_shape if is_shape(sequences_shape) else sequences_shape[0]
        for layer in (self.forward_layer, self.backward_layer):
            layer.build_once(shape)
            name_paths(self, layer)
        self.input_spec = self.forward_layer.input_spec

    def __call__(self, sequences: Any = None, initial_state: Any = None, **kwargs: Any) -> Any:
        """Calls the layer; `[sequences, *initial states]` is another way to write it.

        Args:
            sequences: (batch, steps, ...).
            initial_state: states of the forward layer, then of the backward layer.
            **kwargs: further arguments of `call`.
        """
        if sequences is None:
            sequences = kwargs.pop("inputs", None)
        if isinstance(sequences, (list, tuple)):
            sequences, *others = sequences
            initial_state = others or initial_state
        if initial_state is not None:
            given = tree.flatten(initial_state)
            if len(given) % 2:
                raise ShapeError(
                    f"{self._describe()}: initial_state holds the states of the forward layer, "
                    f"then as many of the backward layer; received {len(given)} in all."
                )
            kwargs["initial_state"] = given
        return super().__call__(sequences, **kwargs)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        """Both directions, merged.

        Args:
            sequences: (batch, steps, ...).
            initial_state: states of the forward layer, then of the backward layer.
            mask: (batch, steps).
            training: whether dropout acts.
        """
        given = tree.flatten(initial_state) if initial_state is not None else []
        half = len(given) // 2
        results = []
        pairs = ((self.forward_layer, given[:half]), (self.backward_layer, given[half:]))
        for layer, states in pairs:
            options = {"initial_state": states} if states else {}
            results.append(layer(sequences, mask=mask, training=training, **options))
        parts = [result if self.return_state else [result] for result in results]
        (forward, *states), (backward, *more) = parts
        if self.return_sequences:
            backward = ops.flip(backward, self._step_axis)
        outputs = [*self._merge(forward, backward), *states, *more]
        outputs = in_dtype(outputs, self.compute_dtype)
        return outputs if len(outputs) > 1 else outputs[0]

    def _merge(self, forward: Tensor, backward: Tensor) -> list[Tensor]:
        if self.merge_mode is None:
            return [forward, backward]
        if self.merge_mode == "concat":
            return [ops.concatenate([forward, backward], -1)]
        if self.merge_mode == "mul":
            return [forward * backward]
        total = forward + backward
        return [total / 2 if self.merge_mode == "ave" else total]

    def reset_state(self) -> None:
        """Forgets what stateful layers carry."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    @property
    def states(self) -> list[Any]:
        """What stateful layers carry: the forward states, then the backward states."""
        return [*self.forward_layer.states, *self.backward_layer.states]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The input's mask for sequences, none for the last outputs and for states."""
        mask = previous_mask[0] if isinstance(previous_mask, (list, tuple)) else previous_mask
        mask = mask if self.return_sequences else None
        masks = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            masks += [None for _ in self.states]
        return masks if len(masks) > 1 else mask

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """See Shapes."""
        shape = sequences_shape if is_shape(sequences_shape) else sequences_shape[0]
        forward = self.forward_layer.compute_output_shape(shape)
        backward = self.backward_layer.compute_output_shape(shape)
        parts = [[y] if is_shape(y) else list(y) for y in (forward, backward)]
        (first, *states), (second, *more) = parts
        if self.merge_mode is None:
            outputs = [first, second]
        elif self.merge_mode == "concat":
            outputs = [(*first[:-1], first[-1] + second[-1])]
        else:
            outputs = [first]
        outputs += [*states, *more]
        return outputs if len(outputs) > 1 else outputs[0]

    def get_config(self) -> Config:
        """The arguments that make an equal layer."""
        config = super().get_config()
        if not self._own_backward:
            config["backward_layer"] = None
        return config


def _recurrent(value: Any, name: str) -> Any:
    """A recurrent layer, or an error."""
    layer = as_layer(value, f"Bidirectional: {name}")
    missing = [asked for asked in _ASKED if not hasattr(layer, asked)]
    if missing:
        raise ConfigurationError(
            f"Bidirectional: {name} must be a recurrent layer, for example LSTM(8); received "
            f"{layer!r}, which has no {', '.join(missing)}."
        )
    return layer


def _again(layer: Any, prefix: str, go_backwards: bool) -> Any:
    """A layer like the given one under another name, in the given direction."""
    config = components.to_data(layer)["config"]
    name = f"{prefix}{layer.name.removeprefix(prefix).removeprefix('forward_')}"
    made = type(layer).from_config({**config, "name": name, "go_backwards": go_backwards})
    if hasattr(made, "zero_output_for_mask"):
        made.zero_output_for_mask = made.return_sequences
    return made
