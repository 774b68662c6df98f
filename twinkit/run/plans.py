"""Plans of scenarios, made with as little work as can be.

To join the tables of a case takes longer than a batch of its worlds runs.  So what scenarios have in
common is made once: a plan for what the levers are moved to, on which every event is laid by
itself; and where a lever only changes numbers in place (a safety stock, a capacity), that plan is
the one of the case with these numbers changed.  What comes of it is the same plan to the last bit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.chain.effects import effects_of
from twinkit.chain.layout import LP, RP, SP
from twinkit.chain.network import Network
from twinkit.chain.people import own_columns
from twinkit.chain.plan import Plan, _basis, _limit, _stock_numbers, plan_of, start_position
from twinkit.levers.levers import levers_of
from twinkit.run.scenario import Scenario, named
from twinkit.tables import require_sound
from twinkit.tables.case import Case, complete

MOST = 32
"""Plans that a search keeps, of scenarios and of levers; they fill the memory."""
KEYS = {
    "stocks": ["site", "product"], "lanes": ["origin", "destination", "product", "mode"], "recipes": ["site", "product", "recipe"],
    "sites": ["site"],
}  # fmt: skip
"""Table of the network → the columns that name a row."""
IN_PLACE = {
    "stocks": {"safety_stock", "build_up", "build_from", "build_until", "ramp_up"}, "lanes": {"expedite"},
    "recipes": {"capacity"}, "sites": {"capacity"},
}  # fmt: skip
"""Table → columns that nothing is joined by, and no flow follows from."""
SETTINGS = {"detection_delay"}
"""Settings that no plan holds a copy of."""


def plans_of(case: Case, scenarios: Sequence[Scenario], actors: Mapping[str, type] | None = None) -> dict[str, Plan]:
    """A plan for every scenario, by name; actors of one's own may declare columns that the tables hold.

    Raises
    ------
    CaseError
        If the case has problems, or a scenario does not fit it.
    """
    require_sound(case, extra_columns=own_columns(actors or {}))
    return {name: plan_with(case, s) for name, s in named(scenarios).items()}


def outage_plans(case: Case, scenarios: Sequence[Scenario], actors: Mapping[str, type] | None = None) -> dict[str, Plan]:
    """Plans of scenarios that are no more than events of their own, which fit the case and are not checked again.

    Raises
    ------
    CaseError
        If the case has problems.
    """
    require_sound(case, extra_columns=own_columns(actors or {}))
    base, known, found = case.derived(plan_of), set(case["events"]["event"]), {}
    own = complete("events", [dict(e) for s in scenarios for e in s.events])  # of all at once: filling in cells takes long
    rows = iter(np.split(np.arange(len(own)), np.cumsum([len(s.events) for s in scenarios])[:-1]))
    for name, scenario in named(scenarios).items():
        mine = own.iloc[next(rows)]
        if known & {e["event"] for e in scenario.events}:  # it takes the place of one of the case
            found[name] = plan_with(case, scenario)
            continue
        changed = case.replace()
        changed.tables["events"] = pd.concat([case["events"], mine], ignore_index=True)
        found[name] = _asked(_under(base, changed, scenario.apart(case)), case, scenario)
    return found


def asking(case: Case, scenario: Scenario) -> Scenario:
    """The scenario; one that names no event asks about those that the case has scheduled."""
    return scenario if scenario.events else replace(scenario, events=tuple(dict.fromkeys(plan_of(case).effects.names)))


def plan_with(case: Case, scenario: Scenario) -> Plan:
    """The plan of a scenario, with the one that holds before its levers are moved.

    Parameters
    ----------
    case, scenario
        What is asked.

    Raises
    ------
    CaseError
        If the scenario does not fit the case.
    """
    rows = scenario.event_rows(case)
    plan = _asked(_plan(case, scenario, rows, {}), case, scenario)
    if not (scenario.since and scenario.levers):
        return plan
    before = _plan(case, replace(scenario, levers={}), rows, {})
    return replace(plan, before=before, since=scenario.since)


def _asked(plan: Plan, case: Case, scenario: Scenario) -> Plan:
    plan.notes["asked"] = case, scenario  # so that a report can say it, and ask again
    return plan


def _plan(case: Case, scenario: Scenario, rows: pd.DataFrame, moved: dict[str, Plan]) -> Plan:
    """A plan with some table of events; plans of levers are looked up in `moved` and put there."""
    apart, own = scenario.apart(case), replace(scenario, name="", events=(), since=0)
    if _looks_at_events(case, own) or rooms.adds_rows(case):
        return replace(plan_of(own.moved(case.replace(events=rows), case)), apart=apart)
    if getattr(own, "inputs", ()):  # they may change the events, too; the levers are moved once
        moved_case = Scenario("", levers=own.levers).moved(case)
        return replace(plan_of(own.turned_out(moved_case.replace(events=rows))), apart=apart)
    key = repr(own)
    if key not in moved:
        changed = own.moved(case)
        moved[key] = case.derived(plan_of) if changed is case else plan_near(case.derived(plan_of), changed) or plan_of(changed)
    return _under(moved[key], moved[key].case.replace(events=rows), apart)


def _looks_at_events(case: Case, scenario: Scenario) -> bool:
    """Whether what a scenario moves may depend on the events, or change them."""
    early = {lever.name for lever in levers_of(case) if lever.foreseen}
    return any(n in early and v is not None for n, v in scenario.levers.items())


def _under(base: Plan, case: Case, apart: frozenset[str]) -> Plan:
    if "basis" not in base.notes:
        base.notes["basis"] = _basis(base.case, base.net)
    notes = {} if apart & set(base.effects.names) else {"calm": base}  # else the case as it is is the paired world
    return replace(base, case=case, effects=effects_of(base.net, case["events"], base.notes["basis"]), apart=apart, notes=notes)


def plan_near(base: Plan, case: Case) -> Plan | None:
    """The plan of a case that differs from another one in numbers that are changed in place; None where it must be made anew.

    Parameters
    ----------
    base
        Plan of the other case.
    case
        A case without problems.
    """
    then = base.case
    tables = [t for t in case.tables if case.tables[t] is not then.tables[t]]
    settings = {k for k, v in case.settings.items() if v != then.settings[k]}
    changed = {t: _columns(then[t], case[t]) for t in tables}
    if settings - SETTINGS or any(columns is None or columns - IN_PLACE.get(t, set()) for t, columns in changed.items()):
        return None
    net, new = base.net, {}
    for table, columns in changed.items():
        rows = _rows_of(base, table)
        if rows is None or any(not _same(getattr(net, table)[c], then[table][c].to_numpy()[rows]) for c in columns):
            return None  # the network has something else there than the table
        new[table] = getattr(net, table).assign(**{c: case[table][c].to_numpy()[rows] for c in columns})
    net = replace(net, **new)
    return replace(base, case=case, net=net, notes={}, **_numbers(base, case, net, set(changed)))


def _numbers(base: Plan, case: Case, net: Network, tables: set[str]) -> dict[str, Any]:
    """Numbers of a plan that change with columns of :data:`IN_PLACE`."""
    found: dict[str, Any] = {}
    if "stocks" in tables:
        protection = base.stock_n[SP.protection]
        found |= {"stock_n": _stock_numbers(case, net, base.flows, protection), "position": start_position(net, base.flows, protection)}
    if "lanes" in tables:
        found["lane_n"] = base.lane_n.copy()
        found["lane_n"][LP.expedite] = (net.lanes["expedite"] & net.lanes["expedite_lead_time"].notna()).to_numpy(float)
    if "recipes" in tables:
        found["recipe_n"] = base.recipe_n.copy()
        found["recipe_n"][RP.capacity] = _limit(net.recipes["capacity"])
    return found


def _columns(one: pd.DataFrame, other: pd.DataFrame) -> set[str] | None:
    """Columns in which two tables differ; None where their rows or columns are others."""
    if len(one) != len(other) or list(one.columns) != list(other.columns):
        return None
    return {c for c in one.columns if one[c] is not other[c] and not one[c].equals(other[c])}


def _same(one: pd.Series, other: np.ndarray) -> bool:
    return one.equals(pd.Series(other, one.index, one.dtype))


def _rows_of(base: Plan, table: str) -> np.ndarray | None:
    """Row of the table of the case for every row of the network; None where that is not plain."""
    if f"rows {table}" not in base.notes:
        rows, given = getattr(base.net, table), base.case[table]
        index = pd.MultiIndex.from_frame(given[KEYS[table]])
        found = index.get_indexer(pd.MultiIndex.from_frame(rows[KEYS[table]])) if index.is_unique else np.full(1, -1)
        base.notes[f"rows {table}"] = found if len(rows) == len(given) and (found >= 0).all() else None
    return base.notes[f"rows {table}"]


class Plans:
    """Makes plans of the scenarios of a search, and keeps those of the levers: another risk or another lot of luck needs no new one.

    All cases that it is asked for differ in nothing but what they have scheduled.

    Parameters
    ----------
    most
        How many plans, of scenarios and of levers, are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[tuple, Plan] = OrderedDict()
        self._moved: OrderedDict[tuple, Plan] = OrderedDict()
        self._rows: dict[tuple, pd.DataFrame] = {}
        self._cases: dict[tuple, Case] = {}

    def __call__(self, case: Case, scenarios: Sequence[Scenario]) -> dict[str, Plan]:
        """Plans by name."""
        scheduled = tuple(case["events"]["event"][case["events"]["scheduled"]])
        if scheduled not in self._cases:
            require_sound(case)
            self._cases[scheduled] = case
        return {name: self._plan(scheduled, s) for name, s in named(scenarios).items()}

    def _plan(self, scheduled: tuple, scenario: Scenario) -> Plan:
        case, key = self._cases[scheduled], (scheduled, repr(replace(scenario, name="")))
        if key not in self._kept:
            events = (scheduled, repr(scenario.events))
            if events not in self._rows or scenario.since:
                self._rows[events] = scenario.event_rows(case)
            moved = {k[1]: plan for k, plan in self._moved.items() if k[0] == scheduled}
            plan = _plan(case, scenario, self._rows[events], moved)
            if scenario.since and scenario.levers:
                plan = replace(plan, before=_plan(case, replace(scenario, levers={}), self._rows[events], moved), since=scenario.since)
            self._moved |= {(scheduled, k): p for k, p in moved.items()}
            self._kept[key] = _asked(plan, case, scenario)
        self._kept.move_to_end(key)
        for kept in (self._kept, self._moved):
            while len(kept) > self.most:
                kept.popitem(last=False)
        return self._kept[key]
