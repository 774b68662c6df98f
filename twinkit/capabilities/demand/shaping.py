"""Demand that is shaped: levers on prices and promotions, as far as the history tells what they do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.demand.methods import regress, usual_season
from twinkit.capabilities.demand.panel import Key, Known, Panel, known_of, panel_of, series_name
from twinkit.levers.lever import COUNTED, Lever
from twinkit.tables.case import Case
from twinkit.words import digits, listed, percent

ENOUGH = 20
"""Observations from which an effect is told."""
PROMOTION = "promotion: "
"""What the name of a regressor that is a promotion begins with."""


class Effect(NamedTuple):
    """What a regressor does to a series: on the logarithm of demand where `ratio`, else in units, with half of its 95 % interval."""

    row: int
    what: str
    effect: float
    half: float
    ratio: bool


def effects(panel: Panel, known: Known, season: int, rows: Iterable[int], least: int = ENOUGH) -> list[Effect]:
    """What promotions, prices and open days do to some rows of a panel that have at least so many observations."""
    found = []
    for i in rows:
        y = panel.y[i][~np.isnan(panel.y[i])]
        x = known.values[i, panel.y.shape[1] - len(y) : panel.y.shape[1]]
        if len(y) < least or not x.shape[1]:
            continue
        told = regress(y, x, season)[2]
        found += [Effect(i, name, float(told.effect[k]), float(told.half[k]), told.ratio) for k, name in enumerate(known.names)
                  if np.isfinite(told.half[k]) and np.ptp(x[:, k]) > 0]  # fmt: skip
    return found


def _sure(case: Case, side: int) -> dict[tuple[Key, str], tuple[float, float]]:
    """((market, product), what) → effect on the logarithm of demand and half of its 95 % interval, where that lies on a side of 0."""
    if case["history"].empty:
        return {}
    panel = panel_of(case)
    rows = range(*panel.leaves.indices(len(panel.keys)))
    found = effects(panel, known_of(panel, 1), usual_season(float(case.settings["period_days"])), rows)
    return {(panel.keys[e.row], e.what): (e.effect, e.half) for e in found if e.ratio and side * e.effect > e.half}


def elasticities(case: Case) -> dict[Key, tuple[float, float]]:
    """(market, product) → elasticity of demand and half of its 95 % interval, where prices in the history have moved and demand with them.

    Only those whose 95 % interval lies below 0 are given: elsewhere the history does not tell what a price does.
    """
    known = {} if case["prices"].empty else _sure(case, -1)
    return {key: told for (key, what), told in known.items() if what == "price"}


def promotions(case: Case) -> dict[tuple[Key, str], tuple[float, float]]:
    """((market, product), promotion) → what it adds to the logarithm of demand and half of its 95 % interval, where the history tells it adds something."""
    known = {} if case["promotions"].empty else _sure(case, 1)
    return {(key, what.removeprefix(PROMOTION)): told for (key, what), told in known.items() if what.startswith(PROMOTION)}


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


def promoted(known: dict[tuple[Key, str], tuple[float, float]], case: Case, share: float) -> Case:
    """The case in which a share of what its planned promotions add to demand comes, as scheduled surges of demand."""
    if not share:
        return case
    rows = [
        {"event": f"{row['promotion']} of {row['product']} in {row['market']} from {start}", "kind": "demand_surge", "market": row["market"],
         "product": row["product"], "start": start, "duration": end - start + 1, "scheduled": True,
         "severity": share * float(np.expm1(known[(row["market"], row["product"]), row["promotion"]][0] * float(row["strength"])))}
        for row, start, end in _planned(known, case)
    ]  # fmt: skip
    return case.replace(events=[*case["events"].to_dict("records"), *rows])


def _planned(known: dict[tuple[Key, str], tuple[float, float]], case: Case) -> Iterable[tuple[dict, int, int]]:
    """Promotions of a known effect within the run, with their first and last period in it; those that the run replays apart."""
    replayed = case["markets"].loc[case["markets"]["demand"] == "history", ["market", "product"]].itertuples(index=False, name=None)
    skip = set(replayed)
    for row in case["promotions"].to_dict("records"):
        key = (row["market"], row["product"])
        end = int(row["begin"] if pd.isna(row["end"]) else row["end"])
        if (key, row["promotion"]) in known and key not in skip and end >= 0 and row["begin"] < case.settings["periods"]:
            yield row, max(int(row["begin"]), 0), end


def levers(case: Case) -> list[Lever]:
    """A price for all products and markets whose elasticity the history tells, and the promotions whose effect it tells."""
    found = []
    if known := elasticities(case):
        told = listed([f"{series_name(key)} {digits(e)} (± {digits(s)})" for key, (e, s) in known.items()], 4)
        found.append(Lever("price", "Prices", "share", -0.2, 0.3, 0.01, 0.0,
                           f"prices are raised by so much where the history tells what that does to demand: elasticity of {told}; that it holds for prices "
                           "that were not seen yet is assumed", partial(priced, known), COUNTED))  # fmt: skip
    if (known := promotions(case)) and any(_planned(known, case)):
        told = listed([f"{what} of {series_name(key)} +{percent(np.expm1(e))} ({percent(np.expm1(e - s))} to {percent(np.expm1(e + s))})"
                       for (key, what), (e, s) in known.items()], 4)  # fmt: skip
        found.append(Lever("promotions", "Planned promotions", "share", 0.0, 1.0, 0.05, 0.0,
                           f"so much of what the planned promotions add to demand comes in the run: {told}; the mean of a market is taken for its demand without "
                           "them, and nothing is bought less afterwards", partial(promoted, known), COUNTED))  # fmt: skip
    return found


rooms.add_levers("demand", levers)
