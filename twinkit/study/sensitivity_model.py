"""What a sensitivity study asks of a chain, world by world, and the indices that are made of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from twinkit.levers.lever import yearly_price
from twinkit.levers.levers import Lever
from twinkit.run.ensemble import ensemble
from twinkit.run.scenario import Scenario
from twinkit.run.verdict import MORE_IS_BETTER
from twinkit.study.appraisal import Appraisal, Appraiser
from twinkit.study.inputs import Input, Varied
from twinkit.tables.case import Case

Point = Mapping[str, float]
MONEY: dict[str, Callable[[Appraisal], np.ndarray]] = {
    "total": lambda a: a.total,
    "cost": lambda a: a.cost,
    "expected loss": lambda a: a.expected,
}
"""What can be asked where there are risks: cost and expected loss together, or either [money/year]."""
PROBABILITY, PRICE = "probability of ", "price of "
"""Names of inputs begin like this; the name of a risk or of a lever follows."""


@dataclass(frozen=True)
class Varying:
    """An input of a sensitivity study.

    Attributes
    ----------
    name, label, unit, low, high, usual
        As of an :class:`~twinkit.study.inputs.Input`.
    of
        What it moves: an input of the case or a lever; None for a probability or a price.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    usual: float
    of: Input | Lever | None = None


class Model(Protocol):
    """Values of points for each scenario."""

    def __call__(self, points: Sequence[Point]) -> np.ndarray:
        """Shape (points, scenarios, worlds); less is better."""


@dataclass
class KpiModel:
    """A KPI of scenarios with their own events.

    Attributes
    ----------
    case, scenarios, inputs, kpi, worlds, more
        What is run; `more` is for :func:`~twinkit.run.ensemble.ensemble`.
    """

    case: Case
    scenarios: Sequence[Scenario]
    inputs: Mapping[str, Varying]
    kpi: str
    worlds: int
    more: Mapping[str, Any]

    def __call__(self, points: Sequence[Point]) -> np.ndarray:
        varied = [
            Varied(f"{i} | {j}", s.events, {**s.levers, **moved_levers(self.inputs, p)}, s.since, changed(self.inputs, p))
            for i, p in enumerate(points) for j, s in enumerate(self.scenarios)
        ]  # fmt: skip
        found = ensemble(self.case, varied, self.worlds, detail="kpis", **self.more)
        sign = -1.0 if self.kpi in MORE_IS_BETTER else 1.0
        values = np.stack([found[v.name].kpis[self.kpi] for v in varied])
        return sign * values.reshape(len(points), len(self.scenarios), self.worlds)


@dataclass
class MoneyModel:
    """Cost and expected loss of sets of levers under risks.

    Attributes
    ----------
    appraise, scenarios, inputs, kpi, worlds, seed
        What is run; the scenarios have no events of their own.
    """

    appraise: Appraiser
    scenarios: Sequence[Scenario]
    inputs: Mapping[str, Varying]
    kpi: str
    worlds: int
    seed: int
    _names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = [risk.name for risk in self.appraise.risks]

    def __call__(self, points: Sequence[Point]) -> np.ndarray:
        sets = [{**s.levers, **moved_levers(self.inputs, p)} for p in points for s in self.scenarios]
        worlds_as = [{i.name: v for i, v in changed(self.inputs, p)} for p in points for _ in self.scenarios]
        found = self.appraise(sets, self.seed, self.worlds, worlds_as)
        each = [p for p in points for _ in self.scenarios]
        values = np.stack([MONEY[self.kpi](self._as_of(a, p)) for a, p in zip(found, each, strict=True)])
        return values.reshape(len(points), len(self.scenarios), self.worlds)

    def _as_of(self, appraisal: Appraisal, point: Point) -> Appraisal:
        """The appraisal with the probabilities and prices of a point: money only, nothing is run."""
        p = [point.get(PROBABILITY + name, p) for name, p in zip(self._names, appraisal.probabilities, strict=True)]
        a = self.appraise
        price = sum(
            yearly_price(a.case, {k: v}, a.levers, a.prices) * point.get(PRICE + k, 1.0) for k, v in appraisal.levers.items()
        )
        return replace(appraisal, probabilities=np.array(p), price=float(price))


def moved_levers(inputs: Mapping[str, Varying], point: Point) -> dict[str, Any]:
    """Levers that a point moves; a flag is on from one half on."""
    moved = {k: v for k, v in point.items() if isinstance(inputs[k].of, Lever)}
    return {k: bool(v >= 0.5) if inputs[k].of.flag else float(v) for k, v in moved.items()}


def changed(inputs: Mapping[str, Varying], point: Point) -> tuple[tuple[Input, float], ...]:
    """Inputs of the case that a point changes."""
    return tuple((inputs[k].of, float(v)) for k, v in point.items() if isinstance(inputs[k].of, Input))


# --- sensitivity indices of a function of some inputs (SALib): Morris' screening and Sobol's shares of the variance


Ranges = Mapping[str, tuple[float, float]]
Function = Callable[[np.ndarray], np.ndarray]
"""Takes points, shape (points, inputs), in the order of the ranges; gives one value for each."""
LEVELS = 4
MISSING = "sensitivity needs SALib: pip install 'twinkit[optimise]'"


def morris(function: Function, ranges: Ranges, trajectories: int = 10, seed: int = 1) -> pd.DataFrame:
    """Elementary effects: which inputs matter at all (Morris 1991; Campolongo et al. 2007).

    Parameters
    ----------
    function
        What depends on the inputs.
    ranges
        Input → lowest and highest value.
    trajectories
        Ways through the space; the function is asked for trajectories × (inputs + 1) points.
    seed
        Seed of the sample.

    Returns
    -------
    DataFrame
        input, effect (μ*: mean size of the change when the input runs over its range), with
        the 95 % interval low to high, and bend (σ: how much the effect depends on where the
        other inputs are), largest effect first.  Unit: that of the function.
    """
    with _salib() as (problem, samples, analyses):
        points = samples.morris.sample(problem(ranges), trajectories, num_levels=LEVELS, seed=seed)
        values = np.asarray(function(points), float)
        found = analyses.morris.analyze(problem(ranges), points, values, num_levels=LEVELS, seed=seed)
    effect, half = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    rows = pd.DataFrame({
        "input": list(ranges), "effect": effect, "low": np.maximum(effect - half, 0.0), "high": effect + half,
        "bend": np.asarray(found["sigma"], float),
    })  # fmt: skip
    return rows.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def sobol(function: Function, ranges: Ranges, samples: int = 64, seed: int = 1) -> pd.DataFrame:
    """Shares of the variance (Sobol' 2001; estimators of Saltelli et al. 2010).

    Parameters
    ----------
    function, ranges, seed
        As for :func:`morris`.
    samples
        Points of the base sample, a power of 2; the function is asked for samples × (inputs + 2).

    Returns
    -------
    DataFrame
        input, alone (first-order index: share of the variance that the input makes by
        itself) and total (with all that it does together with others), each with its 95 %
        bootstrap interval, largest total first.  NaN where the function does not vary.
    """
    with _salib() as (problem, sampling, analyses):
        points = sampling.sobol.sample(problem(ranges), samples, calc_second_order=False, seed=seed)
        values = np.asarray(function(points), float)
        found = analyses.sobol.analyze(problem(ranges), values, calc_second_order=False, seed=seed)
    columns: dict[str, Any] = {"input": list(ranges)}
    for name, key in (("alone", "S1"), ("total", "ST")):
        value = np.where(values.std() > 0, np.asarray(found[key], float), np.nan)
        half = np.asarray(found[f"{key}_conf"], float)
        columns |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return pd.DataFrame(columns).sort_values("total", ascending=False, kind="stable", ignore_index=True)


@contextmanager
def _salib() -> Iterator[tuple[Callable[[Ranges], dict], Any, Any]]:
    """SALib without its notices."""
    try:
        samples, analyses = (_parts(room) for room in ("sample", "analyze"))
    except ImportError as missing:
        raise ImportError(MISSING) from missing

    def problem(ranges: Ranges) -> dict:
        return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(r) for r in ranges.values()]}

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield problem, samples, analyses


def _parts(room: str) -> SimpleNamespace:
    """The two methods of a package of SALib."""
    return SimpleNamespace(**{name: import_module(f"SALib.{room}.{name}") for name in ("morris", "sobol")})
