"""View of the sensitivity study: what varies, the tornado, what would change the decision."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget

from twinkit.study.outcome import FORMULAS
from twinkit.study.sensitivity_result import Sensitivity
from twinkit.workbench.answers import Asking, Col, field, number, part, ranged, table_of, tell, told
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView

METHODS = [
    ["morris", "Morris: what matters at all"],
    ["sobol", "Sobol: shares of the variance"],
    ["both", "both: Sobol on what matters"],
]
NUMBERS = ("trajectories", "samples", "space", "worlds")
OWN = "in "
"""Before the name of an input in the names of the fields of the form."""


class SensitivityView(PanelView):
    """Which assumptions matter."""

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        super().__init__(panel, guard)

    def inputs(self) -> list[Widget]:
        """Scenarios, figure, method, inputs with their ranges."""
        self.form = Asking(label="What is asked", testid="sensitivity-form")
        self.range = Asking(label="Range of an input", testid="range-form", values={"input": "", "low": None, "high": None},
                          buttons=[["set", "Set range"], ["reset", "Own range"]])  # fmt: skip
        self.notes = told([], testid="sensitivity-notes")
        self.form.observe(self.guard(self._asked), "values")
        self.range.observe(self.guard(self._ranged), "values")
        self.range.on_msg(self.guard(self._pressed_range))
        return [self.form, self.range, self.notes]

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        known = panel.known()
        with panel.hold_trait_notifications():
            panel.first, panel.second = values["first"] or "", values["second"] or ""
            panel.kpi, panel.method = values["kpi"], values["method"]
            for name in NUMBERS:
                if values.get(name) is not None and values[name] >= (1 if name == "worlds" else 2):
                    setattr(panel, name, int(values[name]))
            panel.inputs = [n for n in known if values.get(OWN + n)]

    def _ranged(self, change: Any) -> None:
        name = self.range.values.get("input")
        if name != change["old"].get("input") and name in self.panel.known():
            low, high = self.panel.ranges.get(name, self.panel.known()[name][2:])
            self.range.values = {"input": name, "low": low, "high": high}

    def _pressed_range(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        values, panel = self.range.values, self.panel
        name = values.get("input")
        rest = {k: v for k, v in panel.ranges.items() if k != name}
        if name not in panel.known():
            return
        if content.get("press") == "set" and None not in (values["low"], values["high"]):
            panel.ranges = {**rest, name: [float(values["low"]), float(values["high"])]}
        elif content.get("press") == "reset":
            panel.ranges = rest
            self.range.values = {"input": name, **dict(zip(("low", "high"), panel.known()[name][2:], strict=True))}

    def moved(self) -> None:
        """Bring the form up to date with the model."""
        panel, scenarios = self.panel, list(self.panel.desk.scenarios)
        known = panel.known()
        chosen = [["", f"the chosen one ({panel.desk.chosen})"], *([s, s] for s in scenarios)]
        inputs = [field(OWN + n, "flag", label, help=self._range_words(n)) for n, (label, *_) in known.items()]
        with self.form.hold_sync():
            self.form.groups = [
                {"title": "What is asked", "fields": [
                    field("first", "choice", "Scenario", options=chosen),
                    field("second", "choice", "Compared with", options=[["", "none"], *([s, s] for s in scenarios)],
                          help="with two, the figure is by how much the first is better"),
                    field("kpi", "choice", "Figure", options=[[k, k] for k in panel.figures()],
                          help=FORMULAS.get(panel.figure, ("", ""))[1]),
                    field("method", "choice", "Method", options=METHODS)]},
                {"title": "What varies (none chosen: all inputs)", "fields": inputs, "folded": True},
                {"title": "Size of the study", "folded": True, "fields": [
                    number("worlds", "Worlds at each point", low=1, help="replications, all on the same luck"),
                    number("trajectories", "Trajectories of Morris", low=2, hidden=panel.method == "sobol"),
                    number("samples", "Sample of Sobol", low=2, help="a power of 2", hidden=panel.method == "morris"),
                    number("space", "Points for two scenarios", low=2, hidden=len(panel.pair) == 1)]},
            ]  # fmt: skip
            self.form.values = {k: getattr(panel, k) for k in ("first", "second", "method", *NUMBERS)} | {"kpi": panel.figure} | {
                OWN + n: n in panel.inputs for n in known}  # fmt: skip
        self.range.groups = [{"title": "A range of your own", "folded": True, "fields": [
            field("input", "choice", "Input", options=[["", "choose …"], *([n, v[0]] for n, v in known.items())]),
            number("low", "From", step=0.1), number("high", "To", step=0.1)]}]  # fmt: skip
        tell(self.notes, "", [f"{panel.points():,} runs of {panel.worlds} worlds each."])

    def _range_words(self, name: str) -> str:
        _, unit, low, high = self.panel.known()[name]
        own = self.panel.ranges.get(name)
        ends = own if own and len(own) == 2 else (low, high)
        word = {"factor": "times the usual", "yes/no": "(no to yes)"}.get(unit, unit)
        return f"{ends[0]:g} to {ends[1]:g} {word}{' (your range)' if own else ''}"

    # --- the answer

    def results(self, result: Sensitivity) -> list[Widget]:
        """Sentences, tornado, thresholds, indices."""
        from twinkit import show

        self.drawer.clear()
        picture = self.drawer.draw(
            show.tornado, result, caption="One input at a time, from its lowest (hatched) to its highest"
        )
        self.drawer.start()
        value, low, high = result.usual_interval()
        usual = f"With all inputs as usual {_figure_words(result)} is {ranged(value, low, high, unit=result.unit)}."
        parts: list[Widget] = [
            told([*result.sentences(), usual], "What matters", testid="sensitivity-words"),
            part("Tornado", picture),
        ]
        if result.decides:
            parts.append(threshold_table(result))
        return [*parts, index_table(result)]


def _figure_words(result: Sensitivity) -> str:
    if not result.decides:
        return f"the {result.kpi}"
    one, other = (s.name for s in result.scenarios)
    return f"the advantage of “{one}” over “{other}” in {result.kpi}"


def threshold_table(result: Sensitivity) -> Widget:
    """Where each input alone would change the decision."""
    rows = result.thresholds()
    rows["at"] = [
        "never in its range" if x != x else f"{side} {x:.3g}"
        for x, side in zip(rows["threshold"], rows["changes"], strict=True)
    ]
    rows["unclear"] = ["" if a != a else f"{a:.3g} to {b:.3g}" for a, b in zip(rows["from"], rows["to"], strict=True)]
    columns = [
        Col("label", "Input", "what varies, alone"), Col("unit", "Unit", "factor: times what the case says"), Col("low", "From", "low end of the range", "-"),
        Col("usual", "Usual", "value at which the case is as it is", "-"), Col("high", "To", "high end of the range", "-"),
        Col("at", "Changes the decision", "on this side of this value the other scenario is better"),
        Col("unclear", "Not clear between", "there the 95 % interval of the difference holds 0"),
    ]  # fmt: skip
    return table_of(
        rows, columns, "What would change the decision, one input at a time, the nearest first", testid="thresholds"
    )


def index_table(result: Sensitivity) -> Widget:
    """Every index with its interval."""
    rows, unit = result.table(), result.unit
    columns = [
        Col("label", "Input", "what varies"), Col("unit", "Unit", "factor: times what the case says"), Col("low", "From", "low end of the range", "-"), Col("high", "To", "high end of the range", "-"),
        Col("swing", "Swing", f"distance between the lowest and the highest figure, one input at a time [{unit}]", unit),
    ]  # fmt: skip
    if result.screen is not None:
        columns.append(
            Col(
                "effect",
                "Morris' effect",
                f"mean of the absolute elementary effects (μ*), with its 95 % interval [{unit}]",
                unit,
                ("effect_low", "effect_high"),
            )
        )
    if result.shares is not None:
        columns += [Col("first", "Sobol, alone", "share of the variance that the input makes alone (first order), with its 95 % interval", "share", ("first_low", "first_high")),
                    Col("total", "Sobol, in all", "share with all it does together with others (total), with its 95 % interval", "share", ("total_low", "total_high"))]  # fmt: skip
    return table_of(rows, columns, "Indices, the widest swing first", testid="indices")
