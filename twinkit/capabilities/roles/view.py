"""One run through the eyes of several disciplines: the same figures, each with the statement that its trade reads.

A figure is worked out once, for all roles together; a role is a choice of figures and one statement whose
lines add up.  What a role does not see is not in its view at all, so it is in none of its files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.where import where_from
from twinkit.chain.layout import TOTALS_LANE, TOTALS_MARKET
from twinkit.columns import table_columns
from twinkit.run.kpis import cost_parts, priced, revenue, stock_gained
from twinkit.run.outcome import FORMULAS
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Interval, mean_interval
from twinkit.study.asked import remembered
from twinkit.study.site_figures import NetworkFigures, network_figures
from twinkit.tables import CaseError
from twinkit.tables.case import Case, default_of
from twinkit.tables.emissions import lane_emissions
from twinkit.tables.problems import Problem, did_you_mean
from twinkit.tables.schema import TABLES

CELLS = {"unknown": "given: typed, or made elsewhere", "extract": "derived: taken from extracts", "stated": "stated in the mapping", "assumed": "assumed",
         "start": "empty, or at their starting value"}  # fmt: skip
"""Where a cell comes from, as the question of sources has it → what a statement calls it."""
LINES = ["line", "unit", "value", "low", "high", "sign"]
"""Columns of a statement; `sign` is "" for a line that is added, "=" for a sum of those above it."""


@dataclass(frozen=True)
class Role:
    """What a discipline reads.

    Attributes
    ----------
    asks
        What it wants to know, as a sentence.
    kpis
        KPIs of the run that it sees; () for those of all.
    statement
        Makes its statement; None for none.
    """

    asks: str
    kpis: tuple[str, ...]
    statement: Callable[[NetworkFigures], pd.DataFrame] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class RoleView(Result):
    """What one role sees of a run.

    Attributes
    ----------
    role
        Whose view it is.
    run
        What was run: scenario, fingerprint of the tables, seed, worlds; the same on the pages of all roles.
    figures
        kpi, unit, mean with its 95 % interval low to high, definition.
    statement
        Lines that add up: line, unit, value with its 95 % interval, sign ("=" for a sum of those above it).
    case
        The case.
    """

    role: str
    run: dict[str, str]
    figures: pd.DataFrame
    statement: pd.DataFrame
    case: Case

    def headline(self) -> str:
        """Whose view it is."""
        return f"What {self.role} sees of {self.run['Scenario']}: .figures and .statement"

    def glance(self) -> pd.DataFrame:
        """The figures."""
        return self.figures


def _lines(rows: list[tuple[str, str, Interval, str]]) -> pd.DataFrame:
    return pd.DataFrame([(name, unit, *value, sign) for name, unit, value, sign in rows], columns=LINES)


def money_statement(found: NetworkFigures) -> pd.DataFrame:
    """Revenue less cost by kind is the profit, and that is the change of cash and of the value of the stock.

    The chain pays and is paid in the period in which goods leave, so receivables and payables stay 0; terms of
    payment are the matter of the question who gets paid when.
    """
    plan, totals, outcome = found.plan, found.totals, found.outcome
    unit = outcome.unit("money")
    if not priced(plan.case):
        return _lines([])
    parts = {name: values for name, values in cost_parts(plan, totals).items() if name != "lost margin"}
    sold, gained = revenue(plan, totals), stock_gained(plan, outcome.stock_by_tier)
    profit = outcome.kpis["earnings"]
    beyond = sold - sum(parts.values()) + gained - profit  # what else goes with a lost customer, as the KPI counts it
    rows = [("revenue", unit, mean_interval(sold), "")]
    rows += [(f"less {name}", unit, mean_interval(-values), "") for name, values in parts.items() if np.any(values)]
    if np.any(np.abs(beyond) > 1e-6 * (1 + np.abs(sold))):
        rows.append(("less what else goes with lost customers", unit, mean_interval(-beyond), ""))
    rows.append(("change of the value of the stock", unit, mean_interval(gained), ""))
    rows.append(("profit", unit, mean_interval(profit), "="))
    zero = Interval(0.0, 0.0, 0.0)
    rows += [("change of cash", unit, mean_interval(profit - gained), ""), ("change of receivables", unit, zero, ""),
             ("less change of payables", unit, zero, ""), ("change of the value of the stock", unit, mean_interval(gained), ""),
             ("profit, once more", unit, mean_interval(profit), "=")]  # fmt: skip
    return _lines(rows)


def machine_statement(found: NetworkFigures) -> pd.DataFrame:
    """Time of every station by state, which adds up to the time of the log; what was not written down is a line of its own."""
    log = found.plan.case["station_log"]
    rows: list[tuple[str, str, Interval, str]] = []
    for (line, station), spells in log.groupby(["line", "station"], sort=False):
        length = spells["end"] - spells["begin"]
        whole = float(log["end"].max() - log["begin"].min())
        by_state = length.groupby(spells["state"], sort=False).sum()
        named = f"{line} | {station}"
        rows += [(f"{named}: {state}", "hours", Interval(*[float(h)] * 3), "") for state, h in by_state.items()]
        rows.append((f"{named}: not written down", "hours", Interval(*[whole - float(by_state.sum())] * 3), ""))
        rows.append((f"{named}: calendar time", "hours", Interval(*[whole] * 3), "="))
    return _lines(rows)


def emissions_statement(found: NetworkFigures) -> pd.DataFrame:
    """Mass × distance × factor of every lane (:mod:`twinkit.tables.emissions`), which adds up to all emissions of moving."""
    plan, net = found.plan, found.plan.net
    each, missing = lane_emissions(net.lanes, net.sites, plan.case["products"])
    if not len(each) or any(missing):
        return _lines([])
    kilos = each[:, None] * found.totals.total_lane[TOTALS_LANE.sent]
    names = net.lanes["origin"] + " → " + net.lanes["destination"] + ": " + net.lanes["product"] + " (" + net.lanes["mode"] + ")"
    order = np.argsort(-kilos.mean(axis=1), kind="stable")
    rows = [(names.iloc[i], "kg CO2e", mean_interval(kilos[i]), "") for i in order if kilos[i].any()]
    return _lines([*rows, ("all moving of goods", "kg CO2e", mean_interval(kilos.sum(axis=0)), "=")])


def data_statement(found: NetworkFigures) -> pd.DataFrame:
    """Cells of the tables by where they come from: typed, taken from extracts, stated, assumed, left at their starting value."""
    case = found.plan.case
    counts = dict.fromkeys(CELLS.values(), 0)
    if len(case["sources"]):
        columns = where_from(case, change=0.0).columns
        for kind, name in CELLS.items():
            counts[name] += int(np.rint(columns["cells"] * columns[kind]).sum())
    else:
        for table, owner in TABLES.items():
            for name, column in table_columns(owner).items():
                values, default = case[table][name], default_of(column)
                empty = values.isna() | ((values == default) & (not column.required))
                counts[CELLS["start"]] += int(empty.sum())
                counts[CELLS["unknown"]] += int((~empty).sum())
    rows = [(name, "cells", Interval(*[float(n)] * 3), "") for name, n in counts.items() if n]
    return _lines([*rows, ("all cells of the tables", "cells", Interval(*[float(sum(counts.values()))] * 3), "=")])


def border_statement(found: NetworkFigures) -> pd.DataFrame:
    """Units that cross a border, by pair of countries."""
    net = found.plan.net
    country = dict(zip(net.sites["site"], net.sites["country"], strict=True))
    pair = [(country[a], country[b]) for a, b in zip(net.lanes["origin"], net.lanes["destination"], strict=True)]
    sent, rows = found.totals.total_lane[TOTALS_LANE.sent], []
    total = np.zeros(sent.shape[1])
    for one in dict.fromkeys(p for p in pair if p[0] and p[1] and p[0] != p[1]):
        units = sent[[i for i, p in enumerate(pair) if p == one]].sum(axis=0)
        total = total + units
        rows.append((f"{one[0]} → {one[1]}", "units", mean_interval(units), ""))
    return _lines([*rows, ("all that crosses a border", "units", mean_interval(total), "=")] if rows else [])


def customers_statement(found: NetworkFigures) -> pd.DataFrame:
    """What every market asked for: sent, lost, or still owed at the end."""
    totals, markets = found.totals.total_market, found.plan.net.markets
    rows = []
    for i, (market, product) in enumerate(zip(markets["market"], markets["product"], strict=True)):
        rows.append((f"{market}: {product}, sent", "units", mean_interval(totals[TOTALS_MARKET.sent, i]), ""))
    return _lines([*rows, ("sent to all customers", "units", mean_interval(totals[TOTALS_MARKET.sent].sum(axis=0)), "=")])


SERVICE, MONEY = ("fill rate", "lost sales", "time to recover"), ("total cost", "earnings")
ROLES: dict[str, Role] = {
    "manager": Role("Do we keep our promises, and what do we earn?", (*SERVICE, *MONEY, "resilience index"), customers_statement),
    "finance": Role("Where does the money come from, and where does it go?", ("revenue", *MONEY, "inventory", "inventory turns"), money_statement),
    "operations research": Role("How sure is every figure?", (), None),
    "engineer": Role("What do the machines do all day?", ("sales", "expired", "service level"), machine_statement),
    "organisation": Role("Who serves whom, and how well?", ("fill rate", "cycle service level", "backlog", "bullwhip ratio"), customers_statement),
    "data engineer": Role("What do the figures rest on?", ("sales",), data_statement),
    "sustainability": Role("What does it cost the climate?", ("emissions", "sales", "expired", "returned"), emissions_statement),
    "customs and compliance": Role("What crosses a border?", ("sales", "returned"), border_statement),
}
"""Role → what it reads."""


@study
def role_view(
    case: Case, role: str = "manager", scenario: Scenario | None = None, *, seed: int | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, workers: int = 2,
) -> RoleView:  # fmt: skip
    """What a role sees of a scenario; the views of all roles are of one run, and a figure is the same in all of them.

    Parameters
    ----------
    case, scenario
        What is run, in 64 worlds; by default the case as it is.
    role
        One of :data:`ROLES`.
    seed, progress, cancel, workers
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If there is no such role, or the case has problems.

    Examples
    --------
    >>> import twinkit
    >>> twinkit.role_view(twinkit.example("camera"), "data engineer").statement["sign"].iloc[-1]
    '='
    """
    if role not in ROLES:
        raise CaseError([Problem("", None, "role", role, "is no role", did_you_mean(role, list(ROLES), f"It is one of {', '.join(ROLES)}."))])
    scenario = scenario or Scenario("as it is")
    found = network_figures(case, scenario, seed=seed, progress=progress, cancel=cancel, workers=workers)
    outcome, chosen = found.outcome, ROLES[role]
    rows = outcome.table()
    rows = rows[rows["kpi"].isin(chosen.kpis or tuple(rows["kpi"]))]
    figures = rows.assign(definition=[FORMULAS[k][1] for k in rows["kpi"]]).reset_index(drop=True)
    if not chosen.kpis:  # how sure every figure is: everything that the table has
        figures["width"] = figures["high"] - figures["low"]
    statement = chosen.statement(found) if chosen.statement else _lines([])
    run = {"Scenario": scenario.name, "Worlds": f"{outcome.replications}", "Seed": f"{outcome.seed}"}
    view = RoleView(role, run, figures, statement, case)
    return remembered(view, "role_view", case=case, role=role, scenario=scenario, seed=outcome.seed)

