"""Overview: the answer in a sentence, the figures that matter beside the desk without AI, and where tickets go."""

from __future__ import annotations

from simulator.app.looking import looking
from simulator.app.showing import show_report_chart, show_text
from simulator.report.figures import FIGURES
from simulator.report.summary import answer, how_sure, worth

FLOW = next(chart for chart in FIGURES if chart.key == "flow")


def show() -> None:
    """Show the page."""
    look = looking()
    study = look.study
    show_text(answer(study))
    show_text(worth(study))
    show_report_chart(FLOW, study)
    show_text(how_sure(study), muted=True)
