"""What is said of the tables without a case: the page of documentation and the empty case to fill in, made from the columns."""

from __future__ import annotations

import inspect
from pathlib import Path

from twinkit import rooms
from twinkit.columns import LIMITS, Column, table_columns
from twinkit.tables.headers import HEADER
from twinkit.tables.look import allowed_words
from twinkit.tables.problems import shown
from twinkit.tables.schema import NEEDED, TABLES, Settings
from twinkit.tables.schema_events import EVENT_TARGETS
from twinkit.tables.words import KPI_NAMES, POLICY_PARAMETERS
from twinkit.tables.write import Page, writable_path, write_folder, write_workbook

_START = """# Tables of a case

A case is a folder of CSV or Parquet files, one for each table below, or a workbook (.xlsx) with a
worksheet for each. {needed} are needed; any other table may be left out. This page is
made from the columns declared in `twinkit/tables/schema.py`.

## How cells are written

- The first row holds the names of the columns, in any order. A column may be left out
  unless its default says *required*; an empty cell means the default.
- Numbers have a decimal point and nothing between thousands: `1234.5`.
- A number may carry a unit: `2 weeks`, `36 hours` or `1 month` in a column of periods
  (a month is 30 days, a year 365; `period_days` in the settings says how long a period
  is), `20 %` in a column of shares, `50 units/week` in a column per period. The header
  may name the unit for the whole column: `lead_time [weeks]`. A standard deviation of
  demand is converted by the square root of time: 210 units/week are 79 units/day.
- A column that counts units of a product may be in another unit of the product that the table
  *conversions* names: with a box of 12, `2 box` is 24, `3 boxes/week` in a column per period is 36 a week, and
  `18 EUR/box` a price of 1.50; in a bill of materials the unit is one of the component.
- A point between thousands is asked about: in a case with decimal commas, or in a file
  with semicolons, `1.250` may be either.
- A period of the run may be a date, if settings have a `start_date`: `2021-03-19`,
  `19.03.2021`, and in history a week (`2021-W12`) or a month (`2021-03`), too.
- Yes or no: `yes`, `no`, `true`, `false`, `1` or `0`. A date: `2021-03-19`.
- Words such as `base_stock` may be written in any case, with spaces or hyphens.
- A text that a spreadsheet would run, such as `=1+1`, has an apostrophe before it in a
  CSV file; the apostrophe is no part of the text.
- CSV files are UTF-8, with comma, semicolon or tab between cells. Other files in the
  folder are ignored, and so are worksheets named columns, readme or notes. Hidden
  worksheets and rows that are struck through are left out; a number in a column of names
  is what the worksheet shows (7 with the format 000 is `007`).
- A column that the table does not have and that is not like one of its own, such as
  remarks, is not read; a name in another case is read as the one that is known.
- No number may be larger than what can be meant: {limits}.

`twinkit check` tells what is wrong, and beside it, as notes, what is legal and perhaps not
meant: a value that nothing reads where it stands, a history shorter than the run, normal
demand that would often be negative, a lead time that is longer on the mean than stated
because no shipment overtakes an earlier one, and every liberty that was taken in reading
(`twinkit.notes_of(case)` in Python).

## History as it comes out of a till

The table of history may have dates for periods, a column for each date, week or month,
several lines for a period (they are added up), no line for a period without demand, and
returns (taken off the demand of their period). Weeks and months are spread evenly over
their periods; make periods as long if that is not meant.
"""


def tables_page() -> str:
    """The whole page, in Markdown."""
    rooms.load()
    parts = [_START.format(needed=_joined([f"`{t}`" for t in NEEDED]).capitalize(), limits=_limits())]
    ordered = sorted(TABLES, key=lambda t: (t in rooms.TABLES, t if t in rooms.TABLES else ""))  # those of rooms by name, whichever was imported first
    parts += [_table(table, owner) for table, owner in {"settings": Settings, **{t: TABLES[t] for t in ordered}}.items()]
    parts += [_policies(), _events(), _kpis()]
    return "\n".join(parts)


def _limits() -> str:
    """The largest sizes of numbers, by unit."""
    units = {
        "units": "amount",
        "units/period": "rate",
        "money": "money",
        "periods": "time",
        "worlds": "worlds",
        "km": "distance",
    }
    return ", ".join(f"{LIMITS[quantity]:,.0f} {unit}" for unit, quantity in units.items())


def default_words(column: Column) -> str:
    """What an empty cell of a column means, in words."""
    if column.required:
        return "required"
    return "" if column.start in (None, "") else shown(column.start)


def _table(table: str, owner: type) -> str:
    about = inspect.getdoc(owner) or ""
    lines = [f"## {table}\n", f"{about}\n"]
    if table == "settings":
        lines.append("A row is one setting; the columns are `setting` and `value`.\n")
    else:
        lines.append(f"A row is known by its {_joined([f'`{k}`' for k in owner.key])}.\n")
    lines += ["| column | unit | meaning | allowed | default |", "|---|---|---|---|---|"]
    for name, column in table_columns(owner).items():
        cells = (f"`{name}`", column.unit, column.meaning, allowed_words(column), default_words(column))
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _policies() -> str:
    lines = ["## Which columns of stocks a policy reads\n", "| policy | needs | may have |", "|---|---|---|"]
    for policy, parameters in POLICY_PARAMETERS.items():
        needs, may = (", ".join(f"`{c}`" for c in cs) for cs in (parameters.required, parameters.optional))
        lines.append(f"| `{policy}` | {needs} | {may} |")
    return "\n".join(lines) + "\n"


def _events() -> str:
    lines = ["## What an event may happen to\n", "| kind | target |", "|---|---|"]
    lines += [f"| `{kind}` | {_joined(list(targets), 'or')} |" for kind, targets in EVENT_TARGETS.items()]
    return "\n".join(lines) + "\n"


def _kpis() -> str:
    return "## KPIs that an objective may name\n\n" + ", ".join(f"`{name}`" for name in KPI_NAMES) + "\n"


def _joined(words: list[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


# An empty case to fill in: headers, and beside them what each column means.


DICTIONARY = "COLUMNS.md"
"""File of a folder that explains the columns; no table."""


def write_template(path: str | Path) -> Path:
    """Write an empty case: the tables with their headers, and an explanation of the columns.

    Columns that a first table does not need are only explained.

    Parameters
    ----------
    path
        A folder, or a workbook if it ends in .xlsx.

    Returns
    -------
    Path
        Where it was written.
    """
    rooms.load()
    path, book = writable_path(path)
    pages: dict[str, Page] = {"settings": (list(HEADER), [[], []])}
    for table, owner in TABLES.items():
        names = [_head(n, c) for n, c in table_columns(owner).items() if not c.advanced]
        pages[table] = (names, [[] for _ in names])
    if book:
        write_workbook({**pages, "columns": _dictionary()}, path)
    else:
        write_folder(pages, path, {DICTIONARY: tables_page()})
    return path


def _head(name: str, column: Column) -> str:
    return f"{name} [{column.unit}]" if column.numeric else name


def _dictionary() -> Page:
    """The worksheet that explains the columns."""
    names = ["table", "column", "unit", "meaning", "allowed", "empty cell means"]
    rows = [
        (table, name, column.unit, column.meaning, allowed_words(column), default_words(column))
        for table, owner in {"settings": Settings, **TABLES}.items()
        for name, column in table_columns(owner).items()
    ]
    return names, [list(values) for values in zip(*rows, strict=True)]
