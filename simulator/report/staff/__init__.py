"""The report of staffing."""
