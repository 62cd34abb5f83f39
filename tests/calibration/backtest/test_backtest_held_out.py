"""Days held out: those that an export covers, and those that a scenario may have been measured on."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from simulator.base.errors import StudyError
from simulator.calibration.backtest.held_out import check_days
from simulator.calibration.exports.table import Export
from simulator.report.backtest import sentences
from simulator.scenario import override
from tests.support.backtest_desks import LINE, days, held_out, line, real_weeks, truth


@cache
def closed_on_sundays() -> Export:
    """Its last ticket comes on a Saturday, and with it the export ends."""
    export = real_weeks()
    lived = export.of(export.local.weekday < 6)
    saturday = days(8, 8)[1] - timedelta(days=1)
    return replace(lived, last_day=saturday, seen_until=lived.midnight(saturday + timedelta(days=1)))


@pytest.mark.slow
def test_an_export_covers_a_closed_sunday_after_its_last_ticket_and_says_so() -> None:
    desk = override(line(), {"teams.support.shifts": LINE["teams"]["support"]["shifts"][:1]})
    found = held_out(closed_on_sundays(), desk, replications=19)
    arrivals = found.score_of("arrivals", "day")
    assert arrivals is not None
    assert len(arrivals.series.observed) == 28
    assert arrivals.series.observed[-1] == 0
    assert arrivals.series.high[-1] > 0, "customers of the scenario come on Sundays, too, up to the end"
    assert (
        "Export ends with its last ticket, on 2026-04-25: 1 day up to 2026-04-26 is taken to have had no ticket."
        in (sentences.notes(found))
    )


def test_days_more_than_six_after_the_last_ticket_are_not_covered() -> None:
    export = closed_on_sundays()
    last = export.last_day
    check_days(export, days(1, 4), (days(5, 5)[0], last + timedelta(days=6)))
    with pytest.raises(StudyError, match="must lie within the days of the export, .* or end at most 6 days after"):
        check_days(export, days(1, 4), (days(5, 5)[0], last + timedelta(days=7)))
    with pytest.raises(StudyError, match="--train"):
        check_days(export, (days(1, 1)[0], last + timedelta(days=1)), (last + timedelta(days=2),) * 2)


@pytest.mark.slow
def test_a_scenario_that_begins_after_the_days_it_forecasts_is_told_to_be_perhaps_no_forecast() -> None:
    fitted_on_all = override(line(), {"start": (days(8, 8)[1] + timedelta(days=1)).isoformat()})
    found = held_out(real_weeks(), fitted_on_all, replications=19, is_fitted=False)
    (warning,) = (text for text in sentences.warnings(found) if text.startswith("Scenario"))
    assert "begins on 2026-04-27, after the days to forecast: if it was measured on them, this is no fore" in warning
    assert "`ticketflow backtest TICKETS --test 2026-03-30..2026-04-26` fits on the days before" in warning
    assert "this is no forecast but a look at how well it fits" in sentences.how_sure(found)
    assert sentences.answer(found).endswith("This is no forecast if the scenario was measured on these days.")
    asked = "How well does this scenario, which begins on 27 April 2026, fit 30 March to 26 April 2026?"
    assert sentences.question(found) == asked


def test_the_question_claims_what_was_known_only_of_a_scenario_that_was_fitted_here() -> None:
    assert sentences.question(truth()).startswith("What was known by 29 March 2026: does it forecast 30 March to ")
    given = replace(truth(), is_fitted=False)
    assert sentences.question(given) == "Does this scenario forecast 30 March to 26 April 2026?"
    assert not sentences.warnings(given)
