"""The page of a backtest: what the model may be trusted for, charts, scores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator import __version__
from simulator.base.errors import Notice
from simulator.base.text import clean, counted, short
from simulator.calibration.backtest.backtesting import Backtest
from simulator.calibration.backtest.tables import grain_word, manifest
from simulator.calibration.backtest.verdict import Score, Trust, Verdict
from simulator.report.backtest import charts, sentences
from simulator.report.backtest import sentences as backtest_words
from simulator.report.backtest.sentences import TRUST_WORDS, days_of, error, value
from simulator.report.finding import Drawn
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.study_frame import Charts, Page, each_drawn

UNKNOWN = "–"
IN_SHORT = {Trust.DISTRUST: "distrust", Trust.UNKNOWN: "few days"}
"""Verdicts that are long, in a narrow column."""


def page_of(found: Backtest, findings: Sequence[Notice] = ()) -> Page:
    """Put together the page; `findings` are those of reading the export and of the fit."""
    return Page(
        kicker="ticketflow backtest",
        scenario=found.scenario,
        question=backtest_words.question(found),
        answer=backtest_words.answer(found),
        sentences=[*backtest_words.sentences(found), *backtest_words.distances(found), *backtest_words.notes(found)],
        how_sure=backtest_words.how_sure(found),
        runs=f"{counted(found.forecast.replications, 'simulated future')}, seed {found.seed}",
        baseline=f"{counted(found.tickets, 'ticket')} of {days_of(found.test)}, which the model has not seen, and two "
        "naive forecasts (the last period repeated, and Erlang)"
        if found.is_fitted
        else f"{counted(found.tickets, 'ticket')} of {days_of(found.test)}, and naive forecasts",
        warnings=[*backtest_words.warnings(found), *sentences.told(found, findings)],
        charts=Charts(_charts(found) if found.verdicts else ()),
        sheets=[_verdict_table(found), _error_table(found), _score_table(found)],
        made=_made(found),
    )


def _charts(found: Backtest) -> Iterator[Drawn]:
    return each_drawn(found, (
        ("days", charts.daily, charts.describe_daily),
        ("profile", charts.profile, charts.describe_profile),
        ("coverage", charts.coverages, charts.describe_coverages),
        ("errors", charts.errors, charts.describe_errors),
    ))  # fmt: skip


def _verdict_table(found: Backtest) -> Sheet:
    fine = f"Inside, by {grain_word(found, 'slot')}"
    rows = []
    for one in found.verdicts:
        by_slot = _held(one.fine) if one.fine is not one.daily else Cell(UNKNOWN)
        cells = (
            Cell(TRUST_WORDS[one.trust]), by_slot, _held(one.daily), Cell(value(one.level, one.level.observed)),
            Cell(value(one.level, one.level.forecast)), Cell(backtest_words.bias(one.level)),
        )  # fmt: skip
        rows.append((clean(one.measure.label), cells))
    columns = ("Verdict", fine, "Inside, by day", "Observed", "Forecast", "Miss")
    title = "What the model may be trusted for (levels: over all tickets of the test days; counts: mean day)"
    return Sheet(title, "Measure", columns, tuple(rows), sorts="all")


def in_short(found: Backtest, page: Page) -> Page:
    """Return the page as a terminal of 80 columns has room for it: short names and heads, no intervals."""
    by_slot = any(one.fine is not one.daily for one in found.verdicts)
    rows = []
    for one in found.verdicts:
        held = [f"{one.fine.coverage.share:.0%}" if one.fine is not one.daily else UNKNOWN] if by_slot else []
        texts = (
            IN_SHORT.get(one.trust, TRUST_WORDS[one.trust]), " ".join([*held, f"{one.daily.coverage.share:>4.0%}"]),
            value(one.level, one.level.observed), value(one.level, one.level.forecast),
            backtest_words.bias_in_short(one.level),
        )  # fmt: skip
        rows.append((short(one.measure.short, 20), tuple(map(Cell, texts))))
    inside = f"in, by {grain_word(found, 'slot')}, day" if by_slot else "in, by day"
    columns = ("verdict", inside, "observed", "forecast", "miss")
    title = "What the model may be trusted for (in: values inside their 90 % bands)"
    return replace(page, sheets=[Sheet(title, "measure", columns, tuple(rows)), *page.sheets])


def _held(one: Score) -> Cell:
    held = one.coverage
    return Cell(f"{held.share:.0%}", f"{100 * held.low:.0f}–{100 * held.high:.0f}%", held.share)


def _error_table(found: Backtest) -> Sheet:
    rows = [(clean(one.measure.label), tuple(_error_cells(one))) for one in found.verdicts]
    columns = ("Model", "Last period", "Erlang", "Less error than")
    return Sheet("Error by day: sum of absolute errors ÷ sum observed", "Measure", columns, tuple(rows))


def _error_cells(one: Verdict) -> Iterator[Cell]:
    yield _error(one.daily.wape)
    for rival in (one.daily.last, one.daily.erlang):
        yield Cell(UNKNOWN) if rival is None else _error(rival.wape)
    clear = [
        f"{name}{'' if rival.gain.excludes_zero else ' (not clear)'}"
        for name, rival in one.daily.rivals.items()
        if name in one.better_than
    ]
    yield Cell(" and ".join(clear) or "neither" if one.daily.rivals else UNKNOWN)


def _error(share: float) -> Cell:
    return Cell(error(share), number=share)


def _score_table(found: Backtest) -> Sheet:
    rows = []
    for one in found.scores:
        name = f"{clean(one.series.measure.label)}, by {grain_word(found, one.series.grain)}"
        cells = (
            Cell(f"{one.coverage.looks:,}", number=one.coverage.looks),
            Cell(f"{one.coverage.share:.0%}", number=one.coverage.share),
            Cell(f"{one.width:.2f}" if math.isfinite(one.width) else UNKNOWN, number=one.width),
            _error(one.wape), _error(one.mape),
            *(Cell(UNKNOWN) if rival is None else _error(rival.wape) for rival in (one.last, one.erlang)),
        )  # fmt: skip
        rows.append((name, cells))
    columns = ("Values", "Inside", "Width ÷ observed", "WAPE", "MAPE (where > 0)", "Last period", "Erlang")
    return Sheet("All scores", "Measure and grain", columns, tuple(rows))


def _made(found: Backtest) -> dict[str, str]:
    return {
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
        "SHA-256 of the inputs": str(manifest(found)["sha256"]),
    }
