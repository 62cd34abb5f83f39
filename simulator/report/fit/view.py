"""The page of a fit: what was measured, what nobody has said, what was wrong with the data, and charts of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.base.quantities import Figure
from simulator.base.text import clean, counted, short
from simulator.base.units import format_value
from simulator.calibration.fit.ai import AiEvidence
from simulator.calibration.fit.scenario_text import in_words
from simulator.report.assumptions import OWED
from simulator.report.charts import theme
from simulator.report.finding import Drawn
from simulator.report.fit import ai_charts, demand_charts, work_charts
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.study_frame import Charts, Page
from simulator.scenario.ledger import assumption_ledger, figures_of

if TYPE_CHECKING:
    from simulator.calibration.exports.reading import Reading
    from simulator.calibration.fit.fitting import Fit
    from simulator.calibration.fit_check import Likeness

MOST_ROWS = 200
SEVERAL = 3
"""Assumed figures of one section from which they share a row."""
NAMED = re.compile(r"^(ai\.intents|intents|channels|tiers|teams)\.[^.]+")
"""Where a path names one of several things alike."""


def fit_page(fit: Fit, reading: Reading, file: Path, alike: Sequence[Likeness]) -> Page:
    """Put together what a fit has to say, with how its export was read and whether the desk is like it."""
    page, export = page_of(fit), fit.export
    owed, *measured = page.sheets
    owed = replace(owed, title=f"{owed.title} (one by one in figures.csv)")
    return replace(
        page,
        warnings=[*_unlike(alike), *page.warnings],
        sheets=[owed, _likeness_table(alike), *measured, quality_table(reading), _notes_table(fit)],
        made={
            "Scenario file": clean(file.name),
            "Days": f"{export.first_day} to {export.last_day} ({export.zone})",
            "Columns": clean(", ".join(f"{field} = {column}" for field, column in reading.columns.items())),
            "ticketflow": __version__,
        },
    )


def page_of(fit: Fit) -> Page:
    """Put together what a fit says by itself."""
    rows = _stated(fit)
    export = fit.export
    return Page(
        kicker="ticketflow fit",
        scenario=fit.scenario,
        question="What do the exports say about this desk, and what do they leave open?",
        answer=_answer(fit, rows),
        sentences=_sentences(fit, rows),
        how_sure=(
            "Ranges are 90 % intervals from the tickets behind each figure; they hold if the desk goes on as it was. "
            "They say nothing about figures that no export holds: those are listed as assumed, and are yours to own. "
            "`ticketflow backtest` tells how far a fitted desk forecasts weeks that it has not seen."
        ),
        runs=f"{counted(len(export), 'ticket')} of {counted(export.days, 'day')}",
        baseline="the export itself: the fitted desk is simulated and its figures laid beside those of the export",
        warnings=[_told(one.path, one.text) for one in fit.findings if one.level == "warning"],
        charts=Charts(_charts(fit)),
        sheets=[_owed_table(rows), _measured_table(rows)],
    )


def _answer(fit: Fit, rows: Sequence[Stated]) -> str:
    scenario, export = fit.scenario, fit.export
    per_week = scenario.arrivals.per_week
    assert per_week is not None
    measured = sum(row.kind == "measured" for row in rows)
    owed = sum(row.kind in OWED for row in rows)
    growth = float(scenario.arrivals.weekly_growth)
    trend = f" after a trend of {growth:+.1%} a week" if growth else ""
    return (
        f"{len(export):,} tickets of {export.days:,} days make a desk of {_range(per_week)} tickets a week{trend}; "
        f"{measured:,} of its figures are measured, {owed:,} are assumed."
    )


def _range(figure: Figure) -> str:
    text = f"{float(figure):,.0f}"
    return text if figure.low is None or figure.high is None else f"{text} [{figure.low:,.0f}, {figure.high:,.0f}]"


def _sentences(fit: Fit, rows: Sequence[Stated]) -> list[str]:
    intents = len(fit.scenario.intents)
    what = "one kind of ticket" if intents == 1 else f"{intents} kinds of tickets"
    teams = ", ".join(short(name) for name in fit.scenario.teams)
    sentences = [f"The desk has {what}, and the team{'s' if len(fit.scenario.teams) > 1 else ''} {teams}."]
    if any(row.kind in OWED for row in rows):
        sentences.append("Look through the assumed figures before you believe what they decide.")
    return sentences


def _told(path: str, text: str) -> str:
    return clean(f"{path}: {text}" if path else text)


def _charts(fit: Fit) -> Iterator[Drawn]:
    judgements = [one for one in fit.evidence if isinstance(one, AiEvidence)]
    with theme.themed():
        drawn = [
            *demand_charts.charts(fit.evidence),
            *work_charts.charts(fit.evidence),
            *(chart for one in judgements for chart in ai_charts.charts(one)),
        ]
    yield from drawn


def _owed_table(rows: Sequence[Stated]) -> Sheet:
    owed = [(path, (Cell(value), Cell(source))) for path, value, source in _in_short(rows)]
    title = "Assumed figures: yours to own"
    return Sheet(title, "figure", ("value", "source"), tuple(owed), sorts="names")


def _in_short(rows: Sequence[Stated]) -> Iterator[tuple[str, str, str]]:
    """Put assumed figures together that stand for the same thing: of all intents or channels, or of one section."""
    alike: dict[tuple[str, str], list[Stated]] = {}
    for row in rows:
        if row.kind in OWED:
            alike.setdefault((NAMED.sub(r"\1.*", row.path), row.source), []).append(row)
    sections = Counter((path.rpartition(".")[0], source) for path, source in alike)
    seen: set[tuple[str, str]] = set()
    for (path, source), same in alike.items():
        section = path.rpartition(".")[0], source
        if sections[section] < SEVERAL or not section[0]:
            values = list(dict.fromkeys(row.value for row in same))
            yield path, values[0] if len(values) == 1 else f"{len(same)} figures", source
        elif section not in seen:
            seen.add(section)
            yield f"{section[0]}.*", f"{sections[section]} figures", source


def _unlike(alike: Sequence[Likeness]) -> list[str]:
    """Say where the fitted desk is not like its export."""
    far = [
        f"{one.measure.label} {_value(one, one.simulated)} (export: {_value(one, one.observed)})"
        for one in alike
        if one.is_far
    ]
    if not far:
        return []
    doubt = "staffing, and what tickets wait for outside the desk, are the first to doubt"
    return [clean(f"the fitted desk, simulated, is not like its export: {'; '.join(far)}; {doubt}")]


def _likeness_table(alike: Sequence[Likeness]) -> Sheet:
    rows = []
    for one in alike:
        found = [Cell(_value(one, value), number=value) for value in (one.observed, one.simulated)]
        rows.append((clean(one.measure.label), (*found, Cell("not like it" if one.is_far else "like it"))))
    title = "Is the fitted desk like its export? None of this is fitted"
    return Sheet(title, "measure", ("export", "fitted desk, simulated", "reading"), tuple(rows), sorts="names")


def _value(one: Likeness, value: float) -> str:
    return format_value("share" if one.measure.unit == "share" else "minutes", value)


def _measured_table(rows: Sequence[Stated]) -> Sheet:
    found = [
        (row.path, (Cell(row.value), Cell(row.interval or "–"), Cell(row.source)))
        for row in rows
        if row.kind == "measured"
    ]
    title = f"Measured figures{_rest(len(found))}"
    return Sheet(title, "figure", ("value", "90 % interval", "source"), tuple(found[:MOST_ROWS]), sorts="names")


def _rest(rows: int) -> str:
    return f" (the first {MOST_ROWS} of {rows:,}; all are in figures.csv)" if rows > MOST_ROWS else ""


def quality_table(reading: Reading) -> Sheet:
    """Return what became of the rows of an export."""
    rows = [
        (
            clean(row.what),
            (
                Cell(f"{row.rows:,}", number=row.rows), Cell(f"{100 * row.share:.1f}\u00a0%", number=row.share),
                Cell(clean(row.done)),
            ),
        )  # fmt: skip
        for row in reading.quality
        if row.rows
    ]
    checked = len(reading.quality) - len(rows)
    title = f"What became of the rows ({checked} further checks found nothing; they are in quality.csv)"
    return Sheet(title, "what", ("rows", "share", "what was done"), tuple(rows))


def _notes_table(fit: Fit) -> Sheet:
    notes = [finding for finding in fit.findings if finding.level == "note"]
    rows = [(clean(finding.path) or "–", (Cell(clean(finding.text)),)) for finding in notes]
    return Sheet("Notes", "about", ("note",), tuple(rows))


@dataclass(frozen=True)
class Stated:
    """A figure of the ledger as the page shows it."""

    path: str
    value: str
    interval: str
    kind: str
    source: str


def _stated(fit: Fit) -> list[Stated]:
    known = {one.name: in_words(one.figure, one.quantity.unit) for one in figures_of(fit.scenario)}
    rows = []
    for row in assumption_ledger(fit.scenario):
        value, interval = known.get(row.path, (row.value, ""))
        rows.append(Stated(clean(row.path), value, interval, row.kind, clean(row.source) or "nobody says"))
    return rows
