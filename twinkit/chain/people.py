"""Who is in a chain: the agents of its sites, carriers and markets, the columns that they see, and the rules that they bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from mesa.agent import AgentSet

from twinkit import rooms
from twinkit.chain import layout
from twinkit.chain.actors import ACTORS, SITE_RULES, Carrier, Market, Site, StockRows
from twinkit.chain.balance import Goods
from twinkit.chain.layout import World, WorldRef
from twinkit.chain.plan import Plan
from twinkit.columns import Column, cells, columns_of
from twinkit.tables.problems import Named, hint_of
from twinkit.tables.schema import TABLES, Stocks

# Columns of a running chain: from a declared column to the rows of its array.


NUMBERS = {
    "stocks": ("stock_n", layout.SP),
    "lanes": ("lane_n", layout.LP),
    "recipes": ("recipe_n", layout.RP),
    "markets": ("market_n", layout.MP),
}
STATE = {
    "sites": ("site", layout.SI),
    "stocks": ("stock", layout.ST),
    "lanes": ("lane", layout.LN),
    "recipes": ("recipe", layout.RC),
    "claims": ("claim", layout.CL),
    "markets": ("market", layout.MK),
}


class RunColumns:
    """Reading and writing of columns, for a chain with a `plan` and a `world`.

    Numbers of a table that the steps read (levels, shares, lead times …) have shape
    (rows, 1); state has shape (rows, replications).
    """

    plan: Plan
    world: World

    def _own(self) -> dict[Column, np.ndarray]:
        return self.__dict__.setdefault("own_columns", {})

    def column_array(self, column: Column, of: str) -> np.ndarray:
        """Whole array of a column, for rows of the table `of`.

        Raises
        ------
        AttributeError
            If the chain keeps no such column.
        """
        table, name = column.table, column.name
        if column in self._own():
            return self._own()[column]
        if table == "claims":
            n_lanes = self.world.lane.shape[1]
            block = self.world.claim[getattr(layout.CL, name)]
            return block[:n_lanes] if of == "lanes" else block[n_lanes:]
        if table in STATE and name in STATE[table][1]._fields:
            field, fields = STATE[table]
            array = getattr(self.world, field)[getattr(fields, name)]
        elif table in NUMBERS and column.numeric and name in NUMBERS[table][1]._fields:
            field, fields = NUMBERS[table]
            array = getattr(self.world, field)[getattr(fields, name)][:, None]
        elif table in TABLES and hasattr(self.plan.net, table):
            values = getattr(self.plan.net, table)[name]
            array = values.to_numpy(float)[:, None] if column.numeric or column.kind == "flag" else values.to_numpy()
        else:
            raise AttributeError(f"the chain keeps no column {table}.{name}")
        return array[self.plan.net.stock_site] if table == "sites" and of == "stocks" else array

    def column(self, column: Column, of: str, rows: Any) -> Any:
        """Values of a column for some rows of the table `of`."""
        array = self.column_array(column, of)
        if array.dtype.kind in "OUS" or array.dtype.kind == "T":
            words = np.asarray(array[rows], dtype=str)
            return str(words.flat[0]) if column.table == "sites" and len(set(words.flat)) == 1 else words
        return array[rows]

    def set_column(self, column: Column, of: str, rows: Any, value: Any, world: Any = slice(None)) -> None:
        """Write a column; a state column or a number that the steps read.

        Raises
        ------
        AttributeError
            If the column is a text, or a number that no step reads while running.
        """
        array = self.column_array(column, of)
        live = column.state or column in self._own() or column.table in NUMBERS
        if (
            not isinstance(array, np.ndarray)
            or array.dtype.kind != "f"
            or not live
            or not np.shares_memory(array, array[...])
        ):
            raise AttributeError(f"{column.name} cannot be changed while the chain runs: change the table of the case")
        if isinstance(world, slice):
            array[rows] = value
        else:
            array[rows, world if array.shape[-1] > 1 else 0] = value

    def number(self, table: str, name: str, rows: Any) -> np.ndarray:
        """A derived number of a table by name, shape (rows, 1)."""
        field, fields = NUMBERS[table]
        return getattr(self.world, field)[getattr(fields, name)][:, None][rows]

    def add_column(self, column: Column, rows: Any) -> None:
        """Make room for a column that an actor class of the user's own declares."""
        own = self._own()
        if column not in own:
            array = np.zeros((self.world.stock.shape[1], self.world.stock.shape[2]))
            array[:] = np.nan
            own[column] = array
        table = self.plan.net.stocks
        start = 0.0 if column.start is None or column.required else float(column.start)
        if column.name in table:
            values = table[column.name].astype(float).fillna(start).to_numpy()
            own[column][rows] = values[rows][:, None]
        else:
            own[column][rows] = start

    def supplier_rows(self, rows: Any) -> np.ndarray:
        """Stock row of the first source of each row; itself if it is made here or comes from nowhere."""
        chosen = np.atleast_1d(np.arange(self.world.stock.shape[1])[rows])
        w, found = self.world, []
        for row in chosen:
            lanes = [s for s in w.sources_of[w.sources_at[row] : w.sources_at[row + 1]] if s >= 0]
            found.append(w.lane_origin[lanes[0]] if lanes else row)
        return np.array(found) if np.ndim(np.arange(self.world.stock.shape[1])[rows]) else found[0]

    def customers_sum(self, rows: Any) -> np.ndarray:
        """On hand at the stocks that rows deliver to, summed [units], shape (rows, replications)."""
        w = self.world
        total = np.zeros_like(w.stock[layout.ST.on_hand])
        np.add.at(total, w.lane_origin, w.stock[layout.ST.on_hand][w.lane_destination])
        total.flags.writeable = False
        return total[rows]


# Rules that are Python: found on actor classes and functions, run for all rows of a kind.


SAYS_NOTHING = "Write `return` and the number in front of what is meant, in every branch."
ROUNDING = 1e-6
"""Units below 0 that a rule may say by rounding; nothing is meant."""


class RuleError(ValueError):
    """A rule or a step of the user's own went wrong; says which one, where and when, and what to write instead."""


@dataclass
class Rule:
    """A rule and the rows it decides for.

    ``decide`` is a method of an actor class or a plain function of a view; ``view``
    is the class of the view that it sees.
    """

    name: str
    decide: Callable
    rows: np.ndarray
    view: type

    def run(self, chain: Any, rows: np.ndarray | None = None) -> np.ndarray:
        """What the rule says for its rows, shape (rows, replications).

        Raises
        ------
        RuleError
            If the rule uses ``if`` on an array; returns nothing, another shape, or what is no number of units
            (NaN, negative; infinite, where it is no upper limit); or moves goods or orders itself.
        """
        rows = self.rows if rows is None else rows
        shape = (len(rows), chain.replications)
        before = Goods(chain)
        value = self._said(chain, rows, shape)
        moved = before.first_change()
        if moved:
            raise RuleError(
                f"the rule {self.name} changed {moved}: a rule returns a number and moves nothing itself, or goods would "
                "appear from nowhere. Return the units; stock at the start stands in the table stocks, column on_hand."
            )
        self._require_units(chain, rows, value)
        return value

    def _said(self, chain: Any, rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        single = getattr(self.decide, "one_at_a_time", False)
        try:
            if single:
                said = [self.decide(self._view(chain, int(rows[i]), r)) for i, r in cells(*shape)]
            else:
                said = self.decide(self._view(chain, _span(rows)))
        except ValueError as error:
            if "truth value" not in str(error):
                raise  # an error of the rule's own says what it is
            raise RuleError(
                f"the rule {self.name} asks `if` (or `and`, `or`, `min`, `max`) of an array of shape {shape}, one "
                "value for each row and world. Write `where(condition, a, b)`, `minimum` or `maximum` from numpy, "
                "or put @one_at_a_time above the rule to see one site in one world as plain numbers."
            ) from error
        nothing = said is None or (single and None in said)
        if nothing:
            at = next(i for i, one in enumerate(said) if one is None) if single else 0
            where = self._where(chain, rows, *(divmod(at, shape[1]) if single else (0, None)))
            raise RuleError(f"the rule {self.name} returned nothing (None) for {where}. {SAYS_NOTHING}")
        try:
            return (
                np.reshape(np.asarray(said, float), shape)
                if single
                else np.broadcast_to(np.asarray(said, float), shape)
            )
        except (ValueError, TypeError) as error:
            wanted = "one number" if single else f"one number or an array of shape {shape}"
            raise RuleError(f"the rule {self.name} must return {wanted}: {error}") from error

    def _require_units(self, chain: Any, rows: np.ndarray, value: np.ndarray) -> None:
        """Refuse what is no number of units; a market may say less than 0: as its table says."""
        most = self.name.endswith((".serve", ".produce"))  # these are upper limits, which need not bind
        asks = self.view.of == "markets"
        good = (value == value) & (most | (value < np.inf)) & (asks | (value >= -ROUNDING))
        if good.all():
            return
        i, r = (int(k) for k in np.argwhere(~good)[0])
        hint = "Write `maximum(0, …)` where nothing is meant." if value[i, r] < 0 else (
            f"{SAYS_NOTHING} A division by 0, or a column that is empty there, gives NaN too." if value[i, r] != value[i, r]
            else "Say how many.")  # fmt: skip
        raise RuleError(
            f"the rule {self.name} returned {value[i, r]:g} units for {self._where(chain, rows, i, r)}; "
            f"{'a finite number' if asks else 'a number of 0 or more' if most else 'a finite number of 0 or more'} is needed. {hint}"
        )

    def _where(self, chain: Any, rows: np.ndarray, row: int, world: int | None) -> str:
        """Site or market, product, period and world in words."""
        table, place = getattr(chain.plan.net, self.view.of), "market" if self.view.of == "markets" else "site"
        at = table.iloc[int(rows[row])] if len(rows) else {place: "no row", "product": "no product"}
        return f"{at['product']} at {at[place]}, period {chain.period}" + (
            f", world {chain.first + world}" if world is not None else ""
        )

    def _view(self, chain: Any, rows: Any, world: Any = slice(None)) -> Any:
        return self.view.__new__(self.view).look_at(chain, rows, False, world)


def _span(rows: np.ndarray) -> Any:
    """A slice where the rows are neighbours, so that the view is of the array itself."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def rules_of(classes: dict[type, np.ndarray], policies: Iterable[tuple[str, Callable, np.ndarray]]):
    """Python rules by name of rule: those that a subclass overrides, and plain functions.

    Parameters
    ----------
    classes
        Actor class → stock rows of its sites.
    policies
        (name, function, stock rows) of policies given as functions.
    """
    found: dict[str, list[Rule]] = {name: [] for name in SITE_RULES}
    for cls, rows in classes.items():
        for name in SITE_RULES:
            if getattr(cls, name) is not getattr(Site, name) and len(rows):
                found[name].append(Rule(f"{cls.__name__}.{name}", getattr(cls, name), rows, cls))
    for name, function, rows in policies:
        found["order"].append(Rule(name, function, rows, StockRows))
    return found


def _in_review(order: Callable) -> Callable:
    """A policy that orders nothing while its stock is not reviewed."""

    def decide(stock: StockRows) -> Any:
        said = order(stock)
        return None if said is None else said * stock.reviewed

    decide.one_at_a_time = getattr(order, "one_at_a_time", False)  # type: ignore[attr-defined]
    return decide


def own_columns(actors: Mapping[str, type[Site]]) -> dict[str, Column]:
    """Columns of stocks that actor classes of one's own declare."""
    known = columns_of(Stocks)
    return {k: c for cls in actors.values() for k, c in columns_of(cls).items() if not c.table or c.table == "stocks"
            if k not in known}  # fmt: skip


class People(RunColumns):
    """The agents of a chain.

    Attributes
    ----------
    site, carrier, market
        Name → agent.  Agents are made when one of them is looked at first, unless some are of one's own
        classes: a study of a million sites looks at none.
    rules
        Rules in Python by name of rule; see :mod:`twinkit.chain.people`.
    """

    replications: int

    def _settle_in(self, actors: dict[str, type[Site]], policies: dict[Any, Callable]) -> None:
        """Make the agents, the columns that they declare, and room for what their rules say."""
        self._cast(actors)
        self.rules = rules_of(self._classes, self._functions(policies))
        self.rules["order"][:0] = self._named_by_table()
        for name in set(self.plan.net.stocks["policy"].unique()) & set(rooms.POLICIES):
            for column in rooms.POLICIES[name].state:
                self.add_column(column, slice(None))
        self._markets: list[Rule] = []
        self._prepare_rules()

    @property
    def site(self) -> Named:
        return self._people[0]

    @property
    def carrier(self) -> Named:
        return self._people[1]

    @property
    def market(self) -> Named:
        return self._people[2]

    @property
    def agents(self) -> AgentSet:
        """All agents."""
        _ = self._people
        return super().agents  # type: ignore[misc]

    @property
    def agent_types(self) -> list[type]:
        """Their classes."""
        _ = self._people
        return super().agent_types  # type: ignore[misc]

    @property
    def agents_by_type(self) -> dict[type, AgentSet]:
        """Class → its agents."""
        _ = self._people
        return super().agents_by_type  # type: ignore[misc]

    def _cast(self, chosen: dict[str, type[Site]]) -> None:
        """Say of which class each site is, and add the columns that the classes declare."""
        net = self.plan.net
        unknown = set(chosen) - set(ACTORS) - {"market"}
        if unknown := unknown and unknown - set(net.sites["site"]) - set(net.sites["actor"]):
            known = [*net.sites["site"], *ACTORS, "market"]
            hint = hint_of(sorted(map(str, unknown))[0], known, "site")
            raise KeyError(f"no site or kind is called {', '.join(sorted(map(str, unknown)))}. {hint}")
        named = zip(*(net.sites[c].tolist() for c in ("site", "actor", "kind")), strict=True)
        self._class_of = [
            chosen.get(name)
            or (actor and (chosen.get(actor) or rooms.ACTORS.get(actor)))
            or chosen.get(kind)
            or ACTORS[kind]
            for name, actor, kind in named
        ]
        self._market_class = chosen.get("market", Market)
        at = {cls: i for i, cls in enumerate(dict.fromkeys(self._class_of))}
        of_row = np.array([at[cls] for cls in self._class_of], int)[net.stock_site]
        self._classes = {cls: np.flatnonzero(of_row == i) for cls, i in at.items()}
        known = columns_of(Stocks)
        for cls, rows in self._classes.items():
            for column in columns_of(cls).values():
                if column.table == "stocks" and column.name not in known:
                    self.add_column(column, rows)
        if not {self._market_class, *at} <= {Market, *ACTORS.values()}:
            _ = self._people  # what they do as they are made may matter to the run

    @cached_property
    def _people(self) -> tuple[Named, Named, Named]:
        """Sites, carriers and markets by name."""
        net = self.plan.net
        rows_at = np.searchsorted(net.stock_site, np.arange(len(net.sites) + 1)).tolist()
        found = Named("chain", "site"), Named("chain", "carrier"), Named("chain", "market")
        stand = zip(net.sites["site"].tolist(), self._class_of, pairwise(rows_at), strict=True)
        carried = net.lanes.groupby(
            net.lanes["carrier"].where(net.lanes["carrier"] != "", net.lanes["mode"]).rename("by")
        )
        for here, all_of_them in zip(found, (
            ((name, cls, slice(*rows)) for name, cls, rows in stand),
            ((name, Carrier, rows) for name, rows in carried.indices.items()),
            ((name, self._market_class, rows) for name, rows in net.markets.groupby("market").indices.items()),
        ), strict=True):  # fmt: skip
            for name, cls, rows in all_of_them:
                agent = cls(self)
                agent.name = name
                here[name] = agent.look_at(self, rows)
        return found

    def _functions(self, policies: dict[Any, Callable]) -> list[tuple[str, Callable, np.ndarray]]:
        net, found = self.plan.net, []
        kind = net.sites["kind"].to_numpy()[net.stock_site] if len(net.stocks) else np.zeros(0)
        for where, function in policies.items():
            site, product = where if isinstance(where, tuple) else (where, None)
            chosen = (net.stocks["site"] == site).to_numpy() | (kind == site)
            if product is not None:
                chosen = chosen & (net.stocks["product"] == product).to_numpy()
            if not chosen.any():
                sites = [*net.sites["site"], *ACTORS]
                missing = (
                    (site, sites, "site")
                    if site not in sites
                    else (product, net.stocks["product"].unique().tolist(), "product")
                )
                raise KeyError(f"no stock of the case is at {where!r}. {hint_of(*missing)}")
            name = getattr(function, "__name__", "policy")
            found.append((f"of {where!r} (lambda)" if name == "<lambda>" else name, function, np.flatnonzero(chosen)))
        return found

    def _named_by_table(self) -> list[Rule]:
        """Policies of rooms that rows of stocks name; they decide in the periods of review."""
        found, named = [], self.plan.net.stocks["policy"].to_numpy()
        for name, added in rooms.POLICIES.items():
            if (named == name).any():
                found.append(Rule(name, _in_review(added.order), np.flatnonzero(named == name), StockRows))
        return found

    def _prepare_rules(self) -> None:
        w, n = self.world, self.replications
        more: dict[str, np.ndarray] = {}
        if self.rules["serve"]:
            more["offer"] = np.full((w.stock.shape[1], n), np.inf)
        if self.rules["produce"] or any(step.act is not None for group in self.day.groups for step in group):
            more["make"] = np.full((w.recipe.shape[1], n), np.inf)
        if self._market_class.ask is not Market.ask:
            more["ask"] = np.full((w.market.shape[1], n), -1.0)
            rows = np.arange(w.market.shape[1])
            cls = self._market_class
            self._markets = [Rule(f"{cls.__name__}.ask", cls.ask, rows, cls)]
        self.world = w._replace(**more)
        self._ref = WorldRef(*self.world)
