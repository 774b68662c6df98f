"""Figures: tables in, matplotlib figures out; no widget, no global state.

In reading order: `palette` (colours), `picture` (what all figures share), `outline` and
`places` (maps), `network`, `tiers`, `service`, `costs`, `stock`, `kpis`.
"""

from twinkit.show.costs import cost_waterfall
from twinkit.show.kpis import kpi_table
from twinkit.show.network import network
from twinkit.show.picture import Picture, describe
from twinkit.show.service import service_curve
from twinkit.show.stock import stock_by_tier
from twinkit.show.tiers import graph_of, tier_graph

__all__ = [
    "Picture",
    "cost_waterfall",
    "describe",
    "graph_of",
    "kpi_table",
    "network",
    "service_curve",
    "stock_by_tier",
    "tier_graph",
]
