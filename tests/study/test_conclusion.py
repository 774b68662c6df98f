"""How sure a conclusion is: how the answer narrows, what it depends on, what is said of it, and what is asked for."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from tiny_case import SOURCE, tiny_case

import twinkit
from twinkit.question import Plain
from twinkit.questions.confidence import OWN, ConfidenceQuestion, asked_with
from twinkit.report import report_of
from twinkit.result import Facts, Table, definitions_of
from twinkit.run.ensemble import ensemble
from twinkit.run.statistics import share_interval
from twinkit.show.decide import narrowing
from twinkit.study import conclusion
from twinkit.study.conclusion import Conclusion, Go, how_sure, how_sure_in_parts, known_levers, unknowns, varied
from twinkit.study.risks import Risk
from twinkit.study.sensitivity import Sensitivity

GOES = (Go(("demand",), 2, 2, 2, 0.4), Go(("demand", "event_duration"), 2, 4, 2, 0.4))
CLOSED = Risk(("closed",), 0.05, "closed")


@pytest.fixture(scope="module")
def case():
    return tiny_case()


@pytest.fixture(scope="module")
def parts(case):
    """All that comes on the way to the answer."""
    pytest.importorskip("SALib")
    asking = ConfidenceQuestion(Plain(case))
    return list(how_sure_in_parts(case, CLOSED, asking.levers, replications=64, goes=GOES))


def made(gain, case=None, study=None):
    """A conclusion of a gain by world that was made up."""
    gain = np.asarray(gain, float)
    return Conclusion(case or tiny_case(), CLOSED, {"safety_days_tier_0": 15.0}, {}, True, gain, gain, 0.0 * gain, 0.0, study)


def test_first_the_effect_in_more_and_more_worlds_then_what_it_depends_on(parts):
    seen = [(p.worlds, None if p.study is None else len(p.study.inputs), p.rough) for p in parts]
    assert seen == [(16, None, True), (32, None, True), (64, None, True), (64, 2, True), (64, 3, False)]
    assert set(parts[-1].study.inputs) == {"demand", "event_duration", "probability of closed"}


def test_the_study_gives_what_its_last_part_is(case, parts, monkeypatch):
    monkeypatch.setattr(conclusion.how_sure_in_parts, "__kwdefaults__", {**conclusion.how_sure_in_parts.__kwdefaults__, "goes": GOES})
    found = how_sure(case, CLOSED, parts[-1].levers, replications=64)
    assert (found.gain == parts[-1].gain).all() and found.tornado().equals(parts[-1].tornado())


def test_the_effect_is_what_two_ensembles_say(case):
    asking = ConfidenceQuestion(Plain(case), ask_for="each")
    found = next(how_sure_in_parts(case, asking.risk, asking.levers, yearly=False))
    quiet = case.replace(events=case["events"].assign(scheduled=False))
    event = asking.risk.events[0]
    both = ensemble(quiet, [twinkit.Scenario("as is", (event,)), twinkit.Scenario("with", (event,), asking.levers)], 16)
    lost = [o.calm_kpis["earnings"] - o.kpis["earnings"] for o in both.values()]  # the case has prices
    assert found.loss == pytest.approx(lost[0], rel=1e-9)
    assert found.gain == pytest.approx(lost[0] - lost[1], rel=1e-9)


def test_intervals_are_those_of_the_textbook():
    values = np.random.default_rng(3).normal(4.0, 2.0, 64)
    found = made(values)
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.interval()[1:] == pytest.approx((low, high), rel=5e-3)  # but for the correction of skewness
    assert found.interval(16)[0] == pytest.approx(values[:16].mean())
    assert found.helps() == share_interval(int((values > 0).sum()), 64)
    assert found.steps() == [16, 32, 64] and found.clear


def test_an_effect_that_is_not_clear_says_how_many_runs_would_tell():
    found = made(np.random.default_rng(3).normal(0.1, 2.0, 64))
    said = found.sentences()
    assert said[0].startswith("Not sure") and "leaves both open" in said[1]
    mean, low, high = found.interval()
    assert f"{round(64 * ((high - low) / 2 / mean) ** 2):,} runs" in said[1]


@pytest.mark.parametrize(("mean", "wrong"), [(5.0, 0.25), (-5.0, 0.75), (0.0, 0.25)])
def test_wrong_under_other_assumptions_is_where_the_answer_would_be_the_other_one(mean, wrong):
    """Where doing nothing is best, the cases in which the measure is better speak against that, and not the others."""
    luck = np.random.default_rng(1).normal(0.0, 1.0, 64)
    space = np.zeros((8, 1)), np.repeat([-1.0, 1.0], [2, 6])[:, None] * np.ones((8, 4))
    varied_ = {"demand": SimpleNamespace(name="demand", label="Demand", unit="factor", low=0.5, high=2.0, usual=1.0)}
    lines = {"demand": np.linspace(-1.0, 1.0, 5)[:, None] * np.ones((5, 64)) + mean}
    study = Sensitivity(tiny_case(), [None, None], "total", varied_, luck, lines, None, None, space)
    found = made(luck - luck.mean() + mean, study=study)
    share, low, high = found.turned()
    assert share == wrong and low < share < high
    [facts] = [b for b in ConfidenceQuestion.tell(found).blocks if isinstance(b, Facts)]
    fact = facts.items[2]
    assert ("measure would be better" in fact.definition) == (mean < 0) and fact.label.startswith("wrong" if mean else "doing nothing")
    assert fact.value == f"{100 * wrong:.0f}\u00a0%" or fact.value == f"{100 * wrong:.0f} %"


def test_what_is_varied_follows_the_question():
    case = twinkit.example("automotive")
    levers = {"extra_capacity": 0.1}
    prices = conclusion._all_prices(case, levers, {"extra_capacity": 3e7})
    assert "price of extra_capacity" in varied(case, CLOSED, prices, True)
    assert not any(name.startswith(("probability", "price")) for name in varied(case, CLOSED, prices, False))


def test_a_measure_without_a_price_asks_for_one():
    ground = Plain(twinkit.example("automotive"))
    assert not ConfidenceQuestion(ground).problems()
    asking = ConfidenceQuestion(ground, measure="extra_capacity", value=0.1)
    assert "has no price in this case: give one" in asking.problems()[0] and "10 %" in asking.standing()["price"].title
    asking.ask_for = "each"
    assert not asking.problems() and "price" not in asking.standing() and "years" not in asking.standing()
    asking.ask_for, asking.price = "year", 3e6  # for 10 %, as its title says
    assert asking.paid() == {"extra_capacity": 3e7} and not asking.problems()


def test_what_is_wrong_is_said_all_at_once(case):
    asking = ConfidenceQuestion(Plain(case), event="moon", measure="magic")
    assert [s.split(":")[0] for s in asking.problems()] == ["Which event?", "Which measure?"]
    assert any("stands anyway" in s for s in ConfidenceQuestion(Plain(case), value=0.0).problems())
    asking = ConfidenceQuestion(Plain(case), event=OWN, site="nowhere")
    assert "there is no 'nowhere'" in asking.problems()[0]
    asking = ConfidenceQuestion(Plain(case))
    asking.measure = "safety_days_tier_0"
    asking.value = 1e9
    assert "must be a number from" in asking.problems()[0]


def test_another_event_or_measure_brings_its_own_numbers():
    asking = ConfidenceQuestion(Plain(twinkit.example("automotive")))
    asking.measure = "extra_capacity"
    asking.follow("measure")
    lever = known_levers(asking.ground.case)["extra_capacity"]
    assert lever.low <= asking.value <= lever.high and asking.value != lever.start and asking.price is None


def test_without_salib_the_effect_is_there(case, monkeypatch):
    monkeypatch.setattr(conclusion, "find_spec", lambda name: None)
    found = list(how_sure_in_parts(case, CLOSED, ConfidenceQuestion(Plain(case)).levers, replications=16))
    assert [f.worlds for f in found] == [16] and found[0].study is None
    assert found[0].tornado().empty


def test_all_that_is_said_has_a_number_a_meaning_and_a_why(parts):
    answer = ConfidenceQuestion.tell(parts[-1])
    [facts] = [b for b in answer.blocks if isinstance(b, Facts)]
    assert len(facts.items) == 4 and all(f.interval and f.definition and f.why for f in facts.items)
    tables = {b.name: b for b in answer.blocks if isinstance(b, Table)}
    rows = tables["table"].frame
    turning = parts[-1].study.thresholds()["threshold"]
    assert [t == "stays the same" for t in rows["turns"]] == sorted(math.isnan(t) for t in turning)
    assert len(tables["worlds"].frame) == 3 and "Turns round" in definitions_of(answer.blocks)


def test_what_the_model_does_not_know_is_read_off_the_case():
    case = twinkit.example("automotive")
    text = " ".join(unknowns(case, [Risk(("Nobeoka fab fire 2020",), 0.05, "PA-12 shortage 2012")], True))
    assert "once in 20 years is assumed" in text and "the way back is an assumption" in text
    fixed = int((case["lanes"]["lead_time_spread"] == 0).sum())
    assert f"{fixed} of {len(case['lanes'])} lanes always take the same time" in text
    marked = case["events"][["note", "source"]].agg(" ".join, axis=1).str.contains("assum|guess|estimate", case=False).sum()
    assert f"{marked} of {len(case['events'])} rows of the table of events are marked" in text and "365 days" in text
    assert len(unknowns(tiny_case(), [Risk(("closed",), None, "x")])) >= 5


def test_the_picture_says_in_words_what_it_shows():
    values = np.random.default_rng(1).normal(5e6, 1e6, 64)
    words = narrowing(made(values)).description
    assert words.count("runs:") == 3 and f"64 runs: {values.mean() / 1e6:.2f} M EUR a year" in words


def test_a_link_of_another_page_asks_the_same(case):
    levers = {name: 9.0 for name, lever in known_levers(case).items() if not lever.flag and lever.allows(9.0) and not lever.foreseen}
    own = {"name": "lost", "events": [twinkit.event_of("outage", start=10, duration=9, site=SOURCE)], "years": 7.0}
    asking = ConfidenceQuestion(Plain(case))
    assert asking.take(json.loads(json.dumps(asked_with(case, own, levers, {})))) == []
    assert asking.levers == levers and asking.event == OWN and asking.site == SOURCE and asking.risk.probability == 1 / 7
    assert asking.take(asked_with(case, {"name": "closed", "events": ["closed"], "years": 4.0}, levers, {})) == [] and asking.event == "closed"


def test_what_is_shown_can_be_reported_and_run_again(parts, tmp_path):
    path = tmp_path / "report.html"
    report_of(parts[0]).save(path)
    assert "What the model does not know" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("share", "rough", "says"), [
    (0.05, False, "quite sure."), (0.31, False, "sure if the assumptions hold, but 31 % of the other assumptions that were tried turn it round."),
    (0.31, True, "the assumptions are still to be looked at."),
])  # fmt: skip
def test_how_sure_is_said_of_the_luck_and_of_the_assumptions(share, rough, says):
    study = SimpleNamespace(other_better=lambda clearly=False: (share, share - 0.1, share + 0.1))
    found = replace(made(np.full(16, 5.0) + np.arange(16)), study=study, rough=rough)
    assert found.clear and found.sentences()[0].endswith(says)
    assert made(np.full(16, 5.0) + np.arange(16)).sentences()[0].endswith("the assumptions are still to be looked at.")
