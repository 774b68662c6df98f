"""Visitors' kernels are copies of one process that has everything loaded (Linux).

A kernel of its own takes seconds of a processor and hundreds of megabytes to import what it needs.  Here one
process, a fork server of :mod:`multiprocessing`, imports it once (:mod:`twinkit.page.ready`); a visitor's kernel is
made from it in a moment and shares its memory until it writes there.  Where processes cannot be made so (macOS
and Windows), or the fork server does not answer, a kernel starts the way Jupyter starts it.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from importlib.metadata import EntryPoint
from multiprocessing import connection
from typing import Any

import numpy as np
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

CAN_FORK = sys.platform == "linux" and sys.version_info >= (3, 11, 1)
"""Whether kernels are made from a process that has everything loaded: where a fork is safe.

The fork server of Python 3.11.0 listens where every user of the computer can speak to it (CVE-2022-42919)."""
if CAN_FORK:
    from multiprocessing import forkserver

    from setproctitle import setproctitle

NAME = "twinkit-forked"
MODULE = "ipykernel_launcher"
"""What an ordinary kernel runs; what follows it in the command is what a kernel is told."""
TIDY_EVERY, WORKED = 2.0, 0.05
"""Time between two looks at whether a kernel has worked, and the work after which it gives memory back [s]."""

_one_at_a_time = threading.Lock()


def prepare() -> dict[str, Any]:
    """Start the process that kernels are made from; what a kernel's specification says about it.

    Call it once the environment is what the kernels shall find.
    """
    if not CAN_FORK:
        return {}
    multiprocessing.set_forkserver_preload(["twinkit.page.ready"])
    forkserver.ensure_running()
    known = KernelProvisionerFactory.instance().provisioners
    known[NAME] = EntryPoint(NAME, f"{__name__}:Forked", KernelProvisionerFactory.GROUP_NAME)
    return {"kernel_provisioner": {"provisioner_name": NAME}}


class Forked(LocalProvisioner):
    """Starts a kernel as a fork; watches and ends it as Jupyter does."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        told, place = cmd[cmd.index(MODULE) + 1 :], os.fspath(kwargs.get("cwd") or os.getcwd())
        # plain text: names of Voila's own kind would make the kernel import Voila
        env = {os.fsdecode(os.fsencode(name)): value for name, value in kwargs["env"].items()}
        try:
            self.process = await asyncio.to_thread(Child, told, env, place)
        except (OSError, EOFError) as error:
            self.log.warning("A kernel could not be forked and is started anew: %s", error)
            return await super().launch_kernel(cmd, **kwargs)
        # of the group that it makes itself; until then its group is the server's, which no signal for it may reach
        self.pid = self.pgid = self.process.pid
        self.cwd = place
        return self.connection_info


class Child:
    """A forked kernel, as :class:`subprocess.Popen` would show it."""

    stdin = stdout = stderr = None

    def __init__(self, told: list[str], env: dict[str, str], place: str) -> None:
        self._process = multiprocessing.get_context("forkserver").Process(target=run, args=(told, env, place))
        with _one_at_a_time:
            self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()


def run(told: list[str], env: dict[str, str], place: str) -> None:
    """Be a kernel: what ``python -m ipykernel_launcher`` does, in a fork.

    Parameters
    ----------
    told
        Arguments of the kernel.
    env, place
        Its environment and working directory.
    """
    os.setsid()  # an interrupt of the terminal is the server's, and ends the kernels in good order
    os.environ.clear()
    os.environ.update(env)
    os.chdir(place)
    sys.argv = [MODULE, *told]
    setproctitle(" ".join([sys.executable, "-m", *sys.argv]))  # who looks at the processes of a server finds a visitor's
    np.random.seed()  # copies would otherwise draw alike; Python's own generator knows of forks
    for beside in (_end_with_server, _give_memory_back):
        threading.Thread(target=beside, daemon=True).start()
    try:
        # a kernel that has a parent tells the terminal nothing, and goes with it
        IPKernelApp.launch_instance(argv=[*told, f"--IPKernelApp.parent_handle={os.getppid()}"])
    finally:
        atexit._run_exitfuncs()  # a child of a fork server ends without them before Python 3.14


def _end_with_server() -> None:
    """End this kernel and what it has started when the server is gone, however it went."""
    connection.wait([multiprocessing.parent_process().sentinel])
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _give_memory_back() -> None:
    """Return what answers have needed and left: the C library keeps it otherwise, twice as much as is in use."""
    with suppress(OSError, AttributeError):  # not every C library can
        trim, done = ctypes.CDLL(None).malloc_trim, 0.0
        while True:
            time.sleep(TIDY_EVERY)
            if time.process_time() > done + WORKED:
                trim(0)
                done = time.process_time()
