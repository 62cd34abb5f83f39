"""Studies: replications with intervals, and the outputs that a run writes."""
