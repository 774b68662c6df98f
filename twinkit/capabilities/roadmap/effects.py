"""What steps move: levers and figures of the chain, objectives of the strategy, capabilities; and what that brings when it is run.

What two steps bring together is more or less than what they bring one by one.  With v(S) what is earned with the steps S in
effect, the chain is run with none, with each, with every two and with all of them, and v is told by Harsanyi's dividends
(1963, *Int. Economic Review* 4): d(i) = v(i) - v(), d(i, j) = v(i, j) - v(i) - v(j) + v(), and what is left of v(all) comes
when all are in effect.  For up to three steps that is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from threading import Event

import numpy as np
import pandas as pd

from twinkit.columns import Column, table_columns
from twinkit.levers.levers import levers_of
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem, listed, refuse
from twinkit.tables.schema import TABLES, Settings

LEVER, COLUMN, OBJECTIVE, CAPABILITY = "lever", "figure", "objective", "capability"
CHAIN = (LEVER, COLUMN)
"""Kinds of what is moved that are run on the chain."""
EARNED = "earnings"
NO_EVENT = "no event"
OWN = ("steps", "effects", "strategy", "capabilities", "actuals")
"""Tables of a roadmap: no step moves them."""


@dataclass(frozen=True)
class Move:
    """Something that a step moves.

    Attributes
    ----------
    step, target, kind
        Which step moves what: a lever, a figure (table.column), an objective or a capability.
    value, low, high
        Lever: where to; figure: times what; objective and capability: by how much.  The ends are those of a three-point estimate.
    source
        Where the assumption comes from.
    """

    step: str
    target: str
    kind: str
    value: float
    low: float
    high: float
    source: str = ""

    @property
    def ranged(self) -> bool:
        """Whether it is uncertain."""
        return self.low < self.high

    def at(self, end: int) -> float:
        """Its value at the low end (-1), as most likely (0) or at the high end (1)."""
        return (self.value, self.high, self.low)[end]


def figure(target: str) -> tuple[str, Column] | None:
    """Table and column that a target names as "table.column"; None if it names no number of the chain."""
    table, _, name = target.partition(".")
    owner = Settings if table == "settings" else None if table in OWN else TABLES.get(table)
    column = table_columns(owner).get(name) if owner else None
    return (table, column) if column is not None and column.numeric else None


def kind_of(case: Case, target: str) -> str:
    """Kind of what a target names in a case; "" if it names nothing.  What the levers of a chain are takes time, so they are asked last."""
    if (case["strategy"]["objective"] == target).any():
        return OBJECTIVE
    if (case["capabilities"]["capability"] == target).any():
        return CAPABILITY
    if figure(target):
        return COLUMN
    return LEVER if any(one.name == target for one in levers_of(case)) else ""


def moves_of(case: Case) -> list[Move]:
    """What the steps of a checked case move, in the order of its tables."""
    found = []
    for row in case["steps"].to_dict("records"):
        if row["lever"]:
            found.append(Move(row["step"], row["lever"], LEVER, *[float(row["lever_value"])] * 3, row["source"]))
    for row in case["effects"].to_dict("records"):
        value = float(row["value"])
        low, high = (value if np.isnan(row[end]) else float(row[end]) for end in ("low", "high"))
        found.append(Move(row["step"], row["moves"], kind_of(case, row["moves"]), value, low, high, row["source"]))
    return found


def moved(case: Case, moves: Sequence[Move], end: int = 0) -> Case:
    """The case with what steps move in the chain.

    Parameters
    ----------
    case
        The case.
    moves
        What is moved, all of it in the chain.
    end
        As of :meth:`Move.at`.
    """
    levers = {one.name: one for one in levers_of(case)} if any(m.kind == LEVER for m in moves) else {}
    for move in moves:
        value = move.at(end)
        if move.kind == LEVER:
            lever = levers[move.target]
            case = lever.apply(case, bool(value) if lever.flag else value)
            continue
        table, column = figure(move.target)
        if table == "settings":
            case = case.replace(settings={column.name: _times(pd.Series([case.settings[column.name]]), value, column).iloc[0]})
        else:
            case = case.replace(**{table: case[table].assign(**{column.name: _times(case[table][column.name], value, column)})})
    return case


def _times(values: pd.Series, factor: float, column: Column) -> pd.Series:
    """Numbers of a column times a factor, within what the column allows."""
    found = (pd.to_numeric(values).astype(float) * factor).clip(column.low, column.high)
    return found.round() if column.kind == "whole" else found


@dataclass(frozen=True)
class ChainRuns:
    """What steps bring in the chain, on the same luck.

    Attributes
    ----------
    names
        Steps that move the chain.
    chance
        Chance of a kind of year: one without the risks, then one with each of them, shape (kinds,).
    base
        Figure → what it is as things are, shape (kinds, worlds); "earnings" in money a month.
    own
        (step, end) → figure → change against `base` with this step alone, at the low end (-1), as most likely (0), at the high end (1).
    both
        (step, step) → figure → what two of them bring beyond what each does.
    every
        Figure → what all of them bring beyond that; {} for fewer than three.
    """

    names: tuple[str, ...]
    chance: np.ndarray
    base: dict[str, np.ndarray]
    own: dict[tuple[str, int], dict[str, np.ndarray]]
    both: dict[tuple[str, str], dict[str, np.ndarray]]
    every: dict[str, np.ndarray]


def risks_of(case: Case) -> dict[str, float]:
    """Events that are not scheduled and are no certainty → their chance in a year, from that in a run (column `probability`) [1/year]."""
    rows = case["events"]
    rows = rows[~rows["scheduled"].astype(bool) & (rows["probability"] > 0) & (rows["probability"] < 1)]
    share = 365.0 / (case.settings["periods"] * case.settings["period_days"])
    return {name: float(1.0 - (1.0 - p) ** share) for name, p in zip(rows["event"], rows["probability"], strict=True)}


def run_steps(
    case: Case, moves: Sequence[Move], figures: Sequence[str], risks: Mapping[str, float], months: float, replications: int, seed: int | None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> ChainRuns:  # fmt: skip
    """Run the chain with none, each, every two and all of the steps.

    Parameters
    ----------
    case, moves
        The case, and what its steps move.
    figures
        KPIs that are looked at; "earnings" are taken by the month.
    risks
        Event of the case → its chance in a year.
    months
        Months that a run counts.
    replications, seed, progress, cancel
        As for :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If what a step moves makes a chain that cannot be, or a figure is not known in every world; all at once.
    """
    own = {name: [m for m in moves if m.step == name and m.kind in CHAIN] for name in dict.fromkeys(m.step for m in moves if m.kind in CHAIN)}
    names = tuple(own)
    asked: list[tuple[tuple[str, ...], int]] = [((), 0), *(((n,), 0) for n in names)]
    asked += [((n,), end) for n in names if any(m.ranged for m in own[n]) for end in (-1, 1)]
    asked += [(pair, 0) for pair in combinations(names, 2)]
    asked += [(names, 0)] if len(names) > 2 else []
    events = case["events"]
    certain = events["probability"].where(~events["event"].isin(list(risks)), 1.0)  # whether they happen is drawn year by year
    chain = case.replace(**{table: [] for table in OWN}, events=events.assign(probability=certain))
    years = [Scenario(NO_EVENT), *(Scenario(event, events=(event,)) for event in risks)]
    found: dict[tuple[tuple[str, ...], int], dict[str, np.ndarray]] = {}
    for key in asked:
        try:
            outcomes = ensemble(moved(chain, [m for n in key[0] for m in own[n]], key[1]), years, replications, seed=seed, cancel=cancel, detail="kpis")
        except CaseError as error:
            if not key[0]:
                raise
            told = [Problem("effects", None, "step", listed(list(key[0])), f"makes a chain that cannot be: {p.sentence}", "") for p in error.problems]
            raise CaseError(told) from error
        found[key] = {f: np.array([outcomes[y.name].kpis.get(f, np.full(replications, np.nan)) for y in years]) for f in figures}
        if EARNED in found[key]:  # a risk comes once in its year, however long a run is
            total = found[key][EARNED]
            found[key][EARNED] = total[:1] / months + (total - total[:1]) / 12.0
        if progress is not None:
            progress(len(found), len(asked))
    wrong = []
    for f in figures:
        if not all(np.isfinite(one[f]).all() for one in found.values()):
            told = ("effects", "moves", "what is earned cannot be told: not every market has a price", "Give every market a price, or state the gain instead.")
            told = told if f == EARNED else ("strategy", "measure", f"{f} is not known in every world (it is censored, or nothing happened)", "Choose another measure, or state now and the effects.")
            wrong.append(Problem(told[0], None, told[1], f, told[2], told[3]))
    refuse(wrong)
    base = found[(), 0]
    alone = {(key[0][0], key[1]): {f: one[f] - base[f] for f in figures} for key, one in found.items() if len(key[0]) == 1}
    both = {pair: {f: found[pair, 0][f] - base[f] - alone[pair[0], 0][f] - alone[pair[1], 0][f] for f in figures} for pair in combinations(names, 2)}
    every = {f: found[names, 0][f] - base[f] - sum(alone[n, 0][f] for n in names) - sum(b[f] for b in both.values()) for f in figures} if len(names) > 2 else {}
    chance = np.array([1.0 - sum(risks.values()), *risks.values()])
    return ChainRuns(names, chance, base, alone, both, every)
