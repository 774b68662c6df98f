"""View of the network: the map or the tiers, and the figures, rows and levers of what is picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import VBox, Widget, jslink

from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.apps.kit.parts import Table
from twinkit.chain.plan import plan_of
from twinkit.columns import Column
from twinkit.show.tiers import tier_graph
from twinkit.study.site_figures import NetworkFigures
from twinkit.tables import CaseError
from twinkit.words import amount
from twinkit.workbench.answers import Asking, Col, field, fill, ranged, table_of, tell, told
from twinkit.workbench.days import NO_MAP, Ground, dates_of, ground_of, map_colours, marks_of
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.form_parts import LEVER, lever_field
from twinkit.workbench.network_panel import SEPARATOR, NetworkPanel, column_of
from twinkit.workbench.panel_view import PanelView


class NetworkView(PanelView):
    """Where things are, and what they do."""

    panel: NetworkPanel

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        self._case = self._drawn = None
        self.map = MapCanvas(colours=map_colours(), height=480, lanes_too=True)
        self.service = CurvesCanvas(
            title="Service level: served at once", unit="share", ymin=0.0, shade=[0, 1], height=200
        )
        self.stage, self.details = VBox(), Picked(panel, guard)
        super().__init__(panel, guard)
        self.map.observe(guard(self._site_picked), "selected")
        self.map.on_msg(guard(self._leg_clicked))
        self._links = [jslink((self.service, "day"), (self.map, "day"))]
        self.answer.children = (self.stage,)

    def inputs(self) -> list[Widget]:
        """What is looked at, and the levers of it."""
        self.form = Asking(label="What is shown", testid="network-form")
        self.form.observe(self.guard(self._asked), "values")
        return [self.form, self.details.words, self.details.levers]

    # --- what people do

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        panel.product = values.get("product") or ""
        name = values.get("picked") or ""
        if name in ("", *self._names()):
            panel.picked = name
        elif name:
            tell(self.details.words, name, [f"There is no site or lane “{name}” in this case: choose one of the list."])
        if change["old"].get("as") not in (None, values.get("as")):
            self._show_stage()

    def _names(self) -> list[str]:
        return [*self.panel.desk.case["sites"]["site"], *self.panel.lanes()]

    def _site_picked(self, change: Any) -> None:
        if change["new"] or self.panel.picked == change["old"]:  # a lane, or a site without a place, is not let go
            self.panel.picked = change["new"]

    def _leg_clicked(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A stretch of the map was clicked: one lane goes that way, or several; the first is picked, all are listed."""
        leg = content.get("lane", -1)
        if content.get("press") != "lane" or not 0 <= leg < len(self._legs):
            return
        names = self._on[self._legs[leg]]
        if self.panel.picked in names:  # the next of them
            names = names[names.index(self.panel.picked) + 1 :] + names[: names.index(self.panel.picked) + 1]
        self.panel.picked = names[0]

    def _stretches(self, name: str) -> list[int]:
        """Positions on the map of the stretches that a lane takes."""
        return [k for k, drawn in enumerate(self._legs) if name in self._on[drawn]]

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
        self._on = lanes_on(case, self.ground)
        self._placed = bool(self.ground.sites)
        self._product = None

    def _show_ground(self) -> None:
        """Sites and lanes on the map; with a product, only those that it needs."""
        if self._product == self.panel.product:
            return
        self._product = self.panel.product
        kept = self.panel.shown_sites()
        self._kept = [
            i
            for i, s in enumerate(self.ground.sites)
            if s["name"] in kept or (s["kind"] == "port" and not self._product)
        ]
        at = {old: new for new, old in enumerate(self._kept)}
        self._legs = [k for k, lane in enumerate(self.ground.lanes) if lane["from"] in at and lane["to"] in at]
        lanes = [
            {**self.ground.lanes[k], "from": at[self.ground.lanes[k]["from"]], "to": at[self.ground.lanes[k]["to"]]}
            for k in self._legs
        ]
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
            self.stage.children = (*((self.map,) if as_map else self._tiers()), self.service, self.details.box)
        self.service.layout.display = None if self.panel.job.result is not None else "none"

    def _tiers(self) -> tuple[Widget, ...]:
        case, product = self._case, self.panel.product or None
        place = self.drawer.draw(
            tier_graph,
            plan_of(case),
            product=product,
            caption="The chain tier by tier, from raw material to customer",
        )
        self.drawer.start()
        missing = (
            ()
            if self._placed
            else (told([NO_MAP]),)
        )
        return (*missing, place)

    def _show_days(self) -> None:
        found: NetworkFigures | None = self.panel.job.result
        if (
            found is None
            or self._drawn is found
            or found.plan.net.sites["site"].tolist() != self._case["sites"]["site"].tolist()
        ):
            return
        self._drawn = found
        frames = self.ground.frames(found.outcome)
        self.map.set_frames(frames.fill[:, self._kept], frames.state[:, self._kept], frames.flow[:, self._legs])
        self.map.marks = self.service.marks = marks_of(found.outcome)

    def _show_picked(self) -> None:
        name, others = self.panel.picked, []
        if self._placed:
            stretches = self._stretches(name)
            others = list(dict.fromkeys(n for k in stretches for n in self._on[self._legs[k]]))
            self.map.selected = name if any(s["name"] == name for s in self.map.sites) else ""
            self.map.path = {"lanes": [[k, 0.3] for k in stretches]} if stretches else {}
        self.details.show(others)

    def results(self, result: NetworkFigures) -> list[Widget]:
        """The service curve; all else is on the page already."""
        outcome = result.outcome
        shown = [("calm_service", "no event", "baseline"), ("service", outcome.scenario, "scenario")]
        shown = shown if outcome.events else [("calm_service", outcome.scenario, "baseline")]
        curves = [tuple(outcome.curve(k)[c] for c in ("mean", "low", "high")) for k, _, _ in shown]
        self.service.shade = [0, 1] if len(shown) > 1 else []
        self.service.set([{"name": name, "role": role} for _, name, role in shown], curves)
        self._show_stage()
        self.details.show_figures()
        return [self.stage]


def lanes_on(case: Any, ground: Ground) -> list[list[str]]:
    """Names of the lanes on every stretch that the map draws."""
    lanes, on = plan_of(case).net.lanes, ground.legs.on
    names = [SEPARATOR.join(ends) for ends in zip(lanes["origin"], lanes["destination"], strict=True)]
    ends = [*on.starts[1:], len(on.lanes)]
    return [list(dict.fromkeys(names[i] for i in on.lanes[on.starts[k] : ends[k]])) for k in ground.kept]


# --- what is picked

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
        levers = self.panel.levers()
        fields, values = [lever_field(lever) for lever in levers], {LEVER + lever.name: self.panel.value(lever.name) for lever in levers}
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
