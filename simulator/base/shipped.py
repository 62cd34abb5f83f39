"""Where the scenarios, what-ifs and tutorial that come with the package are.

This module imports nothing of ours, so that a shell completes their names at once.
"""

from __future__ import annotations

from pathlib import Path

_WHAT_IFS = "what_if"
"""Folder of what-ifs, beside the scenarios."""


def shipped_scenarios() -> list[Path]:
    """List the scenario files that come with the package, or with the source tree it runs from."""
    return sorted(_folder().glob("*.yaml"))


def shipped_what_ifs() -> list[Path]:
    """List the what-if files that come with the scenarios."""
    return sorted((_folder() / _WHAT_IFS).glob("*.yaml"))


def tutorial() -> Path:
    """Return the tutorial, a notebook in plain Python."""
    return _folder() / "tutorial.py"


def _folder() -> Path:
    package = Path(__file__).resolve().parents[1]
    installed = package / "shipped_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"
