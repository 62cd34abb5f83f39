"""Hold `staff` against Erlang's formulas, and its certificates on shipped desks against customers it never met.

    python -m tests.validation.staffing [--part erlang|shipped|page] [--desks NAME …] [--out results/validation]

Writes staffing_erlang.csv, staffing_shipped.csv and, from both, staffing.md. Desks are added to the second one by one.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.scenario import load_scenario
from simulator.studies.running.batch import Runner
from simulator.studies.staff.search import Trials, less
from simulator.studies.staff.staffing import StaffedArm, staff
from tests.support.staffing_desks import Case

REPLICATIONS = 10
HALFWAY = (
    *(Case("delayed", load, agents) for load, agents in ((0.5, 2), (2.4, 5), (5.0, 7), (9.0, 12), (14.0, 17))),
    *(Case("wait_mean", load, agents) for load, agents in ((0.8, 2), (3.3, 5), (6.5, 8), (11.0, 13))),
    *(Case("abandonment", load, agents, patience=9.0) for load, agents in ((1.5, 2), (5.0, 6), (8.0, 7), (12.0, 13))),
    *(Case("delayed", load, agents, patience=12.0) for load, agents in ((2.0, 4), (9.0, 12), (15.0, 16))),
)
"""Bounds halfway between what the right head-count and one agent fewer give."""
ANYWHERE = 24
"""Cases with load and bound drawn at random: the bound may lie as near to a head-count's figure as it likes."""
DESKS = {
    "outerwear": ("sla_breach<=5%",),
    "supplements": ("sla_breach<=12%",),
    "pilot_to_production": ("sla_breach<=18%",),
    "ecommerce_peak": ("sla_breach<=5%", "abandonment<=3%"),
    "saas_pilot": ("sla_breach<=5%",),
}
CHECKED = 60
"""Replications, of another seed, on which a certificate is checked."""


def drawn() -> list[tuple[Case, float]]:
    """Draw loads and bounds; give each case with the answer by theory, and the bound."""
    chance = np.random.default_rng(20260302)
    cases = []
    for number in range(ANYWHERE):
        load = float(np.exp(chance.uniform(math.log(0.7), math.log(15))))
        patience = 0.0 if number % 2 else float(chance.uniform(4, 20))
        figure = "abandonment" if patience else "delayed"
        bound = float(np.exp(chance.uniform(math.log(0.01), math.log(0.2))))
        case = Case(figure, round(load, 3), 2, patience=round(patience, 3))
        agents = next(n for n in range(1, 200) if case.value(n) <= bound)
        cases.append((Case(figure, case.load, agents, patience=case.patience), bound))
    return cases


def erlang(out: Path) -> None:
    """Run `staff` on single queues, and write what it finds beside the formula's head-count."""
    rows = []
    for kind, cases in (("halfway", [(case, case.bound) for case in HALFWAY]), ("anywhere", drawn())):
        for case, bound in cases:
            target = f"{case.figure}<={bound:.6g}"
            arm = staff(case.scenario(), [target], replications=REPLICATIONS).with_ai
            [fewer] = arm.found.fewer
            known = case.value(case.agents)
            rows.append(
                (
                    kind, case.figure, case.load, case.patience, bound, case.agents, arm.heads[0], known,
                    float(arm.found.verdict.values[0]), arm.is_confirmed, fewer is not None and not fewer.meets,
                )
            )  # fmt: skip
            print(rows[-1], file=sys.stderr, flush=True)
    columns = ["kind", "figure", "load", "patience", "bound", "by_formula", "by_staff", "figure_by_formula"]
    frame = pd.DataFrame(rows, columns=[*columns, "figure_of_staffs", "confirmed", "one_fewer_misses"])
    frame.to_csv(out / "staffing_erlang.csv", index=False, float_format="%.6g")


def shipped(out: Path, names: list[str], work: Path) -> None:
    """Run `staff` on shipped desks, and check its certificates on customers of another seed."""
    file = out / "staffing_shipped.csv"
    for name in names:
        began = time.perf_counter()
        scenario = load_scenario(name)
        found = staff(scenario, DESKS[name], folder=work / name)
        seconds = time.perf_counter() - began
        rows = [_checked(name, arm, found.scenario, seconds) for arm in found.arms]
        kept = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["desk"])
        parts = [part for part in (kept[kept["desk"] != name], pd.DataFrame(rows)) if len(part)]
        pd.concat(parts).to_csv(file, index=False, float_format="%.6g")
        print(f"{name}: {seconds:.0f} s", file=sys.stderr, flush=True)


def _checked(name: str, arm: StaffedArm, scenario: object, seconds: float) -> dict[str, object]:
    with Runner(None, arm.fresh.scenario if arm.variant.base is None else arm.variant.base, seed=2) as runner:
        trials = Trials(runner, arm.name, arm.scenario, arm.posts, arm.rule)
        staffed = [post for post, count in enumerate(arm.heads) if count]
        many = [arm.heads, *(less(arm.heads, post) for post in staffed)]
        whole, *fewer = [arm.rule.judge(study) for study in trials.studies(many, CHECKED, stage="other customers")]
    return {
        "desk": name,
        "targets": ", ".join(DESKS[name]),
        "arm": arm.name,
        "roster": " ".join(map(str, arm.heads)),
        "hours_per_week": arm.hours_per_week,
        "today_hours_per_week": sum(post.hours * post.today for post in arm.posts) / float(arm.scenario.weeks),
        "confirmed": arm.is_confirmed,
        "fresh_replications": len(arm.fresh),
        "fresh_value": float(arm.fresh_verdict.values[0]),
        "other_seed_value": float(whole.values[0]),
        "other_seed_meets_on_average": whole.meets_on_average,
        "posts": len(staffed),
        "certificate_misses": sum(one is not None and not one.meets for one in arm.found.fewer),
        "certificate_misses_on_average": sum(one is not None and not one.meets_on_average for one in arm.found.fewer),
        "other_seed_misses_on_average": sum(not one.meets_on_average for one in fewer),
        "other_seed_not_shown": sum(not one.meets for one in fewer),
        "rosters": arm.tried,
        "seconds_both_arms": seconds,
    }


def page(out: Path) -> str:
    """Write staffing.md from the tables."""
    single, desks = pd.read_csv(out / "staffing_erlang.csv"), pd.read_csv(out / "staffing_shipped.csv")
    halfway, anywhere = (single[single["kind"] == kind] for kind in ("halfway", "anywhere"))
    agree = halfway["by_formula"] == halfway["by_staff"]
    near = anywhere["by_staff"] - anywhere["by_formula"]
    lines = [
        "# Does `staff` find the right head-counts?",
        "",
        f"**On {len(halfway)} single queues (Erlang C and Erlang A) `staff` gives exactly the formula's head-count in"
        f" {int(agree.sum())}. On {len(desks)} rosters of shipped desks, one agent fewer misses the target by the"
        f" search's own rule at {int(desks['certificate_misses'].sum())} of {int(desks['posts'].sum())} shifts.**",
        "",
        "In those cases the bound lies halfway between the figures of the right head-count and of one agent fewer, so"
        " that either is many standard errors off, and no case hangs on luck. Where load and bound are drawn at random,"
        f" a bound may lie as near to a head-count's figure as it likes: then {int((near == 0).sum())} of {len(near)}"
        f" agree, {int((near == 1).sum())} get one agent more (the formula's head-count keeps the bound too narrowly to"
        f" be shown with 95 % confidence in {REPLICATIONS} replications), and {int(((near < 0) | (near > 1)).sum())}"
        " differ otherwise.",
        "",
        "Made by `python -m tests.validation.staffing`; figures are in staffing_erlang.csv and staffing_shipped.csv.",
        "",
        "## Single queues",
        "",
        "| bounds | target | load | patience | by formula | by `staff` | one fewer misses |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in single.itertuples():
        patience = f"{row.patience:g} min" if row.patience else "waits"
        lines.append(
            f"| {row.kind} | {row.figure} ≤ {row.bound:.4g} | {row.load:g} | {patience} | {row.by_formula} |"
            f" {row.by_staff} | {'yes' if row.one_fewer_misses else 'no'} |"
        )
    lines += [
        "",
        "## Shipped desks",
        "",
        f"*Found* is the first target's figure on fresh replications of the search's seed, *other seed* on {CHECKED}"
        " replications of another seed. The certificate counts shifts at which one agent fewer does not meet the"
        " targets with 95 % confidence, by the replications of the search; *of these on average* those whose mean"
        " misses, too."
        " The last column counts the same on the other seed: an agent whose loss costs less than chance does in that"
        " many replications can look spare there.",
        "",
        "| desk | targets | arm | hours a week (today) | confirmed | found | other seed | certificate | of these on"
        " average | on average, other seed |",
        "| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in desks.itertuples():
        lines.append(
            f"| {row.desk} | {row.targets} | {row.arm} | {row.hours_per_week:,.0f} ({row.today_hours_per_week:,.0f}) |"
            f" {'yes' if row.confirmed else 'no'} | {row.fresh_value:.2%} | {row.other_seed_value:.2%} |"
            f" {row.certificate_misses} of {row.posts} | {row.certificate_misses_on_average} |"
            f" {row.other_seed_misses_on_average} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=["erlang", "shipped", "page"])
    parser.add_argument("--desks", nargs="*", default=list(DESKS), choices=list(DESKS))
    parser.add_argument("--out", type=Path, default=Path("results/validation"))
    parser.add_argument("--work", type=Path, default=Path("results/staffing"))
    given = parser.parse_args()
    if given.part in (None, "erlang"):
        erlang(given.out)
    if given.part in (None, "shipped"):
        shipped(given.out, given.desks, given.work)
    if given.part in ("erlang", "shipped"):
        return
    text = page(given.out)
    (given.out / "staffing.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
