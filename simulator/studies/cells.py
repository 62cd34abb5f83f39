"""Cells: variants of a scenario simulated on the same customers.

A plain sequential runner.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.engines.run_log import Engine
from simulator.errors import StudyError
from simulator.run import check_seeds
from simulator.studies.replications import MAX_REPLICATIONS, Progress, one_replication, satisfaction_anchor
from simulator.studies.results import Replications
from simulator.studies.variants import Variant


def run_variants(
    variants: Sequence[Variant],
    *,
    replications: int = 10,
    seed: int = 1,
    workers: str | int | None = None,
    engine: Engine = "simpy",
    store: Path | None = None,
    progress: Progress | None = None,
    detail: bool = False,
) -> dict[str, Replications]:
    """Simulate each variant several times; replication k meets the same customers in every variant.

    The CSAT anchor is the first variant's. Raises StudyError for numbers that cannot be.
    """
    if not 1 <= replications <= MAX_REPLICATIONS:
        raise StudyError(f"replications is {replications}; must be from 1 to {MAX_REPLICATIONS:,}")
    check_seeds(seed)
    anchor = satisfaction_anchor(variants[0].scenario, seed, engine)
    found, done = {}, 0
    for variant in variants:
        own = anchor if variant.scenario.csat is not None else None
        results = []
        for number in range(replications):
            results.append(one_replication(variant.scenario, number, seed, engine, own))
            done += 1
            if progress is not None:
                progress(done, replications * len(variants))
        found[variant.name] = Replications(variant.scenario, seed, engine, own, tuple(results))
    return found
