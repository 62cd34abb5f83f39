"""Compiled functions: plain loops over arrays that Numba turns into machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function, for threads to run side by side, and keep it for later processes.

    `_nrt=False` leaves out Numba's counting of references to arrays, with which every small function that is given
    arrays costs ten times as much. In return, compiled functions make no arrays: whoever calls them brings the room.
    Numba's cache on disk notices changes of a function's own file only, so what calls each other stands in one file.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    return cast(Function, njit(**options)(function))
