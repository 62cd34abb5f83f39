"""The outlook: what the draws of uncertain inputs say, with simulation noise taken out and told apart.

Draw i meets the customers of replication r(i), and so does the scenario as it stands. The difference between the two
is what the inputs do, seen on the same customers; added to the mean of the scenario over all replications it is the
draw's outcome with the luck of r(i) taken out:

    months(i) = months of draw i in r(i) - central months in r(i) + mean of the central months.

What is left of noise (luck that the inputs change) is measured on draws that meet a second replication, and taken out
by drawing all outcomes together to the variance that remains: x -> m + (x - m)·√(1 - v_noise/v). Intervals are
Student's over the replications, by the grouped jackknife (each replication left out in turn, with its draws); that of
a probability is never shorter than Wilson's for as many independent draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from simulator.base.arrays import Floats, Ints
from simulator.base.stats import Estimate, t_quantile, wilson
from simulator.money.cash_flow import CASES, FIGURES, CashFlows, MonthPlan, UnitPrices, cash_flows

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class OuterDraws:
    """The outer loop as simulated."""

    shares: Floats
    """Shares of the inputs' distributions, shape (n_draws, n_inputs)."""
    prices: Sequence[UnitPrices]
    """One for each draw."""
    months: Floats
    """Months of each draw less the central ones on the same customers, shape (n_draws, n_rows, columns)."""
    replication: Ints
    """Whose customers each draw met."""
    again: Floats
    """As months, of the first draws on the customers of a second replication."""


@dataclass(frozen=True)
class _Spread:
    """One figure over the draws."""

    values: Floats
    """Shape (n_draws,), noise taken out; NaN where the figure does not exist."""
    central: Estimate
    """The scenario as it stands; its interval is simulation noise alone."""
    quantiles: tuple[Estimate, Estimate, Estimate]
    """10 %, 50 % and 90 % of the draws, each with the interval of simulation and draws."""
    noise: float
    """Standard deviation of one draw's outcome that is noise still, before it was taken out."""


@dataclass(frozen=True)
class Outlook:
    """What the scenario and the draws come to."""

    central: CashFlows
    """The scenario as it stands, mean of its replications, in cents."""
    spreads: Mapping[str, _Spread]
    """By figure of FIGURES."""
    chance: Mapping[str, Estimate]
    """P(ROI > 0) by case."""
    cumulative: Mapping[str, Floats]
    """Running total by case at the start and after each month: 10, 50 and 90 % of the draws; (3, months + 1)."""
    draws: int
    shares: Mapping[str, float]
    """Share of the draws' variance of net value (capacity) that goes with each input, linearly."""


def outlook_of(
    plan: MonthPlan, inputs: Sequence[str], prices: UnitPrices, central: Floats, drawn: OuterDraws | None
) -> Outlook:
    """Sum up; `central` are the months of the scenario as it stands, shape (n_replications, n_rows, columns)."""
    replications = len(central)
    flows = cash_flows(plan, [prices], central.mean(axis=0))
    here = flows.in_cents().figures()
    left_out = [cash_flows(plan, [prices], _without(central, r)).figures() for r in range(replications)]
    centre = {name: _jackknifed(float(here[name][0]), [float(one[name][0]) for one in left_out]) for name in FIGURES}
    if drawn is None:
        spreads = {name: _Spread(np.empty(0), centre[name], (centre[name],) * 3, 0.0) for name in FIGURES}
        chance = {case: _chance_of_noise(centre[f"net_value_{case}"]) for case in CASES}
        running = {case: np.stack([np.cumsum(flows.net(case)[0, :-1])] * 3) for case in CASES}
        return Outlook(flows.in_cents(), spreads, chance, running, 0, {})
    outcome = _Outcome(plan, drawn, central)
    values = outcome.values()
    spreads = {}
    for name in FIGURES:
        low, middle, high = (outcome.estimate(name, partial(quantile, share=share)) for share in QUANTILES)
        spreads[name] = _Spread(values[name], centre[name], (low, middle, high), outcome.noise[name])
    chance = {case: _at_least_wilson(outcome.chance(case), len(drawn.months)) for case in CASES}
    return Outlook(
        flows.in_cents(), spreads, chance, outcome.cumulative(), len(drawn.months),
        _variance_shares(inputs, drawn.shares, values["net_value_capacity"]),
    )  # fmt: skip


class _Outcome:
    """The draws' figures, all of them and with each replication left out."""

    def __init__(self, plan: MonthPlan, drawn: OuterDraws, central: Floats) -> None:
        self.plan, self.drawn, self.replications = plan, drawn, len(central)
        self.flows = cash_flows(plan, drawn.prices, drawn.months + central.mean(axis=0))
        self._whole = self.flows.figures()
        self.noise = self._noise(central.mean(axis=0))
        self._parts = []
        for replication in range(self.replications):
            kept = drawn.replication != replication
            prices = [price for price, keep in zip(drawn.prices, kept, strict=True) if keep]
            months = drawn.months[kept] + _without(central, replication)
            self._parts.append(cash_flows(plan, prices, months).figures())

    def values(self) -> dict[str, Floats]:
        return {name: self._calm(name, self._whole) for name in FIGURES}

    def estimate(self, name: str, statistic: Callable[[Floats], float]) -> Estimate:
        whole = statistic(self._calm(name, self._whole))
        return _jackknifed(whole, [statistic(self._calm(name, part)) for part in self._parts])

    def chance(self, case: str) -> Estimate:
        """Estimate P(ROI > 0); where some draws cost nothing, and so have no ROI, by the sign of the net value."""
        has_roi = np.isfinite(self._whole[f"roi_{case}"]).all()
        return self.estimate(f"{'roi' if has_roi else 'net_value'}_{case}", _positive)

    def cumulative(self) -> dict[str, Floats]:
        """Return quantiles of the running totals, what is left of noise included."""
        running = {case: np.cumsum(self.flows.net(case)[:, :-1], axis=1) for case in CASES}
        return {case: np.quantile(total, QUANTILES, axis=0, method="hazen") for case, total in running.items()}

    def _noise(self, central: Floats) -> dict[str, float]:
        """Measure the noise that is left in each figure by two outcomes of the same draws."""
        again = self.drawn.again
        if not len(again):
            return dict.fromkeys(FIGURES, 0.0)
        twice = cash_flows(self.plan, self.drawn.prices[: len(again)], again + central).figures()
        found = {}
        for name in FIGURES:
            gaps = self._whole[name][: len(again)] - twice[name]
            known = gaps[np.isfinite(gaps)]
            found[name] = float(np.sqrt((known**2).mean() / 2)) if len(known) else 0.0
        return found

    def _calm(self, name: str, figures: Mapping[str, Floats]) -> Floats:
        return calmed(figures[name], self.noise[name])


def calmed(values: Floats, noise: float) -> Floats:
    """Take noise of a known standard deviation out of a figure's spread; one that does not always exist stays as is."""
    variance = float(np.var(values, ddof=1)) if np.isfinite(values).all() and len(values) > 1 else 0.0
    if variance <= 0:
        return values
    keep = np.sqrt(max(0.0, 1 - noise**2 / variance))
    calm: Floats = values.mean() + keep * (values - values.mean())
    return calm


def quantile(values: Floats, share: float) -> float:
    """Return a quantile, where none (NaN) counts as later than any: a payback that never comes.

    Hazen's rule, the k-th of n values at (k - ½)/n: that is where points of an even design lie on average.
    """
    ordered = np.sort(np.where(np.isnan(values), np.inf, values))
    place = min(max(share * len(ordered) - 0.5, 0.0), len(ordered) - 1.0)
    low, high = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    if np.isinf(high):
        return float("nan")
    return float(low + (place - np.floor(place)) * (high - low))


def _positive(values: Floats) -> float:
    return float((values > 0).mean())


def _without(central: Floats, replication: int) -> Floats:
    """Mean months with one replication left out."""
    count = len(central)
    rest: Floats = (central.sum(axis=0) - central[replication]) / (count - 1)
    return rest


def _jackknifed(whole: float, parts: Sequence[float]) -> Estimate:
    """Return a statistic with Student's interval from its values with each group left out."""
    values, count = np.array(parts), len(parts)
    if not (np.isfinite(values).all() and np.isfinite(whole)):
        return Estimate(whole, float("nan"), float("nan"), count)
    error = np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum())
    half = float(t_quantile(count - 1) * error)
    return Estimate(whole, whole - half, whole + half, count)


def _at_least_wilson(found: Estimate, draws: int) -> Estimate:
    """Widen the interval of a probability to Wilson's (1927) where it is shorter, and cut it at 0 and 1."""
    low, high = wilson(found.mean, draws)
    return Estimate(found.mean, max(0.0, min(found.low, low)), min(1.0, max(found.high, high)), found.replications)


def _chance_of_noise(net: Estimate) -> Estimate:
    """Return the probability that the expected net value is above 0 where nothing but the simulation is uncertain."""
    error = net.half_width / float(t_quantile(net.replications - 1))
    if not error > 0:
        return Estimate(float(net.mean > 0), float("nan"), float("nan"), net.replications)
    chance = float(special.stdtr(net.replications - 1, net.mean / error))
    return Estimate(chance, float("nan"), float("nan"), net.replications)


def _variance_shares(inputs: Sequence[str], shares: Floats, values: Floats) -> dict[str, float]:
    """Regress values on the inputs' normal scores: squared standardised coefficients, as inputs are independent."""
    spread = values.std()
    if not len(inputs) or not spread > 0 or len(values) < 2 * len(inputs) + 2:
        return {}
    scores = special.ndtri(shares)
    scores = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    slopes = np.linalg.lstsq(scores, (values - values.mean()) / spread, rcond=None)[0]
    return {name: float(slope**2) for name, slope in zip(inputs, slopes, strict=True)}
