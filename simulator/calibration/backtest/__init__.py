"""Forecasts of weeks that the fit has not seen, held against what happened, beside naive ones."""
