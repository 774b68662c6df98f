"""What happens, as the page has it: the whole catalogue, several at once, what is recorded, and history."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from made_outcomes import made_outcome

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.events.choices import HISTORY, Recorded
from twinkit.events.kinds import KINDS, targets_of
from twinkit.question import Plain
from twinkit.questions.disruption import Disruption, refine, what_if
from twinkit.questions.disruption.refine import Known
from twinkit.tables.schema_events import EVENT_KINDS, EVENT_TARGETS
from twinkit.workbench.desk import Desk
from twinkit.workbench.question_panel import QuestionForm, panel_of_question

ALL = [(kind, target) for kind, targets in EVENT_TARGETS.items() for target in targets if target != "station"]  # this chain has no production line: test_line_engine


@pytest.fixture(scope="module")
def automotive():
    return twinkit.example("automotive")


@pytest.fixture
def case(automotive, monkeypatch):
    """The car maker; nothing is run, and nothing was."""
    automotive._derived.pop(Known, None)
    monkeypatch.setattr(refine, "run_batch", lambda t: made_outcome(t.plan, t.replications, first=t.first))
    yield automotive
    automotive._derived.pop(Known, None)


@pytest.fixture
def panel(case):
    return panel_of_question(Disruption)(Desk(case))


@pytest.fixture
def controls(panel):
    return QuestionForm(panel, Guard())


def enter(controls, **values):
    """What a person enters into the form."""
    controls.form.values = {**controls.form.values, **values}
    assert not controls.guard.message
    controls.show()


def press(controls, **content):
    """A button of the form."""
    controls._pressed(None, content, [])
    controls.show()


def field(controls, name):
    return next(f for group in controls.form.groups for f in group["fields"] if f["name"] == name)


def rows_of(case, panel):
    """Rows of the table of events that what is asked adds or schedules."""
    events = panel.ask().scenario().apply(case)["events"]
    return events[events["scheduled"]]


def comes_back(panel):
    """A link and a file bring all of it back."""
    asking, by_link, by_file = panel.ask(), *(Disruption(Plain(panel.desk.case)) for _ in range(2))
    assert by_link.take(json.loads(json.dumps(asking.state()))) == [] and by_link.code() == asking.code()
    assert by_file.take(json.loads(asking.saved())) == [] and by_file.scenario() == replace(asking.scenario(), name=by_file.scenario().name)
    return by_file


def refused(panel):
    """What is said of what is asked, as the form has it."""
    with pytest.raises(twinkit.CaseError) as wrong:
        list(panel.ask().parts())
    return [p.sentence for p in wrong.value.problems]


def test_the_page_offers_every_kind_of_event():
    assert set(KINDS) == set(EVENT_KINDS) == set(EVENT_TARGETS)
    assert all(set(targets_of(kind)) == set(EVENT_TARGETS[kind]) for kind in KINDS)


@pytest.mark.parametrize(("kind", "target"), ALL)
def test_every_kind_happens_to_every_target_it_may_have(panel, controls, kind, target):
    enter(controls, mode="own")
    enter(controls, kind=kind)
    enter(controls, target=target)
    if kind == "demand_shift":
        enter(controls, to_market="France")
    if target == "circle" and kind.startswith("demand"):
        enter(controls, radius=3000.0)
    if target == "tier":
        enter(controls, tier="3")
    assert panel.ask().scenario().events[0]["kind"] == kind and not field(controls, "kind")["hidden"]
    again = comes_back(panel)  # checks it against the case
    assert (again.now.kind, again.now.target) == (kind, target)


def test_several_things_happen_and_one_follows_another(case, panel, controls):
    enter(controls, mode="own", site="Fab Naka")
    press(controls, press="add")
    enter(controls, kind="lead_time_increase")
    enter(controls, target="mode", way="sea")
    enter(controls, after=str(panel.ask().happenings[0].key), start=5.0, probability=0.4, latest=10.0)
    rows = rows_of(case, panel).set_index("kind")
    late = rows.loc["lead_time_increase"]
    assert (late["mode"], late["after"], late["start"]) == ("sea", "outage Fab Naka", 5)
    assert (late["latest_start"], late["probability"]) == (10, 0.4)
    assert field(controls, "start")["label"] == "How many days later?"
    assert len(comes_back(panel).happenings) == 2
    press(controls, press="remove", item=0)
    assert [h.after for h in panel.ask().happenings] == [0] and rows_of(case, panel)["after"].tolist() == [""]
    press(controls, press="remove", item=0)
    assert len(panel.ask().happenings) == 1  # something always happens


def test_the_same_thing_twice_is_two_events(case, panel, controls):
    enter(controls, mode="own")
    press(controls, press="add")
    enter(controls, site=panel.ask().happenings[0].site, start=200.0)
    assert len(rows_of(case, panel)) == 2


def test_choosing_another_happening_changes_nothing(panel, controls):
    press(controls, press="add")
    before = panel.ask().happenings
    enter(controls, chosen=0)
    assert panel.ask().happenings == before and controls.form.values["mode"] == "recorded"
    enter(controls, chosen=1)
    assert panel.ask().happenings == before and controls.form.values["mode"] == "own"


def test_parts_of_a_recorded_event_come_together_or_alone(case, panel, controls):
    enter(controls, recorded="Suez blockage 2021 (both parts)")
    both = ["Suez blockage 2021", "Suez blockage 2021 congestion"]
    assert rows_of(case, panel)["event"].tolist() == both
    assert "transport stands still, from day 78 for 6 days." in field(controls, "recorded")["help"]
    assert comes_back(panel).now.recorded == "Suez blockage 2021 (both parts)"
    enter(controls, recorded="Suez blockage 2021")
    assert rows_of(case, panel)["event"].tolist() == ["Suez blockage 2021"]


def test_a_recorded_event_brings_what_comes_after_it(case):
    events = case["events"].copy()
    chain = {"Suez blockage 2021": "Naka fab 90 days", "Yantian outbreak 2021": "Suez blockage 2021"}
    events["after"] = events["event"].map(chain).fillna("")
    recorded = Recorded(case.replace(events=events))
    known = {choice.names() for choice in recorded.choices.values()}
    assert ("Suez blockage 2021", "Yantian outbreak 2021") in known  # alone: with what follows
    assert any({*chain, "Naka fab 90 days"} <= set(names) for names in known)


@pytest.fixture
def camera(monkeypatch):
    """A small chain without events of its own, of which nothing was run yet."""
    monkeypatch.setattr(refine, "run_batch", lambda t: made_outcome(t.plan, t.replications, first=t.first))
    return twinkit.example("camera")


def test_history_is_placed_on_any_chain(camera):
    panel = panel_of_question(Disruption)(Desk(camera))
    recorded = camera.derived(Recorded)
    options = [option for option in recorded.options() if option[2] == HISTORY]
    assert len(options) > 20 and panel.ask().now.mode == "own"  # a case without events opens with one of its own
    controls = QuestionForm(panel, Guard())
    enter(controls, recorded="Naka fab fire 2021", mode="recorded")
    before = panel.code()
    assert not recorded.ready("Naka fab fire 2021") and not panel.ask().saved(), "it is placed beside the page"
    list(panel.ask().parts())
    assert recorded.ready("Naka fab fire 2021") and panel.code() == before
    expected = twinkit.replay(camera, "Naka fab fire 2021").parts[0].rows
    assert [dict(e) for e in panel.ask().scenario().events] == [{**row, "scheduled": True} for row in expected]
    assert comes_back(panel).now.recorded == "Naka fab fire 2021"
    controls.show()
    assert field(controls, "recorded")["help"] == recorded.told("Naka fab fire 2021") != ""


def test_what_follows_history_follows_its_first_event(camera):
    panel = panel_of_question(Disruption)(Desk(camera))
    controls = QuestionForm(panel, Guard())
    enter(controls, recorded="Naka fab fire 2021", mode="recorded")
    press(controls, press="add")
    enter(controls, after=str(panel.ask().happenings[0].key), start=5.0)
    list(panel.ask().parts())
    first, late = rows_of(camera, panel)["event"].iloc[0], rows_of(camera, panel).iloc[-1]
    assert late["after"] == first != "Naka fab fire 2021"
    plain = what_if(camera, ["Naka fab fire 2021", {**panel.ask().scenario().events[-1], "after": "Naka fab fire 2021"}], replications=2)
    assert set(plain["as it is"].events) == set(rows_of(camera, panel)["event"])


def test_history_that_hits_nothing_says_why(camera):
    panel = panel_of_question(Disruption)(Desk(camera))
    nothing = next(name for name in camera.derived(Recorded).history if not any(p.rows for p in twinkit.replay(camera, name).parts))
    enter(QuestionForm(panel, Guard()), recorded=nothing, mode="recorded")
    told = refused(panel)
    assert len(told) == 1 and "hits nothing here" in told[0] and ".." not in told[0]


def test_what_is_wrong_says_which_event_is_meant(panel, controls):
    press(controls, press="add")
    enter(controls, site="Fab Dresden", start=900.0, probability=1.5)
    assert refused(panel) == [
        "“Fab Dresden: stops”: From day: write a whole number from 0 to 364. It says 900.",
        "“Fab Dresden: stops”: How likely is it: write a number from 0 to 100 %. It says 150.",
    ]


def test_the_event_that_is_meant_is_found_behind_those_of_history(camera):
    panel = panel_of_question(Disruption)(Desk(camera))
    controls = QuestionForm(panel, Guard())
    enter(controls, recorded="Naka fab fire 2021", mode="recorded")
    press(controls, press="add")
    enter(controls, start=9000.0)
    (told,) = refused(panel)
    assert told.startswith(f"“{panel.ask().now.short()}”: From day: ")


def test_a_circle_needs_a_place(panel, controls):
    enter(controls, mode="own", target="circle", site="Nowhere")
    told = refused(panel)
    assert "“" not in told[0] and "'Nowhere' has no place on the map" in told[0]


@pytest.mark.parametrize(
    "state",
    [{"name": 3, "events": 7}, {"name": "x", "events": [{"kind": "outrage"}]}, {"name": "x", "events": [[1]]}, {"events": [{"key": None}]},
     {"name": "x", "levers": [1]}, {"name": "x", "levers": {"second_source": "<b>"}}, {"name": "x", "events": [{"event": "a", "kind": {}}]},
     {"name": "x", "events": ["Naka fab fire 1821"], "levers": {}}, {"levers": {"second_source": 7.0}}, {"events": [{"site": 7}]}, {"years": 3}],
)  # fmt: skip
def test_a_state_from_a_link_is_refused_in_words(panel, state):
    asking = panel.ask()
    before = asking.code()
    told = asking.take(state)
    assert len(told) == 1 and told[0].startswith("The link ") and asking.code() == before


def test_an_empty_link_asks_what_the_page_opens_with(panel):
    assert panel.ask().take({}) == [] and panel.ask().state() == {}


def test_reset_goes_back_to_the_beginning(panel, controls):
    before = panel.code()
    enter(controls, **{"lever second_source": 0.1})
    press(controls, press="add")
    enter(controls, site="Fab Dresden")
    assert panel.code() != before and panel.levers == {"second_source": 0.1}
    press(controls, press="reset")
    assert panel.code() == before


def test_no_event_is_lost_in_the_choices(case):
    recorded = Recorded(case)
    names = pd.Series([n for c in recorded.choices.values() for n in c.names()])
    assert set(names) == set(case["events"]["event"])
