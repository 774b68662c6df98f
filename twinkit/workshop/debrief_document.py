"""The debrief as documents: a page for the beamer, and one for every player to take away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from twinkit import __version__
from twinkit.report.document import Document
from twinkit.report.pictures import plain_settings
from twinkit.result import Block, Fact, Facts, Heading, Picture, Points, Table, Text
from twinkit.words import counted
from twinkit.workshop.debrief import Debrief, Seated
from twinkit.workshop.debrief_figures import costs_by_role, traces
from twinkit.workshop.exercise import demand_words
from twinkit.workshop.fits import MEANINGS
from twinkit.workshop.measures import FORMULAS

MOST_TEAMS = 3
"""Teams whose orders are drawn on the beamer's page; the workbook has all, players' pages their own."""

SHOWN = ("bullwhip ratio", "swing", "demand chasing", "pull to centre", "over-reaction")
"""Measures of a seat that stand on pages, besides cost and the fitted rule."""


def debrief_document(found: Debrief) -> Document:
    """The debrief of a session, for the beamer."""
    e, state = found.state.exercise, found.state
    teams, best = found.teams(), found.ranked().iloc[0]
    currency = e.case.settings["currency"]
    same = int(np.isclose(found.ranked()["cost"], best["cost"]).sum())
    first, paid = (f"{best['team']} came first: it", "") if same == 1 else (f"{same} teams came first: they", " each")
    blocks: list[Block] = [
        Text(
            f"{state.period} {e.word}s were played by {len(state.teams)} team{'s' * (len(state.teams) != 1)}. {first} paid "
            f"{best['cost']:,.0f} {currency}{paid}; the benchmark on the same luck paid {best['benchmark cost']:,.0f}.", "lead",
        ),
        *([Text(found.note)] if found.note else []),
        Points(_lessons(found)),
        Table(_of_use(found, teams), "Teams, the lowest cost first; bots last", TEAM_MEANINGS, name="teams"),
        *([Table(_of_use(found, found.yardsticks()), "What the teams are held against", TEAM_MEANINGS, name="benchmarks")] if e.measures or found.events() else []),
        Picture(lambda theme: costs_by_role(found, theme), name="costs"),
        *_machine(found),
        Heading("Who did what"),
        Table(_short(found), "Seats", MEANINGS_OF_SEATS, name="seats short"),
    ]  # fmt: skip
    for team in teams["team"].tolist()[:MOST_TEAMS]:
        mine = [s for s in found.seats if s.team == team]
        blocks += [Heading(f"Team {team}" if len(e.roles) > 1 else team, 3), _traced(found, mine, f"orders {team}")]
    if found.state.forks:
        blocks += [Heading("What if you had …"), Table(_forks(found), "Other games", TEAM_MEANINGS, name="what if")]
    blocks += [
        Table(found.parts(), "Cost by role", name="cost by role", on_page=False),
        Table(found.table(), "Every measure of every seat", MEANINGS_OF_SEATS, name="seats", on_page=False),
        Table(found.moves(), "Every move", name="moves", on_page=False),
        Text("Benchmarks see the same demand and the same events. Intervals hold 95 % of the estimates.", "quiet"),
    ]
    return Document(f"Debrief: {e.title}", blocks, _about(found))


def player_document(found: Debrief, player: int) -> Document:
    """What one person takes away.

    Raises
    ------
    KeyError
        If nobody of that number is in the session.
    """
    mine = found.of(player)
    if not mine:
        raise KeyError(f"there is no player {player} in this session")
    seat, e = mine[0], found.state.exercise
    currency = e.case.settings["currency"]
    m = seat.measures
    facts = [
        Fact(
            "Your cost",
            f"{m['cost']:,.0f} {currency}",
            f"benchmark, same luck: {m['benchmark cost']:,.0f}",
            FORMULAS["cost"][1],
        )
    ]
    for name in SHOWN:
        if math.isfinite(m[name]):
            facts.append(Fact(name.capitalize(), f"{m[name]:.2f}", "", FORMULAS[name][1]))
    blocks: list[Block] = [
        Text(f"You were the {seat.role} of {seat.team} for {found.state.period} {e.word}s.", "lead"),
        Facts(facts),
        _own_picture(found, seat),
        Heading("The rule that you seem to have followed"),
        Points(rule_sentences(seat)),
    ]
    if "advised" in m:
        blocks += [Heading("You and the adviser"), Points(advice_sentences(seat, currency))]
    blocks.append(Table(seat.rows.assign(benchmark=seat.best["order"]), "Your moves", name="moves", on_page=False))
    return Document(f"{e.title}: {seat.role} of {seat.team}", blocks, _about(found))


def _of_use(found: Debrief, table: pd.DataFrame) -> pd.DataFrame:
    """A table without what says nothing where nothing is for sale."""
    names = [] if found.state.exercise.measures else ["of it measures", "benchmark without measures", "measures"]
    return table.drop(columns=[name for name in names if name in table]).round(3)


def _traced(found: Debrief, seats: Sequence[Seated], name: str) -> Picture:
    return Picture(lambda theme: traces(found, seats, theme=theme), name=name)


def _own_picture(found: Debrief, seat: Seated) -> Picture:
    """Orders and stock of a seat, drawn once for all pages: a whole room opens its own at the same moment."""
    with plain_settings():
        figure = traces(found, [seat], ("order", "net stock"))
    return Picture(figure, name="orders and stock")


def rule_sentences(seat: Seated) -> list[str]:
    """The fitted rule in words, with intervals."""
    found = seat.fit
    if found.why:
        return [found.why]
    told = []
    for name, meaning in MEANINGS.items():
        value = found.values[name]
        if math.isfinite(value):
            told.append(f"{SYMBOLS[name]} = {value:.2f} ({found.low[name]:.2f} to {found.high[name]:.2f}): {meaning}.")
        else:
            told.append(f"{SYMBOLS[name]} cannot be told: your orders did not follow your stock.")
    beta = found.high["beta"]
    if math.isfinite(beta) and beta < 1.0:
        told.append(
            "You under-weighted your supply line: goods that were on their way to you were partly ordered again."
        )
    told.append(f"The rule explains {max(0.0, found.explained):.0%} of what you ordered over {found.periods} orders.")
    return told


SYMBOLS = {"theta": "θ", "alpha": "α", "beta": "β", "goal": "S′"}


def advice_sentences(seat: Seated, currency: str) -> list[str]:
    """How a person treated the adviser, in words."""
    m = seat.measures
    if not m.get("advised"):
        return ["You had no advice."]
    told = [f"You took {m['accepted']:.0%} of {m['advised']:.0f} pieces of advice as they were."]
    if math.isfinite(m["override value"]):
        way = "saved" if m["override value"] > 0 else "cost"
        told.append(
            f"Your changes to it {way} the chain {abs(m['override value']):,.0f} {currency}, against the same seat played again with "
            f"all of its advice taken; {m['overrides that helped']:.0%} of them helped, each taken alone."
        )
    if math.isfinite(m["accepted before"]) and math.isfinite(m["accepted after"]):
        told.append(
            f"Before its first error you took {m['accepted before']:.0%} of it, after it {m['accepted after']:.0%}."
        )
    if math.isfinite(m["over-reliance"]):
        told.append(f"You took {m['over-reliance']:.0%} of it when it was wrong (over-reliance).")
    if math.isfinite(m["aversion"]):
        told.append(f"You changed {m['aversion']:.0%} of it when it was right (aversion).")
    return told


def _lessons(found: Debrief) -> list[str]:
    """What the session shows, as sentences that follow from its numbers."""
    word, asked = found.state.exercise.word, found.customers()
    told = [f"Customers asked for {asked.min():g} to {asked.max():g} a {word}, {asked.mean():.1f} on average.", *demand_sentences(found)]
    told += [event_sentence(e, word) for e in found.events()]
    stages = found.swing().query("ranked").groupby("role", sort=False)["swing"].mean()
    if len(stages):
        said = ", ".join(f"{role} {swing:.1f}" for role, swing in stages.items())
        told.append(
            f"Against what customers asked for, orders varied by the factor (variance, from stage to stage): {said}."
        )
    fitted = [s for s in found.seats if s.player is not None and math.isfinite(s.fit.high["beta"])]
    if fitted:
        under = sum(s.fit.high["beta"] < 1.0 for s in fitted)
        told.append(f"{under} of {len(fitted)} people clearly under-weighted what was on its way to them (β below 1).")
    teams = found.ranked()
    ratio = teams["cost"].sum() / max(1e-9, teams["benchmark cost"].sum())
    told.append(f"All teams{of_people(found)} together paid {ratio:.1f} times what the benchmark paid on the same luck.")
    if found.state.exercise.measures:
        told.append(f"Without any measure the benchmark would have paid {found.bare.total_cost():,.0f}.")
        if found.best is not None:
            told.append(best_sentence(found))
    return told


def of_people(found: Debrief) -> str:
    """Said of "all teams" where bots are not among them."""
    return " of people" if len(found.ranked()) < len(found.state.teams) else ""


def best_sentence(found: Debrief) -> str:
    """What the best of what is for sale is, and what it saves."""
    best = found.best
    where = f"over {counted(found.state.periods, found.state.exercise.word)}, on average over {best.worlds} other worlds and the starts of the event"
    if not best.bought:
        return f"Nothing that is for sale pays for itself {where} with the benchmark ordering: {best.without:,.0f} without it."
    here = f"; on the luck of this session {best.game.total_cost() + best.spent:,.0f}" if found.state.over else ""
    return (
        f"The best of what is for sale is “{found.state.exercise.called(best.bought)}”: with the benchmark ordering it costs {best.mean:,.0f} in all {where}, "
        f"against {best.without:,.0f} without any measure (difference {best.low:,.0f} to {best.high:,.0f}){here}."
    )


def _advice(found: Debrief) -> pd.DataFrame:
    """How every person who had advice treated it."""
    names = ("advised", "accepted", "override value", "overrides that helped", "over-reliance", "aversion", "accepted before", "accepted after")
    return pd.DataFrame([{"seat": _place(s), "cost": s.measures["cost"], **{n: s.measures[n] for n in names}} for s in found.advised()])


def machine_sentences(found: Debrief) -> list[str]:
    """What people did with the adviser's advice, all together; none where nobody had any."""
    seats, frame = found.advised(), _advice(found)
    if not seats:
        return []
    given = frame["advised"].to_numpy(float)
    wrong = np.array([s.measures["wrong advice"] for s in seats], float)
    taken, right = np.nansum(frame["over-reliance"] * wrong), given - wrong
    changed = np.nansum(frame["aversion"] * right)
    told = [f"{len(seats)} {'people' if len(seats) > 1 else 'person'} had {given.sum():.0f} pieces of advice and took {(frame['accepted'] * given).sum() / given.sum():.0%} as they were."]
    if wrong.sum():
        told.append(f"Of {wrong.sum():.0f} pieces of wrong advice {taken / wrong.sum():.0%} were taken (over-reliance).")
    if right.sum():
        told.append(f"Of {right.sum():.0f} pieces of right advice {changed / right.sum():.0%} were changed (aversion).")
    both = frame.dropna(subset=["accepted before", "accepted after"])
    if len(both):
        told.append(f"Trust: on average {both['accepted before'].mean():.0%} of the advice was taken in the six {found.state.exercise.word}s before its first error, {both['accepted after'].mean():.0%} in the six after it.")
    value = frame["override value"].dropna()
    if len(value):
        told.append(f"{(value > 0).sum()} of {len(value)} who changed advice paid less than with all of it taken; {(value < 0).sum()} paid more.")
    return told


def _machine(found: Debrief) -> list[Block]:
    """People and the adviser: what was taken, what was refused, and what that was worth."""
    told = machine_sentences(found)
    return [Heading("People and the machine"), Points(told), Table(_advice(found).round(3), "Advice", MEANINGS_OF_SEATS, name="advice")] if told else []


def event_sentence(event: Mapping[str, Any], word: str) -> str:
    """What happened, where, when and for how long."""
    names = (event.get(k) for k in ("site", "market", "country", "origin"))
    where = next((str(n) for n in names if n), "the chain")
    last = int(event["duration"])
    kind = str(event["kind"]).replace("_", " ")
    return f"In {word} {event['start'] + 1} this began: {kind} at {where}, for {last} {word}{'s' * (last != 1)}."


def demand_sentences(found: Debrief) -> list[str]:
    """When the trainer let customers ask for something else while the game was played."""
    word, since = found.state.exercise.word, [asked for asked in found.state.asked[1:] if asked["start"] < found.state.period]
    return [f"From {word} {asked['start'] + 1} on the trainer let customers ask for something else: {demand_words(word, **asked)}." for asked in since]


def _place(seat: Seated) -> str:
    """A seat and who sits there, said once where the team is called like its person."""
    return f"{seat.role}, {seat.team}{f': {seat.who}' * (seat.who != seat.team)}"


def _short(found: Debrief) -> pd.DataFrame:
    """The seats of people, or all seats where nobody sat."""
    people = [s for s in found.seats if s.player is not None]
    rows = []
    for s in people or found.seats:
        m = s.measures
        row = {
            "seat": _place(s),
            "cost": f"{m['cost']:,.0f}",
            "benchmark cost": f"{m['benchmark cost']:,.0f}",
        }
        rows.append(row | {name: _written(m, name) for name in (*SHOWN, "beta")})
    return pd.DataFrame(rows).rename(columns={"beta": "supply-line weight"})


def _written(m: dict[str, float], name: str) -> str:
    if not math.isfinite(m[name]):
        return "–"
    return f"{m[name]:.2f}" + (f" ({_interval(m, name)})" if f"{name} low" in m else "")


def _interval(m: dict[str, float], name: str) -> str:
    low, high = m.get(f"{name} low", math.nan), m.get(f"{name} high", math.nan)
    return f"{low:.2f} to {high:.2f}" if math.isfinite(low) else "interval cannot be told"


def _forks(found: Debrief) -> pd.DataFrame:
    return pd.DataFrame([
        {"what if": f.name, "team": f.team, "from": f.period + 1, "up to": f.game.period,
         "bots": ", ".join(f"{r}: {b}" for r, b in f.bots.items()),
         "cost": round(sum(found.state.teams[f.team].parts(f.game).values()), 1), "as played": round(sum(f.was.values()), 1)}
        for f in found.state.forks.values()
    ])  # fmt: skip


def _about(found: Debrief) -> dict[str, str]:
    state = found.state
    return {
        "exercise": state.exercise.title, f"{state.exercise.word}s played": str(state.period), "seed": str(state.seed),
        "customers ask for": demand_words(state.exercise.word, **state.demand), "benchmark": state.exercise.benchmark, "twinkit": __version__,
    }  # fmt: skip


MEANINGS_OF_SEATS = {
    **{name: meaning for name, (_, meaning) in FORMULAS.items()}, **MEANINGS,
    "explained": "1 - residual / total sum of squares of the orders under the fitted rule",
    "accepted": "advice taken as it was / advice given", "accepted before": "the same before the adviser's first error",
    "accepted after": "the same after it", "over-reliance": "wrong advice taken / wrong advice given",
    "aversion": "right advice changed / right advice given",
    "overrides that helped": "changes of the advice that, alone and with all later orders the same, lowered the cost of the chain / changes",
    "advised": "orders beside which advice stood", "wrong advice": "pieces of it that were wrong",
}  # fmt: skip
TEAM_MEANINGS = {
    "up to": "both costs are those up to the end of this period; people's orders are what they were, bots react",
    "cost": "cost of the whole chain at equal sales: with the margin of lost sales, what was spent on measures, and what it takes at least to make good "
    "what is lost, owed or gone from the stock of the start; teams are ranked by it",
    "benchmark cost": "the same with the benchmark bot in all seats, on the same luck and with the same measures",
    "benchmark without measures": "the benchmark bot on the same luck without any measure",
    "worst week": "least service level of a period since the first event began: units served at once / units asked for in it",
    "resilience index": "1 - Σ(Q0 - Q) / ΣQ0, Q = service level, Q0 = that of the benchmark without the event on the same luck",
    "served at once": "fill rate: units served at once from stock / units demanded",
    "bullwhip end to end": "Var(orders of the last stage) / Var(what customers' demand takes of its product)",
}
