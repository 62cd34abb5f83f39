"""What a tuning has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from simulator import __version__
from simulator.base.quantities import known
from simulator.base.text import clean, counted
from simulator.metrics.registry import BY_NAME
from simulator.report.finding import Chart, Finding, Page
from simulator.report.table import Field, Row, Said, Table
from simulator.report.tune import charts, sentences
from simulator.report.words import kpi_fields
from simulator.studies.running.results import Replications
from simulator.studies.tune.choice import GuardVerdict
from simulator.studies.tune.recommendation import (
    RECOMMENDED,
    SNIPPET,
    manifest,
    range_of,
    recommended_changes,
    shown_kpis,
    snippet,
    what_if_text,
)  # fmt: skip
from simulator.studies.tune.static_rule import LATTICE, lattice_place
from simulator.studies.tune.tuning import STATIC, Tuning

_SHOWN = 7
"""KPIs that a table of the page shows."""
_VERDICTS = {
    GuardVerdict.KEEPS: "kept", GuardVerdict.UNSURE: "in doubt", GuardVerdict.MISSES: "missed",
    GuardVerdict.VALUELESS: "no value",
}  # fmt: skip
_NAN = float("nan")


def page_of(found: Tuning) -> Page:
    """Put together what a tuning has to say."""
    kpis, described = shown_kpis(found.space.live, found), manifest(found)
    return Page(
        kicker="ticketflow tune",
        scenario=found.space.scenario,
        question="Which confidence thresholds should we start with?",
        answer=sentences.answer(found),
        findings=_findings(found, kpis[:_SHOWN]),
        how_sure=sentences.how_sure(found),
        runs=f"{counted(len(found.candidates), 'setting')}, the figures above of"
        f" {counted(found.stages['fresh'][1], 'fresh replication')}, seed {found.study.seed}",
        baseline="the thresholds of today, and what AI-off gives where a guard-rail says so",
        warnings=sentences.warnings(found),
        kpis=kpis[:_SHOWN],
        made=_made(found, str(described["sha256"])),
        manifest=described,
        more_tables=lambda: [
            _candidates(found, kpis), _frontier(found, kpis), _risk(found), _fresh(found), _calibration(found, kpis)
        ],
        texts={RECOMMENDED: what_if_text(found), SNIPPET: snippet(found)},
    )  # fmt: skip


def document(found: Tuning, page: Page, folder: Path) -> dict[str, Any]:
    """Return the recommendation as plain data."""
    selection = found.choice.selection
    return {
        "scenario": found.space.scenario.name,
        "seed": found.study.seed,
        "out": str(folder),
        "objective": found.goal.kpi.name,
        "guard_rails": [
            {"target": str(target), "kept": target.holds(found.study), **_figures(found.study, target.kpi)}
            for target in found.goal.targets
        ],
        "feasible": found.choice.is_feasible,
        "out_of_reach": [str(target) for target in found.binding] if not found.choice.is_feasible else [],
        "answer": page.answer,
        "answer_thresholds": dict(zip(found.space.answered, found.chosen.answer, strict=True)),
        "route_thresholds": dict(zip(found.space.routed, found.chosen.route, strict=True)),
        "as_good": [
            {"threshold": one.knob.title, "chosen": one.chosen, "low": one.low, "high": one.high}
            for one in found.ranges
        ],
        "changes": recommended_changes(found),
        "confidence": None if selection is None else selection.confidence,
        "indifference": None if selection is None else known(selection.indifference),
        "settings_simulated": len(found.candidates),
        "fresh": {role: _figures(study, found.goal.kpi.name) for role, study in found.fresh.items()},
        "warnings": list(page.warnings),
    }


def _figures(study: Replications, kpi: str) -> dict[str, Any]:
    level = study.estimate(kpi)
    figures = {"mean": level.mean, "ci_low": level.low, "ci_high": level.high}
    return {**{name: known(value) for name, value in figures.items()}, "replications": level.replications}


def _findings(found: Tuning, kpis: tuple[str, ...]) -> list[Finding]:
    def chart(key: str, build: charts.Build) -> Chart:
        return Chart(key, partial(build, found), partial(charts.details, found, key))

    return [
        Finding(chart=chart("frontier", charts.frontier)),
        Finding(chart=chart("thresholds", charts.thresholds), table=_thresholds(found)),
        Finding(chart=chart("risk", charts.tuned_risk_coverage), table=_fresh_levels(found, kpis)),
        Finding(chart=chart("calibration", charts.calibration), table=_finalists(found, kpis)),
        Finding(table=_paste(found)),
        *map(Finding, sentences.sentences(found)),
    ]


def _thresholds(found: Tuning) -> Table:
    """One row per intent and threshold; pages have one row for each threshold that is the same for all intents."""
    fields = [
        Field("intent", "Threshold"), Field("threshold", where="files"),
        Field("chosen", "recommended" if found.choice.is_feasible else "nearest", "level"),
        Field("as_good_from", "as good", "level"), Field("as_good_to", where="files"),
        Field("static_at_price", "static at price", "level"),
        Field("static_queue_ignored", "static, no queue", "level"), Field("as_is", "present", "level"),
        Field("tickets", where="files"),
        *(Field(key, title, "share", where="everywhere" if found.space.per_intent else "files")
          for key, title in (("coverage", "answered"), ("risk", "wrong"))),
    ]  # fmt: skip
    rows: list[Row] = []
    for kind, names in (("answer", found.space.answered), ("route", found.space.routed)):
        rows += [_threshold(found, kind, place, name) for place, name in enumerate(names)]
    routed = len(found.space.answered)
    hidden = () if found.space.per_intent else {*range(len(rows))} - {0, routed}
    title = "Recommended thresholds" if found.choice.is_feasible else "Nearest possible thresholds"
    return Table("thresholds", title, fields, rows, files_only=hidden)


def _threshold(found: Tuning, kind: str, place: int, name: str) -> Row:
    priced, static = found.rule.thresholds(found.prices), found.settings.get(STATIC)
    chosen, present = getattr(found.chosen, kind)[place], getattr(found.space.as_is, kind)
    tied, per_intent = range_of(found, kind, name), found.space.per_intent
    low, high = (_NAN, _NAN) if tied is None else (tied.low, tied.high)
    between = "–" if tied is None else f"{low:g} to {high:g}" if low < high else "no other"
    differ = not per_intent and len(set(present)) > 1
    tickets = coverage = risk = _NAN
    if kind == "answer":
        curve, at = next(curve for curve in found.rule.curves if curve.intent == name), lattice_place(chosen)
        tickets, coverage, risk = round(curve.tickets, 2), curve.coverage[at], curve.risk[at]
    return (
        Said(name, f"{kind}: {name if per_intent else 'all intents'}"), f"{kind}_threshold", chosen,
        Said(low, between), high, getattr(priced, kind)[place],
        _NAN if static is None else getattr(static, kind)[place],
        Said(present[place], f"{min(present):g} to {max(present):g}") if differ else present[place],
        tickets, coverage, risk,
    )  # fmt: skip


def _fresh_levels(found: Tuning, kpis: tuple[str, ...]) -> Table:
    rows: list[Row] = [(sentences.ROLES[role], *map(study.estimate, kpis)) for role, study in found.fresh.items()]
    first, count = found.stages["fresh"]
    title = f"On fresh customers (replications {first} to {first + count - 1}), means with 95 % intervals"
    return Table("", title, [Field("setting", "Setting"), *kpi_fields(kpis)], rows, found.study.currency)


def _finalists(found: Tuning, kpis: tuple[str, ...]) -> Table:
    choice = found.choice
    rows: list[Row] = [
        (f"{number}{' (chosen)' if one is choice.winner else ''}: {one.origin}", *map(study.estimate, kpis),
         _VERDICTS[verdict], len(study))
        for number, (one, verdict, study) in enumerate(
            zip(choice.finalists, choice.verdicts, choice.studies, strict=True), 1
        )
    ]  # fmt: skip
    title = "Finalists, on the replications that the choice rests on; their thresholds are in tune.csv"
    fields = [Field("finalist", "Finalist"), *kpi_fields(kpis), Field("guard_rails", "guard-rails"),
              Field("replications", "replications", "count")]  # fmt: skip
    return Table("", title, fields, rows, found.study.currency)


def _paste(found: Tuning) -> Table:
    lines = [line.replace("  ", "\N{NO-BREAK SPACE}" * 2) for line in snippet(found).splitlines()]
    title = f"Ready to paste ({SNIPPET}); {RECOMMENDED} is a what-if for `ticketflow compare`"
    rows = [(str(number), line) for number, line in enumerate(lines, 1)]
    return Table("", title, [Field("line", "Line"), Field("yaml", "YAML")], rows, is_sorted=False)


# -- tables that only files hold -------------------------------------------------------------------------------------


def _candidates(found: Tuning, kpis: tuple[str, ...]) -> Table:
    """One row per setting that the search simulated: thresholds, origin, replications, mean KPIs, finalist."""
    verdicts = dict(zip((one.name for one in found.choice.finalists), found.choice.verdicts, strict=True))
    rows = []
    for one in found.candidates:
        prices = (_NAN, _NAN) if one.prices is None else (one.prices.minute, one.prices.wrong)
        role = "chosen" if one.setting == found.chosen else str(verdicts.get(one.name, ""))
        rows.append((one.origin, *one.setting.thresholds, *prices, len(one.study), *_means(one.study, kpis),
                     _keeps(found, one.study), role))  # fmt: skip
    names = ["origin", *_threshold_names(found), "minute_price", "wrong_price", "replications", *kpis]
    return _file("tune", [*names, "keeps_guard_rails", "finalist"], rows)


def _frontier(found: Tuning, kpis: tuple[str, ...]) -> Table:
    """The static optima along both prices, with the KPIs that the search found for them."""
    rows = [
        (one.prices.minute, one.prices.wrong, one.setting.name, *_means(one.study, kpis), _keeps(found, one.study),
         len(one.study))
        for one in found.candidates if one.prices is not None
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[1], row[0]))
    return _file("frontier", ["minute_price", "wrong_price", "setting", *kpis, "keeps_guard_rails", "replications"],
                 rows)  # fmt: skip


def _risk(found: Tuning) -> Table:
    """Coverage and risk of each tuned intent at each threshold."""
    rows = [
        (curve.intent, float(threshold), float(curve.coverage[place]), float(curve.risk[place]))
        for curve in found.rule.curves
        for place, threshold in enumerate(LATTICE)
    ]
    return _file("risk_coverage", ["intent", "answer_threshold", "coverage", "risk"], rows)


def _fresh(found: Tuning) -> Table:
    """One row per setting and KPI from fresh replications: the choice and those it is compared with."""
    rows = []
    for role, study in found.fresh.items():
        for kpi in study.kpi_names:
            level, gap = study.estimate(kpi), found.gap(role, kpi)
            figures = (level.mean, level.low, level.high, gap.mean, gap.low, gap.high)
            rows.append((role, found.settings[role].name, kpi, BY_NAME[kpi].unit, *figures, level.replications))
    names = ["setting", "thresholds", "kpi", "unit", "mean", "ci_low", "ci_high"]
    return _file("fresh", [*names, "chosen_minus_it", "difference_low", "difference_high", "replications"], rows)


def _calibration(found: Tuning, kpis: tuple[str, ...]) -> Table:
    """For each calibration error, what the choice and the thresholds moved along with it come to."""
    rows = [
        (shift.log_odds, role, setting.name, *_means(study, kpis), _keeps(found, study), len(study))
        for shift in found.shifts
        for role, setting, study in (("chosen", found.chosen, shift.chosen), ("moved", shift.setting, shift.moved))
    ]
    return _file("calibration", ["log_odds", "thresholds", "setting", *kpis, "keeps_guard_rails", "replications"], rows)


def _file(name: str, columns: list[str], rows: list[Any]) -> Table:
    return Table(name, "", [Field(column) for column in columns], rows)


def _means(study: Replications, kpis: tuple[str, ...]) -> Iterator[float]:
    return (study.estimate(kpi).mean for kpi in kpis)


def _keeps(found: Tuning, study: Replications) -> str:
    return "yes" if found.goal.violation(study) == 0 else "no"


def _threshold_names(found: Tuning) -> Iterator[str]:
    yield from (f"answer_{name}" for name in found.space.answered)
    yield from (f"route_{name}" for name in found.space.routed)


def _made(found: Tuning, sha256: str) -> dict[str, str]:
    stages = {
        f"Replications of the {stage}": f"{number} from number {first}" if stage != "choice"
        else f"up to {number} from number {first}"
        for stage, (first, number) in found.stages.items()
    }  # fmt: skip
    return {
        "Scenario": clean(found.space.scenario.name),
        "Objective": found.goal.kpi.name,
        "Guard-rails": ", ".join(map(str, found.goal.targets)) or "none",
        "Settings": f"{len(found.candidates):,}",
        **stages,
        "Seed": str(found.study.seed),
        "Engine": found.study.engine,
        "ticketflow": __version__,
        "SHA-256 of the inputs": sha256,
    }
