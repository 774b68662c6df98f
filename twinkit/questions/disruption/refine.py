"""What if something happens, and measures are taken? First a picture at once, then a better one.

A scenario is known by what it changes, not by its name, so what has been run once is not run again:
who moves a lever waits for the measures only.
"""

from __future__ import annotations

import gc
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, fields, replace
from threading import Event
from typing import Any

import numpy as np

from twinkit.chain.chain import BATCH
from twinkit.chain.plan import Plan
from twinkit.events.choices import placed_events
from twinkit.levers.levers import moved_levers
from twinkit.run.engines import WAIT, stop_if
from twinkit.run.ensemble import Task, ensemble, reduced, run_batch
from twinkit.run.outcome import Outcome, joined
from twinkit.run.plans import Plans
from twinkit.run.public import study
from twinkit.run.scenario import Scenario, as_events
from twinkit.tables.case import Case, CaseLike
from twinkit.tables.checks_rows import worlds_at_a_time

AS_IS, MEASURED = "as it is", "with your measures"
"""Names of the two scenarios: what happens as the chain is, and with measures."""
PREVIEW = 16
"""Worlds of the very first picture: the first ones of the first batch."""
KEEP = 5
"""Scenarios of a case that are kept."""
AT_ONCE = 2
"""Batches that run side by side; those that a newer question has ended may still be running beside them."""
TIDY = 0.5
"""Quiet time after an answer before memory is tidied [s]."""

_pool = ThreadPoolExecutor(max_workers=2 * AT_ONCE, thread_name_prefix="batch")


@study
def what_if(
    case: CaseLike, events: Sequence[str | Mapping[str, Any]] = (), levers: Mapping[str, Any] | None = None, replications: int | None = None, *,
    seed: int | None = None, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> dict[str, Outcome]:  # fmt: skip
    """What comes of events, and what measures change about it, in the same worlds.

    Parameters
    ----------
    case
        A checked case.
    events
        Names of events of the case or of recorded history (which is placed on the chain; see
        :func:`twinkit.replay`), or rows of the table of events.
    levers
        Name of a lever → its value; those that stand where the case has them are no measure.
    replications
        Worlds of each scenario; by default those of the case.
    seed
        Seed of all chance; by default that of the case.
    progress, cancel
        As for :func:`twinkit.ensemble`.

    Returns
    -------
    dict
        "as it is" and, if a lever is moved, "with your measures" → its outcome.

    Raises
    ------
    CaseError
        If an event or a lever does not fit the case, or what happened hits nothing here.
    """
    return ensemble(case, scenarios_of(case, events, levers), replications, seed=seed, progress=progress, cancel=cancel)


def scenarios_of(case: Case, events: Sequence[str | Mapping[str, Any]], levers: Mapping[str, Any] | None) -> list[Scenario]:
    """What has to be run: the events as the chain is, and with measures if there are any."""
    placed = placed_events(case, as_events(events, AS_IS))
    moved = moved_levers(case, levers or {})
    return [Scenario(AS_IS, placed), *([Scenario(MEASURED, placed, moved)] if moved else [])]


def what_if_in_parts(
    case: Case, events: Sequence[str | Mapping[str, Any]] = (), levers: Mapping[str, Any] | None = None, replications: int | None = None, *,
    seed: int | None = None, progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Iterator[dict[str, Outcome]]:  # fmt: skip
    """The same as :func:`what_if` in more and more worlds: of a scenario that is known already as many as there are.

    There are no curves of single markets.  If `cancel` was set, Cancelled is raised.
    """
    known = case.derived(Known)
    worlds = int(replications or case.settings["replications"])
    scenarios = scenarios_of(case, events, levers)
    entries = known.entries(scenarios, int(case.settings["seed"] if seed is None else seed))

    def found() -> dict[str, Outcome] | None:
        outcomes = {s.name: e.outcome(worlds) for s, e in zip(scenarios, entries, strict=True)}
        return None if any(o is None for o in outcomes.values()) else outcomes

    def tell() -> None:
        if progress is not None:
            total = sum(len(e.batches(worlds)) for e in entries)
            progress(total - sum(len(e.missing(worlds)) for e in entries), total)

    tell()
    if (first := found()) is not None:
        yield first
    previews = [e.task(0, PREVIEW) for e in entries if e.outcome(worlds) is None] if worlds > PREVIEW else []
    turns = sorted((at, i, size) for i, e in enumerate(entries) for at, size in e.missing(worlds))
    for tasks, preview in ((previews, True), ([entries[i].task(at, size) for at, i, size in turns], False)):
        for _ in _run(tasks, preview, cancel):
            tell()
            if (part := found()) is not None:
                yield part
    _pool.submit(_tidy, cancel)


def _run(tasks: list[tuple[Entry, Task]], preview: bool, cancel: Event | None) -> Iterator[None]:
    """Run batches side by side, and say when some are ready."""
    waiting, running = list(tasks), set[Future]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.add(_pool.submit(_batch, *waiting.pop(0)))
        done, running = wait(running, WAIT / 2, FIRST_COMPLETED)
        stop_if(cancel)
        for entry, task, outcome in [one.result() for one in done]:
            entry.add(task, outcome, preview)
        if done:
            yield


def _batch(entry: Entry, task: Task) -> tuple[Entry, Task, Outcome]:
    return entry, task, slim(run_batch(task))


def _tidy(cancel: Event | None) -> None:
    """Let go of chains that are done with, while nobody waits: they and their agents hold each other."""
    time.sleep(TIDY)
    if cancel is None or not cancel.is_set():
        gc.collect()


# --- what is kept


def key_of(scenario: Scenario) -> str:
    """What a scenario changes, as text; its name does not matter."""
    data = scenario.to_dict()
    return json.dumps([data["events"], data["levers"], scenario.since], sort_keys=True, default=str)


def slim(outcome: Outcome) -> Outcome:
    """An outcome without the curves of single markets, which no picture of a page needs.

    What is left are windows into the histories of the whole batch; copies let go of the rest.
    """
    outcome = reduced(outcome, "curves")
    own: dict[str, Any] = {f.name: value.copy() for f in fields(Outcome) if isinstance(value := getattr(outcome, f.name), np.ndarray)}
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
    scenario: Scenario
    seed: int
    size: int
    parts: dict[int, Outcome] = field(default_factory=dict)
    preview: Outcome | None = None
    whole: Outcome | None = None

    def task(self, first: int, worlds: int) -> tuple[Entry, Task]:
        """A batch that is to be run, and where its outcome is kept."""
        return self, Task(self.scenario.name, self.plan, self.seed, first, worlds)

    def add(self, task: Task, outcome: Outcome, preview: bool) -> None:
        """Keep the outcome of a batch, or of its first worlds."""
        if preview:
            self.preview = outcome
        else:
            self.parts[task.first] = outcome
        self.whole = None

    def outcome(self, worlds: int) -> Outcome | None:
        """All batches from the first on without a gap, up to so many worlds; before the first, the preview."""
        if self.whole is None:
            ready, at = [], 0
            while at in self.parts:
                ready.append(self.parts[at])
                at += self.parts[at].replications
            self.whole = joined(ready) if ready else self.preview
        return None if self.whole is None else first_worlds(self.whole, worlds)

    def batches(self, worlds: int) -> list[tuple[int, int]]:
        """First world and number of worlds of all batches."""
        return [(at, min(self.size, worlds - at)) for at in range(0, worlds, self.size)]

    def missing(self, worlds: int) -> list[tuple[int, int]]:
        """Those that have not been run, or not as large."""
        return [(at, n) for at, n in self.batches(worlds) if at not in self.parts or self.parts[at].replications < n]


class Known:
    """What was run of a case: the newest scenarios, and what their plans have in common."""

    def __init__(self, case: Case) -> None:
        self.case, self.plans = case, Plans(KEEP)
        self._kept: OrderedDict[tuple[str, int], Entry] = OrderedDict()

    def entries(self, scenarios: Sequence[Scenario], seed: int) -> list[Entry]:
        """What is known of some scenarios.

        Raises
        ------
        CaseError
            If a scenario does not fit the case.
        """
        found = []
        for scenario in scenarios:
            key = key_of(scenario), seed
            if key not in self._kept:
                Scenario(scenario.name, (), scenario.levers).event_rows(self.case)  # plans of events that are known look at no lever
                plan = self.plans(self.case, [scenario])[scenario.name]
                self._kept[key] = Entry(plan, scenario, seed, worlds_at_a_time(plan.case, BATCH))
            self._kept.move_to_end(key)
            found.append(self._kept[key])
        while len(self._kept) > max(KEEP, len(found)):
            self._kept.popitem(last=False)
        return found
