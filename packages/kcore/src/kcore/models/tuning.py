"""Tuning: which layers of a model training may change, said by name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from kcore.errors import ConfigurationError, nearest
from kcore.layer import Layer
from kcore.training.trainer import Trainer


class Tunable:
    """Gives a model `freeze` and `unfreeze`.

    Attributes:
        trainer: forgets its compiled steps when the weights to train change.
    """

    trainer: Trainer

    def freeze(self, *which: str | Layer, before: str | None = None) -> list[str]:
        """Keeps layers as they are in training, the statistics of normalisations included.

        Args:
            *which: names, patterns such as "block1_*", or layers; all if there are none.
            before: name of a layer: every layer that comes before it.

        Returns:
            The names of the layers that were frozen now.

        Raises:
            ConfigurationError: if a name or pattern fits no layer.

        Example:
            >>> model.freeze(before="conv5_block1_1_conv")  # doctest: +SKIP
        """
        return self._set_trainable(False, which, before)

    def unfreeze(self, *which: str | Layer, after: str | None = None) -> list[str]:
        """Lets training change layers again.

        Args:
            *which: names, patterns such as "block5_*", or layers; all if there are none.
            after: name of a layer: it and every layer that comes after it.

        Returns:
            The names of the layers that were frozen before.

        Raises:
            ConfigurationError: if a name or pattern fits no layer.

        Example:
            >>> model.unfreeze("conv5_*")  # doctest: +SKIP
        """
        return self._set_trainable(True, which, after)

    def _set_trainable(self, value: bool, which: Any, border: str | None) -> list[str]:
        below = [layer for layer in _every_layer(self) if layer is not self]
        chosen = _chosen(below, which, border, not value)
        if value:
            _open_models(self, chosen)
        changed = [layer for layer in chosen if layer._trainable != value and layer.weights]
        for layer in chosen:
            layer._trainable = value
        self.trainer.compiled.clear()
        return [layer.name for layer in changed]


def _every_layer(model: Any) -> list[Any]:
    found: list[Any] = model.flatten_layers()
    return found


def _chosen(layers: list[Any], which: Any, border: str | None, before: bool) -> list[Any]:
    """The layers meant, each with the layers inside it."""
    names = [layer.name for layer in layers]
    if border is not None:
        if border not in names:
            raise _unknown(border, names)
        place = names.index(border)
        top = layers[:place] if before else layers[place:]
    elif not which:
        top = layers
    else:
        top = []
    for item in which:
        found = [
            layer
            for layer in layers
            if (layer is item if isinstance(item, Layer) else fnmatchcase(layer.name, str(item)))
        ]
        if not found:
            raise _unknown(item, names)
        top = [*top, *found]
    whole = [inner for layer in top for inner in layer.flatten_layers()]
    return list({id(layer): layer for layer in whole}.values())


def _open_models(model: Any, chosen: list[Any]) -> None:
    """A layer trains only if what holds it does: opens those, and closes what else they hold."""
    wanted = {id(layer) for layer in chosen}
    for holder in model.flatten_layers():
        holds = any(id(inner) in wanted for inner in holder.flatten_layers())
        if holder._trainable or not holds or id(holder) in wanted:
            continue
        holder._trainable = True
        for inner in holder._sublayers():
            for layer in inner.flatten_layers():
                layer._trainable = False


def _unknown(item: Any, names: list[str]) -> ConfigurationError:
    what = item.name if isinstance(item, Layer) else item
    return ConfigurationError(
        f"No layer of the model fits {what!r}. {nearest(str(what), names)} model.summary() lists "
        "all names."
    )
