"""Intervals hold the true value in 93 to 97 of 100 studies: every kind of figure, and one real chain from end to end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t
from study.coverage import LEAST, MOST, PAGE, SIZES, Kind, coverage, kinds
from study.small import shop

from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Interval
from twinkit.study.compare import compare

KINDS = kinds()


def holds(kind: Kind, held: float, trials: float) -> bool:
    """Whether a measured coverage lies where it should, up to three standard errors of its measurement."""
    noise = 3 * np.sqrt(0.05 * 0.95 / trials)
    return LEAST - noise <= held and (kind.bound or held <= MOST + noise)


@pytest.mark.parametrize("worlds", SIZES)
@pytest.mark.parametrize("name", KINDS)
def test_coverage(name, worlds):
    kind = KINDS[name]
    shown, held = coverage(kind, worlds)
    assert shown > (0.95 if worlds == 256 else -1)  # with 256 worlds every kind of figure has an interval
    if shown > 0.05:
        assert holds(kind, held, shown * kind.trials), f"{name}, {worlds} worlds: {held:.3f}"


def test_other_intervals_would_fail():
    def students(luck, n):
        x = (luck.random(n) < 0.05) * luck.gamma(4.0, 5.0, n)
        half = t.ppf(0.975, n - 1) * x.std(ddof=1) / np.sqrt(n)
        return Interval(x.mean(), x.mean() - half, x.mean() + half), 1.0

    def resampled(luck, n):
        x = luck.lognormal(0.0, 0.5, n)
        worst = [np.sort(luck.choice(x, n))[-max(n // 20, 1) :].mean() for _ in range(60)]
        return Interval(0.0, *np.quantile(worst, (0.025, 0.975))), 2.5637

    def dropped(luck, n):
        times = luck.exponential(100.0, n)
        kept = times[times < 150.0]
        half = t.ppf(0.975, len(kept) - 1) * kept.std(ddof=1) / np.sqrt(len(kept))
        return Interval(kept.mean(), kept.mean() - half, kept.mean() + half), 100.0

    for once in (students, resampled, dropped):
        kind = Kind("", "", "", once, 200)
        assert not holds(kind, coverage(kind, 64)[1], 200), once.__name__


def test_the_page_names_every_kind():
    text = PAGE.read_text()
    for name, kind in KINDS.items():
        assert f"**{name}**: {kind.figures}" in text and kind.interval in text and kind.why in text


def test_a_real_chain_from_end_to_end():
    case = shop(demand=[0] * 40, order_up_to=25.0, on_hand=25.0)
    case = case.replace(
        markets=case["markets"].assign(demand="poisson", mean=10.0), history=case["history"][:0],
        events=case["events"].assign(start=20, duration=6, probability=0.5), settings={"failure_level": 0.9, "recovery_level": 0.9, "hold": 2},
    )  # fmt: skip
    worlds, size = 6400, 64
    both = [Scenario("fire", ("fire",)), Scenario("more", ("fire",), {"safety_days_tier_0": 2.0})]
    whole = ensemble(case, both, worlds, detail="kpis", workers=1)
    true = compare(whole["fire"], whole["more"]).set_index("kpi")["difference"]
    own = whole["fire"].table().set_index("kpi")["mean"]

    def part(outcome, k):
        at = slice(k * size, (k + 1) * size)
        cut = {name: {kpi: v[at] for kpi, v in getattr(outcome, name).items()} for name in ("kpis", "calm_kpis", "costs", "calm_costs")}
        return replace(outcome, failed=outcome.failed[at], censored=outcome.censored[at], **cut)

    held: dict[str, list[bool]] = {}
    for k in range(worlds // size):
        one, other = (part(whole[s.name], k) for s in both)
        changes, figures = compare(one, other).set_index("kpi"), one.table().set_index("kpi")
        for kind, table, of, value in (("change of", changes, true, "difference"), ("", figures, own, "mean")):
            for kpi, row in table.iterrows():
                if np.isfinite(row[value]) and np.isfinite(row["low"]) and row["low"] < row["high"]:
                    held.setdefault(f"{kind} {kpi}", []).append(row["low"] <= of[kpi] <= row["high"])
    enough = {name: np.mean(inside) for name, inside in held.items() if len(inside) >= 50}
    assert len(enough) >= 20
    assert LEAST <= np.mean(list(enough.values())) <= 0.98
    assert min(enough.values()) >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 100), sorted(enough.items(), key=lambda x: x[1])[:5]
