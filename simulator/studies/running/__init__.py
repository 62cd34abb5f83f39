"""Runs studies: cells (one variant, one replication), batches of them on workers, and where they are kept."""
