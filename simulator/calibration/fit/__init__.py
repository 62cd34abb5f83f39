"""A scenario measured on an export: one module per part of a desk, each figure with its interval and source."""
