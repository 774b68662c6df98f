"""Checks of what values make together: memory that a run needs, demand that grows, bills that multiply."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.tables.case import Case
from twinkit.tables.checks_loops import products_in_themselves
from twinkit.tables.event_targets import LONGER
from twinkit.tables.look import Look, among
from twinkit.tables.problems import Problem, shown

MOST_MEMORY, MUCH_MEMORY = 4e9, 5e7
"""Memory that one world may need and a batch of worlds is given, and that of a world above which it is said [bytes]."""
MOST_UNITS, MOST_PARTS = 1e12, 1e9
"""Largest demand of a period [units], and most units of a component in a unit of what is sold."""
_SERIES = 50
"""Courses that a study keeps of every period."""


def run_memory(case: Case) -> tuple[float, dict[tuple[str, str], np.ndarray]]:
    """Memory that one world needs [bytes], about, and the share of the cells that make most of it.

    Returns
    -------
    total
        Bytes in all.
    parts
        (table, column) → bytes by row.
    """
    cell = 8.0
    settings, lanes, stocks, recipes, events = case.settings, case["lanes"], case["stocks"], case["recipes"], case["events"]
    kind, spread = lanes["lead_time_kind"], lanes["lead_time_spread"].to_numpy(float)
    lead = lanes["lead_time"].to_numpy(float)
    wide = np.select([kind == "fixed", kind == "uniform", kind == "poisson"], [0.0, spread, 4 * np.sqrt(np.abs(lead))], 4 * spread)
    periods = float(settings["periods"])
    queued = (stocks["rationing"] == "first_come").to_numpy()
    pairs = pd.concat([lanes[["origin", "product"]].rename(columns={"origin": "site"}), case["markets"][["site", "product"]]])
    waiting = stocks[queued][["site", "product"]].merge(pairs, on=["site", "product"])
    longer = among(events["kind"], LONGER)
    parts = {
        ("lanes", "lead_time"): cell * (np.nan_to_num(lead) + np.nan_to_num(wide)),
        ("lanes", "expedite_lead_time"): cell * lanes["expedite_lead_time"].fillna(0.0).to_numpy(float),
        ("lanes", "information_delay"): cell * lanes["information_delay"].fillna(0.0).to_numpy(float),
        ("recipes", "lead_time"): cell * recipes["lead_time"].fillna(0.0).to_numpy(float),
        ("stocks", "forecast_window"): cell * stocks["forecast_window"].fillna(0.0).to_numpy(float),
        ("events", "severity"): cell * np.where(longer, events["severity"].to_numpy(float), 0.0) * max(1, len(lanes)),
        ("settings", "periods"): np.array([cell * periods * (_SERIES + len(waiting) + len(case["markets"]))]),
    }
    rows = sum(len(case[table]) for table in ("sites", "stocks", "lanes", "recipes", "markets"))
    return 60.0 * cell * rows + sum(float(np.nansum(part)) for part in parts.values()), parts


def worlds_at_a_time(case: Case, most: int) -> int:
    """Worlds, `most` at most, that a batch may have so that its memory stays within bounds."""
    return int(np.clip(MOST_MEMORY // max(run_memory(case)[0], 1.0), 1, most))


def memory_in_reach(look: Look) -> list[Problem]:
    """A world fits into the memory of a usual computer."""
    if not look.fit("periods") or not _readable(look):
        return []
    total, parts = run_memory(look.case)
    if total <= MOST_MEMORY:
        return []
    (table, column), most = max(parts.items(), key=lambda part: float(np.nansum(part[1])))
    says = f"makes a run need about {total / 1e9:,.0f} GB of memory for each world; {MOST_MEMORY / 1e9:.0f} GB are the most"
    hint = "Make periods longer (period_days in settings), or the value smaller."
    if table == "settings":
        return look.setting("periods", says, hint)
    mask = np.zeros(len(most), dtype=bool)
    mask[int(np.nanargmax(most))] = True
    return look.cells(table, column, mask, says, hint)


def _readable(look: Look) -> bool:
    """Whether the cells that memory depends on can be used."""
    columns = {"lanes": ("lead_time", "lead_time_spread", "expedite_lead_time", "information_delay"), "recipes": ("lead_time",),
               "stocks": ("forecast_window",), "events": ("severity", "kind")}  # fmt: skip
    return not look.gone & set(columns) and all(look.good(table, *names)[look.live(table)].all() for table, names in columns.items())


def demand_stays_countable(look: Look) -> list[Problem]:
    """Demand that grows by a trend stays a number of units."""
    if not look.fit("periods", "period_days"):
        return []
    settings, mean, trend = look.case.settings, look.values("markets", "mean"), look.values("markets", "trend")
    years = settings["periods"] * settings["period_days"] / 365.0
    usable = look.good("markets", "mean", "trend") & ~np.isnan(mean) & (mean > 0) & (trend > 0)
    size = np.log(np.where(usable, mean, 1.0)) + years * np.log1p(np.where(usable, trend, 0.0))
    grown = usable & (size > np.log(MOST_UNITS)) & (trend > 0)
    says = f"lets demand grow beyond {MOST_UNITS:,.0f} units a period within the {years:,.0f} years of the run"
    return look.cells("markets", "trend", grown, says, "Lower the trend, or make the run shorter.")


def components_countable(look: Look) -> list[Problem]:
    """What one unit of a product takes of a component, by all its levels, stays a number of units."""
    bill, recipes = look.case["bill_of_materials"], look.case["recipes"]
    lines = np.flatnonzero(look.good("bill_of_materials", "product", "component", "quantity"))
    if not len(lines) or products_in_themselves(look):
        return []
    made = recipes[look.good("recipes", "product", "yield_rate")].groupby("product")["yield_rate"].min()
    rows = bill.iloc[lines]
    good = rows["product"].map(made).fillna(1.0).clip(lower=1e-6).to_numpy(float)
    ratio = np.where(rows["substitute"] != "", np.maximum(rows["substitute_ratio"].to_numpy(float), 1.0), 1.0)
    weight = rows["quantity"].to_numpy(float) / good * ratio
    codes, names = pd.factorize(pd.concat([rows["product"], rows["component"]]))
    start, end = codes[: len(lines)], codes[len(lines) :]
    parts = np.ones(len(names))
    for _ in range(len(names)):
        found = parts.copy()
        np.maximum.at(found, end, np.minimum(parts[start] * weight, 10 * MOST_PARTS))
        if np.array_equal(found, parts):
            break
        parts = found
    wrong = np.zeros(len(bill), dtype=bool)
    wrong[lines] = parts[start] * weight > MOST_PARTS
    says = lambda i: (  # noqa: E731
        f"is part of bills that multiply to more than {MOST_PARTS:,.0f} units of the component in one unit of what is sold "
        f"(this line: {shown(float(bill['quantity'].iat[i]))})"
    )
    return look.cells("bill_of_materials", "quantity", wrong, says, "Choose another unit for the component.")


def memory_told(look: Look) -> list[Problem]:
    """The note of a case whose runs need much memory."""
    total, _ = run_memory(look.case)
    says = f"makes a run need about {total / 1e9:.2g} GB of memory for each world, so few are run at a time"
    return look.lines_of_settings("periods", says) if total > MUCH_MEMORY else []


CHECKS = (memory_in_reach, demand_stays_countable, components_countable)
