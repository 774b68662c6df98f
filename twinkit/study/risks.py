"""Risks: what may happen, how often, and what it costs.

The **loss** of a risk in a world is what the world costs more with its events than
without (:mod:`twinkit.study.appraisal`).  With yearly probabilities p:

- **expected loss** = Σ p × mean loss [money/year], the mean over the worlds;
- **worst 5 %** = mean of the largest losses that hold 5 % of the weight [money], over all risks and
  worlds, a world of a risk weighing p / number of worlds.  It is the conditional value at risk
  (Rockafellar & Uryasev 2002, J. Banking & Finance 26) of an occurrence: of a year in which one of
  the risks happens, so that rare risks do not vanish in years without any.

Risks are taken one at a time: what two of them in the same year do to each other is not in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.run.scenario import Scenario, as_events
from twinkit.run.statistics import Interval, tail_by_world, tail_interval
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, is_number, shown

EventRow = str | Mapping[str, Any]
WORST = 0.05
"""Weight of the losses that count as the worst."""


@dataclass(frozen=True)
class Risk:
    """Something that may happen.

    Attributes
    ----------
    events
        Names of events of the case, or rows of one's own; one may stand alone.
    probability
        How likely it is in a year, 0 to 1 [1/year]; None if nobody has said.
    name
        Name on charts; by default that of its events.
    notice
        How long before it begins it is known of [days].  0, as with a fire or an earthquake: not at
        all, so that no stock can be built up for it.
    """

    events: EventRow | Sequence[EventRow]
    probability: float | None = None
    name: str = ""
    notice: float = 0.0

    def __post_init__(self) -> None:
        alone = isinstance(self.events, (str, Mapping))
        events = as_events((self.events,) if alone else self.events, self.name)
        object.__setattr__(self, "events", events)
        if not self.name:
            names = [e if isinstance(e, str) else str(e.get("event", "own event")) for e in events]
            object.__setattr__(self, "name", " + ".join(names))

    def scenario(self, name: str = "", levers: Mapping[str, Any] | None = None, since: int = 0) -> Scenario:
        """The scenario in which it happens."""
        return Scenario(name or self.name, self.events, dict(levers or {}), since)

    def to_dict(self) -> dict[str, Any]:
        """The risk as plain data."""
        events = [e if isinstance(e, str) else dict(e) for e in self.events]
        notice = {"notice": self.notice} if self.notice else {}
        return {"name": self.name, "events": events, "probability": self.probability, **notice}


def weighted(weights: Mapping[str, float], probability: float) -> list[Risk]:
    """Risks from weights: one of them happens with this probability in a year, each as often as it weighs.

    Parameters
    ----------
    weights
        Name of an event of the case → weight (any number above 0).
    probability
        That one of them happens in a year [1/year].

    Examples
    --------
    >>> [(r.name, round(r.probability, 2)) for r in weighted({"fire": 3, "flood": 1}, 0.2)]
    [('fire', 0.15), ('flood', 0.05)]
    """
    total = sum(weights.values())
    return [Risk(name, probability * weight / total) for name, weight in weights.items()]


def since_before(case: Case, risk: Risk, periods: int) -> int:
    """First period of measures that are taken so many periods before a risk that is known of, e.g. to pre-build stock."""
    starts = case["events"].set_index("event")["start"]
    first = min(starts[e] if isinstance(e, str) else e["start"] for e in risk.events)
    return max(int(first) - int(periods), 0)


def risk_problems(case: Case, risks: Sequence[Risk], where: str, likely: bool = True) -> list[Problem]:
    """What is wrong with risks: unknown events, probabilities, names that are used twice.

    Parameters
    ----------
    case
        The case that they are risks of.
    risks
        The risks.
    where
        What asked for them, for the sentences.
    likely
        Whether they need a probability.
    """
    problems = []
    for i, risk in enumerate(risks):
        if not risk.events:
            problems.append(Problem(where, None, "risks", risk.name, "has no events", "Name at least one."))
        try:
            risk.scenario().apply(case)
        except CaseError as error:
            problems += error.problems
        if likely and not is_number(risk.probability, 0, 1):
            given = "no probability" if risk.probability is None else f"the probability {shown(risk.probability)}"
            says = f"has {given}: must be from 0 to 1 [1/year]"
            hint = "How often is it expected: once in 20 years is 0.05."
            problems.append(Problem(where, None, "risks", risk.name, says, hint))
        if not isinstance(risk.name, str):
            problems.append(Problem(where, None, "risks", shown(risk.name), "is no name of a risk", f"For a notice write notice={shown(risk.name)}."))
        if not is_number(risk.notice, 0):
            says = f"has the notice {shown(risk.notice)}: must be 0 days or more"
            problems.append(Problem(where, None, "risks", risk.name, says, "0: nobody sees it coming."))
        if risk.name in [r.name for r in risks[:i]]:
            problems.append(Problem(where, None, "risks", risk.name, "is there twice", "Give each risk its own name."))
    return problems


# --- figures of losses


def expected_loss(losses: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Σ p × loss of every world [money/year]; its mean over the worlds is the expected loss.

    Parameters
    ----------
    losses
        Shape (risks, worlds) [money].
    probabilities
        Of each risk [1/year].
    """
    return np.asarray(probabilities, float) @ losses


def worst_mean(losses: np.ndarray, probabilities: np.ndarray, share: float = WORST) -> float:
    """Mean of the largest losses that together have this share of the weight [money].

    The loss at the edge counts with the part of its weight that still belongs to them.

    Parameters
    ----------
    losses
        Shape (risks, worlds) [money].
    probabilities
        Weight of each risk; all 0 counts as all the same.
    share
        Share of the weight.

    Examples
    --------
    >>> worst_mean(np.array([[0.0, 10.0], [20.0, 40.0]]), [0.3, 0.1], 0.25)
    30.0
    """
    return float(tail_by_world(losses, probabilities, share)[0].mean())


def tail_parts(losses: np.ndarray, weight: np.ndarray, share: float) -> np.ndarray:
    """Weight with which each loss belongs to the largest that together have a share of the weight.

    Parameters
    ----------
    losses
        Shape (n,) [money].
    weight
        Weight of each, together 1.
    share
        Share of the weight.

    Examples
    --------
    >>> tail_parts(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.25, 0.25]), 0.625)
    array([0.5  , 0.   , 0.125])
    """
    order = np.argsort(-losses, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weight[order])[:-1]])
    part = np.empty(len(losses))
    part[order] = np.clip(share - before, 0.0, weight[order])
    return part


def worst_interval(losses: np.ndarray, probabilities: np.ndarray, against: np.ndarray | None = None) -> Interval:
    """Worst 5 %, or what it is less than that of other losses, with its 95 % interval [money].

    Parameters
    ----------
    losses, probabilities
        As for :func:`worst_mean`; the risks of a world stay together.
    against
        Losses of the same worlds: the figure is theirs less this one (what is saved).

    Returns
    -------
    Interval
        As of :func:`~twinkit.run.statistics.tail_interval`: without ends where too few worlds reach into the tail.
    """
    return tail_interval(losses, probabilities, WORST, against)
