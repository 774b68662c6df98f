"""The ripple of an event, on chains whose days can be counted with a pencil, and against runs world by world."""

from __future__ import annotations

import numpy as np
import pytest
from study.dips import FIRE, chain, event, two_steps
from study.strikes import busy_shop

from twinkit.chain.chain import Chain
from twinkit.run.runs import calm
from twinkit.study.ripple import hit_days, measured, over_window, struck_sites
from twinkit.study.scorecard import resilience, worlds_at_once


def of(card, site: str):
    return card.ripple().set_index("site").loc[site]


@pytest.fixture(scope="module")
def fire():
    """Ten units a day from a source (out on days 20 to 29) to a depot, two days away, to a shop, one day away.

    Both keep stock for two days.  The depot gets the last goods on day 21, sends on 22 and 23 from
    stock, and is out from 24 until those of day 30 come in on 32; the shop gets the last on day 24, sells on 25
    and 26 from stock, and is out from 27 until 33.
    """
    return resilience(two_steps(events=[FIRE]), "fire", replications=2, window=1)


def test_days_by_pencil(fire):
    table = fire.ripple().set_index("site")
    assert table["first"].to_dict() == {"source": 20, "depot": 24, "shop": 27}
    assert table["days"].to_dict() == {"source": 10, "depot": 8, "shop": 6}
    assert table["missing"].to_dict() == pytest.approx({"source": 100, "depot": 80, "shop": 60})
    assert table["lost"].abs().max() == pytest.approx(0)  # all of it is sent later
    assert (table["throughput"] == 0).all() and (table["direction"] == "downstream").all()
    assert table["struck"].to_dict() == {"source": True, "depot": False, "shop": False}


def test_a_hop_takes_its_lead_time_and_the_cover_of_the_stock(fire):
    path = fire.path().set_index("site")
    assert path["came_from"].to_dict() == {"source": "fire", "depot": "source", "shop": "depot"}
    assert path.loc["depot", ["delay", "lead_time", "buffer"]].tolist() == [4, 2, 2]
    assert path.loc["shop", ["delay", "lead_time", "buffer"]].tolist() == [3, 1, 2]
    assert path.loc["source", "delay"] == 0 and path["direction"].tolist() == ["event", "downstream", "downstream"]


def test_the_window_moves_no_first_day(fire):
    wide = resilience(two_steps(events=[FIRE]), "fire", replications=2, window=7)
    assert wide.ripple()["first"].tolist() == fire.ripple()["first"].tolist()
    assert of(wide, "shop")["throughput"] == pytest.approx(1 / 7)  # six days of seven without sales


def test_by_tier_and_day(fire):
    table = fire.ripple_by_tier().pivot(index="tier", columns="period", values="share")
    assert np.flatnonzero(table.loc[1] < 0.9).tolist() == list(range(24, 32))
    assert table.loc[1, 32] == pytest.approx(9)  # the backlog of eight days and the day's own
    hit = fire.ripple_by_site().query("site == 'shop'")["hit"].to_numpy()
    assert np.flatnonzero(hit == 1).tolist() == list(range(27, 33)) and hit.sum() == 6


def lost_sales():
    """The same chain, but customers go away: the shop orders less, and the ripple comes back up."""
    case = two_steps(events=[event("fire", "outage", 20, 10, site="shop")])
    return case.replace(markets=case["markets"].assign(lost_share=1.0))


def test_orders_that_are_lost_go_upstream():
    card = resilience(lost_sales(), "fire", replications=2, window=1)
    table = card.ripple().set_index("site")
    assert table["direction"].to_dict() == {"shop": "downstream", "depot": "upstream", "source": "upstream"}
    # nothing is sold for ten days: 100 units fewer are asked of the depot, and of the source
    assert table["not_asked"].to_dict() == pytest.approx({"shop": 0, "depot": 100, "source": 100})
    assert table["lost"].to_dict() == pytest.approx(dict.fromkeys(("shop", "depot", "source"), 100))
    assert card.path().set_index("site")["came_from"].to_dict() == {"shop": "fire", "depot": "shop", "source": "depot"}


def test_the_lane_that_is_behind_is_the_one_it_came_by():
    """Two parts are made into one product; only one of them is short."""
    case = chain(
        [("mine", "plant", "ore", 1), ("mill", "plant", "wood", 1), ("plant", "shop", "item", 1)],
        stocks={("plant", "ore"): 40, ("plant", "wood"): 60, ("plant", "item"): 20, ("shop", "item"): 30},
        recipes=[("plant", "item", 0)], bill=[("item", "ore", 1), ("item", "wood", 1)],
        events=[event("strike", "outage", 20, 15, site="mill")],
    )  # fmt: skip
    card = resilience(case, "strike", replications=1, window=1)
    path = card.path().set_index("site")
    assert path.loc["plant", "came_from"] == "mill" and path.loc["shop", "came_from"] == "plant"
    assert "mine" not in path.index or path.loc["mine", "direction"] == "upstream"


@pytest.fixture(scope="module")
def busy():
    return resilience(busy_shop(), "strike", replications=12, window=3, fall=0.8)


def test_against_a_plain_count_world_by_world(busy):
    """Throughput of both runs by Chain, one world at a time, and the definition in a loop."""
    plan, fall, window = busy.plan, 0.8, 3
    n, sites = len(plan.net.lanes), plan.net.sites["site"].tolist()
    for world in range(12):
        sent = []
        for each in (plan, calm(plan)):
            run = Chain(each, 1, seed=busy.outcome.seed, first=world, record=["claims.sent"])
            run.run()
            sent.append(run.history("claims.sent")[:, :, 0])
        lines = {"source": sum(4 * x for x in sent[0][:n]), "shop": 4 * sent[0][n]}  # an item is worth 4
        usual = {"source": sum(4 * x for x in sent[1][:n]), "shop": 4 * sent[1][n]}
        for site, now in lines.items():
            then, low = usual[site], []
            for t in range(plan.periods):
                for end in range(t, min(t + window, plan.periods)):
                    past = slice(max(end - window + 1, 0), end + 1)
                    if (
                        now[t] < fall * then[t]
                        and now[past].sum() < fall * then[past].sum()
                        and now[: t + 1].sum() < then[: t + 1].sum()
                    ):
                        low.append(t)
            row, w = sites.index(site), busy.ripples.worlds
            assert w["site first"][row, world] == (min(low) if low else np.inf)
            assert w["site days"][row, world] == len(set(low))
            assert w["site lost"][row, world] == pytest.approx((then - now).sum(), abs=1e-6)
            assert w["site missing"][row, world] == pytest.approx(max(np.cumsum(then - now).max(), 0), abs=1e-6)


def test_what_is_missing_is_owed_or_was_not_asked_for(busy):
    w = busy.ripples.worlds
    assert (w["site not asked"] >= 0).all() and (w["site not asked"] <= w["site missing"] + 1e-9).all()


def test_other_batches_give_the_same_worlds(busy):
    many = resilience(busy_shop(), "strike", replications=70, window=3, fall=0.8, workers=2)
    for name, values in busy.ripples.worlds.items():
        np.testing.assert_array_equal(values, many.ripples.worlds[name][..., :12])
    assert many.worlds == 70 and worlds_at_once(many.plan) == 64


def test_names_and_the_order_of_rows_do_not_matter(fire):
    case = two_steps(events=[FIRE])
    turned = case.replace(**{t: case[t].iloc[::-1] for t in ("sites", "stocks", "lanes")})
    again = resilience(turned, "fire", replications=2, window=1)
    assert again.ripple().equals(fire.ripple()) and again.path().equals(fire.path())
    tables = {t: case[t].replace({"depot": "a depot", "source": "z"}) for t in ("sites", "stocks", "lanes", "events")}
    other = resilience(case.replace(**tables), "fire", replications=2, window=1).path()
    assert other["site"].tolist() == ["z", "a depot", "shop"] and other["delay"].tolist() == [0, 4, 3]


def test_what_is_sent_a_day_later_is_no_ripple():
    usual = np.zeros((1, 30, 1))
    usual[0, ::6] = 60.0
    late = np.roll(usual, 1, axis=1)
    late[0, :6] = usual[0, :6]
    assert (
        hit_days(late, usual, 0.9, 1).any()
        and hit_days(late, usual, 0.9, 12).sum() <= hit_days(late, usual, 0.9, 1).sum()
    )
    early = usual.copy()
    early[0, 11], early[0, 12] = 60.0, 0.0  # sent a day early: never behind
    assert not hit_days(early, usual, 0.9, 1).any()
    assert over_window(np.arange(5.0).reshape(1, 5, 1), 2).ravel().tolist() == [0, 1, 3, 5, 7]


def test_nothing_changes_nothing_is_hit():
    usual = np.full((2, 20, 3), 5.0)
    found = measured(usual, usual, 0 * usual, 0.9, 7)
    assert not found["hit"].any() and np.isinf(found["first"]).all() and (found["worst"] == 1).all()
    assert not found["missing"].any()


def test_struck_sites(fire):
    assert fire.plan.net.sites["site"][struck_sites(fire.plan)].tolist() == ["source"]
