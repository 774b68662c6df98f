"""Stress test: every site, lane, country or port is knocked out in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets as t

from twinkit.code import call, literal, scenario_code
from twinkit.study.scenario import Scenario
from twinkit.study.stress import SETTLED, stress_test
from twinkit.study.stress_targets import targets_of
from twinkit.tables.case import Case
from twinkit.workbench.panel import Panel

WHAT = {"sites": "every site", "lanes": "every lane", "countries": "every country", "ports": "every port"}
"""What is knocked out → the same in words."""


class StressPanel(Panel):
    """What is lost when something fails, and how long customers notice nothing.

    Attributes
    ----------
    what
        "sites", "lanes", "countries" or "ports".
    duration
        How long each is out [periods]; None: the time to recover of the tables.
    worlds
        Worlds of each outage.
    likelihood
        Name of a target → how often it happens [1/year].
    """

    key = "stress"
    title = "Stress test"
    question = "What does it cost to lose each site, lane or country, and how long can it be survived?"
    INPUTS = ("what", "duration", "worlds", "likelihood")

    what = t.Enum(list(WHAT), "sites", help="what is knocked out")
    duration = t.Float(None, allow_none=True, help="how long each is out; None: its time to recover [periods]")
    worlds = t.Int(64, min=1, help="worlds of each outage")
    likelihood = t.Dict(help="name of a target → how often it happens [1/year]")

    _looked: tuple[Case, str, float | None, list[str]] | None = None

    @property
    def measured(self) -> Scenario:
        """The levers of the chosen scenario, moved from the start; its events do not happen."""
        return Scenario(self.desk.scenario.name, (), dict(self.desk.scenario.levers))

    def check(self) -> list[str]:
        """Durations, likelihoods and targets that cannot be."""
        found, periods = [], int(self.desk.case.settings["periods"])
        if self.duration is not None and not 0 < self.duration <= periods:
            found.append(
                f"The duration is {self.duration:g}: write a number above 0, up to {periods} periods, or leave it empty."
            )
        if self.what == "lanes" and self.duration is None:
            found.append("The tables say no time to recover of a lane: write how long each lane is out.")
        if self.what == "ports" and not (self.desk.case["sites"]["kind"] == "port").any():
            found.append("This case has no ports: knock out sites, lanes or countries instead.")
        if self.what == "countries" and not (self.desk.case["sites"]["country"] != "").any():
            found.append("This case says no countries of its sites: fill in the column country of the table sites.")
        return found

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return _stressed, (self.desk.case, self.measured, self.what), self._more()

    def _more(self) -> dict[str, Any]:
        more = {"duration": self.duration, "replications": self.worlds, "likelihood": self.known_likelihood() or None,
                "seed": self.desk.seed}  # fmt: skip
        return {k: v for k, v in more.items() if v is not None}

    def code(self) -> str:
        more = [f"{k}={literal(v)}" for k, v in self._more().items()]
        run = call("twinkit.stress_test", "tested", literal(self.what), *more)
        return f"tested = {scenario_code(self.measured)}.apply(case)\nresult = {run}"

    def targets(self) -> list[str]:
        """Names of what would be knocked out; empty where that is not clear yet."""
        asked = self.desk.case, self.what, self.duration
        if self._looked is None or self._looked[0] is not asked[0] or self._looked[1:3] != asked[1:]:
            self._looked = (*asked, [target.name for target in targets_of(*asked)[0]])
        return self._looked[3]

    def known_likelihood(self) -> dict[str, float]:
        """Likelihoods of targets that are knocked out now; those of others are kept for later."""
        if not self.likelihood:
            return {}
        known = set(self.targets())
        return {name: float(p) for name, p in self.likelihood.items() if name in known}

    def say_likelihood(self, target: str, per_year: float | None) -> None:
        """Say how often a target fails [1/year]; None takes it back.

        Raises
        ------
        ValueError
            If there is no such target, or the number is below 0.
        """
        if target not in self.targets():
            raise ValueError(f"'{target}' is not among what is knocked out.")
        if per_year is not None and not per_year >= 0:
            raise ValueError("How often it happens must be a number of 0 or more a year: once in 20 years is 0.05.")
        rest = {k: v for k, v in self.likelihood.items() if k != target}
        self.likelihood = rest if per_year is None else {**rest, target: float(per_year)}

    @property
    def begins(self) -> int:
        """First period of the outages [period]."""
        settings = self.desk.case.settings
        return max(int(settings["warm_up"]), int(settings["periods"]) // SETTLED)


def _stressed(case: Case, scenario: Scenario, what: str, **more: Any) -> Any:
    """The stress test of a case with some levers moved."""
    return stress_test(scenario.apply(case), what, **more)
