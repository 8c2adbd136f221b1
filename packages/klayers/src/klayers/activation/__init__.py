"""Activations that have arguments or weights, as layers."""
