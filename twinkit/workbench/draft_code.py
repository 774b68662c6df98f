"""Python that makes of the case on the disk the one that is edited."""

from __future__ import annotations

from pathlib import Path

from twinkit.tables.case import Case
from twinkit.workbench.draft import Draft, extra_columns, read_draft
from twinkit.workbench.draft_state import tables_of
from twinkit.workbench.store import Store


def edits_code(draft: Draft, store: Store, alone: bool = False) -> str:
    """Python that gives the edited case; "" where nothing is edited.

    A store in memory has no file to read them from again.

    Parameters
    ----------
    draft, store
        The tables, and where they are kept.
    alone
        Whether the case on the disk has problems, so that it cannot be read.
    """
    if not draft.changed:
        return ""
    if store.path is None or store.head is None:
        return "# case: with the edits of the page, which are kept in memory only"
    return (
        "from twinkit.workbench.draft_code import edited\n\n"
        f"case = edited({repr(draft.name) if alone else 'case'}, {str(store.path)!r}, move={store.head})  # {', '.join(draft.changed)}"
    )


def edited(case: Case | str, path: str | Path, move: int | None = None) -> Case:
    """A case with the edits that were made at a workbench.

    Parameters
    ----------
    case
        The case as it is on the disk; or its name, if it has problems there and was mended.
    path
        File of the workbench.
    move
        Number of the move in its history; default: the newest.

    Raises
    ------
    CaseError
        With every problem of the edited tables.
    FileNotFoundError
        If there is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no workbench file {path}")
    store = Store(Path(path), "")
    try:
        tables = tables_of(store.state(move))
    finally:
        store.close()
    if isinstance(case, str):
        return read_draft(tables, case)
    return read_draft(tables, case.name, extra_columns(case))
