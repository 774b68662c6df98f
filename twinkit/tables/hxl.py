"""Tables of humanitarian organisations: a row of hashtags (HXL 1.1) says what each column is, whatever its header says.

A table says in its declaration which tags its columns go by: ``hxl = {"people": ("#inneed", "#affected")}``; the first
tag that a file has is taken.  "#adm+name" stands for the deepest level that is there (#adm3 before #adm1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

FIRST_ROWS = 25
"""Rows in which the row of tags is looked for, as the standard has it."""
_TAG = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
PARTS = frozenset({"f", "m", "i", "infants", "children", "adolescents", "youth", "adults", "elderly", "disabled", "pregnant"})
"""Attributes of a part of the people: such a column is never taken for all of them."""
_LEVEL = re.compile(r"#adm([0-9])")


def tag_row(records: Sequence[Sequence[str]]) -> int | None:
    """Place of the row whose cells are hashtags, at least half of those that are filled; None if there is none."""
    for i, record in enumerate(records[:FIRST_ROWS]):
        filled = [cell.strip() for cell in record if cell.strip()]
        tags = [cell for cell in filled if _TAG.fullmatch(cell)]
        if tags and 2 * len(tags) >= len(filled):
            return i
    return None


def named_by_tags(tags: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[int, str]:
    """Which column of a table each tagged column is.

    Parameters
    ----------
    tags
        Cells of the row of tags.
    wanted
        Column → tags that it goes by, the first that is there is taken; a tag asks for its attributes at least.

    Returns
    -------
    dict
        Place of a column → name of the table's column.

    Examples
    --------
    >>> named_by_tags(["#adm1+name", "#adm2 +name", "#inneed+f", "#inneed"], {"place": ("#adm+name",), "people": ("#inneed",)})
    {1: 'place', 3: 'people'}
    """
    found: dict[int, str] = {}
    parts = [[p.strip().casefold() for p in tag.split("+")] for tag in tags]
    for column, names in wanted.items():
        for name in names:
            tag, *attributes = name.split("+")
            fits = [i for i, (own, *more) in enumerate(parts) if i not in found and set(attributes) <= set(more) and not PARTS & set(more)
                    and (own == tag or (tag == "#adm" and _LEVEL.fullmatch(own)))]  # fmt: skip
            if fits:  # the deepest level, and the fewest further attributes
                level = lambda i: int(m[1]) if (m := _LEVEL.fullmatch(parts[i][0])) else 0  # noqa: E731
                found[min(fits, key=lambda i: (-level(i), len(parts[i])))] = column
                break
    return found


def read_tags(
    records: Sequence[Sequence[str]], rows: Sequence[int], wanted: Mapping[str, Sequence[str]]
) -> tuple[list[Sequence[str]], list[int], str]:
    """Rows below the tags, under the names of the table's columns; as they were where no row is one of tags.

    Returns
    -------
    list, list of int, str
        The rows, the header first; their numbers; what was read so, in words, "" for nothing.
    """
    at = tag_row(records)
    if at is None:
        return list(records), list(rows), ""
    named = named_by_tags(records[at], wanted)
    header = [named.get(i, cell) for i, cell in enumerate(records[at])]
    told = ", ".join(f"{records[at][i].strip()} as {name}" for i, name in sorted(named.items()))
    return [header, *records[at + 1 :]], [rows[at], *rows[at + 1 :]], f"its hashtags (HXL) say what its columns are: {told or 'none that is needed here'}"
