"""A chain in the plainest Python: one world, one number for each quantity, no arrays.

This is the text to read if you want to know what a chain does in a period.  It follows
``docs/day.md`` line by line, has no regard for speed, and is what the fast chain is held
against in ``test_oracle.py``.  Sites and markets are ordinary Mesa agents; a row of a
table is an object whose columns are its attributes, and an empty cell is NaN.

``plain_rows.py`` says what a stock, a lane and a market are, ``plain_start.py`` how a run starts,
``plain_events.py`` and ``plain_times.py`` what happens to them, ``plain_noticing.py`` what is known
of it, ``plain_calendars.py`` when all this is open; ``plain_orders.py`` decides what is ordered, and ``plain_goods.py`` moves the goods.
"""

from __future__ import annotations

import mesa
import numpy as np
import plain_calendars as calendars
import plain_events as events
import plain_goods as goods
import plain_noticing as noticing
import plain_orders as orders
import plain_times as times
from plain_rows import Lane, Market, Recipe, Row, Stock
from plain_start import start

from twinkit.chain.chance import key_of, uniform


class Place(mesa.Agent):
    """A site: it keeps stocks and runs recipes."""

    def __init__(self, chain, cells):
        super().__init__(chain)
        vars(self).update(cells)
        self.stocks, self.recipes, self.up = [], [], 1.0

    def receive(self):
        """Take in what has arrived and what is finished."""
        for stock in self.stocks:
            goods.receive(self.model, stock)

    def produce(self):
        """Start what can be made."""
        goods.produce(self.model, self)

    def serve(self, who=(Lane, Market), unlimited=(True, False)):
        """Send what is owed and can be sent."""
        for stock in self.stocks:
            if (stock.policy == "unlimited") in unlimited:
                goods.serve(self.model, stock, [claim for claim in stock.claims if isinstance(claim, who)])


class Customers(mesa.Agent):
    """A market: it asks for its products."""

    def __init__(self, chain, rows):
        super().__init__(chain)
        self.rows = rows

    def ask(self):
        """Ask for the demand of the period."""
        t = self.model.period
        for row in self.rows:
            units = sum(units for due, units in row.booked if due == t)
            if calendars.falls_due(self.model, t, row.every, row.calendar):
                luck = self.model.luck("demand", f"{row.market} | {row.product}", t)
                units += self.whole(row, orders.demand(self.model, row, t, luck) * row.surge)
            if units > 0:
                row.ask(t, units)

    def whole(self, row, units):
        """Whole units, if units are whole; what rounding leaves comes in the next period."""
        if not row.stock.whole:
            return units
        if row.put_off is None:
            row.put_off = (self.model.luck("demand", f"{row.market} | {row.product}", 0, draw=1) - 0.5) * (1 - 1e-6)
        asked = max(0.0, row.stock.rounded(units + row.put_off))
        row.put_off += units - asked
        return asked


class PlainChain(mesa.Model):
    """One world of a chain.

    Parameters
    ----------
    case
        A checked case.
    seed, world
        Seed of all chance, and the number of the replication.
    """

    def __init__(self, case, seed, world):
        super().__init__(rng=seed)
        self.case, self.seed_of_chance, self.world, self.period = case, seed, world, 0
        self.day = case.settings["day"]
        self.shares = {}  # (calendar, period) -> share of a working day
        self.calendars = {row["calendar"]: row for row in self._rows("calendars")}
        self.exceptions = {name: [row for row in self._rows("calendar_exceptions") if row["calendar"] == name] for name in self.calendars}
        self.history, self.detection_delay = [], case.settings["detection_delay"]
        self._read_tables()
        self._join()
        start(self)
        self.events = times.causes_first([Row(cells) for cells in self._rows("events") if cells["scheduled"]])
        for event in self.events:
            times.first_occurrence(self, event)

    def _rows(self, table):
        return self.case[table].to_dict("records")

    def _read_tables(self):
        by_name = lambda row: [str(part) for part in row.key]  # noqa: E731
        keys = {Stock: ("site", "product"), Recipe: ("site", "product", "recipe"), Market: ("market", "product"),
                Lane: ("origin", "destination", "product", "mode")}  # fmt: skip

        def read(table, kind):
            rows = [kind(cells) for cells in self._rows(table)]
            for row in rows:
                row.key = tuple(getattr(row, column) for column in keys[kind])
            return sorted(rows, key=by_name)

        self.places = {cells["site"]: Place(self, cells) for cells in self._rows("sites")}
        self.stocks = {stock.key: stock for stock in read("stocks", Stock)}
        self.price_breaks = [Row(cells) for cells in self._rows("price_breaks")]
        self.lanes, self.recipes, self.markets = read("lanes", Lane), read("recipes", Recipe), read("markets", Market)

    def _join(self):
        """Tell everybody who is next to them."""
        for stock in self.stocks.values():
            stock.place = self.places[stock.site]
            stock.whole = self._whole(stock.product)
            stock.place.stocks.append(stock)
        for lane in self.lanes:
            lane.stock = self.stocks[lane.origin, lane.product]
            lane.to = self.stocks[lane.destination, lane.product]
            lane.stock.claims.append(lane)
            lane.to.sources.append(lane)
        for market in self.markets:
            market.stock = self.stocks[market.site, market.product]
            market.stock.claims.append(market)
        for recipe in self.recipes:
            recipe.stock = self.stocks[recipe.site, recipe.product]
            recipe.stock.sources.append(recipe)
            recipe.stock.place.recipes.append(recipe)
            for line in self._lines("by_products", recipe):
                if (recipe.site, line["by_product"]) in self.stocks:
                    recipe.outs.append((self.stocks[recipe.site, line["by_product"]], line["quantity"]))
            for line in self._lines("bill_of_materials", recipe):
                part = self.stocks[recipe.site, line["component"]]
                recipe.parts.append((part, line["quantity"]))
                other = self.stocks.get((recipe.site, line["substitute"])) if line["use_substitute"] else None
                recipe.lines.append((part, line["quantity"], other, line["quantity"] * line["substitute_ratio"]))
                part.uses.append((recipe, line["quantity"]))
        for stock in self.stocks.values():
            stock.claims.sort(key=lambda claim: claim.priority)
            stock.sources.sort(key=lambda source: orders.rank(stock, source))
        self.customers = [Customers(self, [m for m in self.markets if m.market == name])
                          for name in sorted({m.market for m in self.markets})]  # fmt: skip
        self.customers_first = sorted(self.stocks.values(), key=lambda stock: -orders.steps_from_source(stock))
        depth = {}
        for name in self.places:
            self._steps_from_source(name, depth)
        self.suppliers_first = sorted(self.places.values(), key=lambda place: depth[place.site])

    def _lines(self, table, recipe):
        """Lines of a recipe: those of its name, or else those for all recipes of the product."""
        lines = [line for line in self._rows(table) if line["product"] == recipe.product]
        own = [line for line in lines if line["recipe"] == recipe.recipe]
        return own or [line for line in lines if line["recipe"] == ""]

    def _whole(self, product):
        """Whether units of a product cannot be split."""
        word = next(cells["whole_units"] for cells in self._rows("products") if cells["product"] == product)
        return self.case.settings["whole_units"] if word == "as_case" else word == "yes"

    def _steps_from_source(self, site, depth):
        if site not in depth:
            origins = [lane.origin for lane in self.lanes if lane.destination == site]
            depth[site] = 1 + max((self._steps_from_source(name, depth) for name in origins), default=0)
        return depth[site]

    def luck(self, stream, entity, period, draw=0):
        """The random number of an address."""
        key = np.uint64(key_of(self.seed_of_chance, stream, entity))
        return uniform(key, period, self.world, draw)

    # The day ------------------------------------------------------------------------

    def step(self):
        """One period, in the order of events of the case."""
        for stock in self.stocks.values():
            if self.day == "order_first" and self.period > 0:
                orders.foresee(stock)
            stock.incoming = stock.ordered = stock.received = 0.0
        for claim in [*self.lanes, *self.markets]:
            claim.asked = claim.sent = claim.lost = claim.placed = 0.0
        noticing.watch_shortage(self)
        events.disrupt(self)
        noticing.notice(self)
        {"order_after_demand": self._order_after_demand, "order_first": self._order_first,
         "serve_first": self._serve_first}[self.day]()  # fmt: skip
        for stock in self.stocks.values():
            goods.expire(self, stock)
        for lane in self.lanes:
            goods.pay(self, lane)
        self.history.append(self.now())
        goods.dusk(self)
        self.period += 1

    def _order_after_demand(self):
        orders.hear(self)
        for customers in self.customers:
            customers.ask()
        orders.replenish(self)
        for place in self.suppliers_first:
            place.receive()
            place.produce()
            place.serve()

    def _order_first(self):
        orders.hear(self)
        orders.replenish_together(self)
        for place in self.suppliers_first:
            place.serve(Lane)
        for place in self.suppliers_first:
            place.receive()
            place.produce()
        for customers in self.customers:
            customers.ask()
        for place in self.suppliers_first:
            place.serve(Market)

    def _before_orders(self):
        """What a period in which is served first begins with."""
        for place in self.suppliers_first:
            place.receive()
            place.produce()
        orders.hear(self)
        for customers in self.customers:
            customers.ask()
        for place in self.suppliers_first:
            place.serve(unlimited=[False])

    def _serve_first(self):
        self._before_orders()
        orders.replenish(self)
        for place in self.suppliers_first:
            place.serve(unlimited=[True])

    def now(self):
        """The numbers of this period by name: what a run would record."""
        seen = {}
        for (site, product), stock in self.stocks.items():
            for column in ("on_hand", "backlog", "on_order", "ordered", "received", "expired"):
                seen[f"stocks.{column}", f"{site} | {product}"] = getattr(stock, column)
        for claim in [*self.lanes, *self.markets]:
            name = claim.name if isinstance(claim, Lane) else f"{claim.market} | {claim.product}"
            for column in ("asked", "sent", "lost"):
                seen[f"claims.{column}", name] = getattr(claim, column)
        for lane in self.lanes:
            seen["lanes.in_transit", lane.name] = lane.in_transit
            seen["lanes.bought", lane.name] = lane.bought
        for market in self.markets:
            for column in ("returned", "resold"):
                seen[f"markets.{column}", f"{market.market} | {market.product}"] = getattr(market, column)
        return seen
