"""Demand that is shaped: a lever on prices, as far as the history tells what a price does."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.demand.methods import regress, usual_season
from twinkit.capabilities.demand.panel import Key, known_of, panel_of, series_name
from twinkit.levers.lever import COUNTED, Lever
from twinkit.tables.case import Case
from twinkit.words import digits, listed


def elasticities(case: Case) -> dict[Key, tuple[float, float]]:
    """(market, product) → elasticity of demand and its standard error, where prices in the history have moved and demand with them.

    Only those whose 95 % interval lies below 0 are given: elsewhere the history does not tell what a price does.
    """
    if case["prices"].empty or case["history"].empty:
        return {}
    panel, found = panel_of(case), {}
    known = known_of(panel, 1)
    season = usual_season(float(case.settings["period_days"]))
    for i in range(*panel.leaves.indices(len(panel.keys))):
        y = panel.y[i][~np.isnan(panel.y[i])]
        x = known.values[i, panel.y.shape[1] - len(y) : panel.y.shape[1]]
        if "price" not in known.names or len(y) < 20 or not np.ptp(x[:, known.names.index("price")]):
            continue
        told = regress(y, x, season)[2]
        k = known.names.index("price")
        if told.ratio and told.effect[k] + 1.96 * told.error[k] < 0:
            found[panel.keys[i]] = float(told.effect[k]), float(told.error[k])
    return found


def priced(known: dict[Key, tuple[float, float]], case: Case, change: float) -> Case:
    """The case with other prices, and the demand that the elasticities give: mean and spread × (1 + change)^elasticity."""
    markets, history = case["markets"].copy(), case["history"].copy()
    for key, (elasticity, _) in known.items():
        factor = (1.0 + change) ** elasticity
        own = _of(markets, key)
        markets.loc[own, ["mean", "spread"]] = markets.loc[own, ["mean", "spread"]].astype(float) * factor
        markets.loc[own, "price"] = markets.loc[own, "price"].astype(float) * (1.0 + change)
        if markets.loc[own, "demand"].isin(["history", "resampled"]).any():
            rows = _of(history, key)
            history.loc[rows, "units"] = history.loc[rows, "units"].astype(float) * factor
    return case.replace(markets=markets, history=history)


def _of(table: pd.DataFrame, key: Key) -> pd.Series:
    """Which rows are about a product in a market."""
    return (table["market"] == key[0]) & (table["product"] == key[1])


def levers(case: Case) -> list[Lever]:
    """A price for all products and markets whose elasticity the history tells."""
    known = elasticities(case)
    if not known:
        return []
    told = listed([f"{series_name(key)} {digits(e)} (± {digits(1.96 * s)})" for key, (e, s) in known.items()], 4)
    return [Lever("price", "Prices", "share", -0.2, 0.3, 0.01, 0.0,
                  f"prices are raised by so much where the history tells what that does to demand: elasticity of {told}; that it holds for prices "
                  "that were not seen yet is assumed", partial(priced, known), COUNTED)]  # fmt: skip


rooms.add_levers("demand", levers)
