"""A pilot before it begins: its weeks, its gates, how safe its verdict is, and what production makes of it."""
