"""The look of charts and of the page: one palette, safe for colour-blind readers, in a light and a dark dress.

Charts are drawn once, in light colours. Each light colour occurs nowhere else, so in inline SVG it stands for its
role and is replaced by a CSS variable (`var(--ai)`), which the page sets for light, dark and print.

A ramp from light to dark for charts whose colour is a value; one hue, so nobody's eyes mislead them.

Its colours are none of the theme's, so they stay as they are in the dark dress, and so does the text on them.
"""

from __future__ import annotations

import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure as Figure  # the web page names what it shows


COLOURS = {
    "ink": ("#1b2530", "#e9edf1"),
    "muted": ("#566270", "#a9b4bf"),
    "grid": ("#dde2e7", "#38414a"),
    "surface": ("#fefefe", "#14191e"),
    "ai": ("#0072b2", "#3f97dc"),
    "people": ("#e69f00", "#f0b640"),
    "both": ("#009e73", "#2fc296"),
    "baseline": ("#8a939c", "#b6bfc7"),
    "bad": ("#d55e00", "#f28a4b"),
    "plum": ("#93417f", "#c77ab5"),
    "sky": ("#56b4e9", "#8fd0f5"),
}
"""Roles and their colours in light and in dark: Okabe and Ito's palette, lightened for dark surfaces.

Their purple is darker here: under deuteranopia it would be our grey (a distance of 3 in CIELAB; now all series are 14
or more apart, in both dresses and for all readers).
"""
SERIES = ("ai", "people", "both", "baseline", "bad", "plum", "sky")
"""Roles that tell one thing in a chart from another."""
INK, MUTED, GRID, SURFACE, AI, PEOPLE, BOTH, BASELINE, BAD, PLUM, SKY = (light for light, _ in COLOURS.values())
WIDTH = 7.2
"""Width of every chart in inches: the page scales it, so all have the same size of type."""
_TITLE_LINE = 0.24
"""Height of one line of a title in inches."""
DPI = 180
_SETTINGS: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a name or an amount is a dollar sign
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": SURFACE,
    "savefig.facecolor": SURFACE,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "ticketflow",
    "figure.constrained_layout.w_pad": 0.06,
    "figure.constrained_layout.h_pad": 0.06,
}
_DRAWING = threading.RLock()


@contextmanager
def themed() -> Iterator[None]:
    """Draw under our settings. matplotlib keeps them in global state, so one thread draws at a time."""
    import matplotlib

    with _DRAWING, warnings.catch_warnings(), matplotlib.rc_context(_SETTINGS):
        # Names may be written in a script that the font lacks; boxes in a PNG are no reason to fail.
        warnings.filterwarnings("ignore", message="Glyph")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        yield


def new_figure(height: float) -> Figure:
    """Begin a chart whose body is `height` inches high."""
    from simulator.report.charts.chart_figure import chart_figure

    return chart_figure((WIDTH, height), themed)


def finish(figure: Figure, title: str, note: str) -> Figure:
    """Put the finding above a chart and a note on how to read it below."""
    lines = textwrap.wrap(title, 78, break_long_words=True) or [""]
    _grow(figure, _TITLE_LINE * len(lines))
    _entitle(figure, "\n".join(lines))
    below = textwrap.wrap(note, 128)
    _grow(figure, 0.17 * len(below))
    figure.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=7.5, color=MUTED)
    return figure


def _entitle(figure: Figure, title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)


def title_of(figure: Figure) -> str:
    """Return a chart's title in one line."""
    return " ".join(figure.get_suptitle().split("\n"))


@contextmanager
def untitled(figure: Figure) -> Iterator[None]:
    """Take the title off a chart for a while, for places that show it beside the chart."""
    if not (title := figure.get_suptitle()):
        yield
        return
    height = _TITLE_LINE * len(title.split("\n"))
    heading = figure.suptitle("")
    heading.set_in_layout(False)
    _grow(figure, -height)
    try:
        yield
    finally:
        _entitle(figure, title)
        heading.set_in_layout(True)
        _grow(figure, height)


def _grow(figure: Figure, inches: float) -> None:
    """Make a chart higher, or lower."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + inches)


def panel_title(axes: Axes, text: str) -> None:
    """Head one panel of a chart."""
    axes.set_title(text, color=INK, pad=6)


def css_variables(dark: bool) -> str:
    """Return the palette as CSS custom properties."""
    return " ".join(f"--{role}: {pair[dark]};" for role, pair in COLOURS.items())


# -- a ramp from light to dark for charts whose colour is a value; one hue, so nobody's eyes mislead them -------------


_STOPS = ("#eef5fa", "#a9cfe6", "#5a9fca", "#1f6ca3", "#0b3a63")
_ON_LIGHT, _ON_DARK = "#0a141d", "#fdfdfe"
MARK = "#b8430a"
"""Marks the best cell on any part of the ramp."""


def ramp() -> LinearSegmentedColormap:
    """Return the ramp as a matplotlib colour map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ticketflow", list(_STOPS))


def text_on(place: float) -> str:
    """Return the colour of text on a place of the ramp, 0 to 1."""
    return _ON_DARK if place > 0.52 else _ON_LIGHT
