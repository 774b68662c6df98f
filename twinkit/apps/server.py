"""The Voila server behind ``twinkit app``, with the repairs it needs.

- Only the apps have an address; Voila's file list and the other notebooks have none.
- A page sets the cookie that Voila's goodbye message is checked against.  Without
  it the message is refused, and every closed tab leaves a kernel behind.
- Kernels run in the Python that runs the server, whatever else is registered.
- The port is taken before the first kernel starts, so kernels know it.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from pathlib import Path

import tornado.ioloop
import tornado.web
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from traitlets import Any, Dict
from voila.app import Voila
from voila.handler import BaseVoilaHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from twinkit.apps.title import slug, title_of

NOT_SERVED = (TornadoVoilaHandler, TornadoVoilaTreeHandler, VoilaContentsHandler)


class ThisPython(KernelSpecManager):
    """One kernel: the Python that runs the server, with its packages."""

    def find_kernel_specs(self) -> dict[str, str]:
        return {NATIVE_KERNEL_NAME: RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        quiet = get_kernel_dict(["--log-level=ERROR"])
        return KernelSpec(resource_dir=RESOURCES, **quiet)

    def get_all_specs(self) -> dict[str, dict]:
        return {NATIVE_KERNEL_NAME: {"resource_dir": RESOURCES, "spec": get_kernel_dict()}}


class AppPage(TornadoVoilaHandler):
    """The page of one app."""

    @tornado.web.authenticated
    async def get(self) -> None:
        self.xsrf_token  # noqa: B018  reading it sets the cookie that the goodbye message needs
        await super().get(path=None)


class Index(BaseVoilaHandler):
    """The list of the apps, if there are several."""

    def initialize(self, apps: list[dict[str, str]], **kwargs) -> None:
        super().initialize(**kwargs)
        self.apps = apps

    @tornado.web.authenticated
    def get(self) -> None:
        self.write(self.render_template("apps.html", apps=self.apps))


class NoSuchPage(BaseVoilaHandler):
    """What every other address answers."""

    @allow_unauthenticated
    def get(self) -> None:
        raise tornado.web.HTTPError(404)


class AppServer(Voila):
    """Voila for a few app notebooks of one folder."""

    name = "twinkit"
    apps = Any(help="paths of the notebooks")
    sockets = Any(help="listening sockets, taken before the kernels start")
    when_ready = Any(help="called once the server answers")
    pools = Dict(help="notebook name → warm kernels that wait for its visitors")

    def init_settings(self) -> dict:
        self.config.VoilaKernelManager.kernel_pools_config = {
            "default": {"pool_size": 0, "kernel_env_variables": {}},
            **{name: {"pool_size": size, "kernel_env_variables": {}} for name, size in self.pools.items()},
        }
        others = {"default_handler_class": NoSuchPage}
        others["default_handler_args"] = {"voila_configuration": self.voila_configuration}
        return {**super().init_settings(), **others}

    def init_handlers(self) -> list:
        handlers = [h for h in super().init_handlers() if h[1] not in NOT_SERVED]
        for path, *rest in self.identity_provider.get_handlers():  # Voila forgets the path in front
            handlers.append((url_path_join(self.server_url, path), *rest))
        shared = {"voila_configuration": self.voila_configuration}
        pages = {slug(path): Path(path).name for path in self.apps}
        for name, file in pages.items():
            options = {"template_paths": self.template_paths, "config": self.config, **shared}
            options["notebook_path"] = file
            handlers.append((url_path_join(self.server_url, name) + "/?", AppPage, options))
            if len(pages) == 1:
                handlers.append((self.server_url, AppPage, options))
        if len(pages) > 1:
            apps = [{"address": slug(p), **title_of(p)} for p in self.apps]
            handlers.append((self.server_url, Index, {"apps": apps, **shared}))
        return handlers

    def listen(self) -> None:
        HTTPServer(self.app).add_sockets(self.sockets)
        self.ioloop = tornado.ioloop.IOLoop.current()
        # an interrupt raised inside a task would come back from whoever waits for that task
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._end)
        self.ioloop.add_callback(self.when_ready)
        self.ioloop.start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("Stopping …", file=sys.stderr, flush=True)
        self.stop()

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


def new_event_loop() -> None:
    """An event loop of our own, which the warm kernels can be started on before it runs."""
    asyncio.set_event_loop(asyncio.new_event_loop())
