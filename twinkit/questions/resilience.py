"""How hard do events hit, how far does it spread, and how long does it last?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twinkit.answers import (
    CENSORED,
    SAME_LUCK,
    about,
    answer_first,
    costs_table,
    drawing_of,
    events_of,
    failed_words,
    happening,
    network_picture,
    scenario_words,
    worlds_words,
)
from twinkit.capabilities.hazards.often import first_events
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, led
from twinkit.run.scenario import Scenario
from twinkit.study.asked import case_of
from twinkit.study.ripple import FORMULAS as RIPPLE
from twinkit.study.scorecard import resilience
from twinkit.study.scorecard_kpis import FORMULAS
from twinkit.study.scorecard_result import Scorecard, Scorecards
from twinkit.words import PAIRED, SPAN, amount, digits, percent, period_word, short_names

LARGE = ("depth", "time to recover", "time to survive (measured)", "resilience index", "ripple breadth", "earnings lost")
"""KPIs that are worth being large."""
LEVELS: dict[str, Any] = {"group": "From when on service has failed", "folded": True, "start": None}


@register
class ResilienceQuestion(Question):
    """The scorecard of a scenario, from service to the ripple and the money."""

    key, title = "resilience", "Resilience"
    asks = "How hard does an event hit, how far does it spread, and how long does it last?"
    group, audience, order = "What may happen", "everybody who plans for the worst", 60
    kinds = (Scorecard, Scorecards)

    events = Input("", "what happens; none chosen: the events of the scenario that is looked at", title="Events", start=[], kind="names",
                   group="What happens")  # fmt: skip
    beside = Input("", "scenarios whose events are measured too, in the same worlds", title="Side by side with", start=[], kind="names",
                   group="Side by side with", folded=True)  # fmt: skip
    fall = Input("share", "a site is hit where it sends less than this share of what it sends in the same world without the events", title="Counts as hit below",
                 start=0.9, low=0.01, high=1.0, group="What counts as hit")  # fmt: skip
    window = Input("periods", "a site is hit where that is so over these periods together; empty: the hold of the case", title="Over",
                   start=None, low=1, kind="whole", group="What counts as hit")  # fmt: skip
    failure_level = Input("share", "service, relative to no event, below which it has failed; empty: that of the case", title="Failed below",
                          low=0.01, high=1.0, **LEVELS)  # fmt: skip
    recovery_level = Input("share", "and from which on it is recovered; empty: that of the case", title="Recovered from", low=0.01, high=1.0,
                           **LEVELS)  # fmt: skip
    hold = Input("periods", "for which it must stay recovered; empty: that of the case", title="Held for", low=1, kind="whole", **LEVELS)

    def begins(self) -> dict[str, Any]:
        """With an event of the case, where nothing happens in the scenario that is looked at."""
        case, chosen = self.ground.case, self.ground.scenario.events
        return {} if chosen or case["events"]["scheduled"].any() else {"events": first_events(case)[:1]}

    @property
    def sets(self) -> list[Scenario]:
        """The scenarios that are measured: the one that is looked at first."""
        known, first = self.ground.scenarios, happening(self.ground.scenario, self.events)
        return [first, *(known[name] for name in self.beside if name in known and name != first.name)]

    def options(self, name: str) -> dict[str, str]:
        if name == "events":
            return events_of(self.ground.case)
        if name == "beside":
            return {s: s for s in self.ground.scenarios if s != self.ground.scenario.name}
        return super().options(name)

    def check(self) -> list[str]:
        """A scenario without events; more periods than a run has."""
        case = self.ground.case
        gone = self.beside if len(self.ground.scenarios) == 1 else []  # nothing is on offer that they could be held against
        found = [f"There is no scenario '{name}' any more: take it out." for name in gone]
        always = case["events"]["scheduled"].any()
        found += [f"No event happens in “{s.name}”: choose an event, or a scenario with one." for s in self.sets if not (s.events or always)]
        last = int(case.settings["periods"])
        for one in (type(self).window, type(self).hold):
            if (given := self.read(one) or 0) > last:
                found.append(f"{one.title} {given:,} {period_word(case.settings, given)}: a run has {last:,}.")
        return found

    def call(self) -> Call:
        sets, ground = self.sets, self.ground
        return Call(
            resilience, case=ground.case, events=sets if len(sets) > 1 else sets[0], replications=ground.replications, seed=ground.seed,
            failure_level=self.failure_level, recovery_level=self.recovery_level, hold=self.hold, fall=self.fall, window=self.window,
        ).growing("replications")  # fmt: skip

    @classmethod
    def tell(cls, result: Scorecard | Scorecards) -> Answer:
        given = dict(result) if isinstance(result, Mapping) else {result.scenario.name: result}
        cards = dict(zip(short_names(list(given)), given.values(), strict=True))
        first = next(iter(cards.values()))
        plan, outcome, settings = first.plan, first.outcome, first.plan.case.settings
        case = case_of(result, plan.case)
        told = about(
            case, Events="; ".join(scenario_words(c.scenario) for c in cards.values()), Worlds=f"{first.worlds:,}", Seed=outcome.seed,
            Periods=f"{plan.periods:,}",
        )  # fmt: skip
        blocks: list[Block] = [Heading("In short")]
        for name, card in cards.items():
            blocks += [Heading(name, 3)] if len(cards) > 1 else []
            blocks += [*led(answer_first(card.sentences())), _facts(card)]
        for name, card in cards.items():
            blocks += _sections(name, card, len(cards) > 1)
        method = [
            worlds_words(outcome.seed, outcome.first, first.worlds), SAME_LUCK,
            failed_words(settings),
            f"A site is hit where it sends less than {amount(first.fall, 'share')} of what it sends without the event, over {first.window} "
            f"{period_word(settings, first.window)}.",
            CENSORED,
        ]  # fmt: skip
        return Answer(f"Resilience: {settings.get('title') or case.name}", [*blocks, Heading("The network"), network_picture(plan)], told, method, case)


def _sections(name: str, card: Scorecard, several: bool) -> list[Block]:
    """Everything about one set of events."""
    more, tag, level = (f": {name}", f" {name}", 3) if several else ("", "", 2)
    blocks: list[Block] = [Heading(name)] if several else []
    blocks += [Heading(f"Scorecard{more}", level), _numbers(name, tag, card), Heading(f"Over time{more}", level)]
    blocks.append(Picture(drawing_of("service_curve", card.outcome), caption="Share of demand that is served at once.", name=f"service{tag}"))
    if len(card.ripple()):
        caption = "Throughput of every tier, as a share of that of the same worlds without the event."
        blocks += [
            Heading(f"How it spreads{more}", level), Picture(drawing_of("ripple_heatmap", card), caption=caption, name=f"ripple{tag}"),
            Picture(drawing_of("ripple_heatmap", card, "site"), caption="The same of every site that is hit.", name=f"ripple by site{tag}"),
            _way(tag, card), _ripple(tag, card),
        ]  # fmt: skip
    blocks += [
        Heading(f"What it costs{more}", level), Picture(drawing_of("cost_waterfall", card), caption=f"{PAIRED.capitalize()}.", name=f"costs{tag}"),
        costs_table(card.costs(), name, card.plan.case.settings["currency"], f"costs{tag}"), Heading(f"How orders swing{more}", level), _bullwhip(name, tag, card),
    ]  # fmt: skip
    return blocks


# --- figures


def _said(card: Scorecard, row: Mapping[str, Any], value: float) -> str:
    """A value of a figure with its unit; "" for one that is not defined."""
    settings, unit = card.plan.case.settings, row["unit"]
    if value != value:
        return ""
    if math.isinf(value):
        return "beyond the end of the run"
    if unit == "period":
        return f"{period_word(settings)} {value:g}"
    return f"{digits(value)} {period_word(settings, value)}" if unit == "periods" else amount(value, unit)


def _value(card: Scorecard, row: Mapping[str, Any]) -> str:
    """The value; a time that is censored as longer than what was watched."""
    if row["censored"] and str(row["shown"]).startswith(">"):
        return f"{row['shown']} {period_word(card.plan.case.settings, 2)}"
    return _said(card, row, row["value"]) or "not defined"


def _range(card: Scorecard, row: Mapping[str, Any], low: str, high: str) -> str:
    ends = [_said(card, row, row[end]) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}" if all(ends) and row[low] != row[high] else ""


def _facts(card: Scorecard) -> Facts:
    rows = card.table().set_index("kpi", drop=False)
    found = []
    for kpi in LARGE:
        row = rows.loc[kpi].to_dict()
        label, gains = kpi, kpi == "earnings lost" and row["value"] < 0
        if gains:  # a loss below nothing is said as what it is
            label, ends = "earned more because of the events", (-row["high"], -row["low"])
            row |= {"value": -row["value"], "low": ends[0], "high": ends[1], "definition": f"less than nothing of: {row['definition']}"}
        if row["value"] == row["value"]:
            span = _range(card, row, "low", "high")
            late = f"censored in {row['censored']} of {row['worlds']} worlds" if row["censored"] else ""
            never = f"0 where service never fails, as in {percent(1 - card.outcome.failed.mean())} of the worlds"
            own = never if kpi == "time to recover" and not card.outcome.failed.all() else ""
            how = "; ".join(part for part in (row["measure"], own, f"{SPAN} {span}" if span else "", late) if part)
            found.append(Fact(label, _value(card, row), how, f"{row['definition']} [{row['unit']}]"))
    return Facts(found)


def _numbers(name: str, tag: str, card: Scorecard) -> Table:
    rows = card.table().to_dict("records")
    frame = card.table().assign(
        said=[_value(card, r) for r in rows], sure=[_range(card, r, "low", "high") for r in rows],
        spread=[_range(card, r, "q05", "q95") for r in rows], over=[f"{r['worlds']:,}" + (f", {r['censored']:,} open" if r["censored"] else "") for r in rows],
    )  # fmt: skip
    columns = [
        Shown("kpi", "figure", "name of the figure"), Shown("said", "value", "mean, median, share or period, as the measure says; > x is censored"),
        Shown("measure", "measure", "what the value is"), Shown("sure", SPAN, "of a mean by Student's t, of a median by ranks, of a share by Wilson"),
        Shown("spread", "9 of 10 worlds", "quantiles: nine worlds in ten lie between them"),
        Shown("over", "worlds", "worlds over which it is; open: a time that is only known to be longer"),
        Shown("definition", "definition", "how it is worked out", page=False),
    ]  # fmt: skip
    table = Table.of(frame, columns, f"Scorecard of {name}", f"scorecard{tag}")
    return replace(table, rows={kpi: meaning for kpi, (_, meaning) in FORMULAS.items()})


# --- the ripple, money, orders


def _way(tag: str, card: Scorecard) -> Table:
    period = period_word(card.plan.case.settings)
    times = ("delay_q05", "delay_q95")
    columns = [
        Shown("site", "site", "site that is hit"), Shown("tier", "tier", "0 sells to customers", "-"),
        Shown("came_from", "came from", "neighbour that was hit before it; of a site where it begins, the events"),
        Shown("direction", "way", "downstream: goods are owed; upstream: it is asked for less"),
        Shown("first", f"from {period}", "median of the first period in which it is hit", "-"),
        Shown("delay", "after", "median of the periods that it took from there; in brackets what holds 9 of 10 worlds", "-", times),
        Shown("lead_time", "lead time", "of the lane; of orders their information delay [periods]", "-", page=False),
        Shown("buffer", "buffer", "delay less lead time: how long stock held it up [periods]", "-", page=False),
        Shown("share", "of the worlds", "share of the worlds with a hit in which it came this way", "share"),
    ]  # fmt: skip
    table = Table.of(card.path(), columns, f"From where it came to each site, in the order of the {period}s", f"way{tag}")
    return replace(table, definitions={**table.definitions, **dict.fromkeys(times, "nine worlds in ten lie between delay_q05 and delay_q95")})


def _ripple(tag: str, card: Scorecard) -> Table:
    money = card.plan.case.settings["currency"]
    columns = [
        Shown("site", "site", "site that is hit"), Shown("struck", "struck", "whether an event acts on the site itself", write=lambda b: "yes" if b else "no"),
        Shown("worlds", "worlds in which it is hit", "share of the worlds", "share", ("worlds_low", "worlds_high")),
        Shown("first", "first hit", f"median; {RIPPLE['first hit'][1]}", "-"),
        Shown("after", "after the event", "median periods since the event began", "-"), Shown("days", "hit for", f"median; {RIPPLE['days hit'][1]}", "-"),
        Shown("throughput", "down to", RIPPLE["throughput at worst"][1], "share", ("throughput_low", "throughput_high")),
        Shown("missing", "behind by", RIPPLE["missing at worst"][1], money, ("missing_low", "missing_high")),
        Shown("not_asked", "not asked for", RIPPLE["not asked for"][1], money),
        Shown("lost", "not made up for", RIPPLE["lost"][1], money, ("lost_low", "lost_high")),
        Shown("units_lost", "units not made up for", "units that it sends less in the whole run", "units"),
    ]  # fmt: skip
    return Table.of(card.ripple(), columns, "Every site that is hit", f"ripple{tag}", on_page=False)


def _bullwhip(name: str, tag: str, card: Scorecard) -> Table:
    rows = card.bullwhip()
    columns = [
        Shown("level", "level", "end to end: orders of the tier for a product against what customers' demand takes of it; tier: mean over its stocks where both vary"),
        Shown("tier", "tier", "0 sells to customers", "-"), Shown("name", "of", "what is ordered"),
        Shown("without", "without the events", "variance of orders placed / variance of demand received", "-"),
        Shown("with", "with the events", "the same worlds with the events", "-"), Shown("difference", "difference", PAIRED, "-", ("low", "high")),
    ]  # fmt: skip
    return Table.of(rows[rows["level"] != "stock"].reset_index(drop=True), columns, f"Bullwhip ratios of {name}", f"bullwhip{tag}")
