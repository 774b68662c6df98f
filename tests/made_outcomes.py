"""Outcomes made by hand, for tests of what is said and drawn about them: no chain is run."""

from __future__ import annotations

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.run.kpis import PARTS, tier_names
from twinkit.run.outcome import Outcome
from twinkit.run.resilience import resilience_kpis


def made_outcome(
    plan: Plan,
    worlds: int = 64,
    *,
    first: int = 0,
    fall: float = 0.0,
    start: int = 40,
    days: int = 20,
    later: float = 0.0,
    money: float = 0.0,
    scenario: str = "made",
) -> Outcome:
    """An outcome whose service falls by `fall` from `start` for `days` (and up to `later` more, by world).

    The longest loss is cut at the end of the run; `money` is earned on top, and by world.
    """
    periods, numbers = plan.periods, first + np.arange(worlds)
    calm = np.ones((periods, worlds))
    lengths = days + np.round(later * (numbers % 8) / 7)
    t = np.arange(periods)[:, None]
    service = np.where((t >= start) & (t < start + lengths), 1.0 - fall, calm)
    found, recovery = resilience_kpis(service, calm, plan.case.settings)
    spread = np.sin(numbers)
    kpis = {
        "fill rate": service.mean(axis=0), "lost sales": 1000 * (1 - service).sum(axis=0) + spread,
        "total cost": 5e6 + 0 * spread, "revenue": 9e6 + money * (1 + 0.1 * spread),
    }  # fmt: skip
    kpis["earnings"] = kpis["revenue"] - 7e5
    calm_kpis = {**kpis, "fill rate": calm.mean(axis=0), "lost sales": 0 * spread, "revenue": 9e6 + 0 * spread,
                 "earnings": 8.3e6 + 0 * spread}  # fmt: skip
    costs = {part: np.full(worlds, 1e5) for part in PARTS}
    stock = np.ones((len(tier_names(plan)), periods, worlds))
    sites, lanes = np.ones((len(plan.net.sites), periods)), np.ones((len(plan.net.lanes), periods))
    maps = {"site stock": sites, "site flow": sites, "site up": sites, "lane flow": lanes, "lane open": lanes}
    return Outcome(
        scenario, plan, 1, first, {**kpis, **found}, calm_kpis, costs, costs, 0 * spread, 0 * spread, recovery.failed, recovery.censored,
        service, calm, 1 - service, 0 * calm, stock * service, stock, {}, {},
        {name: (values, values) for name, values in maps.items()} if first == 0 else {},
    )  # fmt: skip
