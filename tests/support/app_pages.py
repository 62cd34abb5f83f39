"""Pages of the web app, run without a browser: one view at a time, on a small desk."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

SCRIPT = """
from pathlib import Path
import streamlit as st
from simulator.app.page_state import PageState
from simulator.app.session import current
from {module} import show

session = current(Path({desk!r}) if {desk!r} else None)
if session.problems is not None:
    from simulator.app.widgets import show_problems
    show_problems(session.problems)
look = st.session_state["page-state"] = PageState(session)
show()
"""


def page(module: str, desk: Path | None, /, **query: str | list[str]) -> AppTest:
    """Return one page of the app over a scenario file (a shipped scenario without one), as a link opens it."""
    test = AppTest.from_string(SCRIPT.format(module=module, desk=str(desk or "")), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def told(test: AppTest) -> str:
    """Return all text that a page shows through components of ours, as HTML."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if node.type == "bidi_component" or type(node).__name__ == "UnknownElement":
            found.append(getattr(node.proto, "json", "") or str(node.proto))
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(test.main)
    return "\n".join(found)
