"""The charts of a run, in the order in which a reader needs them.

>>> chart_of(study, "flow").figure   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from simulator.report.finding import Chart, Drawn
from simulator.report.run import flow_chart, load_charts, pilot_charts, service_charts
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CHARTS: dict[str, tuple[str, Callable[[Replications], Figure | None], Callable[[Replications], str]]] = {
    "flow": ("01_ticket_flow.png", flow_chart.ticket_flow, flow_chart.flow_details),
    "backlog": ("02_backlog_by_hour.png", load_charts.backlog_by_hour, load_charts.backlog_details),
    "days": ("03_backlog_by_day.png", load_charts.backlog_by_day, load_charts.days_details),
    "sla": ("04_sla_breaches.png", service_charts.sla, service_charts.sla_details),
    "csat": ("05_csat.png", service_charts.csat, service_charts.csat_details),
    "costs": ("06_costs.png", service_charts.costs, service_charts.costs_details),
    "agents": ("07_agents.png", load_charts.agents, load_charts.agents_details),
    "weeks": ("08_week_by_week.png", pilot_charts.weeks, pilot_charts.weeks_details),
    "hardest": ("09_hardest_tenth.png", pilot_charts.hardest, pilot_charts.hardest_details),
}
KEYS = tuple(_CHARTS)


def chart_of(study: Replications, key: str) -> Chart:
    """Return one of the charts of KEYS; it has no figure where it makes no sense for the scenario."""
    file, build, details = _CHARTS[key]
    return Chart(key, partial(build, study), partial(details, study), file)


def drawn(study: Replications) -> Iterator[Drawn]:
    """Draw every chart that makes sense for a study, one at a time."""
    for key in KEYS:
        chart = chart_of(study, key)
        if chart.figure is not None:
            yield Drawn(key, chart.figure, chart.alt, chart.file)
