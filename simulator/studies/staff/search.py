"""The search: from a start to a roster that meets the rule, of which no post can spare an agent.

Rosters are judged on the same replications (common random numbers), so what one agent fewer does is seen with little
noise. Those differences make a small integer program of how many agents to take from where; its answer is simulated,
and it is solved again from there, with shorter steps where it promised too much (after Atlason, Epelman & Henderson
2004, who cut planes from such differences). With few replications first, then with all of them; there each post is
tried with one agent fewer, and cheap exchanges are tried, until nothing is left to save.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simulator.base.arrays import Floats
from simulator.scenario import Scenario
from simulator.studies.running.batch import Runner
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.posts import Heads, Post
from simulator.studies.staff.requirement import cheapest
from simulator.studies.staff.rule import RosterVerdict, Rule

QUICK = 5
"""Replications of the first, quick look."""
_SCALES = ((1.0, 0.85, 1.2), (1.6, 2.0, 3.0))
"""Multiples of a start that are tried for one that meets the rule."""
_STRIDE = 0.2
"""Part of a post's agents that a first step takes away at most."""
_CAUTION = (0.9, 1.3, 1.8, 2.8)
"""Factors on what an agent's loss takes, as further ones take more; each makes a step, and all are simulated."""
_GAIN = 0.8
"""Part of what one agent more was seen to give that is counted on, beside others who are added."""
_WORTHWHILE = 0.015
"""Part of the cost that a step at a quick look must save for another to be worth its time."""
_LIKELY = 3
"""Posts that are tried first with one agent fewer, as they can likeliest spare one."""
_SWAPS = 4
"""Exchanges of one agent for one or two that get a quick look at a time."""
_EXCHANGES = 2
"""Exchanges (agents more here, fewer there) that are judged with all replications at a time."""
_MOST_REPAIRS = 200
_ADDED_AT_ONCE = 6
"""Agents added, as far as they are predicted to be needed, before the roster is judged again."""
_MUCH = 1e6


@dataclass(frozen=True)
class Trials:
    """Judges rosters of one arm (with the AI, or without), each simulated once."""

    runner: Runner
    arm: str
    """Begins the names of its variants."""
    scenario: Scenario
    """The arm's desk with its own roster."""
    posts: tuple[Post, ...]
    rule: Rule
    tried: set[Heads] = field(default_factory=set)

    def cost(self, heads: Heads) -> float:
        """Return what a roster costs."""
        return rosters.cost(self.posts, heads)

    def variant(self, heads: Heads) -> Variant:
        """Return a roster as a variant of the runner's scenario."""
        changed = rosters.changes(self.posts, heads)
        settings = tuple((path, str(value)) for path, value in changed.items())
        name = f"{self.arm}: {' '.join(map(str, heads))}"
        base = self.runner.base.scenario
        return Variant(name, rosters.with_heads(self.scenario, self.posts, heads), settings, base)

    def studies(
        self, many: Sequence[Heads], replications: int, *, first: int = 0, stage: str, detail: bool = False
    ) -> list[Replications]:
        """Simulate rosters, all on the same replications."""
        wanted = {heads: self.variant(heads) for heads in dict.fromkeys(many)}
        self.tried.update(wanted)
        detail = detail or self.rule.needs_load
        found = self.runner.run(
            list(wanted.values()), replications, first=first, stage=f"{stage} ({self.arm})", detail=detail
        )
        return [found[wanted[heads].name] for heads in many]

    def judge(self, many: Sequence[Heads], replications: int, stage: str) -> list[RosterVerdict]:
        """Judge rosters by the first `replications` replications."""
        studies = self.studies(many, replications, stage=stage) if many else []
        return [self.rule.judge(study, count=max(replications, self.rule.replications)) for study in studies]


@dataclass(frozen=True, eq=False)
class Found:
    """A roster that meets the rule, and what each post's loss of one agent does to it."""

    heads: Heads
    verdict: RosterVerdict
    fewer: tuple[RosterVerdict | None, ...]
    """By post; None where nobody is rostered."""


def search(trials: Trials, starts: Sequence[Heads], ample: Heads) -> Found:
    """Find a least-cost roster that meets the rule from the best of some starts; `ample` is known to meet it."""
    return settle(trials, _descend(trials, _first(trials, starts, ample), ample), ample)


def less(heads: Heads, post: int, count: int = 1) -> Heads:
    """Return a roster with some agents fewer at one post."""
    return (*heads[:post], heads[post] - count, *heads[post + 1 :])


def settle(trials: Trials, heads: Heads, ample: Heads) -> Found:
    """Go on with all replications until the rule is met and no post can spare an agent by the same rule."""
    full = trials.rule.replications
    heads = _repaired(trials, heads, ample)
    while True:
        [verdict] = trials.judge([heads], full, "Judging")
        slopes = _slopes(trials, heads, QUICK, "One agent fewer")
        scales = np.array([criterion.scale for criterion in trials.rule.criteria])
        staffed = sorted(
            (post for post, count in enumerate(heads) if count),
            key=lambda post: float(((verdict.low - slopes[post]) / scales).min()), reverse=True,
        )  # fmt: skip
        fewer: dict[int, RosterVerdict] = {}
        for some in (staffed[:_LIKELY], staffed[_LIKELY:]):
            verdicts = trials.judge([less(heads, post) for post in some], full, "One agent fewer")
            fewer |= dict(zip(some, verdicts, strict=True))
            for post in some:
                slopes[post] = _finite(verdict.room - fewer[post].room)
            if spare := [post for post in some if fewer[post].meets]:
                leaner: Heads | None = _leanest(trials, heads, verdict, slopes, spare)
                break
        else:
            leaner = _exchanged(trials, heads, verdict, slopes, ample)
        if leaner is None:
            return Found(heads, verdict, tuple(fewer.get(post) for post in range(len(heads))))
        heads = leaner


def _slopes(trials: Trials, heads: Heads, replications: int, stage: str) -> Floats:
    """Return the room that each post's loss of one agent takes from each criterion; shape (n_posts, n_criteria)."""
    staffed = [post for post, count in enumerate(heads) if count]
    here, *others = trials.judge([heads, *(less(heads, post) for post in staffed)], replications, stage)
    slopes = np.zeros((len(heads), len(here.room)))
    for post, other in zip(staffed, others, strict=True):
        slopes[post] = _finite(here.room - other.room)
    return slopes


def _finite(room: Floats) -> Floats:
    """Write what takes all room as very much of it."""
    return np.clip(np.nan_to_num(room, nan=0.0), -_MUCH, _MUCH)


def _first(trials: Trials, starts: Sequence[Heads], ample: Heads) -> Heads:
    """Return the cheapest multiple of a start that meets the rule at a quick look."""
    for scales in _SCALES:
        many = list(dict.fromkeys(_scaled(start, scale, ample) for start in starts for scale in scales))
        verdicts = trials.judge(many, QUICK, "First look")
        meeting = [heads for heads, verdict in zip(many, verdicts, strict=True) if verdict.meets]
        if meeting:
            return min(meeting, key=trials.cost)
    return ample


def _scaled(start: Heads, scale: float, ample: Heads) -> Heads:
    if scale <= 1:
        return tuple(round(count * scale) for count in start)
    return tuple(min(most, max(1, math.ceil(count * scale))) for count, most in zip(start, ample, strict=True))


def _descend(trials: Trials, heads: Heads, ample: Heads) -> Heads:
    """Take agents away, and add some where that takes away more, by steps of an integer program at a quick look."""
    stride = _STRIDE
    [verdict] = trials.judge([heads], QUICK, "First look")
    if not verdict.meets:
        return heads
    while True:
        harm = _slopes(trials, heads, QUICK, "Looking for slack")
        gain = _gains(trials, heads, ample, "Looking for slack")
        before = heads
        while heads == before:
            steps = _steps(trials, heads, verdict.low, harm, gain, stride)
            verdicts = trials.judge(steps, QUICK, "Looking for slack")
            meeting = [
                (trials.cost(step), step, found) for step, found in zip(steps, verdicts, strict=True) if found.meets
            ]
            if meeting:
                _, heads, verdict = min(meeting, key=lambda one: one[0])
            elif stride == 0:
                return heads
            else:
                stride = stride / 2 if stride > 0.06 else 0.0
        if trials.cost(before) - trials.cost(heads) < _WORTHWHILE * trials.cost(before):
            return heads


def _steps(trials: Trials, heads: Heads, low: Floats, harm: Floats, gain: Floats, stride: float) -> list[Heads]:
    """Solve for the cheapest rosters within a stride whose predicted room is not negative, at several cautions."""
    size = len(heads)
    prices = np.array([max(post.cost, 1e-6) for post in trials.posts])
    fewer = np.array([min(count, max(1, math.ceil(stride * count))) for count in heads], dtype=np.float64)
    # Who is never seen to help is not added.
    more = np.where((gain > 0).any(axis=1), np.maximum(1.0, np.ceil(stride / 2 * np.array(heads))), 0.0)
    found = []
    for caution in _CAUTION:
        matrix = np.hstack([_GAIN * gain.T, -caution * np.maximum(harm.T, 0)])
        solved = cheapest(np.concatenate([prices, -prices]), matrix, -np.maximum(low, 0), np.concatenate([more, fewer]))
        if solved is not None:
            found.append(tuple(max(0, int(count)) for count in np.array(heads) + solved[:size] - solved[size:]))
    return [step for step in dict.fromkeys(found) if trials.cost(step) < trials.cost(heads)]


def _gains(trials: Trials, heads: Heads, ample: Heads, stage: str) -> Floats:
    """Return the room that one agent more at each post gives to each criterion, at a quick look; shape as slopes."""
    open_posts = [post for post in range(len(heads)) if heads[post] < ample[post]]
    here, *others = trials.judge([heads, *(less(heads, post, -1) for post in open_posts)], QUICK, stage)
    gains = np.zeros((len(heads), len(here.room)))
    for post, other in zip(open_posts, others, strict=True):
        gains[post] = np.maximum(_finite(other.room - here.room), 0)
    return gains


def _repaired(trials: Trials, heads: Heads, ample: Heads) -> Heads:
    """Add agents, where they do most for their cost, until the rule is met with all replications."""
    scales = np.array([criterion.scale for criterion in trials.rule.criteria])
    prices = np.array([max(post.cost, 1e-6) for post in trials.posts])
    for _ in range(_MOST_REPAIRS):
        [verdict] = trials.judge([heads], trials.rule.replications, "Judging")
        if verdict.meets:
            return heads
        gains = _gains(trials, heads, ample, "One agent more")
        low = verdict.low.copy()
        for added in range(_ADDED_AT_ONCE):
            worth = (np.minimum(gains, np.maximum(-low, 0)) / scales)[:, low < 0].sum(axis=1) / prices
            post = int(np.argmax(worth))
            if worth[post] <= 0:
                if added == 0:  # Where one agent more is seen nowhere, all posts get one.
                    heads = tuple(min(count + 1, most) for count, most in zip(heads, ample, strict=True))
                break
            heads, low = less(heads, post, -1), low + gains[post]
            # The next one there does less good.
            gains[post] = _GAIN * gains[post] if heads[post] < ample[post] else 0.0
    return ample


def _leanest(trials: Trials, heads: Heads, verdict: RosterVerdict, slopes: Floats, spare: Sequence[int]) -> Heads:
    """Take agents from posts that can spare one: several at once where that still meets the rule, else the dearest."""
    most_saved = max(spare, key=lambda post: trials.posts[post].cost)
    several = _taken(trials, heads, verdict, slopes, spare)
    if several != less(heads, most_saved) and several != heads:
        [found] = trials.judge([several], trials.rule.replications, "Judging")
        if found.meets and trials.cost(several) < trials.cost(less(heads, most_saved)):
            return several
    return less(heads, most_saved)


def _taken(trials: Trials, heads: Heads, verdict: RosterVerdict, slopes: Floats, spare: Sequence[int]) -> Heads:
    """Take one agent from as many posts as the room allows, those first that save most for what they take of it."""
    scales = np.array([criterion.scale for criterion in trials.rule.criteria])
    room = np.maximum(verdict.low, 0)
    order = sorted(
        spare, key=lambda post: trials.posts[post].cost / max(float((slopes[post] / scales).max()), 1e-9), reverse=True
    )
    for post in order:
        if (room >= 1.2 * np.maximum(slopes[post], 0)).all():
            heads, room = less(heads, post), room - 1.2 * np.maximum(slopes[post], 0)
    return heads


def _exchanged(trials: Trials, heads: Heads, verdict: RosterVerdict, slopes: Floats, ample: Heads) -> Heads | None:
    """Try the most promising exchanges that save money; return the cheapest that meets the rule, if any.

    Promising is what the integer program, or one agent more for one or two fewer, predicts to meet the rule; what still
    does so after a quick look, by its difference to the roster as it is, is judged with all replications.
    """
    gains = _gains(trials, heads, ample, "Exchanges")
    some = [*_steps(trials, heads, verdict.low, slopes, gains, 0.0), *_swaps(trials, heads, verdict.low, slopes, gains)]
    many = list(dict.fromkeys(some))
    if not many:
        return None
    here, *quick = trials.judge([heads, *many], QUICK, "Exchanges")
    left = [
        roster for roster, other in zip(many, quick, strict=True) if (verdict.low + other.room - here.room >= 0).all()
    ]
    left = sorted(left, key=lambda roster: (trials.cost(roster), roster))[:_EXCHANGES]
    verdicts = trials.judge(left, trials.rule.replications, "Exchanges")
    meeting = [roster for roster, found in zip(left, verdicts, strict=True) if found.meets]
    return min(meeting, key=trials.cost) if meeting else None


def _swaps(trials: Trials, heads: Heads, low: Floats, slopes: Floats, gains: Floats) -> list[Heads]:
    """List the cheapest rosters with one agent more at a post, and one fewer at one or two others."""
    prices = [post.cost for post in trials.posts]
    staffed = [post for post, count in enumerate(heads) if count]
    pairs = itertools.combinations_with_replacement(staffed, 2)
    several = [pair for pair in pairs if pair[0] != pair[1] or heads[pair[0]] > 1]
    promising: list[tuple[float, Heads]] = []
    for taken in (*((post,) for post in staffed), *several):
        saved, harm = sum(prices[post] for post in taken), np.sum([slopes[post] for post in taken], axis=0)
        for added in np.flatnonzero((gains > 0).any(axis=1)).tolist():
            if added in taken or saved - prices[added] <= 1e-9 * saved:
                continue
            if (low + gains[added] - harm >= 0).all():
                roster = less(heads, added, -1)
                for post in taken:
                    roster = less(roster, post)
                promising.append((saved - prices[added], roster))
    promising.sort(key=lambda one: (-one[0], one[1]))
    return [roster for _, roster in promising[:_SWAPS]]


def with_replications(trials: Trials, replications: int) -> Trials:
    """Return the trials with a rule that judges by more replications."""
    return replace(trials, rule=replace(trials.rule, replications=replications))
