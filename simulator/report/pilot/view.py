"""What a projected pilot has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from simulator.base.quantities import known
from simulator.base.stats import Estimate
from simulator.base.text import counted, short
from simulator.base.units import MINUS, Unit, format_value, with_interval
from simulator.metrics.registry import BY_NAME
from simulator.report.finding import Chart, Finding, Page, made_of
from simulator.report.format import margin, signed
from simulator.report.pilot import charts, sentences
from simulator.report.render.csv import frame_of
from simulator.report.table import Field, Row, Said, Table
from simulator.studies.pilot.gates import Judged, Trajectory
from simulator.studies.pilot.production import phases_in
from simulator.studies.pilot.projection import PilotProjection
from simulator.studies.pilot.verdict import VERDICTS, Chances
from simulator.studies.run.outputs import study_manifest

_SIZES = (20, 50, 100, 150, 200, 300, 500, 1000)
"""Sample sizes that pages show beside the planned one; the file holds all."""
_NAN = float("nan")
_UNKNOWN = Estimate(_NAN, _NAN, _NAN, 0)


def page_of(found: PilotProjection, warnings: Sequence[str] = ()) -> Page:
    """Put together what a projection has to say."""
    described = {**study_manifest(found.study, found.variants), "pilot_weeks": found.weeks, "safe": found.safety.level}
    return Page(
        kicker="ticketflow pilot",
        scenario=found.scenario,
        question=sentences.question(found),
        answer=sentences.answer(found),
        findings=_findings(found),
        how_sure=sentences.how_sure(found),
        runs=(
            f"{counted(len(found.study), 'simulated pilot')} of {counted(found.weeks, 'week')}, seed {found.study.seed}"
        ),
        baseline="the pilot's gates, and the same customers in the same weeks without the AI",
        warnings=warnings,
        kpis=tuple(course.name for course in found.courses if course.name in BY_NAME),
        made=made_of(found.study, found.variants),
        manifest=described,
        more_tables=lambda: [_weeks(found)],
    )


def document(found: PilotProjection, page: Page, folder: Path) -> dict[str, Any]:
    """Return the projection as plain data: verdict, safety, gates, weeks and production."""
    safety = found.safety
    graded = safety.by_size[max(safety.by_size)]
    return {
        "answer": page.answer,
        "how_sure": page.how_sure,
        "out": str(folder),
        "warnings": list(page.warnings),
        "scenario": found.scenario.name,
        "seed": found.study.seed,
        "replications": len(found.study),
        "pilot_weeks": found.weeks,
        "phases": {str(week): list(phases_in(found.scenario, week)) for week in range(1, found.weeks + 1)},
        "verdict": {
            "deserved": VERDICTS[safety.judge.deserved],
            "near_a_gate": safety.judge.is_near_a_gate,
            "sample_per_week": safety.sample,
            "sampled": {verdict: safety.chances.of(verdict).mean for verdict in VERDICTS},
            "every_answer_graded": {verdict: graded.of(verdict).mean for verdict in VERDICTS},
            "every_answer_graded_and_customer_heard": {
                verdict: safety.all_graded.of(verdict).mean for verdict in VERDICTS
            },
            "right": safety.chances.right.mean,
            "wanted": safety.level,
            "sample_enough": safety.enough,
            "weeks_enough": safety.weeks_enough,
        },
        "gates": _records(page.table("gates")),
        "weeks": _records(page.table("weeks")),
        "production": None if found.production is None else _records(page.table("production")),
    }


def _records(table: Table) -> list[dict[str, Any]]:
    """Return rows as plain data to the last digit, None for what is unknown."""
    return [
        {str(key): known(value) if isinstance(value, float) else value for key, value in row.items()}
        for row in frame_of(table).to_dict("records")
    ]


def _findings(found: PilotProjection) -> list[Finding]:
    def chart(key: str, build: charts.Build) -> Chart:
        return Chart(key, partial(build, found), partial(charts.details, found, key))

    more = [Finding(table=_observed(found))] if found.sights else []
    return [
        Finding(chart=chart("weeks", charts.weeks), table=_gates(found)),
        Finding(table=_week_by_week(found)),
        Finding(chart=chart("verdict", charts.verdict), table=_verdict(found)),
        Finding(table=_learning(found)),
        *more,
        Finding(chart=chart("production", charts.production), table=_production(found)),
        *map(Finding, sentences.sentences(found)),
    ]


def _gates(found: PilotProjection) -> Table:
    """One row per gate: week 1, the judged week, the bound, and the share of pilots that keep it."""
    fields = [
        Field("gate", "Figure"), *(Field(name, where="files") for name in ("figure", "sign", "bound")),
        Field("week_1", "Week 1"), Field("judged_week", where="files"),
        Field("mean", f"Week {found.weeks}", bounds=("ci_low", "ci_high")), Field("target", "Target", where="pages"),
        Field("met", "Chance to meet it", bounds=("met_ci_low", "met_ci_high")), Field("replications", where="files"),
    ]  # fmt: skip
    title = f"Projected: week 1, week {found.weeks} and the target, means with 95 % intervals"
    # Figures without a gate close the page's table, as in the pilot guide's.
    others: list[Row] = [
        (course.title, None, None, None, _written(found, course, course.estimate(1)), None,
         _written(found, course, course.estimate(found.weeks)), None, None, None)
        for course in found.courses if course.name in ("aht", "csat_survey")
    ]  # fmt: skip
    rows = [_gate(found, judged) for judged in found.gates]
    return Table("gates", title, fields, rows, totals=others, is_sorted=False)


def _gate(found: PilotProjection, judged: Judged) -> Row:
    gate, course, chance = judged.gate, judged.course, judged.chance
    first = course.estimate(1)
    last = _UNKNOWN if judged.week is None else course.estimate(judged.week)
    shown = _written(found, course, course.estimate(judged.week or found.weeks))
    when = "" if judged.week in (None, found.weeks) else f" (week {judged.week})"
    met = "not measured"
    if judged.week is not None:
        met = f"{sentences.percent(chance.mean)} ({100 * chance.low:.0f}–{100 * chance.high:.0f}%)"
    # A week number beside gates that were never measured would be 0, which is none.
    return (
        Said(gate.field, sentences.label(judged)), gate.figure, gate.sign, gate.bound,
        Said(first.mean, _written(found, course, first)), judged.week or 0, Said(last, shown + when), gate.words,
        Said(chance, met), chance.replications,
    )  # fmt: skip


def _written(found: PilotProjection, course: Trajectory, level: Estimate) -> str:
    """Write a weekly figure with its margin."""
    currency = found.study.currency
    return f"{format_value(course.unit, level.mean, currency)} {margin(course.unit, level, currency)}".strip()


def _weeks(found: PilotProjection) -> Table:
    """One row per figure and week: mean with its interval, the 90 % projection band, and what was observed."""
    seen = {(sight.kpi, sight.week): sight.observed for sight in found.sights}
    fields = [
        *(Field(name) for name in ("figure", "unit", "week")), Field("mean", bounds=("ci_low", "ci_high")),
        *(Field(name) for name in ("replications", "band_low", "band_high", "observed")),
    ]  # fmt: skip
    rows: list[Row] = []
    for course in found.courses:
        for week in range(1, course.values.shape[1] + 1):
            level, observed = course.estimate(week), seen.get((course.name, week), _NAN)
            rows.append((course.name, course.unit, week, level, level.replications, *course.band(week), observed))
    return Table("weeks", "", fields, rows)


def _week_by_week(found: PilotProjection) -> Table:
    """Each figure's mean in each week, and the band into which nine of ten pilots fall."""
    weeks = range(1, found.courses[0].values.shape[1] + 1)
    heads = [f"Week {week}{', production' if week > found.weeks else ''}" for week in weeks]
    rows: list[Row] = [
        (course.title, *(_banded(found, course, week) for week in weeks)) for course in found.courses
    ]
    title = "Week by week: means, and the bands into which nine of ten pilots fall"
    fields = [Field("figure", "Figure")]
    fields += [Field(f"week_{week}", head) for week, head in zip(weeks, heads, strict=True)]
    return Table("", title, fields, rows, is_sorted=False)


def _banded(found: PilotProjection, course: Trajectory, week: int) -> Said:
    mean = course.estimate(week).mean
    return Said(mean, with_interval(course.unit, mean, *course.band(week), found.study.currency))


def _verdict(found: PilotProjection) -> Table:
    """The verdict's chances: by sample size, with every answer graded, and for weeks taken together."""
    safety = found.safety
    fields = [
        Field("graded", "Graded"), Field("sample_per_week", where="files"),
        *(Field(verdict, verdict.capitalize()) for verdict in VERDICTS),
        Field("right", "Right", bounds=("right_ci_low", "right_ci_high")), Field("replications", where="files"),
    ]  # fmt: skip
    shown = {*_SIZES, safety.sample, safety.enough, max(safety.by_size)}
    rows: list[Row] = []
    for size, chances in safety.by_size.items():
        name = f"all {size:,}" if size == max(safety.by_size) else f"{size:,}"
        note = " (as planned)" if size == safety.sample else ""
        words = f"{name} answers of week {safety.week}{note}"
        rows.append((Said(f"week {safety.week}", words), size, *_chances(chances)))
    hidden = {place for place, size in enumerate(safety.by_size) if size not in shown}
    every = Said(f"week {safety.week}, every answer and customer", "every answer graded, every customer heard")
    rows.append((every, -1, *_chances(safety.all_graded)))
    for pooled in safety.pooled:
        first, last = pooled.weeks[0], pooled.weeks[-1]
        words = f"{safety.sample} a week of weeks {first} to {last} together"
        rows.append((Said(f"weeks {first}-{last} together", words), safety.sample, *_chances(pooled.chances)))
    title = f"The verdict by what is graded; “{VERDICTS[safety.judge.deserved]}” is deserved"
    return Table("verdict", title, fields, rows, files_only=hidden)


def _chances(chances: Chances) -> Row:
    right = chances.right
    means = (chances.of(verdict).mean for verdict in VERDICTS)
    return (
        *(Said(mean, sentences.percent(mean)) for mean in means),
        Said(right, f"{sentences.percent(right.mean)} {margin('share', right)}".strip()), right.replications,
    )  # fmt: skip


def _learning(found: PilotProjection) -> Table:
    """One row per week: phases, reviews before it, log-odds learned from them, and drift."""
    fields = [
        Field("week", "Week"), Field("phases", "Phase"), Field("reviewed_before", "Reviews before it", "count"),
        Field("learned_log_odds", "Learned, log-odds"), Field("drift_log_odds", "Drift, log-odds"),
    ]  # fmt: skip
    rows: list[Row] = [
        (
            Said(skill.week, f"Week {skill.week}"), Said("; ".join(skill.phases), short(", ".join(skill.phases), 60)),
            skill.reviewed, _log_odds(skill.learned), _log_odds(skill.drift),
        )
        for skill in found.skills
    ]  # fmt: skip
    return Table("learning", "Phases, reviews and the AI's skill (replication 0)", fields, rows)


def _log_odds(value: float) -> Said:
    return Said(value, f"{value:+.2f}".replace("-", MINUS))


def _observed(found: PilotProjection) -> Table:
    """What was observed beside the projection's mean and its 90 % band."""
    rows: list[Row] = []
    for sight in found.sights:
        kpi = BY_NAME.get(sight.kpi)

        def write(value: float, unit: Unit = "share" if kpi is None else kpi.unit) -> str:
            return format_value(unit, value, found.study.currency)

        seen = write(sight.observed)
        if sight.low is not None and sight.high is not None:
            seen += f" ({write(sight.low)} to {write(sight.high)})"
        when = "whole pilot" if sight.week is None else f"week {sight.week}"
        rows.append((
            f"{sight.kpi if kpi is None else kpi.title}, {when}", Said(sight.observed, seen),
            Said(sight.projected, write(sight.projected)), " to ".join(map(write, sight.band)),
            "inside" if sight.is_inside else "outside",
        ))  # fmt: skip
    fields = [
        Field("figure", "Figure"), Field("observed", "Observed"), Field("mean", "Mean"), Field("band", "90 % band"),
        Field("reading", "Reading"),
    ]  # fmt: skip
    return Table("", "Observed figures and the projection", fields, rows, is_sorted=False)


def _production(found: PilotProjection) -> Table | None:
    """One row per figure: the pilot's last week, production's last week, and the difference, paired."""
    if found.production is None:
        return None
    last, currency = found.production.weeks[1], found.study.currency
    gates = {judged.gate.figure: judged for judged in found.production.gates if judged.gate.field != "accuracy_adjust"}
    fields = [Field("figure", "Figure"), Field("unit", where="files")]
    for name, head in (("pilot", f"Pilot, week {found.weeks}"), ("production", f"Production, week {last}")):
        fields += [Field(f"{name}_week", where="files"),
                   Field(f"{name}_mean", head, bounds=(f"{name}_ci_low", f"{name}_ci_high"))]  # fmt: skip
    fields += [
        Field("difference", "Difference", bounds=("difference_ci_low", "difference_ci_high")),
        Field("replications", where="files"), Field("kept", "Gate kept", where="pages"),
    ]  # fmt: skip
    rows: list[Row] = []
    for one in found.production.contrasts:
        course, change, gate = one.course, one.difference, gates.get(one.course.name)
        low, high = (signed(course.unit, bound, currency) for bound in (change.low, change.high))
        words = signed(course.unit, change.mean, currency) + (f" [{low}, {high}]" if change.low < change.high else "")
        kept = "–"
        if gate is not None and gate.week is not None:
            kept = f"{gate.gate.words}: {sentences.percent(gate.chance.mean)}"
        rows.append((
            Said(course.name, course.title), course.unit, found.weeks,
            Said(one.pilot, _written(found, course, one.pilot)), last,
            Said(one.production, _written(found, course, one.production)), Said(change, words),
            change.replications, kept,
        ))  # fmt: skip
    title = "From pilot to production, differences paired by replication"
    return Table("production", title, fields, rows, is_sorted=False)
