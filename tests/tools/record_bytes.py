"""Record what every command writes and prints, and compare two such records to the byte.

    python record_bytes.py FOLDER                      every case, each in FOLDER/CASE
    python record_bytes.py FOLDER --quick              some cases that touch each study, in a minute or so
    python record_bytes.py FOLDER --only "run|tune"    cases whose names the pattern is found in
    python record_bytes.py FOLDER --desks OTHER        further desks (OTHER/*.yaml), as cases `shared_NAME`
    python record_bytes.py --compare BEFORE AFTER      what differs; ends with exit code 1 if any figure does

Cases run with this interpreter and environment, so PYTHONPATH chooses the source tree. Start it in the root of a source
tree: the folder `scenarios` there is copied to FOLDER/inputs (`--scenarios` takes another), and cases name those copies
and nothing else outside their own folder, so that no path of a machine gets into what they write.

CSV, JSON, YAML and every kind of file that is not named here must be equal to the byte. Manifests are compared without
the version of the program and of its packages, and without the hash that the version is part of. Parquet may differ in
its metadata, an SQLite store in how its pages lie and in what it says about version and code. What is read and looked
at (text printed, pages, pictures) is told where it differs, and counts as no difference of figures.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INPUTS = "inputs"
ABOUT = "record.json"
"""Beside the cases: version, seconds and exit codes; not compared."""
TREE = "TREE"
"""Stands in printed text for the folder that the package is in."""
COMPILING = "Compiling for this machine"
"""A note that tells about the machine, not about the command."""
MANIFEST_LEFT_OUT = frozenset({"ticketflow", "versions", "code", "sha256"})
"""Keys of a manifest's first level that hang on the version of the program; `sha256` hashes it with the inputs."""
STORE_LEFT_OUT = frozenset({"ticketflow", "code"})
"""Rows of a store's table `meta` that tell version and code."""
STARTER_DAY = re.compile(r"^start: \d{4}-\d\d-\d\d", re.MULTILINE)
"""The first Monday after today, which `new` writes into a starter."""
LOOKED_AT = {".html": "page", ".png": "picture", ".svg": "picture"}
SHORT, FEW = 160, 3
"""Letters of a line, and files, that a message shows."""

# -- cases -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One or more commands that run one after another in a folder of their own."""

    name: str
    commands: tuple[str, ...]
    quick: bool = False
    ends_with: int | None = 0
    """Exit code of the last command; None if any will do."""


SMALL = "--workers 1 --out results"
TICKETS = "../inputs/exports/garden_shop_tickets.csv.gz"
EXPORT = f"{TICKETS} --roster ../inputs/exports/garden_shop_roster.csv --timezone Europe/London"
UNKNOWN_TO_A_LOG = (
    '--set "ai.answer.calibration={shift: -0.2, scale: 1}" --set ai.after_wrong.noticed=40%'
    " --set ai.after_wrong.returns=40% --set ai.after_wrong.lost=20%"
)
TEST = "--test 2026-09-28..2026-10-18"
SHIPPED = (
    "bank_call_centre", "banking_ai_pilot", "ecommerce_peak", "outerwear", "pilot_to_production", "saas_pilot",
    "supplements",
)  # fmt: skip
RAILS = '--subject-to "csat_gap<=10" --subject-to "wrong_answer<=10%"'


def shipped_cases() -> list[Case]:
    """List the cases of the scenarios that are shipped, those that take longest first."""
    found = [
        # Searches.
        Case("tune_per_intent", (f"tune saas_pilot --per-intent --set arrivals.per_week=1500 {RAILS}"
                                 f" -n 4 --max-replications 10 {SMALL}",)),
        Case("roi_saas_pilot", (f"roi saas_pilot --draws 8 -n 2 --set arrivals.per_week=1500 {SMALL}",)),
        Case("roi_outerwear_assume", (f"roi outerwear --draws 8 -n 2 --assume 20% --stress 0 --json {SMALL}",)),
        Case("staff_outerwear", (f'staff outerwear --target "sla_breach<=5%" -n 5 {SMALL}',)),
        Case("staff_supplements", (f'staff supplements --target "sla_breach<=12%" --max-occupancy 85% --phase last'
                                   f" -n 5 --json {SMALL}",)),
        Case("tune_single", (f"tune outerwear --set weeks=2 -n 4 --max-replications 10 {SMALL}",), quick=True),
        Case("tune_objective", (f"tune supplements --objective cost_total --subject-to none --set weeks=2"
                                f" -n 4 --max-replications 10 --json {SMALL}",)),
        Case("staff_quick", (f'staff outerwear --target "sla_breach<=8%" --set weeks=2 -n 5 {SMALL}',), quick=True),
        Case("staff_impossible", (f'staff supplements --target "sla_breach<=5%" -n 5 {SMALL}',), ends_with=2),
        Case("roi_quick", (f"roi supplements --draws 4 -n 2 --stress 0 {SMALL}",), quick=True),
        Case("pilot_saas_pilot", (f"pilot saas_pilot -n 20 {SMALL}",)),
        Case("pilot_outerwear", (f"pilot outerwear -n 20 {SMALL}",), quick=True),
        Case("pilot_to_production", (f"pilot pilot_to_production --safe 95% --kpi aht_escalated -n 20 --json"
                                      f" {SMALL}",)),
        # Exports.
        Case("backtest", (f"backtest {EXPORT} {TEST} -n 19 {SMALL}",)),
        Case("backtest_observed", (f"backtest {EXPORT} {TEST} --arrivals replayed --staffing observed -n 19 --json"
                                   f" {SMALL}",)),
        Case("backtest_given", (f"fit {EXPORT} --to 2026-09-27 --out desk.yaml --report fit -q",
                                f"backtest desk.yaml --tickets {TICKETS} --timezone Europe/London {TEST}"
                                f" -n 19 {SMALL}")),
        Case("fit", (f"fit {EXPORT} --out desk.yaml --report results", "check desk.yaml --json"), quick=True),
        Case("fit_ai_log", (f"fit {EXPORT} --ai-log ../inputs/exports/garden_shop_shadow_log.csv --country GB"
                            f" --set intents.*.reopen=2% {UNKNOWN_TO_A_LOG} --out desk.yaml --report results --json",)),
        Case("fit_asks", (f"fit {EXPORT} --ai-log ../inputs/exports/garden_shop_shadow_log.csv --out desk.yaml",),
             ends_with=2),
        Case("fit_fields", ("fit --fields",)),
        # Grids and comparisons.
        Case("sweep_one", (f'sweep outerwear --vary "arrivals.per_week=1500,1800,2100" -n 2 {SMALL}',), quick=True),
        Case("sweep_two", (f'sweep supplements --vary "policy.phases[2].answer_threshold=0.7:0.9:0.1"'
                           f' --vary "arrivals.per_week=1300,1700" -n 3 --json {SMALL}',)),
        Case("sweep_saas_pilot", (f'sweep saas_pilot --vary "policy.phases[3].answer_threshold=0.7:0.9:0.1" -n 2'
                                  f" {SMALL}",)),
        Case("compare_saas_pilot", (f"compare saas_pilot --variant two_evening_agents --variant answer_from_080"
                                    f' --variant later_tier1_shift --variant "both:two_evening_agents,'
                                    f'cross_trained_billing" -n 3 {SMALL}',)),
        Case("compare_ecommerce_peak", (f"compare ecommerce_peak --variant answer_more_in_surge"
                                        f" --variant chat_overflow_at_once --variant part_time_peak -n 2 --json"
                                        f" {SMALL}",)),
        Case("compare_outerwear", (f"compare outerwear --variant weekend_cover -n 3 {SMALL}",), quick=True),
        Case("compare_files", (f"compare ../inputs/bank_call_centre.yaml ../inputs/banking_ai_pilot.yaml -n 2"
                               f" {SMALL}",)),
        # Runs.
        *(Case(f"run_{name}", (f"run {name} -n 2 {SMALL}",), quick=name == "supplements") for name in SHIPPED),
        Case("run_json", (f"run outerwear -n 2 --json {SMALL}",)),
        Case("run_simpy", (f"run outerwear -n 2 --set weeks=2 --engine simpy {SMALL}",)),
        Case("run_precision", (f"run outerwear --set weeks=2 --precision 10% --precision-kpi csat_mean"
                               f" --precision-kpi occupancy --min-replications 2 --max-replications 4 {SMALL}",)),
        Case("run_processes", ("run supplements -n 3 --set weeks=2 --workers processes:2 --out results",)),
        Case("run_extended", (f"run supplements -n 1 --seed 7 --set weeks=2 -q {SMALL}",
                              f"run supplements -n 2 --seed 7 --set weeks=2 {SMALL}")),
        # What is only told.
        *(Case(f"check_{name}", (f"check {name} --json", f"check {name}")) for name in SHIPPED),
        Case("kpis", ("kpis", "kpis --json", "kpis --markdown")),
        Case("scenarios", ("scenarios", "scenarios --json")),
        Case("schema", ("schema", "schema --markdown")),
        Case("new", ("new my_desk", 'new "Second desk" --json')),
        Case("refused", ("run ../inputs/saas_pilot.yaml --set policy.answer_threshold=2 --out results",), ends_with=2),
    ]  # fmt: skip
    return found


def desk_cases(desks: Path) -> list[Case]:
    """List a case for each desk of a folder."""
    return [
        Case(f"shared_{desk.stem}", (f"run ../{INPUTS}/desks/{desk.name} -n 1 {SMALL}",), ends_with=None)
        for desk in sorted(desks.glob("*.yaml"))
    ]


def chosen(cases: Iterable[Case], given: argparse.Namespace) -> list[Case]:
    """Keep the cases that were asked for."""
    return [case for case in cases if _is_wanted(case.name, given) and (case.quick or not given.quick)]


def _is_wanted(name: str, given: argparse.Namespace) -> bool:
    return given.only is None or re.search(given.only, name) is not None


# -- recording ---------------------------------------------------------------------------------------------


def record(given: argparse.Namespace) -> int:
    """Run the cases; give 1 if any ended in another way than it should."""
    folder = given.folder.resolve()
    cases = shipped_cases() + ([] if given.desks is None else desk_cases(given.desks))
    wanted = chosen(cases, given)
    if not wanted:
        print("no case has such a name", file=sys.stderr)
        return 2
    _copy_inputs(given.scenarios, given.desks, folder / INPUTS)
    root, version = _package(folder)
    print(f"{len(wanted)} cases with ticketflow {version} of {root}", flush=True)

    def recorded(case: Case) -> dict[str, Any]:
        found = _record_case(case, folder / case.name, root)
        if not given.quiet:
            print(f"{case.name}: {found['seconds']} s", flush=True)
        return found

    with ThreadPoolExecutor(given.jobs) as pool:
        found = dict(zip([case.name for case in wanted], pool.map(recorded, wanted), strict=True))
    about = folder / ABOUT
    earlier = json.loads(about.read_text("utf-8"))["cases"] if about.exists() else {}
    about.write_text(json.dumps({"version": version, "cases": earlier | found}, indent=2) + "\n", encoding="utf-8")
    wrong = [case for case in wanted if not _ended_well(case, found[case.name]["exit_codes"])]
    for case in wrong:
        print(f"{case.name}: ended with {found[case.name]['exit_codes']}, see its stderr.txt", file=sys.stderr)
    return 1 if wrong else 0


def _ended_well(case: Case, codes: list[int]) -> bool:
    return case.ends_with is None or codes == [0] * (len(codes) - 1) + [case.ends_with]


def _copy_inputs(scenarios: Path, desks: Path | None, inputs: Path) -> None:
    shutil.rmtree(inputs, ignore_errors=True)
    inputs.mkdir(parents=True)
    for file in sorted(scenarios.glob("*.yaml")):
        shutil.copy(file, inputs)
    shutil.copytree(scenarios / "exports", inputs / "exports")
    if desks is not None:
        (inputs / "desks").mkdir()
        for file in sorted(desks.glob("*.yaml")):
            shutil.copy(file, inputs / "desks")


def _package(folder: Path) -> tuple[Path, str]:
    """Tell where the package lies that the cases are about to run, and its version."""
    ask = "import simulator; print(simulator.__file__); print(simulator.__version__)"
    told = subprocess.run([sys.executable, "-c", ask], cwd=folder, check=True, capture_output=True, encoding="utf-8")
    file, version = told.stdout.splitlines()
    return Path(file).resolve().parents[1], version


def _record_case(case: Case, folder: Path, root: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began, codes = time.monotonic(), []
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    for number, command in enumerate(case.commands, start=1):
        words = [sys.executable, "-m", "simulator", *shlex.split(command)]
        ended = subprocess.run(words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
        name = "" if number == 1 else f"_{number}"
        printed = ended.stdout.replace(str(root), TREE)
        kind = "json" if _is_json(printed) else "txt"
        (folder / f"stdout{name}.{kind}").write_text(printed, encoding="utf-8")
        complained = [line for line in ended.stderr.splitlines(keepends=True) if not line.startswith(COMPILING)]
        (folder / f"stderr{name}.txt").write_text("".join(complained).replace(str(root), TREE), encoding="utf-8")
        codes.append(ended.returncode)
    (folder / "exit_codes").write_text(f"{codes}\n", encoding="utf-8")
    return {"seconds": round(time.monotonic() - began, 1), "exit_codes": codes}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# -- comparing ---------------------------------------------------------------------------------------------


@dataclass
class Findings:
    """What a comparison has seen."""

    compared: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    """Of figures, or of which files there are."""
    notes: list[str] = field(default_factory=list)
    """Of what is read and looked at."""
    left_out: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Files that were equal only after something was left out, by what that was."""


def compare(before: Path, after: Path, given: argparse.Namespace) -> int:
    """Print what differs between two records, and what was compared; give 1 if figures differ, or nothing was there."""
    quick = {case.name for case in shipped_cases() if case.quick}
    there, here = (
        {name for name in _cases_in(folder) if _is_wanted(name, given) and (name in quick or not given.quick)}
        for folder in (before, after)
    )
    found = Findings()
    versions = (_version(before), _version(after))
    for name in sorted(there ^ here):
        found.differences.append(f"{name}: only in {before if name in there else after}")
    for name in sorted(there & here):
        _compare_folders(name, before / name, after / name, versions, found)
    inputs = Findings()
    if given.only is None and not given.quick:
        _compare_folders(INPUTS, before / INPUTS, after / INPUTS, versions, inputs)
    for line in found.differences:
        print(f"DIFFERS  {line}")
    for line in [*found.notes, *inputs.differences]:
        print(f"note     {line}")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.compared.items()))
    print(f"{len(there & here)} cases compared: {sum(found.compared.values())} files ({kinds})")
    if inputs.compared:
        print(f"{sum(inputs.compared.values())} inputs compared, {len(inputs.differences)} differ")
    for what, files in sorted(found.left_out.items()):
        print(f"equal but for {what}: {len(files)} ({', '.join(files[:FEW])}{', …' if len(files) > FEW else ''})")
    print(f"{len(found.differences)} differences of figures or files, {len(found.notes)} of words, pages and pictures")
    if not there & here:
        print("nothing was compared", file=sys.stderr)
    return 1 if found.differences or not there & here else 0


def _cases_in(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        sys.exit(f"{folder} is no folder")
    for path in folder.iterdir():
        if path.is_dir() and path.name != INPUTS:
            yield path.name


def _version(folder: Path) -> str:
    about = folder / ABOUT
    return str(json.loads(about.read_text("utf-8"))["version"]) if about.exists() else ""


def _compare_folders(name: str, before: Path, after: Path, versions: tuple[str, str], found: Findings) -> None:
    there, here = _files(before), _files(after)
    for path in sorted(there ^ here):
        found.differences.append(f"{name}/{path}: only {'before' if path in there else 'after'}")
    for path in sorted(there & here):
        one, other, kind = before / path, after / path, _kind(before / path)
        found.compared[kind] += 1
        if one.read_bytes() == other.read_bytes():
            continue
        if kind in ("words", "page", "picture"):
            seen = f": {_first_line(one, other)}" if kind == "words" else ""
            found.notes.append(f"{name}/{path}: {kind} differ{'s' if kind != 'words' else ''}{seen}")
        elif difference := _difference(kind, name, path, before, after, versions, found):
            found.differences.append(f"{name}/{path}: {difference}")


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _kind(file: Path) -> str:
    if re.fullmatch(r"std(out|err)(_\d+)?\.txt", file.name):
        return "words"
    if file.name == "manifest.json":
        return "manifest"
    return LOOKED_AT.get(file.suffix, file.suffix.removeprefix(".") or file.name)


def _difference(
    kind: str, case: str, path: str, there: Path, here: Path, versions: tuple[str, str], found: Findings
) -> str | None:
    """Say in what two files differ that are not equal to the byte; None if only in what may differ."""
    before, after = there / path, here / path
    by_kind: dict[str, tuple[Callable[[Path, Path], str | None], str]] = {
        "manifest": (_manifests, "version and its hash in manifests"),
        "parquet": (_parquet, "metadata of Parquet"),
        "sqlite": (_stores, "version, code and layout of SQLite stores"),
    }
    if kind in by_kind:
        differ, left_out = by_kind[kind]
        difference = differ(before, after)
        if difference is None:
            found.left_out[left_out].append(f"{case}/{path}")
        return difference
    try:
        texts = [file.read_text("utf-8") for file in (before, after)]
    except UnicodeDecodeError:
        return "bytes differ"
    if case == "new" and kind == "yaml":
        texts, left_out = [STARTER_DAY.sub("start: DAY", text) for text in texts], "the day of a starter"
    else:
        pairs = zip(texts, versions, strict=True)
        texts = [text.replace(f"ticketflow {version}", "ticketflow VERSION") for text, version in pairs]
        left_out = "the version in texts"
    if texts[0] == texts[1]:
        found.left_out[left_out].append(f"{case}/{path}")
        return None
    if kind == "json":
        return _first_leaf(*(json.loads(text) for text in texts)) or "order or layout differs"
    return _first_line(before, after)


def _manifests(before: Path, after: Path) -> str | None:
    one, other = (
        {key: value for key, value in json.loads(file.read_text("utf-8")).items() if key not in MANIFEST_LEFT_OUT}
        for file in (before, after)
    )
    if json.dumps(one) == json.dumps(other):
        return None
    return _first_leaf(one, other) or "order differs"


def _parquet(before: Path, after: Path) -> str | None:
    import pyarrow.parquet

    one, other = (pyarrow.parquet.read_table(file).replace_schema_metadata(None) for file in (before, after))
    if not one.schema.equals(other.schema):
        return f"columns differ: {one.schema.names} and {other.schema.names}"
    if one.num_rows != other.num_rows:
        return f"{one.num_rows} rows and {other.num_rows}"
    for name in one.schema.names:
        there, here = (table.column(name).to_pylist() for table in (one, other))
        for row, pair in enumerate(zip(there, here, strict=True)):
            if repr(pair[0]) != repr(pair[1]):
                return f"column {name}, row {row}: {_short(repr(pair[0]))} and {_short(repr(pair[1]))}"
    return None


def _stores(before: Path, after: Path) -> str | None:
    (one_made, one), (other_made, other) = _store(before), _store(after)
    if one_made != other_made:
        return "tables are made differently"
    for table, rows in one.items():
        if rows != other[table]:
            pairs = zip(rows, other[table], strict=False)
            seen = next((pair for pair in pairs if pair[0] != pair[1]), None)
            which = f"{len(rows)} rows and {len(other[table])}" if seen is None else _apart(*seen)
            return f"table {table}: {which}"
    return None


def _store(file: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Give how a store is made, and the rows of its tables: columns by name, floats in full, sorted as text."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        master = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        made = [f"{kind} {name} {' '.join((sql or '').split())}" for kind, name, sql in master]
        for pragma in ("application_id", "user_version"):
            made.append(f"{pragma} {connection.execute(f'PRAGMA {pragma}').fetchone()[0]}")
        tables = {}
        for kind, name, _ in master:
            if kind == "table":
                rows = [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
                if name == "meta":
                    rows = [row for row in rows if row.get("name") not in STORE_LEFT_OUT]
                tables[name] = sorted(map(repr, rows))
        return made, tables


def _first_leaf(one: Any, other: Any) -> str | None:
    """Name the first value of two JSON documents that differs, a number before a text; None if none does."""
    leaves = list(_leaves(one, other, "$"))
    if not leaves:
        return None
    place, there, here = next((leaf for leaf in leaves if not _are_texts(leaf)), leaves[0])
    only = ", in words only" if _are_texts((place, there, here)) else ""
    return f"{len(leaves)} values differ{only}; {place}: {_apart(json.dumps(there), json.dumps(here))}"


def _are_texts(leaf: tuple[str, Any, Any]) -> bool:
    return isinstance(leaf[1], str) and isinstance(leaf[2], str)


def _leaves(one: Any, other: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key, value in one.items():
            yield from _leaves(value, other[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _leaves(*pair, f"{place}[{index}]")
    elif repr(one) != repr(other):
        yield place, one, other


def _first_line(before: Path, after: Path) -> str:
    one, other = (file.read_text("utf-8").splitlines() for file in (before, after))
    for number, pair in enumerate(zip(one, other, strict=False), start=1):
        if pair[0] != pair[1]:
            return f"line {number}: {_apart(*pair)}"
    return f"{len(one)} lines and {len(other)}" if len(one) != len(other) else "ends of lines differ"


def _apart(one: str, other: str) -> str:
    """Show two texts from a little before where they part."""
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, same - 40)
    return f"{_short(one[start:])} | {_short(other[start:])}"


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


# -- the command -------------------------------------------------------------------------------------------


def main() -> int:
    """Record or compare, as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, help="folder to record into")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"), help="compare two such folders")
    parser.add_argument("--only", metavar="REGEX", help="only cases in whose names this is found")
    parser.add_argument("--quick", action="store_true", help="only some cases that touch each study")
    parser.add_argument("--desks", type=Path, metavar="FOLDER", help="folder of further desks (*.yaml) to run")
    parser.add_argument("--scenarios", type=Path, default=Path("scenarios"), metavar="FOLDER",
                        help="folder of shipped scenarios and exports; `scenarios` by default")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="cases at a time; 2 by default")
    parser.add_argument("--list", action="store_true", help="list the cases and their commands, and run nothing")
    parser.add_argument("-q", "--quiet", action="store_true", help="print no case that went well")
    given = parser.parse_args()
    if given.compare:
        before, after = given.compare
        return compare(before, after, given)
    if given.list:
        for case in chosen(shipped_cases() + ([] if given.desks is None else desk_cases(given.desks)), given):
            print(f"{case.name}{' (quick)' if case.quick else ''}: {'; '.join(case.commands)}")
        return 0
    if given.folder is None:
        parser.error("give a folder to record into, or --compare BEFORE AFTER")
    return record(given)


if __name__ == "__main__":
    sys.exit(main())
