"""Model of the disruption app: what happens, what is done about it, what comes of it.

No widget is known here.  Three outcomes are shown: without the event, with it as the
chain is, and with it and your measures.  The first comes free of charge with the
second: every world has its undisturbed twin.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import traitlets as t

from twinkit.apps.disruption_events import COMMON, Happening, first_event, happening_of, sentences
from twinkit.apps.disruption_refine import Progress, Refiner, first_worlds
from twinkit.study.levers import Lever, levers_of
from twinkit.study.outcome import Outcome
from twinkit.study.scenario import Scenario
from twinkit.tables import CaseError
from twinkit.tables.case import Case

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

    mode = t.Enum(["own", "recorded"], "own", help="an event of one's own, or one of the case")
    recorded = t.Unicode(help="name of the recorded event")
    kind = t.Enum(COMMON, "outage", help="what happens")
    site = t.Unicode(help="site that it happens to")
    market = t.Unicode(help="market that it happens to")
    start = t.Float(30.0, allow_none=True, help="first period of the event")
    duration = t.Float(30.0, allow_none=True, help="length at full severity [periods]")
    severity = t.Float(1.0, allow_none=True, help="see the column severity of the table of events")
    recovery = t.Unicode("step", help="shape of the way back")
    recovery_time = t.Float(0.0, allow_none=True, help="length of the way back [periods]")
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

    INPUTS = (
        "mode", "recorded", "kind", "site", "market", "start", "duration", "severity", "recovery", "recovery_time",
        "levers", "replications",
    )  # fmt: skip

    def __init__(self, case: Case, refiner: Refiner | None = None) -> None:
        super().__init__()
        self.case = case
        self.refiner = refiner or Refiner(case)
        self.known_levers: dict[str, Lever] = {lever.name: lever for lever in levers_of(case)}
        self.on_error: Callable[[Exception], None] | None = None
        self._task: asyncio.Task | None = None
        self._touched = -PAUSE
        self.reset()
        self.observe(lambda change: self.touch(), list(self.INPUTS))

    # --- what is asked for

    def reset(self) -> None:
        """Everything as it was when the page opened."""
        with self.hold_trait_notifications():
            self.take(first_event(self.case))
            self.levers = {}

    def take(self, happening: Happening) -> None:
        """Choose an event; one of the case also fills the fields for one's own."""
        for name, value in happening._asdict().items():
            setattr(self, name, value)

    def choose(self, name: str) -> None:
        """Choose a recorded event."""
        self.take(happening_of(self.case, name))

    def event(self) -> str | dict[str, Any]:
        """The event as a scenario has it: a name of the case, or a row of its own."""
        if self.mode == "recorded":
            return self.recorded
        at_market = self.kind.startswith("demand")
        target = {"market": self.market} if at_market else {"site": self.site}
        name = f"{self.kind.replace('_', ' ')} {self.market if at_market else self.site}"
        back = {"recovery": self.recovery, "recovery_time": self.recovery_time if self.recovery != "step" else 0.0}
        when = {"start": self.start, "duration": self.duration, "severity": self.severity}
        when = {k: math.nan if v is None else v for k, v in (when | back).items() if k != "recovery"}
        return {"event": name, "kind": self.kind, **target, **when, "recovery": self.recovery, "scheduled": True}

    def moved(self) -> dict[str, Any]:
        """Levers that do not stand where the case has them."""
        known = self.known_levers
        return {k: v for k, v in self.levers.items() if k not in known or v != known[k].start}

    def scenarios(self) -> list[Scenario]:
        """What has to be run: the event as the chain is, and with measures if there are any."""
        event, moved = self.event(), self.moved()
        as_is = Scenario(AS_IS, (event,))
        return [as_is, Scenario(MEASURED, (event,), moved)] if moved else [as_is]

    def state(self) -> dict[str, Any]:
        """What is asked for, as a saved scenario."""
        event = self.event()
        name = event if isinstance(event, str) else event["event"]
        return Scenario(name, (event,), self.moved()).to_dict()

    def load_state(self, data: Mapping[str, Any]) -> None:
        """Ask for what a saved scenario says.

        Raises
        ------
        CaseError
            If the scenario does not fit the case; nothing is changed then.
        """
        scenario = Scenario.from_dict(data)
        scenario.apply(self.case)
        event = scenario.events[0] if scenario.events else None
        happening = happening_of(self.case, event) if event is not None else None
        with self.hold_trait_notifications():
            if happening is not None:
                self.take(happening)
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
        scenarios = self.scenarios()
        self.running, self.stopped = True, False

        def show(progress: Progress) -> None:
            self.blockers = []
            with self.hold_trait_notifications():
                self.done, self.total, self.seconds = progress.done, progress.total, progress.seconds
            if self._take_results(scenarios) and on_batch is not None:
                on_batch(self.results)

        try:
            finished = await self.refiner.refine(scenarios, self.replications, show, number)
        except CaseError as error:
            if number == self.refiner.newest:
                self.blockers, self.running = sentences(error, self.case), False
            return False
        if finished:
            self.running = False
        return finished

    def _take_results(self, scenarios: list[Scenario]) -> bool:
        outcomes = [self.refiner.known(s) for s in scenarios]
        if outcomes[0] is None or outcomes[-1] is None:
            return False
        measured = outcomes[1] if len(outcomes) > 1 else None
        self.results = Results(outcomes[0], measured, scenarios[-1])
        self.version += 1
        return True
