"""Files: formats by suffix, weights without code, classes by name through the catalogue."""

from __future__ import annotations

from kcore.saving.loading import load_model, load_weights, save_model, save_weights

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]
