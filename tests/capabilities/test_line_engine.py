"""Lines that are run: against closed forms, against SimPy, against what must hold of any line, and in their chain."""

from __future__ import annotations

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_case import tiny_case

import twinkit
from twinkit.bench.peers import simpy_line
from twinkit.capabilities.line import arrays, laws
from twinkit.capabilities.line.coupling import places_of
from twinkit.capabilities.line.levers import what_spares_are_worth
from twinkit.capabilities.line.simulate import advance, begin, gains, line_model, simulate
from twinkit.capabilities.line.where import where_is_the_bottleneck
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
    assert near(run.wip - 1.0, known.jobs) and near(run.lead - 1.25, known.time) and near(run.states[:, 1, arrays.WORKING], known.utilisation)
    assert near(run.waiting[:, 1], known.waiting, 6)


@pytest.mark.parametrize("after", [None, 12.0, 30.0])
def test_a_machine_that_is_replaced_by_age_costs_what_renewal_says(after):
    rows = [{"hours": 0.02, "mtbf": 30.0, "life_shape": 2.5, "repair_hours": 4.0, "repair_cv": 0.5, "maintain_after": after, "maintain_hours": 1.0}]
    run = simulate(model_of(rows), 3000, 24, 200)
    life = Weibull(2.5, 30.0 / Weibull(2.5, 1.0).mean)
    worked = run.states[:, 0, arrays.WORKING] * run.hours
    spent = run.count[:, 0, 3] * 4.0 + run.states[:, 0, arrays.MAINTENANCE] * run.hours  # a failure costs 4, a replacement 1
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
    assert run.states[0, 0, arrays.SETUP] == pytest.approx(0.75 / 3.75, rel=1e-3)
    better = gains(line_model(case_of([{"hours": 9.0}, {"hours": 9.0}], **tables), "A"), run, 0.1, 37.5).set_index(["station", "change"])["gain"]
    assert better["M1", "setup"] == pytest.approx(2 / 3.375 - 2 / 3.75, rel=0.01) and better["M2", "faster"] == 0.0


@pytest.mark.parametrize(("rows", "most", "where"), [
    ([{"hours": 0.1, "scrap": 0.3}, {"hours": 0.11}], 7.0, "M1"),  # 10 an hour, of which 7 are good
    ([{"hours": 0.1, "maintain_after": 5.0, "maintain_hours": 3.0}, {"hours": 0.12}], 6.25, "M1"),  # 50 parts in 8 h
    ([{"hours": 0.1}, {"hours": 0.05, "rework": 0.2, "rework_to": "M1", "scrap": 0.1}, {"hours": 0.01, "scrap": 0.5, "rework": 0.2}], 10 * 0.7 * 0.3 / 0.8, "M1"),
    ([{"hours": 0.1, "feeds": "M3", "scrap": 0.2}, {"hours": 0.09}, {"hours": 0.05, "scrap": 0.1}], 7.2, "M1"),
])  # fmt: skip
def test_what_is_lost_maintained_and_sent_back_makes_a_station_slow(rows, most, where):
    found = where_is_the_bottleneck(case_of([{"buffer": 400, **row} for row in rows]), hours=300, replications=3).lines[0]
    assert found.line.bottleneck_rate == pytest.approx(most, rel=1e-6) and found.slowest == where
    assert found.run.throughput.mean() == pytest.approx(most, rel=0.06)


# SimPy -------------------------------------------------------------------------------------


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
        begun = 200.0 - state.product[:, 0, arrays.ALLOWED]
        inside, made, bad = (state.product[:, 0, k] for k in (arrays.INSIDE, arrays.MADE, arrays.SCRAPPED))
        assert (begun == inside + made + bad).all()
        on = (state.machine[:, arrays.PRODUCT] >= 0).sum(axis=1) + state.buffer[:, :, arrays.QUEUED].sum(axis=1)
        assert (on == inside).all() and (state.buffer[:, 1:, arrays.QUEUED] <= model.spec.queue[1:, arrays.ROOM]).all()
        spent = state.station[:, :, arrays.SPENT :].sum(axis=2)
        assert spent == pytest.approx(np.tile(40.0 * np.bincount(model.spec.station_of), (3, 1)))
        assert not rows[0]["most_parts"] or (inside <= rows[0]["most_parts"]).all()
    assert (whole.product[:, 0, arrays.MADE] == parted.product[:, 0, arrays.MADE]).all()
    assert whole.station[:, :, arrays.SPENT :] == pytest.approx(parted.station[:, :, arrays.SPENT :], abs=1e-6)


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


# Branches, batches, rests, minor stops, staff ----------------------------------------------


def markov(begin, moves, made):
    """Long-run rate of a Markov chain's transitions out of the states in `made`: its states are found from the first on."""
    states, i = [begin], 0
    while i < len(states):
        states += [to for to, _ in moves(states[i]) if to not in states]
        i += 1
    rates = np.zeros((len(states), len(states)))
    for k, state in enumerate(states):
        for to, rate in moves(state):
            rates[k, states.index(to)] += rate
    rates -= np.diag(rates.sum(axis=1))
    share = np.linalg.lstsq(np.vstack([rates.T, np.ones(len(states))]), np.r_[np.zeros(len(states)), 1.0], rcond=None)[0]
    return sum(share[k] * made(state) for k, state in enumerate(states))


@pytest.mark.parametrize(("first", "second", "last", "rooms"), [(1.0, 1.0, 0.5, (1, 1)), (0.8, 1.1, 0.9, (2, 4)), (1.5, 0.5, 1.0, (5, 3))])
def test_an_assembly_of_two_branches_makes_what_its_markov_chain_makes(first, second, last, rooms):
    def moves(state):
        a, b, busy = state  # parts before the assembly; one more than there is room for = blocked

        def settled(a, b, busy):
            return (a - 1, b - 1, 1) if not busy and a and b else (a, b, busy)

        found = [(settled(a + 1, b, busy), 1 / first)] * (a <= rooms[0]) + [(settled(a, b + 1, busy), 1 / second)] * (b <= rooms[1])
        return found + [(settled(a, b, 0), 1 / last)] * busy

    exact = markov((0, 0, 0), moves, lambda state: state[2] / last)
    rows = [{"hours": first, "buffer": rooms[0], "feeds": "M3"}, {"hours": second, "buffer": rooms[1]}, {"hours": last}]
    run = simulate(model_of([row | {"cv": 1.0} for row in rows]), 3000, 24, 200)
    assert near(run.throughput, exact)
    assert near(run.throughput * run.lead, run.wip.mean(), 8)  # Little's law, of units
    assert (run.count[:, 0, 0] - run.count[:, 2, 0] <= rooms[0] + 3).all()  # one of each


def test_a_branch_of_several_products_brings_the_right_part():
    tables = {"products": [{"product": p} for p in ("a", "b", "$x^2$ <b>tea</b>")],
              "routings": [{"line": "A", "product": p, "station": s, "hours": h} for p, hours in (("a", (1.0, 0.4, 0.6)), ("b", (0.5, None, 0.7)))
                           for s, h in zip(("M1", "M2", "M3"), hours, strict=True) if h]}  # fmt: skip
    rows = [{"hours": 1, "buffer": 3, "machines": 2, "cv": 0.8}, {"hours": 1, "buffer": 2, "feeds": "M3", "cv": 0.8}, {"hours": 1}]
    rows = [rows[1] | {"position": 1, "station": "M2"}, rows[0] | {"position": 2, "station": "M1"}, rows[2] | {"position": 3, "station": "M3"}]
    model = model_of(rows, **tables)
    state = begin(model, 4)
    advance(model, state, np.full(4, 400.0))
    a, b = state.product[:, 0, arrays.MADE], state.product[:, 1, arrays.MADE]
    assert (np.abs(a - b) <= 4).all() and (a > 250).all()  # M1 has two machines for 1.5 h of a pair, M3 one for 1.3
    assert (np.abs(state.station[:, 0, arrays.WORKED] - a) <= 6).all()  # only a has a part of the branch


def test_unlike_stations_side_by_side_are_a_queue_with_two_servers():
    """Two machines of different speed take from one place for four; the one that is listed first is taken where both are free."""
    arrive, quick, slow, room = 1.0, 1.25, 2.0, 4

    def moves(state):
        n, a, b = state  # parts in the buffer (one more = the first machine is blocked), machines busy

        def settled(n, a, b):
            if n and not a:
                return settled(n - 1, 1, b)
            return (n - 1, a, 1) if n and not b else (n, a, b)

        return [(settled(n + 1, a, b), arrive)] * (n <= room) + [(settled(n, 0, b), 1 / quick)] * a + [(settled(n, a, 0), 1 / slow)] * b

    rows = [{"hours": 1 / arrive, "cv": 1.0, "buffer": room}, {"hours": quick, "cv": 1.0, "position": 2}, {"hours": slow, "cv": 1.0, "position": 2}]
    run = simulate(model_of(rows), 4000, 24, 200)
    assert near(run.throughput, markov((0, 0, 0), moves, lambda s: s[1] / quick + s[2] / slow))
    assert near(run.states[:, 1, arrays.WORKING], markov((0, 0, 0), moves, lambda s: s[1])) and near(run.states[:, 2, arrays.WORKING], markov((0, 0, 0), moves, lambda s: s[2]))


def test_parts_in_batches_and_at_rest_by_hand():
    rows = [{"hours": 1.0, "buffer": 8, "transfer_batch": 4}, {"hours": 0.5}]
    run = simulate(model_of(rows), 400, 2, 40)
    assert run.throughput == pytest.approx(1.0, rel=0.01)
    assert run.lead == pytest.approx((4.5 + 4.0 + 3.5 + 3.0) / 4)  # the first waits for three others, the last for three to be worked on
    assert run.wip == pytest.approx(3.75, rel=0.01)
    for room, rate in ((9, 1.0), (3, 3 / 5.0)):  # three places of which each is taken for five hours
        run = simulate(model_of([{"hours": 1.0, "buffer": room, "rest_hours": 5.0}, {"hours": 0.2}]), 500, 2, 50)
        assert run.throughput == pytest.approx(rate, rel=0.01)
    assert run.states[0, 0, arrays.BLOCKED] == pytest.approx(0.4, abs=0.01)
    last = simulate(model_of([{"hours": 1.0, "buffer": 9}, {"hours": 0.5, "buffer": 20, "rest_hours": 0.25, "transfer_batch": 2}]), 400, 2, 40)
    assert last.lead == pytest.approx((2.5 + 1.75) / 2, rel=1e-3)  # one has rested when its mate comes, an hour later; the other rests then
    assert last.throughput == pytest.approx(1.0, rel=0.01)


def test_minor_stops_are_a_loss_of_speed():
    run = simulate(model_of([{"hours": 1.0, "minor_stop_every": 10.0, "minor_stop_hours": 0.5}]), 4000, 24, 100)
    assert near(run.throughput, 1 / 1.05) and near(run.states[:, 0, arrays.STOPPED], 0.05 / 1.05)
    row = run.oee().iloc[0]
    assert row["availability"] == 1.0 and row["performance"] == pytest.approx(1 / 1.05, rel=0.01) and row["minor_stops"] == pytest.approx(0.05 / 1.05, rel=0.02)


@pytest.mark.parametrize("people", [1, 2, 4])
def test_machines_that_share_repairmen_are_the_machine_interference_model(people):
    """Four machines, lives and repairs exponential, R repairmen (M/M/R//N): the share that is up."""
    staff = {"staff": [{"line": "A", "crew": "fitters", "people": people}], "skills": [{"line": "A", "crew": "fitters", "station": "M1", "task": "repair"}]}
    run = simulate(model_of([{"hours": 0.01, "machines": 4, "mtbf": 10.0, "repair_hours": 5.0}], **staff), 3000, 16, 200)
    up = markov(0, lambda n: [(n + 1, (4 - n) / 10)] * (n < 4) + [(n - 1, min(n, people) / 5)] * (n > 0), lambda n: (4 - n) / 4)
    assert near(run.states[:, 0, arrays.WORKING], up)
    waits = markov(0, lambda n: [(n + 1, (4 - n) / 10)] * (n < 4) + [(n - 1, min(n, people) / 5)] * (n > 0), lambda n: max(n - people, 0) / 4)
    assert near(run.states[:, 0, arrays.STAFF], waits)


def test_operators_are_there_in_their_hours_and_set_up_and_run():
    staff = {"staff": [{"line": "A", "crew": "day", "people": 2, "begin": 6, "end": 14}, {"line": "A", "crew": "day", "people": 1, "begin": 14, "end": 22}],
             "skills": [{"line": "A", "crew": "day", "station": s, "task": "run"} for s in ("M1", "M2")]}  # fmt: skip
    rows = [{"hours": 0.1, "buffer": 1000}, {"hours": 0.1}]
    model = model_of(rows, **staff)
    run = simulate(model, 24 * 20, 2, 24)
    assert run.throughput == pytest.approx((8 + 4) * 10 / 24, rel=0.02)  # two people: one at each; one: every other part
    more = gains(model, run, 0.1, 24.0).set_index(["station", "change"])["gain"]
    assert more["day", "person"] == pytest.approx(16 * 10 / 24 - run.throughput.mean(), rel=0.05)
    state = begin(model, 2)
    for hour in np.arange(0.0, 60.0, 0.73):
        advance(model, state, np.full(2, hour))
    whole = begin(model, 2)
    advance(model, whole, np.full(2, hour))
    assert (whole.product == state.product).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_random_line_with_operators_rests_and_stops_makes_what_simpy_makes(seed):
    luck = np.random.default_rng(100 + seed)
    rows = [{"hours": float(luck.uniform(0.5, 1.2)), "cv": 1.0, "buffer": int(luck.integers(2, 6)), "rest_hours": float(luck.choice([0.0, 0.8])),
             "minor_stop_every": float(luck.choice([3.0, 8.0])), "minor_stop_hours": 0.3} for _ in range(int(luck.integers(2, 5)))]  # fmt: skip
    people = int(luck.integers(1, len(rows) + 1))

    def other(seed):
        env, draw, made = simpy.Environment(), np.random.default_rng(seed), [0]
        places = [simpy.Resource(env, row["buffer"]) for row in rows]
        rested, operators = [simpy.Store(env) for _ in rows], simpy.Resource(env, people)

        def rest(i, place):
            yield env.timeout(rows[i]["rest_hours"])
            rested[i].put(place)

        def machine(i, row):
            while True:
                if i:
                    places[i - 1].release((yield rested[i - 1].get()))
                with operators.request() as person:
                    yield person
                    work = draw.exponential(row["hours"])
                    stops = draw.poisson(work / row["minor_stop_every"])
                    yield env.timeout(work + draw.exponential(row["minor_stop_hours"], stops).sum())
                if i == len(rows) - 1:
                    made[0] += env.now > 50
                else:
                    place = places[i].request()
                    yield place
                    env.process(rest(i, place))

        for i, row in enumerate(rows):
            env.process(machine(i, row))
        env.run(300)
        return made[0] / 250

    rows[-1]["rest_hours"] = 0.0
    found = np.array([other([seed, k]) for k in range(8)])
    staff = {"staff": [{"line": "A", "crew": "all", "people": people}], "skills": [{"line": "A", "crew": "all", "station": f"M{i + 1}", "task": "run"} for i in range(len(rows))]}
    own = simulate(model_of(rows, **staff), 250, 64, 50).throughput
    assert abs(own.mean() - found.mean()) <= 4.5 * (own.var(ddof=1) / len(own) + found.var(ddof=1) / len(found)) ** 0.5


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


def test_ways_and_staff_that_cannot_be_get_sentences():
    rows = [{"hours": 1.0, "feeds": "M9"}, {"hours": 1.0, "buffer": 2, "transfer_batch": 5}, {"hours": 1.0, "position": 4, "buffer": 3}, {"hours": 1.0, "position": 4, "buffer": 2}]
    said = " ".join(str(p) for p in check_case(case_of(rows)))
    for words in ("no station that stands later", "less room than 5 parts need", "not that of the station beside it"):
        assert words in said, (words, said)
    branch = [{"hours": 1.0, "feeds": "M3"}, {"hours": 1.0}, {"hours": 1.0}, {"hours": 1.0, "rework": 0.1, "rework_to": "M2"}]
    tables = {"products": [{"product": p} for p in ("$x^2$ <b>tea</b>", "a")], "routings": [{"line": "A", "product": "a", "station": s, "hours": 1.0} for s in ("M1", "M2", "M4")],
              "staff": [{"line": "A", "crew": "late", "people": 1, "begin": 14, "end": 22}],
              "skills": [{"line": "A", "crew": "late", "station": s, "task": "run"} for s in ("M1",)], "shifts": [{"line": "A", "weekday": 1, "begin": 6, "end": 14}]}  # fmt: skip
    said = " ".join(str(p) for p in check_case(case_of(branch, **tables)))
    for words in ("would be fitted twice", "passes a branch that feeds", "it would wait for ever"):
        assert words in said, (words, said)
    stuck = [{"hours": 0.1, "most_parts": 3, "buffer": 6, "transfer_batch": 4}, {"hours": 0.1}]
    with pytest.raises(CaseError, match=r"still for ever.*3 of 4 parts wait before M2 to be handed on together"):
        simulate(model_of(stuck), 50, 2)


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
    state = arrays.State(*chain.kept["A"][:-2])
    assert (state.product[:, 0, arrays.MADE] >= made.sum(axis=0)).all()
    busy = state.product[:, 0, arrays.INSIDE] + state.product[:, 0, arrays.MADE] - made.sum(axis=0)
    place = places_of(chain)["A"]
    assert (2 * busy <= chain.world.stock[0, place.parts[0][0]] + 1e-9).all()  # what is in the line is in the books of its components
    assert np.abs(chain.balance().to_numpy()).max() < 1e-6


def test_a_repair_waits_for_a_spare_that_the_chain_brings():
    rows = [{"hours": 0.2, "mtbf": 30.0, "life_shape": 3.0, "repair_hours": 2.0, "spare": "bearing", "scrap": 0.05}]
    made, waits = {}, {}
    for spare in (1, 8):
        chain = twinkit.Chain(chain_case(rows, periods=80, spare=spare), 8, record=["recipes.started"]).run()
        state = arrays.State(*chain.kept["A"][:-2])
        used = state.spare[:, 0, arrays.USED]
        row = places_of(chain)["A"].spares[0]
        assert np.abs(chain.balance().to_numpy()).max() < 1e-6
        assert (used > 3).all() and chain.world.total_stock[twinkit.chain.layout.TOTALS_STOCK.destroyed, row] == pytest.approx(used)
        made[spare], waits[spare] = started(chain).sum(), state.station[:, 0, arrays.SPENT + arrays.WAITING].sum()
    assert made[8] > 1.3 * made[1] and waits[8] < 0.1 * waits[1]


def test_an_outage_of_the_plant_and_a_broken_machine_stop_the_line():
    rows = [{"hours": 0.5}]
    out = [{"event": "plant out", "kind": "outage", "site": "plant", "start": 10, "duration": 5, "severity": 1.0, "scheduled": True}]
    hit = [{"event": "crash", "line": "A", "station": "M1", "start": 10, "hours": 120}]
    for tables in ({"events": out}, {"machine_events": hit}):
        made = started(twinkit.Chain(chain_case(rows, **tables), 2, record=["recipes.started"]).run())
        assert made[10:15].max() == 0.0 and made[9].min() == made[16].min() == 48.0


def outage(**more):
    return [{"event": "lost", "kind": "outage", "line": "A", "station": "M1", "start": 10, "duration": 5, "scheduled": True} | more]


def test_an_event_breaks_machines_of_a_station():
    rows = [{"hours": 0.5, "machines": 2}, {"hours": 0.25}]
    made = {}
    for name, tables in {"calm": {}, "all": {"events": outage()}, "log": {"machine_events": [{"event": "crash", "line": "A", "station": "M1", "start": 10, "hours": 120, "machines": 2}]},
                         "half": {"events": outage(severity=0.5)}, "maybe": {"events": outage(probability=0.5)}}.items():  # fmt: skip
        chain = twinkit.Chain(chain_case(rows, **tables), 16, record=["recipes.started"])
        made[name] = started(chain.run())
        assert np.abs(chain.balance().to_numpy()).max() < 1e-6
    assert np.abs(made["all"] - made["log"]).max() <= 2.0 and made["all"][11:15].max() == 0.0 and made["all"][20].min() == 96.0
    assert made["half"][12].max() == 48.0 and made["calm"][12].min() == 96.0  # one of two machines
    lost = made["maybe"][12] == 0.0
    assert 2 <= lost.sum() <= 14 and (made["maybe"][12][~lost] == 96.0).all()
    said = " ".join(str(p) for p in check_case(chain_case(rows, events=outage(station="M7") + [e | {"event": "2", "kind": "demand_surge"} for e in outage()])))
    assert "'M7'" in said and "cannot happen to a station" in said


def test_machines_are_knocked_out_in_turn():
    case = chain_case([{"hours": 0.2}, {"hours": 0.2, "machines": 2}], to=150.0,
                      markets=[{"market": "town", "site": "shop", "product": "pump", "demand": "constant", "mean": 100.0, "lost_share": 1.0, "price": 9.0}])  # fmt: skip
    test = twinkit.stress_test(case, "machines", duration=6, replications=4, start=10)
    table = test.table().set_index("target")
    assert set(table.index) == {"M1 of A", "M2 of A"} and (table["lost_margin"] > 0).all() and (table["time_to_survive"] == 3.0).all()
    with pytest.raises(CaseError, match="station of the case"):
        twinkit.stress_test(case, ["M9 of A"], duration=6)


def test_why_walks_on_through_the_line_to_the_machine():
    def causes(rows, **tables):
        question = question_of("explain")(Plain(chain_case(rows, demand=60.0, to=150.0, **tables).replace(settings={"replications": 4})))
        answer = question.run()
        return str(question.tell(answer))

    assert "M2 of A works as fast as it can" in causes([{"hours": 0.1, "buffer": 5}, {"hours": 0.5}, {"hours": 0.1}])
    told = causes([{"hours": 0.1, "buffer": 5}, {"hours": 0.3, "mtbf": 20.0, "repair_hours": 3.0, "repair_cv": 0.0, "spare": "bearing"}, {"hours": 0.1}], spare=1)
    assert "M2 of A waited for a spare" in told and "M3 of A" not in told
    assert "M1 of A waited for staff" in causes([{"hours": 0.2}], staff=[{"line": "A", "crew": "day", "people": 1, "begin": 8, "end": 16}],
                                                skills=[{"line": "A", "crew": "day", "station": "M1", "task": "run"}])  # fmt: skip
    assert "lost" in causes([{"hours": 0.3}, {"hours": 0.3}], events=outage(duration=8, station="M2"))


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
