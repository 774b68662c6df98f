"""Formulas of the three rooms against plain arithmetic, brute force and drawn numbers."""

from __future__ import annotations

import heapq
import itertools
import math
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.capabilities.border import crossing, landed
from twinkit.capabilities.siting import places
from twinkit.capabilities.siting.ask import greenfield
from twinkit.capabilities.siting.network import Plants, best_network, network_of
from twinkit.capabilities.to_order import simulate, stages
from twinkit.run.engines import Cancelled
from twinkit.tables.emissions import great_circle

money = st.floats(0, 1e5, allow_nan=False)


@given(money, money, money, money, st.sampled_from(landed.BASES), st.floats(0, 1), st.booleans())
def test_the_waterfall_adds_up(goods, freight, insurance, inland, basis, rate, by_sea):
    terms = landed.Terms(basis, ad_valorem=rate, vat=0.2, fee_rate=0.003, fee_least=5, fee_most=50, port_rate=0.001)
    found = landed.landed_cost(goods, terms, freight=freight, insurance=insurance, inland=inland, by_sea=by_sea)
    value = goods + (freight + insurance) * (basis == "cif")
    assert found.customs_value == pytest.approx(value)
    assert found.without_vat == pytest.approx(
        goods + freight + insurance + inland + value * rate + min(max(0.003 * value, 5), 50) + 0.001 * value * by_sea
    )
    assert found.with_vat - found.without_vat == pytest.approx(0.2 * found.vat_base)


@given(st.lists(st.floats(0, 1000), max_size=6), st.floats(0, 2000))
def test_a_quota_is_used_once(imports, quota):
    found = landed.quota_duty(imports, 3.0, quota, 0.1, 0.4)
    assert sum(e.in_quota for e in found) == pytest.approx(min(quota, sum(imports)))
    assert [e.in_quota + e.out for e in found] == pytest.approx(imports)
    assert sum(e.duty for e in found) == pytest.approx(
        3 * (0.1 * min(quota, sum(imports)) + 0.4 * max(sum(imports) - quota, 0))
    )


def test_time_at_a_border_is_that_of_drawn_shipments():
    border = crossing.border_time(1, 6, 2, chance_documents=0.2, chance_examination=0.1)
    drawn = border.draw(np.random.default_rng(1).random((2, 400_000)))
    assert drawn.mean() == pytest.approx(border.mean, rel=0.01) and drawn.std() == pytest.approx(border.sd, rel=0.01)
    for share in (0.5, 0.8, 0.95, 0.99):
        assert (drawn <= border.within(share)).mean() == pytest.approx(max(share, 0.7), abs=0.003)
    assert border.mean == pytest.approx(1 + 0.2 * 2 + 0.1 * 6)


def test_a_hedge_gives_what_two_loans_give():
    spot, home, foreign = 0.9, 0.03, 0.06
    borrowed = 100 / (1 + foreign) ** 2  # of the foreign currency, paid back from the 100 that come in two years
    assert 100 * landed.forward_rate(spot, home, foreign, 2) == pytest.approx(borrowed * spot * (1 + home) ** 2)


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_the_best_network_is_that_of_trying_all(seed):
    luck = np.random.default_rng(seed)
    p, j = 5, 4
    demand = luck.uniform(1, 10, j)
    capacity = (
        np.where(luck.random(p) < 0.5, luck.uniform(0.4, 1.2, p) * demand.sum(), np.inf)
        if seed % 2
        else np.full(p, np.inf)
    )
    place = ["a", "a", "b", "c", "d"] if seed % 3 == 0 else []
    lost = 40.0 if seed % 5 == 0 else math.inf
    plants = Plants(list("vwxyz"), luck.uniform(5, 60, p), luck.uniform(1, 20, (p, j)), demand, capacity, place, lost)
    exactly = 2 if seed % 7 == 0 else None
    best = math.inf
    for size in range(p + 1) if exactly is None else [exactly]:
        for opened in itertools.combinations(range(p), size):
            if place and len({place[i] for i in opened}) < size:
                continue
            try:
                best = min(best, network_of(plants, opened).cost)
            except ValueError:
                continue
    if math.isinf(best):
        with pytest.raises(ValueError, match="no network can serve"):
            best_network(plants, exactly=exactly)
        return
    found = best_network(plants, exactly=exactly)
    assert found.cost == pytest.approx(best, rel=1e-5)
    assert found.bound <= best * (1 + 1e-9) and found.gap <= 1.1e-6
    assert found.flows.sum(axis=0) + found.unserved == pytest.approx(demand)
    assert (found.flows.sum(axis=1) <= plants.capacity * (1 + 1e-6)).all()


def test_a_search_can_be_cancelled_and_says_what_it_cannot():
    stop = Event()
    stop.set()
    plants = Plants(["a", "b"], [1, 1], [[1, 2], [2, 1]], [1, 1])
    with pytest.raises(Cancelled):
        best_network(plants, cancel=stop)
    with pytest.raises(ValueError, match="must be from 0 to 2"):
        best_network(plants, exactly=3)
    sizes = Plants(["small", "large"], [1, 1], [[1, 2], [2, 1]], [1, 1], place=["here", "here"])
    with pytest.raises(ValueError, match="must be from 0 to 1, the places"):
        best_network(sizes, exactly=2)
    with pytest.raises(ValueError, match="of one place a single plant"):
        best_network(sizes, must_open=[0, 1])
    with pytest.raises(ValueError, match="served by no plant"):
        Plants(["a"], [1], [[np.inf]], [1])
    seen = []
    best_network(plants, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (100, 100)


def test_the_centre_on_the_globe_beats_all_points_around_it():
    luck = np.random.default_rng(4)
    latitude, longitude, weight = (
        luck.uniform(-60, 70, 15),
        luck.uniform(100, 250, 15),
        luck.uniform(1, 9, 15),
    )  # across the date line
    best = places.centre_of_gravity(latitude, longitude, weight)
    for a, b in ((0.2, 0), (-0.2, 0), (0, 0.2), (0, -0.2)):
        there = great_circle(best.latitude + a, best.longitude + b, latitude, longitude)
        assert (there * weight).sum() / weight.sum() > best.distance
    assert places.centre_of_gravity([10.0, 50.0], [0.0, 30.0], [5.0, 1.0])[:2] == pytest.approx(
        (10.0, 0.0), abs=1e-6
    )  # the heavier end
    found, mean = greenfield(latitude, longitude, weight, 2)
    assert len(found) == 2 and mean < best.distance


def test_pooling_is_the_spread_of_the_sum():
    luck = np.random.default_rng(2)
    matrix = np.array([[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]])
    spread = np.array([3.0, 5.0, 2.0])
    draws = luck.multivariate_normal(np.zeros(3), matrix * np.outer(spread, spread), 200_000)
    found = places.pooling(spread, matrix, z=1.0)
    assert found.together == pytest.approx(draws.sum(axis=1).std(), rel=0.01) and found.apart == 10
    with pytest.raises(ValueError, match="some demands can have"):
        places.pooling(spread, -0.9)


def test_orders_of_several_parts_by_drawing_joint_demand():
    rates = {("a",): 0.3, ("a", "b"): 0.5, ("b", "c"): 0.2, ("a", "b", "c"): 0.1}
    stock, lead = {"a": 6, "b": 5, "c": 3}, 4.0
    found = stages.order_fill(rates, stock, lead)
    luck = np.random.default_rng(3)
    demand = dict.fromkeys(stock, 0)
    for order, rate in rates.items():
        number = luck.poisson(rate * lead, 300_000)
        for part in order:
            demand[part] = demand[part] + number
    for order in rates:
        drawn = np.mean(np.all([demand[p] <= stock[p] - 1 for p in order], axis=0))
        assert found.by_order["+".join(order)] == pytest.approx(drawn, abs=0.004)


def test_promises_take_no_goods_twice():
    left = stages.available_to_promise(50, [0, 100, 0, 100], [20, 10, 15, 150])
    assert left.tolist() == [30.0, 25.0, 0.0, 0.0] and left.sum() == 250 - 195
    assert stages.available_to_promise(5, [0], [9]).tolist() == [-4.0]  # too much was promised: it is told, not hidden


def test_parts_that_stop_come_later_and_nothing_else_changes():
    alone = np.ones(1)
    system = simulate.System(
        alone, np.ones((1, 1), int), np.zeros(1, int), np.array([4]), np.array([3.0]), 1.0, due=1.0
    )
    calm = simulate.run(system, 500, 6, 2)
    hit = simulate.run(simulate.System(**{**vars(system), "outage": (200.0, 230.0)}), 500, 6, 2)
    assert (
        (hit.wait > calm.wait).all() and (hit.on_time < calm.on_time).all() and (hit.longest > calm.longest + 4).all()
    )  # 30 days without parts: about 30² / 2 over fifty orders
    impatient = simulate.run(simulate.System(**{**vars(system), "patience": 1.0}), 500, 6, 2)
    assert (impatient.lost > 0).all() and (impatient.wait < calm.wait).all() and (calm.lost == 0).all()


def test_an_order_that_waits_for_parts_holds_up_no_other():
    parts = np.array([[1, 0], [0, 1]])  # two variants of two parts; the second part takes long, and none is kept
    both = simulate.System(
        np.array([0.9, 0.1]),
        parts,
        np.zeros(2, int),
        np.array([50, 0]),
        np.array([1.0, 20.0]),
        1.0,
        0.1,
        spread=0.0,
        due=0.3,
    )
    found = simulate.run(both, 1000, 8, 5)
    assert found.on_time.mean() == pytest.approx(0.89, abs=0.03)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: stages.to_stock(2, 1, 3), "faster than its orders come"),
        (lambda: stages.kanban(-1, 1, 0, 5), "demand = -1"),
        (lambda: stages.order_fill({("a",): 1.0}, {"b": 1}, 1.0), "has no base stock"),
        (lambda: stages.order_fill({("a", "a"): 1.0, (): 0.5}, {"a": 1}, 1.0), r"a\+a, \(none\): an order takes one unit of each"),
        (lambda: landed.duty(1, 1, "quota"), "must be one of"),
        (lambda: landed.content("net_cost", NC=5), "VNM"),
        (lambda: landed.converted(1, {"EUR": 1}, "USD", "EUR"), "USD: there is no rate"),
        (lambda: crossing.BorderTime([crossing.Way("a", 0.5, 1)]), "add up to 0.5"),
        (lambda: simulate.System(np.ones(1), np.zeros((1, 0)), [1], [], [], 2.0, 1.0), "asked for 200%"),
    ],
)
def test_what_cannot_be_is_said(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("seed", [2, 5, 9])
def test_two_places_are_the_best_of_all_ways_to_share_the_markets(seed):
    luck = np.random.default_rng(seed)
    at = luck.uniform(35, 60, 7), luck.uniform(-10, 30, 7), luck.uniform(1, 10, 7)

    def apart(mask):
        some = np.array([mask >> i & 1 for i in range(7)], bool)
        return sum(places.centre_of_gravity(*(v[g] for v in at)).distance * at[2][g].sum() for g in (some, ~some)) / at[2].sum()

    assert greenfield(*at, 2)[1] == pytest.approx(min(apart(mask) for mask in range(1, 64)))


@pytest.mark.parametrize(("size", "cards", "deliveries", "outage"), [(3, 2, 4.0, ()), (5, 1, 0.0, ()), (1, 4, 2.0, (20.0, 26.0)), (4, 3, 8.0, (20.0, 26.0))])
def test_kanban_cards_bring_full_containers(size, cards, deliveries, outage):
    """One part by containers, against an event list: a card goes back when the first unit of its container is taken."""
    system = simulate.System(np.ones(1), np.ones((1, 1), int), np.zeros(1, int), np.array([size * cards]), np.array([0.7]), 3.0, outage=outage, container=np.array([size]),
                             deliveries=deliveries)  # fmt: skip
    n = 300
    got = simulate.run(system, n, 1, seed=4)
    arrive = np.cumsum(np.random.default_rng([4, 0]).exponential(1 / 3.0, n))
    todo = [(t, 1, i) for i, t in enumerate(arrive)]
    heapq.heapify(todo)
    shelf, waiting, wait, held, before = [size] * cards, [], np.zeros(n), 0.0, 0.0
    while todo:
        now, kind, i = heapq.heappop(todo)
        if now > arrive[-1] and len(waiting) == 0:
            break
        first, last = arrive[n // 10], arrive[-1]
        held += sum(shelf) * max(min(now, last) - max(before, first), 0.0)
        before = now
        if kind == 1:
            waiting.append(i)
        else:
            shelf.append(size)
        while waiting and shelf:
            i = waiting.pop(0)
            wait[i] = now - arrive[i]
            if shelf[0] == size:
                sent = outage[1] if outage and outage[0] <= now < outage[1] else now
                comes = sent + 0.7
                heapq.heappush(todo, (math.ceil(comes * deliveries - 1e-9) / deliveries if deliveries else comes, 0, -1))
            shelf[0] -= 1
            if not shelf[0]:
                shelf.pop(0)
    assert got.wait[0] == pytest.approx(wait[n // 10 :].mean()) and wait.max() > 0
    assert got.part_stock[0, 0] == pytest.approx(held / (arrive[-1] - arrive[n // 10]))


def test_a_start_is_never_called_the_best_answer():
    """One draw for which HiGHS 1.16 gives back the start that it was given, at the value of a better answer."""
    luck = np.random.default_rng(329)
    n, needs = luck.integers(3, 12), luck.integers(2, 18)
    cost = luck.uniform(1, 20, (n, needs))
    cost[luck.random((n, needs)) < 0.15] = np.inf
    demand = luck.integers(0, 30, needs).astype(float)
    capacity = np.where(luck.random(n) < 0.3, np.inf, luck.uniform(0.2, 0.8, n) * demand.sum())
    lost = luck.uniform(15, 60, needs)
    plants = Plants([str(i) for i in range(n)], luck.uniform(-20, 150, n), cost, demand, capacity, lost=lost)
    best = min(network_of(plants, some).cost for k in range(n + 1) for some in itertools.combinations(range(n), k))
    assert best_network(plants, gap=1e-9).cost == pytest.approx(best) and best < 326
