"""The Voila server behind ``twinkit app``, with the repairs it needs.

- Only the apps have an address; Voila's file list and the other notebooks have none.
- A page sets the cookie that Voila's goodbye message is checked against.  Without
  it the message is refused, and every closed tab leaves a kernel behind.
- A visitor for whom there is no room is told so; the others keep theirs.
- A page can ask whether its kernel still works, and says when it does not.
- Kernels run in the Python that runs the server, whatever else is registered.
- The port is taken before the first kernel starts, so kernels know it.
"""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import signal
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jinja2
import tornado.ioloop
import tornado.web
import traitlets
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.logout import LogoutHandler
from jupyter_server.utils import url_path_join
from voila.app import Voila
from voila.handler import BaseVoilaHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from twinkit.apps.front import Front
from twinkit.apps.guard import Headed
from twinkit.apps.kit.visit import visiting
from twinkit.apps.limits import LimitedServer
from twinkit.apps.places import LOOK_AGAIN, Places, most_for_one
from twinkit.apps.title import TITLE, pages_of
from twinkit.tables import write_template
from twinkit.words import say

KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
"""Where a page says which kernel is its own."""
MORE_TABLES = "Once this case has more tables"
"""Heading of the questions that need tables which have no rows."""

TOP = "<!--twinkit-top-->"
"""Stands in a page for the way to the others, and for what is said while it is built."""

REFUSAL = "<!doctype html><title>{{ status_code }}</title><p>{{ status_message }}"
"""What a request that no page makes is answered."""

NOT_SERVED = (TornadoVoilaHandler, TornadoVoilaTreeHandler, VoilaContentsHandler)


class ThisPython(KernelSpecManager):
    """One kernel: the Python that runs the server, with its packages."""

    how = traitlets.Dict(help="what a specification says about the way that kernels are started").tag(config=True)

    def find_kernel_specs(self) -> dict[str, str]:
        return {NATIVE_KERNEL_NAME: RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        quiet = get_kernel_dict(["--log-level=ERROR"])
        return KernelSpec(resource_dir=RESOURCES, **{**quiet, "metadata": {**quiet.get("metadata", {}), **self.how}})

    def get_all_specs(self) -> dict[str, dict]:
        return {NATIVE_KERNEL_NAME: {"resource_dir": RESOURCES, "spec": get_kernel_dict()}}


def without_token(handler: tornado.web.RequestHandler) -> bool:
    """Send a browser that has shown the token on to the address without it; the cookie speaks for it from now on."""
    if handler.get_query_argument("token", None) is None:
        return False
    rest = [(k, v) for k, v in parse_qsl(handler.request.query, keep_blank_values=True) if k != "token"]
    path = "/" + handler.request.path.lstrip("/")  # never the name of another computer
    handler.redirect(path + (f"?{urlencode(rest)}" if rest else ""))
    return True


class AppPage(TornadoVoilaHandler):
    """A page: a notebook, or one of the questions that a notebook shows."""

    def initialize(self, places: Places, page: dict[str, Any], pages: dict[str, dict[str, Any]], front: Front, **kwargs) -> None:
        super().initialize(**kwargs)
        self.places, self.page, self.pages, self.front = places, page, pages, front

    @tornado.web.authenticated
    async def get(self) -> None:
        if without_token(self):
            return
        self.xsrf_token  # noqa: B018  reading it sets the cookie that the goodbye message needs
        if not await self.places.wait():
            self.refuse()
            return
        waiting, kernel = True, ""
        await asyncio.to_thread(self.front.read)
        beside = [p for p in self.pages.values() if p["group"] == self.page["group"] and (p is self.page or not self.front.lacks(p))]
        top = self.render_template("top.html", page=self.page, beside=beside, several=len(self.pages) > 1)
        title = html.escape(self.page["title"])
        try:
            await self.places.bury(self.page["file"])
            async for text in self.get_generator():
                if waiting:  # the kernel is there, and is counted itself from now on
                    self.places.arrived()
                    waiting = False
                if found := KERNEL.search(text):
                    kernel = found.group(1)
                self.write(text.replace(TOP, top).replace(TITLE, title))
                self.flush()
        finally:
            if waiting:
                self.places.arrived()
            if kernel:  # only from here on: a slow computer may take longer to build a page than one is waited for
                self.places.watch(kernel)

    def refuse(self) -> None:
        """Say that there is no room, and when there may be."""
        self.set_status(503)
        self.set_header("Retry-After", str(LOOK_AGAIN))
        words = {"visitors": self.places.visitors, "free": self.places.free_again(), "again": LOOK_AGAIN}
        self.finish(self.render_template("full.html", **words))


class Index(BaseVoilaHandler):
    """The list of the pages, if there are several."""

    def initialize(self, pages: dict[str, dict[str, Any]], front: Front, **kwargs) -> None:
        super().initialize(**kwargs)
        self.front = front
        self.own = "workbench" in pages
        self.pages = pages

    @tornado.web.authenticated
    async def get(self) -> None:
        if without_token(self):
            return
        front = await asyncio.to_thread(self.front.read)
        groups: dict[str, list[dict[str, Any]]] = {}
        for page in sorted(self.pages.values(), key=front.lacks):  # what the case has no tables for comes last
            groups.setdefault(MORE_TABLES if front.lacks(page) else page["group"], []).append(page)
        self.write(self.render_template("apps.html", groups=groups, front=front, own=self.own, public=self.settings["allow_remote_access"], copies=visiting()))


class Map(BaseVoilaHandler):
    """The map of the landing page, for a light or a dark one."""

    def initialize(self, front: Front, **kwargs) -> None:
        super().initialize(**kwargs)
        self.front = front

    @tornado.web.authenticated
    async def get(self, theme: str) -> None:
        picture = await asyncio.to_thread(self.front.picture, theme)
        if not picture:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", "image/png")
        self.set_header("Cache-Control", "no-cache")
        self.write(picture)


class Template(BaseVoilaHandler):
    """The empty workbook that a case can be written into."""

    @tornado.web.authenticated
    async def get(self) -> None:
        self.set_header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        self.set_header("Content-Disposition", 'attachment; filename="my-chain.xlsx"')
        self.write(await asyncio.to_thread(template_bytes))


@cache
def template_bytes() -> bytes:
    """The workbook that ``twinkit template`` writes."""
    with tempfile.TemporaryDirectory() as folder:
        return write_template(Path(folder) / "template.xlsx").read_bytes()


class Alive(BaseVoilaHandler):
    """Whether the kernel of a page still works: asked of the process, since a busy kernel answers nothing itself."""

    def initialize(self, places: Places, **kwargs) -> None:
        super().initialize(**kwargs)
        self.places = places

    @tornado.web.authenticated
    async def get(self, kernel: str) -> None:
        kernels = self.kernel_manager
        self.set_header("Cache-Control", "no-store")
        alive = kernel in kernels and await ensure_async(kernels.get_kernel(kernel).is_alive())
        self.write({"alive": alive, "why": self.places.ended.get(kernel, "")})

    def _log(self) -> None:
        """No line for each of them: every page asks every other second."""


class NoSuchPage(BaseVoilaHandler):
    """What every other address answers."""

    @allow_unauthenticated
    def get(self) -> None:
        raise tornado.web.HTTPError(404)


class Leave(BaseVoilaHandler):
    """Forgets who is here; Voila has no page of its own for that."""

    @allow_unauthenticated
    def get(self) -> None:
        self.identity_provider.clear_login_cookie(self)
        self.redirect(self.base_url)


class TemplateFile(TemplateStaticFileHandler):
    """A file of a template; an address that is none is no page, and no error of the server."""

    def parse_url_path(self, path: str) -> str:
        template, _, rest = path.partition("/")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", template) or not rest.startswith("static/") or "\0" in path:
            raise tornado.web.HTTPError(404)
        if ".." in rest.split("/"):
            raise tornado.web.HTTPError(404)
        return super().parse_url_path(path)


class AppServer(Voila):
    """Voila for a few app notebooks of one folder."""

    name = "twinkit"
    apps = traitlets.Any(help="paths of the notebooks")
    sockets = traitlets.Any(help="listening sockets, taken before the kernels start")
    when_ready = traitlets.Any(help="called once the server answers")
    front = traitlets.Any(help="what the landing page says of the case")
    pools = traitlets.Dict(help="notebook name → warm kernels that wait for its visitors")
    visitors = traitlets.Int(1, help="most visitors at a time")
    longest = traitlets.Float(float("inf"), help="time that a kernel may compute without a pause [s]")

    def init_settings(self) -> dict:
        self.config.VoilaKernelManager.kernel_pools_config = {"default": pool_of(0)}
        others = {"default_handler_class": NoSuchPage}
        others["default_handler_args"] = {"voila_configuration": self.voila_configuration}
        settings = {**super().init_settings(), **others}
        pages = settings["jinja2_env"]  # those of Jupyter's own handlers ask for files that are not served here
        pages.loader = jinja2.ChoiceLoader([jinja2.DictLoader(dict.fromkeys(("404.html", "error.html"), REFUSAL)), pages.loader])
        return settings

    def init_handlers(self) -> list:
        handlers = [h for h in super().init_handlers() if h[1] not in NOT_SERVED]
        handlers = [h for h in handlers if h[1] is not LogoutHandler]
        handlers = [(h[0], TemplateFile, *h[2:]) if h[1] is TemplateStaticFileHandler else h for h in handlers]
        shared = {"voila_configuration": self.voila_configuration}
        handlers.append((url_path_join(self.server_url, "/logout"), Leave, shared))
        for path, *rest in self.identity_provider.get_handlers():  # Voila forgets the path in front
            if rest[0] is not LogoutHandler:
                handlers.append((url_path_join(self.server_url, path), *rest))
        self.places = places = Places(self.kernel_manager, self.visitors)
        handlers.append((url_path_join(self.server_url, r"/alive/([0-9a-f-]{36})"), Alive, {"places": places, **shared}))
        pages = pages_of([Path(path) for path in self.apps])
        for name, page in pages.items():
            options = {"template_paths": self.template_paths, "config": self.config, **shared}
            options |= {"notebook_path": page["file"], "places": places, "page": page, "pages": pages, "front": self.front}
            handlers.append((url_path_join(self.server_url, name) + "/?", AppPage, options))
            if len(pages) == 1:
                handlers.append((self.server_url, AppPage, options))
        if len(pages) > 1:
            handlers.append((self.server_url, Index, {"pages": pages, "front": self.front, **shared}))
            handlers.append((url_path_join(self.server_url, r"/map-(light|dark)\.png"), Map, {"front": self.front, **shared}))
            handlers.append((url_path_join(self.server_url, r"/my-chain\.xlsx"), Template, shared))
        return handlers

    def listen(self) -> None:
        LimitedServer(Headed(self.app)).add_sockets(self.sockets)
        self.ioloop = tornado.ioloop.IOLoop.current()
        # an interrupt raised inside a task would come back from whoever waits for that task
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._end)
        self.ioloop.add_callback(self.when_ready)
        self.ioloop.add_callback(self.warm_in_turn)
        self.ioloop.add_callback(self.places.keep_within, most_for_one(), self.longest)
        self.ioloop.start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("Stopping …", file=sys.stderr)
        self.stop()

    async def warm_in_turn(self) -> None:
        """Warm the kernels of one app after the other: all at once would keep the first visitor waiting."""
        for name, size in self.pools.items():
            manager = self.kernel_manager
            manager.kernel_pools_config = {**manager.kernel_pools_config, name: pool_of(size)}
            manager.fill_if_needed(delay=0, notebook_name=name)
            for waiting in list(manager._pools[name]):
                try:
                    await (await waiting)["task"]
                except Exception as error:
                    self.log.error("A kernel for %s could not be warmed", name, exc_info=error)

    def _end(self, number: int, frame: Any) -> None:
        self.ioloop.add_callback_from_signal(self.ioloop.stop)

    def stop(self) -> None:
        """Shut every kernel down, also those that are still starting."""
        self.log.setLevel("CRITICAL")  # what still looks for a kernel that is gone has nothing to say
        for socket in self.sockets:
            socket.close()
        self.ioloop.asyncio_loop.run_until_complete(asyncio.wait_for(self._shut_down_kernels(), timeout=20))
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    async def _shut_down_kernels(self) -> None:
        await ensure_async(self.kernel_manager.shutdown_all(now=True))


def pool_of(size: int) -> dict[str, Any]:
    """Setting of a pool of so many kernels."""
    return {"pool_size": size, "kernel_env_variables": {}}


def new_event_loop() -> None:
    """An event loop of our own, which the warm kernels can be started on before it runs."""
    asyncio.set_event_loop(asyncio.new_event_loop())
