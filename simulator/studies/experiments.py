"""Experiments: a desk in several settings on the same customers, asked in one call.

>>> compare("saas_pilot", "two_evening_agents", "low:policy.phases[3].answer_threshold=0.8")   # doctest: +SKIP
>>> sweep("saas_pilot", "policy.phases[3].answer_threshold=0.5:0.95:0.05")   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from simulator.base.errors import cut
from simulator.engines.run_log import Engine
from simulator.scenario import Scenario
from simulator.studies.compare.alternatives import Given, loaded, variants_of
from simulator.studies.compare.comparison import COMPARED, Comparison, check_replications, chosen_kpis, differences_of
from simulator.studies.running.batch import Progress, run_stored, run_variants
from simulator.studies.running.results import Replications
from simulator.studies.running.stopping import DEFAULT_REPLICATIONS, Precision, shortfalls
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers
from simulator.studies.sweep.grid import grid, read_axes, with_reference
from simulator.studies.sweep.sweeping import SWEPT, Sweep, idle_axes, left_out, overruled_axes

_SHOWN = 5
"""Shortfalls of precision that are told one by one."""


def compare(
    scenarios: Given | Sequence[Given],
    *variants: str,
    overrides: Sequence[str] = (),
    kpis: Sequence[str] = (),
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    folder: Path | Callable[[str], Path] | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare variants of a scenario, or several scenarios, on the same customers: paired differences and intervals.

    The first scenario is what others are compared with. `variants` are changes to it, as the command line takes them:
    `NAME:path=value,…`, `path=value`, a what-if's file or name. `overrides` hold for all. With a folder (or what
    makes one of the first scenario's name), a study that was stopped goes on from there. Raises SimulatorError with
    every problem.
    """
    given = [scenarios] if isinstance(scenarios, Scenario | str | Path) else list(scenarios)
    found, told = variants_of(given, overrides, variants)
    names = chosen_kpis([one.scenario for one in found], kpis, COMPARED)
    place = folder(found[0].scenario.name) if callable(folder) else folder
    studies = _simulated(found, place, replications, seed, workers, engine, fresh=fresh, progress=progress)
    comparison = differences_of(found, studies, names)
    idle = [f"“{cut(name)}” has no effect: every KPI is as before" for name in comparison.without_effect()]
    return replace(comparison, warnings=(*told, *_short(replications, studies), *idle))


def sweep(
    scenario: Given,
    *vary: str,
    overrides: Sequence[str] = (),
    kpis: Sequence[str] = (),
    replications: int | Precision = DEFAULT_REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    folder: Path | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
) -> Sweep:
    """Simulate every combination of some inputs' values on the same customers.

    `vary` names inputs as the command line does: `path=start:stop:step` (stop included) or `path=a,b,c`. `warn` is
    told of inputs that cannot have an effect before anything is simulated. Raises SimulatorError with every problem.
    """
    axes = read_axes(vary)
    base = loaded(scenario, overrides)
    cells = grid(base, axes)
    variants, reference = with_reference(base, cells)
    names = chosen_kpis([variant.scenario for variant in variants], kpis, SWEPT)
    if warn is not None:
        for text in overruled_axes(axes, cells):
            warn(text)
    studies = _simulated(variants, folder, replications, seed, workers, engine, fresh=fresh, progress=progress)
    found = Sweep(axes, cells, studies, reference, names)
    return replace(found, warnings=(*_short(replications, studies), *idle_axes(found), *left_out(found)))


def _simulated(
    variants: Sequence[Variant], folder: Path | None, replications: int | Precision, seed: int,
    workers: int | str | Workers | None, engine: Engine, *, fresh: bool, progress: Progress | None,
) -> Mapping[str, Replications]:  # fmt: skip
    """Simulate variants, with a store where there is a folder."""
    if not isinstance(replications, Precision):
        check_replications(replications)
    if folder is None:
        return run_variants(
            variants, replications=replications, seed=seed, workers=workers, engine=engine, progress=progress
        )
    return run_stored(
        variants, folder, replications=replications, seed=seed, workers=workers, engine=engine, fresh=fresh,
        progress=progress,
    )  # fmt: skip


def _short(wanted: int | Precision, studies: Mapping[str, Replications]) -> list[str]:
    """Return warnings of KPIs that did not reach the precision wanted."""
    short = shortfalls(wanted, studies) if isinstance(wanted, Precision) else []
    more = [f"{len(short) - _SHOWN} more KPIs did not reach it, either"] if len(short) > _SHOWN else []
    return [*short[:_SHOWN], *more]
