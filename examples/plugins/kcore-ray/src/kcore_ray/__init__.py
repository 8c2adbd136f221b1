"""Trains one model in the workers of Ray Train."""
