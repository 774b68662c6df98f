"""What a sensitivity study asks of a chain: one value for every point of the inputs, world by world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

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
