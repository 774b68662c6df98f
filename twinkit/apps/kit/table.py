"""A table on a page: it sorts, explains its columns, and a row of it can be chosen."""

from __future__ import annotations

from typing import Any

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style


class Table(Part):
    """Rows of text under headers that sort and say what they mean.

    Columns are dicts of ``name``, ``label``, ``definition`` (what it means, on hover, focus and
    touch), ``kind`` (number, money, share and time are set to the right) and ``align``.

    >>> table = Table(columns=[{"name": "site", "label": "Site"}], rows=[["Fab <Naka>"]])
    >>> table.selected
    -1
    """

    _esm = script("tip.js", "table.js")
    _css = style("tip.css", "table.css")

    columns = t.List(t.Dict(), help="see above").tag(sync=True)
    rows = t.List(t.List(), help="cells, written as text").tag(sync=True)
    sort = t.List(t.List(), help="for each row what its cells are sorted by; empty: the cells").tag(sync=True)
    tips = t.List(t.Unicode(), help="for each row what its first cell means; empty: nothing is said").tag(sync=True)
    caption = t.Unicode(help="what the table shows").tag(sync=True)
    empty = t.Unicode(help="sentence in place of a table without rows").tag(sync=True)
    selectable = t.Bool(True, help="whether a click or Enter chooses a row").tag(sync=True)
    selected = t.Int(-1, min=-1, help="number of the chosen row, in the order of `rows`; -1 for none").tag(sync=True)
    testid = t.Unicode("table", help="data-testid").tag(sync=True)

    def show(self, columns: list[dict[str, Any]], rows: list[list[Any]], **more: Any) -> None:
        """Show another content at once; no row of it is chosen unless `more` says so."""
        with self.hold_sync():
            self.columns, self.rows = columns, rows
            self.sort, self.selected = more.pop("sort", []), more.pop("selected", -1)
            for name, value in more.items():
                setattr(self, name, value)
            self.version += 1
