"""What a shell offers after Tab, beside the names of commands and options.

Names only, from lists that are there without simulating anything. Where a file may be given, too, files that fit are
offered with the names, as a shell offers no files beside a list of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import get_args

from simulator.shipped import shipped_scenarios, shipped_what_ifs


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
