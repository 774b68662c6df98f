"""The graphics card as an engine: the processor's numbers, on the simulator always and on a card where there is one."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases
from study.card_case import SCENARIOS, WORLDS, bakery, found_by
from test_oracle import many

import twinkit
from twinkit.chain.actors import base_stock
from twinkit.chain.chain import Chain
from twinkit.chain.layout import BY_WORLD, World
from twinkit.run import card
from twinkit.run.card import SAME, CardError, turns_of, why_no_card
from twinkit.run.ensemble import Task, curves, plans_of, tasks_of
from twinkit.run.runs import Totals
from twinkit.run.scenario import Scenario

ROOT = Path(__file__).parents[2]
needs_card = pytest.mark.skipif(bool(why_no_card()), reason=why_no_card() or "there is a card")


def test_simulated_card_finds_what_the_processor_finds():
    pytest.importorskip("numba_cuda")
    ways = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ways}
    done = subprocess.run([sys.executable, "-m", "study.card_case"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    simulated, exact = json.loads(done.stdout), found_by("processor")
    assert set(simulated) == {s.name for s in SCENARIOS}
    for scenario, values in exact.items():
        for name, own in values.items():
            assert simulated[scenario][name] == pytest.approx(own, rel=SAME, abs=SAME, nan_ok=True), (scenario, name)
    assert exact["trouble"]["served"] != exact["as is"]["served"]
    assert len(simulated["trouble"]["fill rate"]) == WORLDS


def differing(case, seed, worlds):
    """Share of the worlds in which a total or a history of the card is another than that of the processor."""
    from twinkit.run.card_day import CardRun

    chain = Chain(case, worlds, seed=seed, record=["claims.asked", "claims.sent", "stocks.on_hand"]).run()
    run = CardRun(chain.plan, seed, worlds, 0, chain.series).run()
    fetched = {name: run.fetched(name) for name in (*card.TOTALS, "record")}
    found = Totals(*(fetched[name] for name in card.TOTALS), chain.plan.stock_n)
    share = card.share_that_differs(chain.plan, Totals(*(getattr(chain.world, n) for n in card.TOTALS), None), found)
    kept, exact = fetched["record"], chain.world.record
    apart = np.abs(kept - exact) > SAME * np.maximum(1.0, np.abs(exact))
    return max(share, float(apart.reshape(-1, worlds).any(axis=0).mean()))


@needs_card
@pytest.mark.parametrize("name", ["automotive", "camera"])
@pytest.mark.parametrize("happens", [False, True])
def test_card_finds_what_the_processor_finds_in_shipped_cases(name, happens):
    case = twinkit.example(name)
    case = case.replace(events=case["events"].assign(scheduled=happens))
    assert differing(case, 3, 512) <= 0.01


@needs_card
@many(50)
@given(case=cases(), seed=st.integers(0, 99))
def test_card_finds_what_the_processor_finds_in_random_chains(case, seed):
    assert differing(case, seed, 64) <= 1 / 64


@needs_card
def test_study_on_the_card_gives_the_outcome_of_the_processor():
    case = twinkit.example("automotive")
    event = Scenario("fire", ("Naka fab fire 2021",))
    here = twinkit.ensemble(case, event, 200, engine="processor")["fire"]
    there = twinkit.ensemble(case, event, 200, engine="gpu")["fire"]
    assert there.maps.keys() == here.maps.keys()
    for name, values in here.kpis.items():
        apart = ~np.isclose(there.kpis[name], values, rtol=SAME, atol=SAME, equal_nan=True)
        assert apart.mean() <= 0.01, name


# What needs no card ----------------------------------------------------------------------


def test_engine_that_is_none_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'processor', 'gpu' or 'auto'"):
        twinkit.ensemble(bakery(), SCENARIOS[0], 2, engine="quantum")


def test_card_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(card, "why_no_card", lambda: "numba-cuda is not installed: pip install 'twinkit[gpu]'")
    with pytest.raises(CardError, match=r"twinkit\[gpu\].*engine='auto' takes the processor"):
        twinkit.ensemble(bakery(), SCENARIOS[0], 2, engine="gpu")
    found = twinkit.ensemble(bakery(), SCENARIOS[0], 2, engine="auto")["as is"]
    assert found.kpis["fill rate"].shape == (2,)


def test_python_rules_are_said_and_run_on_the_processor(monkeypatch):
    monkeypatch.setattr(card, "why_no_card", lambda: "")
    with pytest.warns(UserWarning, match="policies of your own are Python"):
        found = twinkit.ensemble(bakery(), SCENARIOS[0], 2, engine="gpu", policies={"shop": base_stock})
    assert found["as is"].replications == 2


def test_scorecard_says_that_it_stays_on_the_processor():
    with pytest.warns(UserWarning, match="runs on the processor: a scorecard"):
        twinkit.resilience(bakery(60), "closed", replications=2, engine="gpu")


@pytest.mark.parametrize("name", ["automotive", "camera", "bakery"])
def test_arrays_with_an_axis_of_worlds_are_known(name):
    case = bakery() if name == "bakery" else twinkit.example(name)
    case = case.replace(events=case["events"].assign(scheduled=True))
    three, five = (Chain(case, n, record=["stocks.on_hand"]).world for n in (3, 5))
    for field in World._fields:
        a, b = getattr(three, field).shape, getattr(five, field).shape
        assert a == b or field in BY_WORLD, f"{field}: add it to BY_WORLD of chain/layout.py"
        assert field not in BY_WORLD or 0 in a or (a[-1], b[-1]) == (3, 5)


def whole_arrays(function: ast.FunctionDef, axes: dict[str, int]) -> list[str]:
    """Lines of a step that work on a whole array at once, or give one back, which a card cannot do."""
    arrays: set[str] = set()
    found = []

    def is_array(node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in arrays
        if not isinstance(node, ast.Subscript):
            return False
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(i, ast.Slice) for i in index):
            return True
        owner = node.value
        field = isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "w"
        return field and len(index) < axes.get(owner.attr, 0)

    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple):
            target, value = node.targets[0], node.value
            pairs = zip(target.elts, value.elts, strict=True) if isinstance(value, ast.Tuple) else [(target, value)]
            arrays |= {name.id for name, given in pairs if isinstance(name, ast.Name) and is_array(given)}
    for node in ast.walk(function):
        if (isinstance(node, ast.AugAssign) and is_array(node.target)) or (isinstance(node, ast.Assign) and any(isinstance(t, ast.Subscript) and is_array(t) for t in node.targets)) or (isinstance(node, ast.BinOp) and (is_array(node.left) or is_array(node.right))) or (
            isinstance(node, ast.Return) and node.value is not None and is_array(node.value)
        ):
            found.append(node)
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in found]


def test_steps_are_loops_over_worlds():
    """A thread of a card cannot make arrays: use loops over r, or those of twinkit.chain.compiled (fill, put, add)."""
    axes = {name: array.ndim for name, array in Chain(bakery(), 1).world._asdict().items()}
    assert set(axes) == set(World._fields)
    found = []
    for file in sorted((ROOT / "twinkit" / "chain").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            step = isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "compiled" for d in node.decorator_list)
            if step and node.name != "_make_ref":
                found += [f"{file.name} {node.name} {line}" for line in whole_arrays(node, axes)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", ["w.queue[0, t] -= x", "left = w.scratch[1]; left *= 2.0", "return w.stock[0, row]",
                                  "w.stock[0, row] = 1.0", "x[:] = 0.0", "y = w.claim[0, row] + 1.0"])  # fmt: skip
def test_lines_that_work_on_whole_arrays_are_found(line):
    axes = {"queue": 3, "scratch": 2, "stock": 3, "claim": 3}
    function = ast.parse(f"def step(w, t, row, x):\n    {line}").body[0]
    assert whole_arrays(function, axes)
    fine = ast.parse("def step(w, t, row):\n    have = w.stock[0, row]\n    have[0] += w.claim[0, row, 0]").body[0]
    assert not whole_arrays(fine, axes)


def test_turns_hold_neighbouring_worlds_of_one_scenario_as_far_as_they_fit():
    plans = plans_of(bakery(), SCENARIOS)
    turns = list(turns_of(tasks_of(plans, 300, 1), lambda plan: 128))
    assert [(t[0].scenario, t[0].first, sum(x.replications for x in t)) for t in turns] == [
        ("as is", 0, 128), ("trouble", 0, 128), ("as is", 128, 128), ("trouble", 128, 128),
        ("as is", 256, 44), ("trouble", 256, 44),
    ]  # fmt: skip


def test_totals_that_differ_are_found():
    chain = Chain(bakery(), 4, seed=1).run()
    exact = Totals(*(getattr(chain.world, name) for name in card.TOTALS), chain.plan.stock_n)
    assert card.share_that_differs(chain.plan, exact, exact) == 0.0
    other = exact._replace(total_market=exact.total_market * np.array([1.0, 1 + 1e-12, 1 + 1e-6, 1.0]))
    assert card.share_that_differs(chain.plan, exact, other) == 0.25


def test_card_whose_numbers_are_others_is_not_used(monkeypatch):
    """A card that finds something else in the first worlds stops the study before any of its numbers is seen."""

    class Wrong:
        worlds, histories = 4, staticmethod(lambda first, worlds: {})

        def __init__(self, plan):
            self.plan, self.chain = plan, Chain(plan, 4, seed=1).run()

        def fetched(self, name, first, worlds):
            return getattr(self.chain.world, name)[..., first : first + worlds] * (1.0 + 1e-6)

    plan = plans_of(bakery(), SCENARIOS[:1])["as is"]
    task = Task("as is", plan, 1, 0, 4)
    engine = card.Card(lambda task: task, curves)
    with pytest.raises(CardError, match="does not find what the processor finds"):
        engine._check(task, Wrong(plan))
    engine.close()
