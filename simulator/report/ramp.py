"""A ramp from light to dark for charts whose colour is a value; one hue, so nobody's eyes mislead them.

Its colours are none of the theme's, so they stay as they are in the dark dress, and so does the text on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

_STOPS = ("#eef5fa", "#a9cfe6", "#5a9fca", "#1f6ca3", "#0b3a63")
ON_LIGHT, ON_DARK = "#0a141d", "#fdfdfe"
MARK = "#b8430a"
"""Marks the best cell on any part of the ramp."""


def ramp() -> LinearSegmentedColormap:
    """Give the ramp as a matplotlib colour map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("ticketflow", list(_STOPS))


def text_on(place: float) -> str:
    """Give the colour of text on a place of the ramp, 0 to 1."""
    return ON_DARK if place > 0.52 else ON_LIGHT
