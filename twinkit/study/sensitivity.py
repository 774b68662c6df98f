"""Sensitivity: which inputs matter for a figure, and which would change a decision.

All points see the same luck, so a difference between two of them is due to the inputs.
Morris' screening says what matters at all; Sobol's indices share out the variance; a
tornado shows one input at a time.  For two scenarios the figure is by how much the first
is better, and the question is where that changes its sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit.levers.lever import Price
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.engines import stop_if
from twinkit.run.kpis import priced, valued
from twinkit.run.outcome import FORMULAS
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval, share_interval
from twinkit.run.verdict import IN_THEMSELVES, MORE_IS_BETTER
from twinkit.study.appraisal import Appraiser
from twinkit.study.asked import remembered
from twinkit.study.inputs import Input, inputs_of
from twinkit.study.recommend import priced_levers, why_not
from twinkit.study.risks import Risk, risk_problems
from twinkit.study.sensitivity_model import (
    MONEY,
    PRICE,
    PROBABILITY,
    Function,
    KpiModel,
    Model,
    MoneyModel,
    Varying,
    morris,
    sobol,
)
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, did_you_mean, listed, noting, refuse, shown
from twinkit.words import counted, percent, rounded

if TYPE_CHECKING:
    from dask.distributed import Client

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
        Morris' and Sobol's indices, or None: see :mod:`twinkit.study.sensitivity_model`.
    space
        With two scenarios: points over the whole space (rows in the order of the inputs), and the
        figure there, shape (points, worlds).
    each_time
        Whether the money is that of one occurrence, not of a year.
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
    each_time: bool = False

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
        if self.each_time:
            return f"{currency} each time"
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
            over the whole range), again (where it changes back, further away; NaN: it does not), from, to (where the 95 % interval of the difference holds
            0 around the threshold), changes (on the side "below" or "above" of the threshold, up to
            where it changes back, another scenario is better than with all inputs as usual; "" if
            nowhere), nearest in parts of the range first.
        """
        rows = []
        for v in self.inputs.values():
            at, again, start, end, side = _crossing(v, self.lines[v.name]) if self.decides else (math.nan,) * 4 + ("",)
            rows.append({"input": v.name, "label": v.label, "unit": v.unit, "low": v.low, "usual": v.usual, "high": v.high,
                         "threshold": at, "again": again, "from": start, "to": end, "changes": side,
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
        words = rows["unit"].replace({"factor": "times the usual", "1/year": "a year"})
        parts = [f"{r.label} {turned_where(r, lambda x, unit=unit: f'{x:.3g} {unit}')} (assumed: {r.usual:.3g})" for r, unit in zip(rows.itertuples(), words, strict=True)]
        return [*told, f"Alone these would change {what}: {listed(parts, 5)}."]


def _defined(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def turned_where(row: Any, say: Callable[[float], str]) -> str:
    """Where an input turns a decision round, in words: ``above 1.2``, ``between 1.02 and 1.19``.

    Parameters
    ----------
    row
        A row of :meth:`Sensitivity.thresholds` with a threshold.
    say
        Writes a value of the input.
    """
    if math.isnan(row.again):
        return f"{row.changes} {say(row.threshold)}"
    return "between {} and {}".format(*map(say, sorted((row.threshold, row.again))))


def _crossing(one: Varying, line: np.ndarray) -> tuple[float, float, float, float, str]:
    """Where a line of differences changes its sign and where, further away, it changes back, and how sure the first is."""
    x = np.linspace(one.low, one.high, len(line))
    fine = np.linspace(one.low, one.high, FINE)
    mean, low, high = (np.interp(fine, x, c) for c in np.array([mean_interval(_defined(v)) for v in line]).T)
    turns = np.flatnonzero(np.diff(mean < 0))
    if not len(turns):
        return math.nan, math.nan, math.nan, math.nan, ""
    exact = fine[turns] + (fine[1] - fine[0]) * mean[turns] / (mean[turns] - mean[turns + 1])
    nearest = int(np.argmin(np.abs(fine[turns] - one.usual)))
    at, threshold = int(turns[nearest]), exact[nearest]
    side = "below" if threshold < one.usual else "above"
    beyond = exact[nearest + 1 :] if side == "above" else exact[:nearest][::-1]
    unclear = ~((low > 0) | (high < 0))  # as well where there is no interval
    start, end = at, at + 1
    while start > 0 and unclear[start]:
        start -= 1
    while end < FINE - 1 and unclear[end]:
        end += 1
    return float(threshold), float(beyond[0]) if len(beyond) else math.nan, float(fine[start]), float(fine[end]), side


# --- the study


WHERE = "sensitivity"
METHODS = ("morris", "sobol", "both")
GRID = 5
"""Values of each input that are looked at one at a time."""
KEEP = 0.05
"""Inputs whose effect is below this share of the largest are not shared out by Sobol's indices after a screening."""
CHUNK = 32
"""Points between two looks at progress and cancel."""


@partial(study, limits=dict.fromkeys(("samples", "trajectories", "space"), (2, math.inf)))
def sensitivity(
    case: CaseLike, scenarios: Scenario | Sequence[Scenario], inputs: Iterable[str | Input] | Mapping[str, Sequence[float]] | None = None,
    kpi: str = "", method: str = "morris", *, risks: Sequence[Risk] = (),
    prices: Mapping[str, float | Price] | None = None, trajectories: int = 8, samples: int = 32, space: int = 64, replications: int = 16,
    seed: int | None = None, workers: int = 2, client: Client | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, **chain: Any,
) -> Sensitivity:  # fmt: skip
    """Vary inputs and see what it does.

    Parameters
    ----------
    case
        A checked case.
    scenarios
        One scenario; or two, of which the first is the one that was chosen.
    inputs
        Names of inputs of the case (:func:`~twinkit.study.inputs.inputs_of`), of levers,
        "probability of " a risk or "price of " a lever; name → (low, high) gives a range of one's
        own; inputs of one's own may stand beside the names.  By default all but the levers.
    kpi
        A KPI; with risks "total", "cost" or "expected loss" [money/year].  By default
        "total" with risks, else "earnings", or "fill rate" where not every market has a price.
    method
        "morris", "sobol", or "both": Sobol's indices of what the screening found to matter.
    risks
        What may happen; the scenarios then have no events of their own.
    prices
        As for :func:`~twinkit.study.recommend.recommend`.
    trajectories, samples
        Size of the sample of Morris and of Sobol (a power of 2).
    space
        Points of the whole space (Latin hypercube) in which two scenarios are compared.
    replications, seed, workers, client, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    progress
        Called as ``progress(points done, points in all)``.

    Raises
    ------
    CaseError
        If the case has problems, or what is asked does not fit it; all at once.
    Cancelled
        If `cancel` was set.
    ImportError
        If SALib is not installed.
    """
    require_sound(case)
    pair = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    kpi = kpi or ("total" if risks else usual_kpi(case))
    seed = int(case.settings["seed"] if seed is None else seed)
    varying, priced = _asked_for(case, pair, inputs, kpi, method, risks, prices, samples)
    more = {"workers": workers, "client": client, "cancel": cancel, **chain}
    if risks:
        own = {v.name: v.of for v in varying.values() if isinstance(v.of, Input)}
        levers = {lever.name: lever for lever in levers_of(case, [k for s in pair for k in s.levers])}
        appraise = Appraiser(case, list(risks), levers, priced, pair[0].since, more, inputs=own)
        model: Model = MoneyModel(appraise, pair, varying, kpi, replications, seed)
    else:
        model = KpiModel(case, pair, varying, kpi, replications, {**more, "seed": seed})
    found = _studied(
        _Asker(model, varying, progress, cancel), case, pair, kpi, method, trajectories, samples, space, seed
    )
    return remembered(
        found, "sensitivity", case=case, scenarios=pair, inputs=inputs, kpi=kpi, method=method, risks=list(risks), prices=prices,
        trajectories=trajectories, samples=samples, space=space, replications=replications, seed=seed, **chain,
    )  # fmt: skip


def usual_kpi(case: Case) -> str:
    """The figure that is asked for unless somebody says otherwise: one that is good or bad in itself."""
    return "earnings" if priced(case) else "fill rate"


def figures_of(case: Case) -> list[str]:
    """KPIs that can be asked for: a time to recover that may be censored has no mean; earnings need prices."""
    return [k for k in FORMULAS if k not in ("time to recover", "service level") and (k != "earnings" or priced(case))]


def _studied(ask: _Asker, case, pair, kpi, method, trajectories, samples, space, seed) -> Sensitivity:
    """All that is asked of a model."""
    varying = ask.varying
    ranges = {v.name: (v.low, v.high) for v in varying.values()}
    n = len(ranges)
    ask.total = 1 + n * GRID + (space if len(pair) == 2 else 0)
    ask.total += trajectories * (n + 1) * (method != "sobol") + samples * (n + 2) * (method != "morris")
    usual = ask([{}])[0]
    lines = {v.name: ask([{v.name: x} for x in np.linspace(v.low, v.high, GRID)]) for v in varying.values()}
    screen = shares = None
    if method != "sobol":
        screen = morris(ask.mean_of(list(ranges)), ranges, trajectories, seed)
    if method != "morris":
        kept = ranges if screen is None else _kept(ranges, screen)
        shares = sobol(ask.mean_of(list(kept)), kept, samples, seed)
    spread = None
    if len(pair) == 2:
        points = _latin(np.array(list(ranges.values())), space, seed)
        spread = points, ask([dict(zip(ranges, row.tolist(), strict=True)) for row in points])
    ask.finish()
    return Sensitivity(case, pair, kpi, varying, usual, lines, screen, shares, spread)


def _latin(ranges: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Points of a Latin hypercube: every input takes one value in each of `count` equal parts of its range."""
    rng = np.random.default_rng(seed)
    part = np.column_stack([rng.permutation(count) for _ in ranges])
    return ranges[:, 0] + (part + rng.random(part.shape)) / count * (ranges[:, 1] - ranges[:, 0])


def _kept(ranges: Mapping[str, tuple[float, float]], screen) -> dict[str, tuple[float, float]]:
    least = KEEP * screen["effect"].max()
    matter = set(screen.loc[screen["effect"] >= least, "input"])
    return {k: r for k, r in ranges.items() if k in matter}


class _Asker:
    """Asks a model in chunks: the figure of one scenario, or by how much the first of two is better."""

    def __init__(self, model: Model, varying: Mapping[str, Varying], progress, cancel: Event | None) -> None:
        self.model, self.varying, self.progress, self.cancel = model, varying, progress, cancel
        self.done = self.total = 0

    def __call__(self, points: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Shape (points, worlds)."""
        found = []
        for at in range(0, len(points), CHUNK):
            stop_if(self.cancel)
            values = self.model(points[at : at + CHUNK])
            found.append(values[:, 0] if values.shape[1] == 1 else values[:, 1] - values[:, 0])
            self.done += len(values)
            if self.progress is not None:
                self.progress(min(self.done, self.total), self.total)
        return np.concatenate(found)

    def mean_of(self, names: list[str]) -> Function:
        """The mean over the worlds as a function of an array of points."""

        def function(points: np.ndarray) -> np.ndarray:
            values = self([dict(zip(names, row.tolist(), strict=True)) for row in points])
            if not np.isfinite(values).any(axis=1).all():
                raise ValueError(
                    "the KPI is not defined at some points of the inputs: choose another, or a smaller range"
                )
            return np.nanmean(values, axis=1)

        return function

    def finish(self) -> None:
        """Say that it is over: a screening may have left less to do."""
        if self.progress is not None and self.done < self.total:
            self.progress(self.total, self.total)


# --- what was asked for


def _asked_for(case, pair, inputs, kpi, method, risks, prices, samples):
    """Inputs by name and prices, or a :class:`CaseError` with everything that is wrong."""
    problems: list[Problem] = []
    wrong = noting(problems, WHERE)
    if len(pair) not in (1, 2):
        wrong("scenarios", len(pair), "scenarios were given; one or two are compared")
    if method not in METHODS:
        wrong("method", method, "is no method", did_you_mean(str(method), METHODS, f"Methods: {listed(METHODS)}."))
    figures = list(MONEY) if risks else figures_of(case)
    if kpi not in figures:
        says = "has no mean where it is censored" if kpi == "time to recover" else "is no figure that can be asked for"
        wrong("kpi", kpi, says, did_you_mean(str(kpi), figures, f"Choose of {listed(figures, 20)}."))
    if samples & (samples - 1):
        wrong("samples", samples, "must be a power of 2")
    if risks and len({s.since for s in pair if s.levers}) > 1:
        wrong("scenarios", "since", "is not the same in both scenarios: with risks it must be")
    for s in pair:
        problems += _scenario_problems(case, s, bool(risks))
    problems += risk_problems(case, risks, WHERE)
    named = list(dict.fromkeys(k for s in pair for k in s.levers))
    known = {lever.name for lever in levers_of(case, named)}
    moved = [k for k in named if k in known]
    varying, unknown = _varying(case, pair, inputs, risks, moved)
    used = list(dict.fromkeys([*moved, *(v.name for v in varying if isinstance(v.of, Lever))]))
    _, priced, unpriced = priced_levers(case, used, prices, WHERE) if risks and used else ([], {}, [])
    if risks and not unpriced:
        unpriced = _unheld(case, pair, varying, priced, risks)
    problems += [*unknown, *unpriced]
    refuse(dict.fromkeys(problems))
    return {v.name: v for v in varying}, priced


def _unheld(case, pair, varying, priced, risks) -> list[Problem]:
    """Levers that are moved where their price does not reach, or before an event that nobody sees coming."""
    known, problems = {lever.name: lever for lever in levers_of(case, [k for s in pair for k in s.levers])}, []
    values = {v.name: [v.low, v.high] for v in varying if isinstance(v.of, Lever)}
    for s in pair:
        for name, value in s.levers.items():
            values.setdefault(name, []).append(value)
    for name, moved in values.items():
        lever = known[name]
        if priced[name].given_up is None and any(v is not None and lever.gives_up(v) for v in moved):
            says = "is moved the other way than the one that its price is for"
            problems.append(Problem(WHERE, None, "prices", name, says, "Say Price(…, given_up=Price(…))."))
        if lever.foreseen and (why := why_not(lever, priced[name], risks)):
            problems.append(Problem(WHERE, None, "levers", name, f"cannot help: {why}"))
    return problems


def _scenario_problems(case: Case, scenario: Scenario, risky: bool) -> list[Problem]:
    own = [Problem(WHERE, None, "scenarios", scenario.name, "has events of its own", "Leave them to the risks.")]
    try:
        scenario.apply(case)
    except CaseError as error:
        return error.problems
    return own if risky and scenario.events else []


def _varying(case, pair, inputs, risks, moved) -> tuple[list[Varying], list[Problem]]:
    """Inputs that were asked for, with their ranges, and what is wrong with them."""
    known = _known(case, pair, risks, moved)
    if inputs is None:
        return [v for v in known.values() if not isinstance(v.of, Lever)], []
    ranges = dict(inputs) if isinstance(inputs, Mapping) else {}
    found, problems = [], []
    for given in inputs:
        name = given.name if isinstance(given, Input) else given
        one = _own(given) if isinstance(given, Input) else known.get(name)
        if one is None:
            hint = did_you_mean(str(name), list(known), f"Inputs: {listed(list(known), 30)}.")
            problems.append(Problem(WHERE, None, "inputs", str(name), "is no input", hint))
            continue
        low, high = ranges.get(name, (one.low, one.high))
        if not (np.isfinite([low, high]).all() and low < high and _holds(one, low, high)):
            says = f"has the range {shown(low)} to {shown(high)}: must rise, and be possible for it"
            problems.append(Problem(WHERE, None, "inputs", name, says))
        found.append(Varying(one.name, one.label, one.unit, float(low), float(high), one.usual, one.of))
    if not found and not problems:
        problems.append(Problem(WHERE, None, "inputs", "", "there are no inputs"))
    return found, problems


def _holds(one: Varying, low: float, high: float) -> bool:
    """Whether a range is within what an input can be."""
    if isinstance(one.of, Lever):
        return one.of.low <= low and high <= one.of.high
    return low >= 0 and (high <= 1 or not one.name.startswith(PROBABILITY))


def _own(one: Input) -> Varying:
    return Varying(one.name, one.label, one.unit, one.low, one.high, one.usual, one)


def _known(case: Case, pair: Sequence[Scenario], risks: Sequence[Risk], moved: Sequence[str]) -> dict[str, Varying]:
    """Every input that can be named; where a lever stands is where the first scenario has it."""
    found = [_own(one) for one in inputs_of(case)]
    for risk in risks:
        p = risk.probability if isinstance(risk.probability, (int, float)) else math.nan
        label = f"Probability of {risk.name}"
        found.append(Varying(PROBABILITY + risk.name, label, "1/year", p / 2, min(2 * p, 1.0), p))
    levers = {lever.name: lever for lever in levers_of(case, moved)}
    if risks:
        found += [Varying(PRICE + k, f"Price: {levers[k].label}", "factor", 0.5, 2.0, 1.0) for k in moved]
    for lever in levers.values():
        stands = pair[0].levers.get(lever.name, lever.start) if pair else lever.start
        found.append(Varying(lever.name, lever.label, lever.unit, lever.low, lever.high, float(stands), lever))
    return {v.name: v for v in found}
