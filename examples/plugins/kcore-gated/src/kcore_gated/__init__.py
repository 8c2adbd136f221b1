"""Gated linear units for kcore: `from kcore.layers import Gated`."""
