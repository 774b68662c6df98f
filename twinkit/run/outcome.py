"""The outcome of a scenario in some worlds, and its tables.

Arrays end with the axis of the worlds; a name that starts with ``calm`` is that of the
same worlds without the events of the scenario: what the case has scheduled happens in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.plan import Plan
from twinkit.run.kpis import EARNINGS, ORDER_LINES, valued
from twinkit.run.kpis import FORMULAS as RUN_FORMULAS
from twinkit.run.public import Result
from twinkit.run.resilience import FORMULAS as RESILIENCE_FORMULAS
from twinkit.run.runs import events_studied
from twinkit.run.statistics import Interval, Times, limits, mean_interval, share_interval
from twinkit.tables.problems import Named
from twinkit.words import counted, listed, sure

if TYPE_CHECKING:
    import xarray

FORMULAS = {**RUN_FORMULAS, **ORDER_LINES, **EARNINGS, **RESILIENCE_FORMULAS}
"""Unit and definition of every KPI."""

rooms.KPIS.listen(lambda added: FORMULAS.update({added.name: (added.unit, added.definition)}), (*ORDER_LINES, *EARNINGS, *RESILIENCE_FORMULAS))

FRAMES = ("kpis", "costs", "service", "backlog", "stock", "demand", "served")
"""Labelled tables of an outcome."""


@dataclass(repr=False)
class Outcome(Result):
    """A scenario in some worlds.

    Attributes
    ----------
    scenario, plan, seed, first
        What was run; `first` is the number of the first world.
    kpis, calm_kpis, costs, calm_costs
        KPI or part of cost → values, shape (worlds,).
    gained, calm_gained
        Value of the goods gained in the run, shape (worlds,) [money]; see :func:`~twinkit.run.kpis.stock_gained`.
    failed, censored
        Whether service fell below the failure level, and had not recovered by the end.
    service, calm_service, backlog, calm_backlog
        Shape (periods, worlds) [share], [units].
    stock_by_tier, calm_stock_by_tier
        Shape (tiers, periods, worlds) [money; units where no product has a value]: see :attr:`stock_unit`.
    markets, calm_markets
        "demand" and "served" (at once), shape (market rows, periods, worlds) [units].
    maps
        Name → (with, without the events), means over the worlds of the first batch,
        shape (sites or lanes, periods); empty in later batches.
    by_market, calm_by_market
        :data:`~twinkit.run.kpis.BY_MARKET` → values, shape (market rows, worlds); empty where there are more rows than anybody reads.
    """

    scenario: str
    plan: Plan
    seed: int
    first: int
    kpis: dict[str, np.ndarray]
    calm_kpis: dict[str, np.ndarray]
    costs: dict[str, np.ndarray]
    calm_costs: dict[str, np.ndarray]
    gained: np.ndarray
    calm_gained: np.ndarray
    failed: np.ndarray
    censored: np.ndarray
    service: np.ndarray
    calm_service: np.ndarray
    backlog: np.ndarray
    calm_backlog: np.ndarray
    stock_by_tier: np.ndarray
    calm_stock_by_tier: np.ndarray
    markets: dict[str, np.ndarray]
    calm_markets: dict[str, np.ndarray]
    maps: dict[str, tuple[np.ndarray, np.ndarray]]
    by_market: dict[str, np.ndarray] = field(default_factory=dict)
    calm_by_market: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let a figure that is asked for by another name be answered by a sentence."""
        for name, what in (("kpis", "KPI"), ("calm_kpis", "KPI"), ("costs", "part of cost"), ("calm_costs", "part of cost")):
            setattr(self, name, Named("outcome", what, getattr(self, name)))

    @property
    def replications(self) -> int:
        """Number of worlds."""
        return len(self.failed)

    @property
    def events(self) -> list[str]:
        """Names of the events that the paired worlds lack; none where the scenario names none."""
        return events_studied(self.plan)

    def headline(self) -> str:
        """What was run."""
        case = self.plan.case
        return (f"Outcome of {self.scenario} for {case.name}: {counted(self.replications, 'world')} of {self.plan.periods} periods, "
                f"seed {self.seed}; .table() has {len(self.kpis)} KPIs, .curve(\"service\") what happens by period")  # fmt: skip

    def sentences(self) -> list[str]:
        """The first KPIs with their 95 % intervals."""
        rows = self.table().set_index("kpi")
        return [f"{kpi}: {sure((r['mean'], r['low'], r['high']), r['unit'])}" for kpi, r in rows.loc[self._first].iterrows()]

    def glance(self) -> pd.DataFrame:
        """The first KPIs, as in :meth:`table`."""
        rows = self.table()
        return rows[rows["kpi"].isin(self._first)][["kpi", "unit", "mean", "low", "high", "worlds"]]

    @property
    def _first(self) -> list[str]:
        return [kpi for kpi in ("fill rate", "lost sales", "inventory", "total cost", "earnings") if kpi in self.kpis][: self.LINES]

    def table(self) -> pd.DataFrame:
        """KPIs as a tidy table: kpi, unit, mean, 95 % interval, quantiles, worlds.

        A KPI that is not defined in some worlds is summarised over the others; the
        column `worlds` says over how many.  Times to recover that are censored have no
        mean: the median stands, with its own interval; it is infinite if it is itself censored.
        """
        rows = []
        for kpi, values in self.kpis.items():
            unit = self.unit_of(kpi)
            if kpi == "time to recover":
                rows.append(self._recovery_row(unit))
                continue
            good = values[np.isfinite(values)]
            mean, low, high = mean_interval(good, within=limits(unit))
            q5, q50, q95 = np.quantile(good, [0.05, 0.5, 0.95]) if len(good) else [np.nan] * 3
            rows.append((kpi, unit, mean, low, high, q5, q50, q95, len(good), 0))
        columns = ["kpi", "unit", "mean", "low", "high", "q05", "median", "q95", "worlds", "censored"]
        return pd.DataFrame(rows, columns=columns)

    def unit_of(self, kpi: str) -> str:
        """Unit of a KPI in the words of the case; stock is counted in units where no product has a value."""
        return self.stock_unit if kpi == "inventory" else self.unit(FORMULAS[kpi][0])

    @property
    def stock_unit(self) -> str:
        """Unit of ``stock_by_tier`` and of the KPI inventory: money, or units where no product has a value."""
        return self.unit("money") if valued(self.plan) else "units"

    def unit(self, unit: str) -> str:
        """A unit in the words of the case: its currency and its period."""
        return unit.replace("money", self.plan.case.settings["currency"])

    def _recovery_row(self, unit: str) -> tuple:
        q5, q50, q95 = map(self.times_to_recover.quantile, (0.05, 0.5, 0.95))
        _, low, high = self.times_to_recover.median()
        return "time to recover", unit, np.nan, low, high, q5, q50, q95, self.replications, int(self.censored.sum())

    @property
    def times_to_recover(self) -> Times:
        """Times of all worlds until service is back for good; 0 where it never failed [periods]."""
        return Times(self.kpis["time to recover"], self.censored)

    def recovered(self) -> Interval:
        """Share of the failed worlds that recovered, with its Wilson interval; NaN if none failed."""
        failed = int(self.failed.sum())
        return share_interval(failed - int(self.censored.sum()), failed)

    def cost_table(self, total: bool = False) -> pd.DataFrame:
        """Mean cost by part with and without the events, and the paired difference with its interval; with the total, if wanted [money]."""
        parts = [(part, values, self.calm_costs[part]) for part, values in self.costs.items()]
        if total:
            parts.append(("total", sum(self.costs.values()), sum(self.calm_costs.values())))
        rows = [(part, values.mean(), calm.mean(), *mean_interval(values - calm)) for part, values, calm in parts]
        return pd.DataFrame(rows, columns=["part", "with events", "without", "difference", "low", "high"])

    def frame(self, name: str, events: bool = True) -> pd.DataFrame:
        """What the outcome holds, as a labelled table with a column for each world.

        Parameters
        ----------
        name
            "kpis" (rows: KPI), "costs" (part), "service" or "backlog" (period), "stock" (tier, period),
            "demand" or "served" (market, product, period).
        events
            True for the worlds as they were run, False for the same worlds without the events.

        Raises
        ------
        KeyError
            If there is no such table; the sentence names those that there are.

        Examples
        --------
        >>> import twinkit
        >>> found = twinkit.ensemble(twinkit.example("camera"), [twinkit.Scenario("as it is")], 4)
        >>> found["as it is"].frame("demand").index.names
        FrozenList(['market', 'product', 'period'])
        """
        calm = "" if events else "calm_"
        worlds = pd.Index(range(self.first, self.first + self.replications), name="world")
        if name in ("kpis", "costs"):
            values = getattr(self, calm + name)
            return pd.DataFrame.from_dict(values, orient="index", columns=worlds).rename_axis("kpi" if name == "kpis" else "part")
        if name in ("service", "backlog"):
            values = getattr(self, calm + name)
            return pd.DataFrame(values, pd.RangeIndex(len(values), name="period"), worlds)
        if name in ("demand", "served"):
            values, markets = getattr(self, calm + "markets")[name], self.plan.net.markets
            rows = [(m, p, t) for m, p in zip(markets["market"], markets["product"], strict=True) for t in range(values.shape[1])]
            names = ["market", "product", "period"]
        elif name == "stock":
            values = getattr(self, calm + "stock_by_tier")
            rows, names = [(k, t) for k in range(values.shape[0]) for t in range(values.shape[1])], ["tier", "period"]
        else:
            raise KeyError(f"there is no table {name!r}: it is one of {listed(FRAMES, 7)}")
        return pd.DataFrame(values.reshape(-1, values.shape[-1]), pd.MultiIndex.from_tuples(rows, names=names), worlds)

    def to_xarray(self, events: bool = True) -> xarray.Dataset:
        """All that :meth:`frame` gives, as a labelled data set of xarray (the extra `xarray`).

        Parameters
        ----------
        events
            As for :meth:`frame`.

        Returns
        -------
        xarray.Dataset
            "kpis" (kpi, world), "costs" (part, world), "service" and "backlog" (period, world), "stock" (tier, period, world), "demand" and
            "served" (market, product, period, world); NaN where a market does not sell a product.

        Raises
        ------
        ImportError
            If xarray is not installed.
        """
        import xarray

        arrays = {name: self.frame(name, events).stack().to_xarray() for name in FRAMES}
        return xarray.Dataset(arrays, attrs={"case": self.plan.case.name, "scenario": self.scenario, "seed": self.seed, "events": str(events)})

    def curve(self, name: str, level: float = 0.9) -> pd.DataFrame:
        """A daily curve as a table: period, mean, low, high (quantiles that hold `level` of the worlds).

        Parameters
        ----------
        name
            "service", "calm_service", "backlog" or "calm_backlog".
        level
            Share of the worlds between low and high.
        """
        values = getattr(self, name)
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1)
        return pd.DataFrame({
            "period": np.arange(len(values)), "mean": values.mean(axis=1), "low": low, "high": high,
        })  # fmt: skip


def joined(parts: Sequence[Outcome]) -> Outcome:
    """Outcomes of several batches of one scenario as one, in the order of their worlds."""
    parts = sorted(parts, key=lambda o: o.first)
    first = parts[0]
    if len(parts) == 1:
        return first
    merged = {}
    for f in fields(Outcome):
        values = [getattr(p, f.name) for p in parts]
        if f.name == "maps" or not isinstance(values[0], (dict, np.ndarray)):
            continue
        if isinstance(values[0], dict):
            merged[f.name] = {k: np.concatenate([v[k] for v in values], axis=-1) for k in values[0]}
        else:
            merged[f.name] = np.concatenate(values, axis=-1)
    return replace(first, **merged)

