"""Baseline: how the chain does, against what it is meant to reach and against what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from twinkit.code import call, literal, scenario_code
from twinkit.study.ensemble import ensemble
from twinkit.study.outcome import Outcome
from twinkit.workbench.baseline_checks import Check, checks, record_fit
from twinkit.workbench.panel import Panel


class BaselinePanel(Panel):
    """The chosen scenario in many worlds: KPIs, objectives, service, stock, costs, records."""

    key = "baseline"
    title = "Baseline"
    question = "How does the chain do, and does it reach what it is meant to?"

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        desk = self.desk
        return one_outcome, (desk.case, desk.scenario, desk.replications), {"seed": desk.seed}

    def code(self) -> str:
        desk = self.desk
        run = call(
            "twinkit.ensemble", "case", "scenario", f"replications={desk.replications}", f"seed={literal(desk.seed)}"
        )
        return f"scenario = {scenario_code(desk.scenario)}\nresult = {run}[scenario.name]"

    def checks(self) -> list[Check]:
        """What has become of every objective of the case."""
        return checks(self.job.result) if self.job.result is not None else []

    def records(self) -> pd.DataFrame:
        """Simulated beside recorded demand; empty where the case has no history."""
        return record_fit(self.job.result) if self.job.result is not None else pd.DataFrame()


def one_outcome(case: Any, scenario: Any, replications: int, **more: Any) -> Outcome:
    """The outcome of one scenario; see :func:`~twinkit.study.ensemble.ensemble`."""
    return ensemble(case, scenario, replications, **more)[scenario.name]
