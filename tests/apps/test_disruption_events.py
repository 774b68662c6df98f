"""What happens, as the page has it: the whole catalogue, several at once, what is recorded, and history."""

from __future__ import annotations

import asyncio

import pandas as pd
import pytest
from made_outcomes import made_outcome

import twinkit
from twinkit.apps.disruption_controls import Controls
from twinkit.apps.disruption_model import DisruptionModel
from twinkit.apps.disruption_recorded import HISTORY, Recorded
from twinkit.apps.disruption_refine import Refiner
from twinkit.apps.kit.guard import Guard
from twinkit.events.kinds import KINDS, targets_of
from twinkit.tables.schema_events import EVENT_TARGETS
from twinkit.tables.words import EVENT_KINDS

ALL = [(kind, target) for kind, targets in EVENT_TARGETS.items() for target in targets]


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive")


@pytest.fixture
def model(case):
    return DisruptionModel(
        case, Refiner(case, run=lambda task: made_outcome(task.plan, task.replications, first=task.first))
    )


@pytest.fixture
def controls(model):
    return Controls(model, Guard())


def enter(controls, **values):
    """What a person enters into the form."""
    controls.form.values = {**controls.form.values, **values}


def field(controls, name):
    return next(f for group in controls.form.groups for f in group["fields"] if f["name"] == name)


def rows_of(case, model):
    """Rows of the table of events that the scenario of the page adds or schedules."""
    events = twinkit.Scenario.from_dict(model.state()).apply(case)["events"]
    return events[events["scheduled"]]


def test_the_page_offers_every_kind_of_event():
    assert set(KINDS) == set(EVENT_KINDS) == set(EVENT_TARGETS)
    assert all(set(targets_of(kind)) == set(EVENT_TARGETS[kind]) for kind in KINDS)


@pytest.mark.parametrize(("kind", "target"), ALL)
def test_every_kind_happens_to_every_target_it_may_have(model, controls, kind, target):
    enter(controls, mode="own")
    enter(controls, kind=kind)
    enter(controls, target=target)
    if kind == "demand_shift":
        enter(controls, to_market="France")
    if target == "circle" and kind.startswith("demand"):
        enter(controls, radius=3000.0)
    if target == "tier":
        enter(controls, tier="3")
    before = model.state()
    assert before["events"][0]["kind"] == kind and not field(controls, "kind")["hidden"]
    model.load_state(before)  # checks it against the case
    assert model.state() == before and (model.now.kind, model.now.target) == (kind, target)


def test_several_things_happen_and_one_follows_another(case, model, controls):
    enter(controls, mode="own", site="Fab Naka")
    controls.pressed(None, {"press": "add"}, [])
    enter(controls, kind="lead_time_increase")
    enter(controls, target="mode", way="sea")
    enter(controls, after=str(model.happenings[0].key), start=5.0, probability=0.4, latest=10.0)
    rows = rows_of(case, model).set_index("kind")
    late = rows.loc["lead_time_increase"]
    assert (late["mode"], late["after"], late["start"]) == ("sea", "outage Fab Naka", 5)
    assert (late["latest_start"], late["probability"]) == (10, 0.4)
    assert field(controls, "start")["label"] == "How many days later?"
    state = model.state()
    model.load_state(state)
    assert model.state() == state and len(model.happenings) == 2
    controls.pressed(None, {"press": "remove", "item": 0}, [])
    assert [h.after for h in model.happenings] == [0] and rows_of(case, model)["after"].tolist() == [""]
    controls.pressed(None, {"press": "remove", "item": 0}, [])
    assert len(model.happenings) == 1  # something always happens


def test_the_same_thing_twice_is_two_events(case, model, controls):
    enter(controls, mode="own")
    controls.pressed(None, {"press": "add"}, [])
    enter(controls, site=model.happenings[0].site, start=200.0)
    assert len(rows_of(case, model)) == 2


def test_choosing_another_happening_changes_nothing(model, controls):
    controls.pressed(None, {"press": "add"}, [])
    before = list(model.happenings)
    enter(controls, chosen=0)
    assert model.happenings == before and controls.form.values["mode"] == "recorded"
    enter(controls, chosen=1)
    assert model.happenings == before and controls.form.values["mode"] == "own"


def test_parts_of_a_recorded_event_come_together_or_alone(case, model, controls):
    enter(controls, recorded="Suez blockage 2021 (both parts)")
    both = ["Suez blockage 2021", "Suez blockage 2021 congestion"]
    assert rows_of(case, model)["event"].tolist() == both
    assert "transport stands still, from day 78 for 6 days." in field(controls, "recorded")["help"]
    state = model.state()
    model.load_state(state)
    assert model.now.recorded == "Suez blockage 2021 (both parts)" and model.state() == state
    enter(controls, recorded="Suez blockage 2021")
    assert rows_of(case, model)["event"].tolist() == ["Suez blockage 2021"]


def test_a_recorded_event_brings_what_comes_after_it(case):
    events = case["events"].copy()
    chain = {"Suez blockage 2021": "Naka fab 90 days", "Yantian outbreak 2021": "Suez blockage 2021"}
    events["after"] = events["event"].map(chain).fillna("")
    recorded = Recorded(case.replace(events=events))
    known = {choice.names() for choice in recorded.choices.values()}
    assert ("Suez blockage 2021", "Yantian outbreak 2021") in known  # alone: with what follows
    assert any({*chain, "Naka fab 90 days"} <= set(names) for names in known)


def test_history_is_placed_on_any_chain():
    camera = twinkit.example("camera")
    model = DisruptionModel(camera, Refiner(camera, run=lambda t: made_outcome(t.plan, t.replications, first=t.first)))
    options = [option for option in model.recorded.options() if option[2] == HISTORY]
    assert len(options) > 20 and model.now.mode == "own"  # a case without events opens with one of its own
    model.edit(recorded="Naka fab fire 2021", mode="recorded")
    assert asyncio.run(model.refine()) and model.placed == 1
    expected = twinkit.replay(camera, "Naka fab fire 2021").parts[0].rows
    assert [dict(e) for e in model.events()] == [{**row, "scheduled": True} for row in expected]
    state = model.state()
    other = DisruptionModel(camera, model.refiner)
    other.load_state(state)
    assert other.now.recorded == "Naka fab fire 2021" and other.state() == state


def test_history_that_hits_nothing_says_why():
    camera = twinkit.example("camera")
    model = DisruptionModel(camera)
    nothing = next(
        name for name, *_ in model.recorded.options() if not any(p.rows for p in twinkit.replay(camera, name).parts)
    )
    model.edit(recorded=nothing, mode="recorded")
    assert not asyncio.run(model.refine())
    assert len(model.blockers) == 1 and "hits nothing here" in model.blockers[0]


def test_what_is_wrong_says_which_event_is_meant(model, controls):
    controls.pressed(None, {"press": "add"}, [])
    enter(controls, site="Fab Dresden", start=900.0, probability=1.5)
    assert not asyncio.run(model.refine())
    assert model.blockers == [
        "“Fab Dresden: stops”: From day: write a whole number from 0 to 364. It says 900.",
        "“Fab Dresden: stops”: How likely is it: write a number from 0 to 100 %. It says 150.",
    ]


def test_a_circle_needs_a_place(model, controls):
    enter(controls, mode="own", target="circle", site="Nowhere")
    assert not asyncio.run(model.refine())
    assert "“" not in model.blockers[0] and "'Nowhere' has no place on the map" in model.blockers[0]


@pytest.mark.parametrize(
    "state",
    [{}, {"name": 3, "events": 7}, {"name": "x", "events": [{"kind": "outage"}]}, {"name": "x", "events": [[1]]},
     {"name": "x", "levers": [1]}, {"name": "x", "levers": {"second_source": "<b>"}}, {"name": "x", "events": [{"event": "a", "kind": {}}]}],
)  # fmt: skip
def test_a_state_from_a_link_is_refused_in_words(model, state):
    before = model.state()
    with pytest.raises(twinkit.CaseError) as refused:
        model.load_state(state)
    assert refused.value.problems[0].sentence and model.state() == before


def test_no_event_is_lost_in_the_choices(case):
    recorded = Recorded(case)
    names = pd.Series([n for c in recorded.choices.values() for n in c.names()])
    assert set(names) == set(case["events"]["event"])
