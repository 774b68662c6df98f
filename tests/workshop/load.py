"""How fast a workshop is with a full room: run ``python tests/workshop/load.py``.

The server runs in a process of its own, as for a real workshop.  60 people in 15 teams (or
as many as asked for) sit in front of WebSockets and play every period of the beer game; each
hands in an order after a moment of thought.  Measured on their side of the line:

- move → seen: from sending an order until a teammate's page shows that it is in;
- move → taken: until the own page has the answer (it is on the disk then);
- advance → seen: from the trainer's press until every player's page shows the next period;
- what you did: from the end of the game, when all open their own page at once, until it is there.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from wire import Line, ask, join, leader

ROLES = ("retailer", "wholesaler", "distributor", "factory")
WHOLE_GAME = 36


class Room:
    """The people, and what has been measured [s]."""

    def __init__(self, address: str, code: str, key: str) -> None:
        self.address, self.code = address, code
        self.lead_cookie = leader(address, key)
        self.seen: list[float] = []
        self.taken: list[float] = []
        self.advanced: list[float] = []
        self.opened: list[float] = []
        self.errors: list[str] = []

    async def sit_down(self, teams: int) -> None:
        """Join, and open everybody's page."""
        self.players: dict[tuple[int, str], Line] = {}
        self.cookies: list[str] = []
        for team in range(teams):
            for role in ROLES:
                form = {"code": self.code, "name": f"P{team} {role}", "team": f"Team {team}", "role": role}
                status, sentence, cookie = await asyncio.to_thread(join, self.address, **form)
                if status != 200:
                    self.errors.append(sentence)
                self.players[team, role] = await Line(self.address, "player", cookie).__aenter__()
                self.cookies.append(cookie)
        self.lead = await Line(self.address, "trainer", self.lead_cookie).__aenter__()
        self.board = await Line(self.address, "board", self.lead_cookie).__aenter__()
        await self.lead.until(lambda: len(self.lead.state.get("people", [])) == 4 * teams)

    async def order(self, team: int, role: str, period: int, think: float) -> None:
        """Think, order, and wait until the teammate beside sees it."""
        await asyncio.sleep(random.uniform(0, think))
        me, mate = self.players[team, role], self.players[team, ROLES[(ROLES.index(role) + 1) % 4]]
        begun = time.perf_counter()
        sentence = asyncio.create_task(
            me.do("order", units=random.randint(2, 12), period=period, key=f"{period} {role}")
        )
        sentence.add_done_callback(lambda _: self.taken.append(time.perf_counter() - begun))
        await mate.until(lambda: mate.state["ready"][role] and mate.state["period"] == period)
        self.seen.append(time.perf_counter() - begun)
        if said := await sentence:
            self.errors.append(said)

    async def advance(self, period: int) -> None:
        """The trainer's press, until all have seen it."""
        begun = time.perf_counter()

        async def sees(line: Line) -> None:
            await line.until(lambda: line.state["period"] > period)
            self.advanced.append(time.perf_counter() - begun)

        watching = [asyncio.create_task(sees(line)) for line in self.players.values()]
        if said := await self.lead.do("advance", period=period):
            self.errors.append(said)
        await asyncio.gather(*watching)

    async def play(self, periods: int, think: float) -> None:
        """Play from the start to the end."""
        self.errors += filter(None, [await self.lead.do("start")])
        for period in range(periods):
            if period >= 4:
                await asyncio.gather(*(self.order(*seat, period, think) for seat in self.players))
            await self.advance(period)
        self.errors += [f"page closed ({line.closed})" for line in self.players.values() if line.closed]
        for line in (*self.players.values(), self.lead, self.board):
            await line.__aexit__()
        if periods == WHOLE_GAME:
            begun = time.perf_counter()

            def look(cookie: str) -> None:
                status, _, body = ask(self.address, "/mine", cookie=cookie)
                self.opened.append(time.perf_counter() - begun)
                if status != 200 or "The rule that you seem to have followed" not in body:
                    self.errors.append(body[:200])

            with ThreadPoolExecutor(len(self.cookies)) as devices:
                list(devices.map(look, self.cookies))


def start(path: Path) -> tuple[subprocess.Popen, str, str, str]:
    """The server: its process, address, code and key."""
    command = [sys.executable, "-u", "-m", "twinkit", "workshop", "beer_game", "--no-browser", "--port", "0"]
    server = subprocess.Popen([*command, "--file", str(path)], stdout=subprocess.PIPE, text=True)
    first, second = server.stdout.readline(), server.stdout.readline()
    address, code = first.split("open ")[1].split()[0], first.split()[-1]
    return server, address, code, second.strip().split("key=")[1]


def figures(name: str, seconds: list[float]) -> str:
    """A line of the report."""
    times = sorted(seconds)
    p50, p95 = (times[min(len(times) - 1, int(len(times) * q))] for q in (0.5, 0.95))
    return f"{name:16s} p50 {p50:.3f} s   p95 {p95:.3f} s   max {times[-1]:.3f} s   ({len(times)} measured)"


def main() -> int:
    """Measure, print, and say whether anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teams", type=int, default=15, help="teams of four (default: 15)")
    parser.add_argument("--periods", type=int, default=WHOLE_GAME, help="periods (default: 36)")
    parser.add_argument("--think", type=float, default=3.0, help="longest thought before an order [s] (default: 3)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server, address, code, key = start(Path(folder) / "load.sqlite")
        try:
            room = Room(address, code, key)

            async def play() -> None:
                await room.sit_down(args.teams)
                await room.play(args.periods, args.think)

            begun = time.monotonic()
            asyncio.run(play())
            memory = psutil.Process(server.pid).memory_info()
            peak = getattr(memory, "peak_wset", memory.rss)
            status = Path(f"/proc/{server.pid}/status")
            if status.exists():
                peak = next(int(x.split()[1]) * 1024 for x in status.read_text().splitlines() if "VmHWM" in x)
        finally:
            server.terminate()
            server.wait(timeout=30)
            server.stdout.close()
    print(f"{4 * args.teams} people in {args.teams} teams, {args.periods} periods, {time.monotonic() - begun:.0f} s")
    print(figures("move → seen", room.seen), figures("move → taken", room.taken), sep="\n")
    print(figures("advance → seen", room.advanced))
    if room.opened:
        print(figures("what you did", room.opened))
    print(f"memory of the server: {peak / 2**20:.0f} MB at most;  errors: {len(room.errors)}")
    print(*room.errors[:10], sep="\n")
    return 1 if room.errors else 0


if __name__ == "__main__":
    sys.exit(main())
