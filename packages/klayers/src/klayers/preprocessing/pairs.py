"""What MixUp and CutMix share: images with labels, each mixed with another of the batch."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops, random
from kcore.errors import ShapeError
from kcore.graph.symbolic import symbols_of
from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer, per_image


class BasePairs(RandomImageLayer):
    """Images, or a dict of "images" and "labels", mixed in training."""

    takes_several = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Images mixed in training, and their labels in the same shares."""
        images = self._images_of(inputs)
        labels = inputs.get("labels") if isinstance(inputs, dict) else None
        if not training:
            kept = backend.image.fitted(images, self.compute_dtype)
            return {**inputs, "images": kept} if isinstance(inputs, dict) else kept
        found: dict[str, Any] = {}

        def run(x: Tensor) -> Tensor:
            found.update(self.draw(x))
            return self.transform(x, **found)

        mixed = self._each(images, run)
        if not isinstance(inputs, dict):
            return mixed
        result = {**inputs, "images": mixed}
        if labels is not None:
            result["labels"] = self.transform_labels(labels, found["order"], found["share"])
        return result

    def _images_of(self, inputs: Any) -> Any:
        images = inputs.get("images") if isinstance(inputs, dict) else inputs
        unknown = sorted(set(inputs) - {"images", "labels"}) if isinstance(inputs, dict) else []
        if images is None or unknown or len(images.shape) != 4:
            raise ShapeError(
                f"{self._describe()} takes images (batch, height, width, channels), or a "
                "dict of such 'images' and of 'labels' (one-hot rows); received "
                f"{sorted(inputs) if isinstance(inputs, dict) else tuple(inputs.shape)}."
            )
        return images

    def _order(self, images: Tensor) -> Tensor:
        """The number of each image's partner, (batch,)."""
        batch = ops.shape(images)[0]
        return ops.argsort(random.uniform((batch,), 0.0, 1.0, "float32", self.seed_generator))

    def transform_labels(self, labels: Tensor, order: Any, share: Any) -> Tensor:
        """share * labels + (1 - share) * partners' labels."""
        kind = self.compute_dtype if self.compute_dtype.startswith(("f", "b")) else "float32"
        rows = ops.cast(labels, kind)
        weight = ops.reshape(ops.cast(share, kind), [-1] + [1] * (len(rows.shape) - 1))
        return rows * weight + ops.take(rows, order, 0) * (1.0 - weight)

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        """The inputs' shapes, of the layer's dtype."""
        self._images_of(inputs)
        if not isinstance(inputs, dict):
            return symbols_of(inputs.shape, self.compute_dtype)
        return {k: symbols_of(v.shape, self.compute_dtype) for k, v in inputs.items()}


def blend(images: Tensor, order: Any, share: Any) -> Tensor:
    """share * images + (1 - share) * partners."""
    weight = per_image(share, images)
    return images * weight + ops.take(images, order, 0) * (1.0 - weight)
