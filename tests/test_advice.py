"""What should we do? As a question: what is missing is said at once, what is said holds, a decision is kept."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from ipywidgets import Widget
from tiny_case import SOURCE, tiny_case

import twinkit
from twinkit import question
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.keeper import Keeper
from twinkit.apps.kit.parts import Table as TablePart
from twinkit.capabilities.hazards.often import years_of
from twinkit.levers.lever import Price
from twinkit.levers.levers import levers_of
from twinkit.page.page import QuestionPage
from twinkit.question import Plain
from twinkit.questions.advice import AdviceQuestion, dearer
from twinkit.questions.confidence import OWN, ConfidenceQuestion
from twinkit.questions.decisions import DecisionsQuestion
from twinkit.report import report_of
from twinkit.result import Facts
from twinkit.run.scenario import Scenario
from twinkit.study import appraisal
from twinkit.study.appraisal import ledgers
from twinkit.study.conclusion import unknowns
from twinkit.study.decision import NO_EVENT, keep, place_of, read_decisions
from twinkit.study.recommend_words import action_words, advised, often_words, reservations
from twinkit.tables import CaseError, read_case, write_case
from twinkit.workbench.desk import Desk
from twinkit.workbench.registry import own_panel

pytest.importorskip("optuna")


def every(widget: Widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


@pytest.fixture
def asking():
    return AdviceQuestion(Plain(twinkit.example("automotive")), risks={})


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    folder = write_case(tiny_case(), tmp_path_factory.mktemp("case") / "tiny")
    panel = own_panel("advice")(Desk(read_case(folder), str(folder), replications=8))
    panel.risks, panel.trials, panel.worlds, panel.fresh = {"closed": 4.0}, 2, 4, 8
    assert panel.blockers == []
    assert asyncio.run(panel.run()), panel.job.problems
    return panel


def test_it_begins_with_the_dearest_events_that_struck_different_places_on_different_days():
    begun = AdviceQuestion(Plain(twinkit.example("automotive")))
    # a fire at the site, all hazards of a shortage that names none, a flood in its country: rows of data/automotive/hazards.csv
    assert {n: r["years"] for n, r in begun.risks.items()} == pytest.approx({"Nobeoka fab fire 2020": 100.0, "PA-12 shortage 2012": 1 / (1 / 100 + 1 / 200 + 1 / 400 + 1 / 600), "Thai floods 2011": 40.0}, rel=0.01)
    case, often = begun.ground.case, {n: 1 / years for n in begun.ground.case["events"]["event"] if (said := years_of(begun.ground.case, n))[1] and (years := said[0])}
    lost = twinkit.recommend(case, [twinkit.Risk(n, p) for n, p in often.items()], levers=["expediting"], unseen=(), trials=1, replications=8, fresh=8).by_risk()
    assert list(begun.risks)[:2] == lost["risk"].tolist()[:2] and "Thai floods 2011" in lost["risk"].tolist()[:3], "the dearest in a year, measured another way"
    assert next(iter(AdviceQuestion(Plain(case.replace(hazards=case["hazards"].iloc[:0]))).risks)) == case["events"]["event"].iloc[0], "where nobody says how often: as they stand"
    assert years_of(begun.ground.case, "Naka fab 90 days")[0] == pytest.approx(1 / (1 / 100 + 1 / 117 + 1 / 200 + 1 / 200 + 1 / 400), rel=0.005)
    assert begun.lost == {} and begun.problems() == [] and begun.state() == {}
    assert "table of hazards" in begun.notes()[0] and "an assumption and not measured" in begun.notes()[0] and all(n in begun.notes()[0] for n in begun.risks), "whose word it is"
    begun.risks = {"Thai floods 2011": {"years": 30.0}}
    assert not any("hazards" in n for n in begun.notes()), "said by a person"
    begun.lost = {"Fab Austin": {"days": 30.0}}
    begun.follow("lost")
    assert begun.lost["Fab Austin"]["years"] == pytest.approx(1 / (1 / 150 + 1 / 100 + 1 / 200 + 1 / 400), rel=0.005), "storms of its country"
    bare = twinkit.example("automotive")
    guessed = AdviceQuestion(Plain(bare.replace(hazards=bare["hazards"].iloc[:0])))
    assert {r["years"] for r in guessed.risks.values()} == {20.0} and "guess" in guessed.notes()[0]
    assert AdviceQuestion(Plain(bare.replace(settings={"periods": 60}))).risks, "a draft whose events begin after its end: that is said where it is checked"
    sure = ConfidenceQuestion(Plain(bare))
    assert sure.event == "Nobeoka fab fire 2020" and sure.years == 100.0 and "table of hazards" in sure.standing()["years"].meaning
    (lost,) = AdviceQuestion(Plain(twinkit.example("camera"))).all_risks()
    assert "is lost for 30 days" in lost.name and lost.probability == pytest.approx(1 / 20)
    case = tiny_case()
    often = case.replace(events=case["events"].assign(time_between=3650.0))
    assert AdviceQuestion(Plain(often)).risks["closed"]["years"] == pytest.approx(10.0)


def test_all_that_is_missing_is_said_at_once(asking):
    assert "say what may happen" in asking.problems()[0]
    asking.risks, asking.lost = {"Naka fab fire 2021": {"notice": 3.0}}, {"Fab Naka": {"days": 9.0}}
    asking.objectives, asking.levers, asking.since = [], ["extra_capacity"], 9999
    asking.prices = {"expediting": {"setup": 5.0}, "extra_capacity_tier_1": {"per_year": 1.0, "discount": 0.1}}
    asking.cost_counts = asking.loss_counts = 0.0
    asking.chosen = {"safety_days_tier_1": 99.0, "build_up_days": 1.0}
    told = " ".join(asking.problems())
    for part in ("once in how many years 'Naka fab", "how long Fab Naka", "objective", "no price", "how many years", "9999", "loses no discount",
                 "Nothing matters", "from 0 to 60 days, not 99", "Build stock before the event is not among"):  # fmt: skip
        assert part in told, part
    asking.risks = {"nothing": 20.0}
    assert "no 'nothing' in this case" in asking.problems()[0]
    asking.risks, asking.budget = {"Naka fab fire 2021": 0.5}, -1.0
    told = " ".join(asking.problems())
    assert "from 1 to 100000" in told and "Budget is -1" in told


def test_levers_without_a_price_are_left_out_until_there_is_one(asking):
    free = {lever.name for lever in levers_of(asking.ground.case) if lever.price is None}
    assert free and not free & set(asking.moved())
    name = "second_source"
    asking.prices = {name: {"per_year": 1e6}}
    assert name in asking.moved() and asking.price(name).per_year == 1e6
    label = next(lever.label for lever in levers_of(asking.ground.case) if lever.name == name)
    assert name in free and f"{label}," not in " ".join(asking.notes())
    assert "for 100 % more (your price)" in asking.options("prices")[name]


def test_a_price_for_more_is_no_price_for_less_and_nobody_prepares_for_a_fire(asking):
    asking.risks = {"Naka fab fire 2021": 10.0}
    asking.prices = {"second_source": {"per_year": 1e7, "given_up": -1e6, "discount": 0.02}}
    assert asking.price("second_source") == Price(1e7, discount=0.02, given_up=Price(-1e6))
    assert "given_up=twinkit.Price(per_year=-1000000.0)" in asking.code() and "discount=0.02" in asking.code()
    assert "second_source" in asking.moved() and not {"build_up_days", "detection_delay"} & set(asking.moved())
    assert any("nobody sees" in line and "Build stock" in line for line in asking.notes())
    asking.levers = ["build_up_days"]
    assert any("known" in line for line in asking.problems())
    asking.levers, asking.risks = [], {"Naka fab fire 2021": {"years": 10.0, "notice": 20.0}}
    assert "build_up_days" in asking.moved() and "notice=20.0" in asking.code()


def test_scenarios_with_events_may_be_risks():
    ground = Plain(tiny_case())
    ground.scenarios = {**ground.scenarios, "twice": Scenario("twice", ("closed", {"event": "more", "kind": "outage"}))}
    assert AdviceQuestion(ground).sources()["twice"][0] == "closed" and "as it is" not in AdviceQuestion(ground).sources()


def test_a_record_is_typed_in_a_panel_and_on_a_command_line(panel):
    guard, panel = Guard(), own_panel("advice")(panel.desk)
    view = panel.view()(panel, guard)
    view.asking.pressed_list("risks", None, {"press": "remove", "item": 0}, None)
    form = view.lists["risks"]
    for values in ({"name": "closed", "years": 0.5, "notice": None}, {"name": "moon", "years": 9.0, "notice": None}, {"name": "closed", "years": None, "notice": None}):
        form.values = {**values, "said": -1}
        view.asking.pressed_list("risks", None, {"press": "add"}, None)
        assert panel.risks == {} and view.notes.sentences[0]
    form.values = {"name": "closed", "years": 25.0, "notice": 12.0, "said": -1}
    view.asking.pressed_list("risks", None, {"press": "add"}, None)
    said = form.groups[0]["fields"][-1]["items"][0]
    assert panel.risks == {"closed": {"years": 25.0, "notice": 12.0}} and "25 years" in said and "12 days" in said and not guard.message
    read = AdviceQuestion.asked_for()["risks"].read_text
    assert read("closed=25/notice:12, fire=10") == {"closed": {"years": 25.0, "notice": 12.0}, "fire": {"years": 10.0}}
    with pytest.raises(ValueError, match="years:…/notice:…"):
        read("closed=25/when:12")


def test_a_link_of_anybody_is_sentences():
    asking = AdviceQuestion(Plain(tiny_case()))
    wrong = asking.take({"risks": {"closed": {"years": "often"}}, "prices": {"moon": 1.0}, "budget": "all", "lost": 7, "<b>": 1})
    assert len(wrong) == 5 and asking.state() == {}
    assert asking.take({"risks": {"closed": {"years": 33.0}}, "lost": {SOURCE: {"days": 9.0, "years": 5.0}}, "worst_counts": 3.0}) == []
    other = AdviceQuestion(Plain(tiny_case()))
    assert other.take(json.loads(json.dumps(asking.state()))) == [] and other.code() == asking.code()


@pytest.fixture(scope="module")
def answers():
    """A first answer and the final one."""
    asking = AdviceQuestion(Plain(tiny_case()), trials=4, worlds=8, fresh=16)
    return list(asking.parts())


def test_first_an_answer_from_few_sets_then_the_one_of_the_study(answers):
    first, last = answers
    assert first.first and not last.first and first.fresh == 16 and len(first.tuned) < len(last.tuned)
    assert "first answer" in " ".join(advised(first)) and "first answer" not in " ".join(advised(last))
    again = AdviceQuestion(Plain(tiny_case()), trials=4, worlds=8, fresh=16).run()
    assert again.table().equals(last.table())


def test_what_matters_and_a_set_of_ones_own_choose_without_another_run(monkeypatch):
    ground = Plain(tiny_case())
    size = {"trials": 4, "worlds": 8, "fresh": 16}
    usual = AdviceQuestion(ground, **size).run()
    finalists = [new for _, new in usual.finalists]
    asked = []
    monkeypatch.setattr(appraisal, "ledgers", lambda case, scenarios, *args, **more: asked.extend(scenarios) or ledgers(case, scenarios, *args, **more))
    cheap = AdviceQuestion(ground, **size, loss_counts=0.0).run()
    assert cheap.best.cost.mean() == min(a.cost.mean() for a in finalists)
    dear = AdviceQuestion(ground, **size, cost_counts=0.0).run()
    assert dear.best.levers == min(finalists, key=lambda a: (a.expected.mean(), a.price)).levers
    assert len(asked) <= 8, "the search is not made again"  # the sets without each lever of another choice are new
    levers = next(a.levers for a in finalists if a.levers and a.levers != usual.best.levers)
    own = AdviceQuestion(ground, **size, chosen={k: float(v) for k, v in levers.items()}).run()
    assert own.best.levers == levers and np.array_equal(own.base.losses, usual.base.losses)


def test_what_is_said_holds_the_interval_and_the_condition(answers):
    for found in answers:
        said = advised(found)
        assert said[0].startswith(("Do this: ", "Leave things as they are", "Nothing is clearly worth doing"))
        facts, *_ = [b for b in AdviceQuestion.tell(found).blocks if isinstance(b, Facts)]
        risk, do, *figures = facts.items
        assert [f.label for f in figures] == ["it costs", "it saves", "worth in all", "worst 5 %, on average"] and all(f.why for f in figures)
        assert risk.value == found.by_risk()["risk"].iloc[0] and often_words(found.by_risk()["probability"].iloc[0]) in risk.interval
        assert do.label == ("do this" if found.clear else "do" if not found.best.levers else "best that was found")
        assert do.value == (action_words(found.levers, found.best.levers) if found.best.levers else "nothing")
        assert all(found.levers[k].sites[0] in " ".join(said) for k in found.best.levers if k.startswith("safety") and found.clear), "where the stock is kept"
        rows = found.front().set_index("set")
        kept = rows[rows["chosen"]].iloc[0]
        assert kept["cost"] == pytest.approx(found.best.cost.mean()) and kept["worst 5 %"] == pytest.approx(found.best.worst), "one figure for one thing"
        assert rows.loc["leave things as they are", "expected loss"] == pytest.approx(found.base.expected.mean())
        risks = found.by_risk()
        assert risks["expected"].sum() == pytest.approx(found.base.expected.mean()) and (risks["probability"] * risks["loss"]).sum() == pytest.approx(found.best.expected.mean())
        for fact in [risk, *figures[:3]]:
            assert "95 % sure" in fact.interval or (fact.value.startswith("0 ") and "0 in every run" in fact.interval), fact
    told = " ".join(reservations(answers[-1]))
    assert "had no part in the choice" in told and "A search flatters what it picks" in told
    assert all(answers[-1].table()["stops_paying"].iloc[:-1])


def test_an_event_that_costs_more_than_the_risks_in_a_year_is_named(answers, monkeypatch):
    found, other = answers[0], "PA-12 shortage 2012"
    case, top = twinkit.example("automotive"), found.by_risk()["expected"].iloc[0]
    years, _ = years_of(case, other)
    for each, named in ((1.01 * top * years, True), (0.99 * top * years, False)):
        rows = pd.DataFrame([{"event": other, "loss_as_is": each}, {"event": "Suez blockage 2021", "loss_as_is": 1e12}])
        monkeypatch.setattr(type(found), "stress", lambda self, rows=rows: rows)
        said = dearer(replace(found, case=case))
        assert [one.split(" costs more")[0] for one in said] == [other] * named, "nobody has said how often a canal is blocked"


def test_what_may_be_no_gain_is_no_advice(answers):
    found = answers[-1]
    luck = np.random.default_rng(1).normal(40.0, 900.0, 16)
    best = replace(found.base, levers={"safety_days_tier_0": 2.0}, running=-luck)
    doubtful = replace(found, best=best, without={}, singles={"safety_days_tier_0": best}, weights=(1.0, 1.0, 0.0))
    assert doubtful.gain(best).low < 0 < doubtful.gain(best).high and not doubtful.clear
    assert advised(doubtful)[0] == "Nothing is clearly worth doing." and "2 days of extra stock" in advised(doubtful)[1]
    sure = replace(doubtful, best=replace(best, running=np.linspace(-50.0, -30.0, 16)))
    assert sure.clear and advised(sure)[0].startswith("Do this: 2 days")


def test_the_page_shows_it_and_keeps_the_decision(tmp_path, monkeypatch):
    monkeypatch.setattr("twinkit.apps.kit.parts.DPI", 24)
    folder = write_case(tiny_case(), tmp_path / "mine")
    monkeypatch.setenv("TWINKIT_CASE", str(folder))
    page = QuestionPage(AdviceQuestion, tiny_case())
    page.panel.trials, page.panel.worlds, page.panel.fresh = 2, 4, 8

    async def ask():
        assert await page.run(), page.panel.job.problems
        await page.settled()

    asyncio.run(ask())
    assert page.head.sentences[0].startswith(("Do this", "Leave", "Nothing")) and not page.head.problems and not page.guard.message
    names = {w.testid for w in every(page.box) if isinstance(w, TablePart)}
    assert {"actions", "front"} <= names and not {"break-evens", "bias"} & names
    (save,) = [w for w in every(page.box) if getattr(w, "testid", "") == "keep"]
    (form,) = [w for w in every(page.box) if getattr(w, "testid", "") == "decision"]
    form.values = {"by": "Ann", "reason": "cheap enough"}
    assert asyncio.run(save.press("decision")) and read_decisions(folder)[0][0].by == "Ann"
    assert "twinkit" in report_of(page.panel.job.result).to_html()


def test_without_the_optional_package_a_sentence_says_what_to_install(asking, monkeypatch):
    monkeypatch.setattr(question, "find_spec", lambda name: None)
    assert any('pip install "twinkit[optimise]"' in line for line in asking.problems())


def test_a_decision_is_kept_beside_the_case_and_found_again(panel):
    result, place = panel.job.result, place_of(panel.desk.source)
    keeper = Keeper(lambda: result, place, Guard())
    assert not asyncio.run(keeper.save.press("decision")) and "who decides" in keeper.save.failure
    keeper.form.values = {"by": " Ann <b> ", "reason": "cheap"}
    assert asyncio.run(keeper.save.press("decision")) and "Kept beside the case" in keeper.told.sentences[0]
    (record,), problems = read_decisions(place)
    assert problems == [] and (record.by, record.why) == ("Ann <b>", "cheap") and record.matches(panel.desk.case)
    expected = next(r for r in record.expected if r["situation"] == NO_EVENT and r["kpi"] == "fill rate")
    rows = record.compare_with({"fill rate": expected["mean"], "total cost": -1.0})
    assert rows["says"].tolist() == ["inside", "below"]


def test_a_decision_on_an_example_is_a_file_to_take_away(panel):
    keeper = Keeper(lambda: panel.job.result, place_of("camera"), Guard())
    keeper.form.values = {"by": "Ann", "reason": ""}
    assert asyncio.run(keeper.save.press("decision")) and "a file of yours" in keeper.told.sentences[0]
    assert len(keeper.records) == 1 and json.loads(keeper.records[0].to_bytes())["by"] == "Ann"
    assert Keeper(lambda: None, None, Guard()).save.why


def test_what_is_asked_is_plain_data_and_comes_back(panel):
    other = own_panel("advice")(panel.desk)
    other.load_state(json.loads(json.dumps(panel.state())))
    assert other.code() == panel.code()


def test_a_decision_is_held_against_what_happened(panel, tmp_path):
    folder = write_case(tiny_case(), tmp_path / "mine")
    record, path = keep(panel.job.result, "Ann", "cheap", place_of(folder))
    (folder / "decisions" / "broken.json").write_text("{}")
    asking = DecisionsQuestion(Plain(tiny_case()), place=str(folder), happened={"fill rate": -1.0})
    assert asking.problems() == [] and "fill rate" in asking.options("happened") and record.id in asking.options("record") and path
    result = asking.run()
    assert result.beside()["says"].tolist() == ["below"] and len(result.problems) == 1 and result.table()["same"].tolist() == [True]
    told = str(DecisionsQuestion.tell(result))
    assert "Ann decided on" in told and "outside of what was expected in fill rate" in told
    found = {"case": tiny_case(), "twinkit": twinkit}
    exec(asking.code(), found)
    assert found["result"].beside().equals(result.beside())
    assert "Say where the case is" in DecisionsQuestion(Plain(twinkit.example("camera"))).problems()[0]
    with pytest.raises(CaseError, match="is no decision on this case"):
        twinkit.look_back(tiny_case(), folder, "nothing")


def test_a_loss_is_asked_for_in_the_periods_of_the_case():
    weekly = twinkit.example("camera").replace(settings={"period_days": 7.0})
    site = weekly["sites"]["site"][0]
    advice = AdviceQuestion(Plain(weekly), risks={}, lost={site: {"days": 3.0, "years": 20.0}})
    assert advice.all_risks()[0].name == f"{site} is lost for 3 weeks"
    sure = ConfidenceQuestion(Plain(weekly), event=OWN, site=site, days=1.0)
    assert sure.risk.name == f"{site} is lost for 1 week" and sure.standing()["days"].unit == "weeks"
    assert f"What is lost after {weekly.settings['periods']} weeks, when the run ends, is not counted." in unknowns(weekly, [])
