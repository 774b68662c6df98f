"""View of the baseline: figures, objectives, service, stock, costs, and the record."""

from __future__ import annotations

from typing import Any

import pandas as pd
from ipywidgets import Widget

from twinkit.apps.kit.facts import Facts
from twinkit.study.kpis import FORMULAS as RUN_FORMULAS
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.study.words import headline, usual_service
from twinkit.tables.problems import listed
from twinkit.workbench.answers import Col, beside, part, ranged, table_of, told
from twinkit.workbench.baseline_checks import MET, MISSED, Check, record_words
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView

FIRST = ("fill rate", "lost sales", "inventory turns", "total cost", "time to recover", "resilience index")
"""KPIs whose figures stand above all else."""
INTERVAL = "the range in brackets is the 95 % interval of the mean"
WORLDS = "nine worlds in ten lie between these two values"
MARKS = {MET: "✓ met", MISSED: "✗ not met"}


class BaselineView(PanelView):
    """How the chosen scenario does."""

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        super().__init__(panel, guard)

    def results(self, result: Outcome) -> list[Widget]:
        """The parts of the answer, the most important first."""
        from twinkit import show

        self.drawer.clear()
        draw, name = self.drawer.draw, result.scenario
        curve = draw(show.service_curve, result, caption="Service level: units served at once / units demanded")
        stock = draw(show.stock_by_tier, result, caption=f"Stock on hand [{result.stock_unit}], tier by tier")
        costs = draw(show.cost_waterfall, result, caption="Where the cost arises")
        self.drawer.start()
        return [
            told(scenario_words(result), f"The scenario “{name}” in {result.replications} worlds", testid="baseline-words"),
            Facts(facts=facts_of(result, self.panel.checks()), label="Main figures"),
            objectives(self.panel.checks()), part("Service", curve), beside(part("Stock", stock), part("Costs", costs)),
            kpi_table(result), cost_table(result), records(result, self.panel.records()),
        ]  # fmt: skip


def scenario_words(result: Outcome) -> list[str]:
    """The headline; without events, that there are none."""
    if result.events:
        return [line for line in (headline(result), usual_service(result)) if line]
    calm = "No event happens in this scenario, so nothing is lost against a quieter run and times to recover are 0."
    if scheduled := list(dict.fromkeys(result.plan.effects.names)):
        calm = (f"This scenario names no event. What the case has scheduled ({listed(scheduled, 4)}) happens in every world, so "
                "nothing is lost against a quieter run; the panel Resilience says what it does.")  # fmt: skip
    return [line for line in (calm, usual_service(result)) if line]


def facts_of(result: Outcome, checks: list[Check]) -> list[dict[str, Any]]:
    """The main figures, with the verdict where the case has an objective."""
    verdicts = {c.kpi: c for c in checks}
    rows = result.table().set_index("kpi")
    found = []
    for kpi in FIRST:
        row, check = rows.loc[kpi], verdicts.get(kpi)
        if kpi == "time to recover" and not result.events:
            continue
        value, span = _figure(result, kpi, row)
        goal = f"; objective {check.verdict}" if check else ""
        tone = {MET: "better", MISSED: "worse"}.get(check.verdict, "none") if check else "none"
        found.append({"name": kpi, "label": kpi.capitalize(), "value": value, "interval": span + goal,
                      "definition": f"{FORMULAS[kpi][1]} [{result.unit_of(kpi)}]", "tone": tone})  # fmt: skip
    return found


def _figure(result: Outcome, kpi: str, row: pd.Series) -> tuple[str, str]:
    from twinkit.words import amount

    if kpi == "time to recover":
        late = int(row["censored"])
        note = f"; not back by the end of the run in {late} of {result.replications} worlds" if late else ""
        return (
            _time(result, row["median"], row["unit"]),
            f"median; 9 in 10 worlds {_time(result, row['q05'], row['unit'])} to {_time(result, row['q95'], row['unit'])}{note}",
        )
    if not row["worlds"]:
        return "not defined", "in no world of this run"
    return amount(
        row["mean"], row["unit"]
    ), f"95 % interval {amount(row['low'], row['unit'])} to {amount(row['high'], row['unit'])}"


def _time(result: Outcome, value: float, unit: str) -> str:
    """A time to recover; one that is censored is more than what was seen."""
    if value == float("inf"):
        seen = float(result.kpis["time to recover"][result.censored].min())
        return f"> {seen:g} {unit}"
    return f"{value:g} {unit}"


def objectives(checks: list[Check]) -> Widget:
    """Every objective: met, not met, or cannot say."""
    if not checks:
        return told(
            ["This case has no objectives. Write them into its table objectives to have them checked here."],
            "Objectives",
        )
    rows = pd.DataFrame([c._asdict() for c in checks])
    rows["goal"] = [f"{c.relation.replace('_', ' ')} {ranged(c.target, unit=c.unit)}" for c in checks]
    rows["mark"] = [MARKS.get(c.verdict, "? cannot say") for c in checks]
    rows["reached"] = [ranged(c.share, c.share_low, c.share_high, unit="share") for c in checks]
    columns = [
        Col("kpi", "Objective", "KPI that the objective aims at"), Col("goal", "Target", "what is to be reached, from the table objectives"),
        Col("mark", "Verdict", "met or not met if the whole 95 % interval is on that side of the target; else it cannot be said"),
        Col("words", "Why", "the figure with its 95 % interval, against the target"),
        Col("reached", "Worlds that reach it", "share of the worlds that reach the target, with its 95 % Wilson interval"),
    ]  # fmt: skip
    met = sum(c.verdict == MET for c in checks)
    return table_of(rows, columns, f"Objectives: {met} of {len(checks)} met", testid="objectives")


def kpi_table(result: Outcome) -> Widget:
    """All KPIs, with their definitions."""
    rows = result.table()
    rows["value"] = ["" if k == "time to recover" else ranged(m, lo, hi, unit=u)
                     for k, m, lo, hi, u in zip(rows.kpi, rows["mean"], rows.low, rows.high, rows.unit, strict=True)]  # fmt: skip
    late = rows["kpi"] == "time to recover"
    rows.loc[late, "value"] = [f"median {_time(result, x, 'periods')}" for x in rows.loc[late, "median"]]
    rows["spread"] = [_spread(result, r) for r in rows.itertuples(index=False)]
    rows["means"] = [FORMULAS[k][1] for k in rows["kpi"]]
    rows["calm"] = [
        ranged(result.calm_kpis[k].mean(), unit=u) if k in RUN_FORMULAS else ""
        for k, u in zip(rows.kpi, rows.unit, strict=True)
    ]
    columns = [
        Col("kpi", "KPI", "name of the figure"), Col("value", "Mean", f"mean over the worlds; {INTERVAL}; of a time to recover the median"),
        Col("spread", "5 % to 95 % of worlds", WORLDS), Col("calm", "Without the events", "mean over the same worlds without the events"),
        Col("means", "Definition", "how the figure is worked out"),
    ]  # fmt: skip
    return table_of(rows, columns, f"All KPIs, {result.replications} worlds", testid="kpis")


def _spread(result: Outcome, row: Any) -> str:
    if row.kpi == "time to recover":
        return f"{_time(result, row.q05, 'periods')} to {_time(result, row.q95, 'periods')}"
    return "" if not row.worlds else f"{ranged(row.q05, unit=row.unit)} to {ranged(row.q95, unit=row.unit)}"


def cost_table(result: Outcome) -> Widget:
    """Cost by part, with the events and without."""
    money = result.plan.case.settings["currency"]
    columns = [
        Col("part", "Part", "part of the cost; together they are the total cost"),
        Col("with events", "In this scenario", f"mean over the worlds, in the whole run [{money}]", money),
        Col("without", "Without the events", f"the same worlds without the events [{money}]", money),
        Col("difference", "Because of the events", f"mean of the differences, world by world; {INTERVAL} [{money}]", money, ("low", "high")),
    ]  # fmt: skip
    return table_of(result.cost_table(), columns, "Costs by part", testid="costs")


def records(result: Outcome, fit: pd.DataFrame) -> Widget:
    """Simulated beside recorded demand, or why there is no such comparison."""
    words = told([record_words(result, fit)], "Against the record", testid="record-words")
    if not len(fit):
        return words
    columns = [
        Col("market", "Market", "market of the table"), Col("product", "Product", "what is asked for"),
        Col("demand", "Drawn as", "how the case draws the demand; history replays the record"),
        Col("periods", "Periods", "periods that are in the record and in the run", "-"),
        Col("recorded", "Recorded", "mean of the record [units/period]", "-"), Col("simulated", "Simulated", "mean over worlds and periods [units/period]", "-"),
        Col("bias", "Bias", "Σ (simulated - recorded) / Σ recorded", "share"), Col("wape", "WAPE", "Σ |simulated - recorded| / Σ recorded, of the mean over the worlds", "share"),
        Col("inside", "In the band", "share of the periods in which the record lies between the 5 % and 95 % quantiles of the worlds; about 90 % is expected of a good fit", "share"),
    ]  # fmt: skip
    return part("", words, table_of(fit, columns, "Simulated beside recorded demand", testid="record"))
