"""Who is in a chain: the agents of its sites, carriers and markets, and the rules that they bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.chain.actors import ACTORS, Carrier, Market, Site, StockRows
from twinkit.chain.columns_of_run import RunColumns
from twinkit.chain.layout import WorldRef
from twinkit.chain.python_rules import Rule, rules_of
from twinkit.columns import columns_of
from twinkit.tables.problems import did_you_mean, listed
from twinkit.tables.schema import Stocks


class Named(dict):
    """Agents by name; a name that there is not is answered by a sentence."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def __missing__(self, name: str) -> Any:
        raise KeyError(f"the chain has no {self.what} {name!r}. {_hint(name, list(self), self.what)}")


def _hint(name: Any, names: list[str], what: str) -> str:
    return did_you_mean(str(name), names, f"It has {listed(names)}." if names else f"It has no {what}.")


def _in_review(order: Callable) -> Callable:
    """A policy that orders nothing while its stock is not reviewed."""

    def decide(stock: StockRows) -> Any:
        said = order(stock)
        return None if said is None else said * stock.reviewed

    decide.one_at_a_time = getattr(order, "one_at_a_time", False)  # type: ignore[attr-defined]
    return decide


class People(RunColumns):
    """The agents of a chain.

    Attributes
    ----------
    site, carrier, market
        Name → agent.
    rules
        Rules in Python by name of rule; see :mod:`twinkit.chain.python_rules`.
    """

    replications: int

    def _settle_in(self, actors: dict[str, type[Site]], policies: dict[Any, Callable]) -> None:
        """Make the agents, the columns that they declare, and room for what their rules say."""
        self._people(actors)
        self.rules = rules_of(self._classes, self._functions(policies))
        self.rules["order"][:0] = self._named_by_table()
        self._markets: list[Rule] = []
        self._prepare_rules()

    def _people(self, chosen: dict[str, type[Site]]) -> None:
        net = self.plan.net
        unknown = set(chosen) - set(ACTORS) - set(net.sites["site"]) - set(net.sites["actor"]) - {"market"}
        if unknown:
            known = [*net.sites["site"], *ACTORS, "market"]
            hint = _hint(sorted(map(str, unknown))[0], known, "site")
            raise KeyError(f"no site or kind is called {', '.join(sorted(map(str, unknown)))}. {hint}")
        rows_at = np.searchsorted(net.stock_site, np.arange(len(net.sites) + 1))
        self.site: dict[str, Site] = Named("site")
        classes: dict[type, list[np.ndarray]] = {}
        named = zip(net.sites["site"], net.sites["actor"], net.sites["kind"], strict=True)
        for i, (name, actor, kind) in enumerate(named):
            cls = chosen.get(name) or (actor and (chosen.get(actor) or rooms.ACTORS.get(actor))) or chosen.get(kind) or ACTORS[kind]
            agent = cls(self)
            agent.name = name
            self.site[name] = agent.look_at(self, slice(int(rows_at[i]), int(rows_at[i + 1])))
            classes.setdefault(cls, []).append(np.arange(rows_at[i], rows_at[i + 1]))
        self._classes = {cls: np.concatenate(rows) for cls, rows in classes.items()}
        for cls, rows in self._classes.items():
            for column in columns_of(cls).values():
                if column.table == "stocks" and column.name not in columns_of(Stocks):
                    self.add_column(column, rows)
        self._others(chosen.get("market", Market))

    def _others(self, market_class: type) -> None:
        """Carriers and markets."""
        net = self.plan.net
        names = net.lanes["carrier"].where(net.lanes["carrier"] != "", net.lanes["mode"])
        self.carrier = Named("carrier")
        for name, rows in net.lanes.groupby(names.rename("by")).indices.items():
            agent = Carrier(self)
            agent.name = name
            self.carrier[name] = agent.look_at(self, np.asarray(rows))
        self.market = Named("market")
        self._market_class = market_class
        for name, rows in net.markets.groupby("market").indices.items():
            agent = market_class(self)
            agent.name = name
            self.market[name] = agent.look_at(self, np.asarray(rows))

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
                missing = (site, sites, "site") if site not in sites else (product, net.stocks["product"].unique().tolist(), "product")
                raise KeyError(f"no stock of the case is at {where!r}. {_hint(*missing)}")
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
        if self.rules["produce"]:
            more["make"] = np.full((w.recipe.shape[1], n), np.inf)
        if self._market_class.ask is not Market.ask:
            more["ask"] = np.full((w.market.shape[1], n), -1.0)
            rows = np.arange(w.market.shape[1])
            cls = self._market_class
            self._markets = [Rule(f"{cls.__name__}.ask", cls.ask, rows, cls)]
        self.world = w._replace(**more)
        self._ref = WorldRef(*self.world)
