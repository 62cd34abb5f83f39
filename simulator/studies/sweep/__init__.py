"""Sweeps: every combination of the values that inputs are varied over."""
