"""The state of every site and lane, judged against the same worlds without the event."""

import numpy as np
import pytest
from made_outcomes import made_outcome

import twinkit
from twinkit.chain.plan import plan_of
from twinkit.run.states import CALM, OUT, SHORT, STRAINED, legs_of, map_frames


@pytest.fixture(scope="module")
def plan():
    return plan_of(twinkit.example("automotive"))


@pytest.fixture
def outcome(plan):
    made = made_outcome(plan, 16)
    made.maps = {name: (with_event.copy(), without) for name, (with_event, without) in made.maps.items()}
    return made


def site(plan, name):
    return plan.net.sites["site"].tolist().index(name)


def test_nothing_happens(plan, outcome):
    frames = map_frames(outcome, legs_of(plan))
    assert frames.fill.shape == frames.state.shape == (365, 61)
    assert (frames.state == CALM).all() and (frames.fill == 1).all() and (frames.flow == 1).all()


@pytest.mark.parametrize(("share", "state"), [(0.9, CALM), (0.8, STRAINED), (0.4, SHORT)])
def test_a_site_that_sends_less(plan, outcome, share, state):
    naka = site(plan, "Fab Naka")
    outcome.maps["site flow"][0][naka, 100:] = share
    frames = map_frames(outcome, legs_of(plan))
    assert frames.state[200, naka] == state
    assert frames.state[100, naka] == CALM  # seven days are averaged
    assert (np.delete(frames.state, naka, axis=1) == CALM).all()


def test_a_site_that_is_down_is_out_at_once(plan, outcome):
    naka = site(plan, "Fab Naka")
    outcome.maps["site up"][0][naka, 50:60] = 0.3
    state = map_frames(outcome, legs_of(plan)).state[:, naka]
    assert (state[50:60] == OUT).all() and (np.delete(state, range(50, 60)) == CALM).all()


def test_a_port_is_out_when_the_lanes_through_it_are_shut(plan, outcome):
    suez = site(plan, "Suez Canal")
    through = plan.net.lanes["via"].str.contains("Suez").to_numpy()
    outcome.maps["lane open"][0][through, 78:84] = 0.0
    outcome.maps["lane flow"][0][through, 90:100] = 0.0
    state = map_frames(outcome, legs_of(plan)).state[:, suez]
    assert (state[78:84] == OUT).all() and state[85] == CALM and state[97] == SHORT


def test_stock_is_clipped_and_empty_stores_look_usual(plan, outcome):
    naka, tainan = site(plan, "Fab Naka"), site(plan, "Fab Tainan")
    outcome.maps["site stock"][0][naka] = 1.7
    outcome.maps["site stock"][0][naka, 5:] = 90.0
    outcome.maps["site stock"] = (outcome.maps["site stock"][0], outcome.maps["site stock"][1].copy())
    for values in outcome.maps["site stock"]:
        values[tainan] = 0.0
    fill = map_frames(outcome, legs_of(plan)).fill
    assert fill[:5, naka] == pytest.approx(1.7) and (fill[5:, naka] == 10).all() and (fill[:, tainan] == 1).all()


def test_lanes_by_way_of_ports_become_legs(plan):
    names = plan.net.sites["site"].tolist()
    legs = {(names[a], names[b], mode) for a, b, mode in legs_of(plan).ends}
    assert ("Port of Rotterdam", "Suez Canal", "sea") in legs
    assert ("Vehicle Hub Bremerhaven", "Dealers China", "sea") not in legs


def test_a_case_without_lanes_through_ports():
    plan = plan_of(twinkit.example("camera"))
    frames = map_frames(made_outcome(plan, 8), legs_of(plan))
    assert (frames.state == CALM).all()
