"""The report of a projected pilot."""
