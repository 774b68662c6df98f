"""View of the resilience scorecard: sentences, figures, the ripple, the money."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from ipywidgets import Widget

from twinkit.apps.kit.facts import Facts
from twinkit.study.scorecard_result import Scorecard
from twinkit.workbench.answers import Asking, Col, part, ranged, table_of, told
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView

FIRST = (
    "depth",
    "time to recover",
    "time to survive (measured)",
    "resilience index",
    "resilience loss",
    "ripple breadth",
)
"""KPIs whose figures stand above all else."""


LONG = 8
"""Letters of the longest unit beside a large number."""


class ResilienceView(PanelView):
    """The scorecard."""

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        super().__init__(panel, guard)

    def inputs(self) -> list[Widget]:
        """From which fall on a site counts as hit."""
        self.form = Asking(label="What counts as hit", testid="resilience-form", values={"fall": self.panel.fall}, groups=[{"title": "What counts as hit", "fields": [
            {"name": "fall", "type": "number", "label": "A site that sends less than", "unit": "%", "factor": 100, "low": 0.05, "high": 0.99, "step": 0.01,
             "start": 0.9, "help": "of what it sends in the same world without the events"}]}])  # fmt: skip
        self.form.observe(self.guard(self._asked), "values")
        return [self.form]

    def _asked(self, change: Any) -> None:
        if self.form.values["fall"] is not None:
            self.panel.fall = float(self.form.values["fall"])

    def moved(self) -> None:
        """Bring the form up to date with the model."""
        self.form.values = {"fall": self.panel.fall}

    def results(self, result: Scorecard) -> list[Widget]:
        """Sentences, main figures, ripple, money, tables."""
        from twinkit import show

        self.drawer.clear()
        draw = self.drawer.draw
        tiers = draw(
            show.ripple_heatmap,
            result,
            "tier",
            caption="What every tier sends, against the same worlds without the events",
        )
        parts: list[Widget] = [told(result.sentences(), f"The scenario “{result.scenario.name}” in {result.worlds} worlds", testid="resilience-words"),
                               Facts(facts=facts_of(result), label="Main figures"), part("The ripple, tier by tier", tiers)]  # fmt: skip
        if result.sites_hit().any():
            parts.append(
                part(
                    "The ripple, site by site",
                    draw(show.ripple_heatmap, result, "site", caption="Sites that are hit, in the order of the days"),
                )
            )
        parts.append(
            part(
                "What it costs",
                draw(
                    show.cost_waterfall, result, caption="Paired differences against the same worlds without the events"
                ),
            )
        )
        self.drawer.start()
        return [*parts, score_table(result), ripple_table(result), cost_table(result), bullwhip_table(result)]


def facts_of(result: Scorecard) -> list[dict[str, Any]]:
    """The main figures with their intervals."""
    rows = result.table().set_index("kpi")
    found = []
    for kpi in FIRST:
        if kpi not in rows.index:
            continue
        row = rows.loc[kpi]
        value = (
            ranged(row["value"], unit=_short(row["unit"]))
            if math.isfinite(row["value"])
            else f"{row['shown']} {_short(row['unit'])}"
        )
        found.append(
            {
                "name": kpi,
                "label": kpi.capitalize(),
                "value": value,
                "interval": _interval(row),
                "definition": f"{row['definition']} [{row['unit']}]",
            }
        )
    return found


def _short(unit: str) -> str:
    """A unit that fits beside a large number; a long one stands in the definition."""
    return unit if len(unit) <= LONG else "-"


def _interval(row: pd.Series) -> str:
    words = str(row["measure"])
    if math.isfinite(row["low"]) and row["low"] != row["high"]:
        high = ranged(row["high"], unit=row["unit"]) if math.isfinite(row["high"]) else "beyond the end of the run"
        words += f"; 95 % interval {ranged(row['low'], unit=row['unit'])} to {high}"
    return words + (f"; censored in {int(row['censored'])} of {int(row['worlds'])} worlds" if row["censored"] else "")


def score_table(result: Scorecard) -> Widget:
    """Every KPI of the scorecard."""
    rows = result.table()
    rows["interval"] = [_interval(r) for _, r in rows.iterrows()]
    rows["spread"] = [
        "" if not math.isfinite(r.q05) else f"{ranged(r.q05, unit=r.unit)} to {_end(r)}"
        for r in rows.itertuples(index=False)
    ]
    columns = [
        Col("kpi", "KPI", "name of the figure"), Col("shown", "Value", "value; > x where it is censored: not over by the end of the run"), Col("unit", "Unit", "unit of the value"),
        Col("interval", "What it is, and how sure", "mean, median, share or day, with its 95 % interval"),
        Col("spread", "5 % to 95 % of worlds", "nine worlds in ten lie between these two values"), Col("definition", "Definition", "how it is worked out"),
    ]  # fmt: skip
    return table_of(rows, columns, "Scorecard", testid="scorecard")


def _end(row: Any) -> str:
    return ranged(row.q95, unit=row.unit) if math.isfinite(row.q95) else "beyond the end of the run"


def ripple_table(result: Scorecard) -> Widget:
    """Every site that is hit, in the order of the days."""
    rows, money = result.ripple(), result.plan.case.settings["currency"]
    if not len(rows):
        return told(["No site is hit: none sends less than the share that counts."], "The ripple")
    columns = [
        Col("site", "Site", "site that is hit"), Col("tier", "Tier", "0 sells to customers", "-"),
        Col("came_from", "Came from", "neighbour that was hit before it; of a site where it begins, the events"), Col("direction", "Begins", "downstream: goods are owed; upstream: it is asked for less"),
        Col("worlds", "Worlds in which it is hit", "share of the worlds; in brackets its 95 % Wilson interval", "share", ("worlds_low", "worlds_high")),
        Col("first", "From period", "median first period in which it is hit [period]", "-"), Col("days", "For", "median of the periods in which it is hit [periods]", "-"),
        Col("throughput", "Down to", "mean of the least share of the usual; in brackets its 95 % interval", "share", ("throughput_low", "throughput_high")),
        Col("missing", "Behind by", f"most that it is behind at any time; in brackets the 95 % interval [{money}]", money, ("missing_low", "missing_high")),
        Col("lost", "Not made up for", f"sent less in the whole run; in brackets the 95 % interval [{money}]", money, ("lost_low", "lost_high")),
    ]  # fmt: skip
    return table_of(rows, columns, "Sites that are hit, in the order of the days", testid="ripple")


def cost_table(result: Scorecard) -> Widget:
    """Parts of cost with the events and without."""
    money = result.plan.case.settings["currency"]
    columns = [
        Col("part", "Part", "part of the cost"), Col("with event", "With the events", f"mean over the worlds [{money}]", money), Col("without", "Without", f"the same worlds without the events [{money}]", money),
        Col("difference", "Difference", f"mean of the differences, world by world; in brackets its 95 % interval [{money}]", money, ("low", "high")),
    ]  # fmt: skip
    return table_of(result.costs(), columns, "Costs", testid="resilience-costs")


def bullwhip_table(result: Scorecard) -> Widget:
    """Bullwhip ratios by tier and end to end."""
    rows = result.bullwhip()
    rows = rows[rows["level"] != "stock"].reset_index(drop=True)
    columns = [
        Col("level", "Level", "tier: mean over its stocks where both vary; end to end: orders of the tier for one product against what customers' demand takes of it"), Col("tier", "Tier", "0 sells to customers", "-"),
        Col("name", "Of", "what is ordered"),
        Col("without", "Without the events", "Var(orders placed) / Var(demand received)", "-"), Col("with", "With the events", "the same worlds with the events", "-"),
        Col("difference", "Difference", "mean of the differences, world by world; in brackets its 95 % interval", "-", ("low", "high")),
    ]  # fmt: skip
    return table_of(rows, columns, "Bullwhip", testid="bullwhip")
