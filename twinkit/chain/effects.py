"""Events of the table as effects on rows of the chain: what their targets name, and what happens there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.network import Network, tiers_of
from twinkit.chain.trouble import EFFECTS
from twinkit.tables.emissions import great_circle
from twinkit.tables.schema_events import AT_ONCE
from twinkit.tables.words import RECOVERIES

# What an event of the table happens to: rows of the network that its target names.


INTO, OUT_OF = "lane_destination", "lane_origin"
"""Which end of a lane the sites of an event are."""


def sites_of(net: Network, event: pd.Series) -> np.ndarray:
    """Which sites are in the target: by name, country, tier or circle; ports among them."""
    sites = net.sites
    if event["site"]:
        return (sites["site"] == event["site"]).to_numpy()
    if event["country"]:
        return (sites["country"] == event["country"]).to_numpy()
    if not np.isnan(event["tier"]):
        return tiers_of(net) == event["tier"]
    if np.isnan(event["radius"]):
        return np.zeros(len(sites), bool)
    return _inside(event, sites["latitude"].to_numpy(float), sites["longitude"].to_numpy(float))


def _inside(event: pd.Series, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    away = great_circle(event["latitude"], event["longitude"], latitude, longitude)
    return np.nan_to_num(away, nan=np.inf) <= event["radius"]


def stocks_of(net: Network, event: pd.Series) -> np.ndarray:
    """Rows of the stocks at the sites of an event."""
    return np.flatnonzero(sites_of(net, event)[net.stock_site] & _product(net.stocks, event))


def recipes_of(net: Network, event: pd.Series) -> np.ndarray:
    """Rows of the recipes at the sites of an event."""
    return np.flatnonzero(sites_of(net, event)[net.recipe_site] & _product(net.recipes, event))


def lanes_of(net: Network, event: pd.Series, end: str = INTO) -> np.ndarray:
    """Rows of the lanes: named by origin and destination, of a mode, through a port, or with an end at a site."""
    lanes = net.lanes
    if event["origin"]:
        chosen = (lanes["origin"] == event["origin"]) & (lanes["destination"] == event["destination"])
    elif event["mode"]:
        chosen = lanes["mode"] == event["mode"]
    else:
        inside = sites_of(net, event)
        chosen = _passes(net, inside) | inside[net.stock_site[getattr(net, end)]]
    return np.flatnonzero(np.asarray(chosen) & _product(lanes, event))


def lanes_through(net: Network, event: pd.Series) -> np.ndarray:
    """Rows of the lanes that pass a port of the target."""
    return np.flatnonzero(_passes(net, sites_of(net, event)) & _product(net.lanes, event))


def imports_of(net: Network, event: pd.Series) -> np.ndarray:
    """Rows of the lanes into the sites of an event from another country; a lane or a mode as it is."""
    rows = lanes_of(net, event)
    if not event["country"]:
        return rows
    country = net.sites["country"].to_numpy()
    inside = country[net.stock_site[net.lane_destination[rows]]] == event["country"]
    return rows[inside & (country[net.stock_site[net.lane_origin[rows]]] != event["country"])]


def markets_of(net: Network, event: pd.Series) -> np.ndarray:
    """Rows of the markets: by name, or served from a country, or in a circle."""
    markets = net.markets
    if event["market"]:
        chosen = (markets["market"] == event["market"]).to_numpy()
    elif not np.isnan(event["radius"]):
        site = net.sites.iloc[net.stock_site[net.market_stock]]
        place = [markets[c].fillna(pd.Series(site[c].to_numpy(), markets.index)) for c in ("latitude", "longitude")]
        chosen = _inside(event, *(p.to_numpy(float) for p in place))
    else:
        chosen = sites_of(net, event)[net.stock_site[net.market_stock]]
    return np.flatnonzero(chosen & _product(markets, event))


def _passes(net: Network, inside: np.ndarray) -> np.ndarray:
    """Which lanes pass one of the sites on their way."""
    names = set(net.sites["site"][inside])
    at: Callable[[str], bool] = lambda via: any(port.strip() in names for port in via.split(";"))  # noqa: E731
    return net.lanes["via"].map(at).to_numpy(bool) if len(net.lanes) else np.zeros(0, bool)


def _product(rows: pd.DataFrame, event: pd.Series) -> np.ndarray:
    return (rows["product"] == event["product"]).to_numpy() if event["product"] else np.ones(len(rows), bool)


# Events of the table as effects on rows of the chain.


class Effect(NamedTuple):
    """One effect of an event: what it acts on, the rows, how strong, and a weight for each row."""

    code: str
    rows: np.ndarray
    severity: float
    weight: np.ndarray | None = None


class Basis(NamedTuple):
    """What relative changes are counted from.

    Attributes
    ----------
    rate
        Usual demand of the markets, shape (markets,) [units/period].
    value
        Product → value of a unit [money/unit].
    """

    rate: np.ndarray
    value: pd.Series


class Span(NamedTuple):
    """An event on the line of time: first period in which it may begin, mean length, and way back [periods]."""

    name: str
    start: float
    duration: float
    back: float


@dataclass
class Effects:
    """Effects of events: one column of numbers for each, and the rows that it hits.

    An event may have several effects, of one name and one timing.  ``start`` and ``latest``
    are periods, counted from the start of the effect number ``after`` if that is not -1;
    ``earliest`` is the first period of the run in which it may begin.  ``duration``,
    ``spread`` [periods] and ``geometric`` (0 or 1) describe its length, ``time_between``
    [periods] is 0 for what happens once.  The hits of effect i are ``hits[at[i]:at[i + 1]]``,
    and ``weight`` multiplies the severity hit by hit.
    """

    names: list[str]
    code: np.ndarray
    severity: np.ndarray
    curve: np.ndarray
    recovery_time: np.ndarray
    start: np.ndarray
    latest: np.ndarray
    after: np.ndarray
    earliest: np.ndarray
    probability: np.ndarray
    duration: np.ndarray
    spread: np.ndarray
    geometric: np.ndarray
    time_between: np.ndarray
    at: np.ndarray
    hits: np.ndarray
    weight: np.ndarray

    def spans(self, periods: int) -> list[Span]:
        """Each event once, as a picture shows it in a run of so many periods."""
        places = [self.names.index(name) for name in dict.fromkeys(self.names)]
        return [
            Span(self.names[i], float(self.earliest[i]), float(min(self.duration[i], periods - self.earliest[i])),
                 float(self.recovery_time[i]))
            for i in places if self.earliest[i] < periods
        ]  # fmt: skip


def _outage(net: Network, event: pd.Series, s: float) -> Iterator[Effect]:
    """A site stops what it makes and sends; a port, the lanes that pass it."""
    if event["station"]:
        yield Effect("machine", np.flatnonzero(net.recipes["line"] == event["line"]), s)
        return
    if event["origin"] or event["mode"]:
        yield Effect("lane", lanes_of(net, event), s)
        return
    ports = net.sites["kind"].to_numpy() == "port"
    inside = sites_of(net, event)
    if (inside & ports).any():
        yield Effect("lane", lanes_through(net, event), s)
    if (inside & ~ports).any():
        yield (
            Effect("stock", stocks_of(net, event), s)
            if event["product"]
            else Effect("site", np.flatnonzero(inside & ~ports), s)
        )


def _kept(net: Network, rows: np.ndarray) -> np.ndarray:
    """Rows of stocks that hold goods: what an unlimited source has is only a number."""
    return rows[(net.stocks["policy"].to_numpy() != "unlimited")[rows]]


def _shift(net: Network, event: pd.Series, s: float, rate: np.ndarray) -> Iterator[Effect]:
    """A share of the demand of one market goes to another, product by product, in the mean."""
    rows = markets_of(net, event)
    yield Effect("market", rows, -s)
    products = net.markets["product"].to_numpy()
    there = (net.markets["market"] == event["to_market"]).to_numpy()
    for row in rows:
        to = np.flatnonzero(there & (products == products[row]) & (rate > 0))
        yield Effect("market", to, s, rate[row] / rate[to])


def _dearer(net: Network, event: pd.Series, s: float, value: pd.Series) -> Effect:
    """What goes on a lane costs more [money/unit]: what is bought, the freight, or a duty on the value."""
    if event["kind"] == "tariff":
        rows = imports_of(net, event)
        return Effect("surcharge", rows, s, net.lanes["product"].map(value).to_numpy(float)[rows])
    if event["kind"] == "freight_increase":
        rows = lanes_of(net, event, OUT_OF)
        return Effect("surcharge", rows, s, net.lanes["transport_cost"].to_numpy(float)[rows])
    rows = lanes_of(net, event, OUT_OF)
    bought = (net.stocks["policy"] == "unlimited").to_numpy()[net.lane_origin[rows]]
    rows = rows[bought]
    return Effect("surcharge", rows, s, net.stocks["unit_cost"].to_numpy(float)[net.lane_origin[rows]])


def _rerouted(net: Network, event: pd.Series, s: float) -> Iterator[Effect]:
    """Goods go by the lane of another mode between the same sites, or take longer where there is none."""
    rows, lanes = lanes_of(net, event), net.lanes
    ways = {
        key: row
        for row, key in enumerate(zip(*(lanes[c] for c in ("origin", "destination", "product", "mode")), strict=True))
    }
    ends = [tuple(lanes.loc[row, ["origin", "destination", "product"]]) for row in rows]
    other = np.array([ways.get((*end, event["to_mode"]), -1) for end in ends], np.int64)
    other = np.where(other == rows, -1, other)
    alone, rows, other = rows[other < 0], rows[other >= 0], other[other >= 0]
    yield Effect("late", alone, s)
    yield Effect("delay", alone, s)
    lead, freight = lanes["lead_time"].to_numpy(float), lanes["transport_cost"].to_numpy(float)
    yield Effect("toll", rows, 1.0, freight[other])
    yield Effect("again", rows, 1.0, lead[other] + s)
    yield Effect("delay", rows, 1.0, lead[other] - lead[rows] + s)
    yield Effect("surcharge", rows, 1.0, freight[other] - freight[rows])


def effects_of_event(net: Network, event: pd.Series, basis: Basis) -> Iterator[Effect]:
    """Effects of one event.

    Pauses follow Snyder & Shen's simulation as published with stockpyl: orders of the
    site, shipments to it, goods on the way to it, receipts.

    Parameters
    ----------
    net
        The network.
    event
        A row of the table of events, checked.
    basis
        What relative changes are counted from.
    """
    kind, s = event["kind"], float(event["severity"])
    if kind in rooms.EVENTS:
        for part, strength in rooms.EVENTS[kind].parts.items():
            severity = strength(s) if callable(strength) else strength * s
            yield from effects_of_event(net, pd.Series({**event, "kind": part, "severity": severity}), basis)
    elif kind in ("outage", "insolvency"):
        yield from _outage(net, event, s)
    elif kind == "demand_shift":
        yield from _shift(net, event, s, basis.rate)
    elif kind in ("demand_surge", "demand_slump"):
        yield Effect("market", markets_of(net, event), s if kind == "demand_surge" else -s)
    elif kind in ("price_increase", "freight_increase", "tariff"):
        yield _dearer(net, event, s, basis.value)
    elif kind in ("capacity_loss", "yield_loss"):
        yield Effect("recipe" if kind == "capacity_loss" else "good", recipes_of(net, event), s)
    elif kind == "quality_hold":
        yield Effect("usable", stocks_of(net, event), s)
    elif kind == "stock_destroyed":
        yield Effect("destroy", _kept(net, stocks_of(net, event)), s)
    elif kind == "transit_rerouted":
        yield from _rerouted(net, event, s)
    elif kind == "lead_time_increase":
        yield Effect("delay", lanes_of(net, event, OUT_OF), s)
    elif kind == "orders_unread":
        yield Effect("blind", lanes_of(net, event, OUT_OF), 1.0)
    elif kind == "order_pausing":
        yield Effect("no_order", stocks_of(net, event), 1.0)
    else:
        code = {"transit_delayed": "late", "transit_lost": "lose", "shipment_pausing": "no_shipment",
                "transit_pausing": "no_transit", "receipt_pausing": "no_receipt"}[kind]  # fmt: skip
        yield Effect(code, lanes_of(net, event), 1.0 if kind.endswith("pausing") else s)


def effects_of(net: Network, events: pd.DataFrame, basis: Basis) -> Effects:
    """Effects of all scheduled events.

    Parameters
    ----------
    net
        The network of the case.
    events
        Table of events, checked; rows that are not scheduled are left out, and so are
        those that come after one that is not scheduled.
    basis
        What relative changes are counted from.
    """
    rows = _in_order(events)
    pairs = [(e, effect) for e in rows for effect in effects_of_event(net, e, basis)]
    found = pd.DataFrame([e for e, _ in pairs], columns=events.columns)
    effects = [effect for _, effect in pairs]
    names = found["event"].tolist()
    start = found["start"].to_numpy(float)
    latest = found["latest_start"].astype(float).fillna(found["start"].astype(float)).to_numpy(float)
    after = np.array([names.index(a) if a else -1 for a in found["after"]], np.int64)
    earliest = start.copy()
    for i in range(len(names)):  # the rows are in such an order that causes come first
        earliest[i] += earliest[after[i]] if after[i] >= 0 else 0.0
    at_once = found["kind"].isin(AT_ONCE).to_numpy()
    duration = found["duration"].astype(float).fillna(np.inf).to_numpy(float)
    step = RECOVERIES.index("step")
    return Effects(
        names, np.array([EFFECTS.index(f.code) for f in effects], float), np.array([f.severity for f in effects], float),
        np.where(at_once, step, [RECOVERIES.index(r) for r in found["recovery"]]).astype(float),
        found["recovery_time"].to_numpy(float), start, latest, after, earliest, found["probability"].to_numpy(float),
        np.where(at_once, 1.0, duration), np.where(at_once, 0.0, found["duration_spread"].to_numpy(float)),
        ((found["duration_kind"] == "geometric").to_numpy() & ~at_once).astype(float),
        found["time_between"].astype(float).fillna(0.0).to_numpy(float),
        np.concatenate([[0], np.cumsum([len(f.rows) for f in effects])]).astype(np.int64),
        np.concatenate([*(f.rows for f in effects), []]).astype(np.int64),
        np.concatenate([*(np.ones(len(f.rows)) if f.weight is None else f.weight for f in effects), []]),
    )  # fmt: skip


def _in_order(events: pd.DataFrame) -> list[pd.Series]:
    """Scheduled events by name, each after the one that it is counted from."""
    left = {e["event"]: e for _, e in events[events["scheduled"]].sort_values("event").iterrows()}
    done: dict[str, pd.Series] = {}
    while True:
        ready = [n for n, e in left.items() if not e["after"] or e["after"] in done]
        if not ready:
            return list(done.values())
        for name in ready:
            done[name] = left.pop(name)
