"""The scorecard, on a chain whose numbers are known by hand, and against the ensemble."""

from __future__ import annotations

import json
import math
import threading
from html.parser import HTMLParser

import numpy as np
import pytest
from study.dips import FIRE, event, two_steps
from study.strikes import DAYS, busy_shop, corner_shop

import twinkit
from twinkit.question import Plain, question_of
from twinkit.report import report_of
from twinkit.result import Facts, Table
from twinkit.run.ensemble import Cancelled, ensemble
from twinkit.run.scenario import Scenario
from twinkit.run.statistics import share_interval
from twinkit.study.scorecard import resilience
from twinkit.study.scorecard_kpis import FORMULAS, Times
from twinkit.study.scorecard_result import Scorecard, Scorecards


def value(card, kpi: str):
    return card.table().set_index("kpi").loc[kpi]


@pytest.fixture(scope="module")
def fire() -> Scorecard:
    """Out from day 20; the shop sells nothing from day 27 to day 32 (see test_ripple)."""
    return resilience(two_steps(events=[FIRE]), "fire", replications=8)


def test_the_numbers_by_pencil(fire):
    found = fire.table().set_index("kpi")["value"]
    assert found["depth"] == 0 and found["service fails"] == 1
    assert found["time to survive (measured)"] == 7  # days 20 to 26
    assert found["time to recover"] == 6  # days 27 to 32
    assert found["resilience loss"] == pytest.approx(6)
    assert found["resilience index"] == pytest.approx(1 - 6 / 80)
    assert found["worst day"] == found["day of the deepest dip"] == 27
    assert found["ripple breadth"] == found["ripple depth"] == 3
    assert value(fire, "worlds that recover")[["low", "high"]].tolist() == pytest.approx(share_interval(8, 8)[1:])


def test_every_kpi_has_a_definition_and_a_unit(fire):
    table = fire.table()
    assert table["kpi"].tolist() == list(FORMULAS) and table["definition"].str.len().min() > 20
    assert (
        value(fire, "lost margin")["unit"] == "EUR"
        and "stress test" in value(fire, "time to survive (measured)")["definition"]
    )


def test_two_thresholds_and_a_hold():
    case, half = two_steps(events=[FIRE]), {"failure_level": 0.5, "recovery_level": 1.0}
    late = resilience(case, "fire", replications=1, hold=47, **half)
    assert late.row("time to recover").censored == 0  # days 33 to 79 are 47
    never = resilience(case, "fire", replications=1, hold=48, **half)
    row = value(never, "time to recover")
    assert row["censored"] == 1 and math.isinf(row["value"]) and row["shown"] == "> 53"  # from 27 to the end
    assert value(never, "worlds that recover")["value"] == 0
    assert any("more than 53 days" in s for s in never.sentences())


def test_never_recovered_and_never_failed_are_censored():
    long = event("fire", "outage", 20, 60, site="source")
    card = resilience(two_steps(events=[long]), "fire", replications=4)
    assert (
        value(card, "time to recover")["shown"] == "> 53" and value(card, "time to survive (measured)")["shown"] == "7"
    )
    short = event("fire", "outage", 20, 2, site="source")
    calm = resilience(two_steps(events=[short]), "fire", replications=4)
    row = value(calm, "time to survive (measured)")
    assert row["censored"] == 4 and row["shown"] == "> 60"
    assert "Customers notice nothing" in " ".join(calm.sentences())
    assert not math.isfinite(value(calm, "worst day")["value"]) and calm.deepest_day() is None


def test_times_are_never_averaged():
    times = Times(np.array([3.0, 5.0, 9.0, 40.0, 40.0]), np.array([False, False, False, True, True]))
    assert times.quantile(0.5) == 9 and times.shown(0.5) == "9"
    assert math.isinf(times.quantile(0.95)) and times.shown(0.95) == "> 40"
    assert Times(np.zeros(0), np.zeros(0, bool)).shown(0.5) == "not defined"


def test_time_to_survive_counts_from_each_worlds_own_start():
    late = {**FIRE, "latest_start": 35}
    card = resilience(two_steps(events=[late]), "fire", replications=30)
    assert len(set(card.starts)) > 5 and card.starts.min() >= 20 and card.starts.max() <= 35
    row = value(card, "time to survive (measured)")
    assert (row["q05"], row["median"], row["q95"]) == (7, 7, 7)


def test_worlds_without_the_event_are_said():
    maybe = {**FIRE, "probability": 0.5}
    card = resilience(two_steps(events=[maybe]), "fire", replications=40)
    happens = np.isfinite(card.starts)
    assert 0 < happens.sum() < 40 and value(card, "event happens")["value"] == happens.mean()
    assert (card.outcome.failed == happens).all()
    assert value(card, "time to survive (measured)")["worlds"] == happens.sum()
    assert "of them" in card.sentences()[0]


@pytest.fixture(scope="module")
def strike() -> Scorecard:
    return resilience(busy_shop(), "strike", replications=40)


def test_money_adds_up(strike):
    costs = strike.costs().set_index("part")
    parts = costs.drop(index="total")
    for column in ("with event", "without", "difference"):
        assert parts[column].sum() == pytest.approx(costs.loc["total", column])
    found = strike.table().set_index("kpi")["value"]
    assert found["lost margin"] + found["all other costs"] == pytest.approx(found["total cost because of the event"])
    assert found["total cost because of the event"] == pytest.approx(costs.loc["total", "difference"])
    assert costs.loc["lost margin", "difference"] == pytest.approx(500 * found["lost sales because of the event"])


def test_lost_margin_by_pencil():
    """Four days without ten units of 500 each, see study.strikes."""
    card = resilience(corner_shop(), "strike", replications=6)
    row = value(card, "lost margin")
    assert row[["value", "low", "high"]].tolist() == [20_000, 20_000, 20_000]
    assert "Sales lost for good cost 20,000 EUR" in " ".join(card.sentences())


def test_it_is_the_ensemble(strike):
    outcome = ensemble(busy_shop(), Scenario("strike", ("strike",)), 40)["strike"]
    for kpi, values in outcome.kpis.items():
        np.testing.assert_array_equal(values, strike.outcome.kpis[kpi])
    mean = outcome.table().set_index("kpi").loc["depth", ["mean", "low", "high"]]
    assert value(strike, "depth")[["value", "low", "high"]].tolist() == mean.tolist()


def test_bullwhip(strike, fire):
    table = strike.bullwhip()
    shop = table[table["name"] == "shop | item"].iloc[0]
    tier = table[(table["level"] == "tier") & (table["tier"] == 0)].iloc[0]
    assert shop["with"] == tier["with"] == pytest.approx(strike.outcome.kpis["bullwhip ratio"].mean())
    assert shop["worlds"] == 40 and shop["with"] - shop["without"] == pytest.approx(shop["difference"])
    assert fire.bullwhip()["with"].isna().all() and "not defined" in fire.sentences()[-1]


def test_orders_that_pass_on_what_is_asked_swing_as_demand_does():
    """All demand waits: a base stock orders each day what was asked for, so the ratio is 1 from end to end."""
    case = busy_shop()
    case = case.replace(markets=case["markets"].assign(lost_share=0.0))
    table = resilience(case, "strike", replications=5).bullwhip()
    ends = table[(table["level"] == "end to end") & (table["worlds"] > 0)]
    assert len(ends) == 1 and ends.iloc[0][["without", "with"]].tolist() == pytest.approx([1, 1])


def test_orders_for_one_product_are_held_against_the_demand_for_it():
    """Two products of which one is made of three units of a part, half of it spoiled: what is needed is asked for, no more."""
    from twinkit.tables.case import Case

    tea, cake = ({"market": "town", "site": "shop", "product": p, "demand": "poisson", "mean": m} for p, m in (("tea", 40), ("cake", 5)))
    case = Case("two", {
        "sites": [{"site": "mill", "kind": "supplier"}, {"site": "bakery", "kind": "plant", "tier": 1}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": p} for p in ("tea", "cake", "flour")],
        "bill_of_materials": [{"product": "cake", "component": "flour", "quantity": 3}],
        "recipes": [{"site": "bakery", "product": "cake", "lead_time": 1, "yield_rate": 0.5}],
        "stocks": [
            *({"site": "mill", "product": p, "policy": "unlimited"} for p in ("tea", "flour")),
            *({"site": s, "product": p, "policy": "base_stock", "order_up_to": 4000} for s, p in (
                ("bakery", "cake"), ("bakery", "flour"), ("shop", "cake"), ("shop", "tea"))),
        ],
        "lanes": [{"origin": a, "destination": b, "product": p, "lead_time": 1} for a, b, p in (
            ("mill", "bakery", "flour"), ("mill", "shop", "tea"), ("bakery", "shop", "cake"))],
        "markets": [tea, cake],
        "events": [{"event": "stop", "kind": "outage", "site": "mill", "start": 90, "duration": 1, "scheduled": False}],
    }, {"periods": 100, "warm_up": 20, "day": "order_after_demand", "whole_units": False})  # fmt: skip
    table = resilience(case, "stop", replications=4).bullwhip()
    ends = table[table["level"] == "end to end"].set_index("name")
    for name in ("customers to tier 0: tea", "customers to tier 0: cake", "customers to tier 1: cake", "customers to tier 1: flour"):
        assert ends.loc[name, "without"] == pytest.approx(1.0), name
    assert "for it" in next(s for s in resilience(case, "stop", replications=4).sentences() if "bullwhip" in s)


def test_several_sets_are_one_row_each():
    case = busy_shop()
    cards = resilience(case, {"a": "strike", "b": ["strike", "fire"]}, replications=10)
    assert isinstance(cards, Scorecards) and list(cards) == ["a", "b"] and cards.table().index.tolist() == ["a", "b"]
    alone = resilience(case, "strike", replications=10)
    assert cards.table().loc["a", ("depth", "value")] == value(alone, "depth")["value"]
    two = resilience(
        case, [Scenario("x", ("strike",)), Scenario("y", ("strike",), {"safety_days_tier_0": 4})], replications=10
    )
    assert value(two["y"], "depth")["value"] > value(two["x"], "depth")["value"]
    assert twinkit.resilience is resilience and twinkit.Scorecard is Scorecard


def test_levers_and_own_events():
    case = busy_shop()
    own = twinkit.event_of("outage", site="source", start=12, duration=5)
    base, more = (resilience(case, own, levers, replications=10) for levers in (None, {"safety_days_tier_0": 5}))
    assert value(more, "lost margin")["value"] < value(base, "lost margin")["value"]
    same = resilience(case, own, Scenario("measures", (), {"safety_days_tier_0": 5}), replications=10)
    assert same.to_dict()["table"] == more.to_dict()["table"]


def test_progress(strike):
    seen = []
    resilience(corner_shop(), "strike", replications=65, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)] and strike.starts.tolist() == [10] * 40 and strike.plan.periods == DAYS


class Tags(HTMLParser):
    """Names of all tags, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_text_and_whole():
    nasty = "<script>alert('x')</script> & \"q\""
    case = two_steps(events=[{**FIRE, "event": nasty}])
    case = case.replace(**{t: case[t].replace("depot", "<img src=x>") for t in ("sites", "stocks", "lanes")})
    one, many = resilience(case, nasty, replications=2), resilience(case, {nasty: nasty}, replications=2)
    for thing in (one, many):
        tags = Tags(thing._repr_html_())
        assert not tags.open and not {"script", "img"} & set(tags.seen) and "table" in tags.seen
        assert json.loads(json.dumps(thing.to_dict(), allow_nan=False)) == thing.to_dict()
    page = report_of(one).to_html()
    assert "&lt;img src=x&gt;" in page and "<img src=x>" not in page and "&lt;script&gt;" in page


def test_it_is_asked_as_a_question():
    """What is declared is checked; one asking prints the program that gives the same numbers."""
    case = busy_shop()
    ground = Plain(case, Scenario("strike", ("strike",)), 8)
    ground.scenarios["fire"] = Scenario("fire", ("fire",))
    ask = question_of("resilience")
    assert ask(Plain(case)).problems() == [] and ask(Plain(case)).events == ["strike"], "it begins with an event of the case"
    assert "No event happens in “as it is”" in ask(Plain(case), events=[]).problems()[0]
    assert not ask(Plain(case), events=["strike"]).problems() and "Did you mean 'strike'" in ask(Plain(case), events=["stroke"]).problems()[0]
    assert "from 0.01 to 1" in ask(ground, fall=1.5).problems()[0]
    assert f"a run has {DAYS}" in ask(ground, window=DAYS + 1).problems()[0]
    assert "there is no 'gone'" in ask(ground, beside=["gone"]).problems()[0]
    assert "no scenario 'gone'" in ask(Plain(case), beside=["gone"], events=["strike"]).problems()[0]
    asking = ask(ground, events=["strike"], fall=0.8, recovery_level=0.99, hold=3, beside=["fire"])
    found, names = asking.run(), {"twinkit": twinkit, "case": case}
    exec(asking.code(), names)
    assert list(found) == ["strike", "fire"] and names["result"].to_dict() == found.to_dict()
    assert found["fire"].fall == 0.8 and found["fire"].plan.case.settings["hold"] == 3


def test_the_answer_says_the_figures_of_the_card(fire):
    told = str(fire_answer := question_of("resilience").tell(fire))
    facts = {f.label: f.value for block in fire_answer.blocks if isinstance(block, Facts) for f in block.items}
    assert facts["time to recover"] == "6 days" and facts["ripple breadth"] == "3 sites" and facts["depth"] == "0 %"
    tables = {block.name: block for block in fire_answer.blocks if isinstance(block, Table)}
    assert {"scorecard", "way", "ripple", "costs", "bullwhip"} == set(tables) and "day 27" in told
    assert all(meaning for t in tables.values() for c in t.columns if (meaning := c.meaning) is not None)
    assert tables["ripple"].frame["site"].tolist() == ["source", "depot", "shop"] and not tables["ripple"].on_page
    two = question_of("resilience").tell(resilience(two_steps(events=[FIRE]), {"a": "fire", "b": "fire"}, replications=2))
    assert {"scorecard a", "scorecard b"} <= {block.name for block in two.blocks if isinstance(block, Table)}


def test_less_than_nothing_lost_is_more_earned():
    case = busy_shop()
    case = case.replace(markets=case["markets"].assign(lost_margin=np.nan, lost_share=1.0, price=1.0))  # every sale costs more than it brings
    card = resilience(case, "strike", replications=8)
    assert value(card, "earnings lost")["value"] < 0
    facts = {f.label: f.value for b in question_of("resilience").tell(card).blocks if isinstance(b, Facts) for f in b.items}
    assert "earnings lost" not in facts and not facts["earned more because of the events"].startswith("-")


def test_it_can_be_cancelled():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        resilience(corner_shop(), "strike", replications=64, cancel=stop)
