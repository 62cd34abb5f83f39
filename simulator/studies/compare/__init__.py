"""Comparisons: variants of a desk on the same customers, with paired differences."""
