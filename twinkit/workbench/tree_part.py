"""The way back from a dip as a tree that opens."""

from __future__ import annotations

from typing import Any

import traitlets as t

from twinkit.study.explain import Explanation
from twinkit.words import percent, visible
from twinkit.workbench.answers import STYLE
from twinkit.workbench.panel_view import DeskPart, script

LEAST = 0.01
"""Hops below this share of the missing units are not shown [share]."""


class Tree(DeskPart):
    """Nested nodes that open and close: native ``details``, so keyboard and screen reader know them.

    Nodes are dicts of ``text``, ``more``, ``share`` (0 to 1) and ``children``.
    """

    _esm = script("tree.js")
    _css = f"{DeskPart._css}\n{STYLE}"

    nodes = t.List(t.Dict(), help="see above").tag(sync=True)
    label = t.Unicode(help="name for screen readers").tag(sync=True)
    testid = t.Unicode("tree", help="data-testid").tag(sync=True)


def nodes_of(found: Explanation, least: float = LEAST) -> list[dict[str, Any]]:
    """The hops of an explanation as nested nodes.

    Parameters
    ----------
    found
        The explanation.
    least
        Smallest share of the missing units that is shown [share].
    """
    roots: list[dict[str, Any]] = []
    way: list[dict[str, Any]] = []
    for row in found.tree(least).to_dict("records"):
        node = {"text": visible(f"{percent(row['share'])} {row['node']}"), "more": visible(_more(row)), "share": float(row["share"]),
                "children": []}  # fmt: skip
        del way[row["level"] :]
        (way[-1]["children"] if way else roots).append(node)
        way.append(node)
    return roots


def _more(row: dict[str, Any]) -> str:
    days = f"period {row['since']}" if row["since"] == row["until"] else f"periods {row['since']} to {row['until']}"
    worst = f", worst in {row['worst day']}" if row["since"] < row["worst day"] < row["until"] else ""
    return f"{row['cause']}, {days}{worst}"
