"""Explain: why customers went without, from a dip at a market back to its causes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import traitlets as t

from twinkit.code import call, literal, scenario_code
from twinkit.study.engines import stop_if
from twinkit.study.ensemble import BATCH, ensemble
from twinkit.study.explain import Explanation, explain
from twinkit.study.outcome import Outcome
from twinkit.study.scenario import Scenario
from twinkit.tables.case import Case
from twinkit.workbench.panel import Panel

ANY = ""
"""Market that stands for the one that lacks most."""


class ExplainPanel(Panel):
    """The way back from a dip.

    Attributes
    ----------
    market
        ``market | product``; "" for the one that lacks most.
    day
        A day of the dip [period]; None for the worst.
    world
        Number of the world; None for the typical one.
    outcome
        What the newest explanation was picked from; it holds the dips of all markets.
    """

    key = "explain"
    title = "Explain"
    question = "Why did customers go without: which event or which policy, and along which way?"
    INPUTS = ("market", "day", "world")

    market = t.Unicode(ANY, help="market | product; empty for the one that lacks most")
    day = t.Int(None, allow_none=True, min=0, help="a day of the dip; None for the worst [period]")
    world = t.Int(None, allow_none=True, min=0, help="number of the world; None for the typical one")

    outcome: Outcome | None = None

    def check(self) -> list[str]:
        """Days, worlds and markets that there are not."""
        found, periods = [], int(self.desk.case.settings["periods"])
        if self.day is not None and self.day >= periods:
            found.append(f"There is no period {self.day}: the run has {periods}, from 0 to {periods - 1}.")
        if self.world is not None and self.world >= BATCH:
            found.append(f"There is no world {self.world}: {BATCH} are looked at, from 0 to {BATCH - 1}.")
        if self.market and self.market not in self.markets():
            found.append(f"There is no market '{self.market}': choose another.")
        return found

    def markets(self) -> list[str]:
        """Names of the markets with their products, as they are picked."""
        rows = self.desk.case["markets"]
        return [f"{m} | {p}" for m, p in zip(rows["market"], rows["product"], strict=True)]

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return self._explained, (self.desk.case, self.desk.scenario), {"seed": self.desk.seed, **self._chosen()}

    def _chosen(self) -> dict[str, Any]:
        more = {"market": self.market or None, "day": self.day, "world": self.world}
        return {k: v for k, v in more.items() if v is not None}

    def code(self) -> str:
        run = call("twinkit.ensemble", "case", "scenario", f"replications={BATCH}", f"seed={literal(self.desk.seed)}")
        more = [f"{k}={literal(v)}" for k, v in self._chosen().items()]
        return (f"scenario = {scenario_code(self.desk.scenario)}\noutcome = {run}[scenario.name]\n"
                f"result = {call('twinkit.explain', 'outcome', *more)}")  # fmt: skip

    def _explained(
        self,
        case: Case,
        scenario: Scenario,
        *,
        seed: int,
        progress: Callable[[int, int], None],
        cancel: Event,
        **more: Any,
    ) -> Explanation:
        """Run the scenario and walk back; two parts, of which the second cannot be cut."""
        progress(0, 2)
        outcome = ensemble(case, scenario, BATCH, seed=seed, cancel=cancel)[scenario.name]
        progress(1, 2)
        stop_if(cancel)
        found = explain(outcome, **more)
        self.outcome = outcome
        progress(2, 2)
        return found

    # --- the dips to pick from

    def missing(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Share of the demand of the picked market that is not served at once, day by day.

        Returns
        -------
        mean, low, high
            Over the worlds; low and high hold nine of ten.  Shape (periods,).
        """
        if self.outcome is None:
            return (np.zeros(0),) * 3
        rows = self._rows()
        asked, served = (self.outcome.markets[k][rows].sum(axis=0) for k in ("demand", "served"))
        share = np.divide(np.maximum(asked - served, 0.0), asked, out=np.zeros_like(asked), where=asked > 0)
        low, high = np.quantile(share, [0.05, 0.95], axis=1)
        return share.mean(axis=1), low, high

    def _rows(self) -> list[int]:
        names = self.outcome.plan.market_names
        return [i for i, name in enumerate(names) if self.market in (ANY, name)]

    def dips(self) -> pd.DataFrame:
        """Markets that lack something, the one that lacks most because of the events first (without events: at all).

        Returns
        -------
        DataFrame
            market, missing and because (of the events) [units a run, mean over the worlds],
            share (of the demand missing), worst (period with most missing), worst_share.
        """
        if self.outcome is None:
            return pd.DataFrame(columns=["market", "missing", "because", "share", "worst", "worst_share"])
        now, calm = self.outcome.markets, self.outcome.calm_markets
        lacks, without = (np.maximum(m["demand"] - m["served"], 0.0).mean(axis=2) for m in (now, calm))
        asked = now["demand"].mean(axis=2)
        extra = np.maximum(lacks - without, 0.0)
        shown = extra if extra.sum() > 0 else lacks
        worst = shown.argmax(axis=1)
        at = np.arange(len(worst))
        total = asked.sum(axis=1)
        rows = pd.DataFrame({
            "market": self.outcome.plan.market_names, "missing": lacks.sum(axis=1), "because": extra.sum(axis=1),
            "share": np.divide(lacks.sum(axis=1), total, out=np.zeros(len(at)), where=total > 0), "worst": worst,
            "worst_share": np.divide(lacks[at, worst], asked[at, worst], out=np.zeros(len(at)), where=asked[at, worst] > 0),
        })  # fmt: skip
        rows = rows[rows["missing"] > 0]
        by = "because" if extra.sum() > 0 else "missing"
        return rows.sort_values(by, ascending=False, kind="stable", ignore_index=True)
