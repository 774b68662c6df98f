"""The guaranteed-service model on networks that are no trees: a mixed integer programme, solved by HiGHS.

Where the standard deviation of demand is concave in time, a best plan lies in a corner of what the times may be:
every service time then follows along links from one that is 0 or at its limit (Lesnaia, Vasilescu & Graves 2005).
So only such times are looked at.  Each stage chooses one pair of inbound and outbound time, and a link holds where
the chance of quoting t or longer is nowhere above that of waiting t or longer; without the integers, this is exact
on trees, so the bound is close on networks that are nearly trees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linprog, milp
from scipy.sparse import coo_array, vstack

from twinkit.inventory.service_stages import Derived, Stage

MOST_PAIRS = 2_000_000
"""Pairs of times up to which a network is given to the integer programme."""
ROUNDS = 40
"""Linear programmes that are solved for a first plan."""
Times = dict[str, tuple[int, int]]


def _bits(mask: int) -> np.ndarray:
    """The times that a mask holds, in order."""
    return np.flatnonzero(np.frombuffer(bin(mask)[:1:-1].encode(), np.uint8) == ord("1"))


class _Network:
    """Stages that are linked in any way without a circle.

    Parameters
    ----------
    stages, derived, costs
        The stages, what follows from them, and the cost of each by its net time.
    """

    def __init__(self, stages: Sequence[Stage], derived: Derived, costs: Mapping[str, np.ndarray]) -> None:
        self.stages, self.costs, self.reach = list(stages), costs, derived.reach
        self.place = {s.name: j for j, s in enumerate(self.stages)}
        self.links = [(self.place[u], j) for j, s in enumerate(self.stages) for u in s.units]
        self.time = np.array([int(s.time) for s in self.stages])
        self.longest = [int(min(derived.reach[s.name], s.longest)) for s in self.stages]

    def cost(self, times: Times) -> float:
        """Cost of a plan."""
        return float(sum(self.costs[s.name][times[s.name][1] + int(s.time) - times[s.name][0]] for s in self.stages))

    # --- a first plan, and a bound for networks of any size

    def slopes(self) -> tuple[Times, float]:
        """A good plan, and a bound below every plan: linear programmes whose slopes follow the last plan.

        The first has the chord of each cost, which lies below it where it is concave (Magnanti et al. 2006); after
        that each slope is that of the cost at the last net time (dynamic slope scaling, Kim & Pardalos 1999).
        """
        n = len(self.stages)
        most = np.array([self.reach[s.name] for s in self.stages])
        chord = np.array([min((c[1:] / np.arange(1, len(c))).min(initial=np.inf), 1e300) if len(c) > 1 else 0.0 for c in (self.costs[s.name] for s in self.stages)])
        rows, columns = np.arange(n), np.arange(n)
        links = np.array(self.links, int).reshape(-1, 2)
        a = len(links)
        link = coo_array((np.repeat([1.0, -1.0], a), (np.tile(np.arange(a), 2), np.concatenate([links[:, 0], n + links[:, 1]]))), shape=(a, 2 * n))
        net = coo_array((np.repeat([1.0, -1.0], n), (np.tile(rows, 2), np.concatenate([columns, n + columns]))), shape=(n, 2 * n)).tocsr()
        keeps = np.array([s.keeps_stock for s in self.stages])
        bounds = np.column_stack([np.zeros(2 * n), np.concatenate([self.longest, most - self.time])])
        slope, bound, best = chord, 0.0, None
        seen: set[bytes] = set()
        for turn in range(ROUNDS):
            found = linprog(
                np.concatenate([-slope, slope]), A_ub=vstack([link, net[keeps]], "csr"), b_ub=np.concatenate([np.zeros(a), self.time[keeps]]),
                A_eq=net[~keeps] if (~keeps).any() else None, b_eq=self.time[~keeps] if (~keeps).any() else None, bounds=bounds, method="highs-ds",
            )  # fmt: skip
            if found.status == 2:
                raise ValueError(unreachable([s.name for s in self.stages if not s.keeps_stock]))
            if turn == 0:
                bound = found.fun + float(slope @ self.time)
            whole = np.round(found.x).astype(int)
            times = {s.name: (int(whole[j]), int(whole[n + j])) for j, s in enumerate(self.stages)}
            if best is None or self.cost(times) < self.cost(best):
                best = times
            x = whole[n:] + self.time - whole[:n]
            if whole.tobytes() in seen:
                break
            seen.add(whole.tobytes())
            slope = np.where(x > 0, [self.costs[s.name][x[j]] / max(x[j], 1) for j, s in enumerate(self.stages)], slope)
        return best, bound

    # --- the integer programme

    def candidates(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outbound and inbound times of every stage that a best plan may have."""
        concave = all((np.diff(c, 2) <= 1e-9 * max(c[-1], 1e-300)).all() and (np.diff(c) >= 0).all() for c in self.costs.values())
        every = [(1 << (m + 1)) - 1 for m in self.longest]
        waits = [(1 << (self.reach[s.name] - int(s.time) + 1)) - 1 for s in self.stages]
        if not concave:
            return [_bits(m) for m in every], [_bits(m) for m in waits]
        out = [1 | (1 << m) if s.longest <= m else 1 for s, m in zip(self.stages, self.longest, strict=True)]
        into = [1] * len(self.stages)
        grown = True
        while grown:
            before = [*out, *into]
            for j, time in enumerate(self.time.tolist()):
                out[j] |= (into[j] << time) & every[j]
                into[j] |= (out[j] >> time) & waits[j]
            for i, j in self.links:
                into[j] |= out[i] & waits[j]
                out[i] |= into[j] & every[i]
            grown = before != [*out, *into]
        fed = {j for _, j in self.links}
        return [_bits(m) for m in out], [_bits(m) if j in fed else np.zeros(1, int) for j, m in enumerate(into)]

    def solve(self, seconds: float) -> tuple[Times, float]:
        """The best plan that is found in a time, and a bound below every plan."""
        best, bound = self.slopes()
        out, into = self.candidates()
        if sum(len(a) * len(b) for a, b in zip(out, into, strict=True)) > MOST_PAIRS:
            return best, bound
        price, entries, low, high, at = [], [], [], [], 0
        pairs: list[tuple[np.ndarray, np.ndarray]] = []
        first: list[tuple[int, int, int]] = []  # column of the pairs, of the outbound and of the inbound times of a stage
        row = 0
        for s, quoted, waited in zip(self.stages, out, into, strict=True):
            b, a = (x.ravel() for x in np.meshgrid(quoted, waited))
            net = a + int(s.time) - b
            possible = net == 0 if not s.keeps_stock else net >= 0
            a, b, net = a[possible], b[possible], net[possible]
            pairs.append((b, a))
            first.append((at, at + len(a), at + len(a) + len(quoted)))
            price += [self.costs[s.name][net], np.zeros(len(quoted) + len(waited))]
            for chosen, levels, column in ((b, quoted, first[-1][1]), (a, waited, first[-1][2])):
                which, k = np.searchsorted(levels, chosen), len(levels)
                entries += [(row + which, at + np.arange(len(a)), 1.0), (row + np.arange(k), column + np.arange(k), -1.0), (row + np.arange(k - 1), column + 1 + np.arange(k - 1), 1.0)]
                low, high, row = [*low, np.zeros(k)], [*high, np.zeros(k)], row + k
            at = first[-1][2] + len(waited)
        for i, j in self.links:  # quoting t or longer needs waiting t or longer; where nobody waits so long, none may quote it
            levels, k = np.searchsorted(into[j], out[i]), len(out[i])
            some = levels < len(into[j])
            entries += [(row + np.arange(k), first[i][1] + np.arange(k), 1.0), (row + np.flatnonzero(some), first[j][2] + levels[some], -1.0)]
            low, high, row = [*low, np.full(k, -np.inf)], [*high, np.zeros(k)], row + k
        r, c, v = (np.concatenate([np.broadcast_to(np.asarray(e[k]), e[0].shape) for e in entries]) for k in range(3))
        lower, whole = np.zeros(at), np.zeros(at)
        for (_, quoted, waited), levels in zip(first, into, strict=True):
            lower[[quoted, waited]] = 1.0  # each quotes, and waits, 0 or longer
            whole[quoted : waited + len(levels)] = 1
        matrix = coo_array((v, (r, c)), shape=(row, at)).tocsr()
        scale = self.cost(best) or 1.0
        found = milp(
            np.concatenate(price) / scale, integrality=whole, bounds=(lower, np.ones(at)), constraints=(matrix, np.concatenate(low), np.concatenate(high)),
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )  # fmt: skip
        if found.mip_dual_bound is not None:
            bound = max(bound, found.mip_dual_bound * scale)
        if found.x is not None:
            times = {s.name: tuple(int(x[np.argmax(found.x[f[0] : f[1]])]) for x in p) for s, p, f in zip(self.stages, pairs, first, strict=True)}
            best = min(best, times, key=self.cost)
        return best, min(bound, self.cost(best))


def unreachable(names: Sequence[str]) -> str:
    """Why there is no plan."""
    return (f"{', '.join(names)}: keeps no stock, and nothing before it can deliver early enough for the longest service times given; "
            "allow longer ones")  # fmt: skip


def best_times(stages: Sequence[Stage], derived: Derived, costs: Mapping[str, np.ndarray], seconds: float) -> tuple[Times, float]:
    """Outbound and inbound time of every stage with the least cost, and a bound below the cost of every plan.

    Parameters
    ----------
    stages, derived
        Stages without a circle, and what follows from them.
    costs
        Stage → cost of its safety stock by its net time, from 0 to the longest [money/year].
    seconds
        Longest search [s].

    Raises
    ------
    ValueError
        If the limits leave no plan.
    """
    return _Network(stages, derived, costs).solve(seconds)
