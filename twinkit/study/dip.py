"""A dip at a market: its days, and the way back from it as one tree."""

from __future__ import annotations

import numpy as np

from twinkit.study.hops import Hops
from twinkit.study.trail import Trail
from twinkit.study.walk import CAPACITY, EVENT, KNOCK_ON, LEAST, REST, Node

WEEK = 7
"""Periods over which the worst of a run is looked for [periods]."""


def worst_day(trail: Trail, row: int) -> int:
    """Day of a market with most missing, in the worst week: because of events, if they matter [period]."""
    lacks, calm = trail.missing()[row], trail.missing(())[row]
    asked = trail.run["claims.asked"][len(trail.plan.net.lanes) + row]
    because = np.maximum(lacks - calm, 0.0)
    chosen = because if because.sum() > LEAST * asked.sum() else lacks
    end = int(np.convolve(chosen, np.ones(WEEK))[: len(chosen)].argmax())
    first = max(end - WEEK + 1, 0)
    return first + int(chosen[first : end + 1].argmax())


def dip_around(trail: Trail, row: int, day: int) -> range:
    """Days of the dip that a day belongs to; empty if it belongs to none.

    A day belongs to a dip when more than 1 - ``failure_level`` of what is asked is missing:
    because of events, or else for whatever reason.  Breaks of less than ``hold`` days do not
    end it.
    """
    lacks, calm = trail.missing()[row], trail.missing(())[row]
    asked = trail.run["claims.asked"][len(trail.plan.net.lanes) + row]
    return _days(trail, np.maximum(lacks - calm, 0.0), asked, day) or _days(trail, lacks, asked, day)


def _days(trail: Trail, lacks: np.ndarray, asked: np.ndarray, day: int) -> range:
    settings = trail.plan.case.settings
    bad = np.flatnonzero((asked > 0) & (lacks > (1 - settings["failure_level"]) * asked + 1e-9))
    if not len(bad):
        return range(0)
    groups = np.split(bad, np.flatnonzero(np.diff(bad) > int(settings["hold"])) + 1)
    found = [g for g in groups if g[0] <= day <= g[-1]]
    return range(int(found[0][0]), int(found[0][-1]) + 1) if found else range(0)


def way_back(trail: Trail, row: int, days: range, parts: np.ndarray) -> Node:
    """The way back from a dip, as a tree with the market as its root.

    Parameters
    ----------
    trail
        The world.
    row, days
        Row of the market, and its dip.
    parts
        Units missing because of each event.
    """
    within = np.zeros(trail.plan.periods)
    within[days.start : days.stop] = 1.0
    lacks, calm = trail.missing()[row] * within, trail.missing(())[row] * within
    units = float(lacks.sum())
    root = Node("market", row, lacks, short=lacks)
    policy = np.minimum(lacks, calm) if np.minimum(lacks, calm).sum() > 0 else calm.copy()
    if policy.sum() > 0:  # in all as much as without events, on whatever days
        policy *= min(calm.sum(), units) / policy.sum()
        root.children += [_marked(n) for n in Hops(trail, units, False).market(row, policy)]
    more = np.maximum(lacks - calm, 0.0)
    if more.sum() > 0 and units > policy.sum():
        more *= (units - policy.sum()) / more.sum()
        found = merged(Hops(trail, units, True).market(row, more))
        _knock_on(found, np.maximum(parts, 0.0), np.cumsum(trail.severity, axis=1) > 0)
        root.children = found + root.children
    root.children = merged(root.children)
    return root


def _marked(node: Node) -> Node:
    """A node of the way back in the world without events: its causes are marked as missing there too."""
    for each in node.every():
        each.calm = not each.children
    return node


def _knock_on(nodes: list[Node], parts: np.ndarray, begun: np.ndarray) -> None:
    """Causes that are no events but differ only because of events fall to these, as the rest of the walk does.

    Only to events that have begun by then (`begun`, shape (events, periods)): nothing comes before its cause.
    """
    leaves = [n for top in nodes for n in top.every() if not n.children]
    direct = np.zeros(len(parts))
    for leaf in leaves:
        if leaf.kind == EVENT:
            direct[leaf.row] += leaf.units
    weight = direct if direct.sum() > 0 else parts
    for leaf in leaves:
        if leaf.kind != EVENT and weight.sum() > 0:
            some = np.where(begun.any(axis=0), begun, begun[:, [-1]])  # a day before all of them is one of rounding
            shares = weight[:, None] * some
            shares = np.where(shares.sum(axis=0) > 0, shares, some.astype(float))
            days = leaf.days * shares / np.maximum(shares.sum(axis=0), 1e-300)
            leaf.children = [Node(EVENT, int(e), days[e], note=KNOCK_ON) for e in np.flatnonzero(days.sum(axis=1) > 0)]


def merged(nodes: list[Node]) -> list[Node]:
    """Nodes with those of the same hop as one, the largest first."""
    found: dict[tuple, Node] = {}
    for node in nodes:
        key = (node.kind, node.row, node.calm, node.note if node.kind in (EVENT, REST, CAPACITY) else "")
        if key in found:
            found[key].days = found[key].days + node.days
            found[key].children = found[key].children + node.children
        else:
            found[key] = node
    for node in found.values():
        node.children = merged(node.children)
    return sorted(found.values(), key=lambda n: -n.units)
