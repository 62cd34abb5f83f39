"""Measures fitting a large export: `python -m tests.benchmarks.fit_large [--rows 5000000] [--folder DIR]`.

Makes a CSV of a help desk (12 columns that are read, and two of personal data that must not be), reads it in a process
of its own, fits it in another by the command itself, and prints each process's time and peak memory. The file is kept
in the folder for the next run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

CHUNK = 250_000


def make(path: Path, rows: int) -> None:
    """Write an export of two years with `rows` tickets."""
    rng = np.random.default_rng(1)
    writer = None
    created = np.sort(rng.uniform(1_640_995_200, 1_704_067_200, rows))
    for first in range(0, rows, CHUNK):
        table = _chunk(rng, created[first : first + CHUNK], first)
        writer = writer or pc.CSVWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _chunk(rng: np.random.Generator, created: np.ndarray, first: int) -> pa.Table:
    n = len(created)
    reply = created + rng.exponential(3600, n)
    solved = reply + rng.exponential(40_000, n)
    numbers = np.arange(first, first + n)

    def times(moments: np.ndarray) -> pa.Array:
        return pa.array(moments.astype("datetime64[s]")).cast(pa.timestamp("s")).cast(pa.string())

    def one_of(names: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(rng.integers(0, len(names), n), names).dictionary_decode()

    return pa.table(
        {
            "Ticket ID": pa.array(numbers),
            "Subject": pa.array([f"my order, number {number}" for number in numbers]),
            "Requester email": pa.array([f"customer{number}@example.com" for number in numbers]),
            "Created at": times(created),
            "First response at": times(reply),
            "Resolved at": times(solved),
            "Intent": one_of([f"intent {number}" for number in range(40)]),
            "Channel": one_of(["email", "chat", "phone"]),
            "Priority": one_of(["low", "normal", "high", "urgent"]),
            "Group": one_of(["tier 1", "tier 2", "billing"]),
            "Agent": one_of([f"agent {number}" for number in range(300)]),
            "Status": one_of(["solved", "closed"]),
            "Handle time (seconds)": pa.array(rng.lognormal(6, 0.8, n).round(1)),
            "Reopens": pa.array((rng.random(n) < 0.05).astype(int)),
        }
    )


def read(path: Path) -> None:
    """Read the export and say how many tickets it holds."""
    from simulator.calibration.exports.reading import read_export

    reading = read_export(path, zone="Europe/London")
    print(f"{len(reading.export):,} tickets, {len(reading.columns)} columns")


def main() -> None:
    """Make the file if it is not there yet, and measure a process that reads it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read)
        return
    path = given.folder / f"large_export_{given.rows}.csv"
    if not path.exists():
        make(path, given.rows)
    print(f"{path.stat().st_size / 1e6:,.0f} MB")
    here = [sys.executable, "-m"]
    measure("read", [*here, "tests.benchmarks.fit_large", "--read", str(path)])
    with tempfile.TemporaryDirectory() as out:
        told = ["--timezone", "Europe/London", "--set", "max_tickets=1e9"]
        files = ["--out", f"{out}/desk.yaml", "--report", f"{out}/report", "--quiet"]
        measure("fit", [*here, "simulator", "fit", str(path), *told, *files])


def measure(what: str, command: list[str]) -> None:
    """Print how long a process takes, and its peak memory as far as it is above those before it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {seconds:.1f} s ({computed:.1f} s of computing), peak {after.ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
