"""Checks of markets, their history, lead times and places on the map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.tables.look import Look, among
from twinkit.tables.problems import Problem, listed, quote, shown

RECORDED = ("history", "resampled")
"""Kinds of demand that are taken from the table of history."""

PAIR = ["market", "product"]


def _is(look: Look, *kinds: str) -> np.ndarray:
    demand = look.values("markets", "demand")
    return among(demand, kinds) & look.good("markets", "demand")


def mean_given(look: Look) -> list[Problem]:
    """Demand that is drawn has a mean."""
    drawn = ~_is(look, *RECORDED) & look.good("markets", "demand")
    kinds = look.values("markets", "demand")
    return look.cells(
        "markets",
        "mean",
        drawn & np.isnan(look.values("markets", "mean")),
        lambda i: f"the cell is empty; demand {quote(kinds[i])} needs a mean",
        "Write the mean demand in a period, or choose demand history and fill the table of history.",
    )


def spread_fits(look: Look) -> list[Problem]:
    """The spread of demand is one that its distribution can have."""
    mean, spread = look.values("markets", "mean"), look.values("markets", "spread")
    kinds_of = look.values("markets", "demand")
    usable = look.good("markets", "mean") & ~np.isnan(mean)
    problems = look.cells(
        "markets",
        "spread",
        _is(look, "uniform") & usable & (spread > mean),
        lambda i: f"is above the mean {shown(float(mean[i]))}; uniform demand would become negative",
        "Uniform demand lies between mean - spread and mean + spread: lower the spread.",
    )
    problems += look.cells(
        "markets",
        "spread",
        _is(look, "negative_binomial") & usable & (spread**2 <= mean),
        lambda i: f"is too low for negative_binomial demand: spread² must be above the mean {shown(float(mean[i]))}",
        "Raise the spread, or choose demand poisson.",
    )
    for kinds, most in ((("negative_binomial",), 10.0), (("normal", "lognormal"), 100.0)):
        problems += look.cells(
            "markets",
            "spread",
            _is(look, *kinds) & usable & (spread > most * mean),
            lambda i, most=most: f"is more than {most:g} times the mean {shown(float(mean[i]))}: demand of {kinds_of[i]} "
            "would come so seldom that no run could show its mean",
            "Lower the spread, give the mean, or choose demand history.",
        )
    return problems


def lengths_of_time_clear(look: Look) -> list[Problem]:
    """Demand given for another length of time can be converted only if periods are like each other and each has demand."""
    problems, every = [], look.values("markets", "every")
    for column in ("mean", "spread"):
        given = look.converted.get(("markets", column))
        if given is None:
            continue
        seldom = given & (every != 1) & look.good("markets", "every")
        says = lambda i: f"is for another length of time than a period, and customers order every {every[i]:g} periods"  # noqa: E731
        hint = "Write the units of one order, without a unit of time."
        problems += look.cells("markets", column, seldom, says, hint)
        tied = given & (look.values("markets", "autocorrelation") != 0) & (column == "spread")
        says = "is for another length of time than a period, and autocorrelated demand has no one spread of it"
        problems += look.cells("markets", column, tied, says, "Write the standard deviation of one period.")
    return problems


def history_has_market(look: Look) -> list[Problem]:
    """A row of history is about a product that its market asks for."""
    if "markets" in look.gone or not all(look.good("markets", c).all() for c in PAIR):
        return []
    history = look.case["history"][PAIR]
    asked = pd.MultiIndex.from_frame(look.case["markets"][PAIR])
    unknown = ~pd.MultiIndex.from_frame(history).isin(asked) & look.good("history", *PAIR)
    first = unknown & ~history.duplicated().to_numpy()
    markets = look.values("history", "market")
    look.spoil("history", "market", unknown & ~first)
    return look.cells(
        "history",
        "product",
        first,
        lambda i: f"is not asked for by market {quote(markets[i])}; markets has no such row",
        "Add the row to markets, or correct the product.",
    )


def history_complete(look: Look) -> list[Problem]:
    """Recorded demand has every period from 0 to its last, each once."""
    if "history" in look.gone:
        return []
    rows = look.case["history"][[*PAIR, "period"]]
    unsure = rows[~look.good("history", *PAIR, "period") & look.live("history")]
    periods = rows[look.good("history", *PAIR, "period")].groupby(PAIR)["period"]
    spans = pd.DataFrame({"count": periods.count(), "last": periods.max()})
    wanted = look.case["markets"][PAIR][_is(look, *RECORDED) & look.good("markets", *PAIR)]
    doubtful = set(unsure["market"]) | set(unsure["product"])
    problems = []
    for i, pair in zip(wanted.index, wanted.itertuples(index=False, name=None), strict=True):
        if not doubtful & {*pair, ""}:
            says = _history_wrong(pair, spans, periods)
            mask = np.zeros(len(look.case["markets"]), dtype=bool)
            mask[i] = bool(says)
            problems += look.cells("markets", "demand", mask, says, "Add the rows to history.") if says else []
    return problems


def _history_wrong(pair: tuple[str, str], spans: pd.DataFrame, periods: pd.api.typing.SeriesGroupBy) -> str:
    if pair not in spans.index:
        return f"needs rows in history, and there are none for {quote(pair[0])} and {quote(pair[1])}"
    count, last = (int(n) for n in spans.loc[pair])
    if count == last + 1:
        return ""
    lacking = sorted(set(range(last + 1)) - set(periods.get_group(pair).astype(int)))
    which = listed([str(n) for n in lacking], 5)
    return f"needs every period of history from 0 to {last}; missing for {quote(pair[0])}: {which}"


def lead_time_spread_fits(look: Look) -> list[Problem]:
    """A lead time that varies has a spread, and a uniform one does not become negative."""
    kind = look.values("lanes", "lead_time_kind")
    mean, spread = look.values("lanes", "lead_time"), look.values("lanes", "lead_time_spread")
    readable = look.good("lanes", "lead_time_kind")
    problems = look.cells(
        "lanes",
        "lead_time_spread",
        readable & among(kind, ("normal", "lognormal", "uniform")) & (spread == 0),
        lambda i: f"does not vary, but lead_time_kind is {kind[i]}",
        "Write the spread in periods, or lead_time_kind fixed.",
    )
    return problems + look.cells(
        "lanes",
        "lead_time_spread",
        readable & look.good("lanes", "lead_time") & (kind == "uniform") & (spread > mean),
        lambda i: f"is above the lead time {shown(float(mean[i]))}; a uniform lead time would become negative",
        "A uniform lead time lies between lead_time - spread and lead_time + spread: lower the spread.",
    )


def positions_complete(look: Look) -> list[Problem]:
    """A place on the map has a latitude and a longitude."""
    problems = []
    for table in ("sites", "markets"):
        for lacking, given in (("latitude", "longitude"), ("longitude", "latitude")):
            half = np.isnan(look.values(table, lacking)) & ~np.isnan(look.values(table, given))
            says = f"the cell is empty, but {given} is given; a place on the map needs both"
            half &= look.good(table, given)
            problems += look.cells(table, lacking, half, says, f"Fill in the {lacking}, or empty the {given}.")
    return problems


CHECKS = (
    mean_given,
    spread_fits,
    lengths_of_time_clear,
    history_has_market,
    history_complete,
    lead_time_spread_fits,
    positions_complete,
)
