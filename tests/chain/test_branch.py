"""Branches: a copy goes on to the bit, a scenario from the middle is the scenario from the start."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import PERIODS, cases
from strategies_draw import Draw
from strategies_events import random_events
from study.small import shop

from twinkit.chain.branch import transplant
from twinkit.chain.chain import Chain
from twinkit.chain.kept import BLOCKS, BY_ROW, EVENTS, OTHERS, PLANS, RINGS
from twinkit.chain.layout import LN
from twinkit.chain.plan import plan_of
from twinkit.chain.records import series
from twinkit.columns import Column
from twinkit.tables import check_case
from twinkit.tables.case import Case

RECORD = ("stocks.on_hand", "stocks.backlog", "stocks.on_order", "stocks.ordered", "stocks.forecast", "claims.sent",
          "claims.lost", "lanes.in_transit", "lanes.at_door", "recipes.to_make", "recipes.in_work")  # fmt: skip
quick = settings(
    max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
times = st.integers(0, PERIODS - 1)


def started(case, until=0, **more):
    return Chain(case, 3, record=RECORD, **{"seed": 7, **more}).run(until)


def histories(chain):
    return {name: chain.history(name).tobytes() for name in RECORD}


def totals(chain):
    return {name: getattr(chain.world, name).tobytes() for name in PLANS if name.startswith("total")}


def imbalance(chain):
    return np.abs(chain.balance().to_numpy()).max(initial=0.0)


def test_every_array_of_a_snapshot_has_a_home():
    assert set(PLANS) == {*BLOCKS, *BY_ROW, *RINGS, *EVENTS, *OTHERS}


@quick
@given(case=cases(), t=times)
def test_a_branch_is_a_copy(case, t):
    chain = started(case, t)
    branch = chain.branch()
    assert branch.period == t
    assert histories(branch.run()) == histories(chain.run())
    assert totals(branch) == totals(chain)
    assert imbalance(branch) < 1e-6


@st.composite
def cases_with_later_events(draw):
    """A case, a period, and the case with further events that begin in this period or later."""
    case = draw(cases())
    t = draw(times)
    port = "Harbour" if "Harbour" in set(case["sites"]["site"]) else ""
    tables = {name: rows.to_dict("records") for name, rows in case.tables.items()}
    d = Draw(draw, case.settings["whole_units"])
    more = [{**e, "event": f"later {e['event']}", "start": max(t, e["start"]), "latest_start": None, "after": ""}
            for e in [e for _ in range(2) for e in random_events(d, tables, port, PERIODS, True)]]  # fmt: skip
    more += [
        {"event": f"late {i}", "kind": "lead_time_increase", "start": draw(st.integers(t, PERIODS - 1)), "duration": 4,
         "severity": draw(st.sampled_from([1, 2, 5])), **{k: lane[k] for k in ("origin", "destination", "product")}}
        for i, lane in enumerate(tables["lanes"]) if draw(st.booleans())
    ]  # fmt: skip
    rows = pd.concat([case["events"], pd.DataFrame(more)]).drop_duplicates("event")
    return case, t, case.replace(events=rows)


@settings(quick, max_examples=50)
@given(drawn=cases_with_later_events())
def test_events_from_the_middle_are_events_from_the_start(drawn):
    case, t, eventful = drawn
    branch, straight = started(case, t).branch(eventful).run(), started(eventful).run()
    assert histories(branch) == histories(straight)
    assert totals(branch) == totals(straight)
    assert imbalance(branch) < 1e-6


@quick
@given(drawn=cases_with_later_events())
def test_a_snapshot_goes_into_a_chain_of_another_plan(drawn):
    case, t, eventful = drawn
    chain = started(case, t)
    again = transplant(chain.snapshot(), chain.plan, started(eventful))
    assert histories(again.run()) == histories(started(eventful).run())


def changed(case, draw):
    """The case with other numbers in its tables."""
    stocks, lanes, recipes, markets = (case[t] for t in ("stocks", "lanes", "recipes", "markets"))
    bigger, longer = draw(st.sampled_from([0.5, 1, 1.4])), draw(st.sampled_from([-2, 0, 1, 3]))
    delay, rationing = draw(st.sampled_from([-2, 0, 1])), draw(st.sampled_from(["", "first_come", "proportional"]))
    lead = recipes["lead_time"]
    return case.replace(
        stocks=stocks.assign(
            order_up_to=stocks["order_up_to"] + 7, forecast_window=stocks["forecast_window"] + draw(st.integers(0, 2)),
            rationing=rationing or stocks["rationing"],
        ),
        lanes=lanes.assign(
            lead_time=(lanes["lead_time"] + longer).clip(lower=1), capacity=lanes["capacity"] * bigger,
            information_delay=(lanes["information_delay"] + delay).clip(lower=0),
            lead_time_spread=lanes["lead_time_spread"].clip(upper=1),
        ),
        recipes=recipes.assign(lead_time=(lead + longer).clip(lower=1).where(lead > 0, 0), yield_rate=0.9),
        markets=markets.assign(mean=markets["mean"] * bigger),
        events=case["events"] if draw(st.booleans()) else case["events"][:0],
        settings={"periods": PERIODS + draw(st.sampled_from([0, 9])), "whole_units": False},
    )  # fmt: skip


@settings(quick, max_examples=30)
@given(case=cases(settings={"whole_units": False}), t=times, data=st.data())
def test_goods_are_conserved_when_the_world_changes(case, t, data):
    other = changed(case, data.draw)
    assume(check_case(other) == [])
    branch = started(case, t).branch(other)
    assert imbalance(branch) < 1e-6
    w = branch.world
    held = np.zeros(w.lane.shape[1:])
    for lane, (first, length) in enumerate(w.pipe_at):
        held[lane] = w.pipe[first : first + length].sum(axis=0)
    np.testing.assert_allclose(held, w.lane[LN.in_transit], atol=1e-6)
    branch.run()
    assert imbalance(branch) < 1e-6
    for name in RECORD:
        assert branch.history(name).min(initial=0.0) >= -1e-6, name


@quick
@given(case=cases(), t=times)
def test_another_seed_changes_the_future_alone(case, t):
    chain = started(case, t)
    branch = chain.branch(seed=8).run()
    for name in RECORD:
        assert branch.history(name)[:, :t].tobytes() == chain.run().history(name)[:, :t].tobytes(), name
    assert imbalance(branch) < 1e-6


def test_another_seed_is_another_luck_and_keeps_the_length_of_what_has_begun():
    event = {"event": "fire", "kind": "outage", "site": "shop", "start": 1, "duration": 9, "duration_spread": 5}
    later = {**event, "event": "flood", "start": 9}
    case = shop(demand=[10.0] * 40)
    case = case.replace(
        events=[event, later], markets=case["markets"].assign(demand="poisson", mean=10.0), history=case["history"][:0]
    )
    chain = Chain(case, 8, seed=1, record=["claims.asked"]).run(5)
    branch = chain.branch(seed=2)
    assert branch.world.event_length[0].tolist() == chain.world.event_length[0].tolist()
    assert branch.world.event_length[1].tolist() != chain.world.event_length[1].tolist()
    again = branch.branch().run()
    assert (branch.run().history("claims.asked") == again.history("claims.asked")).all()
    assert (branch.history("claims.asked") != chain.run().history("claims.asked")).any()


# Python, records -------------------------------------------------------------------------


def grown(case, on_hand=None):
    """The case with a second shop, its lane and its market."""
    more = {
        "sites": [{"site": "annex", "kind": "retailer"}],
        "stocks": [{"site": "annex", "product": "item", "policy": "base_stock", "order_up_to": 9, "on_hand": on_hand}],
        "lanes": [{"origin": "source", "destination": "annex", "product": "item", "lead_time": 1}],
        "markets": [{"market": "suburb", "site": "annex", "product": "item", "mean": 3}],
    }
    return case.replace(**{t: pd.concat([case[t], Case("", {t: rows})[t]]) for t, rows in more.items()})


def patient(stock):
    """Orders by chance, so that it needs the state of Mesa's generator."""
    return stock.on_hand * 0 + stock.chain.random.randrange(20) + stock.chain.rng.integers(5)


def test_own_columns_actors_and_chance_go_with_the_branch():
    import twinkit

    class Careful(twinkit.Retailer):
        kept_back = Column("units", "never offered", start=5)

        def serve(self):
            self.kept_back = self.kept_back + 1
            return np.maximum(self.on_hand - self.kept_back, 0)

    chain = Chain(shop(demand=[10.0] * 12), 2, actors={"retailer": Careful}, policies={"shop": patient},
                  record=["stocks.on_hand"]).run(5)  # fmt: skip
    branch = chain.branch()
    assert branch.site["shop"].kept_back.tolist() == chain.site["shop"].kept_back.tolist() != [[5.0, 5.0]]
    np.testing.assert_array_equal(branch.run().history("stocks.on_hand"), chain.run().history("stocks.on_hand"))
    assert Chain(shop(), 2, policies={"shop": patient}).run(2).branch(policies={}).run().by_hand is False


def test_histories_of_sums_go_on_and_new_ones_may_be_asked_for():
    case = shop(demand=[10.0] * 12)
    plan = plan_of(case)
    mean = series(
        "stock", "stocks", "on_hand", [0, 1], ["all"], line=np.zeros(2), weight=np.array([1.0, 2.0]), mean=True
    )
    chain = Chain(plan, 2, record=[mean, "stocks.on_hand"]).run(5)
    branch = chain.branch(grown(case, 7)).run()
    np.testing.assert_array_equal(branch.history("stock"), chain.branch().run().history("stock"))
    again = chain.branch(grown(case, 7), record=["stocks.on_hand", "claims.sent"])
    assert again.history("claims.sent").max() == 0 < again.history("stocks.on_hand").max()


def test_the_day_may_change():
    chain = Chain(shop(demand=[10.0] * 12), 2).run(5)
    branch = chain.branch(day="serve_first").run()
    assert branch.case.settings["day"] == "serve_first"
    assert branch.day.names[2] == "receive"
    assert branch.balance().abs().to_numpy().max() < 1e-9
