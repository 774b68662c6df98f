"""The state of every site on every day, for maps."""

from __future__ import annotations

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.study.outcome import Outcome

WINDOW = 7
"""Periods over which flow is compared with the usual flow."""
STRAINED, SHORT, LITTLE = 0.5, 0.9, 0.05
"""Below these shares of the usual a site is strained (stock), short (flow), out (both)."""


def _smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Mean over the last `window` periods, shape (rows, periods)."""
    total = np.cumsum(np.pad(values, ((0, 0), (window, 0))), axis=1)
    count = np.minimum(np.arange(1, values.shape[1] + 1), window)
    return (total[:, window:] - total[:, :-window]) / count


def lane_ports(plan: Plan) -> list[list[str]]:
    """Ports and canals that every lane passes, in order."""
    return [[p.strip() for p in str(via).split(";") if p.strip()] for via in plan.net.lanes["via"]]


def site_states(outcome: Outcome) -> np.ndarray:
    """State of every site in every period, against the same worlds without the events.

    A site is *strained* when its stock is below half of the usual, *short* when it
    sends less than 90 % of the usual over a week, and *out* when it is down, or has
    (nearly) nothing left and sends nothing; a port is as bad as the lanes that pass it.

    Returns
    -------
    array of uint8, shape (sites, periods)
        Index into :data:`twinkit.show.palette.STATES`; means over the worlds of the
        first batch.
    """
    stock, calm_stock = outcome.maps["site stock"]
    flow, calm_flow = (_smooth(values, WINDOW) for values in outcome.maps["site flow"])
    up, _ = outcome.maps["site up"]
    lane_open, _ = outcome.maps["lane open"]
    keeps, sends = calm_stock > 1e-9, calm_flow > 1e-9
    state = np.zeros(stock.shape, np.uint8)
    state[keeps & (stock < STRAINED * calm_stock)] = 1
    state[sends & (flow < SHORT * calm_flow)] = 2
    nothing = keeps & (stock < LITTLE * calm_stock) & sends & (flow < LITTLE * calm_flow)
    state[(up < LITTLE) | nothing] = 3
    ports = lane_ports(outcome.plan)
    for i, site in enumerate(outcome.plan.net.sites["site"]):
        rows = [k for k, via in enumerate(ports) if site in via]
        if rows:
            works = lane_open[rows].mean(axis=0)
            state[i] = np.where(works < LITTLE, 3, np.where(works < SHORT, 2, state[i]))
    return state
