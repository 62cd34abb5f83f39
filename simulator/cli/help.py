"""Each command in a line, with examples, as its help shows them; and what a shell completes after Tab.

Completion offers names only, from lists that exist without simulating anything. Where a file may be given as well,
files that fit are offered with the names, because a shell that gets a list from us offers no files of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import get_args

from simulator.base.shipped import shipped_scenarios, shipped_what_ifs

SUMMARIES = {
    "run": "Simulate a desk: KPIs with intervals, charts, report.",
    "sweep": "Vary inputs over ranges: curves, heat maps, Pareto front.",
    "compare": "Compare what-ifs on the same customers, with how sure.",
    "tune": "Recommend confidence thresholds.",
    "staff": "Find the least-cost head-count that meets targets.",
    "roi": "Make the business case: ROI, payback, cash flow.",
    "pilot": "Project a pilot week by week against its gates.",
    "app": "Open the web page: sliders, and what they change.",
    "fit": "Measure a scenario on what your help desk exports.",
    "backtest": "Hold a forecast against weeks that happened.",
    "check": "Validate a scenario, and warn before simulating.",
    "new": "Write a commented starter scenario.",
    "schema": "Print the JSON Schema of scenario files.",
    "scenarios": "List the shipped scenarios and what-ifs.",
    "kpis": "List every KPI with its unit and definition.",
}
"""One line of the main help per command."""
EXAMPLES = {
    "": (
        "ticketflow run saas_pilot",
        "ticketflow app saas_pilot",
        "ticketflow compare saas_pilot --variant two_evening_agents",
        "ticketflow new my_desk && ticketflow check my_desk.yaml",
    ),
    "run": (
        "ticketflow run saas_pilot",
        "ticketflow run saas_pilot --precision 2% --out results/precise",
        "ticketflow run my_desk.yaml --set weeks=2 -n 20 --json > kpis.json",
    ),
    "sweep": (
        'ticketflow sweep saas_pilot --vary "policy.phases[3].answer_threshold=0.7:0.9:0.1"',
        'ticketflow sweep outerwear --vary "arrivals.per_week=800,1000,1200" -n 20',
    ),
    "compare": (
        "ticketflow compare saas_pilot --variant two_evening_agents",
        'ticketflow compare saas_pilot --variant "low:policy.phases[3].answer_threshold=0.8"',
        'ticketflow compare saas_pilot --variant "both:two_evening_agents,answer_from_080"',
    ),
    "tune": (
        'ticketflow tune saas_pilot --subject-to "sla_breach<=1.5%"',
        "ticketflow tune saas_pilot --per-intent --objective cost_total",
    ),
    "staff": (
        'ticketflow staff outerwear --target "sla_breach<=5%"',
        'ticketflow staff saas_pilot --target "sla_breach<=5%" --max-occupancy 85%',
    ),
    "roi": (
        "ticketflow roi saas_pilot --draws 1000",
        "ticketflow roi outerwear --assume 20% --json > roi.json",
    ),
    "pilot": (
        "ticketflow pilot saas_pilot",
        "ticketflow pilot pilot_to_production --safe 95% -n 200",
    ),
    "app": (
        "ticketflow app saas_pilot",
        "ticketflow app my_desk.yaml --port 8600 --no-browser",
    ),
    "fit": (
        "ticketflow fit tickets.csv --timezone Europe/London --out desk.yaml",
        'ticketflow fit calls.csv --map "created_at=Opened" --map "wait=q_time:seconds"',
        "ticketflow fit --fields",
    ),
    "backtest": (
        "ticketflow backtest tickets.csv --test 2026-09-28..2026-10-18",
        "ticketflow backtest desk.yaml --tickets tickets.csv --test 2026-09-28..2026-10-18",
    ),
    "check": (
        "ticketflow check my_desk.yaml --strict",
        "ticketflow check saas_pilot --set arrivals.per_week=12000",
    ),
    "new": ("ticketflow new my_desk",),
    "schema": ("ticketflow schema > scenario.schema.json", "ticketflow schema --markdown > reference.md"),
    "scenarios": ("ticketflow scenarios", "ticketflow scenarios --json"),
    "kpis": ("ticketflow kpis", "ticketflow kpis --json"),
}
"""Examples by command; those of the empty name stand in the main help."""


def epilog(command: str) -> str:
    """Write a command's examples for the end of its help, each in a line that is never broken."""
    examples = EXAMPLES[command]
    lines = ["\b", "Examples:" if len(examples) > 1 else "Example:", *(f"  {example}" for example in examples)]
    return "\n".join(lines)


# -- what a shell offers after tab, beside the names of commands and options ------------------------------------------


def scenarios(incomplete: str) -> list[str]:
    """Offer shipped scenarios, and scenario files in reach."""
    return [*_beginning(incomplete, (path.stem for path in shipped_scenarios())), *_files(incomplete, (".yaml",))]


def scenarios_or_exports(incomplete: str) -> list[str]:
    """Offer what a backtest takes: scenarios, and exports of a help desk."""
    return [*scenarios(incomplete), *_files(incomplete, (".csv", ".gz", ".parquet"), folders=False)]


def what_ifs(incomplete: str) -> list[str]:
    """Offer shipped what-ifs, and files in reach."""
    return [*_beginning(incomplete, (path.stem for path in shipped_what_ifs())), *_files(incomplete, (".yaml",))]


def kpis(incomplete: str) -> list[str]:
    """Offer the names of KPIs."""
    from simulator.metrics.registry import BY_NAME

    return _beginning(incomplete, BY_NAME)


def objectives(incomplete: str) -> list[str]:
    """Offer what thresholds can be tuned for."""
    return [*_beginning(incomplete, ["net_value"]), *kpis(incomplete)]


def engines(incomplete: str) -> list[str]:
    """Offer the engines."""
    from simulator.engines.run_log import Engine

    return _beginning(incomplete, ["auto", *get_args(Engine)])


def workers(incomplete: str) -> list[str]:
    """Offer the kinds of workers."""
    return _beginning(incomplete, ["threads:", "processes:", "dask:tcp://"])


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str, endings: tuple[str, ...], *, folders: bool = True) -> list[str]:
    """List files in the folder that is being typed, and its folders; hidden ones only where a dot was typed."""
    folder, begun = os.path.split(incomplete)
    try:
        with os.scandir(folder or ".") as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return []  # A folder that is not there, or not ours to read, has nothing to offer.
    names = [
        os.path.join(folder, name) + (os.sep if is_folder else "")
        for name, is_folder in sorted(found)
        if name.startswith(begun) and (begun or not name.startswith("."))
        and (folders if is_folder else name.endswith(endings))
    ]  # fmt: skip
    return names
