"""Names of the KPIs that a chain reports and that an objective may aim at."""

from __future__ import annotations

from twinkit import rooms

KPI_NAMES = [
    "fill rate",
    "cycle service level",
    "ready rate",
    "backlog",
    "lost sales",
    "inventory turns",
    "days of supply",
    "bullwhip ratio",
    "total cost",
    "emissions",
    "depth",
    "time to recover",
    "time below",
    "resilience loss",
    "resilience index",
]
"""Those of rooms come last."""

rooms.KPIS.listen(lambda added: KPI_NAMES.append(added.name) if added.name not in KPI_NAMES else None, KPI_NAMES)
