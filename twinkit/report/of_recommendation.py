"""The report of a recommendation."""

from __future__ import annotations

import math

import pandas as pd

from twinkit.answers import SAME_LUCK, about, drawing_of
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Table, led
from twinkit.study.recommendation import LAST, Recommendation
from twinkit.words import INTERVAL, SPAN, amount, interval, sure

MEANINGS = {
    "action": "lever, and from where to where it is moved", "from": "where it stands now",
    "needs": "what somebody who takes this measure must know, and when",
    "pays": "above: it pays where the risk is likelier than that; below: it makes the risk worse and pays only where that is rarer; always, never: whatever its probability",
    "lever": "name of the lever", "value": "value that it is moved to",
    "chosen": "whether it is part of what is recommended", "price": "what it costs a year, as it was given",
    "cost": "price, and what a run costs more because of it without an event",
    "saved": "expected loss (probability × loss, over all risks) that it saves", "gain": "saved less cost",
    "worst_saved": "what it takes off the mean of the worst 5 % of the losses",
    "better": "share of the worlds in which it gains", "adds": "what the chosen set gains less what it gains without this action",
    "pays_up_to": "largest price at which it pays", "when it pays": "how often the risks must happen for it to pay, other things equal",
    "factor": "factor on the probabilities of all risks at which it stops paying",
    "risk": "what may happen", "probability": "how likely it is in a year, as it was given",
    "break_even": "probability at which the action stops paying; below 0: it pays even if this never happens; above 1: never",
    "set": "levers and values", "expected loss": "Σ probability × mean loss over all risks",
    "worst 5 %": "mean of the largest losses that hold 5 % of the weight", "total": "cost and expected loss together",
    "within": "whether it keeps to the budget", "beaten": "whether another set is better in every objective",
    "event": "an event that nothing was tuned on", "loss_as_is": "what it costs with no lever moved", "loss": "what it costs with the set",
    "censored": "share of the worlds in which service was not back by the end of the run",
    SPAN: INTERVAL,
}  # fmt: skip


def built(found: Recommendation) -> Answer:
    """What is particular to the report of a recommendation."""
    case = found.case
    limit = "none" if math.isinf(found.budget) else amount(found.budget, f"{found.currency}/year")
    told = about(
        case, Risks="; ".join(f"{r.name} ({r.probability:g} a year)" for r in found.risks), Budget=limit, Seed=found.seed,
        Worlds=f"{found.replications:,} in the search, {found.fresh:,} afterwards",
    )  # fmt: skip
    blocks: list[Block] = [
        Heading("In short"), *led(found.sentences()), _facts(found),
        Heading("What each action does"), _actions(found),
        Heading("What else was weighed"),
        Picture(drawing_of("pareto_front", found), caption="Cost against expected loss; the chosen set is the diamond.", name="front"),
        _front(found),
        Heading("When it stops paying"), _break_evens(found),
    ]  # fmt: skip
    if len(found.stress()):
        blocks += [Heading("Under events that nothing was tuned on"), _stress(found)]
    method = [
        "Three lots of luck keep the answer honest: the search tries sets of levers on the first, the finalists are looked at again "
        "on a second, and all figures of this report are measured on a third, which had no part in the choice.",
        f"The third has {found.fresh:,} worlds and the seed {found.seed + LAST}.",
        "Risks are taken one at a time; what two of them in one year do to each other is not in.",
        SAME_LUCK,
    ]  # fmt: skip
    name = str(case.settings.get("title") or case.name)
    return Answer(f"What to do: {name}", blocks, told, method, case)


def _facts(found: Recommendation) -> Facts:
    unit, row = f"{found.currency}/year", found.table().iloc[-1]
    return Facts([
        Fact(name, amount(row[name], unit), interval(row[f"{name}_low"], row[f"{name}_high"], unit), MEANINGS[name])
        for name in ("gain", "saved", "cost")
    ])  # fmt: skip


def _three(row: object, name: str, unit: str) -> str:
    three = [getattr(row, name), getattr(row, f"{name}_low"), getattr(row, f"{name}_high")]
    return sure(three, unit) if math.isfinite(three[0]) else "–"


def with_ends(*names: str) -> dict[str, str]:
    """Meaning of the ends of some intervals."""
    return {f"{n}{end}": INTERVAL for n in names for end in ("_low", "_high", " low", " high")}


def _actions(found: Recommendation) -> Table:
    frame, unit = found.table(), f"{found.currency}/year"
    texts = pd.DataFrame([
        {"action": r.action, "chosen": "yes" if r.chosen else "no", "cost": _three(r, "cost", unit), "saved": _three(r, "saved", unit),
         "gain": _three(r, "gain", unit), "better": amount(r.better, "share"), "must be known": r.needs, "when it pays": r.stops_paying}
        for r in frame.itertuples(index=False)
    ])  # fmt: skip
    money = [n + end for n in ("cost", "saved", "gain", "adds") for end in ("", "_low", "_high")]
    units = {**dict.fromkeys([*money, "price", "pays_up_to"], unit), "better": "share",
             **dict.fromkeys(("worst_saved", "worst_saved_low", "worst_saved_high"), found.currency)}  # fmt: skip
    meanings = {**MEANINGS, "stops_paying": MEANINGS["when it pays"], "must be known": MEANINGS["needs"],
                **with_ends("cost", "saved", "gain", "adds", "worst_saved", "factor")}  # fmt: skip
    return Table(
        frame,
        "Each action alone, the largest gain first; the chosen set in all comes last",
        meanings,
        units,
        {},
        texts,
        "actions",
    )


def _front(found: Recommendation) -> Table:
    frame, unit = found.front(), f"{found.currency}/year"
    texts = pd.DataFrame([
        {"set": r["set"], "chosen": "yes" if r["chosen"] else "no",
         **{k: sure((r[k], r[f"{k} low"], r[f"{k} high"]), u) for k, u in (("cost", unit), ("expected loss", unit), ("worst 5 %", found.currency))},
         "within": "yes" if r["within"] else "no", "beaten": "yes" if r["beaten"] else "no"}
        for r in frame.to_dict("records")
    ])  # fmt: skip
    meanings = {**MEANINGS, **with_ends("cost", "expected loss", "worst 5 %", "total")}
    return Table(frame, "Finalists on fresh luck, the least cost first", meanings, {}, {}, texts, "finalists")


def _break_evens(found: Recommendation) -> Table:
    frame = found.break_evens()
    texts = pd.DataFrame([
        {"lever": r.lever or "the chosen set", "risk": r.risk, "probability": f"{r.probability:g} a year",
         "saved": _three(r, "saved", found.currency), "break_even": _three(r, "break_even", "1/year"), "pays": r.pays}
        for r in frame.itertuples(index=False)
    ])  # fmt: skip
    texts = texts.rename(columns={"break_even": "break-even probability"})
    meanings = {**MEANINGS, "saved": "what it saves when the risk happens", "break-even probability": MEANINGS["break_even"],
                **with_ends("saved", "break_even")}  # fmt: skip
    return Table(frame, "Probability of each risk at which an action stops paying", meanings,
                 {"probability": "1/year", "saved": found.currency, "break_even": "1/year"}, {}, texts, "break-even")  # fmt: skip


def _stress(found: Recommendation) -> Table:
    frame, unit = found.stress(), found.currency
    texts = pd.DataFrame([
        {"event": r.event, "loss_as_is": amount(r.loss_as_is, unit), "loss": amount(r.loss, unit), "saved": _three(r, "saved", unit),
         "censored": amount(r.censored, "share")}
        for r in frame.itertuples(index=False)
    ]).rename(columns={"loss_as_is": "loss as it is"})  # fmt: skip
    meanings = {
        **MEANINGS,
        "loss as it is": MEANINGS["loss_as_is"],
        "saved": "what the set saves when the event happens",
        **with_ends("saved"),
    }
    units = dict.fromkeys(("loss_as_is", "loss", "saved", "saved_low", "saved_high"), unit)
    return Table(
        frame,
        "What the chosen set does under other events, the least saved first",
        meanings,
        units,
        {},
        texts,
        "other events",
    )
