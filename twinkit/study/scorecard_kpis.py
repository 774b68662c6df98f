"""The numbers of a scorecard: one definition each, with intervals, and what is censored said so."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.chain.world import occurrences
from twinkit.run.kpis import EARNINGS, FLOW, value_sold
from twinkit.run.outcome import FORMULAS as RUN_FORMULAS
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result
from twinkit.run.resilience import relative_service, time_to_recover
from twinkit.run.runs import studied
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Times, limits, mean_interval, median_interval, share_interval
from twinkit.study.ripple import FORMULAS as RIPPLE_FORMULAS
from twinkit.study.ripple import Ripples, tier_of_sites

NOTHING = 1e-9
"""Mean service lost that is a rounding error [share]."""
QUANTILES = (0.05, 0.5, 0.95)

FORMULAS: dict[str, tuple[str, str]] = {
    "event happens": ("share", "worlds in which an event of the set begins before the end of the run / worlds"),
    "service fails": ("share", "worlds in which service falls below the failure level (relative to no event) / worlds"),
    **{name: RUN_FORMULAS[name] for name in ("depth", "time to recover", "time below", "dips", "resilience loss", "resilience index")},
    "worlds that recover": ("share", "worlds in which service is recovered by the end of the run / worlds in which it fails"),
    "time to survive (measured)": (
        "periods", "periods from the start of the event, in the runs, until service first falls below the failure level; never by "
        "the end of the run = censored, shown as > x. Not the time to survive of a stress test, which is the longest outage for which "
        "the best use of all stock and capacity could serve everybody (a linear programme)",
    ),
    "worst day": ("period", "period of the lowest service relative to no event, of worlds in which service fails"),
    "day of the deepest dip": ("period", "period in which the mean over the worlds of the service lost to the event is largest"),
    "ripple breadth": RIPPLE_FORMULAS["ripple breadth"],
    "ripple depth": RIPPLE_FORMULAS["ripple depth"],
    "lost sales because of the event": ("units", "units of demand dropped, less those without the event in the same world"),
    "lost margin": ("money", "margin of the units of demand dropped, less that without the event in the same world"),
    "all other costs": ("money", "all other parts of cost (what is bought, made, moved, kept, owed), less those without the event"),
    "total cost because of the event": ("money", "lost margin + all other costs: the difference of the total cost"),
    "earnings lost": ("money", f"earnings without the event less those with it; earnings: {EARNINGS['earnings'][1]}"),
    "bullwhip ratio without the event": RUN_FORMULAS["bullwhip ratio"],
    "bullwhip ratio with the event": RUN_FORMULAS["bullwhip ratio"],
    "emissions without the event": RUN_FORMULAS["emissions"],
    "emissions with the event": RUN_FORMULAS["emissions"],
}  # fmt: skip
"""Unit and definition of every KPI of a scorecard."""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    kpi, measure
        Name; what `value` is: "mean", "median", "share" or "day".
    value, low, high
        With its 95 % interval; a time that is censored is infinite.
    quantiles
        5 %, 50 % and 95 % of the worlds.
    worlds, censored
        Over how many worlds, and in how many of them a time is censored.
    shown
        Value as text; "> 120" where it is censored.
    """

    kpi: str
    measure: str
    value: float
    low: float
    high: float
    quantiles: tuple[float, float, float]
    worlds: int
    censored: int = 0
    shown: str = ""


@dataclass(eq=False, repr=False)
class Measured(Result):
    """What was measured of a set of events, world by world.

    Attributes
    ----------
    scenario
        The events and levers.
    outcome
        The worlds with the events, and the same worlds without.
    ripples
        What every site and tier did, world by world.
    fall, window
        A site is hit where it sends less than this share [share] of the usual, over so many periods [periods].
    """

    scenario: Scenario
    outcome: Outcome
    ripples: Ripples = field(repr=False)
    fall: float
    window: int

    @property
    def plan(self) -> Plan:
        """The case made ready, with the events."""
        return self.outcome.plan

    @property
    def worlds(self) -> int:
        """Number of worlds; everything is measured in all of them."""
        return self.outcome.replications

    # --- by world

    @cached_property
    def starts(self) -> np.ndarray:
        """First period of the first event of every world; inf where none begins by the end of the run [period]."""
        o = self.outcome
        starts = occurrences(o.plan, o.seed, o.replications, o.first)["event_start"]
        first = starts[studied(o.plan)].min(axis=0)
        return np.where(first < o.plan.periods, first, np.inf)

    def time_to_survive(self) -> Times:
        """Periods from the start of the event until service falls below the failure level, where an event happens."""
        o, settings = self.outcome, self.plan.case.settings
        levels = settings["failure_level"], settings["recovery_level"], int(settings["hold"])
        begin = np.isfinite(self.starts)
        first = time_to_recover(o.service, o.calm_service, *levels).start[begin]
        return Times(first - self.starts[begin], ~o.failed[begin])

    def worst_days(self) -> np.ndarray:
        """Period of the lowest service relative to no event, of every world in which service fails [period]."""
        o = self.outcome
        return relative_service(o.service, o.calm_service)[:, o.failed].argmin(axis=0).astype(float)

    def deepest_day(self) -> int | None:
        """Period in which the mean of the service lost to the event is largest; None if none is lost [period]."""
        lost = (self.outcome.calm_service - self.outcome.service).mean(axis=1)
        return int(lost.argmax()) if lost.max() > NOTHING else None

    def sites_hit(self) -> np.ndarray:
        """Whether each site is hit, shape (sites, worlds)."""
        return np.isfinite(self.ripples.worlds["site first"])

    def tiers_hit(self) -> np.ndarray:
        """Whether a site of each tier is hit, shape (tiers, worlds)."""
        tiers, hit = tier_of_sites(self.plan), self.sites_hit()
        return np.stack([hit[tiers == k].any(axis=0) for k in range(tiers.max() + 1)])

    @cached_property
    def rows(self) -> list[Row]:
        """Every KPI."""
        return rows_of(self)

    def row(self, kpi: str) -> Row:
        """One KPI."""
        return self.rows[list(FORMULAS).index(kpi)]


def rows_of(card: Measured) -> list[Row]:
    """All KPIs of a scorecard, in the order of :data:`FORMULAS`."""
    outcome, worlds = card.outcome, card.outcome.replications
    unknown = np.full(worlds, np.nan)  # such as emissions of a case without masses
    found = {
        "event happens": _share("event happens", int(np.isfinite(card.starts).sum()), worlds),
        "service fails": _share("service fails", int(outcome.failed.sum()), worlds),
        "worlds that recover": _share(
            "worlds that recover", int((outcome.failed & ~outcome.censored).sum()), int(outcome.failed.sum())
        ),
        "time to recover": _times("time to recover", outcome.times_to_recover),
        "time to survive (measured)": _times("time to survive (measured)", card.time_to_survive()),
        "worst day": _middle("worst day", card.worst_days()),
        "day of the deepest dip": _day(card),
    }
    values = {
        **{name: outcome.kpis[name] for name in ("depth", "time below", "dips", "resilience loss", "resilience index")},
        "ripple breadth": card.sites_hit().sum(axis=0), "ripple depth": card.tiers_hit().sum(axis=0),
        "lost sales because of the event": outcome.kpis["lost sales"] - outcome.calm_kpis["lost sales"],
        "earnings lost": earnings_lost(outcome), **differences(card),
        "bullwhip ratio without the event": outcome.calm_kpis["bullwhip ratio"],
        "bullwhip ratio with the event": outcome.kpis["bullwhip ratio"],
        "emissions without the event": outcome.calm_kpis.get("emissions", unknown),
        "emissions with the event": outcome.kpis.get("emissions", unknown),
    }  # fmt: skip
    found |= {name: _mean(name, np.asarray(each, float)) for name, each in values.items()}
    return [found[name] for name in FORMULAS]


def earnings_lost(outcome: Outcome) -> np.ndarray:
    """What is earned less because of the events, by world [money]; NaN where a market has no price."""
    unknown = np.full(outcome.replications, np.nan)
    return outcome.calm_kpis.get("earnings", unknown) - outcome.kpis.get("earnings", unknown)


def earnings_parts(card: Measured) -> dict[str, np.ndarray]:
    """Parts of what is earned less, and all of it, by world [money]; see :meth:`Scorecard.earnings`."""
    o, lost = card.outcome, earnings_lost(card.outcome)
    if np.isnan(lost).any():
        return {}
    change = cost_differences(card)
    flow = sum(change[part] for part in FLOW)
    stock = o.gained - o.calm_gained
    sold = value_sold(o.plan, o.kpis) - value_sold(o.plan, o.calm_kpis)
    parts = {"margin of lost sales": change["lost margin"]}
    others = {part: values for part, values in change.items() if part not in FLOW and part != "lost margin"}
    beyond = flow - sold - stock
    later = lost - sum(others.values()) - parts["margin of lost sales"] - beyond
    parts |= {"sales not made yet, or not asked for": later, **others}
    return parts | {"buying, making and moving beyond the value sold and stocked": beyond, "earnings lost": lost}


def differences(card: Measured) -> dict[str, np.ndarray]:
    """Lost margin, all other costs and both together because of the event, by world [money]."""
    parts = cost_differences(card)
    extra = sum(values for part, values in parts.items() if part != "lost margin")
    lost = parts["lost margin"]
    return {"lost margin": lost, "all other costs": extra, "total cost because of the event": lost + extra}


def cost_differences(card: Measured) -> dict[str, np.ndarray]:
    """Part of cost → with the event less without it, by world [money]."""
    return {part: card.outcome.costs[part] - card.outcome.calm_costs[part] for part in card.outcome.costs}


def _mean(kpi: str, values: np.ndarray) -> Row:
    good = values[np.isfinite(values)]
    return Row(kpi, "mean", *mean_interval(good, within=limits(FORMULAS[kpi][0])), _quantiles(good), len(good))


def _middle(kpi: str, values: np.ndarray) -> Row:
    return Row(kpi, "median", *median_interval(values), _quantiles(values), len(values))


def _share(kpi: str, hits: int, worlds: int) -> Row:
    return Row(kpi, "share", *share_interval(hits, worlds), (np.nan,) * 3, worlds)


def _times(kpi: str, times: Times) -> Row:
    value, low, high = times.median()
    quantiles = tuple(times.quantile(q) for q in QUANTILES)
    count = len(times.periods)
    return Row(kpi, "median", value, low, high, quantiles, count, int(times.censored.sum()), times.shown(0.5))


def _day(card: Measured) -> Row:
    day = card.deepest_day()
    return Row("day of the deepest dip", "day", np.nan if day is None else day, np.nan, np.nan, (np.nan,) * 3,
               card.outcome.replications)  # fmt: skip


def _quantiles(values: np.ndarray) -> tuple[float, float, float]:
    if not len(values):
        return (np.nan,) * 3
    return tuple(float(q) for q in np.quantile(values, QUANTILES, method="higher"))
