"""A graphics card as the engine of a study; needs a card and the optional extra ``twinkit[gpu]``.

The day on the card is the day of the processor, compiled a second time from the same functions
(:mod:`twinkit.run.card_day`).  Tasks of a scenario are run in turns of as many worlds as fit on
the card; what a study makes of a run is made on the processor, slice by slice.  The first batch
of a scenario is run on the processor: its answer comes at once, the map is its mean, and in the
first turn of a study the card must have found the same there before any of its numbers is used.
"""

from __future__ import annotations

import queue
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from threading import Event, Semaphore, Thread
from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.chain.chain import BATCH
from twinkit.chain.layout import SP, TOTALS_STOCK
from twinkit.chain.plan import Plan
from twinkit.chain.records import Series
from twinkit.chain.world import build_world
from twinkit.run.runs import KEPT, Run, Runner, Totals, calm, courses, fingerprint, parting
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

PROCESSOR, GPU, AUTO = "processor", "gpu", "auto"
ENGINES = (PROCESSOR, GPU, AUTO)
"""What `engine` may say."""
PAYS_FROM = 2048
"""Worlds of a scenario from which on "auto" takes a card: each scenario is a launch of its own, and fewer worlds take two
cores less time than the card needs for one."""
MOST_WORLDS = 131_072
"""Most worlds of a turn; more do not run faster, and the results of a turn come together."""
SHARE_OF_MEMORY = 0.8
"""Share of the free memory of the card that a turn may take."""
SLICE = 256 * 2**20
"""Most that is fetched from the card in one go [bytes]."""
SAME, MAY_DIFFER = 1e-9, 1 / 16
"""Largest relative difference of a total between card and processor, and the share of the worlds of the first batch in
which it may be larger: where a number stands at a threshold, its last digit may tip it."""
TOTALS = ("total_stock", "total_lane", "total_recipe", "total_market")


class CardError(RuntimeError):
    """A graphics card was asked for and cannot be used; the message says what to do."""


@cache
def why_no_card() -> str:
    """Why studies cannot run on a graphics card of this computer; an empty text if they can.

    Examples
    --------
    >>> isinstance(why_no_card(), str)
    True
    """
    if find_spec("numba_cuda") is None:
        return "numba-cuda is not installed: pip install 'twinkit[gpu]'"
    try:
        from numba import cuda  # an optional extra

        if not cuda.is_available():
            return "no graphics card that CUDA knows was found here, or its driver is missing"
        from twinkit.run import card_day

        card_day.free_bytes()
    except Exception as error:  # whatever keeps the card from being used is said, and is no reason to fail
        said = (str(error).strip().splitlines() or [""])[0]
        return f"the graphics card cannot be used ({type(error).__name__}: {said})"
    return ""


def why_not_there(chain: Mapping[str, Any]) -> str:
    """Why worlds with such arguments of a chain cannot run on a card; an empty text if they can."""
    own = [name for name in ("actors", "policies", "day") if chain.get(name)]
    return f"{' and '.join(own)} of your own are Python, which a graphics card does not run" if own else ""


def why_not_this(plan: Plan) -> str:
    """What in a plan a card does not run; an empty text if it runs all of it."""
    if rooms.at_work(plan.case):
        return "policies, actors and steps of a room, which are Python,"
    return "levers that are moved in the middle of a run" if plan.before is not None else ""


def on_card(engine: str, worlds: int, chain: Mapping[str, Any], client: Any = None) -> bool:
    """Whether a study runs on the card.

    Parameters
    ----------
    engine
        "processor", "gpu" or "auto": the card if there is one and the study is large enough.
    worlds
        Worlds of each scenario.
    chain
        Further arguments of a chain.
    client
        A client of a cluster, if the study is to run there.

    Raises
    ------
    ValueError
        If `engine` is none of these, or a cluster is asked for as well.
    CardError
        If the card is asked for and there is none.
    """
    _require_engine(engine)
    if engine == PROCESSOR:
        return False
    if client is not None:
        if engine == AUTO:
            return False
        raise ValueError("a study runs on a cluster or on a graphics card: leave out client or engine='gpu'")
    missing, unfit = why_no_card(), why_not_there(chain)
    if engine == AUTO:
        return not missing and not unfit and worlds >= PAYS_FROM
    if missing:
        raise CardError(f"engine='gpu' cannot be had: {missing}; engine='auto' takes the processor then")
    if unfit:
        warnings.warn(f"this study runs on the processor: {unfit}", stacklevel=4)
    return not unfit


def stays_on_processor(engine: str, why: str) -> None:
    """Say that a study runs on the processor although the card was asked for.

    Raises
    ------
    ValueError
        If `engine` is no engine.
    """
    _require_engine(engine)
    if engine == GPU:
        warnings.warn(f"this study runs on the processor: {why}", stacklevel=3)


def _require_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise ValueError(f"engine={engine!r} is no engine: choose 'processor', 'gpu' or 'auto'")


class Card:
    """The graphics card of this computer.

    Parameters
    ----------
    work
        What is done to every task; a task with ``runs`` is not run again.
    record
        Histories that a run of a plan keeps for it.
    workers
        Threads that make results of what the card has run.
    most
        Most worlds of a turn.
    """

    def __init__(
        self, work: Callable[[Any], Any], record: Callable[[Plan], list[Series]], workers: int = 2,
        most: int = MOST_WORLDS,
    ) -> None:  # fmt: skip
        self.work, self.record, self.most = work, record, most
        self._pool, self._room = ThreadPoolExecutor(max_workers=max(1, workers)), Semaphore(max(1, workers) + 2)
        self._done: queue.SimpleQueue = queue.SimpleQueue()
        self._left, self._stop, self._checked, self._calm = 0, Event(), False, None
        self._driver: Thread | None = None

    def plans(self, plans_of: Callable[..., Mapping[str, Plan]], case: Case, scenarios: Sequence[Scenario], cancel: Event | None = None) -> dict:
        return dict(plans_of(case, scenarios))

    def wanted(self) -> int:
        return 0 if self._left else 2**40

    def submit(self, tasks: Sequence[Any]) -> None:
        for why in dict.fromkeys(why for task in tasks if (why := why_not_this(task.plan))):
            names = sorted({task.scenario for task in tasks if why_not_this(task.plan) == why})
            warnings.warn(f"{why} need the processor: {', '.join(names)}", stacklevel=2)
        self._left = len(tasks)
        self._driver = Thread(target=self._drive, args=(list(tasks),), daemon=True)
        self._driver.start()

    def ready(self, seconds: float) -> list[Any]:
        try:
            found, tasks = self._done.get(timeout=seconds)
        except queue.Empty:
            return []
        if isinstance(found, BaseException):
            raise found
        self._left -= tasks
        return [found]

    def busy(self) -> bool:
        return self._left > 0

    def close(self) -> None:
        self._stop.set()
        if self._driver is not None:
            self._driver.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._calm = None

    # In the thread that drives the card ----------------------------------------------

    def _drive(self, tasks: list[Any]) -> None:
        try:
            for turn in turns_of(tasks, self._most_worlds()):
                if self._stop.is_set():
                    return
                if not why_not_this(turn[0].plan):
                    self._turn(turn)
                else:
                    for task in turn:
                        self._hand(task, 1)
        except BaseException as error:  # whoever waits for results is told
            self._done.put((error, 0))

    def _most_worlds(self) -> Callable[[Plan], int]:
        """How many worlds of a plan fit on the card twice: with its events and without."""
        from twinkit.run import card_day  # numba-cuda is an optional extra

        room = SHARE_OF_MEMORY * card_day.free_bytes()

        def most(plan: Plan) -> int:
            one = card_day.world_bytes(build_world(plan, 0, 1, 0, self.record(plan)))
            fit = int(room / (2 * one)) // BATCH * BATCH
            if not fit:
                raise CardError(
                    f"{BATCH} worlds of this case take {2 * BATCH * one / 2**20:,.0f} MiB on the graphics card, and "
                    f"{room / 2**20:,.0f} MiB are free there: use engine='processor'"
                )
            return min(fit, self.most)

        return most

    def _turn(self, turn: Sequence[Any]) -> None:
        """Run the worlds of one scenario on the card, and hand on what comes of them."""
        task, worlds = turn[0], sum(t.replications for t in turn)
        skipped = 0
        if task.first < BATCH:
            self._hand(task, 1)
            skipped = task.replications
        if skipped == worlds:
            return
        quiet = self._calm_run(task, worlds)
        run = quiet
        if parting(task.plan) < task.plan.periods:
            run = self._run(task.plan, task, worlds)
        if self._stop.is_set():
            return
        if not self._checked:
            self._check(task, run)
            self._checked = True
        size = self._slice(task.plan)
        for at in range(skipped, worlds, size):
            number = min(size, worlds - at)
            if self._stop.is_set():
                return
            runs = _fetched(run, at, number), _fetched(quiet, at, number)
            self._hand(replace(task, first=task.first + at, replications=number, runs=runs), -(-number // BATCH))

    def _run(self, plan: Plan, task: Any, worlds: int) -> Any:
        from twinkit.run.card_day import CardRun  # numba-cuda is an optional extra

        return CardRun(plan, task.seed, worlds, task.first, self.record(plan)).run(self._stop.is_set)

    def _calm_run(self, task: Any, worlds: int) -> Any:
        """The worlds without the events; scenarios that differ in nothing else share them."""
        plan = calm(task.plan)
        key = fingerprint(plan, task.seed, self.record(plan)), task.first, worlds
        if self._calm is None or self._calm[0] != key:
            self._calm = None  # its memory is needed
            self._calm = key, self._run(plan, task, worlds)
        return self._calm[1]

    def _slice(self, plan: Plan) -> int:
        """Worlds that are fetched in one go."""
        one = build_world(plan, 0, 1, 0, self.record(plan))
        size = 2 * sum(getattr(one, name).nbytes for name in (*TOTALS, "record"))
        return max(BATCH, SLICE // size // BATCH * BATCH)

    def _check(self, task: Any, run: Any) -> None:
        """Compare the first worlds of a run with those of the processor.

        Raises
        ------
        CardError
            If they differ by more than rounding.
        """
        number = min(BATCH, run.worlds)
        course = courses(task.plan)[parting(task.plan) < task.plan.periods]
        exact = Runner(task.seed, task.first, number, {}, self.record, KEPT).run(course)
        share = share_that_differs(task.plan, exact.totals, _fetched(run, 0, number).totals)
        if share > MAY_DIFFER:
            raise CardError(
                f"the graphics card does not find what the processor finds: {100 * share:.0f} % of the first {number} "
                f"worlds of {task.scenario!r} differ by more than {SAME:g}. None of its numbers was used; run this with "
                "engine='processor', and please report it with the name of the card"
            )

    def _hand(self, task: Any, tasks: int) -> None:
        """Let a thread make a result, once not too many are being made."""
        self._room.acquire()

        def told(future: Future) -> None:
            self._room.release()
            if not future.cancelled():
                error = future.exception()
                self._done.put((error, 0) if error is not None else (future.result(), tasks))

        self._pool.submit(self.work, task).add_done_callback(told)


def turns_of(tasks: Sequence[Any], most: Callable[[Plan], int]) -> Iterator[list[Any]]:
    """Tasks in turns of one scenario and neighbouring worlds, the first turn of each before the second of any.

    Parameters
    ----------
    tasks
        Batches; those of a scenario in the order of their worlds.
    most
        Most worlds of a turn, by plan.
    """
    waiting: dict[str, list[Any]] = {}
    for task in tasks:
        waiting.setdefault(task.scenario, []).append(task)
    fit = {name: most(own[0].plan) for name, own in waiting.items()}
    while waiting:
        for name in list(waiting):
            own, turn, worlds = waiting[name], [], 0
            while own and (not turn or worlds + own[0].replications <= fit[name]):
                worlds += own[0].replications
                turn.append(own.pop(0))
            if not own:
                del waiting[name]
            yield turn


def _fetched(run: Any, first: int, worlds: int) -> Run:
    """Some worlds of a run on the card, as the processor would have run them."""
    totals = [run.fetched(name, first, worlds) for name in TOTALS]
    return Run(run.histories(first, worlds), Totals(*totals, run.plan.stock_n))


def share_that_differs(plan: Plan, one: Totals, other: Totals) -> float:
    """Share of the worlds in which a total differs by more than :data:`SAME` of it [share].

    Orders and demand are summed about their mean flow; it is put back, as a sum of nearly 0 has
    no digits to compare.
    """
    counted = plan.periods - int(plan.case.settings["warm_up"])
    differs = np.zeros(one.total_stock.shape[-1], bool)
    for name in TOTALS:
        a, b = getattr(one, name).copy(), getattr(other, name).copy()
        if name == "total_stock":
            for column in (TOTALS_STOCK.ordered, TOTALS_STOCK.incoming):
                for values in (a, b):
                    values[column] += counted * plan.stock_n[SP.rate][:, None]
        apart = np.abs(a - b) > SAME * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
        differs |= apart.reshape(-1, len(differs)).any(axis=0)
    return float(differs.mean())

