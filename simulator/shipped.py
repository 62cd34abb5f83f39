"""The scenarios and what-ifs that come with the package: where their files lie.

A room of its own that imports nothing, so that a shell completes their names at once.
"""

from __future__ import annotations

from pathlib import Path

WHAT_IFS = "what_if"
"""Folder of what-ifs, beside the scenarios."""


def shipped_scenarios() -> list[Path]:
    """List the scenario files that come with the package, or with the source tree it runs from."""
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return sorted(folder.glob("*.yaml"))
    return []


def shipped_what_ifs() -> list[Path]:
    """List the what-if files that come with the scenarios."""
    folders = {path.parent / WHAT_IFS for path in shipped_scenarios()}
    return sorted(path for folder in folders for path in folder.glob("*.yaml"))
