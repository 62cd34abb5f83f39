"""Your own desk: exports read and checked, scenarios fitted to them, and forecasts held against what happened."""
