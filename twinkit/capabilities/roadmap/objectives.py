"""How far the objectives of a strategy are, and how mature what the organisation is able to do becomes, while a roadmap runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.capabilities.roadmap.worlds import Played, Worlds
from twinkit.run.statistics import share_interval
from twinkit.run.verdict import MORE_IS_BETTER
from twinkit.tables.case import Case
from twinkit.tables.words import KPI_NAMES

ALL = "all objectives"
"""Root of a strategy with several."""
HIGHEST = 5.0
"""Highest maturity."""


@dataclass(frozen=True)
class Attained:
    """Objectives and capabilities over the months of a roadmap.

    Attributes
    ----------
    shares
        Objective → how much of the way from today to its target is gone, 0 to 1, shape (worlds, months + 1); parts make up their
        parent by weight.
    values
        Objective without parts → where it stands, shape (worlds, months + 1).
    levels
        Objective → how deep it is in the tree; parents come before their parts.
    maturity
        Capability → its level, shape (worlds, months + 1).
    """

    case: Case
    shares: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    levels: dict[str, int]
    maturity: dict[str, np.ndarray]

    @property
    def root(self) -> str:
        """The objective that all others are a part of."""
        return next(iter(self.levels))

    def table(self, horizon: int) -> pd.DataFrame:
        """A row for each objective as the tree has them: where it stands, is to be and will be at its date."""
        rows = self.case["strategy"].set_index("objective").to_dict("index")
        found = []
        for name, level in self.levels.items():
            row, share = rows.get(name, {}), self.shares[name]
            due = row.get("due", np.nan)
            at = int(min(horizon, horizon if due != due else due))
            told = share_interval(int((share[:, at] >= 1 - 1e-9).sum()), len(share))
            value = self.values[name][:, at] if name in self.values else np.full(len(share), np.nan)
            low, high = np.quantile(share[:, at], [0.05, 0.95])
            found.append({
                "objective": name, "level": level, "owner": row.get("owner", ""), "weight": row.get("weight", np.nan), "measure": row.get("measure", ""),
                "due": horizon if due != due else due, "now": float(self.values[name][0, 0]) if name in self.values else np.nan, "target": row.get("target", np.nan),
                "value": float(value.mean()), "attained": float(share[:, at].mean()), "attained_low": float(low), "attained_high": float(high),
                "met": told.value, "met_low": told.low, "met_high": told.high,
            })  # fmt: skip
        return pd.DataFrame(found)

    def capabilities(self) -> pd.DataFrame:
        """A row for each capability: its maturity today, as it is to be, at the end, and when it gets there."""
        found = []
        for row in self.case["capabilities"].to_dict("records"):
            levels = self.maturity[row["capability"]]
            there = levels >= row["to_be"] - 1e-9
            told = share_interval(int(there[:, -1].sum()), len(levels))
            months = np.where(there.any(axis=1), there.argmax(axis=1), np.inf)
            low, high = np.quantile(levels[:, -1], [0.05, 0.95])
            found.append({
                **row, "end": float(levels[:, -1].mean()), "end_low": float(low), "end_high": float(high), "month": float(np.sort(months)[len(months) // 2]),
                "met": told.value, "met_low": told.low, "met_high": told.high,
            })  # fmt: skip
        return pd.DataFrame(found).sort_values("aspect", kind="stable", ignore_index=True)


def attained(case: Case, worlds: Worlds, played: Played) -> Attained | None:
    """How far a played roadmap brings the objectives and capabilities of a case; None where it has neither.

    A KPI of the chain stands where it is in the mean of the runs as things are, and moves by what is paired by world.
    An objective whose target is reached today is attained as long as it stays there.
    """
    rows, able = case["strategy"], case["capabilities"]
    if rows.empty and able.empty:
        return None
    size = (worlds.count, worlds.horizon + 1)
    maturity = {r["capability"]: np.minimum(r["as_is"] + worlds.moved(played, r["capability"]), HIGHEST) for r in able.to_dict("records")}
    records = {r["objective"]: r for r in rows.to_dict("records")}
    parts: dict[str, list[str]] = {}
    for name, row in records.items():
        parts.setdefault(row["parent"], []).append(name)
    values: dict[str, np.ndarray] = {}
    shares: dict[str, np.ndarray] = {}

    def reach(name: str) -> np.ndarray:
        row = records.get(name, {"measure": ""})
        if name in parts:
            weights = np.array([records[p]["weight"] for p in parts[name]], float)
            weights = weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))
            shares[name] = sum((w * reach(p) for w, p in zip(weights, parts[name], strict=True)), np.zeros(size))
            return shares[name]
        if row["measure"] in maturity:
            now, value = None, maturity[row["measure"]]
        elif row["measure"]:
            now = float(worlds.runs.chance @ worlds.runs.base[row["measure"]].mean(axis=1))
            value = now + worlds.figure(played, row["measure"])
        else:
            now = float(row["now"])
            value = now + worlds.moved(played, name)
        now = float(value[0, 0]) if now is None else now
        values[name], way = value, row["target"] - now
        better = bool(row["measure"]) and way != 0 and _met(case, row["measure"], now, row["target"])
        shares[name] = np.where(_met(case, row["measure"], value, row["target"]), 1.0, 0.0) if better or way == 0 else np.clip((value - now) / way, 0.0, 1.0)
        return shares[name]

    def below(name: str, level: int) -> dict[str, int]:
        found = {name: level}
        for part in parts.get(name, ()):
            found |= below(part, level + 1)
        return found

    roots = parts.get("", [])
    top = roots[0] if len(roots) == 1 else ALL
    if len(roots) > 1:
        parts[ALL] = roots
    if roots:
        reach(top)
    return Attained(case, shares, values, below(top, 0) if roots else {}, maturity)


def _met(case: Case, measure: str, value, target: float):
    """Whether a measure is where it is to be: at most for a KPI of which less is better (as the table objectives says, where it does), else at least."""
    rows = case["objectives"].set_index("kpi")
    relation = rows.at[measure, "relation"] if measure in rows.index else "at_least" if measure in MORE_IS_BETTER or measure not in KPI_NAMES else "at_most"
    return value >= target - 1e-12 if relation == "at_least" else value <= target + 1e-12
