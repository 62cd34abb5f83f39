"""The handle: a chart with a threshold across it that one drags, or moves by arrow keys.

The chart is the report's; the handle stands on its panels, which share the axis of thresholds. The page learns of a
move on release, or shortly after the last key.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from simulator.app.widgets import CSS, DRESS, palettes
from simulator.report.charts.svg import inline_svg
from simulator.report.charts.theme import title_of
from simulator.report.finding import Chart

if TYPE_CHECKING:
    from simulator.report.charts.theme import Figure

_CSS = (
    CSS
    + """
.tf .plot { position: relative; min-width: 32rem; max-width: 60rem; }
.tf .plot svg { min-width: 0; max-width: none; }
.tf .handle { position: absolute; width: 2.75rem; transform: translateX(-50%); cursor: ew-resize; touch-action: none;
              outline: none; }
.tf .handle::before { content: ""; position: absolute; left: 50%; top: 0; bottom: 0; width: 2px; margin-left: -1px;
                      background: var(--ink); }
.tf .handle .knob { position: absolute; left: 50%; bottom: -.55rem; width: 1.1rem; height: 1.1rem; border-radius: 50%;
                    margin-left: -.55rem; background: var(--ink); border: 2px solid var(--surface); }
.tf .handle .told { position: absolute; left: 50%; top: -.4rem; transform: translateX(-50%); font-size: .875rem;
                    font-weight: 600; color: var(--surface); background: var(--ink); border-radius: .25rem;
                    padding: 0 .35rem; font-variant-numeric: tabular-nums; }
.tf .handle:focus-visible .knob { outline: 3px solid var(--ai); outline-offset: 2px; }
.tf .handle:focus-visible::before { background: var(--ai); }
"""
)
_JS = (
    DRESS
    + """
const AFTER_KEYS = 350;

export default function ({ data, parentElement, setTriggerValue }) {
  const home = dressed(data, parentElement);
  const isNew = !home.plot;
  if (isNew) build(home);
  home.now = { data, send: (value) => setTriggerValue("threshold", value) };
  home.querySelector("figcaption").textContent = data.title;
  home.querySelector(".pan").setAttribute("aria-label", data.title);
  home.picture.innerHTML = data.svg;
  const { place } = data, handle = home.handle;
  handle.style.top = 100 * place.top + "%";
  handle.style.height = 100 * (place.bottom - place.top) + "%";
  for (const [name, value] of Object.entries({
    role: "slider", tabindex: 0, "aria-label": data.label, "aria-valuemin": 0, "aria-valuemax": 1,
  })) handle.setAttribute(name, value);
  if (!home.moving) put(home, data.value);
  if (isNew) watch(home);
}

function build(home) {
  home.innerHTML = '<figure><figcaption></figcaption><div class="pan" role="group"><div class="plot">'
    + '<div class="picture"></div><div class="handle"><span class="told" aria-hidden="true"></span>'
    + '<span class="knob"></span></div></div></div></figure>';
  home.plot = home.querySelector(".plot");
  home.picture = home.querySelector(".picture");
  const handle = home.handle = home.querySelector(".handle");
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    home.moving = true;
  });
  handle.addEventListener("pointermove", (event) => {
    if (!home.moving || !handle.hasPointerCapture(event.pointerId)) return;
    const box = home.plot.getBoundingClientRect(), { place } = home.now.data;
    put(home, inHundredths(((event.clientX - box.left) / box.width - place.zero) / (place.one - place.zero)));
  });
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, () => settle(home));
  handle.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10,
                    Home: -1000, End: 1000 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    home.moving = true;
    put(home, inHundredths(home.value + steps[event.key] / 100));
    clearTimeout(home.timer);
    home.timer = setTimeout(() => settle(home), AFTER_KEYS);
  });
}

const inHundredths = (value) => Math.round(100 * Math.min(1, Math.max(0, value))) / 100;

function put(home, value) {
  home.value = value;
  const { place } = home.now.data;
  home.handle.style.left = 100 * (place.zero + home.value * (place.one - place.zero)) + "%";
  home.handle.setAttribute("aria-valuenow", home.value);
  home.handle.querySelector(".told").textContent = +home.value.toFixed(3);
}

function settle(home) {
  if (!home.moving) return;
  home.moving = false;
  if (home.value !== home.now.data.value) home.now.send(home.value);
}
"""
)
_CHART = st.components.v2.component("ticketflow_handle", css=_CSS, js=_JS)


@dataclass(frozen=True)
class _HandleSpan:
    """Where thresholds 0 and 1, and the panels' top and bottom, lie in a chart; shares of its width and height."""

    zero: float
    one: float
    top: float
    bottom: float


def handle_span(figure: Figure) -> _HandleSpan:
    """Return where the handle may go in a chart that was drawn, whose panels share the axis of thresholds."""
    panels = figure.axes
    to_figure = panels[0].transData + figure.transFigure.inverted()
    zero, one = (float(to_figure.transform((threshold, 0.0))[0]) for threshold in (0.0, 1.0))
    return _HandleSpan(zero, one, 1 - max(axes.get_position().y1 for axes in panels),
                 1 - min(axes.get_position().y0 for axes in panels))  # fmt: skip


def show_chart_with_handle(chart: Chart, *, value: float, label: str, moved: Callable[[float], None]) -> None:
    """Show a chart whose panels share an axis of thresholds, with a handle at one; `moved` gets where it is put."""
    assert chart.figure is not None
    name = f"handle-{chart.key}"

    def take() -> None:
        if (threshold := read_threshold(st.session_state[name])) is not None:
            moved(threshold)

    # The picture has no title of its own any more once it is drawn.
    title, picture = title_of(chart.figure), inline_svg(chart.figure, chart.key, chart.alt)
    _CHART(
        key=name,
        data={
            "svg": picture, "title": title, "place": asdict(handle_span(chart.figure)), "value": value,
            "label": label, **palettes(),
        },
        on_threshold_change=take,
    )  # fmt: skip


def read_threshold(state: Any) -> float | None:
    """Read what the browser sent: a threshold from 0 to 1 in hundredths; None for anything else."""
    found = getattr(state, "threshold", None)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return round(min(1.0, max(0.0, float(found))), 2)
