"""How results show themselves: HTML in notebooks, and charts.

Results know what they hold, not how it looks: words, tables and charts are the report's, a room further down that the
rooms of results may not import. So a result names here where its page is made, and that is imported when somebody
looks, as the package's public names are when they are first used.

>>> found = staff(scenario, ["sla_breach<=5%"])   # doctest: +SKIP
>>> found.plot("certificate")                      # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_NOTEBOOK = "simulator.report.render.notebook"
_PAGES = {
    "Backtest": "simulator.report.backtest.view:page_of",
    "Comparison": "simulator.report.study_page:comparison_page",
    "Fit": "simulator.report.fit.view:page_of",
    "PilotProjection": "simulator.report.pilot.view:pilot_page",
    "Reading": "simulator.report.notebook_views:reading_glance",
    "Replications": "simulator.report.notebook_views:replications_glance",
    "RoiStudy": "simulator.report.roi.view:roi_page",
    "Run": "simulator.report.notebook_views:run_glance",
    "Scenario": "simulator.report.notebook_views:scenario_glance",
    "Staffing": "simulator.report.staff.view:page_of",
    "Sweep": "simulator.report.study_page:sweep_page",
    "Tuning": "simulator.report.tune.view:page_of",
}
"""By class: the module and the function that say what its results have to tell."""


class Shown:
    """Something that a notebook shows: the answer in a sentence, how sure it is, and the first table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        text: str = import_module(_NOTEBOOK).html_of(_page_of(self))
        return text


class Plotted(Shown):
    """A result with charts."""

    __slots__ = ()

    def plot(self, chart: str | None = None) -> Any:
        """Draw a chart, the main one by default, and give it as a matplotlib Figure, which notebooks show.

        Its title states the finding. Raises StudyError for a name that is none of this result's charts, and lists
        those.
        """
        return import_module(_NOTEBOOK).chart_of(_page_of(self), chart)


def _page_of(shown: Shown) -> Any:
    home = next(_PAGES[kind.__name__] for kind in type(shown).__mro__ if kind.__name__ in _PAGES)
    module, function = home.split(":")
    return getattr(import_module(module), function)(shown)
