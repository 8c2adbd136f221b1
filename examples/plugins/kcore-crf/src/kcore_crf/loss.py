"""CRFNegativeLogLikelihood: minus the log of the chance that a chain gives to the true tags."""

from __future__ import annotations

from typing import Any

from kcore.errors import DataError
from kcore.losses import Loss
from kcore_crf.chain import check_shapes, log_partition, score_of


class CRFNegativeLogLikelihood(Loss):
    """log(sum of exp(score) over all sequences) - score(true sequence), one value a sequence.

    Args:
        **kwargs: those of every loss, such as `name` and `reduction`.

    Shapes:
        y_true: tags (batch, steps); y_pred: scores of a CRF layer, (batch, steps, tags, tags).

    Raises:
        ShapeError: when called, if the shapes are others.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor as plain data."""
        return {"name": self.name, "reduction": self.reduction, "dtype": self.dtype}

    def align(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """Tags and scores as they are."""
        check_shapes(y_true.shape, y_pred.shape, type(self).__name__)
        return y_true, y_pred

    def check_targets(self, targets: Any, output_shape: Any, owner: str) -> None:
        """Tags must be whole numbers below the number of tags."""
        name = type(self).__name__
        check_shapes((None, *targets.shape[1:]), (None, *output_shape[1:]), f"{owner}, {name}")
        tags = output_shape[-1]
        if targets.size and not (targets.min() >= 0 and targets.max() < tags):
            raise DataError(
                f"{owner} hold tags from {targets.min()} to {targets.max()}; {name} expects 0 to "
                f"{tags - 1}. Give CRF the number of tags, and padded steps any of them."
            )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value a sequence."""
        return log_partition(y_pred) - score_of(y_pred, y_true)
