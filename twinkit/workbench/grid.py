"""A grid of native cells that a person types into; Python holds the table and sends a page of it."""

from __future__ import annotations

import traitlets as t

from twinkit.apps.kit.parts import script as kit_script
from twinkit.apps.kit.parts import style
from twinkit.workbench.answers import HERE, DeskPart


class Grid(DeskPart):
    """A page of a table.

    Presses and edits arrive as messages: ``{put: [row, column, block]}``, ``{add: true}``,
    ``{duplicate: rows}``, ``{delete: rows}``, ``{undo: true}``, ``{redo: true}``,
    ``{jump: number of a problem}``, ``{upload: names}`` with the files as buffers, and
    ``{accept: true}``.
    """

    _esm = kit_script("tip.js") + "".join(
        "\n" + (HERE / name).read_text(encoding="utf-8") for name in ("grid_cells.js", "grid_bars.js", "grid.js")
    )
    _css = style("form.css", "tip.css") + "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("workbench.css", "grid.css")
    )

    page = t.Dict(help="what is shown: see twinkit.workbench.grid_page").tag(sync=True)
    tables = t.List(help="dicts of name, label, rows, wrong, changed").tag(sync=True)
    wish = t.Dict(help="table, words, only, sort, down, every, first; the browser changes it").tag(sync=True)
    problems = t.List(help="pairs of sentence, and whether it has a cell to go to").tag(sync=True)
    note = t.Unicode(help="what problems mean for the other panels").tag(sync=True)
    said = t.List(t.Unicode(), help="sentences about the last import or save").tag(sync=True)
    offer = t.Bool(False, help="whether tables with problems may be taken as they are").tag(sync=True)
    differences = t.List(t.Unicode(), help="what differs from the case on the disk").tag(sync=True)
    undo = t.Bool(False, help="whether there is a move to take back").tag(sync=True)
    redo = t.Bool(False, help="whether there is a move to make again").tag(sync=True)
    goto = t.List(help="row and column that gets the focus, and a number that makes it new").tag(sync=True)
