"""Named random streams, so that two variants of a scenario see the same customers.

Each column of the Tickets table has a purpose of its own, and each purpose its own generator, seeded by
`SeedSequence(seed, spawn_key=(replication, purpose, …))`. A new column takes a new purpose number; numbers are never
reused, so old results stay as they were. Every draw is a uniform that an inverse CDF turns into a value:
NumPy's own samplers use a varying number of uniforms per value, and a small change of a parameter would then give
every later ticket another customer.
"""

from __future__ import annotations

import zlib
from enum import IntEnum

import numpy as np

from simulator.base.arrays import Floats


class Purpose(IntEnum):
    """What a stream is for."""

    ARRIVAL_GAP = 1
    BUSYNESS = 2
    INTENT = 3
    CHANNEL = 4
    TIER = 5
    DIFFICULTY = 6
    ROUTE_CONFIDENCE = 7
    ROUTE_CORRECT = 8
    CONFUSED_INTENT = 9
    ANSWER_CONFIDENCE = 10
    ANSWER_CORRECT = 11
    HANDLE = 12
    """One stream per visit (0 = first)."""
    FLAG = 13
    """One stream per flag name."""
    SENTIMENT = 14
    EXCHANGES = 15
    REPLY_GAP = 16
    """One stream per place: 0 = inside the AI conversation, 1… = before each follow-up."""
    LATENCY = 17
    AFTER_WRONG = 18
    RETURN_DELAY = 19
    RETURN_CHANNEL = 20
    CONFIRMED = 21
    PATIENCE = 22
    """One stream per visit."""
    RETRY = 23
    RETRY_DELAY = 24
    REOPENS = 25
    REOPEN_DELAY = 26
    """One stream per reopening."""
    TRIAGE_CORRECT = 27
    TRIAGE_WORK = 28
    TRANSFER_WORK = 29
    FOLLOW_UPS = 30
    NEXT_TEAM = 31
    """One stream per position in an intent's `then` list; likewise its work."""
    NEXT_TEAM_WORK = 32
    OUTAGE = 33
    ABSENCE = 34
    """One stream per team and shift."""
    SATISFACTION = 35
    SURVEY = 36
    WRITE_BACK = 37
    # 38 and 40 were given out and never drawn from.
    REVIEW = 39
    REASSIGNMENTS = 41
    REASSIGN_WORK = 42
    """One stream per reassignment; likewise the delay after it."""
    REASSIGN_DELAY = 43


_BEFORE = 1000
"""Added to a purpose for what happens in a warm-up: with or without one, the customers who count are the same."""


OUTER_LOOP = (2**31, 1)
"""Spawn key of the draws of uncertain inputs; its first number is above every replication's."""


def uniforms(
    seed: int, replication: int, purpose: Purpose, size: int, *place: int, before: bool = False
) -> Floats:
    """Draw `size` uniforms in (0, 1) for one purpose; the first k are the same whatever the size.

    `place` separates streams of one purpose (visits, teams); all numbers must be 0 or more. `before` is for a
    warm-up, which has streams of its own.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(replication, int(purpose) + before * _BEFORE, *place))
    draws = np.random.Generator(np.random.PCG64(sequence)).random(size)
    # An exact 0 would become minus infinity as a normal score.
    return np.maximum(draws, 2.0**-53, out=draws)


def ticket_uniforms(
    seed: int, replication: int, purpose: Purpose, sizes: tuple[int, int], *place: int
) -> Floats:
    """Draw a uniform for each ticket; `sizes` are the numbers of tickets in the warm-up and after it.

    The warm-up's are numbered back from the start, so that a longer one keeps the later customers.
    """
    early, counted = sizes
    draws = uniforms(seed, replication, purpose, counted, *place)
    if not early:
        return draws
    return np.concatenate([uniforms(seed, replication, purpose, early, *place, before=True)[::-1], draws])


def name_key(name: str) -> int:
    """Turn a name into a number for `place`, the same on every machine."""
    return zlib.crc32(name.encode())
