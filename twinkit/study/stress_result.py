"""What came of a stress test: tables, the matrix of risk, and sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.inventory.time_to_survive import Impact
from twinkit.study.costs import lost_margin
from twinkit.study.public import Result
from twinkit.study.series import product_values
from twinkit.study.statistics import mean_interval
from twinkit.study.stress_targets import Target, tiers_table
from twinkit.study.stress_words import AS_IT_IS, NOT, WHATEVER, sentences
from twinkit.words import counted

ROUNDING = 1e-6
"""Periods by which a time to survive may fall short of an outage, and share of a year's margin, that are rounding."""
OFTEN = 0.5
"""Share of the worlds in which service fails, from which on customers are said to feel it where no margin is lost."""
LIKELIHOODS = (
    (1 / 100, "less than once in 100 years"), (1 / 30, "once in 30 to 100 years"), (1 / 10, "once in 10 to 30 years"),
    (1 / 3, "once in 3 to 10 years"), (math.inf, "once in 3 years or more"),
)  # fmt: skip
"""Bands of likelihood: below so many a year → name."""
CONSEQUENCES = ((0.001, "negligible"), (0.01, "minor"), (0.05, "moderate"), (0.2, "major"), (math.inf, "severe"))
"""Bands of consequence: below this share of a year's margin → name."""
NOT_GIVEN = "likelihood not given"
"""Row of the matrix for targets of which nobody has said how often they fail."""


@dataclass(frozen=True)
class Floor:
    """What the linear programmes say of a target: what the best response can do, at most.

    Attributes
    ----------
    time_to_survive, impact
        If goods took no time on the way: time [periods], least loss during the outage.
    time_to_survive_timed, impact_timed
        With lead times: longest outage that customers notice neither in it nor later [whole
        periods]; least loss from its start to the end of the run.
    lost_anyway
        What of that the best response loses with nothing out [money].
    """

    time_to_survive: float
    impact: Impact
    time_to_survive_timed: float
    impact_timed: Impact
    lost_anyway: float = 0.0


@dataclass(frozen=True)
class Knock:
    """One target, knocked out.

    Attributes
    ----------
    target
        What was out, and for how long.
    floor
        What the linear programmes say.
    spend
        Value of the mean flow that leaves it in a year [money/year].
    lost_margin, calm_lost_margin
        Margin lost because of it, against the same world without it; margin that this world
        loses anyway [money], by world.
    extra_cost
        What keeping, waiting and hurrying cost on top of it (holding, backlog, expediting),
        against the same world without it [money], by world.
    depth, time_to_recover, failed, censored
        As in an :class:`~twinkit.study.outcome.Outcome`, by world; a time that is censored
        is infinite.
    """

    target: Target
    floor: Floor
    spend: float
    lost_margin: np.ndarray
    calm_lost_margin: np.ndarray
    extra_cost: np.ndarray
    depth: np.ndarray
    time_to_recover: np.ndarray
    failed: np.ndarray
    censored: np.ndarray

    @property
    def lost_at_best(self) -> bool:
        """Whether it is out for longer than the best response can serve all customers without it (TTS < TTR)."""
        lasts = min(self.floor.time_to_survive, self.floor.time_to_survive_timed)
        return bool(lasts < self.target.whole_periods - ROUNDING)

    def felt(self, money: float) -> bool:
        """Whether customers go without in the simulation.

        That is: more than so much margin is lost and its 95 % interval leaves out 0 (without an interval: it
        is lost), or service fails in half of the worlds at least.

        Parameters
        ----------
        money
            Margin that is rounding [money].
        """
        mean, low, _ = mean_interval(self.lost_margin)
        clear = mean if math.isnan(low) else low
        return bool(clear > money or self.failed.mean() >= OFTEN)

    def risk(self, money: float) -> str:
        """At risk "whatever is done" (programmes), only "as it is run" (simulation), or "no": both agree that it is not."""
        return WHATEVER if self.lost_at_best else AS_IT_IS if self.felt(money) else NOT


@dataclass(frozen=True, repr=False)
class StressTest(Result):
    """Every target of a stress test.

    Attributes
    ----------
    plan
        The case made ready, without an outage.
    start
        First period of the outages.
    replications
        Worlds of each.
    knocks
        What came of each target.
    survives
        Time to survive if nothing is out [periods]: not infinite where the capacities of
        the case do not carry its demand.
    likelihood
        Name of a target → how often it happens [1/year], as it was given.
    """

    plan: Plan
    start: int
    replications: int
    knocks: list[Knock]
    survives: float
    likelihood: dict[str, float]

    @property
    def year_margin(self) -> float:
        """Margin of a year's mean demand [money/year]."""
        year = 365.0 / self.plan.case.settings["period_days"]
        return float(year * lost_margin(self.plan) @ self.plan.flows.market)

    @property
    def year_sold(self) -> float:
        """Value of a year's mean demand [money/year]."""
        year = 365.0 / self.plan.case.settings["period_days"]
        return float(year * self.plan.flows.market @ product_values(self.plan, self.plan.net.markets["product"]))

    def headline(self) -> str:
        """What was tested."""
        return (f"StressTest of {self.plan.case.name}: {counted(len(self.knocks), 'target')} knocked out from period {self.start}, "
                f"{counted(self.replications, 'world')} of each; .table(), .at_risk(), .matrix()")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """The targets that lose most."""
        return self.table()[["target", "time_to_recover", "time_to_survive_timed", "risk", "lost_margin", "low", "high"]].head(10)

    def table(self) -> pd.DataFrame:
        """One row per target, the largest loss first.

        Returns
        -------
        DataFrame
            target, kind, tier, country; time_to_recover (for which it was out), risk and
            at_risk (see :meth:`Knock.risk`; True unless "no"); what the best response can do at
            most: time_to_survive and lost_profit if goods took no time on the way,
            time_to_survive_timed and lost_profit_timed with lead times, of which lost_anyway_timed with
            nothing out [periods, money];
            lost_margin (simulation: mean of the paired differences), its 95 % interval low to high,
            lost_anyway (mean margin lost without the outage; with lost_margin it is never
            less than lost_profit_timed), extra_cost (holding, backlog, expediting) with extra_low
            and extra_high [money]; depth [share]; recovered_after (median; infinite where it
            is censored) [periods], censored (share of the worlds that were not back by the
            end), spend [money/year], spend_share (of the value sold in a year), exposure
            (risk exposure index: lost margin / the largest); with likelihoods, likelihood
            [1/year] and expected_loss [money/year].
        """
        rows = pd.DataFrame([self._row(k) for k in self.knocks])
        rows.insert(2, "tier", tiers_table(k.target for k in self.knocks))
        largest = max(float(rows["lost_margin"].max()), 0.0)
        rows["exposure"] = rows["lost_margin"].clip(lower=0.0) / largest if largest > 0 else 0.0
        if self.likelihood:
            rows["likelihood"] = rows["target"].map(self.likelihood).astype(float)
            rows["expected_loss"] = rows["likelihood"] * rows["lost_margin"]
        return rows.sort_values(["lost_margin", "target"], ascending=[False, True], ignore_index=True)

    def _row(self, knock: Knock) -> dict:
        t, floor, (lost, low, high) = knock.target, knock.floor, mean_interval(knock.lost_margin)
        extra, extra_low, extra_high = mean_interval(knock.extra_cost)
        sold = self.year_sold
        return {
            "target": t.name, "kind": t.kind, "country": t.country, "time_to_recover": t.periods,
            "risk": (risk := knock.risk(ROUNDING * self.year_margin)), "at_risk": risk != NOT,
            "time_to_survive": floor.time_to_survive, "time_to_survive_timed": floor.time_to_survive_timed,
            "lost_profit": floor.impact.lost_profit, "lost_profit_timed": floor.impact_timed.lost_profit,
            "lost_anyway_timed": floor.lost_anyway,
            "lost_margin": lost, "low": low, "high": high,
            "lost_anyway": float(knock.calm_lost_margin.mean()),
            "extra_cost": extra, "extra_low": extra_low, "extra_high": extra_high, "depth": float(knock.depth.mean()),
            "recovered_after": float(np.quantile(knock.time_to_recover, 0.5, method="higher")),
            "censored": float(knock.censored.mean()), "spend": knock.spend,
            "spend_share": knock.spend / sold if sold > 0 else math.nan,
        }  # fmt: skip

    def at_risk(self) -> pd.DataFrame:
        """Rows of the table that are at risk: first whatever is done, by the time that is missing (gap), then as it is run."""
        rows = self.table()
        gap = rows["time_to_recover"] - rows["time_to_survive_timed"]
        rows = rows.assign(gap=gap.clip(lower=0.0))[rows["at_risk"]]
        return rows.sort_values(["gap", "lost_margin"], ascending=False, ignore_index=True)

    def hidden_critical(self, cheap: float = 0.5, deadly: float = 0.75) -> pd.DataFrame:
        """Cheap and deadly: targets that a look at spend would miss.

        Those with a spend among the lower half of the targets and a lost margin among the
        upper quarter, of which the 95 % interval leaves out 0.

        Parameters
        ----------
        cheap
            Largest rank of the spend [share of the targets].
        deadly
            Smallest rank of the lost margin [share of the targets].
        """
        rows = self.table()
        few = rows["spend"] <= rows["spend"].quantile(cheap)
        much = rows["lost_margin"] >= rows["lost_margin"].quantile(deadly)
        return rows[few & much & (rows["low"] > 0)].reset_index(drop=True)

    def matrix(self) -> pd.DataFrame:
        """Likelihood × consequence: names of the targets in every cell.

        Returns
        -------
        DataFrame
            Rows from often to seldom, columns from negligible to severe (lost margin as a
            share of a year's margin); cells are tuples of names.  Targets without a
            likelihood stand in a row of their own: none is made up.
        """
        rows = self.table()
        given = rows["target"].map(self.likelihood)
        often = [NOT_GIVEN if p != p else _band(p, LIKELIHOODS) for p in given.astype(float)]
        year = self.year_margin
        much = [_band(lost / year if year > 0 else 0.0, CONSEQUENCES) for lost in rows["lost_margin"]]
        index = [name for _, name in reversed(LIKELIHOODS)] if self.likelihood else []
        index += [NOT_GIVEN] if NOT_GIVEN in often else []
        cells = {
            name: [tuple(t for t, o, m in zip(rows["target"], often, much, strict=True) if (o, m) == (row, name))
                   for row in index] for _, name in CONSEQUENCES
        }  # fmt: skip
        return pd.DataFrame(cells, index=pd.Index(index, name="likelihood"))

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        return sentences(self)


def _band(value: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next(name for below, name in bands if value < below)
