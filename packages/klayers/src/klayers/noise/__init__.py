"""Layers that add noise in training."""
