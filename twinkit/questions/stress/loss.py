"""What if we lose one of them? One loss looked at closely: who goes without, why, when it is felt, what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from twinkit.answers import CENSORED, SAME_LUCK, about, drawing_of, worlds_words
from twinkit.capabilities.hazards.tables import OFTEN, by_hazards, how_often, once_in
from twinkit.levers.levers import Lever, second_source_for
from twinkit.question import Call, Input, Question, View, register
from twinkit.questions.stress.result import EXTRA, second_source_of
from twinkit.result import Answer, Block, Course, Fact, Facts, Heading, Next, Picture, Shown, Table, led
from twinkit.run.engines import stop_if
from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, study
from twinkit.run.statistics import mean_interval
from twinkit.run.verdict import measure_of
from twinkit.study.asked import asked_of, remembered
from twinkit.study.at_risk import at_risk_table
from twinkit.study.explain import explain
from twinkit.study.targets import DAYS, WITHOUT_SECOND, Target, targets_of, time_of, used_targets, usual_start
from twinkit.study.words import felt, hardly_moves, headline, periods_word, usual_service
from twinkit.tables import CaseError
from twinkit.tables.case import CaseLike
from twinkit.tables.problems import Problem, refuse
from twinkit.words import amount, between, counted, digits, interval, listed, percent, period_word, rounded

CLEAR = 0.005
"""Markets that lack less than this share of their demand are not named."""
NAMED = 6
"""Most markets that are named."""
SPREAD = 10.0
"""Over how many years what is paid once is spread, where nobody says otherwise [years]."""
SECOND = ("second", "setup", "fee", "spread")
"""Inputs of a second source."""
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


def lost_by_world(outcome: Outcome, parts: Sequence[str]) -> np.ndarray:
    """Parts of cost that an event adds, against the same worlds without it [money], by world."""
    return sum((outcome.costs[part] - outcome.calm_costs[part] for part in parts), np.zeros(outcome.replications))


def earned_less(outcome: Outcome) -> np.ndarray | None:
    """What is earned less because of an event, against the same worlds without it [money], by world; None where not every market has a price."""
    return outcome.calm_kpis["earnings"] - outcome.kpis["earnings"] if "earnings" in outcome.kpis else None


@dataclass(frozen=True)
class SecondSource:
    """A second source for what is lost, from the start, on the same luck.

    Attributes
    ----------
    lever, share
        The lever, and where it stands [share].
    outcome
        The chain with it, with the loss and without.
    setup, fee, spread
        What qualifying it costs once [money], and keeping it [money/year]; over how many years the first is spread [years].
    """

    lever: Lever
    share: float
    outcome: Outcome
    setup: float = 0.0
    fee: float = 0.0
    spread: float = SPREAD

    @property
    def price(self) -> float:
        """What having it costs, as somebody has said [money/year]."""
        return self.fee + self.setup / self.spread

    def saved(self, base: Outcome) -> tuple[float, float, float]:
        """What it saves each time, with its 95 % interval [money]: see :meth:`costs`."""
        return mean_interval(self.costs(base) - self.costs(self.outcome))

    def costs(self, outcome: Outcome) -> np.ndarray:
        """What the loss costs, by world [money]: what is earned less; without prices lost margin or, where customers wait, holding, backlog and expediting."""
        parts = ("lost margin",) if self.outcome.plan.net.markets["lost_share"].any() else EXTRA
        return lost_by_world(outcome, parts) if (less := earned_less(outcome)) is None else less

    def running(self, base: Outcome) -> tuple[float, float, float]:
        """What the chain costs more with it in a year in which nothing happens, with its 95 % interval [money/year]."""
        kpi, settings = measure_of(base.kpis), self.outcome.plan.case.settings
        year = 365.0 / ((self.outcome.plan.periods - settings["warm_up"]) * settings["period_days"])
        return mean_interval((base.calm_kpis[kpi] - self.outcome.calm_kpis[kpi]) * year * (1 if kpi == "earnings" else -1))

    def in_a_year(self, base: Outcome) -> float:
        """Price and running cost [money/year]; a running cost of which it is not clear that there is any counts as 0."""
        mean, low, high = self.running(base)
        return self.price + (mean if low > 0 or high < 0 else 0.0)

    def sentences(self, loss: Loss) -> list[str]:
        """What it saves, what it costs, and how often the loss must happen for it to pay."""
        base, money = loss.outcome, self.outcome.plan.case.settings["currency"]
        saved, low, high = self.saved(base)
        lost = self.outcome.plan.net.markets["lost_share"].any()
        what = "of what is earned" if "earnings" in base.kpis else "of margin" if lost else "of holding, backlog and expediting"
        without, costs = (rounded(self.costs(o).mean()) for o in (base, self.outcome))
        name = f"A second source for {loss.target.name}"
        late = ", counted to the end of the run" if base.censored.any() else ""
        more = f"{costs} in place of {without}, if {percent(self.share)} of what others could deliver, too, comes from them ({percent(self.lever.start)} now){late}."
        if not (low > 0 or (low != low and saved > 0)):
            if high < 0:
                return [f"{name} makes its loss dearer by {rounded(-saved)} {money} {what} ({between(-high, -low)}): {more}"]
            span = f"{between(low, high)} {money} {what}" if math.isfinite(low) else "too few worlds to say"
            return [f"{name} makes no clear difference to what its loss costs ({span}): {more}"]
        told = f"{name} saves {rounded(saved)} {money} {what} each time that it is lost ({between(low, high)}): {more}"
        run, least, most = self.running(base)
        kept = f"In a year without the loss it {'costs' if run > 0 else 'saves'} {rounded(abs(run))} {money} ({between(*sorted((abs(least), abs(most))))}) to run." if least > 0 or most < 0 \
            else "In a year without the loss it makes no clear difference to what the chain earns or costs."
        yearly = self.in_a_year(base)
        if not self.price:
            worth = f" If it is {loss.once()}, it may cost up to {rounded(max(saved / loss.years - yearly, 0.0))} {money} a year." if loss.years else " It may cost up to what it saves, spread over the years between two losses."
            return [told, kept, f"Nobody has said what qualifying the source and keeping it cost: put it into the form.{worth}"]
        given = f"With the price that you gave ({rounded(self.price)} {money} a year in all) it pays"
        return [told, kept, f"{given} even if nothing is ever lost." if yearly <= 0 else f"{given} if {loss.target.name} is lost more often than about once in {digits(saved / yearly)} years."]


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
    second
        The same with a second source for it, or None.
    """

    target: Target
    start: int
    outcome: Outcome
    hits: list[Hit]
    why: str
    years: float | None = None
    second: SecondSource | None = None

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
        return mean_interval(lost_by_world(self.outcome, ("lost margin",)))

    def in_a_year(self) -> str:
        """What it costs in a year, if somebody has said how often it happens."""
        mean, money = self.lost()[0], self.outcome.plan.case.settings["currency"]
        return f"L{self.once()[1:]}, it costs {rounded(mean / self.years)} {money} of margin a year on average." if self.years else ""

    def once(self) -> str:
        """How often it is lost; that it is an assumption, where the table of hazards says it and nobody else."""
        case = self.outcome.plan.case
        if self.years != once_in(case, self.target.sites):
            return f"lost once in {self.years:g} years"
        often = how_often(case, self.target.sites)
        return f"lost once in {self.years:g} years by the table of hazards{' (an assumption, not measured)' if often and often.assumed else ''}"

    def sentences(self) -> list[str]:
        """What would happen, the most important first."""
        usual = usual_service(self.outcome)
        told = [headline(self.outcome, f"Without {self.target.name}"), felt(self.outcome), self.who(), self.why]
        if usual:  # service hardly shows it where customers wait anyway
            told = [self.waiting(), usual]
        return [line for line in (*(self.second.sentences(self) if self.second else []), *told, self.in_a_year()) if line]

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
        text = (f"Hit hardest by share: {first.market} goes without {percent(first.share)} of what it asks for that it would have had ({rounded(first.units)} units, "
                f"{between(first.low, first.high)})")  # fmt: skip
        return f"{text}; then {listed(others, NAMED)}." if others else f"{text}."


@study
def loss_of(
    case: CaseLike, target: str, duration: float | None = None, *, years: float | None = None, second: float | None = None, setup: float = 0.0,
    fee: float = 0.0, spread: float = SPREAD, replications: int = 64, seed: int | None = None, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
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
    second
        Share of the orders of those who buy from it that goes to their other sources from the start, on the mean [share]: the loss is
        run with that, too.
    setup, fee, spread
        What qualifying a second source costs once [money], and keeping it [money/year]; over how many years the first is spread,
        without interest [years].
    replications, seed, progress, cancel
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the case has problems, there is no such target, it is out for longer than the run, or the tables know no second source for it.
    Cancelled
        If `cancel` was set.
    """
    found, problems = targets_of(case, [target], duration)
    start, periods = usual_start(case), int(case.settings["periods"])
    if found and not problems and start + found[0].periods > periods:
        says = f"is out for {found[0].periods:g} periods from period {start} on, and the run ends in period {periods}"
        problems.append(Problem("loss", None, "duration", target, says, "Give a shorter duration, or let the case run for longer."))
    refuse(dict.fromkeys(problems))
    scenario, lever = found[0].scenario(start), None
    scenarios = [scenario]
    if second is not None:
        lever, why = second_source_for(case, target)
        if lever is None or found[0].kind in WITHOUT_SECOND:
            raise CaseError([Problem("loss", None, "second", target, "has no second source", why or "Lanes, ports and machines have none.")])
        scenarios.append(replace(scenario, name=f"{target} with a second source", levers={lever.name: second}))
    runs = ensemble(case, scenarios, replications, seed=seed, progress=progress, cancel=cancel)
    outcome = runs[scenario.name]
    stop_if(cancel)
    why = ""
    if not hardly_moves(outcome):
        why = " ".join(explain(outcome, cancel=cancel).sentences())
    beside = SecondSource(lever, float(second), runs[scenarios[1].name], setup, fee, spread) if lever is not None and second is not None else None
    loss = Loss(found[0], start, outcome, hits_of(outcome, start), why, years, beside)
    return remembered(loss, "loss_of", case=case, target=target, duration=duration, years=years, second=second, setup=setup, fee=fee, spread=spread,
                      replications=replications, seed=outcome.seed)  # fmt: skip


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
    views: ClassVar = {"stakeholder": View(inputs=("target", "duration", "years", *SECOND))}

    target = Input("", "site, lane, country or port, alone, while all else works", title="What is lost?", start="", kind="name")
    duration = Input("periods", "begins with its time to recover, where the case has one", title="Out for", start=DAYS, low=1, high=250, step=1)
    years = Input("years", "for what it costs in a year; begins with what the table of hazards says, if anything; empty: not said", title="Lost about once in", start=None, low=OFTEN[0], high=OFTEN[1])
    second = Input("share", "of what is bought from it and could be bought from others, the part that the others get from the start; empty: as it is", title="Bought from others", group="A second source for it", start=None, low=0.0, high=1.0)
    setup = Input("money", "qualifying the source: paid once", title="Qualifying it costs", group="A second source for it", start=0.0, low=0.0)
    fee = Input("money/year", "keeping it on standby, discounts that are lost", title="Keeping it costs", group="A second source for it", start=0.0, low=0.0)
    spread = Input("years", "over which qualifying is spread, without interest", title="Spread over", group="A second source for it", start=SPREAD, low=1.0, high=100.0)
    worlds = Input("", "simulated with the loss and without", start=64, low=1, kind="whole")

    def begins(self) -> dict[str, Any]:
        first = next(iter(self._known().values()), None)
        return {} if first is None else {"target": first.name, "duration": self._usual(first), "years": once_in(self.ground.case, first.sites)}

    def follow(self, name: str) -> None:
        if name == "target" and self.target in self._known():
            target = self._known()[self.target]
            self.duration, self.second = self._usual(target), None
            self.years = once_in(self.ground.case, target.sites) if len(self.ground.case["hazards"]) else self.years

    def standing(self) -> dict[str, Input]:
        case, inputs = self.ground.case, self.asked_for()
        longest = int(case.settings["periods"]) - usual_start(case)
        lever, _ = self._second()
        found = {**inputs, "duration": inputs["duration"].but(unit=f"{period_word(case.settings)}s", high=longest)}
        if lever is None:
            return {k: v for k, v in found.items() if k not in SECOND}
        return found | {"second": inputs["second"].but(high=lever.high, meaning=f"{lever.meaning}; empty: as it is, {percent(lever.start)}")}

    def _second(self) -> tuple[Lever | None, str]:
        """The lever of a second source for what is lost; or why there is none."""
        target = self._known().get(self.target)
        return (None, "") if target is None or target.kind in WITHOUT_SECOND else second_source_for(self.ground.case, target.name)

    def notes(self) -> list[str]:
        why, target = self._second()[1], self._known().get(self.target)
        told = [f"No second source can be tried for {self.target}. {why}"] if why else []
        lever = self._second()[0]
        if lever is not None and self.second is not None and self.second < lever.start:
            told.append(f"{percent(self.second)} from others is less than the {percent(lever.start)} that comes from them now: {self.target} gets more to deliver, not less.")
        if target and self.years is not None and self.years == once_in(self.ground.case, target.sites):
            told.append(f"{by_hazards(self.ground.case, target.sites)} Put in your own.")
        return told

    def options(self, name: str) -> dict[str, str]:
        return {k: t.kind for k, t in self._known().items()} if name == "target" else super().options(name)

    def _known(self) -> dict[str, Target]:
        """Every target by name; a name that two have is that of the site."""
        found = used_targets(self.ground.case)
        return {t.name: t for kind in ("sites", "ports", "companies", "countries", "lanes", "machines") for t in reversed(found[kind])} | {t.name: t for t in found["sites"]}

    def _usual(self, target: Target) -> float:
        longest = int(self.ground.case.settings["periods"]) - usual_start(self.ground.case)
        return min(time_of(self.ground.case, target) or DAYS, float(longest))

    def check(self) -> list[str]:
        return [] if self._known() else ["Nothing in this case can be lost: no site keeps stock that anything flows through."]

    def call(self) -> Call:
        return Call(loss_of, case=self.ground.case, target=self.target, duration=self.duration, years=self.years, second=self.second if self._second()[0] else None, setup=self.setup, fee=self.fee,
                    spread=self.spread, replications=self.worlds, seed=self.ground.seed)  # fmt: skip

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
        again = {"target": target.name, "duration": target.periods, **({"years": result.years} if result.years else {})}
        blocks: list[Block] = [
            Heading("In short"), *led(result.sentences()), _facts(result), *([] if result.second else second_source_of(case, target.name, target.kind, again)),
            Heading("Day by day"), Course(outcome, target.name, measured=result.second.outcome if result.second else None), Picture(drawing_of("service_curve", outcome), caption="Share of demand that is served at once.", name="service"),
            Heading("Who goes without"), Table.of(result.table(), columns, "Customers who clearly go without, the hardest hit first", "hits"),
            *at_risk_table(outcome, hidden="lost sales"), *_with_second(result),
            Next("What would help?", "advice", lost), Next("Watch it day by day, and move measures", "disruption", scenario.to_dict()),
            Next("Compare it with every other loss", "stress"),
        ]  # fmt: skip
        told = about(case, Lost=f"{target.name}, for {target.periods:g} {word} from {periods_word(outcome, 1)} {result.start} on", Worlds=f"{outcome.replications:,}", Seed=outcome.seed)
        return Answer(f"Without {target.name}: {case.settings.get('title') or case.name}", blocks, told,
                      [worlds_words(outcome.seed, outcome.first, outcome.replications), SAME_LUCK, CENSORED], case)  # fmt: skip


def _with_second(result: Loss) -> list[Block]:
    """What is at risk with a second source, beside that without."""
    return [replace(t, caption=f"With a second source: {t.caption}", name="at risk with it") for t in at_risk_table(result.second.outcome, result.outcome, "lost sales")] if result.second else []


def _earned_less(outcome: Outcome, money: str) -> str:
    """That what is earned less is not the margin that is lost: other costs rise or fall with it."""
    less = earned_less(outcome)
    three = mean_interval(less) if less is not None else None
    return f"; earned less: {amount(three.value, money)} ({between(three.low, three.high)}), with what making, moving, keeping and hurrying cost more or less" if three and three.low > 0 else ""


def _facts(result: Loss) -> Facts:
    outcome, (mean, low, high) = result.outcome, result.lost()
    money = outcome.plan.case.settings["currency"]
    clear = low > 0 or (math.isnan(low) and mean > 0)
    service = outcome.service.mean(axis=1)[result.start :]
    found = [
        Fact("lost margin", amount(mean, money) if clear else "none clear", f"{interval(low, high, money)}; mean of {outcome.replications} worlds{_earned_less(outcome, money)}" if clear else "",
             "margin lost because of the outage, against the same worlds without it: mean of the differences", "worse" if clear else ""),
        Fact("lowest service", percent(service.min()), f"on {periods_word(outcome, 1)} {result.start + int(service.argmin())}",
             "lowest day of the mean service: units served at once, of those asked for on that day"),
    ]  # fmt: skip
    if outcome.failed.any():
        found.append(Fact(f"back after [{periods_word(outcome)}]", outcome.times_to_recover.shown(0.5), "median of the worlds",
                          "time from the first failure until service is back for good; > x where it was not back by the end of the run"))  # fmt: skip
    if result.second:
        saved, least, most = result.second.saved(outcome)
        dearer = most < 0
        found.append(Fact("a second source makes it dearer by" if dearer else "a second source saves", amount(abs(saved), money) if least > 0 or dearer else "nothing clear",
                          f"each time; {interval(-most, -least, money) if dearer else interval(least, most, money)}".removesuffix("; "),
                          "what is earned less because of the outage, less that with the second source, in the same worlds; without prices lost margin or, where customers wait, holding, backlog and expediting",
                          "better" if least > 0 else "worse" if dearer else ""))  # fmt: skip
        run, price = interval(*result.second.running(outcome)[1:], money), result.second.price
        found.append(Fact("and costs a year", amount(result.second.in_a_year(outcome), money) if price else "price not said",
                          f"{f'{amount(price, money)} as you gave it; ' if price else ''}to run {run}",
                          "price that was given, and what the chain costs more to run in a year in which nothing happens; 0 where no difference is clear"))
    if result.years:
        found.append(Fact("in a year", amount(mean / result.years, money), result.once(), "lost margin / years between two losses"))
    return Facts(found)
