"""The command ``twinkit live``."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from twinkit.apps.serve import SHORTEST_TOKEN, CannotServeError, take_port
from twinkit.capabilities.live.company import LATEST, Company
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.homework import accept, proposals, version
from twinkit.capabilities.live.now import FEED
from twinkit.capabilities.live.sources import SourceError, source_of
from twinkit.capabilities.live.twin import Twin
from twinkit.live.server import serve_until
from twinkit.live.service import Alerts, Service
from twinkit.tables.case import Case
from twinkit.tables.read import example
from twinkit.words import one_line, say
from twinkit.workshop.server import stop_on_signals
from twinkit.workshop.start import FIRST_PORT, address_of, open_browser

DEMO, DEMO_SEED, DEMO_DAY = "automotive", 2026, 45
"""Case, luck and first day of what nobody tells the twin, of a demonstration."""
DEMO_TOLD = 12
"""Days after which somebody tells the twin of it."""
TOKEN = "token"


def live_command(args: argparse.Namespace) -> int | None:
    """Serve a live twin, or look at what it proposes."""
    given = os.environ.get("TWINKIT_TOKEN", "")
    if args.public and 0 < len(given) < SHORTEST_TOKEN:
        say(f"twinkit: other computers can try tokens, so TWINKIT_TOKEN needs {SHORTEST_TOKEN} characters or more; without one, one is made.", file=sys.stderr)
        return 2
    case = example(args.case or (DEMO if args.demo else ""))
    path = Path(args.file or f"{case.name}.live.sqlite").expanduser()
    try:
        feed = Feed(path, case)
        if args.accept is not None:
            return accepting(case, feed, args.accept, args.by or "")
        sources = [source_of(text) for text in args.feed]
    except (ValueError, SourceError) as error:
        say(f"twinkit: {error}", file=sys.stderr)
        return 2
    company = demo_company(case, feed, args.seed) if args.demo else None
    if args.notices is not None or company is not None:
        feed.allow_late(LATEST if args.notices is None else args.notices)
    alerts = Alerts(feed, args.alerts or "", args.webhook or "", say)
    service = Service(case, feed, sources, horizon=args.horizon, worlds=args.worlds or int(case.settings["replications"]), company=company,
                      pace=60.0 / args.days_a_minute, alerts=alerts, say=say)  # fmt: skip
    try:
        taken = take_port("0.0.0.0" if args.public else "127.0.0.1", args.port, FIRST_PORT)
    except CannotServeError as error:
        say(f"The twin {error}.", file=sys.stderr)
        return 2
    address = address_of(args.public, taken.getsockname()[1])
    token = kept_secret(feed, TOKEN, given)
    key = kept_secret(feed, "key", "") if args.public else ""
    link = f"{address}?key={key}" if key else address

    def ready() -> None:
        say(f"What is happening: {link}", f"Readings are sent to {address}readings with POST and Authorization: Bearer {token}",
            f"They are kept in {path}; start with the same file to go on after a stop. The question in other doors: {FEED}={path} twinkit ask live {args.case or DEMO}",
            *([f"A shadow company lives {args.days_a_minute:g} days a minute. It has other luck than the twin, and something will happen to it that nobody tells."] if company else []),
            "Stop with Ctrl-C.")  # fmt: skip
        if not args.no_browser:
            open_browser(link)

    async def main() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await serve_until(service, taken, token, key, stop, ready)

    try:
        asyncio.run(main())
    finally:
        feed.close()
    return None


def kept_secret(feed: Feed, name: str, given: str) -> str:
    """A secret of a file of readings, which stays the same after a restart; or the one that is given."""
    if not given:
        feed.note("secret", name, secrets.token_urlsafe(18))
        return next(body for known, body in feed.notes("secret") if known == name)
    return given


def demo_company(case: Case, feed: Feed, seed: int | None = None) -> Company:
    """A shadow company: the first event of the case happens to it, and some days later somebody says so."""
    rows = case["events"].to_dict("records")
    hidden: list[dict[str, Any]] = []
    if rows:
        hidden = [{**rows[0], "start": DEMO_DAY, "scheduled": True, "latest_start": None, "probability": 1.0, "after": "", "time_between": None}]
    return ToldLater(case, DEMO_SEED if seed is None else seed, hidden)


class ToldLater(Company):
    """A company of which what is hidden is told some days after it began."""

    def day(self) -> list[dict[str, Any]]:
        rows = super().day()
        told = [{"kind": "event", "at": int(r["start"]), "event": r["event"], "sent": ""} for r in self.hidden if self.period - 1 == r["start"] + DEMO_TOLD]
        return [*rows, *told]


def accepting(case: Case, feed: Feed, which: str, by: str) -> int:
    """List what is proposed, or accept one of it."""
    twin = Twin(version(case, feed), feed, 32)
    found = proposals(twin)
    if not which:
        say(*[f"{i}. {p.words}" for i, p in enumerate(found, 1)] or ["Nothing that was read speaks against the tables."])
        return 0
    if not which.isdecimal() or not 1 <= int(which) <= len(found):
        say(f"twinkit: there is no proposal {one_line(which, 40)}: there are {len(found)}. `twinkit live CASE --accept` lists them.", file=sys.stderr)
        return 2
    try:
        accept(feed, found[int(which) - 1], by)
    except ValueError as error:
        say(f"twinkit: {error} (--by NAME)", file=sys.stderr)
        return 2
    say(f"Accepted: {found[int(which) - 1].words}")
    return 0
