"""What comes of a scenario, and what does it change against another on the same luck?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from twinkit.answers import (
    CENSORED,
    SAME_LUCK,
    about,
    costs_table,
    drawing_of,
    failed_words,
    network_picture,
    placed,
    scenario_words,
    worlds_words,
)
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Shown, Table, Text, led
from twinkit.run.ensemble import Dropped, ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import SHARE, mean_interval
from twinkit.run.verdict import NONE, judged, measure_of, served
from twinkit.show.kpis import MEANINGS, change_of, figure_of, kpi_table
from twinkit.study.asked import scenario_of
from twinkit.study.at_risk import at_risk_table
from twinkit.study.compare import MET, MISSED, Check, checks, compare, compare_costs, record_fit, record_words
from twinkit.study.words import (
    felt,
    hardly_moves,
    headline,
    measures_sentence,
    paired_kpi,
    periods_word,
    usual_service,
    worst_day,
)
from twinkit.words import PAIRED, amount, in_points, interval, listed, short_names, sure

MOST = 6
"""Scenarios that stand side by side on a page; of more it shows an overview."""
DRAWN = 4
"""Scenarios whose curves are drawn in one picture."""
FIRST = ("fill rate", "time to recover", "depth", "lost sales", "earnings", "total cost", "revenue", "inventory")
"""KPIs that stand at the top where scenarios are side by side."""
OVERVIEW = ("fill rate", "time to recover", "resilience loss", "lost sales", "total cost")
NOT_KEPT = "The days of single markets were not kept in this run, so nothing recorded is held against it here; twinkit.what_if and the workbench do that."
MARKS = {MET: "✓ met", MISSED: "✗ not met"}


@register
class WhatIf(Question):
    """One scenario in many worlds, or several side by side, world by world."""

    key, title, group, audience = "what_if", "Outcome", "For analysts", "analysts"
    asks = "What comes of a scenario, does it reach what is meant to be reached, and what does it change against another?"
    kinds = (Outcome,)

    scenarios = Input("", "none chosen: the one that is looked at", start=[], kind="names", group="Which scenarios (none chosen: the one that is looked at)")
    against = Input("", "the one that the others are held against; empty: the first", title="Against", start="", kind="text")

    @classmethod
    def tells(cls, result: Any) -> bool:
        many = isinstance(result, Mapping) and result and all(isinstance(v, Outcome) for v in result.values())
        return bool(many) or super().tells(result)

    def chosen(self) -> list[Scenario]:
        """What is run, the one that the others are held against first."""
        known = self.ground.scenarios
        names = [n for n in known if n in self.scenarios]
        first = [self.against] if self.against in known else []
        return [known[n] for n in dict.fromkeys([*first, *names])] if names else [self.ground.scenario]

    def options(self, name: str) -> dict[str, str]:
        known = {n: n for n in self.ground.scenarios}
        return {"": "the first", **known} if name == "against" else known

    def check(self) -> list[str]:
        many = len(self.chosen())
        return [f"{many} scenarios are chosen; up to {MOST} can be compared side by side."] if many > MOST else []

    def call(self) -> Call:
        return Call(ensemble, case=self.ground.case, scenarios=self.chosen(), replications=self.ground.replications, seed=self.ground.seed).growing("replications")

    def code(self) -> str:
        chosen = self.chosen()
        more = f"\ndifferences = {{name: twinkit.compare(result[{chosen[0].name!r}], result[name]) for name in list(result)[1:]}}"
        return super().code() + (more if len(chosen) > 1 else "")

    @classmethod
    def tell(cls, result: Outcome | Mapping[str, Outcome]) -> Answer:
        named = result if isinstance(result, Mapping) else {result.scenario: result}
        outcomes = {n: replace(o, scenario=n) for n, o in zip(short_names(list(named)), named.values(), strict=True)}
        first = next(iter(outcomes.values()))
        case, _ = scenario_of(first)
        name = str(case.settings.get("title") or case.name)
        title = f"{first.scenario}: {name}" if len(outcomes) == 1 else f"{len(outcomes)} scenarios compared: {name}"
        told = about(
            case, Scenarios="; ".join(scenario_words(scenario_of(o)[1]) for o in outcomes.values()),
            Worlds=f"{first.replications:,}", Seed=first.seed, Periods=f"{first.plan.periods:,}",
        )  # fmt: skip
        blocks = [Heading("In short"), *led(sentences_of(outcomes)), *_facts(outcomes)]
        blocks += _alone(first) if len(outcomes) == 1 else _together(outcomes)
        return Answer(title, [*blocks, *_pictures(outcomes)], told, method_of(outcomes), case)


def paired_luck(base: Outcome, other: Outcome) -> bool:
    """Whether two outcomes saw the same worlds."""
    return (base.seed, base.first, base.replications) == (other.seed, other.first, other.replications)


def has_curves(outcome: Outcome) -> bool:
    """Whether the histories of an outcome were kept."""
    return not isinstance(outcome.service, Dropped)


def method_of(outcomes: Mapping[str, Outcome]) -> list[str]:
    """How it was worked out."""
    first = next(iter(outcomes.values()))
    return [worlds_words(first.seed, first.first, first.replications), SAME_LUCK, failed_words(first.plan.case.settings), CENSORED]


# --- in sentences


def sentences_of(outcomes: Mapping[str, Outcome]) -> list[str]:
    """What came of some scenarios; the first is what the others are compared with.

    Parameters
    ----------
    outcomes
        Name → outcome.
    """
    names = list(outcomes)
    if len(names) == 1:
        return _said_alone(outcomes[names[0]])
    told = [_against(names[0], outcomes[names[0]], name, outcomes[name]) for name in names[1:4]]
    lines = [headline(o, f"In '{name}'") for name, o in list(outcomes.items())[:4] if _tells(o)]
    more = [f"{len(names) - 4} more scenarios stand in the tables."] if len(names) > 4 else []
    return [*told, *lines, *more]


def _tells(outcome: Outcome) -> bool:
    """Whether there is an event, and a curve that shows what it does."""
    return bool(outcome.events) and has_curves(outcome)


def _said_alone(outcome: Outcome) -> list[str]:
    filled = outcome.kpis["fill rate"]
    plain = f"{sure(mean_interval(filled[filled == filled], within=SHARE), 'share')} of what customers ask for is served at once from stock."
    if _tells(outcome):
        return [line for line in (headline(outcome), felt(outcome), plain, usual_service(outcome)) if line]
    if outcome.events:
        return [plain]
    calm = "No event happens in this scenario, so nothing is lost against a quieter run and times to recover are 0."
    if scheduled := list(dict.fromkeys(outcome.plan.effects.names)):
        calm = (f"This scenario names no event. What the case has scheduled ({listed(scheduled, 4)}) happens in every world, so "
                "nothing is lost against a quieter run; a resilience scorecard says what it does.")  # fmt: skip
    return [plain, calm]


def _against(first: str, base: Outcome, name: str, other: Outcome) -> str:
    """What a scenario changes against the first, on the same luck."""
    if not paired_luck(base, other):
        return f"'{name}' was not run on the luck of '{first}', so the two cannot be compared."
    if _tells(base) and _tells(other) and base.events == other.events:
        told = measures_sentence(base, other).removeprefix("Your measures ")
        return f"Against '{first}' on the same luck, the measures of '{name}' {told}"
    kpi, parts = measure_of(base.kpis), []
    for one, unit, what in ((kpi, base.unit("money"), "amount earned" if kpi == "earnings" else kpi), ("fill rate", "share", "fill rate")):
        found = paired_kpi(base, other, one)
        if found.clear:
            span = in_points(sure((abs(found.mean), *sorted((abs(found.low), abs(found.high)))), unit))
            parts.append(f"the {what} is {'higher' if found.mean > 0 else 'lower'} by {span}")
        else:
            parts.append(f"the {what} is not clearly different")
    return f"In '{name}', against '{first}' on the same luck, {parts[0]} and {parts[1]}."


# --- what is worth being large


def _facts(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first, *others = outcomes.values()
    if not others:
        verdicts = {c.kpi: c.verdict for c in checks(first)}
        found = [replace(f, interval=f"{f.interval}; objective {verdicts[f.label]}".removeprefix("; ")) if f.label in verdicts else f
                 for f in facts_alone(first)]  # fmt: skip
        return [Facts(found)]
    last = others[-1]
    if not paired_luck(first, last):
        return []
    return [Text(f"What '{last.scenario}' changes against '{first.scenario}', world by world:", "quiet"), Facts(_changes(first, last))]


def facts_alone(outcome: Outcome) -> list[Fact]:
    """The main figures of one scenario; what its events do where it has any."""
    unit, kpi, filled = outcome.unit("money"), measure_of(outcome.kpis), outcome.kpis["fill rate"]
    fill = mean_interval(filled[np.isfinite(filled)], within=SHARE)
    found = [Fact("fill rate", amount(fill[0], "share"), interval(*fill[1:], "share"), MEANINGS["fill rate"])]
    if outcome.events:
        if has_curves(outcome):
            day = worst_day(outcome)
            low, high = (amount(q, "share") for q in np.quantile(outcome.service[day], (0.05, 0.95)))
            found.append(Fact("lowest service level", amount(outcome.service[day].mean(), "share"),
                              f"{periods_word(outcome, 1)} {day}; {low} to {high} in 9 of 10 worlds",
                              "mean service level in the period in which it is lowest since the event began; the period is chosen "
                              "after the look, so there is no interval of the mean"))  # fmt: skip
        low, middle, high = (outcome.times_to_recover.shown(share) for share in (0.05, 0.5, 0.95))
        word, late = periods_word(outcome), int(outcome.censored.sum())
        span = f"median; in 9 of 10 worlds {low} to {high} {word}" + (f"; {late} of {outcome.replications} not back by the end" if late else "")
        found.append(Fact("time to recover", f"{middle} {word}", span, MEANINGS["time to recover"]))
    for one in ("lost sales", kpi):
        values = outcome.kpis[one]
        value = mean_interval(values[np.isfinite(values)])
        found.append(Fact(one, amount(value[0], outcome.unit_of(one)), interval(*value[1:], outcome.unit_of(one)), MEANINGS[one]))
    if outcome.events:
        name = "earned less because of the events" if kpi == "earnings" else "total cost because of the events"
        change = mean_interval((outcome.calm_kpis[kpi] - outcome.kpis[kpi]) * (1 if kpi == "earnings" else -1))
        found.append(Fact(name, amount(change[0], unit), interval(*change[1:], unit),
                          f"against the same worlds without the events; {kpi}: {MEANINGS[kpi]}"))  # fmt: skip
    return found


def _changes(base: Outcome, other: Outcome) -> list[Fact]:
    found = []
    for kpi in ("fill rate", "time to recover", "lost sales", measure_of(base.kpis)):
        one, unit = paired_kpi(base, other, kpi), base.unit_of(kpi)
        if not one.worlds:
            continue
        said = judged(kpi, one.mean, one.low, one.high, served(base.kpis, other.kpis))
        word = f"no verdict: {said.why}" if said.word == NONE else f"better in {amount(one.better, 'share')} of {one.worlds} worlds"
        span = "the same in every world" if one.mean == one.low == one.high == 0 else in_points(interval(one.low, one.high, unit))
        told = "; ".join(part for part in (span, "" if one.clear else "not clear", word) if part)
        late = "; counted as far as both were watched" if kpi == "time to recover" else ""
        value = in_points(f"{'+' if one.mean > 0 else ''}{amount(one.mean, unit)}")
        found.append(Fact(f"{kpi}: change", value, told, f"{PAIRED}{late}; {kpi}: {MEANINGS[kpi]}"))
    return found


# --- tables of one scenario


def _alone(outcome: Outcome) -> list[Block]:
    kept, name = isinstance(outcome.calm_markets, dict), outcome.scenario
    fit = record_fit(outcome) if kept else pd.DataFrame()
    said = record_words(fit) if kept or not len(outcome.plan.case["history"]) else NOT_KEPT
    blocks: list[Block] = [Heading("Objectives"), *_objectives(checks(outcome)), Heading("Key figures"), kpi_table(outcome)]
    blocks += [Heading("Costs by part"), _costs(name, outcome, "costs")]
    risk = at_risk_table(outcome)
    blocks += [Heading("Who goes without"), *risk] if risk else []
    return [*blocks, Heading("Against the record"), Text(said), *([_records(fit)] if len(fit) else [])]


def _objectives(found: list[Check]) -> list[Block]:
    """Every objective: met, not met, or cannot say."""
    if not found:
        return [Text("This case has no objectives. Write them into its table objectives to have them checked here.", "quiet")]
    columns = [
        Shown("kpi", "Objective", "KPI that the objective aims at"),
        Shown("target", "Target", "what is to be reached, from the table objectives", "-",
              row=lambda row: f"{row['relation'].replace('_', ' ')} {amount(row['target'], row['unit'])}"),
        Shown("verdict", "Verdict", "met or not met if the whole 95 % interval is on that side of the target; else it cannot be said",
              write=lambda word: MARKS.get(word, "? cannot say")),
        Shown("words", "Why", "the figure with its 95 % interval, against the target"),
        Shown("share", "Worlds that reach it", "share of the worlds that reach the target, with its 95 % Wilson interval", "share", ("share_low", "share_high")),
    ]  # fmt: skip
    met = sum(c.verdict == MET for c in found)
    return [Table.of(pd.DataFrame([c._asdict() for c in found]), columns, f"Objectives: {met} of {len(found)} met", "objectives")]


def _costs(name: str, outcome: Outcome, sheet: str, on_page: bool = True) -> Table:
    """Costs of a scenario by part, and what the events add."""
    return costs_table(outcome.cost_table(total=True), name, outcome.unit("money"), sheet, on_page)


def _records(fit: pd.DataFrame) -> Table:
    columns = [
        Shown("market", "Market", "market of the table"), Shown("product", "Product", "what is asked for"),
        Shown("demand", "Drawn as", "how the case draws the demand; history replays the record"),
        Shown("periods", "Periods", "periods that are in the record and in the run", "-"),
        Shown("recorded", "Recorded", "mean of the record", "units/period"), Shown("simulated", "Simulated", "mean over worlds and periods", "units/period"),
        Shown("bias", "Bias", "Σ (simulated - recorded) / Σ recorded", "share"),
        Shown("wape", "WAPE", "Σ |simulated - recorded| / Σ recorded, of the mean over the worlds", "share"),
        Shown("inside", "In the band", "share of the periods in which the record lies between the 5 % and 95 % quantiles of the worlds; about 90 % is expected of a good fit", "share"),
    ]  # fmt: skip
    return Table.of(fit, columns, "Simulated beside recorded demand", "record")


def curves(name: str, outcome: Outcome) -> Table:
    """Service period by period, for the workbook."""
    calm = outcome.curve("calm_service")
    frame = outcome.curve("service").assign(**{"mean without events": calm["mean"], "backlog": outcome.backlog.mean(axis=1)})
    columns = [
        Shown("period", "period", "period of the run, from 0", "-"), Shown("mean", "mean", "mean service level", "share"),
        Shown("low", "low", "5 % of the worlds lie below it", "share"), Shown("high", "high", "5 % of the worlds lie above it", "share"),
        Shown("mean without events", "without the events", "mean service level of the same worlds without events", "share"),
        Shown("backlog", "backlog", "mean units that customers wait for", "units"),
    ]  # fmt: skip
    return Table.of(frame, columns, f"Service of {name}, period by period", f"service {name}", on_page=False)


# --- tables of several


def _together(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first, *others = outcomes
    base, few = outcomes[first], len(outcomes) <= MOST
    paired = {n: outcomes[n] for n in others if paired_luck(base, outcomes[n])}
    blocks: list[Block] = [Heading("What changes")]
    blocks += [Text(f"'{n}' was not run on the luck of '{first}': their difference would be chance as well.", "warning")
               for n in others if n not in paired]  # fmt: skip
    blocks += [side_by_side(outcomes), costs_beside(outcomes)] if few else [overview(outcomes)]
    blocks += [kpi_table(base, other, caption=f"{n}, against {first} on the same luck", name=f"change {n}", on_page=False) for n, other in paired.items()]
    blocks += [kpi_table(o, caption=f"Key figures of {n}", name=f"kpis {n}", on_page=False) for n, o in outcomes.items()]
    unmoved = not scenario_of(base)[1].levers
    for n, o in outcomes.items():  # with measures, too, what is lost is counted from no event and no measure
        blocks += [replace(t, caption=f"{n}: {t.caption}", name=f"at risk {n}", on_page=few) for t in at_risk_table(o, base if unmoved and n in paired else None)]
    return [*blocks, *(_costs(n, o, f"costs {n}", on_page=False) for n, o in outcomes.items())]


def side_by_side(outcomes: Mapping[str, Outcome]) -> Table:
    """Every KPI of every scenario, and what the others change against the first, world by world."""
    tables = {n: o.table().set_index("kpi", drop=False) for n, o in outcomes.items()}
    first = next(iter(outcomes))
    kpis = sorted(tables[first].index, key=lambda k: FIRST.index(k) if k in FIRST else len(FIRST))
    changes = {n: compare(outcomes[first], o).set_index("kpi") for n, o in outcomes.items() if n != first and paired_luck(outcomes[first], o)}
    cells = {n: {k: (float(t.at[k, "median" if k == "time to recover" else "mean"]), t.at[k, "low"], t.at[k, "high"], figure_of(outcomes[n], t.loc[k], False),
                     change_of(changes[n].loc[k], k, t.at[k, "unit"]) if n in changes else "") for k in kpis} for n, t in tables.items()}  # fmt: skip
    meaning = "mean over the worlds with its 95 % interval (of a time to recover the median)"
    return _beside(outcomes, "kpi", kpis, cells, meaning, "Key figures", "comparison", {k: MEANINGS.get(k, "") for k in kpis})


def costs_beside(outcomes: Mapping[str, Outcome]) -> Table:
    """The parts of cost of every scenario, and what the others change against the first."""
    first = next(iter(outcomes))
    base, unit = outcomes[first], outcomes[first].unit("money")
    cells: dict[str, dict[str, tuple]] = {}
    for n, o in outcomes.items():
        change = compare_costs(base, o).set_index("part") if n != first and paired_luck(base, o) else None
        parts = {**o.costs, "total": sum(o.costs.values())}
        three = {p: mean_interval(v) for p, v in parts.items()}
        cells[n] = {p: (*three[p], sure(three[p], unit), "" if change is None else change_of(change.loc[p], "total cost", unit)) for p in parts}
    return _beside(outcomes, "part", [*base.costs, "total"], cells, f"mean over the worlds with its 95 % interval [{unit}]", "Costs by part", "costs", {})


def _beside(
    outcomes: Mapping[str, Outcome], what: str, keys: list[str], cells: Mapping[str, Mapping[str, tuple]], meaning: str, caption: str, name: str,
    rows: Mapping[str, str],
) -> Table:  # fmt: skip
    """A row for each key and a column for each scenario: value, and below it what it changes."""
    first, frame = next(iter(outcomes)), {what: keys}
    columns = [Shown(what, "Figure" if what == "kpi" else "Part of the cost", "name of the figure; its definition is behind it" if rows else "they add up to the total")]
    for n in outcomes:
        ends = [f"{n}: {end}" for end in ("mean", "low", "high")]
        for i, end in enumerate(ends):
            frame[end] = [cells[n][k][i] for k in keys]
        more = "" if n == first else f"; then what it changes against {first}, world by world, with its 95 % interval"
        columns.append(Shown(ends[0], n, meaning + more, "-", tuple(ends[1:]),
                             row=lambda row, own=cells[n]: "; ".join(part for part in own[row[what]][3:] if part)))  # fmt: skip
    return Table.of(pd.DataFrame(frame), columns, f"{caption}; differences are to {first}, world by world", name, rows=rows)


def overview(outcomes: Mapping[str, Outcome], more: Mapping[str, Mapping[str, Any]] | None = None) -> Table:
    """A row for each scenario, with what matters most.

    Parameters
    ----------
    outcomes
        Name → outcome.
    more
        Name → what else stands in its row, before the KPIs.
    """
    first = next(iter(outcomes.values()))
    kpis = [k for k in dict.fromkeys((*OVERVIEW, measure_of(first.kpis))) if k in first.kpis]
    rows, texts = [], {}
    for name, outcome in outcomes.items():
        table = outcome.table().set_index("kpi", drop=False)
        row = {"scenario": name, **(more or {}).get(name, {})}
        for k in kpis:
            row |= {k: table.at[k, "median" if k == "time to recover" else "mean"], f"{k} low": table.at[k, "low"], f"{k} high": table.at[k, "high"]}
            texts[name, k] = figure_of(outcome, table.loc[k])
        rows.append(row)
    columns = [Shown("scenario", "scenario", "what was run; every scenario saw the same luck")]
    columns += [Shown(k, k, MEANINGS[k], first.unit_of(k), (f"{k} low", f"{k} high"), row=lambda row, k=k: texts[row["scenario"], k]) for k in kpis]
    return Table.of(pd.DataFrame(rows), columns, "All scenarios: means with 95 % intervals, of a time to recover the median", "scenarios")


# --- pictures


def _pictures(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first, *others = outcomes.values()
    shown = [o for o in list(outcomes.values())[:DRAWN] if has_curves(o)]
    blocks: list[Block] = []
    if shown:
        blocks += [Heading("Day by day"), Picture(drawing_of("service_curve", *shown), caption="Share of demand that is served at once.", name="service"),
                   Picture(drawing_of("stock_by_tier", shown[0]), caption=f"Stock on hand [{first.stock_unit}] in {shown[0].scenario}.", name="stock by tier"),
                   *(curves(n, o) for n, o in outcomes.items() if has_curves(o))]  # fmt: skip
    costs = [Picture(drawing_of("cost_waterfall", first, o), caption=f"What {o.scenario} costs more or less than {first.scenario}.", name=f"cost change {o.scenario}")
             for o in others if len(outcomes) <= MOST and paired_luck(first, o)]  # fmt: skip
    if first.events:
        costs.append(Picture(drawing_of("cost_waterfall", first), caption=f"What the events cost in {first.scenario}, against the same worlds without them.",
                             name="cost of events"))  # fmt: skip
    elif not others:
        costs.append(Picture(drawing_of("cost_waterfall", first), caption="Where the cost arises.", name="costs"))
    blocks += [Heading("Where the cost arises"), *costs] if costs else []
    blocks += [Heading("The network"), network_picture(first.plan)]
    if placed(first.plan) and isinstance(first.maps, dict) and first.maps and not hardly_moves(first):
        day = worst_day(first)
        blocks.append(Picture(drawing_of("network_map", first, day=day), caption=f"State of every site on {periods_word(first, 1)} {day}, when service is lowest.",
                              name="worst day"))  # fmt: skip
    return blocks
