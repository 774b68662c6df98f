"""The service of a live twin: polls its sources, refreshes the twin, keeps the page of what is happening and raises alerts."""

from __future__ import annotations

import json
import re
import threading
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinkit.capabilities.live.ahead import GREEN
from twinkit.capabilities.live.company import Company
from twinkit.capabilities.live.feed import CLOCK, Feed
from twinkit.capabilities.live.homework import version
from twinkit.capabilities.live.now import Now, look, today
from twinkit.capabilities.live.sources import Source, poll_all
from twinkit.capabilities.live.twin import Twin
from twinkit.questions.live import told
from twinkit.report.document import Document
from twinkit.result import Text
from twinkit.tables.case import Case
from twinkit.words import dated, one_line

ALERT = "alert"
WEBHOOK_SECONDS = 10


@dataclass(frozen=True)
class Page:
    """What visitors see.

    Attributes
    ----------
    number
        Rises with every new page.
    html
        The whole document.
    """

    number: int
    html: str


class Alerts:
    """Alerts to a file (a line of JSON each) and to a webhook (POST), once for every change of a light, a drift or a silence.

    Parameters
    ----------
    feed
        In which they are kept, so that a restart does not raise them again.
    file, webhook
        Where they go; "" for nowhere.
    say
        Told where a webhook cannot be reached.
    """

    def __init__(self, feed: Feed, file: str = "", webhook: str = "", say: Callable[[str], None] = lambda line: None) -> None:
        self.feed, self.file, self.webhook, self.say = feed, file, webhook, say
        self.stands = {one["of"]: one["state"] for _, one in feed.notes(ALERT)}

    def raise_for(self, now: Now) -> list[dict[str, Any]]:
        """Raise what has changed; returns it."""
        found = []
        for of, state, words in _states(now, self.stands):
            if self.stands.get(of, GREEN) != state:
                self.stands[of] = state
                alert = {"of": of, "state": state, "when": dated(now.case.settings, now.now), "words": words}
                if self.feed.note(ALERT, f"{of}|{state}|{now.now}", alert):
                    found.append(alert)
                    self._send(alert)
        return found

    def _send(self, alert: dict[str, Any]) -> None:
        text = json.dumps(alert, ensure_ascii=False)
        if self.file:
            with Path(self.file).open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        if self.webhook:
            threading.Thread(target=self._post, args=(text,), daemon=True).start()

    def _post(self, text: str) -> None:
        try:
            message = urllib.request.Request(self.webhook, text.encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(message, timeout=WEBHOOK_SECONDS).close()
        except (OSError, ValueError) as error:
            self.say(f"The alert could not be sent to the webhook: {error}")


def _states(now: Now, stands: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """What may raise an alert: name, state and words; drifts that are gone are on course again."""
    for goal in now.goals:
        yield f"objective {goal.kpi}", goal.light, f"{goal.kpi}: {goal.light}, chance of a breach {goal.worst.value:.0%}"
    yield "feed", "stale" if now.stale else GREEN, f"nothing has been read for {now.silent} periods" if now.stale else "readings come again"
    drifting = {f"drift {d.kind} {' | '.join(d.place)}": d for d in now.drifts}
    for name in [*drifting, *(n for n in stands if n.startswith("drift ") and n not in drifting)]:
        one = drifting.get(name)
        yield name, "drifts" if one else GREEN, f"{name}: {one.error:+.4g} units a reading since {dated(now.case.settings, one.since)}" if one else f"{name} is over"


class Service:
    """A live twin that keeps itself up to date.

    Parameters
    ----------
    case, feed
        The case, and the file of its readings; a service that is started again with the same file goes on where it was.
    sources
        Asked again and again for what is new.
    horizon, worlds
        How far it looks ahead, in how many worlds.
    every
        Seconds between two looks for something new.
    company, pace
        A shadow company that lives through a period every `pace` seconds.
    alerts
        Where alerts go.
    """

    def __init__(
        self, case: Case, feed: Feed, sources: Sequence[Source] = (), *, horizon: int = 90, worlds: int = 256, every: float = 2.0,
        company: Company | None = None, pace: float = 1.0, alerts: Alerts | None = None, say: Callable[[str], None] = lambda line: None,
    ) -> None:  # fmt: skip
        self.case, self.feed, self.sources, self.say = case, feed, list(sources), say
        self.horizon, self.worlds, self.every, self.company, self.pace = horizon, worlds, every, company, pace
        self.alerts = alerts or Alerts(feed)
        self.page = Page(0, shown(Document(f"What is happening: {case.settings.get('title') or case.name}", told_waiting(feed))))
        self.twin: Twin | None = None
        self.now: Now | None = None
        self.problems: tuple[str, ...] = ()
        self.looking = False
        """Whether readings are being taken in that the page does not show yet."""
        self._known: tuple[Any, ...] = ()
        self._stop, self._threads = threading.Event(), []

    # --- running

    def start(self) -> Service:
        """Begin; returns at once."""
        if self.company is not None:
            self.feed.note(CLOCK, "readings", True)
            self._threads.append(threading.Thread(target=self._live, name="shadow company", daemon=True))
        self._threads.append(threading.Thread(target=self._loop, name="live twin", daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """End, once what is going on is done."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60.0)

    def _live(self) -> None:
        """The shadow company lives; after a restart it catches up to where it was without waiting."""
        assert self.company is not None
        done = self.feed.newest()
        while not self._stop.is_set() and self.company.period < self.company.chain.plan.periods:
            begun, again = time.monotonic(), self.company.period < done
            self.feed.take(self.company.day(), "shadow company")
            if not again:
                self._stop.wait(max(0.0, self.pace - (time.monotonic() - begun)))

    def _loop(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self.step()
            except Exception as error:
                traceback.print_exc()
                self.problems = (f"■ The last look failed ({type(error).__name__}: {one_line(str(error), 200)}); what is shown is older.",)
                self._known = ()
            self._stop.wait(max(0.2, self.every - (time.monotonic() - begun)))

    def step(self) -> bool:
        """Take in what is new and, if anything is, make a new page; whether it did."""
        problems = []
        for name, found in poll_all(self.sources, self.feed):
            if isinstance(found, str):
                problems.append(f"■ {found[0].upper()}{found[1:]}. What stands below is older than it could be.")
            elif found.refused:
                self.say(f"{name}: {found.sentence()}")
        self.problems = tuple(problems)
        wall = today(self.feed)
        changes = tuple(self.feed.notes("accepted"))
        known = (self.feed.last(), wall, len(changes), self.problems)
        if known == self._known or self.feed.newest() < 0:
            self.looking = False
            return False
        self.looking = True
        if self.twin is None or len(changes) != self._known[2]:
            self.twin = Twin(version(self.case, self.feed), self.feed, self.worlds)
        else:
            self.twin.refresh()
        if self.now is None or not self.now.actions:  # somebody waits: first without what takes longest
            self._show(look(self.twin, self.horizon, False, wall=wall, sources=self.problems))
        self._show(look(self.twin, self.horizon, wall=wall, sources=self.problems, cancel=self._stop))
        self.alerts.raise_for(self.now)
        self._known, self.looking = known, False
        return True

    def _show(self, now: Now) -> None:
        self.now = now
        answer = told(now)
        self.page = Page(self.page.number + 1, shown(Document(answer.title, answer.blocks, answer.about)))


def shown(document: Document) -> str:
    """A document as the page takes it: its style comes from the server."""
    return re.sub(r"<style>.*?</style>", "", document.to_html(), count=1, flags=re.DOTALL)


def told_waiting(feed: Feed) -> list[Any]:
    """What is shown before the first look."""
    return [Text("There is no reading yet. The page shows what is happening as soon as the first ones have arrived." if feed.newest() < 0 else "The twin is catching up with its readings.", "lead")]
