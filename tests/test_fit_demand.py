"""What is fitted of demand is what was there: level, trend, busyness, profile, holidays, mix and backlog."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.calendars import parse_days
from simulator.calibration.exports.table import UNKNOWN, Category
from simulator.calibration.fit.arrivals import fit_arrivals, measure_arrivals
from simulator.calibration.fit.backlog import fit_backlog
from simulator.calibration.fit.level import fit_level
from simulator.calibration.fit.mix import fit_mix
from simulator.calibration.fit.profile import name_days, smoothed
from simulator.calibration.fit.rare import merge_rare
from simulator.calibration.fit.rounding import rounded_shares
from simulator.errors import ExportError
from simulator.report.fit_demand_charts import charts
from simulator.report.theme import themed, title_of
from simulator.scenario import override, scenario_from
from tests.desks import PILOT, PLAIN
from tests.small_exports import codes, desk, export_at, export_of, export_of_totals, figure, holds, texts

WEEK = np.array([180, 170, 170, 160, 150, 100, 70])
ALL_DAYS = {"use": np.ones(56, dtype=bool), "share": np.ones(56)}


def fewest_hits(tries: int) -> int:
    """Fewest intervals of 90 % that hold the truth, but for a chance of 1 in 1,000."""
    return int(stats.binom.ppf(0.001, tries, 0.9))


# -- level, trend and busyness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("growth", "busyness"), [(0.01, 0.15), (0.0, 0.05), (-0.03, 0.3)])
def test_intervals_of_level_growth_and_busyness_hold_the_truth_nine_times_in_ten(
    growth: float, busyness: float
) -> None:
    draws, tries = np.random.default_rng(2026), 150
    weekday, week = np.arange(56) % 7, np.arange(56) // 7
    hits = np.zeros(3)
    for _ in range(tries):
        factor = draws.gamma(busyness**-2, busyness**2, 56)
        totals = draws.poisson(WEEK[weekday] * (1 + growth) ** (week - 8.0) * factor)
        found = fit_level(totals, weekday, **ALL_DAYS)
        low, high = found.per_week
        hits += [
            low <= WEEK.sum() <= high,
            found.growth_range[0] <= growth <= found.growth_range[1],
            found.busyness_range[0] <= busyness <= found.busyness_range[1],
        ]
    assert (hits >= fewest_hits(tries)).all()
    assert (hits < tries).all()  # Intervals that never miss would be too wide to be of use.


def test_the_stated_figures_of_simulated_exports_hold_the_truth_nine_times_in_ten() -> None:
    plain = scenario_from(PLAIN)
    truth = override(
        plain,
        ["weeks=6", "arrivals.per_week=600", "arrivals.profile=office_hours", "arrivals.busyness_cv=0.15",
         "arrivals.weekly_growth=0.01", "timezone=Europe/Berlin"],
    )  # fmt: skip
    tries = 40
    hits = np.zeros(3)
    for replication in range(tries):
        part = fit_arrivals(export_of(truth, 11, replication))
        hits += [
            holds(part, 600 * 1.01**6, "arrivals", "per_week"),
            holds(part, 0.01, "arrivals", "weekly_growth"),
            holds(part, 0.15, "arrivals", "busyness_cv"),
        ]
    assert (hits >= fewest_hits(tries)).all()


def test_a_steady_growth_without_noise_is_found_exactly() -> None:
    weekday, week = np.arange(56) % 7, np.arange(56) // 7
    totals = np.rint(1e6 * WEEK[weekday] * 1.02 ** (week - 8.0)).astype(np.int64)
    found = fit_level(totals, weekday, **ALL_DAYS)
    assert found.shows_trend
    assert found.growth == pytest.approx(0.02, abs=1e-6)
    assert found.per_weekday == pytest.approx(1e6 * WEEK, rel=1e-6)
    assert found.busyness_cv < 1e-3


def test_without_a_trend_the_level_is_the_mean_of_all_weeks_and_growth_is_0_within_its_interval() -> None:
    draws = np.random.default_rng(3)
    totals = draws.poisson(np.tile(WEEK, 6))
    part = fit_arrivals(export_of_totals(totals))
    growth = figure(part, "arrivals", "weekly_growth")
    assert growth == 0
    assert growth.low < 0 < growth.high
    assert figure(part, "arrivals", "per_week") == pytest.approx(totals.sum() / 6)
    assert "no trend shown" in texts(part)


def test_days_that_follow_each_other_in_spells_are_told_and_widen_the_interval() -> None:
    draws = np.random.default_rng(4)
    factor, level = [], 0.0
    for _ in range(84):
        level = 0.8 * level + draws.normal(0, 0.12)
        factor.append(np.exp(level))
    totals = draws.poisson(10 * np.tile(WEEK, 12) * np.array(factor))
    spells, shuffled = fit_arrivals(export_of_totals(totals)), None
    mixed = totals.reshape(12, 7)[draws.permuted(np.tile(np.arange(12)[:, None], 7), axis=0), np.arange(7)].ravel()
    shuffled = fit_arrivals(export_of_totals(mixed))
    assert "come in spells" in texts(spells)
    assert "come in spells" not in texts(shuffled)
    wide, narrow = (figure(part, "arrivals", "per_week") for part in (spells, shuffled))
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)


# -- days that do not count --------------------------------------------------------------------------------------


def test_days_without_tickets_are_missing_data_and_do_not_lower_the_level() -> None:
    totals = np.tile(WEEK, 5)
    whole = fit_arrivals(export_of_totals(totals))
    totals[[8, 9]] = 0
    part = fit_arrivals(export_of_totals(totals))
    assert figure(part, "arrivals", "per_week") == pytest.approx(figure(whole, "arrivals", "per_week"))
    assert "2 days without tickets" in texts(part)
    assert "2026-01-13, 2026-01-14" in texts(part)


def test_a_closed_weekday_is_no_missing_data() -> None:
    part = fit_arrivals(export_of_totals([100, 100, 100, 100, 100, 0, 0] * 4))
    assert "missing" not in texts(part)
    assert list(figure(part, "arrivals", "profile")) == ["mon-fri"]
    assert figure(part, "arrivals", "per_week") == pytest.approx(500)


def test_edge_days_that_are_covered_in_part_are_left_out() -> None:
    whole = export_of_totals(np.tile(WEEK, 5))
    noon, last_noon = whole.midnight(whole.first_day) + 43_200, whole.midnight(whole.last_day) + 43_200
    part = fit_arrivals(whole.of((whole.created > noon) & (whole.created < last_noon)))
    assert figure(part, "arrivals", "per_week") == pytest.approx(WEEK.sum())
    assert f"2 days that the export covers only in part: {whole.first_day}, {whole.last_day}" in texts(part)


def test_holidays_have_their_own_multiplier_and_do_not_lower_the_level() -> None:
    first = date(2025, 12, 1)  # Christmas, Boxing Day and New Year in England fall on Thursday, Friday and Thursday.
    totals = np.tile(WEEK * 4, 6)
    for day in (24, 25, 31):
        totals[day] //= 4
    export = export_of_totals(totals, first)
    part = fit_arrivals(export, "GB")
    multiplier = figure(part, "arrivals", "holidays", "multiplier")
    assert multiplier == pytest.approx(0.25, abs=0.01)
    assert multiplier.n == 3
    assert figure(part, "arrivals", "per_week") == pytest.approx(4 * WEEK.sum())
    assert [missing.path[-1] for missing in part.missing] == ["desk_closed"]


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_holiday_on_which_nobody_answers_closes_the_desk(is_closed: bool) -> None:
    first = date(2025, 12, 1)
    totals = np.tile(WEEK, 6)
    created = export_of_totals(totals, first).created
    began = created + 600
    export = export_of_totals(totals, first)
    if is_closed:
        began[np.isin(export.local.day, [24, 25, 31])] += 5 * 86_400
    part = fit_arrivals(export_at(created, 42, first=first, began=began), "GB")
    assert figure(part, "arrivals", "holidays", "desk_closed") is is_closed
    assert not part.missing


def test_a_country_without_holidays_in_the_export_writes_none_and_says_so() -> None:
    part = fit_arrivals(export_of_totals(np.tile(WEEK, 3), date(2026, 6, 1)), "GB")
    assert not [path for path in part.settings if "holidays" in path]
    assert "no public holiday of GB" in texts(part)


@pytest.mark.parametrize(
    ("days", "country", "words"),
    [(1, None, "needs 14 days or more"), (13, None, "needs 14 days or more"), (28, "Atlantis", "ISO code")],
)
def test_what_cannot_be_fitted_is_refused_with_a_remedy(days: int, country: str | None, words: str) -> None:
    with pytest.raises(ExportError, match=words):
        fit_arrivals(export_of_totals([50] * days), country)


def test_a_weekday_that_was_always_missing_is_refused() -> None:
    first = date(2025, 12, 25)  # Both Thursdays of this fortnight are holidays.
    with pytest.raises(ExportError, match="no ordinary Thursday"):
        fit_arrivals(export_of_totals([50] * 14, first), "GB")


# -- profile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [date(2026, 3, 9), date(2026, 10, 5)])
def test_clock_changes_leave_a_steady_flow_flat(first: date) -> None:
    empty = export_at([], 28, "Europe/London", first)
    since, until = empty.midnight(first), empty.midnight(first + timedelta(days=28))
    found = measure_arrivals(export_at(np.arange(since, until, 60.0), 28, "Europe/London", first))
    assert found.profile.by_hour() == pytest.approx(np.full((7, 24), 60.0), rel=1e-3)
    assert found.profile.groups == (tuple(range(7)),)


def test_days_that_are_alike_share_a_row_and_others_do_not() -> None:
    truth = override(scenario_from(PLAIN), ["weeks=8", "arrivals.per_week=900", "arrivals.profile=office_hours"])
    part = fit_arrivals(export_of(truth, 5))
    assert list(figure(part, "arrivals", "profile")) == ["mon-fri", "sat-sun"]


def test_the_profile_is_as_fine_as_the_counts_support() -> None:
    first = export_of_totals(np.tile(WEEK, 4))
    coarse = figure(fit_arrivals(first), "arrivals", "profile")
    hour = np.concatenate(
        [first.midnight(first.first_day) + 3600 * np.arange(28 * 24)[:, None] + np.linspace(0, 899, 40)]
    )
    fine = figure(fit_arrivals(export_at(np.sort(hour.ravel()), 28)), "arrivals", "profile")
    assert {len(row) for row in coarse.values()} == {24}
    assert {len(row) for row in fine.values()} == {96}


def test_smoothing_keeps_the_total_and_calms_small_counts() -> None:
    draws = np.random.default_rng(8)
    rows = draws.poisson(2.0, (40, 24)).astype(float)
    shapes = smoothed(rows)
    assert shapes.sum(axis=1) == pytest.approx(np.ones(40))
    raw = rows / rows.sum(axis=1, keepdims=True)
    assert np.mean((shapes - 1 / 24) ** 2) < 0.5 * np.mean((raw - 1 / 24) ** 2)
    edge = np.array([[0.0] * 8 + [900.0] * 8 + [0.0] * 8])
    assert smoothed(edge)[0, 7] < 0.01


@given(st.sets(st.integers(0, 6), min_size=1))
def test_names_of_days_are_read_back_as_the_same_days(days: set[int]) -> None:
    assert sorted(parse_days(name_days(sorted(days)))) == sorted(days)


# -- mix ---------------------------------------------------------------------------------------------------------


def test_intervals_of_shares_hold_the_truth_nine_times_in_ten() -> None:
    draws, tries = np.random.default_rng(17), 60
    shares = [0.5, 0.3, 0.15, 0.05]
    created = np.arange(1500) * 28 * 86_400 / 1500 + export_at([], 28).midnight(date(2026, 1, 5))
    hits = np.zeros(4)
    for _ in range(tries):
        export = export_at(created, 28, intent=codes(draws.choice(4, 1500, p=shares), "abcd"))
        part = fit_mix(export)
        hits += [holds(part, share, "intents", name, "share") for name, share in zip("abcd", shares, strict=True)]
        assert not part.findings  # No intent differs from the others, and none is said to.
    # The four shares of an export hang together, so their hits scatter more than as many independent ones.
    assert hits.sum() >= stats.binom.ppf(0.001, 4 * tries, 0.88)


def test_an_intent_with_its_own_channels_and_hours_gets_them_and_the_others_share_theirs() -> None:
    draws = np.random.default_rng(21)
    n, start = 12_000, export_at([], 28).midnight(date(2026, 1, 5))
    intent = draws.choice(3, n, p=[0.5, 0.3, 0.2])
    hour = np.where(intent == 2, draws.uniform(0, 6, n), draws.uniform(9, 17, n))
    created = start + 86_400 * draws.integers(0, 28, n) + 3600 * hour
    channel = np.where(draws.random(n) < np.where(intent == 2, 0.9, 0.4), 0, 1)
    order = np.argsort(created)
    export = export_at(
        created[order], 28, intent=codes(intent[order], "abn"), channel=codes(channel[order], ["chat", "mail"])
    )
    part = fit_mix(export)
    own = {path for path in part.settings if path[-1] in ("channels", "profile")}
    assert own == {("intents", "n", "channels"), ("intents", "n", "profile")}
    assert figure(part, "intents", "n", "channels")["chat"] == pytest.approx(0.9, abs=0.03)
    assert holds(part, 0.4, "channels", "chat", "share")
    arrivals = fit_arrivals(export)
    general = next(iter(figure(arrivals, "arrivals", "profile").values()))
    assert sum(general[: len(general) // 4]) == 0


def test_channels_are_live_where_customers_leave_or_wait_seconds() -> None:
    n = 400
    channel = np.arange(n) % 4
    waits = np.where(channel == 2, 0.4, 30.0)
    export = export_at(
        np.sort(np.random.default_rng(1).uniform(0, 28 * 86_400, n)) + export_at([], 28).midnight(date(2026, 1, 5)),
        28, channel=codes(channel, ["mail", "phone", "chat", "form"]), wait_minutes=waits,
        abandoned=(channel == 1) & (np.arange(n) % 8 == 1),
    )  # fmt: skip
    live = {path[1] for path in fit_mix(export).settings if path[-1] == "live"}
    assert live == {"phone", "chat"}


@pytest.mark.parametrize(
    ("names", "points"),
    [
        (("1 - Critical", "2 - High", "3 - Moderate", "4 - Low"), {"1 - Critical": 2, "2 - High": 1}),
        (("urgent", "high", "normal"), {"urgent": 2, "high": 1}),
        (("P1", "P2", "P3"), {"P1": 2, "P2": 1}),
        (("gold", "silver"), {}),
        (("0", "1", "2"), {}),
    ],
)
def test_tiers_named_as_priorities_get_points_and_others_none(names: tuple[str, ...], points: dict[str, int]) -> None:
    start = export_at([], 14).midnight(date(2026, 1, 5))
    tier = codes(np.arange(280) % len(names), names)
    part = fit_mix(export_at(start + np.arange(280) * 4320.0, 14, tier=tier))
    assert {path[1]: value for path, value in part.settings.items() if path[-1] == "priority"} == points


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200).filter(any))
def test_rounded_shares_sum_to_the_whole(counts: list[int]) -> None:
    shares = rounded_shares(np.array(counts) / sum(counts), sum(counts))
    assert round(sum(round(share * 10**6) for share in shares)) == 10**6
    assert (shares >= 0).all()


# -- rare names --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-1, 12), min_size=1, max_size=400), st.integers(1, 40), st.integers(1, 8))
@settings(max_examples=60)
def test_merging_rare_names_keeps_every_ticket_and_names_each(numbers: list[int], least: int, most: int) -> None:
    names = tuple("abcdefghijkl") + ("Other",)
    export = export_at(np.arange(float(len(numbers))), 14, intent=codes(numbers, names), channel=codes(numbers, names))
    merged, _ = merge_rare(export, least, most)
    assert (merged.intent.codes != UNKNOWN).all()
    assert merged.intent.counts().sum() == len(numbers)
    kept = [name for name in merged.intent.names if name not in ("Other", "unknown")]
    assert len(kept) <= most
    for name in kept:
        rows = merged.intent.codes == merged.intent.names.index(name)
        assert {names[numbers[row]] for row in np.flatnonzero(rows)} == {name}
        assert rows.sum() >= least
    assert merged.channel is not None
    nameless = np.array(numbers) < 0
    if not nameless.all():
        assert ((merged.channel.codes == UNKNOWN) == nameless).all()


def test_rare_and_nameless_tickets_are_told() -> None:
    intent = Category(np.array([0] * 50 + [1] * 5 + [UNKNOWN] * 45, dtype=np.int32), ("login", "fax"))
    merged, findings = merge_rare(export_at(np.arange(100.0), 14, intent=intent))
    assert merged.intent.names == ("login", "other", "unknown")
    assert "fax (5 tickets)" in texts(findings)
    assert "45 of 100 tickets name no intent" in texts(findings)
    assert merged.channel is not None
    assert merged.channel.names == ("all",)


# -- backlog -----------------------------------------------------------------------------------------------------


def test_the_opening_backlog_is_what_was_open_at_the_end_calls_left_out() -> None:
    days = 28
    export = export_of_totals([20] * days)
    n = len(export)
    resolved = export.created + 86_400
    channel = codes((np.arange(n) % 10 == 0).astype(int), ["mail", "phone"])
    left = (np.arange(n) % 10 == 0) & (np.arange(n) % 20 == 0)
    resolved[left] = np.nan
    made = export_at(export.created, days, channel=channel, abandoned=left, resolved=resolved)
    part = fit_backlog(made)
    # Of the last day's 20 tickets, resolved a day later, 18 came by mail.
    assert figure(part, "opening_backlog", "tickets") == 18
    oldest = figure(part, "opening_backlog", "age")["quantiles"][-1][1]
    assert 600 < oldest < 1440
    assert figure(part, "opening_backlog", "intents") == {"all": 1.0}


def test_forgotten_tickets_are_told_and_unknown_ends_are_no_backlog() -> None:
    export = export_of_totals([20] * 28)
    resolved = export.created + 3600
    resolved[:12] = np.nan
    part = fit_backlog(export_at(export.created, 28, resolved=resolved))
    assert figure(part, "opening_backlog", "tickets") == 12
    assert "12 of 12 open tickets are older" in texts(part)
    assert "not in the export" in texts(part)
    assert not fit_backlog(export).settings
    assert "empty house" in texts(fit_backlog(export))


# -- the whole ---------------------------------------------------------------------------------------------------


def test_what_is_fitted_makes_a_valid_scenario_with_the_same_volume() -> None:
    truth = override(scenario_from(PILOT), ["policy.mode=off", "weeks=6"])
    export, _ = merge_rare(export_of(truth, 2))
    scenario = desk(fit_arrivals(export), fit_mix(export), start=export.last_day + timedelta(days=1), weeks=4)
    assert set(scenario.intents) == set(truth.intents)
    assert scenario.intents["other"].catch_all
    assert float(scenario.arrivals.per_week or 0) == pytest.approx(170, rel=0.1)
    assert sum(float(intent.share) for intent in scenario.intents.values()) == pytest.approx(1, abs=1e-9)
    again = fit_mix(export_of(scenario, 3))
    hits = [holds(again, float(intent.share), "intents", name, "share") for name, intent in scenario.intents.items()]
    assert sum(hits) >= len(hits) - 1


def test_charts_state_what_was_found() -> None:
    totals = np.tile(WEEK, 5)
    totals[3] = 0
    intent = codes(np.arange(totals.sum()) % 3, ["login", "refund", "a name as long as names in exports are at times"])
    export = export_of_totals(totals, intent=intent)
    with themed():
        drawn = charts([*fit_arrivals(export).evidence, *fit_mix(export).evidence])
        for chart in drawn:
            chart.figure.canvas.draw()
    assert [chart.key for chart in drawn] == ["arrivals_by_hour", "arrivals_by_day", "mix_intents"]
    assert title_of(drawn[1].figure).startswith("Volume shows no trend beyond chance")
    assert "1 missing" in drawn[1].figure.get_supxlabel()
