"""Layers in which steps of a sequence look at steps of another, or of the same."""
