"""Staffing: the least-cost head-counts that meet targets, with and without the AI."""
