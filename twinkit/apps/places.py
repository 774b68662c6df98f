"""Room for visitors: every one has a kernel of their own, that lives, and memory and time have an end."""

from __future__ import annotations

import asyncio
import datetime
import time
from contextlib import suppress
from typing import Any

import psutil
from jupyter_core.utils import ensure_async

from twinkit.apps.kit.visit import sweep

PER_KERNEL, PER_FORK, READY = 450e6, 220e6, 400e6
"""Memory of one visitor who has tried a few levers on the car maker's chain: of a kernel of its own, of one that is
forked, and of the process that all of these are forked from [bytes]."""
KEPT_FREE = 0.2
"""Share of the memory that is left to everything else [share]."""
PATIENCE, GLANCE = 2.0, 0.1
"""Time that a page waits for somebody to leave before it is refused, and between two looks [s]."""
UNSEEN = 60
"""Time after which a place is free again if its page was never opened to the end [s]."""
LOOK_AGAIN = 20
"""Time after which a page that was refused looks again [s]."""
MOST_FOR_ONE = 4e9
"""Memory that the kernel of one visitor may have, or half of what the computer has if that is less [bytes]."""
WEIGH_EVERY = 2.0
"""Time between two looks at the memory and the work of the kernels [s]."""
LONGEST = 30.0
"""Time that the kernel of a visitor from another computer may compute without a pause, unless the owner says otherwise [min]."""
RESTING = 0.03
"""Below this share of a processor a kernel rests: one that computes gets more even where forty do."""


def most_for_one() -> float:
    """Memory that the kernel of one visitor may have [bytes]."""
    return min(MOST_FOR_ONE, 0.5 * psutil.virtual_memory().total)


def room_for(memory: float | None = None, forked: bool = False) -> int:
    """Visitors that there is memory for, 1 at least.

    Parameters
    ----------
    memory
        Memory that may be used; by default what is available now [bytes].
    forked
        Whether their kernels share what is loaded (:mod:`twinkit.apps.kernels`).

    >>> room_for(4e9), room_for(4e9, forked=True), room_for(0)
    (7, 12, 1)
    """
    if memory is None:
        memory = psutil.virtual_memory().available
    shared, each = (READY, PER_FORK) if forked else (0.0, PER_KERNEL)
    return max(1, int((memory * (1 - KEPT_FREE) - shared) / each))


class Places:
    """Counts the visitors of a server.

    Parameters
    ----------
    manager
        Voila's manager of kernels.
    visitors
        Most visitors at a time.

    Attributes
    ----------
    ended
        Why a kernel was ended, by its name: a sentence for its page.
    """

    def __init__(self, manager: Any, visitors: int) -> None:
        self.manager, self.visitors = manager, visitors
        self.arriving = 0
        self.ended: dict[str, str] = {}
        self._seen: dict[str, tuple[float, float, float]] = {}

    def taken(self) -> list[str]:
        """Kernels that visitors have: those that run, without those that wait in a pool."""
        waiting = set()
        for pool in getattr(self.manager, "_pools", {}).values():
            waiting |= {one.result().get("kernel_id") for one in pool if one.done() and not one.exception()}
        return [kernel for kernel in self.manager.list_kernel_ids() if kernel not in waiting]

    def take(self) -> bool:
        """Take a place for somebody who arrives; False if all are taken."""
        if len(self.taken()) + self.arriving >= self.visitors:
            return False
        self.arriving += 1
        return True

    async def wait(self) -> bool:
        """Take a place as soon as there is one; False if all stay taken for a while.

        Whoever loads a page again leaves a place and wants one at the same moment.
        """
        for _ in range(round(PATIENCE / GLANCE)):
            if self.take():
                return True
            await asyncio.sleep(GLANCE)
        return self.take()

    def arrived(self) -> None:
        """Somebody has a kernel now, or has gone."""
        self.arriving -= 1

    def watch(self, kernel: str) -> None:
        """Let go of a kernel whose page does not call: somebody left before it was complete, or it was no browser."""
        loop = asyncio.get_running_loop()
        loop.call_later(UNSEEN, lambda: loop.create_task(self._let_go(kernel)))

    async def _let_go(self, kernel: str) -> None:
        if kernel in self.manager.list_kernel_ids() and not self.manager._kernel_connections.get(kernel, 0):
            await ensure_async(self.manager.shutdown_kernel(kernel, now=True))

    async def bury(self, notebook: str) -> None:
        """Take kernels that died while they waited for a visitor out of the pool of a notebook, and start others.

        Only once somebody comes: a notebook whose kernel always dies is not started again and again.
        """
        pool = getattr(self.manager, "_pools", {}).get(notebook)
        if pool is None:
            return
        for one in [one for one in pool if one.done()]:
            if one.cancelled() or one.exception():
                pool.remove(one)
                continue
            kernel = one.result()["kernel_id"]
            if kernel not in self.manager.list_kernel_ids():
                pool.remove(one)
            elif not await ensure_async(self.manager.get_kernel(kernel).is_alive()):
                await ensure_async(self.manager.shutdown_kernel(kernel, now=True))
        self.manager.fill_if_needed(delay=0, notebook_name=notebook)

    async def keep_within(self, most: float, longest: float = float("inf")) -> None:
        """End every kernel that takes too much, and clear up after those that are gone, again and again.

        Parameters
        ----------
        most
            Memory of a kernel [bytes].
        longest
            Time that it may compute without a pause [s].
        """
        while True:
            await asyncio.sleep(WEIGH_EVERY)
            sweep()
            kernels = self.manager.list_kernel_ids()
            self._seen = {kernel: self._seen[kernel] for kernel in kernels if kernel in self._seen}
            for kernel in kernels:
                with suppress(psutil.Error, AttributeError, KeyError):  # it has just gone
                    process = psutil.Process(self.manager.get_kernel(kernel).provisioner.pid)
                    why = ""
                    if process.memory_info().rss > most:
                        why = f"This needed more than {most / 1e9:.1f} GB of memory, which is the most for one visitor, and was ended."
                    elif self._computing(kernel, process) > longest:
                        why = f"This computed for more than {longest / 60:.3g} min without a pause, which is the longest for one visitor, and was ended."
                    if why:
                        self.ended[kernel] = why
                        await ensure_async(self.manager.shutdown_kernel(kernel, now=True))

    def _computing(self, kernel: str, process: psutil.Process) -> float:
        """Time since a kernel last rested [s]: asked of its process, since studies run beside what Jupyter knows of."""
        used, now = sum(process.cpu_times()[:2]), time.monotonic()
        before, then, since = self._seen.get(kernel, (used, now, now))
        if used - before < RESTING * (now - then):
            since = now
        self._seen[kernel] = used, now, since
        return now - since

    def free_again(self) -> str:
        """When a place is free again, as the end of a sentence."""
        idle = self.manager.cull_idle_timeout
        left = [self._left(kernel, idle) for kernel in self.taken()]
        times = [seconds for seconds in left if seconds is not None]
        if not times or not idle:
            return "as soon as somebody closes their page"
        minutes = max(1, round(min(times) / 60))
        return f"as soon as somebody closes their page, and in about {minutes} min at the latest"

    def _left(self, kernel: str, idle: float) -> float | None:
        """Time until a kernel that lost its page is shut down [s]; None for one that has a page."""
        if self.manager._kernel_connections.get(kernel, 0) > 0:
            return None
        last = getattr(self.manager.get_kernel(kernel), "last_activity", None)
        since = (datetime.datetime.now(datetime.UTC) - last).total_seconds() if last else 0.0
        return max(0.0, idle - since) + self.manager.cull_interval
