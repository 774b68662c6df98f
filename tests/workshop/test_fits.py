"""Fits are tested by recovery: players whose rule is known."""

from __future__ import annotations

import numpy as np
import pytest
from workshop.players import coverage_of_fits

from twinkit.workshop.bots import BOTS, anchoring, play_bots, seat_of
from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.fits import Played, fit
from twinkit.workshop.game import Game


@pytest.fixture(scope="module")
def beer():
    return read_exercise("beer_game")


def played_by(beer, role, seed, **known):
    """What a player with known parameters saw and did, among others who hold the chain together."""
    seats = {r.name: BOTS["pass it on"] for r in beer.roles} | {role: anchoring(**known, noise=1.0)}
    game = play_bots(Game(beer, seed=seed), seats)
    own = game.table().query("role == @role")
    start = seat_of(Game(beer), role).start
    told = np.arange(len(own)) >= len(beer.told)
    columns = [own[c].to_numpy(float) for c in ("incoming", "on_hand", "backlog", "on_order", "order")]
    return Played(columns[0], columns[1] - columns[2], columns[3], columns[4], start, told)


def test_intervals_hold_what_simulated_players_did():
    found = coverage_of_fits(72)
    noise = np.sqrt(0.05 * 0.95 / 72)
    assert all(held >= 0.93 - 2.5 * noise for held in found.held.values()), found
    assert 0.93 - noise <= np.mean(list(found.held.values())) <= 0.975 + noise  # the four are of the same players
    assert found.under <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 24)  # no verdict within the noise


def test_a_player_of_the_game_is_estimated_back(beer):
    known = {"theta": 0.3, "alpha": 0.5, "beta": 0.4, "goal": 20.0}
    found = fit(played_by(beer, "wholesaler", 3, **known))
    for name, value in known.items():
        assert found.low[name] - 0.02 <= value <= found.high[name] + 0.02, name
    assert found.high["beta"] < 1.0  # clearly under-weighted


def test_without_noise_the_rule_itself_comes_back(beer):
    rng = np.random.default_rng(2)
    net, line = rng.uniform(-10, 30, 80), rng.uniform(0, 30, 80)
    asked = rng.uniform(4, 12, 80)
    true = (0.4, 0.5, 0.3, 20.0)
    blank = Played(asked, net, line, np.zeros(80), 6.0, np.ones(80, bool))
    found = fit(Played(asked, net, line, blank.rule(np.array([true]))[0], 6.0, blank.own))
    assert list(found.values.values()) == pytest.approx(true, abs=1e-3)
    assert found.explained == pytest.approx(1.0)


def test_what_cannot_be_told_is_said(beer):
    many = np.ones(30)
    few = Played(many, many, many, many, 4.0, np.arange(30) < 5)
    assert "needs 8" in fit(few).why
    same = Played(many, many, many, 4 * many, 4.0, many.astype(bool))
    assert "the same" in fit(same).why
    rng = np.random.default_rng(4)
    asked = rng.uniform(0, 10, 40)
    follows = Played(asked, rng.uniform(0, 20, 40), rng.uniform(0, 20, 40), asked, 5.0, np.ones(40, bool))
    found = fit(follows)
    assert found.values["theta"] == pytest.approx(1.0, abs=0.02) and np.isnan(found.values["beta"])
