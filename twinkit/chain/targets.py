"""What an event of the table happens to: rows of the network that its target names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from twinkit.chain.network import Network, tiers_of
from twinkit.tables.distance import great_circle

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
