"""The page of documentation and the columns say the same; loops and sums are found by the plain functions."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import twinkit.tables
from twinkit.columns import table_columns
from twinkit.tables import tables_page
from twinkit.tables.checks_network import in_loops, loops
from twinkit.tables.schema import TABLES, Settings

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == tables_page()


def test_the_page_names_every_column():
    page = tables_page()
    for owner in (*TABLES.values(), Settings):
        for name, column in table_columns(owner).items():
            assert f"| `{name}` | {column.unit} |" in page


def test_public_names_exist_and_are_explained():
    for name in twinkit.tables.__all__:
        thing = getattr(twinkit.tables, name)
        assert not callable(thing) or thing.__doc__


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25))
def test_loops_are_those_that_another_library_finds(edges):
    edges = [(a, b) for a, b in edges if a != b]
    start, end = (np.array([e[i] for e in edges], dtype=int) for i in (0, 1))
    found = loops(10, start, end)
    graph = nx.MultiDiGraph(edges)
    assert bool(found) == (not nx.is_directed_acyclic_graph(graph))
    nodes = [n for loop in found for n in start[loop]]
    assert len(nodes) == len(set(nodes))
    for loop in found:
        assert (end[loop] == np.roll(start[loop], -1)).all()
    graph.remove_nodes_from(nodes)
    assert nx.is_directed_acyclic_graph(graph)
    cyclic = [n for part in nx.strongly_connected_components(nx.MultiDiGraph(edges)) if len(part) > 1 for n in part]
    assert in_loops(10, start, end)[cyclic].all()
