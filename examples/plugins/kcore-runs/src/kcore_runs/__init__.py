"""Writes a line about every training of kcore to one file."""
