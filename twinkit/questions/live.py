"""What is happening, where is it heading, and what still helps?"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twinkit.answers import SAME_LUCK, about, drawing_of, placed
from twinkit.capabilities.live.ahead import AMBER, GREEN, LIKELY, POSSIBLE, RED, Goal
from twinkit.capabilities.live.homework import DUE
from twinkit.capabilities.live.marks import Marks
from twinkit.capabilities.live.now import FEED, Now, file_of, live_now, no_feed
from twinkit.capabilities.live.twin import EVERY_DAYS, UNSERVED
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Fact, Facts, Heading, Next, Picture, Points, Shown, Table, Text
from twinkit.run.statistics import Interval
from twinkit.show.palette import THEMES, series
from twinkit.show.picture import drawing
from twinkit.words import amount, counted, dated, digits, in_points, listed, percent, period_word, sure

SIGNS = {GREEN: "●", AMBER: "▲", RED: "■"}
"""A sign of another shape for each light, so that none is told by its colour alone."""
TONES = {GREEN: "better", AMBER: "", RED: "worse"}
MOST_SHORT, MOST_DRIFTS, MOST_REFUSED = 12, 20, 8
LATE_NOTICES = 0.02
"""Share of the notices of shipments that came late from which that is told beside chances of going short."""


@register
class LiveQuestion(Question):
    """The present of a chain from its readings, and the weeks ahead."""

    key, title, asks = "live", "Live twin", "What is happening?"
    group, audience, order = "What may happen", "everybody who watches a running chain", 5
    live = False
    kinds = (Now,)

    feed = Input("", "file of readings, as twinkit live keeps it", title="Which readings?", start="", kind="text")
    horizon = Input("periods", "how far to look ahead", title="Look ahead", start=90, low=7, high=120, kind="whole", step=1)
    actions = Input("", "each is tried on the same luck as doing nothing", title="Try what can still be done", start=True, kind="flag")

    def begins(self) -> dict[str, Any]:
        return {"feed": os.environ.get(FEED, "")}

    def check(self) -> list[str]:
        said = no_feed(file_of(self.feed))
        return [f"The feed {said}"] if said else []

    def call(self) -> Call:
        return Call(live_now, case=self.ground.case, feed=self.feed or None, horizon=self.horizon, worlds=self.ground.replications, actions=None if self.actions else False)

    @classmethod
    def tell(cls, result: Now) -> Answer:
        return told(result)


def told(result: Now) -> Answer:
    """What a look at a twin is made of, whatever shows it."""
    case, when = result.case, _when(result, result.now)
    blocks: list[Block] = [Heading("In short"), *_alarms(result), Facts([_fact(result, g) for g in result.goals])] if result.goals else [Heading("In short"), *_alarms(result)]
    blocks += _doing(result)
    blocks += [Heading("Where it is heading"), *_ahead(result)]
    blocks += [Heading("What is happening"), *_present(result)]
    blocks += [Heading("What does not fit"), *_misfits(result)]
    blocks += [Heading("Was the twin right?"), *_marked(result)]
    blocks += [Heading("What arrived"), *_arrived(result)]
    blocks += [
        Next("What if something happens?", "what_if"), Next("How long do we last?", "stress"), Next("What was decided, and what has become of it?", "decisions"),
    ]  # fmt: skip
    method = [
        f"The present: the case is run in {result.worlds} worlds from its first period; what was read takes the place of what would have been drawn or decided, and counts correct "
        "what was worked out, weighted with how well each is known. What nobody reads is the model's: it is called estimated.",
        f"The time ahead: every world goes on from now for {counted(result.horizon, period_word(case.settings))}, with open orders and shipments on their own dates. The chance of a breach is the "
        "share of the worlds in which the KPI, over the time from now to that day, misses its target, with its Wilson interval.",
        *([f"Notices of shipments may take {counted(result.notices, period_word(case.settings))}: until then a lane of which nobody has told has sent what the model sends."] if result.notices else []),
        SAME_LUCK,
        f"A light is ● {GREEN} below {percent(POSSIBLE)}, ▲ {AMBER} from {percent(POSSIBLE)}, ■ {RED} from {percent(LIKELY)} chance of a breach, at any look from two weeks on.",
        f"A drift is an alarm of the CUSUM of standardised errors; all signals together raise a false one every {EVERY_DAYS:.0f} periods in the mean, if errors are independent and normal.",
        "Demand, lead times and trouble ahead are drawn from the tables of the case: what they do not know of, the chances do not hold.",
    ]
    more = about(case, Now=when, Last_reading=_when(result, result.newest), Worlds=result.worlds)
    return Answer(f"What is happening: {case.settings.get('title') or case.name}, {when}", blocks, more, method, case)


# --- its parts


def _when(result: Now, period: int | None) -> str:
    return "never" if period is None or period < 0 else dated(result.case.settings, int(period))


def _in(result: Now, ahead: float | None) -> str:
    return "" if ahead is None or not math.isfinite(ahead) else _when(result, result.now + round(ahead))


def _alarms(result: Now) -> list[Block]:
    """The sentences at the top: first what is worst."""
    said, word = [], period_word(result.case.settings, 2)
    if result.stale:
        said.append(f"■ Nothing has been read for {result.silent} {word}: the last reading is of {_when(result, result.newest)}. All below is the model going on from there.")
    for goal in sorted(result.goals, key=lambda g: -g.worst.value):
        if goal.light != GREEN:
            said.append(_goal_words(result, goal))
    hit = result.shortages[(result.shortages["chance"] >= POSSIBLE) & ~result.shortages["usual"].astype(bool)]
    if len(hit):
        first = hit.iloc[0]
        said.append(f"{counted(len(hit), 'market')} may go short: {first['product']} in {first['market']} with a chance of {percent(first['chance'])}, around {_in(result, first['first'])}.")
    if len(hit) and result.late >= LATE_NOTICES and not result.notices:
        said.append(_late_words(result))
    if not said:
        said.append("● All objectives that can be foreseen are on course, and no market is likely to go short." if result.goals else "● No market is likely to go short.")
    for event, kpi, _, added in result.because:
        if added.low > 0.005:
            said.append(f"Because of {event}: it adds {percent(added.value)} ({_span(added)}) to the chance that {kpi} misses its target.")
    best = next((a for a in result.actions if a.helps), None)
    if best is not None:
        last = f"; it still helps if begun by {_in(result, best.last_day)}" if best.last_day else "; it helps only at once" if best.last_day == 0 else ""
        said.append(f"What helps most: {best.label}. It takes {percent(best.gain[best.helps].value)} ({_span(best.gain[best.helps])}) off the chance that {best.helps} misses its target{last}.")
    elif result.actions and (bad := [g for g in result.goals if g.light != GREEN]):
        said.append(_mover_words(result, max(bad, key=lambda g: g.worst.value)))
    if result.drifts:
        said.append(f"{counted(len(result.drifts), 'signal')} {'is' if len(result.drifts) == 1 else 'are'} no longer what the twin works out: {_drift_words(result, result.drifts[0])}")
    lead, *rest = said
    return [Text(lead, "warning" if lead[0] == "■" else "lead"), *(Text(s) for s in rest[:6])]


def _late_words(result: Now) -> str:
    """What is wrong with chances of going short where it is told late what has left."""
    return (f"These chances may be too high: {percent(result.late)} of the notices of shipments came more than a period late, and a shipment that nobody has told of yet counts as one that has not left. "
            "Say how many periods a notice may take: twinkit live --notices 3.")  # fmt: skip


def _mover_words(result: Now, goal: Goal) -> str:
    """What moves an objective most where nothing that was tried takes anything off the chance."""
    way = 1.0 if goal.relation == "at_least" else -1.0
    best = max(result.actions, key=lambda a: way * a.moves[goal.kpi].value)
    by = best.moves[goal.kpi]
    clear = way * by.value > 0 and by.clear
    rest = f" {best.label} moves {goal.kpi} most: {_moved(by, goal)}." if clear else f" None moves {goal.kpi} the right way for sure."
    return f"Of {counted(len(result.actions), 'action')} that {'was' if len(result.actions) == 1 else 'were'} tried, none takes anything off the chance for sure.{rest}"


def _span(three: Sequence[float]) -> str:
    _, low, high = three
    return "no interval" if math.isnan(low) else f"{percent(low)} to {percent(high)}, 95 %"


def _goal_words(result: Now, goal: Goal) -> str:
    aim = f"{goal.kpi} {goal.relation.replace('_', ' ')} {amount(goal.target, goal.unit)}"
    likely = f"; likely from {_in(result, goal.likely)} on" if goal.likely is not None else ""
    return f"{SIGNS[goal.light]} {aim}: {goal.light}. Chance of a breach over the time to {_in(result, goal.marks[goal.at])}: {percent(goal.worst.value)} ({_span(goal.worst)}){likely}."


def _fact(result: Now, goal: Goal) -> Fact:
    why = [_goal_words(result, goal)]
    why += [f"Were {e} over now, that would be {percent(w.value)}; it adds {percent(a.value)} ({_span(a)})." for e, k, w, a in result.because if k == goal.kpi]
    low, middle, high = goal.fan[-1]
    why.append(f"Over the time from now to {_in(result, result.horizon)} it is {amount(middle, goal.unit)} in the middle of the worlds, and from {amount(low, goal.unit)} to {amount(high, goal.unit)} in 90 % of them.")
    return Fact(f"{goal.kpi} {goal.relation.replace('_', ' ')} {amount(goal.target, goal.unit)}", f"{SIGNS[goal.light]} {goal.light}",
                f"{percent(goal.worst.value)} chance of a breach ({_span(goal.worst)})", "chance that the KPI, over the time from now, misses its target", TONES[goal.light], why)  # fmt: skip


def _doing(result: Now) -> list[Block]:
    """Doing nothing beside every action."""
    if not result.actions:
        return []
    unit = result.case.settings["currency"]
    goals = [g for g in result.goals if g.worst.value > 0 or any(a.chances[g.kpi].value > 0 for a in result.actions)] or result.goals[:1]
    rows: list[dict[str, Any]] = [{"action": "do nothing", **{g.kpi: _chance(g.worst) for g in goals}, **{f"{g.kpi} moves": "" for g in goals}, "gain": "", "cost": "", "price": "", "last": ""}]
    for a in result.actions:
        gain = a.gain[a.helps] if a.helps else max(a.gain.values(), key=lambda g: g.value)
        rows.append({
            "action": a.label, **{g.kpi: _chance(a.chances[g.kpi]) for g in goals},
            **{f"{g.kpi} moves": _moved(a.moves[g.kpi], g) for g in goals},
            "gain": f"{percent(gain.value)} ({_span(gain)})" if a.helps else "none for sure", "cost": sure(a.cost, unit),
            "price": amount(a.price, unit) if a.price_known else "not known", "last": _in(result, a.last_day) if a.last_day else "at once" if a.last_day == 0 else "–",
        })  # fmt: skip
    columns = [
        Shown("action", "action", "what is done from now on"),
        *(Shown(g.kpi, f"{g.kpi} missed", f"chance that {g.kpi} misses its target, over the time in which that is likeliest if nothing is done") for g in goals),
        *(Shown(f"{g.kpi} moves", f"{g.kpi} moves by", f"what it adds to the mean of {g.kpi} over that time, world by world, with its 95 % interval") for g in goals),
        Shown("gain", "takes off", "chance that it takes off, world by world, of the objective that it helps most"),
        Shown("cost", "cost of the run", "what it adds to the total cost of the time ahead, world by world"),
        Shown("price", "its own price", "what it costs beyond what a run counts, over the horizon"),
        Shown("last", "last day", "last look at which to begin that keeps half of what it takes off"),
    ]  # fmt: skip
    return [Heading("What can still be done"), Table.of(pd.DataFrame(rows), columns, "Doing nothing beside every action, on the same luck", "actions", leads=())]


def _moved(by: Interval, goal: Goal) -> str:
    """A difference of a KPI with its sign; of a share in points."""
    text = in_points(sure(by, goal.unit))
    return f"+{text}" if by.value > 0 and not text.startswith("0 ") else text


def _chance(c: Interval) -> str:
    return f"{percent(c.value)} ({percent(c.low)} to {percent(c.high)})"


def _ahead(result: Now) -> list[Block]:
    blocks: list[Block] = []
    if result.goals:
        blocks.append(Picture(lambda theme: goals_figure(result, theme), name="objectives-ahead", caption="Objectives over the time from now to each day: chance of a breach, and the KPI with the span of 90 % of the worlds."))
    if result.left_out:
        blocks.append(Text(f"Not foreseen here: {listed(result.left_out)}. {'It is' if len(result.left_out) == 1 else 'They are'} measured against a run without the event, not over a time from now.", "quiet"))
    hit = result.shortages[result.shortages["chance"] > 0].head(MOST_SHORT)
    if len(hit):
        frame = hit.assign(when=["as a rule: it waits anyway" if u else _in(result, f) for f, u in zip(hit["first"], hit["usual"], strict=True)])
        columns = [
            Shown("market", "market", "who goes short"), Shown("product", "product", "of what"),
            Shown("chance", "chance", f"that in some period before the horizon more than {percent(UNSERVED)} of its demand is not served at once", "share", ("low", "high")),
            Shown("when", "around", "when half of the worlds that go short have done so"),
        ]  # fmt: skip
        blocks.append(Table.of(frame, columns, "Markets that may go short", "shortages"))
        if result.late >= LATE_NOTICES and not result.notices:
            blocks.append(Text(_late_words(result), "warning"))
    if result.courses:
        blocks.append(Picture(lambda theme: stock_figure(result, theme), name="stock-ahead", caption="Stock of sites whose markets may go short: middle and span of 90 % of the worlds, if nothing is done."))
    return blocks or [Text("The case has no objectives: fill the table objectives (kpi, relation, target), and they get a light here.")]


def _present(result: Now) -> list[Block]:
    blocks: list[Block] = [Picture(drawing_of("network_map", result.plan, states=result.states), caption="The sites now.", name="network-now")] if placed(result.plan) else []
    if result.happening:
        blocks.append(Points([f"{row['event']}: since {_when(result, row['start'])}, {_until(result, row)}." for row in result.happening]))
    known = result.stocks["known"].value_counts()
    blocks.append(Text(f"Of {counted(len(result.stocks), 'stock')}, {known.get('read', 0)} were read at the end of {_when(result, result.now)}, {known.get('estimated', 0)} are estimated, and {known.get('stale', 0)} are stale."))
    frame = result.stocks.assign(last=[_when(result, None if p != p else p) for p in result.stocks["read_at"]])
    order = {"stale": 0, "estimated": 1, "read": 2}
    frame = frame.sort_values("known", key=lambda k: k.map(order), kind="stable")
    columns = [
        Shown("site", "site", "who keeps it"), Shown("product", "product", "what"), Shown("units", "on hand", "mean of the worlds, with the span of 90 % of them", "units", ("low", "high")),
        Shown("coming", "on the way", "units on lanes to it", "units"), Shown("backlog", "owed", "units that it owes", "units"),
        Shown("known", "known", "read: counted at the end of this period; estimated: worked out since, or never read; stale: not read for longer than usual"),
        Shown("last", "last count", "period of the last count"),
    ]  # fmt: skip
    blocks.append(Table.of(frame, columns, "Stock", "stock"))
    if len(result.shipments):
        way = result.shipments.assign(due_on=[_when(result, d) for d in result.shipments["due"]])
        columns = [
            Shown("shipment", "shipment", "its number"), Shown("origin", "from", "where it left"), Shown("destination", "to", "where it goes"), Shown("product", "product", "what"),
            Shown("units", "units", "how much", "units"), Shown("due_on", "expected", "when, by the last word on it"),
            Shown("late", "overdue", "periods since it was expected", row=lambda r: "" if not r["late"] else f"■ {counted(r['late'], period_word(result.case.settings))} overdue"),
        ]  # fmt: skip
        blocks.append(Table.of(way.sort_values(["late", "due"], ascending=[False, True], kind="stable"), columns, "Shipments on the way", "shipments"))
    return blocks


def _until(result: Now, row: dict[str, Any]) -> str:
    length = row.get("duration")
    if length is None or length != length:
        return "without a known end"
    end = row["start"] + length
    return f"over since {_when(result, int(end))}" if end <= result.now + 1 else f"expected to last until {_when(result, int(end))}"


def _drift_words(result: Now, drift: Any) -> str:
    what = {"count": "stock of", "demand": "demand for", "production": "production of", "shipment": "what leaves of"}[drift.kind]
    place = f"{drift.place[2]} from {drift.place[0]} to {drift.place[1]}" if drift.kind == "shipment" else f"{drift.place[1]} at {drift.place[0]}"
    return f"{what} {place} is {digits(abs(drift.error))} units {'above' if drift.error > 0 else 'below'} what is worked out, in the mean of each reading, probably since {_when(result, drift.since)}."


def _misfits(result: Now) -> list[Block]:
    blocks: list[Block] = []
    if result.drifts:
        blocks.append(Points([_drift_words(result, d) for d in result.drifts[:MOST_DRIFTS]]))
        if len(result.drifts) > MOST_DRIFTS:
            blocks.append(Text(f"… and {len(result.drifts) - MOST_DRIFTS} more.", "quiet"))
    else:
        blocks.append(Text("No signal drifts from what the twin works out."))
    if result.proposals:
        blocks += [Heading("Numbers of the tables that do not fit", 3), Points([p.words for p in result.proposals]),
                   Text("A person accepts a proposal: twinkit live CASE --accept; the tables are never changed by themselves.", "quiet")]  # fmt: skip
    if len(result.versions):
        blocks.append(Table.of(result.versions.assign(changes=[str(c) for c in result.versions["changes"]]), [
            Shown("version", "version", "of the tables", "-"), Shown("by", "accepted by", "who"), Shown("words", "why", "what was read"),
        ], "Versions of the tables", "versions"))  # fmt: skip
    if len(result.errors):
        frame = result.errors.assign(what=[" | ".join(p) for p in result.errors["place"]]).drop(columns="place").sort_values("wape", ascending=False, kind="stable")
        columns = [
            Shown("kind", "signal", "what was read"), Shown("what", "of", "which row"), Shown("readings", "readings", "how many", "-"),
            Shown("bias", "bias", "mean of read less worked out, just before the reading was taken in", "units"), Shown("mae", "error", "mean of its size", "units"),
            Shown("wape", "WAPE", "Σ |read − worked out| / Σ read", "share"),
        ]  # fmt: skip
        blocks.append(Table.of(frame, columns, "The twin's error by signal", "errors"))
    return blocks


def _marked(result: Now) -> list[Block]:
    work = result.homework
    blocks: list[Block] = []
    names = {"short": f"that a market goes short within {DUE[0]} periods", "breach": f"of a breach within {DUE[0]} or {DUE[1]} periods"}
    for kind, found in work.marks.items():
        blocks.append(Text(_marks_words(names[kind], found)))
    if not work.marks:
        blocks.append(Text(f"Nothing that the twin has said is due yet: {counted(work.waiting, 'statement')} {'waits' if work.waiting == 1 else 'wait'}."))
        return blocks
    blocks.append(Picture(lambda theme: reliability_figure(work, theme), name="reliability", caption="Of what was said with about this chance, how much has happened; with 95 % intervals."))
    rows = pd.concat([work.reliability(kind).assign(kind=names[kind]) for kind in work.marks], ignore_index=True)
    columns = [
        Shown("kind", "chance", "of what"), Shown("said", "said", "mean chance that was said", "share"), Shown("n", "times", "how often", "-"),
        Shown("happened", "happened", "how much of it has happened", "share", ("happened_low", "happened_high")),
        Shown("apart", "fits", "whether the interval holds what was said", write=lambda v: "no" if v else "yes"),
    ]  # fmt: skip
    return [*blocks, Table.of(rows, columns, "Reliability", "reliability")]


def _marks_words(what: str, found: Marks) -> str:
    skill = "" if math.isnan(found.skill) else f", {percent(abs(found.skill))} {'better' if found.skill >= 0 else 'worse'} than always saying the base rate"
    return (f"{counted(found.n, 'chance')} {what} {'is' if found.n == 1 else 'are'} due: it happened in {percent(found.base_rate)} of them. Brier score {found.brier:.3f} (0 is perfect){skill}. "
            "Statements of neighbouring days overlap, so they are fewer than they look.")  # fmt: skip


def _arrived(result: Now) -> list[Block]:
    blocks: list[Block] = [Points(list(said)) for said in (result.sources, result.unclear) if said]
    columns = [
        Shown("source", "source", "where from"), Shown("readings", "readings", "rows that are readings", "-"), Shown("twice", "twice", "came again and counted once", "-"),
        Shown("corrected", "corrections", "other content for a reading that was there", "-"), Shown("late", "late", "of an earlier period than the newest then", "-"),
        Shown("refused", "refused", "rows that are no readings", "-"), Shown("last", "latest", "period of its latest reading"),
    ]  # fmt: skip
    frame = result.counts.assign(last=[_when(result, None if p != p else p) for p in result.counts["latest"].astype(float)])
    blocks.append(Table.of(frame, columns, "Rows that arrived", "arrived"))
    if len(result.refused):
        blocks += [Heading("Refused last", 3), Points([f"{r.source}: {r.says}" for r in result.refused.head(MOST_REFUSED).itertuples(index=False)])]
    return blocks


# --- figures


def goals_figure(result: Now, theme: str = "light") -> Figure:
    """Chance of a breach of every objective over the time ahead, and the KPI as a fan."""
    c, goals = THEMES[theme], result.goals
    with drawing((9.0, 0.6 + 2.1 * len(goals)), theme) as fig:
        axes = fig.subplots(len(goals), 2, squeeze=False)
        for (left, right), goal in zip(axes, goals, strict=True):
            days = goal.marks
            chance, low, high = np.array(goal.chance).T
            left.fill_between(days, low, high, color=c["scenario"], alpha=0.22, lw=0)
            left.plot(days, chance, marker="o", ms=3, **series("scenario", theme))
            left.axhline(LIKELY, color=c["ink"], lw=0.8, ls=(0, (2, 2)))
            left.set_ylim(-0.03, 1.03)
            left.set_title(f"{SIGNS[goal.light]} {goal.kpi}: chance of a breach", fontsize="medium")
            right.fill_between(days, goal.fan[:, 0], goal.fan[:, 2], color=c["baseline"], alpha=0.22, lw=0)
            right.plot(days, goal.fan[:, 1], **series("baseline", theme))
            right.axhline(goal.target, color=c["ink"], lw=0.8, ls=(0, (2, 2)))
            right.set_title(f"{goal.kpi} [{goal.unit}], dashed: target", fontsize="medium")
        for ax in axes[-1]:
            ax.set_xlabel(f"{period_word(result.case.settings, 2)} from now")
        fig.description = "For each objective the chance of a breach and the KPI over the time from now. " + " ".join(_goal_words(result, g) for g in goals)
    return fig


def stock_figure(result: Now, theme: str = "light") -> Figure:
    """Stock ahead of the sites whose markets may go short."""
    c = THEMES[theme]
    with drawing((9.0, 0.6 + 1.9 * math.ceil(len(result.courses) / 2)), theme) as fig:
        axes = fig.subplots(math.ceil(len(result.courses) / 2), 2, squeeze=False, sharex=True).ravel()
        for ax, (place, course) in zip(axes, result.courses.items(), strict=False):
            days = np.arange(1, len(course) + 1)
            ax.fill_between(days, course[:, 0], course[:, 2], color=c["baseline"], alpha=0.22, lw=0)
            ax.plot(days, course[:, 1], **series("baseline", theme))
            ax.set_ylim(bottom=0)
            ax.set_title(f"{place[1]}, {place[0]}"[:46], fontsize="medium")
        for ax in axes[len(result.courses) :]:
            ax.set_visible(False)
        fig.supxlabel(f"{period_word(result.case.settings, 2)} from now", fontsize="medium", color=c["quiet"])
        fig.supylabel("units on hand", fontsize="medium", color=c["quiet"])
        fig.description = "Stock over the time from now, middle and 90 % of the worlds. " + " ".join(
            f"{place[1]} at {place[0]}: {digits(course[0, 1])} tomorrow, at least {digits(course[:, 0].min())} in the worst twentieth." for place, course in result.courses.items()
        )  # fmt: skip
    return fig


def reliability_figure(work: Any, theme: str = "light") -> Figure:
    """The reliability diagram of every kind of statement."""
    c, looks = THEMES[theme], {"short": ("o", "baseline"), "breach": ("s", "scenario")}
    words = {"short": "a market goes short", "breach": "an objective is missed"}
    with drawing((5.2, 4.4), theme) as fig:
        ax, told_ = fig.subplots(), []
        ax.plot([0, 1], [0, 1], color=c["ink"], lw=0.8, ls=(0, (2, 2)))
        for kind in work.marks:
            table = work.reliability(kind)
            marker, role = looks[kind]
            spread = np.maximum([table["happened"] - table["happened_low"], table["happened_high"] - table["happened"]], 0.0)
            ax.errorbar(table["said"], table["happened"], yerr=spread, marker=marker, color=c[role], lw=1, capsize=2, label=words[kind])
            told_.append(f"{words[kind]}: " + ", ".join(f"said {percent(r.said)}, happened {percent(r.happened)} of {r.n}" for r in table.itertuples(index=False)) + ".")
        ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="chance that was said", ylabel="share that has happened")
        ax.legend(loc="upper left")
        fig.description = "Reliability diagram; points on the dashed diagonal are right. " + " ".join(told_)
    return fig
