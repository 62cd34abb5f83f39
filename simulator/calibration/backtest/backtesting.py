"""The backtest: forecast days that the scenario was not fitted on, and hold the forecast against what happened."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from typing import Any, ClassVar, Literal

import numpy as np

from simulator import __version__
from simulator.base.arrays import Floats
from simulator.base.errors import Notice, Problem, StudyError
from simulator.base.notebook_hooks import Plotted
from simulator.base.quantities import known
from simulator.base.text import counted
from simulator.calibration.backtest.forecast import Forecast, Progress, forecast
from simulator.calibration.backtest.held_out import (
    OTHER,
    Days,
    check_days,
    covering,
    dated,
    hindsight,
    names_in,
    with_agents,
    with_arrivals,
)
from simulator.calibration.backtest.measures import (
    ABANDONED,
    ARRIVALS,
    BACKLOG,
    MET_SLA,
    REASSIGNED,
    REOPENED,
    RESOLUTION,
    RESOLUTION_P90,
    RESPONSE,
    RESPONSE_P90,
    WAIT,
    WAITED,
    Figures,
    Period,
    measured,
    resolution_minutes,
    tier_measure,
    waits,
)
from simulator.calibration.backtest.naive import ErlangForecast, LastPeriod, erlang, last_period
from simulator.calibration.backtest.verdict import Score, Series, Verdict, earth_mover, score, thinned, verdicts
from simulator.calibration.exports.table import Export
from simulator.engines.run_log import Engine
from simulator.run import check_seeds
from simulator.scenario import Scenario
from simulator.studies.run.outputs import PACKAGES, fingerprint
from simulator.studies.running.workers import Workers, parse_workers

_REPLICATIONS = 99
"""So that 5 of 100 places lie on either side of the 5th smallest and largest."""
_FEWEST = 19
MEASURES = (
    ARRIVALS, WAIT, ABANDONED, WAITED, RESPONSE, RESPONSE_P90, BACKLOG, RESOLUTION, RESOLUTION_P90, MET_SLA,
    REASSIGNED, REOPENED,
)  # fmt: skip
_GRAINS = {"slot": "half-hour", "day": "day", "period": "period"}
"""How finely is looked, and what that is called."""
Arrivals = Literal["forecast", "replayed"]
Staffing = Literal["fitted", "observed"]


@dataclass(frozen=True)
class Distances:
    """Earth mover's distances to what was observed, in minutes; NaN where a forecast has no such times."""

    mean: float
    """Mean of what was observed."""
    model: float
    last: float
    erlang: float


@dataclass(frozen=True)
class Backtest(Plotted):
    """What the backtest found."""

    view: ClassVar[str] = "simulator.report.backtest.view:page_of"

    scenario: Scenario
    """As simulated: moved to the test days."""
    is_fitted: bool
    """Whether it was fitted on the training days; else it was given, and knows what its maker knew."""
    start: date
    """The first day of the scenario before it was moved."""
    train: Days
    test: Days
    arrivals: Arrivals
    staffing: Staffing
    seed: int
    engine: Engine
    period: Period
    forecast: Forecast
    scores: tuple[Score, ...]
    """By measure and grain."""
    verdicts: tuple[Verdict, ...]
    waits: Distances | None
    resolutions: Distances | None
    last: LastPeriod
    erlang: ErlangForecast | None
    findings: tuple[Notice, ...]
    tickets: int
    """Tickets observed in the test days."""

    def score_of(self, key: str, grain: str) -> Score | None:
        """Return the score of a measure at a grain, if it was taken."""
        found = (one for one in self.scores if one.series.measure.key == key and one.series.grain == grain)
        return next(found, None)

    def grain_word(self, grain: str) -> str:
        """Name a grain: half-hour (or hour), day, period."""
        return "hour" if grain == "slot" and self.period.slot_minutes == 60 else _GRAINS[grain]


def backtest(
    export: Export,
    scenario: Scenario,
    test: Days,
    *,
    train: Export,
    is_fitted: bool = True,
    arrivals: Arrivals = "forecast",
    staffing: Staffing = "fitted",
    agents: Mapping[str, Floats] | None = None,
    replications: int = _REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    progress: Progress | None = None,
) -> Backtest:
    """Forecast the test days with a scenario, and compare with what an export shows of them.

    `train` is what the scenario was fitted on, if it was: the naive forecasts are made of it, as it was known when the
    test days began. With `staffing` observed, `agents` gives those on duty from the first test day on by team, shape
    (n_days, n_slots). Raises StudyError for days that cannot be compared.
    """
    check_days(export, (train.first_day, train.last_day), test)
    check_seeds(seed)
    if replications < _FEWEST:
        rule = f"must be {_FEWEST} or more, so that a 90 % band has its ends"
        raise StudyError(Problem("--replications", "", f"is {replications}; {rule}"))
    export, closed = covering(export, test[1])
    world, findings = dated(scenario, export, *test)
    findings = (*hindsight(scenario.start, test), *closed, *findings)
    if staffing == "observed":
        assert agents is not None
        world = with_agents(world, agents)
    if arrivals == "replayed":
        world = with_arrivals(world, export, *test)
        findings = (*findings, *_unknown_intents(world, export.between(*test)))
    live = any(channel.live for channel in scenario.channels.values())
    period = Period(*test, 30 if live else 60)
    # The same cut on both sides: what was open when the export was made is open in the simulation, too.
    seen_until = export.seen_until + 1
    observed = export.as_of(seen_until)
    seen = measured(observed, period, world)
    told = forecast(
        world, period, seen_until, replications=replications, seed=seed, workers=parse_workers(workers),
        engine=engine, progress=progress or (lambda _stage, _done, _of: None),
    )  # fmt: skip
    by_then = train.as_of(export.midnight(test[0]))
    before = last_period(by_then, period, world)
    queues = erlang(by_then, period, world) if live else None
    scores = tuple(_scores(period, world, seen, told, before, queues))
    inside = period.within(observed)
    waited, taken = waits(inside), resolution_minutes(inside)
    since = max(by_then.first_day, _last_days(by_then, before.weeks))
    past = resolution_minutes(by_then.between(since, by_then.last_day))
    return Backtest(
        world, is_fitted, scenario.start, (train.first_day, train.last_day), test, arrivals, staffing, seed, engine,
        period, told, scores,
        verdicts(scores, replayed=arrivals == "replayed"),
        _distances(waited, told.waits, before.waits, np.empty(0) if queues is None else queues.waits),
        _distances(taken, told.resolutions, past, np.empty(0)),
        before, queues, (*findings, *_notes(period, seen, told, before, queues)), len(inside),
    )  # fmt: skip


def manifest(found: Backtest) -> dict[str, Any]:
    """Describe how a backtest was made; nothing of the export is in it but its days and number of tickets."""
    inputs = {
        "scenario": found.scenario.model_dump(mode="json"),
        "train": [day.isoformat() for day in found.train],
        "test": [day.isoformat() for day in found.test],
        "arrivals": found.arrivals,
        "staffing": found.staffing,
        "seed": found.seed,
        "replications": found.forecast.replications,
        "tickets": found.tickets,
        "ticketflow": __version__,
    }
    distances = {"waits": found.waits, "resolutions": found.resolutions}
    return {
        **inputs,
        "sha256": fingerprint(inputs),
        "engine": found.engine,
        "uncertain_inputs": [one.name for one in found.forecast.inputs],
        "not_varied": {one.name: one.why for one in found.forecast.left},
        "earth_mover_minutes": {
            name: None if one is None else {
                "observed_mean": known(one.mean), "model": known(one.model), "naive_last": known(one.last),
                "naive_erlang": known(one.erlang),
            }
            for name, one in distances.items()
        },
        "findings": [f"{one.level}: {one.path} {one.text}" for one in found.findings],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }  # fmt: skip


def _last_days(train: Export, weeks: int) -> date:
    return train.last_day - timedelta(days=7 * weeks - 1)


def _scores(
    period: Period, scenario: Scenario, seen: Figures, told: Forecast, before: LastPeriod, queues: ErlangForecast | None
) -> list[Score]:
    by_tier = [tier_measure(name) for name in scenario.tiers] if len(scenario.tiers) > 1 else []
    found = []
    for measure in (*MEASURES, *by_tier):
        for grain in _GRAINS:
            key = (measure.key, grain)
            if key not in seen or key not in told.mean:
                continue
            none = np.full(len(seen[key]), math.nan)
            times, day = _places(period, grain)
            erlangs = {} if queues is None else queues.figures
            found.append(score(Series(
                measure, grain, times, day, seen[key], told.mean[key], told.median[key], told.low[key], told.high[key],
                before.figures.get(key, none), erlangs.get(key, none),
            )))  # fmt: skip
    return [one for one in found if one.series.looked_at.any() and not one.series.is_empty]


def _places(period: Period, grain: str) -> tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Name each cell of a grain by when it begins, and give its day."""
    days = [period.first + timedelta(days=number) for number in range(period.days)]
    if grain == "period":
        return (f"{period.first}..{period.last}",), np.zeros(1, dtype=np.int64)
    if grain == "day":
        return tuple(day.isoformat() for day in days), np.arange(period.days)
    steps = [timedelta(minutes=period.slot_minutes * number) for number in range(period.slots)]
    times = tuple(f"{datetime.combine(day, time()) + step:%Y-%m-%d %H:%M}" for day in days for step in steps)
    return times, np.repeat(np.arange(period.days), period.slots)


def _distances(observed: Floats | None, model: Floats, last: Floats | None, erlangs: Floats) -> Distances | None:
    if observed is None:
        return None
    sample = thinned(observed)
    if not len(sample):
        return None
    before = np.empty(0) if last is None else thinned(last)
    mean = float(observed[np.isfinite(observed)].mean())
    return Distances(mean, earth_mover(sample, model), earth_mover(sample, before), earth_mover(sample, erlangs))


def _notes(
    period: Period, seen: Figures, told: Forecast, before: LastPeriod, queues: ErlangForecast | None
) -> list[Notice]:
    """Say what its reader should know about the comparison."""
    notes = []
    missing = [key for key in dict.fromkeys(name for name, _ in seen) if (key, "day") not in told.mean]
    if missing:
        text = f"is recorded ({', '.join(missing)}), but the scenario says nothing about it, so it is not forecast"
        notes.append(Notice("note", "export", text))
    notes += _unjudged(seen, told)
    counts, expected = seen[ARRIVALS.key, "day"], told.mean[ARRIVALS.key, "day"]
    empty = int(((counts == 0) & (expected >= 20)).sum())
    if empty:
        when = f"{counted(empty, 'day')} on which about 20 or more were expected"
        text = f"has no ticket on {when}; what is recorded counts"
        notes.append(Notice("warning", "export", text))
    if before.unrecorded:
        text = f"has no ticket on {counted(before.unrecorded, 'day')} of training, which the last period's forecast"
        notes.append(Notice("note", "export", f"{text} leaves out as not recorded"))
    if queues is not None and queues.undefined:
        text = f"has no answer for {counted(queues.undefined, 'half-hour')} (more work than agents, or nobody on duty)"
        notes.append(Notice("note", "Erlang", f"{text}; that is left out where it is compared"))
    if told.left:
        names = ", ".join(one.name for one in told.left[:3]) + (" …" if len(told.left) > 3 else "")
        text = f"leave out the uncertainty of {counted(len(told.left), 'figure')} ({names})"
        notes.append(Notice("note", "bands", text))
    return notes


def _unknown_intents(world: Scenario, there: Export) -> Iterator[Notice]:
    """Say where arrivals are replayed without what they are about."""
    replay = world.arrivals.replay
    if replay is None or replay.intent is not None or len(world.intents) < 2:
        return
    unknown = sum(name is None for name in names_in(world, there))
    told = f"{unknown:,} of {counted(len(there), 'ticket')} {'is' if unknown == 1 else 'are'} of none that the"
    text = f"are replayed without intents, which are drawn: {told}"
    yield Notice("warning", "arrivals", f"{text} scenario has; name them alike, or give it an intent `{OTHER}`")


def _unjudged(seen: Figures, told: Forecast) -> Iterator[Notice]:
    """Say which observed values no band is held against."""
    both = [key for key in seen if key in told.high]
    nothing = [
        name for name, grain in both
        if grain == "day" and not np.nan_to_num([seen[name, grain], told.high[name, grain]]).any()
    ]  # fmt: skip
    if nothing:
        text = f"shows none of {', '.join(nothing)} in the test days, and none is forecast: there is nothing to judge"
        yield Notice("note", "export", text)
    known = sum(int(np.isfinite(seen[key]).sum()) for key in both)
    lost = sum(int((np.isfinite(seen[key]) & np.isnan(told.low[key])).sum()) for key in both)
    if lost:
        text = f"are missing for {lost:,} of {counted(known, 'observed value')}, which half of the futures or more do"
        yield Notice("note", "bands", f"{text} not have; no such value is judged")
