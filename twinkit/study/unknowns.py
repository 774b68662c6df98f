"""What a model does not know: assumptions, in sentences that are read off the case."""

from __future__ import annotations

from collections.abc import Sequence

from twinkit.study.recommend_words import often_words
from twinkit.study.risks import Risk
from twinkit.tables.case import Case

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
    word = "days" if case.settings["period_days"] == 1 else "periods"
    return [
        "Everybody goes on by the same rules: what clever people would make up in a crisis is not in it.",
        "Customers who were let down come back as before, and suppliers charge what they always charge.",
        f"What is lost after {case.settings['periods']} {word}, when the run ends, is not counted.",
        "Two misfortunes at once are not looked at, unless one brings the other.",
    ]
