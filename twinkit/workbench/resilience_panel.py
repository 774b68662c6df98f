"""Resilience: the scorecard of the chosen scenario, from service to the ripple and the money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets as t

from twinkit.code import call, literal, scenario_code
from twinkit.study.scorecard import resilience
from twinkit.workbench.panel import Panel


class ResiliencePanel(Panel):
    """How hard the events hit, how far that spreads, and how long it lasts.

    Attributes
    ----------
    fall
        A site is hit where it sends less than this share of what it sends without the events [share].
    """

    key = "resilience"
    title = "Resilience"
    question = "How hard do the events of the scenario hit, how far does it spread, and how long does it last?"
    INPUTS = ("fall",)

    fall = t.Float(0.9, help="a site is hit where it sends less than this share of the usual [share]")

    def check(self) -> list[str]:
        """A scenario without events, or a share that is none."""
        found = []
        desk = self.desk
        if not desk.scenario.events and not desk.case["events"]["scheduled"].any():
            found.append(f"No event happens in “{desk.scenario.name}”: choose or make a scenario with an event.")
        if not 0 < self.fall < 1:
            found.append("The share below which a site counts as hit must be above 0 and below 100 %.")
        return found

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        desk = self.desk
        return (
            resilience,
            (desk.case, desk.scenario),
            {"replications": desk.replications, "seed": desk.seed, "fall": self.fall},
        )

    def code(self) -> str:
        desk = self.desk
        more = [f"replications={desk.replications}", f"seed={literal(desk.seed)}", f"fall={literal(self.fall)}"]
        return f"scenario = {scenario_code(desk.scenario)}\nresult = {call('twinkit.resilience', 'case', 'scenario', *more)}"
