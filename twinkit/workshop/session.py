"""A session of a workshop: what players and the trainer may do, and when.

Every command is checked, written to the log, and only then counts; what it refuses is a
sentence (:class:`~twinkit.workshop.log.WorkshopError`).  A session knows nothing of pages.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twinkit.workshop.bots import Seat, seat_of
from twinkit.workshop.exercise import FILE, Exercise, find_shipped, read_exercise, shipped_exercises
from twinkit.workshop.joining import Leading, hashed
from twinkit.workshop.log import Entry, Log, WorkshopError
from twinkit.workshop.state import APART, Player, State

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters of a join code: none that looks like another."""
CODE_LENGTH = 6
PHASE_WORDS = {"lobby": "not begun", "paused": "paused", "closed": "closed"}


def shipped_in(path: Path, folder: str) -> Path:
    """The exercise that a file names, if it is one that comes with twinkit.

    Any other is a folder with Python in it, and a file may come from anybody: it is run only
    where its owner names it.

    Raises
    ------
    WorkshopError
        If it is another.
    """
    for name in shipped_exercises():
        if folder and Path(folder).resolve() == find_shipped(name).resolve():
            return Path(folder)
    raise WorkshopError(
        f"{path} was played with the exercise in {folder or 'a notebook'!r}, whose {FILE} is Python that would be run here. "
        f"If you know and trust it, name it: twinkit workshop {shlex.quote(folder or 'FOLDER')} --file {shlex.quote(str(path))}"
    )


class Session(Leading):
    """A workshop that is under way.

    Parameters
    ----------
    path
        File of the log; a session that is in it goes on where it was.
    exercise
        What is played: a name, a folder, or an :class:`~twinkit.workshop.exercise.Exercise`;
        may be left out where the log says a shipped one: code is never run because a file says so.
    bots
        Bots of your own, by name → function of a :class:`~twinkit.workshop.bots.Seat`.
    rules
        Rules of your own that were put in place before the session was last closed, by name;
        Python is not written to the log.
    seed
        Seed of all chance, by default that of the case.

    Attributes
    ----------
    code, key
        What players type to come in, and what opens the trainer's page.
    mark
        A word of its own for this session, which cookies bear: two workshops on one computer
        do not push each other's people out.
    listeners
        Called after every change with the entry of the log.
    trouble
        Why the game stopped by itself, for the trainer; "" while it goes.

    Raises
    ------
    WorkshopError
        If the file is no log of a workshop, or was made with another exercise.
    CaseError
        If the exercise cannot be played.
    """

    def __init__(
        self, path: str | Path, exercise: str | Path | Exercise | None = None,
        bots: Mapping[str, Callable[[Seat], float | None]] | None = None,
        rules: Mapping[str, Mapping[str, Any]] | None = None, seed: int | None = None,
    ) -> None:  # fmt: skip
        self.log, self.listeners, self._mark, self.trouble = Log(path), [], None, ""
        try:
            self._open_log(exercise, bots, rules, seed)
        except BaseException:
            self.log.close()
            raise

    def _open_log(self, exercise, bots, rules, seed) -> None:
        path, entries = self.log.path, list(self.log.entries())
        about = entries[0].value if entries else None
        if exercise is None and about is None:
            raise WorkshopError(f"{path} is empty: say which exercise is to be played")
        chosen = exercise if exercise is not None else shipped_in(path, str(about["exercise"]))
        made = chosen if isinstance(chosen, Exercise) else read_exercise(chosen)
        if about is not None and about["title"] != made.title:
            raise WorkshopError(f"{path} holds a session of “{about['title']}”. Name another file for “{made.title}”.")
        self.state = State(made, bots, rules)
        self._require_rules(entries)
        if about is None:
            about = {
                "exercise": str(made.folder or ""), "title": made.title,
                "seed": int(made.case.settings["seed"] if seed is None else seed),
                "code": "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)), "key": secrets.token_urlsafe(24),
            }  # fmt: skip
            entries = [self.log.append("session", about)]
        for entry in entries:
            self.state.apply(entry)
        self.code, self.key = about["code"], about["key"]
        self.mark = hashed(self.key)[:8]

    def _require_rules(self, entries: Sequence[Entry]) -> None:
        used = [e.value["value"] for e in entries if e.kind == "change" and e.value["kind"] == "rule"]
        if missing := sorted(set(used) - set(self.state.rules)):
            raise WorkshopError(
                f"This session went on with rules of its own: {', '.join(missing)}. Rules are not in the file; "
                f"open it from the notebook with rules={{{missing[0]!r}: …}}."
            )

    def served(self, port: int) -> None:
        """Remember where the pages find their server, for the next start."""
        if self.state.port != port:
            self._do("served", {"port": port})

    def copied(self, round: int = 0) -> Callable[[], State]:
        """Makes the session's state a second time, from its log: for work beside the game, in a thread of its own.

        Parameters
        ----------
        round
            As it was at the end of a round that was played before, counted from 1; 0 = as it is.
        """
        entries, s = list(self.log.entries()), self.state

        def make() -> State:
            own = State(s.original, s.known_bots, s.rules)
            for entry in entries:
                if round and entry.kind == "anew" and own.period and len(own.rounds) == round - 1:
                    break
                own.apply(entry)
            return own

        return make

    def once(self, key: str | None, command: Callable[[], Any]) -> None:
        """Carry out a command that may be sent twice, by a page that lost the answer: the second time does nothing."""
        if key and self.log.has(key):
            return
        self._mark = key
        try:
            command()
        finally:
            self._mark = None

    def _do(self, kind: str, value: Mapping[str, Any], key: str | None = None) -> bool:
        if key is None:
            key, self._mark = self._mark, None  # a command is known again by its first entry
        entry = self.log.append(kind, value, key)
        if entry is None:
            return False
        self._carry_out(entry)
        for listener in list(self.listeners):
            listener(entry)
        return True

    def _carry_out(self, entry: Entry) -> None:
        try:
            self.state.apply(entry)
        except Exception as error:  # whatever it is: the session goes on as it was before
            self.log.take_back(entry)
            self.state = self.copied()()
            raise WorkshopError(
                f"That could not be done ({type(error).__name__}: {error}). The session is as it was before."
            ) from error

    # --- playing

    def order(
        self, player: Player, units: Any, period: int, key: str | None = None, advice: dict | None = None
    ) -> bool:
        """Hand in an order; it may be changed until the period is played.

        Returns
        -------
        bool
            False if this very move (by its key) is there already.
        """
        s, key = self.state, key and f"{player.number} {key}"
        if key and self.log.has(key):
            return False
        if s.phase != "running":
            raise WorkshopError(f"The game is {PHASE_WORDS[s.phase]}: orders are not taken now.")
        team = s.teams[player.team]
        if period != team.period:
            raise WorkshopError(f"That {s.exercise.word} is over; it is {s.exercise.word} {team.period + 1} now.")
        if not s.plays(team):
            raise WorkshopError(f"Your team is ahead: wait until all have played {s.exercise.word} {team.period}.")
        if s.told(team):
            raise WorkshopError(f"In this {s.exercise.word} everybody orders {s.exercise.told[period]:g}.")
        try:
            number = team.game.allowed(units, player.role)
        except ValueError as error:
            raise WorkshopError(str(error)) from error
        advised = self.advice(player.team, player.role) if s.adviser else None
        value = {"team": player.team, "role": player.role, "period": period, "units": number, "player": player.number}
        new = self._do("order", {**value, "advice": advised}, key)
        if new and s.pace in ("when all have ordered", APART):
            alone = s.pace == APART
            if not [p for p in s.waiting_for() if not alone or p.team == team.name]:
                self.play_on(period, team.name if alone else "")
        return new

    def advice(self, team: str, role: str) -> dict[str, float] | None:
        """What the adviser says to a seat now; None without one."""
        s = self.state
        one = s.teams[team]
        if s.adviser is None or s.told(one) or one.period >= s.periods:
            return None
        return s.adviser.advise(seat_of(one.game, role)).to_dict()

    def guess(self, player: Player, values: Sequence[Any], key: str | None = None) -> None:
        """Hand in what a player drew as customers' demand, one number for each period that was played; it may be drawn again."""
        s = self.state
        if not s.may_guess(player.role):
            raise WorkshopError("What customers asked for is drawn after the game, by those who have not seen it.")
        numbers, played = [float(v) for v in values], s.teams[player.team].period
        if len(numbers) != played or not all(0 <= v <= s.exercise.most for v in numbers):
            raise WorkshopError(f"Draw {played} {s.exercise.word}s, each from 0 to {s.exercise.most:g} units.")
        self._do("guess", {"player": player.number, "values": [round(v, 3) for v in numbers]}, key and f"{player.number} {key}")

    def buy(self, team: str, measures: list[str]) -> None:
        """Choose the measures that a team pays for, before the first period."""
        s, e = self.state, self.state.exercise
        one = self._known_team(team)
        if one.period > 0 or s.phase == "closed":
            raise WorkshopError("Measures are bought before the game begins.")
        unknown = [m for m in measures if m not in e.measures]
        if unknown:
            raise WorkshopError(f"{', '.join(map(str, unknown))[:80]} is not for sale here.")
        price = sum(e.measures[m] for m in set(measures))
        if price > e.budget:
            raise WorkshopError(f"That costs {price:,.0f}; the budget is {e.budget:,.0f}.")
        for_sale = e.measures_for_sale()
        levers = {m: for_sale[m][2] for m in measures}
        self._do("buy", {"team": one.name, "measures": sorted(set(measures)), "levers": levers})
