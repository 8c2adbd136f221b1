"""What rotations, shifts, zooms and shears share: one resampling of the images."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.arguments import choice, number
from kcore.ops.warping import FILL_MODES
from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer

INTERPOLATIONS = ("nearest", "bilinear")


class BaseAffine(RandomImageLayer):
    """Images sampled at other places; the subclasses document the arguments."""

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        owner = type(self).__name__
        self.fill_mode = choice(fill_mode, "fill_mode", owner, FILL_MODES)
        self.interpolation = choice(interpolation, "interpolation", owner, INTERPOLATIONS)
        self.fill_value = number(fill_value, "fill_value", owner)

    def _sample(self, images: Tensor, rows: list[Any]) -> Tensor:
        """The images sampled by transforms, whose numbers are (batch,) tensors or plain."""
        batch = ops.shape(images)[0]
        columns = [ops.broadcast_to(ops.cast(v, "float32"), (batch,)) for v in rows]
        return ops.image.affine_transform(
            images,
            ops.stack(columns, 1),
            self.interpolation,
            self.fill_mode,
            self.fill_value,
            "channels_last",
        )


def middle(images: Tensor) -> tuple[Any, Any]:
    """The row and column of the middle, between pixels where a size is even."""
    height, width = (ops.cast(n, "float32") for n in ops.shape(images)[1:3])
    return (height - 1) / 2, (width - 1) / 2
