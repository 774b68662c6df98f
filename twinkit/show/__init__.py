"""Figures: tables in, matplotlib figures out; no widget, no global state.

In reading order: `palette` (colours), `picture` (what all figures share), `outline` and
`places` (maps), `network`, `tiers`, `service`, `costs`, `stock`, `kpis`,
`explain`, `decide`, `ripple`.
"""

from twinkit.lazy import lazy_names

_PLACES = {
    "Picture": "twinkit.show.picture",
    "cost_waterfall": "twinkit.show.kpis",
    "describe": "twinkit.show.picture",
    "explanation_map": "twinkit.show.explain",
    "explanation_tree": "twinkit.show.explain",
    "exposure_scatter": "twinkit.questions.stress.figures",
    "graph_of": "twinkit.show.tiers",
    "kpi_table": "twinkit.show.kpis",
    "missing_curve": "twinkit.show.explain",
    "narrowing": "twinkit.show.decide",
    "network_map": "twinkit.show.network",
    "pareto_front": "twinkit.show.decide",
    "ripple_heatmap": "twinkit.show.ripple",
    "risk_matrix": "twinkit.questions.stress.figures",
    "service_curve": "twinkit.show.service",
    "stock_by_tier": "twinkit.show.stock",
    "survival_chart": "twinkit.questions.stress.figures",
    "tier_graph": "twinkit.show.tiers",
    "tornado": "twinkit.show.decide",
}
"""Public name → module that holds it."""

__all__ = list(_PLACES)
__getattr__, __dir__ = lazy_names(__name__, _PLACES)
