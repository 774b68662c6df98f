"""Recommendations: known by hand, on fresh luck, within the budget, with conditions that hold."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
import pytest
from study.small import printed
from study.strikes import busy_shop, corner_shop

import twinkit
from twinkit.levers.lever import Price
from twinkit.levers.levers import levers_of
from twinkit.run import plans
from twinkit.run.engines import Cancelled
from twinkit.run.scenario import Scenario
from twinkit.study.appraisal import Appraiser, Memory, quiet
from twinkit.study.recommend import recommend
from twinkit.study.recommend_words import condition
from twinkit.study.recommendation import FRESH, LAST
from twinkit.study.risks import Risk
from twinkit.study.search import front
from twinkit.tables import CaseError

SAFETY = "safety_days_tier_0"
STRIKE = Risk("strike", 0.6)


@pytest.fixture(scope="module")
def known():
    """Nothing is random, and safety stock is all that can be done."""
    return recommend(corner_shop(), [STRIKE], levers=[SAFETY], trials=40, replications=1, fresh=2)


@pytest.fixture(scope="module")
def lucky():
    return recommend(busy_shop(), [STRIKE, Risk("fire", 0.3)], trials=12, replications=4, fresh=16, unseen=[])


def test_the_best_is_the_one_that_is_known(known):
    assert known.scenario == Scenario("recommended", (), {SAFETY: 4.0})
    row = known.table().iloc[0]
    assert row["cost"] == pytest.approx(4 * 1825, rel=1e-3) and row["price"] == 0
    assert row["saved"] == pytest.approx(0.6 * 20_000, rel=0.01)
    assert row["gain"] == pytest.approx(12_000 - 7_300, rel=0.03)
    assert row["gain_low"] <= row["gain"] <= row["gain_high"] and row["better"] == 1.0
    assert known.break_even(known.best, 0).value == pytest.approx(7_300 / 20_000, rel=0.01)
    assert known.bias()["bias"].abs().max() < 1e-9  # no luck, no curse
    said = "It pays as long as strike happens more often than once in 2.7 years; assumed here: once in 1.7 years."
    assert said in known.sentences()[0] and "4 days of extra stock where customers buy" in known.sentences()[0]


def test_where_it_does_not_pay_nothing_is_done(known):
    rare = recommend(corner_shop(), [Risk("strike", 0.2)], levers=[SAFETY], trials=8, replications=1, fresh=1)
    assert rare.best.levers == {} and rare.scenario.levers == {}
    assert rare.sentences()[0].startswith("Leave things as they are")
    assert rare.table().iloc[0]["gain"] < 0 and not rare.table().iloc[0]["chosen"]


def test_break_even_by_brute_force(lucky):
    case = busy_shop()
    single = lucky.singles[SAFETY]
    even = lucky.break_even(single, 0).value
    assert 0 < even < 1
    levers = {lever.name: lever for lever in levers_of(case)}
    risks = [Risk("strike", even), Risk("fire", 0.3)]
    base, again = Appraiser(quiet(case), risks, levers, lucky.prices)([{}, single.levers], lucky.seed + LAST, 16)
    assert (base.total - again.total).mean() == pytest.approx(0.0, abs=1e-6 * base.total.mean())
    for side, p in ((-1, even - 0.05), (1, even + 0.05)):
        moved = replace(single, probabilities=np.array([p, 0.3]))
        assert np.sign((replace(lucky.base, probabilities=moved.probabilities).total - moved.total).mean()) == side
    row = lucky.table().set_index("lever").loc[SAFETY]
    dearer = replace(single, price=row["pays_up_to"])
    assert (lucky.base.total - dearer.total).mean() == pytest.approx(0.0, abs=1e-6 * base.total.mean())


def test_three_lots_of_luck(lucky):
    losses = [lucky.tuned[0].appraisal.losses, lucky.finalists[0][1].losses, lucky.base.losses]
    assert [x.shape for x in losses] == [(2, 4), (2, 16), (2, 16)]
    assert not np.array_equal(losses[1], losses[2]) and FRESH != LAST
    direct = twinkit.ensemble(busy_shop(), Scenario("s", ("strike",)), 16, seed=lucky.seed + LAST)["s"]
    lost = direct.costs["lost margin"] - direct.calm_costs["lost margin"]
    assert np.corrcoef(lost, lucky.base.losses[0])[0, 1] > 0.999


def test_what_was_picked_for_looking_good_looked_too_good():
    """Twelve sets in one world of luck: the one that looks best there is worse in the other worlds, on the mean."""
    case = busy_shop()
    levers = {lever.name: lever for lever in levers_of(case)}
    prices = {name: lever.price for name, lever in levers.items()}
    sets = [{}, *({SAFETY: d, "expediting": on} for d in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0) for on in (False, True))]
    found = Appraiser(quiet(case), [Risk("strike", 0.4)], levers, prices)(sets, 5, 64)
    gain = np.array([found[0].total - a.total for a in found])  # sets, worlds
    best = gain.argmax(axis=0)
    others = (gain.sum(axis=1)[best] - gain.max(axis=0)) / 63
    assert (gain.max(axis=0) - others).mean() > 100


def test_the_bias_is_the_gain_in_the_search_less_that_on_fresh_luck(lucky):
    (old_base, new_base), *rest = lucky.finalists
    tuned = np.mean([old_base.total.mean() - old.total.mean() for old, _ in rest])
    fresh = np.mean([new_base.total.mean() - new.total.mean() for _, new in rest])
    row = lucky.bias().set_index("of").loc["finalists"]
    assert row["bias"] == pytest.approx(tuned - fresh) and row["bias_low"] < row["bias"] < row["bias_high"]


def test_the_same_again_to_the_bit_with_more_workers(lucky):
    again = recommend(
        busy_shop(), [STRIKE, Risk("fire", 0.3)], trials=12, replications=4, fresh=16, unseen=[], workers=1
    )
    assert again.table().equals(lucky.table()) and again.front().equals(lucky.front())
    assert [t.values for t in again.tuned] == [t.values for t in lucky.tuned]


def test_the_budget_is_kept():
    case, more = busy_shop(), {"trials": 12, "replications": 4, "fresh": 8, "unseen": []}
    found = recommend(case, [STRIKE], 4000.0, **more)
    assert found.best.levers and found.best.spent <= 4000 * 1.05  # on luck that had no part in the choice
    assert found.front()["within"].any() and (found.front().query("chosen")["price"] <= 4000).all()
    assert all(old.spent <= 4000 for old, _ in found.finalists)
    assert recommend(case, [STRIKE], 0.0, levers=[SAFETY], **more).best.levers == {}
    priced = recommend(case, [STRIKE], 4000.0, levers=["expediting"], prices={"expediting": 4001.0}, **more)
    assert priced.best.levers == {} and priced.singles["expediting"].price == 4001.0


def test_within_the_set_and_under_other_events(known):
    both = recommend(corner_shop(), [STRIKE], trials=8, replications=1, fresh=2)
    for name, without in both.without.items():
        adds = both.table().set_index("lever").loc[name, "adds"]
        assert adds == pytest.approx(without.total.mean() - both.best.total.mean())
        assert name not in without.levers
    stress = known.stress()
    assert stress["event"].tolist() == ["fire"] and stress["loss_as_is"][0] > 0
    assert known.sentences()[-1].endswith("no part in the choice.")


def test_stock_that_is_built_before_an_event_that_is_known_of():
    always = recommend(corner_shop(), [Risk("strike", 1.0)], levers=[SAFETY], trials=8, replications=1, fresh=1)
    built = recommend(corner_shop(), [Risk("strike", 1.0)], levers=[SAFETY], trials=8, replications=1, fresh=1, since=5)
    assert built.scenario.since == 5 and built.best.levers
    keep = {
        k: r.singles[SAFETY].running.mean() / r.singles[SAFETY].levers[SAFETY] for k, r in (("a", always), ("b", built))
    }
    assert keep["b"] < keep["a"]


def test_all_problems_at_once():
    with pytest.raises(CaseError) as caught:
        recommend(twinkit.example("automotive"), [Risk("Naka fab fyre 2021", 1.3)], -1.0, ("cost", "risk"),
                  levers=["magic", "extra_capacity", "second_source"], prices={"second_source": Price(setup=3.0)},
                  unseen=["nothing"], trials=0, since=-2)  # fmt: skip
    text = str(caught.value)
    for part in ("'0' must be a whole number", "is no event of the case. Did you mean 'Naka fab fire", "probability 1.3",
                 "'nothing' is no event", "since: '-2'", "budget: '-1'", "'risk' is no objective", "'magic' is no lever",
                 "'extra_capacity' has no price in the case. Give prices={'extra_capacity': …} in EUR a year for 1 = 100 % more",
                 "over how many years"):  # fmt: skip
        assert part in text
    assert len(caught.value.problems) == 10
    with pytest.raises(CaseError, match="there are no risks"):
        recommend(corner_shop(), [])


@pytest.mark.parametrize(
    ("cost", "saved", "says"),
    [
        (0.1, 10.0, "It pays as long as strike happens more often than once in 100 years (95 % sure: once in 9"),
        (1.0, 10.0, "It would only pay if strike happened more often than once in 10 years"),
        (20.0, 10.0, "Even if strike happened every year it would not pay."),
        (-0.1, -10.0, "as long as strike happens less often than once in 100 years"),
        (-0.1, 10.0, "It pays even if none of this ever happens."),
        (0.1, -10.0, "It does not pay: it adds to the losses"),
        (-0.1, 0.0, "It saves money, and changes nothing under these risks."),
    ],
)
def test_when_it_pays_is_said_in_years_and_the_right_way_round(known, cost, saved, says):
    luck = np.random.default_rng(1).normal(1.0, 0.1, (1, 32))
    base = replace(known.base, running=np.zeros(32), losses=100 + 0 * luck, probabilities=np.array([0.05]))
    own = replace(base, levers={SAFETY: 1.0}, price=cost, losses=base.losses - saved * luck)
    found = replace(known, risks=[Risk("strike", 0.05)], base=base, best=own, singles={SAFETY: own})
    text = condition(found, own)
    assert says in text and ("assumed here: once in 20 years" in text) == ("often than" in text)
    even = found.break_even(own, 0)
    assert math.isnan(even.value) == (saved == 0 or (saved < 0 < cost))
    pays = {0.1: "above", 1.0: "above", 20.0: "never", -0.1: "always"} if saved > 0 else {-0.1: "below", 0.1: "never"} if saved else {}
    assert found.break_evens().iloc[-1]["pays"] == pays.get(cost, "")


def test_another_price_or_probability_runs_nothing_and_another_lot_of_luck_makes_no_plan(monkeypatch):
    case = corner_shop()
    known = {lever.name: lever for lever in levers_of(case)}
    prices, memory = {name: Price() for name in known}, Memory(case)
    sets = [{}, {SAFETY: 4.0}]
    before = Appraiser(case, [STRIKE], known, prices, memory=memory)(sets, 1, 2)
    asked = []
    monkeypatch.setattr(plans, "_plan", lambda *args: asked.append(args))
    again = Appraiser(case, [Risk("strike", 0.1)], known, {**prices, SAFETY: Price(7.0)}, memory=memory)
    after = again(sets, 1, 2)
    assert after[1].price == 28.0 and np.array_equal(after[1].losses, before[1].losses)
    assert np.array_equal(after[1].expected, before[1].expected / 6)
    other = again(sets, 2, 3)
    assert other[1].losses.shape == (1, 3) and not asked
    assert Appraiser(corner_shop(), [STRIKE], known, prices, memory=memory).memory is not memory  # another case


def test_progress_and_cancel():
    told, stop = [], threading.Event()
    recommend(
        corner_shop(), [STRIKE], levers=[SAFETY], trials=2, replications=1, fresh=1, progress=lambda *x: told.append(x)
    )
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] and [d for d, _ in told] == sorted(d for d, _ in told)
    with pytest.raises(Cancelled):
        recommend(corner_shop(), [STRIKE], trials=500, replications=1, progress=lambda *_: stop.set(), cancel=stop)


def test_front_against_a_plain_one():
    values = np.random.default_rng(1).integers(0, 6, (60, 3)).astype(float)
    plain = [not any((b <= a).all() and (b < a).any() for b in values) and not any((b == a).all() for b in values[:i])
             for i, a in enumerate(values)]  # fmt: skip
    assert front(values).tolist() == plain


def test_it_prints_as_a_few_lines(known):
    assert "Recommendation for" in printed(known)
