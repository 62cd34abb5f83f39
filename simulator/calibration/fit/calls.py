"""Calls and chats: channels whose customers wait on the line, and what lies between an agent's calls."""

from __future__ import annotations

import math
import re

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.calibration.exports.table import UNKNOWN, Export
from simulator.calibration.fit.likelihood import kaplan_meier

_ONE_CHANNEL = "all"
"""Name of the channel where the export names none."""
_LEAVERS, _LEAVING = 5, 0.005
"""Tickets, and their share, that were abandoned in line: from there on customers do wait on the line."""
_LIVE_MINUTES, _MIN_WAITS = 1.0, 30
"""Median time in line below which customers wait on the line (nobody answers mail so fast), and tickets it needs."""
_WRITTEN = re.compile(r"mail|web|form|portal|letter|post|api|ticket")
"""Names of channels in which customers write and do not wait for the answer."""
_LONGEST_TURNOVER = 60.0
"""Seconds; a longer gap between calls is a break, which the presence of agents leaves out."""
_MIN_GAPS = 200
_MIN_SHARE = 1 / 3
"""Of the usual share of the commonest intent, that an agent must have to be one who takes its calls."""


def channel_rows(export: Export) -> dict[str, Bools]:
    """Return the tickets of each channel, by name; shape (n_tickets,)."""
    if export.channel is None:
        return {_ONE_CHANNEL: np.ones(len(export), dtype=np.bool_)}
    return {name: export.channel.codes == code for code, name in enumerate(export.channel.names)}


def live_channels(export: Export) -> dict[str, str]:
    """Name the channels on which customers wait on the line, and say what shows it.

    Some give up, or half are taken up within a minute. A channel that is named as a written one must lose customers to
    count: a desk with time to spare takes up mail within a minute, too. Only recorded waits count: a first answer may
    be automatic, and a ticket that was taken down on the phone was not always a call that waited.
    """
    live = {}
    for name, rows in channel_rows(export).items():
        n = int(rows.sum())
        left = 0 if export.abandoned is None else int(export.abandoned[rows].sum())
        waits = np.empty(0) if export.wait_minutes is None else export.wait_minutes[rows]
        waits = waits[np.isfinite(waits)]
        if left >= max(_LEAVERS, _LEAVING * n):
            live[name] = f"customers wait on the line: {left:,} of {n:,} left before anyone answered"
        elif _WRITTEN.search(name.casefold()):
            continue
        elif len(waits) >= _MIN_WAITS and float(np.median(waits)) < _LIVE_MINUTES:
            live[name] = f"customers wait on the line: half are taken up within {60 * np.median(waits):.0f} s"
    return live


def live_rows(export: Export) -> Bools:
    """Return which tickets came by a live channel."""
    rows, live = channel_rows(export), live_channels(export)
    found = np.zeros(len(export), dtype=np.bool_)
    for name in live:
        found |= rows[name]
    return found


def turnover_minutes(export: Export) -> tuple[float, int] | None:
    """Estimate the gap between an agent's calls while callers wait, and the number of gaps; None where none is seen.

    Kaplan-Meier from the end of a call, cut off when the line empties, restricted to LONGEST_TURNOVER. Callers of the
    commonest intent, and the agents who take them.
    """
    if export.agent is None or export.began is None or export.ended is None or export.wait_minutes is None:
        return None
    live, commonest = live_rows(export), int(np.argmax(export.intent.counts()))
    of_intent = export.intent.codes == commonest
    waited = live & of_intent & (export.wait_minutes > 0)
    if not waited.any():
        return None
    since = export.created[waited]
    busy = _merged(since, since + 60 * export.wait_minutes[waited])
    served = live & (export.agent != UNKNOWN) & np.isfinite(export.began) & np.isfinite(export.ended)
    agent, began, ended = export.agent[served], export.began[served], export.ended[served]
    usual = float(of_intent[served].mean())
    calls = np.bincount(agent)
    takes = np.bincount(agent, of_intent[served]) > _MIN_SHARE * usual * np.maximum(calls, 1)
    order = np.lexsort((began, agent))
    agent, began, ended = agent[order], began[order], ended[order]
    following = np.append(began[1:], math.nan)
    same = np.append(agent[1:] == agent[:-1], False) & takes[agent] & (following >= ended)
    place = np.searchsorted(busy[:, 0], ended, side="right") - 1
    inside = same & (place >= 0) & (busy[np.maximum(place, 0), 1] > ended)
    until, gap = (busy[np.maximum(place, 0), 1] - ended)[inside], (following - ended)[inside]
    if len(gap) < _MIN_GAPS:
        return None
    happened = gap <= until + 2  # times are often whole seconds, and a call needs one to be put through
    curve = kaplan_meier(np.where(happened, gap, until), happened)
    return float(curve.at(np.arange(_LONGEST_TURNOVER)).sum()) / 60, len(gap)


def _merged(starts: Floats, ends: Floats) -> Floats:
    """Join intervals that overlap or touch; shape (n_spells, 2)."""
    order = np.argsort(starts, kind="stable")
    starts, latest = starts[order], np.maximum.accumulate(ends[order])
    first = np.append(True, starts[1:] > latest[:-1])
    return np.column_stack([starts[first], latest[np.append(first[1:], True)]])
