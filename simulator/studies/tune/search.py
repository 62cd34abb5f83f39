"""The search: looks at many settings on few replications, all with the same customers, for some worth a closer look.

It begins where theory points (`static_rule`), adds a grid of one threshold for all, then refines: Optuna's
tree-structured Parzen estimator where there are many thresholds, and moves of single thresholds by smaller and smaller
steps. What it finds best flatters itself, as it was chosen for these customers; so nothing is reported from here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.studies.running.batch import Runner
from simulator.studies.running.results import Replications
from simulator.studies.tune.goal import Goal
from simulator.studies.tune.space import NEVER, STEP, Space, ThresholdSetting, rounded
from simulator.studies.tune.static_rule import LATTICE, RulePrices, StaticRule, price_axis

if TYPE_CHECKING:
    import optuna

CAUTION = 0.5
"""Standard errors by which a guard-rail must hold while searching, so that few finalists turn out to miss it."""
_ANSWER_SHARES = (0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05)
_ROUTE_SHARES = (1.0, 0.9, 0.7, 0.4)
"""Shares of tickets at or above the thresholds of the grid for all: its lines lie where tickets are."""
_NEARBY = (0.8, 1.0, 1.25)
"""Factors on the best prices that are tried next."""
_TRIALS, _BATCH, _REACH = 32, 16, 0.2
"""Settings that Optuna proposes, how many at a time (fixed, so that workers make no difference), and how far from the
best one known."""
_STEPS, _FINE_STEPS = (0.08, 0.04, 0.02), (0.08, 0.04, 0.02, 0.01)
"""How far thresholds are moved by themselves: many of them, or few."""
_LARGE = 4
"""Thresholds from which on the space is large: then Optuna looks around first."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A setting that was simulated."""

    setting: ThresholdSetting
    origin: str
    """How the search came by it."""
    study: Replications
    prices: RulePrices | None = None
    """Prices that it is the static optimum for."""

    @property
    def name(self) -> str:
        """Its setting's name."""
        return self.setting.name


class Search:
    """Simulates settings on the search's replications, and remembers them in the order in which they came."""

    def __init__(self, runner: Runner, space: Space, goal: Goal, rule: StaticRule, replications: int) -> None:
        self.runner, self.space, self.goal, self.rule, self.replications = runner, space, goal, rule, replications
        self.found: dict[str, Candidate] = {}

    def run(self) -> None:
        """Look at all that seems worth it."""
        self._try_prices()
        self._try_grid()
        if self._is_large:
            self._try_proposals()
        for step in _STEPS if self._is_large else _FINE_STEPS:
            self._try_moves(step)

    @property
    def _is_large(self) -> bool:
        return len(self.space.knobs) >= _LARGE

    @property
    def ranked(self) -> list[Candidate]:
        """List the candidates, the best first: guard-rails held with some caution, then the objective."""
        return sorted(self.found.values(), key=lambda one: self.goal.rank(one.study, CAUTION))

    def simulate(
        self, settings: Iterable[ThresholdSetting], origin: str, stage: str, prices: Sequence[RulePrices] = ()
    ) -> list[Candidate]:
        """Simulate settings that are new, and return all of them as candidates."""
        wanted = list(settings)
        # Where several prices lead to one setting, it goes by the first: those of a human minute alone come first.
        by_name = {one.name: price for one, price in reversed(list(zip(wanted, prices, strict=False)))}
        new = {setting.name: setting for setting in wanted if setting.name not in self.found}
        if new:
            studies = self.runner.run([self.space.variant(one) for one in new.values()], self.replications, stage=stage)
            for name, setting in new.items():
                self.found[name] = Candidate(setting, origin, studies[name], by_name.get(name))
        for name, price in by_name.items():
            # The present thresholds may be a static optimum, too.
            if self.found[name].prices is None:
                self.found[name] = replace(self.found[name], prices=price)
        return [self.found[setting.name] for setting in wanted]

    # -- where theory points -----------------------------------------------------------------------------------

    def _try_prices(self) -> None:
        """Simulate the present thresholds, and the static optimum for each price."""
        stage = "Pricing human minutes"
        self.simulate([self.space.as_is], "as is", stage)
        axis = price_axis()
        tried = self.simulate([self.rule.thresholds(prices) for prices in axis], "price axis", stage, axis)
        best = min(tried, key=lambda one: self.goal.rank(one.study, CAUTION)).prices or RulePrices()
        between = [
            RulePrices(best.minute * minute, (best.wrong or 0.1) * wrong) for minute in _NEARBY for wrong in _NEARBY
        ]  # fmt: skip
        self.simulate([self.rule.thresholds(prices) for prices in between], "price axis", stage, between)

    def _try_grid(self) -> None:
        """Simulate one threshold for all, on a grid that lies where confidences lie."""
        answers = [*self._lines("answer", _ANSWER_SHARES), NEVER]
        routes = list(self._lines("route", _ROUTE_SHARES)) if self.space.routed else [NEVER]
        settings = [self.space.alike(answer, route) for answer in answers for route in routes]
        stage = "One threshold for all"
        tried = self.simulate(settings, "grid", stage)
        best = min(tried, key=lambda one: self.goal.rank(one.study, CAUTION)).setting
        self.simulate(self._alongside(best, (-0.03, -0.02, -0.01, 0.01, 0.02, 0.03)), "grid", stage)

    def _lines(self, kind: str, shares: Sequence[float]) -> list[float]:
        """Return the highest thresholds that leave these shares of tickets at or above them."""
        counts = self.rule.confidences(kind)
        total = max(float(counts[0]), 1e-12)
        found = [float(LATTICE[np.flatnonzero(counts / total >= share - 1e-12)[-1]]) for share in shares]
        return list(dict.fromkeys(found))

    # -- refining ----------------------------------------------------------------------------------------------

    def _try_proposals(self) -> None:
        """Let Optuna propose settings around the best one, knowing all that was simulated."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        best = self.ranked[0].setting
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Optuna marks what is experimental; its results here are only proposals
            sampler = optuna.samplers.TPESampler(
                seed=self.runner.seed, multivariate=True, constant_liar=True, n_startup_trials=1
            )
            study = optuna.create_study(direction="maximize", sampler=sampler)
            ranges = self._ranges(best)
            for candidate in list(self.found.values()):
                self._tell(study, candidate, ranges)
            for _ in range(_TRIALS // _BATCH):
                asked = [study.ask(dict(ranges)) for _ in range(_BATCH)]
                settings = [self._setting(best, trial.params) for trial in asked]
                known = self.simulate(settings, "Optuna", "Refining")
                for trial, candidate in zip(asked, known, strict=True):
                    study.tell(trial, self._worth(candidate))

    def _ranges(self, best: ThresholdSetting) -> dict[str, optuna.distributions.BaseDistribution]:
        """Return the range of each knob, in steps of thresholds: near the best one known."""
        import optuna

        found: dict[str, optuna.distributions.BaseDistribution] = {}
        for number, knob in enumerate(self.space.knobs):
            middle = best.thresholds[knob.places[0]]
            low, high = rounded(middle - _REACH), rounded(middle + _REACH)
            found[str(number)] = optuna.distributions.IntDistribution(round(low / STEP), round(high / STEP))
        return found

    def _setting(self, best: ThresholdSetting, params: dict[str, int]) -> ThresholdSetting:
        setting = best
        for number, knob in enumerate(self.space.knobs):
            setting = self.space.turned(setting, knob, params[str(number)] * STEP)
        return setting

    def _tell(
        self, study: optuna.Study, candidate: Candidate, ranges: dict[str, optuna.distributions.BaseDistribution]
    ) -> None:
        """Let Optuna know of a candidate that lies within its ranges."""
        import optuna

        values = candidate.setting.thresholds
        params = {str(n): round(values[knob.places[0]] / STEP) for n, knob in enumerate(self.space.knobs)}
        if all(ranges[name]._contains(value) for name, value in params.items()):
            worth = self._worth(candidate)
            study.add_trial(optuna.create_trial(params=params, distributions=dict(ranges), value=worth))

    def _worth(self, candidate: Candidate) -> float:
        """Return a figure that is the higher the better: objective where guard-rails hold, below all such where not."""
        level = [float(self.goal.values(one.study).mean()) for one in self.found.values()]
        known = [value for value in level if np.isfinite(value)] or [0.0]
        violation = self.goal.violation(candidate.study, CAUTION)
        worth = float(self.goal.values(candidate.study).mean())
        spread = (max(known) - min(known)) or 1.0
        if not np.isfinite(worth):
            return min(known) - 2 * spread
        return worth - spread * min(5 * violation, 1.0) - (spread if violation else 0.0)

    def _try_moves(self, step: float) -> None:
        """Move each threshold of the best setting by itself, then those together that gain."""
        for _ in range(1 if self._is_large else 2):
            best = self.ranked[0]
            stage = f"Moving single thresholds by {step:g}"
            moves: list[tuple[int, ThresholdSetting]] = []
            for number, knob in enumerate(self.space.knobs):
                middle = best.setting.thresholds[knob.places[0]]
                for place in (rounded(middle - step), rounded(middle + step)):
                    moves.append((number, self.space.turned(best.setting, knob, place)))
            tried = self.simulate([setting for _, setting in moves], "moved", stage)
            self.simulate(self._alongside(best.setting, (step, STEP, -STEP, -step)), "moved", stage)
            self.simulate(self._together(best, moves, tried), "moved", stage)
            if self.ranked[0] is best:
                return

    def _alongside(self, setting: ThresholdSetting, steps: Sequence[float]) -> list[ThresholdSetting]:
        """Move all answer thresholds at once: it takes what room a guard-rail leaves, or gives some back."""
        return [
            setting.moved({place: rounded(value + step) for place, value in enumerate(setting.answer)})
            for step in steps
        ]

    def _together(
        self, best: Candidate, moves: Sequence[tuple[int, ThresholdSetting]], tried: Sequence[Candidate]
    ) -> list[ThresholdSetting]:
        """Combine the moves that gain by themselves: all of them, the better half, the best quarter."""
        level = float(self.goal.values(best.study).mean())
        gains: dict[int, tuple[float, float]] = {}
        for (number, setting), candidate in zip(moves, tried, strict=True):
            gain = float(self.goal.values(candidate.study).mean()) - level
            value = setting.thresholds[self.space.knobs[number].places[0]]
            is_better = self.goal.rank(candidate.study, CAUTION) < self.goal.rank(best.study, CAUTION)
            if is_better and gain >= gains.get(number, (-np.inf, 0.0))[0]:
                gains[number] = gain, value
        order = sorted(gains, key=lambda number: -gains[number][0])
        settings = []
        for count in dict.fromkeys((len(order), -(-len(order) // 2), -(-len(order) // 4))):
            setting = best.setting
            for number in order[:count]:
                setting = self.space.turned(setting, self.space.knobs[number], gains[number][1])
            settings.append(setting)
        return settings if order else []
