"""Addresses of the debrief: the trainer's page and files, and what each player takes away."""

from __future__ import annotations

import asyncio
import html
import io
import zipfile
from typing import Any

import tornado.web

from twinkit.report.pictures import plain_settings
from twinkit.show.picture import describe
from twinkit.tables.cells import escape
from twinkit.workshop.debrief import Debrief, debrief
from twinkit.workshop.debrief_document import debrief_document, player_document
from twinkit.workshop.server import PAGES, Handler
from twinkit.workshop.slides import Slide, slides_of

KINDS = {
    "html": ("text/html; charset=utf-8", lambda document: document.to_html().encode()),
    "pdf": ("application/pdf", lambda document: document.to_pdf()),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", lambda document: document.to_excel()),
    "zip": ("application/zip", lambda document: document.to_zip()),
}
"""End of a file's name → its type, and how it is written."""


class Debriefing(Handler):
    """What the pages of the debrief share; it is worked out once for every state of the game."""

    async def found(self) -> Debrief:
        """The debrief of what has been played so far; it is made beside the game."""
        state = self.session.state
        now = (state.turn, state.period, state.anonymous, len(state.players), len(state.forks))
        kept = self.application.settings.setdefault("debriefs", {})
        if now not in kept:
            kept.clear()
            make = self.session.copied()
            kept[now] = asyncio.get_running_loop().run_in_executor(None, lambda: debrief(make()))
        return await asyncio.shield(kept[now])

    async def send(self, kind: str, name: str, make: Any) -> None:
        """Send a document as a file of some kind; a page is shown, all else is saved."""
        try:
            found = await self.found()
        except ValueError as error:
            self.set_status(409)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))
            return
        mime, write = KINDS[kind]
        data = await asyncio.to_thread(lambda: write(make(found)))
        self.set_header("Content-Type", mime)
        if kind == "html":
            # the page is made of itself alone: no script runs in it and nothing is loaded
            self.set_header("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
        else:
            self.set_header("Content-Disposition", f'attachment; filename="{name}.{kind}"')
        self.finish(data)


class TrainersDebrief(Debriefing):
    """The debrief for the beamer, or as a file."""

    async def get(self, kind: str = "html") -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
        await self.send(kind or "html", "debrief", debrief_document)


class PlayersPages(Debriefing):
    """The pages of all players in one file, for the trainer to hand out."""

    async def get(self) -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
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


class Moves(Debriefing):
    """Every move as a CSV file."""

    async def get(self, table: str) -> None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
        try:
            found = await self.found()
        except ValueError as error:
            self.set_status(409)
            self.finish(str(error))
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
            self.set_status(409)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("Your page is ready when the game is over.")
            return
        await self.send("html", "mine", lambda found: player_document(found, player.number))


class Slides(Debriefing):
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
                picture = (f'<picture><source data-src="slides/{s.key}-dark.svg" media="(prefers-color-scheme: dark)">'
                           f'<img data-src="slides/{s.key}-light.svg" alt="{alt}"></picture>')  # fmt: skip
            parts.append(f'<section id="{s.key}" aria-label="{title}"><h1>{title}</h1>{points}{picture}</section>')
        choices = "".join(f"<option>{number}. {s.key}</option>" for number, s in enumerate(found, start=1))
        page = (PAGES / "slides.html").read_text(encoding="utf-8")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page.replace("{choices}", choices).replace("{slides}", "\n".join(parts)))

    async def _slides(self) -> list[Slide] | None:
        if not self.leads():
            raise tornado.web.HTTPError(403)
        try:
            return slides_of(await self.found())
        except ValueError as error:
            self.set_status(409)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))
            return None

    async def _drawn(self, slide: Slide, theme: str) -> tuple[bytes, str]:
        """The picture of a slide and its words."""
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
        self.finish((await self._drawn(slide, theme))[0])


DEBRIEF: list[tuple[str, type[Handler]]] = [
    (r"/debrief(?:\.(html|pdf|xlsx|zip))?", TrainersDebrief),
    (r"/slides", Slides),
    (r"/slides/([a-z]+)-(light|dark)\.svg", SlidePicture),
    (r"/players\.zip", PlayersPages),
    (r"/(moves|seats|teams)\.csv", Moves),
    (r"/mine", Mine),
]
"""Addresses and their handlers."""
