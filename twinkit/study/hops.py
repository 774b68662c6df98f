"""The way back from a dip as a tree: its days, and its hops from the market through stocks, lanes and recipes to the causes."""

from __future__ import annotations

import numpy as np

from twinkit.chain.layout import LP, RP, SP
from twinkit.study.walk import (
    CALENDAR,
    CAPACITY,
    DEEPEST,
    EVENT,
    KNOCK_ON,
    LEAST,
    ORDERS,
    POLICY,
    REST,
    TINY,
    Node,
    Trail,
    Walk,
    earlier,
    later,
    recipe_scale,
    split,
)  # fmt: skip

WEEK = 7
"""Periods over which the worst of a run is looked for [periods]."""


class Hops(Walk):
    """A walk back that knows every kind of hop; see :mod:`twinkit.study.walk` for the rules."""

    def __init__(self, trail: Trail, whole: float, against: bool) -> None:
        super().__init__(trail, whole, against)
        self.path: list[tuple[str, int]] = []

    def market(self, row: int, days: np.ndarray) -> list[Node]:
        """Why customers of a market went without: more was asked, or the stock did not give it."""
        claim, found = self.n_lanes + row, []
        hit = self.trail.hits("market", len(self.net.markets))[:, row]
        if self.against and hit.any():
            more = np.minimum(np.maximum(self.of("claims.asked")[claim], 0.0), days)
            found = self.events(more, hit, "customers asked for more") if more.sum() > 0 else []
            days = days - more
        return found + self.claim(claim, days)

    def claim(self, claim: int, days: np.ndarray) -> list[Node]:
        """Why a stock did not send what it owes a lane or a market."""
        if days.sum() <= 0:
            return []
        lane = claim < self.n_lanes
        stock = int(self.net.lane_origin[claim] if lane else self.net.market_stock[claim - self.n_lanes])
        limit = self._room(float(self.plan.lane_n[LP.capacity, claim]) if lane else np.inf, self.claim_calendar[claim],
                           self.site_calendar[self.net.stock_site[stock]])  # fmt: skip
        owed = self.run["claims.backlog"][claim] + self.run["claims.lost"][claim]
        left = self.run["stocks.on_hand"][stock] * self.run["stocks.usable"][stock]
        there = np.ones(self.periods) if self.endless[stock] else np.divide(
            np.minimum(left, owed), owed, out=np.zeros(self.periods), where=owed > TINY
        )  # fmt: skip
        shut = self.run["claims.open"][claim] < 1 - 1e-9
        full = np.isfinite(limit) & (self.run["claims.sent"][claim] >= limit * (1 - 1e-9) - np.where(limit > 0, TINY, 0))
        if self.plan.stock_n[SP.whole, stock]:
            full &= owed >= 1
        closed, bound, short = np.zeros((3, self.periods))
        self._from_day_to_day(days, np.where(shut, there, 0), np.where(full & ~shut, there, 0),
                              self._left_over("claims.backlog", claim), closed, bound, short)  # fmt: skip
        found = self.events(closed, self.claim_hits[:, claim], "shut") if closed.sum() > 0 else []
        for kind, part in self._full_or_closed(bound, limit):
            more = self._asked_by(claim, part, stock) if lane and self.against else []
            found.append(_full(Node(kind, claim, part, note="lane" if lane else "market"), more))
        if self.endless[stock]:  # never short: what is not shut or full was not asked in time
            return found + self.end(ORDERS if self.against else POLICY, stock, short)
        return found + self.follow(self.stock, stock, short)

    def _room(self, capacity: float, own: int, *others: int) -> np.ndarray:
        """What is there of a capacity by calendars, period by period; 0 where something is closed."""
        share = self.plan.calendars.share[: self.periods]
        opened = (share[:, [own, *others]] > 0).all(axis=1)
        return np.where(opened, capacity * np.where(opened, share[:, own], 1.0), 0.0)

    def _full_or_closed(self, bound: np.ndarray, room: np.ndarray) -> list[tuple[str, np.ndarray]]:
        """What a capacity holds back, and what closed periods do."""
        closed = (room == 0) & self.plan.calendars.any
        return [(kind, part) for kind, part in ((CAPACITY, bound * ~closed), (CALENDAR, bound * closed)) if part.sum() > 0]

    def _left_over(self, name: str, row: int) -> np.ndarray:
        """Of what is still to be sent or made at the end of each period, the share that was so the period before."""
        now = np.maximum(self.of(name)[row], 0.0)
        now = now + (np.maximum(self.of("claims.lost")[row], 0.0) if name.startswith("claims") else 0.0)
        before = later(np.maximum(self.of(name)[row], 0.0), 1)
        return np.minimum(np.divide(before, now, out=np.zeros(self.periods), where=now > TINY), 1.0)

    @staticmethod
    def _from_day_to_day(days, closed_share, full_share, old, closed, bound, rest) -> None:
        """Share out, latest day first: what a capacity holds back is mostly left over from the day before."""
        carry = days.copy()
        for t in range(len(days) - 1, -1, -1):
            x = carry[t]
            if x <= 0:
                continue
            closed[t], held = x * closed_share[t], x * full_share[t]
            rest[t], bound[t] = x - closed[t] - held, held * (1 - old[t])
            if t:
                carry[t - 1] += held * old[t]

    def follow(self, hop, row: int, days: np.ndarray) -> list[Node]:
        """Go on to a hop, unless too little is missing there or the way runs in a circle."""
        total = days.sum()
        if total <= 0:
            return []
        step = (hop.__name__, row)
        if total < self.least:
            return [Node(REST, -1, days, note="smaller paths")]
        if self.path.count(step) > 1 or len(self.path) > DEEPEST:
            return [Node(REST, -1, days, note="goods run in a circle")]
        self.path.append(step)
        found = hop(row, days)
        self.path.pop()
        return found

    def stock(self, row: int, days: np.ndarray) -> list[Node]:
        """Why a stock did not have it: its sources are overdue, or it is a matter of orders."""
        sources = self.sources(row)
        late = np.array([self.late(s) for s in sources]).reshape(-1, self.periods)
        gone = np.zeros_like(late)
        if self.against:
            short = self.of("stocks.backlog")[row] + self.of("stocks.required")[row] - self.of("stocks.on_hand")[row]
            own = np.maximum(short - late.sum(axis=0), 0.0)
            late, gone = self.instead(sources, late)
        else:
            short = self._unmet(row)
            late = np.maximum(late, 0.0)
            late *= np.minimum(1.0, short / np.maximum(late.sum(axis=0), TINY))
            own = np.maximum(short - late.sum(axis=0), 0.0)
        late[np.abs(late) < TINY] = own[own < TINY] = 0.0
        held = self.run["stocks.on_hand"][row] * (1 - self.run["stocks.usable"][row])
        parts, unknown = split(days, np.vstack([late, gone, held, own]))
        n = len(sources)
        node = Node("stock", row, days, short=np.maximum(short + held, 0.0) if held.any() else short, note="out of stock")
        if parts[-2].sum() > 0:
            node.children += self.events(parts[-2], self.trail.hits("usable", len(self.net.stocks))[:, row], "may not be used")
        for source, part, other in zip(sources, parts[:n], parts[n:-2], strict=True):
            hop = (self.lane, source) if source >= 0 else (self.recipe, -1 - source)
            node.children += self.follow(*hop, part)
            if other.sum() > 0:
                ends = self.events(other, self.source_hits(source), "out; its orders went elsewhere", True)
                node.children.append(Node("lane" if source >= 0 else "recipe", hop[1], other, children=ends))
        own = parts[-1] + unknown
        node.children += self.follow(self.orders, row, own) if self.against else self.end(POLICY, row, own)
        return [node]

    def _unmet(self, row: int) -> np.ndarray:
        at, of, _ = self.net.claims
        lost = self.run["claims.lost"][of[at[row] : at[row + 1]]].sum(axis=0)
        needed = np.maximum(self.run["stocks.required"][row] - self.run["stocks.on_hand"][row], 0.0)
        return needed + self.run["stocks.backlog"][row] + lost

    def lane(self, row: int, days: np.ndarray) -> list[Node]:
        """Why a lane is overdue: slow, at the door, held, or owed by its origin."""
        lag, slow_hit = self.lag(row), self.slow_hits[:, row]
        random = self.plan.net.lanes["lead_time_kind"][row] != "fixed"
        rests, there = bool(self.claim_calendar[row]), int(self.net.lane_destination[row])
        slow = self.slow(row) if slow_hit.any() or ((random or rests) and not self.against) else np.zeros(self.periods)
        held, door = self.of("lanes.held")[row], self.of("lanes.at_door")[row]
        owed, unread = self.of("claims.backlog")[row] + self.of("claims.lost")[row], self.of("lanes.unread")[row]
        parts, unknown = split(days, np.array([slow, door, later(held, lag), later(owed, lag), later(unread, lag)]))
        parts[3] += unknown
        node = Node("lane", row, days, short=np.maximum(self.overdue[row], 0.0), note="late")
        if self.against:
            node.children += self.slowed(row, parts[0])
        elif rests and not random:  # a lead time counts the days on which the lane is open
            node.children += self.end(CALENDAR, row, parts[0], "way")
        else:  # that goods may take longer is what a safety stock is for
            node.children += self.end(POLICY, there, parts[0], f"did not cover longer travel times from {self.net.lanes['origin'][row]}")
        ends = ((parts[1], "no_receipt", "not let in"), (earlier(parts[2], lag)[0], "no_shipment", "held back"),
                (parts[4], "blind", "its orders were not read"))  # fmt: skip
        for part, effect, note in ends:
            hit = self.trail.hits(effect, self.n_lanes)[:, row]
            if note == "not let in" and not hit.any() and self.site_calendar[self.net.stock_site[there]]:
                node.children += self.end(CALENDAR, row, part, "door")
            elif part.sum() > 0:
                node.children += self.events(part, hit, note)
        moved, before = earlier(parts[3], lag)
        before = before + earlier(parts[2], lag)[1]
        node.children += self.claim(row, moved) + self.end(REST if self.against else POLICY, there, before)
        return [node]

    def recipe(self, row: int, days: np.ndarray) -> list[Node]:
        """Why less was started: the tightest of events, components and capacity, day by day."""
        line = self.net.recipes.loc[row]
        moved, before = earlier(days, int(line["lead_time"]))
        node = Node("recipe", row, moved + before, short=np.maximum(self.of("recipes.to_make")[row], 0.0), note="could not make")
        parts = np.flatnonzero(self.net.part_recipe == row)
        causes = self._bounds(row, parts)
        shares = causes / np.maximum(causes.sum(axis=0), 1)
        down, bound, rest = np.zeros((3, self.periods))
        carried, old = moved.copy(), self._left_over("recipes.to_make", row)
        lost = np.zeros((len(parts), self.periods))
        for t in range(self.periods - 1, -1, -1):
            x = carried[t]
            if x <= 0:
                continue
            down[t], lost[:, t] = x * shares[0, t], x * shares[2:, t]
            held = x * shares[1, t] + (x if causes[:, t].sum() == 0 else 0.0)
            (bound if causes[:, t].sum() else rest)[t] = held * (1 - old[t])
            if t:
                carried[t - 1] += held * old[t]
        node.children += self.events(down, self.recipe_hits[:, row], "stopped") if down.sum() > 0 else []
        room = self._room(np.inf, self.site_calendar[self.net.recipe_site[row]])
        broken = bound * (self.trail.severity[self.machine_hits[:, row]].sum(axis=0) > 0)
        node.children += self.events(broken, self.machine_hits[:, row], "machines of its line broke") if broken.sum() > 0 else []
        for kind, part in self._full_or_closed(bound - broken, room):
            more = self.follow(self.orders, int(self.net.recipe_stock[row]), part) if self.against else []
            full = _full(Node(kind, row, part, note="recipe"), more)
            if kind == CAPACITY and not full.children:
                found = [(words, part * share) for k, words, share in self.trail.held if k == row]
                full.children = [Node(CAPACITY, row, days, note=words) for words, days in found if days.sum() > 0]
            node.children.append(full)
        for part, short in zip(parts, lost, strict=True):
            node.children += self.follow(self.stock, int(self.net.part_stock[part]), short)
        made = int(self.net.recipe_stock[row])
        node.children += self.end(ORDERS if self.against else POLICY, made, rest + before)
        return [node]

    def _bounds(self, row: int, parts: np.ndarray) -> np.ndarray:
        """What bounds the start in every period, 0 or 1: event, capacity, each component; shape (2 + parts, periods)."""
        run, whole = self.run, bool(self.plan.stock_n[SP.whole, self.net.recipe_stock[row]])
        started, up, scale = run["recipes.started"][row], run["recipes.recipe_up"][row], recipe_scale(self.trail, row)
        site = int(self.net.recipe_site[row])
        at_site = run["recipes.started"][self.net.recipe_site == site].sum(axis=0)
        room = self._room(np.nan_to_num(float(self.net.sites["capacity"].iloc[site]), nan=np.inf), self.site_calendar[site]) - at_site
        limit = self._room(float(self.plan.recipe_n[RP.capacity, row]), self.site_calendar[site])
        if "line" in self.net.recipes and self.net.recipes["line"].iloc[row]:
            limit = np.minimum(limit, started)  # what its line made of it was its capacity
        spare = [np.where(up < 1 - 1e-9, up * scale - started, np.inf), np.minimum(limit - started, room)]
        after = 1.0 if self.plan.case.settings["day"] != "order_first" else 0.0
        at, of, _ = self.net.claims
        for part in parts:
            stock = self.net.part_stock[part]
            sent = run["claims.sent"][of[at[stock] : at[stock + 1]]].sum(axis=0) * after
            spare.append((run["stocks.on_hand"][stock] * run["stocks.usable"][stock] + sent) / self.net.part_qty[part])
        spare = np.maximum(np.array(spare), 0.0)
        tight = spare.min(axis=0)
        slack = 1e-6 * (1 + started)
        return (spare <= tight + slack) & (tight < (1 - 1e-9 if whole else 1e-6 * (1 + started)) + (slack if whole else 0))

    def orders(self, row: int, days: np.ndarray) -> list[Node]:
        """Why a stock had ordered too little for what was asked: paused, or more was asked of it."""
        n, ordered = len(self.net.stocks), np.cumsum(self.of("stocks.ordered")[row])
        paused = self.trail.hits("no_order", n)[:, row]
        began = self.past[paused].sum(axis=0) > 0 if paused.any() else np.zeros(self.periods, bool)
        at, of, _ = self.net.claims
        claims = of[at[row] : at[row + 1]]
        users = np.flatnonzero(self.net.part_stock == row)
        reach = self.reach(row)
        asked = np.cumsum(self.of("claims.asked")[claims], axis=1)
        made = np.array([self.more_to_make(int(self.net.part_recipe[u])) * self.net.part_qty[u] for u in users])
        asked, made = (total - later(total, reach) for total in (asked, made.reshape(-1, self.periods)))
        gap = np.where(began, np.maximum(-ordered, 0.0), 0.0)
        losses = self.losses(row, reach) if self.against else []
        parts, unknown = split(days, np.vstack([gap, asked, *made, *(units for units, _, _ in losses)]))
        found = self.events(parts[0], paused, "orders were paused") if parts[0].sum() > 0 else []
        for part, (_, hit, note) in zip(parts[len(parts) - len(losses) :], losses, strict=True):
            found += self.events(part, hit, note, True) if part.sum() > 0 else []
        parts = parts[: len(parts) - len(losses)]
        for claim, part in zip(claims.tolist(), parts[1:], strict=False):
            if part.sum() > 0:
                found += self._asked_by(claim, part, row)
        for user, part in zip(users, parts[1 + len(claims) :], strict=True):
            found += self.follow(self.orders, int(self.net.recipe_stock[self.net.part_recipe[user]]), part)
        return found + self.end(ORDERS, row, unknown)

    def _asked_by(self, claim: int, days: np.ndarray, row: int) -> list[Node]:
        """Why a market or the destination of a lane asked for more."""
        if claim >= self.n_lanes:
            hit = self.trail.hits("market", len(self.net.markets))[:, claim - self.n_lanes]
            return self.events(days, hit, "customers asked for more", True) if hit.any() else self.end(ORDERS, row, days)
        there = int(self.net.lane_destination[claim])
        others = [s for s in self.sources(there) if s != claim]
        hit = np.zeros(len(self.trail.events), bool)
        for s in others:
            hit |= self.source_hits(s)
        if others and hit.any():
            return self.events(days, hit, "orders came here instead", True)
        return self.follow(self.orders, there, days)


def _full(node: Node, more: list[Node]) -> Node:
    """A capacity, with who asked for more than there is room for, where that leads to an event."""
    if any(each.kind == EVENT for m in more for each in m.every()):
        node.children = more
    return node


# --- the dip, and its tree


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
        key = (node.kind, node.row, node.calm, node.note if node.kind in (EVENT, REST, CAPACITY, CALENDAR) else "")
        if key in found:
            found[key].days = found[key].days + node.days
            found[key].children = found[key].children + node.children
        else:
            found[key] = node
    for node in found.values():
        node.children = merged(node.children)
    return sorted(found.values(), key=lambda n: -n.units)
