"""Figures of single sites and lanes: stock, flow, service, cost and use of capacity, with intervals.

The run is that of an ensemble of the scenario, with its events and without them on the
same luck; what the ensemble has run already is not run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.layout import SP, TOTALS_STOCK, UNLIMITED
from twinkit.chain.plan import Plan
from twinkit.study.costs import cost_rows
from twinkit.study.courses import courses, parting
from twinkit.study.ensemble import BATCH, ensemble, plan_with
from twinkit.study.outcome import Outcome
from twinkit.study.runs import KEPT, Runner, Totals
from twinkit.study.scenario import Scenario
from twinkit.study.series import map_series, product_values, study_series
from twinkit.study.statistics import mean_interval
from twinkit.tables.case import Case

COLUMNS = ["figure", "unit", "value", "low", "high", "without", "definition"]
Value = Callable[[Totals], np.ndarray]
"""A figure of a run: values by world."""


@dataclass(frozen=True, eq=False)
class NetworkFigures:
    """A scenario in some worlds, row by row.

    Attributes
    ----------
    outcome
        What the ensemble says of it; its maps hold every site and lane, day by day.
    totals, calm
        Sums over the counted periods of every row, with the events and without.
    """

    outcome: Outcome
    totals: Totals
    calm: Totals

    @property
    def plan(self) -> Plan:
        """The case made ready."""
        return self.outcome.plan

    def site(self, name: str) -> pd.DataFrame:
        """Figures of a site.

        Returns
        -------
        DataFrame
            figure, unit, value (mean over the worlds) with its 95 % interval low to high,
            without (the mean without the events), definition.

        Raises
        ------
        KeyError
            If there is no such site.
        """
        from twinkit.workbench.network_rows import site_figures

        if name not in set(self.plan.net.sites["site"]):
            raise KeyError(f"there is no site {name!r}")
        return self._table(site_figures(self.plan, name))

    def lane(self, origin: str, destination: str) -> pd.DataFrame:
        """Figures of a lane, all its products and modes; as of :meth:`site`."""
        from twinkit.workbench.network_rows import lane_figures

        lanes = self.plan.net.lanes
        here = np.flatnonzero((lanes["origin"] == origin) & (lanes["destination"] == destination))
        if not len(here):
            raise KeyError(f"there is no lane from {origin!r} to {destination!r}")
        return self._table(lane_figures(self.plan, here))

    def sites(self) -> pd.DataFrame:
        """One row per site: what it keeps and sends, and what it costs, as means over the worlds.

        Returns
        -------
        DataFrame
            site, kind, tier, country, stock [money], sent [money/period], cost [money/period].
        """
        plan, net = self.plan, self.plan.net
        value, count = product_values(plan, net.stocks["product"]), counted(plan)
        stock = np.zeros(len(net.sites))
        np.add.at(stock, net.stock_site, value * self.totals.total_stock[TOTALS_STOCK.on_hand].mean(axis=1) / count)
        sent = self.outcome.maps["site flow"][0][:, -count:].mean(axis=1)
        cost = dict.fromkeys(net.sites["site"], 0.0)
        for rows in cost_rows(plan, self.totals).values():
            for _, places, money in rows:
                for place, amount in zip(places, money.mean(axis=1), strict=True):
                    cost[place] += float(amount) / count
        rows = net.sites[["site", "kind", "country"]].assign(tier=plan.tiers, stock=stock, sent=sent)
        return rows.assign(cost=[cost[s] for s in rows["site"]])

    def _table(self, figures: list[tuple[str, str, Value, str]]) -> pd.DataFrame:
        rows = []
        for name, unit, value, definition in figures:
            now, then = (_defined(value(t)) for t in (self.totals, self.calm))
            without = float(then.mean()) if len(then) else np.nan
            rows.append((name, self.outcome.unit(unit), *mean_interval(now), without, definition))
        return pd.DataFrame(rows, columns=COLUMNS)


def _defined(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def counted(plan: Plan) -> int:
    """Periods that KPIs count: all but the warm-up [periods]."""
    return plan.periods - int(plan.case.settings["warm_up"])


def network_figures(
    case: Case, scenario: Scenario, *, seed: int | None = None, progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None, **more: Any,
) -> NetworkFigures:  # fmt: skip
    """Run a scenario in 64 worlds and keep what every site and lane does.

    Parameters
    ----------
    case, scenario
        What is run.
    seed
        Seed of all chance; by default that of the case.
    progress, cancel, **more
        As for :func:`~twinkit.study.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the case has problems, or the scenario does not fit it.
    Cancelled
        If `cancel` was set.
    """
    seed = int(case.settings["seed"] if seed is None else seed)
    outcome = ensemble(case, scenario, BATCH, seed=seed, progress=progress, cancel=cancel, **more)[scenario.name]
    plan = plan_with(case, scenario)
    runner = Runner(seed, 0, BATCH, {"actors": None, "policies": None}, _record, KEPT)
    calm_course, course = courses(plan)
    calm = runner.run(calm_course).totals
    return NetworkFigures(outcome, runner.run(course).totals if parting(plan) < plan.periods else calm, calm)


def _record(plan: Plan) -> list:
    """The histories that an ensemble keeps of its first batch, so that its run is found again."""
    return study_series(plan) + map_series(plan)


def outside(plan: Plan) -> np.ndarray:
    """Whether a stock is an unlimited source: it keeps nothing, so its stock is no figure."""
    return plan.stock_n[SP.policy] == UNLIMITED
