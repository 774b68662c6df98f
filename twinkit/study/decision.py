"""Decision records: what was chosen, why, by whom and when, and what was expected; kept beside the case.

A record is a JSON file in the folder ``decisions`` of a case (of a workbook
``my-case.xlsx`` in ``my-case.xlsx.decisions``), so it can be compared with what happened
when that is known.  What happens is one world and not the mean of many, so it is compared
with the span that holds 95 % of the worlds, and not with the interval of the mean.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from twinkit import __version__
from twinkit.content import content_dir, find_case
from twinkit.run.outcome import Outcome
from twinkit.run.public import Result, plain
from twinkit.run.scenario import Scenario
from twinkit.study.recommend_words import Found
from twinkit.tables import CaseError
from twinkit.tables.case import Case, case_fingerprint
from twinkit.tables.problems import Problem, did_you_mean, is_number, listed, refuse, shown
from twinkit.tables.replace import replaced_file
from twinkit.words import counted

FORMAT = "twinkit decision 1"
FOLDER = "decisions"
SPAN = (0.025, 0.975)
"""Quantiles of the worlds between which what happens is expected."""
NO_NAME = "Say who decides: a decision has somebody's name on it"
NO_EVENT = "no event"
"""Situation in which none of the risks happens."""
SAFE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
"""What an id may be: it is the name of a file on every system."""
LARGEST = 5 * 2**20
"""Largest file that is read [bytes]."""
KINDS = {"chosen": dict, "assumptions": dict, "options": list, "expected": list, "effect": list, "seed": int}


@dataclass(frozen=True)
class DecisionRecord:
    """One decision.

    Attributes
    ----------
    id
        Name of its file.
    when
        Date and time, UTC (ISO 8601).
    by, question, why
        Who decided what, and for what reason.
    options
        What was considered, with its figures.
    chosen
        The scenario, as plain data.
    effect
        What it is expected to change: what, unit, mean, low, high (95 % interval of the mean).
    expected
        What is expected to happen with it: situation, kpi, unit, mean, low, high (span of 95 % of the
        worlds; None = no bound is known, it is censored).
    assumptions
        Prices, probabilities and all else that was assumed.
    version, seed, case, fingerprint
        Of twinkit; of the luck; name and fingerprint of the case.
    """

    id: str
    when: str
    by: str
    question: str
    why: str
    options: list[dict[str, Any]]
    chosen: dict[str, Any]
    effect: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    assumptions: dict[str, Any]
    version: str
    seed: int
    case: str
    fingerprint: str
    format: str = field(default=FORMAT)

    @property
    def scenario(self) -> Scenario:
        """The chosen scenario."""
        return Scenario.from_dict(self.chosen)

    def matches(self, case: Case) -> bool:
        """Whether a case is the one that the decision was made on, to the last number."""
        return case_fingerprint(case) == self.fingerprint

    def compare_with(self, happened: Mapping[str, float], situation: str = NO_EVENT) -> pd.DataFrame:
        """What was expected beside what happened.

        Parameters
        ----------
        happened
            KPI → value that was measured, in the unit of the KPI.
        situation
            "no event" or the name of the risk that has happened.

        Returns
        -------
        DataFrame
            kpi, unit, expected (mean of the worlds; median of a time to recover), low, high (span of
            95 % of the worlds), happened, inside, says ("inside", "below", "above", "not foreseen").

        Raises
        ------
        CaseError
            If the record knows nothing of the situation, or a value is no number.
        """
        known = list(dict.fromkeys(row["situation"] for row in self.expected))
        problems = [] if situation in known else [_problem("situation", situation, "is not in the record",
            did_you_mean(situation, known, f"It has {listed(known)}."))]  # fmt: skip
        problems += [_problem(str(k), shown(v), "is no number") for k, v in happened.items() if not is_number(v)]
        refuse(problems)
        foreseen = {row["kpi"]: row for row in self.expected if row["situation"] == situation}
        rows = [_beside(kpi, float(value), foreseen.get(kpi)) for kpi, value in happened.items()]
        return pd.DataFrame(rows, columns=["kpi", "unit", "expected", "low", "high", "happened", "inside", "says"])

    def save(self, place: str | Path) -> Path:
        """Write the record beside a case.

        Parameters
        ----------
        place
            Folder or workbook of the case.

        Raises
        ------
        CaseError
            If there is no such case, or the id is no safe name.
        """
        if not SAFE.fullmatch(self.id):
            raise CaseError([_problem("id", self.id, "cannot be the name of a file", "Use a to z, 0 to 9 and hyphens.")])
        if not Path(place).exists():
            raise CaseError([_problem("", str(place), "is no case", "Write the case first: write_case(case, path).")])
        folder = folder_of(place)
        folder.mkdir(exist_ok=True)
        with replaced_file(folder / f"{self.id}.json") as new:
            new.write_bytes(self.to_bytes())
        return folder / f"{self.id}.json"

    def to_bytes(self) -> bytes:
        """The contents of its file."""
        return json.dumps(plain(asdict(self)), indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8")

    @classmethod
    def load(cls, path: str | Path) -> DecisionRecord:
        """Read a record.

        Raises
        ------
        CaseError
            If the file is none, with everything that is wrong.
        """
        path = Path(path)
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(f"it is larger than {LARGEST} bytes")
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CaseError([_problem("", path.name, f"is no decision record ({error})")]) from error
        problems = _wrong(data, path)
        refuse(problems)
        return cls(**{f.name: data[f.name] for f in fields(cls)})


def folder_of(place: str | Path) -> Path:
    """Where the decisions on a case are kept."""
    place = Path(place)
    return place / FOLDER if place.is_dir() else place.with_name(f"{place.name}.{FOLDER}")


def read_decisions(place: str | Path) -> tuple[list[DecisionRecord], list[Problem]]:
    """Decisions on a case, the oldest first, and what is wrong with files that could not be read.

    Parameters
    ----------
    place
        Folder or workbook of the case.
    """
    found, problems = [], []
    for file in sorted(folder_of(place).glob("*.json")):
        try:
            found.append(DecisionRecord.load(file))
        except CaseError as error:
            problems += error.problems
    return sorted(found, key=lambda record: (record.when, record.id)), problems


@dataclass(frozen=True, repr=False)
class LookBack(Result):
    """Decisions on a case, and one of them beside what has happened since.

    Attributes
    ----------
    case
        The case as it is now.
    records, problems
        Decisions beside it, the oldest first; what is wrong with files that could not be read.
    record, situation, happened
        The one that is looked at (None if there is none), in which situation, and what was measured.
    """

    case: Case
    records: list[DecisionRecord]
    problems: list[Problem]
    record: DecisionRecord | None
    situation: str
    happened: dict[str, float]

    def table(self) -> pd.DataFrame:
        """Decisions: id, when, by, question, why, gain (as it was expected), unit, same (whether the case is still the same)."""
        rows = []
        for one in self.records:
            gain = next((e for e in one.effect if e.get("what") == "gain"), {})
            rows.append({"id": one.id, "when": one.when.replace("T", " ")[:16], "by": one.by, "question": one.question, "why": one.why,
                         "gain": gain.get("mean"), "unit": gain.get("unit", ""), "same": one.matches(self.case)})  # fmt: skip
        return pd.DataFrame(rows, columns=["id", "when", "by", "question", "why", "gain", "unit", "same"])

    def beside(self) -> pd.DataFrame:
        """What was expected beside what happened; see :meth:`DecisionRecord.compare_with`."""
        return self.record.compare_with(self.happened, self.situation) if self.record and self.happened else pd.DataFrame()

    def headline(self) -> str:
        return f"LookBack on {counted(len(self.records), 'decision')} about {self.case.name}"

    def sentences(self) -> list[str]:
        one, beside = self.record, self.beside()
        if one is None:
            return ["No decision has been kept beside this case yet."]
        lead = f"{one.by} decided on {one.when[:10]}: {one.question}"
        if not len(beside):
            return [lead, "Say what was measured since, to hold it against what was expected."]
        out = beside.loc[~beside["inside"], "kpi"].tolist()
        return [lead, f"What happened is outside of what was expected in {listed(out)}." if out else "What happened is within what was expected."]


def look_back(
    case: Case, place: str | Path, record: str = "", happened: Mapping[str, float] | None = None, situation: str = NO_EVENT,
    *, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> LookBack:  # fmt: skip
    """Hold what was decided against what has happened since.

    Parameters
    ----------
    case
        The case as it is now.
    place
        Folder or workbook beside which the decisions are kept.
    record
        Name of a decision; by default the newest.
    happened
        KPI → value that was measured, in its unit.
    situation
        "no event", or the name of the risk that has happened.
    progress, cancel
        As for any study; nothing is run.

    Raises
    ------
    CaseError
        If there is no such decision, or it knows nothing of the situation.
    """
    records, problems = read_decisions(place)
    known = {one.id: one for one in records}
    if record and record not in known:
        hint = did_you_mean(record, list(known), f"Decisions: {listed(list(known))}." if known else "None has been kept beside this case.")
        raise CaseError([_problem("record", record, "is no decision on this case", hint)])
    chosen = known[record] if record else records[-1] if records else None
    found = LookBack(case, records, problems, chosen, situation, dict(happened or {}))
    found.beside()
    return found


# --- making and keeping one


def place_of(name: str | os.PathLike | None) -> Path | None:
    """Where the decisions on a case can be kept: the case of a person, that may be written beside; else None.

    Parameters
    ----------
    name
        Folder or workbook of the case; by default that of ``TWINKIT_CASE``.
    """
    given = name or os.environ.get("TWINKIT_CASE")
    if not given:
        return None
    try:
        place = find_case(given)
        shipped = content_dir("data").resolve()
    except (FileNotFoundError, OSError):
        return None
    if shipped in place.resolve().parents:  # the cases that come with twinkit are everybody's
        return None
    room = folder_of(place) if folder_of(place).exists() else folder_of(place).parent
    return place if os.access(room, os.W_OK) else None


def keep(found: Found, by: str, why: str, place: Path | None) -> tuple[DecisionRecord, Path | None]:
    """Make the record of a decision and put it beside the case.

    Parameters
    ----------
    found
        What was decided.
    by, why
        Who decided, and for what reason.
    place
        Where the case is; None to keep nothing.

    Returns
    -------
    record, path
        The path is None where it could not be kept beside the case.

    Raises
    ------
    CaseError
        If nobody decides.
    """
    if not by.strip():
        raise CaseError([Problem("", None, "", "", NO_NAME)])
    record = record_of(found, by.strip(), why.strip())
    if place is None:
        return record, None
    try:
        return record, record.save(place)
    except (OSError, CaseError):
        return record, None


def record_of(found: Found, by: str, why: str = "", question: str = "", when: datetime | None = None) -> DecisionRecord:
    """The decision to do what a recommendation says.

    Parameters
    ----------
    found
        The recommendation.
    by, why, question
        Who decided, for what reason, and what was asked.
    when
        By default now.
    """
    when = when or datetime.now(UTC)
    question = question or "What is to be done about " + listed([r.name for r in found.risks]) + "?"
    gain, saved = found.gain(found.best), found.table().iloc[-1]
    currency = found.currency
    year, effect = f"{currency}/year", []
    for what, three in (("gain", gain[:3]), *((k, saved[[k, f"{k}_low", f"{k}_high"]].tolist()) for k in ("cost", "saved"))):
        effect.append({"what": what, "unit": year, **dict(zip(("mean", "low", "high"), three, strict=True))})
    assumptions = {
        "risks": [r.to_dict() for r in found.risks], "budget": found.budget, "objectives": list(found.objectives),
        "prices": {k: _price(p) for k, p in found.prices.items()}, "replications": found.replications, "fresh": found.fresh,
    }  # fmt: skip
    options = found.front().to_dict("records")
    mark = hashlib.blake2b(repr((when, by, question, why, found.best.levers)).encode(), digest_size=4).hexdigest()
    return DecisionRecord(
        f"{when:%Y-%m-%d}-{_slug(question)}-{mark}", when.isoformat(timespec="seconds"), by, question, why,
        plain(options), plain(found.scenario.to_dict()), plain(effect),
        plain([row for name, run in found.outlook().items() for row in _expected(name, run)]), plain(assumptions), __version__,
        found.seed, found.case.name, case_fingerprint(found.case),
    )  # fmt: skip


def _expected(situation: str, outcome: Outcome) -> list[dict[str, Any]]:
    rows = []
    for kpi, values in outcome.kpis.items():
        row = {"situation": situation, "kpi": kpi, "unit": outcome.unit_of(kpi)}
        if kpi == "time to recover":
            low, mean, high = map(outcome.times_to_recover.quantile, (SPAN[0], 0.5, SPAN[1]))
        else:
            good = values[np.isfinite(values)]
            if not len(good):
                continue
            mean, (low, high) = float(good.mean()), np.quantile(good, SPAN)
        rows.append({**row, "mean": mean, "low": float(low), "high": float(high)})
    return rows


def _price(price: Any) -> dict[str, Any]:
    parts = {name: getattr(price, name) for name in ("per_year", "setup", "years", "note", "discount")}
    found = {k: "worked out by a function" if callable(v) else v for k, v in parts.items()}
    return found | ({} if price.given_up is None else {"given_up": _price(price.given_up)})


def _slug(text: str) -> str:
    """Words of a text as part of a file name."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-") or "decision"


# --- checking one


def _problem(column: str, value: str, says: str, hint: str = "") -> Problem:
    return Problem("decision", None, column, value, says, hint)


def _beside(kpi: str, value: float, row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"kpi": kpi, "unit": "", "expected": math.nan, "low": math.nan, "high": math.nan, "happened": value,
                "inside": False, "says": "not foreseen"}  # fmt: skip
    low, high = (-math.inf if row["low"] is None else row["low"]), (math.inf if row["high"] is None else row["high"])
    says = "below" if value < low else "above" if value > high else "inside"
    mean = math.inf if row["mean"] is None else row["mean"]
    return {"kpi": kpi, "unit": row["unit"], "expected": mean, "low": low, "high": high, "happened": value,
            "inside": says == "inside", "says": says}  # fmt: skip


def _wrong(data: Any, path: Path) -> list[Problem]:
    """What is wrong with the contents of a file."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return [_problem("", path.name, "is no decision record of this version", f'It must hold "format": "{FORMAT}".')]
    problems = []
    for f in fields(DecisionRecord):
        kind = KINDS.get(f.name, str)
        if not isinstance(data.get(f.name), kind) or isinstance(data.get(f.name), bool):
            problems.append(_problem(f.name, path.name, f"must hold {f.name} as {_word(kind)}"))
    if not problems and data["id"] != path.stem:
        problems.append(_problem("id", path.name, f"says that it is {shown(data['id'])}", "Do not rename a record."))
    return problems or _wrong_rows(data["expected"], path) + _wrong_scenario(data["chosen"], path)


def _word(kind: type) -> str:
    return {dict: "names and values", list: "a list", int: "a whole number", str: "a text"}[kind]


def _wrong_rows(rows: Sequence[Any], path: Path) -> list[Problem]:
    def good(row: Any) -> bool:
        texts = isinstance(row, dict) and all(isinstance(row.get(k), str) for k in ("situation", "kpi", "unit"))
        return texts and all(row.get(k, "") is None or is_number(row.get(k)) for k in ("mean", "low", "high"))

    bad = [i for i, row in enumerate(rows) if not good(row)]
    return [_problem("expected", path.name, f"has a row {bad[0] + 1} that cannot be read")] if bad else []


def _wrong_scenario(chosen: Any, path: Path) -> list[Problem]:
    try:
        Scenario.from_dict(chosen)
    except (KeyError, TypeError, ValueError) as error:
        return [_problem("chosen", path.name, f"holds no scenario ({error})")]
    return []
