"""Players whose rule is known, without a server: a seat whose supplier always delivers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twinkit.workshop.fits import NAMES, Played, fit


def player(
    luck: np.random.Generator, theta: float, alpha: float, beta: float, goal: float, noise: float, weeks: int = 36
) -> Played:
    """What a seat saw and did that followed the rule with noise, in whole units, four weeks from order to receipt."""
    asked = np.maximum(0.0, np.round(4.0 + 4.0 * (np.arange(weeks) > 5) + luck.normal(0.0, 2.0, weeks)))
    stock, owed, pipe, level = 12.0, 0.0, [4.0] * 4, 4.0
    net, line, orders = (np.zeros(weeks) for _ in range(3))
    own = np.arange(weeks) >= 4
    for t in range(weeks):
        stock += pipe.pop(0)
        owed += asked[t]
        sent = min(stock, owed)
        stock, owed = stock - sent, owed - sent
        net[t], line[t] = stock - owed, sum(pipe)
        level = theta * asked[t] + (1 - theta) * level
        aim = max(0.0, level + alpha * (goal - net[t] - beta * line[t]))
        orders[t] = np.round(max(0.0, aim + luck.normal(0.0, noise))) if own[t] else 4.0
        pipe.append(orders[t])
    return Played(asked, net, line, orders, 4.0, own)


class Held(NamedTuple):
    """Share of the players whose interval holds the true value, by parameter; share of those with β = 1 called under it."""

    held: dict[str, float]
    under: float
    players: int


def coverage_of_fits(players: int, noise: float = 2.0, seed: int = 11) -> Held:
    """Fit many players; every third remembers the whole supply line (β = 1)."""
    luck, held, under = np.random.default_rng(seed), {name: [] for name in NAMES}, []
    for number in range(players):
        whole = number % 3 == 0
        known = {"theta": luck.uniform(0, 1), "alpha": luck.uniform(0.2, 0.8), "beta": 1.0 if whole else luck.uniform(0, 1),
                 "goal": luck.uniform(10, 30)}  # fmt: skip
        found = fit(player(luck, noise=noise, **known))
        for name in NAMES:
            if np.isfinite(found.low[name]):
                held[name].append(found.low[name] - 1e-9 <= known[name] <= found.high[name] + 1e-9)
        if whole:
            under.append(found.high["beta"] < 1.0)
    return Held({name: float(np.mean(inside)) for name, inside in held.items()}, float(np.mean(under)), players)
