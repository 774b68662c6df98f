"""Exercises: a case, the seats that people take in it, and the rules of play.

An exercise is a folder with the tables of a case and a file ``exercise.py`` that makes one
:class:`Exercise` named ``EXERCISE``; the folder's owner wrote that file, so it is run.  A
trainer makes another by copying a folder.
"""

from __future__ import annotations

import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinkit.content import content_dir
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError, read_case
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, is_number, listed, noting, refuse
from twinkit.workshop.bots import BOTS, Adviser

FILE = "exercise.py"
"""Name of the file that makes a folder of tables an exercise."""

DEMANDS = {
    "": "as the exercise has it", "steady": "the same in every {word}", "step": "twice as much from {word} {step} on", "season": "up and down by half, within 12 {word}s",
    "uncertain": "another number in every {word}, 30 % around the usual", "own": "numbers of the trainer's own",
}  # fmt: skip
"""What customers may ask for in place of the tables: name → in words."""
STEP = 4
"""Period of the step, where customers ask for it from the start."""

SIGHTS = ("own", "customer demand", "whole chain", "costs of others")
"""What a trainer may let players see, besides their own board."""


@dataclass(frozen=True)
class Role:
    """A seat: a person, or a bot, who decides what one stock orders.

    Attributes
    ----------
    name
        Name on the board.
    site, product
        The stock that orders.
    task
        One sentence for the person who takes the seat.
    """

    name: str
    site: str
    product: str
    task: str = ""


@dataclass(frozen=True)
class Exercise:
    """What is played.

    Attributes
    ----------
    title, story
        What players read first.
    roles
        Seats of a team, customers first.
    periods
        Periods that are played [periods]; a trainer may extend them up to those of the case.
    told
        Period → units that every seat is told to order in it (Sterman's first weeks).
    most
        Largest order that a seat may place [units].
    word
        What a period is called on the board.
    bot
        Name of the bot that fills empty seats, see :data:`twinkit.workshop.bots.BOTS`.
    benchmark
        Name of the bot that plays the benchmark game on the same luck.
    sees
        What players see at the start, of :data:`SIGHTS`.
    budget
        Money that a team may spend on measures before the game [money]; 0 for none.
    measures
        Name of a lever → its price for the game [money], for teams to buy.
    measure_values
        Name of a lever → the value that is bought; "yes", or its highest, if it is left out.
    surprise
        Event that nobody knows of, as a row of the table of events without its start.
    surprise_between
        First and last period in which it may start.
    adviser
        Settings of the adviser beside every seat, see :mod:`twinkit.workshop.bots`.
    guide
        Name of the facilitator's guide in the folder.
    usual
        The case as the folder has it, where `case` has another demand; see :meth:`asking`.
    """

    title: str
    story: str
    roles: tuple[Role, ...]
    periods: int
    told: Mapping[int, float] = field(default_factory=dict)
    most: float = 10_000.0
    word: str = "period"
    bot: str = "base stock"
    benchmark: str = "base stock"
    sees: tuple[str, ...] = ("own",)
    budget: float = 0.0
    measures: Mapping[str, float] = field(default_factory=dict)
    measure_values: Mapping[str, Any] = field(default_factory=dict)
    surprise: Mapping[str, Any] | None = None
    surprise_between: tuple[int, int] = (0, 0)
    adviser: Mapping[str, Any] | None = None
    guide: str = "guide.md"
    case: Case | None = None
    folder: Path | None = None
    usual: Case | None = None

    def role(self, name: str) -> Role:
        """A seat by its name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for role in self.roles:
            if role.name == name:
                return role
        names = [r.name for r in self.roles]
        raise KeyError(f"there is no role {name!r}. {did_you_mean(name, names, f'Roles: {listed(names)}.')}")

    def whole(self, name: str = "") -> bool:
        """Whether a role orders whole units; without a name, whether the case has them."""
        if not name:
            return bool(self.case.settings["whole_units"])
        return bool(self.case.whole(pd.Series([self.role(name).product]))[0])

    def measures_for_sale(self) -> dict[str, tuple[Lever, float, Any]]:
        """Name of a lever → the lever, its price [money], and the value that is bought."""
        known = {lever.name: lever for lever in levers_of(self.case)}
        return {
            name: (known[name], price, self.measure_values.get(name, True if known[name].flag else known[name].high))
            for name, price in self.measures.items()
        }

    def asking(self, kind: str, values: Sequence[float] = (), start: int = 0) -> Case:
        """The case with another demand, see :func:`with_demand`."""
        return with_demand(self.usual or self.case, kind, values, start)

    def called(self, measures: Sequence[str]) -> str:
        """Measures as they are offered for sale."""
        offered = self.measures_for_sale() if measures else {}
        return ", ".join(offered[name][0].label for name in measures)


def demand_words(word: str, kind: str, values: Sequence[float] = (), start: int = 0) -> str:
    """One of :data:`DEMANDS` in words, if it holds from a period on; of numbers of one's own the first ones."""
    own = f" ({' '.join(f'{v:g}' for v in values[:8])}{' …' * (len(values) > 8)})" if len(values) else ""
    return DEMANDS[kind].format(word=word, step=(start or STEP) + 1) + own


def with_demand(case: Case, kind: str, values: Sequence[float] = (), start: int = 0) -> Case:
    """A case whose customers ask for something else.

    Parameters
    ----------
    case
        Its usual demand is the mean of each market, or the first period of its history.
    kind
        One of :data:`DEMANDS`.
    values
        Of kind "own": units a period of every market; the last one goes on.
    start
        First period in which it holds: the pattern begins there, and periods before it mean nothing.
    """
    if not kind:
        return case
    markets, periods, past = case["markets"], int(case.settings["periods"]), case["history"]
    first = past[past["period"] >= 0].sort_values("period").groupby(["market", "product"])["units"].first()
    pairs = pd.MultiIndex.from_frame(markets[["market", "product"]])
    recorded = markets["demand"].isin(("history", "resampled")).to_numpy()
    usual = np.where(recorded, first.reindex(pairs).to_numpy(float), markets["mean"].to_numpy(float))
    plain = markets.assign(mean=usual, spread=0.0, trend=0.0, season=0.0, autocorrelation=0.0)
    if kind == "uncertain":
        return case.replace(markets=plain.assign(demand="normal", spread=0.3 * usual))
    t = np.maximum(np.arange(periods) - start, 0)
    own = np.asarray(values, float)[np.minimum(t, len(values) - 1)] if kind == "own" else None
    shape = {"steady": np.ones(periods), "step": 1.0 + (t + start >= (start or STEP)), "season": 1.0 + 0.5 * np.sin(2 * np.pi * t / 12)}.get(kind)
    told = np.array([own if own is not None else one * shape for one in usual])
    told = np.where(case.whole(markets["product"])[:, None], np.round(told), told)
    rows = [(m, p, at, units) for (m, p), line in zip(pairs, told, strict=True) for at, units in enumerate(line.tolist())]
    return case.replace(markets=plain.assign(demand="history"), history=pd.DataFrame(rows, columns=["market", "product", "period", "units"]))


def shipped_exercises() -> list[str]:
    """Names of the exercises that come with twinkit."""
    folder = content_dir("data") / "exercises"
    return sorted(p.parent.name for p in folder.glob(f"*/{FILE}")) if folder.is_dir() else []


def find_shipped(name: str) -> Path:
    """Folder of an exercise that comes with twinkit."""
    return content_dir("data") / "exercises" / name


def find_exercise(name: str | Path) -> Path:
    """Folder of an exercise: a path, or the name of a shipped one.

    Raises
    ------
    FileNotFoundError
        If there is none; the message names the shipped ones.
    """
    given = Path(name).expanduser()
    if (given / FILE).is_file():
        return given.resolve()
    if str(name) in shipped_exercises():
        return find_shipped(str(name))
    known = listed(shipped_exercises())
    raise FileNotFoundError(
        f"there is no exercise {str(name)!r}: name a folder with tables and an {FILE}, or one of {known}"
    )


def read_exercise(name: str | Path) -> Exercise:
    """Read an exercise and check that it can be played.

    Raises
    ------
    FileNotFoundError
        If there is no such exercise.
    CaseError
        If its tables or its rules are wrong; all problems at once.
    """
    folder = find_exercise(name)
    case = read_case(folder)
    try:
        made = runpy.run_path(str(folder / FILE)).get("EXERCISE")
    except Exception as error:
        says = f"cannot be run ({type(error).__name__}: {error})"
        raise CaseError([Problem("exercise", None, "", FILE, says, "correct the file")]) from error
    if not isinstance(made, Exercise):
        hint = "write EXERCISE = Exercise(title=…, story=…, roles=(…), periods=…)"
        raise CaseError([Problem("exercise", None, "", FILE, "makes no EXERCISE", hint)])
    exercise = replace(made, case=case, folder=folder)
    refuse(check_exercise(exercise))
    return exercise


def check_exercise(exercise: Exercise) -> list[Problem]:
    """What keeps an exercise from being played; an empty list if nothing does."""
    case, problems = exercise.case, []
    wrong = noting(problems, "exercise")
    kept = set(zip(case["stocks"]["site"], case["stocks"]["product"], strict=True))
    names = [r.name for r in exercise.roles]
    if not names:
        wrong("roles", "", "is empty", "give at least one Role")
    for name in {n for n in names if names.count(n) > 1}:
        wrong("roles", name, "stands twice", "give every role a name of its own")
    for role in exercise.roles:
        if (role.site, role.product) not in kept:
            wrong("roles", role.name, f"orders for {role.product} at {role.site}, which the case does not keep",
                  "name a site and a product of stocks.csv")  # fmt: skip
    most = int(case.settings["periods"])
    if not 1 <= exercise.periods <= most:
        wrong("periods", exercise.periods, "does not fit the case", f"a whole number from 1 to {most}")
    for which in ("bot", "benchmark"):
        if getattr(exercise, which) not in BOTS:
            wrong(which, getattr(exercise, which), "is no bot", f"one of {listed(list(BOTS))}")
    for sight in set(exercise.sees) - set(SIGHTS):
        wrong("sees", sight, "is nothing that can be shown", f"some of {listed(list(SIGHTS))}")
    levers = {lever.name: lever for lever in levers_of(case)}
    for name in exercise.measures:
        if name not in levers:
            wrong("measures", name, "is no lever of the case", f"one of {listed(list(levers))}")
        if not is_number(exercise.measures[name], 0):
            wrong("measures", f"{name} = {exercise.measures[name]}", "is no price", "a number from 0 on")
    if not is_number(exercise.budget, 0):
        wrong("budget", exercise.budget, "is no budget", "a number from 0 on")
    for name, value in exercise.measure_values.items():
        if name in levers and not levers[name].allows(value):
            wrong("measure_values", f"{name} = {value}", "is out of its range", levers[name].allowed)
    if not is_number(exercise.most, 0) or exercise.most == 0:
        wrong("most", exercise.most, "is no largest order", "a number above 0")
    for period, units in exercise.told.items():
        if type(period) is not int or not 0 <= period < exercise.periods:
            wrong("told", period, "is no period that is played", f"a whole number from 0 to {exercise.periods - 1}")
        if not is_number(units, 0) or units > exercise.most or (exercise.whole() and units != int(units)):
            wrong("told", f"{period}: {units}", "is no order",
                  f"{'a whole number' if exercise.whole() else 'a number'} from 0 to {exercise.most:g}")  # fmt: skip
    if exercise.adviser is not None:
        try:
            Adviser.of(exercise.adviser)
        except (ValueError, TypeError) as error:
            wrong("adviser", dict(exercise.adviser), f"cannot be made: {error}")
    return problems + _surprise_problems(exercise)


def _surprise_problems(exercise: Exercise) -> list[Problem]:
    """What is wrong with the event that nobody knows of: its row, and the periods in which it may start."""
    if not exercise.surprise:
        return []
    between, problems = exercise.surprise_between, []
    start = 0
    if len(between) != 2 or any(type(t) is not int for t in between) or not 0 <= between[0] <= between[1] < exercise.periods:
        hint = f"two whole numbers from 0 to {exercise.periods - 1}, the first not above the second"
        problems.append(Problem("exercise", None, "surprise_between", str(between), "are no first and last period of the start", hint))
    else:
        start = between[0]
    try:
        Scenario("", (surprise_row(exercise, start),)).apply(exercise.case)
    except CaseError as error:
        problems += [Problem("exercise", None, "surprise", p.value, f"({p.column}) {p.says}", p.hint) for p in error.problems]
    return problems


def surprise_row(exercise: Exercise, start: int) -> dict[str, Any]:
    """The hidden event as a row of the table of events, if it starts in a period."""
    row = {"duration": 1, "severity": 1.0, **exercise.surprise, "start": start, "scheduled": True}
    return {"event": f"{row.get('kind', 'event')} 1", **row}
