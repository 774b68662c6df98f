"""Model of the confidence app: one conclusion (an event, a measure), and how sure it is.

No widget is known here.  The effect comes first, in more and more worlds; what it depends
on follows, first for a few inputs, then for all.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

import traitlets as t

from twinkit.apps.advice_risks import first_risks, own_risk, risk_of_event, risks_from, risks_of, wrong_risks
from twinkit.apps.advice_run import some_way
from twinkit.apps.confidence_run import Effect, Question, dependence, narrowing
from twinkit.apps.kit.extras import missing_extra, saying_so
from twinkit.apps.kit.job import Job
from twinkit.apps.kit.unhurried import Unhurried
from twinkit.study.levers import Lever, levers_of
from twinkit.study.prices import AT_ONCE, COUNTED
from twinkit.study.recommend import why_not
from twinkit.study.sensitivity_result import Sensitivity
from twinkit.tables import check_case
from twinkit.tables.case import Case


class ConfidenceModel(Unhurried, t.HasTraits):
    """The app without its page.

    Parameters
    ----------
    case
        A checked case.
    narrow, depend
        Work out the effect, and what it depends on; tests put quicker ones in their place.
    """

    risk = t.Dict(help="name, events and years (once in so many) of what happens; empty for none")
    levers = t.Dict(help="name of a lever → its value: the measure")
    prices = t.Dict(help="name of a lever → money a year for each unit, where the case has no price")
    yearly = t.Bool(True, help="whether the answer is the worth in a year, else what is saved each time")

    effect = t.Any(None, allow_none=True, help="Effect, in as many worlds as were run")
    study = t.Any(None, allow_none=True, help="Sensitivity, for the inputs that were looked at")
    rough = t.Bool(False, help="whether `study` is the first of several")
    version = t.Int(0, help="how often there was something new")
    blockers = t.List(t.Unicode(), help="sentences that say why nothing can be worked out")
    lacking = t.List(t.Unicode(), help="sentences that say why there is an effect and nothing on what it depends on")

    INPUTS = ("risk", "levers", "prices", "yearly")

    def __init__(
        self, case: Case, narrow: Callable[..., Effect] = narrowing, depend: Callable[..., Sensitivity] = dependence
    ) -> None:
        super().__init__()
        self.case, self._narrow = case, narrow
        self._depend = saying_so(depend, "SALib", "optimise")
        self.job, self.deeper = Job(), Job()
        self.known: dict[str, Lever] = {} if check_case(case) else {lever.name: lever for lever in levers_of(case)}
        self._begun = 0
        self.reset()
        self.observe(lambda change: self.touch(), list(self.INPUTS))

    # --- what is asked for

    def reset(self) -> None:
        """Everything as it was when the page opened."""
        risks = first_risks(self.case)
        with self.hold_trait_notifications():
            self.risk, self.prices, self.yearly = (risks[0] if risks else {}), {}, True
            self.levers = self.first_measure()

    def first_measure(self) -> dict[str, Any]:
        """A measure to begin with: a switch whose price is known, else any such lever moved some way up, else any lever."""
        ranked = sorted(self.known.values(), key=lambda lever: (lever.price is None, not lever.flag, -_tier(lever)))
        ranked = [lever for lever in ranked if not lever.foreseen and lever.price is not AT_ONCE] or ranked
        return {ranked[0].name: some_way(ranked[0])} if ranked else {}

    def choose_event(self, name: str) -> None:
        """An event of the case happens, as often as before."""
        row = risk_of_event(self.case, name)
        self.risk = {**row, "years": self.risk.get("years") or row["years"]}

    def set_notice(self, days: float | None) -> None:
        """Say how long before it begins the event is known of."""
        self.risk = {**self.risk, "notice": days}

    def choose_loss(self, site: str, days: float) -> None:
        """A site is lost for some days."""
        self.risk = own_risk(self.case, site, days, self.risk.get("years") or 20.0)

    def unpriced(self) -> list[Lever]:
        """Levers of the measure that the case has no price for."""
        return [self.known[name] for name in self.levers if name in self.known and self.known[name].price is None]

    def problems(self) -> list[str]:
        """Sentences that say why nothing can be worked out."""
        if not self.known:
            return ["There is nothing to be sure of: this case has no measures that can be moved."]
        if not self.risk:
            return ["Nothing happens yet: choose an event."]
        found = wrong_risks(self.case, [self.risk])
        if not self.levers:
            found.append("No measure is moved: choose one, and a value other than the one it has anyway.")
        for name, value in self.levers.items():
            if name in self.known and not self.known[name].allows(value):
                found.append(f"{self.known[name].label}: choose a value {self.known[name].allowed}.")
        risk = risks_of([self.risk])[0]
        for name, lever in self.known.items():
            if name in self.levers and lever.foreseen and (why := why_not(lever, COUNTED, [risk])):
                found.append(f"{lever.label}: {why}.")
        if self.yearly:
            found += [f"{lever.label} has no price in this case: give one, or ask what it saves each time." for lever in self.unpriced()
                      if not _is_money(self.prices.get(lever.name))]  # fmt: skip
        return found

    def question(self) -> Question:
        """What is asked, as the studies take it."""
        prices = {k: v for k, v in self.prices.items() if _is_money(v) and k in self.levers}
        return Question(self.case, risks_of([self.risk])[0], dict(self.levers), prices, self.yearly)

    def state(self) -> dict[str, Any]:
        """What is asked for, as plain data for the address of the page."""
        found = {"risk": dict(self.risk), "levers": dict(self.levers), "yearly": self.yearly}
        prices = {k: v for k, v in self.prices.items() if v is not None}
        return {**found, "prices": prices} if prices else found

    def load_state(self, data: Mapping[str, Any]) -> list[str]:
        """Ask for what an address says; returns sentences about what of it does not fit this case."""
        rows, wrong = risks_from(self.case, [data["risk"]] if data.get("risk") else [])
        levers, prices = data.get("levers", {}), data.get("prices", {})
        levers = levers if isinstance(levers, Mapping) else {}
        good = {k: v for k, v in levers.items() if k in self.known and self.known[k].allows(v)}
        wrong += [f"The link moves {str(k)[:40]!r}, which does not fit this case." for k in levers if k not in good]
        with self.hold_trait_notifications():
            if rows:
                self.risk = rows[0]
            if good:
                self.levers = good
            prices = prices if isinstance(prices, Mapping) else {}
            self.prices = {k: float(v) for k, v in prices.items() if k in self.known and _is_money(v)}
            self.yearly = bool(data.get("yearly", True))
        return wrong

    # --- what comes of it

    async def refine(self) -> bool:
        """Work out what is asked for; returns whether it came to its end."""
        self._begun += 1
        number, loop = self._begun, asyncio.get_running_loop()
        self.job.stop()
        self.deeper.stop()
        self.blockers, self.lacking = self.problems(), []
        if self.blockers:
            return False
        question = self.question()

        def take(name: str, found: Any) -> None:
            if number == self._begun:
                setattr(self, name, found)
                self.version += 1

        def later(name: str) -> Callable[[Any], None]:
            return lambda found: loop.call_soon_threadsafe(take, name, found)

        self.study, self.rough = None, True
        if not await self.job.run(self._narrow, question, later("effect")) or number != self._begun:
            return False
        self.lacking = missing_extra("SALib", "SALib", "optimise")
        if self.lacking:
            return False
        finished = await self.deeper.run(self._depend, question, so_far=later("study"))
        if number == self._begun:
            self.rough, self.lacking = not finished, list(self.deeper.problems)
            self.study = self.deeper.result if finished else self.study
            self.version += 1
        return finished

    def stop(self) -> None:
        """End what is under way; what is there stays."""
        self.job.stop()
        self.deeper.stop()

    @property
    def running(self) -> bool:
        """Whether anything is being worked out."""
        return self.job.running or self.deeper.running


def _tier(lever: Lever) -> int:
    last = lever.name.rsplit("_", 1)[-1]
    return int(last) if last.isdigit() else -1


def _is_money(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value) and value >= 0)
