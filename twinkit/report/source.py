"""The data that a report carries: what was asked, the version, and a digest of the numbers."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinkit import __version__
from twinkit.report.kept import CannotKeep, Keeper
from twinkit.report.method import SEVERAL
from twinkit.report.several import Findings
from twinkit.run.outcome import Outcome
from twinkit.study.asked import Asked, asked_of, cases_of, scenario_of
from twinkit.tables.case import Case

FORMAT = "twinkit report 1"
TABLES = (
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


def case_of(thing: Any, otherwise: Case) -> Case:
    """The case that a result was asked of, as it was before anything was done to it; or another if it does not say."""
    return next(iter(cases_of(question_of(thing))), otherwise)


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
    return repr([_plain(v) for v in values.tolist()]).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, Mapping):
        return sorted((str(k), _plain(v)) for k, v in value.items())
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


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
    for method in TABLES:
        found = getattr(thing, method, None)
        if callable(found):
            table = found()
            if isinstance(table, pd.DataFrame):
                yield {str(c): table[c].to_numpy() for c in table.columns}
