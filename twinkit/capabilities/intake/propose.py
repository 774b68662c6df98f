"""A mapping proposed from what the extracts look like, with the confidence of every line; a person accepts or changes it.

What a system calls its tables and columns stands in ``layouts/``, one mapping for each system in the names of that
system.  An extract is one of its tables by its name and its headers: as they are called there, by another word for
the same thing, or by a name that is nearly the same.  What the cells hold then speaks for or against it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from twinkit.capabilities.intake.extracts import Extract, Folder
from twinkit.capabilities.intake.mapping import DERIVATIONS, DERIVED_COLUMNS
from twinkit.capabilities.intake.measures import unit_named
from twinkit.capabilities.intake.values import currency_of, dates, numbers, shows_commas, spans, undecided
from twinkit.columns import Column, table_columns
from twinkit.tables.cells import folded
from twinkit.tables.problems import listed
from twinkit.tables.schema import TABLES

MONEY = "EUR USD GBP CHF JPY CNY SEK NOK DKK PLN CZK HUF RON TRY CAD AUD NZD SGD HKD INR KRW THB MXN BRL ZAR"
"""Currencies that are looked for in headers (ISO 4217)."""
_BEHIND = re.compile(r"(?<=\w)[_\s]+(?:in[_\s]+)?(" + MONEY.replace(" ", "|") + r"|days?|tage?|weeks?|wochen?|hours?|stunden?|months?|monate?|kg|g|lbs?|km|miles?|seconds?|sec|[€$£])$", re.IGNORECASE)
_PIECE = re.compile(r"[_\-. ]+(?:(?:19|20)\d\d(?:[_\-]?(?:0[1-9]|1[0-2]|[QH][1-4]))?|part[_\- ]?\d+|\(\d+\))$", re.IGNORECASE)
_UNIT = re.compile(r"\b(?:unit|uom|einheit|me)\b|einheit$", re.IGNORECASE)
_LINES = re.compile(r"(?:[^/]*\b)?[^/]*(?:lines?|line_ids|items|zeilen|positionen)/[^/]+|.+\([^()]*(?:lines?|items|zeilen|positionen)\)", re.IGNORECASE)
"""Header of a column of the lines in a record: ``Order Lines/Quantity``, ``Quantity (Items)``."""
ADDED_UP = ("sites", "machines", "lives")
"""Tables that several systems give rows of; of the others one does."""
LAYOUTS = Path(__file__).parent / "layouts"
NEAR, SURE = 88.0, 0.6
"""Likeness of two names (0 to 100) from which one is taken for the other, and confidence from which a line is proposed."""
BY_NAME, BY_WORD, BY_LIKENESS = 1.0, 0.9, 0.75
"""Confidence of a column by its very name, by another word for it, and by likeness."""
SAMPLE = 2000
"""Cells of a column that are looked at."""


@dataclass(frozen=True)
class Found:
    """A table of a layout that an extract is.

    Attributes
    ----------
    extract
        The extract.
    columns
        Column of the layout → (column of the extract, confidence).
    score
        How well it fits, 0 to 1.
    """

    extract: Extract
    columns: Mapping[str, tuple[str, float]]
    score: float


@dataclass
class Proposal:
    """A proposed mapping.

    Attributes
    ----------
    data
        The mapping as plain data, as :func:`twinkit.capabilities.intake.mapping.mapping_of` takes it.
    confidence
        (table, number of the part, column) → confidence, and why.
    systems
        System → its tables that were recognised, with the extract of each.
    unused
        Extracts that nothing was recognised in.
    missing
        Sentences about what no extract gives.
    currencies
        Currencies of the money that is mapped; the case is in the first.
    left
        Lines that were too doubtful to be proposed, in sentences.
    """

    data: dict[str, Any] = field(default_factory=dict)
    confidence: dict[tuple[str, int, str], tuple[float, str]] = field(default_factory=dict)
    systems: dict[str, dict[str, str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@cache
def layouts() -> tuple[Mapping[str, Any], ...]:
    """The layouts that are known, by the name of their file."""
    return tuple(tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(LAYOUTS.glob("*.toml")))


def propose(folder: Folder) -> Proposal:
    """Propose a mapping for extracts that have been read.

    Parameters
    ----------
    folder
        The extracts.
    """
    folder, declared = _headerless(folder)
    folder, pieces = _pieces(folder)
    declared += pieces
    known = [(layout, _recognised(layout, folder)) for layout in layouts()]
    known.sort(key=lambda pair: -sum(f.score for f in pair[1].values()))
    proposal, used, later = Proposal({"source": declared} if declared else {}), set(), []
    for layout, found in known:
        found = {t: f for t, f in found.items() if f.extract.name not in used}
        if not found:
            continue
        before = len(proposal.confidence)
        later += _take(layout, found, proposal)
        if len(proposal.confidence) > before:
            used |= _named_in(proposal)
            proposal.systems[str(layout["system"])] = {t: f.extract.name for t, f in found.items()}
    for table, one, found in later:  # what only fills, and what a second system says of the same products
        first = table not in proposal.data
        if table in TABLES and (part := _in_its_words(table, one, found, proposal.left)) and part[0]["from"] not in {p.get("from") for p in proposal.data.get(table, [])}:
            _add(table, part[0] if first else part[0] | {"fills": True}, part[1], proposal)
    used = _named_in(proposal)
    if "stocks" not in proposal.data:
        proposal.missing.append("stocks: no extract says which product is kept where, and by which rule it is ordered.")
    proposal.unused = [name for name in folder.tables if name not in used]
    for name, structure in folder.structures.items():
        number = len(proposal.data.get("bill_of_materials", [])) + 1
        if "bill_of_materials" not in proposal.data:
            proposal.data["bill_of_materials"] = [{"derive": {"what": "structure", "file": name}, "columns": {}}]
            proposal.confidence["bill_of_materials", number, ""] = 1.0, "structure of the assembly in a STEP file"
        proposal.systems.setdefault("STEP", {})[", ".join(structure.top)] = name
    money = _currencies(proposal, folder)
    if money and "currency" not in proposal.data.get("settings", {}):
        proposal.data.setdefault("settings", {})["currency"] = money[0]
    proposal.currencies = money
    for table in ("sites", "products", "markets", "lanes"):
        if table not in proposal.data:
            meaning = (TABLES[table].__doc__ or "").split("\n")[0].rstrip(".")
            proposal.missing.append(f"{table}: {meaning[:1].lower()}{meaning[1:]}. No extract was recognised that holds it.")
    return proposal


def _pieces(folder: Folder) -> tuple[Folder, list[dict[str, Any]]]:
    """Extracts of one kind whose names differ by year, month or number alone, as one; and those of several days, of which the newest counts."""
    tables, declared = dict(folder.tables), [{"files": f"{name}*20[0-9][0-9]*", "take": "newest"} for name in folder.states]
    groups: dict[tuple, list[Extract]] = {}
    for extract in tables.values():
        if piece := _PIECE.search(extract.name):
            groups.setdefault((extract.name[: piece.start()].strip(" _-."), *map(folded, extract.frame.columns)), []).append(extract)
    for (name, *_), parts in groups.items():
        if len(parts) > 1 and name and name not in tables:
            for part in parts:
                del tables[part.name]
                declared.append({"files": f"*{Path(part.files[0].partition(' [')[0]).name}", "name": name})
            frame = pd.concat([p.frame.set_axis(parts[0].frame.columns, axis=1) for p in parts], ignore_index=True)
            tables[name] = Extract(name, frame, tuple(f for p in parts for f in p.files), np.zeros(len(frame), np.int32), np.arange(len(frame)), "", all(p.semicolons for p in parts))
    return replace(folder, tables=tables), declared


def _currencies(proposal: Proposal, folder: Folder) -> list[str]:
    """Currencies of the money that is mapped, the most frequent first."""
    found: Counter[str] = Counter()
    for part in (p for table, parts in proposal.data.items() if table in TABLES for p in parts):
        tables = [folder.tables[t] for t in (part.get("from"), *(j["with"] for j in part.get("join", []))) if t in folder.tables]
        for rule in (r for r in part["columns"].values() if isinstance(r, Mapping)):
            if "currency" in rule:
                found[rule["currency"]] += 1
            elif "currency_column" in rule:
                extract = next((t for t in tables if _head((rule["currency_column"], 1.0, t))), None)
                if extract is not None:
                    words = extract.frame[_head((rule["currency_column"], 1.0, extract))].str.strip().str.upper()
                    found.update(words[words != ""].tolist())
    return [money for money, _ in found.most_common()]


def _headerless(folder: Folder) -> tuple[Folder, list[dict[str, Any]]]:
    """Extracts without a header whose name and width are those of a table that a layout has the order of columns of."""
    tables, declared = dict(folder.tables), []
    for layout in layouts():
        for table, said in layout["tables"].items():
            for name, extract in folder.tables.items():
                order = said.get("order", ())
                if folded(name) not in map(folded, (table, *said.get("names", ()))) or len(order) != len(extract.frame.columns) or {_plain(o) for o in order} & {_plain(c) for c in extract.frame.columns}:
                    continue
                tables[name] = replace(extract, frame=extract.frame.set_axis(list(order), axis=1))
                declared.append({"files": f"*{name}{Path(extract.files[0]).suffix}", "name": name, "columns": list(order)})
    return replace(folder, tables=tables), declared


# --- which extract is which table


def _recognised(layout: Mapping[str, Any], folder: Folder) -> dict[str, Found]:
    """Table of a layout → the extract that it is; each extract is one table."""
    pairs = []
    for table, said in layout["tables"].items():
        for extract in folder.tables.values():
            found = _fits(table, said, layout.get("headers", {}), extract)
            if found is not None:
                pairs.append((found.score, table, found))
    taken: dict[str, Found] = {}
    for _, table, found in sorted(pairs, key=lambda p: (-p[0], p[1])):
        if table not in taken and found.extract.name not in {f.extract.name for f in taken.values()}:
            taken[table] = found
    return taken


def _fits(table: str, said: Mapping[str, Any], headers: Mapping[str, list[str]], extract: Extract) -> Found | None:
    called = _likeness_of_table(table, said.get("names", []), extract.name)
    wanted = [*said.get("needs", []), *said.get("any", [])]
    columns = _columns(wanted, {**headers, **said.get("headers", {})}, list(extract.frame.columns))
    if any(need not in columns for need in said.get("needs", [])):
        return None
    share = sum(c for _, c in columns.values()) / max(1, len(wanted))
    score = 0.5 * called + 0.5 * share
    exact = sum(c == BY_NAME for _, c in columns.values()) / max(1, len(wanted))
    if called < 0.7 and (exact < 0.75 or len(columns) < 3) and not (share > 0.7 and len(columns) >= 4):
        return None
    return Found(extract, columns, score)


def _likeness_of_table(table: str, names: list[str], text: str) -> float:
    word = folded(text)
    if word == folded(table):
        return 1.0
    others = [folded(table), *map(folded, names)]
    if word in others or word.rstrip("s") in [o.rstrip("s") for o in others]:
        return 0.95
    parts = re.split(r"[_.\s-]+", word)
    if folded(table) in parts or any(o in word for o in others if len(o) > 5):
        return 0.8
    near = process.extractOne(word, others, scorer=fuzz.ratio, score_cutoff=NEAR)
    return 0.7 * near[1] / 100 if near else 0.0


def _columns(wanted: list[str], headers: Mapping[str, list[str]], have: list[str]) -> dict[str, tuple[str, float]]:
    """Column of the layout → column of the extract with its confidence; of lines in records, their own before that of the record."""
    inner = [h for h in have if _LINES.fullmatch(h)]
    plain: dict[str, dict[str, None]] = {}  # "Lines/Product" is Product, too
    for key, head in [*((_plain(h.rpartition("/")[2]), h) for h in inner), *((_plain(h), h) for h in have), *((_plain(h.rpartition("/")[2]), h) for h in have)]:
        plain.setdefault(key, {})[head] = None
    found: dict[str, tuple[str, float]] = {}
    for sure, called in ((BY_NAME, lambda name: [name]), (BY_WORD, lambda name: headers.get(name, []))):
        for name in (n for n in wanted if n not in found):
            used = {c for c, _ in found.values()} if sure < BY_NAME else set()
            words = [h for w in called(name) for h in plain.get(_plain(w), ()) if h not in used]
            if words:
                found[name] = words[0], sure
    used = {c for c, _ in found.values()}
    plain = {key: [h for h in heads if h not in used] for key, heads in plain.items()}
    left = [key for key, heads in plain.items() if heads and len(key) > 4]
    for name in (n for n in wanted if n not in found):
        words = [_plain(w) for w in [name, *headers.get(name, [])] if len(w) > 4]
        best = max(((process.extractOne(w, left, scorer=fuzz.ratio, score_cutoff=NEAR) or ("", 0, 0)) for w in words), key=lambda m: m[1], default=("", 0, 0))
        if best[1]:
            found[name] = plain[best[0]][0], BY_LIKENESS * best[1] / 100
            left.remove(best[0])
    return found


def _plain(head: str) -> str:
    """A header without its unit, case, and the signs between its words."""
    return re.sub(r"[\W_]+", "", _BEHIND.sub("", re.sub(r"[\[(].*?[\])]", "", head).strip()).casefold())


def unit_in(head: str) -> str:
    """The unit that a header names, "" for none.

    Examples
    --------
    >>> unit_in("Lieferzeit [Wochen]"), unit_in("lead_time_weeks"), unit_in("Menge (offen)")
    ('Wochen', 'weeks', '')
    """
    found = re.search(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$", head) or _BEHIND.search(head.strip())
    return found[1] if found and (found[1] == "%" or unit_named(found[1])) else ""


# --- the parts of a layout in the words of the extracts


def currency_in(head: str) -> str:
    """The currency that a header names, "" for none.

    Examples
    --------
    >>> currency_in("Price [USD]"), currency_in("unit_cost_usd"), currency_in("Preis in €"), currency_in("Preis")
    ('USD', 'USD', 'EUR', '')
    """
    found = re.search(r"[\[(]\s*([A-Z]{3}|[€$£])\s*[\])]|[_\s]([A-Z]{3}|[€$£])$", head.strip(), re.IGNORECASE)
    word = (found[1] or found[2]).upper() if found else ""
    return word if word in MONEY.split() else currency_of(word, "") if word and word in "€$£" else ""


def _named_in(proposal: Proposal) -> set[str]:
    """Extracts that the proposal makes use of."""
    parts = [p for table, parts in proposal.data.items() if table in TABLES for p in parts]
    return {str(name) for p in parts for name in (p.get("from", ""), *(j["with"] for j in p.get("join", [])), *(e["by"] for e in p.get("expand", [])))}


def _add(table: str, data: dict[str, Any], sure: Mapping[str, tuple[float, str]], proposal: Proposal) -> None:
    proposal.data.setdefault(table, []).append(data)
    number = len(proposal.data[table])
    proposal.confidence |= {(table, number, column): value for column, value in sure.items()}


def _take(layout: Mapping[str, Any], found: Mapping[str, Found], proposal: Proposal) -> list[tuple[str, Mapping[str, Any], Mapping[str, Found]]]:
    """Take the parts of a layout that no layout before it has; returns those that only fill gaps of others."""
    later: list[tuple[str, Mapping[str, Any], Mapping[str, Found]]] = []
    chosen: set[str] = set()
    already = set(proposal.data)
    needed = []
    for table in TABLES:
        for one in layout.get(table, []):
            if one.get("from") and ((table in already and table == "products") or (one.get("fills") and table not in proposal.data)):
                later.append((table, one, found))
                continue
            if table in already and table not in ADDED_UP:
                continue
            if not one.get("from"):
                needed.append((table, one))
                continue
            if one.get("either") and f"{table} {one['either']}" in chosen:
                continue
            part = _in_its_words(table, one, found, proposal.left)
            if part is None:
                continue
            data, sure = part
            chosen.add(f"{table} {one.get('either', id(one))}")
            _add(table, data, sure, proposal)
    for table, one in needed:
        if any(t in proposal.data for t in ("lanes", "recipes", "markets")) and table not in already:
            proposal.data.setdefault(table, []).append({k: v for k, v in one.items() if k != "either"})
            derived = "derive" in one
            says = "what lanes, recipes and markets need and no extract has" if derived else "stated by the layout"
            proposal.confidence[table, len(proposal.data[table]), ""] = 0.7 if derived else 1.0, says
    for name, value in layout.get("settings", {}).items():
        proposal.data.setdefault("settings", {}).setdefault(name, value)
    return later


class _Words:
    """Names of a layout as the extracts call them."""

    def __init__(self, table: str, base: Found, joined: Mapping[str, Found], names: Mapping[str, str]) -> None:
        self.table, self.base, self.joined, self.names = table, base, joined, names

    def named(self, name: str) -> tuple[str, float, Extract] | None:
        """As :meth:`of`; of a reference of number and name, the name."""
        return self.of(f"{name}.name") or self.of(name)

    def of(self, name: str) -> tuple[str, float, Extract] | None:
        """What a column is called, its confidence, and its extract."""
        prefix, _, rest = name.partition(".")
        if rest and prefix in self.joined:
            hit = self.joined[prefix].columns.get(rest)
            return (f"{self.names.get(prefix, prefix)}.{hit[0]}", hit[1], self.joined[prefix].extract) if hit else None
        if rest and prefix == self.table:
            hit = self.base.columns.get(rest)
            return (f"{self.base.extract.name}.{hit[0]}", hit[1], self.base.extract) if hit else None
        if hit := self.base.columns.get(name):
            return hit[0], hit[1], self.base.extract
        for key, found in self.joined.items():
            if hit := found.columns.get(name):
                return f"{self.names.get(key, key)}.{hit[0]}" if hit[0] in self.base.extract.frame else hit[0], hit[1], found.extract
        return None


def _in_its_words(table: str, one: Mapping[str, Any], found: Mapping[str, Found], left: list[str]) -> tuple[dict[str, Any], dict[str, tuple[float, str]]] | None:
    """A part of a layout for the extracts at hand; None where it cannot be made of them."""
    base = found.get(one["from"])
    if base is None:
        return None
    joined: dict[str, Found] = {}
    names: dict[str, str] = {}
    joins = []
    for join in one.get("join", []):
        other, key = found.get(join["with"]), join.get("as", join["with"])
        words = _Words(one["from"], base, joined, names)
        on = {words.of(a): other.columns.get(b) if other else None for a, b in join["on"].items()}
        filters = {c: (other.columns.get(c) if other else None) for c in join.get("where", {})}
        if other is None or any(a is None or b is None for a, b in on.items()):
            if join.get("optional"):
                continue
            return None
        joined[key], names[key] = other, join.get("as", other.extract.name)
        told = {"with": other.extract.name, "on": {a[0]: b[0] for a, b in on.items()}}
        if "as" in join:
            told["as"] = join["as"]
        if where := {filters[c][0]: w for c, w in join.get("where", {}).items() if filters[c]}:
            told["where"] = where
        if join.get("optional"):
            told["optional"] = True
        if (order := join.get("order_by")) and (hit := other.columns.get(order)):
            told["order_by"] = hit[0]
        if total := [other.columns[c][0] for c in join.get("total", []) if c in other.columns]:
            told["total"] = total
        joins.append(told)
    words = _Words(one["from"], base, joined, names)
    data: dict[str, Any] = {"from": base.extract.name}
    if joins:
        data["join"] = joins
    if where := _filters(one.get("where", {}), words):
        data["where"] = where
    data |= {key: one[key] for key in ("distinct", "fills") if key in one}
    if leaves := one.get("leaves"):
        hits = {k: words.of(v) for k, v in leaves.items()}
        if all(hits.values()):
            data["leaves"] = {k: h[0] for k, h in hits.items()}
    if groups := [g for g in one.get("expand", []) if g["by"] in found and {g["key"], g["parent"]} <= set(found[g["by"]].columns)]:
        data["expand"] = [{"column": g["column"], "by": found[g["by"]].extract.name, "key": found[g["by"]].columns[g["key"]][0],
                           "parent": found[g["by"]].columns[g["parent"]][0]} for g in groups]  # fmt: skip
    sure: dict[str, tuple[float, str]] = {}
    if derive := one.get("derive"):
        told = _derivation(derive, words)
        if told is None:
            return None
        data["derive"] = told
        sure[""] = BY_WORD, f"{derive['what']} out of {base.extract.name}"
    known = table_columns(TABLES[table])
    columns: dict[str, Any] = {}
    for name, rule in one["columns"].items():
        if isinstance(rule, list):  # the first that the extracts have a column for
            rule = next((r for r in rule if _rule(r, words, known[name]) is not None and _judged(r, words, known[name])[0] >= SURE), rule[-1])
        told = _rule(rule, words, known[name])
        if told is None:
            continue
        judged = _judged(rule, words, known[name])
        if judged[0] >= SURE:
            columns[name], sure[name] = told, judged
        elif _named(told):
            left.append(f"{table}.{name}: {listed(_named(told))} of {base.extract.name} may hold it, but too few of its cells are what they should be ({judged[0]:.2f}).")
    data["columns"] = columns
    left += _units_unused(table, data, base.extract)
    have = {*columns, *DERIVED_COLUMNS.get(str((derive or {}).get("what")), ())}
    if any(c.required and n not in have for n, c in known.items()):
        return None
    return data, sure


def _units_unused(table: str, data: Mapping[str, Any], extract: Extract) -> list[str]:
    """A sentence for each column of units that no line of a part asks, though its numbers may be counted in them."""
    used = {str(v).rpartition(".")[2] for rule in (*data["columns"].values(), data.get("derive", {})) for v in (rule.values() if isinstance(rule, Mapping) else [rule])}
    if not any(c.unit.startswith("units") and n in data["columns"] for n, c in table_columns(TABLES[table]).items()) and data.get("derive", {}).get("what") != "demand":
        return []
    return [f"{table}: {head} of {extract.name} holds units, and no line asks it: its numbers would be read as counted in the product's own unit."
            for head in extract.frame if head not in used and _UNIT.search(str(head)) and _share((str(head), 1.0, extract), _units_of(extract, str(head))) > 0.5]  # fmt: skip


def _units_of(extract: Extract, head: str) -> dict[str, str]:
    """Words of a column that are units of amounts, such as `box`, `kg` and `ST`."""
    return {w: w for w in _different((head, 1.0, extract)) if unit_named(w)}


def _filters(filters: Mapping[str, Any], words: _Words) -> dict[str, Any]:
    return {hit[0]: _spelled(wanted, hit) for column, wanted in filters.items() if (hit := words.of(column))}


def _spelled(wanted: Any, hit: tuple[str, float, Extract]) -> Any:
    """Words of a layout as the extract spells them, small or capital: "Cancelled" and "CANCELLED", too, for "cancelled"."""
    if isinstance(wanted, Mapping):
        return {k: _spelled(v, hit) if k in ("not", "is") else v for k, v in wanted.items()}
    if not isinstance(wanted, list):
        return wanted
    plain = {folded(str(w)) for w in wanted}
    return [*wanted, *(w for w in _different(hit) if w not in wanted and w and folded(w) in plain)]


def _different(hit: tuple[str, float, Extract]) -> list[str]:
    """Words that are in a column."""
    head = _head(hit)
    return sorted({str(w).strip() for w in hit[2].frame[head].unique()}) if head else []


def _head(hit: tuple[str, float, Extract]) -> str:
    """The column of the extract that a name means, which may have the table before it."""
    name, _, extract = hit
    return next((h for h in (name, name.rpartition(".")[2], name.partition(".")[2]) if h in extract.frame), "")


def _derivation(derive: Mapping[str, Any], words: _Words) -> dict[str, Any] | None:
    must, _ = DERIVATIONS[derive["what"]]
    told: dict[str, Any] = {"what": derive["what"]}
    for key, value in derive.items():
        if key == "what":
            continue
        if isinstance(value, Mapping):
            if filters := _filters(value, words):
                told[key] = filters
        elif isinstance(value, str):
            hit = words.named(value)
            if hit is None and key in must:
                return None
            if hit is not None and key in ("date", "ordered", "received", "time") and _share(hit, "date") < 0.5 and hit[1] < BY_WORD:
                return None
            if hit is not None:
                told[key] = hit[0]
        else:
            told[key] = value
    return told


def _rule(rule: Any, words: _Words, column: Column) -> Any:
    """A rule of a layout in the names of the extracts; None where a column that it needs is not there."""
    if isinstance(rule, str):
        rule = {"column": rule}
    told = dict(rule)
    if "needs" in told and words.of(told.pop("needs")) is None:
        return None
    if "column" in told:
        hit = words.of(told["column"])
        if hit is None:
            return None
        told["column"] = hit[0]
        if (unit := unit_in(hit[0])) and column.numeric:
            told["unit"] = unit
        if (money := currency_in(hit[0])) and column.unit.startswith("money"):
            told["currency"] = money
        if "words" in told and column.choices:
            plain = {folded(str(k)): v for k, v in told["words"].items()}
            told["words"] = told["words"] | {w: plain[folded(w)] for w in _different(hit) if folded(w) in plain}
    if "first_of" in told:
        hits = [h[0] for c in told["first_of"] if (h := words.of(c))]
        if not hits:
            return None
        told["first_of"] = hits
    if "text" in told:
        fields = re.findall(r"\{([^}]*)\}", told["text"])
        hits = {f: words.of(f) for f in fields}
        if not all(hits.values()):
            return None
        for f, hit in hits.items():
            told["text"] = told["text"].replace(f"{{{f}}}", f"{{{hit[0]}}}")
    for key in ("unit_column", "currency_column", "per", "plus_percent", "within"):
        if isinstance(told.get(key), str | list):  # of several, the first that is there
            names = told.pop(key)
            if hits := [h[0] for name in ([names] if isinstance(names, str) else names) if (h := words.named(name))]:
                told[key] = hits[0]
    if "unit_column" in told:
        told.pop("unit", None)
    if "currency_column" in told:
        told.pop("currency", None)
    if set(told) == {"column"}:
        return told["column"]
    if "only_if" in told:
        told["only_if"] = _filters(told["only_if"], words)
        if not told["only_if"]:
            del told["only_if"]
    return told


def _named(rule: Any) -> list[str]:
    if isinstance(rule, str):
        return [rule]
    return [rule["column"]] if "column" in rule else list(rule.get("first_of", [])) or re.findall(r"\{([^}]*)\}", rule.get("text", ""))


def _judged(rule: Any, words: _Words, column: Column) -> tuple[float, str]:
    """How sure a line is, and why: by what its columns are called, times the share of their cells that are what they should be."""
    hits = [h for name in _named(rule) if (h := words.of(name))]
    if not hits:
        return (1.0, "stated by the layout") if isinstance(rule, Mapping) and "value" in rule else (0.7, "assumed: look at it")
    sure = best = max(h[1] for h in hits)
    translated = isinstance(rule, Mapping) and "words" in rule
    if column.numeric and not translated:
        sure *= max(_share(h, "date" if column.quantity == "moment" else "length" if column.unit == "periods" else "number") for h in hits)
    if translated and column.choices:
        sure *= 0.5 + 0.5 * max(_share(h, rule["words"]) for h in hits)
    why = {BY_NAME: "by its name", BY_WORD: "another word for it"}
    return round(sure, 2), why.get(best, "a name that is nearly the same")


def _share(hit: tuple[str, float, Extract], what: Any) -> float:
    """Share of the cells of a column that are what they should be; 1 where all are empty."""
    head, extract = _head(hit), hit[2]
    if not head:
        return 1.0
    texts = extract.frame[head].iloc[:SAMPLE].to_numpy(object)
    texts = texts[np.array([bool(str(t).strip()) for t in texts], bool)] if len(texts) else texts
    if not len(texts):
        return 1.0
    if isinstance(what, Mapping):
        return float(np.mean([str(t).strip() in what for t in texts]))
    wrong = dates(texts)[1] if what == "date" else numbers(texts, extract.semicolons or shows_commas([texts]))[1]
    if what == "number":
        wrong &= ~undecided(texts)
    if what == "length":
        wrong &= ~spans(texts)[1]
    return float(1 - wrong.mean())
