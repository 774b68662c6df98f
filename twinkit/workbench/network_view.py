"""View of the network: the map or the tiers, and the figures, rows and levers of what is picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import VBox, Widget

from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.apps.disruption_pictures import dates_of, ground_of, map_colours, marks_of
from twinkit.apps.kit.parts import Form
from twinkit.apps.kit.table import Table
from twinkit.chain.plan import plan_of
from twinkit.columns import Column
from twinkit.show.picture import amount
from twinkit.tables import CaseError
from twinkit.workbench.answers import Col, field, fill, ranged, table_of, told
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.network_figures import NetworkFigures
from twinkit.workbench.network_panel import NetworkPanel
from twinkit.workbench.network_rows import column_of
from twinkit.workbench.panel_view import PanelView

LEVER = "lever "
"""Before the name of a lever in the names of the fields."""
FIGURES = [
    Col("figure", "Figure", "what is measured"), Col("shown", "In this scenario", "mean over 64 worlds; in brackets its 95 % interval"),
    Col("calm", "Without the events", "mean over the same worlds without the events"), Col("definition", "Definition", "how it is worked out"),
]  # fmt: skip


class NetworkView(PanelView):
    """Where things are, and what they do."""

    panel: NetworkPanel

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        self._case = self._drawn = None
        self.map = MapCanvas(colours=map_colours(), height=480)
        self.service = CurvesCanvas(title="Service level: served at once", unit="share", ymin=0.0, shade=[0, 1], height=200)
        self.figures = Table(testid="network-figures", selectable=False, empty="Run the scenario to see its figures.")
        self.lanes = Table(testid="network-lanes", empty="Nothing is sent to or from here.")
        self.stage, self.around = VBox(), VBox()
        self.around.add_class("twb-stack")
        self.levers = Form(label="Levers", testid="network-levers")
        self.picked = told([], testid="network-picked")
        super().__init__(panel, guard)
        self.map.observe(guard(self._site_picked), "selected")
        self.lanes.observe(guard(self._lane_picked), "selected")
        self.levers.observe(guard(self._lever_moved), "values")
        from ipywidgets import jslink

        self._links = [jslink((self.service, "day"), (self.map, "day"))]
        self.answer.children = (self.stage,)

    def inputs(self) -> list[Widget]:
        """What is looked at, and the levers of it."""
        self.form = Form(label="What is shown", testid="network-form")
        self.form.observe(self.guard(self._asked), "values")
        return [self.form, self.picked, self.levers]

    # --- what people do

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        panel.product = values.get("product") or ""
        name = values.get("picked") or ""
        if name in ("", *self._names()):
            panel.picked = name
        if change["old"].get("as") not in (None, values.get("as")):
            self._show_stage()

    def _names(self) -> list[str]:
        return [*self.panel.desk.case["sites"]["site"], *self.panel.lanes()]

    def _site_picked(self, change: Any) -> None:
        self.panel.picked = change["new"]

    def _lane_picked(self, change: Any) -> None:
        names = self._around
        if 0 <= change["new"] < len(names):
            self.panel.picked = names[change["new"]]

    def _lever_moved(self, change: Any) -> None:
        for name, value in self.levers.values.items():
            lever = name[len(LEVER) :]
            if value is not None and value != self.panel.value(lever):
                try:
                    self.panel.move(lever, value)
                except CaseError as error:
                    self.picked.tell("", [p.sentence for p in error.problems])
                return

    # --- what is shown

    def moved(self) -> None:
        """Bring map, form and figures up to date with desk and model."""
        panel, case = self.panel, self.panel.desk.case
        if case is not self._case:
            self._new_case(case)
        products = [["", "all products"], *([p, p] for p in panel.products)]
        shown = sorted(panel.shown_sites())
        with self.form.hold_sync():
            self.form.groups = [{"fields": [
                field("as", "tabs", "Shown as", options=[["map", "Map"], ["tiers", "Tiers"]], hidden=not self._placed),
                field("product", "choice", "Product", options=products, help="only what this product needs"),
                field("picked", "name", "Site or lane", options=[[n, n] for n in (*shown, *panel.lanes())], help="or click a site, or a lane of the list"),
            ]}]  # fmt: skip
            as_what = self.form.values.get("as", "map") if self._placed else "tiers"
            self.form.values = {"as": as_what, "product": panel.product, "picked": panel.picked}
        self._show_stage()
        self._show_picked()

    def _new_case(self, case: Any) -> None:
        self._case, self._drawn = case, None
        self.ground = ground_of(case)
        self._placed = bool(self.ground.sites)
        self._product = None

    def _show_ground(self) -> None:
        """Sites and lanes on the map; with a product, only those that it needs."""
        if self._product == self.panel.product:
            return
        self._product = self.panel.product
        kept = self.panel.shown_sites()
        self._kept = [i for i, s in enumerate(self.ground.sites) if s["name"] in kept or (s["kind"] == "port" and not self._product)]
        at = {old: new for new, old in enumerate(self._kept)}
        self._legs = [k for k, lane in enumerate(self.ground.lanes) if lane["from"] in at and lane["to"] in at]
        lanes = [{**self.ground.lanes[k], "from": at[self.ground.lanes[k]["from"]], "to": at[self.ground.lanes[k]["to"]]} for k in self._legs]
        self.map.set_chain([self.ground.sites[i] for i in self._kept], lanes)
        self.map.dates = dates_of(self._case)
        self._drawn = None

    def _show_stage(self) -> None:
        """The map with its days, or the tiers."""
        if self._placed:
            self._show_ground()
            self._show_days()
        as_map = self._placed and self.form.values.get("as") != "tiers"
        key = ("map",) if as_map else ("tiers", id(self._case), self.panel.product)
        if getattr(self, "_stage", None) != key:
            self._stage = key
            self.stage.children = (*((self.map,) if as_map else self._tiers()), self.service, self.around)
        self.service.layout.display = None if self.panel.job.result is not None else "none"

    def _tiers(self) -> tuple[Widget, ...]:
        from twinkit import show

        case, product = self._case, self.panel.product or None
        place = self.drawer.picture(lambda theme: show.tier_graph(plan_of(case), product=product, theme=theme), "tiers", "The chain tier by tier, from raw material to customer")
        self.drawer.start()
        missing = () if self._placed else (told(["This case says no latitude and longitude of its sites, so there is no map."]),)
        return (*missing, place)

    def _show_days(self) -> None:
        found: NetworkFigures | None = self.panel.job.result
        if found is None or self._drawn is found or found.plan.net.sites["site"].tolist() != self._case["sites"]["site"].tolist():
            return
        self._drawn = found
        frames = self.ground.frames(found.outcome)
        self.map.set_frames(frames.fill[:, self._kept], frames.state[:, self._kept], frames.flow[:, self._legs])
        self.map.marks = self.service.marks = marks_of(found.outcome)

    def _show_picked(self) -> None:
        panel, name = self.panel, self.panel.picked
        if panel.is_site(name) or not name:
            self.map.selected = name if any(s["name"] == name for s in self.map.sites) else ""
        hint = "Pick a site on the map, or a site or lane by its name, to see its figures, its rows and its levers."
        self.picked.tell(name, [panel.about(name) or hint])
        self._show_figures()
        self._show_levers()
        self._show_rows()

    def _show_figures(self) -> None:
        rows, name = self.panel.figures(), self.panel.picked
        if rows is None:
            found = self.panel.job.result
            self.figures.show([], [], caption=f"Figures of {name}" if name else "", empty="Run the scenario to see the figures." if name and found is None else "")
            return
        rows["shown"] = [ranged(r.value, r.low, r.high, unit=r.unit) or "not defined" for r in rows.itertuples(index=False)]
        rows["calm"] = [amount(r.without, r.unit) if r.without == r.without else "not defined" for r in rows.itertuples(index=False)]
        fill(self.figures, rows, FIGURES, f"Figures of {name}, scenario “{self.panel.job.result.outcome.scenario}”")

    def _show_levers(self) -> None:
        fields, values = [], {}
        for lever in self.panel.levers():
            base = {"name": LEVER + lever.name, "label": lever.label, "help": lever.meaning, "start": lever.start}
            share = lever.unit == "share"
            more = {"type": "flag"} if lever.flag else {"type": "number", "low": lever.low, "high": lever.high, "step": lever.step,
                                                        "unit": "%" if share else lever.unit, "factor": 100 if share else 1}  # fmt: skip
            fields.append({**base, **more})
            values[LEVER + lever.name] = self.panel.value(lever.name)
        title = "Levers that reach it" if self.panel.picked else "Levers of the case"
        with self.levers.hold_sync():
            self.levers.groups = [{"title": title, "fields": fields}] if fields else []
            self.levers.values = values

    def _show_rows(self) -> None:
        name = self.panel.picked
        parts: list[Widget] = [self.figures] if name else []
        self._around = self.panel.lanes(name) if self.panel.is_site(name) else []
        if self._around:
            fill(self.lanes, pd.DataFrame({"lane": self._around}), [Col("lane", "Lane", "from → to; click one to see it")], f"Lanes of {name}")
            parts.append(self.lanes)
        for table, rows in self.panel.rows().items():
            columns = [_column(table, c) for c in rows]
            parts.append(table_of(rows, columns, f"Rows of the table {table}", testid=f"rows-{table}"))
        self.around.children = tuple(parts)

    def results(self, result: NetworkFigures) -> list[Widget]:
        """The service curve; all else is on the page already."""
        outcome = result.outcome
        names = [{"name": "no event", "role": "baseline"}, {"name": outcome.scenario, "role": "scenario"}]
        curves = [tuple(outcome.curve(k)[c] for c in ("mean", "low", "high")) for k in ("calm_service", "service")]
        self.service.set(names, curves)
        self._show_stage()
        self._show_figures()
        return [self.stage]


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
