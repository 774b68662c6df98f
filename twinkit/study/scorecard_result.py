"""The resilience scorecard: what it holds, and its tables: figures, the ripple through sites and tiers, money, the bullwhip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.plan import Plan
from twinkit.chain.world import occurrences
from twinkit.study.courses import studied
from twinkit.study.outcome import Outcome
from twinkit.study.public import Result, plain_rows
from twinkit.study.resilience import relative_service, time_to_recover
from twinkit.study.ripple import HERE, Hop, Ripples, by_tier, hops, orders_of, over_window, struck_sites, tier_of_sites
from twinkit.study.scenario import Scenario
from twinkit.study.scorecard_kpis import FORMULAS, Row, Times, earnings_parts, rows_of
from twinkit.study.scorecard_words import sentences
from twinkit.study.series import tier_names
from twinkit.study.statistics import SHARE, mean_interval, share_interval
from twinkit.words import counted, rounded

NOTHING = 1e-9
"""Mean service lost that is a rounding error [share]."""
HEADS = ("service fails", "depth", "time to recover", "time to survive (measured)", "ripple breadth", "earnings lost")
"""KPIs of several sets of events side by side."""


@dataclass(eq=False, repr=False)
class Scorecard(Result):
    """The resilience scorecard of a set of events.

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
    def hops(self) -> list[Hop]:
        """How the ripple came to every site, in the order of the days."""
        return hops(self.plan, self.ripples)

    @cached_property
    def rows(self) -> list[Row]:
        """Every KPI."""
        return rows_of(self)

    def row(self, kpi: str) -> Row:
        """One KPI."""
        return self.rows[list(FORMULAS).index(kpi)]

    # --- tables

    def table(self) -> pd.DataFrame:
        """Every KPI with its definition.

        Returns
        -------
        DataFrame
            kpi, unit, definition; measure (whether `value` is a mean, a median, a share or a day);
            value with its 95 % interval low to high (of a mean: Student; of a median: ranks; of a share:
            Wilson); q05, median, q95 of the worlds; worlds (over which it is), censored (worlds in which
            a time is only known to be longer; infinite in value and quantiles), shown (value as text:
            "> 120" where it is censored).
        """
        rows = []
        for r in self.rows:
            unit, definition = FORMULAS[r.kpi]
            shown = r.shown or _shown(r.value)
            rows.append((r.kpi, self.outcome.unit(unit), definition, r.measure, r.value, r.low, r.high, *r.quantiles, r.worlds,
                         r.censored, shown))  # fmt: skip
        columns = ["kpi", "unit", "definition", "measure", "value", "low", "high", "q05", "median", "q95", "worlds", "censored",
                   "shown"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def ripple(self) -> pd.DataFrame:
        """Every site that is hit in some world, in the order of the days.

        Returns
        -------
        DataFrame
            site, tier; struck (an event acts on the site itself); direction (how it begins: "downstream": goods are
            owed; "upstream": it is asked for less); worlds (share in which it is hit) with its Wilson interval
            worlds_low to worlds_high; of the worlds in which it is hit: first (median first period) with
            first_q05 and first_q95 [period], after (median time since the event began), days (median of the
            periods in which it is hit) [periods], throughput (mean of the least share of the usual) with
            throughput_low and throughput_high [share]; of all worlds: missing (most that it is behind at
            any time) with missing_low and missing_high, not_asked (of it, because less was asked for), lost
            (sent less in the whole run) with lost_low and lost_high [money], units_lost [units]; came_from
            and delay [periods] as in :meth:`path`.
        """
        return _ripple(self)

    def ripple_by_site(self) -> pd.DataFrame:
        """Site by day, for a heat map; see :meth:`ripple_by_tier`."""
        return _by_day(self, "site")

    def ripple_by_tier(self) -> pd.DataFrame:
        """Tier by day, for a heat map.

        Returns
        -------
        DataFrame
            tier (or site with its tier), period, share (of the usual throughput, sums over the window of
            all worlds; NaN where there is none), hit (share of the worlds in which it is hit that day).
        """
        return _by_day(self, "tier")

    def path(self) -> pd.DataFrame:
        """From where the ripple came to each site, in the order of the days.

        Returns
        -------
        DataFrame
            site, tier, first (median first period); direction ("event" where it begins, "downstream",
            "upstream", or "unclear" where no neighbour is hit); came_from (the neighbour; of a site where it
            begins, the events); delay (median periods since the neighbour was hit; without one, since the
            event began) with delay_q05 and
            delay_q95 [periods]; lead_time (of the lane; for orders its information delay), buffer (delay
            less lead time: time that stock bought) [periods]; share (of the worlds with a hit in which it
            came from there).
        """
        return _path(self)

    def bullwhip(self) -> pd.DataFrame:
        """Bullwhip ratios without the event and with it, each over the whole run (after the warm-up).

        Returns
        -------
        DataFrame
            level ("stock", "tier": mean over its stocks where both vary, or "end to end": orders that the tier
            places for one product against what customers' demand takes of it), tier, name;
            without, with, their paired difference with its 95 % interval low to high, and worlds in which both are
            defined.  Where orders or demand do not vary the ratio is not defined (NaN).
        """
        return _bullwhip(self)

    def costs(self) -> pd.DataFrame:
        """Parts of cost with and without the event [money], their paired difference with its 95 % interval, and the total.

        The differences of the parts add up to that of the total.
        """
        o = self.outcome
        parts = [(part, o.costs[part], o.calm_costs[part]) for part in o.costs]
        parts.append(("total", sum(o.costs.values()), sum(o.calm_costs.values())))
        rows = [(part, now.mean(), calm.mean(), *mean_interval(now - calm)) for part, now, calm in parts]
        return pd.DataFrame(rows, columns=["part", "with event", "without", "difference", "low", "high"])

    def earnings(self) -> pd.DataFrame:
        """Of what the earnings that the event costs are made [money]; empty where a market has no price.

        Returns
        -------
        DataFrame
            part, mean, low, high (95 % interval of the mean, world by world); the last row is their sum, the
            KPI "earnings lost".  "margin of lost sales" is the KPI "lost margin"; "sales not made yet, or not
            asked for" is the margin of units that were not sent though they are not lost; then the parts of
            cost that do not follow what is sold; and by how much buying, making and moving cost more than
            the value of what was sold and is in stock.
        """
        parts = earnings_parts(self)
        rows = [(part, *mean_interval(values)) for part, values in parts.items()]
        return pd.DataFrame(rows, columns=["part", "mean", "low", "high"])

    # --- words

    def headline(self) -> str:
        """What was measured, in one line."""
        return (f"Scorecard of {self.scenario.name} for {self.plan.case.name}: {counted(self.worlds, 'world')}; .table() has {len(FORMULAS)} KPIs, "
                ".ripple() the sites that are hit, .costs() the money; twinkit.report_of() all of it")  # fmt: skip

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        return sentences(self)

    def glance(self) -> pd.DataFrame:
        """Every KPI with its interval and what it means."""
        return self.table()[["kpi", "shown", "unit", "low", "high", "worlds", "definition"]]

    def to_dict(self) -> dict[str, Any]:
        """The scorecard as plain data (JSON): what was asked, the tables, the sentences; what is not finite is None."""
        settings, o = self.plan.case.settings, self.outcome
        levels = {k: settings[k] for k in ("failure_level", "recovery_level", "hold")}
        asked = {"case": self.plan.case.name, "scenario": self.scenario.to_dict(), "seed": o.seed, "replications": self.worlds, **levels}
        tables = ("table", "ripple", "path", "costs", "bullwhip")
        found = {name: plain_rows(getattr(self, name)()) for name in tables}
        return {**asked, "fall": self.fall, "window": self.window, "sentences": self.sentences(), **found}


def _shown(value: float) -> str:
    text = rounded(value, 0 if abs(value) >= 100 else 3)
    return text.rstrip("0").rstrip(".") if "." in text and not text.endswith("M") else text


class Scorecards(Result, Mapping):
    """Scorecards of several sets of events, by name, on the same luck.

    Parameters
    ----------
    cards
        Name → scorecard.
    """

    def __init__(self, cards: Mapping[str, Scorecard]) -> None:
        self._cards = dict(cards)

    def __getitem__(self, name: str) -> Scorecard:
        return self._cards[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def __len__(self) -> int:
        return len(self._cards)

    def table(self) -> pd.DataFrame:
        """One row for every set.

        Returns
        -------
        DataFrame
            Indexed by the name of the set, with two rows of headings: the KPI, and "value", its 95 %
            interval "low" to "high", "worlds", "censored" and "shown" (as in :meth:`Scorecard.table`).
        """
        columns = ["value", "low", "high", "worlds", "censored", "shown"]
        parts = {name: card.table().set_index("kpi")[columns].stack() for name, card in self.items()}
        table = pd.DataFrame(parts).T
        return table.rename_axis("events").rename_axis(["kpi", None], axis=1).infer_objects()

    def sentences(self) -> list[str]:
        """The sentences of every set, each led by its name."""
        return [f"{name}: {sentence}" for name, card in self.items() for sentence in card.sentences()]

    def to_dict(self) -> dict[str, Any]:
        """The scorecards as plain data, by name."""
        return {name: card.to_dict() for name, card in self.items()}

    def headline(self) -> str:
        """What was measured, in one line."""
        return f"Scorecards of {counted(len(self), 'set')} of events; .table() has them side by side, [name] is one of them"

    def glance(self) -> pd.DataFrame:
        """The KPIs that say most, a row for each set."""
        return self.table().xs("shown", axis=1, level=1)[list(HEADS)]


# --- tables


def _ripple(card: Scorecard) -> pd.DataFrame:
    struck = struck_sites(card.plan)
    rows = [_site_row(card, hop, bool(struck[hop.site])) for hop in card.hops]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    if not len(table):
        return table
    return table.merge(_path(card)[["site", "came_from", "delay"]], on="site", how="left", validate="1:1")


_COLUMNS = [
    "site", "tier", "struck", "direction", "worlds", "worlds_low", "worlds_high", "first", "first_q05", "first_q95", "after",
    "days", "throughput", "throughput_low", "throughput_high", "missing", "missing_low", "missing_high", "not_asked", "lost",
    "lost_low", "lost_high", "units_lost",
]  # fmt: skip


def _site_row(card: Scorecard, hop: Hop, struck: bool) -> tuple:
    plan, w, j = card.plan, card.ripples.worlds, hop.site
    first = w["site first"][j]
    hit = np.isfinite(first)
    q05, q50, q95 = np.quantile(first[hit], (0.05, 0.5, 0.95), method="higher")
    missing, low, high = mean_interval(w["site missing"][j])
    return (
        plan.net.sites["site"].iloc[j], int(plan.tiers[j]), struck, hop.way,
        *share_interval(int(hit.sum()), len(hit)), q50, q05, q95, _median(first[hit] - card.starts[hit]),
        _median(w["site days"][j][hit]), *mean_interval(w["site worst"][j][hit], within=SHARE), missing, low, high,
        float(w["site not asked"][j].mean()), *mean_interval(w["site lost"][j]), float(w["site units"][j].mean()),
    )  # fmt: skip


def _median(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.5, method="higher"))


def _path(card: Scorecard) -> pd.DataFrame:
    names, first = card.plan.net.sites["site"], card.ripples.worlds["site first"]
    events = ", ".join(card.outcome.events)
    rows = []
    for hop in card.hops:
        hit = np.isfinite(first[hop.site])
        here = first[hop.site][hit]
        began = here - card.starts[hit]
        delays = began if hop.source < 0 else hop.delay
        q05, q50, q95 = (float(q) for q in np.quantile(delays, (0.05, 0.5, 0.95), method="higher"))
        came = names.iloc[hop.source] if hop.source >= 0 else events if hop.direction == HERE else ""
        rows.append((names.iloc[hop.site], int(card.plan.tiers[hop.site]), _median(here), hop.direction, came, q50, q05,
                     q95, hop.lead_time, q50 - hop.lead_time, hop.share))  # fmt: skip
    columns = ["site", "tier", "first", "direction", "came_from", "delay", "delay_q05", "delay_q95", "lead_time", "buffer",
               "share"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _by_day(card: Scorecard, what: str) -> pd.DataFrame:
    plan, days = card.plan, card.ripples.days
    now, usual = days["sent"], days["calm sent"]
    if what == "tier":
        tiers = tier_of_sites(plan)
        now, usual, labels = by_tier(now, tiers), by_tier(usual, tiers), {"tier": _tiers(card)}
        kept = np.ones(len(now), bool)
    else:
        kept = usual.sum(axis=1) > 0
        labels = {"site": plan.net.sites["site"].to_numpy()[kept], "tier": plan.tiers[kept]}
    above, below = over_window(now[kept], card.window), over_window(usual[kept], card.window)
    share = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    periods = share.shape[1]
    columns = {name: np.repeat(values, periods) for name, values in labels.items()}
    columns["period"] = np.tile(np.arange(periods), len(share))
    return pd.DataFrame({**columns, "share": share.ravel(), "hit": (days[f"{what} hit"][kept] / card.worlds).ravel()})


def _tiers(card: Scorecard) -> np.ndarray:
    return np.array([int(name.split()[-1]) for name in tier_names(card.plan)])


def _bullwhip(card: Scorecard) -> pd.DataFrame:
    w, plan = card.ripples.worlds, card.plan
    stocks = plan.net.stocks
    tiers = plan.tiers[plan.net.stock_site]
    without, with_event = w["calm bullwhip"], w["bullwhip"]
    rows = []
    groups, _ = orders_of(plan)
    for tier in _tiers(card):
        for k in [k for k, (here, _) in enumerate(groups) if here == tier]:
            name = f"customers to tier {tier}: {groups[k][1]}"
            rows.append(("end to end", tier, name, *_both(w["calm swing"][k], w["swing"][k])))
        pair = (_mean_defined(values[tiers == tier]) for values in (without, with_event))
        rows.append(("tier", tier, f"tier {tier}", *_both(*pair)))
    for i, (site, product) in enumerate(zip(stocks["site"], stocks["product"], strict=True)):
        rows.append(("stock", int(tiers[i]), f"{site} | {product}", *_both(without[i], with_event[i])))
    columns = ["level", "tier", "name", "without", "with", "difference", "low", "high", "worlds"]
    return pd.DataFrame(rows, columns=columns)


def _mean_defined(values: np.ndarray) -> np.ndarray:
    count = np.isfinite(values).sum(axis=0)
    return np.divide(np.nansum(values, axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)


def _both(without: np.ndarray, with_event: np.ndarray) -> tuple:
    good = np.isfinite(without) & np.isfinite(with_event)
    if not good.any():
        return (np.nan,) * 5 + (0,)
    return (float(without[good].mean()), float(with_event[good].mean()), *mean_interval((with_event - without)[good]),
            int(good.sum()))  # fmt: skip
