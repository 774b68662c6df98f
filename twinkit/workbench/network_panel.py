"""Network: what every site and lane does, day by day, and which levers reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import traitlets as t
from ipywidgets import VBox, Widget, jslink

from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.apps.kit.parts import Table as TablePart
from twinkit.chain.network import network_of, tiers_of
from twinkit.chain.plan import plan_of
from twinkit.columns import Column
from twinkit.levers.levers import Lever, levers_of, moved_levers
from twinkit.questions.network import NetworkQuestion
from twinkit.result import Block, Curve, Shown, Table
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.show.tiers import graph_of, tier_graph
from twinkit.study.site_figures import NetworkFigures
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import refuse
from twinkit.words import amount, period_word, sure
from twinkit.workbench.answers import Asking, field, fill, fill_block, tell, told
from twinkit.workbench.blocks import Drawer
from twinkit.workbench.days import NO_MAP, Ground, dates_of, ground_of, map_colours, marks_of
from twinkit.workbench.desk import AS_IS
from twinkit.workbench.kept import blocks_of_plain, days_of_packed, packed_days, plain
from twinkit.workbench.network_rows import column_of, rows_of
from twinkit.workbench.panel import Panel, PanelView
from twinkit.workbench.question_panel import LEVER, lever_field

SEPARATOR = " → "
"""Between origin and destination, in the name of a lane."""
MOST_PLACES = 300
"""Sites and lanes whose figures are kept for when the page is opened again."""
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

    def figures(self, name: str = "") -> pd.DataFrame | None:
        """Figures of a site or lane, by default of what is picked; None if nothing is, or nothing has been run."""
        found, name = self.job.result, name or self.picked
        if found is None or not name:
            return None
        lane = self.lane_of(name)
        try:
            return found.lane(*lane) if lane else found.site(name)
        except KeyError:  # the case has changed since
            return None

    def answer(self) -> list[Block]:
        """What is kept of the newest run: service by period, and the figures of sites and lanes, of what is picked first."""
        found: NetworkFigures = self.job.result
        places = list(dict.fromkeys([self.picked, *self.desk.case["sites"]["site"], *self.lanes()]))[:MOST_PLACES]
        rows = [told_figures(rows).assign(place=name) for name in places if name and (rows := self.figures(name)) is not None]
        lines = {name: np.array(line) for name, line in service_lines(found.outcome).items()}
        return [Curve(b"", name="service", lines=lines), Table.of(pd.concat(rows), [PLACE, *FIGURES], found.outcome.scenario, "figures")]

    def kept_figures(self) -> Table | None:
        """Figures of what is picked, of the run that was kept; None if they are not there."""
        kept = next((b for b in blocks_of_plain(self.kept["blocks"]) if b.name == "figures"), None) if self.kept else None
        if kept is None:
            return None
        rows = kept.frame[kept.frame[kept.columns[0].name] == self.picked]
        return replace(kept, frame=rows, columns=kept.columns[1:]) if len(rows) else None

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
        refuse(problems)
        if desk.chosen == AS_IS or desk.chosen not in desk.scenarios:
            name = MINE
            while name in desk.scenarios and not _same_events(desk.scenarios[name], changed):
                name += " (2)"
            changed = replace(changed, name=name)
        with desk.hold_trait_notifications():
            desk.scenarios = {**desk.scenarios, changed.name: changed}
            desk.chosen = changed.name


def service_lines(outcome: Outcome) -> dict[str, tuple[np.ndarray, ...]]:
    """Name → mean, low and high of the share that is served at once, by period: with the events, and without them."""
    shown = [("calm_service", "no event"), ("service", outcome.scenario)] if outcome.events else [("calm_service", outcome.scenario)]
    return {name: tuple(outcome.curve(k)[c] for c in ("mean", "low", "high")) for k, name in shown}


def told_figures(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures in words, in the columns of `FIGURES`."""
    known = list(rows.itertuples(index=False))
    return rows.assign(shown=[sure((r.value, r.low, r.high), r.unit) or "not defined" for r in known],
                       calm=[amount(r.without, r.unit) for r in known])  # fmt: skip


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


# --- view of the network: the map or the tiers, and the figures, rows and levers of what is picked


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
        self.map.word = self.service.word = period_word(case.settings)
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
        self.service.layout.display = None if self.panel.job.result is not None or self.panel.kept else "none"

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
            or found.plan.net.sites["site"].tolist() != plan_of(self._case).net.sites["site"].tolist()
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
        self._show_service(service_lines(result.outcome))
        self._show_stage()
        self.details.show_figures()
        return [self.stage]

    def _show_service(self, lines: Mapping[str, Any]) -> None:
        roles = ["baseline", "scenario"]
        self.service.shade = [0, 1] if len(lines) > 1 else []
        self.service.set([{"name": name, "role": role} for name, role in zip(lines, roles, strict=False)], list(lines.values()))

    # --- what is kept until the page is opened again

    async def plain(self) -> dict[str, Any]:
        """The curves, the figures and the days of the map."""
        found: NetworkFigures = self.panel.job.result
        blocks = plain(await asyncio.to_thread(self.panel.answer), rows=MOST_PLACES * 20)
        if not self._placed:
            return {"blocks": blocks}
        frames = await asyncio.to_thread(self.ground.frames, found.outcome)
        days = packed_days(asdict(frames))
        return {"blocks": blocks, "days": days, "marks": marks_of(found.outcome)}

    def show_kept(self, change: Any = None) -> None:
        """Show the curves, figures and days that were kept, until there are some of now."""
        panel, kept = self.panel, self.panel.kept
        if not kept or panel.job.result is not None or panel.job.running:
            return
        lines = next(b.lines for b in blocks_of_plain(kept["blocks"]) if b.name == "service")
        self._show_service(lines)
        self._show_stage()
        if self._placed and kept.get("days"):
            with suppress(KeyError, TypeError, ValueError):  # of another map: the curves are enough
                days = days_of_packed(kept["days"], len(next(iter(lines.values()))[0]))
                self.map.set_frames(days["fill"][:, self._kept], days["state"][:, self._kept], days["flow"][:, self._legs])
                self.map.marks = kept["marks"]
        self.service.marks = kept.get("marks", [])
        self.details.show_figures()


def lanes_on(case: Any, ground: Ground) -> list[list[str]]:
    """Names of the lanes on every stretch that the map draws."""
    lanes, on = plan_of(case).net.lanes, ground.legs.on
    names = [SEPARATOR.join(ends) for ends in zip(lanes["origin"], lanes["destination"], strict=True)]
    ends = [*on.starts[1:], len(on.lanes)]
    return [list(dict.fromkeys(names[i] for i in on.lanes[on.starts[k] : ends[k]])) for k in ground.kept]


# --- what is picked

HINT = "Pick a site or a lane on the map, or by its name, to see its figures, its rows and its levers."
FIGURES = [
    Shown("figure", "Figure", "what is measured"), Shown("shown", "In this scenario", "mean over 64 worlds; in brackets its 95 % interval"),
    Shown("calm", "Without the events", "mean over the same worlds without the events"), Shown("definition", "Definition", "how it is worked out"),
]  # fmt: skip
PLACE = Shown("place", "Site or lane", "where")
LANE = [Shown("lane", "Lane", "from → to; click one to see it")]


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
        self.figures = TablePart(testid="network-figures", selectable=False)
        self.lanes = TablePart(testid="network-lanes")
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
        kept = self.panel.kept_figures() if found is None and name else None
        if kept is not None:
            fill_block(replace(kept, caption=f"Figures of {name}, scenario “{kept.caption}”"), self.figures)
        elif rows is None:
            missing = "Run the scenario to see the figures." if name and found is None else ""
            self.figures.show([], [], caption="", empty=missing)
        else:
            fill(self.figures, told_figures(rows), FIGURES, f"Figures of {name}, scenario “{found.outcome.scenario}”")

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
            parts.append(TablePart(testid=f"rows-{table}", selectable=False))
            fill(parts[-1], rows, columns, f"Rows of the table {table}")
        self.box.children = tuple(parts)


def _column(table: str, name: str) -> Shown:
    column: Column | None = column_of(table, name)
    if column is None:
        return Shown(name, name.replace("_", " "), "a column of your own")
    unit = f" [{column.unit}]" if column.unit else ""
    return Shown(name, name.replace("_", " "), f"{column.meaning}{unit}", "-" if column.numeric else "", (), _written)


def _written(value: Any) -> str:
    """A cell as the table of the case has it."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return str(value)
