"""What every other package uses: errors, quantities and units, calendars, text, statistics, arrays, memory."""
