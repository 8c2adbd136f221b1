"""Upsampling layers."""
