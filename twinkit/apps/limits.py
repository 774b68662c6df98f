"""Limits of a server that others can reach: on connections, on the time that a request may take to begin, on wrong codes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

FROM_ONE, IN_ALL = 250, 800
"""Connections at a time that one address may have, and all together: a class of 40 behind one router has six each."""
HEADERS_WITHIN = 30
"""Time in which a request, or the next one on a connection, must have begun and said what it wants [s]."""
TELL_EVERY = 60.0
"""Time between two lines of the log about connections that were turned away [s]."""
TRIES, TRIES_IN_ALL, WITHIN = 20, 600, 60.0
"""Wrong codes or keys that are answered at once, from one address and from all, within so many seconds."""
SLOW = 3.0
"""Time after which a further wrong code is answered [s].

Right ones are let in at once whoever else was wrong: a class shares one address.  A code of a workshop
has 32^6 (about 10^9) values; over the connections that one address may have (:data:`FROM_ONE`) there are
less than a hundred tries a second, so it is found in two months on average.
"""


class Tries:
    """Counts wrong codes, so that nobody finds one by trying."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.wrong: dict[str, deque[float]] = defaultdict(deque)

    def too_many(self, address: str) -> bool:
        """Whether this address, or all together, have been wrong too often."""
        return self._recent(address) >= TRIES or self._recent("") >= TRIES_IN_ALL

    async def was_wrong(self, address: str) -> bool:
        """Count one, and take time over it if there were too many; whether there were."""
        slow = self.too_many(address)
        for who in (address, ""):
            self.wrong[who].append(self.clock())
        if slow:
            await asyncio.sleep(SLOW)
        return slow

    def _recent(self, who: str) -> int:
        times = self.wrong.get(who, deque())
        while times and times[0] < self.clock() - WITHIN:
            times.popleft()
        if who and not times:
            self.wrong.pop(who, None)
        return len(times)


class LimitedServer(HTTPServer):
    """A server that turns away who holds too many connections, and waits for no request for ever.

    A flood is a line of the log in a minute, and whoever is in stays in.
    """

    def initialize(self, *args: Any, **more: Any) -> None:
        super().initialize(*args, **{"idle_connection_timeout": HEADERS_WITHIN, "body_timeout": HEADERS_WITHIN, **more})
        self.held: dict[str, list[IOStream]] = {}
        self.turned_away: Counter[str] = Counter()
        self._told = -TELL_EVERY
        raise_file_limit(2 * IN_ALL)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        who = address[0] if isinstance(address, tuple) else ""
        self._forget_closed([who])
        if sum(map(len, self.held.values())) >= IN_ALL:
            self._forget_closed(list(self.held))
        mine = self.held.setdefault(who, [])
        if len(mine) >= FROM_ONE or sum(map(len, self.held.values())) >= IN_ALL:
            self.turned_away[who] += 1
            stream.close()
            self._tell()
            return
        mine.append(stream)
        super().handle_stream(stream, address)

    def _forget_closed(self, addresses: list[str]) -> None:
        for who in addresses:
            self.held[who] = [stream for stream in self.held.get(who, []) if not stream.closed()]
            if not self.held[who]:
                del self.held[who]

    def _tell(self) -> None:
        """Write the line about who was turned away, if it is time."""
        if time.monotonic() - self._told < TELL_EVERY:
            return
        self._told = time.monotonic()
        who, count = self.turned_away.most_common(1)[0]
        logging.getLogger("tornado.general").warning(
            "%d connections were turned away, %d of them from %s: more than %d at a time from one address, or %d in all",
            self.turned_away.total(), count, who, FROM_ONE, IN_ALL,
        )  # fmt: skip
        self.turned_away.clear()


def raise_file_limit(wanted: int) -> None:
    """Let the process hold so many files and sockets, if the computer allows it."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # Windows has none, and needs none

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
