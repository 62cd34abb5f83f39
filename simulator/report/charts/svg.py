"""Charts as SVG inside the page: no outer references, colours as CSS variables, ids of their own."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from simulator.report.charts.theme import COLOURS, themed, untitled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VARIABLES = {light: f"var(--{role})" for role, (light, _) in COLOURS.items()}
_COLOUR = re.compile("|".join(_VARIABLES))
_LOCAL = re.compile(r"url\(#")
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def inline_svg(figure: Figure, key: str, alt: str) -> str:
    """Turn a chart into an `<svg role="img">` without its title, which the page shows beside it.

    `key` goes before every id, so that charts do not take each other's clip paths.
    """
    file = io.StringIO()
    with themed(), untitled(figure):
        figure.savefig(file, format="svg", transparent=True, metadata=_NO_METADATA)
    root = ElementTree.fromstring(file.getvalue())
    for element in list(root.iter()):
        _plain(element, key)
    for child in list(root):
        if child.tag in ("metadata", "defs") and (child.tag == "metadata" or child.find("style") is not None):
            root.remove(child)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.update({"role": "img", "aria-labelledby": f"{key}-title", "data-size": f"{width} {height}"})
    title = ElementTree.Element("title", {"id": f"{key}-title"})
    title.text = alt
    root.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _plain(element: ElementTree.Element, key: str) -> None:
    """Drop namespaces, prefix ids, and name colours by their role."""
    element.tag = _local(element.tag)
    attributes = {_local(name): value for name, value in element.attrib.items()}
    element.attrib.clear()
    for name, value in attributes.items():
        if name == "id":
            value = f"{key}-{value}"
        elif name == "href":
            value = f"#{key}-{value.removeprefix('#')}"
        else:
            value = _LOCAL.sub(f"url(#{key}-", _COLOUR.sub(lambda found: _VARIABLES[found[0]], value))
        element.set(name, value)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
