"""What a better forecast is worth: the same chain, the same luck, another forecast in its stocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.demand import in_chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.engines import stop_if
from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.study.asked import remembered
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, refuse, strangers

NOW = "as it is"
USUAL = ("naive", "moving_average", "ses")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the error that are taken away."""
SHORT = "cost of stock and shortage"
PARTS = ("holding", "backlog", "lost margin", "scrap", "expediting")
"""Parts of cost that it is made of: those that do not grow just because more is sold."""
KPIS = (SHORT, "fill rate", "lost sales", "backlog", "inventory", "bullwhip ratio", "earnings")
"""Figures that are told, as far as the case has them."""


@dataclass(repr=False)
class Worth(Result):
    """What better forecasts do.

    Attributes
    ----------
    case
        The case.
    rows
        Rows of stocks that serve customers and are replenished: those whose forecast is changed.
    outcomes
        "as it is", then the methods: name → outcome, all in the same worlds.
    accuracy
        Method → error (WAPE) of a period and of the sum until the next delivery, bias of that sum, and the root mean square error
        of that sum, each by world, shape (4, worlds).
    best
        Method with the least cost of stock and shortage.
    foresight
        Share of its error that is taken away → outcome.
    service
        Chance of covering demand that safety stocks are for; None as the table says.
    """

    case: Case
    rows: np.ndarray
    outcomes: dict[str, Outcome]
    accuracy: dict[str, np.ndarray]
    best: str
    foresight: dict[float, Outcome]
    service: float | None

    def headline(self) -> str:
        """What it is, in one line."""
        return f"Forecasts in {len(self.rows)} stocks of {self.case.name}, {self.worlds} worlds each; .methods() and .curve() have the figures"

    def glance(self) -> pd.DataFrame:
        """Every forecast: its error, what it costs, service and stock."""
        return self.methods()[["method", "error of the sum", SHORT, "fill rate", "inventory"]]

    @property
    def kpis(self) -> list[str]:
        """Figures that the case has."""
        base = self.outcomes[NOW]
        return [k for k in KPIS if k == SHORT or (k in base.kpis and np.isfinite(base.kpis[k]).any())]

    @property
    def worlds(self) -> int:
        """Worlds that every forecast was run in."""
        return self.outcomes[NOW].replications

    def methods(self) -> pd.DataFrame:
        """A row for each method: its errors, the figures of the chain, and their difference to as it is, world by world, with 95 % intervals."""
        rows = []
        for name, outcome in self.outcomes.items():
            row: dict[str, Any] = {"method": name}
            for k, what in enumerate(("error", "error of the sum", "bias")):
                row |= _with_interval(what, self.accuracy[name][k]) if name in self.accuracy else _with_interval(what, np.array([np.nan]))
            rows.append(row | self._figures(outcome, self.outcomes[NOW]))
        return pd.DataFrame(rows)

    def curve(self) -> pd.DataFrame:
        """A row for each share of the error that is taken away, beside the best method as it is."""
        base = self.foresight[0.0]
        return pd.DataFrame([
            {"share": share, **_with_interval("error of the sum", (1.0 - share) * self.accuracy[self.best][1]), **self._figures(one, base)}
            for share, one in self.foresight.items()
        ])  # fmt: skip

    def _figures(self, outcome: Outcome, base: Outcome) -> dict[str, float]:
        found: dict[str, float] = {}
        for kpi in self.kpis:
            own, other = figure(outcome, kpi), figure(base, kpi)
            found |= _with_interval(kpi, own)
            found |= _with_interval(f"{kpi} change", own - other) if outcome is not base else {}
        return found


def figure(outcome: Outcome, kpi: str) -> np.ndarray:
    """A figure by world; money by year."""
    plan = outcome.plan
    years = (plan.periods - int(plan.case.settings["warm_up"])) * float(plan.case.settings["period_days"]) / 365.0
    if kpi == SHORT:
        return sum((outcome.costs[part] for part in PARTS if part in outcome.costs), np.zeros(outcome.replications)) / years
    return outcome.kpis[kpi] / years if kpi in ("earnings", "lost sales") else outcome.kpis[kpi]


def _with_interval(name: str, values: np.ndarray) -> dict[str, float]:
    """Mean with its 95 % interval over worlds."""
    good = values[np.isfinite(values)]
    mean, low, high = mean_interval(good) if len(good) else (np.nan,) * 3
    return {name: float(mean), f"{name} low": float(low), f"{name} high": float(high)}


@partial(study, limits={"service": (0.01, 0.9999), "season": (1, 10_000)})
def better_forecast(
    case: CaseLike, methods: Sequence[str] = USUAL, service: float | None = None, season: int | None = None, replications: int | None = None,
    seed: int | None = None, *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Worth:  # fmt: skip
    """What other forecasts do to service, stock, orders and cost, on the same luck; and what less error would be worth.

    Every stock that serves customers and is replenished gets the policy `forecast` with one method after the other; other
    stocks stay as they are and feel it in the orders that reach them.  Then a part of the error of the best method is taken
    away, by mixing its forecast of the demand until the next delivery with what will really come.

    Parameters
    ----------
    case
        A case with markets.
    methods
        Words of the column `forecast_method` of stocks.
    service
        Chance of covering demand until the next delivery that safety stocks are for; by default the table's (`cycle_service`) [share].
    season
        Periods in a season whose shape is taken from the history; by default the table's.
    replications, seed
        Worlds and luck; by default those of the case.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If there is no stock to forecast for, or a method is none; all at once.
    """
    plan = plan_of(case)
    rows = forecast_rows(plan)
    wrong = strangers("better_forecast", "methods", methods, in_chain.WAYS, "is no way for a stock to forecast", "Ways", len(in_chain.WAYS))
    if not methods:
        wrong.append(Problem("better_forecast", None, "methods", "", "names no method", f"Name some of {', '.join(in_chain.WAYS)}."))
    if not len(rows):
        wrong.append(Problem("stocks", None, "", "", "no stock serves a market and is replenished", "Name a site with a lane or a recipe in markets."))
    refuse(wrong)
    replications = int(replications or case.settings["replications"])
    names = list(dict.fromkeys(methods))
    runs = _Runs(1 + len(names) + len(SHARES) - 1, progress, cancel)
    more = {"seed": seed, "cancel": cancel}
    outcomes = {NOW: runs.run(case, NOW, replications, **more)}
    cases = {name: with_forecast(case, plan, rows, name, service, season) for name in names}
    for name, other in cases.items():
        outcomes[name] = runs.run(other, name, replications, **more)
    demand = demand_of(outcomes[NOW], rows)
    accuracy = {name: errors_of(plan_of(other), rows, demand, int(case.settings["warm_up"])) for name, other in cases.items()}
    best = min(names, key=lambda name: float(figure(outcomes[name], SHORT).mean()))
    foresight = {0.0: outcomes[best]}
    for share in SHARES[1:]:
        policies = {(plan.net.stocks["site"].iloc[row], plan.net.stocks["product"].iloc[row]): _Foresight(share, demand[k]).policy
                    for k, row in enumerate(rows)}  # fmt: skip
        foresight[share] = runs.run(cases[best], f"{share:.0%} less error", replications, policies=policies, **more)
    found = Worth(case, rows, outcomes, accuracy, best, foresight, service)
    return remembered(found, "better_forecast", case=case, methods=names, service=service, season=season, replications=replications, seed=seed)


class _Runs:
    """Runs one after the other, with one progress over all."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None, cancel: Event | None) -> None:
        self.total, self.done, self.progress, self.cancel = total, 0, progress, cancel

    def run(self, case: Case, name: str, replications: int, **more: Any) -> Outcome:
        """A case in its worlds."""
        stop_if(self.cancel)

        def tell(part: int, of: int) -> None:
            if self.progress is not None and of:
                self.progress(round(1000 * (self.done + part / of)), 1000 * self.total)

        found = ensemble(case, Scenario(name), replications, progress=tell, **more)[name]
        self.done += 1
        return found


def forecast_rows(plan: Plan) -> np.ndarray:
    """Rows of stocks that serve markets alone and are replenished."""
    net = plan.net
    served = set(map(int, net.market_stock))
    feeds = set(map(int, net.lane_origin)) | set(map(int, net.part_stock))
    at = net.sources[0]
    return np.array([row for row in sorted(served - feeds) if at[row + 1] > at[row]], int)


def with_forecast(case: Case, plan: Plan, rows: np.ndarray, method: str, service: float | None = None, season: int | None = None) -> Case:
    """The case whose stocks of some rows have the policy `forecast` with a method."""
    keys = set(zip(plan.net.stocks["site"].iloc[rows], plan.net.stocks["product"].iloc[rows], strict=True))
    stocks = case["stocks"].copy()
    mine = np.array([key in keys for key in zip(stocks["site"], stocks["product"], strict=True)], bool)
    kept = {"site", "product", "policy", "safety_stock", "build_up", "build_from", "build_until", "review_period", "forecast_window", "smoothing"}
    for column in ("order_up_to", "reorder_point", "order_quantity", "days_of_cover", "stock_weight", "supply_line_weight"):
        if column in stocks and column not in kept:
            stocks.loc[mine, column] = np.nan
    stocks.loc[mine, "policy"], stocks.loc[mine, "forecast_method"] = "forecast", method
    if service is not None:
        stocks.loc[mine, "cycle_service"] = service
    if season is not None:
        stocks.loc[mine, "season_periods"] = season
    if method != "moving_average":
        stocks.loc[mine, "forecast_window"] = np.nan
    if method in ("naive", "moving_average"):
        stocks.loc[mine, "smoothing"] = np.nan
    return case.replace(stocks=stocks)


def demand_of(outcome: Outcome, rows: np.ndarray) -> np.ndarray:
    """What was asked of some stocks by their markets, shape (rows, periods, worlds) [units]."""
    asked, at = outcome.markets["demand"], np.asarray(outcome.plan.net.market_stock)
    return np.stack([asked[at == row].sum(axis=0) for row in rows])


def errors_of(plan: Plan, rows: np.ndarray, demand: np.ndarray, warm_up: int) -> np.ndarray:
    """How far the forecasts of the policy were off in each world, after the warm-up.

    Returns
    -------
    array, shape (4, worlds)
        WAPE of a period, WAPE and bias of the sum until the next delivery, its root mean square error [units].
    """
    start = in_chain._rows(in_chain.start_of(plan), rows)
    periods, worlds = demand.shape[1:]
    state, total = in_chain.begin(start, worlds), np.concatenate([np.zeros((len(rows), 1, worlds)), np.cumsum(demand, axis=1)], axis=1)
    block = start.block.astype(int)
    one, many, came_one, came_many, squares, bias, count = (np.zeros(worlds) for _ in range(7))
    for t in range(periods):
        if t >= warm_up:
            said = in_chain.promised(start, state, t, 1.0)
            one += np.abs(demand[:, t] - said).sum(axis=0)
            came_one += demand[:, t].sum(axis=0)
            whole = t + block <= periods
            if whole.any():
                said = in_chain.promised(start, state, t, start.block)[whole]
                came = np.stack([total[i, t + block[i]] - total[i, t] for i in np.flatnonzero(whole)])
                many += np.abs(came - said).sum(axis=0)
                bias += (came - said).sum(axis=0)
                came_many += came.sum(axis=0)
                squares += ((came - said) ** 2).sum(axis=0)
                count += whole.sum()
        in_chain.advance(start, state, demand[:, t], t)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([one / came_one, many / came_many, bias / came_many, np.sqrt(squares / count)])


class _Foresight:
    """The policy `forecast` of a stock that knows a share of what will come; only a study can know it."""

    def __init__(self, share: float, demand: np.ndarray) -> None:
        self.share = share
        self.total = np.concatenate([np.zeros((1, demand.shape[1])), np.cumsum(demand, axis=0)])

    def policy(self, stock: Any) -> np.ndarray:
        """As :func:`~twinkit.capabilities.demand.in_chain.forecast_policy`, in the periods of review."""
        worlds = slice(stock.chain.first, stock.chain.first + stock.chain.replications)

        def future(t: int, periods: np.ndarray) -> np.ndarray:
            end = t + float(periods[0])
            whole, last = int(end), len(self.total) - 1
            part = self.total[min(whole + 1, last), worlds] - self.total[whole, worlds]
            return (self.total[whole, worlds] - self.total[min(t, last), worlds] + (end - whole) * part)[None]

        return in_chain.forecast_policy(stock, self.share, future) * stock.reviewed
