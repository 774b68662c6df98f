"""A grid of native cells that a person types into; Python holds the table and sends a page of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import traitlets as t

from twinkit.apps.kit.parts import script as kit_script
from twinkit.apps.kit.parts import style
from twinkit.columns import Column
from twinkit.tables import Problem
from twinkit.tables.case import Case
from twinkit.tables.docs import default_words
from twinkit.tables.look import allowed_words
from twinkit.tables.problems import quote
from twinkit.tables.provenance import Source, sources_of
from twinkit.tables.schema import NEEDED, Settings
from twinkit.workbench.answers import HERE, DeskPart
from twinkit.workbench.differences import TableChange, changes
from twinkit.workbench.draft import Draft, Typed, columns_of

PAGE = 50
"""Rows of a page."""

MOST_NAMES = 400
"""Names that a cell suggests."""


class Wish(NamedTuple):
    """What is looked at.

    Attributes
    ----------
    table, first
        The table, and the place of the first row of the page among those that are shown.
    words
        Words that a row must contain.
    only
        "all", "wrong" (rows with problems) or "changed".
    sort, down
        Column to sort by ("" for the order of the table), and whether from high to low.
    every
        Whether columns that are not used are shown, too.
    """

    table: str
    first: int = 0
    words: str = ""
    only: str = "all"
    sort: str = ""
    down: bool = False
    every: bool = False


def shown_columns(table: str, typed: Typed, every: bool) -> list[str]:
    """Columns of the grid: those of the table, or of the schema, in the schema's order."""
    known = list(columns_of(table))
    names = known if every else [n for n in known if n in typed.header]
    return [*names, *(n for n in typed.header if n not in known)]


def marks_of(problems: Sequence[Problem], table: str) -> dict[tuple[int, str], str]:
    """(row, column) → what is wrong there; the column is "" where the whole row is meant."""
    marks: dict[tuple[int, str], str] = {}
    for p in problems:
        if p.table == table and p.row is not None and p.row > 1:
            column = "value" if table == "settings" and p.column not in ("setting", "value", "") else p.column
            key = (p.row - 2, column)
            marks[key] = f"{marks[key]} {words_of(p)}" if key in marks else words_of(p)
    return marks


def words_of(problem: Problem) -> str:
    """A problem beside its cell: the sentence without the place."""
    said = f"{quote(problem.value)} {problem.says}" if problem.value else problem.says
    return f"{said}. {problem.hint}".strip() if problem.hint else f"{said}."


def order(typed: Typed, wish: Wish, marks: Mapping[tuple[int, str], str], change: TableChange) -> list[int]:
    """Rows that are shown, in their order."""
    rows: Any = range(len(typed.rows))
    if wish.only == "wrong":
        rows = sorted({i for i, _ in marks if i < len(typed.rows)})
    elif wish.only == "changed":
        rows = sorted({i for i, _ in change.cells} | set(change.added))
    if wish.words.strip():
        words = wish.words.casefold().split()
        rows = [i for i in rows if all(w in "\t".join(typed.rows[i]).casefold() for w in words)]
    at = typed.column(wish.sort)
    return sorted(rows, key=lambda i: _key(typed.rows[i][at]), reverse=wish.down) if at >= 0 else list(rows)


def _key(cell: str) -> tuple[int, float, str]:
    try:
        return (0, float(cell), "")
    except ValueError:
        return (1, 0.0, cell.casefold()) if cell else (2, 0.0, "")


def page(draft: Draft, wish: Wish, case: Case | None = None) -> dict[str, Any]:
    """What the grid shows, as plain data; of a case that knows its sources, where each cell comes from."""
    typed = draft.tables[wish.table]
    change = changes(wish.table, draft.saved[wish.table], typed)
    marks = marks_of(draft.problems, wish.table)
    names = shown_columns(wish.table, typed, wish.every)
    rows = order(typed, wish, marks, change)
    first = max(0, min(wish.first, (len(rows) - 1) // PAGE * PAGE if rows else 0))
    here = rows[first : first + PAGE]
    seen = set(here)
    return {
        "table": wish.table, "columns": [_column(wish.table, n) for n in names],
        "rows": [[i, [typed.cell(i, n) for n in names]] for i in here],
        "wrong": [[i, n, said] for (i, n), said in marks.items() if i in seen],
        "changed": [[i, n, before] for (i, n), before in change.cells.items() if i in seen],
        "added": [i for i in change.added if i in seen], "gone": len(change.gone),
        "first": first, "shown": len(rows), "total": len(typed.rows), "size": PAGE,
        "lists": {n: found for n in names if (found := _names(draft, wish.table, n))},
        "about": _about(draft, wish.table, here), "sources": _sources(draft, wish.table, here, names, case),
    }  # fmt: skip


def _column(table: str, name: str) -> dict[str, Any]:
    column = columns_of(table).get(name) or Column("", "a column of your own", start="")
    default = default_words(column)
    empty = {"required": "It must be filled in.", "": ""}.get(default, f"An empty cell means {default}.")
    unit = column.unit if column.numeric else ""
    meaning = column.meaning[:1].upper() + column.meaning[1:]
    parts = [f"{meaning}.", f"Unit: {unit}." if unit else "", f"Allowed: {allowed_words(column)}.", empty]
    return {
        "name": name, "label": name.replace("_", " "), "unit": unit, "kind": column.kind,
        "definition": " ".join(p for p in parts if p), "required": column.required,
    }  # fmt: skip


def _names(draft: Draft, table: str, name: str) -> list[str]:
    """What a cell may say: the words of the schema, or the names in the table that it refers to."""
    column = columns_of(table).get(name)
    if column is None:
        return []
    if column.choices:
        return [c for c in column.choices if c]
    if column.kind == "flag":
        return ["yes", "no"]
    other, _, of = column.refers.partition(".")
    if not column.refers or other not in draft.tables or of not in draft.tables[other].header:
        return []
    names = dict.fromkeys(draft.tables[other].cell(i, of) for i in range(len(draft.tables[other].rows)))
    return [n for n in names if n][:MOST_NAMES]


def _about(draft: Draft, table: str, rows: Sequence[int]) -> dict[str, str]:
    """What each setting means: row → words."""
    if table != "settings":
        return {}
    known = {n: c for n, c in vars(Settings).items() if isinstance(c, Column)}
    found = {i: known.get(draft.tables[table].cell(i, "setting")) for i in rows}
    return {str(i): f"{c.meaning} [{c.unit}]; {allowed_words(c)}" for i, c in found.items() if c is not None}


def _sources(draft: Draft, table: str, rows: Sequence[int], names: Sequence[str], case: Case | None) -> list[list[Any]]:
    """Row, column and a sentence about where the cell comes from, where that is known; nothing while the tables are no sound case."""
    if case is None or draft.problems or not len(case["sources"]):
        return []
    if table == "settings":
        rules = case["sources"][case["sources"]["of_table"] == table].set_index("of_column")["rule"].to_dict()
        said = {i: rules.get(draft.tables[table].cell(i, "setting")) for i in rows}
        return [[i, "value", f"{rule[:1].upper()}{rule[1:]}."] for i, rule in said.items() if rule]
    if len(case[table]) != len(draft.tables[table].rows):
        return []
    found = sources_of(case, table, rows, [n for n in names if n in case[table]])
    return [[i, name, source.sentence] for (i, name), source in found.items() if source != Source()]


def tables_list(draft: Draft) -> list[dict[str, Any]]:
    """The tables with their rows, problems and changes, to choose from."""
    wrong: dict[str, int] = {}
    for p in draft.problems:
        wrong[p.table] = wrong.get(p.table, 0) + 1
    changed = set(draft.changed)
    return [
        {"name": n, "label": n.replace("_", " "), "rows": len(typed.rows), "wrong": wrong.get(n, 0), "changed": n in changed, "needed": n in NEEDED}
        for n, typed in draft.tables.items()
    ]  # fmt: skip


def place_of(problem: Problem) -> tuple[str, int, str] | None:
    """Table, row and column of a problem that has a place in a table."""
    found = marks_of([problem], problem.table) if problem.table else {}
    return next(((problem.table, row, column) for row, column in found), None)


# --- the grid


class Grid(DeskPart):
    """A page of a table.

    Presses and edits arrive as messages: ``{put: [row, column, block]}``, ``{add: true}``,
    ``{duplicate: rows}``, ``{delete: rows}``, ``{undo: true}``, ``{redo: true}``,
    ``{jump: number of a problem}``, ``{upload: names}`` with the files as buffers, and
    ``{accept: true}``; each with ``mark: [view, number]``.
    """

    _esm = kit_script("tip.js") + "".join(
        "\n" + (HERE / name).read_text(encoding="utf-8") for name in ("grid_cells.js", "grid_bars.js", "grid.js")
    )
    _css = style("form.css", "tip.css") + "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("workbench.css", "grid.css")
    )

    page = t.Dict(help="what is shown: see twinkit.workbench.grid; done: number of the last message heard, by view").tag(sync=True)
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
