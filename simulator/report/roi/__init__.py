"""The report of a business case."""
