"""What came of a sensitivity study: indices, a tornado, and what would change the decision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.run.kpis import valued
from twinkit.run.outcome import FORMULAS
from twinkit.run.public import Result
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval, share_interval
from twinkit.run.verdict import IN_THEMSELVES, MORE_IS_BETTER
from twinkit.study.sensitivity_model import MONEY, Varying
from twinkit.tables.case import Case
from twinkit.tables.problems import listed
from twinkit.words import counted, percent, rounded

FINE = 401
"""Points at which a line between the values of an input is looked at for a change of sign."""


@dataclass(frozen=True, repr=False)
class Sensitivity(Result):
    """What a figure depends on.

    Attributes
    ----------
    case, scenarios, kpi
        What was asked; with two scenarios the figure is by how much the first is better.
    inputs
        What was varied, by name.
    usual
        The figure with all inputs as usual, by world.
    lines
        Input → the figure at some values from its lowest to its highest, the others as usual,
        shape (values, worlds).
    screen, shares
        Morris' and Sobol's indices, or None: see :mod:`twinkit.study.indices`.
    space
        With two scenarios: points over the whole space (rows in the order of the inputs), and the
        figure there, shape (points, worlds).
    """

    case: Case
    scenarios: Sequence[Scenario]
    kpi: str
    inputs: Mapping[str, Varying]
    usual: np.ndarray
    lines: Mapping[str, np.ndarray]
    screen: pd.DataFrame | None
    shares: pd.DataFrame | None
    space: tuple[np.ndarray, np.ndarray] | None

    @property
    def decides(self) -> bool:
        """Whether two scenarios were compared."""
        return len(self.scenarios) == 2

    @property
    def unit(self) -> str:
        """Unit of the figure."""
        currency = self.case.settings["currency"]
        if self.kpi == "inventory" and not valued(self.case):
            return "units"
        return f"{currency}/year" if self.kpi in MONEY else FORMULAS[self.kpi][0].replace("money", currency)

    @property
    def sign(self) -> float:
        """-1 where the figure is kept with the other sign, because more of the KPI is better."""
        return -1.0 if self.kpi in MORE_IS_BETTER and not self.decides else 1.0

    @property
    def judges(self) -> bool:
        """Whether the figure is good or bad in itself; a cost, or a stock, also falls where less is sold."""
        return self.kpi in MONEY or self.kpi in IN_THEMSELVES

    @property
    def direction(self) -> str:
        """Which way the KPI is good where all else is the same: "more" or "less"."""
        return "more" if self.kpi in MORE_IS_BETTER else "less"

    def headline(self) -> str:
        """What was asked."""
        what = " against ".join(s.name for s in self.scenarios)
        return (f"Sensitivity of {self.kpi} [{self.unit}] of {what} for {self.case.name} to {counted(len(self.inputs), 'input')}, "
                f"{counted(len(self.usual), 'world')} of each; .table(), .tornado()")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """The inputs that matter most."""
        return self.table()[["label", "unit", "low", "usual", "high", "swing"]].head(10)

    def table(self) -> pd.DataFrame:
        """One row per input: range, unit, and every index that was worked out with its 95 % interval.

        The largest swing comes first; columns of a method that was not used are missing.
        """
        swing = self.tornado().set_index("input")
        rows = pd.DataFrame([
            {"input": v.name, "label": v.label, "unit": v.unit, "low": v.low, "usual": v.usual, "high": v.high,
             "swing": swing.loc[v.name, "swing"]} for v in self.inputs.values()
        ])  # fmt: skip
        for part, rename in ((self.screen, {"low": "effect_low", "high": "effect_high"}), (self.shares, {})):
            if part is not None:
                rows = rows.merge(part.rename(columns=rename), on="input", how="left")
        return rows.sort_values("swing", ascending=False, kind="stable", ignore_index=True)

    def tornado(self) -> pd.DataFrame:
        """One input at a time at its lowest and its highest, the widest first.

        Returns
        -------
        DataFrame
            input, label, unit, low, high (values of the input), at_low and at_high (the figure
            there less the usual figure, world by world) with 95 % intervals, and swing (the
            distance between the lowest and the highest of the three).
        """
        rows = []
        for v in self.inputs.values():
            row = {"input": v.name, "label": v.label, "unit": v.unit, "low": v.low, "high": v.high}
            for name, values in (("at_low", self.lines[v.name][0]), ("at_high", self.lines[v.name][-1])):
                three = mean_interval(_defined(self.sign * (values - self.usual)))
                row |= dict(zip((name, f"{name}_low", f"{name}_high"), three, strict=True))
            ends = [0.0, row["at_low"], row["at_high"]]
            rows.append({**row, "swing": max(ends) - min(ends)})
        return pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable", ignore_index=True)

    def usual_interval(self) -> tuple[float, float, float]:
        """The figure with all inputs as usual, and its 95 % interval."""
        return mean_interval(_defined(self.sign * self.usual))

    # --- the decision

    def other_better(self, clearly: bool = False) -> tuple[float, float, float]:
        """Share of the space of the inputs in which the scenario that was not chosen is better, with its Wilson interval.

        Parameters
        ----------
        clearly
            Count only points where the 95 % interval over the worlds leaves out 0.

        Raises
        ------
        ValueError
            If only one scenario was studied.
        """
        return self._share_of_space(-1.0, clearly)

    def first_better(self, clearly: bool = False) -> tuple[float, float, float]:
        """As :meth:`other_better`, of the scenario that was chosen."""
        return self._share_of_space(1.0, clearly)

    def _share_of_space(self, sign: float, clearly: bool) -> tuple[float, float, float]:
        """Share of the space in which the figure times a sign is above 0."""
        if self.space is None:
            raise ValueError("one scenario was studied: give two, the chosen one first")
        intervals = [mean_interval(_defined(sign * values)) for values in self.space[1]]
        hits = sum((low > 0) if clearly else (mean > 0) for mean, low, _ in intervals)
        return share_interval(int(hits), len(intervals))

    def thresholds(self) -> pd.DataFrame:
        """Value of each input, one at a time, at which the decision changes.

        Between the values that were run the figure is taken as straight.  Of several changes
        the one nearest to the usual value counts.

        Returns
        -------
        DataFrame
            input, label, unit, low, usual, high, threshold (NaN: the decision stays the same
            over the whole range), from, to (where the 95 % interval of the difference holds
            0 around the threshold), changes (on the side "below" or "above" of the threshold
            another scenario is better than with all inputs as usual; "" if nowhere), nearest in
            parts of the range first.
        """
        rows = []
        for v in self.inputs.values():
            at, start, end, side = _crossing(v, self.lines[v.name]) if self.decides else (math.nan,) * 3 + ("",)
            rows.append({"input": v.name, "label": v.label, "unit": v.unit, "low": v.low, "usual": v.usual, "high": v.high,
                         "threshold": at, "from": start, "to": end, "changes": side,
                         "away": abs(at - v.usual) / (v.high - v.low)})  # fmt: skip
        return pd.DataFrame(rows).sort_values("away", kind="stable", ignore_index=True, na_position="last").drop(columns="away")

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        rows = self.table()
        top = [f"{r.label} ({rounded(r.swing, 3)} {self.unit})" for r in rows.head(3).itertuples() if r.swing > 0]
        told = [f"What matters most, one input at a time: {listed(top)}." if top else "None of the inputs matters."]
        if self.shares is not None:
            best = self.shares.iloc[0]
            told.append(f"{self.inputs[best['input']].label} makes {percent(best['total'])} of the variance "
                        f"({percent(best['total_low'])} to {percent(best['total_high'])}), with all it does together with others.")  # fmt: skip
        return [*told, *self._decision_words()] if self.decides else told

    def _decision_words(self) -> list[str]:
        one, other = (s.name for s in self.scenarios)
        share, low, high = self.other_better()
        clearly = self.other_better(True)[0]
        has = "is better than" if self.judges else f"has {self.direction} {self.kpi} than"
        told = [f"In {percent(share)} of the space of the inputs ({percent(low)} to {percent(high)}) '{other}' {has} "
                f"'{one}', in {percent(clearly)} clearly so."]  # fmt: skip
        if not self.judges:
            told.append(f"That is no verdict: the {self.kpi} also changes where customers get less. Ask for earnings or the fill rate.")
        rows = self.thresholds().dropna(subset="threshold")
        what = "the decision" if self.judges else f"which of the two has {self.direction}"
        if not len(rows):
            return [*told, f"No input alone changes {what} within its range."]
        parts = [f"{r.label} {r.changes} {_valued(r.threshold, r.unit)} (assumed: {r.usual:.3g})" for r in rows.itertuples()]
        return [*told, f"Alone these would change {what}: {listed(parts, 5)}."]


def _defined(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def _valued(value: float, unit: str) -> str:
    return f"{value:.3g} " + {"factor": "times the usual", "1/year": "a year"}.get(unit, unit)


def _crossing(one: Varying, line: np.ndarray) -> tuple[float, float, float, str]:
    """Where a line of differences changes its sign, and how sure that is."""
    x = np.linspace(one.low, one.high, len(line))
    fine = np.linspace(one.low, one.high, FINE)
    mean, low, high = (np.interp(fine, x, c) for c in np.array([mean_interval(_defined(v)) for v in line]).T)
    turns = np.flatnonzero(np.diff(mean < 0))
    if not len(turns):
        return math.nan, math.nan, math.nan, ""
    at = int(turns[np.argmin(np.abs(fine[turns] - one.usual))])
    a, b = mean[at], mean[at + 1]
    threshold = fine[at] + (fine[at + 1] - fine[at]) * (a / (a - b))
    unclear = ~((low > 0) | (high < 0))  # as well where there is no interval
    start, end = at, at + 1
    while start > 0 and unclear[start]:
        start -= 1
    while end < FINE - 1 and unclear[end]:
        end += 1
    return float(threshold), float(fine[start]), float(fine[end]), "below" if threshold < one.usual else "above"
