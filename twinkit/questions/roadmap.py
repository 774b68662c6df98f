"""Which step first?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from twinkit.answers import SAME_LUCK, about, events_of
from twinkit.capabilities.roadmap.actuals import Adjusted, adjust
from twinkit.capabilities.roadmap.effects import CAPABILITY, COLUMN, LEVER, risks_of
from twinkit.capabilities.roadmap.futures import SMALLEST, Box
from twinkit.capabilities.roadmap.ready import ASSUMED, TECHNOLOGIES
from twinkit.capabilities.roadmap.sequence import MOST_STEPS, trades_in
from twinkit.capabilities.roadmap.which_first import EXACT, JOINS, Roadmap, which_first
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Picture, Points, Shown, Table, Text, led
from twinkit.show.shape import curves
from twinkit.study.asked import asked_of
from twinkit.tables.problems import listed
from twinkit.words import INTERVAL, amount, counted, digits, interval, percent, sure

ENDS = "9 of 10 worlds lie between the ends"
MOST_CURVES = 5
"""Objectives in a picture, beside the whole."""


@register
class RoadmapQuestion(Question):
    """Which step of a roadmap comes first, where one team takes one after the other, or people work side by side."""

    key, title, asks = "roadmap", "Roadmap", "Which step first?"
    group, audience = "What to do", "boards and operations managers"
    live = False
    kinds = (Roadmap,)

    horizon = Input("months", "months that count", title="Months that count", start=60, low=1, high=600, kind="whole")
    yearly_rate = Input("share", "interest of a year", title="Interest of a year", start=0.1, low=0.0, high=1.0)
    risks = Input("chance in a year", "chance in a year of what may happen to the chain; steps that help then are worth nothing without it", title="What may happen", start={}, low=0.0, high=1.0, kind="numbers")
    budget = Input("money", "most that the steps that are taken may cost; empty = anything", title="Budget", start=None, low=0.0)
    people = Input("people", "who work at steps side by side, each as many as the table says; empty = one team takes one step after the other", title="People", start=None, low=1, high=100_000, kind="whole")
    trades = Input("people", "the same by trade, as steps.trades has it", title="People by trade", start={}, low=1, high=100_000, kind="numbers", folded=True, group="People by trade")
    technologies = Input("", "ready steps beside those of the table: what they move is assumed, what they may cost is the answer", title="Technologies", start=[], kind="names", folded=True, group="Ready technologies")
    wait = Input("months", "that waiting for information on the critical assumption takes", title="Waiting takes", start=6, low=0, high=600, kind="whole", folded=True, group="Size of the study")
    worlds = Input("", "replications of what is run on the chain, and worlds of the roadmap", title="Worlds", start=128, low=2, high=5000, kind="whole", folded=True, group="Size of the study")

    def begins(self) -> dict[str, Any]:
        return {"risks": risks_of(self.ground.case)}

    def options(self, name: str) -> dict[str, str]:
        if name == "technologies":
            return {n: f"{n}: {one.does}" for n, one in TECHNOLOGIES.items()}
        if name == "trades":
            return {t: t for cell in self.ground.case["steps"]["trades"] for t in trades_in(cell) or {}}
        return events_of(self.ground.case) if name == "risks" else super().options(name)

    def check(self) -> list[str]:
        if sum(self.risks.values()) > 1:
            return ["The chances of what may happen add up to more than 1, and a year has one of them at most: make them smaller."]
        if self.trades and self.people:
            return ["People are given in all and by trade: empty one of the two."]
        if len(self.ground.case["steps"]) or self.technologies:
            return []
        return [f"This case has no steps: fill the table steps (step, months, cost, and gain or lever; {MOST_STEPS} at most), or choose technologies; the case 'aurora' is an example."]

    def call(self) -> Call:
        return Call(which_first, case=self.ground.case, horizon=self.horizon, yearly_rate=self.yearly_rate, replications=self.worlds, seed=self.ground.seed,
                    risks=dict(self.risks), technologies=list(self.technologies) or None, wait=self.wait, budget=self.budget, people=self.people, trades={t: int(n) for t, n in self.trades.items()} or None)  # fmt: skip

    @classmethod
    def tell(cls, result: Roadmap) -> Answer:
        case, asked, after = result.case, asked_of(result), adjust(result)
        blocks: list[Block] = [Heading("In short"), *led(_begin(result, after)), Facts(_facts(result)), Heading("The best order, seen from the start" if after is not None else "The best order"), _steps(result)]
        blocks += [*_true(result), *_objectives(result), *_futures(result), *_loop(result, after), Heading("Other orders"), _orders(result)]
        if len(result.moves):
            blocks += [Heading("Effects that are assumed"), _effects(result)]
        arguments = asked.arguments if asked else {}
        more = about(case, Months=result.horizon, Interest=f"{percent(result.yearly_rate, 1)} a year", Worlds=result.worlds.count if result.uncertain else None, People=_people(result),
                     Seed=arguments.get("seed") if result.uncertain else None,
                     Risks=listed([f"{n} {percent(p, 1)} a year" for n, p in result.risks.items()], 9))  # fmt: skip
        return Answer(f"Which step first: {case.settings.get('title') or case.name}", blocks, more, _method(result), case)


def _money(result: Roadmap, value: float) -> str:
    return amount(value, result.case.settings["currency"])


def _begin(result: Roadmap, after: Adjusted | None) -> list[str]:
    money, unit, best, said = partial(_money, result), result.case.settings["currency"], result.best, result.sentences()
    if after is not None:
        nothing = f"After month {after.month} all steps are settled: they are worth {sure(after.now, unit)}, where {sure(after.planned, unit)} was planned."
        said.insert(0, f"After month {after.month} go on with {after.rest.order[0]}: with what has happened, all is worth {sure(after.now, unit)}, where {sure(after.planned, unit)} was planned."
                    if after.rest.order else nothing)  # fmt: skip
        said[1] = "Seen from the start: " + said[1][0].lower() + said[1][1:]
    if result.planned is not None and result.planned.order != best.order:
        more = result.gains_on_plan()
        told = sure(more, unit) if result.uncertain else money(more.value)
        said.append(f"As the table has them, the steps are worth {money(result.planned.value)}: {told} less, on the same luck." if result.uncertain
                    else f"As the table has them, the steps are worth {money(result.planned.value)}: {told} less.")  # fmt: skip
    if result.planned is None:
        said.append("The order of the table cannot be done: a step stands before one that it comes after.")
    frame = result.steps_table
    chosen = result.selection
    out = [n for n in best.order if n not in chosen.order]
    within = f"Within {money(result.budget)}" if math.isfinite(result.budget) else "If steps may be left out"
    if out and chosen.order:
        told = sure(result.worth(chosen.order), unit) if result.uncertain else money(chosen.value)
        said.append(f"{within}, take {' → '.join(chosen.order)} alone: that is worth {told}; leave out {listed(out, 9)}.")
    elif out:
        said.append(f"{within}, take none: no choice of them is worth more than nothing in the mean.")
    unsure = frame.loc[(frame["worth_low"] < 0) & (frame["worth_high"] > 0), "step"].tolist()
    if unsure:
        said.append(f"Whether it pays is not clear in so many worlds: {listed(unsure)}.")
    if result.critical["clear"].any():
        row = result.critical[result.critical["clear"].astype(bool)].iloc[0]
        said.append(f"What matters most: {row['assumption']}; it explains {percent(row['explains'])} of the spread; where it goes badly the order is worth {money(row['bad'])}, where it goes well {money(row['good'])}.")
    return [*said, *result.left_out]


def _facts(result: Roadmap) -> list[Fact]:
    unit, back, worth = result.case.settings["currency"], result.payback_months(), result.worth()
    spread = interval(worth.low, worth.high, unit) if result.uncertain and not math.isnan(worth.low) else ""
    facts = [Fact("worth today", _money(result, result.best.value), spread, f"net present value of the best order over {result.horizon} months" + ("; mean of the worlds" if result.uncertain else ""))]
    if result.uncertain:
        facts.append(Fact("loses money", amount(result.loses().value, "share"), interval(*result.loses()[1:], "share"), "worlds in which the best order is worth less than nothing"))
        low, high = np.quantile(result.paybacks, [0.05, 0.95], method="nearest")
        month = lambda v: counted(math.ceil(v), "month") if math.isfinite(v) else f"more than {counted(result.horizon, 'month')}"  # noqa: E731
        facts.append(Fact("pays back", f"after {month(back)}" if math.isfinite(back) else f"not within {counted(result.horizon, 'month')}", f"9 of 10 worlds: {month(low)} to {month(high)}",
                          "months until what was gained covers what was paid, for good; the middle of the worlds"))  # fmt: skip
        facts.append(Fact("pays back in time", amount(result.pays_back().value, "share"), interval(*result.pays_back()[1:], "share"), f"worlds in which it does within {result.horizon} months"))
    else:
        facts.append(Fact("pays back", f"after {counted(math.ceil(back), 'month')}" if math.isfinite(back) else f"not within {counted(result.horizon, 'month')}", "",
                          "months until what was gained covers what was paid, for good"))  # fmt: skip
    rate = result.yearly_return()
    facts.append(Fact("yearly return", percent(rate, 1) if math.isfinite(rate) else "no single one", "", "internal rate of the mean payments of the best order, in a year"))
    how = "all were compared" if result.search.exact else f"{len(result.search.found):,} were looked at in every world: the best is found by search, not proven"
    facts.append(Fact("orders that are allowed", f"{result.orders:,}", "", how))
    return facts


def _three(name: str, title: str, means: str, unit: str, **more: Any) -> Shown:
    return Shown(name, title, f"{means}; {INTERVAL}", unit, (f"{name}_low", f"{name}_high"), **more)


def _steps(result: Roadmap) -> Table:
    unit, frame = result.case.settings["currency"], result.steps_table
    months = lambda row: "" if not math.isfinite(row["done"]) else digits(row["done"]) + (f" ({digits(row['done_low'])} to {_month(row['done_high'])})" if row["done_low"] != row["done_high"] else "")  # noqa: E731
    columns = [
        Shown("step", "step", "what is done"), Shown("begins", "begins in month", "month in which work begins, from 1; the middle of the worlds", "-", write=_month),
        Shown("done", "done in month", f"last month of work; the middle of the worlds, and {ENDS}", "-", row=months),
        _three("worth", "worth", "what all steps are worth, less what they are worth without it and without those that wait for it", unit),
        _three("together", "share of the whole", "its part of what all are worth (Shapley): the mean of what it adds over all orders of joining; the parts add up to the whole", unit),
        _three("alone", "alone", "what it is worth with those only that it comes after", unit),
        Shown("cost", "cost", "paid at its start; mean of the worlds", unit),
        Shown("gain", "gain of a month", "what it brings in each month when all use it, less its running cost; mean of the worlds, in which it may fail", unit, ("gain_low", "gain_high")),
        Shown("basis", "basis", "whether the gain was run on this chain or is an assumption of the table"),
    ]  # fmt: skip
    if frame["holds"].notna().any():
        columns.append(Shown("holds", "order holds down to", "share of its gain down to which this order stays the best, all else the same", "share"))
    if (frame["source"] != "").any():
        columns.append(Shown("source", "figures from", "where the figures of the step come from, as the table says"))
    return Table.of(frame, columns, "Steps in the best order", "steps")


def _month(value: float) -> str:
    return digits(value) if math.isfinite(value) else "never"


def _most(cost: float, unit: str) -> str:
    return "" if cost != cost else amount(cost, unit) if cost > 0 else "it pays at no cost"


def _true(result: Roadmap) -> list[Block]:
    """What must be true for each step to pay, and what it is worth to know."""
    unit, frame = result.case.settings["currency"], result.break_even
    share = lambda v: "whatever it brings" if v <= 0 else "no gain is enough" if not math.isfinite(v) else f"{percent(v)} of it or more"  # noqa: E731
    columns = [
        Shown("step", "step", "what is done"), Shown("share", "pays with", "share of its gains, as they are assumed or run, from which it is worth more than nothing with those that wait for it", "share", write=share),
        Shown("gain", "that is", "where that leaves what it moves in the chain, if what it brings is in proportion"),
        Shown("cost", "cost", "mean of the worlds", unit), Shown("cost_most", "pays up to a cost of", "highest cost at which it is worth more than nothing", unit, write=lambda v: _most(v, unit)),
        Shown("fail", "may fail", "chance that is assumed", "share"), Shown("fail_most", "pays up to a chance of", "highest chance to fail at which it is worth more than nothing", "share", write=lambda v: "at no chance" if v != v else amount(v, "share")),
    ]  # fmt: skip
    blocks: list[Block] = [Heading("What must be true for it to pay"), Table.of(frame, columns, "Break-even of each step in the best order, all else the same", "break-even")]
    alone = result.steps_table.set_index("step")["alone"]
    ready = [f"{row['step']}: {_most(alone[row['step']], unit)} taken alone, {_most(row['cost_most'], unit)} in the whole order"
             for row in frame.to_dict("records") if row["cost"] == 0 and row["step"] in TECHNOLOGIES]  # fmt: skip
    if ready:
        blocks.append(Text(f"Ready steps have no cost yet, so what all is worth leaves theirs out. What they may cost at most: {'; '.join(ready)}.", "warning"))
    if len(result.critical):
        columns = [
            Shown("assumption", "assumption", "what is not certain"), Shown("explains", "explains", "share of the spread of what the order is worth (ε² by groups of worlds)", "share"),
            Shown("bad_when", "bad when", "end at which the order is worth less", write=lambda v: v), _three("bad", "worth then", "mean of the worlds at that end (a quarter, or all with yes or no)", unit),
            _three("good", "worth at the other end", "mean of those worlds", unit),
            Shown("knowing", "knowing it first", "what it is worth to know before the step begins, and to leave it out if that is better; at no cost and without delay", unit),
        ]  # fmt: skip
        waits = [Shown("choice", "choice", "what is done"), _three("value", "worth today", "mean of the worlds", unit), Shown("begins", "begins in", "share of worlds in which the roadmap is begun at all", "share")]
        clear = result.critical[result.critical["clear"].astype(bool)]
        rest = len(result.critical) - len(clear)
        blocks += [Heading("Which assumption matters"), *([Table.of(clear, columns, "Assumptions, the critical one first", "assumptions")] if len(clear) else []),
                   *([Text(f"{counted(rest, 'assumption')} of the tables {'make' if rest > 1 else 'makes'} no clear difference in so many worlds.", "quiet")] if rest else []), Table.of(result.waiting(), waits, "Go, wait or stop", "waiting")]  # fmt: skip
    return blocks


def _objectives(result: Roadmap) -> list[Block]:
    found = result.attained
    if found is None:
        return []
    blocks: list[Block] = []
    if found.levels:
        table = found.table(result.horizon)
        deep = [n for n, level in found.levels.items() if level == 1][:MOST_CURVES]
        show = {n: found.shares[n].T for n in [found.root, *deep]}
        picture = partial(curves, np.arange(result.horizon + 1.0), show, "months after the start", "of the way is gone", "How far the objectives are")
        columns = [
            Shown("objective", "objective", "what is to be reached, below what it is a part of", row=lambda r: "– " * int(r["level"]) + r["objective"]),
            Shown("due", "due in month", "when it is to be there", "-"),
            Shown("now", "today", "where it stands", "-"), Shown("target", "target", "where it is to be", "-"), Shown("value", "then", "where it stands when it is due, in the mean", "-"),
            Shown("attained", "attained then", f"share of the way from today to the target; {ENDS}", "share", ("attained_low", "attained_high")),
            _three("met", "met", "share of worlds in which it is all there when it is due", "share"),
            Shown("owner", "owner", "who answers for it"), Shown("weight", "weight", "how much it counts among the parts of its parent", "-"),
        ]  # fmt: skip
        blocks += [Heading("Objectives"), Picture(picture, name="objectives", caption="Lines: mean of the worlds; band: 9 of 10 worlds of the whole. Parts count by their weights."),
                   Table.of(table, columns, "Objectives with the best order", "objectives")]  # fmt: skip
        late = table.loc[table["due"] > result.horizon, "objective"].tolist()
        if late:
            blocks.append(Text(f"Due after the months that count, so told at their end: {listed(late)}.", "warning"))
    if found.maturity:
        columns = [
            Shown("capability", "capability", "what the organisation is able to do"), Shown("aspect", "rests on", "people, process, technology or governance"),
            Shown("as_is", "today", "maturity from 1 to 5", "-"), Shown("to_be", "to be", "maturity that is wanted", "-"),
            Shown("end", "at the end", f"maturity after the months that count; {ENDS}", "-", ("end_low", "end_high")),
            Shown("month", "there in month", "from when on it is as it is to be, in the middle of the worlds", "-", write=_month), _three("met", "gets there", "share of worlds", "share"),
        ]  # fmt: skip
        blocks += [Heading("Capabilities"), Table.of(found.capabilities(), columns, "Capabilities with the best order", "capabilities")]
    return blocks


def _box(result: Roadmap, box: Box) -> str:
    unit, parts = result.case.settings["currency"], []
    known = {a.name: a for a in result.assumptions}
    for name in dict.fromkeys([*box.low, *box.high]):
        a, low, high = known[name], box.low.get(name), box.high.get(name)
        if a.values.dtype == bool:
            parts.append(name if low is not None else f"not: {name}")
            continue
        say = lambda v, a=a: amount(v, unit) if a.unit == "money" else digits(v)  # noqa: E731
        parts.append(f"{name} from {say(low)} to {say(high)}" if None not in (low, high) else f"{name} {say(low)} or more" if high is None else f"{name} {say(high)} or less")
    return f"{'; '.join(parts)}: it fails in about {percent(box.density)} of such worlds ({percent(box.inside.mean())} of all), and these are {percent(box.coverage)} of all in which it fails."


def _futures(result: Roadmap) -> list[Block]:
    if not result.uncertain:
        return []
    fails, count = int((result.values < 0).sum()), len(result.values)
    blocks: list[Block] = [Heading("In which futures it fails"), Text(f"The best order is worth less than nothing in {fails} of {count} worlds.")]
    if result.boxes:
        return [*blocks, Points([_box(result, box) for box in result.boxes])]
    few = min(fails, count - fails) < 2 * SMALLEST
    return [*blocks, Text("Too few to say what they have in common: ask in more worlds." if few and 0 < fails < count else
                          "No range of the assumptions sets them apart from the others." if 0 < fails < count else "So there is nothing to tell apart.", "quiet")]  # fmt: skip


def _loop(result: Roadmap, after: Adjusted | None) -> list[Block]:
    if after is None:
        return []
    unit, goals = result.case.settings["currency"], set(result.case["strategy"]["objective"])
    said = lambda row, key: amount(row[key], unit if row["what"] in ("cost", "gain") else "-")  # noqa: E731
    columns = [
        Shown("month", "month", "when", "-"), Shown("about", "about", "step or objective"), Shown("what", "what", "what was told"),
        Shown("planned", "planned", "mean of the worlds with the plan in hand, and the span of 95 % of them", "-",
              row=lambda r: f"{said(r, 'planned')}" + (f" ({said(r, 'low')} to {said(r, 'high')})" if r["low"] < r["high"] else "")),
        Shown("happened", "happened", "what was told: a month, money, or a value", "-", row=lambda r: said(r, "happened")),
        Shown("verdict", "gap", "inside, below or above the span of 95 % of the worlds"), Shown("reason", "reason", "as it was given"),
    ]  # fmt: skip
    out = after.rows.loc[~after.rows["verdict"].isin(["inside"])]
    lines = [f"{r['about']}, {r['what']}: {r['verdict']}" + (f" ({r['reason']})" if r["reason"] else "") + "." for r in out.to_dict("records")]
    lines += [f"{n} brings {percent(s)} of what was foreseen for those months." for n, s in after.brings.items()]
    if after.rest.order:
        order = " → ".join(after.rest.order)
        lines.append(f"Adjusted plan: {order}. All is worth {sure(after.now, unit)} with it, and {sure(after.kept, unit)} with the rest in the order of the plan.")
    if after.if_alike is not None:
        lines.append(f"If the rest brings {percent(after.share)} of what is assumed, as what is measured so far, all is worth {sure(after.if_alike, unit)}.")
    if goals & set(after.rows["about"]):
        lines.append("Values of objectives are held against the plan; they do not change what steps are taken to move.")
    return [Heading("Plan and actuals"), Table.of(after.rows, columns, f"The plan in hand and what has happened up to month {after.month}", "actuals"), Points(lines)]


def _orders(result: Roadmap) -> Table:
    others = [("best", result.best), ("second best", result.second), ("as in the table", result.planned), ("rule of thumb", result.ratio), ("worst", result.worst)]
    names = {"second best": "second best" if result.search.exact else "second best that was found", "worst": "worst" if result.search.exact else "worst that was found"}
    orders = pd.DataFrame([{"way": names.get(way, way), "order": " → ".join(one.order), "value": one.value} for way, one in others if one is not None])
    columns = [Shown("way", "which", "which order"), Shown("order", "order", "steps, one after the other"), Shown("value", "worth today", "net present value, mean of the worlds", result.case.settings["currency"])]
    return Table.of(orders, columns, "What other orders are worth", "orders")


def _effects(result: Roadmap) -> Table:
    verb = {LEVER: "to", COLUMN: "times"}
    rows = pd.DataFrame([{"step": m.step, "moves": m.target, "kind": m.kind, "how": verb.get(m.kind, "by levels" if m.kind == CAPABILITY else "by"), "value": m.value, "low": m.low, "high": m.high,
                          "source": m.source or "no source is given"} for m in result.moves])  # fmt: skip
    columns = [
        Shown("step", "step", "what is done"), Shown("moves", "moves", "a lever or a figure of the chain, an objective or a capability"), Shown("kind", "which is a", "kind of what is moved"),
        Shown("how", "how", "to a value, times or by so much"), Shown("value", "value", "most likely, with the lowest and the highest of the estimate", "-", ("low", "high")), Shown("source", "source", "where the assumption comes from"),
    ]  # fmt: skip
    return Table.of(rows, columns, "Effects of the steps, each an assumption", "effects")


def _people(result: Roadmap) -> str:
    """How many there are."""
    people = result.worlds.people
    return listed([f"{n} {trade}" for trade, n in people.items()], 20) if isinstance(people, Mapping) else amount(people, "people") if people else ""


def _method(result: Roadmap) -> list[str]:
    runs, frame, plain = result.worlds.runs, result.steps_table, result.worlds.plain
    assumed = frame.loc[frame["basis"] != "run on this chain", "step"].tolist()
    people = _people(result)
    work = f"There are {people}: in its turn a step begins as soon as as many are free as it needs and what it comes after is done." if people else "One team takes one step after the other."
    method = [f"{work} A step is paid at its start and brings its gain in every month from the one after it is done, as it comes into use."]
    if result.worlds.learns:
        method.append("Each doubling of the steps of a kind of work that are begun leaves steps.learning of the months and the cost of the next one (Wright 1936), in whole months.")
    if assumed:
        method.append(f"Assumptions of the table, not run: the gains of {listed(assumed, 20)}.")
    if result.gains:
        method.append("Gains that were run: what the chain earns more in a month with what the step moves"
                      + (", alone, with each other step and with all of them; what three or more bring beyond every two of them is taken to come with all." if len(runs.names) > 2
                         else ", alone and together." if len(runs.names) == 2 else "."))  # fmt: skip
        method += ["A year of a world is one of the runs, and every year another one; the figures of the first months of a run count as those of later ones.", SAME_LUCK]
    if result.uncertain:
        method.append("Estimates of three points are triangular distributions; what is not certain is drawn once for a world, each thing apart from the others. Means have 95 % intervals over the worlds.")
    method.append("The order is exact: dynamic programming over the sets of steps that are done. The rule of thumb takes most gain for a month of work first (Smith 1956)." if plain else
                  "Orders that are best for the means (dynamic programming) are looked at in every world, and the best is improved by moving one step at a time. The rule of thumb takes most gain for a month of work first (Smith 1956).")  # fmt: skip
    if len(result.best.order) > EXACT:
        method.append(f"Shares of the whole are over {JOINS} random orders of joining.")
    if result.boxes:
        method.append("Futures in which it fails: patient rule induction (Friedman & Fisher 1999), ends tested as by Bryant & Lempert (2010); found in every second world, tested and counted in the others.")
    if any(m.source == ASSUMED for m in result.moves):
        method.append(f"Ready steps: {ASSUMED}.")
    return method
