"""What is picked in the network: its figures, its levers, its lanes and its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import VBox, Widget

from twinkit.apps.kit.table import Table
from twinkit.columns import Column
from twinkit.tables import CaseError
from twinkit.words import amount
from twinkit.workbench.answers import Asking, Col, fill, ranged, table_of, tell, told
from twinkit.workbench.network_panel import NetworkPanel
from twinkit.workbench.network_rows import column_of

LEVER = "lever "
"""Before the name of a lever in the names of the fields."""
HINT = "Pick a site or a lane on the map, or by its name, to see its figures, its rows and its levers."
FIGURES = [
    Col("figure", "Figure", "what is measured"), Col("shown", "In this scenario", "mean over 64 worlds; in brackets its 95 % interval"),
    Col("calm", "Without the events", "mean over the same worlds without the events"), Col("definition", "Definition", "how it is worked out"),
]  # fmt: skip
LANE = [Col("lane", "Lane", "from → to; click one to see it")]


class Picked:
    """Shows what is picked.

    Parameters
    ----------
    panel, guard
        The model, and who catches errors of callbacks.

    Attributes
    ----------
    words, levers, box
        What it is, for the side of the page; its levers; its tables.
    """

    def __init__(self, panel: NetworkPanel, guard: Any) -> None:
        self.panel = panel
        self.words = told([], testid="network-picked")
        self.levers = Asking(label="Levers", testid="network-levers")
        self.figures = Table(testid="network-figures", selectable=False)
        self.lanes = Table(testid="network-lanes")
        self.box = VBox()
        self.box.add_class("twb-stack")
        self.listed: list[str] = []
        self._told: Any = None
        self.lanes.observe(guard(self._lane_chosen), "selected")
        self.levers.observe(guard(self._lever_moved), "values")

    def show(self, others: list[str]) -> None:
        """Bring all of it up to date.

        Parameters
        ----------
        others
            Lanes that go the same way on the map as the one that is picked.
        """
        name = self.panel.picked
        gone = f"There is no site or lane “{name}” in this case: pick another." if name else HINT
        tell(self.words, name, [self.panel.about(name) or gone])
        self.show_figures()
        self._show_levers()
        self._show_rows(others)

    # --- what people do

    def _lane_chosen(self, change: Any) -> None:
        if 0 <= change["new"] < len(self.listed):
            self.panel.picked = self.listed[change["new"]]

    def _lever_moved(self, change: Any) -> None:
        for name, value in self.levers.values.items():
            lever = name[len(LEVER) :]
            if value is not None and value != self.panel.value(lever):
                try:
                    self.panel.move(lever, value)
                except CaseError as error:
                    tell(self.words, "", [p.sentence for p in error.problems])
                return

    # --- what is shown

    def show_figures(self) -> None:
        """Show the figures of the newest run."""
        rows, name, found = self.panel.figures(), self.panel.picked, self.panel.job.result
        if rows is None:
            missing = "Run the scenario to see the figures." if name and found is None else ""
            self.figures.show([], [], caption="", empty=missing)
            return
        known = list(rows.itertuples(index=False))
        rows["shown"] = [ranged(r.value, r.low, r.high, unit=r.unit) or "not defined" for r in known]
        rows["calm"] = [amount(r.without, r.unit) for r in known]
        fill(self.figures, rows, FIGURES, f"Figures of {name}, scenario “{found.outcome.scenario}”")

    def _show_levers(self) -> None:
        fields, values = [], {}
        for lever in self.panel.levers():
            field = {"name": LEVER + lever.name, "label": lever.label, "help": lever.meaning, "start": lever.start}
            share = lever.unit == "share"
            scale = {"unit": "%" if share else lever.unit, "factor": 100 if share else 1}
            ends = {"low": lever.low, "high": lever.high, "step": lever.step}
            fields.append({**field, **({"type": "flag"} if lever.flag else {"type": "number", **ends, **scale})})
            values[LEVER + lever.name] = self.panel.value(lever.name)
        title = "Levers that reach it" if self.panel.picked else "Levers of the case"
        with self.levers.hold_sync():
            self.levers.groups = [{"title": title, "fields": fields}] if fields else []
            self.levers.values = values

    def _show_rows(self, others: list[str]) -> None:
        name, case = self.panel.picked, self.panel.desk.case
        key = (name, id(case), tuple(others))
        if self._told == key:  # a lever changes no row of the tables
            return
        self._told = key
        site = self.panel.is_site(name)
        self.listed = self.panel.lanes(name) if site else others
        parts: list[Widget] = [self.figures] if name else []
        if len(self.listed) > (0 if site else 1):
            caption = f"Lanes of {name}" if site else "Lanes that go the same way on the map"
            fill(self.lanes, pd.DataFrame({"lane": self.listed}), LANE, caption)
            parts.append(self.lanes)
        for table, rows in self.panel.rows().items():
            columns = [_column(table, c) for c in rows]
            parts.append(table_of(rows, columns, f"Rows of the table {table}", testid=f"rows-{table}"))
        self.box.children = tuple(parts)


def _column(table: str, name: str) -> Col:
    column: Column | None = column_of(table, name)
    if column is None:
        return Col(name, name.replace("_", " "), "a column of your own")
    unit = f" [{column.unit}]" if column.unit else ""
    return Col(name, name.replace("_", " "), f"{column.meaning}{unit}", "-" if column.numeric else "", (), _written)


def _written(value: Any) -> str:
    """A cell as the table of the case has it."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return str(value)
