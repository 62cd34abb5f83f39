"""What every room uses: errors, quantities, calendars, text, statistics, arrays and remembered results."""
