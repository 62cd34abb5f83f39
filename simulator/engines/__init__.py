"""Engines move tickets along their steps through queues and teams. They know time, queues and agents, nothing else."""

from typing import get_args

from simulator.base.errors import StudyError
from simulator.engines.run_log import Engine, Outcome, RunLog, TicketEnds, ticket_ends

__all__ = ["Outcome", "RunLog", "TicketEnds", "chosen", "ticket_ends"]


def chosen(name: str = "auto") -> Engine:
    """Choose an engine by name; `auto` is the quickest. Raises StudyError for an unknown name."""
    known: tuple[Engine, ...] = get_args(Engine)
    for engine in known:
        if engine == name:
            return engine
    if name == "auto":
        return known[-1]
    raise StudyError(f"engine {name!r} is not known; must be one of auto, {', '.join(known)}")
