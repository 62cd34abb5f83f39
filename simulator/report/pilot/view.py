"""The page of a projected pilot, and its tables as rows of text."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.base.stats import Estimate
from simulator.base.text import counted, short
from simulator.base.units import MINUS, format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.finding import made_of
from simulator.report.pilot import sentences
from simulator.report.pilot.charts import charts_of
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.study_frame import Charts, Page
from simulator.studies.pilot.gates import Judged
from simulator.studies.pilot.projection import PilotProjection
from simulator.studies.pilot.verdict import VERDICTS, Chances
from simulator.studies.pilot.weekly import Trajectory


def pilot_page(found: PilotProjection, warnings: Sequence[str] = ()) -> Page:
    """Lay a projection out as a page."""
    return Page(
        kicker="ticketflow pilot",
        scenario=found.scenario,
        question=sentences.question(found),
        answer=sentences.answer(found),
        sentences=sentences.sentences(found),
        how_sure=sentences.how_sure(found),
        runs=(
            f"{counted(len(found.study), 'simulated pilot')} of {counted(found.weeks, 'week')}, seed {found.study.seed}"
        ),
        baseline="the pilot's gates, and the same customers in the same weeks without the AI",
        warnings=warnings,
        charts=Charts(charts_of(found)),
        sheets=tables_of(found),
        kpis=tuple(course.name for course in found.courses if course.name in BY_NAME),
        made=made_of(found.study, found.variants),
    )


def tables_of(found: PilotProjection) -> tuple[Sheet, ...]:
    """List the tables of a pilot: targets, weeks, verdicts, learning, and what was observed or follows."""
    tables = [_target_table(found), _week_table(found), _verdict_table(found), _learning_table(found)]
    tables += [_sight_table(found)] if found.sights else []
    tables += [_production_table(found)] if found.production is not None else []
    return tuple(tables)


def _target_table(found: PilotProjection) -> Sheet:
    """Return week 1, the last week and the target of every gate, as the pilot guide's table has it."""
    rows = [(_label(judged), _target_cells(found, judged)) for judged in found.gates]
    for name in ("aht", "csat_survey"):
        if any(course.name == name for course in found.courses):
            course = found.course(name)
            cells = (_mean(found, course, 1), _mean(found, course, found.weeks), Cell("–"), Cell("–"))
            rows.append((course.title, cells))
    columns = ("Week 1", f"Week {found.weeks}", "Target", "Chance to meet it")
    title = f"Projected: week 1, week {found.weeks} and the target, means with 95 % intervals"
    return Sheet(title, "Figure", columns, tuple(rows), sorts="names")


def _label(judged: Judged) -> str:
    more = {"accuracy_scale": ", to scale", "accuracy_adjust": ", or overhaul"}
    return judged.course.title + more.get(judged.gate.field, "")


def _target_cells(found: PilotProjection, judged: Judged) -> tuple[Cell, ...]:
    last = _mean(found, judged.course, judged.week or found.weeks)
    if judged.week is not None and judged.week != found.weeks:
        last = Cell(f"{last.value} (week {judged.week})", last.interval)
    chance = judged.chance
    spread = f"({100 * chance.low:.0f}–{100 * chance.high:.0f}%)" if judged.week is not None else ""
    met = Cell(sentences.percent(chance.mean), spread) if judged.week is not None else Cell("not measured")
    return _mean(found, judged.course, 1), last, Cell(judged.gate.words), met


def _mean(found: PilotProjection, course: Trajectory, week: int) -> Cell:
    return _cell(course, course.estimate(week), found.study.currency)


def _cell(course: Trajectory, found: Estimate, currency: str) -> Cell:
    text = ""
    if found.low < found.high:
        half = (found.high - found.low) / 2
        spelled = f"{100 * half:.1f} pts" if course.unit == "share" else format_value(course.unit, half, currency)
        text = f"± {spelled.lstrip('+')}"
    return Cell(format_value(course.unit, found.mean, currency), text, found.mean)


def _week_table(found: PilotProjection) -> Sheet:
    currency = found.study.currency
    weeks = range(1, found.courses[0].values.shape[1] + 1)
    rows = []
    for course in found.courses:
        cells = []
        for week in weeks:
            mean = course.estimate(week).mean
            has_value = mean == mean
            band = sentences.band_words(course, week, currency) if has_value else ""
            cells.append(Cell(format_value(course.unit, mean, currency), band))
        rows.append((course.title, tuple(cells)))
    heads = tuple(f"Week {week}{', production' if week > found.weeks else ''}" for week in weeks)
    title = "Week by week: means, and the bands into which nine of ten pilots fall"
    return Sheet(title, "Figure", heads, tuple(rows), sorts="names")


def _verdict_table(found: PilotProjection) -> Sheet:
    safety = found.safety
    shown = [size for size in (20, 50, safety.sample, 100, 150, 200, 300, 500, 1000) if size in safety.by_size]
    shown += [size for size in (safety.enough, max(safety.by_size)) if size is not None]
    rows = []
    for size in sorted(set(shown)):
        note = " (as planned)" if size == safety.sample else ""
        name = f"all {size:,}" if size == max(safety.by_size) else f"{size:,}"
        rows.append((f"{name} answers of week {safety.week}{note}", _chances(safety.by_size[size])))
    rows.append(("every answer graded, every customer heard", _chances(safety.all_graded)))
    rows += [
        (f"{safety.sample} a week of weeks {pooled.weeks[0]} to {pooled.weeks[-1]} together", _chances(pooled.chances))
        for pooled in safety.pooled
    ]
    title = f"The verdict by what is graded; “{VERDICTS[safety.judge.deserved]}” is deserved"
    return Sheet(title, "Graded", ("Scale", "Adjust", "Overhaul", "Right"), tuple(rows))


def _chances(chances: Chances) -> tuple[Cell, ...]:
    right = chances.right
    spread = f"± {sentences.points(right.half_width)}" if right.low < right.high else ""
    return (
        *(Cell(sentences.percent(mean), number=mean) for mean in (chances.of(verdict).mean for verdict in VERDICTS)),
        Cell(sentences.percent(right.mean), spread, right.mean),
    )


def _learning_table(found: PilotProjection) -> Sheet:
    rows = tuple(
        (
            f"Week {skill.week}",
            (
                Cell(short(", ".join(skill.phases), 60)), Cell(f"{skill.reviewed:,.0f}", number=skill.reviewed),
                Cell(f"{skill.learned:+.2f}", number=skill.learned),
                Cell(f"{skill.drift:+.2f}".replace("-", MINUS), number=skill.drift),
            ),
        )
        for skill in found.skills
    )  # fmt: skip
    columns = ("Phase", "Reviews before it", "Learned, log-odds", "Drift, log-odds")
    return Sheet("Phases, reviews and the AI's skill (replication 0)", "Week", columns, rows)


def _sight_table(found: PilotProjection) -> Sheet:
    rows = []
    for sight in found.sights:
        unit = BY_NAME[sight.kpi].unit if sight.kpi in BY_NAME else "share"
        band = " to ".join(format_value(unit, bound, found.study.currency) for bound in sight.band)
        observed = format_value(unit, sight.observed, found.study.currency)
        published = ""
        if sight.low is not None and sight.high is not None:
            published = " to ".join(format_value(unit, bound) for bound in (sight.low, sight.high))
        when = "whole pilot" if sight.week is None else f"week {sight.week}"
        title = BY_NAME[sight.kpi].title if sight.kpi in BY_NAME else sight.kpi
        cells = (
            Cell(observed, published), Cell(format_value(unit, sight.projected, found.study.currency)), Cell(band),
            Cell("inside" if sight.is_inside else "outside"),
        )  # fmt: skip
        rows.append((f"{title}, {when}", cells))
    columns = ("Observed", "Mean", "90 % band", "Reading")
    return Sheet("Observed figures and the projection", "Figure", columns, tuple(rows), sorts="names")


def _production_table(found: PilotProjection) -> Sheet:
    assert found.production is not None
    currency = found.study.currency
    met = {judged.gate.figure: judged for judged in found.production.gates if judged.gate.field != "accuracy_adjust"}
    rows = []
    for contrast in found.production.contrasts:
        course, gate = contrast.course, met.get(contrast.course.name)
        kept = Cell("–")
        if gate is not None and gate.week is not None:
            kept = Cell(f"{gate.gate.words}: {sentences.percent(gate.chance.mean)}")
        cells = (
            _cell(course, contrast.pilot, currency), _cell(course, contrast.production, currency),
            _difference(course, contrast.difference, currency), kept,
        )  # fmt: skip
        rows.append((course.title, cells))
    columns = (f"Pilot, week {found.weeks}", f"Production, week {found.production.weeks[1]}", "Difference", "Gate kept")
    title = "From pilot to production, differences paired by replication"
    return Sheet(title, "Figure", columns, tuple(rows), sorts="names")


def _difference(course: Trajectory, change: Estimate, currency: str) -> Cell:
    unit = "points" if course.unit == "share" else course.unit
    factor = 100 if course.unit == "share" else 1
    value, low, high = (
        format_value(unit, factor * number, currency) for number in (change.mean, change.low, change.high)
    )
    return Cell(value, f"{low} to {high}" if change.low < change.high else "")
