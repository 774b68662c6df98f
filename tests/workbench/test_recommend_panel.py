"""Recommend: what is missing is said at once; decisions are kept, listed and compared."""

import asyncio

import pytest
from tiny_case import tiny_case

import twinkit
from twinkit.apps.kit.guard import Guard
from twinkit.study.decision import NO_EVENT
from twinkit.study.prices import Price
from twinkit.study.scenario import Scenario
from twinkit.tables import read_case, write_case
from twinkit.workbench import recommend_panel
from twinkit.workbench.desk import Desk
from twinkit.workbench.recommend_panel import NO_OPTUNA, RecommendPanel
from twinkit.workbench.recommend_view import RecommendView

pytest.importorskip("optuna")


def asked(desk):
    panel = RecommendPanel(desk)
    panel.risks, panel.trials, panel.worlds, panel.fresh = {"closed": 0.3}, 2, 4, 4
    return panel


@pytest.fixture(scope="module")
def advised(tmp_path_factory):
    folder = write_case(tiny_case(), tmp_path_factory.mktemp("case") / "tiny")
    panel = asked(Desk(read_case(folder), str(folder), replications=8))
    assert panel.blockers == []
    assert asyncio.run(panel.run()), panel.job.problems
    return panel


def test_all_that_is_missing_is_said_at_once():
    panel = RecommendPanel(Desk(twinkit.example("automotive")))
    assert any("no risks" in line for line in panel.blockers)
    panel.risks = {"nothing": 0.1, "Naka fab fire 2021": 1.5}
    panel.budget, panel.objectives, panel.allowed, panel.since = -1.0, [], ["extra_capacity", "x"], 9999
    panel.prices = {"expediting": {"setup": 5.0}}
    told = " ".join(panel.blockers)
    for part in ("'nothing'", "from 0 to 1", "budget", "objective", "'x'", "no price", "how many years", "9999"):
        assert part in told, part


def test_levers_without_a_price_are_left_out_until_there_is_one():
    panel = RecommendPanel(Desk(twinkit.example("automotive")))
    free = {lever.name for lever in panel.unpriced()}
    assert free and not free & {lever.name for lever in panel.levers()}
    name = sorted(free)[0]
    panel.prices = {name: {"per_year": 1e6}}
    assert name in {lever.name for lever in panel.levers()}
    assert panel.price(name).per_year == 1e6


def test_a_lever_that_is_chosen_shows_its_price_fields_at_once():
    panel = RecommendPanel(Desk(twinkit.example("automotive")))
    view = RecommendView(panel, Guard())
    for lever, shown in (("second_source", True), ("ramp_up", False)):
        view.price.values = {**view.price.values, "lever": lever}
        fields = {f["name"]: f for f in view.price.groups[0]["fields"]}
        assert not any(fields[k]["hidden"] for k in ("per_year", "setup", "years", "given_up"))
        assert fields["discount"]["hidden"] != shown and view.price.buttons
    assert fields["per_year"]["label"].endswith("less") and fields["given_up"]["label"].endswith("more")


def test_a_price_for_more_is_no_price_for_less_and_nobody_prepares_for_a_fire():
    panel = RecommendPanel(Desk(twinkit.example("automotive")))
    panel.risks = {"Naka fab fire 2021": 0.1}
    panel.prices = {"second_source": {"per_year": 1e7, "given_up": -1e6, "discount": 0.02}}
    assert panel.price("second_source") == Price(1e7, discount=0.02, given_up=Price(-1e6))
    assert "given_up=twinkit.Price(-1000000.0)" in panel.code() and "discount=0.02" in panel.code()
    names = {lever.name for lever in panel.levers()}
    assert "second_source" in names and not {"build_up_days", "detection_delay"} & names
    panel.allowed = ["build_up_days"]
    assert any("nobody" in line or "known" in line for line in panel.blockers)
    panel.allowed, panel.notices = [], {"Naka fab fire 2021": 20.0}
    assert "build_up_days" in {lever.name for lever in panel.levers()} and "notice=20.0" in panel.code()


def test_scenarios_with_events_may_be_risks():
    desk = Desk(tiny_case())
    panel = RecommendPanel(desk)
    desk.scenarios = {**desk.scenarios, "twice": Scenario("twice", ("closed", {"event": "more", "kind": "outage"}))}
    assert panel.sources()["twice"][0] == "closed" and "as it is" not in panel.sources()


def test_without_the_optional_package_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(recommend_panel, "find_spec", lambda name: None)
    assert NO_OPTUNA in RecommendPanel(Desk(tiny_case())).blockers


def test_a_decision_is_kept_beside_the_case_and_found_again(advised):
    with pytest.raises(ValueError, match="who decides"):
        advised.decide("  ")
    record = advised.decide("Ann <b>", "cheap", "What now?")
    advised.keep(record)
    found, problems = RecommendPanel(advised.desk).records()
    assert [r.id for r in found] == [record.id] and problems == [] and found[0].by == "Ann <b>"
    assert found[0].matches(advised.desk.case)
    (advised.place / "decisions" / "broken.json").write_text("{}")
    assert len(advised.records()[1]) == 1 and len(advised.records()[0]) == 1
    expected = next(r for r in record.expected if r["situation"] == NO_EVENT and r["kpi"] == "fill rate")
    rows = found[0].compare_with({"fill rate": expected["mean"], "total cost": -1.0})
    assert rows["says"].tolist() == ["inside", "below"]


def test_an_example_keeps_decisions_for_the_session_only():
    for source in ("", "camera"):
        panel = asked(Desk(tiny_case(), source, replications=8))
        assert panel.place is None
        with pytest.raises(ValueError, match="run the search first"):
            panel.decide("Ann")
    assert asyncio.run(panel.run())
    panel.keep(panel.decide("Ann"))
    assert len(panel.records()[0]) == 1


def test_what_is_asked_is_plain_data_and_comes_back(advised):
    other = RecommendPanel(advised.desk)
    other.load_state(advised.state())
    assert other.code() == advised.code()
