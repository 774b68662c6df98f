"""Saved runs: what is opened goes on to the bit, what cannot be opened says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import PERIODS, cases
from study.small import shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.chain.day import Day
from twinkit.columns import Column
from twinkit.tables import CaseError
from twinkit.tables.replace import TEMPORARY

RECORD = ("stocks.on_hand", "stocks.ordered", "claims.sent", "lanes.in_transit", "recipes.in_work")
quick = settings(
    max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def everything(chain):
    """All that a run has come to, as bytes."""
    kept = chain.snapshot()
    return {name: a.tobytes() for name, a in kept["arrays"].items()}, chain.balance().to_numpy().tobytes()


@settings(quick, max_examples=25)
@given(case=cases(), t=st.integers(0, PERIODS))
def test_a_saved_run_goes_on_to_the_bit(case, t, tmp_path_factory):
    chain = Chain(case, 3, seed=7, record=RECORD).run(t)
    again = twinkit.load_chain(chain.save(tmp_path_factory.mktemp("saved") / "run"))
    assert (again.period, again.case, again.case.name) == (t, case, case.name)
    assert everything(again) == everything(chain)
    assert everything(again.run()) == everything(chain.run())


def test_the_same_run_gives_the_same_bytes(tmp_path):
    chain = Chain(shop(), 2, record=RECORD).run(2)
    first, second = chain.save(tmp_path / "a").read_bytes(), chain.branch().save(tmp_path / "b").read_bytes()
    assert first == second == twinkit.load_chain(tmp_path / "a").save(tmp_path / "c").read_bytes()


def test_a_branch_with_other_luck_and_holds_is_saved_as_it_is(tmp_path):
    event = {"event": "fire", "kind": "outage", "site": "shop", "start": 1, "duration": 9, "duration_spread": 5}
    chain = Chain(shop(demand=[10.0] * 30).replace(events=[event]), 4, first=64, record=RECORD).run(5)
    chain.override("shop", "item", [1, 2, 3, 4], 7, 9)
    chain.hold("lanes", "capacity", ("source", "shop", "item", "road"), 4, 12, 14)
    branch = chain.branch(seed=12)
    again = twinkit.load_chain(branch.save(tmp_path / "run"))
    assert again.holds == branch.holds
    assert everything(again.run()) == everything(branch.run())
    calm = chain.branch().mute_events()
    assert everything(twinkit.load_chain(calm.save(tmp_path / "calm")).run()) == everything(calm.run())


class Careful(twinkit.Retailer):
    kept_back = Column("units", "never offered", start=5)

    def serve(self):
        self.kept_back = self.kept_back + self.chain.random.randrange(3)
        return np.maximum(self.on_hand - self.kept_back, 0)


def patient(stock):
    return stock.on_hand * 0 + stock.chain.rng.integers(5)


def look(chain):
    """Look around."""


def test_python_of_ones_own_must_be_passed(tmp_path):
    helpers = {
        "actors": {"retailer": Careful}, "policies": {("shop", "item"): patient},
        "day": Day("order_after_demand").insert(look, before="account"),
    }  # fmt: skip
    case = shop(demand=[10.0] * 12)
    case = case.replace(stocks=case["stocks"].assign(kept_back=[np.nan, 7.0]))
    chain = Chain(case, 2, record=RECORD, **helpers).run(5)
    path = chain.save(tmp_path / "run")
    with pytest.raises(CaseError) as error:
        twinkit.load_chain(path)
    said = str(error.value)
    assert "'retailer' was run by Careful" in said
    assert "policies={('shop', 'item'): patient}" in said
    assert "has steps of your own: look" in said
    assert "Traceback" not in said
    again = twinkit.load_chain(path, **helpers)
    assert again.site["shop"].kept_back.tolist() == chain.site["shop"].kept_back.tolist()
    assert everything(again.run()) == everything(chain.run())
    with pytest.raises(CaseError, match="you passed Retailer"):
        twinkit.load_chain(path, **{**helpers, "actors": {"retailer": twinkit.Retailer}})
    with pytest.raises(CaseError, match="is another day than that of the run"):
        twinkit.load_chain(path, **{**helpers, "day": Day("order_first")})
    plain = Chain(shop(), 2).save(tmp_path / "plain")
    with pytest.raises(CaseError, match="'shop' was not run by patient"):
        twinkit.load_chain(plain, policies={"shop": patient})


# Killed while saving ---------------------------------------------------------------------

CHILD = """
    import sys, time
    import numpy as np
    from study.small import shop
    from twinkit.chain.chain import Chain
    chains = [Chain(shop(demand=[10.0] * 40), 64, record=["stocks.on_hand"]).run(t) for t in (10, 20)]
    path, stall = sys.argv[1], sys.argv[2] == "stall"
    chains[0].save(path)
    if stall:
        write, written = np.lib.format.write_array, []
        def slow(file, array, *more, **most):
            write(file, array, *more, **most)
            written.append(array)
            if len(written) == 9:
                print("in the middle", flush=True)
                time.sleep(600)
        np.lib.format.write_array = slow
    else:
        print("in the middle", flush=True)
    while True:
        for chain in reversed(chains):
            chain.save(path)
"""


def killed_while_saving(path: Path, how: str, wait: float) -> None:
    tests = Path(__file__).resolve().parent.parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(path), how]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        time.sleep(wait)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_run_killed_in_the_middle_of_saving_leaves_the_older_file(tmp_path):
    path = tmp_path / "run"
    killed_while_saving(path, "stall", 0.1)
    left = list(tmp_path.glob(".run.*.tmp"))
    assert len(left) == 1
    assert left[0].stat().st_size > 0
    again = twinkit.load_chain(path)
    assert again.period == 10
    computer, process = TEMPORARY.fullmatch(left[0].name).groups()
    making = left[0].with_name(left[0].name.replace(f"-{process}-", f"-{os.getpid()}-"))
    elsewhere = left[0].with_name(left[0].name.replace(f".{computer}-", f".{int(computer, 16) ^ 1:04x}-"))
    for other in (making, elsewhere):
        other.write_bytes(b"half")
    again.save(path)  # what a process of this computer left that is no more goes; what is being made stays
    assert {p.name for p in tmp_path.iterdir()} == {"run", making.name, elsewhere.name}
    for other in (making, elsewhere):
        os.utime(other, (0, 0))
    again.run(30).save(path)  # nobody sees whether a process of another computer lives: what is old goes
    assert {p.name for p in tmp_path.iterdir()} == {"run", making.name}
    assert twinkit.load_chain(path).period == 30


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_run_killed_at_any_time_leaves_a_whole_file(tmp_path):
    for wait in (0.01, 0.037, 0.11, 0.23):
        killed_while_saving(tmp_path / "run", "loop", wait)
        assert twinkit.load_chain(tmp_path / "run").period in (10, 20)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    chain = Chain(shop(), 2)
    with pytest.raises(FileNotFoundError, match="make it first"):
        chain.save(tmp_path / "nowhere" / "run")
    with pytest.raises(FileExistsError, match="is a folder"):
        chain.save(tmp_path)
