"""Training: one loop, three step functions."""
