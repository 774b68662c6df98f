"""What came of a stress test: tables, the matrix of risk, and sentences that a person can repeat in a meeting.

A loss is claimed only if its 95 % interval leaves out 0; a recovery that had not come by
the end of the run is said so and never averaged.  A sentence about what is possible says so
("at best", from the programmes); one about what happens comes from the simulation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.hazards.tables import Often
from twinkit.chain.plan import Plan
from twinkit.inventory.time_to_survive import Impact
from twinkit.levers.levers import half_elsewhere, second_source_for
from twinkit.result import Next
from twinkit.run.kpis import lost_margin, product_values
from twinkit.run.public import Result
from twinkit.run.statistics import Times, mean_interval
from twinkit.study.at_risk import rows_of
from twinkit.study.targets import WITHOUT_SECOND, Target, tiers_table
from twinkit.tables.case import Case
from twinkit.words import between, counted, listed, percent, period_word, rounded

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
PLURALS = {"site": "sites", "supplier": "suppliers", "company": "companies", "lane": "lanes", "country": "countries", "port": "ports", "machine": "stations"}
"""One kind of target → many."""
WAITS = "Customers wait here, so no sale and no margin is lost: look at how long each can be bridged and at the extra cost."
"""What is said of a case in which nothing is lost for good."""
WHATEVER, AS_IT_IS, NOT = "whatever is done", "as it is run", "no"
"""At risk: the programmes say so; only the simulation does; neither."""
EXTRA = ("expediting", "holding", "backlog")
"""Parts of cost that an outage adds; what is bought, made and moved follows what is sold."""
SMALL = 0.005
"""Share of a loss that is none worth a word."""
FEWEST = 4
"""Targets of which a half and a quarter are worth a word."""
NAMED = 5
"""Targets that a sentence names; the rest is counted."""


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
        As in an :class:`~twinkit.run.outcome.Outcome`, by world; a time that is censored
        is that for which it was watched.
    lost_revenue
        Revenue that is not taken because of it [money], by world.
    taken
        What it takes from every market row, as :func:`~twinkit.study.at_risk.taken` gives it.
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
    lost_revenue: np.ndarray
    taken: dict[str, np.ndarray]

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
    total
        Targets that were asked for; 0 for those of `knocks`.
    by_table
        Name of a target → what the table of hazards says of it, where its likelihood comes from there.
    """

    plan: Plan
    start: int
    replications: int
    knocks: list[Knock]
    survives: float
    likelihood: dict[str, float]
    total: int = 0
    by_table: dict[str, Often] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether not all that were asked for have been knocked out yet."""
        return len(self.knocks) < self.total

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

    @property
    def waits(self) -> bool:
        """Whether customers wait for all that is short, so that no sale and no margin is ever lost."""
        return not self.plan.net.markets["lost_share"].any()

    def period(self, count: float = 2) -> str:
        """What so many periods of the case are called: day, days, weeks."""
        word = period_word(self.plan.case.settings)
        return word if count == 1 else f"{word}s"

    def headline(self) -> str:
        """What was tested."""
        return (f"StressTest of {self.plan.case.name}: {counted(len(self.knocks), 'target')} knocked out from period {self.start}, "
                f"{counted(self.replications, 'world')} of each; .table(), .at_risk(), .matrix()")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """The targets that lose most."""
        return self.table()[["target", "time_to_recover", "time_to_survive_timed", "risk", "lost_margin", "low", "high"]].head(10)

    def table(self) -> pd.DataFrame:
        """One row per target, the largest loss first; where customers wait, so that nothing is lost, first
        what is out for longest beyond what can be bridged.

        Returns
        -------
        DataFrame
            target, kind, tier, country, company; time_to_recover (for which it was out), risk and
            at_risk (see :meth:`Knock.risk`; True unless "no"); what the best response can do at
            most: time_to_survive and lost_profit if goods took no time on the way,
            time_to_survive_timed and lost_profit_timed with lead times, of which lost_anyway_timed with
            nothing out [periods, money];
            lost_margin (simulation: mean of the paired differences), its 95 % interval low to high,
            lost_anyway (mean margin lost without the outage; with lost_margin it is never
            less than lost_profit_timed), extra_cost (holding, backlog, expediting) with extra_low
            and extra_high [money]; depth [share]; recovered_after (median, 0 where service does not fail;
            infinite where it is censored) and watched (the same, until the end of the run
            where it is censored) [periods], fails and censored (shares of the worlds in which
            service falls below the failure level, and in which it was not back by the end),
            spend [money/year], spend_share (of the value sold in a year), exposure
            (risk exposure index: lost margin / the largest); with likelihoods, likelihood
            [1/year], expected_loss [money/year] and hazards (what the table of hazards names); revenue (at risk) with its interval "revenue low" to
            "revenue high" [money].
        """
        rows = pd.DataFrame([self._row(k) for k in self.knocks])
        rows.insert(2, "tier", tiers_table(k.target for k in self.knocks))
        largest = max(float(rows["lost_margin"].max()), 0.0)
        rows["exposure"] = rows["lost_margin"].clip(lower=0.0) / largest if largest > 0 else 0.0
        if self.likelihood:
            rows["likelihood"] = rows["target"].map(self.likelihood).astype(float)
            rows["expected_loss"] = rows["likelihood"] * rows["lost_margin"]
            rows["hazards"] = [", ".join(self.by_table[t].hazards) if t in self.by_table else "" for t in rows["target"]]
        if self.waits:
            rows = rows.assign(gap=rows["time_to_recover"] - rows["time_to_survive_timed"])
            return rows.sort_values(["gap", "extra_cost", "target"], ascending=[False, False, True], ignore_index=True).drop(columns="gap")
        return rows.sort_values(["lost_margin", "target"], ascending=[False, True], ignore_index=True)

    def _row(self, knock: Knock) -> dict:
        t, floor, (lost, low, high) = knock.target, knock.floor, mean_interval(knock.lost_margin)
        extra, extra_low, extra_high = mean_interval(knock.extra_cost)
        sold = self.year_sold
        return {
            "target": t.name, "kind": t.kind, "country": t.country, "company": t.company, "time_to_recover": t.periods,
            "risk": (risk := knock.risk(ROUNDING * self.year_margin)), "at_risk": risk != NOT,
            "time_to_survive": floor.time_to_survive, "time_to_survive_timed": floor.time_to_survive_timed,
            "lost_profit": floor.impact.lost_profit, "lost_profit_timed": floor.impact_timed.lost_profit,
            "lost_anyway_timed": floor.lost_anyway,
            "lost_margin": lost, "low": low, "high": high,
            "lost_anyway": float(knock.calm_lost_margin.mean()),
            "extra_cost": extra, "extra_low": extra_low, "extra_high": extra_high, "depth": float(knock.depth.mean()),
            "recovered_after": Times(knock.time_to_recover, knock.censored).quantile(0.5),
            "watched": Times(knock.time_to_recover, np.zeros_like(knock.censored)).quantile(0.5),
            "fails": float(knock.failed.mean()),
            "censored": float(knock.censored.mean()), "spend": knock.spend,
            "spend_share": knock.spend / sold if sold > 0 else math.nan,
            **dict(zip(("revenue", "revenue low", "revenue high"), mean_interval(knock.lost_revenue), strict=True)),
        }  # fmt: skip

    def by_customer(self) -> pd.DataFrame:
        """What each target takes by customer and product, as :func:`~twinkit.study.at_risk.rows_of` gives it, with the column target."""
        return pd.concat([rows_of(self.plan, k.taken).assign(target=k.target.name) for k in self.knocks], ignore_index=True)

    def at_risk(self) -> pd.DataFrame:
        """Rows of the table that are at risk: first whatever is done, by the time that is missing (gap), then as it is run."""
        rows = self.table()
        gap = rows["time_to_recover"] - rows["time_to_survive_timed"]
        rows = rows.assign(gap=gap.clip(lower=0.0))[rows["at_risk"]]
        return rows.sort_values(["gap", "lost_margin"], ascending=False, ignore_index=True)

    def hidden_critical(self, cheap: float = 0.5, deadly: float = 0.75) -> pd.DataFrame:
        """Cheap and deadly: targets that a look at spend would miss.

        Those with a spend among the lower half of the targets and a lost margin among the
        upper quarter, of which the 95 % interval leaves out 0; of fewer than four targets none.

        Parameters
        ----------
        cheap
            Largest rank of the spend [share of the targets].
        deadly
            Smallest rank of the lost margin [share of the targets].
        """
        rows = self.table()
        if len(rows) < FEWEST:
            return rows.iloc[:0]
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
        """What a person can repeat in a meeting, the most important first."""
        rows = self.table()
        loss = [WAITS] if self.waits else _worst(self, rows)
        told = [_scope(self, rows), *loss, *_at_risk(self, rows), *_hidden(self), *_harmless(rows), *_together(rows)]
        return [*told, *_likely(self, rows), *_without_outage(self)]


def _band(value: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next(name for below, name in bands if value < below)


# --- in words


def many(rows: pd.DataFrame, count: int | None = None) -> str:
    """``50 sites``; targets of several kinds are called targets."""
    count, kinds = len(rows) if count is None else count, rows["kind"].unique()
    one = kinds[0] if len(kinds) == 1 else "target"
    return f"{count} {one if count == 1 else PLURALS.get(one, 'targets')}"


def _scope(test: StressTest, rows: pd.DataFrame) -> str:
    lengths = rows["time_to_recover"]
    same = lengths.nunique() == 1
    length = f"{lengths[0]:g} {test.period(lengths[0])}"
    if not same:
        length = f"its time to recover, {lengths.min():g} to {lengths.max():g} {test.period()}"
    was, turn = ("was", "") if len(rows) == 1 else ("were", " in turn, each")
    return (f"{many(rows)} {was} knocked out{turn} for {length} from {test.period(1)} {test.start} on, "
            f"in {test.replications} worlds with the same luck."
            f"{f' These are not all: {test.total} were asked for, and those that are out longest came first.' * test.partial}")  # fmt: skip


def _worst(test: StressTest, rows: pd.DataFrame) -> list[str]:
    worst = rows.iloc[0]
    if not worst["low"] > 0:
        return []
    money, year = test.plan.case.settings["currency"], test.year_margin
    share = f", {percent(worst['lost_margin'] / year)} of a year's margin" if year > 0 else ""
    text = (f"The worst to lose is {worst['target']}: {worst['time_to_recover']:g} "
            f"{test.period(worst['time_to_recover'])} without it cost {rounded(worst['lost_margin'])} {money} of "
            f"margin ({between(worst['low'], worst['high'])}){share}; {recovery(test, worst)}.")  # fmt: skip
    return [text, *at_best(worst, money)]


def at_best(row: pd.Series, money: str) -> list[str]:
    """What of a simulated loss even the best response would lose, and what it could save; each says which bound it is.

    Parameters
    ----------
    row
        A row of the table of a stress test.
    money
        Currency.
    """
    least = row["lost_profit_timed"] - row["lost_anyway_timed"]
    gap = min(row["lost_margin"], row["lost_margin"] - least)
    if gap <= 0:
        return []
    if least <= 1e-6 * row["lost_margin"]:
        return ["At best, by a response that knows everything in advance and puts all stock and capacity to use in time, nothing would "
                "be lost: this loss is due to the way the chain is run, and to luck."]  # fmt: skip
    if gap <= SMALL * row["lost_margin"]:
        return ["Even a response that knows everything in advance would lose as much."]
    text = f"At best, by a response that knows everything in advance, {rounded(least)} {money} would still be lost"
    if row["lost_profit"] < 0.5 * least:
        text += f", most of it because goods take time on the way (without lead times: {rounded(row['lost_profit'])} {money})"
    return [f"{text}; the other {rounded(gap)} {money} are the price of not knowing it in advance: no plan can count on all of that."]


def _together(rows: pd.DataFrame) -> list[str]:
    """Why all sites of a place can cost less than one of them."""
    if not rows["kind"].isin(("country", "company")).any():
        return []
    return ["Of a country or a company all sites are out at once; who buys at them needs nothing then, so it can cost less than one of its plants. How often is how often all of them are out at once, not any one."]  # fmt: skip


def advice_about(kind: str, name: str, days: float, years: float | None) -> list[Next]:
    """The way to what should be done about the loss of a site."""
    if kind != "site":
        return []
    return [Next(f"What should we do about {name}?", "advice", {"risks": {}, "lost": {name: {"days": float(days), **({"years": years} if years else {})}}})]


def second_source_of(case: Case, name: str, kind: str, asked: Mapping[str, Any]) -> list[Next]:
    """The way to a second source for what is lost: half of what it delivers now comes from others; grey, with the reason, where the tables know none.

    Parameters
    ----------
    case
        The case.
    name, kind
        What is lost.
    asked
        What the question about its loss is asked with.
    """
    if kind in WITHOUT_SECOND:
        return []
    lever, why = second_source_for(case, name)
    return [Next(f"A second source for {name}", "loss", {**asked, **({"second": half_elsewhere(lever)} if lever else {})}, why)]


def recovery(test: StressTest, row: pd.Series) -> str:
    """When service is back after the loss of a target, as a part of a sentence."""
    after = row["recovered_after"]
    if not after:
        return f"in {percent(1 - row['fails'])} of the worlds service never falls below the level that counts as failed"
    if not math.isfinite(after):
        share = row["censored"]
        where = "any world" if share == 1 else f"{percent(share)} of the worlds"
        return f"service is not back by the end of the run in {where}, and what is lost after it is not counted"
    late = f", but not by the end of the run in {percent(row['censored'])} of the worlds" if row["censored"] else ""
    return f"service is back for good {rounded(after)} {test.period(after)} after it failed (median){late}"


def _at_risk(test: StressTest, rows: pd.DataFrame) -> list[str]:
    risky = test.at_risk()
    if not len(risky):
        return [f"Customers were served through {'this outage' if len(rows) == 1 else 'every one of these outages'} in the simulation, "
                "and the programmes say that they can be."]  # fmt: skip
    late, run = (risky[risky["risk"] == risk] for risk in (WHATEVER, AS_IT_IS))
    at_once, later = late[late["time_to_survive_timed"] <= 0], late[late["time_to_survive_timed"] > 0]
    told = []
    if len(later):
        names = [f"{r.target} ({r.time_to_survive_timed:.0f} of {r.time_to_recover:g})" for r in later.itertuples()]
        takes, them = ("takes", "it") if len(later) == 1 else ("take", "them")
        told.append(f"{many(rows, len(later))} {takes} longer to recover than customers can be served without {them} even at best "
                    f"({test.period()} bridged at best, of those needed): {listed(names, NAMED)}.")  # fmt: skip
    if len(at_once):
        told.append(f"The loss of {many(rows, len(at_once))} is noticed at once, whatever is done: "
                    f"{listed(at_once['target'].tolist(), NAMED)}.")  # fmt: skip
    if len(run):
        them = "it" if len(run) == 1 else "each of them"
        names = [r.target if not r.low > 0 else f"{r.target} ({rounded(r.lost_margin)})" for r in run.itertuples()]
        lost = f" (margin lost, {test.plan.case.settings['currency']})" if (run["low"] > 0).any() else ""
        told.append(f"{many(rows, len(run))} could at best be bridged by somebody who knows everything in advance, but as the chain is "
                    f"run customers go without when {them} is out{lost}: {listed(names, NAMED)}.")  # fmt: skip
    return told


def _hidden(test: StressTest) -> list[str]:
    rows = test.hidden_critical()
    if not len(rows):
        return []
    money, first = test.plan.case.settings["currency"], rows.iloc[0]
    share = percent(first["spend_share"], 2)
    return [f"Cheap and deadly (spend in the lower half, loss in the upper quarter): "
            f"{listed(rows['target'].tolist(), NAMED)}. {first['target']} stands for {share} of the value sold, and its "
            f"loss costs {rounded(first['lost_margin'])} {money}."]  # fmt: skip


def _harmless(rows: pd.DataFrame) -> list[str]:
    calm = rows[rows["risk"] == NOT]
    if not len(calm) or len(calm) == len(rows):
        return []
    return [f"Not at risk, neither at best nor as the chain is run: {listed(calm['target'].tolist(), NAMED)}."]


def _likely(test: StressTest, rows: pd.DataFrame) -> list[str]:
    if not test.likelihood:
        return ["Nobody has said how often these outages happen: they are ranked by consequence alone."]
    top = rows.sort_values("expected_loss", ascending=False).iloc[0]
    money, missing = test.plan.case.settings["currency"], int(rows["likelihood"].isna().sum())
    told = []
    if top["expected_loss"] > 0:
        told.append(f"With the likelihoods {'of the table of hazards' if top['target'] in test.by_table else 'given'}, {top['target']} costs most in the long run: "
                    f"{rounded(top['expected_loss'])} {money} a year.")  # fmt: skip
    if test.by_table:
        assumed = sum(often.assumed for often in test.by_table.values())
        told.append(f"How often {many(rows, len(test.by_table))} {'is' if len(test.by_table) == 1 else 'are'} lost is what the table of hazards adds up to; "
                    f"{assumed or 'none'} of these figures {'is an assumption' if assumed == 1 else 'are assumptions'}, not measured. Put in your own, here or in the table.")  # fmt: skip
    if missing:
        told.append(f"Nobody has said how often {many(rows, missing)} fail{'s' if missing == 1 else ''}.")
    return told


def _without_outage(test: StressTest) -> list[str]:
    if math.isinf(test.survives):
        return []
    return [f"Even with nothing out, stock and capacity carry the demand for {test.survives:.0f} {test.period()} "
            "only; no target can be survived for longer."]  # fmt: skip
