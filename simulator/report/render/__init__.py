"""Renderers: pages, terminal, notebook and files from tables and findings."""
