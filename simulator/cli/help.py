"""Commands, each with a line and examples that its help shows; and what a shell completes after Tab.

Completion offers names only, from lists that exist without simulating anything. Where a file may be given as well,
files that fit are offered with the names, because a shell that gets a list from us offers no files of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from simulator.base.shipped import shipped_scenarios, shipped_what_ifs

_Function = TypeVar("_Function", bound=Callable[..., None])
MAIN_EXAMPLES = (
    "ticketflow run saas_pilot",
    "ticketflow app saas_pilot",
    "ticketflow compare saas_pilot --variant two_evening_agents",
    "ticketflow new my_desk && ticketflow check my_desk.yaml",
)
_ORDER = (
    "run", "sweep", "compare", "tune", "staff", "roi", "pilot", "app", "fit", "backtest", "check", "new", "schema",
    "scenarios", "kpis",
)  # fmt: skip
"""The order of the main help; a command that is not named here comes last."""


@dataclass(frozen=True)
class _Command:
    """A command of the command line."""

    function: Callable[..., None]
    summary: str
    """One line of the main help."""
    examples: tuple[str, ...]
    """Calls that its own help ends in."""

    @property
    def name(self) -> str:
        """What a user types."""
        return self.function.__name__


_COMMANDS: dict[str, _Command] = {}


def command(summary: str, *examples: str) -> Callable[[_Function], _Function]:
    """Make a function a command of its name."""

    def register(function: _Function) -> _Function:
        _COMMANDS[function.__name__] = _Command(function, summary, examples)
        return function

    return register


def commands() -> list[_Command]:
    """Return all commands whose modules are loaded, in the order of the main help."""
    return sorted(_COMMANDS.values(), key=lambda one: _ORDER.index(one.name) if one.name in _ORDER else len(_ORDER))


def epilog(examples: Sequence[str]) -> str:
    """Write examples for the end of a help, each in a line that is never broken."""
    lines = ["\b", "Examples:" if len(examples) > 1 else "Example:", *(f"  {example}" for example in examples)]
    return "\n".join(lines)


# -- what a shell offers after tab, beside the names of commands and options ------------------------------------------


def scenarios(incomplete: str) -> list[str]:
    """Offer shipped scenarios, and scenario files in reach."""
    return [*_beginning(incomplete, (path.stem for path in shipped_scenarios())), *_files(incomplete, (".yaml",))]


def scenarios_or_exports(incomplete: str) -> list[str]:
    """Offer what a backtest takes: scenarios, and exports of a help desk."""
    return [*scenarios(incomplete), *_files(incomplete, (".csv", ".gz", ".parquet"), folders=False)]


def what_ifs(incomplete: str) -> list[str]:
    """Offer shipped what-ifs, and files in reach."""
    return [*_beginning(incomplete, (path.stem for path in shipped_what_ifs())), *_files(incomplete, (".yaml",))]


def kpis(incomplete: str) -> list[str]:
    """Offer the names of KPIs."""
    from simulator.metrics.registry import BY_NAME

    return _beginning(incomplete, BY_NAME)


def objectives(incomplete: str) -> list[str]:
    """Offer what thresholds can be tuned for."""
    return [*_beginning(incomplete, ["net_value"]), *kpis(incomplete)]


def engines(incomplete: str) -> list[str]:
    """Offer the engines."""
    from simulator.engines.run_log import Engine

    return _beginning(incomplete, ["auto", *get_args(Engine)])


def workers(incomplete: str) -> list[str]:
    """Offer the kinds of workers."""
    return _beginning(incomplete, ["threads:", "processes:", "dask:tcp://"])


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str, endings: tuple[str, ...], *, folders: bool = True) -> list[str]:
    """List files in the folder that is being typed, and its folders; hidden ones only where a dot was typed."""
    folder, begun = os.path.split(incomplete)
    try:
        with os.scandir(folder or ".") as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return []  # A folder that is not there, or not ours to read, has nothing to offer.
    names = [
        os.path.join(folder, name) + (os.sep if is_folder else "")
        for name, is_folder in sorted(found)
        if name.startswith(begun) and (begun or not name.startswith("."))
        and (folders if is_folder else name.endswith(endings))
    ]  # fmt: skip
    return names
