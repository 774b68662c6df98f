"""The clock of a workshop, and who is brought up to date when; with a loop whose time is made by hand."""

from __future__ import annotations

import asyncio

import pytest

from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.live import PATIENCE, TOLD, Hub
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.views import trainer_view


class Seen:
    """A page that only counts how often it was shown."""

    def __init__(self, kind, team="", number=0):
        self.kind, self.team, self.number, self.shown = kind, team, number, 0

    def show(self):
        self.shown += 1


class HandMade(asyncio.SelectorEventLoop):
    """A loop whose clock is set by hand; ``pass_by`` runs what is due."""

    now = 1000.0

    def time(self):
        return self.now

    def pass_by(self, seconds):
        until = self.now + seconds
        while due := [h for h in self._scheduled if not h.cancelled() and h.when() <= until]:
            self.now = max(self.now, min(h.when() for h in due))
            self.run_until_complete(asyncio.sleep(0))
        self.now = until
        self.run_until_complete(asyncio.sleep(0))


@pytest.fixture
def room(tmp_path):
    """A session with two people, its hub, and its loop."""
    session = Session(tmp_path / "one.sqlite", read_exercise("beer_game"))
    for role in ("retailer", "factory"):
        session.join(role, "Reds", role)
    loop, made = HandMade(), []

    async def make():
        made.append(Hub(session, "http://localhost/"))

    loop.run_until_complete(make())

    def act(command, *values):
        async def run():
            return getattr(session, command)(*values)

        return loop.run_until_complete(run())

    yield session, made[0], loop, act
    made[0].close()
    loop.close()
    session.log.close()


def test_the_clock_plays_period_after_period_and_stops_with_the_game(room):
    session, hub, loop, act = room
    act("keep_pace", "clock", 30)
    loop.pass_by(100)
    assert session.state.period == 0, "a game that has not begun has no clock"
    act("start")
    loop.pass_by(29)
    assert session.state.period == 0
    loop.pass_by(2)
    assert session.state.period == 1
    loop.pass_by(60)
    assert session.state.period == 3
    act("pause")
    loop.pass_by(300)
    assert session.state.period == 3 and hub.left() is None
    act("start")
    act("advance", 3)
    loop.pass_by(29)
    assert session.state.period == 4, "a press of the trainer begins a period of full length"
    act("extend", 6)
    loop.pass_by(1000)
    assert session.state.period == 6 and hub.left() is None


def test_where_all_are_told_what_to_order_nobody_is_waited_for(room):
    session, _, loop, act = room
    act("keep_pace", "when all have ordered")
    act("start")
    loop.pass_by(4 * TOLD + 1)
    assert session.state.period == 4, "after the four told weeks people decide"
    loop.pass_by(1000)
    assert session.state.period == 4
    for player in list(session.state.players.values()):
        act("order", player, 5, 4)
    assert session.state.period == 5
    act("order", session.state.players[1], 5, 5)
    act("remove", 2)
    loop.pass_by(TOLD + 1)
    assert session.state.period == 6, "whoever was awaited last has gone"


def test_a_rule_that_fails_stops_the_game_and_the_trainer_is_told(room, monkeypatch):
    session, _, loop, act = room
    act("keep_pace", "clock", 10)
    act("start")

    def fail(teams):
        raise WorkshopError("A rule of yours failed.")

    monkeypatch.setattr(session, "_try_rules", fail)
    loop.pass_by(11)
    assert session.state.phase == "paused" and session.state.period == 0
    assert trainer_view(session)["trouble"] == "A rule of yours failed. The game has stopped."
    monkeypatch.undo()
    act("start")
    loop.pass_by(41)
    assert session.state.period == 4 and not trainer_view(session)["trouble"]
    act("keep_pace", "when all have ordered")
    monkeypatch.setattr(session, "_try_rules", fail)
    for player in list(session.state.players.values()):
        assert act("order", player, 5, 4), "the order is in, whatever the trainer's rule does"
    assert session.state.phase == "paused" and session.trouble


def test_orders_reach_the_own_team_at_once_and_those_who_watch_soon(room):
    session, hub, loop, act = room
    pages = {"own": Seen("player", "Reds"), "other": Seen("player", "Blues"), "lead": Seen("trainer"),
             "board": Seen("board"), "door": Seen("door")}  # fmt: skip
    for page in pages.values():
        hub.pages.add(page)
    act("start")
    for period in range(4):
        act("advance", period)
    loop.pass_by(1)
    for page in pages.values():
        page.shown = 0
    for units in range(5):
        act("order", session.state.players[1], units, 4)
    loop.pass_by(0)
    shown = {name: page.shown for name, page in pages.items()}
    assert shown["own"] >= 1 and not any(shown[name] for name in ("other", "lead", "board", "door"))
    loop.pass_by(PATIENCE)
    shown = {name: page.shown for name, page in pages.items()}
    assert (shown["lead"], shown["board"], shown["other"], shown["door"]) == (1, 1, 0, 0)
    pages["own"].show = None  # a page that cannot be shown
    act("pause")
    loop.pass_by(1)
    assert (pages["lead"].shown, pages["other"].shown) == (2, 1), "keeps no other page waiting"


def test_players_are_told_that_the_trainer_went_back_until_a_week_is_played(room):
    _, hub, _, act = room
    act("start")
    for period in range(3):
        act("advance", period)
    assert hub.told() == ""
    act("rollback", 1)
    act("pause")
    assert hub.told() == "The trainer went back to week 3."
    act("start")
    act("advance", 2)
    assert hub.told() == ""
    act("start_over")
    assert hub.told() == "The trainer started the game over."


def test_a_team_at_its_own_pace_has_a_clock_of_its_own(room):
    session, hub, loop, act = room
    act("join", "Bo", "Blues", "retailer")
    act("keep_pace", "each team at its own pace")
    act("start")
    loop.pass_by(4 * TOLD + 1)  # in the first four weeks everybody is told what to order
    teams = session.state.teams
    assert [team.period for team in teams.values()] == [4, 4] and hub.left("Reds") is None
    for player in [p for p in session.state.players.values() if p.team == "Reds"]:
        act("order", player, 4, 4)
    loop.pass_by(600)
    assert (teams["Reds"].period, teams["Blues"].period) == (5, 4)
    act("rollback", 1, "Reds")
    assert hub.told("Reds") == "The trainer went back to week 5." and not hub.told("Blues")
    act("advance", 4)
    assert session.state.period == 5 and not hub.told("Reds")
