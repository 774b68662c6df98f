"""An outcome beside what it is held against: another scenario on the same luck, the objectives of the case, its record."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from twinkit.run.outcome import Outcome
from twinkit.run.resilience import FORMULAS as RESILIENCE
from twinkit.run.statistics import limits, mean_interval, median_interval, share_interval, watched_together
from twinkit.run.verdict import MORE_IS_BETTER, NONE, judged, served
from twinkit.tables.history import in_the_run
from twinkit.words import amount

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


# --- an outcome beside what it is held against: the objectives of the case, and its recorded demand


MET, MISSED, UNCLEAR = "met", "not met", "cannot say"
REPLAYED = ("history", "resampled")
"""Demands of a market that are drawn from its own record."""


class Check(NamedTuple):
    """An objective and what has become of it.

    Attributes
    ----------
    kpi, unit, relation, target
        The objective, as the table of the case has it.
    value, low, high
        Mean over the worlds with its 95 % interval; of a time to recover, which may be
        censored, the median with that of the median (order statistics).
    verdict
        "met" or "not met" if the whole interval is on that side, else "cannot say".
    share, share_low, share_high
        Share of the worlds that reach the target, with its Wilson interval.
    words
        The same as a sentence.
    """

    kpi: str
    unit: str
    relation: str
    target: float
    value: float
    low: float
    high: float
    verdict: str
    share: float
    share_low: float
    share_high: float
    words: str


def checks(outcome: Outcome) -> list[Check]:
    """Every objective of the case, in the order of its table.

    Parameters
    ----------
    outcome
        A scenario in many worlds.
    """
    rows = outcome.plan.case["objectives"].itertuples(index=False)
    return [_check(outcome, row.kpi, row.relation, float(row.target)) for row in rows if row.kpi in outcome.kpis]


def _check(outcome: Outcome, kpi: str, relation: str, target: float) -> Check:
    unknown = np.full(outcome.replications, np.nan)  # such as emissions of a case without masses
    values, unit = outcome.kpis.get(kpi, unknown), outcome.unit_of(kpi)
    timed = kpi == "time to recover"
    values = np.where(outcome.censored, np.inf, values) if timed else values[np.isfinite(values)]
    value, low, high = median_interval(values) if timed else mean_interval(values, within=limits(unit))
    if len(values) > 1 and (values == values[0]).all():  # all worlds agree, so all are on one side of the target
        low = high = value
    good = values >= target if relation == "at_least" else values <= target
    share = share_interval(int(good.sum()), len(good))
    verdict = _verdict(relation, target, low, high)
    words = _words(kpi, unit, relation, target, value, low, high, verdict)
    return Check(kpi, unit, relation, target, value, low, high, verdict, *share, words)


def _verdict(relation: str, target: float, low: float, high: float) -> str:
    """On which side of the target the whole interval lies; an interval that is not known says nothing."""
    if math.isnan(low) or math.isnan(high):
        return UNCLEAR
    if relation == "at_least":
        return MET if low >= target else MISSED if high < target else UNCLEAR
    return MET if high <= target else MISSED if low > target else UNCLEAR


def _words(kpi, unit, relation, target, value, low, high, verdict) -> str:
    goal = f"{kpi} {relation.replace('_', ' ')} {amount(target, unit)}"
    if math.isnan(value):
        return f"{goal}: cannot say, it is not defined in any world."
    what = "median" if kpi == "time to recover" else "mean"
    if math.isnan(low):
        return f"{goal}: cannot say, the {what} {amount(value, unit)} has no interval in so few worlds."
    end = "the end of the run" if math.isinf(high) else amount(high, unit)
    span = f"{what} {_late(value, unit)}, 95 % interval {_late(low, unit)} to {end}"
    if verdict == UNCLEAR:
        return f"{goal}: cannot say, the interval holds the target ({span}). More worlds may tell."
    return f"{goal}: {verdict} ({span})."


def _late(value: float, unit: str) -> str:
    return amount(value, unit) if math.isfinite(value) else "not recovered by the end of the run"


# --- records


FIT_COLUMNS = ["market", "product", "demand", "periods", "recorded", "simulated", "bias", "wape", "inside"]


def record_fit(outcome: Outcome) -> pd.DataFrame:
    """Simulated demand without the events beside what was recorded, market by market.

    Returns
    -------
    DataFrame
        market, product, demand (how the case draws it), periods compared, recorded and
        simulated (mean units a period), bias (Σ (simulated - recorded) / Σ recorded), wape
        (Σ |simulated - recorded| / Σ recorded), both of the mean over the worlds [share], and
        inside (share of the periods in which the record lies between the 5 % and 95 %
        quantiles of the worlds; 0.9 is expected of a good fit); empty without a history.
    """
    plan = outcome.plan
    past, markets = plan.case["history"], plan.net.markets
    rows = []
    for i, market in enumerate(markets.itertuples(index=False)):
        own = past[(past["market"] == market.market) & (past["product"] == market.product)]
        own = in_the_run(own[own["period"] < plan.periods]).sort_values("period")
        if len(own):
            at = own["period"].to_numpy(int)
            rows.append((market.market, market.product, market.demand, len(own),
                         *_fit(own["units"].to_numpy(float), outcome.calm_markets["demand"][i, at])))  # fmt: skip
    return pd.DataFrame(rows, columns=FIT_COLUMNS)


def _fit(recorded: np.ndarray, simulated: np.ndarray) -> tuple[float, ...]:
    """Means, bias, WAPE and the share of the periods inside the band; `simulated` is (periods, worlds)."""
    mean, total = simulated.mean(axis=1), recorded.sum()
    error = mean - recorded
    bias, wape = (error.sum() / total, np.abs(error).sum() / total) if total > 0 else (math.nan, math.nan)
    low, high = np.quantile(simulated, [0.05, 0.95], axis=1)
    inside = ((recorded >= low) & (recorded <= high)).mean()
    return float(recorded.mean()), float(mean.mean()), float(bias), float(wape), float(inside)


def record_words(fit: pd.DataFrame) -> str:
    """What the comparison with the record says, or why there is none, as a sentence."""
    if not len(fit):
        return "This case has no table history, so nothing recorded can be held against the simulation."
    if (fit["demand"] == "history").all():
        return ("The markets replay their own record, so simulated and recorded demand agree by construction: this says "
                "nothing about how good the model is.")  # fmt: skip
    own = fit[fit["demand"] != "history"]
    weight = own["recorded"] * own["periods"]
    wape = float((own["wape"] * weight).sum() / weight.sum()) if weight.sum() > 0 else math.nan
    bias = float((own["bias"] * weight).sum() / weight.sum()) if weight.sum() > 0 else math.nan
    drawn = (
        " Markets that draw from their own record are expected to have no bias."
        if own["demand"].isin(REPLAYED).any()
        else ""
    )
    return (f"Over {len(own)} market{'s' if len(own) > 1 else ''} the mean of the simulated demand misses what was recorded "
            f"by {amount(wape, 'share')} (WAPE), with a bias of {amount(bias, 'share')}.{drawn}")  # fmt: skip
