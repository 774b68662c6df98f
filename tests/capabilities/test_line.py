"""Lines: exact figures against simulation and against the definition, minute by minute."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_case import tiny_case

from twinkit.capabilities.line import laws
from twinkit.capabilities.line.active import ACTIVE, bottlenecks
from twinkit.capabilities.line.bernoulli import gains, steady
from twinkit.capabilities.line.oee import Counted, iso_22400, line_oee
from twinkit.question import Plain, question_of
from twinkit.tables import CaseError, check_case


@given(st.integers(1, 6), st.floats(0.1, 10.0), st.integers(1, 30))
def test_a_balanced_exponential_line_is_the_practical_worst_case(stations, hours, wip):
    line = laws.line_of([hours] * stations)
    assert laws.exponential_case(line, wip).throughput == pytest.approx(laws.practical_worst_case(line, wip).throughput)


@given(st.lists(st.tuples(st.floats(0.5, 9.0), st.integers(1, 4)), min_size=1, max_size=5), st.integers(1, 25))
def test_laws_stand_in_order_and_keep_littles(stations, wip):
    line = laws.line_of(*map(list, zip(*stations, strict=True)))
    best, worst, middle = (law(line, wip) for law in (laws.best_case, laws.worst_case, laws.exponential_case))
    assert worst.throughput <= middle.throughput * (1 + 1e-9) and middle.throughput <= best.throughput * (1 + 1e-9)
    for one in (best, worst, middle):
        assert one.throughput * one.cycle_time == pytest.approx(wip)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 1.0), st.integers(1, 3)), min_size=2, max_size=4), st.integers(0, 1000))
def test_a_line_makes_what_a_simulation_makes(stations, seed):
    up, sizes = [p for p, _ in stations], [n for _, n in stations[:-1]]
    found, luck, worlds, slots = steady(up, sizes), np.random.default_rng(seed), 400, 500
    level, made = np.zeros((len(sizes), worlds), int), 0
    for slot in range(slots):
        works = luck.random((len(up), worlds)) < np.array(up)[:, None]
        for i in range(len(up) - 1, -1, -1):
            if i:
                works[i] &= level[i - 1] > 0
            if i < len(sizes):
                works[i] &= (level[i] < sizes[i]) | works[i + 1]
        level += works[:-1].astype(int) - works[1:]
        made += works[-1].sum() if slot >= 100 else 0
    assert found.throughput == pytest.approx(made / worlds / (slots - 100), abs=0.006)
    busy = found.throughput + found.starved + found.blocked
    assert busy == pytest.approx(np.array(up))  # up is working, starved or blocked
    assert (gains(up, sizes) >= -1e-6).all()


@st.composite
def logs(draw):
    """Whole-numbered spells of some machines over a span of 40."""
    found = {}
    for m in range(draw(st.integers(1, 4))):
        cuts = sorted({0, 40, *draw(st.lists(st.integers(1, 39), max_size=8))})
        found[f"M{m}"] = [(a, b, draw(st.sampled_from([*ACTIVE, "starved", "blocked"]))) for a, b in zip(cuts, cuts[1:], strict=False)]
    return found


@settings(deadline=None)  # a busy computer is no fault
@given(logs())
def test_bottlenecks_of_a_log_follow_from_the_definition(log):
    found = bottlenecks(log, (0, 40))
    for t in range(40):
        length = {}
        for machine, entries in log.items():
            state = np.concatenate([[s in ACTIVE] * (b - a) for a, b, s in entries])
            if state[t]:
                start, end = t, t
                while start and state[start - 1]:
                    start -= 1
                while end < 39 and state[end + 1]:
                    end += 1
                length[machine] = end + 1 - start
        row = found.momentary[(found.momentary["from"] <= t) & (found.momentary["to"] > t)].iloc[0]
        assert (row["machine"] is None) == (not length)
        assert not length or length[row["machine"]] == max(length.values())
    shares = found.shares
    idle = found.momentary.loc[[m is None for m in found.momentary["machine"]]]
    shifted = sum(any(a <= t < b for a, b in found.shifting) for t in range(40))
    alone = shares["sole"].sum() * 40
    assert alone == pytest.approx(40 - shifted - (idle["to"] - idle["from"]).sum()) and (shares[["sole", "shifting"]] >= 0).all(axis=None)
    for machine, row in shares.iterrows():  # shifting: one of the bottlenecks at a time at which it shifts
        own = [any(m == machine and a <= t < b for m, a, b in found.periods) and any(a <= t < b for a, b in found.shifting) for t in range(40)]
        assert row["shifting"] == pytest.approx(np.mean(own))


def test_losses_and_good_parts_are_the_time_that_was_planned():
    one = Counted(480, 80, 0.5, 700, 100, 30, 40)
    assert sum(one.losses().values()) + one.ideal_cycle * (one.total - one.rejects) == pytest.approx(one.planned)
    assert one.oee == pytest.approx(0.5 * 600 / 480)
    assert line_oee([one, one]) == pytest.approx(one.oee)
    with pytest.raises(ValueError, match=r"longer than it ran"):
        Counted(480, 80, 1.0, 700)
    with pytest.raises(ValueError, match=r"rejects .* more than total"):
        Counted(480, 80, 0.1, 7, 9)


def stations(**more):
    rows = [{"line": "A", "station": f"M{i + 1}", "position": i + 1, "hours": h, "machines": m, "availability": 0.9, "buffer": 2}
            for i, (h, m) in enumerate([(2, 1), (5, 2), (10, 6)])]  # fmt: skip
    rows[0] |= more
    return rows


def test_lines_of_a_case():
    log = [{"line": "A", "station": "M3", "begin": 0, "end": 9, "state": "working"}, {"line": "A", "station": "M1", "begin": 0, "end": 4, "state": "down"}]
    case = tiny_case().replace(stations=stations(), station_log=log)
    assert check_case(case) == []
    question = question_of("bottleneck")(Plain(case), replications=4, hours=2000)
    result = question.run()
    answer = str(question.tell(result))
    assert "the ways of looking disagree" in answer and "largest gain: M2" in answer and "longest active in the log: M3" in answer
    one = result.lines[0]
    assert one.line.rates == pytest.approx([0.9 / 2, 0.9 * 2 / 5, 0.9 * 6 / 10])  # what is down half the time makes half as much
    assert (one.run.throughput <= one.line.bottleneck_rate * 1.02).all()
    # what is added by a better station is what the line makes more with it: M2 alone holds it up, and nothing varies
    assert one.best()["gain"] == pytest.approx(0.1 * 0.36, rel=0.1) and one.best("place")["gain"] == pytest.approx(0.0, abs=0.01)


def test_stations_that_cannot_be_get_sentences():
    log = [{"line": "A", "station": "M9", "begin": 0, "end": 9, "state": "working"}]
    later = [{"line": "A", "station": "M1", "begin": b, "end": e, "state": "down"} for b, e in ((0, 5), (4, 8), (9, 9))]
    for tables, words in (
        ({"stations": stations(position=2, buffer=3)}, ["is not that of the station beside it"]), ({"stations": stations(), "station_log": log}, ["is no station of"]),
        ({"stations": stations(), "station_log": later}, ["is not after the begin", "is before the end of the spell"]),
        ({"stations": stations(buffer=-1)}, ["must be a whole number"]),
    ):  # fmt: skip
        said = [str(p) for p in check_case(tiny_case().replace(**tables))]
        assert len(said) == len(words) and all(any(w in s for s in said) for w in words), said


def test_a_line_too_quick_to_be_run_is_said_so():
    case = tiny_case().replace(stations=[row | {"hours": 1e-6} for row in stations()])
    with pytest.raises(CaseError, match=r"parts an hour.*correct the times"):
        question_of("bottleneck")(Plain(case)).run()


def test_a_queue_without_memory():
    """M/M/1 with 0.8 arrivals for each service: the textbook's 4 jobs, 3.2 of them waiting, 5 and 4 long."""
    assert laws.queue(0.8, 1.0) == pytest.approx((0.8, 4.0, 3.2, 5.0, 4.0))
    assert laws.queue(0.8, 1.0, cv=0.0).waiting == pytest.approx(0.8**2 / (2 * 0.2))  # M/D/1: half as long
    for bad, says in (((1.0, 1.0), "grows for ever"), ((3.0, 1.0, 2), "grows for ever"), ((1.0, 1.0, 0), "whole number"), ((1.0, 1.0, 2, 0.5), "exact formula")):
        with pytest.raises(ValueError, match=says):
            laws.queue(*bad)


@pytest.mark.parametrize(("arrivals", "service", "machines"), [(2.0, 1.5, 2), (9.0, 2.0, 5), (50.0, 1.0, 60)])
def test_machines_side_by_side_are_the_chain_of_births_and_deaths(arrivals, service, machines):
    jobs = np.arange(3000)
    share = np.cumprod(np.concatenate([[1.0], arrivals / (service * np.minimum(jobs[1:], machines))]))
    share /= share.sum()
    there, waiting = share @ jobs, share @ np.maximum(jobs - machines, 0)
    assert laws.queue(arrivals, service, machines) == pytest.approx((arrivals / service / machines, there, waiting, there / arrivals, waiting / arrivals), rel=1e-9)


def test_ratios_of_the_standard_and_laws_of_an_empty_line():
    found = iso_22400({"PBT": 450, "APT": 330, "AUPT": 360, "AUBT": 400, "PRI": 0.5, "PQ": 600, "GQ": 570})
    assert (found["utilization_efficiency"], found["allocation_efficiency"], found["nee"]) == pytest.approx((0.825, 400 / 450, 0.8 * 300 / 330 * 0.95))
    assert np.isnan(iso_22400({"PBT": 0, "APT": 0, "AUPT": 0, "PRI": 0.5, "PQ": 0, "GQ": 0})["nee"])
    line = laws.line_of([2.0, 3.0])
    for law in (laws.best_case, laws.worst_case, laws.practical_worst_case, laws.exponential_case):
        with pytest.raises(ValueError, match="1 or more"):
            law(line, 0)
    with pytest.raises(ValueError, match="whole"):
        laws.exponential_case(line, 2.5)


def test_lines_that_are_always_up_and_lines_of_one_machine():
    found = steady([1.0, 1.0], [2])  # from an empty buffer on, one part passes in every slot
    assert (found.throughput, *found.mean_buffer) == (1.0, 1.0) and gains([1.0, 1.0], [2]) == pytest.approx([1.0, 1.0])
    for up in ([0.9, 1.0, 0.95], [1.0, 0.9999], [1.0, 0.8, 1.0]):  # the slowest is held up by nobody, whatever the buffers
        assert steady(up, [2] * (len(up) - 1)).throughput <= min(up) * (1 + 1e-12)
        if up.count(1.0) == len(up) - 1:
            assert steady(up, [2] * (len(up) - 1)).throughput == pytest.approx(min(up), rel=1e-12)
    found = steady([0.6], [])
    assert (found.throughput, len(found.mean_buffer)) == (0.6, 0) and gains([0.6], []) == pytest.approx([1.0])


def test_a_bottleneck_that_shifts_twice_at_a_time_counts_once():
    """A 0-40, B 5-64, C 10-110: A alone until 5, shifting until 64, then C alone; clocks that differ by rounding are one."""
    shares = bottlenecks({"A": [(0, 40, "working")], "B": [(5, 64, "down")], "C": [(10, 110, "working")]}, (0, 110)).shares * 110
    assert shares["sole"].tolist() == pytest.approx([5, 0, 46]) and shares["shifting"].tolist() == pytest.approx([35, 59, 54])
    log = {"A": [(0, 0.1, "working"), (0.1, 0.1 + 0.2, "setup"), (0.3, 0.7, "working"), (0.8, 2.0, "down")]}
    found = bottlenecks(log, (0, 0.75))
    assert found.active_periods == {"A": [(0, 0.7)]} and found.shares.at["A", "average_active"] == 0.7
