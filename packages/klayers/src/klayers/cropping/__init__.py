"""Cropping layers."""
