"""First a picture at once, then a better one: scenarios run batch by batch, and kept.

A scenario is known by what it changes, not by its name, so what has been run once is
not run again.  A newer wish ends an older one between two batches.  Everything but the
runs themselves happens on the event loop.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from twinkit.chain.chain import BATCH
from twinkit.chain.plan import Plan
from twinkit.run.ensemble import Task, plan_with, run_batch
from twinkit.run.outcome import Outcome, joined
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

PREVIEW = 16
"""Worlds of the very first picture: the first ones of the first batch."""

TIDY = 0.5
"""Quiet time after a wish before memory is tidied [s]."""

AT_ONCE = 2
"""Batches of one wish that run side by side."""


def key_of(scenario: Scenario) -> str:
    """What a scenario changes, as text; its name does not matter."""
    data = scenario.to_dict()
    return json.dumps([data["events"], data["levers"], scenario.since], sort_keys=True, default=str)


def slim(outcome: Outcome) -> Outcome:
    """An outcome without the curves of single markets, which no picture of the app needs.

    What is left are windows into the histories of the whole batch; copies let go of the rest.
    """
    own: dict[str, Any] = {"markets": {}, "calm_markets": {}}
    for f in fields(Outcome):
        value = getattr(outcome, f.name)
        if isinstance(value, np.ndarray):
            own[f.name] = value.copy()
    own["maps"] = {name: tuple(part.copy() for part in pair) for name, pair in outcome.maps.items()}
    return replace(outcome, **own)


def first_worlds(outcome: Outcome, worlds: int) -> Outcome:
    """The first so many worlds of an outcome; its maps stay means over the first batch."""
    if outcome.replications <= worlds:
        return outcome
    cut: dict[str, Any] = {}
    for f in fields(Outcome):
        value = getattr(outcome, f.name)
        if isinstance(value, np.ndarray):
            cut[f.name] = value[..., :worlds]
        elif isinstance(value, dict) and f.name != "maps":
            cut[f.name] = {k: v[..., :worlds] for k, v in value.items()}
    return replace(outcome, **cut)


@dataclass
class Entry:
    """What is known of one scenario."""

    plan: Plan
    parts: dict[int, Outcome] = field(default_factory=dict)
    preview: Outcome | None = None
    whole: Outcome | None = None

    def add(self, task: Task, outcome: Outcome, preview: bool) -> None:
        """Keep the outcome of a batch, or of its first worlds."""
        if preview:
            self.preview = slim(outcome)
        else:
            self.parts[task.first] = slim(outcome)
        self.whole = None

    def outcome(self) -> Outcome | None:
        """All batches from the first on without a gap; before the first, the preview."""
        if self.whole is None:
            ready, at = [], 0
            while at in self.parts:
                ready.append(self.parts[at])
                at += self.parts[at].replications
            self.whole = joined(ready) if ready else self.preview
        return self.whole

    def missing(self, replications: int) -> list[tuple[int, int]]:
        """First world and number of worlds of the batches that have not been run."""
        return [(at, min(BATCH, replications - at)) for at in range(0, replications, BATCH) if at not in self.parts]


Planned = tuple[Entry, Task]
"""A batch that is to be run, and where its outcome is kept."""


@dataclass(frozen=True)
class Progress:
    """How far a wish has come."""

    done: int
    total: int
    seconds: float | None


class Refiner:
    """Runs scenarios of one case and keeps the newest of them.

    Parameters
    ----------
    case
        A checked case.
    keep
        Number of scenarios that are kept.
    run
        Runs one batch; tests put another in its place.
    """

    def __init__(self, case: Case, keep: int = 5, run: Callable[[Task], Outcome] = run_batch) -> None:
        self.case, self.keep, self.run = case, keep, run
        self.newest = 0
        self.entries: OrderedDict[str, Entry] = OrderedDict()
        self._with_events: OrderedDict[str, Case] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=2 * AT_ONCE, thread_name_prefix="batch")
        self._per_world = 0.0

    def begin(self) -> int:
        """Number of a new wish; it ends the older ones."""
        self.newest += 1
        return self.newest

    def known(self, scenario: Scenario) -> Outcome | None:
        """What has been run of a scenario."""
        entry = self.entries.get(key_of(scenario))
        return entry.outcome() if entry else None

    async def refine(
        self,
        scenarios: list[Scenario],
        replications: int,
        on_batch: Callable[[Progress], None],
        number: int | None = None,
    ) -> bool:
        """Run what is missing; returns whether it came to its end.

        Parameters
        ----------
        scenarios
            In the order in which they matter; they take turns.
        replications
            Worlds of each.
        on_batch
            Called on the event loop with the progress, first with what was known.
        number
            Number of the wish, from :meth:`begin`.

        Raises
        ------
        CaseError
            If a scenario does not fit the case.
        """
        number = self.begin() if number is None else number
        entries = []
        for scenario in scenarios:
            entries.append(await self._entry(scenario))
            if number != self.newest:
                return False
        batches = self._batches(scenarios, entries, replications)
        total = len(entries) * -(-replications // BATCH)
        on_batch(self._progress(total, batches))
        previews = self._previews(scenarios, entries) if replications > PREVIEW else []
        for tasks in (previews, batches):
            go_on = await self._run_all(
                tasks, number, tasks is previews, lambda: on_batch(self._progress(total, batches))
            )
            if not go_on:
                return False
        asyncio.get_running_loop().call_later(TIDY, self._tidy, number)
        return True

    def _tidy(self, number: int) -> None:
        """Let go of chains that are done with, while nobody waits: they and their agents hold each other."""
        if number == self.newest:
            gc.collect()

    async def _entry(self, scenario: Scenario) -> Entry:
        key = key_of(scenario)
        if key not in self.entries:
            loop = asyncio.get_running_loop()
            plan = await loop.run_in_executor(self._pool, self._plan, scenario)
            self.entries.setdefault(key, Entry(plan))
        self.entries.move_to_end(key)
        while len(self.entries) > self.keep:
            self.entries.popitem(last=False)
        return self.entries[key]

    def _plan(self, scenario: Scenario) -> Plan:
        """The plan; the events are checked once, however often a lever moves."""
        key = json.dumps(scenario.to_dict()["events"], default=str)
        if key not in self._with_events:
            self._with_events[key] = Scenario(scenario.name, scenario.events).apply(self.case)
            while len(self._with_events) > self.keep:
                self._with_events.popitem(last=False)
        return plan_with(self.case, scenario, self._with_events[key])

    def _task(self, scenario: Scenario, entry: Entry, first: int, worlds: int) -> Planned:
        return entry, Task(scenario.name, entry.plan, int(self.case.settings["seed"]), first, worlds)

    def _previews(self, scenarios: list[Scenario], entries: list[Entry]) -> list[Planned]:
        new = [(s, e) for s, e in zip(scenarios, entries, strict=True) if e.outcome() is None]
        return [self._task(s, e, 0, PREVIEW) for s, e in new]

    def _batches(self, scenarios: list[Scenario], entries: list[Entry], replications: int) -> list[Planned]:
        found = [
            (at, i, self._task(s, e, at, worlds))
            for i, (s, e) in enumerate(zip(scenarios, entries, strict=True))
            for at, worlds in e.missing(replications)
        ]
        return [task for _, _, task in sorted(found, key=lambda f: f[:2])]

    async def _run_all(self, tasks: list[Planned], number: int, preview: bool, on_batch: Callable[[], None]) -> bool:
        waiting, running = list(tasks), set()
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.add(asyncio.ensure_future(self._run(*waiting.pop(0), preview)))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
            if number != self.newest:
                return False
            on_batch()
            await asyncio.sleep(0)  # let the page have its picture
        return number == self.newest

    async def _run(self, entry: Entry, task: Task, preview: bool) -> None:
        start = time.perf_counter()
        outcome = await asyncio.get_running_loop().run_in_executor(self._pool, self.run, task)
        entry.add(task, outcome, preview)
        took = (time.perf_counter() - start) / task.replications
        self._per_world = took if not self._per_world else 0.5 * (self._per_world + took)

    def _progress(self, total: int, tasks: list[Planned]) -> Progress:
        left = [task for entry, task in tasks if task.first not in entry.parts]
        seconds = sum(task.replications for task in left) * self._per_world / AT_ONCE if self._per_world else None
        return Progress(total - len(left), total, seconds)
