"""The report of a resilience scorecard, or of several."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from twinkit.answers import CENSORED, SAME_LUCK, about, answer_first, drawing_of, scenario_words, worlds_words
from twinkit.report.outcome_pictures import network_picture
from twinkit.report.source import case_of
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Table, led
from twinkit.study.ripple import FORMULAS as RIPPLE
from twinkit.study.scorecard_kpis import FORMULAS
from twinkit.study.scorecard_result import Scorecard, Scorecards
from twinkit.words import INTERVAL, PAIRED, SPAN, amount, interval, short_names

LARGE = ("depth", "time to recover", "ripple breadth", "earnings lost")
"""KPIs that are worth being large."""
MEANINGS = {
    "measure": "what the value is: a mean, a median, a share or a day", "value": "mean, median, share or day, as the measure says",
    "low": INTERVAL, "high": INTERVAL, SPAN: INTERVAL, "q05": "5 % of the worlds lie below it", "q95": "5 % of the worlds lie above it",
    "median": "half of the worlds lie below it", "worlds": "worlds over which it is", "shown": "the value as text",
    "9 of 10 worlds": "quantiles: nine worlds in ten lie between them", "definition": "what it means",
    "censored": "worlds in which a time is only known to be longer",
}  # fmt: skip
WAY = {
    "site": "site that is hit", "tier": "its tier; 0 sells to customers", "first": "median of the first period in which it is hit",
    "direction": "the way by which the ripple came", "came from": "site or event from which it came", "came_from": "site or event "
    "from which it came", "delay": "median time that it took [periods]", "delay_q05": "5 % of the worlds lie below it",
    "delay_q95": "5 % of the worlds lie above it", "lead_time": "lead time of the lane", "buffer": "delay less lead time: how long "
    "stock held it up", "share": "share of the worlds in which it came this way",
}  # fmt: skip
COSTS = {"part": "part of the cost", "with event": "mean over the worlds, with the event", "without": "mean over the same worlds "
         "without it", "difference": PAIRED, "low": INTERVAL, "high": INTERVAL, SPAN: INTERVAL}  # fmt: skip


def built(thing: Scorecard | Scorecards) -> Answer:
    """What is particular to the report of scorecards."""
    given = dict(thing) if isinstance(thing, Mapping) else {thing.scenario.name: thing}
    cards = dict(zip(short_names(list(given)), given.values(), strict=True))
    first = next(iter(cards.values()))
    case = case_of(thing, first.plan.case)
    told = about(
        case, Events="; ".join(scenario_words(c.scenario) for c in cards.values()), Worlds=f"{first.worlds:,}", Seed=first.outcome.seed,
        Periods=f"{first.plan.periods:,}",
    )  # fmt: skip
    blocks: list[Block] = [Heading("In short")]
    for name, card in cards.items():
        blocks += [Heading(name, 3)] if len(cards) > 1 else []
        blocks += [*led(answer_first(card.sentences())), _facts(card)]
    for name, card in cards.items():
        blocks += _sections(name, card, len(cards) > 1)
    blocks += [Heading("The network"), network_picture(first.plan)]
    settings = first.plan.case.settings
    method = [
        worlds_words(first.outcome.seed, first.outcome.first, first.worlds), SAME_LUCK,
        f"Service has failed where it is below {100 * settings['failure_level']:g} % of what it is in the same world without the event, "
        f"and has recovered when it is back for good at {100 * settings['recovery_level']:g} % or more: to the end of the run, and {settings['hold']:g} periods at least.",
        f"A site is hit where it sends less than {100 * first.fall:g} % of what it sends without the event, over {first.window} periods.",
        CENSORED,
    ]  # fmt: skip
    return Answer(f"Resilience: {settings.get('title') or case.name}", blocks, told, method, case)


def _sections(name: str, card: Scorecard, several: bool) -> list[Block]:
    """Everything about one set of events."""
    more = f": {name}" if several else ""
    level = 3 if several else 2
    blocks: list[Block] = [Heading(name)] if several else []
    blocks += [Heading(f"Scorecard{more}", level), _numbers(name, card), Heading(f"Day by day{more}", level)]
    blocks.append(
        Picture(
            drawing_of("service_curve", card.outcome),
            caption="Share of demand that is served at once.",
            name=f"service {name}",
        )
    )
    blocks.append(Heading(f"How it spreads{more}", level))
    if len(card.ripple()):
        caption = "Throughput of every tier, as a share of that of the same worlds without the event."
        blocks += [
            Picture(drawing_of("ripple_heatmap", card), caption=caption, name=f"ripple {name}"),
            _way(name, card),
            _ripple(name, card),
        ]
    blocks += [Heading(f"Costs{more}", level), _costs(name, card)]
    return blocks


def _said(row: dict, value: float) -> str:
    return "" if value != value else "not by the end" if abs(value) == float("inf") else amount(value, row["unit"])


def _facts(card: Scorecard) -> Facts:
    rows = card.table().set_index("kpi", drop=False)
    found = []
    for kpi in LARGE:
        row = rows.loc[kpi].to_dict()
        shown = (
            f"{row['shown']} {row['unit']}"
            if row["censored"] and row["shown"].startswith(">")
            else _said(row, row["value"])
        )
        if shown:
            span = interval(row["low"], row["high"], row["unit"])
            found.append(Fact(kpi, shown, f"{row['measure']}{'; ' + span if span else ''}", row["definition"]))
    return Facts(found)


def _numbers(name: str, card: Scorecard) -> Table:
    frame = card.table()
    texts = []
    for row in frame.to_dict("records"):
        censored = row["censored"] and str(row["shown"]).startswith(">")
        texts.append({
            "kpi": row["kpi"], "measure": row["measure"],
            "value": f"{row['shown']} {row['unit']}" if censored else _said(row, row["value"]) or "not defined",
            SPAN: interval(row["low"], row["high"], row["unit"]), "9 of 10 worlds": _range(row),
            "worlds": f"{row['worlds']}" + (f", {row['censored']} open" if row["censored"] else ""),
        })  # fmt: skip
    rows = {kpi: meaning for kpi, (_, meaning) in FORMULAS.items()}
    return Table(frame, f"Scorecard of {name}", {**MEANINGS, "kpi": "name of the figure", "unit": "its unit"}, {}, rows,
                 pd.DataFrame(texts), f"scorecard {name}")  # fmt: skip


def _range(row: dict) -> str:
    low, high = _said(row, row["q05"]), _said(row, row["q95"])
    return f"{low} to {high}" if low and high else ""


def _way(name: str, card: Scorecard) -> Table:
    frame = card.path()
    texts = pd.DataFrame({
        "site": frame["site"], "tier": frame["tier"].astype(str), "came from": frame["came_from"], "direction": frame["direction"],
        "first": frame["first"], "delay": frame["delay"], "share": [amount(s, "share") if s == s else "–" for s in frame["share"]],
    })  # fmt: skip
    units = {"first": "period", "delay": "periods", "lead_time": "periods", "buffer": "periods", "share": "share"}
    return Table(
        frame,
        "From where it came to each site, in the order of the days; periods",
        WAY,
        units,
        {},
        texts,
        f"way {name}",
    )


def _ripple(name: str, card: Scorecard) -> Table:
    meanings = {**WAY, **{k.replace(" ", "_"): m for k, (_, m) in RIPPLE.items()}}
    return Table(card.ripple(), "Every site that is hit", meanings, name=f"ripple {name}", on_page=False)


def _costs(name: str, card: Scorecard) -> Table:
    frame, unit = card.costs(), card.plan.case.settings["currency"]
    texts = pd.DataFrame({
        "part": frame["part"], "with event": [amount(v, unit) for v in frame["with event"]],
        "without": [amount(v, unit) for v in frame["without"]], "difference": [amount(v, unit) for v in frame["difference"]],
        SPAN: [interval(a, b, unit) for a, b in zip(frame["low"], frame["high"], strict=True)],
    })  # fmt: skip
    units = dict.fromkeys(("with event", "without", "difference", "low", "high"), unit)
    return Table(frame, f"Costs of {name}, with the event and without", COSTS, units, {}, texts, f"costs {name}")
