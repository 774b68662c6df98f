"""The survival app in words: headline, big numbers, rows of the table, and the "why" behind each."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from twinkit.apps.kit.told import link
from twinkit.apps.survival_model import SurvivalModel
from twinkit.study.stress_result import StressTest
from twinkit.study.stress_words import AS_IT_IS, LASTS_AT_BEST, NOT, RISK_MEANS, WHATEVER, at_best, many, periods_word
from twinkit.tables.problems import listed
from twinkit.words import between, percent, rounded

OUT = "Time to recover: for how long it is out. This is an input, from the table of sites or from the slider."
MARKS = {WHATEVER: "▲", AS_IT_IS: "△", NOT: "✓"}
"""At risk or not, as a sign that needs no colour."""
COST = ("Margin lost because of the outage, against the same days with the same luck without it: mean of the simulated "
        "runs, and between the brackets the span that holds the true mean with 95 % certainty.")  # fmt: skip
EXTRA = ("What waiting, hurrying and keeping stock cost more because of the outage: mean of the simulated runs and its "
         "95 % span. Customers of this case wait, so no sale is lost.")  # fmt: skip
BACK = ("Days from the first shortage until service is as good as before, in half of the simulated runs. Not seen: in most runs "
        "it was not back when the run ended.")  # fmt: skip
PASSES = "Value of the goods that leave it in a year: what a look at spend would go by."


def headline(model: SurvivalModel) -> list[str]:
    """What the page says first."""
    test, rows = model.test, model.rows()
    if test is None or not len(rows):
        return ["Nothing has been tested yet."]
    late, run, word = rows[rows["risk"] == WHATEVER], rows[rows["risk"] == AS_IT_IS], periods_word(test)
    if len(late):
        top = late.iloc[0]
        first = f"{_without(top, word)}; it would be out for {top['time_to_recover']:g}: at risk whatever is done."
    elif len(run):
        first = (f"At best customers could be served until each of these {many(rows)} is back, but as the chain is run they go without when "
                 f"{run.iloc[0]['target']} is lost: at risk.")  # fmt: skip
    else:
        return [f"Whichever of these {many(rows)} is lost, customers are served until it is back: in the simulation, and by the best use "
                "of what is there.", *_costs(model, rows)]  # fmt: skip
    return [first, *_costs(model, rows), *_rest(rows)]


def _without(row: pd.Series, word: str) -> str:
    """For how long customers notice nothing, at best."""
    lasts = row["time_to_survive_timed"]
    if lasts < 1:
        return f"Without {row['target']} customers notice at once"
    if math.isinf(lasts):
        return f"Without {row['target']} customers can at best be served for as long as the run shows"
    return f"Without {row['target']} customers can be served for {lasts:.0f} {word} at best"


def _costs(model: SurvivalModel, rows: pd.DataFrame) -> list[str]:
    test = model.test
    worst, money = rows.iloc[0], test.plan.case.settings["currency"]
    if model.waits:
        return ["Customers wait here when goods are short, so no sale is lost: what counts is how long they wait."]
    if not worst["low"] > 0:
        return ["None of these losses clearly costs any margin."]
    share = (
        f", {percent(worst['lost_margin'] / test.year_margin)} of the margin of a year's demand"
        if test.year_margin > 0
        else ""
    )
    return [f"The dearest loss is {worst['target']}: {rounded(worst['lost_margin'])} {money} of margin "
            f"({between(worst['low'], worst['high'])}){share}."]  # fmt: skip


def _rest(rows: pd.DataFrame) -> list[str]:
    late, run = (int((rows["risk"] == risk).sum()) for risk in (WHATEVER, AS_IT_IS))
    if late + run == 1:
        return [f"It is the only one of {many(rows)} that is at risk."]
    parts = [f"{late} whatever is done (out for longer than customers can be served even at best)"] if late else []
    parts += [f"{run} as the chain is run (at best they could be bridged; in the simulation customers go without)"] if run else []
    return [f"{late + run} of {many(rows)} are at risk: {listed(parts)}."]


# --- big numbers


def facts(model: SurvivalModel) -> list[dict[str, Any]]:
    """The numbers that are read first."""
    test, rows = model.test, model.rows()
    if test is None or not len(rows):
        return []
    money, word = test.plan.case.settings["currency"], periods_word(test)
    risky, worst = rows[rows["at_risk"]], rows.iloc[0]
    found = [{
        "name": "at risk", "label": "At risk", "value": f"{len(risky)} of {len(rows)}", "definition": RISK_MEANS, "why": bool(len(risky)),
        "interval": f"{int((risky['risk'] == WHATEVER).sum())} whatever is done, {int((risky['risk'] == AS_IT_IS).sum())} as it is run", "tone": "worse" if len(risky) else "better",
    }]  # fmt: skip
    gap = rows["gap"].max()
    if gap > 0:
        found.append({"name": "gap", "label": f"Longest time without goods [{word}]", "value": f"{gap:.0f}", "definition": LASTS_AT_BEST, "why": True,
                      "interval": "out for so much longer than customers can be served, at best", "tone": "worse"})  # fmt: skip
    if not model.waits:
        cost = f"{rounded(worst['lost_margin'])} {money}" if worst["low"] > 0 else "none clear"
        span = f"{between(worst['low'], worst['high'])} (95 % sure): {worst['target']}" if worst["low"] > 0 else ""
        found.append({"name": "dearest", "label": "The dearest loss", "value": cost, "interval": span, "definition": COST,
                      "why": bool(worst["low"] > 0), "tone": "worse" if worst["low"] > 0 else "none"})  # fmt: skip
        hidden = test.hidden_critical()
        if len(rows) >= 4:
            names = listed(hidden["target"].tolist(), 2) if len(hidden) else "no small spend hides a great loss"
            found.append({"name": "hidden", "label": "Cheap and deadly", "value": str(len(hidden)), "interval": names, "why": bool(len(hidden)),
                          "definition": "Little money passes them (lower half), but their loss costs much (upper quarter).", "tone": "none"})  # fmt: skip
    return found


def why(model: SurvivalModel, name: str) -> tuple[str, list[str], list[str]]:
    """Where a big number comes from: title, sentences, list."""
    test, rows = model.test, model.rows()
    money, word = test.plan.case.settings["currency"], periods_word(test)
    if name == "at risk":
        risky = rows[rows["at_risk"]].sort_values(["gap", "lost_margin"], ascending=False)
        items = [f"{MARKS[r.risk]} {r.target}: out for {r.time_to_recover:g}, bridged for {_lasts(r.time_to_survive_timed)} {word} at best"
                 for r in risky.itertuples()]  # fmt: skip
        return "Which are at risk?", [f"{MARKS[k]} {k}." for k in (WHATEVER, AS_IT_IS)] + [RISK_MEANS], items
    if name == "gap":
        top = rows.sort_values("gap", ascending=False).iloc[0]
        return "Why so long?", [f"{_without(top, word)}, and it takes {top['time_to_recover']:g} until it works again: "
                                f"{top['gap']:.0f} {word} with nothing to sell. The time that it takes to recover is an input of "
                                "the case: the slider shows what a shorter one would change."], []  # fmt: skip
    if name == "dearest":
        return "Why so much?", _why_dear(test, rows.iloc[0], money, word), []
    hidden = test.hidden_critical()
    items = [f"{r.target}: {rounded(r.spend)} {money} a year pass it ({percent(r.spend_share, 2)} of what is sold); its loss costs "
             f"{rounded(r.lost_margin)} {money}" for r in hidden.itertuples()]  # fmt: skip
    return "What is cheap and deadly?", ["Whoever goes by spend looks at the dear suppliers. These are cheap, and everything stops "
                                         "without them."], items  # fmt: skip


def _why_dear(test: StressTest, worst: pd.Series, money: str, word: str) -> list[str]:
    told = [f"{worst['target']} is out for {worst['time_to_recover']:g} {word} in {test.replications} simulated runs, each beside the "
            f"same run without the outage: that costs {rounded(worst['lost_margin'])} {money} of margin "
            f"({between(worst['low'], worst['high'])})."]  # fmt: skip
    told += at_best(worst, money)
    told.append(_back(test, worst, word))
    return told


def _back(test: StressTest, row: pd.Series, word: str) -> str:
    if math.isfinite(row["recovered_after"]):
        late = f", but not by the end of the run in {percent(row['censored'])} of the runs" if row["censored"] else ""
        return f"Service is as before {rounded(row['recovered_after'])} {word} after it failed (half of the runs){late}."
    return f"In {percent(row['censored'])} of the runs service is not as before by the end: what is lost later is not counted."


# --- the table


def columns(model: SurvivalModel) -> list[dict[str, Any]]:
    """Headers of the table of targets."""
    word = periods_word(model.test)
    money = model.test.plan.case.settings["currency"]
    name = {"site": "Site", "lane": "Lane", "country": "Country", "port": "Port"}[model.test.knocks[0].target.kind]
    cost = ("Extra cost", EXTRA) if model.waits else ("Loss", COST)
    return [
        {"name": "target", "label": name, "definition": "What is lost, alone, while all else works."},
        {"name": "cost", "label": f"{cost[0]} [{money}]", "definition": cost[1], "kind": "money"},
        {"name": "lasts", "label": "Lasts at best", "definition": f"In {word}. {LASTS_AT_BEST} {RISK_MEANS}", "kind": "number"},
        {"name": "out", "label": "Out for", "definition": f"In {word}. {OUT}", "kind": "number"},
        {"name": "back", "label": "Back after", "definition": f"In {word}. {BACK}", "kind": "number"},
        {"name": "spend", "label": f"Spend [{money}/year]", "definition": PASSES, "kind": "money"},
    ]


def table_rows(model: SurvivalModel) -> tuple[list[list[str]], list[list[Any]]]:
    """Cells of the table, and what they are sorted by."""
    cells, keys = [], []
    mean, low, high = ("extra_cost", "extra_low", "extra_high") if model.waits else ("lost_margin", "low", "high")
    for row in model.rows().to_dict("records"):
        lasts, out, late = row["time_to_survive_timed"], row["time_to_recover"], row["recovered_after"]
        unclear = not (row[low] > 0 or row[high] < 0)
        cost = "none clear" if unclear else f"{rounded(row[mean])} ({between(row[low], row[high])})"
        back = rounded(late) if math.isfinite(late) else "not seen"
        cells.append([row["target"], cost, f"{mark(row)} {_lasts(lasts)}", f"{out:g}", back, rounded(row["spend"])])
        keys.append([row["target"], row[mean], min(lasts, 1e9), out, min(late, 1e9), row["spend"]])
    return cells, keys


def _lasts(periods: float) -> str:
    return "as long as the run shows" if math.isinf(periods) else f"{periods:.0f}"


def mark(row: Any) -> str:
    """At risk or not, as a sign that needs no colour."""
    return MARKS[row["risk"]]


def scope(test: StressTest) -> str:
    """What stands behind the figures, in a sentence."""
    return (f"Each loss is simulated in {test.replications} runs that differ in their luck, beside the same runs without it: "
            "what differs is due to the loss. How long customers can be served at best is worked out by a linear programme that knows "
            "everything in advance and lets goods take their time on the way; the simulation can only be worse.")  # fmt: skip


# --- what to do next


def in_a_year(model: SurvivalModel) -> str:
    """What the picked target costs in a year, if somebody has said how often it is lost."""
    rows, chance = model.rows(), model.likelihood.get(model.picked)
    if not chance or "expected_loss" not in rows:
        return ""
    found = rows.loc[rows["target"] == model.picked, "expected_loss"].to_list()
    money = model.case.settings["currency"]
    return f"Lost once in {1 / chance:g} years, it costs {rounded(found[0])} {money} a year on average." if found else ""


def ways(model: SurvivalModel) -> list[dict[str, str]]:
    """Links that take the picked loss to other apps: as a risk, and as a scenario."""
    detail, chance = model.detail, model.likelihood.get(model.picked)
    name = f"{detail.target.name} is lost"
    scenario = detail.target.scenario(detail.start)
    risk = {"name": name, "events": [dict(e) for e in scenario.events], "years": 1 / chance if chance else None}
    return [
        link("What would help?", "advice", {"own": [risk]}),
        link("Watch it day by day", "disruption", scenario.to_dict()),
    ]
