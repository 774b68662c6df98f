"""The state of every site and lane, day by day: what the map of a scenario shows.

A site is judged against the same worlds without the event, so a quiet season is not
taken for trouble.  The rule, from bad to good:

- *out*: less than half of it works (a port: fewer than half of the lanes through it);
- *short*: over the last 7 periods it sent less than 50 % of what it sends otherwise;
- *strained*: less than 85 %;
- *calm*: everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.study.outcome import Outcome
from twinkit.study.series import product_values

CALM, STRAINED, SHORT, OUT = range(4)
"""Positions of the states in the palette."""

MEANINGS = {
    "calm": "sends at least 85 % of what it sends without the event",
    "strained": "sends less than 85 % of that, over the last 7 days",
    "short": "sends less than half of that",
    "out": "less than half of it works",
}
"""Name of a state → what it means under this rule."""

TRAIL = 7
"""Periods over which a flow is averaged [periods]."""

UP_LEAST, SHORT_BELOW, STRAINED_BELOW, MOST = 0.5, 0.5, 0.85, 1.5
"""Limits of the rule [share]; a stock above `MOST` of the usual is shown as `MOST`."""


@dataclass(frozen=True)
class Frames:
    """What the map shows.

    Attributes
    ----------
    fill
        Stock against that of the same day without the event, shape (periods, sites) [share].
    state
        Position of the state, shape (periods, sites).
    flow
        Flow of each leg against that without the event, shape (periods, legs) [share].
    """

    fill: np.ndarray
    state: np.ndarray
    flow: np.ndarray


class Legs(NamedTuple):
    """Stretches of the way of goods: from site to site, by way of the ports that lanes name."""

    ends: list[tuple[int, int, str]]
    """Sites at either end, and the mode of transport."""
    lanes: np.ndarray
    """Value that passes per unit on the lane, shape (legs, lanes) [money/unit]."""


def trailing_mean(values: np.ndarray, periods: int = TRAIL) -> np.ndarray:
    """Mean of the last so many periods, along the last axis; fewer at the start.

    Examples
    --------
    >>> trailing_mean(np.array([[4.0, 2.0, 0.0, 1.0]]), 2)
    array([[4. , 3. , 1. , 0.5]])
    """
    total = np.cumsum(values, axis=-1)
    before = np.zeros_like(total)
    before[..., periods:] = total[..., :-periods]
    return (total - before) / np.minimum(np.arange(1, values.shape[-1] + 1), periods)


def against(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Values / usual values [share]; 1 where there usually is nothing."""
    return np.divide(values, usual, out=np.ones_like(values), where=usual > 1e-9 * max(1.0, float(usual.max(initial=0))))


def passages(plan: Plan) -> np.ndarray:
    """Which lanes pass which site on their way, shape (sites, lanes); 1 or 0."""
    at = {name: i for i, name in enumerate(plan.net.sites["site"])}
    found = np.zeros((len(at), len(plan.net.lanes)))
    for lane, via in enumerate(plan.net.lanes["via"]):
        for name in filter(None, (part.strip() for part in via.split(";"))):
            if name in at:
                found[at[name], lane] = 1.0
    return found


def legs_of(plan: Plan) -> Legs:
    """Legs of all lanes; lanes of several products that go the same way share theirs."""
    at = {name: i for i, name in enumerate(plan.net.sites["site"])}
    lanes = plan.net.lanes
    value = product_values(plan, lanes["product"])
    numbers: dict[tuple[int, int, str], int] = {}
    rows: list[tuple[int, int]] = []
    for lane, row in enumerate(lanes[["origin", "destination", "mode", "via"]].itertuples(index=False)):
        stops = [row.origin, *(p.strip() for p in row.via.split(";")), row.destination]
        way = [at[s] for s in stops if s in at]
        for a, b in zip(way, way[1:], strict=False):
            rows.append((numbers.setdefault((a, b, row.mode), len(numbers)), lane))
    weight = np.zeros((len(numbers), len(lanes)))
    for leg, lane in rows:
        weight[leg, lane] = value[lane]
    return Legs(list(numbers), weight)


def map_frames(outcome: Outcome, legs: Legs) -> Frames:
    """State, stock and flow of every day, as means over the worlds of the first batch.

    Parameters
    ----------
    outcome
        An outcome that holds the first batch.
    legs
        From :func:`legs_of`.
    """
    stock, usual_stock = outcome.maps["site stock"]
    flows, usual_flows = outcome.maps["lane flow"]
    through = passages(outcome.plan)
    sent, usual = _sent(outcome, through)
    share = against(trailing_mean(sent), trailing_mean(usual))
    state = np.select(
        [_up(outcome, through) < UP_LEAST, share < SHORT_BELOW, share < STRAINED_BELOW], [OUT, SHORT, STRAINED], CALM
    )
    passed = against(trailing_mean(legs.lanes @ flows), trailing_mean(legs.lanes @ usual_flows))
    fill = np.clip(against(stock, usual_stock), 0.0, MOST)
    return Frames(fill.T, state.T.astype(np.uint8), np.clip(passed, 0.0, 2.0).T)


def _sent(outcome: Outcome, through: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What every site sends with and without the event; of a port, what passes it."""
    value = product_values(outcome.plan, outcome.plan.net.lanes["product"])
    passing = through * value
    with_event, without = (
        site + passing @ lane
        for site, lane in zip(outcome.maps["site flow"], outcome.maps["lane flow"], strict=True)
    )
    return with_event, without


def _up(outcome: Outcome, through: np.ndarray) -> np.ndarray:
    """Share of every site that works; of a port, of the lanes through it that are open."""
    up = outcome.maps["site up"][0]
    count = through.sum(axis=1)
    ports = np.flatnonzero(count)
    opened = through[ports] @ outcome.maps["lane open"][0] / count[ports, None]
    up = up.copy()
    up[ports] = np.minimum(up[ports], opened)
    return up
