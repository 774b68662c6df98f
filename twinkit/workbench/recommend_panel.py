"""Recommend: what to do about some risks, and the record of what was decided."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import traitlets as t

from twinkit.code import call, literal
from twinkit.content import shipped_cases
from twinkit.study.decision import DecisionRecord, read_decisions
from twinkit.study.levers import Lever, levers_of
from twinkit.study.prices import Price
from twinkit.study.recommend import recommend, why_not
from twinkit.study.recommendation import Recommendation
from twinkit.study.risks import Risk
from twinkit.study.search import OBJECTIVES
from twinkit.workbench.panel import Panel

NO_OPTUNA = (
    'Optuna is not installed, and the search needs it: pip install "twinkit[optimise]", then open the page again.'
)
class RecommendPanel(Panel):
    """Risks, prices and a budget in; ranked actions out.

    Attributes
    ----------
    risks
        Name of an event of the case, or of a scenario with events → probability [1/year].
    budget
        Most that may be spent; None for no limit [money/year].
    notices
        Name of a risk → how long before it begins it is known of [days]; left out: not at all.
    prices
        Name of a lever → dict of per_year, setup, years, discount and given_up (money/year for each
        unit that is given up), as of a :class:`twinkit.Price`.
    allowed
        Levers that may be moved; empty for all that have a price.
    objectives
        What the search trades against each other.
    trials, worlds, fresh, since
        As for :func:`twinkit.recommend` (`worlds` are its replications).
    """

    key = "recommend"
    title = "Recommend"
    question = "What should be done about these risks, and how sure is that?"
    INPUTS = ("risks", "notices", "budget", "prices", "allowed", "objectives", "trials", "worlds", "fresh", "since")

    risks = t.Dict(help="name of an event or a scenario → probability [1/year]")
    budget = t.Float(None, allow_none=True, help="most that may be spent; None for no limit [money/year]")
    notices = t.Dict(help="name of a risk → how long before it begins it is known of [days]")
    prices = t.Dict(help="name of a lever → dict of per_year, setup, years, discount, given_up")
    allowed = t.List(t.Unicode(), help="levers that may be moved; empty for all that have a price")
    objectives = t.List(t.Unicode(), default_value=list(OBJECTIVES), help="what is traded against each other")
    trials = t.Int(60, min=1, help="sets of levers that are tried, beyond each lever alone")
    worlds = t.Int(64, min=1, help="worlds of the search")
    fresh = t.Int(256, min=2, help="worlds of the finalists and of the report")
    since = t.Int(0, min=0, help="first period in which levers are moved [period]")

    kept = t.List(help="decision records of this session, where there is no folder to keep them in")

    # --- what can be asked for

    def sources(self) -> dict[str, tuple[Any, ...]]:
        """Name of what may be a risk → its events: events of the case, and scenarios with events."""
        found = {name: (name,) for name in self.desk.case["events"]["event"]}
        for name, scenario in self.desk.scenarios.items():
            if scenario.events and name not in found:
                found[name] = tuple(e if isinstance(e, str) else dict(e) for e in scenario.events)
        return found

    def levers(self) -> list[Lever]:
        """Levers that may be moved: those chosen, else all that have a price and can be of use against the risks."""
        known = levers_of(self.desk.case)
        if self.allowed:
            return [lever for lever in known if lever.name in self.allowed]
        return [lever for lever in known if (lever.price is not None or lever.name in self.prices) and not self.why_not(lever)]

    def why_not(self, lever: Lever) -> str:
        """Why a lever that has a price cannot be looked at, or ""."""
        price = self.price(lever.name) if lever.name in self.prices else lever.price
        return "" if price is None or price.wrong() else why_not(lever, price, self._risks())

    def unpriced(self) -> list[Lever]:
        """Levers whose cost nobody has said; they are left out unless they are asked for."""
        return [lever for lever in levers_of(self.desk.case) if lever.price is None and lever.name not in self.prices]

    def check(self) -> list[str]:
        """What is missing or cannot be, all at once."""
        found = [] if find_spec("optuna") else [NO_OPTUNA]
        known, sources = {lever.name for lever in levers_of(self.desk.case)}, self.sources()
        if not self.risks:
            found.append("There are no risks: say what may happen, and how likely it is in a year.")
        found += [
            f"The risk '{name}' is no event or scenario any more: take it out."
            for name in self.risks
            if name not in sources
        ]
        found += [f"The probability of '{name}' must be from 0 to 1 a year: once in 20 years is 0.05."
                  for name, p in self.risks.items() if not _number(p, 0.0, 1.0)]  # fmt: skip
        if self.budget is not None and not _number(self.budget, 0.0):
            found.append("The budget must be money a year, of 0 or more; leave it empty for no limit.")
        if not self.objectives:
            found.append(f"Choose at least one objective of {', '.join(OBJECTIVES)}.")
        found += [f"There is no lever '{name}' in this case." for name in self.allowed if name not in known]
        asked = set(self.allowed)
        found += [
            f"{lever.label} has no price in the case: give one, or leave it out."
            for lever in self.unpriced()
            if lever.name in asked
        ]
        if not self.levers() and not asked:
            found.append("No lever has a price: say what at least one of them costs.")
        found += [f"{lever.label}: {why}." for lever in self.levers() if lever.name in asked and (why := self.why_not(lever))]
        found += [f"The price of {name} {wrong}." for name in self.prices if (wrong := self.price(name).wrong())]
        if self.since >= int(self.desk.case.settings["periods"]):
            found.append(f"Levers cannot be moved from period {self.since} on: the run is over before it.")
        return found

    def price(self, lever: str) -> Price:
        """What a lever was said to cost."""
        own = {k: v for k, v in self.prices.get(lever, {}).items() if v is not None}
        if "given_up" in own:
            own["given_up"] = Price(own["given_up"])
        return Price(**{"per_year": 0.0, **own})

    # --- what is asked

    def _risks(self) -> list[Risk]:
        sources = self.sources()
        return [
            Risk(sources[name], float(p), name, float(self.notices.get(name) or 0.0))
            for name, p in self.risks.items()
            if name in sources and _number(p, 0.0, 1.0)
        ]

    def _more(self) -> dict[str, Any]:
        known = {lever.name for lever in levers_of(self.desk.case)}
        more = {
            "budget": self.budget, "objectives": list(self.objectives), "levers": [lever.name for lever in self.levers()],
            "prices": {k: self.price(k) for k in self.prices if k in known}, "since": self.since or None,
            "trials": self.trials, "replications": self.worlds, "fresh": self.fresh, "seed": self.desk.seed,
        }  # fmt: skip
        return {k: v for k, v in more.items() if v is not None}

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return recommend, (self.desk.case, self._risks()), self._more()

    def code(self) -> str:
        risks = [call("twinkit.Risk", literal(r.events, 8), literal(r.probability), literal(r.name),
                      *([f"notice={literal(r.notice)}"] if r.notice else []), indent=4) for r in self._risks()]  # fmt: skip
        more = self._more()
        prices = {k: call("twinkit.Price", *_price_words(p), indent=4) for k, p in more.pop("prices").items()}
        said = [f"{k}={literal(v)}" for k, v in more.items()]
        lines = ["risks = [\n" + "".join(f"    {r},\n" for r in risks) + "]"]
        lines.append(
            "prices = {" + "".join(f"\n    {literal(k)}: {p}," for k, p in prices.items()) + ("\n}" if prices else "}")
        )
        return "\n".join([*lines, "result = " + call("twinkit.recommend", "case", "risks", "prices=prices", *said)])

    # --- decisions

    @property
    def place(self) -> Path | None:
        """Folder or workbook of the case, beside which records are kept; None for examples and cases made in Python."""
        if not self.desk.source or self.desk.source in shipped_cases():
            return None
        return Path(self.desk.source)

    def decide(self, by: str, why: str = "", question: str = "") -> DecisionRecord:
        """Keep the record of the decision to do what is recommended: beside the case, else for this session.

        It runs the chosen scenario once more, so it belongs in a job.

        Raises
        ------
        ValueError
            If nothing has been recommended yet, or nobody decides.
        """
        result: Recommendation | None = self.job.result
        if result is None:
            raise ValueError("There is nothing to decide on yet: run the search first.")
        if not by.strip():
            raise ValueError("Say who decides.")
        record = result.record(by.strip(), why.strip(), question.strip())
        if self.place is not None:
            record.save(self.place)
        return record

    def keep(self, record: DecisionRecord) -> None:
        """Let a record be listed where it could not be saved beside the case."""
        if self.place is None:
            self.kept = [*self.kept, record]

    def records(self) -> tuple[list[DecisionRecord], list[str]]:
        """Earlier decisions, the newest last, and sentences about files that are none."""
        if self.place is None:
            return list(self.kept), []
        found, problems = read_decisions(self.place)
        return found, [p.sentence for p in problems]


def _number(value: Any, low: float, high: float = math.inf) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value) and low <= value <= high)


def _price_words(price: Price) -> list[str]:
    """Arguments that make a price again; what stands at its default is left out."""
    said = [f"per_year={literal(price.per_year)}"]
    if price.setup:
        said += [f"setup={literal(price.setup)}", f"years={literal(price.years)}"]
    if price.discount:
        said.append(f"discount={literal(price.discount)}")
    if price.given_up is not None:
        said.append(f"given_up=twinkit.Price({literal(price.given_up.per_year)})")
    return said
