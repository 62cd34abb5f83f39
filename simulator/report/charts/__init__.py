"""What all charts share: theme, drawing and SVG."""
