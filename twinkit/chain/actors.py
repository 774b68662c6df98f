"""Actors: the Mesa agents of a chain, each a live view of its rows, and the policies as functions of a view.

A :class:`Site` sees the stocks that it keeps, a :class:`Carrier` the lanes that it
runs, a :class:`Market` its products.  An attribute such as ``retailer.on_hand`` is a
:class:`~twinkit.columns.Column`: reading it gives the rows of the array that the
chain runs on, shape (rows, replications), and writing it writes them.

A rule is a method that a subclass overrides (``order``, ``serve``, ``produce``,
``ask``).  It is written as if for one site and is run once for all the rows of
its kind; it returns numbers and moves nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import mesa
import numpy as np

from twinkit import rooms, rules
from twinkit.columns import Column
from twinkit.tables.problems import did_you_mean, listed
from twinkit.tables.schema import Markets, Sites, Stocks
from twinkit.tables.schema_flow import Claims, Lanes

# Policies: how much a stock orders, as functions of a view.
#
# A policy takes a view (an actor, a row, or all the rows of a kind) and returns the
# units to order; it works for one number and for whole arrays.  A plain function of
# your own is a policy too: ``Chain(case, policies={"Lyon": my_policy})``.  The compiled
# day calls the same formulas (:mod:`twinkit.rules`).


def base_stock(stock: Any):
    """Raise the inventory position to ``order_up_to`` (plus safety stock and build-up) [units]."""
    return rules.order_up_to(stock.inventory_position, stock.order_up_to + stock.reserve)


def s_S(stock: Any):
    """At or below ``reorder_point``, raise the position to ``order_up_to`` [units]."""
    safety = stock.reserve
    return rules.order_s_S(stock.inventory_position, stock.reorder_point + safety, stock.order_up_to + safety)


def r_Q(stock: Any):
    """At or below ``reorder_point``, one lot of ``order_quantity`` [units]."""
    point = stock.reorder_point + stock.reserve
    return rules.order_r_Q(stock.inventory_position, point, stock.order_quantity)


def r_nQ(stock: Any):
    """At or below ``reorder_point``, as many lots of ``order_quantity`` as raise the position above it [units]."""
    point = stock.reorder_point + stock.reserve
    return rules.order_r_nQ(stock.inventory_position, point, stock.order_quantity)


def days_of_cover(stock: Any):
    """Cover the forecast over the lead time and ``days_of_cover`` [units]."""
    level = rules.cover_level(stock.forecast, stock.protection, stock.days_of_cover, stock.reserve)
    return rules.order_up_to(stock.inventory_position, level)


def on_demand(stock: Any):
    """Order what is asked for and not covered [units]."""
    return rules.order_up_to(stock.inventory_position, stock.reserve)


def echelon_base_stock(stock: Any):
    """Raise the echelon inventory position to ``order_up_to`` [units]."""
    return rules.order_up_to(stock.echelon_position, stock.order_up_to + stock.reserve)


def anchor_and_adjust(stock: Any):
    """Sterman's anchoring and adjustment towards ``order_up_to`` [units]."""
    return rules.anchor_and_adjust(
        stock.forecast, stock.order_up_to + stock.reserve, stock.net_stock, stock.on_order,
        stock.stock_weight, stock.supply_line_weight,
    )  # fmt: skip


def no_orders(stock: Any):
    """Order nothing [units]."""
    return 0.0 * stock.on_hand


POLICY_FUNCTIONS: dict[str, Callable] = {
    "base_stock": base_stock,
    "s_S": s_S,
    "r_Q": r_Q,
    "r_nQ": r_nQ,
    "days_of_cover": days_of_cover,
    "on_demand": on_demand,
    "echelon_base_stock": echelon_base_stock,
    "anchor_and_adjust": anchor_and_adjust,
    "unlimited": no_orders,
    "none": no_orders,
}
"""The policies by the name that a table gives them."""

rooms.POLICIES.listen(lambda added: POLICY_FUNCTIONS.update({added.name: added.order}))


def table_policy(stock: Any):
    """What the policies of the table say, row by row; 0 when it is not the period of a review [units]."""
    words = np.atleast_1d(stock.policy)
    with np.errstate(divide="ignore", invalid="ignore"):  # rows of another policy, whose numbers this one does not have
        found = {word: POLICY_FUNCTIONS[word](stock) for word in sorted(set(words.tolist()))}
    due = stock.reviewed
    if len(found) == 1:
        return next(iter(found.values())) * due
    order = np.zeros_like(stock.on_hand)
    for word, value in found.items():
        order = np.where((words == word)[:, None], np.nan_to_num(value), order)
    return order * due


class _Numbers(WeakKeyDictionary):
    """Counters of the numbers that Mesa gives agents, by model.

    Mesa's own table keeps every model for ever, with all arrays of its worlds; this one lets go.
    """

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        if model not in self:
            self[model] = count(1)
        return super().__getitem__(model)


class Rows:
    """A view of some rows of the chain: what a rule sees as ``self``.

    Attributes
    ----------
    chain
        The chain that the rows belong to.
    rows
        Rows of the view's table: a slice, an array or one number.
    frozen
        Whether the view may only be read.
    """

    of = "stocks"
    _ids = _Numbers()

    def look_at(self, chain: Any, rows: Any, frozen: bool = False, world: Any = slice(None)) -> Rows:
        """Point the view at rows of a chain, for all worlds or for one."""
        self.chain, self.rows, self.frozen, self.world = chain, rows, frozen, world
        return self

    def read(self, column: Column) -> Any:
        """Values of a column for the rows of the view."""
        values = self.chain.column(column, self.of, self.rows)
        if np.ndim(values) == 0 or values.dtype.kind in "US":
            return values
        if not isinstance(self.world, slice):
            values = values[..., self.world if values.shape[-1] > 1 else 0]
        if self.frozen and isinstance(values, np.ndarray):
            values = values.view()
            values.flags.writeable = False
        return values

    def write(self, column: Column, value: Any) -> None:
        """Write a column for the rows of the view.

        Raises
        ------
        AttributeError
            If the view is that of a supplier or a customer.
        """
        if self.frozen:
            raise AttributeError(
                f"{column.name} of another site may be read, not written: goods and orders change hands "
                "only in the steps that move them"
            )
        self.chain.set_column(column, self.of, self.rows, value, self.world)


class StockRows(Rows, Stocks):
    """Rows of stocks, and what follows from their columns."""

    @property
    def inventory_position(self):
        """On hand + on order - backlog - what production still needs [units]."""
        return rules.inventory_position(self.on_hand, self.on_order, self.backlog, self.required)

    @property
    def net_stock(self):
        """On hand - backlog - what production still needs [units]."""
        return self.on_hand - self.backlog - self.required

    @property
    def echelon_position(self):
        """Stock here, downstream and on order, less the backlog of customers and today's orders [units]."""
        stock = self.chain.world.echelon[self.rows][..., self.world]
        after_demand = self.chain.case.settings["day"] == "order_after_demand"
        return stock + self.on_order - after_demand * self.incoming

    @property
    def reserve(self):
        """Safety stock, with the build-up while it lasts [units]."""
        t = self.chain.period
        return self.safety_stock + self.build_up * (
            (self._number("build_from") <= t) & (t < self._number("build_until"))
        )

    @property
    def reviewed(self):
        """Whether the rows are reviewed in this period, in the next that is open if their site is closed."""
        t, every, w = self.chain.period, self.review_period, self.chain.world
        calendar = w.site_calendar[w.stock_site[self.rows]]
        if not np.any(calendar):
            return t % every == 0
        calendar, since = np.asarray(calendar), t - w.closed_for[t, calendar]
        opened = w.calendar[t, calendar] > 0
        if isinstance(self.world, slice):
            opened, since = opened[..., None], since[..., None]
        return opened & (t // every * every >= since)

    def _number(self, name: str):
        values = self.chain.number("stocks", name, self.rows)
        return values if isinstance(self.world, slice) else values[..., 0]

    @property
    def protection(self):
        """Periods that an order must last [periods]."""
        return self._number("protection")

    @property
    def mean_demand(self):
        """Mean demand that reaches the stock [units/period]."""
        return self._number("rate")

    @property
    def supplier(self) -> StockRows:
        """The stock that the first source of each row takes from; read only."""
        return StockRows().look_at(self.chain, self.chain.supplier_rows(self.rows), True, self.world)

    @property
    def at_customers(self):
        """On hand at the sites that the rows deliver to, summed [units]; read only."""
        return self.chain.customers_sum(self.rows)[..., self.world]


class Site(StockRows, Sites, mesa.Agent):
    """A place that acts; its rows are the stocks that it keeps.

    ``site["phone"]`` is the view of one product.  Rules: :meth:`order`,
    :meth:`serve`, :meth:`produce`.
    """

    def order(self):
        """Units to order in this period, before they are split over sources [units]."""
        return table_policy(self)

    def serve(self):
        """Units on offer in this period, of what is on hand [units]."""
        return self.on_hand

    def produce(self):
        """Units that production may start in this period [units]."""
        return np.inf + 0.0 * self.on_hand

    def __getitem__(self, product: str) -> StockRows:
        net = self.chain.plan.net
        row = net.stock_row(self.name, product)
        if row < 0:
            kept = net.stocks["product"][net.stocks["site"] == self.name].tolist()
            raise KeyError(
                f"{self.name} keeps no {product!r}. {did_you_mean(str(product), kept, f'It keeps {listed(kept)}.')}"
            )
        return StockRows().look_at(self.chain, row)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'name', 'kind')}>"


class Supplier(Site):
    """Supplies what comes from outside the chain, or makes components."""


class Plant(Site):
    """Makes products from components."""


class Warehouse(Site):
    """Keeps and distributes: warehouse, distribution centre, cross-dock."""


class Retailer(Site):
    """Sells to customers."""


class Port(Site):
    """A port or canal that lanes pass; it keeps no stock."""


class Carrier(Rows, Lanes, Claims, mesa.Agent):
    """Moves goods; its rows are its lanes.  ``backlog`` and ``sent`` are those of each lane."""

    of = "lanes"

    def __repr__(self) -> str:
        return f"<Carrier {self.name}>"


class Market(Rows, Markets, Claims, mesa.Agent):
    """Customers; its rows are the products they ask for."""

    of = "markets"

    def ask(self):
        """Units that customers ask for in this period; negative: as the table says [units]."""
        return -1.0 + 0.0 * self.backlog

    def __repr__(self) -> str:
        return f"<Market {getattr(self, 'name', 'all')}>"


ACTORS: dict[str, type[Site]] = {
    "supplier": Supplier,
    "plant": Plant,
    "warehouse": Warehouse,
    "retailer": Retailer,
    "port": Port,
}
"""Actor class of every kind of site."""
SITE_RULES = ("order", "serve", "produce")
