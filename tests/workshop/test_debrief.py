"""The debrief against plain recomputation, and its documents against hostile names."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from openpyxl import load_workbook

from twinkit.run.kpis import cost_parts
from twinkit.show.picture import describe
from twinkit.tables.cells import escape
from twinkit.workshop.bots import BOTS, play_bots
from twinkit.workshop.debrief import debrief, label
from twinkit.workshop.debrief_document import advice_sentences, debrief_document, player_document, rule_sentences
from twinkit.workshop.debrief_figures import costs_by_role
from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.game import MAKE_GOOD, Game, Moves
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.measures import bullwhip_ratio, demand_chasing, over_reaction, pull_to_centre
from twinkit.workshop.session import Session
from twinkit.workshop.slides import slides_of
from twinkit.workshop.views import board_view, player_view, trainer_view

HOSTILE = "=cmd()|<script>alert(1)</script>"


def played(path, exercise, orders, seats, periods=24):
    """A session in which people order what a function of (their number, what they see, the advice) says."""
    session = Session(path, exercise)
    tokens = [session.join(name, team, role) for name, team, role in seats]
    session.start()
    for period in range(periods):
        for token in tokens:
            player = session.player(token)
            if session.state.period not in session.state.exercise.told:
                look = session.state.teams[player.team].game.look(player.role)
                advice = session.advice(player.team, player.role)
                session.order(player, orders(player.number, look, advice), period)
        session.advance(period)
    return session


@pytest.fixture(scope="module")
def beer(tmp_path_factory):
    def order(number, look, advice):
        return float(round(look.incoming + (4 if look.period % 5 == 0 else 0)))

    seats = [("Ann", "Reds", "retailer"), (HOSTILE, "Reds", "factory")]
    return played(tmp_path_factory.mktemp("beer") / "s.sqlite", read_exercise("beer_game"), order, seats)


@pytest.fixture(scope="module")
def advised(tmp_path_factory):
    def order(number, look, advice):
        return advice["units"] if number == 1 or look.period % 3 else advice["units"] + 6.0

    seats = [("Ann", "A", "shop"), ("Bob", "B", "shop")]
    path = tmp_path_factory.mktemp("advised") / "s.sqlite"
    return played(path, read_exercise("you_and_the_machine"), order, seats, periods=30)


@pytest.fixture(scope="module")
def told(beer):
    """The debrief of the beer game, with names."""
    return debrief(beer.state, named=True)


@pytest.fixture(scope="module")
def measured(advised):
    """The debrief of the game with an adviser."""
    return debrief(advised.state)


def test_the_benchmark_is_an_independent_game_on_the_same_luck(beer, told):
    found = told
    plain = play_bots(
        Game(beer.state.exercise, beer.state.seed),
        dict.fromkeys([r.name for r in beer.state.exercise.roles], BOTS["benchmark rule"]),
        until=24,
    )
    assert found.benchmarks["Reds"].costs() == plain.costs()
    table = found.table().set_index("role")
    for role, cost in plain.costs().items():
        assert table.loc[role, "benchmark cost"] == cost
        assert table.loc[role, "cost"] == beer.state.teams["Reds"].game.costs()[role]
    asked = found.moves().query("role == 'retailer'")["incoming"].to_numpy()
    orders = found.moves().query("role == 'factory'")["order"].to_numpy()
    assert found.teams()["bullwhip end to end"][0] == pytest.approx(orders.var() / asked.var())


def test_people_are_numbers_unless_they_are_named(beer, told):
    people = beer.state.players.values()
    assert beer.state.anonymous and [label(p, named=False) for p in people] == ["player 1", "player 2"]
    assert {"Ann", HOSTILE, "bot: players of 1989"} == set(told.table()["who"])
    assert [s.player for s in told.seats] == [1, None, None, 2]


def test_names_are_text_in_every_document(told):
    found = told
    page = debrief_document(found).to_html()
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    book = load_workbook(io.BytesIO(debrief_document(found).to_excel()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(HOSTILE in str(cell.value) for cell in cells)
    assert "<script>alert" not in player_document(found, 2).to_html()
    with pytest.raises(KeyError, match="no player 9"):
        player_document(found, 9)


def test_override_value_is_the_cost_with_all_advice_less_the_cost_as_it_was(advised, measured):
    found = measured
    ann, bob = (s.measures for s in found.seats)
    assert ann["accepted"] == 1 and np.isnan(ann["override value"])
    game = advised.state.teams["B"].game
    followed = [{"shop": advice["shop"]["units"]} for advice in advised.state.teams["B"].advice]
    as_given = Game.replay(game.exercise, Moves(followed, game.moves.changes), game.seed)
    obedient = advised.state.teams["A"].game  # Ann took every advice, on the same luck
    assert bob["override value"] == pytest.approx(obedient.total_cost() - game.total_cost())
    assert as_given.total_cost() != pytest.approx(obedient.total_cost()), "advice that was given to Bob is not what Bob would have got"
    assert bob["accepted"] == pytest.approx(20 / 30) and bob["advised"] == 30
    assert ann["over-reliance"] == 1 and ann["aversion"] == 0
    told = advice_sentences(found.seats[1], "USD")
    assert "You took 67% of 30 pieces of advice" in told[0] and len(told) == 5


def test_an_event_is_held_against_the_same_luck_without_it(measured):
    found = measured
    yard = found.yardsticks().set_index("benchmark")
    assert yard.loc["without the event", "resilience index"] == 1
    assert yard.loc["as it happened", "resilience index"] < 1
    assert (found.teams()["resilience index"] <= 1).all()


def test_measures_agree_with_pencil():
    demand = np.array([4.0, 4, 8, 8, 4, 8, 8, 4])
    assert bullwhip_ratio(2 * demand, demand) == pytest.approx(4)
    assert np.isnan(bullwhip_ratio(demand, np.full(8, 4.0)))
    assert demand_chasing(2 * demand + 1, demand) == pytest.approx(2)
    assert np.isnan(demand_chasing(demand, np.full(8, 4.0)))
    middle = pull_to_centre(np.full(8, 24.0), np.full(8, 28.0), 20.0)
    assert middle == pytest.approx(0.5)
    calm, wild = np.array([4.0, 4, 4, 8, 8, 4, 4, 4]), np.array([4.0, 4, 4, 12, 20, 4, 4, 4])
    assert over_reaction(wild, calm, 3) == pytest.approx(4)
    late = np.concatenate([wild, np.full(12, 4.0), [24.0]])
    assert over_reaction(late, np.concatenate([calm, np.full(13, 4.0)]), 3) == pytest.approx(5), "a late peak counts too"


def test_what_there_is_not_is_said(tmp_path):
    session = Session(tmp_path / "s.sqlite", "beer_game")
    session.add_team("Bots")
    session.start()
    with pytest.raises(ValueError, match="at least one week"):
        debrief(session.state)
    session.advance(0)
    found = debrief(session.state)
    assert "a fit needs 8" in rule_sentences(found.seats[0])[0]
    assert "Bots" in debrief_document(found).to_html()


BOUGHT = ["safety_days_tier_0", "safety_days_tier_2"]


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    """A session of teams of bots with and without measures, and its debrief."""
    session = Session(tmp_path_factory.mktemp("bought") / "s.sqlite", "disruption_day")
    for team in ("Bare", "Rich"):
        session.add_team(team)
    session.buy("Rich", BOUGHT)
    session.start()
    for period in range(36):
        session.advance(period)
    session.close()
    return session, debrief(session.state)


def test_one_cost_stands_everywhere_and_its_lines_add_up(bought):
    session, found = bought
    state, prices = session.state, session.state.exercise.measures
    lines = found.parts().groupby("team")[["cost", "benchmark cost"]].sum()
    room, beamer = {t["name"]: t for t in trainer_view(session)["teams"]}, board_view(session, "x")["costs"]
    for row in found.teams().to_dict("records"):
        name, game = row["team"], state.teams[row["team"]].game
        chain = sum(float(x[0]) for x in cost_parts(game.chain.plan, game.chain.world).values())
        good = game.parts().get(MAKE_GOOD, 0.0)  # tested in test_equal_sales
        right = pytest.approx(chain + good + sum(prices[m] for m in state.teams[name].bought))
        assert right == row["cost"]
        assert row["cost"] == room[name]["cost"] == beamer[name], "one number, to the bit"
        assert right == lines.loc[name, "cost"]
        assert lines.loc[name, "benchmark cost"] == pytest.approx(row["benchmark cost"])
        assert right == sum(s["cost"] for s in room[name]["seats"]) + sum(money for _, money in room[name]["besides"])
    assert found.teams()["cost"].is_monotonic_increasing
    assert set(found.parts().query("team == 'Rich'")["line"]) > {"sites that nobody plays", "measures"}
    assert f"{found.teams()['cost'][0]:,.0f}" in costs_by_role(found).description


def test_the_best_of_what_is_for_sale_beats_buying_nothing_on_other_luck(bought):
    session, found = bought
    exercise, best = session.state.exercise, found.best
    for_sale = exercise.measures_for_sale()
    assert best.game.levers == {name: for_sale[name][2] for name in best.bought}
    assert best.spent == sum(exercise.measures[name] for name in best.bought) <= exercise.budget
    assert best.mean <= best.without and best.low <= best.mean - best.without <= best.high
    roles, costs = [r.name for r in exercise.roles], {}
    for levers in ({}, best.game.levers):
        for seed, start in ((901, 9), (902, 12), (903, 15)):
            game = Game(exercise, seed, levers)
            game.change("event", {**exercise.surprise, "start": start})
            play_bots(game, dict.fromkeys(roles, BOTS["benchmark rule"]), until=36)
            price = sum(exercise.measures[name] for name in levers)
            costs.setdefault(bool(levers), []).append(game.total_cost() + price)
    assert np.mean(costs[True]) <= np.mean(costs[False])
    assert np.mean(costs[False]) == pytest.approx(best.without, rel=0.25), "cost of a game, not of a year"


def test_the_worst_week_is_one_since_the_event(bought):
    session, found = bought
    start = next(c.value["start"] for c in session.state.changes if c.kind == "event")
    yard = found.yardsticks().set_index("benchmark")["worst week"]
    for name, game in (("without the event", found.calm), ("without measures", found.bare)):
        served, asked = (np.diff([0.0, *(week[i] for week in game.service)])[start:] for i in (0, 1))
        assert yard[name] == pytest.approx((served / asked).min())
    assert yard["without the event"] > yard["without measures"]


def test_the_centre_of_the_pull_is_mean_demand(told):
    for seat in (s for s in told.seats if s.player is not None):
        rows, best = (t[t["period"] >= 4] for t in (seat.rows, seat.best))  # in the first four weeks all are told what to order
        mine, other = ((t["on_hand"] - t["backlog"] + t["on_order"] + t["order"]).mean() for t in (rows, best))
        centre = rows["incoming"].mean() * (seat.rows["on_order"][0] + 4) / 4
        hardly = abs(other - centre) < 0.05 * centre  # the retailer's benchmark stands at the mean, 8; the first demand was 4
        right = np.nan if hardly else (other - mine) / (other - centre)
        assert seat.measures["pull to centre"] == pytest.approx(right, nan_ok=True)
        assert hardly or seat.role != "retailer"


def test_the_debrief_of_the_machine_tells_what_its_guide_promises(advised, measured):
    page = debrief_document(measured).to_html()
    for promised in ("People and the machine", "override value", "over-reliance", "aversion", "Trust:", "accepted before"):
        assert promised in page
    wrong = sum(advised.state.adviser.wrong(p) for p in range(30))
    taken = {"A": wrong, "B": sum(advised.state.adviser.wrong(p) for p in range(30) if p % 3)}
    assert f"Of {2 * wrong} pieces of wrong advice {sum(taken.values()) / (2 * wrong):.0%} were taken" in page
    assert f"took {50 / 60:.0%} as they were" in page


def test_tables_go_out_as_csv_without_formulas(told):
    frame = told.moves()
    words = frame.select_dtypes(exclude="number").columns
    text = frame.assign(**{c: frame[c].map(escape) for c in words}).to_csv(index=False)
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + 24 * 4
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_if_holds_like_against_like_and_bots_react(tmp_path):
    session = Session(tmp_path / "s.sqlite", "beer_game")
    session.add_team("Bots")
    session.start()
    for period in range(16):
        session.advance(period)
    session.fork("Bots", 4, dict.fromkeys(["retailer", "wholesaler", "distributor", "factory"], "benchmark rule"))
    session.fork("Bots", 4, {"wholesaler": "benchmark rule"})
    for period in range(16, 24):
        session.advance(period)
    exercise, forks = session.state.exercise, list(session.state.forks.values())
    calm = play_bots(
        Game(exercise, session.state.seed),
        dict.fromkeys([r.name for r in exercise.roles], BOTS["benchmark rule"]),
        until=16,
    )
    assert forks[0].game.costs() == calm.costs(), "in the first four weeks everybody is told what to order"
    played = session.state.teams["Bots"].game
    assert sum(forks[1].was.values()) == pytest.approx(played.at(16).total_cost()) and played.at(16).total_cost() < played.total_cost()
    table = forks[1].game.table().set_index(["role", "period"])["order"]
    assert not table["factory"].equals(played.at(16).table().set_index(["role", "period"])["order"]["factory"])


def test_who_takes_a_seat_late_is_not_credited_with_what_was_before(tmp_path):
    session = Session(tmp_path / "s.sqlite", read_exercise("beer_game"))
    first = session.join("Ann", "Reds", "retailer")
    session.start()
    told = len(session.state.exercise.told)
    for period in range(told + 12):
        if period == told + 3:
            session.remove(session.player(first).number)
        if period == told + 6:
            second = session.join("Bob", "Reds", "retailer")
        if period >= told and not told + 3 <= period < told + 6:
            session.order(session.player(first if period < told + 3 else second), 7.0, period)
        session.advance(period)
    found = debrief(session.state, named=True)
    moves = found.moves()
    who = moves.loc[(moves["role"] == "retailer") & (moves["team"] == "Reds"), "who"].tolist()
    bot = f"bot: {session.state.teams['Reds'].bots['retailer']}"
    assert who == ["the exercise"] * told + ["player 1 (left)"] * 3 + [bot] * 3 + ["Bob"] * 6
    seats = found.table().set_index(["team", "role"])
    assert seats.at[("Reds", "retailer"), "who"] == f"Bob (from week {told + 7}; before: player 1 (left), {bot})"


def test_slides_say_what_the_tables_say(beer):
    found = debrief(beer.state)
    slides = {s.key: s for s in slides_of(found)}
    teams, asked = found.teams(), found.customers()
    assert slides["customers"].title == f"They asked for {asked[0]:g}, and from week {int(np.argmax(asked != asked[0])) + 1} on for {asked[-1]:g}: it changed once."
    assert f"{teams['cost'].min():,.0f}" in slides["ranking"].title
    factor = teams["cost"].sum() / teams["benchmark cost"].sum()
    assert f"{factor:.1f} times" in slides["luck"].title
    swing = [bullwhip_ratio(s.rows["order"].to_numpy(), asked) for s in found.seats]
    assert f"{swing[0]:.1f} times at the retailer, {swing[-1]:.1f} times at the factory" in slides["bullwhip"].title
    words = " ".join(s.title + " ".join(s.points) for s in slides.values())
    assert "Ann" not in words and HOSTILE not in words, "nobody is named"
    for slide in slides.values():
        if slide.draw is not None:
            assert describe(slide.draw("dark"))


def test_what_people_drew_lies_under_what_it_was(tmp_path):
    """Who did not see the customers draws them after the game; nobody is named, and a drawing that does not fit is refused."""
    session = Session(tmp_path / "s.sqlite", "beer_game")
    seats = {role: session.player(session.join(name, "Reds", role)) for name, role in (("Ann", "retailer"), ("Bob", "factory"), ("Cy", "wholesaler"))}
    with pytest.raises(WorkshopError, match="after the game"):
        session.guess(seats["factory"], [4.0])
    session.start()
    for period in range(8):
        session.advance(period)
    session.close()
    assert "guess" not in player_view(session, seats["retailer"]) and player_view(session, seats["factory"])["guess"]["drawn"] is None
    for wrong in ([4.0] * 7, [*[4.0] * 7, -1.0], [*[4.0] * 7, math.nan], [*[4.0] * 7, 1e9]):
        with pytest.raises(WorkshopError, match="Draw 8 weeks, each from 0 to"):
            session.guess(seats["factory"], wrong)
    session.guess(seats["factory"], [4, 4, 8, 8, 12, 12, 16, 20], key="a")
    session.guess(seats["factory"], [0] * 8, key="a")  # the same message, sent twice
    session.guess(seats["wholesaler"], [2.5] * 8)
    assert player_view(session, seats["factory"])["guess"]["drawn"][-1] == 20 and trainer_view(session)["drawn"] == [2, 2]
    session.log.close()
    session = Session(tmp_path / "s.sqlite", "beer_game")  # as after a kill
    assert session.state.guesses[2] == [4, 4, 8, 8, 12, 12, 16, 20]
    slides = {s.key: s for s in slides_of(debrief(session.state))}
    assert slides["guess"].points[0].startswith("Draw it on your page: 8 weeks") and slides["customers"].live
    figure = slides["customers"].draw("dark")
    lines = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert [4, 4, 8, 8, 12, 12, 16, 20] in lines and [2.5] * 8 in lines
    assert figure.description.endswith("2 people drew it: from 2.5 to 20; a drawing spans 8.0 units on average, demand 4.")
    assert "Bob" not in "".join(t.get_text() for t in figure.axes[0].get_legend().get_texts())
    session.log.close()


def test_slides_of_people_and_the_machine(advised):
    [machine] = [s for s in slides_of(debrief(advised.state)) if s.key == "machine"]
    assert machine.title.startswith("2 people had")


@pytest.mark.parametrize("teams", [1, 24])
def test_slides_leave_no_team_out(tmp_path, teams):
    seats = [(f"P{i}", f"Team {i}", "retailer") for i in range(teams)]
    session = played(tmp_path / "s.sqlite", read_exercise("beer_game"), lambda number, look, advice: float(number % 7), seats, periods=2)
    for slide in slides_of(debrief(session.state)):
        if slide.key in ("orders", "stock", "ranking"):
            said = describe(slide.draw("light"))
            assert all(f"Team {i}" in said for i in range(teams))


def test_teams_that_paid_the_same_are_all_first(tmp_path):
    session = Session(tmp_path / "s.sqlite", "beer_game")
    for team in ("Reds", "Blues"):
        session.add_team(team)
    session.start()
    session.advance(0)
    found = debrief(session.state)
    assert "2 teams paid least: 24 USD each" in next(s.title for s in slides_of(found) if s.key == "ranking")
    assert "2 teams came first: they paid 24 USD each; the benchmark on the same luck paid 24." in debrief_document(found).to_html()
