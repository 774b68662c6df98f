"""Fits are tested by recovery: players whose rule is known."""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.workshop.bots import BOTS, anchoring, play_bots, seat_of
from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.fits import NAMES, Played, fit
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


def test_known_parameters_are_estimated_back_within_their_interval(beer):
    rng, inside, n = np.random.default_rng(11), dict.fromkeys(NAMES, 0), 24
    for seed in range(n):
        known = {
            "theta": rng.uniform(0, 1),
            "alpha": rng.uniform(0.2, 0.8),
            "beta": rng.uniform(0, 1),
            "goal": rng.uniform(10, 30),
        }
        found = fit(played_by(beer, "wholesaler", seed, **known), draws=60)
        for name in NAMES:
            inside[name] += found.low[name] - 0.02 <= known[name] <= found.high[name] + 0.02
    # a 95 % interval that misses 8 of 24 would be a wonder (probability 1e-5)
    assert all(count >= 16 for count in inside.values()), inside


def test_without_noise_the_rule_itself_comes_back(beer):
    rng = np.random.default_rng(2)
    net, line = rng.uniform(-10, 30, 80), rng.uniform(0, 30, 80)
    asked = rng.uniform(4, 12, 80)
    true = (0.4, 0.5, 0.3, 20.0)
    blank = Played(asked, net, line, np.zeros(80), 6.0, np.ones(80, bool))
    found = fit(Played(asked, net, line, blank.rule(np.array([true]))[0], 6.0, blank.own), draws=5)
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
    found = fit(follows, draws=5)
    assert found.values["theta"] == pytest.approx(1.0, abs=0.02) and np.isnan(found.values["beta"])
