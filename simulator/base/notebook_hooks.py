"""How results show themselves: HTML in notebooks, and charts.

A result holds figures, not how they look: sentences, tables and charts belong to `report`, which the rooms of results
may not import. So a result's class names its view, and the view is imported when somebody looks at the result.

>>> found = staff(scenario, ["sla_breach<=5%"])   # doctest: +SKIP
>>> found.plot("certificate")                      # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

_NOTEBOOK = "simulator.report.render.notebook"


class Shown:
    """A result that a notebook shows: the answer in a sentence, how sure it is, and the first table."""

    __slots__ = ()
    view: ClassVar[str]
    """Module and name of the function that returns its page: `simulator.report.roi.view:page_of`."""

    def _repr_html_(self) -> str:
        text: str = import_module(_NOTEBOOK).html_of(_page_of(self))
        return text


class Plotted(Shown):
    """A result with charts."""

    __slots__ = ()

    def plot(self, chart: str | None = None) -> Any:
        """Draw a chart, by default the main one, and return it as a matplotlib Figure, which notebooks show.

        Its title states the finding. Raises StudyError, which lists this result's charts, if none has that name.
        """
        return import_module(_NOTEBOOK).chart_of(_page_of(self), chart)


def _page_of(shown: Shown) -> Any:
    """Return the page of a result, made by the view that its class names."""
    module, function = shown.view.split(":")
    return getattr(import_module(module), function)(shown)
