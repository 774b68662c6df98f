"""Networks that the benchmark makes itself: layered ones of any size, a tree, a serial chain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.tables.case import Case

SHOPS_OF_A_HUB = 9
"""Retailers that a warehouse of the layered network serves."""


def synthetic(n_rows: int, periods: int = 365) -> Case:
    """A layered network of one product with `n_rows` stocks: one source, warehouses, ten tenths of shops each.

    Parameters
    ----------
    n_rows
        Number of stocks.
    periods
        Length of a run [periods].
    """
    n_hubs = max(1, round((n_rows - 1) / (SHOPS_OF_A_HUB + 1)))
    n_shops = n_rows - 1 - n_hubs
    hubs = np.char.add("hub ", np.arange(n_hubs).astype(str))
    shops = np.char.add("shop ", np.arange(n_shops).astype(str))
    hub_of = np.arange(n_shops) % n_hubs
    mean = 5.0 + np.arange(n_shops) % 7
    through = np.bincount(hub_of, mean, minlength=n_hubs)
    site = np.concatenate([["source"], hubs, shops])
    kind = np.repeat(["supplier", "warehouse", "retailer"], [1, n_hubs, n_shops])
    policy = np.repeat(["unlimited", "base_stock", "base_stock"], [1, n_hubs, n_shops])
    level = np.concatenate([[np.nan], 5.0 * through, 4.0 * mean])
    return Case(
        f"layered network of {n_rows} stocks",
        {
            "sites": pd.DataFrame({"site": site, "kind": kind}),
            "products": [{"product": "item"}],
            "stocks": pd.DataFrame({
                "site": site, "product": "item", "policy": policy, "order_up_to": level, "holding_cost": 1.0,
            }),
            "lanes": pd.DataFrame({
                "origin": np.concatenate([np.repeat("source", n_hubs), hubs[hub_of]]),
                "destination": site[1:], "product": "item", "mode": "road",
                "lead_time": np.repeat([3.0, 2.0], [n_hubs, n_shops]),
            }),
            "markets": pd.DataFrame({
                "market": np.char.add("town ", np.arange(n_shops).astype(str)), "site": shops, "product": "item",
                "demand": "normal", "mean": mean, "spread": 0.3 * mean,
            }),
        },
        {"periods": periods},
    )  # fmt: skip


def tree(parents: dict[str, str | None], lead: dict[str, int], level: dict[str, float],
         demand: dict[str, tuple[str, float, float]], periods: int) -> Case:  # fmt: skip
    """A distribution network of base-stock sites, each with one supplier; the first is supplied from outside.

    Parameters
    ----------
    parents
        Site → its supplier, or None for an outside source.
    lead, level
        Lead time [periods] and order-up-to level [units] by site.
    demand
        Site → distribution, mean and standard deviation of its customers' demand.
    periods
        Length of a run.
    """
    stocks = [
        {"site": n, "product": "item", "policy": "base_stock", "order_up_to": level[n], "on_hand": level[n],
         "holding_cost": 1.0, "backlog_cost": 10.0}
        for n in parents
    ]  # fmt: skip
    return Case(
        "tree",
        {
            "sites": [{"site": n, "kind": "warehouse"} for n in parents] + [{"site": "outside", "kind": "supplier"}],
            "products": [{"product": "item"}],
            "stocks": [*stocks, {"site": "outside", "product": "item", "policy": "unlimited"}],
            "lanes": [
                {"origin": up or "outside", "destination": n, "product": "item", "mode": "road",
                 "lead_time": lead[n], "start_in_transit": 0}
                for n, up in parents.items()
            ],
            "markets": [
                {"market": f"at {n}", "site": n, "product": "item", "demand": kind, "mean": mean, "spread": spread}
                for n, (kind, mean, spread) in demand.items()
            ],
        },
        {"periods": periods},
    )  # fmt: skip
