"""The state of every site and lane, day by day: what the map of a scenario shows.

A site is judged against the same worlds without the event, so a quiet season is not
taken for trouble.  The rule, from bad to good:

- *out*: less than half of it works (a port: fewer than half of the lanes through it);
- *idling*: over the last 7 periods it sent less than 50 % of what it sends otherwise;
- *slower*: less than 85 %;
- *calm*: everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twinkit.chain.plan import Plan
from twinkit.run.kpis import product_values
from twinkit.run.outcome import Outcome

CALM, STRAINED, SHORT, OUT = range(4)
"""Positions of the states in the palette."""

MEANINGS = {
    "calm": "sends at least 85 % of what it sends without the event",
    "slower": "sends less than 85 % of that, over the last 7 days",
    "idling": "sends less than half of that",
    "out": "less than half of it works",
}
"""Name of a state → what it means under this rule."""

TRAIL = 7
"""Periods over which a flow is averaged [periods]."""

UP_LEAST, SHORT_BELOW, STRAINED_BELOW, MOST, MOST_FLOW = 0.5, 0.5, 0.85, 10.0, 2.0
"""Limits of the rule [share]; stock from `MOST` times the usual on is said to be that or more, and no flow is drawn wider than `MOST_FLOW`."""


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


class Ways(NamedTuple):
    """Which lanes lead by way of something: a site, or a stretch between two sites."""

    lanes: np.ndarray
    """Numbers of the lanes, group after group; a lane may be in several groups."""
    starts: np.ndarray
    """Where each group starts."""
    value: np.ndarray
    """Value of a unit on those lanes [money/unit]."""

    def total(self, values: np.ndarray, weighted: bool = True) -> np.ndarray:
        """Sums over the lanes of every group, shape (groups, periods)."""
        rows = values[self.lanes]
        if weighted:
            rows = rows * self.value[:, None]
        return np.add.reduceat(rows, self.starts, axis=0) if len(self.starts) else np.zeros((0, values.shape[1]))


@dataclass(frozen=True)
class Legs:
    """The ways of goods over the map, by way of the ports that lanes name.

    Attributes
    ----------
    ends
        Stretches: the sites at either end, and the mode of transport.
    on
        Lanes on every stretch.
    ports
        Sites that lanes pass.
    through
        Lanes through every one of them.
    """

    ends: list[tuple[int, int, str]]
    on: Ways
    ports: np.ndarray
    through: Ways


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


def legs_of(plan: Plan) -> Legs:
    """Stretches and ports of all lanes; lanes of several products that go the same way share theirs."""
    at = {name: i for i, name in enumerate(plan.net.sites["site"])}
    lanes = plan.net.lanes
    value = product_values(plan, lanes["product"])
    on: dict[tuple[int, int, str], list[int]] = {}
    through: dict[int, list[int]] = {}
    for lane, row in enumerate(lanes[["origin", "destination", "mode", "via"]].itertuples(index=False)):
        stops = [row.origin, *(p.strip() for p in row.via.split(";")), row.destination]
        way = [at[s] for s in stops if s in at]
        for a, b in zip(way, way[1:], strict=False):
            on.setdefault((a, b, row.mode), []).append(lane)
        for port in dict.fromkeys(way[1:-1]):
            through.setdefault(port, []).append(lane)
    return Legs(list(on), _ways(on.values(), value), np.array(list(through), int), _ways(through.values(), value))


def _ways(groups: Iterable[list[int]], value: np.ndarray) -> Ways:
    groups = list(groups)
    lanes = np.array([lane for group in groups for lane in group], int)
    starts = np.cumsum([0, *map(len, groups)])[:-1]
    return Ways(lanes, starts, value[lanes])


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
    flows = outcome.maps["lane flow"]
    sent, usual = (_sent(outcome.maps["site flow"][i], flows[i], legs) for i in (0, 1))
    share = against(trailing_mean(sent), trailing_mean(usual))
    state = np.select(
        [_up(outcome, legs) < UP_LEAST, share < SHORT_BELOW, share < STRAINED_BELOW], [OUT, SHORT, STRAINED], CALM
    )
    passed = against(*(trailing_mean(legs.on.total(flow)) for flow in flows))
    fill = np.clip(against(stock, usual_stock), 0.0, MOST)
    return Frames(fill.T, state.T.astype(np.uint8), np.clip(passed, 0.0, MOST_FLOW).T)


def _sent(site_flow: np.ndarray, lane_flow: np.ndarray, legs: Legs) -> np.ndarray:
    """What every site sends [money/period]; of a port, what passes it."""
    sent = site_flow.copy()
    sent[legs.ports] += legs.through.total(lane_flow)
    return sent


def _up(outcome: Outcome, legs: Legs) -> np.ndarray:
    """Share of every site that works; of a port, of the lanes through it that are open."""
    up = outcome.maps["site up"][0].copy()
    count = np.diff([*legs.through.starts, len(legs.through.lanes)])
    opened = legs.through.total(outcome.maps["lane open"][0], weighted=False) / count[:, None]
    up[legs.ports] = np.minimum(up[legs.ports], opened)
    return up


def site_states(outcome: Outcome) -> np.ndarray:
    """State of every site in every period, shape (sites, periods), for a picture of one day.

    The rule is that of :func:`map_frames`; the numbers are positions of a state.
    """
    return map_frames(outcome, legs_of(outcome.plan)).state.T

