"""Dtype policies and their saved form, under the name of Keras' module."""

from __future__ import annotations

from kcore.dtypes import DTypePolicy, FloatDTypePolicy, deserialize, get, serialize

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]
