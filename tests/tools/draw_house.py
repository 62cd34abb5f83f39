"""Draw the picture of the package for CONTRIBUTING.md: its rooms in import order, and what each hands upwards.

`python -m tests.tools.draw_house` writes results/gallery/house.svg.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import NamedTuple

import simulator

PICTURE = Path(__file__).resolve().parents[2] / "results/gallery/house.svg"
PACKAGE = Path(simulator.__file__).parent


class Room(NamedTuple):
    """A package or module of `simulator`."""

    name: str
    does: str
    hands_up: str
    """What the rooms above take from it."""


ROOMS = (
    Room("base", "errors, quantities and units, calendars, text, statistics", "Figure, Problem, Estimate"),
    Room("distributions", "durations, confidence and calibration, by inverse CDF", "uniforms in, values out"),
    Room("scenario", "what a user writes: models, loading, overrides, schema", "Scenario (checked, frozen)"),
    Room("tickets", "everything random, drawn before the clock starts", "Tickets (columns)"),
    Room("rosters", "who is on duty, when", "TeamRoster"),
    Room("journeys", "policy applied to tickets: the steps of each", "Journeys (no clock, no chance)"),
    Room("engines", "moves tickets through queues and teams, simpy = fast", "RunLog (a row per step)"),
    Room("metrics", "KPIs, SLA clocks, claw-back, satisfaction", "Facts, KPI values"),
    Room("money", "price plan, activity, ledger, cash flow", "bill and year"),
    Room("run", "one replication of one scenario", "Run"),
    Room("studies", "many replications: run, compare, sweep, tune, staff, roi, pilot", "results with intervals"),
    Room("calibration", "exports to scenarios (fit), forecasts judged (backtest)", "Fit, Backtest"),
    Room("report", "sentences, charts, tables; HTML, terminal, CSV, JSON", "Page of Findings"),
    Room("app", "the web page", "levers and views"),
    Room("cli", "arguments, one library call, print or save", ""),
)
"""From the foundations up, as tests/test_import_direction.py has them."""

_WIDTH, _HEIGHT, _GAP, _LEFT, _BOX, _TOP = 1060, 44, 8, 24, 690, 92


def lines_of(room: str) -> int:
    """Count the lines of a room's modules."""
    place = PACKAGE / room
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def drawing() -> str:
    """Write the picture as SVG."""
    bottom = _TOP + len(ROOMS) * (_HEIGHT + _GAP)
    middle, right = _LEFT + _BOX / 2, _LEFT + _BOX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 40}" font-family="sans-serif"'
        ' font-size="13" role="img" aria-label="The rooms of simulator in import order">',
        f'<rect width="{_WIDTH}" height="{bottom + 40}" fill="#ffffff"/>',
        f'<path d="M{_LEFT} {_TOP - 10} L{middle} 18 L{right} {_TOP - 10} Z" fill="#e8eef4" stroke="#4a6378"/>',
        f'<text x="{middle}" y="{_TOP - 26}" text-anchor="middle" font-weight="bold">ticketflow</text>',
    ]
    for number, room in enumerate(reversed(ROOMS)):
        top = _TOP + number * (_HEIGHT + _GAP)
        hundreds = max(1, round(lines_of(room.name) / 100))
        parts += [
            f'<rect x="{_LEFT}" y="{top}" width="{_BOX}" height="{_HEIGHT}" rx="4" fill="#f5f8fb" stroke="#4a6378"/>',
            f'<text x="{_LEFT + 12}" y="{top + 27}" font-weight="bold" class="room">{room.name}</text>',
            f'<text x="{_LEFT + 116}" y="{top + 27}">{escape(room.does)}</text>',
            f'<text x="{right - 10}" y="{top + 27}" text-anchor="end" fill="#4a6378" class="lines">'
            f"{100 * hundreds:,} lines</text>",
        ]
        if room.hands_up:
            arrow = f"M{right} {top + _HEIGHT / 2} h16 v{-_HEIGHT / 2 - _GAP} m-4 6 l4 -6 l4 6"
            parts += [
                f'<path d="{arrow}" fill="none" stroke="#c05621"/>',
                f'<text x="{right + 28}" y="{top + 12}" fill="#9c4213">{escape(room.hands_up)}</text>',
            ]
    parts += [
        f'<text x="{_LEFT}" y="{bottom + 22}" fill="#4a6378">A room imports only from rooms below it; lines are'
        " rounded to hundreds. Arrows: what the rooms above take from it.</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
