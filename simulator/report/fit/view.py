"""What a fit has to tell: what was measured, what nobody has said, what was wrong with the data, and charts of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.text import clean, counted, short
from simulator.base.units import MISSING, format_value, with_interval
from simulator.calibration.fit.ai import AiEvidence
from simulator.calibration.fit.scenario_text import in_words
from simulator.report.assumptions import NOBODY, OWED
from simulator.report.finding import Finding, Page
from simulator.report.fit import ai_charts, demand_charts, work_charts
from simulator.report.render.json import records
from simulator.report.table import Field, Row, Said, Table
from simulator.scenario import LedgerRow, assumption_ledger, figures_of

if TYPE_CHECKING:
    from simulator.calibration.exports.reading import Reading
    from simulator.calibration.fit.fitting import Fit
    from simulator.calibration.fit_check import Likeness

MOST_ROWS = 200
_SEVERAL = 3
"""Assumed figures of one section from which they share a row."""
_NAMED = re.compile(r"^(ai\.intents|intents|channels|tiers|teams)\.[^.]+")
"""Where a path names one of several things alike."""


def fit_page(
    fit: Fit, reading: Reading, file: Path, alike: Sequence[Likeness], manifest: Mapping[str, Any] | None = None
) -> Page:
    """Put together what a fit has to say, with how its export was read and whether the desk is like it."""
    tables = _likeness(alike), quality(reading), _notes(fit)
    page, export = page_of(fit, [Finding(table=table) for table in tables]), fit.export
    return replace(
        page,
        warnings=[*_unlike(alike), *page.warnings],
        made={
            "Scenario file": clean(file.name),
            "Days": f"{export.first_day} to {export.last_day} ({export.zone})",
            "Columns": clean(", ".join(f"{field} = {column}" for field, column in reading.columns.items())),
            "ticketflow": __version__,
        },
        manifest=manifest or {},
    )


def page_of(fit: Fit, more: Sequence[Finding] = ()) -> Page:
    """Put together what a fit says by itself; `more` follows the assumed figures."""
    rows = _stated(fit)
    return Page(
        kicker="ticketflow fit",
        scenario=fit.scenario,
        question="What do the exports say about this desk, and what do they leave open?",
        answer=_answer(fit, rows),
        findings=[
            Finding(_desk(fit)),
            Finding(_owed_sentence(rows), table=_owed(rows)),
            *more,
            Finding(table=_figures(rows)),
            *(Finding(chart=chart) for chart in demand_charts.charts(fit.evidence)),
            *(Finding(chart=chart) for chart in work_charts.charts(fit.evidence)),
            *(Finding(chart=chart) for one in fit.evidence if isinstance(one, AiEvidence)
              for chart in ai_charts.charts(one)),
        ],
        how_sure=(
            "Ranges are 90 % intervals from the tickets behind each figure; they hold if the desk goes on as it was. "
            "They say nothing about figures that no export holds: those are listed as assumed, and are yours to own. "
            "`ticketflow backtest` tells how far a fitted desk forecasts weeks that it has not seen."
        ),
        runs=f"{counted(len(fit.export), 'ticket')} of {counted(fit.export.days, 'day')}",
        baseline="the export itself: the fitted desk is simulated and its figures laid beside those of the export",
        warnings=[clean(f"{one.path}: {one.text}" if one.path else one.text) for one in fit.findings
                  if one.level == "warning"],
    )  # fmt: skip


def document(fit: Fit, page: Page, folder: Path, file: Path) -> dict[str, Any]:
    """Return the fit as plain data."""
    return {
        "scenario": fit.scenario.name,
        "file": str(file),
        "out": str(folder),
        "tickets": len(fit.export),
        "first_day": fit.export.first_day.isoformat(),
        "last_day": fit.export.last_day.isoformat(),
        "answer": page.answer,
        "how_sure": page.how_sure,
        "warnings": list(page.warnings),
        "findings": records(page.table("findings")),
        "figures": records(page.table("figures")),
    }


# -- in words ---------------------------------------------------------------------------------------------------------


def _answer(fit: Fit, rows: Sequence[_Stated]) -> str:
    per_week, growth = fit.scenario.arrivals.per_week, float(fit.scenario.arrivals.weekly_growth)
    assert per_week is not None
    nothing = float("nan")
    low, high = (nothing if end is None else end for end in (per_week.low, per_week.high))
    trend = f" after a trend of {growth:+.1%} a week" if growth else ""
    return (
        f"{len(fit.export):,} tickets of {fit.export.days:,} days make a desk of "
        f"{with_interval('count', float(per_week), low, high)} tickets a week{trend}; "
        f"{sum(row.kind == 'measured' for row in rows):,} of its figures are measured, "
        f"{sum(row.kind in OWED for row in rows):,} are assumed."
    )


def _desk(fit: Fit) -> str:
    what = "one kind of ticket" if len(fit.scenario.intents) == 1 else f"{len(fit.scenario.intents)} kinds of tickets"
    teams = ", ".join(short(name) for name in fit.scenario.teams)
    return f"The desk has {what}, and the team{'s' if len(fit.scenario.teams) > 1 else ''} {teams}."


def _owed_sentence(rows: Sequence[_Stated]) -> str:
    has_any = any(row.kind in OWED for row in rows)
    return "Look through the assumed figures before you believe what they decide." if has_any else ""


def _unlike(alike: Sequence[Likeness]) -> list[str]:
    """Say where the fitted desk is not like its export."""
    far = [
        "{} {} (export: {})".format(
            one.measure.label, *(format_value(one.measure.unit, value) for value in (one.simulated, one.observed))
        )
        for one in alike
        if one.is_far
    ]
    if not far:
        return []
    doubt = "staffing, and what tickets wait for outside the desk, are the first to doubt"
    return [clean(f"the fitted desk, simulated, is not like its export: {'; '.join(far)}; {doubt}")]


# -- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stated:
    """A row of the ledger, with its figure as pages write it."""

    row: LedgerRow
    value: str
    interval: str = ""

    @property
    def kind(self) -> str:
        return self.row.kind

    @property
    def source(self) -> str:
        return clean(self.row.source) or NOBODY


def _stated(fit: Fit) -> list[_Stated]:
    known = {one.name: in_words(one.figure, one.quantity.unit) for one in figures_of(fit.scenario)}
    return [_Stated(row, *known.get(row.path, (row.value,))) for row in assumption_ledger(fit.scenario)]


def _figures(rows: Sequence[_Stated]) -> Table:
    """Return every figure with its source; pages show those that were measured."""
    fields = [
        Field("path", "figure"), Field("value", "value"), Field("interval", "90 % interval", where="pages"),
        Field("uncertain", where="files"), Field("source", "source"), Field("kind", where="files"),
    ]  # fmt: skip
    told = [
        (one.row.path, Said(one.row.value, one.value), one.interval or MISSING, one.row.uncertain,
         Said(one.row.source, one.source), one.kind)
        for one in rows
    ]  # fmt: skip
    others = [place for place, one in enumerate(rows) if one.kind != "measured"]
    return Table("figures", "Measured figures", fields, told, most=MOST_ROWS, files_only=others)


def _owed(rows: Sequence[_Stated]) -> Table:
    """Return the assumed figures, those in one row that stand for the same thing."""
    fields = [Field("path", "figure"), Field("value", "value"), Field("source", "source")]
    title, more = "Assumed figures: yours to own", "one by one in figures.csv"
    return Table("", title, fields, list(_in_short(rows)), in_files=more)


def _in_short(rows: Sequence[_Stated]) -> Iterator[Row]:
    """Put assumed figures together that stand for the same thing: of all intents or channels, or of one section."""
    alike: dict[tuple[str, str], list[_Stated]] = {}
    for one in rows:
        if one.kind in OWED:
            alike.setdefault((_NAMED.sub(r"\1.*", clean(one.row.path)), one.source), []).append(one)
    sections = Counter((path.rpartition(".")[0], source) for path, source in alike)
    seen: set[tuple[str, str]] = set()
    for (path, source), same in alike.items():
        section = path.rpartition(".")[0], source
        if sections[section] < _SEVERAL or not section[0]:
            values = list(dict.fromkeys(one.value for one in same))
            yield path, values[0] if len(values) == 1 else f"{len(same)} figures", source
        elif section not in seen:
            seen.add(section)
            yield f"{section[0]}.*", f"{sections[section]} figures", source


def _likeness(alike: Sequence[Likeness]) -> Table:
    fields = [
        Field("measure", "measure"), Field("unit", where="files"), Field("observed", "export", "by row"),
        Field("simulated", "fitted desk, simulated", "by row"), Field("reading", "reading"),
    ]  # fmt: skip
    rows = [
        (one.measure.label, one.measure.unit, one.observed, one.simulated, "not like it" if one.is_far else "like it")
        for one in alike
    ]
    return Table("", "Is the fitted desk like its export? None of this is fitted", fields, rows)


def quality(reading: Reading) -> Table:
    """Return what became of the rows of an export; pages show what was found."""
    fields = [
        Field("what", "what"), Field("rows", "rows", "count"), Field("share", "share", "share"),
        Field("done", "what was done"), Field("left_out", where="files"), Field("is_wrong", where="files"),
    ]  # fmt: skip
    rows = [tuple(vars(row).values()) for row in reading.quality]
    nothing = [place for place, row in enumerate(reading.quality) if not row.rows]
    more = f"{len(nothing)} further checks found nothing; they are in quality.csv"
    return Table("quality", "What became of the rows", fields, rows, files_only=nothing, in_files=more)


def _notes(fit: Fit) -> Table:
    """Return all that was found; pages show the notes, as warnings stand above."""
    fields = [Field("level", where="files"), Field("path", "about"), Field("text", "note")]
    rows = [(one.level, Said(one.path, one.path or MISSING), one.text) for one in fit.findings]
    warnings = [place for place, one in enumerate(fit.findings) if one.level != "note"]
    # Without any finding the file has always had no columns.
    return Table("findings", "Notes", fields if rows else [], rows, files_only=warnings)
