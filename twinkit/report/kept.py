"""What was asked, as JSON and back: cases, scenarios, risks, prices and plain values, to the last bit.

Only data is kept.  A function (a price that is worked out, a rule in Python) cannot be, and
the report says so instead of leaving it out.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit import __version__, rooms
from twinkit.columns import table_columns
from twinkit.levers.lever import Price
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.study.asked import Asked, asked_of, scenario_of
from twinkit.study.risks import Risk
from twinkit.tables.case import Case
from twinkit.tables.schema import TABLES, Settings

MARK = "$"
"""Key that says what an object of JSON stands for."""
DEEPEST = 20
"""Levels of lists within lists that are read."""
SEVERAL = "several"
"""What was asked for several results: their questions by name."""


class Findings(dict[str, Any]):
    """Results by name, in the order in which a report shows them.

    Parameters
    ----------
    *args, **more
        As of a dict: name → whatever :func:`twinkit.report_of` takes.
    """


class CannotKeep(ValueError):
    """Something that no file can hold; the message is the rest of a sentence that starts with its name."""


class Keeper:
    """Puts values into JSON; each case is held once.

    Attributes
    ----------
    cases
        What the cases are, in the order in which they were met.
    """

    def __init__(self) -> None:
        self.cases: list[dict[str, Any]] = []
        self._met: list[Case] = []

    def keep(self, value: Any, name: str = "it") -> Any:
        """A value as JSON holds it.

        Parameters
        ----------
        value
            What is kept.
        name
            What it is called if it cannot be.

        Raises
        ------
        CannotKeep
            If it is more than data.
        """
        value = value.item() if isinstance(value, np.generic) else value
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {MARK: "float", "is": str(value)}
        if isinstance(value, Case):
            return {MARK: "case", "is": self._case(value)}
        if isinstance(value, Asked):
            return {MARK: "asked", "function": value.function, "arguments": self.keep(value.arguments, name)}
        if isinstance(value, Scenario):
            return {MARK: "scenario", "is": self.keep(value.to_dict(), name)}
        if isinstance(value, Risk):
            return {MARK: "risk", "is": self.keep(value.to_dict(), name)}
        if isinstance(value, Price):
            return {MARK: "price", "is": {k: self.keep(v, f"{name}, {k}") for k, v in vars(value).items()}}
        return self._many(value, name)

    def _many(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            pairs = [[self.keep(k, name), self.keep(v, f"{name}, {k}")] for k, v in value.items()]
            return {MARK: "dict", "is": pairs}
        if isinstance(value, tuple):
            return {MARK: "tuple", "is": [self.keep(v, name) for v in value]}
        if isinstance(value, (list, range, np.ndarray, pd.Series)):
            return [
                self.keep(v, name) for v in (value.tolist() if isinstance(value, (np.ndarray, pd.Series)) else value)
            ]
        what = "a function" if callable(value) else type(value).__name__
        raise CannotKeep(f"{name} is {what}, which no file can hold")

    def _case(self, case: Case) -> int:
        for i, known in enumerate(self._met):
            if known is case or (known.name == case.name and known == case):
                return i
        tables = {t: _table(rows) for t, rows in case.tables.items() if len(rows)}
        settings = {k: self.keep(v, f"setting {k}") for k, v in case.settings.items()}
        self.cases.append({"name": case.name, "settings": settings, "tables": tables})
        self._met.append(case)
        return len(self.cases) - 1


def _table(rows: pd.DataFrame) -> dict[str, Any]:
    """Columns of a table; a number that is missing becomes null."""
    return {"rows": len(rows), "columns": {str(n): _column(rows[n], n) for n in rows.columns}}


def _column(values: pd.Series, name: str) -> dict[str, Any]:
    kind = "float" if values.dtype.kind == "f" else {"i": "int", "u": "int", "b": "bool"}.get(values.dtype.kind, "text")
    plain = [None if v is None or v != v else v for v in values.tolist()]
    wrong = [v for v in plain if v is not None and not isinstance(v, (bool, int, float, str))]
    if wrong:
        raise CannotKeep(f"column {name} holds {type(wrong[0]).__name__}, which no file can hold")
    if kind == "float":
        plain = [str(v) if isinstance(v, float) and math.isinf(v) else v for v in plain]
    return {"kind": kind, "values": plain}


class Finder:
    """Makes values of JSON that a :class:`Keeper` has written; nothing in it is run.

    Parameters
    ----------
    cases
        What the keeper has met.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is something else, or was changed.
    """

    def __init__(self, cases: list[Any]) -> None:
        self.cases = [_case(given) for given in cases]

    def find(self, value: Any, depth: int = 0) -> Any:
        """The value that JSON stands for."""
        if depth > DEEPEST:
            raise ValueError("lists within lists go too deep")
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, list):
            return [self.find(v, depth + 1) for v in value]
        kind, given = value[MARK], value.get("is")
        if kind == "float":
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[given]
        if kind == "case":
            return self.cases[_index(given, len(self.cases))]
        if kind == "tuple":
            return tuple(self.find(v, depth + 1) for v in given)
        if kind == "dict":
            return {self.find(k, depth + 1): self.find(v, depth + 1) for k, v in given}
        if kind == "asked":
            return Asked(_text(value["function"]), self.find(value["arguments"], depth + 1))
        return self._named(kind, self.find(given, depth + 1) if kind != "price" else given, depth)

    def _named(self, kind: str, given: Any, depth: int) -> Any:
        if kind == "scenario":
            return Scenario.from_dict(given)
        if kind == "risk":
            return Risk(tuple(given["events"]), given["probability"], _text(given["name"]), float(given.get("notice", 0.0)))
        if kind == "price":
            known = {k: self.find(given[k], depth + 1) for k in ("per_year", "setup", "years")}
            more = {k: self.find(given[k], depth + 1) for k in ("discount", "given_up") if k in given}
            return Price(**known, note=_text(given["note"]), **more)
        raise ValueError(f"nothing is called {kind!r}")


def _index(given: Any, count: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < count:
        raise ValueError("a case is missing")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError("a name is no text")
    return given


def _case(given: Mapping[str, Any]) -> Case:
    rooms.load()  # they have tables of their own
    settings = {k: _plain(v) for k, v in given["settings"].items() if k in table_columns(Settings)}
    tables = {t: _frame(rows) for t, rows in given["tables"].items() if t in TABLES}
    if len(tables) < len(given["tables"]) or len(settings) < len(given["settings"]):
        raise ValueError("it holds tables or settings that this version does not know")
    return Case(_text(given["name"]), tables, settings)


def _plain(value: Any) -> Any:
    if not isinstance(value, (bool, int, float, str)):
        raise TypeError("a setting is neither number nor text")
    return value


def _frame(rows: Mapping[str, Any]) -> pd.DataFrame:
    columns = {_text(n): _series(c) for n, c in rows["columns"].items()}
    if {len(c) for c in columns.values()} - {rows["rows"]}:
        raise ValueError("a column is too short or too long")
    return pd.DataFrame(columns)


def _series(column: Mapping[str, Any]) -> pd.Series:
    kind, values = column["kind"], column["values"]
    if kind == "float":
        return pd.Series([math.nan if v is None else float(v) for v in values], dtype="float64")
    if kind in ("int", "bool"):
        wanted = bool if kind == "bool" else int
        if not all(isinstance(v, wanted) for v in values):
            raise TypeError("a column holds another kind of value than it says")
        return pd.Series(values, dtype="bool" if kind == "bool" else "int64")
    if not all(v is None or isinstance(v, (bool, int, float, str)) for v in values):
        raise TypeError("a cell is neither number nor text")
    texts = all(isinstance(v, str) for v in values)
    return pd.Series(values, dtype="str" if texts else object)


# --- the data that a report carries: what was asked, the version, and a digest of the numbers


FORMAT = "twinkit report 1"
RESULT_TABLES = (
    "table", "causes", "tree", "front", "break_evens", "stress", "tornado", "matrix", "ripple", "path", "bullwhip", "costs",
    "sites",
)  # fmt: skip
"""Methods of results that give the tables of which a digest is made."""


@dataclass(frozen=True)
class Source:
    """What a report was made of.

    Attributes
    ----------
    data
        JSON text; "" where it cannot be kept.
    problem
        Why it cannot be run again from the file, as a sentence; "" where it can.
    """

    data: str
    problem: str = ""


def source_of(thing: Any, title: str, note: str) -> Source:
    """The data of a report on a result.

    Parameters
    ----------
    thing
        The result; outcomes as a dict.
    title, note
        Of the report.
    """
    asked = question_of(thing)
    if asked is None:
        return Source("", "This report cannot be run again from its file: the result does not say what was asked.")
    keeper = Keeper()
    try:
        kept = keeper.keep(asked, "the question")
    except CannotKeep as reason:
        return Source("", f"This report cannot be run again from its file: {reason}.")
    data = {
        "format": FORMAT, "version": __version__, "title": title, "note": note, "asked": kept, "cases": keeper.cases,
        "digest": digest_of(thing),
    }  # fmt: skip
    return Source(json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")))


def question_of(thing: Any) -> Asked | None:
    """What was asked for a result, with outcomes replaced by what was asked for them."""
    if isinstance(thing, Outcome):
        return outcomes_asked({thing.scenario: thing}, single=True)
    if isinstance(thing, Findings):
        parts = {name: question_of(result) for name, result in thing.items()}
        return None if None in parts.values() else Asked(SEVERAL, parts)
    if isinstance(thing, Mapping) and asked_of(thing) is None:
        return outcomes_asked(thing)
    asked = asked_of(thing)
    if asked is None:
        return None
    own = {
        k: question_of(v) if isinstance(v, (Outcome, Mapping)) and _outcomes(v) else v
        for k, v in asked.arguments.items()
    }
    return Asked(asked.function, own)


def _outcomes(value: Any) -> bool:
    many = isinstance(value, Mapping) and value and all(isinstance(v, Outcome) for v in value.values())
    return isinstance(value, Outcome) or bool(many)


def outcomes_asked(outcomes: Mapping[str, Outcome], single: bool = False) -> Asked:
    """The question behind outcomes: a case, a scenario and the luck of each."""
    runs = []
    for name, outcome in outcomes.items():
        case, scenario = scenario_of(outcome)
        runs.append({"name": name, "case": case, "scenario": scenario, "seed": outcome.seed, "first": outcome.first,
                     "replications": outcome.replications})  # fmt: skip
    return Asked("outcomes", {"runs": runs, "single": single})


def digest_of(thing: Any) -> str:
    """Short text that two results share only if all their numbers are the same to the last bit."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _figures(thing):
        for name, values in part.items():
            digest.update(repr(str(name)).encode())
            digest.update(_bytes(np.asarray(values)))
    return digest.hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    if values.dtype.kind in "fiub":
        return f"{values.dtype.str}{values.shape}".encode() + np.ascontiguousarray(values).tobytes()
    return repr([_as_data(v) for v in values.tolist()]).encode("utf-8", "surrogatepass")


def _as_data(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, Mapping):
        return sorted((str(k), _as_data(v)) for k, v in value.items())
    return [_as_data(v) for v in value] if isinstance(value, (list, tuple)) else value


def _figures(thing: Any) -> Iterable[Mapping[str, Any]]:
    """All that a result says, as columns of numbers and words."""
    if isinstance(thing, Outcome):
        yield {"failed": thing.failed, "censored": thing.censored}
        yield from (thing.kpis, thing.calm_kpis, thing.costs, thing.calm_costs)
        return
    if isinstance(thing, Mapping):
        for name, value in thing.items():
            yield {"name": [str(name)]}
            yield from _figures(value)
        return
    for method in RESULT_TABLES:
        found = getattr(thing, method, None)
        if callable(found):
            table = found()
            if isinstance(table, pd.DataFrame):
                yield {str(c): table[c].to_numpy() for c in table.columns}
