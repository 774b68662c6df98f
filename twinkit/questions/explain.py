"""Why did customers go without: which event or which policy, and along which way?"""

from __future__ import annotations

from dataclasses import replace

from twinkit.answers import about, drawing_of, events_of, happening, network_picture, placed
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Curve, Fact, Facts, Heading, Picture, Shown, Table, Text, led
from twinkit.study.asked import case_of
from twinkit.study.explain import explain
from twinkit.study.explanation import Explanation
from twinkit.words import amount, digits, one_line, period_word

NOWHERE = "The sites of the way have no latitude and longitude, so it is not drawn on a map."


@register
class ExplainQuestion(Question):
    """The way back from a dip at a market to the events, or to the policy, that caused it."""

    key, title = "explain", "Explain"
    asks = "Why did customers go without: which event or which policy, and along which way?"
    group, audience, order = "How the chain works", "everybody who is asked why", 10
    kinds = (Explanation,)

    events = Input("", "what happens; none chosen: the events of the scenario that is looked at", title="Events", start=[], kind="names",
                   group="What happens")  # fmt: skip
    market = Input("", "market | product; empty: the one that lacks most", title="Market", start="", kind="text", group="Which dip")
    day = Input("periods", "a period of the dip; empty: the worst", title="A period of the dip", start=None, low=0, kind="whole", group="Which dip")
    world = Input("", "number of the world; empty: the typical one of those with a dip", title="World", start=None, low=0, kind="whole",
                  group="Which dip")  # fmt: skip

    def options(self, name: str) -> dict[str, str]:
        if name == "events":
            return events_of(self.ground.case)
        if name == "market":
            rows = self.ground.case["markets"]
            names = [f"{m} | {p}" for m, p in zip(rows["market"], rows["product"], strict=True)]
            return {"": "the one that lacks most", **{n: n for n in names}}
        return super().options(name)

    def check(self) -> list[str]:
        """Periods that there are not."""
        case = self.ground.case
        periods, word, found = int(case.settings["periods"]), period_word(case.settings), []
        if self.day is not None and self.day >= periods:
            found.append(f"There is no {word} {self.day:,}: the run has {periods:,}, from 0 to {periods - 1:,}.")
        return found

    def call(self) -> Call:
        ground = self.ground
        return Call(explain, case_or_outcome=ground.case, scenario=happening(ground.scenario, self.events), market=self.market or None, day=self.day, world=self.world,
                    seed=ground.seed)  # fmt: skip

    @classmethod
    def tell(cls, result: Explanation) -> Answer:
        found = replace(result, trail=replace(result.trail, scenario=one_line(result.trail.scenario, 60)))
        trail, plan = found.trail, found.trail.plan
        case = case_of(result, plan.case)
        told = about(case, Scenario=trail.scenario, World=trail.world, Seed=trail.seed, Market=found.market)
        blocks: list[Block] = [Heading("In short"), *led(found.sentences())]
        blocks += [_facts(found)] if found.units else []
        blocks += [Heading("Which dip"), *_dips(found)] if found.lacking is not None else []
        if found.units:
            way = "The way back"
            blocks += [
                Heading(way), found.branches(0.01), _hops(found), Heading("Causes"), _causes(found), Heading("The way back as a picture"),
                Picture(drawing_of("explanation_tree", found), caption="Causes on the left, the market on the right.", name="way back"), _map(found),
            ]  # fmt: skip
        else:
            blocks += [Heading("The network"), network_picture(plan)]
        method = [
            "What is due to an event is counted against the same world without it: units that are missing with it and are not missing "
            "without it. Several events share by the Shapley value.",
            "Where it went missing is followed hop by hop from the market through stock, lanes and recipes, in the same world.",
            f"World {trail.world} was looked at; a world is one possible course of demand, delays and yields.",
        ]  # fmt: skip
        return Answer(f"Why service dropped: {case.settings.get('title') or case.name}", blocks, told, method, case)


def _facts(found: Explanation) -> Facts:
    policy, word = found.policy_share, period_word(found.trail.plan.case.settings, 2)
    return Facts([
        Fact("units missing", amount(found.units, "units"), f"{word} {found.days.start} to {found.days[-1]}",
             "units that customers asked for in the dip and did not get at once"),
        Fact("because of events", amount(1 - policy, "share"), f"{digits(found.units - found.without)} units",
             "units that are not missing in the same days of the same world without any event"),
        Fact("without any event too", amount(policy, "share"), f"{digits(found.without)} units",
             "units that are missing in the same days of the same world without any event: the policy's part"),
    ])  # fmt: skip


def _dips(found: Explanation) -> list[Block]:
    """What is missing at every market in the worlds that were looked at, to choose from."""
    lacking, word = found.lacking, period_word(found.trail.plan.case.settings)
    mean, low, high = (lacking.course[name].to_numpy(float) for name in ("mean", "low", "high"))
    columns = [
        Shown("market", "market", "market and product"),
        Shown("missing", "missing", "not served at once in the whole run, mean over the worlds", "units"),
        Shown("because", "because of the events", "missing, and not missing in the same worlds without the events", "units"),
        Shown("share", "share missing", "not served at once / demanded", "share"),
        Shown("worst", f"worst {word}", f"{word} with most missing, on average", "-"),
        Shown("worst_share", "missing then", f"share of the demand of that {word} that is missing, mean over the worlds", "share"),
    ]  # fmt: skip
    dips = Table.of(lacking.markets, columns, "Markets that go without, the hardest hit first", "dips")
    return [
        Curve(drawing_of("missing_curve", found), caption="Not served at once", name="dips", lines={lacking.of: [mean, low, high]}, unit="share", picks="day", word=word,
              note=f"Mean share of the demand that is missing; the band holds 9 of 10 worlds. Click a {word}, then explain it."),
        replace(dips, picks={"market": "market", "day": ""}),
    ]  # fmt: skip


def _map(found: Explanation) -> Block:
    sites = found.trail.plan.net.sites.set_index("site")[["latitude", "longitude"]]
    if placed(found.trail.plan) and any(sites.loc[p["site"]].notna().all() for p in found.path() if "site" in p):
        return Picture(drawing_of("explanation_map", found), caption="Lanes of the way back, as wide as their share.", name="way back on map")
    return Text(NOWHERE)


def _causes(found: Explanation) -> Table:
    columns = [
        Shown("cause", "cause", "event, policy, limit or closed days at the end of a way"),
        Shown("kind", "kind", "event, policy, capacity, calendar, orders or rest"),
        Shown("without events", "without events too", "whether it is missing in the same world without the events", write=lambda w: "yes" if w else "no"),
        Shown("units", "found on the way back", "units missing at the market that trace to it", "units"),
        Shown("share", "share", "the same as a share of all that is missing", "share"),
        Shown("counterfactual", "counterfactual",
              "units that would not be missing without it (Shapley value over the events), or that are missing without events", "units"),
        Shown("counterfactual share", "share of it", "the same as a share of all that is missing", "share", page=False),
    ]  # fmt: skip
    return Table.of(found.causes(), columns, "Causes, the largest first", "causes")


def _hops(found: Explanation) -> Table:
    """Every hop: for analysts, and in the workbook."""
    word = period_word(found.trail.plan.case.settings)
    columns = [
        Shown("node", "hop", "stock, lane, recipe or cause"), Shown("kind", "kind", "what it is"), Shown("level", "level", "distance from the market", "-"),
        Shown("since", "since", f"first {word} in which it is short", "-"), Shown("worst day", "worst", f"{word} in which it is shortest", "-"),
        Shown("until", "until", f"last {word}", "-"), Shown("units", "missing", "units missing at the market that go back to it", "units"),
        Shown("share", "share", "the same as a share of all that is missing", "share"),
        Shown("short", "short of", "most that it is short of itself, in units of its own product", "units"), Shown("cause", "why", "what happened there"),
        Shown("event", "event", "name of the event"),
    ]  # fmt: skip
    return Table.of(found.tree(), columns, "Every hop of the way back", "way back", on_page=False)
