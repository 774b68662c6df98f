"""Which of two runs of the same worlds is better: the one rule, used wherever something is called better or worse.

A cost falls, too, where less is made because less is sold, and stock turns quicker where it
runs out.  So:

- what customers get (fill rate, lost sales, time to recover …) and what is earned are good or bad
  in themselves (:data:`IN_THEMSELVES`);
- costs, stock and orders are judged only where customers get as much as before, or where they get
  less and it costs more as well (or more, and it costs less); the total cost, and its parts, only
  where not every market has a price: else what is earned says it;
- nothing is called better where customers get less than before: not even earnings, which then
  are a matter of choice.

The verdict on two runs as a whole (:func:`verdict`) is that on earnings where every market has
prices, else that on the total cost; where the rule gives none it says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from twinkit import rooms
from twinkit.run.statistics import mean_interval

MORE_IS_BETTER = {
    "fill rate", "OTIF", "cycle service level", "ready rate", "sales", "revenue", "earnings", "depth", "resilience index",
    "inventory turns",
}  # fmt: skip
"""KPIs of which more is good; of the others less is."""
IN_THEMSELVES = {
    "fill rate", "OTIF", "cycle service level", "ready rate", "sales", "revenue", "earnings", "depth", "resilience index", "backlog",
    "waiting time", "lost sales", "time to recover", "time below", "dips", "resilience loss", "ripple breadth", "ripple depth",
}  # fmt: skip
"""KPIs that are good or bad whatever else changes."""


def _take(added: rooms.AddedKpi) -> None:
    for kpis, is_one in ((MORE_IS_BETTER, added.more_is_better), (IN_THEMSELVES, added.in_itself)):
        (kpis.add if is_one else kpis.discard)(added.name)


rooms.KPIS.listen(_take)
SAME = 0.001
"""Change of the fill rate, and of the units sold as a share of them, up to which customers get as much as before [share]."""
BETTER, WORSE, UNCLEAR, NONE = "better", "worse", "unclear", ""
"""What a verdict may say; none at all is a verdict, too."""

Kpis = Mapping[str, np.ndarray]


class Verdict(NamedTuple):
    """What is said of a difference.

    Attributes
    ----------
    word
        "better", "worse", "unclear" (the 95 % interval holds 0, or one world has none), or "" where none is given.
    kpi
        What it is about.
    why
        Why none is given, as half a sentence; else "".
    """

    word: str
    kpi: str
    why: str = ""


class Served(NamedTuple):
    """Whether customers get less, and whether they get more, in the mean of the same worlds.

    Attributes
    ----------
    less, more
        Whether they do.
    words
        What there is less of.
    earned
        Whether it is known what is earned.
    """

    less: bool
    more: bool
    words: str
    earned: bool


def served(base: Kpis, other: Kpis) -> Served:
    """What customers get in one run against another of the same worlds.

    Parameters
    ----------
    base, other
        KPI → values by world.
    """
    less, more = [], []
    for kpi, what in (("fill rate", "less is served at once"), ("sales", "less is sold")):
        if kpi not in base or kpi not in other:
            continue
        good = np.isfinite(base[kpi]) & np.isfinite(other[kpi])
        usual = 1.0 if kpi == "fill rate" else float(base[kpi][good].mean()) if good.any() else 0.0
        change = float((other[kpi] - base[kpi])[good].mean()) if good.any() else 0.0
        if change < -SAME * usual:
            less.append(what)
        more += [what] * (change > SAME * usual)
    return Served(bool(less), bool(more), " and ".join(less), "earnings" in base)


def judged(kpi: str, mean: float, low: float, high: float, change: Served) -> Verdict:
    """The verdict on the paired difference of one KPI.

    Parameters
    ----------
    kpi
        Name of the KPI.
    mean, low, high
        Difference (other − base) with its 95 % interval.
    change
        What customers get, from :func:`served`.
    """
    if not np.isfinite(mean):
        return Verdict(NONE, kpi, "it is not defined")
    if kpi == "total cost" and change.earned:
        return Verdict(NONE, kpi, "what is earned says it")
    good = (mean > 0) == (kpi in MORE_IS_BETTER)
    if mean and good and change.less:
        return Verdict(NONE, kpi, change.words)
    if mean and not good and change.more and kpi not in IN_THEMSELVES:
        return Verdict(NONE, kpi, "customers get more for it")
    if low > 0 or high < 0:
        return Verdict(BETTER if good else WORSE, kpi)
    return Verdict(UNCLEAR, kpi)


def judge(kpi: str, base: Kpis, other: Kpis) -> Verdict:
    """The verdict on one KPI of two runs of the same worlds."""
    if kpi not in base or kpi not in other:
        return Verdict(NONE, kpi, "it is not known of both")
    good = np.isfinite(base[kpi]) & np.isfinite(other[kpi])
    return judged(kpi, *mean_interval((other[kpi] - base[kpi])[good]), served(base, other))


def measure_of(kpis: Kpis) -> str:
    """KPI by which runs are judged as a whole: earnings where every market has prices, else the total cost."""
    return "earnings" if "earnings" in kpis else "total cost"
