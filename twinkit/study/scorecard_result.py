"""The resilience scorecard: its tables (figures, the ripple through sites and tiers, money, the bullwhip) and its sentences.

A difference is claimed only if its 95 % interval leaves out 0; a time that was not over by the end
of the run is said to be longer, and never averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from twinkit.run.kpis import mean_defined, tier_names
from twinkit.run.public import Result, plain
from twinkit.run.statistics import SHARE, mean_interval, share_interval
from twinkit.study.ripple import (
    DOWN,
    HERE,
    UNCLEAR,
    UP,
    Hop,
    by_tier,
    hops,
    orders_of,
    over_window,
    struck_sites,
    tier_of_sites,
)
from twinkit.study.scorecard_kpis import FORMULAS, Measured, Row, Times, earnings_parts
from twinkit.study.words import HARDLY, end_of_run
from twinkit.tables.problems import listed
from twinkit.words import amount, between, counted, dated, percent, period_word, rounded

HEADS = ("service fails", "depth", "time to recover", "time to survive (measured)", "ripple breadth", "earnings lost")
"""KPIs of several sets of events side by side."""


class Scorecard(Measured):
    """The resilience scorecard of a set of events; what it was measured from is said in :class:`Measured`."""

    @cached_property
    def hops(self) -> list[Hop]:
        """How the ripple came to every site, in the order of the days."""
        return hops(self.plan, self.ripples)

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
        struck = struck_sites(self.plan)
        rows = [_site_row(self, hop, bool(struck[hop.site])) for hop in self.hops]
        table = pd.DataFrame(rows, columns=_COLUMNS)
        if not len(table):
            return table
        return table.merge(self.path()[["site", "came_from", "delay"]], on="site", how="left", validate="1:1")

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
        names, first = self.plan.net.sites["site"], self.ripples.worlds["site first"]
        events = ", ".join(self.outcome.events)
        rows = []
        for hop in self.hops:
            hit = np.isfinite(first[hop.site])
            here = first[hop.site][hit]
            began = here - self.starts[hit]
            delays = began if hop.source < 0 else hop.delay
            q05, q50, q95 = (float(q) for q in np.quantile(delays, (0.05, 0.5, 0.95), method="higher"))
            came = names.iloc[hop.source] if hop.source >= 0 else events if hop.direction == HERE else ""
            rows.append((names.iloc[hop.site], int(self.plan.tiers[hop.site]), _median(here), hop.direction, came, q50, q05,
                         q95, hop.lead_time, q50 - hop.lead_time, hop.share))  # fmt: skip
        columns = ["site", "tier", "first", "direction", "came_from", "delay", "delay_q05", "delay_q95", "lead_time", "buffer",
                   "share"]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

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
        w, plan = self.ripples.worlds, self.plan
        stocks = plan.net.stocks
        tiers = plan.tiers[plan.net.stock_site]
        without, with_event = w["calm bullwhip"], w["bullwhip"]
        rows = []
        groups, _ = orders_of(plan)
        for tier in _tiers(self):
            for k in [k for k, (here, _) in enumerate(groups) if here == tier]:
                name = f"customers to tier {tier}: {groups[k][1]}"
                rows.append(("end to end", tier, name, *_both(w["calm swing"][k], w["swing"][k])))
            pair = (mean_defined(values[tiers == tier]) for values in (without, with_event))
            rows.append(("tier", tier, f"tier {tier}", *_both(*pair)))
        for i, (site, product) in enumerate(zip(stocks["site"], stocks["product"], strict=True)):
            rows.append(("stock", int(tiers[i]), f"{site} | {product}", *_both(without[i], with_event[i])))
        columns = ["level", "tier", "name", "without", "with", "difference", "low", "high", "worlds"]
        return pd.DataFrame(rows, columns=columns)

    def costs(self) -> pd.DataFrame:
        """Parts of cost with and without the event [money], their paired difference with its 95 % interval, and the total.

        The differences of the parts add up to that of the total.
        """
        return self.outcome.cost_table(total=True).rename(columns={"with events": "with event"})

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
        told = [_scope(self), *_service(self), *_recovery(self), *_spread(self), *_way(self), *_money(self), *_orders(self)]
        return [sentence for sentence in told if sentence]

    def glance(self) -> pd.DataFrame:
        """Every KPI with its interval and what it means."""
        return self.table()[["kpi", "shown", "unit", "low", "high", "worlds", "definition"]]

    def to_dict(self) -> dict[str, Any]:
        """The scorecard as plain data (JSON): what was asked, the tables, the sentences; what is not finite is None."""
        settings, o = self.plan.case.settings, self.outcome
        levels = {k: settings[k] for k in ("failure_level", "recovery_level", "hold")}
        asked = {"case": self.plan.case.name, "scenario": self.scenario.to_dict(), "seed": o.seed, "replications": self.worlds, **levels}
        tables = ("table", "ripple", "path", "costs", "bullwhip")
        found = {name: plain(getattr(self, name)()) for name in tables}
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


def _both(without: np.ndarray, with_event: np.ndarray) -> tuple:
    good = np.isfinite(without) & np.isfinite(with_event)
    if not good.any():
        return (np.nan,) * 5 + (0,)
    return (float(without[good].mean()), float(with_event[good].mean()), *mean_interval((with_event - without)[good]),
            int(good.sum()))  # fmt: skip


# --- words

NAMED = 4
"""Sites that a sentence names; the rest is counted."""
SAYS = {
    DOWN: ("goes short of goods that it owes", "go short of goods that they owe"),
    UP: ("is asked for less", "are asked for less"),
}
"""Direction of a ripple → what one site does, what many do."""
LINKS = 8
"""Sites of the way that is told."""


def _word(card: Scorecard, count: float = 2) -> str:
    """What periods of the case are called."""
    return period_word(card.plan.case.settings, count)


def noticed(card: Scorecard) -> bool:
    """Whether service fails in more than hardly any world."""
    return bool(card.outcome.failed.mean() > HARDLY)


def _scope(card: Scorecard) -> str:
    happens = card.row("event happens")
    where = f"{card.worlds} worlds, each beside the same world without the event"
    some = "" if happens.value == 1 else f"; it happens in {percent(happens.value)} of them"
    return f"{card.scenario.name}: {where}{some}."


def _service(card: Scorecard) -> list[str]:
    level, row = amount(card.plan.case.settings["failure_level"], "share"), card.row("service fails")
    low, high = percent(row.low), percent(row.high)
    if not card.outcome.failed.any():
        least = card.outcome.kpis["depth"].min()
        said = "service is what it is without the event"
        if least < 1 - 1e-9:
            said = f"service stays at {percent(least)} or more of what it is without the event"
        return [
            f"Customers notice nothing: in every world {said} (share of failing worlds at most {high}, 95 % interval)."
        ]
    depth, day = card.row("depth"), card.deepest_day()
    often = f"In {percent(row.value)} of the worlds ({low} to {high}) service falls below {level} of what it is without the event"
    if not noticed(card):
        return [f"Customers notice hardly anything. {often}."]
    when = f"; the mean dip is deepest on {dated(card.plan.case.settings, day)}" if day is not None else ""
    deepest = f"at its lowest it is at {percent(depth.value)} of it in the mean ({percent(depth.low)} to {percent(depth.high)})"
    return [f"{often}; {deepest}{when}.", _worst_day(card)]


def _worst_day(card: Scorecard) -> str:
    row = card.row("worst day")
    q05, _, q95 = row.quantiles
    day = _word(card, 1)
    if q05 == q95:
        return f"The worst {day} is {day} {q05:g} in 9 of 10 failing worlds."
    return f"The worst {day} of a world lies between {day} {q05:g} and {day} {q95:g} in 9 of 10 worlds in which service fails."


def _recovery(card: Scorecard) -> list[str]:
    if not noticed(card):
        return []
    o, settings = card.outcome, card.plan.case.settings
    survive, times = card.time_to_survive(), Times(o.kpis["time to recover"][o.failed], o.censored[o.failed])
    back = card.row("worlds that recover")
    told = (f"Service holds for {_span(card, survive)} after the event begins before it first falls below "
            f"{amount(settings['failure_level'], 'share')} (time to survive, as measured in these runs).")  # fmt: skip
    hold = int(settings["hold"])
    level = amount(settings["recovery_level"], "share")
    held = f"at {level} or more to the end of the run, and {hold} {_word(card, hold)} at least"
    text = f"Where it fails it is back for good ({held}) after {_span(card, times)}; {_meanwhile(card, level)}"
    late = ""
    if o.censored.any():
        late = (f"; it is back by the end of {end_of_run(o)} in {percent(back.value)} of these worlds "
                f"({percent(back.low)} to {percent(back.high)})")  # fmt: skip
    loss, index = card.row("resilience loss"), card.row("resilience index")
    lost = (f"In all {rounded(loss.value, 1)} {_word(card)} of full service are lost ({loss.low:,.1f} to {loss.high:,.1f}), "
            f"so {percent(index.value, 1)} of the service of the run is kept (resilience index).")  # fmt: skip
    return [told, f"{text}{late}.", lost]


def _meanwhile(card: Scorecard, level: str) -> str:
    """For how long service is low in all, and in how many dips."""
    o = card.outcome
    below, dips = (float(np.quantile(o.kpis[k][o.failed], 0.5, method="higher")) for k in ("time below", "dips"))
    told = f"it is below {level} on {below:g} {_word(card, below)} in all"
    return f"{told}, in {dips:g} separate dips (medians)" if dips >= 2 else f"{told}, in one dip (medians)"


def _span(card: Scorecard, times: Times) -> str:
    """A time with its range: ``82 days (median; 71 to 94 in 9 of 10 worlds)``."""
    low, middle, high = (times.shown(q).replace("> ", "more than ") for q in (0.05, 0.5, 0.95))
    unit = _word(card, 1 if middle == "1" else 2)
    return f"{middle} {unit} in (nearly) every world" if low == high == middle else (
        f"{middle} {unit} (median; {low} to {high} in 9 of 10 worlds)")  # fmt: skip


def _spread(card: Scorecard) -> list[str]:
    table, row, tiers = card.ripple(), card.row("ripple breadth"), card.row("ripple depth")
    percentage = amount(card.fall, "share")
    if not len(table):
        return [f"No site sends less than {percentage} of what it sends without the event: there is no ripple."]
    mean = f"{_short(row.value)} of the {len(card.plan.net.sites)} sites ({_short(row.low)} to {_short(row.high)})"
    tiers = f"{_short(tiers.value)} tier{'' if tiers.value == 1 else 's'}"
    text = (
        f"In the mean {mean} in {tiers} send less than {percentage} of what they send without the event at some time."
    )
    told = [text]
    usual = table[table["worlds"] >= 0.5]
    for way, says in SAYS.items():
        rows = usual[(usual["direction"] == way) & ~usual["struck"]].sort_values("missing", ascending=False)
        if len(rows):
            named = listed(rows["site"].tolist(), NAMED)
            told.append(f"{counted(len(rows), 'site')} {says[len(rows) > 1]} in most worlds (the ripple goes {way}): {named}.")
    return told


def _short(value: float) -> str:
    return rounded(value, 1).removesuffix(".0")


def _way(card: Scorecard) -> list[str]:
    """The way to the market that is hit hardest, hop by hop."""
    path = card.path().set_index("site")
    ends = card.ripple()
    sells = set(card.plan.net.sites["site"].iloc[card.plan.net.stock_site[card.plan.net.market_stock]])
    ends = ends[ends["site"].isin(sells) & (ends["worlds"] >= 0.5)].sort_values("missing", ascending=False)
    if not len(ends):
        return []
    site, links = ends["site"].iloc[0], []
    while site in path.index and len(links) < LINKS:
        hop = path.loc[site]
        links.append((site, hop))
        if hop["direction"] in (HERE, UNCLEAR):
            break
        site = hop["came_from"]
    links.reverse()
    if len(links) < 2:
        return []
    steps = [f"{name} ({_after(card, hop)})" for name, hop in links]
    return [f"The way to {links[-1][0]}: {', then '.join(steps)}; median delays from hop to hop."]


def _after(card: Scorecard, hop) -> str:
    delay = f"{hop['delay']:g} {_word(card, hop['delay'])}"
    if hop["direction"] in (HERE, UNCLEAR):
        return "at once" if hop["delay"] == 0 else f"{delay} after the event begins"
    return f"{delay} later, {hop['lead_time']:g} of them on the way" if hop["lead_time"] > 0 else f"{delay} later"


def _money(card: Scorecard) -> list[str]:
    unit, told = card.plan.case.settings["currency"], []
    lost, extra, earned = (card.row(k) for k in ("lost margin", "all other costs", "earnings lost"))
    if _clear(lost):
        told.append(f"Sales lost for good cost {rounded(lost.value)} {unit} of margin ({between(lost.low, lost.high)}).")
    elif not card.plan.net.markets["lost_share"].any():
        told.append("No sale is lost for good: customers wait.")
    else:
        told.append("The event makes no clear difference to the margin that is lost with sales.")
    if _clear(extra):
        more = extra.value > 0
        low, high = sorted((abs(extra.low), abs(extra.high)))
        why = "" if more else ", since less is made, moved and kept"
        said = f"All other costs {'rise' if more else 'fall'} by {rounded(abs(extra.value))} {unit}"
        told.append(f"{said} ({between(low, high)}){why}; {_largest(card)}.")
    if _clear(earned):
        less = "less" if earned.value > 0 else "more"
        low, high = sorted((abs(earned.low), abs(earned.high)))
        told.append(f"What is earned is {rounded(abs(earned.value))} {unit} {less} ({between(low, high)}){_made_of(card, unit)}.")
    return told


def _made_of(card: Scorecard, unit: str) -> str:
    """Of what the earnings that are lost are made, the parts above a hundredth of them."""
    parts = card.earnings().iloc[:-1]
    total = abs(card.row("earnings lost").value)
    told = [f"{r.part} {'−' if r.mean < 0 else ''}{rounded(abs(r.mean))} {unit}" for r in parts.itertuples()
            if abs(r.mean) >= 0.01 * total]  # fmt: skip
    return f": {', '.join(told)}" if len(told) > 1 else ""


def _largest(card: Scorecard) -> str:
    costs = card.costs().set_index("part").drop(index=["lost margin", "total"])
    part = costs["difference"].abs().idxmax()
    change = costs.loc[part, "difference"]
    return f"most of it is {part} ({'+' if change > 0 else '−'}{rounded(abs(change))} {card.plan.case.settings['currency']})"


def _clear(row: Row) -> bool:
    return bool(row.low > 0 or row.high < 0)


def _orders(card: Scorecard) -> list[str]:
    table = card.bullwhip()
    ends = table[(table["level"] == "end to end") & (table["worlds"] > 0)]
    if not len(ends):
        return ["The bullwhip ratio is not defined: orders or demand do not vary."]
    top = ends.iloc[int(np.argmax(ends["with"].to_numpy()))]
    change = "more" if top["low"] > 0 else "less" if top["high"] < 0 else ""
    same = f"{top['with']:.2f}" == f"{top['without']:.2f}"
    compared = "as" if same else f"{change} than the {top['without']:.2f}" if change else f"not clearly different from the {top['without']:.2f}"
    product = top["name"].split(": ", 1)[1]
    return [f"Orders swing most in tier {top['tier']}, for {product}: {top['with']:.2f} times as much as customers' demand for it "
            f"(variance, bullwhip ratio end to end), {compared} without the event."]  # fmt: skip
