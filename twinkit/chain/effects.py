"""Events of the table as effects on rows of the chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.chain.network import Network
from twinkit.chain.trouble import EFFECTS
from twinkit.tables.words import RECOVERIES

PAUSES = {
    "order_pausing": "no_order",
    "shipment_pausing": "no_shipment",
    "transit_pausing": "no_transit",
    "receipt_pausing": "no_receipt",
}


@dataclass
class Effects:
    """Effects of events: one column of numbers for each, and the rows that it hits.

    ``start`` is a period, ``duration``, ``spread`` [periods] and ``geometric`` (0 or 1) describe
    its length, ``time_between`` [periods] is 0 for what happens once;
    the hits of effect i are ``hits[at[i]:at[i + 1]]``.
    """

    names: list[str]
    code: np.ndarray
    severity: np.ndarray
    curve: np.ndarray
    recovery_time: np.ndarray
    start: np.ndarray
    duration: np.ndarray
    spread: np.ndarray
    geometric: np.ndarray
    time_between: np.ndarray
    at: np.ndarray
    hits: np.ndarray


def lanes_of(net: Network, event: pd.Series) -> np.ndarray:
    """Lanes that an event speaks of: by origin and destination, through a port, or into a site."""
    lanes = net.lanes
    product = (lanes["product"] == event["product"]) if event["product"] else True
    if event["origin"]:
        chosen = (lanes["origin"] == event["origin"]) & (lanes["destination"] == event["destination"])
    elif is_port(net, event["site"]):
        chosen = lanes["via"].map(lambda v: event["site"] in [p.strip() for p in v.split(";")]).astype(bool)
    elif event["kind"] == "lead_time_increase":
        chosen = lanes["origin"] == event["site"]
    else:
        chosen = lanes["destination"] == event["site"]
    return np.flatnonzero(chosen & product)


def is_port(net: Network, site: str) -> bool:
    """Whether a site is a port: lanes pass it, it holds no stock."""
    kind = net.sites.loc[net.sites["site"] == site, "kind"]
    return len(kind) > 0 and kind.iloc[0] == "port"


def _outage(net: Network, event: pd.Series) -> tuple[str, np.ndarray]:
    site, product = event["site"], event["product"]
    if event["origin"] or is_port(net, site):
        return "lane", lanes_of(net, event)
    if product:
        return "stock", np.array([net.stock_row(site, product)])
    return "site", np.flatnonzero(net.sites["site"] == site)


def _demand(net: Network, event: pd.Series) -> np.ndarray:
    markets = net.markets
    product = (markets["product"] == event["product"]) if event["product"] else True
    return np.flatnonzero((markets["market"] == event["market"]) & product)


def effect_of(net: Network, event: pd.Series) -> tuple[str, np.ndarray, float]:
    """Effect, rows and severity of one event.

    An outage of a site stops its production and what it sends; of a port, the lanes
    that pass it.  Pauses follow Snyder & Shen's simulation as published with
    stockpyl: orders of the site, shipments to it, goods on the way to it, receipts.
    """
    kind, severity = event["kind"], float(event["severity"])
    if kind == "outage":
        return *_outage(net, event), severity
    if kind in ("demand_surge", "demand_slump"):
        return "market", _demand(net, event), severity if kind == "demand_surge" else -severity
    if kind == "lead_time_increase":
        return "delay", lanes_of(net, event), severity
    if kind == "order_pausing":
        site = net.stocks["site"] == event["site"]
        chosen = site & (net.stocks["product"] == event["product"]) if event["product"] else site
        return PAUSES[kind], np.flatnonzero(chosen), 1.0
    return PAUSES[kind], lanes_of(net, event), 1.0


def effects_of(net: Network, events: pd.DataFrame) -> Effects:
    """Effects of all scheduled events.

    Parameters
    ----------
    net
        The network of the case.
    events
        Table of events, checked; rows that are not scheduled are left out.
    """
    rows = [e for _, e in events[events["scheduled"]].sort_values("event").iterrows()]
    found = [effect_of(net, e) for e in rows]
    hits = [h for _, h, _ in found]
    return Effects(
        [e["event"] for e in rows],
        np.array([EFFECTS.index(f[0]) for f in found], float),
        np.array([f[2] for f in found], float),
        np.array([RECOVERIES.index(e["recovery"]) for e in rows], float),
        np.array([e["recovery_time"] for e in rows], float),
        np.array([e["start"] for e in rows], float),
        np.array([e["duration"] for e in rows], float),
        np.array([e["duration_spread"] for e in rows], float),
        np.array([e["duration_kind"] == "geometric" for e in rows], float),
        np.nan_to_num(np.array([e["time_between"] for e in rows], float)),
        np.concatenate([[0], np.cumsum([len(h) for h in hits])]).astype(np.int64),
        np.concatenate([*hits, []]).astype(np.int64),
    )
