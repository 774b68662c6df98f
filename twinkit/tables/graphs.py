"""Loops in large graphs: plain functions on arrays of edges, in time linear in the edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np


class _Graph:
    """A graph from which nodes are taken away.

    Parameters
    ----------
    nodes
        Number of nodes.
    start, end : ndarray of int
        Edges.
    """

    def __init__(self, nodes: int, start: np.ndarray, end: np.ndarray) -> None:
        self.start, self.end = start.tolist(), end.tolist()
        self.left = [True] * nodes
        self.into: dict[int, list[int]] = {}
        self.out: dict[int, list[int]] = {}
        for edge, (a, b) in enumerate(zip(self.start, self.end, strict=True)):
            self.out.setdefault(a, []).append(edge)
            self.into.setdefault(b, []).append(edge)
        self.degree = [len(self.into.get(node, ())) for node in range(nodes)]

    def take(self, nodes: Iterable[int]) -> None:
        """Take nodes away, and all that then nothing leads to."""
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if self.left[node]:
                self.left[node] = False
                for edge in self.out.get(node, ()):
                    self.degree[self.end[edge]] -= 1
                    if self.degree[self.end[edge]] == 0:
                        waiting.append(self.end[edge])

    def take_sources(self) -> None:
        """Take away the nodes that nothing leads to, again and again."""
        self.take([node for node, degree in enumerate(self.degree) if degree == 0])

    def edge_of_loop(self, node: int) -> int:
        """An edge of a loop that leads to a node, found by walking against the edges."""
        seen: set[int] = set()
        while node not in seen:
            seen.add(node)
            edge = next(e for e in self.into[node] if self.left[self.start[e]])
            node = self.start[edge]
        return next(e for e in self.into[node] if self.start[e] in seen and self.left[self.start[e]])

    def loop_with(self, edge: int) -> list[int]:
        """The edges of the shortest loop that begins with an edge; empty if it is on none."""
        goal, first = self.start[edge], self.end[edge]
        came = {first: edge}
        queue = deque([first])
        while queue and goal not in came:
            for step in self.out.get(queue.popleft(), ()):
                if self.left[self.end[step]] and self.end[step] not in came:
                    came[self.end[step]] = step
                    queue.append(self.end[step])
        way = [came[goal]]
        while way[-1] != edge:
            way.append(came[self.start[way[-1]]])
        return way[::-1]


def loops(nodes: int, start: np.ndarray, end: np.ndarray) -> list[list[int]]:
    """Loops of a graph that have no node in common, as lists of edges.

    Parameters
    ----------
    nodes
        Number of nodes.
    start, end : ndarray of int
        Edges.

    Returns
    -------
    list of list of int
        Each a way along edges from a node back to it; none only if there is no loop.

    Examples
    --------
    >>> loops(3, np.array([0, 1, 1]), np.array([1, 0, 2]))
    [[0, 1]]
    """
    graph = _Graph(nodes, start, end)
    graph.take_sources()
    found = []
    for node in range(nodes):
        while graph.left[node]:
            loop = graph.loop_with(graph.edge_of_loop(node))
            loop = loop[(first := loop.index(min(loop))) :] + loop[:first]
            found.append(loop)
            graph.take([graph.start[edge] for edge in loop])
    return found


def in_loops(nodes: int, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which nodes are in a loop or on a way from one loop to another."""
    both = np.ones(nodes, dtype=bool)
    for ends in ((start, end), (end, start)):
        graph = _Graph(nodes, *ends)
        graph.take_sources()
        both &= np.array(graph.left, dtype=bool)
    return both
