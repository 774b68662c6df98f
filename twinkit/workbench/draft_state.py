"""Tables that are being edited, as parts of a state: in blocks, so that a cell costs a block."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from twinkit.workbench.draft import Draft, Typed

BLOCK = 256
"""Rows of a part."""

DISK = "disk"
"""Part that says what each table was like on the disk: table → digest."""


def digest(typed: Typed) -> str:
    """A short text that is the same for the same table."""
    body = json.dumps([typed.header, typed.rows], ensure_ascii=False)
    return hashlib.blake2b(body.encode(), digest_size=12).hexdigest()


def parts_of(draft: Draft) -> dict[str, Any]:
    """The tables as parts of a state."""
    parts: dict[str, Any] = {DISK: {name: digest(typed) for name, typed in draft.saved.items()}}
    for name, typed in draft.tables.items():
        blocks = range(0, len(typed.rows), BLOCK)
        parts[f"table/{name}"] = {"header": list(typed.header), "blocks": len(blocks)}
        for number, at in enumerate(blocks):
            parts[f"table/{name}/{number}"] = [list(row) for row in typed.rows[at : at + BLOCK]]
    return parts


def tables_of(state: Mapping[str, Any]) -> dict[str, Typed]:
    """The tables of a state."""
    tables = {}
    for key, head in state.items():
        folder, _, name = key.partition("/")
        if folder == "table" and "/" not in name:
            blocks = (state[f"{key}/{number}"] for number in range(head["blocks"]))
            tables[name] = Typed(tuple(head["header"]), tuple(tuple(row) for block in blocks for row in block))
    return tables


def read_anew(state: Mapping[str, Any], saved: Mapping[str, Typed]) -> tuple[dict[str, Typed], list[str], list[str]]:
    """The tables of a state, with those that were changed on the disk since.

    Parameters
    ----------
    state
        The state.
    saved
        The tables as they are on the disk now.

    Returns
    -------
    tables
        The tables.
    taken, kept
        Names of those that are as on the disk now, because nobody had edited them here; and of
        those that were changed here and there, of which the edits are kept.
    """
    tables, then = {**saved, **tables_of(state)}, state.get(DISK, {})
    elsewhere = [name for name, typed in saved.items() if digest(typed) != then.get(name)]
    taken = [name for name in elsewhere if digest(tables[name]) == then.get(name)]
    kept = [name for name in elsewhere if name not in taken and tables[name] != saved[name]]
    return {**tables, **{name: saved[name] for name in taken}}, taken, kept
