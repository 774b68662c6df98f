"""Where batches run: in threads of this process, on a graphics card (:mod:`twinkit.study.card`), or on a cluster
(:mod:`twinkit.study.cluster`).

An engine does work on tasks.  A task is a dataclass with a ``plan``; so is what comes of
it.  Engines differ in where that happens and in nothing else: the numbers are the same,
because every batch draws its chance by its own name; to the bit in threads and on a
cluster, and but for rounding on a card.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from twinkit.chain.plan import Plan
from twinkit.chain.records import Series
from twinkit.study.scenario import Scenario
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client

Work = Callable[[Any], Any]
PlansOf = Callable[[Case, Sequence[Scenario]], Mapping[str, Plan]]

WAIT = 0.1
"""Longest time after which a study looks whether it was cancelled [s]."""


class Cancelled(Exception):
    """The study was cancelled by whoever asked for it."""


class Engine(Protocol):
    """What a study asks of an engine."""

    def plans(self, plans_of: PlansOf, case: Case, scenarios: Sequence[Scenario], cancel: Event | None) -> dict:
        """Plans of the scenarios by name, made by ``plans_of(case, scenarios)``."""

    def wanted(self) -> int:
        """How many more tasks should be submitted now."""

    def submit(self, tasks: Sequence[Any]) -> None:
        """Take tasks."""

    def ready(self, seconds: float) -> list[Any]:
        """Results that are ready, in any order; after so many seconds perhaps none [s]."""

    def busy(self) -> bool:
        """Whether there are tasks whose results were not given yet."""

    def close(self) -> None:
        """Drop the tasks that are left."""


def engine_of(
    work: Work, workers: int = 2, client: Client | None = None, *, engine: str = "processor", worlds: int = 0,
    chain: Mapping[str, Any] | None = None, record: Callable[[Plan], list[Series]] | None = None,
) -> Engine:  # fmt: skip
    """The engine that fits: threads here, a graphics card, or a cluster if there is a client of one.

    Parameters
    ----------
    work
        What is done to every task.
    workers
        Threads, where there is no client.
    client
        A ``dask.distributed.Client``.
    engine
        "processor", "gpu" or "auto"; see :func:`~twinkit.study.card.on_card`.
    worlds, chain
        Worlds of each scenario, and further arguments of a chain: whether a card can and should take them.
    record
        Histories that the work needs of a run.

    Raises
    ------
    ValueError, CardError
        As :func:`~twinkit.study.card.on_card`.
    """
    if engine != "processor":
        from twinkit.study.card import Card, on_card  # numba-cuda need not be installed for threads

        if on_card(engine, worlds, chain or {}, client):
            return Card(work, record, workers)
    if client is None:
        return Threads(work, workers)
    from twinkit.study.cluster import Cluster  # Dask need not be installed for threads

    return Cluster(work, client)


def results(engine: Engine, tasks: Iterable[Any], cancel: Event | None = None) -> Iterator[Any]:
    """Results of tasks as they are ready; the engine is closed in the end.

    Parameters
    ----------
    engine
        Where they run.
    tasks
        The earlier ones are started first.
    cancel
        Set it to stop.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    """
    waiting = deque(tasks)
    try:
        while waiting or engine.busy():
            stop_if(cancel)
            number = min(engine.wanted(), len(waiting))
            if number > 0:
                engine.submit([waiting.popleft() for _ in range(number)])
            for result in engine.ready(WAIT):
                stop_if(cancel)
                yield result
    finally:
        engine.close()


def stop_if(cancel: Event | None) -> None:
    """Raise :class:`Cancelled` if that was asked for."""
    if cancel is not None and cancel.is_set():
        raise Cancelled("the study was cancelled")


class Threads:
    """Threads of this process; the compiled day lets them run side by side.

    Parameters
    ----------
    work
        What is done to every task.
    workers
        Number of threads.
    """

    def __init__(self, work: Work, workers: int = 2) -> None:
        self.work, self.workers = work, max(1, workers)
        self._pool = ThreadPoolExecutor(max_workers=self.workers)
        self._running: set[Future] = set()

    def plans(self, plans_of: PlansOf, case: Case, scenarios: Sequence[Scenario], cancel: Event | None = None) -> dict:
        return dict(plans_of(case, scenarios))

    def wanted(self) -> int:
        return self.workers - len(self._running)

    def submit(self, tasks: Sequence[Any]) -> None:
        self._running |= {self._pool.submit(self.work, task) for task in tasks}

    def ready(self, seconds: float) -> list[Any]:
        done, self._running = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        return [future.result() for future in done]

    def busy(self) -> bool:
        return bool(self._running)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
