"""Model of the disruption app: what happens, what is done about it, what comes of it.

No widget is known here.  Three outcomes are shown: without the event, with it as the
chain is, and with it and your measures.  The first comes free of charge with the
second: every world has its undisturbed twin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import traitlets as t

from twinkit.apps.disruption_recorded import MOST, Recorded, events_of, happenings_of, recorded_happening
from twinkit.apps.disruption_refine import Progress, Refiner, first_worlds
from twinkit.events.form import Happening, first_event, sentences
from twinkit.levers.levers import Lever, levers_of
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem

DEBOUNCE, PAUSE = 0.06, 0.25
"""Quiet time that is waited for while changes come thick and fast, and what counts as a pause between them [s]."""

AS_IS, MEASURED = "as it is", "with your measures"


@dataclass(frozen=True)
class Results:
    """What the page shows.

    Attributes
    ----------
    as_is, measured
        The event as the chain is and with measures; `measured` is None without any.
    scenario
        What was asked for.
    """

    as_is: Outcome
    measured: Outcome | None
    scenario: Scenario

    def pair(self) -> tuple[Outcome, Outcome] | None:
        """Both on the same worlds, for differences; None without measures."""
        if self.measured is None:
            return None
        worlds = min(self.as_is.replications, self.measured.replications)
        return first_worlds(self.as_is, worlds), first_worlds(self.measured, worlds)


class DisruptionModel(t.HasTraits):
    """The app without its page.

    Parameters
    ----------
    case
        A checked case.
    refiner
        Runs the scenarios; tests put a quicker one in its place.
    """

    happenings = t.List(t.Instance(Happening), help="what happens, one thing after the other")
    chosen = t.Int(0, min=0, help="number of the happening whose fields are shown")
    levers = t.Dict(help="name of a lever → value; those left out stand where the case has them")
    replications = t.Int(256, min=1, help="worlds of each scenario")

    results = t.Any(None, allow_none=True, help="Results, or None before the first")
    version = t.Int(0, help="how many pictures there have been")
    blockers = t.List(t.Unicode(), help="sentences that say why nothing can be run")
    running = t.Bool(False, help="whether something is being run")
    stopped = t.Bool(False, help="whether a person has stopped it before its end")
    done = t.Int(0, help="batches run")
    total = t.Int(0, help="batches in all")
    seconds = t.Float(None, allow_none=True, help="estimate of what is left [s]")

    placed = t.Int(0, help="how many events of history have been placed on the chain")

    INPUTS = ("happenings", "levers", "replications")

    def __init__(self, case: Case, refiner: Refiner | None = None) -> None:
        super().__init__()
        self.case = case
        self.refiner = refiner or Refiner(case)
        self.recorded = Recorded(case)
        self.known_levers: dict[str, Lever] = {lever.name: lever for lever in levers_of(case)}
        self.on_error: Callable[[Exception], None] | None = None
        self._task: asyncio.Task | None = None
        self._touched = -PAUSE
        self.reset()
        self.observe(lambda change: self.touch(), list(self.INPUTS))

    # --- what is asked for

    def reset(self) -> None:
        """Everything as it was when the page opened."""
        first = replace(first_event(self.case), key=1)
        if name := self.recorded.first():
            first = recorded_happening(self.case, self.recorded, name, first)
        with self.hold_trait_notifications():
            self.happenings, self.chosen, self.levers = [first], 0, {}

    @property
    def now(self) -> Happening:
        """The happening whose fields are shown."""
        return self.happenings[min(self.chosen, len(self.happenings) - 1)]

    def edit(self, **changes: Any) -> None:
        """Change fields of the happening that is shown; another kind brings a severity that is usual for it."""
        now = self.now
        if "recorded" in changes:
            now = recorded_happening(self.case, self.recorded, changes.pop("recorded"), now)
        here = min(self.chosen, len(self.happenings) - 1)
        self.happenings = [*self.happenings[:here], now.edit(**changes), *self.happenings[here + 1 :]]

    def add(self) -> None:
        """One more thing that happens, of one's own, which is shown then."""
        if len(self.happenings) >= MOST:
            return
        key = max(h.key for h in self.happenings) + 1
        with self.hold_trait_notifications():
            self.happenings = [
                *self.happenings,
                replace(first_event(self.case), key=key, start=self.now.start),
            ]
            self.chosen = len(self.happenings) - 1

    def remove(self, number: int) -> None:
        """Take one away; what followed it stands by itself then.  The last one stays."""
        if len(self.happenings) < 2 or not 0 <= number < len(self.happenings):
            return
        gone = self.happenings[number].key
        left = [h for h in self.happenings if h.key != gone]
        with self.hold_trait_notifications():
            self.happenings = [replace(h, after=0) if h.after == gone else h for h in left]
            self.chosen = min(self.chosen - (self.chosen > number), len(left) - 1)

    def events(self) -> tuple[str | Mapping[str, Any], ...]:
        """What happens as a scenario has it: names of events of the case, and rows."""
        return events_of(self.case, self.recorded, self.happenings)

    def moved(self) -> dict[str, Any]:
        """Levers that do not stand where the case has them."""
        known = self.known_levers
        return {k: v for k, v in self.levers.items() if k not in known or v != known[k].start}

    def scenarios(self) -> list[Scenario]:
        """What has to be run: the events as the chain is, and with measures if there are any."""
        events, moved = self.events(), self.moved()
        as_is = Scenario(AS_IS, events)
        return [as_is, Scenario(MEASURED, events, moved)] if moved else [as_is]

    def state(self) -> dict[str, Any]:
        """What is asked for, as a saved scenario.

        Raises
        ------
        CaseError
            If a recorded event is none, or hits nothing here.
        """
        return Scenario(", ".join(h.short() for h in self.happenings)[:200], self.events(), self.moved()).to_dict()

    def load_state(self, data: Mapping[str, Any]) -> None:
        """Ask for what a saved scenario says.

        Raises
        ------
        CaseError
            If the scenario does not fit the case; nothing is changed then.
        """
        try:
            scenario = Scenario.from_dict(data)
            scenario.apply(self.case)
            found = happenings_of(self.case, self.recorded, scenario.events, first_event(self.case))
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
            if isinstance(error, CaseError):
                raise
            raise CaseError(
                [Problem("scenario", None, "", "", "cannot be read", "Was it cut off, or changed?")]
            ) from error
        with self.hold_trait_notifications():
            if found:
                self.happenings, self.chosen = list(found[:MOST]), 0
            self.levers = dict(scenario.levers)

    # --- what comes of it

    def touch(self) -> None:
        """Something has changed: run it, after a short wait where changes follow each other."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # nobody waits; refine() may still be called
        now = loop.time()
        wait, self._touched = DEBOUNCE if now - self._touched < PAUSE else 0.0, now
        self._task = loop.create_task(self._soon(self.refiner.begin(), wait))

    async def _soon(self, number: int, wait: float) -> None:
        await asyncio.sleep(wait)
        if number != self.refiner.newest:
            return
        try:
            await self.refine(number=number)
        except Exception as error:  # the page must say so: nobody waits for this task
            self.running = False
            if self.on_error is None:
                raise
            self.on_error(error)

    async def settled(self) -> None:
        """Wait until nothing is left to run."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """End the run after the batches that are under way; what is there stays."""
        if self.running:
            self.refiner.begin()
            self.running, self.stopped = False, True

    async def refine(self, on_batch: Callable[[Results], None] | None = None, number: int | None = None) -> bool:
        """Run what is asked for, batch by batch.

        Parameters
        ----------
        on_batch
            Called with the results so far after every batch.
        number
            Number of the wish; a newer one by default.

        Returns
        -------
        bool
            Whether it came to its end: not blocked, stopped or overtaken.
        """
        number = self.refiner.begin() if number is None else number
        self.running, self.stopped = True, False
        try:
            await self._place()
            if number != self.refiner.newest:
                return False
            scenarios = self.scenarios()
        except CaseError as error:
            self._block(error, number)
            return False

        def show(progress: Progress) -> None:
            self.blockers = []
            with self.hold_trait_notifications():
                self.done, self.total, self.seconds = progress.done, progress.total, progress.seconds
            if self._take_results(scenarios) and on_batch is not None:
                on_batch(self.results)

        try:
            finished = await self.refiner.refine(scenarios, self.replications, show, number)
        except CaseError as error:
            self._block(error, number)
            return False
        if finished:
            self.running = False
        return finished

    async def _place(self) -> None:
        """Place what comes from history on the chain, beside the page."""
        for happening in self.happenings:
            if happening.mode == "recorded" and not self.recorded.ready(happening.recorded):
                await asyncio.to_thread(self.recorded.place, happening.recorded)
                self.placed += 1

    def _block(self, error: CaseError, number: int) -> None:
        if number == self.refiner.newest:
            own = [h for h in self.happenings if h.mode == "own"]
            self.blockers = sentences(error, self.case, own, len(self.happenings) > 1)
            self.running = False

    def _take_results(self, scenarios: list[Scenario]) -> bool:
        outcomes = [self.refiner.known(s) for s in scenarios]
        if outcomes[0] is None or outcomes[-1] is None:
            return False
        measured = outcomes[1] if len(outcomes) > 1 else None
        self.results = Results(outcomes[0], measured, scenarios[-1])
        self.version += 1
        return True
