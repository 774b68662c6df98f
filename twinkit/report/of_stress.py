"""The report of a stress test."""

from __future__ import annotations

import pandas as pd

from twinkit.answers import CENSORED, about, answer_first, drawing_of, network_picture, worlds_words
from twinkit.report.source import case_of
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Table, led
from twinkit.study.asked import asked_of
from twinkit.study.stress_result import StressTest
from twinkit.study.stress_words import LASTS_AT_BEST, RISK_MEANS, WHATEVER
from twinkit.words import INTERVAL, SPAN, amount, interval, sure, times

MEANINGS = {
    "target": "what was knocked out", "kind": "site, lane, country or port",
    "tier": "tier of the site; 0 sells to customers", "country": "country of the site",
    "time to recover": "how long the target is out", "time_to_recover": "how long the target is out",
    "survives at best": f"{LASTS_AT_BEST} Simchi-Levi et al. 2015, programme over periods",
    "without lead times": "the same if goods took no time on the way (Simchi-Levi et al. 2014)",
    "at risk": RISK_MEANS, "at_risk": "whether the programmes or the simulation say that customers go without",
    "least loss": "least profit that is lost, whatever is done, with lead times (linear programme over periods); the simulation can "
    "only be worse",
    "lost_anyway_timed": "of the least loss, what is lost with nothing out",
    "lost_profit": "least loss if goods took no time on the way, during the outage (linear programme)",
    "lost margin": "margin lost in the simulation because of the outage, against the same worlds without it",
    "extra cost": "holding, backlog and expediting on top, against the same worlds without the outage",
    "lost_anyway": "margin that the same worlds lose without the outage",
    "depth": "least service level / that of the same world without the outage, mean over the worlds",
    "recovered after": "median time until service is back for good; > x where it was not back by the end of the run",
    "censored": "share of the worlds in which service was not back by the end of the run",
    "spend": "value of the mean flow that leaves the target in a year", "spend_share": "the same as a share of the value sold in a year",
    "exposure": "risk exposure index: lost margin / the largest lost margin", "likelihood": "how often it happens in a year, as it was given",
    "expected loss": "likelihood × lost margin", "low": INTERVAL, "high": INTERVAL, "extra_low": INTERVAL, "extra_high": INTERVAL,
    SPAN: INTERVAL, "consequence": "lost margin as a share of a year's margin",
}  # fmt: skip
SAME = {"time_to_survive_timed": "survives at best", "time_to_survive": "without lead times", "risk": "at risk",
        "lost_profit_timed": "least loss", "lost_margin": "lost margin", "extra_cost": "extra cost",
        "recovered_after": "recovered after", "expected_loss": "expected loss"}  # fmt: skip
"""Column of the table → how a page calls it."""


def built(test: StressTest) -> Answer:
    """What is particular to the report of a stress test."""
    case = case_of(test, test.plan.case)
    asked = asked_of(test)
    seed = asked.arguments.get("seed") if asked else None
    told = about(
        case, Knocked_out=f"{len(test.knocks)} targets, from period {test.start} on", Worlds=f"{test.replications:,} for each",
        Seed=seed,
    )  # fmt: skip
    blocks: list[Block] = [
        Heading("In short"), *led(answer_first(test.sentences())), _facts(test),
        Heading("Target by target"), table_of(test), *_pictures(test),
        Heading("Likelihood and consequence"), Picture(drawing_of("risk_matrix", test), caption="Names of the targets, by how "
            "often and how much.", name="risk matrix"), _matrix(test),
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
    name = str(case.settings.get("title") or case.name)
    return Answer(f"Stress test: {name}", blocks, told, method, case)


def _facts(test: StressTest) -> Facts:
    rows, unit = test.table(), test.plan.case.settings["currency"]
    worst, risky, late = rows.iloc[0], int(rows["at_risk"].sum()), int((rows["risk"] == WHATEVER).sum())
    found = [
        Fact("largest lost margin", amount(worst["lost_margin"], unit), f"{worst['target']}; "
             f"{interval(worst['low'], worst['high'], unit)}", MEANINGS["lost margin"]),
        Fact("targets at risk", f"{risky} of {len(rows)}", f"{late} whatever is done, {risky - late} as the chain is run",
             MEANINGS["at risk"]),
        Fact("cheap and deadly", f"{len(test.hidden_critical())} of {len(rows)}", "targets that a look at spend would miss",
             "spend among the lower half of the targets, lost margin among the upper quarter and clearly above 0"),
    ]  # fmt: skip
    return Facts(found)


def _pictures(test: StressTest) -> list[Block]:
    return [
        Picture(drawing_of("survival_chart", test), caption="Time to survive against time to recover, the most urgent first.",
                name="survival"),
        Picture(drawing_of("exposure_scatter", test), caption="What is bought through a target against what its loss costs.",
                name="exposure"),
    ]  # fmt: skip


def table_of(test: StressTest) -> Table:
    """Every target, the largest loss first."""
    frame, unit = test.table(), test.plan.case.settings["currency"]
    end = test.plan.periods - test.start
    texts = pd.DataFrame([
        {"target": r.target, "time to recover": times(r.time_to_recover), "survives at best": times(r.time_to_survive_timed),
         "without lead times": times(r.time_to_survive), "at risk": r.risk, "lost margin": sure((r.lost_margin, r.low, r.high), unit),
         "least loss": amount(r.lost_profit_timed, unit), "recovered after": times(r.recovered_after, end),
         "spend": f"{amount(r.spend, unit)}/year"}
        for r in frame.itertuples(index=False)
    ])  # fmt: skip
    money = ("lost_profit", "lost_profit_timed", "lost_anyway_timed", "lost_margin", "low", "high", "lost_anyway", "extra_cost", "extra_low", "extra_high")
    units = {**dict.fromkeys(money, unit), "spend": f"{unit}/year", "expected_loss": f"{unit}/year", "likelihood": "1/year",
             **dict.fromkeys(("time_to_recover", "time_to_survive", "time_to_survive_timed", "recovered_after"), "periods"),
             **dict.fromkeys(("depth", "censored", "spend_share", "exposure"), "share")}  # fmt: skip
    meanings = {**MEANINGS, **{k: MEANINGS[v] for k, v in SAME.items()}}
    return Table(frame, "Targets, the largest loss first; times in periods", meanings, units, {}, texts, "targets")


def _matrix(test: StressTest) -> Table:
    frame = test.matrix().reset_index()
    return Table(frame, "Targets by likelihood and consequence", MEANINGS, name="risk matrix")
