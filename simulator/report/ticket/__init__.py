"""One ticket's life in words and as a chart."""
