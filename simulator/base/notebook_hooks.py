"""How results show themselves: HTML in notebooks, and charts.

Results know what they hold, not how it looks: words, tables and charts are the report's, a room further down that the
rooms of results may not import. So a result's class names the view that tells of it, and that is imported when
somebody looks, as the package's public names are when they are first used.

>>> found = staff(scenario, ["sla_breach<=5%"])   # doctest: +SKIP
>>> found.plot("certificate")                      # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

_NOTEBOOK = "simulator.report.render.notebook"


class Shown:
    """Something that a notebook shows: the answer in a sentence, how sure it is, and the first table."""

    __slots__ = ()
    view: ClassVar[str]
    """The module and the function that say what it has to tell: `simulator.report.roi.view:page_of`."""

    def _repr_html_(self) -> str:
        text: str = import_module(_NOTEBOOK).html_of(page_of(self))
        return text


class Plotted(Shown):
    """A result with charts."""

    __slots__ = ()

    def plot(self, chart: str | None = None) -> Any:
        """Draw a chart, the main one by default, and give it as a matplotlib Figure, which notebooks show.

        Its title states the finding. Raises StudyError for a name that is none of this result's charts, and lists
        those.
        """
        return import_module(_NOTEBOOK).chart_of(page_of(self), chart)


def page_of(shown: Shown) -> Any:
    """Return what a result has to tell, by the view that its class names."""
    module, function = shown.view.split(":")
    return getattr(import_module(module), function)(shown)
