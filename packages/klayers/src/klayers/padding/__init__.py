"""Padding layers."""
