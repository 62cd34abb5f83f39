"""What a backtest has to tell: what the model may be trusted for, charts, scores, and every value behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from simulator import __version__
from simulator.base.errors import Notice
from simulator.base.quantities import known
from simulator.base.stats import Estimate
from simulator.base.text import clean, counted
from simulator.base.units import MISSING
from simulator.calibration.backtest.backtesting import Backtest, manifest
from simulator.calibration.backtest.verdict import Rival, Score, Verdict
from simulator.report.backtest import charts, sentences
from simulator.report.backtest.sentences import TRUST_WORDS, days_of
from simulator.report.finding import Chart, Finding, Page
from simulator.report.table import Field, Row, Said, Table

_NOTHING = float("nan")


def page_of(found: Backtest, findings: Sequence[Notice] = ()) -> Page:
    """Put together the page; `findings` are those of reading the export and of the fit."""
    described, happened = manifest(found), f"{counted(found.tickets, 'ticket')} of {days_of(found.test)}"
    return Page(
        kicker="ticketflow backtest",
        scenario=found.scenario,
        question=sentences.question(found),
        answer=sentences.answer(found),
        findings=_findings(found),
        how_sure=sentences.how_sure(found),
        runs=f"{counted(found.forecast.replications, 'simulated future')}, seed {found.seed}",
        baseline=f"{happened}, which the model has not seen, and two naive forecasts (the last period repeated, and"
        " Erlang)"
        if found.is_fitted
        else f"{happened}, and naive forecasts",
        warnings=[*sentences.warnings(found), *sentences.told(found, findings)],
        made={
            "Scenario": clean(found.scenario.name),
            "Fitted on" if found.is_fitted else "Naive forecasts made of": days_of(found.train),
            "Test days": f"{days_of(found.test)}, {counted(found.tickets, 'ticket')}",
            "Arrivals": found.arrivals,
            "Staffing": found.staffing,
            "Futures": str(found.forecast.replications),
            "Uncertain figures": str(len(found.forecast.inputs)),
            "Last period": f"the last {counted(found.last.weeks, 'training week')}",
            "Seed": str(found.seed),
            "Engine": found.engine,
            "ticketflow": __version__,
            "SHA-256 of the inputs": str(described["sha256"]),
        },
        manifest=described,
        more_tables=lambda: [_measures(found)],
    )


def document(found: Backtest, page: Page, folder: Path) -> dict[str, Any]:
    """Return the verdicts as plain data."""
    return {
        "scenario": found.scenario.name,
        "train": [day.isoformat() for day in found.train],
        "test": [day.isoformat() for day in found.test],
        "arrivals": found.arrivals,
        "staffing": found.staffing,
        "seed": found.seed,
        "replications": found.forecast.replications,
        "out": str(folder),
        "answer": page.answer,
        "how_sure": page.how_sure,
        "warnings": list(page.warnings),
        "verdicts": [
            {
                "measure": one.measure.key,
                "verdict": one.trust.value,
                "coverage": {score.series.grain: known(score.coverage.share) for score in (one.fine, one.daily)},
                "observed_mean": known(one.level.observed),
                "forecast_mean": known(one.level.forecast),
                "bias": known(one.level.bias),
                "wape_by_day": known(one.daily.wape),
                "wape_of_naive_by_day": {name: known(rival.wape) for name, rival in one.daily.rivals.items()},
            }
            for one in found.verdicts
        ],
    }


def _findings(found: Backtest) -> list[Finding]:
    return [
        Finding(table=_verdicts(found)),
        *map(Finding, sentences.misses(found)),
        *(Finding(chart=chart) for chart in _charts(found)),
        Finding(table=_errors(found)),
        *map(Finding, [*sentences.distances(found), *sentences.notes(found)]),
        Finding(table=_summary(found)),
    ]


def _charts(found: Backtest) -> list[Chart]:
    if not found.verdicts:
        return []
    return [
        Chart("days", partial(charts.daily, found), partial(charts.daily_details, found)),
        Chart("profile", partial(charts.profile, found), partial(charts.profile_details, found)),
        Chart("coverage", partial(charts.coverages, found), partial(charts.coverage_details, found)),
        Chart("errors", partial(charts.errors, found), partial(charts.error_details, found)),
    ]


def _verdicts(found: Backtest) -> Table:
    """One row per measure; in short, 80 columns of a terminal have room for each in one line."""
    has_slots = any(one.fine is not one.daily for one in found.verdicts)
    fields = [
        Field("measure", "Measure"), Field("unit", where="files"), Field("verdict", "Verdict"),
        Field("observed", "Observed", "by row"), Field("forecast", "Forecast", "by row"),
        Field("bias", "Miss", "change"), Field("by_day", "Inside, by day", "share"),
        Field("by_slot", f"Inside, by {found.grain_word('slot')}", "share", where="pages" if has_slots else "files",
              is_in_short=False),
    ]  # fmt: skip
    rows = [
        (one.measure.short, one.measure.unit, TRUST_WORDS[one.trust], one.level.observed, one.level.forecast,
         one.level.bias, one.daily.coverage.share, _NOTHING if one.fine is one.daily else one.fine.coverage.share)
        for one in found.verdicts
    ]  # fmt: skip
    title = (
        "What the model may be trusted for (levels: over all tickets of the test days, counts: mean day; inside: values"
        " inside their 90 % bands)"
    )
    return Table("", title, fields, rows)


def _errors(found: Backtest) -> Table:
    fields = [
        Field("measure", "Measure"), Field("wape", "Model", "share"), Field("last", "Last period", "share"),
        Field("erlang", "Erlang", "share"), Field("better_than", "Less error than"),
    ]  # fmt: skip
    rows = [
        (one.measure.label, one.daily.wape,
         *(None if rival is None else rival.wape for rival in (one.daily.last, one.daily.erlang)), _better_than(one))
        for one in found.verdicts
    ]  # fmt: skip
    return Table("", "Error by day: sum of absolute errors ÷ sum observed", fields, rows)


def _better_than(one: Verdict) -> str:
    clear = [
        f"{name}{'' if rival.gain.excludes_zero else ' (not clear)'}"
        for name, rival in one.daily.rivals.items()
        if name in one.better_than
    ]
    return " and ".join(clear) or "neither" if one.daily.rivals else MISSING


def _summary(found: Backtest) -> Table:
    """One row per measure and grain: coverage with its interval, width, bias, errors, those of the naive forecasts."""
    fields = [
        Field("measure", "Measure and grain"), Field("grain", where="files"), Field("unit", where="files"),
        Field("looks", "Values", "count"), Field("days", where="files"),
        Field("coverage", "Inside", "share", bounds=("coverage_low", "coverage_high")),
        Field("observed_mean", where="files"), Field("forecast_mean", where="files"), Field("bias", where="files"),
        Field("relative_width", "Width ÷ observed", "ratio"), Field("wape", "WAPE", "share"),
        Field("mape", "MAPE (where > 0)", "share"),
    ]  # fmt: skip
    for name, title in (("last", "Last period"), ("erlang", "Erlang")):
        gain = f"gain_over_{name}"
        fields += [
            Field(f"wape_{name}", title, "share"), Field(f"wape_beside_{name}", where="files"),
            Field(gain, where="files", bounds=(f"{gain}_low", f"{gain}_high")),
        ]  # fmt: skip
    fields.append(Field("verdict", where="files"))
    judged = {one.measure.key: one.trust.value for one in found.verdicts}
    rows = [
        (*_scored(found, one), *_beside(one.last), *_beside(one.erlang), judged.get(one.series.measure.key, ""))
        for one in found.scores
    ]
    return Table("summary", "All scores", fields, rows)


def _scored(found: Backtest, one: Score) -> Row:
    measure, grain, held = one.series.measure, found.grain_word(one.series.grain), one.coverage
    inside = Estimate(held.share, held.low, held.high, held.days)
    return (
        Said(measure.key, f"{measure.label}, by {grain}"), grain, measure.unit, held.looks, held.days, inside,
        one.observed, one.forecast, one.bias, one.width, one.wape, one.mape,
    )  # fmt: skip


def _beside(rival: Rival | None) -> Row:
    """Return a naive forecast's error, the model's where both answer, and the gain over it."""
    return (_NOTHING, _NOTHING, None) if rival is None else (rival.wape, rival.own, rival.gain)


def _measures(found: Backtest) -> Table:
    """One row per measure and time: observed, forecast mean, median and 90 % band, both naive forecasts."""
    names = (
        "measure", "grain", "time", "unit", "observed", "forecast_mean", "forecast_median", "low", "high",
        "naive_last", "naive_erlang",
    )  # fmt: skip
    rows = chain.from_iterable(_values(found, one) for one in found.scores)
    return Table("measures", "All values", [Field(name) for name in names], list(rows))


def _values(found: Backtest, one: Score) -> Iterator[Row]:
    series = one.series
    for time, *values in zip(
        series.times, series.observed.tolist(), series.mean.tolist(), series.median.tolist(), series.low.tolist(),
        series.high.tolist(), series.last.tolist(), series.erlang.tolist(), strict=True,
    ):  # fmt: skip
        yield series.measure.key, found.grain_word(series.grain), time, series.measure.unit, *values
