"""View of the stress test: what is knocked out, the figures, the table, and how often it happens."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget

from twinkit.study.stress_result import StressTest
from twinkit.study.stress_words import LASTS_AT_BEST, RISK_MEANS
from twinkit.workbench.answers import Asking, Col, field, number, part, table_of, tell, told
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView
from twinkit.workbench.stress_panel import WHAT


class StressView(PanelView):
    """What it costs to lose each site, lane or country."""

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        super().__init__(panel, guard)

    def inputs(self) -> list[Widget]:
        """What is knocked out, for how long, in how many worlds; and likelihoods."""
        word = "periods"
        self.form = Asking(label="What is knocked out", testid="stress-form", groups=[{"title": "What is knocked out", "fields": [
            field("what", "choice", "Knock out", options=[[k, v] for k, v in WHAT.items()]),
            number("duration", "Each is out for", word, help="empty: the time to recover that the table sites says"),
            number("worlds", "Worlds", "", low=1, help="replications of each outage; more make the intervals narrower"),
        ]}])  # fmt: skip
        self.often = Asking(label="How often it happens", testid="likelihood-form", values={"target": "", "per_year": None, "said": -1},)  # fmt: skip
        self.notes = told([], testid="stress-notes")
        self.form.observe(self.guard(self._asked), "values")
        self.often.on_msg(self.guard(self._said))
        return [self.form, self.often, self.notes]

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        panel.what, panel.duration = values["what"], values["duration"]
        if values["worlds"] and values["worlds"] >= 1:
            panel.worlds = int(values["worlds"])

    def _said(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        said = list(self.panel.known_likelihood())
        try:
            if content.get("press") == "remove" and 0 <= int(content["item"]) < len(said):
                self.panel.say_likelihood(said[int(content["item"])], None)
            elif content.get("press") == "add":
                values = self.often.values
                if values["per_year"] is None:
                    raise ValueError("Say how often it happens: once in 20 years is 0.05 a year.")
                self.panel.say_likelihood(values["target"], float(values["per_year"]))
            self.note = ""
        except ValueError as error:
            self.note = str(error)
        self.moved()

    note = ""

    def moved(self) -> None:
        """Bring the inputs up to date with the model."""
        panel = self.panel
        self.form.values = {"what": panel.what, "duration": panel.duration, "worlds": panel.worlds}
        likely = panel.known_likelihood()
        with self.often.hold_sync():
            self.often.groups = [{"title": "How often it happens, if you know", "fields": [
                field("target", "name", "Target", options=[[n, n] for n in panel.targets()]),
                number("per_year", "Times a year", "1/year", step=0.01, help="once in 20 years is 0.05; without it, targets are ranked by consequence"),
                field("said", "list", "Said so far", items=[f"{n}: {p:g} a year" for n, p in likely.items()], remove="Take back", add="Say how often"),
            ]}]  # fmt: skip
        tell(self.notes, "", [self.note, *self._scope()])

    def _scope(self) -> list[str]:
        panel = self.panel
        count = len(panel.targets())
        moved = " with the levers of the scenario moved from the start" if panel.measured.levers else ""
        scope = (
            f"{count} targets through which goods may flow{moved}, one at a time, from period {panel.begins} on."
            if count
            else ""
        )
        return [
            scope,
            f"The events of “{panel.desk.chosen}” do not happen in a stress test."
            if panel.desk.scenario.events
            else "",
        ]

    # --- the answer

    def results(self, result: StressTest) -> list[Widget]:
        """Sentences, figures, table."""
        from twinkit import show

        self.drawer.clear()
        draw = self.drawer.draw
        drawn = [
            part("Cheap and deadly", draw(show.exposure_scatter, result, caption="Spend in a year against the margin that a loss costs")),
            part("Time to survive", draw(show.survival_chart, result, caption="How long each loss can be survived, against how long it lasts")),
            part("Likelihood and consequence", draw(show.risk_matrix, result, caption="Names in the cells; without likelihoods, consequences alone")),
        ]  # fmt: skip
        self.drawer.start()
        return [
            told(result.sentences(), "What the stress test says", testid="stress-words"),
            *drawn,
            stress_table(result),
        ]


def stress_table(result: StressTest) -> Widget:
    """Every target with its figures, their units and definitions."""
    rows, money = result.table(), result.plan.case.settings["currency"]
    columns = [
        Col("target", "Target", "what was out"), Col("tier", "Tier", "tiers that it belongs to, 0 sells to customers"), Col("country", "Country", "country of the target"),
        Col("time_to_recover", "Out for", "time to recover: for so long it was out [periods]", "-"),
        Col("risk", "At risk", RISK_MEANS),
        Col("time_to_survive_timed", "Survives at best", f"{LASTS_AT_BEST} [periods]", "-"),
        Col("time_to_survive", "… if goods took no time", "the same if goods took no time on the way (Simchi-Levi et al. 2014) [periods]", "-"),
        Col("lost_margin", "Margin lost", f"mean over the worlds of what is lost because of the outage; in brackets its 95 % interval [{money}]", money, ("low", "high")),
        Col("lost_profit_timed", "At least", f"least lost profit under the best response, with lead times, by a linear programme over periods; the simulation can only be worse [{money}]", money),
        Col("lost_profit", "… if goods took no time", f"the same if goods took no time on the way, during the outage (Simchi-Levi et al. 2015) [{money}]", money),
        Col("extra_cost", "Extra cost", f"holding, backlog and expediting on top; in brackets the 95 % interval [{money}]", money, ("extra_low", "extra_high")),
        Col("depth", "Depth", "lowest service against the same world without the outage, mean over the worlds", "share"),
        Col("recovered_after", "Back after", "median time until service is back [periods]; censored where it is not back by the end of the run", "", (), _back),
        Col("censored", "Not back", "share of the worlds in which service is not back by the end of the run", "share"),
        Col("spend", "Spend", f"value of the mean flow through it in a year [{money}/year]", money),
        Col("exposure", "Exposure index", "lost margin / the largest lost margin of all targets", "share"),
    ]  # fmt: skip
    if result.likelihood:
        columns += [Col("likelihood", "Times a year", "how often it happens, as it was said [1/year]", "-"),
                    Col("expected_loss", "Expected loss", f"likelihood × margin lost [{money}/year]", money)]  # fmt: skip
    columns = [c for c in columns if c.name not in ("tier", "country") or rows[c.name].astype(str).str.strip().any()]
    return table_of(
        rows,
        columns,
        f"Every target, the largest loss first ({result.replications} worlds each)",
        testid="stress-table",
    )


def _back(periods: float) -> str:
    return "not by the end of the run" if periods == float("inf") else f"{periods:g}"
