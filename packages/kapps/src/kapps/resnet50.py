"""The names of ResNet50 under the module name that Keras users know."""

from __future__ import annotations

from kapps.resnet import ResNet50, decode_predictions, preprocess_input

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]
