"""Results of every kind of study, small and quick, and the reports of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from study.strikes import busy_shop

import twinkit
from twinkit import Risk, Scenario

STRIKE = Scenario("as it is", ("strike",))
STOCK = Scenario("more stock", ("strike",), {"safety_days_tier_0": 2.0})
LATER = Scenario("stock later", ("strike",), {"safety_days_tier_0": 2.0}, 5)
DAY = "2026-01-31"


def outcomes() -> Any:
    return twinkit.ensemble(busy_shop(), [STRIKE, STOCK, LATER], 8, seed=3)


def one_outcome() -> Any:
    return twinkit.ensemble(busy_shop(), STOCK, 4)["more stock"]


def swept() -> Any:
    return twinkit.sweep(busy_shop(), {"safety_days_tier_0": [0, 1, 2, 3, 5]}, ("strike",), 4)


def stressed() -> Any:
    return twinkit.stress_test(busy_shop(), ["source", "shop"], duration=4, replications=4, likelihood={"shop": 0.1})


def lost() -> Any:
    return twinkit.loss_of(busy_shop(), "source", 4.0, years=20.0, replications=4)


def explained() -> Any:
    return twinkit.explain(one_outcome())


def recommended() -> Any:
    return twinkit.recommend(
        busy_shop(), [Risk("strike", 0.6)], levers=["safety_days_tier_0"], trials=4, replications=2, fresh=4
    )


def decided() -> Any:
    pair = [Scenario("stock", (), {"safety_days_tier_0": 2.0}), Scenario("as is")]
    return twinkit.sensitivity(
        busy_shop(), pair, ["demand"], risks=[Risk("strike", 0.6)], replications=2, trajectories=2, space=8
    )


def scored() -> Any:
    return twinkit.resilience(busy_shop(), ["strike"], replications=4)


def scored_twice() -> Any:
    return twinkit.resilience(busy_shop(), {"one": ["strike"], "two": ["fire"]}, replications=4)


def figures() -> Any:
    return twinkit.network_figures(busy_shop(), STRIKE)


STUDIES: dict[str, Callable[[], Any]] = {
    "outcomes": outcomes, "one": one_outcome, "sweep": swept, "stress": stressed, "loss": lost, "explain": explained, "recommend": recommended,
    "sensitivity": decided, "scorecard": scored, "scorecards": scored_twice, "network": figures,
}  # fmt: skip
"""Name → makes a result."""
