"""Dense, Activation, Flatten, Reshape: layers that work on any input."""
