"""The rows of the plain chain: each is an object whose columns are its attributes."""

from __future__ import annotations

import math
from statistics import NormalDist

DUST = 1e-9
"""Differences below this are rounding, not units."""


def given(cell):
    """Whether a cell of a table of numbers is filled in."""
    return not math.isnan(cell)


class Row:
    """A row of a table: ``Row({"site": "Lyon"}).site`` is ``"Lyon"``."""

    def __init__(self, cells):
        vars(self).update(cells)


class Stock(Row):
    """One product at one site."""

    def __init__(self, cells):
        super().__init__(cells)
        self.sources = []  # lanes and the recipe that bring the product here
        self.claims = []  # lanes and markets that want it
        self.uses = []  # (recipe, units in one unit of its product) for which it is a component
        self.up = self.usable = 1.0
        self.short_for = self.called_for = 0  # periods in a row
        self.ages = []  # [period in which they came, units still here], the oldest first
        self.expired = 0.0

    def rounded(self, units):
        """Units as there can be of the product: whole ones half up, if units are whole."""
        return float(math.floor(units + 0.5 + DUST)) if self.whole else units

    def rounded_up(self, units):
        """Units as they are ordered, so that nothing is left missing."""
        return float(math.ceil(units - DUST)) if self.whole else units

    def rounded_down(self, units):
        """Units as they can be sent: whole ones, if units are whole."""
        return math.floor(units + DUST) if self.whole and units < math.inf else units

    @property
    def backlog(self):
        """Units owed to customers and customer sites."""
        return sum(claim.backlog for claim in self.claims)

    @property
    def on_order(self):
        """Units ordered or being made that have not arrived."""
        return sum(source.on_order for source in self.sources)

    @property
    def required(self):
        """Units that production orders at the site still need."""
        return sum(recipe.to_make * quantity for recipe, quantity in self.uses)


def takes_orders(source, period):
    """Whether orders may go to a lane or a recipe in a period."""
    begun = not given(source.valid_from) or source.valid_from <= period
    return begun and (not given(source.valid_until) or period < source.valid_until)


class Claim(Row):
    """Somebody who wants goods of a stock: a lane to another site, or a market."""

    def __init__(self, cells):
        super().__init__(cells)
        self.orders = []  # [period of the order, units still owed], the oldest first
        self.asked = self.sent = self.lost = 0.0
        self.up = 1.0
        self.out_for = 0  # periods in a row for which less than all might leave

    @property
    def backlog(self):
        """Units asked for and not yet sent."""
        return sum(units for _, units in self.orders)

    @property
    def open(self):
        """Share of the flow that may leave."""
        return self.up * self.stock.up * self.stock.place.up

    def ask(self, period, units):
        """Ask the stock for units."""
        self.asked += units
        self.stock.incoming += units
        self.orders.append([period, units])

    def take(self, units):
        """Take units off what is owed, the oldest order first."""
        for order in self.orders:
            part = min(units, order[1])
            order[1] -= part
            units -= part
        self.orders = [order for order in self.orders if order[1] > DUST]


class Market(Claim):
    """One product that a market asks for."""

    capacity, lost_if_short = math.nan, False
    surge = 1.0
    put_off = None

    def __init__(self, cells):
        super().__init__(cells)
        self.booked = []  # [period, units] of orders that are known at the start
        self.score = None  # of the draw before
        self.returns = []  # [period in which they come back, units]
        self.to_return = self.to_resell = self.returned = self.resold = 0.0

    def carried_over(self, t, luck):
        """A random number whose normal score depends on that of the draw before."""
        fresh = NormalDist().inv_cdf(luck)
        rest = math.sqrt(1 - self.autocorrelation**2)
        self.score = fresh if self.score is None else self.autocorrelation * self.score + rest * fresh
        return NormalDist().cdf(self.score)


class Lane(Claim):
    """A way from a stock to a stock at another site."""

    lost_share, partial = 0.0, True

    def __init__(self, cells):
        super().__init__(cells)
        self.name = f"{self.origin} > {self.destination} | {self.product} | {self.mode}"
        self.mail = []  # [period in which the origin hears of it, units]
        self.shipments = []  # [periods still to go, units]
        self.expedited = []  # the same for expedited shipments, which go their own way
        self.held = 0.0  # sent, but waiting at the origin for a pause to end
        self.at_door = 0.0  # arrived, but waiting for a pause to end
        self.placed, self.unread = 0.0, 0.0
        self.to_pay = self.bought = 0.0
        self.delay, self.paused = 0.0, set()

    @property
    def in_transit(self):
        """Units on the way."""
        return sum(units for _, units in self.shipments + self.expedited)

    @property
    def on_order(self):
        """Units ordered on this lane that have not arrived."""
        return sum(u for _, u in self.mail) + self.unread + self.backlog + self.held + self.in_transit + self.at_door


class Recipe(Row):
    """What a site makes."""

    def __init__(self, cells):
        super().__init__(cells)
        self.parts = []  # (stock of the component, units in one unit of the product)
        self.outs = []  # (stock of a by-product, units for one unit started)
        self.lines = []  # (stock of the component, units, stock of its substitute or None, units of that)
        self.out_for = 0
        self.to_make = 0.0
        self.batches = []  # [period in which it is finished, units started]
        self.cut = self.good_share = 1.0

    @property
    def on_order(self):
        """Good units expected of what is ordered and not finished."""
        return (self.to_make + sum(units for _, units in self.batches)) * self.yield_rate

    @property
    def up(self):
        """Share of the recipe that works."""
        return self.cut * self.stock.up * self.stock.place.up
