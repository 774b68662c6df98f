"""The advice app without its page: what is searched, what the weights choose, what is said and kept."""

import asyncio
import json
import sys

import numpy as np
import pytest
from tiny_case import SOURCE, tiny_case

import twinkit
from twinkit.apps import advice_figures, advice_view, advice_words
from twinkit.apps.advice_keep import keep, place_of, record_bytes
from twinkit.apps.advice_model import AdviceModel
from twinkit.apps.advice_risks import first_risks, own_risk, risks_from, risks_of, wrong_risks
from twinkit.apps.advice_run import Go, Weights, advise, best_point, first_look, instead, points_of, weighed
from twinkit.report import report_of
from twinkit.study.decision import DecisionRecord, read_decisions
from twinkit.study.levers import levers_of
from twinkit.study.recommend import recommend
from twinkit.tables import CaseError, write_case

GOES = (Go(1, 8, 8, False, 0.4), Go(4, 8, 16, True, 0.5))


def quick(*args, **more):
    return advise(*args, goes=GOES, **more)


@pytest.fixture(scope="module")
def case():
    return tiny_case()


@pytest.fixture(scope="module")
def ran(case):
    """A model whose search has come to its end, and what it had on the way."""
    model, seen = AdviceModel(case, quick), []

    def note(change):
        seen.append((len(model.looks), None if model.found is None else model.found.fresh, model.quick))

    model.observe(note, "version")
    assert asyncio.run(model.refine())
    return model, seen


# --- what is asked for


def test_it_begins_with_events_that_struck_different_places_on_different_days():
    rows = first_risks(twinkit.example("automotive"))
    assert [r["name"] for r in rows] == ["Tohoku earthquake 2011 Naka", "Thai floods 2011"]
    assert all(r["years"] == 20.0 for r in rows)


def test_a_case_without_events_begins_with_the_loss_of_a_site():
    camera = twinkit.example("camera")
    (row,) = first_risks(camera)
    assert wrong_risks(camera, [row]) == [] and "is lost for 30 days" in row["name"]
    assert risks_of([row])[0].probability == pytest.approx(1 / 20)


def test_once_in_so_many_years_is_read_from_a_case_that_says_it(case):
    events = case["events"].assign(time_between=3650.0)
    assert first_risks(case.replace(events=events))[0]["years"] == pytest.approx(10.0)


def test_what_is_wrong_is_sentences_and_nothing_is_run(case):
    model = AdviceModel(case, lambda *args, **more: pytest.fail("was run"))
    model.risks = []
    assert not asyncio.run(model.refine()) and "add a risk" in model.blockers[0]
    model.add_risk({**first_risks(case)[0], "years": None})
    assert not asyncio.run(model.refine()) and "once in how many years" in model.blockers[0]
    model.reset()
    model.risks = [own_risk(case, "<b>nowhere", 5.0)]
    assert not asyncio.run(model.refine()) and "<b>nowhere" in model.blockers[0]
    model.reset()
    model.budget = -1.0
    assert not asyncio.run(model.refine()) and "budget" in model.blockers[0]


def test_measures_without_a_price_are_left_out_until_they_have_one():
    model = AdviceModel(twinkit.example("automotive"))
    unpriced = {lever.name for lever in levers_of(model.case) if lever.price is None}
    assert {lever.name for lever in model.left_out()} == unpriced and "second_source" in unpriced
    assert "second_source" not in model.wanted()[0]
    assert "Share of second sources" in advice_words.left_out(model)[0]
    assert not {"build_up_days", "detection_delay", "ramp_up"} & set(model.wanted()[0])
    model.risks = [{**model.risks[0], "notice": 30.0}]
    assert "build_up_days" in model.wanted()[0]  # where it is known of beforehand
    model.prices = {"second_source": 2e7}
    assert "second_source" in model.wanted()[0] and model.wanted()[1] == {"second_source": 2e7}


def test_without_optuna_the_page_says_what_to_install(case, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    model = AdviceModel(case, quick)
    assert not asyncio.run(model.refine())
    assert "Optuna" in model.blockers[0] and "twinkit[optimise]" in model.blockers[0]
    page = advice_view.AdvicePage(case)
    page.model.blockers = model.problems()
    assert "Optuna" in page.head.problems[0]


def test_an_optuna_that_breaks_later_is_a_sentence_too(case):
    def breaks(*args, **more):
        raise ImportError("no module named optuna")

    model = AdviceModel(case, breaks)
    assert not asyncio.run(model.refine())
    assert "pip install 'twinkit[optimise]'" in model.job.problems[0]


# --- what comes of it


def test_first_a_look_then_an_answer_then_a_better_one(ran):
    model, seen = ran
    assert seen[0] == (len(model.wanted()[0]), None, True)
    assert [fresh for _, fresh, _ in seen if fresh] == [8, 16, 16] and not model.quick
    assert model.found.stressed == [] or len(model.found.unseen) > 0


def test_a_first_look_is_the_paired_difference(case):
    risks = risks_of(first_risks(case))
    (look, *_) = [
        x
        for x in first_look(case, risks, [x.name for x in levers_of(case) if x.price], {}, None)
        if x.lever.startswith("safety")
    ]
    as_studied = recommend(case, risks, levers=[look.lever], trials=1, replications=16, fresh=2, unseen=[])
    base = next(t.appraisal for t in as_studied.tuned if not t.appraisal.levers)
    same = [t.appraisal for t in as_studied.tuned if t.appraisal.levers == {look.lever: look.value}]
    assert look.gain == pytest.approx((base.total - same[0].total).mean())


def test_without_opinions_the_choice_is_that_of_the_study(ran):
    model, _ = ran
    assert best_point(model.found, Weights()).appraisal.levers == model.found.best.levers
    assert model.shown is model.found


def test_weights_choose_along_the_front_without_another_search(ran):
    model, _ = ran
    points = [p for p in points_of(model.found) if p.allowed]
    for weights in (Weights(10, 1, 0), Weights(1, 10, 0), Weights(0, 0, 10), Weights(0, 1, 5)):
        chosen = best_point(model.found, weights)
        assert weighed(chosen, weights) == min(weighed(p, weights) for p in points)
    dear, cheap = best_point(model.found, Weights(0, 1, 0)), best_point(model.found, Weights(1, 0, 0))
    assert dear.appraisal.expected.mean() <= cheap.appraisal.expected.mean()
    assert dear.appraisal.cost.mean() >= cheap.appraisal.cost.mean()


def test_another_point_is_measured_on_the_luck_of_the_report(ran):
    model, _ = ran
    levers = next(
        p.appraisal.levers for p in model.points if p.appraisal.levers and p.appraisal.levers != model.found.best.levers
    )
    other = instead(model.found, levers)
    assert other.best.levers == levers and set(other.without) == set(levers)
    assert np.array_equal(other.base.losses, model.found.base.losses)  # the same worlds
    for name in levers:
        assert other.singles[name].levers == {name: levers[name]}
    assert instead(model.found, model.found.best.levers) is model.found


def test_moved_weights_show_the_other_point(ran):
    model, _ = ran

    async def move():
        model.weights = Weights(0, 0, 10)
        moved = model.point.appraisal.levers
        await model.settled()
        assert model.shown.best.levers == moved
        model.weights = Weights()
        await model.settled()

    asyncio.run(move())
    assert model.shown is model.found


def test_what_is_said_holds_the_interval_and_the_condition(ran):
    model, _ = ran
    said = advice_words.headline(model)
    assert said[0].startswith(("Do this: ", "Leave things as they are"))
    facts = {f["name"]: f for f in advice_figures.facts(model)}
    assert set(facts) == {"gain", "cost", "saved", "worst"}
    assert all("95 % sure" in facts[name]["interval"] for name in ("cost", "saved"))
    assert "too few runs to say how sure" in facts["worst"]["interval"] or "95 % sure" in facts["worst"]["interval"]
    for name in facts:
        title, sentences, _ = advice_figures.why(model, name)
        assert title.endswith("?") and sentences
    told = " ".join(advice_words.sureness(model))
    assert "had no part in the choice" in told and "a little too good" in told
    rows, keys = advice_words.table_rows(model)
    assert len(rows) == len(keys) == len(model.wanted()[0]) and all(row[-1] for row in rows)


# --- address and record


def test_the_state_of_an_address_round_trips(case):
    model, other = AdviceModel(case, quick), AdviceModel(case, quick)
    model.add_risk(own_risk(case, SOURCE, 9.0, 33.0))
    model.weights, model.budget = Weights(1, 2, 3), 500.0
    state = json.loads(json.dumps(model.state()))
    assert other.load_state(state) == [] and other.state() == model.state()


def test_a_link_of_anybody_is_sentences(case):
    rows, wrong = risks_from(
        case,
        [
            {"name": "x", "events": [{"site": 3}]},
            "y",
            {"name": "closed", "years": "often"},
            {"name": "<b>", "events": 7},
        ],
    )
    assert [r["name"] for r in rows] == ["closed"] and rows[0]["years"] == 20.0 and len(wrong) == 3
    model = AdviceModel(case, quick)
    assert len(model.load_state({"risks": 3, "prices": {"moon": 1}, "weights": [1, "x", 2], "budget": "all"})) == 1
    assert model.weights == Weights() and model.budget is None and model.risks


def test_a_decision_is_kept_beside_a_case_of_ones_own(ran, case, tmp_path):
    folder = write_case(case, tmp_path / "mine")
    record, path = keep(ran[0].shown, " Ann ", "cheap enough", place_of(folder))
    assert path is not None and read_decisions(folder)[0][0].by == "Ann"
    assert json.loads(record_bytes(record)) == json.loads(path.read_text(encoding="utf-8"))
    with pytest.raises(CaseError, match="who decides"):
        keep(ran[0].shown, "  ", "", None)


def test_a_decision_on_a_shipped_case_is_a_file_to_take_away(ran, tmp_path):
    assert place_of("automotive") is None and place_of(None) is None and place_of("no such case") is None
    record, path = keep(ran[0].shown, "Ann", "", None)
    (tmp_path / f"{record.id}.json").write_bytes(record_bytes(record))
    assert path is None and DecisionRecord.load(tmp_path / f"{record.id}.json") == record


def test_what_is_shown_can_be_reported(ran):
    assert "twinkit" in report_of(ran[0].shown).to_html()


def test_a_page_without_measures_says_so():
    bare = tiny_case()
    bare = bare.replace(stocks=bare["stocks"].assign(policy="unlimited", unit_cost=5.0), lanes=bare["lanes"].iloc[:0])
    model = AdviceModel(bare, quick)
    assert not asyncio.run(model.refine()) and "no measures" in model.blockers[0]
