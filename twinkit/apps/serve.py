"""``twinkit app``: the app notebooks as pages on this computer.

One process serves the pages; every visitor gets a kernel of their own, which is
shut down when the tab closes or, at the latest, after the idle time.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twinkit.apps.front import Front
from twinkit.apps.kit.visit import COPIES
from twinkit.words import say

FIRST_PORT = 8866
PORTS_TRIED = 50
SHORTEST_TOKEN = 8
"""Characters of a token that keeps other computers out."""
SERVED = ("app_*.ipynb", "questions.ipynb", "workbench.ipynb")
"""Notebooks of a folder that are pages; ``questions.ipynb`` is the page of every registered question."""
CHANGES = "with --write they can also change its tables and keep decisions beside it."
COPY_EACH = "each works on a copy of it, which is gone when they leave (--write lets them change the case itself)."
NEEDED_LABEXTENSIONS = ("@jupyter-widgets/", "@voila-dashboards/widgets-manager", "anywidget")
"""Beginnings of the names of the browser extensions that the apps use; others are not sent."""


class CannotServeError(Exception):
    """Why the apps cannot be served: a sentence."""


def app_notebooks(where: Path) -> list[Path]:
    """Apps to serve: the notebook itself, or every ``app_*.ipynb`` of a folder, its questions and its workbench."""
    from twinkit.apps.title import in_order

    if where.is_file() and where.suffix == ".ipynb":
        return [where.resolve()]
    found = in_order([f for name in SERVED for f in where.resolve().glob(name)]) if where.is_dir() else []
    if not found:
        raise CannotServeError(f"there is no notebook to serve in {where}: it needs an app_….ipynb")
    return found


def take_port(host: str, port: int | None, first: int = FIRST_PORT, last: int | None = None) -> socket.socket:
    """A listening socket on `port`; without one on the `last` one, or on the first free one from `first`.

    Raises
    ------
    CannotServeError
        If the port is in use, or none is free.
    """
    if port is not None and not 0 <= port <= 65535:
        raise CannotServeError(f"cannot listen on port {port}: a port is a number from 1 to 65535")
    family, refusal = socket.AF_INET6 if ":" in host else socket.AF_INET, None
    for number in [port] if port is not None else [*filter(None, [last]), *range(first, first + PORTS_TRIED)]:
        try:
            taken = socket.create_server((host, number), family=family, backlog=128)
        except OSError as error:
            refusal = error.strerror or error
        else:
            taken.setblocking(False)
            return taken
    ports = f"port {port}" if port is not None else f"any port from {first}"
    raise CannotServeError(f"cannot listen on {host or 'this computer'}, {ports}: {refusal}")


def check_exposure(host: str, public: bool, token: str) -> None:
    """Refuse to be reached from other computers unless that is said and guarded."""
    if public and len(token) < SHORTEST_TOKEN:
        raise CannotServeError(
            f"--public lets other computers in, so it needs a token of {SHORTEST_TOKEN} characters or more that visitors "
            "must know: set TWINKIT_TOKEN and start again"
        )
    if not public and not is_local(host):
        raise CannotServeError(f"other computers can reach --host {host}: add --public if you mean it")


def is_local(host: str) -> bool:
    """True if only this computer can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unused_labextensions() -> list[str]:
    """Names of the installed browser extensions that no app uses."""
    from jupyterlab_server.config import get_federated_extensions
    from voila.utils import get_voila_labextensions_path

    installed = get_federated_extensions(get_voila_labextensions_path())
    return sorted(name for name in installed if not name.startswith(NEEDED_LABEXTENSIONS))


def configuration(idle: float, debug: bool, warm: bool, how: dict[str, Any] | None = None):
    """Setting of Voila; `idle` is the time after which an unused kernel is shut down [s], `how` the way in which kernels are started."""
    from traitlets.config import Config

    voila = {
        "template": "twinkit",
        "allow_template_override": "NO",
        "allow_theme_override": "NO",
        "show_tracebacks": debug,
        "preheat_kernel": warm,
        "default_pool_size": 0,
        "extension_denylist": unused_labextensions(),
        "language_kernel_mapping": {"": "python3", "python": "python3"},
        "kernel_spec_manager_class": "twinkit.apps.server.ThisPython",
        "resources": {"twinkit": {"debug": debug, "clock": clock}},
    }
    kernels = {
        "cull_idle_timeout": max(1, round(idle)),
        "cull_interval": max(1, min(60, round(idle / 4))),
        "cull_connected": False,
    }
    return Config(
        VoilaConfiguration=voila,
        MappingKernelManager=kernels,
        ThisPython={"how": how or {}},
        VoilaExecutor={"startup_timeout": 120},
        AppServer={
            "kernel_websocket_connection_class": "twinkit.apps.guard.GuardedConnection",
            "identity_provider_class": "twinkit.apps.guard.PatientIdentity",
        },
        IdentityProvider={"cookie_options": {"samesite": "Lax", "httponly": True}},
        KernelManager={"autorestart": False},  # a kernel that is started again knows nothing of its page
    )


def clock() -> str:
    """Time of day, to find an error again in the log file."""
    return f"{datetime.datetime.now():%H:%M:%S}"


def serve(
    notebooks: list[Path],
    *,
    case: Path | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    base_url: str = "/",
    public: bool = False,
    write: bool = False,
    token: str = "",
    pool: int | None = None,
    visitors: int | None = None,
    idle_minutes: float = 20,
    longest_minutes: float | None = None,
    browser: bool = True,
    debug: bool = False,
    page: str = "",
) -> None:
    """Serve notebooks as pages until the process is told to stop.

    Parameters
    ----------
    notebooks
        Notebooks of one folder.  A single one is also served at ``/``.
    case
        The case that the apps open; they find its path in ``TWINKIT_CASE``.
    host, port
        Address to listen on; the first free port from 8866 if none is given.
    base_url
        Path in front of every address, for a proxy.
    public
        Let other computers in; needs a `token`.  Every visitor works on a copy of the case, which
        lasts as long as their page.
    write
        Let visitors of a public server change the case itself.
    token
        Word that visitors must know ("" for none).
    pool
        Kernels kept warm for the next visitors of each app; if not given 1, or 0 where
        memory is short.
    visitors
        Most visitors at a time; if not given, as many as there is memory for.
    idle_minutes
        Time after which a kernel without a page is shut down [min].
    longest_minutes
        Time that a visitor's kernel may compute without a pause [min]; if not given, 30 for a
        public server, else no limit.
    browser
        Open the page in the browser.
    debug
        Show tracebacks in the pages and the full log in the terminal.
    page
        Address of the page that is opened, after `base_url`.
    """
    check_exposure(host, public, token)
    taken = take_port(host, port)
    number = taken.getsockname()[1]
    from twinkit.apps import kernels, nbpatch
    from twinkit.apps.kit.log import logging_config

    nbpatch.apply()
    offer_template()
    if case is not None:
        os.environ["TWINKIT_CASE"] = str(case)
    if public and not write:
        copies = tempfile.TemporaryDirectory(prefix="twinkit-", ignore_cleanup_errors=True)
        os.environ[COPIES] = copies.name
    os.environ.pop("TWINKIT_TOKEN", None)  # visitors' kernels need not know it
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # kernels give memory back sooner (glibc)
    os.environ.setdefault("TWINKIT_KEPT_MIB", "40")  # many visitors, each of whom looks at few scenarios
    how = kernels.prepare()  # loads what kernels need while the server starts
    from twinkit.apps.places import LONGEST, room_for
    from twinkit.apps.server import AppServer, new_event_loop

    room = room_for(forked=bool(how))
    size = pool if pool is not None else int(2 * len(notebooks) <= room)
    most = visitors if visitors is not None else max(1, room - size * len(notebooks))
    longest = longest_minutes if longest_minutes is not None else LONGEST if public else float("inf")
    base_url = "/" + "/".join([part for part in base_url.split("/") if part] + [""])
    address = f"http://{visible_host(host)}:{number}{base_url}"
    new_event_loop()
    server = AppServer.instance(
        config=configuration(idle_minutes * 60, debug, size > 0, how),
        config_file_paths=[],
        logging_config=logging_config("AppServer", debug),
        log_level="DEBUG" if debug else "INFO",
        apps=notebooks,
        sockets=[taken],
        visitors=most,
        longest=60 * longest,
        front=Front(case),
        pools={path.name: size for path in notebooks if size > 0},
        root_dir=str(notebooks[0].parent),
        notebook_path=str(notebooks[0]) if len(notebooks) == 1 else None,
        ip=host,
        port=number,
        base_url=base_url,
        token=token or None,
        tornado_settings={"allow_remote_access": public},
        open_browser=False,
        when_ready=announcement(address + page, public, write, token, browser),
    )
    server.initialize([])
    server.start()


def offer_template() -> None:
    """Let Voila find the template of this package, wherever it is installed."""
    ours = str(Path(__file__).parent / "template")
    given = os.environ.get("JUPYTER_PATH", "")
    if ours not in given.split(os.pathsep):
        os.environ["JUPYTER_PATH"] = os.pathsep.join([ours, given] if given else [ours])


def visible_host(host: str) -> str:
    """Name that a browser reaches the address by."""
    if is_local(host):
        return "localhost"
    return socket.gethostname() if host in ("", "0.0.0.0", "::") else host


def announcement(address: str, public: bool, write: bool, token: str, browser: bool) -> Callable[[], None]:
    """What is said, and opened, once the server answers."""

    def announce() -> None:
        say(f"Open {address}")
        if public:
            say(
                "Other computers can reach it. Whoever knows the token (…/?token=…) can use the apps and sees",
                f"the case; {CHANGES if write else COPY_EACH}",
                "Code of their own they cannot run. The connection is not encrypted: on a network that you",
                "do not trust, put a proxy with a certificate in front of it.",
            )
        say("Stop with Ctrl-C.")
        if browser and browser_wanted():
            import webbrowser

            target = f"{address}?token={token}" if token else address
            threading.Thread(target=webbrowser.open, args=(target,), daemon=True).start()

    return announce


def browser_wanted() -> bool:
    """False without a screen, or if ``BROWSER=none``."""
    if chosen := os.environ.get("BROWSER"):
        return chosen.lower() != "none"
    has_screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
    return has_screen or sys.platform in ("darwin", "win32")
