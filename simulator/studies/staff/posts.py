"""Posts: the head-counts that staffing decides, one for each shift (or each period of a shift written with `every`).

Days, hours and breaks of shifts are the user's; only numbers of agents are looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import DAY_MINUTES, DAYS, WEEKS_PER_MONTH, parse_days, parse_time
from simulator.money.price_plan import wage
from simulator.rosters import TeamRoster, build_rosters
from simulator.scenario import Scenario, Shift, opening_empty, override

QUARTERS = 672
"""Quarters of an hour in a week: shifts begin and end at any of them."""
Heads = tuple[int, ...]
"""A roster: agents at each post, in the posts' order."""


@dataclass(frozen=True, eq=False)
class Post:
    """One head-count: agents of a team who work the same hours."""

    team: str
    shift: int | None
    """Number of the shift in its team; None for agents round the clock."""
    period: int | None
    """Number of the period, of a shift that has several numbers."""
    words: str
    """Days and hours, as tables name them."""
    today: int
    """Agents that the scenario has there."""
    hours: float = 0.0
    """Paid hours of one agent within the scenario's weeks."""
    cost: float = 0.0
    """Their cost; hours where the scenario states no costs."""
    on_duty: Floats = field(default_factory=lambda: np.zeros(QUARTERS))
    """Mean agents on duty by quarter of an hour of the week for each agent rostered, breaks and absence taken off."""
    rostered: Floats = field(default_factory=lambda: np.zeros(QUARTERS))
    """The same with nothing taken off."""

    @property
    def path(self) -> str:
        """The place of the head-count (or of the list that it is in) in the scenario."""
        return f"teams.{self.team}.agents" if self.shift is None else f"teams.{self.team}.shifts[{self.shift}].agents"

    @property
    def name(self) -> str:
        """Name the post in one line."""
        return f"{self.team}, {self.words}"


def posts_of(scenario: Scenario, seed: int) -> tuple[Post, ...]:
    """List a scenario's posts in its order, with what an agent there costs and when one is on duty.

    An agent's hours are measured on the roster that the engines would see with nobody else there, so they agree with
    those by shrinkage, absence, holidays, time zones and clock changes. `seed` decides who is absent when.
    """
    bare = bare_posts(scenario)
    scenario = opening_empty(scenario)
    slots = scenario.wall.slots(scenario.horizon_minutes)
    quarter = slots.weekday * 96 + slots.quarter
    edges = np.append(slots.start, slots.until)
    minutes = np.maximum(np.bincount(quarter, slots.minutes, minlength=QUARTERS), 1e-9)
    full = override(scenario, all_present(scenario))
    nobody = tuple(0 for _ in bare)
    found = []
    for number, post in enumerate(bare):
        count = max(post.today, 1)
        heads = (*nobody[:number], count, *nobody[number + 1 :])

        def measured(desk: Scenario, heads: Heads = heads, team: str = post.team, count: int = count) -> _Measured:
            rosters = build_rosters(with_heads(desk, bare, heads), seed, 0)
            roster = next(one for one in rosters if one.name == team)
            duty = np.bincount(quarter, roster.on_duty_minutes(edges), minlength=QUARTERS) / minutes / count
            return roster, duty

        roster, duty = measured(scenario)
        hours = roster.rostered_minutes / 60 / count
        found.append(
            replace(
                post, hours=hours, cost=hours * wage(scenario.teams[post.team], scenario.costs), on_duty=duty,
                rostered=measured(full)[1],
            )
        )  # fmt: skip
    return tuple(found)


_Measured = tuple[TeamRoster, Floats]


def all_present(scenario: Scenario) -> dict[str, Any]:
    """Return the changes under which everyone rostered is on duty."""
    changes: dict[str, Any] = {}
    for name, team in scenario.teams.items():
        changes |= {f"teams.{name}.shrinkage": 0, f"teams.{name}.absence": 0}
        changes |= {f"teams.{name}.shifts[{number}].breaks": [] for number in range(len(team.shifts))}
    return changes


def with_heads(scenario: Scenario, posts: Sequence[Post], heads: Heads) -> Scenario:
    """Return the scenario with a roster of its own shift pattern."""
    return override(scenario, changes(posts, heads))


def changes(posts: Sequence[Post], heads: Heads) -> dict[str, Any]:
    """Return a roster as paths and values: a number, or the whole list of a shift that has several."""
    found: dict[str, Any] = {}
    for post, count in zip(posts, heads, strict=True):
        if post.period is None:
            found[post.path] = count
        else:
            found.setdefault(post.path, []).append(count)
    return found


def today(posts: Sequence[Post]) -> Heads:
    """Return the roster that the scenario has."""
    return tuple(post.today for post in posts)


def cost(posts: Sequence[Post], heads: Heads) -> float:
    """Return what a roster costs over the scenario's weeks; hours where the scenario states no costs."""
    return float(sum(post.cost * count for post, count in zip(posts, heads, strict=True)))


def hours(posts: Sequence[Post], heads: Heads) -> float:
    """Return a roster's paid hours over the scenario's weeks."""
    return float(sum(post.hours * count for post, count in zip(posts, heads, strict=True)))


def months(scenario: Scenario) -> float:
    """Return the scenario's length in months of 52/12 weeks."""
    return float(scenario.weeks) / WEEKS_PER_MONTH


def by_hour(posts: Sequence[Post], heads: Heads, team: str, *, rostered: bool = False) -> Floats:
    """Return a team's mean agents on duty (or rostered) by hour of the week; shape (168,)."""
    total = np.zeros(QUARTERS)
    for post, count in zip(posts, heads, strict=True):
        if post.team == team:
            total += count * (post.rostered if rostered else post.on_duty)
    means: Floats = total.reshape(-1, 4).mean(axis=1)
    return means


def bare_posts(scenario: Scenario) -> tuple[Post, ...]:
    """List a scenario's posts in its order, nothing measured: no hours, no cost, nobody on duty."""
    return tuple(_posts(scenario))


def _posts(scenario: Scenario) -> Iterator[Post]:
    for name, team in scenario.teams.items():
        if team.agents is not None:
            yield Post(name, None, None, "round the clock", int(team.agents))
        words = [
            [_period_words(shift, period) for period in range(len(shift.agents))]
            if len(shift.agents) > 1
            else [_shift_words(shift)]
            for shift in team.shifts
        ]
        every = [text for texts in words for text in texts]
        for number, shift in enumerate(team.shifts):
            for period, (agents, text) in enumerate(zip(shift.agents, words[number], strict=True)):
                # Shifts of the same hours are told apart by their number.
                told = text if every.count(text) == 1 else f"{text} (shift {number + 1})"
                yield Post(name, number, period if len(shift.agents) > 1 else None, told, int(agents))


def _shift_words(shift: Shift) -> str:
    start = parse_time(shift.start)
    weeks = _weeks_words(shift)
    return f"{_days_words(shift)} {_clock(start)}\N{EN DASH}{_clock(start + shift.length_minutes)}{weeks}"


def _period_words(shift: Shift, period: int) -> str:
    assert shift.every is not None
    start = parse_time(shift.start) + period * float(shift.every)
    return f"{_days_words(shift)} {_clock(start)}\N{EN DASH}{_clock(start + float(shift.every))}{_weeks_words(shift)}"


def _weeks_words(shift: Shift) -> str:
    if shift.from_week is None and shift.to_week is None:
        return ""
    first = 1 if shift.from_week is None else int(shift.from_week)
    return f", from week {first}" if shift.to_week is None else f", weeks {first}\N{EN DASH}{int(shift.to_week)}"


def _days_words(shift: Shift) -> str:
    """Write days in runs: `Mon–Fri`, `Sun, Tue, Thu`, `daily`."""
    days = sorted(parse_days(shift.days))
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [name.capitalize() for name in DAYS]
    return ", ".join(
        f"{names[run[0]]}\N{EN DASH}{names[run[-1]]}" if len(run) > 2 else ", ".join(names[day] for day in run)
        for run in runs
    )


def _clock(minute: float) -> str:
    within = minute % DAY_MINUTES if minute != DAY_MINUTES else DAY_MINUTES
    return f"{int(within // 60):02d}:{int(within % 60):02d}"


def as_mapping(posts: Sequence[Post], heads: Heads) -> Mapping[str, Any]:
    """Return the changes that turn today's roster into another: only the paths whose numbers differ."""
    before = changes(posts, today(posts))
    return {path: value for path, value in changes(posts, heads).items() if value != before[path]}
