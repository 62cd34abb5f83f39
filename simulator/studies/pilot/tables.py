"""A pilot's tables: weeks, gates, verdict by sample size, learning, production; and its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.base.stats import Estimate
from simulator.studies.pilot.gates import Judged
from simulator.studies.pilot.production import phases_in
from simulator.studies.pilot.projection import PilotProjection
from simulator.studies.pilot.verdict import VERDICTS, Chances
from simulator.studies.run.outputs import study_manifest, write_csv

if TYPE_CHECKING:
    import pandas as pd


def write_pilot_tables(found: PilotProjection, folder: Path) -> None:
    """Write weeks.csv, gates.csv, verdict.csv, learning.csv, production.csv (where there is one) and manifest.json."""
    write_csv(week_table(found), folder / "weeks.csv")
    write_csv(gate_table(found), folder / "gates.csv")
    write_csv(verdict_table(found), folder / "verdict.csv")
    write_csv(learning_table(found), folder / "learning.csv")
    if found.production is not None:
        write_csv(production_table(found), folder / "production.csv")
    told = {**study_manifest(found.study, found.variants), "pilot_weeks": found.weeks, "safe": found.safety.level}
    text = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def week_table(found: PilotProjection) -> pd.DataFrame:
    """Return one row per figure and week: mean with its interval, the 90 % projection band, and what was observed."""
    import pandas as pd

    seen = {(sight.kpi, sight.week): sight.observed for sight in found.sights}
    rows = []
    for course in found.courses:
        for week in range(1, course.values.shape[1] + 1):
            mean, (low, high) = course.estimate(week), course.band(week)
            observed = seen.get((course.name, week), float("nan"))
            rows.append((course.name, course.unit, week, *_figures(mean), low, high, observed))
    columns = ["figure", "unit", "week", "mean", "ci_low", "ci_high", "replications", "band_low", "band_high"]
    return pd.DataFrame(rows, columns=[*columns, "observed"])


def gate_table(found: PilotProjection) -> pd.DataFrame:
    """Return one row per gate: week 1, the judged week, the bound, and the share of pilots that keep it."""
    import pandas as pd

    rows = [_gate_row(judged) for judged in found.gates]
    columns = ["gate", "figure", "sign", "bound", "week_1", "judged_week", "mean", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=[*columns, "met", "met_ci_low", "met_ci_high", "replications"])


def _gate_row(judged: Judged) -> tuple[Any, ...]:
    gate, course = judged.gate, judged.course
    missing = (float("nan"),) * 3
    mean = missing if judged.week is None else _figures(course.estimate(judged.week))[:3]
    # A week number beside gates that were never measured would be 0, which is none.
    head = (gate.field, gate.figure, gate.sign, gate.bound, course.estimate(1).mean, judged.week or 0)
    return (*head, *mean, *_figures(judged.chance))


def verdict_table(found: PilotProjection) -> pd.DataFrame:
    """Return the verdict's chances: by sample size, with every answer graded, and for weeks taken together."""
    import pandas as pd

    safety = found.safety
    rows = [(f"week {safety.week}", size, *_chances(chances)) for size, chances in safety.by_size.items()]
    rows.append((f"week {safety.week}, every answer and customer", -1, *_chances(safety.all_graded)))
    rows += [
        (f"weeks {pooled.weeks[0]}-{pooled.weeks[-1]} together", safety.sample, *_chances(pooled.chances))
        for pooled in safety.pooled
    ]
    columns = ["graded", "sample_per_week", *VERDICTS, "right", "right_ci_low", "right_ci_high", "replications"]
    return pd.DataFrame(rows, columns=columns)


def _chances(chances: Chances) -> tuple[Any, ...]:
    return (*(chances.of(verdict).mean for verdict in VERDICTS), *_figures(chances.right))


def learning_table(found: PilotProjection) -> pd.DataFrame:
    """Return one row per week: phases, reviews before it, log-odds learned from them, and drift."""
    import pandas as pd

    rows = [
        (skill.week, "; ".join(skill.phases), skill.reviewed, skill.learned, skill.drift) for skill in found.skills
    ]
    return pd.DataFrame(rows, columns=["week", "phases", "reviewed_before", "learned_log_odds", "drift_log_odds"])


def production_table(found: PilotProjection) -> pd.DataFrame:
    """Return one row per figure: the pilot's last week, production's last week, and the difference, paired."""
    import pandas as pd

    assert found.production is not None
    rows = [
        (
            contrast.course.name, contrast.course.unit, found.weeks, *_figures(contrast.pilot)[:3],
            found.production.weeks[1], *_figures(contrast.production)[:3], *_figures(contrast.difference),
        )
        for contrast in found.production.contrasts
    ]  # fmt: skip
    columns = ["figure", "unit"]
    for when in ("pilot", "production"):
        columns += [f"{when}_week", f"{when}_mean", f"{when}_ci_low", f"{when}_ci_high"]
    return pd.DataFrame(
        rows, columns=[*columns, "difference", "difference_ci_low", "difference_ci_high", "replications"]
    )


def as_json(found: PilotProjection) -> dict[str, Any]:
    """Return the projection as plain data: verdict, safety, gates, weeks and production."""
    safety = found.safety
    graded = safety.by_size[max(safety.by_size)]
    return {
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
        "gates": _records(gate_table(found)),
        "weeks": _records(week_table(found)),
        "production": None if found.production is None else _records(production_table(found)),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain data, None for what is unknown."""
    from simulator.base.quantities import known

    return [
        {str(key): known(value) if isinstance(value, float) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]


def _figures(found: Estimate) -> tuple[float, float, float, int]:
    return found.mean, found.low, found.high, found.replications
