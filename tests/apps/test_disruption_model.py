"""The disruption app without its page: what is run, what is kept, what is said to be wrong."""

import asyncio
import threading
import time
from dataclasses import replace

import pytest
from made_outcomes import made_outcome

import twinkit
from twinkit.apps import disruption_view
from twinkit.apps.disruption_controls import lever_field
from twinkit.apps.disruption_facts import cards_of, facts_of
from twinkit.apps.disruption_model import DisruptionModel
from twinkit.apps.disruption_refine import PREVIEW, Refiner
from twinkit.apps.kit.guard import Guard
from twinkit.tables import CaseError
from twinkit.words import rounded


class Runner:
    """Stands in for the chain: counts what is run; service depends on the levers."""

    def __init__(self, seconds=0.0):
        self.seconds, self.tasks, self.lock = seconds, [], threading.Lock()

    def __call__(self, task):
        with self.lock:
            self.tasks.append((task.scenario, task.first, task.replications))
        time.sleep(self.seconds)
        measured = task.scenario != "as it is"
        return made_outcome(
            task.plan, task.replications, first=task.first, fall=0.3 if measured else 0.6, start=100,
            days=20 if measured else 40, later=14, scenario=task.scenario,
        )  # fmt: skip


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive")


@pytest.fixture
def runner():
    return Runner()


@pytest.fixture
def model(case, runner):
    return DisruptionModel(case, Refiner(case, run=runner))


def whole(worlds=256):
    return [(at, 64) for at in range(0, worlds, 64)]


# --- what is run


def test_the_page_opens_with_a_recorded_event(model):
    assert (model.now.mode, model.now.recorded) == ("recorded", "Naka fab 90 days")
    assert (model.now.site, model.now.start, model.now.duration) == ("Fab Naka", 60, 90)


def test_first_a_preview_then_whole_batches(model, runner):
    seen = []
    assert asyncio.run(model.refine(lambda r: seen.append(r.as_is.replications)))
    assert [task[1:] for task in runner.tasks] == [(0, PREVIEW), *whole()]
    assert seen[0] == PREVIEW and seen[-1] == 256 and seen == sorted(seen)
    assert (model.done, model.total, model.running, model.blockers) == (4, 4, False, [])


def test_moving_a_lever_does_not_run_the_rest_again(model, runner):
    asyncio.run(model.refine())
    runner.tasks.clear()
    model.levers = {"second_source": 0.4}
    asyncio.run(model.refine())
    assert {name for name, *_ in runner.tasks} == {"with your measures"}
    assert model.results.measured.replications == model.results.as_is.replications == 256
    runner.tasks.clear()
    for share in (0.3, 0.4):
        model.levers = {"second_source": share}
        asyncio.run(model.refine())
    assert len(runner.tasks) == 5  # 0.4 was known


def test_scenarios_take_turns(model, runner):
    model.levers = {"second_source": 0.4}
    asyncio.run(model.refine())
    assert [first for _, first, n in runner.tasks if n == 64] == [0, 0, 64, 64, 128, 128, 192, 192]


def test_old_scenarios_are_forgotten(case, runner):
    refiner = Refiner(case, keep=3, run=runner)
    model = DisruptionModel(case, refiner)
    model.replications = 64
    for share in (0.1, 0.2, 0.3, 0.4):
        model.levers = {"second_source": share}
        asyncio.run(model.refine())
    assert len(refiner.entries) == 3
    assert model.results.as_is.replications == 64


def test_few_replications_need_no_preview(model, runner):
    model.replications = 10
    asyncio.run(model.refine())
    assert runner.tasks == [("as it is", 0, 10)]
    assert model.results.as_is.replications == 10


def test_a_lever_at_its_start_is_no_measure(model):
    model.levers = {"second_source": model.known_levers["second_source"].start, "safety_days_tier_1": 0.0}
    assert [s.name for s in model.scenarios()] == ["as it is"]


# --- newer changes


def test_a_newer_change_wins(case):
    runner = Runner(seconds=0.05)
    model = DisruptionModel(case, Refiner(case, run=runner))

    async def drag():
        model.touch()
        await asyncio.sleep(0.15)
        for share in (0.1, 0.2, 0.3):
            model.levers = {"second_source": share}
            await asyncio.sleep(0.01)
        await model.settled()

    asyncio.run(drag())
    assert model.results.scenario.levers == {"second_source": 0.3}
    assert model.results.measured.replications == 256 and not model.running
    assert len(model.refiner.entries) == 2 or len(model.refiner.entries) == 3  # the first move may have begun


def test_stop_keeps_what_is_there_and_run_goes_on(case):
    runner = Runner(seconds=0.05)
    model = DisruptionModel(case, Refiner(case, run=runner))

    async def stop_early():
        model.observe(lambda change: model.stop() if change["new"] == 2 else None, "version")
        model.touch()
        await model.settled()
        assert model.stopped and not model.running
        assert model.results.as_is.replications < 256
        done = len(runner.tasks)
        model.touch()
        await model.settled()
        assert model.results.as_is.replications == 256 and not model.stopped
        assert len(runner.tasks) < done + 5  # what was there was not run again

    asyncio.run(stop_early())


def test_an_error_of_the_program_reaches_the_guard(case, tmp_path, monkeypatch):
    monkeypatch.setenv("TWINKIT_LOG", str(tmp_path / "log"))

    def fails(task):
        raise RuntimeError("<b>secret</b>")

    guard, model = Guard(), DisruptionModel(case, Refiner(case, run=fails))
    model.on_error = guard.report

    async def run():
        model.touch()
        await model.settled()

    asyncio.run(run())
    assert "log file" in guard.message and "secret" not in guard.message and not model.running
    number = guard.message.split("Error ")[1].split(";")[0]
    log = (tmp_path / "log").read_text()
    assert "RuntimeError: <b>secret</b>" in log and number in log


# --- what is wrong


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"site": "Fab Nakka"}, "Which site: there is no site 'Fab Nakka' in this case. Did you mean 'Fab Naka'?"),
        ({"site": ""}, "Who or what is hit: name a site or a market."),
        ({"start": 900.0}, "From day: write a whole number from 0 to 364. It says 900."),
        ({"start": None}, "From day: write a whole number from 0 to 364. The field is empty."),
        ({"duration": -3.0}, "For how long: write a number of days, 0 or more. It says -3."),
        ({"severity": 3.0}, "How badly: write a number from 0 to 100 %"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_the_picture_stays(model, change, says):
    asyncio.run(model.refine())
    before = model.results
    model.edit(mode="own", **change)
    assert not asyncio.run(model.refine())
    assert len(model.blockers) == 1 and model.blockers[0].startswith(says)
    assert model.results is before and not model.running
    model.load_state(before.scenario.to_dict())
    assert asyncio.run(model.refine()) and not model.blockers


# --- saving


def test_the_state_round_trips(case, model):
    model.edit(mode="own", kind="demand_surge", target="market", market="Germany", severity=0.3)
    model.edit(start=90.0, recovery="linear", recovery_time=12.0)
    model.levers = {"second_source": 0.4, "expediting": True}
    state = model.state()
    other = DisruptionModel(case, model.refiner)
    other.load_state(state)
    assert other.state() == state
    assert twinkit.Scenario.from_dict(state).apply(case)["events"]["scheduled"].sum() == 1


def test_a_state_that_does_not_fit_changes_nothing(model):
    before = model.state()
    with pytest.raises(CaseError):
        model.load_state({"name": "x", "events": ["Naka fab fire 1821"], "levers": {}})
    assert model.state() == before


def test_reset_goes_back_to_the_beginning(model):
    before = model.state()
    model.levers = {"second_source": 0.1}
    model.add()
    model.edit(site="Fab Dresden")
    model.reset()
    assert model.state() == before


# --- the page, as far as Python sees it


def test_cards_say_what_has_changed(model):
    asyncio.run(model.refine())
    assert "better in 0 % of the worlds" in cards_of(model.results)[0]["change"]
    model.levers = {"second_source": 0.4}
    asyncio.run(model.refine())
    cards = {card["name"]: card for card in cards_of(model.results)}
    assert cards["fill rate"]["tone"] == "better"
    assert "days fewer" in cards["time to recover"]["change"]
    assert cards["total cost"]["change"] == "Your measures make no clear difference."
    assert all(len(card["rows"]) >= 2 and card["definition"] for card in cards.values())


def test_what_is_lost_is_counted_from_one_world(case):
    """Without the event and without measures: the fact is what the cards say, and the measures are what lies between the two."""

    def run(task):
        measured = task.scenario != "as it is"
        made = made_outcome(task.plan, task.replications, first=task.first, fall=0.3 if measured else 0.6, start=100, days=20, money=-6e6 if measured else -5e6)
        made.calm_kpis["earnings"] = made.calm_kpis["earnings"] + (2e6 if measured else 0)  # what the measures cost or earn in a calm world
        return made

    model = DisruptionModel(case, Refiner(case, run=run))
    model.levers = {"second_source": 0.4}
    asyncio.run(model.refine())
    as_is, measured = model.results.pair()
    fact = next(f for f in facts_of(model.results) if f["name"] == "earned")
    lost = (as_is.calm_kpis["earnings"] - measured.kpis["earnings"]).mean()
    assert fact["value"] == rounded(lost)
    without = rounded((as_is.calm_kpis["earnings"] - as_is.kpis["earnings"]).mean())
    assert f"without measures {without} " in fact["interval"] and "no event and no measure" in fact["definition"]


def test_measures_that_change_nothing_are_said_so(case):
    page = disruption_view.DisruptionPage(case)
    page.model.refiner.run = lambda t: made_outcome(t.plan, t.replications, first=t.first, fall=0.5, start=100, days=20)
    page.model.levers = {"second_source": 0.4}
    asyncio.run(page.model.refine())
    assert any(s.startswith("Your measures change nothing in this event") for s in page.head.sentences)


def test_a_censored_value_has_its_sign(case):
    model = DisruptionModel(case, Refiner(case, run=lambda t: made_outcome(t.plan, t.replications, first=t.first,
                                                                           fall=0.5, start=100, days=999)))  # fmt: skip
    asyncio.run(model.refine())
    card = next(card for card in cards_of(model.results) if card["name"] == "time to recover")
    assert card["rows"][0][1] == "> 265 days (median)"


def test_a_page_without_events_levers_or_places():
    camera = twinkit.example("camera")
    page = disruption_view.DisruptionPage(camera)
    assert page.map is None and page.model.now.mode == "own" and page.model.now.site
    assert page.model.recorded.options()[0][2] == "From history, placed on this chain"


def test_a_case_with_problems_is_a_list_of_sentences(tmp_path):
    (tmp_path / "sites.csv").write_text("site,kind\nMill,<script>\n")
    head = disruption_view.show(tmp_path).children[0]
    assert any("<script>" in sentence for sentence in head.problems) and len(head.problems) > 1
    assert disruption_view.show("no such case").children[0].problems[0].startswith("there is no case")


def test_nobody_prepares_for_a_fire_but_for_what_is_announced(model):
    fields = {name: lever_field(model.known_levers[name], model) for name in ("build_up_days", "second_source")}
    assert fields["build_up_days"]["off"] and "coming" in fields["build_up_days"]["help"] and "off" not in fields["second_source"]
    model.happenings = [replace(h, mode="own", kind="order_pausing") for h in model.happenings]
    assert "off" not in lever_field(model.known_levers["build_up_days"], model)
