"""A figure is called measured only where the export shows it; what is inferred is called assumed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import fit_handle
from simulator.calibration.fit.service_level import fit_sla
from simulator.calibration.fit.staffing import fit_staffing
from simulator.report.fit.view import MOST_ROWS, OWED, _figures, _owed, _Stated
from simulator.report.sheet import sheet_of
from simulator.scenario import LedgerRow
from tests.support.small_exports import export_at
from tests.support.work_exports import an_export, category, figures, texts


def test_a_good_or_bad_survey_s_mean_is_assumed() -> None:
    scores = np.array([1.0, 5, 5, 5, 5] * 20)
    mean = figures(fit_csat(an_export(100, satisfaction=scores)))["csat", "human_mean"]
    assert mean.source == "assumed: good counted as 5 and bad as 1, n=100 answers"
    steps = fit_csat(an_export(100, satisfaction=np.minimum(scores + 1, 5)))
    assert str(figures(steps)["csat", "human_mean"].source).startswith("measured")


def test_scores_that_all_lie_below_5_are_asked_about() -> None:
    assert "no score is above 3: if their scale ends there" in texts(
        fit_csat(an_export(90, satisfaction=np.array([1.0, 2, 3] * 30)))
    )


def test_agents_inferred_from_single_moments_are_assumed() -> None:
    created = np.arange(14 * 48.0) * 1800 + 1_767_571_200
    agent = np.zeros(len(created), dtype=np.int32)
    part = fit_staffing(export_at(created, 14, agent=agent, resolved=created + 300))
    assert part.sources["teams.support*"].startswith("assumed: n=1 agents seen at work, hours of activity")
    worked = fit_staffing(export_at(created, 14, agent=agent, began=created, ended=created + 1500))
    assert worked.sources["teams.support*"].startswith("measured: n=1 agents seen at work, gaps")


def test_flags_that_nothing_explains_are_taken_to_be_about_resolution() -> None:
    measures = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        export = an_export(400, met_sla=(rng.random(400) < 0.8).astype(float))
        first = export.created + 60 * rng.exponential(20, 400)
        found = fit_sla(replace(export, first_response=first, resolved=first + 60 * rng.exponential(300, 400)))
        measures += [path[1] for path in found.settings]
    assert measures == ["resolution"] * 8


def test_a_target_that_hardly_any_ticket_met_is_not_read_off_those_few() -> None:
    met = np.zeros(300)
    met[7] = 1
    export = an_export(300, met_sla=met, tier=category(np.zeros(300), "critical"))
    part = fit_sla(replace(export, resolved=export.created + np.linspace(240, 1e6, 300)))
    assert part.settings == {}
    assert "no target can be read off that" in texts(part)


def test_tickets_that_were_resolved_twice_came_back() -> None:
    rng = np.random.default_rng(5)
    export = an_export(2000)
    first = export.created + 3600
    again = rng.random(2000) < 0.15
    resolved = np.where(again, first + 60 * rng.exponential(600, 2000) + 120, first)
    part = fit_flow(replace(export, first_resolved=first, resolved=resolved))
    share = figures(part)["handling", "reopen", "share"]
    assert share == again.mean()
    assert str(share.source).startswith("measured")
    assert figures(part)["handling", "reopen", "limit"].source == (
        "assumed: the export says which tickets came back, not how often"
    )
    copied = fit_flow(replace(export, first_resolved=first, resolved=first))
    assert "the export does not count reopened tickets: 1.1 % is assumed" in texts(copied)


def stated(path: str, value: str, kind: str = "assumed") -> _Stated:
    """A figure of a ledger, with a source of that kind."""
    return _Stated(LedgerRow(path, value, "", f"{kind}: x"), value)


def test_tables_say_where_the_rows_are_that_they_leave_out() -> None:
    rows = [stated(str(row), "1", OWED[row % 2] if row % 3 else "measured") for row in range(6 * MOST_ROWS)]
    assert len(_owed(rows).rows) < len(rows)
    assert _owed(rows).in_files == "one by one in figures.csv"
    assert f"; {MOST_ROWS} more rows are in figures.csv" in sheet_of(_figures(rows)).title


def test_assumed_figures_that_stand_for_the_same_thing_share_a_row() -> None:
    alike = [stated(f"intents.{name}.handle.mean", "8m") for name in "ab"]
    differing = [stated(f"channels.{name}.reply_gap.mean", f"{name}h") for name in "12"]
    section = [stated(f"csat.penalties.{name}", "1") for name in "abcd"]
    assert {row[0]: row[1] for row in _owed([*alike, *differing, *section]).rows} == {
        "intents.*.handle.mean": "8m", "channels.*.reply_gap.mean": "2 figures", "csat.penalties.*": "4 figures",
    }  # fmt: skip


def test_touch_times_of_0_are_told_where_they_are_many() -> None:
    minutes = np.concatenate([np.zeros(40), np.linspace(4, 6, 60)])
    assert "warning intents.*.handle 40 of 100 tickets have a touch time of 0" in texts(
        fit_handle(an_export(100, handle_minutes=minutes))
    )
    assert "touch time of 0" not in texts(fit_handle(an_export(100, handle_minutes=np.maximum(minutes, 1))))
