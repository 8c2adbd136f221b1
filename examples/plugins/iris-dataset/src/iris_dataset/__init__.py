"""Fisher's iris flowers, a data set published as a plugin."""
