"""The names of VGG19 under the module name that Keras users know."""

from __future__ import annotations

from kapps.vgg import VGG19, decode_predictions, preprocess_input

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]
