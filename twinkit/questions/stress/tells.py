"""What the answer of a stress test is made of; its columns are declared here, and nowhere else."""

from __future__ import annotations

import math
from functools import partial

from twinkit.answers import CENSORED, about, answer_first, drawing_of, network_picture, worlds_words
from twinkit.questions.stress.result import AS_IT_IS, FEWEST, NOT, WHATEVER, StressTest, at_best, recovery
from twinkit.result import Answer, Block, Fact, Facts, Heading, Next, Picture, Shown, Table, led
from twinkit.study.asked import asked_of, cases_of
from twinkit.words import amount, cell, digits, interval, percent, times

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
    money, many, end = settings["currency"], test.period(), test.plan.periods - test.start
    found = [
        Shown("target", "target", "what was knocked out, alone, while all else works"),
        Shown("kind", "kind", "site, lane, country or port", page=False),
        Shown("tier", "tier", "tier of the site; 0 sells to customers", "-", page=False),
        Shown("country", "country", "country of the target", page=False),
        Shown("time_to_recover", "out for", f"time to recover: how long the target is out [{many}]; an input", "periods", (), times),
        Shown("risk", "at risk", RISK_MEANS, write=lambda risk: f"{MARKS[risk]} {risk}"),
        Shown("time_to_survive_timed", "lasts at best", f"{LASTS_AT_BEST} [{many}]", "periods", (), lasts),
        Shown("time_to_survive", "without lead times", f"the same if goods took no time on the way (Simchi-Levi et al. 2014) [{many}]", "periods", (), lasts, page=False),
        Shown("lost_margin", "lost margin", "margin lost in the simulation because of the outage, against the same worlds without it: mean of the differences", money, ("low", "high"), page=not test.waits),
        Shown("lost_profit_timed", "least loss", "least profit that is lost, whatever is done, with lead times (linear programme over periods); the simulation can only be worse", money, page=False),
        Shown("lost_anyway_timed", "least loss with nothing out", "of the least loss, what is lost with nothing out", money, page=False),
        Shown("lost_profit", "least loss without lead times", "least loss if goods took no time on the way, during the outage (linear programme, Simchi-Levi et al. 2015)", money, page=False),
        Shown("lost_anyway", "lost without it", "margin that the same worlds lose without the outage", money, page=False),
        Shown("extra_cost", "extra cost", "holding, backlog and expediting on top, against the same worlds without the outage", money, ("extra_low", "extra_high"), page=test.waits),
        Shown("depth", "depth", "least service level / that of the same world without the outage, mean over the worlds", "share", page=False),
        Shown("fails", "service fails", "share of the worlds in which service falls below the failure level", "share", page=False),
        Shown("recovered_after", "back after", f"median time from the first failure until service is back for good [{many}]; > x where it was not back by the end of the run", "periods", (), partial(back, longest=end), page=not test.waits),
        Shown("censored", "not back", "share of the worlds in which service was not back by the end of the run", "share", page=False),
        Shown("spend", "spend", "value of the mean flow that leaves the target in a year", f"{money}/year"),
        Shown("spend_share", "share of sales", "the spend as a share of the value sold in a year", "share", page=False),
        Shown("exposure", "exposure", "risk exposure index: lost margin / the largest lost margin", "share", page=False),
    ]  # fmt: skip
    if test.likelihood:
        found += [Shown("likelihood", "times a year", "how often it happens, as it was given [1/year]", "-"),
                  Shown("expected_loss", "expected loss", "likelihood × lost margin", f"{money}/year")]  # fmt: skip
    rows = test.table()
    said = {name: rows[name].astype("string").fillna("").str.strip().ne("").any() for name in ("tier", "country")}
    return [c for c in found if said.get(c.name, True)]


def lasts(periods: float) -> str:
    """How long it can be survived; infinite: for as long as the run shows."""
    return "as long as the run shows" if math.isinf(periods) else digits(periods)


def back(periods: float, longest: float = math.inf) -> str:
    """When service is back for good."""
    return times(periods, longest) if periods else "service holds"


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
        Heading("Target by target"), table_of(test), *_closer(test)[:CLOSER],
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


def _closer(test: StressTest) -> list[Next]:
    """The way to a closer look at each, in the order of the table."""
    return [Next(f"What if we lose {row.target}?", "loss", {"target": row.target, "duration": row.time_to_recover}) for row in test.table().itertuples()]


def _matrix(test: StressTest) -> Table:
    frame = test.matrix().reset_index()
    share = "lost margin as a share of a year's margin"
    columns = [Shown("likelihood", "likelihood", "how often it happens in a year, as it was given"),
               *(Shown(name, str(name), f"{name} consequence: {share}", write=cell) for name in frame.columns[1:])]  # fmt: skip
    return Table.of(frame, columns, "Targets by likelihood and consequence", "risk matrix table")
