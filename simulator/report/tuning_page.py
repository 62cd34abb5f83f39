"""The page of a tuning, and its charts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator import __version__
from simulator.metrics.registry import BY_NAME
from simulator.report import theme, tuning_certainty, tuning_charts, tuning_words
from simulator.report.study_frame import Drawn, Page, Table
from simulator.report.tables import SHORT_TITLES, Cell
from simulator.report.words import clean, margin
from simulator.studies.results import Replications
from simulator.studies.tuning.static_rule import lattice_place
from simulator.studies.tuning.study import STATIC, Tuning
from simulator.studies.tuning.tables import (
    RECOMMENDED,
    SNIPPET,
    manifest,
    range_of,
    shown_kpis,
    snippet,
    sure_words,
)

SHOWN = 7
"""KPIs that a table of the page shows."""


def page_of(found: Tuning) -> Page:
    """Put together what a tuning has to say."""
    kpis = shown_kpis(found.space.live, found)[:SHOWN]
    return Page(
        kicker="ticketflow tune",
        name=clean(found.space.scenario.name),
        question="Which confidence thresholds should we start with?",
        answer=tuning_words.answer(found),
        sentences=tuning_words.sentences(found),
        how_sure=tuning_certainty.how_sure(found),
        warnings=tuning_certainty.warnings(found),
        charts=list(charts_of(found)),
        tables=[_thresholds(found), _fresh(found, kpis), _finalists(found, kpis), _paste(found)],
        kpis=kpis,
        made=_made(found),
    )


def charts_of(found: Tuning) -> Iterator[Drawn]:
    """Draw the charts that make sense."""
    for key, build, describe in (
        ("frontier", tuning_charts.frontier, tuning_charts.describe_frontier),
        ("thresholds", tuning_charts.thresholds, tuning_charts.describe_thresholds),
        ("risk", tuning_charts.risk_coverage, tuning_charts.describe_risk),
        ("calibration", tuning_charts.calibration, tuning_charts.describe_calibration),
    ):
        with theme.themed():
            figure = build(found)
        if figure is not None:
            yield Drawn(key, figure, clean(describe(found)))


def _thresholds(found: Tuning) -> Table:
    """Give each threshold with what is as good, the static rule's, and what it means for the intent."""
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
                share = Cell(f"{curve.coverage[at]:.0%}")
                risk = Cell(f"{curve.risk[at]:.1%}" if math.isfinite(curve.risk[at]) else "–")
            alike = len(set(present)) == 1 or space.per_intent
            rows.append((
                clean(f"{kind}: {name if space.per_intent else 'all intents'}"),
                (
                    Cell(f"{chosen[place]:g}"), Cell(between),
                    Cell(f"{present[place]:g}" if alike else f"{min(present):g} to {max(present):g}"),
                    Cell(f"{getattr(priced, kind)[place]:g}"),
                    Cell("–" if static is None else f"{getattr(static, kind)[place]:g}"), share, risk,
                ),
            ))  # fmt: skip
    columns = ("as good", "present", "static at price", "static, no queue", "answered", "wrong")
    first, title = "recommended", "Recommended thresholds"
    if not found.choice.is_feasible:
        first, title = "nearest", "Nearest possible thresholds"
    return Table(title, "Threshold", (first, *columns), tuple(rows))


def _fresh(found: Tuning, kpis: tuple[str, ...]) -> Table:
    rows = tuple(
        (tuning_words.ROLES[role], tuple(_level(study, kpi) for kpi in kpis)) for role, study in found.fresh.items()
    )
    first, count = found.stages["fresh"]
    title = f"On fresh customers (replications {first} to {first + count - 1}), means with 95 % intervals"
    return Table(title, "Setting", _titles(kpis), rows)


def _finalists(found: Tuning, kpis: tuple[str, ...]) -> Table:
    choice = found.choice
    rows = []
    for number, (one, verdict, study) in enumerate(zip(choice.finalists, choice.verdicts, choice.studies, strict=True)):
        name = f"{number + 1}{' (chosen)' if one is choice.winner else ''}: {one.origin}"
        cells = (*(_level(study, kpi) for kpi in kpis), Cell(sure_words(verdict)), Cell(str(len(study))))
        rows.append((name, cells))
    title = "Finalists, on the replications that the choice rests on; their thresholds are in tune.csv"
    return Table(title, "Finalist", (*_titles(kpis), "guard-rails", "replications"), tuple(rows))


def _paste(found: Tuning) -> Table:
    lines = snippet(found).splitlines()
    indented = [line.replace("  ", "\N{NO-BREAK SPACE}" * 2) for line in lines]
    rows = tuple((str(number), (Cell(line),)) for number, line in enumerate(indented, 1))
    title = f"Ready to paste ({SNIPPET}); {RECOMMENDED} is a what-if for `ticketflow compare`"
    return Table(title, "Line", ("YAML",), rows)


def _level(study: Replications, kpi: str) -> Cell:
    found = study.estimate(kpi)
    text = margin(BY_NAME[kpi], found, study.currency) if found.low < found.high else ""
    return Cell(study.written(kpi, found.mean), text)


def _titles(kpis: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(SHORT_TITLES.get(kpi, BY_NAME[kpi].title) for kpi in kpis)


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
