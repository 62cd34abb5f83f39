"""The charts of a study, in the order in which a reader needs them, and saving them as PNG.

>>> from simulator.report.run.figures import save_figures
>>> save_figures(study, Path("results/figures"))   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.report.charts import theme
from simulator.report.run import flow_chart, load_charts, pilot_charts, service_charts
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Chart:
    """One chart: what it is called, how it is drawn, and what it says to those who cannot see it."""

    key: str
    """Name in page anchors."""
    file: str
    """Name of its PNG file."""
    build: Callable[[Replications], Figure | None]
    """Draws it under the house's settings; None where it makes no sense for the scenario."""
    alt: Callable[[Replications], str]

    def draw(self, study: Replications) -> Figure | None:
        """Draw the chart with its finding as title; None where it makes no sense for the scenario."""
        with theme.themed():
            return self.build(study)


FIGURES = (
    Chart("flow", "01_ticket_flow.png", flow_chart.ticket_flow, flow_chart.describe_flow),
    Chart("backlog", "02_backlog_by_hour.png", load_charts.backlog_by_hour, load_charts.describe_backlog),
    Chart("days", "03_backlog_by_day.png", load_charts.backlog_by_day, load_charts.describe_days),
    Chart("sla", "04_sla_breaches.png", service_charts.sla, service_charts.describe_sla),
    Chart("csat", "05_csat.png", service_charts.csat, service_charts.describe_csat),
    Chart("costs", "06_costs.png", service_charts.costs, service_charts.describe_costs),
    Chart("agents", "07_agents.png", load_charts.agents, load_charts.describe_agents),
    Chart("weeks", "08_week_by_week.png", pilot_charts.weeks, pilot_charts.describe_weeks),
    Chart("hardest", "09_hardest_tenth.png", pilot_charts.hardest, pilot_charts.describe_hardest),
)


def drawn(study: Replications) -> Iterator[tuple[Chart, Figure]]:
    """Draw every chart that makes sense for a study."""
    for chart in FIGURES:
        if (figure := chart.draw(study)) is not None:
            yield chart, figure


def save_figures(study: Replications, folder: Path) -> list[Path]:
    """Save the charts of a study as PNG in the light dress; give the files, in order."""
    files = []
    for chart, figure in drawn(study):
        file = Path(folder) / chart.file
        with theme.themed():
            figure.savefig(file, dpi=theme.DPI, metadata={"Software": "ticketflow", "Title": theme.title_of(figure)})
        files.append(file)
    return files
