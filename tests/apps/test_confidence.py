"""The confidence app without its page: how the answer narrows, what it depends on, what is said of it."""

import asyncio
import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from tiny_case import SOURCE, tiny_case

import twinkit
from twinkit.apps import confidence_words
from twinkit.apps.advice_run import some_way
from twinkit.apps.confidence_model import ConfidenceModel
from twinkit.apps.confidence_pictures import narrowing_chart
from twinkit.apps.confidence_run import Effect, Go, dependence, effect_of, inputs_for
from twinkit.apps.confidence_unknown import unknowns
from twinkit.apps.confidence_view import ConfidencePage
from twinkit.apps.confidence_words import other_way
from twinkit.report import report_of
from twinkit.study.ensemble import ensemble
from twinkit.study.sensitivity_result import Sensitivity
from twinkit.study.statistics import share_interval

GOES = (Go(("demand",), 2, 2, 2, 0.4), Go(("demand", "event_duration"), 2, 4, 2, 0.6))


def narrow(question, so_far, progress=None, cancel=None):
    for worlds in (16, 32):
        found = effect_of(question, worlds, cancel)
        so_far(found)
    return found


def depend(question, **more):
    return dependence(question, GOES, **more)


@pytest.fixture(scope="module")
def case():
    return tiny_case()


@pytest.fixture(scope="module")
def ran(case):
    """A model that has come to its end, and what it had on the way."""
    model, seen = ConfidenceModel(case, narrow, depend), []

    def note(change):
        seen.append((model.effect.worlds, None if model.study is None else len(model.study.inputs), model.rough))

    model.observe(note, "version")
    assert asyncio.run(model.refine())
    return model, seen


def test_first_the_effect_in_more_and_more_worlds_then_what_it_depends_on(ran):
    _, seen = ran
    assert [s[:2] for s in seen] == [(16, None), (32, None), (32, 2), (32, 3), (32, 3)]
    assert [s[2] for s in seen] == [True, True, True, True, False]


def test_the_effect_is_what_two_ensembles_say(case, ran):
    model, _ = ran
    model.yearly = False
    question = model.question()
    found = effect_of(question, 16)
    quiet = case.replace(events=case["events"].assign(scheduled=False))
    event, levers = model.risk["events"][0], dict(model.levers)
    both = ensemble(quiet, [twinkit.Scenario("as is", (event,)), twinkit.Scenario("with", (event,), levers)], 16)
    lost = [o.calm_kpis["earnings"] - o.kpis["earnings"] for o in both.values()]  # the case has prices
    assert found.loss == pytest.approx(lost[0], rel=1e-9)
    assert found.gain == pytest.approx(lost[0] - lost[1], rel=1e-9)
    model.yearly = True


def test_intervals_are_those_of_the_textbook():
    values = np.random.default_rng(3).normal(4.0, 2.0, 64)
    effect = Effect(values, values, 0.0)
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert effect.interval()[1:] == pytest.approx((low, high), rel=5e-3)  # but for the correction of skewness
    assert effect.interval(16) == effect.interval(16) and effect.interval(16)[0] == pytest.approx(values[:16].mean())
    assert effect.helps() == share_interval(int((values > 0).sum()), 64)
    assert effect.steps() == [16, 32, 64] and effect.clear


def test_an_effect_that_is_not_clear_says_how_many_runs_would_tell(case):
    model = ConfidenceModel(case, narrow, depend)
    values = np.random.default_rng(3).normal(0.1, 2.0, 64)
    model.effect = Effect(values, values, 0.0)
    said = confidence_words.headline(model)
    assert said[0].startswith("Not sure") and "leaves both open" in said[1]
    mean, low, high = model.effect.interval()
    assert f"{round(64 * ((high - low) / 2 / mean) ** 2):,} runs" in said[1]


@pytest.mark.parametrize(("mean", "wrong"), [(5.0, 0.25), (-5.0, 0.75), (0.0, 0.25)])
def test_wrong_under_other_assumptions_is_where_the_answer_would_be_the_other_one(mean, wrong):
    """Where doing nothing is best, the cases in which the measure is better speak against that, and not the others."""
    luck = np.random.default_rng(1).normal(0.0, 1.0, 64)
    space = np.zeros((8, 1)), np.repeat([-1.0, 1.0], [2, 6])[:, None] * np.ones((8, 4))
    study = Sensitivity(None, [None, None], "total", {}, luck, {}, None, None, space)
    model = SimpleNamespace(effect=Effect(luck - luck.mean() + mean, luck, 0.0), study=study)
    label, told, (share, low, high) = other_way(model)
    assert share == wrong and low < share < high
    assert ("measure would be better" in told) == (mean < 0) and label.startswith("Wrong" if mean else "Doing nothing")


def test_what_is_varied_follows_the_question(ran):
    model, _ = ran
    assert set(model.study.inputs) == {"demand", "event_duration", "probability of closed"}
    each = ConfidenceModel(model.case)
    each.yearly = False
    assert not any(name.startswith(("probability", "price")) for name in inputs_for(each.question(), None))
    priced = ConfidenceModel(twinkit.example("automotive"))
    priced.levers, priced.prices = {"extra_capacity": 0.1}, {"extra_capacity": 3e7}
    assert "price of extra_capacity" in inputs_for(priced.question(), None)


def test_a_measure_without_a_price_asks_for_one():
    model = ConfidenceModel(twinkit.example("automotive"), narrow, depend)
    assert not model.problems()
    model.levers = {"extra_capacity": 0.1}
    assert "has no price in this case: give one" in model.problems()[0]
    model.yearly = False
    assert not model.problems()
    assert model.question().all_prices()["extra_capacity"].per_year == 0.0  # what is saved each time has no price in it


def test_what_is_wrong_is_sentences_and_the_answer_stays(ran):
    model, _ = ran
    before = model.effect, model.levers
    model.levers = {}
    assert not asyncio.run(model.refine()) and "No measure is moved" in model.blockers[0]
    model.levers = {before[1].copy().popitem()[0]: 1e9}
    assert not asyncio.run(model.refine()) and "choose a value from" in model.blockers[0]
    model.levers = before[1]
    assert model.effect is before[0]


def test_without_salib_the_effect_is_there_and_the_page_says_what_to_install(case, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib", None)
    model = ConfidenceModel(case, narrow, depend)
    assert not asyncio.run(model.refine())
    assert model.effect.worlds == 32 and model.study is None
    assert "SALib" in model.lacking[0] and "twinkit[optimise]" in model.lacking[0]


def test_all_that_is_said_has_a_number_and_a_why(ran):
    model, _ = ran
    facts = {f["name"]: f for f in confidence_words.facts(model)}
    assert set(facts) == {"effect", "helps", "range", "top"} and all(f["interval"] for f in facts.values())
    for name in facts:
        title, sentences, _ = confidence_words.why(model, name)
        assert title.endswith("?") and sentences
    rows, _ = confidence_words.table_rows(model)
    assert len(rows) == len(model.study.inputs)
    turning = model.study.thresholds()["threshold"]
    assert [row[2] == "stays the same" for row in rows] == [math.isnan(t) for t in turning]


def test_what_the_model_does_not_know_is_read_off_the_case():
    case = twinkit.example("automotive")
    told = unknowns(
        case,
        {"name": "PA-12 shortage 2012", "events": ["Nobeoka fab fire 2020"], "years": 20.0},
        {"extra_capacity": 1.0},
    )
    text = " ".join(told)
    assert "once in 20 years is what you say" in text and "the way back is an assumption" in text
    fixed = int((case["lanes"]["lead_time_spread"] == 0).sum())
    assert f"{fixed} of {len(case['lanes'])} lanes always take the same time" in text
    marked = (
        case["events"][["note", "source"]].agg(" ".join, axis=1).str.contains("assum|guess|estimate", case=False).sum()
    )
    assert f"{marked} of {len(case['events'])} rows of the table of events are marked" in text and "365 days" in text
    assert len(unknowns(tiny_case(), {"name": "x", "events": ["closed"], "years": None}, {})) >= 5


def test_the_picture_says_in_words_what_it_shows():
    values = np.random.default_rng(1).normal(5e6, 1e6, 64)
    words = narrowing_chart(Effect(values, values, 0.0), "EUR a year").description
    assert words.count("runs:") == 3 and f"64 runs: {values.mean() / 1e6:.2f} M EUR a year" in words


def test_the_state_of_an_address_round_trips(case):
    model, other = ConfidenceModel(case), ConfidenceModel(case)
    model.choose_loss(SOURCE, 9.0)
    model.yearly = False
    model.levers = {name: some_way(lever) for name, lever in list(model.known.items())[:2]}
    state = json.loads(json.dumps(model.state()))
    assert other.load_state(state) == [] and other.state() == model.state()
    wrong = other.load_state({"risk": {"name": "moon"}, "levers": {"moon": 1}, "prices": 3})
    assert len(wrong) == 2 and other.levers == model.levers


def test_what_is_shown_can_be_reported(ran):
    assert "twinkit" in report_of(ran[0].study).to_html()


def test_a_page_of_names_that_would_break_it(case, ran):
    page = ConfidencePage(case)
    page.model.effect, page.model.study = ran[0].effect, ran[0].study
    page.show_results()
    assert page.table.rows and page.runs.png and page.tornado.png and not page.guard.message
    camera = ConfidencePage(twinkit.example("camera"))
    assert camera.controls.own and camera.model.problems() == []
