"""What pages are told: how long an order takes, and nothing of the end before it is there."""

from __future__ import annotations

import re

import pytest

from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.game import Game
from twinkit.workshop.session import Session
from twinkit.workshop.views import board_view, door_view, how_long, player_view, trainer_view

WEEKS = 7


@pytest.fixture
def played(tmp_path):
    """A session of a few weeks, and its player; nothing is played yet."""
    session = Session(tmp_path / "one.sqlite", read_exercise("beer_game"))
    player = session.player(session.join("Ann", "Reds", "retailer"))
    session.show(["own", "customer demand", "whole chain"])
    session.start()
    session.extend(WEEKS)
    yield session, player
    session.log.close()


@pytest.mark.parametrize("ends", ["played", "closed"])
def test_only_the_trainer_knows_the_end_before_it_is_there(played, ends):
    session, player = played
    for period in range(WEEKS):
        for view in (player_view(session, player), board_view(session, "x"), door_view(session)):
            assert "periods" not in view and not view["over"]
        assert trainer_view(session)["periods"] == WEEKS
        assert len(player_view(session, player)["board"]["on_hand"]) == period + 1, (
            "the week that is played now is seen"
        )
        if ends == "closed" and period == WEEKS - 2:
            break
        session.advance(period)
    if ends == "closed":
        session.close()
    shown, weeks = player_view(session, player), session.state.period
    assert shown.get("periods") == (WEEKS if ends == "played" else None)
    series = [*shown["board"].values(), *shown["chain"]["factory"].values(), shown["customer demand"]]
    assert {len(values) for values in series} == {weeks}, "no week is drawn that nobody plays"


@pytest.mark.parametrize(
    ("exercise", "seat", "units"),
    [("beer_game", "retailer", 12), ("beer_game", "factory", 50), ("you_and_the_machine", "shop", 11)],
)
def test_an_order_takes_as_long_as_players_are_told(exercise, seat, units):
    e = read_exercise(exercise)
    said = how_long(e, e.role(seat))
    takes = sum(int(n) for n in re.findall(r"(\d+) weeks?", said))
    assert ("if the supplier has stock" in said) == (seat != "factory"), "the brewery never runs out"
    nobody = dict.fromkeys([r.name for r in e.roles], 0)
    games = Game(e), Game(e)
    start = max(e.told, default=-1) + 1
    for period in range(start + takes + 1):
        games[0].play(nobody)
        games[1].play({**nobody, seat: units} if period == start else nobody)
    more = [b[seat].received - a[seat].received for a, b in zip(games[0].looks, games[1].looks, strict=True)]
    first = next(t for t, extra in enumerate(more) if extra > 0)
    assert first == start + takes


def test_every_source_of_a_seat_is_named():
    e = read_exercise("disruption_day")
    said = how_long(e, e.role("module plant"))
    assert "An order to chip fab A is in the mail for 1 week, then 4 weeks on the road." in said
    assert "An order to chip fab B is in the mail for 1 week, then 1 week on the road." in said
