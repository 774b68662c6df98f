"""Mean flows of a case, and how they are laid beside its tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.chain.network import Network, network_of, tiers_of
from twinkit.chain.plan import Flows, mean_demand, mean_flows
from twinkit.tables.case import Case

IDLE = ("unlimited", "none")
"""Policies that order nothing."""


def by_stock(net: Network, values: np.ndarray, stocks: pd.DataFrame) -> np.ndarray:
    """Values by stock of the network, in the order of the table of the case."""
    index = pd.MultiIndex.from_frame(net.stocks[["site", "product"]])
    return values[index.get_indexer(pd.MultiIndex.from_frame(stocks[["site", "product"]]))]


def all_flows(case: Case) -> Flows:
    """Mean flows of the network."""
    net = case.derived(network_of)
    return mean_flows(net, mean_demand(case, net.markets))


def acting(net: Network) -> np.ndarray:
    """Which stocks order something."""
    return ~net.stocks["policy"].isin(IDLE).to_numpy()


def acting_at(net: Network, tier: int) -> np.ndarray:
    """Which stocks of a tier order something."""
    return (tiers_of(net)[net.stock_site] == tier) & acting(net)
