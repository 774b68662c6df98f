"""Model of the advice app: what may happen, what measures cost, what matters, and what should be done.

No widget is known here.  A search takes a while, so there is a first look, a first answer
and a better one.  What matters (the weights) only chooses among the sets that were found,
so it changes the answer at once.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import traitlets as t

from twinkit.apps.advice_risks import first_risks, risks_from, risks_of, wrong_risks
from twinkit.apps.advice_run import Point, Weights, advise, best_point, instead, points_of
from twinkit.apps.kit.extras import missing_extra, saying_so
from twinkit.apps.kit.job import Job
from twinkit.apps.kit.unhurried import Unhurried
from twinkit.study.levers import Lever, levers_of
from twinkit.study.prices import price_of
from twinkit.study.recommend import why_not
from twinkit.study.recommendation import Recommendation
from twinkit.tables import check_case
from twinkit.tables.case import Case

START = Weights()
TOP = 10.0
"""Greatest weight."""
LEAST_PRICES = "No measure has a price yet: give at least one."


class AdviceModel(Unhurried, t.HasTraits):
    """The app without its page.

    Parameters
    ----------
    case
        A checked case.
    search, other
        Search for advice, and look at another set; tests put quicker ones in their place.
    """

    risks = t.List(t.Dict(), help="name, events and years (once in so many) of what may happen")
    prices = t.Dict(
        help="name of a lever → money a year for each unit that it is moved; levers that the run counts need none"
    )
    budget = t.Float(None, allow_none=True, help="most that may be spent [money/year]; None for no limit")
    weights = t.Instance(Weights, START, help="how much cost, average loss and worst loss count")
    own_choice = t.Int(-1, help="number of a point that a person has chosen by hand; -1 for that of the weights")

    looks = t.List(help="a first look at every measure alone")
    found = t.Any(None, allow_none=True, help="Recommendation of the newest search")
    shown = t.Any(
        None, allow_none=True, help="Recommendation with the chosen point in place; None while it is worked out"
    )
    version = t.Int(0, help="how often there was something new")
    quick = t.Bool(False, help="whether `found` is the first answer, and a better one is on its way")
    blockers = t.List(t.Unicode(), help="sentences that say why nothing can be searched")

    INPUTS = ("risks", "prices", "budget")

    def __init__(
        self, case: Case, search: Callable[..., Recommendation] = advise, other: Callable[..., Recommendation] = instead
    ) -> None:
        super().__init__()
        self.case, self._other = case, other
        self._search = saying_so(search, "Optuna", "optimise")
        self.job, self.closer = Job(), Job()
        self.sound = not check_case(case)
        self.levers: dict[str, Lever] = {lever.name: lever for lever in levers_of(case)} if self.sound else {}
        self._begun = 0
        self._known: dict[tuple, Recommendation] = {}
        self.reset()
        self.observe(lambda change: self.touch(), list(self.INPUTS))
        self.observe(lambda change: self.choose(), ["weights", "own_choice"])

    # --- what is asked for

    def reset(self) -> None:
        """Everything as it was when the page opened."""
        with self.hold_trait_notifications():
            self.risks, self.prices, self.budget = first_risks(self.case), {}, None
            self.weights, self.own_choice = START, -1

    def add_risk(self, row: Mapping[str, Any]) -> None:
        """One more thing that may happen; one of the same name is replaced."""
        self.risks = [*(r for r in self.risks if r["name"] != row["name"]), dict(row)]

    def drop_risk(self, name: str) -> None:
        """One thing less."""
        self.risks = [r for r in self.risks if r["name"] != name]

    def set_years(self, name: str, years: float | None) -> None:
        """Say once in how many years something happens."""
        self.risks = [{**r, "years": years} if r["name"] == name else r for r in self.risks]

    def set_notice(self, name: str, days: float | None) -> None:
        """Say how long before it begins something is known of."""
        self.risks = [{**r, "notice": days} if r["name"] == name else r for r in self.risks]

    def unpriced(self) -> list[Lever]:
        """Levers that the case has no price for."""
        return [lever for lever in self.levers.values() if lever.price is None]

    def left_out(self) -> list[Lever]:
        """Levers that are not looked at because nobody has said what they cost."""
        return [lever for lever in self.unpriced() if self.prices.get(lever.name) is None]

    def wanted(self) -> tuple[list[str], dict[str, float]]:
        """Names of the levers that are looked at, and the prices that were given."""
        given = {k: float(v) for k, v in self.prices.items() if v is not None and k in self.levers}
        risks = risks_of(self.risks)
        prices = {k: price_of(given[k]) if k in given else lever.price for k, lever in self.levers.items()}
        open_to = [k for k, p in prices.items() if p is not None and not why_not(self.levers[k], p, risks)]
        return open_to, {k: v for k, v in given.items() if k in open_to}

    def problems(self) -> list[str]:
        """Sentences that say why nothing can be searched."""
        found = missing_extra("optuna", "Optuna", "optimise")
        if not self.levers:
            return [*found, "There is nothing to decide: this case has no measures that can be moved."]
        found += wrong_risks(self.case, self.risks)
        for name, value in self.prices.items():
            if value is not None and not (math.isfinite(value) and value >= 0):
                found.append(f"{self.levers[name].label}: a price is 0 or more.")
        if self.budget is not None and not self.budget >= 0:
            found.append("The budget is 0 or more; empty for no limit.")
        return found if self.wanted()[0] else [*found, LEAST_PRICES]

    def state(self) -> dict[str, Any]:
        """What is asked for, as plain data for the address of the page."""
        found: dict[str, Any] = {"risks": [dict(r) for r in self.risks], "weights": list(self.weights)}
        prices = {k: v for k, v in self.prices.items() if v is not None}
        more = {"prices": prices or None, "budget": self.budget, "choice": self._chosen_levers()}
        return found | {k: v for k, v in more.items() if v is not None}

    def _chosen_levers(self) -> dict[str, Any] | None:
        point = self.point if self.own_choice >= 0 else None
        return dict(point.appraisal.levers) if point else None

    def load_state(self, data: Mapping[str, Any]) -> list[str]:
        """Ask for what an address says; returns sentences about what of it does not fit this case."""
        rows, wrong = risks_from(self.case, data.get("risks"))
        own, more = risks_from(self.case, data.get("own"))
        prices, budget, weights = data.get("prices", {}), data.get("budget"), data.get("weights", list(START))
        with self.hold_trait_notifications():
            if rows or own:
                self.risks = [*(r for r in rows if r["name"] not in {o["name"] for o in own}), *own]
            prices = prices if isinstance(prices, Mapping) else {}
            self.prices = {k: float(v) for k, v in prices.items() if k in self.levers and _is_money(v)}
            self.budget = float(budget) if _is_money(budget) else None
            good = isinstance(weights, list) and len(weights) == 3 and all(_is_money(w) and w <= TOP for w in weights)
            self.weights = Weights(*map(float, weights)) if good else START
        unknown = [str(k)[:40] for k in prices if k not in self.levers]
        return [*wrong, *more, *(f"The link prices {k!r}, which is no measure of this case." for k in unknown)]

    # --- what comes of it

    async def refine(self) -> bool:
        """Search for what is asked for; returns whether it came to its end."""
        self._begun += 1
        number, loop = self._begun, asyncio.get_running_loop()
        self.blockers = self.problems()
        if self.blockers:
            self.job.stop()
            return False
        levers, prices = self.wanted()

        def take(found: Any, first: bool) -> None:
            if number != self._begun:
                return
            if first:
                self.looks = found
            else:
                self.found, self._known = found, {}
                self.own_choice = -1
                self.choose()
            self.version += 1

        self.quick = True
        finished = await self.job.run(
            self._search, self.case, risks_of(self.risks), levers, prices, self.budget,
            looked=lambda looks: loop.call_soon_threadsafe(take, looks, True),
            so_far=lambda found: loop.call_soon_threadsafe(take, found, False),
        )  # fmt: skip
        if number == self._begun:
            self.quick = not finished
            self.version += 1
        return finished

    @property
    def points(self) -> list[Point]:
        """The sets that can be chosen."""
        return points_of(self.found) if self.found is not None else []

    @property
    def point(self) -> Point | None:
        """The chosen one."""
        if self.found is None:
            return None
        if 0 <= self.own_choice < len(self.points):
            return self.points[self.own_choice]
        return best_point(self.found, self.weights if any(self.weights) else START)

    @property
    def at_hand(self) -> Recommendation | None:
        """What can be said of the chosen point now: checked, or on the luck on which the points were compared."""
        if self.shown is not None or self.found is None:
            return self.shown
        base, best = self.points[0].appraisal, self.point.appraisal
        return replace(self.found, base=base, best=best, without={}, stressed=[])

    def choose(self) -> None:
        """Take the point that the weights (or a person) choose; what it does is worked out on luck of its own."""
        point = self.point
        if point is None:
            return
        key = tuple(sorted(point.appraisal.levers.items()))
        self.closer.stop()
        if point.appraisal.levers == self.found.best.levers:
            self.shown = self.found
            return
        self.shown = self._known.get(key)
        if self.shown is not None:
            return
        try:
            task = self.closer.start(self._other, self.found, point.appraisal.levers)
        except RuntimeError:
            return  # nobody waits
        found = self.found
        task.add_done_callback(lambda done: self._take_other(found, key))

    def _take_other(self, found: Recommendation, key: tuple) -> None:
        result = self.closer.result
        if found is not self.found or result is None or tuple(sorted(result.best.levers.items())) != key:
            return
        self._known[key] = result
        if self.point is not None and tuple(sorted(self.point.appraisal.levers.items())) == key:
            self.shown = result

    def stop(self) -> None:
        """End the search; what is there stays."""
        self.job.stop()

    async def settled(self) -> None:
        """Wait until nothing is left to run."""
        await super().settled()
        await self.job.settled()
        await self.closer.settled()
        await asyncio.sleep(0)


def _is_money(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value) and value >= 0)
