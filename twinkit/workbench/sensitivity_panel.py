"""Sensitivity: which inputs matter for a figure, and which would change a decision."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import traitlets as t

from twinkit.study.inputs import inputs_of
from twinkit.study.levers import levers_of
from twinkit.study.scenario import Scenario
from twinkit.study.sensitivity import METHODS, figures_of, sensitivity, usual_kpi
from twinkit.workbench.code import call, literal, scenarios_code
from twinkit.workbench.panel import Panel

NO_SALIB = (
    'SALib is not installed, and both methods need it: pip install "twinkit[optimise]", then open the page again.'
)
NONE = ""
"""Second scenario of a study of one."""


class SensitivityPanel(Panel):
    """A figure of a scenario, or the difference of two, while inputs vary.

    Attributes
    ----------
    first, second
        Names of scenarios; "" for the chosen one, and for none.
    inputs
        Names of inputs and levers that vary; empty for all inputs.
    ranges
        Name of an input → [low, high] instead of its own range.
    kpi, method
        The figure; "morris", "sobol" or "both".
    trajectories, samples, space, worlds
        Sizes; see :func:`twinkit.sensitivity` (`worlds` are its replications).
    """

    key = "sensitivity"
    title = "Sensitivity"
    question = "Which assumptions matter, and which would change the decision?"
    INPUTS = ("first", "second", "inputs", "ranges", "kpi", "method", "trajectories", "samples", "space", "worlds")

    first = t.Unicode(help="scenario that was chosen; empty for the one that the desk looks at")
    second = t.Unicode(NONE, help="scenario that it is compared with; empty for none")
    inputs = t.List(t.Unicode(), help="what varies; empty for all inputs")
    ranges = t.Dict(help="name of an input → [low, high]")
    kpi = t.Unicode(help="the figure; empty for what is earned or, without prices, the fill rate")
    method = t.Enum(METHODS, "morris", help="how the inputs are varied together")
    trajectories = t.Int(8, min=2, help="size of Morris' sample")
    samples = t.Int(32, min=2, help="size of Sobol's sample: a power of 2")
    space = t.Int(64, min=2, help="points in which two scenarios are compared")
    worlds = t.Int(16, min=1, help="worlds at each point")

    @property
    def pair(self) -> list[Scenario]:
        """The scenarios that are studied: one, or two of which the first was chosen."""
        known = self.desk.scenarios
        one = known.get(self.first) or self.desk.scenario
        return [one, known[self.second]] if self.second in known else [one]

    @property
    def figure(self) -> str:
        """The figure that is asked for."""
        return self.kpi or usual_kpi(self.desk.case)

    def figures(self) -> list[str]:
        """The figures that can be asked for."""
        return figures_of(self.desk.case)

    def known(self) -> dict[str, tuple[str, str, float, float]]:
        """Name of what may vary → label, unit, low, high."""
        found = {one.name: (one.label, one.unit, one.low, one.high) for one in inputs_of(self.desk.case)}
        return found | {v.name: (v.label, v.unit, v.low, v.high) for v in levers_of(self.desk.case)}

    def check(self) -> list[str]:
        """What is missing or cannot be."""
        found = [] if find_spec("SALib") else [NO_SALIB]
        for name in (self.first, self.second):
            if name and name not in self.desk.scenarios:
                found.append(f"There is no scenario '{name}' any more: choose another.")
        if len(self.pair) == 2 and self.pair[0].name == self.pair[1].name:
            found.append("A scenario is compared with itself: choose another one, or none.")
        if self.figure not in self.figures():
            found.append(f"There is no figure '{self.figure}' in this case: choose another.")
        known = self.known()
        found += [f"There is no input '{name}' in this case: take it out." for name in self.inputs if name not in known]
        if self.method != "morris" and self.samples & (self.samples - 1):
            found.append(f"The sample of Sobol is {self.samples}: it must be a power of 2, such as 32 or 64.")
        for name, ends in self.ranges.items():
            if name in known and not (
                len(ends) == 2 and all(isinstance(x, (int, float)) for x in ends) and ends[0] < ends[1]
            ):
                found.append(f"The range of {known[name][0]} must rise: its low end below its high end.")
        return found

    def _inputs(self) -> Any:
        """Inputs as the study takes them: None for all, names, or names with ranges."""
        known = self.known()
        names = list(self.inputs) or ([one.name for one in inputs_of(self.desk.case)] if self.ranges else [])
        if not self.ranges:
            return names or None
        return {n: tuple(map(float, self.ranges.get(n, known[n][2:]))) for n in names if n in known}

    def _more(self) -> dict[str, Any]:
        more = {"inputs": self._inputs(), "kpi": self.figure, "method": self.method, "replications": self.worlds,
                "seed": self.desk.seed}  # fmt: skip
        if self.method != "sobol":
            more["trajectories"] = self.trajectories
        if self.method != "morris":
            more["samples"] = self.samples
        return more | ({"space": self.space} if len(self.pair) == 2 else {})

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return sensitivity, (self.desk.case, self.pair), self._more()

    def code(self) -> str:
        more = [f"{k}={literal(v)}" for k, v in self._more().items()]
        return f"scenarios = {scenarios_code(self.pair)}\nresult = " + call(
            "twinkit.sensitivity", "case", "scenarios", *more
        )

    def points(self) -> int:
        """Points that will be run: what the study takes grows with it."""
        n = len(self._inputs() or inputs_of(self.desk.case))
        both = len(self.pair)
        total = 1 + 5 * n + (self.space if both == 2 else 0)
        total += self.trajectories * (n + 1) * (self.method != "sobol") + self.samples * (n + 2) * (
            self.method != "morris"
        )
        return total * both
