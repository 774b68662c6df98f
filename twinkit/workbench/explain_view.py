"""View of the explanation: pick a dip, read why, open the way back, see it on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
from ipywidgets import Widget

from twinkit.apps.canvas import CurvesCanvas
from twinkit.apps.kit.table import Table
from twinkit.study.explain import Explanation
from twinkit.workbench.answers import Asking, Col, field, fill, number, part, table_of, told
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.explain_panel import ANY
from twinkit.workbench.panel_view import PanelView
from twinkit.workbench.tree_part import Tree, nodes_of

WORST = "A day of the dip"


class ExplainView(PanelView):
    """Why customers went without."""

    run_label = "Explain"

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        self.curve = CurvesCanvas(title="Not served at once", unit="share", ymin=0.0, height=220)
        self.curve.note = (
            "Mean share of the demand that is missing; the band holds 9 of 10 worlds. Click a day, then explain it."
        )
        self.dips = Table(testid="dips", empty="Nothing is missing at any market.")
        self._shown: Any = None
        super().__init__(panel, guard)
        self.curve.observe(guard(self._day_picked), "day")
        self.dips.observe(guard(self._dip_picked), "selected")

    def inputs(self) -> list[Widget]:
        """Market, day and world."""
        self.form = Asking(label="Which dip", testid="explain-form")
        self.form.observe(self.guard(self._asked), "values")
        return [self.form]

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        with panel.hold_trait_notifications():
            panel.market = values.get("market") or ANY
            panel.day, panel.world = (
                None if values.get(k) is None else max(int(values[k]), 0) for k in ("day", "world")
            )

    def moved(self) -> None:
        """Bring form and chart up to date with the model."""
        panel = self.panel
        markets = [[ANY, "the one that lacks most"], *([m, m] for m in panel.markets())]
        with self.form.hold_sync():
            self.form.groups = [{"title": "Which dip", "fields": [
                field("market", "choice", "Market", options=markets),
                number("day", WORST, "", help="number of the period; empty for the worst"),
                number("world", "World", "", help="empty for the typical one of those with a dip"),
            ]}]  # fmt: skip
            self.form.values = {"market": panel.market, "day": panel.day, "world": panel.world}
        self._show_curve()

    def _show_curve(self) -> None:
        key = (id(self.panel.outcome), self.panel.market)
        if self.panel.outcome is None or key == self._shown:
            return
        self._shown = key
        mean, low, high = self.panel.missing()
        name = self.panel.market or "all markets"
        self.curve.set([{"name": name, "role": "scenario"}], [np.array([mean, low, high])])

    def _day_picked(self, change: Any) -> None:
        self.panel.day = int(change["new"])

    def _dip_picked(self, change: Any) -> None:
        rows = self.panel.dips()
        if 0 <= change["new"] < len(rows):
            with self.panel.hold_trait_notifications():
                self.panel.market, self.panel.day = rows["market"][change["new"]], None

    # --- the answer

    def results(self, result: Explanation) -> list[Widget]:
        """The sentence, the dips, the way back and the map."""
        from twinkit import show

        self.drawer.clear()
        with self.curve.hold_trait_notifications():
            self._show_curve()
        rows = self.panel.dips()
        fill(self.dips, rows, DIPS, "Dips: click a market to ask about it")
        parts: list[Widget] = [told([result.sentence(), result.disclosure(), where(result)], "Why", testid="explain-sentence"),
                               part("Pick a dip", self.curve, self.dips)]  # fmt: skip
        if result.units:
            parts += [
                part("The way back", Tree(nodes=nodes_of(result), label="The way back, from the market to the causes")),
                cause_table(result),
            ]
            draw = self.drawer.draw
            parts.append(
                part(
                    "The way back as a graph",
                    draw(show.explanation_tree, result, caption="Causes on the left, the market on the right"),
                )
            )
            if placed(result):
                parts.append(
                    part(
                        "On the map",
                        draw(show.explanation_map, result, caption="Lanes of the way back, as wide as their share"),
                    )
                )
            else:
                parts.append(
                    told(["The sites of the way have no latitude and longitude, so it is not drawn on a map."])
                )
            self.drawer.start()
        return parts


DIPS = [
    Col("market", "Market", "market and product"),
    Col("missing", "Missing", "units not served at once in the whole run, mean over the worlds [units]", "units"),
    Col("because", "Because of the events", "units missing that are not missing in the same worlds without the events [units]", "units"),
    Col("share", "Share missing", "units not served at once / units demanded", "share"),
    Col("worst", "Worst period", "period in which most is missing, on average", "-"),
    Col("worst_share", "Missing then", "share of the demand of that period that is missing, mean over the worlds", "share"),
]  # fmt: skip


def where(result: Explanation) -> str:
    """The world that was looked at, and how many have such a dip."""
    if not result.units and not result.dips[0]:
        return f"None of {result.dips[1]} worlds lacks anything there."
    return f"World {result.trail.world} was looked at.{result.seen}"


def placed(result: Explanation) -> bool:
    """Whether the sites of the way back have places on the map."""
    sites = result.trail.plan.net.sites.set_index("site")[["latitude", "longitude"]]
    return any(sites.loc[p["site"]].notna().all() for p in result.path() if "site" in p)


def cause_table(result: Explanation) -> Widget:
    """Causes with the share that the way back finds and the one that the counterfactual gives."""
    rows = result.causes()
    rows["also"] = ["yes" if w else "no" for w in rows["without events"]]
    columns = [
        Col("cause", "Cause", "event, policy or limit at the end of a way"), Col("kind", "Kind", "what the cause is"),
        Col("also", "Without events too", "whether it is missing in the same world without the events"),
        Col("units", "Found on the way back", "units missing at the market that trace to it [units]", "units"), Col("share", "Share", "of the missing units", "share"),
        Col("counterfactual", "Counterfactual", "units that would not be missing without the event (Shapley value), or that are missing without events [units]", "units"),
        Col("counterfactual share", "Share of it", "of the missing units", "share"),
    ]  # fmt: skip
    return table_of(rows, columns, "Causes, the largest first", testid="causes")
