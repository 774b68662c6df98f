"""From a folder of extracts and its mapping to a checked case: everything that is wrong at once, or the case with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.capabilities.intake.derive import make_part, structure_rows
from twinkit.capabilities.intake.drawn import Made, Making
from twinkit.capabilities.intake.extracts import MAPPING, Extract, Folder, read_extracts
from twinkit.capabilities.intake.mapping import Mapped, Part, lacking, mapping_of, read_mapping
from twinkit.capabilities.intake.rows import BY_FLOWS, constant, make_rows
from twinkit.capabilities.intake.step import BomDifference, compare_boms
from twinkit.capabilities.intake.values import dates, days
from twinkit.columns import table_columns
from twinkit.tables import provenance
from twinkit.tables.case import SOUND, Case, default_of
from twinkit.tables.checks import check_case, notes_of
from twinkit.tables.problems import CaseError, Problem, listed, quote
from twinkit.tables.schema import TABLES, Settings
from twinkit.words import counted

MOST_TOLD = 200
"""Cells of a column that two extracts contradict each other in, of which each is told."""
FIRST = ("conversions", "products", "sites")
"""Tables that are made first, as others need their units."""


@dataclass
class Intake:
    """What came of a folder of extracts.

    Attributes
    ----------
    case
        The case; None where there is none.
    problems
        Why not, all at once.
    notes
        What was read or worked out in a way that a person should know of.
    assumed
        (table, column, value, why, rows) of what no extract says.
    contradictions
        What two extracts say differently of one cell, in sentences.
    differences
        Product → what the bills of engineering and production do not have alike.
    folder, mapped, made
        The extracts, the mapping, and the rows of each part.
    """

    case: Case | None
    problems: list[Problem]
    notes: list[str]
    assumed: list[tuple[str, str, str, str, int]]
    differences: dict[str, BomDifference]
    folder: Folder
    mapped: Mapped | None = None
    made: list[Made] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def require(self) -> Case:
        """The case.

        Raises
        ------
        CaseError
            With every problem, if there is none.
        """
        if self.case is None:
            raise CaseError(self.problems)
        return self.case


def intake(folder: str | Path, mapping: str | Path | Mapping[str, Any] | None = None) -> Intake:
    """Make a case of the extracts in a folder.

    Parameters
    ----------
    folder
        Folder of the extracts.
    mapping
        The mapping: a file, or what such a file says; default: ``intake.toml`` in the folder.

    Returns
    -------
    Intake
        The case, or every problem; nothing is completed silently.

    Raises
    ------
    CaseError
        If the mapping cannot be read.
    FileNotFoundError
        If there is no folder, or no mapping.
    """
    rooms.load()
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    if isinstance(mapping, Mapping):
        mapped = mapping_of(mapping, "mapping")
    else:
        path = Path(mapping) if mapping else folder / MAPPING
        if not path.is_file():
            raise FileNotFoundError(f"there is no mapping {path}; `twinkit intake {folder} --propose` writes one to look at")
        mapped = read_mapping(path)
    return made_of(read_extracts(folder, mapped.sources), mapped)


def made_of(folder: Folder, mapped: Mapped) -> Intake:
    """The case that a mapping makes of extracts that have been read."""
    making = Making(folder, problems=[*folder.problems])
    settings = _settings(mapped, making)
    making.currency, making.rates = str(settings.get("currency", "EUR")), mapped.rates
    making.period_days = float(settings.get("period_days") or 1.0)
    making.starts = _day(settings.get("start_date"))
    making.problems += lacking(mapped.parts)
    made: list[Made] = []
    for part in sorted(mapped.parts, key=lambda p: (FIRST.index(p.into) if p.into in FIRST else len(FIRST), 0)):
        if part.derive.get("what") == "needed_stocks":
            continue
        rows = structure_rows(part, making) if part.derive.get("what") == "structure" else make_part(part, making)
        if rows is not None:
            made.append(rows)
            _learn(rows, making)
    result = Intake(None, making.problems, [*folder.notes, *making.notes], [], {}, folder, mapped, made)
    if not making.problems:
        _assembled(result, making, settings)
    result.notes[:] = dict.fromkeys(result.notes)  # stocks are put together again when those that are needed come in
    result.contradictions[:] = dict.fromkeys(result.contradictions)
    result.assumed = _assumptions(result)
    result.differences = _bills(result)
    return result


def _settings(mapped: Mapped, making: Making) -> dict[str, Any]:
    known, part, found = table_columns(Settings), Part("settings", 0), {}
    for name, rule in mapped.settings.items():
        value, column = constant(rule, known[name], 1, part, making)[0], known[name]
        if not column.numeric:
            found[name] = bool(value) if column.kind == "flag" else str(value)
        elif value == value:
            found[name] = int(value) if column.kind == "whole" else float(value)
    return found


def _day(text: Any) -> float | None:
    values, wrong = dates(np.array([str(text or "")], dtype=object))
    return None if wrong[0] or np.isnat(values[0]) else float(days(values)[0])


def _learn(rows: Made, making: Making) -> None:
    """Units of products, for the tables that count in them."""
    frame = rows.frame
    if rows.part.into == "products" and {"product", "unit"} <= set(frame):
        making.own_units |= {p: u for p, u in zip(frame["product"], frame["unit"], strict=True) if u}
    if rows.part.into == "conversions" and {"product", "unit", "units"} <= set(frame):
        making.packs |= {(p, str(u).casefold()): n for p, u, n in zip(frame["product"], frame["unit"], frame["units"], strict=True) if n > 0}


# --- parts become tables


def _assembled(result: Intake, making: Making, settings: dict[str, Any]) -> None:
    tables: dict[str, pd.DataFrame] = {}
    owners: dict[str, list[tuple[Made, np.ndarray]]] = {}
    for table in TABLES:
        parts = [m for m in result.made if m.part.into == table]
        if parts:
            tables[table], owners[table] = _together(table, parts, making, result)
    _history(tables, making)
    for part in result.mapped.parts if result.mapped else []:
        if part.derive.get("what") == "needed_stocks":
            _needed(part, tables, owners, making, result)
    _kinds(tables, result)
    if not settings.get("start_date") and making.demand_until > 0:
        settings["start_date"] = str(np.datetime64(int(making.demand_until) + 1, "D"))
        result.notes.append(f"The run starts on {settings['start_date']}, the day after the last order line.")
    if making.problems:
        return
    title = result.mapped.case if result.mapped else "case"
    case = Case(title, tables, settings)
    case = case.replace(sources=_sources(case, owners, result))
    wrong = check_case(case)
    if wrong:
        result.problems += [_placed(p, case) for p in wrong]
        return
    case.marks.add(SOUND)
    case.notes = notes_of(case)
    result.case = case


def _placed(problem: Problem, case: Case) -> Problem:
    """A problem of the case with the place that the row comes from."""
    if problem.row is None or problem.table not in TABLES or problem.table == "sources" or not 2 <= problem.row < len(case[problem.table]) + 2:
        return problem
    column = problem.column if problem.column in case[problem.table] else case[problem.table].columns[0]
    source = provenance.source_of(case, problem.table, problem.row - 2, column)
    name = provenance.row_names(problem.table, case[problem.table].iloc[[problem.row - 2]])[0]
    return replace(problem, row=None, table=f"{problem.table} {quote(name)}", hint=f"{problem.hint} {f'It comes from {source.sentence}' if source.file or source.rule else ''}".strip())


def _together(table: str, parts: list[Made], making: Making, result: Intake) -> tuple[pd.DataFrame, list[tuple[Made, np.ndarray]]]:
    """The rows of all parts of a table, each name once.  What two parts say differently of one cell is told of."""
    known = table_columns(TABLES[table])
    keys = list(TABLES[table].key)
    frames = []
    for m in parts:
        frame = m.frame.copy()
        for key in keys:
            if key not in frame:
                frame[key] = default_of(known[key]) if not known[key].numeric else float(default_of(known[key]))
            elif not known[key].numeric:
                frame[key] = frame[key].astype(object).where(frame[key].astype(object) != "", default_of(known[key]))
        frames.append(frame)
    names = [provenance.row_names(table, f) for f in frames]
    for m, name in zip(parts, names, strict=True):
        _doubles(table, m, name, making, result)
    every, at = pd.factorize(np.concatenate(names))[::-1] if names else ([], [])
    order = np.asarray(at)
    found = pd.DataFrame(index=range(len(every)))
    owners, start = [], 0
    adds = np.zeros(len(every), bool)
    for m, frame in zip(parts, frames, strict=True):
        here = order[start : start + len(frame)]
        start += len(frame)
        first = ~pd.Series(here).duplicated().to_numpy()
        for column in frame.columns:
            _filled(found, column, here[first], frame[column].to_numpy()[first], known[column].numeric, known[column].kind, m, table, every, making, first, result, adds)
        adds[here] = True
        owners.append((m, here))
    return found.reset_index(drop=True), owners


def _doubles(table: str, m: Made, names: np.ndarray, making: Making, result: Intake) -> None:
    double = pd.Series(names).duplicated().to_numpy()
    if not double.any():
        return
    differ = ~m.frame.duplicated().to_numpy() & double
    if differ.any():
        i = int(np.flatnonzero(differ)[0])
        j = int(np.flatnonzero(names == names[i])[0])
        other = [c for c in m.frame if not _equal(m.frame[c].iat[i], m.frame[c].iat[j])]
        making.refuse(m.part, listed(other), str(names[i]), f"is there {int((names == names[i]).sum())} times with different values, {m.at(j)} and {m.at(i)} ({int(differ.sum())} such rows in all)",
                      'Say which rows count with where, or what is made of them with combine = "sum", "first" ….')  # fmt: skip
    else:
        result.notes.append(f"{table}: {counted(int(double.sum()), 'row')} there again, word for word ({m.at(int(np.flatnonzero(double)[0]))} is the first); each counts once.")


def _equal(a: Any, b: Any) -> bool:
    return a == b or (a != a and b != b)


def _filled(found: pd.DataFrame, column: str, at: np.ndarray, values: np.ndarray, numeric: bool, kind: str, m: Made, table: str, names: Any, making: Making, first: np.ndarray, result: Intake, adds: np.ndarray) -> None:
    """Put the values of a part where there is none yet; where there is another one, say so."""
    if column not in found:
        found[column] = np.nan if numeric else pd.Series([None if kind == "flag" else ""] * len(found), dtype=object)
    now = found[column].to_numpy(copy=True)
    old = now[at]
    empty = np.isnan(old.astype(float)) if numeric else np.array([v is None or v == "" for v in old], bool)
    given = ~np.isnan(values.astype(float)) if numeric else np.array([v is not None and v != "" for v in values], bool)
    if numeric:
        clash = ~empty & given & (np.abs(old.astype(float) - values.astype(float)) > 1e-9 * np.maximum(1, np.abs(np.nan_to_num(old.astype(float)))))
    else:
        clash = ~empty & given & (old != values)
    if clash.any():
        rows = np.flatnonzero(clash)
        told = [f"{table} {quote(str(names[at[i]]))}, {column}: another part of the mapping says {quote(str(old[i]))}, and {m.at(int(np.flatnonzero(first)[i]))} says "
                f"{quote(str(values[i]))}" for i in rows[:MOST_TOLD]]  # fmt: skip
        i, says, more = int(rows[0]), told[0], f" ({len(rows)} such cells)" if len(rows) > 1 else ""
        if m.part.fills:
            result.contradictions += told
            result.notes.append(f"{len(rows)} cells of {table}.{column} are said differently in {m.part.source}, such as {says}; the first counts, as the mapping has fills = true.")
        else:
            making.refuse(m.part, column, str(names[at[i]]), f"is said twice and differently{more}: {says}", "Correct one system, or write fills = true for the part that only fills gaps.")
    now[at[empty]] = values[empty]
    if (later := at[empty & given & adds[at]]).size and column in m.said:
        m.filled[column] = later
    found[column] = now


def _history(tables: dict[str, pd.DataFrame], making: Making) -> None:
    """Series of demand as the table of history; periods before the run are below 0."""
    start = making.demand_until + 1 if making.starts is None else making.starts
    for keys, lines, kept, periods, first in making.history:
        if {"market", "product"} <= set(keys):
            whole = pd.MultiIndex.from_product([kept, range(periods)], names=["g", "t"])
            full = lines.set_index(["g", "t"])["x"].reindex(whole, fill_value=0.0).reset_index()
            names = keys.iloc[full["g"].to_numpy()].reset_index(drop=True)
            frame = pd.DataFrame({"market": names["market"], "product": names["product"], "period": full["t"] + float(np.floor((first - start) / making.period_days + 1e-9)), "units": full["x"]})
            tables["history"] = pd.concat([tables["history"], frame], ignore_index=True) if "history" in tables else frame


def _kinds(tables: dict[str, pd.DataFrame], result: Intake) -> None:
    """Kinds of sites that the mapping leaves to what flows through them."""
    sites = tables.get("sites")
    if sites is None or "kind" not in sites or not (sites["kind"] == BY_FLOWS).any():
        return
    lanes, recipes, markets = (tables.get(t, pd.DataFrame()) for t in ("lanes", "recipes", "markets"))
    sends, gets = (set(lanes[c]) if c in lanes else set() for c in ("origin", "destination"))
    makes, sells = set(recipes.get("site", ())), set(markets.get("site", ()))

    def kind(site: str) -> str:
        if site in makes:
            return "plant"
        if site in sells and site not in sends:
            return "retailer"
        return "supplier" if site in sends and site not in gets else "warehouse"

    hit = (sites["kind"] == BY_FLOWS).to_numpy()
    sites.loc[hit, "kind"] = [kind(s) for s in sites.loc[hit, "site"]]
    result.notes.append(f"Kinds of {counted(int(hit.sum()), 'site')} follow from what flows through them: who makes is a plant, who only sells a retailer, who only sends a supplier.")


def _needed(part: Part, tables: dict[str, pd.DataFrame], owners: dict[str, list], making: Making, result: Intake) -> None:
    """Stocks that lanes, recipes and markets need and no extract has; lanes for groups of products, only where they are needed."""
    have = set(_pairs(tables["stocks"], "site", "product")) if "stocks" in tables else set()
    lanes = tables.get("lanes", pd.DataFrame(columns=["origin", "destination", "product"]))
    recipes = tables.get("recipes", pd.DataFrame(columns=["site", "product"]))
    bills = tables.get("bill_of_materials", pd.DataFrame(columns=["product", "component"]))
    markets = tables.get("markets", pd.DataFrame(columns=["site", "product"]))
    into: dict[tuple[str, str], list[str]] = {}
    for o, d, p in _pairs(lanes, "origin", "destination", "product"):
        into.setdefault((d, p), []).append(o)
    made = set(_pairs(recipes, "site", "product"))
    lines: dict[str, list[str]] = {}
    for p, c in _pairs(bills, "product", "component"):
        lines.setdefault(p, []).append(c)
    stack = list(dict.fromkeys([*_pairs(markets, "site", "product"), *sorted(have)]))
    need = dict.fromkeys(stack)
    while stack:
        site, product = stack.pop()
        below = [(o, product) for o in into.get((site, product), [])]
        if (site, product) in made:
            below += [(site, c) for c in lines.get(product, [])]
        for one in below:
            if one not in need:
                need[one] = None
                stack.append(one)
    if len(lanes):
        keep = np.array([(d, p) in need for d, p in _pairs(lanes, "destination", "product")], bool)
        if not keep.all():
            result.notes.append(f"{counted(int((~keep).sum()), 'lane')} to where nothing is needed left out (such as {lanes['product'][~keep].iloc[0]} to {lanes['destination'][~keep].iloc[0]}).")
            tables["lanes"] = lanes[keep].reset_index(drop=True)
            moved = np.cumsum(keep) - 1
            owners["lanes"] = [(m, np.where(keep[here], moved[here], -1)) for m, here in owners.get("lanes", [])]
    missing = [pair for pair in need if pair not in have]
    if not missing:
        return
    frame = pd.DataFrame(missing, columns=["site", "product"])
    constant = make_rows(replace(part, source="", derive={}), making)
    source = np.array([not into.get(pair) and pair not in made for pair in missing], bool)
    for name in constant.frame if constant is not None else ():
        value = constant.frame[name].iat[0]
        frame[name] = value if isinstance(value, str | bool) else float(value)
        if name != "policy" and table_columns(TABLES["stocks"])[name].numeric:
            frame.loc[source, name] = np.nan
    frame.loc[source, "policy"] = "unlimited"
    said = {n: ("", r.said(), r.assumed) for n, r in part.columns.items()} | dict.fromkeys(("site", "product"), ("", "needed by lanes, recipes or markets; no extract has the stock", True))
    outside = Made(replace(part, number=part.number + 100), frame[source].reset_index(drop=True), [], {
        **dict.fromkeys(("site", "product"), said["site"]), "policy": ("", "assumed: unlimited, because nothing in the extracts supplies it", True)})  # fmt: skip
    inside = Made(part, frame[~source].reset_index(drop=True), [], said)
    for m in (inside, outside):
        if len(m.frame):
            result.made.append(m)
    parts = [m for m in result.made if m.part.into == "stocks"]
    tables["stocks"], owners["stocks"] = _together("stocks", parts, making, result)
    result.notes.append(f"{counted(len(missing), 'stock')} that lanes, recipes or markets need and no extract has added as the mapping says"
                        f"{f', {int(source.sum())} of them as unlimited supply from outside' if source.any() else ''}.")  # fmt: skip


def _pairs(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[str, ...]]:
    return zip(*(frame[c].to_numpy(object) for c in columns), strict=True)


# --- provenance


def _sources(case: Case, owners: Mapping[str, list[tuple[Made, np.ndarray]]], result: Intake) -> pd.DataFrame:
    rules = [{"of_table": "settings", "of_row": "", "of_column": name, "part": "settings", "source": "", "rule": rule.said(), "taken": "", "assumed": rule.assumed,
              "source_row": "", "seal": ""} for name, rule in (result.mapped.settings if result.mapped else {}).items()]  # fmt: skip
    frames = []
    for table, parts in owners.items():
        names = provenance.row_names(table, case[table])
        for m, here in parts:
            label = f"{table} {m.part.number}"
            columns = [c for c in m.said if c in case[table]]
            for column in columns:
                extract, said, assumed = m.said[column]
                found = result.folder.tables.get(extract)
                rules.append({"of_table": table, "of_row": "", "of_column": column, "part": label, "source": extract, "rule": said,
                              "taken": found.taken if found else "", "assumed": assumed, "source_row": "", "seal": ""})  # fmt: skip
            live = here >= 0
            first = live & ~pd.Series(here).duplicated().to_numpy()
            seal = provenance.seals(case[table].iloc[here[first]].reset_index(drop=True), columns)
            frames += [pd.DataFrame({"of_table": table, "of_row": names[rows], "of_column": c, "part": label, "source": "", "source_row": "", "rule": "",
                                     "taken": "", "assumed": False, "seal": ""}) for c, rows in m.filled.items()]  # fmt: skip
            frames += _row_sources(table, label, names[here[first]], [(e, t[first]) for e, t in m.origins], m.counts[first] if m.counts is not None else None, seal)
    told = [pd.DataFrame(rules).drop_duplicates(["of_table", "of_column", "part", "source"])] if rules else []
    return pd.concat([*told, *frames], ignore_index=True) if told or frames else pd.DataFrame()


def _row_sources(table: str, label: str, names: np.ndarray, origins: list[tuple[Extract, np.ndarray]], counts: np.ndarray | None, seal: np.ndarray) -> list[pd.DataFrame]:
    """Where the rows of a part come from: one row of sources for each, which names all extracts that it is joined of."""
    apart = any(provenance.AND in name for e, _ in origins for name in (e.name, *e.files))
    found, source, rows = [], np.full(len(names), "", dtype=object), np.full(len(names), "", dtype=object)

    def told(seal: np.ndarray | str) -> None:
        frame = pd.DataFrame({"of_table": table, "of_row": names, "of_column": "", "part": label, "source": source, "source_row": rows, "rule": "", "taken": "",
                              "assumed": False, "seal": seal})  # fmt: skip
        found.append(frame[(frame["source"] != "") | (frame["seal"] != "")])

    for extract, take in origins:
        there = take >= 0 if len(extract.row) else np.zeros(len(names), bool)
        files = np.array([f"{extract.name}: {f}" for f in extract.files], dtype=object)[extract.file[take[there]]]
        places = extract.row[take[there]].astype(str).astype(object)
        if counts is not None:
            places = np.array([f"{c} rows, {r} the first" if c > 1 else r for c, r in zip(counts[there], places, strict=True)], dtype=object)
        join = np.where(source[there] == "", "", provenance.AND).astype(object)
        source[there], rows[there] = source[there] + join + files, rows[there] + join + places
        if apart:
            told(seal if not found else "")
            source, rows = np.full(len(names), "", dtype=object), np.full(len(names), "", dtype=object)
    told(seal if not found else "")
    return [pd.concat(found).drop_duplicates(["of_row", "source"])] if apart else found


def _assumptions(result: Intake) -> list[tuple[str, str, str, str, int]]:
    found = []
    for name, rule in (result.mapped.settings if result.mapped else {}).items():
        if rule.assumed:
            found.append(("settings", name, rule.shown, rule.because, 1))
    for m in result.made:
        for column, (_, said, assumed) in m.said.items():
            if assumed:
                rule = m.part.columns.get(column)
                value, because = (rule.shown, rule.because) if rule is not None and said.startswith(f"assumed: {rule.shown}") else (said.removeprefix("assumed: "), "")
                found.append((m.part.into, column, value, because, len(m.frame)))
    return found


def _bills(result: Intake) -> dict[str, BomDifference]:
    """Bills of engineering against those of production, for the structures that the mapping names in ``boms``."""
    found: dict[str, BomDifference] = {}
    made = [m.frame for m in result.made if m.part.into == "bill_of_materials" and m.part.derive.get("what") != "structure"]
    if not made:
        return found
    production = pd.concat(made, ignore_index=True)
    products = {p.casefold(): p for p in production["product"]}
    for name, structure in result.folder.structures.items():
        said = next((b for b in (result.mapped.boms if result.mapped else []) if b.get("file") in (name, name.rpartition("/")[2])), {})
        for top in structure.top:
            product = str(said.get("product") or products.get(top.casefold(), ""))
            if product not in set(production["product"]):
                continue
            drawn = structure.flat(top) if said.get("flat") else dict(structure.lines.get(top, {}))
            lines = production[production["product"] == product]
            if "recipe" in lines:  # of several ways to make it, the first
                own = lines["recipe"].fillna("")
                lines = lines[own == own.iloc[0]]
            words = dict(said.get("names") or {})
            difference = compare_boms([(str(words.get(c, c)), q) for c, q in drawn.items()], zip(lines["component"], lines["quantity"], strict=True))
            if difference:
                found[product] = difference
                result.notes += [f"{name}: {sentence}" for sentence in difference.sentences(product)]
    return found


def difference(old: Case | None, new: Case) -> list[str]:
    """What is not as it was in the last case, in sentences; empty if nothing is."""
    if old is None:
        return ["There was no case yet."]
    told = []
    changed = [f"{k} from {old.settings[k]} to {new.settings[k]}" for k in new.settings if old.settings.get(k) != new.settings[k]]
    if changed:
        told.append(f"settings: {listed(changed, 10)}.")
    for table in TABLES:
        if table != "sources":
            told += _table_difference(table, old[table], new[table])
    return told


def _table_difference(table: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterable[str]:
    if old.equals(new):
        return []
    a, b = (pd.Index(provenance.row_names(table, f)) if len(f) else pd.Index([], dtype=object) for f in (old, new))
    told = []
    for word, names in (("new", b.difference(a)), ("gone", a.difference(b))):
        if len(names):
            told.append(f"{table}: {len(names)} {'row is' if len(names) == 1 else 'rows are'} {word} ({listed([quote(str(n)) for n in names[:3]])}{' …' if len(names) > 3 else ''}).")
    both = b.intersection(a)
    if len(both) and a.is_unique and b.is_unique:
        first, then = old.iloc[a.get_indexer(both)], new.iloc[b.get_indexer(both)]
        for column in new.columns:
            if column in old:
                x, y = first[column].to_numpy(), then[column].to_numpy()
                differ = (x != y) & ~(pd.isna(x) & pd.isna(y))
                if differ.any():
                    i = int(np.flatnonzero(differ)[0])
                    told.append(f"{table}: {column} of {int(differ.sum())} {'row' if differ.sum() == 1 else 'rows'} is another ({quote(str(both[i]))} was {x[i]}, is {y[i]}).")
    return told
