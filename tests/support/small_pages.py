"""Small reports: a run's, and pages of the studies that take a second or two (pages of `tune` and `pilot` do not)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simulator.calibration.fit.files import FitRequest, fit_files
from simulator.calibration.fit_check import likeness
from simulator.report.backtest import view as backtest_view
from simulator.report.compare import view as compare_view
from simulator.report.finding import Page
from simulator.report.fit import view as fit_page
from simulator.report.render.html import write_page
from simulator.report.roi.view import page_of
from simulator.report.run import view as run_view
from simulator.report.staff import view as staffing_page
from simulator.report.sweep import view as sweep_view
from simulator.scenario import override
from simulator.studies.compare.comparison import COMPARED, chosen_kpis, differences_of
from simulator.studies.roi.business_case import roi
from simulator.studies.running.batch import replicate, run_variants
from simulator.studies.running.variants import Variant
from simulator.studies.staff.staffing import staff
from simulator.studies.sweep.grid import grid, read_axes, with_reference
from simulator.studies.sweep.sweeping import SWEPT, Sweep
from tests.report.test_report import desk
from tests.support.backtest_desks import truth
from tests.support.exports import save, spell
from tests.support.exports import truth as tickets
from tests.support.roi_desks import linear_desk

WARNINGS = ["teams.care is offered more than it can do in 3 hours of the week"]


def run_page() -> Page:
    return run_view.page_of(replicate(desk(), replications=2, workers=1), warnings=WARNINGS)


def sweep_page() -> Page:
    base, axes = desk(), read_axes(["policy.answer_threshold=0.7,0.8,0.9", "teams.care.shifts[0].agents=2,3"])
    cells = grid(base, axes)
    variants, reference = with_reference(base, cells)
    studies = run_variants(variants, replications=2, workers=1)
    names = chosen_kpis([variant.scenario for variant in variants], [], SWEPT)
    return sweep_view.page_of(Sweep(axes, cells, studies, reference, names, tuple(WARNINGS)))


def compare_page() -> Page:
    base = desk()
    more = override(base, {"policy.answer_threshold": 0.7})
    variants = [Variant("as is", base), Variant("more", more, (("policy.answer_threshold", "0.7"),))]
    studies = run_variants(variants, replications=3, workers=1)
    names = chosen_kpis([variant.scenario for variant in variants], [], COMPARED)
    return compare_view.page_of(differences_of(variants, studies, names))


def staff_page() -> Page:
    return staffing_page.page_of(staff(desk(), ["sla_breach<=20%"], replications=5, workers=1))


def case_page() -> Page:
    return page_of(roi(linear_desk(arrivals={"per_week": 60}), draws=16, replications=2, workers=1))


def fitted_page(folder: Path) -> Page:
    of = tickets(300)
    path = save(folder, {"created_at": spell(of.created), "agent": of.agent, "resolved_at": spell(of.resolved)})
    reading, fit = fit_files(FitRequest(path, zone="UTC", handle="8m"))
    return fit_page.fit_page(fit, reading, folder / "desk.yaml", likeness(fit.export, fit.scenario))


def backtested_page() -> Page:
    return backtest_view.page_of(truth())


PAGES: dict[str, Callable[..., Page]] = {
    "run": run_page, "sweep": sweep_page, "compare": compare_page, "staff": staff_page, "roi": case_page,
    "fit": fitted_page, "backtest": backtested_page,
}  # fmt: skip
KINDS: Sequence[str] = tuple(PAGES)


def write_small_page(kind: str, folder: Path) -> Path:
    """Make a small study of a kind and write its page; give the page's file."""
    folder.mkdir(exist_ok=True)
    given: list[Any] = [folder] if kind == "fit" else []
    write_page(PAGES[kind](*given), folder)
    return folder / "report.html"
