"""The pages, one file each, in the order in which they are offered."""
