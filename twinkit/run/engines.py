"""Where batches run: in threads of this process, on a cluster, or on a graphics card (:mod:`twinkit.run.card`).

An engine does work on tasks.  A task is a dataclass with a ``plan``; so is what comes of
it.  Engines differ in where that happens and in nothing else: the numbers are the same,
because every batch draws its chance by its own name; to the bit in threads and on a
cluster, and but for rounding on a card.
"""

from __future__ import annotations

import hashlib
import pickle
import queue
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar
from uuid import uuid4

import numba
import numpy as np

from twinkit import __version__, rooms
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series
from twinkit.content import PACKAGE
from twinkit.run.card import Card, on_card
from twinkit.run.scenario import Scenario, named
from twinkit.tables import require_sound
from twinkit.tables.case import Case

if TYPE_CHECKING:
    from dask.distributed import Client


Work = Callable[[Any], Any]
PlansOf = Callable[[Case, Sequence[Scenario]], Mapping[str, Plan]]

T = TypeVar("T")
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
        "processor", "gpu" or "auto"; see :func:`~twinkit.run.card.on_card`.
    worlds, chain
        Worlds of each scenario, and further arguments of a chain: whether a card can and should take them.
    record
        Histories that the work needs of a run.

    Raises
    ------
    ValueError, CardError
        As :func:`~twinkit.run.card.on_card`.
    """
    if engine != "processor" and on_card(engine, worlds, chain or {}, client):
        return Card(work, record, workers)
    if client is None:
        return Threads(work, workers)
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
    try:
        waiting = deque(tasks)
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


class Counter:
    """Counts what is done of a study, and says so.

    Parameters
    ----------
    tell
        Called as ``tell(done, total)``; None: nobody is told.
    total
        Parts that there are at most.
    """

    def __init__(self, tell: Callable[[int, int], None] | None, total: int) -> None:
        self.tell, self.total, self.done = tell, total, 0
        self.add(0)

    def add(self, parts: int = 1) -> None:
        """So many more parts are done."""
        self.done = min(self.done + parts, self.total)
        if self.tell is not None:
            self.tell(self.done, self.total)

    def finish(self) -> None:
        """All is done, though less than was thought had to be."""
        if self.done < self.total:
            self.add(self.total)


def part_of(tell: Callable[[int, int], None] | None, before: float, share: float) -> Callable[[int, int], None]:
    """What a part of a study is told by, so that `tell` hears of the whole: `before` it and in it, shares of the time of all."""

    def heard(done: int, total: int) -> None:
        if tell is not None and total:
            tell(round(1000 * (before + share * done / total)), 1000)

    return heard


def one_by_one(parts: Sequence[T], tell: Callable[[int, int], None] | None, cancel: Event | None = None) -> Iterator[T]:
    """The parts of a study one after the other: `tell` hears of each that is done, and none begins once `cancel` is set."""
    for done, part in enumerate(parts, 1):
        stop_if(cancel)
        yield part
        if tell is not None:
            tell(done, len(parts))


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


# A Dask cluster as the engine of a study; needs the optional extra ``twinkit[dask]``.
#
# The case, the plans and the work (with actors and policies) are tasks of their own, which
# the tasks of batches point to.  Dask brings each to a worker once, when it is first needed
# there, and makes it again when the workers that had it are lost; a copy that was only
# scattered would be gone with them.


FEWEST, MOST = 2, 3
"""Tasks in flight for each thread of the cluster: when they are fewer than the first, they are filled up to the second."""
GATHERED = 32
"""Most results that are fetched in one go."""
SAME = "install the same packages on the client, the scheduler and all workers"
SETTLED = 0.3
"""Time after which the scheduler knows of every task: it forgets nothing that it has not heard of [s]."""
COUNTED = 2.0
"""Time for which the number of threads of a cluster is taken as known [s]."""


class ClusterError(RuntimeError):
    """A cluster cannot be used, or failed; the message says what to do."""


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    work
        What is done to every task; it travels once to each worker.
    client
        A ``dask.distributed.Client``; it stays open.

    Raises
    ------
    ClusterError
        If Dask is not installed, or `client` is no client that waits for its results.
    """

    def __init__(self, work: Work, client: Client) -> None:
        try:
            from dask.distributed import Client
        except ImportError as missing:
            says = "a client needs Dask, which is not installed: pip install 'twinkit[dask]'"
            raise ClusterError(says) from missing
        if not isinstance(client, Client) or client.asynchronous:
            raise ClusterError("client must be a dask.distributed.Client, as Client(address) gives it")
        if client.status != "running":
            raise ClusterError(f"the client is {client.status}: make a new one with Client(address)")
        self.client, self._name = client, uuid4().hex[:12]
        self._made_by = versions()
        self._keys = 0
        self._running: dict[Any, tuple[Any, Any]] = {}
        self._done: queue.SimpleQueue = queue.SimpleQueue()
        self._plans: dict[int, tuple[Plan, Any]] = {}
        self._threads, self._asked = 1, -COUNTED
        self._send_own_files()
        self._kept = [self._sent("work", work)]

    def plans(self, plans_of: PlansOf, case: Case, scenarios: Sequence[Scenario], cancel: Event | None = None) -> dict:
        """Plans of the scenarios, made on the workers: applying levers takes the client too long where there are many."""
        names = named(scenarios)
        require_sound(case)
        stop_if(cancel)
        sent = self._sent("case", case)
        self._kept.append(sent)
        keys = [self._key("plan") for _ in names]
        futures = self.client.map(
            plan_there, [sent] * len(names), list(names.values()), key=keys, plans_of=plans_of, made_by=self._made_by
        )
        self._kept += futures
        while not all(future.done() for future in futures):
            stop_if(cancel)
            time.sleep(WAIT / 10)
        with self._in_sentences():
            for future in futures:
                if future.status != "finished":
                    future.result()  # raises what went wrong, of the first scenario where something did
            found = [p for at in range(0, len(futures), GATHERED) for p in self._fetched(futures[at : at + GATHERED])]
        self._plans |= {id(plan): (plan, future) for plan, future in zip(found, futures, strict=True)}
        return dict(zip(names, found, strict=True))

    def wanted(self) -> int:
        if time.monotonic() - self._asked > COUNTED:
            try:
                self._threads = max(1, sum(self.client.nthreads().values()))
            except OSError:
                self._lost()
            self._asked = time.monotonic()
        enough = len(self._running) >= FEWEST * self._threads
        return 0 if enough else MOST * self._threads - len(self._running)

    def submit(self, tasks: Sequence[Any]) -> None:
        # many in one message: the scheduler takes each message apart at a price
        keys = [self._key("batch") for _ in tasks]
        bare = [replace(task, plan=None) for task in tasks]
        plans = [self._plan_there(task.plan) for task in tasks]
        with self._in_sentences():
            futures = self.client.map(batch_there, self._kept[:1] * len(tasks), plans, bare, key=keys, made_by=self._made_by)
        for task, future in zip(tasks, futures, strict=True):
            self._running[future.key] = (task, future)
            future.add_done_callback(self._done.put)

    def ready(self, seconds: float) -> list[Any]:
        done = []
        try:
            done.append(self._done.get(timeout=seconds))
            while len(done) < GATHERED:
                done.append(self._done.get_nowait())
        except queue.Empty:
            # a future whose task was dropped elsewhere need not call back
            if self.client.status != "running" or any(f.cancelled() for _, f in self._running.values()):
                self._lost()
        with self._in_sentences():
            found = self._fetched(done)
        tasks = [self._running.pop(future.key)[0] for future in done]
        return [replace(result, plan=task.plan) for task, result in zip(tasks, found, strict=True)]

    def busy(self) -> bool:
        return bool(self._running)

    def close(self) -> None:
        left = [*(future for _, future in self._running.values()), *self._kept]
        self._running, self._plans, self._kept = {}, {}, []
        early = [future for future in left if not future.done()]
        for futures, seconds in ((left, 0.0), (early, SETTLED)):
            if futures and self.client.status == "running":
                time.sleep(seconds)
                self.client.cancel(futures, reason="the study ended or was cancelled")

    def _key(self, what: str) -> tuple[str, int]:
        """A name of its own for a task; what differs only in the number is one group to the scheduler."""
        self._keys += 1
        return (f"twinkit-{what}-{self._name}", self._keys)

    def _sent(self, what: str, value: Any) -> Any:
        """Something that many tasks need, as a task that unpacks it."""
        with self._in_sentences():
            return self.client.submit(opened, packed(value), self._made_by, key=self._key(what))

    def _send_own_files(self) -> None:
        """Files of one's own (rules beside a case, rooms) for every worker that is there or comes later."""
        from dask.distributed import WorkerPlugin

        files = rooms.own_files()

        class OwnFiles(WorkerPlugin):
            def setup(self, worker: Any) -> None:
                rooms.run_again(files)

        if files:
            with self._in_sentences():
                try:
                    self.client.register_plugin(OwnFiles(), name="twinkit-own-files")
                except rooms.RulesError as error:
                    raise ClusterError(f"a worker: {error}") from error

    def _plan_there(self, plan: Plan) -> Any:
        if id(plan) not in self._plans:
            self._plans[id(plan)] = (plan, self._sent("plan", plan))
            self._kept.append(self._plans[id(plan)][1])
        return self._plans[id(plan)][1]

    def _fetched(self, futures: Sequence[Any]) -> list[Any]:
        return self.client.gather(list(futures)) if futures else []

    def _lost(self) -> NoReturn:
        raise ClusterError(
            "the connection to the cluster was lost, or someone else cancelled its tasks: look whether the scheduler "
            "still runs, make a new client and run the study again"
        )

    @contextmanager
    def _in_sentences(self) -> Iterator[None]:
        """Say what a cluster can fail of in words; an error in a task is raised as it is."""
        from dask.distributed import CancelledError, KilledWorker
        from distributed import client
        from distributed.comm import CommClosedError

        closed = getattr(client, "ClosedClientError", CommClosedError)  # newer ones say so when something is asked of a client that is closed
        try:
            yield
        except KilledWorker as killed:
            task = self._running.get(killed.task, (None,))[0]
            what = f"the batch of {task.scenario!r} from world {task.first} on" if task is not None else "making a plan"
            raise ClusterError(
                f"{what} was running on {killed.allowed_failures + 1} workers that died one after the other, so it was "
                "given up: most often they ran out of memory, or a policy or actor ends the process; give every worker "
                "more memory or fewer threads and look at the log of the last one, "
                f"{killed.last_worker.address}"
            ) from None
        except (CancelledError, CommClosedError, closed):
            self._lost()
        except ModuleNotFoundError as error:
            raise ClusterError(f"a worker: {error}; {SAME}") from error
        except RuntimeError as error:
            if "deserialization of the task graph" not in str(error):
                raise
            raise ClusterError(f"the scheduler cannot read the tasks: {error.__cause__ or error}; {SAME}") from error


@cache
def _sources() -> str:
    """All modules of twinkit as a short text."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def versions() -> str:
    """What must be the same here and on a worker, so that the numbers are: packages, and what rooms have added."""
    rooms.load()
    python, numba_ = ".".join(map(str, sys.version_info[:2])), numba.__version__
    added = f", rooms with {', '.join(rooms.names())}" if rooms.names() else ""
    return f"twinkit {__version__}, sources {_sources()}, Python {python}, NumPy {np.__version__}, numba {numba_}{added}"


def require_same(made_by: str) -> None:
    """Refuse to work for a client of other versions.

    Raises
    ------
    ClusterError
        With both.
    """
    if made_by != versions():
        raise ClusterError(f"a worker has {versions()}, but you have {made_by}, so the numbers may differ; {SAME}")


def packed(value: Any) -> bytes:
    """Anything as bytes, classes of a notebook included."""
    import cloudpickle

    return zlib.compress(cloudpickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL), 1)


def opened(data: bytes, made_by: str) -> Any:
    """What was packed; runs on a worker."""
    require_same(made_by)
    return pickle.loads(zlib.decompress(data))


def plan_there(case: Case, scenario: Scenario, *, plans_of: PlansOf, made_by: str) -> Plan:
    """The plan of a scenario; runs on a worker."""
    require_same(made_by)
    return plans_of(case, [scenario])[scenario.name]


def batch_there(work: Work, plan: Plan, task: Any, *, made_by: str) -> Any:
    """What comes of a task, without its plan: the client has that; runs on a worker."""
    require_same(made_by)
    return replace(work(replace(task, plan=plan)), plan=None)

