"""The first page of every report: what was asked, the answer, how sure it is, and what it rests on.

It fits on one sheet of paper: what is too much for that goes over to the detail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.base.text import short
from simulator.report.assumptions import Basis

LINE, HEADLINE, LARGE = 82, 48, 60
"""Letters that a line of the printed page holds: of plain text, of the name, of the answer."""
ROOM, MOST_WARNED = 38, 7
"""Lines of plain text that a sheet has room for beside rules and headings, and warnings of them."""
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
    desk: str = ""
    """What the desk is, in the scenario's own words."""


def one_page(
    *, name: str, asked: str, answer: str, told: Sequence[str], how_sure: Sequence[str], warnings: Sequence[str],
    basis: Basis, desk: str = "",
) -> Executive:  # fmt: skip
    """Put a summary together; sentences and warnings for which a sheet has no room are kept for later."""
    described, question, sure = short(desk, LONGEST), short(asked, LONGEST), tuple(text for text in how_sure if text)
    warned, others = _cut(warnings, MOST_WARNED)
    used = 1.8 * _lines(name, HEADLINE) + 1.2 * _lines(answer, LARGE)
    rests_on = basis.in_force, basis.weightiest, basis.made + basis.baseline
    used += sum(map(_lines, (described, question, *sure, *warned, *rests_on)))
    first, rest = _cut(told, ROOM - used)
    return Executive(question, answer, first, sure, warned, basis, rest, others, described)


def _lines(text: str, letters: int = LINE) -> int:
    return math.ceil(len(text) / letters)


def _cut(texts: Sequence[str], room: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split texts into those for which there is room in lines, the first at any rate, and the others."""
    used = 0
    for place, text in enumerate(texts):
        used += _lines(text)
        if used > room:
            return (tuple(texts[:place]), tuple(texts[place:])) if place else ((short(text, LONGEST),), tuple(texts))
    return tuple(texts), ()
