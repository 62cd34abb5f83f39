"""Selection: which of a few alternatives has the best mean, with a stated probability of being right.

The procedure is KN (S.-H. Kim and B. L. Nelson, A fully sequential procedure for indifference-zone selection in
simulation, ACM Transactions on Modeling and Computer Simulation 11, 2001, 251-273) with c = 1. It takes replications
in step for all alternatives, so they may share customers, and drops an alternative as soon as another is far enough
ahead of it:

    eta = ((2 · alpha / (k − 1))^(−2 / (n0 − 1)) − 1) / 2,   h² = 2 · eta · (n0 − 1)
    i is dropped after r replications when, for some l in play, mean_i < mean_l − W_il(r),
    W_il(r) = max(0, delta / (2 r) · (h² · S²_il / delta² − r)),

with S²_il the variance of the differences in the first n0 replications. Where replications are normal and the best is
at least delta ahead of all others, it is chosen with probability 1 − alpha or more, however the alternatives hang
together. Where others lie within delta of the best, the procedure is indifferent among those; that one of them is
chosen as often is not proven for procedures which drop alternatives, but holds in repeated trials (see the tests).

The choice among finalists, on customers whom the search has not seen.

First the guard-rails: one-sided t bounds, jointly right with the stated confidence (Bonferroni over finalists, guard-
rails and looks), tell which finalists keep them and which miss them; those that are still in doubt and look good get
more replications. Then KN (`selection`) chooses the best of those that keep them; those in doubt are left out, and
the stated probability does not speak of them. Both use the same replications. KN's margins count all finalists, as
which of them are left hangs on chance. For whatever set that is, a proof would need margins for every pair of
finalists; with those for the best's pairs the statement is proven for a given set, and held in repeated trials
(tests/validation/tuning.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import t_quantile
from simulator.studies.running.batch import Runner
from simulator.studies.running.results import Replications
from simulator.studies.tune.goal import Goal
from simulator.studies.tune.search import CAUTION, Candidate, Search
from simulator.studies.tune.space import Space

_Sample = Callable[[Sequence[int], int], Floats]
"""Gives values of some alternatives, shape (n_alternatives, n), in replications 0 to n − 1; higher is better."""
_BATCH = 8
"""Replications that are taken at once after the first stage; what the procedure does not need of them it does not
use."""


@dataclass(frozen=True)
class Selection:
    """What was chosen, and how sure that is."""

    best: int
    confidence: float
    """Probability of a correct selection, at least."""
    asked: float
    """Indifference zone that was asked for, in the unit of the values."""
    indifference: float
    """Indifference zone that was kept: wider than the one asked for where replications did not suffice."""
    replications: int
    """Replications until only one was left in play."""
    dropped: tuple[int, ...]
    """Replications after which each alternative was dropped; 0 for the chosen one."""


def select_best(
    sample: _Sample, count: int, delta: float, *, alpha: float = 0.05, first: int = 20, most: int = 200
) -> Selection:
    """Choose the alternative with the highest mean (KN).

    `first` replications are the first stage, no more than `most` are taken. Where a pair could need more, half of
    `alpha` goes to dropping alternatives and half to the means that decide among those left at `most`: chosen is then
    one within t(1 − alpha / 2 / (k − 1)) · S / √most of each of them, where that is more than `delta` (Stein).
    """
    if count == 1:
        return Selection(0, 1.0, delta, delta, 0, (0,))
    values = sample(range(count), first)
    delta = max(delta, 1e-12)
    differences = values[:, np.newaxis] - values[np.newaxis]
    variances = differences.var(axis=2, ddof=1)
    h2 = _h2(alpha / (count - 1), first)
    if (h2 * variances / delta**2).max() > most:
        alpha_left = alpha / 2
        h2 = _h2((alpha - alpha_left) / (count - 1), first)
    else:
        alpha_left = 0.0
    alive, dropped, r = list(range(count)), [0] * count, first
    taken = {number: values[number] for number in alive}
    zone = delta
    while len(alive) > 1:
        if r > len(taken[alive[0]]):
            taken |= dict(zip(alive, sample(alive, min(r - 1 + _BATCH, most)), strict=True))
        means = {number: float(taken[number][:r].mean()) for number in alive}
        margin = np.maximum(0.0, (h2 * variances / delta - delta * r) / (2 * r))
        staying = [i for i in alive if all(means[i] >= means[j] - margin[i, j] for j in alive if j != i)]
        if (r == most and len(staying) > 1) or _is_settled(staying, margin):
            best = max(staying, key=lambda i: means[i])
            if not _is_settled(staying, margin):
                reach = float(t_quantile(first - 1, 1 - alpha_left / (count - 1), one_sided=True)) / np.sqrt(most)
                zone = max(zone, reach * float(np.sqrt(variances[best, staying]).max()))
            staying = [best]
        for number in set(alive) - set(staying):
            dropped[number] = r
        alive, r = staying, r + 1
    return Selection(alive[0], 1 - alpha, delta, zone, r - 1, tuple(dropped))


def _h2(alpha: float, first: int) -> float:
    """Return KN's h² for an error of `alpha` in each comparison."""
    return float(((2 * alpha) ** (-2 / (first - 1)) - 1) * (first - 1))


def _is_settled(alive: Sequence[int], margin: Floats) -> bool:
    """Return whether no pair in play has any margin left: the means decide now."""
    return not margin[np.ix_(alive, alive)].any()


# -- the choice among finalists, on customers whom the search has not seen --------------------------------------------


FIRST, LOOKS = 16, 3
"""Replications of the first look at finalists, and how often those in doubt are looked at (each time twice as long)."""
_TAKEN = ((0.0, 2), (CAUTION, 3), (3 * CAUTION, 2))
"""Finalists: how many are taken of those that are best when guard-rails must hold by so many standard errors."""
_ALIKE = 0.1
"""Finalists differ in the objective by this share of the indifference zone, or one of them is enough."""
_STAGE = "Choosing among finalists"


class GuardVerdict(StrEnum):
    """Whether a finalist keeps the guard-rails, and can be compared with others at all."""

    KEEPS = "keeps the guard-rails"
    UNSURE = "may miss a guard-rail"
    MISSES = "misses a guard-rail"
    VALUELESS = "has no value of the objective in some replications"


@dataclass(frozen=True)
class FinalChoice:
    """The finalists, which of them is recommended, and how sure that is."""

    finalists: tuple[Candidate, ...]
    verdicts: tuple[GuardVerdict, ...]
    studies: tuple[Replications, ...]
    """Replications that the choice rests on, of each finalist."""
    winner: Candidate
    """The best that keeps the guard-rails; where none does, the one that misses them by least."""
    selection: Selection | None
    """None where no finalist keeps the guard-rails."""
    in_play: tuple[Candidate, ...] = ()
    """Finalists that the winner was chosen from: those that surely keep the guard-rails, or, where none does, those
    that do so on average."""

    @property
    def left_out(self) -> tuple[Candidate, ...]:
        """Finalists that may keep the guard-rails, but were not in play as that is in doubt."""
        doubtful = zip(self.finalists, self.verdicts, strict=True)
        return tuple(one for one, verdict in doubtful if verdict is GuardVerdict.UNSURE and one not in self.in_play)

    @property
    def is_feasible(self) -> bool:
        """Whether some finalist keeps the guard-rails, or does so on average where none is sure to."""
        return self.selection is not None

    @property
    def is_sure(self) -> bool:
        """Whether the winner keeps the guard-rails by more than chance."""
        return self.verdict is GuardVerdict.KEEPS

    @property
    def verdict(self) -> GuardVerdict:
        """Whether the winner keeps the guard-rails."""
        return self.verdicts[self.finalists.index(self.winner)]


def finalists_of(search: Search, indifference: float) -> tuple[Candidate, ...]:
    """Pick those worth a closer look: the best, some that leave more room, and the best of each simpler kind."""
    goal = search.goal
    usable = [one for one in search.ranked if np.isfinite(goal.values(one.study)).all()] or search.ranked[:1]
    chosen: list[Candidate] = []

    def take(some: Sequence[Candidate], count: int) -> None:
        for one in some:
            level = goal.values(one.study).mean()
            gaps = [abs(level - goal.values(other.study).mean()) for other in chosen]
            if count and one not in chosen and all(gap > _ALIKE * indifference for gap in gaps):
                chosen.append(one)
                count -= 1

    for caution, count in _TAKEN:
        take(sorted(usable, key=lambda one: goal.rank(one.study, caution)), count)
    take([one for one in usable if one.prices is not None], 1)
    take([one for one in usable if len(set(one.setting.answer)) == 1 and len(set(one.setting.route)) <= 1], 1)
    take([one for one in usable if one.setting == search.space.as_is], 1)
    # Where all are alike in the objective, the first would stand for all, however narrowly it keeps the guard-rails.
    caution = _TAKEN[-1][0]
    safest = min(usable, key=lambda one: goal.rank(one.study, caution))
    if safest not in chosen and all(goal.violation(one.study, caution) > 0 for one in chosen):
        chosen.append(safest)
    return tuple(chosen)


def choose(
    runner: Runner, space: Space, goal: Goal, finalists: Sequence[Candidate], *, first: int, most: int,
    confidence: float, indifference: float,
) -> FinalChoice:  # fmt: skip
    """Choose among finalists, with replications from number `first` on, `most` at most.

    `indifference` is in the unit of the objective.
    """
    alpha = 1 - confidence
    kept: dict[Candidate, Replications] = {}

    def simulate(some: Sequence[Candidate], count: int) -> None:
        variants = [space.variant(one.setting) for one in some]
        found = runner.run(variants, count, first=first, stage=_STAGE)
        kept.update({one: found[one.name] for one in some})

    count = min(FIRST, most)
    simulate(finalists, count)
    verdicts = {one: _verdict(goal, kept[one], alpha / len(finalists)) for one in finalists}
    for _ in range(LOOKS - 1):
        doubtful = _worth_another_look(goal, kept, verdicts)
        count = min(2 * count, most)
        if not doubtful or count == len(kept[doubtful[0]]):
            break
        simulate(doubtful, count)
        verdicts |= {one: _verdict(goal, kept[one], alpha / len(finalists)) for one in doubtful}
    able = [one for one in finalists if verdicts[one] is GuardVerdict.KEEPS]
    if not able:
        able = [one for one in finalists if verdicts[one] is GuardVerdict.UNSURE and goal.violation(kept[one]) == 0]
    told = tuple(verdicts[one] for one in finalists)
    if not able:
        nearest = min(finalists, key=lambda one: goal.rank(kept[one]))
        return FinalChoice(tuple(finalists), told, tuple(kept[one] for one in finalists), nearest, None)

    def sample(numbers: Sequence[int], replications: int) -> Floats:
        some = [able[number] for number in numbers]
        short = [one for one in some if len(kept[one]) < replications]
        if short:
            simulate(short, replications)
        return np.array([goal.values(kept[one])[:replications] for one in some])

    # Margins are for all finalists, not only for those left, as which are left hangs on the same replications.
    share = alpha * (len(able) - 1) / max(len(finalists) - 1, 1)
    found = select_best(sample, len(able), indifference, alpha=share, first=min(FIRST, most), most=most)
    winner = able[found.best]
    studies = tuple(kept[one] for one in finalists)
    sure = Selection(found.best, confidence, found.asked, found.indifference, found.replications, found.dropped)
    return FinalChoice(tuple(finalists), told, studies, winner, sure, tuple(able))


def _verdict(goal: Goal, study: Replications, alpha: float) -> GuardVerdict:
    """Judge the guard-rails of one finalist; `alpha` is for all of them and all looks."""
    if not np.isfinite(goal.values(study)).all():
        return GuardVerdict.VALUELESS
    level = 1 - alpha / max(len(goal.targets), 1) / LOOKS
    verdict = GuardVerdict.KEEPS
    mean = goal.room(study)
    for place, target in enumerate(goal.targets):
        room = target.slack(study)
        room = room[np.isfinite(room)]
        if not np.isfinite(mean[place]):
            continue
        error = room.std(ddof=1) / np.sqrt(len(room)) if len(room) > 1 else np.inf
        half = float(t_quantile(max(len(room) - 1, 1), level, one_sided=True)) * error if error else 0.0
        if mean[place] + half < 0:
            return GuardVerdict.MISSES
        if mean[place] - half < 0:
            verdict = GuardVerdict.UNSURE
    return verdict


def _worth_another_look(
    goal: Goal, kept: dict[Candidate, Replications], verdicts: dict[Candidate, GuardVerdict]
) -> list[Candidate]:
    """List those in doubt that look better than the best that surely keeps the guard-rails."""
    sure = [goal.values(kept[one]).mean() for one, verdict in verdicts.items() if verdict is GuardVerdict.KEEPS]
    bar = max(sure, default=-np.inf)
    return [
        one for one, verdict in verdicts.items()
        if verdict is GuardVerdict.UNSURE and goal.values(kept[one]).mean() > bar
    ]  # fmt: skip
