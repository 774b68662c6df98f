"""Stress test: every site (lane, country, port) is knocked out in turn, in the linear programmes and in the simulation.

The programmes say what is lost at least, whatever is done, and for how long customers
notice nothing (Simchi-Levi et al. 2014, 2015): one in which goods take no time on the way
(:mod:`twinkit.inventory.time_to_survive`) and one over periods, with lead times
(:mod:`twinkit.inventory.time_expanded`).  The simulation says what is lost with the
policies and luck of the chain.  It can only be worse: `network.py` beside this
says why, and what is compared.  Only what both let pass is not at risk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from twinkit.answers import CENSORED, about, answer_first, drawing_of, network_picture, worlds_words
from twinkit.capabilities.hazards.tables import how_often
from twinkit.code import Applied
from twinkit.inventory.time_to_survive import performance_impact, time_to_survive
from twinkit.question import Call, Input, Question, View, register
from twinkit.questions.stress.network import Standing, standing
from twinkit.questions.stress.result import (
    AS_IT_IS,
    EXTRA,
    FEWEST,
    NOT,
    PLURALS,
    WHATEVER,
    Floor,
    Knock,
    StressTest,
    advice_about,
    at_best,
    recovery,
    second_source_of,
)
from twinkit.result import Answer, Block, Fact, Facts, Heading, Next, Picture, Shown, Table, led
from twinkit.run.engines import Counter, stop_if
from twinkit.run.ensemble import BATCH, batches, outage_plans
from twinkit.run.outcome import Outcome
from twinkit.run.public import study
from twinkit.run.scenario import Scenario
from twinkit.study.asked import asked_of, cases_of, remembered
from twinkit.study.at_risk import AT_RISK, CUSTOMER, lost_columns, taken_of, worst_of
from twinkit.study.targets import DAYS, WHERE, Target, targets_of, time_of, used_targets, usual_start
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.problems import Problem, did_you_mean, is_number, is_whole, listed, refuse, shown
from twinkit.words import amount, cell, digits, interval, percent, period_word, times

if TYPE_CHECKING:
    from dask.distributed import Client

LASTS_AT_BEST = ("Longest outage that customers notice neither in it nor later, at best: all stock and capacity is put to the best "
                 "use by somebody who knows everything in advance, and goods take their time on the way (linear programme over periods, "
                 "Simchi-Levi et al. 2015). In practice it is never longer.")  # fmt: skip
RISK_MEANS = ("“Whatever is done”: it is out for longer than even the best response can bridge. “As it is run”: the best response could "
              "bridge it, but in the simulation, with the chain's own policies, customers go without. “No”: the programmes and the "
              "simulation both let it pass.")  # fmt: skip
MARKS = {WHATEVER: "▲", AS_IT_IS: "△", NOT: "✓"}
"""At risk or not, as a sign that needs no colour."""
CLOSER = 3
"""Targets of which a closer look is offered below the table; of the others, once their row is chosen."""
HIDDEN = "spend among the lower half of the targets, lost margin among the upper quarter and clearly above 0"


def columns_of(test: StressTest) -> list[Shown]:
    """The columns of the table of targets; those that say nothing here are left out."""
    settings = test.plan.case.settings
    money, many = settings["currency"], test.period()
    found = [
        Shown("target", "target", "what was knocked out, alone, while all else works"),
        Shown("kind", "kind", "site, company, lane, country or port", page=False),
        Shown("tier", "tier", "tier of the site; 0 sells to customers", "-", page=False),
        Shown("country", "country", "country of the target", page=False),
        Shown("company", "company", "company that runs the site", page=False),
        Shown("time_to_recover", "out for", f"time to recover: how long the target is out [{many}]; an input", "periods", (), times),
        Shown("risk", "at risk", RISK_MEANS, write=lambda risk: f"{MARKS[risk]} {risk}"),
        Shown("time_to_survive_timed", "lasts at best", f"{LASTS_AT_BEST} [{many}]", "periods", (), lasts),
        Shown("time_to_survive", "without lead times", f"the same if goods took no time on the way (Simchi-Levi et al. 2014) [{many}]", "periods", (), lasts, page=False),
        Shown("lost_margin", "lost margin", "margin lost in the simulation because of the outage, against the same worlds without it: mean of the differences", money, ("low", "high"), page=not test.waits),
        Shown("lost_profit_timed", "least loss", "least profit that is lost, whatever is done, with lead times (linear programme over periods); the simulation can only be worse", money, page=False),
        Shown("lost_anyway_timed", "least loss with nothing out", "of the least loss, what is lost with nothing out", money, page=False),
        Shown("lost_profit", "least loss without lead times", "least loss if goods took no time on the way, during the outage (linear programme, Simchi-Levi et al. 2015)", money, page=False),
        Shown("lost_anyway", "lost without it", "margin that the same worlds lose without the outage", money, page=False),
        Shown("revenue", "revenue at risk", AT_RISK, money, ("revenue low", "revenue high"), page=False),
        Shown("extra_cost", "extra cost", "holding, backlog and expediting on top, against the same worlds without the outage", money, ("extra_low", "extra_high"), page=test.waits),
        Shown("depth", "depth", "least service level / that of the same world without the outage, mean over the worlds", "share", page=False),
        Shown("fails", "service fails", "share of the worlds in which service falls below the failure level", "share", page=False),
        Shown("recovered_after", "back after", f"median time from the first failure until service is back for good [{many}]; > x where it was not back by the end of the run", "periods", row=partial(back, level=settings["failure_level"]), page=not test.waits),
        Shown("watched", "watched for", f"the same, counted to the end of the run where service was not back by then: a least time [{many}]", "periods", (), times, page=False),
        Shown("censored", "not back", "share of the worlds in which service was not back by the end of the run", "share", page=False),
        Shown("spend", "spend a year", "value of the mean flow that leaves the target in a year", money, page=not test.likelihood),
        Shown("spend_share", "share of sales", "the spend as a share of the value sold in a year", "share", page=False),
        Shown("exposure", "exposure", "risk exposure index: lost margin / the largest lost margin", "share", page=False),
    ]  # fmt: skip
    if test.likelihood:
        found += [Shown("likelihood", "times a year", f"how often it happens [1/year]: as it was given{', else by the table of hazards: what may happen there, added up' * bool(test.by_table)}", "-", page=False),
                  *([Shown("hazards", "because of", "what the table of hazards says may happen there, the most frequent first", page=False)] if test.by_table else []),
                  Shown("expected_loss", "expected loss", "times a year × lost margin: what it costs in a year on average", money)]  # fmt: skip
    rows = test.table()
    said = {name: rows[name].astype("string").fillna("").str.strip().ne("").any() for name in ("tier", "country", "company")}
    return [c for c in found if said.get(c.name, True)]


def lasts(periods: float) -> str:
    """How long it can be survived; infinite: for all of the run."""
    return "the whole run" if math.isinf(periods) else digits(periods)


def back(row: Mapping[str, Any], level: float) -> str:
    """When service is back for good: more than it was watched for since it failed, where it is not by the end of the run."""
    return times(row["recovered_after"], row["watched"]) if row["recovered_after"] else f"stays above {percent(level)}"


def table_of(test: StressTest) -> Table:
    """Every target, the largest loss first."""
    return Table.of(test.table().drop(columns="at_risk"), columns_of(test),
                    f"Targets, the worst first; times in {test.period()}", "targets", leads=_closer(test))  # fmt: skip


def tell(test: StressTest) -> Answer:
    """What a stress test says."""
    asked = asked_of(test)
    case = next(iter(cases_of(asked)), test.plan.case)
    seed = asked.arguments.get("seed") if asked else None
    told = about(case, Knocked_out=f"{len(test.knocks)} targets{f' of {test.total}' * test.partial}, from {test.period(1)} {test.start} on",
                 Worlds=f"{test.replications:,} for each", Seed=seed)  # fmt: skip
    blocks: list[Block] = [
        Heading("In short"), *led(answer_first(test.sentences())), _facts(test),
        Heading("Target by target"), table_of(test), *(way for ways in _closer(test)[:CLOSER] for way in ways), *_customers(test),
        Picture(drawing_of("survival_chart", test), caption="Time to survive against time to recover, the most urgent first.", name="survival"),
        Picture(drawing_of("exposure_scatter", test), caption="What is bought through a target against what its loss costs.", name="exposure"),
        Heading("Likelihood and consequence"),
        Picture(drawing_of("risk_matrix", test), caption="Names of the targets, by how often and how much.", name="risk matrix"), _matrix(test),
        Heading("The network"), network_picture(test.plan),
    ]  # fmt: skip
    method = [
        "Every target was knocked out alone, for its time to recover; demand, delays and yields are those of the same worlds "
        "without the outage.",
        *([worlds_words(seed, 0, test.replications)] if seed is not None else []),
        "The linear programmes say what is lost at least and how long customers notice nothing, by the best response of somebody who "
        "knows everything in advance (Simchi-Levi et al. 2014, 2015), with the lead times of the chain and without; the simulation adds "
        "policies and luck, and can only be worse. Not at risk is what both let pass.",
        CENSORED,
    ]  # fmt: skip
    return Answer(f"Stress test{' (not all tested yet)' * test.partial}: {case.settings.get('title') or case.name}", blocks, told, method, case)


def _facts(test: StressTest) -> Facts:
    rows, money, word = test.table(), test.plan.case.settings["currency"], test.period()
    risky, late = test.at_risk(), int((rows["risk"] == WHATEVER).sum())
    meaning = {c.name: c.meaning for c in columns_of(test)}
    found = [Fact(
        "targets at risk", f"{len(risky)} of {len(rows)}", f"{late} whatever is done, {len(risky) - late} as the chain is run", RISK_MEANS,
        "worse" if len(risky) else "better",
        [RISK_MEANS, *(f"{MARKS[r.risk]} {r.target}: out for {r.time_to_recover:g} {word}, bridged at best: {lasts(r.time_to_survive_timed)}" for r in risky.itertuples())],
    )]  # fmt: skip
    if len(risky) and (top := risky.iloc[0])["gap"] > 0:
        found.append(Fact(
            f"longest time without goods [{word}]", digits(top["gap"]), f"{top['target']}, by the best response", "out for so much longer than customers can be served, at best", "worse",
            [f"Without {top['target']} customers can be served for {lasts(top['time_to_survive_timed'])} {word} at best, and it takes {top['time_to_recover']:g} until it works "
             "again. The time to recover is an input: give a shorter one to see what that would change."],
        ))  # fmt: skip
    cost, low, high, label = ("extra_cost", "extra_low", "extra_high", "largest extra cost") if test.waits else ("lost_margin", "low", "high", "largest lost margin")
    worst = rows.loc[rows[cost].idxmax()]
    clear = worst[low] > 0
    found.append(Fact(
        label, amount(worst[cost], money) if clear else "none clear", f"{worst['target']}; {interval(worst[low], worst[high], money)}" if clear else "",
        meaning[cost], "worse" if clear else "", [*at_best(worst, money), f"{recovery(test, worst).capitalize()}."] if clear and not test.waits else (),
    ))  # fmt: skip
    hidden = test.hidden_critical()
    if not test.waits and len(rows) >= FEWEST:
        found.append(Fact(
            "cheap and deadly", f"{len(hidden)} of {len(rows)}", "targets that a look at spend would miss", HIDDEN, "",
            [f"{r.target}: {amount(r.spend, money)} a year pass it ({percent(r.spend_share, 2)} of what is sold); its loss costs {amount(r.lost_margin, money)}" for r in hidden.itertuples()],
        ))  # fmt: skip
    return Facts(found)


def _years(likelihood: float) -> float | None:
    """Once in how many years, in three figures."""
    return float(f"{1.0 / likelihood:.3g}") if 0 < likelihood <= 1 else None


def _closer(test: StressTest) -> list[tuple[Next, ...]]:
    """The way to a closer look at each, and to a second source for it, in the order of the table."""
    case = next(iter(cases_of(asked_of(test))), test.plan.case)
    found = []
    for row in test.table().itertuples():
        asked = {"target": row.target, "duration": row.time_to_recover}
        found.append((Next(f"What if we lose {row.target}?", "loss", asked), *second_source_of(case, row.target, row.kind, asked),
                      *advice_about(row.kind, row.target, row.time_to_recover, _years(getattr(row, "likelihood", math.nan)))))  # fmt: skip
    return found


def _customers(test: StressTest) -> list[Block]:
    """What is at risk by customer and product: the loss that takes most from each; of every loss in the workbook."""
    columns, one = lost_columns(test.plan, "lost sales"), test.period(1)
    if not columns or not all(k.taken for k in test.knocks):
        return []
    all_of_them = test.by_customer()
    target = Shown("target", "worst to lose", "the target whose loss takes most from them")
    many = Shown("targets", "of so many", f"targets whose loss clearly takes something from them; each alone, out from {one} {test.start} on", "-", page=False)
    return [
        Heading("What is at risk, by customer and product"),
        Table.of(worst_of(all_of_them), [*CUSTOMER, *columns, target, many], "The loss that takes most from each; in the last row from all together", "at risk"),
        Table.of(all_of_them, [target._replace(label="target", meaning="what was knocked out"), *CUSTOMER, *columns],
                 "Every target by customer and product; the rows of a target add up to its last one", "at risk by target", on_page=False),
    ]  # fmt: skip


def _matrix(test: StressTest) -> Table:
    frame = test.matrix().reset_index()
    share = "lost margin as a share of a year's margin"
    columns = [Shown("likelihood", "likelihood", "how often it happens in a year, as it was given"),
               *(Shown(name, str(name), f"{name} consequence: {share}", write=cell) for name in frame.columns[1:])]  # fmt: skip
    return Table.of(frame, columns, "Targets by likelihood and consequence", "risk matrix table")


# --- the study


AT_ONCE = 128
"""Most targets that are made ready together; they share their undisturbed worlds, and their plans fill the memory."""
A_FEW = 6
"""Targets that are made ready together first where somebody waits for them; then twice as many, and so on."""
WHAT = {"sites": "every site", "suppliers": "every supplier", "companies": "every company, with all its sites", "lanes": "every lane", "countries": "every country", "ports": "every port", "machines": "every station of a production line, with all its machines"}
"""What is knocked out → the same in words."""


@study
def stress_test(
    case: CaseLike, what: str | Sequence[Any] = "sites", *, duration: float | None = None, start: int | None = None,
    replications: int = 64, likelihood: Mapping[Any, float] | None = None, seed: int | None = None,
    client: Client | None = None, workers: int = 2, engine: str = "processor", progress: Callable[[int, int], None] | None = None,
    cancel: Event | None = None, **chain: Any,
) -> StressTest:  # fmt: skip
    """Knock out every target in turn.

    Parameters
    ----------
    case
        A case; what it has scheduled happens in every world, with the outage and without.
    what
        "sites" (all that keep stock), "suppliers" (those of them that are), "companies" and
        "countries" (all sites of one at once), "lanes" (origin to destination, all products and
        modes), "ports", or a list of names; a lane
        is named by ("origin", "destination").  Targets through which nothing flows are
        left out.
    duration
        How long each is out [periods]; by default its ``time_to_recover``, of a company or a
        country the longest of its sites.  Lanes have none, so they need a duration.
    start
        First period of the outages; by default a sixth of the run is over, and the warm-up.
    replications
        Worlds of each outage; all see the same luck.
    likelihood
        Name of a target → how often it happens [1/year], in place of what the table of hazards says; where neither
        says anything, the matrix of risk has consequences only.
    seed, client, workers, engine, cancel, **chain
        As for :func:`~twinkit.run.ensemble.batches`.
    progress
        Called as ``progress(batches done, batches in all)``.

    Raises
    ------
    CaseError
        If the case has problems, or targets, times or likelihoods do not fit it; all at once.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> import twinkit
    >>> from twinkit.questions.stress import stress_test
    >>> case = twinkit.example("automotive")
    >>> found = stress_test(case, ["Assembly Leipzig"], replications=2)
    >>> found.at_risk()[["time_to_survive", "time_to_survive_timed"]].round(1).to_numpy().tolist()
    [[4.7, 2.0]]
    """
    *_, found = stress_parts(case, what, few=AT_ONCE, duration=duration, start=start, replications=replications, likelihood=likelihood, seed=seed,
                             client=client, workers=workers, engine=engine, progress=progress, cancel=cancel, **chain)  # fmt: skip
    return found


def stress_parts(
    case: Case, what: str | Sequence[Any] = "sites", *, few: int = A_FEW, duration: float | None = None, start: int | None = None,
    replications: int = 64, likelihood: Mapping[Any, float] | None = None, seed: int | None = None,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None, engine: str = "processor", **more: Any,
) -> Iterator[StressTest]:  # fmt: skip
    """What is known of a stress test after every few targets, those that are out longest first; the last has them all.

    Parameters
    ----------
    few
        Targets of the first part; a part has as many again as all before it.
    case, what, duration, start, replications, likelihood, seed, progress, cancel, engine, **more
        As for :func:`stress_test`.

    Raises
    ------
    CaseError, Cancelled
        As :func:`stress_test`.
    """
    targets, start, problems = _asked_for(case, what, duration, start, likelihood)
    refuse(problems)
    start, seed = int(start), int(case.settings["seed"] if seed is None else seed)
    run = {"seed": seed, "cancel": cancel, **more}
    asked = {"duration": duration, "start": start, "replications": replications, "seed": seed,
             **{k: v for k, v in more.items() if k not in ("client", "workers")}}  # fmt: skip
    told = Counter(progress, (1 + len(targets)) * -(-replications // BATCH))
    table = {t.name: often for t in targets if (often := how_often(case, t.sites))}
    likely = likelihood or {}
    said = {t.name: likely.get(t.name, likely.get(t.lane) if t.lane[0] else None) for t in targets}
    own = {k: often.rate for k, often in table.items()} | {k: v for k, v in said.items() if v is not None}
    by_table = {k: often for k, often in table.items() if said[k] is None}
    before, key = case.derived(_tested), (repr(what), duration, start, replications, seed)
    plain = engine == "processor" and set(more) <= {"client", "workers"}
    if plain and key in before:  # another likelihood needs no other run
        yield remembered(replace(before[key], likelihood=own, by_table=by_table), "stress_test", case=case, what=what, likelihood=likelihood, **asked)
        return
    calm = standing(case, replications, start=start, tell=told.add, **run)
    survives = time_to_survive(calm.network, demand=calm.demand(max(t.whole_periods for t in targets)))
    knocks: list[Knock] = []
    for here in _lots(targets, few):
        scenarios = [target.scenario(start) for target in here]
        runs: dict[str, list[Outcome]] = {s.name: [] for s in scenarios}
        with ThreadPoolExecutor(1) as beside:  # the programmes are solved beside the runs
            floors = beside.submit(lambda some: [_floor(calm, target, cancel) for target in some], here)
            made = batches(case, scenarios, replications, detail="kpis", plans=outage_plans, engine=engine, **run)
            for outcome in made:
                runs[outcome.scenario].append(outcome)
                told.add(-(-outcome.replications // BATCH))
            knocks += [_knock(t, runs.pop(t.name), f, calm) for t, f in zip(here, floors.result(), strict=True)]
        found = StressTest(calm.plan, start, replications, list(knocks), survives, own, len(targets), by_table)
        partly = [k.target.lane if k.target.kind == "lane" else k.target.name for k in knocks]
        yield remembered(found, "stress_test", case=case, what=partly if found.partial else what,
                         likelihood={k: v for k, v in own.items() if k in {x.target.name for x in knocks} - set(by_table)} if found.partial else likelihood, **asked)  # fmt: skip
    if plain:
        before.clear()
        before[key] = found


def _tested(case: Case) -> dict[tuple, StressTest]:
    """Where the last test of a case is kept."""
    return {}


def _lots(targets: list[Target], few: int) -> Iterator[list[Target]]:
    """Targets in lots, first of so many, then of as many as before, those that are out longest first."""
    order, at = sorted(targets, key=lambda t: -t.periods), 0
    while at < len(order):
        size = min(max(few, at), AT_ONCE)
        yield order[at : at + size]
        at += size


def _floor(calm: Standing, target: Target, cancel: Event | None) -> Floor:
    """What the programmes say of a target."""
    stop_if(cancel)
    net, periods = calm.plan.net, target.whole_periods
    out = np.concatenate([target.lanes(net), target.recipes(calm.plan.case, net)])  # the lanes of the network come first, then the recipes
    flows = [calm.network.flows[i].name for i in np.flatnonzero(out)]
    lost, demand = flows or list(target.sites), calm.demand(periods)
    impact = performance_impact(calm.network, periods, lost, demand=demand)
    survives = time_to_survive(calm.network, lost, demand=demand)
    over = calm.over_periods
    lasts = min(over.survives(lost, survives, periods), survives)
    return Floor(survives, impact, lasts, over.impact(lost, periods), over.lost_anyway)


def _knock(target: Target, parts: list[Outcome], floor: Floor, calm: Standing) -> Knock:
    """What the simulation says of a target, world by world, beside the programmes."""
    parts.sort(key=lambda o: o.first)

    def joined(values: Callable[[Outcome], np.ndarray]) -> np.ndarray:
        return np.concatenate([values(o) for o in parts])

    def extra(costs: Mapping[str, np.ndarray]) -> np.ndarray:
        return sum(costs[part] for part in EXTRA)

    lost = joined(lambda o: o.costs["lost margin"])
    calm_lost = joined(lambda o: o.calm_costs["lost margin"])
    return Knock(
        target, floor, target.spend(calm.plan), lost - calm_lost, calm_lost,
        joined(lambda o: extra(o.costs) - extra(o.calm_costs)), joined(lambda o: o.kpis["depth"]),
        joined(lambda o: o.kpis["time to recover"]), joined(lambda o: o.failed), joined(lambda o: o.censored),
        joined(lambda o: o.calm_kpis["revenue"] - o.kpis["revenue"]), taken_of(parts),
    )  # fmt: skip


# --- as a question


@register
class StressQuestion(Question):
    """Every site, lane, country or port is knocked out in turn."""

    key, title = "stress", "How long do we last?"
    asks = "What does it cost to lose each site, lane or country, and how long can it be survived?"
    group, audience, order = "What may happen", "everybody who decides", 20
    kinds = (StressTest,)
    views: ClassVar = {"stakeholder": View(
        inputs=("what", "duration", "likelihood"), without=("risk matrix table", "The network"),
        words={"what": "What is lost, one at a time?", "duration": "Each is out for"},
    )}  # fmt: skip

    what = Input("", "one at a time, while all else works", title="Knock out", start="sites", kind="text", words=WHAT)
    duration = Input("periods", "how long each is out; empty: its own time to recover, as the table sites says", start=None, low=0.5)
    worlds = Input("", "replications of each outage; more make the intervals narrower", start=64, low=1, kind="whole")
    since = Input("period", "first period of the outages; empty: a sixth of the run is over, and the warm-up", title="From period", start=None, low=0, kind="whole")
    only = Input("", "what is knocked out", title="Only these", start=[], kind="names", group="Only some of them (none chosen: all)", folded=True)
    likelihood = Input("1/year", "how often it happens: once in 20 years is 0.05 a year; where nothing is said, what the table of hazards says; without either, targets are ranked by consequence",
                       title="Times a year", group="How often it happens, if you know", start={}, low=0, kind="numbers", folded=True)  # fmt: skip

    def _of_kind(self, what: str) -> list[Target]:
        return used_targets(self.ground.case).get(what, [])

    def _timed(self, what: str) -> list[Target]:
        """Targets of a kind that have a time to recover of their own; a country needs one of each of its sites."""
        case = self.ground.case
        sites = case["sites"]
        lacking = set(sites.loc[sites["time_to_recover"].isna(), "site"]) & {t.name for kind in ("sites", "ports") for t in self._of_kind(kind)}
        return [t for t in self._of_kind(what) if time_of(case, t) is not None and not lacking & set(t.sites)]

    def begins(self) -> dict[str, Any]:
        what = next((kind for kind in WHAT if self._of_kind(kind)), "sites")
        return {"what": what, "duration": self._usual(what)}

    def _usual(self, what: str) -> float | None:
        """How long each is out if nobody has said so: its own time, if any has one."""
        room = int(self.ground.case.settings["periods"]) - usual_start(self.ground.case)
        return None if self._timed(what) else min(DAYS, float(room))

    def follow(self, name: str) -> None:
        if name == "what":
            self.only, self.likelihood = [], {}
            if self.duration is None or self._timed(self.what):
                self.duration = self._usual(self.what)

    def standing(self) -> dict[str, Input]:
        inputs, word = self.asked_for(), f"{period_word(self.ground.case.settings)}s"
        return {**inputs, "duration": inputs["duration"].but(unit=word)}

    def targets(self) -> list[Target]:
        """What is knocked out: those that were chosen, or all that have a time for which they are out."""
        known = self._of_kind(self.what)
        if self.only:
            return [t for t in known if t.name in self.only]
        return (self._timed(self.what) or known) if self.duration is None else known

    def options(self, name: str) -> dict[str, str]:
        if name == "what":
            return {k: f"{v} ({len(self._of_kind(k))})" for k, v in WHAT.items() if self._of_kind(k)} or dict(WHAT)
        if name in ("only", "likelihood"):
            return {t.name: t.name for t in ((self.targets() if name == "likelihood" else []) or self._of_kind(self.what))}
        return super().options(name)

    def _asked(self) -> dict[str, Any]:
        """What the study is asked, but for its size."""
        targets = self.targets()
        all_of_them = len(targets) == len(self._of_kind(self.what))
        what = self.what if all_of_them else [t.lane if t.kind == "lane" else t.name for t in targets]
        return {"what": what, "duration": self.duration, "start": self.since, "likelihood": dict(self.likelihood)}

    def check(self) -> list[str]:
        """What the study refuses."""
        if self.misnamed():
            return []
        return [str(problem) for problem in _asked_for(self.ground.case, **self._asked())[2]]

    def notes(self) -> list[str]:
        scenario, targets, moved = self.ground.scenario, self.targets(), ""
        if scenario.levers:
            moved = " with the levers of the scenario moved from the start"
        begins = usual_start(self.ground.case) if self.since is None else self.since
        one = {many: single for single, many in PLURALS.items()}.get(self.what, "")
        said = [f"{len(targets)} {self.what if len(targets) > 1 else one} through which goods may flow{moved}, one at a time, from {period_word(self.ground.case.settings)} {begins} on."] if targets else []
        left = len(self._of_kind(self.what)) - len(targets)
        if left and not self.only:
            said.append(f"{left} of {left + len(targets)} {self.what} have no time to recover in the tables and are left out: say how long each is out to see them too.")
        return said + [f"The events of “{scenario.name}” do not happen in a stress test."] * bool(scenario.events)

    def call(self) -> Call:
        case, scenario = self.ground.case, self.ground.scenario
        moved = Applied(case, Scenario(scenario.name, (), dict(scenario.levers))) if scenario.levers else case
        asked = self._asked()
        often = asked.pop("likelihood") or None
        return Call(stress_test, case=moved, seed=self.ground.seed, **asked, replications=self.worlds, likelihood=often).partly(stress_parts)

    tell = staticmethod(tell)


# --- what was asked for


def _asked_for(
    case: Case, what: Any, duration: float | None, start: int | None, likelihood: Mapping[Any, float] | None
) -> tuple[list[Target], int, list[Problem]]:
    """Targets, start of the outages, and everything that is wrong."""
    targets, problems = targets_of(case, what, duration)
    periods, warm = int(case.settings["periods"]), int(case.settings["warm_up"])
    begins = usual_start(case) if start is None else start
    if not is_whole(begins, warm, periods - 1):
        says = f"must be a whole number from {warm} to {periods - 1}: a period of the run after its warm-up"
        problems.append(Problem(WHERE, None, "start", shown(start), says, "Leave it out to have one chosen."))
    else:
        problems += _too_long(targets, int(begins), periods)
    problems += _wrong_likelihoods(targets, likelihood or {})
    return targets, begins, list(dict.fromkeys(problems))


def _too_long(targets: list[Target], start: int, periods: int) -> list[Problem]:
    """Outages that are not over when the run ends: what is lost after it would not be counted."""
    late = [t for t in targets if start + t.periods > periods]
    if not late:
        return []
    end = start + max(t.whole_periods for t in late)
    says = f"the run ends in period {periods}, before an outage that begins in period {start} is over: "
    hint = f"Let the case run for {end} periods at least, or give an earlier start or a shorter duration."
    return [Problem("settings", None, "periods", "", says + listed([t.name for t in late]), hint)]


def _wrong_likelihoods(targets: list[Target], likelihood: Mapping[Any, float]) -> list[Problem]:
    known = {t.name for t in targets} | {t.lane for t in targets if t.lane[0]}
    problems = []
    for name, value in likelihood.items():
        text = " to ".join(name) if isinstance(name, tuple) else shown(name)
        if targets and name not in known:
            hint = did_you_mean(text, [t.name for t in targets], "Name targets that are knocked out.")
            problems.append(Problem(WHERE, None, "likelihood", text, "is not among the targets", hint))
        if not is_number(value, 0):
            says = f"has the likelihood {shown(value)}: must be a number of 0 or more [1/year]"
            problems.append(Problem(WHERE, None, "likelihood", text, says))
    return problems
