"""What is held by hand: for its periods and no longer, in branches and snapshots, too."""

from __future__ import annotations

import numpy as np
import pytest
from study.small import shop

from twinkit.chain import chain as chain_module
from twinkit.chain.actors import base_stock
from twinkit.chain.chain import HOLDABLE, Chain
from twinkit.tables import CaseError
from twinkit.tables.read import example

RECORD = ["stocks.ordered", "lanes.departed", "claims.sent"]
LANE = ("source", "shop", "item", "road")


def started(**more):
    return Chain(shop(demand=[10.0] * 12), 2, record=RECORD, **more)


def ordered(chain):
    return chain.run().history("stocks.ordered")[chain.labels("stocks.ordered").index("shop | item")]


@pytest.mark.parametrize("policies", [None, {"shop": base_stock}])
def test_an_order_is_set_for_a_range_of_periods(policies):
    chain = started(policies=policies)
    chain.override("shop", "item", 17, 3, 6)
    chain.override("shop", "item", [1, 2], 4)
    found, usual = ordered(chain), ordered(started(policies=policies))
    np.testing.assert_array_equal(found[:3], usual[:3])
    assert found[3:6].tolist() == [[17, 17], [1, 2], [17, 17]]
    assert found[6, 0] != 17
    assert chain.holds == []


def test_a_negative_order_gives_the_decision_back():
    chain = started()
    chain.override("shop", "item", 17, 3, 6)
    chain.override("shop", "item", -1, 3, 6)
    np.testing.assert_array_equal(ordered(chain), ordered(started()))


def test_steps_one_by_one_hold_the_same():
    chain, other = started(), started()
    for c in (chain, other):
        c.override("shop", "item", 17, 3, 6)
        c.hold("lanes", "capacity", LANE, 4, 5, 8)
    while other.period < 12:
        other.step()
    for name in RECORD:
        np.testing.assert_array_equal(chain.run().history(name), other.history(name))


def test_a_number_is_held_and_put_back():
    chain = started()
    chain.hold("lanes", "capacity", LANE, 4, 5, 8)
    chain.hold("stocks", "order_up_to", ("shop", "item"), 200, 10, 11)
    chain.run(6)
    assert np.isinf(chain.carrier["road"].capacity).all()
    left = chain.run().history("lanes.departed")[0, :, 0]
    assert (left[5:8] == 4).all()
    assert left[8] > 4
    assert chain.site["shop"]["item"].order_up_to == 20
    assert ordered(chain)[10, 0] > 100


def test_a_rule_that_learns_keeps_what_it_writes():
    def learn(chain):
        """Raise the level in period 4."""
        if chain.period == 4:
            chain.site["shop"]["item"].order_up_to = 77.0

    chain = started(day=chain_module.Day("order_after_demand").insert(learn, before="account"))
    chain.hold("stocks", "order_up_to", ("shop", "item"), 50, 3, 6)
    assert chain.run().site["shop"]["item"].order_up_to == 77


def test_without_holds_the_run_is_one_loop(monkeypatch):
    calls = []
    monkeypatch.setattr(chain_module, "advance", lambda ref, start, until, *codes: calls.append((start, until)))
    started().run()
    chain = started()
    chain.hold("lanes", "capacity", LANE, 4, 5, 8)
    chain.override("shop", "item", 3, 10)
    chain.run()
    assert calls == [(0, 12), (0, 5), (5, 8), (8, 10), (10, 11), (11, 12)]


def test_snapshots_and_branches_carry_what_is_held():
    chain = started()
    chain.override("shop", "item", 17, 3, 6)
    chain.hold("lanes", "capacity", LANE, 4, 5, 8)
    straight = ordered(chain.branch())
    kept, branch = chain.run(4).snapshot(), chain.run(5).branch()
    np.testing.assert_array_equal(ordered(branch), straight)
    np.testing.assert_array_equal(ordered(chain), straight)
    np.testing.assert_array_equal(ordered(chain.restore(kept)), straight)


def test_what_is_held_must_be_in_the_new_case():
    chain = started()
    chain.hold("lanes", "capacity", LANE, 4, 5, 8)
    lanes = chain.case["lanes"].assign(mode="rail", start_in_transit=0.0)
    with pytest.raises(CaseError, match="capacity is held until period 8"):
        chain.branch(chain.case.replace(lanes=lanes))


def test_what_cannot_be_held_says_why():
    chain = started().run(4)
    for args, error, match in [
        (("shop", "nothing", 1), KeyError, "shop keeps no nothing"),
        (("shop", "item", float("nan")), ValueError, "must be a number"),
        (("shop", "item", [1, 2, 3]), ValueError, "must be 2 numbers"),
        (("shop", "item", 1, 3), ValueError, "the chain is in period 4 of 12"),
        (("shop", "item", 1, 12), ValueError, "the chain is in period 4 of 12"),
        (("shop", "item", 1, 5, 5), ValueError, "cannot be held"),
    ]:
        with pytest.raises(error, match=match):
            chain.override(*args)
    with pytest.raises(KeyError, match=r"lanes\.lead_time cannot be held; what can: stocks: order"):
        chain.hold("lanes", "lead_time", LANE, 3)
    with pytest.raises(KeyError, match=r"Did you mean 'source > shop \| item \| road'"):
        chain.hold("lanes", "capacity", ("source", "shop", "item", "roa"), 3)
    with pytest.raises(ValueError, match="capacity must be a number of 0 or more"):
        chain.hold("lanes", "capacity", LANE, -3)
    assert set(HOLDABLE) == {"stocks", "lanes", "recipes"}
    assert chain.holds == []


def test_a_chain_that_nobody_needs_is_let_go():
    """Mesa keeps a table of all models; a study makes thousands of them."""
    import gc
    import weakref

    chain = Chain(example("camera"), replications=2).run(3)
    numbers = [agent.unique_id for agent in chain.agents]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    gone = weakref.ref(chain)
    del chain
    gc.collect()
    assert gone() is None
