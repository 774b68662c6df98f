"""The network of a case as integer arrays: who supplies whom, in which order.

Rows are put in an order of their own (by kind and name), so the order of rows in a
table never matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.compiled import compiled
from twinkit.tables.case import Case
from twinkit.tables.words import SITE_KINDS


@compiled
def longest_path(n, start, end, weight):
    """Longest weighted path into every node; -1 where a cycle keeps it from ending.

    Parameters
    ----------
    n
        Number of nodes.
    start, end, weight
        Edges, shape (edges,): a path from `start` to `end` grows by `weight`.

    Returns
    -------
    array of int, shape (n,)
    """
    degree = np.zeros(n, np.int64)
    count = np.zeros(n + 1, np.int64)
    for e in range(len(start)):
        degree[end[e]] += 1
        count[start[e] + 1] += 1
    at = np.cumsum(count)
    out = np.empty(len(start), np.int64)
    fill = at[:-1].copy()
    for e in range(len(start)):
        out[fill[start[e]]] = e
        fill[start[e]] += 1
    length = np.zeros(n, np.int64)
    done = np.zeros(n, np.bool_)
    todo = np.empty(n, np.int64)
    last = 0
    for i in range(n):
        if degree[i] == 0:
            todo[last] = i
            last += 1
    first = 0
    while first < last:
        i = todo[first]
        first += 1
        done[i] = True
        for k in range(at[i], at[i + 1]):
            e = out[k]
            j = end[e]
            length[j] = max(length[j], length[i] + weight[e])
            degree[j] -= 1
            if degree[j] == 0:
                todo[last] = j
                last += 1
    return np.where(done, length, -1)


def grouped(keys: np.ndarray, n: int, order: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows by key as (first of each key, rows): rows of key i are ``rows[at[i]:at[i + 1]]``."""
    rows = np.arange(len(keys)) if order is None else order
    rows = rows[np.argsort(keys[rows], kind="stable")]
    at = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=n))]) if len(keys) else np.zeros(n + 1)
    return at.astype(np.int64), rows.astype(np.int64)


@dataclass
class Priced:
    """Lanes whose price depends on the size of an order or on the time; see ``World.priced``."""

    lanes: np.ndarray
    price: np.ndarray
    stepwise: np.ndarray
    at: np.ndarray
    breaks: np.ndarray


@dataclass
class Network:
    """Tables in canonical order, and the integer arrays that join them.

    ``stock_site`` and so on are row numbers; pairs ``*_at``, ``*_of`` are groups as
    made by :func:`grouped`.
    """

    sites: pd.DataFrame
    stocks: pd.DataFrame
    lanes: pd.DataFrame
    recipes: pd.DataFrame
    markets: pd.DataFrame
    parts: pd.DataFrame
    stock_site: np.ndarray
    lane_origin: np.ndarray
    lane_destination: np.ndarray
    lane_sites: np.ndarray
    recipe_stock: np.ndarray
    recipe_site: np.ndarray
    market_stock: np.ndarray
    claims: tuple[np.ndarray, np.ndarray, np.ndarray]
    sources: tuple[np.ndarray, np.ndarray]
    part_recipe: np.ndarray
    part_stock: np.ndarray
    part_qty: np.ndarray
    part_instead: np.ndarray
    part_ratio: np.ndarray
    out_recipe: np.ndarray
    out_stock: np.ndarray
    out_qty: np.ndarray
    priced: Priced

    def stock_row(self, site: str, product: str) -> int:
        """Row of a product at a site; -1 if there is none."""
        found = np.flatnonzero((self.stocks["site"] == site) & (self.stocks["product"] == product))
        return int(found[0]) if len(found) else -1


def _sorted(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Rows in the order of some columns."""
    keys = list(zip(*(table[c].tolist() for c in by), strict=True))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return table.iloc[order].reset_index(drop=True) if len(table) else table


def _rows(places: dict, *columns: pd.Series) -> np.ndarray:
    """Row of each name (or tuple of names); -1 where there is none."""
    wanted = zip(*(c.tolist() for c in columns), strict=True) if len(columns) > 1 else columns[0].tolist()
    return np.array([places.get(name, -1) for name in wanted], np.int64)


def _places(*columns: pd.Series) -> dict:
    names = zip(*(c.tolist() for c in columns), strict=True) if len(columns) > 1 else columns[0].tolist()
    return {name: row for row, name in enumerate(names)}


def network_of(case: Case) -> Network:
    """Join the tables of a checked case.

    Parameters
    ----------
    case
        A case without problems (see :func:`twinkit.check_case`).
    """
    case = rooms.folded(case)
    sites = case["sites"].assign(_kind=case["sites"]["kind"].map(SITE_KINDS.index))
    sites = _sorted(sites, ["_kind", "actor", "site"]).drop(columns="_kind")
    place = _places(sites["site"])
    stocks = case["stocks"].assign(_place=_rows(place, case["stocks"]["site"]))
    stocks = _sorted(stocks, ["_place", "product"])
    stock_site = stocks.pop("_place").to_numpy(np.int64)
    lanes = _sorted(case["lanes"], ["origin", "destination", "product", "mode"])
    recipes = _sorted(case["recipes"], ["site", "product", "recipe"])
    markets = _sorted(case["markets"], ["market", "product", "site"])
    stock = _places(stocks["site"], stocks["product"])
    parts = _sorted(_lines_of(recipes, case["bill_of_materials"]), ["row", "component"])
    outs = _sorted(_lines_of(recipes, case["by_products"]), ["row", "by_product"])
    out_stock = _rows(stock, outs["site"], outs["by_product"])
    outs, out_stock = outs[out_stock >= 0], out_stock[out_stock >= 0]
    origin = _rows(stock, lanes["origin"], lanes["product"])
    destination = _rows(stock, lanes["destination"], lanes["product"])
    made = _rows(stock, recipes["site"], recipes["product"])
    sold = _rows(stock, markets["site"], markets["product"])
    n = len(stocks)
    rank = np.concatenate([lanes["priority"], markets["priority"]]).astype(float)
    claims_at, claims_of = grouped(np.concatenate([origin, sold]), n, np.argsort(rank, kind="stable"))
    source_rank = _source_ranks(stocks, lanes, recipes, destination, made)
    sources_at, sources = grouped(
        np.concatenate([destination, made]), n, np.argsort(source_rank, kind="stable")
    )
    sources_of = np.where(sources < len(lanes), sources, len(lanes) - 1 - sources)
    return Network(
        sites, stocks, lanes, recipes, markets, parts, stock_site, origin, destination,
        np.column_stack([_rows(place, lanes["origin"]), _rows(place, lanes["destination"])]),
        made, _rows(place, recipes["site"]), sold, (claims_at, claims_of, rank[claims_of]),
        (sources_at, sources_of), parts["row"].to_numpy(np.int64),
        _rows(stock, parts["site"], parts["component"]), parts["quantity"].to_numpy(float),
        np.where(parts["use_substitute"], _rows(stock, parts["site"], parts["substitute"]), -1),
        parts["substitute_ratio"].to_numpy(float),
        outs["row"].to_numpy(np.int64), out_stock, outs["quantity"].to_numpy(float), _priced(case, stocks, lanes, origin),
    )  # fmt: skip


def _lines_of(recipes: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of every recipe with its `row` and site: those of its name, or else those for all recipes of the product."""
    if not len(lines):
        return lines.assign(row=0, site="")
    named = recipes[["site", "product", "recipe"]].reset_index(names="row")
    own = named.merge(lines, on=["product", "recipe"])
    rest = named[~named["row"].isin(own["row"])].drop(columns="recipe")
    return pd.concat([own, rest.merge(lines[lines["recipe"] == ""], on="product")], ignore_index=True)


def _priced(case: Case, stocks: pd.DataFrame, lanes: pd.DataFrame, origin: np.ndarray) -> Priced:
    """Price breaks by lane, each lane's by quantity."""
    key = ["origin", "destination", "product", "mode"]
    place = _places(*(lanes[c] for c in key))
    rows = _sorted(case["price_breaks"], [*key, "from_quantity"])
    lane = _rows(place, *(rows[c] for c in key))
    chosen = np.unique(lane)
    at, of = grouped(np.searchsorted(chosen, lane), len(chosen))
    breaks = np.column_stack([
        rows["from_quantity"], rows["price"], rows["valid_from"].fillna(-np.inf), rows["valid_until"].fillna(np.inf),
    ]).astype(float).reshape(-1, 4)[of]  # fmt: skip
    return Priced(
        chosen, stocks["unit_cost"].to_numpy(float)[origin[chosen]],
        (lanes["discount"] == "incremental").to_numpy(float)[chosen], at, np.ascontiguousarray(breaks),
    )  # fmt: skip

def _source_ranks(stocks, lanes, recipes, destination, made) -> np.ndarray:
    """Rank of every lane and recipe among the sources of its stock, smallest first."""
    how = stocks["sourcing"].to_numpy()
    stock = np.concatenate([destination, made])
    ranks = {
        "priority": np.concatenate([lanes["rank"], recipes["rank"]]),
        "fastest": np.concatenate([lanes["lead_time"] + lanes["information_delay"], recipes["lead_time"]]),
        "cheapest": np.concatenate([lanes["transport_cost"], recipes["unit_cost"]]),
    }
    rank = ranks["priority"].astype(float)
    for word in ("fastest", "cheapest"):
        chosen = how[stock] == word
        rank[chosen] = ranks[word][chosen]
    return rank


def order_levels(net: Network) -> np.ndarray:
    """Level of every stock in the order of ordering: customers before their suppliers.

    An order that reaches its supplier in the same period must be known before the
    supplier decides; lanes with an information delay count only if no loop comes of it.
    """
    prompt = net.lanes["information_delay"].to_numpy() == 0
    for used in (np.ones(len(prompt), bool), prompt):
        start = np.concatenate([net.lane_destination[used], net.recipe_stock[net.part_recipe]])
        end = np.concatenate([net.lane_origin[used], net.part_stock])
        level = longest_path(len(net.stocks), start, end, np.ones(len(start), np.int64))
        if (level >= 0).all():
            break
    return np.where(level < 0, 0, level)


def goods_waves(net: Network) -> np.ndarray:
    """Wave of every stock in the order of moving goods: suppliers before customers, site by site.

    Where lanes run in loops, only those that may deliver in the period of the dispatch put
    sites in an order; where these too run in loops, stocks are put in an order.
    """
    quick = may_be_quick(net)
    for used in (np.ones(len(quick), bool), quick):
        ends = net.lane_sites[used].reshape(-1, 2)
        wave = longest_path(len(net.sites), ends[:, 0].copy(), ends[:, 1].copy(), np.ones(len(ends), np.int64))
        if (wave >= 0).all():
            return wave[net.stock_site]
    start = np.concatenate([net.lane_origin[quick], net.part_stock])
    end = np.concatenate([net.lane_destination[quick], net.recipe_stock[net.part_recipe]])
    weight = np.concatenate([np.ones(quick.sum(), np.int64), np.zeros(len(net.part_stock), np.int64)])
    wave = longest_path(len(net.stocks), start, end, weight)
    return np.where(wave < 0, 0, wave)


def recipe_rounds(net: Network) -> np.ndarray:
    """Round of every recipe: what is made at once of a component made at once at the site comes later."""
    used, recipe = np.concatenate([net.part_stock, net.part_instead]), np.tile(net.part_recipe, 2)
    at_once = np.isin(used, net.recipe_stock[net.recipes["lead_time"].to_numpy() == 0])
    start, end = used[at_once], net.recipe_stock[recipe[at_once]]
    return longest_path(len(net.stocks), start, end, np.ones(len(start), np.int64))[net.recipe_stock]


def may_be_quick(net: Network) -> np.ndarray:
    """Which lanes may deliver in the period of the dispatch (a normal value is within 9 spreads)."""
    lanes = net.lanes
    kind, spread = lanes["lead_time_kind"], lanes["lead_time_spread"].to_numpy()
    wide = np.select([kind == "fixed", kind == "uniform", kind == "poisson"], [0.0, spread, np.inf], 9.0 * spread)
    shortest = np.minimum(lanes["lead_time"].to_numpy() - wide, lanes["expedite_lead_time"].fillna(np.inf))
    return (shortest < 0.5).to_numpy()


def tiers_of(net: Network) -> np.ndarray:
    """Tier of every site: as given, else the fewest steps from a market, 0 = sells to customers."""
    n = len(net.sites)
    tier = np.full(n, np.inf)
    tier[net.stock_site[net.market_stock]] = 0
    for _ in range(n):
        reached = tier[net.lane_sites[:, 1]] + 1
        new = tier.copy()
        np.minimum.at(new, net.lane_sites[:, 0], reached)
        if np.array_equal(new, tier):
            break
        tier = new
    tier[np.isinf(tier)] = 0
    given = net.sites["tier"].to_numpy(float)
    return np.where(np.isnan(given), tier, given).astype(int)
