"""Lines that are run: against closed forms, against SimPy, against what must hold of any line, and in their chain."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_case import tiny_case

import twinkit
from twinkit.capabilities.line import engine, laws
from twinkit.capabilities.line.coupling import places_of
from twinkit.capabilities.line.levers import what_spares_are_worth
from twinkit.capabilities.line.simulate import advance, begin, gains, line_model, simulate
from twinkit.capabilities.upkeep.ageing import Weibull, cost_rate
from twinkit.question import Plain, question_of
from twinkit.tables import CaseError, check_case
from twinkit.tables.case import Case


def case_of(rows, **tables):
    stations = [{"line": "A", "station": f"M{i}", "position": i, **row} for i, row in enumerate(rows, 1)]
    return tiny_case().replace(stations=stations, **tables)


def model_of(rows, **tables):
    return line_model(case_of(rows, **tables), "A")


def near(found, value, sigmas=4.5):
    """Whether a mean of worlds is a value, as far as their luck tells."""
    return abs(found.mean() - value) <= sigmas * found.std(ddof=1) / len(found) ** 0.5 + 1e-9


# Closed forms ----------------------------------------------------------------------------


@pytest.mark.parametrize("wip", [1, 3, 8])
def test_a_balanced_exponential_line_is_the_practical_worst_case(wip):
    run = simulate(model_of([{"hours": 2.0, "cv": 1.0, "buffer": 9, "most_parts": wip if i == 0 else None} for i in range(4)]), 1500, 32, 300)
    known = laws.practical_worst_case(laws.line_of([2.0] * 4), wip)
    assert near(run.throughput, known.throughput) and near(run.lead, known.cycle_time)
    assert run.wip == pytest.approx(wip)


def test_penny_fab_two_without_variation():
    rows = [{"hours": h, "machines": m, "buffer": 20} for h, m in ((2, 1), (5, 2), (10, 6), (3, 2))]
    line = laws.line_of([2, 5, 10, 3], [1, 2, 6, 2])
    for wip in (1, 4, 8, 12):
        rows[0]["most_parts"] = wip
        run, known = simulate(model_of(rows), 2000, 2, 400), laws.best_case(line, wip)
        assert run.throughput == pytest.approx(known.throughput, rel=2e-3) and run.lead == pytest.approx(known.cycle_time, rel=5e-3)


def test_a_queue_without_memory():
    """A first station that is never blocked is a Poisson stream: M/M/1 with 0.8 arrivals for each service."""
    run, known = simulate(model_of([{"hours": 1.25, "cv": 1.0, "buffer": 3000}, {"hours": 1.0, "cv": 1.0}]), 12_000, 24, 1500), laws.queue(0.8, 1.0)
    assert near(run.wip - 1.0, known.jobs) and near(run.lead - 1.25, known.time) and near(run.states[:, 1, engine.WORKING], known.utilisation)
    assert near(run.waiting[:, 1], known.waiting, 6)


@pytest.mark.parametrize("after", [None, 12.0, 30.0])
def test_a_machine_that_is_replaced_by_age_costs_what_renewal_says(after):
    rows = [{"hours": 0.02, "mtbf": 30.0, "life_shape": 2.5, "repair_hours": 4.0, "repair_cv": 0.5, "maintain_after": after, "maintain_hours": 1.0}]
    run = simulate(model_of(rows), 3000, 24, 200)
    life = Weibull(2.5, 30.0 / Weibull(2.5, 1.0).mean)
    worked = run.states[:, 0, engine.WORKING] * run.hours
    spent = run.count[:, 0, 3] * 4.0 + run.states[:, 0, engine.MAINTENANCE] * run.hours  # a failure costs 4, a replacement 1
    assert near(spent / worked, cost_rate(life, np.inf if after is None else after + 0.01, 1.0, 4.0))


def test_what_is_scrapped_and_sent_back_is_what_shares_say():
    run = simulate(model_of([{"hours": 1.0, "buffer": 50}, {"hours": 0.5, "scrap": 0.1, "rework": 0.2, "rework_to": "M1", "buffer": 50}]), 3000, 16, 300)
    worked, bad, back = run.count[:, 1, :3].T
    assert near(bad / worked, 0.1) and near(back / worked, 0.2)
    assert near(run.throughput, 0.7)  # M1 makes 1 an hour, of which 0.2 / 1 come back; 0.7 of what M2 works on leaves
    assert run.oee()["quality"].iloc[1] == pytest.approx(0.7, abs=0.02)


def test_oee_and_its_losses_are_the_planned_time():
    rows = [{"hours": 0.2, "cv": 0.4, "buffer": 2, "mtbf": 9.0, "repair_hours": 2.0, "scrap": 0.05, "maintain_after": 7.0, "maintain_hours": 0.5}, {"hours": 0.25, "cv": 1.0}]
    found = simulate(model_of(rows), 500, 8, 50).oee()
    losses = ["breakdowns", "maintenance", "setup", "starved", "blocked", "defects"]
    assert found[[*losses, "good"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert (found["availability"] * found["performance"] * found["quality"]).to_numpy() == pytest.approx(found["oee"].to_numpy())


def test_two_products_are_set_up_lot_by_lot():
    """Lots of 1 and no variation: a part of 1 h and a set-up of 0.5 h, then 2 h and 0.25 h: two parts in 3.75 h."""
    tables = {"products": [{"product": p} for p in ("a", "b", "$x^2$ <b>tea</b>")],
              "routings": [{"line": "A", "product": p, "station": "M1", "hours": h} for p, h in (("a", 1.0), ("b", 2.0))],
              "setups": [{"line": "A", "station": "M1", "from_product": a, "to_product": b, "hours": h} for a, b, h in (("a", "b", 0.5), ("b", "a", 0.25))]}  # fmt: skip
    run = simulate(model_of([{"hours": 9.0}, {"hours": 9.0}], **tables), 3750, 2, 37.5)
    assert run.made.sum(axis=0) == pytest.approx([2000, 2000], abs=2)  # neither passes M2
    assert run.states[0, 0, engine.SETUP] == pytest.approx(0.75 / 3.75, rel=1e-3)
    better = gains(line_model(case_of([{"hours": 9.0}, {"hours": 9.0}], **tables), "A"), run, 0.1, 37.5).set_index(["station", "change"])["gain"]
    assert better["M1", "setup"] == pytest.approx(2 / 3.375 - 2 / 3.75, rel=0.01) and better["M2", "faster"] == 0.0


# SimPy -------------------------------------------------------------------------------------


def simpy_line(rows, hours, warm_up, seed):
    """Good parts of an hour of a line as a SimPy model: machines are processes, buffers are stores."""
    env, luck, out = simpy.Environment(), np.random.default_rng(seed), count()
    made = [0]
    stores = [simpy.Store(env, capacity=row["buffer"]) for row in rows[:-1]]

    def machine(i, row):
        life = luck.exponential(row["mtbf"]) if row.get("mtbf") else np.inf
        while True:
            if i:
                yield stores[i - 1].get()
            left = luck.exponential(row["hours"]) if row["cv"] else row["hours"]
            while life < left:
                yield env.timeout(life)
                left -= life
                yield env.timeout(luck.exponential(row["repair_hours"]))
                life = luck.exponential(row["mtbf"])
            life -= left
            yield env.timeout(left)
            if i < len(stores):
                yield stores[i].put(next(out))
            elif env.now > warm_up:
                made[0] += 1

    for i, row in enumerate(rows):
        for _ in range(row["machines"]):
            env.process(machine(i, row))
    env.run(warm_up + hours)
    return made[0] / hours


@pytest.mark.parametrize("seed", range(10))
def test_a_random_line_makes_what_simpy_makes(seed):
    luck = np.random.default_rng(seed)
    rows = []
    for _ in range(int(luck.integers(2, 6))):
        machines = int(luck.integers(1, 4))
        row = {"hours": float(machines * luck.uniform(0.6, 1.4)), "cv": float(luck.integers(0, 2)), "machines": machines, "buffer": int(luck.integers(1, 5))}
        rows.append(row | ({"mtbf": float(luck.uniform(10, 40)), "repair_hours": float(luck.uniform(1, 4))} if luck.random() < 0.6 else {}))
    other = np.array([simpy_line(rows, 250, 50, [seed, k]) for k in range(8)])
    own = simulate(model_of(rows), 250, 64, 50).throughput
    error = (own.var(ddof=1) / len(own) + other.var(ddof=1) / len(other)) ** 0.5
    assert abs(own.mean() - other.mean()) <= 4.5 * error + 0.006  # few worlds: a fixed line has no spread, but ends


# What must hold of any line ----------------------------------------------------------------


@st.composite
def lines(draw):
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {"hours": draw(st.sampled_from([0.3, 0.5, 1.0])), "cv": draw(st.sampled_from([0.0, 0.4, 1.0])), "machines": draw(st.integers(1, 3)), "buffer": draw(st.integers(0, 3))}
        if draw(st.booleans()):
            row |= {"mtbf": draw(st.sampled_from([3.0, 10.0])), "repair_hours": 1.0, "life_shape": draw(st.sampled_from([1.0, 3.0])),
                    "maintain_after": draw(st.sampled_from([None, 2.0])), "maintain_hours": 0.5}  # fmt: skip
        rows.append(row | {"scrap": draw(st.sampled_from([0.0, 0.1]))})
    rows[0]["most_parts"] = draw(st.sampled_from([None, 1, 5]))
    return rows


@settings(max_examples=25, deadline=None)
@given(lines(), st.integers(0, 10_000), st.floats(0.0, 39.0))
def test_parts_are_neither_made_nor_lost_and_a_pause_changes_nothing(rows, seed, pause):
    model = line_model(case_of(rows), "A", seed)
    whole, parted = begin(model, 3, 200.0), begin(model, 3, 200.0)
    advance(model, whole, np.full(3, 40.0))
    advance(model, parted, np.full(3, pause))
    advance(model, parted, np.full(3, 40.0))
    for state in (whole, parted):
        begun = 200.0 - state.product[:, 0, engine.ALLOWED]
        inside, made, bad = (state.product[:, 0, k] for k in (engine.INSIDE, engine.MADE, engine.SCRAPPED))
        assert (begun == inside + made + bad).all()
        on = (state.machine[:, engine.PRODUCT] >= 0).sum(axis=1) + state.station[:, :, engine.QUEUED].sum(axis=1)
        assert (on == inside).all() and (state.station[:, 1:, engine.QUEUED] <= np.maximum(model.spec.station[1:, engine.ROOM], 0)).all()
        spent = state.station[:, :, engine.SPENT :].sum(axis=2)
        assert spent == pytest.approx(np.tile(40.0 * np.bincount(model.spec.station_of), (3, 1)))
        assert not rows[0]["most_parts"] or (inside <= rows[0]["most_parts"]).all()
    assert (whole.product[:, 0, engine.MADE] == parted.product[:, 0, engine.MADE]).all()
    assert whole.station[:, :, engine.SPENT :] == pytest.approx(parted.station[:, :, engine.SPENT :], abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(lines(), st.integers(0, 10_000), st.data())
def test_a_quicker_station_or_more_room_makes_no_less_on_the_same_luck(rows, seed, data):
    rows = [row | {"machines": 1, "scrap": 0.0, "maintain_after": None, "most_parts": None} for row in rows]
    model, s = line_model(case_of(rows), "A", seed), data.draw(st.integers(0, len(rows) - 1))
    made = simulate(model, 60, 4).made
    if not rows[s].get("mtbf"):  # what works less fails later, at another part
        assert (simulate(model.faster(s, 0.2), 60, 4).made >= made).all()
    if s < len(rows) - 1 and rows[s]["buffer"]:
        assert (simulate(model.roomier(s), 60, 4).made >= made).all()


# Bad input ----------------------------------------------------------------------------------


def test_a_line_that_locks_itself_is_told_where_and_why():
    rows = [{"hours": 0.1, "buffer": 0}, {"hours": 1.0, "rework": 0.6, "rework_to": "M1"}]
    with pytest.raises(CaseError, match=r"still for ever.*M1 waits for room before M2, M2 waits for room before M1"):
        simulate(model_of(rows), 500, 8)


def test_lines_that_cannot_be_get_sentences_all_at_once():
    tea = "$x^2$ <b>tea</b>"
    case = case_of(
        [{"hours": 1.0, "buffer": -1}, {"hours": 2.0, "availability": 0.9, "mtbf": 5.0, "repair_hours": 1.0, "rework": 0.1, "rework_to": "M7"}, {"hours": 1.0, "mtbf": 5.0}],
        products=[{"product": p} for p in (tea, "a", "b", "c")],
        routings=[{"line": "A", "product": p, "station": s, "hours": 1.0} for p, s in (("a", "M1"), ("b", "M1"), ("c", "M11"))],
        setups=[{"line": "A", "station": "M1", "from_product": "a", "to_product": "b", "hours": 1.0}],
        shifts=[{"line": "A", "weekday": 1, "begin": 8, "end": 8}, {"line": "A", "weekday": 2, "begin": 6, "end": 14}, {"line": "A", "weekday": 2, "begin": 12, "end": 20}],
        machine_events=[{"event": "e", "line": "B", "station": "M1", "start": 3, "hours": 4}],
    )
    said = " ".join(str(p) for p in check_case(case))
    for words in ("buffer", "is said beside mtbf", "'M7'", "'M11'", "b → a", "never opens", "before the end of another shift", "'B'", "repaired in no time"):
        assert words in said, (words, said)


# In the chain -------------------------------------------------------------------------------


def chain_case(stations, periods=40, demand=100.0, to=400.0, spare=None, **tables):
    """A supplier, a plant with a line, and a customer; with a spare part from the same supplier if asked."""
    stocks = [{"site": "shop", "product": "pump", "policy": "base_stock", "order_up_to": to},
              {"site": "plant", "product": "pump", "policy": "base_stock", "order_up_to": to}, {"site": "plant", "product": "casting", "policy": "base_stock", "order_up_to": 3 * to},
              {"site": "foundry", "product": "casting", "policy": "unlimited"}]  # fmt: skip
    lanes = [{"origin": "foundry", "destination": "plant", "product": "casting", "lead_time": 1.0}, {"origin": "plant", "destination": "shop", "product": "pump", "lead_time": 1.0}]
    if spare is not None:
        stocks += [{"site": "plant", "product": "bearing", "policy": "base_stock", "order_up_to": spare}, {"site": "foundry", "product": "bearing", "policy": "unlimited"}]
        lanes += [{"origin": "foundry", "destination": "plant", "product": "bearing", "lead_time": 6.0}]
    return Case("pumps", {
        "sites": [{"site": "foundry", "kind": "supplier"}, {"site": "plant", "kind": "plant"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": p} for p in ("pump", "casting", "bearing")], "stocks": stocks, "lanes": lanes,
        "bill_of_materials": [{"product": "pump", "component": "casting", "quantity": 2}], "recipes": [{"site": "plant", "product": "pump", "line": "A"}],
        "markets": [{"market": "town", "site": "shop", "product": "pump", "demand": "constant", "mean": demand, "lost_share": 0.0}],
        "stations": [{"line": "A", "station": f"M{i}", "position": i, **row} for i, row in enumerate(stations, 1)], **tables,
    }, {"periods": periods, "whole_units": True})  # fmt: skip


def started(chain):
    return chain.history("recipes.started")[0].copy()


def test_a_line_without_variation_is_a_recipe_with_a_capacity():
    case = chain_case([{"hours": 0.5}])
    assert check_case(case) == []
    line = twinkit.Chain(case, 2, record=["recipes.started"]).run()
    plain = twinkit.Chain(case.replace(recipes=[{"site": "plant", "product": "pump", "capacity": 48}], stations=[]), 2, record=["recipes.started"]).run()
    assert (started(line) == started(plain)).all() and started(line)[10:].max() == 48.0


def test_what_the_chain_lacks_starves_the_line_and_a_full_store_stops_it():
    case = chain_case([{"hours": 0.2, "cv": 1.0, "buffer": 5}, {"hours": 0.15, "cv": 1.0}], demand=30.0, to=100.0, events=[
        {"event": "foundry out", "kind": "outage", "site": "foundry", "start": 10, "duration": 20, "severity": 1.0, "scheduled": True}])  # fmt: skip
    chain = twinkit.Chain(case, 4, record=["recipes.started", "stocks.on_hand"]).run()
    made = started(chain)
    assert made[25:30].max() == 0.0 and made[36:].mean() > 20.0  # a line that could make 120 a day makes what is ordered
    assert made[5:10].mean() < 60.0
    state = engine.State(*chain.kept["A"][:-1])
    assert (state.product[:, 0, engine.MADE] >= made.sum(axis=0)).all()
    busy = state.product[:, 0, engine.INSIDE] + state.product[:, 0, engine.MADE] - made.sum(axis=0)
    place = places_of(chain)["A"]
    assert (2 * busy <= chain.world.stock[0, place.parts[0][0]] + 1e-9).all()  # what is in the line is in the books of its components
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6


def test_a_repair_waits_for_a_spare_that_the_chain_brings():
    rows = [{"hours": 0.2, "mtbf": 30.0, "life_shape": 3.0, "repair_hours": 2.0, "spare": "bearing", "scrap": 0.05}]
    made, waits = {}, {}
    for spare in (1, 8):
        chain = twinkit.Chain(chain_case(rows, periods=80, spare=spare), 8, record=["recipes.started"]).run()
        state = engine.State(*chain.kept["A"][:-1])
        used = state.spare[:, 0, engine.USED]
        row = places_of(chain)["A"].spares[0]
        assert np.abs(chain.balance().to_numpy()).max() < 1e-6
        assert (used > 3).all() and chain.world.total_stock[twinkit.chain.layout.TOTALS_STOCK.destroyed, row] == pytest.approx(used)
        made[spare], waits[spare] = started(chain).sum(), state.station[:, 0, engine.SPENT + engine.WAITING].sum()
    assert made[8] > 1.3 * made[1] and waits[8] < 0.1 * waits[1]


def test_an_outage_of_the_plant_and_a_broken_machine_stop_the_line():
    rows = [{"hours": 0.5}]
    out = [{"event": "plant out", "kind": "outage", "site": "plant", "start": 10, "duration": 5, "severity": 1.0, "scheduled": True}]
    hit = [{"event": "crash", "line": "A", "station": "M1", "start": 10, "hours": 120}]
    for tables in ({"events": out}, {"machine_events": hit}):
        made = started(twinkit.Chain(chain_case(rows, **tables), 2, record=["recipes.started"]).run())
        assert made[10:15].max() == 0.0 and made[9].min() == made[16].min() == 48.0


def test_a_branch_of_a_chain_with_a_line_goes_on_as_the_chain_does():
    case = chain_case([{"hours": 0.2, "cv": 1.0, "buffer": 4, "mtbf": 10.0, "repair_hours": 3.0}, {"hours": 0.2, "cv": 0.5}])
    whole = twinkit.Chain(case, 4, record=["recipes.started"]).run()
    chain = twinkit.Chain(case, 4, record=["recipes.started"]).run(15)
    shot, branch = chain.snapshot(), chain.branch().run()
    assert (started(branch) == started(whole)).all()
    chain.run(30)
    chain.restore(shot).run()
    assert (started(chain) == started(whole)).all()
    later = chain_case([{"hours": 0.2, "machines": 2, "buffer": 4}, {"hours": 0.2}])
    with pytest.raises(CaseError, match="Change a line from the beginning"):
        twinkit.Chain(case, 4).run(15).branch(later).run()


def test_what_is_bought_for_a_line_and_what_a_breakdown_costs():
    rows = [{"hours": 0.45, "cv": 0.5, "machine_cost": 5000.0, "place_cost": 10.0, "buffer": 3, "mtbf": 60.0, "repair_hours": 2.0, "spare": "bearing"}, {"hours": 0.2}]
    case = chain_case(rows, demand=80.0, to=200.0, spare=9)
    known = {lever.name: lever for lever in twinkit.levers.levers.levers_of(case)}
    assert {"line_machines", "line_buffers", "line_spares"} <= set(known)
    assert known["line_machines"].price.yearly(case, 2, 0) == 10_000.0 and known["line_buffers"].price.yearly(case, 3, 0) == 30.0
    more = known["line_machines"].apply(case, 1)["stations"].set_index("station")["machines"]
    assert more.to_dict() == {"M1": 2, "M2": 1}
    assert known["line_buffers"].apply(case, 4)["stations"]["buffer"].tolist() == [7, 1]
    runs = twinkit.ensemble(case, [twinkit.Scenario("now"), twinkit.Scenario("two", levers={"line_machines": 1})], 4)
    assert (runs["two"].kpis["fill rate"] > runs["now"].kpis["fill rate"] + 0.05).all()  # 51 a day at most, of 80 asked
    unpriced = chain_case([row | {"machine_cost": None} for row in rows], spare=2)
    assert {lever.name: lever for lever in twinkit.levers.levers.levers_of(unpriced)}["line_machines"].price is None
    calm = known["line_machines"].apply(case, 1)
    costs = twinkit.what_a_breakdown_costs(calm, hours=168, start=10, stations=["M1", "M2"], replications=4).set_index("station")
    assert costs.loc["M2", "fill rate"] < -0.02 and costs.loc["M2", "backlog"] > costs.loc["M1", "backlog"] >= 0  # M1 has another machine
    assert (costs["total cost_low"] <= costs["total cost"]).all() and len(what_spares_are_worth(calm, 1, 2)) == 1
    lives = [{"machine": "M1", "part": str(k), "age": age} for k, age in enumerate((31.0, 39.0, 57.0, 80.0))]
    asked = calm.replace(machines=[{"machine": "M1", "preventive_cost": 1, "failure_cost": 10}], lives=lives)
    told = str(question_of("upkeep").tell(twinkit.when_to_maintain(asked, samples=10, breakdown=168, replications=2)))
    assert "A breakdown of 168 h costs most at M1" in told and "One spare more of each kind" in told and "What spares are worth" in told
    with pytest.raises(CaseError, match="no station 'M3'"):
        twinkit.what_a_breakdown_costs(calm, stations=["M3"])


def test_what_a_line_could_not_make_is_told_as_a_capacity():
    question = question_of("explain")(Plain(chain_case([{"hours": 0.5}], demand=60.0, to=150.0).replace(settings={"replications": 4})))
    told = str(question.tell(question.run()))
    assert "trace to the capacity of plant for pump" in told
