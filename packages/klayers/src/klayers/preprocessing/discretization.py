"""Discretization: numbers as the bins they fall into."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import backend
from kcore.arguments import number, whole
from kcore.errors import ConfigurationError, NotBuiltError
from kcore.typing import Config, Shape, Tensor
from klayers.preprocessing import encoding
from klayers.preprocessing.base import AdaptiveLayer


class Discretization(AdaptiveLayer):
    """The number of the bin that each input falls into.

    Boundaries a, b make the bins below a, from a to below b, and from b. `adapt` chooses them so
    that each bin gets about as many of the data: they are quantiles of a summary of at most
    1 / epsilon points.

    Args:
        bin_boundaries: ascending numbers; or leave them out, give `num_bins` and call `adapt`.
        num_bins: bins to learn, at least 2.
        epsilon: share by which a quantile may be wrong, above 0 and below 1; smaller needs more
            memory.
        output_mode: "int" (the bin's number, int32), "one_hot", "multi_hot" (which bins occur in
            the last axis) or "count" (how often).
        sparse: False only.
        **kwargs: see Layer.

    Shapes:
        input of any rank; output the same for "int", (..., bins) for the others.

    Raises:
        ConfigurationError: if both or none of bin_boundaries and num_bins are given, or the
            boundaries do not ascend.
        NotBuiltError: if called before `adapt`.

    Example:
        >>> Discretization([0.0, 1.0])([-1.0, 0.0, 0.5, 9.0]).numpy().tolist()
        [0, 1, 1, 2]
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        encoding.refuse("Discretization", sparse=sparse)
        if bin_boundaries is None and num_bins is None:
            raise ConfigurationError(
                "Discretization needs bin_boundaries, or num_bins and a call of adapt; received "
                "neither."
            )
        self.num_bins = (
            None if num_bins is None else whole(num_bins, "num_bins", "Discretization", 2)
        )
        self.bin_boundaries = None if bin_boundaries is None else _ascending(bin_boundaries)
        self.epsilon = number(epsilon, "epsilon", "Discretization", above=0, high=0.5)
        self.output_mode = encoding.check_mode(output_mode, "Discretization")
        self.sparse = False
        self._start()

    @property
    def _bins(self) -> int:
        if self.bin_boundaries is not None:
            return len(self.bin_boundaries) + 1
        return self.num_bins or 0

    def reset_state(self) -> None:
        """Forgets the boundaries."""
        if self.num_bins is None:
            raise ConfigurationError(
                f"{self._describe()} was given bin_boundaries, so it has nothing to learn by "
                "adapt. Give num_bins instead."
            )
        self.bin_boundaries = None
        self._start()

    def _start(self) -> None:
        # the data themselves while they are few, then a summary of them
        self._raw: Any = np.zeros(0)
        self._summary: Any = None

    def update_state(self, data: Any) -> None:
        """Adds a batch to the summary: at most 1 / epsilon points and how many data they reach."""
        batch = np.sort(np.asarray(data, dtype="float64").reshape(-1))
        limit = round(1 / self.epsilon)
        if self._raw is not None:
            self._raw = np.sort(np.concatenate([self._raw, batch]))
            if len(self._raw) <= limit:
                self._summary = self._raw, np.arange(1.0, len(self._raw) + 1)
                return
            batch, self._raw, self._summary = self._raw, None, None
        self._summary = _merged(self._summary, batch, limit)

    def finalize_state(self) -> None:
        """Makes boundaries of the summary."""
        if self._summary is None or not len(self._summary[0]) or self.num_bins is None:
            return
        values, reached = self._summary
        shares = np.arange(1, self.num_bins) / self.num_bins
        found = np.interp(shares, reached / reached[-1], values)
        self.bin_boundaries = [float(v) for v in found]

    def get_config(self) -> Config:
        """The arguments; without `trainable`, which Keras' class does not take."""
        config = super().get_config()
        if config["trainable"]:
            del config["trainable"]
        return config

    def call(self, inputs: Tensor) -> Tensor:
        """The bins, in the form of `output_mode`."""
        if self.bin_boundaries is None:
            raise NotBuiltError(
                f"{self._describe()} has no boundaries yet. Call adapt with data first, or give "
                "bin_boundaries."
            )
        index = backend.math.bucket(inputs, self.bin_boundaries)
        if self.output_mode == "int":
            return index
        return encoding.encode(index, self.output_mode, self._bins, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's, or with the bins as last axis."""
        return encoding.encoded_shape(input_shape, self.output_mode, self._bins)

    def compute_output_dtype(self, inputs: Any) -> str:
        """int32 for "int", the compute dtype for the others."""
        return "int32" if self.output_mode == "int" else self.compute_dtype


def _ascending(boundaries: Any) -> list[float]:
    try:
        values = [float(v) for v in boundaries]
    except (TypeError, ValueError):
        values = []
    if not values or any(not a <= b for a, b in zip(values, values[1:], strict=False)):
        raise ConfigurationError(
            "Discretization: bin_boundaries must be ascending numbers, at least one; received "
            f"{boundaries!r}."
        )
    return values


def _merged(summary: Any, batch: Any, limit: int) -> Any:
    """The summary of what a summary stands for and a sorted batch."""
    values = batch if summary is None else np.concatenate([summary[0], batch])
    values = np.unique(values)
    reached = np.searchsorted(batch, values, side="right").astype("float64")
    if summary is not None:
        reached += np.interp(values, summary[0], summary[1], left=0.0)
    places = reached[-1] * np.arange(limit + 1) / limit
    return np.interp(places, reached, values), places
