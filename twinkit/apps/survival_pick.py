"""One target of the survival app, looked at more closely: who goes without, why, and when it is felt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import NamedTuple

import numpy as np

from twinkit.study.engines import stop_if
from twinkit.study.ensemble import ensemble
from twinkit.study.explain import explain
from twinkit.study.outcome import Outcome
from twinkit.study.statistics import mean_interval
from twinkit.study.stress import SETTLED
from twinkit.study.stress_targets import Target
from twinkit.study.words import felt, hardly_moves, headline, periods_word, usual_service
from twinkit.tables.case import Case
from twinkit.tables.problems import listed
from twinkit.words import between, percent, rounded

CLEAR = 0.005
"""Markets that lack less than this share of their demand are not named."""
NAMED = 6
"""Most markets that are named."""


class Hit(NamedTuple):
    """A market that goes without because of an outage.

    Attributes
    ----------
    market
        Its name.
    units, low, high
        Units that are not served at once because of it: mean of the paired differences, 95 % interval.
    share
        Share of what is asked for from the outage to the end of the run.
    """

    market: str
    units: float
    low: float
    high: float
    share: float


@dataclass(frozen=True)
class Picked:
    """What the loss of one target does.

    Attributes
    ----------
    target, periods, start
        What is out, for how long, from when on [periods].
    outcome
        The chain with the outage and without, on the same luck.
    hits
        Markets that go without, the hardest hit first.
    why
        How the shortage came about, in sentences.
    """

    target: Target
    periods: float
    start: int
    outcome: Outcome
    hits: list[Hit]
    why: str

    def sentences(self) -> list[str]:
        """What would happen, the most important first."""
        usual = usual_service(self.outcome)
        told = [headline(self.outcome, f"Without {self.target.name}"), felt(self.outcome), self.who(), self.why]
        if usual:  # service hardly shows it where customers wait anyway
            told = [self.waiting(), usual]
        return [line for line in told if line]

    def waiting(self) -> str:
        """How much more customers wait for, at its worst."""
        outcome, name = self.outcome, self.target.name
        extra = (outcome.backlog - outcome.calm_backlog)[self.start :]
        most, low, high = mean_interval(extra.max(axis=0))
        asked = outcome.markets["demand"].sum(axis=0)[self.start :].mean()
        if not low > 0:
            return f"Without {name} customers wait for no clearly larger number of units than they do anyway."
        after, word = int(extra.mean(axis=1).argmax()), periods_word(outcome)
        much = f", as much as is asked for in {most / asked:.0f} {word}" if asked > 0 else ""
        return (f"Without {name} customers wait for up to {rounded(most)} more units ({between(low, high)}){much}; at its worst "
                f"{after} {word} after it begins.")  # fmt: skip

    def who(self) -> str:
        """Who goes without, and how much of what they ask for."""
        if not self.hits:
            return "" if hardly_moves(self.outcome) else "No customer clearly goes without for it."
        first, *rest = self.hits
        others = [f"{h.market} {percent(h.share)}" for h in rest[: NAMED - 1]]
        more = len(self.hits) - NAMED
        others += [f"{more} more"] if more > 0 else []
        text = (f"Hit hardest: {first.market} goes without {percent(first.share)} of what it asks for ({rounded(first.units)} units, "
                f"{between(first.low, first.high)})")  # fmt: skip
        return f"{text}; then {listed(others, NAMED)}." if others else f"{text}."


def outage_start(case: Case) -> int:
    """First period of the outages of a stress test."""
    periods, warm = int(case.settings["periods"]), int(case.settings["warm_up"])
    return max(warm, periods // SETTLED)


def look_at(
    case: Case, target: Target, periods: float, worlds: int = 64,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Picked:  # fmt: skip
    """Run the loss of one target and find out what it does.

    Parameters
    ----------
    case
        A sound case.
    target, periods
        What is out, and for how long [periods].
    worlds
        Worlds, each with the outage and without.
    progress, cancel
        As for :func:`~twinkit.study.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the outage does not fit the case.
    Cancelled
        If `cancel` was set.
    """
    start = outage_start(case)
    lasting = Target(**{**vars(target), "periods": float(periods)})
    scenario = lasting.scenario(start)
    outcome = ensemble(case, [scenario], worlds, progress=progress, cancel=cancel)[scenario.name]
    stop_if(cancel)
    why = ""
    if not hardly_moves(outcome):
        why = " ".join(explain(outcome, cancel=cancel).sentences())
    return Picked(lasting, float(periods), start, outcome, hits_of(outcome, start), why)


def hits_of(outcome: Outcome, start: int) -> list[Hit]:
    """Markets that clearly go without because of what happens from a period on, the hardest hit first."""
    names = outcome.plan.net.markets["market"].to_numpy()
    found = []
    for market in dict.fromkeys(names):
        rows = names == market
        lacks, calm, asked = (_units(outcome, rows, start, which) for which in ("with", "without", "asked"))
        mean, low, high = mean_interval(lacks - calm)
        share = mean / asked.mean() if asked.mean() > 0 else 0.0
        if low > 0 and share >= CLEAR:
            found.append(Hit(str(market), mean, low, high, share))
    return sorted(found, key=lambda h: -h.share)


def _units(outcome: Outcome, rows: np.ndarray, start: int, which: str) -> np.ndarray:
    """Units of some markets since a period, by world: asked for, or not served at once."""
    series = outcome.calm_markets if which == "without" else outcome.markets
    asked = series["demand"][rows, start:].sum(axis=(0, 1))
    return asked if which == "asked" else asked - series["served"][rows, start:].sum(axis=(0, 1))
