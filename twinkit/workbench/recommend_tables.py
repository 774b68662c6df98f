"""The tables of a recommendation, with units and definitions."""

from __future__ import annotations

from ipywidgets import Widget

from twinkit.study.recommendation import Recommendation
from twinkit.workbench.answers import Col, part, table_of, told

SPAN = "in brackets the 95 % interval"


def _three(name: str, label: str, definition: str, unit: str) -> Col:
    return Col(name, label, f"{definition}; {SPAN} [{unit}]", unit, (f"{name}_low", f"{name}_high"))


def action_table(found: Recommendation) -> Widget:
    """Ranked actions, the chosen set in all last."""
    rows, money = found.table(), found.currency
    year = f"{money}/year"
    rows["mark"] = ["✓" if c else "" for c in rows["chosen"]]
    columns = [
        Col("action", "Action", "lever, and from where to where it is moved"), Col("mark", "Recommended", "part of the set that is recommended"),
        _three("gain", "Gain", "saved expected loss less cost, this action alone, on the same luck", year),
        Col("better", "Worlds with a gain", "share of the worlds in which it gains", "share"),
        _three("cost", "Cost", "its price and what the run costs more without an event", year),
        _three("saved", "Loss saved", "expected loss less that with it: Σ probability × loss", year),
        _three("worst_saved", "Worst 5 % saved", "by how much the mean of the worst losses falls", money),
        _three("adds", "Adds to the rest", "what the recommended set gains more with it than without it", year),
        Col("needs", "What must be known", "what somebody who takes this measure must know, and when"),
        Col("pays_up_to", "Pays up to", f"largest price at which it pays [{year}]", year),
        Col("stops_paying", "When it pays", "how often the risks must happen for it to pay"),
    ]  # fmt: skip
    return table_of(rows, columns, "Actions, the largest gain first", testid="actions")


def front_table(found: Recommendation) -> Widget:
    """The finalists on fresh luck."""
    rows, money = found.front(), found.currency
    year = f"{money}/year"
    rows["mark"] = [
        "recommended" if c else "beaten" if b else "over the budget" if not w else ""
        for c, b, w in zip(rows["chosen"], rows["beaten"], rows["within"], strict=True)
    ]

    def three(name: str, label: str, definition: str, unit: str) -> Col:
        return Col(name, label, f"{definition}; {SPAN} [{unit}]", unit, (f"{name} low", f"{name} high"))

    columns = [
        Col("set", "Set", "levers that are moved"), Col("mark", "Remark", "beaten: another finalist is better in all objectives"),
        three("cost", "Cost", "its price and what the run costs more without an event", year), three("expected loss", "Expected loss", "Σ probability × loss", year),
        three("worst 5 %", "Worst 5 %", "mean of the largest losses that hold 5 % of the weight", money), three("total", "In all", "cost and expected loss together", year),
    ]  # fmt: skip
    return table_of(rows, columns, "Finalists on fresh luck, the least cost first", testid="front")


def break_even_table(found: Recommendation) -> Widget:
    """At which probability each action stops paying, risk by risk."""
    rows, money = found.break_evens(), found.currency
    rows["action"] = [found.levers[n].label if n else "all that is recommended" for n in rows["lever"]]
    columns = [
        Col("action", "Action", "lever that is moved"), Col("risk", "Risk", "what may happen"), Col("probability", "Assumed", "probability that was given [1/year]", "-"),
        _three("saved", "Saved when it happens", "what one occurrence costs less", money),
        Col("break_even", "Break-even probability", f"probability at which the action just pays, the other risks as they are; {SPAN}; below 0: pays even if this never happens; above 1: never because of this alone [1/year]",
            "-", ("break_even_low", "break_even_high")),
        Col("pays", "Pays", "whether the action pays above that probability (it saves something) or below it (it makes this risk worse); always or never: whatever that is"),
    ]  # fmt: skip
    return table_of(rows, columns, "When each action stops paying", testid="break-evens")


def unseen_table(found: Recommendation) -> Widget:
    """The recommended set under events that it was not tuned on."""
    rows, money = found.stress(), found.currency
    if not len(rows):
        return told(["The case has no other events, so the recommended set was stressed with none."], "Unseen events")
    columns = [
        Col("event", "Event", "event that nothing was tuned on"), Col("loss_as_is", "Loss as it is", f"mean over the worlds [{money}]", money),
        Col("loss", "Loss with the set", f"mean over the worlds [{money}]", money), _three("saved", "Saved", "mean of the differences, world by world", money),
        Col("censored", "Not back", "share of the worlds in which service is not back by the end of the run: their loss is censored", "share"),
    ]  # fmt: skip
    return table_of(rows, columns, "Under events that it was not tuned on, the least saved first", testid="unseen")


def bias_table(found: Recommendation) -> Widget:
    """By how much sets looked better in the search than on fresh luck."""
    rows, year = found.bias(), f"{found.currency}/year"
    if not len(rows):
        return told(["Nothing beats leaving all as it is, so there is no selection bias to look at."], "Selection bias")
    columns = [Col("of", "Of", "mean of the finalists; the chosen set"),
               _three("bias", "Looked better by", "gain in the search less that on luck that had no part in it; above 0 is the winner's curse", year)]  # fmt: skip
    return part("Selection bias", table_of(rows, columns, "By how much the search flattered its finds", testid="bias"))
