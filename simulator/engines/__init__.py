"""Engines move tickets along their steps through queues and teams. They know time, queues and agents, nothing else."""

from simulator.engines.run_log import Outcome, RunLog, TicketEnds, ticket_ends

__all__ = ["Outcome", "RunLog", "TicketEnds", "ticket_ends"]
