"""Network: what every site and lane does, day by day, and which levers reach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import traitlets as t

from twinkit.chain.network import network_of, tiers_of
from twinkit.columns import Column, table_columns
from twinkit.levers.levers import Lever, levers_of, moved_levers
from twinkit.questions.network import NetworkQuestion
from twinkit.run.scenario import Scenario
from twinkit.show.tiers import graph_of
from twinkit.study.site_figures import NetworkFigures
from twinkit.tables import CaseError
from twinkit.tables.case import Case, default_of
from twinkit.tables.schema import TABLES
from twinkit.workbench.desk import AS_IS
from twinkit.workbench.panel import Panel

SEPARATOR = " → "
"""Between origin and destination, in the name of a lane."""
PLACES = {"sites": ("site",), "stocks": ("site",), "recipes": ("site",), "markets": ("site",),
          "lanes": ("origin", "destination"), "events": ("site", "origin", "destination")}  # fmt: skip
"""Tables that name sites, and the columns that do."""
MINE = "my scenario"
"""Name of the scenario that is made when a lever is moved and "as it is" is chosen: that one stays as it is."""


class NetworkPanel(Panel):
    """The chain on the map and as tiers.

    Attributes
    ----------
    product
        Only what this product needs is shown; "" for all.
    picked
        Name of a site, or ``origin → destination``; "" for none.
    """

    key, title, question = NetworkQuestion.key, NetworkQuestion.title, NetworkQuestion.asks
    INPUTS = ("product", "picked")

    product = t.Unicode(help="only what this product needs; empty for all")
    picked = t.Unicode(help="a site, or a lane as origin → destination; empty for none")

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return NetworkQuestion(self.desk).call().run, (), {}

    def code(self) -> str:
        return NetworkQuestion(self.desk).code()

    # --- what is there

    @property
    def products(self) -> list[str]:
        """Products that can be looked at alone: those that customers buy, then the others."""
        case = self.desk.case
        sold = list(dict.fromkeys(case["markets"]["product"]))
        return [*sold, *(p for p in case["products"]["product"] if p not in set(sold))]

    def lanes(self, site: str = "") -> list[str]:
        """Names of the lanes, of all sites or of one."""
        rows = self.desk.case["lanes"]
        if site:
            rows = rows[(rows["origin"] == site) | (rows["destination"] == site)]
        ends = zip(rows["origin"], rows["destination"], strict=True)
        return list(dict.fromkeys(SEPARATOR.join(e) for e in ends))

    def lane_of(self, name: str) -> tuple[str, str] | None:
        """Origin and destination of the name of a lane; None for a name that is none."""
        rows = self.desk.case["lanes"]
        ends = zip(rows["origin"], rows["destination"], strict=True)
        return next((e for e in ends if SEPARATOR.join(e) == name), None)

    def is_site(self, name: str) -> bool:
        """Whether a name is that of a site."""
        return name in set(self.desk.case["sites"]["site"])

    def about(self, name: str) -> str:
        """What a site or a lane is, in a few words; "" for neither."""
        case = self.desk.case
        if lane := self.lane_of(name):
            rows = case["lanes"]
            rows = rows[(rows["origin"] == lane[0]) & (rows["destination"] == lane[1])]
            modes = ", ".join(dict.fromkeys(m.replace("_", " ") for m in rows["mode"] if m))
            times = (
                f"{rows['lead_time'].min():g} to {rows['lead_time'].max():g}"
                if rows["lead_time"].nunique() > 1
                else f"{rows['lead_time'].iloc[0]:g}"
            )
            return (
                f"Lane{f' by {modes}' if modes else ''}, lead time {times} periods, for {', '.join(rows['product'])}."
            )
        if not self.is_site(name):
            return ""
        net = case.derived(network_of)
        at = net.sites["site"].tolist().index(name)
        row = net.sites.iloc[at]
        tier = "" if row["kind"] == "port" else f", tier {int(tiers_of(net)[at])}"
        where = ", ".join(str(row[c]) for c in ("company", "city", "country") if row[c])
        return f"{str(row['kind']).capitalize()}{tier}{f': {where}' if where else ''}."

    def shown_sites(self) -> set[str]:
        """Sites that the chosen product needs; all without one."""
        if not self.product:
            return set(self.desk.case["sites"]["site"])
        return set(graph_of(self.desk.case, self.product).nodes)

    def figures(self) -> pd.DataFrame | None:
        """Figures of what is picked; None if nothing is, or nothing has been run."""
        found: NetworkFigures | None = self.job.result
        if found is None or not self.picked:
            return None
        lane = self.lane_of(self.picked)
        try:
            return found.lane(*lane) if lane else found.site(self.picked)
        except KeyError:  # the case has changed since
            return None

    def rows(self) -> dict[str, pd.DataFrame]:
        """Rows of the tables that name what is picked."""
        if lane := self.lane_of(self.picked):
            return rows_of(self.desk.case, lane=lane)
        return rows_of(self.desk.case, self.picked) if self.picked else {}

    # --- levers

    def levers(self) -> list[Lever]:
        """Levers that change a row of what is picked; all where nothing is."""
        if not self.picked:
            return levers_of(self.desk.case)
        lane = self.lane_of(self.picked)
        key = lane or self.picked
        return [lever for lever in levers_of(self.desk.case) if key in self.desk.case.derived(reach)[lever.name]]

    def value(self, lever: str) -> Any:
        """Where a lever stands in the chosen scenario."""
        start = {one.name: one.start for one in levers_of(self.desk.case)}.get(lever)
        return self.desk.scenario.levers.get(lever, start)

    def move(self, lever: str, value: Any) -> None:
        """Move a lever in the chosen scenario; "as it is" stays, and a scenario of one's own is chosen.

        Raises
        ------
        CaseError
            If the case has no such lever, or the value is out of its range.
        """
        desk = self.desk
        changed = replace(desk.scenario, levers=moved_levers(desk.case, {**desk.scenario.levers, lever: value}))
        problems = changed._lever_problems(desk.case)
        if problems:
            raise CaseError(problems)
        if desk.chosen == AS_IS or desk.chosen not in desk.scenarios:
            name = MINE
            while name in desk.scenarios and not _same_events(desk.scenarios[name], changed):
                name += " (2)"
            changed = replace(changed, name=name)
        with desk.hold_trait_notifications():
            desk.scenarios = {**desk.scenarios, changed.name: changed}
            desk.chosen = changed.name


def _same_events(one: Scenario, other: Scenario) -> bool:
    return one.events == other.events and one.since == other.since


def reach(case: Case) -> dict[str, set[Any]]:
    """Name of a lever → the sites and lanes (origin, destination) whose rows it changes."""
    return {lever.name: _touched(case, lever) for lever in levers_of(case)}


def _touched(case: Case, lever: Lever) -> set[Any]:
    other = (not lever.start) if lever.flag else lever.high if lever.start != lever.high else lever.low
    changed, found = lever.apply(case, other), set()
    for table in ("sites", "stocks", "recipes", "lanes"):
        before, after = case[table], changed[table]
        if after is before or len(after) != len(before):
            continue
        differs = np.zeros(len(before), bool)
        for column in before:
            a, b = before[column], after[column]
            differs |= ((a != b) & ~(a.isna() & b.isna())).to_numpy()
        rows = before[differs]
        if table == "lanes":
            found |= set(zip(rows["origin"], rows["destination"], strict=True))
            found |= set(rows["origin"]) | set(rows["destination"])
        else:
            found |= set(rows["site"])
    return found


# --- the rows of the tables


def rows_of(case: Case, site: str = "", lane: tuple[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """Rows of the tables of a case that name a site, or a lane; tables without any are left out.

    Columns that hold nothing but what an empty cell means are left out too.
    """
    found = {}
    for table, columns in PLACES.items():
        rows = case[table]
        if lane is not None:
            if table not in ("lanes", "events"):
                continue
            mask = (rows["origin"] == lane[0]) & (rows["destination"] == lane[1])
        else:
            mask = np.logical_or.reduce([rows[c] == site for c in columns])
            if "via" in rows:
                mask |= np.array([site in [p.strip() for p in str(v).split(";")] for v in rows["via"]], bool)
        if mask.any():
            found[table] = _told(rows[mask], table)
    return found


def _told(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    columns = table_columns(TABLES[table])
    said = [c for c in rows if c not in columns or columns[c].required or not _usual(rows[c], columns[c])]
    return rows[said].reset_index(drop=True)


def _usual(values: pd.Series, column: Column) -> bool:
    usual = default_of(column)
    return bool(values.isna().all()) if usual != usual else bool((values == usual).all())


def column_of(table: str, name: str) -> Column | None:
    """Declaration of a column of a table; None of a column of one's own."""
    return table_columns(TABLES[table]).get(name)
