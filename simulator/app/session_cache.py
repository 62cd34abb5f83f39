"""Keeping: what a page made of one visitor's settings, for as long as the settings stay."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

Kept = TypeVar("Kept")


def kept(name: str, mark: Hashable, make: Callable[[], Kept]) -> Kept:
    """Return what was made under this name for the same mark, or make it; the last one of each name is kept."""
    key = f"kept {name}"
    found: tuple[Hashable, Kept] | None = st.session_state.get(key)
    if found is None or found[0] != mark:
        found = st.session_state[key] = (mark, make())
    return found[1]
