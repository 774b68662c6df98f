"""A game of a workshop in the plainest Python: what a seat sees, what it costs, and what a debrief says of it.

The chain is the plain one of ``tests/plain.py``, with hands instead of policies.  Nothing of ``twinkit.workshop`` counts
here: an exercise is read as a description, and what its measures buy is written down below as the guide has it.
"""

from __future__ import annotations

import math
from statistics import mean, pvariance

import plain_goods as goods
import plain_orders as orders
from plain import PlainChain

CHEAPEST = {  # what a unit costs at least, from the tables by hand: site | product -> money
    "Disruption day": {"module plant | chip": 0.202, "module plant | control unit": 0.404, "assembly | control unit": 0.414,
                       "assembly | car": 0.414, "dealers | car": 0.714},
}  # fmt: skip
MORE = {
    "safety_days_tier_0": {("dealers", "car"): 100},
    "safety_days_tier_1": {("assembly", "car"): 200, ("assembly", "control unit"): 200},
    "safety_days_tier_2": {("module plant", "control unit"): 500, ("module plant", "chip"): 1000},
}
"""Measure -> units that are in stock from the start: 7, 14 and 35 days of what 100 cars a week take."""


def with_measures(case, bought):
    """The tables once a team has bought something."""
    stocks, lanes = case["stocks"].copy(), case["lanes"].copy()
    for name in bought:
        for (site, product), units in MORE.get(name, {}).items():
            row = (stocks["site"] == site) & (stocks["product"] == product)
            stocks.loc[row, ["on_hand", "safety_stock"]] += units
        if name == "second_source":  # half of the chips from fab B, whose 70 a week were for 15 %
            lanes.loc[lanes["origin"] == "chip fab A", "share"] = 0.5
            lanes.loc[lanes["origin"] == "chip fab B", ["share", "capacity"]] = 0.5, 70 * 0.5 / 0.15
        elif name == "expediting":
            lanes.loc[lanes["origin"] == "chip fab A", "expedite"] = True
    return case.replace(stocks=stocks, lanes=lanes)


def with_event(case, start):
    """The tables if what is in the table of events happens; at None it does not."""
    return case if start is None else case.replace(events=case["events"].assign(start=start, scheduled=True))


class PlainGame(PlainChain):
    """One team's game.

    Parameters
    ----------
    exercise
        What is played: its tables, seats, periods with told orders.
    seed, start
        Seed of all chance, and the period in which the event of the tables begins; None = never.
    bought
        Measures.
    asked
        Period from which customers ask for something else, and how much in each; the last goes on.
    """

    def __init__(self, exercise, seed, start=None, bought=(), world=0, asked=None):
        super().__init__(with_event(with_measures(exercise.case, bought), start), seed, world)
        self.exercise, self.bought, self.asked_since = exercise, tuple(bought), asked
        self.spent = sum(exercise.measures[name] for name in bought)
        self.seats = {role.name: self.stocks[role.site, role.product] for role in exercise.roles}
        self.looks, self.moves, self.costs, self.asked, self.served, self.lost = [], [], [], [], [], 0.0
        self.site_costs = dict.fromkeys(self.places, 0.0)
        self.worth_at_start = self.goods_worth()

    def play(self, choose):
        """A period; ``choose(role, look)`` gives what a seat orders, None: what its table says."""
        self.choose = choose
        self.looks.append({})
        self.moves.append({})
        if self.asked_since and self.period >= self.asked_since[0]:
            since, units = self.asked_since
            for market in self.markets:
                market.demand, market.mean, market.spread, market.autocorrelation = "constant", units[min(self.period - since, len(units) - 1)], 0.0, 0.0
        self.step()

    def play_all(self, choose, periods):
        """Several periods."""
        for _ in range(periods):
            self.play(choose)
        return self

    def _serve_first(self):
        self._before_orders()
        for stock in self.customers_first:
            orders.foresee(stock)
            role = next((name for name, seat in self.seats.items() if seat is stock), None)
            units = self._hand(role, stock) if role else None
            if units is None:
                units = orders.decide(self, stock)
            orders.place(self, stock, units)
            if role:
                self.moves[-1][role] = units
        for place in self.suppliers_first:
            place.serve(unlimited=[True])

    def _hand(self, role, stock):
        """What a seat sees, and what it orders."""
        need, come = stock.required, {}
        for lane in stock.sources:
            for left, units in lane.shipments + lane.expedited:
                come[self.period + left] = come.get(self.period + left, 0.0) + units
        self.looks[-1][role] = {
            "on_hand": max(0.0, stock.on_hand - need), "backlog": stock.backlog + max(0.0, need - stock.on_hand),
            "received": stock.received, "incoming": stock.incoming, "on_order": stock.on_order, "coming": come,
            "cost": self.site_costs[self.exercise.role(role).site],
        }  # fmt: skip
        told = self.exercise.told.get(self.period)
        return self.choose(role, self.looks[-1][role]) if told is None else told

    def now(self):
        """At the end of the day: what it cost, where that arose."""
        for stock in self.stocks.values():
            if stock.policy != "unlimited":
                self.site_costs[stock.site] += stock.holding_cost * stock.on_hand
            self.site_costs[stock.site] += stock.backlog_cost * stock.backlog
        for lane in self.lanes:
            fast = sum(units for left, units in lane.expedited if left == lane.expedite_lead_time)  # those of today
            self.site_costs[lane.origin] += lane.transport_cost * lane.sent + (lane.expedite_cost * fast if fast else 0.0)
            if lane.stock.policy == "unlimited":
                self.site_costs[lane.destination] += lane.stock.unit_cost * lane.sent
        asked = at_once = 0.0
        for market in self.markets:
            late = sum(units for period, units in market.orders if period == self.period)
            asked, at_once = asked + market.asked, at_once + market.asked - late - market.lost
            self.lost += market.lost
            if market.lost:
                self.site_costs[market.site] += market.lost_margin * market.lost
        self.asked.append(asked)
        self.served.append(at_once)
        self.costs.append(self.lines())
        return super().now()

    # What it costs

    def goods_worth(self):
        """What is in stock and on the way, at what it costs at least."""
        least = CHEAPEST.get(self.exercise.title, {})
        worth = sum(least.get(f"{s.site} | {s.product}", 0.0) * s.on_hand for s in self.stocks.values() if s.policy != "unlimited")
        return worth + sum(least.get(f"{x.destination} | {x.product}", 0.0) * (x.in_transit + x.held + x.at_door) for x in self.lanes)

    def lines(self):
        """Cost so far, line by line; they add up to what the team is ranked by."""
        seats = {role.name: self.site_costs[role.site] for role in self.exercise.roles}
        others = sum(self.site_costs.values()) - sum(seats.values())
        owed = sum(CHEAPEST[self.exercise.title][f"{m.site} | {m.product}"] * (m.backlog + self.lost) for m in self.markets) if self.exercise.title in CHEAPEST else 0.0
        besides = {"sites that nobody plays": others, "to make good what is lost, owed or gone from stock": owed - self.goods_worth() + self.worth_at_start,
                   "measures": self.spent}  # fmt: skip
        return seats | {name: money for name, money in besides.items() if abs(money) > 1e-9}

    @property
    def total(self):
        """What the team is ranked by."""
        return sum(self.lines().values())

    # By seat and period

    def series(self, role, what):
        """What a seat saw, or did ("order"), period by period."""
        return [move[role] for move in self.moves] if what == "order" else [look[role][what] for look in self.looks]

    def net(self, role):
        """Stock less what is owed."""
        return [a - b for a, b in zip(self.series(role, "on_hand"), self.series(role, "backlog"), strict=True)]

    def positions(self, role):
        """Stock less what is owed and all that is ordered, today's order too."""
        return [a + b + c for a, b, c in zip(self.net(role), self.series(role, "on_order"), self.series(role, "order"), strict=True)]


# --- who orders


def base_stock(level):
    """A hand that raises stock and what is on the way to a level."""
    return lambda role, look: max(0.0, level[role] - (look["on_hand"] - look["backlog"] + look["on_order"]))


class Sterman1989:
    """The mean of Sterman's players: forecast 0.36, gap 0.26, supply line 0.34, goal 17."""

    def __init__(self, start):
        self.start, self.level = start, {}

    def __call__(self, role, look):
        self.level[role] = 0.36 * look["incoming"] + 0.64 * self.level.get(role, self.start)
        aim = self.level[role] + 0.26 * (17 - (look["on_hand"] - look["backlog"]) - 0.34 * look["on_order"])
        return math.floor(max(0.0, aim) + 0.5)


class Machine:
    """The adviser of "You and the machine": forecast 0.3, up to 37 and three weeks of what is new; wrong from week 20 to 25."""

    def __init__(self):
        self.level, self.period = 8.0, 0

    def __call__(self, look):
        """Forecast and order; to be asked once a period."""
        self.level = 0.3 * look["incoming"] + 0.7 * self.level
        units = 37 + 3 * (self.level - 8) - (look["on_hand"] - look["backlog"] + look["on_order"])
        forecast = self.level
        if 19 <= self.period < 25:
            units, forecast = (0.0, forecast / 2) if units > 8 else (2 * max(units, 8), 2 * forecast)
        self.period += 1
        return math.floor(max(0.0, forecast) + 0.5), math.floor(max(0.0, units) + 0.5)


# --- what a debrief says


def bullwhip(order, asked):
    """Var(orders) / Var(demand); None if one of them does not vary."""
    a, b = pvariance(order), pvariance(asked)
    return a / b if a > 0 and b > 0 else None


def chasing(order, asked):
    """Least-squares slope of the change of the order on the change of demand."""
    x, y = ([b - a for a, b in zip(row, row[1:], strict=False)] for row in (asked, order))
    xs, square = mean(x), sum((a - mean(x)) ** 2 for a in x)
    return sum((a - xs) * b for a, b in zip(x, y, strict=True)) / square if square else None


def pull(own, best, centre):
    """How far from the benchmark's position towards the mean."""
    way = mean(best) - centre
    return (mean(best) - mean(own)) / way if abs(way) >= 0.05 * centre else None


def reaction(own, best, shock):
    """Largest rise of the order from the shock on, against the benchmark's."""
    rise = [max(row[shock:]) - row[shock - 1] for row in (own, best)]
    return rise[0] / rise[1] if rise[1] > 0 else None


def resilience(game, calm):
    """1 - what service lost against the calm game / what that had."""
    q, q0 = ([s / a if a else 1.0 for s, a in zip(g.served, g.asked, strict=True)] for g in (game, calm))
    return 1 - sum(max(b - a, 0.0) for a, b in zip(q, q0, strict=True)) / sum(q0)


def worst(game, start):
    """Least share that was served at once in a period from the event on."""
    return min(s / a if a else 1.0 for s, a in list(zip(game.served, game.asked, strict=True))[start:])


__all__ = ["Machine", "PlainGame", "Sterman1989", "base_stock", "bullwhip", "chasing", "goods", "pull", "reaction", "resilience", "worst"]
