"""What if?: what is run and what is kept, what is said to be wrong, and the page without its browser."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest
from made_outcomes import made_outcome
from tiny_case import tiny_case

import twinkit
import twinkit.page
from twinkit.apps.kit.guard import Guard
from twinkit.page.page import QuestionPage
from twinkit.question import Plain
from twinkit.questions.disruption import Disruption, refine, what_if
from twinkit.questions.disruption.refine import AS_IS, MEASURED, PREVIEW, Known, what_if_in_parts
from twinkit.questions.disruption.tells import Results, cards_of, facts_of, results_of, sentences_of
from twinkit.questions.what_if import NOT_KEPT
from twinkit.report import report_of
from twinkit.run.engines import Cancelled
from twinkit.tables import CaseError
from twinkit.words import rounded
from twinkit.workbench.desk import Desk
from twinkit.workbench.question_panel import LeversPart
from twinkit.workbench.registry import panels

NAKA = ["Naka fab 90 days"]


class Runner:
    """Stands in for the chain: counts what is run; service depends on the levers.  Some begin with `batches`, and more are let through one by one."""

    def __init__(self, batches=10_000):
        self.tasks, self.lock, self.gate = [], threading.Lock(), threading.Semaphore(batches)

    def let(self, batches=10_000):
        self.gate.release(batches)

    def __call__(self, task):
        with self.lock:
            self.tasks.append((task.scenario, task.first, task.replications))
        assert self.gate.acquire(timeout=120)
        measured = task.scenario != AS_IS
        return made_outcome(
            task.plan, task.replications, first=task.first, fall=0.3 if measured else 0.6, start=100,
            days=20 if measured else 40, later=14, scenario=task.scenario,
        )  # fmt: skip


@pytest.fixture(scope="module")
def automotive():
    return twinkit.example("automotive")


@pytest.fixture
def case(automotive):
    """The car maker, of which nothing was run yet."""
    automotive._derived.pop(Known, None)
    yield automotive
    automotive._derived.pop(Known, None)


@pytest.fixture
def runner(monkeypatch):
    found = Runner()
    monkeypatch.setattr(refine, "run_batch", found)
    return found


def runs(monkeypatch, **more):
    """Every scenario comes out as made by hand."""
    monkeypatch.setattr(refine, "run_batch", lambda t: made_outcome(t.plan, t.replications, first=t.first, scenario=t.scenario, **more))


def answered(case, levers=None, worlds=256, events=NAKA):
    """Everything that comes, part by part."""
    return list(what_if_in_parts(case, events, levers, worlds))


def whole(worlds=256):
    return [(at, 64) for at in range(0, worlds, 64)]


# --- what is run


def test_first_a_preview_then_whole_batches(case, monkeypatch):
    told, parts, runner = [], [], Runner(1)
    monkeypatch.setattr(refine, "run_batch", runner)
    for part in what_if_in_parts(case, NAKA, None, 256, progress=lambda done, total: told.append((done, total))):
        parts.append(part)
        runner.let(1)
    assert runner.tasks[0][1:] == (0, PREVIEW) and sorted(task[1:] for task in runner.tasks[1:]) == whole()  # batches run beside each other
    seen = [part[AS_IS].replications for part in parts]
    assert seen[0] == PREVIEW and seen[-1] == 256 and seen == sorted(seen) and 64 <= seen[-2] < 256
    assert told[0] == (0, 4) and told[-1] == (4, 4) and told == sorted(told)


def test_moving_a_lever_does_not_run_the_rest_again(case, runner):
    answered(case)
    runner.tasks.clear()
    *_, last = answered(case, {"second_source": 0.4})
    assert {name for name, *_ in runner.tasks} == {MEASURED}
    assert last[MEASURED].replications == last[AS_IS].replications == 256
    runner.tasks.clear()
    for share in (0.3, 0.4):
        answered(case, {"second_source": share})
    assert len(runner.tasks) == 5  # 0.4 was known


def test_scenarios_take_turns(case, runner):
    answered(case, {"second_source": 0.4})
    assert [first for _, first, n in runner.tasks if n == 64] == [0, 0, 64, 64, 128, 128, 192, 192]


def test_old_scenarios_are_forgotten(case, runner):
    for share in (0.1, 0.2, 0.3, 0.4, 0.45, 0.5):
        *_, last = answered(case, {"second_source": share}, 64)
    assert len(case.derived(Known)._kept) == refine.KEEP
    assert last[AS_IS].replications == 64


def test_few_replications_need_no_preview_and_more_of_them_later_are_run(case, runner):
    assert [part[AS_IS].replications for part in answered(case, worlds=10)] == [10]
    assert runner.tasks == [(AS_IS, 0, 10)]
    assert answered(case, worlds=64)[-1][AS_IS].replications == 64
    assert answered(case, worlds=32)[-1][AS_IS].replications == 32, "no more than are asked for"


def test_a_lever_at_its_start_is_no_measure(case):
    starts = {lever.name: lever.start for lever in twinkit.levers_of(case)}
    assert [s.name for s in refine.scenarios_of(case, NAKA, {k: starts[k] for k in ("second_source", "safety_days_tier_1")})] == [AS_IS]


def test_the_last_part_is_what_the_study_gives():
    """In the real chain: with the events and without, as it is and with measures, to the bit."""
    camera = twinkit.example("camera")
    event = {"event": "stop", "kind": "outage", "site": camera["sites"]["site"].iloc[0], "start": 60, "duration": 30, "scheduled": True}
    lever = next(lever for lever in twinkit.levers_of(camera) if lever.name.startswith("safety_days"))
    asked = (camera, [event], {lever.name: float(lever.high)})
    *_, last = what_if_in_parts(*asked, 20)
    plain = what_if(*asked, 20)
    assert list(last) == list(plain) == [AS_IS, MEASURED]
    for name, outcome in plain.items():
        for kpi, values in outcome.kpis.items():
            np.testing.assert_array_equal(last[name].kpis[kpi], values, err_msg=f"{name}: {kpi}")
        np.testing.assert_array_equal(last[name].calm_service, outcome.calm_service)


def test_a_lever_is_checked_though_its_events_are_known(case, runner):
    answered(case)
    with pytest.raises(CaseError, match="out of the range"):
        answered(case, {"second_source": 4.0})
    with pytest.raises(CaseError, match="is no lever of the case"):
        answered(case, {"second_sauce": 0.1})


# --- newer changes


def test_a_question_that_is_given_up_ends_between_two_batches(case, monkeypatch):
    cancel = threading.Event()
    slow = Runner(1)
    monkeypatch.setattr(refine, "run_batch", slow)
    parts = what_if_in_parts(case, NAKA, None, 1024, cancel=cancel)
    next(parts)
    cancel.set()
    slow.let()
    with pytest.raises(Cancelled):
        list(parts)
    assert len(slow.tasks) <= 1 + 2 * refine.AT_ONCE


def test_a_newer_change_wins(case, monkeypatch):
    slow = Runner(3)
    monkeypatch.setattr(refine, "run_batch", slow)

    async def drag():
        page = QuestionPage(Disruption, case)
        while len(slow.tasks) < 3:
            await asyncio.sleep(0.01)
        for share in (0.1, 0.2, 0.3):
            page.form.form.values = {**page.form.form.values, "lever second_source": share}
            await asyncio.sleep(0.01)
        slow.let()
        await page.settled()
        return page

    page = asyncio.run(drag())
    result = page.panel.job.result
    assert refine.scenarios_of(case, NAKA, {"second_source": 0.3})[1].levers == page.panel.ask().moved()
    assert result[MEASURED].replications == 256 and page.head.progress["text"] == "256 of 256 worlds"
    assert len(case.derived(Known)._kept) in (2, 3)  # the first move may have begun


def test_stop_keeps_what_is_there_and_go_on_goes_on(case, monkeypatch):
    slow = Runner(2)  # the preview and a batch
    monkeypatch.setattr(refine, "run_batch", slow)

    async def stop_early():
        page = QuestionPage(Disruption, case)

        def second(change):
            if change["new"] == 2:
                page.pressed(None, {"press": "run"}, [])
                slow.let()

        page.panel.job.observe(second, "version")
        await page.settled()
        assert page.panel.job.result[AS_IS].replications < 256 and "stopped" in page.head.progress["text"]
        assert page.head.progress["button"] == "Go on" and page._note()
        done = len(slow.tasks)
        page.pressed(None, {"press": "run"}, [])
        await page.settled()
        assert page.panel.job.result[AS_IS].replications == 256 and not page._note()
        assert len(slow.tasks) < done + 5  # what was there was not run again

    asyncio.run(stop_early())


def test_an_error_of_the_program_reaches_the_guard(case, tmp_path, monkeypatch):
    monkeypatch.setenv("TWINKIT_LOG", str(tmp_path / "log"))

    def fails(task):
        raise RuntimeError("<b>secret</b>")

    monkeypatch.setattr(refine, "run_batch", fails)

    async def run():
        page = QuestionPage(Disruption, case)
        await page.settled()
        return page

    page = asyncio.run(run())
    assert "log file" in page.head.failure and "secret" not in page.head.failure and not page.panel.job.running
    number = page.head.failure.split("Error ")[1].split(";")[0]
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
def test_what_is_wrong_is_a_sentence_and_the_picture_stays(case, runner, change, says):
    async def mistake():
        page = QuestionPage(Disruption, case)
        await page.settled()
        said = list(page.head.sentences)
        form = page.form.form
        form.values = {**form.values, "mode": "own"}
        form.values = {**form.values, **change}
        await page.settled()
        assert len(page.head.problems) == 1 and page.head.problems[0].startswith(says) and not page.head.problems[0].endswith("..")
        assert page.head.sentences == said and page.head.old and page.save.why and not page.head.failure
        page.form.form.values = {**page.form.form.values, "mode": "recorded"}
        await page.settled()
        assert not page.head.problems and not page.head.old and not page.save.why

    asyncio.run(mistake())


# --- saving


def test_the_state_round_trips_and_the_file_is_a_scenario(case):
    asking = Disruption(Plain(case))
    asking.edit(mode="own", kind="demand_surge", target="market", market="Germany", severity=0.3)
    asking.edit(start=90.0, recovery="linear", recovery_time=12.0)
    asking.levers = {"second_source": 0.4, "expediting": True}
    other = Disruption(Plain(case))
    assert other.take(asking.state()) == [] and other.state() == asking.state() and other.code() == asking.code()
    saved = twinkit.Scenario.from_dict(refine.json.loads(asking.saved()))
    assert saved.apply(case)["events"]["scheduled"].sum() == 1 and saved.levers == asking.levers
    again = Disruption(Plain(case))
    assert again.take(saved.to_dict()) == [] and again.code() == asking.code(), "a scenario is a link as well, as other pages make them"


def test_a_desks_scenario_is_what_it_begins_with(case):
    asking = Disruption(Plain(case, twinkit.Scenario("mine", ("Suez blockage 2021",), {"second_source": 0.4})))
    assert asking.now.recorded == "Suez blockage 2021" and asking.levers == {"second_source": 0.4} and asking.state() == {}
    first = Disruption(Plain(case)).now
    assert (first.mode, first.recorded, first.site, first.start, first.duration) == ("recorded", "Naka fab 90 days", "Fab Naka", 60, 90)


# --- the page, as far as Python sees it


def test_cards_say_what_has_changed(case, runner):
    results = results_of(answered(case)[-1])
    assert "better in 0 % of the worlds" in cards_of(results)[0].change
    cards = {card.name: card for card in cards_of(results_of(answered(case, {"second_source": 0.4})[-1]))}
    assert cards["fill rate"].tone == "better"
    assert "days fewer" in cards["time to recover"].change
    assert cards["total cost"].change == "Your measures make no clear difference."
    assert all(len(card.rows) >= 2 and card.definition for card in cards.values())


def test_what_is_lost_is_counted_from_one_world(case, monkeypatch):
    """Without the event and without measures: the fact is what the cards say, and the measures are what lies between the two."""

    def run(task):
        measured = task.scenario != AS_IS
        made = made_outcome(task.plan, task.replications, first=task.first, fall=0.3 if measured else 0.6, start=100, days=20, money=-6e6 if measured else -5e6)
        made.calm_kpis["earnings"] = made.calm_kpis["earnings"] + (2e6 if measured else 0)  # what the measures cost or earn in a calm world
        return made

    monkeypatch.setattr(refine, "run_batch", run)
    results = results_of(answered(case, {"second_source": 0.4})[-1])
    as_is, measured = results.pair()
    fact = next(f for f in facts_of(results) if f.name == "earned")
    lost = (as_is.calm_kpis["earnings"] - measured.kpis["earnings"]).mean()
    assert fact.value == f"{rounded(lost)} {case.settings['currency']}"
    without = rounded((as_is.calm_kpis["earnings"] - as_is.kpis["earnings"]).mean())
    assert f"without measures {without} " in fact.interval and "no event and no measure" in fact.definition


def test_measures_that_change_nothing_are_said_so(case, monkeypatch):
    runs(monkeypatch, fall=0.5, start=100, days=20)
    results = results_of(answered(case, {"second_source": 0.4})[-1])
    assert any(s.startswith("Your measures change nothing in this event") for s in sentences_of(results))


def test_a_censored_value_has_its_sign(case, monkeypatch):
    runs(monkeypatch, fall=0.5, start=100, days=999)
    card = next(card for card in cards_of(results_of(answered(case)[-1])) if card.name == "time to recover")
    assert card.rows[0][1] == "> 265 days (median)"


def test_an_interim_report_holds_both_on_the_same_worlds(case, runner):
    answered(case)
    part = answered(case, {"second_source": 0.4})[0]
    assert (part[AS_IS].replications, part[MEASURED].replications) == (256, PREVIEW)
    told = Disruption.reported(part)
    assert {o.replications for o in told.values()} == {PREVIEW} and "was not run on the luck" not in str(Disruption.tell(part))
    assert report_of(told).title and Results(part[AS_IS], None).pair() is None


def test_a_case_with_a_record_has_a_panel_and_a_report_too():
    """What the page lets go of (the days of single markets) is said; the panel holds the whole answer."""
    found = tiny_case(history=True, objectives=True)

    async def opened():
        panel, guard = panels()["disruption"].load()(Desk(found, replications=4)), Guard()
        view = panel.view()(panel, guard)
        assert await panel.run() and not guard.message
        view.drawer.clear()
        return panel, view

    panel, view = asyncio.run(opened())
    assert NOT_KEPT in str(Disruption.tell(panel.job.result)) and {k[0] for k in view.blocks._widgets} >= {"Key figures", "Against the record", "Objectives"}
    assert NOT_KEPT not in str(Disruption.tell(what_if(found, ["closed"], replications=2))) and report_of(panel.job.result).title


def test_a_page_without_events_levers_or_places(monkeypatch):
    camera = twinkit.example("camera")
    runs(monkeypatch, fall=0.5, start=100, days=20)

    async def opened():
        page = QuestionPage(Disruption, camera)
        await page.settled()
        return page

    page = asyncio.run(opened())
    days = next(w for k, w in page.blocks._widgets.items() if k[1] == "map").days
    assert days.map is None and days.service.version and page.panel.ask().now.mode == "own" and page.panel.ask().now.site
    options = next(f for g in page.form.form.groups for f in g["fields"] if f["name"] == "recorded")["options"]
    assert options[0][2] == "From history, placed on this chain"


def test_a_site_of_the_map_can_be_hit_and_the_day_stays_where_a_person_put_it(case, runner):
    async def visit():
        page = QuestionPage(Disruption, case)
        await page.settled()
        days = next(w for k, w in page.blocks._widgets.items() if k[1] == "map").days
        assert days.service.day == 100 and days.map.marks == days.service.marks
        days.service.day = 7
        days.map.selected = "Fab Dresden"
        assert days.pick.buttons == [["hit", "Let it happen to Fab Dresden"]]
        days._picked(None, {"press": "hit"}, [])
        await page.settled()
        now = page.panel.ask().now
        assert (now.mode, now.site, now.target) == ("own", "Fab Dresden", "site") and not days.pick.buttons and days.service.day == 7
        assert days.which_map.groups[0]["fields"][0]["hidden"]
        page.form.form.values = {**page.form.form.values, "lever second_source": 0.4}
        await page.settled()
        assert not days.which_map.groups[0]["fields"][0]["hidden"] and len(days.service.series) == 3
        version = days.map.version
        days.which_map.values = {"only": "as it is"}
        assert days.map.version == version + 1 and not page.head.failure
        days.which_stock.values = {"only": "1"}
        assert days.stock.version and not page.head.failure

    asyncio.run(visit())


def test_a_case_with_problems_is_a_list_of_sentences(tmp_path):
    (tmp_path / "sites.csv").write_text("site,kind\nMill,<script>\n")
    head = twinkit.page.show("disruption", tmp_path).children[0]
    assert any("<script>" in sentence for sentence in head.problems) and len(head.problems) > 1
    assert twinkit.page.show("disruption", "no such case").children[0].problems[0].startswith("there is no case")


def test_nobody_prepares_for_a_fire_but_for_what_is_announced(case):
    def fields(asking):
        return {f["name"]: f for group in LeversPart.groups(asking, "levers") for f in group["fields"]}

    asking = Disruption(Plain(case))
    found = fields(asking)
    assert found["lever build_up_days"]["off"] and "coming" in found["lever build_up_days"]["help"] and "off" not in found["lever second_source"]
    asking.levers = {"build_up_days": 10.0}
    assert "off" not in fields(asking)["lever build_up_days"], "what a link has moved can be moved back"
    asking.levers = {}
    asking.happenings = [replace(h, mode="own", kind="order_pausing") for h in asking.happenings]
    assert "off" not in fields(asking)["lever build_up_days"]


@pytest.mark.parametrize("warm_up", [0, 40])
def test_what_measures_cost_while_nothing_happens_and_from_when_on_they_pay(warm_up):
    """By four runs of their own: with and without the event, with and without the measure; what comes before the warm-up is over does not count."""
    case = twinkit.example("automotive").replace(settings={"warm_up": warm_up})
    fire, levers = "Naka fab 90 days", {"safety_days_tier_3": 30}
    *_, last = what_if_in_parts(case, (fire,), levers, 4)
    said = [s for s in sentences_of(results_of(last)) if s.startswith("While nothing happens")]

    def earned(events, moved):
        return twinkit.ensemble(case, twinkit.Scenario("x", events, moved), 4)["x"].kpis["earnings"].mean()

    cost = earned((), {}) - earned((), levers)
    gain = earned((fire,), levers) - earned((fire,), {})
    assert cost > 0 and gain > 0, "the measure costs, and helps"
    chance = cost / (gain + cost)  # of the event in a run, from which on the measure pays
    years = (case.settings["periods"] - warm_up) * case.settings["period_days"] / 365 / chance
    assert len(said) == 1 and rounded(cost) in said[0] and f"once in {rounded(years)} years" in said[0]
