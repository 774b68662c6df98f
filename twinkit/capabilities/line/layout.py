"""How a line hangs together: which stations stand side by side, what goes where, which branches come in, and who is there when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Layout:
    """Stations in groups, and the queues between these.

    Stations of one position are a group and take from one queue.  Queue g is that before group g, queue G what leaves the line; those
    after it are the queues of branches, in the order of the groups that they come in at.

    Attributes
    ----------
    group
        Group of each station, shape (S,).
    goes
        Group that the parts of each group go to; G = out of the line, shape (G,).
    puts
        Queue that they go into, shape (G,).
    feeder
        Group whose parts come into each queue; -1 where the line, or a branch, begins, shape (Q,).
    paths
        Groups of the line from its begin to its end, and then of each branch in the order of its queue.
    """

    group: np.ndarray
    goes: list[int]
    puts: np.ndarray
    feeder: list[int]
    paths: list[list[int]]

    def sides(self, g: int) -> tuple[int, int]:
        """The queues of branches that come in at a group: the first of them, and the one after the last."""
        own = [q for q in range(len(self.goes) + 1, len(self.feeder)) if self.goes[self.feeder[q]] == g]
        return (own[0], own[-1] + 1) if own else (0, 0)

    def after(self, g: int, passes: np.ndarray) -> tuple[int, int]:
        """The queue that a product goes into after a group, and the group that takes it from there; the product passes some groups and not others."""
        q, to = int(self.puts[g]), self.goes[g]
        while to < len(self.goes) and not passes[to]:
            q, to = int(self.puts[to]), self.goes[to]
        return q, to

    def joined(self) -> np.ndarray:
        """Whether a part at a group has the piece of a path in it, shape (G, paths)."""
        found = np.zeros((len(self.goes), len(self.paths)), bool)
        for e, path in enumerate(self.paths):
            found[path, e] = True
        for g in range(len(self.goes)):
            for q in (g, *range(*self.sides(g))):
                if self.feeder[q] >= 0:
                    found[g] |= found[self.feeder[q]]
        return found


def layout_of(rows: pd.DataFrame) -> Layout:
    """The layout of the stations of a line.

    Parameters
    ----------
    rows
        Of the table `stations`, in the order of their positions; a station that feeds none that stands later feeds the next one.
    """
    group = np.unique(rows["position"].to_numpy(float), return_inverse=True)[1]
    count, at = int(group.max()) + 1, dict(zip(rows["station"], group.tolist(), strict=True))
    goes = list(range(1, count + 1))
    for g, name in zip(group.tolist(), rows["feeds"], strict=True):
        if at.get(name, -1) > g:
            goes[g] = at[name]
    fed: list[list[int]] = [[] for _ in range(count + 1)]
    for g, to in enumerate(goes):
        fed[to].append(g)
    feeder = [own[-1] if own else -1 for own in fed] + [g for own in fed for g in own[:-1]]
    puts = np.zeros(count, int)
    for q, g in enumerate(feeder):
        if g >= 0:
            puts[g] = q
    paths = []
    for q in range(count, len(feeder)):
        path = [feeder[q]]
        while feeder[path[0]] >= 0:
            path.insert(0, feeder[path[0]])
        paths.append(path)
    return Layout(group, goes, puts, feeder, paths)


def people_at(staff: pd.DataFrame, crews: list[str], hour: float) -> list[float]:
    """People of each crew at an hour of the day; rows of the table `staff` add up."""
    here = staff[(staff["begin"] <= hour + 1e-9) & (staff["end"] > hour + 1e-9)]
    return [float(here.loc[here["crew"] == crew, "people"].sum()) for crew in crews]
