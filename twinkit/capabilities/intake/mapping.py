"""A mapping: data that says which column of which extract is which column of the case.

It is one TOML file beside the extracts.  A person can read it, a program can propose it, and nothing of a case
stands anywhere else: what is not in an extract is written down as stated (``value``) or as assumed (``assume``).

    [settings]
    currency = "EUR"

    [[products]]
    from = "MARA"
    join = [{ with = "MAKT", on = { MATNR = "MATNR" }, where = { SPRAS = "D" } }]
    where = { LVORM = { not = ["X"] } }
    [products.columns]
    product = "MATNR"
    mass = { column = "NTGEW", unit_column = "GEWEI" }
    whole_units = { assume = "yes", because = "bicycles and parts are counted" }

docs/intake.md says what each word does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twinkit.columns import Column, table_columns
from twinkit.tables.problems import CaseError, Problem, did_you_mean, listed, quote
from twinkit.tables.schema import TABLES, Settings

COMBINE = ("sum", "mean", "min", "max", "first", "last", "count")
"""What may be made of the values of several rows of an extract that are one row of the case."""
_RULE_WORDS = {"column", "value", "assume", "because", "unit", "unit_column", "per", "times", "currency_column", "words", "default", "combine",
               "strip_zeros", "first_of", "text", "only_if", "empty", "currency", "plus_percent", "within", "inside"}  # fmt: skip
_PART_WORDS = {"from", "join", "where", "columns", "derive", "fills", "expand", "note", "distinct", "leaves"}
_JOIN_WORDS = {"with", "as", "on", "where", "optional", "order_by", "total"}
_FILTER_WORDS = {"not", "is", "from", "until", "below", "not_below"}
_TOP_WORDS = {"case", "accepted", "settings", "rates", "source", "boms"}
DERIVATIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "demand": (("date", "units"), ("cancelled", "returned", "history", "unit_column")),
    "lead_time": (("ordered", "received"), ("least", "order", "line", "reversed")),
    "yield": (("good", "scrap"), ()),
    "machine_events": (("time", "state"), ("down",)),
    "lives": (("age",), ("failed", "resets", "per_day")),
    "needed_stocks": ((), ()),
    "structure": (("file",), ("density",)),
}
"""What may be worked out → what it must, and what it may be told."""
DERIVED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "demand": ("demand", "mean", "spread", "season", "season_peak"), "lead_time": ("lead_time", "lead_time_kind", "lead_time_spread", "share"),
    "yield": ("yield_rate",), "machine_events": ("start", "duration", "duration_spread", "time_between"),
    "lives": ("age", "failed"), "needed_stocks": ("site", "product"), "structure": ("product", "component", "quantity"),
}  # fmt: skip
"""Columns that a derivation gives."""


@dataclass(frozen=True)
class Rule:
    """Where one column of the case comes from.

    Attributes
    ----------
    columns
        Columns of the extract: one, or several of which the first that is not empty counts, or that make a text.
    value, assumed, because
        What is stated instead; whether it is an assumption, and why.
    more
        Unit, conversion, translation, default and how several rows become one.
    """

    columns: tuple[str, ...] = ()
    value: Any = None
    assumed: bool = False
    because: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The value as a person writes it."""
        return ("yes" if self.value else "no") if isinstance(self.value, bool) else str(self.value)

    def said(self) -> str:
        """The rule in words, for provenance."""
        m = self.more
        if not self.columns:
            return f"assumed: {self.shown}{f', because {self.because}' if self.because else ''}" if self.assumed else f"stated in the mapping: {self.shown}"
        words = [m["text"] if "text" in m else " or else ".join(self.columns)]
        if "unit_column" in m or "unit" in m:
            words.append(f"in {m.get('unit_column') or m.get('unit')}, converted")
        if "currency_column" in m or "currency" in m:
            words.append(f"in {m['currency']}, converted" if "currency" in m else f"in the currency of {m['currency_column']}, converted")
        words += [f"{word} {m[key]}" for key, word in (("per", "divided by"), ("times", "times"), ("plus_percent", "plus per cent")) if key in m]
        words += ["translated"] if "words" in m else []
        words += [f"{m['combine']} of its rows"] if "combine" in m else []
        words += [f"{m['default']} where empty"] if "default" in m else []
        return ", ".join(map(str, words))


@dataclass(frozen=True)
class Join:
    """Another extract whose row belongs to each row: at most one; a row without is left out, unless the join is optional."""

    table: str
    on: Mapping[str, str]
    where: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    order_by: str = ""
    name: str = ""
    total: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Rows of one table of the case, out of one extract and those joined to it."""

    into: str
    number: int
    source: str = ""
    joins: tuple[Join, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Rule] = field(default_factory=dict)
    derive: Mapping[str, Any] = field(default_factory=dict)
    fills: bool = False
    distinct: bool = False
    expand: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    leaves: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it stands in the mapping, in words."""
        return f"[[{self.into}]] no. {self.number}" if self.number else f"[{self.into}]"


@dataclass
class Mapped:
    """A mapping as it was read."""

    case: str
    accepted: bool
    settings: dict[str, Rule]
    rates: dict[str, float]
    sources: list[Mapping[str, Any]]
    parts: list[Part]
    boms: list[Mapping[str, Any]] = field(default_factory=list)


def read_mapping(path: Path) -> Mapped:
    """Read a mapping.

    Raises
    ------
    CaseError
        With everything that is wrong with it.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CaseError([Problem("", None, "", path.name, f"cannot be opened: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError([Problem("", None, "", path.name, f"is no TOML that can be read: {error}", "Mend the line that it names.")]) from error
    return mapping_of(data, path.name)


def mapping_of(data: Mapping[str, Any], name: str) -> Mapped:
    """The mapping that plain data says; arguments and errors as :func:`read_mapping`."""
    wrong: list[Problem] = []

    def refuse(where: str, value: str, says: str, hint: str = "") -> None:
        wrong.append(Problem(f"{name}: {where}" if where else name, None, "", value, says, hint))

    parts: list[Part] = []
    for key, value in data.items():
        if key in TABLES:
            for i, one in enumerate(value if isinstance(value, list) else [value], 1):
                parts.append(_part(key, i, one, refuse))
        elif key not in _TOP_WORDS:
            refuse("", key, "is no table of a case", did_you_mean(key, [*TABLES, *_TOP_WORDS], f"The tables are {', '.join(TABLES)}."))
    settings, known = {}, table_columns(Settings)
    for key, value in dict(data.get("settings") or {}).items():
        if key not in known:
            refuse("[settings]", key, "is no setting", did_you_mean(key, list(known)))
        else:
            settings[key] = _rule(value, f"[settings] {key}", refuse)
            if settings[key].columns and not isinstance(value, Mapping):
                settings[key] = Rule(value=value)
    rates = {str(k).upper(): v for k, v in dict(data.get("rates") or {}).items()}
    for currency, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0:
            refuse("[rates]", currency, "must be a number above 0: what one of it is worth in the currency of the case")
    sources = list(data.get("source") or [])
    for one in sources:
        if not isinstance(one, Mapping) or not ("files" in one or "database" in one):
            refuse("[[source]]", "", "names neither files nor a database", 'Write files = "VBAP*.csv", or database = "env:NAME" and query = "select …".')
        elif one.get("decimal", ".") not in (".", ","):
            refuse("[[source]]", str(one["decimal"]), "is no decimal sign", 'decimal may be "." or ",".')
        elif one.get("take", "all") not in ("newest", "all"):
            refuse("[[source]]", str(one["take"]), "is no way to take files of several days", "take may be newest or all.")
    if wrong:
        raise CaseError(wrong)
    return Mapped(str(data.get("case") or "case"), data.get("accepted", True) is True, settings, rates, sources, parts, list(data.get("boms") or []))


def _part(table: str, number: int, one: Any, refuse: Any) -> Part:
    where = f"[[{table}]] no. {number}"
    if not isinstance(one, Mapping):
        refuse(where, "", "is no table of TOML", f"Write [[{table}]] above its lines.")
        return Part(table, number)
    for word in set(one) - _PART_WORDS:
        refuse(where, word, "is no word of a mapping", did_you_mean(word, sorted(_PART_WORDS), f"There are {listed(sorted(_PART_WORDS), 20)}."))
    known, rules = table_columns(TABLES[table]), {}
    for column, value in dict(one.get("columns") or {}).items():
        if column not in known:
            refuse(where, column, f"is no column of {table}", did_you_mean(column, list(known), f"Its columns are {', '.join(known)}."))
        else:
            rules[column] = _rule(value, f"{where} {column}", refuse)
    derive = dict(one.get("derive") or {})
    if derive:
        kind = derive.get("what")
        must, may = DERIVATIONS.get(str(kind), ((), ()))
        if kind not in DERIVATIONS:
            refuse(where, str(kind), "is nothing that can be derived", f"derive = {{ what = … }} may be {', '.join(DERIVATIONS)}.")
        for word in set(must) - set(derive):
            refuse(where, word, f"must be told to derive {kind}")
        for word in set(derive) - {*must, *may, "what"}:
            refuse(where, word, f"is nothing that is told to derive {kind}", did_you_mean(word, [*must, *may]))
    source = str(one.get("from") or "")
    if not source and derive.get("what") not in ("needed_stocks", "structure") and any(r.columns for r in rules.values()):
        refuse(where, "", "names no extract", 'Write from = "…" with the name of an extract.')
    joins = []
    for join in one.get("join") or []:
        if not isinstance(join, Mapping) or "with" not in join or not isinstance(join.get("on"), Mapping) or set(join) - _JOIN_WORDS:
            refuse(where, "join", "must say with and on", 'Write join = [{ with = "MAKT", on = { MATNR = "MATNR" } }].')
            continue
        _filters(join.get("where"), where, refuse)
        joins.append(Join(str(join["with"]), dict(join["on"]), dict(join.get("where") or {}), bool(join.get("optional")), str(join.get("order_by") or ""),
                          str(join.get("as") or join["with"]), tuple(join.get("total") or ())))  # fmt: skip
    _filters(one.get("where"), where, refuse)
    return Part(table, number, source, tuple(joins), dict(one.get("where") or {}), rules, derive, bool(one.get("fills")), bool(one.get("distinct")),
                tuple(one.get("expand") or ()), str(one.get("note") or ""), dict(one.get("leaves") or {}))  # fmt: skip


def _filters(filters: Any, where: str, refuse: Any) -> None:
    if filters is not None and not isinstance(filters, Mapping):
        refuse(where, "where", "must name columns", 'Write where = { MTART = ["FERT", "HALB"], LVORM = { not = ["X"] } }.')
        return
    for column, wanted in dict(filters or {}).items():
        if isinstance(wanted, Mapping) and (not wanted or set(wanted) - _FILTER_WORDS):
            refuse(where, column, f"has a filter with {listed(sorted(set(wanted) - _FILTER_WORDS)) or 'nothing in it'}", f"A filter may say {', '.join(sorted(_FILTER_WORDS))}.")


def _rule(value: Any, where: str, refuse: Any) -> Rule:
    if isinstance(value, str):
        return Rule((value,))
    if isinstance(value, bool | int | float):
        return Rule(value=value)
    if hasattr(value, "isoformat"):
        return Rule(value=value.isoformat())
    if not isinstance(value, Mapping):
        refuse(where, str(value), "says nothing about a column", 'Write the name of a column, { column = … }, { value = … } or { assume = … }.')
        return Rule()
    for word in set(value) - _RULE_WORDS:
        refuse(where, word, "is no word of a rule", did_you_mean(word, sorted(_RULE_WORDS), f"There are {listed(sorted(_RULE_WORDS), 20)}."))
    more = {k: v for k, v in value.items() if k not in ("column", "value", "assume", "because", "first_of")}
    _filters(more.get("only_if"), where, refuse)
    if more.get("combine", "first") not in COMBINE:
        refuse(where, str(more["combine"]), "is no way to combine rows", f"There are {', '.join(COMBINE)}.")
    columns = tuple(value["first_of"]) if "first_of" in value else tuple(_fields(value["text"])) if "text" in value else (value["column"],) if "column" in value else ()
    plain = [w for w in ("value", "assume") if w in value]
    if bool(columns) == bool(plain) or len(plain) > 1:
        refuse(where, "", "must have one of column, first_of, text, value and assume")
    stated = value.get(plain[0]) if plain else None
    return Rule(tuple(map(str, columns)), stated.isoformat() if hasattr(stated, "isoformat") else stated, "assume" in value, str(value.get("because") or ""), more)


def _fields(text: str) -> list[str]:
    """Names of the columns in a text such as ``{WERKS} {LGORT}``."""
    return [part.partition("}")[0] for part in str(text).split("{")[1:]]


def lacking(parts: Sequence[Part]) -> list[Problem]:
    """What a mapping must still say before a case can be made: tables, and columns that may not be empty."""
    found = []
    given = {part.into for part in parts}
    for table in ("sites", "products", "stocks", "markets"):
        if table not in given:
            meaning = (TABLES[table].__doc__ or "").split("\n")[0]
            found.append(Problem(table, None, "", "", "nothing in the extracts is mapped to the table", f"It needs rows: {meaning}"))
    for part in parts:
        have = {*part.columns, *DERIVED_COLUMNS.get(str(part.derive.get("what")), ())}
        for name, column in table_columns(TABLES[part.into]).items():
            if name not in have and (column.required and not part.fills):
                found.append(Problem(part.place, None, name, "", f"is not mapped: {column.meaning}", _remedy(name, column)))
    return found


def _remedy(name: str, column: Column) -> str:
    example = quote(column.choices[0]).replace("'", '"') if column.choices else "…" if not column.numeric else "1"
    return f'Write {name} = "COLUMN" if an extract has it, or {name} = {{ assume = {example}, because = "…" }}.'
