"""The debrief: every measure of every seat and team, against the same luck."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from twinkit.chain.chain import Chain
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.kpis import cost_parts
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import mean_interval
from twinkit.tables.problems import listed
from twinkit.workshop.equal_sales import least_costs, to_make_good
from twinkit.workshop.exercise import Exercise, surprise_row
from twinkit.workshop.fits import NAMES, Fit, fit
from twinkit.workshop.game import Game, bought_plan, with_other_demand
from twinkit.workshop.measures import (
    benchmark_game,
    bullwhip_ratio,
    demand_chasing,
    over_reaction,
    override_value,
    played_of,
    positions,
    pull_to_centre,
    shock_of,
    trust,
)
from twinkit.workshop.state import Player, State, Team

WORLDS = 32
"""Worlds in which each choice is tried, for each start of the event; as many fresh ones check the best."""
STARTS = 3
"""Starts of the hidden event that the search looks at, from its first to its last; the check looks at all."""
MOST_CHOICES, FEW = 256, 3
"""Where more choices fit the budget, only those of a few measures are tried."""


@dataclass(frozen=True)
class Best:
    """What the search chose, and what it is worth.

    Attributes
    ----------
    game
        The benchmark's game on the luck of the session, with these measures.
    bought, spent
        The measures, and their price [money].
    mean, without
        Mean cost of a game on fresh luck with these measures (price included), and without any [money].
    low, high
        95 % interval of mean - without, over worlds [money]; 0 and 0 where nothing is bought.
    worlds
        Fresh worlds, each with every start of the event.
    """

    game: Game
    bought: list[str]
    spent: float
    mean: float
    without: float
    low: float
    high: float
    worlds: int


def best_measures(state: State) -> Best | None:
    """The best of what is for sale within the budget, over the events of the exercise.

    Every choice that can be paid for is played by the policies of the tables over the periods of the game, in
    worlds other than that of the session, with the hidden event at starts between its first and its last and
    with the trainer's events as they were; the cheapest (cost of the chain and price) is held against
    buying nothing on fresh luck, and is given up if it is not cheaper there.

    Returns
    -------
    Best or None
        None where nothing is for sale, or no event is known.
    """
    exercise, events = state.exercise, _events(state)
    if not exercise.measures or not events:
        return None
    plan = exercise.case.derived(plan_of)
    values = {name: value for name, (_, _, value) in exercise.measures_for_sale().items()}
    key = ("best", state.seed, state.periods, repr(events), repr(state.asked[1:]))
    if key not in plan.notes:
        plan.notes[key] = _search(plan, exercise, values, events, state)
    bought, found = plan.notes[key]
    game = benchmark_game(state, levers={name: values[name] for name in bought})
    return Best(game, list(bought), _price(exercise, bought), *found, WORLDS)


def _search(
    plan: Plan, exercise: Exercise, values: dict[str, Any], events: list[list[dict]], state: State
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    def cost(bought: tuple[str, ...], cases: list[pd.DataFrame], first: int) -> np.ndarray:
        """Cost at equal sales by world, the mean over the starts of the event [money]."""
        base = bought_plan(plan, {name: values[name] for name in bought})
        total = np.zeros(WORLDS)
        for table in cases:
            chain = Chain(plan_of(base.case.replace(events=table)), WORLDS, seed=state.seed, first=first)
            least = least_costs(chain.plan)
            before = to_make_good(chain.plan, chain.world, least)
            for asked in state.asked[1:]:
                chain = chain.run(asked["start"])
                chain = chain.branch(with_other_demand(chain.plan, exercise, asked))
            world = chain.run(state.periods).world
            total += sum(cost_parts(chain.plan, world).values()) + to_make_good(chain.plan, world, least) - before
        return total / len(cases) + _price(exercise, bought)

    happens = [Scenario("", tuple(rows)).apply(plan.case)["events"] for rows in events]  # checked once, and not for every choice
    few = [happens[i] for i in sorted({round(x) for x in np.linspace(0, len(events) - 1, min(STARTS, len(events)))})]
    # world 0 is that of the session
    best = min(_choices(exercise), key=lambda bought: cost(bought, few, 1).mean())
    without, mine = (cost(bought, happens, 1 + WORLDS) for bought in ((), best))
    if not best or mine.mean() >= without.mean():
        return (), (float(without.mean()), float(without.mean()), 0.0, 0.0)
    change = mean_interval(mine - without)
    return best, (float(mine.mean()), float(without.mean()), change.low, change.high)


def _choices(exercise: Exercise) -> list[tuple[str, ...]]:
    names = list(exercise.measures)

    def up_to(most: int) -> list[tuple[str, ...]]:
        some = (c for n in range(most + 1) for c in combinations(names, n))
        return [c for c in some if _price(exercise, c) <= exercise.budget]

    return up_to(FEW) if 2 ** len(names) > MOST_CHOICES else up_to(len(names))


def _price(exercise: Exercise, bought: Any) -> float:
    return float(sum(exercise.measures[name] for name in bought))


def _events(state: State) -> list[list[dict[str, Any]]]:
    """Events of a game: one list for each start that the hidden one may have, with what the trainer let happen."""
    e = state.exercise
    injected = [{**c.value, "scheduled": True} for c in state.changes if c.kind == "event"]
    if not e.surprise:
        return [injected] if injected else []
    first, last = e.surprise_between
    hidden = surprise_row(e, first)["event"]
    others = [row for row in injected if row["event"] != hidden]
    return [[surprise_row(e, start), *others] for start in range(first, last + 1)]


# --- the debrief


BEST = "best of what is for sale"
"""Name of the yardstick with measures."""
TOLD = "the exercise"
"""Who orders in the periods in which the exercise says what is ordered."""


@dataclass(frozen=True)
class Seated:
    """A seat in the debrief.

    Attributes
    ----------
    team, role, who
        Where it is, and who sat there: a name, a number, or the name of a bot; from when on, where somebody else did before.
    player
        Number of the person who sits there now, or None.
    rows, best
        What was seen and ordered by period and by whom (``who``), and the same of the benchmark.
    measures
        Measure → value, "… low" and "… high" for its interval.
    fit
        The fitted rule.
    """

    team: str
    role: str
    who: str
    player: int | None
    rows: pd.DataFrame
    best: pd.DataFrame
    measures: dict[str, float]
    fit: Fit


@dataclass(frozen=True)
class Debrief:
    """A session, measured.

    Attributes
    ----------
    state
        The session.
    seats
        Every seat of every team, in the order of the roles.
    benchmarks
        Team → game of the benchmark bot on the same luck, with the measures of the team.
    bare
        The benchmark on the same luck without any measure.
    calm
        The same without any event.
    best
        The benchmark with the best of what is for sale; None without measures to buy, or without an event.
    named
        Whether people are named.
    note
        What is compared where teams played at their own pace; "" where all have played as much.
    """

    state: State
    seats: list[Seated]
    benchmarks: dict[str, Game]
    bare: Game
    calm: Game
    best: Best | None
    named: bool
    note: str = ""

    def table(self) -> pd.DataFrame:
        """One row for each seat: who, and every measure with its interval."""
        return pd.DataFrame([{"team": s.team, "role": s.role, "who": s.who, **s.measures} for s in self.seats])

    def teams(self) -> pd.DataFrame:
        """One row for each team, the lowest cost first; teams of bots alone after those of people.

        Returns
        -------
        DataFrame
            team, people in it, cost (with what was spent on measures, as in the room), benchmark cost (with its
            measures), bare cost (no measures), spent on measures [money]; fill rate of customers' demand; bullwhip of the whole chain.
        """
        rows = []
        for name, team in self.state.teams.items():
            game = team.game
            mine = [s for s in self.seats if s.team == name]
            asked = mine[0].rows["incoming"].to_numpy() * units_needed(game, mine[-1].role)
            ends = bullwhip_ratio(mine[-1].rows["order"].to_numpy(), asked)
            rows.append({
                "team": name, "people": sum(p.team == name for p in self.state.players.values()), "cost": team.cost, "of it measures": team.spent,
                "benchmark cost": self.benchmarks[name].total_cost() + team.spent, "benchmark without measures": self.bare.total_cost(),
                "served at once": game.fill_rate(), **self._resilience(game), "bullwhip end to end": ends, "measures": self.state.exercise.called(team.bought),
            })  # fmt: skip
        found = pd.DataFrame(rows)
        return found.iloc[np.lexsort([found["cost"], found["people"] == 0])].reset_index(drop=True)

    def ranked(self) -> pd.DataFrame:
        """Rows of :meth:`teams` that are compared: those of people; all where nobody sits."""
        found = self.teams()
        return found[found["people"] > 0] if found["people"].any() else found

    def swing(self) -> pd.DataFrame:
        """Swing of the orders of every seat where it can be told, one row each: team, role, swing, and whether its team is ranked."""
        ranked = set(self.ranked()["team"])
        found = pd.DataFrame([{"team": s.team, "role": s.role, "swing": s.measures["swing"], "ranked": s.team in ranked} for s in self.seats])
        return found.dropna(subset=["swing"])

    def parts(self) -> pd.DataFrame:
        """What the cost of every team is made of, line by line: seats, sites that nobody plays, what is to be made good, measures.

        Returns
        -------
        DataFrame
            team, line, cost, benchmark cost [money]; the lines of a team add up to its row of :meth:`teams`.
        """
        rows = []
        for name, team in self.state.teams.items():
            own, best = team.parts(), team.parts(self.benchmarks[name])
            rows += [{"team": name, "line": line, "cost": own.get(line, 0.0), "benchmark cost": best.get(line, 0.0)}
                     for line in dict.fromkeys([*own, *best])]  # fmt: skip
        return pd.DataFrame(rows)

    def advised(self) -> list[Seated]:
        """Seats of people who had advice."""
        return [s for s in self.seats if s.player is not None and s.measures.get("advised")]

    def customers(self) -> np.ndarray:
        """What customers asked for, by period [units]."""
        return customers_demand(self.calm)

    def events(self) -> list[dict[str, Any]]:
        """Events of the session that have begun, as rows of the table of events."""
        rows = (c.value for c in self.state.changes if c.kind == "event")
        return [dict(row) for row in rows if row["start"] < self.state.period]

    def _resilience(self, game: Game) -> dict[str, float]:
        """Depth and index of a game's service against the calm benchmark; empty before the first event."""
        if not (begun := self.events()):
            return {}
        q, calm = game.service_level(), self.calm.service_level()
        return {
            "worst week": float(q[min(int(row["start"]) for row in begun) :].min()),
            "resilience index": 1.0 - float(np.maximum(calm - q, 0.0).sum() / calm.sum()),
        }

    def yardsticks(self) -> pd.DataFrame:
        """What the teams are held against: games of the benchmark bot on the same luck."""
        sold = bool(self.state.exercise.measures)
        rows = [("without measures" if sold else "as it happened", self.bare, 0.0, "")]
        if self.events():
            rows.append(("without the event", self.calm, 0.0, ""))
        if self.best is not None:
            rows.append((BEST, self.best.game, self.best.spent, self.state.exercise.called(self.best.bought)))
        return pd.DataFrame([
            {"benchmark": name, "cost": game.total_cost() + spent, "of it measures": spent,
             "served at once": game.fill_rate(), **self._resilience(game), "measures": measures}
            for name, game, spent, measures in rows
        ])  # fmt: skip

    def moves(self) -> pd.DataFrame:
        """Every period of every seat: what was seen, ordered, and would have been ordered by the benchmark."""
        parts = [s.rows.assign(team=s.team, benchmark=s.best["order"].to_numpy()) for s in self.seats]
        front = ["team", "role", "who", "period"]
        whole = pd.concat(parts, ignore_index=True)
        return whole[front + [c for c in whole.columns if c not in front]]

    def of(self, player: int) -> list[Seated]:
        """Seats in which a person sits."""
        one = self.state.players.get(player)
        return [s for s in self.seats if one is not None and (s.team, s.role) == (one.team, one.role)]


def debrief(state: State, named: bool | None = None) -> Debrief:
    """Measure a session as it stands.

    Parameters
    ----------
    state
        The session; at least one period must have been played.
    named
        Whether people are named; by default as the trainer has set it.

    Raises
    ------
    ValueError
        If nothing has been played.
    """
    if state.first == 0:
        raise ValueError(f"Nothing has been played yet: the debrief needs at least one {state.exercise.word}.")
    named = not state.anonymous if named is None else named
    note, state = _compared(state), state.level()
    if not named and len(state.exercise.roles) == 1:
        state = state.renamed({p.team: label(p, named) for p in state.players.values()})  # a team of one would tell who it is
    played: dict[str, Game] = {}  # teams with the same measures have one benchmark
    benchmarks = {}
    for name, team in state.teams.items():
        key = repr(sorted(team.game.levers.items()))
        benchmarks[name] = played[key] = played.get(key) or benchmark_game(state, team)
    bare = played.get("[]") or benchmark_game(state)
    calm = benchmark_game(state, events=False)
    best = best_measures(state)
    seats = [
        _seated(state, team, role.name, benchmarks[team.name], named)
        for team in state.teams.values()
        for role in state.exercise.roles
    ]
    return Debrief(state, seats, benchmarks, bare, calm, best, named, note)


def _compared(state: State) -> str:
    """What is compared where teams stand in different periods."""
    if state.period == state.first:
        return ""
    word, idle = state.exercise.word, [team.name for team in state.teams.values() if not team.period]
    left = f" {listed(idle)} {'have' if len(idle) > 1 else 'has'} played nothing yet and {'are' if len(idle) > 1 else 'is'} left out." if idle else ""
    common = state.level().period
    return f"Teams played at their own pace: compared {f'is the first {word}' if common == 1 else f'are the first {common} {word}s'}, which all {'others ' if idle else ''}have played.{left}"


def customers_demand(game: Game) -> np.ndarray:
    """What customers asked for in a game, by period [units]."""
    return np.diff([0.0, *(asked for _, asked in game.service)])


def units_needed(game: Game, role: str) -> float:
    """Units of what a role orders for each unit that customers ask for, as in the mean flows of the chain."""
    one, plan = game.exercise.role(role), game.chain.plan
    stocks = plan.net.stocks
    flow = plan.flows.stock[((stocks["site"] == one.site) & (stocks["product"] == one.product)).to_numpy()].sum()
    return float(flow / plan.flows.market.sum())


def label(player: Player, named: bool) -> str:
    """What a person is called in the debrief."""
    return player.name if named else f"player {player.number}"


def _seated(state: State, team: Team, role: str, best: Game, named: bool) -> Seated:
    rows, other = (t[t["role"] == role].reset_index(drop=True) for t in (team.game.table(), best.table()))
    sat = state.at(team.name, role)
    played = played_of(state, team, role)
    found = fit(played)
    orders, asked = rows["order"].to_numpy(float), rows["incoming"].to_numpy(float)
    measures: dict[str, float] = {
        "cost": team.game.costs()[role], "benchmark cost": best.costs()[role],
        "bullwhip ratio": bullwhip_ratio(orders, asked),
        "swing": bullwhip_ratio(orders, customers_demand(team.game) * units_needed(team.game, role)),
    }  # fmt: skip
    measures["demand chasing"] = demand_chasing(orders[played.own], asked[played.own])
    wait = (rows["on_order"].iloc[0] + played.start) / played.start if played.start else 0.0  # periods, as at the start
    centre = wait * float(asked[played.own].mean()) if played.own.any() else 0.0
    measures["pull to centre"] = pull_to_centre(positions(rows)[played.own], positions(other)[played.own], centre)
    measures["over-reaction"] = over_reaction(orders, other["order"].to_numpy(float), shock_of(state, team.game))
    for name in NAMES:
        _with_interval(measures, name, (found.values[name], found.low[name], found.high[name]))
    measures["explained"] = found.explained
    if any(role in advice for advice in team.advice):
        measures |= _advised(state, team, role)
    rows["who"] = [_ordered(state, team, role, period, named) for period in range(len(team.own))]
    now = _who(state, team, role, named) if sat else f"bot: {team.bots[role]}"
    who = _since(rows["who"].tolist(), now, state.exercise.word)
    return Seated(team.name, role, who, sat.number if sat else None, rows, other, measures, found)


def _ordered(state: State, team: Team, role: str, period: int, named: bool) -> str:
    """Who ordered in a period: the person, who may have left since, the bot of the seat, or the exercise."""
    if period in state.exercise.told:
        return TOLD
    number = team.own[period].get(role)
    if number is None:
        return f"bot: {team.bots[role]}"
    if number in {p.number for p in state.sitting(team.name, role)}:
        return _who(state, team, role, named)
    return label(state.players[number], named) if number in state.players else f"player {number} (left)"


def _who(state: State, team: Team, role: str, named: bool) -> str:
    """Everybody who sits in a seat."""
    return " and ".join(label(p, named) for p in state.sitting(team.name, role))


def _since(by_period: list[str], now: str, word: str) -> str:
    """Who sits in a seat now, and since when, where others ordered before."""
    first = by_period.index(now) if now in by_period else len(by_period)
    before = [name for name in dict.fromkeys(by_period[:first]) if name != TOLD]
    if not before:
        return now
    since = f"from {word} {first + 1}" if first < len(by_period) else "has not ordered yet"
    return f"{now} ({since}; before: {', '.join(before)})"


def _with_interval(measures: dict[str, float], name: str, found: tuple[float, float, float]) -> None:
    measures |= {name: found[0], f"{name} low": found[1], f"{name} high": found[2]}


def _advised(state: State, team: Team, role: str) -> dict[str, float]:
    value: dict[str, Any] = override_value(state, team, role)
    told = trust(team, role, wrong_advice(state, team, role))
    return {
        "advised": value["advised"], "accepted": value["accepted"], "override value": value["value"],
        "overrides that helped": value["helped"], **{f"accepted {k}" if k in ("before", "after") else k: v for k, v in told.items()},
    }  # fmt: skip


def wrong_advice(state: State, team: Team, role: str) -> set[int]:
    """Periods in which a seat's advice was wrong: by the adviser's settings, or off by more than half the mean demand."""
    looks, wrong = team.game.looks, set()
    usual = float(np.mean([look[role].incoming for look in looks]))
    for period, advice in enumerate(team.advice):
        if role not in advice:
            continue
        off = period + 1 < len(looks) and abs(advice[role]["forecast"] - looks[period + 1][role].incoming) > 0.5 * usual
        adviser = team.advisers[period]
        if adviser.wrong(period) or (adviser.quality == "noisy" and off):
            wrong.add(period)
    return wrong
