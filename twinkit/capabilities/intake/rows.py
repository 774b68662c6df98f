"""What a mapping makes of extracts: rows of the tables of the case, each of which knows the rows that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from twinkit.capabilities.intake.drawn import Drawn, Made, Making
from twinkit.capabilities.intake.mapping import Part, Rule
from twinkit.capabilities.intake.values import currency_of, dates, each, factors, numbers, spans, stripped
from twinkit.columns import Column, table_columns
from twinkit.tables.cells import folded
from twinkit.tables.problems import Problem, did_you_mean, listed, quote
from twinkit.tables.schema import TABLES
from twinkit.tables.words import FLAGS
from twinkit.words import counted

_FLAGS = {**FLAGS, "x": True, "ja": True, "nein": False, "j": True, "n": False, "y": True, "t": True, "f": False, "-": False}


# --- the columns of a part


def make_rows(part: Part, making: Making, drawn: Drawn | None = None) -> Made | None:
    """The rows of a part; None where something is missing, which is told of."""
    known = table_columns(TABLES[part.into])
    if not part.source:
        values = {name: constant(rule, known[name], 1, part, making) for name, rule in part.columns.items()}
        return Made(part, pd.DataFrame(values), said={n: ("", r.said(), r.assumed) for n, r in part.columns.items()})
    drawn = drawn or Drawn(part, making)
    if drawn.lost:
        return None
    names = [k for k in TABLES[part.into].key if k in part.columns] + [n for n in part.columns if n not in TABLES[part.into].key]
    values: dict[str, np.ndarray] = {}
    said: dict[str, tuple[str, str, bool]] = {}
    for name in names:
        rule = part.columns[name]
        column = _column(rule, known[name], drawn, values, name)
        if column is not None:
            values[name] = column
            at = drawn.place(rule.columns[0]) if len(rule.columns) == 1 else None
            extract = at[1] if at else drawn.takes[0][1] if rule.columns else None
            said[name] = extract.name if extract is not None else "", rule.said(), rule.assumed
    frame = pd.DataFrame(values, index=range(len(drawn)))
    frame, origins = _expanded(part, making, frame, [(e, t) for _, e, t in drawn.takes])
    return _combined(part, Made(part, frame, origins, said), making, drawn)


def constant(rule: Rule, column: Column, n: int, part: Part, making: Making) -> np.ndarray:
    """A stated or assumed value in every row."""
    value = rule.value
    if column.kind == "flag":
        flag = value if isinstance(value, bool) else _FLAGS.get(str(value).casefold())
        if flag is None:
            making.refuse(part, column.name, str(value), "is neither yes nor no")
        return np.full(n, bool(flag))
    if column.numeric:
        found, wrong = numbers(np.array([str(value)], dtype=object))
        if wrong[0]:
            making.refuse(part, column.name, str(value), "is no number")
        return np.full(n, found[0])
    return np.full(n, _choice(str(value), column, part, making), dtype=object)


BY_FLOWS = "by_flows"
"""Kind of a site that what flows through it shows."""


def _choice(text: str, column: Column, part: Part, making: Making) -> str:
    if not column.choices or not text or (text == BY_FLOWS and column.name == "kind"):
        return text
    word = next((c for c in column.choices if folded(c) == folded(text)), None)
    if word is None:
        making.refuse(part, column.name, text, f"is not one of {', '.join(column.choices)}", did_you_mean(text, column.choices))
    return word or ""


def _column(rule: Rule, column: Column, drawn: Drawn, made: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    part, making, more = drawn.part, drawn.making, rule.more
    if not rule.columns:
        return constant(rule, column, len(drawn), part, making)
    if column.numeric and "words" not in more:
        return _number(rule, column, drawn, made, name)
    texts = _text(rule, drawn)
    if texts is None:
        return None
    if (hidden := _hidden(rule, drawn)) is not None:
        texts = np.where(hidden, "", texts).astype(object)
    if more.get("strip_zeros"):
        texts = pd.Series(texts).str.replace(r"^0+(?=\d)", "", regex=True).to_numpy(object)
    texts = _translated(texts, rule, column, drawn)
    if column.numeric:
        return numbers(texts)[0]
    if column.kind == "flag":
        found = each(texts, lambda t: _FLAGS.get(t.strip().casefold()) if t.strip() else bool(column.start))
        drawn.tell(rule.columns[0], pd.isna(found), f"is neither yes nor no, for {name}", "Translate it with words = { … }.")
        return np.where(pd.isna(found), False, found).astype(bool)
    if column.choices:
        by_word = {folded(c): c for c in (*column.choices, *([BY_FLOWS] if part.into == "sites" and column.name == "kind" else []))}
        found = each(texts, lambda t: by_word.get(folded(t)) if t.strip() else "")
        drawn.tell(rule.columns[0], pd.isna(found), f"is no word for {name}, which may be {', '.join(column.choices)}", "Translate it with words = { … } in the mapping.")
        return np.where(pd.isna(found), "", found).astype(object)
    return texts


def _hidden(rule: Rule, drawn: Drawn) -> np.ndarray | None:
    """Which rows a rule leaves empty, as it says only_if; None if it does not."""
    found = None
    for column, wanted in dict(rule.more.get("only_if") or {}).items():
        hit = drawn.matching(column, wanted)
        if hit is not None:
            found = ~hit if found is None else found | ~hit
    return found


def _text(rule: Rule, drawn: Drawn) -> np.ndarray | None:
    columns = [drawn.texts(c) for c in rule.columns]
    if any(c is None for c in columns):
        return None
    parts = [stripped(c) for c in columns]
    if "text" in rule.more:
        fixed = str(rule.more["text"]).split("{")
        found = pd.Series(fixed[0], index=parts[0].index, dtype=object)
        for part, rest in zip(parts, fixed[1:], strict=True):
            found = found + part + rest.partition("}")[2]
        return stripped(found).to_numpy(object)
    found = parts[0]
    for part in parts[1:]:
        found = found.where(found != "", part)
    if marks := str(rule.more.get("inside", "")):  # "[A-1] Table" is A-1
        inner = found.str.extract(rf"^{re.escape(marks[0])}([^{re.escape(marks)}]+){re.escape(marks[-1])}", expand=False)
        found = inner.where(inner.notna(), found).str.strip()
    if "default" in rule.more:
        found = found.where(found != "", str(rule.more["default"]))
    return found.to_numpy(object)


def _translated(texts: np.ndarray, rule: Rule, column: Column, drawn: Drawn) -> np.ndarray:
    """Words of the extract in those of the case; what is not translated is told of, unless a default is given."""
    words = rule.more.get("words")
    if not words:
        return texts
    by_word = {str(k).strip(): str(v) if not isinstance(v, bool) else ("yes" if v else "no") for k, v in words.items()}
    fallback = rule.more.get("default")

    def translated(text: str) -> str | None:
        if text.strip() in by_word:
            return by_word[text.strip()]
        if fallback is None and text.strip() and column.choices:
            return None
        return str(fallback or (text if not column.choices else ""))

    found = each(texts, translated)
    drawn.tell(rule.columns[0], pd.isna(found), f"is not translated into a word for {column.name}", f"words knows {listed(list(by_word), 20)}; add it, or give a default.")
    return np.where(pd.isna(found), "", found).astype(object)


def _number(rule: Rule, column: Column, drawn: Drawn, made: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    part, making, more = drawn.part, drawn.making, rule.more
    values, length = None, np.full(len(drawn), np.nan)
    for one in rule.columns:
        texts = drawn.texts(one) if column.unit == "periods" else None
        days, said_so = spans(texts) if texts is not None else (length, np.zeros(len(drawn), bool))
        found = drawn.dates(one) if column.quantity == "moment" and _is_dates(drawn, one) else drawn.numbers(one, said_so)
        if found is None:
            return None
        length = np.where(np.isnan(length) & np.isnan(values if values is not None else length), days, length)
        values = found if values is None else np.where(np.isnan(values), found, values)
    assert values is not None
    unit = drawn.texts(more["unit_column"]) if "unit_column" in more else np.full(len(drawn), str(more.get("unit", "")), dtype=object)
    if unit is None:
        return None
    if "unit_column" in more or "unit" in more:
        products = made.get("component" if part.into == "bill_of_materials" else "product", pd.Series(dtype=object))
        fits = column.unit.startswith(("units", "money/unit")) and len(products) == len(drawn)
        found, said = factors(unit, column.unit, column.quantity, making.period_days, making.packs if fits else None, products if fits else None, making.own_units if fits else None)
        for word, says in said.items():
            at = int(np.flatnonzero(stripped(unit).to_numpy() == word)[0])
            making.problems.append(Problem(drawn.takes[0][1].files[0], int(drawn.takes[0][1].row[drawn.takes[0][2][at]]), str(more.get("unit_column", name)), word,
                                           says if says.startswith("is ") else f"cannot be used for {part.into}.{name}: {says}", "Add a row to conversions, or correct the unit."))  # fmt: skip
        bare = ~np.isnan(values) & (values != 0) & each(unit, lambda t: not t.strip(), bool)
        if "unit_column" in more and bare.any():
            making.notes.append(f"{part.place}: {counted(int(bare.sum()), 'row')} without a unit in {more['unit_column']} read as {column.unit.split('/')[0]}, for {name}.")
        values = values * found
    values = np.where(np.isnan(length), values, length / making.period_days)
    if column.unit.startswith("money"):
        values = _money(values, rule, drawn, name)
    if "plus_percent" in more and values is not None:
        extra = drawn.numbers(str(more["plus_percent"]))
        values = None if extra is None else values * (1 + np.nan_to_num(extra) / 100)
    for word, sign in (("per", -1), ("times", 1)):
        if word in more and values is not None:
            by = drawn.numbers(str(more[word])) if isinstance(more[word], str) else np.full(len(drawn), float(more[word]))
            if by is None:
                return None
            none = (np.isnan(by) | (by == 0)) & ~np.isnan(values)
            if none.any():
                making.notes.append(f"{part.place}: {counted(int(none.sum()), 'row')} with nothing or 0 in {more[word]} read as 1, for {name}.")
            by = np.where(np.isnan(by) | (by == 0), 1.0, by)
            values = values / by if sign < 0 else values * by
    if values is not None and "empty" in more:
        values = np.where(np.isin(values, np.array(more["empty"] if isinstance(more["empty"], list) else [more["empty"]], float)), np.nan, values)
    if values is not None and (hidden := _hidden(rule, drawn)) is not None:
        values = np.where(hidden, np.nan, values)
    if values is not None and "default" in more:
        values = np.where(np.isnan(values), float(more["default"]), values)
    if values is not None and column.kind == "whole" and column.quantity != "moment":
        whole = np.round(values)
        near = np.abs(values - whole) < 1e-9 * np.maximum(1, np.abs(values))
        if "unit" in more or "unit_column" in more:
            if (up := ~near & ~np.isnan(values)).any():
                making.notes.append(f"{part.place}: {name} of {counted(int(up.sum()), 'row')} rounded up to whole {column.unit}, such as {values[up][0]:.3g} to {np.ceil(values[up][0]):g}.")
            values = np.ceil(np.where(near, whole, values))
        else:
            values = np.where(near, whole, values)
    return values


def _is_dates(drawn: Drawn, name: str) -> bool:
    texts = drawn.texts(name)
    if texts is None:
        return False
    some = [t for t in pd.unique(texts)[:20] if str(t).strip()]
    return bool(some) and not dates(np.array(some, dtype=object))[1].all() and numbers(np.array(some, dtype=object))[1].any()


def _money(values: np.ndarray, rule: Rule, drawn: Drawn, name: str) -> np.ndarray | None:
    """Money in the currency of the case: from that which a column says, the mapping says, or a sign in the cells shows."""
    making, column = drawn.making, str(rule.more.get("currency_column") or rule.columns[0])
    if "currency_column" in rule.more:
        texts = drawn.texts(column)
    elif "currency" in rule.more:
        texts = np.full(len(values), str(rule.more["currency"]), dtype=object)
    else:
        signs = [each(t, lambda text: currency_of(text, making.currency)) for c in rule.columns if (t := drawn.texts(c)) is not None]
        texts = next((s for s in signs if s.any()), None)
        if texts is None:
            return values
    if texts is None:
        return None
    own = ("", making.currency.upper())
    rates = each(texts, lambda t: 1.0 if t.strip().upper() in own else making.rates.get(t.strip().upper(), np.nan), float)
    bare = ~np.isnan(values) & (values != 0) & each(texts, lambda t: not t.strip(), bool)
    if "currency_column" in rule.more and bare.any():
        making.notes.append(f"{drawn.part.place}: {counted(int(bare.sum()), 'row')} without a currency in {column} read as {making.currency}, for {name}.")
    drawn.tell(column, np.isnan(rates), f"is a currency without a rate, for {name}", f"Write it into [rates] of the mapping: what one of it is worth in {making.currency}.")
    return values * rates


def _expanded(part: Part, making: Making, frame: pd.DataFrame, origins: list) -> tuple[pd.DataFrame, list]:
    """Rows about a group as rows about each of its members, where an extract says what belongs to what."""
    for one in part.expand:
        tree = making.folder.tables.get(str(one["by"]))
        column = str(one["column"])
        if tree is None or column not in frame or not {str(one["key"]), str(one["parent"])} <= set(tree.frame.columns):
            continue
        below: dict[str, list[str]] = {}
        for child, parent in zip(tree.frame[str(one["key"])], tree.frame[str(one["parent"])], strict=True):
            if parent and parent != child:
                below.setdefault(parent, []).append(child)
        members = {group: list(_leaves(group, below)) for group in below}
        places, names = [], []
        for i, name in enumerate(frame[column]):
            for member in members.get(name, [name]):
                places.append(i)
                names.append(member)
        at = np.array(places, np.int64)
        direct = np.array([name not in members for name in frame[column]], bool)[at] if len(at) else np.zeros(0, bool)
        order = np.argsort(~direct, kind="stable")  # what is said of a member itself goes before what is said of its group
        frame = frame.iloc[at].reset_index(drop=True).assign(**{column: names}).iloc[order].reset_index(drop=True)
        origins = [(extract, take[at][order]) for extract, take in origins]
        keys = [k for k in TABLES[part.into].key if k in frame]
        first = ~frame.duplicated(keys).to_numpy() | direct[order]
        frame, origins = frame[first].reset_index(drop=True), [(extract, take[first]) for extract, take in origins]
    return frame, origins


def _leaves(group: str, below: Mapping[str, list[str]]) -> Iterator[str]:
    seen, stack = {group}, list(reversed(below[group]))
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in below:
            stack.extend(reversed(below[name]))
        else:
            yield name


def _tell_mixed(name: str, part: Part, made: Made, making: Making, keys: list[str], codes: np.ndarray, drawn: Drawn) -> None:
    """A sentence where rows that are added up come from different lists, such as two bills of materials of one product."""
    texts = drawn.texts(name)
    if texts is None or len(texts) != len(codes):
        return
    values = pd.factorize(texts)[0]
    first = np.unique(codes, return_index=True)[1]
    other = np.flatnonzero(values != values[first][codes])
    if len(other):
        i, j = int(other[0]), int(first[codes[other[0]]])
        named = " | ".join(str(made.frame[k].iat[i]) for k in keys)
        making.refuse(part, name, named, f"stands in more than one {name}, {quote(str(texts[j]))} ({made.at(j)}) and {quote(str(texts[i]))} ({made.at(i)}), whose rows must not be added up",
                      f"Say which counts, as in where = {{ {name} = [{quote(str(texts[j]))}] }}, or make each a recipe of its own.")  # fmt: skip


def _combined(part: Part, made: Made, making: Making, drawn: Drawn | None = None) -> Made:
    """Several rows of an extract as one of the case, where the mapping says how."""
    ways = {n: str(r.more["combine"]) for n, r in part.columns.items() if "combine" in r.more and n in made.frame}
    keys = [k for k in TABLES[part.into].key if k in made.frame]
    if not ways and not part.distinct:
        return made
    if not made.frame[keys].duplicated().any():
        return made
    groups = made.frame.groupby(keys, sort=False, dropna=False)
    codes = groups.ngroup().to_numpy()
    tell_differing(part, made, making, keys, codes, np.arange(len(made.frame)))
    for name in {str(r.more["within"]) for r in part.columns.values() if "within" in r.more} if drawn is not None else ():
        _tell_mixed(name, part, made, making, keys, codes, drawn)
    rest = {n: ways.get(n, "first") for n in made.frame if n not in keys}
    frame = groups.agg(rest).reset_index() if rest else made.frame[keys].drop_duplicates()
    for name in [n for n, way in rest.items() if way == "sum"]:
        frame[name] = groups[name].sum(min_count=1).to_numpy()  # nothing is known of what is empty in every row
    first = groups.head(1).index.to_numpy()
    return Made(part, frame.reset_index(drop=True)[list(made.frame.columns)], [(e, t[first]) for e, t in made.origins], made.said, groups.size().to_numpy())


def tell_differing(part: Part, made: Made, making: Making, keys: list[str], codes: np.ndarray, lines: np.ndarray) -> None:
    """A sentence for each column that is no key and not the same in all lines of a group, unless the mapping says how to combine it.

    Parameters
    ----------
    codes, lines : ndarray of int
        Group and row in `made` of each line.
    """
    first = np.unique(codes, return_index=True)[1]
    for name in (n for n in made.frame if n not in keys and not (n in part.columns and "combine" in part.columns[n].more)):
        values = pd.factorize(made.frame[name].to_numpy()[lines])[0]
        other = np.flatnonzero(values != values[first][codes])
        if not len(other):
            continue
        i, j = int(lines[other[0]]), int(lines[first[codes[other[0]]]])
        named = " | ".join(str(made.frame[k].iat[i]) for k in keys)
        both = [f"{quote(str(made.frame[name].iat[k]))} ({made.at(k)})" for k in (j, i)]
        hint = f'Put {name} into the name, as in {keys[0]} = {{ text = "{{A}} at {{B}}" }}, or say what is made of it with combine = "sum", "mean", "first" ….'
        making.refuse(part, name, named, f"has lines with different values, {both[0]} and {both[1]}; {len(pd.unique(codes[other]))} such names in all", hint)
