"""Checks of rows: their values, their names, and what values make together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.case import Case
from twinkit.tables.cells import ERRORS, own_word
from twinkit.tables.checks_network import products_in_themselves
from twinkit.tables.look import FEW, Look, allowed_words, among, checks_in
from twinkit.tables.problems import Problem, closest, counted, did_you_mean, listed, quote, shown
from twinkit.tables.schema import NEEDED, TABLES
from twinkit.tables.schema_events import LONGER

# Checks of single values: filled in, a number, in range, one of the words allowed.


HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _columns(look: Look, kind: Callable[[Column], bool]) -> Iterator[tuple[str, str, Column]]:
    """Columns of some kind, of the tables that have rows."""
    for table in TABLES:
        for name, column in look.columns(table).items() if len(look.case[table]) else ():
            if kind(column):
                yield table, name, column


def tables_filled(look: Look) -> list[Problem]:
    """Tables that a case cannot do without have a row."""
    empty = [t for t in NEEDED if t not in look.gone and look.case[t].empty]
    look.gone |= set(empty)
    says = {"markets": "the table has no rows; a case needs at least one market"}
    return [Problem(t, None, "", "", says.get(t, "the table has no rows"), "Add at least one row.") for t in empty]


def cells_filled(look: Look) -> Iterator[Problem]:
    """A required cell is not empty."""
    for table, name, column in _columns(look, lambda c: c.required):
        values = look.values(table, name)
        empty = np.isnan(values) if column.numeric else values == ""
        says = f"the cell is empty; it must hold {allowed_words(column)}"
        yield from look.cells(table, name, empty, says, f"Fill it in; its meaning: {column.meaning}.")


def numbers_finite(look: Look) -> Iterator[Problem]:
    """A number is not infinite."""
    for table, name, column in _columns(look, lambda c: c.numeric):
        hint = "Leave the cell empty if there is none." if column.start is None else ""
        infinite = np.isinf(_numbers(look, table, name))
        yield from look.cells(table, name, infinite, f"is not {allowed_words(column)}", hint)


def numbers_whole(look: Look) -> Iterator[Problem]:
    """A whole number has no fraction."""
    for table, name, column in _columns(look, lambda c: c.kind == "whole"):
        values = _numbers(look, table, name)
        says = f"has a fraction; allowed is {allowed_words(column)}"
        fraction = ~np.isnan(values) & (values != np.round(values))
        yield from look.cells(table, name, fraction, says, "Write it without a fraction.")


def numbers_in_range(look: Look) -> Iterator[Problem]:
    """A number is neither too low nor too high."""
    for table, name, column in _columns(look, lambda c: c.numeric):
        values = _numbers(look, table, name)
        out = np.zeros(len(values), dtype=bool)
        if column.low is not None:
            out |= values < column.low
        if column.high is not None:
            out |= values > column.high
        yield from look.cells(table, name, out, _range_words(column), f"Its meaning: {column.meaning}.")
        if column.limit is not None:
            far = np.abs(values) > column.limit
            yield from look.cells(table, name, far, _too_large(column), f"Its meaning: {column.meaning}.")


def _too_large(column: Column) -> str:
    return f"is too large a number to be meant: {column.name} may be up to {column.limit:,.0f} {column.unit}"


def _range_words(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit not in ("", "number") else ""
    return f"is out of range: {column.name} must be {allowed_words(column)}{unit}"


def words_allowed(look: Look) -> Iterator[Problem]:
    """A word is one of its column's words."""
    for table, name, column in _columns(look, lambda c: bool(c.choices)):
        values = look.values(table, name)
        if set(values.tolist()) <= set(column.choices):
            continue
        wrong = ~among(values, column.choices)
        says = f"is not one of {', '.join(column.choices)}"
        yield from look.cells(
            table,
            name,
            wrong,
            says,
            lambda i, v=values, c=column: did_you_mean(v[i], c.choices, "Write one of these words.") + own_word(c),
        )


def dates_valid(look: Look) -> Iterator[Problem]:
    """A date is one of the calendar, as year-month-day."""
    for table, name, _ in _columns(look, lambda c: c.kind == "date"):
        wrong = np.array([text != "" and not _is_date(text) for text in look.values(table, name)], dtype=bool)
        yield from look.cells(table, name, wrong, "is not a date as year-month-day", "Write it like 2021-03-19.")


def _is_date(text: Any) -> bool:
    if not isinstance(text, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def texts_visible(look: Look) -> Iterator[Problem]:
    """A text holds no control character and is no error of a spreadsheet."""
    for table, name, _ in _columns(look, lambda c: c.kind == "text"):
        texts = set(look.values(table, name).tolist())
        if texts.isdisjoint(ERRORS) and not HIDDEN.search("\n".join(texts)):
            continue
        values = pd.Series(look.values(table, name), dtype=object)
        errors = values.isin(ERRORS).to_numpy()
        yield from look.cells(table, name, errors, "is an error of the spreadsheet", "Mend the formula.")
        hidden = {v for v in values.unique() if HIDDEN.search(v)}
        says = "holds a character that cannot be seen or kept in a file"
        yield from look.cells(table, name, values.isin(hidden).to_numpy(), says, "Type the text anew.")


def settings_in_range(look: Look) -> Iterator[Problem]:
    """Every setting is of its kind and in its range."""
    for name, column in look.allowed.columns["settings"].items():
        says = _setting_wrong(column, look.case.settings[name])
        if says:
            yield from look.setting(name, says, f"Its meaning: {column.meaning}.")


LARGEST = float(np.finfo(float).max)
"""Beyond it lies infinity, and whole numbers of Python that no array holds; NaN is not within it."""


def _setting_wrong(column: Column, value: Any) -> str:
    """What is wrong with a setting, or ""."""
    if column.numeric:
        number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        fits = number and abs(value) <= LARGEST and (column.kind != "whole" or value == round(value))
        low = column.low is None or (fits and value >= column.low)
        high = column.high is None or (fits and value <= column.high)
        if fits and low and high:
            return "" if column.limit is None or abs(value) <= column.limit else _too_large(column)
        return _range_words(column)
    if column.kind == "flag":
        return "" if isinstance(value, bool | np.bool_) else "is neither yes nor no"
    if column.kind == "date":
        return "" if value == "" or _is_date(value) else "is not a date like 2021-03-19"
    if not isinstance(value, str) or (column.choices and value not in column.choices):
        return f"is not {allowed_words(column)}"
    return "holds a character that cannot be seen or kept in a file" if HIDDEN.search(value) else ""


def warm_up_within_run(look: Look) -> list[Problem]:
    """Some periods of a run are left after the warm-up."""
    periods, warm_up = look.case.settings["periods"], look.case.settings["warm_up"]
    if not look.fit("periods", "warm_up") or warm_up < periods:
        return []
    says = f"leaves nothing to count: the run has {periods} periods"
    return look.setting("warm_up", says, "Make the warm-up shorter or the run longer.")


def _numbers(look: Look, table: str, name: str) -> np.ndarray:
    """Values of a column of numbers; of an extra column that holds texts, NaN."""
    values = look.values(table, name)
    return values if values.dtype.kind == "f" else pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(float)


VALUE_CHECKS = checks_in(globals())


# Checks of names: unique, distinct to the eye, and known where they are used.


NAMES = (
    ("sites", "site"),
    ("products", "product"),
    ("markets", "market"),
    ("calendars", "calendar"),
    ("events", "event"),
)
"""Columns that give things their names."""

FAR = 50
"""Unknown names that are compared with all known names, which takes time."""


def columns_known(look: Look) -> Iterator[Problem]:
    """A table made in Python has only columns that somebody reads, as one that is read from a file."""
    for table in TABLES:
        known = look.allowed.columns[table]
        for name in (str(c) for c in look.case[table].columns if c not in known):
            hint = did_you_mean(name, list(known)) or f"Take it away; the columns are {', '.join(known)}."
            yield Problem(table, 1, "", name, f"is no column of {table}", hint)


def rows_unique(look: Look) -> Iterator[Problem]:
    """A row's key is not that of an earlier row; the later row then counts as not there."""
    for table, owner in TABLES.items():
        key = list(owner.key)
        if len(look.case[table]) < 2:
            continue
        cells = [look.values(table, column).tolist() for column in key]
        if len(cells[0]) <= FEW and len(set(zip(*cells, strict=True))) == len(cells[0]) and all(v == v for cell in cells for v in cell):
            continue
        rows = look.case[table][key][look.good(table, *key)]
        again = rows.duplicated()
        if not again.any():
            continue
        firsts = rows[~again].reset_index().set_index(key)["index"]
        mask = np.zeros(len(look.case[table]), dtype=bool)
        mask[rows.index[again]] = True
        look.twice[table] = mask
        yield from _repeated(look, table, key, mask, firsts)


def _repeated(look: Look, table: str, key: list[str], mask: np.ndarray, firsts: pd.Series) -> list[Problem]:
    values = [look.values(table, column) for column in key]

    def says(i: int) -> str:
        found = tuple(v[i] for v in values)
        first = look.row(table, firsts.loc[found if len(key) > 1 else found[0]])
        return f"is there twice: row {first} has the same {' and '.join(key)}"

    names = lambda i: ", ".join(shown(v[i]) for v in values)  # noqa: E731
    return look.lines(table, key[0], mask, says, "Keep one of the two rows.", value=names)


def names_known(look: Look) -> Iterator[Problem]:
    """A name that refers to a table is in that table; the same unknown name is reported once."""
    places: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    known: dict[str, list[str]] = {}
    for table, column, refers in _references(look):
        target, name = refers.split(".")
        if refers not in known:
            known[refers] = list(pd.unique(look.values(target, name)))
        if set(look.values(table, column).tolist()) <= {*known[refers], ""}:
            continue
        values = pd.Series(look.values(table, column), dtype=object)
        unknown = ~values.isin(known[refers]).to_numpy() & (values != "").to_numpy() & look.good(table, column)
        look.spoil(table, column, unknown)
        for i in np.flatnonzero(unknown):
            places.setdefault((refers, values[i]), []).append((table, column, int(i)))
    for refers, names in known.items():
        unknown_names = {n: where for (r, n), where in places.items() if r == refers}
        yield from _unknown_names(look, refers, names, unknown_names)


def _unknown_names(
    look: Look, refers: str, names: list[str], unknown: dict[str, list[tuple[str, str, int]]]
) -> list[Problem]:
    """Sentences about names that a table does not have.

    Where the table itself has cells that cannot be used, only likely slips of the pen
    are reported: the other names may be meant to stand in those cells.
    """
    unsure = np.any(look.bad.get(tuple(refers.split(".")), False))
    asked = list(unknown)[:FAR] if unsure else list(unknown)
    near = {name: closest(name, names) for name in asked[:FAR]}
    told = [name for name in asked if near.get(name) or not unsure]
    first = [unknown[name][0] for name in told]

    def make(i: int) -> Problem:
        return _unknown_name(look, refers, told[i], near.get(told[i], ""), unknown[told[i]])

    return counted(range(len(told)), make, lambda i: look.row(first[i][0], first[i][2]))


def _references(look: Look) -> Iterator[tuple[str, str, str]]:
    """Columns that refer to a table which could be read."""
    for table in TABLES:
        for name, column in look.columns(table).items() if len(look.case[table]) else ():
            if column.refers and column.refers.split(".")[0] not in look.gone:
                yield table, name, column.refers


def _unknown_name(look: Look, refers: str, name: str, near: str, where: list[tuple[str, str, int]]) -> Problem:
    table, column, i = where[0]
    others = [told for told in dict.fromkeys(f"{t} row {look.row(t, j)}" for t, _, j in where) if told != f"{table} row {look.row(table, i)}"]
    also = f" (also in {listed(others, 4)})" if others else ""
    target = refers.split(".")[0]
    hint = f"Did you mean {quote(near)}?" if near else f"Add it to {target}, or correct the name."
    return Problem(table, look.row(table, i), column, name, f"is not a name in {refers}{also}", hint)


def via_known(look: Look) -> list[Problem]:
    """What a lane passes is a port of the table of sites."""
    if "sites" in look.gone:
        return []
    kinds = dict(zip(look.values("sites", "site"), look.values("sites", "kind"), strict=True))
    unsure = set(look.values("sites", "site")[~look.good("sites", "kind")])
    ports = [site for site, kind in kinds.items() if kind == "port"]
    wrong = {via: _via_wrong(via, kinds, ports, unsure) for via in pd.unique(look.values("lanes", "via"))}
    values = look.values("lanes", "via")
    mask = np.array([bool(wrong[via]) for via in values], dtype=bool)
    return look.cells("lanes", "via", mask, lambda i: wrong[values[i]][0], lambda i: wrong[values[i]][1])


def _via_wrong(via: str, kinds: dict[str, str], ports: list[str], unsure: set[str]) -> tuple[str, str] | None:
    for port in (part.strip() for part in via.split(";")):
        if port and port not in kinds:
            hint = did_you_mean(port, ports) or "Add it to sites with kind port, or correct the name."
            return f"passes {quote(port)}, which is not a name in sites.site", hint
        if port and kinds[port] != "port" and port not in unsure:
            says = f"passes {quote(port)}, which is a {kinds[port]} and not a port"
            return says, did_you_mean(port, ports) or "Only sites of kind port can be passed."
    return None


def names_distinct(look: Look) -> Iterator[Problem]:
    """Two names differ in more than case and spaces."""
    for table, column in NAMES:
        values = look.values(table, column)
        names = list(dict.fromkeys(values[look.good(table, column)].tolist()))
        folded = ["".join(name.split()).casefold() for name in names]
        firsts = dict(zip(folded[::-1], names[::-1], strict=True))
        twin = {n: firsts[f] for n, f in zip(names, folded, strict=True) if firsts[f] != n}
        if not twin:
            continue
        mask = among(values, twin)
        yield from look.cells(
            table,
            column,
            mask & look.good(table, column),
            lambda i, v=values, t=twin: f"differs from {quote(t[v[i]])} only in case or spaces",
            "Write both alike if they are the same, or name one of them differently.",
        )


def ports_without_semicolon(look: Look) -> list[Problem]:
    """A port's name can be told apart in a list of ports."""
    kind = look.values("sites", "kind")
    names = pd.Series(look.values("sites", "site"), dtype=object)
    mask = (kind == "port") & names.str.contains(";", regex=False).to_numpy(dtype=bool)
    return look.cells(
        "sites",
        "site",
        mask,
        "is a port with ';' in its name, which separates ports in lanes.via",
        "Rename it.",
    )


def kpis_known(look: Look) -> list[Problem]:
    """An objective aims at a KPI that a chain reports."""
    names = look.values("objectives", "kpi")
    wrong = ~among(names, look.allowed.kpis)
    says = f"is no KPI; the KPIs are {', '.join(look.allowed.kpis)}"
    return look.cells(
        "objectives",
        "kpi",
        wrong,
        says,
        lambda i: did_you_mean(names[i].replace("_", " "), look.allowed.kpis, "Write one of these names."),
    )


NAME_CHECKS = checks_in(globals(), VALUE_CHECKS)


# Checks of what values make together: memory that a run needs, demand that grows, bills that multiply.


MOST_MEMORY, MUCH_MEMORY = 4e9, 5e7
"""Memory that one world may need and a batch of worlds is given, and that of a world above which it is said [bytes]."""
MOST_UNITS, MOST_PARTS = 1e12, 1e9
"""Largest demand of a period [units], and most units of a component in a unit of what is sold."""
_SERIES = 50
"""Courses that a study keeps of every period."""


def run_memory(case: Case) -> tuple[float, dict[tuple[str, str], np.ndarray]]:
    """Memory that one world needs [bytes], about, and the share of the cells that make most of it.

    Returns
    -------
    total
        Bytes in all.
    parts
        (table, column) → bytes by row.
    """
    cell = 8.0
    settings, lanes, stocks, recipes, events = (
        case.settings,
        case["lanes"],
        case["stocks"],
        case["recipes"],
        case["events"],
    )
    kind, spread = lanes["lead_time_kind"], lanes["lead_time_spread"].to_numpy(float)
    lead = lanes["lead_time"].to_numpy(float)
    wide = np.select(
        [kind == "fixed", kind == "uniform", kind == "poisson"], [0.0, spread, 4 * np.sqrt(np.abs(lead))], 4 * spread
    )
    periods = float(settings["periods"])
    queued = (stocks["rationing"] == "first_come").to_numpy()
    waiting = 0
    if queued.any():
        pairs = pd.concat([lanes[["origin", "product"]].rename(columns={"origin": "site"}), case["markets"][["site", "product"]]])
        waiting = len(stocks[queued][["site", "product"]].merge(pairs, on=["site", "product"]))
    longer = among(events["kind"], LONGER)
    parts = {
        ("lanes", "lead_time"): cell * (np.nan_to_num(lead) + np.nan_to_num(wide)),
        ("lanes", "expedite_lead_time"): cell * lanes["expedite_lead_time"].fillna(0.0).to_numpy(float),
        ("lanes", "information_delay"): cell * lanes["information_delay"].fillna(0.0).to_numpy(float),
        ("recipes", "lead_time"): cell * recipes["lead_time"].fillna(0.0).to_numpy(float),
        ("stocks", "forecast_window"): cell * stocks["forecast_window"].fillna(0.0).to_numpy(float),
        ("stocks", "shelf_life"): cell * stocks["shelf_life"].fillna(0.0).to_numpy(float),
        ("markets", "return_delay"): cell * np.where(case["markets"]["returned_share"] > 0, case["markets"]["return_delay"], 0.0),
        ("events", "severity"): cell * np.where(longer, events["severity"].to_numpy(float), 0.0) * max(1, len(lanes)),
        ("settings", "periods"): np.array([cell * periods * (_SERIES + waiting + len(case["markets"]))]),
    }
    rows = sum(len(case[table]) for table in ("sites", "stocks", "lanes", "recipes", "markets"))
    return 60.0 * cell * rows + sum(float(np.nansum(part)) for part in parts.values()), parts


def worlds_at_a_time(case: Case, most: int) -> int:
    """Worlds, `most` at most, that a batch may have so that its memory stays within bounds."""
    return int(np.clip(MOST_MEMORY // max(run_memory(case)[0], 1.0), 1, most))


def memory_in_reach(look: Look) -> list[Problem]:
    """A world fits into the memory of a usual computer."""
    if not look.fit("periods") or not _readable(look):
        return []
    total, parts = run_memory(look.case)
    if total <= MOST_MEMORY:
        return []
    (table, column), most = max(parts.items(), key=lambda part: float(np.nansum(part[1])))
    says = f"makes a run need about {total / 1e9:,.0f} GB of memory for each world; {MOST_MEMORY / 1e9:.0f} GB are the most"
    hint = "Make periods longer (period_days in settings), or the value smaller."
    if table == "settings":
        return look.setting("periods", says, hint)
    mask = np.zeros(len(most), dtype=bool)
    mask[int(np.nanargmax(most))] = True
    return look.cells(table, column, mask, says, hint)


def _readable(look: Look) -> bool:
    """Whether the cells that memory depends on can be used."""
    columns = {"lanes": ("lead_time", "lead_time_spread", "expedite_lead_time", "information_delay"), "recipes": ("lead_time",),
               "stocks": ("forecast_window", "shelf_life"), "markets": ("returned_share", "return_delay"), "events": ("severity", "kind")}  # fmt: skip
    return not look.gone & set(columns) and all(
        look.good(table, *names)[look.live(table)].all() for table, names in columns.items()
    )


def demand_stays_countable(look: Look) -> list[Problem]:
    """Demand that grows by a trend stays a number of units."""
    if not look.fit("periods", "period_days"):
        return []
    settings, mean, trend = look.case.settings, look.values("markets", "mean"), look.values("markets", "trend")
    years = settings["periods"] * settings["period_days"] / 365.0
    usable = look.good("markets", "mean", "trend") & ~np.isnan(mean) & (mean > 0) & (trend > 0)
    size = np.log(np.where(usable, mean, 1.0)) + years * np.log1p(np.where(usable, trend, 0.0))
    grown = usable & (size > np.log(MOST_UNITS)) & (trend > 0)
    says = f"lets demand grow beyond {MOST_UNITS:,.0f} units a period within the {years:,.0f} years of the run"
    return look.cells("markets", "trend", grown, says, "Lower the trend, or make the run shorter.")


def components_countable(look: Look) -> list[Problem]:
    """What one unit of a product takes of a component, by all its levels, stays a number of units."""
    bill, recipes = look.case["bill_of_materials"], look.case["recipes"]
    lines = np.flatnonzero(look.good("bill_of_materials", "product", "component", "quantity"))
    if not len(lines) or products_in_themselves(look):
        return []
    made = recipes[look.good("recipes", "product", "yield_rate")].groupby("product")["yield_rate"].min()
    rows = bill.iloc[lines]
    good = rows["product"].map(made).fillna(1.0).clip(lower=1e-6).to_numpy(float)
    ratio = np.where(rows["substitute"] != "", np.maximum(rows["substitute_ratio"].to_numpy(float), 1.0), 1.0)
    weight = rows["quantity"].to_numpy(float) / good * ratio
    codes, names = pd.factorize(pd.concat([rows["product"], rows["component"]]))
    start, end = codes[: len(lines)], codes[len(lines) :]
    parts = np.ones(len(names))
    for _ in range(len(names)):
        found = parts.copy()
        np.maximum.at(found, end, np.minimum(parts[start] * weight, 10 * MOST_PARTS))
        if np.array_equal(found, parts):
            break
        parts = found
    wrong = np.zeros(len(bill), dtype=bool)
    wrong[lines] = parts[start] * weight > MOST_PARTS
    says = lambda i: (  # noqa: E731
        f"is part of bills that multiply to more than {MOST_PARTS:,.0f} units of the component in one unit of what is sold "
        f"(this line: {shown(float(bill['quantity'].iat[i]))})"
    )
    return look.cells("bill_of_materials", "quantity", wrong, says, "Choose another unit for the component.")


def memory_told(look: Look) -> list[Problem]:
    """The note of a case whose runs need much memory."""
    total, _ = run_memory(look.case)
    says = f"makes a run need about {total / 1e9:.2g} GB of memory for each world, so few are run at a time"
    row, value = look.setting_rows.get("periods"), shown(look.case.settings["periods"])
    return [Problem("settings", row, "periods", value, says)] if total > MUCH_MEMORY else []


SIZE_CHECKS = (memory_in_reach, demand_stays_countable, components_countable)
