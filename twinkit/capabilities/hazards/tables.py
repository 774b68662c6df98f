"""The table of hazards, and what it says of a site, a company or a country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.case import Case
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem, listed
from twinkit.tables.words import flag_column, name_column, word_column

OFTEN = (1.0, 100_000.0)
"""Once in how many years something may be said to happen [years]."""
HAZARDS = ("earthquake", "flood", "storm", "strike", "fire", "other")


class Hazards:
    """How often something puts a site of some place out of work for its time to recover. The default of the questions that ask how often; no run draws from it.

    Of one hazard the row of the closest place holds: that of the site before that of its company, its country, and everywhere.
    """

    table, key = "hazards", ("hazard", "place")

    hazard = word_column("what happens; different hazards are independent of each other", HAZARDS, "other")
    place = name_column("site, company or country (its code) that it happens to; empty = everywhere but at ports", start="")
    years = Column("years", "a site there is put out by it about once in so many years", low=0.1)
    together = Column("share", "share of the times in which all sites of the place are out at once (regional correlation)", start=0.0, low=0, high=1)
    assumed = flag_column("whether the number is an assumption or rests on one; no: it was measured, as the source says", True)
    source = name_column("where the number comes from", start="")


def places_that_are_none(look: Look) -> list[Problem]:
    """A row for a place that the case does not have changes nothing."""
    sites = look.case["sites"]
    known = {"", *sites["site"], *sites["company"], *sites["country"]}
    lost = (~look.case["hazards"]["place"].isin(known)).to_numpy()
    return look.lines("hazards", "place", lost, "is no site, company or country of the case, so the row changes nothing")


rooms.add_table(Hazards, notes=[places_that_are_none])


class Often(NamedTuple):
    """How often something is out.

    Attributes
    ----------
    rate
        Times a year [1/year].
    hazards
        What it comes of, the most frequent first.
    assumed
        Whether a row that it rests on is an assumption.
    """

    rate: float
    hazards: tuple[str, ...]
    assumed: bool


def how_often(case: Case, sites: Sequence[str], text: str = "") -> Often | None:
    """How often some sites are out, all at once where there are several, by the table of hazards; None if it says nothing of them.

    Independent hazards add up: Σ 1 / years; of several sites, of the rows whose place has all of them, Σ together / years.

    Parameters
    ----------
    case
        The case.
    sites
        The sites.
    text
        What is said of an event; where it names hazards that happen there, only these are meant.
    """
    rows, table = case["hazards"], case["sites"].set_index("site")
    here = table.loc[[s for s in sites if s in table.index], ["company", "country", "kind"]]
    if not len(rows) or not len(here):
        return None
    places = set() if (here["kind"] == "port").any() else {""}  # those that have all of them
    for column in ("country", "company"):
        if here[column].nunique() == 1 and here[column].iloc[0]:
            places.add(here[column].iloc[0])
    closest = ["", here["country"].iloc[0], here["company"].iloc[0], *([here.index[0]] if len(here) == 1 else [])]
    rows = rows[rows["place"].isin(places | set(closest[3:]))]
    rank = rows["place"].map(closest.index)
    rows = rows.loc[rank.groupby(rows["hazard"]).idxmax()]
    rates = (1.0 if len(here) == 1 else rows["together"]) / rows["years"]
    rows = rows.assign(rate=rates)[rates > 0].sort_values("rate", ascending=False)
    meant = rows["hazard"].map(lambda hazard: hazard != "other" and re.search(rf"\b{hazard}s?\b", text.lower()) is not None).astype(bool)
    rows = rows[meant] if meant.any() else rows
    if not len(rows):
        return None
    return Often(float(rows["rate"].sum()), tuple(rows["hazard"]), bool(rows["assumed"].astype(bool).any()))


def once_in(case: Case, sites: Sequence[str], text: str = "") -> float | None:
    """Once in how many years some sites are out by the table of hazards, in three figures and within :data:`OFTEN` [years]; None if that says nothing."""
    often = how_often(case, sites, text)
    return None if often is None else min(max(float(f"{1.0 / often.rate:.3g}"), OFTEN[0]), OFTEN[1])


def by_hazards(case: Case, sites: Sequence[str], text: str = "") -> str:
    """How often some sites are out, and what that rests on, in a sentence; "" if the table of hazards says nothing of them."""
    often = how_often(case, sites, text)
    if often is None:
        return ""
    how = f"Once in {once_in(case, sites, text):g} years" if often.rate <= 1.0 else f"{often.rate:.3g} times a year (taken as once a year)"
    return f"{how} is what the table of hazards {'says' if len(often.hazards) == 1 else 'adds up to'} ({listed(list(often.hazards))}){'; it is an assumption, not measured' if often.assumed else ''}."
