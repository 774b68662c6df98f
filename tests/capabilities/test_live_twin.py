"""The present and the time ahead of a live twin."""

from __future__ import annotations

import random

import numpy as np
import pytest
from feeds import asked, came, count, feed_of, image, own_run, shipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cases
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE, tiny_case

import twinkit
from twinkit.capabilities.live import homework as marked
from twinkit.capabilities.live import marks
from twinkit.capabilities.live.ahead import Ahead
from twinkit.capabilities.live.arrays import as_on_the_way
from twinkit.capabilities.live.company import Company
from twinkit.capabilities.live.drift import limit_for
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.now import look
from twinkit.capabilities.live.twin import AT_ONCE, GRACE, Twin, goes_short
from twinkit.chain.chain import Chain
from twinkit.chain.layout import CL, LN, ST
from twinkit.questions.live import told
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError, check_case
from twinkit.tables.case import Case


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("live")


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(measures=False))
def test_a_twin_fed_with_its_own_run_has_no_error_and_no_alarm(folder, case):
    """Any chain: whatever happens in it, what it computes is what it reads, to the bit."""
    days = min(12, int(case.settings["periods"]))
    rows = own_run(case, days)
    feed = feed_of(folder, case, rows)
    assert feed.counts()["refused"].sum() == 0
    twin = Twin(case, feed, worlds=1)
    assert twin.now == days - 1
    if len(twin.error()):
        assert twin.error()["mae"].max() == 0.0
    assert [d for d in twin.drifts() if d.kind != "demand"] == []


def test_one_of_many_worlds_is_within_the_spread_of_the_others(folder):
    """The run of a world that the twin does not have: standardised errors like those of a normal distribution, and no alarm."""
    case = tiny_case(periods=200).replace(lanes=[{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 4.0, "lead_time_kind": "lognormal",
                                                  "lead_time_spread": 1.5, "crossing": True}])  # fmt: skip
    twin = Twin(case, feed_of(folder, case, own_run(case, 80, 64, 65)), worlds=64)
    z = np.array([e.z for e in twin.errors["count", (SHOP, PRODUCT)]][10:])
    assert abs(z.mean()) < 0.4 and 0.3 < z.std() < 1.5  # pipelines are not read: each world keeps its own, so the worlds spread wider than they must
    assert twin.drifts() == []


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from((0, 4)))
def test_neither_the_order_nor_lateness_changes_the_state(folder, luck: random.Random, parts: int, notices: int):
    case = tiny_case(periods=200)
    rows = [asked(t, 18 + t % 5) for t in range(25)] + [count(t, 60 + t % 7, error=2) for t in range(0, 25, 3)]
    rows += [r for t in range(2, 22, 4) for r in (shipped(f"S{t}", t, 35, t + 3), came(f"S{t}", t + 3 + t % 2))]
    rows += [{"kind": "event", "at": 9, "event": "closed"}, {"kind": "over", "at": 14, "event": "closed"}]
    first, feed = feed_of(folder, case, rows), feed_of(folder, case)
    for one in (first, feed):
        one.allow_late(notices)
    straight = Twin(case, first, worlds=6)
    mixed = rows + rows[::4]
    luck.shuffle(mixed)
    twin = Twin(case, feed, worlds=6)
    for k in range(parts):
        feed.take(mixed[k::parts], "other")
        twin.refresh()
    assert image(twin) == image(straight)
    assert twin.errors == straight.errors
    again = Twin(case, feed, worlds=6)  # after a restart
    assert image(again) == image(straight)


def test_a_fork_without_a_change_is_the_run_itself(folder):
    case = tiny_case(periods=200, objectives=True)
    twin = Twin(case, feed_of(folder, case, own_run(case, 30)), worlds=70)
    ahead = Ahead(twin, 40)
    assert [c.period for c in twin.chains] == [30, 30]
    again = ahead.path(twin.live_case)
    assert all(np.array_equal(ahead.nothing.kpis[k], again.kpis[k], equal_nan=True) for k in ahead.nothing.kpis)
    base = Chain(twin.live_case, 64).run(30)
    before = base.world.total_market.copy()
    base.run(70)
    served, demand = (base.world.total_market - before)[[1, 0]]
    own = Twin(case, feed_of(folder, case), worlds=64)
    own.refresh(29)
    assert np.array_equal(Ahead(own, 40).nothing.kpis["fill rate"][-1], (served / demand)[0])


def test_nobody_reads_and_the_twin_says_so(folder):
    case = tiny_case(periods=200)
    twin = Twin(case, feed_of(folder, case, own_run(case, 20)), worlds=4)
    assert not twin.stale() and set(twin.state()["known"]) == {"read"}
    twin.refresh(21)
    assert not twin.stale() and twin.silent_for() == 2
    assert set(twin.state()["known"]) == {"estimated"}
    twin.refresh(30)
    assert twin.stale() and set(twin.state()["known"]) == {"stale"}
    assert twin.state()["read_at"].tolist() == [19.0]
    twin.refresh(5)
    assert twin.now == 30  # a clock that goes back does not take the twin with it


def test_a_count_is_weighed_against_the_books(folder):
    case = tiny_case(periods=200)
    exact, rough = (Twin(case, feed_of(folder, case, [*own_run(case, 10), asked(10, 20), count(10, 500, error=e)]), worlds=40) for e in (0, 100))
    assert exact.state()["units"].tolist() == [500.0]
    believed = rough.errors["count", (SHOP, PRODUCT)][-1].expected
    assert believed < rough.state()["units"][0] < 500.0
    two = Twin(case, feed_of(folder, case, [count(0, 80, error=3, by="wms"), count(0, 100, error=1, by="erp")]), worlds=4)
    assert two.errors["count", (SHOP, PRODUCT)][0].read == pytest.approx(98.0)


def test_goods_on_the_way_are_those_that_were_read(folder):
    case = tiny_case(periods=200)
    rows = [asked(t, 0) for t in range(14)] + [shipped("A", 8, 30, 11), shipped("B", 9, 25, 12), shipped("B", 10, 25, 20), shipped("C", 10, 7, 13), came("C", 12)]
    twin = Twin(case, feed_of(folder, case, rows), worlds=3)
    way = twin.on_the_way()
    assert way[["shipment", "due", "late"]].values.tolist() == [["A", 11, 2], ["B", 20, 0]]
    assert twin.by_world("lane", LN.in_transit, 0).tolist() == [55.0] * 3
    fork = twin.chains[0].branch()
    as_on_the_way(fork, twin.read_lanes)
    assert (fork.world.stock[ST.on_order, twin.stocks[SHOP, PRODUCT]] >= 55.0).all()
    held = [0.0]
    while fork.period < 22:
        fork.step()
        held.append(float(fork.world.lane[LN.arrived, 0, 0]))
    assert held[1] == 30.0  # overdue: tomorrow at the earliest
    assert held[7] >= 25.0


@pytest.mark.parametrize(("receipts", "published"), [({}, 0.988078426), ({5: 40}, 0.0136318915), ({7: 40}, 0.2691922237)])
def test_the_chance_to_run_out_is_the_closed_form(folder, receipts, published):
    """60 units, Poisson demand of 8 a day, goods on the way as read, nothing ordered: 2,000 worlds beside the formula."""
    case = Case("poisson", {
        "sites": [{"site": SHOP, "kind": "retailer"}, {"site": SOURCE, "kind": "supplier"}], "products": [{"product": PRODUCT}],
        "stocks": [{"site": SHOP, "product": PRODUCT, "policy": "base_stock", "order_up_to": 0.0, "on_hand": 60},
                   {"site": SOURCE, "product": PRODUCT, "policy": "unlimited"}],
        "lanes": [{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 200.0, "start_in_transit": 0.0}],
        "markets": [{"market": MARKET, "site": SHOP, "product": PRODUCT, "demand": "poisson", "mean": 8.0}],
        "objectives": [{"kpi": "fill rate", "relation": "at_least", "target": 0.99}],
    }, {"periods": 300})  # fmt: skip
    rows = [asked(0, 0), count(0, 60), *(shipped(f"S{d}", 0, units, d + 1) for d, units in receipts.items())]
    ahead = Ahead(Twin(case, feed_of(folder, case, rows), worlds=2000), 10)
    assert check_case(case) == []
    first = ahead.nothing.short[0]
    formula = marks.chance_to_run_out(60, 8.0, 10, receipts)
    found = np.array([(first <= d).mean() for d in range(11)])
    assert formula[-1] == pytest.approx(published, abs=1e-9)
    assert np.abs(found - formula).max() < 0.035  # three standard deviations of a share of 2,000
    short = ahead.shortages().iloc[0]
    assert short["low"] <= formula[-1] <= short["high"] or abs(short["chance"] - formula[-1]) < 0.035


def test_an_event_that_was_read_goes_on_until_it_is_over(folder):
    case = tiny_case(periods=200, objectives=True).replace(objectives=[{"kpi": "fill rate", "relation": "at_least", "target": 0.9}])
    rows = own_run(case, 40)
    begun = [{"kind": "event", "at": 38, "event": "fire", "what": "outage", "site": SOURCE, "expected": 25}]
    calm, hit, over = (Twin(case, feed_of(folder, case, rows + more), worlds=64) for more in ([], begun, [*begun, {"kind": "over", "at": 40, "event": "fire"}]))
    chance = [Ahead(t, 30).goals()[0].worst.value for t in (calm, hit, over)]
    assert chance[0] < 0.1 and chance[1] == 1.0 and chance[2] < 0.5
    ahead = Ahead(hit, 30)
    assert (ahead.goals()[0].light, ahead.goals()[0].likely) == ("likely to be missed", 14) or ahead.goals()[0].likely in (7, 14)
    ((event, kpi, without, added),) = ahead.because()
    assert (event, kpi) == ("fire", "fill rate") and added.low > 0.5
    assert without.value + added.value == pytest.approx(1.0)
    late = Twin(case, feed_of(folder, case, [*rows, {**begun[0], "at": 5, "expected": 3}]), worlds=8)
    assert late.happening()[0]["duration"] >= 35  # it should have been over, and nobody says that it is


def test_an_action_is_held_against_doing_nothing_on_the_same_luck(folder):
    case = tiny_case(periods=200).replace(
        sites=[{"site": SHOP, "kind": "retailer"}, {"site": SOURCE, "kind": "supplier"}, {"site": "other", "kind": "supplier"}],
        stocks=[{"site": SHOP, "product": PRODUCT, "policy": "base_stock", "order_up_to": 90.0, "holding_cost": 0.01},
                {"site": SOURCE, "product": PRODUCT, "policy": "unlimited", "unit_cost": 5.0}, {"site": "other", "product": PRODUCT, "policy": "unlimited", "unit_cost": 9.0}],
        lanes=[{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 2.0, "share": 1.0}, {"origin": "other", "destination": SHOP, "product": PRODUCT, "lead_time": 2.0, "share": 0.0}],
        objectives=[{"kpi": "fill rate", "relation": "at_least", "target": 0.55}],
    )  # fmt: skip
    rows = [*own_run(case, 20), {"kind": "event", "at": 18, "event": "fire", "what": "outage", "site": SOURCE, "expected": 60}]
    ahead = Ahead(Twin(case, feed_of(folder, case, rows), worlds=64), 42)
    done = ahead.actions({"backup_supplier": True}, {"backup_supplier": 3650.0})[0]
    assert done.helps == "fill rate" and done.gain["fill rate"].low > 0.5 and done.price_known
    assert done.price == pytest.approx(3650.0 * 42 / 365)
    assert done.chances["fill rate"].value < 0.1 < ahead.goals()[0].worst.value
    assert done.last_day in (0, 7, 14, 21)  # 55 % of six weeks must still be served
    plain = Scenario("b", (), {"backup_supplier": True}).moved(ahead.twin.live_case)
    later = ahead.breached(ahead.path(plain, done.last_day), "fill rate", "at_least", 0.55)[-1].mean()
    assert ahead.goals()[0].worst.value - later >= 0.5 * done.gain["fill rate"].value
    with pytest.raises(CaseError, match=r"no lever.*|out of its range"):
        ahead.actions({"backups": True, "backup_supplier": 3.0})


def test_what_is_wrong_with_the_model_is_noticed_and_proposed(folder):
    """Demand 30 % above the table from day 40, lead times of 6 instead of 2: an alarm, and a number with an interval that holds the truth."""
    case = tiny_case(periods=300)
    real = case.replace(
        lanes=[{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 6.0, "lead_time_kind": "lognormal", "lead_time_spread": 1.5}],
        events=[*case["events"].to_dict("records"), {"event": "fashion", "kind": "demand_surge", "market": MARKET, "start": 40, "duration": 200, "severity": 0.3}],
    )  # fmt: skip
    company, feed = Company(real, 5, noise=0.0, missing=0.0, late=0.0, twice=0.0), feed_of(folder, case)
    for _ in range(90):
        feed.take(company.day(), "x")
    twin = Twin(case, feed, worlds=32)
    drift = {d.kind: d for d in twin.drifts()}
    assert drift["demand"].up and 30 <= drift["demand"].since <= 48 and 40 <= drift["demand"].noticed <= 60
    told = {p.table: p for p in marked.proposals(twin)}
    assert told["markets"].low <= 26.0 <= told["markets"].high and 30 <= told["markets"].since <= 46
    assert told["lanes"].low <= 6.0 <= told["lanes"].high or abs(told["lanes"].new - 6.5) < 1.0
    assert marked.accept(feed, told["lanes"], "Ada") and not marked.accept(feed, told["lanes"], "Ada")
    with pytest.raises(ValueError, match="say who"):
        marked.accept(feed, told["markets"], " ")
    new = marked.version(case, feed)
    assert check_case(new) == [] and new["lanes"]["lead_time"].iloc[0] == pytest.approx(told["lanes"].new, abs=1e-3)
    assert marked.version(case, feed, 0)["lanes"].equals(case["lanes"])
    assert marked.accepted(feed)["by"].tolist() == ["Ada"]


def test_alarms_of_worlds_like_the_twin_are_as_rare_as_is_said(folder):
    """Five companies with other luck and nothing hidden, 90 days each: hardly an alarm, although readings are noisy, late and missing."""
    case, alarms = tiny_case(periods=220), 0
    for seed in range(5):
        company, feed = Company(case, 100 + seed, noise=0.03), feed_of(folder, case)
        for _ in range(90):
            feed.take(company.day(), "x")
        alarms += bool(Twin(case, feed, worlds=24).drifts())
    assert alarms <= 1  # the mean time between two false alarms is 730 days; an alarm must also still stand on the last day
    assert limit_for(730.0) == pytest.approx(5.42, abs=0.1)
    assert GRACE > 0


def test_the_twin_marks_its_own_homework(folder):
    """Chances of going short within 14 days, said every 5 days to three companies, marked once it is known: reliable within what chance allows."""
    case = tiny_case(periods=220).replace(objectives=[{"kpi": "fill rate", "relation": "at_least", "target": 0.97}])
    case = case.replace(stocks=[{**r, "order_up_to": 66.0} if r["site"] == SHOP else r for r in case["stocks"].to_dict("records")])
    found = []
    for seed in range(3):
        company, feed = Company(case, 300 + seed, noise=0.0, missing=0.0, late=0.0), feed_of(folder, case)
        twin = None
        for t in range(80):
            feed.take(company.day(), "x")
            if t % 5 == 4:
                twin = Twin(case, feed, worlds=32) if twin is None else twin.refresh()
                marked.keep_what_is_said(Ahead(twin, 28))
        work = marked.homework(twin)
        assert work.waiting > 0 and set(work.marks) == {"breach", "short"}
        assert not work.reliability("short").empty
        found.append(work.said)
    said = [row for frame in found for row in frame[["kind", "chance", "happened"]].itertuples(index=False)]
    for kind in ("short", "breach"):
        p, o = np.array([(r.chance, r.happened) for r in said if r.kind == kind]).T
        assert marks.marks(p, o).brier < 0.25
        assert abs(p.mean() - o.mean()) < 0.2


def test_a_claim_that_is_served_first_come_is_left_alone(folder):
    case = tiny_case(periods=200)
    case = case.replace(stocks=[{**r, "rationing": "first_come"} for r in case["stocks"].to_dict("records")])
    twin = Twin(case, feed_of(folder, case, [*own_run(case, 6), shipped("A", 3, 5, 6)]), worlds=2)
    assert (twin.by_world("claim", CL.backlog, 0) >= 0).all()


def test_shipments_of_a_lane_that_varies_come_in_around_what_is_expected(folder):
    """Intervals of stock and fill rate ten days ahead hold what happens: of 16 companies, 90 % intervals 12 times at least; stock is short at times."""
    case = tiny_case(periods=200).replace(lanes=[{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "lead_time": 7.0, "lead_time_kind": "lognormal", "lead_time_spread": 2.0}],
                                          stocks=[{"site": SHOP, "product": PRODUCT, "policy": "base_stock", "order_up_to": 190.0}, {"site": SOURCE, "product": PRODUCT, "policy": "unlimited"}])  # fmt: skip
    held, served, said, happened = 0, 0, [], []
    for seed in range(16):
        company, feed = Company(case, 500 + seed, noise=0.0, missing=0.0, late=0.0, twice=0.0), feed_of(folder, case)
        feed.take([row for _ in range(25) for row in company.day()], "x")
        twin = Twin(case, feed, worlds=64)
        ahead = Ahead(twin, 10)
        course, fill = ahead.nothing.stock[0], ahead.nothing.kpis["fill rate"][-1]
        before, short = company.chain.world.total_market[AT_ONCE], False
        for _ in range(10):
            last = company.chain.world.total_market[AT_ONCE]
            company.chain.step()
            short |= bool(goes_short(company.chain.world.total_market[AT_ONCE] - last)[0, 0])
        asked_, got = (company.chain.world.total_market[AT_ONCE] - before)[:, 0, 0]
        real = float(company.chain.world.stock[ST.on_hand, twin.stocks[SHOP, PRODUCT], 0])
        held += course[-1, 0] - 1e-6 <= real <= course[-1, 2] + 1e-6
        low, high = np.quantile(fill, [0.05, 0.95])
        served += low - 1e-6 <= got / asked_ <= high + 1e-6
        said.append(float(np.isfinite(ahead.nothing.short[0]).mean()))
        happened.append(short)
    assert held >= 12 and served >= 12  # fewer has a chance of 2 %
    assert 0.2 < np.mean(happened) < 0.95 and abs(np.mean(said) - np.mean(happened)) < 0.3


def test_a_notice_that_may_still_come_is_no_shipment_that_has_not_left(folder):
    company, days = Company(tiny_case(periods=200), 5, noise=0.0, missing=0.0, late=0.0, twice=0.0), []
    days = [company.day() for _ in range(24)]
    held = [r for rows in days[18:20] for r in rows if r["kind"] == "shipment"]
    assert sum(r["units"] for r in held) > 0

    def twin_of(rows, notices, more=()):
        feed = feed_of(folder, tiny_case(periods=200), rows)
        feed.allow_late(notices)
        twin = Twin(tiny_case(periods=200), feed, worlds=4)
        for some in more:
            feed.take(some, "test")
            twin.refresh()
        return twin

    upto = [r for rows in days[:20] for r in rows]
    known = [r for r in upto if r not in held]
    on_time, blind, patient = twin_of(upto, 2), twin_of(known, 0), twin_of(known, 2)
    moving = [twin.by_world("lane", LN.in_transit, 0) for twin in (on_time, blind, patient)]
    assert moving[2] == pytest.approx(moving[0], rel=1e-3) and (moving[1] < moving[0] - 1).all()
    assert image(twin_of(known, 2, [held])) == image(on_time), "once it is there it is as if it had been there at once"
    after = [[r for r in rows if r["kind"] != "receipt"] for rows in days[20:]]
    assert image(twin_of(known, 2, after)) == image(twin_of(known, 2, [[r for rows in after for r in rows]]))
    late, never = twin_of(known, 2, after), twin_of(known, 0, after)
    assert late.by_world("lane", LN.in_transit, 0) == pytest.approx(never.by_world("lane", LN.in_transit, 0), rel=1e-3), "one that has not come in time is none"


def test_where_notices_of_shipments_come_late_the_chances_say_so(folder):
    quiet = twinkit.example("drinks").replace(events=[])
    for late in (0.15, 0.0):
        company = Company(quiet, 300, late=late)
        with Feed(folder / f"late{late}.sqlite", quiet) as feed:
            for _ in range(31):
                feed.take(company.day(), "company")
            now = look(Twin(quiet, feed, 8), 14, actions=False)
        words = str(told(now))
        assert (0.03 < now.late < 0.12) == ("a shipment that nobody has told of yet counts as one that has not left" in words) == (late > 0)
