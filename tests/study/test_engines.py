"""Engines: the same numbers on a cluster (two real processes on this computer), whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import fields

import dask
import numpy as np
import pytest
from dask.distributed import Client, Future, LocalCluster
from study.small import shop

from twinkit.chain.actors import Retailer
from twinkit.run import engines as clusters
from twinkit.run.engines import Cluster, ClusterError, Threads, engine_of, results
from twinkit.run.ensemble import Cancelled, batches, ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.study.sweep import sweep
from twinkit.tables import CaseError
from twinkit.tables.case import Case

FIRE = Scenario("fire", ("fire",))
MORE = Scenario("more stock", ("fire",), {"safety_days_tier_0": 2.0})


@pytest.fixture(scope="module")
def town() -> Case:
    """The shop with a random demand for sixty periods."""
    case = shop(demand=[0] * 60, order_up_to=25.0, on_hand=25.0)
    markets = case["markets"].assign(demand="poisson", mean=10.0)
    return case.replace(markets=markets, history=case["history"][:0])


@pytest.fixture(scope="module")
def local():
    """Two workers of one thread each, on this computer only."""
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    patience = {"distributed.comm.timeouts.connect": "5s"}  # Dask tries for 30 s to fetch from a worker that just died
    with dask.config.set(patience), LocalCluster(**options, processes=True) as cluster:
        yield cluster


@pytest.fixture
def client(local):
    with Client(local) as client:
        client.wait_for_workers(2, timeout=30)
        yield client


def assert_same(one: Outcome, two: Outcome) -> None:
    """Every array of two outcomes is the same to the bit."""
    compared = 0
    for f in fields(Outcome):
        a, b = getattr(one, f.name), getattr(two, f.name)
        arrays = {k: (v, b[k]) for k, v in a.items()} if isinstance(a, dict) else {"": (a, b)}
        for x, y in arrays.values():
            if f.name == "maps" or isinstance(x, np.ndarray):
                assert np.array_equal(x, y, equal_nan=True), f.name
                compared += 1
    assert compared > 30
    assert one.plan.case == two.plan.case


def tasks_left(client) -> int:
    return client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))


def assert_nothing_left(client) -> None:
    until = time.monotonic() + 5
    while tasks_left(client) and time.monotonic() < until:
        time.sleep(0.05)
    assert tasks_left(client) == 0


def test_the_same_numbers_to_the_bit(town, client):
    here, there = (ensemble(town, [FIRE, MORE], 330, client=c) for c in (None, client))
    assert list(there) == ["fire", "more stock"]
    for name in here:
        assert_same(here[name], there[name])
    assert_nothing_left(client)


def test_a_sweep_progress_and_details(town, client):
    told = []
    here, there = (
        sweep(town, {"safety_days_tier_0": [0, 3]}, ("fire",), 130, client=c, progress=lambda *x: told.append(x))
        for c in (None, client)
    )
    assert told == [(i, 9) for i in range(10)] * 2
    assert here.table().equals(there.table())
    for detail in ("curves", "kpis"):
        full, less = (ensemble(town, FIRE, 70, client=client, detail=d)["fire"] for d in ("full", detail))
        assert full.table().equals(less.table())
    assert full.curve("service").equals(
        ensemble(town, FIRE, 70, client=client, detail="curves")["fire"].curve("service")
    )


@pytest.mark.parametrize("killed", [1, 2])
def test_workers_are_killed_in_the_middle(town, client, killed):
    """Two killed at once take every copy of the plan with them; those that replace them come late."""
    slow = {"policies": {"shop": slow_policy()}}
    pids = dict(client.run(os.getpid))
    there: list[Outcome] = []
    for outcome in batches(town, [FIRE], 64 * 14, client=client, **slow):
        there.append(outcome)
        if len(there) == 1:
            for pid in list(pids.values())[:killed]:
                os.kill(pid, signal.SIGKILL)
    here = list(batches(town, [FIRE], 64 * 14, **slow))
    assert sorted(o.first for o in there) == [64 * i for i in range(14)]
    for one, two in zip(*(sorted(x, key=lambda o: o.first) for x in (here, there)), strict=True):
        assert_same(one, two)
    client.wait_for_workers(2, timeout=30)
    assert len(set(client.run(os.getpid).values()) & set(pids.values())) == 2 - killed


def slow_policy():
    """A policy as one writes it in a notebook: a worker cannot import it, so it travels."""

    def order_slowly(stock):
        time.sleep(0.002)
        return np.maximum(25.0 - stock.inventory_position, 0.0)

    return order_slowly


def test_an_actor_of_a_notebook(town, client):
    class Miser(Retailer):
        def serve(self):
            return 0.5 * self.on_hand

    here, there = (ensemble(town, FIRE, 130, client=c, actors={"retailer": Miser})["fire"] for c in (None, client))
    assert_same(here, there)
    usual = ensemble(town, FIRE, 130)["fire"]
    assert not np.array_equal(usual.service, there.service)


def test_cancelling_cancels(town, client):
    stop, seen = threading.Event(), []

    def watch():
        for outcome in batches(town, [FIRE, MORE], 64 * 400, client=client, cancel=stop):
            seen.append(outcome.first)
            stop.set()

    with pytest.raises(Cancelled):
        watch()
    assert len(seen) < 20
    assert_nothing_left(client)
    with pytest.raises(Cancelled):
        ensemble(town, [FIRE], 64, client=client, cancel=stop)
    assert_nothing_left(client)


def test_stopping_to_listen_cancels(town, client):
    for _ in batches(town, [FIRE], 64 * 400, client=client):
        break
    assert_nothing_left(client)


def test_errors_are_those_of_one_machine(town, client):
    def wrong(stock):
        raise ZeroDivisionError(f"I divide by {len(stock.on_hand)}")

    for c in (None, client):
        with pytest.raises(ZeroDivisionError, match="I divide by"):
            ensemble(town, FIRE, 130, client=c, policies={"shop": wrong})
        with pytest.raises(CaseError, match="magic"):
            ensemble(town, [FIRE, Scenario("odd", (), {"magic": 1}), Scenario("odd 2", ("fier",))], 64, client=c)
        with pytest.raises(ValueError, match="two scenarios have the same name"):
            ensemble(town, [FIRE, FIRE], 64, client=c)
        with pytest.raises(CaseError, match="demand"):
            ensemble(town.replace(markets=town["markets"].assign(demand="dice")), FIRE, 64, client=c)
    assert_nothing_left(client)


def test_case_and_plan_travel_once(town, client):
    """By the workers' own log of what came from elsewhere, and by the size of what a batch carries."""

    def received(dask_worker):
        return [str(key) for entry in dask_worker.transfer_incoming_log for key in entry["keys"]]

    def carried(dask_scheduler):
        from distributed.protocol.pickle import dumps

        own = [t for k, t in dask_scheduler.tasks.items() if "twinkit-batch" in str(k)]
        return [len(dumps(task.run_spec)) for task in own]

    def ran(dask_worker):
        return sum("twinkit-batch" in str(event) for event in dask_worker.state.log)

    client.amm.stop()  # Dask's memory manager drops copies that nobody waits for, which are fetched again if need be
    before, worked = client.run(received), client.run(ran)
    big = town.replace(history=shop(demand=range(20_000))["history"])
    sizes, seen = [], 0
    for _ in batches(big, [FIRE, MORE], 64 * 12, client=client):
        sizes, seen = sizes + client.run_on_scheduler(carried), seen + 1
    client.amm.start()
    assert seen == 24 and 0 < max(sizes) < 3000 and len(clusters.packed(big)) > 10_000
    assert all(number > worked[worker] for worker, number in client.run(ran).items())  # both had batches to run
    moved = {w: [k for k in keys if k not in before[w]] for w, keys in client.run(received).items()}
    for new in moved.values():
        assert len(new) == len(set(new)) <= 4  # the work, the case and two plans, each at most once
        assert not [k for k in new if "batch" in k]
    assert any("plan" in k for new in moved.values() for k in new)


def test_no_more_is_in_flight_than_keeps_the_workers_busy(town, client):
    for _ in batches(town, [FIRE], 64 * 40, client=client):
        assert tasks_left(client) <= 3 * 2 + 3  # three for each thread; case, plan and work


def test_a_batch_that_kills_every_worker(town, local, client):
    def deadly(stock):
        os.kill(os.getpid(), signal.SIGKILL)

    before = local.scheduler.allowed_failures
    local.scheduler.allowed_failures = 1
    try:
        with pytest.raises(
            ClusterError, match=r"the batch of 'fire' from world 0 on was running on 2 workers that died"
        ):
            ensemble(town, FIRE, 64, client=client, policies={"shop": deadly})
    finally:
        local.scheduler.allowed_failures = before
    assert_nothing_left(client)


@pytest.mark.parametrize("how", ["cancelled by another", "closed"])
def test_a_lost_cluster_is_a_sentence(town, how):
    with LocalCluster(
        n_workers=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        with Client(cluster) as client, Client(cluster) as other:
            running = batches(town, [FIRE], 64 * 400, client=client)
            next(running)
            if how == "closed":
                cluster.close()
            else:
                other.cancel([Future(key, other) for key in client.futures], force=True)
            with pytest.raises(ClusterError, match="the connection to the cluster was lost, or someone else cancelled"):
                list(running)
        with pytest.raises(ClusterError, match="the client is closed"):
            ensemble(town, FIRE, 64, client=client)


def test_other_versions_are_refused(town, client, monkeypatch):
    monkeypatch.setattr(clusters, "versions", lambda: "twinkit 99")
    with pytest.raises(ClusterError, match=r"a worker has twinkit 0.* but you have twinkit 99, .*; install the same"):
        ensemble(town, FIRE, 64, client=client)


def test_packages_that_are_missing_are_a_sentence(town, client):
    def far_away(stock):
        import a_package_of_mine  # noqa: F401

    with pytest.raises(ClusterError, match="a worker: No module named 'a_package_of_mine'; install the same packages"):
        ensemble(town, FIRE, 64, client=client, policies={"shop": far_away})


def test_what_is_no_client(town, monkeypatch):
    with pytest.raises(ClusterError, match=r"client must be a dask.distributed.Client"):
        ensemble(town, FIRE, 64, client="tcp://here:8786")
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'twinkit\[dask\]'"):
        ensemble(town, FIRE, 64, client="tcp://here:8786")


def test_the_engine_that_fits(client):
    for given, kind in ((None, Threads), (client, Cluster)):
        engine = engine_of(len, client=given)
        assert isinstance(engine, kind)
        engine.close()


def test_threads_work_in_order_and_drop_what_is_queued():
    begun, stop = [], threading.Event()

    def work(task):
        begun.append(task)
        return task

    running = results(Threads(work, 1), range(100), stop)
    next(running)
    stop.set()
    with pytest.raises(Cancelled):
        next(running)
    assert begun == list(range(len(begun))) and len(begun) < 5
