"""The store of a study: what is read is what was written, and what does not belong is refused."""

import json
import math
import os
import re
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from simulator.base.errors import OutputError
from simulator.scenario import Scenario
from simulator.studies.running.batch import run_stored, run_variants
from simulator.studies.running.cell import one_replication, satisfaction_anchor
from simulator.studies.running.database import PACKAGE, code_version, hashed_files
from simulator.studies.running.results import Replication
from simulator.studies.running.store import FILE, Store
from simulator.studies.running.variants import Variant
from tests.support.desks import ai_desk, changed, pilot_desk, plain_desk

SMALL = {"arrivals": {"per_week": 40}, "csat": {"human_mean": 4.2}, "costs": {"agent_per_hour": 20}}


def variants(scenario: Scenario | None = None, name: str = "desk") -> list[Variant]:
    return [Variant(name, ai_desk(**SMALL) if scenario is None else scenario)]


def same(one: Replication, other: Replication) -> bool:
    """Compare everything that a replication holds, bit by bit, the order of what becomes rows included."""

    def plain(value: object) -> object:
        if isinstance(value, Mapping):
            return [(key, plain(item)) for key, item in value.items()]
        if isinstance(value, float):
            return "nan" if math.isnan(value) else float(value).hex()
        if isinstance(value, np.ndarray):
            return (value.shape, value.dtype.str, value.tobytes())
        return value

    def told(replication: Replication) -> object:
        arms = [arm for arm in (replication.arm, replication.baseline) if arm is not None]
        return [
            replication.number,
            len(arms),
            plain(replication.groups),
            [(plain(dict(sorted(arm.kpis.items()))), plain(arm.costs)) for arm in arms],
            [(plain(vars(arm.load)), plain(arm.flow)) for arm in arms if arm.detail is not None],
        ]

    return told(one) == told(other)


# -- what is kept ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", [pilot_desk(weeks=1), plain_desk(arrivals={"per_week": 2})])
def test_a_replication_is_read_as_it_was_written(scenario: Scenario, tmp_path: Path) -> None:
    cell = one_replication(scenario, 3, 1, "simpy", satisfaction_anchor(scenario, 1))
    assert any(math.isnan(value) for value in cell.arm.kpis.values())
    with Store(tmp_path, variants(scenario), seed=1) as store:
        store.save("desk", cell, detail=True)
    with Store(tmp_path, variants(scenario), seed=1) as store:
        (kept,) = store.load("desk", end=4, detail=True)
        assert list(store.load("desk", end=3, detail=True)) == []
    assert same(kept, cell)


def test_an_anchor_is_read_as_it_was_written(tmp_path: Path) -> None:
    with Store(tmp_path, variants(), seed=1) as store:
        assert store.anchor("history") is None
        store.save_anchor("history", 0.1 + 0.2)
        assert store.anchor("history") == 0.1 + 0.2


def test_figures_can_be_queried_with_any_sqlite_tool(tmp_path: Path) -> None:
    study = run_stored(variants(), tmp_path, replications=3, workers=1)["desk"]
    with sqlite3.connect(tmp_path / FILE) as connection:
        query = "SELECT value FROM figures WHERE variant = 'desk' AND arm = ? AND kpi = ? ORDER BY replication"
        for arm, is_baseline in (("variant", False), ("baseline", True)):
            values = [row[0] for row in connection.execute(query, (arm, "aht"))]
            assert values == study.values("aht", baseline=is_baseline).tolist()
        nothing = connection.execute("SELECT value FROM figures WHERE kpi = 'aht_triage'").fetchall()
        assert nothing == [(None,)] * 6
        (text,) = connection.execute("SELECT scenario FROM variants").fetchone()
        assert Scenario.model_validate(json.loads(text)) == ai_desk(**SMALL)
    connection.close()


def test_one_tidy_file_is_left(tmp_path: Path) -> None:
    run_stored(variants(), tmp_path, replications=2, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_nothing_is_left_where_nothing_was_finished(tmp_path: Path) -> None:
    with Store(tmp_path / "new" / "folder", variants(), seed=1):
        assert (tmp_path / "new" / "folder" / FILE).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_study_of_kpis_keeps_no_detail_and_one_with_detail_simulates_again(tmp_path: Path) -> None:
    kpis = run_stored(variants(), tmp_path, replications=2, workers=1)["desk"]
    assert kpis.results[0].groups == {}
    told: list[tuple[int, int]] = []
    full = run_stored(
        variants(), tmp_path, replications=2, workers=1, detail=True, progress=lambda *now: told.append(now)
    )
    assert told == [(1, 2), (2, 2)]
    assert full["desk"].results[0].groups
    assert full["desk"].values("aht").tolist() == kpis.values("aht").tolist()
    told.clear()
    run_stored(variants(), tmp_path, replications=2, workers=1, progress=lambda *now: told.append(now))
    assert told == [(2, 2)]  # What has detail has KPIs, too.


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with the store of a finished study."""
    run_stored(variants(), tmp_path, replications=2, workers=1)
    return tmp_path


def refused(folder: Path, *, scenario: Scenario | None = None, name: str = "desk", **options: object) -> str:
    before = (folder / FILE).read_bytes()
    with pytest.raises(OutputError) as caught:
        run_stored(variants(scenario, name), folder, replications=2, workers=1, **options)
    assert (folder / FILE).read_bytes() == before
    (problem,) = caught.value.problems
    assert problem.where == str(folder / FILE)
    return problem.message


REMEDY = "; choose another --out, or discard it with --fresh"


def test_a_store_of_another_seed_is_refused(kept: Path) -> None:
    assert refused(kept, seed=2) == "holds results of seed 1, and this is seed 2" + REMEDY


def test_a_store_of_another_version_is_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.running.store.__version__", "9.9.9")
    assert "holds results of ticketflow version 0." in refused(kept)
    assert "and this is ticketflow version 9.9.9; choose another --out" in refused(kept)


def test_a_store_of_another_scenario_is_refused_with_what_differs(kept: Path) -> None:
    other = changed(ai_desk(**SMALL), policy__answer_threshold=0.5, weeks=2)
    told = "holds results of another scenario named 'desk' (weeks is 1 there and 2 here,"
    assert refused(kept, scenario=other).startswith(told)
    assert "policy.answer_threshold is" in refused(kept, scenario=other)
    assert "another scenario, 'desk'" in refused(kept, scenario=other, name="shop")


def test_other_variants_of_the_same_scenario_go_into_the_store_beside_those_it_has(kept: Path) -> None:
    base = ai_desk(**SMALL)
    more = [Variant("more", changed(base, teams__support__agents=4), (), base)]
    assert len(run_stored(more, kept, replications=1, workers=1)["more"]) == 1
    told: list[tuple[int, int]] = []
    run_stored(variants(), kept, replications=2, workers=1, progress=lambda *now: told.append(now))
    assert told == [(2, 2)]


def test_a_store_of_another_state_of_the_code_is_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.running.store.code_version", lambda: "0123456789ab")
    told = r"holds results of ticketflow code [0-9a-f]{12}, and this is ticketflow code 0123456789ab; choose"
    assert re.match(told, refused(kept))


def test_the_fingerprint_of_the_code_covers_the_model_and_not_its_reports() -> None:
    files = {str(file.relative_to(PACKAGE)) for file in hashed_files()}
    model = {"engines/kernel.py", "journeys/steps.py", "metrics/registry.py", "studies/running/cell.py", "run.py"}
    assert model <= files
    assert not any(file.startswith(("report/", "cli/")) for file in files)
    assert re.fullmatch("[0-9a-f]{12}", code_version())


def test_a_store_whose_baseline_was_another_is_refused(kept: Path) -> None:
    # The scenario is the same; the desk that it is compared with is not.
    base = changed(ai_desk(**SMALL), teams__support__agents=9)
    with pytest.raises(OutputError, match="another scenario named 'desk'"):
        run_stored([Variant("desk", ai_desk(**SMALL), (), base)], kept, replications=2, workers=1)


def test_more_variants_go_into_the_store_beside_those_it_has(kept: Path) -> None:
    both = [*variants(), Variant("more", changed(ai_desk(**SMALL), teams__support__agents=4))]
    told: list[tuple[int, int]] = []
    run_stored(both, kept, replications=2, workers=1, progress=lambda *now: told.append(now))
    assert told == [(2, 4), (3, 4), (4, 4)]


def test_fresh_discards_a_store_of_another_study(kept: Path) -> None:
    other = changed(ai_desk(**SMALL), weeks=2)
    study = run_stored(variants(other), kept, replications=1, workers=1, fresh=True, seed=5)["desk"]
    assert len(study) == 1
    assert "holds results of seed 5" in refused(kept)


def test_a_database_of_another_program_is_refused_even_by_fresh(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("CREATE TABLE letters (text)")
        connection.execute("INSERT INTO letters VALUES ('dear')")
    connection.close()
    assert refused(tmp_path) == "is a database of another program; choose another --out"
    assert "is no store of a study, so --fresh leaves it alone" in refused(tmp_path, fresh=True)


def test_an_empty_file_is_taken_for_a_store_that_was_never_begun(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert len(run_stored(variants(), tmp_path, replications=1, workers=1, fresh=True)["desk"]) == 1


# -- damage ----------------------------------------------------------------------------------------------------


def test_a_store_of_garbage_is_refused_even_by_fresh(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"dear diary " * 1000)
    assert "is no store of a study, or is damaged; move it away" in refused(tmp_path)
    assert "--fresh leaves it alone" in refused(tmp_path, fresh=True)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_store_is_refused(share: float, kept: Path) -> None:
    os.truncate(kept / FILE, int((kept / FILE).stat().st_size * share) // 512 * 512)
    assert "is damaged" in refused(kept)
    run_stored(variants(), kept, replications=2, workers=1, fresh=True)


@pytest.mark.slow
def test_no_flipped_byte_goes_unnoticed(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    study = run_stored(variants(), kept, replications=2, workers=1)["desk"]
    content = (kept / FILE).read_bytes()
    folder = tmp_path_factory.mktemp("flipped")
    noticed = 0
    rng = np.random.default_rng(11)
    for place in rng.integers(0, len(content), 120):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        (folder / FILE).write_bytes(damaged)
        try:
            found = run_stored(variants(), folder, replications=2, workers=1)["desk"]
        except OutputError:
            noticed += 1
        else:
            # Some bytes of a database say nothing; then nothing may have changed.
            assert found.anchor == study.anchor
            for one, other in zip(found.results, study.results, strict=True):
                assert same(one, other), place
        shutil.rmtree(folder)
        folder.mkdir()
    assert noticed > 20


def test_a_store_in_use_is_refused(tmp_path: Path) -> None:
    cell = run_variants(variants(), replications=1, workers=1)["desk"].results[0]
    with Store(tmp_path, variants(), seed=1) as store:
        store.save("desk", cell, detail=False)
        for fresh in (False, True):
            with pytest.raises(OutputError, match="is in use by another ticketflow command; let it finish"):
                Store(tmp_path, variants(), seed=1, fresh=fresh)
        assert len(list(store.load("desk", end=1, detail=False))) == 1
