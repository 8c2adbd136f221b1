"""The names of VGG16 under the module name that Keras users know."""

from __future__ import annotations

from kapps.vgg import VGG16, decode_predictions, preprocess_input

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]
