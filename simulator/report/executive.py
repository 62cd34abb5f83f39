"""The first page of every report: what was asked, the answer, how sure it is, and what it rests on.

It fits on one sheet of paper: what is too much for that goes over to the detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.report.basis import Basis
from simulator.report.words import short

MOST_TOLD, MOST_WARNED = 1500, 700
"""Letters of sentences and of warnings that the page has room for."""
LONGEST = 320
"""Letters of one question, or of the only sentence that there is room for."""


@dataclass(frozen=True)
class Executive:
    """The summary for those who decide."""

    asked: str
    answer: str
    """The sentence for the slide."""
    told: tuple[str, ...]
    how_sure: tuple[str, ...]
    warnings: tuple[str, ...]
    basis: Basis
    more_told: tuple[str, ...] = ()
    """Sentences that had no room."""
    more_warnings: tuple[str, ...] = ()


def one_page(
    *, asked: str, answer: str, told: Sequence[str], how_sure: Sequence[str], warnings: Sequence[str], basis: Basis
) -> Executive:
    """Put the summary together; sentences and warnings for which a sheet has no room are kept for later."""
    first, rest = _cut(told, MOST_TOLD)
    warned, others = _cut(warnings, MOST_WARNED)
    sure = tuple(text for text in how_sure if text)
    return Executive(short(asked, LONGEST), answer, first, sure, warned, basis, rest, others)


def _cut(texts: Sequence[str], room: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split texts into those for which there is room, the first at any rate, and the others."""
    used = 0
    for place, text in enumerate(texts):
        used += len(text)
        if used <= room:
            continue
        if place == 0:
            return (short(text, LONGEST),), tuple(texts)
        return tuple(texts[:place]), tuple(texts[place:])
    return tuple(texts), ()
