"""The survival app without its page: what is tested, what is shown while it runs, what is said."""

import asyncio
import math
import re
import threading

import numpy as np
import pytest
from tiny_case import SHOP, SOURCE, tiny_case

import twinkit
from twinkit.apps import survival_view, survival_words
from twinkit.apps.survival_model import WORLDS, SurvivalModel
from twinkit.apps.survival_pick import hits_of, look_at
from twinkit.report import report_of
from twinkit.study.engines import Cancelled
from twinkit.study.stress import stress_test
from twinkit.study.stress_targets import used_targets


@pytest.fixture(scope="module")
def camera():
    return twinkit.example("camera")


@pytest.fixture(scope="module")
def automotive():
    return twinkit.example("automotive")


@pytest.fixture(scope="module")
def ran(camera):
    """A model whose test has come to its end, and how many targets it showed on the way."""
    model, seen = SurvivalModel(camera), []
    model.observe(lambda change: seen.append(len(model.test.knocks)), "version")
    assert asyncio.run(model.refine())
    return model, seen


def test_results_come_lot_by_lot_and_are_those_of_the_whole_test(ran, camera):
    model, seen = ran
    assert seen == sorted(seen) and seen[0] < seen[-1] == 8
    whole = stress_test(camera, duration=30.0, replications=WORLDS).table()
    mine = model.test.table()
    assert whole["target"].tolist() == mine["target"].tolist()
    assert np.allclose(whole["extra_cost"], mine["extra_cost"]) and np.allclose(
        whole["time_to_survive"], mine["time_to_survive"]
    )


def test_the_longest_outages_come_first(automotive):
    lots = []

    def stop_soon(found):
        lots.append([k.target.periods for k in found.knocks])
        cancel.set()

    cancel = threading.Event()
    with pytest.raises(Cancelled):
        stress_test(automotive, replications=2, so_far=stop_soon, cancel=cancel)
    times = automotive["sites"].set_index("site")["time_to_recover"]
    keep = [t.name for t in used_targets(automotive, True)["sites"]]
    assert lots == [sorted(times[keep], reverse=True)[: len(lots[0])]]


def test_stopping_keeps_what_is_there(automotive):
    model = SurvivalModel(automotive)

    def few(case, what, so_far=None, **more):
        return stress_test(case, ["Fab Naka", "Fab Austin", *["Assembly Leipzig", "Assembly Puebla"] * 1, "Fab Dresden",
                                  "Resin Works Marl", "Fab Tainan"], so_far=so_far, **{**more, "replications": 2})  # fmt: skip

    model._test = few
    model.observe(lambda change: model.stop(), "version")
    assert not asyncio.run(model.refine())
    assert model.job.stopped and not model.job.running and len(model.test.knocks) == 6
    assert len(model.rows()) == 6 and survival_words.headline(model)


def test_each_is_out_for_its_own_time_where_the_case_has_one(automotive, camera):
    model = SurvivalModel(automotive)
    assert model.own_time and model.asked() == ("sites", None)
    model.what = "lanes"
    model.own_time = model.has_times("lanes")
    assert not model.own_time and model.asked() == ("lanes", 30.0)
    assert not SurvivalModel(camera).own_time  # no site of it has a time to recover


def test_sites_without_a_time_are_left_out_and_named():
    model = SurvivalModel(tiny_case())
    what, duration = model.asked()
    assert (what, duration) == ([SOURCE], None) and "1 of 2 sites have no time to recover" in model.notes[0]
    model.own_time = False
    assert model.asked() == ("sites", 30.0) and model.notes == []


def test_an_outage_that_outlasts_the_run_is_a_sentence_and_the_picture_stays(ran):
    model, _ = ran
    before = model.test
    model.days = 5000.0
    assert not asyncio.run(model.refine())
    assert "the run ends in period 730" in model.job.problems[0]
    assert model.test is before and model.answers == "sites, each out for 30 days"
    model.days = None
    assert not asyncio.run(model.refine()) and "duration" in model.job.problems[0]
    model.days = 30.0
    assert model.answers == ""


def test_the_ranking_is_by_loss_or_where_customers_wait_by_missing_days(ran):
    model, _ = ran
    assert model.waits and model.rows()["gap"].is_monotonic_decreasing
    said = survival_words.headline(model)
    top = model.rows().query("risk == 'whatever is done'").iloc[0]
    assert said[0].startswith(f"Without {top['target']} customers") and "at risk whatever is done" in said[0]
    assert model.rows().set_index("target").loc["Ship", "time_to_survive_timed"] == 0
    assert "Customers wait here" in said[1]
    facts = {f["name"]: f for f in survival_words.facts(model)}
    risky = model.test.at_risk()
    assert facts["at risk"]["value"] == f"{len(risky)} of 8" and "dearest" not in facts
    for fact in facts.values():
        title, sentences, _ = survival_words.why(model, fact["name"])
        assert title.endswith("?") and sentences


def test_rows_say_for_ever_and_never_average_what_is_censored(automotive):
    model = SurvivalModel(automotive)
    model.test = stress_test(
        automotive, ["Resin Works Marl", "Cell Plant Ochang", "Fab Naka", "Assembly Leipzig"], replications=2
    )
    cells, keys = survival_words.table_rows(model)
    row = next(c for c in cells if c[0] == "Resin Works Marl")
    assert row[2].startswith("▲ ") and row[4] == "not seen"
    assert all(math.isfinite(k) for key in keys for k in key[1:])
    said = survival_words.headline(model)
    assert re.match(r"Without Resin Works Marl customers can be served for \d\d days at best; it would be out for 180: at risk", said[0])
    rows = model.rows().set_index("target")
    naka = next(c for c in cells if c[0] == "Fab Naka")  # without lead times it lasts 167 days: that is not what the mark is about
    assert rows.loc["Fab Naka", "time_to_survive"] > 160 and naka[2].startswith("▲ ") and not naka[2].endswith("167")
    assert "can be served until it is back" not in " ".join(said)


def test_what_no_longer_answers_is_labelled_or_goes_at_once(ran, camera):
    """Another length: the old answer says what it is about.  Another kind: nothing of the old one stays, whenever it is stopped."""
    model = SurvivalModel(camera)
    model._show(ran[0].test)
    model.days = 12.0
    assert model.answers == "sites, each out for 30 days" and model.test is not None
    model.days = 13.0
    assert model.answers == "sites, each out for 30 days"
    model.days = 30.0
    assert model.answers == ""
    model.what = "countries" if "countries" in model.targets else "lanes"
    assert model.test is None and model.rows().empty and model.answers == ""
    asyncio.run(model.refine())
    assert {k.target.kind for k in model.test.knocks} in ({"country"}, {"lane"}) and model.answers == ""
    assert len(model.test.knocks) == model.asked_for


def test_who_is_hit_is_the_difference_to_the_same_worlds():
    case = tiny_case()
    target = used_targets(case, True)["sites"][1]
    found = look_at(case, target, 12.0, 16)
    outcome = found.outcome
    lacked = (outcome.calm_markets["served"] - outcome.markets["served"])[0, found.start :].sum(axis=0)
    (hit,) = hits_of(outcome, found.start)
    assert hit.units == pytest.approx(lacked.mean()) and hit.low < hit.units < hit.high
    assert any("goes without" in line for line in found.sentences())


def test_where_customers_wait_it_is_said_how_much_they_wait_for(camera):
    target = used_targets(camera, True)["sites"][0]
    found = look_at(camera, target, 30.0, 16)
    assert "customers wait for up to" in found.sentences()[0] and "as a rule" in found.sentences()[1]


def test_a_guess_weighs_the_test_without_running_it_again(ran):
    model, _ = ran
    calls = []
    model._test = lambda *args, **more: calls.append(args)
    model.picked = "Transfer"
    model.likelihood = {"Transfer": 0.1, "gone": 0.5}
    rows = model.rows().set_index("target")
    assert not calls and rows.loc["Transfer", "likelihood"] == 0.1 and model.test.likelihood == {"Transfer": 0.1}
    assert survival_words.in_a_year(model).startswith("Lost once in 10 years, it costs")
    model.likelihood = {}
    assert model.test.likelihood == {}
    model._test = stress_test


def test_the_state_of_an_address_round_trips_and_a_wrong_one_is_sentences(automotive):
    model, other = SurvivalModel(automotive), SurvivalModel(automotive)
    model.what, model.own_time, model.days, model.picked = "ports", False, 12.0, "Suez Canal"
    model.likelihood = {"Suez Canal": 0.1}
    assert other.load_state(model.state()) == [] and other.state() == model.state()
    wrong = other.load_state({"what": "moons", "days": -3, "picked": "<b>", "likelihood": "x"})
    assert len(wrong) == 3 and "'moons'" in wrong[0] and other.what == "ports" and other.picked == ""


def test_what_was_tested_can_be_reported_and_run_again(ran):
    model, _ = ran
    page = report_of(model.test).to_html()
    assert "Ship" in page and "cannot be run again" not in page


def test_a_page_of_names_that_would_break_it():
    page = survival_view.SurvivalPage(tiny_case())
    assert asyncio.run(page.model.refine())
    page.show_results()
    assert page.map is None and page.table.rows[0][0] == SOURCE and not page.guard.message
    page.model.own_time = False
    assert asyncio.run(page.model.refine())
    page.show_results()
    assert {row[0] for row in page.table.rows} == {SHOP, SOURCE} and not page.guard.message


def test_a_case_with_problems_is_a_list_of_sentences(tmp_path):
    (tmp_path / "sites.csv").write_text("site,kind\nMill,<script>\n")
    head = survival_view.show(tmp_path).children[0]
    assert any("<script>" in sentence for sentence in head.problems) and len(head.problems) > 1
    assert survival_view.show("no such case").children[0].problems[0].startswith("there is no case")
