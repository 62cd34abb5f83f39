"""Tickets: everything random about each customer, drawn before the clock starts.

A Tickets table is columns of shape (n_tickets,), each from a stream of its own (`simulator.base.streams`). Nothing in
it depends on policy, staffing or prices, so every variant of a scenario meets the same customers.
"""

from simulator.tickets.columns import draw_tickets
from simulator.tickets.table import HARDEST, LOST, NOTICED, RETURNS, AiDraws, Tickets

__all__ = ["HARDEST", "LOST", "NOTICED", "RETURNS", "AiDraws", "Tickets", "draw_tickets"]
