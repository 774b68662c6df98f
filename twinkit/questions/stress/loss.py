"""What if we lose one of them? One loss looked at closely: who goes without, why, when it is felt, what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from twinkit.answers import CENSORED, SAME_LUCK, about, drawing_of, worlds_words
from twinkit.question import Call, Input, Question, View, register
from twinkit.result import Answer, Block, Course, Fact, Facts, Heading, Next, Picture, Shown, Table, led
from twinkit.run.engines import stop_if
from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, study
from twinkit.run.statistics import mean_interval
from twinkit.study.asked import asked_of, remembered
from twinkit.study.explain import explain
from twinkit.study.targets import DAYS, Target, targets_of, time_of, used_targets, usual_start
from twinkit.study.words import felt, hardly_moves, headline, periods_word, usual_service
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem
from twinkit.words import amount, between, counted, interval, listed, percent, period_word, rounded

CLEAR = 0.005
"""Markets that lack less than this share of their demand are not named."""
NAMED = 6
"""Most markets that are named."""
OFTEN = (1.0, 1000.0)
"""Once in how many years something may be lost [years]."""


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


@dataclass(frozen=True, repr=False)
class Loss(Result):
    """What the loss of one target does.

    Attributes
    ----------
    target
        What is out, and for how long.
    start
        From when on [period].
    outcome
        The chain with the outage and without, on the same luck.
    hits
        Markets that go without, the hardest hit first.
    why
        How the shortage came about, in sentences.
    years
        It is lost about once in so many years, as somebody has said; None if nobody has [years].
    """

    target: Target
    start: int
    outcome: Outcome
    hits: list[Hit]
    why: str
    years: float | None = None

    def headline(self) -> str:
        """What was lost."""
        word = periods_word(self.outcome, 1)
        return f"Loss of {self.target.name} for {counted(self.target.periods, word)} from {word} {self.start}, {counted(self.outcome.replications, 'world')}; .table()"

    def table(self) -> pd.DataFrame:
        """Markets that go without because of it: market, units with their 95 % interval low to high, share of their demand."""
        return pd.DataFrame(self.hits, columns=list(Hit._fields))

    def glance(self) -> pd.DataFrame:
        """The markets that are hit."""
        return self.table().head(NAMED)

    def lost(self) -> tuple[float, float, float]:
        """Margin lost because of it, with its 95 % interval [money]."""
        return mean_interval(self.outcome.costs["lost margin"] - self.outcome.calm_costs["lost margin"])

    def in_a_year(self) -> str:
        """What it costs in a year, if somebody has said how often it happens."""
        mean, money = self.lost()[0], self.outcome.plan.case.settings["currency"]
        return f"Lost once in {self.years:g} years, it costs {rounded(mean / self.years)} {money} of margin a year on average." if self.years else ""

    def sentences(self) -> list[str]:
        """What would happen, the most important first."""
        usual = usual_service(self.outcome)
        told = [headline(self.outcome, f"Without {self.target.name}"), felt(self.outcome), self.who(), self.why]
        if usual:  # service hardly shows it where customers wait anyway
            told = [self.waiting(), usual]
        return [line for line in (*told, self.in_a_year()) if line]

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
        text = (f"Hit hardest: {first.market} goes without {percent(first.share)} of what it asks for that it would have had ({rounded(first.units)} units, "
                f"{between(first.low, first.high)})")  # fmt: skip
        return f"{text}; then {listed(others, NAMED)}." if others else f"{text}."


@study
def loss_of(
    case: Case, target: str, duration: float | None = None, *, years: float | None = None, replications: int = 64, seed: int | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Loss:  # fmt: skip
    """Lose one site, lane, country or port, and find out what that does.

    Parameters
    ----------
    case
        A case.
    target
        Name of what is lost; of a lane ``"origin to destination"``.
    duration
        For how long [periods]; by default its time to recover.
    years
        It is lost about once in so many years [years].
    replications, seed, progress, cancel
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the case has problems, there is no such target, or it is out for longer than the run.
    Cancelled
        If `cancel` was set.
    """
    found, problems = targets_of(case, [target], duration)
    start, periods = usual_start(case), int(case.settings["periods"])
    if found and not problems and start + found[0].periods > periods:
        says = f"is out for {found[0].periods:g} periods from period {start} on, and the run ends in period {periods}"
        problems.append(Problem("loss", None, "duration", target, says, "Give a shorter duration, or let the case run for longer."))
    if problems:
        raise CaseError(dict.fromkeys(problems))
    scenario = found[0].scenario(start)
    outcome = ensemble(case, [scenario], replications, seed=seed, progress=progress, cancel=cancel)[scenario.name]
    stop_if(cancel)
    why = ""
    if not hardly_moves(outcome):
        why = " ".join(explain(outcome, cancel=cancel).sentences())
    loss = Loss(found[0], start, outcome, hits_of(outcome, start), why, years)
    return remembered(loss, "loss_of", case=case, target=target, duration=duration, years=years, replications=replications, seed=outcome.seed)


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


# --- as a question


@register
class LossQuestion(Question):
    """One site, lane, country or port is lost, and looked at closely."""

    key, title, asks = "loss", "One loss", "What if we lose one of them?"
    group, audience, order = "What may happen", "everybody who decides", 30
    kinds = (Loss,)
    views: ClassVar = {"stakeholder": View(inputs=("target", "duration", "years"))}

    target = Input("", "site, lane, country or port, alone, while all else works", title="What is lost?", start="", kind="name")
    duration = Input("periods", "begins with its time to recover, where the case has one", title="Out for", start=DAYS, low=1, high=250, step=1)
    years = Input("years", "your guess, for what it costs in a year; empty: not said", title="Lost about once in", start=None, low=OFTEN[0], high=OFTEN[1])
    worlds = Input("", "simulated with the loss and without", start=64, low=1, kind="whole")

    def begins(self) -> dict[str, Any]:
        first = next(iter(self._known().values()), None)
        return {} if first is None else {"target": first.name, "duration": self._usual(first)}

    def follow(self, name: str) -> None:
        if name == "target" and self.target in self._known():
            self.duration = self._usual(self._known()[self.target])

    def standing(self) -> dict[str, Input]:
        case, inputs = self.ground.case, self.asked_for()
        longest = int(case.settings["periods"]) - usual_start(case)
        return {**inputs, "duration": inputs["duration"].but(unit=f"{period_word(case.settings)}s", high=longest)}

    def options(self, name: str) -> dict[str, str]:
        return {k: t.kind for k, t in self._known().items()} if name == "target" else super().options(name)

    def _known(self) -> dict[str, Target]:
        """Every target by name; a name that two have is that of the site."""
        found = used_targets(self.ground.case)
        return {t.name: t for kind in ("sites", "ports", "companies", "countries", "lanes") for t in reversed(found[kind])} | {t.name: t for t in found["sites"]}

    def _usual(self, target: Target) -> float:
        longest = int(self.ground.case.settings["periods"]) - usual_start(self.ground.case)
        return min(time_of(self.ground.case, target) or DAYS, float(longest))

    def check(self) -> list[str]:
        return [] if self._known() else ["Nothing in this case can be lost: no site keeps stock that anything flows through."]

    def call(self) -> Call:
        return Call(loss_of, case=self.ground.case, target=self.target, duration=self.duration, years=self.years, replications=self.worlds, seed=self.ground.seed)

    @classmethod
    def tell(cls, result: Loss) -> Answer:
        outcome, target = result.outcome, result.target
        plan, word = outcome.plan, periods_word(outcome)
        case = asked_of(result).arguments["case"] if asked_of(result) else plan.case
        columns = [
            Shown("market", "market", "customers who go without because of it"),
            Shown("units", "goes without", "units that are not served at once because of it, against the same worlds without it: mean of the differences", "units", ("low", "high")),
            Shown("share", "of its demand", "the same as a share of what is asked for from the outage to the end of the run", "share"),
        ]  # fmt: skip
        scenario = target.scenario(result.start)
        first, *others = scenario.events
        site = "" if others else str(first.get("site") or "")
        lost = {"risks": {}, "lost": {site: {"days": float(first["duration"]), **({"years": result.years} if result.years else {})}}} if site else {}
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), _facts(result),
            Heading("Day by day"), Course(outcome, target.name), Picture(drawing_of("service_curve", outcome), caption="Share of demand that is served at once.", name="service"),
            Heading("Who goes without"), Table.of(result.table(), columns, "Customers who clearly go without, the hardest hit first", "hits"),
            Next("What would help?", "advice", lost), Next("Watch it day by day, and move measures", "disruption", scenario.to_dict()),
            Next("Compare it with every other loss", "stress"),
        ]  # fmt: skip
        told = about(case, Lost=f"{target.name}, for {target.periods:g} {word} from {periods_word(outcome, 1)} {result.start} on", Worlds=f"{outcome.replications:,}", Seed=outcome.seed)
        return Answer(f"Without {target.name}: {case.settings.get('title') or case.name}", blocks, told,
                      [worlds_words(outcome.seed, outcome.first, outcome.replications), SAME_LUCK, CENSORED], case)  # fmt: skip


def _facts(result: Loss) -> Facts:
    outcome, (mean, low, high) = result.outcome, result.lost()
    money = outcome.plan.case.settings["currency"]
    clear = low > 0 or (math.isnan(low) and mean > 0)
    service = outcome.service.mean(axis=1)[result.start :]
    found = [
        Fact("lost margin", amount(mean, money) if clear else "none clear", interval(low, high, money) if clear else "",
             "margin lost because of the outage, against the same worlds without it: mean of the differences", "worse" if clear else ""),
        Fact("lowest service", percent(service.min()), f"on {periods_word(outcome, 1)} {result.start + int(service.argmin())}",
             "lowest day of the mean service: units served at once, of those asked for on that day"),
    ]  # fmt: skip
    if outcome.failed.any():
        found.append(Fact(f"back after [{periods_word(outcome)}]", outcome.recovery_told(), "median of the worlds",
                          "time from the first failure until service is back for good; > x where it was not back by the end of the run"))  # fmt: skip
    if result.years:
        found.append(Fact("in a year", amount(mean / result.years, money), f"lost once in {result.years:g} years, as you said", "lost margin / years between two losses"))
    return Facts(found)
