"""What is always true of a chain, whatever its tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import MARKETS, PERIODS, PRODUCTS, SITES, cases

from twinkit.chain.actors import Retailer
from twinkit.chain.chain import Chain
from twinkit.chain.layout import LN, RC, ST
from twinkit.chain.people import RuleError
from twinkit.chain.plan import plan_of
from twinkit.chain.start import open_orders_of
from twinkit.columns import one_at_a_time
from twinkit.run.kpis import stock_gained, study_series
from twinkit.tables import check_case
from twinkit.tables.case import Case

RECORD = ("stocks.on_hand", "stocks.backlog", "stocks.on_order", "claims.sent", "claims.asked", "claims.lost",
          "lanes.in_transit", "lanes.at_door", "recipes.to_make", "recipes.in_work")  # fmt: skip
KINDS = ("supplier", "plant", "warehouse", "retailer")
quick = settings(
    max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def run(case, replications=3, **more):
    return Chain(case, replications, record=RECORD, **{"seed": 7, **more}).run()


def histories(chain):
    return {name: chain.history(name).tobytes() for name in RECORD}


def asked(chain, markets):
    """Demand histories of some markets by name."""
    at = [chain.labels("claims.asked").index(m) for m in markets]
    return chain.history("claims.asked")[at]


def market_names(case):
    return [f"{m} | {p}" for m, p in zip(case["markets"]["market"], case["markets"]["product"], strict=True)]


@settings(quick, max_examples=60)
@given(case=cases())
def test_random_cases_keep_every_rule_of_the_tables(case):
    assert check_case(case) == []


@settings(quick, max_examples=40)
@given(case=cases())
def test_goods_are_conserved_and_nothing_is_negative(case):
    chain = run(case)
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6
    for name in RECORD:
        assert chain.history(name).min(initial=0.0) >= -1e-9, name
    sold = chain.history("claims.sent")
    owed = open_orders_of(chain.plan).owed[:, None, None]
    backlog_of_claims = owed + np.cumsum(chain.history("claims.asked") - sold - chain.history("claims.lost"), axis=1)
    assert backlog_of_claims.min(initial=0.0) >= -1e-6


def worth(chain, values):
    """Value of all goods by pencil: on hand and on the way at the value of the product, in work at what it has cost."""
    w, net = chain.world, chain.plan.net
    moving = w.lane[LN.in_transit] + w.lane[LN.at_door] + w.lane[LN.held]
    parts = np.zeros(len(net.recipes))
    np.add.at(parts, net.part_recipe, net.parts["component"].map(values).to_numpy(float) * net.part_qty)
    return (
        net.stocks["product"].map(values).to_numpy(float) @ w.stock[ST.on_hand]
        + net.lanes["product"].map(values).to_numpy(float) @ moving
        + (parts + net.recipes["unit_cost"].to_numpy(float)) @ w.recipe[RC.in_work]
    )


@settings(quick, max_examples=40)
@given(case=cases(), warm_up=st.integers(0, 5), values=st.lists(st.integers(0, 9), min_size=len(PRODUCTS), max_size=len(PRODUCTS)))
def test_what_the_goods_gain_in_value_is_what_they_are_worth_at_the_end_less_before(case, warm_up, values):
    products = case["products"].assign(value=values[: len(case["products"])])
    case = case.replace(products=products, settings={"warm_up": warm_up})
    chain = Chain(case, 3, seed=7, record=study_series(plan_of(case))).run(warm_up)
    before = worth(chain, products.set_index("product")["value"])
    chain.run()
    gained = stock_gained(chain.plan, chain.world, chain.history("stock by tier"))
    if products["value"].any():
        np.testing.assert_allclose(gained, worth(chain, products.set_index("product")["value"]) - before, atol=1e-6)
    else:
        assert not gained.any(), "no product has a value"


@quick
@given(case=cases(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(case, order):
    mixed = {t: rows.sample(frac=1, random_state=order.randrange(2**32)) for t, rows in case.tables.items()}
    assert histories(run(case.replace(**mixed))) == histories(run(case))


def renamed(case, names):
    """A case with sites, products and markets called otherwise."""
    columns = {"site", "product", "component", "substitute", "by_product", "origin", "destination", "market"}
    tables = {
        t: rows.assign(**{c: rows[c].map(lambda n: names.get(n, n)) for c in rows.columns if c in columns})
        for t, rows in case.tables.items()
    }
    return Case("renamed", tables, case.settings)


@quick
@given(case=cases(random=False, settings={"whole_units": False}), order=st.randoms(use_true_random=False))
def test_names_do_not_matter(case, order):
    whole_orders = not case["markets"]["partial"].all()  # are served in the order of their names
    ranked = case["stocks"]["sourcing"] != "shares"  # sources of one rank are tried in the order of their names
    if whole_orders or ranked.any():
        return
    words = [*SITES, *PRODUCTS, *MARKETS]
    new = dict(zip(words, order.sample([f"name {i}" for i in range(len(words))], len(words)), strict=True))
    for name in ("stocks.on_hand", "stocks.backlog", "claims.sent", "claims.lost", "lanes.in_transit"):
        before, after = run(case).history(name), run(renamed(case, new)).history(name)
        assert np.allclose(before.sum(axis=0), after.sum(axis=0), atol=1e-6), name


@quick
@given(case=cases())
def test_a_seed_is_a_fate(case):
    assert histories(run(case)) == histories(run(case))


# Common random numbers --------------------------------------------------------------


@quick
@given(case=cases(events=False))
def test_an_unrelated_site_changes_no_draw(case):
    more = {
        "sites": [{"site": "Annex", "kind": "retailer"}],
        "products": [{"product": "Apple"}],
        "stocks": [{"site": "Annex", "product": "Apple", "policy": "unlimited"}],
        "markets": [{"market": "Alley", "site": "Annex", "product": "Apple", "mean": 5, "spread": 1}],
    }
    grown = case.replace(**{t: pd.concat([case[t], Case("", {t: rows})[t]]) for t, rows in more.items()})
    assert check_case(grown) == []
    first, second = run(case), run(grown)
    for name in RECORD:
        at = [second.labels(name).index(label) for label in first.labels(name)]
        assert first.history(name).tobytes() == second.history(name)[at].tobytes(), name


@quick
@given(case=cases(events=False))
def test_an_event_changes_no_draw(case):
    stock = case["stocks"].iloc[0]
    event = {"event": "fire", "kind": "outage", "site": stock["site"], "start": 3, "duration": 5, "duration_spread": 2}
    hit = case.replace(events=[event])
    assert asked(run(hit), market_names(case)).tobytes() == asked(run(case), market_names(case)).tobytes()


@quick
@given(case=cases())
def test_more_replications_change_no_draw(case):
    few, many = run(case, 3), run(case, 8)
    later = run(case, 5, first=3)
    for name in RECORD:
        assert few.history(name).tobytes() == many.history(name)[..., :3].tobytes(), name
        assert later.history(name).tobytes() == many.history(name)[..., 3:].tobytes(), name


@quick
@given(case=cases())
def test_a_longer_horizon_changes_no_draw(case):
    longer = case.replace(settings={"periods": 2 * PERIODS})
    names = market_names(case)
    assert asked(run(longer), names)[:, :PERIODS].tobytes() == asked(run(case), names).tobytes()


@quick
@given(case=cases(events=False))
def test_two_scenarios_see_the_same_luck(case):
    other = case.replace(stocks=case["stocks"].assign(order_up_to=lambda s: s["order_up_to"] + 9))
    assert asked(run(other), market_names(case)).tobytes() == asked(run(case), market_names(case)).tobytes()


# Time travel --------------------------------------------------------------------------


@quick
@given(case=cases(), t=st.integers(0, PERIODS - 1))
def test_a_restored_run_is_an_uninterrupted_run(case, t):
    straight = histories(run(case))
    chain = Chain(case, 3, record=RECORD, seed=7).run(t)
    kept = chain.snapshot()
    chain.run()
    assert histories(chain) == straight
    chain.restore(kept).run()
    assert histories(chain) == straight


@quick
@given(case=cases())
def test_steps_one_by_one_are_a_run(case):
    chain = Chain(case, 3, record=RECORD, seed=7)
    while chain.period < chain.plan.periods:
        chain.step()
    assert histories(chain) == histories(run(case))


# Rules in Python ----------------------------------------------------------------------


class SameRetailer(Retailer):
    def order(self):
        return super().order()


class PatientRetailer(Retailer):
    def order(self):
        return super().order() * (self.on_hand < 20)


class PatientOne(Retailer):
    @one_at_a_time
    def order(self):
        if self.on_hand < 20:
            return super().order()
        return 0.0


class Impatient(Retailer):
    def order(self):
        if self.on_hand < 20:
            return 50
        return 0


class Thief(Retailer):
    def order(self):
        self.supplier.on_hand = 0.0
        return 0.0


def everywhere(actor):
    return dict.fromkeys(KINDS, actor)


def close(one, other):
    return all(np.allclose(one.history(n), other.history(n), rtol=0, atol=1e-6) for n in RECORD)


@quick
@given(case=cases())
def test_an_identity_rule_is_the_compiled_rule(case):
    assert close(run(case, actors=everywhere(SameRetailer)), run(case))


@settings(quick, max_examples=12)
@given(case=cases(periods=8))
def test_one_at_a_time_is_all_at_once(case):
    assert close(run(case, actors=everywhere(PatientOne)), run(case, actors=everywhere(PatientRetailer)))


@pytest.fixture
def shop() -> Case:
    """A shop with a supplier."""
    tables = {
        "sites": [{"site": "Mill", "kind": "supplier"}, {"site": "Shop", "kind": "retailer"}],
        "products": [{"product": "Flour"}],
        "stocks": [
            {"site": "Mill", "product": "Flour", "policy": "unlimited"},
            {"site": "Shop", "product": "Flour", "policy": "base_stock", "order_up_to": 30},
        ],
        "lanes": [{"origin": "Mill", "destination": "Shop", "product": "Flour", "lead_time": 2}],
        "markets": [{"market": "Town", "site": "Shop", "product": "Flour", "mean": 10, "spread": 3}],
    }
    return Case("shop", tables, {"periods": 10})


def test_if_on_an_array_is_explained(shop):
    with pytest.raises(RuleError, match=r"Impatient\.order.*where.*@one_at_a_time"):
        run(shop, actors={"retailer": Impatient})


def test_a_supplier_may_be_read_and_not_written(shop):
    with pytest.raises(AttributeError, match="on_hand of another site may be read"):
        run(shop, actors={"retailer": Thief})
    supplier = Chain(shop, 2).site["Shop"].supplier
    with pytest.raises(ValueError, match="read-only"):
        supplier.on_hand[:] = 0.0
