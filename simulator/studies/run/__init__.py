"""What `run` adds to replications: checks before, the opening, twins of a ticket, and output files."""
