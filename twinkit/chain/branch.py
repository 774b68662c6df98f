"""Branches: from the present of a chain into another future, or another case.

State is carried by name.  A row that the new case has and the old one had not starts
empty: nothing on the way, and in stock what the table gives as `on_hand`, or nothing.
A row that is gone may hold no goods, as goods cannot vanish; orders on it are cancelled
on both ends.  What is on the way keeps its due period, whatever the lead times are from
now on; what leaves later does not overtake it unless the lane allows crossing.  Totals
and histories go on; costs are made of totals at the end, so the prices of the new case
hold for all of them.

Other attributes of Python objects (agents, steps of one's own) are not state of the
chain: what must be carried belongs into a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from twinkit import rules
from twinkit.chain.balance import Running
from twinkit.chain.carry import Move, carry_state, goods_in_rows, mend
from twinkit.chain.day import Day
from twinkit.chain.kept import matched, row_keys, said
from twinkit.chain.layout import RP
from twinkit.chain.people import own_columns
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import LAYOUTS, Series, row_names, series
from twinkit.tables import CaseError, Problem, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import shown

TABLE_OF = {block: table for table, (block, _) in LAYOUTS.items()}
"""Table of a series by the code of its block."""


def branched(
    chain: Running,
    case: Case | Plan | None = None,
    seed: int | None = None,
    record: Sequence[str | Series] | None = None,
    actors: Mapping[str, type] | None = None,
    policies: Mapping[Any, Any] | None = None,
    day: Day | str | None = None,
) -> Running:
    """A new chain at the present of another; see :meth:`twinkit.chain.chain.Chain.branch`."""
    actors = chain.given["actors"] if actors is None else actors
    policies = chain.given["policies"] if policies is None else policies
    plan = _plan(chain, case, actors, day)
    if record is None:
        record = [renumbered(s, chain.plan, plan) for s in chain.series]
    new = type(chain)(
        plan, chain.replications, seed=chain.seed if seed is None else seed, first=chain.first, record=record,
        actors=actors, policies=policies, day=_day(chain, plan, day),
    )  # fmt: skip
    transplant(chain.snapshot(), chain.plan, new)
    return new.mute_events() if chain.muted and case is None else new


def _plan(chain: Running, case: Case | Plan | None, actors: Mapping, day: Day | str | None) -> Plan:
    plan = case if isinstance(case, Plan) else None if isinstance(case, Case) else chain.plan
    case = case if isinstance(case, Case) else plan.case
    if isinstance(day, str) and day != case.settings["day"]:
        plan, case = None, case.replace(settings={"day": day})
    if plan is not None:
        return plan
    require_sound(case, extra_columns=own_columns(actors))
    return plan_of(case)


def _day(chain: Running, plan: Plan, day: Day | str | None) -> Day | str | None:
    """The day that was asked for, or one of the chain's own; else that of the case."""
    if day is not None:
        return day
    usual = Day(chain.case.settings["day"])
    return None if chain.day.compiled and _names(chain.day) == _names(usual) else chain.day


def _names(day: Day) -> list[list[str]]:
    return [[step.name for step in group] for group in day.groups]


def transplant(snapshot: Mapping[str, Any], old_plan: Plan, chain: Running) -> Running:
    """Put a snapshot of a chain of one plan into a chain of another.

    Parameters
    ----------
    snapshot
        What :meth:`twinkit.chain.chain.Chain.snapshot` gave; it may be used many times.
    old_plan
        Plan of the chain that it was taken of.
    chain
        A chain as it was made, with as many worlds; it goes on from the snapshot's period.

    Raises
    ------
    CaseError
        If goods would vanish, the horizon is over, or an order was set by hand for a
        stock that is gone; everything that stands in the way.
    ValueError
        If the chains do not have the same worlds.
    """
    if (snapshot["replications"], snapshot["first"]) != (chain.replications, chain.first):
        raise ValueError("a snapshot goes into a chain of the same worlds: the same replications and the same first")
    move = Move(snapshot, old_plan, chain)
    problems = list(_obstacles(move))
    if problems:
        raise CaseError(problems)
    carry_state(move)
    mend(move)
    _carry_own(move)
    _carry_histories(move)
    chain.kept = deepcopy(snapshot.get("kept", {}))
    chain.period, chain.steps, chain.holds = move.period, snapshot["steps"], list(snapshot["holds"])
    if snapshot["seed"] == chain.seed and "random" in snapshot:
        chain.random.setstate(snapshot["random"][0])
        chain.rng.bit_generator.state = snapshot["random"][1]
    return chain


def _obstacles(move: Move) -> Iterator[Problem]:
    """Everything that keeps a snapshot from going on in another case."""
    plan = move.chain.plan
    if plan.periods < move.period:
        says = f"is less than the {move.period} periods that the chain has run"
        yield Problem("settings", None, "periods", shown(plan.periods), says, "Give a longer horizon.")
    for table, (held, true) in goods_in_rows(move).items():
        gone = np.ones(len(held), bool)
        gone[move.match[table].old] = False
        most = held.max(axis=1, initial=0.0)
        keys = row_keys(move.old, table)
        for row in np.flatnonzero(gone & true & (most > rules.DUST)):
            says = f"is not in the new case and holds goods (up to {most[row]:g} units in a world)"
            yield Problem(table, None, "", said(table, keys[row]), says, "Keep it, or branch once it is empty.")
    yield from _unfinished(move)
    for hold in move.snapshot["holds"]:
        if hold.row not in row_keys(plan, hold.table):
            says = f"is not in the new case and its {hold.column} is held until period {hold.until}"
            yield Problem(hold.table, None, "", said(hold.table, hold.row), says, "Keep it, or withdraw what is held.")


def _unfinished(move: Move) -> Iterator[Problem]:
    """Recipes that make their product at once from now on, with units in work that would never be finished."""
    match, held = move.match["recipes"], goods_in_rows(move)["recipes"][0]
    now, before = move.chain.plan.recipe_n[RP.lead_time], move.past["recipe_n"][RP.lead_time]
    keys = row_keys(move.chain.plan, "recipes")
    for new, old in zip(match.new, match.old, strict=True):
        if now[new] == 0 < before[old] and held[old].max(initial=0.0) > rules.DUST:
            says = "has no lead time in the new case, and units are in work"
            yield Problem("recipes", None, "", said("recipes", keys[new]), says, "Give it a lead time of 1 or more.")


def _carry_own(move: Move) -> None:
    """Columns that actor classes declare, by name; where none was declared before, its start stays."""
    stocks = move.match["stocks"]
    kept = {column.name: values for column, values in move.snapshot["own"].items()}
    for column, values in move.chain._own().items():
        if column.name in kept:
            old = kept[column.name][stocks.old]
            values[stocks.new] = np.where(np.isnan(old), values[stocks.new], old)


# Histories -------------------------------------------------------------------------------


def renumbered(s: Series, old: Plan, new: Plan) -> Series:
    """A series of one plan as a series of another: a line for each row if it was so, else the rows that are still there."""
    if old is new:
        return s
    table = TABLE_OF[s.block]
    column = LAYOUTS[table][1]._fields[s.column]
    names, n = row_names(old, table), len(s.rows)
    if s.labels == names and n == len(names) and (s.rows == s.line).all() and (s.weight == 1.0).all():
        names = row_names(new, table)
        return series(s.name, table, column, range(len(names)), names, mean=s.mean)
    keys, new_keys = row_keys(old, table), row_keys(new, table)
    match = matched(keys, new_keys)
    at = np.full(len(keys), -1)
    at[match.old] = match.new
    part = at[s.rows] >= 0
    return series(s.name, table, column, at[s.rows][part], s.labels, s.line[part], s.weight[part], s.mean)


def lines_of(wanted: Sequence[Series], record: np.ndarray, record_mean: np.ndarray) -> Iterator[tuple[Series, np.ndarray]]:
    """Every series with its lines of the arrays of a run."""
    at = [0, 0]
    for s in wanted:
        yield s, (record_mean if s.mean else record)[at[s.mean] : at[s.mean] + len(s.labels)]
        at[s.mean] += len(s.labels)


def _carry_histories(move: Move) -> None:
    """Lines of the same series and label go on; a line that is new has zeros for the past."""
    past, t, chain = move.past, move.period, move.chain
    kept = {(s.name, s.mean): (s.labels, lines) for s, lines in
            lines_of(move.snapshot["series"], past["record"], past["record_mean"])}  # fmt: skip
    for s, lines in lines_of(chain.series, chain.world.record, chain.world.record_mean):
        if (s.name, s.mean) in kept:
            labels, old = kept[s.name, s.mean]
            match = matched([(x,) for x in labels], [(x,) for x in s.labels])
            lines[match.new, :t] = old[match.old, :t]
