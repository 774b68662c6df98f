"""Comparison of scenarios on the same luck: paired, world by world."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.run.outcome import Outcome
from twinkit.run.resilience import FORMULAS as RESILIENCE
from twinkit.run.statistics import limits, mean_interval, share_interval, watched_together
from twinkit.run.verdict import MORE_IS_BETTER, NONE, judged, served

ELSEWHERE = "the two are measured against different worlds: one names an event that the other has scheduled"


def compare(base: Outcome, other: Outcome) -> pd.DataFrame:
    """What `other` changes against `base`, KPI by KPI.

    Worlds are paired: both scenarios saw the same luck in world r.  KPIs of resilience are
    not compared where the worlds without the events are not the same.  Times to recover are
    counted as far as both were watched (:func:`~twinkit.run.statistics.watched_together`), so
    no world is left out; `censored` says in how many one of the two had not recovered.  A world
    that never failed has a time to recover of 0.

    Parameters
    ----------
    base, other
        Outcomes of the same case, seed and worlds.

    Returns
    -------
    DataFrame
        kpi, unit, base, other (means), difference (other - base) with its 95 %
        interval, share of worlds in which other is better with its Wilson interval (NaN
        where the rule of :mod:`twinkit.run.verdict` gives no verdict),
        higher and lower (shares of the worlds), worlds, censored,
        verdict ("better", "worse", "unclear" or "" for none) and why there is none.

    Raises
    ------
    TypeError
        If one of the two is no outcome.
    ValueError
        If the two did not see the same luck.
    """
    if wrong := next((one for one in (base, other) if not isinstance(one, Outcome)), None):
        raise TypeError(
            f"compare takes two outcomes, and not {type(wrong).__name__}: an ensemble gives one for each scenario, as "
            "outcomes[\"as it is\"]"
        )
    if base.seed != other.seed or base.first != other.first or base.replications != other.replications:
        raise ValueError(
            f"{base.scenario} and {other.scenario} were not run on the same luck: run both in one ensemble "
            "with the same seed and replications"
        )
    rows, customers = [], served(base.kpis, other.kpis)
    apart = _reference(base) != _reference(other)
    for kpi in base.kpis:
        a, b = base.kpis[kpi], other.kpis[kpi]
        censored = 0
        if kpi == "time to recover":
            a, b = watched_together(a, b, base.censored, other.censored)
            censored = int((base.censored | other.censored).sum())
        good = np.isfinite(a) & np.isfinite(b)
        elsewhere = apart and kpi in RESILIENCE
        good = good & (not elsewhere)
        unit = base.unit_of(kpi)
        difference, low, high = mean_interval((b - a)[good], within=limits(unit, change=True))
        better = (b > a) if kpi in MORE_IS_BETTER else (b < a)
        said = judged(kpi, difference, low, high, customers)
        share = share_interval(int(better[good].sum()), int(good.sum())) if said.word != NONE else (np.nan,) * 3
        mean_a, mean_b = (float(x[good].mean()) if good.any() else np.nan for x in (a, b))
        rows.append((kpi, unit, mean_a, mean_b, difference, low, high, *share,
                     *(float(np.mean(x)) if len(x) else np.nan for x in ((b > a)[good], (b < a)[good])),
                     int(good.sum()), censored, said.word, ELSEWHERE if elsewhere else said.why))  # fmt: skip
    return pd.DataFrame(rows, columns=[
        "kpi", "unit", "base", "other", "difference", "low", "high", "better", "better_low", "better_high", "higher", "lower", "worlds",
        "censored", "verdict", "why",
    ])  # fmt: skip


def _reference(outcome: Outcome) -> set[str]:
    """Events that happen in the world without those that the outcome is about."""
    return set(outcome.plan.effects.names) - set(outcome.events)


def compare_costs(base: Outcome, other: Outcome) -> pd.DataFrame:
    """Paired differences of cost by part and in all, with 95 % intervals [money]."""
    rows = [(part, *mean_interval(other.costs[part] - base.costs[part])) for part in base.costs]
    total = sum(other.costs.values()) - sum(base.costs.values())
    rows.append(("total", *mean_interval(total)))
    return pd.DataFrame(rows, columns=["part", "difference", "low", "high"])
