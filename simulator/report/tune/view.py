"""The page of a tuning, and its charts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator import __version__
from simulator.base.text import clean, counted
from simulator.report.finding import Drawn
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.run.tables import level, titles_of
from simulator.report.study_frame import Charts, Page, each_drawn
from simulator.report.tune import charts, sentences
from simulator.report.tune import sentences as tuning_words
from simulator.studies.tune.static_rule import lattice_place
from simulator.studies.tune.tables import RECOMMENDED, SNIPPET, manifest, range_of, shown_kpis, snippet, sure_words
from simulator.studies.tune.tuning import STATIC, Tuning

SHOWN = 7
"""KPIs that a table of the page shows."""


def page_of(found: Tuning) -> Page:
    """Put together what a tuning has to say."""
    kpis = shown_kpis(found.space.live, found)[:SHOWN]
    return Page(
        kicker="ticketflow tune",
        scenario=found.space.scenario,
        question="Which confidence thresholds should we start with?",
        answer=tuning_words.answer(found),
        sentences=tuning_words.sentences(found),
        how_sure=sentences.how_sure(found),
        runs=f"{counted(len(found.candidates), 'setting')}, the figures above of {_number_fresh(found)}",
        baseline="the thresholds of today, and what AI-off gives where a guard-rail says so",
        warnings=sentences.warnings(found),
        charts=Charts(charts_of(found)),
        sheets=[_thresholds(found), _fresh(found, kpis), _finalists(found, kpis), _paste(found)],
        kpis=kpis,
        made=_made(found),
    )


def charts_of(found: Tuning) -> Iterator[Drawn]:
    """Draw the charts that make sense."""
    return each_drawn(found, (
        ("frontier", charts.frontier, charts.describe_frontier),
        ("thresholds", charts.thresholds, charts.describe_thresholds),
        ("risk", charts.tuned_risk_coverage, charts.describe_tuned_risk),
        ("calibration", charts.calibration, charts.describe_calibration),
    ))  # fmt: skip


def _thresholds(found: Tuning) -> Sheet:
    """Return each threshold with what is as good, the static rule's, and what it means for the intent."""
    space, static = found.space, found.settings.get(STATIC)
    priced = found.rule.thresholds(found.prices)
    curves = {curve.intent: curve for curve in found.rule.curves}
    rows = []
    for kind, names in (("answer", space.answered), ("route", space.routed)):
        chosen, present = getattr(found.chosen, kind), getattr(space.as_is, kind)
        for place, name in enumerate(names):
            if not space.per_intent and place:
                break
            tied = range_of(found, kind, name)
            between = "–" if tied is None else f"{tied.low:g} to {tied.high:g}" if tied.low < tied.high else "no other"
            risk = Cell("")
            share = Cell("")
            if kind == "answer" and space.per_intent:
                curve, at = curves[name], lattice_place(chosen[place])
                share = Cell(f"{curve.coverage[at]:.0%}", number=curve.coverage[at])
                risk = Cell(f"{curve.risk[at]:.1%}" if math.isfinite(curve.risk[at]) else "–", number=curve.risk[at])
            alike = len(set(present)) == 1 or space.per_intent
            rows.append((
                clean(f"{kind}: {name if space.per_intent else 'all intents'}"),
                (
                    _threshold(chosen[place]), Cell(between),
                    _threshold(present[place]) if alike else Cell(f"{min(present):g} to {max(present):g}"),
                    _threshold(getattr(priced, kind)[place]),
                    Cell("–") if static is None else _threshold(getattr(static, kind)[place]), share, risk,
                ),
            ))  # fmt: skip
    columns = ("as good", "present", "static at price", "static, no queue", "answered", "wrong")
    first, title = "recommended", "Recommended thresholds"
    if not found.choice.is_feasible:
        first, title = "nearest", "Nearest possible thresholds"
    return Sheet(title, "Threshold", (first, *columns), tuple(rows))


def _threshold(value: float) -> Cell:
    return Cell(f"{value:g}", number=value)


def _number_fresh(found: Tuning) -> str:
    return f"{counted(found.stages['fresh'][1], 'fresh replication')}, seed {found.study.seed}"


def _fresh(found: Tuning, kpis: tuple[str, ...]) -> Sheet:
    rows = tuple(
        (tuning_words.ROLES[role], tuple(level(study, kpi) for kpi in kpis)) for role, study in found.fresh.items()
    )
    first, count = found.stages["fresh"]
    title = f"On fresh customers (replications {first} to {first + count - 1}), means with 95 % intervals"
    return Sheet(title, "Setting", titles_of(kpis), rows)


def _finalists(found: Tuning, kpis: tuple[str, ...]) -> Sheet:
    choice = found.choice
    rows = []
    for number, (one, verdict, study) in enumerate(zip(choice.finalists, choice.verdicts, choice.studies, strict=True)):
        name = f"{number + 1}{' (chosen)' if one is choice.winner else ''}: {one.origin}"
        runs = Cell(str(len(study)), number=len(study))
        rows.append((name, (*(level(study, kpi) for kpi in kpis), Cell(sure_words(verdict)), runs)))
    title = "Finalists, on the replications that the choice rests on; their thresholds are in tune.csv"
    return Sheet(title, "Finalist", (*titles_of(kpis), "guard-rails", "replications"), tuple(rows))


def _paste(found: Tuning) -> Sheet:
    lines = snippet(found).splitlines()
    indented = [line.replace("  ", "\N{NO-BREAK SPACE}" * 2) for line in lines]
    rows = tuple((str(number), (Cell(line),)) for number, line in enumerate(indented, 1))
    title = f"Ready to paste ({SNIPPET}); {RECOMMENDED} is a what-if for `ticketflow compare`"
    return Sheet(title, "Line", ("YAML",), rows, sorts="none")


def _made(found: Tuning) -> dict[str, str]:
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
        "SHA-256 of the inputs": str(manifest(found)["sha256"]),
    }
