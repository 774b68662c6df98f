"""Recommend: which levers to move against which risks, how far, and under which condition.

Three lots of luck keep the answer honest.  The *search* tries sets of levers on the first.
What looks best there looks too good, because it was picked for looking good (the winner's
curse); so the *finalists* are looked at again in other, more worlds, and the best is chosen
there.  All that is said of the chosen set (its effect, that of each action, the events that
it was not tuned on) is measured on a third, which had no part in the choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit.levers.lever import AT_ONCE, Price, price_of
from twinkit.levers.levers import Lever, levers_of
from twinkit.levers.sourcing import BUILT, LEAST_AHEAD, with_notice
from twinkit.run.engines import Counter, part_of
from twinkit.run.public import study
from twinkit.run.scenario import Scenario
from twinkit.study.appraisal import Appraisal, Appraiser, Memory
from twinkit.study.asked import remembered
from twinkit.study.recommendation import FRESH, LAST, Recommendation, Tuned
from twinkit.study.risks import EventRow, Risk, risk_problems
from twinkit.study.search import OBJECTIVES, TOGETHER, first_sets, front, screen, search, values_of
from twinkit.tables import CaseError, require_sound
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, is_number, listed, refuse, shown, strangers

if TYPE_CHECKING:
    from dask.distributed import Client

WHERE = "recommend"
FINALISTS = 10
"""Most sets that are looked at again on fresh luck."""
SOON, FEW = 16, 4
"""Worlds of a first answer, in the search and after it; most sets that are looked at again there."""
FIRST_PART = 0.1
"""Part of the time of all that the first answer takes."""
WEIGHTS = (1.0, 1.0, 0.0)
"""How much a unit of money counts that is spent, lost on average, and lost at worst."""


@partial(study, limits=dict.fromkeys(("trials", "fresh"), (1, math.inf)))
def recommend(
    case: CaseLike, risks: Sequence[Risk], budget: float | None = None,
    objectives: Sequence[str] = ("cost", "expected loss", "worst 5 %"), *, levers: Sequence[str] | None = None,
    prices: Mapping[str, float | Price] | None = None, unseen: Sequence[Risk | EventRow] | None = None, since: int = 0,
    weights: Sequence[float] = WEIGHTS, chosen: Mapping[str, Any] | None = None, trials: int = 60, replications: int = 64, fresh: int = 256, seed: int | None = None, workers: int = 2,
    client: Client | None = None, engine: str = "processor", progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
    memory: Memory | None = None, screening: bool = False, **chain: Any,
) -> Recommendation:  # fmt: skip
    """Search the levers of a case for what to do about some risks.

    Parameters
    ----------
    case
        A case; none of its own events happens unless it is a risk.
    risks
        What may happen, with its probability [1/year].
    budget
        Most that may be spent [money/year]: on the price, and on price and running cost together.
        By default there is no limit.
    objectives
        Of "cost", "expected loss", "worst 5 %": what the search trades against each other.  Of the
        finalists that one is chosen that has the least cost and expected loss together; without
        "expected loss" among the objectives, the least worst 5 %.  With "worst 5 %" among them,
        none is chosen that makes the worst worse than it is with no lever moved.
    levers
        Names of the levers that may be moved; by default all of the case that can be: a lever that
        acts before an event (:data:`~twinkit.levers.lever.FORESEEN`) needs a risk with `notice`.
    prices
        Name of a lever → what it costs: money/year for each unit by which it is moved (of a share
        for 1 = 100 %), or a :class:`~twinkit.levers.lever.Price`.  Needed for levers whose cost is
        not in the tables; none is made up.  A lever is moved only in the direction that has a price:
        what is bought, and what is given up only where ``Price.given_up`` says what that costs.
    unseen
        Events that the answer is not tuned on, to stress it with; by default those of the case
        that are no risk.
    since
        First period in which levers are moved: stock that is built before an event that is known of
        (:func:`~twinkit.study.risks.since_before`) [period].
    weights
        How much a unit of money counts that is spent, that the risks cost on average, and that is lost
        in the worst 5 % of all occurrences, where "expected loss" is an objective: the choice among
        the finalists, and nothing else, hangs on them.
    chosen
        A set (name of a lever → value) that is looked at instead of the one that the search would
        choose, such as another finalist.
    trials
        Sets of levers that are tried, beyond each lever alone.
    replications, fresh
        Worlds of the search; worlds of the finalists and of the report.
    seed, workers, client, engine, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    memory
        What earlier searches of this very case object have found out
        (:class:`~twinkit.study.appraisal.Memory`): a search with other prices, probabilities or weights
        runs nothing twice.  By default it is kept with the case, unless `chain` has rules of one's own.
    screening
        Whether a few sets are tried instead of a search: soon, and only a first answer.
    progress
        Called as ``progress(batches done, batches in all)``; what is known already is not run
        again, so the end may come sooner.

    Raises
    ------
    CaseError
        If the case has problems, or risks, levers, prices, budget or numbers do not fit it; all at once.
    Cancelled
        If `cancel` was set.
    ImportError
        If Optuna is not installed.
    """
    require_sound(case)
    asked = _asked_for(case, risks, budget, objectives, levers, prices, unseen, since, weights, chosen)
    seed = int(case.settings["seed"] if seed is None else seed)
    told = Counter(progress, _batches(asked, trials, replications, fresh, screening))
    if memory is None and not chain:
        memory = case.derived(Memory)
    more = {"workers": workers, "client": client, "engine": engine, "cancel": cancel, **chain}
    by_name = {lever.name: lever for lever in levers_of(case, asked.prices) if lever.name in asked.prices}
    appraise = Appraiser(case, asked.risks, by_name, asked.prices, since, more, told.add, memory=memory)

    def look(sets: Sequence[Mapping[str, Any]]) -> list[Appraisal]:
        return appraise(sets, seed, replications)

    if screening:
        tried = screen(look, asked.levers, asked.budget)
    else:
        tried = search(look, asked.levers, asked.objectives, trials, asked.budget, seed)
    finalists = _finalists(tried, asked, FEW if screening else FINALISTS)
    again = appraise([f.levers for f in finalists], seed + FRESH, fresh)
    chosen = _chosen(again, asked) if asked.chosen is None else asked.chosen
    singles = {k: v for k, v in _singles(tried, chosen, asked).items() if not screening or k in chosen}
    without = {k: {n: v for n, v in chosen.items() if n != k} for k in chosen}
    sets = [{}, chosen, *({k: v} for k, v in singles.items()), *without.values()]
    base, best, *rest = appraise(sets, seed + LAST, fresh)
    verified = appraise([f.levers for f in finalists], seed + LAST, fresh)
    others = appraise([{}, chosen], seed + LAST, fresh, risks=asked.unseen) if asked.unseen else []
    told.finish()
    found = Recommendation(
        case=case, risks=asked.risks, levers=by_name, prices=asked.prices, budget=asked.budget,
        objectives=asked.objectives, since=since, seed=seed, replications=replications, fresh=fresh,
        tuned=[Tuned(a, values_of(a, asked.objectives)) for a in tried], finalists=list(zip(finalists, again, strict=True)), verified=verified,
        base=base, best=best, singles=dict(zip(singles, rest, strict=False)),
        without=dict(zip(without, rest[len(singles) :], strict=True)), unseen=asked.unseen, stressed=others, chain=chain,
        left_out=asked.left_out, weights=asked.weights, first=screening,
    )  # fmt: skip
    return remembered(
        found, "recommend", case=case, risks=asked.risks, budget=budget, objectives=asked.objectives, levers=list(by_name),
        prices=prices, unseen=asked.unseen, since=since, weights=asked.weights if asked.weights != WEIGHTS else None,
        chosen=asked.chosen, trials=trials, replications=replications, fresh=fresh, seed=seed, screening=screening or None, **chain,
    )  # fmt: skip


def advise(
    case: Case, risks: Sequence[Risk], *, fresh: int = 256, progress: Callable[[int, int], None] | None = None, **more: Any
) -> Iterator[Recommendation]:
    """A first answer soon, from few sets in few worlds, then the one that :func:`recommend` gives.

    Parameters
    ----------
    case, risks, fresh, progress, **more
        As for :func:`recommend`.

    Yields
    ------
    Recommendation
        The first one has ``first`` set, and was tested on no other event.

    Raises
    ------
    CaseError, Cancelled, ImportError
        As :func:`recommend` does.
    """
    soon = {**more, "replications": SOON, "fresh": min(SOON, fresh), "unseen": [], "screening": True}
    yield recommend(case, risks, progress=part_of(progress, 0.0, FIRST_PART), **soon)
    yield recommend(case, risks, fresh=fresh, progress=part_of(progress, FIRST_PART, 1 - FIRST_PART), **more)


@dataclass(frozen=True)
class _Asked:
    """What was asked for, checked; the range of a lever is what its price covers."""

    risks: list[Risk]
    levers: list[Lever]
    prices: dict[str, Price]
    budget: float
    objectives: tuple[str, ...]
    unseen: list[Risk]
    left_out: dict[str, str]
    weights: tuple[float, float, float] = WEIGHTS
    chosen: dict[str, Any] | None = None


def _batches(asked: _Asked, trials: int, replications: int, fresh: int, screening: bool) -> int:
    """Batches that are needed at most."""
    per_set = [len(asked.risks) * -(-n // 64) for n in (replications, fresh)]
    if screening:
        return (1 + len(asked.levers) + TOGETHER) * per_set[0] + (3 * FEW + 1) * per_set[1]
    last = 2 + 2 * len(asked.levers) + FINALISTS
    in_search = len(first_sets(asked.levers)) + trials
    return in_search * per_set[0] + (1 + FINALISTS + last) * per_set[1] + 2 * len(asked.unseen) * -(-fresh // 64)


def _finalists(tried: list[Appraisal], asked: _Asked, most: int) -> list[Appraisal]:
    """Sets within the budget that no other beats, the least total first; no lever moved is always among them."""
    within = [a for a in tried if a.spent <= asked.budget]
    on_front = front(np.array([values_of(a, asked.objectives) for a in within]))
    base = next(a for a in within if not a.levers)
    good = [a for a, on in zip(within, on_front, strict=True) if on and a.levers]
    good.sort(key=lambda a: (not _safe(a, base, asked), _merit(a, asked), a.price))
    return [base, *good[: most - 1]]


def _safe(appraisal: Appraisal, base: Appraisal, asked: _Asked) -> bool:
    """Whether the worst is no worse than with no lever moved, if anybody asked for the worst."""
    return "worst 5 %" not in asked.objectives or appraisal.worst <= base.worst


def _merit(appraisal: Appraisal, asked: _Asked) -> float:
    """What the choice among finalists looks at: the less, the better."""
    return weighed(appraisal, asked.weights) if "expected loss" in asked.objectives else appraisal.worst


def weighed(appraisal: Appraisal, weights: Sequence[float]) -> float:
    """What a set costs in all, with every part as heavy as a person says [money/year].

    The worst 5 % are those of an occurrence; times the occurrences in a year they are money a year too.
    """
    cost, loss, worst = weights
    often = float(appraisal.probabilities.sum())
    mean = float((cost * appraisal.cost + loss * appraisal.expected).mean())
    return mean + (worst * often * appraisal.worst if worst else 0.0)


def _chosen(again: list[Appraisal], asked: _Asked) -> dict[str, Any]:
    base = next(a for a in again if not a.levers)
    within = [a for a in again if a.spent <= asked.budget and _safe(a, base, asked)]
    return min(within, key=lambda a: (_merit(a, asked), a.price)).levers


def _singles(tried: list[Appraisal], chosen: Mapping[str, Any], asked: _Asked) -> dict[str, Any]:
    """Value at which each lever is looked at alone: that of the chosen set, else the best one tried alone."""
    found = {}
    for lever in asked.levers:
        alone = [a for a in tried if list(a.levers) == [lever.name]]
        best = min(alone, key=lambda a: _merit(a, asked))
        found[lever.name] = chosen.get(lever.name, best.levers[lever.name])
    return found


# --- what was asked for


def _asked_for(case, risks, budget, objectives, levers, prices, unseen, since, weights, given) -> _Asked:
    """All that is needed, or a :class:`CaseError` with everything that is wrong."""
    risks, problems = list(risks), []
    if not risks:
        problems.append(Problem(WHERE, None, "risks", "", "there are no risks", "Name one: Risk(event, probability)."))
    problems += risk_problems(case, risks, WHERE)
    others = _unseen(case, risks) if unseen is None else [r if isinstance(r, Risk) else Risk(r) for r in unseen]
    problems += risk_problems(case, others, WHERE, likely=False)
    try:
        Scenario("since", since=since).apply(case)
    except CaseError as error:
        problems += error.problems
    if budget is not None and not is_number(budget, 0, math.inf):
        problems.append(Problem(WHERE, None, "budget", shown(budget), "must be money a year, of 0 or more"))
    problems += strangers(WHERE, "objectives", objectives, OBJECTIVES, "is no objective", "Objectives")
    if not list(objectives):
        problems.append(Problem(WHERE, None, "objectives", "", "there are none", f"Choose of {listed(list(OBJECTIVES))}."))
    if len(weights) != len(WEIGHTS) or not all(is_number(w, 0, math.inf) for w in weights) or not any(weights):
        says = "must be three numbers of 0 or more, and not all 0: what is spent, lost on average, lost at worst"
        problems.append(Problem(WHERE, None, "weights", shown(list(weights)), says))
    chosen, priced, unpriced = priced_levers(case, levers, prices, WHERE)
    refuse(dict.fromkeys([*problems, *unpriced]))
    left_out = {lever.name: why for lever in chosen if (why := why_not(lever, priced[lever.name], risks))}
    open_to = [lever for lever in chosen if lever.name not in left_out]
    if left_out and (levers is not None or not open_to):
        hint = "Leave it out."
        raise CaseError([Problem(WHERE, None, "levers", name, f"cannot be looked at: {why}", hint) for name, why in left_out.items()])
    limit = math.inf if budget is None else float(budget)
    priced = {lever.name: priced[lever.name] for lever in open_to}
    ranges = {lever.name: lever.within(priced[lever.name]) or lever for lever in open_to}
    refuse(_wrong_set(given or {}, ranges))
    set_of = None if given is None else {k: v for k, v in given.items() if v is not None and v != ranges[k].start}
    return _Asked(
        risks, list(ranges.values()), priced, limit, tuple(dict.fromkeys(objectives)), others, left_out, tuple(map(float, weights)), set_of,
    )  # fmt: skip


def _wrong_set(given: Mapping[str, Any], ranges: Mapping[str, Lever]) -> list[Problem]:
    """What is wrong with a set that was given."""
    unknown = strangers(WHERE, "chosen", given, ranges, "is no lever that is looked at", "Levers")
    return unknown + [Problem(WHERE, None, "chosen", f"{n}: {shown(v)}", f"is out of what its price covers: {ranges[n].allowed}")
                      for n, v in given.items() if n in ranges and v is not None and not ranges[n].allows(v)]  # fmt: skip


def why_not(lever: Lever, price: Price, risks: Sequence[Risk]) -> str:
    """Why a lever is out of a search, or "": nobody can know in time, or there is nowhere to move it to.

    Parameters
    ----------
    lever, price
        The lever, and what it costs.
    risks
        What it is to help against.
    """
    if lever.foreseen and not any(with_notice({BUILT: 1.0}, r.notice) for r in risks):
        return (f"it needs to be known {lever.needs}, and none of these risks is known of {LEAST_AHEAD:g} days or more before it "
                "begins (Risk(…, notice=days) says so)")  # fmt: skip
    if price is AT_ONCE or lever.within(price) is None:
        other = "less" if lever.bought == "more" else "more"
        return f"there is no more of it to buy, and nobody has said what {other} of it costs or saves (Price(…, given_up=Price(…)))"
    return ""


def priced_levers(
    case: Case, levers: Sequence[str] | None, prices: Mapping[str, Any] | None, where: str
) -> tuple[list[Lever], dict[str, Price], list[Problem]]:
    """Levers by their names, what they cost, and what is wrong with either."""
    known = {lever.name: lever for lever in levers_of(case, [*(levers or ()), *(prices or {})])}
    problems = strangers(where, "levers", [*(levers or ()), *(prices or {})], known, "is no lever of the case", "Levers of the case")
    chosen = [known[n] for n in dict.fromkeys(known if levers is None else levers) if n in known]
    if not chosen and not problems:
        problems.append(Problem(where, None, "levers", "", "there are no levers to move"))
    found = {lever.name: lever.price for lever in chosen} | {n: price_of(p) for n, p in (prices or {}).items()}
    for lever in chosen:
        price = found[lever.name]
        if price is None:
            hint = f"Give prices={{{lever.name!r}: …}} in {case.settings['currency']} a year for {_unit(lever)}, or leave it out."
            problems.append(Problem(where, None, "prices", lever.name, "has no price in the case", hint))
        elif price.wrong():
            problems.append(Problem(where, None, "prices", lever.name, price.wrong()))
    return chosen, {k: v for k, v in found.items() if v is not None}, problems


def _unit(lever: Lever) -> str:
    if lever.flag:
        return "having it"
    return f"1 = 100 % {lever.bought}" if lever.unit == "share" else f"each of its {lever.unit} {lever.bought}"


def _unseen(case: Case, risks: Sequence[Risk]) -> list[Risk]:
    """Events of the case that are no risk."""
    used = {e if isinstance(e, str) else e.get("event") for r in risks for e in r.events}
    return [Risk(name) for name in case["events"]["event"] if name not in used]


