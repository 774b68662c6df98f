"""The hops of an explanation in words: names, days and what happened there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from twinkit.chain.layout import RP, SP
from twinkit.study.walk import CAPACITY, EVENT, ORDERS, POLICY, REST, Node, level_in_days
from twinkit.tables.problems import listed
from twinkit.words import rounded

if TYPE_CHECKING:
    import pandas as pd

    from twinkit.chain.plan import Plan
    from twinkit.study.explain import Explanation



# --- names and numbers


def word(plan: Plan, count: float = 2) -> str:
    """What a period of the case is called: day, week, month or period."""
    name = {1.0: "day", 7.0: "week", 30.0: "month"}.get(float(plan.case.settings["period_days"]), "period")
    return name if count == 1 else f"{name}s"


def dated(plan: Plan, period: int) -> str:
    """A period with its date, if the case has one: ``day 74 (19 March 2021)``."""
    text, settings = f"{word(plan, 1)} {period}", plan.case.settings
    try:
        day = date.fromisoformat(str(settings["start_date"])) + timedelta(days=period * float(settings["period_days"]))
    except ValueError:
        return text
    return f"{text} ({day.day} {day:%B %Y})"


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
    if node.kind in ("recipe", CAPACITY):
        return _limit(plan, node) if node.kind == CAPACITY else "{} makes {}".format(*net.recipes.loc[row, ["site", "product"]])
    stock = "{} | {}".format(*net.stocks.loc[row, ["site", "product"]])
    return {"stock": stock, ORDERS: f"changed orders of {stock}"}.get(node.kind) or policy_name(x, row)


def _lane(plan: Plan, row: int) -> str:
    lane = plan.net.lanes.loc[row]
    return f"{lane['origin']} > {lane['destination']} | {lane['product']} | {lane['mode'].replace('_', ' ')}"


def _limit(plan: Plan, node: Node) -> str:
    if node.note == "market":
        return f"orders of {plan.market_names[node.row - len(plan.net.lanes)]} that are served whole or not at all"
    if node.note == "lane":
        lane = plan.net.lanes.loc[node.row]
        way = f"{lane['product']} by {lane['mode'].replace('_', ' ')} from {lane['origin']} to {lane['destination']}"
        return f"the room for {way} ({quantity(lane['capacity'])} units a {word(plan, 1)})"
    line, limit = plan.net.recipes.loc[node.row], plan.recipe_n[RP.capacity, node.row]
    room = f" ({quantity(limit)} units a {word(plan, 1)})" if np.isfinite(limit) else ""
    return f"the capacity of {line['site']} for {line['product']}{room}"


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
    if node.kind == EVENT:
        active = np.flatnonzero(x.trail.severity[node.row, : last + 1] > 0)
        if len(active):
            return int(active[0]), int(active[x.trail.severity[node.row, active].argmax()]), int(active[-1])
    if node.short is None or node.kind == "market":
        return first, int(node.days.argmax()), last
    if node.kind == "stock":
        gone = x.trail.run["stocks.on_hand"][node.row] <= 0.05 * x.trail.plan.stock_n[SP.rate, node.row]
    else:
        gone = node.short > 0.05 * max(float(node.short[first : last + 1].max()), 1e-9)
    begun = [np.flatnonzero(x.trail.severity[n.row] > 0) for n in node.every() if n.kind == EVENT]
    least = min((int(days[0]) for days in begun if len(days)), default=0)  # what was so before is not because of it
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
    return {"market": "not served at once", POLICY: node.note or "did not cover what was asked for", CAPACITY: "full",
            ORDERS: "less was ordered than later asked for, a knock-on of the shortage"}.get(node.kind, "not followed further")  # fmt: skip
