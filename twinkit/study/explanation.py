"""An explanation: what it holds, its tables, its way on the map, and its sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.chain.layout import RP, SP
from twinkit.chain.plan import Plan
from twinkit.result import Branch, Tree
from twinkit.run.public import Result, plain
from twinkit.study.walk import CALENDAR, CAPACITY, EVENT, KNOCK_ON, ORDERS, POLICY, REST, Node, Trail, level_in_days
from twinkit.tables.problems import listed
from twinkit.words import dated, percent, period_word, rounded


class Lacking(NamedTuple):
    """What is missing in the worlds among which the one that is explained was chosen.

    Attributes
    ----------
    markets
        Markets that lack something, the one that lacks most because of the events first (without events: at all):
        market, missing and because (of the events) [units a run, mean over the worlds], share (of the demand missing),
        worst (period with most missing), worst_share (of the demand of that period).
    course
        period; mean, low and high (they hold nine of ten worlds) of the share of demand that is missing.
    of
        Where that is: the market that was asked about, or all.
    """

    markets: pd.DataFrame
    course: pd.DataFrame
    of: str


@dataclass(eq=False, repr=False)
class Explanation(Result):
    """Where the units that a market lacked went missing.

    Attributes
    ----------
    trail
        The world that was looked at.
    row, day
        Row of the market, and the day that was asked about [period].
    days
        The dip: its first period and the one after its last; empty without a dip.
    root
        The market, with the way back below it.
    units
        Units missing in the dip [units].
    without
        Units missing in the same days of the same world without the events [units].
    parts, left
        Units missing because of each event, and what no single event accounts for [units]:
        see :meth:`~twinkit.study.walk.Trail.shares`.
    alone
        Units that each event makes missing if it alone happens, and that it adds to all others [units]:
        see :meth:`~twinkit.study.walk.Trail.alone`.
    dips
        Worlds with a dip at the market, of all worlds that were looked at.
    lacking
        What is missing at every market in these worlds; None where only this world was looked at.
    """

    trail: Trail
    row: int
    day: int
    days: range
    root: Node
    units: float = 0.0
    without: float = 0.0
    parts: np.ndarray = field(default_factory=lambda: np.zeros(0))
    left: float = 0.0
    alone: tuple[np.ndarray, np.ndarray] = field(default_factory=lambda: (np.zeros(0), np.zeros(0)))
    dips: tuple[int, int] = (1, 1)
    lacking: Lacking | None = None

    @property
    def market(self) -> str:
        """Name of the market and its product."""
        return self.trail.plan.market_names[self.row]

    @property
    def own(self) -> np.ndarray:
        """Units missing because of each event whichever of the others happen; what is left is joint [units]."""
        first, last = self.alone
        return np.clip(np.minimum(first, last), 0.0, None)

    @property
    def joint(self) -> float:
        """Units missing because of several events together: no single one of them accounts for these [units]."""
        return max(float(self.parts.sum()) + self.left - float(self.own.sum()), 0.0)

    @property
    def of_all(self) -> float:
        """Share that this dip is of all units that customers lack in the run, at any market [share]."""
        total = float(self.trail.missing().sum())
        return self.units / total if total else 0.0

    @property
    def policy_share(self) -> float:
        """Share of the missing units that are missing without any event too [share]."""
        return min(self.without / self.units, 1.0) if self.units else 0.0

    def causes(self) -> pd.DataFrame:
        """Causes, the largest first.

        Returns
        -------
        DataFrame
            cause; kind ("event", "policy", "capacity", "lead time", "orders" or "rest");
            whether it is missing without events too; units and share found on the way back;
            counterfactual: units that would not be missing without the event (Shapley
            value), or that are missing without events, and their share.
        """
        names = self.trail.events if self.units else []
        found: dict[tuple[str, str, bool], float] = dict.fromkeys([(name, EVENT, False) for name in names], 0.0)
        for node in self.root.every():
            if not node.children and self.units:
                key = (label(self, node), node.kind, node.calm)
                found[key] = found.get(key, 0.0) + node.units
        rows = []
        for (name, kind, calm), units in found.items():
            without = float(self.parts[names.index(name)]) if kind == EVENT else units if calm else np.nan
            rows.append((name, kind, calm, units, units / self.units, without, without / self.units))
        columns = ["cause", "kind", "without events", "units", "share", "counterfactual", "counterfactual share"]
        table = pd.DataFrame(rows, columns=columns)
        order = np.maximum(table["units"], table["counterfactual"].fillna(0.0))
        return table.iloc[np.argsort(-order.to_numpy(float), kind="stable")].reset_index(drop=True)

    def tree(self, least: float = 0.0) -> pd.DataFrame:
        """The way back, a row for each hop, indented by its level.

        Parameters
        ----------
        least
            Hops below this share of the missing units are left out [share].

        Returns
        -------
        DataFrame
            level, node, kind, since and worst day [period], units (missing at the market that
            trace here), share of them, short (most that the hop itself is short of, in units
            of its own product), cause, event.
        """
        rows: list[tuple] = []

        def add(node: Node, level: int) -> None:
            if node.units < least * self.units or node.units <= 0:
                return
            since, worst, until = span(self, node)
            short = float(node.short[worst]) if node.short is not None else np.nan
            rows.append((level, label(self, node), node.kind, since, worst, until, node.units, node.units / self.units, short,
                         reason(self, node), self.trail.events[node.row] if node.kind == EVENT else ""))  # fmt: skip
            for child in node.children:
                add(child, level + 1)

        if self.units:
            add(self.root, 0)
        return pd.DataFrame(rows, columns=COLUMNS)

    def sentence(self) -> str:
        """What happened and why, in one or two sentences."""
        plan = self.trail.plan
        market, product = plan.net.markets.loc[self.row, ["market", "product"]]
        if not self.units:
            return f"{market} had its {product} on {dated(plan.case.settings, self.day)}: there is no dip to explain."
        first, last = dated(plan.case.settings, self.days.start), dated(plan.case.settings, self.days[-1])
        when = f"on {first}" if len(self.days) == 1 else f"from {first} to {last}"
        shares = [f"{percent(share)} {'of the missing units trace to' if i == 0 else 'to'} {name}"
                  for i, (share, name) in enumerate(shared(self))]  # fmt: skip
        trace = ": " + ", ".join(shares) if shares else ""
        return f"{market} lacked {quantity(self.units)} units of {product} {when}{because(self)}{trace}.{_helped(self)}{_came(self)}"

    def disclosure(self) -> str:
        """What the sentence and the way back do not say alike, and of how much this is a part; empty where nothing is left open."""
        if not self.units:
            return ""
        told = []
        if self.trail.plan.net.markets["lost_share"][self.row] < 1:
            told.append("They were not there when they were asked for: some were sold later, the others are lost.")
        if self.of_all < 1 - APART:
            told.append(f"These are {percent(self.of_all)} of all units that customers lack in this run; other dips have ways of their own.")
        leaves = [n for n in self.root.every() if not n.children and n.kind == EVENT]
        walked = {name: sum(n.units for n in leaves if n.row == e) / self.units for e, name in enumerate(self.trail.events)}
        counted = {name: part / self.units for name, part in zip(self.trail.events, self.parts, strict=False)}
        if len(walked) > 1 and max(abs(walked[n] - counted.get(n, 0.0)) for n in walked) > APART:
            ways = listed([f"{percent(v)} at {n}" for n, v in walked.items() if v > SMALL], 4)
            parts = listed([f"{percent(v)} {n}" for n, v in counted.items() if abs(v) > SMALL], 4)
            told.append(f"Where events overlap, no count is the only right one: the way back follows what was tightest on each day and ends "
                        f"with {ways}; shared over all orders in which the events could be left out (Shapley) it is {parts}.")  # fmt: skip
        traced = sum(n.units for n in leaves if n.note != KNOCK_ON) / self.units
        due = sum(walked.values())
        if due - traced > APART:
            told.append(f"{percent(traced)} could be followed to {'the event' if len(walked) == 1 else 'events'} hop by hop; the other "
                        f"{percent(due - traced)} are knock-ons (orders and capacities that changed because of it).")  # fmt: skip
        return " ".join(told)

    def text(self, least: float = 0.02) -> str:
        """The sentence and, below it, the way back as an indented list."""
        return "\n".join([*self.sentences(), "", *self.branches(least).lines()]) if self.units else self.sentence()

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting: what happened and why, what that leaves open, and in which world."""
        return [said for said in (self.sentence(), self.disclosure(), _seen(self)) if said]

    def branches(self, least: float = 0.02) -> Tree:
        """The way back as a block of an answer: the market first, below each hop what it comes of.

        Parameters
        ----------
        least
            Hops below this share of the missing units are left out, which the caption says [share].
        """
        plan = self.trail.plan

        def said(row: Any) -> str:
            days = f"{word(plan, 1)} {row.since}" if row.since == row.until else f"{word(plan)} {row.since} to {row.until}"
            worst = f", worst on {row[4]}" if row.since < row[4] < row.until else ""
            short = f", short of up to {quantity(row.short)} units" if row.kind in ("stock", "lane", "recipe") and row.short > 0 else ""
            return f"{row.cause}, {days}{worst}{short}"

        roots: list[Branch] = []
        way: list[list[Branch]] = [roots]
        for row in self.tree(least).itertuples(index=False):
            below: list[Branch] = []
            del way[row.level + 1 :]
            way[row.level].append(Branch(f"{percent(row.share)} {row.node}", said(row), float(row.share), below))
            way.append(below)
        hidden = self.units - sum(n.units for n in self.root.every() if not n.children and n.units >= least * self.units)
        more = f"; {percent(hidden / self.units)} lies on ways of less than {percent(least)} each, which are not shown" if hidden > SMALL * self.units else ""
        return Tree(roots, f"The way back, from the market to the causes{more}")

    def path(self, least: float = 0.05) -> list[dict[str, Any]]:
        """The sites and lanes of the way back, for a map, the largest share first.

        Returns
        -------
        list of dict
            "site", and its share; or "origin", "destination", "product", "mode", "via" and share.
        """
        net = self.trail.plan.net
        sites: dict[str, float] = {}
        lanes: dict[int, float] = {}

        def add(node: Node, passed: frozenset[str]) -> None:
            site = _site(self, node)
            if node.kind == "lane":
                lanes[node.row] = lanes.get(node.row, 0.0) + node.units / self.units
            if site and site not in passed:
                sites[site] = sites.get(site, 0.0) + node.units / self.units
            for child in node.children:
                add(child, passed | {site})

        if self.units:
            add(self.root, frozenset())
        found: list[dict[str, Any]] = [{"site": s, "share": v} for s, v in sites.items()]
        ends = ["origin", "destination", "product", "mode", "via"]
        found += [{**net.lanes.loc[r, ends].to_dict(), "share": v} for r, v in lanes.items()]
        return sorted((f for f in found if f["share"] >= least), key=lambda f: -f["share"])

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return {
            "scenario": self.trail.scenario, "world": self.trail.world, "market": self.market, "day": self.day,
            "first": self.days.start if self.days else None, "last": self.days[-1] if self.days else None,
            "units": self.units, "without events": self.without, "sentence": self.sentence(),
            "disclosure": self.disclosure(),
            "causes": plain(self.causes()), "tree": plain(self.tree()), "path": self.path(),
        }  # fmt: skip

    def headline(self) -> str:
        return f"Explanation for {self.market} in world {self.trail.world}; .text() has the way back, .causes() the table"

    def glance(self) -> pd.DataFrame:
        return self.causes()[["cause", "kind", "units", "share", "counterfactual share"]]


# --- names and numbers


def word(plan: Plan, count: float = 2) -> str:
    """What periods of the case are called."""
    return period_word(plan.case.settings, count)


def quantity(value: float) -> str:
    """Units as a person says them: one place after the point where there are few."""
    return rounded(value, 0 if abs(value) >= 20 or float(value).is_integer() else 1)


def label(x: Explanation, node: Node) -> str:
    """Name of a node."""
    plan, net, row = x.trail.plan, x.trail.plan.net, node.row
    if node.kind == "market":
        return plan.market_names[row]
    if node.kind == EVENT:
        return x.trail.events[row]
    if node.kind == REST:
        return node.note or "smaller paths"
    if node.kind == "lane":
        return _lane(plan, row)
    if node.kind == CALENDAR:
        return _closed(plan, node)
    if node.kind in ("recipe", CAPACITY):
        return _limit(plan, node) if node.kind == CAPACITY else "{} makes {}".format(*net.recipes.loc[row, ["site", "product"]])
    stock = "{} | {}".format(*net.stocks.loc[row, ["site", "product"]])
    return {"stock": stock, ORDERS: f"changed orders of {stock}"}.get(node.kind) or policy_name(x, row)


def _lane(plan: Plan, row: int) -> str:
    lane = plan.net.lanes.loc[row]
    return f"{lane['origin']} > {lane['destination']} | {lane['product']} | {lane['mode'].replace('_', ' ')}"


def _closed(plan: Plan, node: Node) -> str:
    """The periods in which something is closed by a calendar: a site, or else a lane or a market."""
    net, n, days = plan.net, len(plan.net.lanes), f"the {word(plan)} on which"
    calendars = net.sites.set_index("site")["calendar"]
    if node.note == "recipe":
        return f"{days} {net.recipes['site'][node.row]} is closed"
    if node.note == "market":
        market = net.markets.loc[node.row - n]
        return f"{days} {market['site']} is closed" if calendars[market["site"]] else f"{days} nothing is sent to {market['market']}"
    origin, destination = net.lanes.loc[node.row, ["origin", "destination"]]
    if node.note == "door" or (node.note == "lane" and calendars[origin]):
        return f"{days} {destination if node.note == 'door' else origin} is closed"
    return f"{days} nothing moves from {origin} to {destination}"


def _limit(plan: Plan, node: Node) -> str:
    if node.note == "market":
        return f"orders of {plan.market_names[node.row - len(plan.net.lanes)]} that are served whole or not at all"
    if node.note == "lane":
        lane = plan.net.lanes.loc[node.row]
        way = f"{lane['product']} by {lane['mode'].replace('_', ' ')} from {lane['origin']} to {lane['destination']}"
        return f"the room for {way} ({quantity(lane['capacity'])} units a {word(plan, 1)})"
    line, limit = plan.net.recipes.loc[node.row], plan.recipe_n[RP.capacity, node.row]
    room = f" ({quantity(limit)} units a {word(plan, 1)})" if np.isfinite(limit) else ""
    return f"the capacity of {line['site']} for {line['product']}{room}" + (f": {node.note}" if node.note != "recipe" else "")


def policy_name(x: Explanation, row: int) -> str:
    """The safety stock of a stock, in days of its mean flow."""
    plan, days = x.trail.plan, level_in_days(x.trail, row)
    where = "at {} ({})".format(*plan.net.stocks.loc[row, ["site", "product"]])
    if not np.isfinite(days) or plan.stock_n[SP.rate, row] <= 0:
        return f"the stock {where}, which is ordered to demand" if days != days else f"the stock {where}"
    days = round(days, 1)
    return f"the safety stock of {days:g} {word(plan, days)} {where}" if days > 0 else f"the lack of a safety stock {where}"


def span(x: Explanation, node: Node) -> tuple[int, int, int]:
    """First, worst and last day of a node."""
    chosen = np.flatnonzero(node.days > 1e-6 * max(node.units, 1e-9))
    if not len(chosen):
        return x.day, x.day, x.day
    first, last = int(chosen[0]), int(chosen[-1])
    leaves = [n for n in node.every() if not n.children]
    begun = [np.flatnonzero(x.trail.severity[n.row] > 0) for n in leaves if n.kind == EVENT]
    least = min((int(days[0]) for days in begun if len(days)), default=0)  # what was so before is not because of it
    if len(begun) == len(leaves):  # mean lead times put a part of it before its cause
        first = max(first, least)
        last = max(first, last)
    if node.kind == EVENT:
        active = np.flatnonzero(x.trail.severity[node.row, : last + 1] > 0)
        if len(active):
            return int(active[0]), int(active[x.trail.severity[node.row, active].argmax()]), int(active[-1])
    if node.short is None or node.kind == "market":
        return first, first + int(node.days[first : last + 1].argmax()), last
    if node.kind == "stock":
        gone = x.trail.run["stocks.on_hand"][node.row] <= 0.05 * x.trail.plan.stock_n[SP.rate, node.row]
    else:
        gone = node.short > 0.05 * max(float(node.short[first : last + 1].max()), 1e-9)
    while first > max(least, 0) and gone[first] and gone[first - 1]:
        first -= 1
    return first, first + int(node.short[first : last + 1].argmax()), last


WORDS_OF_KIND = {
    ("transit_rerouted", "on the way for longer"): "went another way",
    ("transit_delayed", "on the way for longer"): "came later than it was due",
}
"""What happened, where the kind of the event says more than the hop does."""


def _place(event: pd.Series) -> str:
    """What an event happens to, as a person says it."""
    if event["site"] or event["market"] or event["country"]:
        return str(event["site"] or event["market"] or event["country"])
    if event["station"]:
        return f"{event['station']} of {event['line']}"
    if event["origin"]:
        return f"{event['origin']} > {event['destination']}"
    if event["mode"]:
        return f"all that goes by {event['mode'].replace('_', ' ')}"
    if event["tier"] == event["tier"]:
        return f"tier {event['tier']:g}"
    return f"{event['radius']:g} km around {event['latitude']:g}, {event['longitude']:g}"


def reason(x: Explanation, node: Node) -> str:
    """What happened at a node, in words."""
    plan = x.trail.plan
    if node.kind == EVENT:
        event = plan.case["events"].set_index("event").loc[x.trail.events[node.row]]
        note = WORDS_OF_KIND.get((event["kind"], node.note), node.note)
        return f"{event['kind'].replace('_', ' ')}, {_place(event)}" + (f": {note}" if note else "")
    if node.kind == "stock":
        gone = x.trail.run["stocks.on_hand"][node.row] <= 0.05 * plan.stock_n[SP.rate, node.row]
        return "ran out" if gone[node.days > 0].any() else "short"
    if node.kind == "recipe":
        wants = [c for c in node.children if c.kind == "stock"]
        parts = [plan.net.stocks["product"][c.row] for c in wants[:2] if c.units > 0.2 * node.units]
        return f"waited for {listed(parts)}" if parts else "made less"
    if node.kind == "lane":
        return f"late ({plan.net.lanes['lead_time'][node.row]:g} {word(plan, plan.net.lanes['lead_time'][node.row])} away)"
    return {"market": "not served at once", POLICY: node.note or "did not cover what was asked for", CAPACITY: "full", CALENDAR: "closed",
            ORDERS: "less was ordered than later asked for, a knock-on of the shortage"}.get(node.kind, "not followed further")  # fmt: skip


# --- tables

SMALL = 0.005
"""Shares below this are not said."""
APART = 0.05
"""Shares that differ by more than this are said to differ."""
STILL = 0.1
"""A line stands still on a day when it starts at most this share of what it starts without events, or else on average."""
COLUMNS = ["level", "node", "kind", "since", "worst day", "until", "units", "share", "short", "cause", "event"]


def _site(x: Explanation, node: Node) -> str:
    """Site that a hop belongs to; of a lane its origin."""
    net = x.trail.plan.net
    if node.kind in ("stock", "recipe"):
        return (net.stocks if node.kind == "stock" else net.recipes)["site"][node.row]
    return net.lanes["origin"][node.row] if node.kind == "lane" else ""


# --- sentences


def main_way(x: Explanation) -> list[Node]:
    """From the market the largest child of each node, down to a cause."""
    way = [x.root]
    while way[-1].children:
        way.append(way[-1].children[0])
    return way


def shared(x: Explanation) -> list[tuple[float, str]]:
    """Shares of the missing units with what they trace to, the largest first.

    Events by the counterfactual: what each accounts for whichever others happen, and what
    several do together as joint (where some made it better, the others share what is left
    of it); what is missing without any event by the walk back.
    """
    found = [(part, name) for part, name in zip(x.own, x.trail.events, strict=False) if part > 0]
    found += [(x.joint, joint_words(x))] if x.joint > SMALL * x.units else []
    scale = (1 - x.policy_share) / max(sum(units for units, _ in found), 1e-12)
    found = [(units * scale, name) for units, name in found]
    table = x.causes()
    table = table[table["without events"]]
    named = list(zip(table["share"].astype(float), table["cause"], strict=True))
    found += named[:2]
    found.append((sum(share for share, _ in named[2:]), "other stocks and capacities"))
    return sorted((f for f in found if f[0] >= SMALL), key=lambda f: -f[0])


def joint_words(x: Explanation) -> str:
    """Several events that overlap or need each other, and which of the two."""
    first, last = x.alone
    tied = np.abs(first - last) > SMALL * x.units
    *before, last_one = [name for name, t in zip(x.trail.events, tied, strict=True) if t] or x.trail.events
    names = f"{listed(before, 3)} and {last_one}" if before else last_one
    overlap, need = float((first - last)[tied].clip(min=0).sum()), float((last - first)[tied].clip(min=0).sum())
    if overlap > 2 * need:
        how = "either alone would do" if tied.sum() == 2 else "some of them alone would do"
    elif need > 2 * overlap:
        how = "only because they come together"
    else:
        how = "partly any of them would do, partly it takes several"
    return f"{names} together ({how})"


def because(x: Explanation) -> str:
    """The line that stood still and the component that it waited for; else the stock that ran out."""
    net, way = x.trail.plan.net, main_way(x)
    for made, part in zip(way, way[1:], strict=False):
        if made.kind == "recipe" and part.kind == "stock":
            name, day = net.stocks["product"][part.row], f"{word(x.trail.plan, 1)} {span(x, part)[0]}"
            gone = f"{name} ran out on {day}" if reason(x, part) == "ran out" else f"{name} was short from {day} on"
            share = part.units / x.units
            some = f", {percent(share)} of them" if share < 1 - APART else ""
            return f"{some} because {net.recipes['site'][made.row]} {_slowed(x, made, part)}, where {gone}"
    if way[-1].note == "customers asked for more":
        return " because customers asked for more"
    if len(way) > 1 and way[1].kind == "stock":
        stock = net.stocks.loc[way[1].row]
        since = span(x, way[1])[0]
        ran = "ran out of it" if reason(x, way[1]) == "ran out" else "was short of it"
        cause = way[2] if len(way) > 2 and way[2].kind == "lane" else None
        late = f", as what comes from {net.lanes['origin'][cause.row]} was late" if cause else ""
        return f" because {stock['site']} {ran} on {word(x.trail.plan, 1)} {since}{late}"
    return ""


def _slowed(x: Explanation, made: Node, part: Node) -> str:
    """What a line did for want of a component on the days that count: "stood still on 3 days from day 74 on", "made 40 % less …"."""
    days = np.flatnonzero(part.days > 0)
    usual = x.trail.calm["recipes.started"][made.row]
    usual = np.maximum(usual[days], usual.mean())
    share = np.divide(x.trail.run["recipes.started"][made.row, days], usual, out=np.ones(len(days)), where=usual > 0)
    still, day = bool((share <= STILL).all()), word(x.trail.plan, 1)
    when = f"on {len(days)} {word(x.trail.plan, len(days))} from {day} {days[0]} on" if len(days) > 1 else f"on {day} {days[0]}"
    return f"stood still {when}" if still else f"made {percent(max(1 - float(share.mean()), 0.0))} less {when}"


def _helped(x: Explanation) -> str:
    """Events without which more would be missing, or that have no part in it."""
    better = [(-part, name) for part, name in zip(x.parts, x.trail.events, strict=False) if part < -SMALL * x.units]
    told = [f"without {name} {quantity(units)} more units would be missing" for units, name in better]
    if len(x.parts) and not (np.abs(x.parts) > SMALL * x.units).any():
        told.append(f"{listed(x.trail.events, 4)} {'has' if len(x.parts) == 1 else 'have'} no part in it")
    text = "; ".join(told)
    return f" {text[0].upper()}{text[1:]}." if told else ""


def _came(x: Explanation) -> str:
    """The sites along the main way, the origin first."""
    way = [n for n in main_way(x) if _site(x, n)]
    sites = list(dict.fromkeys(_site(x, n) for n in way))[::-1]
    if len(sites) < 3:
        return ""
    net, last = x.trail.plan.net, way[-1]
    table = {"stock": net.stocks, "lane": net.lanes, "recipe": net.recipes}[last.kind]
    return f" It began with {table['product'][last.row]} at {sites[0]} and came by way of {', '.join(sites[1:-1])} to {sites[-1]}."


def _seen(x: Explanation) -> str:
    """Which world was looked at, and in how many of them the market lacks anything."""
    some, worlds = x.dips
    told = f"World {x.trail.world} of {x.trail.scenario!r}."
    if worlds == 1:
        return told
    if not x.units and not some:
        least = percent(1 - x.trail.plan.case.settings["failure_level"])
        return f"In none of {worlds} worlds is more than {least} of what is asked for missing there in a {period_word(x.trail.plan.case.settings)}."
    if not some:
        return told
    return f"{told} {some} of {worlds} worlds {'has' if some == 1 else 'have'} such a dip; this is the typical one of them."
