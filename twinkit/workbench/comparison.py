"""Scenarios side by side as plain data: each KPI of each, and its paired difference to a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinkit.study.compare import compare, compare_costs
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.study.statistics import mean_interval, share_interval
from twinkit.study.verdict import MORE_IS_BETTER, NONE
from twinkit.words import amount, digits

FIRST = ("fill rate", "time to recover", "depth", "lost sales", "earnings", "total cost", "revenue", "inventory")
"""KPIs that stand at the top."""


def comparison(outcomes: Mapping[str, Outcome], base: str) -> dict[str, Any]:
    """The table of KPIs.

    Parameters
    ----------
    outcomes
        Name of a scenario → its outcome; all on the same luck.
    base
        The baseline.

    Returns
    -------
    dict
        ``heads``: names; ``rows``: dicts of label, definition and cells, each with value, spread,
        change, better and tone ("better", "worse", "unclear", "none").
    """
    names = [base, *(n for n in outcomes if n != base)]
    tables = {n: outcomes[n].table().set_index("kpi") for n in names}
    pairs = {n: compare(outcomes[base], outcomes[n]).set_index("kpi") for n in names[1:]}
    rows = []
    for kpi in sorted(tables[base].index, key=lambda k: FIRST.index(k) if k in FIRST else len(FIRST)):
        unit = tables[base].at[kpi, "unit"]
        cells = [_value(kpi, outcomes[n], tables[n].loc[kpi]) for n in names]
        for name, cell in zip(names[1:], cells[1:], strict=True):
            cell |= _change(kpi, pairs[name].loc[kpi], unit)
        definition = f"{FORMULAS[kpi][1]}."
        label = kpi[:1].upper() + kpi[1:]
        rows.append(
            {"label": label, "unit": unit if kpi == "time to recover" else "", "definition": definition, "cells": cells}
        )
    return {"caption": f"Key figures; differences are to “{base}”, world by world", "heads": names, "rows": rows}


def costs(outcomes: Mapping[str, Outcome], base: str) -> dict[str, Any]:
    """The table of the parts of cost, in the same form."""
    names = [base, *(n for n in outcomes if n != base)]
    money = outcomes[base].plan.case.settings["currency"]
    pairs = {n: compare_costs(outcomes[base], outcomes[n]).set_index("part") for n in names[1:]}
    rows = []
    for part in (*outcomes[base].costs, "total"):
        cells = []
        for name in names:
            parts = outcomes[name].costs
            values = sum(parts.values()) if part == "total" else parts[part]
            mean, low, high = mean_interval(values)
            cell = {"value": amount(mean, money), "spread": _spread(low, high, money)}
            cells.append(cell | (_change("total cost", pairs[name].loc[part], money) if name != base else {}))
        rows.append({"label": part[:1].upper() + part[1:], "unit": "", "definition": "", "cells": cells})
    return {"caption": f"Cost by part; differences are to “{base}”, world by world", "heads": names, "rows": rows}


def _value(kpi: str, outcome: Outcome, row: pd.Series) -> dict[str, Any]:
    if kpi == "time to recover":
        return _recovery(outcome, row)
    if not math.isfinite(row["mean"]):
        return {"value": "not defined", "spread": ""}
    lacking = outcome.replications - int(row["worlds"])
    note = f"defined in {int(row['worlds'])} of {outcome.replications} worlds" if lacking else ""
    spread = _spread(row["low"], row["high"], row["unit"])
    return {"value": amount(row["mean"], row["unit"]), "spread": "; ".join(p for p in (spread, note) if p)}


def _recovery(outcome: Outcome, row: pd.Series) -> dict[str, Any]:
    """The median; what had not recovered by the end of the run is said and never averaged."""
    late = int(row["censored"])
    note = f"median; 95 % of the worlds: up to {outcome.recovery_told(0.95)}"
    return {
        "value": outcome.recovery_told(),
        "spread": note + (f"; {late} of {outcome.replications} not back by the end" if late else ""),
    }


def _spread(low: float, high: float, unit: str) -> str:
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return ""
    bare = "share" if unit == "share" else "-"
    return f"{amount(low, bare)} to {amount(high, bare)}"


def _change(kpi: str, row: pd.Series, unit: str) -> dict[str, str]:
    """The difference of a cell, with the verdict of :func:`twinkit.compare` if it gives one."""
    mean, low, high = (float(row[c]) for c in ("difference", "low", "high"))
    if not math.isfinite(mean):
        return {"change": "", "better": "", "tone": "none"}
    if mean == 0 and not row.get("higher", 0):
        return {"change": "the same", "better": "", "tone": "none"}
    if not (math.isfinite(low) and math.isfinite(high)):
        return {"change": _signed(mean, unit), "better": "too few worlds for an interval", "tone": "none"}
    change = f"{_signed(mean, unit)} ({_signed(low, unit, True)} to {_signed(high, unit, True)})"
    verdict = row.get("verdict", NONE)
    tone = verdict if verdict != NONE else "unclear" if low <= 0 <= high else "none"
    return {"change": change, "better": _share(row, "higher" if kpi in MORE_IS_BETTER else "lower", verdict != NONE), "tone": tone}


def _share(row: pd.Series, way: str, judged: bool) -> str:
    """Share of the worlds in which it is better, or else higher or lower, with its Wilson interval; why there is no verdict."""
    if way not in row.index or not math.isfinite(row[way]):
        return ""
    share, low, high = share_interval(round(row[way] * row["worlds"]), int(row["worlds"]))
    told = f"{'better' if judged else way} in {100 * share:.0f} % of {int(row['worlds'])} worlds ({100 * low:.0f} to {100 * high:.0f})"
    return f"{told}; no verdict: {row['why']}" if row["why"] else told


def _signed(value: float, unit: str, bare: bool = False) -> str:
    """A difference with its sign; of shares in points."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if unit == "share":
        return f"{sign}{digits(100 * abs(value))}" + ("" if bare else " points")
    return f"{sign}{amount(abs(value), '-' if bare or unit == '-' else unit)}"
