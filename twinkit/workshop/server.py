"""The server of a workshop: one process and one port for everybody.

Players come in with the join code and keep their seat with a cookie; the trainer's page
opens with its key.  Pages are files of this package; what they show comes over WebSockets
(:mod:`twinkit.workshop.live`).
"""

from __future__ import annotations

import asyncio
import html
import io
import logging
import re
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import tornado.web

from twinkit.apps.limits import LimitedServer, Tries
from twinkit.report.pictures import plain_settings
from twinkit.show.palette import THEMES
from twinkit.show.picture import describe
from twinkit.tables.cells import escape
from twinkit.workshop.debrief import Debrief, debrief
from twinkit.workshop.debrief_document import debrief_document, player_document
from twinkit.workshop.live import Hub, Page
from twinkit.workshop.log import Entry, WorkshopError
from twinkit.workshop.session import Session
from twinkit.workshop.slides import Slide, slides_of
from twinkit.workshop.state import Player

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")


def set_headers(handler: tornado.web.RequestHandler) -> None:
    """Let a page load, run and send nothing but what is of this server."""
    host = handler.request.host
    live = f" ws://{host} wss://{host}" if PLAIN_HOST.fullmatch(host) else ""  # older browsers: 'self' is no WebSocket
    handler.set_header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors 'none'; connect-src 'self'{live}",
    )
    for name, value in HEADERS.items():
        handler.set_header(name, value)


def seat_cookie(session: Session) -> str:
    """Name of the cookie that keeps a player's seat."""
    return f"twinkit_seat_{session.mark}"


def lead_cookie(session: Session) -> str:
    """Name of the cookie that keeps the trainer's key."""
    return f"twinkit_lead_{session.mark}"


def player_of(handler: tornado.web.RequestHandler, session: Session) -> Player | None:
    """Who a request comes from; None without a seat."""
    return session.player(handler.get_cookie(seat_cookie(session), "") or "")


def is_trainer(handler: tornado.web.RequestHandler, session: Session) -> bool:
    """Whether a request comes with the trainer's cookie."""
    return session.is_key(handler.get_cookie(lead_cookie(session), "") or "")


def watch_cookie(session: Session) -> str:
    """Name of the cookie of somebody who only watches."""
    return f"twinkit_watch_{session.mark}"


def may_watch(handler: tornado.web.RequestHandler, session: Session) -> bool:
    """Whether a request may see what the beamer shows: the trainer's, or of somebody who gave the code."""
    return is_trainer(handler, session) or session.is_code(handler.get_cookie(watch_cookie(session), "") or "")


def is_foreign(handler: tornado.web.RequestHandler) -> bool:
    """Whether a page of somebody else sent the request."""
    origin = handler.request.headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc != handler.request.host


def who_is(session: Session) -> Callable[[tornado.web.RequestHandler, str], tuple[str, int] | None]:
    """Says who a WebSocket belongs to: (kind, number of the player), or None if it may not be opened."""

    def who(handler: tornado.web.RequestHandler, kind: str) -> tuple[str, int] | None:
        if kind == "door":
            return "door", 0
        if kind == "trainer":
            return (kind, 0) if is_trainer(handler, session) else None
        if kind == "board":
            return (kind, 0) if may_watch(handler, session) else None
        player = player_of(handler, session) if kind == "player" else None
        return ("player", player.number) if player else None

    return who


# --- the server


PAGES = Path(__file__).parent / "pages"
CANVAS = Path(__file__).parents[1] / "apps" / "canvas"
"""Folder of the script that fields for numbers share with the apps."""
LONGEST_BODY = 64_000
"""Bytes of a form that are read."""

SENTENCES = {
    403: "This page opens with the trainer's link only. Ask the trainer for it.",
    404: "There is no such page.",
    429: "Many wrong codes came from here, so wrong ones are answered slowly.",
}


class Handler(tornado.web.RequestHandler):
    """What all pages share."""

    def initialize(self, session: Session, hub: Hub, tries: Tries, debriefs: Debriefs) -> None:
        self.session, self.hub, self.tries, self.debriefs = session, hub, tries, debriefs

    def set_default_headers(self) -> None:
        set_headers(self)

    def page(self, name: str) -> None:
        """Send a page of this package."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write((PAGES / f"{name}.html").read_bytes())

    def leads(self) -> bool:
        """Whether this is the trainer's browser."""
        return is_trainer(self, self.session)

    def player(self) -> Player | None:
        """Whose browser this is; None without a seat."""
        return player_of(self, self.session)

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        sentence = SENTENCES.get(status_code, "That did not work. Go back and reload the page.")
        self.finish((PAGES / "notice.html").read_text(encoding="utf-8").replace("{sentence}", html.escape(sentence)))


class TrainersOnly(Handler):
    """A page that nobody but the trainer sees."""

    def prepare(self) -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)


class Door(Handler):
    """Where everybody comes in; whoever has a seat is brought to it."""

    def get(self) -> None:
        if self.player() is not None:
            self.redirect("play")
            return
        self.page("door")


class Watch(Handler):
    """Lets somebody with the code see what the beamer shows; answers with a sentence, or with none."""

    async def post(self) -> None:
        if await self.knows_the_code():
            self.set_cookie(watch_cookie(self.session), self.session.code, httponly=True, samesite="Lax", expires_days=7)
            self.answer(200, "")

    async def knows_the_code(self) -> bool:
        """Whether the form has the code; if it has not, that is answered."""
        if is_foreign(self):
            self.answer(403, "This form was sent from another page. Open the address on the screen.")
            return False
        if self.session.is_code(self.get_body_argument("code", "")):
            return True
        slow = await self.tries.was_wrong(self.request.remote_ip)
        wrong = "That is not the code of this session. Look at the screen in the room."
        self.answer(*((429, f"{wrong} {SENTENCES[429]}") if slow else (403, wrong)))
        return False

    def answer(self, status: int, sentence: str) -> None:
        """What the form of the door shows."""
        self.set_status(status)
        self.finish({"error": sentence})

    def write_error(self, status_code: int, **more: Any) -> None:
        self.finish({"error": "That could not be read. Reload the page and try again."})


class Join(Watch):
    """Takes a seat; answers with a sentence, or with none."""

    async def post(self) -> None:
        if not await self.knows_the_code():
            return
        given = {name: self.get_body_argument(name, "") for name in ("name", "team", "role", "key")}
        if self.player() is not None:  # one phone has one seat: it is brought there
            self.answer(200, "")
            return
        try:
            token = self.session.join(**given)
        except WorkshopError as error:
            self.answer(409, str(error))
            return
        self.set_cookie(seat_cookie(self.session), token, httponly=True, samesite="Lax", expires_days=7)
        self.answer(200, "")


class Play(Handler):
    """A player's page; whoever has no seat is sent to the door."""

    def get(self) -> None:
        if self.player() is None:
            self.redirect("./")
            return
        self.page("play")


class Lead(Handler):
    """The trainer's page; its key comes once in the address and then in a cookie."""

    async def get(self) -> None:
        key = self.get_query_argument("key", None)
        if key is not None:
            if not self.session.is_key(key):
                raise tornado.web.HTTPError(429 if await self.tries.was_wrong(self.request.remote_ip) else 403)
            self.set_cookie(lead_cookie(self.session), key, httponly=True, samesite="Lax", expires_days=7)
            self.redirect("lead")
            return
        if not self.leads():
            raise tornado.web.HTTPError(403)
        self.page("lead")


class Board(Handler):
    """What the beamer shows, also to whoever only watches."""

    def prepare(self) -> None:
        if not may_watch(self, self.session):
            raise tornado.web.HTTPError(403)

    def get(self) -> None:
        self.page("board")


class Picture(Board):
    """The join address as a QR picture."""

    def get(self) -> None:
        import segno

        out = io.BytesIO()
        target = f"{self.hub.address}?code={quote(self.session.code)}"
        segno.make(target, micro=False).save(out, kind="svg", scale=8, border=2, light="white", omitsize=True)
        self.set_header("Content-Type", "image/svg+xml")
        self.write(out.getvalue())


class Colours(Handler):
    """The palette as variables of a style sheet, light and dark."""

    def get(self) -> None:
        light, dark = (";".join(f"--{k}:{v}" for k, v in THEMES[theme].items()) for theme in ("light", "dark"))
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.write(f":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}")


class Missing(Handler):
    """Every other address."""

    def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


class Static(tornado.web.StaticFileHandler):
    """Scripts and styles of the pages."""

    def set_default_headers(self) -> None:
        set_headers(self)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")  # asked again, and sent only if it has changed

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(SENTENCES[404])


class Socket(Page):
    """The line of a page; what is refused has the headers of everything else."""

    def set_default_headers(self) -> None:
        set_headers(self)


def application(session: Session, address: str) -> tornado.web.Application:
    """The pages of a session; the hub stands in its settings.

    Parameters
    ----------
    session
        What is played.
    address
        Address that players open, ending with a slash.
    """
    hub = Hub(session, address)
    given = {"session": session, "hub": hub, "tries": Tries(), "debriefs": Debriefs(session)}
    pages = [("/", Door), ("/join", Join), ("/watch", Watch), ("/play", Play), ("/lead", Lead), ("/board", Board), ("/qr.svg", Picture),
             ("/palette.css", Colours)]  # fmt: skip
    handlers: list[tuple] = [(path, handler, given) for path, handler in [*pages, *DEBRIEF]]
    handlers.append((r"/live/(door|player|trainer|board)", Socket, {"hub": hub, "who": who_is(session)}))
    handlers.append((r"/static/(number_field\.js)", Static, {"path": str(CANVAS)}))
    handlers.append((r"/static/([a-z_]+\.(?:js|css))", Static, {"path": str(PAGES)}))
    return tornado.web.Application(
        handlers, default_handler_class=Missing, default_handler_args=given, websocket_ping_interval=20,
        websocket_ping_timeout=20, websocket_max_message_size=64_000, hub=hub, compress_response=True,
        log_function=log_failure,
    )  # fmt: skip


def log_failure(handler: tornado.web.RequestHandler) -> None:
    """Write what failed in the server to the log, without what follows the path: keys stand there."""
    if handler.get_status() >= 500:
        logging.getLogger("tornado.access").error("%d %s %s", handler.get_status(), handler.request.method, handler.request.path)


async def serve_until(
    session: Session, sockets: list, address: str, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve a session on listening sockets until `stop` is set."""
    app = application(session, address)
    hub = app.settings["hub"]
    server = LimitedServer(app, xheaders=False, max_body_size=LONGEST_BODY)
    server.add_sockets(sockets)
    hub.keep_time()
    ready()
    try:
        await stop.wait()
    finally:
        server.stop()
        hub.close()
        await server.close_all_connections()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C and a request to end set an event, instead of breaking in anywhere."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))


# --- addresses of the debrief: the trainer's page and files, and what each player takes away


KINDS = {
    "html": ("text/html; charset=utf-8", lambda document: document.to_html().encode()),
    "pdf": ("application/pdf", lambda document: document.to_pdf()),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", lambda document: document.to_excel()),
    "zip": ("application/zip", lambda document: document.to_zip()),
}
"""End of a file's name → its type, and how it is written."""


class Debriefs:
    """Debriefs of a session and the pages of its players, worked out beside the game, each once for every state of it."""

    def __init__(self, session: Session) -> None:
        self.session, self.kept, self.pages = session, {}, {}
        session.listeners.append(self.changed)

    def changed(self, entry: Entry) -> None:
        """Begin when the game is over: soon a whole room asks for it at the same moment."""
        if entry.kind == "advance" and self.session.state.over:
            self.of()

    def of(self, round: int = 0) -> asyncio.Future[Debrief]:
        """The debrief of what has been played so far, or of a round before, counted from 1."""
        state = self.session.state
        people = [(p.number, p.name, p.team, p.role) for p in state.players.values()]
        now = (round,) if round else (0, state.turn, *((t.period, *t.bots.values()) for t in state.teams.values()), state.anonymous, *people, *state.forks)
        if now not in self.kept:
            self.kept = {key: found for key, found in self.kept.items() if key[0] != round}
            make = self.session.copied(round)
            self.kept[now] = asyncio.get_running_loop().run_in_executor(None, lambda: debrief(make()))
        return self.kept[now]

    def page(self, found: Debrief, player: int, make: Callable[[], bytes]) -> asyncio.Future[bytes]:
        """A player's own page, made once for each debrief; whoever goes away does not stop it."""
        of, made = self.pages.get(player, (None, None))
        if of is not found:
            made = asyncio.ensure_future(asyncio.to_thread(make))
            self.pages[player] = found, made
        return asyncio.shield(made)


class Debriefing(Handler):
    """What the pages of the debrief share."""

    async def found(self) -> Debrief:
        """The debrief of what has been played so far, or of a round before that the address names."""
        given = self.get_query_argument("round", "")
        of = int(given) if given.isdecimal() and self.leads() else 0
        if given and not 1 <= of <= len(self.session.state.rounds):
            raise tornado.web.HTTPError(404)
        return await asyncio.shield(self.debriefs.of(of))

    def not_yet(self, sentence: str) -> None:
        """Say why there is nothing to see yet."""
        self.set_status(409)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(sentence)

    async def send(self, kind: str, name: str, make: Callable[[Debrief], Any], player: int = 0) -> None:
        """Send a document as a file of some kind; a page is shown, all else is saved, and that of a player is made once."""
        try:
            found = await self.found()
        except ValueError as error:
            self.not_yet(str(error))
            return
        mime, write = KINDS[kind]
        work = lambda: write(make(found))  # noqa: E731
        data = await (self.debriefs.page(found, player, work) if player else asyncio.to_thread(work))
        self.set_header("Content-Type", mime)
        if kind == "html":
            # the page is made of itself alone: no script runs in it and nothing is loaded
            self.set_header("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
        else:
            self.set_header("Content-Disposition", f'attachment; filename="{name}.{kind}"')
        self.finish(data)


class TrainersDebrief(TrainersOnly, Debriefing):
    """The debrief for the beamer, or as a file."""

    async def get(self, kind: str = "html") -> None:
        await self.send(kind or "html", "debrief", debrief_document)


class PlayersPages(TrainersOnly, Debriefing):
    """The pages of all players in one file, for the trainer to hand out."""

    async def get(self) -> None:
        await self.send("zip", "players", lambda found: _Bundle(found))


class _Bundle:
    """All players' pages, as something that a zip can be made of."""

    def __init__(self, found: Debrief) -> None:
        self.found = found

    def to_zip(self) -> bytes:
        """A zip with a page for each person."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
            for number in sorted(self.found.state.players):
                bundle.writestr(f"player-{number}.html", player_document(self.found, number).to_html())
        return out.getvalue()


class Moves(TrainersOnly, Debriefing):
    """Every move as a CSV file."""

    async def get(self, table: str) -> None:
        try:
            found = await self.found()
        except ValueError as error:
            self.not_yet(str(error))
            return
        frame = {"moves": found.moves, "seats": found.table, "teams": found.teams}[table]()
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{table}.csv"')
        words = frame.select_dtypes(exclude="number").columns
        self.finish(frame.assign(**{c: frame[c].map(escape) for c in words}).to_csv(index=False))


class Mine(Debriefing):
    """A player's own page, once the game is over or closed."""

    async def get(self) -> None:
        player = self.player()
        if player is None:
            self.redirect("./")
            return
        state = self.session.state
        if state.phase != "closed" and state.period < state.periods:
            self.not_yet("Your page is ready when the game is over.")
            return
        await self.send("html", "mine", lambda found: player_document(found, player.number), player.number)


class Slides(TrainersOnly, Debriefing):
    """The debrief for the beamer, one thought a page; its pictures are drawn once."""

    async def get(self) -> None:
        found = await self._slides()
        if found is None:
            return
        parts = []
        for s in found:
            title, points = html.escape(s.title), "".join(f"<p>{html.escape(p)}</p>" for p in s.points)
            picture = ""
            if s.draw is not None:
                alt = html.escape((await self._drawn(s, "light"))[1])
                live = " data-live" * s.live
                picture = (f'<picture{live}><source data-src="slides/{s.key}-dark.svg" media="(prefers-color-scheme: dark)">'
                           f'<img data-src="slides/{s.key}-light.svg" alt="{alt}"></picture>')  # fmt: skip
            parts.append(f'<section id="{s.key}" aria-label="{title}"><h1>{title}</h1>{points}{picture}</section>')
        choices = "".join(f"<option>{number}. {s.key}</option>" for number, s in enumerate(found, start=1))
        page = (PAGES / "slides.html").read_text(encoding="utf-8")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page.replace("{choices}", choices).replace("{slides}", "\n".join(parts)))

    async def _slides(self) -> list[Slide] | None:
        try:
            return slides_of(await self.found(), self.session.state.guesses)
        except ValueError as error:
            self.not_yet(str(error))
            return None

    async def _drawn(self, slide: Slide, theme: str) -> tuple[bytes, str]:
        """The picture of a slide and its words."""
        if slide.live:
            return await asyncio.to_thread(_svg, slide, theme)
        kept, of = self.application.settings.setdefault("slides", {}), id(await self.found())
        for old in [k for k in kept if k[0] != of]:
            del kept[old]
        if (of, slide.key, theme) not in kept:
            kept[of, slide.key, theme] = await asyncio.to_thread(_svg, slide, theme)
        return kept[of, slide.key, theme]


def _svg(slide: Slide, theme: str) -> tuple[bytes, str]:
    file = io.BytesIO()
    with plain_settings():
        figure = slide.draw(theme)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue(), describe(figure)


class SlidePicture(Slides):
    """The picture of a slide, for a light or a dark page."""

    async def get(self, key: str, theme: str) -> None:
        found = await self._slides()
        if found is None:
            return
        slide = next((s for s in found if s.key == key and s.draw is not None), None)
        if slide is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", "image/svg+xml")
        self.set_header("Cache-Control", "no-store" if slide.live else "no-cache")
        self.finish((await self._drawn(slide, theme))[0])


DEBRIEF: list[tuple[str, type[Handler]]] = [
    (r"/debrief(?:\.(html|pdf|xlsx|zip))?", TrainersDebrief),
    (r"/slides", Slides),
    (r"/slides/([a-z0-9]+)-(light|dark)\.svg", SlidePicture),
    (r"/players\.zip", PlayersPages),
    (r"/(moves|seats|teams)\.csv", Moves),
    (r"/mine", Mine),
]
"""Addresses and their handlers."""
