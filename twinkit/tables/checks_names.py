"""Checks of names: unique, distinct to the eye, and known where they are used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from twinkit.tables.look import Look, among
from twinkit.tables.problems import Problem, closest, counted, did_you_mean, listed, quote, shown
from twinkit.tables.schema import TABLES

NAMES = (("sites", "site"), ("products", "product"), ("markets", "market"), ("calendars", "calendar"), ("events", "event"))
"""Columns that give things their names."""

FAR = 50
"""Unknown names that are compared with all known names, which takes time."""


def columns_known(look: Look) -> list[Problem]:
    """A table made in Python has only columns that somebody reads, as one that is read from a file."""
    problems = []
    for table in TABLES:
        known = look.allowed.columns[table]
        for name in (str(c) for c in look.case[table].columns if c not in known):
            hint = did_you_mean(name, list(known)) or f"Take it away; the columns are {', '.join(known)}."
            problems.append(Problem(table, 1, "", name, f"is no column of {table}", hint))
    return problems


def rows_unique(look: Look) -> list[Problem]:
    """A row's key is not that of an earlier row; the later row then counts as not there."""
    problems = []
    for table, owner in TABLES.items():
        key = list(owner.key)
        rows = look.case[table][key][look.good(table, *key)]
        again = rows.duplicated()
        if not again.any():
            continue
        firsts = rows[~again].reset_index().set_index(key)["index"]
        mask = np.zeros(len(look.case[table]), dtype=bool)
        mask[rows.index[again]] = True
        look.twice[table] = mask
        problems += _repeated(look, table, key, mask, firsts)
    return problems


def _repeated(look: Look, table: str, key: list[str], mask: np.ndarray, firsts: pd.Series) -> list[Problem]:
    values = [look.values(table, column) for column in key]

    def says(i: int) -> str:
        found = tuple(v[i] for v in values)
        first = look.row(table, firsts.loc[found if len(key) > 1 else found[0]])
        return f"is there twice: row {first} has the same {' and '.join(key)}"

    names = lambda i: ", ".join(shown(v[i]) for v in values)  # noqa: E731
    return look.lines(table, key[0], mask, says, "Keep one of the two rows.", value=names)


def names_distinct(look: Look) -> list[Problem]:
    """Two names differ in more than case and spaces."""
    problems = []
    for table, column in NAMES:
        values = look.values(table, column)
        names = pd.Series(values[look.good(table, column)]).drop_duplicates()
        folded = names.map(lambda name: "".join(name.split()).casefold())
        firsts = dict(zip(folded[::-1], names[::-1], strict=True))
        twin = {n: firsts[f] for n, f in zip(names, folded, strict=True) if firsts[f] != n}
        mask = among(values, twin)
        problems += look.cells(
            table,
            column,
            mask & look.good(table, column),
            lambda i, v=values, t=twin: f"differs from {quote(t[v[i]])} only in case or spaces",
            "Write both alike if they are the same, or name one of them differently.",
        )
    return problems


def names_known(look: Look) -> list[Problem]:
    """A name that refers to a table is in that table; the same unknown name is reported once."""
    places: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    known: dict[str, list[str]] = {}
    for table, column, refers in _references(look):
        target, name = refers.split(".")
        known[refers] = list(pd.unique(look.values(target, name)))
        values = pd.Series(look.values(table, column), dtype=object)
        unknown = ~values.isin(known[refers]).to_numpy() & (values != "").to_numpy() & look.good(table, column)
        look.spoil(table, column, unknown)
        for i in np.flatnonzero(unknown):
            places.setdefault((refers, values[i]), []).append((table, column, int(i)))
    problems: list[Problem] = []
    for refers, names in known.items():
        unknown_names = {n: where for (r, n), where in places.items() if r == refers}
        problems += _unknown_names(look, refers, names, unknown_names)
    return problems


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
        for name, column in look.columns(table).items():
            if column.refers and column.refers.split(".")[0] not in look.gone:
                yield table, name, column.refers


def _unknown_name(look: Look, refers: str, name: str, near: str, where: list[tuple[str, str, int]]) -> Problem:
    table, column, i = where[0]
    others = [f"{t} row {look.row(t, j)}" for t, _, j in where[1:]]
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


CHECKS = (
    columns_known,
    rows_unique,
    names_known,
    via_known,
    names_distinct,
    ports_without_semicolon,
    kpis_known,
)
