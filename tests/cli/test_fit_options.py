"""What a user gives beside the tickets is used, or said not to be: nothing is passed over in silence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from simulator.base.errors import ExportError
from simulator.calibration.exports.roster import Roster, RosterRow
from simulator.calibration.fit.files import FitRequest, fit_files, mapped, read_files
from simulator.calibration.fit.fitting import Extras, fit_scenario
from simulator.calibration.fit.handle import fit_handle
from simulator.calibration.fit.staffing import fit_staffing
from simulator.report.fit.view import fit_page
from tests.support.exports import save, spell, truth
from tests.support.shadow_logs import log_of, platt
from tests.support.small_exports import FIRST, export_of_totals
from tests.support.work_exports import an_export, texts


def test_a_field_mapped_to_no_column_is_not_read_as_errors_advise(tmp_path: Path) -> None:
    of = truth(60)
    path = save(tmp_path, {"created_at": spell(of.created), "team": [f"{name}@desk.example" for name in of.team]})
    with pytest.raises(ExportError, match=r"or none \(--map team=\)"):
        read_files(FitRequest(path, zone="UTC"))
    assert mapped(["team="]) == {"team": ""}
    assert read_files(FitRequest(path, ["team="], zone="UTC"))[0].export.team is None


@pytest.mark.parametrize(
    ("text", "option"), [("confidence=score", "--ai-log"), ("agents=heads", "--roster"), ("roster.team=t", "--roster")]
)
def test_columns_of_a_file_that_was_not_given_are_refused(text: str, option: str, tmp_path: Path) -> None:
    path = save(tmp_path, {"created_at": spell(truth(60).created)})
    with pytest.raises(ExportError, match=f"of a file that was not given; add {option} FILE"):
        read_files(FitRequest(path, [text], zone="UTC"))


def test_options_that_touch_time_makes_idle_are_said_to_be_unused() -> None:
    export = an_export(100, handle_minutes=np.linspace(4, 6, 100))
    part = fit_handle(export, handle=8.0, occupancy=0.8)
    assert "the export records touch time, so --handle and --occupancy went unused" in texts(part)
    assert "unused" not in texts(fit_handle(export))
    assert "measured on 100 tickets; the export does not say which were passed on or reopened" in texts(part)


def test_a_roster_of_some_of_the_days_does_not_make_tickets_shorter() -> None:
    export = export_of_totals([50] * 28)
    days = tuple(FIRST + timedelta(days=step) for step in range(14))
    whole, half = (Roster((RosterRow("support", given, 480, 960, 2),), "r.csv") for given in (tuple(range(7)), days))
    found = [
        float(fit_scenario(export, "x", Extras(roster=one, occupancy=0.8)).scenario.intents["all"].handle.mean)
        for one in (whole, half)
    ]
    assert found == pytest.approx([28 * 16 * 60 * 0.8 / 1400] * 2, rel=1e-3)
    assert "of which its dates cover 14; the others are taken to be staffed alike" in texts(fit_staffing(export, half))


def test_a_roster_of_other_days_leaves_handle_time_missing() -> None:
    other = Roster((RosterRow("support", (date(2020, 1, 6),), 480, 960, 2),), "r.csv")
    with pytest.raises(ExportError, match="handle time of a ticket"):
        fit_scenario(export_of_totals([50] * 28), "x", Extras(roster=other, occupancy=0.8))


def test_what_the_ai_does_is_told_where_nobody_has_said_it() -> None:
    export = export_of_totals([50] * 28)
    given = [
        "intents.all.handle=8m", "teams.support.agents=5", "ai.answer.calibration=calibrated",
        "ai.after_wrong={noticed: 40%, returns: 40%, lost: 20%}",
    ]  # fmt: skip
    log = log_of(400, 1, platt(0, 1))

    def told(*more: str) -> str:
        findings = fit_scenario(export, "x", Extras(ai_log=log, given=[*given, *more])).findings
        return " | ".join(finding.text for finding in findings if finding.path == "policy")

    assert "so it works in mode auto and answers from a confidence of 85% on" in told()
    assert told("policy.mode=off") == ""


def test_a_fit_s_page_names_files_without_their_folders(tmp_path: Path) -> None:
    of = truth(300)
    path = save(tmp_path, {"created_at": spell(of.created), "agent": of.agent, "resolved_at": spell(of.resolved)})
    reading, fit = fit_files(FitRequest(path, zone="UTC", handle="8m"))
    page = fit_page(fit, reading, tmp_path / "desk.yaml", ())
    assert page.made["Scenario file"] == "desk.yaml"
    assert str(tmp_path) not in repr((page, fit.text, fit.findings))


@pytest.mark.parametrize(("text", "hours"), [("960", 960), ("1,960.5", 1960.5), ("960,5", None), ("1e3", None)])
def test_staffed_hours_with_a_decimal_comma_are_refused_not_taken_tenfold(
    text: str, hours: float | None, tmp_path: Path
) -> None:
    asked = FitRequest(save(tmp_path, {"created_at": spell(truth(60).created)}), zone="UTC", staffed_hours=text)
    if hours is None:
        with pytest.raises(ExportError, match="must be a number of agent hours, such as 960"):
            read_files(asked)
    else:
        assert read_files(asked)[1].staffed_hours == hours
