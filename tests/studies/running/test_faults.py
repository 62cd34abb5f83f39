"""What the machine can do to a study: full and read-only disks, a folder in use. Each is told, and nothing is lost."""

import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.base.errors import OutputError
from simulator.studies.running.batch import run_stored
from simulator.studies.running.store import FILE, Store
from simulator.studies.running.variants import Variant
from tests.studies.running.test_resume import DESK
from tests.support.desks import ai_desk

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits and users of POSIX systems")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario in it."""
    (tmp_path / "desk.yaml").write_text(DESK)
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the summary must be in the end."""
    made = tmp_path_factory.mktemp("undisturbed")
    (made / "desk.yaml").write_text(DESK)
    finishes(ticketflow(made, "results"))
    return summary(made, "results")


def ticketflow(
    folder: Path, out: str, *words: str, before: tuple[str, ...] = (), **how: object
) -> subprocess.CompletedProcess[str]:
    """Run twelve replications of the folder's desk into a folder below it."""
    options = ["-n", "12", "--workers", "1", "--quiet", "--out", str(folder / out), *words]
    command = [*before, sys.executable, "-m", "simulator", "run", str(folder / "desk.yaml"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, **how)


def summary(folder: Path, out: str) -> bytes:
    return (folder / out / "summary.csv").read_bytes()


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    return ended.stderr


def finishes(ended: subprocess.CompletedProcess[str]) -> None:
    assert (ended.returncode, ended.stderr) == (0, "")


# -- no room ---------------------------------------------------------------------------------------------------


def can_mount() -> bool:
    if os.geteuid() != 0 or sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as place:
        tried = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], capture_output=True)
        return tried.returncode == 0 and subprocess.run(["umount", place]).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="a small disk can be mounted by root only")
def test_a_full_disk_is_told_and_what_was_finished_is_kept(folder: Path, undisturbed: bytes) -> None:
    (folder / "disk").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder / "disk")], check=True)
    try:
        told = refused(ticketflow(folder, "disk/results"))
        assert f"{FILE}: cannot be written: the disk is full; free some space, or choose another --out\n" in told
        finished = int(told.splitlines()[1].split()[1])
        assert 0 < finished < 12
        kept = f"{finished} of 12 replications were finished and are kept in {folder / 'disk' / 'results' / FILE}"
        assert f"ticketflow: {kept}; the same command goes on from there\n" in told
        subprocess.run(["mount", "-o", "remount,size=9m", str(folder / "disk")], check=True)
        finishes(ticketflow(folder, "disk/results"))
        assert summary(folder, "disk/results") == undisturbed
    finally:
        subprocess.run(["umount", str(folder / "disk")], check=True)


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_told_and_what_was_finished_is_kept(folder: Path, undisturbed: bytes) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

    told = refused(ticketflow(folder, "results", preexec_fn=limit))
    assert f"{FILE}: cannot be read or written (disk I/O error); check the disk's space and health\n" in told
    finished = int(told.splitlines()[1].split()[1])
    assert 0 < finished < 12
    finishes(ticketflow(folder, "results"))
    assert summary(folder, "results") == undisturbed


def test_a_full_database_keeps_what_is_in_it(tmp_path: Path) -> None:
    variant = Variant("desk", ai_desk(arrivals={"per_week": 40}))
    study = run_stored([variant], tmp_path / "whole", replications=30, workers=1, detail=True)["desk"]
    with Store(tmp_path, [variant], seed=1) as store:
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages + 60}")
        kept: list[int] = []

        def save_all() -> None:
            for cell in study.results:
                store.save("desk", cell, detail=True)
                kept.append(cell.number)

        with pytest.raises(OutputError, match="the disk is full; free some space"):
            save_all()
        assert 0 < len(kept) < 30
    with Store(tmp_path, [variant], seed=1) as store:
        assert [cell.number for cell in store.load("desk", end=30, detail=True)] == kept


# -- no permission ---------------------------------------------------------------------------------------------


@pytest.fixture
def powerless() -> tuple[str, ...]:
    """Words that begin a command of somebody whom permissions bind, even if that is root."""
    if os.geteuid() != 0:
        return ()
    without = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
    if shutil.which("setpriv") is None or subprocess.run([*without, "true"]).returncode:
        pytest.skip("permissions bind root only where setpriv can take power away")
    return without


@pytest.mark.slow
def test_a_read_only_folder_is_refused_before_anything_is_simulated(folder: Path, powerless: tuple[str, ...]) -> None:
    (folder / "closed").mkdir(mode=0o555)
    for out in ("closed", "closed/new"):
        told = refused(ticketflow(folder, out, before=powerless))
        assert told == f"{folder / out}: cannot be written to; choose another --out\n"
    assert list((folder / "closed").iterdir()) == []


@pytest.mark.slow
def test_a_read_only_store_is_refused(folder: Path, powerless: tuple[str, ...]) -> None:
    finishes(ticketflow(folder, "results"))
    store = folder / "results" / FILE
    before = store.read_bytes()
    store.chmod(0o444)
    told = refused(ticketflow(folder, "results", "-n", "14", before=powerless))
    assert told.startswith(f"{store}: cannot be written: it is read-only; choose another --out\n")
    assert store.read_bytes() == before
    assert stat.S_IMODE(store.stat().st_mode) == 0o444


@pytest.mark.slow
def test_a_folder_in_place_of_the_store_is_refused(folder: Path) -> None:
    (folder / "results" / FILE).mkdir(parents=True)
    told = refused(ticketflow(folder, "results"))
    assert told == f"{folder / 'results' / FILE}: cannot be opened or made; choose another --out\n"
    assert f"{FILE}: cannot be used: Is a directory" in refused(ticketflow(folder, "results", "--fresh"))


# -- in use ----------------------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from simulator.scenario import load_scenario
from simulator.studies.running.store import Store
from simulator.studies.running.variants import Variant

desk = load_scenario(sys.argv[1])
with Store(Path(sys.argv[2]), [Variant(desk.name, desk)], seed=1):
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_two_commands_in_one_folder_do_not_mix(folder: Path, fresh: list[str]) -> None:
    command = [sys.executable, "-c", HOLD, str(folder / "desk.yaml"), str(folder / "results")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        told = refused(ticketflow(folder, "results", *fresh))
        assert told == (
            f"{folder / 'results' / FILE}: is in use by another ticketflow command;"
            " let it finish, or choose another --out\n"
        )
        first.communicate("done\n")
    finishes(ticketflow(folder, "results", *fresh))


def test_a_refused_study_leaves_nothing_behind(tmp_path: Path) -> None:
    nobody_on_duty = ai_desk(
        csat={"human_mean": 4}, teams={"support": {"agents": 0}}, policy={"mode": "off"}, drain="1h"
    )
    refusals: list[Callable[[], object]] = [
        lambda: run_stored([Variant("desk", nobody_on_duty)], tmp_path / "o", replications=2, workers=1),
        lambda: run_stored([Variant("desk", ai_desk())], tmp_path / "o", replications=0),
        lambda: run_stored([Variant("desk", ai_desk())], tmp_path / "o", replications=2, workers="x"),
    ]
    for refusal in refusals:
        with pytest.raises(Exception, match=r"closed no ticket|replications is 0|workers is x"):
            refusal()
        assert list(tmp_path.iterdir()) == []
