"""Running a report again from its file, and saying whether the numbers are the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import twinkit
from twinkit import __version__
from twinkit.report.builders import report_of
from twinkit.report.found import data_of, wrong
from twinkit.report.kept import SEVERAL, Finder, Findings, digest_of
from twinkit.run.ensemble import ensemble, plans_of, run_batch, tasks_of
from twinkit.run.outcome import Outcome, joined
from twinkit.run.scenario import Scenario
from twinkit.study.asked import Asked, cases_of
from twinkit.tables.case import Case
from twinkit.words import one_line

MOST_NUMBER = 1_000_000
"""Largest number of worlds, samples or trials that a file may ask for."""
COUNTS = ("replications", "fresh", "trials", "trajectories", "samples", "space", "first")
STUDIES = ("stress_test", "explain", "recommend", "sensitivity", "resilience", "how_sure", "network_figures", "loss_of", "forecast", "better_forecast", "stocking_plan",
           "enter_country", "site_plants", "to_order", "when_to_maintain", "which_first", "where_is_the_bottleneck")
"""Public names of the studies that a file may ask for."""


@dataclass(frozen=True)
class Rerun:
    """A report that was run again.

    Attributes
    ----------
    result
        What came of it, of the same kind as what the report was made of: an Outcome or a dict of
        them, a StressTest …
    case
        The case in the file (the first, if there are several).
    asked
        The question in the file.
    title, note
        Of the report.
    version
        Version of twinkit that made the file.
    same
        Whether every number is the same as in the report, to the last bit.
    """

    result: Any
    case: Case | None
    asked: Asked
    title: str
    note: str
    version: str
    same: bool

    def sentences(self) -> list[str]:
        """What the person who runs it again should know."""
        if self.same:
            told = ["The numbers are the same as in the report, to the last bit."]
        else:
            told = ["The numbers are not the same as in the report."]
        if self.version != __version__:
            told.append(f"The report was made with twinkit {one_line(self.version)}, and this is {__version__}.")
        elif not self.same:
            told.append(
                "The version is the same: the report was made with rules in Python that are not in the file, its data were "
                "changed, or the two computers calculate differently."
            )
        return told

    def document(self, date: str | None = None) -> Any:
        """The report of what came of it this time.

        Parameters
        ----------
        date
            Date that it bears; by default today.
        """
        return report_of(self.result, title=self.title, note=self.note, date=date)


def rerun(path: str | Path, **more: Any) -> Rerun:
    """Run a report again from its file.

    Parameters
    ----------
    path
        A report that was saved as .html, .pdf, .xlsx or .zip.
    **more
        ``progress``, ``workers``, ``client``, ``cancel``, and ``actors`` and ``policies`` where the
        report was made with rules of one's own.

    Raises
    ------
    CaseError
        If the file is no report, or its case has problems; in sentences.

    Examples
    --------
    >>> import twinkit
    >>> twinkit.rerun("no-such-file.html")
    Traceback (most recent call last):
    twinkit.tables.problems.CaseError: 1. report: 'no-such-file.html' cannot be read: No such file or directory. Check its name and folder.
    """
    path = Path(path)
    data = data_of(path)
    try:
        asked = Finder(list(data["cases"])).find(data["asked"])
        _require(asked)
        texts = [data[k] for k in ("title", "note", "version", "digest")]
        if not all(isinstance(t, str) for t in texts):
            raise TypeError("a text is missing")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        says = f"is damaged: its data are not those of a report ({type(error).__name__}: {str(error)[:120]})"
        raise wrong(path, says, "Take the file as it was first saved.") from error
    try:
        result = _asked_again(asked, more)
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise wrong(
            path, f"cannot be run again: its question is damaged ({type(error).__name__}: {str(error)[:120]})"
        ) from error
    title, note, version, digest = texts
    cases = cases_of(asked)
    return Rerun(result, cases[0] if cases else None, asked, title, note, version, digest_of(result) == digest)


def _require(asked: Any) -> None:
    """Refuse a question that no report asks.

    Raises
    ------
    ValueError, TypeError
        With what is wrong.
    """
    if not isinstance(asked, Asked) or asked.function not in ("outcomes", SEVERAL, *STUDIES):
        raise ValueError("it asks for nothing that a report can hold")
    if asked.function == SEVERAL:
        if not all(isinstance(part, Asked) and part.function != SEVERAL for part in asked.arguments.values()):
            raise TypeError("one of several questions is none")
        _require_counts(asked.arguments)
        return
    known = (
        {"runs", "single"}
        if asked.function == "outcomes"
        else set(inspect.signature(_study(asked.function)).parameters) - {"actors", "policies"}
    )
    if isinstance(asked.arguments.get("case", asked.arguments.get("case_or_outcome")), str):
        raise TypeError("its case is a name, not the tables themselves")
    if set(asked.arguments) - known:
        raise ValueError(f"{asked.function} does not take {', '.join(sorted(set(asked.arguments) - known))}")
    if asked.function == "outcomes":
        _require_runs(asked.arguments["runs"])
    _require_counts(asked.arguments)


def _require_runs(runs: list[Mapping[str, Any]]) -> None:
    kinds = {"name": str, "case": Case, "scenario": Scenario, "seed": int, "first": int, "replications": int}
    for run in runs:
        if set(run) != set(kinds) or not all(isinstance(run[k], kind) for k, kind in kinds.items()):
            raise TypeError("a run is not described as it must be")


def _require_counts(value: Any) -> None:
    if isinstance(value, Asked):
        _require(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key in COUNTS and not (isinstance(one, int) and 0 <= one <= MOST_NUMBER):
                raise ValueError(f"{key} is not from 0 to {MOST_NUMBER:,}")
            _require_counts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _require_counts(one)


def _asked_again(asked: Asked, more: Mapping[str, Any]) -> Any:
    """What comes of a question."""
    inner = {k: _asked_again(v, more) if isinstance(v, Asked) else v for k, v in asked.arguments.items()}
    if asked.function == SEVERAL:
        return Findings(inner)
    if asked.function == "outcomes":
        return _outcomes(inner["runs"], inner["single"], more)
    function = _study(asked.function)
    known = inspect.signature(function).parameters
    passed = {k: v for k, v in more.items() if k in known or k in ("actors", "policies")}
    return function(**inner, **passed)


def _study(name: str) -> Callable[..., Any]:
    return getattr(twinkit, name)


def _outcomes(runs: list[Mapping[str, Any]], single: bool, more: Mapping[str, Any]) -> Any:
    """Outcomes; those of the same case and luck are run together, as they were."""
    found: dict[str, Outcome] = {}
    lots: dict[tuple, list[Mapping[str, Any]]] = {}
    for i, run in enumerate(runs):
        twice = sum(r["scenario"].name == run["scenario"].name for r in runs[:i])
        lots.setdefault((id(run["case"]), run["seed"], run["first"], run["replications"], twice), []).append(run)
    for (_, seed, first, replications, _), lot in lots.items():
        parts = _lot(lot[0]["case"], [run["scenario"] for run in lot], seed, first, replications, more)
        found.update({run["name"]: parts[run["scenario"].name] for run in lot})
    ordered = {run["name"]: found[run["name"]] for run in runs}
    return next(iter(ordered.values())) if single else ordered


def _lot(
    case: Case, scenarios: list[Scenario], seed: int, first: int, replications: int, more: Mapping[str, Any]
) -> dict[str, Outcome]:
    """Scenarios of one case on the same luck."""
    if not first:
        return ensemble(case, scenarios, replications, seed=seed, **more)
    own = {k: v for k, v in more.items() if k in ("actors", "policies")}
    parts: dict[str, list[Outcome]] = {s.name: [] for s in scenarios}
    for task in tasks_of(plans_of(case, scenarios), replications, seed, first):
        parts[task.scenario].append(run_batch(task, **own))
    return {name: joined(found) for name, found in parts.items()}
