"""Symbolic tensors, the calls that were recorded on them, and the function these calls form."""
