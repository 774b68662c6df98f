"""Which assumptions matter, and which would change the decision?"""

from __future__ import annotations

import math
from typing import Any

from twinkit.answers import SAME_LUCK, about, drawing_of, scenario_words
from twinkit.levers.levers import levers_of
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.run.outcome import FORMULAS
from twinkit.run.scenario import Scenario
from twinkit.study.asked import asked_of
from twinkit.study.inputs import inputs_of
from twinkit.study.sensitivity import Sensitivity, figures_of, sensitivity, turned_where, usual_kpi
from twinkit.words import amount, digits, interval

METHODS = {
    "morris": "Morris: what matters at all",
    "sobol": "Sobol: shares of the variance",
    "both": "both: Sobol on what matters",
}
SIZE: dict[str, Any] = {"group": "Size of the study", "folded": True, "kind": "whole"}
SWING = "distance between the lowest and the highest figure, one input at a time"


@register
class SensitivityQuestion(Question):
    """A figure of a scenario, or the difference of two, while inputs vary."""

    key, title = "sensitivity", "Sensitivity"
    asks = "Which assumptions matter, and which would change the decision?"
    group, audience, live = "How sure it is", "analysts", False
    kinds = (Sensitivity,)
    needs = (("SALib", "optimise"),)

    first = Input("", "empty: the one that is looked at", title="Scenario", start="", kind="text")
    second = Input("", "with two, the figure is by how much the first is better", title="Compared with", start="", kind="text")
    kpi = Input("", "empty: what is earned or, without prices, the fill rate", title="Figure", start="", kind="text")
    method = Input("", "how the inputs are varied together", start="morris", kind="text", words=METHODS)
    inputs = Input("", "what varies", start=[], kind="names", group="What varies (none chosen: all inputs)", folded=True)
    ranges = Input("", "a low end below its high end", title="Range", start={}, kind="ranges", group="A range of your own", folded=True)
    worlds = Input("", "replications at each point, all on the same luck", title="Worlds at each point", start=16, low=1, **SIZE)
    trajectories = Input("", "size of Morris' sample", title="Trajectories of Morris", start=8, low=2, **SIZE)
    samples = Input("", "size of Sobol's sample: a power of 2", title="Sample of Sobol", start=32, low=2, **SIZE)
    space = Input("", "points of the whole space in which two scenarios are compared", title="Points for two scenarios", start=64, low=2, **SIZE)

    @property
    def pair(self) -> list[Scenario]:
        """The scenarios that are studied: one, or two of which the first was chosen."""
        known = self.ground.scenarios
        one = known.get(self.first) or self.ground.scenario
        return [one, known[self.second]] if self.second in known else [one]

    @property
    def figure(self) -> str:
        """The figure that is asked for."""
        return self.kpi or usual_kpi(self.ground.case)

    def known(self) -> dict[str, tuple[str, str, float, float]]:
        """Name of what may vary → label, unit, low, high."""
        case = self.ground.case
        return {one.name: (one.label, one.unit, one.low, one.high) for one in (*inputs_of(case), *levers_of(case))}

    def options(self, name: str) -> dict[str, str]:
        scenarios = {s: s for s in self.ground.scenarios}
        if name in ("first", "second"):
            return {"": f"the chosen one ({self.ground.scenario.name})" if name == "first" else "none", **scenarios}
        if name == "kpi":
            return {"": f"the usual one ({usual_kpi(self.ground.case)})", **{k: k for k in figures_of(self.ground.case)}}
        if name in ("inputs", "ranges"):
            return {n: f"{label}: {_ends(self.ranges.get(n, (low, high)), unit)}" for n, (label, unit, low, high) in self.known().items()}
        return super().options(name)

    def check(self) -> list[str]:
        """A scenario that is compared with itself, and a sample that cannot be."""
        found = []
        if len(self.pair) == 2 and self.pair[0].name == self.pair[1].name:
            found.append("A scenario is compared with itself: choose another one, or none.")
        if self.method != "morris" and self.samples & (self.samples - 1):
            found.append(f"The sample of Sobol is {self.samples}: it must be a power of 2, such as 32 or 64.")
        return found

    def _varied(self) -> Any:
        """Inputs as the study takes them: None for all, names, or names with ranges."""
        known = self.known()
        names = list(self.inputs) or ([one.name for one in inputs_of(self.ground.case)] if self.ranges else [])
        names += [n for n in self.ranges if n not in names]
        if not self.ranges:
            return names or None
        return {n: tuple(map(float, self.ranges.get(n, known[n][2:]))) for n in names if n in known}

    def call(self) -> Call:
        return Call(
            sensitivity, case=self.ground.case, scenarios=self.pair, inputs=self._varied(), kpi=self.figure, method=self.method,
            trajectories=self.trajectories if self.method != "sobol" else None,
            samples=self.samples if self.method != "morris" else None, space=self.space if len(self.pair) == 2 else None,
            replications=self.worlds, seed=self.ground.seed,
        )  # fmt: skip

    def points(self) -> int:
        """Points that will be run: what the study takes grows with it."""
        n, both = len(self._varied() or inputs_of(self.ground.case)), len(self.pair)
        total = 1 + 5 * n + (self.space if both == 2 else 0)
        total += self.trajectories * (n + 1) * (self.method != "sobol") + self.samples * (n + 2) * (self.method != "morris")
        return total * both

    def notes(self) -> list[str]:
        return [] if self.problems() else [f"{self.points():,} runs of {self.worlds} worlds each."]

    @classmethod
    def tell(cls, result: Sensitivity) -> Answer:
        case, asked = result.case, asked_of(result)
        told = about(
            case, Scenarios="; ".join(scenario_words(s) for s in result.scenarios), Figure=f"{result.kpi} [{result.unit}]",
            Worlds=f"{len(result.usual):,} at each point", Seed=asked.arguments.get("seed") if asked else None,
        )  # fmt: skip
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), _facts(result),
            Heading("One input at a time"),
            Picture(drawing_of("tornado", result), name="tornado",
                    caption=f"What one input at a time changes in the {result.kpi}, from its lowest (hatched) to its highest."),
            tornado_table(result), _indices(result),
        ]  # fmt: skip
        if result.decides:
            blocks += [Heading("What would change the decision"), _thresholds(result)]
        method = [
            "All points see the same luck, so a difference between two of them is due to the inputs.",
            f"Each input was varied alone at {len(next(iter(result.lines.values())))} values from its lowest to its highest.",
            *(["Morris' screening says what matters at all (Morris 1991)."] if result.screen is not None else []),
            *(["Sobol's indices share out the variance (Saltelli et al. 2010)."] if result.shares is not None else []),
            *(["With two scenarios the figure is by how much the first is better."] if result.decides else []),
            SAME_LUCK,
        ]  # fmt: skip
        return Answer(f"What the {result.kpi} depends on: {case.settings.get('title') or case.name}", blocks, told, method, case)


def _ends(ends: Any, unit: str) -> str:
    word = {"factor": "times the usual", "yes/no": "(no to yes)"}.get(unit, unit)
    return f"{digits(ends[0])} to {digits(ends[-1])} {word}".strip()


def _facts(study: Sensitivity) -> Facts:
    usual, widest = study.usual_interval(), study.tornado().iloc[0]
    label, meaning = study.kpi, FORMULAS[study.kpi][1] if study.kpi in FORMULAS else "what the risks and the measures cost in a year"
    if study.decides:
        one, other = (s.name for s in study.scenarios)
        label, meaning = f"advantage of {one} over {other}", f"by how much it is better in {study.kpi}, with all inputs as usual"
        if not study.judges:
            label, meaning = f"difference in {study.kpi}", f"{one} less {other}, with the sign that counts less of it as better; no verdict"
    found = [
        Fact(label, amount(usual[0], study.unit), interval(*usual[1:], study.unit), meaning),
        Fact("widest swing", amount(widest["swing"], study.unit), str(widest["label"]), SWING),
    ]
    if study.decides:
        share = study.other_better()
        label = "the other scenario is better" if study.judges else f"the other scenario is on the other side in {study.kpi}"
        found.append(Fact(label, amount(share[0], "share"), interval(*share[1:], "share"),
                          "share of the space of the inputs, with its 95 % interval"))  # fmt: skip
    return Facts(found)


def _varied(usual: bool = True) -> list[Shown]:
    """Columns that say what was varied."""
    found = [
        Shown("label", "input", "what varies, the others as usual"), Shown("unit", "unit", "unit of the input; factor: times what the case says"),
        Shown("low", "lowest", "lowest value of the input", "-"), Shown("usual", "usual", "value at which the case is as it is", "-"),
        Shown("high", "highest", "highest value of the input", "-"),
    ]  # fmt: skip
    return found if usual else [c for c in found if c.name != "usual"]


def tornado_table(study: Sensitivity, on_page: bool = True) -> Table:
    """What one input at a time changes."""
    unit = study.unit
    columns = [
        *_varied(usual=False),
        Shown("at_low", "at its lowest", "the figure with the input at its lowest, less the usual figure, world by world", unit, ("at_low_low", "at_low_high")),
        Shown("at_high", "at its highest", "the figure with the input at its highest, less the usual figure, world by world", unit, ("at_high_low", "at_high_high")),
        Shown("swing", "swing", SWING, unit, page=False),
    ]  # fmt: skip
    return Table.of(study.tornado(), columns, f"Change of the {study.kpi}, one input at a time", "one at a time", on_page)


def _indices(study: Sensitivity) -> Table:
    """Every index with its interval: for analysts, and in the workbook."""
    columns = [*_varied(), Shown("swing", "swing", SWING, study.unit)]
    if study.screen is not None:
        columns.append(Shown("effect", "Morris' effect", "mean of the absolute elementary effects (μ*)", study.unit, ("effect_low", "effect_high")))
    if study.shares is not None:
        columns += [
            Shown("first", "Sobol, alone", "share of the variance that the input makes alone (first order)", "share", ("first_low", "first_high")),
            Shown("total", "Sobol, in all", "share with all it does together with others (total)", "share", ("total_low", "total_high")),
        ]  # fmt: skip
    return Table.of(study.table(), columns, "Every index that was worked out, the largest swing first", "indices", on_page=False)


def _thresholds(study: Sensitivity) -> Table:
    frame = study.thresholds()
    sides = [turned_where(r, digits) if math.isfinite(r.threshold) else "never in its range" for r in frame.itertuples()]
    unclear = [f"{digits(a)} to {digits(b)}" if math.isfinite(a) else "" for a, b in zip(frame["from"], frame["to"], strict=True)]
    columns = [
        *_varied(),
        Shown("at", "changes the decision", "on this side of this value, alone, the answer is another one than with all inputs as usual"),
        Shown("unclear", "not clear between", "there the 95 % interval of the difference holds 0"),
    ]  # fmt: skip
    return Table.of(frame.assign(at=sides, unclear=unclear), columns,
                    "What would change the decision, one input at a time, the nearest first", "thresholds")  # fmt: skip
