"""What tuning writes: tables as CSV, the recommendation as YAML in two forms, and a manifest."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import __version__
from simulator.metrics.registry import BY_NAME
from simulator.scenario.model import Scenario
from simulator.scenario.what_ifs import MAX_NAME
from simulator.studies.run.outputs import PACKAGES, fingerprint, write_csv
from simulator.studies.tune.choice import Verdict
from simulator.studies.tune.robustness import Range
from simulator.studies.tune.space import Setting, live_changes
from simulator.studies.tune.static_rule import LATTICE, lattice_place
from simulator.studies.tune.tuning import STATIC, Tuning

if TYPE_CHECKING:
    import pandas as pd

RECOMMENDED, SNIPPET = "recommended.yaml", "recommended_policy.yaml"


def write_tables(found: Tuning, folder: Path) -> None:
    """Write all tables, both YAML files and manifest.json."""
    write_csv(candidate_table(found), folder / "tune.csv")
    write_csv(threshold_table(found), folder / "thresholds.csv")
    write_csv(frontier_table(found), folder / "frontier.csv")
    write_csv(risk_table(found), folder / "risk_coverage.csv")
    write_csv(fresh_table(found), folder / "fresh.csv")
    write_csv(calibration_table(found), folder / "calibration.csv")
    (folder / RECOMMENDED).write_text(what_if_text(found), encoding="utf-8")
    (folder / SNIPPET).write_text(snippet(found), encoding="utf-8")
    text = json.dumps(manifest(found), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def candidate_table(found: Tuning) -> pd.DataFrame:
    """Return one row per setting that the search simulated: thresholds, origin, replications, mean KPIs, finalist."""
    import pandas as pd

    kpis = _kpis(found)
    verdicts = dict(zip((one.name for one in found.choice.finalists), found.choice.verdicts, strict=True))
    rows = []
    for one in found.candidates:
        prices = (np.nan, np.nan) if one.prices is None else (one.prices.minute, one.prices.wrong)
        means = [one.study.estimate(kpi).mean for kpi in kpis]
        holds = "yes" if found.goal.violation(one.study) == 0 else "no"
        role = "chosen" if one.setting == found.chosen else str(verdicts.get(one.name, ""))
        rows.append((one.origin, *one.setting.thresholds, *prices, len(one.study), *means, holds, role))
    names = _threshold_names(found)
    columns = ["origin", *names, "minute_price", "wrong_price", "replications", *kpis, "keeps_guard_rails", "finalist"]
    return pd.DataFrame(rows, columns=columns)


def threshold_table(found: Tuning) -> pd.DataFrame:
    """Return one row per intent: thresholds chosen, tied ranges, the static rule's, present ones, coverage and risk."""
    import pandas as pd

    priced, static = found.rule.thresholds(found.prices), found.settings.get(STATIC)
    curves = {curve.intent: curve for curve in found.rule.curves}
    rows = []
    for kind, names, pick in (
        ("answer", found.space.answered, _answer), ("route", found.space.routed, _route),
    ):  # fmt: skip
        for place, name in enumerate(names):
            chosen = pick(found.chosen)[place]
            tied = range_of(found, kind, name)
            low, high = (np.nan, np.nan) if tied is None else (tied.low, tied.high)
            here = curves[name] if kind == "answer" else None
            at = lattice_place(chosen)
            rows.append((
                name, f"{kind}_threshold", chosen, low, high, pick(priced)[place],
                np.nan if static is None else pick(static)[place], pick(found.space.as_is)[place],
                np.nan if here is None else round(here.tickets, 2), np.nan if here is None else here.coverage[at],
                np.nan if here is None else here.risk[at],
            ))  # fmt: skip
    columns = ["intent", "threshold", "chosen", "as_good_from", "as_good_to", "static_at_price", "static_queue_ignored"]
    return pd.DataFrame(rows, columns=[*columns, "as_is", "tickets", "coverage", "risk"])


def frontier_table(found: Tuning) -> pd.DataFrame:
    """Return the static optima along both prices, with the KPIs that the search found for them."""
    import pandas as pd

    kpis = _kpis(found)
    rows = [
        (one.prices.minute, one.prices.wrong, one.setting.name, *(one.study.estimate(kpi).mean for kpi in kpis),
         "yes" if found.goal.violation(one.study) == 0 else "no", len(one.study))
        for one in found.candidates if one.prices is not None
    ]  # fmt: skip
    columns = ["minute_price", "wrong_price", "setting", *kpis, "keeps_guard_rails", "replications"]
    return pd.DataFrame(rows, columns=columns).sort_values(["wrong_price", "minute_price"])


def risk_table(found: Tuning) -> pd.DataFrame:
    """Return coverage and risk of each tuned intent at each threshold."""
    import pandas as pd

    rows = [
        (curve.intent, float(threshold), float(curve.coverage[place]), float(curve.risk[place]))
        for curve in found.rule.curves
        for place, threshold in enumerate(LATTICE)
    ]
    return pd.DataFrame(rows, columns=["intent", "answer_threshold", "coverage", "risk"])


def fresh_table(found: Tuning) -> pd.DataFrame:
    """Return one row per setting and KPI from fresh replications: the choice and those it is compared with."""
    import pandas as pd

    rows = []
    for role, study in found.fresh.items():
        for kpi in study.kpi_names:
            level, gap = study.estimate(kpi), found.gap(role, kpi)
            figures = (level.mean, level.low, level.high, gap.mean, gap.low, gap.high)
            rows.append((role, found.settings[role].name, kpi, BY_NAME[kpi].unit, *figures, level.replications))
    columns = ["setting", "thresholds", "kpi", "unit", "mean", "ci_low", "ci_high"]
    columns += ["chosen_minus_it", "difference_low", "difference_high", "replications"]
    return pd.DataFrame(rows, columns=columns)


def calibration_table(found: Tuning) -> pd.DataFrame:
    """Give, for each calibration error, what the choice and the thresholds moved along with it come to."""
    import pandas as pd

    rows = []
    for shift in found.shifts:
        for role, setting, study in (("chosen", found.chosen, shift.chosen), ("moved", shift.setting, shift.moved)):
            means = [study.estimate(kpi).mean for kpi in _kpis(found)]
            holds = "yes" if found.goal.violation(study) == 0 else "no"
            rows.append((shift.log_odds, role, setting.name, *means, holds, len(study)))
    columns = ["log_odds", "thresholds", "setting", *_kpis(found), "keeps_guard_rails", "replications"]
    return pd.DataFrame(rows, columns=columns)


# -- the recommendation as YAML ------------------------------------------------------------------------------------


def recommended_changes(found: Tuning) -> dict[str, Any]:
    """Return what turns the scenario, as it was given, into the recommended desk: paths and values."""
    changes = live_changes(found.space.scenario)
    intents: dict[str, Any] = changes.pop("policy.intents", None) or {}
    for path, value in found.space.changes(found.chosen).items():
        name, _, field = path.removeprefix("policy.intents.").rpartition(".")
        if path.startswith("policy.intents.") and "policy.phases" in changes:
            intents.setdefault(name, {})[field] = value
        else:
            changes[path] = value
    intents = {name: _given(rules) for name, rules in intents.items() if _given(rules)}
    phases = {"policy.phases": changes.pop("policy.phases")} if "policy.phases" in changes else {}
    return {**changes, **({"policy.intents": intents} if phases else {}), **phases}


def what_if_text(found: Tuning) -> str:
    """Write the recommendation as a what-if that `ticketflow compare SCENARIO --variant FILE` takes."""
    name = f"tuned {found.space.scenario.name}"[:MAX_NAME].rstrip()
    told = "Recommended" if found.choice.is_feasible else "Nearest possible"
    lines = [
        f"name: {json.dumps(name, ensure_ascii=False)}",
        f"scenario: {json.dumps(found.space.scenario.name, ensure_ascii=False)}",
        f"description: {told} thresholds, in force in all weeks; {len(found.study)} fresh replications.",
        "changes:",
        *(f"  {json.dumps(path)}: {json.dumps(value)}" for path, value in recommended_changes(found).items()),
        f"source: ticketflow tune, seed {found.study.seed}",
    ]
    return "\n".join(lines) + "\n"


def snippet(found: Tuning) -> str:
    """Write the thresholds as a `policy` section, or part of a phase, ready to paste."""
    chosen, lines = found.chosen, ["policy:"]
    for field, values in (("answer_threshold", chosen.answer), ("route_threshold", chosen.route)):
        if values and len(set(values)) == 1:
            lines.append(f"  {field}: {values[0]:g}")
    own: dict[str, list[str]] = {}
    for field, names, values in (
        ("answer_threshold", found.space.answered, chosen.answer),
        ("route_threshold", found.space.routed, chosen.route),
    ):
        if len(set(values)) > 1:
            for name, value in zip(names, values, strict=True):
                own.setdefault(name, []).append(f"{field}: {value:g}")
    if own:
        lines.append("  intents:")
        lines += [f"    {name}: {{{', '.join(rules)}}}" for name, rules in own.items()]
    return "\n".join(lines) + "\n"


def manifest(found: Tuning) -> dict[str, Any]:
    """Describe how the recommendation was made."""
    selection = found.choice.selection
    inputs = {
        "scenario": found.space.scenario.model_dump(mode="json"),
        "objective": found.goal.kpi.name,
        "guard_rails": [str(target) for target in found.goal.targets],
        "per_intent": found.space.per_intent,
        "calibration_error": found.calibration_error,
        "seed": found.study.seed,
        "replications": {stage: {"first": first, "number": number} for stage, (first, number) in found.stages.items()},
        "ticketflow": __version__,
    }
    return {
        **inputs,
        "sha256": fingerprint(inputs),
        "engine": found.study.engine,
        "csat_anchor": found.study.anchor,
        "settings_simulated": len(found.candidates),
        "confidence": None if selection is None else selection.confidence,
        "indifference": None if selection is None else selection.indifference,
        "versions": {
            "python": platform.python_version(), **{name: version(name) for name in (*PACKAGES, "optuna")}
        },
    }  # fmt: skip


# -- helpers ---------------------------------------------------------------------------------------------------------


def range_of(found: Tuning, kind: str, intent: str) -> Range | None:
    """Return the range of an intent's threshold, its own or that for all; None where none was looked for."""
    return next((one for one in found.ranges if one.knob.kind == kind and one.knob.intent in ("", intent)), None)


def sure_words(verdict: Verdict) -> str:
    """Write a verdict as tables show it."""
    words = {Verdict.KEEPS: "kept", Verdict.UNSURE: "in doubt", Verdict.MISSES: "missed", Verdict.VALUELESS: "no value"}
    return words[verdict]


def shown_kpis(scenario: Scenario, found: Tuning) -> tuple[str, ...]:
    """Return the KPIs that tables show: the objective, the guard-rails', then the usual ones."""
    usual = ("net_value_capacity", "automated_resolution", "wrong_answer", "sla_breach", "csat_gap", "occupancy")
    named = (found.goal.kpi.name, *(target.kpi for target in found.goal.targets), *usual)
    from simulator.metrics.kpis import applicable

    known = set(applicable(scenario))
    return tuple(dict.fromkeys(kpi for kpi in named if kpi in known))


def _kpis(found: Tuning) -> tuple[str, ...]:
    return shown_kpis(found.space.live, found)


def _threshold_names(found: Tuning) -> Iterator[str]:
    yield from (f"answer_{name}" for name in found.space.answered)
    yield from (f"route_{name}" for name in found.space.routed)


def _answer(setting: Setting) -> tuple[float, ...]:
    return setting.answer


def _route(setting: Setting) -> tuple[float, ...]:
    return setting.route


def _given(rules: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in rules.items() if value is not None}
