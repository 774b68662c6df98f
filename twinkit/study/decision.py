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
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit.study.scenario import Scenario
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed, shown
from twinkit.tables.replace import replaced_file

FORMAT = "twinkit decision 1"
FOLDER = "decisions"
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
        problems += [_problem(str(k), shown(v), "is no number") for k, v in happened.items() if not _number(v)]
        if problems:
            raise CaseError(problems)
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
        text = json.dumps(plain(asdict(self)), indent=1, ensure_ascii=False, allow_nan=False)
        with replaced_file(folder / f"{self.id}.json") as new:
            new.write_text(text, encoding="utf-8")
        return folder / f"{self.id}.json"

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
        if problems:
            raise CaseError(problems)
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


def case_fingerprint(case: Case) -> str:
    """Short text that two cases share only if all their tables and settings are the same."""
    digest = hashlib.blake2b(digest_size=16)
    for name, table in case.tables.items():
        digest.update(f"{name}\n{table.to_csv(index=False)}\n".encode())
    digest.update(repr(sorted(case.settings.items())).encode())
    return digest.hexdigest()


def plain(value: Any) -> Any:
    """What JSON can hold: numbers of NumPy become those of Python, what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


# --- checking one


def _problem(column: str, value: str, says: str, hint: str = "") -> Problem:
    return Problem("decision", None, column, value, says, hint)


def _number(value: Any) -> bool:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return bool(number and math.isfinite(value))


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
        return texts and all(row.get(k, "") is None or _number(row.get(k)) for k in ("mean", "low", "high"))

    bad = [i for i, row in enumerate(rows) if not good(row)]
    return [_problem("expected", path.name, f"has a row {bad[0] + 1} that cannot be read")] if bad else []


def _wrong_scenario(chosen: Any, path: Path) -> list[Problem]:
    try:
        Scenario.from_dict(chosen)
    except (KeyError, TypeError, ValueError) as error:
        return [_problem("chosen", path.name, f"holds no scenario ({error})")]
    return []
