"""The recommendation of a tuning as YAML, in two forms, and how it was made."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.scenario import Scenario
from simulator.scenario.what_ifs import MAX_NAME
from simulator.studies.run.outputs import PACKAGES, fingerprint
from simulator.studies.tune.robustness import Range
from simulator.studies.tune.space import live_changes
from simulator.studies.tune.tuning import Tuning

if TYPE_CHECKING:
    pass

RECOMMENDED, SNIPPET = "recommended.yaml", "recommended_policy.yaml"


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


def range_of(found: Tuning, kind: str, intent: str) -> Range | None:
    """Return the range of an intent's threshold, its own or that for all; None where none was looked for."""
    return next((one for one in found.ranges if one.knob.kind == kind and one.knob.intent in ("", intent)), None)


def shown_kpis(scenario: Scenario, found: Tuning) -> tuple[str, ...]:
    """Return the KPIs that tables show: the objective, the guard-rails', then the usual ones."""
    usual = ("net_value_capacity", "automated_resolution", "wrong_answer", "sla_breach", "csat_gap", "occupancy")
    named = (found.goal.kpi.name, *(target.kpi for target in found.goal.targets), *usual)
    from simulator.metrics.kpis import applicable

    known = set(applicable(scenario))
    return tuple(dict.fromkeys(kpi for kpi in named if kpi in known))


def _given(rules: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in rules.items() if value is not None}
