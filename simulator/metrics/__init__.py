"""Metrics: facts about each ticket, service levels, satisfaction, and the KPI registry."""
