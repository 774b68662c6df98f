"""A session: who may do what, what is kept, and what a restart finds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from twinkit.columns import one_at_a_time
from twinkit.tables import CaseError
from twinkit.workshop.debrief import debrief
from twinkit.workshop.exercise import DEMANDS, check_exercise, read_exercise
from twinkit.workshop.log import Log, WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.state import APART, State
from twinkit.workshop.views import board_view, door_view, player_view, trainer_view

ROLES = ("retailer", "wholesaler", "distributor", "factory")


@pytest.fixture(scope="module")
def beer():
    return read_exercise("beer_game")


@pytest.fixture
def session(beer, tmp_path):
    return Session(tmp_path / "one.sqlite", beer)


def seated(session, *roles, team="Reds"):
    """Tokens of people in these seats; the game runs."""
    tokens = {role: session.join(f"Ann {role}", team, role) for role in roles}
    session.start()
    return tokens


def again(session):
    """The same session from its file."""
    session.log.close()
    return Session(session.log.path, session.state.original)


def picture(session):
    return json.dumps(trainer_view(session), sort_keys=True)


def play(session, tokens, units):
    period = session.state.period
    for token in tokens.values():
        if session.state.period not in session.state.exercise.told:
            session.order(session.player(token), units, period)
    session.advance(period)


def test_a_restart_finds_everything_where_it_was(session):
    tokens = seated(session, *ROLES)
    for t in range(9):
        play(session, tokens, 4 + t % 3)
    session.inject({"kind": "outage", "site": "factory", "start": 12, "duration": 2})
    session.extend(40)
    session.bot("Reds", "factory", "random")
    session.order(session.player(tokens["retailer"]), 17, 9)
    before = picture(session)
    session = again(session)
    assert picture(session) == before
    assert player_view(session, session.player(tokens["retailer"]))["order"] == 17
    session.rollback(3)
    session.fork("Reds", 2, {"retailer": "benchmark rule"})
    before = picture(session)
    assert picture(again(session)) == before


def test_a_move_that_is_sent_twice_counts_once(session):
    tokens = seated(session, *ROLES)
    for _ in range(4):
        play(session, tokens, 0)
    ann = session.player(tokens["factory"])
    assert session.order(ann, 5, 4, key="a") and not session.order(ann, 5, 4, key="a")
    assert session.order(ann, 6, 4, key="b"), "a person may think again before the period is played"
    session.advance(4)
    session.advance(4)
    assert session.state.period == 5 and session.state.teams["Reds"].game.moves.orders[4]["factory"] == 6


def test_the_last_order_that_is_awaited_plays_the_period(session):
    tokens = seated(session, "retailer", "factory")
    session.keep_pace("when all have ordered")
    for _ in range(4):
        session.advance(session.state.period)
    session.order(session.player(tokens["retailer"]), 4, 4)
    assert session.state.period == 4
    session.order(session.player(tokens["factory"]), 4, 4)
    assert session.state.period == 5


def test_what_is_not_allowed_is_a_sentence_and_leaves_no_entry(session):
    tokens = seated(session, "retailer")
    ann = session.player(tokens["retailer"])
    for _ in range(4):
        session.advance(session.state.period)
    count = len(list(session.log.entries()))
    refused = [
        lambda: session.order(ann, -1, 4), lambda: session.order(ann, 4.5, 4), lambda: session.order(ann, "x", 4),
        lambda: session.order(ann, 4, 3), lambda: session.join("Bob", "Reds", "retailer"),
        lambda: session.join("", "Reds", "factory"), lambda: session.join("B" * 99, "Reds", "factory"),
        lambda: session.join("Bob", "Reds", "boss"), lambda: session.add_team("Greens"), lambda: session.rollback(9),
        lambda: session.extend(3), lambda: session.extend(99), lambda: session.inject({"kind": "flood", "site": "factory"}),
        lambda: session.inject({"kind": "outage", "site": "nowhere"}), lambda: session.fork("Reds", 99, {}),
        lambda: session.inject({"kind": "outage", "site": "factory", "start": 1}), lambda: session.show(["all"]),
        lambda: session.keep_pace("fast"), lambda: session.bot("Reds", "factory", "clever"),
        lambda: session.advise({"quality": "divine"}), lambda: session.remove(99), lambda: session.buy("Reds", ["x"]),
    ]  # fmt: skip
    for refuse in refused:
        with pytest.raises(WorkshopError, match=r"\.$"):
            refuse()
    assert len(list(session.log.entries())) == count


def test_a_player_sees_the_own_seat_and_what_the_trainer_shows(session):
    tokens = seated(session, *ROLES)
    for _ in range(6):
        play(session, tokens, 7)
    ann = session.player(tokens["factory"])
    plain = player_view(session, ann)
    assert set(plain["board"]) == {"on_hand", "backlog", "received", "incoming", "on_order", "cost", "ordered"}
    for secret in ("customer demand", "chain", "costs", "teams"):
        assert secret not in plain
    text = json.dumps(plain)
    assert session.key not in text and session.code not in text and ann.token not in text
    session.show(["own", "customer demand", "whole chain", "costs of others"])
    shown = player_view(session, ann)
    assert set(shown["chain"]) == set(ROLES) - {"factory"} and shown["teams"].keys() == {"Reds"}
    assert session.key not in json.dumps([door_view(session), board_view(session, "x"), trainer_view(session)])


def test_removed_people_are_out_and_a_bot_goes_on(session):
    tokens = seated(session, "retailer")
    number = session.player(tokens["retailer"]).number
    session.rename(number, "=cmd() <b>Zoë</b>\u202e")
    assert session.player(tokens["retailer"]).name == "=cmd() <b>Zoë</b>"
    session.remove(number)
    assert session.player(tokens["retailer"]) is None
    session.advance(0)
    assert session.join("Eve", "Reds", "retailer")


def test_rules_change_live_and_a_restart_asks_for_them(session, beer):
    tokens = seated(session, *ROLES)
    for _ in range(5):
        play(session, tokens, 8)

    @one_at_a_time
    def nothing(stock):
        return 0.0 if stock.on_hand > 0 else 4.0

    session.rule("holiday", policies={("brewery", "beer"): nothing})
    with pytest.raises(WorkshopError, match="cannot be used"):
        session.rule("broken", policies={"nowhere": nothing})
    play(session, tokens, 8)
    before = picture(session)
    rules = session.state.rules
    session.log.close()
    with pytest.raises(WorkshopError, match="rules of its own: holiday"):
        Session(session.log.path, beer)
    assert picture(Session(session.log.path, beer, rules=rules)) == before


def test_a_rule_goes_before_a_bot_and_after_a_person(session):
    tokens = seated(session, "retailer")
    for _ in range(5):
        play(session, tokens, 8)

    @one_at_a_time
    def thirteen(stock):
        return 13.0

    session.rule("thirteen", policies={("factory", "beer"): thirteen, ("retailer", "beer"): thirteen})
    play(session, tokens, 8)
    team = session.state.teams["Reds"]
    last = team.game.table().query("period == 5").set_index("role")["order"]
    assert last["factory"] == 13 and last["retailer"] == 8 and last["wholesaler"] != 13
    assert [s["ruled"] for s in trainer_view(session)["teams"][0]["seats"]] == [True, False, False, True]


def test_a_bot_that_raises_is_named_and_the_game_goes_on(beer, tmp_path):
    def broken(seat):
        return 4.0 / (seat.now.period - 5)

    def nonsense(seat):
        return float("nan")

    own = Session(tmp_path / "own.sqlite", beer, bots={"broken": broken, "nonsense": nonsense})
    plain = Session(tmp_path / "plain.sqlite", beer)
    for one in (own, plain):
        one.add_team("Reds")
        one.start()
        for t in range(5):
            one.advance(t)
    own.bot("Reds", "factory", "broken")
    own.bot("Reds", "retailer", "nonsense")
    for one in (own, plain):
        one.advance(5)
    assert own.state.period == 6
    assert own.state.teams["Reds"].game.moves.orders == plain.state.teams["Reds"].game.moves.orders, "the default bot played"
    told, line = trainer_view(own)["trouble"], broken.__code__.co_firstlineno + 1
    assert f"broken failed at factory of Reds, in line {line} of test_session.py (ZeroDivisionError" in told
    assert "nonsense failed at retailer of Reds" in told and "nan" in told
    own.fork("Reds", 5, {"factory": "broken"})
    own.bot("Reds", "factory", "random")
    assert "broken" not in trainer_view(own)["trouble"]


def test_all_that_is_wrong_with_an_exercise_is_said_at_once():
    good = read_exercise("disruption_day")
    assert not check_exercise(good)
    bad = replace(good, surprise={**good.surprise, "kind": "flod", "site": "nowhere"}, surprise_between=(30, 90), told={0: -4, 99: 1},
                  budget=-1.0, measures={**good.measures, "expediting": -5.0}, most=0.0, adviser={"quality": "divine"})  # fmt: skip
    told = [p.sentence for p in check_exercise(bad)]
    for word in ("flod", "nowhere", "surprise_between", "0: -4", "99", "budget", "expediting = -5", "most", "divine"):
        assert any(word in sentence for sentence in told), (word, told)


def test_a_server_that_is_killed_loses_and_doubles_nothing(tmp_path):
    script = textwrap.dedent("""
        import sys
        from twinkit.workshop.session import Session
        session = Session(sys.argv[1], "beer_game")
        token = session.join("Ann", "Reds", "retailer")
        session.start()
        for t in range(30):
            if t > 3:
                session.order(session.player(token), t, t, key=str(t))
                print("kept", t, flush=True)
            session.advance(t)
    """)
    path = tmp_path / "killed.sqlite"
    running = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    with running, running.stdout:
        for line in running.stdout:
            if line.split() == ["kept", "17"]:
                os.kill(running.pid, signal.SIGKILL)
                break
        told = [line, *running.stdout]
    last = int(told[-1].split()[1])
    state = Session(path).state
    team = state.teams["Reds"]
    played = [orders["retailer"] for orders in team.game.moves.orders]
    assert played == [4, 4, 4, 4, *range(4, state.period)]
    assert state.period > last or team.move("retailer").units == last
    assert last >= 17


def test_files_that_are_no_session_are_refused_and_kept(tmp_path, beer, session):
    text = tmp_path / "notes.sqlite"
    text.write_text("my notes, much longer than a header of SQLite would be" * 40, encoding="utf-8")
    with pytest.raises(WorkshopError, match="left as it is"):
        Session(text, beer)
    assert text.read_text(encoding="utf-8").startswith("my notes")
    later = Log(tmp_path / "later.sqlite")
    later._db.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(WorkshopError, match="later version"):
        Session(later.path, beer)
    with pytest.raises(WorkshopError, match="say which exercise"):
        Session(tmp_path / "new.sqlite")
    with pytest.raises((FileNotFoundError, CaseError)):
        Session(tmp_path / "new2.sqlite", "no such exercise")


def test_what_cannot_be_carried_out_leaves_no_entry(session, monkeypatch):
    tokens = seated(session, *ROLES)
    play(session, tokens, 4)
    session.rollback(1)
    before, count = picture(session), len(list(session.log.entries()))
    make = State._team

    def half(self, name):
        if name == "Reds":
            return make(self, name)
        self.teams.clear()
        raise RuntimeError("no")

    monkeypatch.setattr(State, "_team", half)
    with pytest.raises(WorkshopError, match="as it was before"):
        session.add_team("Blues")
    monkeypatch.undo()
    assert len(list(session.log.entries())) == count
    assert picture(again(session)) == before


def test_a_fork_is_held_against_the_game_of_its_time(session):
    tokens = seated(session, *ROLES)
    for _ in range(8):
        play(session, tokens, 9)
    cost = session.state.teams["Reds"].game.total_cost()
    session.fork("Reds", 4, dict.fromkeys(ROLES, "benchmark rule"))
    for _ in range(4):
        play(session, tokens, 9)
    (fork,) = trainer_view(session)["forks"]
    assert fork["played"] == 8 and fork["costs"][-1][:2] == ["", cost]
    assert [row[0] for row in fork["costs"]] == [*ROLES, ""]
    session.fork("Reds", 4, {})
    assert len(session.state.forks) == 2, "a second one from the same week has a name of its own"
    assert trainer_view(session)["forks"][1]["costs"][-1][2] == session.state.teams["Reds"].game.total_cost()


# --- what else a room needs: words, another demand, rounds that are kept, what comes in when


def test_a_word_of_the_trainer_reaches_whom_it_is_for(session):
    tokens = seated(session, "retailer")
    session.add_team("Blues")
    ann, other = session.player(tokens["retailer"]), session.player(session.join("Bo", "Blues", "factory"))
    session.tell("Look at  the\nboard <b>", team="Blues")
    assert player_view(session, other)["message"] == "From the trainer (week 1): Look at the board <b>"
    assert not player_view(session, ann)["message"] and not board_view(session, "")["message"]
    session.tell("Ten minutes more")
    assert all("Ten minutes more" in view["message"] for view in (player_view(session, ann), player_view(session, other), board_view(session, "")))
    session.tell("")
    assert not player_view(session, other)["message"]
    with pytest.raises(WorkshopError, match="no team Greens"):
        session.tell("x", team="Greens")
    with pytest.raises(WorkshopError, match="240 letters"):
        session.tell("x" * 241)


@pytest.mark.parametrize(
    ("kind", "values", "asked"),
    [("steady", (), [4, 4, 4, 4, 4, 4]), ("step", (), [4, 4, 4, 4, 8, 8]), ("own", ("5", 7, 6.0), [5, 7, 6, 6, 6, 6]), ("season", (), [4, 5, 6, 6, 6, 5])],
)
def test_customers_ask_for_what_the_trainer_chose(session, kind, values, asked):
    session.add_team("Reds")
    session.ask_for(kind, values)
    session.start()
    for period in range(6):
        session.advance(period)
    assert [look["retailer"].incoming for look in session.state.teams["Reds"].game.looks[:6]] == asked
    assert picture(again(session)) == picture(session)


def test_what_customers_cannot_ask_for_is_a_sentence(session):
    for kind, values, said in (("much", (), "may ask for"), ("own", (), "as numbers"), ("own", ("x",), "as numbers"), ("own", (-1,), "as numbers"), ("own", (4, float("nan")), "as numbers")):
        with pytest.raises(WorkshopError, match=said):
            session.ask_for(kind, values)
    assert trainer_view(session)["demand"] == "" and trainer_view(session)["asked"] == "as the exercise has it"
    session.add_team("Reds")
    session.extend(2)
    session.start()
    session.advance(0)
    with pytest.raises(WorkshopError, match="ends with this week"):
        session.ask_for("steady")


@pytest.mark.parametrize(
    ("kind", "values", "asked"),
    [("step", (), [8] * 5), ("own", (5, 11, 6), [5, 11, 6, 6, 6]), ("season", (), [4, 5, 6, 6, 6]), ("", (), [8] * 5)],
)
def test_customers_ask_for_something_else_from_the_next_week_on(session, kind, values, asked):
    session.add_team("Reds")
    session.ask_for("own", (9,))
    session.start()
    for period in range(7):
        session.advance(period)
    session.ask_for(kind, values)
    session.inject({"kind": "demand_surge", "market": "drinkers", "severity": 1.0, "start": 11})
    for period in range(7, 13):
        session.advance(period)
    game = session.state.teams["Reds"].game
    assert [look["retailer"].incoming for look in game.looks[:13]] == [9] * 8 + asked[:3] + [2 * asked[3]] + asked[4:]
    shown = trainer_view(session)["changes"]
    assert shown[0]["value"]["start"] == 8 and shown[0]["asked"] == trainer_view(session)["asked"]
    assert (game.chain.plan.flows.stock == game.at(0).chain.plan.flows.stock).all(), "nobody in the chain is told"
    assert game.at(10).looks == game.looks[:11]
    session = again(session)
    assert session.state.teams["Reds"].game.looks == game.looks
    session.rollback(7)
    for period in range(6, 9):
        session.advance(period)
    assert session.state.teams["Reds"].game.look("retailer").incoming == 9, "taken back with the week in which it was said"


def test_teams_at_their_own_pace_meet_another_demand_in_the_same_week(session):
    session.keep_pace(APART)
    for team in ("Reds", "Blues"):
        session.add_team(team)
    tokens = {team: session.join(team, team, "retailer") for team in ("Reds", "Blues")}
    session.start()
    for period in range(5):
        session.advance(period, "Reds")
    session.ask_for("own", (7, 3))
    for team, weeks in (("Reds", range(5, 9)), ("Blues", range(9))):
        for period in weeks:
            session.advance(period, team)
    assert len(tokens) == 2
    for team in session.state.teams.values():
        assert [look["retailer"].incoming for look in team.game.looks[:9]] == [4, 4, 4, 4, 8, 8, 7, 3, 3]


def test_another_demand_fits_every_exercise(tmp_path):
    for name in ("beer_game", "disruption_day", "you_and_the_machine"):
        one = Session(tmp_path / f"{name}.sqlite", read_exercise(name))
        one.add_team("Reds")
        for kind in DEMANDS:
            one.ask_for(kind, [9.0] if kind == "own" else ())
            game = one.state.teams["Reds"].game
            assert game.look(one.state.exercise.roles[0].name).incoming >= 0


def test_a_round_is_kept_when_the_game_starts_over(session):
    tokens = seated(session, *ROLES)
    for units in (4, 4, 4, 4, 20, 9):
        play(session, tokens, units)
    first, made = session.state.teams["Reds"].cost, session.state.teams["Reds"].game.table()
    session.start_over()
    assert [(r.periods, r.costs) for r in session.state.rounds] == [(6, {"Reds": first})]
    session.ask_for("steady")
    session.start()
    for units in (4, 4, 4, 4, 4):
        play(session, tokens, units)
    session.start_over()
    kept = again(session)
    assert [r.periods for r in kept.state.rounds] == [6, 5] and [r.asked[0]["kind"] for r in kept.state.rounds] == ["", "steady"]
    assert trainer_view(kept)["rounds"][0] == {"periods": 6, "costs": {"Reds": first}}
    was = kept.copied(1)()
    assert was.teams["Reds"].game.table().equals(made) and was.teams["Reds"].cost == first and was.demand["kind"] == ""
    assert kept.copied(2)().period == 5 and kept.copied()().period == 0


def test_what_is_said_to_come_in_comes_in(beer, tmp_path):
    """Held against what arrives later, while people order this and that: no event, so nothing changes it."""
    session = Session(tmp_path / "coming.sqlite", beer)
    tokens = seated(session, *ROLES)
    said, came = {}, {}
    for period in range(14):
        for role, look in session.state.teams["Reds"].game.looks[-1].items():
            came[role, period] = look.received
        for role in ROLES:
            view = player_view(session, session.player(tokens[role]))
            said |= {(role, at, period): units for at, units in view["coming"]}
            assert sum(units for _, units in view["coming"]) <= view["board"]["on_order"][-1] + 1e-9
        play(session, tokens, (3 * period + 5) % 11)
    late = {(role, at): units for (role, at, period), units in said.items() if at < 14 and at == period + 1}
    assert len(late) > 40 and {key: came[key] for key in late} == late
    assert player_view(session, session.player(tokens["retailer"]))["rates"] == {"in stock": 0.5, "owed": 1.0}


def test_a_way_to_begin_sets_sights_and_pace(session):
    session.begin_as("open books")
    assert session.state.sees == ["own", "customer demand", "whole chain"] and session.state.pace == "when all have ordered"
    session.begin_as("against the clock")
    assert session.state.sees == ["own"] and (session.state.pace, session.state.seconds) == ("clock", 45.0)
    with pytest.raises(WorkshopError, match="Ways to begin"):
        session.begin_as("chess")


def test_people_who_share_a_seat_vote_and_the_middle_one_is_ordered(session):
    one = session.player(session.join("Ann", "Reds", "retailer"))
    with pytest.raises(WorkshopError, match="Ann is the retailer"):
        session.join("Bo", "Reds", "retailer")
    assert door_view(session)["teams"][0]["seats"][0]["taken"]
    session.share_seats(True)
    assert not door_view(session)["teams"][0]["seats"][0]["taken"]
    two, three = (session.player(session.join(name, "Reds", "retailer")) for name in ("Bo", "Cy"))
    session.start()
    session.keep_pace("when all have ordered")
    for period in range(4):
        session.advance(period)
    session.order(one, 3, 4)
    view = player_view(session, two)
    assert view["votes"] == [["Ann", 3.0], ["Cy", None]] and view["agreed"] == 3 and view["order"] is None and not view["ready"]["retailer"]
    session.order(two, 20, 4)
    assert session.state.teams["Reds"].move("retailer").units == 3, "the lower of two"
    assert [p.number for p in session.state.waiting_for()] == [three.number]
    session.order(three, 7, 4)  # the last one: the week is played
    assert session.state.period == 5 and session.state.teams["Reds"].game.moves.orders[4]["retailer"] == 7
    session.order(one, 9, 5)
    session.remove(one.number)
    assert session.state.teams["Reds"].move("retailer") is None and trainer_view(session)["teams"][0]["seats"][0]["players"] == [two.number, three.number]
    found = debrief(session.copied()(), named=True)
    assert found.seats[0].who.startswith("Bo and Cy") and [s.role for s in found.of(three.number)] == ["retailer"]
    assert picture(again(session)) == picture(session)


def test_a_team_is_the_same_whatever_its_capitals_and_back_once_is_one_week(session):
    session.join("Ann", "Reds", "retailer")
    assert session.player(session.join("Bo", "REDS", "factory")).team == "Reds" and list(session.state.teams) == ["Reds"]
    with pytest.raises(WorkshopError, match="There is a team Reds already"):
        session.add_team("reds")
    session.start()
    for week in range(3):
        session.advance(week)
    session.rollback(1, period=3)
    with pytest.raises(WorkshopError, match="It is week 3 by now"):
        session.rollback(1, period=3)  # from the page of a second trainer, pressed at the same moment
    assert session.state.period == 2


# --- teams at their own pace


def ordered(session, token, units):
    """A person orders in the week in which their team is."""
    player = session.player(token)
    session.order(player, units, session.state.teams[player.team].period)


def two_teams(session, weeks=(9, 6)):
    """Two teams of one person each that play at their own pace, and one of bots; tokens by team."""
    tokens = {team: session.join(f"Ann of {team}", team, "factory") for team in ("Fast", "Slow")}
    session.add_team("Bots")
    session.keep_pace("each team at its own pace")
    session.start()
    for team, count in zip(tokens, weeks, strict=True):
        for week in range(count):
            ordered(session, tokens[team], 4 + week % 3) if week >= 4 else session.play_on(week, team)
    return tokens


def test_each_team_plays_at_its_own_pace(session, beer, tmp_path):
    tokens = two_teams(session)
    s = session.state
    assert [team.period for team in s.teams.values()] == [9, 6, 9], "bots keep up with the first"
    assert (s.period, s.first) == (6, 9)
    view = player_view(session, session.player(tokens["Fast"]))
    assert view["period"] == 9 and len(view["board"]["on_hand"]) == 10
    together = Session(tmp_path / "together.sqlite", beer)
    other = {team: together.join(f"Ann of {team}", team, "factory") for team in tokens}
    together.start()
    for week in range(9):
        for token in other.values():
            if week >= 4:
                together.order(together.player(token), 4 + week % 3, week)
        together.advance(week)
    alike = together.state.teams["Fast"]
    assert s.teams["Fast"].game.table().equals(alike.game.table()) and s.teams["Fast"].cost == alike.cost
    assert s.teams["Slow"].cost == s.teams["Fast"].cost_at(6), "the same orders, the same cost after as many weeks"
    session.show(["own", "costs of others"])
    shown = player_view(session, session.player(tokens["Slow"]))
    assert shown["teams"]["Fast"] == shown["teams"]["Slow"] and shown["compared"] == "after 6 weeks, which all teams have played"
    lead = {t["name"]: t for t in trainer_view(session)["teams"]}
    assert (lead["Fast"]["period"], lead["Slow"]["period"]) == (9, 6) and lead["Fast"]["cost"] != lead["Fast"]["compared"]
    assert picture(again(session)) == picture(session)


def test_back_events_and_the_debrief_at_different_weeks(session):
    tokens = two_teams(session)
    with pytest.raises(WorkshopError, match="week 10 to 36, where no team has been yet"):
        session.inject({"kind": "outage", "site": "factory", "start": 7})
    session.inject({"kind": "outage", "site": "factory", "start": 11, "duration": 2})
    session.rollback(4, "Fast")  # before the event was made: it must still come
    s = session.state
    assert [t.period for t in s.teams.values()] == [5, 6, 9]
    kinds = [[c.kind for c in t.game.moves.changes] for t in s.teams.values()]
    assert kinds == [["event"]] * 3
    for team in tokens:
        while s.teams[team].period < 14:
            ordered(session, tokens[team], 6)
    games = [s.teams[t].game.table() for t in tokens]
    assert games[0].equals(games[1]), "the same orders in the end, and the same event"
    view = player_view(session, session.player(tokens["Fast"]))
    assert view["turn"] == "0.1" and player_view(session, session.player(tokens["Slow"]))["turn"] == "0.0"
    ordered(session, tokens["Fast"], 6)
    before = picture(session)
    session = again(session)
    assert picture(session) == before
    found = debrief(session.state)
    assert found.note == "Teams played at their own pace: compared are the first 14 weeks, which all have played."
    assert {len(seat.rows) for seat in found.seats} == {14} and session.state.teams["Fast"].period == 15
    assert dict(zip(found.teams()["team"], found.teams()["cost"], strict=True)) == pytest.approx({n: t.cost_at(14) for n, t in session.state.teams.items()})
    session.keep_pace("when all have ordered")
    with pytest.raises(WorkshopError, match="ahead: wait until all have played week 15"):
        ordered(session, tokens["Fast"], 6)
    assert player_view(session, session.player(tokens["Fast"]))["waits"]
    ordered(session, tokens["Slow"], 6)
    assert [t.period for t in session.state.teams.values()] == [15, 15, 15]
    session.rollback(5)
    assert {t.period for t in session.state.teams.values()} == {10}
    with pytest.raises(WorkshopError, match="go back together"):
        session.rollback(1, "Slow")
