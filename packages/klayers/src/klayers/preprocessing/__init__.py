"""Preprocessing layers: numbers, categories, text and images made ready inside a model."""
