"""The fast chain against the plain one: every quantity of every period in every world."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain import PlainChain
from strategies import as_text, cases

from twinkit.chain.chain import Chain

RECORD = (
    "stocks.on_hand", "stocks.backlog", "stocks.on_order", "stocks.ordered", "stocks.received", "stocks.expired",
    "claims.asked", "claims.sent", "claims.lost", "lanes.in_transit", "lanes.bought", "markets.returned", "markets.resold",
)  # fmt: skip
WORLDS = 3


def first_difference(case, seed):
    """Where the two chains first differ, in words; empty if nowhere."""
    chain = Chain(case, replications=WORLDS, seed=seed, record=RECORD).run()
    lines = [(name, label) for name in RECORD for label in chain.labels(name)]
    fast = np.concatenate([chain.history(name) for name in RECORD])
    plain = np.empty_like(fast)
    for world in range(WORLDS):
        slow = PlainChain(case, seed, world)
        for t in range(chain.plan.periods):
            slow.step()
            plain[:, t, world] = [slow.history[t][line] for line in lines]
    wrong = ~(np.abs(fast - plain) <= 1e-6)
    if not wrong.any():
        return ""
    t = int(np.flatnonzero(wrong.any(axis=(0, 2)))[0])
    found = [
        f"{lines[i]} in world {r}: fast {fast[i, t, r]:.9g}, plain {plain[i, t, r]:.9g}"
        for i, r in zip(*np.nonzero(wrong[:, t]), strict=True)
    ]
    return f"period {t}: " + "; ".join(found)


def many(examples):
    return settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )


@many(220)
@given(case=cases(), seed=st.integers(0, 99))
def test_fast_chain_is_the_plain_chain(case, seed):
    difference = first_difference(case, seed)
    assert not difference, f"{difference}\n{as_text(case)}"


@many(80)
@given(case=cases(measures=True), seed=st.integers(0, 99))
def test_fast_chain_is_the_plain_chain_where_sources_fail(case, seed):
    difference = first_difference(case, seed)
    assert not difference, f"{difference}\n{as_text(case)}"
