"""A team's game against the published board, and against itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from twinkit.tables import CaseError
from twinkit.workshop.bots import BOTS, base_stock, bot_order, play_bots, seat_of
from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.game import Game

STERMAN = Path(__file__).parent.parent / "truth" / "cases" / "S01_beer_game_sterman_benchmark.json"


@pytest.fixture(scope="module")
def beer():
    return read_exercise("beer_game")


@pytest.fixture(scope="module")
def published():
    return json.loads(STERMAN.read_text(encoding="utf-8"))


def by_the_rule(game, published):
    """Sterman's rule, from what a player sees alone."""
    p, orders = published["parameters"], {}
    for role in p["S_prime"]:
        look = game.look(role)
        gap = p["S_prime"][role] - (look.on_hand - look.backlog) - p["beta"] * look.on_order
        orders[role] = max(0.0, 4 + p["alpha"] * gap)
    return orders


def test_the_published_costs_are_reached_from_the_players_seats(beer, published):
    game = Game(beer)
    while not game.over:
        game.play(by_the_rule(game, published))
    assert game.costs() == pytest.approx(published["expected"]["cost_by_role"], abs=0)
    assert game.total_cost() == published["expected"]["total"]
    table = game.table()
    for key, column in {"orders_received": "incoming", "received": "received", "order_placed": "order"}.items():
        for role, values in published["weekly"][key].items():
            assert table.loc[table["role"] == role, column].tolist() == values


def test_the_benchmark_bot_plays_the_published_game(beer, published):
    game = play_bots(Game(beer), dict.fromkeys(published["parameters"]["S_prime"], BOTS["benchmark rule"]))
    assert game.costs() == pytest.approx(published["expected"]["cost_by_role"], abs=0)


def test_a_look_is_what_the_period_then_is(beer):
    game, rng = Game(beer), np.random.default_rng(3)
    for _ in range(12):
        seen = {r.name: game.look(r.name) for r in beer.roles}
        game.play({r.name: float(rng.integers(0, 15)) for r in beer.roles})
        for role in beer.roles:
            row = game.chain.labels("stocks.on_hand").index(f"{role.site} | {role.product}")
            for column in ("on_hand", "backlog", "incoming", "received"):
                assert getattr(seen[role.name], column) == game.chain.history(f"stocks.{column}")[row, -1, 0]


def test_players_of_1989_pay_many_times_the_benchmark(beer):
    game = play_bots(Game(beer), dict.fromkeys([r.name for r in beer.roles], BOTS["players of 1989"]))
    spread = game.table().groupby("role")["order"].var()
    assert game.total_cost() > 2 * 204
    assert spread["retailer"] < spread["wholesaler"] < spread["distributor"]


def test_a_game_is_its_moves(beer):
    game, rng = Game(beer), np.random.default_rng(5)
    for t in range(20):
        if t == 7:
            game.change("event", {"event": "strike", "kind": "outage", "site": "factory", "start": 9, "duration": 3})
        if t == 11:
            game.change("periods", 40)
        game.play({r.name: float(rng.integers(0, 12)) for r in beer.roles})
    again = Game.replay(beer, game.moves)
    assert again.table().equals(game.table()) and again.costs() == game.costs() and again.periods == 40
    early = game.at(9)
    assert early.period == 9 and early.looks == game.looks[:10]
    early.play({r.name: 0.0 for r in beer.roles})
    assert game.period == 20, "a fork has a world of its own"


@pytest.mark.parametrize("bot", sorted(BOTS))
def test_bots_order_what_is_allowed_and_the_same_again(beer, bot):
    seats = dict.fromkeys([r.name for r in beer.roles], BOTS[bot])
    one, two = (play_bots(Game(beer), seats) for _ in range(2))
    assert one.table().equals(two.table())
    assert (one.table()["order"] >= 0).all() and one.chain.balance().abs().to_numpy().max() == 0
    fresh = Game(beer)
    units = bot_order(fresh, "retailer", BOTS[bot])
    assert units is None or units == fresh.allowed(units)


@pytest.mark.parametrize("order", [-1, 4.5, "many", None, float("nan"), 1e9, "1e3"])
def test_what_is_no_order_is_a_sentence(beer, order):
    if order == "1e3":
        assert Game(beer).allowed(order) == 1000
        return
    with pytest.raises(ValueError, match=r"An order is a whole number from 0 to 10000\."):
        Game(beer).allowed(order)


def test_a_change_that_does_not_fit_changes_nothing(beer):
    game = Game(beer)
    game.play({r.name: 4.0 for r in beer.roles})
    before = game.look("factory")
    with pytest.raises(CaseError, match="factorY"):
        game.change("event", {"event": "strike", "kind": "outage", "site": "factorY", "start": 9, "duration": 3})
    with pytest.raises(ValueError, match="2 to 60 weeks, not 99"):
        game.change("periods", 99)
    assert game.look("factory") == before and not game.moves.changes


def test_a_broken_exercise_says_all_that_is_wrong(beer, tmp_path):
    import shutil

    folder = tmp_path / "mine"
    shutil.copytree(beer.folder, folder)
    (folder / "exercise.py").write_text(
        "from twinkit.workshop.exercise import Exercise, Role\n"
        "EXERCISE = Exercise('x', 'y', (Role('a', 'nowhere', 'beer'), Role('a', 'retailer', 'beer')), 400, bot='clever')\n",
        encoding="utf-8",
    )
    with pytest.raises(CaseError) as found:
        read_exercise(folder)
    said = str(found.value)
    assert all(word in said for word in ("nowhere", "stands twice", "1 to 60", "clever"))
    (folder / "exercise.py").write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(CaseError, match="cannot be run"):
        read_exercise(folder)


@pytest.mark.parametrize("name", ["disruption_day", "you_and_the_machine"])
def test_what_seats_see_is_what_the_policy_of_the_table_sees(name):
    """The same rule from the seats as in the table: base stock, components of recipes included."""
    exercise = read_exercise(name)
    games = []
    for bot in ("benchmark rule", "base stock"):
        game = Game(exercise)
        game.change("event", {**exercise.surprise, "start": exercise.surprise_between[0]})
        games.append(play_bots(game, dict.fromkeys([r.name for r in exercise.roles], BOTS[bot])))
    one, two = (g.table() for g in games)
    assert one["order"].sum() > 0 and one.equals(two)
    assert games[0].fill_rate() < 1, "the event is felt"
    assert games[0].chain.balance().abs().to_numpy().max() == 0


def test_safety_stock_that_was_bought_helps_whoever_orders():
    exercise = read_exercise("disruption_day")
    games = [Game(exercise, levers=levers) for levers in ({}, {"safety_days_tier_0": 7.0})]
    week = 100.0  # dealers sell 100 cars a week, and seven days are one period
    bare, rich = (seat_of(game, "dealers") for game in games)
    assert rich.now.on_hand - bare.now.on_hand == week == rich.goal - bare.goal == rich.safety
    assert base_stock(rich) == base_stock(bare), "the stock is there: it is not ordered once more"
    for _ in range(8):
        for game in games:
            game.play(dict.fromkeys((r.name for r in exercise.roles), 100.0))  # a hand that never looks
    served = [game.service[-1][0] for game in games]
    assert served[1] > served[0]


def test_what_production_takes_this_week_is_not_owed():
    exercise = read_exercise("disruption_day")
    game = Game(exercise)
    first = game.look("assembly")  # 50 in stock and 100 came in; the dealers' first 100 are made today
    assert (first.on_hand, first.backlog, first.net) == (50, 0, 50)
    game.play({"dealers": 120.0, "assembly": 100.0, "module plant": 200.0})
    second = game.look("assembly")  # the 120 are asked for, 50 were left and what came in is there
    there = 50 + second.received
    assert second.incoming == 120 and second.on_hand == max(0, there - 120) and second.backlog == max(0, 120 - there)
