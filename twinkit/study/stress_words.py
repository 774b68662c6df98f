"""A stress test in words: sentences that a person can repeat in a meeting.

A loss is claimed only if its 95 % interval leaves out 0; a recovery that had not come by
the end of the run is said so and never averaged.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from twinkit.tables.problems import listed
from twinkit.words import between, percent, rounded

if TYPE_CHECKING:
    from twinkit.study.stress_result import StressTest

PLURALS = {"site": "sites", "lane": "lanes", "country": "countries", "port": "ports"}
"""One kind of target → many."""
WAITS = "Customers wait here, so no sale and no margin is lost: look at the times to survive and at the extra cost."
"""What is said of a case in which nothing is lost for good."""
NAMED = 5
"""Targets that a sentence names; the rest is counted."""


def sentences(test: StressTest) -> list[str]:
    """What came of a stress test, the most important first.

    Parameters
    ----------
    test
        The stress test.
    """
    rows = test.table()
    waits = not test.plan.net.markets["lost_share"].any()
    loss = [WAITS] if waits else _worst(test, rows)
    told = [_scope(test, rows), *loss, *_at_risk(test, rows), *_hidden(test), *([] if waits else _harmless(rows))]
    return [*told, *_likely(test, rows), *_without_outage(test)]


def periods_word(test: StressTest, count: float = 2) -> str:
    """What a period of the case is called: day or period."""
    word = "day" if test.plan.case.settings["period_days"] == 1 else "period"
    return word if count == 1 else f"{word}s"


def many(rows: pd.DataFrame, count: int | None = None) -> str:
    """``50 sites``; targets of several kinds are called targets."""
    count, kinds = len(rows) if count is None else count, rows["kind"].unique()
    one = kinds[0] if len(kinds) == 1 else "target"
    return f"{count} {one if count == 1 else PLURALS.get(one, 'targets')}"


def _scope(test: StressTest, rows: pd.DataFrame) -> str:
    lengths = rows["time_to_recover"]
    same = lengths.nunique() == 1
    length = f"{lengths[0]:g} {periods_word(test, lengths[0])}"
    if not same:
        length = f"its time to recover, {lengths.min():g} to {lengths.max():g} {periods_word(test)}"
    was, turn = ("was", "") if len(rows) == 1 else ("were", " in turn, each")
    return (f"{many(rows)} {was} knocked out{turn} for {length} from {periods_word(test, 1)} {test.start} on, "
            f"in {test.replications} worlds with the same luck.")  # fmt: skip


def _worst(test: StressTest, rows: pd.DataFrame) -> list[str]:
    worst = rows.iloc[0]
    if not worst["low"] > 0:
        return []
    money, year = test.plan.case.settings["currency"], test.year_margin
    share = f", {percent(worst['lost_margin'] / year)} of a year's margin" if year > 0 else ""
    text = (f"The worst to lose is {worst['target']}: {worst['time_to_recover']:g} "
            f"{periods_word(test, worst['time_to_recover'])} without it cost {rounded(worst['lost_margin'])} {money} of "
            f"margin ({between(worst['low'], worst['high'])}){share}; {_recovery(test, worst)}.")  # fmt: skip
    told = [text]
    least, gap = worst["lost_profit"], worst["lost_margin"] - worst["lost_profit"]
    if least > 0 and gap > 0:
        told.append(f"Even the best response, with goods that take no time on the way, would lose {rounded(least)} {money} "
                    f"of this: better decisions and quicker goods can save {rounded(gap)} {money} at most.")  # fmt: skip
    elif gap > 0:
        told.append("If goods took no time on the way, stock and capacity would be enough to lose nothing: this loss "
                    "is due to lead times, policies and luck.")  # fmt: skip
    return told


def _recovery(test: StressTest, row: pd.Series) -> str:
    after = row["recovered_after"]
    if not math.isfinite(after):
        share = row["censored"]
        where = "any world" if share == 1 else f"{percent(share)} of the worlds"
        return f"service is not back by the end of the run in {where}"
    late = f", but not by the end of the run in {percent(row['censored'])} of the worlds" if row["censored"] else ""
    return f"service is back for good {rounded(after)} {periods_word(test, after)} after it failed (median){late}"


def _at_risk(test: StressTest, rows: pd.DataFrame) -> list[str]:
    risky = test.at_risk()
    if not len(risky):
        return ["Customers can be served through every one of these outages, if all stock and capacity is put to use."]
    at_once = risky[risky["time_to_survive"] <= 0]
    later = risky[risky["time_to_survive"] > 0]
    told = []
    if len(later):
        names = [f"{r.target} ({r.time_to_survive:.0f} of {r.time_to_recover:g})" for r in later.itertuples()]
        takes = "takes" if len(later) == 1 else "take"
        told.append(f"{many(rows, len(later))} {takes} longer to recover than customers can be served without "
                    f"{'it' if len(later) == 1 else 'them'} ({periods_word(test)} survived of those needed): {listed(names, NAMED)}.")  # fmt: skip
    if len(at_once):
        told.append(f"The loss of {many(rows, len(at_once))} that customers buy from is noticed at once: "
                    f"{listed(at_once['target'].tolist(), NAMED)}.")  # fmt: skip
    return told


def _hidden(test: StressTest) -> list[str]:
    rows = test.hidden_critical()
    if not len(rows):
        return []
    money, first = test.plan.case.settings["currency"], rows.iloc[0]
    share = percent(first["spend_share"], 2)
    return [f"Cheap and deadly (spend in the lower half, loss in the upper quarter): "
            f"{listed(rows['target'].tolist(), NAMED)}. {first['target']} stands for {share} of the value sold, and its "
            f"loss costs {rounded(first['lost_margin'])} {money}."]  # fmt: skip


def _harmless(rows: pd.DataFrame) -> list[str]:
    calm = rows[~(rows["low"] > 0)]
    if not len(calm):
        return []
    return [f"The loss of {many(rows, len(calm))} costs no clear margin: "
            f"{listed(calm['target'].tolist(), NAMED)}."]  # fmt: skip


def _likely(test: StressTest, rows: pd.DataFrame) -> list[str]:
    if not test.likelihood:
        return ["Nobody has said how often these outages happen: they are ranked by consequence alone."]
    top = rows.sort_values("expected_loss", ascending=False).iloc[0]
    money, missing = test.plan.case.settings["currency"], int(rows["likelihood"].isna().sum())
    told = []
    if top["expected_loss"] > 0:
        told.append(f"With the likelihoods given, {top['target']} costs most in the long run: "
                    f"{rounded(top['expected_loss'])} {money} a year.")  # fmt: skip
    if missing:
        told.append(f"Nobody has said how often {many(rows, missing)} fail{'s' if missing == 1 else ''}.")
    return told


def _without_outage(test: StressTest) -> list[str]:
    if math.isinf(test.survives):
        return []
    return [f"Even with nothing out, stock and capacity carry the demand for {test.survives:.0f} {periods_word(test)} "
            "only; no target can be survived for longer."]  # fmt: skip
