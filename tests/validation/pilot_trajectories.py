"""Two published pilots against their projection: every weekly figure beside its 90 % band.

Writes results/validation/pilot_trajectories.md; run from anywhere, about a minute:

    python tests/validation/pilot_trajectories.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SCENARIOS = ("outerwear", "supplements")
REPLICATIONS, SEEDS = 200, (1, 2, 3)
FILE = ROOT / "results" / "validation" / "pilot_trajectories.md"
HEADER = """# Two published pilots, week by week

Influx's case study of two managed AI agents printed a few points of each curve. Each is held against the band into
which nine of ten simulated pilots fall in that week: 5th to 95th percentile over {count} replications (seed {seed}),
the sampling of the survey included where the figure is a survey's.

**What this shows, and what not.** Volume, intents and rosters of both brands are assumed, and the AI's judgement, the
thresholds, the drift and (supplements) the survey's self-selection are *fitted* to these very figures. So the table
shows that the model's mechanisms can produce both courses (scope that grows by gathering first; scope that grows too
early, wrong answers, dissatisfied customers, repair by review), with bands as narrow as the brands' sizes make them. It
is no test on data that the fit has not seen.

Which week a figure belongs to is stated by the study for 18 August and 1 September (supplements); first and last
figures are taken for the first and last week, and the highest hand-over share and the low after it for weeks 4 and 7
(outerwear, whose weeks are not numbered and whose weekly CSAT is printed as a range).
"""


def main() -> None:
    """Simulate both scenarios and write the table."""
    from simulator import load_scenario, replicate
    from simulator.metrics.registry import BY_NAME
    from simulator.studies.pilot.gates import sights

    lines = [HEADER.format(count=REPLICATIONS, seed=SEEDS[0])]
    for name in SCENARIOS:
        scenario = load_scenario(name)
        lines += [f"## {scenario.name} (`{name}`)", ""]
        heads = ("figure", "week", "published", "projected mean", "90 % band", "width", "")
        lines += [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
        first, *others = (replicate(scenario, replications=REPLICATIONS, seed=seed) for seed in SEEDS)
        for sight in sights(first):
            kpi = BY_NAME[sight.kpi]
            low, high = sight.band
            width = f"{100 * (high - low):.1f} points" if kpi.unit == "share" else f"{high - low:.2f}"
            published = kpi.format(sight.observed)
            if sight.low is not None and sight.high is not None:
                published += f" ({sight.low:g} to {sight.high:g})"
            week = "all" if sight.week is None else str(sight.week)
            band = f"{kpi.format(low)} to {kpi.format(high)}"
            cells = (kpi.title, week, published, kpi.format(sight.projected), band)
            lines.append(f"| {' | '.join(cells)} | {width} | {'inside' if sight.is_inside else '**outside**'} |")
        counts = []
        for seed, study in zip(SEEDS[1:], others, strict=True):
            found = list(sights(study))
            counts.append(f"{sum(sight.is_inside for sight in found)} of {len(found)} with seed {seed}")
        lines += ["", f"The same again with other seeds: inside are {' and '.join(counts)}.", ""]
    FILE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
