"""How sure a conclusion is: what a measure does against an event in more and more worlds, and what that depends on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from twinkit.levers.lever import COUNTED, Price, price_of
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.engines import part_of
from twinkit.run.public import Result, study
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval, share_interval
from twinkit.study.appraisal import Appraiser
from twinkit.study.asked import remembered
from twinkit.study.inputs import inputs_of
from twinkit.study.recommend import why_not
from twinkit.study.recommend_words import action_words, often_words
from twinkit.study.risks import Risk, risk_problems
from twinkit.study.sensitivity import Sensitivity, sensitivity
from twinkit.study.sensitivity_model import PRICE, PROBABILITY
from twinkit.tables import require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, did_you_mean, listed, noting, refuse
from twinkit.words import between, percent, period_word, rounded

SAYS = ("assum", "guess", "estimate")
"""Words in a note that say that a figure is not measured."""
TEXTS = ("note", "source", "remark", "comment")
"""Columns in which a table may say where its figures come from."""


def unknowns(case: Case, risks: Sequence[Risk], prices: bool = False) -> list[str]:
    """Sentences about what is taken for granted.

    Parameters
    ----------
    case, risks
        The case, and what happens.
    prices
        Whether a person has said what measures cost.
    """
    told = [f"That {risk.name} happens {often_words(risk.probability)} is assumed; history may not repeat itself."
            for risk in risks if risk.probability]  # fmt: skip
    told += [f"{name}: {note}." for name, note in _noted(case, risks)]
    if prices:
        told.append("The prices of the measures are those that were given.")
    told += [*_demand(case), *_fixed(case), *_endless(case), *_marked(case)]
    return [*told, *_always(case)]


def _noted(case: Case, risks: Sequence[Risk]) -> list[tuple[str, str]]:
    """What the table of events says about an assumption in the events."""
    events = case["events"].set_index("event")
    found = []
    for name in (e for risk in risks for e in risk.events if isinstance(e, str) and e in events.index):
        for part in str(events.loc[name].get("note", "")).split(";"):
            if any(word in part.lower() for word in SAYS):
                found.append((name, part.strip().rstrip(".")))
    return found


def _demand(case: Case) -> list[str]:
    if len(case["history"]):
        return ["What customers will ask for is taken to be like what they have asked for."]
    return [
        "What customers will ask for is drawn from a mean and a spread; the case holds no record of what they did ask for."
    ]


def _fixed(case: Case) -> list[str]:
    """Lanes whose lead time is taken as certain."""
    lanes = case["lanes"]
    if not len(lanes):
        return []
    sure = int((lanes["lead_time_spread"].fillna(0.0) == 0).sum())
    return [f"{sure} of {len(lanes)} lanes always take the same time in the model."] if sure else []


def _endless(case: Case) -> list[str]:
    """Capacities that nobody has stated."""
    found = []
    for table, what in (("lanes", "lanes carry any amount"), ("recipes", "recipes make any amount")):
        free = int(case[table]["capacity"].isna().sum())
        if free:
            found.append(f"{free} of {len(case[table])} {what}: the case states no capacity for them.")
    return found


def _marked(case: Case) -> list[str]:
    """Tables with rows that are marked as assumptions."""
    found = []
    for name, table in case.tables.items():
        columns = [c for c in table.columns if c in TEXTS]
        if not columns:
            continue
        text = table[columns].astype(str).agg(" ".join, axis=1).str.lower() if len(table) else table.get(columns[0])
        marked = int(sum(any(word in t for word in SAYS) for t in text)) if len(table) else 0
        if marked:
            found.append(
                f"{marked} of {len(table)} rows of the table of {name.replace('_', ' ')} are marked as assumptions or estimates."
            )
    return found


def _always(case: Case) -> list[str]:
    return [
        "Everybody goes on by the same rules: what clever people would make up in a crisis is not in it.",
        "Customers who were let down come back as before, and suppliers charge what they always charge.",
        f"What is lost after {case.settings['periods']} {period_word(case.settings, 2)}, when the run ends, is not counted.",
        "Two misfortunes at once are not looked at, unless one brings the other.",
    ]


# --- the conclusion


WHERE = "how sure"
FIRST_WORLDS = 16
"""Worlds of the first answer; every further one has more."""
MOST_WORLDS = 512
TURNED = 0.1
"""Share of the other assumptions that may turn an answer round which is still called quite sure."""
WITH, WITHOUT = "with the measure", "as things are"
MAIN = ("demand", "lead_times", "event_duration", "event_severity")
"""Inputs that are looked at first: what usually matters most."""
NO_SALIB = 'What the answer depends on needs SALib, which is not installed: pip install "twinkit[optimise]", and ask again.'


class Go(NamedTuple):
    """A part of the work.

    Attributes
    ----------
    inputs
        Names of the inputs of the case that are varied; None for all.
    trajectories, space, worlds
        As for :func:`~twinkit.study.sensitivity.sensitivity` (worlds: its replications).
    share
        Part of the time of all.
    """

    inputs: tuple[str, ...] | None
    trajectories: int
    space: int
    worlds: int
    share: float


WORLDS_SHARE = 0.2
"""Part of the time of all that the effect in more and more worlds takes."""
GOES = (Go(MAIN, 2, 8, 8, 0.1), Go(None, 6, 48, 16, 0.7))
"""The inputs: first a few and rough, then all."""


@dataclass(frozen=True, repr=False)
class Conclusion(Result):
    """What a measure does against an event, and how sure that is.

    Attributes
    ----------
    case, risk, levers, prices, yearly
        What was asked.
    gain
        What is better with the measure, shape (worlds,) [money/year, or money each time].
    loss
        What the event costs without the measure, each time, shape (worlds,) [money].
    cost
        What the measure costs, with what the chain costs more to run with it while nothing happens, shape (worlds,) [money/year].
    censored
        Share of the worlds, as things are, in which service had not recovered by the end.
    study
        What the answer depends on; None where that was not looked at (yet).
    rough
        Whether `study` looked at a few inputs only.
    """

    case: Case
    risk: Risk
    levers: Mapping[str, Any]
    prices: Mapping[str, Price]
    yearly: bool
    gain: np.ndarray
    loss: np.ndarray
    cost: np.ndarray
    censored: float
    study: Sensitivity | None = None
    rough: bool = True

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return len(self.gain)

    @property
    def unit(self) -> str:
        """Unit of the gain."""
        return f"{self.case.settings['currency']} {'a year' if self.yearly else 'each time'}"

    @property
    def measure(self) -> str:
        """The measure in words."""
        known = known_levers(self.case, self.levers)
        return action_words(known, self.levers)

    def interval(self, worlds: int | None = None) -> tuple[float, float, float]:
        """Mean of the gain and its 95 % interval, of the first so many worlds."""
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

    def needed(self) -> float:
        """Worlds after which the interval would leave out 0, if mean and spread stay; infinite where that cannot be said."""
        mean, low, high = self.interval()
        if self.worlds < 2 or mean == 0 or not math.isfinite(low):
            return math.inf
        return max(self.worlds * ((high - low) / 2 / abs(mean)) ** 2, self.worlds)

    def turned(self, clearly: bool = False) -> tuple[float, float, float]:
        """Share of the other assumptions under which the answer is the other one, with its Wilson interval.

        Where the answer is that things are best left as they are, the other one is the measure; where it is
        not clear, leaving things as they are.

        Parameters
        ----------
        clearly
            Count only where the 95 % interval over the worlds leaves out 0.
        """
        if self.study is None:
            raise ValueError("the assumptions were not looked at")
        best_left = self.clear and self.interval()[0] < 0
        return self.study.first_better(clearly) if best_left else self.study.other_better(clearly)

    def headline(self) -> str:
        """What was asked."""
        return f"How sure: {self.measure} against {self.risk.name}, {self.worlds} worlds; .table(), .study"

    def table(self) -> pd.DataFrame:
        """The interval of the gain in more and more worlds: worlds, mean, low, high."""
        return pd.DataFrame([{"worlds": n, **dict(zip(("mean", "low", "high"), self.interval(n), strict=True))} for n in self.steps()])

    def tornado(self) -> pd.DataFrame:
        """What one input at a time changes; see :meth:`Sensitivity.tornado`.  Empty where that was not looked at."""
        return pd.DataFrame() if self.study is None else self.study.tornado()

    def sentences(self) -> list[str]:
        """What a person can repeat in a meeting."""
        mean, low, high = self.interval()
        what, event = self.measure, self.risk.name
        span = f"{between(low, high)} (95 % sure)" if math.isfinite(low) else "too few runs to say how sure"
        if not self.clear:
            needed = self.needed()
            more = f" If the average stays there, about {rounded(needed)} runs would tell." if math.isfinite(needed) else ""
            return [f"Not sure: against {event}, {what} may help or not.",
                    f"On average {rounded(mean)} {self.unit}, {span}: that leaves both open.{more}"]  # fmt: skip
        verdict = ("is worth it" if mean > 0 else "is not worth it") if self.yearly else ("helps" if mean > 0 else "makes it worse")
        size = f"{between(*sorted((abs(low), abs(high))))} (95 % sure)"
        return [
            f"Against {event}, {what} {verdict}: {self._how_sure()}.",
            f"It is {rounded(abs(mean))} {self.unit} {'better' if mean > 0 else 'worse'}, {size}; it is better in {percent(self.helps()[0])} of the runs.",
        ]

    def _how_sure(self) -> str:
        """How sure a clear answer is: of the luck, and of the assumptions as far as they were looked at."""
        if self.study is None or self.rough:
            return "sure as far as luck goes, the assumptions are still to be looked at"
        share = self.turned()[0]
        return "quite sure" if share <= TURNED else f"sure if the assumptions hold, but {percent(share)} of the other assumptions that were tried turn it round"


def known_levers(case: Case, named: Iterable[str] = ()) -> dict[str, Lever]:
    """Levers of a case by name; those of single suppliers that are `named` too."""
    return {lever.name: lever for lever in levers_of(case, named)}


@study
def how_sure(
    case: CaseLike, risk: Risk, levers: Mapping[str, Any], prices: Mapping[str, float | Price] | None = None, *, yearly: bool = True,
    replications: int = MOST_WORLDS, seed: int | None = None, progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None,
) -> Conclusion:  # fmt: skip
    """What a measure does against an event, in many worlds, and what that depends on.

    Parameters
    ----------
    case
        A checked case.
    risk
        What happens; `yearly` needs its probability.
    levers
        The measure: name of a lever → its value.
    prices
        What levers cost that the case has no price for [money/year for each unit, in the direction in which
        they are moved], or prices.
    yearly
        Whether the answer is what the measure saves in a year less what it costs, else what it saves each
        time that the event happens.
    replications
        Worlds, each with the measure and without on the same luck.
    seed, progress, cancel
        As for :func:`~twinkit.run.ensemble.ensemble`.

    Raises
    ------
    CaseError
        If the case has problems, or what is asked does not fit it; all at once.
    Cancelled
        If `cancel` was set.
    """
    parts = how_sure_in_parts(case, risk, levers, prices, yearly=yearly, replications=replications, seed=seed,
                              progress=progress, cancel=cancel, first=replications)  # fmt: skip
    return deque(parts, maxlen=1)[0]


def how_sure_in_parts(
    case: Case, risk: Risk, levers: Mapping[str, Any], prices: Mapping[str, float | Price] | None = None, *, yearly: bool = True,
    replications: int = MOST_WORLDS, seed: int | None = None, progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None, first: int = FIRST_WORLDS, goes: Sequence[Go] = GOES,
) -> Iterator[Conclusion]:  # fmt: skip
    """Better and better answers to :func:`how_sure`; the last one is what it gives.

    Parameters
    ----------
    first
        Worlds of the first answer.
    goes
        How finely the inputs are looked at, the quick go first.
    """
    require_sound(case)
    problems = problems_of(case, risk, levers, prices or {}, yearly)
    refuse(problems)
    seed = int(case.settings["seed"] if seed is None else seed)
    known, priced = known_levers(case, levers), _all_prices(case, levers, prices or {})
    appraise = Appraiser(case, [risk], known, priced, 0, {"cancel": cancel})
    arguments = {"case": case, "risk": risk, "levers": dict(levers), "prices": dict(prices or {}), "yearly": yearly, "seed": seed}

    def told(found: Conclusion, worlds: int) -> Conclusion:
        return remembered(found, "how_sure", replications=worlds, **arguments)

    worlds, found = min(first, replications), None
    while True:
        base, best = appraise([{}, dict(levers)], seed, worlds)
        gain = base.total - best.total if yearly else base.losses[0] - best.losses[0]
        found = Conclusion(case, risk, dict(levers), priced, yearly, gain, base.losses[0], best.cost, float(base.censored[0]))
        part_of(progress, 0.0, WORLDS_SHARE)(worlds, replications)
        yield told(found, worlds)
        if worlds >= replications:
            break
        worlds = min(worlds * (2 if worlds < 64 else 8), replications)
    if find_spec("SALib") is None:
        return
    before, once = WORLDS_SHARE, risk if yearly else Risk(risk.events, 1.0, risk.name, risk.notice)
    pair = [Scenario(WITH, (), dict(levers)), Scenario(WITHOUT)]
    for i, go in enumerate(goes):
        studied = sensitivity(
            case, pair, varied(case, risk, priced, yearly, go.inputs), "total" if yearly else "expected loss", risks=[once], prices=priced,
            trajectories=go.trajectories, space=go.space, replications=go.worlds, seed=seed, progress=part_of(progress, before, go.share), cancel=cancel,
        )  # fmt: skip
        before += go.share
        found = replace(found, study=replace(studied, each_time=not yearly), rough=i + 1 < len(goes))
        yield told(found, replications)


def varied(case: Case, risk: Risk, prices: Mapping[str, Price], yearly: bool, names: Sequence[str] | None = None) -> list[str]:
    """Inputs of the case that are varied, and chance and price where the answer is the worth in a year."""
    there = [one.name for one in inputs_of(case) if names is None or one.name in names]
    if not yearly:
        return there
    return [*there, PROBABILITY + risk.name, *(PRICE + name for name, price in prices.items() if not _free(price))]


def _all_prices(case: Case, levers: Mapping[str, Any], given: Mapping[str, float | Price]) -> dict[str, Price]:
    """Price of every lever that is moved; what is saved each time does not depend on it."""
    known, found = known_levers(case, levers), {}
    for name, value in levers.items():
        price = known[name].price
        if name in given:
            amount = given[name]
            price = Price(given_up=price_of(amount)) if known[name].gives_up(value) and not isinstance(amount, Price) else price_of(amount)
        found[name] = price if price is not None else Price(given_up=Price())
    return found


def _free(price: Price | None) -> bool:
    """Whether a price is 0 in both directions."""
    if price is None:
        return True
    amounts = (price.per_year, price.setup, price.discount)
    return not any(callable(x) or x != 0 for x in amounts) and _free(price.given_up)


def problems_of(case: Case, risk: Risk, levers: Mapping[str, Any], prices: Mapping[str, Any], yearly: bool) -> list[Problem]:
    """All that is wrong with what is asked."""
    known, found = known_levers(case, levers), []
    wrong = noting(found, WHERE)
    if not known:
        wrong("levers", "", "has no measure that can be moved: there is nothing to be sure of")
    elif not levers:
        wrong("levers", "", "moves nothing", "Choose a measure, and a value other than the one it has anyway.")
    for name, value in levers.items():
        lever = known.get(name)
        if lever is None:
            wrong("levers", name, "is no lever of this case", did_you_mean(name, list(known), f"Levers: {listed(list(known), 20)}."))
        elif not lever.allows(value):
            wrong("levers", value, f"cannot be the value of {lever.label}: choose a value {lever.allowed}")
        elif value == lever.start:
            wrong("levers", value, f"is where {lever.label} stands anyway", "Choose another value.")
        elif lever.foreseen and (why := why_not(lever, COUNTED, [risk])):
            wrong("levers", name, f"cannot help: {why}")
        elif yearly and lever.price is None and name not in prices:
            wrong("prices", name, f"({lever.label}) has no price in this case", "Give one, or ask what it saves each time.")
    for name, price in prices.items():
        if name not in levers:
            wrong("prices", name, "is the price of a lever that is not moved")
        elif (amount := price_of(price)) and (says := amount.wrong()):
            wrong("prices", name, says)
    return [*found, *dict.fromkeys(risk_problems(case, [risk], WHERE, likely=yearly))]
