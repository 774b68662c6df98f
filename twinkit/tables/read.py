"""Read a case: a folder of CSV or Parquet files or a workbook becomes checked tables, or sentences.

The steps: find the sheets, read the settings (a period's length gives "2 weeks" its
meaning), read each table's cells, check everything.  All problems come at once, and
a case is returned whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.columns import Column, table_columns
from twinkit.content import find_case
from twinkit.tables.case import SOUND, Case, default_of
from twinkit.tables.cells import (
    READERS,
    Reading,
    Span,
    Unclear,
    converted,
    decimal_comma,
    folded,
    folded_unit,
    may_have_thousands,
    read_cells,
    span_of,
    unescape,
)
from twinkit.tables.checks import find_notes, find_problems
from twinkit.tables.files import Sheet, Sheets, nothing_there, path_hint, read_folder, read_workbook
from twinkit.tables.headers import Matched, SettingsRead, match_header, read_settings
from twinkit.tables.history import MOST_PERIODS, Recorded, dated, tall
from twinkit.tables.look import Allowed, Look, allowed, in_order
from twinkit.tables.problems import CaseError, Problem, counted, listed, quote
from twinkit.tables.replace import TABLE_FILES
from twinkit.tables.schema import NEEDED, TABLES
from twinkit.tables.words import Parameters


def read_case(
    path: str | Path,
    *,
    extra_columns: Collection[str] | Mapping[str, Column] = (),
    policies: Mapping[str, Parameters] | None = None,
    kpis: Collection[str] | None = None,
) -> Case:
    """Read and check a case.

    Parameters
    ----------
    path
        A folder with ``sites.csv``, ``products.csv``, …, or a workbook (.xlsx) with a
        worksheet for each table.
    extra_columns
        Columns beyond the schema that a policy or an actor of your own reads: "name"
        is a column of stocks, "table.name" one of another table.
    policies
        Policies that stocks may name; default: those of twinkit.
    kpis
        KPIs that objectives may name; default: those of twinkit.

    Returns
    -------
    Case
        The whole case, free of known problems.

    Raises
    ------
    CaseError
        With every problem found: place, value, what is allowed and what to do.
    """
    rooms.load()
    path, rules = Path(path), []
    try:
        if refused := rooms.load_beside(path):
            rules = [Problem("", None, "", "", refused)]
    except rooms.RulesError as error:
        raise CaseError([Problem("", None, "", "", str(error))]) from error
    try:
        case = read_sheets(find_sheets(path), path, allowed(extra_columns, policies, kpis))
    except CaseError as error:
        raise CaseError([*rules, *error.problems]) from None
    case.notes = [*rules, *(case.notes or [])]
    return case


def read_sheets(sheets: Sheets, path: Path, known: Allowed | None = None) -> Case:
    """Make a checked case of tables as they were typed.

    Parameters
    ----------
    sheets
        The tables.
    path
        Where they are, for the sentences.
    known
        Columns, policies and KPIs that the case may name; default: those of twinkit.

    Raises
    ------
    CaseError
        With every problem found.
    """
    look, problems = _read_tables(sheets, known or allowed(), path)
    if look is not None:
        problems += find_problems(look, bool(problems))
    if problems:
        raise CaseError(in_order(problems, look))
    assert look is not None
    look.case.marks.add(SOUND)
    look.case.notes = in_order([*sheets.notes, *find_notes(look)], look)
    return look.case


def read_some(path: Path, but: Collection[str]) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Tables of a folder as they stand there, without those named by `but`, and its settings; whether they fit each other is not looked at.

    Raises
    ------
    CaseError
        If one of them cannot be read.
    """
    sheets = find_sheets(path, but)
    if not sheets.found and not sheets.problems:
        return {}, Case(sheets.name, {}, {}).settings
    look, problems = _read_tables(sheets, allowed(), path)
    if wrong := [p for p in problems if p.table not in {*but, *NEEDED} or p.row is not None or p.table in sheets.unreadable]:
        raise CaseError(wrong)
    assert look is not None
    return {t: look.case[t] for t in sheets.found if t != "settings"}, look.case.settings


def find_sheets(path: Path, but: Collection[str] = ()) -> Sheets:
    """Everything at a path that may be a table; of a folder, tables that `but` names are not looked at."""
    if not path.exists():
        return nothing_there(path, "does not exist", path_hint(path))
    if path.is_dir():
        return read_folder(path, but)
    if path.suffix.casefold() in (".xlsx", ".xlsm"):
        return read_workbook(path)
    if path.suffix.casefold() in TABLE_FILES:
        return nothing_there(path, "is one table; a case is the folder of them", f"Read {path.parent}.")
    return nothing_there(path, "is neither a folder of CSV or Parquet files nor a workbook", "Save it as .xlsx.")


@dataclass
class _Draft:
    """What has been read so far.

    Parameters
    ----------
    frames
        Table → values.
    bad, typed, rows, converted
        See :class:`~twinkit.tables.look.Look`.
    counted
        Product → its other units, folded → units of the product in one of them.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    bad: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    typed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    converted: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    counted: dict[str, dict[str, float]] = field(default_factory=dict)


def _read_tables(sheets: Sheets, known: Allowed, path: Path) -> tuple[Look | None, list[Problem]]:
    """The tables as a look at a case, and what could not be read."""
    problems = sheets.problems
    if not sheets.found:
        return None, problems or nothing_there(path, "holds no table").problems
    settings = read_settings(sheets.found.get("settings"), known)
    problems += settings.problems
    draft = _Draft()
    commas = _commas(sheets, known)
    for table in TABLES:
        if table in sheets.found:
            _read_table(sheets, table, known, settings, draft, commas)
        if table in ("conversions", "products"):  # they come before the tables whose cells may use them
            draft.counted = _other_units(draft)
    _known_spellings(draft, sheets)
    lacking = [t for t in NEEDED if t not in sheets.found]
    problems += [_missing(t) for t in lacking if t not in sheets.unreadable]
    look = Look(
        Case(sheets.name, draft.frames, settings.values),
        known,
        rows=draft.rows,
        setting_rows=settings.rows,
        bad=draft.bad,
        typed=draft.typed,
        converted=draft.converted,
        gone={*sheets.unreadable, *lacking},
        bad_settings=settings.bad,
    )
    if "settings" in sheets.unreadable:
        look.bad_settings = set(look.case.settings)
    return look, problems


def _missing(table: str) -> Problem:
    meaning = (TABLES[table].__doc__ or "").split("\n")[0]
    return Problem(table, None, "", "", "the table is missing", f"Add {table}.csv. A row is: {meaning}")


def _commas(sheets: Sheets, known: Allowed) -> dict[str, str]:
    """What shows of each table that its numbers have decimal commas, in words.

    One cell that can be nothing else shows it for the whole case; a file with semicolons
    shows it where no cell shows the contrary.
    """
    found = {}
    numbers: dict[str, list[str]] = {}
    for table, sheet in sheets.found.items():
        places = [i for i, head in enumerate(sheet.header) if _is_numeric(table, head, known)]
        numbers[table] = [text for i in places for text in set(sheet.cells[i]) if "," in text or "." in text]
        if comma := decimal_comma(numbers[table]):
            found[table] = f"there are decimal commas ({quote(comma)} in {table})"
    if found:
        return dict.fromkeys(sheets.found, next(iter(found.values())))
    telling = [t for t, sheet in sheets.found.items() if sheet.semicolons and may_have_thousands(numbers[t])]
    return dict.fromkeys(telling, "the file has semicolons, as programs write that use decimal commas")


def _is_numeric(table: str, head: str, known: Allowed) -> bool:
    column = known.columns[table].get(folded(head.split("[")[0].split("(")[0]))
    return (table == "settings" and folded(head) == "value") or (column is not None and column.numeric)


def _read_table(
    sheets: Sheets, table: str, known: Allowed, settings: SettingsRead, draft: _Draft, commas: Mapping[str, str]
) -> None:
    """Read one table into the draft; problems go to `sheets`."""
    sheet, columns = sheets.found[table], known.columns[table]
    if table == "history":
        sheet = tall(sheet, columns, sheets)
    matched = match_header(sheet, columns, settings.units)
    sheets.problems += matched.problems
    if matched.unread:
        plural = len(matched.unread) > 1
        says = f"{listed([quote(head) for head in matched.unread])} {'are' if plural else 'is'} no column of a case and"
        hint = f"The columns of {table} are {', '.join(columns)}."
        sheets.note(table, f"{says} {'were' if plural else 'was'} not read", hint)
    values: dict[str, np.ndarray] = {}
    own = _units_of_rows(sheet, matched, draft)
    spans = None
    for name, (position, unit) in matched.places.items():
        key, reading = (table, name), Reading(columns[name], settings.units, unit, commas.get(table, ""))
        if key == ("history", "period"):
            spans = dated(sheet.cells[position])
        if spans is not None and key == ("history", "period"):
            values[name], draft.bad[key] = _read_spans(sheets, sheet, position, reading, spans)
        else:
            other = None if name == "substitute_ratio" else own
            values[name], draft.bad[key] = _read_column(sheets, sheet, position, reading, other)
        draft.typed[key] = sheet.cells[position]
        draft.converted[key] = converted(sheet.cells[position], reading)
        if columns[name].quantity == "moment" and spans is None:
            _tell_dates(sheets, sheet, position, columns[name], values[name])
    for name in matched.spoilt - set(matched.places):
        draft.bad[table, name] = np.ones(len(sheet.rows), dtype=bool)
    if sheet.torn.any():
        for name in columns:
            draft.bad[table, name] = draft.bad.get((table, name), False) | sheet.torn
    for name in (n for t, n in known.extra if t == table):
        given = pd.Series(values.get(name, [None] * len(sheet.rows)), dtype=object)
        values[name] = _extra_values(given, columns[name])
    draft.frames[table] = pd.DataFrame(values, index=range(len(sheet.rows)))
    draft.rows[table] = sheet.rows
    if table == "history" and set(values) == set(columns):
        _settle_history(sheets, draft, spans, settings)


def _read_spans(
    sheets: Sheets, sheet: Sheet, position: int, reading: Reading, spans: list[Span | None]
) -> tuple[np.ndarray, np.ndarray]:
    """The column of periods of a dated history: which cells are no dates (their periods come later)."""
    texts = sheet.cells[position]
    hint = "Write it like 2024-01-05, or write the numbers of periods in all rows."
    unclear = {
        i: Unclear("is not a date that can be read in one way, as the others are", hint)
        for i, span in enumerate(spans) if span is None and texts[i].strip()
    }  # fmt: skip
    sheets.problems += _unclear_cells(sheet, reading.column, texts, unclear)
    spoilt = np.array([i in unclear for i in range(len(texts))], dtype=bool) | sheet.torn
    return np.array([0.0 if span is not None else np.nan for span in spans]), spoilt


def _tell_dates(sheets: Sheets, sheet: Sheet, position: int, column: Column, values: np.ndarray) -> None:
    """Note that dates were read as periods, with the first of them."""
    for i, text in enumerate(sheet.cells[position]):
        if text.strip() and span_of(text) is not None and values[i] == values[i]:
            says = f"is a date and was read as period {values[i]:g}, counted from start_date; so were other dates of the column"
            sheets.note(sheet.table, says, row=int(sheet.rows[i]), column=column.name, value=text.strip())
            return


def _settle_history(sheets: Sheets, draft: _Draft, spans: list[Span | None] | None, settings: SettingsRead) -> None:
    """Make the rows of history one for each period; rows that cannot be used stay as they are, to be told of."""
    frame, rows, keys = draft.frames["history"], draft.rows["history"], [k for k in draft.bad if k[0] == "history"]
    bad = np.logical_or.reduce([draft.bad[k] for k in keys])
    bad |= (
        frame.isna().any(axis=1).to_numpy() | (frame["market"] == "").to_numpy() | (frame["product"] == "").to_numpy()
    )
    bad |= (frame["period"] < -MOST_PERIODS).to_numpy() | ~np.isfinite(frame["units"].to_numpy(float))
    fine = np.flatnonzero(~bad)
    used = [spans[i] for i in fine] if spans is not None else None
    whole = bool(settings.values.get("whole_units", False))
    if not len(fine):
        return
    good = Recorded(frame.iloc[fine].reset_index(drop=True), rows[fine], used, sheets, settings.units, whole)
    settled, at = good.settle()
    draft.frames["history"] = pd.concat([settled, frame[bad]], ignore_index=True)
    draft.rows["history"] = np.concatenate([at, rows[bad]])
    same = len(settled) == len(fine) and np.array_equal(at, rows[fine])
    for key in keys:
        draft.bad[key] = np.concatenate([np.zeros(len(settled), dtype=bool), draft.bad[key][bad]])
        draft.converted.pop(key, None)
        typed = draft.typed.pop(key, None)
        if same and typed is not None:
            draft.typed[key] = np.concatenate([typed[~bad], typed[bad]])
    if spans is not None:  # rows that were not placed have no period yet
        unplaced = [spans[i] is not None for i in np.flatnonzero(bad)]
        draft.bad["history", "period"] = draft.bad.get(("history", "period"), np.zeros(len(draft.rows["history"]), dtype=bool))
        draft.bad["history", "period"][len(settled) :] |= np.array(unplaced, dtype=bool)


def _known_spellings(draft: _Draft, sheets: Sheets) -> None:
    """Names that differ from a known one only in case or spaces are read as it."""
    for table, frame in draft.frames.items():
        for name, column in table_columns(TABLES[table]).items():
            target, _, key = column.refers.partition(".")
            if name not in frame or target not in draft.frames or key not in draft.frames[target]:
                continue
            values = frame[name].astype(object)
            known = set(draft.frames[target][key])
            unknown = [v for v in pd.unique(values) if v and v not in known]
            if unknown:
                _respell(frame, name, unknown, known, table, sheets, draft)


def _respell(
    frame: pd.DataFrame, name: str, unknown: list, known: set, table: str, sheets: Sheets, draft: _Draft
) -> None:
    folded_names: dict[str, list[str]] = {}
    for one in known:
        folded_names.setdefault("".join(str(one).split()).casefold(), []).append(one)
    meant = {v: folded_names.get("".join(str(v).split()).casefold(), []) for v in unknown}
    sure = {v: found[0] for v, found in meant.items() if len(found) == 1}
    if sure:
        for v, one in list(sure.items())[:20]:
            row = int(draft.rows[table][int(np.flatnonzero((frame[name] == v).to_numpy())[0])])
            sheets.note(table, f"was read as {quote(one)}", "Write both alike.", row=row, column=name, value=str(v))
        frame[name] = frame[name].map(lambda v: sure.get(v, v))


def _other_units(draft: _Draft) -> dict[str, dict[str, float]]:
    """Product → its other units, for products that have any, and the name of its own with them."""
    frame, found = draft.frames.get("conversions"), {}
    if frame is None or not {"product", "unit", "units"} <= set(frame):
        return {}
    for product, unit, units in frame[["product", "unit", "units"]].itertuples(index=False):
        if units > 0:  # else the checks say so
            found.setdefault(product, {})[folded_unit(unit)] = units
    products = draft.frames.get("products")
    if products is not None and {"product", "unit"} <= set(products):
        for product, unit in products[["product", "unit"]].itertuples(index=False):
            if product in found and unit:
                found[product].setdefault(folded_unit(unit), 1.0)
    return found


def _units_of_rows(sheet: Sheet, matched: Matched, draft: _Draft) -> list[dict[str, float]] | None:
    """Other units of the product of each row (of a bill of materials: of the component); None if there are none."""
    place = matched.places.get("component" if sheet.table == "bill_of_materials" else "product")
    if not draft.counted or place is None:
        return None
    return [draft.counted.get(unescape(text), {}) for text in sheet.cells[place[0]]]


def _extra_values(given: pd.Series, column: Column) -> np.ndarray:
    """Values of a column that is not in the schema, with its default in the empty cells."""
    empty = given.isna() | (given == "")
    texts = not column.numeric or given[~empty].map(lambda v: isinstance(v, str)).any()
    filled = given.where(~empty, "" if texts and column.numeric else default_of(column))
    return filled.to_numpy(dtype=object if texts else float)


def _read_column(
    sheets: Sheets, sheet: Sheet, position: int, reading: Reading, own: list[dict[str, float]] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Values of a column and which of its cells are spoilt; `own` are the other units of each row's product."""
    texts, column = sheet.cells[position], reading.column
    values, unclear = read_cells(texts, reading)
    if column.numeric and own is not None:
        for i in [i for i in unclear if own[i]]:
            try:
                other = replace(reading, units=replace(reading.units, own=own[i]))
                values[i] = READERS[column.kind](unescape(texts[i]), other)
                del unclear[i]
            except Unclear as reason:
                unclear[i] = reason
    if unclear and not column.unit and len(unclear) == sum(1 for t in texts if t.strip()):
        values, unclear = read_cells(texts, Reading(_as_text(column), reading.units))
    spoilt = np.zeros(len(texts), dtype=bool)
    spoilt[list(unclear)] = True
    spoilt |= sheet.torn
    holes = [row for table, row, place in sheets.holes if table == sheet.table and place == position]
    spoilt |= np.isin(sheet.rows, holes)
    sheets.problems += _unclear_cells(sheet, column, texts, unclear)
    return values, spoilt


def _as_text(column: Column) -> Column:
    text = Column("text", column.meaning, kind="text", start="")
    text.name, text.table = column.name, column.table
    return text


def _unclear_cells(sheet: Sheet, column: Column, texts: np.ndarray, unclear: dict[int, Unclear]) -> list[Problem]:
    """Sentences about the cells of a column that could not be read."""
    hits = [i for i in unclear if not sheet.torn[i]]

    def make(i: int) -> Problem:
        return Problem(sheet.table, int(sheet.rows[i]), column.name, texts[i].strip(), unclear[i].says, unclear[i].hint)

    return counted(hits, make, lambda i: int(sheet.rows[i]))


def example(name: str = "automotive") -> Case:
    """A shipped case, read and checked.

    Parameters
    ----------
    name
        "automotive" (a car maker) or "camera" (Graves & Willems' digital camera).

    Raises
    ------
    FileNotFoundError
        If no shipped case has the name.
    """
    return read_case(find_case(name))
