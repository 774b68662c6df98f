"""How sure a conclusion is: what a measure does against an event in many worlds, and what that depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from twinkit.study.appraisal import Appraiser
from twinkit.study.levers import Lever, levers_of
from twinkit.study.prices import Price, price_of
from twinkit.study.risks import Risk
from twinkit.study.scenario import Scenario
from twinkit.study.sensitivity import sensitivity
from twinkit.study.sensitivity_model import PRICE, PROBABILITY
from twinkit.study.sensitivity_result import Sensitivity
from twinkit.study.statistics import mean_interval, share_interval
from twinkit.tables.case import Case

FIRST_WORLDS = 16
"""Worlds of the first answer; every further one has twice as many."""
MOST_WORLDS = 512
WITH, WITHOUT = "with the measure", "as things are"
MAIN = ("demand", "lead_times", "event_duration", "event_severity")
"""Inputs that are looked at first: what usually matters most."""
STEPS = 1000
"""Parts that the progress of all goes together has."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    case
        The case.
    risk
        What happens, with its chance in a year.
    levers
        The measure.
    prices
        What levers cost that the case has no price for [money/year for each unit, in the direction in
        which they are moved].
    yearly
        Whether the answer is the worth in a year, else what is saved each time that it happens.
    """

    case: Case
    risk: Risk
    levers: Mapping[str, Any]
    prices: Mapping[str, float]
    yearly: bool

    @property
    def known(self) -> dict[str, Lever]:
        """Levers of the case by name."""
        return {lever.name: lever for lever in levers_of(self.case)}

    def all_prices(self) -> dict[str, Price]:
        """Price of every lever that is moved; what is saved each time does not depend on it."""
        found = {name: self.known[name].price for name in self.levers}
        for name, amount in self.prices.items():
            if name in self.levers:
                gives_up = self.known[name].gives_up(self.levers[name])
                found[name] = Price(given_up=price_of(amount)) if gives_up else price_of(amount)
        return {k: v if v is not None else Price(given_up=Price()) for k, v in found.items()}


@dataclass(frozen=True)
class Effect:
    """What the measure does, world by world.

    Attributes
    ----------
    gain
        What is better with the measure [money/year, or money each time].
    loss
        What the event costs without the measure, each time [money].
    censored
        Share of the worlds, as things are, in which service had not recovered by the end.
    """

    gain: np.ndarray
    loss: np.ndarray
    censored: float

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return len(self.gain)

    def interval(self, worlds: int | None = None) -> tuple[float, float, float]:
        """Mean and 95 % interval, of the first so many worlds."""
        return mean_interval(self.gain[:worlds])

    def helps(self) -> tuple[float, float, float]:
        """Share of the worlds in which it helps, with its Wilson interval."""
        return share_interval(int((self.gain > 0).sum()), len(self.gain))

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        _, low, high = self.interval()
        return bool(low > 0 or high < 0)

    def steps(self) -> list[int]:
        """Numbers of worlds at which the interval is shown: doubled from the first to all."""
        found, n = [], FIRST_WORLDS
        while n < self.worlds:
            found.append(n)
            n *= 2
        return [*found, self.worlds]


class Go(NamedTuple):
    """How finely the inputs are looked at.

    Attributes
    ----------
    inputs
        Names of the inputs of the case; None for all.
    trajectories, space, worlds
        As for :func:`~twinkit.study.sensitivity.sensitivity` (worlds: its replications).
    share
        Part of the time of all goes.
    """

    inputs: tuple[str, ...] | None
    trajectories: int
    space: int
    worlds: int
    share: float


GOES = (Go(MAIN, 2, 8, 8, 0.12), Go(None, 6, 48, 16, 0.88))


def effect_of(question: Question, worlds: int, cancel: Event | None = None) -> Effect:
    """What the measure does in so many worlds, each with it and without."""
    q = question
    appraise = Appraiser(q.case, [q.risk], q.known, q.all_prices(), 0, {"cancel": cancel})
    seed = int(q.case.settings["seed"])
    base, best = appraise([{}, dict(q.levers)], seed, worlds)
    gain = base.total - best.total if q.yearly else base.losses[0] - best.losses[0]
    return Effect(gain, base.losses[0], float(base.censored[0]))


def narrowing(
    question: Question, so_far: Callable[[Effect], None], progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
) -> Effect:  # fmt: skip
    """The effect in more and more worlds.

    Parameters
    ----------
    question
        What is asked.
    so_far
        Called with every better answer.
    progress, cancel
        As for any study.
    """
    worlds, found = FIRST_WORLDS, None
    while worlds <= MOST_WORLDS:
        found = effect_of(question, worlds, cancel)
        so_far(found)
        if progress is not None:
            progress(worlds, MOST_WORLDS)
        worlds *= 2 if worlds < 64 else 8
    return found


def dependence(
    question: Question, goes: Sequence[Go] = GOES, so_far: Callable[[Sensitivity], None] | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Sensitivity:  # fmt: skip
    """What the answer depends on: first a few inputs, then all.

    Parameters
    ----------
    question
        What is asked.
    goes
        How finely, the quick one first.
    so_far
        Called with the answer of every go.
    progress, cancel
        As for any study.

    Raises
    ------
    CaseError, Cancelled, ImportError
        As :func:`~twinkit.study.sensitivity.sensitivity` does.
    """
    q, before, found = question, 0.0, None
    risk = q.risk if q.yearly else Risk(q.risk.events, 1.0, q.risk.name)
    pair = [Scenario(WITH, (), dict(q.levers)), Scenario(WITHOUT)]
    for go in goes:

        def tell(done: int, total: int, before: float = before, go: Go = go) -> None:
            if progress is not None and total:
                progress(round(STEPS * (before + go.share * done / total)), STEPS)

        found = sensitivity(
            q.case, pair, inputs_for(q, go.inputs), "total" if q.yearly else "expected loss", risks=[risk], prices=q.all_prices(),
            trajectories=go.trajectories, space=go.space, replications=go.worlds, progress=tell, cancel=cancel,
        )  # fmt: skip
        before += go.share
        if so_far is not None:
            so_far(found)
    return found


def inputs_for(question: Question, names: Sequence[str] | None) -> list[str]:
    """Inputs of the case that are varied, and chance and price where the answer is the worth in a year."""
    from twinkit.study.inputs import inputs_of

    there = [one.name for one in inputs_of(question.case) if names is None or one.name in names]
    if not question.yearly:
        return there
    priced = [name for name, price in question.all_prices().items() if not _free(price)]
    return [*there, PROBABILITY + question.risk.name, *(PRICE + name for name in priced)]


def _free(price: Price | None) -> bool:
    """Whether a price is 0 in both directions."""
    if price is None:
        return True
    amounts = (price.per_year, price.setup, price.discount)
    return not any(callable(x) or x != 0 for x in amounts) and _free(price.given_up)
