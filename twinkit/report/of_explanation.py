"""The report of an explanation."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from twinkit.answers import about, drawing_of
from twinkit.report.outcome_pictures import network_picture, placed
from twinkit.report.source import case_of, question_of
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Table, Text, led
from twinkit.study.asked import Asked
from twinkit.study.explain import Explanation
from twinkit.words import amount, digits, one_line

CAUSES = {
    "cause": "where the missing units go back to", "kind": "event, policy, capacity, lead time, orders or rest",
    "without events": "whether they are missing in the same world without any event too",
    "units": "missing units that the way back leads to it", "share": "the same as a share of all that is missing",
    "counterfactual": "units that would not be missing without it (Shapley value over the events)",
    "counterfactual share": "the same as a share of all that is missing",
}  # fmt: skip
TREE = {
    "level": "distance from the market", "node": "stock, lane, recipe or cause; indented by its level", "kind": "what it is",
    "since": "first period in which it is short", "worst day": "period in which it is shortest", "until": "last period",
    "units": "units missing at the market that go back to it", "share": "the same as a share of all that is missing",
    "short": "most that it is short of itself, in units of its own product", "cause": "why", "event": "name of the event",
}  # fmt: skip


def built(found: Explanation) -> Answer:
    """What is particular to the report of an explanation."""
    given, found = found, replace(found, trail=replace(found.trail, scenario=one_line(found.trail.scenario, 60)))
    plan = found.trail.plan
    case = case_of(given, plan.case)
    told = about(case, Scenario=found.trail.scenario, World=found.trail.world, Seed=_seed(given), Market=found.market)
    blocks: list[Block] = [Heading("In short"), *led([found.sentence(), found.disclosure(), found.seen.strip()])]
    if found.units > 0:
        blocks += [
            _facts(found),
            Heading("Causes"),
            _causes(found),
            Heading("The way back"),
            *_way(found),
            _tree(found),
        ]
    blocks += [Heading("The network"), network_picture(plan)] if not (found.units > 0 and placed(plan)) else []
    method = [
        "What is due to an event is counted against the same world without it: units that are missing with it and are not missing "
        "without it. Several events share by the Shapley value.",
        "Where it went missing is followed hop by hop from the market through stock, lanes and recipes, in the same world.",
        f"World {found.trail.world} was looked at; a world is one possible course of demand, delays and yields.",
    ]  # fmt: skip
    name = str(case.settings.get("title") or case.name)
    return Answer(f"Why service dropped: {name}", blocks, told, method, case)


def _seed(found: Explanation) -> int | None:
    asked = question_of(found)
    if asked is None:
        return None
    given = asked.arguments.get("seed")
    inner = asked.arguments.get("case_or_outcome")
    if given is None and isinstance(inner, Asked):
        return inner.arguments["runs"][0]["seed"]
    return int(found.trail.plan.case.settings["seed"]) if given is None else given


def _facts(found: Explanation) -> Facts:
    policy = found.policy_share
    return Facts([
        Fact("units missing", amount(found.units, "units"), f"periods {found.days.start} to {found.days[-1]}",
             "units that customers asked for in the dip and did not get at once"),
        Fact("because of events", amount(1 - policy, "share"), f"{digits(found.units - found.without)} units",
             "units that are not missing in the same days of the same world without any event"),
        Fact("without any event too", amount(policy, "share"), f"{digits(found.without)} units",
             "units that are missing in the same days of the same world without any event: the policy's part"),
    ])  # fmt: skip


def _causes(found: Explanation) -> Table:
    frame = found.causes()
    texts = pd.DataFrame({
        "cause": frame["cause"], "kind": frame["kind"], "units": [amount(u, "units") for u in frame["units"]],
        "share": [amount(s, "share") for s in frame["share"]],
        "counterfactual": [amount(u, "units") if u == u else "–" for u in frame["counterfactual"]],
    })  # fmt: skip
    units = {"units": "units", "counterfactual": "units", "share": "share", "counterfactual share": "share"}
    return Table(frame, "Causes, the largest first", CAUSES, units, {}, texts, "causes")


def _way(found: Explanation) -> list[Block]:
    pictures: list[Block] = [Picture(drawing_of("explanation_tree", found), caption="Causes on the left, the market on the right.",
                                     name="way back")]  # fmt: skip
    if placed(found.trail.plan):
        pictures.append(
            Picture(drawing_of("explanation_map", found), caption="The way back on the map.", name="way back on map")
        )
    return pictures


def _tree(found: Explanation) -> Table | Text:
    frame, shown = found.tree(), found.tree(0.02)
    if not len(frame):
        return Text("There is no way back to follow.")
    texts = pd.DataFrame({
        "node": ["\u2002" * int(r.level) + str(r.node) for r in shown.itertuples(index=False)],
        "since": shown["since"], "worst day": shown["worst day"], "units": [amount(u, "units") for u in shown["units"]],
        "share": [amount(s, "share") for s in shown["share"]], "cause": shown["cause"],
    })  # fmt: skip
    return Table(
        frame,
        "Every hop; parts below 2 % are in the workbook only",
        TREE,
        {"units": "units", "share": "share"},
        {},
        texts,
        "way back",
    )
