"""How good the extracts are: what they cover, what is there twice, belongs to nothing, disagrees, is old, or was assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.assemble import Intake
from twinkit.capabilities.intake.drawn import column_of
from twinkit.capabilities.intake.extracts import Extract
from twinkit.capabilities.intake.identifiers import harmonized_system, wrong_locode, wrong_number
from twinkit.capabilities.intake.mapping import Part
from twinkit.capabilities.intake.values import SEPARATOR, dates, joined_keys
from twinkit.columns import table_columns
from twinkit.tables.case import Case
from twinkit.tables.problems import listed, quote
from twinkit.tables.provenance import row_names, sources_of
from twinkit.tables.schema import TABLES
from twinkit.words import counted

KINDS = ("contradiction", "double", "orphan", "identifier", "out of line", "stale", "coverage", "assumed")
"""Kinds of findings, the gravest first."""
OLD = 7
"""Days by which an extract may be older than the newest before it is called stale."""
FAR, TIMES = 5.0, 30.0
"""Robust standard deviations from the median, on the logarithm, and factor to it, from which a number is called out of line."""
MOST_FAR = 20
"""Numbers of a column out of line that are told one by one, the farthest first."""
FEW = 8
"""Rows of a family of products from which they are compared with each other, and not with all."""
IDENTIFIERS = {"ean11": "GTIN", "gtin": "GTIN", "ean": "GTIN", "upc": "GTIN", "barcode": "GTIN", "gln": "GLN", "sscc": "SSCC", "container": "container",
               "container_no": "container", "stawn": "HS", "hs_code": "HS", "hscode": "HS", "commodity_code": "HS", "zolltarifnummer": "HS",
               "customs_tariff_number": "HS", "unlocode": "LOCODE", "locode": "LOCODE", "un_locode": "LOCODE"}  # fmt: skip
"""Header, folded → kind of number that its cells hold."""


@dataclass(frozen=True)
class Finding:
    """Something that a person should know of the extracts.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    where
        Table of the case or extract, and column.
    value
        What was found.
    says
        The rest of a sentence.
    rows
        How many rows it is about.
    file, row, column
        The cell of an extract, where it is about one.
    """

    kind: str
    where: str
    value: str
    says: str
    rows: int = 1
    file: str = ""
    row: int = 0
    column: str = ""

    @property
    def sentence(self) -> str:
        """It as a sentence."""
        return f"{self.where}: {quote(self.value) + ' ' if self.value else ''}{self.says}."


@dataclass(frozen=True)
class Quality:
    """Everything that was found.

    Attributes
    ----------
    findings
        The gravest first.
    """

    findings: list[Finding]

    def table(self) -> pd.DataFrame:
        """The findings as a table."""
        return pd.DataFrame([(f.kind, f.where, f.value, f.says, f.rows) for f in self.findings], columns=["kind", "where", "value", "finding", "rows"])


def quality_of(result: Intake) -> Quality:
    """What is to be known of the extracts behind a case.

    Parameters
    ----------
    result
        What came of the folder.
    """
    found = [Finding("contradiction", sentence.partition(": ")[0], "", sentence.partition(": ")[2]) for sentence in result.contradictions]
    found += [Finding("contradiction", f"bill of {product}", "", sentence.partition(": ")[2].rstrip(".")) for product, d in result.differences.items() for sentence in d.sentences(product)]
    for extract in result.folder.tables.values():
        found += _doubles(extract)
        found += _identifiers(extract)
    orphans = [f for part in (result.mapped.parts if result.mapped else []) for f in _orphans(part, result)]
    found += dict.fromkeys(orphans)  # two parts may join the same extracts
    if result.case is not None:
        found += _out_of_line(result)
        found += _coverage(result)
    found += _stale(result)
    found += [Finding("assumed", f"{t}.{c}", v, f"is assumed{f', because {why}' if why else ''}", n) for t, c, v, why, n in result.assumed]
    return Quality(sorted(found, key=lambda f: KINDS.index(f.kind)))


def _doubles(extract: Extract) -> list[Finding]:
    double = extract.frame.duplicated().to_numpy()
    if not double.any():
        return []
    first = int(np.flatnonzero(double)[0])
    return [Finding("double", extract.name, "", f"{counted(int(double.sum()), 'row')} there again, word for word ({extract.at(first)} is the first); whether each counts is for the mapping to say", int(double.sum()))]


def _identifiers(extract: Extract) -> list[Finding]:
    found = []
    for head in extract.frame.columns:
        kind = IDENTIFIERS.get("_".join(str(head).casefold().split()))
        if kind is None:
            continue
        codes, different = pd.factorize(extract.frame[head])
        for code, text in enumerate(different):
            text = str(text).strip()
            says = _wrong(kind, text) if text else ""
            if says:
                hits = np.flatnonzero(codes == code)
                found.append(Finding("identifier", extract.at(int(hits[0])), text, f"{says} ({head})", len(hits), extract.files[extract.file[hits[0]]], int(extract.row[hits[0]]), str(head)))
    return found


def _wrong(kind: str, text: str) -> str:
    if kind == "HS":
        return harmonized_system().wrong(text)
    if kind == "LOCODE":
        return wrong_locode(text)
    return wrong_number(text, kind)


def _orphans(part: Part, result: Intake) -> list[Finding]:
    """Rows that a join finds no partner for, on either side; one side may be without where the mapping calls the join optional."""
    base = result.folder.tables.get(part.source)
    found: list[Finding] = []
    for join in part.joins if base is not None else ():
        other = result.folder.tables.get(join.table)
        pairs = [(column_of(base, a), column_of(other, str(b))) for a, b in join.on.items()] if other is not None else []
        if not pairs or join.where or join.name != join.table or any(a is None or b is None for a, b in pairs):
            continue
        left, right = (pd.Index(joined_keys([e.frame[p[i]].to_numpy() for p in pairs])) for i, e in ((0, base), (1, other)))
        if not join.optional:
            found += _alone(base, left, ~left.isin(right), join.table, [a for a, _ in pairs])
        found += _alone(other, right, ~right.isin(left), part.source, [b for _, b in pairs])
    return found


def _alone(extract: Extract, keys: pd.Index, alone: np.ndarray, table: str, columns: list[str]) -> list[Finding]:
    if not alone.any():
        return []
    names = list(dict.fromkeys(str(k).replace(SEPARATOR, " ") for k in keys[alone]))
    first = int(np.flatnonzero(alone)[0])
    more = f"; so is {listed([quote(n) for n in names[1:]], 4)}" if len(names) > 1 else ""
    return [Finding("orphan", extract.at(first), names[0], f"is in no row of {table} ({', '.join(columns)}){more}", int(alone.sum()))]


def _out_of_line(result: Intake) -> list[Finding]:
    """Numbers far from the others of their column, on the logarithm: often a unit or a decimal point."""
    found: list[Finding] = []
    case = result.case
    assert case is not None
    for table, columns in (("products", ("value", "mass")), ("lanes", ("lead_time", "transport_cost")), ("recipes", ("lead_time", "capacity")), ("stocks", ("on_hand", "safety_stock")), ("markets", ("mean", "price"))):
        for column in columns:
            values = case[table][column].to_numpy(float)
            far: list[tuple[float, int, str]] = []
            for some in _alike(case, table, values):
                logs = np.log(values[some])
                middle = np.median(logs)
                width = 1.4826 * float(np.median(np.abs(logs - middle)))
                away = np.abs(logs - middle)
                usual = f"half are between {np.exp(np.quantile(logs, 0.25)):.4g} and {np.exp(np.quantile(logs, 0.75)):.4g}"
                far += [(-float(away[k]), int(some[k]), usual) for k in np.flatnonzero(away > max(FAR * width, np.log(TIMES)))]
            worst = sorted(far)[:MOST_FAR]
            names, places = row_names(table, case[table]) if far else [], sources_of(case, table, [i for _, i, _ in worst], [column])
            for _, i, usual in worst:
                says = f"of {quote(names[i])} is far from the others, of which {usual}; it comes from {places[i, column].sentence.rstrip('.')}"
                found.append(Finding("out of line", f"{table}.{column}", f"{values[i]:.6g}", says))
            if more := len(far) - len(worst):
                found.append(Finding("out of line", f"{table}.{column}", "", f"{counted(more, 'more number')} far from the others; these {MOST_FAR} are the farthest", more))
    return found


def _alike(case: Case, table: str, values: np.ndarray) -> list[np.ndarray]:
    """Rows with a value that are compared with each other: a family of products, and all that are in none that is large enough."""
    some = np.flatnonzero(values > 0)
    if "product" not in case[table]:
        return [some] if len(some) >= FEW else []
    families = case[table]["product"].map(case["products"].drop_duplicates("product").set_index("product")["family"]).to_numpy(object)[some]
    codes = pd.factorize(families, use_na_sentinel=False)[0]
    groups = np.split(some[np.argsort(codes, kind="stable")], np.cumsum(np.bincount(codes))[:-1]) if len(some) else []
    large = [g for g in groups if len(g) >= FEW]
    rest = np.sort(np.concatenate([g for g in groups if len(g) < FEW] or [np.zeros(0, np.int64)]))
    return [*large, *([rest] if len(rest) >= FEW else [])]


def _coverage(result: Intake) -> list[Finding]:
    """Columns of the tables in use that some rows have and others do not."""
    found = []
    case = result.case
    assert case is not None
    for m in result.made:
        for column in m.said:
            declared = table_columns(TABLES[m.part.into]).get(column)
            if column not in m.frame or declared is None or column in TABLES[m.part.into].key:
                continue
            values = m.frame[column]
            empty = int(values.isna().sum() if declared.numeric else (values.astype(str) == "").sum())
            rule = m.part.columns.get(column)
            if empty > 0 and not (rule is not None and "only_if" in rule.more):
                share = f"{empty} of {len(values)} rows"
                start = "" if declared.start in (None, "") else f"; they count as {declared.start}"
                found.append(Finding("coverage", f"{m.part.into}.{column}", "", f"{share} have none in {m.part.source or 'the mapping'}{start}", empty))
    return found


def _stale(result: Intake) -> list[Finding]:
    extracts = list(result.folder.tables.values())
    taken = dates(np.array([e.taken for e in extracts], dtype=object))[0].astype("datetime64[D]")
    if (~np.isnat(taken)).sum() < 2:
        return []
    newest = np.nanmax(taken)
    old = sorted((e.name, e.taken, int((newest - day).astype(int))) for e, day in zip(extracts, taken, strict=True) if newest - day > np.timedelta64(OLD, "D"))
    return [Finding("stale", name, day, f"is {older} days older than the newest extract ({newest})") for name, day, older in old]
