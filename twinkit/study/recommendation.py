"""What came of a recommendation: ranked actions, the front, what stops paying when, and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.levers.lever import Price
from twinkit.levers.levers import Lever
from twinkit.levers.sourcing import with_notice
from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import Interval, apart_interval, mean_interval, ratio_interval, share_interval
from twinkit.study.appraisal import Appraisal, quiet
from twinkit.study.decision import NO_EVENT, DecisionRecord, record_of
from twinkit.study.recommend_words import action_words, condition, sentences
from twinkit.study.risks import Risk, worst_interval
from twinkit.study.search import front, values_of
from twinkit.study.sweep import BASE
from twinkit.study.words import Paired
from twinkit.tables.case import Case
from twinkit.words import counted

FRESH, LAST = 1_000_003, 2_000_003
"""Added to the seed: luck of the finalists, luck of the report; far from seeds that people use."""
CHOSEN = "recommended"
"""Name of the scenario that is recommended."""
NOTHING = Interval.none(math.nan, "no lever is moved")


class Tuned(NamedTuple):
    """A set that was tried in the search, and its objectives there."""

    appraisal: Appraisal
    values: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Recommendation(Result):
    """What to do about some risks.

    Attributes
    ----------
    case, risks, levers, prices, budget, objectives, since, seed, replications, fresh
        What was asked; `budget` is infinite where there is none.
    tuned
        Every set that was tried, on the luck of the search.
    finalists
        (on the luck of the search, on that of the choice), no lever moved first.
    verified
        The finalists again, on the luck of the report.
    base, best
        No lever moved and the chosen set, on the luck of the report; as are the next four.
    singles
        Lever → the set in which it alone is moved.
    without
        Lever of the chosen set → the set without it.
    unseen, stressed
        Events that nothing was tuned on; no lever moved and the chosen set under them.
    chain
        ``actors`` and ``policies`` of the chain.
    left_out
        Lever that could not be looked at → why.
    weights
        How much a unit of money counts that is spent, lost on average, and lost at worst.
    first
        Whether it is a first answer: few sets in few worlds, and a better one is to be had.
    """

    case: Case
    risks: list[Risk]
    levers: dict[str, Lever]
    prices: dict[str, Price]
    budget: float
    objectives: tuple[str, ...]
    since: int
    seed: int
    replications: int
    fresh: int
    tuned: list[Tuned]
    finalists: list[tuple[Appraisal, Appraisal]]
    verified: list[Appraisal]
    base: Appraisal
    best: Appraisal
    singles: dict[str, Appraisal]
    without: dict[str, Appraisal]
    unseen: list[Risk]
    stressed: list[Appraisal]
    chain: Mapping[str, Any] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    weights: tuple[float, float, float] = (1.0, 1.0, 0.0)
    first: bool = False

    @property
    def scenario(self) -> Scenario:
        """The chosen set as a scenario without events."""
        return Scenario(CHOSEN, (), dict(self.best.levers), self.since if self.best.levers else 0)

    @property
    def as_is(self) -> Scenario:
        """The scenario with no lever moved."""
        return Scenario(BASE)

    @property
    def currency(self) -> str:
        """Money of the case."""
        return self.case.settings["currency"]

    @property
    def probabilities(self) -> np.ndarray:
        """Of each risk [1/year]."""
        return np.array([r.probability for r in self.risks], float)

    def gain(self, appraisal: Appraisal, against: Appraisal | None = None) -> Paired:
        """What a set is better by than another in cost and expected loss together [money/year], on the same luck.

        Parameters
        ----------
        appraisal, against
            Sets on the luck of the report; by default against no lever moved.
        """
        difference = (against or self.base).total - appraisal.total
        better = share_interval(int((difference > 0).sum()), len(difference))[0]
        return Paired(*mean_interval(difference), better, len(difference))

    @property
    def clear(self) -> bool:
        """Whether the chosen set is clearly worth doing, as things were weighed: the interval of what it is better by is above 0."""
        if not self.best.levers:
            return False
        cost, loss, worst = self.weights
        average = "expected loss" in self.objectives
        if average and mean_interval(loss * (self.base.expected - self.best.expected) - cost * self.best.cost).low > 0:
            return True
        return bool((worst or not average) and worst_interval(self.best.losses, self.best.probabilities, self.base.losses).low > 0)

    def headline(self) -> str:
        """What was asked."""
        return (f"Recommendation for {self.case.name}: {counted(len(self.risks), 'risk')}, {counted(len(self.levers), 'lever')}, "
                f"{counted(len(self.tuned), 'set')} tried; .table(), .front(), .break_evens(), .scenario")  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """The actions that gain most, and all that is recommended [money/year]."""
        rows = self.table()[["action", "chosen", "price", "cost", "saved", "gain", "gain_low", "gain_high"]]
        return pd.concat([rows.head(8), rows.tail(1)]).drop_duplicates()

    def table(self) -> pd.DataFrame:
        """One row per action, the largest gain first; the chosen set in all comes last.

        Returns
        -------
        DataFrame
            action, lever, value, from (where it stands now), needs (what must be known, and when),
            chosen; price, cost (price and what the run costs more without an
            event), saved (expected loss), worst_saved (worst 5 %) and gain (saved less cost)
            [money/year; worst_saved: money], each with its 95 % interval (``_low``, ``_high``)
            but for the price; better (share of worlds with a gain); adds (what it gains within the
            chosen set: the set less the set without it); pays_up_to (largest price at which it
            pays [money/year]); stops_paying (in words), and factor (probabilities of all risks
            times this: there it stops paying), with its interval.
        """
        rows = [self._row(name, single) for name, single in self.singles.items()]
        rows.sort(key=lambda row: -row["gain"])
        return pd.DataFrame([*rows, self._row("", self.best)])

    def _row(self, name: str, own: Appraisal) -> dict[str, Any]:
        adds = self.gain(self.best, self.without[name]) if name in self.without else Paired(*[math.nan] * 4, 0)
        cost, saved = mean_interval(own.cost), mean_interval(self.base.expected - own.expected)
        worst = worst_interval(own.losses, own.probabilities, self.base.losses)
        gain, factor = self.gain(own), self.factor(own)
        return {
            "action": action_words(self.levers, own.levers) if name else "all of the set",
            "lever": name, "value": own.levers.get(name), "from": self.levers[name].start if name else None,
            "needs": self.levers[name].needs if name else "", "chosen": name in self.best.levers or not name,
            "price": own.price, **_three("cost", cost), **_three("saved", saved), **_three("worst_saved", worst),
            **_three("gain", gain), "better": gain.better, **_three("adds", adds), "pays_up_to": own.price + gain.mean,
            "stops_paying": condition(self, own), **_three("factor", factor),
        }  # fmt: skip

    def factor(self, own: Appraisal) -> Interval:
        """Factor on the probabilities of all risks at which a set stops paying; NaN if it changes no loss.

        A set that saves losses pays above it, one that adds to them below it.
        """
        return ratio_interval(own.cost, self.base.expected - own.expected) if own.levers else NOTHING

    def break_even(self, own: Appraisal, risk: int) -> Interval:
        """Probability of a risk at which a set stops paying, the other risks as they are [1/year].

        With s the loss of the risk that the set saves and p the probabilities, the gain is
        p · s + Σ others p · s - cost: linear in p, so the threshold is (cost - Σ others) / s.
        Below 0: it pays even if this risk never happens; above 1: not even if it always does.
        Where the set adds to the loss of the risk it is the other way round, and it pays below the
        threshold; NaN: it does nothing against this risk.
        """
        saved = self.base.losses - own.losses
        p = own.probabilities.copy()
        p[risk] = 0.0
        return ratio_interval(own.cost - p @ saved, saved[risk])

    def by_risk(self) -> pd.DataFrame:
        """Each risk: what an occurrence costs as things are and with the chosen set, and what that is in a year, the dearest in a year first.

        Returns
        -------
        DataFrame
            risk, probability [1/year], loss_as_is and loss [money], each with its 95 % interval, expected
            (probability × loss_as_is [money/year]) with its interval, censored (share of the worlds in which
            service had not recovered by the end of the run, with no lever moved).
        """
        rows = [
            {"risk": risk.name, "probability": risk.probability, **_three("loss_as_is", mean_interval(self.base.losses[k])),
             **_three("loss", mean_interval(self.best.losses[k])), **_three("expected", mean_interval(risk.probability * self.base.losses[k])),
             "censored": float(self.base.censored[k])}
            for k, risk in enumerate(self.risks)
        ]  # fmt: skip
        return pd.DataFrame(rows).sort_values("expected", ascending=False, kind="stable", ignore_index=True)

    def break_evens(self) -> pd.DataFrame:
        """Per action and risk: what an occurrence saves [money], and the probability at which the action stops paying.

        Returns
        -------
        DataFrame
            lever ("" = the chosen set), risk, probability (as given), saved with interval,
            break_even with interval [1/year], pays ("above" it or "below" it; "always" or
            "never", whatever this risk's probability; "" where the action does nothing against it).
        """
        rows = []
        for name, own in {**self.singles, "": self.best}.items():
            for k, risk in enumerate(self.risks):
                saved = mean_interval(self.base.losses[k] - own.losses[k])
                even = self.break_even(own, k) if own.levers else NOTHING
                rows.append({"lever": name, "risk": risk.name, "probability": risk.probability,
                             **_three("saved", saved), **_three("break_even", even),
                             "pays": _pays(saved[0], even.value)})  # fmt: skip
        return pd.DataFrame(rows)

    def front(self) -> pd.DataFrame:
        """The finalists on the luck of the report, the least cost first: the Pareto front of the search, verified.

        Returns
        -------
        DataFrame
            set (in words), levers, chosen, price, then cost, expected loss, worst 5 % and total with
            their 95 % intervals (" low", " high"), and ``tuned`` + name as they were in the search;
            within (the budget, on the luck of the choice), beaten (by another finalist in all objectives).
        """
        on_front = front(np.array([values_of(a, self.objectives) for a in self.verified]))
        rows = [
            {"set": action_words(self.levers, new.levers), "levers": new.levers, "chosen": new.levers == self.best.levers,
             **last.figures(), **{f"tuned {k}": v for k, v in old.figures().items() if k in ("cost", "expected loss", "worst 5 %", "total")},
             "within": new.spent <= self.budget, "beaten": not on}
            for (old, new), last, on in zip(self.finalists, self.verified, on_front, strict=True)
        ]  # fmt: skip
        return pd.DataFrame(rows).sort_values("cost", kind="stable", ignore_index=True)

    def bias(self) -> pd.DataFrame:
        """Selection bias [money/year]: by how much sets looked better in the search than on luck that had no part in it.

        The gain (against no lever moved) in the search less that on other luck; above 0 is
        the winner's curse.  Rows: the mean of the finalists, and the chosen set, which is
        compared with the luck of the report.  The 95 % interval takes the two lots of luck as
        independent (Welch).
        """
        (tuned_base, fresh_base), *rest = self.finalists
        found = {}
        if rest:
            tuned = np.mean([tuned_base.total - old.total for old, _ in rest], axis=0)
            found["finalists"] = apart_interval(tuned, np.mean([fresh_base.total - new.total for _, new in rest], axis=0))
            chosen = [old for old, _ in rest if old.levers == self.best.levers]
            if chosen:
                found["chosen"] = apart_interval(tuned_base.total - chosen[0].total, self.base.total - self.best.total)
        rows = [{"of": of, **_three("bias", three)} for of, three in found.items()]
        return pd.DataFrame(rows, columns=["of", "bias", "bias_low", "bias_high"])

    def stress(self) -> pd.DataFrame:
        """The chosen set under events that it was not tuned on: loss without and with it, and what it saves [money].

        Returns
        -------
        DataFrame
            event, loss_as_is, loss, saved with its 95 % interval, censored (share of the worlds
            with the set in which service had not recovered by the end), the least saved first.
        """
        if not self.stressed:
            return pd.DataFrame(columns=["event", "loss_as_is", "loss", "saved", "saved_low", "saved_high", "censored"])
        base, best = self.stressed
        rows = [
            {"event": risk.name, "loss_as_is": float(base.losses[k].mean()), "loss": float(best.losses[k].mean()),
             **_three("saved", mean_interval(base.losses[k] - best.losses[k])), "censored": float(best.censored[k])}
            for k, risk in enumerate(self.unseen)
        ]  # fmt: skip
        return pd.DataFrame(rows).sort_values("saved", kind="stable", ignore_index=True)

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        return sentences(self)

    def outlook(self) -> dict[str, Outcome]:
        """What is expected to happen with the chosen set: its outcome without an event and with each risk.

        Run anew, on the luck of the report.
        """
        levers, since = self.scenario.levers, self.scenario.since
        scenarios = [Scenario(NO_EVENT, (), with_notice(levers, 0.0), since),
                     *(r.scenario("", with_notice(levers, r.notice), since) for r in self.risks)]  # fmt: skip
        luck = self.seed + LAST
        return ensemble(quiet(self.case, self.risks), scenarios, self.fresh, seed=luck, detail="kpis", **self.chain)

    def record(self, by: str, why: str = "", question: str = "") -> DecisionRecord:
        """The decision to do what is recommended, to be kept beside the case.

        Parameters
        ----------
        by, why, question
            Who decided, for what reason, and what was asked.
        """
        return record_of(self, by, why, question)


def _pays(saved: float, even: float) -> str:
    """Where a set pays, against a probability that can be from 0 to 1."""
    if saved == 0 or not math.isfinite(saved):
        return ""
    if math.isnan(even):
        return "never"
    if 0 < even <= 1:
        return "above" if saved > 0 else "below"
    return "always" if (even <= 0) == (saved > 0) else "never"


def _three(name: str, values: Sequence[float] | Mapping) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), tuple(values)[:3], strict=True))
