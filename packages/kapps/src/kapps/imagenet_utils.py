"""Preprocessing and class names of ImageNet under the module name that Keras users know."""

from __future__ import annotations

from kapps.labels import decode_predictions
from kapps.preprocessing import preprocess_input

__all__ = ["decode_predictions", "preprocess_input"]
