"""A stress test in words: sentences that a person can repeat in a meeting.

A loss is claimed only if its 95 % interval leaves out 0; a recovery that had not come by
the end of the run is said so and never averaged.  A sentence about what is possible says so
("at best", from the programmes); one about what happens comes from the simulation.
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
WAITS = "Customers wait here, so no sale and no margin is lost: look at how long each can be bridged and at the extra cost."
"""What is said of a case in which nothing is lost for good."""
WHATEVER, AS_IT_IS, NOT = "whatever is done", "as it is run", "no"
"""At risk: the programmes say so; only the simulation does; neither."""
NAMED = 5
"""Targets that a sentence names; the rest is counted."""
LASTS_AT_BEST = ("Longest outage that customers notice neither in it nor later, at best: all stock and capacity is put to the best "
                 "use by somebody who knows everything in advance, and goods take their time on the way (linear programme). In practice it is "
                 "never longer.")  # fmt: skip
RISK_MEANS = ("“Whatever is done”: it is out for longer than even the best response can bridge. “As it is run”: the best response could "
              "bridge it, but in the simulation, with the chain's own policies, customers go without. “No”: the programmes and the "
              "simulation both let it pass.")  # fmt: skip
"""Definitions, written once for pages, reports and the workbench."""


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
    told = [_scope(test, rows), *loss, *_at_risk(test, rows), *_hidden(test), *_harmless(rows)]
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
    return [text, *at_best(worst, money)]


def at_best(row: pd.Series, money: str) -> list[str]:
    """What of a simulated loss even the best response would lose, and what it could save; each says which bound it is.

    Parameters
    ----------
    row
        A row of the table of a stress test.
    money
        Currency.
    """
    least = row["lost_profit_timed"] - row["lost_anyway_timed"]
    gap = min(row["lost_margin"], row["lost_margin"] + row["lost_anyway"] - row["lost_profit_timed"])
    if gap <= 0:
        return []
    if least <= 1e-6 * row["lost_margin"]:
        return ["At best, by a response that knows everything in advance and puts all stock and capacity to use in time, nothing would "
                "be lost: this loss is due to the way the chain is run, and to luck."]  # fmt: skip
    text = f"At best, by a response that knows everything in advance, {rounded(least)} {money} would still be lost"
    if row["lost_profit"] < 0.5 * least:
        text += f", most of it because goods take time on the way (without lead times: {rounded(row['lost_profit'])} {money})"
    return [f"{text}; better decisions can save {rounded(gap)} {money} at most."]


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
        return [f"Customers were served through {'this outage' if len(rows) == 1 else 'every one of these outages'} in the simulation, "
                "and the programmes say that they can be."]  # fmt: skip
    late, run = (risky[risky["risk"] == risk] for risk in (WHATEVER, AS_IT_IS))
    at_once, later = late[late["time_to_survive_timed"] <= 0], late[late["time_to_survive_timed"] > 0]
    told = []
    if len(later):
        names = [f"{r.target} ({r.time_to_survive_timed:.0f} of {r.time_to_recover:g})" for r in later.itertuples()]
        takes, them = ("takes", "it") if len(later) == 1 else ("take", "them")
        told.append(f"{many(rows, len(later))} {takes} longer to recover than customers can be served without {them} even at best "
                    f"({periods_word(test)} bridged at best, of those needed): {listed(names, NAMED)}.")  # fmt: skip
    if len(at_once):
        told.append(f"The loss of {many(rows, len(at_once))} is noticed at once, whatever is done: "
                    f"{listed(at_once['target'].tolist(), NAMED)}.")  # fmt: skip
    if len(run):
        them = "it" if len(run) == 1 else "each of them"
        names = [r.target if not r.low > 0 else f"{r.target} ({rounded(r.lost_margin)})" for r in run.itertuples()]
        lost = f" (margin lost, {test.plan.case.settings['currency']})" if (run["low"] > 0).any() else ""
        told.append(f"{many(rows, len(run))} could at best be bridged by somebody who knows everything in advance, but as the chain is "
                    f"run customers go without when {them} is out{lost}: {listed(names, NAMED)}.")  # fmt: skip
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
    calm = rows[rows["risk"] == NOT]
    if not len(calm) or len(calm) == len(rows):
        return []
    return [f"Not at risk, by the programmes and by the simulation: {listed(calm['target'].tolist(), NAMED)}."]


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
