"""Data sets of known truth in the columns of the recorded ones, which users do not have.

`write_calls` writes two months of a call centre that lives as `scenarios/bank_call_centre.yaml` says, `write_incidents`
two months of an IT desk, and `write_shadow_log` an AI's judgements: what is measured on them is known beforehand.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from simulator.run import Run, simulate
from simulator.scenario import Scenario, load_scenario, override
from tests.support.bank_data import CALLS_FILE, DEFAULT_FOLDER, INTENTS, TIERS, read_calls

Floats = np.ndarray[Any, Any]
INCIDENTS_FILE = "incidents_2016_03_04.csv.gz"
SHADOW_LOG_FILE = "banking77_shadow_log.csv"
WRAP_UP_SECONDS = 0.212 * 60
"""What the scenario's handle times hold beyond service."""
FIRST_DAY = np.datetime64("1999-01-03")


# -- calls ---------------------------------------------------------------------------------------------------------


@functools.cache
def call_centre(busyness_cv: float = 0.0) -> Scenario:
    """Return the bank's scenario; with equal days unless told otherwise, so that eight weeks say more."""
    return override(load_scenario("bank_call_centre"), {"arrivals.busyness_cv": busyness_cv})


@functools.cache
def made_up_calls(busyness_cv: float = 0.0) -> pd.DataFrame:
    """Write the calls of a made-up call centre and read them as the recorded ones are read."""
    with tempfile.TemporaryDirectory() as folder:
        write_calls(Path(folder), call_centre(busyness_cv))
        return read_calls(Path(folder))


def calls_of(kind: str) -> pd.DataFrame:
    """Return the calls of the "recorded" desk or of the "made up" one."""
    return read_calls(DEFAULT_FOLDER) if kind == "recorded" else made_up_calls()


def write_calls(folder: Path, scenario: Scenario, seed: int = 1) -> None:
    """Simulate eight weeks and write them as the bank did.

    In whole seconds, each moment with the date on which the call began, and a PHANTOM, which is no call, after every
    hundredth.
    """
    run = simulate(scenario, seed=seed)
    log, intents = run.log, list(scenario.intents)
    entered = run.customers.arrival * 60
    joined, left = np.rint(log.joined * 60), np.rint(np.where(log.abandoned, log.ended, log.began) * 60)
    answered = ~log.abandoned
    ended = np.maximum(np.rint(log.ended * 60 - WRAP_UP_SECONDS), left + 1)
    queued = (left > joined) | log.abandoned
    day = np.floor(entered / 86_400)
    tiers = list(scenario.tiers)
    rows = pd.DataFrame({
        "type": np.array([INTENTS[name][0] for name in intents])[run.customers.intent],
        "priority": np.array([TIERS[name] for name in tiers])[run.customers.tier],
        "vru_entry": _moments(joined - 8, day, joined >= 0), "vru_exit": _moments(joined, day, joined >= 0),
        "q_start": _moments(joined, day, queued), "q_exit": _moments(left, day, queued),
        "q_time_s": np.where(queued, left - joined, 0).astype(int),
        "outcome": np.where(answered, "AGENT", "HANG"),
        "ser_start": _moments(left, day, answered), "ser_exit": _moments(ended, day, answered),
        "ser_time_s": np.where(answered, ended - left, 0).astype(int),
        "server": np.where(answered, np.char.mod("agent-%02d", _agents(run)), "NO_SERVER"),
    })  # fmt: skip
    phantoms = rows[::100].assign(outcome="PHANTOM", ser_start="", ser_exit="", ser_time_s=0, server="NO_SERVER")
    rows = pd.concat([rows, phantoms], ignore_index=True)
    rows.insert(0, "call_id", np.arange(1, len(rows) + 1))
    rows.to_csv(folder / CALLS_FILE, index=False, compression={"method": "gzip", "compresslevel": 1})


def _moments(seconds: Floats, day: Floats, there: Floats) -> Floats:
    """Spell moments by their own time of day and the date of their call."""
    within = np.where(there, np.nan_to_num(seconds), 0) % 86_400 + 86_400 * day
    spelled = np.datetime_as_string(FIRST_DAY + within.astype("timedelta64[s]"), unit="s")
    return np.where(there, np.char.replace(spelled, "T", " "), "")


def _agents(run: Run) -> Floats:
    """Say which agent took each call: of those on duty, whoever has been free for longest."""
    (roster,) = run.rosters
    on_duty = roster.capacity[np.searchsorted(roster.times, run.log.began, side="right") - 1]
    free_since = np.full(int(roster.capacity.max()) + 1, -np.inf)
    found = np.full(len(run.log.began), -1)
    for step in np.argsort(run.log.began, kind="stable"):
        if not run.log.abandoned[step]:
            found[step] = np.argmin(free_since[: on_duty[step]])
            assert free_since[found[step]] <= run.log.began[step] + 1e-6
            free_since[found[step]] = run.log.ended[step]
    return found


# -- incidents -----------------------------------------------------------------------------------------------------


def write_incidents(folder: Path, *, share: float, again: float, reopened: float, met: dict[str, float]) -> None:
    """Write 10,000 incidents of March and April 2016, half of them solved in hours and half in a week or more.

    A `share` is passed on, each time with chance `again` once more; `reopened` comes back once; by priority, a share
    of `met` keeps its target.
    """
    rng, n = np.random.default_rng(2016), 10_000
    opened = np.datetime64("2016-03-01") + np.sort(rng.integers(0, 61 * 86_400, n)).astype("timedelta64[s]")
    seconds = np.where(rng.random(n) < 0.5, rng.lognormal(9.2, 0.8, n), rng.lognormal(13.5, 0.5, n))
    resolved = opened + seconds.astype("timedelta64[s]")
    priority = rng.choice(list(met), n)
    pd.DataFrame({
        "opened_at": opened, "resolved_at": resolved, "closed_at": resolved + np.timedelta64(5, "D"),
        "priority": priority, "reassignment_count": (rng.random(n) < share) * rng.geometric(1 - again, n),
        "reopen_count": (rng.random(n) < reopened).astype(int),
        "made_sla": rng.random(n) < np.array([met[name] for name in priority]),
    }).sample(frac=1, random_state=1).to_csv(folder / INCIDENTS_FILE, index=False)  # fmt: skip


# -- an AI's judgements --------------------------------------------------------------------------------------------


def write_shadow_log(folder: Path, *, shift: float = 2.2, scale: float = 1.3) -> Path:
    """Write judgements on as many tickets, of as many kinds, as Banking77 has.

    An AI that knows more than it says: it is right with logistic(shift + scale × logit(confidence)), and half of its
    mistakes about a kind are for the next one, a third for the one after it, the rest for the one after that.
    """
    rng, rows, kinds = np.random.default_rng(77), 10_003, 77
    true = rng.integers(kinds, size=rows)
    confidence = rng.beta(2.6, 1.1, rows).clip(1e-6, 1 - 1e-6).round(6)
    right = rng.random(rows) < special.expit(shift + scale * special.logit(confidence))
    predicted = np.where(right, true, (true + rng.choice([1, 2, 3], rows, p=[1 / 2, 1 / 3, 1 / 6])) % kinds)
    names = np.char.mod("kind %02d", np.arange(kinds))
    file = folder / SHADOW_LOG_FILE
    pd.DataFrame({
        "ticket_id": np.char.mod("M-%05d", np.arange(rows)), "true_intent": names[true],
        "predicted_intent": names[predicted], "confidence": confidence, "correct": right.astype(int),
    }).to_csv(file, index=False)  # fmt: skip
    return file
