"""Statements of a run whose lines add up: money, customers, decisions, machines, emissions, cells of the tables, borders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.where import where_from
from twinkit.capabilities.roles.tables import STATEMENTS
from twinkit.chain.layout import TOTALS_LANE, TOTALS_MARKET
from twinkit.columns import table_columns
from twinkit.run.kpis import cost_parts, lost_beyond, priced, revenue
from twinkit.run.statistics import Interval, mean_interval
from twinkit.study.site_figures import NetworkFigures, counted
from twinkit.tables.case import default_of
from twinkit.tables.emissions import lane_emissions
from twinkit.tables.schema import TABLES

CELLS = {"unknown": "given: typed, or made elsewhere", "extract": "derived: taken from extracts", "stated": "stated in the mapping", "assumed": "assumed",
         "start": "empty, or at their starting value"}  # fmt: skip
"""Where a cell comes from, as the question of sources has it → what a statement calls it."""
LINES = ["line", "unit", "value", "low", "high", "sign"]
"""Columns of a statement; `sign` is "" for a line that is added, "=" for a sum of those above it."""


def _lines(rows: list[tuple[str, str, Interval, str]]) -> pd.DataFrame:
    return pd.DataFrame([(name, unit, *value, sign) for name, unit, value, sign in rows], columns=LINES)


def money_statement(found: NetworkFigures) -> pd.DataFrame:
    """Revenue less cost by kind is the change of cash; with that of what is owed and of the value of the goods it is the profit.

    The chain pays and is paid in the period in which goods leave, so receivables and payables stay 0; terms of
    payment are the matter of the question who gets paid when.
    """
    plan, totals, outcome = found.plan, found.totals, found.outcome
    unit = outcome.unit("money")
    if not priced(plan.case):
        return _lines([])
    paid = {name: values for name, values in cost_parts(plan, totals).items() if name != "lost margin"}
    beyond, cash = lost_beyond(plan, totals), revenue(plan, totals) - sum(paid.values())
    costs = [(f"less {name}", unit, mean_interval(-values), "") for name, values in paid.items() if np.any(values)]
    goods = ("change of the value of the goods, on hand, on the way and in work", unit, mean_interval(outcome.gained), "")
    zero = Interval(0.0, 0.0, 0.0)
    lost = [("less what else goes with lost customers, which is no cash", unit, mean_interval(-beyond), "")] if np.any(beyond) else []
    return _lines([
        ("revenue", unit, mean_interval(revenue(plan, totals)), ""), *costs, ("change of cash", unit, mean_interval(cash), "="),
        ("change of cash, once more", unit, mean_interval(cash), ""), ("change of receivables", unit, zero, ""),
        ("less change of payables", unit, zero, ""), goods, *lost, ("profit", unit, mean_interval(outcome.kpis["earnings"]), "="),
    ])  # fmt: skip


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
    """What customers asked for, market by market: sent, lost, or owed at the end beyond what was owed at the start."""
    totals, markets = found.totals.total_market, found.plan.net.markets
    asked, sent, lost = (totals[what] for what in (TOTALS_MARKET.demand, TOTALS_MARKET.sent, TOTALS_MARKET.lost))
    rows = []
    for i, (market, product) in enumerate(zip(markets["market"], markets["product"], strict=True)):
        for what, units in (("sent", sent[i]), ("lost", lost[i]), ("owed more than at the start", asked[i] - sent[i] - lost[i])):
            if what == "sent" or np.abs(units).max() > 1e-6:
                rows.append((f"{market}: {product}, {what}", "units", mean_interval(units), ""))
    return _lines([*rows, ("asked for by all customers", "units", mean_interval(asked.sum(axis=0)), "=")])


def decisions_statement(found: NetworkFigures) -> pd.DataFrame:
    """Who decides how much to order: every review of a stock is a decision of the company that keeps it (of the site, where no company is named)."""
    plan, net = found.plan, found.plan.net
    firm = {s: c or s for s, c in zip(net.sites["site"], net.sites["company"], strict=True)}
    stocks = net.stocks[~net.stocks["policy"].isin(["", "unlimited"])]
    who = stocks["site"].map(firm) + ": " + stocks["policy"].astype(str)
    made = (counted(plan) / stocks["review_period"].astype(float)).groupby(who, sort=False).sum()
    rows = [(name, "decisions", Interval(*[float(n)] * 3), "") for name, n in made.items()]
    return _lines([*rows, ("all decisions in the run", "decisions", Interval(*[float(made.sum())] * 3), "=")])


MAKERS = dict(zip(STATEMENTS, (
    money_statement, customers_statement, decisions_statement, machine_statement, emissions_statement, data_statement, border_statement,
), strict=True))  # fmt: skip
"""Name of a statement → what makes it of the figures of a run; its docstring says what it is."""
