"""Sensitivity: which inputs matter for a figure, and which would change a decision.

All points see the same luck, so a difference between two of them is due to the inputs.
Morris' screening says what matters at all; Sobol's indices share out the variance; a
tornado shows one input at a time.  For two scenarios the figure is by how much the first
is better, and the question is where that changes its sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.levers.lever import Price
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.engines import stop_if
from twinkit.run.kpis import priced
from twinkit.run.outcome import FORMULAS
from twinkit.run.public import study
from twinkit.run.scenario import Scenario
from twinkit.study import indices
from twinkit.study.appraisal import Appraiser
from twinkit.study.asked import remembered
from twinkit.study.inputs import Input, inputs_of
from twinkit.study.recommend import priced_levers, why_not
from twinkit.study.risks import Risk, risk_problems
from twinkit.study.sensitivity_model import MONEY, PRICE, PROBABILITY, KpiModel, Model, MoneyModel, Varying
from twinkit.study.sensitivity_result import Sensitivity
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed, shown

if TYPE_CHECKING:
    from dask.distributed import Client

WHERE = "sensitivity"
METHODS = ("morris", "sobol", "both")
GRID = 5
"""Values of each input that are looked at one at a time."""
KEEP = 0.05
"""Inputs whose effect is below this share of the largest are not shared out by Sobol's indices after a screening."""
CHUNK = 32
"""Points between two looks at progress and cancel."""


@study
def sensitivity(
    case: Case, scenarios: Scenario | Sequence[Scenario], inputs: Iterable[Any] | Mapping[str, Sequence[float]] | None = None,
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
    varying, priced = _asked_for(case, pair, inputs, kpi, method, risks, prices,
                                 samples=samples, replications=replications, trajectories=trajectories, space=space)  # fmt: skip
    more = {"workers": workers, "client": client, "cancel": cancel, **chain}
    if risks:
        own = {v.name: v.of for v in varying.values() if isinstance(v.of, Input)}
        levers = {lever.name: lever for lever in levers_of(case)}
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
    lines = {v.name: ask([{v.name: x} for x in _grid(v)]) for v in varying.values()}
    screen = shares = None
    if method != "sobol":
        screen = indices.morris(ask.mean_of(list(ranges)), ranges, trajectories, seed)
    if method != "morris":
        kept = ranges if screen is None else _kept(ranges, screen)
        shares = indices.sobol(ask.mean_of(list(kept)), kept, samples, seed)
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


def _grid(one: Varying) -> np.ndarray:
    return np.linspace(one.low, one.high, GRID)


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

    def mean_of(self, names: list[str]) -> indices.Function:
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


def _asked_for(case, pair, inputs, kpi, method, risks, prices, **numbers):
    """Inputs by name and prices, or a :class:`CaseError` with everything that is wrong."""
    problems: list[Problem] = []

    def wrong(column: str, value: Any, says: str, hint: str = "") -> None:
        problems.append(Problem(WHERE, None, column, shown(value), says, hint))

    if len(pair) not in (1, 2):
        wrong("scenarios", len(pair), "scenarios were given; one or two are compared")
    if method not in METHODS:
        wrong("method", method, "is no method", did_you_mean(str(method), METHODS, f"Methods: {listed(METHODS)}."))
    figures = list(MONEY) if risks else figures_of(case)
    if kpi not in figures:
        says = "has no mean where it is censored" if kpi == "time to recover" else "is no figure that can be asked for"
        wrong("kpi", kpi, says, did_you_mean(str(kpi), figures, f"Choose of {listed(figures, 20)}."))
    for name, value in numbers.items():
        least = 1 if name == "replications" else 2
        if not (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            wrong(name, value, f"must be a whole number of {least} or more")
        elif name == "samples" and value & (value - 1):
            wrong(name, value, "must be a power of 2")
    if risks and len({s.since for s in pair if s.levers}) > 1:
        wrong("scenarios", "since", "is not the same in both scenarios: with risks it must be")
    for s in pair:
        problems += _scenario_problems(case, s, bool(risks))
    problems += risk_problems(case, risks, WHERE)
    moved = list(dict.fromkeys(k for s in pair for k in s.levers if k in {lever.name for lever in levers_of(case)}))
    varying, unknown = _varying(case, pair, inputs, risks, moved)
    used = list(dict.fromkeys([*moved, *(v.name for v in varying if isinstance(v.of, Lever))]))
    _, priced, unpriced = priced_levers(case, used, prices, WHERE) if risks and used else ([], {}, [])
    if risks and not unpriced:
        unpriced = _unheld(case, pair, varying, priced, risks)
    problems += [*unknown, *unpriced]
    if problems:
        raise CaseError(dict.fromkeys(problems))
    return {v.name: v for v in varying}, priced


def _unheld(case, pair, varying, priced, risks) -> list[Problem]:
    """Levers that are moved where their price does not reach, or before an event that nobody sees coming."""
    known, problems = {lever.name: lever for lever in levers_of(case)}, []
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
    levers = {lever.name: lever for lever in levers_of(case)}
    if risks:
        found += [Varying(PRICE + k, f"Price: {levers[k].label}", "factor", 0.5, 2.0, 1.0) for k in moved]
    for lever in levers.values():
        stands = pair[0].levers.get(lever.name, lever.start) if pair else lever.start
        found.append(Varying(lever.name, lever.label, lever.unit, lever.low, lever.high, float(stands), lever))
    return {v.name: v for v in found}
