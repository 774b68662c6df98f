"""Extracts as they come: files of a folder, worksheets, JSON, XML and databases become tables of texts that know file and row.

Nothing is made of the cells here.  How a file is written (encoding, separator, lines around the header) is decided
by the whole of it, and every liberty taken is a note.
"""

from __future__ import annotations

import glob
import json
import os
import re
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.lists import decoded, header_at, read_list, tidied, unique_names
from twinkit.capabilities.intake.records import (
    AT_A_TIME,
    LONGEST_VALUE,
    MOST_SECONDS,
    PACKED,
    ROW_AT,
    as_texts,
    flat,
    frame_of,
    joined,
)  # fmt: skip
from twinkit.capabilities.intake.step import read_step
from twinkit.capabilities.intake.values import joined_keys
from twinkit.capabilities.intake.xml_tables import tables_of_xml
from twinkit.tables.cells import folded, unescape
from twinkit.tables.files import read_workbook
from twinkit.tables.problems import LONGEST, CaseError, Problem, listed, quote
from twinkit.words import counted

MOST_FILES, MOST_BYTES = 500, 2_000_000_000
"""Files of a folder, and bytes of a file, that are read."""
MOST_UNPACKED, MOST_RATIO = 50_000_000, 200
"""Bytes that an archive may unpack to however small it is, and how many times its own size it may be beyond."""
MAPPING = "intake.toml"
"""Name of the mapping beside the extracts."""
CORRECTIONS = ("corrections.csv", "corrections.xlsx")
"""Names of the list of corrections beside the extracts, and its columns."""
CORRECTED = ("file", "row", "column", "is", "should_be")
TEXTS, SHEETS, MARKUP, MODELS = (".csv", ".tsv", ".txt", ".tab", ".dat"), (".xlsx", ".xlsm"), (".xml",), (".stp", ".step", ".p21")
BASES, COLUMNAR, RECORDS = (".sqlite", ".sqlite3", ".db"), (".duckdb", ".parquet"), (".json", ".jsonl", ".ndjson")
_DATED = re.compile(r"[_\-. ]*(?:(?:19|20)\d{6}|(?:19|20)\d\d-\d\d-\d\d)(?:[_\-T]?\d{4,6})?$")
_THOUSANDS = r"[-+(]?\s*[€$£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?[-)]?"
STATES = 0.1
"""Share of the rows of a file that must be about the same as rows of an older one for the two to be states of one table."""
_SAFE = re.compile(r"[A-Za-z_][\w.$]*")
_BRANDS = ("freppledb.input.", "input.", "common.", "dbo.", "public.", "main.")


@dataclass(frozen=True, eq=False)
class Extract:
    """A table as it was delivered.

    Attributes
    ----------
    name
        What it is called: the file, the worksheet or the table without dates and folders.
    frame
        Texts, a column for each column.
    files
        Where its rows come from: files, worksheets or queries.
    file, row : ndarray of int
        Place in `files` and number of each row there, as a spreadsheet or an editor counts them.
    taken
        When it was taken, as a date; "" if nothing says so.
    semicolons
        Whether its cells are separated by semicolons, as by programs that write decimal commas.
    """

    name: str
    frame: pd.DataFrame
    files: tuple[str, ...]
    file: np.ndarray
    row: np.ndarray
    taken: str = ""
    semicolons: bool = False

    def at(self, i: int) -> str:
        """Where a row stands: ``MARA.csv row 7``."""
        return f"{self.files[self.file[i]]} row {self.row[i]}"

    def only(self, keep: np.ndarray) -> Extract:
        """Some of its rows."""
        return replace(self, frame=self.frame[keep].reset_index(drop=True), file=self.file[keep], row=self.row[keep])


@dataclass
class Folder:
    """Everything that was found.

    Attributes
    ----------
    tables
        Name → extract.
    structures
        Name of a STEP file → its structure.
    problems, notes
        What could not be read, and what was read in a way that a person should know of.
    states
        Name of an extract that is there as it was on several days → its files.
    """

    tables: dict[str, Extract] = field(default_factory=dict)
    structures: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    states: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def refuse(self, file: str, says: str, hint: str = "") -> None:
        """Note that a file cannot be read."""
        self.tell([Problem("", None, "", file, says, hint)])

    def tell(self, problems: Iterable[Problem]) -> None:
        """Take problems; of a long name of a file the end is kept, which tells it from others."""
        self.problems += [p if p.table or len(p.value) <= LONGEST else replace(p, value=f"…{p.value[1 - LONGEST :]}") for p in problems]

    def take(self, name: str, frame: pd.DataFrame, file: str, rows: np.ndarray | None = None, taken: str = "", semicolons: bool = False, count_from: int = 2) -> None:
        """Take a table; one of the same name is continued by it. Without their numbers, rows are counted from 2, as below a header."""
        frame = frame.rename(columns=str)
        rows = np.arange(count_from, len(frame) + count_from) if rows is None else np.asarray(rows, np.int64)
        one = Extract(name, frame.reset_index(drop=True), (file,), np.zeros(len(frame), np.int32), rows, taken, semicolons)
        self.tables[name] = one if name not in self.tables else _continued(self.tables[name], one)


def _continued(first: Extract, then: Extract) -> Extract:
    """Two files of one table: columns that one of them does not have are empty there."""
    frame = pd.concat([first.frame, then.frame], ignore_index=True).fillna("")
    return Extract(first.name, frame, first.files + then.files, np.concatenate([first.file, then.file + len(first.files)]),
                   np.concatenate([first.row, then.row]), max(first.taken, then.taken), first.semicolons and then.semicolons)  # fmt: skip


def table_name(text: str) -> tuple[str, str]:
    """Name of a table without folders, brands and date, and the date as year-month-day or "".

    Examples
    --------
    >>> table_name("export__MARA_20240131"), table_name("freppledb.input.item")
    (('MARA', '2024-01-31'), ('item', ''))
    """
    text = text.rpartition("__")[2] or text
    found = _DATED.search(text)
    name = text[: found.start()] if found and found.start() else text
    for brand in _BRANDS:
        name = name[len(brand):] if name.casefold().startswith(brand) else name
    digits = re.sub(r"\D", "", found[0])[:8] if found and found.start() else ""
    return name.strip(" _-."), f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if digits else ""


def read_extracts(folder: Path, declared: Sequence[Mapping[str, Any]] = ()) -> Folder:
    """Every table in a folder, and those that a mapping declares.

    Parameters
    ----------
    folder
        The folder; folders in it are read, too.
    declared
        Sources of a mapping: `files` (a pattern) with `name`, `columns`, `separator`, `encoding`, `decimal`, `extracted`, `take`; or
        `database` with `query`.
    """
    found = Folder()
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.relative_to(folder).parts))
    files = [p for p in files if p.name != MAPPING and "twinkit-case" not in p.relative_to(folder).parts]
    if len(files) > MOST_FILES:
        found.refuse(folder.name, f"holds {len(files)} files; at most {MOST_FILES} are read", "Put the extracts into a folder of their own.")
        return found
    corrections = [p for p in files if p.name in CORRECTIONS and p.parent == folder]
    used, told = set(), {}
    for path in (p for p in files if p not in corrections):
        name = path.relative_to(folder).as_posix()
        said = [d for d in declared if "files" in d and (fnmatch(name, str(d["files"])) or fnmatch(path.name, str(d["files"])))]
        said.sort(key=lambda d: -len(str(d["files"])))  # "*Vendor.csv" fits ProductVendor.csv, too; "*ProductVendor.csv" says more
        used |= {id(d) for d in said[:1]}
        told[name] = said[0] if said else {}
        try:
            _read_file(path, name, said[0] if said else {}, found)
        except CaseError as error:
            found.tell(error.problems)
        except OSError as error:
            found.refuse(name, f"cannot be opened: {error.strerror}", "Close it elsewhere and try again.")
    for one in declared:
        if "database" in one:
            _read_database(one, folder, found)
        elif id(one) not in used:
            found.refuse(str(one.get("files", "")), "is named by the mapping, and no file fits", "Put the file into the folder, or correct the mapping.")
    _with_decimals(found, {name: str(said["decimal"]) for name, said in told.items() if said.get("decimal")})
    _one_state(found, {name: str(said["take"]) for name, said in told.items() if said.get("take")})
    for path in corrections:
        listed_there = Folder()
        _read_file(path, path.name, {"name": "corrections"}, listed_there)
        found.problems += listed_there.problems
        if "corrections" in listed_there.tables:
            _correct(found, listed_there.tables["corrections"])
    return found


def _with_decimals(found: Folder, signs: Mapping[str, str]) -> None:
    """Numbers of extracts as the mapping says that their files write them: with a decimal comma, or commas between thousands."""
    for name, extract in list(found.tables.items()):
        sign = next((signs[f] for f in (file.partition(" [")[0] for file in extract.files) if f in signs), "")
        if sign == ",":
            found.tables[name] = replace(extract, semicolons=True)
        elif sign:
            plain = {c: extract.frame[c].str.replace(",", "") for c in extract.frame if extract.frame[c].str.fullmatch(_THOUSANDS).any()}
            frame = extract.frame.assign(**{c: extract.frame[c].where(~extract.frame[c].str.fullmatch(_THOUSANDS), texts) for c, texts in plain.items()})
            found.tables[name] = replace(extract, frame=frame, semicolons=False)


def _one_state(found: Folder, takes: Mapping[str, str]) -> None:
    """Of an extract that was taken several times only one state counts: of rows that are in two, the mapping must say so.

    Parameters
    ----------
    takes
        File → "newest" or "all", as the mapping says.
    """
    for name, extract in list(found.tables.items()):
        days = [table_name(Path(file.partition(" [")[0]).stem)[1] for file in extract.files]
        wish = next((takes[f] for f in (file.partition(" [")[0] for file in extract.files) if f in takes), "")
        if wish == "newest":
            old = [file for file, day in zip(extract.files, days, strict=True) if day < max(days)]
            if old:
                found.tables[name] = extract.only(np.array([day == max(days) for day in days], bool)[extract.file])
                found.notes.append(f"Of {name}, only what was taken on {max(days)} counts; {listed(old, 5)} left out.")
            continue
        if wish or len(set(days) - {""}) < 2:
            continue
        keys = _key(extract)
        last = extract.file == int(np.argmax([max(days) == day for day in days]))
        both = np.isin(pd.unique(keys[~last]), keys[last])
        if both.sum() >= STATES * max(1, min(len(pd.unique(keys[last])), len(both))):
            found.states[name] = extract.files
            found.refuse(name, f"is there in states of several days ({listed(list(extract.files), 5)}), and {int(both.sum())} of their rows are about the same",
                         f'Keep the newest file alone, or write [[source]] with files = "{name}*" and take = "newest" (or "all", if each row counts).')  # fmt: skip


def _key(extract: Extract) -> np.ndarray:
    """What tells the rows of a file from each other: its first columns, as many as it takes, or the whole row."""
    columns = list(extract.frame.columns)
    last = extract.file == extract.file.max()
    width = next((k for k in range(1, min(5, len(columns))) if not extract.frame.loc[last, columns[:k]].duplicated().any()), len(columns))
    return joined_keys([extract.frame[c].to_numpy() for c in columns[:width]])


def _correct(found: Folder, corrections: Extract) -> None:
    """Put what a person has corrected in the place of what an extract says; where that is another thing by now, say so."""
    frame = corrections.frame.rename(columns=folded)
    if lacking := [c for c in CORRECTED if c not in frame]:
        found.refuse(corrections.files[0], f"has no column {listed(lacking)}", f"Its columns are {', '.join(CORRECTED)}.")
        return
    done = 0
    for i, cells in enumerate(frame[list(CORRECTED)].itertuples(index=False)):
        file, row, column, now, new = map(unescape, cells)  # a text that looks like a formula has an apostrophe before it
        if not new:
            continue
        place = next(((e, at) for e in found.tables.values() if column in e.frame and file in e.files
                      for at in np.flatnonzero((e.file == e.files.index(file)) & (e.row.astype(str) == row))), None)  # fmt: skip
        if place is None or place[0].frame[column].iat[place[1]].strip() != now.strip():
            says = "names no cell of an extract" if place is None else f"is about {quote(now)}, and the extract says {quote(place[0].frame[column].iat[place[1]])} by now"
            found.problems.append(Problem(corrections.files[0], int(corrections.row[i]), "", f"{file} row {row}, {column}", says, "Correct or take away the line."))
            continue
        extract, at = place
        values = extract.frame[column].to_numpy(object).copy()
        values[at] = new
        label = f"{file} (corrected)"
        files = extract.files if label in extract.files else (*extract.files, label)
        places = extract.file.copy()
        places[at] = files.index(label)
        found.tables[extract.name] = replace(extract, frame=extract.frame.assign(**{column: values}), files=files, file=places)
        done += 1
    found.notes.append(f"{counted(done, 'cell')} of extracts corrected as {corrections.files[0]} says.")


def _read_file(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    kind, size = path.suffix.casefold(), path.stat().st_size
    if size > MOST_BYTES:
        found.refuse(name, f"has more than {MOST_BYTES // 1_000_000_000} GB", "Take a shorter time, or fewer columns.")
    elif size == 0:
        found.notes.append(f"{name} is empty.")
    elif kind in _READERS:
        _READERS[kind](path, name, said, found)
    elif kind not in (".md", ".xsd", ".docx", ".pdf", ".html"):
        found.notes.append(f"{name} is of no kind that is read.")


def _read_model(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    found.structures[name] = read_step(path)
    found.notes += found.structures[name].notes


def _read_zip(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(p.file_size for p in parts.infolist())
            if size > min(MOST_BYTES // 4, max(MOST_UNPACKED, MOST_RATIO * path.stat().st_size)) or len(parts.infolist()) > MOST_FILES:
                found.refuse(name, "unpacks to more than is read", "Unpack what is needed into the folder.")
                return
            for part in sorted(parts.infolist(), key=lambda p: p.filename):
                kind, at = Path(part.filename).suffix.casefold(), f"{name}/{part.filename}"
                try:
                    if kind in TEXTS and part.file_size:
                        _read_text(parts.read(part), at, Path(part.filename).stem, said, found)
                    elif kind in MARKUP:
                        _read_xml(parts.read(part), at, found)
                    elif part.file_size:
                        found.notes.append(f"{at} is of no kind that is read out of an archive; unpack it into the folder.")
                except CaseError as error:  # of one part; the others are read
                    found.tell(error.problems)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        found.refuse(name, f"cannot be unpacked: {error}", "Pack it again, without a password.")


# --- texts, workbooks, JSON, XML, databases


def _read_text(data: bytes, name: str, stem: str, said: Mapping[str, Any], found: Folder) -> None:
    read = read_list(data, name, said)
    found.notes += read.notes
    stem, taken = table_name(stem)
    if read.frame is not None:
        found.take(said.get("name") or stem, read.frame, name, read.rows, str(said.get("extracted") or taken), read.semicolons)


def _read_book(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    sheets = read_workbook(path, named=str, header_at=header_at)
    found.tell(replace(p, value=p.value if p.value and p.table else name) for p in sheets.problems)
    found.notes += [f"{name}: {note.sentence}" for note in sheets.notes]
    for title, sheet in sheets.found.items():
        plain = re.fullmatch(r"(?:sheet|tabelle|table|feuil|hoja|foglio|sap document export|export|data|daten)\s*\d*", title.casefold())
        stem, taken = table_name(path.stem if plain else title)
        header = unique_names(sheet.header)
        frame = pd.DataFrame({h: [c.strip() for c in cells] for h, cells in zip(header, sheet.cells, strict=True)}, dtype=object)
        frame, rows = tidied(frame, sheet.rows, name, found.notes)
        table = (said.get("name") if len(sheets.found) == 1 else "") or stem
        found.take(table, frame, name if len(sheets.found) == 1 else f"{name} [{title}]", rows, str(said.get("extracted") or taken))


def _read_json(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    try:
        text, _ = decoded(path.read_bytes())
        data = [json.loads(line) for line in text.split("\n") if line.strip()] if path.suffix.casefold() != ".json" else json.loads(text)
        lists = list(_record_lists(data, str(said.get("name") or table_name(path.stem)[0])))
        parts = [part for table, records in lists for part in flat(table, records, name)]
    except (ValueError, RecursionError) as error:
        found.refuse(name, f"is no JSON that can be read: {error}", "Export it again.")
        return
    for part, frame, rows in parts:
        found.take(part, frame, name, rows, str(said.get("extracted") or table_name(path.stem)[1]))
    if not found.tables:
        found.notes.append(f"{name} holds no list of records.")


def _record_lists(data: Any, name: str) -> Iterator[tuple[str, list[Mapping[Any, Any]]]]:
    """Lists of records in a JSON file: fixtures of Django, a list, or lists under names."""
    if isinstance(data, Mapping):
        lists = {k: v for k, v in data.items() if isinstance(v, list) and v and all(isinstance(r, Mapping) for r in v)}
        for key, value in lists.items():
            yield from _record_lists(value, name if key in ("data", "message", "value", "results", "records", "items", "rows") else key)
        if not lists and data and all(isinstance(v, Mapping) for v in data.values()):
            for key, value in data.items():
                yield from _record_lists(value, key)
        return
    if not (isinstance(data, list) and data and all(isinstance(r, Mapping) for r in data)):
        return
    if all({"model", "fields"} <= set(r) and isinstance(r["fields"], Mapping) for r in data):
        models: dict[str, list[Mapping[Any, Any]]] = {}
        for i, record in enumerate(data, 1):
            fields = {"name": record.get("pk"), **record["fields"]} if record.get("pk") is not None else dict(record["fields"])
            models.setdefault(table_name(str(record["model"]))[0], []).append({**fields, ROW_AT: i})
        yield from models.items()
    else:
        yield name, data


def _read_xml(data: bytes, name: str, found: Folder) -> None:
    tables, notes = tables_of_xml(data, name)
    found.notes += notes
    for table, records in tables.items():
        found.take(table, frame_of(records, name), name, count_from=1)


def _read_base(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    """All tables and views of a SQLite database."""
    if not path.read_bytes()[:16].startswith(b"SQLite format 3"):
        found.notes.append(f"{name} is no SQLite database, and was not read.")
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            names = [n for (n,) in base.execute("select name from sqlite_master where type in ('table', 'view') order by name") if not n.startswith("sqlite_")]
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
            begun = time.monotonic()
            base.set_progress_handler(lambda: time.monotonic() - begun > MOST_SECONDS, 1_000_000)  # a view may have no end
            _take_all(names, lambda query: _rows(base.execute(query)), name, path.stat().st_size, found)
    except sqlite3.Error as error:
        found.refuse(name, f"cannot be read: {str(error).splitlines()[-1]}", "Copy the database again, while nothing writes to it.")


def _rows(answer: Any) -> Iterator[pd.DataFrame]:
    """What a database answers, in parts, with its values untouched: a number of 18 digits beside an empty cell is no float."""
    names = [d[0] for d in answer.description]
    while True:
        part = answer.fetchmany(AT_A_TIME)
        yield pd.DataFrame([tuple(row) for row in part], columns=names, dtype=object)
        if not part:
            return


def _take_all(names: Iterable[str], ask: Callable[[str], Iterable[pd.DataFrame]], file: str, size: int, found: Folder) -> None:
    """Every table of a database, as long as there is not much more in it than in its file [bytes]."""
    for table in names:
        quoted = table.replace('"', '""')
        found.take(table_name(table)[0], as_texts(joined(ask(f'select * from "{quoted}"'), f"{file} [{table}]", size)), f"{file} [{table}]", count_from=1)


def _read_columnar(path: Path, name: str, said: Mapping[str, Any], found: Folder) -> None:
    """A DuckDB database or a Parquet file."""
    try:
        import duckdb  # an extra: most extracts need none
    except ImportError:
        found.refuse(name, "is read by duckdb, which is not installed", 'Run pip install "twinkit[databases]".')
        return
    try:
        if path.suffix.casefold() == ".parquet":
            stem, taken = table_name(path.stem)
            with duckdb.connect() as base:
                frame = joined(_chunks(_exact(base, "read_parquet(?)", [glob.escape(str(path))])), name, PACKED * path.stat().st_size)
            found.take(said.get("name") or stem, as_texts(frame), name, taken=taken)
            return
        with duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as base:  # a view may name any address
            names = [n for (n,) in base.execute("select table_name from information_schema.tables order by table_name").fetchall()]
            _take_all(names, lambda query: _chunks(_exact(base, f"({query})")), name, PACKED * path.stat().st_size, found)
    except duckdb.Error as error:
        found.refuse(name, f"cannot be read: {str(error).splitlines()[0]}", "Write it again.")


def _chunks(asked: Any) -> Iterator[pd.DataFrame]:
    """What DuckDB answers, in parts; the last one is empty and has the columns."""
    while True:
        part = asked.fetch_df_chunk(AT_A_TIME // 2048)
        yield part
        if part.empty:
            return


def _exact(base: Any, table: str, values: Sequence[str] = ()) -> Any:
    """A table of DuckDB; what a float cannot hold comes as text."""
    kinds = [(r[0], str(r[1])) for r in base.execute(f"describe select * from {table}", list(values)).fetchall()]
    columns = ", ".join(f"cast({q} as varchar) as {q}" if kind in ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT") or re.match(r"DECIMAL\((?:1[6-9]|[23])", kind) else q
                        for name, kind in kinds for q in [f'"{name.replace(chr(34), chr(34) * 2)}"'])  # fmt: skip
    return base.execute(f"select {columns} from {table}", list(values))


def _read_database(said: Mapping[str, Any], folder: Path, found: Folder) -> None:
    """A query of a mapping to a database; ``env:NAME`` keeps its address, with the password, out of the file."""
    name, address, query = str(said.get("name", "")), str(said["database"]), str(said.get("query", ""))
    if address.startswith("env:"):
        variable, address = address[4:], os.environ.get(address[4:], "")
        if not address:
            found.refuse(name, f"asks for the address of its database in the environment variable {variable}, which is not set", f"Set {variable}.")
            return
    if not name or not query:
        found.refuse(name or "a database", "is a source of the mapping without name or query", 'Write name = "…" and query = "select …".')
        return
    try:
        import sqlalchemy  # an extra
    except ImportError:
        found.refuse(name, "asks a database, and SQLAlchemy is not installed", 'Run pip install "twinkit[databases]".')
        return
    statement = f"select * from {query}" if _SAFE.fullmatch(query) else query
    try:
        engine = sqlalchemy.create_engine(address)
        with engine.connect() as link:
            answer = link.execute(sqlalchemy.text(statement))
            frame = pd.DataFrame([tuple(row) for row in answer], columns=list(answer.keys()), dtype=object)
        engine.dispose()
    except Exception as error:  # drivers have errors of their own
        hidden = re.sub(r"://[^@\s]*@", "://…@", str(error).splitlines()[0])[:200]
        found.refuse(name, f"could not be asked: {type(error).__name__}: {hidden}", "Look at address, driver, rights and query.")
        return
    found.take(name, as_texts(frame), f"query {name}", taken=str(said.get("extracted", "")), count_from=1)


_READERS: Mapping[str, Callable[[Path, str, Mapping[str, Any], Folder], None]] = {
    **dict.fromkeys(TEXTS, lambda path, name, said, found: _read_text(path.read_bytes(), name, path.stem, said, found)),
    **dict.fromkeys(SHEETS, _read_book), **dict.fromkeys(RECORDS, _read_json), **dict.fromkeys(COLUMNAR, _read_columnar),
    **dict.fromkeys(MODELS, _read_model), **dict.fromkeys(MARKUP, lambda path, name, said, found: _read_xml(path.read_bytes(), name, found)),
    **dict.fromkeys(BASES, _read_base), ".zip": _read_zip,
}  # fmt: skip
"""Ending of a file, in small letters → what reads it."""


def closest_tables(name: str, found: Folder) -> str:
    """Names of tables for a sentence."""
    near = [t for t in found.tables if folded(name) in folded(t) or folded(t) in folded(name)]
    return f"Did you mean {quote(near[0])}?" if near else f"There are {listed(list(found.tables), 20) or 'none'}."
